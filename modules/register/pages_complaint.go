package register

import (
	"net/url"
	"strconv"

	"github.com/a-h/templ"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/text"
	"github.com/amana-platform/amana/kernel/web"
	"github.com/amana-platform/amana/kernel/web/ui"
	"github.com/amana-platform/amana/modules/index"
)

// complaintForm names the draft of a complaint that is being typed.
const complaintForm = "complaint-new"

// intake is what the complaint form shows beside its fields.
type intake struct {
	r        *web.Request
	pick     string // address of the index's person suggestions
	offences []ui.Option
	units    []ui.Option
	files    []ui.Upload
	same     []ui.Option // persons who may be the complainant about to be recorded
	chosen   func(field string) ui.Person
}

// openDesk shows the complaints of the unit, newest first.
func (s *Service) openDesk(r *web.Request) error {
	q := r.URL.Query()
	rights, err := r.Filter(actionList, complaintColumnsOf())
	if err != nil {
		return err
	}
	all, err := s.complaints(r.Context(), rights, q)
	if err != nil {
		return err
	}
	t := ui.Table{ID: "complaints", Caption: r.T("register.desk.title"), Path: "/register", Query: q, Count: -1, Columns: []ui.Column{
		{Key: "number", Label: r.T("register.complaint.number")}, {Key: "state", Label: r.T("register.complaint.state")},
		{Key: "origin", Label: r.T("register.complaint.origin"), Minor: true}, {Key: "offence", Label: r.T("register.complaint.offence"), Wide: true},
		{Key: "received", Label: r.T("register.complaint.received"), Minor: true}, {Key: "due", Label: r.T("register.complaint.due")},
	}, Filters: []ui.Filter{{Name: "state", Label: r.T("register.complaint.state"), Options: stateOptions(r)}}}
	if len(all) > deskPage {
		all = all[:deskPage]
		t.Next = strconv.FormatInt(all[deskPage-1].Written.UnixMicro(), 10)
	}
	for _, c := range all {
		line, err := s.complaintRow(r, c)
		if err != nil {
			return err
		}
		t.Rows = append(t.Rows, line)
		r.Shows(ref(KindComplaint, c.ID))
	}
	return r.Page(r.T("register.desk.title"), deskPageView(r, r.Can(actionRecord, policy.Resource{Unit: r.Actor.Unit}), t))
}

// deskPage is how many complaints a page of the list holds.
const deskPage = 50

func (s *Service) complaintRow(r *web.Request, c Complaint) (ui.Row, error) {
	codes, err := readOffences(r.Context(), s.k.Reader, c.ID)
	if err != nil {
		return ui.Row{}, err
	}
	due, status := r.Words.Date(c.Due), ui.Status("")
	if !c.Told.IsZero() {
		due = r.T("register.complaint.told")
	} else if !c.Due.IsZero() && c.Due.Before(r.Now()) {
		status = ui.Alert
	}
	return ui.Row{Href: "/register/complaints/" + string(c.ID), Label: c.Number, Status: status, Cells: []templ.Component{
		ui.ID(c.Number), ui.Chip(stateOf(r, c.State)), ui.Plain(r.T("register.origin." + string(c.Origin))), ui.Plain(s.offencesLine(r.Words, codes, c)),
		ui.Moment(r.Words, c.ReceivedAt), ui.Plain(due),
	}}, nil
}

func stateOptions(r *web.Request) []ui.Option { return keyed(r, "register.state.", everyState()...) }

// stateOf gives a state its word, colour and shape.
func stateOf(r *web.Request, s State) ui.State {
	status := map[State]ui.Status{Verifying: ui.Wait, Recorded: ui.Neutral, Moving: ui.Wait, Proposed: ui.Wait, Referred: ui.Good, Closed: ui.Stop}[s]
	return ui.State{Status: status, Label: r.T("register.state." + string(s))}
}

