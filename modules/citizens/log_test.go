package citizens

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/journal/tlog"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/store"
	"github.com/amana-platform/amana/modules/citizens/logbook"
	"github.com/amana-platform/amana/modules/units"
)

// verify writes what an institution's verification writes.
func (h *house) verify(c Citizen, n int) {
	h.t.Helper()
	g, err := h.Policy.System("tests", "tests.verify", "L04-20")
	h.must(err)
	_, err = h.Journal.Do(h.t.Context(), g, func(ctx context.Context, r store.Reader, d *journal.Draft) error {
		var lines []Line
		for range n {
			lines = append(lines, Line{Citizen: c.ID, Kind: Verified, Source: ident.Ref{Kind: "verification", ID: d.NewID()}, By: ident.Ref{Kind: "institution", ID: d.NewID()},
				ByName: [3]string{"البنك", "La banque", "The bank"}, Purpose: [3]string{"فتح حساب", "ouverture d’un compte", "opening an account"}, Attributes: []string{"age_over_18"}, Result: "released"})
		}
		return DraftLine(ctx, r, d, lines...)
	})
	h.must(err)
}

// Institutions' verifications and look-ups by the police stand in one log, in
// the order of their numbers, with names of attributes and without values,
// without the officer and without the case.
func TestOneLogForAll(t *testing.T) {
	h := newHouse(t)
	h.lookUp(units.DutyOfficer, h.aicha.ID, "") // before the account
	c, browser := h.citizen(h.aicha)
	h.verify(c, 2)
	h.lookUp(units.Investigator, h.aicha.ID, h.caseOne)
	h.lookUp(units.Investigator, h.brahim.ID, h.caseOne) // another person
	h.keepLogs()
	h.keepLogs()
	lines := h.log(c)
	var kinds []string
	for i, l := range lines {
		if l.N != int64(i)+1 {
			t.Errorf("line %d has the number %d", i+1, l.N)
		}
		kinds = append(kinds, string(l.Kind)+" "+l.Code)
	}
	if got := strings.Join(kinds, ", "); got != "verified , verified , read task, read case" && got != "verified , verified , read case, read task" {
		t.Errorf("lines: %s", got)
	}
	p := browser.Get("/citizen/log?lang=fr")
	if !seen(p, "La banque") || !seen(p, "ouverture d’un compte") || !seen(p, "Une affaire pénale") || !seen(p, "plus de 18 ans") {
		t.Errorf("%s", p.Text())
	}
	for _, never := range []string{"Souad", "Tajribi", string(h.caseOne), "1990"} {
		if strings.Contains(string(p.Body), never) {
			t.Errorf("the log tells %q", never)
		}
	}
	before := len(lines)
	browser.Get("/citizen/log")
	browser.Get("/citizen/log/1")
	h.keepLogs()
	if n := len(h.log(c)); n != before {
		t.Errorf("one's own reading added %d lines", n-before)
	}
	if p := browser.Get("/citizen/log/99"); p.Status != http.StatusNotFound {
		t.Errorf("a line that is not there: %d", p.Status)
	}
}

// Whoever opens the page of a person in the index stands in that person's log.
func TestARealLookUpIsInTheLog(t *testing.T) {
	h := newHouse(t)
	c, _ := h.citizen(h.aicha)
	h.keepLogs()
	before := len(h.log(c))
	officer := h.As(t, string(units.DutyOfficer))
	if p := officer.Get("/persons/" + string(h.aicha.ID)); p.Status != http.StatusOK {
		t.Fatalf("%d", p.Status)
	}
	if p := officer.Get("/persons?q=El+Mansouri"); p.Status != http.StatusOK {
		t.Fatalf("%d", p.Status)
	}
	h.keepLogs()
	lines := h.log(c)[before:]
	if len(lines) != 2 || lines[0].Kind != Read || lines[1].Kind != Found || lines[0].ByName[1] == "" {
		t.Errorf("%+v", lines)
	}
}

