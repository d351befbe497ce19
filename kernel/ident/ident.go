// Package ident names things: UUIDv7 identifiers, which sort by the time
// they were made, and Ref, by which one module points at another module's
// record without knowing that module.
package ident

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"
)

// ID is a UUIDv7 in its 36-character lower-case text form. The zero ID is "".
type ID string

// Source makes IDs. It is safe for concurrent use.
type Source struct {
	mu     sync.Mutex
	random io.Reader
	now    func() time.Time
	last   uint64 // 48 bits of milliseconds and 12 of sequence, so that IDs of one source ascend
}

// NewSource makes IDs from a clock and a source of randomness; seeded data
// pass a deterministic reader, everything else passes nil for crypto/rand.
func NewSource(now func() time.Time, random io.Reader) *Source {
	if random == nil {
		random = rand.Reader
	}
	return &Source{now: now, random: random}
}

// New makes an ID greater than every one this source made before.
func (s *Source) New() ID {
	s.mu.Lock()
	defer s.mu.Unlock()
	stamp := uint64(s.now().UnixMilli()) << 12
	if stamp <= s.last {
		stamp = s.last + 1
	}
	s.last = stamp
	var b [16]byte
	if _, err := io.ReadFull(s.random, b[8:]); err != nil {
		panic("ident: no randomness: " + err.Error()) // a service that cannot draw randomness must not run
	}
	binary.BigEndian.PutUint64(b[:8], stamp>>12<<16|0x7000|stamp&0xfff)
	b[8] = b[8]&0x3f | 0x80
	return format(b)
}

// Derive gives the ID that a chain of words always has: a version 8 UUID (RFC
// 9562, 5.8) of their SHA-256, each ended by a newline. It is never an ID that
// a Source makes, whose are of version 7.
func Derive(words ...string) ID {
	h := sha256.New()
	for _, w := range words {
		h.Write([]byte(w))
		h.Write([]byte{'\n'})
	}
	b := [16]byte(h.Sum(nil)[:16])
	b[6] = b[6]&0x0f | 0x80
	b[8] = b[8]&0x3f | 0x80
	return format(b)
}

func format(b [16]byte) ID {
	var t [36]byte
	hex.Encode(t[0:8], b[0:4])
	hex.Encode(t[9:13], b[4:6])
	hex.Encode(t[14:18], b[6:8])
	hex.Encode(t[19:23], b[8:10])
	hex.Encode(t[24:36], b[10:16])
	t[8], t[13], t[18], t[23] = '-', '-', '-', '-'
	return ID(t[:])
}

// Parse accepts exactly the text form of a UUID in lower case.
func Parse(s string) (ID, error) {
	if len(s) != 36 {
		return "", fmt.Errorf("ident: %d characters, want 36", len(s))
	}
	for i := range len(s) {
		c := s[i]
		dash := i == 8 || i == 13 || i == 18 || i == 23
		if dash != (c == '-') || !dash && !strings.ContainsRune("0123456789abcdef", rune(c)) {
			return "", fmt.Errorf("ident: malformed at character %d", i+1)
		}
	}
	return ID(s), nil
}

// Ref points at a record of any module: Kind is the record kind's name as
// its module registers it ("case", "complaint", "person").
type Ref struct {
	Kind string `json:"kind"`
	ID   ID     `json:"id"`
}

// String gives "kind/id", the form used in purposes and addresses.
func (r Ref) String() string {
	if r.IsZero() {
		return ""
	}
	return r.Kind + "/" + string(r.ID)
}

// IsZero reports whether the Ref points at nothing.
func (r Ref) IsZero() bool { return r.Kind == "" && r.ID == "" }

// ParseRef reads "kind/id".
func ParseRef(s string) (Ref, error) {
	kind, id, ok := strings.Cut(s, "/")
	if !ok || kind == "" || strings.Trim(kind, "abcdefghijklmnopqrstuvwxyz-") != "" {
		return Ref{}, fmt.Errorf("ident: %q is not kind/id", s)
	}
	parsed, err := Parse(id)
	if err != nil {
		return Ref{}, err
	}
	return Ref{Kind: kind, ID: parsed}, nil
}
