package register

import (
	"net/url"
	"slices"
	"strconv"

	"github.com/a-h/templ"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/text"
	"github.com/amana-platform/amana/kernel/web"
	"github.com/amana-platform/amana/kernel/web/ui"
)

func itoa(n int64) string { return strconv.FormatInt(n, 10) }

// showBoard is the whiteboard: one row a detainee, initials only, a clock that
// nobody can edit, what is due next. It follows the unit's entries.
func (s *Service) showBoard(r *web.Request) error {
	if _, err := s.Watch(r.Context()); err != nil {
		return err
	}
	open, err := s.Open(r.Context(), r.Actor.Unit)
	if err != nil {
		return err
	}
	cells, err := s.cells(r, open.Custodies, open, "/custody/")
	if err != nil {
		return err
	}
	v := r.View(r.T("custody.board"))
	v.Live = "/live/unit/" + string(r.Actor.Unit)
	mayOpen := r.Actor.Capacity != "" && r.Purpose.Kind == policy.Case && r.Can(actionOpen, policy.Resource{Unit: r.Actor.Unit})
	return r.Render(200, ui.Page(v), boardView(r, cells, mayOpen, "/custody"))
}

// cells makes the board's cells of open custodies.
func (s *Service) cells(r *web.Request, all []Custody, open Open, base string) ([]ui.Cell, error) {
	var out []ui.Cell
	for _, c := range all {
		law, err := clockOf(s.k.Pack, c.Regime, c.Arrest)
		if err != nil {
			return nil, err
		}
		r.Shows(ref(KindCustody, c.ID))
		cell := ui.Cell{Title: erasedOr(r, c.Initials), Place: r.T("register.custody.cell-no", "cell", c.Cell), Href: base + string(c.ID), Since: c.Arrest, Limit: c.Deadline.Sub(c.Arrest), Warn: law.warn()}
		if c.Juvenile {
			cell.Notes = append(cell.Notes, r.T("register.custody.juvenile"))
		}
		if !c.Overrun.IsZero() {
			cell.Notes = append(cell.Notes, r.T("register.custody.overran"))
		}
		if !c.Asked.IsZero() {
			cell.Notes = append(cell.Notes, r.T("register.custody.asked"))
		}
		if n := law.rung(c.Deadline, r.Now()); n > 0 {
			cell.Notes = append(cell.Notes, r.T("register.custody.bells", "n", n, "of", len(law.regime.Alarms)))
		}
		if next, ok := open.Next[c.ID]; ok {
			cell.Notes = append(cell.Notes, s.dueSays(r.Words, c, next))
		}
		out = append(out, cell)
	}
	return out, nil
}

// dueSays tells what is due next and when, or since when it is late.
func (s *Service) dueSays(w *text.Words, c Custody, d Due) string {
	key := "register.custody.due"
	if d.Late {
		key = "register.custody.late"
	}
	return w.T(key, "what", s.eventName(w, d.Kind, c), "when", w.DateTimeNumeric(d.At))
}

// eventName names a kind of event as the law of the arrest does, and an ending
// that no law names as an ending.
func (s *Service) eventName(w *text.Words, kind string, c Custody) string {
	if e, err := s.k.Pack.Event(kind, c.Arrest); err == nil {
		return e.Names.In(string(w.Lang()))
	}
	if slices.Contains(Endings(), kind) {
		return w.T("register.ending." + kind)
	}
	return w.T("register.event." + kind)
}

// newCustody shows the form; the case is the one the officer works under.
func (s *Service) newCustody(r *web.Request) error {
	return s.custodyPage(r, url.Values{"submission": {string(s.k.Journal.NewID())}}, nil)
}

func (s *Service) custodyPage(r *web.Request, v url.Values, wrong fault.List) error {
	f := ui.Form{Words: r.Words, ID: "custody-new", Action: "/custody", Values: v, Errors: wrong, Submit: r.T("register.custody.open"), Cancel: "/custody"}
	f, err := r.DraftAmong(f, "/custody/new", "person.family")
	if err != nil {
		return err
	}
	var grounds []ui.Option
	for _, g := range s.k.Pack.Grounds(r.Now()) {
		grounds = append(grounds, ui.Option{Value: g.Code, Label: names(r, g.Names)})
	}
	p := intake{r: r, pick: s.PickPerson, offences: s.offenceOptions(r), chosen: s.chosen(r, f.Values)}
	return r.PageStatus(statusOf(wrong), r.T("register.custody.new"), custodyFields(f, p, grounds))
}

