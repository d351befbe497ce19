package e2e

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/amana-platform/amana/cmd/amana/compose"
	"github.com/amana-platform/amana/cmd/amana/demodata"
	"github.com/amana-platform/amana/kernel/app"
	"github.com/amana-platform/amana/kernel/clock"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/kerneltest"
	"github.com/amana-platform/amana/packs"
)

// TestTheScheduleIsKept starts a service again in the seventh year after: what
// the pack's schedule disposes of by itself is gone with receipts, what an
// authority disposes of stands, and the record verifies.
func TestTheScheduleIsKept(t *testing.T) {
	o := kerneltest.Options{Pack: packs.Morocco(), Log: slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelInfo}))}
	var s *compose.Services
	o.Build = func(k *app.Kernel) (app.Compose, error) {
		var c app.Compose
		s, c = compose.Build(k, func(context.Context, func(string, int64)) (*journal.Report, error) { return nil, nil })
		return c, nil
	}
	first := o
	first.From = demodata.Beginning(kerneltest.Noon)
	first.Seed = func(ctx context.Context, a *app.App, c *clock.Staged) error {
		return demodata.Fill(ctx, &a.Kernel, s, c, 1, kerneltest.Noon, demodata.Small, nil)
	}
	a := kerneltest.Start(t, first)
	count := func(a *kerneltest.App, query string) (n int64) {
		t.Helper()
		if err := a.Reader.Row(t.Context(), query, nil, &n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	const lines, complaints, erased = "select count(*) from register_lines where words is not null", "select count(*) from register_complaints where facts is not null", "select count(*) from journal_entries where kind = 'journal.erased'"
	due, kept := count(a, lines), count(a, complaints)
	if due == 0 || kept == 0 {
		t.Fatalf("%d lines, %d complaints", due, kept)
	}
	a.Stop()

	o.Data, o.Key, o.Store, o.Now = a.Data, a.Key, a.Store, kerneltest.Noon.AddDate(7, 0, 0)
	a = kerneltest.Start(t, o)
	a.Run(t.Context())
	for end := time.Now().Add(2 * time.Minute); count(a, lines) > max(0, due-500); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%d lines of %d still have their words", count(a, lines), due)
		}
	}
	if n := count(a, complaints); n != kept {
		t.Errorf("%d complaints of %d still have their facts; their end is the prosecutor's", n, kept)
	}
	if n := count(a, erased); n == 0 {
		t.Error("no receipt stands in the journal")
	}
	r, err := a.Journal.Verify(t.Context(), journal.Scope{})
	if err != nil || !r.Clean() {
		t.Fatalf("%+v %v", r, err)
	}
}
