package disposal

import (
	"net/http"
	"net/url"

	"github.com/a-h/templ"

	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/packs"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/text"
	"github.com/amana-platform/amana/kernel/web"
	"github.com/amana-platform/amana/kernel/web/ui"
)

const home = "/disposals"

func href(l List) string { return home + "/" + string(l.ID) }

func (s *Service) name(r *web.Request, officer ident.ID) string {
	return s.people.OfficerName(r.Context(), string(r.Words.Lang()), officer)
}

func (s *Service) unit(r *web.Request, unit ident.ID) string {
	return s.people.UnitName(r.Context(), string(r.Words.Lang()), unit)
}

// className gives a class of the schedule in the reader's words.
func (s *Service) className(r *web.Request, class string) string {
	row, err := s.k.Pack.Retention(class, r.Now())
	if err != nil {
		return class
	}
	return row.Names.In(string(r.Words.Lang()))
}

// approver says who decides.
func (s *Service) approver(r *web.Request, code string) string {
	if c, err := s.k.Pack.Capacity(code, r.Now()); err == nil {
		return c.Names.In(string(r.Words.Lang()))
	}
	return r.T("disposal.by-schedule")
}

// length says how long a period is.
func length(w *text.Words, p packs.Period) string {
	switch {
	case p.Years > 0:
		return w.N("disposal.years", p.Years)
	case p.Months > 0:
		return w.N("disposal.months", p.Months)
	}
	return w.N("disposal.days", p.Days)
}

// label names a record and where its page is.
func (s *Service) label(r *web.Request, ref ident.Ref) (label, href string) {
	if s.Label != nil {
		label, href = s.Label(r.Context(), ref)
	}
	if label == "" {
		label = ref.String()
	}
	return label, href
}

var statuses = map[State]ui.Status{Drawn: ui.Wait, Decided: ui.Wait, Finished: ui.Good}

func stateOf(w *text.Words, l List) ui.State {
	if l.awaitsArchives() {
		return ui.State{Status: ui.Wait, Label: w.T("disposal.state.archives")}
	}
	return ui.State{Status: statuses[l.State], Label: w.T("disposal.state." + string(l.State))}
}

// openSchedule shows the schedule, what is due by it, and the lists that one's
// unit drew or decides on; the inspectors see those of every unit.
func (s *Service) openSchedule(r *web.Request) error {
	rows, err := s.Schedule(r.Context(), r.Actor.Unit)
	if err != nil {
		return err
	}
	unit := r.Actor.Unit
	if r.Actor.Role == "inspector" {
		unit = ""
	}
	all, err := s.Lists(r.Context(), unit)
	if err != nil {
		return err
	}
	may := r.Can(actionDraw, policy.Resource{})
	var due []Row
	for _, row := range rows {
		if may && row.byAuthority() && row.Due > 0 {
			due = append(due, row)
		}
	}
	v := r.View(r.T("disposal.title"))
	return r.Render(http.StatusOK, ui.Page(v), schedulePage(r, s, due, s.listTable(r, all), s.scheduleTable(r, rows)))
}

func (s *Service) scheduleTable(r *web.Request, rows []Row) ui.Table {
	t := ui.Table{ID: "schedule", Caption: r.T("disposal.schedule"), Path: home, Count: len(rows), Columns: []ui.Column{
		{Key: "class", Label: r.T("disposal.column.class"), Wide: true}, {Key: "keep", Label: r.T("disposal.column.keep")}, {Key: "since", Label: r.T("disposal.column.since"), Minor: true},
		{Key: "approver", Label: r.T("disposal.column.approver")}, {Key: "action", Label: r.T("disposal.column.action"), Minor: true}}}
	for _, row := range rows {
		t.Rows = append(t.Rows, ui.Row{Label: s.className(r, row.Code), Cells: []templ.Component{
			ui.Plain(s.className(r, row.Code)), ui.Plain(length(r.Words, row.Keep)), ui.Plain(r.T("disposal.since." + row.Since)), ui.Plain(s.approver(r, row.Approver)), ui.Plain(r.T("disposal.action." + row.Action)),
		}})
	}
	return t
}

