package names

import (
	"math/rand/v2"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func latinPerson(given, family string) Person {
	return Person{Given: Name{Latin: given}, Family: Name{Latin: family}}
}

func TestMhamedIsNotMohamed(t *testing.T) {
	other := latinPerson("M'hamed", "Alaoui")
	for _, a := range []Person{latinPerson("Mohamed", "Alaoui"), {Given: Name{Arabic: "\u0645\u062D\u0645\u062F"}}} {
		if s := Score(a, other).Score; s >= Propose {
			t.Errorf("%v beside M'hamed scores %v", a, s)
		}
	}
}

func TestEvidence(t *testing.T) {
	a := latinPerson("Rachid", "Bennani")
	a.Birth, a.Father, a.Sex = PartialDate{1980, 5, 1}, Name{Latin: "ben Ahmed"}, Male
	b := latinPerson("Bennani", "Rachid")
	b.Birth, b.Father, b.Mother, b.Sex = PartialDate{Year: 1980}, Name{Latin: "Ahmed"}, Name{Latin: "Fatima"}, Female
	m := Score(a, b)
	want := map[Field]State{
		FieldName: Agrees, FieldFamily: Differs, FieldGiven: Differs, FieldFather: Agrees,
		FieldMother: Absent, FieldBirth: Agrees, FieldPlace: Absent, FieldSex: Differs,
	}
	for _, e := range m.Evidence {
		if e.State != want[e.Field] {
			t.Errorf("%s %s, want %s", e.Field, e.State, want[e.Field])
		}
	}
	if !m.Swapped || m.Coverage != 0.76 {
		t.Errorf("swapped %v, coverage %v", m.Swapped, m.Coverage)
	}
}

// Each thing that differs must lower the score: the brother, the namesake of
// another year, of another father, mother, place, sex.
func TestEachFieldCounts(t *testing.T) {
	full := latinPerson("Rachid", "Bennani")
	full.Father, full.Mother, full.Place = Name{Latin: "Ahmed"}, Name{Latin: "Khadija"}, Name{Latin: "Settat"}
	full.Birth, full.Sex = PartialDate{1980, 5, 1}, Male
	for name, change := range map[string]func(*Person){
		"given":  func(p *Person) { p.Given.Latin = "Khalid" },
		"family": func(p *Person) { p.Family.Latin = "Tazi" },
		"father": func(p *Person) { p.Father.Latin = "Driss" },
		"mother": func(p *Person) { p.Mother.Latin = "Zineb" },
		"place":  func(p *Person) { p.Place.Latin = "Oujda" },
		"birth":  func(p *Person) { p.Birth = PartialDate{1999, 1, 2} },
		"sex":    func(p *Person) { p.Sex = Female },
	} {
		other := full
		change(&other)
		s := Score(full, other).Score
		if s > 0.96 {
			t.Errorf("another %s still scores %v", name, s)
		}
		if (name == "given" || name == "family" || name == "birth") && s >= Likely {
			t.Errorf("another %s is still likely: %v", name, s)
		}
	}
}

func TestNothingToCompare(t *testing.T) {
	if m := Score(Person{}, latinPerson("Rachid", "Tazi")); m.Score != 0 || m.Coverage != 0 {
		t.Errorf("nothing scores %v, covers %v", m.Score, m.Coverage)
	}
	if m := Score(latinPerson("\u0410\u043D\u043D\u0430", ""), latinPerson("Anna", "")); m.Score != 0 {
		t.Errorf("other scripts compare across: %v", m.Score)
	}
	if m := Score(latinPerson("R.", "Tazi"), latinPerson("Rachid", "Tazi")); m.Score < 0.7 || m.Score == 1 {
		t.Errorf("an initial scores %v", m.Score)
	}
}

func TestScoreProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := anyName(t), anyName(t)
		pa, pb := latinPerson(strings.Join(a, " "), ""), latinPerson(strings.Join(b, " "), "")
		pa.Birth.Year, pb.Birth.Year = 1970, 1950+rapid.IntRange(0, 40).Draw(t, "year")
		if s := Score(pa, pa).Score; s != 1 {
			t.Fatalf("%q beside itself scores %v", a, s)
		}
		ab := Score(pa, pb)
		if ba := Score(pb, pa); ab != ba {
			t.Fatalf("%q %q: %v one way, %v the other", a, b, ab, ba)
		}
		if ab.Score < 0 || ab.Score > 1 {
			t.Fatalf("score %v", ab.Score)
		}
	})
}

