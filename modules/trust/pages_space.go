package trust

import (
	"net/http"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/web"
	"github.com/amana-platform/amana/kernel/web/ui"
	"github.com/amana-platform/amana/modules/trust/signals"
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
	stream, err := s.streamFacts(r, i)
	if err != nil {
		return err
	}
	return s.showPage(r, in(r.Words, i.Current.Name), spaceBody(r, i, versions, facts, stream, trials, wrong))
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

// streamFacts says how an institution is told of what ends; none without a stream.
func (s *Service) streamFacts(r *web.Request, i Institution) ([]ui.Fact, error) {
	at, found, err := s.StreamState(r.Context(), i.ID)
	if err != nil || !found {
		return nil, err
	}
	w := r.Words
	status := ui.State{Status: streamStatuses[at.Status], Label: w.T("trust.stream.state." + string(at.Status))}
	facts := []ui.Fact{{Label: w.T("trust.column.state"), Value: ui.Chip(status)}}
	switch {
	case at.Reason != "" && at.ByService:
		facts = append(facts, ui.Fact{Label: w.T("trust.fact.reason"), Text: w.T("trust.stream.reason." + at.Reason)})
	case at.Reason != "":
		facts = append(facts, ui.Fact{Label: w.T("trust.fact.reason"), Text: at.Reason})
	}
	if at.Method == signals.Push {
		facts = append(facts, ui.Fact{Label: w.T("trust.stream.pushed"), Value: ui.ID(at.Address)})
	} else {
		facts = append(facts, ui.Fact{Label: w.T("trust.stream.pushed"), Text: w.T("trust.stream.polled")})
	}
	facts = append(facts, ui.Fact{Label: w.T("trust.stream.events"), Text: eventWords(w, at.Stream)}, ui.Fact{Label: w.T("trust.stream.waiting"), Text: w.Number(at.Waiting)})
	if !at.Told.IsZero() {
		facts = append(facts, ui.Fact{Label: w.T("trust.stream.told"), Value: ui.Moment(w, at.Told)})
	}
	if at.Trouble != "" {
		trouble := ui.ID(at.Trouble)
		if at.Trouble == reasonUnreachable {
			trouble = ui.Plain(w.T("trust.stream.reason." + reasonUnreachable))
		}
		facts = append(facts, ui.Fact{Label: w.T("trust.stream.trouble"), Value: trouble})
	}
	return facts, nil
}
