package statuslist

import (
	"bytes"
	"compress/zlib"
	"errors"
	"fmt"
	"io"
)

// Status is what a list says of one document.
type Status uint8

// The statuses that the standard names. A list of one bit knows the first two.
const (
	Valid     Status = 0
	Invalid   Status = 1 // for good
	Suspended Status = 2 // it may become valid again
)

// MaxSize is the most documents of a list that is read from outside.
const MaxSize = 1 << 26

// The reasons for which a list is refused.
var (
	ErrFormat    = errors.New("statuslist: not a well-formed status list")
	ErrSignature = errors.New("statuslist: the signature does not hold")
	ErrSubject   = errors.New("statuslist: the list of another address")
	ErrExpired   = errors.New("statuslist: expired")
	ErrIndex     = errors.New("statuslist: no such index")
)

// List holds one status for each index from 0. It is not safe for concurrent writing.
type List struct {
	bits int
	data []byte
}

// New makes a list in which every document is valid. Bits is 1, 2, 4 or 8; the
// size is rounded up to whole bytes.
func New(bits, size int) (*List, error) {
	if !oneOf(bits) || size < 1 || size > MaxSize {
		return nil, fmt.Errorf("statuslist: a list of %d documents with %d bits each", size, bits)
	}
	perByte := 8 / bits
	return &List{bits: bits, data: make([]byte, (size+perByte-1)/perByte)}, nil
}

func oneOf(bits int) bool { return bits == 1 || bits == 2 || bits == 4 || bits == 8 }

// Bits is how many each document takes.
func (l *List) Bits() int { return l.bits }

// Size is how many documents the list has room for.
func (l *List) Size() int64 { return int64(len(l.data)) * int64(8/l.bits) }

// place finds an index: the least significant bits of a byte come first.
func (l *List) place(index int64) (at int64, shift uint, err error) {
	if index < 0 || index >= l.Size() {
		return 0, 0, fmt.Errorf("%w: %d of %d", ErrIndex, index, l.Size())
	}
	perByte := int64(8 / l.bits)
	return index / perByte, uint(index%perByte) * uint(l.bits), nil
}

func (l *List) mask() byte { return byte(1<<l.bits - 1) }

// Status reads one document's.
func (l *List) Status(index int64) (Status, error) {
	at, shift, err := l.place(index)
	if err != nil {
		return 0, err
	}
	return Status(l.data[at] >> shift & l.mask()), nil
}

// Set changes one document's.
func (l *List) Set(index int64, s Status) error {
	at, shift, err := l.place(index)
	if err != nil {
		return err
	}
	if byte(s) > l.mask() {
		return fmt.Errorf("statuslist: status %d does not fit %d bits", s, l.bits)
	}
	l.data[at] = l.data[at]&^(l.mask()<<shift) | byte(s)<<shift
	return nil
}

// compress gives the list as it travels: DEFLATE in a zlib wrapping.
func (l *List) compress() ([]byte, error) {
	var b bytes.Buffer
	w, err := zlib.NewWriterLevel(&b, zlib.BestCompression)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(l.data); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// expand reads a list that somebody else packed, and no more of it than a list may hold.
func expand(bits int, packed []byte) (*List, error) {
	if !oneOf(bits) {
		return nil, fmt.Errorf("%w: %d bits", ErrFormat, bits)
	}
	r, err := zlib.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	limit := int64(MaxSize / (8 / bits))
	data, err := io.ReadAll(io.LimitReader(r, limit+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("%w: %w", ErrFormat, err)
	case int64(len(data)) > limit:
		return nil, fmt.Errorf("%w: over %d documents", ErrFormat, MaxSize)
	}
	return &List{bits: bits, data: data}, r.Close()
}
