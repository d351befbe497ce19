package blobs

import (
	"bufio"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/amana-platform/amana/kernel/fault"
)

// Config says where files are kept and who holds the keys.
type Config struct {
	// Place is a folder, made if missing, or a bucket URL, for example
	// "s3://bucket?endpoint=https://s3.example&region=x&use_path_style=true".
	Place string
	// Secret keys the addresses: at least 32 random bytes, kept with the
	// node's keys, never with the files. Another secret makes Verify fail.
	Secret []byte
	// Keys wraps the data keys.
	Keys Keys
	// Scratch is a local folder where files are sealed before they get their
	// name. On disk it must be on the same file system as Place and is
	// Place/staging if empty; for a bucket it must be given.
	Scratch string
}

// Store keeps files. It is safe for concurrent use.
type Store struct {
	place   place
	scratch string
	secret  []byte
	keys    Keys
}

// staleAfter is far longer than any upload goes without a write.
const staleAfter = 24 * time.Hour

// Open opens or makes a store and clears away what killed writers left in its
// scratch folder.
func Open(ctx context.Context, c Config) (*Store, error) {
	if len(c.Secret) < 32 || c.Keys == nil || c.Place == "" {
		return nil, errors.New("blobs: a place, a secret of 32 bytes and keys are needed")
	}
	where, scratch := c.Place, c.Scratch
	if !strings.Contains(where, "://") {
		where = filepath.Join(c.Place, "files")
		if scratch == "" {
			scratch = filepath.Join(c.Place, "staging")
		}
	}
	if scratch == "" {
		return nil, errors.New("blobs: a bucket needs a local scratch folder")
	}
	if err := os.MkdirAll(scratch, 0o700); err != nil {
		return nil, failure(err)
	}
	if err := clearStale(scratch, time.Now().Add(-staleAfter)); err != nil {
		return nil, failure(err)
	}
	p, err := openPlace(ctx, where)
	if err != nil {
		return nil, err
	}
	return &Store{place: p, scratch: scratch, secret: c.Secret, keys: c.Keys}, nil
}

