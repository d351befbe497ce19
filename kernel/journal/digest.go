package journal

import (
	"crypto/sha256"
	"encoding/binary"
	"slices"
	"strings"
)

// Hash is a SHA-256 value.
type Hash = [sha256.Size]byte

// digest is that of the field at a path.
type digest struct {
	path string
	sum  Hash
}

// byPath orders digests and finds paths that stand twice.
func byPath(a, b digest) int { return strings.Compare(a.path, b.path) }

// digester computes the salts and digests of docs/format/entry.md for the many
// fields of an entry: HMAC-SHA256 (RFC 2104) over one buffer, because two new
// hash states for each field were a fifth of a transaction.
type digester struct{ buf []byte }

// hmacBlock is SHA-256's block, to which HMAC fills up its key.
const hmacBlock = 64

// keyed begins the buffer with a key of at most a block and a pad.
func (d *digester) keyed(key []byte, pad byte) {
	d.buf = append(d.buf[:0], key...)
	for len(d.buf) < hmacBlock {
		d.buf = append(d.buf, 0)
	}
	for i := range d.buf {
		d.buf[i] ^= pad
	}
}

// finish ends the MAC under key of what the buffer holds behind the inner pad.
func (d *digester) finish(key []byte) Hash {
	inner := sha256.Sum256(d.buf)
	d.keyed(key, 0x5c)
	d.buf = append(d.buf, inner[:]...)
	return sha256.Sum256(d.buf)
}

// salt derives the salt of one field from the secret of its box: HMAC-SHA256
// of the path.
func (d *digester) salt(secret []byte, path string) Hash {
	d.keyed(secret, 0x36)
	d.buf = append(d.buf, path...)
	return d.finish(secret)
}

// of gives a field's digest: HMAC-SHA256 of path, NUL and JSON value under the
// field's salt. Without the salt, nothing can be guessed from it.
func (d *digester) of(secret []byte, path string, value []byte) digest {
	salt := d.salt(secret, path)
	d.keyed(salt[:], 0x36)
	d.buf = append(append(append(d.buf, path...), 0), value...)
	return digest{path, d.finish(salt[:])}
}

// commitment folds the digests of all fields, which it sorts by path, into one
// hash: SHA-256 of a label and, for each field, path, NUL and digest.
func (d *digester) commitment(all []digest) Hash {
	slices.SortFunc(all, byPath)
	d.buf = append(d.buf[:0], "amana-entry/v1\n"...)
	for i := range all {
		d.buf = append(append(append(d.buf, all[i].path...), 0), all[i].sum[:]...)
	}
	return sha256.Sum256(d.buf)
}

// Chain links an entry's commitment to the chain before it.
func Chain(prev Hash, seq int64, commitment Hash) Hash {
	const label = "amana-chain/v1\n"
	var b [len(label) + 2*sha256.Size + 8]byte
	n := copy(b[:], label)
	n += copy(b[n:], prev[:])
	binary.BigEndian.PutUint64(b[n:], uint64(seq))
	copy(b[n+8:], commitment[:])
	return sha256.Sum256(b[:])
}
