package statuslist

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
)

// Allot gives the index of the n-th document of a list, in an order that only
// the holder of the key knows: neighbours in the list are then strangers, and
// an index does not tell when its document was issued. It is a permutation:
// different n get different indices below size.
//
// It is a Feistel network of four rounds over the smallest even number of bits
// that holds the size, walked until it lands inside (Black and Rogaway, "Ciphers
// with Arbitrary Finite Domains", 2002).
func Allot(key []byte, n, size int64) (int64, error) {
	if n < 0 || n >= size || size > MaxSize {
		return 0, fmt.Errorf("%w: %d of %d", ErrIndex, n, size)
	}
	half := uint(1)
	for int64(1)<<(2*half) < size {
		half++
	}
	for {
		n = feistel(key, n, half)
		if n < size {
			return n, nil
		}
	}
}

func feistel(key []byte, n int64, half uint) int64 {
	mask := uint64(1)<<half - 1
	left, right := uint64(n)>>half, uint64(n)&mask
	for round := range byte(4) {
		left, right = right, left^(roundOf(key, round, right)&mask)
	}
	return int64(left<<half | right)
}

func roundOf(key []byte, round byte, half uint64) uint64 {
	mac := hmac.New(sha256.New, key)
	_, _ = mac.Write(binary.BigEndian.AppendUint64([]byte{round}, half)) // a hash does not fail
	return binary.BigEndian.Uint64(mac.Sum(nil))
}
