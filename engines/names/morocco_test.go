package names

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// forms are spellings of one name, the Arabic first.
type forms struct {
	name string
	all  []string
}

// moroccan are the names whose spellings Moroccan registers vary most, in the forms
// in which each is met.
var moroccan = []forms{
	{"Mohamed", []string{"محمد", "Mohamed", "Mohammed", "Mohammad", "Muhammad", "Mouhamed", "Med"}},
	{"M'hamed", []string{"امحمد", "M'hamed", "Mhamed", "Mhammed"}},
	{"El Houcine", []string{"الحسين", "El Houcine", "Lhoucine", "L'houssaine", "El Houssine", "Hussein"}},
	{"El Hassan", []string{"الحسن", "El Hassan", "Lahcen", "Lahsen"}},
	{"Abdellah", []string{"عبد الله", "عبدالله", "Abdellah", "Abdallah", "Abdullah"}},
	{"Abderrahim", []string{"عبد الرحيم", "عبدالرحيم", "Abderrahim", "Abdel Rahim", "Abdrahim"}},
	{"Fatima Zahra", []string{"فاطمة الزهراء", "Fatima Zahra", "Fatima-Ezzahra", "Fatimazahra", "Fatima Zohra"}},
	{"Youssef", []string{"يوسف", "Youssef", "Youssouf", "Youcef"}},
	{"Hicham", []string{"هشام", "Hicham", "Hisham"}},
	{"Rachid", []string{"رشيد", "Rachid", "Rashid"}},
	{"Benjelloun", []string{"بنجلون", "بن جلون", "Benjelloun", "Ben Jelloun"}},
	{"Benali", []string{"بن علي", "Benali", "Ben Ali"}},
	{"Aït Ali", []string{"أيت علي", "آيت علي", "ايت علي", "Aït Ali", "Ait Ali", "Ayt Ali", "Aitali"}},
	{"Bouazza", []string{"بوعزة", "بو عزة", "Bouazza", "Bou Azza"}},
	{"Oulad Ali", []string{"أولاد علي", "Oulad Ali", "Ouled Ali"}},
	{"Ould Ahmed", []string{"ولد أحمد", "Ould Ahmed", "Ouldahmed"}},
}

// TestEverySpellingIsProposed: each two spellings of a name share a key, so that they
// meet, and score what puts them before a person.
func TestEverySpellingIsProposed(t *testing.T) {
	for _, f := range moroccan {
		for i, a := range f.all {
			for _, b := range f.all[i+1:] {
				if !meet(Key(a), Key(b)) {
					t.Errorf("%s: %s %v and %s %v do not meet", f.name, a, Key(a), b, Key(b))
				}
				if s := Score(named(a), named(b)).Score; s < Propose {
					t.Errorf("%s: %s and %s score %.2f", f.name, a, b, s)
				}
			}
		}
	}
}

// named is a person of whom only the given name is known, in whichever script.
func named(s string) Person {
	if strings.ContainsFunc(s, func(r rune) bool { return r >= 0x0600 && r <= 0x06FF }) {
		return Person{Given: Name{Arabic: s}, Family: Name{Arabic: "التازي"}}
	}
	return Person{Given: Name{Latin: s}, Family: Name{Latin: "Tazi"}}
}

// TestAnotherNameIsNotProposed: names that look alike and are others, in each pair of
// their spellings: above all M'hamed, who is not Mohamed.
func TestAnotherNameIsNotProposed(t *testing.T) {
	of := map[string][]string{}
	for _, f := range moroccan {
		of[f.name] = f.all
	}
	for _, pair := range [][2]string{{"Mohamed", "M'hamed"}, {"Rachid", "Hicham"}, {"Youssef", "Rachid"}, {"Abdellah", "Abderrahim"}, {"Benali", "Benjelloun"}, {"Bouazza", "Benali"}, {"Fatima Zahra", "Mohamed"}} {
		for _, a := range of[pair[0]] {
			for _, b := range of[pair[1]] {
				if s := Score(named(a), named(b)).Score; s >= Likely {
					t.Errorf("%s and %s score %.2f", a, b, s)
				}
			}
		}
	}
	for _, a := range of["Mohamed"] {
		for _, b := range of["M'hamed"] {
			if meet(Key(a), Key(b)) {
				t.Errorf("%s %v meets %s %v", a, Key(a), b, Key(b))
			}
		}
	}
}