// Parts of random order, none a particle, score as in the first order.
func TestOrderOfPartsIsFree(t *testing.T) {
	parts := strings.Fields("Rachid Khalid Bennani Zineb Mounir")
	r := rand.New(rand.NewPCG(1, 2))
	base, beside := latinPerson(strings.Join(parts, " "), ""), latinPerson("Khaled Rashid Benani", "")
	want := Score(base, beside).Score
	for range 50 {
		r.Shuffle(len(parts), func(i, j int) { parts[i], parts[j] = parts[j], parts[i] })
		if got := Score(latinPerson(strings.Join(parts, " "), ""), beside).Score; got != want {
			t.Fatalf("%v scores %v, want %v", parts, got, want)
		}
	}
}

func FuzzScore(f *testing.F) {
	f.Add("Mohamed", "\u0645\u062D\u0645\u062F", "1948")
	f.Add("\xff \u0627\u0644\u0644\u0647", strings.Repeat("abd el ", 200), "00/00/1948")
	f.Fuzz(func(t *testing.T, x, y, z string) {
		a := Person{Family: Name{Arabic: x}, Given: Name{Latin: y}, Place: Name{Latin: z}}
		b := Person{Family: Name{Latin: y, Arabic: z}, Given: Name{Arabic: x}, Mother: Name{Latin: x}}
		ab, ba := Score(a, b), Score(b, a)
		if ab != ba || ab.Score < 0 || ab.Score > 1 {
			t.Fatalf("%v and %v", ab, ba)
		}
	})
}

func BenchmarkScore(b *testing.B) {
	p := Person{Family: Name{"\u0628\u0646\u062C\u0644\u0648\u0646", "Benjelloun"}, Given: Name{"\u0645\u062D\u0645\u062F", "Mohamed"}, Birth: PartialDate{1980, 5, 1}}
	q := Person{Family: Name{Latin: "Ben Jelloun"}, Given: Name{Latin: "Mohammed"}, Birth: PartialDate{Year: 1980}}
	b.ReportAllocs()
	for b.Loop() {
		Score(p, q)
	}
}

func BenchmarkProfileScore(b *testing.B) {
	p := NewProfile(Person{Family: Name{"\u0628\u0646\u062C\u0644\u0648\u0646", "Benjelloun"}, Given: Name{"\u0645\u062D\u0645\u062F", "Mohamed"}})
	q := NewProfile(latinPerson("Mohammed", "Ben Jelloun"))
	b.ReportAllocs()
	for b.Loop() {
		p.Score(&q)
	}
}

// The dearest input: every field full of long parts in both scripts.
func BenchmarkScoreWorst(b *testing.B) {
	n := Name{strings.Repeat("\u063A\u0632\u0644\u0627\u0646\u0642\u0641\u0634\u0637 ", 20), strings.Repeat("rhizathidhashirgoun ", 20)}
	m := Name{strings.Repeat("\u0638\u0628\u0645\u0635\u062D\u0630\u064A\u0631\u062C ", 20), strings.Repeat("mgathikadhishaborhit ", 20)}
	p, q := Person{Family: n, Given: n, Father: n, Mother: n, Place: n}, Person{Family: m, Given: m, Father: m, Mother: m, Place: m}
	for b.Loop() {
		Score(p, q)
	}
}
