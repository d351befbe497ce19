package register

import (
	"net/url"
	"strconv"

	"github.com/a-h/templ"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/text"
	"github.com/amana-platform/amana/kernel/web"
	"github.com/amana-platform/amana/kernel/web/ui"
)

// timelineLength is how many entries a record page shows.
const timelineLength = 50

// showComplaint is the page of a complaint.
func (s *Service) showComplaint(r *web.Request) error {
	c, err := s.Complaint(r.Context(), r.Resource.Ref.ID)
	if err != nil {
		return err
	}
	events, err := r.Timeline(r.Resource.Ref, timelineLength)
	if err != nil {
		return err
	}
	for _, p := range c.Parties {
		if p.Person != "" {
			r.Shows(personRef(p.Person))
		}
	}
	rec := ui.Record{
		Kind: r.T("register.complaint.kind"), Number: c.Number, Title: s.offencesLine(r.Words, c.Offences, c), State: stateOf(r, c.State),
		Crumbs: []ui.Link{{Label: r.T("register.desk.title"), Href: "/register"}}, Acts: s.complaintActs(r, c), Facts: s.complaintFacts(r, c),
		Timeline: events, PDF: "/register/complaints/" + string(c.ID) + "/receipt",
		Aside: []ui.Aside{{Title: r.T("register.party.title"), Body: ui.Facts(r.Words, s.partyFacts(r, c))}},
	}
	if len(c.Things) > 0 {
		rec.Aside = append(rec.Aside, ui.Aside{Title: r.T("register.thing.title"), Body: thingList(r, c.Things, s.k.Pack.Identity.Currency)})
	}
	if len(c.Files) > 0 {
		rec.Aside = append(rec.Aside, ui.Aside{Title: r.T("register.file.title"), Body: fileList(r, c)})
	}
	if len(c.Fixes) > 0 {
		rec.Aside = append(rec.Aside, ui.Aside{Title: r.T("register.correction.title"), Body: fixList(r, c.Fixes, s.who(r))})
	}
	return r.RecordPage(r.T("register.complaint.kind")+" "+c.Number, rec)
}

// who names an officer in the reader's language.
func (s *Service) who(r *web.Request) func(ident.ID) string {
	return func(id ident.ID) string { return s.units.OfficerName(r.Context(), lang(r), id) }
}

// complaintActs lists what may be done next; what the state or the law does
// not allow is shown with its reason.
func (s *Service) complaintActs(r *web.Request, c Complaint) []ui.Act {
	base := "/register/complaints/" + string(c.ID) + "/"
	var acts []ui.Act
	add := func(action, path, key string, fits bool) {
		if fits && r.Can(action, r.Resource) {
			acts = append(acts, ui.Act{Name: action, Label: r.T("register.act." + path), Href: base + path, Key: key, Primary: len(acts) == 0})
		}
	}
	add(actionVerify, "verify", "v", c.State == Verifying)
	if c.State == Recorded && r.Can(actionRefer, r.Resource) {
		acts = append(acts, ui.Act{Name: actionRefer, Label: r.T("register.act.refer"), Href: "/complaints/" + string(c.ID) + "/case", Key: "r", Primary: true})
	} else if c.State == Verifying {
		acts = append(acts, ui.Act{Name: actionRefer, Label: r.T("register.act.refer"), Withheld: r.T("register.fault.not-verified", "law", "CPP 40")})
	}
	add(actionClose, "decide", "d", c.State == Proposed && c.Proposer != r.Actor.ID)
	add(actionTell, "tell", "t", c.Origin != Anonymously && c.Told.IsZero())
	add(actionAttach, "attach", "a", true)
	add(actionCorrect, "correct", "c", true)
	add(actionOffer, "transfer", "", c.State == Recorded)
	add(actionPropose, "close", "", c.State == Recorded || c.State == Verifying)
	return acts
}

