package plates

import (
	"bytes"
	"context"
	"net/url"
	"strconv"
	"time"

	"github.com/a-h/templ"

	"github.com/amana-platform/amana/kernel/blobs"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/packs"
	"github.com/amana-platform/amana/kernel/text"
	"github.com/amana-platform/amana/kernel/web"
	"github.com/amana-platform/amana/kernel/web/ui"
)

// pageSize is how many lines a list shows.
const pageSize = 50

// screenPixels is the size of a screen copy.
const screenPixels = 400_000

func hitHref(id ident.ID) string    { return "/plates/hits/" + string(id) }
func entryHref(id ident.ID) string  { return "/plates/entries/" + string(id) }
func cameraHref(id ident.ID) string { return "/plates/cameras/" + string(id) }

func (s *Service) officer(w *text.Words, id ident.ID) string {
	if id == "" {
		return ""
	}
	if name := s.units.OfficerName(context.Background(), string(w.Lang()), id); name != "" {
		return name
	}
	return w.T("plates.erased")
}

func (s *Service) unit(w *text.Words, id ident.ID) string {
	return s.units.UnitName(context.Background(), string(w.Lang()), id)
}

// cameraName says which camera it is.
func (s *Service) cameraName(ctx context.Context, id ident.ID) string {
	c, err := s.Camera(ctx, id)
	if err != nil {
		return ""
	}
	return c.Code + " · " + c.Name
}

// percent says millionths as a share.
func percent(w *text.Words, ppm int64) string { return w.Percent(float64(ppm)/million, 1) }

// hitChips says how each state stands.
var hitChips = map[HitState]ui.Status{Proposed: ui.Alert, Confirmed: ui.Wait, Tasked: ui.Wait, Closed: ui.Neutral, Rejected: ui.Stop}

func hitChip(w *text.Words, h Hit) ui.State {
	label := w.T("plates.state." + string(h.State))
	if h.Outcome != "" {
		label += " · " + w.T("plates.outcome."+string(h.Outcome))
	}
	if h.Flagged {
		label += " · " + w.T("plates.flagged")
	}
	return ui.State{Status: hitChips[h.State], Label: label}
}

// number shows a plate in its cells, or that it has been forgotten.
func number(w *text.Words, country, line string) templ.Component {
	if line == "" {
		return ui.Plain(w.T("plates.erased"))
	}
	p := plateOf(country, line)
	if country != "" || p.Letter == "" || p.Code == "" {
		return ui.ID(line)
	}
	return ui.Plate(w, cells(p))
}

// openDesk is the hit desk: what waits, the newest first, kept current by the
// journal.
func (s *Service) openDesk(r *web.Request) error {
	q := r.URL.Query()
	rights, err := r.Filter(actionHits, hitRights())
	if err != nil {
		return err
	}
	before, _ := strconv.ParseInt(q.Get("after"), 10, 64) // unreadable is the first page
	found, err := s.hits(r.Context(), rights, wantedHits{State: HitState(q.Get("state")), List: List(q.Get("list")), Before: before}, pageSize+1)
	if err != nil {
		return err
	}
	waiting, err := s.hits(r.Context(), rights, wantedHits{State: Proposed}, pageSize+1)
	if err != nil {
		return err
	}
	t := ui.Table{ID: "hits", Caption: r.T("plates.desk"), Path: "/plates", Query: q, Count: -1, Columns: hitColumnsShown(r.Words), Filters: []ui.Filter{
		{Name: "state", Label: r.T("plates.field.state"), Options: web.Options(r, "plates.state", HitStates())}, {Name: "list", Label: r.T("plates.field.list"), Options: web.Options(r, "plates.list", Lists())},
	}}
	if len(found) > pageSize {
		found = found[:pageSize]
		t.Next = strconv.FormatInt(found[pageSize-1].Proposed.UnixMicro(), 10)
	}
	t.Rows = s.hitRows(r, found)
	v := r.View(t.Caption)
	v.Live = "/live/" + deskRef.String()
	newest := ""
	if len(waiting) > 0 {
		newest = string(waiting[0].ID)
	}
	return r.Render(200, ui.Page(v), deskPage(r, v, t, len(waiting), newest))
}

