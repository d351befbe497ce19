package plates_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"log/slog"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/amana-platform/amana/engines/plate"
	"github.com/amana-platform/amana/kernel/app"
	"github.com/amana-platform/amana/kernel/blobs"
	"github.com/amana-platform/amana/kernel/clock"
	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/packs"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/store"
	"github.com/amana-platform/amana/kernel/store/storetest"
	"github.com/amana-platform/amana/kernel/web"
	"github.com/amana-platform/amana/modules/plates"
	"github.com/amana-platform/amana/modules/units"
	shipped "github.com/amana-platform/amana/packs"
)

// noon is a Saturday in November, when Moroccan clocks show UTC+1.
var noon = time.Date(2026, 11, 28, 11, 0, 0, 0, time.UTC)

var master = []byte("0123456789abcdef0123456789abcdef")

var ctx = context.Background()

// alif is the letter of the plates that the tests list.
const alif = "\u0623"

// house is the plates over a real journal, policy, pack and units.
type house struct {
	*plates.Service
	t     testing.TB
	k     *app.Kernel
	db    *store.DB
	dir   string
	clock *clock.Fixed
	ids   *ident.Source
	units *units.Service
	unit  map[string]ident.ID
	who   map[string]ident.ID
	cases map[ident.ID]string // who works on a case; "*" is everybody
	sent  int
}