// A judge's order holds look-ups of its case back, and nothing else; nothing in
// the log shows that they are there; their number is published; when the order
// ends, or is lifted, they appear with the time at which they happened.
func TestALawfulDelay(t *testing.T) {
	h := newHouse(t)
	c, browser := h.citizen(h.aicha)
	h.keepLogs()
	start := len(h.log(c))
	order := func(until time.Time) (ident.ID, error) {
		g, err := h.ask(units.Investigator, actionDelay, policy.Resource{}, h.caseOne)
		h.must(err)
		id, err := h.s.OrderDelay(t.Context(), g, NewDelay{Person: h.aicha.ID, Authority: "Juge d’instruction, Kénitra", Reference: "44/2026", Until: until})
		if err == nil {
			h.must(h.confirmDelay(units.BrigadeChief, id))
			h.wait(time.Second)
		}
		return id, err
	}
	for _, until := range []time.Time{h.Clock.Now(), h.Clock.Now().AddDate(0, 3, 1)} {
		if _, err := order(until); !fault.Is(err, fault.Invalid) {
			t.Errorf("until %s: %v", until, err)
		}
	}
	if _, err := h.ask(units.DutyOfficer, actionDelay, policy.Resource{}, h.caseOne); !fault.Is(err, fault.Refused) {
		t.Errorf("by the desk: %v", err)
	}
	if _, err := h.ask(units.Investigator, actionDelay, policy.Resource{}, ""); !fault.Is(err, fault.Refused) {
		t.Errorf("without a case: %v", err)
	}
	other := h.Journal.NewID()
	h.lookUp(units.Investigator, h.aicha.ID, h.caseOne) // before the order
	_, err := order(h.Clock.Now().AddDate(0, 1, 0))
	h.must(err)
	held := h.Clock.Now()
	h.lookUp(units.Investigator, h.aicha.ID, h.caseOne)
	h.lookUp(units.Investigator, h.aicha.ID, other)
	h.keepLogs()
	if lines := h.log(c)[start:]; len(lines) != 2 || lines[0].Delay != "" {
		t.Fatalf("%+v", lines)
	}
	p := browser.Get("/citizen/log.json")
	if p.Status != http.StatusOK || strings.Contains(string(p.Body), held.Format(time.RFC3339)) {
		t.Errorf("%d", p.Status)
	}
	if f, err := h.s.Figures(t.Context()); err != nil || f.Held != 1 || f.Orders != 1 || f.Ordered != 1 || f.Awaiting != 0 || f.Released != 0 {
		t.Errorf("%+v %v", f, err)
	}
	h.wait(32 * 24 * time.Hour)
	h.keepLogs()
	lines := h.log(c)[start:]
	if len(lines) != 3 || lines[2].Delay == "" || !lines[2].Happened.Equal(held) || lines[2].Written.Before(held.AddDate(0, 1, 0)) {
		t.Fatalf("%+v", lines)
	}
	if f, err := h.s.Figures(t.Context()); err != nil || f.Held != 0 || f.Orders != 0 || f.Released != 1 {
		t.Errorf("%+v %v", f, err)
	}
	second, err := order(h.Clock.Now().AddDate(0, 1, 0))
	h.must(err)
	h.lookUp(units.Investigator, h.aicha.ID, h.caseOne)
	h.keepLogs()
	d, err := h.s.Delay(t.Context(), second)
	h.must(err)
	h.must(h.s.LiftDelay(t.Context(), h.grant(units.Prosecutor, actionLift, d.Resource()), second))
	h.keepLogs()
	if lines := h.log(c)[start:]; len(lines) != 4 || lines[3].Delay != second {
		t.Errorf("%+v", lines)
	}
	if err := h.s.LiftDelay(t.Context(), h.grant(units.Prosecutor, actionLift, d.Resource()), second); !fault.Is(err, fault.Conflict) {
		t.Errorf("lifted twice: %v", err)
	}
}

