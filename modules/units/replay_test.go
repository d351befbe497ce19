package units_test

import (
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/store"
	"github.com/amana-platform/amana/kernel/store/storetest"
	"github.com/amana-platform/amana/kernel/web/passkey"
	"github.com/amana-platform/amana/modules/units"
)

// everything does each act of the module once, so that each kind of entry is
// in the journal and each table has a row.
func (h *house) everything(who map[units.Role]ident.ID) {
	h.t.Helper()
	id, g := who[units.Investigator], h.system
	u, err := h.Unit(ctx, h.unit["KEN-VILLE"])
	h.must(err)
	h.must(h.MoveUnit(ctx, g(), units.UnitMove{Unit: u.ID, Parent: h.unit["TNG"], Type: u.Type, Names: u.Names, Area: u.Area, Act: "1"}))
	extra, err := h.OpenUnit(ctx, g(), units.NewUnit{Code: "KEN-99", Type: "police-district", Parent: h.unit["KEN"], Names: u.Names, Area: u.Area, Act: "2"})
	h.must(err)
	h.clock.Advance(time.Second)
	h.must(h.CloseUnit(ctx, g(), units.UnitClosing{Unit: extra, Successor: h.unit["KEN-01"], Act: "3"}))
	_, err = h.AppointCapacity(ctx, g(), units.Appointment{Officer: id, Capacity: "apj", Act: "4"})
	h.must(err)
	h.clock.Advance(time.Second)
	_, err = h.AppointCapacity(ctx, g(), units.Appointment{Officer: id, Capacity: "opj", Act: "5"})
	h.must(err)
	_, err = h.SuspendOfficer(ctx, g(), units.NewSuspension{Officer: id, Reason: "trial"})
	h.must(err)
	h.must(h.LiftSuspension(ctx, g(), id))
	_, err = h.PostOfficer(ctx, g(), units.NewPost{Officer: id, Unit: h.unit["KEN-01"], Role: units.DutyOfficer, Act: "6"})
	h.must(err)
	code, err := h.IssueCode(ctx, h.grant(who[units.Administrator], "units.code.issue", id), id)
	h.must(err)
	h.must(h.Register(ctx, passkey.Registration{Account: id, Code: code, Label: "card", Record: "{}"}))
	keys, err := h.Keys(ctx, id)
	h.must(err)
	h.must(h.Used(ctx, keys[0].ID, 3))
	h.must(h.Doubt(ctx, id, keys[0].ID, 3, 2))
	h.must(h.RemovePasskey(ctx, h.grant(who[units.Administrator], "units.passkey.remove", id), id, keys[0].ID))
	h.clock.Advance(time.Second)
}

// Every kind of entry replays, into an empty database of either engine, to the
// same tables.
func TestEverythingReplays(t *testing.T) {
	h := newHouse(t)
	h.everything(h.seed())
	h.sound()
	for _, k := range units.JournalModule().Kinds {
		found, err := h.k.Journal.Search(ctx, journal.Search{Kind: k.Name, Limit: 1})
		if err != nil || len(found) == 0 {
			t.Errorf("no %s in the journal, %v", k.Name, err)
			continue
		}
		if refs := found[0].Entry.About(); len(refs) == 0 {
			t.Errorf("%s is about nothing", k.Name)
		}
	}
	into := storetest.Open(t)
	if _, err := h.k.Journal.Replay(ctx, into, into, nil); err != nil {
		t.Fatal(err)
	}
	tables, err := into.Tables(ctx)
	h.must(err)
	for _, table := range tables {
		if !store.Owned(table.Name, "units") {
			continue
		}
		rows, err := store.Compare(ctx, h.k.Reader, into.Reader(), table, func(d store.Difference) bool {
			t.Errorf("%+v", d)
			return true
		})
		if err != nil || rows == 0 {
			t.Errorf("%s: %d rows, %v", table.Name, rows, err)
		}
	}
}

// A form that is sent twice, whichever it is, is written once.
func TestFormsAreWrittenOnce(t *testing.T) {
	h := newHouse(t)
	who := h.seed()
	id := who[units.Investigator]
	u, err := h.Unit(ctx, h.unit["KEN-VILLE"])
	h.must(err)
	form := func() ident.ID { return h.ids.New() }
	unit, officer, post, capacity, suspension, duty := form(), form(), form(), form(), form(), form()
	for name, send := range map[string]func() error{
		"a unit": func() error {
			_, err := h.OpenUnit(ctx, h.system(), units.NewUnit{ID: unit, Code: "KEN-98", Type: "police-district", Parent: u.ID, Names: u.Names, Area: u.Area, Act: "1"})
			return err
		},
		"an officer": func() error { _, err := h.EnrolOfficer(ctx, h.system(), h.person(officer, 22, "officier")); return err },
		"a post": func() error {
			_, err := h.PostOfficer(ctx, h.system(), units.NewPost{ID: post, Officer: id, Unit: h.unit["KEN-01"], Role: units.DutyOfficer, Act: "1"})
			return err
		},
		"a capacity": func() error {
			_, err := h.AppointCapacity(ctx, h.system(), units.Appointment{ID: capacity, Officer: id, Capacity: "apj", Act: "1"})
			return err
		},
		"a suspension": func() error {
			_, err := h.SuspendOfficer(ctx, h.system(), units.NewSuspension{ID: suspension, Officer: id, Reason: "trial"})
			return err
		},
		"a duty": func() error {
			_, err := h.OpenDuty(ctx, h.system(), units.NewDuty{ID: duty, Unit: h.unit["KEN-01"], Kind: units.DutyWatch})
			return err
		},
	} {
		h.must(send())
		last, err := h.k.Journal.Last(ctx)
		h.must(err)
		h.must(send())
		if now, err := h.k.Journal.Last(ctx); err != nil || now != last {
			t.Errorf("%s was written twice: %d entries more, %v", name, now-last, err)
		}
	}
	h.sound()
}

