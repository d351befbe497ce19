package citizens

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/kerneltest"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/text"
	"github.com/amana-platform/amana/modules/units"
)

// order tries to write an order down.
func (h *house) order(in NewDelay) error {
	h.t.Helper()
	g, err := h.ask(units.Investigator, actionDelay, policy.Resource{}, h.caseOne)
	h.must(err)
	_, err = h.s.OrderDelay(h.t.Context(), g, in)
	return err
}

// An order needs its judge, its number, a person of the index and an end that
// the pack allows, to the microsecond; each fault names its field, and nothing
// is written.
func TestWhatAnOrderNeeds(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	now := h.Clock.Now()
	rule, err := h.Pack.Rule(ruleDelay, now)
	h.must(err)
	latest := rule.Period.After(now)
	good := NewDelay{Person: h.aicha.ID, Authority: " Juge d’instruction ", Reference: " 44/2026 ", Until: latest}
	m := h.Mark(t)
	for name, x := range map[string]struct {
		change func(*NewDelay)
		fields []string
	}{
		"no judge":     {func(d *NewDelay) { d.Authority = " \n" }, []string{"authority"}},
		"no number":    {func(d *NewDelay) { d.Reference = "" }, []string{"reference"}},
		"nobody":       {func(d *NewDelay) { d.Person = h.caseOne }, []string{"person"}},
		"over already": {func(d *NewDelay) { d.Until = now }, []string{"until"}},
		"too long":     {func(d *NewDelay) { d.Until = latest.Add(time.Microsecond) }, []string{"until"}},
		"all of it":    {func(d *NewDelay) { *d = NewDelay{} }, []string{"authority", "reference", "until", "person"}},
	} {
		d := good
		x.change(&d)
		var fields []string
		for _, f := range fault.All(h.order(d)) {
			fields = append(fields, f.Field)
		}
		if !slices.Equal(fields, x.fields) {
			t.Errorf("%s: faults at %q, want %q", name, fields, x.fields)
		}
	}
	if entries, _ := h.Since(t, m); len(entries) != 0 {
		t.Errorf("%q", entries)
	}
	h.must(h.order(good))
	all, err := h.s.Delays(t.Context(), ident.Ref{})
	h.must(err)
	if len(all) != 1 || all[0].Authority != "Juge d’instruction" || all[0].Reference != "44/2026" || !all[0].Until.Equal(latest) || all[0].Second != "" {
		t.Errorf("%+v", all)
	}
}

// What an order holds back, at its edges: from the moment of the second word,
// for its own case and person, until its end; a look-up that is read into the
// log after the end is not held at all.
func TestAnOrderAtItsEdges(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	c, _ := h.citizen(h.aicha)
	other, _ := h.citizen(h.brahim)
	id := h.delay(units.Investigator)
	h.must(h.confirmDelay(units.Prosecutor, id))
	d, err := h.s.Delay(t.Context(), id)
	h.must(err)
	for name, x := range map[string]struct {
		citizen Citizen
		at      time.Time
		of      ident.ID
		held    bool
	}{
		"before the second word": {c, d.Confirmed.Add(-time.Microsecond), h.caseOne, false},
		"with it":                {c, d.Confirmed, h.caseOne, true},
		"just before the end":    {c, d.Until.Add(-time.Microsecond), h.caseOne, true},
		"at the end":             {c, d.Until, h.caseOne, false},
		"another case":           {c, d.Confirmed, h.Journal.NewID(), false},
		"no case":                {c, d.Confirmed, "", false},
		"another person":         {other, d.Confirmed, h.caseOne, false},
	} {
		l := lookup{line: Line{Citizen: x.citizen.ID, Happened: x.at}}
		if x.of != "" {
			l.of = ident.Ref{Kind: kindCase, ID: x.of}
		}
		got, err := h.s.delayOf(t.Context(), h.Reader, l)
		if err != nil || (got == id) != x.held {
			t.Errorf("%s: held by %q, %v", name, got, err)
		}
	}
	h.Clock.Set(d.Until)
	if got, err := h.s.delayOf(t.Context(), h.Reader, lookup{line: Line{Citizen: c.ID, Happened: d.Confirmed}, of: d.Case}); err != nil || got != "" {
		t.Errorf("an order that is over holds back: %q %v", got, err)
	}
	if d.Standing(d.Until) || !d.Standing(d.Until.Add(-time.Microsecond)) || d.Waiting(d.Confirmed) || !d.Over(d.Until) {
		t.Errorf("%+v", d)
	}
}

