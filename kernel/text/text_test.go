package text_test

import (
	"errors"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/text"
)

const (
	fsi = "\u2068"
	pdi = "\u2069"
)

// casablanca is the wall clock of most of the year: UTC+1.
func casablanca(t time.Time) time.Time { return t.In(time.FixedZone("+01", 3600)) }

// three builds a source that says the same in each language unless told otherwise.
func three(ar, fr, en string) fstest.MapFS {
	return fstest.MapFS{
		"text/ar.toml": {Data: []byte(ar)}, "text/fr.toml": {Data: []byte(fr)}, "text/en.toml": {Data: []byte(en)},
	}
}

func load(t *testing.T, sources ...fstest.MapFS) *text.Catalogue {
	t.Helper()
	c, err := text.Load(casablanca)
	if len(sources) > 0 {
		c, err = text.Load(casablanca, sources[0])
	}
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestTheKernelsOwnWordsAreComplete(t *testing.T) {
	for _, err := range text.Check(load(t)) {
		t.Error(err)
	}
}

func TestUnknownKeyIsVisible(t *testing.T) {
	w := load(t).In(text.FR)
	if got := w.T("no.such.key"); got != "⟦no.such.key⟧" {
		t.Errorf("T gives %q", got)
	}
	if got := w.N("no.such.key", 2); got != "⟦no.such.key⟧" {
		t.Errorf("N gives %q", got)
	}
	if got := w.Fault(fault.New(fault.Invalid, "no.such.key")); got != "⟦no.such.key⟧" {
		t.Errorf("Fault gives %q", got)
	}
}

func TestHoles(t *testing.T) {
	s := `[x]
a = "{who} saw {what}"
b = "open { brace"
c = "no holes"`
	w := load(t, three(s, s, s)).In(text.EN)
	for want, got := range map[string]string{
		"Amina saw Karim":  w.T("x.a", "who", "Amina", "what", "Karim"),
		"Amina saw {what}": w.T("x.a", "who", "Amina"),
		"open { brace":     w.T("x.b"),
		"no holes":         w.T("x.c", "who", "Amina"),
		"{who} saw {what}": w.T("x.a", "odd"),
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestAHoleInAValueIsNotFilled(t *testing.T) {
	s := `x = "{a} {b}"`
	w := load(t, three(s, s, s)).In(text.EN)
	if got := w.T("x", "a", "{b}", "b", "secret"); got != "{b} secret" {
		t.Errorf("a value was read as a pattern: %q", got)
	}
}

func TestValuesTakeTheLanguagesForm(t *testing.T) {
	s := `x = "{v}"`
	c := load(t, three(s, s, s))
	at := time.Date(2026, 3, 1, 13, 5, 0, 0, time.UTC)
	for _, tt := range []struct {
		lang text.Lang
		in   any
		want string
	}{
		{text.FR, 1234567, "1\u202F234\u202F567"},
		{text.EN, int64(-42), "\u2212" + "42"},
		{text.FR, at, "1er mars 2026, 14:05"},
		{text.FR, 90 * time.Minute, "1 h 30 min"},
		{text.FR, text.Key("form.yes"), "Oui"},
		{text.FR, fault.New(fault.Invalid, "form.required"), "Ce champ est obligatoire."},
		{text.EN, errors.New("select * from persons"), "Something failed on our side. It has been written down; nothing you entered was lost."},
		{text.EN, uint64(7), "7"},
	} {
		if got := c.In(tt.lang).T("x", "v", tt.in); text.Plain(got) != text.Plain(tt.want) {
			t.Errorf("%s %v: %q, want %q", tt.lang, tt.in, got, tt.want)
		}
	}
}

// A plate or a Latin name in an Arabic line, and an Arabic name in a French
// one, are isolated; a name in the line's own script is left as it is.
func TestValuesOfTheOtherDirectionAreIsolated(t *testing.T) {
	s := `x = "<{v}>"`
	c := load(t, three(s, s, s))
	arabicName := "\u0623\u0645\u064a\u0646\u0629"
	for _, tt := range []struct {
		lang     text.Lang
		in       string
		isolated bool
	}{
		{text.AR, "2026/14-B", true}, {text.AR, "Amina", true}, {text.AR, arabicName, false},
		{text.FR, arabicName, true}, {text.FR, "Amina", false}, {text.EN, "A 12", false},
	} {
		got := c.In(tt.lang).T("x", "v", tt.in)
		want := "<" + tt.in + ">"
		if tt.isolated {
			want = "<" + fsi + tt.in + pdi + ">"
		}
		if got != want {
			t.Errorf("%s: %q, want %q", tt.lang, got, want)
		}
	}
	if text.Isolate("") != "" || text.Plain(text.Isolate("x")) != "x" {
		t.Error("Plain undoes Isolate, and nothing stays nothing")
	}
}

// A date holds isolates of its own; around them the direction of the line is
// said outright, or the time would come to stand before the day.
func TestDatesInALineKeepTheLinesDirection(t *testing.T) {
	s := `x = "<{v}>"`
	c := load(t, three(s, s, s))
	at := time.Date(2026, 3, 2, 13, 5, 0, 0, time.UTC)
	if got := c.In(text.AR).T("x", "v", at); !strings.HasPrefix(got, "<\u2067") || !strings.HasSuffix(got, pdi+">") {
		t.Errorf("an Arabic date is %+q", got)
	}
	if got := c.In(text.FR).T("x", "v", at); got != "<2 mars 2026, 14:05>" {
		t.Errorf("a French date is %+q", got)
	}
	if got := c.In(text.AR).T("x", "v", time.Time{}); got != "<>" {
		t.Errorf("no time is %+q", got)
	}
}

func TestArabicHasSixForms(t *testing.T) {
	c := load(t)
	for n, want := range map[int]string{
		0: "\u0644\u0627 \u0633\u0637\u0631", 1: "\u0633\u0637\u0631 \u0648\u0627\u062d\u062f", 2: "\u0633\u0637\u0631\u0627\u0646",
		3: "3 \u0633\u0637\u0648\u0631", 10: "10 \u0633\u0637\u0648\u0631", 11: "11 \u0633\u0637\u0631\u0627", 99: "99 \u0633\u0637\u0631\u0627", 100: "100 \u0633\u0637\u0631",
		103: "103 \u0633\u0637\u0648\u0631",
	} {
		if got := c.In(text.AR).N("table.count", n); got != want {
			t.Errorf("%d: %q, want %q", n, got, want)
		}
	}
	for n, want := range map[int]string{0: "0 ligne", 1: "1 ligne", 2: "2 lignes"} {
		if got := c.In(text.FR).N("table.count", n); got != want {
			t.Errorf("fr %d: %q, want %q", n, got, want)
		}
	}
	for n, want := range map[int]string{0: "0 rows", 1: "1 row", 2: "2 rows"} {
		if got := c.In(text.EN).N("table.count", n); got != want {
			t.Errorf("en %d: %q, want %q", n, got, want)
		}
	}
}

func TestFaultsAreTold(t *testing.T) {
	w := load(t).In(text.EN)
	if got := w.Fault(fault.New(fault.TooLarge, "fault.too-large", "limit", "2 MB")); got != "This is larger than the limit of 2 MB." {
		t.Errorf("got %q", got)
	}
	if got := text.Fault(w, errors.New("secret table")); strings.Contains(got, "secret") || strings.Contains(got, "⟦") {
		t.Errorf("an inner error shows: %q", got)
	}
	if w.Fault(nil) != "" {
		t.Error("no error, no words")
	}
}

func TestLoadRefusesWhatWouldBeLost(t *testing.T) {
	one := `x = "a"`
	for name, source := range map[string]fstest.MapFS{
		"a language missing":  {"text/ar.toml": {Data: []byte(one)}, "text/fr.toml": {Data: []byte(one)}},
		"a key of the kernel": three("[form]\nrequired = \"x\"", one, one),
		"not toml":            three("x = ", one, one),
	} {
		if _, err := text.Load(nil, source); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	if _, err := text.Load(nil, three(one, one, one), three(one, one, one)); err == nil {
		t.Error("two modules define the same key: accepted")
	}
}

func TestCheckFindsWhatIsMissing(t *testing.T) {
	six := `x = {zero="{a}", one="{a}", two="{a}", few="{n} {a}", many="{n} {a}", other="{n} {a}"}`
	two := `x = {one="{n} {a}", other="{n} {a}"}`
	for name, tt := range map[string]struct {
		source fstest.MapFS
		want   string
	}{
		"complete":            {three(six, two, two), ""},
		"missing":             {three(`y = "a"`, `y = "b"`, ``), "en: y: missing"},
		"empty":               {three(`y = "a"`, `y = ""`, `y = "b"`), `fr: y: form "text" is empty`},
		"another hole":        {three(`y = "{a}"`, `y = "{b}"`, `y = "{a}"`), "fr: y: form \"text\" has holes [b]"},
		"a form missing":      {three(strings.Replace(six, `two="{a}", `, "", 1), two, two), `ar: x: form "two" is empty`},
		"only other":          {three(six, `x = "{n} {a}"`, two), `fr: x: form "one" is empty`},
		"a hole in one form":  {three(strings.Replace(six, `one="{a}"`, `one="-"`, 1), two, two), `ar: x: form "one" has holes []`},
		"another mark system": {three(`y = "{{.a}}"`, `y = "b"`, `y = "b"`), "ar: y: holes are {name}"},
	} {
		errs := text.Check(load(t, tt.source))
		got := errors.Join(errs...)
		if tt.want == "" && got != nil || tt.want != "" && (got == nil || !strings.Contains(got.Error(), tt.want)) {
			t.Errorf("%s: %v, want %q", name, got, tt.want)
		}
	}
}

func TestLanguages(t *testing.T) {
	c := load(t)
	if c.In(text.AR).Dir() != "rtl" || c.In(text.FR).Dir() != "ltr" || text.Lang("zgh").Dir() != "ltr" {
		t.Error("direction")
	}
	if c.In("xx").Lang() != text.FR {
		t.Error("a stale language cookie must not break a page")
	}
	for header, want := range map[string]text.Lang{
		"ar-MA,ar;q=0.9,fr;q=0.8": text.AR, "de, EN-gb;q=0.5": text.EN, "": text.FR, "de": text.FR,
	} {
		if got := text.Match(header, text.FR); got != want {
			t.Errorf("%q: %s, want %s", header, got, want)
		}
	}
	if _, ok := text.ParseLang("zz"); ok {
		t.Error("an unknown language is unknown")
	}
	if !c.Has(text.AR, "form.yes") || c.Has(text.AR, "form.nope") || !c.In(text.AR).Has("form.yes") {
		t.Error("Has")
	}
}

func BenchmarkT(b *testing.B) {
	c, err := text.Load(nil)
	if err != nil {
		b.Fatal(err)
	}
	w := c.In(text.AR)
	for b.Loop() {
		w.T("autosave.saved", "time", "12:04:31")
	}
}

func BenchmarkN(b *testing.B) {
	c, err := text.Load(nil)
	if err != nil {
		b.Fatal(err)
	}
	w := c.In(text.AR)
	for b.Loop() {
		w.N("table.count", 11)
	}
}
