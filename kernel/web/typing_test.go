package web_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/store"
	"github.com/amana-platform/amana/kernel/web"
	"github.com/amana-platform/amana/kernel/web/ui"
)

// typed is what autosave answers.
type typed struct{ Version, Saved, Value, Who, At, Fault string }

// desk is a hall with forms that are kept while one types: one's own under
// /form/{id}, with the others one has begun under /among.
func desk(t testing.TB) *hall {
	fill := func(r *web.Request, among bool) error {
		f := ui.Form{Words: r.Words, ID: r.PathValue("id"), Action: "/form", Values: url.Values{"facts": {"as it was"}}}
		var err error
		if among {
			f, err = r.DraftAmong(f, "/among/"+f.ID, "name")
		} else {
			f, err = r.Draft(f)
		}
		if err != nil {
			return err
		}
		raw, err := json.Marshal(f)
		if err != nil {
			return err
		}
		return r.Send("application/json", "", raw)
	}
	return newHall(t, with(
		web.Route{Pattern: "GET /form/{id}", Action: "hall.desk.write", Handle: func(r *web.Request) error { return fill(r, false) }},
		web.Route{Pattern: "GET /among/{id}", Action: "hall.desk.write", Handle: func(r *web.Request) error { return fill(r, true) }},
		web.Route{Pattern: "POST /form/{id}", Action: "hall.desk.write", Handle: func(r *web.Request) error { return r.DropDraft(r.PathValue("id")) }}))
}

// types saves one field as a page does.
func (h *hall) types(session, at, field, value, version, page string) (int, typed) {
	h.t.Helper()
	p := h.post(at, url.Values{"name": {field}, "value": {value}, "version": {version}, "page": {page}}, session)
	var d typed
	if strings.HasPrefix(p.Body, "{") {
		h.must(json.Unmarshal([]byte(p.Body), &d))
	}
	return p.StatusCode, d
}

// form opens a form and gives it as its page would be drawn.
func (h *hall) form(path, session string) (f struct {
	Autosave, Action, Another, Discard string
	Values                             url.Values
	Versions                           map[string]string
	Begun                              []ui.Begun
}) {
	h.t.Helper()
	p := h.get(path, session)
	h.must(json.Unmarshal([]byte(p.Body), &f))
	return f
}

// TestWhatOneTypesComesBack: field by field, in whatever tab and after whatever
// sign-in, and to nobody else.
func TestWhatOneTypesComesBack(t *testing.T) {
	h := desk(t)
	session := h.signedIn()
	at := h.form("/form/f", session).Autosave
	if at != "/drafts/f" {
		t.Fatalf("saves at %q", at)
	}
	code, d := h.types(session, at, "facts", "ضُبط\r\nفي المكان", "", "one")
	if code != 200 || d.Version != "1" || d.Saved != morning.Format(time.RFC3339) {
		t.Fatalf("%d %+v", code, d)
	}
	h.types(session, at, "place", "  Rabat ", "0", "one")
	h.post(at, url.Values{"name": {"ticks"}, "value": {"a", "b"}}, session)
	again := h.signedIn()
	f := h.form("/form/f", again)
	want := url.Values{"facts": {"ضُبط\nفي المكان"}, "place": {"  Rabat "}, "ticks": {"a", "b"}}
	if diff := cmp.Diff(want, f.Values); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(map[string]string{"facts": "1", "place": "1", "ticks": "1"}, f.Versions); diff != "" {
		t.Error(diff)
	}
	other := h.as(chief)
	if p := h.get("/form/f", other); p.StatusCode != 403 {
		t.Errorf("%d", p.StatusCode)
	}
	if _, d := h.types(other, at, "facts", "x", "0", "p"); d.Version != "1" {
		t.Errorf("a form of the same name is another's: %+v", d)
	}
	if got := h.form("/form/f", session).Values.Get("facts"); got != want.Get("facts") {
		t.Errorf("another wrote %q into it", got)
	}
	h.post("/form/f", nil, session)
	if got := h.form("/form/f", session); got.Values.Get("facts") != "as it was" || len(got.Versions) != 0 {
		t.Errorf("after submitting: %+v", got)
	}
}