func (s *Service) complaintFacts(r *web.Request, c Complaint) []ui.Fact {
	unit := func(id ident.ID) string { return s.units.UnitName(r.Context(), lang(r), id) }
	facts := []ui.Fact{
		{Label: r.T("register.complaint.origin"), Text: r.T("register.origin." + string(c.Origin))},
		{Label: r.T("register.complaint.received"), Value: ui.Moment(r.Words, c.ReceivedAt)},
		{Label: r.T("register.complaint.written"), Value: ui.Moment(r.Words, c.Written)},
		{Label: r.T("register.complaint.writer"), Text: s.who(r)(c.Writer)},
		{Label: r.T("register.complaint.received-unit"), Text: unit(c.Received)},
		{Label: r.T("register.complaint.facts-unit"), Text: unit(c.FactsUnit)},
		{Label: r.T("register.complaint.competent"), Text: unit(c.Competent)},
		{Label: r.T("register.complaint.facts-on"), Text: factsTime(r.Words, c)},
		{Label: r.T("register.complaint.place"), Text: erasedOr(r, c.Place)},
		{Label: r.T("register.complaint.facts"), Text: erasedOr(r, c.Facts)},
	}
	if !c.Due.IsZero() && c.Origin != Anonymously {
		facts = append(facts, ui.Fact{Label: r.T("register.complaint.due"), Text: r.Words.Date(c.Due), Law: "CPP 40"})
	}
	if !c.Told.IsZero() {
		facts = append(facts, ui.Fact{Label: r.T("register.complaint.told"), Text: r.Words.Date(c.Told) + " · " + r.T("register.outcome."+c.Outcome)})
	}
	if c.Case != "" {
		facts = append(facts, ui.Fact{Label: r.T("register.complaint.case"), Value: caseLink(c.CaseNumber, "/cases/"+string(c.Case))})
	}
	if c.Authorised != "" {
		facts = append(facts, ui.Fact{Label: r.T("register.verify.act"), Value: ui.ID(c.Authorised), Law: "CPP 49"})
	}
	if c.Reason != "" {
		facts = append(facts, ui.Fact{Label: r.T("register.complaint.reason"), Text: c.Reason})
	}
	return facts
}

// factsTime says when it happened as far as it is known.
func factsTime(w *text.Words, c Complaint) string {
	out := w.Partial(text.PartialDate(c.FactsOn))
	if c.FactsClock != "" {
		out += w.T("register.and") + c.FactsClock
	}
	return out
}

func erasedOr(r *web.Request, s string) string {
	if s == "" {
		return r.T("register.erased")
	}
	return s
}

func (s *Service) partyFacts(r *web.Request, c Complaint) []ui.Fact {
	var out []ui.Fact
	for _, p := range c.Parties {
		f := ui.Fact{Label: r.T("register.role." + string(p.Role)), Text: r.T("register.party.unknown")}
		if p.Person != "" {
			f.Value = link(erasedOr(r, s.people.Name(r.Context(), lang(r), p.Person)), "/persons/"+string(p.Person))
		}
		out = append(out, f)
	}
	return out
}

// small is a page that asks what one verb needs.
type small struct {
	verb   string // part of the text keys: "register.act.<verb>"
	path   string // where it is posted
	back   string
	fields func(ui.Form) templ.Component
}

// ask shows a small form, empty or with its faults.
func (s *Service) ask(r *web.Request, p small, v url.Values, wrong fault.List) error {
	if v == nil {
		v = url.Values{"submission": {string(s.k.Journal.NewID())}, "version": {r.URL.Query().Get("version")}}
	}
	f := ui.Form{Words: r.Words, ID: p.verb, Action: p.path, Values: v, Errors: wrong, Submit: r.T("register.act." + p.verb), Cancel: p.back}
	return r.PageStatus(statusOf(wrong), r.T("register.act."+p.verb), smallPage(r.T("register.act."+p.verb), f, p.fields(f)))
}