// TestTheRomanisationOfMorocco: each way in which French spells an Arabic letter leads
// to its key.
func TestTheRomanisationOfMorocco(t *testing.T) {
	for _, tc := range []struct {
		letter, arabic string
		latin          []string
	}{
		{"waw as ou and w", "وفاء", []string{"Wafae", "Ouafae", "Wafaa"}},
		{"chin", "الشاوي", []string{"Chaoui", "Shaoui"}},
		{"ghain", "غيثة", []string{"Ghita", "Rhita"}},
		{"kha", "خالد", []string{"Khalid", "Khaled"}},
		{"jim", "جميلة", []string{"Jamila", "Djamila"}},
		{"qaf", "القادري", []string{"Kadiri", "Qadiri", "Cadiri"}},
		{"ain", "سعاد", []string{"Souad", "Souâad"}},
		{"ss between vowels", "موسى", []string{"Moussa", "Musa"}},
		{"ya", "يحيى", []string{"Yahya", "Yahia"}},
		{"the mute e", "سناء", []string{"Sanaa", "Sanae"}},
		{"the g of toponyms", "جرسيف", []string{"Guercif"}},
		{"the g of toponyms with kaf", "كلميم", []string{"Guelmim"}},
		{"the g with three dots", "ڭلميم", []string{"Guelmim"}},
		{"Agadir", "أكادير", []string{"Agadir"}},
	} {
		for _, l := range tc.latin {
			if !meet(Key(tc.arabic), Key(l)) {
				t.Errorf("%s: %s %v does not meet %s %v", tc.letter, tc.arabic, Key(tc.arabic), l, Key(l))
			}
		}
	}
}

// TestTheFoldingOfArabic: the forms of a letter are one; marks and tatweel go; what
// tells names apart stays.
func TestTheFoldingOfArabic(t *testing.T) {
	for _, tc := range []struct{ what, in, want string }{
		{"hamza above alif", "أحمد", "احمد"}, {"hamza below alif", "إسماعيل", "اسماعيل"}, {"madda", "آمنة", "امنه"}, {"wasla", "ٱلحسن", "الحسن"},
		{"alif maqsura", "موسى", "موسي"}, {"ta marbuta", "فاطمة", "فاطمه"}, {"hamza on waw", "مؤمن", "مومن"}, {"hamza on ya", "عائشة", "عايشه"},
		{"tatweel", "محـمـد", "محمد"}, {"vowel marks", "مُحَمَّد", "محمد"}, {"a lone hamza", "وفاء", "وفا"},
		{"gaf with three dots", "ڭلميم", "كلميم"}, {"Persian gaf", "گلميم", "كلميم"}, {"ha of two eyes", "ھشام", "هشام"}, {"Persian ya", "علی", "علي"},
		{"Maghrebi feh", "\u06A2اس", "فاس"}, {"Maghrebi qaf", "\u06A7ادر", "قادر"}, {"eastern digits", "\u0661\u0669\u0664\u0668", "1948"},
		{"the allah ligature", "\uFDF2", "الله"}, {"presentation forms", "\uFEE3\uFEA4\uFEE4\uFEAA", "محمد"},
		{"direction marks", "\u200Fمحمد\u200E", "محمد"}, {"spaces", "  عبد \u00A0 الله ", "عبد الله"},
		{"accents", "Aït Élodie Ça", "ait elodie ca"}, {"apostrophes", "M'hamed L\u2019Alaoui \u02BFAli", "mhamed lalaoui ali"}, {"hyphens", "Abd-Er-Rahim", "abd er rahim"}, {"a dot", "My. Ahmed", "my ahmed"},
	} {
		if got := Fold(tc.in); got != tc.want {
			t.Errorf("%s: Fold(%q) = %q, want %q", tc.what, tc.in, got, tc.want)
		}
	}
}