// Of two orders over one look-up the one that ends last holds it, and what one
// of them held is not written twice.
func TestTwoOrdersOverOneCase(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	c, _ := h.citizen(h.aicha)
	h.keepLogs()
	before := len(h.log(c))
	long := h.delay(units.Investigator)
	h.must(h.order(NewDelay{Person: h.aicha.ID, Authority: "Juge", Reference: "45/2026", Until: h.Clock.Now().AddDate(0, 0, 7)}))
	all, err := h.s.Delays(t.Context(), ident.Ref{})
	h.must(err)
	for _, d := range all {
		h.must(h.confirmDelay(units.Prosecutor, d.ID))
	}
	h.wait(time.Second)
	h.lookUp(units.Investigator, h.aicha.ID, h.caseOne)
	h.keepLogs()
	h.wait(8 * 24 * time.Hour)
	h.keepLogs()
	if n := len(h.log(c)) - before; n != 0 {
		t.Errorf("%d lines appear while one order stands", n)
	}
	h.wait(32 * 24 * time.Hour)
	h.keepLogs()
	h.keepLogs()
	if lines := h.log(c)[before:]; len(lines) != 1 || lines[0].Delay != long {
		t.Errorf("%+v", lines)
	}
	if d, err := h.s.Delay(t.Context(), long); err != nil || d.Held != 0 {
		t.Errorf("%+v %v", d, err)
	}
	h.sound()
}

// An order that was lifted, or is over, is confirmed by nobody and lifted no more.
func TestAnOrderThatIsOver(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	lifted, late := h.delay(units.Investigator), h.delay(units.Investigator)
	d, err := h.s.Delay(t.Context(), lifted)
	h.must(err)
	h.must(h.s.LiftDelay(t.Context(), h.grant(units.Investigator, actionLift, d.Resource()), lifted)) // their own
	if err := h.confirmDelay(units.Prosecutor, lifted); !fault.Is(err, fault.Conflict) {
		t.Errorf("confirmed after it was lifted: %v", err)
	}
	h.wait(40 * 24 * time.Hour)
	if err := h.confirmDelay(units.Prosecutor, late); !fault.Is(err, fault.Conflict) {
		t.Errorf("confirmed after its end: %v", err)
	}
	d, err = h.s.Delay(t.Context(), late)
	h.must(err)
	if err := h.s.LiftDelay(t.Context(), h.grant(units.Prosecutor, actionLift, d.Resource()), late); !fault.Is(err, fault.Conflict) {
		t.Errorf("lifted after its end: %v", err)
	}
	if err := h.s.LiftDelay(t.Context(), h.grant(units.Prosecutor, actionLift, d.Resource()), h.caseOne); !fault.Is(err, fault.NotFound) {
		t.Errorf("an order that is none: %v", err)
	}
}

