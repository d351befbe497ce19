package inspection

import (
	"context"
	"fmt"
	"net/url"
	"strconv"

	"github.com/a-h/templ"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/web"
	"github.com/amana-platform/amana/kernel/web/ui"
)

// pageSize is how many lines a list shows.
const pageSize = 50

// name says who an actor is.
func (s *Service) name(r *web.Request, actor ident.ID) string {
	return s.who(r.Context(), string(r.Words.Lang()), actor)
}

// refIn reads a record reference from a query parameter.
func refIn(q url.Values, name string) (ident.Ref, error) {
	v := q.Get(name)
	if v == "" {
		return ident.Ref{}, nil
	}
	ref, err := ident.ParseRef(v)
	if err != nil {
		return ident.Ref{}, &fault.Error{Kind: fault.Invalid, Key: "inspection.ref-unreadable", Field: name, Cause: err}
	}
	return ref, nil
}

// searchJournal lists entries by kind, actor and record.
func (s *Service) searchJournal(r *web.Request) error {
	q := r.URL.Query()
	about, err := refIn(q, "about")
	if err != nil {
		return err
	}
	before, _ := strconv.ParseInt(q.Get("after"), 10, 64)
	found, err := s.k.Journal.Search(r.Context(), journal.Search{Kind: q.Get("kind"), Actor: ident.ID(q.Get("actor")), About: about, Before: before, Limit: pageSize})
	if err != nil {
		return err
	}
	r.Searched(q.Encode())
	t := ui.Table{ID: "journal", Caption: r.T("inspection.journal.title"), Path: "/journal", Query: q, Count: -1,
		Columns: []ui.Column{{Key: "seq", Label: r.T("inspection.column.seq"), Numeric: true}, {Key: "written", Label: r.T("inspection.column.written")},
			{Key: "fact", Label: r.T("inspection.column.fact"), Wide: true}, {Key: "who", Label: r.T("inspection.column.who")}, {Key: "why", Label: r.T("inspection.column.why"), Minor: true}},
		Filters: []ui.Filter{{Name: "kind", Label: r.T("inspection.column.kind"), Options: s.kindOptions(r)}, {Name: "about", Label: r.T("inspection.column.record")}, {Name: "actor", Label: r.T("inspection.column.actor")}},
	}
	for _, e := range found {
		title, detail := r.Tell(e)
		t.Rows = append(t.Rows, ui.Row{Href: "/journal/" + string(e.ID), Label: strconv.FormatInt(e.Seq, 10), Cells: []templ.Component{
			ui.Plain(strconv.FormatInt(e.Seq, 10)), ui.Moment(r.Words, e.Written), ui.Plain(joined(title, detail)), ui.Plain(s.name(r, e.Actor)), ui.Plain(r.PurposeLabel(e.Purpose)),
		}})
	}
	if len(found) == pageSize {
		t.Next = strconv.FormatInt(found[len(found)-1].Seq, 10)
	}
	return r.Page(t.Caption, t.Page(r.Words, r.View(t.Caption), nil))
}

func joined(title, detail string) string {
	if detail == "" {
		return title
	}
	return title + " · " + detail
}

func (s *Service) kindOptions(r *web.Request) []ui.Option {
	var out []ui.Option
	for _, k := range s.k.Journal.Kinds() {
		out = append(out, ui.Option{Value: k.Name, Label: k.Name})
	}
	return out
}

// readEntry shows one entry: what it says, who wrote it, its place in the log.
func (s *Service) readEntry(r *web.Request) error {
	id, err := r.PathID("id")
	if err != nil {
		return err
	}
	e, err := s.k.Journal.Find(r.Context(), id)
	if err != nil {
		return err
	}
	about := e.Entry.About()
	r.Shows(about...)
	title, _ := r.Tell(e)
	rec := ui.Record{Kind: r.T("inspection.entry.name"), Number: strconv.FormatInt(e.Seq, 10), Title: title, State: s.proofState(r, e.Seq),
		Crumbs: []ui.Link{{Label: r.T("inspection.journal.title"), Href: "/journal"}},
		Acts:   []ui.Act{{Name: "inspection.entry.prove", Label: r.T("inspection.entry.proof"), Href: "/journal/" + string(id) + "/proof", Primary: true}},
		Facts: []ui.Fact{
			{Label: r.T("inspection.column.kind"), Value: ui.ID(e.Kind)}, {Label: r.T("inspection.entry.number"), Value: ui.ID(string(e.ID))},
			{Label: r.T("inspection.column.happened"), Value: ui.Moment(r.Words, e.Happened)}, {Label: r.T("inspection.column.written"), Value: ui.Moment(r.Words, e.Written)},
			{Label: r.T("inspection.column.who"), Text: s.name(r, e.Actor)}, {Label: r.T("inspection.column.why"), Text: r.PurposeLabel(e.Purpose)},
			{Label: r.T("inspection.column.act"), Value: ui.ID(e.Action)},
		},
	}
	for _, f := range fieldsOf(e.Entry) {
		rec.Facts = append(rec.Facts, ui.Fact{Label: f.name, Text: f.value})
	}
	for _, ref := range about {
		rec.Aside = append(rec.Aside, ui.Aside{Title: r.T("inspection.column.record"), Body: ui.ID(ref.String()), Href: "/history/" + ref.String()})
	}
	return r.Page(title, rec.Show(r.Words, r.View(title)))
}

func (s *Service) proofState(r *web.Request, seq int64) ui.State {
	if r.Covered(seq) {
		return ui.State{Status: ui.Good, Label: r.T("inspection.entry.proven")}
	}
	return ui.State{Status: ui.Wait, Label: r.T("inspection.entry.pending")}
}

