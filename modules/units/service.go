package units

import (
	"context"
	"sync"
	"time"

	"github.com/amana-platform/amana/kernel/app"
	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/store"
	"github.com/amana-platform/amana/kernel/text"
	"github.com/amana-platform/amana/kernel/web"
)

// Service keeps the tree, the people and the accounts. It is safe for
// concurrent use.
type Service struct {
	k      *app.Kernel
	sheets web.Sheets

	// CaseLabel says what a case purpose is about; main sets it to the module
	// that keeps cases. Nil says only that it is a case.
	CaseLabel func(ctx context.Context, w *text.Words, id ident.ID) (label, href string)

	mu     sync.Mutex
	seen   *picture
	seenAt time.Time
}

// New makes the service on a kernel, which it uses from the first request on.
func New(k *app.Kernel) *Service {
	return &Service{k: k, sheets: sheets(k)}
}

// do runs one verb: check what is said, then decide on a ledger.
func (s *Service) do(ctx context.Context, g policy.Grant, check func(*checks), decide func(*ledger) error) error {
	c := &checks{pack: s.k.Pack, now: s.k.Clock.Now()}
	if check != nil {
		check(c)
	}
	if err := c.Err(); err != nil {
		return err
	}
	_, err := s.k.Journal.Do(ctx, g, func(ctx context.Context, r store.Reader, d *journal.Draft) error {
		return decide(s.ledger(ctx, r, d, g.Actor().ID))
	})
	s.stale()
	return err
}

// OpenUnit opens a unit under another and gives its id. Law: D1-56-115
func (s *Service) OpenUnit(ctx context.Context, g policy.Grant, in NewUnit) (ident.ID, error) {
	in.ID = s.idFor(in.ID)
	return in.ID, s.do(ctx, g, func(c *checks) { c.newUnit(in) }, func(l *ledger) error { return l.openUnit(in) })
}

// MoveUnit puts a unit under another, raises it to another type, renames it.
// It takes effect when it is written and may be dated back, not ahead.
func (s *Service) MoveUnit(ctx context.Context, g policy.Grant, in UnitMove) error {
	return s.do(ctx, g, func(c *checks) { c.unitMove(in) }, func(l *ledger) error { return l.moveUnit(in) })
}

// CloseUnit ends a unit in which nobody serves and under which none stands.
func (s *Service) CloseUnit(ctx context.Context, g policy.Grant, in UnitClosing) error {
	return s.do(ctx, g, func(c *checks) { c.unitClosing(in) }, func(l *ledger) error { return l.closeUnit(in) })
}

// EnrolOfficer takes a person into the service and gives the officer's id.
// Law: D1-09-213
func (s *Service) EnrolOfficer(ctx context.Context, g policy.Grant, in NewOfficer) (ident.ID, error) {
	in.ID = s.idFor(in.ID)
	return in.ID, s.do(ctx, g, func(c *checks) { c.newOfficer(in) }, func(l *ledger) error { return l.enrolOfficer(in) })
}

// PostOfficer puts an officer into a unit in a role, ending the posts before
// unless it stands beside them, and gives the post's id.
func (s *Service) PostOfficer(ctx context.Context, g policy.Grant, in NewPost) (ident.ID, error) {
	in.ID = s.idFor(in.ID)
	return in.ID, s.do(ctx, g, func(c *checks) { c.newPost(in) }, func(l *ledger) error { return l.postOfficer(in) })
}

// EndPost ends a post and its duty.
func (s *Service) EndPost(ctx context.Context, g policy.Grant, in PostEnding) error {
	return s.do(ctx, g, func(c *checks) { c.required("act", in.Act, maxAct) }, func(l *ledger) error { return l.endPost(in) })
}

// AppointCapacity gives an officer judicial power by an act, and gives the
// appointment's id. Law: CPP 20; CPP 25
func (s *Service) AppointCapacity(ctx context.Context, g policy.Grant, in Appointment) (ident.ID, error) {
	in.ID = s.idFor(in.ID)
	return in.ID, s.do(ctx, g, func(c *checks) { c.appointment(in) }, func(l *ledger) error { return l.appointCapacity(in) })
}

