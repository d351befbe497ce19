package trust

import (
	"net/http"
	"net/url"
	"strconv"

	"github.com/a-h/templ"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/web"
	"github.com/amana-platform/amana/kernel/web/ui"
)

func (s *Service) name(r *web.Request, officer ident.ID) string {
	switch {
	case officer == "":
		return r.T("trust.itself")
	case s.OfficerName == nil:
		return string(officer)
	}
	return s.OfficerName(r.Context(), string(r.Words.Lang()), officer)
}

// listInstitutions shows who relies on the service and who applies, those that
// wait first.
func (s *Service) listInstitutions(r *web.Request) error {
	all, err := s.Institutions(r.Context(), Applied, Active, Suspended, Expired, Refused)
	if err != nil {
		return err
	}
	t := ui.Table{ID: "trust-institutions", Caption: r.T("trust.institutions"), Path: pathRegister, Query: r.URL.Query(), Count: len(all), Columns: []ui.Column{
		{Key: "name", Label: r.T("trust.column.name"), Wide: true}, {Key: "host", Label: r.T("trust.column.host"), Minor: true},
		{Key: "waits", Label: r.T("trust.column.waits")}, {Key: "until", Label: r.T("trust.column.until"), Minor: true}, {Key: "state", Label: r.T("trust.column.state")},
	}}
	for _, i := range all {
		waits, until := templ.Component(ui.Plain("")), ""
		if i.Next != nil {
			waits = ui.Chip(stateOf(r.Words, i.Next.State))
		}
		if !i.Until.IsZero() {
			until = r.Words.DateNumeric(i.Until)
		}
		name := in(r.Words, i.Current.Name)
		if i.Current.Officers {
			name += " (" + r.T("trust.program") + ")"
		}
		if i.Sandbox {
			name += " (" + r.T("trust.sandbox") + ")"
		}
		t.Rows = append(t.Rows, ui.Row{Href: pathRegister + "/" + string(i.ID), Label: name, Status: statuses[i.State], Cells: []templ.Component{
			ui.Plain(name), ui.ID(i.Host), waits, ui.Plain(until), ui.Chip(stateOf(r.Words, i.State)),
		}})
	}
	var acts []ui.Act
	if r.Can(actionEnter, r.Resource) {
		acts = append(acts, ui.Act{Label: r.T("trust.enter"), Href: pathEnter})
	}
	return r.Page(t.Caption, t.Page(r.Words, r.View(t.Caption), acts))
}

func (s *Service) readInstitution(r *web.Request) error {
	return s.showInstitution(r, http.StatusOK, nil)
}

func (s *Service) showInstitution(r *web.Request, status int, wrong error) error {
	i, err := s.Institution(r.Context(), r.Resource.Ref.ID)
	if err != nil {
		return err
	}
	versions, err := s.Versions(r.Context(), i.ID)
	if err != nil {
		return err
	}
	events, err := r.Timeline(i.Ref(), 30)
	if err != nil {
		return err
	}
	stream, err := s.streamFacts(r, i)
	if err != nil {
		return err
	}
	may := func(action string) bool { return r.Can(action, i.Resource(r.Actor.Unit)) }
	return r.Render(status, ui.Page(r.View(in(r.Words, i.Current.Name))), institutionBody(s, r, i, versions, stream, events, may, wrong))
}

// enterForm is where an administrator states what a program of the service
// wants to know of officers.
func (s *Service) enterForm(r *web.Request) error {
	return s.showEnter(r, http.StatusOK, url.Values{"level": {"2"}, "retention": {""}}, nil)
}

func (s *Service) showEnter(r *web.Request, status int, values url.Values, wrong fault.List) error {
	f := ui.Form{Words: r.Words, ID: "apply", Action: pathEnter, Values: values, Errors: wrong, Labels: applyLabels(r), Submit: r.T("trust.apply-submit"), Cancel: pathRegister}
	return r.PageStatus(status, r.T("trust.enter"), applyBody(r, f, true))
}

func (s *Service) enterProgram(r *web.Request) error {
	form, err := r.Form()
	if err != nil {
		return err
	}
	id, code, err := s.EnterProgram(r.Context(), r.Grant, registration(form))
	if fault.Is(err, fault.Invalid) {
		return s.showEnter(r, http.StatusUnprocessableEntity, form, fault.All(err))
	}
	if err != nil {
		return err
	}
	i, err := s.Institution(r.Context(), id)
	if err != nil {
		return err
	}
	return r.Page(r.T("trust.applied"), appliedBody(r, i, code))
}

