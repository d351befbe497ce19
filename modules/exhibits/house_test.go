package exhibits_test

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"github.com/amana-platform/amana/kernel/app"
	"github.com/amana-platform/amana/kernel/blobs"
	"github.com/amana-platform/amana/kernel/clock"
	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/journal/tlog"
	"github.com/amana-platform/amana/kernel/packs"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/store"
	"github.com/amana-platform/amana/kernel/store/storetest"
	"github.com/amana-platform/amana/kernel/web"
	"github.com/amana-platform/amana/modules/exhibits"
	"github.com/amana-platform/amana/modules/index"
	"github.com/amana-platform/amana/modules/units"
	shipped "github.com/amana-platform/amana/packs"
)

// noon is in November, when Moroccan clocks show UTC+1.
var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

var master = []byte("0123456789abcdef0123456789abcdef")

var ctx = context.Background()

// house is the exhibits over a real journal, policy, pack, index and units.
type house struct {
	*exhibits.Service
	t      testing.TB
	k      *app.Kernel
	clock  *clock.Fixed
	ids    *ident.Source
	units  *units.Service
	people *index.Service
	unit   map[string]ident.ID
	who    map[string]ident.ID
	cases  map[ident.ID]string // who works on a case; "*" is everybody
}

func newHouse(t testing.TB) *house {
	t.Helper()
	h := &house{t: t, clock: clock.At(noon), unit: map[string]ident.ID{}, who: map[string]ident.ID{}, cases: map[ident.ID]string{}}
	h.ids = ident.NewSource(h.clock.Now, nil)
	pack, err := packs.Load(shipped.Morocco())
	h.must(err)
	db := storetest.Again(t)
	h.k = &app.Kernel{Pack: pack, Clock: h.clock, Log: slog.New(slog.DiscardHandler), Reader: db.Reader(), Scratch: db.Scratch(), Paper: paper{}}
	h.units, h.people = units.New(h.k), index.New(h.k)
	h.Service = exhibits.New(h.k, h.units, h.people)
	h.openJournal(db)
	h.k.Blobs, err = blobs.Open(ctx, blobs.Config{Place: filepath.Join(t.TempDir(), "blobs"), Secret: master, Keys: app.FileKeys(h.k.Journal)})
	h.must(err)
	t.Cleanup(func() { h.k.Blobs.Close() })
	h.k.Policy, err = policy.New([]policy.Module{units.PolicyModule(), index.PolicyModule(), exhibits.PolicyModule(), tests()}, policy.Hooks{
		Recorder: h.k.Journal.Lane(), Units: h.units, Clock: h.clock, Active: h.units.Active, Holds: h.holds,
		Basis: func(string) bool { return true },
	})
	h.must(err)
	h.seed()
	return h
}

func (h *house) openJournal(db *store.DB) {
	var err error
	h.k.Journal, err = journal.Open(ctx, journal.Options{DB: db, Lane: db, Node: "main", Master: master, Clock: h.clock,
		Modules: []journal.Module{units.JournalModule(), index.JournalModule(), exhibits.JournalModule(), {Name: "web", Migrations: web.Migrations()}}})
	h.must(err)
	h.t.Cleanup(func() { h.k.Journal.Close() })
}

// holds: a duty as the units know it; a case by the people named for it.
func (h *house) holds(ctx context.Context, a policy.Actor, p policy.Purpose) bool {
	if p.Kind == policy.Task {
		return h.units.HoldsTask(ctx, a, p)
	}
	name, ok := h.cases[p.Ref.ID]
	return ok && (name == "*" || h.who[name] == a.ID)
}

