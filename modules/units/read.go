package units

import (
	"context"
	"strings"
	"time"

	"github.com/amana-platform/amana/engines/names"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/store"
)

// What the tables are read by.

const (
	unitColumns     = "id, code, type, parent, name_ar, name_fr, name_en, area, from_at, to_at, successor, version"
	officerColumns  = "id, matricule, given_ar, family_ar, given, family, grade, track, sex, since_at, version"
	postColumns     = "id, officer, unit, role, act, from_at, to_at, written_at"
	capacityColumns = "id, officer, capacity, act, from_at, to_at"
	suspendColumns  = "id, officer, from_at, by_officer, reason, lifted_at, lifted_by"
	dutyColumns     = "id, unit, officer, post, kind, from_at, to_at"
	passkeyColumns  = "id, officer, label, record, made_at, removed_at, doubted_at"
)

func scanUnit(scan store.Scan) (u Unit, err error) {
	err = scan(&u.ID, &u.Code, &u.Type, &u.Parent, &u.Names.AR, &u.Names.FR, &u.Names.EN, &u.Area, store.At(&u.From), store.At(&u.To), &u.Successor, &u.Version)
	return u, err
}

func scanOfficer(scan store.Scan) (o Officer, err error) {
	var matricule, givenAR, familyAR, given, family journal.Sealed
	err = scan(&o.ID, &matricule, &givenAR, &familyAR, &given, &family, &o.Grade, &o.Track, &o.Sex, store.At(&o.Since), &o.Version)
	o.Matricule, o.GivenAR, o.FamilyAR, o.Given, o.Family = matricule.Text(), givenAR.Text(), familyAR.Text(), given.Text(), family.Text()
	return o, err
}

func scanPost(scan store.Scan) (p Post, err error) {
	err = scan(&p.ID, &p.Officer, &p.Unit, &p.Role, &p.Act, store.At(&p.From), store.At(&p.To), store.At(&p.Written))
	return p, err
}

func scanCapacity(scan store.Scan) (c Capacity, err error) {
	err = scan(&c.ID, &c.Officer, &c.Code, &c.Act, store.At(&c.From), store.At(&c.To))
	return c, err
}

func scanSuspension(scan store.Scan) (s Suspension, err error) {
	var reason journal.Sealed
	err = scan(&s.ID, &s.Officer, store.At(&s.From), &s.By, &reason, store.At(&s.Lifted), &s.LiftBy)
	s.Reason = reason.Text()
	return s, err
}

func scanDuty(scan store.Scan) (d Duty, err error) {
	err = scan(&d.ID, &d.Unit, &d.Officer, &d.Post, &d.Kind, store.At(&d.From), store.At(&d.To))
	return d, err
}

func scanPasskey(scan store.Scan) (p Passkey, err error) {
	var label, record journal.Sealed
	err = scan(&p.ID, &p.Officer, &label, &record, store.At(&p.Made), store.At(&p.Removed), store.At(&p.Doubted))
	p.Label, p.Record = label.Text(), record.Text()
	return p, err
}

// Unit gives a unit as it is now.
func (s *Service) Unit(ctx context.Context, id ident.ID) (Unit, error) {
	if u, ok := s.standing(ctx).units[id]; ok { // what was opened this second elsewhere is read
		return u, nil
	}
	return readUnit(ctx, s.k.Reader, id)
}

func readUnit(ctx context.Context, r store.Reader, id ident.ID) (Unit, error) {
	return store.One(ctx, r, "select "+unitColumns+" from units_units where id = $1", []any{string(id)}, scanUnit)
}

// UnitByCode gives a unit by its code ("CASA-01").
func (s *Service) UnitByCode(ctx context.Context, code string) (Unit, error) {
	return store.One(ctx, s.k.Reader, "select "+unitColumns+" from units_units where code = $1", []any{code}, scanUnit)
}

// Units lists every unit, closed ones included, by code.
func (s *Service) Units(ctx context.Context) ([]Unit, error) {
	return store.List(ctx, s.k.Reader, "select "+unitColumns+" from units_units order by code", nil, scanUnit)
}

// Below lists the open units directly under one, by code.
func (s *Service) Below(ctx context.Context, unit ident.ID) ([]Unit, error) {
	return store.List(ctx, s.k.Reader, "select "+unitColumns+" from units_units where parent = $1 and to_at = 0 order by code", []any{string(unit)}, scanUnit)
}

