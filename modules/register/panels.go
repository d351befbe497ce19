package register

import (
	"strings"

	"github.com/a-h/templ"

	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal/tlog"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/store"
	"github.com/amana-platform/amana/kernel/web"
)

// readCase is the action of the module that keeps cases by which a case is
// read; who may, sees what the register shows on its page.
const readCase = "cases.case.read"

// panels are shown on the pages of cases.
func (s *Service) panels() []web.Panel {
	return []web.Panel{
		{Kind: "case", Title: "register.panel.complaints", Action: readCase, Show: s.complaintsPanel},
		{Kind: "case", Title: "register.panel.custodies", Action: readCase, Show: s.custodiesPanel},
	}
}

// complaintsPanel shows the complaints a case came from.
func (s *Service) complaintsPanel(r *web.Request, res policy.Resource) (templ.Component, error) {
	all, err := complaintsWhere(r.Context(), s.k.Reader, "c.case_id = $1 order by c.received_at, c.id", string(res.Ref.ID))
	if err != nil || len(all) == 0 {
		return nil, err
	}
	for _, c := range all {
		r.Shows(ref(KindComplaint, c.ID))
	}
	return caseComplaints(r, all), nil
}

// custodiesPanel shows who was held for a case.
func (s *Service) custodiesPanel(r *web.Request, res policy.Resource) (templ.Component, error) {
	all, err := s.CustodiesOf(r.Context(), res.Ref.ID)
	if err != nil || len(all) == 0 {
		return nil, err
	}
	for _, c := range all {
		r.Shows(ref(KindCustody, c.ID))
	}
	return caseCustodies(r, all), nil
}

// findComplaint answers the "/" box for a complaint's number and for the text
// of a receipt's code, among the complaints the reader may list.
func (s *Service) findComplaint(r *web.Request, query string) ([]web.Finding, error) {
	rights, err := r.Filter(actionList, complaintColumnsOf())
	if err != nil {
		return nil, err
	}
	where, key := "c.number = $1", strings.ToUpper(strings.ReplaceAll(query, " ", ""))
	if qr, err := tlog.ParseQR(query); err == nil {
		where, key = "c.entry = $1", string(qr.Entry)
	}
	rights = rights.Shift(1)
	found, err := complaintsWhere(r.Context(), s.k.Reader, where+" and "+rights.SQL+" order by c.written_at desc limit 20", append([]any{key}, rights.Args...)...)
	var out []web.Finding
	for _, c := range found {
		r.Shows(ref(KindComplaint, c.ID))
		out = append(out, web.Finding{Kind: "register.complaint.kind", Label: c.Number, Detail: r.Words.Date(c.ReceivedAt), Href: "/register/complaints/" + string(c.ID)})
	}
	return out, err
}

// complaintColumnsOf tells the policy where the list finds what it reads.
func complaintColumnsOf() policy.Columns {
	return policy.Columns{ID: "c.id", Unit: "c.unit", Attrs: map[string]string{"competent": "c.competent"}, Under: map[string]string{"case": "c.case_id"}}
}

// deskTasks lists what waits for a person of the desk.
func (s *Service) deskTasks(r *web.Request) ([]web.Task, error) {
	if !r.Can(actionWrite, policy.Resource{Unit: r.Actor.Unit}) {
		return nil, nil
	}
	open, err := s.Open(r.Context(), r.Actor.Unit)
	if err != nil {
		return nil, err
	}
	out, err := s.bells(r, open.Custodies, "/custody/")
	if err != nil {
		return nil, err
	}
	for _, c := range open.Notices {
		r.Shows(ref(KindComplaint, c.ID))
		out = append(out, web.Task{Verb: "register.act.tell", Label: c.Number, Href: "/register/complaints/" + string(c.ID) + "/tell", Due: r.Words.Date(c.Due), Late: true})
	}
	for id, late := range open.Late {
		r.Shows(ref(KindCustody, id))
		for _, d := range late {
			out = append(out, web.Task{Verb: "register.act.event", Label: s.eventName(r.Words, d.Kind, Custody{Arrest: d.At}), Href: "/custody/" + string(id) + "/event", Due: r.Words.Time(d.At), Late: true})
		}
	}
	for _, c := range open.Waiting {
		r.Shows(ref(KindComplaint, c.ID))
		out = append(out, web.Task{Verb: "register.task." + string(c.State), Label: c.Number, Href: "/register/complaints/" + string(c.ID)})
	}
	sent, err := complaintsWhere(r.Context(), s.k.Reader, "c.competent = $1 and c.unit <> $1 and c.state = 'recorded' order by c.received_at limit 200", string(r.Actor.Unit))
	if err != nil {
		return nil, err
	}
	for _, c := range sent {
		r.Shows(ref(KindComplaint, c.ID))
		out = append(out, web.Task{Verb: "register.task.recorded", Label: c.Number, Detail: s.units.UnitName(r.Context(), lang(r), c.Unit), Href: "/register/complaints/" + string(c.ID)})
	}
	offers, err := store.List(r.Context(), s.k.Reader, "select id from register_transfers where receiver = $1 and state = 'offered' order by written_at", []any{string(r.Actor.Unit)}, func(scan store.Scan) (id ident.ID, err error) {
		return id, scan(&id)
	})
	for _, id := range offers {
		r.Shows(ref(KindTransfer, id))
		out = append(out, web.Task{Verb: "register.act.answer", Label: r.T("register.transfer.kind"), Href: "/register/transfers/" + string(id)})
	}
	return out, err
}

// bells lists the custodies whose alarm has rung: a deadline is near, or it
// has passed.
// Law: CPP 66
func (s *Service) bells(r *web.Request, held []Custody, base string) ([]web.Task, error) {
	var out []web.Task
	for _, c := range held {
		law, err := clockOf(s.k.Pack, c.Regime, c.Arrest)
		if err != nil {
			return nil, err
		}
		if n := law.rung(c.Deadline, r.Now()); n > 0 {
			r.Shows(ref(KindCustody, c.ID))
			out = append(out, web.Task{Verb: "register.task.deadline", Label: c.Number, Detail: r.T("register.custody.bells", "n", n, "of", len(law.regime.Alarms)),
				Href: base + string(c.ID), Due: r.Words.DateTime(c.Deadline), Late: r.Now().After(c.Deadline)})
		}
	}
	return out, nil
}

// seatTasks are the extensions asked of the office and the lists it has not
// acknowledged.
func (s *Service) seatTasks(r *web.Request) ([]web.Task, error) {
	held, err := openCustodies(r.Context(), s.k.Reader, "(c.office = $2 or c.asked_of = $2)", string(r.Actor.Unit))
	if err != nil {
		return nil, err
	}
	out, err := s.bells(r, held, "/prosecution/custody/")
	if err != nil {
		return nil, err
	}
	for _, c := range held {
		if c.Asked.IsZero() {
			continue
		}
		r.Shows(ref(KindCustody, c.ID))
		out = append(out, web.Task{Verb: "register.act.extension", Label: c.Number, Href: "/prosecution/custody/" + string(c.ID) + "/extension", Due: r.Words.DateTime(c.Deadline), Late: c.Deadline.Before(r.Now())})
	}
	lists, err := store.List(r.Context(), s.k.Reader, "select "+listColumns+" from register_lists l where l.office = $1 and l.taken_at = 0 order by l.written_at", []any{string(r.Actor.Unit)}, scanList)
	for _, l := range lists {
		out = append(out, web.Task{Verb: "register.act.take-list", Label: l.Day, Detail: s.units.UnitName(r.Context(), lang(r), l.Unit), Href: "/prosecution/custody"})
	}
	return out, err
}
