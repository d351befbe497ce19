// Package kerneltest runs the whole application inside a test: databases on
// the engine under test, a signed log whose signing process is a goroutine, a
// clock that stands where it is put, and a listener for its pages. It knows
// no module; the caller gives the list as main does.
//
//	a := kerneltest.Start(t, kerneltest.Options{Pack: packs.Morocco(), Build: compose.List, Seed: seed})
//	chief := a.As(t, "brigade-chief")
//	page := chief.Get("/units")
//
// A [Client] is a browser without scripts; a [Page] is read by what it means
// (heading, fields, errors, links) and not by its markup. [App.Play] runs a
// table of scenarios and compares what each appended to the journal.
package kerneltest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/amana-platform/amana/kernel/app"
	"github.com/amana-platform/amana/kernel/clock"
	"github.com/amana-platform/amana/kernel/store/storetest"
)

// Options say what is run.
type Options struct {
	Build func(*app.Kernel) (app.Compose, error) // lists the modules
	Pack  fs.FS                                  // the law it works under
	Seed  func(ctx context.Context, a *app.App, c *clock.Staged) error
	From  time.Time    // where the clock stands when it is founded and seeded; Now if zero
	Now   time.Time    // where the clock stands after seeding; Noon if zero
	Data  string       // the data folder; a new one if ""
	Key   string       // the key file; a new one outside the data folder if ""
	Store string       // the record's database; the engine under test if ""
	Log   *slog.Logger // nil for one that says nothing
}

// Noon is when a test happens that does not say otherwise.
var Noon = time.Date(2026, 11, 22, 11, 0, 0, 0, time.UTC)

// App is a running application and the way to its pages.
type App struct {
	*app.App
	Clock *clock.Staged
	Data  string // its data folder
	Key   string // its key file
	Store string // its database's address; "" for SQLite in the data folder
	URL   string // "http://127.0.0.1:…"

	stop func()
}

// Start runs the application until the test ends.
func Start(t testing.TB, o Options) *App {
	t.Helper()
	o.fill(t)
	a := &App{Clock: clock.NewStaged(cmp.Or(o.From, o.Now)), Data: o.Data, Key: o.Key, Store: o.Store}
	socket, stopSigner := signer(t, o)
	var err error
	a.App, err = app.Start(t.Context(), app.Config{Data: o.Data, Store: o.Store, Key: o.Key, Signer: socket, Demo: true, Clock: a.Clock, Logger: o.Log, Pack: o.Pack}, o.Build)
	if err != nil {
		stopSigner()
		t.Fatal(err)
	}
	if o.Seed != nil {
		if err := o.Seed(t.Context(), a.App, a.Clock); err != nil {
			err = errors.Join(err, a.App.Close())
			stopSigner()
			t.Fatal(err)
		}
	}
	a.Clock.Set(o.Now)
	listener := httptest.NewServer(a.Server)
	a.URL = listener.URL
	a.stop = func() {
		listener.CloseClientConnections()
		listener.Close()
		if err := a.App.Close(); err != nil {
			t.Error(err)
		}
		stopSigner()
	}
	t.Cleanup(a.Stop)
	return a
}

// Stop ends the application before the test does, for a test that starts it
// again on the same folder. It may be called twice.
func (a *App) Stop() {
	if a.stop != nil {
		a.stop()
		a.stop = nil
	}
}

func (o *Options) fill(t testing.TB) {
	t.Helper()
	if o.Now.IsZero() {
		o.Now = Noon
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Data == "" {
		o.Data = t.TempDir()
	}
	if o.Store == "" && os.Getenv(storetest.Variable) != "" {
		o.Store = storetest.AgainAt(t, fmt.Sprintf("%p", o.Build))
	}
	if o.Key == "" {
		o.Key = filepath.Join(t.TempDir(), app.KeyName)
		if _, err := app.NewKeyFile(o.Key, "test.invalid/amana", "Amana (test)", o.Now.AddDate(0, 0, -1)); err != nil {
			t.Fatal(err)
		}
	}
}

// signer runs the signing process as a goroutine and gives its socket and
// the function that ends it.
func signer(t testing.TB, o Options) (socket string, stop func()) {
	t.Helper()
	dir, err := os.MkdirTemp("", "amana") // a socket's path is short
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	socket = filepath.Join(dir, "s")
	done := make(chan error, 1)
	go func() { done <- app.ServeSigner(ctx, o.Key, socket, filepath.Join(o.Data, "log"), o.Log) }()
	return socket, func() {
		cancel()
		if err := <-done; err != nil && ctx.Err() == nil {
			t.Error(fmt.Errorf("signer: %w", err))
		}
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	}
}
