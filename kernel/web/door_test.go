package web_test

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/amana-platform/amana/kernel/clock"
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
	unit    ident.ID = "0190a000-0000-7000-8000-0000000000a1"
)

// one keeps one officer.
type one struct{ duty policy.Purpose }

func (o one) Account(_ context.Context, id ident.ID) (web.Account, error) {
	if id != officer {
		return web.Account{}, fault.New(fault.NotFound, "fault.not-found")
	}
	return web.Account{ID: id, Actor: policy.Actor{ID: id, Unit: unit, Role: "officer"}, Active: true, Duty: o.duty}, nil
}

func (o one) Demo(ctx context.Context) ([]web.Account, error) {
	a, err := o.Account(ctx, officer)
	return []web.Account{a}, err
}

func (one) PurposeLabel(_ context.Context, _ *text.Words, p policy.Purpose) (string, string) {
	return p.String(), ""
}

// Ancestors makes it a policy.UnitTree of one unit.
func (one) Ancestors(ident.ID) []ident.ID { return nil }

// hall is a server with a door for guests beside the officers' pages.
type hall struct {
	t   testing.TB
	web *web.Server
	j   *journal.Journal
}

var task = policy.Purpose{Kind: policy.Task, Ref: ident.Ref{Kind: "task", ID: unit}}

func newHall(t testing.TB) *hall {
	t.Helper()
	h, fixed, db := &hall{t: t}, clock.At(time.Date(2026, 11, 28, 9, 0, 0, 0, time.UTC)), storetest.Open(t)
	var err error
	h.j, err = journal.Open(t.Context(), journal.Options{DB: db, Lane: db, Node: "main", Master: []byte("0123456789abcdef0123456789abcdef"), Clock: fixed,
		Modules: []journal.Module{{Name: "web", Migrations: web.Migrations()}}})
	h.must(err)
	t.Cleanup(func() { h.must(h.j.Close()) })
	action := func(name string) policy.Action {
		return policy.Action{Name: name, Purposes: []policy.PurposeKind{policy.Task, policy.Basis}, Binds: policy.BindActor, Reads: true}
	}
	rules, err := policy.New([]policy.Module{{Name: "hall",
		Schema:  []byte(`action "hall.guest.read", "hall.officer.read" appliesTo { principal: Actor, resource: Service, context: Context };`),
		Cedar:   []byte(`permit (principal, action == Action::"hall.guest.read", resource) when { principal.role == "guest" }; permit (principal, action == Action::"hall.officer.read", resource) when { principal.role == "officer" };`),
		Actions: []policy.Action{action("hall.guest.read"), action("hall.officer.read")},
	}}, policy.Hooks{Recorder: h.j.Lane(), Units: one{}, Clock: fixed, Basis: func(b string) bool { return b == "L04-20" },
		Active: func(context.Context, policy.Actor) bool { return true }, Holds: func(context.Context, policy.Actor, policy.Purpose) bool { return true }})
	h.must(err)
	texts, err := text.Load(nil, ui.Texts, policy.Texts, web.Texts)
	h.must(err)
	h.web, err = web.New(web.Config{Journal: h.j, Policy: rules, Reader: db.Reader(), Scratch: db.Scratch(), Texts: texts, Clock: fixed, Accounts: one{task}, Demo: true, Secure: true,
		Log: slog.New(slog.DiscardHandler), Seal: []byte("0123456789abcdef0123456789abcdef"), Routes: h.routes()})
	h.must(err)
	return h
}

func (h *hall) must(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

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
		{Pattern: "GET /office/guests", Action: "hall.guest.read", Handle: who},
	}
}

// get asks for a page with some cookies ("name=value") and headers ("Name: value").
func (h *hall) get(path string, with ...string) *http.Response {
	r := httptest.NewRequest(http.MethodGet, path, nil)
	for _, w := range with {
		if name, value, ok := strings.Cut(w, ": "); ok {
			r.Header.Set(name, value)
		} else {
			r.Header.Add("Cookie", w)
		}
	}
	w := httptest.NewRecorder()
	h.web.ServeHTTP(w, r)
	return w.Result()
}

