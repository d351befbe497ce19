package cases_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/text"
	"github.com/amana-platform/amana/modules/cases"
	"github.com/amana-platform/amana/modules/cases/enquiry"
	"github.com/amana-platform/amana/modules/units"
)

// lettered opens a theft under letters rogatory of a court.
func (h *house) lettered(court string) ident.ID {
	h.t.Helper()
	id, _, _ := h.theft()
	f, err := h.File(ctx, id)
	h.must(err)
	h.must(h.Amend(ctx, h.on("opj", "cases.case.amend", id), id, cases.Amendment{Version: f.Version, Regime: "rogatory", Court: h.unit[court], Values: letters, Facts: f.Facts, Place: f.Place, From: f.From}))
	return id
}

// intercept asks for an interception.
func (h *house) intercept(id ident.ID) enquiry.Measure {
	h.t.Helper()
	m, err := h.AskMeasure(ctx, h.on("opj", "cases.measure.ask", id), id, intercepting)
	h.must(err)
	x, err := h.Measure(ctx, m)
	h.must(err)
	return x
}

// TestAnInterceptionIsOrderedByAJudge: without letters the prosecutor general is
// asked, who may not order it and puts it before the first president; under letters
// the judge who gave them is asked. Nobody else may, and no longer than the law lets.
// Law: CPP 108; CPP 109; CPP 189
func TestAnInterceptionIsOrderedByAJudge(t *testing.T) {
	h := newHouse(t)
	id, _, _ := h.theft() // a lesser offence: the first president sits at the court of appeal all the same
	m := h.intercept(id)
	if m.Authority != "prosecutor-general" || m.Office != h.unit["PGR-KEN"] {
		t.Fatalf("asked of the %s at %s", m.Authority, m.Office)
	}
	order := cases.Order{Number: "77/2026", Basis: "CPP 108", From: noon}
	orders := func(who string) func() error {
		return func() error {
			g, err := h.ask(who, "cases.measure.order", h.asked(m.ID))
			if err != nil {
				return err
			}
			return h.OrderMeasure(ctx, g, m.ID, order)
		}
	}
	request := func(who, number string) error {
		g, err := h.ask(who, "cases.measure.request", h.asked(m.ID))
		if err != nil {
			return err
		}
		return h.RequestMeasure(ctx, g, m.ID, number)
	}
	h.refuses([]refusal{
		{"the prosecutor general orders it", orders("general"), fault.Refused, "cases.refused.authority", ""},
		{"a requisition without a number", func() error { return request("general", " ") }, fault.Invalid, "form.required", "number"},
	})
	h.must(request("general", "12/2026"))
	var err error
	if m, err = h.Measure(ctx, m.ID); err != nil || m.Authority != "first-president" || m.Office != h.unit["CA-KEN"] || m.Through != h.unit["PGR-KEN"] || m.Requisition != "12/2026" || m.State != enquiry.Asked {
		t.Errorf("%+v %v", m, err)
	}
	for who, action := range map[string]string{"general": "cases.measure.request", "grave-judge": "cases.measure.order", "judge": "cases.measure.order"} {
		if _, err := h.ask(who, action, h.asked(m.ID)); !fault.Is(err, fault.Refused) {
			t.Errorf("%s, %s: %v", who, action, err)
		}
	}
	long := order
	long.Until = noon.AddDate(0, 4, 1)
	h.wants(h.OrderMeasure(ctx, h.grant("president", "cases.measure.order", h.asked(m.ID)), m.ID, long), fault.Invalid, "cases.wrong.window")
	h.must(orders("president")())
	if m, err = h.Measure(ctx, m.ID); err != nil || !m.InForce(h.clock.Now()) || m.Magistrate != h.who["president"] || !m.Until.Equal(noon.AddDate(0, 4, 0)) {
		t.Errorf("%+v %v", m, err)
	}
	away := h.lettered("TPI-TNG") // the letters come from another town
	for _, kind := range []string{"interception", "phone-data"} {
		n := intercepting
		if n.Kind = kind; kind == "phone-data" {
			n.Values = map[string]string{"target": "0611000000", "addressee": "x", "reasons": "x"}
		}
		x, err := h.AskMeasure(ctx, h.on("opj", "cases.measure.ask", away), away, n)
		h.must(err)
		if m, err = h.Measure(ctx, x); err != nil || m.Authority != "investigating-judge" || m.Office != h.unit["TPI-TNG"] {
			t.Errorf("%s is asked of the %s at %s: %v", kind, m.Authority, m.Office, err)
		}
		h.must(orders("far-judge")())
	}
	h.sound()
}

