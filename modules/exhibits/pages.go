package exhibits

import (
	"bytes"
	"context"
	"strconv"

	"github.com/a-h/templ"

	"github.com/amana-platform/amana/kernel/blobs"
	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/text"
	"github.com/amana-platform/amana/kernel/web"
	"github.com/amana-platform/amana/kernel/web/ui"
)

// pageSize is how many lines a list shows.
const pageSize = 50

// screenPixels is the size of a screen copy.
const screenPixels = 300_000

func href(id ident.ID) string { return "/exhibits/" + string(id) }

// caseLabel says the number of a case and where it is shown.
func (s *Service) caseLabel(r *web.Request, id ident.ID) (number, address string) {
	if s.CaseLabel == nil {
		return "", "/exhibits"
	}
	return s.CaseLabel(r.Context(), id)
}

func (s *Service) officer(w *text.Words, id ident.ID) string {
	if name := s.units.OfficerName(context.Background(), string(w.Lang()), id); name != "" {
		return name
	}
	return w.T("exhibits.erased")
}

// stateChips says how each state stands.
var stateChips = map[State]ui.Status{Seized: ui.Wait, Closed: ui.Good, Stored: ui.Good, Transit: ui.Wait, Laboratory: ui.Neutral, Opened: ui.Alert,
	Returned: ui.Stop, Destroyed: ui.Stop, Deposited: ui.Stop}

func stateOf(w *text.Words, x Exhibit) ui.State {
	if x.Pending != "" {
		return ui.State{Status: ui.Wait, Label: w.T("exhibits.state."+string(x.State)) + " · " + w.T("exhibits.state.pending")}
	}
	return ui.State{Status: stateChips[x.State], Label: w.T("exhibits.state." + string(x.State))}
}

// where says in whose hands and where a thing is.
func (s *Service) where(w *text.Words, x Exhibit) string {
	out := s.officer(w, x.Holder) + " · " + s.units.UnitName(context.Background(), string(w.Lang()), x.HeldUnit)
	if x.Kept != "" {
		out += " · " + w.T("exhibits.place."+x.Kept) + " " + text.Isolate(x.Shelf)
	}
	return out
}

// openStore lists what this person may see: what they hold, or their unit's.
func (s *Service) openStore(r *web.Request) error {
	q := r.URL.Query()
	rights, err := r.Filter(actionList, columns())
	if err != nil {
		return err
	}
	found, err := s.list(r.Context(), rights, wanted{Number: q.Get("q"), State: State(q.Get("state")), Category: Category(q.Get("category")), Kept: q.Get("kept"),
		Holder: mine(q.Get("holder"), r.Actor.ID), Before: q.Get("after")}, pageSize+1)
	if err != nil {
		return err
	}
	if q.Get("q") != "" {
		r.Searched(q.Encode())
	}
	t := ui.Table{ID: "exhibits", Caption: r.T("exhibits.title"), Path: "/exhibits", Query: q, Count: -1, Columns: tableColumns(r.Words),
		Filters: []ui.Filter{
			{Name: "q", Label: r.T("exhibits.field.number")}, {Name: "holder", Label: r.T("exhibits.field.holder"), Options: []ui.Option{{Value: "me", Label: r.T("exhibits.mine")}}},
			{Name: "state", Label: r.T("exhibits.field.state"), Options: web.Options(r, "exhibits.state", States())}, {Name: "category", Label: r.T("exhibits.field.category"), Options: web.Options(r, "exhibits.category", Categories())},
			{Name: "kept", Label: r.T("exhibits.field.kept"), Options: web.Options(r, "exhibits.place", everyPlace())},
		}}
	if len(found) > pageSize {
		found = found[:pageSize]
		t.Next = strconv.FormatInt(found[pageSize-1].Written.UnixMicro(), 10)
	}
	t.Rows = s.tableRows(r, found)
	return r.Page(t.Caption, t.Page(r.Words, r.View(t.Caption), nil))
}

func mine(holder string, me ident.ID) ident.ID {
	if holder == "me" {
		return me
	}
	return ""
}

// everyPlace lists each place once, in the order of the categories.
func everyPlace() []string {
	var out []string
	seen := map[string]bool{}
	for _, c := range Categories() {
		for _, p := range c.Places() {
			if !seen[p] {
				out, seen[p] = append(out, p), true
			}
		}
	}
	return out
}

