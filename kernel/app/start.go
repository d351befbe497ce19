package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/amana-platform/amana/kernel/blobs"
	"github.com/amana-platform/amana/kernel/clock"
	"github.com/amana-platform/amana/kernel/events"
	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/jobs"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/journal/tlog"
	"github.com/amana-platform/amana/kernel/packs"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/print"
	"github.com/amana-platform/amana/kernel/print/sign"
	"github.com/amana-platform/amana/kernel/store"
	"github.com/amana-platform/amana/kernel/text"
	"github.com/amana-platform/amana/kernel/web"
	"github.com/amana-platform/amana/kernel/web/ui"
)

// Config says where a service keeps what it keeps.
type Config struct {
	Data    string       // the data folder: databases, log, blobs
	Store   string       // "" for SQLite in the data folder, or postgres://…
	Key     string       // the key file; "" for the one in the data folder
	Blobs   string       // "" for the data folder, or a bucket's address
	Node    string       // names this node's access lane; "" for "main"
	Bus     string       // a NATS server or cluster over which nodes hear of each other; "" for one in process
	Signer  string       // socket of a signing process; "" starts one as a child
	Stamper sign.Stamper // time stamp authority for papers; nil for none
	Secure  bool         // pages come over HTTPS
	Demo    bool
	// WitnessWindow is how old a witness's last cosignature may be before an
	// alarm is raised; 0 for three hours.
	WitnessWindow time.Duration
	Clock         clock.Clock
	Logger        *slog.Logger
	Pack          fs.FS
	renewing      bool // the log is being renewed, see RenewLog
}

// Compose is what main decides beside the list of modules: which of them
// keeps the accounts, the units and the people's purposes.
type Compose struct {
	Modules  []Module
	Accounts web.Accounts
	SignIn   web.SignIn
	Hooks    policy.Hooks // all but Recorder, Clock and IDs, which the kernel sets
	Who      func(ctx context.Context, w *text.Words, actor ident.ID) string
	// Oversight is told of emergencies and of requests for permission.
	Oversight web.Oversight
	Shapes    []journal.Module // working state of the kernel's own parts
	Texts     []fs.FS          // words of the kernel's own parts
}

// App is a running service without its listener.
type App struct {
	Kernel
	Server  *web.Server
	Logging *journal.Logging

	modules []Module
	signer  func() (signing, error)
	tlog    *tlog.Log
	papers  *paper
	keyFile string
	erasing sync.Mutex // over the list of files that are to go
	watch   *watch
	metrics *metrics
	db      *store.DB
	stop    []func() error
	running sync.WaitGroup
	cancel  context.CancelFunc
}

// Start opens everything in order and gives the running service. build makes
// the modules with the kernel they will use.
func Start(ctx context.Context, c Config, build func(*Kernel) (Compose, error)) (_ *App, err error) {
	a := &App{}
	defer func() {
		if err != nil {
			err = errors.Join(err, a.Close())
		}
	}()
	c.defaults()
	a.Clock, a.Log, a.Demo, a.Keeper = c.Clock, c.Logger, c.Demo, a
	a.Alarms, a.watch = NewAlarms(c.Clock, c.Logger), a.newWatch(c.WitnessWindow)
	a.metrics = newMetrics(a)
	a.keyFile = FindKeyFile(c.Data, c.Key)
	if _, err := ReadKeyFile(a.keyFile); err != nil { // before a folder is made for a mistyped name
		return nil, err
	}
	if err := a.claim(c.Data); err != nil {
		return nil, err
	}
	keys, err := ReadKeyFile(a.keyFile)
	if err == nil {
		err = keys.checkRenewing(c)
	}
	if err != nil {
		return nil, err
	}
	a.Secret = func(use string) []byte { return derived(keys.Derive(useModules), "module "+use) }
	a.Passing = func(use string) []byte { return derived(keys.Master, "passing "+use) }
	pack := begin(func() (*packs.Pack, error) { return packs.Load(c.Pack) })
	a.signer = begin(func() (signing, error) { return startSigning(ctx, c, keys) })
	a.stop = append(a.stop, func() error { return stopSigning(a.signer) })
	compose, err := build(&a.Kernel)
	if err != nil {
		return nil, err
	}
	a.modules = compose.Modules
	words := begin(func() (*text.Catalogue, error) { return a.words(compose.Texts) })
	if err := a.openJournal(ctx, c, keys, compose); err != nil {
		return nil, err
	}
	if a.Pack, err = pack(); err != nil {
		return nil, err
	}
	if a.Texts, err = words(); err != nil {
		return nil, err
	}
	for _, step := range []func(context.Context, Config, *KeyFile, Compose) error{a.openLog, a.openBlobs, a.openPolicy, a.openWeb} {
		if err := step(ctx, c, keys, compose); err != nil {
			return nil, err
		}
	}
	return a, nil
}

