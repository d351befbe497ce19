package plates

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/amana-platform/amana/kernel/blobs"
	"github.com/amana-platform/amana/kernel/check"
	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/store"
)

// Hit gives a hit by its id, with its picture if one came.
func (s *Service) Hit(ctx context.Context, id ident.ID) (Hit, error) {
	h, err := readHit(ctx, s.k.Reader, id)
	if err != nil {
		return h, err
	}
	kept, err := picturesOf(ctx, s.k.Reader, id)
	if err == nil && len(kept) > 0 {
		h.Picture = &kept[0]
	}
	return h, err
}

// deciding is one act on a hit being decided under the lock.
type deciding struct {
	d     *journal.Draft
	hit   Hit
	entry Entry
}

// inForce refuses a hit whose entry is in force no more at this moment.
func (x deciding) inForce() error {
	if x.entry.Standing(x.d.Now) != string(Active) {
		return fault.New(fault.Conflict, "plates.fault.entry-ended")
	}
	return nil
}

// onHit re-reads a hit and its entry under the lock, refuses what is stale or
// out of order, and appends what decide makes of it.
func (s *Service) onHit(ctx context.Context, g policy.Grant, a Act, hit ident.ID, act HitAct, decide func(deciding) (journal.Entry, error)) error {
	return s.do(ctx, g, a, hitRef(hit), func(ctx context.Context, r store.Reader, d *journal.Draft) error {
		h, err := readHit(ctx, r, hit)
		if err != nil {
			return err
		}
		if err := a.stale(h.Version); err != nil {
			return err
		}
		if !h.State.May(act) {
			return fault.New(fault.Conflict, "plates.fault.hit-state")
		}
		e, err := readEntry(ctx, r, h.Entry)
		if err != nil {
			return err
		}
		out, err := decide(deciding{d, h, e})
		if err == nil {
			d.AddOnce(a.Submission, d.Now, out)
		}
		return err
	})
}

// Confirming says that a person compared everything.
type Confirming struct {
	Act
	Hit   ident.ID
	Ticks Ticks
}

// ConfirmHit records that the person of the grant compared picture, plate,
// entry and vehicle and that all four agree. It is refused with a tick
// missing, when no picture came, and when the entry is not in force at that moment.
func (s *Service) ConfirmHit(ctx context.Context, g policy.Grant, in Confirming) error {
	c := s.checks()
	in.check(c)
	for field, ticked := range map[string]bool{"tick-image": in.Ticks.Image, "tick-plate": in.Ticks.Plate, "tick-entry": in.Ticks.Entry, "tick-vehicle": in.Ticks.Vehicle} {
		if !ticked {
			c.Add(field, "plates.fault.not-compared")
		}
	}
	slices.SortFunc(c.List, func(a, b *fault.Error) int { return strings.Compare(a.Field, b.Field) })
	if err := c.Err(); err != nil {
		return err
	}
	if g.System() != "" {
		return fault.New(fault.Refused, "plates.fault.not-a-person")
	}
	h, err := s.Hit(ctx, in.Hit)
	if err != nil {
		return err
	}
	if h.Picture == nil {
		return fault.New(fault.Refused, "plates.fault.no-picture")
	}
	return s.onHit(ctx, g, in.Act, in.Hit, ActConfirm, func(x deciding) (journal.Entry, error) {
		if x.hit.Plate == "" { // its term ended meanwhile, and the picture went with it
			return nil, fault.New(fault.Refused, "plates.fault.no-picture")
		}
		return HitConfirmed{Hit: x.hit.ID, Entry: x.entry.ID, N: x.hit.Version + 1, By: g.Actor().ID, Ticks: in.Ticks}, x.inForce()
	})
}

// Rejecting says that a proposal is none.
type Rejecting struct {
	Act
	Hit    ident.ID
	Ground string // code of Grounds
	Reason string
}

// RejectHit rejects a proposal with a ground.
func (s *Service) RejectHit(ctx context.Context, g policy.Grant, in Rejecting) error {
	c := s.checks()
	in.check(c)
	check.OneOf(&c.Form, "ground", in.Ground, Grounds())
	in.Reason = c.Optional("reason", in.Reason, maxWords)
	if err := c.Err(); err != nil {
		return err
	}
	return s.onHit(ctx, g, in.Act, in.Hit, ActReject, func(x deciding) (journal.Entry, error) {
		return HitRejected{Hit: x.hit.ID, N: x.hit.Version + 1, By: g.Actor().ID, Ground: in.Ground, Reason: journal.Seal(in.Reason)}, nil
	})
}

// Tasking sends a crew.
type Tasking struct {
	Act
	Hit  ident.ID
	Crew string // its call sign
}

// TaskCrew sends a crew to look at a confirmed hit whose entry is still in
// force: a read alone justifies no stop.
func (s *Service) TaskCrew(ctx context.Context, g policy.Grant, in Tasking) error {
	c := s.checks()
	in.check(c)
	in.Crew = c.Required("crew", in.Crew, maxLine)
	if err := c.Err(); err != nil {
		return err
	}
	return s.onHit(ctx, g, in.Act, in.Hit, ActTask, func(x deciding) (journal.Entry, error) {
		return CrewTasked{Hit: x.hit.ID, N: x.hit.Version + 1, By: g.Actor().ID, Crew: in.Crew}, x.inForce()
	})
}

