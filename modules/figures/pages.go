package figures

import (
	"net/http"
	"strconv"
	"time"

	"github.com/a-h/templ"

	"github.com/amana-platform/amana/kernel/text"
	"github.com/amana-platform/amana/kernel/web"
	"github.com/amana-platform/amana/kernel/web/ui"
)

// in gives the name of three in the reader's language.
func in(w *text.Words, of [3]string) string {
	switch w.Lang() {
	case text.AR:
		return of[0]
	case text.EN:
		return of[2]
	}
	return of[1]
}

// statusPage is for everybody.
func (s *Service) statusPage(r *web.Request) error {
	if r.WantsJSON() {
		return s.statusFile(r)
	}
	report, err := s.Report(r.Context())
	if err != nil {
		return err
	}
	step, err := s.step()
	if err != nil {
		return err
	}
	v := r.View(r.T("figures.status.title"))
	v.Citizen, v.Rail, v.Path = true, nil, r.URL.RequestURI()
	return r.Render(http.StatusOK, ui.Page(v), statusBody(r, report, step, directory(r, report, step)))
}

// fact is one figure with its name.
func fact(r *web.Request, key, value string) ui.Fact {
	return ui.Fact{Label: r.T("figures.fact." + key), Text: value}
}

func exact(r *web.Request, key string, n int64) ui.Fact { return fact(r, key, r.Words.Number(n)) }

// serviceFacts say whether the service works and how fresh its log is.
func serviceFacts(r *web.Request, h Health) []ui.Fact {
	facts := []ui.Fact{{Label: r.T("figures.fact.state"), Value: ui.Chip(state(r, h))}}
	for _, a := range h.Alarms {
		facts = append(facts, fact(r, "alarm", r.T(a.Key)+" · "+r.Words.DateTime(a.Since)))
	}
	fresh := r.T("figures.log.fresh")
	if h.Waits > 0 {
		fresh = r.T("figures.log.waits", "seconds", int64(h.Waits.Seconds())+1)
	}
	facts = append(facts, fact(r, "log", r.T("figures.log.covered", "covered", int64(h.Covered), "leaves", int64(h.Leaves))), fact(r, "freshness", fresh))
	if !h.Watched.IsZero() {
		facts = append(facts, fact(r, "available", r.T("figures.available", "share", r.Words.Percent(h.Available, 2), "since", h.Watched)))
	}
	return facts
}

func state(r *web.Request, h Health) ui.State {
	if h.Well() {
		return ui.State{Status: ui.Good, Label: r.T("figures.state.well")}
	}
	return ui.State{Status: ui.Alert, Label: r.T("figures.state.alarm")}
}

// peopleFacts are counts of what people did, rounded by a step; 0 for exact ones.
func peopleFacts(r *web.Request, report Report, step int64) []ui.Fact {
	all := total(report.Days)
	number := func(key string, n int64) ui.Fact { return fact(r, key, r.Words.Rounded(n, step)) }
	return []ui.Fact{number("sign-ins", all.SignIns), number("declined", all.Declined), number("agreed", report.Agreed), number("ended", report.Ended)}
}

func delayFacts(r *web.Request, c Citizens) []ui.Fact {
	return []ui.Fact{exact(r, "held", c.Held), exact(r, "released", c.Released), exact(r, "orders", c.Orders), exact(r, "ordered", c.Ordered), exact(r, "awaiting", c.Awaiting)}
}

func contestFacts(r *web.Request, c Citizens) []ui.Fact {
	return []ui.Fact{exact(r, "contests", c.Contests), exact(r, "waiting", c.Waiting), exact(r, "late", c.Late), exact(r, "upheld", c.Upheld), exact(r, "recovered", c.Recovered)}
}