func (s *Service) listTable(r *web.Request, all []List) ui.Table {
	t := ui.Table{ID: "disposals", Caption: r.T("disposal.lists"), Path: home, Query: url.Values{}, Count: len(all), Nothing: r.T("disposal.no-list"), Advice: r.T("disposal.no-list-lead"), Columns: []ui.Column{
		{Key: "class", Label: r.T("disposal.column.class"), Wide: true}, {Key: "drawn", Label: r.T("disposal.column.drawn")}, {Key: "unit", Label: r.T("disposal.column.unit"), Minor: true},
		{Key: "records", Label: r.T("disposal.column.records"), Numeric: true}, {Key: "state", Label: r.T("disposal.column.state")}}}
	for _, l := range all {
		r.Shows(l.ref())
		state := stateOf(r.Words, l)
		t.Rows = append(t.Rows, ui.Row{Href: href(l), Label: s.className(r, l.Class), Status: state.Status, Cells: []templ.Component{
			ui.Plain(s.className(r, l.Class)), ui.Moment(r.Words, l.Drawn), ui.Plain(s.unit(r, l.Unit)), ui.Plain(r.Words.Number(int64(len(l.Items)))), ui.Chip(state),
		}})
	}
	return t
}

func (s *Service) drawList(r *web.Request) error {
	form, err := r.Form()
	if err != nil {
		return err
	}
	id, err := s.Draw(r.Context(), r.Grant, form.Get("class"))
	if err != nil {
		return err
	}
	return r.Redirect(home + "/" + string(id))
}

// readList shows a list: what is on it, what was decided, what became of it.
func (s *Service) readList(r *web.Request) error {
	l, err := s.List(r.Context(), r.Resource.Ref.ID)
	if err != nil {
		return err
	}
	events, err := r.Timeline(l.ref(), 20)
	if err != nil {
		return err
	}
	var acts []ui.Act
	if l.State == Drawn && r.Can(actionDecide, l.Resource()) {
		acts = append(acts, ui.Act{Name: actionDecide, Label: r.T("disposal.act.decide"), Href: href(l) + "/decide", Key: "d", Primary: true})
	}
	if l.awaitsArchives() && r.Can(actionTransfer, l.Resource()) {
		acts = append(acts, ui.Act{Name: actionTransfer, Label: r.T("disposal.act.transfer"), Href: href(l) + "/transfer", Key: "t", Primary: true})
	}
	rec := ui.Record{Kind: r.T("disposal.list"), Title: s.className(r, l.Class), State: stateOf(r.Words, l), Crumbs: []ui.Link{{Label: r.T("disposal.title"), Href: home}}, Acts: acts, Facts: s.facts(r, l), Timeline: events}
	if l.State != Drawn {
		rec.PDF = href(l) + "/paper"
	}
	t := s.itemTable(r, l)
	rec.Aside = []ui.Aside{{Title: r.T("disposal.records"), Body: t.Show(r.Words)}}
	return r.RecordPage(rec.Kind, rec)
}

func (s *Service) facts(r *web.Request, l List) []ui.Fact {
	out := []ui.Fact{
		{Label: r.T("disposal.column.unit"), Text: s.unit(r, l.Unit)}, {Label: r.T("disposal.fact.by"), Text: s.name(r, l.By)}, {Label: r.T("disposal.column.drawn"), Value: ui.Moment(r.Words, l.Drawn)},
		{Label: r.T("disposal.fact.approver"), Text: s.approver(r, l.Approver)}, {Label: r.T("disposal.fact.office"), Text: s.unit(r, l.Office)},
		{Label: r.T("disposal.fact.action"), Text: r.T("disposal.action." + l.Action), Law: "L69-99"},
	}
	if l.State != Drawn {
		out = append(out, ui.Fact{Label: r.T("disposal.fact.decided-by"), Text: s.name(r, l.DecidedBy)}, ui.Fact{Label: r.T("disposal.fact.decided"), Value: ui.Moment(r.Words, l.Decided)})
	}
	if l.Reason != "" {
		out = append(out, ui.Fact{Label: r.T("disposal.field.reason"), Text: l.Reason})
	}
	if !l.Transferred.IsZero() {
		out = append(out, ui.Fact{Label: r.T("disposal.field.received"), Text: l.Received}, ui.Fact{Label: r.T("disposal.fact.transferred"), Value: ui.Moment(r.Words, l.Transferred)})
	}
	return out
}

