package disposal

import (
	"context"
	"fmt"
	"io/fs"
	"testing"
	"testing/fstest"
	"time"

	"github.com/amana-platform/amana/kernel/app"
	"github.com/amana-platform/amana/kernel/clock"
	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/kerneltest"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/store"
	"github.com/amana-platform/amana/kernel/text"
	"github.com/amana-platform/amana/kernel/web/passkey"
	"github.com/amana-platform/amana/modules/units"
	"github.com/amana-platform/amana/packs"
)

// The classes that the tests keep records of: one goes to the archives, one is
// destroyed.
const (
	archived  = "complaint"          // ten years
	destroyed = "case-contravention" // five
)

// house is the module beside a small one that keeps notes of both classes.
type house struct {
	*kerneltest.App
	t     testing.TB
	s     *Service
	units *units.Service
	unit  map[string]ident.ID
	who   map[string]ident.ID
	// needed is a note that something speaks of again.
	needed ident.ID
}

func newHouse(t testing.TB) *house {
	t.Helper()
	h := &house{t: t, unit: map[string]ident.ID{}, who: map[string]ident.ID{}}
	h.App = kerneltest.Start(t, kerneltest.Options{Pack: packs.Morocco(), Build: h.build, Seed: h.seed})
	return h
}

func (h *house) build(k *app.Kernel) (app.Compose, error) {
	h.units = units.New(k)
	h.s = New(k, seated{h})
	return app.Compose{
		Modules: []app.Module{h.units.Module(), h.s.Module(), h.notes(), erasing()}, Accounts: h.units, Shapes: []journal.Module{passkey.Shape()}, Texts: []fs.FS{passkey.Texts},
		Hooks: policy.Hooks{Units: h.units, Active: h.units.Active, Holds: h.units.HoldsTask},
		Who: func(ctx context.Context, w *text.Words, id ident.ID) string {
			return h.units.OfficerName(ctx, string(w.Lang()), id)
		},
	}, nil
}

// seated knows where the prosecution of the tests sits.
type seated struct{ *house }

// Seat gives the office of a capacity.
func (x seated) Seat(_ context.Context, _ ident.ID, capacity string) (ident.ID, error) {
	return x.unit[map[string]string{"prosecutor": "PR-KEN", "prosecutor-general": "PGR-KEN"}[capacity]], nil
}

// OfficerName gives an officer's name.
func (x seated) OfficerName(ctx context.Context, lang string, id ident.ID) string {
	return x.units.OfficerName(ctx, lang, id)
}

// UnitName gives a unit's name.
func (x seated) UnitName(ctx context.Context, lang string, id ident.ID) string {
	return x.units.UnitName(ctx, lang, id)
}

// note is a record that ends.
type note struct {
	ID     ident.ID
	Class  string
	Unit   ident.ID
	Closed time.Time
	Words  journal.Sealed `seal:"ID"`
}

// Apply adds it.
func (e note) Apply(w *store.Writer, _ journal.Meta) error {
	return w.One("insert into tests_notes (id, class, unit, closed_at, words) values ($1, $2, $3, $4, $5)", string(e.ID), e.Class, string(e.Unit), store.Micros(e.Closed), e.Words)
}

// About names it.
func (e note) About() []ident.Ref { return []ident.Ref{noteRef(e.ID)} }

func noteRef(id ident.ID) ident.Ref { return ident.Ref{Kind: "note", ID: id} }

// notes is the module that keeps them.
func (h *house) notes() app.Module {
	term := func(class string) app.Term {
		return app.Term{Class: class, Due: func(ctx context.Context, r store.Reader, w app.Window) ([]app.Due, error) {
			return store.List(ctx, r, "select id, unit, closed_at from tests_notes where class = $1 and words is not null and closed_at < $2 and ($3 = '' or unit = $3) order by closed_at, id limit $4",
				[]any{class, store.Micros(w.Before), string(w.Unit), w.Most}, func(scan store.Scan) (d app.Due, err error) {
					var at int64
					err = scan(&d.Ref.ID, &d.Unit, &at)
					d.Ref.Kind, d.Since = "note", store.Time(at)
					return d, err
				})
		}, Over: func(_ context.Context, _ store.Reader, id ident.ID) error {
			if id == h.needed {
				return app.Needed
			}
			return nil
		}}
	}
	return app.Module{
		Name: "tests", Terms: []app.Term{term(archived), term(destroyed)},
		Journal: journal.Module{Name: "tests", Kinds: []journal.Kind{journal.KindOf[note]("tests.note-kept")},
			Migrations: fstest.MapFS{"0001_tests.sql": {Data: []byte("-- +goose Up\ncreate table tests_notes (id text not null primary key, class text not null, unit text not null, closed_at bigint not null, words text);")}},
			Erase: func(w *store.Writer, subject ident.ID) error {
				_, err := w.Exec("update tests_notes set words = null where id = $1", string(subject))
				return err
			},
			Within: func(ctx context.Context, r store.Reader, subject ident.ID) ([]ident.Ref, error) {
				return store.List(ctx, r, "select id from tests_notes where id = $1", []any{string(subject)}, func(scan store.Scan) (ref ident.Ref, err error) {
					ref.Kind = "note"
					return ref, scan(&ref.ID)
				})
			}},
		Policy: policy.Module{Name: "tests", Schema: []byte(`action "tests.keep" appliesTo { principal: Actor, resource: Service, context: Context };`),
			Cedar:   []byte(`permit (principal, action, resource) when { principal.role == "nobody" };`),
			Actions: []policy.Action{{Name: "tests.keep", System: true, Appends: []string{"tests.note-kept", "journal.held", "journal.hold-lifted"}}}},
	}
}

