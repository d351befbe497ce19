package plates

import (
	"slices"

	"github.com/amana-platform/amana/kernel/ident"
)

// Readings is a Matcher for cameras that send text: a listed plate matches
// what the camera read, or one of the other readings it sent, with the
// camera's own probability.
type Readings struct {
	byPlate map[listedPlate][]ident.ID
	byID    map[ident.ID]listedPlate
}

// listedPlate is a plate as a key.
type listedPlate struct{ country, line string }

// NewReadings makes an empty list.
func NewReadings() *Readings {
	return &Readings{byPlate: map[listedPlate][]ident.ID{}, byID: map[ident.ID]listedPlate{}}
}

// Put lists a plate.
func (m *Readings) Put(id ident.ID, country, plate string) {
	m.Drop(id)
	k := listedPlate{country, plate}
	m.byID[id] = k
	m.byPlate[k] = append(m.byPlate[k], id)
}

// Drop forgets a plate.
func (m *Readings) Drop(id ident.ID) {
	k, ok := m.byID[id]
	if !ok {
		return
	}
	delete(m.byID, id)
	left := slices.DeleteFunc(m.byPlate[k], func(x ident.ID) bool { return x == id })
	if len(left) == 0 {
		delete(m.byPlate, k)
	} else {
		m.byPlate[k] = left
	}
}

// Len is how many plates are listed.
func (m *Readings) Len() int { return len(m.byID) }

// Match looks up every reading.
func (m *Readings) Match(x Sighting, least int64) []Candidate {
	best := map[ident.ID]int64{}
	look := func(line string, ppm int64) {
		for _, id := range m.byPlate[listedPlate{x.Country, line}] {
			best[id] = max(best[id], ppm)
		}
	}
	look(x.Plate, x.PPM)
	for _, o := range x.Others {
		look(o.Text, o.PPM)
	}
	var out []Candidate
	for id, ppm := range best {
		if ppm >= least {
			out = append(out, Candidate{id, ppm})
		}
	}
	slices.SortFunc(out, func(a, b Candidate) int {
		if a.PPM != b.PPM {
			return int(b.PPM - a.PPM)
		}
		if a.Entry < b.Entry {
			return -1
		}
		return 1
	})
	return out
}
