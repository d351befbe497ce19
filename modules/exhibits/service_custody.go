package exhibits

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/amana-platform/amana/kernel/blobs"
	"github.com/amana-platform/amana/kernel/check"
	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/store"
)

// Move is what every act on an exhibit says. Submission makes the form
// idempotent; Version is the step that was seen, 0 for whatever is now; At is
// when it happened, now if zero; Condition is what the thing looked like.
type Move struct {
	Submission ident.ID
	Exhibit    ident.ID
	Version    int64
	At         time.Time
	Condition  string
	Photos     []blobs.Info
}

// moving is one act being decided: the exhibit as it is, and the step to come.
type moving struct {
	ctx  context.Context
	s    *Service
	g    policy.Grant
	r    store.Reader
	d    *journal.Draft
	x    Exhibit
	step Step
	at   time.Time
}

// check checks what all moves share.
func (in *Move) check(s *Service, c *checks) {
	c.ID("submission", in.Submission, "exhibits.fault.submission")
	c.NotAhead("at", in.At)
	in.Condition = c.Optional("condition", in.Condition, maxLine)
	c.photos(in.Exhibit, in.Photos)
	if in.At.IsZero() {
		in.At = s.k.Clock.Now()
	}
}

// move takes an exhibit one step further: it re-reads it under the lock,
// refuses what is stale, elsewhere or out of order, and appends what decide
// makes of it.
func (s *Service) move(ctx context.Context, g policy.Grant, in Move, decide func(*moving) (journal.Entry, error)) error {
	if g.Resource().Ref != exhibitRef(in.Exhibit) {
		return fault.New(fault.Refused, "exhibits.fault.other-exhibit")
	}
	_, err := s.k.Journal.Do(ctx, g, func(ctx context.Context, r store.Reader, d *journal.Draft) error {
		if err := doneBefore(ctx, r, in); err != nil {
			return err
		}
		x, err := readExhibit(ctx, r, in.Exhibit)
		if err != nil {
			return err
		}
		if in.Version != 0 && in.Version != x.Version {
			return fault.New(fault.Conflict, "fault.conflict")
		}
		if err := inOrder(ctx, r, x, in.At); err != nil {
			return err
		}
		m := &moving{ctx: ctx, s: s, g: g, r: r, d: d, x: x, at: in.At, step: x.next()}
		m.step.Photos = sealPhotos(x.ID, in.Photos)
		if in.Condition != "" {
			m.step.Condition = journal.Seal(in.Condition)
		}
		e, err := decide(m)
		if err == nil {
			d.AddOnce(in.Submission, in.At, e)
		}
		return err
	})
	if errors.Is(err, errDone) {
		return nil
	}
	return err
}

// next is the step after the last: everything stays until an act changes it.
func (x Exhibit) next() Step {
	return Step{Exhibit: x.ID, Case: x.Case, N: x.Version + 1, State: x.State, Holder: x.Holder, HeldUnit: x.HeldUnit, Seal: x.Seal, Kept: x.Kept,
		Pending: x.Pending, Receiver: x.Receiver, Shelf: journal.Seal(x.Shelf), Condition: journal.Seal(x.Condition)}
}

// doneBefore finds the step that an earlier sending of the form made.
func doneBefore(ctx context.Context, r store.Reader, in Move) error {
	var exhibit string
	err := r.Row(ctx, "select exhibit from exhibits_steps where entry = $1", []any{string(in.Submission)}, &exhibit)
	switch {
	case fault.Is(err, fault.NotFound):
		return nil
	case err != nil:
		return err
	case exhibit == string(in.Exhibit):
		return errDone
	}
	return fault.New(fault.Conflict, "exhibits.fault.submission")
}

// inOrder refuses a fact said to have happened before the step before it.
func inOrder(ctx context.Context, r store.Reader, x Exhibit, at time.Time) error {
	var last int64
	err := r.Row(ctx, "select happened_at from exhibits_steps where exhibit = $1 and n = $2", []any{string(x.ID), x.Version}, &last)
	if err == nil && store.Micros(at) < last {
		err = &fault.Error{Kind: fault.Invalid, Key: "exhibits.fault.before-last", Field: "at"}
	}
	return err
}