// TestTitlesAndArticlesAreOptional: with or without them the person is the same; a
// name that is nothing but a title is still a name.
func TestTitlesAndArticlesAreOptional(t *testing.T) {
	for _, tc := range [][2]string{
		{"Moulay Ahmed", "Ahmed"}, {"My Ahmed", "Ahmed"}, {"Sidi Ahmed", "Ahmed"}, {"Si Ahmed", "Ahmed"}, {"Lalla Zineb", "Zineb"}, {"مولاي أحمد", "Ahmed"}, {"سيدي أحمد", "أحمد"}, {"لالة زينب", "Zineb"},
		{"El Alaoui", "Alaoui"}, {"Al Alaoui", "Alaoui"}, {"L'Alaoui", "Alaoui"}, {"العلوي", "Alaoui"}, {"Ech Chaoui", "Chaoui"}, {"Er Rachidi", "Rachidi"}, {"Es Slaoui", "Slaoui"}, {"Ez Zerhouni", "Zerhouni"},
	} {
		if !meet(Key(tc[0]), Key(tc[1])) {
			t.Errorf("%s %v does not meet %s %v", tc[0], Key(tc[0]), tc[1], Key(tc[1]))
		}
		if s := Score(named(tc[0]), named(tc[1])).Score; s < Likely {
			t.Errorf("%s and %s score %.2f", tc[0], tc[1], s)
		}
	}
	for _, alone := range []string{"Moulay", "Lalla", "Sidi", "مولاي", "El", "Ben", "بن"} {
		if len(Key(alone)) == 0 || Score(named(alone), named(alone)).Score != 1 {
			t.Errorf("%s alone has the keys %v", alone, Key(alone))
		}
	}
}

// TestBenTiesOrJoins: a search for a son finds the father's name too; a search by a
// family name beginning with Ben finds it written apart and together.
func TestBenTiesOrJoins(t *testing.T) {
	for query, name := range map[string]string{
		"Youssef ben Ahmed": "Ahmed", "Youssef bent Ahmed": "Ahmed", "يوسف بن أحمد": "Ahmed", "Ben Jelloun": "Benjelloun", "Benjelloun": "Ben Jelloun", "Benj": "بنجلون", "Moham": "محمد", "Abde": "عبد الله",
	} {
		found := slices.ContainsFunc(SearchKeys(query), func(k string) bool {
			prefix, open := strings.CutSuffix(k, "*")
			return slices.ContainsFunc(Key(name), func(full string) bool { return full == k || open && strings.HasPrefix(full, prefix) })
		})
		if !found {
			t.Errorf("%q %v does not find %s %v", query, SearchKeys(query), name, Key(name))
		}
	}
	for _, query := range []string{"", " ", "1234", "-"} {
		if got := SearchKeys(query); len(got) > 0 {
			t.Errorf("%q is searched by %v", query, got)
		}
	}
}

// TestWhatIsReadOfALongName: no input costs more than its bound, and what lies within
// it is compared as ever.
func TestWhatIsReadOfALongName(t *testing.T) {
	eight := strings.Fields("Rachid Khalid Mounir Zineb Hicham Bennani Tazi Alaoui")
	more := strings.Join(append(slices.Clone(eight), "Slaoui", "Fassi"), " ")
	if got := Key(more); !slices.Equal(got, Key(strings.Join(eight, " "))) {
		t.Errorf("ten parts give %v", got)
	}
	long := strings.Repeat("Mohamed ", 1000)
	if got := Key(long); !slices.Equal(got, []string{"MHMD"}) {
		t.Errorf("%v", got)
	}
	if got := Fold(strings.Repeat("م", 1000)); len(got) != MaxBytes {
		t.Errorf("folded to %d bytes", len(got))
	}
	if got := Fold(strings.Repeat("a", MaxBytes-1) + "م"); len(got) != MaxBytes-1 {
		t.Errorf("a letter is cut: %d bytes", len(got))
	}
}