// TestTwoTabsDoNotOverwriteEachOther: the second to save is shown what stands
// and who wrote it; what it typed stays its own.
func TestTwoTabsDoNotOverwriteEachOther(t *testing.T) {
	h := desk(t)
	session := h.signedIn()
	h.types(session, "/drafts/f", "facts", "from one", "0", "one")
	h.clock.Advance(time.Minute)
	code, d := h.types(session, "/drafts/f", "facts", "from two", "0", "two")
	want := typed{Version: "1", Value: "from one", Who: "who " + string(officer), At: morning.Format(time.RFC3339)}
	if diff := cmp.Diff(want, d); code != 409 || diff != "" {
		t.Errorf("%d %s", code, diff)
	}
	if code, d := h.types(session, "/drafts/f", "facts", "from two", d.Version, "two"); code != 200 || d.Version != "2" {
		t.Errorf("having seen it: %d %+v", code, d)
	}
	if code, _ := h.types(session, "/drafts/f", "facts", "late", "nonsense", "three"); code != 409 {
		t.Errorf("a version that is none is the first: %d", code)
	}
	if code, _ := h.types(session, "/drafts/f", "facts", "late", "-1", "three"); code != 409 {
		t.Errorf("a version below none: %d", code)
	}
	h.post("/drafts/f", url.Values{"name": {"ticks"}, "value": {"a", "b"}, "page": {"one"}}, session)
	if _, d := h.types(session, "/drafts/f", "ticks", "c", "0", "two"); d.Value != "a, b" {
		t.Errorf("ticks of another tab: %q", d.Value)
	}
}

// TestWhatADraftDoesNotTake: strangers, broken text, names and values beyond
// every measure; nothing of it is kept.
func TestWhatADraftDoesNotTake(t *testing.T) {
	h := desk(t)
	session := h.signedIn()
	long := strings.Repeat("x", 101)
	for name, c := range map[string]struct {
		at, field, value, page string
		want                   int
	}{
		"a field without name":    {"/drafts/f", "", "x", "", 422},
		"a name too long":         {"/drafts/f", long, "x", "", 422},
		"a name of two lines":     {"/drafts/f", "a\nb", "x", "", 422},
		"a name with NUL":         {"/drafts/f", "a\x00", "x", "", 422},
		"a form too long":         {"/drafts/" + long, "a", "x", "", 422},
		"a form with NUL":         {"/drafts/f%00", "a", "x", "", 422},
		"a page too long":         {"/drafts/f", "a", "x", long, 422},
		"a value with NUL":        {"/drafts/f", "a", "x\x00", "", 422},
		"a value of broken bytes": {"/drafts/f", "a", "x\xff", "", 422},
		"a value too long":        {"/drafts/f", "a", strings.Repeat("x", 1<<19+1), "", 422},
		"a shared form unasked":   {"/drafts/shared-f", "a", "x", "", 404},
	} {
		if code, d := h.types(session, c.at, c.field, c.value, "0", c.page); code != c.want || d.Version != "" {
			t.Errorf("%s: %d %+v", name, code, d)
		}
	}
	if _, d := h.types(session, "/drafts/f?lang=en", "a", "x\x00", "0", ""); !strings.Contains(d.Fault, "invisible control characters") {
		t.Errorf("it says %q", d.Fault)
	}
	if code, _ := h.types("x=y", "/drafts/f", "a", "x", "0", ""); code != 401 {
		t.Errorf("a stranger: %d", code)
	}
	if n := h.rows("tmp_drafts"); n != 0 {
		t.Errorf("%d fields are kept", n)
	}
}