func hitColumnsShown(w *text.Words) []ui.Column {
	return []ui.Column{{Key: "at", Label: w.T("plates.field.at")}, {Key: "plate", Label: w.T("plates.field.plate")}, {Key: "list", Label: w.T("plates.field.list")}, {Key: "state", Label: w.T("plates.field.state")},
		{Key: "camera", Label: w.T("plates.field.camera"), Wide: true}, {Key: "p", Label: w.T("plates.field.p"), Numeric: true, Minor: true}, {Key: "seen", Label: w.T("plates.field.seen"), Numeric: true, Minor: true}}
}

func (s *Service) hitRows(r *web.Request, all []Hit) []ui.Row {
	var out []ui.Row
	for _, h := range all {
		r.Shows(h.Ref())
		state := hitChip(r.Words, h)
		out = append(out, ui.Row{Href: hitHref(h.ID), Status: state.Status, Cells: []templ.Component{
			ui.Moment(r.Words, h.At), number(r.Words, h.Country, h.Plate), ui.Plain(r.T("plates.list." + string(h.List))), ui.Chip(state),
			ui.Plain(s.cameraName(r.Context(), h.Camera)), ui.Plain(percent(r.Words, h.PPM)), ui.Plain(r.Words.Number(h.Sightings)),
		}})
	}
	return out
}

// side is a hit beside the entry it may be of.
type side struct {
	hit     Hit
	entry   Entry
	camera  string
	picture string // address of the screen copy, "" where none came
	fresh   string // how the entry stands at this moment
}

func (s *Service) beside(r *web.Request, h Hit) (side, error) {
	e, err := s.Entry(r.Context(), h.Entry)
	out := side{hit: h, entry: e, camera: s.cameraName(r.Context(), h.Camera), fresh: e.Standing(r.Now())}
	if h.Picture != nil {
		out.picture = hitHref(h.ID) + "/pictures/" + string(h.Picture.Address)
	}
	r.Shows(h.Ref(), e.Ref())
	return out, err
}

// readHitPage shows one hit: picture and entry side by side, next acts, what
// was decided by whom.
func (s *Service) readHitPage(r *web.Request) error {
	h, err := s.Hit(r.Context(), r.Resource.Ref.ID)
	if err != nil {
		return err
	}
	beside, err := s.beside(r, h)
	if err != nil {
		return err
	}
	rec := ui.Record{Kind: r.T("plates.hit"), Number: r.Words.Seconds(h.At), Title: s.cameraName(r.Context(), h.Camera), State: hitChip(r.Words, h), Acts: s.hitActs(r, h), Facts: s.hitFacts(r, h),
		Crumbs: []ui.Link{{Label: r.T("plates.desk"), Href: "/plates"}, {Label: r.T("plates.entry"), Href: entryHref(h.Entry)}},
		Aside:  []ui.Aside{{Title: r.T("plates.compare"), Body: comparison(r, beside)}}}
	if rec.Timeline, err = r.Timeline(h.Ref(), 30); err != nil {
		return err
	}
	return r.RecordPage(r.T("plates.hit"), rec)
}

// hitActs lists what this person may do next.
func (s *Service) hitActs(r *web.Request, h Hit) []ui.Act {
	var out []ui.Act
	for _, x := range []struct {
		act    HitAct
		action string
		key    string
	}{{ActConfirm, actionConfirm, "c"}, {ActReject, actionReject, "x"}, {ActTask, actionTask, "t"}, {ActClose, actionClose, "e"}} {
		if h.State.May(x.act) && r.Can(x.action, r.Resource) {
			out = append(out, ui.Act{Name: x.action, Label: r.T("plates.act." + string(x.act)), Href: hitHref(h.ID) + "/" + string(x.act), Key: x.key, Primary: x.act != ActReject})
		}
	}
	return out
}

