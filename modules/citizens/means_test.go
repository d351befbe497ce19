package citizens

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/kerneltest"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/web/passkey/passkeytest"
	"github.com/amana-platform/amana/modules/citizens/card"
	"github.com/amana-platform/amana/modules/units"
)

// message sends JSON and reads the answer.
func message(t *testing.T, c *kerneltest.Client, path string, v any) (int, map[string]json.RawMessage) {
	t.Helper()
	raw, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	p := c.JSON().Send("POST", path, "application/json", bytes.NewReader(raw))
	out := map[string]json.RawMessage{}
	_ = json.Unmarshal(p.Body, &out) // a refusal may be no object
	return p.Status, out
}

func word(raw json.RawMessage) string {
	var s string
	_ = json.Unmarshal(raw, &s) // anything else is ""
	return s
}

// register makes a passkey for whoever is signed in.
func register(t *testing.T, c *kerneltest.Client) (*passkeytest.Authenticator, int) {
	t.Helper()
	phone := &passkeytest.Authenticator{Origin: origin}
	status, begun := message(t, c, "/citizen/passkeys", map[string]any{})
	if status != http.StatusOK {
		return phone, status
	}
	answer, err := phone.Create(begun["options"])
	if err != nil {
		t.Fatal(err)
	}
	status, _ = message(t, c, "/citizen/passkeys/end", map[string]any{"ceremony": word(begun["ceremony"]), "label": "téléphone", "answer": answer, "return": "/citizen/means"})
	return phone, status
}

// prove signs in with a passkey, by the citizens' door or the officers'.
func prove(t *testing.T, c *kerneltest.Client, phone *passkeytest.Authenticator, base string) int {
	t.Helper()
	_, begun := message(t, c, base+"/passkey", map[string]any{"return": "/citizen"})
	answer, err := phone.Get(begun["options"])
	if err != nil {
		t.Fatal(err)
	}
	status, _ := message(t, c, base+"/passkey/end", map[string]any{"ceremony": word(begun["ceremony"]), "answer": answer})
	return status
}

// A passkey is registered under a counter's code and proves level 2 from then
// on; the code alone changes no means any more; a revoked passkey opens nothing
// and ends the session that stands on it.
func TestAPasskey(t *testing.T) {
	h := newHouse(t)
	c, first := h.citizen(h.aicha)
	phone, status := register(t, first)
	if status != http.StatusOK {
		t.Fatalf("registering: %d", status)
	}
	if _, status := register(t, first); status != http.StatusForbidden {
		t.Errorf("another one under the code alone: %d", status)
	}
	browser := h.Stranger(t)
	if status := prove(t, browser, phone, "/citizen"); status != http.StatusOK {
		t.Fatalf("signing in: %d", status)
	}
	if p := browser.Get("/citizen?lang=fr"); !seen(p, "Niveau 2") {
		t.Errorf("%s", p.Text())
	}
	if _, status := register(t, browser); status != http.StatusOK {
		t.Errorf("another one under the first: %d", status)
	}
	all, err := h.s.Means(t.Context(), c.ID)
	h.must(err)
	code := h.as2(c)
	if p := code.Post("/citizen/means/"+string(all[0].ID)+"/revoke", url.Values{"why": {"lost"}}); p.Status != http.StatusForbidden {
		t.Errorf("revoked under a code: %d", p.Status)
	}
	if p := browser.Post("/citizen/means/"+string(all[0].ID)+"/revoke", url.Values{"why": {"bored"}}); p.Status != http.StatusUnprocessableEntity {
		t.Errorf("for no reason: %d", p.Status)
	}
	if p := browser.Post("/citizen/means/"+string(all[0].ID)+"/revoke", url.Values{"why": {"lost"}}); p.Status != http.StatusSeeOther {
		t.Fatalf("revoking: %d", p.Status)
	}
	if p := browser.Get("/citizen"); p.Status != http.StatusSeeOther {
		t.Errorf("the session on the revoked passkey: %d", p.Status)
	}
	if status := prove(t, h.Stranger(t), phone, "/citizen"); status != http.StatusForbidden {
		t.Errorf("with the revoked passkey: %d", status)
	}
	if p := code.Get("/citizen"); p.Status != http.StatusOK {
		t.Errorf("a session on another means: %d", p.Status)
	}
}

