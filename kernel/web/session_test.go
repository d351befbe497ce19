package web_test

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/store"
	"github.com/amana-platform/amana/kernel/web"
	"github.com/amana-platform/amana/kernel/web/ui"
)

// in reports whether a session opens an officers' page.
func (h *hall) in(session string) bool {
	h.t.Helper()
	switch p := h.get("/office", session); p.StatusCode {
	case http.StatusOK:
		return true
	case http.StatusSeeOther, http.StatusForbidden:
		return false
	default:
		h.t.Fatalf("%d", p.StatusCode)
		return false
	}
}

// TestACookieIsTheSessionsAlone: scripts do not see it, other sites do not send
// it, no line without HTTPS carries it, and the database cannot give it back.
func TestACookieIsTheSessionsAlone(t *testing.T) {
	h := newHall(t)
	c := h.post("/demo/sign-in", url.Values{"as": {"officer"}}).cookie("amana")
	if c == nil || !c.HttpOnly || !c.Secure || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.MaxAge != 0 || len(c.Value) != 43 {
		t.Fatalf("%+v", c)
	}
	h.must(h.web.Reader.Each(t.Context(), "select token, public from tmp_sessions", nil, func(scan store.Scan) error {
		var token, public string
		err := scan(&token, &public)
		if strings.Contains(token+public, c.Value) || len(token) != 64 {
			t.Error("the database holds what opens a session")
		}
		if h.in("amana="+token) || h.in("amana="+public) {
			t.Error("what the database holds opens a session")
		}
		return err
	}))
	for _, forged := range []string{"", "x", c.Value[:42], c.Value + "x", strings.ToUpper(c.Value), strings.Repeat("A", 43), strings.Repeat("é", 43)} {
		if forged != c.Value && h.in("amana="+forged) {
			t.Errorf("%q opens a session", forged)
		}
	}
	other := h.post("/demo/sign-in", url.Values{"as": {"officer"}}).cookie("amana")
	if other.Value == c.Value {
		t.Error("two sessions have one token")
	}
}

// TestWhatEndsASession: each alone, at its very moment; a session that ended
// does not come back.
func TestWhatEndsASession(t *testing.T) {
	shift := web.Shift{ID: lost, Until: morning.Add(8 * time.Hour)}
	for name, c := range map[string]struct {
		before func(*web.Account)
		after  func(*web.Account)
		wait   time.Duration
		in     bool
	}{
		"nothing":                       {in: true},
		"half a day without a page":     {wait: 12 * time.Hour, in: true},
		"a moment longer":               {wait: 12*time.Hour + time.Microsecond},
		"a suspension":                  {after: func(a *web.Account) { a.Active = false }},
		"another post":                  {after: func(a *web.Account) { a.Post = lost }},
		"the post it was begun in":      {before: func(a *web.Account) { a.Post = lost }, in: true},
		"no post any more":              {before: func(a *web.Account) { a.Post = lost }, after: func(a *web.Account) { a.Post = "" }},
		"all sessions before now":       {after: func(a *web.Account) { a.Since = morning.Add(time.Microsecond) }},
		"all sessions before this one":  {after: func(a *web.Account) { a.Since = morning }, in: true},
		"its shift runs":                {before: func(a *web.Account) { a.Shifts = []web.Shift{shift} }, wait: 8*time.Hour - time.Microsecond, in: true},
		"its shift is over":             {before: func(a *web.Account) { a.Shifts = []web.Shift{shift} }, wait: 8 * time.Hour},
		"its shift is cut short":        {before: func(a *web.Account) { a.Shifts = []web.Shift{shift} }, after: func(a *web.Account) { a.Shifts[0].Until = morning }},
		"its shift is taken off":        {before: func(a *web.Account) { a.Shifts = []web.Shift{shift} }, after: func(a *web.Account) { a.Shifts = nil }},
		"another shift took its place":  {before: func(a *web.Account) { a.Shifts = []web.Shift{shift} }, after: func(a *web.Account) { a.Shifts = []web.Shift{{ID: book, Until: shift.Until}} }},
		"a shift that began meanwhile":  {after: func(a *web.Account) { a.Shifts = []web.Shift{shift} }, wait: 9 * time.Hour, in: true},
		"the longer of two shifts runs": {before: func(a *web.Account) { a.Shifts = []web.Shift{{ID: book, Until: morning.Add(time.Hour)}, shift} }, wait: 2 * time.Hour, in: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHall(t)
			if c.before != nil {
				h.staff.change(officer, c.before)
			}
			session := h.signedIn()
			if c.after != nil {
				h.staff.change(officer, c.after)
			}
			h.clock.Advance(c.wait)
			if got := h.in(session); got != c.in {
				t.Errorf("in: %t", got)
			}
			if !c.in {
				h.clock.Set(morning)
				h.staff.change(officer, func(a *web.Account) { a.Active, a.Post, a.Since = true, "", time.Time{} })
				if h.in(session) {
					t.Error("a session that ended came back")
				}
			}
		})
	}
}

