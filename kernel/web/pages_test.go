package web_test

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/a-h/templ"
	"github.com/google/go-cmp/cmp"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/web"
	"github.com/amana-platform/amana/kernel/web/ui"
)

var aBook = ident.Ref{Kind: "book", ID: book}

// finders are two kinds of things that the box finds: books, for officers, and
// chiefs' papers.
func finders(c *web.Config) {
	find := func(kind string) func(*web.Request, string) ([]web.Finding, error) {
		return func(r *web.Request, query string) (out []web.Finding, err error) {
			if query == "breaks" {
				return nil, errors.New("broken")
			}
			for _, word := range strings.Fields(query) {
				if word == kind {
					r.Shows(aBook)
					out = append(out, web.Finding{Kind: "hall.kind", Label: "<b>" + kind, Detail: query, Href: "/books/" + string(book)})
				}
			}
			return out, nil
		}
	}
	c.Finders = []web.Finder{{Action: "hall.desk.search", Find: find("book")}, {Action: "hall.chief.read", Find: find("paper")}, {Action: "hall.desk.search", Find: find("plate")}}
}

// TestTheBoxFindsWhatOneMaySee: each kind of thing asks for its own grant and
// leaves its own access, with the words that were searched.
func TestTheBoxFindsWhatOneMaySee(t *testing.T) {
	h := newHall(t, finders)
	session := h.signedIn()
	search := func(q, more string) answer {
		return h.get(ui.PathSearch+"?lang=en&q="+url.QueryEscape(q)+more, session)
	}
	p := search("  book   paper plate ", "")
	if strings.Count(p.Body, "book in en") != 2 || !strings.Contains(p.Body, "&lt;b&gt;book") || !strings.Contains(p.Body, "<bdi>book paper plate</bdi>") || strings.Contains(p.Body, "&lt;b&gt;paper") {
		t.Errorf("%d %s", p.StatusCode, p.Body)
	}
	if p := search("book plate", "&go=1"); p.StatusCode != 200 {
		t.Errorf("of two one is not chosen: %d", p.StatusCode)
	}
	if p := search("book", "&go=1"); p.StatusCode != 303 || p.to() != "/books/"+string(book) {
		t.Errorf("the only one: %d %q", p.StatusCode, p.to())
	}
	if p := search("nobody", "&go=1"); p.StatusCode != 200 || !strings.Contains(p.Body, "Nothing was found") {
		t.Errorf("none: %d", p.StatusCode)
	}
	var got []string
	for _, a := range h.accesses(officer) {
		got = append(got, string(a.Outcome)+" "+a.Action+" "+a.Said.Query)
	}
	query := "book paper plate"
	want := []string{"searched hall.desk.search " + query, "refused hall.chief.read ", "searched hall.desk.search " + query}
	if diff := cmp.Diff(want, got[:3]); diff != "" {
		t.Error(diff)
	}
}

// TestWhatTheBoxDoesNotTake, and what it says then.
func TestWhatTheBoxDoesNotTake(t *testing.T) {
	h := newHall(t, finders)
	session := h.signedIn()
	for q, want := range map[string]int{"": 200, "   ": 200, strings.Repeat("x", 200): 200, strings.Repeat("x", 201): 422, strings.Repeat("س", 101): 422, "a\x00b": 422, "\xff": 422, "two\nlines": 422, "breaks": 500} {
		if p := h.get(ui.PathSearch+"?q="+url.QueryEscape(q), session); p.StatusCode != want {
			t.Errorf("%.20q: %d, want %d", q, p.StatusCode, want)
		}
	}
	for _, a := range h.accesses(officer) {
		if a.Outcome == journal.Found && strings.Trim(a.Said.Query, "x") != "" {
			t.Errorf("recorded %q", a.Said.Query)
		}
	}
	if p := h.get(ui.PathSearch + "?q=x"); p.StatusCode != 303 {
		t.Errorf("a stranger: %d", p.StatusCode)
	}
	for lang, words := range map[string]string{"ar": "غرض", "fr": "motif", "en": "A search needs a purpose"} {
		p := h.get(ui.PathSearch+"?q=x&lang="+lang, session, "Amana-Purpose: ")
		if key := h.web.Texts.In(textLang(lang)).T("finding.purpose"); p.StatusCode != 403 || !strings.Contains(p.Body, escaped(key)) {
			t.Errorf("without a purpose in %s: %d, want %q (%s)", lang, p.StatusCode, key, words)
		}
	}
}