// clearStale removes staged files that nobody has written to since before.
func clearStale(scratch string, before time.Time) error {
	found, err := os.ReadDir(scratch)
	if err != nil {
		return err
	}
	for _, file := range found {
		info, err := file.Info()
		if err == nil && strings.HasSuffix(file.Name(), stagedSuffix) && info.ModTime().Before(before) {
			err = os.Remove(filepath.Join(scratch, file.Name()))
		}
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	return nil
}

// Close lets go of the store.
func (s *Store) Close() error { return nil }

// Offer is what an uploader says of a file.
type Offer struct {
	// Subject names the key whose destruction erases the file.
	Subject string
	// Name is the file's name, without folders. It may be empty.
	Name string
	// MIME is the declared type; empty means that nothing was declared.
	MIME string
}

// Limits bounds what Put takes. The zero value takes every kind, of
// any size, and pictures up to [MaxPixels].
type Limits struct {
	// Bytes is the most plaintext bytes; 0 is no limit. People are told whole
	// megabytes of 1,000,000 bytes.
	Bytes int64
	// Pixels is the most width times height of a picture; 0 is [MaxPixels].
	Pixels int64
	// Kinds lists the allowed kinds by MIME type; nil is all of [Kinds].
	Kinds []string
}

// Put seals what r gives and keeps it under a new address. When it returns
// without error the bytes and their name are on the disk (or acknowledged by
// the bucket), so that the caller may append the entry that names them. When it
// fails nothing is left under any final name.
//
// Faults: Invalid (blobs.name, blobs.empty, blobs.type-unknown,
// blobs.type-mismatch, blobs.type-refused, blobs.broken), TooLarge (blobs.too-large,
// blobs.too-many-pixels), Unavailable (blobs.disk-full, blobs.read-only,
// blobs.unavailable). An error of r comes back wrapped, not as a fault.
func (s *Store) Put(ctx context.Context, offer Offer, r io.Reader, limits Limits) (Info, error) {
	if err := checkName(offer.Name); err != nil {
		return Info{}, err
	}
	in := &input{ctx: ctx, r: r, limit: limits.Bytes}
	buffered := bufio.NewReaderSize(in, sniffSize)
	head, err := buffered.Peek(sniffSize)
	if err != nil && !errors.Is(err, io.EOF) {
		return Info{}, err
	}
	kind, err := recognise(head, offer, limits)
	if err != nil {
		return Info{}, err
	}
	staged, err := s.stage()
	if err != nil {
		return Info{}, failure(err)
	}
	defer staged.discard()
	if err := staged.fill(buffered); err != nil {
		if in.err != nil {
			return Info{}, in.err
		}
		return Info{}, failure(err)
	}
	info := Info{Subject: offer.Subject, Name: offer.Name, MIME: kind.MIME, Size: staged.size}
	if err := staged.examine(&info, kind, limits); err != nil {
		return Info{}, err
	}
	return info, failure(s.keep(ctx, staged, &info))
}

// keep completes info and gives the staged file its name.
func (s *Store) keep(ctx context.Context, staged *staged, info *Info) (err error) {
	if info.Key, err = s.keys.Wrap(ctx, info.Subject, staged.key); err != nil {
		return err
	}
	if info.Digest, err = sealSmall(staged.key, "amana blob digest", staged.digest); err != nil {
		return err
	}
	if info.Address, err = addressOf(s.secret, staged.key, info.Subject, staged.digest); err != nil {
		return err
	}
	return s.place.keep(ctx, staged.file, info.Address)
}

// Open gives the plaintext of a stored file, to read from any place; bytes
// are handed out only after their seal was checked. Faults: NotFound
// (blobs.missing, blobs.erased), Unavailable (blobs.damaged, …).
func (s *Store) Open(ctx context.Context, info Info) (io.ReadSeekCloser, error) {
	key, err := s.keys.Unwrap(ctx, info.Subject, info.Key)
	if err != nil {
		return nil, failure(err)
	}
	u, err := s.open(ctx, info, key)
	if err != nil {
		return nil, failure(err)
	}
	return faulty{u}, nil
}

func (s *Store) open(ctx context.Context, info Info, key []byte) (*unsealer, error) {
	if _, err := ParseAddress(string(info.Address)); err != nil {
		return nil, err
	}
	name := info.Address.key()
	size, err := s.place.size(ctx, name)
	if err != nil {
		return nil, err
	}
	if info.Size < 0 || size != storedSize(info.Size) {
		return nil, fmt.Errorf("%s has %d bytes: %w", info.Address, size, ErrDamaged)
	}
	return newUnsealer(func(offset int64) (io.ReadCloser, error) {
		return s.place.read(ctx, name, offset)
	}, key, info.Size)
}

// faulty gives an unsealer's errors as faults.
type faulty struct{ *unsealer }

func (f faulty) Read(p []byte) (int, error) {
	n, err := f.unsealer.Read(p)
	if errors.Is(err, io.EOF) {
		return n, io.EOF
	}
	return n, failure(err)
}

// Digest gives the SHA-256 of the plaintext in hexadecimal, for pages and
// dossiers shown to those who may see the file. It does not read the file.
func (s *Store) Digest(ctx context.Context, info Info) (string, error) {
	key, err := s.keys.Unwrap(ctx, info.Subject, info.Key)
	if err != nil {
		return "", failure(err)
	}
	digest, err := openSmall(key, "amana blob digest", info.Digest)
	return hex.EncodeToString(digest), failure(err)
}

// Verify reads the whole file and checks every seal, the digest and the
// address. A file whose bytes, or whose Info, were altered gives an error
// that wraps [ErrDamaged].
func (s *Store) Verify(ctx context.Context, info Info) error {
	key, err := s.keys.Unwrap(ctx, info.Subject, info.Key)
	if err != nil {
		return failure(err)
	}
	u, err := s.open(ctx, info, key)
	if err != nil {
		return failure(err)
	}
	defer func() { _ = u.Close() }() // only read from
	sum := sha256.New()
	if _, err := io.Copy(sum, u); err != nil {
		return failure(err)
	}
	digest, err := openSmall(key, "amana blob digest", info.Digest)
	if err == nil && !hmac.Equal(digest, sum.Sum(nil)) {
		err = fmt.Errorf("%s: digest: %w", info.Address, ErrDamaged)
	}
	if err != nil {
		return failure(err)
	}
	address, err := addressOf(s.secret, key, info.Subject, digest)
	if err == nil && address != info.Address {
		err = fmt.Errorf("%s: address: %w", info.Address, ErrDamaged)
	}
	return failure(err)
}

// Delete removes a stored file, after its subject's key was destroyed or when
// no entry names it. Removing what is not there is no error.
func (s *Store) Delete(ctx context.Context, address Address) error {
	if _, err := ParseAddress(string(address)); err != nil {
		return err
	}
	err := failure(s.place.remove(ctx, address.key()))
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	return err
}

// Stored is one name found in the store.
type Stored struct {
	// Name is the name under which it lies.
	Name string
	// Address is empty if Name is none that Put can have given: a foreign
	// file, or what a killed program left.
	Address Address
	// Size is that of the sealed file, in bytes.
	Size int64
	// Written is when it got its name, by the disk's or the bucket's clock:
	// a recent orphan may only be waiting for its entry.
	Written time.Time
}

// List yields everything in the store, in the order of names, for comparing
// with the files that the journal names. An error ends it.
func (s *Store) List(ctx context.Context) iter.Seq2[Stored, error] {
	return func(yield func(Stored, error) bool) {
		for object, err := range s.place.list(ctx) {
			if err != nil {
				yield(Stored{}, failure(err))
				return
			}
			found := Stored{Name: object.name, Size: object.size, Written: object.written}
			base := object.name[strings.LastIndexByte(object.name, '/')+1:]
			if a, err := ParseAddress(base); err == nil && a.key() == object.name {
				found.Address = a
			}
			if !yield(found, nil) {
				return
			}
		}
	}
}
