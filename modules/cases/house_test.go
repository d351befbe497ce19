package cases_test

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
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
	"github.com/amana-platform/amana/kernel/print/sign"
	"github.com/amana-platform/amana/kernel/store"
	"github.com/amana-platform/amana/kernel/store/storetest"
	"github.com/amana-platform/amana/kernel/text"
	"github.com/amana-platform/amana/kernel/web"
	"github.com/amana-platform/amana/modules/cases"
	"github.com/amana-platform/amana/modules/cases/enquiry"
	"github.com/amana-platform/amana/modules/index"
	"github.com/amana-platform/amana/modules/register"
	"github.com/amana-platform/amana/modules/units"
	shipped "github.com/amana-platform/amana/packs"
)

// noon is in November, when Moroccan clocks show UTC+1.
var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

var master = []byte("0123456789abcdef0123456789abcdef")

var ctx = context.Background()

// house is the module over a real journal, policy, pack, index, register and
// units, with a transparency log and signatures of its own.
type house struct {
	*cases.Service
	t         testing.TB
	k         *app.Kernel
	db        *store.DB
	clock     *clock.Fixed
	ids       *ident.Source
	units     *units.Service
	people    *index.Service
	register  *register.Service
	exhibits  *shelf
	unit      map[string]ident.ID
	who       map[string]ident.ID
	authority *sign.Authority
	stamper   sign.Stamper // of the papers; nil for none
}

func newHouse(t testing.TB) *house {
	t.Helper()
	h := &house{t: t, clock: clock.At(noon), exhibits: &shelf{}, unit: map[string]ident.ID{}, who: map[string]ident.ID{}}
	h.ids = ident.NewSource(h.clock.Now, nil)
	pack, err := packs.Load(shipped.Morocco())
	h.must(err)
	h.db = storetest.Again(t)
	h.k = &app.Kernel{Pack: pack, Clock: h.clock, Log: slog.New(slog.NewTextHandler(logged{t}, &slog.HandlerOptions{Level: slog.LevelError})), Reader: h.db.Reader(), Scratch: h.db.Scratch()}
	h.units, h.people = units.New(h.k), index.New(h.k)
	h.register = register.New(h.k, h.units, h.people)
	h.Service = cases.New(h.k, h.deps())
	h.k.Journal, err = journal.Open(ctx, journal.Options{DB: h.db, Lane: h.db, Node: "main", Master: master, Clock: h.clock, Modules: h.modules()})
	h.must(err)
	t.Cleanup(func() { h.k.Journal.Close() })
	h.k.Blobs, err = blobs.Open(ctx, blobs.Config{Place: filepath.Join(t.TempDir(), "blobs"), Secret: master, Keys: h.k.Journal.BlobKeys()})
	h.must(err)
	t.Cleanup(func() { h.k.Blobs.Close() })
	h.k.Policy, err = policy.New([]policy.Module{units.PolicyModule(), index.PolicyModule(), register.PolicyModule(), cases.PolicyModule("register.complaint-referred"), erasing()}, policy.Hooks{
		Recorder: h.k.Journal.Lane(), Units: h.units, Clock: h.clock, Active: h.units.Active, Holds: h.holds,
		Basis: func(string) bool { return true },
	})
	h.must(err)
	h.k.Texts, err = text.Load(pack.Local, cases.Texts)
	h.must(err)
	h.seed()
	return h
}

// deps are what the module stands on here.
func (h *house) deps() cases.Deps {
	return cases.Deps{
		Directory: cases.Serving(h.units, func() *packs.Pack { return h.k.Pack }), People: cases.Known(h.people), Complaints: desk{h.register},
		Exhibits: h.exhibits, Seizures: h.exhibits, Custodies: h.exhibits, Opening: []string{"register.complaint-referred"}, ReadComplaint: "register.complaint.read", ReferComplaint: "register.complaint.refer",
	}
}

// logged shows what the program logs beside the test that caused it.
type logged struct{ testing.TB }

