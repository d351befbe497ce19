package blobs

import (
	"bufio"
	"bytes"
	"context"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/amana-platform/amana/kernel/fault"
)

// An upload's folder holds state.json and one file per part, named by the
// offset of its first byte in 16 hexadecimal digits. A part is written under
// another name, synced and renamed, so that every part there is whole; how
// far the upload has come follows from names and sizes alone. Each part is
// sealed in the format of the package doc under a key for its offset, so
// that parts cannot be swapped.

const (
	stateName  = "state.json"
	partSuffix = ".part"
	partName   = "%016x" + partSuffix
	tempName   = "writing.tmp"
	// partBytes is how much of a running Append a kill can undo.
	partBytes = 8 << 20
)

// uploadState is what is written down of an upload besides its parts.
type uploadState struct {
	Owner   string    `json:"owner"`
	Subject string    `json:"subject"`
	Size    int64     `json:"size"`
	Begun   time.Time `json:"begun"`
	Key     []byte    `json:"key"`            // wrapped for Subject
	Offer   []byte    `json:"offer"`          // sealed under Key
	Info    []byte    `json:"info,omitempty"` // sealed under Key, once finished
}

func readState(folder string) (uploadState, error) {
	var state uploadState
	data, err := os.ReadFile(filepath.Join(folder, stateName))
	if err != nil {
		return state, err
	}
	if err := json.Unmarshal(data, &state); err != nil {
		return state, fmt.Errorf("upload state: %w: %w", err, ErrDamaged)
	}
	return state, nil
}

// writeState replaces the state in one step; at becomes the last activity.
func writeState(folder string, state uploadState, at time.Time) error {
	data, err := json.Marshal(state)
	if err != nil {
		return err
	}
	return writeWhole(folder, stateName, func(f *os.File) error {
		_, err := f.Write(data)
		return errors.Join(err, os.Chtimes(f.Name(), at, at))
	})
}

// writeWhole lets write fill a file that gets its name only when all of it is
// on the disk.
func writeWhole(folder, name string, write func(*os.File) error) error {
	temp := filepath.Join(folder, tempName)
	f, err := os.OpenFile(temp, os.O_CREATE|os.O_TRUNC|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	err = write(f)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(temp, filepath.Join(folder, name))
	}
	if err != nil {
		return errors.Join(err, removeIfThere(temp))
	}
	return syncFolder(folder)
}

func removeIfThere(name string) error {
	if err := os.Remove(name); !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}

func lastActivity(folder string) (time.Time, error) {
	info, err := os.Stat(filepath.Join(folder, stateName))
	if err != nil {
		return time.Time{}, err
	}
	return info.ModTime(), nil
}

// part is one sealed piece: where it begins and how many bytes it holds.
type part struct{ start, size int64 }

// partial is an upload's folder, opened.
type partial struct {
	folder string
	key    []byte
	state  uploadState
	offer  Offer
	info   *Info
	parts  []part
	offset int64
}

func openPartial(ctx context.Context, folder string, keys Keys) (*partial, error) {
	state, err := readState(folder)
	if err != nil {
		return nil, err
	}
	p := &partial{folder: folder, state: state}
	if p.key, err = keys.Unwrap(ctx, state.Subject, state.Key); err != nil {
		return nil, err
	}
	if err := openJSON(p.key, "amana upload offer", state.Offer, &p.offer); err != nil {
		return nil, err
	}
	if state.Info != nil {
		p.info, p.offset = new(Info), state.Size
		return p, openJSON(p.key, "amana upload info", state.Info, p.info)
	}
	return p, p.scan()
}

// scan reads the parts off the folder.
func (p *partial) scan() error {
	files, err := os.ReadDir(p.folder) // sorted by name, and so by offset
	if err != nil {
		return err
	}
	for _, file := range files {
		if !strings.HasSuffix(file.Name(), partSuffix) {
			continue
		}
		info, err := file.Info()
		if err != nil {
			return err
		}
		size, err := plainSize(info.Size())
		if err != nil {
			return err
		}
		if file.Name() != fmt.Sprintf(partName, p.offset) {
			return fmt.Errorf("parts end at %d: %w", p.offset, ErrDamaged)
		}
		p.add(size)
	}
	return nil
}

func (p *partial) add(size int64) {
	p.parts = append(p.parts, part{p.offset, size})
	p.offset += size
}

func (p *partial) partKey(start int64) ([]byte, error) {
	return hkdf.Key(sha256.New, p.key, nil, fmt.Sprintf("amana upload part %d", start), keySize)
}

func (p *partial) append(ctx context.Context, offset int64, r io.Reader, limits Limits) error {
	if offset < 0 || offset > p.offset {
		return fault.New(fault.Conflict, "blobs.upload.gap", "offset", p.offset)
	}
	if p.info != nil {
		return nil
	}
	in := &input{ctx: ctx, r: r}
	buffered := bufio.NewReaderSize(in, chunkSize)
	if err := p.skip(offset, buffered); err != nil {
		return err
	}
	if err := p.early(buffered, limits); err != nil {
		return err
	}
	for p.offset < p.state.Size {
		more, err := p.take(buffered, in)
		if err != nil || !more {
			return err
		}
	}
	if _, err := buffered.Peek(1); err == nil {
		return fault.New(fault.Invalid, "blobs.upload.overrun", "size", p.state.Size)
	}
	return nil
}