// settle runs the verb of a small form and goes back to its record.
func (s *Service) settle(r *web.Request, p small, run func(v url.Values, wrong *fault.List) error) error {
	v, err := r.Form()
	wrong := fault.List(nil)
	if err == nil {
		err = run(v, &wrong)
	}
	if len(wrong) > 0 {
		err = wrong
	}
	return answer(r, err, p.back, func(wrong fault.List) error { return s.ask(r, p, v, wrong) })
}

// version reads the version of the record that the form was opened on.
func version(v url.Values) int64 {
	n, _ := strconv.ParseInt(v.Get("version"), 10, 64)
	return n
}

// onComplaint makes the small form of a verb on the complaint of a request.
func onComplaint(r *web.Request, verb string, fields func(ui.Form) templ.Component) small {
	back := "/register/complaints/" + string(r.Resource.Ref.ID)
	return small{verb: verb, path: back + "/" + verb, back: back, fields: fields}
}

func (s *Service) correctPage(r *web.Request) small {
	return onComplaint(r, "correct", func(f ui.Form) templ.Component {
		return correctFields(f, keyed(r, "register.correct.", CorrectFields()...))
	})
}

func (s *Service) correctForm(r *web.Request) error { return s.ask(r, s.correctPage(r), nil, nil) }

func (s *Service) correctComplaint(r *web.Request) error {
	return s.settle(r, s.correctPage(r), func(v url.Values, _ *fault.List) error {
		return s.CorrectComplaint(r.Context(), r.Grant, r.Resource.Ref.ID, typed(v, "field"), typed(v, "words"))
	})
}

func (s *Service) attachPage(r *web.Request, v url.Values) small {
	files, _ := s.held(r, v, "files")
	return onComplaint(r, "attach", func(f ui.Form) templ.Component {
		return attachFields(f, "/register/files/"+string(r.Resource.Ref.ID), files)
	})
}

func (s *Service) attachForm(r *web.Request) error { return s.ask(r, s.attachPage(r, nil), nil, nil) }

func (s *Service) attachFiles(r *web.Request) error {
	v, err := r.Form()
	if err != nil {
		return err
	}
	id := r.Resource.Ref.ID
	if err = s.takeFiles(r, v, "files", string(id)); err == nil {
		owner := string(r.Actor.ID)
		infos, e := s.finish(r.Context(), owner, v["files"], "files")
		if err = e; err == nil {
			if err = s.AttachFiles(r.Context(), r.Grant, id, infos); err == nil {
				s.clear(r.Context(), owner, v["files"])
			}
		}
	}
	return answer(r, err, "/register/complaints/"+string(id), func(wrong fault.List) error { return s.ask(r, s.attachPage(r, v), v, wrong) })
}

func (s *Service) verifyPage(r *web.Request) small {
	return onComplaint(r, "verify", func(f ui.Form) templ.Component { return verifyFields(f, yesNo(r)) })
}

func yesNo(r *web.Request) []ui.Option {
	return []ui.Option{{Value: "yes", Label: r.T("form.yes")}, {Value: "no", Label: r.T("form.no")}}
}

func (s *Service) verifyForm(r *web.Request) error { return s.ask(r, s.verifyPage(r), nil, nil) }

func (s *Service) verifyComplaint(r *web.Request) error {
	return s.settle(r, s.verifyPage(r), func(v url.Values, wrong *fault.List) error {
		if choice := typed(v, "serious"); choice != "yes" && choice != "no" {
			wrong.Add("serious", "form.choose")
			return nil
		}
		in := Verification{Serious: typed(v, "serious") == "yes", Act: typed(v, "act"), Words: typed(v, "words")}
		return s.VerifyComplaint(r.Context(), r.Grant, r.Resource.Ref.ID, version(v), in)
	})
}

func (s *Service) proposePage(r *web.Request) small { return onComplaint(r, "close", reasonFields) }

