package blobs

import (
	"bufio"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/amana-platform/amana/kernel/fault"
)

// input counts, bounds and remembers the failure of what an uploader sends.
type input struct {
	ctx   context.Context
	r     io.Reader
	limit int64
	read  int64
	err   error
}

func (i *input) Read(p []byte) (int, error) {
	if err := i.ctx.Err(); err != nil {
		i.err = err
		return 0, err
	}
	n, err := i.r.Read(p)
	i.read += int64(n)
	if i.limit > 0 && i.read > i.limit {
		i.err = tooLarge(i.limit)
		return 0, i.err
	}
	if err != nil && !errors.Is(err, io.EOF) {
		i.err = fmt.Errorf("blobs: read upload: %w", err)
		return n, i.err
	}
	return n, err
}

func tooLarge(limit int64) error {
	return fault.New(fault.TooLarge, "blobs.too-large", "limit", max(1, limit/1_000_000))
}

const stagedSuffix = ".staged"

// staged is a sealed file that has no name in the store yet.
type staged struct {
	file   *os.File
	key    []byte
	digest []byte
	size   int64
}

func (s *Store) stage() (*staged, error) {
	file, err := os.CreateTemp(s.scratch, "*"+stagedSuffix)
	if err != nil {
		return nil, err
	}
	key := make([]byte, keySize)
	rand.Read(key)
	return &staged{file: file, key: key}, nil
}

func (s *staged) fill(r io.Reader) error {
	out := bufio.NewWriterSize(s.file, 4*sealedSize)
	seal, err := newSealer(out, s.key)
	if err != nil {
		return err
	}
	sum := sha256.New()
	if s.size, err = io.CopyBuffer(io.MultiWriter(sum, seal), struct{ io.Reader }{r}, make([]byte, chunkSize)); err != nil {
		return err
	}
	if err := seal.Close(); err != nil {
		return err
	}
	s.digest = sum.Sum(nil)
	return out.Flush()
}

// examine reads back what was staged and looks inside.
func (s *staged) examine(info *Info, kind Kind, limits Limits) error {
	if kind.examine == nil {
		return nil
	}
	u, err := newUnsealer(func(offset int64) (io.ReadCloser, error) {
		return io.NopCloser(io.NewSectionReader(s.file, offset, storedSize(s.size)-offset)), nil
	}, s.key, s.size)
	if err != nil {
		return failure(err)
	}
	return kind.examine(u, info, limits)
}

// discard takes the staging name away; the file stays if it has its final one.
func (s *staged) discard() {
	_ = s.file.Close()           // nothing is lost: what matters was synced before it was named
	_ = os.Remove(s.file.Name()) // what stays is cleared by the next Open
}