// TestWhatNobodyHereMayOrderIsNotAsked: where the one power that may order a
// measure, or put it before a court, is held by nobody who serves, asking says so
// on the field, in each language, and leaves nothing that waits for ever.
func TestWhatNobodyHereMayOrderIsNotAsked(t *testing.T) {
	s := newSite(t)
	gone := func(name string) {
		seed, err := s.k.Policy.System("demo", "units.seed", "D1-56-115")
		s.must(err)
		_, err = s.units.SuspendOfficer(ctx, seed, units.NewSuspension{Officer: s.who[name], Reason: "x"})
		s.must(err)
		s.clock.Advance(time.Minute)
	}
	theft, _, _ := s.theft()
	letters := s.lettered("TPI-KEN")
	own := cases.NewMeasure{Kind: "seizure", Values: map[string]string{"objects": "x"}}
	for _, c := range []struct {
		without, authority string
		id                 ident.ID
		n                  cases.NewMeasure
	}{
		{"president", "first-president", theft, intercepting}, {"judge", "investigating-judge", letters, intercepting},
	} {
		s.intercept(c.id)
		gone(c.without)
		ask := func() error {
			_, err := s.AskMeasure(ctx, s.house.on("opj", "cases.measure.ask", c.id), c.id, c.n)
			return err
		}
		s.refuses([]refusal{{"without the " + c.without, ask, fault.Invalid, "cases.wrong.nobody", "kind"}})
		for lang := range languages {
			w := s.k.Texts.In(text.Lang(lang))
			v := url.Values{"kind": {c.n.Kind}}
			for field, value := range c.n.Values {
				v.Set("f."+field, value)
			}
			v.Set("f.duration", "P1M")
			p := s.desktop("opj", c.id).Speak(lang).Post("/cases/"+string(c.id)+"/ask", v)
			if said := p.Errors()["kind"]; said != w.T("cases.wrong.nobody", "authority", text.Key("cases.authority."+c.authority)) || strings.Contains(said, "cases.") {
				t.Errorf("%s, without the %s: %d %q", lang, c.without, p.Status, p.Errors())
			}
		}
	}
	m, err := s.AskMeasure(ctx, s.house.on("opj", "cases.measure.ask", theft), theft, own)
	s.must(err)
	s.must(s.WithdrawMeasure(ctx, s.house.on("opj", "cases.measure.withdraw", theft), m))
	for _, name := range []string{"chief", "second"} {
		gone(name)
	}
	_, err = s.AskMeasure(ctx, s.house.on("opj", "cases.measure.ask", theft), theft, own) // who asks may order it
	s.must(err)
	s.sound()
}

