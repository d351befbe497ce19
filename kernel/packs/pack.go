package packs

import (
	"io/fs"
	"time"
)

// Identity says which country's law a pack holds.
type Identity struct {
	Code     string `toml:"code"`     // ISO 3166-1 alpha-2, lower case
	Names    Names  `toml:"names"`    // the country
	Version  string `toml:"version"`  // date of the edition, as 2026-11-22
	Currency string `toml:"currency"` // ISO 4217
	Zone     string `toml:"zone"`     // IANA name, for documents that must name it
}

// Pack is a country's law and territory, checked and ready to be asked. It
// never changes after Load, so it may be used by many goroutines at once.
type Pack struct {
	Identity Identity

	classes    table[Class, *Class]
	elements   table[Element, *Element]
	offences   table[Offence, *Offence]
	areas      table[Area, *Area]
	unitTypes  table[UnitType, *UnitType]
	units      table[Unit, *Unit]
	grades     table[Grade, *Grade]
	capacities table[Capacity, *Capacity]
	custodies  table[Custody, *Custody]
	grounds    table[Ground, *Ground]
	events     table[Event, *Event]
	rules      table[Rule, *Rule]
	regimes    table[Regime, *Regime]
	measures   table[Measure, *Measure]
	decisions  table[Decision, *Decision]
	retentions table[Retention, *Retention]
	fields     table[Field, *Field]
	templates  table[Template, *Template]
	numberings table[Numbering, *Numbering]
	holidays   table[Holiday, *Holiday]
	texts      table[Text, *Text]
	articles   table[Article, *Article]

	offsets   []Offset
	months    [12]Names
	zones     map[time.Duration]*time.Location
	refs      map[string]int
	slugs     map[string]string
	citations []Citation
}

// Load reads every *.toml file of a file system, joins their rows and checks
// the whole. The error names each fault with file, line, kind and code; a
// pack with any fault is not given out.
func Load(fsys fs.FS) (*Pack, error) {
	if o, ok := fsys.(*once); ok {
		return o.load()
	}
	return load(fsys)
}

func load(fsys fs.FS) (*Pack, error) {
	d, err := read(fsys)
	if err != nil {
		return nil, err
	}
	p := build(d)
	if err := check(p, d); err != nil {
		return nil, err
	}
	return p, nil
}

func build(d *document) *Pack {
	p := &Pack{
		classes:    newTable("class", d.Classes),
		elements:   newTable("element", d.Elements),
		offences:   newTable("offence", d.Offences),
		areas:      newTable("area", d.Areas),
		unitTypes:  newTable("unit-type", d.UnitTypes),
		units:      newTable("unit", d.Units),
		grades:     newTable("grade", d.Grades),
		capacities: newTable("capacity", d.Capacities),
		custodies:  newTable("custody", d.Custodies),
		grounds:    newTable("ground", d.Grounds),
		events:     newTable("event", d.Events),
		rules:      newTable("rule", d.Rules),
		regimes:    newTable("regime", d.Regimes),
		measures:   newTable("measure", d.Measures),
		decisions:  newTable("decision", d.Decisions),
		retentions: newTable("retention", d.Retentions),
		fields:     newTable("field", d.Fields),
		templates:  newTable("template", d.Templates),
		numberings: newTable("numbering", d.Numberings),
		holidays:   newTable("holiday", d.Holidays),
		texts:      newTable("text", d.Texts),
		articles:   newTable("article", d.Articles),
		refs:       map[string]int{},
		slugs:      map[string]string{},
	}
	if len(d.Pack) > 0 {
		p.Identity = d.Pack[0]
	}
	p.setCalendar(d.Offsets, d.Months)
	p.setLaw(d)
	return p
}

func (p *Pack) setLaw(d *document) {
	for i, a := range p.articles.rows {
		for _, ref := range a.Refs() {
			p.refs[ref] = i
			p.slugs[Slug(ref)] = ref
		}
	}
	d.each(func(kind string, r *Row) {
		for _, ref := range r.Law {
			p.citations = append(p.citations, Citation{ref, kind, r.Code, r.Origin})
		}
	})
}

// Class gives a class of offences.
func (p *Pack) Class(code string, at time.Time) (Class, error) { return p.classes.at(p, code, at) }

// Classes lists the classes of offences in force.
func (p *Pack) Classes(at time.Time) []Class { return p.classes.all(p.Day(at)) }

// Offence gives an offence as the law stood on the day of the facts.
func (p *Pack) Offence(code string, at time.Time) (Offence, error) {
	return p.offences.at(p, code, at)
}

// Offences lists the offences in force.
func (p *Pack) Offences(at time.Time) []Offence { return p.offences.all(p.Day(at)) }

// Elements lists what must be shown for an offence, in the law's order.
func (p *Pack) Elements(offence string, at time.Time) ([]Element, error) {
	o, err := p.Offence(offence, at)
	if err != nil {
		return nil, err
	}
	out := make([]Element, 0, len(o.Elements))
	for _, code := range o.Elements {
		e, err := p.elements.at(p, code, at)
		if err != nil {
			return nil, err
		}
		out = append(out, e)
	}
	return out, nil
}

// Area gives a part of the territory by its official code.
func (p *Pack) Area(code string, at time.Time) (Area, error) { return p.areas.at(p, code, at) }

// Areas lists the parts of the territory of a level; "" gives all levels.
func (p *Pack) Areas(level string, at time.Time) []Area {
	var out []Area
	for _, a := range p.areas.all(p.Day(at)) {
		if level == "" || a.Level == level {
			out = append(out, a)
		}
	}
	return out
}

// UnitType gives a step of the ladder.
func (p *Pack) UnitType(code string, at time.Time) (UnitType, error) {
	return p.unitTypes.at(p, code, at)
}

// UnitTypes lists the ladder.
func (p *Pack) UnitTypes(at time.Time) []UnitType { return p.unitTypes.all(p.Day(at)) }

// Unit gives a unit of the reference tree.
func (p *Pack) Unit(code string, at time.Time) (Unit, error) { return p.units.at(p, code, at) }

// Units lists the reference tree, each unit after the one above it.
func (p *Pack) Units(at time.Time) []Unit { return p.units.all(p.Day(at)) }

// Grade gives a rank.
func (p *Pack) Grade(code string, at time.Time) (Grade, error) { return p.grades.at(p, code, at) }

// Grades lists the ranks of all tracks.
func (p *Pack) Grades(at time.Time) []Grade { return p.grades.all(p.Day(at)) }

// Capacity gives a judicial power.
func (p *Pack) Capacity(code string, at time.Time) (Capacity, error) {
	return p.capacities.at(p, code, at)
}

// Capacities lists the judicial powers.
func (p *Pack) Capacities(at time.Time) []Capacity { return p.capacities.all(p.Day(at)) }
