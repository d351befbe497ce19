package citizens

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/kerneltest"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/text"
	"github.com/amana-platform/amana/modules/units"
)

// oneTime is a code as a counter's page prints it.
var oneTime = regexp.MustCompile(`[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}`)

// codeOn reads the code that a page shows.
func codeOn(t *testing.T, p *kerneltest.Page) string {
	t.Helper()
	code := oneTime.FindString(p.Text())
	if p.Status != http.StatusOK || code == "" {
		t.Fatalf("no code: %d %s", p.Status, p.Text())
	}
	return code
}

// The counter's search says what it found in the officer's language, and is
// recorded with what was looked for, whether or not it found anybody.
func TestTheCountersSearch(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	desk := string(units.DutyOfficer)
	h.Play(t,
		kerneltest.Scenario{Name: "nothing asked", As: desk, Path: "/citizens?lang=fr", Status: 200, Wants: []string{"Guichet des citoyens", "Rechercher"}, Accesses: []string{"read citizens.counter.search"}},
		kerneltest.Scenario{Name: "somebody, in French", As: desk, Path: "/citizens?number=g+123456&lang=fr", Status: 200, Wants: []string{"Aicha El Mansouri", "عائشة المنصوري", "G123456", "Créer le compte et remettre un code", "Passeport"}, Accesses: []string{"searched citizens.counter.search"}},
		kerneltest.Scenario{Name: "in Arabic", As: desk, Path: "/citizens?number=G123456&lang=ar", Status: 200, Wants: []string{"عائشة المنصوري", h.word("ar", "citizens.counter.enrol")}, Accesses: []string{"searched citizens.counter.search"}},
		kerneltest.Scenario{Name: "in English", As: desk, Path: "/citizens?number=G123456&lang=en", Status: 200, Wants: []string{h.word("en", "citizens.counter.enrol")}, Accesses: []string{"searched citizens.counter.search"}},
		kerneltest.Scenario{Name: "nobody", As: desk, Path: "/citizens?number=ZZ999999&lang=fr", Status: 200, Wants: []string{"L’index ne connaît personne"}, Lacks: []string{"Créer le compte"}, Accesses: []string{"searched citizens.counter.search"}},
		kerneltest.Scenario{Name: "no number", As: desk, Path: "/citizens?number=%27%3B&lang=fr", Status: 200, Lacks: []string{"Créer le compte"}, Accesses: []string{"searched citizens.counter.search"}},
		kerneltest.Scenario{Name: "an investigator", As: string(units.Investigator), Path: "/citizens?number=G123456", Status: 403, Lacks: []string{"Mansouri"}, Accesses: []string{"refused citizens.counter.search"}},
		kerneltest.Scenario{Name: "a stranger", Path: "/citizens?number=G123456", Status: 303, Lacks: []string{"Mansouri"}, Accesses: []string{"refused citizens.counter.search"}},
	)
}

// word gives the words of a key.
func (h *house) word(lang, key string) string { return h.Texts.In(text.Lang(lang)).T(key) }

// An officer enrols who stands before them, and hands over a code that is shown
// once and opens the account; nothing is written where a document is missing,
// the person is nobody, or has an account.
func TestEnrollingAtTheCounter(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	desk := string(units.DutyOfficer)
	form := func(person ident.ID, documents ...string) url.Values {
		return url.Values{"person": {string(person)}, "number": {"G123456"}, "documents": documents}
	}
	h.Play(t,
		kerneltest.Scenario{Name: "no document", As: desk, Path: "/citizens?lang=fr", Form: form(h.aicha.ID), Status: 422, Wants: []string{"Cochez au moins 1"}, Accesses: []string{"read citizens.account.enrol"}},
		kerneltest.Scenario{Name: "an invented document", As: desk, Path: "/citizens", Form: form(h.aicha.ID, "cnie", "horoscope"), Status: 422, Accesses: []string{"read citizens.account.enrol"}},
		kerneltest.Scenario{Name: "nobody", As: desk, Path: "/citizens", Form: form(h.caseOne, "cnie"), Status: 404},
		kerneltest.Scenario{Name: "no id", As: desk, Path: "/citizens", Form: form("12", "cnie"), Status: 422},
		kerneltest.Scenario{Name: "by a prosecutor", As: string(units.Prosecutor), Path: "/citizens", Form: form(h.aicha.ID, "cnie"), Status: 403, Accesses: []string{"refused citizens.account.enrol"}},
	)
	officer := h.As(t, desk)
	p := officer.Post("/citizens?lang=fr", form(h.aicha.ID, "cnie"))
	code := codeOn(t, p)
	if !seen(p, "Affiché une seule fois") || !seen(p, "https://identity.example/citizen") {
		t.Errorf("%s", p.Text())
	}
	c, err := h.s.CitizenOf(t.Context(), h.aicha.ID)
	h.must(err)
	if c.By != h.who[units.DutyOfficer] || c.Unit != h.unit["KEN-01"] || !c.Open() {
		t.Errorf("%+v", c)
	}
	if p := officer.Get("/citizens/" + string(c.ID)); seen(p, code) {
		t.Error("the code is shown again")
	}
	if p := officer.Get("/citizens?number=G123456&lang=fr"); p.LinkTo("/citizens/"+string(c.ID)) == "" || seen(p, "Créer le compte") {
		t.Errorf("%s", p.Text())
	}
	h.as("G123456", code)
	if p := officer.Post("/citizens", form(h.aicha.ID, "cnie")); p.Status != http.StatusConflict {
		t.Errorf("twice: %d", p.Status)
	}
}