func tableColumns(w *text.Words) []ui.Column {
	return []ui.Column{{Key: "number", Label: w.T("exhibits.field.number")}, {Key: "seal", Label: w.T("exhibits.field.seal")}, {Key: "state", Label: w.T("exhibits.field.state")},
		{Key: "described", Label: w.T("exhibits.field.described"), Wide: true}, {Key: "holder", Label: w.T("exhibits.field.holder"), Wide: true}, {Key: "seized", Label: w.T("exhibits.field.seized"), Minor: true}}
}

func (s *Service) tableRows(r *web.Request, all []Exhibit) []ui.Row {
	var out []ui.Row
	for _, x := range all {
		r.Shows(x.Ref())
		state := stateOf(r.Words, x)
		out = append(out, ui.Row{Href: href(x.ID), Label: x.Number, Status: state.Status, Cells: []templ.Component{
			ui.ID(x.Number), ui.ID(x.Seal), ui.Chip(state), ui.Plain(described(r.Words, x)), ui.Plain(s.where(r.Words, x)), ui.Moment(r.Words, x.SeizedAt),
		}})
	}
	return out
}

// described says a thing in a line: its category, how much, what it is.
func described(w *text.Words, x Exhibit) string {
	out := w.T("exhibits.category." + string(x.Category))
	if much := quantity(w, x); much != "" {
		out += " · " + much
	}
	if x.Description != "" {
		out += " · " + x.Description
	}
	return out
}

// readPage shows one exhibit: facts, next acts, chain, seals, handovers,
// pictures.
func (s *Service) readPage(r *web.Request) error {
	x, err := s.Exhibit(r.Context(), r.Resource.Ref.ID)
	if err != nil {
		return err
	}
	r.Shows(x.Ref(), caseRef(x.Case))
	number, address := s.caseLabel(r, x.Case)
	absence, err := s.absence(r.Context(), x.Holder)
	if err != nil {
		return err
	}
	rec := ui.Record{Kind: r.T("exhibits.exhibit"), Number: x.Number, Title: described(r.Words, x), State: stateOf(r.Words, x), Acts: s.acts(r, x, absence), Facts: s.facts(r, x)}
	if number != "" {
		rec.Crumbs = []ui.Link{{Label: number, Href: address}}
	}
	if rec.Aside, err = s.asides(r, x); err != nil {
		return err
	}
	if rec.Timeline, err = r.Timeline(x.Ref(), 30); err != nil {
		return err
	}
	return r.RecordPage(x.Number, rec)
}

// acts lists what this person may do next.
func (s *Service) acts(r *web.Request, x Exhibit, absence Absence) []ui.Act {
	var out []ui.Act
	add := func(fits bool, verb, action string, primary bool) {
		if fits && r.Can(action, r.Resource) {
			out = append(out, ui.Act{Name: action, Label: r.T("exhibits.act." + verb), Href: href(x.ID) + "/" + verb, Primary: primary})
		}
	}
	waits := x.Pending != ""
	add(waits, "accept", actionAccept, true)
	add(waits, "refuse", actionRefuse, false)
	add(waits, "withdraw", actionWithdraw, false)
	add(!waits && x.State.May(ActSeal), "seal", actionSeal, true)
	add(!waits && x.State.May(ActReseal), "reseal", actionReseal, true)
	add(!waits && x.State.May(ActOffer), "offer", actionOffer, false)
	add(!waits && x.State.May(ActStore), "store", actionStore, false)
	add(!waits && x.State.May(ActBreak), "break", actionBreak, false)
	add(!waits && x.State.May(ActPicture), "photograph", actionPicture, false)
	add(x.State.May(ActCorrect), "correct", actionCorrect, false)
	add(!x.State.Final() && absence != "", "take-over", actionTakeOver, true)
	if x.Seal != "" {
		for _, l := range []text.Lang{text.AR, text.FR} {
			out = append(out, ui.Act{Name: actionRead, Label: r.T("exhibits.act.label-" + string(l)), Href: href(x.ID) + "/label?lang=" + string(l)})
		}
	}
	return out
}

