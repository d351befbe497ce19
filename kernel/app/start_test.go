package app_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/amana-platform/amana/kernel/app"
	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/jobs"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/journal/journaltest"
	"github.com/amana-platform/amana/kernel/store"
	"github.com/amana-platform/amana/kernel/text"
	"github.com/amana-platform/amana/kernel/web"
)

// TestAServiceStartsOnlyOnItsOwnKeys, and makes no folder for a mistyped name.
func TestAServiceStartsOnlyOnItsOwnKeys(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	nowhere := filepath.Join(t.TempDir(), "mistyped")
	h.refuses("there is no key file at", func(c *app.Config) { c.Key, c.Data = "", nowhere })
	h.refuses("there is no key file at", func(c *app.Config) { c.Key = nowhere })
	if _, err := os.Stat(nowhere); err == nil {
		t.Error("a folder was made for a mistyped name")
	}
	raw, err := os.ReadFile(h.config.Key)
	h.must(err)
	for name, c := range map[string]struct {
		content string
		mode    os.FileMode
		says    string
	}{
		"read by the group":    {string(raw), 0o640, "can be read by others"},
		"read by all":          {string(raw), 0o604, "can be read by others"},
		"written by others":    {string(raw), 0o602, "can be read by others"},
		"empty":                {"", 0o600, "is not a key file"},
		"no JSON":              {"master", 0o600, "is not a key file"},
		"a master too short":   {`{"master":"AAAA"}`, 0o600, "is not a key file"},
		"no master":            {`{}`, 0o600, "is not a key file"},
		"a previous one short": {strings.Replace(string(raw), `"master"`, `"previous":"AAAA","master"`, 1), 0o600, "is not a key file"},
	} {
		at := filepath.Join(t.TempDir(), "k")
		h.must(os.WriteFile(at, []byte(c.content), 0o600))
		h.must(os.Chmod(at, c.mode))
		t.Run(name, func(t *testing.T) { h.refuses(c.says, func(c *app.Config) { c.Key = at }) })
	}
	if _, err := app.NewKeyFile(h.config.Key, "x", "x", noon); !errors.Is(err, os.ErrExist) {
		t.Errorf("the keys of a record were overwritten: %v", err)
	}
	h.start()
}

// TestOneProgramHoldsAFolder: a second is refused in words, and harms the first
// in nothing; a third starts when the first has ended.
func TestOneProgramHoldsAFolder(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	a := h.start()
	b, err := h.try()
	if f := fault.Of(err); b != nil || f.Kind != fault.Unavailable || f.Key != "faults.data-held" {
		t.Fatalf("a second program: %v", err)
	}
	h.admit(a, "after the refusal")
	h.must(a.Close())
	h.start()
}

// TestWhatWasWrittenIsThereAgain after a stop, under the same keys and no others.
func TestWhatWasWrittenIsThereAgain(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	a := h.start()
	person := h.admit(a, "سعاد")
	secret, passing := a.Secret("x"), a.Passing("x")
	h.must(a.Close())
	b := h.start()
	if got := h.nameOf(b, person); got != "سعاد" {
		t.Errorf("%q", got)
	}
	if !bytes.Equal(b.Secret("x"), secret) || !bytes.Equal(b.Passing("x"), passing) {
		t.Error("what modules derive has changed")
	}
	seen := map[string]bool{}
	for _, k := range [][]byte{secret, passing, b.Secret("y"), b.Passing("y"), h.keys().Master} {
		if len(k) != 32 || seen[string(k)] {
			t.Error("two uses have one key")
		}
		seen[string(k)] = true
	}
	if r, err := b.Journal.Verify(t.Context(), journal.Scope{}); err != nil || !r.Clean() {
		t.Errorf("%+v %v", r, err)
	}
}

// TestDataOfANewerProgramIsRefused, in either database, and named.
func TestDataOfANewerProgramIsRefused(t *testing.T) {
	t.Parallel()
	for _, file := range []string{"amana.db", "amana-access.db"} {
		h := newHouse(t)
		h.must(h.start().Close())
		module := "ward"
		if file != "amana.db" {
			module = "access"
		}
		db, err := store.Open(t.Context(), "sqlite:"+filepath.Join(h.config.Data, file))
		h.must(err)
		newer := fstest.MapFS{}
		for n := 1; n <= 90; n++ { // the same numbers, and more of them
			newer[fmt.Sprintf("%04d_x.sql", n)] = &fstest.MapFile{Data: []byte("select 1;")}
		}
		_, err = db.Migrate(t.Context(), module, newer)
		h.must(errors.Join(err, db.Close()))
		_, err = h.try()
		if f := fault.Of(err); f.Key != "faults.newer-data" || f.Kind != fault.Unavailable || f.Args["module"] != module || fmt.Sprint(f.Args["found"]) != "90" {
			t.Errorf("%s: %v %v", file, err, f.Args)
		}
	}
}

