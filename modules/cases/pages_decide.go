package cases

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/a-h/templ"

	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/packs"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/web"
	"github.com/amana-platform/amana/kernel/web/ui"
	"github.com/amana-platform/amana/modules/cases/enquiry"
	"github.com/amana-platform/amana/modules/units"
)

// The pages of those who decide: a measure, and what waits for a prosecution
// office or a judge.

// withdrawMeasure takes back what was asked for; the measure must be of this case.
func (s *Service) withdrawMeasure(r *web.Request) error {
	return s.withID(r, "measure", func(id ident.ID) error {
		m, err := s.Measure(r.Context(), id)
		if err != nil || m.Case != r.Resource.Ref.ID {
			return orNotFound(err)
		}
		return s.WithdrawMeasure(r.Context(), r.Grant, id)
	})
}

// measurePage shows a measure to the authority it was asked of.
func (s *Service) measurePage(r *web.Request) error {
	m, err := s.measureOf(r)
	if err != nil {
		return err
	}
	c, err := s.Case(r.Context(), m.Case)
	if err != nil {
		return err
	}
	r.Shows(caseRef(c.ID))
	rec := ui.Record{Kind: r.T("cases.measure"), Number: cmp.Or(m.Number, c.Number), Title: s.measureName(r, m), State: measureState(r, m), Facts: []ui.Fact{
		{Label: r.T("cases.paper.case"), Value: ui.ID(c.Number)}, {Label: r.T("cases.form.unit"), Text: s.unitName(r, c.Unit)},
		{Label: r.T("cases.asked-by"), Text: s.officer(r, m.AskedBy)}, {Label: r.T("cases.form.facts"), Value: prose(strings.Split(c.Facts, "\n"))},
	}}
	for _, code := range slices.Sorted(maps.Keys(m.Values)) {
		rec.Facts = append(rec.Facts, ui.Fact{Label: s.terms().Field(r.Words, code), Text: s.terms().Value(r.Words, code, m.Values[code])})
	}
	if !m.From.IsZero() {
		rec.Facts = append(rec.Facts, ui.Fact{Label: r.T("cases.form.window-from"), Value: ui.Moment(r.Words, m.From), Law: m.Basis},
			ui.Fact{Label: r.T("cases.form.window-until"), Value: ui.Moment(r.Words, m.Until)}, ui.Fact{Label: r.T("cases.paper.authority"), Text: s.officer(r, m.Magistrate)})
	}
	if m.Through != "" {
		rec.Facts = append(rec.Facts, ui.Fact{Label: r.T("cases.form.requisition"), Text: s.unitName(r, m.Through) + " · " + m.Requisition, Law: "CPP 108"})
	}
	rec.Acts = s.measureActs(r, m)
	if rec.Timeline, err = r.Timeline(measureRef(m.ID), 30); err != nil {
		return err
	}
	return r.RecordPage(rec.Title, rec)
}

// measureActs are what the authority may do with a measure that waits for it: order
// it, or put it before the court that may.
func (s *Service) measureActs(r *web.Request, m enquiry.Measure) (out []ui.Act) {
	kind, known := s.measureKind(r, m.Kind)
	if m.State != enquiry.Asked || !known {
		return nil
	}
	verbs := []string{"refuse"}
	if first := decides(kind, m); s.k.Pack.Stands(r.Actor.Capacity, m.Authority, r.Now()) {
		verbs = []string{first, "refuse"}
	}
	for _, verb := range verbs {
		if r.Can("cases.measure."+verb, r.Resource) {
			out = append(out, ui.Act{Name: "cases.measure." + verb, Label: r.T("cases.act." + verb), Href: "/measures/" + string(m.ID) + "/" + verb, Primary: verb != "refuse"})
		}
	}
	return out
}

// decides is the verb by which whoever was asked lets a measure have its way.
func decides(kind packs.Measure, m enquiry.Measure) string {
	if kind.Onward(m.Authority) != "" {
		return "request"
	}
	return "order"
}

// judges reports whether an actor decides in a court.
func judges(a policy.Actor) bool {
	return a.Role == string(units.Judge) || a.Role == string(units.President)
}

// waiting lists the measures that wait for an actor: for their office, in a court
// for the power they hold there.
func (s *Service) waiting(r *web.Request) ([]enquiry.Measure, error) {
	of := ""
	if judges(r.Actor) {
		if of = r.Actor.Capacity; of == "" {
			return nil, nil // in a court without a power: nothing is asked of them
		}
	}
	return s.askedOf(r.Context(), r.Actor.Unit, of)
}

// bench is what waits for a judge, and what is before them by their letters.
// Law: CPP 108; CPP 189
func (s *Service) bench(r *web.Request, wait []line) error {
	rights, err := r.Filter("cases.case.list", columns(units.Subtree))
	if err != nil {
		return err
	}
	all, err := s.page(r.Context(), "select "+caseColumns+" from cases_cases c where "+rights.SQL, rights.Args)
	if err != nil {
		return err
	}
	var given []line
	for _, c := range all {
		r.Shows(caseRef(c.ID))
		given = append(given, line{label: c.Number, href: s.hrefFor(r, c.ID), detail: r.Words.DateNumeric(c.Opened) + " · " + s.unitName(r, c.Unit), state: stateOf(r.Words, c.State)})
	}
	panels := []templ.Component{around(ui.Panel(r.T("cases.paper.measures")), lines(r.Words, wait))}
	if r.Actor.Role == string(units.Judge) {
		panels = append(panels, around(ui.Panel(r.T("cases.letters")), lines(r.Words, given)))
	}
	return r.Page(r.T("cases.bench"), stack(r.T("cases.bench"), panels...))
}

// inbox is what waits for a prosecution office: files to acknowledge and to
// decide, measures to order. A judge's is bench.
func (s *Service) inbox(r *web.Request) error {
	measures, err := s.waiting(r)
	if err != nil {
		return err
	}
	var files, wait []line
	for _, m := range measures {
		r.Shows(measureRef(m.ID))
		wait = append(wait, line{label: s.measureName(r, m), href: purposeHref(m.Case, "/measures/"+string(m.ID)), detail: r.Words.DateTimeNumeric(m.Asked), state: measureState(r, m)})
	}
	if judges(r.Actor) {
		return s.bench(r, wait)
	}
	all, err := s.received(r.Context(), r.Actor.Unit, "handed-over", "acknowledged", "returned", "decided")
	if err != nil {
		return err
	}
	for _, d := range all {
		r.Shows(dossierRef(d.ID))
		files = append(files, line{label: d.Number, href: purposeHref(d.Case, "/dossiers/"+string(d.ID)), detail: r.Words.DateTimeNumeric(d.At) + " · " + s.unitName(r, d.Unit), state: dossierState(r, d)})
	}
	return r.Page(r.T("cases.inbox"), stack(r.T("cases.inbox"), around(ui.Panel(r.T("cases.paper.measures")), lines(r.Words, wait)), around(ui.Panel(r.T("cases.dossiers")), lines(r.Words, files))))
}