// skip passes over what had arrived before, if it is the same: a file glued
// together from two must not come about unnoticed.
func (p *partial) skip(offset int64, in io.Reader) error {
	if offset == p.offset {
		return nil
	}
	have := p.reader(offset)
	defer func() { _ = have.Close() }() // only read from
	old, again := make([]byte, chunkSize), make([]byte, chunkSize)
	for offset < p.offset {
		want := min(chunkSize, p.offset-offset)
		n, err := io.ReadFull(in, again[:want])
		if _, err := io.ReadFull(have, old[:n]); err != nil {
			return failure(err)
		}
		if !bytes.Equal(old[:n], again[:n]) {
			return fault.New(fault.Conflict, "blobs.upload.differs")
		}
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return nil
		}
		if err != nil {
			return err
		}
		offset += int64(n)
	}
	return nil
}

// early refuses a wrong kind at its first bytes, before gigabytes are sent.
func (p *partial) early(in *bufio.Reader, limits Limits) error {
	if p.offset > 0 {
		return nil
	}
	enough := min(sniffSize, p.state.Size)
	head, err := in.Peek(int(enough))
	if err != nil {
		return nil // a short first piece: Finish looks again
	}
	_, err = recognise(head, p.offer, limits)
	return err
}

// take stores the next part and says whether more may follow. A sender's
// failure leaves what came before it.
func (p *partial) take(in *bufio.Reader, from *input) (more bool, err error) {
	if _, err := in.Peek(1); err != nil {
		return false, from.err
	}
	key, err := p.partKey(p.offset)
	if err != nil {
		return false, err
	}
	var size int64
	err = writeWhole(p.folder, fmt.Sprintf(partName, p.offset), func(f *os.File) error {
		seal, err := newSealer(f, key)
		if err != nil {
			return err
		}
		most := min(partBytes, p.state.Size-p.offset)
		size, err = io.Copy(struct{ io.Writer }{seal}, io.LimitReader(in, most))
		if err != nil && from.err == nil {
			return err
		}
		return seal.Close()
	})
	if err != nil {
		return false, failure(err)
	}
	p.add(size)
	return from.err == nil, from.err
}

// touch records activity.
func (p *partial) touch(at time.Time) error {
	return failure(os.Chtimes(filepath.Join(p.folder, stateName), at, at))
}

// finish writes the result down, then frees the space of the parts.
func (p *partial) finish(info Info, at time.Time) (err error) {
	if p.state.Info, err = sealJSON(p.key, "amana upload info", info); err != nil {
		return err
	}
	if err := writeState(p.folder, p.state, at); err != nil {
		return err
	}
	for _, part := range p.parts {
		if err := os.Remove(p.name(part)); err != nil {
			return err
		}
	}
	return nil
}

func (p *partial) name(part part) string {
	return filepath.Join(p.folder, fmt.Sprintf(partName, part.start))
}

// reader gives the plaintext from an offset to the end of what arrived.
func (p *partial) reader(offset int64) *partReader { return &partReader{of: p, at: offset} }

// partReader goes through the parts one after another.
type partReader struct {
	of   *partial
	at   int64
	open *unsealer
}

// Read opens the part that holds the place and reads from it.
func (r *partReader) Read(b []byte) (int, error) {
	for {
		if r.open == nil {
			if err := r.next(); err != nil {
				return 0, err
			}
		}
		n, err := r.open.Read(b)
		r.at += int64(n)
		if !errors.Is(err, io.EOF) {
			return n, err
		}
		if err := r.Close(); err != nil {
			return n, err
		}
		if n > 0 {
			return n, nil
		}
	}
}

func (r *partReader) next() error {
	for _, part := range r.of.parts {
		if r.at >= part.start+part.size {
			continue
		}
		key, err := r.of.partKey(part.start)
		if err != nil {
			return err
		}
		if r.open, err = newUnsealer(fromFile(r.of.name(part)), key, part.size); err != nil {
			return err
		}
		_, err = r.open.Seek(r.at-part.start, io.SeekStart)
		return err
	}
	return io.EOF
}

// Close lets go of the part that is open.
func (r *partReader) Close() error {
	if r.open == nil {
		return nil
	}
	open := r.open
	r.open = nil
	return open.Close()
}

func fromFile(name string) source {
	return func(offset int64) (io.ReadCloser, error) {
		f, err := os.Open(name)
		if err != nil {
			return nil, err
		}
		if _, err := f.Seek(offset, io.SeekStart); err != nil {
			return nil, errors.Join(err, f.Close())
		}
		return f, nil
	}
}