// The page of orders, in three languages: the case's own to who works under it,
// all of them to others, what each reader may do, and what was typed wrongly.
func TestThePageOfOrders(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.delay(units.Investigator)
	ofCase := policy.Purpose{Kind: policy.Case, Ref: ident.Ref{Kind: kindCase, ID: h.caseOne}}.String()
	elsewhere := policy.Purpose{Kind: policy.Case, Ref: ident.Ref{Kind: kindCase, ID: h.Journal.NewID()}}.String()
	list := []string{"read citizens.delay.list"}
	form := func(number, until string) url.Values {
		return url.Values{"number": {number}, "authority": {"Juge"}, "reference": {"52/2026"}, "until": {until}}
	}
	order := []string{}
	if p := h.As(t, string(units.Investigator)).Under(ofCase).Get("/log-delays"); !slices.Contains(p.Actions(), "/log-delays") {
		t.Error("who works under the case is offered no form")
	}
	h.Play(t,
		kerneltest.Scenario{Name: "who wrote it down", As: string(units.Investigator), Purpose: ofCase, Path: "/log-delays?lang=fr", Status: 200, Wants: []string{"44/2026", "Attend la seconde personne", "Lever", "Inscrire"}, Lacks: []string{"/confirm"}, Accesses: list},
		kerneltest.Scenario{Name: "under another case", As: string(units.Investigator), Purpose: elsewhere, Path: "/log-delays?lang=fr", Status: 200, Lacks: []string{"44/2026"}, Accesses: list},
		kerneltest.Scenario{Name: "the chief, under no case", As: string(units.BrigadeChief), Path: "/log-delays?lang=fr", Status: 200, Wants: []string{"44/2026", "Confirmer", "Travaillez sous l’affaire"}, Lacks: []string{"/lift"}, Accesses: list},
		kerneltest.Scenario{Name: "the inspector, in English", As: string(units.Inspector), Path: "/log-delays?lang=en", Status: 200, Wants: []string{"44/2026", h.word("en", "citizens.delay.waiting"), h.word("en", "citizens.delay.lift")}, Lacks: []string{"/confirm"}, Accesses: list},
		kerneltest.Scenario{Name: "the prosecutor, in Arabic", As: string(units.Prosecutor), Path: "/log-delays?lang=ar", Status: 200, Wants: []string{"44/2026", h.word("ar", "citizens.delay.confirm"), "عائشة المنصوري"}, Accesses: list},
		kerneltest.Scenario{Name: "the desk", As: string(units.DutyOfficer), Path: "/log-delays", Status: 403, Lacks: []string{"44/2026"}, Accesses: []string{"refused citizens.delay.list"}},
		kerneltest.Scenario{Name: "a number of nobody", As: string(units.Investigator), Purpose: ofCase, Path: "/log-delays?lang=fr", Form: form("ZZ999999", "10/12/2026 12:00"), Status: 422, Wants: []string{"L’index ne connaît personne"}, Accesses: order},
		kerneltest.Scenario{Name: "no time", As: string(units.Investigator), Purpose: ofCase, Path: "/log-delays?lang=fr", Form: form("G123456", "demain"), Status: 422, Accesses: order},
		kerneltest.Scenario{Name: "too long", As: string(units.Investigator), Purpose: ofCase, Path: "/log-delays?lang=fr", Form: form("G123456", "10/12/2036 12:00"), Status: 422, Wants: []string{"au plus tard le"}, Accesses: order},
		kerneltest.Scenario{Name: "written down", As: string(units.Investigator), Purpose: ofCase, Path: "/log-delays", Form: form("G123456", "10/12/2026 12:00"), Status: 303, Entries: []string{"citizens.delay-ordered"}, Accesses: order},
	)
	all, err := h.s.Delays(t.Context(), ident.Ref{})
	h.must(err)
	at := "/log-delays/" + string(all[0].ID)
	h.Play(t,
		kerneltest.Scenario{Name: "confirmed", As: string(units.Prosecutor), Path: at + "/confirm", Form: url.Values{}, Status: 303, Entries: []string{"citizens.delay-confirmed"}},
		kerneltest.Scenario{Name: "lifted by the chief", As: string(units.BrigadeChief), Path: at + "/lift", Form: url.Values{}, Status: 403, Accesses: []string{"refused citizens.delay.lift"}},
		kerneltest.Scenario{Name: "lifted", As: string(units.Prosecutor), Path: at + "/lift", Form: url.Values{}, Status: 303, Entries: []string{"citizens.delay-lifted"}},
		kerneltest.Scenario{Name: "lifted twice", As: string(units.Prosecutor), Path: at + "/lift", Form: url.Values{}, Status: 409},
		kerneltest.Scenario{Name: "the list afterwards", As: string(units.Prosecutor), Path: "/log-delays?lang=fr", Status: 200, Wants: []string{"Terminé"}, Accesses: list},
	)
}

