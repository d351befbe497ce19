package app_test

import (
	"context"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/amana-platform/amana/kernel/app"
	"github.com/amana-platform/amana/kernel/blobs"
	"github.com/amana-platform/amana/kernel/clock"
	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/journal/journaltest"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/store"
	"github.com/amana-platform/amana/kernel/text"
	"github.com/amana-platform/amana/kernel/web"
	shipped "github.com/amana-platform/amana/packs"
)

var noon = time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)

// lines is a log that is read while it is written.
type lines struct {
	mu  sync.Mutex
	all strings.Builder
}

func (l *lines) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.all.Write(b)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.all.String()
}

// house is a data folder and a key file, with a signing process, and the ward
// module as all that the service is about.
type house struct {
	t       testing.TB
	config  app.Config
	clock   *clock.Fixed
	log     *lines
	blobs   map[ident.ID]blobs.Info // files that the ward knows of, by subject
	unsign  func()                  // ends the signing process
	compose func(*app.Compose)      // changes what is composed; may be nil
}

func newHouse(t testing.TB) *house {
	t.Helper()
	h := &house{t: t, clock: clock.At(noon), log: &lines{}, blobs: map[ident.ID]blobs.Info{}}
	h.config = app.Config{Data: filepath.Join(t.TempDir(), "data"), Key: filepath.Join(t.TempDir(), app.KeyName), Clock: h.clock, Pack: shipped.Morocco(),
		Logger: slog.New(slog.NewTextHandler(h.log, nil))}
	_, err := app.NewKeyFile(h.config.Key, "test.invalid/amana", "Amana (test)", noon.AddDate(0, 0, -1))
	h.must(err)
	h.config.Signer = h.signer()
	return h
}

func (h *house) must(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

// signer runs a signing process as a goroutine until the test ends.
func (h *house) signer() (socket string) {
	dir, err := os.MkdirTemp("", "amana") // a socket's path is short
	h.must(err)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	socket = filepath.Join(dir, "s")
	go func() {
		done <- app.ServeSigner(ctx, h.config.Key, socket, filepath.Join(h.config.Data, "log"), slog.New(slog.DiscardHandler))
	}()
	h.unsign = sync.OnceFunc(func() {
		cancel()
		<-done
		_ = os.RemoveAll(dir)
	})
	h.t.Cleanup(h.unsign)
	return socket
}

// try starts the service, with a change of its configuration.
func (h *house) try(change ...func(*app.Config)) (*app.App, error) {
	c := h.config
	for _, f := range change {
		f(&c)
	}
	return app.Start(h.t.Context(), c, h.build)
}

// start is try where nothing is in the way; the service ends with the test, if
// the test does not end it before.
func (h *house) start(change ...func(*app.Config)) *app.App {
	h.t.Helper()
	a, err := h.try(change...)
	h.must(err)
	h.t.Cleanup(func() { h.must(a.Close()) })
	return a
}

// refuses wants that the service does not start, and says why.
func (h *house) refuses(says string, change ...func(*app.Config)) {
	h.t.Helper()
	a, err := h.try(change...)
	if err == nil {
		h.must(a.Close())
		h.t.Errorf("started, want %q", says)
	} else if !strings.Contains(err.Error(), says) {
		h.t.Errorf("%v, want %q", err, says)
	}
}

func (h *house) build(*app.Kernel) (app.Compose, error) {
	c := app.Compose{Modules: []app.Module{h.ward(), inspection()}, Accounts: nobody{}, Hooks: journaltest.Hooks(),
		Who: func(context.Context, *text.Words, ident.ID) string { return "somebody" }}
	if h.compose != nil {
		h.compose(&c)
	}
	return c, nil
}

func (h *house) ward() app.Module {
	return app.Module{Name: "ward", Journal: journaltest.Ward(), Policy: journaltest.Policy(), Texts: words("ward"),
		Tells: map[string]app.Tell{"ward.moved": func(w *text.Words, e journal.Entry) (string, string) { return w.T("ward.moved"), "to a ward" }},
		Blobs: func(ctx context.Context, r store.Reader, each func(blobs.Info) error) error {
			for _, i := range h.blobs { // a file is sealed: no module can name it once its subject is erased
				var gone int
				if err := r.Row(ctx, "select count(*) from journal_erased where subject = $1", []any{i.Subject}, &gone); err != nil {
					return err
				}
				if gone > 0 {
					continue
				}
				if err := each(i); err != nil {
					return err
				}
			}
			return nil
		}}
}

func words(module string) fs.FS {
	files := fstest.MapFS{}
	for _, lang := range text.Langs() {
		files["text/"+string(lang)+".toml"] = &fstest.MapFile{Data: []byte("[" + module + "]\nmoved = \"moved in " + string(lang) + "\"\n[entry." + module + "]\nadmitted = \"admitted in " + string(lang) + "\"\n")}
	}
	return files
}

// inspection declares the actions by which processes work.
func inspection() app.Module {
	system := func(name string, appends ...string) policy.Action {
		return policy.Action{Name: name, System: true, Appends: appends}
	}
	return app.Module{Name: "inspection", Policy: policy.Module{Name: "inspection",
		Schema: []byte(`action "inspection.period.close", "inspection.subject.erase", "inspection.access.expire", "inspection.control.plant" appliesTo { principal: Actor, resource: Service, context: Context };`),
		Actions: []policy.Action{system(app.CloseAction, "journal.period-closed"), system(app.EraseAction, "journal.erased"), system(app.ExpireAction, "journal.accesses-expired"),
			system(app.ControlAction, "journal.control-planted", "journal.control-seen", "journal.control-missed")}}}
}

// nobody may sign in.
type nobody struct{}

func (nobody) Account(context.Context, ident.ID) (web.Account, error) {
	return web.Account{}, fault.New(fault.NotFound, "fault.not-found")
}

func (nobody) Demo(context.Context) ([]web.Account, error) { return nil, nil }

func (nobody) PurposeLabel(context.Context, *text.Words, policy.Purpose) (string, string) {
	return "", ""
}

// grant may append the ward's entries and the journal's own.
func (h *house) grant(a *app.App) policy.Grant {
	h.t.Helper()
	g, err := a.Policy.System("test", "ward.keep", "CPP-66")
	h.must(err)
	return g
}

// admit records a person.
func (h *house) admit(a *app.App, name string) (person ident.ID) {
	h.t.Helper()
	_, err := a.Journal.Do(h.t.Context(), h.grant(a), func(_ context.Context, _ store.Reader, d *journal.Draft) error {
		person = d.NewID()
		d.Add(journaltest.Admitted{Person: person, Name: journal.Seal(name), Born: journal.Seal("1980"), Ward: 1, Mark: []byte{1}})
		return nil
	})
	h.must(err)
	return person
}

// nameOf is what the table holds of a person's name.
func (h *house) nameOf(a *app.App, person ident.ID) string {
	h.t.Helper()
	var name journal.Sealed
	h.must(a.Reader.Row(h.t.Context(), "select name from ward_people where id = $1", []any{string(person)}, &name))
	return name.Text()
}

// keys reads the key file.
func (h *house) keys() *app.KeyFile {
	h.t.Helper()
	k, err := app.ReadKeyFile(h.config.Key)
	h.must(err)
	return k
}

// get asks a service for a page.
func get(t testing.TB, a *app.App, path string) (int, string) {
	t.Helper()
	w := httptest.NewRecorder()
	a.Server.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
	return w.Code, w.Body.String()
}
