package oversight

import (
	"net/http"
	"time"

	"github.com/a-h/templ"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/text"
	"github.com/amana-platform/amana/kernel/web"
	"github.com/amana-platform/amana/kernel/web/ui"
)

// answerShown is how long an answer stands among the asker's tasks.
const answerShown = 3 * 24 * time.Hour

func (s *Service) name(r *web.Request, officer ident.ID) string {
	return s.people.OfficerName(r.Context(), string(r.Words.Lang()), officer)
}

func (s *Service) unit(r *web.Request, unit ident.ID) string {
	return s.people.UnitName(r.Context(), string(r.Words.Lang()), unit)
}

var statuses = map[State]ui.Status{Raised: ui.Alert, Acknowledged: ui.Wait, Justified: ui.Good, Unjustified: ui.Stop, Asked: ui.Wait, Granted: ui.Good, Refused: ui.Stop}

func stateOf(w *text.Words, s State) ui.State {
	return ui.State{Status: statuses[s], Label: w.T("oversight.state." + string(s))}
}

// actionName says an action in words where there are any.
func actionName(w *text.Words, action string) string {
	if w.Has("oversight.act." + action) {
		return w.T("oversight.act." + action)
	}
	return action
}

// recordLabel names a record and where its page is.
func (s *Service) recordLabel(r *web.Request, ref ident.Ref) (label, href string) {
	if ref.IsZero() {
		return "", ""
	}
	if s.Label != nil {
		label, href = s.Label(r.Context(), ref)
	}
	if label == "" {
		label = ref.String()
	}
	return label, href
}

// listAlarms shows what a person was told of, and what they raised themselves.
func (s *Service) listAlarms(r *web.Request) error {
	all, err := s.Alarms(r.Context(), r.Actor.ID)
	if err != nil {
		return err
	}
	t := ui.Table{ID: "alarms", Caption: r.T("oversight.alarms"), Path: "/alarms", Query: r.URL.Query(), Count: len(all), Columns: columns(r, "due")}
	for _, a := range all {
		r.Shows(a.ref())
		label, _ := s.recordLabel(r, a.Record)
		due := templ.Component(ui.Plain(""))
		if a.State.Open() {
			due = ui.Moment(r.Words, a.Due)
		}
		t.Rows = append(t.Rows, ui.Row{Href: "/alarms/" + string(a.ID), Label: label, Status: statuses[a.State], Cells: []templ.Component{
			ui.Moment(r.Words, a.Broken), ui.Plain(s.name(r, a.By)), ui.Plain(label), due, ui.Chip(stateOf(r.Words, a.State)),
		}})
	}
	return r.Page(t.Caption, t.Page(r.Words, r.View(t.Caption), nil))
}

func columns(r *web.Request, fourth string) []ui.Column {
	return []ui.Column{{Key: "at", Label: r.T("oversight.column.at")}, {Key: "who", Label: r.T("oversight.column.who")}, {Key: "record", Label: r.T("oversight.column.record"), Wide: true},
		{Key: fourth, Label: r.T("oversight.column." + fourth), Minor: true}, {Key: "state", Label: r.T("oversight.column.state")}}
}

// readAlarm shows one alarm and what may be done about it.
func (s *Service) readAlarm(r *web.Request) error {
	a, err := s.Alarm(r.Context(), r.Resource.Ref.ID)
	if err != nil {
		return err
	}
	return s.showAlarm(r, http.StatusOK, a, nil)
}