// signedIn gives the cookie of the officer's session.
func (h *hall) signedIn() string {
	h.t.Helper()
	r := httptest.NewRequest(http.MethodPost, "/demo/sign-in", strings.NewReader("as="+string(officer)))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w := httptest.NewRecorder()
	h.web.ServeHTTP(w, r)
	for _, c := range w.Result().Cookies() {
		if c.Name == "amana" {
			return "amana=" + c.Value
		}
	}
	h.t.Fatalf("not signed in: %d", w.Code)
	return ""
}

func (h *hall) body(r *http.Response) string {
	h.t.Helper()
	b, err := io.ReadAll(r.Body)
	h.must(err)
	h.must(r.Body.Close())
	return string(b)
}

// TestADoorLetsItsOwnIn: on a door's routes only the door's session counts, and
// on officers' routes only theirs; whoever has both is each where it belongs.
func TestADoorLetsItsOwnIn(t *testing.T) {
	h := newHall(t)
	session := h.signedIn()
	for _, c := range []struct {
		path   string
		with   []string
		status int
		says   string
	}{
		{"/guests", []string{"guest=yes"}, 200, string(guest) + " basis/L04-20 fr"},
		{"/guests", []string{"guest=yes", session}, 200, string(guest)},
		{"/guests?lang=ar", []string{"guest=yes"}, 200, " ar"},
		{"/guests", []string{"guest=yes", "amana-lang=en"}, 200, " en"},
		{"/guests", []string{"guest=broken"}, 503, ""},
		{"/guests/office", []string{"guest=yes", session}, 403, ""}, // an officer's rights do not come by this door
		{"/office", []string{session}, 200, string(officer)},
		{"/office", []string{session, "guest=yes"}, 200, string(officer)},
		{"/office/guests", []string{session, "guest=yes"}, 403, ""},
		{"/guests", []string{"guest=yes", "Amana-Purpose: " + task.String()}, 200, task.String()},
		{"/guests", []string{"guest=yes", "Amana-Purpose: "}, 403, ""}, // one that states no purpose has none
		{"/guests", []string{"guest=yes", "Amana-Purpose: nonsense"}, 422, ""},
	} {
		p := h.get(c.path, c.with...)
		if said := h.body(p); p.StatusCode != c.status || !strings.Contains(said, c.says) {
			t.Errorf("%s with %v: %d %.80q, want %d %q", c.path, c.with, p.StatusCode, said, c.status, c.says)
		}
	}
}

// TestAStrangerAtADoor is led to the door's own sign-in, with the way back, and
// on officers' routes to theirs; a program is told.
func TestAStrangerAtADoor(t *testing.T) {
	h := newHall(t)
	for path, want := range map[string]string{"/guests?x=1": "/guests/door?return=/guests?x=1", "/office": "/session/new?return=%2Foffice"} {
		if p := h.get(path); p.StatusCode != http.StatusSeeOther || p.Header.Get("Location") != want {
			t.Errorf("%s: %d %q", path, p.StatusCode, p.Header.Get("Location"))
		}
	}
	if p := h.get("/guests", h.signedIn()); p.StatusCode != http.StatusSeeOther {
		t.Errorf("an officer is a stranger there: %d", p.StatusCode)
	}
	if p := h.get("/guests", "Accept: application/json"); p.StatusCode != http.StatusUnauthorized {
		t.Errorf("a program: %d", p.StatusCode)
	}
}

// TestADoorIsRecordedLikeAllOthers: who came by it and read stands in the lane,
// and who was refused; its frame is its own, and its cookies are Secure.
func TestADoorIsRecordedLikeAllOthers(t *testing.T) {
	h := newHall(t)
	p := h.get("/guests/page", "guest=yes", h.signedIn())
	if said := h.body(p); p.StatusCode != 200 || !strings.Contains(said, "the guest") || strings.Contains(said, ui.PathSignOut) || !strings.Contains(said, `class="citizen`) {
		t.Errorf("%d %s", p.StatusCode, said)
	}
	for _, c := range h.get("/guests", "guest=yes").Cookies() {
		if !c.Secure {
			t.Errorf("%s goes over any line", c.Name)
		}
	}
	h.get("/guests/office", "guest=yes")
	some, err := h.j.Lane().Search(t.Context(), journal.AccessQuery{Actor: guest, Limit: 10})
	h.must(err)
	count := map[journal.Outcome]int{}
	for _, a := range some {
		count[a.Outcome]++
	}
	if count[journal.Read] != 2 || count[journal.Refused] != 1 {
		t.Errorf("%+v", count)
	}
}