// Nothing that an order holds back shows on the pages of the person in the
// index, nor in the account's timeline: entries about it name the order alone.
func TestAnOrderIsNotSeenFromThePerson(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	c, _ := h.citizen(h.aicha)
	h.must(h.confirmDelay(units.Prosecutor, h.delay(units.Investigator)))
	h.wait(time.Second)
	h.lookUp(units.Investigator, h.aicha.ID, h.caseOne)
	h.keepLogs()
	for _, ref := range []ident.Ref{personRef(h.aicha.ID), c.Ref()} {
		all, err := h.Journal.Timeline(t.Context(), ref, 0, 100)
		h.must(err)
		for _, e := range all {
			if strings.Contains(e.Kind, "delay") || strings.Contains(e.Kind, "held") {
				t.Errorf("%s tells of %s", ref, e.Kind)
			}
		}
	}
}

// A contest's whole way: its words are checked, its line must be the citizen's,
// its deadline is the pack's, and it is late one microsecond after.
func TestAContestsWay(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	c, browser := h.citizen(h.aicha)
	_, neighbour := h.citizen(h.brahim)
	h.verify(c, 2)
	m := h.Mark(t)
	for name, x := range map[string]struct {
		by     *kerneltest.Client
		line   string
		reason string
		status int
	}{
		"no words":       {browser, "1", " \n ", http.StatusUnprocessableEntity},
		"too many words": {browser, "1", strings.Repeat("é", most+1), http.StatusUnprocessableEntity},
		"no such line":   {browser, "3", "pourquoi ?", http.StatusNotFound},
		"line zero":      {browser, "0", "pourquoi ?", http.StatusNotFound},
		"a neighbour's":  {neighbour, "2", "pourquoi ?", http.StatusNotFound},
	} {
		if p := x.by.Post("/citizen/log/"+x.line+"/contest", url.Values{"reason": {x.reason}}); p.Status != x.status {
			t.Errorf("%s: %d", name, p.Status)
		}
	}
	if entries, _ := h.Since(t, m); len(entries) != 0 {
		t.Errorf("%q", entries)
	}
	if p := browser.Post("/citizen/log/2/contest", url.Values{"reason": {strings.Repeat("é", most)}}); p.Status != http.StatusSeeOther {
		t.Fatalf("as long as may be: %d", p.Status)
	}
}

// The answer to a contest is due when the pack says, and late one microsecond
// after; the figures and the inspectorate's list say so.
func TestWhenAnAnswerIsLate(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	c, browser := h.citizen(h.aicha)
	h.verify(c, 2)
	browser.Post("/citizen/log/2/contest", url.Values{"reason": {"pourquoi ?"}})
	got, err := h.s.ContestOf(t.Context(), c.ID, 2)
	h.must(err)
	rule, err := h.Pack.Rule(ruleContest, got.Opened)
	h.must(err)
	if !got.Due.Equal(rule.Period.After(got.Opened)) || !got.Open() {
		t.Errorf("%+v", got)
	}
	late := func() int {
		f, err := h.s.Figures(t.Context())
		h.must(err)
		return f.Late
	}
	h.Clock.Set(got.Due)
	if late() != 0 {
		t.Error("late at the deadline")
	}
	h.wait(time.Microsecond)
	if late() != 1 {
		t.Error("not late after it")
	}
	if p := h.As(t, string(units.Inspector)).Get("/contests?lang=fr"); !seen(p, "Réponse en retard") {
		t.Errorf("%s", p.Text())
	}
}

