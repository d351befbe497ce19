package e2e

import (
	"context"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/amana-platform/amana/cmd/amana/compose"
	"github.com/amana-platform/amana/cmd/amana/demodata"
	"github.com/amana-platform/amana/kernel/app"
	"github.com/amana-platform/amana/kernel/clock"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/kerneltest"
	kpacks "github.com/amana-platform/amana/kernel/packs"
	"github.com/amana-platform/amana/kernel/store"
	"github.com/amana-platform/amana/packs"
)

// TestEveryTermEndsItsRecords asks each module for what is over when every term
// is: each finished record of the demonstration is due under one class and no
// other, and one of each class is ended. No key of what stood in it is left, it
// is due no more, and the record verifies. Of persons those are over, and only
// those, of whom no record that is left speaks.
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
	seen := map[ident.Ref]string{}
	due := dueNow(t, a, seen, kerneltest.Noon.AddDate(1, 0, 0))
	for kind, query := range finished {
		var n int
		if err := a.Reader.Row(t.Context(), query, nil, &n); err != nil {
			t.Fatal(err)
		}
		if kind == "complaint" || kind == "log-line" || kind == "watch-entry" || kind == "plate-hit" {
			n++ // the one that ended meanwhile
		}
		if due[kind] != n || n == 0 && kind != "exhibit" {
			t.Errorf("%s: %d due, %d finished", kind, due[kind], n)
		}
	}
	if due["person"]+due["institution"] != 0 {
		t.Errorf("%d persons and %d institutions are due in a service of eleven years", due["person"], due["institution"])
	}
	// In twenty-one years the institutions' approvals are over, and persons of
	// whom nothing that is left speaks have been looked at.
	a.Clock.Set(kerneltest.Noon.AddDate(21, 0, 0))
	if n, err := s.Trust.Expire(t.Context()); err != nil || n == 0 {
		t.Fatal(n, err)
	}
	for n := 1; n > 0; {
		var err error
		if n, err = s.Index.LookThrough(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	free := unspoken(t, a)
	late := map[ident.Ref]string{}
	due = dueNow(t, a, late, a.Clock.Now())
	var persons int
	for ref := range late {
		if ref.Kind == "person" {
			if persons++; !free[ref.ID] {
				t.Errorf("%s is over, and a record speaks of them", ref)
			}
		}
	}
	if persons == 0 || persons != len(free) || due["institution"] == 0 {
		t.Errorf("%d persons are over, of %d whom nothing speaks of; %d institutions", persons, len(free), due["institution"])
	}
	r, err := a.Journal.Verify(t.Context(), journal.Scope{})
	if err != nil || !r.Clean() {
		t.Fatalf("%+v %v", r, err)
	}
}

// finished counts, by kind, the records of the demonstration whose affair is over.
var finished = map[string]string{
	"complaint":   "select count(*) from register_complaints where state = 'closed' and facts is not null",
	"custody":     "select count(*) from register_custodies where ended_at > 0",
	"case":        "select count(*) from cases_cases where state = 'closed'",
	"exhibit":     "select count(*) from exhibits_exhibits where state in ('returned', 'destroyed', 'deposited')",
	"log-line":    "select count(*) from register_lines where words is not null",
	"watch-entry": "select count(*) from plates_entries e where plate is not null and not exists (select 1 from plates_contests c where c.entry_id = e.id and c.state = 'open')",
	"plate-hit":   "select count(*) from plates_hits where plate is not null and state in ('confirmed', 'tasked', 'closed')",
}

// dueNow asks each module for what is over, ends one of each class, and counts
// by kind; a record is due under one class only.
func dueNow(t *testing.T, a *kerneltest.App, seen map[ident.Ref]string, before time.Time) map[string]int {
	t.Helper()
	due := map[string]int{}
	for _, term := range a.Terms() {
		all, err := term.Due(t.Context(), a.Reader, app.Window{Before: before, Most: 100_000})
		if err != nil {
			t.Fatalf("%s: %v", term.Class, err)
		}
		for _, d := range all {
			if other := seen[d.Ref]; other != "" {
				t.Errorf("%s is due as %s and as %s", d.Ref, other, term.Class)
			}
			if seen[d.Ref] = term.Class; d.Unit == "" && d.Ref.Kind != "person" || d.Since.IsZero() || d.Since.After(before) {
				t.Errorf("%s: %+v", term.Class, d)
			}
			due[d.Ref.Kind]++
		}
		if len(all) > 0 {
			ends(t, a, term, all[0])
		}
	}
	return due
}

// unspoken lists the persons of whom nothing that is left speaks.
func unspoken(t *testing.T, a *kerneltest.App) map[ident.ID]bool {
	t.Helper()
	out := map[ident.ID]bool{}
	err := a.Reader.Each(t.Context(), `select p.id from index_persons p where not p.erased and p.kept = '' and p.id not in (
		select x.person from register_parties x join register_complaints c on c.id = x.complaint where c.facts is not null
		union select person from register_custodies where reasons is not null
		union select x.person from cases_parties x join cases_cases c on c.id = x.case_id where c.facts is not null
		union select x.suspect from cases_offences x join cases_cases c on c.id = x.case_id where c.facts is not null
		union select x.person from cases_pvs x join cases_cases c on c.id = x.case_id where c.facts is not null
		union select person from exhibits_exhibits where description is not null
		union select person from citizens_accounts where closed_at = 0 and not forgotten)`, nil, func(scan store.Scan) error {
		var id ident.ID
		err := scan(&id)
		out[id] = true
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// ends ends a record and looks for what is left of it.
func ends(t *testing.T, a *kerneltest.App, term app.Term, d app.Due) {
	t.Helper()
	subjects := []ident.ID{d.Ref.ID}
	if term.Subjects != nil {
		var err error
		if subjects, err = term.Subjects(t.Context(), a.Reader, d.Ref.ID); err != nil || len(subjects) == 0 {
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
	again, err := term.Due(t.Context(), a.Reader, app.Window{Before: a.Clock.Now().Add(time.Hour), Unit: d.Unit, Most: 100_000})
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range again {
		if x.Ref == d.Ref {
			t.Errorf("%s is due though nothing is left of it", d.Ref)
		}
		if x.Unit != d.Unit && d.Unit != "" {
			t.Errorf("%s of %s is given to %s", x.Ref, x.Unit, d.Unit)
		}
	}
}

// TestEveryClassOfTheScheduleEnds holds the operator's table to the schedule and
// to the program: each class of the pack is ended by the terms of one module, by
// a job that exists, or with another class that is; or there are no such records,
// and the table says so.
func TestEveryClassOfTheScheduleEnds(t *testing.T) {
	pack, err := kpacks.Load(packs.Morocco())
	if err != nil {
		t.Fatal(err)
	}
	k := &app.Kernel{Pack: pack, Clock: clock.At(kerneltest.Noon)}
	c, err := compose.List(k)
	if err != nil {
		t.Fatal(err)
	}
	keepers, run := map[string][]string{}, map[string]bool{"retention": true, "uploads": true} // the kernel's own
	for _, m := range c.Modules {
		for _, term := range m.Terms {
			keepers[term.Class] = append(keepers[term.Class], m.Name)
		}
		for _, j := range m.Jobs {
			run[j.Name] = true
		}
	}
	table := endsByTable(t)
	for _, row := range pack.Retentions(kerneltest.Noon) {
		how, ok := table[row.Code]
		if !ok {
			t.Errorf("nothing is said of %s", row.Code)
			continue
		}
		delete(table, row.Code)
		by, what, _ := strings.Cut(how, " `")
		what = strings.TrimSuffix(what, "`")
		mine := keepers[row.Code]
		switch by {
		case "list,", "schedule,":
			if !slices.Equal(mine, []string{what}) || (row.Approver == "schedule") != (by == "schedule,") {
				t.Errorf("%s: %q; the terms of %q end it, approved by %s", row.Code, how, mine, row.Approver)
			}
			continue
		case "job":
			if !run[what] || row.Approver != "schedule" {
				t.Errorf("%s: %q; there is no such job, or it may not", row.Code, how)
			}
		case "with":
			if len(keepers[what]) != 1 {
				t.Errorf("%s: %q, which ends itself by %q", row.Code, how, keepers[what])
			}
		case "no records":
		default:
			t.Errorf("%s: %q", row.Code, how)
		}
		if mine != nil {
			t.Errorf("%s: %q, and the terms of %q", row.Code, how, mine)
		}
		delete(keepers, row.Code)
	}
	for class, how := range table {
		t.Errorf("%s: %q, and the pack has no such class", class, how)
	}
	for class := range keepers {
		if _, err := pack.Retention(class, kerneltest.Noon); err != nil {
			t.Errorf("%s keeps records of %s: %v", keepers[class], class, err)
		}
	}
}

// endsByTable reads from the operator's guide what ends each class.
func endsByTable(t *testing.T) map[string]string {
	t.Helper()
	page, err := os.ReadFile("../docs/operate/erasure.md")
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for line := range strings.Lines(string(page)) {
		cells := strings.Split(strings.TrimSpace(line), " | ")
		class, ok := strings.CutPrefix(cells[0], "| `")
		if !ok || len(cells) != 3 {
			continue
		}
		class = strings.TrimSuffix(class, "`")
		if out[class] != "" {
			t.Errorf("%s stands twice", class)
		}
		out[class] = strings.TrimSuffix(cells[2], " |")
	}
	return out
}
