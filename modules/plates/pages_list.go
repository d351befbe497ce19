package plates

import (
	"context"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/text"
	"github.com/amana-platform/amana/kernel/web"
	"github.com/amana-platform/amana/kernel/web/ui"
)

// standingChips says how each standing of an entry is shown.
var standingChips = map[string]ui.Status{"active": ui.Good, "ahead": ui.Neutral, "lapsed": ui.Wait, "suspended": ui.Alert, "cancelled": ui.Stop}

func (s *Service) entryChip(r *web.Request, e Entry) ui.State {
	standing := e.Standing(r.Now())
	label := r.T("plates.standing." + standing)
	if standing == "lapsed" && e.LapsedOn != "" {
		label += " · " + r.T("plates.lapsed-seen")
	}
	return ui.State{Status: standingChips[standing], Label: label}
}

// vehicleOf says a vehicle in a line.
func vehicleOf(w *text.Words, e Entry) string {
	parts := []string{e.Make, e.Model}
	if e.Colour != "" {
		parts = append(parts, w.T("index.colour."+e.Colour))
	}
	var out []string
	for _, p := range parts {
		if p != "" {
			out = append(out, p)
		}
	}
	return strings.Join(out, " · ")
}

// openLists lists the watch entries, by plate where one is asked for.
func (s *Service) openLists(r *web.Request) error {
	q := r.URL.Query()
	rights, err := r.Filter(actionListed, entryRights())
	if err != nil {
		return err
	}
	if q.Get("q") != "" {
		r.Searched(q.Encode())
	}
	found, err := s.entries(r.Context(), rights, wantedEntries{Plate: lineAsked(q.Get("q")), List: List(q.Get("list")), State: EntryState(q.Get("state")), Authority: q.Get("authority"), Before: q.Get("after")}, pageSize+1)
	if err != nil {
		return err
	}
	w := r.Words
	t := ui.Table{ID: "entries", Caption: r.T("plates.lists"), Path: "/plates/entries", Query: q, Count: -1,
		Columns: []ui.Column{{Key: "plate", Label: w.T("plates.field.plate")}, {Key: "list", Label: w.T("plates.field.list")}, {Key: "state", Label: w.T("plates.field.state")}, {Key: "vehicle", Label: w.T("plates.field.vehicle"), Wide: true},
			{Key: "authority", Label: w.T("plates.field.authority"), Wide: true}, {Key: "until", Label: w.T("plates.field.until"), Minor: true}},
		Filters: []ui.Filter{{Name: "q", Label: w.T("plates.field.plate")}, {Name: "list", Label: w.T("plates.field.list"), Options: web.Options(r, "plates.list", Lists())},
			{Name: "state", Label: w.T("plates.field.state"), Options: web.Options(r, "plates.standing", EntryStates())}, {Name: "authority", Label: w.T("plates.field.authority")}},
	}
	if len(found) > pageSize {
		found = found[:pageSize]
		t.Next = strconv.FormatInt(found[pageSize-1].Listed.UnixMicro(), 10)
	}
	for _, e := range found {
		r.Shows(e.Ref())
		state := s.entryChip(r, e)
		t.Rows = append(t.Rows, ui.Row{Href: entryHref(e.ID), Status: state.Status, Cells: []templ.Component{
			number(w, e.Country, e.Plate), ui.Plain(w.T("plates.list." + string(e.List))), ui.Chip(state), ui.Plain(vehicleOf(w, e)), ui.Plain(e.Authority), ui.Moment(w, e.Until)}})
	}
	return r.Page(t.Caption, listsPage(r, t, r.Can(actionEnter, policy.Resource{Unit: r.Actor.Unit})))
}

// lineAsked is a plate as somebody looks for it.
func lineAsked(s string) string {
	if line, ok := readable("", strings.TrimSpace(s)); ok {
		return line
	}
	return s
}

// wantedEntries is what a list of entries is narrowed to; zero fields match
// all.
type wantedEntries struct {
	Plate     string
	List      List
	State     EntryState
	Authority string
	Before    string
}

// readEntryPage shows one entry: facts, next acts, contests, hits.
func (s *Service) readEntryPage(r *web.Request) error {
	e, err := s.Entry(r.Context(), r.Resource.Ref.ID)
	if err != nil {
		return err
	}
	r.Shows(e.Ref())
	rec := ui.Record{Kind: r.T("plates.entry"), Number: e.Plate, Title: vehicleOf(r.Words, e), State: s.entryChip(r, e), Acts: s.entryActs(r, e), Facts: s.entryFacts(r, e),
		Crumbs: []ui.Link{{Label: r.T("plates.lists"), Href: "/plates/entries"}}}
	contests, err := s.Contests(r.Context(), e.ID)
	if err != nil {
		return err
	}
	if len(contests) > 0 {
		rec.Aside = append(rec.Aside, ui.Aside{Title: r.T("plates.contests"), Body: contestList(s, r, contests)})
	}
	hits, err := s.HitsOf(r.Context(), e.ID)
	if err != nil {
		return err
	}
	rec.Aside = append(rec.Aside, ui.Aside{Title: r.T("plates.hits"), Body: hitList(s, r, s.visible(r, hits))})
	if rec.Timeline, err = r.Timeline(e.Ref(), 30); err != nil {
		return err
	}
	return r.RecordPage(r.T("plates.entry"), rec)
}

