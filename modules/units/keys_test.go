package units_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/web/passkey"
	"github.com/amana-platform/amana/kernel/web/passkey/passkeytest"
	"github.com/amana-platform/amana/modules/units"
)

// script posts a script's message and reads the answer.
func (v *visitor) script(path string, message any, answer any) int {
	v.s.t.Helper()
	body, err := json.Marshal(message)
	v.s.must(err)
	r := httptest.NewRequest("POST", path, strings.NewReader(string(body)))
	r.Header.Set("Accept", "application/json")
	if v.cookie != nil {
		r.AddCookie(v.cookie)
	}
	w := httptest.NewRecorder()
	v.s.server.ServeHTTP(w, r)
	for _, c := range w.Result().Cookies() {
		if c.Name == "amana" && c.Value != "" {
			v.cookie = c
		}
	}
	json.Unmarshal(w.Body.Bytes(), answer) // the status tells where it is none
	return w.Code
}

type challenge struct {
	Ceremony string          `json:"ceremony"`
	Options  json.RawMessage `json:"options"`
	Asks     []string        `json:"asks"`
}

// enrol redeems a code with a key and stays signed in.
func (v *visitor) enrol(code string, key *passkeytest.Authenticator, answers map[string]string) int {
	v.s.t.Helper()
	var c challenge
	if status := v.script("/session/enrol/begin", map[string]any{"code": code, "answers": answers}, &c); status != http.StatusOK || c.Ceremony == "" {
		return status
	}
	answer, err := key.Create(c.Options)
	v.s.must(err)
	return v.script("/session/enrol/end", map[string]any{"ceremony": c.Ceremony, "code": code, "label": "card", "answer": answer}, &c)
}

func (v *visitor) signIn(key *passkeytest.Authenticator) int {
	v.s.t.Helper()
	var c challenge
	v.script("/session/passkey", map[string]any{}, &c)
	answer, err := key.Get(c.Options)
	v.s.must(err)
	return v.script("/session/passkey/end", map[string]any{"ceremony": c.Ceremony, "answer": answer}, &c)
}

func newKey() *passkeytest.Authenticator {
	return &passkeytest.Authenticator{Origin: "https://amana.test"}
}

var codeForm = regexp.MustCompile(`[A-Z2-9]{5}(-[A-Z2-9]{5}){3}`)

// From the administrator's code to a session under a key of one's own, a
// second key, and the removal of the first.
func TestAnOfficersKeys(t *testing.T) {
	s := newSite(t)
	admin := s.as(units.Administrator)
	id := s.who[units.Investigator]
	page := admin.post("/officers/"+string(id)+"/code", map[string][]string{})
	code := codeForm.FindString(page.Body.String())
	if code == "" {
		t.Fatalf("no code: %d", page.Code)
	}
	v, card := &visitor{s: s}, newKey()
	if status := v.enrol(strings.ToLower(strings.ReplaceAll(code, "-", " ")), card, nil); status != http.StatusOK {
		t.Fatalf("enrolling: %d", status)
	}
	v.wants(v.get("/account?lang=en"), http.StatusOK, "card", "Register another key", "My account")
	if status := (&visitor{s: s}).enrol(code, newKey(), nil); status != http.StatusUnprocessableEntity {
		t.Errorf("the code opens twice: %d", status)
	}
	keys, err := s.Passkeys(ctx, id)
	if err != nil || len(keys) != 1 {
		t.Fatalf("%d keys, %v", len(keys), err)
	}
	if w := v.post("/account/passkeys/"+string(keys[0].ID)+"/remove", map[string][]string{}); w.Code != http.StatusForbidden {
		t.Errorf("the last key: %d", w.Code)
	}
	other := s.as(units.DutyOfficer)
	if w := other.post("/account/passkeys/"+string(keys[0].ID)+"/remove", map[string][]string{}); w.Code != http.StatusNotFound {
		t.Errorf("another's key: %d", w.Code)
	}
	var c challenge
	v.script("/account/passkeys", map[string]any{}, &c)
	phone := newKey()
	answer, err := phone.Create(c.Options)
	s.must(err)
	if status := v.script("/account/passkeys/end", map[string]any{"ceremony": c.Ceremony, "label": "phone", "answer": answer}, &c); status != http.StatusOK {
		t.Fatalf("the second key: %d", status)
	}
	s.clock.Advance(time.Minute)
	v.wants(v.post("/account/passkeys/"+string(keys[0].ID)+"/remove", map[string][]string{}), http.StatusSeeOther)
	if status := (&visitor{s: s}).signIn(card); status != http.StatusForbidden {
		t.Errorf("the removed key: %d", status)
	}
	if status := (&visitor{s: s}).signIn(phone); status != http.StatusOK {
		t.Errorf("the second key: %d", status)
	}
	a, err := s.Account(ctx, id)
	if err != nil || a.Since.Before(s.clock.Now().Add(-time.Second)) {
		t.Errorf("sessions of the removed key hold: since %s, %v", a.Since, err)
	}
	s.sound()
}