// leadLock is the number of the lock by which one node of several leads: it
// does the jobs and feeds the followers.
const leadLock = 0x6a6f6273 // "jobs"

// Run starts what goes on beside the requests: followers and jobs. A command
// that only opens the service to do one thing does without.
func (a *App) Run(ctx context.Context) {
	run, cancel := context.WithCancel(context.WithoutCancel(ctx))
	a.cancel = cancel
	a.watch.begun = a.Clock.Now()
	all := []jobs.Job{
		{Name: "control-check", Every: time.Minute, Do: a.watch.check},
		{Name: "retention", Every: 6 * time.Hour, Do: a.retain},
		{Name: "count", Every: time.Hour, Do: a.Journal.Count},
		{Name: "drafts", Every: time.Hour, Do: a.Server.Forget},
		{Name: "uploads", Every: time.Hour, Do: func(ctx context.Context) error {
			_, err := a.Uploads.Expire(ctx, 48*time.Hour)
			return err
		}},
	}
	lead := a.db.Leadership(leadLock)
	var led sync.WaitGroup
	for _, m := range a.modules {
		all = append(all, m.Jobs...)
		for _, f := range m.Follows {
			led.Go(func() { a.Events.Follow(run, f, a.Policy, lead.Leads) })
		}
	}
	led.Go(func() { jobs.Run(run, all, lead.Leads, a.Log) })
	a.running.Go(func() { jobs.Run(run, a.watch.everywhere(), alone, a.Log) })
	a.running.Go(func() {
		led.Wait()
		lead.Resign()
	})
}

// alone lets a job run on each node.
func alone(context.Context) (bool, error) { return true, nil }

func (c *Config) defaults() {
	if c.Clock == nil {
		c.Clock = clock.System{}
	}
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
}