// TestTheLongestStatementIsKept: two hundred pages in any script, as a browser
// writes them.
func TestTheLongestStatementIsKept(t *testing.T) {
	h := desk(t)
	session := h.signedIn()
	for name, v := range map[string]string{"Latin": strings.Repeat("x", 1<<19), "Arabic": strings.Repeat("س", 1<<18)} {
		if code, d := h.types(session, "/drafts/f", name, v, "0", "p"); code != 200 || d.Version != "1" {
			t.Errorf("%s: %d %+v", name, code, d)
		}
		if got := h.form("/form/f", session).Values.Get(name); got != v {
			t.Errorf("%s: %d bytes came back", name, len(got))
		}
	}
	if p := h.raw("/drafts/f", encoded, "name=a&value="+strings.Repeat("x", 4<<20), session, "Accept: application/json"); p.StatusCode != http.StatusRequestEntityTooLarge {
		t.Errorf("beyond every measure: %d %.80s", p.StatusCode, p.Body)
	}
}

func (h *hall) rows(table string) (n int) {
	h.t.Helper()
	h.must(h.web.Reader.Row(h.t.Context(), "select count(*) from "+table, nil, &n))
	return n
}

// TestASharedDraftIsForThoseWhoWereShownIt: a page gives one person the pass to
// one form; another's pass, another form's or none opens nothing.
func TestASharedDraftIsForThoseWhoWereShownIt(t *testing.T) {
	h := desk(t)
	mine, other := h.signedIn(), h.as(chief)
	form := "shared-" + string(book)
	at := h.form("/form/"+form, mine).Autosave
	if code, d := h.types(mine, at, "facts", "between us", "0", "p"); code != 200 || d.Version != "1" {
		t.Fatalf("%d %+v", code, d)
	}
	_, pass, _ := strings.Cut(at, "?pass=")
	elsewhere := "/drafts/shared-" + string(lost)
	for name, c := range map[string][2]string{
		"with another's pass": {other, at}, "without": {mine, "/drafts/" + form}, "with an empty one": {mine, "/drafts/" + form + "?pass="},
		"with the pass of another form": {mine, elsewhere + "?pass=" + pass}, "with a pass cut short": {mine, at[:len(at)-2]}, "with one a letter off": {mine, at[:len(at)-1] + "_"},
	} {
		code, d := h.types(c[0], c[1], "facts", "x", "0", "q")
		if code != 404 || d != (typed{}) {
			t.Errorf("%s: %d %+v", name, code, d)
		}
	}
	third := h.as(second)
	if f := h.form("/form/"+form, third); f.Values.Get("facts") != "between us" || f.Autosave == at {
		t.Errorf("a second person who is shown it: %+v", f)
	} else if code, d := h.types(third, f.Autosave, "facts", "from the second", "0", "q"); code != 409 || d.Value != "between us" || d.Who != "who "+string(officer) {
		t.Errorf("%d %+v", code, d)
	}
	if p := h.post("/drafts/"+form+"/discard", nil, mine); p.StatusCode != 404 || h.form("/form/"+form, mine).Values.Get("facts") != "between us" {
		t.Errorf("one of several throws it away: %d", p.StatusCode)
	}
}

// TestSeveralFormsBegunStandBesideEachOther, the latest first, each by what
// tells it apart; each is given up alone.
func TestSeveralFormsBegunStandBesideEachOther(t *testing.T) {
	h := desk(t)
	session := h.signedIn()
	empty := h.form("/among/c", session)
	if empty.Another != "" || empty.Discard != "" || len(empty.Begun) != 0 {
		t.Fatalf("nothing was begun: %+v", empty)
	}
	h.types(session, empty.Autosave, "name", "the first", "0", "p")
	first := h.form("/among/c", session)
	if first.Another == "" || first.Discard != "/drafts/c/discard?return=%2Famong%2Fc" || len(first.Begun) != 0 {
		t.Fatalf("one was begun: %+v", first)
	}
	h.clock.Advance(time.Minute)
	second := h.form(first.Another, session)
	if second.Values.Get("name") != "" || !strings.HasPrefix(second.Action, "/form?draft=") || second.Autosave == first.Autosave {
		t.Fatalf("another is empty: %+v", second)
	}
	h.types(session, second.Autosave, "facts", "no name yet", "0", "p")
	h.clock.Advance(time.Minute)
	third := h.form(h.form("/among/c", session).Another, session)
	h.types(session, third.Autosave, "name", "the third", "0", "p")
	var told []string
	f := h.form("/among/c", session)
	for _, b := range f.Begun {
		told = append(told, b.Told)
		if got := h.form(b.Href, session); len(got.Begun) != 2 {
			t.Errorf("%s: beside it stand %d", b.Href, len(got.Begun))
		}
	}
	if diff := cmp.Diff([]string{"the third", ""}, told); diff != "" || f.Values.Get("name") != "the first" {
		t.Error(diff)
	}
	if p := h.post(third.Autosave+"/discard?return=/among/c", nil, session); p.StatusCode != 303 || p.to() != "/among/c" {
		t.Errorf("%d %q", p.StatusCode, p.to())
	}
	if f := h.form("/among/c", session); len(f.Begun) != 1 || f.Values.Get("name") != "the first" {
		t.Errorf("after giving one up: %+v", f.Begun)
	}
	if p := h.post("/drafts/c/discard", nil); p.StatusCode != 401 || h.rows("tmp_drafts") != 2 {
		t.Errorf("a stranger gives up: %d", p.StatusCode)
	}
	if f := h.form("/among/c?draft=nonsense", session); f.Values.Get("name") != "the first" {
		t.Errorf("a name that is none: %+v", f)
	}
}

