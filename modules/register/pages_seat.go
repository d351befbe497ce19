package register

import (
	"net/url"

	"github.com/a-h/templ"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/web"
	"github.com/amana-platform/amana/kernel/web/ui"
)

// showSeat is the view of who controls custody: every open one that the office
// controls or was asked to extend, requests first, and the daily lists received.
// Law: CPP 45; CPP 66; CPP 191
func (s *Service) showSeat(r *web.Request) error {
	if _, err := s.Watch(r.Context()); err != nil {
		return err
	}
	held, err := openCustodies(r.Context(), s.k.Reader, "(c.office = $2 or c.asked_of = $2)", string(r.Actor.Unit))
	if err != nil {
		return err
	}
	open := Open{Next: map[ident.ID]Due{}}
	cells, err := s.cells(r, held, open, "/prosecution/custody/")
	if err != nil {
		return err
	}
	lists, err := s.listsOf(r.Context(), r.Actor.Unit)
	if err != nil {
		return err
	}
	for _, l := range lists {
		r.Shows(ref(KindList, l.ID))
	}
	v := r.View(r.T("register.seat.title"))
	v.Live = "/live/unit/" + string(r.Actor.Unit)
	return r.Render(200, ui.Page(v), seatView(r, cells, lists, s))
}

func (s *Service) extensionPage(r *web.Request) (small, error) {
	c, err := s.Sheet(r.Context(), r.Resource.Ref.ID)
	var grounds []ui.Option
	for _, code := range c.Law.Grounds {
		if g, err := s.k.Pack.Ground(code, c.Arrest); err == nil {
			grounds = append(grounds, ui.Option{Value: code, Label: names(r, g.Names)})
		}
	}
	return onCustody(r, "extension", "extension", "/prosecution/custody/", func(f ui.Form) templ.Component {
		return extensionFields(f, keyed(r, "register.grant.", "yes", "no"), grounds)
	}), err
}

func (s *Service) extensionForm(r *web.Request) error {
	p, err := s.extensionPage(r)
	if err != nil {
		return err
	}
	return s.ask(r, p, nil, nil)
}

func (s *Service) decideExtension(r *web.Request) error {
	p, err := s.extensionPage(r)
	if err != nil {
		return err
	}
	return s.settle(r, p, func(v url.Values, wrong *fault.List) error {
		granted, ok := agreed(v, wrong)
		in := NewDecision{Granted: granted, Act: typed(v, "act"), Ground: typed(v, "ground"), At: typedTime(r, v, "at", wrong), Words: typed(v, "words")}
		if !ok || len(*wrong) > 0 {
			return nil
		}
		return s.DecideExtension(r.Context(), r.Grant, r.Resource.Ref.ID, version(v), in)
	})
}

func (s *Service) visaPage(r *web.Request) small {
	return onCustody(r, "visa", "visa", "/prosecution/custody/", func(f ui.Form) templ.Component { return remarksFields(f) })
}

func (s *Service) visaForm(r *web.Request) error { return s.ask(r, s.visaPage(r), nil, nil) }

func (s *Service) visa(r *web.Request) error {
	return s.settle(r, s.visaPage(r), func(v url.Values, _ *fault.List) error {
		return s.Visa(r.Context(), r.Grant, r.Resource.Ref.ID, typed(v, "remarks"))
	})
}

// takeList acknowledges a daily list.
func (s *Service) takeList(r *web.Request) error {
	if err := s.TakeList(r.Context(), r.Grant, r.Resource.Ref.ID); err != nil {
		return err
	}
	return r.Redirect("/prosecution/custody")
}
