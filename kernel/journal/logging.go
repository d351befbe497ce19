package journal

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal/tlog"
	"github.com/amana-platform/amana/kernel/store"
)

// Logging puts a leaf of each entry and of each batch of accesses into the
// transparency log. It is not in the way of any request; when it falls
// further behind than the lag window, the journal refuses writes.
type Logging struct {
	j      *Journal
	log    *tlog.Log
	window time.Duration
	logger *slog.Logger
	cancel context.CancelFunc
	done   sync.WaitGroup

	ahead map[string]int64 // by source: the first seq without a place; the follower's own

	mu      sync.Mutex
	waiting []place // logged, not yet under a checkpoint, by index
	covered int64   // every entry up to this seq is under a checkpoint
}

// place is where a leaf went.
type place struct {
	source string
	seq    int64
	index  uint64
}

// tick is how often the follower looks without being told of news; other
// nodes' entries on PostgreSQL are found by it.
const tick = 200 * time.Millisecond

// leavesAtOnce bounds what is read and appended in one step.
const leavesAtOnce = 1000

// Log starts the follower. It first finds what the log already has: a
// program killed between appending a leaf and noting its place appends no
// leaf twice.
func (j *Journal) Log(ctx context.Context, log *tlog.Log, window time.Duration, logger *slog.Logger) (*Logging, error) {
	l := &Logging{j: j, log: log, window: window, logger: logger, ahead: map[string]int64{}}
	if err := l.recover(ctx); err != nil {
		return nil, fmt.Errorf("journal: read the log: %w", err)
	}
	run, cancel := context.WithCancel(context.WithoutCancel(ctx))
	l.cancel = cancel
	l.done.Go(func() { l.run(run) })
	return l, nil
}

// Close stops the follower; the log is the caller's to close.
func (l *Logging) Close() {
	l.cancel()
	l.done.Wait()
}

func (l *Logging) scratch() store.Scratch { return l.j.lane.db.Scratch() }

func (l *Logging) reader() store.Reader { return l.j.lane.db.Reader() }

// recover notes the places of leaves that are in the log and not yet noted.
func (l *Logging) recover(ctx context.Context) error {
	var from int64
	err := l.reader().Row(ctx, "select coalesce(max(leaf_index) + 1, 0) from tmp_access_leaves", nil, &from)
	if err != nil {
		return err
	}
	var found []place
	err = l.log.Scan(ctx, uint64(from), func(index uint64, leaf tlog.Leaf) error {
		found = append(found, place{leaf.Source, leaf.Seq, index})
		if len(found) < leavesAtOnce {
			return nil
		}
		err := l.note(ctx, found)
		found = found[:0]
		return err
	})
	if err != nil {
		return err
	}
	return l.note(ctx, found)
}

// note keeps places in working state; the log itself is the record of them.
func (l *Logging) note(ctx context.Context, places []place) error {
	for len(places) > 0 {
		n := min(len(places), 200)
		var text strings.Builder
		var args []any
		for i, p := range places[:n] {
			fmt.Fprintf(&text, ", ($%d, $%d, $%d)", 3*i+1, 3*i+2, 3*i+3)
			args = append(args, p.source, p.seq, int64(p.index))
		}
		_, err := l.scratch().Exec(ctx, "insert into tmp_access_leaves (source, seq, leaf_index) values "+text.String()[2:]+" on conflict do nothing", args...)
		if err != nil {
			return err
		}
		places = places[n:]
	}
	return nil
}

func (l *Logging) run(ctx context.Context) {
	for ctx.Err() == nil {
		news, accesses := l.j.News(), l.j.lane.news.wait()
		n, err := l.step(ctx)
		if err != nil && ctx.Err() == nil {
			l.logger.ErrorContext(ctx, "the transparency log does not take leaves", "err", err)
		}
		l.settle(ctx)
		if n > 0 && err == nil {
			continue
		}
		select {
		case <-ctx.Done():
		case <-news:
		case <-accesses:
		case <-time.After(tick):
		}
	}
}

// step appends the leaves that are not in the log yet, from every source.
func (l *Logging) step(ctx context.Context) (int, error) {
	n, err := l.entries(ctx)
	if err != nil {
		return n, err
	}
	m, err := l.batches(ctx)
	return n + m, err
}

// next gives the first seq of a source that has no place yet. It looks into
// the places once; from then on the follower knows by itself.
func (l *Logging) next(ctx context.Context, source string) (seq int64, err error) {
	if seq, ok := l.ahead[source]; ok {
		return seq, nil
	}
	err = l.reader().Row(ctx, `select coalesce((select min(a.seq) + 1 from tmp_access_leaves a where a.source = $1
			and not exists (select 1 from tmp_access_leaves b where b.source = a.source and b.seq = a.seq + 1)
			and exists (select 1 from tmp_access_leaves c where c.source = a.source and c.seq = 1)), 1)`, []any{source}, &seq)
	if err == nil {
		l.ahead[source] = seq
	}
	return seq, err
}

