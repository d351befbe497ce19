package citizens

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/modules/units"
)

// A citizen is enrolled at a counter, signs in with the code they were given,
// reads their space and leaves; the code is good once.
func TestFromTheCounterToOnesSpace(t *testing.T) {
	h := newHouse(t)
	c, code := h.enrol(h.aicha)
	browser := h.as("g 123456", " "+code[:5]+code[5:]) // as people type
	p := browser.Get("/citizen")
	if p.Status != http.StatusOK || !seen(p, "Aicha El Mansouri") || !seen(p, "Niveau 1") {
		t.Fatalf("%d %s", p.Status, p.Text())
	}
	if p := h.Stranger(t).Post("/citizen/sign-in", url.Values{"number": {"G123456"}, "code": {code}}); p.Status != http.StatusUnprocessableEntity {
		t.Errorf("the code opens twice: %d", p.Status)
	}
	if _, _, err := h.s.Enrol(t.Context(), h.grant(units.DutyOfficer, actionEnrol, policy.Resource{}), h.aicha.ID, []string{"cnie"}); err == nil {
		t.Error("enrolled twice")
	}
	browser.Post("/citizen/sign-out", nil)
	if p := browser.Get("/citizen"); p.Status != http.StatusSeeOther || p.Header.Get("Location") != "/citizen/sign-in?level=1&return=%2Fcitizen" {
		t.Errorf("after leaving: %d %s", p.Status, p.Header.Get("Location"))
	}
	if able, err := h.s.Able(t.Context(), c.ID); err != nil || !able {
		t.Errorf("%v %v", able, err)
	}
}

// A citizen's session opens nothing of an officer's, and an officer's nothing
// of a citizen's, in one and the same browser.
func TestCitizensAndOfficersAreTwoSorts(t *testing.T) {
	h := newHouse(t)
	_, browser := h.citizen(h.aicha)
	for _, r := range h.Server.Routes() {
		if r.Door != nil || r.Method() != http.MethodGet || r.Action == "" {
			continue
		}
		path := holes.ReplaceAllString(r.Pattern[len("GET "):], string(h.aicha.ID))
		if p := browser.JSON().Get(path); p.Status != http.StatusUnauthorized {
			t.Errorf("%s: a citizen gets %d", path, p.Status)
		}
	}
	officer := h.As(t, string(units.DutyOfficer))
	for _, path := range []string{"/citizen", "/citizen/log", "/citizen/means", "/citizen/log.json"} {
		if p := officer.JSON().Get(path); p.Status != http.StatusUnauthorized {
			t.Errorf("%s: an officer gets %d", path, p.Status)
		}
	}
	if p := browser.SignIn(string(units.DutyOfficer)).Get("/citizen"); p.Status != http.StatusOK || seen(p, "Souad") {
		t.Errorf("both in one browser: %d %s", p.Status, p.Text())
	}
	if p := browser.Get("/citizens"); p.Status != http.StatusOK {
		t.Errorf("the officer's own page: %d", p.Status)
	}
}

// Nobody can tell from an answer whether a number has an account.
func TestAWrongCodeTellsNothing(t *testing.T) {
	h := newHouse(t)
	_, code := h.enrol(h.aicha)
	answers := map[string]string{}
	for name, form := range map[string]url.Values{
		"a wrong code":            {"number": {"G123456"}, "code": {"AAAA-BBBB-CCCC"}},
		"a number nobody has":     {"number": {"ZZ999999"}, "code": {"AAAA-BBBB-CCCC"}},
		"a person without one":    {"number": {"G654321"}, "code": {"AAAA-BBBB-CCCC"}},
		"another's code":          {"number": {"G654321"}, "code": {code}},
		"no number":               {"number": {"'; drop table"}, "code": {code}},
		"nothing":                 {},
		"a code without a number": {"code": {code}},
	} {
		p := h.Stranger(t).Post("/citizen/sign-in", form)
		if p.Status != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d", name, p.Status)
		}
		answers[name] = p.Text()
	}
	for name, text := range answers {
		if text != answers["a wrong code"] {
			t.Errorf("%s is told apart: %s", name, text)
		}
	}
}

