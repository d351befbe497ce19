package exhibits

import (
	"context"

	"github.com/amana-platform/amana/kernel/check"
	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/policy"
)

// Offering offers an exhibit to another officer. The submission becomes the
// handover's id.
type Offering struct {
	Move
	Receiver    ident.ID
	Destination Destination
	Order       Order
	Remark      string
}

// OfferHandover offers an exhibit to another officer: to keep, carry or examine
// it, or, for an end, to confirm that it was done. The giver answers for it
// until the other accepts. An end needs the order of an authority.
// Law: CPP 59; CPP 23
func (s *Service) OfferHandover(ctx context.Context, g policy.Grant, in Offering) error {
	c := s.checks()
	in.check(s, c)
	check.OneOf(&c.Form, "destination", in.Destination, Destinations())
	c.order(&in.Order, in.Destination.Ends())
	in.Remark = c.Optional("remark", in.Remark, maxLine)
	if in.Receiver == g.Actor().ID {
		c.Add("receiver", "exhibits.fault.same-person")
	} else if _, err := s.serves(ctx, in.Receiver); err != nil {
		c.Add("receiver", "exhibits.fault.no-receiver")
	}
	if err := c.Err(); err != nil {
		return err
	}
	return s.move(ctx, g, in.Move, func(m *moving) (journal.Entry, error) {
		if err := m.holds(ActOffer); err != nil {
			return nil, err
		}
		m.step.Pending, m.step.Receiver = in.Submission, in.Receiver
		return HandoverOffered{Step: m.step, Offer: Offer{ID: in.Submission, Exhibit: m.x.ID, Giver: m.x.Holder, Receiver: in.Receiver, Destination: in.Destination,
			OrderNumber: in.Order.Number, OrderDay: in.Order.Day, Authority: journal.Seal(in.Order.Authority), Remark: journal.Seal(in.Remark)}}, nil
	})
}

// serves gives the unit in which an officer serves now.
func (s *Service) serves(ctx context.Context, officer ident.ID) (ident.ID, error) {
	posts, err := s.units.Posts(ctx, officer)
	if err != nil {
		return "", err
	}
	now := s.k.Clock.Now()
	for _, p := range posts {
		if !p.From.After(now) && (p.To.IsZero() || p.To.After(now)) {
			return p.Unit, nil
		}
	}
	return "", fault.New(fault.NotFound, "exhibits.fault.no-receiver")
}

// Answering answers a handover. Seal is the number that the receiver read on
// the thing, Reason why it is refused.
type Answering struct {
	Move
	Handover ident.ID
	Seal     string
	Reason   string
}

// AcceptHandover brings an exhibit to its receiver, who has compared the seal.
// For an end it is the second officer's confirmation, and the entry is the end
// itself.
func (s *Service) AcceptHandover(ctx context.Context, g policy.Grant, in Answering) error {
	c := s.checks()
	in.check(s, c)
	in.Condition = c.Required("condition", in.Condition, maxLine)
	if err := c.Err(); err != nil {
		return err
	}
	unit := g.Actor().Unit
	return s.answer(ctx, g, in, func(m *moving, h Handover, a Answer) (journal.Entry, error) {
		if m.g.Actor().ID != h.Receiver {
			return nil, fault.New(fault.Refused, "exhibits.fault.not-receiver")
		}
		if err := m.reads(in.Seal); err != nil {
			return nil, err
		}
		m.step.State, m.step.Kept, m.step.Shelf = h.Destination.after(m.x.Seal != ""), "", journal.Seal("")
		if !h.Destination.Ends() {
			m.step.Holder, m.step.HeldUnit = h.Receiver, unit
		}
		return arrival(h.Destination, m.step, a), nil
	})
}

// arrival is the entry by which an exhibit reaches a destination.
func arrival(d Destination, s Step, a Answer) journal.Entry {
	switch d {
	case ToOwner:
		return ExhibitReturned{Step: s, Answer: a}
	case ToDestruction:
		return ExhibitDestroyed{Step: s, Answer: a}
	case ToRegistry:
		return ExhibitDeposited{Step: s, Answer: a}
	}
	return HandoverAccepted{Step: s, Answer: a}
}

// RefuseHandover leaves an exhibit where it is, with the reason of the one who
// should have taken it.
func (s *Service) RefuseHandover(ctx context.Context, g policy.Grant, in Answering) error {
	c := s.checks()
	in.check(s, c)
	in.Reason = c.Required("reason", in.Reason, maxWords)
	if err := c.Err(); err != nil {
		return err
	}
	return s.answer(ctx, g, in, func(m *moving, h Handover, a Answer) (journal.Entry, error) {
		if m.g.Actor().ID != h.Receiver {
			return nil, fault.New(fault.Refused, "exhibits.fault.not-receiver")
		}
		return HandoverRefused{Step: m.step, Answer: a}, nil
	})
}

// WithdrawHandover takes an offer back that nobody has answered.
func (s *Service) WithdrawHandover(ctx context.Context, g policy.Grant, in Answering) error {
	c := s.checks()
	in.check(s, c)
	in.Reason = c.Optional("reason", in.Reason, maxWords)
	if err := c.Err(); err != nil {
		return err
	}
	return s.answer(ctx, g, in, func(m *moving, h Handover, a Answer) (journal.Entry, error) {
		if m.g.Actor().ID != h.Giver {
			return nil, fault.New(fault.Refused, "exhibits.fault.not-holder")
		}
		return HandoverWithdrawn{Step: m.step, Answer: a}, nil
	})
}

// answer ends the handover that waits: exactly that one, and once.
func (s *Service) answer(ctx context.Context, g policy.Grant, in Answering, decide func(*moving, Handover, Answer) (journal.Entry, error)) error {
	return s.move(ctx, g, in.Move, func(m *moving) (journal.Entry, error) {
		if m.x.Pending == "" || m.x.Pending != in.Handover {
			return nil, fault.New(fault.Conflict, "exhibits.fault.no-offer")
		}
		h, err := readHandover(m.ctx, m.r, in.Handover)
		if err != nil {
			return nil, err
		}
		m.step.Pending, m.step.Receiver = "", ""
		return decide(m, h, Answer{ID: h.ID, Exhibit: m.x.ID, Giver: h.Giver, Receiver: h.Receiver, Reason: journal.Seal(in.Reason)})
	})
}
