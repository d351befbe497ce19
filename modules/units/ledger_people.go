package units

import (
	"cmp"
	"slices"
	"time"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/packs"
	"github.com/amana-platform/amana/kernel/store"
)

type scanFunc = store.Scan

func micros(t time.Time) int64 { return store.Micros(t) }

// postOfficer posts, ends the posts before, and opens the post's own duty; a
// duty officer works under the duty of the unit's desk.
func (l *ledger) postOfficer(in NewPost) error {
	in.ID, in.From = l.id(in.ID), l.orNow(in.From)
	e := OfficerPosted{Post: in.ID, Officer: in.Officer, Unit: in.Unit, Role: in.Role, Act: in.Act, From: in.From, To: in.To}
	if again, err := l.known("select count(*) from units_posts where id = $1", string(in.ID)); again || err != nil {
		l.addAs(in.ID, in.From, e)
		return err
	}
	o, err := l.officer(in.Officer, in.Version)
	if err != nil {
		return err
	}
	if err := l.mayServe(o, in); err != nil {
		return err
	}
	if err := l.leavePosts(in); err != nil {
		return err
	}
	l.posts[in.Officer] = append(l.posts[in.Officer], Post{ID: in.ID, Officer: in.Officer, Unit: in.Unit, Role: in.Role, From: in.From, To: in.To})
	l.addAs(in.ID, in.From, e)
	if in.Role == DutyOfficer {
		return nil
	}
	duty := Duty{ID: l.id(in.Duty), Unit: in.Unit, Officer: in.Officer, Post: in.ID, Kind: string(in.Role), From: in.From, To: in.To}
	all, err := l.dutiesOf(in.Unit)
	l.duties[in.Unit] = append(all, duty)
	l.add(in.From, DutyOpened{Task: duty.ID, Unit: in.Unit, Officer: in.Officer, Post: in.ID, Kind: duty.Kind, From: in.From, To: in.To})
	return err
}

// mayServe checks that the role exists in the unit and is for this officer:
// magistrates, who have no police grade, prosecute and judge, and nobody else does.
func (l *ledger) mayServe(o Officer, in NewPost) error {
	u, err := l.unitAs("unit", in.Unit)
	if err != nil {
		return err
	}
	t, err := l.pack.UnitType(u.Type, l.d.Now)
	switch {
	case err != nil:
		return err
	case !in.Role.servesIn(t):
		return invalid("role", "units.fault.role-elsewhere")
	case in.Role.outside() != (o.Grade == ""):
		return invalid("role", "units.fault.role-grade")
	}
	posts, err := l.postsOf(in.Officer)
	if err == nil && slices.ContainsFunc(posts, func(p Post) bool {
		return p.Unit == in.Unit && p.Role == in.Role && holds(p.From, p.To, in.From)
	}) {
		err = fault.New(fault.Conflict, "units.fault.posted-already")
	}
	return err
}

// leavePosts ends the posts held before a transfer, and those to come.
func (l *ledger) leavePosts(in NewPost) error {
	if in.Beside {
		return nil
	}
	for _, p := range slices.Clone(l.posts[in.Officer]) {
		if !p.To.IsZero() && !p.To.After(in.From) {
			continue
		}
		if p.Role == Administrator && (in.Role != Administrator || !in.To.IsZero()) {
			if err := l.keepsAdministrator(in.Officer); err != nil {
				return err
			}
		}
		if err := l.leave(p, later(p.From, in.From), in.Act); err != nil {
			return err
		}
	}
	return nil
}

// leave ends a post and the duty it opened.
func (l *ledger) leave(p Post, to time.Time, act string) error {
	for i := range l.posts[p.Officer] {
		if l.posts[p.Officer][i].ID == p.ID {
			l.posts[p.Officer][i].To = to
		}
	}
	l.add(to, PostEnded{Post: p.ID, Officer: p.Officer, Unit: p.Unit, To: to, Act: act})
	return l.endDuties(p.Unit, to, func(d Duty) bool { return d.Post == p.ID })
}

