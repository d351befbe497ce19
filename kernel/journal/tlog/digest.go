package tlog

import (
	"crypto/hmac"
	"crypto/sha256"
	"maps"
	"slices"
)

// FieldSalt derives the salt of one field from the 32-byte secret of its box:
// HMAC-SHA256 of the path. Who knows it can open this field and no other.
func FieldSalt(secret []byte, path string) []byte {
	m := hmac.New(sha256.New, secret)
	m.Write([]byte(path))
	return m.Sum(nil)
}

// FieldDigest is HMAC-SHA256, under the field's salt, of path, NUL and the
// value's JSON text.
func FieldDigest(salt []byte, path, value string) [32]byte {
	m := hmac.New(sha256.New, salt)
	m.Write([]byte(path))
	m.Write([]byte{0})
	m.Write([]byte(value))
	return [32]byte(m.Sum(nil))
}

// EntryCommitment folds the digests of all fields of an entry, header
// included: SHA-256 of a label and, sorted by the bytes of the path, of path,
// NUL and digest. See docs/format/entry.md.
func EntryCommitment(digests map[string][32]byte) [32]byte {
	h := sha256.New()
	h.Write([]byte("amana-entry/v1\n"))
	for _, path := range slices.Sorted(maps.Keys(digests)) {
		d := digests[path]
		h.Write([]byte(path))
		h.Write([]byte{0})
		h.Write(d[:])
	}
	return [32]byte(h.Sum(nil))
}
