package e2e

import (
	"context"
	"testing"
	"time"

	"github.com/amana-platform/amana/cmd/amana/compose"
	"github.com/amana-platform/amana/cmd/amana/demodata"
	"github.com/amana-platform/amana/kernel/app"
	"github.com/amana-platform/amana/kernel/clock"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/kerneltest"
	"github.com/amana-platform/amana/packs"
)

// TestEveryTermEndsItsRecords asks each module for what is over when every term
// is: each finished record of the demonstration is due under one class and no
// other, and one of each class is ended. No key of what stood in it is left, it
// is due no more, and the record verifies.
func TestEveryTermEndsItsRecords(t *testing.T) {
	var s *compose.Services
	a := kerneltest.Start(t, kerneltest.Options{Pack: packs.Morocco(), From: demodata.Beginning(kerneltest.Noon),
		Build: func(k *app.Kernel) (c app.Compose, err error) {
			s, c = compose.Build(k, func(context.Context, func(string, int64)) (*journal.Report, error) { return nil, nil })
			return c, nil
		},
		Seed: func(ctx context.Context, a *app.App, c *clock.Staged) error {
			return demodata.Fill(ctx, &a.Kernel, s, c, 1, kerneltest.Noon, demodata.Small, nil)
		}})
	finished := map[string]string{
		"complaint":        "select count(*) from register_complaints where state = 'closed' and facts is not null",
		"custody-register": "select count(*) from register_custodies where ended_at > 0",
		"case":             "select count(*) from cases_cases where state = 'closed'",
		"exhibit":          "select count(*) from exhibits_exhibits where state in ('returned', 'destroyed', 'deposited')",
		"log-book":         "select count(*) from register_lines where words is not null",
	}
	due := map[string]int{}
	seen := map[ident.Ref]string{}
	for _, term := range a.Terms() {
		all, err := term.Due(t.Context(), a.Reader, app.Window{Before: kerneltest.Noon.AddDate(1, 0, 0), Most: 100_000})
		if err != nil {
			t.Fatalf("%s: %v", term.Class, err)
		}
		for _, d := range all {
			if other := seen[d.Ref]; other != "" {
				t.Errorf("%s is due as %s and as %s", d.Ref, other, term.Class)
			}
			if seen[d.Ref] = term.Class; d.Unit == "" || d.Since.IsZero() || d.Since.After(kerneltest.Noon) {
				t.Errorf("%s: %+v", term.Class, d)
			}
			due[d.Ref.Kind]++
		}
		if len(all) > 0 {
			ends(t, a, term, all[0])
		}
	}
	for class, kind := range map[string]string{"complaint": "complaint", "custody-register": "custody", "case": "case", "exhibit": "exhibit", "log-book": "log-line"} {
		var n int
		if err := a.Reader.Row(t.Context(), finished[class], nil, &n); err != nil {
			t.Fatal(err)
		}
		if class == "complaint" || class == "log-book" {
			n++ // the one that ended meanwhile
		}
		if due[kind] != n || n == 0 && class != "exhibit" {
			t.Errorf("%s: %d due, %d finished", class, due[kind], n)
		}
	}
	r, err := a.Journal.Verify(t.Context(), journal.Scope{})
	if err != nil || !r.Clean() {
		t.Fatalf("%+v %v", r, err)
	}
}

// ends ends a record and looks for what is left of it.
func ends(t *testing.T, a *kerneltest.App, term app.Term, d app.Due) {
	t.Helper()
	subjects := []ident.ID{d.Ref.ID}
	if term.Subjects != nil {
		var err error
		if subjects, err = term.Subjects(t.Context(), a.Reader, d.Ref.ID); err != nil || len(subjects) < 2 {
			t.Errorf("%s: %v %v", d.Ref, subjects, err)
		}
	}
	if erased, err := a.End(t.Context(), term, d.Ref, "list of the test"); err != nil || !erased {
		t.Fatalf("%s: %v %v", d.Ref, erased, err)
	}
	for _, subject := range subjects {
		if known, err := a.Journal.Knows(t.Context(), subject); err != nil || known {
			t.Errorf("%s: the key of %s is left: %v", d.Ref, subject, err)
		}
	}
	if erased, err := a.End(t.Context(), term, d.Ref, "list of the test"); err != nil || erased {
		t.Errorf("%s ended twice: %v", d.Ref, err)
	}
	again, err := term.Due(t.Context(), a.Reader, app.Window{Before: kerneltest.Noon.Add(time.Hour), Unit: d.Unit, Most: 100_000})
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range again {
		if x.Ref == d.Ref {
			t.Errorf("%s is due though nothing is left of it", d.Ref)
		}
		if x.Unit != d.Unit {
			t.Errorf("%s of %s is given to %s", x.Ref, x.Unit, d.Unit)
		}
	}
}
