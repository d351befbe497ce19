package citizens

import (
	"net/http"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/web"
	"github.com/amana-platform/amana/kernel/web/ui"
	"github.com/amana-platform/amana/modules/index"
)

// desk is what the counter's page shows.
type desk struct {
	number  string
	wrong   error
	person  index.Person // "" where nobody was looked for, or found
	citizen Citizen      // "" where the person has no account
}

// searchCounter finds the person who stands at the counter, by the number of
// their card.
func (s *Service) searchCounter(r *web.Request) error {
	d := desk{number: r.URL.Query().Get("number")}
	if d.number != "" {
		r.Searched(d.number)
	}
	return s.showCounter(r, http.StatusOK, d)
}

func (s *Service) showCounter(r *web.Request, status int, d desk) error {
	if d.number != "" {
		p, err := s.index.PersonByCNIE(r.Context(), d.number)
		switch {
		case err == nil:
			d.person = p
			r.Shows(p.Ref())
			if d.citizen, err = s.CitizenOf(r.Context(), p.ID); err != nil && !fault.Is(err, fault.NotFound) {
				return err
			}
		case fault.Is(err, fault.NotFound) && d.wrong == nil:
			d.wrong = fault.New(fault.NotFound, "citizens.fault.no-person")
		case d.wrong == nil:
			d.wrong = err
		}
		if d.wrong != nil && fault.Of(d.wrong).Kind == fault.Internal {
			return d.wrong
		}
	}
	return r.PageStatus(status, r.T("citizens.counter.title"), counterBody(r, d, personFacts(r, d.person)))
}

func personFacts(r *web.Request, p index.Person) []ui.Fact {
	lang := string(r.Words.Lang())
	return []ui.Fact{
		{Label: r.T("citizens.fact.name"), Text: p.Name(lang)}, {Label: r.T("citizens.fact.other-name"), Text: p.OtherName(lang)},
		{Label: r.T("citizens.fact.birth"), Text: p.Birth.Typed()}, {Label: r.T("citizens.fact.cnie"), Value: ui.ID(p.CNIE)},
	}
}

// enrolAccount opens an account and hands over the first code.
func (s *Service) enrolAccount(r *web.Request) error {
	form, err := r.Form()
	if err != nil {
		return err
	}
	person, err := ident.Parse(form.Get("person"))
	if err != nil {
		return fault.Wrap(err, fault.Invalid, "citizens.fault.person")
	}
	citizen, code, err := s.Enrol(r.Context(), r.Grant, person, form["documents"])
	if fault.Is(err, fault.Invalid) {
		return s.showCounter(r, http.StatusUnprocessableEntity, desk{number: form.Get("number"), wrong: err})
	}
	if err != nil {
		return err
	}
	r.Shows(personRef(person), citizenRef(citizen))
	return s.showCode(r, citizen, code)
}

// showCode shows a code, this once.
func (s *Service) showCode(r *web.Request, citizen ident.ID, code string) error {
	rule, err := s.k.Pack.Rule(ruleCode, r.Now())
	if err != nil {
		return err
	}
	return r.Page(r.T("citizens.code.title"), codeBody(r, citizen, code, rule.Period.After(r.Now()), s.origin))
}

// readAccount shows an account to an officer: what proves its citizen, and
// never what stands in their log.
func (s *Service) readAccount(r *web.Request) error {
	return s.showAccount(r, http.StatusOK, nil)
}

func (s *Service) showAccount(r *web.Request, status int, wrong error) error {
	c, err := s.Citizen(r.Context(), r.Resource.Ref.ID)
	if err != nil {
		return err
	}
	p, err := s.index.Person(r.Context(), c.Person)
	if err != nil {
		return err
	}
	r.Shows(p.Ref())
	all, err := s.Means(r.Context(), c.ID)
	if err != nil {
		return err
	}
	events, err := r.Timeline(c.Ref(), 50)
	if err != nil {
		return err
	}
	facts := append(personFacts(r, p), ui.Fact{Label: r.T("citizens.fact.enrolled"), Value: ui.Moment(r.Words, c.Enrolled)},
		ui.Fact{Label: r.T("citizens.fact.by"), Text: s.enrolledBy(r, c)}, ui.Fact{Label: r.T("citizens.fact.residence"), Text: s.areaName(r, c.Residence)})
	may := c.Open() && r.Can(actionIssue, c.Resource())
	v := r.View(r.T("citizens.account.title"))
	return r.Render(status, ui.Page(v), accountBody(r, c, accountState(r, c), facts, all, may, wrong), ui.Timeline(r.Words, events))
}

func accountState(r *web.Request, c Citizen) ui.State {
	if c.Open() {
		return ui.State{Status: ui.Good, Label: r.T("citizens.state.open")}
	}
	return ui.State{Status: ui.Stop, Label: r.T("citizens.state.closed")}
}

func (s *Service) enrolledBy(r *web.Request, c Citizen) string {
	if c.By == "" {
		return r.T("citizens.means.card")
	}
	return s.names.OfficerName(r.Context(), string(r.Words.Lang()), c.By)
}

// areaName names an area of the pack.
func (s *Service) areaName(r *web.Request, code string) string {
	if code == "" {
		return ""
	}
	a, err := s.k.Pack.Area(code, r.Now())
	if err != nil {
		return code
	}
	return [3]string{a.Names.AR, a.Names.FR, a.Names.EN}[langIndex(r.Words.Lang())]
}

func (s *Service) issueCode(r *web.Request) error {
	code, err := s.IssueCode(r.Context(), r.Grant, r.Resource.Ref.ID)
	if err != nil {
		return err
	}
	return s.showCode(r, r.Resource.Ref.ID, code)
}

func (s *Service) recoverAccount(r *web.Request) error {
	form, err := r.Form()
	if err != nil {
		return err
	}
	code, err := s.Recover(r.Context(), r.Grant, r.Resource.Ref.ID, form["documents"])
	if fault.Is(err, fault.Invalid) {
		return s.showAccount(r, http.StatusUnprocessableEntity, err)
	}
	if err != nil {
		return err
	}
	return s.showCode(r, r.Resource.Ref.ID, code)
}

// done goes back to the account after a change, or shows what was wrong.
func (s *Service) done(r *web.Request, err error) error {
	if fault.Is(err, fault.Invalid) {
		return s.showAccount(r, http.StatusUnprocessableEntity, err)
	}
	if err != nil {
		return err
	}
	return r.Redirect("/citizens/" + string(r.Resource.Ref.ID))
}

func (s *Service) closeAccount(r *web.Request) error {
	return s.done(r, s.Close(r.Context(), r.Grant, r.Resource.Ref.ID))
}

func (s *Service) attestResidence(r *web.Request) error {
	form, err := r.Form()
	if err != nil {
		return err
	}
	return s.done(r, s.AttestResidence(r.Context(), r.Grant, r.Resource.Ref.ID, form.Get("area")))
}

func (s *Service) revokeMeans(r *web.Request) error {
	id, err := r.PathID("means")
	if err != nil {
		return err
	}
	form, err := r.Form()
	if err != nil {
		return err
	}
	return s.done(r, s.Revoke(r.Context(), r.Grant, r.Resource.Ref.ID, id, form.Get("why")))
}
