package demodata

import (
	"context"
	"fmt"
	"strings"

	"github.com/amana-platform/amana/engines/names/namesdata"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/text"
	"github.com/amana-platform/amana/modules/index"
)

// person is an invented inhabitant and where they live.
type person struct {
	id   ident.ID
	home string // area code
}

// Inhabitants seeds the index: persons with Arabic and Latin names, and their
// vehicles. It gives the persons.
func (w *World) Inhabitants(ctx context.Context, x *index.Service) ([]person, error) {
	var all index.Seeding
	var people []person
	towns := w.towns()
	for range w.size.Persons {
		town := pick(w, towns)
		p := w.person(town)
		all.Persons = append(all.Persons, p)
		people = append(people, person{p.ID, town.Area})
	}
	for i := range w.size.Vehicles {
		all.Vehicles = append(all.Vehicles, w.vehicle(people[i*len(people)/w.size.Vehicles].id))
	}
	w.tell("persons and vehicles", len(people), len(people))
	return people, x.Seed(ctx, func() (policy.Grant, error) { return w.k.Policy.System("demo", "index.seed", basis) }, all)
}

// towns lists the places with police districts, once per district, so that
// large towns have more people.
func (w *World) towns() []*unit {
	var out []*unit
	for i := range w.units {
		if w.units[i].Type == "police-district" {
			out = append(out, &w.units[i])
		}
	}
	return out
}

func (w *World) person(town *unit) index.Person {
	male := w.rand.IntN(2) == 0
	given, family := pick(w, w.given[male]), pick(w, w.family)
	father, mother := pick(w, w.given[true]), pick(w, w.given[false])
	p := index.Person{
		ID: w.ids.New(), Unit: town.id, Family: w.spelt(family), Given: w.spelt(given), Father: w.spelt(father), Mother: w.spelt(mother),
		Birth: w.birth(), Birthplace: index.Name{Arabic: town.Names.AR, Latin: town.Names.FR}, Sex: "female", Nationality: "ma",
		CNIE: w.cnie(), Phones: []string{w.phone()}, Address: w.address(), Source: "declared",
	}
	if male {
		p.Sex = "male"
	}
	if area, err := w.k.Pack.Area(town.Area, w.now); err == nil {
		p.Birthplace = index.Name{Arabic: area.Names.AR, Latin: area.Names.FR}
	}
	if w.rand.IntN(3) == 0 {
		p.Source, p.Document = "seen", "CNIE"
	}
	return p
}

// spelt writes a name in both scripts, the Latin one as one of its spellings.
func (w *World) spelt(n namesdata.Name) index.Name {
	return index.Name{Arabic: n.Arabic, Latin: pick(w, n.Latin)}
}

// birth is known to the day, or for older people to the year only.
func (w *World) birth() text.PartialDate {
	year := w.now.Year() - 16 - w.rand.IntN(64)
	if year < 1970 && w.rand.IntN(3) == 0 {
		return text.PartialDate(fmt.Sprintf("%04d", year))
	}
	return text.PartialDate(fmt.Sprintf("%04d-%02d-%02d", year, 1+w.rand.IntN(12), 1+w.rand.IntN(28)))
}

func (w *World) cnie() string {
	prefixes := strings.Fields("A AB AD AE B BE BH BJ BK C CD D EE F FA G GK H HH I J JB K KB L LA M N P Q R S T TA U V W WA X Z ZT")
	return fmt.Sprintf("%s%d", pick(w, prefixes), 10_000+w.rand.IntN(890_000))
}

func (w *World) phone() string {
	return fmt.Sprintf("+212%d%08d", 6+w.rand.IntN(2), w.rand.IntN(100_000_000))
}

func (w *World) address() string {
	return fmt.Sprintf("%d, rue %d, hay %s", 1+w.rand.IntN(180), 1+w.rand.IntN(90), pick(w, quarters))
}

// quarters are common words for quarters, not addresses of anybody.
var quarters = []string{"Essalam", "Al Amal", "El Wifaq", "Nahda", "Al Massira", "Riad", "Mabrouka", "El Fath", "Takaddoum", "Andalous"}

func (w *World) vehicle(owner ident.ID) index.Vehicle {
	mark := pick(w, makes)
	return index.Vehicle{
		ID: w.ids.New(), Owner: owner, Make: mark[0], Model: mark[1], Colour: pick(w, index.Colours()),
		Plate: index.Plate{Serial: fmt.Sprint(1 + w.rand.IntN(99_999)), Letter: pick(w, plateLetters), Code: fmt.Sprint(1 + w.rand.IntN(88))},
	}
}

var makes = [][2]string{{"Dacia", "Logan"}, {"Dacia", "Sandero"}, {"Renault", "Clio"}, {"Peugeot", "208"}, {"Hyundai", "i10"}, {"Fiat", "Tipo"}, {"Volkswagen", "Golf"}, {"Toyota", "Yaris"}}

// plateLetters are the letters of ordinary plates: alif-hamza, ba, dal, ha, waw, ta.
var plateLetters = []string{"\u0623", "\u0628", "\u062f", "\u0647", "\u0648", "\u0637"}
