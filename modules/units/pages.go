package units

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/amana-platform/amana/engines/names"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/text"
	"github.com/amana-platform/amana/kernel/web"
	"github.com/amana-platform/amana/kernel/web/passkey"
	"github.com/amana-platform/amana/kernel/web/ui"
)

func unitHref(id ident.ID) string    { return "/units/" + string(id) }
func officerHref(id ident.ID) string { return "/officers/" + string(id) }

// nameIn says a unit's name in the reader's language.
func (s *Service) nameIn(w *text.Words, id ident.ID) string {
	return s.UnitName(context.Background(), string(w.Lang()), id)
}

// officerLabel says grade and name; an erased officer has the grade only.
func (s *Service) officerLabel(w *text.Words, o Officer) string {
	name := o.Name(string(w.Lang()))
	if name == "" {
		name = w.T("units.erased")
	}
	return s.gradeName(w, o.Grade) + " · " + name
}

func (s *Service) gradeName(w *text.Words, code string) string {
	g, err := s.k.Pack.Grade(code, s.k.Clock.Now())
	if err != nil {
		return w.T("units.magistrate")
	}
	return g.Names.In(string(w.Lang()))
}

func (s *Service) capacityName(w *text.Words, code string) string {
	c, err := s.k.Pack.Capacity(code, s.k.Clock.Now())
	if err != nil {
		return code
	}
	return c.Names.In(string(w.Lang()))
}

// while says a period in words.
func while(w *text.Words, from, to time.Time) string {
	if to.IsZero() {
		return w.T("units.since", "from", w.Date(from))
	}
	return w.T("units.from-to", "from", w.Date(from), "to", w.Date(to))
}

// line is one line of a panel.
type line struct{ label, href, detail string }

// tree shows every open unit under the one above it.
func (s *Service) tree(r *web.Request) error {
	all, err := s.Units(r.Context())
	if err != nil {
		return err
	}
	under := map[ident.ID][]Unit{}
	for _, u := range all {
		if u.To.IsZero() {
			under[u.Parent] = append(under[u.Parent], u)
		}
	}
	return r.Page(r.T("units.title"), treePage(r.Words, under))
}

// unitPage shows a unit, who serves in it and where it stood.
func (s *Service) unitPage(r *web.Request) error {
	u, err := s.Unit(r.Context(), r.Resource.Unit)
	if err != nil {
		return err
	}
	r.Shows(unitRef(u.ID))
	rec := ui.Record{Kind: r.T("units.unit"), Number: u.Code, Title: s.nameIn(r.Words, u.ID), State: unitState(r.Words, u), Acts: s.unitActs(r, u), Facts: s.unitFacts(r.Words, u)}
	above := s.Ancestors(u.ID)
	for i := range above {
		id := above[len(above)-1-i]
		rec.Crumbs = append(rec.Crumbs, ui.Link{Label: s.nameIn(r.Words, id), Href: unitHref(id)})
	}
	for _, panel := range []func(*web.Request, Unit) (ui.Aside, error){s.peoplePanel, s.dutiesPanel, s.belowPanel, s.historyPanel} {
		aside, err := panel(r, u)
		if err != nil {
			return err
		}
		rec.Aside = append(rec.Aside, aside)
	}
	if rec.Timeline, err = r.Timeline(unitRef(u.ID), 30); err != nil {
		return err
	}
	return r.RecordPage(rec.Title, rec)
}

func unitState(w *text.Words, u Unit) ui.State {
	if u.To.IsZero() {
		return ui.State{Status: ui.Good, Label: w.T("units.state.open")}
	}
	return ui.State{Status: ui.Stop, Label: w.T("units.state.closed")}
}

func (s *Service) unitFacts(w *text.Words, u Unit) []ui.Fact {
	kind := u.Type
	if t, err := s.k.Pack.UnitType(u.Type, s.k.Clock.Now()); err == nil {
		kind = t.Names.In(string(w.Lang()))
	}
	facts := []ui.Fact{{Label: w.T("units.field.type"), Text: kind}, {Label: w.T("units.field.area"), Value: ui.ID(u.Area)}, {Label: w.T("units.field.from"), Text: w.Date(u.From)}}
	if !u.To.IsZero() {
		facts = append(facts, ui.Fact{Label: w.T("units.field.to"), Text: w.Date(u.To)}, ui.Fact{Label: w.T("units.field.successor"), Text: s.nameIn(w, u.Successor)})
	}
	return facts
}

