package units_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/store"
	"github.com/amana-platform/amana/modules/units"
)

// model is the tree as a map from child to parent; a closed unit's parent is
// its successor.
type model struct {
	parent map[ident.ID]ident.ID
	kind   map[ident.ID]string
	closed map[ident.ID]bool
}

// pairs lists every (ancestor, unit) that the closure should hold.
func (m model) pairs() []string {
	var out []string
	for unit := range m.parent {
		for a := unit; a != ""; a = m.parent[a] {
			out = append(out, string(a)+" "+string(unit))
		}
	}
	slices.Sort(out)
	return out
}

func (m model) open(kinds ...string) []ident.ID {
	var out []ident.ID
	for _, id := range slices.Sorted(maps.Keys(m.kind)) {
		if slices.Contains(kinds, m.kind[id]) && !m.closed[id] {
			out = append(out, id)
		}
	}
	return out
}

func (h *house) pairs() []string {
	h.t.Helper()
	list, err := store.List(ctx, h.k.Reader, "select ancestor, unit from units_closure order by ancestor, unit", nil, func(scan store.Scan) (string, error) {
		var a, u string
		err := scan(&a, &u)
		return a + " " + u, err
	})
	h.must(err)
	slices.Sort(list)
	return list
}

// Whatever is opened, moved and closed in whatever order, the closure is the
// tree's, and the journal replays to it.
func TestTheClosureIsTheTree(t *testing.T) {
	h := newHouse(t)
	h.seed()
	m := model{map[ident.ID]ident.ID{}, map[ident.ID]string{}, map[ident.ID]bool{}}
	all, err := h.Units(ctx)
	h.must(err)
	for _, u := range all {
		m.parent[u.ID], m.kind[u.ID] = u.Parent, u.Type
	}
	n := 0
	rapid.Check(t, func(rt *rapid.T) {
		for range rapid.IntRange(1, 3).Draw(rt, "steps") {
			n++
			h.step(rt, m, n)
		}
		if got, want := h.pairs(), m.pairs(); !slices.Equal(got, want) {
			rt.Fatalf("%d pairs, want %d", len(got), len(want))
		}
	})
	for unit := range m.parent {
		var above []ident.ID
		for a := m.parent[unit]; a != ""; a = m.parent[a] {
			above = append(above, a)
		}
		if !slices.Equal(h.Ancestors(unit), above) {
			t.Fatalf("above %s: %v, want %v", unit, h.Ancestors(unit), above)
		}
	}
	h.sound()
}

// step does one act on the service and on the model.
func (h *house) step(rt *rapid.T, m model, n int) {
	g := h.system()
	names, err := h.k.Pack.Unit("KEN-01", noon)
	h.must(err)
	uppers := m.open("police-prefecture", "district")
	act := fmt.Sprintf("%d/2026", n)
	switch rapid.SampledFrom([]string{"district", "desk", "desk", "move", "close"}).Draw(rt, "act") {
	case "district":
		parent := rapid.SampledFrom(m.open("police-prefecture")).Draw(rt, "parent")
		id, err := h.OpenUnit(ctx, g, units.NewUnit{Code: fmt.Sprintf("D-%d", n), Type: "district", Parent: parent, Names: names.Names, Area: names.Area, Act: act})
		h.must(err)
		m.parent[id], m.kind[id] = parent, "district"
	case "desk":
		parent := rapid.SampledFrom(uppers).Draw(rt, "parent")
		id, err := h.OpenUnit(ctx, g, units.NewUnit{Code: fmt.Sprintf("P-%d", n), Type: "police-district", Parent: parent, Names: names.Names, Area: names.Area, Act: act})
		h.must(err)
		m.parent[id], m.kind[id] = parent, "police-district"
	case "move":
		h.moveOne(rt, m, act)
	case "close":
		unit := rapid.SampledFrom(m.open("district", "police-district")).Draw(rt, "unit")
		to := rapid.SampledFrom(uppers).Draw(rt, "successor")
		err := h.CloseUnit(ctx, g, units.UnitClosing{Unit: unit, Successor: to, Act: act})
		if fault.Is(err, fault.Refused) || fault.Is(err, fault.Invalid) {
			return // people, units or itself in the way
		}
		h.must(err)
		m.parent[unit], m.closed[unit] = to, true
	}
}

func (h *house) moveOne(rt *rapid.T, m model, act string) {
	id := rapid.SampledFrom(m.open("district", "police-district")).Draw(rt, "unit")
	to := rapid.SampledFrom(m.open("police-prefecture", "district")).Draw(rt, "parent")
	u, err := h.Unit(ctx, id)
	h.must(err)
	err = h.MoveUnit(ctx, h.system(), units.UnitMove{Unit: id, Version: u.Version, Parent: to, Type: u.Type, Names: u.Names, Area: u.Area, Act: act})
	if fault.Is(err, fault.Invalid) {
		return // where it is, or where it cannot stand
	}
	h.must(err)
	m.parent[id] = to
}
