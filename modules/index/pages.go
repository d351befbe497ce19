package index

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/text"
	"github.com/amana-platform/amana/kernel/web"
	"github.com/amana-platform/amana/kernel/web/ui"
)

// How many answers a page, a picker and the "/" box show.
const (
	shownFound     = 20
	shownSuggested = 8
	shownEvents    = 30
)

func personHref(id ident.ID) string  { return "/persons/" + string(id) }
func vehicleHref(id ident.ID) string { return "/vehicles/" + string(id) }

// columns tells the policy's filter where lists of persons find what the
// rules read.
func columns() policy.Columns {
	return policy.Columns{ID: "p.id", Unit: "p.unit"}
}

// find answers a query under the reader's rights and says what it showed.
func (s *Service) findPersons(r *web.Request, query string, n int) ([]Candidate, error) {
	rights, err := r.Filter(ActionPersonRead, columns())
	if err != nil {
		return nil, err
	}
	found, err := s.Search(r.Context(), s.k.Reader, query, Filter{Rights: rights}, n)
	for _, c := range found {
		r.Shows(c.Person.Ref())
	}
	return found, err
}

// asked reads the words of a search and notes them for the access.
func asked(r *web.Request) (string, error) {
	query, err := text.Line(r.URL.Query().Get("q"))
	if err != nil {
		return "", err
	}
	if len([]rune(query)) > longestLine {
		return "", fault.New(fault.Invalid, "index.fault.long", "most", longestLine)
	}
	if query != "" {
		r.Searched(query)
	}
	return query, nil
}

// searchPage looks people up.
func (s *Service) searchPage(r *web.Request) error {
	query, err := asked(r)
	if err != nil {
		return err
	}
	var found []Candidate
	if query != "" {
		if found, err = s.findPersons(r, query, shownFound); err != nil {
			return err
		}
	}
	table := ui.Table{ID: "persons", Caption: r.T("index.search.title"), Path: "/persons", Query: r.URL.Query(), Count: -1, Asks: true, Nothing: r.T("index.search.nobody"), Advice: r.T("index.search.nobody-lead"),
		Columns: []ui.Column{{Key: "name", Label: r.T("index.search.name"), Wide: true}, {Key: "other", Label: r.T("index.search.script"), Minor: true, Wide: true},
			{Key: "birth", Label: r.T("index.field.birth")}, {Key: "number", Label: r.T("index.field.cnie")}, {Key: "score", Label: r.T("index.search.score"), Numeric: true, Minor: true}},
		Filters: []ui.Filter{{Name: "q", Label: r.T("index.search.query")}}}
	for _, c := range found {
		table.Rows = append(table.Rows, personRow(r.Words, c))
	}
	may := r.Can(ActionPersonRecord, policy.Resource{Unit: r.Actor.Unit})
	return r.Page(r.T("index.search.title"), searchResults(r.Words, table, query, may))
}

// personRow is a person in a list.
func personRow(w *text.Words, c Candidate) ui.Row {
	p := c.Person
	score := w.Percent(float64(c.Proposal.Score)/1000, 0)
	if c.Exact != "" {
		score = w.T("index.search.exact")
	}
	cells := []string{shownName(w, p), p.OtherName(string(w.Lang())), w.Partial(p.Birth)}
	row := ui.Row{Href: personHref(p.ID), Label: shownName(w, p)}
	for _, cell := range cells {
		row.Cells = append(row.Cells, ui.Plain(cell))
	}
	row.Cells = append(row.Cells, ui.ID(orElse(p.CNIE, p.Passport)), ui.Plain(score))
	return row
}

// suggest answers a person picker.
func (s *Service) suggest(r *web.Request) error {
	query, err := asked(r)
	if err != nil {
		return err
	}
	var people []ui.Person
	if len([]rune(query)) > 1 {
		found, err := s.findPersons(r, query, shownSuggested)
		if err != nil {
			return err
		}
		for _, c := range found {
			people = append(people, Picked(r.Words, c.Person))
		}
	}
	return r.Render(http.StatusOK, ui.Form{Words: r.Words}.Suggestions(people))
}

// find answers the "/" box: persons by name or number, vehicles by plate,
// chassis or serial number.
func (s *Service) find(r *web.Request, query string) ([]web.Finding, error) {
	found, err := s.findPersons(r, query, shownSuggested)
	if err != nil {
		return nil, err
	}
	var out []web.Finding
	for _, c := range found {
		detail := strings.Join(strings.Fields(r.Words.Partial(c.Person.Birth)+" "+text.Isolate(c.Person.CNIE)), " ")
		out = append(out, web.Finding{Kind: "index.person", Label: shownName(r.Words, c.Person), Detail: detail, Href: personHref(c.Person.ID)})
	}
	cars, err := s.findVehicles(r, query)
	for _, v := range cars {
		r.Shows(v.Ref())
		out = append(out, web.Finding{Kind: "index.vehicle", Label: text.Isolate(v.Plate.typed()), Detail: together(v.Make, v.Model), Href: vehicleHref(v.ID)})
	}
	return out, err
}

