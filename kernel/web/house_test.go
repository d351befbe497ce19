package web_test

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/a-h/templ"

	"github.com/amana-platform/amana/kernel/clock"
	"github.com/amana-platform/amana/kernel/events"
	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/store/storetest"
	"github.com/amana-platform/amana/kernel/text"
	"github.com/amana-platform/amana/kernel/web"
	"github.com/amana-platform/amana/kernel/web/ui"
)

const (
	officer ident.ID = "0190a000-0000-7000-8000-0000000000f1"
	guest   ident.ID = "0190a000-0000-7000-8000-0000000000f2"
	chief   ident.ID = "0190a000-0000-7000-8000-0000000000f3"
	second  ident.ID = "0190a000-0000-7000-8000-0000000000f4"
	unit    ident.ID = "0190a000-0000-7000-8000-0000000000a1"
	book    ident.ID = "0190a000-0000-7000-8000-0000000000b1"
	lost    ident.ID = "0190a000-0000-7000-8000-0000000000b2" // no book has it
)

var morning = time.Date(2026, 11, 28, 9, 0, 0, 0, time.UTC)

// staff is who may sign in; a test says otherwise of them meanwhile.
type staff struct {
	mu    sync.Mutex
	all   map[ident.ID]web.Account
	fails error // what the next reading gives, once
}

func newStaff() *staff {
	s := &staff{all: map[ident.ID]web.Account{}}
	for id, role := range map[ident.ID]string{officer: "officer", second: "officer", chief: "brigade-chief"} {
		s.all[id] = web.Account{ID: id, Actor: policy.Actor{ID: id, Unit: unit, Role: role}, Active: true, Duty: task,
			Name: [3]string{"سعاد", "Souad", "Souad in English"}, Unit: [3]string{"الأولى", "Premier", "First"}}
	}
	return s
}

// change says something else of one person from now on.
func (s *staff) change(id ident.ID, f func(*web.Account)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	a := s.all[id]
	f(&a)
	s.all[id] = a
}

func (s *staff) Account(_ context.Context, id ident.ID) (web.Account, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.fails; err != nil {
		s.fails = nil
		return web.Account{}, err
	}
	a, ok := s.all[id]
	if !ok {
		return web.Account{}, fault.New(fault.NotFound, "fault.not-found")
	}
	return a, nil
}

func (s *staff) Demo(ctx context.Context) ([]web.Account, error) {
	a, err := s.Account(ctx, officer)
	return []web.Account{a}, err
}

func (*staff) PurposeLabel(_ context.Context, _ *text.Words, p policy.Purpose) (string, string) {
	return p.String(), ""
}

// Ancestors makes it a policy.UnitTree of one unit.
func (*staff) Ancestors(ident.ID) []ident.ID { return nil }

// hall is a server with a door for guests beside the officers' pages, and a
// shelf of books.
type hall struct {
	t     testing.TB
	web   *web.Server
	j     *journal.Journal
	clock *clock.Fixed
	staff *staff
	log   strings.Builder
	end   func() // closes the journal
}

var (
	task   = policy.Purpose{Kind: policy.Task, Ref: ident.Ref{Kind: "task", ID: unit}}
	secret = []byte("0123456789abcdef0123456789abcdef")
)

// newHall opens the hall; a test changes what its server is made of.
func newHall(t testing.TB, change ...func(*web.Config)) *hall {
	t.Helper()
	h, db := &hall{t: t, clock: clock.At(morning), staff: newStaff()}, storetest.Open(t)
	var err error
	h.j, err = journal.Open(t.Context(), journal.Options{DB: db, Lane: db, Node: "main", Master: secret, Clock: h.clock,
		Modules: []journal.Module{{Name: "web", Migrations: web.Migrations()}}})
	h.must(err)
	h.end = sync.OnceFunc(func() { h.must(h.j.Close()) })
	t.Cleanup(h.end)
	news, err := events.Open(t.Context(), events.Options{Journal: h.j, Bus: events.Bus{Folder: t.TempDir()}, Log: slog.New(slog.DiscardHandler)})
	h.must(err)
	t.Cleanup(func() { h.must(news.Close()) })
	texts, err := text.Load(nil, ui.Texts, policy.Texts, web.Texts, hallTexts)
	h.must(err)
	c := web.Config{Journal: h.j, Events: news, Policy: h.rules(), Reader: db.Reader(), Scratch: db.Scratch(), Texts: texts, Clock: h.clock, Accounts: h.staff, Demo: true, Secure: true,
		Log: slog.New(slog.NewTextHandler(&h.log, nil)), Seal: secret, Routes: append(h.routes(), h.shelf()...),
		Who:  func(_ context.Context, _ *text.Words, id ident.ID) string { return "who " + string(id) },
		Tell: func(_ *text.Words, e journal.Delivered) (string, string) { return "told " + e.Kind, "in detail" }}
	for _, f := range change {
		f(&c)
	}
	h.web, err = web.New(c)
	h.must(err)
	return h
}

