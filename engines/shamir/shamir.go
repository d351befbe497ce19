// Package shamir cuts a secret into shares, any k of which give it back while
// fewer say nothing about it (Shamir, How to share a secret, 1979), and writes
// shares on paper so that people can type them again.
//
// Each byte of the secret is the constant term of a polynomial of degree k-1
// over GF(256) with the reduction polynomial of AES (x^8+x^4+x^3+x+1), whose
// other coefficients are random; a share is its value at x = 1 … n. This is
// the arithmetic that other implementations use, so that a secret can be joined
// without this program; docs/format/key-share.md has vectors.
//
// Arithmetic is done without tables and without branches on secret bytes.
package shamir

import (
	"errors"
	"fmt"
	"io"
)

// Share is a secret's polynomials at one point; Y is as long as the secret.
type Share struct {
	X byte // 1 … 255
	Y []byte
}

// Split cuts a secret into n shares, any k of which join to it. 2 ≤ k ≤ n ≤
// 255. random is crypto/rand.Reader outside of tests.
func Split(secret []byte, n, k int, random io.Reader) ([]Share, error) {
	if k < 2 || n < k || n > 255 {
		return nil, fmt.Errorf("shamir: %d of %d shares; want 2 ≤ k ≤ n ≤ 255", k, n)
	}
	if len(secret) == 0 {
		return nil, errors.New("shamir: an empty secret")
	}
	shares := make([]Share, n)
	for i := range shares {
		shares[i] = Share{X: byte(i + 1), Y: make([]byte, len(secret))}
	}
	poly := make([]byte, k)
	defer clear(poly)
	for at, b := range secret {
		if _, err := io.ReadFull(random, poly[1:]); err != nil {
			return nil, fmt.Errorf("shamir: no randomness: %w", err)
		}
		poly[0] = b
		for i := range shares {
			shares[i].Y[at] = value(poly, shares[i].X)
		}
	}
	return shares, nil
}

// value is a polynomial at x, by Horner's rule.
func value(poly []byte, x byte) byte {
	y := byte(0)
	for i := len(poly) - 1; i >= 0; i-- {
		y = mul(y, x) ^ poly[i]
	}
	return y
}

// Join gives the secret of at least as many shares as it was cut for. It cannot
// tell too few or wrong ones from right ones: the secret must be able to.
func Join(shares []Share) ([]byte, error) {
	if len(shares) < 2 {
		return nil, errors.New("shamir: fewer than two shares")
	}
	seen := map[byte]bool{}
	for _, s := range shares {
		switch {
		case s.X == 0 || len(s.Y) == 0 || len(s.Y) != len(shares[0].Y):
			return nil, errors.New("shamir: the shares are not of one secret")
		case seen[s.X]:
			return nil, fmt.Errorf("shamir: share %d is there twice", s.X)
		}
		seen[s.X] = true
	}
	secret := make([]byte, len(shares[0].Y))
	for i, s := range shares {
		weight := byte(1) // of this share at x = 0 (Lagrange)
		for j, o := range shares {
			if i != j {
				weight = mul(weight, mul(o.X, inverse(o.X^s.X)))
			}
		}
		for at, y := range s.Y {
			secret[at] ^= mul(weight, y)
		}
	}
	return secret, nil
}

// mul multiplies in GF(256).
func mul(a, b byte) byte {
	p := byte(0)
	for range 8 {
		p ^= a & -(b & 1)
		a = a<<1 ^ 0x1b&-(a>>7)
		b >>= 1
	}
	return p
}

// inverse is a^254; of 0 it is 0.
func inverse(a byte) byte {
	p := byte(1)
	for i := 7; i > 0; i-- { // 254 is 11111110 in binary
		p = mul(mul(p, p), a)
	}
	return mul(p, p)
}