// findVehicles looks a query up as a plate and as a chassis number.
func (s *Service) findVehicles(r *web.Request, query string) ([]Vehicle, error) {
	if !r.Can(ActionVehicleRead, policy.Resource{Ref: vehicle(r.Actor.ID), Unit: r.Actor.Unit}) {
		return nil, nil
	}
	var out []Vehicle
	if plate, err := ParsePlate(query); err == nil {
		if out, err = s.VehiclesByPlate(r.Context(), plate, shownSuggested); err != nil {
			return nil, err
		}
	}
	if _, err := ParseVIN(query); err != nil {
		return out, nil
	}
	refs, err := s.BySerial(r.Context(), query, shownSuggested)
	for _, ref := range refs {
		if ref.Kind != KindVehicle {
			continue
		}
		v, err := s.Vehicle(r.Context(), ref.ID)
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, err
}

// personPage shows an identity: what is known, who said so, what was decided
// about it. The records that concern the person show themselves, as panels.
func (s *Service) personPage(r *web.Request) error {
	p, err := s.PersonAsRecorded(r.Context(), r.Resource.Ref.ID)
	if err != nil {
		return err
	}
	r.Shows(p.Ref())
	rec := ui.Record{Kind: r.T("index.person"), Title: shownName(r.Words, p), State: personState(r.Words, p), Facts: personFacts(r.Words, p),
		Crumbs: []ui.Link{{Label: r.T("index.search.title"), Href: "/persons"}}}
	if rec.Acts, err = s.personActs(r, p); err != nil {
		return err
	}
	for _, panel := range []func(*web.Request, Person) (ui.Aside, error){s.similarPanel, s.decisionsPanel, s.linksPanel, s.vehiclesPanel, s.claimsPanel} {
		aside, err := panel(r, p)
		if err != nil {
			return err
		}
		if aside.Body != nil {
			rec.Aside = append(rec.Aside, aside)
		}
	}
	if rec.Timeline, err = s.ownTimeline(r, p.Ref()); err != nil {
		return err
	}
	return r.RecordPage(rec.Title, rec)
}

// ownTimeline gives the entries of this module about a record. What other
// modules wrote about a person shows on their records, under their rules: a
// list of it all would be a dossier.
func (s *Service) ownTimeline(r *web.Request, ref ident.Ref) ([]ui.Event, error) {
	const looked = 200
	entries, err := s.k.Journal.Timeline(r.Context(), ref, 0, looked)
	if err != nil {
		return nil, err
	}
	own := map[string]bool{}
	for _, e := range entries {
		own[string(e.ID)] = strings.HasPrefix(e.Kind, "index.")
	}
	events, err := r.Timeline(ref, looked)
	var out []ui.Event
	for _, e := range events {
		if own[e.Href[strings.LastIndexByte(e.Href, '/')+1:]] && len(out) < shownEvents {
			out = append(out, e)
		}
	}
	return out, err
}

func personState(w *text.Words, p Person) ui.State {
	switch {
	case p.Erased:
		return ui.State{Status: ui.Stop, Label: w.T("index.state.erased")}
	case p.Kept != "":
		return ui.State{Status: ui.Stop, Label: w.T("index.state.merged")}
	case p.Source == Seen:
		return ui.State{Status: ui.Good, Label: w.T("index.state.document")}
	}
	return ui.State{Status: ui.Neutral, Label: w.T("index.state.declared")}
}

// personFacts lists what is known; what is not is left out.
func personFacts(w *text.Words, p Person) []ui.Fact {
	var out []ui.Fact
	for _, f := range facts() {
		value := f.get(&p)
		if value == "" {
			continue
		}
		fact := ui.Fact{Label: w.T("index.field." + f.name), Text: value}
		switch f.name {
		case "cnie", "passport", "phones", "nationality":
			fact = ui.Fact{Label: fact.Label, Value: ui.ID(value)}
		case "birth":
			fact.Text = w.Partial(p.Birth)
		case "sex":
			fact.Text = w.T("index.sex." + value)
		}
		out = append(out, fact)
	}
	out = append(out, ui.Fact{Label: w.T("index.field.source"), Text: w.T("index.source." + string(p.Source)), Law: "L09-08 3"})
	if p.Document != "" {
		out = append(out, ui.Fact{Label: w.T("index.field.document"), Text: p.Document})
	}
	return out
}

// personActs offers what this person may do next.
func (s *Service) personActs(r *web.Request, p Person) ([]ui.Act, error) {
	if p.Erased {
		return nil, nil
	}
	type offer struct{ action, verb string }
	offers := []offer{{ActionPersonCorrect, "correct"}, {ActionPersonLink, "link"}}
	if p.Kept != "" {
		offers = []offer{{ActionPersonUnmerge, "unmerge"}}
	}
	var acts []ui.Act
	for _, o := range offers {
		if r.Can(o.action, r.Resource) {
			acts = append(acts, ui.Act{Name: o.action, Label: r.T("index.act." + o.verb), Href: personHref(p.ID) + "/" + o.verb, Primary: o.verb == "correct"})
		}
	}
	if p.Kept != "" {
		kept, err := s.Person(r.Context(), p.Kept)
		if err != nil {
			return nil, err
		}
		r.Shows(kept.Ref())
		acts = append(acts, ui.Act{Name: ActionPersonRead, Label: r.T("index.act.kept"), Href: personHref(kept.ID), Primary: true})
	}
	return acts, nil
}

// typed copies the fields that a form posted.
func typed(values url.Values) url.Values {
	out := url.Values{}
	for name, v := range values {
		out[name] = v
	}
	return out
}