// TestADateInAForm: as text in JSON, what is known of it and no more; what is no date
// is refused and leaves the field as it was.
func TestADateInAForm(t *testing.T) {
	for in, want := range map[string]Precision{`""`: Unknown, `"1948"`: ToYear, `"00/03/1948"`: ToMonth, `"12/03/1948"`: ToDay} {
		var d PartialDate
		if err := json.Unmarshal([]byte(in), &d); err != nil || d.Precision() != want || !d.Valid() || d.IsZero() != (want == Unknown) {
			t.Errorf("%s: %+v %v", in, d, err)
		}
		out, err := json.Marshal(d)
		var again PartialDate
		if err != nil || json.Unmarshal(out, &again) != nil || again != d {
			t.Errorf("%s goes out as %s: %v", in, out, err)
		}
	}
	d := PartialDate{Year: 1948}
	if err := json.Unmarshal([]byte(`"yesterday"`), &d); err == nil || d.Year != 1948 {
		t.Errorf("%+v %v", d, err)
	}
	if _, err := ParsePartialDate(strings.Repeat("1", 41)); err == nil {
		t.Error("an endless date")
	}
	for _, bad := range []PartialDate{{Year: 1799}, {Year: 2200}, {Year: 1948, Day: 3}, {Year: 1948, Month: 13}, {Year: 1948, Month: 2, Day: 30}, {Year: 1948, Month: -1}, {Year: 1948, Month: 1, Day: -1}, {Month: 5}} {
		if bad.Valid() {
			t.Errorf("%+v is valid", bad)
		}
	}
}

// TestTheLessIsKnownTheLessItCounts: a date of which only the year is known neither
// speaks for nor against as loudly as a whole one.
func TestTheLessIsKnownTheLessItCounts(t *testing.T) {
	at := func(y, m, d int) Person {
		p := named("Rachid")
		p.Birth = PartialDate{y, m, d}
		return p
	}
	weight := func(a, b Person) int { return Score(a, b).Evidence[5].Weight }
	day, month, year := weight(at(1980, 5, 1), at(1980, 5, 1)), weight(at(1980, 5, 1), at(1980, 5, 0)), weight(at(1980, 5, 1), at(1980, 0, 0))
	if !(day > month && month > year && year > 0) || weight(at(1980, 5, 1), at(0, 0, 0)) != 0 {
		t.Errorf("day %d, month %d, year %d", day, month, year)
	}
	whole, vague := Score(at(1980, 5, 1), at(1999, 1, 2)).Score, Score(at(1980, 0, 0), at(1999, 0, 0)).Score
	if whole >= vague {
		t.Errorf("another day %v weighs no more than another year %v", whole, vague)
	}
}

// TestDatesAgreeBothWays: the order in which two dates are given changes nothing; a
// date agrees with itself wholly, and knowing less never makes it disagree.
func TestDatesAgreeBothWays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		draw := func(name string) PartialDate {
			return PartialDate{rapid.IntRange(1930, 2010).Draw(t, name), rapid.IntRange(1, 12).Draw(t, name), rapid.IntRange(1, 28).Draw(t, name)}
		}
		a, b := draw("a"), draw("b")
		if x, y := a.agreement(b), b.agreement(a); x != y || x < 0 || x > 1000 {
			t.Fatalf("%v and %v agree %d and %d", a, b, x, y)
		}
		for _, less := range []PartialDate{a, {a.Year, a.Month, 0}, {a.Year, 0, 0}} {
			if got := a.agreement(less); got != 1000 {
				t.Fatalf("%v and %v agree %d", a, less, got)
			}
		}
	})
}