// SuspendOfficer stops all access of an officer at once. Nobody suspends
// themselves, nor the last administrator.
func (s *Service) SuspendOfficer(ctx context.Context, g policy.Grant, in NewSuspension) (ident.ID, error) {
	in.ID = s.idFor(in.ID)
	return in.ID, s.do(ctx, g, func(c *checks) { c.newSuspension(in) }, func(l *ledger) error { return l.suspendOfficer(in) })
}

// LiftSuspension ends the suspension of an officer.
func (s *Service) LiftSuspension(ctx context.Context, g policy.Grant, officer ident.ID) error {
	return s.do(ctx, g, nil, func(l *ledger) error {
		all, err := l.suspensionsOf(officer)
		if err != nil {
			return err
		}
		for _, x := range all {
			if x.Lifted.IsZero() {
				l.d.Add(SuspensionLifted{ID: x.ID, Officer: officer, At: l.d.Now, By: l.by})
				return nil
			}
		}
		return fault.New(fault.Conflict, "units.fault.not-suspended")
	})
}

// OpenDuty opens a standing duty and gives its id, which purposes name.
func (s *Service) OpenDuty(ctx context.Context, g policy.Grant, in NewDuty) (ident.ID, error) {
	in.ID = s.idFor(in.ID)
	return in.ID, s.do(ctx, g, func(c *checks) { c.newDuty(in) }, func(l *ledger) error { return l.openDuty(in) })
}

// EndDuty ends a standing duty; the zero time means now.
func (s *Service) EndDuty(ctx context.Context, g policy.Grant, task ident.ID, to time.Time) error {
	return s.do(ctx, g, nil, func(l *ledger) error {
		d, err := readDuty(l.ctx, l.r, task)
		if err != nil {
			return err
		}
		to = l.orNow(to)
		switch {
		case !d.To.IsZero() && !d.To.After(l.d.Now):
			return fault.New(fault.Conflict, "units.fault.duty-ended")
		case to.Before(d.From):
			return invalid("to", "units.fault.period")
		case !d.To.IsZero() && to.After(d.To):
			return invalid("to", "units.fault.duty-longer")
		}
		l.add(to, DutyEnded{Task: d.ID, Unit: d.Unit, Officer: d.Officer, To: to})
		return nil
	})
}

func (s *Service) idFor(given ident.ID) ident.ID {
	if given == "" {
		return s.k.Journal.NewID()
	}
	return given
}

// Seed is many acts at once: what a demonstration or an import begins with.
type Seed struct {
	Units        []NewUnit // each after the one above it
	Officers     []NewOfficer
	Posts        []NewPost
	Appointments []Appointment
	Suspensions  []NewSuspension
	Duties       []NewDuty
}

// Seed decides all of it in one transaction, by the same rules as the single
// verbs: all or nothing. The first fault names its input.
func (s *Service) Seed(ctx context.Context, g policy.Grant, in Seed) error {
	return s.do(ctx, g, in.check, func(l *ledger) error {
		return firstError(
			each(in.Units, l.openUnit), each(in.Officers, l.enrolOfficer), each(in.Posts, l.postOfficer),
			each(in.Appointments, l.appointCapacity), each(in.Suspensions, l.suspendOfficer), each(in.Duties, l.openDuty))
	})
}

func (in Seed) check(c *checks) {
	for _, x := range in.Units {
		c.newUnit(x)
	}
	for _, x := range in.Officers {
		c.newOfficer(x)
	}
	for _, x := range in.Posts {
		c.newPost(x)
	}
	for _, x := range in.Appointments {
		c.appointment(x)
	}
	for _, x := range in.Suspensions {
		c.newSuspension(x)
	}
	for _, x := range in.Duties {
		c.newDuty(x)
	}
}

// each puts off a verb for all of a list.
func each[T any](all []T, verb func(T) error) func() error {
	return func() error {
		for _, x := range all {
			if err := verb(x); err != nil {
				return err
			}
		}
		return nil
	}
}

func firstError(steps ...func() error) error {
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// sheets are the forms of this module.
func sheets(k *app.Kernel) web.Sheets {
	return web.Sheets{Act: "units.act.", Lead: "units.lead.", Field: "units.field.", Help: "units.help.", NewID: func() ident.ID { return k.Journal.NewID() }}
}
