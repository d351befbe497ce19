package app

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/journal/tlog"
	"github.com/amana-platform/amana/kernel/store"
)

// FormerLog is a log that ended, as the key file remembers it.
type FormerLog struct {
	Origin    string `json:"origin"`
	LogVKey   string `json:"logVKey"`
	Statement string `json:"statement"` // tlog.Succession, signed by both logs
}

// FormerLogs is the folder of a data folder where logs that ended are kept, for
// proofs and for whoever asks what was lost.
const FormerLogs = "former-logs"

// Folder is where a former log lies in a data folder.
func (f FormerLog) Folder(data string) string {
	return filepath.Join(data, FormerLogs, strings.Map(func(r rune) rune {
		if strings.ContainsRune("/\\:", r) {
			return '_'
		}
		return r
	}, f.Origin))
}

// LogRenewal says what a new log is begun with.
type LogRenewal struct {
	Origin    string   // the new log's name; another than the one that ends
	Witnesses string   // the new policy, naming the new log's key where it names one; "" for nobody
	Authority string   // who ordered it, by office, with the number of the order
	Kept      [][]byte // checkpoints of the log that ends, as witnesses and pages have them
}

// RenewLog ends the transparency log of a stopped service and lets the record go
// on under another, with a statement that both logs sign: what the old one is
// known to have signed, and how much of it did not come back. Every entry gets a
// leaf in the new log. It may be stopped at any moment and called again; until
// it has ended the service does not start. build is as for Start.
func RenewLog(ctx context.Context, c Config, r LogRenewal, build func(*Kernel) (Compose, error)) (journal.LogRenewed, error) {
	path := FindKeyFile(c.Data, c.Key)
	if err := holding(c.Data, func() error { return beginRenewal(ctx, c, path, r) }); err != nil {
		return journal.LogRenewed{}, err
	}
	c.renewing = true
	a, err := Start(ctx, c, build)
	if err != nil {
		return journal.LogRenewed{}, err
	}
	k, err := ReadKeyFile(path)
	var e journal.LogRenewed
	if err == nil {
		e, err = a.Journal.NoteRenewal(ctx, k.Former[len(k.Former)-1].Statement, r.Authority)
	}
	if err == nil {
		err = a.awaitCover(ctx)
	}
	if err = errors.Join(err, a.Close()); err != nil {
		return e, err
	}
	k.Renewing = false
	return e, k.save()
}

// awaitCover waits until the new log covers every entry, for as long as its
// witnesses may reasonably take; later the service goes on with it.
func (a *App) awaitCover(ctx context.Context) error {
	last, err := a.Journal.Last(ctx)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	if err := a.Logging.WaitCovered(ctx, last); err != nil {
		a.Log.WarnContext(ctx, "the new log does not cover every entry yet", "err", err)
	}
	return nil
}

// holding runs f while no other program holds the data folder.
func holding(data string, f func() error) error {
	a := &App{}
	if err := a.claim(data); err != nil {
		return err
	}
	return errors.Join(f(), a.Close())
}

// beginRenewal writes the new keys, and sets aside what belongs to the log that
// ends.
func beginRenewal(ctx context.Context, c Config, path string, r LogRenewal) error {
	k, err := ReadKeyFile(path)
	if err != nil {
		return err
	}
	if !k.Renewing {
		if err := k.succeed(ctx, c, r); err != nil {
			return err
		}
	}
	return k.setAside(ctx, c)
}

// succeed puts the keys of another log into the key file, and the statement of
// both beside them.
func (k *KeyFile) succeed(ctx context.Context, c Config, r LogRenewal) error {
	last, err := k.SignerKey()
	if err != nil {
		return err
	}
	if r.Origin == k.Origin {
		return errors.New("app: the new log needs another name than the one that ends")
	}
	s, err := k.lastSigned(c.Data, r.Kept)
	if err != nil {
		return err
	}
	if s.Kept, err = cameBack(ctx, c, k.LogVKey, s.Size); err != nil {
		return err
	}
	former := FormerLog{Origin: k.Origin, LogVKey: k.LogVKey}
	k.Origin, k.LogSigner, k.Witnesses = r.Origin, make([]byte, ed25519.SeedSize), r.Witnesses
	rand.Read(k.LogSigner)
	if k.LogVKey, err = k.signerKey().VKey(); err != nil {
		return err
	}
	s.Next = k.LogVKey
	statement, err := s.Sign(last, k.signerKey())
	if err != nil {
		return err
	}
	former.Statement = string(statement)
	k.Former, k.Renewing = append(k.Former, former), true
	return k.save()
}

