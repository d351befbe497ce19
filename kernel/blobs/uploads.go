package blobs

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/amana-platform/amana/kernel/clock"
	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
)

// UploadsConfig says where unfinished uploads lie and what they may become.
type UploadsConfig struct {
	// Folder is a local folder of this process alone, made if missing.
	Folder string
	// Store receives finished uploads; its Keys wrap the upload keys too.
	Store *Store
	// Clock dates activity, and IDs names uploads.
	Clock clock.Clock
	IDs   *ident.Source
	// Limits bounds each file.
	Limits Limits
	// MaxOpen is the most uploads one owner may have; 0 is 100.
	MaxOpen int
}

// Uploads takes files in pieces, over as many connections as it needs and
// across restarts of the program, without a bound on their size.
//
// The sender asks Begin for an id, then sends pieces of any length with
// Append, in order. After a broken line Status says how far the file has come;
// sending again what had already arrived does no harm. Finish turns the upload
// into a stored file; once the entry that names it is written, Abort clears
// what is left. Expire clears what was abandoned.
//
// Nothing of the plaintext, nor the file's name, is on the disk: pieces are
// sealed under a key that is wrapped for the file's subject. It is safe for
// concurrent use; each upload has one sender at a time.
type Uploads struct {
	c     UploadsConfig
	mu    sync.Mutex
	slots map[ident.ID]*slot
}

// slot is one upload in memory: whose it is, and that one caller is at it.
type slot struct {
	owner string
	busy  sync.Mutex
}

// Upload says how far an upload has come.
type Upload struct {
	ID    ident.ID
	Owner string
	Offer Offer
	// Size is the announced size and Offset what has arrived, in bytes.
	Size, Offset int64
	// Begun is when Begin was called.
	Begun time.Time
	// Info is set once the upload is finished.
	Info *Info
}

const (
	defaultMaxOpen = 100
	newSuffix      = ".new"
	goneSuffix     = ".gone"
)

// OpenUploads finds the uploads that an earlier run left, and clears what it
// was making or removing when it ended.
func OpenUploads(c UploadsConfig) (*Uploads, error) {
	if c.Folder == "" || c.Store == nil || c.Clock == nil || c.IDs == nil {
		return nil, errors.New("blobs: uploads need a folder, a store, a clock and ids")
	}
	if c.MaxOpen == 0 {
		c.MaxOpen = defaultMaxOpen
	}
	if err := os.MkdirAll(c.Folder, 0o700); err != nil {
		return nil, failure(err)
	}
	found, err := os.ReadDir(c.Folder)
	if err != nil {
		return nil, failure(err)
	}
	u := &Uploads{c: c, slots: map[ident.ID]*slot{}}
	for _, f := range found {
		if err := u.adopt(f.Name()); err != nil {
			return nil, failure(err)
		}
	}
	return u, nil
}

// adopt takes over one folder. States are written in one step, so one that
// cannot be read was never acknowledged.
func (u *Uploads) adopt(name string) error {
	path := filepath.Join(u.c.Folder, name)
	if strings.HasSuffix(name, newSuffix) || strings.HasSuffix(name, goneSuffix) {
		return os.RemoveAll(path)
	}
	id, err := ident.Parse(name)
	if err != nil {
		return nil // not ours
	}
	state, err := readState(path)
	if err != nil {
		return os.RemoveAll(path)
	}
	u.slots[id] = &slot{owner: state.Owner}
	return nil
}

// Begin opens an upload of exactly size bytes for its owner. Faults: Invalid
// (blobs.name, blobs.empty, blobs.upload.size), TooLarge (blobs.too-large),
// TooMany (blobs.upload.limit), Unavailable.
func (u *Uploads) Begin(ctx context.Context, owner string, offer Offer, size int64) (ident.ID, error) {
	if err := u.admissible(offer, size); err != nil {
		return "", err
	}
	key := make([]byte, keySize)
	rand.Read(key)
	wrapped, err := u.c.Store.keys.Wrap(ctx, offer.Subject, key)
	if err != nil {
		return "", failure(err)
	}
	state := uploadState{Owner: owner, Subject: offer.Subject, Size: size, Begun: u.c.Clock.Now(), Key: wrapped}
	if state.Offer, err = sealJSON(key, "amana upload offer", offer); err != nil {
		return "", err
	}
	id := u.c.IDs.New()
	if err := u.reserve(id, owner); err != nil {
		return "", err
	}
	if err := u.create(id, state); err != nil {
		u.release(id)
		return "", failure(err)
	}
	return id, nil
}

func (u *Uploads) admissible(offer Offer, size int64) error {
	if err := checkName(offer.Name); err != nil {
		return err
	}
	most := u.c.Limits.Bytes
	switch {
	case size == 0:
		return fault.New(fault.Invalid, "blobs.empty")
	case size < 0:
		return fault.New(fault.Invalid, "blobs.upload.size")
	case most > 0 && size > most:
		return tooLarge(most)
	}
	return nil
}

// reserve takes a place among the owner's open uploads.
func (u *Uploads) reserve(id ident.ID, owner string) error {
	u.mu.Lock()
	defer u.mu.Unlock()
	open := 0
	for _, s := range u.slots {
		if s.owner == owner {
			open++
		}
	}
	if open >= u.c.MaxOpen {
		return fault.New(fault.TooMany, "blobs.upload.limit", "limit", u.c.MaxOpen)
	}
	u.slots[id] = &slot{owner: owner}
	return nil
}

func (u *Uploads) release(id ident.ID) {
	u.mu.Lock()
	defer u.mu.Unlock()
	delete(u.slots, id)
}