// The inspectorate's list in three languages: those that wait come first, and
// who is no inspector does not see it.
func TestTheListOfContests(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	c, browser := h.citizen(h.aicha)
	h.verify(c, 3)
	for _, n := range []string{"1", "2", "3"} {
		h.wait(time.Minute)
		browser.Post("/citizen/log/"+n+"/contest", url.Values{"reason": {"motif-" + n}})
	}
	for n, verdict := range map[int64]string{1: "upheld", 2: "rejected"} {
		x, err := h.s.ContestOf(t.Context(), c.ID, n)
		h.must(err)
		if p := h.As(t, string(units.Inspector)).Post("/contests/"+string(x.ID), url.Values{"verdict": {verdict}, "answer": {"réponse"}}); p.Status != http.StatusSeeOther {
			t.Fatalf("%d", p.Status)
		}
	}
	list := []string{"read citizens.contest.list"}
	for lang, wants := range map[string][]string{"fr": {"motif-3", "En attente de réponse", "Fondée", "Jugée régulière"}, "ar": {h.word("ar", "citizens.contest.open"), h.word("ar", "citizens.contest.upheld")}, "en": {h.word("en", "citizens.contest.rejected")}} {
		h.Play(t, kerneltest.Scenario{Name: lang, As: string(units.Inspector), Path: "/contests?lang=" + lang, Status: 200, Wants: wants, Lacks: []string{"Mansouri"}, Accesses: list})
	}
	h.Play(t, kerneltest.Scenario{Name: "a chief", As: string(units.BrigadeChief), Path: "/contests", Status: 403, Lacks: []string{"motif-3"}, Accesses: []string{"refused citizens.contest.list"}})
	all, err := h.s.Contests(t.Context())
	h.must(err)
	if all[0].N != 3 {
		t.Errorf("the one that waits is not the first: %+v", all[0])
	}
	for n, want := range map[string][]string{"1": {"Contestée", "Fondée", "réponse"}, "2": {"Jugée régulière", "Répondu le"}, "3": {"En attente de réponse", "Réponse due le"}} {
		p := browser.Get("/citizen/log/" + n + "?lang=fr")
		if slices.ContainsFunc(want[1:], func(w string) bool { return !seen(p, w) }) {
			t.Errorf("line %s: %s", n, p.Text())
		}
	}
}

// An answer needs a verdict and words, and is the inspectorate's.
func TestWhatAnAnswerNeeds(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	_, browser := h.citizen(h.aicha)
	h.lookUp(units.DutyOfficer, h.aicha.ID, "")
	h.keepLogs()
	browser.Post("/citizen/log/1/contest", url.Values{"reason": {"pourquoi ?"}})
	all, err := h.s.Contests(t.Context())
	h.must(err)
	at := "/contests/" + string(all[0].ID)
	form := func(verdict, answer string) url.Values {
		return url.Values{"verdict": {verdict}, "answer": {answer}}
	}
	read := []string{"read citizens.contest.answer"}
	h.Play(t,
		kerneltest.Scenario{Name: "no verdict", As: string(units.Inspector), Path: at + "?lang=fr", Form: form("", "mots"), Status: 422, Wants: []string{"Indiquez votre constat"}, Accesses: read},
		kerneltest.Scenario{Name: "an invented verdict", As: string(units.Inspector), Path: at, Form: form("perhaps", "mots"), Status: 422, Accesses: read},
		kerneltest.Scenario{Name: "no words", As: string(units.Inspector), Path: at, Form: form("upheld", " "), Status: 422, Accesses: read},
		kerneltest.Scenario{Name: "too many", As: string(units.Inspector), Path: at, Form: form("upheld", strings.Repeat("x", most+1)), Status: 422, Accesses: read},
		kerneltest.Scenario{Name: "by the desk", As: string(units.DutyOfficer), Path: at, Form: form("rejected", "mots"), Status: 403, Accesses: []string{"refused citizens.contest.answer"}},
		kerneltest.Scenario{Name: "of nothing", As: string(units.Inspector), Path: "/contests/" + string(h.caseOne), Form: form("upheld", "mots"), Status: 404},
		kerneltest.Scenario{Name: "in Arabic", As: string(units.Inspector), Path: at + "?lang=ar", Status: 200, Wants: []string{h.word("ar", "citizens.contest.choose-upheld"), h.word("ar", "citizens.contest.officer")}, Accesses: read},
		kerneltest.Scenario{Name: "in English", As: string(units.Inspector), Path: at + "?lang=en", Status: 200, Wants: []string{h.word("en", "citizens.contest.answer-help")}, Accesses: read},
		kerneltest.Scenario{Name: "answered", As: string(units.Inspector), Path: at, Form: form("rejected", "La consultation était fondée."), Status: 303, Entries: []string{"citizens.contest-answered"}, Accesses: read},
		kerneltest.Scenario{Name: "afterwards", As: string(units.Inspector), Path: at + "?lang=fr", Status: 200, Wants: []string{"La consultation était fondée."}, Lacks: []string{"choose", `name="verdict"`}, Accesses: read},
	)
}

