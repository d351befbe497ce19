package app

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/amana-platform/amana/engines/shamir"
)

// What is split among trustees: everything secret that cannot be made anew.
// The document key and the witnesses' policy can; see docs/format/key-share.md.
const (
	escrowHead    = "AK1"
	tagMaster     = 1
	tagSigner     = 2
	tagFixed      = 3 // name, a zero byte, key
	tagOrigin     = 4
	tagVKey       = 5
	tagPrevious   = 6
	escrowSumSize = 8
)

// Split cuts the secrets of a key file into n shares, any k of which join.
func (k *KeyFile) Split(n, threshold int) ([]shamir.Paper, error) {
	secret := k.escrow()
	defer clear(secret)
	shares, err := shamir.Split(secret, n, threshold, rand.Reader)
	if err != nil {
		return nil, err
	}
	var set [4]byte
	rand.Read(set[:])
	out := make([]shamir.Paper, n)
	for i, s := range shares {
		out[i] = shamir.Paper{Set: set, K: threshold, N: n, Share: s}
	}
	return out, nil
}

// escrow writes head, fields and a sum by which a wrong join is known.
func (k *KeyFile) escrow() []byte {
	var b bytes.Buffer
	b.WriteString(escrowHead)
	put := func(tag byte, value []byte) {
		if len(value) > 0 {
			b.WriteByte(tag)
			b.Write(binary.BigEndian.AppendUint16(nil, uint16(len(value))))
			b.Write(value)
		}
	}
	put(tagMaster, k.Master)
	put(tagPrevious, k.Previous)
	put(tagSigner, k.LogSigner)
	for _, use := range sortedNames(k.Fixed) {
		put(tagFixed, slices.Concat([]byte(use), []byte{0}, k.Fixed[use]))
	}
	put(tagOrigin, []byte(k.Origin))
	if len(k.LogSigner) == 0 { // else it follows from the signer
		put(tagVKey, []byte(k.LogVKey))
	}
	sum := sha256.Sum256(b.Bytes())
	return append(b.Bytes(), sum[:escrowSumSize]...)
}

// JoinKeyFile writes a key file from enough shares of one splitting. Its
// document certificate is a new one, and nobody cosigns until the witnesses'
// policy is put in again.
func JoinKeyFile(path string, shares []shamir.Paper, service string, now time.Time) (*KeyFile, error) {
	secret, err := shamir.JoinPapers(shares)
	if err != nil {
		return nil, err
	}
	defer clear(secret)
	k := &KeyFile{path: path}
	if err := k.unescrow(secret); err != nil {
		return nil, err
	}
	if k.LogVKey == "" {
		if k.LogVKey, err = k.signerKey().VKey(); err != nil {
			return nil, err
		}
	}
	if k.Documents, err = documentKey(service, now); err != nil {
		return nil, err
	}
	return k, k.create(path)
}

func (k *KeyFile) unescrow(secret []byte) error {
	wrong := errors.New("app: the shares do not join to a key file")
	n := len(secret) - escrowSumSize
	if n < len(escrowHead) || string(secret[:len(escrowHead)]) != escrowHead {
		return wrong
	}
	sum := sha256.Sum256(secret[:n])
	if !bytes.Equal(sum[:escrowSumSize], secret[n:]) {
		return wrong
	}
	for rest := secret[len(escrowHead):n]; len(rest) > 0; {
		if len(rest) < 3 || len(rest) < 3+int(binary.BigEndian.Uint16(rest[1:])) {
			return wrong
		}
		end := 3 + int(binary.BigEndian.Uint16(rest[1:]))
		if err := k.take(rest[0], bytes.Clone(rest[3:end])); err != nil {
			return err
		}
		rest = rest[end:]
	}
	if len(k.Master) != 32 || len(k.LogSigner) != 0 && len(k.LogSigner) != ed25519.SeedSize {
		return wrong
	}
	return nil
}

func (k *KeyFile) take(tag byte, value []byte) error {
	switch tag {
	case tagMaster:
		k.Master = value
	case tagPrevious:
		k.Previous = value
	case tagSigner:
		k.LogSigner = value
	case tagFixed:
		use, key, _ := bytes.Cut(value, []byte{0})
		if k.Fixed == nil {
			k.Fixed = map[string][]byte{}
		}
		k.Fixed[string(use)] = key
	case tagOrigin:
		k.Origin = string(value)
	case tagVKey:
		k.LogVKey = string(value)
	default:
		return fmt.Errorf("app: the shares hold a field %d, which this program does not know", tag)
	}
	return nil
}
