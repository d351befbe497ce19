package web_test

import (
	"errors"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/a-h/templ"
	"github.com/google/go-cmp/cmp"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/text"
	"github.com/amana-platform/amana/kernel/web"
	"github.com/amana-platform/amana/kernel/web/ui"
)

type kind string

// counter takes one sheet, with a question of each kind; do is its verb.
type counter struct {
	*hall
	session string
	taken   []web.Answers
	do      func(web.Answers) (string, error)
	draft   string
	broken  error
}

func newCounter(t testing.TB) *counter {
	c := &counter{do: func(web.Answers) (string, error) { return "/done", nil }}
	sheets := web.Sheets{Act: "hall.act.", Lead: "hall.lead.", Field: "hall.field.", Help: "hall.help.", NewID: func() ident.ID { return ident.Derive("submission") }}
	build := func(r *web.Request) (web.Sheet, error) { return c.sheet(r), c.broken }
	c.hall = newHall(t, with(web.Route{Pattern: "GET /write", Action: "hall.desk.write", Handle: sheets.Show(build)},
		web.Route{Pattern: "POST /write", Action: "hall.desk.write", Handle: sheets.Submit(build), MaxBody: 4096}))
	c.session = c.signedIn()
	return c
}

func (c *counter) sheet(r *web.Request) web.Sheet {
	options := web.Options(r, "hall.kinds", []kind{"old", "new"})
	return web.Sheet{Verb: "write", About: "<114>", Law: "art. 1", Back: "/back", Draft: c.draft, Hidden: []string{"book"}, Above: ui.Plain("above"),
		Values: url.Values{"version": {"7"}, "book": {string(book)}, "title": {"known"}},
		Asks: []web.Question{{Name: "title", Help: true, Law: "art. 2"}, {Name: "facts", Kind: "area", Optional: true}, {Name: "when", Kind: "time"}, {Name: "born", Kind: "date"},
			{Name: "sure", Kind: "check"}, {Name: "kind", Kind: "select", Options: options}, {Name: "colour", Kind: "radios", Options: options, LTR: true},
			{Name: "drawn", Draw: func(_ ui.Form, fd ui.Field) templ.Component { return ui.Plain("drawn by hand: " + fd.Label) }}},
		Fields: func(ui.Form) []templ.Component { return []templ.Component{ui.Plain("below")} },
		Do: func(a web.Answers) (string, error) {
			c.taken = append(c.taken, a)
			return c.do(a)
		}}
}

// sent is a sheet filled as it should be.
func sent(change ...string) url.Values {
	v := url.Values{"submission": {string(ident.Derive("submission"))}, "version": {"7"}, "book": {string(book)}, "title": {"A title"}, "when": {"-15"}, "born": {"1985"}, "sure": {"yes"}, "kind": {"old"}}
	for i := 0; i+1 < len(change); i += 2 {
		v.Set(change[i], change[i+1])
	}
	return v
}

// TestASheetAsksInTheWordsOfItsReader: each question as its kind is, what is
// known, and nothing of another language.
func TestASheetAsksInTheWordsOfItsReader(t *testing.T) {
	c := newCounter(t)
	for _, lang := range []string{"ar", "fr", "en"} {
		p := c.get("/write?lang="+lang, c.session)
		for _, want := range []string{"<h1>write in LANG</h1>", "&lt;114&gt;", "lead in LANG", "art. 1", "title in LANG", "help in LANG", "art. 2", "when in LANG", "above", "below",
			"drawn by hand: drawn in LANG", "<textarea", `type="checkbox"`, `type="radio"`, "<select", "old in LANG", `value="known"`, `name="version" value="7"`,
			`name="submission" value="` + string(ident.Derive("submission")) + `"`, `name="book" value="` + string(book) + `"`, `href="/back"`, `action="/write"`, `dir="` + h(lang) + `"`} {
			if want = strings.ReplaceAll(want, "LANG", lang); !strings.Contains(p.Body, want) {
				t.Errorf("%s: the sheet lacks %q", lang, want)
			}
		}
		if strings.Contains(p.Body, "⟦") || strings.Contains(p.Body, "data-autosave") {
			t.Errorf("%s: %d", lang, p.StatusCode)
		}
	}
	c.broken = fault.New(fault.NotFound, "fault.not-found")
	if p := c.get("/write", c.session); p.StatusCode != 404 {
		t.Errorf("a sheet about nothing: %d", p.StatusCode)
	}
	if p := c.post("/write", sent(), c.session); p.StatusCode != 404 || len(c.taken) > 0 {
		t.Errorf("answers to a sheet about nothing: %d", p.StatusCode)
	}
}

