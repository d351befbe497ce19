package units

import (
	"context"
	"slices"
	"time"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/store"
)

// pictureLife is how long a picture of the tables is used before the pulse is
// looked at again.
const pictureLife = time.Second

// picture is who stands where, read whole: policy asks for it on every act. It
// holds ids and dates only, no name of a person.
type picture struct {
	seq        int64
	units      map[ident.ID]Unit
	above      map[ident.ID][]ident.ID
	posts      map[ident.ID][]Post // by officer, the newest first
	capacities map[ident.ID][]Capacity
	suspended  map[ident.ID][]Suspension
	duties     map[ident.ID]Duty
	desks      map[ident.ID]Duty // open duty of the whole unit, by unit
	own        map[ident.ID]Duty // duty by post
}

// standing gives the picture, at most pictureLife old. Where it cannot be read
// anew, an empty picture answers: nobody stands anywhere, all is refused.
func (s *Service) standing(ctx context.Context) *picture {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now() // the age of a cache is real time even where the clock is fixed
	if s.seen != nil && now.Sub(s.seenAt) < pictureLife {
		return s.seen
	}
	seen, err := s.look(ctx)
	if err != nil {
		s.k.Log.ErrorContext(ctx, "the tree of services cannot be read", "err", err)
		return &picture{}
	}
	s.seen, s.seenAt = seen, now
	return seen
}

// stale makes the next reader look again, after a change made here.
func (s *Service) stale() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.seenAt = time.Time{}
}

// look gives the picture in hand if the tables have not changed, else a new one.
func (s *Service) look(ctx context.Context) (*picture, error) {
	var seq int64
	err := s.k.Reader.Row(ctx, "select seq from units_pulse where id = 1", nil, &seq)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return nil, err
	}
	if s.seen != nil && s.seen.seq == seq {
		return s.seen, nil
	}
	p := &picture{seq: seq, units: map[ident.ID]Unit{}, above: map[ident.ID][]ident.ID{}, posts: map[ident.ID][]Post{},
		capacities: map[ident.ID][]Capacity{}, suspended: map[ident.ID][]Suspension{},
		duties: map[ident.ID]Duty{}, desks: map[ident.ID]Duty{}, own: map[ident.ID]Duty{}}
	if err := p.readTree(ctx, s.k.Reader); err != nil {
		return nil, err
	}
	return p, p.readPeople(ctx, s.k.Reader)
}

// readTree reads the units and what stands above each, nearest first.
func (p *picture) readTree(ctx context.Context, r store.Reader) error {
	all, err := store.List(ctx, r, "select "+unitColumns+" from units_units", nil, scanUnit)
	if err != nil {
		return err
	}
	for _, u := range all {
		p.units[u.ID] = u
	}
	return r.Each(ctx, "select unit, ancestor from units_closure where depth > 0 order by unit, depth", nil, func(scan store.Scan) error {
		var unit, ancestor ident.ID
		err := scan(&unit, &ancestor)
		p.above[unit] = append(p.above[unit], ancestor)
		return err
	})
}

// readPeople reads who holds what, leaving out what has long ended.
func (p *picture) readPeople(ctx context.Context, r store.Reader) error {
	posts, err := store.List(ctx, r, "select "+postColumns+" from units_posts order by from_at desc, id desc", nil, scanPost)
	for _, x := range posts {
		p.posts[x.Officer] = append(p.posts[x.Officer], x)
	}
	if err != nil {
		return err
	}
	capacities, err := store.List(ctx, r, "select "+capacityColumns+" from units_capacities order by from_at desc, id desc", nil, scanCapacity)
	for _, x := range capacities {
		p.capacities[x.Officer] = append(p.capacities[x.Officer], x)
	}
	if err != nil {
		return err
	}
	suspensions, err := store.List(ctx, r, "select "+suspendColumns+" from units_suspensions order by from_at desc, id desc", nil, scanSuspension)
	for _, x := range suspensions {
		x.Reason = ""
		p.suspended[x.Officer] = append(p.suspended[x.Officer], x)
	}
	if err != nil {
		return err
	}
	duties, err := store.List(ctx, r, "select "+dutyColumns+" from units_duties order by from_at, id", nil, scanDuty)
	for _, d := range duties {
		p.duties[d.ID] = d
		if d.Post != "" {
			p.own[d.Post] = d
		}
		if d.Officer == "" && d.Kind == DutyDesk {
			p.desks[d.Unit] = d
		}
	}
	return err
}

// post gives the post an officer holds at a time, the newest if several.
func (p *picture) post(officer ident.ID, at time.Time) (Post, bool) {
	for _, x := range p.posts[officer] {
		if holds(x.From, x.To, at) {
			return x, true
		}
	}
	return Post{}, false
}