// TestWhoWorksStaysIn: each page begins the half day anew.
func TestWhoWorksStaysIn(t *testing.T) {
	h := newHall(t)
	session := h.signedIn()
	for range 5 {
		h.clock.Advance(11 * time.Hour)
		if !h.in(session) {
			t.Fatal("somebody at work is signed out")
		}
	}
	h.clock.Advance(12*time.Hour + time.Minute)
	if h.in(session) {
		t.Error("nobody was there for half a day")
	}
}

// TestSigningOut ends the session on the server, not only in the browser.
func TestSigningOut(t *testing.T) {
	h := newHall(t)
	mine, other := h.signedIn(), h.signedIn()
	p := h.post(ui.PathSignOut, nil, mine)
	if c := p.cookie("amana"); p.StatusCode != 303 || p.to() != ui.PathSignIn || c == nil || c.MaxAge >= 0 || c.Value != "" {
		t.Errorf("%d %q %+v", p.StatusCode, p.to(), c)
	}
	if h.in(mine) || !h.in(other) {
		t.Error("the one session and no other ends")
	}
	if p := h.post(ui.PathSignOut, nil); p.StatusCode != 303 {
		t.Errorf("a stranger leaves: %d", p.StatusCode)
	}
	if p := h.get(ui.PathSignOut, other); p.StatusCode != 404 || !h.in(other) {
		t.Errorf("a link signs out: %d", p.StatusCode)
	}
}

// TestSigningInAgain: another person at the same desk ends the session before;
// the same one goes on in theirs, freshly proven; who may not act is not let in.
func TestSigningInAgain(t *testing.T) {
	h := newHall(t)
	first := h.signedIn()
	same := h.post("/demo/sign-in", url.Values{"as": {string(officer)}, "return": {"/books"}}, first)
	if same.cookie("amana") != nil || same.to() != "/books" || same.Header.Get("Amana-Person") != string(officer) || !h.in(first) {
		t.Errorf("the same person: %q %v", same.to(), same.Header)
	}
	other := h.post("/demo/sign-in", url.Values{"as": {string(chief)}}, first)
	if other.cookie("amana") == nil || h.in(first) || other.Header.Get("Amana-Person") != string(chief) {
		t.Error("the session before goes on at a shared desk")
	}
	h.staff.change(chief, func(a *web.Account) { a.Active = false })
	for as, want := range map[string]int{string(chief): 403, "prosecutor": 422, "": 422, "0190a000": 422, string(guest): 422, string(lost): 422} {
		p := h.post("/demo/sign-in", url.Values{"as": {as}})
		if p.StatusCode != want || p.cookie("amana") != nil {
			t.Errorf("%q: %d", as, p.StatusCode)
		}
	}
	if p := h.post("/demo/sign-in", url.Values{"as": {"officer"}}, "Accept: application/json"); p.StatusCode != 200 || p.Body != `{"signedIn":true}` {
		t.Errorf("a program: %d %s", p.StatusCode, p.Body)
	}
}

// TestAnActThatWantsAFreshProof leads to the page that takes it and back to the
// act, or to the page whose form was sent; a program is told.
func TestAnActThatWantsAFreshProof(t *testing.T) {
	h := newHall(t)
	session := h.signedIn()
	if p := h.get("/office/sign?x=1", session); p.StatusCode != 200 {
		t.Fatalf("just signed in: %d", p.StatusCode)
	}
	h.clock.Advance(policy.FreshFor + time.Microsecond)
	for _, c := range []struct {
		p    answer
		back string
	}{
		{h.get("/office/sign?x=1", session), "/office/sign?x=1"},
		{h.post("/office/sign", nil, session, "Referer: https://example.com/books/1?a=b"), "/books/1?a=b"},
		{h.post("/office/sign", nil, session), "/"},
		{h.post("/office/sign", nil, session, "Referer: :nonsense"), "/"},
	} {
		if c.p.StatusCode != 303 || c.p.to() != ui.PathProve+"?return="+url.QueryEscape(c.back) {
			t.Errorf("%d %q, want back to %q", c.p.StatusCode, c.p.to(), c.back)
		}
	}
	if p := h.get("/office/sign", session, "Accept: application/json"); p.StatusCode != 401 || !strings.Contains(p.Body, policy.KeyProve) {
		t.Errorf("a program: %d %s", p.StatusCode, p.Body)
	}
	page := h.get(ui.PathProve+"?return=/office/sign", session)
	if page.StatusCode != 200 || !strings.Contains(page.Body, `value="/office/sign"`) || strings.Contains(page.Body, string(chief)) || !strings.Contains(page.Body, string(officer)) {
		t.Errorf("it asks for the proof of another: %d", page.StatusCode)
	}
	if p := h.get(ui.PathProve); p.StatusCode != 303 || !strings.HasPrefix(p.to(), ui.PathSignIn) {
		t.Errorf("a stranger proves nothing: %d", p.StatusCode)
	}
	h.post("/demo/sign-in", url.Values{"as": {string(officer)}}, session)
	if p := h.get("/office/sign", session); p.StatusCode != 200 {
		t.Errorf("after the proof: %d", p.StatusCode)
	}
}