// TestAnUnfinishedRenewalIsNotServed: between two logs the record waits.
func TestAnUnfinishedRenewalIsNotServed(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	raw, err := os.ReadFile(h.config.Key)
	h.must(err)
	at := filepath.Join(t.TempDir(), "k")
	h.must(os.WriteFile(at, bytes.Replace(raw, []byte(`"master"`), []byte(`"renewing": true, "master"`), 1), 0o600))
	h.refuses("run amana log renew again", func(c *app.Config) { c.Key = at })
	h.start()
}

// TestAWrongCompositionDoesNotStart, and leaves the folder to the next.
func TestAWrongCompositionDoesNotStart(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	open := func(pattern string) web.Route {
		return web.Route{Pattern: pattern, Open: "a test", Handle: func(*web.Request) error { return nil }}
	}
	for name, c := range map[string]struct {
		change func(*app.Compose)
		says   string
	}{
		"a module twice":       {func(c *app.Compose) { c.Modules = append(c.Modules, h.ward()) }, "ward"},
		"a route without rule": {func(c *app.Compose) { c.Modules[0].Routes = []web.Route{{Pattern: "GET /x"}} }, "has no rule"},
		"two routes at one place": {func(c *app.Compose) {
			c.Modules[0].Routes, c.Modules[1].Routes = []web.Route{open("GET /x")}, []web.Route{open("GET /x")}
		}, "conflicts"},
		"an unknown action": {func(c *app.Compose) {
			c.Modules[0].Routes = []web.Route{{Pattern: "GET /x", Action: "ward.burn", Handle: open("").Handle}}
		}, "unknown action"},
		"a hook that is missing": {func(c *app.Compose) { c.Hooks.Active = nil }, "no Active"},
		"words in two languages": {func(c *app.Compose) { c.Modules[0].Texts = fstest.MapFS{"text/fr.toml": {}, "text/en.toml": {}} }, "text/ar.toml"},
		"one word twice":         {func(c *app.Compose) { c.Texts = append(c.Texts, words("ward")) }, "is defined twice"},
		"a kind of another": {func(c *app.Compose) {
			c.Modules[1].Journal = journal.Module{Name: "inspection", Kinds: journaltest.Ward().Kinds}
		}, "registers"},
		"a broken policy": {func(c *app.Compose) { c.Modules[0].Policy.Cedar = []byte("permit (nonsense);") }, "ward"},
		"tables that do not come": {func(c *app.Compose) {
			c.Modules[1].Journal = journal.Module{Name: "inspection", Migrations: fstest.MapFS{"0001_x.sql": {Data: []byte("create nonsense;")}}}
		}, "inspection"},
	} {
		h.compose = c.change
		t.Run(name, func(t *testing.T) { h.refuses(c.says) })
	}
	h.compose = nil
	a, err := app.Start(t.Context(), h.config, func(*app.Kernel) (app.Compose, error) { return app.Compose{}, errors.New("not today") })
	if a != nil || err == nil || !strings.Contains(err.Error(), "not today") {
		t.Errorf("%v", err)
	}
	h.refuses("x.toml:1", func(c *app.Config) { c.Pack = fstest.MapFS{"x.toml": {Data: []byte("nonsense = [")}} })
	h.start()
}

// TestTheSigningProcessDoesNotBeginAnew: without its memory it signs nothing of
// a log that has a checkpoint; without a key it does not serve.
func TestTheSigningProcessDoesNotBeginAnew(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	logDir := filepath.Join(h.config.Data, "log")
	a := h.start()
	h.admit(a, "x")
	last, err := a.Journal.Last(t.Context())
	h.must(err)
	h.must(a.Logging.WaitCovered(t.Context(), last))
	h.must(a.Close())
	socket := filepath.Join(t.TempDir(), "s")
	serve := func(key string) error {
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		return app.ServeSigner(ctx, key, socket, logDir, slog.New(slog.DiscardHandler))
	}
	state := h.keys().SignerState()
	raw, err := os.ReadFile(state)
	h.must(errors.Join(err, os.Remove(state)))
	if err := serve(h.config.Key); err == nil || !strings.Contains(err.Error(), "is missing although the log has a checkpoint") {
		t.Errorf("without its memory: %v", err)
	}
	if _, err := os.Stat(state); err == nil {
		t.Error("a memory was made up")
	}
	h.must(os.WriteFile(state, raw, 0o600))
	k := map[string]any{}
	whole, err := os.ReadFile(h.config.Key)
	h.must(errors.Join(err, json.Unmarshal(whole, &k)))
	delete(k, "logSigner")
	without, err := json.Marshal(k)
	h.must(err)
	at := filepath.Join(t.TempDir(), "k")
	h.must(os.WriteFile(at, without, 0o600))
	if err := serve(at); err == nil || !strings.Contains(err.Error(), "holds no log key") {
		t.Errorf("without a key: %v", err)
	}
}