// barred reports whether an officer is suspended at a time. A suspension is
// never written ahead, so one that is not lifted bars from the moment it is read.
func (p *picture) barred(officer ident.ID, at time.Time) bool {
	return slices.ContainsFunc(p.suspended[officer], func(s Suspension) bool { return s.Lifted.IsZero() || at.Before(s.Lifted) })
}

// capacity gives the judicial power an officer holds at a time, "" if none.
func (p *picture) capacity(officer ident.ID, at time.Time) string {
	for _, c := range p.capacities[officer] {
		if holds(c.From, c.To, at) {
			return c.Code
		}
	}
	return ""
}

// duty gives the standing duty of a post: its own, or its unit's desk.
func (p *picture) duty(post Post, at time.Time) (Duty, bool) {
	d, ok := p.own[post.ID]
	if !ok {
		d, ok = p.desks[post.Unit]
	}
	return d, ok && holds(d.From, d.To, at)
}

// Ancestors gives the units above one, nearest first; it makes the service a
// policy.UnitTree. A closed unit stands under its successor.
func (s *Service) Ancestors(unit ident.ID) []ident.ID {
	return slices.Clip(s.standing(context.Background()).above[unit])
}

// Active reports whether an actor may act at all now: not suspended, and
// serving in the unit and the role they act in.
func (s *Service) Active(ctx context.Context, a policy.Actor) bool {
	p, now := s.standing(ctx), s.k.Clock.Now()
	if p.barred(a.ID, now) {
		return false
	}
	return slices.ContainsFunc(p.posts[a.ID], func(x Post) bool {
		return x.Unit == a.Unit && string(x.Role) == a.Role && holds(x.From, x.To, now)
	})
}

// HoldsTask reports whether a task purpose is the actor's own: a duty that
// holds now, theirs by name, or their unit's.
func (s *Service) HoldsTask(ctx context.Context, a policy.Actor, p policy.Purpose) bool {
	d, ok := s.standing(ctx).duties[p.Ref.ID]
	if !ok || p.Ref.Kind != KindTask || !holds(d.From, d.To, s.k.Clock.Now()) {
		return false
	}
	if d.Officer != "" {
		return d.Officer == a.ID
	}
	return d.Unit == a.Unit
}

// CapacityOf gives the judicial power an officer held at a time, as the code
// of a packs.Capacity, "" if none. Law: CPP 20; CPP 25
func (s *Service) CapacityOf(ctx context.Context, officer ident.ID, when time.Time) string {
	return s.standing(ctx).capacity(officer, when)
}

// DeskOf gives the duty of a unit's desk, the purpose under which its duty
// officers take complaints.
func (s *Service) DeskOf(ctx context.Context, unit ident.ID) (Duty, error) {
	d, ok := s.standing(ctx).desks[unit]
	if !ok {
		return Duty{}, orNotFound(nil)
	}
	return d, nil
}

// orNotFound gives err, or that there is no such record.
func orNotFound(err error) error {
	if err == nil {
		err = fault.New(fault.NotFound, "fault.not-found")
	}
	return err
}

// Holders gives the active holders of a role at a unit, or at the nearest unit
// above it that has one, in the order of their ids.
func (s *Service) Holders(ctx context.Context, role string, unit ident.ID) []ident.ID {
	p, now := s.standing(ctx), s.k.Clock.Now()
	for _, at := range append([]ident.ID{unit}, p.above[unit]...) {
		if all := p.holders(Role(role), now, func(x Post) bool { return x.Unit == at }); len(all) > 0 {
			return all
		}
	}
	return nil
}

// Sits reports whether somebody who serves in a unit now, and is not suspended, holds
// a judicial power that may says is enough.
func (s *Service) Sits(ctx context.Context, unit ident.ID, may func(capacity string) bool) bool {
	p, now := s.standing(ctx), s.k.Clock.Now()
	for officer := range p.posts {
		if x, ok := p.post(officer, now); ok && x.Unit == unit && !p.barred(officer, now) && may(p.capacity(officer, now)) {
			return true
		}
	}
	return false
}

// Everywhere gives the active holders of a role in the whole service.
func (s *Service) Everywhere(ctx context.Context, role string) []ident.ID {
	return s.standing(ctx).holders(Role(role), s.k.Clock.Now(), func(Post) bool { return true })
}

func (p *picture) holders(role Role, now time.Time, where func(Post) bool) (out []ident.ID) {
	for officer := range p.posts {
		if x, ok := p.post(officer, now); ok && x.Role == role && where(x) && !p.barred(officer, now) {
			out = append(out, officer)
		}
	}
	slices.Sort(out)
	return out
}
