package journal

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/store"
)

// AccessesExpired is the receipt for accesses that were kept as long as their
// class says and are deleted. The batches they stood in stay, with roots and
// chain, so that the lane's order and its leaves in the log are still checked;
// who read what is gone.
// Law: L69-99 (disposal leaves a certificate); L09-08 3
type AccessesExpired struct {
	Lane       string
	First      int64 // access
	Last       int64
	FirstBatch int64
	LastBatch  int64
	Class      string // of the pack
	Before     time.Time
	Ground     string // which row of the pack
}

// Apply notes the range.
func (e AccessesExpired) Apply(w *store.Writer, m Meta) error {
	return w.One("insert into journal_expired (lane, first_seq, last_seq, seq, class) values ($1, $2, $3, $4, $5)", e.Lane, e.First, e.Last, m.Seq, e.Class)
}

// About names nothing.
func (AccessesExpired) About() []ident.Ref { return nil }

// Expiry is what accesses are expired under.
type Expiry struct {
	Class  string
	Ground string
	Before time.Time           // accesses of batches written before
	Tell   func(expired int64) // may be nil
}

// expireAtOnce bounds the accesses of one receipt, and so the time for which
// their deletion holds the lane.
const expireAtOnce = 5000

// ExpireAccesses deletes the accesses of every lane that were made before a
// time, whole batches at a time, each run of them after its receipt. A batch
// that touches a record under legal hold is left out. It may be stopped at any
// moment and called again: what a receipt speaks of and is still there is
// deleted first. It gives how many accesses are gone.
func (j *Journal) ExpireAccesses(ctx context.Context, grant func() (policy.Grant, error), e Expiry) (gone int64, err error) {
	marks, err := j.laneMarks(ctx)
	if err != nil {
		return 0, err
	}
	for _, m := range marks {
		if err := j.finishExpiry(ctx, m.Lane); err != nil {
			return gone, err
		}
		for after := int64(0); ; {
			r, err := j.nextRun(ctx, m.Lane, after, e)
			if err != nil {
				return gone, err
			}
			if r == nil {
				break
			}
			if err := j.expireRun(ctx, grant, r); err != nil {
				return gone, err
			}
			after, gone = r.LastBatch, gone+r.Last-r.First+1
			if e.Tell != nil {
				e.Tell(gone)
			}
		}
	}
	return gone, nil
}

// run is a receipt about to be given, and the holds it was planned under.
type run struct {
	AccessesExpired
	holds holds
}

// holds is what is held, and up to which entry that is known.
type holds struct {
	count, last int64
	refs        []ident.Ref
}

func readHolds(ctx context.Context, r store.Reader) (h holds, err error) {
	err = r.Each(ctx, "select ref, seq from journal_holds order by seq", nil, func(scan store.Scan) error {
		var text string
		if err := scan(&text, &h.last); err != nil {
			return err
		}
		h.count++
		ref, err := ident.ParseRef(text)
		h.refs = append(h.refs, ref)
		return err
	})
	return h, err
}

// nextRun finds the next consecutive batches that may expire, nil if there are
// none.
func (j *Journal) nextRun(ctx context.Context, lane string, after int64, e Expiry) (*run, error) {
	h, err := readHolds(ctx, j.db.Reader())
	if err != nil {
		return nil, err
	}
	held, err := j.heldBatches(ctx, lane, h, e.Before)
	if err != nil {
		return nil, err
	}
	done, err := j.expiredRanges(ctx, j.db.Reader(), lane)
	if err != nil {
		return nil, err
	}
	rows, err := store.List(ctx, j.lane.db.Reader(), batchColumns+" where lane = $1 and batch > $2 and written_at < $3 order by batch limit $4", []any{lane, after, store.Micros(e.Before), expireAtOnce}, scanBatch)
	if err != nil {
		return nil, err
	}
	var r *run
	for _, b := range rows {
		if held[b.batch] || done.covers(b.first, b.last) {
			if r != nil {
				break
			}
			continue
		}
		if r == nil {
			r = &run{AccessesExpired{Lane: lane, First: b.first, FirstBatch: b.batch, Class: e.Class, Before: e.Before, Ground: e.Ground}, h}
		}
		r.Last, r.LastBatch = b.last, b.batch
		if r.Last-r.First >= expireAtOnce {
			break
		}
	}
	return r, nil
}