// holds refuses an act of anyone but the holder, of a thing that is offered to
// another, or that its state does not allow.
func (m *moving) holds(a Act) error {
	switch {
	case m.x.Pending != "":
		return fault.New(fault.Refused, "exhibits.fault.pending")
	case !m.x.State.May(a):
		return fault.New(fault.Refused, "exhibits.fault.state")
	case m.x.Holder != m.g.Actor().ID:
		return fault.New(fault.Refused, "exhibits.fault.not-holder")
	}
	return nil
}

// opj refuses who holds no power of the judicial police. Law: CPP 57; CPP 59
func (m *moving) opj() error {
	if m.g.Actor().Capacity != "opj" {
		return fault.New(fault.Refused, "exhibits.fault.not-opj")
	}
	return nil
}

// Sealing closes a seal on an exhibit.
type Sealing struct {
	Move
	Witnesses string
}

// SealExhibit puts a seized thing under a new seal of the unit's series, which
// it gives. Law: CPP 59
func (s *Service) SealExhibit(ctx context.Context, g policy.Grant, in Sealing) (Exhibit, error) {
	return s.close(ctx, g, in, ActSeal, func(st Step, c Closing) journal.Entry { return ExhibitSealed{Step: st, Closing: c} })
}

// ResealExhibit puts an opened thing under a new seal. Law: CPP 104
func (s *Service) ResealExhibit(ctx context.Context, g policy.Grant, in Sealing) (Exhibit, error) {
	return s.close(ctx, g, in, ActReseal, func(st Step, c Closing) journal.Entry { return ExhibitResealed{Step: st, Closing: c} })
}

func (s *Service) close(ctx context.Context, g policy.Grant, in Sealing, a Act, entry func(Step, Closing) journal.Entry) (Exhibit, error) {
	c := s.checks()
	in.check(s, c)
	in.Witnesses = c.Optional("witnesses", in.Witnesses, maxLine)
	if err := c.Err(); err != nil {
		return Exhibit{}, err
	}
	err := s.move(ctx, g, in.Move, func(m *moving) (journal.Entry, error) {
		if err := errors.Join(m.opj(), m.holds(a)); err != nil {
			return nil, err
		}
		n, err := s.draw(m.ctx, m.r, sealSeries, m.x.HeldUnit, m.d.Now)
		if err != nil {
			return nil, err
		}
		m.step.State, m.step.Seal = Closed, n.number()
		return entry(m.step, Closing{Exhibit: m.x.ID, Unit: m.x.HeldUnit, Series: n.series, N: n.n, By: g.Actor().ID, Witnesses: journal.Seal(in.Witnesses)}), nil
	})
	if err != nil {
		return Exhibit{}, err
	}
	return s.Exhibit(ctx, in.Exhibit)
}

// Breaking opens a seal: Seal is its number as it was read on the thing.
type Breaking struct {
	Move
	Seal     string
	Presence Presence
	Present  string // who stood there
	Reason   string // why it was opened and, in absence, why nobody stood there
}

// BreakSeal opens the seal of an exhibit before the person or counsel, or
// records their absence. Law: CPP 59; CPP 104
func (s *Service) BreakSeal(ctx context.Context, g policy.Grant, in Breaking) error {
	c := s.checks()
	in.check(s, c)
	check.OneOf(&c.Form, "presence", in.Presence, Presences())
	if in.Presence == InAbsence {
		in.Present = c.Optional("present", in.Present, maxLine)
	} else {
		in.Present = c.Required("present", in.Present, maxLine)
	}
	in.Reason = c.Required("reason", in.Reason, maxWords)
	if err := c.Err(); err != nil {
		return err
	}
	return s.move(ctx, g, in.Move, func(m *moving) (journal.Entry, error) {
		if err := errors.Join(m.opj(), m.holds(ActBreak), m.reads(in.Seal)); err != nil {
			return nil, err
		}
		if m.x.Seal == "" { // stored or carried without ever being sealed
			return nil, &fault.Error{Kind: fault.Conflict, Key: "exhibits.fault.no-seal", Field: "seal"}
		}
		m.step.State, m.step.Seal, m.step.Kept, m.step.Shelf = Opened, "", "", journal.Seal("")
		return SealBroken{Step: m.step, Opening: Opening{Exhibit: m.x.ID, Seal: m.x.Seal, By: g.Actor().ID, Presence: in.Presence,
			Present: journal.Seal(in.Present), Reason: journal.Seal(in.Reason)}}, nil
	})
}

