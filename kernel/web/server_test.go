package web_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/web"
	"github.com/amana-platform/amana/kernel/web/ui"
)

// with adds routes to a hall.
func with(routes ...web.Route) func(*web.Config) {
	return func(c *web.Config) { c.Routes = append(c.Routes, routes...) }
}

// open is a route for everybody that answers as told.
func open(pattern string, f web.Handler) web.Route {
	return web.Route{Pattern: pattern, Open: "a test", Handle: f}
}

func says(words string) web.Handler {
	return func(r *web.Request) error { return r.Send("text/plain", "", []byte(words)) }
}

// TestARouteTableThatLeavesADoorOpenDoesNotStart: each line has a rule that is
// known, a handler, and an address of its own.
func TestARouteTableThatLeavesADoorOpenDoesNotStart(t *testing.T) {
	h := newHall(t)
	for name, c := range map[string]struct {
		routes []web.Route
		says   string
	}{
		"neither guarded nor open":       {[]web.Route{{Pattern: "GET /x", Handle: says("")}}, "has no rule"},
		"guarded and open":               {[]web.Route{{Pattern: "GET /x", Action: "hall.officer.read", Open: "why not", Handle: says("")}}, "is guarded and open"},
		"without a handler":              {[]web.Route{{Pattern: "GET /x", Open: "why not"}}, "has no handler"},
		"guarded by what nobody knows":   {[]web.Route{{Pattern: "GET /x", Action: "hall.officer.raed", Handle: says("")}}, "unknown action hall.officer.raed"},
		"twice at one address":           {[]web.Route{open("GET /x", says("1")), open("GET /x", says("2"))}, "conflicts with"},
		"in the place of the frame's":    {[]web.Route{open("GET /session/new", says(""))}, "conflicts with"},
		"at an address that is none":     {[]web.Route{open("GET x y", says(""))}, "parsing"},
		"one of two that match the same": {[]web.Route{open("GET /x/{a}/y", says("")), open("GET /x/y/{b}", says(""))}, "conflicts with"},
	} {
		c2 := h.web.Config
		c2.Routes = c.routes
		if _, err := web.New(c2); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, want %q", name, err, c.says)
		}
	}
	c := h.web.Config
	c.Seal = []byte("too short")
	if _, err := web.New(c); err == nil {
		t.Error("drafts are kept without a key")
	}
}

// TestTheRouteTableTellsWhereItsHandlersStand, and the method of each line.
func TestTheRouteTableTellsWhereItsHandlersStand(t *testing.T) {
	for pattern, want := range map[string]string{"POST /x": "POST", "GET /x": "GET", "/x": "GET"} {
		if got := (web.Route{Pattern: pattern}).Method(); got != want {
			t.Errorf("%s: %s", pattern, got)
		}
	}
	if at := open("GET /x", says("")).Place(); !strings.HasPrefix(at, "kernel/web/server_test.go:") {
		t.Errorf("a function stands at %s", at)
	}
	plain, demo := web.OwnRoutes(false), web.OwnRoutes(true)
	if len(demo) != len(plain)+2 {
		t.Errorf("%d routes, %d in the demonstration", len(plain), len(demo))
	}
	for _, r := range demo {
		if r.Open == "" || r.Action != "" {
			t.Errorf("%s does not say why it is open", r.Pattern)
		}
		if at := r.Place(); !strings.HasPrefix(at, "kernel/web") {
			t.Errorf("%s stands at %s", r.Pattern, at)
		}
	}
}

// TestTheOneClickDoorIsOfTheDemonstrationOnly.
func TestTheOneClickDoorIsOfTheDemonstrationOnly(t *testing.T) {
	h := newHall(t, func(c *web.Config) { c.Demo = false })
	for _, p := range []answer{h.post("/demo/sign-in", map[string][]string{"as": {string(officer)}}), h.get(ui.PathGallery)} {
		if p.StatusCode != http.StatusNotFound || p.cookie("amana") != nil {
			t.Errorf("%d", p.StatusCode)
		}
	}
	if p := h.get(ui.PathSignIn); p.StatusCode != 200 || strings.Contains(p.Body, "/demo/sign-in") {
		t.Errorf("the door is offered: %d", p.StatusCode)
	}
}