// A contested line goes to the inspectorate, which sees who it was, and comes
// back with an answer; nobody answers about their own look-up.
func TestAContestIsAnswered(t *testing.T) {
	h := newHouse(t)
	_, browser := h.citizen(h.aicha)
	h.lookUp(units.DutyOfficer, h.aicha.ID, "")
	h.keepLogs()
	if p := browser.Post("/citizen/log/1/contest", url.Values{"reason": {" "}}); p.Status != http.StatusUnprocessableEntity {
		t.Errorf("without a reason: %d", p.Status)
	}
	if p := browser.Post("/citizen/log/1/contest", url.Values{"reason": {"Je n’ai rien demandé"}}); p.Status != http.StatusSeeOther {
		t.Fatalf("%d %s", p.Status, p.Text())
	}
	if p := browser.Post("/citizen/log/1/contest", url.Values{"reason": {"encore"}}); p.Status != http.StatusConflict {
		t.Errorf("twice: %d", p.Status)
	}
	all, err := h.s.Contests(t.Context())
	h.must(err)
	if len(all) != 1 || all[0].Due.Sub(all[0].Opened).Round(time.Hour) != 10*24*time.Hour {
		t.Fatalf("%+v", all)
	}
	inspector := h.As(t, string(units.Inspector))
	if p := inspector.Get("/?lang=fr"); !seen(p, "Répondre à une contestation") {
		t.Errorf("no task: %s", p.Text())
	}
	page := "/contests/" + string(all[0].ID)
	if p := inspector.Get(page + "?lang=fr"); p.Status != http.StatusOK || !seen(p, "Souad Tajribi A") || !seen(p, "Je n’ai rien demandé") {
		t.Errorf("%d %s", p.Status, p.Text())
	}
	if p := h.As(t, string(units.DutyOfficer)).Get(page); p.Status != http.StatusForbidden {
		t.Errorf("the desk: %d", p.Status)
	}
	if p := inspector.Post(page, url.Values{"verdict": {"upheld"}, "answer": {""}}); p.Status != http.StatusUnprocessableEntity {
		t.Errorf("without an answer: %d", p.Status)
	}
	if p := inspector.Post(page, url.Values{"verdict": {"upheld"}, "answer": {"La consultation n’avait pas de motif."}}); p.Status != http.StatusSeeOther {
		t.Fatalf("%d %s", p.Status, p.Text())
	}
	if p := browser.Get("/citizen/log/1?lang=fr"); !seen(p, "n’avait pas de motif") || !seen(p, "Fondée") {
		t.Errorf("%s", p.Text())
	}
	if p := inspector.Post(page, url.Values{"verdict": {"upheld"}, "answer": {"encore"}}); p.Status != http.StatusConflict {
		t.Errorf("answered twice: %d", p.Status)
	}
}

// The inspector whose own look-up is contested does not answer.
func TestNobodyAnswersAboutThemselves(t *testing.T) {
	h := newHouse(t)
	_, browser := h.citizen(h.aicha)
	h.lookUp(units.Inspector, h.aicha.ID, "")
	h.keepLogs()
	browser.Post("/citizen/log/1/contest", url.Values{"reason": {"pourquoi ?"}})
	all, err := h.s.Contests(t.Context())
	h.must(err)
	if p := h.As(t, string(units.Inspector)).Get("/contests/" + string(all[0].ID)); p.Status != http.StatusForbidden {
		t.Errorf("%d", p.Status)
	}
}

// export carries a citizen's log away.
func (h *house) export(c Citizen) logbook.File {
	h.t.Helper()
	all, err := h.s.Means(h.t.Context(), c.ID)
	h.must(err)
	actor := Holder{Citizen: c.ID}.Actor()
	g, err := h.Policy.Ask(h.t.Context(), actor, actionExport, c.resource(AtCounter, strongest(all)), policy.Purpose{Kind: policy.Basis, Basis: basisRight})
	h.must(err)
	raw, err := h.s.ExportLog(h.t.Context(), g, c.ID)
	h.must(err)
	var f logbook.File
	h.must(json.Unmarshal(raw, &f))
	return f
}

// check checks a log as somebody outside does.
func check(f logbook.File) (logbook.Checked, error) {
	raw, err := json.Marshal(f)
	if err != nil {
		return logbook.Checked{}, err
	}
	return logbook.Check(raw, tlog.Trust{})
}

// A log that was carried away is found whole; with one line removed, two
// exchanged, one changed, one of another citizen's, one twice, or the last
// missing, it is not.
func TestALogThatWasCarriedAway(t *testing.T) {
	h := newHouse(t)
	c, _ := h.citizen(h.aicha)
	other, _ := h.citizen(h.brahim)
	h.verify(c, 5)
	h.verify(other, 5)
	whole, foreign := h.export(c), h.export(other)
	checked, err := check(whole)
	if err != nil || len(checked.Lines) != 5 || checked.Citizen != string(c.ID) {
		t.Fatalf("%+v %v", checked, err)
	}
	for name, spoil := range map[string]func(*logbook.File){
		"one removed":       func(f *logbook.File) { f.Lines = slices.Delete(f.Lines, 2, 3) },
		"the first removed": func(f *logbook.File) { f.Lines = f.Lines[1:] },
		"the last removed":  func(f *logbook.File) { f.Lines = f.Lines[:4] },
		"all removed":       func(f *logbook.File) { f.Lines = nil },
		"two exchanged":     func(f *logbook.File) { f.Lines[1], f.Lines[2] = f.Lines[2], f.Lines[1] },
		"one twice":         func(f *logbook.File) { f.Lines = append(f.Lines, f.Lines[4]) },
		"another's line":    func(f *logbook.File) { f.Lines[3] = foreign.Lines[3] },
		"another's log":     func(f *logbook.File) { f.Statement = foreign.Statement },
		"no statement":      func(f *logbook.File) { f.Statement = f.Lines[0] },
		"one changed": func(f *logbook.File) {
			f.Lines[0] = json.RawMessage(strings.Replace(string(f.Lines[0]), "released", "declined", 1))
		},
		"another format": func(f *logbook.File) { f.Format = "amana-citizen-log/v2" },
	} {
		spoilt := logbook.File{Format: whole.Format, Statement: whole.Statement, Lines: slices.Clone(whole.Lines)}
		spoil(&spoilt)
		if _, err := check(spoilt); err == nil {
			t.Errorf("%s is not found", name)
		}
	}
}