func TestACodeEnds(t *testing.T) {
	s := newSite(t)
	id := s.who[units.Investigator]
	issue := func() string {
		code, err := s.IssueCode(ctx, s.grant(s.who[units.Administrator], "units.code.issue", id), id)
		s.must(err)
		return code
	}
	first := issue()
	second := issue()
	_, err := s.Redeemable(ctx, first)
	s.wants(err, fault.Invalid, "units.fault.code-wrong")
	if c, err := s.Redeemable(ctx, second); err != nil || c.Officer != id {
		t.Errorf("%+v %v", c, err)
	}
	s.clock.Advance(24 * time.Hour)
	_, err = s.Redeemable(ctx, second)
	s.wants(err, fault.Invalid, "units.fault.code-wrong")
	_, err = s.Redeemable(ctx, "AAAAA")
	s.wants(err, fault.Invalid, "units.fault.code-wrong")
	if err := s.Register(ctx, passkey.Registration{Account: s.who[units.Inspector], Code: issue(), Record: "{}"}); !fault.Is(err, fault.Invalid) {
		t.Errorf("a code for another account: %v", err)
	}
}

// Nobody registers a key for somebody else, whatever grant they hold.
func TestAKeyIsItsOwners(t *testing.T) {
	s := newSite(t)
	g := s.grant(s.who[units.DutyOfficer], "units.passkey.register", s.who[units.DutyOfficer])
	err := s.Register(ctx, passkey.Registration{Account: s.who[units.Administrator], Grant: g, Record: "{}"})
	s.wants(err, fault.Refused, "policy.refused.policy")
}

func TestTheFirstAdministrator(t *testing.T) {
	s := newSite(t)
	if code, err := s.FirstAdministrator(ctx); err != nil || code != "" {
		t.Errorf("there is an administrator, yet %q %v", code, err)
	}
	empty := &site{house: newHouse(t)}
	empty.open()
	void, err := empty.FirstAdministrator(ctx)
	empty.must(err)
	code, err := empty.FirstAdministrator(ctx)
	empty.must(err)
	v := &visitor{s: empty}
	if status := v.enrol(void, newKey(), nil); status != http.StatusUnprocessableEntity {
		t.Errorf("the code of the start before: %d", status)
	}
	var c challenge
	if v.script("/session/enrol/begin", map[string]any{"code": code}, &c); len(c.Asks) != 5 || c.Ceremony != "" {
		t.Errorf("asks %v", c.Asks)
	}
	who := map[string]string{"matricule": "1", "given-ar": "\u0633\u0639\u0627\u062f", "family-ar": "\u0646\u0645\u0648\u0630\u062c", "given": "Souad", "family": "Namoudaj"}
	key := newKey()
	if status := v.enrol(code, key, who); status != http.StatusOK {
		t.Fatalf("enrolling: %d", status)
	}
	v.wants(v.get("/account?lang=en"), http.StatusOK, "Souad Namoudaj", "Administrator", "Directorate General")
	v.wants(v.get("/units?lang=en"), http.StatusOK, "DGSN")
	if again, err := empty.FirstAdministrator(ctx); err != nil || again != "" {
		t.Errorf("a second first administrator: %q %v", again, err)
	}
	if status := (&visitor{s: empty}).enrol(code, newKey(), who); status != http.StatusUnprocessableEntity {
		t.Errorf("the code opens twice: %d", status)
	}
	if status := (&visitor{s: empty}).signIn(key); status != http.StatusOK {
		t.Errorf("signing in: %d", status)
	}
	empty.sound()
}

func TestACopiedKeyIsWrittenDown(t *testing.T) {
	s := newSite(t)
	id := s.who[units.Inspector]
	code, err := s.IssueCode(ctx, s.grant(s.who[units.Administrator], "units.code.issue", id), id)
	s.must(err)
	key := newKey()
	key.Uses = 5
	v := &visitor{s: s}
	if status := v.enrol(code, key, nil); status != http.StatusOK {
		t.Fatal(status)
	}
	key.Uses = 9
	if status := v.signIn(key); status != http.StatusOK {
		t.Fatal(status)
	}
	key.Uses = 7
	if status := v.signIn(key); status != http.StatusForbidden {
		t.Errorf("a count that runs backwards: %d", status)
	}
	found, err := s.k.Journal.Search(ctx, journal.Search{Kind: "units.passkey-doubted", Limit: 5})
	if err != nil || len(found) != 1 {
		t.Fatalf("%d entries, %v", len(found), err)
	}
	if e, _ := found[0].Entry.(units.PasskeyDoubted); e.Known != 9 || e.Said != 7 || e.Officer != id {
		t.Errorf("%+v", e)
	}
	s.sound()
}

// An erased officer's keys are gone with their name.
func TestErasureTakesTheKeys(t *testing.T) {
	s := newSite(t)
	id := s.who[units.Investigator]
	code, err := s.IssueCode(ctx, s.grant(s.who[units.Administrator], "units.code.issue", id), id)
	s.must(err)
	key := newKey()
	if status := (&visitor{s: s}).enrol(code, key, nil); status != http.StatusOK {
		t.Fatal(status)
	}
	s.must(s.k.Journal.Erase(ctx, s.eraser(), journal.Erased{Subjects: []ident.ID{id}, Ground: "L09-08"}))
	if keys, err := s.Keys(ctx, id); err != nil || len(keys) != 0 {
		t.Errorf("%d keys, %v", len(keys), err)
	}
	if status := (&visitor{s: s}).signIn(key); status != http.StatusForbidden {
		t.Errorf("signing in: %d", status)
	}
	s.sound()
}
