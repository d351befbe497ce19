package tlog

import (
	"bytes"
	"crypto/ed25519"
)

// vectorKey is a key that everyone knows, for the published test vectors.
func vectorKey(n byte) ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed(bytes.Repeat([]byte{n}, ed25519.SeedSize))
}