func (s *Service) facts(r *web.Request, x Exhibit) []ui.Fact {
	number, _ := s.caseLabel(r, x.Case)
	from := ""
	if x.From != "" {
		from = s.people.Name(r.Context(), string(r.Words.Lang()), x.From)
	}
	return []ui.Fact{
		{Label: r.T("exhibits.field.seal"), Value: ui.ID(x.Seal), Law: "CPP 59"}, {Label: r.T("exhibits.field.case"), Value: ui.ID(number)},
		{Label: r.T("exhibits.field.item"), Text: r.Words.Number(x.Item)}, {Label: r.T("exhibits.field.category"), Text: r.T("exhibits.category." + string(x.Category))},
		{Label: r.T("exhibits.field.quantity"), Text: quantity(r.Words, x)}, {Label: r.T("exhibits.field.described"), Text: x.Description},
		{Label: r.T("exhibits.field.from"), Text: from}, {Label: r.T("exhibits.field.place"), Text: x.Place},
		{Label: r.T("exhibits.field.seized"), Value: ui.Moment(r.Words, x.SeizedAt)}, {Label: r.T("exhibits.field.seized-by"), Text: s.officer(r.Words, x.SeizedBy)},
		{Label: r.T("exhibits.field.witnesses"), Text: x.Witnesses}, {Label: r.T("exhibits.field.holder"), Text: s.where(r.Words, x)},
		{Label: r.T("exhibits.field.condition"), Text: x.Condition},
	}
}

func (s *Service) asides(r *web.Request, x Exhibit) ([]ui.Aside, error) {
	chain, err := s.Chain(r.Context(), x.ID)
	if err != nil {
		return nil, err
	}
	out := []ui.Aside{{Title: r.T("exhibits.chain.title"), Body: chainList(s, r, chain)}}
	seals, err := s.Seals(r.Context(), x.ID)
	if err != nil {
		return nil, err
	}
	if len(seals) > 0 {
		out = append(out, ui.Aside{Title: r.T("exhibits.seals"), Body: sealList(s, r, seals)})
	}
	given, err := s.Handovers(r.Context(), x.ID)
	if err != nil {
		return nil, err
	}
	if len(given) > 0 {
		out = append(out, ui.Aside{Title: r.T("exhibits.handovers"), Body: handoverList(s, r, given)})
	}
	pictures, err := s.Photographs(r.Context(), x.ID)
	if err == nil && len(pictures) > 0 {
		out = append(out, ui.Aside{Title: r.T("exhibits.photographs"), Body: photoList(r, x, pictures)})
	}
	return out, err
}

// paperLang is the language that a paper is asked for in, or the reader's.
func paperLang(r *web.Request) text.Lang {
	if l, ok := text.ParseLang(r.URL.Query().Get("lang")); ok {
		return l
	}
	return r.Words.Lang()
}

func (s *Service) label(r *web.Request) error {
	r.Shows(r.Resource.Ref)
	pdf, err := s.Label(r.Context(), r.Resource.Ref.ID, paperLang(r))
	if err != nil {
		return err
	}
	r.Exported()
	return r.Send("application/pdf", "label-"+string(r.Resource.Ref.ID)+".pdf", pdf)
}

func (s *Service) inventory(r *web.Request) error {
	r.Shows(caseRef(r.Resource.Ref.ID))
	pdf, err := s.Inventory(r.Context(), r.Resource.Ref.ID, paperLang(r))
	if err != nil {
		return err
	}
	r.Exported()
	return r.Send("application/pdf", "inventory-"+string(r.Resource.Ref.ID)+".pdf", pdf)
}

// picture finds the picture of the address among those of the exhibit.
func (s *Service) picture(r *web.Request) (blobs.Info, error) {
	r.Shows(r.Resource.Ref)
	all, err := s.Photographs(r.Context(), r.Resource.Ref.ID)
	for _, p := range all {
		if string(p.Address) == r.PathValue("address") {
			return p.Info, nil
		}
	}
	if err == nil {
		err = fault.New(fault.NotFound, "fault.not-found")
	}
	return blobs.Info{}, err
}

// photo gives a picture as it was filed.
func (s *Service) photo(r *web.Request) error {
	info, err := s.picture(r)
	if err != nil {
		return err
	}
	f, err := s.k.Blobs.Open(r.Context(), info)
	if err != nil {
		return err
	}
	defer f.Close()
	return r.SendFile(info.MIME, info.Name, f)
}

// copyOfPhoto gives a small copy for the screen.
func (s *Service) copyOfPhoto(r *web.Request) error {
	info, err := s.picture(r)
	if err != nil {
		return err
	}
	f, err := s.k.Blobs.Open(r.Context(), info)
	if err != nil {
		return err
	}
	defer f.Close()
	small, err := blobs.Preview(r.Context(), f, screenPixels)
	if err != nil {
		return err
	}
	return r.SendFile("image/jpeg", "copy.jpg", bytes.NewReader(small))
}