// A stranger who tries many codes is slowed down; the victim still gets in,
// from the same address too.
func TestAStrangerLocksNobodyOut(t *testing.T) {
	h := newHouse(t)
	_, code := h.enrol(h.aicha)
	stranger := h.Stranger(t)
	last := 0
	for range wrongsAllowed + 2 {
		last = stranger.Post("/citizen/sign-in", url.Values{"number": {"G123456"}, "code": {"AAAA-BBBB-CCCC"}}).Status
	}
	if last != http.StatusTooManyRequests {
		t.Errorf("after many: %d", last)
	}
	h.as("G123456", code)
	h.wait(wrongsWindow + time.Second)
	if p := stranger.Post("/citizen/sign-in", url.Values{"number": {"G123456"}, "code": {"AAAA-BBBB-CCCC"}}); p.Status != http.StatusUnprocessableEntity {
		t.Errorf("later: %d", p.Status)
	}
}

// A code ends with its time, and with the next code.
func TestACodeEnds(t *testing.T) {
	h := newHouse(t)
	c, first := h.enrol(h.aicha)
	second, err := h.s.IssueCode(t.Context(), h.grant(units.DutyOfficer, actionIssue, c.Resource()), c.ID)
	h.must(err)
	try := func(code string) int {
		return h.Stranger(t).Post("/citizen/sign-in", url.Values{"number": {"G123456"}, "code": {code}}).Status
	}
	if got := try(first); got != http.StatusUnprocessableEntity {
		t.Errorf("the first: %d", got)
	}
	h.wait(16 * time.Minute)
	if got := try(second); got != http.StatusUnprocessableEntity {
		t.Errorf("late: %d", got)
	}
}

// Who starts again at a counter shows two documents; whatever was before ends.
func TestStartingAgainEndsEverything(t *testing.T) {
	h := newHouse(t)
	c, browser := h.citizen(h.aicha)
	grant := h.grant(units.DutyOfficer, actionRecover, c.Resource())
	for _, few := range [][]string{nil, {"cnie"}, {"passport", "passport"}} {
		if _, err := h.s.Recover(t.Context(), grant, c.ID, few); !fault.Is(err, fault.Invalid) {
			t.Errorf("with %v: %v", few, err)
		}
	}
	if _, err := h.s.Recover(t.Context(), grant, c.ID, []string{"cnie", "horoscope"}); !fault.Is(err, fault.Invalid) {
		t.Errorf("with an invented document: %v", err)
	}
	code, err := h.s.Recover(t.Context(), grant, c.ID, []string{"cnie", "passport"})
	h.must(err)
	if p := browser.Get("/citizen"); p.Status != http.StatusSeeOther {
		t.Errorf("the old session: %d", p.Status)
	}
	if p := h.as("G123456", code).Get("/citizen"); p.Status != http.StatusOK {
		t.Errorf("the new one: %d", p.Status)
	}
}

// Sessions end when they idle, when their whole time is over, when the account
// is closed, and when the citizen signs out everywhere.
func TestSessionsEnd(t *testing.T) {
	h := newHouse(t)
	c, browser := h.citizen(h.aicha)
	for range 15 {
		h.wait(29 * time.Minute)
		if p := browser.Get("/citizen"); p.Status != http.StatusOK {
			t.Fatalf("while used: %d", p.Status)
		}
	}
	again := func() int {
		code, err := h.s.IssueCode(t.Context(), h.grant(units.DutyOfficer, actionIssue, c.Resource()), c.ID)
		h.must(err)
		browser = h.as("G123456", code)
		return browser.Get("/citizen").Status
	}
	for name, end := range map[string]func(){
		"idle":       func() { h.wait(idleLimit + time.Second) },
		"everywhere": func() { h.as2(c).Post("/citizen/sign-out/everywhere", nil) },
	} {
		if got := again(); got != http.StatusOK {
			t.Fatalf("%s: not in: %d", name, got)
		}
		end()
		if p := browser.Get("/citizen"); p.Status != http.StatusSeeOther {
			t.Errorf("%s: %d", name, p.Status)
		}
	}
	again()
	for browser.Get("/citizen").Status == http.StatusOK {
		h.wait(25 * time.Minute)
		if h.Clock.Now().After(c.Enrolled.Add(48 * time.Hour)) {
			t.Fatal("a session that is used never ends")
		}
	}
	again()
	h.must(h.s.Close(t.Context(), h.grant(units.DutyOfficer, actionClose, c.Resource()), c.ID))
	if p := browser.Get("/citizen"); p.Status != http.StatusSeeOther {
		t.Errorf("closed: %d", p.Status)
	}
	if _, err := h.s.IssueCode(t.Context(), h.grant(units.DutyOfficer, actionIssue, c.Resource()), c.ID); !fault.Is(err, fault.Conflict) {
		t.Errorf("a code for a closed account: %v", err)
	}
	if able, err := h.s.Able(t.Context(), c.ID); err != nil || able {
		t.Errorf("%v %v", able, err)
	}
}
