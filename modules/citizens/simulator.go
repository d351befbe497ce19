package citizens

import (
	"context"
	"net/http"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/store"
	"github.com/amana-platform/amana/kernel/web"
	"github.com/amana-platform/amana/modules/citizens/card"
)

// Simulators play a card with its reader and an officer at a counter, in a
// demonstration, so that a visitor can be one of its invented citizens. They
// speak what the real ones speak, and say on their pages that they are none.

// simulates reports whether this is a demonstration.
func (s *Service) simulates() bool { return s.k.Demo }

// simulators are their routes; they exist in a demonstration only.
func (s *Service) simulators() []web.Route {
	const why = "a simulator, in the demonstration only"
	return []web.Route{
		{Pattern: "GET /citizen/simulator/card", Open: why, Door: s.door, Handle: s.simulatedCard},
		{Pattern: "POST /citizen/simulator/card", Open: why, Door: s.door, Handle: s.answerAsCard},
		{Pattern: "GET /citizen/simulator/counter", Open: why, Door: s.door, Handle: s.simulatedCounter},
		{Pattern: "POST /citizen/simulator/counter", Open: why, Door: s.door, Handle: s.visitCounter},
	}
}

// actor is an invented citizen whom a visitor may play.
type actor struct {
	name   string
	number string
}

// actors lists the first invented citizens.
func (s *Service) actors(r *web.Request) ([]actor, error) {
	all, err := store.List(r.Context(), s.k.Reader, "select "+accountColumns+" from citizens_accounts where closed_at = 0 order by id limit 6", nil, scanCitizen)
	if err != nil {
		return nil, err
	}
	var out []actor
	for _, c := range all {
		p, err := s.index.Person(r.Context(), c.Person)
		if err != nil {
			return nil, err
		}
		if p.CNIE != "" {
			out = append(out, actor{p.Name(string(r.Words.Lang())), p.CNIE})
		}
	}
	return out, nil
}

// plays reports whether a number is of somebody whom visitors may play.
func (s *Service) plays(r *web.Request, number string) (bool, error) {
	all, err := s.actors(r)
	for _, a := range all {
		if a.number == number {
			return true, err
		}
	}
	return false, err
}

// simulator makes the simulated cards believed, the first time they are needed.
func (s *Service) simulator() (*card.Simulator, error) {
	s.chipOnce.Do(func() { s.chip, s.chipErr = s.cards.Simulate(s.k.Clock.Now()) })
	return s.chip, s.chipErr
}

func (s *Service) simulatedCard(r *web.Request) error {
	return s.showCards(r, http.StatusOK, r.URL.Query().Get("ticket"), nil)
}

func (s *Service) showCards(r *web.Request, status int, ticket string, wrong error) error {
	all, err := s.actors(r)
	if err != nil {
		return err
	}
	return r.PageStatus(status, r.T("citizens.simulator.card"), simulatedCardBody(r, all, ticket, wrong))
}

// answerAsCard does what the agent and the card do together.
func (s *Service) answerAsCard(r *web.Request) error {
	form, err := r.Form()
	if err != nil {
		return err
	}
	ticket, number := form.Get("ticket"), form.Get("number")
	known, err := s.plays(r, number)
	if err != nil {
		return err
	}
	if !known {
		return s.showCards(r, http.StatusUnprocessableEntity, ticket, fault.New(fault.Invalid, "citizens.fault.no-person"))
	}
	if form.Get("pin") != card.SimulatedPIN {
		return s.showCards(r, http.StatusUnprocessableEntity, ticket, fault.New(fault.Invalid, "citizens.fault.pin"))
	}
	proof, err := s.playCard(r.Context(), ticket, number)
	if err != nil {
		return s.showCards(r, http.StatusUnprocessableEntity, ticket, err)
	}
	return r.Redirect("/citizen/card/done?proof=" + proof)
}

// ShowCard lets an invented citizen use their simulated card, for the seeding
// of a demonstration: it stands among their means afterwards.
func (s *Service) ShowCard(ctx context.Context, number string) error {
	if !s.simulates() {
		return fault.New(fault.Refused, "fault.not-found")
	}
	ticket, err := s.beginCard(ctx, token(), "/citizen")
	if err != nil {
		return err
	}
	_, err = s.playCard(ctx, ticket, number)
	return err
}

func (s *Service) playCard(ctx context.Context, ticket, number string) (string, error) {
	chip, err := s.simulator()
	if err != nil {
		return "", err
	}
	st, err := s.challengeCard(ctx, ticket)
	if err != nil {
		return "", err
	}
	certificate, signature, err := chip.Answer(number, st, s.k.Clock.Now())
	if err != nil {
		return "", err
	}
	return s.answerCard(ctx, ticket, certificate, signature)
}

func (s *Service) simulatedCounter(r *web.Request) error {
	return s.showSimulatedCounter(r, "", "")
}

func (s *Service) showSimulatedCounter(r *web.Request, number, code string) error {
	all, err := s.actors(r)
	if err != nil {
		return err
	}
	return r.Page(r.T("citizens.simulator.counter"), simulatedCounterBody(r, all, number, code))
}

// visitCounter gives a visitor a code, as an officer would who saw them.
func (s *Service) visitCounter(r *web.Request) error {
	form, err := r.Form()
	if err != nil {
		return err
	}
	number := form.Get("number")
	if known, err := s.plays(r, number); err != nil || !known {
		return orElse(err, fault.New(fault.NotFound, "fault.not-found"))
	}
	p, err := s.index.PersonByCNIE(r.Context(), number)
	if err != nil {
		return err
	}
	c, err := s.CitizenOf(r.Context(), p.ID)
	if err != nil {
		return err
	}
	code, err := s.simulatedCode(r.Context(), c.ID, p.CNIE)
	if err != nil {
		return err
	}
	return s.showSimulatedCounter(r, number, code)
}

func (s *Service) simulatedCode(ctx context.Context, citizen ident.ID, number string) (string, error) {
	code, entry, err := s.newCode(number, "")
	if err != nil {
		return "", err
	}
	entry.Citizen = citizen
	_, err = s.record(ctx, basisCard, func(ctx context.Context, _ store.Reader, d *journal.Draft) error { return s.issue(ctx, d, entry) })
	return code, err
}