// offencesLine names offences as the law stood when the complaint was received.
func (s *Service) offencesLine(w *text.Words, codes []string, c Complaint) string {
	out := ""
	for _, code := range codes {
		name := code
		if o, err := s.k.Pack.Offence(code, c.ReceivedAt); err == nil {
			name = o.Names.In(string(w.Lang()))
		}
		if out != "" {
			out += w.T("register.and")
		}
		out += name
	}
	return out
}

// newComplaint shows the form, with what was typed and not submitted before.
func (s *Service) newComplaint(r *web.Request) error {
	return s.complaintPage(r, url.Values{"submission": {string(s.k.Journal.NewID())}, "origin": {string(ByComplaint)}}, nil, nil)
}

func (s *Service) complaintPage(r *web.Request, v url.Values, wrong fault.List, same []ui.Option) error {
	f, err := r.DraftAmong(ui.Form{Words: r.Words, ID: complaintForm, Action: "/register/complaints", Values: v, Errors: wrong, Submit: r.T("register.complaint.record"), Cancel: "/register"},
		"/register/complaints/new", "complainant.family")
	if err != nil {
		return err
	}
	p := intake{r: r, pick: s.PickPerson, offences: s.offenceOptions(r), same: same, chosen: s.chosen(r, f.Values)}
	if p.units, err = s.unitOptions(r); err != nil {
		return err
	}
	var subject string
	if p.files, subject = s.held(r, f.Values, "files"); subject != "" {
		f.Values.Set("submission", subject) // files sent before are sealed under the record that is being typed
	}
	return r.PageStatus(statusOf(wrong), r.T("register.complaint.new"), complaintFields(f, p))
}

// chosen shows the person picked in a field.
func (s *Service) chosen(r *web.Request, v url.Values) func(string) ui.Person {
	return func(field string) ui.Person {
		id := typedID(v, field)
		if id == "" {
			return ui.Person{}
		}
		p, err := s.people.Person(r.Context(), id)
		if err != nil {
			return ui.Person{}
		}
		r.Shows(personRef(id))
		return pickable(r.Words, p)
	}
}

func pickable(w *text.Words, p index.Person) ui.Person {
	l := string(w.Lang())
	return ui.Person{Ref: p.Ref().String(), Name: p.Name(l), Other: p.OtherName(l), Born: w.Partial(p.Birth), ID: p.CNIE}
}

// recordComplaint answers the form: rows added or removed, persons proposed,
// or the complaint recorded.
func (s *Service) recordComplaint(r *web.Request) error {
	v, err := r.Form()
	if err != nil && v == nil {
		return err
	}
	if c, err := readComplaint(r.Context(), s.k.Reader, typedID(v, "submission")); err == nil && c.Writer == r.Actor.ID {
		return r.Redirect("/register/complaints/" + string(c.ID)) // the form was sent twice
	}
	wrong := fault.List(nil)
	if err != nil {
		wrong = fault.All(err)
	}
	if err := s.takeFiles(r, v, "files", typed(v, "submission")); err != nil {
		wrong = append(wrong, fault.All(err)...)
	}
	if reshape(v) {
		return s.complaintPage(r, v, nil, nil)
	}
	in := s.typedComplaint(r, v, &wrong)
	if len(wrong) > 0 {
		return s.complaintPage(r, v, wrong, nil)
	}
	if same, err := s.sameAs(r, v, in.Parties); err != nil || len(same) > 0 {
		if err != nil {
			return err
		}
		return s.complaintPage(r, v, fault.List{{Kind: fault.Invalid, Field: "complainant.same", Key: "register.fault.proposed"}}, same)
	}
	owner := string(r.Actor.ID)
	if in.Files, err = s.finish(r.Context(), owner, v["files"], "files"); err != nil {
		return s.complaintPage(r, v, fault.All(err), nil)
	}
	c, err := s.RecordComplaint(r.Context(), r.Grant, in)
	if err == nil {
		s.clear(r.Context(), owner, v["files"])
		err = r.DropDraft(complaintForm)
	}
	return answer(r, err, "/register/complaints/"+string(c.ID), func(wrong fault.List) error { return s.complaintPage(r, v, wrong, nil) })
}