// TestAFormThatCameBackShowsWhatWasSent and not what was saved before.
func TestAFormThatCameBackShowsWhatWasSent(t *testing.T) {
	h := newHall(t, with(web.Route{Pattern: "POST /again", Action: "hall.desk.write", Handle: func(r *web.Request) error {
		form, err := r.Form()
		if err != nil {
			return err
		}
		f, err := r.Draft(ui.Form{Words: r.Words, ID: "f", Values: form})
		if err != nil {
			return err
		}
		return r.Send("text/plain", "", []byte(f.Values.Get("facts")+"/"+f.Values.Get("place")))
	}}))
	session := h.signedIn()
	h.types(session, "/drafts/f", "facts", "saved", "0", "p")
	h.types(session, "/drafts/f", "place", "saved", "0", "p")
	if p := h.post("/again", url.Values{"facts": {"sent"}}, session); p.Body != "sent/saved" {
		t.Errorf("%q", p.Body)
	}
	if p := h.post("/again", url.Values{"facts": {""}}, session); p.Body != "/saved" {
		t.Errorf("what was emptied comes back: %q", p.Body)
	}
}

// TestADraftThatWasTamperedWithIsNotShown: its page fails instead of showing
// another's words.
func TestADraftThatWasTamperedWithIsNotShown(t *testing.T) {
	h := desk(t)
	session := h.signedIn()
	h.types(session, "/drafts/f", "facts", "my secret", "0", "p")
	for _, change := range []string{"update tmp_drafts set form = 'g'", "update tmp_drafts set value = $1"} {
		var args []any
		if strings.Contains(change, "$1") {
			args = []any{[]byte("0123456789abcdef0123456789abcdef")}
		}
		_, err := h.web.Scratch.Exec(t.Context(), change, args...)
		h.must(err)
		if p := h.get("/form/g", session); p.StatusCode != 500 || strings.Contains(p.Body, "my secret") {
			t.Errorf("%s: %d", change, p.StatusCode)
		}
	}
}

// TestEachPersonsDraftIsTheirOwnRow: the database tells apart what two people
// call alike.
func TestEachPersonsDraftIsTheirOwnRow(t *testing.T) {
	h := desk(t)
	h.types(h.signedIn(), "/drafts/f", "facts", "a", "0", "p")
	h.types(h.as(chief), "/drafts/f", "facts", "b", "0", "p")
	owners := map[ident.ID]int{}
	h.must(h.web.Reader.Each(t.Context(), "select owner, who from tmp_drafts", nil, func(scan store.Scan) error {
		var owner, who ident.ID
		err := scan(&owner, &who)
		owners[owner]++
		if owner != who {
			t.Errorf("%s wrote into the draft of %s", who, owner)
		}
		return err
	}))
	if diff := cmp.Diff(map[ident.ID]int{officer: 1, chief: 1}, owners); diff != "" {
		t.Error(diff)
	}
}
