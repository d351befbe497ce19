package citizens

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/modules/index"
	"github.com/amana-platform/amana/modules/units"
)

// erase forgets subjects, as an authority orders.
func (h *house) erase(subjects ...ident.ID) {
	h.t.Helper()
	g, err := h.Policy.System("tests", "tests.verify", "L04-20")
	h.must(err)
	h.must(h.Journal.Erase(h.t.Context(), g, journal.Erased{Subjects: subjects, Ground: "L09-08", Authority: "12/2026"}))
}

// sound replays the journal into an empty store and compares.
func (h *house) sound() {
	h.t.Helper()
	r, err := h.Journal.Verify(h.t.Context(), journal.Scope{})
	h.must(err)
	if !r.Clean() {
		h.t.Errorf("%+v", r.Findings)
	}
}

// missing gives the accesses that stand in no log though they concern somebody.
func (h *house) missing() []string {
	h.t.Helper()
	all, err := h.s.Reconcile(h.t.Context(), h.Clock.Now().Add(time.Hour))
	h.must(err)
	return all
}

// follow hands the module's followers the whole journal, as after a restart that
// lost their place.
func (h *house) follow() {
	h.t.Helper()
	all, err := h.Journal.After(h.t.Context(), 0, 10_000)
	h.must(err)
	for _, f := range h.s.Module().Follows {
		for _, e := range all {
			h.must(f.Handle(h.t.Context(), e, h.Reader, nil))
		}
	}
}

// twin records a second record of Aicha, as another desk would.
func (h *house) twin() ident.ID {
	h.t.Helper()
	p := h.aicha
	p.ID, p.CNIE = h.Journal.NewID(), ""
	h.must(h.people.Seed(h.t.Context(), func() (policy.Grant, error) { return h.Policy.System("demo", "index.seed", "D1-56-115") }, index.Seeding{Persons: []index.Person{p}}))
	return p.ID
}

// merge decides that a record is Aicha's.
func (h *house) merge(absorbed ident.ID) {
	h.t.Helper()
	g, err := h.ask(units.Investigator, index.ActionPersonMerge, policy.Resource{Ref: personRef(h.aicha.ID), Unit: h.unit["KEN-01"]}, h.caseOne)
	h.must(err)
	h.must(h.people.MergePersons(h.t.Context(), g, h.Journal.NewID(), h.aicha.ID, absorbed, "one and the same"))
}

// Who was erased is asked about still, by officers who look for the name; that
// stops nobody else's log, is no alarm, and is counted nowhere.
func TestAnErasedCitizenHoldsNobodysLogUp(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	_, browser := h.citizen(h.aicha)
	other, _ := h.citizen(h.brahim)
	h.keepLogs()
	h.must(h.confirmDelay(units.Prosecutor, h.delay(units.Investigator)))
	h.wait(time.Second)
	h.lookUp(units.Investigator, h.aicha.ID, h.caseOne)
	h.keepLogs()
	before := len(h.log(other))
	if f, err := h.s.Figures(t.Context()); err != nil || f.Held != 1 || f.Accounts != 2 {
		t.Fatalf("%+v %v", f, err)
	}
	h.erase(h.aicha.ID)
	h.lookUp(units.DutyOfficer, h.aicha.ID, "")
	h.lookUp(units.DutyOfficer, h.brahim.ID, "")
	h.wait(40 * 24 * time.Hour) // past the order: what it held back is released to nobody
	h.keepLogs()
	if n := len(h.log(other)) - before; n != 1 {
		t.Errorf("the other citizen has %d new lines", n)
	}
	if all := h.missing(); len(all) != 0 {
		t.Errorf("an alarm about who was erased: %v", all)
	}
	if f, err := h.s.Figures(t.Context()); err != nil || f.Held != 0 || f.Accounts != 1 {
		t.Errorf("%+v %v", f, err)
	}
	if p := browser.Get("/citizen"); p.Status != http.StatusSeeOther {
		t.Errorf("the session of who was erased: %d", p.Status)
	}
	h.sound()
}

// An account whose person was erased before its log was filled does not stand in
// the way of those after it.
func TestAnErasedCitizenIsNotFilled(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.enrol(h.aicha)
	other, _ := h.enrol(h.brahim)
	h.erase(h.aicha.ID)
	h.lookUp(units.DutyOfficer, h.brahim.ID, "")
	h.keepLogs()
	if c, err := h.s.Citizen(t.Context(), other.ID); err != nil || c.Filled.IsZero() || c.Lines == 0 {
		t.Errorf("%+v %v", c, err)
	}
}

// When two records turn out to be one person's, what was asked about the other
// record stands in the log, before and after, once.
func TestAMergeBringsWhatWasAskedBefore(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	c, _ := h.citizen(h.aicha)
	twin := h.twin()
	h.lookUp(units.DutyOfficer, twin, "")
	h.lookUp(units.Investigator, twin, h.caseOne)
	h.keepLogs()
	before := h.log(c)
	h.merge(twin)
	h.follow()
	h.follow()
	if n := len(h.log(c)) - len(before); n != 2 {
		t.Errorf("%d lines more, want 2", n)
	}
	h.lookUp(units.DutyOfficer, twin, "")
	h.keepLogs()
	lines := h.log(c)
	if len(lines) != len(before)+3 {
		t.Errorf("%d lines more, want 3", len(lines)-len(before))
	}
	for i, l := range lines {
		if l.N != int64(i)+1 {
			t.Errorf("line %d has the number %d", i+1, l.N)
		}
	}
	if all := h.missing(); len(all) != 0 {
		t.Errorf("%v", all)
	}
	h.sound()
}

