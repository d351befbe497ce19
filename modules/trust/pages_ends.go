package trust

import (
	"net/url"

	"github.com/amana-platform/amana/kernel/web"
	"github.com/amana-platform/amana/modules/trust/provider"
)

// endPage asks the citizen whether their session here is to end: an institution
// may ask for it, but not do it.
func (s *Service) endPage(r *web.Request) error {
	form, e, err := s.ending(r)
	if err != nil {
		return err
	}
	if s.citizens == nil {
		return s.gone(r, e)
	}
	h, ok, err := s.citizens.Holder(r)
	if err != nil {
		return err
	}
	if !ok || e.Name != "" && e.Name != s.pseudonym("session", e.Client, h.Session) {
		return s.gone(r, e) // the session it speaks of is over already
	}
	r.LeadsTo(e.To)
	return s.showPage(r, r.T("trust.end.title"), endBody(r, form))
}

func (s *Service) ending(r *web.Request) (url.Values, provider.Ending, error) {
	form, err := r.Form()
	if err != nil {
		return nil, provider.Ending{}, err
	}
	p, err := s.provider()
	if err != nil {
		return nil, provider.Ending{}, err
	}
	e, err := p.ReadEnding(r.Context(), form)
	return form, e, err
}

// endSession ends it, or not, as the citizen says, and goes where the
// institution wanted.
func (s *Service) endSession(r *web.Request) error {
	form, e, err := s.ending(r)
	if err != nil {
		return err
	}
	if form.Get("answer") == "" { // the institution's own post
		return s.endPage(r)
	}
	if s.citizens != nil && form.Get("answer") == "end" {
		h, ok, err := s.citizens.Holder(r)
		if err != nil {
			return err
		}
		if ok {
			if err := s.citizens.SignOut(r); err != nil {
				return err
			}
			if err := s.EndSession(r.Context(), h.Session); err != nil {
				return err
			}
		}
	}
	return s.gone(r, e)
}

// gone leads to the institution, or says that one may go.
func (s *Service) gone(r *web.Request, e provider.Ending) error {
	if e.To != "" {
		return r.Leave(e.To)
	}
	return s.showPage(r, r.T("trust.end.done"), endedBody(r))
}
