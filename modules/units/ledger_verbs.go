package units

import (
	"slices"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/packs"
)

// The verbs, decided on a ledger; service.go names them to the outside.

func (l *ledger) openUnit(in NewUnit) error {
	in.ID, in.From = l.id(in.ID), l.orNow(in.From)
	e := UnitOpened{Unit: in.ID, Code: in.Code, Type: in.Type, Parent: in.Parent, Names: in.Names, Area: in.Area, From: in.From, Act: in.Act}
	if again, err := l.known("select count(*) from units_units where id = $1", string(in.ID)); again || err != nil {
		l.addAs(in.ID, in.From, e)
		return err
	}
	t, err := l.fits(in.Type, in)
	if err != nil {
		return err
	}
	taken, err := l.known("select count(*) from units_units where code = $1", in.Code)
	if err != nil {
		return err
	}
	if taken || l.codes[in.Code] {
		return invalid("code", "units.fault.code-taken")
	}
	l.codes[in.Code] = true
	l.units[in.ID] = Unit{ID: in.ID, Code: in.Code, Type: in.Type, Parent: in.Parent, Names: in.Names, Area: in.Area, From: in.From, Version: 1}
	l.addAs(in.ID, in.From, e)
	if t.Desk {
		return l.openDuty(NewDuty{ID: in.Desk, Unit: in.ID, Kind: DutyDesk, From: in.From})
	}
	return nil
}

// fits checks that a unit of a type may stand under the parent.
func (l *ledger) fits(code string, in NewUnit) (packs.UnitType, error) {
	t, err := l.pack.UnitType(code, l.d.Now)
	if err != nil {
		return t, err
	}
	if in.Parent == "" {
		if len(t.Under) > 0 {
			return t, invalid("parent", "form.required")
		}
		return t, nil
	}
	parent, err := l.unitAs("parent", in.Parent)
	if err == nil && !slices.Contains(t.Under, parent.Type) {
		err = invalid("parent", "units.fault.ladder")
	}
	return t, err
}

func (l *ledger) moveUnit(in UnitMove) error {
	in.From = l.orNow(in.From)
	u, err := l.unit(in.Unit)
	if err != nil {
		return err
	}
	if err := unchanged(in.Version, u.Version); err != nil {
		return err
	}
	if !u.To.IsZero() {
		return fault.New(fault.Conflict, "units.fault.unit-closed")
	}
	t, err := l.fits(in.Type, NewUnit{Parent: in.Parent})
	if err != nil {
		return err
	}
	if inside, err := l.below(in.Parent, in.Unit); inside || err != nil {
		return orInvalid(err, "parent", "units.fault.cycle")
	}
	if err := l.childrenFit(u, t); err != nil {
		return err
	}
	e := UnitMoved{Unit: in.Unit, Parent: in.Parent, Former: u.Parent, Type: in.Type, Names: in.Names, Area: in.Area, From: in.From, Act: in.Act}
	if e.Parent == u.Parent && e.Type == u.Type && e.Names == u.Names && e.Area == u.Area {
		return fault.New(fault.Invalid, "form.unchanged")
	}
	u.Parent, u.Type, u.Names, u.Area, u.Version = e.Parent, e.Type, e.Names, e.Area, u.Version+1
	l.units[in.Unit] = u
	l.add(in.From, e)
	if t.Desk {
		return l.ensureDesk(in)
	}
	return nil
}

// ensureDesk opens the desk of a unit that became one with a desk.
func (l *ledger) ensureDesk(in UnitMove) error {
	all, err := l.dutiesOf(in.Unit)
	if err != nil || slices.ContainsFunc(all, func(d Duty) bool { return d.Kind == DutyDesk && d.To.IsZero() }) {
		return err
	}
	return l.openDuty(NewDuty{Unit: in.Unit, Kind: DutyDesk, From: in.From})
}

// childrenFit checks that what stands below a unit may stand below its new type.
func (l *ledger) childrenFit(u Unit, t packs.UnitType) error {
	if u.Type == t.Code {
		return nil
	}
	return l.r.Each(l.ctx, "select distinct type from units_units where parent = $1 and to_at = 0", []any{string(u.ID)}, func(scan scanFunc) error {
		var code string
		if err := scan(&code); err != nil {
			return err
		}
		child, err := l.pack.UnitType(code, l.d.Now)
		if err == nil && !slices.Contains(child.Under, t.Code) {
			err = invalid("type", "units.fault.children")
		}
		return err
	})
}

func orInvalid(err error, field, key string) error {
	if err != nil {
		return err
	}
	return invalid(field, key)
}

