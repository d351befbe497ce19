package names

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/amana-platform/amana/engines/names/namesdata"
)

// world draws synthetic persons; the same seed gives the same world.
type world struct {
	r                    *rand.Rand
	male, female, family []namesdata.Name
}

// drawn is a person as drawn: which names, so that they can be spelled again.
type drawn struct {
	given, family, father, mother namesdata.Name
	birth                         PartialDate
	sex                           Sex
}

func newWorld(seed uint64) *world {
	return &world{rand.New(rand.NewPCG(seed, 1)), namesdata.GivenMale(), namesdata.GivenFemale(), namesdata.Family()}
}

// common draws with the first names of a list much more often than the last.
func (w *world) common(list []namesdata.Name) namesdata.Name {
	f := w.r.Float64()
	return list[int(f*f*float64(len(list)))]
}

func (w *world) draw() drawn {
	d := drawn{family: w.common(w.family), father: w.common(w.male), mother: w.common(w.female), sex: Male}
	d.given = w.common(w.male)
	if w.r.IntN(2) == 0 {
		d.sex, d.given = Female, w.common(w.female)
	}
	d.birth = PartialDate{1940 + w.r.IntN(70), 1 + w.r.IntN(12), 1 + w.r.IntN(28)}
	return d
}

func (w *world) spell(n namesdata.Name, arabic, latin bool) (out Name) {
	if arabic {
		out.Arabic = n.Arabic
	}
	if latin {
		out.Latin = n.Latin[w.r.IntN(len(n.Latin))]
	}
	return out
}

// person is the full record, both scripts, spellings drawn.
func (w *world) person(d drawn) Person {
	return Person{
		Family: w.spell(d.family, true, true), Given: w.spell(d.given, true, true),
		Father: w.spell(d.father, true, true), Mother: w.spell(d.mother, true, true),
		Birth: d.birth, Sex: d.sex,
	}
}

// report is what a desk may know of the person: one script, another spelling,
// fields swapped or missing, a year only, one letter mistyped in ten.
func (w *world) report(d drawn) Person {
	ar := w.r.IntN(2) == 0
	p := Person{Family: w.spell(d.family, ar, !ar), Given: w.spell(d.given, ar, !ar), Birth: d.birth, Sex: d.sex}
	switch w.r.IntN(4) {
	case 0:
		p.Birth = PartialDate{Year: d.birth.Year}
	case 1:
		p.Birth = PartialDate{}
	}
	if w.r.IntN(2) == 0 {
		p.Father = w.spell(d.father, ar, !ar)
	}
	if w.r.IntN(3) == 0 {
		p.Mother = w.spell(d.mother, ar, !ar)
	}
	if w.r.IntN(5) == 0 {
		p.Family, p.Given = p.Given, p.Family
	}
	if w.r.IntN(10) == 0 {
		p.Family.Latin, p.Family.Arabic = w.mistype(p.Family.Latin), w.mistype(p.Family.Arabic)
	}
	return p
}

// mistype leaves one letter out of a name of four letters or more.
func (w *world) mistype(s string) string {
	r := []rune(s)
	if len(r) < 4 {
		return s
	}
	i := 1 + w.r.IntN(len(r)-1)
	return string(slices.Delete(r, i, i+1))
}

// index is the table of keys that a database would hold.
type index struct {
	rows     map[string][]int
	profiles []Profile
}

func newIndex(people []Person) *index {
	x := &index{rows: map[string][]int{}}
	for i, p := range people {
		x.profiles = append(x.profiles, NewProfile(p))
		for _, k := range append(p.Keys(), p.Pairs()...) {
			x.rows[k] = append(x.rows[k], i)
		}
	}
	return x
}