func (h *hall) must(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

// rules are who may do what in the hall.
func (h *hall) rules() *policy.Policy {
	h.t.Helper()
	actions := []policy.Action{{Name: "hall.guest.read"}, {Name: "hall.officer.read"}, {Name: "hall.desk.search"}, {Name: "hall.desk.wait"},
		{Name: "hall.book.read", Resource: "book", BreakGlass: true, MayAllow: "brigade-chief"}, {Name: "hall.chief.read"},
		{Name: "hall.desk.write"}, {Name: "hall.desk.sign", Fresh: true}}
	for i := range actions {
		actions[i].Purposes, actions[i].Binds = []policy.PurposeKind{policy.Task, policy.Basis}, policy.BindActor
		actions[i].Reads = actions[i].Name != "hall.desk.write"
	}
	rules, err := policy.New([]policy.Module{{Name: "hall", Actions: actions,
		Schema: []byte(`entity Book { unit: Unit };
			action "hall.guest.read", "hall.officer.read", "hall.desk.search", "hall.desk.wait", "hall.chief.read", "hall.desk.write", "hall.desk.sign" appliesTo { principal: Actor, resource: Service, context: Context };
			action "hall.book.read" appliesTo { principal: Actor, resource: Book, context: Context };`),
		Cedar: []byte(`permit (principal, action == Action::"hall.guest.read", resource) when { principal.role == "guest" };
			permit (principal, action in [Action::"hall.officer.read", Action::"hall.desk.search", Action::"hall.desk.wait", Action::"hall.desk.write", Action::"hall.desk.sign"], resource) when { principal.role == "officer" };
			permit (principal, action == Action::"hall.chief.read", resource) when { principal.role == "brigade-chief" };
			permit (principal, action == Action::"hall.book.read", resource) when { resource.unit == principal.unit || context.purpose.kind == "break-glass" };`),
	}}, policy.Hooks{Recorder: h.j.Lane(), Units: h.staff, Clock: h.clock, Basis: func(b string) bool { return b == "L04-20" },
		Active: func(context.Context, policy.Actor) bool { return true },
		Holds:  func(_ context.Context, _ policy.Actor, p policy.Purpose) bool { return p.Ref == task.Ref }})
	h.must(err)
	return rules
}

// routes are the door's, and the officers' beside it.
func (h *hall) routes() []web.Route {
	door := &web.Door{Enter: func(r *web.Request) (policy.Actor, policy.Purpose, error) {
		c, err := r.Cookie("guest")
		switch {
		case err != nil:
			return policy.Actor{}, policy.Purpose{}, nil
		case c.Value == "broken":
			return policy.Actor{}, policy.Purpose{}, fault.New(fault.Unavailable, "fault.unavailable")
		}
		return policy.Actor{ID: guest, Role: "guest"}, policy.Purpose{Kind: policy.Basis, Basis: "L04-20"}, nil
	}, SignIn: func(_ *web.Request, back string) string { return "/guests/door?return=" + back },
		Frame: func(_ *web.Request, v *ui.View) { v.Person, v.Leave = "the guest", "/guests/leave" }}
	who := func(r *web.Request) error {
		r.SetCookie(&http.Cookie{Name: "seen", Value: "yes"})
		return r.Send("text/plain", "", []byte(string(r.Actor.ID)+" "+r.Purpose.String()+" "+string(r.Words.Lang())))
	}
	page := func(r *web.Request) error { return r.Page("guests", ui.Plain("inside")) }
	return []web.Route{
		{Pattern: "GET /guests", Action: "hall.guest.read", Door: door, Handle: who},
		{Pattern: "GET /guests/page", Action: "hall.guest.read", Door: door, Handle: page},
		{Pattern: "GET /guests/office", Action: "hall.officer.read", Door: door, Handle: who},
		{Pattern: "GET /office", Action: "hall.officer.read", Handle: who},
		{Pattern: "GET /office/page", Action: "hall.officer.read", Handle: page},
		{Pattern: "GET /office/guests", Action: "hall.guest.read", Handle: who},
		{Pattern: "GET /office/chief", Action: "hall.chief.read", Handle: who},
		{Pattern: "GET /office/sign", Action: "hall.desk.sign", Handle: who},
		{Pattern: "POST /office/sign", Action: "hall.desk.sign", Handle: who},
	}
}

// shelf are the routes about one book.
func (h *hall) shelf() []web.Route {
	find := func(r *web.Request) (policy.Resource, error) {
		id, err := r.PathID("id")
		if err != nil || id == lost {
			return policy.Resource{}, fault.Wrap(err, fault.NotFound, "fault.not-found")
		}
		owner := unit
		if id != book { // of another unit
			owner = guest
		}
		return policy.Resource{Ref: ident.Ref{Kind: "book", ID: id}, Unit: owner}, nil
	}
	show := func(r *web.Request) error {
		line, err := r.Timeline(r.Resource.Ref, 10)
		if err != nil {
			return err
		}
		return r.RecordPage("The book", ui.Record{Kind: "Book", Number: "1", Title: "what stands in it", Timeline: line})
	}
	return []web.Route{
		{Pattern: "GET /books/{id}", Action: "hall.book.read", Resource: find, Handle: show},
		{Pattern: "GET /books/{id}/file", Action: "hall.book.read", Resource: find, Handle: func(r *web.Request) error {
			return r.SendFile("text/html", "صورة <1>.html", strings.NewReader("0123456789"))
		}},
	}
}

// answer is what the hall answered, read to its end.
type answer struct {
	*http.Response
	Body string
}

func (a answer) to() string { return a.Header.Get("Location") }

// cookie gives a cookie that the answer sets.
func (a answer) cookie(name string) *http.Cookie {
	for _, c := range a.Cookies() {
		if c.Name == name {
			return c
		}
	}
	return nil
}

// send sends any request with some cookies ("name=value") and headers ("Name: value").
func (h *hall) send(r *http.Request, with ...string) answer {
	h.t.Helper()
	for _, w := range with {
		if name, value, ok := strings.Cut(w, ": "); ok {
			r.Header.Set(name, value)
		} else {
			r.Header.Add("Cookie", w)
		}
	}
	w := httptest.NewRecorder()
	h.web.ServeHTTP(w, r)
	raw, err := io.ReadAll(w.Result().Body)
	h.must(err)
	return answer{w.Result(), string(raw)}
}

// get asks for a page.
func (h *hall) get(path string, with ...string) answer {
	h.t.Helper()
	return h.send(httptest.NewRequest(http.MethodGet, path, nil), with...)
}

// post sends a form.
func (h *hall) post(path string, form url.Values, with ...string) answer {
	h.t.Helper()
	return h.raw(path, "application/x-www-form-urlencoded", form.Encode(), with...)
}

// raw posts a body of a type.
func (h *hall) raw(path, kind, body string, with ...string) answer {
	h.t.Helper()
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(body))
	r.Header.Set("Content-Type", kind)
	return h.send(r, with...)
}