// matching counts for each officer how many of a query's search keys fit the
// name or the service number.
func (s *Service) matching(ctx context.Context, query string) (map[ident.ID]int, error) {
	found := map[ident.ID]int{}
	for _, key := range append(names.SearchKeys(query), names.Fold(query)) {
		from, begins := strings.CutSuffix(key, "*")
		to := from
		if begins {
			to += "\x7f"
		}
		err := s.k.Reader.Each(ctx, "select distinct officer from idx_units_words where word >= $1 and word <= $2 limit 500", []any{from, to}, func(scan store.Scan) error {
			var id ident.ID
			err := scan(&id)
			found[id]++
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return found, nil
}

// Placements lists where a unit stood, the newest first.
func (s *Service) Placements(ctx context.Context, unit ident.ID) ([]Placement, error) {
	return store.List(ctx, s.k.Reader, `select unit, from_at, to_at, parent, type, name_ar, name_fr, name_en, area, act
		from units_placements where unit = $1 order by seq desc`, []any{string(unit)}, func(scan store.Scan) (p Placement, err error) {
		err = scan(&p.Unit, store.At(&p.From), store.At(&p.To), &p.Parent, &p.Type, &p.Names.AR, &p.Names.FR, &p.Names.EN, &p.Area, &p.Act)
		return p, err
	})
}

// PlacedAt gives where a unit stood at a time: figures are counted by the
// tree that was valid when the facts happened.
func (s *Service) PlacedAt(ctx context.Context, unit ident.ID, when time.Time) (Placement, error) {
	all, err := s.Placements(ctx, unit)
	if err != nil {
		return Placement{}, err
	}
	for _, p := range all {
		if holds(p.From, p.To, when) {
			return p, nil
		}
	}
	return Placement{}, orNotFound(nil)
}

// Officer gives an officer. The names are empty after erasure.
func (s *Service) Officer(ctx context.Context, id ident.ID) (Officer, error) {
	return readOfficer(ctx, s.k.Reader, id)
}

func readOfficer(ctx context.Context, r store.Reader, id ident.ID) (Officer, error) {
	return store.One(ctx, r, "select "+officerColumns+" from units_officers where id = $1", []any{string(id)}, scanOfficer)
}

// Posts lists the posts of an officer, the newest first.
func (s *Service) Posts(ctx context.Context, officer ident.ID) ([]Post, error) {
	return store.List(ctx, s.k.Reader, "select "+postColumns+" from units_posts where officer = $1 order by from_at desc, id desc", []any{string(officer)}, scanPost)
}

// Capacities lists the appointments of an officer, the newest first.
func (s *Service) Capacities(ctx context.Context, officer ident.ID) ([]Capacity, error) {
	return store.List(ctx, s.k.Reader, "select "+capacityColumns+" from units_capacities where officer = $1 order by from_at desc, id desc", []any{string(officer)}, scanCapacity)
}

// Suspensions lists the suspensions of an officer, the newest first.
func (s *Service) Suspensions(ctx context.Context, officer ident.ID) ([]Suspension, error) {
	return store.List(ctx, s.k.Reader, "select "+suspendColumns+" from units_suspensions where officer = $1 order by from_at desc, id desc", []any{string(officer)}, scanSuspension)
}

// Passkeys lists the keys of an officer, removed ones included, the oldest first.
func (s *Service) Passkeys(ctx context.Context, officer ident.ID) ([]Passkey, error) {
	return store.List(ctx, s.k.Reader, "select "+passkeyColumns+" from units_passkeys where officer = $1 order by made_at, id", []any{string(officer)}, scanPasskey)
}

// Duty gives a standing duty by its id, the one a purpose "task/<id>" names.
func (s *Service) Duty(ctx context.Context, id ident.ID) (Duty, error) {
	return readDuty(ctx, s.k.Reader, id)
}

func readDuty(ctx context.Context, r store.Reader, id ident.ID) (Duty, error) {
	return store.One(ctx, r, "select "+dutyColumns+" from units_duties where id = $1", []any{string(id)}, scanDuty)
}

// Duties lists the standing duties of a unit, its officers' included, that
// have not ended.
func (s *Service) Duties(ctx context.Context, unit ident.ID) ([]Duty, error) {
	return store.List(ctx, s.k.Reader, "select "+dutyColumns+" from units_duties where unit = $1 and (to_at = 0 or to_at > $2) order by officer, from_at, id",
		[]any{string(unit), store.Micros(s.k.Clock.Now())}, scanDuty)
}

// Serving lists who serves in a unit in a role at present, by grade and name;
// the empty role lists everyone.
func (s *Service) Serving(ctx context.Context, unit ident.ID, role Role) ([]Officer, error) {
	now := store.Micros(s.k.Clock.Now())
	return store.List(ctx, s.k.Reader, "select "+officerColumns+` from units_officers o where exists (
		select 1 from units_posts p where p.officer = o.id and p.unit = $1 and (p.role = $2 or $2 = '')
		and p.from_at <= $3 and (p.to_at = 0 or p.to_at > $3)) order by o.family, o.given, o.id`,
		[]any{string(unit), string(role), now}, scanOfficer)
}

// OfficerName says an officer's name in a language, "" where there is none:
// an erased officer, or an id that is not an officer's.
func (s *Service) OfficerName(ctx context.Context, lang string, id ident.ID) string {
	o, err := s.Officer(ctx, id)
	if err != nil {
		return ""
	}
	return o.Name(lang)
}

// UnitName says a unit's name in a language, "" if there is no such unit.
func (s *Service) UnitName(ctx context.Context, lang string, id ident.ID) string {
	return s.standing(ctx).units[id].Names.In(lang)
}

// Subtree is the query of a unit and all below it, for policy.Columns.Within.
const Subtree = "select unit from units_closure where ancestor = ?"
