package demodata

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/amana-platform/amana/engines/names/namesdata"
	"github.com/amana-platform/amana/kernel/app"
	"github.com/amana-platform/amana/kernel/clock"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/packs"
	"github.com/amana-platform/amana/modules/units"
)

// Size says how much is made.
type Size struct {
	Persons, Vehicles, Complaints, Cases int
}

// The sizes: Full is a small country, Small starts in a few seconds.
var (
	Full  = Size{Persons: 20_000, Vehicles: 5_000, Complaints: 3_000, Cases: 1_200}
	Small = Size{Persons: 800, Vehicles: 200, Complaints: 60, Cases: 24}
)

// history is how far back the first complaint lies.
const history = 300 * 24 * time.Hour

// Beginning is when the demonstration's service was founded: long enough ago for
// the term of its first complaints to be over.
func Beginning(now time.Time) time.Time { return clock.Micro(now.AddDate(-11, 0, 0)) }

// basis is the article that creates the service and its files; seeding states it.
const basis = "D1-56-115"

// World is a synthetic service in the making.
type World struct {
	k     *app.Kernel
	clock *clock.Staged
	rand  *rand.Rand
	ids   *ident.Source
	now   time.Time
	size  Size

	units    []unit // in the order of the pack: each after the one above it
	byCode   map[string]*unit
	officers []officer
	given    map[bool][]namesdata.Name
	family   []namesdata.Name
	tell     func(stage string, done, of int)
}

// unit is a unit of the pack with its id here.
type unit struct {
	packs.Unit
	id ident.ID
}

// officer is an invented officer or magistrate in their post.
type officer struct {
	id   ident.ID
	unit *unit
	role units.Role
}

// New prepares a world. tell is told how far the work has come; it may be nil.
func New(k *app.Kernel, c *clock.Staged, seed uint64, now time.Time, size Size, tell func(stage string, done, of int)) *World {
	r := rand.New(rand.NewPCG(seed, 0x616d616e61))
	w := &World{
		k: k, clock: c, rand: r, now: clock.Micro(now), size: size, tell: tell, byCode: map[string]*unit{},
		given:  map[bool][]namesdata.Name{true: namesdata.GivenMale(), false: namesdata.GivenFemale()},
		family: namesdata.Family(),
	}
	w.ids = ident.NewSource(c.Now, seededReader{r})
	if tell == nil {
		w.tell = func(string, int, int) {}
	}
	return w
}

// seededReader draws ids from the seed.
type seededReader struct{ r *rand.Rand }

func (s seededReader) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = byte(s.r.Uint32())
	}
	return len(b), nil
}

// pick draws one of a list.
func pick[T any](w *World, list []T) T { return list[w.rand.IntN(len(list))] }

// People seeds the service: its units and its officers, once.
func (w *World) People(ctx context.Context, u *units.Service) error {
	from := Beginning(w.now)
	w.clock.Set(from)
	seed := units.Seed{}
	for _, pu := range w.k.Pack.Units(w.now) {
		x := unit{Unit: pu, id: w.ids.New()}
		w.units = append(w.units, x)
	}
	for i := range w.units {
		x := &w.units[i]
		w.byCode[x.Code] = x
		n := units.NewUnit{ID: x.id, Code: x.Code, Type: x.Type, Names: x.Names, Area: x.Area, From: from, Act: "demo/1", Desk: w.ids.New()}
		if above := w.byCode[x.Parent]; above != nil {
			n.Parent = above.id
		}
		seed.Units = append(seed.Units, n)
	}
	w.staff(&seed, posts, from)
	w.seat(&seed, from)
	if _, err := u.Unit(ctx, w.units[0].id); err == nil {
		return nil // seeded before the filling was interrupted
	}
	g, err := w.k.Policy.System("demo", "units.seed", basis)
	if err != nil {
		return err
	}
	w.tell("units and officers", len(w.officers), len(w.officers))
	return u.Seed(ctx, g, seed)
}

// staffing says who serves in a type of unit.
type staffing struct {
	unitType string
	code     string // of one unit, or "" for all of the type
	role     units.Role
	capacity string
	grades   []string
	n        int
}