func newHouse(t testing.TB) *house {
	t.Helper()
	h := &house{t: t, clock: clock.At(noon), unit: map[string]ident.ID{}, who: map[string]ident.ID{}, cases: map[ident.ID]string{}, dir: t.TempDir()}
	h.ids = ident.NewSource(h.clock.Now, nil)
	pack, err := packs.Load(shipped.Morocco())
	h.must(err)
	address := storetest.AgainAt(t, "")
	if !strings.HasPrefix(address, "postgres") {
		address = "sqlite:" + filepath.Join(h.dir, "record.db")
	}
	h.db = storetest.OpenAt(t, address)
	h.k = &app.Kernel{Pack: pack, Clock: h.clock, Log: slog.New(slog.DiscardHandler), Reader: h.db.Reader(), Scratch: h.db.Scratch()}
	h.units = units.New(h.k)
	h.Service = plates.New(h.k, h.units, plate.Options{})
	h.k.Journal, err = journal.Open(ctx, journal.Options{DB: h.db, Lane: h.db, Node: "main", Master: master, Clock: h.clock,
		Modules: []journal.Module{units.JournalModule(), plates.JournalModule(), {Name: "web", Migrations: web.Migrations()}}})
	h.must(err)
	t.Cleanup(func() { h.must(h.k.Journal.Close()) })
	h.k.Blobs, err = blobs.Open(ctx, blobs.Config{Place: filepath.Join(h.dir, "blobs"), Secret: master, Keys: app.FileKeys(h.k.Journal)})
	h.must(err)
	t.Cleanup(func() { h.must(h.k.Blobs.Close()) })
	h.k.Policy, err = policy.New([]policy.Module{units.PolicyModule(), plates.PolicyModule(), tests()}, policy.Hooks{
		Recorder: h.k.Journal.Lane(), Units: h.units, Clock: h.clock, Active: h.units.Active, Holds: h.holds,
		Basis: func(string) bool { return true },
	})
	h.must(err)
	h.seed()
	return h
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

// at asks for an act on a record under the standing purpose, or another.
func (h *house) at(name, action string, ref ident.Ref, purpose ...policy.Purpose) (policy.Grant, error) {
	h.t.Helper()
	actor, p := h.actor(name)
	if len(purpose) > 0 {
		p = purpose[0]
	}
	res := policy.Resource{Unit: actor.Unit}
	var err error
	switch ref.Kind {
	case plates.KindEntry:
		res, err = h.EntryResource(ctx, ref.ID)
	case plates.KindHit:
		res, err = h.HitResource(ctx, ref.ID)
	case plates.KindCamera:
		res, err = h.CameraResource(ctx, ref.ID)
	case plates.KindSample:
		res, err = h.SampleResource(ctx, ref.ID)
	}
	h.must(err)
	return h.k.Policy.Ask(ctx, actor, action, res, p)
}

func (h *house) grant(name, action string, ref ident.Ref, purpose ...policy.Purpose) policy.Grant {
	h.t.Helper()
	g, err := h.at(name, action, ref, purpose...)
	h.must(err)
	return g
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

func (h *house) act() plates.Act { return plates.Act{Submission: h.ids.New()} }

// wish is what the tests list: a stolen vehicle.
func (h *house) wish(plate string) plates.NewEntry {
	return plates.NewEntry{Submission: h.ids.New(), List: plates.Stolen, Plate: plate, Make: "Dacia", Model: "Logan", Colour: "white", Reason: "Vol\u00e9e devant le march\u00e9", Authority: "Procureur de K\u00e9nitra, 114/2026"}
}

// list lists a plate as the judicial police officer.
func (h *house) list(plate string) plates.Entry {
	h.t.Helper()
	e, err := h.EnterEntry(ctx, h.grant("opj", "plates.entry.enter", ident.Ref{}), h.wish(plate))
	h.must(err)
	h.clock.Advance(time.Second)
	return e
}

// camera registers a camera of the district and gives it with its key.
func (h *house) camera(code string) (plates.Camera, string) {
	h.t.Helper()
	in := plates.NewCamera{Act: h.act(), Code: code, Name: "Rond-point de la gare", Unit: h.unit["KEN-01"], Mount: plates.Fixed, Way: plates.Events, Area: "04.281", Pinned: true, Lat: 34_261_000, Lon: -6_580_200, Heading: 90}
	c, err := h.RegisterCamera(ctx, h.grant("administrator", "plates.camera.register", ident.Ref{}), in)
	h.must(err)
	key, err := h.KeyCamera(ctx, h.grant("administrator", "plates.camera.key", c.Ref()), h.act(), c.ID)
	h.must(err)
	h.clock.Advance(time.Second)
	c, err = h.Device(ctx, key)
	h.must(err)
	return c, key
}

// batch is what a camera sends: the plates, seen now.
func (h *house) batch(lines ...string) plates.Submission {
	h.sent++
	in := plates.Submission{Device: fmt.Sprintf("b%d", h.sent), Sent: h.clock.Now(), Model: "test/1"}
	for i, line := range lines {
		in.Reads = append(in.Reads, plates.Seen{At: h.clock.Now().Add(-time.Duration(len(lines)-i) * time.Second), Plate: line, Score: 0.97, Image: picture(h.t)})
	}
	return in
}

// take hands a batch over.
func (h *house) take(c plates.Camera, in plates.Submission) plates.Taken {
	h.t.Helper()
	out, err := h.TakeBatch(ctx, c, in)
	h.must(err)
	h.clock.Advance(time.Second)
	return out
}

// hit is a proposal about a new listed plate.
func (h *house) hit() (plates.Hit, plates.Entry, plates.Camera) {
	h.t.Helper()
	h.sent++
	plate := fmt.Sprintf("%d-A-6", 20_000+h.sent)
	e := h.list(plate)
	c, _ := h.camera(fmt.Sprintf("KEN-%d", h.sent))
	if got := h.take(c, h.batch(plate)); got.Proposals != 1 {
		h.t.Fatalf("%+v", got)
	}
	all, err := h.HitsOf(ctx, e.ID)
	h.must(err)
	x, err := h.Hit(ctx, all[0].ID)
	h.must(err)
	return x, e, c
}

var ticked = plates.Ticks{Image: true, Plate: true, Entry: true, Vehicle: true}

// confirm confirms a hit as the desk.
func (h *house) confirm(x ident.ID) error {
	h.t.Helper()
	err := h.ConfirmHit(ctx, h.grant("desk", "plates.hit.confirm", ident.Ref{Kind: plates.KindHit, ID: x}), plates.Confirming{Act: h.act(), Hit: x, Ticks: ticked})
	h.clock.Advance(time.Second)
	return err
}

func (h *house) now(x ident.ID) plates.Hit {
	h.t.Helper()
	out, err := h.Hit(ctx, x)
	h.must(err)
	return out
}

func (h *house) entry(id ident.ID) plates.Entry {
	h.t.Helper()
	e, err := h.Entry(ctx, id)
	h.must(err)
	return e
}

// cancel cancels an entry as who listed it.
func (h *house) cancel(id ident.ID) error {
	h.t.Helper()
	return h.CancelEntry(ctx, h.grant("opj", "plates.entry.cancel", ident.Ref{Kind: plates.KindEntry, ID: id}), plates.Cancelling{Act: h.act(), Entry: id, Reason: "Retrouv\u00e9e"})
}

// tests is a policy module for what other modules do.
func tests() policy.Module {
	return policy.Module{Name: "tests", Schema: []byte(`entity Case { unit: Unit }; action "tests.case.read" appliesTo { principal: [Actor], resource: [Case], context: Context }; action "tests.do" appliesTo { principal: [Actor], resource: [Service], context: Context };`),
		Cedar:   []byte(`permit (principal, action in [Action::"tests.do", Action::"tests.case.read"], resource);`),
		Actions: []policy.Action{{Name: "tests.case.read", Resource: "case", Purposes: []policy.PurposeKind{policy.Case}, Reads: true}, {Name: "tests.do", System: true, Purposes: []policy.PurposeKind{policy.Basis}, Binds: policy.BindActor, Appends: []string{"journal.erased", "journal.held", "journal.hold-lifted"}}}}
}

func (h *house) system() policy.Grant {
	h.t.Helper()
	g, err := h.k.Policy.System("test", "tests.do", "CPP-23")
	h.must(err)
	return g
}

var drawn struct {
	sync.Once
	bytes []byte
}

// picture is a small JPEG.
func picture(t testing.TB) []byte {
	t.Helper()
	drawn.Do(func() {
		img := image.NewRGBA(image.Rect(0, 0, 160, 48))
		for i := range 160 * 48 {
			img.Set(i%160, i/160, color.RGBA{R: uint8(i), G: uint8(i / 160), B: 90, A: 255})
		}
		var out bytes.Buffer
		if err := jpeg.Encode(&out, img, nil); err != nil {
			t.Fatal(err)
		}
		drawn.bytes = out.Bytes()
	})
	return drawn.bytes
}

// together runs f n times at once and counts those that succeed.
func together(n int, f func(i int) error) (won int) {
	var wg sync.WaitGroup
	errs := make([]error, n)
	for i := range n {
		wg.Go(func() { errs[i] = f(i) })
	}
	wg.Wait()
	for _, err := range errs {
		if err == nil {
			won++
		} else if _, ok := errors.AsType[*fault.Error](err); !ok && len(fault.All(err)) == 0 {
			won = -1000
		}
	}
	return won
}
