package oversight

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/amana-platform/amana/kernel/app"
	"github.com/amana-platform/amana/kernel/clock"
	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/packs"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/store"
	"github.com/amana-platform/amana/kernel/store/storetest"
	"github.com/amana-platform/amana/kernel/web"
	shipped "github.com/amana-platform/amana/packs"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// people is a directory: who holds which role, in one unit.
type people map[string][]ident.ID

// Holders gives who holds a role, wherever.
func (p people) Holders(_ context.Context, role string, _ ident.ID) []ident.ID { return p[role] }

// Everywhere gives who holds a role.
func (p people) Everywhere(_ context.Context, role string) []ident.ID { return p[role] }

// OfficerName gives the id.
func (p people) OfficerName(_ context.Context, _ string, id ident.ID) string { return string(id) }

// UnitName gives the id.
func (p people) UnitName(_ context.Context, _ string, id ident.ID) string { return string(id) }

// readings is a module whose one action may be done by breaking the glass.
func readings() policy.Module {
	return policy.Module{Name: "tests", Schema: []byte(`entity Case { unit: Unit }; action "tests.case.read", "tests.case.assign" appliesTo { principal: Actor, resource: Case, context: Context };`),
		Cedar: []byte(`permit (principal, action == Action::"tests.case.read", resource) when { context.purpose.kind == "break-glass" };
			permit (principal, action == Action::"tests.case.assign", resource) when { principal.role == "brigade-chief" };`),
		Actions: []policy.Action{{Name: "tests.case.assign", Resource: "case", Purposes: []policy.PurposeKind{policy.Case}}, {Name: "tests.case.read", Resource: "case", Purposes: []policy.PurposeKind{policy.Case}, Reads: true, BreakGlass: true, MayAllow: "brigade-chief"}}}
}

// house is the module over a real journal, policy and pack.
type house struct {
	*Service
	t                                     testing.TB
	clock                                 *clock.Fixed
	scratch                               store.Scratch
	people                                people
	unit                                  ident.ID
	reader, chief, deputy, inspector, one ident.ID
}

func newHouse(t testing.TB) *house {
	t.Helper()
	h := &house{t: t, clock: clock.At(noon)}
	ids := ident.NewSource(h.clock.Now, nil)
	for _, id := range []*ident.ID{&h.unit, &h.reader, &h.chief, &h.deputy, &h.inspector, &h.one} {
		*id = ids.New()
	}
	h.people = people{"brigade-chief": {h.chief, h.deputy}, "inspector": {h.inspector}}
	pack, err := packs.Load(shipped.Morocco())
	h.must(err)
	db := storetest.Again(t)
	h.scratch = db.Scratch()
	k := &app.Kernel{Pack: pack, Clock: h.clock, Reader: db.Reader()}
	k.Journal, err = journal.Open(t.Context(), journal.Options{DB: db, Lane: db, Master: []byte("0123456789abcdef0123456789abcdef"), Clock: h.clock,
		Modules: []journal.Module{JournalModule(), {Name: "web", Migrations: web.Migrations()}}})
	h.must(err)
	t.Cleanup(func() { h.must(k.Journal.Close()) })
	yes := func(context.Context, policy.Actor) bool { return true }
	k.Policy, err = policy.New([]policy.Module{PolicyModule(), readings()}, policy.Hooks{Recorder: k.Journal.Lane(), Units: flat{}, Clock: h.clock, Active: yes,
		Holds: func(context.Context, policy.Actor, policy.Purpose) bool { return true },
		Basis: func(article string) bool { _, ok := pack.Basis(article); return ok }})
	h.must(err)
	h.Service = New(k, h.people, nil)
	return h
}

type flat struct{}

func (flat) Ancestors(ident.ID) []ident.ID { return nil }

func (h *house) must(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

func (h *house) actor(id ident.ID) policy.Actor {
	a := policy.Actor{ID: id, Unit: h.unit, Units: []ident.ID{h.unit}, Role: "investigator"}
	for role, all := range h.people {
		if slices.Contains(all, id) {
			a.Role = role
		}
	}
	return a
}

// broken makes the grant of somebody who breaks the glass.
func (h *house) broken(who, record ident.ID, reason string) policy.Grant {
	h.t.Helper()
	ref := ident.Ref{Kind: "case", ID: record}
	g, err := h.k.Policy.Ask(h.t.Context(), h.actor(who), "tests.case.read", policy.Resource{Ref: ref, Unit: h.unit}, policy.Purpose{Kind: policy.BreakGlass, Ref: ref, Reason: reason})
	h.must(err)
	return g
}

// raise breaks the glass and gives the alarm.
func (h *house) raise(who, record ident.ID) Alarm {
	h.t.Helper()
	h.must(h.GlassBroken(h.t.Context(), h.broken(who, record, "a child is in danger"), "brigade-chief"))
	all, err := h.Alarms(h.t.Context(), who)
	h.must(err)
	if len(all) == 0 {
		h.t.Fatal("no alarm was raised")
	}
	return all[0]
}

// may asks for the grant of an act on a record.
func (h *house) may(who ident.ID, action string, res policy.Resource) (policy.Grant, error) {
	return h.k.Policy.Ask(h.t.Context(), h.actor(who), action, res, policy.Purpose{Kind: policy.Task, Ref: ident.Ref{Kind: "task", ID: h.one}})
}

func (h *house) grant(who ident.ID, action string, res policy.Resource) policy.Grant {
	h.t.Helper()
	g, err := h.may(who, action, res)
	h.must(err)
	return g
}

func (h *house) refused(who ident.ID, action string, res policy.Resource) {
	h.t.Helper()
	if _, err := h.may(who, action, res); !fault.Is(err, fault.Refused) {
		h.t.Errorf("%s: %v", action, err)
	}
}

// during lists the kinds of the entries that are appended while something runs.
func (h *house) during(run func()) []string {
	h.t.Helper()
	last, err := h.k.Journal.Last(h.t.Context())
	h.must(err)
	run()
	got, err := h.k.Journal.After(h.t.Context(), last, 1000)
	h.must(err)
	var kinds []string
	for _, e := range got {
		kinds = append(kinds, strings.TrimPrefix(e.Kind, "oversight."))
	}
	return kinds
}

// leaves checks that something gets through and the entries that it leaves.
func (h *house) leaves(run func() error, kinds ...string) {
	h.t.Helper()
	got := h.during(func() { h.must(run()) })
	if !slices.Equal(got, kinds) {
		h.t.Errorf("appended %q, want %q", got, kinds)
	}
}

// denies checks that something is refused with a code and leaves nothing.
func (h *house) denies(run func() error, kind fault.Kind, key string) {
	h.t.Helper()
	var err error
	got := h.during(func() { err = run() })
	if !fault.Is(err, kind) || fault.Of(err).Key != key || len(got) > 0 {
		h.t.Errorf("%v, want %s %s; appended %q", err, kind, key, got)
	}
}

// with is the same house reporting to a test within its test.
func (h *house) with(t *testing.T) *house {
	out := *h
	out.t = t
	return &out
}

// sound verifies the whole store: the tables are what the entries say.
func (h *house) sound() {
	h.t.Helper()
	r, err := h.k.Journal.Verify(h.t.Context(), journal.Scope{})
	h.must(err)
	if !r.Clean() {
		h.t.Fatalf("%+v", r.Findings)
	}
}
