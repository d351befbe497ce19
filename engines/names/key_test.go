package names

import (
	"bufio"
	"os"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/amana-platform/amana/engines/names/namesdata"
)

// lines reads a data file of testdata, comments left out, fields parted.
func lines(t testing.TB, file string) [][]string {
	t.Helper()
	f, err := os.Open("testdata/" + file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var out [][]string
	for sc := bufio.NewScanner(f); sc.Scan(); {
		if s := sc.Text(); s != "" && !strings.HasPrefix(s, "#") {
			out = append(out, strings.Split(s, "\t"))
		}
	}
	return out
}

func meet(a, b []string) bool {
	return slices.ContainsFunc(a, func(k string) bool { return slices.Contains(b, k) })
}

// Each line of rules.tsv is a rule, then spellings that must share a key with
// the first of them.
func TestRulesMeet(t *testing.T) {
	for _, l := range lines(t, "rules.tsv") {
		for _, s := range l[2:] {
			if !meet(Key(l[1]), Key(s)) {
				t.Errorf("%s: %s %v does not meet %s %v", l[0], l[1], Key(l[1]), s, Key(s))
			}
		}
	}
}

// Each line of apart.tsv holds spellings of the same kind that must share none.
func TestRulesApart(t *testing.T) {
	for _, l := range lines(t, "apart.tsv") {
		if meet(Key(l[1]), Key(l[2])) {
			t.Errorf("%s: %s %v meets %s", l[0], l[1], Key(l[1]), l[2])
		}
	}
}

func TestFoldTable(t *testing.T) {
	for _, l := range lines(t, "fold.tsv") {
		if got := Fold(l[0]); got != l[1] {
			t.Errorf("Fold(%q) = %q, want %q", l[0], got, l[1])
		}
	}
	if got := Fold("a\xffb\x00c"); got != "a b c" {
		t.Errorf("broken bytes part words: %q", got)
	}
	if got := Fold(strings.Repeat("\u00E9\u0645 ", 1000)); len(got) > MaxBytes {
		t.Errorf("folded to %d bytes", len(got))
	}
}

func TestEverySpellingMeetsItsArabic(t *testing.T) {
	missed, all := 0, 0
	for _, list := range [][]namesdata.Name{namesdata.GivenMale(), namesdata.GivenFemale(), namesdata.Family()} {
		for _, n := range list {
			for _, l := range n.Latin {
				all++
				if !meet(Key(n.Arabic), Key(l)) {
					missed++
					t.Logf("%s %v: %s %v", n.Arabic, Key(n.Arabic), l, Key(l))
				}
			}
		}
	}
	t.Logf("%d of %d spellings share no key with their Arabic", missed, all)
	if missed*100 > all*2 {
		t.Errorf("more than 2 %% of spellings miss")
	}
}

func TestPairs(t *testing.T) {
	if got := Pairs("Ben Ali, Youssef"); !slices.Equal(got, []string{"BNL+SF"}) {
		t.Errorf("pairs %v", got)
	}
	if got := Pairs("Youssef"); len(got) != 0 {
		t.Errorf("one part has pairs %v", got)
	}
	p := Person{Family: Name{Latin: "Alaoui"}, Given: Name{Latin: "M. Karim"}}
	if got := p.Pairs(); !slices.Equal(got, []string{"KRM+VL"}) {
		t.Errorf("an initial pairs: %v", got)
	}
	if got := p.Keys(); !slices.Equal(got, []string{"KRM", "VL"}) {
		t.Errorf("keys %v", got)
	}
}

func TestSearchKeys(t *testing.T) {
	for _, l := range lines(t, "search.tsv") {
		found := false
		for _, k := range SearchKeys(l[0]) {
			prefix, open := strings.CutSuffix(k, "*")
			for _, full := range Key(l[1]) {
				found = found || full == k || (open && strings.HasPrefix(full, prefix))
			}
		}
		if found != (l[2] == "finds") {
			t.Errorf("%q %v beside %q %v: found is %v", l[0], SearchKeys(l[0]), l[1], Key(l[1]), found)
		}
	}
}

func TestSortKey(t *testing.T) {
	for _, l := range lines(t, "sort.tsv") {
		if !slices.IsSortedFunc(l, func(a, b string) int { return strings.Compare(SortKey(a), SortKey(b)) }) {
			t.Errorf("not in order: %v", l)
		}
	}
	if SortKey("Élodie  Ben-Ali") != "elodie ben ali" || SortKey(" - ") != "" {
		t.Errorf("sort keys %q %q", SortKey("Élodie  Ben-Ali"), SortKey(" - "))
	}
}

// anyName draws a name of one to four parts of either script.
func anyName(t *rapid.T) []string {
	all := slices.Concat(namesdata.GivenMale(), namesdata.Family())
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) string {
		n := rapid.SampledFrom(all).Draw(t, "name")
		return rapid.SampledFrom(append(n.Latin, n.Arabic)).Draw(t, "spelling")
	}), 1, 4).Draw(t, "parts")
}

func TestKeyProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.OneOf(rapid.String(), rapid.Custom(func(t *rapid.T) string {
			return strings.Join(anyName(t), " ")
		})).Draw(t, "s")
		if f := Fold(s); Fold(f) != f {
			t.Fatalf("Fold(%q) = %q, then %q", s, f, Fold(f))
		}
		if a, b := Key(s), Key(Fold(s)); !slices.Equal(a, b) {
			t.Fatalf("Key %v, of the folded %v", a, b)
		}
		if !slices.IsSorted(Key(s)) {
			t.Fatalf("Key %v is not in order", Key(s))
		}
	})
}

func FuzzFold(f *testing.F) {
	for _, s := range []string{"Mohamed", "\u0645\u062D\u0645\u062F", "M\u2019hamed", "\xff\xfe", "\uFDF2", "\u00B4\u0130", strings.Repeat("a", 600)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		once := Fold(s)
		if Fold(once) != once || len(once) > MaxBytes || !slices.Equal(Key(s), Key(once)) {
			t.Fatalf("%q folds to %q", s, once)
		}
		SortKey(s)
		SearchKeys(s)
		Pairs(s)
	})
}

func BenchmarkKey(b *testing.B) {
	for b.Loop() {
		Key("Fatima Zahra Ben Jelloun")
	}
}
