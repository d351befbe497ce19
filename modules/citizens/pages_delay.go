package citizens

import (
	"net/http"

	"github.com/a-h/templ"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/web"
	"github.com/amana-platform/amana/kernel/web/ui"
)

// listDelays shows the orders: of the case one works under, or all of them to
// those who work under none.
func (s *Service) listDelays(r *web.Request) error {
	return s.showDelays(r, http.StatusOK, nil)
}

func (s *Service) showDelays(r *web.Request, status int, wrong error) error {
	all, err := s.Delays(r.Context(), caseOf(r))
	if err != nil {
		return err
	}
	t := ui.Table{ID: "delays", Caption: r.T("citizens.delay.title"), Path: "/log-delays", Query: r.URL.Query(), Count: len(all), Columns: []ui.Column{
		{Key: "person", Label: r.T("citizens.delay.person"), Wide: true}, {Key: "authority", Label: r.T("citizens.delay.authority"), Wide: true}, {Key: "reference", Label: r.T("citizens.delay.reference")},
		{Key: "by", Label: r.T("citizens.delay.by"), Minor: true}, {Key: "second", Label: r.T("citizens.delay.second"), Minor: true},
		{Key: "until", Label: r.T("citizens.delay.until")}, {Key: "held", Label: r.T("citizens.delay.held"), Numeric: true}, {Key: "act", Label: r.T("citizens.delay.state")}}}
	for _, d := range all {
		r.Shows(d.Resource().Ref, personRef(d.Person))
		t.Rows = append(t.Rows, ui.Row{Cells: []templ.Component{ui.Plain(s.index.Name(r.Context(), string(r.Words.Lang()), d.Person)), ui.Plain(d.Authority), ui.ID(d.Reference),
			s.hand(r, d.By), s.hand(r, d.Second), ui.Moment(r.Words, d.Until), ui.Plain(r.Words.Number(int64(d.Held))), delayAct(r, d)}})
	}
	may := !caseOf(r).IsZero() && r.Can(actionDelay, r.Resource)
	rule, err := s.k.Pack.Rule(ruleDelay, r.Now())
	if err != nil {
		return err
	}
	return r.PageStatus(status, t.Caption, delaysBody(r, t, may, rule.Period.After(r.Now()), wrong))
}

// caseOf is the case that a request is made for.
func caseOf(r *web.Request) ident.Ref {
	if r.Purpose.Ref.Kind == kindCase {
		return r.Purpose.Ref
	}
	return ident.Ref{}
}

func (s *Service) orderDelay(r *web.Request) error {
	form, err := r.Form()
	if err != nil {
		return err
	}
	until, err := r.Words.ReadUntil(form.Get("until"), r.Now())
	if err != nil {
		return s.showDelays(r, http.StatusUnprocessableEntity, err)
	}
	p, err := s.index.PersonByCNIE(r.Context(), form.Get("number"))
	if err != nil {
		return s.showDelays(r, http.StatusUnprocessableEntity, fault.New(fault.Invalid, "citizens.fault.no-person"))
	}
	_, err = s.OrderDelay(r.Context(), r.Grant, NewDelay{Person: p.ID, Authority: form.Get("authority"), Reference: form.Get("reference"), Until: until})
	if fault.Is(err, fault.Invalid) {
		return s.showDelays(r, http.StatusUnprocessableEntity, err)
	}
	if err != nil {
		return err
	}
	return r.Redirect("/log-delays")
}

// confirmDelay is the second person's word.
func (s *Service) confirmDelay(r *web.Request) error {
	if err := s.ConfirmDelay(r.Context(), r.Grant, r.Resource.Ref.ID); err != nil {
		return err
	}
	return r.Redirect("/log-delays")
}

func (s *Service) liftDelay(r *web.Request) error {
	if err := s.LiftDelay(r.Context(), r.Grant, r.Resource.Ref.ID); err != nil {
		return err
	}
	return r.Redirect("/log-delays")
}

// hand names an officer in a table, or nobody.
func (s *Service) hand(r *web.Request, officer ident.ID) templ.Component {
	if officer == "" {
		return ui.Plain(r.T("citizens.delay.nobody"))
	}
	return ui.Plain(s.names.OfficerName(r.Context(), string(r.Words.Lang()), officer))
}

// delayTasks are the orders that wait for this person's word.
func (s *Service) delayTasks(r *web.Request) ([]web.Task, error) {
	all, err := s.Delays(r.Context(), ident.Ref{})
	if err != nil {
		return nil, err
	}
	var out []web.Task
	for _, d := range all {
		if d.Waiting(r.Now()) && r.Can(actionConfirm, d.Resource()) {
			out = append(out, web.Task{Verb: "citizens.task.confirm", Label: d.Reference, Href: "/log-delays"})
		}
	}
	return out, nil
}