// TestEveryAnswerCarriesTheStrictHeaders: pages, errors, redirects, programs'
// documents and refusals of other sites alike.
func TestEveryAnswerCarriesTheStrictHeaders(t *testing.T) {
	h := newHall(t, with(open("GET /breaks", func(*web.Request) error { panic("no") })))
	session := h.signedIn()
	for _, p := range []answer{
		h.get("/session/new"), h.get("/nowhere"), h.get("/office"), h.get("/office/page", session), h.get("/breaks"), h.get("/office/chief", session),
		h.get("/nowhere", "Accept: application/json"), h.raw("/session/end", "text/plain", "", "Sec-Fetch-Site: cross-site"),
	} {
		for name, want := range map[string]string{
			"X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin", "Cross-Origin-Opener-Policy": "same-origin",
			"Cache-Control": "no-store", "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
		} {
			if got := p.Header.Get(name); got != want {
				t.Errorf("%d: %s is %q", p.StatusCode, name, got)
			}
		}
		policy := p.Header.Get("Content-Security-Policy")
		for _, part := range []string{"default-src 'none'", "script-src 'self';", "style-src 'self';", "form-action 'self';", "frame-ancestors 'none'", "base-uri 'none'"} {
			if !strings.Contains(policy, part) {
				t.Errorf("%d: the content policy %q lacks %q", p.StatusCode, policy, part)
			}
		}
		if strings.Contains(policy, "unsafe") {
			t.Errorf("%d: %q", p.StatusCode, policy)
		}
	}
	if p := h.get(ui.PathAssets + "nothing.css"); p.Header.Get("Cache-Control") == "no-store" || p.StatusCode != 404 {
		t.Errorf("an asset: %d %q", p.StatusCode, p.Header.Get("Cache-Control"))
	}
}

// TestAnotherSiteChangesNothing: a form that another site sends is refused in
// the reader's words, before its session or its rule is looked at.
func TestAnotherSiteChangesNothing(t *testing.T) {
	did := 0
	h := newHall(t, with(open("POST /act", func(r *web.Request) error { did++; return r.Redirect("/") }), open("GET /act", says("read"))))
	session := h.signedIn()
	for _, c := range []struct {
		with []string
		want int
	}{
		{[]string{"Sec-Fetch-Site: cross-site"}, 403},
		{[]string{"Sec-Fetch-Site: same-site"}, 403}, // another name of the same house is another house
		{[]string{"Origin: https://elsewhere.example"}, 403},
		{[]string{"Origin: null"}, 403},
		{[]string{"Sec-Fetch-Site: same-origin"}, 303},
		{[]string{"Sec-Fetch-Site: none"}, 303},
		{[]string{"Origin: http://example.com"}, 303}, // as the request says that it is called
		{nil, 303}, // a program
	} {
		before := did
		p := h.raw("/act", "text/plain", "", append(c.with, session)...)
		if p.StatusCode != c.want || (did > before) != (c.want == 303) {
			t.Errorf("%v: %d, done %t", c.with, p.StatusCode, did > before)
		}
	}
	for lang, words := range map[string]string{"ar": "موقع آخر", "fr": "autre site", "en": "another site"} {
		if p := h.raw("/act?lang="+lang, "text/plain", "", "Sec-Fetch-Site: cross-site"); !strings.Contains(p.Body, words) {
			t.Errorf("%s: %.300q", lang, p.Body)
		}
	}
	if p := h.get("/act", "Sec-Fetch-Site: cross-site"); p.StatusCode != 200 {
		t.Errorf("a link from elsewhere: %d", p.StatusCode)
	}
}

