package cases

import (
	"net/url"

	"github.com/a-h/templ"

	"github.com/amana-platform/amana/kernel/app"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/store"
	"github.com/amana-platform/amana/kernel/text"
	"github.com/amana-platform/amana/kernel/web"
	"github.com/amana-platform/amana/kernel/web/ui"
	"github.com/amana-platform/amana/modules/units"
)

// What the module shows on others' pages: answers of the "/" box, tasks, a
// panel on complaints, the words of its entries.

// purposeHref leads to an address by way of choosing a case as the purpose.
func purposeHref(id ident.ID, to string) string {
	return ui.PathPurpose + "?purpose=" + url.QueryEscape("case/"+string(id)) + "&return=" + url.QueryEscape(to)
}

// find answers a number of a case, a report or a dossier, for those who may
// read the case.
func (s *Service) find(r *web.Request, query string) ([]web.Finding, error) {
	rights, err := r.Filter("cases.case.list", columns(units.Subtree))
	if err != nil {
		return nil, err
	}
	const numbered = ` and (c.number = $1 or exists (select 1 from cases_pvs v where v.case_id = c.id and v.number = $1)
		or exists (select 1 from cases_dossiers d where d.case_id = c.id and d.number = $1))`
	all, err := store.List(r.Context(), s.k.Reader, "select "+caseColumns+" from cases_cases c where "+rights.Shift(1).SQL+numbered+" order by c.opened_at desc limit 20",
		append([]any{query}, rights.Args...), scanCase)
	var out []web.Finding
	for _, c := range all {
		r.Shows(caseRef(c.ID))
		out = append(out, web.Finding{Kind: "cases.kind", Label: c.Number, Detail: r.T("cases.state." + string(c.State)), Href: s.hrefFor(r, c.ID)})
	}
	return out, err
}

// tasks lists what waits: reviews for a chief, offered cases, returned cases
// for who works on them.
func (s *Service) tasks(r *web.Request) ([]web.Task, error) {
	if r.Actor.Role != "investigator" && r.Actor.Role != "brigade-chief" {
		return nil, nil
	}
	rights, err := r.Filter("cases.case.list", columns(units.Subtree))
	if err != nil {
		return nil, err
	}
	states, verb := "('returned')", "cases.task.continue"
	if r.Actor.Role == "brigade-chief" {
		states, verb = "('in-review', 'approved')", "cases.task.review"
	}
	all, err := store.List(r.Context(), s.k.Reader, "select "+caseColumns+" from cases_cases c where "+rights.SQL+" and c.state in "+states+" order by c.opened_at, c.id limit 50", rights.Args, scanCase)
	if err != nil {
		return nil, err
	}
	var out []web.Task
	for _, c := range all {
		r.Shows(caseRef(c.ID))
		out = append(out, web.Task{Verb: verb, Label: c.Number, Detail: r.T("cases.state." + string(c.State)), Href: s.hrefFor(r, c.ID)})
	}
	offered, err := s.offered(r)
	return append(out, offered...), err
}

// offered lists the transfers that wait for the unit of a chief.
func (s *Service) offered(r *web.Request) ([]web.Task, error) {
	if !r.Can("cases.transfer.list", policy.Resource{Unit: r.Actor.Unit}) {
		return nil, nil
	}
	all, err := store.List(r.Context(), s.k.Reader, "select "+transferColumns+" from cases_transfers where to_unit = $1 and state = 'proposed' order by at, id limit 50", []any{string(r.Actor.Unit)}, scanTransfer)
	var out []web.Task
	for _, t := range all {
		r.Shows(caseRef(t.Case))
		out = append(out, web.Task{Verb: "cases.task.transfer", Label: s.unitName(r, t.FromUnit), Detail: r.Words.DateTimeNumeric(t.At), Href: purposeHref(t.Case, "/transfers/"+string(t.ID))})
	}
	return out, err
}

// deciderTasks lists what waits for a prosecutor or a judge.
func (s *Service) deciderTasks(r *web.Request) ([]web.Task, error) {
	files, err := s.received(r.Context(), r.Actor.Unit, "handed-over", "acknowledged")
	if err != nil {
		return nil, err
	}
	var out []web.Task
	for _, d := range files {
		verb := "cases.task.acknowledge"
		if d.State == "acknowledged" {
			verb = "cases.task.decide"
		}
		r.Shows(caseRef(d.Case))
		out = append(out, web.Task{Verb: verb, Label: d.Number, Detail: r.Words.DateTimeNumeric(d.At), Href: purposeHref(d.Case, "/dossiers/"+string(d.ID))})
	}
	measures, err := s.waiting(r)
	for _, m := range measures {
		r.Shows(caseRef(m.Case))
		out = append(out, web.Task{Verb: "cases.task.order", Label: s.measureName(r, m), Detail: r.Words.DateTimeNumeric(m.Asked), Href: purposeHref(m.Case, "/measures/"+string(m.ID))})
	}
	return out, err
}

// complaintPanel shows, on a complaint's page, the case opened from it, or how
// to open one.
func (s *Service) complaintPanel(r *web.Request, res policy.Resource) (templ.Component, error) {
	c, err := s.ByComplaint(r.Context(), res.Ref.ID)
	if err == nil {
		return lines(r.Words, []line{{label: c.Number, href: s.hrefFor(r, c.ID), state: stateOf(r.Words, c.State)}}), nil
	}
	if !r.Can(s.parts.ReferComplaint, res) || !r.Can("cases.case.open", policy.Resource{Unit: r.Actor.Unit}) {
		return nil, nil
	}
	return lines(r.Words, []line{{label: r.T("cases.act.open"), href: "/complaints/" + string(res.Ref.ID) + "/case"}}), nil
}

// tells gives the words of the entries that say more than their kind.
func (s *Service) tells() map[string]app.Tell {
	out := map[string]app.Tell{}
	for _, k := range kinds() {
		key := "cases.entry." + k.Name[len("cases."):]
		out[k.Name] = func(w *text.Words, e journal.Entry) (string, string) { return w.T(key), s.detail(w, e) }
	}
	return out
}

// detail says what an entry decided, in a few words without personal data.
func (s *Service) detail(w *text.Words, e journal.Entry) string {
	lang := string(w.Lang())
	switch e := e.(type) {
	case CaseOpened:
		return e.Number
	case PartyAdded:
		return w.T("cases.role." + string(e.Role))
	case OffenceQualified:
		if o, err := s.k.Pack.Offence(e.Code, e.LawAt); err == nil {
			return o.Names.In(lang)
		}
	case EvidenceLinked:
		return s.terms().Element(lang, e.Element)
	case PVSigned:
		return e.Number
	case MeasureRequested:
		return e.Number
	case MeasureOrdered:
		return w.T("cases.ordered-until", "number", e.Number, "until", e.Until)
	case TransferDecided:
		return w.T("cases.transfer-state." + e.State)
	case DossierHandedOver:
		return e.Number
	case DossierAcknowledged:
		return e.Acknowledgement
	case DossierDecided:
		if d, err := s.k.Pack.Decision(e.Code, s.k.Clock.Now()); err == nil {
			return d.Names.In(lang)
		}
	case DossierReturned:
		if d, err := s.k.Pack.Decision(e.Code, s.k.Clock.Now()); err == nil {
			return d.Names.In(lang)
		}
	}
	return ""
}