// reads compares the number read on the thing with the one it should bear.
func (m *moving) reads(seal string) error {
	if seal != m.x.Seal {
		return &fault.Error{Kind: fault.Invalid, Key: "exhibits.fault.seal-differs", Field: "seal"}
	}
	return nil
}

// Storing says where the holder keeps an exhibit.
type Storing struct {
	Move
	Kept  string // code of Category.Places
	Shelf string
}

// StoreExhibit notes where its holder keeps an exhibit: only where things of
// its category belong.
func (s *Service) StoreExhibit(ctx context.Context, g policy.Grant, in Storing) error {
	c := s.checks()
	in.check(s, c)
	in.Shelf = c.Required("shelf", in.Shelf, maxLine)
	if err := c.Err(); err != nil {
		return err
	}
	return s.move(ctx, g, in.Move, func(m *moving) (journal.Entry, error) {
		if err := m.holds(ActStore); err != nil {
			return nil, err
		}
		c := s.checks()
		check.OneOf(&c.Form, "kept", in.Kept, m.x.Category.Places())
		m.step.State, m.step.Kept, m.step.Shelf = Stored, in.Kept, journal.Seal(in.Shelf)
		return ExhibitStored{Step: m.step}, c.Err()
	})
}

// Correcting says what an exhibit rightly is.
type Correcting struct {
	Move
	Thing     NewThing
	Place     string
	From      ident.ID
	Witnesses string
}

// CorrectExhibit corrects what an exhibit is said to be. What was written
// before stays in the journal.
func (s *Service) CorrectExhibit(ctx context.Context, g policy.Grant, in Correcting) error {
	c := s.checks()
	in.check(s, c)
	in.Thing.ID = in.Exhibit
	c.thing("", &in.Thing)
	in.Place = c.Required("place", in.Place, maxLine)
	in.Witnesses = c.Optional("witnesses", in.Witnesses, maxLine)
	s.checkPerson(ctx, c, in.From)
	if err := c.Err(); err != nil {
		return err
	}
	return s.move(ctx, g, in.Move, func(m *moving) (journal.Entry, error) {
		if !m.x.State.May(ActCorrect) {
			return nil, fault.New(fault.Refused, "exhibits.fault.state")
		}
		return ExhibitCorrected{Step: m.step, Thing: in.Thing.sealed(Seizure{From: in.From, Place: in.Place, Witnesses: in.Witnesses})}, m.opj()
	})
}

// AddPhotographs adds pictures that KeepPhotograph stored.
func (s *Service) AddPhotographs(ctx context.Context, g policy.Grant, in Move) error {
	c := s.checks()
	in.check(s, c)
	if len(in.Photos) == 0 {
		c.Add("photo", "form.required")
	}
	if err := c.Err(); err != nil {
		return err
	}
	return s.move(ctx, g, in, func(m *moving) (journal.Entry, error) {
		return PhotographsAdded{Step: m.step}, m.holds(ActPicture)
	})
}

// KeepPhotograph stores a picture under the key of an exhibit; it becomes part
// of the record with the move that names it.
func (s *Service) KeepPhotograph(ctx context.Context, exhibit ident.ID, name, mime string, content io.Reader) (blobs.Info, error) {
	return s.k.Blobs.Put(ctx, blobs.Offer{Subject: string(exhibit), Name: name, MIME: mime}, content, pictures)
}