func (s *Service) proposeForm(r *web.Request) error { return s.ask(r, s.proposePage(r), nil, nil) }

func (s *Service) proposeClosing(r *web.Request) error {
	return s.settle(r, s.proposePage(r), func(v url.Values, _ *fault.List) error {
		return s.ProposeClosing(r.Context(), r.Grant, r.Resource.Ref.ID, version(v), typed(v, "reason"))
	})
}

func (s *Service) decidePage(r *web.Request) small {
	return onComplaint(r, "decide", func(f ui.Form) templ.Component {
		return agreeFields(f, keyed(r, "register.agree.", "yes", "no"))
	})
}

func (s *Service) decideForm(r *web.Request) error { return s.ask(r, s.decidePage(r), nil, nil) }

func (s *Service) decideClosing(r *web.Request) error {
	return s.settle(r, s.decidePage(r), func(v url.Values, wrong *fault.List) error {
		agree, ok := agreed(v, wrong)
		if !ok {
			return nil
		}
		return s.DecideClosing(r.Context(), r.Grant, r.Resource.Ref.ID, version(v), agree, typed(v, "words"))
	})
}

// agreed reads a yes or a no that must be given.
func agreed(v url.Values, wrong *fault.List) (yes, ok bool) {
	choice := typed(v, "agree")
	if choice != "yes" && choice != "no" {
		wrong.Add("agree", "form.choose")
		return false, false
	}
	return choice == "yes", true
}

func (s *Service) offerPage(r *web.Request) (small, error) {
	options, err := s.unitOptions(r)
	return onComplaint(r, "transfer", func(f ui.Form) templ.Component { return offerFields(f, options) }), err
}

func (s *Service) offerForm(r *web.Request) error {
	p, err := s.offerPage(r)
	if err != nil {
		return err
	}
	return s.ask(r, p, nil, nil)
}

func (s *Service) offerTransfer(r *web.Request) error {
	p, err := s.offerPage(r)
	if err != nil {
		return err
	}
	return s.settle(r, p, func(v url.Values, _ *fault.List) error {
		return s.OfferTransfer(r.Context(), r.Grant, r.Resource.Ref.ID, version(v), typedID(v, "to"), typed(v, "words"))
	})
}

func (s *Service) answerPage(r *web.Request) small {
	return small{verb: "answer", path: "/register/transfers/" + string(r.Resource.Ref.ID), back: "/register", fields: func(f ui.Form) templ.Component {
		return agreeFields(f, keyed(r, "register.accept.", "yes", "no"))
	}}
}

func (s *Service) answerForm(r *web.Request) error { return s.ask(r, s.answerPage(r), nil, nil) }

func (s *Service) answerTransfer(r *web.Request) error {
	return s.settle(r, s.answerPage(r), func(v url.Values, wrong *fault.List) error {
		accept, ok := agreed(v, wrong)
		if !ok {
			return nil
		}
		return s.AnswerTransfer(r.Context(), r.Grant, r.Resource.Ref.ID, accept, typed(v, "words"))
	})
}

func (s *Service) tellPage(r *web.Request) small {
	return onComplaint(r, "tell", func(f ui.Form) templ.Component {
		return tellFields(f, keyed(r, "register.outcome.", Outcomes()...), keyed(r, "register.channel.", Channels()...))
	})
}

func (s *Service) tellForm(r *web.Request) error { return s.ask(r, s.tellPage(r), nil, nil) }

func (s *Service) tellOutcome(r *web.Request) error {
	return s.settle(r, s.tellPage(r), func(v url.Values, wrong *fault.List) error {
		when := typedTime(r, v, "at", wrong)
		if len(*wrong) > 0 {
			return nil
		}
		return s.TellOutcome(r.Context(), r.Grant, r.Resource.Ref.ID, when, typed(v, "outcome"), typed(v, "channel"), typed(v, "words"))
	})
}