// create makes the upload's folder with its state in one step.
func (u *Uploads) create(id ident.ID, state uploadState) error {
	path := u.path(id)
	if err := os.Mkdir(path+newSuffix, 0o700); err != nil {
		return err
	}
	err := writeState(path+newSuffix, state, state.Begun)
	if err == nil {
		err = os.Rename(path+newSuffix, path)
	}
	if err == nil {
		err = syncFolder(u.c.Folder)
	}
	if err != nil {
		return errors.Join(err, os.RemoveAll(path+newSuffix), os.RemoveAll(path))
	}
	return nil
}

func (u *Uploads) path(id ident.ID) string { return filepath.Join(u.c.Folder, string(id)) }

// take makes the caller the only one at an upload, if it is the owner's. To
// everybody else the upload does not exist.
func (u *Uploads) take(owner string, id ident.ID) (*slot, error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	s := u.slots[id]
	if s == nil || s.owner != owner {
		return nil, fault.New(fault.NotFound, "blobs.upload.unknown")
	}
	if !s.busy.TryLock() {
		return nil, fault.New(fault.Conflict, "blobs.upload.busy")
	}
	return s, nil
}

// with runs do on an upload that the owner holds.
func (u *Uploads) with(ctx context.Context, owner string, id ident.ID, do func(*partial) error) error {
	s, err := u.take(owner, id)
	if err != nil {
		return err
	}
	defer s.busy.Unlock()
	p, err := openPartial(ctx, u.path(id), u.c.Store.keys)
	if err != nil {
		return failure(err)
	}
	return do(p)
}

// Append adds what r gives at offset and returns the new offset, which is on
// the disk by then. What had already arrived is compared and skipped; when r
// breaks, what it gave is kept, and the offset comes with the error.
//
// Faults: Conflict (blobs.upload.gap with the current offset as argument,
// blobs.upload.differs, blobs.upload.busy), Invalid (blobs.upload.overrun, and
// the kinds of fault of Put that the first bytes show), NotFound
// (blobs.upload.unknown), Unavailable.
func (u *Uploads) Append(ctx context.Context, owner string, id ident.ID, offset int64, r io.Reader) (int64, error) {
	var reached int64
	err := u.with(ctx, owner, id, func(p *partial) error {
		err := p.append(ctx, offset, r, u.c.Limits)
		reached = p.offset
		return errors.Join(err, p.touch(u.c.Clock.Now()))
	})
	return reached, err
}

// Status says how far an upload has come.
func (u *Uploads) Status(ctx context.Context, owner string, id ident.ID) (Upload, error) {
	var status Upload
	err := u.with(ctx, owner, id, func(p *partial) error {
		status = Upload{ID: id, Owner: owner, Offer: p.offer, Size: p.state.Size, Offset: p.offset, Begun: p.state.Begun, Info: p.info}
		return nil
	})
	return status, err
}

// Finish moves a complete upload into the store. Called again it returns the
// same Info. If the program dies inside Finish, the upload is still there; a
// file that had just reached the store is then an orphan. Faults: Conflict
// (blobs.upload.incomplete with offset and size), and those of Put.
func (u *Uploads) Finish(ctx context.Context, owner string, id ident.ID) (Info, error) {
	var info Info
	err := u.with(ctx, owner, id, func(p *partial) error {
		if p.info != nil {
			info = *p.info
			return nil
		}
		if p.offset != p.state.Size {
			return fault.New(fault.Conflict, "blobs.upload.incomplete", "offset", p.offset, "size", p.state.Size)
		}
		in := p.reader(0)
		stored, err := u.c.Store.Put(ctx, p.offer, in, u.c.Limits)
		if err = errors.Join(err, in.Close()); err != nil {
			return failure(err)
		}
		info = stored
		return failure(p.finish(stored, u.c.Clock.Now()))
	})
	return info, err
}

// Abort removes an upload, finished or not. The stored file stays.
func (u *Uploads) Abort(_ context.Context, owner string, id ident.ID) error {
	s, err := u.take(owner, id)
	if err != nil {
		return err
	}
	defer s.busy.Unlock()
	return failure(u.remove(id))
}

// remove takes the whole folder away in one step, then its contents.
func (u *Uploads) remove(id ident.ID) error {
	path := u.path(id)
	if err := os.Rename(path, path+goneSuffix); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	u.release(id)
	return os.RemoveAll(path + goneSuffix)
}

// Expire removes the uploads that saw no activity for idle, and says how many.
func (u *Uploads) Expire(ctx context.Context, idle time.Duration) (int, error) {
	before, removed := u.c.Clock.Now().Add(-idle), 0
	for id, owner := range u.owners() {
		if err := ctx.Err(); err != nil {
			return removed, err
		}
		s, err := u.take(owner, id)
		if err != nil {
			continue // removed, or in use: not abandoned
		}
		last, err := lastActivity(u.path(id))
		if err == nil && last.Before(before) {
			if err = u.remove(id); err == nil {
				removed++
			}
		}
		s.busy.Unlock()
		if err != nil {
			return removed, failure(err)
		}
	}
	return removed, nil
}

func (u *Uploads) owners() map[ident.ID]string {
	u.mu.Lock()
	defer u.mu.Unlock()
	all := make(map[ident.ID]string, len(u.slots))
	for id, s := range u.slots {
		all[id] = s.owner
	}
	return all
}

func sealJSON(key []byte, use string, v any) ([]byte, error) {
	plain, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	return sealSmall(key, use, plain)
}

func openJSON(key []byte, use string, sealed []byte, v any) error {
	plain, err := openSmall(key, use, sealed)
	if err != nil {
		return err
	}
	return json.Unmarshal(plain, v)
}