// Challenges of one door are not answered at the other, and a means of another
// citizen is nobody's to revoke.
func TestDoorsAndCitizensAreApart(t *testing.T) {
	h := newHouse(t)
	_, first := h.citizen(h.aicha)
	phone, _ := register(t, first)
	c, second := h.citizen(h.brahim)
	all, err := h.s.Means(t.Context(), c.ID)
	h.must(err)
	mine, err := h.s.CitizenOf(t.Context(), h.aicha.ID)
	h.must(err)
	theirs, err := h.s.Means(t.Context(), mine.ID)
	h.must(err)
	if len(all) != 0 || len(theirs) != 1 {
		t.Fatalf("%d and %d", len(all), len(theirs))
	}
	if p := second.Post("/citizen/means/"+string(theirs[0].ID)+"/revoke", url.Values{"why": {"lost"}}); p.Status != http.StatusNotFound {
		t.Errorf("another's means: %d", p.Status)
	}
	_, begun := message(t, second, "/citizen/passkeys", map[string]any{})
	answer, err := phone.Get(begun["options"])
	h.must(err)
	if status, _ := message(t, h.Stranger(t), "/citizen/passkey/end", map[string]any{"ceremony": word(begun["ceremony"]), "answer": answer}); status != http.StatusUnprocessableEntity {
		t.Errorf("a challenge for a new key, answered as a sign-in: %d", status)
	}
}

// ticketOf begins a sign-in by card in a browser and gives its ticket.
func ticketOf(t testing.TB, c *kerneltest.Client) string {
	t.Helper()
	p := c.Post("/citizen/card", url.Values{"return": {"/citizen/log"}})
	u, err := url.Parse(p.LinkTo("/citizen/simulator/card"))
	if err != nil || u.Query().Get("ticket") == "" {
		t.Fatalf("no ticket: %d %s", p.Status, p.Text())
	}
	return u.Query().Get("ticket")
}

// insert plays the card of a number at a ticket.
func insert(c *kerneltest.Client, ticket, number, pin string) *kerneltest.Page {
	return c.Post("/citizen/simulator/card", url.Values{"ticket": {ticket}, "number": {number}, "pin": {pin}})
}

// The card proves level 3, in the browser that began, once.
func TestACard(t *testing.T) {
	h := newHouse(t)
	c, _ := h.citizen(h.aicha)
	browser, other := h.Stranger(t), h.Stranger(t)
	ticket := ticketOf(t, browser)
	if p := insert(browser, ticket, "G123456", "0000"); p.Status != http.StatusUnprocessableEntity {
		t.Errorf("a wrong PIN: %d", p.Status)
	}
	done := insert(browser, ticket, "G123456", card.SimulatedPIN)
	if done.Status != http.StatusSeeOther {
		t.Fatalf("%d %s", done.Status, done.Text())
	}
	to := done.Header.Get("Location")
	if p := other.Get(to); p.Status != http.StatusForbidden {
		t.Errorf("in another browser: %d", p.Status)
	}
	ticketOf(t, other) // it has a sign-in of its own under way
	if p := other.Get(to); p.Status != http.StatusForbidden {
		t.Errorf("in another browser that began too: %d", p.Status)
	}
	if p := browser.Get(to); p.Status != http.StatusSeeOther || p.Header.Get("Location") != "/citizen/log" {
		t.Fatalf("%d %s", p.Status, p.Text())
	}
	if p := browser.Get(to); p.Status == http.StatusSeeOther {
		t.Error("the proof is good twice")
	}
	if p := insert(browser, ticket, "G123456", card.SimulatedPIN); p.Status != http.StatusUnprocessableEntity {
		t.Errorf("the ticket is good twice: %d", p.Status)
	}
	if p := browser.Get("/citizen?lang=fr"); !seen(p, "Niveau 3") {
		t.Errorf("%s", p.Text())
	}
	all, err := h.s.Means(t.Context(), c.ID)
	h.must(err)
	if len(all) != 1 || all[0].Kind != Card || all[0].Fingerprint == "" {
		t.Fatalf("%+v", all)
	}
	again := h.Stranger(t)
	again.Get(insert(again, ticketOf(t, again), "G123456", card.SimulatedPIN).Header.Get("Location"))
	if all, err = h.s.Means(t.Context(), c.ID); err != nil || len(all) != 1 {
		t.Errorf("the same card stands there %d times: %v", len(all), err)
	}
	h.must(h.s.Revoke(t.Context(), h.grant(units.DutyOfficer, actionRevoke, c.Resource()), c.ID, all[0].ID, "stolen"))
	if p := browser.Get("/citizen"); p.Status != http.StatusSeeOther {
		t.Errorf("a session on a stolen card: %d", p.Status)
	}
	if p := insert(browser, ticketOf(t, browser), "G123456", card.SimulatedPIN); p.Status != http.StatusUnprocessableEntity || !seen(p, "révoqué cette carte") {
		t.Errorf("the stolen card: %d %s", p.Status, p.Text())
	}
}

