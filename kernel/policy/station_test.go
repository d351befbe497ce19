package policy_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/amana-platform/amana/kernel/clock"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/policy"
)

// The station of the tests: two services, each with a district below.
const (
	national ident.ID = "0190a000-0000-7000-8000-0000000000a0"
	rabat    ident.ID = "0190a000-0000-7000-8000-0000000000a1"
	agdal    ident.ID = "0190a000-0000-7000-8000-0000000000a2"
	fes      ident.ID = "0190a000-0000-7000-8000-0000000000a3"

	caseOne ident.ID = "0190a000-0000-7000-8000-0000000000c1"
	caseTwo ident.ID = "0190a000-0000-7000-8000-0000000000c2"
	taskOne ident.ID = "0190a000-0000-7000-8000-0000000000d1"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

// tree is a unit tree from child to parent.
type tree map[ident.ID]ident.ID

func (t tree) Ancestors(u ident.ID) (above []ident.ID) {
	for u = t[u]; u != ""; u = t[u] {
		above = append(above, u)
	}
	return above
}

var units = tree{rabat: national, agdal: rabat, fes: national}

// register keeps refusals, or fails as a full disk does.
type register struct {
	kept []policy.Refusal
	err  error
}

func (r *register) RecordRefusal(_ context.Context, refusal policy.Refusal) error {
	if r.err == nil {
		r.kept = append(r.kept, refusal)
	}
	return r.err
}

// station is a policy over testdata/cases with its surroundings.
type station struct {
	*policy.Policy
	register  *register
	clock     *clock.Fixed
	suspended map[ident.ID]bool
	everyone  bool // works on every case
}

// holds: every actor works on case one and two and has task one, but Fes
// works on case two only.
func holds(_ context.Context, a policy.Actor, p policy.Purpose) bool {
	return p.Ref.ID == caseTwo || a.Unit != fes && (p.Ref.ID == caseOne || p.Ref.ID == taskOne)
}

func newStation(t testing.TB, modules ...policy.Module) *station {
	t.Helper()
	if len(modules) == 0 {
		modules = []policy.Module{casesModule(t)}
	}
	s := &station{register: &register{}, clock: clock.At(noon), suspended: map[ident.ID]bool{}}
	p, err := policy.New(modules, s.hooks())
	if err != nil {
		t.Fatal(err)
	}
	s.Policy = p
	return s
}

func (s *station) hooks() policy.Hooks {
	return policy.Hooks{
		Recorder: s.register, Units: units, Clock: s.clock,
		Holds: func(ctx context.Context, a policy.Actor, p policy.Purpose) bool {
			return s.everyone || holds(ctx, a, p)
		},
		Active: func(_ context.Context, a policy.Actor) bool { return !s.suspended[a.ID] },
		Basis:  func(article string) bool { return article == "CPP-40" },
	}
}

func casesModule(t testing.TB) policy.Module {
	t.Helper()
	records := []policy.PurposeKind{policy.Case, policy.Task}
	return policy.Module{
		Name: "cases", Cedar: read(t, "policy.cedar"), Schema: read(t, "schema.cedarschema"),
		Actions: []policy.Action{
			{Name: "cases.case.read", Resource: "case", Purposes: records, Reads: true, BreakGlass: true, MayAllow: "brigade-chief"},
			{Name: "cases.case.close", Resource: "case", Purposes: records, Reason: true, Fresh: true, Appends: []string{"cases.case.closed"}, MayAllow: "brigade-chief"},
			{Name: "cases.case.open", Purposes: []policy.PurposeKind{policy.Basis}, Appends: []string{"cases.case.opened"}},
			{Name: "cases.person.search", Purposes: records, Binds: policy.BindActor, Reads: true},
			{Name: "cases.settings.change", Purposes: []policy.PurposeKind{policy.Basis}},
			{Name: "cases.retention.run", System: true, Appends: []string{"cases.case.expired"}},
		},
	}
}

func read(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", "cases", name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func actor(n byte, unit ident.ID, role, capacity string) policy.Actor {
	id := []byte("0190a000-0000-7000-8000-0000000000f0")
	id[len(id)-1] = n
	return policy.Actor{ID: ident.ID(id), Unit: unit, Role: role, Capacity: capacity, Units: append([]ident.ID{unit}, units.Ancestors(unit)...), Session: "s", Proved: noon}
}

var (
	investigator  = actor('1', rabat, "investigator", "opj")
	chief         = actor('2', fes, "brigade-chief", "opj")
	stranger      = actor('3', fes, "investigator", "opj")
	prosecutor    = actor('4', rabat, "magistrate", "prosecutor")
	administrator = actor('5', national, "administrator", "")
)

func caseAt(id, unit ident.ID) policy.Resource {
	return policy.Resource{
		Ref: ident.Ref{Kind: "case", ID: id}, Under: []ident.Ref{{Kind: "task", ID: taskOne}}, Unit: unit,
		Attrs: map[string]any{"state": "open", "sealed": false, "level": int64(1), "assigned": []string{}},
	}
}

func forCase(id ident.ID) policy.Purpose {
	return policy.Purpose{Kind: policy.Case, Ref: ident.Ref{Kind: "case", ID: id}}
}

func with(r policy.Resource, name string, value any) policy.Resource {
	attrs := map[string]any{name: value}
	for k, v := range r.Attrs {
		if k != name {
			attrs[k] = v
		}
	}
	r.Attrs = attrs
	return r
}
