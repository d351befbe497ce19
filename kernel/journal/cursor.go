package journal

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/store"
)

// Delivered is an entry as a follower receives it.
type Delivered struct {
	Meta
	Entry Entry
}

// After gives up to n entries after seq, decoded, in order. Every reader of
// the order uses it; on both engines nothing is skipped, because seq is drawn
// under the lock that is held to the commit.
func (j *Journal) After(ctx context.Context, seq int64, n int) ([]Delivered, error) {
	rows, err := j.page(ctx, j.db.Reader(), seq, n)
	if err != nil {
		return nil, err
	}
	out := make([]Delivered, 0, len(rows))
	for _, s := range rows {
		e, err := j.decode(ctx, j.db.Reader(), s)
		if err != nil {
			return out, err
		}
		out = append(out, Delivered{s.Meta, e})
	}
	return out, nil
}

// Timeline gives up to n entries about a record, newest first, before a seq
// (0 for the newest).
func (j *Journal) Timeline(ctx context.Context, ref ident.Ref, before int64, n int) ([]Delivered, error) {
	if before == 0 {
		before = 1 << 62
	}
	rows, err := scanStored(ctx, j.db.Reader(), storedColumns+` where seq in
		(select seq from idx_journal_about where ref = $1 and seq < $2 order by seq desc limit $3) order by seq desc`, ref.String(), before, n)
	if err != nil {
		return nil, err
	}
	return j.deliver(ctx, rows)
}

// Find gives one entry by id.
func (j *Journal) Find(ctx context.Context, id ident.ID) (Delivered, error) {
	rows, err := scanStored(ctx, j.db.Reader(), storedColumns+" where id = $1", string(id))
	if err != nil {
		return Delivered{}, err
	}
	if len(rows) == 0 {
		return Delivered{}, fault.New(fault.NotFound, "fault.not-found")
	}
	all, err := j.deliver(ctx, rows)
	if err != nil {
		return Delivered{}, err
	}
	return all[0], nil
}

func (j *Journal) deliver(ctx context.Context, rows []stored) ([]Delivered, error) {
	keys := j.keyring(ctx, j.db.Reader())
	out := make([]Delivered, 0, len(rows))
	for _, s := range rows {
		e, err := j.decodeWith(keys, s)
		if err != nil {
			return nil, err
		}
		out = append(out, Delivered{s.Meta, e})
	}
	return out, nil
}

// Search is what an inspector looks for in the journal; zero fields match all.
type Search struct {
	Kind   string
	Actor  ident.ID
	About  ident.Ref
	From   int64 // microseconds, happened or written
	Before int64 // seq, for the next page
	Limit  int
}

// Search lists entries, newest first.
func (j *Journal) Search(ctx context.Context, q Search) ([]Delivered, error) {
	if q.Before == 0 {
		q.Before = 1 << 62
	}
	if q.Limit <= 0 || q.Limit > 200 {
		q.Limit = 50
	}
	rows, err := scanStored(ctx, j.db.Reader(), storedColumns+` where seq < $1
		and ($2 = '' or kind = $2) and ($3 = '' or actor = $3) and written_at >= $4
		and ($5 = '' or seq in (select seq from idx_journal_about where ref = $5))
		order by seq desc limit $6`, q.Before, q.Kind, string(q.Actor), q.From, q.About.String(), q.Limit)
	if err != nil {
		return nil, err
	}
	return j.deliver(ctx, rows)
}

// Last gives the seq of the newest entry.
func (j *Journal) Last(ctx context.Context) (int64, error) {
	h, err := readHead(ctx, j.db.Reader())
	return h.seq, err
}

// Cursor gives how far a follower has come.
func (j *Journal) Cursor(ctx context.Context, follower string) (int64, error) {
	return j.cursor(ctx, j.db.Reader(), follower)
}

func (j *Journal) cursor(ctx context.Context, r store.Reader, follower string) (int64, error) {
	var seq int64
	var mac []byte
	err := r.Row(ctx, "select seq, mac from journal_cursors where follower = $1", []any{follower}, &seq, &mac)
	if fault.Is(err, fault.NotFound) {
		return 0, nil
	}
	if err == nil && !j.master.trusts(mac, follower, seq) {
		err = fmt.Errorf("journal: the cursor of %s was moved behind the program's back", follower)
	}
	return seq, err
}

// ErrPassed says that a follower's cursor stands at an entry or behind it
// already: another node, or this one before it died, has taken the entry.
var ErrPassed = errors.New("journal: the follower has passed this entry")

// Advance moves a follower's cursor past seq and appends what it decides, in
// one commit. decide may be nil. An entry that the cursor has passed is
// ErrPassed, and has no effect a second time; the cursor never goes back.
// What is drafted is keyed by follower and entry, so that even a lost cursor
// appends nothing twice.
func (j *Journal) Advance(ctx context.Context, g policy.Grant, follower string, seq int64, decide Decide) error {
	if decide == nil {
		decide = func(context.Context, store.Reader, *Draft) error { return nil }
	} else if err := g.Valid(j.clock.Now()); err != nil {
		return err
	}
	if follower == "" {
		return errors.New("journal: a follower has a name")
	}
	_, err := j.submit(ctx, &request{grant: g, follower: follower, seq: seq, decide: decide})
	return err
}

// mayPass looks at the cursor under the lock of the home.
func (w *writing) mayPass(ctx context.Context, r *request) error {
	at, err := w.j.cursor(ctx, w.b.Reader(), r.follower)
	if err == nil && at >= r.seq {
		return ErrPassed
	}
	return err
}

// followedID is the id of the n-th entry that a follower appends for a source
// entry: a version 8 UUID (RFC 9562, 5.8), the same whenever it is made.
func followedID(home ident.ID, follower string, seq int64, n int) ident.ID {
	return ident.Derive("amana follower", string(home), follower, strconv.FormatInt(seq, 10), strconv.Itoa(n))
}

func (j *Journal) moveCursor(ctx context.Context, b *store.Batch, follower string, seq int64) error {
	_, err := b.Exec(ctx, `insert into journal_cursors (follower, seq, mac) values ($1, $2, $3)
		on conflict (follower) do update set seq = excluded.seq, mac = excluded.mac`, follower, seq, j.master.now.cursorMAC(follower, seq))
	return err
}

// About lists the seqs of entries about a record after one, in order.
func (j *Journal) About(ctx context.Context, ref ident.Ref, after int64, n int) ([]int64, error) {
	return store.List(ctx, j.db.Reader(), "select seq from idx_journal_about where ref = $1 and seq > $2 order by seq limit $3", []any{ref.String(), after, n}, func(scan store.Scan) (seq int64, err error) {
		return seq, scan(&seq)
	})
}