// TestAFailureSaysItsReferenceAndNothingElse: what is not a fault is not shown;
// the log holds it under the reference that the page shows.
func TestAFailureSaysItsReferenceAndNothingElse(t *testing.T) {
	h := newHall(t, with(
		open("GET /fails", func(*web.Request) error { return errors.New("the secret cause") }),
		open("GET /panics", func(r *web.Request) error {
			_ = r.Send("text/plain", "", []byte("half an answer"))
			panic("the secret cause")
		})))
	for _, path := range []string{"/fails", "/panics"} {
		for _, lang := range []string{"ar", "fr", "en"} {
			words := h.web.Texts.In(textLang(lang)).T("problem.internal")
			h.log.Reset()
			p := h.get(path + "?lang=" + lang)
			if p.StatusCode != 500 || strings.Contains(p.Body, "secret") || strings.Contains(p.Body, "half an answer") {
				t.Errorf("%s: %d %.200q", path, p.StatusCode, p.Body)
			}
			if !strings.Contains(p.Body, escaped(words)) {
				t.Errorf("%s in %s does not say %q", path, lang, words)
			}
			_, after, found := strings.Cut(h.log.String(), "reference=")
			reference, _, _ := strings.Cut(after, " ")
			if !found || !strings.Contains(h.log.String(), "the secret cause") || !strings.Contains(p.Body, reference) {
				t.Errorf("%s: the reference %q is not on the page, or the cause not in the log", path, reference)
			}
		}
	}
}

// TestAProgramGetsADocumentOfTheProblem as RFC 9457 says, in its words, with
// each field.
func TestAProgramGetsADocumentOfTheProblem(t *testing.T) {
	var wrong fault.List
	wrong.Add("title", "form.required")
	wrong.Add("title", "form.too-long", "max", 12)
	wrong.Add("", "form.unchanged")
	h := newHall(t, with(open("GET /many", func(*web.Request) error { return wrong }), open("GET /fails", func(*web.Request) error { return errors.New("secret") })))
	type field struct{ Field, Code, Says string }
	type document struct {
		Type, Title, Code, Reference string
		Status                       int
		Fields                       []field
	}
	read := func(path string) (d document) {
		p := h.get(path, "Accept: application/problem+json, application/json")
		if kind := p.Header.Get("Content-Type"); kind != "application/problem+json" {
			t.Errorf("%s: %q", path, kind)
		}
		h.must(json.Unmarshal([]byte(p.Body), &d))
		if d.Status != p.StatusCode {
			t.Errorf("%s: %d in the document, %d outside", path, d.Status, p.StatusCode)
		}
		return d
	}
	want := document{Type: "about:blank", Title: "This field is required.", Code: "form.required", Status: 422, Fields: []field{
		{"title", "form.required", "This field is required."}, {"title", "form.too-long", "Too long: 12 characters at most."}}}
	if diff := cmp.Diff(want, read("/many?lang=en")); diff != "" {
		t.Error(diff)
	}
	if d := read("/fails?lang=en"); d.Code != "fault.internal" || d.Reference == "" || d.Status != 500 || strings.Contains(d.Title, "secret") {
		t.Errorf("%+v", d)
	}
	if d := read("/office"); d.Status != 401 || d.Code != "policy.refused.nobody" {
		t.Errorf("%+v", d)
	}
}

