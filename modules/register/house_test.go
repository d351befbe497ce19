package register_test

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/amana-platform/amana/kernel/app"
	"github.com/amana-platform/amana/kernel/blobs"
	"github.com/amana-platform/amana/kernel/clock"
	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/packs"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/print"
	"github.com/amana-platform/amana/kernel/store"
	"github.com/amana-platform/amana/kernel/store/storetest"
	"github.com/amana-platform/amana/kernel/text"
	"github.com/amana-platform/amana/kernel/web"
	"github.com/amana-platform/amana/modules/index"
	"github.com/amana-platform/amana/modules/register"
	"github.com/amana-platform/amana/modules/units"
	shipped "github.com/amana-platform/amana/packs"
)

// noon is in November, when Moroccan clocks show UTC+1.
var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

var master = []byte("0123456789abcdef0123456789abcdef")

var ctx = context.Background()

// house is the register over a real journal, policy, pack, index and units.
type house struct {
	*register.Service
	t      testing.TB
	k      *app.Kernel
	db     *store.DB
	clock  *clock.Fixed
	ids    *ident.Source
	units  *units.Service
	people *index.Service
	unit   map[string]ident.ID
	who    map[string]ident.ID
	cases  map[ident.ID]string // who works on a case: role prefix of the name
	proof  *paper
}

// newHouse is the service at noon, without some of its units and who serves there.
func newHouse(t testing.TB, without ...string) *house {
	t.Helper()
	return newHouseAt(t, noon, without...)
}

func newHouseAt(t testing.TB, now time.Time, without ...string) *house {
	t.Helper()
	h := &house{t: t, clock: clock.At(now), unit: map[string]ident.ID{}, who: map[string]ident.ID{}, cases: map[ident.ID]string{}, proof: &paper{}}
	h.ids = ident.NewSource(h.clock.Now, nil)
	pack, err := packs.Load(shipped.Morocco())
	h.must(err)
	db := storetest.Again(t)
	h.db = db
	h.k = &app.Kernel{Pack: pack, Clock: h.clock, Log: slog.New(slog.NewTextHandler(testLog{t}, &slog.HandlerOptions{Level: slog.LevelError})), Reader: db.Reader(), Scratch: db.Scratch(), Paper: h.proof}
	h.units, h.people = units.New(h.k), index.New(h.k)
	h.Service = register.New(h.k, h.units, h.people)
	h.openJournal(db)
	h.openBlobs()
	h.openPolicy()
	h.k.Texts, err = text.Load(pack.Local, register.Texts())
	h.must(err)
	h.seed(now, without)
	return h
}

func (h *house) openJournal(db *store.DB) {
	var err error
	h.k.Journal, err = journal.Open(ctx, journal.Options{DB: db, Lane: db, Node: "main", Master: master, Clock: h.clock,
		Modules: []journal.Module{{Name: "web", Migrations: web.Migrations()}, units.JournalModule(), indexJournal(), register.JournalModule()}})
	h.must(err)
	h.t.Cleanup(func() { h.k.Journal.Close() })
}

func (h *house) openBlobs() {
	var err error
	dir := h.t.TempDir()
	h.k.Blobs, err = blobs.Open(ctx, blobs.Config{Place: filepath.Join(dir, "blobs"), Secret: master, Keys: h.k.Journal.BlobKeys()})
	h.must(err)
	h.t.Cleanup(func() { h.k.Blobs.Close() })
	h.k.Uploads, err = blobs.OpenUploads(blobs.UploadsConfig{Folder: filepath.Join(dir, "uploads"), Store: h.k.Blobs, Clock: h.clock, IDs: h.ids})
	h.must(err)
}