// A person whose card's number is not in the index gets no code: there would be
// nothing to type beside it.
func TestNobodyIsEnrolledWithoutANumber(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	twin := h.twin()
	m := h.Mark(t)
	_, _, err := h.s.Enrol(t.Context(), h.grant(units.DutyOfficer, actionEnrol, policy.Resource{}), twin, []string{"passport"})
	if fault.Of(err).Key != "citizens.fault.no-number" {
		t.Errorf("%v", err)
	}
	if entries, _ := h.Since(t, m); len(entries) != 0 {
		t.Errorf("%q", entries)
	}
}

// An account's page shows an officer what proves its citizen and never what
// stands in their log; inspectors read and change nothing.
func TestAnAccountsPage(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	c, browser := h.citizen(h.aicha)
	register(t, browser)
	h.verify(c, 1)
	at := "/citizens/" + string(c.ID)
	read := []string{"read citizens.account.read"}
	for lang, wants := range map[string][]string{
		"fr": {"Compte du citoyen", "Ouvert", "Aicha El Mansouri", "Souad Tajribi A", "Clé d’accès", "Valable", "Remettre un code à usage unique", "Clôturer le compte"},
		"en": {h.word("en", "citizens.account.title"), h.word("en", "citizens.means.passkey"), h.word("en", "citizens.recover.title")},
		"ar": {h.word("ar", "citizens.account.title"), h.word("ar", "citizens.state.open"), "عائشة المنصوري", h.word("ar", "citizens.residence.title")},
	} {
		h.Play(t, kerneltest.Scenario{Name: lang, As: string(units.DutyOfficer), Path: at + "?lang=" + lang, Status: 200, Wants: wants, Lacks: []string{"La banque", "ouverture d’un compte", "البنك"}, Accesses: read})
	}
	h.Play(t,
		kerneltest.Scenario{Name: "an inspector", As: string(units.Inspector), Path: at + "?lang=fr", Status: 200, Wants: []string{"Aicha El Mansouri"}, Lacks: []string{"Clôturer le compte", at + "/code"}, Accesses: read},
		kerneltest.Scenario{Name: "an investigator", As: string(units.Investigator), Path: at, Status: 403, Lacks: []string{"Mansouri"}, Accesses: []string{"refused citizens.account.read"}},
		kerneltest.Scenario{Name: "nobody's", As: string(units.DutyOfficer), Path: "/citizens/" + string(h.caseOne), Status: 404},
		kerneltest.Scenario{Name: "no id", As: string(units.DutyOfficer), Path: "/citizens/12", Status: 404},
	)
}

// Whoever holds only a card was enrolled by it, and the page says so.
func TestAnAccountThatACardOpened(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	browser := h.Stranger(t)
	h.enrol(h.aicha) // the simulator plays those who have an account
	h.insertAs("G654321")
	c, err := h.s.CitizenOf(t.Context(), h.brahim.ID)
	h.must(err)
	p := h.As(t, string(units.DutyOfficer)).Get("/citizens/" + string(c.ID) + "?lang=fr")
	if facts := regexp.MustCompile(`Inscrit par Carte d’identité`); !facts.MatchString(p.Text()) {
		t.Errorf("%s", p.Text())
	}
	if p := browser.Get("/citizen"); p.Status != http.StatusSeeOther {
		t.Errorf("%d", p.Status)
	}
}

// insertAs shows a card for which nobody plays a citizen yet.
func (h *house) insertAs(number string) {
	h.t.Helper()
	h.must(h.s.ShowCard(h.t.Context(), number))
}