// giveProof gives the proof of an entry as a file, sealed fields withheld.
func (s *Service) giveProof(r *web.Request) error {
	id, err := r.PathID("id")
	if err != nil {
		return err
	}
	raw, _, err := s.k.Paper.Proof(r.Context(), id, func(string) bool { return false })
	if err != nil {
		return err
	}
	r.Exported()
	return r.Send("application/json", "amana-proof-"+string(id)+".json", raw)
}

// searchAccesses lists readings, searches, exports and refusals.
func (s *Service) searchAccesses(r *web.Request) error {
	q := r.URL.Query()
	about, err := refIn(q, "about")
	if err != nil {
		return err
	}
	found, err := s.k.Journal.Lane().Search(r.Context(), journal.AccessQuery{About: about, Actor: ident.ID(q.Get("actor")), Outcome: journal.Outcome(q.Get("outcome")),
		Before: journal.ParsePlace(q.Get("after")), Limit: pageSize})
	if err != nil {
		return err
	}
	r.Searched(q.Encode())
	t := s.accessTable(r, found)
	t.Path, t.Query = "/accesses", q
	var outcomes []ui.Option
	for _, o := range []journal.Outcome{journal.Read, journal.Found, journal.Export, journal.Refused, journal.Asked, journal.Glass} {
		outcomes = append(outcomes, ui.Option{Value: string(o), Label: r.T("inspection.outcome." + string(o))})
	}
	t.Filters = []ui.Filter{{Name: "outcome", Label: r.T("inspection.column.outcome"), Options: outcomes}, {Name: "about", Label: r.T("inspection.column.record")}, {Name: "actor", Label: r.T("inspection.column.actor")}}
	if len(found) == pageSize {
		t.Next = found[len(found)-1].Place().String()
	}
	return r.Page(t.Caption, t.Page(r.Words, r.View(t.Caption), nil))
}

var statusOf = map[journal.Outcome]ui.Status{journal.Read: ui.Neutral, journal.Found: ui.Neutral, journal.Export: ui.Wait, journal.Refused: ui.Stop, journal.Asked: ui.Wait, journal.Glass: ui.Alert}

func (s *Service) accessTable(r *web.Request, found []journal.Access) ui.Table {
	t := ui.Table{ID: "accesses", Caption: r.T("inspection.access.title"), Count: -1,
		Columns: []ui.Column{{Key: "at", Label: r.T("inspection.column.at")}, {Key: "outcome", Label: r.T("inspection.column.outcome")},
			{Key: "who", Label: r.T("inspection.column.who")}, {Key: "act", Label: r.T("inspection.column.act"), Minor: true},
			{Key: "why", Label: r.T("inspection.column.why"), Wide: true}, {Key: "said", Label: r.T("inspection.column.said"), Wide: true}}}
	for _, a := range found {
		href := ""
		if len(a.Refs) > 0 {
			href = "/history/" + a.Refs[0].String()
		}
		said := a.Said.Query
		if a.Said.Reason != "" {
			said = joined(said, a.Said.Reason)
		}
		if a.Detail != "" && said == "" {
			said = r.T(a.Detail)
		}
		t.Rows = append(t.Rows, ui.Row{Href: href, Status: statusOf[a.Outcome], Cells: []templ.Component{
			ui.Moment(r.Words, a.At), ui.Chip(ui.State{Status: statusOf[a.Outcome], Label: r.T("inspection.outcome." + string(a.Outcome))}),
			ui.Plain(s.name(r, a.Actor)), ui.ID(a.Action), ui.Plain(r.PurposeLabel(a.Purpose)), ui.Plain(said),
		}})
	}
	return t
}

// showHistory shows who read and who changed one record.
func (s *Service) showHistory(r *web.Request) error {
	ref, err := ident.ParseRef(r.PathValue("kind") + "/" + r.PathValue("id"))
	if err != nil {
		return fault.Wrap(err, fault.NotFound, "fault.not-found")
	}
	r.Shows(ref)
	events, err := r.Timeline(ref, 200)
	if err != nil {
		return err
	}
	seen, err := s.k.Journal.Lane().Search(r.Context(), journal.AccessQuery{About: ref, Limit: 200})
	if err != nil {
		return err
	}
	if len(events) == 0 && len(seen) == 0 {
		return fault.New(fault.NotFound, "fault.not-found")
	}
	ground, err := s.held(r.Context(), ref)
	if err != nil {
		return err
	}
	return r.Page(r.T("inspection.history.title"), historyPage(r, ref, ground, events, s.accessTable(r, seen)))
}

func (s *Service) holdRecord(r *web.Request) error { return changeHold(r, s.HoldRecord) }

func (s *Service) liftHold(r *web.Request) error { return changeHold(r, s.LiftHold) }

// changeHold reads the form both share.
func changeHold(r *web.Request, act func(context.Context, policy.Grant, ident.Ref, string) error) error {
	ref, err := ident.ParseRef(r.PathValue("kind") + "/" + r.PathValue("id"))
	if err != nil {
		return fault.Wrap(err, fault.NotFound, "fault.not-found")
	}
	form, err := r.Form()
	if err != nil {
		return err
	}
	if err := act(r.Context(), r.Grant, ref, form.Get("ground")); err != nil {
		return err
	}
	return r.Redirect("/history/" + ref.String())
}

func seconds(s float64) string { return fmt.Sprintf("%.1f", s) }

// holdVerb is what the form on a record's history does next.
func holdVerb(ground string) string {
	if ground == "" {
		return "hold"
	}
	return "lift"
}