// TestAJudgeSeesWhatIsBeforeThem: the case of their letters, and the measure asked
// of the power they hold; of no other case anything, and no more of these than to
// read the one and to decide the other.
// Law: CPP 108; CPP 189
func TestAJudgeSeesWhatIsBeforeThem(t *testing.T) {
	h := newHouse(t)
	judges := []string{"judge", "grave-judge", "far-judge", "president"}
	may := func(res policy.Resource, action string) string {
		return strings.Join(slices.DeleteFunc(strings.Fields(h.allowed(action, res)), func(name string) bool { return !slices.Contains(judges, name) }), " ")
	}
	theft, _, _ := h.theft()
	id := h.lettered("TPI-KEN")
	read := []string{"cases.case.read", "cases.case.list"}
	everything := func(id ident.ID, want string) {
		t.Helper()
		res, err := h.Resource(ctx, id)
		h.must(err)
		for _, a := range cases.PolicyModule().Actions {
			if a.Resource != enquiry.KindCase {
				continue
			}
			w := ""
			if slices.Contains(read, a.Name) {
				w = want
			}
			if got := may(res, a.Name); got != w {
				t.Errorf("%s: %q may, want %q", a.Name, got, w)
			}
		}
	}
	everything(theft, "")
	everything(id, "judge")
	h.must(h.Restrict(ctx, h.on("chief", "cases.case.restrict", id), id, enquiry.SensitiveMinor))
	everything(id, "judge")
	h.must(h.Seal(ctx, h.on("chief", "cases.case.seal", id), id, true, "5/2026"))
	everything(id, "")
	h.must(h.Seal(ctx, h.on("chief", "cases.case.seal", id), id, false, "6/2026"))
	f, err := h.File(ctx, id)
	h.must(err)
	h.must(h.Amend(ctx, h.on("opj", "cases.case.amend", id), id, cases.Amendment{Version: f.Version, Regime: "flagrance", Court: f.Court, Values: map[string]string{"caught-how": "x"}, Facts: f.Facts, From: f.From}))
	everything(id, "") // the letters are over
	m := h.intercept(theft)
	everything(theft, "")
	h.must(h.RequestMeasure(ctx, h.grant("general", "cases.measure.request", h.asked(m.ID)), m.ID, "12/2026"))
	everything(theft, "")
	for action, want := range map[string]string{"cases.measure.read": "general president", "cases.measure.order": "president", "cases.measure.refuse": "president", "cases.measure.request": ""} {
		if got := h.allowed(action, h.asked(m.ID)); got != inCast(want) {
			t.Errorf("%s: %q may, want %q", action, got, want)
		}
	}
	grave := h.lettered("CA-KEN")
	h.intercept(grave) // asked of the judge of the same court
	for name, holds := range map[string]bool{"president": false, "grave-judge": true} {
		a, err := h.units.Account(ctx, h.who[name])
		h.must(err)
		if got := h.HoldsCase(ctx, a.Actor, policy.Purpose{Kind: policy.Case, Ref: ident.Ref{Kind: enquiry.KindCase, ID: grave}}); got != holds {
			t.Errorf("%s works under the case of the letters: %v", name, got)
		}
	}
	for name, holds := range map[string]bool{"president": true, "general": true, "judge": false, "grave-judge": false, "far-judge": false} {
		a, err := h.units.Account(ctx, h.who[name])
		h.must(err)
		if got := h.HoldsCase(ctx, a.Actor, policy.Purpose{Kind: policy.Case, Ref: ident.Ref{Kind: enquiry.KindCase, ID: theft}}); got != holds {
			t.Errorf("%s works under the case: %v", name, got)
		}
	}
	f, err = h.File(ctx, theft)
	h.must(err)
	h.must(h.Amend(ctx, h.on("opj", "cases.case.amend", theft), theft, cases.Amendment{Version: f.Version, Regime: "rogatory", Court: h.unit["CA-KEN"], Values: letters, Facts: f.Facts, From: f.From}))
	for action, want := range map[string]string{"cases.measure.read": "general president", "cases.measure.order": "president", "cases.measure.refuse": "president"} {
		if got := h.allowed(action, h.asked(m.ID)); got != inCast(want) {
			t.Errorf("%s, before a judge of the same court by letters: %q may, want %q", action, got, want)
		}
	}
}