// TestEachKindOfFaultHasItsPage: status, title and what one can do, in three
// languages; trying again is offered where it may help.
func TestEachKindOfFaultHasItsPage(t *testing.T) {
	kinds := map[string]*fault.Error{
		"invalid": fault.New(fault.Invalid, "fault.invalid"), "refused": fault.New(fault.Refused, "fault.refused"), "not-found": fault.New(fault.NotFound, "fault.not-found"),
		"conflict": fault.New(fault.Conflict, "fault.conflict"), "too-large": fault.New(fault.TooLarge, "fault.too-large", "limit", 5),
		"too-many": fault.New(fault.TooMany, "fault.too-many", "wait", 30*time.Second), "unavailable": fault.New(fault.Unavailable, "fault.store-away"),
	}
	answer := func(r *web.Request) error { return kinds[r.PathValue("kind")] }
	h := newHall(t, with(open("GET /fault/{kind}", answer), open("POST /fault/{kind}", answer)))
	for kind, f := range kinds {
		for _, lang := range []string{"ar", "fr", "en"} {
			path := "/fault/" + kind + "?lang=" + lang
			p := h.get(path)
			words := h.web.Texts.In(textLang(lang))
			if p.StatusCode != f.Kind.Status() || !strings.Contains(p.Body, escaped(words.Fault(f))) || !strings.Contains(p.Body, `lang="`+lang+`"`) || strings.Contains(p.Body, "⟦") {
				t.Errorf("%s in %s: %d %q", kind, lang, p.StatusCode, words.Fault(f))
			}
			retry := strings.Contains(p.Body, `href="`+path+`"`)
			if want := kind != "not-found" && kind != "invalid" && kind != "refused"; retry != want {
				t.Errorf("%s: trying again is offered: %t", kind, retry)
			}
			if (p.Header.Get("Retry-After") != "") != (kind == "too-many") {
				t.Errorf("%s: Retry-After %q", kind, p.Header.Get("Retry-After"))
			}
		}
		if p := h.post("/fault/"+kind, nil); strings.Contains(p.Body, `href="/fault/`) {
			t.Errorf("%s: a form that was sent is offered again as a page", kind)
		}
	}
}