func (s *Service) showAlarm(r *web.Request, status int, a Alarm, wrong error) error {
	label, href := s.recordLabel(r, a.Record)
	facts := []ui.Fact{
		{Label: r.T("oversight.fact.by"), Text: s.name(r, a.By)}, {Label: r.T("oversight.fact.record"), Value: recordLink(label, href)},
		{Label: r.T("oversight.fact.broken"), Value: ui.Moment(r.Words, a.Broken)}, {Label: r.T("oversight.fact.reason"), Text: a.Reason},
		{Label: r.T("oversight.fact.told"), Text: s.names(r, a.Seconds)}, {Label: r.T("oversight.fact.due"), Value: ui.Moment(r.Words, a.Due)},
	}
	if !a.Escalated.IsZero() {
		facts = append(facts, ui.Fact{Label: r.T("oversight.fact.escalated"), Value: ui.Moment(r.Words, a.Escalated)})
	}
	if !a.State.Open() {
		facts = append(facts, ui.Fact{Label: r.T("oversight.fact.judged-by"), Text: s.name(r, a.JudgedBy)}, ui.Fact{Label: r.T("oversight.fact.judged"), Value: ui.Moment(r.Words, a.Judged)},
			ui.Fact{Label: r.T("oversight.fact.finding"), Text: a.Finding})
	}
	may := a.State.Open() && r.Can(actionJudge, a.Resource())
	v := r.View(r.T("oversight.alarm"))
	return r.Render(status, ui.Page(v), alarmPage(r, a, stateOf(r.Words, a.State), facts, may, wrong))
}

func (s *Service) names(r *web.Request, all []ident.ID) string {
	out := ""
	for i, id := range all {
		if i > 0 {
			out += r.T("oversight.and")
		}
		out += text.Isolate(s.name(r, id))
	}
	return out
}

func (s *Service) acknowledgeAlarm(r *web.Request) error {
	id := r.Resource.Ref.ID
	if err := s.AcknowledgeAlarm(r.Context(), r.Grant, id); err != nil {
		return err
	}
	return r.Redirect("/alarms/" + string(id))
}

func (s *Service) judgeAlarm(r *web.Request) error {
	form, err := r.Form()
	if err != nil {
		return err
	}
	a, err := s.Alarm(r.Context(), r.Resource.Ref.ID)
	if err != nil {
		return err
	}
	verdict := form.Get("verdict")
	if verdict != string(Justified) && verdict != string(Unjustified) {
		return s.showAlarm(r, http.StatusUnprocessableEntity, a, &fault.Error{Kind: fault.Invalid, Key: "form.choose", Field: "verdict"})
	}
	if err := s.JudgeAlarm(r.Context(), r.Grant, a.ID, verdict == string(Justified), form.Get("finding")); err != nil {
		if fault.Is(err, fault.Invalid) {
			return s.showAlarm(r, http.StatusUnprocessableEntity, a, err)
		}
		return err
	}
	return r.Redirect("/alarms/" + string(a.ID))
}

// listRequests shows what a person may decide, and what they asked for.
func (s *Service) listRequests(r *web.Request) error {
	all, err := s.Requests(r.Context(), r.Actor.ID)
	if err != nil {
		return err
	}
	t := ui.Table{ID: "requests", Caption: r.T("oversight.requests"), Path: "/requests", Query: r.URL.Query(), Count: len(all), Columns: columns(r, "unit")}
	for _, q := range all {
		r.Shows(q.ref())
		label, _ := s.recordLabel(r, q.Record)
		t.Rows = append(t.Rows, ui.Row{Href: "/requests/" + string(q.ID), Label: s.name(r, q.By), Status: statuses[q.State], Cells: []templ.Component{
			ui.Moment(r.Words, q.Asked), ui.Plain(s.name(r, q.By)), ui.Plain(label), ui.Plain(s.unit(r, q.Unit)), ui.Chip(stateOf(r.Words, q.State)),
		}})
	}
	return r.Page(t.Caption, t.Page(r.Words, r.View(t.Caption), nil))
}

func (s *Service) readRequest(r *web.Request) error {
	q, err := s.Request(r.Context(), r.Resource.Ref.ID)
	if err != nil {
		return err
	}
	return s.showRequest(r, http.StatusOK, q, nil)
}

