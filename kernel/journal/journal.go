package journal

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"sync"
	"sync/atomic"

	"github.com/amana-platform/amana/kernel/clock"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/store"
)

// Module is what a module gives the journal: how its tables are shaped, which
// entries it appends, and how it forgets a subject.
type Module struct {
	Name       string
	Migrations fs.FS // *.sql, applied in the order of their names
	Kinds      []Kind
	// Erase nulls every sealed column of the subject in the module's tables
	// and drops what was derived from them. It is part of applying Erased.
	Erase func(w *store.Writer, subject ident.ID) error
	// Within names the records in which a subject stands, so that a legal
	// hold on one of them stops the erasure.
	Within func(ctx context.Context, r store.Reader, subject ident.ID) ([]ident.Ref, error)
}

// Options are the parts a journal is opened with.
type Options struct {
	DB      *store.DB
	Lane    *store.DB // for access entries; the same as DB on PostgreSQL
	Node    string    // names this node's lane; "main" if there is one node
	Modules []Module
	Master  []byte // 32 bytes, wraps the subjects' keys
	// Previous is the master key before this one while not everything is
	// wrapped anew (see Rewrap); nil otherwise.
	Previous []byte
	Clock    clock.Clock
	Random   io.Reader // nil for crypto/rand; seeded data may fix it
}

// Journal appends entries and reads them. It is safe for concurrent use.
type Journal struct {
	db      *store.DB
	lane    *Lane
	reg     *registry
	modules []Module
	master  masters
	cache   *keyCache
	clock   clock.Clock
	ids     *ident.Source
	rand    io.Reader
	randMu  sync.Mutex
	home    ident.ID

	queue   chan *request
	quit    chan struct{}
	stopped sync.WaitGroup
	news    signal
	recent  recent
	batches atomic.Int64
	limit   *brake

	countMu sync.Mutex
	counts  map[string]tally // by lane
}

// Open shapes the tables and starts the committer. A store that has no
// entries yet is founded: it gets its home id. The caller closes the journal,
// and the databases after it.
func Open(ctx context.Context, o Options) (*Journal, error) {
	j, err := prepare(o)
	if err != nil {
		return nil, err
	}
	if err := Shape(ctx, o.DB, j.modules); err != nil {
		return nil, err
	}
	if err := j.found(ctx); err != nil {
		return nil, err
	}
	if j.lane, err = openLane(ctx, j, o.Lane, o.Node); err != nil {
		return nil, err
	}
	j.stopped.Go(j.run)
	return j, nil
}

// prepare makes a journal without touching any database.
func prepare(o Options) (*Journal, error) {
	master, err := newMasters(o.Master, o.Previous)
	if err != nil {
		return nil, err
	}
	modules := append([]Module{kernelModule()}, o.Modules...)
	var kinds []Kind
	for _, m := range modules {
		for _, k := range m.Kinds {
			if k.Module() != m.Name {
				return nil, fmt.Errorf("journal: module %s registers %s", m.Name, k.Name)
			}
		}
		kinds = append(kinds, m.Kinds...)
	}
	reg, err := newRegistry(kinds)
	if err != nil {
		return nil, err
	}
	if o.Clock == nil {
		o.Clock = clock.System{}
	}
	if o.Random == nil {
		o.Random = rand.Reader
	}
	j := &Journal{
		db: o.DB, reg: reg, modules: modules, master: master, cache: newKeyCache(),
		clock: o.Clock, rand: o.Random, queue: make(chan *request), quit: make(chan struct{}), limit: &brake{},
		counts: map[string]tally{},
	}
	j.ids = ident.NewSource(j.clock.Now, &lockedReader{j})
	return j, nil
}

// lockedReader draws from the journal's randomness under its lock.
type lockedReader struct{ j *Journal }

func (r *lockedReader) Read(b []byte) (int, error) {
	r.j.randMu.Lock()
	defer r.j.randMu.Unlock()
	return io.ReadFull(r.j.rand, b)
}

func (j *Journal) random(n int) []byte {
	b := make([]byte, n)
	if _, err := (&lockedReader{j}).Read(b); err != nil {
		panic("journal: no randomness: " + err.Error()) // nothing can be sealed without it
	}
	return b
}

// found reads the home id from the first entry, or writes that entry.
func (j *Journal) found(ctx context.Context) error {
	stored, err := j.page(ctx, j.db.Reader(), 0, 1)
	if err != nil {
		return err
	}
	if len(stored) == 1 {
		e, err := j.decode(ctx, j.db.Reader(), stored[0])
		if err != nil {
			return err
		}
		f, ok := e.(Founded)
		if !ok {
			return errors.New("journal: the first entry does not found the journal")
		}
		j.home = f.Home
		return nil
	}
	j.home = j.ids.New()
	return j.alone(ctx, Founded{Home: j.home, Engine: string(j.db.Engine)})
}

// Close stops the committer after what is queued and the access lane.
func (j *Journal) Close() error {
	close(j.quit)
	j.stopped.Wait()
	return j.lane.close()
}

// Batches tells how many commits the transactions of this process have shared.
func (j *Journal) Batches() int64 { return j.batches.Load() }

// Commits tells how often this process has waited for the disk, for entries
// and for working state.
func (j *Journal) Commits() int64 { return j.db.Commits() }

// NewID makes an id for a record or an entry.
func (j *Journal) NewID() ident.ID { return j.ids.New() }

// Home is the id of the home whose entries this journal orders.
func (j *Journal) Home() ident.ID { return j.home }

// Reader reads the tables as of the latest commit.
func (j *Journal) Reader() store.Reader { return j.db.Reader() }

// Lane is where reads and refusals are recorded.
func (j *Journal) Lane() *Lane { return j.lane }

// Kinds lists the registered kinds, for the generated reference.
func (j *Journal) Kinds() []Kind {
	var all []Kind
	for _, name := range sortedPaths(j.reg.byName) {
		all = append(all, *j.reg.byName[name])
	}
	return all
}

// Shape applies every module's migrations that are not applied yet, and
// refuses a database that a newer program has shaped.
func Shape(ctx context.Context, db *store.DB, modules []Module) error {
	for _, m := range modules {
		if m.Migrations == nil {
			continue
		}
		n, err := db.Migrate(ctx, m.Name, m.Migrations)
		if err != nil {
			return err
		}
		if n > 0 {
			slog.DebugContext(ctx, "tables shaped", "module", m.Name, "migrations", n)
		}
	}
	return nil
}

// NotNewer refuses databases that a newer program has shaped: what this one would
// find in them says nothing.
func (j *Journal) NotNewer(ctx context.Context) error {
	for _, m := range j.modules {
		if m.Migrations == nil {
			continue
		}
		if err := j.db.NotNewer(ctx, m.Name, m.Migrations); err != nil {
			return err
		}
	}
	lane := LaneModule()
	return j.lane.db.NotNewer(ctx, lane.Name, lane.Migrations)
}