func (s *Service) itemTable(r *web.Request, l List) ui.Table {
	t := ui.Table{ID: "records", Caption: r.T("disposal.column.records"), Path: href(l), Count: len(l.Items), Columns: []ui.Column{
		{Key: "record", Label: r.T("disposal.column.record"), Wide: true}, {Key: "since", Label: r.T("disposal.column.ended")}, {Key: "outcome", Label: r.T("disposal.column.outcome"), Wide: true}}}
	for _, i := range l.Items {
		r.Shows(i.Ref)
		label, to := s.label(r, i.Ref)
		t.Rows = append(t.Rows, ui.Row{Href: to, Label: label, Cells: []templ.Component{ui.Plain(label), ui.Plain(r.Words.DateNumeric(i.Since)), ui.Plain(outcome(r.Words, l, i))}})
	}
	return t
}

// outcome says what became of a record, or what is to become of it.
func outcome(w *text.Words, l List, i Item) string {
	switch {
	case i.Outcome == Kept:
		return w.T("disposal.outcome.kept", "until", w.DateNumeric(i.Until))
	case i.Outcome != Waiting:
		return w.T("disposal.outcome." + string(i.Outcome))
	case l.State == Drawn:
		return w.T("disposal.outcome.undecided")
	}
	return w.T("disposal.outcome.ending")
}

// decideSheet asks what is kept longer.
func (s *Service) decideSheet(r *web.Request) (web.Sheet, error) {
	l, err := s.List(r.Context(), r.Resource.Ref.ID)
	if err != nil {
		return web.Sheet{}, err
	}
	var options []ui.Option
	for _, i := range l.Items {
		r.Shows(i.Ref)
		label, _ := s.label(r, i.Ref)
		options = append(options, ui.Option{Value: i.Ref.String(), Label: label, Help: r.T("disposal.ended-on", "day", r.Words.DateNumeric(i.Since))})
	}
	f := web.Sheet{Verb: "decide", About: s.className(r, l.Class) + " · " + s.unit(r, l.Unit), Back: href(l), Law: "L69-99", Asks: []web.Question{
		{Name: "keep", Optional: true, Help: true, Draw: func(f ui.Form, fd ui.Field) templ.Component { return f.Checks(fd, options) }},
		{Name: "until", Kind: "date", Optional: true, Help: true}, {Name: "reason", Kind: "area", Optional: true, Help: true},
	}}
	f.Do = func(a web.Answers) (string, error) {
		in := Decision{Until: a.Day("until"), Reason: a.Get("reason")}
		for _, v := range a.Values["keep"] {
			ref, err := ident.ParseRef(v)
			if err != nil {
				a.Wrong.Add("keep", "form.choose")
				continue
			}
			in.Keep = append(in.Keep, ref)
		}
		return a.Then(f.Back, func() error { return s.Decide(r.Context(), r.Grant, l.ID, in) })
	}
	return f, nil
}

// transferSheet asks under which reference the archives received the records.
func (s *Service) transferSheet(r *web.Request) (web.Sheet, error) {
	l, err := s.List(r.Context(), r.Resource.Ref.ID)
	if err != nil {
		return web.Sheet{}, err
	}
	f := web.Sheet{Verb: "transfer", About: s.className(r, l.Class) + " · " + s.unit(r, l.Unit), Back: href(l), Law: "L69-99", Asks: []web.Question{{Name: "received", Help: true}}}
	f.Do = func(a web.Answers) (string, error) {
		return a.Then(f.Back, func() error { return s.Transfer(r.Context(), r.Grant, l.ID, a.Get("received")) })
	}
	return f, nil
}

// tasks are the lists that wait for a person's decision, and those whose records
// wait for the archives.
func (s *Service) tasks(r *web.Request) ([]web.Task, error) {
	all, err := s.Lists(r.Context(), r.Actor.Unit)
	var out []web.Task
	for _, l := range all {
		verb := ""
		switch {
		case l.State == Drawn && r.Can(actionDecide, l.Resource()):
			verb = "disposal.task.decide"
		case l.awaitsArchives() && r.Can(actionTransfer, l.Resource()):
			verb = "disposal.task.transfer"
		default:
			continue
		}
		r.Shows(l.ref())
		out = append(out, web.Task{Verb: verb, Label: s.className(r, l.Class), Detail: s.unit(r, l.Unit), Href: href(l)})
	}
	return out, err
}