// What an officer does on the page of an account: each act with its entry, each
// refusal with none.
func TestActsAtTheCounter(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	c, browser := h.citizen(h.aicha)
	register(t, browser)
	all, err := h.s.Means(t.Context(), c.ID)
	h.must(err)
	at, desk := "/citizens/"+string(c.ID), string(units.DutyOfficer)
	key := at + "/means/" + string(all[0].ID) + "/revoke"
	h.Play(t,
		kerneltest.Scenario{Name: "a code", As: desk, Path: at + "/code?lang=fr", Form: url.Values{}, Status: 200, Wants: []string{"Code à usage unique"}, Entries: []string{"citizens.code-issued"}, Accesses: []string{"read citizens.code.issue"}},
		kerneltest.Scenario{Name: "an area nobody knows", As: desk, Path: at + "/residence", Form: url.Values{"area": {"nowhere"}}, Status: 422},
		kerneltest.Scenario{Name: "an area", As: desk, Path: at + "/residence", Form: url.Values{"area": {"04.281"}}, Status: 303, Entries: []string{"citizens.residence-attested"}},
		kerneltest.Scenario{Name: "no reason", As: desk, Path: key, Form: url.Values{"why": {"bored"}}, Status: 422},
		kerneltest.Scenario{Name: "no means", As: desk, Path: at + "/means/" + string(h.caseOne) + "/revoke", Form: url.Values{"why": {"lost"}}, Status: 404},
		kerneltest.Scenario{Name: "by an inspector", As: string(units.Inspector), Path: key, Form: url.Values{"why": {"lost"}}, Status: 403, Accesses: []string{"refused citizens.means.revoke"}},
		kerneltest.Scenario{Name: "revoked", As: desk, Path: key, Form: url.Values{"why": {"stolen"}}, Status: 303, Entries: []string{"citizens.means-revoked"}},
		kerneltest.Scenario{Name: "revoked twice", As: desk, Path: key, Form: url.Values{"why": {"stolen"}}, Status: 409},
		kerneltest.Scenario{Name: "recovered with one document", As: desk, Path: at + "/recover?lang=fr", Form: url.Values{"documents": {"cnie"}}, Status: 422, Wants: []string{"Cochez au moins 2"}, Accesses: []string{"read citizens.account.recover"}},
		kerneltest.Scenario{Name: "recovered", As: desk, Path: at + "/recover", Form: url.Values{"documents": {"cnie", "passport"}}, Status: 200, Entries: []string{"citizens.recovered", "citizens.code-issued"}, Accesses: []string{"read citizens.account.recover"}},
		kerneltest.Scenario{Name: "closed", As: desk, Path: at + "/close", Form: url.Values{}, Status: 303, Entries: []string{"citizens.account-closed"}},
		kerneltest.Scenario{Name: "closed twice", As: desk, Path: at + "/close", Form: url.Values{}, Status: 409},
		kerneltest.Scenario{Name: "a code for what is closed", As: desk, Path: at + "/code", Form: url.Values{}, Status: 409},
		kerneltest.Scenario{Name: "a recovery of what is closed", As: desk, Path: at + "/recover", Form: url.Values{"documents": {"cnie", "passport"}}, Status: 409},
		kerneltest.Scenario{Name: "an attestation for what is closed", As: desk, Path: at + "/residence", Form: url.Values{"area": {"04.281"}}, Status: 409},
		kerneltest.Scenario{Name: "its page", As: desk, Path: at + "?lang=fr", Status: 200, Wants: []string{"Clôturé", "Volé", "Résidence attestée"}, Lacks: []string{at + "/close"}, Accesses: []string{"read citizens.account.read"}},
	)
}

// A citizen may have one account again after the first was closed, and each
// account's log is its own.
func TestAnAccountAfterAClosedOne(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	first, _ := h.citizen(h.aicha)
	h.verify(first, 2)
	h.must(h.s.Close(t.Context(), h.grant(units.DutyOfficer, actionClose, first.Resource()), first.ID))
	second, browser := h.citizen(h.aicha)
	if second.ID == first.ID {
		t.Fatal("the closed account is open again")
	}
	h.lookUp(units.DutyOfficer, h.aicha.ID, "")
	h.keepLogs()
	if n := len(h.log(first)); n < 3 {
		t.Errorf("the log of the closed account ends with it: %d lines", n)
	}
	if p := browser.Get("/citizen/log?lang=fr"); seen(p, "La banque") || !seen(p, "Une mission du service") {
		t.Errorf("%s", p.Text())
	}
}

