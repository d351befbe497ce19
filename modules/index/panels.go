package index

import (
	"github.com/amana-platform/amana/engines/names"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/text"
	"github.com/amana-platform/amana/kernel/web"
	"github.com/amana-platform/amana/kernel/web/ui"
)

// line is one line of a panel: an address with its words.
type line struct {
	label, href, detail string
	act, actHref        string
}

func aside(r *web.Request, title string, lines []line) ui.Aside {
	if len(lines) == 0 {
		return ui.Aside{}
	}
	return ui.Aside{Title: r.T(title), Body: panelLines(lines)}
}

// similarPanel shows who may be the same person, for those who may decide.
func (s *Service) similarPanel(r *web.Request, p Person) (ui.Aside, error) {
	if p.Erased || p.Kept != "" || !r.Can(ActionPersonDismiss, r.Resource) {
		return ui.Aside{}, nil
	}
	rights, err := r.Filter(ActionPersonRead, columns())
	if err != nil {
		return ui.Aside{}, err
	}
	all, err := s.ProposalsWithin(r.Context(), s.k.Reader, p, Filter{Rights: rights}, shownSuggested)
	var lines []line
	for _, c := range all {
		r.Shows(c.Person.Ref())
		lines = append(lines, line{label: shownName(r.Words, c.Person), href: personHref(p.ID) + "/compare/" + string(c.Person.ID), detail: certainty(r.Words, c.Proposal)})
	}
	return aside(r, "index.panel.similar", lines), err
}

// certainty says how likely two records are one.
func certainty(w *text.Words, p Proposal) string {
	return w.T("index.certainty", "same", w.Percent(float64(p.Same)/1000, 1), "neither", w.Percent(float64(p.Neither)/1000, 1))
}

// decisionsPanel shows what was decided about the record.
func (s *Service) decisionsPanel(r *web.Request, p Person) (ui.Aside, error) {
	all, err := s.Decisions(r.Context(), p.ID)
	var lines []line
	for _, d := range all {
		other := d.Absorbed
		if other == p.ID {
			other = d.Kept
		}
		o, err := s.PersonAsRecorded(r.Context(), other)
		if err != nil {
			return ui.Aside{}, err
		}
		r.Shows(o.Ref())
		lines = append(lines, line{label: shownName(r.Words, o), href: personHref(other), detail: r.T("index.decision."+d.Kind, "when", d.At, "reason", d.Reason)})
	}
	return aside(r, "index.panel.decisions", lines), err
}

// linksPanel shows the records this one is related to, as references.
func (s *Service) linksPanel(r *web.Request, p Person) (ui.Aside, error) {
	all, err := s.Links(r.Context(), p.ID)
	var lines []line
	for _, l := range all {
		if !l.Ended.IsZero() {
			continue
		}
		other := l.To
		if other == p.Ref() {
			other = l.From
		}
		x := line{label: s.refLabel(r, other), href: "/" + other.Kind + "s/" + string(other.ID), detail: r.T("index.link."+l.Kind) + " · " + r.T("index.source."+string(l.Source))}
		if other.Kind == KindPlace || other.Kind == KindThing {
			x.href = ""
		}
		if r.Can(ActionPersonLink, r.Resource) {
			x.act, x.actHref = r.T("index.act.end-link"), personHref(p.ID)+"/links/"+string(l.ID)+"/end"
		}
		lines = append(lines, x)
	}
	return aside(r, "index.panel.links", lines), err
}

// vehiclesPanel shows the vehicles a person owns.
func (s *Service) vehiclesPanel(r *web.Request, p Person) (ui.Aside, error) {
	if !r.Can(ActionVehicleRead, policy.Resource{Ref: vehicle(p.ID), Unit: p.Unit}) {
		return ui.Aside{}, nil
	}
	all, err := s.VehiclesOf(r.Context(), p.ID)
	var lines []line
	for _, v := range all {
		r.Shows(v.Ref())
		lines = append(lines, line{label: vehicleLabel(r.Words, v), href: vehicleHref(v.ID), detail: together(v.Make, v.Model)})
	}
	return aside(r, "index.panel.vehicles", lines), err
}

// claimsPanel shows what was corrected, and what stood before.
func (s *Service) claimsPanel(r *web.Request, p Person) (ui.Aside, error) {
	all, err := s.Claims(r.Context(), p.ID)
	if err != nil || len(all) == 0 {
		return ui.Aside{}, err
	}
	return ui.Aside{Title: r.T("index.panel.claims"), Body: claimList(r.Words, all)}, nil
}

// comparison sets two persons side by side, with the evidence of the engine.
func comparison(w *text.Words, a, b Person) ui.Comparison {
	c := comparePair(a, b)
	same := map[string]bool{}
	for _, e := range c.Proposal.Evidence {
		same[e.Field] = e.State == string(names.Agrees)
	}
	out := ui.Comparison{Left: ui.Link{Label: shownName(w, a), Href: personHref(a.ID)}, Right: ui.Link{Label: shownName(w, b), Href: personHref(b.ID)},
		Same: float64(c.Proposal.Same) / 1000, Neither: float64(c.Proposal.Neither) / 1000, Method: w.T("index.method", "method", c.Proposal.Method)}
	for _, f := range facts() {
		left, right := f.get(&a), f.get(&b)
		if left == "" && right == "" {
			continue
		}
		pair := ui.Pair{Label: w.T("index.field." + f.name), Left: left, Right: right, Same: left == right || same[evidenceOf(f.name)]}
		switch f.name {
		case "birth":
			pair.Left, pair.Right = w.Partial(a.Birth), w.Partial(b.Birth)
		case "sex":
			pair.Left, pair.Right = sexWord(w, a.Sex), sexWord(w, b.Sex)
		}
		out.Lines = append(out.Lines, pair)
	}
	return out
}

func sexWord(w *text.Words, s Sex) string {
	if s == "" {
		return ""
	}
	return w.T("index.sex." + string(s))
}

// evidenceOf names the evidence that a field stands for.
func evidenceOf(field string) string {
	switch field {
	case "family", "family-ar":
		return string(names.FieldFamily)
	case "given", "given-ar":
		return string(names.FieldGiven)
	case "father", "father-ar":
		return string(names.FieldFather)
	case "mother", "mother-ar":
		return string(names.FieldMother)
	case "birthplace", "birthplace-ar":
		return string(names.FieldPlace)
	case "phones":
		return numberPhone
	}
	return field
}