func h(lang string) string { return text.Lang(lang).Dir() }

// TestAnswersAreReadOnce and lead on; the verb sees them in its own terms.
func TestAnswersAreReadOnce(t *testing.T) {
	c := newCounter(t)
	var when time.Time
	var born text.PartialDate
	c.do = func(a web.Answers) (string, error) {
		when, born = a.Time("when"), a.Day("born")
		if a.ID("book") != book || a.Version() != 7 || !a.Ticked("sure") || a.Ticked("title") || a.Get("title") != "A title" {
			t.Errorf("%+v", a.Values)
		}
		return a.Then("/done", func() error { return nil })
	}
	if p := c.post("/write", sent("title", "  A title "), c.session); p.StatusCode != 303 || p.to() != "/done" || len(c.taken) != 1 {
		t.Errorf("%d %q, done %d times", p.StatusCode, p.to(), len(c.taken))
	}
	if !when.Equal(morning.Add(-15*time.Minute)) || born != "1985" {
		t.Errorf("%v %v", when, born)
	}
	if p := c.post("/write", sent(), "x=y"); p.StatusCode != 401 || len(c.taken) != 1 {
		t.Errorf("a stranger: %d", p.StatusCode)
	}
	c.do = func(web.Answers) (string, error) { return "//elsewhere.example", nil }
	if p := c.post("/write", sent(), c.session); p.to() != "/" {
		t.Errorf("leads to %q", p.to())
	}
}

// TestForgedAnswersAreAsGoodAsNone: hidden ids and versions that nobody was shown.
func TestForgedAnswersAreAsGoodAsNone(t *testing.T) {
	for given, want := range map[string]ident.ID{
		string(book): book, "book/" + string(book): book, "": "", "x": "", "book/": "", "a/b/" + string(book): "", string(book) + " ": "", strings.ToUpper(string(book)): "", string(book)[:35]: "", "../" + string(book): book,
	} {
		if got := web.NewAnswers(url.Values{"id": {given}}, nil).ID("id"); got != want {
			t.Errorf("%q is %q", given, got)
		}
	}
	for given, want := range map[string]int64{"7": 7, "": 1, "0": 1, "-3": 1, "x": 1, "7.5": 1, "9223372036854775807": 1<<63 - 1, "99999999999999999999": 1<<63 - 1, "٧": 1} {
		if got := web.NewAnswers(url.Values{"version": {given}}, nil).Version(); got != want {
			t.Errorf("version %q is %d", given, got)
		}
	}
	for given, want := range map[string]bool{"yes": true, "": false, "on": false, "YES": false, "true": false} {
		if got := web.NewAnswers(url.Values{"x": {given}}, nil).Ticked("x"); got != want {
			t.Errorf("%q is ticked: %t", given, got)
		}
	}
}

// TestAMomentAsTheDeskTypesIt, in a sheet: what it means, or what is wrong.
func TestAMomentAsTheDeskTypesIt(t *testing.T) {
	c := newCounter(t)
	at := func(day, hour, minute int) time.Time { return time.Date(2026, 11, day, hour, minute, 0, 0, time.UTC) }
	var got time.Time
	c.do = func(a web.Answers) (string, error) {
		got = a.Time("when")
		return a.Then("/done", func() error { return nil })
	}
	for typed, want := range map[string]time.Time{
		"T": morning, "t": morning, "ف": morning, "": {}, "-15": at(28, 8, 45), "- 15": at(28, 8, 45), "-0": morning, "-٩٠": at(28, 7, 30), "-1440": at(27, 9, 0),
		"08:59": at(28, 8, 59), "8h": at(28, 8, 0), "8H05": at(28, 8, 5), "0805": at(28, 8, 5), "٠٨:٠٥": at(28, 8, 5), "09:01": at(28, 9, 1), "09:02": at(27, 9, 2), "23:59": at(27, 23, 59),
		"12/11/2026 14:05": at(12, 14, 5), "2026-11-12T14:05": at(12, 14, 5), "١٢/١١/٢٠٢٦ ١٤:٠٥": at(12, 14, 5),
	} {
		got = time.Time{}
		if p := c.post("/write", sent("when", typed), c.session); p.StatusCode != 303 || !got.Equal(want) {
			t.Errorf("%q is %v, want %v: %d", typed, got, want, p.StatusCode)
		}
	}
	for _, typed := range []string{"now", "24:00", "12:60", "-", "-x", "-99999", "T+1", "1", "14:5", "32/11/2026 14:05", "11/2026 14:05", "2026-11-12", "12/11/2026"} {
		p := c.post("/write?lang=en", sent("when", typed, "title", "kept"), c.session)
		if p.StatusCode != 422 || !strings.Contains(p.Body, "is not a time") || !strings.Contains(p.Body, `value="kept"`) || !strings.Contains(p.Body, `value="`+typed+`"`) {
			t.Errorf("%q: %d", typed, p.StatusCode)
		}
	}
}