// TestAReadingThatFailedOnceIsNotRemembered: one person who hung up while the
// account was read keeps nobody else out.
func TestAReadingThatFailedOnceIsNotRemembered(t *testing.T) {
	h := newHall(t)
	session := h.signedIn()
	h.staff.fails = errors.New("the line was cut")
	if p := h.get("/office", session); p.StatusCode != 500 {
		t.Fatalf("%d", p.StatusCode)
	}
	h.staff.fails = context.Canceled
	h.get("/office", session)
	if !h.in(session) {
		t.Error("out")
	}
}

// TestAnAccountThatIsGoneIsNobody: its session ends, and nothing fails.
func TestAnAccountThatIsGoneIsNobody(t *testing.T) {
	h := newHall(t)
	session := h.signedIn()
	h.staff.mu.Lock()
	delete(h.staff.all, officer)
	h.staff.mu.Unlock()
	if h.in(session) {
		t.Error("in")
	}
}

// TestWhoReliesOnASessionIsToldWhetherItStands by its public part, which opens
// nothing itself.
func TestWhoReliesOnASessionIsToldWhetherItStands(t *testing.T) {
	h := newHall(t)
	session := h.signedIn()
	var public string
	h.must(h.web.Reader.Row(t.Context(), "select public from tmp_sessions", nil, &public))
	s, err := h.web.Standing(t.Context(), public)
	if h.must(err); s == nil || s.Account.ID != officer || s.ID != public || !s.Demo || !s.Began.Equal(morning) {
		t.Fatalf("%+v", s)
	}
	h.post(ui.PathSignOut, nil, session)
	if s, err := h.web.Standing(t.Context(), public); s != nil || err != nil {
		t.Errorf("after leaving: %+v, %v", s, err)
	}
	if s, err := h.web.Standing(t.Context(), ""); s != nil || err != nil {
		t.Errorf("of nobody: %+v, %v", s, err)
	}
}

// TestTheLanguageOfOnesPages: as the browser asks, as a stranger chose, as the
// session says, as the address says, in that order; nonsense changes nothing.
func TestTheLanguageOfOnesPages(t *testing.T) {
	h := newHall(t)
	session := h.signedIn()
	lang := func(path string, with ...string) string {
		p := h.get(path, with...)
		_, after, _ := strings.Cut(p.Body, ` lang="`)
		return after[:2]
	}
	for want, with := range map[string][]string{"fr": nil, "ar": {"Accept-Language: ar-MA,ar;q=0.9"}, "en": {"Accept-Language: ar", "amana-lang=en"}} {
		if got := lang("/session/new", with...); got != want {
			t.Errorf("%v: %s", with, got)
		}
	}
	if got := lang("/session/new?lang=ar", "amana-lang=en"); got != "ar" {
		t.Errorf("the address says ar: %s", got)
	}
	if got := lang("/session/new?lang=xx", "amana-lang=zz"); got != "fr" {
		t.Errorf("no language at all: %s", got)
	}
	p := h.post(ui.PathLanguage, url.Values{"lang": {"ar"}, "return": {"/office/page"}}, session)
	if c := p.cookie("amana-lang"); p.to() != "/office/page" || c == nil || c.Value != "ar" || c.MaxAge < 86400 {
		t.Errorf("%q %+v", p.to(), c)
	}
	if got := lang("/office/page", session, "amana-lang=en"); got != "ar" {
		t.Errorf("the session says ar: %s", got)
	}
	for _, bad := range []string{"", "xx", "ar\x00", "AR'"} {
		if p := h.post(ui.PathLanguage, url.Values{"lang": {bad}}, session); p.StatusCode != 422 || p.cookie("amana-lang") != nil {
			t.Errorf("%q: %d", bad, p.StatusCode)
		}
	}
	if got := lang("/office/page", session); got != "ar" {
		t.Errorf("nonsense changed it to %s", got)
	}
}