// erasing is the action under which the kernel erases.
func erasing() app.Module {
	return app.Module{Name: "inspection", Policy: policy.Module{Name: "inspection", Schema: []byte(`action "inspection.subject.erase" appliesTo { principal: Actor, resource: Service, context: Context };`),
		Cedar:   []byte(`permit (principal, action, resource) when { principal.role == "nobody" };`),
		Actions: []policy.Action{{Name: app.EraseAction, System: true, Appends: []string{"journal.erased"}}}}}
}

func (h *house) seed(ctx context.Context, a *app.App, c *clock.Staged) error {
	ids := ident.NewSource(c.Now, nil)
	from := kerneltest.Noon.AddDate(-12, 0, 0)
	var in units.Seed
	for _, u := range a.Pack.Units(kerneltest.Noon) {
		switch u.Code {
		case "DGSN", "IG", "KEN", "KEN-VILLE", "KEN-01", "KEN-02", "KEN-VILLE-BPJ", "PR-KEN", "PGR-KEN":
			h.unit[u.Code] = ids.New()
			in.Units = append(in.Units, units.NewUnit{ID: h.unit[u.Code], Code: u.Code, Type: u.Type, Parent: h.unit[u.Parent], Names: u.Names, Area: u.Area, From: from, Act: "12/2014", Desk: ids.New()})
		}
	}
	for i, x := range []struct{ name, role, unit, grade, capacity string }{
		{"desk", "duty-officer", "KEN-01", "officier-paix", ""}, {"other", "duty-officer", "KEN-02", "officier-paix", ""}, {"hand", "investigator", "KEN-VILLE-BPJ", "inspecteur", ""},
		{"prosecutor", "prosecutor", "PR-KEN", "", "prosecutor"}, {"clerk", "prosecutor", "PR-KEN", "", ""}, {"general", "prosecutor", "PGR-KEN", "", "prosecutor-general"}, {"inspector", "inspector", "IG", "commissaire", ""},
	} {
		id := ids.New()
		h.who[x.name] = id
		in.Officers = append(in.Officers, units.NewOfficer{ID: id, Matricule: fmt.Sprintf("MAT-%d", i), GivenAR: "سعاد", FamilyAR: "التجريبي", Given: "Souad", Family: fmt.Sprint("Tajribi ", string(rune('A'+i))), Grade: x.grade, Sex: units.Female})
		in.Posts = append(in.Posts, units.NewPost{ID: ids.New(), Officer: id, Unit: h.unit[x.unit], Role: units.Role(x.role), Act: "77/2014", From: from, Duty: ids.New()})
		if x.capacity != "" {
			in.Appointments = append(in.Appointments, units.Appointment{ID: ids.New(), Officer: id, Capacity: x.capacity, Act: "9/2014", From: from})
		}
	}
	g, err := a.Policy.System("demo", "units.seed", "D1-56-115")
	if err != nil {
		return err
	}
	return h.units.Seed(ctx, g, in)
}

func (h *house) must(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

func (h *house) wants(err error, kind fault.Kind, key string) {
	h.t.Helper()
	if f := fault.Of(err); err == nil || f.Kind != kind || f.Key != key {
		h.t.Errorf("%v, want %v %s", err, kind, key)
	}
}

// system appends under the process's grant.
func (h *house) system(do func(policy.Grant) error) {
	h.t.Helper()
	g, err := h.Policy.System("tests", "tests.keep", "L69-99")
	h.must(err)
	h.must(do(g))
}

// keep records a note that was closed so long ago.
func (h *house) keep(class, unit string, years, days int) ident.Ref {
	h.t.Helper()
	id := h.Journal.NewID()
	h.system(func(g policy.Grant) error {
		_, err := h.Journal.Do(h.t.Context(), g, func(_ context.Context, _ store.Reader, d *journal.Draft) error {
			d.Add(note{ID: id, Class: class, Unit: h.unit[unit], Closed: h.Clock.Now().AddDate(-years, 0, -days), Words: journal.Seal("Zubayda saw it")})
			return nil
		})
		return err
	})
	return noteRef(id)
}

// may asks for an act under somebody's duty.
func (h *house) may(who, action string, res policy.Resource) (policy.Grant, error) {
	h.t.Helper()
	a, err := h.units.Account(h.t.Context(), h.who[who])
	h.must(err)
	a.Actor.Proved = h.Clock.Now()
	return h.Policy.Ask(h.t.Context(), a.Actor, action, res, a.Duty)
}

func (h *house) grant(who, action string, res policy.Resource) policy.Grant {
	h.t.Helper()
	g, err := h.may(who, action, res)
	h.must(err)
	return g
}

// draw draws up a list at a desk.
func (h *house) draw(who, class string) List {
	h.t.Helper()
	id, err := h.s.Draw(h.t.Context(), h.grant(who, actionDraw, policy.Resource{}), class)
	h.must(err)
	return h.list(id)
}

func (h *house) list(id ident.ID) List {
	h.t.Helper()
	l, err := h.s.List(h.t.Context(), id)
	h.must(err)
	return l
}

func (h *house) decide(l List, in Decision) error {
	return h.s.Decide(h.t.Context(), h.grant("prosecutor", actionDecide, l.Resource()), l.ID, in)
}

// carryOut lets the process do its work.
func (h *house) carryOut() int {
	h.t.Helper()
	n, err := h.s.CarryOut(h.t.Context())
	h.must(err)
	return n
}

func outcomes(l List) (all []Outcome) {
	for _, i := range l.Items {
		all = append(all, i.Outcome)
	}
	return all
}

// sound verifies the whole store: the tables are what the entries say.
func (h *house) sound() {
	h.t.Helper()
	r, err := h.Journal.Verify(h.t.Context(), journal.Scope{})
	h.must(err)
	if !r.Clean() {
		h.t.Errorf("%+v", r.Findings)
	}
}
