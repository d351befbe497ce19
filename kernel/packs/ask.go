package packs

import "time"

// Custody gives a custody regime.
func (p *Pack) Custody(regime string, at time.Time) (Custody, error) {
	return p.custodies.at(p, regime, at)
}

// Custodies lists the custody regimes.
func (p *Pack) Custodies(at time.Time) []Custody { return p.custodies.all(p.Day(at)) }

// Ground gives a ground of custody.
func (p *Pack) Ground(code string, at time.Time) (Ground, error) { return p.grounds.at(p, code, at) }

// Grounds lists the grounds of custody.
func (p *Pack) Grounds(at time.Time) []Ground { return p.grounds.all(p.Day(at)) }

// Event gives a custody event.
func (p *Pack) Event(code string, at time.Time) (Event, error) { return p.events.at(p, code, at) }

// Events lists the custody events.
func (p *Pack) Events(at time.Time) []Event { return p.events.all(p.Day(at)) }

// Rule gives a single value of procedure.
func (p *Pack) Rule(code string, at time.Time) (Rule, error) { return p.rules.at(p, code, at) }

// Rules lists the single values of procedure.
func (p *Pack) Rules(at time.Time) []Rule { return p.rules.all(p.Day(at)) }

// Regime gives a frame of enquiry.
func (p *Pack) Regime(code string, at time.Time) (Regime, error) { return p.regimes.at(p, code, at) }

// Regimes lists the frames of enquiry.
func (p *Pack) Regimes(at time.Time) []Regime { return p.regimes.all(p.Day(at)) }

// Measure gives an act of investigation.
func (p *Pack) Measure(code string, at time.Time) (Measure, error) {
	return p.measures.at(p, code, at)
}

// Measures lists the acts of investigation.
func (p *Pack) Measures(at time.Time) []Measure { return p.measures.all(p.Day(at)) }

// Decision gives a decision of the prosecution.
func (p *Pack) Decision(code string, at time.Time) (Decision, error) {
	return p.decisions.at(p, code, at)
}

// Decisions lists the decisions of the prosecution, returns included.
func (p *Pack) Decisions(at time.Time) []Decision { return p.decisions.all(p.Day(at)) }

// Retention gives a retention class.
func (p *Pack) Retention(class string, at time.Time) (Retention, error) {
	return p.retentions.at(p, class, at)
}

// Retentions lists the retention classes.
func (p *Pack) Retentions(at time.Time) []Retention { return p.retentions.all(p.Day(at)) }

// Field gives a field of forms and papers.
func (p *Pack) Field(code string, at time.Time) (Field, error) { return p.fields.at(p, code, at) }

// Template gives a paper by its kind ("pv-hearing").
func (p *Pack) Template(kind string, at time.Time) (Template, error) {
	return p.templates.at(p, kind, at)
}

// Templates lists the papers of a group ("pv"); "" gives all.
func (p *Pack) Templates(group string, at time.Time) []Template {
	var out []Template
	for _, t := range p.templates.all(p.Day(at)) {
		if group == "" || t.Group == group {
			out = append(out, t)
		}
	}
	return out
}

// Numbering gives the pattern of a record kind's numbers in units of a type:
// the type's own pattern, else the general one.
func (p *Pack) Numbering(record, unitType string, at time.Time) (Numbering, error) {
	var general *Numbering
	for _, n := range p.numberings.all(p.Day(at)) {
		switch {
		case n.Record != record:
		case n.UnitType == unitType:
			return n, nil
		case n.UnitType == "":
			general = &n
		}
	}
	if general == nil {
		return Numbering{}, p.absent("numbering", record, at)
	}
	return *general, nil
}

// Gravest gives the class that decides where a file with several offences
// goes: the gravest of theirs.
func (p *Pack) Gravest(offences []string, at time.Time) (Class, error) {
	var worst Class
	for _, code := range offences {
		o, err := p.Offence(code, at)
		if err != nil {
			return Class{}, err
		}
		c, err := p.Class(o.Class, at)
		if err != nil {
			return Class{}, err
		}
		if worst.Code == "" || c.Rank < worst.Rank {
			worst = c
		}
	}
	if worst.Code == "" {
		return Class{}, p.absent("class", "", at)
	}
	return worst, nil
}

// Lapses gives the moment at which the action for an offence committed at
// an instant is time-barred.
func (p *Pack) Lapses(offence string, committed time.Time) (time.Time, error) {
	o, err := p.Offence(offence, committed)
	if err != nil {
		return time.Time{}, err
	}
	c, err := p.Class(o.Class, committed)
	if err != nil {
		return time.Time{}, err
	}
	return c.Limitation.After(p.Local(committed)).UTC(), nil
}