// waiting are two kinds of tasks: the officers', and the chiefs'.
func waiting(some ...web.Task) func(*web.Config) {
	return func(c *web.Config) {
		list := func(r *web.Request) ([]web.Task, error) {
			r.Shows(aBook)
			return some, nil
		}
		c.Tasks = []web.Tasks{{Action: "hall.desk.wait", List: list}, {Action: "hall.chief.read", List: func(*web.Request) ([]web.Task, error) {
			return []web.Task{{Verb: "hall.kind", Label: "of the chief"}}, nil
		}}}
	}
}

// TestTheHomePageShowsOnesOwnTasks, and records that they were shown; who has
// none is refused nothing and leaves no access.
func TestTheHomePageShowsOnesOwnTasks(t *testing.T) {
	h := newHall(t, waiting(web.Task{Verb: "hall.read", Label: "<i>1", Detail: "in time", Href: "/books/1", Due: "at noon"}, web.Task{Verb: "hall.read", Label: "2", Href: "/books/2", Due: "yesterday", Late: true}))
	session := h.signedIn()
	p := h.get("/?lang=en", session)
	for _, want := range []string{"read in en", "&lt;i&gt;1", "in time", `href="/books/1"`, "at noon", "yesterday", `class="task late"`} {
		if !strings.Contains(p.Body, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if strings.Contains(p.Body, "of the chief") {
		t.Error("the page holds what is not for it")
	}
	other := h.get("/?lang=en", session, "Amana-Purpose: basis/L04-20")
	if !strings.Contains(other.Body, "in time") {
		t.Error("one's tasks go with the purpose of the moment")
	}
	for _, a := range h.accesses(officer) {
		if a.Outcome != journal.Read || a.Purpose != task.String() || a.Refs[0] != aBook {
			t.Errorf("%+v", a)
		}
	}
	if n := len(h.accesses(officer)); n != 2 {
		t.Errorf("%d accesses", n)
	}
	if p := h.get("/"); p.StatusCode != 303 || p.to() != ui.PathSignIn {
		t.Errorf("a stranger: %d", p.StatusCode)
	}
	none := newHall(t, waiting())
	if p := none.get("/?lang=en", none.signedIn()); !strings.Contains(p.Body, "Nothing is waiting for you") || len(none.accesses(officer)) != 0 {
		t.Errorf("without tasks: %d, %v", p.StatusCode, none.accesses(officer))
	}
}

// TestTheNoticeOfSomethingNewSaysNothingOfIt.
func TestTheNoticeOfSomethingNewSaysNothingOfIt(t *testing.T) {
	h := newHall(t, waiting(web.Task{Verb: "hall.read", Label: "secret"}))
	p := h.get(ui.PathNotice+"?lang=en", h.signedIn())
	if p.StatusCode != 200 || !strings.Contains(p.Body, "Something new waits for you") || strings.Contains(p.Body, "secret") || len(h.accesses(officer)) > 0 {
		t.Errorf("%d %s", p.StatusCode, p.Body)
	}
	if p := h.get(ui.PathNotice, "Accept: application/json"); p.StatusCode != 401 {
		t.Errorf("a stranger: %d", p.StatusCode)
	}
	if p := h.get(ui.PathPing); p.StatusCode != 200 || p.Body != "" {
		t.Errorf("a ping: %d %q", p.StatusCode, p.Body)
	}
}

// TestTheFrameShowsWhatOneMayGoTo, who one is and why one works, in each language.
func TestTheFrameShowsWhatOneMayGoTo(t *testing.T) {
	h := newHall(t, func(c *web.Config) {
		c.Rail = []web.RailLink{{Label: "hall.rail", Href: "/office", Key: "g o", Action: "hall.officer.read"}, {Label: "hall.kind", Href: "/chiefs", Action: "hall.chief.read"}}
	})
	session := h.signedIn()
	for lang, name := range map[string]string{"ar": "سعاد", "fr": "Souad", "en": "Souad in English"} {
		p := h.get("/office/page?lang="+lang, session)
		for _, want := range []string{name, "shelf in " + lang, "officer in " + lang, `href="/office"`, escaped(task.String()), "/live/officer/" + string(officer)} {
			if !strings.Contains(p.Body, want) {
				t.Errorf("%s: the frame lacks %q", lang, want)
			}
		}
		if strings.Contains(p.Body, "/chiefs") || strings.Contains(p.Body, "⟦") {
			t.Errorf("%s: the frame shows what is not for it", lang)
		}
	}
}

// TestARecordsPageHasThePanelsOfOthers: on records of their kind, for those who
// may see them; one that fails fails the page.
func TestARecordsPageHasThePanelsOfOthers(t *testing.T) {
	show := func(says string, err error) func(*web.Request, policy.Resource) (templ.Component, error) {
		return func(_ *web.Request, res policy.Resource) (templ.Component, error) {
			if says == "" {
				return nil, err
			}
			return ui.Plain(says + " " + string(res.Ref.ID)), err
		}
	}
	var broken error
	h := newHall(t, func(c *web.Config) {
		c.Panels = []web.Panel{
			{Kind: "book", Title: "hall.panel", Action: "hall.book.read", Show: show("seen", nil)}, {Kind: "plate", Title: "hall.panel", Action: "hall.book.read", Show: show("of a plate", nil)},
			{Kind: "book", Title: "hall.panel", Action: "hall.chief.read", Show: show("of a chief", nil)}, {Kind: "book", Title: "hall.panel", Action: "hall.book.read", Show: show("", nil)},
			{Kind: "book", Title: "hall.panel", Action: "hall.book.read", Show: func(r *web.Request, res policy.Resource) (templ.Component, error) { return show("", broken)(r, res) }},
		}
	})
	session := h.signedIn()
	p := h.get("/books/"+string(book)+"?lang=en", session)
	if strings.Count(p.Body, ">panel in en<") != 1 || !strings.Contains(p.Body, "seen "+string(book)) || strings.Contains(p.Body, "of a plate") || strings.Contains(p.Body, "of a chief") || !strings.Contains(p.Body, "/live/book/"+string(book)) {
		t.Errorf("%d %s", p.StatusCode, p.Body)
	}
	broken = errors.New("broken")
	if p := h.get("/books/"+string(book), session); p.StatusCode != 500 || strings.Contains(p.Body, "what stands in it") {
		t.Errorf("%d", p.StatusCode)
	}
}

// watch is an oversight that keeps what it is told.
type watch struct {
	asked []web.Asking
	glass []string
	fails error
}

func (w *watch) GlassBroken(_ context.Context, g policy.Grant, mayAllow string) error {
	w.glass = append(w.glass, g.Action()+" "+g.Purpose().Reason+" "+mayAllow)
	return w.fails
}

func (w *watch) AskPermission(_ context.Context, a web.Asking) error {
	w.asked = append(w.asked, a)
	return w.fails
}

// TestARefusedPersonAsks: whoever may allow it is told who asks, what for,
// about which record and why; what is no request is refused and passed to nobody.
func TestARefusedPersonAsks(t *testing.T) {
	w := &watch{}
	h := newHall(t, func(c *web.Config) { c.Oversight = w })
	session := h.signedIn()
	at := "/books/" + string(guest)
	p := h.get(at+"?lang=en", session)
	if p.StatusCode != 403 || !strings.Contains(p.Body, `value="GET /books/{id}"`) || !strings.Contains(p.Body, "The chief of the brigade in charge") {
		t.Fatalf("%d %s", p.StatusCode, p.Body)
	}
	ask := func(act, reason, back string) answer {
		return h.post(ui.PathAsk, url.Values{"act": {act}, "reason": {reason}, "return": {back}}, session, "Accept: text/html")
	}
	for name, c := range map[string]struct {
		act, reason string
		want        int
	}{
		"no reason":           {"hall.book.read", " \n ", 422},
		"a reason too long":   {"hall.book.read", strings.Repeat("x", 2001), 413},
		"an act that is none": {"hall.book.burn", "because", 422},
		"an act of two lines": {"hall.book.read\nx", "because", 422},
		"an open route":       {"GET /session/new", "because", 422},
		"no act":              {"", "because", 422},
		"a reason with NUL":   {"hall.book.read", "a\x00", 422},
	} {
		if p := ask(c.act, c.reason, at); p.StatusCode != c.want || len(w.asked) > 0 {
			t.Errorf("%s: %d, asked %v", name, p.StatusCode, w.asked)
		}
	}
	for _, act := range []string{"GET /books/{id}", "hall.book.read"} {
		if p := ask(act, strings.Repeat("x", 2000), at+"?x=1"); p.StatusCode != 200 {
			t.Fatalf("%d", p.StatusCode)
		}
	}
	want := web.Asking{Actor: w.asked[0].Actor, Action: "hall.book.read", MayAllow: "brigade-chief", Record: ident.Ref{Kind: "book", ID: guest}, Reason: strings.Repeat("x", 2000)}
	for _, got := range w.asked {
		if diff := cmp.Diff(want, got); diff != "" || got.Actor.ID != officer {
			t.Errorf("%s", diff)
		}
	}
	w.fails = fault.New(fault.TooMany, "fault.too-many", "wait", "1")
	if p := ask("hall.book.read", "again", at); p.StatusCode != 429 {
		t.Errorf("refused by the oversight: %d", p.StatusCode)
	}
	if p := h.post(ui.PathAsk, url.Values{"act": {"hall.book.read"}, "reason": {"x"}}); p.StatusCode != 401 {
		t.Errorf("a stranger asks: %d", p.StatusCode)
	}
	if len(h.accesses(officer)) != 1 {
		t.Errorf("asking left %v", h.accesses(officer))
	}
}

// TestTheRecordARequestIsAbout stands in the address of the page it was made on.
func TestTheRecordARequestIsAbout(t *testing.T) {
	w := &watch{}
	h := newHall(t, func(c *web.Config) { c.Oversight = w })
	session := h.signedIn()
	id := string(book)
	for _, c := range [][2]string{
		{"/cases/" + id, "case/" + id}, {"/cases/" + id + "/measures", "case/" + id}, {"/cases/" + id + "?lang=ar#facts", "case/" + id}, {"/cases?of=/persons/" + id, ""}, {"/cases/" + id + "/files/" + string(lost), "case/" + id}, {"/index/persons/" + id, "person/" + id},
		{"/", ""}, {"/cases", ""}, {"/" + id, ""}, {"/cases/nonsense", ""}, {"//elsewhere/" + id, "elsewhere/" + id}, {"", ""},
		{"/a kind/" + id, ""}, {"/<b>/" + id, ""}, {"/Cases/" + id, ""}, {"/s/" + id, ""}, {"/x\ty/" + id, ""}, {"/é/" + id, ""}, // what no record is called would be read by nobody
	} {
		w.asked = nil
		h.post(ui.PathAsk, url.Values{"act": {"hall.book.read"}, "reason": {"x"}, "return": {c[0]}}, session)
		got := ""
		if len(w.asked) == 1 && !w.asked[0].Record.IsZero() {
			got = w.asked[0].Record.String()
		}
		if len(w.asked) != 1 || got != c[1] {
			t.Errorf("%s is about %q, want %q", c[0], got, c[1])
		}
	}
}

// TestTheGlassIsBrokenBeforeASecondPersonsEyes: what an emergency opens leaves
// only after somebody was told, and stands in the record as such.
func TestTheGlassIsBrokenBeforeASecondPersonsEyes(t *testing.T) {
	w := &watch{}
	h := newHall(t, func(c *web.Config) { c.Oversight = w })
	session := h.signedIn()
	at, glass := "/books/"+string(guest), "break-glass/book/"+string(guest)
	p := h.get(at+"?lang=en", session)
	if p.StatusCode != 403 || !strings.Contains(p.Body, `value="`+glass+`"`) || len(w.glass) > 0 {
		t.Fatalf("%d: the way is not offered", p.StatusCode)
	}
	if p := h.get("/office/chief?lang=en", session); strings.Contains(p.Body, "break-glass") {
		t.Error("it is offered where no record is")
	}
	if p := h.post(ui.PathPurpose, url.Values{"purpose": {glass}, "reason": {"a child in danger"}, "return": {at}}, session); p.to() != at {
		t.Fatalf("%d", p.StatusCode)
	}
	w.fails = errors.New("nobody is there")
	if p := h.get(at, session); p.StatusCode != 500 || strings.Contains(p.Body, "what stands in it") {
		t.Errorf("nobody could be told: %d", p.StatusCode)
	}
	w.fails = nil
	if p := h.get(at, session); p.StatusCode != 200 || !strings.Contains(p.Body, "what stands in it") {
		t.Errorf("%d", p.StatusCode)
	}
	if diff := cmp.Diff([]string{"hall.book.read a child in danger brigade-chief", "hall.book.read a child in danger brigade-chief"}, w.glass); diff != "" {
		t.Error(diff)
	}
	all := h.accesses(officer)
	if last := all[len(all)-1]; last.Outcome != journal.Glass || last.Said.Reason != "a child in danger" || last.Purpose != glass {
		t.Errorf("%+v", last)
	}
	if p := h.get("/books/"+string(lost[:35])+"9", session); p.StatusCode != 403 || strings.Contains(p.Body, `name="purpose" value="break-glass`) {
		t.Errorf("one emergency leads to the next record: %d", p.StatusCode)
	}
	alone := newHall(t)
	session = alone.signedIn()
	if p := alone.get(at, session, "Amana-Purpose: "+glass+":x"); p.StatusCode != http.StatusServiceUnavailable || strings.Contains(p.Body, "what stands in it") {
		t.Errorf("without an oversight: %d", p.StatusCode)
	}
	if p := alone.get(at, session); strings.Contains(p.Body, "break-glass") || strings.Contains(p.Body, ui.PathAsk) {
		t.Error("without an oversight it is offered")
	}
}

// TestTheSignInPageOffersEveryWay in, and leads back only within the house.
func TestTheSignInPageOffersEveryWay(t *testing.T) {
	h := newHall(t, func(c *web.Config) { c.SignIn = keyring{} })
	for _, path := range []string{ui.PathSignIn, ui.PathAgain, ui.PathSwitch} {
		p := h.get(path + "?lang=en&return=" + url.QueryEscape("/books/1?a=b"))
		for _, want := range []string{"show your card, then /books/1?a=b", `value="/books/1?a=b"`, "Souad in English", "officer in en", `action="/demo/sign-in"`} {
			if p.StatusCode != 200 || !strings.Contains(p.Body, want) {
				t.Errorf("%s: %d, lacks %q", path, p.StatusCode, want)
			}
		}
		if strings.Contains(p.Body, "<html") == (path == ui.PathAgain) {
			t.Errorf("%s is the wrong part of a page", path)
		}
		if p := h.get(path + "?return=" + url.QueryEscape("/\t/elsewhere.example")); strings.Contains(p.Body, "\t/elsewhere") {
			t.Errorf("%s leads elsewhere", path)
		}
	}
	if p := h.get("/card"); p.Body != "a card" {
		t.Errorf("the way's own route: %d", p.StatusCode)
	}
	h.staff.fails = errors.New("broken")
	if p := h.get(ui.PathSignIn); p.StatusCode != 500 {
		t.Errorf("%d", p.StatusCode)
	}
}

// keyring is a way to sign in.
type keyring struct{}

func (keyring) Routes() []web.Route { return []web.Route{open("GET /card", says("a card"))} }

func (keyring) Form(_ *web.Request, back string) templ.Component {
	return ui.Plain("show your card, then " + back)
}