// Closing says what a crew found.
type Closing struct {
	Act
	Hit     ident.ID
	Outcome Outcome
	Note    string
}

// CloseHit records what the crew found. Where it found the list wrong, the
// entry is contested in the same transaction.
func (s *Service) CloseHit(ctx context.Context, g policy.Grant, in Closing) error {
	c := s.checks()
	in.check(c)
	check.OneOf(&c.Form, "outcome", in.Outcome, Outcomes())
	in.Note = c.Optional("note", in.Note, maxWords)
	if in.Outcome == ListWrong || in.Outcome == ReadWrong {
		in.Note = c.Required("note", in.Note, maxWords)
	}
	if err := c.Err(); err != nil {
		return err
	}
	err := s.onHit(ctx, g, in.Act, in.Hit, ActClose, func(x deciding) (journal.Entry, error) {
		if in.Outcome == ListWrong && x.entry.State == Active {
			x.d.Add(EntryContested{Contest: x.d.NewID(), Entry: x.entry.ID, N: x.entry.Version + 1, Hit: x.hit.ID, By: g.Actor().ID,
				Person: journal.Seal(""), Contact: journal.Seal(""), Grounds: journal.Seal(in.Note)})
		}
		return HitClosed{Hit: x.hit.ID, N: x.hit.Version + 1, By: g.Actor().ID, Outcome: in.Outcome, Note: journal.Seal(in.Note)}, nil
	})
	if err != nil || in.Outcome != ListWrong {
		return err
	}
	return s.ConfirmCancellations(ctx)
}

// HitsOf lists the hits of an entry, the newest first.
func (s *Service) HitsOf(ctx context.Context, entry ident.ID) ([]Hit, error) {
	return store.List(ctx, s.k.Reader, "select "+hitColumns+" from plates_hits h where h.entry_id = $1 order by h.proposed_at desc, h.id limit 200", []any{string(entry)}, scanHit)
}

// wantedHits is what a list of hits is narrowed to; zero fields match all.
type wantedHits struct {
	State  HitState
	List   List
	Camera ident.ID
	Before int64 // microseconds of proposed_at
}

// hits lists the hits that somebody may see, the newest first.
func (s *Service) hits(ctx context.Context, rights policy.Predicate, in wantedHits, n int) ([]Hit, error) {
	if in.Before == 0 {
		in.Before = 1 << 62
	}
	args := []any{in.Before, string(in.State), string(in.List), string(in.Camera), n}
	where := rights.Shift(len(args))
	return store.List(ctx, s.k.Reader, "select "+hitColumns+` from plates_hits h
		where h.proposed_at < $1 and ($2 = '' or h.state = $2) and ($3 = '' or h.list = $3) and ($4 = '' or h.camera = $4) and `+where.SQL+" order by h.proposed_at desc, h.id limit $5",
		append(args, where.Args...), scanHit)
}

// picture finds a picture among those kept under a key.
func (s *Service) picture(ctx context.Context, subject ident.ID, address string) (blobs.Info, error) {
	all, err := picturesOf(ctx, s.k.Reader, subject)
	for _, p := range all {
		if string(p.Address) == address {
			return p, nil
		}
	}
	if err == nil {
		err = fault.New(fault.NotFound, "fault.not-found")
	}
	return blobs.Info{}, err
}

// Headline is what the yearly report counts.
type Headline struct {
	VehiclesFound int64 // stolen vehicles found
	WantedFound   int64 // vehicles of wanted persons found
	Proposed      int64
	Confirmed     int64
	Rejected      int64
	Reads         int64
}

// Headlines counts the hits of a period, from inclusive, to exclusive: by
// list and by outcome. Law: L09-08 3
func (s *Service) Headlines(ctx context.Context, from, to time.Time) (h Headline, byOutcome map[Outcome]int64, err error) {
	byOutcome = map[Outcome]int64{}
	span := []any{store.Micros(from), store.Micros(to)}
	err = s.k.Reader.Each(ctx, "select list, state, outcome, count(*) from plates_hits where proposed_at >= $1 and proposed_at < $2 group by list, state, outcome", span, func(scan store.Scan) error {
		var list List
		var state HitState
		var outcome Outcome
		var n int64
		if err := scan(&list, &state, &outcome, &n); err != nil {
			return err
		}
		h.add(list, state, outcome, n)
		if outcome != "" {
			byOutcome[outcome] += n
		}
		return nil
	})
	if err != nil {
		return h, nil, err
	}
	days := []any{s.k.Pack.Day(from).String(), s.k.Pack.Day(to.Add(-time.Microsecond)).String()}
	err = s.k.Reader.Row(ctx, "select cast(coalesce(sum(reads), 0) as bigint) from plates_counts where day >= $1 and day <= $2", days, &h.Reads)
	return h, byOutcome, err
}

func (h *Headline) add(list List, state HitState, outcome Outcome, n int64) {
	h.Proposed += n
	switch state {
	case Rejected:
		h.Rejected += n
	case Confirmed, Tasked, Closed:
		h.Confirmed += n
	}
	switch {
	case list == Stolen && outcome == Recovered:
		h.VehiclesFound += n
	case list == Wanted && (outcome == Found || outcome == Recovered):
		h.WantedFound += n
	}
}