// unitActs offers the acts that this person may do now.
func (s *Service) unitActs(r *web.Request, u Unit) []ui.Act {
	var acts []ui.Act
	if !u.To.IsZero() {
		return nil
	}
	for _, a := range []struct{ verb, action string }{
		{"enrol", "units.officer.enrol"}, {"open", "units.unit.open"}, {"move", "units.unit.move"}, {"close", "units.unit.close"},
		{"open-duty", "units.duty.open"}, {"end-duty", "units.duty.end"},
	} {
		if r.Can(a.action, policy.Resource{Unit: u.ID}) {
			acts = append(acts, ui.Act{Name: a.action, Label: r.T("units.act." + a.verb), Href: unitHref(u.ID) + "/" + a.verb})
		}
	}
	return acts
}

// peoplePanel is "who serves here".
func (s *Service) peoplePanel(r *web.Request, u Unit) (ui.Aside, error) {
	people, err := s.Serving(r.Context(), u.ID, "")
	p, now := s.standing(r.Context()), r.Now()
	var lines []line
	for _, o := range people {
		r.Shows(officerRef(o.ID))
		post, _ := p.post(o.ID, now)
		x := line{label: s.officerLabel(r.Words, o), detail: r.T("role." + string(post.Role))}
		if r.Can(actionOfficer, resourceOf(o.ID, u.ID)) {
			x.href = officerHref(o.ID)
		}
		lines = append(lines, x)
	}
	return ui.Aside{Title: r.T("units.people"), Body: panelLines(r.Words, lines, "units.nobody")}, err
}

// dutiesPanel lists the reasons for which people of the unit work at present.
func (s *Service) dutiesPanel(r *web.Request, u Unit) (ui.Aside, error) {
	all, err := s.Duties(r.Context(), u.ID)
	var lines []line
	for _, d := range all {
		lines = append(lines, line{label: r.T(dutyKey(d)), detail: s.holderOf(r, d) + while(r.Words, d.From, d.To)})
	}
	return ui.Aside{Title: r.T("units.field.duties"), Body: panelLines(r.Words, lines, "form.none")}, err
}

// holderOf names the officer of a duty; one of the whole unit has none.
func (s *Service) holderOf(r *web.Request, d Duty) string {
	if d.Officer == "" {
		return ""
	}
	r.Shows(officerRef(d.Officer))
	return s.OfficerName(r.Context(), string(r.Words.Lang()), d.Officer) + " · "
}

func (s *Service) belowPanel(r *web.Request, u Unit) (ui.Aside, error) {
	list, err := s.Below(r.Context(), u.ID)
	var lines []line
	for _, x := range list {
		lines = append(lines, line{label: s.nameIn(r.Words, x.ID), href: unitHref(x.ID), detail: x.Code})
	}
	return ui.Aside{Title: r.T("units.below"), Body: panelLines(r.Words, lines, "form.none")}, err
}

func (s *Service) historyPanel(r *web.Request, u Unit) (ui.Aside, error) {
	list, err := s.Placements(r.Context(), u.ID)
	var lines []line
	for _, x := range list {
		if !x.To.IsZero() {
			lines = append(lines, line{label: x.Names.In(string(r.Words.Lang())), detail: while(r.Words, x.From, x.To) + " · " + s.nameIn(r.Words, x.Parent)})
		}
	}
	return ui.Aside{Title: r.T("units.history"), Body: panelLines(r.Words, lines, "form.none")}, err
}

// find answers the "/" box with officers, by name in either script or by
// service number. The last part of a name may be unfinished.
func (s *Service) find(r *web.Request, query string) ([]web.Finding, error) {
	found, err := s.matching(r.Context(), query)
	if err != nil {
		return nil, err
	}
	var out []web.Finding
	for _, id := range slices.Sorted(maps.Keys(found)) {
		o, err := s.Officer(r.Context(), id)
		if err != nil {
			return nil, err
		}
		if len(out) == maxFound || found[id] < len(strings.Fields(query)) && names.Fold(query) != names.Fold(o.Matricule) {
			continue
		}
		r.Shows(officerRef(id))
		out = append(out, web.Finding{Kind: "units.found", Label: s.officerLabel(r.Words, o), Detail: o.Matricule, Href: officerHref(id)})
	}
	return out, nil
}

// maxFound bounds an answer of the "/" box: who sees more has to say more.
const maxFound = 20

// The sign-in asks this service about accounts and keys.
var _ passkey.Keeper = (*Service)(nil)