// claim makes the data folder and holds it: two programs on one folder would
// each believe they are the only writer.
func (a *App) claim(data string) error {
	if err := os.MkdirAll(data, 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(filepath.Join(data, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		held := fault.Wrap(fmt.Errorf("app: another program holds %s", data), fault.Unavailable, "faults.data-held")
		return errors.Join(held, f.Close())
	}
	a.stop = append(a.stop, f.Close)
	return nil
}

// Databases opens the business database and the access lane's.
func Databases(ctx context.Context, data, address string) (db, lane *store.DB, err error) {
	if address != "" && !strings.HasPrefix(address, "sqlite:") {
		db, err = store.Open(ctx, address)
		return db, db, err
	}
	if address == "" {
		address = "sqlite:" + filepath.Join(data, "amana.db")
	}
	if db, err = store.Open(ctx, address); err != nil {
		return nil, nil, err
	}
	if lane, err = store.Open(ctx, "sqlite:"+strings.TrimSuffix(strings.TrimPrefix(address, "sqlite:"), ".db")+"-access.db"); err != nil {
		return nil, nil, errors.Join(err, db.Close())
	}
	return db, lane, nil
}

// JournalModules lists what shapes and fills the databases.
func (c Compose) JournalModules() []journal.Module {
	all := append([]journal.Module{{Name: "web", Migrations: web.Migrations()}}, c.Shapes...)
	for _, m := range c.Modules {
		all = append(all, m.Journal)
	}
	return all
}

func (a *App) openJournal(ctx context.Context, c Config, keys *KeyFile, compose Compose) error {
	db, lane, err := Databases(ctx, c.Data, c.Store)
	if err != nil {
		return err
	}
	a.stop = append(a.stop, db.Close)
	if lane != db {
		a.stop = append(a.stop, lane.Close)
	}
	a.db, a.Reader, a.Scratch = db, db.Reader(), db.Scratch()
	a.Journal, err = journal.Open(ctx, journal.Options{DB: db, Lane: lane, Node: c.Node, Modules: compose.JournalModules(), Master: keys.Master, Previous: keys.Previous, Clock: c.Clock})
	if err != nil {
		return err
	}
	a.stop = append(a.stop, a.Journal.Close)
	return a.openEvents(ctx, c)
}

// openEvents follows the journal. What this node holds in memory of a subject
// goes when any node has erased it.
func (a *App) openEvents(ctx context.Context, c Config) (err error) {
	a.Events, err = events.Open(ctx, events.Options{Journal: a.Journal, Bus: events.Bus{URL: c.Bus, Folder: filepath.Join(c.Data, "bus")}, Log: c.Logger,
		Stuck: func(ctx context.Context, follower string, err error) {
			a.Alarms.Set(ctx, "alarms.follower-stuck", follower, err)
		}})
	if err != nil {
		return err
	}
	a.stop = append(a.stop, a.Events.Close)
	a.Events.On("journal.erased", func(n journal.Notice) { a.Journal.Dropped(n) })
	return nil
}

// lagWindow is how long a leaf may wait for its checkpoint before writes are
// refused: long enough to restart a signing process, short enough that what
// is not covered can be told by heart.
const lagWindow = 5 * time.Minute

func (a *App) openLog(ctx context.Context, c Config, keys *KeyFile, _ Compose) error {
	dir := filepath.Join(c.Data, "log")
	signer, err := a.signer()
	if err != nil {
		return err
	}
	verifier, err := note.NewVerifier(keys.LogVKey)
	if err != nil {
		return err
	}
	log, err := tlog.Open(ctx, tlog.Options{Dir: dir, Origin: keys.Origin, Signer: signer.Signer, Verifier: verifier, LogVKey: keys.LogVKey, Policy: []byte(keys.Witnesses), Logger: c.Logger})
	if err != nil {
		return err
	}
	a.stop = append(a.stop, func() error { return log.Close(context.Background()) })
	a.tlog = log
	if a.Logging, err = a.Journal.Log(ctx, log, lagWindow, c.Logger); err != nil {
		return err
	}
	a.stop = append(a.stop, func() error { a.Logging.Close(); return nil })
	id, err := sign.ParseIdentity(keys.Documents)
	if err != nil {
		return err
	}
	a.papers = &paper{logging: a.Logging, signer: id, stamper: c.Stamper, clock: c.Clock, log: c.Logger}
	a.Paper = a.papers
	return nil
}

func (a *App) openBlobs(ctx context.Context, c Config, keys *KeyFile, _ Compose) error {
	place, scratch := c.Blobs, filepath.Join(c.Data, "uploads")
	if place == "" {
		place = filepath.Join(c.Data, "blobs")
	}
	bc := blobs.Config{Place: place, Secret: keys.Derive(useBlobs), Keys: FileKeys(a.Journal)}
	if strings.Contains(place, "://") {
		bc.Scratch = filepath.Join(c.Data, "staging")
	}
	var err error
	if a.Blobs, err = blobs.Open(ctx, bc); err != nil {
		return err
	}
	a.stop = append(a.stop, a.Blobs.Close)
	a.Uploads, err = blobs.OpenUploads(blobs.UploadsConfig{Folder: scratch, Store: a.Blobs, Clock: c.Clock, IDs: ident.NewSource(c.Clock.Now, nil)})
	return err
}

// FileKeys gives the file store its keys from a journal.
func FileKeys(j *journal.Journal) blobs.Keys { return fileKeys{j.BlobKeys()} }

// CheckFile checks a stored file against what its record says; one whose
// subject was erased is as it should be.
func CheckFile(ctx context.Context, files *blobs.Store, i blobs.Info) error {
	err := files.Verify(ctx, i)
	if errors.Is(err, blobs.ErrErased) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("file %s: %w", i.Address, err)
	}
	return nil
}

// fileKeys says in the file store's words that a subject was erased.
type fileKeys struct{ journal.BlobKeys }

func (k fileKeys) Unwrap(ctx context.Context, subject string, wrapped []byte) ([]byte, error) {
	raw, err := k.BlobKeys.Unwrap(ctx, subject, wrapped)
	if fault.Is(err, fault.NotFound) {
		err = fmt.Errorf("%w: %w", blobs.ErrErased, err)
	}
	return raw, err
}

func (a *App) openPolicy(_ context.Context, c Config, _ *KeyFile, compose Compose) error {
	h := compose.Hooks
	h.Recorder, h.Clock = a.Journal.Lane(), c.Clock
	if h.Basis == nil {
		h.Basis = func(article string) bool {
			_, ok := a.Pack.Basis(article)
			return ok
		}
	}
	var modules []policy.Module
	for _, m := range compose.Modules {
		if m.Policy.Name != "" {
			modules = append(modules, m.Policy)
		}
	}
	var err error
	a.Policy, err = policy.New(modules, h)
	return err
}

func (a *App) openWeb(_ context.Context, c Config, keys *KeyFile, compose Compose) error {
	w := web.Config{
		Journal: a.Journal, Events: a.Events, Policy: a.Policy, Reader: a.Reader, Scratch: a.Scratch, Clock: c.Clock, Accounts: compose.Accounts,
		Log: c.Logger, Demo: c.Demo, Secure: c.Secure, Seal: keys.Derive(useDrafts), SealBefore: keys.before(useDrafts), SignIn: compose.SignIn,
		Who: compose.Who, Oversight: compose.Oversight, Covered: a.Logging.Covered, Tell: a.tell, Observe: a.metrics.answered,
	}
	for _, m := range compose.Modules {
		w.Routes = append(w.Routes, m.Routes...)
		w.Rail = append(w.Rail, m.Rail...)
		w.Panels = append(w.Panels, m.Panels...)
		w.Finders = append(w.Finders, m.Finders...)
		w.Tasks = append(w.Tasks, m.Tasks...)
	}
	var err error
	w.Texts = a.Texts
	if a.Server, err = web.New(w); err == nil {
		a.Standing = a.Server.Standing
	}
	return err
}

// words loads every module's catalogue. The wall clock is the pack's, which is
// there by the time anything is shown.
func (a *App) words(more []fs.FS) (*text.Catalogue, error) {
	sources := append([]fs.FS{ui.Texts, policy.Texts, blobs.Texts, packs.Texts, print.Texts, web.Texts, Texts}, more...)
	for _, m := range a.modules {
		if m.Texts != nil {
			sources = append(sources, m.Texts)
		}
	}
	return text.Load(func(t time.Time) time.Time { return a.Pack.Local(t) }, sources...)
}

// tell finds the words for an entry: its module's, or its kind's name.
func (a *App) tell(w *text.Words, e journal.Delivered) (title, detail string) {
	for _, m := range a.modules {
		if t := m.Tells[e.Kind]; t != nil {
			return t(w, e.Entry)
		}
	}
	if key := "entry." + e.Kind; w.Has(key) {
		return w.T(key), ""
	}
	return e.Kind, ""
}

// Close stops everything in the opposite order of the start.
func (a *App) Close() error {
	if a.cancel != nil {
		a.cancel()
		a.running.Wait()
	}
	var errs []error
	for i := len(a.stop) - 1; i >= 0; i-- {
		errs = append(errs, a.stop[i]())
	}
	a.stop = nil
	return errors.Join(errs...)
}