// heldBatches lists the batches with an access to a record under hold, or made
// for the sake of one.
func (j *Journal) heldBatches(ctx context.Context, lane string, h holds, before time.Time) (map[int64]bool, error) {
	out := map[int64]bool{}
	for _, ref := range h.refs {
		err := j.lane.db.Reader().Each(ctx, `select distinct b.batch from access_entries e join access_batches b on b.lane = e.lane and e.seq between b.first_seq and b.last_seq
			where e.lane = $1 and e.at < $2 and (' ' || e.refs || ' ' like '% ' || $3 || ' %' or e.purpose like '%' || $4 || '%')`,
			[]any{lane, store.Micros(before), ref.String(), string(ref.ID)}, func(scan store.Scan) error {
				var batch int64
				err := scan(&batch)
				out[batch] = true
				return err
			})
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

// expireRun gives the receipt, and then deletes. A hold that was placed since
// the run was planned refuses it.
func (j *Journal) expireRun(ctx context.Context, grant func() (policy.Grant, error), r *run) error {
	g, err := grant()
	if err != nil {
		return err
	}
	_, err = j.Do(ctx, g, func(ctx context.Context, reader store.Reader, d *Draft) error {
		now, err := readHolds(ctx, reader)
		if err != nil {
			return err
		}
		if now.count != r.holds.count || now.last != r.holds.last {
			return fault.New(fault.Conflict, "journal.held-meanwhile")
		}
		d.Add(r.AccessesExpired)
		return nil
	})
	if err != nil {
		return err
	}
	return j.lane.drop(ctx, r.First, r.Last, r.Lane)
}

// finishExpiry deletes what a receipt speaks of and a killed program left.
func (j *Journal) finishExpiry(ctx context.Context, lane string) error {
	done, err := j.expiredRanges(ctx, j.db.Reader(), lane)
	for _, d := range done {
		var left int
		if err == nil {
			err = j.lane.db.Reader().Row(ctx, "select count(*) from access_entries where lane = $1 and seq between $2 and $3", []any{lane, d.first, d.last}, &left)
		}
		if err == nil && left > 0 {
			err = j.lane.drop(ctx, d.first, d.last, lane)
		}
	}
	return err
}

// drop deletes accesses with their keys and their places in the index.
func (l *Lane) drop(ctx context.Context, first, last int64, lane string) error {
	b, err := l.db.Begin(ctx)
	if err != nil {
		return err
	}
	defer b.Rollback()
	for _, table := range []string{"idx_access_refs", "access_keys", "access_entries"} {
		if _, err := b.Exec(ctx, "delete from "+table+" where lane = $1 and seq between $2 and $3", lane, first, last); err != nil {
			return err
		}
	}
	return b.Commit(ctx)
}

// seqRange is a range of a lane's accesses; ranges are kept in order.
type (
	seqRange  struct{ first, last int64 }
	seqRanges []seqRange
)

func (j *Journal) expiredRanges(ctx context.Context, r store.Reader, lane string) (seqRanges, error) {
	return store.List(ctx, r, "select first_seq, last_seq from journal_expired where lane = $1 order by first_seq", []any{lane}, func(scan store.Scan) (s seqRange, err error) {
		return s, scan(&s.first, &s.last)
	})
}

// covers reports whether the ranges together hold every seq from first to last.
func (s seqRanges) covers(first, last int64) bool {
	for _, r := range s {
		if r.first <= first && first <= r.last {
			first = r.last + 1
		}
	}
	return first > last
}

// everRecorded counts the accesses of a lane up to one, those that are gone by a
// receipt included.
func (j *Journal) everRecorded(ctx context.Context, lane string, upTo int64) (n int64, err error) {
	if err = j.lane.db.Reader().Row(ctx, "select count(*) from access_entries where lane = $1 and seq <= $2", []any{lane, upTo}, &n); err != nil {
		return 0, err
	}
	done, err := j.expiredRanges(ctx, j.db.Reader(), lane)
	for _, d := range done {
		var left int64
		if err == nil {
			err = j.lane.db.Reader().Row(ctx, "select count(*) from access_entries where lane = $1 and seq between $2 and $3", []any{lane, d.first, d.last}, &left)
		}
		n += d.last - d.first + 1 - left
	}
	return n, err
}

// expiredAlready reads the receipts that a closing's state speaks of.
func (v *verification) expiredAlready(ctx context.Context, from *store.DB) error {
	return from.Reader().Each(ctx, "select lane, first_seq, last_seq from journal_expired order by lane, first_seq", nil, func(scan store.Scan) error {
		var lane string
		var s seqRange
		err := scan(&lane, &s.first, &s.last)
		v.receipts[lane] = append(v.receipts[lane], s)
		return err
	})
}

// expired reports whether a receipt says that an access is gone.
func (v *verification) expired(lane string, seq int64) bool { return v.receipts[lane].covers(seq, seq) }

// receipt notes a receipt, which must speak of accesses once.
func (v *verification) receipt(e AccessesExpired, seq int64) {
	if e.First < 1 || e.Last < e.First {
		v.report.find(fmt.Sprintf("entry %d", seq), "is a receipt for no access")
		return
	}
	all := append(v.receipts[e.Lane], seqRange{e.First, e.Last})
	slices.SortFunc(all, func(a, b seqRange) int { return cmp.Compare(a.first, b.first) }) // a lifted hold leaves one behind
	v.receipts[e.Lane] = all
}