// lastSigned finds the largest tree that the log is known to have signed: in the
// signer's memory, in the folder, and in what others kept. Two trees of one size
// are a fork, and nothing to go on from.
func (k *KeyFile) lastSigned(data string, kept [][]byte) (s tlog.Succession, err error) {
	s.VKey = k.LogVKey
	if s.Size, s.Root, err = tlog.LastSigned(k.SignerState(), k.Origin); err != nil {
		return s, err
	}
	if raw, err := os.ReadFile(filepath.Join(data, "log", "checkpoint")); err == nil {
		kept = append([][]byte{raw}, kept...)
	} else if !errors.Is(err, os.ErrNotExist) {
		return s, err
	}
	for _, raw := range kept {
		c, _, err := tlog.ParseKept(raw, k.LogVKey)
		switch {
		case err != nil:
			return s, err
		case c.Size == s.Size && c.Root != s.Root:
			return s, fmt.Errorf("app: two trees of %d leaves were signed by %s: a fork; find out which is whose before anything goes on", c.Size, k.Origin)
		case c.Size > s.Size:
			s.Size, s.Root = c.Size, c.Root
		}
	}
	return s, nil
}

// cameBack counts the leaves of the log in the folder whose entry or batch of
// accesses is in the record.
func cameBack(ctx context.Context, c Config, vkey string, most uint64) (n uint64, err error) {
	dir := filepath.Join(c.Data, "log")
	if !exists(filepath.Join(dir, "checkpoint")) {
		return 0, nil
	}
	db, lane, err := Databases(ctx, c.Data, c.Store)
	if err != nil {
		return 0, err
	}
	defer func() {
		err = errors.Join(err, db.Close())
		if lane != db {
			err = errors.Join(err, lane.Close())
		}
	}()
	last, err := lastOf(ctx, db, lane)
	if err != nil {
		return 0, err
	}
	_, err = tlog.CheckLog(ctx, dir, vkey, nil, func(_ uint64, leaf tlog.Leaf) error {
		_, source, _ := strings.Cut(leaf.Source, "/")
		if leaf.Seq <= last[source] && n < most {
			n++
		}
		return nil
	})
	return n, err
}

// lastOf gives the newest entry (under "") and the newest batch of each lane.
func lastOf(ctx context.Context, db, lane *store.DB) (map[string]int64, error) {
	last := map[string]int64{}
	var n int64
	if err := db.Reader().Row(ctx, "select coalesce(max(seq), 0) from journal_entries", nil, &n); err != nil {
		return nil, err
	}
	last[""] = n
	err := lane.Reader().Each(ctx, "select lane, max(batch) from access_batches group by lane", nil, func(scan store.Scan) error {
		var name string
		var batch int64
		err := scan(&name, &batch)
		last[name] = batch
		return err
	})
	return last, err
}

// setAside moves the folder of the log that ends and the signer's memory of it
// out of the way, and forgets where its leaves were. It may be repeated.
func (k *KeyFile) setAside(ctx context.Context, c Config) error {
	former := k.Former[len(k.Former)-1]
	from, to := filepath.Join(c.Data, "log"), former.Folder(c.Data)
	if exists(to) && exists(from) {
		return nil // the new log was begun
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
		return err
	}
	if exists(from) {
		if err := os.Rename(from, to); err != nil {
			return err
		}
	} else if err := os.MkdirAll(to, 0o700); err != nil {
		return err
	}
	memory := k.SignerState() + "." + filepath.Base(to)
	if exists(k.SignerState()) && !exists(memory) {
		if err := os.Rename(k.SignerState(), memory); err != nil {
			return err
		}
	}
	if err := errors.Join(syncFolder(c.Data), syncFolder(filepath.Dir(k.path))); err != nil {
		return err
	}
	return forgetPlaces(ctx, c)
}

// forgetPlaces empties the working state that says which leaf went where.
func forgetPlaces(ctx context.Context, c Config) error {
	db, lane, err := Databases(ctx, c.Data, c.Store)
	if err != nil {
		return err
	}
	_, err = lane.Scratch().Exec(ctx, "delete from tmp_access_leaves")
	if lane != db {
		err = errors.Join(err, lane.Close())
	}
	return errors.Join(err, db.Close())
}

// checkRenewing refuses to serve between two logs.
func (k *KeyFile) checkRenewing(c Config) error {
	if k.Renewing && !c.renewing {
		return errors.New("app: a new log was begun and is not finished; run amana log renew again")
	}
	return nil
}