func (h *house) must(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

// codes are the units of the small service that the tests use.
var codes = []string{"DGSN", "IG", "KEN", "KEN-VILLE", "KEN-01", "KEN-VILLE-BPJ", "PR-KEN"}

// cast is who serves where in the tests.
var cast = []struct {
	name, unit, grade, capacity string
	role                        units.Role
}{
	{"desk", "KEN-01", "officier-paix", "", units.DutyOfficer},
	{"opj", "KEN-VILLE-BPJ", "officier", "opj", units.Investigator},
	{"second", "KEN-VILLE-BPJ", "officier", "opj", units.Investigator},
	{"agent", "KEN-VILLE-BPJ", "inspecteur", "", units.Investigator},
	{"chief", "KEN-VILLE-BPJ", "commissaire", "opj", units.BrigadeChief},
	{"prosecutor", "PR-KEN", "", "prosecutor", units.Prosecutor},
	{"inspector", "IG", "commissaire", "", units.Inspector},
	{"administrator", "DGSN", "officier", "", units.Administrator},
}

func (h *house) seed() {
	h.t.Helper()
	in := units.Seed{}
	from := noon.AddDate(-1, 0, 0)
	for _, u := range h.k.Pack.Units(noon) {
		for _, code := range codes {
			if u.Code == code {
				h.unit[code] = h.ids.New()
				in.Units = append(in.Units, units.NewUnit{ID: h.unit[code], Code: code, Type: u.Type, Parent: h.unit[u.Parent], Names: u.Names, Area: u.Area, From: from, Act: "12/2021"})
			}
		}
	}
	for i, x := range cast {
		id := h.ids.New()
		h.who[x.name] = id
		in.Officers = append(in.Officers, units.NewOfficer{ID: id, Matricule: fmt.Sprintf("MAT-%03d", i), GivenAR: "\u0633\u0639\u0627\u062f", FamilyAR: "\u0627\u0644\u062a\u062c\u0631\u064a\u0628\u064a", Given: "Souad", Family: "Tajribi " + x.name, Grade: x.grade, Sex: units.Female})
		in.Posts = append(in.Posts, units.NewPost{ID: h.ids.New(), Officer: id, Unit: h.unit[x.unit], Role: x.role, Act: "77/2024", From: from})
		if x.capacity != "" {
			in.Appointments = append(in.Appointments, units.Appointment{Officer: id, Capacity: x.capacity, Act: "9/2024", From: from})
		}
	}
	g, err := h.k.Policy.System("demo", "units.seed", "D1-56-115")
	h.must(err)
	h.must(h.units.Seed(ctx, g, in))
	h.clock.Advance(time.Minute)
}

// actor is an officer as a session has them, with their standing purpose.
func (h *house) actor(name string) (policy.Actor, policy.Purpose) {
	h.t.Helper()
	a, err := h.units.Account(ctx, h.who[name])
	h.must(err)
	return a.Actor, a.Duty
}

// newCase is a case on which somebody works; "*" is everybody.
func (h *house) newCase(name string) policy.Purpose {
	id := h.ids.New()
	h.cases[id] = name
	return policy.Purpose{Kind: policy.Case, Ref: ident.Ref{Kind: "case", ID: id}}
}

// ask asks for an act on an exhibit under the standing purpose, or another.
func (h *house) ask(name, action string, x ident.ID, purpose ...policy.Purpose) (policy.Grant, error) {
	h.t.Helper()
	actor, p := h.actor(name)
	if len(purpose) > 0 {
		p = purpose[0]
	}
	res, err := h.Resource(ctx, x, p)
	h.must(err)
	return h.k.Policy.Ask(ctx, actor, action, res, p)
}

func (h *house) grant(name, action string, x ident.ID, purpose ...policy.Purpose) policy.Grant {
	h.t.Helper()
	g, err := h.ask(name, action, x, purpose...)
	h.must(err)
	return g
}

// onCase asks for an act on the exhibits of a case.
func (h *house) onCase(name, action string, c ident.ID, p policy.Purpose) (policy.Grant, error) {
	h.t.Helper()
	actor, _ := h.actor(name)
	return h.k.Policy.Ask(ctx, actor, action, exhibits.ListResource(c, actor.Unit), p)
}

// wants checks that an error is of a kind and speaks of a key.
func (h *house) wants(err error, kind fault.Kind, key string) {
	h.t.Helper()
	for _, f := range fault.All(err) {
		if f.Kind == kind && f.Key == key {
			return
		}
	}
	h.t.Errorf("got %v, want %s %s", err, kind, key)
}

// sound verifies the journal: replay gives equal tables.
func (h *house) sound() {
	h.t.Helper()
	r, err := h.k.Journal.Verify(ctx, journal.Scope{})
	h.must(err)
	if !r.Clean() {
		h.t.Fatalf("%+v", r.Findings)
	}
}

// seizure is what the tests seize: a telephone, at a place, by the OPJ.
func (h *house) seizure(c policy.Purpose) exhibits.Seizure {
	return exhibits.Seizure{Case: c.Ref.ID, At: h.clock.Now().Add(-20 * time.Minute), Place: "12, rue des Jardins", Witnesses: "Driss Amrani", Condition: "Intact",
		Things: []exhibits.NewThing{{ID: h.ids.New(), Category: exhibits.Device, Description: "T\u00e9l\u00e9phone noir, \u00e9cran fendu", Milli: 1000, Measure: "piece"}}}
}

// seize seizes a telephone for a case.
func (h *house) seize(c policy.Purpose) exhibits.Exhibit {
	h.t.Helper()
	g, err := h.onCase("opj", "exhibits.exhibit.seize", c.Ref.ID, c)
	h.must(err)
	all, err := h.SeizeExhibits(ctx, g, h.seizure(c))
	h.must(err)
	h.clock.Advance(time.Minute)
	return all[0]
}

func (h *house) moveOf(x ident.ID) exhibits.Move {
	return exhibits.Move{Submission: h.ids.New(), Exhibit: x}
}

// seal seals an exhibit that the OPJ holds.
func (h *house) seal(x ident.ID, c policy.Purpose) exhibits.Exhibit {
	h.t.Helper()
	out, err := h.SealExhibit(ctx, h.grant("opj", "exhibits.exhibit.seal", x, c), exhibits.Sealing{Move: h.moveOf(x), Witnesses: "Driss Amrani"})
	h.must(err)
	h.clock.Advance(time.Minute)
	return out
}

// sealed is a new exhibit under seal, in a case of everybody's.
func (h *house) sealed() (exhibits.Exhibit, policy.Purpose) {
	h.t.Helper()
	c := h.newCase("*")
	return h.seal(h.seize(c).ID, c), c
}

// offer offers an exhibit, under the case, and gives the handover's id.
func (h *house) offer(x ident.ID, c policy.Purpose, from, to string, d exhibits.Destination) ident.ID {
	h.t.Helper()
	in := exhibits.Offering{Move: h.moveOf(x), Receiver: h.who[to], Destination: d}
	if d.Ends() {
		in.Order = exhibits.Order{Authority: "Tribunal de K\u00e9nitra", Number: "55/2026", Day: "2026-11-20"}
	}
	h.must(h.OfferHandover(ctx, h.grant(from, "exhibits.handover.offer", x, c), in))
	h.clock.Advance(time.Minute)
	return in.Submission
}

// accepts answers an offer as the receiver, who reads the seal.
func (h *house) accepts(x ident.ID, offer ident.ID, name string) error {
	h.t.Helper()
	now, err := h.Exhibit(ctx, x)
	h.must(err)
	g, err := h.ask(name, "exhibits.handover.accept", x)
	if err != nil {
		return err
	}
	in := exhibits.Answering{Move: h.moveOf(x), Handover: offer, Seal: now.Seal}
	in.Condition = "Scell\u00e9 intact"
	err = h.AcceptHandover(ctx, g, in)
	h.clock.Advance(time.Minute)
	return err
}

// paper stands for the transparency log, which is another process: it gives
// a QR in the true form and leaves documents unsigned.
type paper struct{ app.Paper }

func (paper) Proof(_ context.Context, entry ident.ID, disclose func(string) bool) ([]byte, string, error) {
	if disclose("Thing.Description") {
		return nil, "", fmt.Errorf("a label must disclose no sealed field")
	}
	return []byte(`{"entry":"` + string(entry) + `"}`), tlog.QR{Entry: entry}.String(), nil
}

func (paper) Sign(_ context.Context, pdf []byte, _ string) ([]byte, error) { return pdf, nil }

// tests is a policy module for what other modules do.
func tests() policy.Module {
	return policy.Module{Name: "tests", Schema: []byte(`entity Case { unit: Unit }; action "tests.case.read" appliesTo { principal: [Actor], resource: [Case], context: Context }; action "tests.do" appliesTo { principal: [Actor], resource: [Service], context: Context };`),
		Cedar:   []byte(`permit (principal, action in [Action::"tests.do", Action::"tests.case.read"], resource);`),
		Actions: []policy.Action{{Name: "tests.case.read", Resource: "case", Purposes: []policy.PurposeKind{policy.Case}, Reads: true}, {Name: "tests.do", System: true, Purposes: []policy.PurposeKind{policy.Basis}, Binds: policy.BindActor, Appends: append(exhibits.Drafted(), "journal.erased", "journal.held", "index.person-recorded")}}}
}

func (h *house) system() policy.Grant {
	h.t.Helper()
	g, err := h.k.Policy.System("test", "tests.do", "CPP-23")
	h.must(err)
	return g
}

// picture is a small PNG of one colour.
func picture(t testing.TB, c color.Color) []byte {
	t.Helper()
	img := image.NewRGBA(image.Rect(0, 0, 320, 240))
	for i := range 320 * 240 {
		img.Set(i%320, i/320, c)
	}
	var out bytes.Buffer
	if err := png.Encode(&out, img); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}
