package journal

import (
	"context"
	"fmt"
	"runtime"

	"github.com/amana-platform/amana/kernel/blobs"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/store"
)

// read is an entry on its way through a replay: checked and decoded by one of
// several goroutines, applied in order by one.
type read struct {
	stored
	entry  Entry
	erased []ident.ID // subjects whose box has no key
	err    error      // why it is not what its commitment says
}

// pageSize is how many entries are read at a time.
const pageSize = 512

// walk reads all entries in order, checking each by itself: commitment,
// canonical body, known kind. The chain is the caller's to check.
func (j *Journal) walk(ctx context.Context, after int64, f func(*read) error) error {
	cache := newKeyCache() // of its own: a key taken from the store must be missed
	for {
		rows, err := j.page(ctx, j.db.Reader(), after, pageSize)
		if err != nil || len(rows) == 0 {
			return err
		}
		reads := make([]read, len(rows))
		workers := runtime.GOMAXPROCS(0)
		done := make(chan struct{})
		for w := range workers {
			go func() {
				keys := j.keyring(ctx, j.db.Reader())
				keys.shared = cache
				for i := w; i < len(rows); i += workers {
					reads[i] = j.examine(keys, rows[i])
				}
				done <- struct{}{}
			}()
		}
		for range workers {
			<-done
		}
		for i := range reads {
			if err := f(&reads[i]); err != nil {
				return err
			}
		}
		after = rows[len(rows)-1].Seq
	}
}

// examine recomputes one entry and decodes it.
func (j *Journal) examine(keys *keyring, s stored) read {
	r := read{stored: s}
	b, err := s.parse()
	if err != nil {
		r.err = err
		return r
	}
	if !b.canonical(s.body) {
		r.err = fmt.Errorf("entry %d: %w", s.Seq, errForm)
		return r
	}
	header, err := headerFields(s.Meta, j.home, s.version)
	if err != nil {
		r.err = err
		return r
	}
	f, erased, c, err := b.examine(keys, header)
	if err == nil && c != s.commitment {
		err = fmt.Errorf("entry %d: the commitment does not match what is stored", s.Seq)
	}
	if err != nil {
		r.err = fmt.Errorf("entry %d: %w", s.Seq, err)
		return r
	}
	k := j.reg.byName[s.Kind]
	if k == nil {
		r.err = fmt.Errorf("entry %d is of the unknown kind %s", s.Seq, s.Kind)
		return r
	}
	r.erased = erased
	r.entry, r.err = k.decode(s.version, f)
	return r
}

// replayBatch is how many entries are applied in one transaction.
const replayBatch = 2000

// replayer applies entries to an empty database.
type replayer struct {
	j    *Journal
	into *store.DB
	b    *store.Batch
	rows gathered
	n    int
}

func (p *replayer) apply(ctx context.Context, r *read) error {
	if p.b == nil {
		var err error
		if p.b, err = p.into.Begin(ctx); err != nil {
			return err
		}
	}
	if err := p.j.applyEntry(ctx, p.b, &p.rows, r.Meta, r.entry); err != nil {
		return err
	}
	if p.n++; p.n%replayBatch == 0 {
		return p.flush(ctx)
	}
	return nil
}

func (p *replayer) flush(ctx context.Context) error {
	if p.b == nil {
		return nil
	}
	err := p.rows.write(ctx, p.b)
	if err == nil {
		err = p.b.Commit(ctx)
		p.b = nil
	}
	return err
}

func (p *replayer) abandon() {
	if p.b != nil {
		p.b.Rollback()
	}
}

// Replay makes the tables of another, empty database from the entries of
// this one, copying the entries, keys, cursors and accesses too: afterwards
// either can serve. It gives the number of entries; progress is told it from
// time to time and may be nil.
func (j *Journal) Replay(ctx context.Context, into, lane *store.DB, progress func(done int64)) (int64, error) {
	return j.ReplaySince(ctx, into, lane, "", nil, progress)
}

// ReplaySince is Replay that starts at a closing: the tables are filled from
// its state, and only the entries after it are applied. since names it as
// Scope.Since does.
func (j *Journal) ReplaySince(ctx context.Context, into, lane *store.DB, since string, files *blobs.Store, progress func(done int64)) (int64, error) {
	var from *start
	if since != "" {
		var err error
		if from, err = j.startingPoint(ctx, since); err != nil {
			return 0, err
		}
	}
	if lane == nil {
		lane = into
	}
	target := &Journal{db: into, lane: &Lane{db: lane, name: j.lane.name}, reg: j.reg, modules: j.modules, master: j.master,
		cache: newKeyCache(), clock: j.clock, rand: j.rand, home: j.home}
	return target.fill(ctx, []source{{j.db, into, keyTables}, {j.lane.db, lane, laneKeys}, {j.lane.db, lane, laneTables}, {j.db, into, entryTables}}, func(ctx context.Context) (head, error) {
		if from == nil {
			return head{}, nil
		}
		return from.head(), from.load(ctx, files, into)
	}, progress)
}

// fromTheFirst starts a replay at the first entry.
func fromTheFirst(context.Context) (head, error) { return head{}, nil }

// source is where some tables are copied from.
type source struct {
	from, to *store.DB
	tables   []string
}

// fill shapes an empty store, copies the record into it, and applies every
// entry after that where begin starts.
func (j *Journal) fill(ctx context.Context, sources []source, begin func(context.Context) (head, error), progress func(int64)) (n int64, err error) {
	if err := Shape(ctx, j.db, j.modules); err != nil {
		return 0, err
	}
	if err := Shape(ctx, j.lane.db, []Module{LaneModule()}); err != nil {
		return 0, err
	}
	if h, err := readHead(ctx, j.db.Reader()); err != nil || h.seq != 0 {
		return 0, fmt.Errorf("journal: the store to fill is not empty (%w)", err)
	}
	for _, s := range sources {
		for _, name := range s.tables {
			if err := copyTable(ctx, s.from, s.to, name); err != nil {
				return 0, err
			}
		}
	}
	if j.home == "" {
		if j.home, err = j.readHome(ctx); err != nil {
			return 0, err
		}
	}
	from, err := begin(ctx)
	if err != nil {
		return 0, err
	}
	p := &replayer{j: j, into: j.db}
	defer p.abandon()
	err = j.walk(ctx, from.seq, func(r *read) error {
		if r.err != nil {
			return r.err
		}
		if n++; progress != nil && n%5000 == 0 {
			progress(n)
		}
		return p.apply(ctx, r)
	})
	if err == nil {
		err = p.flush(ctx)
	}
	return n, err
}

// copyTable copies rows as they are.
func copyTable(ctx context.Context, from, to *store.DB, name string) error {
	t, err := tableNamed(ctx, from, name)
	if err != nil {
		return err
	}
	b, err := to.Begin(ctx)
	if err != nil {
		return err
	}
	defer b.Rollback()
	if err := fillFrom(ctx, from, b, t); err != nil {
		return err
	}
	return b.Commit(ctx)
}

func tableNamed(ctx context.Context, db *store.DB, name string) (store.Table, error) {
	tables, err := db.Tables(ctx)
	for _, t := range tables {
		if t.Name == name {
			return t, nil
		}
	}
	if err == nil {
		err = fmt.Errorf("journal: there is no table %s", name)
	}
	return store.Table{}, err
}