// TestWhatGoesOnBesideTheRequestsEndsWithThem: jobs and followers of the modules
// run, one that fails stops nobody, and none outlives the service.
func TestWhatGoesOnBesideTheRequestsEndsWithThem(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	did, ended := make(chan string, 64), make(chan struct{})
	h.compose = func(c *app.Compose) {
		c.Modules[0].Jobs = []jobs.Job{
			{Name: "fails", Every: time.Hour, Do: func(context.Context) error { did <- "fails"; return errors.New("no luck today") }},
			{Name: "lasts", Every: time.Hour, Do: func(ctx context.Context) error {
				did <- "lasts"
				<-ctx.Done()
				close(ended)
				return ctx.Err()
			}}}
	}
	a := h.start()
	a.Run(t.Context())
	got := map[string]bool{<-did: true, <-did: true}
	if !got["fails"] || !got["lasts"] {
		t.Errorf("%v", got)
	}
	h.must(a.Close())
	select {
	case <-ended:
	default:
		t.Error("a job outlived the service")
	}
	if !strings.Contains(h.log.String(), "no luck today") || strings.Contains(h.log.String(), "job=lasts") {
		t.Errorf("the log says %s", h.log)
	}
}

// TestAStoppedServiceWritesNothing, says so, and may be stopped twice.
func TestAStoppedServiceWritesNothing(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	a := h.start()
	g := h.grant(a)
	h.must(a.Close())
	h.must(a.Close())
	_, err := a.Journal.Do(t.Context(), g, func(_ context.Context, _ store.Reader, d *journal.Draft) error {
		d.Add(journaltest.Moved{Person: d.NewID()})
		return nil
	})
	if !fault.Is(err, fault.Unavailable) {
		t.Errorf("an entry: %v", err)
	}
	if err := a.Journal.Lane().Record(t.Context(), journal.Access{Outcome: journal.Read}); !fault.Is(err, fault.Unavailable) {
		t.Errorf("an access: %v", err)
	}
}

// TestWhereTheDatabasesLie: beside each other on SQLite, one on a server.
func TestWhereTheDatabasesLie(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	for address, want := range map[string][2]string{
		"": {"amana.db", "amana-access.db"}, "sqlite:" + filepath.Join(data, "other.db"): {"other.db", "other-access.db"}, "sqlite:" + filepath.Join(data, "bare"): {"bare", "bare-access.db"},
	} {
		db, lane, err := app.Databases(t.Context(), data, address)
		if err != nil {
			t.Fatal(err)
		}
		for i, d := range []*store.DB{db, lane} {
			if got := d.Address(); got != "sqlite:"+filepath.Join(data, want[i]) {
				t.Errorf("%q: %s", address, got)
			}
		}
		if err := errors.Join(db.Close(), lane.Close()); err != nil {
			t.Fatal(err)
		}
	}
	for _, address := range []string{"mysql://x", "sqlite:" + filepath.Join(data, "no", "such", "folder", "x.db")} {
		if _, _, err := app.Databases(t.Context(), data, address); err == nil {
			t.Errorf("%s was opened", address)
		}
	}
}

// TestAnEntryIsToldInTheWordsOfItsModule, of its kind, or by its name.
func TestAnEntryIsToldInTheWordsOfItsModule(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	var said []string
	h.compose = func(c *app.Compose) {
		c.Modules[0].Routes = []web.Route{{Pattern: "GET /told", Open: "a test", Handle: func(r *web.Request) error {
			for _, kind := range []string{"ward.moved", "ward.admitted", "ward.visited", "journal.erased"} {
				title, detail := r.Tell(journal.Delivered{Meta: journal.Meta{Kind: kind}})
				said = append(said, title+"|"+detail)
			}
			return nil
		}}}
	}
	a := h.start()
	get(t, a, "/told?lang=en")
	want := []string{"moved in en|to a ward", "admitted in en|", "ward.visited|", a.Texts.In(text.EN).T("entry.journal.erased") + "|"}
	if strings.Join(said, "\n") != strings.Join(want, "\n") {
		t.Errorf("%q, want %q", said, want)
	}
}

// TestTheWallClockIsThePacks: what is shown is the country's time.
func TestTheWallClockIsThePacks(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	a := h.start()
	if got, want := a.Texts.In(text.FR).Local(noon).Format("15:04"), a.Pack.Local(noon).Format("15:04"); got != want || want == "" {
		t.Errorf("%s, want %s", got, want)
	}
	if _, err := a.Policy.System("test", "ward.burn", "CPP-66"); !fault.Is(err, fault.Refused) {
		t.Errorf("%v", err)
	}
	if s, err := a.Standing(t.Context(), "nobody"); s != nil || err != nil {
		t.Errorf("%v %v", s, err)
	}
}
