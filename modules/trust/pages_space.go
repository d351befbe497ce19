package trust

import (
	"net/http"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/web"
	"github.com/amana-platform/amana/kernel/web/ui"
)

// spaceDoor asks for an institution's code.
func (s *Service) spaceDoor(r *web.Request) error {
	return s.showPage(r, r.T("trust.space"), doorBody(r, nil))
}

// enter opens an institution's space with its code. Guessing is slow: the code
// has 130 bits, and each address few tries.
func (s *Service) enter(r *web.Request) (Institution, error) {
	form, err := r.Form()
	if err != nil {
		return Institution{}, err
	}
	if !s.limits.allow("door "+remote(r), 0.2, 20) {
		return Institution{}, fault.New(fault.TooMany, "trust.wrong.busy")
	}
	return s.ByDoor(r.Context(), form.Get("code"))
}

func (s *Service) spacePage(r *web.Request) error {
	i, err := s.enter(r)
	if fault.Is(err, fault.NotFound) {
		v := r.View(r.T("trust.space"))
		v.Citizen, v.Rail = true, nil
		return r.Render(http.StatusUnprocessableEntity, ui.Page(v), doorBody(r, fault.New(fault.Invalid, "trust.wrong.code")))
	}
	if err != nil {
		return err
	}
	return s.showSpace(r, i, nil)
}

func (s *Service) showSpace(r *web.Request, i Institution, wrong error) error {
	c, err := s.Count(r.Context(), i.ID)
	if err != nil {
		return err
	}
	facts := append([]ui.Fact{{Label: r.T("trust.fact.client"), Value: ui.ID(string(i.ID))}, {Label: r.T("trust.fact.issuer"), Value: ui.ID(s.issuer)}}, s.facts(r, i, i.Current)...)
	facts = append(facts, ui.Fact{Label: r.T("trust.fact.released"), Text: r.Words.Number(c.Released)}, ui.Fact{Label: r.T("trust.fact.declined"), Text: r.Words.Number(c.Declined)},
		ui.Fact{Label: r.T("trust.fact.above"), Text: r.Words.Number(c.Above)})
	versions, err := s.Versions(r.Context(), i.ID)
	if err != nil {
		return err
	}
	trials, err := s.Trials(r.Context(), i)
	if err != nil {
		return err
	}
	return s.showPage(r, in(r.Words, i.Current.Name), spaceBody(r, i, versions, facts, trials, wrong))
}

// changeKeys takes an institution's new keys.
func (s *Service) changeKeys(r *web.Request) error {
	i, err := s.enter(r)
	if err != nil {
		return err
	}
	err = s.ChangeKeys(r.Context(), i.ID, r.FormValue("keys"))
	if err != nil && !fault.Is(err, fault.Invalid) {
		return err
	}
	fresh, e := s.Institution(r.Context(), i.ID)
	if e != nil {
		return e
	}
	return s.showSpace(r, fresh, err)
}