// openCustody opens a page of the register, or declines to detain.
func (s *Service) openCustody(r *web.Request) error {
	v, err := r.Form()
	if err != nil {
		return answer(r, err, "", func(wrong fault.List) error { return s.custodyPage(r, v, wrong) })
	}
	wrong := fault.List(nil)
	party := typedParty(v, Accused, "person")
	in := NewCustody{Submission: ident.ID(typed(v, "submission")), Person: party.Person, New: party.New, Offence: typed(v, "offence"), Special: typed(v, "special"),
		Arrest: typedTime(r, v, "arrest", &wrong), Arrival: typedTime(r, v, "arrival", &wrong), Cell: typed(v, "cell"), Grounds: v["grounds"], Reasons: typed(v, "reasons")}
	var c Custody
	if err = wrong.Err(); err == nil && typed(v, "why") != "" {
		c, err = s.RefuseCustody(r.Context(), r.Grant, in, typed(v, "why"))
	} else if err == nil {
		c, err = s.OpenCustody(r.Context(), r.Grant, in)
	}
	if err == nil {
		err = r.DropDraft("custody-new")
	}
	return answer(r, err, "/custody/"+string(c.ID), func(wrong fault.List) error { return s.custodyPage(r, v, wrong) })
}

// showSheet is the page of a custody for its unit.
func (s *Service) showSheet(r *web.Request) error { return s.sheetPage(r, "/custody/") }

// inspectCustody is the same page for the prosecution.
func (s *Service) inspectCustody(r *web.Request) error {
	return s.sheetPage(r, "/prosecution/custody/")
}

func (s *Service) sheetPage(r *web.Request, base string) error {
	if _, err := s.Watch(r.Context()); err != nil {
		return err
	}
	c, err := s.Sheet(r.Context(), r.Resource.Ref.ID)
	if err != nil {
		return err
	}
	events, err := r.Timeline(r.Resource.Ref, timelineLength)
	if err != nil {
		return err
	}
	r.Shows(personRef(c.Person))
	here := base + string(c.ID)
	rec := ui.Record{
		Kind: r.T("register.custody.kind"), Number: c.Number, Title: s.people.Name(r.Context(), lang(r), c.Person), State: custodyState(r, c.Custody),
		Crumbs: []ui.Link{{Label: r.T("custody.board"), Href: base}}, Acts: s.custodyActs(r, c, here), Facts: s.custodyFacts(r, c), Timeline: events, PDF: here + "/sheet",
		Aside: []ui.Aside{{Title: r.T("register.event.title"), Body: eventList(r, c, s)}},
	}
	rec.Crumbs[0].Href = base[:len(base)-1]
	if c.State == CustodyOpen {
		cells, err := s.cells(r, []Custody{c.Custody}, Open{}, base)
		if err != nil {
			return err
		}
		rec.Aside = append([]ui.Aside{{Title: r.T("register.custody.clock"), Body: ui.Board(r.Words, r.Now(), cells)}, {Title: r.T("register.custody.dues"), Body: dueList(r, c, s)}}, rec.Aside...)
	}
	if len(c.Decisions) > 0 {
		rec.Aside = append(rec.Aside, ui.Aside{Title: r.T("register.decision.title"), Body: decisionList(r, c, s)})
	}
	return r.RecordPage(r.T("register.custody.kind")+" "+c.Number, rec)
}

func custodyState(r *web.Request, c Custody) ui.State {
	status := map[string]ui.Status{CustodyOpen: ui.Wait, CustodyEnded: ui.Good, CustodyRefused: ui.Neutral}[c.State]
	if !c.Overrun.IsZero() {
		status = ui.Alert
	}
	return ui.State{Status: status, Label: r.T("register.custody.state." + c.State)}
}