// Many random events of every sort: each is in the log of whom it concerns,
// once, with its proof; and removing or exchanging one is found.
func TestEveryEventIsInTheLog(t *testing.T) {
	events := 400
	if !testing.Short() {
		events = 7500
	}
	if many {
		events = 100_000 // in forty logs
	}
	h := newHouse(t)
	var citizens []Citizen
	people := h.crowd(max(2, events/2500))
	for _, p := range people {
		c, _ := h.citizen(p)
		citizens = append(citizens, c)
	}
	h.keepLogs()
	rng, want := rand.New(rand.NewPCG(4, 2026)), make([]int, len(people))
	for i := range want {
		want[i] = len(h.log(citizens[i]))
	}
	for done := 0; done < events; {
		who := rng.IntN(len(people))
		switch rng.IntN(4) {
		case 0:
			n := min(1+rng.IntN(5), events-done)
			h.verify(citizens[who], n)
			want[who], done = want[who]+n, done+n
		case 1:
			h.lookUp(units.Investigator, people[who].ID, h.caseOne)
			want[who], done = want[who]+1, done+1
		case 2:
			h.lookUp(units.DutyOfficer, people[who].ID, "")
			want[who], done = want[who]+1, done+1
		case 3:
			if rng.IntN(20) == 0 {
				h.keepLogs()
			}
		}
	}
	h.keepLogs()
	for i, c := range citizens {
		h.whole(c, want[i], rng)
	}
	missing, err := h.s.Reconcile(t.Context(), h.Clock.Now().Add(time.Hour))
	h.must(err)
	if len(missing) > 0 {
		t.Errorf("not in the logs: %v", missing)
	}
}

// whole checks that a log has so many lines, each proven, and that a line that
// is taken out or exchanged is found.
func (h *house) whole(c Citizen, want int, rng *rand.Rand) {
	h.t.Helper()
	f := h.export(c)
	if len(f.Lines) != want {
		h.t.Errorf("%d lines of %d", len(f.Lines), want)
	}
	if _, err := check(f); err != nil {
		h.t.Errorf("%v", err)
	}
	for range 3 {
		at := rng.IntN(len(f.Lines) - 1)
		less := logbook.File{Format: f.Format, Statement: f.Statement, Lines: slices.Delete(slices.Clone(f.Lines), at, at+1)}
		if _, err := check(less); err == nil {
			h.t.Errorf("line %d is gone and nobody notices", at+1)
		}
		swapped := logbook.File{Format: f.Format, Statement: f.Statement, Lines: slices.Clone(f.Lines)}
		swapped.Lines[at], swapped.Lines[at+1] = swapped.Lines[at+1], swapped.Lines[at]
		if _, err := check(swapped); err == nil {
			h.t.Errorf("line %d changed places and nobody notices", at+1)
		}
	}
}

// A program that leaves an access out of a log is found out by whoever holds
// the lane against the logs.
func TestAnOmissionIsFound(t *testing.T) {
	h := newHouse(t)
	c, _ := h.citizen(h.aicha)
	h.keepLogs()
	h.lookUp(units.DutyOfficer, h.aicha.ID, "")
	h.s.reads.seq["main"] = 1 << 40 // as a program would that skips accesses
	h.keepLogs()
	missing, err := h.s.Reconcile(t.Context(), h.Clock.Now().Add(time.Hour))
	h.must(err)
	if len(missing) != 1 || !strings.Contains(fmt.Sprint(missing), string(c.ID)) {
		t.Errorf("%v", missing)
	}
}