// signIns draws the days; one that may not be told stands at zero and says why.
func signIns(r *web.Request, all []Day, step int64) ui.Chart {
	c := ui.Chart{Title: r.T("figures.chart.sign-ins"), Unit: r.T("figures.chart.count")}
	for _, d := range all {
		shown, known := text.Rounded(d.SignIns, step)
		words := ""
		if !known {
			shown, words = 0, r.T("figures.chart.small", "step", step)
		}
		c.Points = append(c.Points, ui.Point{Label: r.Words.DateNumeric(d.Date), Tick: tick(r, d), Value: float64(shown), Shown: words})
	}
	return c
}

// tick is the day of the month.
func tick(r *web.Request, d Day) string { return strconv.Itoa(r.Words.Local(d.Date).Day()) }

// above draws the requests that were refused at the door.
func above(r *web.Request, all []Day) ui.Chart {
	c := ui.Chart{Title: r.T("figures.chart.above"), Unit: r.T("figures.chart.count")}
	for _, d := range all {
		c.Points = append(c.Points, ui.Point{Label: r.Words.DateNumeric(d.Date), Tick: tick(r, d), Value: float64(d.Above)})
	}
	return c
}

var statuses = map[string]ui.Status{"active": ui.Good, "suspended": ui.Alert, "expired": ui.Stop}

func chip(r *web.Request, state string) templ.Component {
	return ui.Chip(ui.State{Status: statuses[state], Label: r.T("figures.institution." + state)})
}

// directory lists who relies on the service, to everybody.
func directory(r *web.Request, report Report, step int64) ui.Table {
	t := ui.Table{ID: "institutions", Caption: r.T("figures.institutions"), Path: pathStatus, Count: counts(len(report.Institutions)), Columns: []ui.Column{
		{Key: "name", Label: r.T("figures.column.name"), Wide: true}, {Key: "purpose", Label: r.T("figures.column.purpose"), Wide: true},
		{Key: "sign-ins", Label: r.T("figures.column.sign-ins")}, {Key: "above", Label: r.T("figures.column.above"), Numeric: true}, {Key: "state", Label: r.T("figures.column.state")}},
		Nothing: r.T("figures.no-institution"), Advice: r.T("figures.no-institution-lead")}
	for _, i := range report.Institutions {
		t.Rows = append(t.Rows, ui.Row{Href: "/institutions/" + string(i.ID), Label: in(r.Words, i.Name), Status: statuses[i.State], Cells: []templ.Component{
			ui.Plain(in(r.Words, i.Name)), ui.Plain(in(r.Words, i.Purpose)), ui.Plain(r.Words.Rounded(i.Released, step)), ui.Plain(r.Words.Number(i.Above)), chip(r, i.State)}})
	}
	return t
}

// regulatorPage is the view of the authority that oversees the service.
func (s *Service) regulatorPage(r *web.Request) error {
	if r.WantsJSON() {
		return s.regulatorFile(r)
	}
	report, err := s.Report(r.Context())
	if err != nil {
		return err
	}
	return r.Page(r.T("figures.regulator.title"), regulatorBody(r, report, s.overseen(r, report), s.exceeded(r, report), contests(r, report)))
}

// overseen lists institutions with what two persons approved.
func (s *Service) overseen(r *web.Request, report Report) ui.Table {
	t := ui.Table{ID: "institutions", Caption: r.T("figures.institutions"), Path: pathRegulator, Count: counts(len(report.Institutions)), Columns: []ui.Column{
		{Key: "name", Label: r.T("figures.column.name"), Wide: true}, {Key: "version", Label: r.T("figures.column.version")},
		{Key: "ceiling", Label: r.T("figures.column.ceiling"), Wide: true}, {Key: "until", Label: r.T("figures.column.until")},
		{Key: "sign-ins", Label: r.T("figures.column.sign-ins"), Numeric: true}, {Key: "declined", Label: r.T("figures.column.declined"), Numeric: true},
		{Key: "above", Label: r.T("figures.column.above"), Numeric: true}, {Key: "suspensions", Label: r.T("figures.column.suspensions"), Wide: true},
		{Key: "state", Label: r.T("figures.column.state")}},
		Nothing: r.T("figures.no-institution"), Advice: r.T("figures.no-institution-lead")}
	for _, i := range report.Institutions {
		until := ""
		if !i.Until.IsZero() {
			until = r.Words.DateNumeric(i.Until)
		}
		t.Rows = append(t.Rows, ui.Row{Href: "/trust/institutions/" + string(i.ID), Label: in(r.Words, i.Name), Status: statuses[i.State], Cells: []templ.Component{
			ui.Plain(in(r.Words, i.Name)), ui.Plain(r.T("figures.version-of", "n", i.Version, "of", i.Versions)), ui.Plain(s.trust.Attributes(r.Words, i.Ceiling)), ui.Plain(until),
			ui.Plain(r.Words.Number(i.Released)), ui.Plain(r.Words.Number(i.Declined)), ui.Plain(r.Words.Number(i.Above)), ui.Plain(suspensions(r, i)), chip(r, i.State)}})
	}
	return t
}