// TestOnlyThePowerAskedGoesToTheCourt: who sits in the office without the power
// that was asked puts nothing before the court.
func TestOnlyThePowerAskedGoesToTheCourt(t *testing.T) {
	h := newHouse(t)
	id, _, _ := h.theft()
	m := h.intercept(id)
	seed, err := h.k.Policy.System("demo", "units.seed", "D1-56-115")
	h.must(err)
	_, err = h.units.AppointCapacity(ctx, seed, units.Appointment{Officer: h.who["general"], Capacity: "prosecutor", Act: "10/2026"})
	h.must(err)
	h.clock.Advance(time.Minute)
	request := func() error {
		return h.RequestMeasure(ctx, h.grant("general", "cases.measure.request", h.asked(m.ID)), m.ID, "12/2026")
	}
	h.refuses([]refusal{{"a deputy", request, fault.Refused, "cases.refused.authority", ""}})
	own, err := h.AskMeasure(ctx, h.on("opj", "cases.measure.ask", id), id, cases.NewMeasure{Kind: "phone-data", Values: map[string]string{"target": "1", "addressee": "2", "reasons": "3"}})
	h.must(err)
	request = func() error {
		return h.RequestMeasure(ctx, h.grant("prosecutor", "cases.measure.request", h.asked(own)), own, "12/2026")
	}
	h.refuses([]refusal{{"what they order themselves", request, fault.Refused, "cases.refused.authority", ""}})
}

// TestTheCourtOfTheLettersIsNamed: a court of this service, where there is one;
// where no judge directs the enquiry none is kept.
// Law: CPP 189
func TestTheCourtOfTheLettersIsNamed(t *testing.T) {
	h := newHouse(t)
	open := func(regime, court string, values map[string]string) (enquiry.Case, error) {
		return h.Open(ctx, h.grant("opj", "cases.case.open", policy.Resource{}), cases.Opening{Submission: h.ids.New(), Origin: enquiry.FromInstruction, Regime: regime, Court: h.unit[court],
			Values: values, Facts: "x", From: noon.Add(-time.Hour)})
	}
	for _, wrong := range []string{"", "PR-KEN", "KEN-VILLE-BPJ"} {
		h.refuses([]refusal{{"letters of " + wrong, func() error { _, err := open("rogatory", wrong, letters); return err }, fault.Invalid, "form.choose", "court"}})
	}
	for regime, values := range map[string]map[string]string{"rogatory": letters, "preliminary": {"instruction": "1"}, "flagrance": {"caught-how": "x"}} {
		c, err := open(regime, "CA-KEN", values)
		h.must(err)
		if named := c.Court == h.unit["CA-KEN"]; named != (regime == "rogatory") || !named && c.Court != "" {
			t.Errorf("%s: before %q", regime, c.Court)
		}
	}
	h.sound()
}

