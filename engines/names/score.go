package names

// Name is a name in the scripts it is known in; either may be empty.
type Name struct {
	Arabic string
	Latin  string
}

// Sex as civil status records it; empty when unknown.
type Sex string

// The sexes of civil status.
const (
	Male   Sex = "male"
	Female Sex = "female"
)

// Person is what is compared of a person: names in both scripts, filiation,
// and birth. Every field may be empty.
type Person struct {
	Family Name
	Given  Name
	Father Name        // the father's given name, "ben" or not
	Mother Name        // the mother's given name, with or without her family name
	Birth  PartialDate // as precise as known
	Place  Name        // place of birth: commune or town
	Sex    Sex
}

// Keys gives the union of Key over the full name in both scripts.
func (p Person) Keys() []string {
	return tidy(append(Key(p.Family.Arabic+" "+p.Given.Arabic), Key(p.Family.Latin+" "+p.Given.Latin)...))
}

// Pairs gives the union of Pairs over the full name in both scripts.
func (p Person) Pairs() []string {
	return tidy(append(Pairs(p.Family.Arabic+" "+p.Given.Arabic), Pairs(p.Family.Latin+" "+p.Given.Latin)...))
}

// Field names what a line of evidence is about.
type Field string

// The fields compared, in the order of Match.Evidence. FieldName is the whole
// name, its parts in any order; FieldFamily and FieldGiven say how each did on
// its own and weigh nothing.
const (
	FieldName   Field = "name"
	FieldFamily Field = "family"
	FieldGiven  Field = "given"
	FieldFather Field = "father"
	FieldMother Field = "mother"
	FieldBirth  Field = "birth"
	FieldPlace  Field = "place"
	FieldSex    Field = "sex"
)

// State is what the comparison of one field came to.
type State string

// The states of a field. A field absent on either side speaks neither for
// nor against.
const (
	Agrees  State = "agrees"
	Near    State = "near"
	Differs State = "differs"
	Absent  State = "absent"
)

// Evidence is one field's part in a score.
type Evidence struct {
	Field      Field
	State      State
	Similarity int // permille; 0 when absent
	Weight     int // percent of a full comparison; 0 when absent
}

// Match is the outcome of comparing two persons.
type Match struct {
	// Score is 0 to 1: how well what both sides know agrees. It is an order of
	// preference calibrated by Likely and Propose, not a probability of
	// identity: that also depends on how many people share the name.
	Score float64
	// Coverage is 0 to 1: how much of a full comparison could be made. Two
	// records with nothing but "Mohamed Alaoui" score 1 at a coverage of 0.5.
	Coverage float64
	// Swapped is true when family and given name fit better exchanged.
	Swapped bool
	// Evidence holds a line for every Field, in their order.
	Evidence [8]Evidence
}

// Weights in percent of a full comparison; they sum to 100.
const (
	nameWeight   = 50
	birthWeight  = 22
	fatherWeight = 9
	motherWeight = 9
	placeWeight  = 5
	sexWeight    = 5
)

// Score compares two persons. It is symmetric, gives 1 for a person with a
// name beside itself, and depends on no order of name parts. How alike the
// whole names are multiplies what the fields together say: brothers agree in
// all but the name.
func Score(a, b Person) Match {
	pa, pb := NewProfile(a), NewProfile(b)
	return pa.Score(&pb)
}

// Profile is a person made ready for many comparisons. Treat it as opaque.
type Profile struct {
	family, given, whole bilingual
	father, mother       bilingual
	place                bilingual
	birth                PartialDate
	sex                  Sex
}

// bilingual is a name's parts in both scripts; what stands in the wrong field
// is read by the letters it is written in.
type bilingual struct{ arabic, latin parts }

// NewProfile reads a person's names once.
func NewProfile(p Person) Profile {
	return Profile{
		family: read(p.Family), given: read(p.Given), whole: readWhole(p),
		father: readFiliation(p.Father), mother: readFiliation(p.Mother),
		place: read(p.Place), birth: p.Birth, sex: p.Sex,
	}
}

func read(n Name) (b bilingual) {
	b.arabic.split(n.Arabic)
	b.latin.split(n.Latin)
	return b
}

func readWhole(p Person) (b bilingual) {
	b.arabic.split(p.Family.Arabic)
	b.arabic.split(p.Given.Arabic)
	b.latin.split(p.Family.Latin)
	b.latin.split(p.Given.Latin)
	return b
}

// Score compares two profiles; see the function Score.
func (p *Profile) Score(o *Profile) Match {
	var m Match
	m.add(0, FieldName, nameWeight, compare(&p.whole, &o.whole))
	m.add(1, FieldFamily, 0, compare(&p.family, &o.family))
	m.add(2, FieldGiven, 0, compare(&p.given, &o.given))
	m.add(3, FieldFather, fatherWeight, compare(&p.father, &o.father))
	m.add(4, FieldMother, motherWeight, compare(&p.mother, &o.mother))
	m.add(5, FieldBirth, birthShare(p.birth, o.birth), compareBirth(p.birth, o.birth))
	m.add(6, FieldPlace, placeWeight, compare(&p.place, &o.place))
	m.add(7, FieldSex, sexWeight, compareSex(p.sex, o.sex))
	m.Swapped = p.swapped(o, &m)
	m.settle()
	return m
}

// unknown is the similarity of a field that one side lacks.
const unknown = -1

// What a field's similarity, in permille, must reach to count as agreeing, or
// as near.
const (
	agreesFrom = 880
	nearFrom   = 600
)

// add notes a field's evidence.
func (m *Match) add(i int, f Field, weight int, similarity int32) {
	e := Evidence{Field: f, State: Absent}
	if similarity != unknown {
		e = Evidence{Field: f, State: Differs, Similarity: int(similarity), Weight: weight}
	}
	switch {
	case similarity >= agreesFrom:
		e.State = Agrees
	case similarity >= nearFrom:
		e.State = Near
	}
	m.Evidence[i] = e
}

// settle forms score and coverage from the evidence, in whole numbers until
// the last step, so that they are the same on every machine.
func (m *Match) settle() {
	name := m.Evidence[0]
	sum, weight := 1000*name.Weight, name.Weight
	for _, e := range m.Evidence[1:] {
		sum += e.Similarity * e.Weight
		weight += e.Weight
	}
	m.Coverage = float64(weight) / 100
	if name.State == Absent {
		return
	}
	m.Score = float64(sum*name.Similarity/weight) / 1e6
}

// swapped tells that exchanging family and given name fits clearly better. It
// cannot where both agree as they stand, or the whole names do not.
func (p *Profile) swapped(o *Profile, m *Match) bool {
	if m.Evidence[0].State == Differs || (m.Evidence[1].State == Agrees && m.Evidence[2].State == Agrees) {
		return false
	}
	crossed := compare(&p.family, &o.given)
	back := compare(&p.given, &o.family)
	if crossed == unknown || back == unknown {
		return false
	}
	return int(crossed+back) > m.Evidence[1].Similarity+m.Evidence[2].Similarity+200
}

// birthShare lowers the weight of dates of which less is known.
func birthShare(a, b PartialDate) int {
	switch min(a.Precision(), b.Precision()) {
	case ToDay:
		return birthWeight
	case ToMonth:
		return birthWeight - 6
	}
	return birthWeight - 10
}

func compareBirth(a, b PartialDate) int32 {
	if a.Year == 0 || b.Year == 0 {
		return unknown
	}
	return a.agreement(b)
}

func compareSex(a, b Sex) int32 {
	switch {
	case a == "" || b == "":
		return unknown
	case a == b:
		return 1000
	}
	return 0
}
