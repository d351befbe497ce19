package journal

import (
	"context"
	"fmt"
	"time"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/store"
)

// Counted is the hourly statement of how far a lane has come. The entries are
// counted by their own seq; a lane, which may be in another database and has
// its own chain, is tied to them by this.
type Counted struct {
	Lane  string
	Last  int64 // last access of the last batch
	Total int64 // accesses recorded ever: with no gap, as many as Last says
	Batch int64
	Chain []byte // the lane's chain at Batch
}

// Apply notes the latest statement about the lane. Version 1 is not noted:
// it was appended before the table was there.
func (e Counted) Apply(w *store.Writer, m Meta) error {
	if e.Batch == 0 {
		return nil
	}
	return w.One(`insert into journal_counts (lane, seq, last_seq, counted_at) values ($1, $2, $3, $4)
		on conflict (lane) do update set seq = excluded.seq, last_seq = excluded.last_seq, counted_at = excluded.counted_at`, e.Lane, m.Seq, e.Last, store.Micros(m.Written))
}

// About names nothing.
func (Counted) About() []ident.Ref { return nil }

// Count appends the hourly statement about every lane.
func (j *Journal) Count(ctx context.Context) error {
	marks, err := j.laneMarks(ctx)
	if err != nil {
		return err
	}
	for _, m := range marks {
		total, err := j.recorded(ctx, m)
		if err != nil {
			return err
		}
		_, err = j.kernel(ctx, func(_ context.Context, _ store.Reader, d *Draft) error {
			d.Add(Counted{Lane: m.Lane, Last: m.Last, Total: total, Batch: m.Batch, Chain: m.Chain})
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// recorded counts the accesses of a lane up to a mark: those it counted the
// last time, and those since.
func (j *Journal) recorded(ctx context.Context, m LaneMark) (int64, error) {
	j.countMu.Lock()
	defer j.countMu.Unlock()
	from, counted := j.counts[m.Lane]
	var n int64
	var err error
	if !counted { // the first time in this process
		if from.total, err = j.everRecorded(ctx, m.Lane, m.Last); err != nil {
			return 0, err
		}
		j.counts[m.Lane] = tally{m.Last, from.total}
		return from.total, nil
	}
	err = j.lane.db.Reader().Row(ctx, "select count(*) from access_entries where lane = $1 and seq > $2 and seq <= $3", []any{m.Lane, from.last, m.Last}, &n)
	if err != nil {
		return 0, err
	}
	j.counts[m.Lane] = tally{m.Last, from.total + n}
	return from.total + n, nil
}

// tally is what was counted of a lane so far.
type tally struct{ last, total int64 }

// LastCount gives when the lanes were counted last, zero if never.
func (j *Journal) LastCount(ctx context.Context) (time.Time, error) {
	var at int64
	err := j.db.Reader().Row(ctx, "select coalesce(max(counted_at), 0) from journal_counts", nil, &at)
	return store.Time(at), err
}

// counted holds a statement against itself, and remembers it for the lane.
func (v *verification) counted(e Counted, seq int64) {
	where := fmt.Sprintf("entry %d", seq)
	if e.Total != e.Last {
		v.report.find(where, "counted %d accesses in lane %s up to its %d: some were missing then", e.Total, e.Lane, e.Last)
	}
	v.marks = append(v.marks, mark{where, LaneMark{Lane: e.Lane, Batch: e.Batch, Last: e.Last, Chain: e.Chain}})
}

// CheckpointPrinted says that the latest checkpoint was printed on a page, for
// somebody to keep outside the house.
type CheckpointPrinted struct {
	Origin string
	Size   int64
	Root   []byte
}

// Apply notes the page.
func (e CheckpointPrinted) Apply(w *store.Writer, m Meta) error {
	return w.One("insert into journal_pages (seq, leaves, printed_at) values ($1, $2, $3)", m.Seq, e.Size, store.Micros(m.Written))
}

// About names nothing.
func (CheckpointPrinted) About() []ident.Ref { return nil }

// LastPrinted gives how many leaves the checkpoint had that was printed last,
// and when; the zero time if none was.
func (j *Journal) LastPrinted(ctx context.Context) (leaves int64, at time.Time, err error) {
	var us int64
	err = j.db.Reader().Row(ctx, "select leaves, printed_at from journal_pages order by seq desc limit 1", nil, &leaves, &us)
	if fault.Is(err, fault.NotFound) {
		return 0, time.Time{}, nil
	}
	return leaves, store.Time(us), err
}