func (s *Service) showRequest(r *web.Request, status int, q Request, wrong error) error {
	label, href := s.recordLabel(r, q.Record)
	facts := []ui.Fact{
		{Label: r.T("oversight.fact.by"), Text: s.name(r, q.By)}, {Label: r.T("oversight.fact.unit"), Text: s.unit(r, q.Unit)},
		{Label: r.T("oversight.fact.act"), Text: actionName(r.Words, q.Action)}, {Label: r.T("oversight.fact.record"), Value: recordLink(label, href)},
		{Label: r.T("oversight.fact.asked"), Value: ui.Moment(r.Words, q.Asked)}, {Label: r.T("oversight.fact.reason"), Text: q.Reason},
		{Label: r.T("oversight.fact.told"), Text: s.names(r, q.Deciders)},
	}
	if !q.State.Open() {
		facts = append(facts, ui.Fact{Label: r.T("oversight.fact.answered-by"), Text: s.name(r, q.Answerer)}, ui.Fact{Label: r.T("oversight.fact.answered"), Value: ui.Moment(r.Words, q.Answered)},
			ui.Fact{Label: r.T("oversight.fact.answer"), Text: q.Answer})
	}
	may := q.State.Open() && r.Can(actionAnswer, q.Resource())
	v := r.View(r.T("oversight.request"))
	_, opens := s.openers[q.Record.Kind]
	return r.Render(status, ui.Page(v), requestPage(r, q, stateOf(r.Words, q.State), facts, may, opens, wrong))
}

// answerRequest refuses, or grants by doing what lets the asker in.
func (s *Service) answerRequest(r *web.Request) error {
	form, err := r.Form()
	if err != nil {
		return err
	}
	q, err := s.Request(r.Context(), r.Resource.Ref.ID)
	if err != nil {
		return err
	}
	verdict := form.Get("verdict")
	if verdict != string(Granted) && verdict != string(Refused) {
		return s.showRequest(r, http.StatusUnprocessableEntity, q, &fault.Error{Kind: fault.Invalid, Key: "form.choose", Field: "verdict"})
	}
	if !q.State.Open() {
		return settled
	}
	if _, err := s.reason("answer", form.Get("answer"), verdict == string(Refused)); err != nil {
		return s.showRequest(r, http.StatusUnprocessableEntity, q, err) // before anybody is let in
	}
	if verdict == string(Granted) {
		if err := s.open(r, q); err != nil {
			return err
		}
	}
	if err := s.AnswerRequest(r.Context(), r.Grant, q.ID, verdict == string(Granted), form.Get("answer")); err != nil {
		return err
	}
	return r.Redirect("/requests/" + string(q.ID))
}

// open lets the asker into the record, under the decider's own right to do so.
func (s *Service) open(r *web.Request, q Request) error {
	o, ok := s.openers[q.Record.Kind]
	if !ok {
		return nil
	}
	res, err := o.Locate(r.Context(), q.Record.ID)
	if err != nil {
		return err
	}
	p := policy.Purpose{Kind: policy.Case, Ref: q.Record}
	if q.Record.Kind != string(policy.Case) {
		p = r.Purpose
	}
	return o.Open(r.Context(), func(action string) (policy.Grant, error) { return s.k.Policy.Ask(r.Context(), r.Actor, action, res, p) }, q)
}

// tasks are what waits for a person's judgement or answer, and the answers to
// what they asked in the last days.
func (s *Service) tasks(r *web.Request) ([]web.Task, error) {
	raised, err := s.Alarms(r.Context(), r.Actor.ID)
	if err != nil {
		return nil, err
	}
	var out []web.Task
	for _, a := range raised {
		if a.State.Open() && r.Can(actionJudge, a.Resource()) {
			r.Shows(a.ref())
			out = append(out, web.Task{Verb: "oversight.task.judge", Label: s.name(r, a.By), Href: "/alarms/" + string(a.ID), Due: r.Words.DateTime(a.Due), Late: r.Now().After(a.Due)})
		}
	}
	asked, err := s.Requests(r.Context(), r.Actor.ID)
	for _, q := range asked {
		switch {
		case q.State.Open() && r.Can(actionAnswer, q.Resource()):
			r.Shows(q.ref())
			out = append(out, web.Task{Verb: "oversight.task.answer", Label: s.name(r, q.By), Detail: s.unit(r, q.Unit), Href: "/requests/" + string(q.ID)})
		case q.By == r.Actor.ID && !q.State.Open() && r.Now().Sub(q.Answered) < answerShown:
			r.Shows(q.ref())
			out = append(out, web.Task{Verb: "oversight.task.answered", Label: r.T("oversight.state." + string(q.State)), Detail: r.Words.DateTimeNumeric(q.Answered), Href: "/requests/" + string(q.ID)})
		}
	}
	return out, err
}
