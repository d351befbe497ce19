package journal

import (
	"context"
	"crypto/hmac"
	"errors"

	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/store"
)

// MasterChanged says that the master key was changed: everything that was
// wrapped under the one before is wrapped under another. The keys are named by
// their prints, which tell nothing of them.
type MasterChanged struct {
	From, To  string // MasterPrint
	Subjects  int64  // keys of subjects now under To
	Accesses  int64  // keys of what people wrote when they asked
	Cursors   int64
	Authority string // who ordered it, by office, with the number of the order
}

// Apply changes no table: the keys are not the reading of entries.
func (MasterChanged) Apply(*store.Writer, Meta) error { return nil }

// About names nothing.
func (MasterChanged) About() []ident.Ref { return nil }

// rewrapAtOnce bounds the keys of one commit, and so what a writer waits for.
const rewrapAtOnce = 500

// Rewrap seals under the master key whatever is still sealed under the one
// before (Options.Previous), and then says so in the journal. It may be stopped
// at any moment and called again: until it has ended both masters are needed,
// afterwards nothing opens under the one before. A key that opens under
// neither stays as it is; Verify names it. tell hears of stages and counts.
func (j *Journal) Rewrap(ctx context.Context, authority string, tell func(string, int64)) (MasterChanged, error) {
	e, err := j.rewrap(ctx, tell)
	if err != nil {
		return e, err
	}
	e.Authority = authority
	_, err = j.kernel(ctx, func(_ context.Context, _ store.Reader, d *Draft) error {
		d.AddOnce(ident.Derive("amana master", string(j.home), e.From, e.To), d.Now, e)
		return nil
	})
	return e, err
}

func (j *Journal) rewrap(ctx context.Context, tell func(string, int64)) (e MasterChanged, err error) {
	if j.master.before == nil {
		return e, errors.New("journal: there is no master key to change from")
	}
	e.From, e.To = j.master.before.print, j.master.now.print
	r := &rewrapping{j: j, tell: tell}
	if e.Subjects, err = r.subjects(ctx); err != nil {
		return e, err
	}
	lanes, err := store.List(ctx, j.lane.db.Reader(), "select distinct lane from access_keys order by lane", nil, func(scan store.Scan) (s string, err error) { return s, scan(&s) })
	if err != nil {
		return e, err
	}
	for _, lane := range lanes {
		n, err := r.lane(ctx, lane)
		if err != nil {
			return e, err
		}
		e.Accesses += n
	}
	e.Cursors, err = r.cursors(ctx)
	return e, err
}

// rewrapping is one pass over everything that the master key protects.
type rewrapping struct {
	j    *Journal
	tell func(string, int64)
}

// wrapped is a row that holds a wrapped key.
type wrapped struct {
	seq   int64    // of an access
	bound ident.ID // what the key is bound to
	key   []byte
}

// subjects re-wraps the keys of subjects.
func (r *rewrapping) subjects(ctx context.Context) (n int64, err error) {
	for after := ident.ID(""); ; {
		var rows []wrapped
		err = r.commit(ctx, r.j.db, func(b *store.Batch) error {
			rows, err = store.List(ctx, b.Reader(), "select subject, wrapped from journal_keys where subject > $1 order by subject limit $2", []any{string(after), rewrapAtOnce},
				func(scan store.Scan) (w wrapped, err error) { return w, scan(&w.bound, &w.key) })
			if err != nil {
				return err
			}
			return r.anew(rows, func(w wrapped) error {
				_, err := b.Exec(ctx, "update journal_keys set wrapped = $1 where subject = $2", w.key, string(w.bound))
				return err
			})
		})
		if err != nil || len(rows) == 0 {
			return n, err
		}
		n, after = n+int64(len(rows)), rows[len(rows)-1].bound
		r.tell("keys of subjects", n)
	}
}

// lane re-wraps the keys of what people wrote in the accesses of a lane.
func (r *rewrapping) lane(ctx context.Context, lane string) (n int64, err error) {
	for after := int64(0); ; {
		var rows []wrapped
		err = r.commit(ctx, r.j.lane.db, func(b *store.Batch) error {
			rows, err = store.List(ctx, b.Reader(), `select k.seq, e.id, k.wrapped from access_keys k join access_entries e on e.lane = k.lane and e.seq = k.seq
				where k.lane = $1 and k.seq > $2 order by k.seq limit $3`, []any{lane, after, rewrapAtOnce},
				func(scan store.Scan) (w wrapped, err error) { return w, scan(&w.seq, &w.bound, &w.key) })
			if err != nil {
				return err
			}
			return r.anew(rows, func(w wrapped) error {
				_, err := b.Exec(ctx, "update access_keys set wrapped = $1 where lane = $2 and seq = $3", w.key, lane, w.seq)
				return err
			})
		})
		if err != nil || len(rows) == 0 {
			return n, err
		}
		n, after = n+int64(len(rows)), rows[len(rows)-1].seq
		r.tell("keys of accesses", n)
	}
}

// anew writes those rows again whose key opens under the master before only.
func (r *rewrapping) anew(rows []wrapped, write func(wrapped) error) error {
	for _, w := range rows {
		if _, err := r.j.master.now.open(w.key, w.bound); err == nil {
			continue
		}
		raw, err := r.j.master.before.open(w.key, w.bound)
		if err != nil {
			continue // verification names it; it was lost before
		}
		w.key = r.j.master.seal(r.j.random(12), raw, w.bound)
		clear(raw)
		if err := write(w); err != nil {
			return err
		}
	}
	return nil
}

// cursors puts a new MAC on each cursor that stands where the program put it.
// One that was moved behind its back keeps what betrays it.
func (r *rewrapping) cursors(ctx context.Context) (n int64, err error) {
	type cursor struct {
		follower string
		seq      int64
		mac      []byte
	}
	m := r.j.master
	err = r.commit(ctx, r.j.db, func(b *store.Batch) error {
		all, err := store.List(ctx, b.Reader(), "select follower, seq, mac from journal_cursors order by follower", nil,
			func(scan store.Scan) (c cursor, err error) { return c, scan(&c.follower, &c.seq, &c.mac) })
		if err != nil {
			return err
		}
		for _, c := range all {
			n++
			if !hmac.Equal(c.mac, m.before.cursorMAC(c.follower, c.seq)) {
				continue
			}
			if _, err := b.Exec(ctx, "update journal_cursors set mac = $1 where follower = $2", m.now.cursorMAC(c.follower, c.seq), c.follower); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil {
		r.tell("cursors", n)
	}
	return n, err
}

// commit runs one step under the lock of the home, in a commit of its own.
func (r *rewrapping) commit(ctx context.Context, db *store.DB, step func(*store.Batch) error) error {
	b, err := db.Begin(ctx)
	if err != nil {
		return err
	}
	defer b.Rollback()
	if db == r.j.db {
		err = b.Lock(ctx, homeLock)
	}
	if err == nil {
		err = step(b)
	}
	if err != nil {
		return err
	}
	return b.Commit(ctx)
}