func (l *Logging) entries(ctx context.Context) (int, error) {
	source := string(l.j.home)
	from, err := l.next(ctx, source)
	if err != nil {
		return 0, err
	}
	leaves, err := store.List(ctx, l.j.db.Reader(), "select seq, kind, written_at, commitment from journal_entries where seq >= $1 order by seq limit $2",
		[]any{from, leavesAtOnce}, func(scan store.Scan) (tlog.Leaf, error) {
			leaf := tlog.Leaf{Source: source}
			var written int64
			var c []byte
			err := scan(&leaf.Seq, &leaf.Type, &written, &c)
			leaf.Minute = written / 60e6
			copy(leaf.Commitment[:], c)
			return leaf, err
		})
	if err != nil {
		return 0, err
	}
	return l.append(ctx, leaves)
}

func (l *Logging) batches(ctx context.Context) (int, error) {
	lanes, err := store.List(ctx, l.reader(), "select distinct lane from access_batches", nil, func(scan store.Scan) (s string, err error) {
		return s, scan(&s)
	})
	if err != nil {
		return 0, err
	}
	total := 0
	for _, lane := range lanes {
		from, err := l.next(ctx, string(l.j.home)+"/"+lane)
		if err != nil {
			return total, err
		}
		rows, err := store.List(ctx, l.reader(), batchColumns+" where lane = $1 and batch >= $2 order by batch limit $3", []any{lane, from, leavesAtOnce}, scanBatch)
		if err != nil {
			return total, err
		}
		leaves := make([]tlog.Leaf, len(rows))
		for i, b := range rows {
			leaves[i] = l.j.batchLeaf(b)
		}
		n, err := l.append(ctx, leaves)
		total += n
		if err != nil {
			return total, err
		}
	}
	return total, nil
}

func (l *Logging) append(ctx context.Context, leaves []tlog.Leaf) (int, error) {
	if len(leaves) == 0 {
		return 0, nil
	}
	last := leaves[len(leaves)-1]
	fresh, err := l.unplaced(ctx, leaves)
	if err != nil {
		return 0, err
	}
	if len(fresh) == 0 {
		l.ahead[last.Source] = last.Seq + 1
		return 0, nil
	}
	indexes, err := l.log.Append(ctx, fresh)
	if err != nil {
		return 0, err
	}
	places := make([]place, len(fresh))
	for i, leaf := range fresh {
		places[i] = place{leaf.Source, leaf.Seq, indexes[i]}
	}
	if err := l.note(ctx, places); err != nil {
		return 0, err
	}
	l.ahead[last.Source] = last.Seq + 1
	l.mu.Lock()
	l.waiting = append(l.waiting, places...)
	l.mu.Unlock()
	return len(fresh), nil
}

// unplaced leaves out what a killed program had appended out of order.
func (l *Logging) unplaced(ctx context.Context, leaves []tlog.Leaf) ([]tlog.Leaf, error) {
	first, last := leaves[0], leaves[len(leaves)-1]
	have := map[int64]bool{}
	err := l.reader().Each(ctx, "select seq from tmp_access_leaves where source = $1 and seq between $2 and $3", []any{first.Source, first.Seq, last.Seq}, func(scan store.Scan) error {
		var seq int64
		err := scan(&seq)
		have[seq] = true
		return err
	})
	if err != nil || len(have) == 0 {
		return leaves, err
	}
	var fresh []tlog.Leaf
	for _, leaf := range leaves {
		if !have[leaf.Seq] {
			fresh = append(fresh, leaf)
		}
	}
	return fresh, nil
}

// settle learns how far the published checkpoint reaches and puts the brake
// on, or off.
func (l *Logging) settle(ctx context.Context) {
	lag, err := l.log.Lag(ctx)
	if err != nil {
		return
	}
	l.j.limit.set(lag.Age > l.window)
	l.mu.Lock()
	defer l.mu.Unlock()
	for len(l.waiting) > 0 && l.waiting[0].index < lag.Covered {
		if p := l.waiting[0]; p.source == string(l.j.home) {
			l.covered = max(l.covered, p.seq)
		}
		l.waiting = l.waiting[1:]
	}
	if len(l.waiting) == 0 && lag.Covered == lag.Size {
		if n, err := l.next(ctx, string(l.j.home)); err == nil {
			l.covered = max(l.covered, n-1)
		}
	}
}