// as signs a person in and gives the cookie of their session.
func (h *hall) as(id ident.ID) string {
	h.t.Helper()
	c := h.post("/demo/sign-in", url.Values{"as": {string(id)}}).cookie("amana")
	if c == nil {
		h.t.Fatalf("%s is not signed in", id)
	}
	return "amana=" + c.Value
}

// signedIn gives the cookie of the officer's session.
func (h *hall) signedIn() string { return h.as(officer) }

// accesses gives what one person's accesses came to, oldest first.
func (h *hall) accesses(actor ident.ID) (out []journal.Access) {
	h.t.Helper()
	some, err := h.j.Lane().Search(h.t.Context(), journal.AccessQuery{Actor: actor, Limit: 100})
	h.must(err)
	for i := len(some) - 1; i >= 0; i-- {
		out = append(out, some[i])
	}
	return out
}

// hallTexts are the words of the hall, the same in each language but for the
// language's name.
var hallTexts = fstest.MapFS{"text/ar.toml": hallWords("ar"), "text/fr.toml": hallWords("fr"), "text/en.toml": hallWords("en")}

func hallWords(lang string) *fstest.MapFile {
	return &fstest.MapFile{Data: []byte(strings.ReplaceAll(`[hall]
kind = "book in LANG"
rail = "shelf in LANG"
read = "read in LANG"
panel = "panel in LANG"
[hall.act]
write = "write in LANG"
[hall.lead]
write = "lead in LANG"
[hall.field]
title = "title in LANG"
when = "when in LANG"
born = "born in LANG"
facts = "facts in LANG"
sure = "sure in LANG"
kind = "kind in LANG"
colour = "colour in LANG"
drawn = "drawn in LANG"
[hall.help]
title = "help in LANG"
[hall.kinds]
old = "old in LANG"
new = "new in LANG"
[role]
officer = "officer in LANG"
`, "LANG", lang))}
}

func textLang(s string) text.Lang { return text.Lang(s) }

// escaped is a text as a page holds it.
func escaped(s string) string { return templ.EscapeString(s) }