// visible keeps the hits that this person may read.
func (s *Service) visible(r *web.Request, all []Hit) []Hit {
	var out []Hit
	for _, h := range all {
		if r.Can(actionHit, policy.Resource{Ref: h.Ref(), Unit: h.Unit}) {
			r.Shows(h.Ref())
			out = append(out, h)
		}
	}
	return out
}

func (s *Service) entryActs(r *web.Request, e Entry) []ui.Act {
	var out []ui.Act
	add := func(fits bool, verb, action string, primary bool) {
		if fits && r.Can(action, r.Resource) {
			out = append(out, ui.Act{Name: action, Label: r.T("plates.act." + verb), Href: entryHref(e.ID) + "/" + verb, Primary: primary})
		}
	}
	add(e.State == Suspended, "decide", actionDecide, true)
	add(e.State == Active, "renew", actionRenew, e.Standing(r.Now()) == "lapsed")
	add(e.State != Cancelled, "cancel", actionCancel, false)
	add(e.State == Active, "contest", actionContest, false)
	return out
}

func (s *Service) entryFacts(r *web.Request, e Entry) []ui.Fact {
	w := r.Words
	facts := []ui.Fact{
		{Label: w.T("plates.field.plate"), Value: number(w, e.Country, e.Plate)}, {Label: w.T("plates.field.list"), Text: w.T("plates.list." + string(e.List))}, {Label: w.T("plates.field.vehicle"), Text: vehicleOf(w, e)},
		{Label: w.T("plates.field.authority"), Text: e.Authority, Law: "CPP 40"}, {Label: w.T("plates.field.reason"), Text: e.Reason}, {Label: w.T("plates.field.area"), Text: s.areaName(r, e.Area)},
		{Label: w.T("plates.field.from"), Value: ui.Moment(w, e.From)}, {Label: w.T("plates.field.until"), Value: ui.Moment(w, e.Until), Law: "CPP 5"},
		{Label: w.T("plates.field.listed-by"), Text: s.officer(w, e.By) + " · " + s.unit(w, e.Unit)}, {Label: w.T("plates.field.listed"), Value: ui.Moment(w, e.Listed)},
	}
	if e.Country != "" {
		facts = append(facts, ui.Fact{Label: w.T("plates.field.country"), Value: ui.ID(strings.ToUpper(e.Country))})
	}
	if n, href := s.caseLabel(r.Context(), e.Case); n != "" {
		facts = append(facts, ui.Fact{Label: w.T("plates.field.case"), Value: caseLink(n, href)})
	}
	if e.State == Cancelled {
		facts = append(facts, ui.Fact{Label: w.T("plates.field.ended"), Value: ui.Moment(w, e.Ended)}, ui.Fact{Label: w.T("plates.field.ended-by"), Text: s.officer(w, e.EndedBy)}, ui.Fact{Label: w.T("plates.field.ended-why"), Text: e.EndedWhy})
	}
	if e.State != Active {
		facts = append(facts, ui.Fact{Label: w.T("plates.field.reached"), Value: ui.Moment(w, e.Reached)})
	}
	if e.LapsedOn != "" {
		facts = append(facts, ui.Fact{Label: w.T("plates.field.lapsed-on"), Text: w.Partial(text.PartialDate(e.LapsedOn))})
	}
	return facts
}

func (s *Service) areaName(r *web.Request, code string) string {
	a, err := s.k.Pack.Area(code, r.Now())
	if err != nil {
		return r.T("plates.everywhere")
	}
	return a.Names.In(string(r.Words.Lang()))
}

func (s *Service) caseLabel(ctx context.Context, id ident.ID) (string, string) {
	if s.CaseLabel == nil || id == "" {
		return "", ""
	}
	return s.CaseLabel(ctx, id)
}

// importEntries lists the plates of a file and reports every line it could
// not take.
func (s *Service) importEntries(r *web.Request) error {
	values, err := r.Form()
	if err != nil {
		return err
	}
	f, err := s.importSheet(r)
	if err != nil {
		return err
	}
	a := web.NewAnswers(values, r)
	file, _, err := r.FormFile("file.file")
	if err != nil {
		wrong := s.checks()
		wrong.Add("file", "form.required")
		return s.sheets.Again(r, f, values, wrong.Err())
	}
	defer func() { _ = file.Close() }() // only read from
	done, err := s.ImportEntries(r.Context(), r.Grant, a.ID("submission"), file)
	if err != nil {
		return s.sheets.Again(r, f, values, err)
	}
	return r.Page(r.T("plates.act.import"), importReport(r, done))
}