// versionFacts are what two persons look at before they decide.
func (s *Service) versionFacts(r *web.Request, i Institution, v Version) []ui.Fact {
	facts := append([]ui.Fact{{Label: r.T("trust.fact.names"), Text: v.Name[0] + " / " + v.Name[1] + " / " + v.Name[2]}}, s.facts(r, i, v)...)
	for n, lang := range []string{"ar", "fr", "en"} {
		facts = append(facts, ui.Fact{Label: r.T("trust.field.purpose-" + lang), Text: v.Purpose[n]})
	}
	facts = append(facts, ui.Fact{Label: r.T("trust.field.redirects"), Value: addresses(v.Redirects)}, ui.Fact{Label: r.T("trust.fact.applied-by"), Text: s.name(r, v.AppliedBy)})
	if len(v.PostLogouts) > 0 {
		facts = append(facts, ui.Fact{Label: r.T("trust.field.post-logouts"), Value: addresses(v.PostLogouts)})
	}
	if v.Officers {
		facts = append(facts, ui.Fact{Label: r.T("trust.fact.signs-in"), Text: r.T("trust.program")})
	}
	if v.Backchannel != "" {
		facts = append(facts, ui.Fact{Label: r.T("trust.field.backchannel"), Value: ui.ID(v.Backchannel)})
	}
	if v.ExaminedBy != "" {
		facts = append(facts, ui.Fact{Label: r.T("trust.fact.examined-by"), Text: s.name(r, v.ExaminedBy)}, ui.Fact{Label: r.T("trust.fact.finding"), Text: v.Finding})
	}
	if v.DecidedBy != "" {
		facts = append(facts, ui.Fact{Label: r.T("trust.fact.decided-by"), Text: s.name(r, v.DecidedBy)}, ui.Fact{Label: r.T("trust.fact.decided"), Value: ui.Moment(r.Words, v.DecidedAt)})
	}
	if v.Reason != "" {
		facts = append(facts, ui.Fact{Label: r.T("trust.fact.reason"), Text: v.Reason})
	}
	return facts
}

// act runs one decision about the institution of the page, and comes back to it.
func (s *Service) act(r *web.Request, do func(id ident.ID, n int64, form url.Values) error) error {
	form, err := r.Form()
	if err != nil {
		return err
	}
	n, _ := strconv.ParseInt(form.Get("version"), 10, 64) // zero is no version that waits
	err = do(r.Resource.Ref.ID, n, form)
	if fault.Is(err, fault.Invalid) {
		return s.showInstitution(r, http.StatusUnprocessableEntity, err)
	}
	if err != nil {
		return err
	}
	return r.Redirect(pathRegister + "/" + string(r.Resource.Ref.ID))
}

func (s *Service) examineInstitution(r *web.Request) error {
	return s.act(r, func(id ident.ID, n int64, form url.Values) error {
		return s.ExamineInstitution(r.Context(), r.Grant, id, n, form.Get("finding"))
	})
}

func (s *Service) approveInstitution(r *web.Request) error {
	return s.act(r, func(id ident.ID, n int64, _ url.Values) error {
		return s.ApproveInstitution(r.Context(), r.Grant, id, n)
	})
}

func (s *Service) refuseInstitution(r *web.Request) error {
	return s.act(r, func(id ident.ID, n int64, form url.Values) error {
		return s.RefuseInstitution(r.Context(), r.Grant, id, n, form.Get("reason"))
	})
}

func (s *Service) suspendInstitution(r *web.Request) error {
	return s.act(r, func(id ident.ID, _ int64, form url.Values) error {
		return s.SuspendInstitution(r.Context(), r.Grant, id, form.Get("reason"))
	})
}

func (s *Service) resumeInstitution(r *web.Request) error {
	return s.act(r, func(id ident.ID, _ int64, form url.Values) error {
		return s.ResumeInstitution(r.Context(), r.Grant, id, form.Get("reason"))
	})
}

// tasks are the registrations that wait for this person's word.
func (s *Service) tasks(r *web.Request) ([]web.Task, error) {
	all, err := s.Institutions(r.Context(), Applied, Active, Suspended, Expired)
	if err != nil {
		return nil, err
	}
	var out []web.Task
	for _, i := range all {
		if i.Next == nil {
			continue
		}
		verb, action := "trust.task.examine", actionExamine
		if i.Next.State == Examined {
			verb, action = "trust.task.approve", actionApprove
		}
		if r.Can(action, i.Resource(r.Actor.Unit)) {
			out = append(out, web.Task{Verb: verb, Label: in(r.Words, i.Next.Name), Href: pathRegister + "/" + string(i.ID)})
		}
	}
	return out, nil
}