// TestTheJudgesInbox: in three languages, what is asked of them and the cases of
// their letters, and nothing that is another judge's; from there to the page on
// which they decide, and to the case.
func TestTheJudgesInbox(t *testing.T) {
	s := newSite(t)
	id := s.lettered("TPI-KEN")
	m := s.intercept(id)
	theft, _, _ := s.theft()
	other := s.intercept(theft)
	s.must(s.RequestMeasure(ctx, s.house.grant("general", "cases.measure.request", s.asked(other.ID)), other.ID, "12/2026"))
	kind, err := s.k.Pack.Measure("interception", noon)
	s.must(err)
	c, err := s.Case(ctx, id)
	s.must(err)
	for name, sees := range map[string]struct{ measure, letters bool }{"judge": {true, true}, "president": {true, false}, "grave-judge": {}, "far-judge": {}} {
		for lang, dir := range languages {
			w := s.k.Texts.In(text.Lang(lang))
			p := s.desktop(name, "").Speak(lang).Get("/inbox")
			if p.Status != http.StatusOK || p.Dir() != dir || p.Heading() != w.T("cases.bench") || strings.Contains(p.Text(), "\u27e6") {
				t.Errorf("%s, %s: %d %q", name, lang, p.Status, p.Heading())
			}
			if strings.Contains(p.Text(), kind.Names.In(lang)) != sees.measure || strings.Contains(p.Text(), c.Number) != sees.letters {
				t.Errorf("%s, %s: %s", name, lang, p.Text())
			}
			if task := w.T("cases.task.order"); strings.Contains(s.desktop(name, "").Speak(lang).Get("/").Text(), task) != sees.measure {
				t.Errorf("%s, %s: %q waits", name, lang, task)
			}
		}
	}
	for who, at := range map[string]struct{ id, m ident.ID }{"judge": {id, m.ID}, "president": {theft, other.ID}} {
		there := "/measures/" + string(at.m)
		for lang := range languages {
			p := s.desktop(who, at.id).Speak(lang).Get(there)
			_, orders := p.Links()[there+"/order"]
			_, requests := p.Links()[there+"/request"]
			if p.Status != http.StatusOK || !orders || requests || !strings.Contains(p.Text(), kind.Names.In(lang)) {
				t.Errorf("%s, %s: %d, orders %v, requests %v", who, lang, p.Status, orders, requests)
			}
		}
	}
	here := "/cases/" + string(id)
	p := s.desktop("judge", id).Get(here)
	if p.Status != http.StatusOK || len(p.Actions()) > 0 && slices.ContainsFunc(p.Actions(), func(a string) bool { return strings.HasPrefix(a, here) }) {
		t.Errorf("the case of their letters: %d, offers %v", p.Status, p.Actions())
	}
	if p.LinkTo("/inbox") == "" || p.LinkTo("/cases") == "/cases" {
		t.Errorf("the way back from it: %v", p.Links())
	}
	for path, status := range map[string]int{here + "/contacts": http.StatusForbidden, here + "/pv": http.StatusForbidden, "/cases": http.StatusForbidden, "/cases/" + string(theft): http.StatusForbidden} {
		if p := s.desktop("judge", id).Get(path); p.Status != status {
			t.Errorf("the judge opens %s: %d", path, p.Status)
		}
	}
}

// TestFormsOfTheCourt fills in how a prosecution puts a measure before a court, and
// how a judge decides it.
func TestFormsOfTheCourt(t *testing.T) {
	s := newSite(t)
	id := s.lettered("CA-KEN")
	at := func(m enquiry.Measure, verb string) string { return "/measures/" + string(m.ID) + "/" + verb }
	long := noon.AddDate(0, 6, 0).Format("02/01/2006") + " 10:00"
	s.fill(id, []form{
		{"an order of a judge", "grave-judge", at(s.intercept(id), "order"), "order", on("from", "T", "until", long, "basis", "CPP 59"), map[string]string{"number": "form.required", "basis": "form.choose", "until": "cases.wrong.window"},
			on("number", "7", "basis", "CPP 109", "from", "T"), "measure-ordered"},
		{"a refusal of a judge", "grave-judge", at(s.intercept(id), "refuse"), "refuse", on("reason", "\t"), map[string]string{"reason": "form.required"}, on("reason", "x"), "measure-refused"},
	})
	theft, _, _ := s.theft()
	m := s.intercept(theft)
	p := s.desktop("general", theft).Get("/measures/" + string(m.ID))
	if p.LinkTo(at(m, "order")) != "" || p.LinkTo(at(m, "request")) == "" || p.LinkTo(at(m, "refuse")) == "" {
		t.Errorf("the prosecutor general is offered %v", p.Links())
	}
	s.fill(theft, []form{{"a requisition", "general", at(m, "request"), "request", on("number", ""), map[string]string{"number": "form.required"}, on("number", "12/2026"), "measure-requested"}})
	if p := s.desktop("general", theft).Speak("fr").Get("/measures/" + string(m.ID)); p.Status != http.StatusOK || !strings.Contains(p.Text(), "12/2026") || p.LinkTo(at(m, "request")) != "" {
		t.Errorf("who put it before the court follows it: %d %s", p.Status, p.Text())
	}
	s.sound()
}
