package exhibits

import (
	"context"
	"time"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/modules/units"
)

// Absence says why the holder of an exhibit cannot hand it over.
type Absence string

// The absences.
const (
	HolderLeft      Absence = "left"      // serves nowhere any more
	HolderSuspended Absence = "suspended" // has no access until it is lifted
)

// Absences lists them.
func Absences() []Absence { return []Absence{HolderLeft, HolderSuspended} }

// TakingOver takes an exhibit over from a holder who is gone. Seal is the number
// as it was read on the thing.
type TakingOver struct {
	Move
	Seal   string
	Reason string
}

// TakeOverExhibit gives an exhibit whose holder is gone to the head of the unit
// that answers for it, who has compared the seal: a handover would need both. An
// offer that the holder left behind ends with it.
func (s *Service) TakeOverExhibit(ctx context.Context, g policy.Grant, in TakingOver) error {
	c := s.checks()
	in.check(s, c)
	in.Condition = c.Required("condition", in.Condition, maxLine)
	in.Reason = c.Required("reason", in.Reason, maxWords)
	if err := c.Err(); err != nil {
		return err
	}
	by := g.Actor()
	return s.move(ctx, g, in.Move, func(m *moving) (journal.Entry, error) {
		if m.x.State.Final() {
			return nil, fault.New(fault.Refused, "exhibits.fault.state")
		}
		absence, err := s.absence(m.ctx, m.x.Holder)
		if err != nil {
			return nil, err
		}
		if absence == "" || m.x.Holder == by.ID {
			return nil, fault.New(fault.Refused, "exhibits.fault.holder-here")
		}
		if err := m.reads(in.Seal); err != nil {
			return nil, err
		}
		if m.x.State != Opened { // what lies open is sealed again before it goes anywhere
			m.step.State = ToKeeper.after(m.x.Seal != "")
		}
		m.step.Holder, m.step.HeldUnit, m.step.Kept, m.step.Shelf, m.step.Pending, m.step.Receiver = by.ID, by.Unit, "", journal.Seal(""), "", ""
		return ExhibitTakenOver{Step: m.step, Taking: Taking{Exhibit: m.x.ID, From: m.x.Holder, By: by.ID, Absence: absence, Offer: m.x.Pending, Reason: journal.Seal(in.Reason)}}, nil
	})
}

// absence says why an officer cannot hand a thing over, "" while they can.
func (s *Service) absence(ctx context.Context, officer ident.ID) (Absence, error) {
	if _, err := s.serves(ctx, officer); fault.Is(err, fault.NotFound) {
		return HolderLeft, nil
	} else if err != nil {
		return "", err
	}
	all, err := s.units.Suspensions(ctx, officer)
	if err != nil {
		return "", err
	}
	for _, x := range all {
		if barred(x, s.k.Clock.Now()) {
			return HolderSuspended, nil
		}
	}
	return "", nil
}

// barred reports whether a suspension has begun and was not lifted.
func barred(x units.Suspension, now time.Time) bool {
	return !x.From.After(now) && x.Lifted.IsZero()
}