func (s *Service) custodyActs(r *web.Request, c Sheet, here string) []ui.Act {
	var acts []ui.Act
	add := func(action, verb, path, key string, fits bool) {
		if fits && c.State == CustodyOpen && r.Can(action, r.Resource) {
			acts = append(acts, ui.Act{Name: action, Label: r.T("register.act." + verb), Href: here + "/" + path + "?version=" + itoa(c.Version), Key: key, Primary: len(acts) == 0})
		}
	}
	more := c.Extensions < len(c.Law.Extensions)
	mine := more && s.k.Pack.Stands(r.Actor.Capacity, c.Law.Extensions[c.Extensions].Authority, r.Now())
	add(actionNote, "event", "event", "e", true)
	add(actionAsk, "ask-extension", "extension", "x", more && c.Asked.IsZero())
	add(actionDecide, "extension", "extension", "x", mine)
	add(actionVisa, "visa", "visa", "v", true)
	add(actionEnd, "end", "end", "", true)
	return acts
}

func (s *Service) custodyFacts(r *web.Request, c Sheet) []ui.Fact {
	unit := func(id ident.ID) string { return s.units.UnitName(r.Context(), lang(r), id) }
	grounds := ""
	for i, g := range c.Grounds {
		if i > 0 {
			grounds += r.T("register.and")
		}
		if row, err := s.k.Pack.Ground(g, c.Arrest); err == nil {
			grounds += names(r, row.Names)
		}
	}
	facts := []ui.Fact{
		{Label: r.T("register.custody.regime"), Text: names(r, c.Law.Names), Law: c.Law.Law[0]},
		{Label: r.T("register.custody.offence"), Text: s.offencesLine(r.Words, nonEmpty(c.Offence), Complaint{ReceivedAt: c.Arrest})},
		{Label: r.T("register.custody.arrest"), Value: ui.Moment(r.Words, c.Arrest)}, {Label: r.T("register.custody.arrival"), Value: ui.Moment(r.Words, c.Arrival)},
		{Label: r.T("register.custody.entry"), Value: ui.Moment(r.Words, c.Written)}, {Label: r.T("register.custody.writer"), Text: s.who(r)(c.Writer)},
		{Label: r.T("register.custody.deadline"), Value: ui.Moment(r.Words, c.Deadline), Law: "CPP 66"},
		{Label: r.T("register.custody.cell"), Text: c.Cell}, {Label: r.T("register.custody.grounds"), Text: grounds, Law: "CPP 66-1"},
		{Label: r.T("register.custody.reasons"), Text: erasedOr(r, c.Reasons)},
		{Label: r.T("register.custody.unit"), Text: unit(c.Unit)}, {Label: r.T("register.custody.office"), Text: unit(c.Office)},
	}
	if s.CaseLabel != nil {
		if number, href := s.CaseLabel(r.Context(), c.Case); number != "" {
			facts = append(facts, ui.Fact{Label: r.T("register.complaint.case"), Value: caseLink(number, href)})
		}
	}
	if c.AskedOf != "" && c.AskedOf != c.Office {
		facts = append(facts, ui.Fact{Label: r.T("register.custody.asked-of"), Text: unit(c.AskedOf), Law: "CPP 66"})
	}
	if c.Juvenile {
		facts = append(facts, ui.Fact{Label: r.T("register.custody.juvenile"), Text: r.T("register.custody.juvenile-says"), Law: "CPP 460"})
	}
	if !c.Ended.IsZero() {
		facts = append(facts, ui.Fact{Label: r.T("register.custody.ended"), Value: ui.Moment(r.Words, c.Ended)}, ui.Fact{Label: r.T("register.custody.outcome"), Text: r.T("register.ending." + c.Outcome)})
	}
	if !c.Overrun.IsZero() {
		facts = append(facts, ui.Fact{Label: r.T("register.custody.overran"), Value: ui.Moment(r.Words, c.Overrun)})
	}
	return facts
}

func nonEmpty(s string) []string {
	if s == "" {
		return nil
	}
	return []string{s}
}

// onCustody makes the small form of a verb on the custody of a request.
func onCustody(r *web.Request, verb, path, base string, fields func(ui.Form) templ.Component) small {
	back := base + string(r.Resource.Ref.ID)
	return small{verb: verb, path: back + "/" + path, back: back, fields: fields}
}