// posts is the establishment: about four hundred people.
var posts = []staffing{
	{"police-district", "", "duty-officer", "opj", []string{"officier", "officier-paix-principal"}, 1},
	{"judicial-brigade", "", "brigade-chief", "opj", []string{"commissaire", "officier-principal"}, 1},
	{"judicial-brigade", "", "investigator", "opj", []string{"officier", "inspecteur-principal"}, 2},
	{"judicial-service", "", "brigade-chief", "opj", []string{"commissaire-principal"}, 1},
	{"judicial-service", "", "investigator", "opj", []string{"officier-principal", "inspecteur"}, 2},
	{"prosecution-first", "", "prosecutor", "prosecutor", nil, 2},
	{"prosecution-appeal", "", "prosecutor", "prosecutor-general", nil, 2},
	{"central-directorate", "IG", "inspector", "", []string{"commissaire-divisionnaire"}, 6},
	{"directorate-general", "", "administrator", "", []string{"officier"}, 3},
	{"regulator", "", "regulator", "", nil, 2},
	{"police-district", "CASA-01", "duty-officer", "opj", []string{"officier-paix-principal"}, 1}, // relieves the visitor's officer
}

// benches are the judges of the courts.
var benches = []staffing{
	{"court-first", "", "investigating-judge", "investigating-judge", nil, 1},
	{"court-appeal", "", "investigating-judge", "investigating-judge", nil, 1},
	{"court-appeal", "", "first-president", "first-president", nil, 1},
}

// staff puts people into their posts.
func (w *World) staff(seed *units.Seed, posts []staffing, from time.Time) {
	for _, post := range posts {
		for i := range w.units {
			if x := &w.units[i]; x.Type == post.unitType && (post.code == "" || post.code == x.Code) {
				for range post.n {
					w.enrol(seed, x, post, from)
				}
			}
		}
	}
}

// seat enrols the judges, from a source of its own: the rest of the history stays
// as it is.
func (w *World) seat(seed *units.Seed, from time.Time) {
	rest, ids := w.rand, w.ids
	w.rand = rand.New(rand.NewPCG(108, 2026))
	w.ids = ident.NewSource(w.clock.Now, seededReader{w.rand})
	w.staff(seed, benches, from)
	w.rand, w.ids = rest, ids
}

// enrol adds an officer, their post, and the act that gives them capacity.
func (w *World) enrol(seed *units.Seed, x *unit, p staffing, from time.Time) {
	male := w.rand.IntN(4) > 0
	given, family := pick(w, w.given[male]), pick(w, w.family)
	o := officer{id: w.ids.New(), unit: x, role: p.role}
	w.officers = append(w.officers, o)
	n := units.NewOfficer{ID: o.id, Matricule: fmt.Sprintf("%06d", 100_000+len(w.officers)*37), GivenAR: given.Arabic, FamilyAR: family.Arabic,
		Given: given.Latin[0], Family: family.Latin[0], Sex: "f", Since: from}
	if male {
		n.Sex = "m"
	}
	if len(p.grades) > 0 {
		n.Grade = w.grade(pick(w, p.grades))
	}
	seed.Officers = append(seed.Officers, n)
	seed.Posts = append(seed.Posts, units.NewPost{ID: w.ids.New(), Officer: o.id, Unit: x.id, Role: p.role, Act: fmt.Sprintf("demo/%d", len(w.officers)), From: from, Duty: w.ids.New()})
	if p.capacity != "" {
		seed.Appointments = append(seed.Appointments, units.Appointment{ID: w.ids.New(), Officer: o.id, Capacity: p.capacity, Act: fmt.Sprintf("demo/c%d", len(w.officers)), From: from})
	}
}

// grade gives a grade of the pack, the nearest there is to the wanted code.
func (w *World) grade(code string) string {
	if _, err := w.k.Pack.Grade(code, w.now); err == nil {
		return code
	}
	all := w.k.Pack.Grades(w.now)
	return all[len(all)/2].Code
}
