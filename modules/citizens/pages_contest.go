package citizens

import (
	"net/http"
	"strconv"

	"github.com/a-h/templ"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/web"
	"github.com/amana-platform/amana/kernel/web/ui"
)

func contestState(r *web.Request, c Contest) ui.State {
	switch {
	case c.Open() && r.Now().After(c.Due):
		return ui.State{Status: ui.Alert, Label: r.T("citizens.contest.late")}
	case c.Open():
		return ui.State{Status: ui.Wait, Label: r.T("citizens.contest.open")}
	case c.Upheld:
		return ui.State{Status: ui.Stop, Label: r.T("citizens.contest.upheld")}
	}
	return ui.State{Status: ui.Good, Label: r.T("citizens.contest.rejected")}
}

// tasks lists the contests that wait for the inspectorate.
func (s *Service) tasks(r *web.Request) ([]web.Task, error) {
	all, err := s.Contests(r.Context())
	if err != nil {
		return nil, err
	}
	var out []web.Task
	for _, c := range all {
		if !c.Open() {
			break // those that wait come first
		}
		out = append(out, web.Task{Verb: "citizens.task.answer", Label: r.T("citizens.line.title", "n", c.N), Href: "/contests/" + string(c.ID), Due: r.Words.DateTime(c.Due), Late: r.Now().After(c.Due)})
	}
	return out, nil
}

// listContests shows what citizens contest.
func (s *Service) listContests(r *web.Request) error {
	all, err := s.Contests(r.Context())
	if err != nil {
		return err
	}
	t := ui.Table{ID: "contests", Caption: r.T("citizens.contest.title"), Path: "/contests", Query: r.URL.Query(), Count: len(all), Columns: []ui.Column{
		{Key: "opened", Label: r.T("citizens.contest.opened")}, {Key: "line", Label: r.T("citizens.column.n"), Numeric: true}, {Key: "reason", Label: r.T("citizens.contest.reason"), Wide: true},
		{Key: "due", Label: r.T("citizens.contest.due")}, {Key: "state", Label: r.T("citizens.contest.state")}}}
	for _, c := range all {
		n := strconv.FormatInt(c.N, 10)
		state := contestState(r, c)
		t.Rows = append(t.Rows, ui.Row{Href: "/contests/" + string(c.ID), Label: r.Words.DateTime(c.Opened), Status: state.Status, Cells: []templ.Component{
			ui.Moment(r.Words, c.Opened), ui.Plain(n), ui.Plain(c.Reason), ui.Moment(r.Words, c.Due), ui.Chip(state)}})
	}
	return r.Page(t.Caption, t.Page(r.Words, r.View(t.Caption), nil))
}

// readContest shows a contest, its line, and the look-up behind it.
func (s *Service) readContest(r *web.Request) error { return s.showContest(r, http.StatusOK, nil) }

func (s *Service) showContest(r *web.Request, status int, wrong error) error {
	c, l, err := s.Contest(r.Context(), r.Resource.Ref.ID)
	if err != nil {
		return err
	}
	r.Shows(citizenRef(c.Citizen), personRef(l.person))
	a, found, err := s.accessOf(r.Context(), l)
	if err != nil {
		return err
	}
	facts := append([]ui.Fact{{Label: r.T("citizens.contest.reason"), Text: c.Reason}, {Label: r.T("citizens.contest.due"), Value: ui.Moment(r.Words, c.Due)}}, lineFacts(r, l)...)
	if found {
		facts = append(facts, ui.Fact{Label: r.T("citizens.contest.officer"), Text: s.names.OfficerName(r.Context(), string(r.Words.Lang()), a.Actor)},
			ui.Fact{Label: r.T("citizens.contest.act"), Value: ui.ID(a.Action)}, ui.Fact{Label: r.T("citizens.contest.purpose"), Text: r.PurposeLabel(a.Purpose)},
			ui.Fact{Label: r.T("citizens.contest.said"), Text: a.Said.Query + a.Said.Reason})
	}
	if !c.Open() {
		facts = append(facts, ui.Fact{Label: r.T("citizens.contest.answer"), Text: c.Answer}, ui.Fact{Label: r.T("citizens.contest.answered"), Value: ui.Moment(r.Words, c.Answered)})
	}
	return r.PageStatus(status, r.T("citizens.contest.single"), contestBody(r, c, contestState(r, c), facts, wrong))
}

func (s *Service) answerContest(r *web.Request) error {
	form, err := r.Form()
	if err != nil {
		return err
	}
	choice := form.Get("verdict")
	if choice != verdict(true) && choice != verdict(false) {
		return s.showContest(r, http.StatusUnprocessableEntity, fault.New(fault.Invalid, "citizens.fault.verdict"))
	}
	err = s.AnswerContest(r.Context(), r.Grant, r.Resource.Ref.ID, choice == verdict(true), form.Get("answer"))
	if fault.Is(err, fault.Invalid) {
		return s.showContest(r, http.StatusUnprocessableEntity, err)
	}
	if err != nil {
		return err
	}
	return r.Redirect("/contests/" + string(r.Resource.Ref.ID))
}

// contestFacts is what the citizen sees of their contest.
func contestFacts(r *web.Request, c Contest) []ui.Fact {
	facts := []ui.Fact{{Label: r.T("citizens.contest.reason"), Text: c.Reason}, {Label: r.T("citizens.contest.opened"), Value: ui.Moment(r.Words, c.Opened)}}
	if c.Open() {
		return append(facts, ui.Fact{Label: r.T("citizens.contest.due"), Value: ui.Moment(r.Words, c.Due)})
	}
	return append(facts, ui.Fact{Label: r.T("citizens.contest.answer"), Text: c.Answer}, ui.Fact{Label: r.T("citizens.contest.answered"), Value: ui.Moment(r.Words, c.Answered)})
}

func meansState(r *web.Request, m Means) ui.State {
	if m.Live() {
		return ui.State{Status: ui.Good, Label: r.T("citizens.means.live")}
	}
	return ui.State{Status: ui.Stop, Label: r.T("citizens.why." + m.Why)}
}
