package units_test

import (
	"context"
	"log/slog"
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
	"github.com/amana-platform/amana/kernel/web/passkey"
	"github.com/amana-platform/amana/modules/units"
	shipped "github.com/amana-platform/amana/packs"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

var master = []byte("0123456789abcdef0123456789abcdef")

// house is the module over a real journal, policy and pack.
type house struct {
	*units.Service
	t     testing.TB
	k     *app.Kernel
	clock *clock.Fixed
	db    *store.DB
	ids   *ident.Source
	unit  map[string]ident.ID // by code
}

func newHouse(t testing.TB) *house {
	t.Helper()
	h := &house{t: t, clock: clock.At(noon), unit: map[string]ident.ID{}}
	h.ids = ident.NewSource(h.clock.Now, nil)
	pack, err := packs.Load(shipped.Morocco())
	h.must(err)
	h.db = storetest.Again(t)
	db := h.db
	h.k = &app.Kernel{Pack: pack, Clock: h.clock, Log: slog.New(slog.DiscardHandler), Reader: db.Reader(), Scratch: db.Scratch()}
	h.k.Journal, err = journal.Open(context.Background(), journal.Options{DB: db, Lane: db, Node: "main", Master: master, Clock: h.clock,
		Modules: []journal.Module{{Name: "web", Migrations: web.Migrations()}, passkey.Shape(), units.JournalModule()}})
	h.must(err)
	t.Cleanup(func() { h.k.Journal.Close() })
	h.Service = units.New(h.k)
	h.k.Policy, err = policy.New([]policy.Module{units.PolicyModule()}, policy.Hooks{
		Recorder: h.k.Journal.Lane(), Units: h.Service, Clock: h.clock, Active: h.Service.Active, Holds: h.Service.HoldsTask,
		Basis: func(article string) bool { _, ok := pack.Basis(article); return ok },
	})
	h.must(err)
	return h
}

func (h *house) must(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

// system is the grant of a seeding process.
func (h *house) system() policy.Grant {
	h.t.Helper()
	g, err := h.k.Policy.System("demo", "units.seed", "D1-56-115")
	h.must(err)
	return g
}

// wants checks that an error is of a kind and speaks of a key.
func (h *house) wants(err error, kind fault.Kind, key string) {
	h.t.Helper()
	if !fault.Is(err, kind) || fault.Of(err).Key != key {
		h.t.Errorf("got %v, want %s %s", err, kind, key)
	}
}

// codes are the units of the small service that the tests use.
var codes = []string{"DGSN", "IG", "KEN", "KEN-VILLE", "KEN-01", "KEN-VILLE-BPJ", "TNG", "PR-KEN", "PR-TNG", "TPI-KEN", "CA-KEN", "CNDP"}

// seed opens those units and puts one officer into each role.
func (h *house) seed() map[units.Role]ident.ID {
	h.t.Helper()
	var in units.Seed
	for _, u := range h.k.Pack.Units(noon) {
		for _, code := range codes {
			if u.Code != code {
				continue
			}
			h.unit[code] = h.ids.New()
			in.Units = append(in.Units, units.NewUnit{ID: h.unit[code], Code: code, Type: u.Type, Parent: h.unit[u.Parent], Names: u.Names, Area: u.Area, From: noon.AddDate(-5, 0, 0), Act: "12/2021"})
		}
	}
	who := map[units.Role]ident.ID{}
	for i, x := range []struct {
		role  units.Role
		unit  string
		grade string
	}{
		{units.DutyOfficer, "KEN-01", "officier-paix"}, {units.Investigator, "KEN-VILLE-BPJ", "inspecteur"}, {units.BrigadeChief, "KEN-VILLE-BPJ", "commissaire"},
		{units.Prosecutor, "PR-KEN", ""}, {units.Judge, "TPI-KEN", ""}, {units.President, "CA-KEN", ""}, {units.Inspector, "IG", "commissaire"}, {units.Administrator, "DGSN", "officier"}, {units.Regulator, "CNDP", ""},
	} {
		id := h.ids.New()
		who[x.role] = id
		in.Officers = append(in.Officers, h.person(id, i, x.grade))
		in.Posts = append(in.Posts, units.NewPost{ID: h.ids.New(), Officer: id, Unit: h.unit[x.unit], Role: x.role, Act: "77/2024", From: noon.AddDate(-1, 0, 0)})
	}
	h.must(h.Seed(context.Background(), h.system(), in))
	h.clock.Advance(time.Minute)
	return who
}

// person is a synthetic officer.
func (h *house) person(id ident.ID, n int, grade string) units.NewOfficer {
	return units.NewOfficer{ID: id, Matricule: "MAT-" + string(rune('A'+n)), GivenAR: "\u0633\u0639\u0627\u062f", FamilyAR: "\u0627\u0644\u062a\u062c\u0631\u064a\u0628\u064a", Given: "Souad", Family: "Tajribi " + string(rune('A'+n)), Grade: grade, Sex: units.Female}
}

// actor is an officer as a session has them.
func (h *house) actor(id ident.ID) (policy.Actor, policy.Purpose) {
	h.t.Helper()
	a, err := h.Account(context.Background(), id)
	h.must(err)
	return a.Actor, a.Duty
}

// ask asks the policy for an act of an officer under their duty.
func (h *house) ask(who ident.ID, action string, about ident.ID) (policy.Grant, error) {
	h.t.Helper()
	actor, duty := h.actor(who)
	res := policy.Resource{Unit: actor.Unit}
	if about != "" {
		res = policy.Resource{Ref: ident.Ref{Kind: "officer", ID: about}, Unit: actor.Unit, Attrs: map[string]any{"officer": string(about)}}
	}
	return h.k.Policy.Ask(context.Background(), actor, action, res, duty)
}

func (h *house) grant(who ident.ID, action string, about ident.ID) policy.Grant {
	h.t.Helper()
	g, err := h.ask(who, action, about)
	h.must(err)
	return g
}

// sound verifies the journal: replay gives equal tables.
func (h *house) sound() {
	h.t.Helper()
	r, err := h.k.Journal.Verify(context.Background(), journal.Scope{})
	h.must(err)
	if !r.Clean() {
		h.t.Fatalf("%+v", r.Findings)
	}
}