// TestTheLookOfOnesPages is one of four, and kept with the session.
func TestTheLookOfOnesPages(t *testing.T) {
	h := newHall(t)
	session := h.signedIn()
	for _, look := range []string{"light", "dark", "contrast", ""} {
		if p := h.post(ui.PathTheme, url.Values{"theme": {look}}, session); p.StatusCode != 303 {
			t.Errorf("%q: %d", look, p.StatusCode)
		}
		if p := h.get("/office/page", session); !strings.Contains(p.Body, `data-theme="`+look+`"`) {
			t.Errorf("%q is not shown", look)
		}
	}
	h.post(ui.PathTheme, url.Values{"theme": {"dark"}}, session)
	for _, bad := range []string{"pink", "dark ", `"><script>`} {
		if p := h.post(ui.PathTheme, url.Values{"theme": {bad}}, session); p.StatusCode != 422 {
			t.Errorf("%q: %d", bad, p.StatusCode)
		}
	}
	if p := h.get("/office/page", session); !strings.Contains(p.Body, `data-theme="dark"`) {
		t.Error("nonsense changed it")
	}
	if p := h.get("/session/new", `amana-theme="><script>`); strings.Contains(p.Body, "<script>\"") || strings.Contains(p.Body, `data-theme=""><script>`) {
		t.Error("a cookie wrote markup")
	}
	if c := h.post("/demo/sign-in", url.Values{"as": {string(chief)}}, session).cookie("amana"); !strings.Contains(h.get("/books/"+string(book), "amana="+c.Value).Body, `data-theme="dark"`) {
		t.Error("the look does not stay with the desk")
	}
}

// TestThePurposeOneWorksUnder is chosen for the session, stated for one request
// by a header, and grants nothing by itself.
func TestThePurposeOneWorksUnder(t *testing.T) {
	h := newHall(t)
	session := h.signedIn()
	foreign := policy.Purpose{Kind: policy.Task, Ref: ident.Ref{Kind: "task", ID: lost}}.String()
	under := func(with ...string) string { return h.get("/office", append(with, session)...).Body }
	for _, c := range []struct {
		purpose, reason string
		status          int
		want            string // the purpose afterwards, "" where the act is refused
	}{
		{"basis/L04-20", "", 303, "basis/L04-20"},
		{"basis/L04-20", " by order ", 303, "basis/L04-20:by order"},
		{"", "", 303, task.String()},
		{"nonsense", "", 422, task.String()},
		{"break-glass/book/" + string(book), "", 422, task.String()}, // an emergency has a reason
		{foreign, "", 303, ""},
		{task.String(), "", 303, task.String()},
	} {
		p := h.post(ui.PathPurpose, url.Values{"purpose": {c.purpose}, "reason": {c.reason}, "return": {"/books"}}, session)
		if p.StatusCode != c.status || c.status == 303 && p.to() != "/books" {
			t.Errorf("%q: %d %q", c.purpose, p.StatusCode, p.to())
		}
		if got := under(); c.want != "" && !strings.Contains(got, " "+c.want+" ") || c.want == "" && h.in(session) {
			t.Errorf("%q: works under %.90q", c.purpose, got)
		}
	}
	if got := under("Amana-Purpose: basis/L04-20"); !strings.Contains(got, " basis/L04-20 ") || !strings.Contains(under(), " "+task.String()+" ") {
		t.Errorf("one request states another: %.90q", got)
	}
	for _, c := range []struct {
		path string
		want int
	}{{ui.PathPurpose, 200}, {ui.PathPurpose + "?purpose=basis/L04-20", 200}, {ui.PathPurpose + "?purpose=nonsense", 422}} {
		if p := h.get(c.path, session); p.StatusCode != c.want || strings.Contains(p.Body, "⟦") {
			t.Errorf("%s: %d", c.path, p.StatusCode)
		}
	}
	if p := h.post(ui.PathPurpose, url.Values{"purpose": {""}}); p.StatusCode != 401 {
		t.Errorf("a stranger chooses: %d", p.StatusCode)
	}
	if p := h.get(ui.PathPurpose); p.StatusCode != 303 {
		t.Errorf("a stranger looks: %d", p.StatusCode)
	}
}

// TestASessionThatCannotBeReadLetsNobodyIn, and says so.
func TestASessionThatCannotBeReadLetsNobodyIn(t *testing.T) {
	h := newHall(t)
	session := h.signedIn()
	_, err := h.web.Scratch.Exec(t.Context(), "update tmp_sessions set purpose = 'nonsense'")
	h.must(err)
	if p := h.get("/office", session, "Accept: application/json"); p.StatusCode != 403 || !strings.Contains(p.Body, "policy.refused.purpose-missing") {
		t.Errorf("a purpose that cannot be read is none: %d %s", p.StatusCode, p.Body)
	}
}