// Of many who act on what they saw, one succeeds and the others are told.
func TestEditorsWhoCross(t *testing.T) {
	h := newHouse(t)
	who := h.seed()
	u, err := h.Unit(ctx, h.unit["KEN-VILLE"])
	h.must(err)
	o, err := h.Officer(ctx, who[units.Investigator])
	h.must(err)
	var mu sync.Mutex
	var moved, posted []error
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			names := u.Names
			names.EN += string(rune('A' + i))
			move := h.MoveUnit(ctx, h.system(), units.UnitMove{Unit: u.ID, Version: u.Version, Parent: u.Parent, Type: u.Type, Names: names, Area: u.Area, Act: "1"})
			_, post := h.PostOfficer(ctx, h.system(), units.NewPost{Officer: o.ID, Version: o.Version, Unit: h.unit["KEN-01"], Role: units.DutyOfficer, Act: "1"})
			mu.Lock()
			defer mu.Unlock()
			moved, posted = append(moved, move), append(posted, post)
		})
	}
	all.Wait()
	for name, errs := range map[string][]error{"moves": moved, "posts": posted} {
		won := 0
		for _, err := range errs {
			if err == nil {
				won++
			} else if !fault.Is(err, fault.Conflict) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if won != 1 {
			t.Errorf("%d %s succeeded", won, name)
		}
	}
	h.sound()
}

// A grant to one act does another nothing: each action appends its own kinds.
func TestAGrantIsForItsAct(t *testing.T) {
	h := newHouse(t)
	who := h.seed()
	admin, id := who[units.Administrator], who[units.Investigator]
	g := h.grant(admin, "units.code.issue", id)
	_, post := h.PostOfficer(ctx, g, units.NewPost{Officer: id, Unit: h.unit["KEN-01"], Role: units.DutyOfficer, Act: "1"})
	_, suspend := h.SuspendOfficer(ctx, g, units.NewSuspension{Officer: id, Reason: "x"})
	_, enrol := h.EnrolOfficer(ctx, g, h.person("", 9, "officier"))
	_, appoint := h.AppointCapacity(ctx, g, units.Appointment{Officer: id, Capacity: "opj", Act: "1"})
	_, duty := h.OpenDuty(ctx, g, units.NewDuty{Unit: h.unit["KEN-01"], Kind: units.DutyWatch})
	for i, err := range []error{post, suspend, enrol, appoint, duty} {
		if err == nil {
			t.Errorf("act %d was done under a grant to issue codes", i)
		}
	}
	h.clock.Advance(2 * time.Minute)
	if _, err := h.IssueCode(ctx, g, id); !fault.Is(err, fault.Refused) {
		t.Errorf("under an old grant: %v", err)
	}
}

// Each table of the module can be tampered with, and verification says where.
func TestTamperingIsFound(t *testing.T) {
	for _, statement := range []string{
		"update units_posts set role = 'administrator' where role = 'investigator'",
		"update units_closure set depth = depth + 1 where depth = 2",
		"delete from units_suspensions", "delete from idx_units_words",
		"update units_officers set family = 'Nobody' where family is not null",
		"update units_duties set officer = ''",
		"update units_passkeys set removed_at = 0, doubted_at = 0",
		"update units_codes set used_at = 0", "update units_capacities set capacity = 'opj'",
		"update units_placements set to_at = 1", "update units_units set successor = ''", "update units_pulse set seq = 1",
	} {
		t.Run(statement, func(t *testing.T) {
			h := newHouse(t)
			h.everything(h.seed())
			h.tamper(statement)
			r, err := h.k.Journal.Verify(ctx, journal.Scope{})
			h.must(err)
			if !slices.ContainsFunc(r.Findings, func(f journal.Finding) bool { return f.Where != "" }) {
				t.Error("not found")
			}
		})
	}
}

// tamper changes a table behind the program's back.
func (h *house) tamper(statement string) {
	h.t.Helper()
	b, err := h.db.Begin(ctx)
	h.must(err)
	defer b.Rollback()
	n, err := b.Exec(ctx, statement)
	h.must(errors.Join(err, b.Commit(ctx)))
	if n == 0 {
		h.t.Fatal("nothing was changed")
	}
}