func (h *house) openPolicy() {
	var err error
	h.k.Policy, err = policy.New([]policy.Module{units.PolicyModule(), index.PolicyModule(), register.PolicyModule(), tests()}, policy.Hooks{
		Recorder: h.k.Journal.Lane(), Units: h.units, Clock: h.clock, Active: h.units.Active, Holds: h.holds,
		Basis: func(string) bool { return true },
	})
	h.must(err)
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
var codes = []string{"DGSN", "IG", "KEN", "KEN-VILLE", "KEN-01", "KEN-02", "KEN-VILLE-BPJ", "PR-KEN", "PGR-KEN", "TPI-KEN", "CA-KEN", "PR-TNG"}

// cast is who serves where in the tests.
var cast = []struct {
	name     string
	role     units.Role
	unit     string
	grade    string
	capacity string
}{
	{"desk", units.DutyOfficer, "KEN-01", "officier-paix", ""},
	{"night", units.DutyOfficer, "KEN-01", "officier-paix", ""},
	{"other", units.DutyOfficer, "KEN-02", "officier-paix", ""},
	{"opj", units.Investigator, "KEN-VILLE-BPJ", "officier", "opj"},
	{"agent", units.Investigator, "KEN-VILLE-BPJ", "inspecteur", ""},
	{"chief", units.BrigadeChief, "KEN-VILLE-BPJ", "commissaire", "opj"},
	{"prosecutor", units.Prosecutor, "PR-KEN", "", "prosecutor"},
	{"general", units.Prosecutor, "PGR-KEN", "", "prosecutor-general"},
	{"elsewhere", units.Prosecutor, "PR-TNG", "", "prosecutor"},
	{"judge", units.Judge, "TPI-KEN", "", "investigating-judge"},
	{"grave-judge", units.Judge, "CA-KEN", "", "investigating-judge"},
	{"president", units.President, "CA-KEN", "", "first-president"},
	{"inspector", units.Inspector, "IG", "commissaire", ""},
	{"administrator", units.Administrator, "DGSN", "officier", ""},
}

func (h *house) seed(now time.Time, without []string) {
	h.t.Helper()
	in := units.Seed{}
	from := now.AddDate(-1, 0, 0)
	for _, u := range h.k.Pack.Units(now) {
		for _, code := range codes {
			if u.Code == code && !slices.Contains(without, code) {
				h.unit[code] = h.ids.New()
				in.Units = append(in.Units, units.NewUnit{ID: h.unit[code], Code: code, Type: u.Type, Parent: h.unit[u.Parent], Names: u.Names, Area: u.Area, From: from, Act: "12/2021"})
			}
		}
	}
	for i, x := range cast {
		id := h.ids.New()
		if slices.Contains(without, x.unit) {
			continue
		}
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

// ask asks for an act under the standing purpose, or under the one given.
func (h *house) ask(name, action string, res policy.Resource, purpose ...policy.Purpose) (policy.Grant, error) {
	h.t.Helper()
	actor, duty := h.actor(name)
	if len(purpose) > 0 {
		duty = purpose[0]
	}
	if res.Ref.IsZero() {
		res.Unit = actor.Unit
	}
	return h.k.Policy.Ask(ctx, actor, action, res, duty)
}

func (h *house) grant(name, action string, res policy.Resource, purpose ...policy.Purpose) policy.Grant {
	h.t.Helper()
	g, err := h.ask(name, action, res, purpose...)
	h.must(err)
	return g
}

// on is the resource of a record as the routes give it to the policy.
func (h *house) on(name, kind string, id ident.ID, purpose ...policy.Purpose) policy.Resource {
	h.t.Helper()
	_, p := h.actor(name)
	if len(purpose) > 0 {
		p = purpose[0]
	}
	res, err := h.Resource(ctx, ident.Ref{Kind: kind, ID: id}, p)
	h.must(err)
	return res
}

// wants checks that an error is of a kind and speaks of a key.
func (h *house) wants(err error, kind fault.Kind, key string) {
	h.t.Helper()
	if !fault.Is(err, kind) || fault.Of(err).Key != key {
		h.t.Errorf("got %v, want %s %s", err, kind, key)
	}
}

// during lists the kinds of the entries that are appended while something runs.
func (h *house) during(run func()) []string {
	h.t.Helper()
	last, err := h.k.Journal.Last(ctx)
	h.must(err)
	run()
	got, err := h.k.Journal.After(ctx, last, 1000)
	h.must(err)
	kinds := make([]string, len(got))
	for i, e := range got {
		kinds[i] = strings.TrimPrefix(e.Kind, "register.")
	}
	return kinds
}

// leaves checks that a verb gets through, and the entries that it leaves.
func (h *house) leaves(run func() error, kinds ...string) {
	h.t.Helper()
	got := h.during(func() {
		h.t.Helper()
		if err := run(); err != nil {
			h.t.Errorf("refused: %v", fault.All(err))
		}
	})
	if !slices.Equal(got, kinds) {
		h.t.Errorf("appended %q, want %q", got, kinds)
	}
}

// refuses checks that a verb is refused with a code, and leaves nothing.
func (h *house) refuses(run func() error, kind fault.Kind, key string) {
	h.t.Helper()
	if got := h.during(func() { h.t.Helper(); h.wants(run(), kind, key) }); len(got) > 0 {
		h.t.Errorf("refused, and appended %q", got)
	}
}

// blames checks that a verb names the field that is wrong, what is wrong with
// it, and leaves nothing.
func (h *house) blames(run func() error, field, key string) {
	h.t.Helper()
	got := h.during(func() {
		h.t.Helper()
		err := run()
		if !slices.ContainsFunc(fault.All(err), func(f *fault.Error) bool { return f.Field == field && f.Key == key }) {
			h.t.Errorf("got %v, want %s at %s", fault.All(err), key, field)
		}
	})
	if len(got) > 0 {
		h.t.Errorf("refused, and appended %q", got)
	}
}

// with is the same house reporting to a test within its test.
func (h *house) with(t *testing.T) *house {
	out := *h
	out.t = t
	return &out
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

// newCase is a case on which somebody works; "*" is everybody.
func (h *house) newCase(name string) policy.Purpose {
	id := h.ids.New()
	h.cases[id] = name
	return policy.Purpose{Kind: policy.Case, Ref: ident.Ref{Kind: "case", ID: id}}
}

// synthetic is a person who does not exist.
func synthetic(family, given, birth string) index.Person {
	return index.Person{Family: index.Name{Latin: family}, Given: index.Name{Latin: given}, Birth: text.PartialDate(birth), Source: index.Declared}
}

// theft is a complaint as the desk types it.
func (h *house) theft() register.NewComplaint {
	complainant := synthetic("Essaadi", "Khadija", "1988-04-02")
	return register.NewComplaint{
		Submission: h.ids.New(), Origin: register.ByComplaint, FactsOn: "2026-11-21", FactsClock: "22:30",
		Place: "Avenue Mohammed V, devant la gare", Facts: "Un inconnu lui a pris son sac en courant.",
		Offences: []string{"theft-simple"},
		Parties:  []register.NewParty{{Role: register.Complainant, New: &complainant, Field: "complainant"}, {Role: register.Accused, Field: "accused.0"}},
		Things:   []register.Thing{{Kind: "phone", Description: "T\u00e9l\u00e9phone noir", Value: 4200, Serial: "350000000000006"}},
	}
}

// record records a theft at the desk.
func (h *house) record() register.Complaint {
	h.t.Helper()
	c, err := h.RecordComplaint(ctx, h.grant("desk", "register.complaint.record", policy.Resource{}), h.theft())
	h.must(err)
	return c
}

// paper stands for the transparency log, which is another process: it gives a
// proof of fixed length and leaves documents unsigned.
type paper struct {
	app.Paper
	disclosed []string
	entry     ident.ID // stands in every code where the picture must not change
}

func (p *paper) Proof(_ context.Context, entry ident.ID, disclose func(string) bool) ([]byte, string, error) {
	for _, path := range []string{"Number", "Facts", "Place", "Things[0].Description", "Page.Reasons"} {
		if disclose(path) {
			p.disclosed = append(p.disclosed, path)
		}
	}
	if p.entry != "" {
		entry = p.entry
	}
	return []byte(`{"entry":"` + string(entry) + `"}`), "AMANA1.00000000." + string(entry), nil
}

func (p *paper) Sign(_ context.Context, pdf []byte, _ string) ([]byte, error) { return pdf, nil }

// tests is a policy module for what other modules do: it opens cases from
// complaints and erases subjects.
func tests() policy.Module {
	return policy.Module{Name: "tests", Schema: []byte(`entity Case { unit: Unit }; action "tests.case.read" appliesTo { principal: [Actor], resource: [Case], context: Context }; action "tests.do" appliesTo { principal: [Actor], resource: [Service], context: Context };`),
		Cedar:   []byte(`permit (principal, action in [Action::"tests.do", Action::"tests.case.read"], resource);`),
		Actions: []policy.Action{{Name: "tests.case.read", Resource: "case", Purposes: []policy.PurposeKind{policy.Case}, Reads: true}, {Name: "tests.do", System: true, Purposes: []policy.PurposeKind{policy.Basis}, Binds: policy.BindActor, Appends: []string{"register.complaint-referred", "journal.erased"}}}}
}

func (h *house) system() policy.Grant {
	h.t.Helper()
	g, err := h.k.Policy.System("test", "tests.do", "CPP-23")
	h.must(err)
	return g
}

// refer does what the module that opens cases does in its own transaction.
func (h *house) refer(c register.Complaint, number string) policy.Purpose {
	h.t.Helper()
	p := h.newCase("*")
	_, err := h.k.Journal.Do(ctx, h.system(), func(ctx context.Context, r store.Reader, d *journal.Draft) error {
		return h.Refer(ctx, r, d, c.ID, 0, p.Ref.ID, number)
	})
	h.must(err)
	return p
}

func (h *house) erase(subject ident.ID) {
	h.t.Helper()
	h.must(h.k.Journal.Erase(ctx, h.system(), journal.Erased{Subjects: []ident.ID{subject}, Ground: "L09-08", Authority: "9/2026"}))
}

// res0 is the service as such.
var res0 = policy.Resource{}

// story notes what usually happens in a custody.
func (h *house) story(page register.Custody, p policy.Purpose) {
	h.t.Helper()
	for i, e := range []register.NewEvent{
		{Kind: "rights", Details: []register.Detail{{Field: "language", Value: "arabe"}}}, {Kind: "silence"},
		{Kind: "family", Details: []register.Detail{{Field: "family-told", Value: "Sa m\u00e8re, par t\u00e9l\u00e9phone"}}},
		{Kind: "health", Details: []register.Detail{{Field: "health", Value: "Aucune blessure apparente"}}}, {Kind: "meal"},
		{Kind: "hearing", Phase: "start"},
	} {
		e.Submission, e.At = h.ids.New(), page.Arrest.Add(time.Duration(i+6)*time.Minute)
		h.clock.Advance(time.Minute)
		g := h.grant("opj", "register.custody.note", h.on("opj", register.KindCustody, page.ID, p), p)
		h.must(h.NoteEvent(ctx, g, page.ID, e))
	}
	d, err := h.seat("prosecutor", page.ID, "register.extension.decide")
	h.must(err)
	h.must(h.DecideExtension(ctx, d, page.ID, 0, register.NewDecision{Granted: true, Act: "22/2026", Ground: "ensure-presence", Words: "Enqu\u00eate en cours."}))
}

// proven checks that a document carries the proof of its entry.
func (h *house) proven(name string, pdf []byte) {
	h.t.Helper()
	proof, err := print.Attached(pdf, "amana-proof.json")
	h.must(err)
	if len(proof) == 0 {
		h.t.Errorf("%s carries an empty proof", name)
	}
}

// testLog shows what the program logs as an error beside the test that failed.
type testLog struct{ t testing.TB }

func (l testLog) Write(b []byte) (int, error) {
	l.t.Log(string(b))
	return len(b), nil
}