func (s *Service) hitFacts(r *web.Request, h Hit) []ui.Fact {
	w := r.Words
	facts := []ui.Fact{
		{Label: w.T("plates.field.plate"), Value: number(w, h.Country, h.Plate)}, {Label: w.T("plates.field.list"), Text: w.T("plates.list." + string(h.List))},
		{Label: w.T("plates.field.p"), Text: w.T("plates.at-least", "p", percent(w, h.PPM), "least", percent(w, h.Threshold))},
		{Label: w.T("plates.field.at"), Value: ui.Moment(w, h.At)}, {Label: w.T("plates.field.said"), Value: ui.Moment(w, h.Said)}, {Label: w.T("plates.field.proposed"), Value: ui.Moment(w, h.Proposed)},
		{Label: w.T("plates.field.seen"), Text: w.Number(h.Sightings)}, {Label: w.T("plates.field.camera"), Text: s.cameraName(r.Context(), h.Camera)}, {Label: w.T("plates.field.reader"), Value: ui.ID(h.Model)},
	}
	if h.Decider != "" {
		facts = append(facts, ui.Fact{Label: w.T("plates.decided." + string(decidedAs(h.State))), Text: s.officer(w, h.Decider)}, ui.Fact{Label: w.T("plates.field.decided"), Value: ui.Moment(w, h.Decided)})
	}
	if h.Ground != "" {
		facts = append(facts, ui.Fact{Label: w.T("plates.field.ground"), Text: w.T("plates.ground." + h.Ground)}, ui.Fact{Label: w.T("plates.field.reason"), Text: h.Reason})
	}
	if h.Crew != "" {
		facts = append(facts, ui.Fact{Label: w.T("plates.field.crew"), Text: h.Crew}, ui.Fact{Label: w.T("plates.field.tasked"), Text: s.officer(w, h.Tasker) + " · " + w.DateTimeNumeric(h.TaskedAt)})
	}
	if h.Outcome != "" {
		facts = append(facts, ui.Fact{Label: w.T("plates.field.outcome"), Text: w.T("plates.outcome." + string(h.Outcome))}, ui.Fact{Label: w.T("plates.field.note"), Text: h.Note})
	}
	return facts
}

// decidedAs tells a confirmation from a rejection.
func decidedAs(s HitState) HitState {
	if s == Rejected {
		return Rejected
	}
	return Confirmed
}

// hitPicture gives the picture of a hit, small enough for a screen.
func (s *Service) hitPicture(r *web.Request) error {
	r.Shows(r.Resource.Ref)
	info, err := s.picture(r.Context(), r.Resource.Ref.ID, r.PathValue("address"))
	if err != nil {
		return err
	}
	return s.sendPicture(r, info)
}

func (s *Service) sendPicture(r *web.Request, info blobs.Info) error {
	f, err := s.k.Blobs.Open(r.Context(), info)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }() // only read from
	small, err := blobs.Preview(r.Context(), f, screenPixels)
	if err != nil {
		return err
	}
	return r.SendFile("image/jpeg", "plate.jpg", bytes.NewReader(small))
}

// openFigures shows the figures of the yearly report for a span of days.
func (s *Service) openFigures(r *web.Request) error {
	from, to := s.spanOf(r.URL.Query(), r)
	h, outcomes, err := s.Headlines(r.Context(), from, to)
	if err != nil {
		return err
	}
	chart := ui.Chart{Title: r.T("plates.figure.outcomes"), Unit: r.T("plates.hits")}
	for _, o := range Outcomes() {
		chart.Points = append(chart.Points, ui.Point{Label: r.T("plates.outcome." + string(o)), Value: float64(outcomes[o])})
	}
	return r.Page(r.T("plates.figures"), figuresPage(r, h, chart, from, to))
}

// spanOf reads the days "from" and "to" of an address, both inclusive; without
// them it is the present year.
func (s *Service) spanOf(q url.Values, r *web.Request) (from, to time.Time) {
	today := s.k.Pack.Day(r.Now())
	first, last := packs.Date{Year: today.Year, Month: time.January, Day: 1}, today
	if d, err := time.Parse(time.DateOnly, q.Get("from")); err == nil {
		first = packs.DateOf(d)
	}
	if d, err := time.Parse(time.DateOnly, q.Get("to")); err == nil {
		last = packs.DateOf(d)
	}
	from, _ = s.k.Pack.Instant(first, 0, 0, 0)
	next := time.Date(last.Year, last.Month, last.Day+1, 0, 0, 0, 0, time.UTC)
	to, _ = s.k.Pack.Instant(packs.DateOf(next), 0, 0, 0)
	return from, to
}
