package journal_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/amana-platform/amana/kernel/clock"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/journal/journaltest"
	"github.com/amana-platform/amana/kernel/store"
	"github.com/amana-platform/amana/kernel/store/storetest"
)

// always is a log that has everything.
func always(context.Context, string, int64) (bool, error) { return true, nil }

// lateHouse is a journal under a clock that tests move.
func lateHouse(t *testing.T) (*journal.Journal, *store.DB, *clock.Fixed) {
	t.Helper()
	c := clock.At(time.Now())
	o := journaltest.Options(t, storetest.Address(t), c)
	j, err := journal.Open(t.Context(), o)
	must(t, err)
	t.Cleanup(func() { must(t, j.Close()) })
	return j, o.DB, c
}

func check(t *testing.T, j *journal.Journal, c clock.Clock, covered func(context.Context, string, int64) (bool, error)) []ident.ID {
	t.Helper()
	missed, err := j.CheckControls(t.Context(), journaltest.GrantAt(t, c), covered)
	must(t, err)
	return missed
}

func TestAControlIsSeen(t *testing.T) {
	j, _, c := lateHouse(t)
	id, err := j.PlantControl(t.Context(), journaltest.GrantAt(t, c))
	must(t, err)
	if missed := check(t, j, c, func(context.Context, string, int64) (bool, error) { return false, nil }); len(missed) != 0 {
		t.Fatal("missed while the log is still waited for")
	}
	if s, err := j.Controls(t.Context()); err != nil || s.Planted != 1 || s.Seen != 0 {
		t.Fatalf("%+v %v", s, err)
	}
	if missed := check(t, j, c, always); len(missed) != 0 {
		t.Fatal("missed")
	}
	s, err := j.Controls(t.Context())
	if err != nil || s.Seen != 1 || s.Missed != 0 || s.LastSeen.IsZero() {
		t.Fatalf("%+v %v", s, err)
	}
	c.Advance(time.Hour)
	if missed := check(t, j, c, always); len(missed) != 0 {
		t.Fatal("asked again about one that was seen")
	}
	seen, err := j.Lane().Search(t.Context(), journal.AccessQuery{About: ident.Ref{Kind: journal.KindControl, ID: id}})
	if err != nil || len(seen) != 1 || seen[0].Action != "ward.keep" {
		t.Fatalf("%+v %v", seen, err)
	}
	if r := verify(t, j); !r.Clean() {
		t.Fatalf("%+v", r.Findings)
	}
}

// TestALaneThatRecordsNothingIsFound: a control is announced, and its access
// is kept out of the lane, as by somebody who reads without leaving a trace.
func TestALaneThatRecordsNothingIsFound(t *testing.T) {
	j, _, c := lateHouse(t)
	_, err := j.Do(t.Context(), journaltest.GrantAt(t, c), func(_ context.Context, _ store.Reader, d *journal.Draft) error {
		d.Add(journal.ControlPlanted{Control: d.NewID(), Lane: "main"})
		return nil
	})
	must(t, err)
	must(t, j.Lane().Record(t.Context(), journal.Access{Actor: "a", Action: "ward.read", Outcome: journal.Read}))
	c.Advance(9 * time.Minute)
	if missed := check(t, j, c, always); len(missed) != 0 {
		t.Fatal("missed too early")
	}
	must(t, j.Count(t.Context()))
	if r := verify(t, j); !r.Clean() {
		t.Fatalf("within the window: %+v", r.Findings)
	}
	c.Advance(2 * time.Minute)
	must(t, j.Count(t.Context()))
	if r := verify(t, j); r.Clean() || !strings.Contains(r.Findings[0].What, "never appeared") {
		t.Fatalf("%+v", r.Findings)
	}
	if missed := check(t, j, c, always); len(missed) != 1 {
		t.Fatal("not missed")
	}
	if missed := check(t, j, c, always); len(missed) != 0 {
		t.Fatal("missed twice")
	}
	if s, err := j.Controls(t.Context()); err != nil || s.Missed != 1 {
		t.Fatalf("%+v %v", s, err)
	}
	if r := verify(t, j); !r.Clean() { // the journal says so itself now
		t.Fatalf("%+v", r.Findings)
	}
}

// TestCountsTieTheLaneToTheEntries: somebody cuts off the end of the lane, or
// writes another one, consistent in itself; the hourly count contradicts it.
func TestCountsTieTheLaneToTheEntries(t *testing.T) {
	access := func(j *journal.Journal, actor string) {
		must(t, j.Lane().Record(t.Context(), journal.Access{Actor: ident.ID(actor), Action: "ward.read", Outcome: journal.Read}))
	}
	j, db, _ := lateHouse(t)
	for range 3 {
		access(j, "a")
	}
	must(t, j.Count(t.Context()))
	access(j, "b")
	must(t, j.Count(t.Context()))
	if at, err := j.LastCount(t.Context()); err != nil || at.IsZero() {
		t.Fatal(at, err)
	}
	if r := verify(t, j); !r.Clean() {
		t.Fatalf("%+v", r.Findings)
	}
	change(t, db, "delete from access_entries where seq = 4")
	change(t, db, "delete from access_batches where first_seq = 4")
	r := verify(t, j)
	if r.Clean() || !strings.Contains(r.Findings[0].What, "had 4 batches") {
		t.Fatalf("a lane cut off: %+v", r.Findings)
	}
	again, err := journal.Open(t.Context(), journal.Options{DB: db, Master: journaltest.Master, Modules: []journal.Module{journaltest.Ward()}})
	must(t, err)
	access(again, "c") // a fourth access again, another one
	if r := verify(t, again); r.Clean() || !strings.Contains(r.Findings[0].What, "something else of lane") {
		t.Fatalf("a lane written anew: %+v", r.Findings)
	}
	must(t, again.Close())
	change(t, db, "delete from access_entries where seq = 2")
	third, err := journal.Open(t.Context(), journal.Options{DB: db, Master: journaltest.Master, Modules: []journal.Module{journaltest.Ward()}})
	must(t, err)
	must(t, third.Count(t.Context())) // counts what is there, and says so for good
	found := false
	for _, f := range verify(t, third).Findings {
		found = found || strings.Contains(f.What, "some were missing then")
	}
	if !found {
		t.Error("a gap was counted away")
	}
	must(t, third.Close())
}
