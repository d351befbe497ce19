package packs

import (
	"slices"
	"time"
)

// Area is a part of the territory: a region, or a province inside it.
type Area struct {
	Row
	Names Names `toml:"names"`
	// Level is the pack's word for the kind of area ("region", "province").
	Level string `toml:"level"`
	// Parent is the code of the area above, "" at the top.
	Parent string `toml:"parent"`
	// Population at the last census, 0 where the pack does not say.
	Population int `toml:"population"`
}

// UnitType is a step of the ladder of services, courts and offices.
type UnitType struct {
	Row
	Names Names `toml:"names"`
	// Short is the abbreviation used in record numbers.
	Short Names `toml:"short"`
	// Branch says whose it is: "police", "prosecution", "court" or "regulator".
	Branch string `toml:"branch"`
	// Rank orders the ladder, 1 the highest.
	Rank int `toml:"rank"`
	// Under lists the unit types it may stand under; empty for a root.
	Under []string `toml:"under"`
	// Desk says whether units of the type take complaints.
	Desk bool `toml:"desk"`
	// Brigade says whether units of the type investigate cases.
	Brigade bool `toml:"brigade"`
}

// Unit is a service, an office or a court of the reference tree.
type Unit struct {
	Row
	Names Names `toml:"names"`
	// Type is the code of a UnitType.
	Type string `toml:"type"`
	// Parent is the code of the unit above, "" for a root.
	Parent string `toml:"parent"`
	// Area is the code of the area where the unit stands.
	Area string `toml:"area"`
	// Lat and Lon are degrees WGS 84 of the town, approximate; both 0 where unknown.
	Lat float64 `toml:"lat"`
	Lon float64 `toml:"lon"`
	// Offices are the codes of the prosecution offices and courts the unit
	// works with; a unit without any takes its parent's.
	Offices []string `toml:"offices"`
}

// Children lists the units directly under a unit, in the pack's order.
// The empty code gives the roots.
func (p *Pack) Children(code string, at time.Time) []Unit {
	var out []Unit
	for _, u := range p.Units(at) {
		if u.Parent == code {
			out = append(out, u)
		}
	}
	return out
}

// Ancestors lists the units above a unit, nearest first.
func (p *Pack) Ancestors(code string, at time.Time) ([]Unit, error) {
	u, err := p.Unit(code, at)
	if err != nil {
		return nil, err
	}
	var out []Unit
	for u.Parent != "" {
		if u, err = p.Unit(u.Parent, at); err != nil {
			return nil, err
		}
		out = append(out, u)
	}
	return out, nil
}

// Offices lists the prosecution offices and courts a unit works with: its
// own, or those of the nearest unit above that has any.
func (p *Pack) Offices(unit string, at time.Time) ([]Unit, error) {
	u, err := p.Unit(unit, at)
	if err != nil {
		return nil, err
	}
	for len(u.Offices) == 0 && u.Parent != "" {
		if u, err = p.Unit(u.Parent, at); err != nil {
			return nil, err
		}
	}
	var out []Unit
	for _, code := range u.Offices {
		office, err := p.Unit(code, at)
		if err != nil {
			return nil, err
		}
		out = append(out, office)
	}
	return out, nil
}

// Stands reports whether who has a capacity may decide what the law leaves to
// an authority: it is theirs, or theirs includes it.
func (p *Pack) Stands(capacity, authority string, at time.Time) bool {
	c, err := p.Capacity(capacity, at)
	return err == nil && (capacity == authority || slices.Contains(c.Includes, authority))
}

// Seat gives the office that decides in a capacity on what a unit puts before
// it: the first of its seats that the unit works with.
func (p *Pack) Seat(unit, capacity string, at time.Time) (Unit, error) {
	c, err := p.Capacity(capacity, at)
	if err != nil {
		return Unit{}, err
	}
	for _, seat := range c.Seats {
		if office, err := p.office(unit, seat, at); err == nil {
			return office, nil
		}
	}
	return Unit{}, p.absent("unit", capacity, at)
}

// Decides gives the office that answers what the law leaves to an authority in
// a matter of a class: the class's prosecution office or court where somebody
// sits who may decide it, else the authority's own seat. So an extension that
// is the prosecutor general's goes there whatever the class of the offence.
func (p *Pack) Decides(unit, class, authority string, at time.Time) (Unit, error) {
	c, err := p.Class(class, at)
	if err != nil {
		return Unit{}, err
	}
	for _, seat := range []string{c.Prosecutor, c.Court} {
		if p.sits(seat, authority, at) {
			return p.office(unit, seat, at)
		}
	}
	return p.Seat(unit, authority, at)
}

// sits reports whether somebody who may decide in an authority's stead sits in
// units of a type.
func (p *Pack) sits(unitType, authority string, at time.Time) bool {
	return slices.ContainsFunc(p.Capacities(at), func(c Capacity) bool {
		return slices.Contains(c.Seats, unitType) && p.Stands(c.Code, authority, at)
	})
}

// Prosecutor gives the office that receives the files of a unit about
// offences of a class: the graver class decides where a file has several.
func (p *Pack) Prosecutor(unit, class string, at time.Time) (Unit, error) {
	c, err := p.Class(class, at)
	if err != nil {
		return Unit{}, err
	}
	return p.office(unit, c.Prosecutor, at)
}

// Court gives the court that tries the files of a unit about offences of a class.
func (p *Pack) Court(unit, class string, at time.Time) (Unit, error) {
	c, err := p.Class(class, at)
	if err != nil {
		return Unit{}, err
	}
	return p.office(unit, c.Court, at)
}

func (p *Pack) office(unit, unitType string, at time.Time) (Unit, error) {
	offices, err := p.Offices(unit, at)
	if err != nil {
		return Unit{}, err
	}
	for _, o := range offices {
		if o.Type == unitType {
			return o, nil
		}
	}
	return Unit{}, p.absent("unit", unitType, at)
}
