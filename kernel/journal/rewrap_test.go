package journal_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/amana-platform/amana/kernel/clock"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/journal/journaltest"
	"github.com/amana-platform/amana/kernel/store"
	"github.com/amana-platform/amana/kernel/store/storetest"
)

var nextMaster = []byte("fedcba9876543210fedcba9876543210")

// under opens the journal of an address with a master and, perhaps, the one
// before. The test closes it.
func under(t *testing.T, address string, master, before []byte) (*journal.Journal, *store.DB) {
	t.Helper()
	o := journaltest.Options(t, address, clock.System{})
	o.Master, o.Previous = master, before
	j, err := journal.Open(t.Context(), o)
	must(t, err)
	return j, o.DB
}

// wrappedKeys reads every wrapped key as somebody who holds the disk does.
func wrappedKeys(t *testing.T, db *store.DB) []string {
	t.Helper()
	all, err := store.List(t.Context(), db.Reader(), "select wrapped from journal_keys union all select wrapped from access_keys union all select mac from journal_cursors", nil,
		func(scan store.Scan) (s string, err error) {
			var raw []byte
			err = scan(&raw)
			return string(raw), err
		})
	must(t, err)
	return all
}

// masterChanges lists what the journal says of changes of the master.
func masterChanges(t *testing.T, j *journal.Journal) (out []journal.MasterChanged) {
	t.Helper()
	all, err := j.Search(t.Context(), journal.Search{Kind: "journal.master-changed"})
	must(t, err)
	for _, d := range all {
		out = append(out, d.Entry.(journal.MasterChanged))
	}
	return out
}

// fillWithKeys puts more keys into a journal than one step re-wraps.
func fillWithKeys(t *testing.T, j *journal.Journal) (people []ident.ID) {
	t.Helper()
	for range 3 {
		do(t, j, func(_ context.Context, _ store.Reader, d *journal.Draft) error {
			for n := range 400 {
				id := d.NewID()
				people = append(people, id)
				d.Add(journaltest.Admitted{Person: id, Name: journal.Seal(fmt.Sprint("Name ", n)), Born: journal.Seal("1980"), Ward: 1, Mark: []byte{1}})
			}
			return nil
		})
	}
	for range 5 {
		must(t, j.Lane().Record(t.Context(), journal.Access{Actor: people[0], Action: "ward.read", Outcome: journal.Read, Said: journal.Said{Query: "Name 7"}}))
	}
	must(t, j.Advance(t.Context(), journaltest.Grant(t), "mailer", 2, nil))
	must(t, j.Advance(t.Context(), journaltest.Grant(t), "printer", 1, nil))
	return people
}

// TestRewrap changes the master key and is stopped after each step, as a kill
// stops it: with both masters everything opens at every moment, and in the end
// the new one alone opens everything, the old one nothing.
func TestRewrap(t *testing.T) {
	address := storetest.Address(t)
	j, db := under(t, address, journaltest.Master, nil)
	people := fillWithKeys(t, j)
	before := wrappedKeys(t, db)
	j.Close()
	ended := false
	for steps := 1; !ended; steps++ {
		if steps > 20 {
			t.Fatal("it never ends")
		}
		j, _ := under(t, address, nextMaster, journaltest.Master)
		ctx, cancel := context.WithCancel(t.Context())
		left := steps
		done, err := j.Rewrap(ctx, "DGSN 7/2026", func(string, int64) {
			if left--; left == 0 {
				cancel()
			}
		})
		cancel()
		if r := verify(t, j); !r.Clean() {
			t.Fatalf("stopped after %d steps: %v", steps, r.Findings)
		}
		if ended = err == nil; ended && (done.Subjects != int64(len(people)) || done.Accesses != 5 || done.Cursors != 2) {
			t.Errorf("%+v", done)
		}
		// what is written meanwhile is under the new master at once
		admit(t, j, "Late")
		people = append(people, "")
		if !ended && len(masterChanges(t, j)) != 0 {
			t.Error("said before it was done")
		}
		j.Close()
	}
	j, db = under(t, address, nextMaster, nil)
	if r := verify(t, j); !r.Clean() {
		t.Fatalf("under the new master alone: %v", r.Findings)
	}
	if got := nameOf(t, j, people[0]); got.Text() != "Name 0" {
		t.Errorf("got %q", got.Text())
	}
	said := masterChanges(t, j)
	want := journal.MasterChanged{From: journal.MasterPrint(journaltest.Master), To: journal.MasterPrint(nextMaster), Authority: "DGSN 7/2026"}
	if len(said) != 1 || said[0].From != want.From || said[0].To != want.To || said[0].Authority != want.Authority {
		t.Errorf("the journal says %+v", said)
	}
	for _, key := range wrappedKeys(t, db) {
		if slices.Contains(before, key) {
			t.Fatal("something is still as the old master wrapped it")
		}
	}
	j.Close()
	opensNothing(t, address)
}

// opensNothing: with the old master alone every key is named.
func opensNothing(t *testing.T, address string) {
	t.Helper()
	o := journaltest.Options(t, address, clock.System{})
	old, err := journal.OpenForReading(t.Context(), o)
	must(t, err)
	r := verify(t, old)
	if r.Clean() || r.Keys == 0 {
		t.Fatalf("%+v", r)
	}
	var keys int64
	must(t, o.DB.Reader().Row(t.Context(), "select count(*) from journal_keys", nil, &keys))
	opened := 0
	for _, id := range []string{"mailer", "printer"} {
		if _, err := old.Cursor(t.Context(), id); err == nil {
			opened++
		}
	}
	all, err := old.Search(t.Context(), journal.Search{Kind: "ward.admitted"})
	for _, d := range all {
		if d.Entry.(journaltest.Admitted).Name.Text() != "" {
			opened++
		}
	}
	if opened > 0 || err == nil && len(all) > 0 {
		t.Errorf("%d things open under the old master (%v)", opened, err)
	}
}

// TestRewrapForgivesNothing: what was tampered with before is named after.
func TestRewrapForgivesNothing(t *testing.T) {
	address := storetest.Address(t)
	j, db := under(t, address, journaltest.Master, nil)
	people := fillWithKeys(t, j)
	change(t, db, "update journal_cursors set seq = seq + 1 where follower = 'mailer'")
	change(t, db, "update journal_keys set wrapped = (select wrapped from journal_keys where subject = $1) where subject = $2", string(people[1]), string(people[2]))
	j.Close()
	j, _ = under(t, address, nextMaster, journaltest.Master)
	_, err := j.Rewrap(t.Context(), "x", func(string, int64) {})
	must(t, err)
	j.Close()
	j, _ = under(t, address, nextMaster, nil)
	defer j.Close()
	r := verify(t, j)
	cursor, key := false, false
	for _, f := range r.Findings {
		cursor = cursor || f.Where == "cursor mailer"
		key = key || strings.HasPrefix(f.Where, "key "+string(people[2]))
	}
	if !cursor || !key {
		t.Errorf("found %v", r.Findings)
	}
}

// TestRewrapNeedsBoth: without the master before there is nothing to do.
func TestRewrapNeedsBoth(t *testing.T) {
	j := journaltest.Open(t)
	if _, err := j.Rewrap(t.Context(), "x", func(string, int64) {}); err == nil {
		t.Error("changed from nothing")
	}
	o := journaltest.Options(t, storetest.Address(t), nil)
	o.Previous = []byte("short")
	if _, err := journal.Open(t.Context(), o); err == nil {
		t.Error("a master of five bytes was taken")
	}
}