func (s *Service) notePage(r *web.Request) (small, error) {
	c, err := s.Sheet(r.Context(), r.Resource.Ref.ID)
	if err != nil {
		return small{}, err
	}
	kinds, fields, err := s.eventChoices(r, c)
	return onCustody(r, "event", "event", "/custody/", func(f ui.Form) templ.Component {
		return eventFields(f, kinds, keyed(r, "register.phase.", "start", "stop"), fields)
	}), err
}

// eventChoices lists the kinds of events of the regime, and the fields that
// any of them asks for.
func (s *Service) eventChoices(r *web.Request, c Sheet) (kinds []ui.Option, fields []ui.Field, err error) {
	law, err := clockOf(s.k.Pack, c.Regime, c.Arrest)
	if err != nil {
		return nil, nil, err
	}
	seen := map[string]bool{}
	for _, e := range law.notable() {
		kinds = append(kinds, ui.Option{Value: e.Code, Label: names(r, e.Names)})
		for _, code := range e.Fields {
			f, err := s.k.Pack.Field(code, c.Arrest)
			if err != nil || f.Type == "signature" || seen[code] {
				continue
			}
			seen[code] = true
			fields = append(fields, ui.Field{Name: code, Label: names(r, f.Names), Optional: true})
		}
	}
	return append(kinds, ui.Option{Value: Check, Label: r.T("register.event." + Check)}), fields, nil
}

func (s *Service) noteForm(r *web.Request) error {
	p, err := s.notePage(r)
	if err != nil {
		return err
	}
	return s.ask(r, p, nil, nil)
}

func (s *Service) noteEvent(r *web.Request) error {
	p, err := s.notePage(r)
	if err != nil {
		return err
	}
	c, err := s.Sheet(r.Context(), r.Resource.Ref.ID)
	if err != nil {
		return err
	}
	_, fields, err := s.eventChoices(r, c)
	if err != nil {
		return err
	}
	return s.settle(r, p, func(v url.Values, wrong *fault.List) error {
		in := NewEvent{Submission: ident.ID(typed(v, "submission")), Kind: typed(v, "kind"), Phase: typed(v, "phase"), At: typedTime(r, v, "at", wrong)}
		for _, f := range append(fields, ui.Field{Name: "remarks"}) {
			if value := typed(v, f.Name); value != "" {
				in.Details = append(in.Details, Detail{Field: f.Name, Value: value})
			}
		}
		if len(*wrong) > 0 {
			return nil
		}
		return s.NoteEvent(r.Context(), r.Grant, c.ID, in)
	})
}

func (s *Service) askPage(r *web.Request) small {
	return onCustody(r, "ask-extension", "extension", "/custody/", wordsFields)
}

func (s *Service) askForm(r *web.Request) error { return s.ask(r, s.askPage(r), nil, nil) }

func (s *Service) askExtension(r *web.Request) error {
	return s.settle(r, s.askPage(r), func(v url.Values, _ *fault.List) error {
		return s.AskExtension(r.Context(), r.Grant, r.Resource.Ref.ID, typed(v, "words"))
	})
}

func (s *Service) endPage(r *web.Request) small {
	return onCustody(r, "end", "end", "/custody/", func(f ui.Form) templ.Component {
		return endFields(f, keyed(r, "register.ending.", Endings()...))
	})
}

func (s *Service) endForm(r *web.Request) error { return s.ask(r, s.endPage(r), nil, nil) }

func (s *Service) endCustody(r *web.Request) error {
	return s.settle(r, s.endPage(r), func(v url.Values, wrong *fault.List) error {
		when := typedTime(r, v, "at", wrong)
		if len(*wrong) > 0 {
			return nil
		}
		return s.EndCustody(r.Context(), r.Grant, r.Resource.Ref.ID, version(v), typed(v, "how"), when, typed(v, "words"))
	})
}

// sendList sends the daily list to the offices.
func (s *Service) sendList(r *web.Request) error {
	if _, err := s.SendList(r.Context(), r.Grant); err != nil {
		return err
	}
	return r.Redirect("/custody")
}
