package units_test

import (
	"slices"
	"testing"
	"time"

	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/modules/units"
)

// chiefs posts one more chief into a unit from a day on, and gives the officer.
func (h *house) chief(n int, unit string, from time.Time) ident.ID {
	h.t.Helper()
	id := h.ids.New()
	h.must(h.Seed(ctx, h.system(), units.Seed{
		Officers: []units.NewOfficer{h.person(id, 10+n, "commissaire")},
		Posts:    []units.NewPost{{ID: h.ids.New(), Officer: id, Unit: h.unit[unit], Role: units.BrigadeChief, Act: "5/2026", From: from}},
	}))
	return id
}

func sorted(ids ...ident.ID) []ident.ID {
	slices.Sort(ids)
	return ids
}

// TestWhoHoldsARoleNearAUnit: those of the unit itself, else of the nearest above that
// has any; nobody who is suspended, has left, or does not serve yet.
func TestWhoHoldsARoleNearAUnit(t *testing.T) {
	h := newHouse(t)
	who := h.seed()
	own := who[units.BrigadeChief]
	holds := func(role units.Role, unit string, want ...ident.ID) {
		t.Helper()
		if got := h.Holders(ctx, string(role), h.unit[unit]); !slices.Equal(got, sorted(want...)) {
			t.Errorf("%s near %s: %v, want %v", role, unit, got, want)
		}
	}
	holds(units.BrigadeChief, "KEN-VILLE-BPJ", own)
	holds(units.BrigadeChief, "KEN-01") // nobody above has one
	holds(units.Administrator, "KEN-VILLE-BPJ", who[units.Administrator])
	holds(units.Administrator, "PR-KEN") // another tree
	holds("king", "KEN-01")
	if got := h.Holders(ctx, string(units.BrigadeChief), h.ids.New()); len(got) != 0 {
		t.Errorf("near a unit that is not there: %v", got)
	}
	second := h.chief(1, "KEN-VILLE-BPJ", noon.AddDate(0, -1, 0))
	later := h.chief(2, "KEN-VILLE-BPJ", noon.AddDate(0, 1, 0))
	h.clock.Advance(time.Minute)
	holds(units.BrigadeChief, "KEN-VILLE-BPJ", own, second)
	if got := h.Everywhere(ctx, string(units.BrigadeChief)); !slices.Equal(got, sorted(own, second)) {
		t.Errorf("everywhere: %v", got)
	}
	_, err := h.SuspendOfficer(ctx, h.system(), units.NewSuspension{Officer: own, Reason: "enquiry"})
	h.must(err)
	holds(units.BrigadeChief, "KEN-VILLE-BPJ", second)
	posts, err := h.Posts(ctx, second)
	h.must(err)
	h.must(h.EndPost(ctx, h.system(), units.PostEnding{Post: posts[0].ID, Act: "6/2026"}))
	h.clock.Advance(time.Second)
	holds(units.BrigadeChief, "KEN-VILLE-BPJ")
	h.clock.Set(noon.AddDate(0, 1, 1))
	holds(units.BrigadeChief, "KEN-VILLE-BPJ", later)
	h.must(h.LiftSuspension(ctx, h.system(), own))
	h.clock.Advance(time.Second)
	if got := h.Everywhere(ctx, string(units.BrigadeChief)); !slices.Equal(got, sorted(own, later)) {
		t.Errorf("everywhere, a month later: %v", got)
	}
	if got := h.Everywhere(ctx, ""); len(got) != 0 {
		t.Errorf("nobody's role is held by %v", got)
	}
}

// TestWhereAUnitStoodThen: figures are counted by the tree of the day; before a unit
// was there it stood nowhere.
func TestWhereAUnitStoodThen(t *testing.T) {
	h := newHouse(t)
	who := h.seed()
	u, err := h.Unit(ctx, h.unit["KEN-VILLE"])
	h.must(err)
	g := h.grant(who[units.Administrator], "units.unit.move", "")
	h.must(h.MoveUnit(ctx, g, units.UnitMove{Unit: u.ID, Version: u.Version, Parent: h.unit["TNG"], Type: u.Type, Names: u.Names, Area: u.Area, Act: "9/2026"}))
	moved := h.clock.Now()
	for when, want := range map[time.Time]string{noon.AddDate(-4, 0, 0): "KEN", moved.Add(-time.Minute): "KEN", moved.Add(time.Minute): "TNG"} {
		if p, err := h.PlacedAt(ctx, u.ID, when); err != nil || p.Parent != h.unit[want] {
			t.Errorf("on %v under %s, %v; want %s", when, p.Parent, err, want)
		}
	}
	for name, c := range map[string]struct {
		unit ident.ID
		when time.Time
	}{"before it was there": {u.ID, noon.AddDate(-6, 0, 0)}, "a unit that is not": {h.ids.New(), noon}} {
		if p, err := h.PlacedAt(ctx, c.unit, c.when); err == nil {
			t.Errorf("%s: %+v", name, p)
		}
	}
}