// A code is good until the very moment that it ends, counted in microseconds.
func TestACodeAtItsEdge(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	c, _ := h.enrol(h.aicha)
	rule, err := h.Pack.Rule(ruleCode, h.Clock.Now())
	h.must(err)
	for name, x := range map[string]struct {
		before time.Duration
		status int
	}{"a microsecond before": {time.Microsecond, http.StatusSeeOther}, "at the end": {0, http.StatusUnprocessableEntity}, "after it": {-time.Microsecond, http.StatusUnprocessableEntity}} {
		code, err := h.s.IssueCode(t.Context(), h.grant(units.DutyOfficer, actionIssue, c.Resource()), c.ID)
		h.must(err)
		var until int64
		h.must(h.Reader.Row(t.Context(), "select max(until_at) from citizens_codes where citizen = $1 and used_at = 0", []any{string(c.ID)}, &until))
		if d := time.UnixMicro(until).Sub(h.Clock.Now()); d < rule.Period.After(h.Clock.Now()).Sub(h.Clock.Now())-time.Second {
			t.Errorf("%s: it lives %s", name, d)
		}
		h.Clock.Set(time.UnixMicro(until).Add(-x.before).UTC())
		if p := h.Stranger(t).Post("/citizen/sign-in", url.Values{"number": {"G123456"}, "code": {code}}); p.Status != x.status {
			t.Errorf("%s: %d, want %d", name, p.Status, x.status)
		}
	}
}

// Codes are drawn, not counted, in letters that are not taken for one another.
func TestCodesAreDrawn(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	all := map[string]bool{}
	for range 200 {
		code, entry, err := h.s.newCode("G123456", "")
		h.must(err)
		if !oneTime.MatchString(code) || strings.ContainsAny(code, "ILOU") || all[code] || entry.Digest != digestOf("G123456", strings.ReplaceAll(code, "-", "")) {
			t.Fatalf("%q", code)
		}
		all[code] = true
		if digestOf("G654321", strings.ReplaceAll(code, "-", "")) == entry.Digest {
			t.Fatal("two numbers have one digest")
		}
	}
}

// How people type a code: case, spaces, dashes of any kind, O and 0, I, L and 1.
func TestHowACodeIsTyped(t *testing.T) {
	t.Parallel()
	for _, written := range []string{"0A1B-2C3D-4E5F", "oalb 2c3d 4e5f", "OAIB–2C3D‐4E5F", "\u200f0a1b2c3d4e5f\u200e", " 0 A 1 B - 2 C 3 D - 4 E 5 F "} {
		if got := typed(written); got != "0A1B2C3D4E5F" {
			t.Errorf("%q is read as %q", written, got)
		}
	}
	for _, other := range []string{"", "0A1B-2C3D-4E5G", "0A1B2C3D4E5F0"} {
		if typed(other) == "0A1B2C3D4E5F" {
			t.Errorf("%q is taken", other)
		}
	}
}

// The rules, by role: who mans a counter, who orders and confirms, who answers.
func TestWhoMayDoWhat(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	c, _ := h.enrol(h.aicha)
	order := h.delay(units.Investigator)
	d, err := h.s.Delay(t.Context(), order)
	h.must(err)
	chief, desk, inspector, prosecutor, investigator := units.BrigadeChief, units.DutyOfficer, units.Inspector, units.Prosecutor, units.Investigator
	contest := policy.Resource{Ref: ident.Ref{Kind: KindContest, ID: h.caseOne}, Attrs: map[string]any{"about": ""}}
	for _, x := range []struct {
		action string
		res    policy.Resource
		of     ident.ID
		may    []units.Role
	}{
		{actionCounter, policy.Resource{}, "", []units.Role{desk, chief}},
		{actionEnrol, policy.Resource{}, "", []units.Role{desk, chief}},
		{actionRead, c.Resource(), "", []units.Role{desk, chief, inspector}},
		{actionIssue, c.Resource(), "", []units.Role{desk, chief}},
		{actionRecover, c.Resource(), "", []units.Role{desk, chief}},
		{actionClose, c.Resource(), "", []units.Role{desk, chief}},
		{actionRevoke, c.Resource(), "", []units.Role{desk, chief}},
		{actionAttest, c.Resource(), "", []units.Role{desk, chief}},
		{actionDelays, policy.Resource{}, "", []units.Role{investigator, chief, prosecutor, inspector}},
		{actionDelay, policy.Resource{}, h.caseOne, []units.Role{investigator, chief, prosecutor}},
		{actionConfirm, d.Resource(), "", []units.Role{chief, prosecutor}},
		{actionLift, d.Resource(), "", []units.Role{investigator, prosecutor, inspector}},
		{actionAsked, policy.Resource{}, "", []units.Role{inspector}},
		{actionAnswer, contest, "", []units.Role{inspector}},
		{actionSpace, c.Resource(), "", nil}, {actionLog, c.Resource(), "", nil}, {actionExport, c.Resource(), "", nil}, {actionContest, c.Resource(), "", nil},
		{actionAdd, c.Resource(), "", nil}, {actionDrop, c.Resource(), "", nil}, {actionEnd, c.Resource(), "", nil},
	} {
		for role := range h.who {
			_, err := h.ask(role, x.action, x.res, x.of)
			if may := slices.Contains(x.may, role); may != (err == nil) {
				t.Errorf("%s by %s: %v", x.action, role, err)
			}
		}
	}
}