// TestWhatIsReadIsRecordedBeforeItLeaves: one entry for each page of protected
// data, with the record first and then what else was shown; none for what only
// changes something, for a page that failed, or for strangers.
func TestWhatIsReadIsRecordedBeforeItLeaves(t *testing.T) {
	other := ident.Ref{Kind: "book", ID: lost}
	reads := func(pattern, action string, f web.Handler) web.Route {
		return web.Route{Pattern: pattern, Action: action, Handle: f}
	}
	h := newHall(t, with(
		reads("GET /shows", "hall.officer.read", func(r *web.Request) error { r.Shows(other); return r.Send("text/plain", "", nil) }),
		reads("GET /exports", "hall.officer.read", func(r *web.Request) error { r.Exported(); return r.Send("text/csv", "a.csv", []byte("1")) }),
		reads("GET /finds", "hall.officer.read", func(r *web.Request) error { r.Searched("who"); return r.Send("text/plain", "", nil) }),
		reads("GET /fails", "hall.officer.read", func(*web.Request) error { return errors.New("broken") }),
		reads("GET /writes", "hall.desk.write", says("done")),
	))
	session := h.signedIn()
	for _, path := range []string{"/books/" + string(book), "/books/" + string(lost), "/shows", "/exports", "/finds", "/fails", "/writes", "/session/new"} {
		h.get(path, session)
	}
	h.get("/books/" + string(book))
	var got []string
	for _, a := range h.accesses(officer) {
		line := string(a.Outcome) + " " + a.Action
		for _, r := range a.Refs {
			line += " " + string(r.ID)
		}
		got = append(got, strings.TrimSpace(line+" "+a.Said.Query))
	}
	want := []string{"read hall.book.read " + string(book), "read hall.officer.read " + string(lost), "exported hall.officer.read", "searched hall.officer.read who"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if strangers := h.accesses(""); len(strangers) > len(want)+1 {
		t.Errorf("a stranger left %v", strangers)
	}
}

// TestNothingIsReleasedThatCouldNotBeRecorded: a page of protected data whose
// reader hung up before the access was recorded does not leave; some programs
// close one half of a connection and go on reading.
func TestNothingIsReleasedThatCouldNotBeRecorded(t *testing.T) {
	hangUp := func() {}
	h := newHall(t, with(web.Route{Pattern: "GET /held", Action: "hall.officer.read", Handle: func(r *web.Request) error {
		defer hangUp()
		return r.Send("text/plain", "", []byte("protected"))
	}}))
	session := h.signedIn()
	for range 20 { // a lane with room takes some before it sees that nobody waits
		before := len(h.accesses(officer))
		ctx, cancel := context.WithCancel(t.Context())
		hangUp = cancel
		p := h.send(httptest.NewRequest(http.MethodGet, "/held", nil).WithContext(ctx), session)
		if recorded := len(h.accesses(officer)) > before; strings.Contains(p.Body, "protected") && !recorded {
			t.Fatal("protected data left without an access entry")
		}
	}
	hangUp = func() {}
	h.end()
	if p := h.get("/held", session); p.StatusCode != 503 || strings.Contains(p.Body, "protected") {
		t.Errorf("without a lane: %d %.80q", p.StatusCode, p.Body)
	}
}

// TestAFileIsRecordedBeforeItsFirstByte and comes as what it is: nothing in it
// runs in our name.
func TestAFileIsRecordedBeforeItsFirstByte(t *testing.T) {
	h := newHall(t)
	session := h.signedIn()
	p := h.get("/books/"+string(book)+"/file", session, "Range: bytes=2-4")
	if p.StatusCode != 206 || p.Body != "234" || p.Header.Get("Content-Type") != "text/html" {
		t.Errorf("%d %q %v", p.StatusCode, p.Body, p.Header)
	}
	if csp := p.Header.Get("Content-Security-Policy"); !strings.HasPrefix(csp, "sandbox; default-src 'none'") {
		t.Errorf("a file comes under %q", csp)
	}
	if name := p.Header.Get("Content-Disposition"); !strings.HasPrefix(name, "inline; filename*=utf-8''%D8%B5%D9%88%D8%B1%D8%A9") {
		t.Errorf("a file is called %q", name)
	}
	if a := h.accesses(officer); len(a) != 1 || a[0].Outcome != journal.Read || a[0].Refs[0].ID != book {
		t.Errorf("%+v", a)
	}
	h.end()
	if p := h.get("/books/"+string(book)+"/file", session); p.StatusCode != 503 || strings.Contains(p.Body, "0123") {
		t.Errorf("without a lane: %d %.80q", p.StatusCode, p.Body)
	}
}

// TestAStrangerLearnsNothingOfWhatExists: a record that is and one that is not
// answer alike, and the record is not even looked for.
func TestAStrangerLearnsNothingOfWhatExists(t *testing.T) {
	looked := 0
	h := newHall(t, with(web.Route{Pattern: "GET /looked/{id}", Action: "hall.book.read", Handle: says(""), Resource: func(r *web.Request) (policy.Resource, error) {
		looked++
		id, err := r.PathID("id")
		return policy.Resource{Ref: ident.Ref{Kind: "book", ID: id}, Unit: unit}, err
	}}))
	for _, id := range []string{string(book), string(lost), "nonsense"} {
		if p := h.get("/looked/"+id, "Accept: application/json"); p.StatusCode != 401 || looked > 0 {
			t.Errorf("%s: %d, looked %d times", id, p.StatusCode, looked)
		}
	}
	session := h.signedIn()
	for id, want := range map[string]int{string(book): 200, "nonsense": 404, strings.ToUpper(string(book)): 404, string(book) + "%00": 404, "..%2f": 404} {
		if p := h.get("/looked/"+id, session); p.StatusCode != want {
			t.Errorf("%s: %d, want %d", id, p.StatusCode, want)
		}
	}
}

// TestEveryAnswerIsCounted by its pattern and status, streams excepted.
func TestEveryAnswerIsCounted(t *testing.T) {
	var got []string
	h := newHall(t, func(c *web.Config) {
		c.Observe = func(pattern string, status int, _ time.Duration) {
			got = append(got, pattern+" "+http.StatusText(status))
		}
		c.Routes = append(c.Routes, web.Route{Pattern: "GET /stream", Open: "a test", Stream: true, Handle: says("")})
	})
	session := h.signedIn()
	for _, path := range []string{"/books/" + string(book), "/books/" + string(lost), "/office/chief", "/stream", "/no/such/page"} {
		h.get(path, session)
	}
	want := []string{"POST /demo/sign-in See Other", "GET /books/{id} OK", "GET /books/{id} Not Found", "GET /office/chief Forbidden", "/ Not Found"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