// suspensions says how often, and why it is now.
func suspensions(r *web.Request, i Institution) string {
	if i.Suspended.IsZero() {
		return r.Words.Number(int64(i.Suspensions))
	}
	return r.T("figures.suspended-since", "n", int64(i.Suspensions), "since", i.Suspended, "why", i.Why)
}

// exceeded lists the latest requests above a ceiling.
func (s *Service) exceeded(r *web.Request, report Report) ui.Table {
	t := ui.Table{ID: "exceeded", Caption: r.T("figures.exceeded"), Path: pathRegulator, Count: counts(len(report.Exceeded)), Columns: []ui.Column{
		{Key: "at", Label: r.T("figures.column.at")}, {Key: "name", Label: r.T("figures.column.name"), Wide: true}, {Key: "above", Label: r.T("figures.column.attributes"), Wide: true}},
		Nothing: r.T("figures.no-exceeded"), Advice: r.T("figures.no-exceeded-lead")}
	for _, x := range report.Exceeded {
		t.Rows = append(t.Rows, ui.Row{Cells: []templ.Component{ui.Moment(r.Words, x.At), ui.Plain(in(r.Words, x.Name)), ui.Plain(s.trust.Attributes(r.Words, x.Above))}})
	}
	return t
}

// contests lists when each was opened, its term and what became of it: no words
// of anybody, and nobody.
func contests(r *web.Request, report Report) ui.Table {
	t := ui.Table{ID: "contests", Caption: r.T("figures.contests"), Path: pathRegulator, Count: counts(len(report.Contests)), Columns: []ui.Column{
		{Key: "opened", Label: r.T("figures.column.opened")}, {Key: "due", Label: r.T("figures.column.due")}, {Key: "answered", Label: r.T("figures.column.answered")}, {Key: "state", Label: r.T("figures.column.state")}},
		Nothing: r.T("figures.no-contest"), Advice: r.T("figures.no-contest-lead")}
	for _, c := range report.Contests {
		state := outcome(r, c, report.Counted)
		t.Rows = append(t.Rows, ui.Row{Status: state.Status, Cells: []templ.Component{ui.Moment(r.Words, c.Opened), ui.Moment(r.Words, c.Due), ui.Moment(r.Words, c.Answered), ui.Chip(state)}})
	}
	return t
}

func outcome(r *web.Request, c Contest, now time.Time) ui.State {
	switch late := c.Late(now); {
	case c.Answered.IsZero() && late:
		return ui.State{Status: ui.Alert, Label: r.T("figures.contest.late")}
	case c.Answered.IsZero():
		return ui.State{Status: ui.Wait, Label: r.T("figures.contest.waits")}
	case c.Upheld:
		return ui.State{Status: ui.Stop, Label: r.T("figures.contest.upheld")}
	}
	return ui.State{Status: ui.Good, Label: r.T("figures.contest.rejected")}
}

// counts is how many rows a table says it has: none is said in words.
func counts(n int) int {
	if n == 0 {
		return -1
	}
	return n
}