// candidates are the rows that share a pair, or a key and a birth year within two.
func (x *index) candidates(p Person) []int {
	var out []int
	for _, k := range p.Pairs() {
		out = append(out, x.rows[k]...)
	}
	for _, k := range p.Keys() {
		for _, i := range x.rows[k] {
			if y := x.profiles[i].birth.Year; p.Birth.Year != 0 && max(y-p.Birth.Year, p.Birth.Year-y) <= 2 {
				out = append(out, i)
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// place is the rank of want among the candidates by score, from 0, or -1.
func (x *index) place(p Person, want int) (rank, seen int, score float64) {
	q := NewProfile(p)
	c := x.candidates(p)
	if !slices.Contains(c, want) {
		return -1, len(c), 0
	}
	score = q.Score(&x.profiles[want]).Score
	for _, i := range c {
		if i != want && q.Score(&x.profiles[i]).Score > score {
			rank++
		}
	}
	return rank, len(c), score
}

func TestRecall(t *testing.T) {
	const people, queries = 5000, 400
	w := newWorld(7)
	all := make([]drawn, people)
	stored := make([]Person, people)
	for i := range all {
		all[i] = w.draw()
		stored[i] = w.person(all[i])
	}
	x := newIndex(stored)
	in10, first, proposed, likely, seen := 0, 0, 0, 0, 0
	for range queries {
		i := w.r.IntN(people)
		rank, n, score := x.place(w.report(all[i]), i)
		seen += n
		in10 += count(rank >= 0 && rank < 10)
		first += count(rank == 0)
		proposed += count(score >= Propose)
		likely += count(score >= Likely)
	}
	t.Logf("of %d reports against %d persons: recall at 10 %.3f, first %.3f, over Propose %.3f, over Likely %.3f; %d candidates scored each",
		queries, people, share(in10, queries), share(first, queries), share(proposed, queries), share(likely, queries), seen/queries)
	if share(in10, queries) < recallFloor || share(proposed, queries) < proposedFloor {
		t.Errorf("below the floors %v and %v", recallFloor, proposedFloor)
	}
}

func TestRandomPairs(t *testing.T) {
	const pairs = 10000
	w := newWorld(11)
	propose, likely, bare := 0, 0, 0
	for range pairs {
		a, b := w.draw(), w.draw()
		m := Score(w.person(a), w.report(b))
		if a.given.Arabic == b.given.Arabic && a.family.Arabic == b.family.Arabic {
			continue // namesakes: no comparison of names can tell them
		}
		propose += count(m.Score >= Propose)
		likely += count(m.Score >= Likely)
		m = Score(Person{Family: w.spell(a.family, true, false), Given: w.spell(a.given, true, false)},
			Person{Family: w.spell(b.family, false, true), Given: w.spell(b.given, false, true)})
		bare += count(m.Score >= Likely)
	}
	t.Logf("of %d random pairs: %.6f over Propose, %.6f over Likely; names alone, across scripts, %.6f over Likely",
		pairs, share(propose, pairs), share(likely, pairs), share(bare, pairs))
	if share(propose, pairs) > proposeCeiling || share(bare, pairs) > bareCeiling {
		t.Errorf("false accepts above %v or %v", proposeCeiling, bareCeiling)
	}
}

func TestHoldout(t *testing.T) {
	var same, met, high, others, falseHigh int
	for _, l := range lines(t, "holdout.tsv") {
		a, b := Person{Given: Name{Latin: l[1]}}, Person{Given: Name{Latin: l[2]}}
		good := Score(a, b).Score >= Likely
		if l[0] == "same" {
			same++
			met += count(meet(Key(l[1]), Key(l[2])))
			high += count(good)
			continue
		}
		others++
		falseHigh += count(good)
	}
	t.Logf("hold-out: of %d same, %d share a key, %d over Likely; of %d others, %d over Likely", same, met, high, others, falseHigh)
	if share(met, same) < holdoutKeys || share(high, same) < holdoutLikely || share(falseHigh, others) > holdoutFalse {
		t.Errorf("hold-out below its floors")
	}
}

// Floors and ceilings of what was measured, a little looser than the figures
// in thresholds.go so that a changed seed of the standard library's generator
// does not fail them.
const (
	recallFloor    = 0.97
	proposedFloor  = 0.93
	proposeCeiling = 0.0005
	bareCeiling    = 0.0005
	holdoutKeys    = 0.96
	holdoutLikely  = 0.89
	holdoutFalse   = 0.04
)

func count(b bool) int {
	if b {
		return 1
	}
	return 0
}

func share(n, of int) float64 { return float64(n) / float64(of) }