// Every kind of entry of the module happens, and the journal replayed gives the
// tables again; on a timeline each has words in three languages.
func TestEveryKindOfEntryReplays(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	c, browser := h.citizen(h.aicha)
	register(t, browser)
	h.verify(c, 1)
	h.lookUp(units.DutyOfficer, h.aicha.ID, "")
	h.must(h.confirmDelay(units.Prosecutor, h.delay(units.Investigator)))
	h.wait(time.Second)
	h.lookUp(units.Investigator, h.aicha.ID, h.caseOne)
	h.keepLogs()
	browser.Post("/citizen/log/1/contest", url.Values{"reason": {"pourquoi ?"}})
	all, err := h.s.Contests(t.Context())
	h.must(err)
	h.As(t, string(units.Inspector)).Post("/contests/"+string(all[0].ID), url.Values{"verdict": {"upheld"}, "answer": {"réponse"}})
	h.export(c)
	h.must(h.s.AttestResidence(t.Context(), h.grant(units.DutyOfficer, actionAttest, c.Resource()), c.ID, "04.281"))
	orders, err := h.s.Delays(t.Context(), ident.Ref{})
	h.must(err)
	h.must(h.s.LiftDelay(t.Context(), h.grant(units.Prosecutor, actionLift, orders[0].Resource()), orders[0].ID))
	h.keepLogs()
	h.as2(c).Post("/citizen/sign-out", nil)
	h.as2(c).Post("/citizen/sign-out/everywhere", nil)
	means, err := h.s.Means(t.Context(), c.ID)
	h.must(err)
	h.must(h.s.Revoke(t.Context(), h.grant(units.DutyOfficer, actionRevoke, c.Resource()), c.ID, means[0].ID, "lost"))
	_, err = h.s.Recover(t.Context(), h.grant(units.DutyOfficer, actionRecover, c.Resource()), c.ID, []string{"cnie", "passport"})
	h.must(err)
	h.must(h.s.Close(t.Context(), h.grant(units.DutyOfficer, actionClose, c.Resource()), c.ID))
	h.sound()
	h.everyKind()
}

// everyKind checks that each kind of the module stands in the journal, tells
// something about it, and has words.
func (h *house) everyKind() {
	h.t.Helper()
	entries, err := h.Journal.After(context.Background(), 0, 10_000)
	h.must(err)
	happened := map[string]journal.Delivered{}
	for _, e := range entries {
		happened[e.Kind] = e
	}
	tells := h.s.Module().Tells
	for _, k := range kinds() {
		e, ok := happened[k.Name]
		if !ok {
			h.t.Errorf("%s never happened", k.Name)
			continue
		}
		for _, lang := range []string{"ar", "fr", "en"} {
			w := h.Texts.In(text.Lang(lang))
			if said, _ := tells[k.Name](w, e.Entry); said == "" || !w.Has("entry."+k.Name) {
				h.t.Errorf("%s has no words in %s", k.Name, lang)
			}
		}
	}
}
