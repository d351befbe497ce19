package units

import (
	"context"
	"slices"
	"time"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/packs"
	"github.com/amana-platform/amana/kernel/store"
)

// ledger is what one transaction knows: the tables, and over them what it has
// drafted itself, so that many verbs can be decided in one.
type ledger struct {
	ctx  context.Context
	r    store.Reader
	d    *journal.Draft
	pack *packs.Pack
	now  time.Time // the clock's, which what is written may be ahead of
	by   ident.ID

	units       map[ident.ID]Unit
	codes       map[string]bool
	officers    map[ident.ID]Officer
	matricules  map[string]bool
	posts       map[ident.ID][]Post
	capacities  map[ident.ID][]Capacity
	suspensions map[ident.ID][]Suspension
	duties      map[ident.ID][]Duty // by unit
}

func (s *Service) ledger(ctx context.Context, r store.Reader, d *journal.Draft, by ident.ID) *ledger {
	return &ledger{ctx: ctx, r: r, d: d, pack: s.k.Pack, now: s.k.Clock.Now(), by: by,
		units: map[ident.ID]Unit{}, codes: map[string]bool{}, officers: map[ident.ID]Officer{}, matricules: map[string]bool{},
		posts: map[ident.ID][]Post{}, capacities: map[ident.ID][]Capacity{}, suspensions: map[ident.ID][]Suspension{}, duties: map[ident.ID][]Duty{}}
}

// add drafts an entry that happened at a time, or now where that is not past.
func (l *ledger) add(when time.Time, e journal.Entry) {
	if when.IsZero() || when.After(l.d.Now) {
		when = l.d.Now
	}
	l.d.AddAt(when, e)
}

// addAs is add for the entry that makes a record: its id is the record's, so
// that a form sent twice makes one.
func (l *ledger) addAs(id ident.ID, when time.Time, e journal.Entry) {
	if when.IsZero() || when.After(l.d.Now) {
		when = l.d.Now
	}
	l.d.AddOnce(id, when, e)
}

// id gives the caller's id or makes one.
func (l *ledger) id(given ident.ID) ident.ID {
	if given == "" {
		return l.d.NewID()
	}
	return given
}

func (l *ledger) orNow(t time.Time) time.Time {
	if t.IsZero() {
		return l.now
	}
	return t
}

// known reports whether a query of a count finds anything.
func (l *ledger) known(query string, arg string) (bool, error) {
	var n int
	err := l.r.Row(l.ctx, query, []any{arg}, &n)
	return n > 0, err
}

func (l *ledger) unit(id ident.ID) (Unit, error) {
	if u, ok := l.units[id]; ok {
		return u, nil
	}
	u, err := readUnit(l.ctx, l.r, id)
	if err == nil {
		l.units[id] = u
	}
	return u, err
}

// unitAs is unit for a field of a form: a unit that does not exist, or is
// closed, is a fault of the field.
func (l *ledger) unitAs(field string, id ident.ID) (Unit, error) {
	u, err := l.unit(id)
	if fault.Is(err, fault.NotFound) || err == nil && !u.To.IsZero() {
		return u, invalid(field, "units.fault.unit-closed")
	}
	return u, err
}

func (l *ledger) officer(id ident.ID, version int64) (Officer, error) {
	o, ok := l.officers[id]
	if !ok {
		var err error
		if o, err = readOfficer(l.ctx, l.r, id); err != nil {
			return o, err
		}
		l.officers[id] = o
	}
	return o, unchanged(version, o.Version)
}

// unchanged refuses an act on a record that has changed since it was shown.
func unchanged(seen, is int64) error {
	if seen != 0 && seen != is {
		return fault.New(fault.Conflict, "fault.conflict")
	}
	return nil
}

func invalid(field, key string, args ...any) error {
	var l fault.List
	l.Add(field, key, args...)
	return l.Err()
}

// rows reads a list of records once and keeps it with what is drafted.
func rows[T any](l *ledger, kept map[ident.ID][]T, id ident.ID, query string, scan func(store.Scan) (T, error)) ([]T, error) {
	if all, ok := kept[id]; ok {
		return all, nil
	}
	all, err := store.List(l.ctx, l.r, query, []any{string(id)}, scan)
	if err == nil {
		kept[id] = all
	}
	return all, err
}

func (l *ledger) postsOf(officer ident.ID) ([]Post, error) {
	return rows(l, l.posts, officer, "select "+postColumns+" from units_posts where officer = $1 order by from_at, id", scanPost)
}

func (l *ledger) capacitiesOf(officer ident.ID) ([]Capacity, error) {
	return rows(l, l.capacities, officer, "select "+capacityColumns+" from units_capacities where officer = $1 order by from_at, id", scanCapacity)
}

func (l *ledger) suspensionsOf(officer ident.ID) ([]Suspension, error) {
	return rows(l, l.suspensions, officer, "select "+suspendColumns+" from units_suspensions where officer = $1 order by from_at, id", scanSuspension)
}

func (l *ledger) dutiesOf(unit ident.ID) ([]Duty, error) {
	return rows(l, l.duties, unit, "select "+dutyColumns+" from units_duties where unit = $1 order by from_at, id", scanDuty)
}

// below reports whether a unit is another or stands anywhere below it.
func (l *ledger) below(unit, above ident.ID) (bool, error) {
	for u := unit; u != ""; {
		if u == above {
			return true, nil
		}
		next, err := l.unit(u)
		if err != nil {
			return false, err
		}
		u = next.Parent
		if next.Successor != "" {
			u = next.Successor
		}
	}
	return false, nil
}

// endDuties ends the open duties of a unit that a test picks.
func (l *ledger) endDuties(unit ident.ID, to time.Time, pick func(Duty) bool) error {
	all, err := l.dutiesOf(unit)
	if err != nil {
		return err
	}
	for i, d := range all {
		if !pick(d) || !d.To.IsZero() && !d.To.After(to) {
			continue
		}
		all[i].To = later(d.From, to)
		l.add(to, DutyEnded{Task: d.ID, Unit: unit, Officer: d.Officer, To: all[i].To})
	}
	return nil
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// keepsAdministrator refuses an act that would leave the service without
// anybody who can manage accounts: nobody could undo it. Whose post ends some
// day does not count.
func (l *ledger) keepsAdministrator(without ident.ID) error {
	now := store.Micros(l.d.Now)
	var n int
	err := l.r.Row(l.ctx, `select count(*) from units_posts p where p.role = 'administrator' and p.officer <> $1
		and p.from_at <= $2 and p.to_at = 0 and not exists (
		select 1 from units_suspensions s where s.officer = p.officer and s.lifted_at = 0)`, []any{string(without), now}, &n)
	if err != nil || n > 0 {
		return err
	}
	posts, err := l.postsOf(without)
	if err == nil && slices.ContainsFunc(posts, func(p Post) bool { return p.Role == Administrator && holds(p.From, p.To, l.d.Now) }) {
		err = fault.New(fault.Refused, "units.fault.last-administrator")
	}
	return err
}