// sameAs proposes persons of the index who may be the complainant about to be
// recorded, once; "new" says that it is none of them.
func (s *Service) sameAs(r *web.Request, v url.Values, parties []NewParty) ([]ui.Option, error) {
	choice := typed(v, "complainant.same")
	if choice != "" || len(parties) == 0 || parties[0].Role != Complainant || parties[0].New == nil || len(parties[0].New.Check("")) > 0 {
		return nil, nil
	}
	if _, err := r.Ask(index.ActionSearch, policy.Resource{Unit: r.Actor.Unit}); err != nil {
		return nil, orNothing(err) // who may not search is shown nobody
	}
	found, err := s.people.Proposals(r.Context(), *parties[0].New)
	if err != nil || len(found) == 0 {
		return nil, err
	}
	var out []ui.Option
	for _, c := range found {
		r.Shows(c.Person.Ref())
		p := pickable(r.Words, c.Person)
		out = append(out, ui.Option{Value: p.Ref, Label: p.Name, Help: p.Other + " " + p.Born + " " + p.ID})
	}
	return append(out, ui.Option{Value: "new", Label: r.T("register.party.none-of-them")}), nil
}

// orNothing takes a refusal as an empty answer.
func orNothing(err error) error {
	if fault.Is(err, fault.Refused) {
		return nil
	}
	return err
}

// typedComplaint reads the form.
func (s *Service) typedComplaint(r *web.Request, v url.Values, wrong *fault.List) NewComplaint {
	in := NewComplaint{
		Submission: ident.ID(typed(v, "submission")), Origin: Origin(typed(v, "origin")), At: typedTime(r, v, "at", wrong),
		FactsUnit: typedID(v, "facts_unit"), Competent: typedID(v, "competent"), FactsClock: typed(v, "facts_clock"),
		Place: typed(v, "place"), Facts: typed(v, "facts"), Things: typedThings(v, wrong),
	}
	day, err := text.ReadDate(typed(v, "facts_on"))
	if err != nil {
		wrong.Add("facts_on", "form.unreadable")
	}
	in.FactsOn = day
	for _, o := range v["offence"] {
		if o != "" {
			in.Offences = append(in.Offences, o)
		}
	}
	in.Parties = typedParties(v)
	return in
}

// typedParties reads the complainant and the repeated groups. An empty row is
// nobody; a row of the accused marked unknown is X.
func typedParties(v url.Values) []NewParty {
	var out []NewParty
	c := typedParty(v, Complainant, "complainant")
	if same := typed(v, "complainant.same"); same != "" && same != "new" {
		c.Person, c.New = typedID(v, "complainant.same"), nil
	}
	if c.Person != "" || c.New != nil {
		out = append(out, c)
	}
	for _, role := range []Role{Accused, Victim, Witness} {
		for i := range rowsOf(v, string(role)) {
			p := typedParty(v, role, row(string(role), i, "person"))
			if p.Person != "" || p.New != nil || role == Accused && typed(v, row(string(role), i, "unknown")) == "yes" {
				out = append(out, p)
			}
		}
	}
	return out
}

func typedThings(v url.Values, wrong *fault.List) []Thing {
	var out []Thing
	for i := range rowsOf(v, "things") {
		t := Thing{Kind: typed(v, row("things", i, "kind")), Description: typed(v, row("things", i, "description")), Serial: typed(v, row("things", i, "serial"))}
		value := typed(v, row("things", i, "value"))
		if t == (Thing{}) && value == "" {
			continue
		}
		if value != "" {
			n, err := strconv.ParseInt(value, 10, 64)
			if err != nil {
				wrong.Add(row("things", i, "value"), "form.not-a-number")
			}
			t.Value = n
		}
		out = append(out, t)
	}
	return out
}