// Lagging gives an error when what is signed is half the window behind: before
// writing is refused, somebody should know.
func (l *Logging) Lagging(ctx context.Context) error {
	lag, err := l.log.Lag(ctx)
	if err == nil && lag.Age > l.window/2 {
		err = fmt.Errorf("%d of %d leaves are signed, the oldest other waits for %s", lag.Covered, lag.Size, lag.Age.Round(time.Second))
	}
	return err
}

// Lag measures how far what is signed is behind.
func (l *Logging) Lag(ctx context.Context) (tlog.Lag, error) { return l.log.Lag(ctx) }

// Covered reports whether a signed checkpoint covers an entry.
func (l *Logging) Covered(seq int64) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return seq <= l.covered
}

// Behind gives the number of entries that no checkpoint covers yet.
func (l *Logging) Behind(ctx context.Context) (int64, error) {
	last, err := l.j.Last(ctx)
	l.mu.Lock()
	defer l.mu.Unlock()
	return last - l.covered, err
}

// WaitCovered returns once a signed checkpoint covers an entry, or with the
// context's error.
func (l *Logging) WaitCovered(ctx context.Context, seq int64) error {
	_, err := l.index(ctx, seq)
	return err
}

// index waits until an entry is in the log and under a checkpoint.
func (l *Logging) index(ctx context.Context, seq int64) (uint64, error) {
	for {
		var index int64
		err := l.reader().Row(ctx, "select leaf_index from tmp_access_leaves where source = $1 and seq = $2", []any{string(l.j.home), seq}, &index)
		if err == nil {
			return uint64(index), l.log.WaitCovered(ctx, uint64(index))
		}
		if !fault.Is(err, fault.NotFound) {
			return 0, err
		}
		select {
		case <-ctx.Done():
			return 0, fault.Wrap(ctx.Err(), fault.Unavailable, "journal.proof-pending")
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// Proof makes the proof of an entry, waiting for the checkpoint that covers
// it. Open fields are disclosed, and of the sealed ones those that disclose
// accepts; of all others only the digests. It also gives the text for a QR
// code.
func (l *Logging) Proof(ctx context.Context, id ident.ID, disclose func(path string) bool) (tlog.ProofFile, string, error) {
	rows, err := scanStored(ctx, l.j.db.Reader(), storedColumns+" where id = $1", string(id))
	if err != nil {
		return tlog.ProofFile{}, "", err
	}
	if len(rows) == 0 {
		return tlog.ProofFile{}, "", fault.New(fault.NotFound, "fault.not-found")
	}
	s := rows[0]
	index, err := l.index(ctx, s.Seq)
	if err != nil {
		return tlog.ProofFile{}, "", err
	}
	in, err := l.log.Proof(ctx, index)
	if err != nil {
		return tlog.ProofFile{}, "", err
	}
	shown, hidden, b, err := l.j.disclosure(ctx, s, disclose)
	if err != nil {
		return tlog.ProofFile{}, "", err
	}
	p := tlog.NewProof(l.j.leaf(s), in, shown, hidden)
	qr := tlog.QR{Origin: tlog.OriginHash(p.Origin), Entry: s.ID}
	copy(qr.Secret[:], b.Salt)
	return p, qr.String(), nil
}

// disclosure sorts an entry's fields into those shown and those withheld.
func (j *Journal) disclosure(ctx context.Context, s stored, disclose func(string) bool) (shown []tlog.Disclosed, hidden []tlog.Withheld, b body, err error) {
	if b, err = s.parse(); err != nil {
		return
	}
	header, err := headerFields(s.Meta, j.home, s.version)
	if err != nil {
		return
	}
	for _, list := range [...]fields{b.Open, header} {
		for _, f := range list {
			shown = append(shown, tlog.Disclose(b.Salt, f.path, string(f.value)))
		}
	}
	d := new(digester)
	for i := range b.Sealed {
		x := &b.Sealed[i]
		o, e := x.open(j.keyring(ctx, j.db.Reader()))
		if e != nil {
			return nil, nil, b, e
		}
		for _, f := range x.Digests {
			value, ok := json.RawMessage(nil), false
			if o != nil {
				value, ok = o.Fields.get(f.path)
			}
			if ok && disclose(f.path) {
				shown = append(shown, tlog.Disclose(o.Salt, f.path, string(value)))
			} else {
				hidden = append(hidden, tlog.Withheld{Path: f.path, Digest: f.sum[:]})
			}
		}
		bound := b.bind(d, x)
		hidden = append(hidden, tlog.Withheld{Path: bound.path, Digest: bound.sum[:]})
	}
	return shown, hidden, b, nil
}