var wrongField = regexp.MustCompile(`data-error-of="hall-act-write-([a-z]+)"`)

// TestAllThatIsWrongIsSaidAtOnce, beside what was typed, and the verb is not run.
func TestAllThatIsWrongIsSaidAtOnce(t *testing.T) {
	c := newCounter(t)
	ran := false
	c.do = func(a web.Answers) (string, error) {
		a.Time("when")
		a.Day("born")
		a.Fault("title", fault.New(fault.Invalid, "form.too-short", "min", 9))
		a.Fault("kind", nil)
		return a.Then("/done", func() error { ran = true; return nil })
	}
	p := c.post("/write?lang=en", sent("when", "soon", "born", "31/02/1985", "facts", "<kept>", "kind", "new", "colour", "old"), c.session)
	wrong := map[string]bool{}
	for _, m := range wrongField.FindAllStringSubmatch(p.Body, -1) {
		wrong[m[1]] = true
	}
	if got := slices.Sorted(maps.Keys(wrong)); p.StatusCode != 422 || ran || !slices.Equal(got, []string{"born", "title", "when"}) {
		t.Errorf("%d %v, ran %t", p.StatusCode, got, ran)
	}
	for _, want := range []string{"3 points to correct", "at least 9 characters", "is not in the calendar", "&lt;kept&gt;</textarea>", `value="soon"`, `value="31/02/1985"`, `<option value="new" selected>`,
		`value="yes" checked`, `value="` + string(ident.Derive("submission")) + `"`, `aria-invalid="true"`, "<strong>when in en</strong>"} {
		if !strings.Contains(p.Body, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	c.do = func(a web.Answers) (string, error) { // one that does not look at what could not be read
		a.Time("when")
		return "/done", nil
	}
	if p := c.post("/write", sent("when", "soon"), c.session); p.StatusCode != 422 || p.to() != "" {
		t.Errorf("what could not be read was passed over: %d", p.StatusCode)
	}
	if n := strings.Count(p.Body, `checked`); n != 2 {
		t.Errorf("%d boxes are ticked", n)
	}
}

// TestWhatAVerbAnswersComesBackToItsSheet if it may be said there; what is
// wrong with the house is a page of its own.
func TestWhatAVerbAnswersComesBackToItsSheet(t *testing.T) {
	c := newCounter(t)
	var many fault.List
	many.Add("title", "form.required")
	many.Add("", "form.unchanged")
	for name, x := range map[string]struct {
		err    error
		status int
		sheet  bool
	}{
		"a wrong field":        {&fault.Error{Kind: fault.Invalid, Key: "form.required", Field: "title"}, 422, true},
		"several":              {many, 422, true},
		"somebody was first":   {fault.New(fault.Conflict, "fault.conflict"), 409, true},
		"a state that forbids": {fault.New(fault.Refused, "fault.refused"), 403, true},
		"more than the limit":  {fault.New(fault.TooLarge, "fault.too-large", "limit", 5), 413, true},
		"one among several":    {append(slices.Clone(many), fault.New(fault.Conflict, "fault.conflict")), 409, true},
		"no such record":       {fault.New(fault.NotFound, "fault.not-found"), 404, false},
		"a full disk":          {fault.New(fault.Unavailable, "fault.disk-full"), 503, false},
		"too often":            {fault.New(fault.TooMany, "fault.too-many", "wait", "x"), 429, false},
		"a failure":            {errors.New("secret"), 500, false},
	} {
		c.do = func(web.Answers) (string, error) { return "/done", x.err }
		p := c.post("/write?lang=en", sent("title", "what was typed"), c.session)
		if p.StatusCode != x.status || strings.Contains(p.Body, `value="what was typed"`) != x.sheet || strings.Contains(p.Body, "secret") {
			t.Errorf("%s: %d", name, p.StatusCode)
		}
		if words := escaped(c.web.Texts.In(text.EN).Fault(x.err)); !strings.Contains(p.Body, words) {
			t.Errorf("%s: the page does not say %q", name, words)
		}
	}
}

// TestButtonsThatChangeTheFormSubmitNothing.
func TestButtonsThatChangeTheFormSubmitNothing(t *testing.T) {
	c := newCounter(t)
	for _, button := range []string{"add", "remove", "next"} {
		p := c.post("/write", sent(button, "thing", "title", "so far", "when", "nonsense"), c.session)
		if p.StatusCode != 200 || len(c.taken) > 0 || !strings.Contains(p.Body, `value="so far"`) || strings.Contains(p.Body, "data-errors") {
			t.Errorf("%s: %d, done %d times", button, p.StatusCode, len(c.taken))
		}
		if p := c.post("/write", sent(button, ""), c.session); p.StatusCode != 303 {
			t.Errorf("an empty %s: %d", button, p.StatusCode)
		}
		c.taken = nil
	}
}

// TestASheetThatCannotBeReadIsAskedAgain: text no module may see, or more than
// the page takes.
func TestASheetThatCannotBeReadIsAskedAgain(t *testing.T) {
	c := newCounter(t)
	p := c.post("/write?lang=en", sent("title", "x\x00y", "facts", "kept"), c.session)
	if p.StatusCode != 422 || len(c.taken) > 0 || !strings.Contains(p.Body, "invisible control characters") || !strings.Contains(p.Body, ">kept</textarea>") || !strings.Contains(p.Body, `data-error-of="hall-act-write-title"`) {
		t.Errorf("NUL: %d, done %d times", p.StatusCode, len(c.taken))
	}
	p = c.post("/write?lang=en", sent("facts", strings.Repeat("x", 5000)), c.session)
	if p.StatusCode != http.StatusRequestEntityTooLarge || len(c.taken) > 0 || !strings.Contains(p.Body, "larger than this page accepts") || !strings.Contains(p.Body, "title in en") {
		t.Errorf("too large: %d, done %d times", p.StatusCode, len(c.taken))
	}
	if p := c.raw("/write", encoded, "a=%zz", c.session); p.StatusCode != 422 || len(c.taken) > 0 {
		t.Errorf("damaged: %d", p.StatusCode)
	}
}

// TestASheetIsKeptWhileOneTypes and its draft goes when, and only when, the
// verb was done.
func TestASheetIsKeptWhileOneTypes(t *testing.T) {
	c := newCounter(t)
	c.draft = "write-book"
	p := c.get("/write", c.session)
	if !strings.Contains(p.Body, `data-autosave="/drafts/write-book"`) || !strings.Contains(p.Body, `id="write-book-title"`) {
		t.Fatalf("%d: it is not kept", p.StatusCode)
	}
	c.types(c.session, "/drafts/write-book", "title", "typed before", "0", "p")
	for _, path := range []string{"/write", "/write?draft=nonsense"} {
		if p := c.get(path, c.session); !strings.Contains(p.Body, `value="typed before"`) || !strings.Contains(p.Body, `data-version="1"`) {
			t.Errorf("%s does not hold what was typed", path)
		}
	}
	c.do = func(web.Answers) (string, error) { return "", fault.New(fault.Invalid, "form.unchanged") }
	if p := c.post("/write", sent(), c.session); p.StatusCode != 422 || c.rows("tmp_drafts") != 1 {
		t.Errorf("refused: %d, %d rows", p.StatusCode, c.rows("tmp_drafts"))
	}
	another := "?draft=" + string(lost)
	c.types(c.session, "/drafts/write-book."+string(lost), "title", "beside it", "0", "p")
	c.do = func(web.Answers) (string, error) { return "/done", nil }
	if p := c.post("/write"+another, sent(), c.session); p.StatusCode != 303 || c.rows("tmp_drafts") != 1 {
		t.Errorf("the one beside it: %d, %d rows", p.StatusCode, c.rows("tmp_drafts"))
	}
	if p := c.post("/write", sent(), c.session); p.StatusCode != 303 || c.rows("tmp_drafts") != 0 {
		t.Errorf("done: %d, %d rows", p.StatusCode, c.rows("tmp_drafts"))
	}
}

// TestTheChoicesOfAFieldAreInTheWordsOfTheReader, in their order.
func TestTheChoicesOfAFieldAreInTheWordsOfTheReader(t *testing.T) {
	var got []ui.Option
	h := newHall(t, with(open("GET /options", func(r *web.Request) error {
		got = web.Options(r, "hall.kinds", []kind{"new", "old"})
		return r.Send("text/plain", "", nil)
	})))
	h.get("/options?lang=ar")
	if diff := cmp.Diff([]ui.Option{{Value: "new", Label: "new in ar"}, {Value: "old", Label: "old in ar"}}, got); diff != "" {
		t.Error(diff)
	}
}