func (l logged) Write(b []byte) (int, error) {
	fmt.Fprint(l.Output(), string(b))
	return len(b), nil
}

func (h *house) modules() []journal.Module {
	people := index.JournalModule()
	return []journal.Module{units.JournalModule(), people, register.JournalModule(), cases.JournalModule(), {Name: "web", Migrations: web.Migrations()}}
}

func (h *house) holds(ctx context.Context, a policy.Actor, p policy.Purpose) bool {
	if p.Kind == policy.Task {
		return h.units.HoldsTask(ctx, a, p)
	}
	return h.HoldsCase(ctx, a, p)
}

// erasing is an action that may append what the journal appends itself.
func erasing() policy.Module {
	return policy.Module{Name: "test", Schema: []byte(`action "test.erase", "test.review" appliesTo { principal: [Actor], resource: [Service], context: Context };`),
		Cedar:   []byte(`permit (principal, action in [Action::"test.erase", Action::"test.review"], resource);`),
		Actions: []policy.Action{{Name: "test.erase", System: true, Appends: []string{"journal.erased", "index.person-recorded"}}, {Name: "test.review", System: true, Appends: []string{"cases.review-submitted", "cases.review-approved"}}}}
}

func (h *house) must(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

// proving gives the kernel a paper with a real transparency log, whose signer
// stands behind a socket, and a real document key.
func (h *house) proving() {
	h.t.Helper()
	dir, err := os.MkdirTemp("", "s") // socket paths have room for 107 bytes
	h.must(err)
	h.t.Cleanup(func() { os.RemoveAll(dir) })
	_, private, err := ed25519.GenerateKey(rand.Reader)
	h.must(err)
	key := tlog.SignerKey{Name: "test.example/log", Signer: private}
	vkey, err := key.VKey()
	h.must(err)
	state, socket, tiles := filepath.Join(dir, "state"), filepath.Join(dir, "s"), filepath.Join(h.t.TempDir(), "log")
	h.must(tlog.NewState(state))
	ln, err := net.Listen("unix", socket)
	h.must(err)
	serving, stop := context.WithCancel(ctx)
	h.t.Cleanup(stop)
	go tlog.ServeSigner(serving, ln, tlog.SignerOptions{Key: key, StateFile: state, LogDir: tiles, Logger: h.k.Log})
	signer, err := tlog.DialSigner(socket, vkey)
	h.must(err)
	log, err := tlog.Open(ctx, tlog.Options{Dir: tiles, Origin: "test.example/log", Signer: signer, Verifier: signer, LogVKey: vkey,
		CheckpointInterval: 100 * time.Millisecond, BatchAge: 5 * time.Millisecond, Logger: h.k.Log})
	h.must(err)
	h.t.Cleanup(func() { log.Close(ctx) })
	logging, err := h.k.Journal.Log(ctx, log, time.Hour, h.k.Log)
	h.must(err)
	h.t.Cleanup(logging.Close)
	h.authority, err = sign.NewAuthority("Test", noon.AddDate(-1, 0, 0), noon.AddDate(1, 0, 0))
	h.must(err)
	id, err := h.authority.Issue("Test", sign.Documents, noon.AddDate(-1, 0, 0), noon.AddDate(1, 0, 0))
	h.must(err)
	h.k.Paper = app.NewPaper(logging, id, h.stamper, h.clock, h.k.Log)
}

// shelf gives the sealed things and custodies that a test puts on it.
type shelf struct {
	things    []enquiry.Exhibit
	custodies []enquiry.Custody
	seized    []cases.Seized
}

func (s *shelf) Seize(_ context.Context, _ store.Reader, _ *journal.Draft, in cases.Seized) error {
	s.seized = append(s.seized, in)
	return nil
}

func (s *shelf) Exhibits(context.Context, ident.ID) ([]enquiry.Exhibit, error) { return s.things, nil }
func (s *shelf) Custodies(context.Context, ident.ID) ([]enquiry.Custody, error) {
	return s.custodies, nil
}

// desk is the register as cases see it.
type desk struct{ *register.Service }

func (d desk) Complaint(ctx context.Context, id ident.ID) (cases.Complaint, error) {
	c, err := d.Service.Complaint(ctx, id)
	if err != nil {
		return cases.Complaint{}, err
	}
	out := cases.Complaint{ID: c.ID, Number: c.Number, Version: c.Version, Facts: c.Facts, Place: c.Place, From: c.ReceivedAt, Offences: c.Offences}
	for _, p := range c.Parties {
		role := map[register.Role]enquiry.Role{register.Complainant: enquiry.Complainant, register.Accused: enquiry.Suspect, register.Witness: enquiry.Witness, register.Victim: enquiry.Victim}[p.Role]
		if p.Person != "" {
			out.Parties = append(out.Parties, cases.NewParty{Person: p.Person, Role: role})
		}
	}
	return out, nil
}

func (d desk) Resource(ctx context.Context, id ident.ID, p policy.Purpose) (policy.Resource, error) {
	return d.Service.Resource(ctx, ident.Ref{Kind: register.KindComplaint, ID: id}, p)
}

func (d desk) Refer(ctx context.Context, r store.Reader, draft *journal.Draft, c cases.Complaint, caseID ident.ID, number string) error {
	return d.Service.Refer(ctx, r, draft, c.ID, c.Version, caseID, number)
}

// codes are the units of the small service that the tests use.
var codes = []string{"DGSN", "IG", "KEN", "KEN-VILLE", "KEN-01", "KEN-VILLE-BPJ", "PR-KEN", "PGR-KEN", "PR-TNG", "TNG", "TNG-VILLE", "TNG-VILLE-BPJ", "TPI-KEN", "CA-KEN", "TPI-TNG"}

// cast is who serves where in the tests.
var cast = []struct {
	name     string
	role     units.Role
	unit     string
	grade    string
	capacity string
}{
	{"desk", units.DutyOfficer, "KEN-01", "officier-paix", ""},
	{"opj", units.Investigator, "KEN-VILLE-BPJ", "officier", "opj"},
	{"agent", units.Investigator, "KEN-VILLE-BPJ", "inspecteur", ""},
	{"chief", units.BrigadeChief, "KEN-VILLE-BPJ", "commissaire", "opj"},
	{"second", units.BrigadeChief, "KEN-VILLE-BPJ", "commissaire", "opj"},
	{"far-chief", units.BrigadeChief, "TNG-VILLE-BPJ", "commissaire", "opj"},
	{"far", units.Investigator, "TNG-VILLE-BPJ", "officier", "opj"},
	{"prosecutor", units.Prosecutor, "PR-KEN", "", "prosecutor"},
	{"general", units.Prosecutor, "PGR-KEN", "", "prosecutor-general"},
	{"elsewhere", units.Prosecutor, "PR-TNG", "", "prosecutor"},
	{"judge", units.Judge, "TPI-KEN", "", "investigating-judge"},
	{"grave-judge", units.Judge, "CA-KEN", "", "investigating-judge"},
	{"far-judge", units.Judge, "TPI-TNG", "", "investigating-judge"},
	{"president", units.President, "CA-KEN", "", "first-president"},
	{"inspector", units.Inspector, "IG", "commissaire", ""},
	{"administrator", units.Administrator, "DGSN", "officier", ""},
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
		if h.unit[x.unit] == "" {
			h.t.Fatalf("no unit %s in the pack", x.unit)
		}
		in.Officers = append(in.Officers, units.NewOfficer{ID: id, Matricule: fmt.Sprintf("MAT-%03d", i), GivenAR: "سعاد", FamilyAR: "التجريبي", Given: "Souad", Family: "Tajribi", Grade: x.grade, Sex: units.Female})
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

// ask asks for an act on a case, a record under it, or the service.
func (h *house) ask(name, action string, res policy.Resource) (policy.Grant, error) {
	h.t.Helper()
	a, err := h.units.Account(ctx, h.who[name])
	h.must(err)
	purpose := a.Duty
	if res.Ref.IsZero() {
		res.Unit = a.Actor.Unit
	} else if res.Ref.Kind == enquiry.KindCase {
		purpose = policy.Purpose{Kind: policy.Case, Ref: res.Ref}
	} else if len(res.Under) > 0 {
		purpose = policy.Purpose{Kind: policy.Case, Ref: res.Under[0]}
	}
	return h.k.Policy.Ask(ctx, a.Actor, action, res, purpose)
}

func (h *house) grant(name, action string, res policy.Resource) policy.Grant {
	h.t.Helper()
	g, err := h.ask(name, action, res)
	if err != nil {
		h.t.Fatalf("%s, %s: %v", name, action, err)
	}
	return g
}

// on makes a grant about a case.
func (h *house) on(name, action string, id ident.ID) policy.Grant {
	h.t.Helper()
	res, err := h.Resource(ctx, id)
	h.must(err)
	return h.grant(name, action, res)
}

// wants checks that an error is of a kind and speaks of a key.
func (h *house) wants(err error, kind fault.Kind, key string) {
	h.t.Helper()
	if !fault.Is(err, kind) {
		h.t.Fatalf("got %v, want %s %s", err, kind, key)
	}
	for _, f := range fault.All(err) {
		if f.Key == key {
			return
		}
	}
	h.t.Fatalf("got %v, want %s", err, key)
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

// person puts a synthetic person into the index.
// A card that is known already gives the person it was given to.
func (h *house) person(given, family, givenAR, familyAR, cnie, address, phone string) ident.ID {
	h.t.Helper()
	if id := h.who[cnie]; id != "" {
		return id
	}
	g, err := h.k.Policy.System("demo", "test.erase", "CPP-66")
	h.must(err)
	id := h.ids.New()
	h.who[cnie] = id
	_, err = h.people.RecordPerson(ctx, g, id, index.Person{
		Family: index.Name{Latin: family, Arabic: familyAR}, Given: index.Name{Latin: given, Arabic: givenAR}, Father: index.Name{Latin: "Driss", Arabic: "إدريس"},
		Mother: index.Name{Latin: "Fatna", Arabic: "فاطنة"}, Birth: "1988-04-02", Birthplace: index.Name{Latin: "Kénitra", Arabic: "القنيطرة"}, Sex: "male", CNIE: cnie,
		Address: address, Phones: []string{phone}, Source: index.Declared,
	}, index.Dismissal{})
	h.must(err)
	return id
}

// theft opens a case about a theft, with a victim and a suspect.
func (h *house) theft() (id, victim, suspect ident.ID) {
	h.t.Helper()
	victim = h.person("Khadija", "Essaadi", "خديجة", "السعدي", "AB100001", "حي النخيل، زنقة 4، رقم 17، القنيطرة", "+212600000017")
	suspect = h.person("Rachid", "Bouhlal", "رشيد", "بوهلال", "G200002", "حي الرياض، رقم 3، القنيطرة", "+212600000033")
	c, err := h.Open(ctx, h.grant("opj", "cases.case.open", policy.Resource{}), cases.Opening{
		Submission: h.ids.New(), Origin: enquiry.FromFlagrance, Regime: "flagrance", Values: map[string]string{"caught-how": "ضبط متلبساً والشيء المسروق بحوزته"},
		Facts: "سرق المشتبه فيه حقيبة الضحية بشارع محمد الخامس. رقم هاتف الضحية 06.00.00.00.17.\nواسترجعت الحقيبة بعد مطاردته.", Place: "شارع محمد الخامس، القنيطرة",
		From: noon.Add(-3 * time.Hour), Parties: []cases.NewParty{
			{Person: victim, Role: enquiry.Victim, Address: "حي النخيل، زنقة 4، رقم 17، القنيطرة", Phone: "+212600000017"}, {Person: suspect, Role: enquiry.Suspect},
		},
	})
	h.must(err)
	h.must(h.Qualify(ctx, h.on("opj", "cases.offence.qualify", c.ID), c.ID, cases.Qualification{Code: "theft-simple", Suspect: suspect}))
	return c.ID, victim, suspect
}

// hearing signs the hearing of a person.
func (h *house) hearing(id, person ident.ID, statement string) enquiry.PV {
	h.t.Helper()
	p, err := h.DraftPV(ctx, h.on("opj", "cases.pv.draft", id), id, cases.NewPV{Submission: h.ids.New(), Form: "pv-hearing", Person: person, Act: noon.Add(-time.Hour), Values: map[string]string{
		"place": "مقر الفرقة", "statement": statement, "questions": "س: هل تعرف الفاعل؟ ج: لا.", "read-back": "yes", "additions": "لا شيء", "person-signature": enquiry.SignedByHand,
	}})
	h.must(err)
	p, err = h.SignPV(ctx, h.on("opj", "cases.pv.sign", id), p.ID, p.Version)
	h.must(err)
	return p
}

// show links a piece to every element of every offence that it can show and
// does not show yet.
func (h *house) show(id ident.ID, pieces ...ident.Ref) {
	h.t.Helper()
	f, err := h.File(ctx, id)
	h.must(err)
	for _, o := range f.Offences {
		elements, err := h.k.Pack.Elements(o.Code, o.LawAt)
		h.must(err)
		for _, e := range elements {
			for _, piece := range pieces {
				err := h.Link(ctx, h.on("opj", "cases.evidence.link", id), id, o.ID, e.Code, piece)
				if key := fault.Of(err).Key; err != nil && key != "cases.wrong.evidence" && key != "cases.wrong.link-twice" {
					h.t.Fatal(err)
				}
			}
		}
	}
}

// approvable opens a theft of which the gate would let everything through.
func (h *house) approvable() (id ident.ID) {
	h.t.Helper()
	id, victim, suspect := h.theft()
	a := h.hearing(id, victim, "كنت أمشي فخطف مني الحقيبة. أسكن بحي النخيل، زنقة 4، رقم 17، القنيطرة، وهاتفي 0600 00 00 17.")
	b := h.hearing(id, suspect, "أعترف بأخذ الحقيبة.")
	h.show(id, ident.Ref{Kind: "pv", ID: a.ID}, ident.Ref{Kind: "pv", ID: b.ID})
	return id
}

// approved brings a theft up to the approval of the chief.
func (h *house) approved() (id ident.ID) {
	h.t.Helper()
	id = h.approvable()
	h.must(h.Submit(ctx, h.on("opj", "cases.review.submit", id), id))
	h.must(h.Approve(ctx, h.on("chief", "cases.review.approve", id), id))
	h.clock.Advance(20 * time.Minute)
	return id
}

// sent hands over an approved theft.
func (h *house) sent() (id ident.ID, d enquiry.Dossier) {
	h.t.Helper()
	id = h.approved()
	d, err := h.HandOver(ctx, h.on("chief", "cases.dossier.hand-over", id), id, h.ids.New())
	h.must(err)
	return id, d
}

// dossier is the resource of a dossier as the routes give it to the policy.
func dossierOf(d enquiry.Dossier) policy.Resource {
	return policy.Resource{Ref: ident.Ref{Kind: enquiry.KindDossier, ID: d.ID}, Under: []ident.Ref{{Kind: enquiry.KindCase, ID: d.Case}}, Unit: d.Office}
}

func readAll(t testing.TB, s *cases.Service, x enquiry.Issue) []byte {
	t.Helper()
	f, _, err := s.OpenIssue(ctx, x)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	raw, err := io.ReadAll(f)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func decode[T any](t testing.TB, raw []byte) (v T) {
	t.Helper()
	if err := json.Unmarshal(raw, &v); err != nil {
		t.Fatal(err)
	}
	return v
}