// Whoever holds a card needs no counter: the card opens the account.
func TestACardOpensAnAccount(t *testing.T) {
	h := newHouse(t)
	chip, err := h.s.simulator()
	h.must(err)
	answer := func(number string) error {
		ticket, err := h.s.beginCard(t.Context(), "browser", "/citizen")
		h.must(err)
		st, err := h.s.challengeCard(t.Context(), ticket)
		h.must(err)
		certificate, signature, err := chip.Answer(number, st, h.Clock.Now())
		h.must(err)
		_, err = h.s.answerCard(t.Context(), ticket, certificate, signature)
		return err
	}
	h.must(answer("G654321"))
	c, err := h.s.CitizenOf(t.Context(), h.brahim.ID)
	if err != nil || c.By != "" {
		t.Errorf("%+v %v", c, err)
	}
	if err := answer("ZZ1"); err == nil {
		t.Error("a card of nobody in the index opens an account")
	}
}

// A challenge lives a minute, and is good for one answer, right or wrong.
func TestACardsChallenge(t *testing.T) {
	h := newHouse(t)
	h.enrol(h.aicha)
	chip, err := h.s.simulator()
	h.must(err)
	ticket, err := h.s.beginCard(t.Context(), "browser", "/citizen")
	h.must(err)
	challenge := func() card.Statement {
		st, err := h.s.challengeCard(t.Context(), ticket)
		h.must(err)
		return st
	}
	answer := func(st card.Statement) error {
		certificate, signature, err := chip.Answer("G123456", st, h.Clock.Now())
		h.must(err)
		_, err = h.s.answerCard(t.Context(), ticket, certificate, signature)
		return err
	}
	old := challenge()
	challenge()
	if err := answer(old); err == nil {
		t.Error("a challenge that another replaced")
	}
	st := challenge()
	wrong := st
	wrong.Origin = "https://identity.evil"
	if err := answer(wrong); err == nil {
		t.Error("an answer made for another site")
	}
	if err := answer(st); err == nil {
		t.Error("the challenge after a wrong answer")
	}
	st = challenge()
	h.wait(challengeLife + time.Second)
	if err := answer(st); err == nil {
		t.Error("a minute later")
	}
	h.must(answer(challenge()))
	if _, err := h.s.challengeCard(t.Context(), ticket); err == nil {
		t.Error("a challenge for a ticket that was answered")
	}
	h.wait(ticketLife)
	if _, err := h.s.challengeCard(t.Context(), string(ident.ID(strings.Repeat("x", 22)))); err == nil {
		t.Error("a challenge for an invented ticket")
	}
}

// A person's attributes, some derived so that the value itself stays here.
func TestAttributes(t *testing.T) {
	h := newHouse(t)
	c, _ := h.enrol(h.aicha)
	young, _ := h.enrol(h.brahim)
	area := ""
	for _, a := range h.Pack.Areas("commune", h.Clock.Now()) {
		area = a.Code
	}
	if area == "" {
		for _, a := range h.Pack.Areas("province", h.Clock.Now()) {
			area = a.Code
		}
	}
	place, err := h.Pack.Area(area, h.Clock.Now())
	h.must(err)
	h.must(h.s.AttestResidence(t.Context(), h.grant(units.DutyOfficer, actionAttest, c.Resource()), c.ID, area))
	if err := h.s.AttestResidence(t.Context(), h.grant(units.DutyOfficer, actionAttest, policy.Resource(c.Resource())), c.ID, "nowhere"); err == nil {
		t.Error("an area that is not there")
	}
	got, err := h.s.Attributes(t.Context(), c.ID, []string{"given_name", "family_name_ar", "age_over_18", "national_id", "address", "resident_of:" + area, "resident_of:" + place.Parent, "birthplace"})
	h.must(err)
	want := map[string]any{"given_name": "Aicha", "family_name_ar": "المنصوري", "age_over_18": true, "national_id": "G123456", "address": "12, rue 4, hay Essalam", "resident_of:" + area: true, "resident_of:" + place.Parent: true}
	for k, v := range want {
		if got[k] != v {
			t.Errorf("%s: %v", k, got[k])
		}
	}
	if _, known := got["birthplace"]; known || len(got) != len(want) {
		t.Errorf("%v", got)
	}
	got, err = h.s.Attributes(t.Context(), young.ID, []string{"age_over_18", "age_over_16", "resident_of:" + area})
	h.must(err)
	if got["age_over_18"] != false || got["age_over_16"] != false || len(got) != 2 {
		t.Errorf("%v", got)
	}
	if _, err := h.s.Attributes(t.Context(), c.ID, []string{"religion"}); err == nil {
		t.Error("an attribute that nobody has")
	}
	for _, x := range []struct {
		birth string
		says  any
		known bool
	}{{"2008-11-22", true, true}, {"2008-11-23", false, true}, {"2008", true, false}, {"2007", true, true}, {"2009", false, true}, {"2008-11", true, false}, {"", nil, false}, {"1408-1", nil, false}} {
		says, known := olderThan(x.birth, 18, kerneltest.Noon)
		if known != x.known || known && says != x.says {
			t.Errorf("%s: %v %v", x.birth, says, known)
		}
	}
}