func (l *ledger) endPost(in PostEnding) error {
	in.To = l.orNow(in.To)
	p, err := store.One(l.ctx, l.r, "select "+postColumns+" from units_posts where id = $1", []any{string(in.Post)}, scanPost)
	if err != nil {
		return err
	}
	switch {
	case !p.To.IsZero() && !p.To.After(l.d.Now):
		return fault.New(fault.Conflict, "units.fault.post-ended")
	case in.To.Before(p.From):
		return invalid("to", "units.fault.period")
	case !p.To.IsZero() && in.To.After(p.To): // who serves longer is posted anew, by an act
		return invalid("to", "units.fault.post-longer")
	}
	if p.Role == Administrator {
		if err := l.keepsAdministrator(p.Officer); err != nil {
			return err
		}
	}
	if _, err := l.postsOf(p.Officer); err != nil {
		return err
	}
	return l.leave(p, in.To, in.Act)
}

// appointCapacity gives judicial power and ends the one held before: an
// officer acts in one capacity at a time. Law: CPP 20; CPP 25
func (l *ledger) appointCapacity(in Appointment) error {
	in.ID, in.From = l.id(in.ID), l.orNow(in.From)
	e := CapacityAppointed{ID: in.ID, Officer: in.Officer, Capacity: in.Capacity, Act: in.Act, From: in.From, To: in.To}
	if again, err := l.known("select count(*) from units_capacities where id = $1", string(in.ID)); again || err != nil {
		l.addAs(in.ID, in.From, e)
		return err
	}
	o, err := l.officer(in.Officer, in.Version)
	if err != nil {
		return err
	}
	c, err := l.pack.Capacity(in.Capacity, l.d.Now)
	if err != nil {
		return err
	}
	if fits, err := l.branchFits(o, c, in.From); err != nil || !fits {
		return cmp.Or(err, invalid("capacity", "units.fault.capacity-branch"))
	}
	if err := l.endCapacities(in); err != nil {
		return err
	}
	l.capacities[in.Officer] = append(l.capacities[in.Officer], Capacity{ID: in.ID, Officer: in.Officer, Code: in.Capacity, From: in.From, To: in.To})
	l.addAs(in.ID, in.From, e)
	return nil
}

// branchFits reports whether a capacity is of the branch that an officer serves in:
// the police for who has a grade of it, for a magistrate that of their post. One
// who has no post yet may be appointed before the posting is written.
func (l *ledger) branchFits(o Officer, c packs.Capacity, at time.Time) (bool, error) {
	if o.Grade != "" || c.Branch == "police" {
		return o.Grade != "" && c.Branch == "police", nil
	}
	posts, err := l.postsOf(o.ID)
	if err != nil {
		return false, err
	}
	for _, p := range posts {
		if !holds(p.From, p.To, at) {
			continue
		}
		u, err := l.unit(p.Unit)
		if err != nil {
			return false, err
		}
		t, err := l.pack.UnitType(u.Type, l.d.Now)
		return t.Branch == c.Branch, err
	}
	return true, nil
}

func (l *ledger) endCapacities(in Appointment) error {
	all, err := l.capacitiesOf(in.Officer)
	if err != nil {
		return err
	}
	for i, c := range all {
		if !c.To.IsZero() && !c.To.After(in.From) {
			continue
		}
		if c.Code == in.Capacity && c.To.IsZero() && !c.From.After(in.From) {
			return fault.New(fault.Conflict, "units.fault.capacity-held")
		}
		all[i].To = later(c.From, in.From)
		l.add(in.From, CapacityEnded{ID: c.ID, Officer: in.Officer, To: all[i].To, Act: in.Act})
	}
	return nil
}

func (l *ledger) suspendOfficer(in NewSuspension) error {
	in.ID, in.From = l.id(in.ID), l.orNow(in.From)
	e := OfficerSuspended{ID: in.ID, Officer: in.Officer, From: in.From, By: l.by, Reason: sealed(in.Reason)}
	if again, err := l.known("select count(*) from units_suspensions where id = $1", string(in.ID)); again || err != nil {
		l.addAs(in.ID, in.From, e)
		return err
	}
	if in.Officer == l.by {
		return fault.New(fault.Refused, "units.fault.oneself")
	}
	if _, err := l.officer(in.Officer, 0); err != nil {
		return err
	}
	all, err := l.suspensionsOf(in.Officer)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(all, func(s Suspension) bool { return s.Lifted.IsZero() }) {
		return fault.New(fault.Conflict, "units.fault.suspended-already")
	}
	if err := l.keepsAdministrator(in.Officer); err != nil {
		return err
	}
	l.suspensions[in.Officer] = append(all, Suspension{ID: in.ID, Officer: in.Officer, From: in.From})
	l.addAs(in.ID, in.From, e)
	return nil
}