// A merge shows nothing that a judge's order holds back.
func TestAMergeShowsNothingThatIsHeldBack(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	c, _ := h.citizen(h.aicha)
	twin := h.twin()
	h.must(h.confirmDelay(units.Prosecutor, h.delay(units.Investigator)))
	h.wait(time.Second)
	h.lookUp(units.Investigator, twin, h.caseOne)
	h.lookUp(units.DutyOfficer, twin, "")
	h.keepLogs()
	before := len(h.log(c))
	h.merge(twin)
	h.follow()
	if lines := h.log(c)[before:]; len(lines) != 1 || lines[0].Code != "task" {
		t.Errorf("%+v", lines)
	}
	if f, err := h.s.Figures(t.Context()); err != nil || f.Held != 1 {
		t.Errorf("%+v %v", f, err)
	}
	if all := h.missing(); len(all) != 0 {
		t.Errorf("%v", all)
	}
}

// The log of somebody with many look-ups before the account is filled in steps,
// whole and in the order in which they happened.
func TestALongPastIsFilledInOrder(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	const many = atOnce + 30
	a, err := h.units.Account(t.Context(), h.who[units.DutyOfficer])
	h.must(err)
	for range many {
		h.must(h.Journal.Lane().Record(t.Context(), journal.Access{Actor: a.ID, Unit: a.Actor.Unit, Action: "index.person.read", Purpose: a.Duty.String(), Refs: []ident.Ref{personRef(h.aicha.ID)}, Outcome: journal.Read}))
	}
	c, _ := h.enrol(h.aicha)
	h.keepLogs()
	lines := h.log(c)
	if len(lines) < many {
		t.Fatalf("%d lines of %d", len(lines), many)
	}
	for i, l := range lines[1:] {
		if l.Happened.Before(lines[i].Happened) {
			t.Fatalf("line %d happened before line %d", i+2, i+1)
		}
	}
	if all := h.missing(); len(all) != 0 {
		t.Errorf("%d are missing", len(all))
	}
}

// After an erasure the store has no byte of what was said: not in a line, a held
// line, a contest, its answer, the label of a passkey or the attested residence.
func TestAnErasureLeavesNoByte(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	c, browser := h.citizen(h.aicha)
	register(t, browser)
	h.verify(c, 1)
	h.lookUp(units.DutyOfficer, h.aicha.ID, "")
	h.keepLogs()
	browser.Post("/citizen/log/1/contest", url.Values{"reason": {"un-motif-de-contestation"}})
	all, err := h.s.Contests(t.Context())
	h.must(err)
	h.As(t, string(units.Inspector)).Post("/contests/"+string(all[0].ID), url.Values{"verdict": {"rejected"}, "answer": {"une-parole-ecrite"}})
	h.must(h.s.AttestResidence(t.Context(), h.grant(units.DutyOfficer, actionAttest, c.Resource()), c.ID, "04.281"))
	order := h.delay(units.Investigator)
	for _, word := range []string{"un-motif-de-contestation", "une-parole-ecrite", "ouverture d’un compte", "téléphone", "44/2026"} {
		if !h.stands(word) {
			t.Errorf("%q is nowhere, before", word)
		}
	}
	h.erase(h.aicha.ID, order)
	for _, word := range []string{"un-motif-de-contestation", "une-parole-ecrite", "ouverture d’un compte", "téléphone", "44/2026", "04.281"} {
		if h.stands(word) {
			t.Errorf("%q is there still", word)
		}
	}
	lines := h.log(c)
	if len(lines) == 0 || !lines[0].By.IsZero() || len(lines[0].Attributes) != 0 || lines[0].N != 1 {
		t.Errorf("%+v", lines)
	}
	h.sound()
}

// stands reports whether any personal column of the module holds a text.
func (h *house) stands(word string) bool {
	h.t.Helper()
	for table, columns := range map[string]string{
		"citizens_lines": "by_ref, by_ar, by_fr, by_en, purpose, purpose_ar, purpose_fr, purpose_en, attributes, result", "citizens_held": "by_ref, by_ar, by_fr, by_en, purpose, attributes, result",
		"citizens_contests": "reason, answer", "citizens_means": "label, record", "citizens_accounts": "residence", "citizens_delays": "authority, reference",
	} {
		for column := range strings.SplitSeq(columns, ", ") {
			var n int
			h.must(h.Reader.Row(h.t.Context(), "select count(*) from "+table+" where "+column+" like $1", []any{"%" + word + "%"}, &n))
			if n > 0 {
				return true
			}
		}
	}
	return false
}

// Where one of a person's two records was erased, with the account that stood on
// it, the person may have an account again by the other.
func TestAnAccountAfterAnErasure(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	twin := h.aicha
	twin.ID, twin.CNIE = h.Journal.NewID(), "G999999"
	h.must(h.people.Seed(t.Context(), func() (policy.Grant, error) { return h.Policy.System("demo", "index.seed", "D1-56-115") }, index.Seeding{Persons: []index.Person{twin}}))
	first, _ := h.citizen(twin)
	h.merge(twin.ID)
	h.erase(twin.ID)
	if c, err := h.s.CitizenOf(t.Context(), h.aicha.ID); err == nil {
		t.Errorf("the account of who was erased is found: %+v", c)
	}
	second, browser := h.citizen(h.aicha)
	if p := browser.Get("/citizen"); second.ID == first.ID || p.Status != http.StatusOK {
		t.Errorf("%s, %d", second.ID, p.Status)
	}
	if able, err := h.s.Able(t.Context(), first.ID); err != nil || able {
		t.Errorf("the first may be used: %t %v", able, err)
	}
	if _, err := h.s.Attributes(t.Context(), first.ID, []string{"given_name"}); !fault.Is(err, fault.NotFound) {
		t.Errorf("attributes of who was erased: %v", err)
	}
	h.sound()
}
