package plate

import (
	"testing"

	"pgregory.net/rapid"
)

func TestForms(t *testing.T) {
	for _, c := range []struct {
		written string
		rows    int
		upper   int
		kind    Kind
		text    string
	}{
		{"12345أ6", 1, 0, Standard, "12345-أ-6"},
		{"1ي89", 1, 0, Standard, "1-ي-89"},
		{"12345A6", 1, 0, Standard, "12345-أ-6"},
		{"12345E6", 1, 0, Standard, "12345-و-6"},
		{"أ612345", 2, 2, Standard, "12345-أ-6"},
		{"أ612345", 2, 3, Standard, "2345-أ-61"},
		{"6أ12345", 2, 2, Standard, "12345-أ-6"},
		{"12345أ6", 2, 5, Standard, "12345-أ-6"},
		{"12345أ6", 2, 6, Standard, "12345-أ-6"},
		{"123456WW", 1, 0, WW, "123456WW"},
		{"WW123456", 1, 0, WW, "WW123456"},
		{"1234-12-6", 1, 0, Old, "1234-12-6"},
		{"574011-1", 2, 4, Old, "5740-11-1"},
		{"1234-40", 1, 0, Trailer, "1234-40"},
		{"26012345", 2, 2, Moped, "26012345"},
		{"39252M", 1, 0, Official, "39252M"},
		{"3766قم", 1, 0, Official, "3766قم"},
		{"376ش", 1, 0, Official, "376ش"},
		{"187620ج", 1, 0, Official, "187620ج"},
		{"812391المغرب", 1, 0, Official, "812391المغرب"},
		{"944تونس3117", 1, 0, Tunisian, "944تونس3117"},
		{"AB-123-CD", 1, 0, Latin, "AB123CD"},
		{"BXY4321", 1, 0, Latin, "BXY4321"},
		{"CMD461-21", 1, 0, Latin, "CMD46121"},
		{"1234567", 1, 0, Digits, "1234567"},
		{"0123أ6", 1, 0, Other, "0123أ6"},
		{"12345أ90", 1, 0, Other, "12345أ90"},
		{"123456أ6", 1, 0, Other, "123456أ6"},
		{"12أب6", 1, 0, Other, "12أب6"},
	} {
		p, weight := parse(signsOf(c.written), c.rows, c.upper)
		if p.Kind != c.kind || p.Text() != c.text || weight <= 0 {
			t.Errorf("%s in %d rows: %s %q (%g), want %s %q", c.written, c.rows, p.Kind, p.Text(), weight, c.kind, c.text)
		}
	}
}

// TestLatinAndArabicMarks: the mark of a state or local vehicle weighs as much in
// Arabic as in Latin letters, and more than the Latin letter that looks like it.
func TestLatinAndArabicMarks(t *testing.T) {
	weigh := func(text string) float64 {
		_, w := parse(signsOf(text), 1, 0)
		return w
	}
	for _, same := range [][3]string{{"187620ج", "187620J", "187620C"}, {"39252المغرب", "39252M", "39252H"}} {
		if arabic, latin, alike := weigh(same[0]), weigh(same[1]), weigh(same[2]); arabic != latin || alike >= arabic {
			t.Errorf("%v: %g, %g, %g", same, arabic, latin, alike)
		}
	}
}

// TestWeights: a Moroccan plate is likelier than anything else that the
// network finds as likely, and a row of letters is hardly a plate.
func TestWeights(t *testing.T) {
	order := []string{"12345أ6", "AB123CD", "1234567", "HELLO"}
	last := 2.0
	for _, text := range order {
		if _, w := parse(signsOf(text), 1, 0); w >= last {
			t.Errorf("%s weighs %g, what should be above it %g", text, w, last)
		} else {
			last = w
		}
	}
	if _, w := parse(make([]sign, 40), 1, 0); w != 0 {
		t.Error("a text longer than any plate has a form")
	}
}

// TestPrefixes: the beam never drops the beginning of a text that has a form,
// and what it believes possible is no less than what the text then weighs.
func TestPrefixes(t *testing.T) {
	g := grammar()
	rapid.Check(t, func(rt *rapid.T) {
		rows := rapid.IntRange(1, 2).Draw(rt, "rows")
		text := rapid.SliceOfN(rapid.Map(rapid.IntRange(1, signs-1), func(i int) sign { return sign(i) }), 1, maxSigns).Draw(rt, "text")
		if rapid.Bool().Draw(rt, "moroccan") {
			text = signsOf(rapid.StringMatching(`[1-9][0-9]{0,4}[أبدهوطي][1-8][0-9]`).Draw(rt, "plate"))
		}
		weight := 0.0
		for upper := range text {
			if _, w := parse(text, rows, upper); w > weight {
				weight = w
			}
		}
		live := g.start[rows]
		for _, s := range text {
			live = g.next(live, s)
			if g.best(live) < weight {
				rt.Fatalf("%s: %g after %s, %g at its end", spell(text), g.best(live), s, weight)
			}
		}
	})
}

func TestKeys(t *testing.T) {
	a, _ := parse(signsOf("WW123456"), 1, 0)
	b, _ := parse(signsOf("123456WW"), 1, 0)
	if a.key() != b.key() {
		t.Errorf("%s and %s are one plate", a.key(), b.key())
	}
	c, _ := parse(signsOf("1234-12-6"), 1, 0)
	if c.key() != "1234126" {
		t.Error(c.key())
	}
	if ToLatin("و") != "E" || ToLatin("ش") != "" || toArabic("T") != "ط" || toArabic("X") != "" || toArabic("") != "" || toArabic("AB") != "" {
		t.Error("letters of series")
	}
}

// TestLatinForms: of two readings that a picture hardly tells apart, the one that
// has the form of a plate weighs more.
func TestLatinForms(t *testing.T) {
	for _, x := range [][2]string{{"ID413BO", "ID413B0"}, {"C2339SD", "C23395D"}, {"1234BCD", "1234B0D"}, {"AB12CDE", "A812CDE"}, {"AB-123-CD", "AB-1Z3-CD"}} {
		_, good := parse(signsOf(x[0]), 1, 0)
		_, bad := parse(signsOf(x[1]), 1, 0)
		if good <= bad {
			t.Errorf("%s weighs %g, %s %g", x[0], good, x[1], bad)
		}
	}
}