func (l *ledger) closeUnit(in UnitClosing) error {
	in.To = l.orNow(in.To)
	u, err := l.unit(in.Unit)
	if err != nil {
		return err
	}
	if err := unchanged(in.Version, u.Version); err != nil {
		return err
	}
	if !u.To.IsZero() {
		return fault.New(fault.Conflict, "units.fault.unit-closed")
	}
	if !in.To.After(u.From) {
		return invalid("to", "units.fault.period")
	}
	if err := l.empty(u); err != nil {
		return err
	}
	if _, err := l.unitAs("successor", in.Successor); err != nil {
		return err
	}
	if inside, err := l.below(in.Successor, in.Unit); inside || err != nil {
		return orInvalid(err, "successor", "units.fault.cycle")
	}
	u.To, u.Successor, u.Version = in.To, in.Successor, u.Version+1
	l.units[in.Unit] = u
	l.add(in.To, UnitClosed{Unit: in.Unit, Successor: in.Successor, To: in.To, Act: in.Act})
	return l.endDuties(in.Unit, in.To, func(Duty) bool { return true })
}

// empty checks that no unit stands under one and nobody serves in it.
func (l *ledger) empty(u Unit) error {
	children, err := l.known("select count(*) from units_units where parent = $1 and to_at = 0", string(u.ID))
	if err != nil {
		return err
	}
	if children {
		return fault.New(fault.Refused, "units.fault.has-children")
	}
	var serving int
	err = l.r.Row(l.ctx, "select count(*) from units_posts where unit = $1 and (to_at = 0 or to_at > $2)", []any{string(u.ID), micros(l.d.Now)}, &serving)
	if err == nil && serving > 0 {
		err = fault.New(fault.Refused, "units.fault.has-posts", "n", serving)
	}
	return err
}

func (l *ledger) enrolOfficer(in NewOfficer) error {
	in.ID, in.Since = l.id(in.ID), l.orNow(in.Since)
	track := ""
	if in.Grade != "" {
		g, err := l.pack.Grade(in.Grade, l.d.Now)
		if err != nil {
			return err
		}
		track = g.Track
	}
	e := OfficerEnrolled{Officer: in.ID, Matricule: sealed(in.Matricule), GivenAR: sealed(in.GivenAR), FamilyAR: sealed(in.FamilyAR),
		Given: sealed(in.Given), Family: sealed(in.Family), Grade: in.Grade, Track: track, Sex: in.Sex, Since: in.Since}
	if again, err := l.known("select count(*) from units_officers where id = $1", string(in.ID)); again || err != nil {
		l.addAs(in.ID, in.Since, e)
		return err
	}
	taken, err := l.known("select count(*) from units_officers where matricule = $1", in.Matricule)
	if err != nil {
		return err
	}
	if taken || l.matricules[in.Matricule] {
		return invalid("matricule", "units.fault.matricule-taken")
	}
	l.matricules[in.Matricule] = true
	l.officers[in.ID] = Officer{ID: in.ID, Grade: in.Grade, Track: track, Version: 1}
	l.addAs(in.ID, in.Since, e)
	return nil
}

func (l *ledger) openDuty(in NewDuty) error {
	in.ID, in.From = l.id(in.ID), l.orNow(in.From)
	e := DutyOpened{Task: in.ID, Unit: in.Unit, Officer: in.Officer, Kind: in.Kind, From: in.From, To: in.To}
	if again, err := l.known("select count(*) from units_duties where id = $1", string(in.ID)); again || err != nil {
		l.addAs(in.ID, in.From, e)
		return err
	}
	if _, err := l.unitAs("unit", in.Unit); err != nil {
		return err
	}
	all, err := l.dutiesOf(in.Unit)
	if err != nil {
		return err
	}
	if in.Kind == DutyDesk && slices.ContainsFunc(all, func(d Duty) bool { return d.Kind == DutyDesk && holds(d.From, d.To, in.From) }) {
		return fault.New(fault.Conflict, "units.fault.desk-open")
	}
	if err := l.servesHere(in); err != nil {
		return err
	}
	l.duties[in.Unit] = append(all, Duty{ID: in.ID, Unit: in.Unit, Officer: in.Officer, Kind: in.Kind, From: in.From, To: in.To})
	l.addAs(in.ID, in.From, e)
	return nil
}

// servesHere checks that a duty is given to somebody of the unit.
func (l *ledger) servesHere(in NewDuty) error {
	if in.Officer == "" {
		return nil
	}
	posts, err := l.postsOf(in.Officer)
	if err == nil && !slices.ContainsFunc(posts, func(p Post) bool { return p.Unit == in.Unit && holds(p.From, p.To, in.From) }) {
		err = invalid("officer", "units.fault.serves-elsewhere")
	}
	return err
}
