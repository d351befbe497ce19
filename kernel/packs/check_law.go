package packs

import (
	"regexp"
	"slices"
)

// iccsForm: levels 1 to 4 of the classification have 2, 4, 5 and 6 digits,
// and there are eleven sections.
var iccsForm = regexp.MustCompile(`^(0[1-9]|1[01])(\d{2}(\d{1,2})?)?$`)

func (c *checker) penal() {
	for _, k := range c.p.classes.rows {
		c.names("class", k.Row, "names", k.Names)
		refer(c, "class", k.Row, &c.p.unitTypes, k.Prosecutor, k.Court)
		refer(c, "class", k.Row, &c.p.retentions, k.Retention)
		if k.Rank < 1 {
			c.fault("class", k.Row, "needs a rank from 1, the gravest")
		}
		if k.Limitation.IsZero() {
			c.fault("class", k.Row, "has no limitation period")
		}
	}
	for _, e := range c.p.elements.rows {
		c.element(e)
	}
	for _, o := range c.p.offences.rows {
		c.offence(o)
	}
}

func (c *checker) element(e Element) {
	c.names("element", e.Row, "names", e.Names)
	if len(e.Evidence) == 0 {
		c.fault("element", e.Row, "no kind of evidence can show it")
	}
	for _, kind := range e.Evidence {
		if !slices.Contains(EvidenceKinds(), kind) {
			c.fault("element", e.Row, "evidence %q is not one of %v", kind, EvidenceKinds())
		}
	}
}

func (c *checker) offence(o Offence) {
	c.names("offence", o.Row, "names", o.Names)
	refer(c, "offence", o.Row, &c.p.classes, o.Class)
	refer(c, "offence", o.Row, &c.p.elements, o.Elements...)
	if len(o.Elements) == 0 {
		c.fault("offence", o.Row, "has no elements")
	}
	if !iccsForm.MatchString(o.ICCS) {
		c.fault("offence", o.Row, "ICCS code %q: want 2, 4, 5 or 6 digits of sections 01 to 11", o.ICCS)
	}
	if o.Custody != "" {
		refer(c, "offence", o.Row, &c.p.custodies, o.Custody)
	}
	c.penalty(o)
}

// penalty refuses ranges turned round, a term that its class does not have,
// and custody for what cannot cost liberty.
func (c *checker) penalty(o Offence) {
	prison, fine := o.Penalty.Prison, o.Penalty.Fine
	if prison.Min.Compare(prison.Max) > 0 || fine.Min > fine.Max || fine.Min < 0 {
		c.fault("offence", o.Row, "penalty from %s to %s, %d to %d", prison.Min, prison.Max, fine.Min, fine.Max)
	}
	if !o.Penalty.Imprisonable() && fine.Max == 0 {
		c.fault("offence", o.Row, "has no penalty")
	}
	for _, class := range c.p.classes.during(o.Class, &o.Row) {
		if o.Custody != "" && (!class.Custody || !o.Penalty.Imprisonable()) {
			c.fault("offence", o.Row, "custody is barred for it")
		}
		if !prison.Max.IsZero() && !class.holds(prison.Max) {
			c.fault("offence", o.Row, "a term of %s is not of class %s", prison.Max, class.Code)
		}
	}
}

// holds reports whether a longest term of prison is of the class.
func (k Class) holds(term Period) bool {
	return term.Compare(k.Over) > 0 && (k.UpTo.IsZero() || term.Compare(k.UpTo) <= 0)
}

func (c *checker) people() {
	for _, g := range c.p.grades.rows {
		c.names("grade", g.Row, "names", g.Names)
		if g.Track == "" || g.Rank < 1 {
			c.fault("grade", g.Row, "needs a track and a rank from 1")
		}
	}
	for _, k := range c.p.capacities.rows {
		c.names("capacity", k.Row, "names", k.Names)
		c.oneOf("capacity", k.Row, "branch", k.Branch, "police", "prosecution", "court")
		refer(c, "capacity", k.Row, &c.p.grades, k.Grades...)
		refer(c, "capacity", k.Row, &c.p.capacities, k.Includes...)
	}
}

func (c *checker) procedure() {
	for _, k := range c.p.custodies.rows {
		c.custody(k)
	}
	for _, g := range c.p.grounds.rows {
		c.names("ground", g.Row, "names", g.Names)
	}
	for _, e := range c.p.events.rows {
		c.names("event", e.Row, "names", e.Names)
		refer(c, "event", e.Row, &c.p.fields, e.Fields...)
	}
	for _, r := range c.p.rules.rows {
		c.rule(r)
	}
	for _, r := range c.p.regimes.rows {
		c.names("regime", r.Row, "names", r.Names)
		refer(c, "regime", r.Row, &c.p.fields, r.Fields...)
		refer(c, "regime", r.Row, &c.p.capacities, r.Authority)
	}
	for _, m := range c.p.measures.rows {
		c.measure(m)
	}
	for _, d := range c.p.decisions.rows {
		c.names("decision", d.Row, "names", d.Names)
		refer(c, "decision", d.Row, &c.p.fields, d.Fields...)
	}
	for _, r := range c.p.retentions.rows {
		c.retention(r)
	}
}

func (c *checker) custody(k Custody) {
	c.names("custody", k.Row, "names", k.Names)
	if k.Initial.Elapsed() <= 0 || k.Initial != (Period{Hours: k.Initial.Hours, Minutes: k.Initial.Minutes}) {
		c.fault("custody", k.Row, "initial period %s is not in hours", k.Initial)
	}
	for _, e := range k.Extensions {
		if e.For.Elapsed() <= 0 || e.For != (Period{Hours: e.For.Hours, Minutes: e.For.Minutes}) {
			c.fault("custody", k.Row, "extension %s is not in hours", e.For)
		}
		refer(c, "custody", k.Row, &c.p.capacities, e.Authority)
		c.seated("custody", k.Row, "extends it", e.Authority, "")
		refer(c, "custody", k.Row, &c.p.templates, e.Act)
	}
	for _, a := range k.Alarms {
		if a.Elapsed() <= 0 || a.Elapsed() >= k.Initial.Elapsed() {
			c.fault("custody", k.Row, "alarm %s is not inside the initial period", a)
		}
	}
	refer(c, "custody", k.Row, &c.p.capacities, k.Capacity)
	refer(c, "custody", k.Row, &c.p.grounds, k.Grounds...)
	refer(c, "custody", k.Row, &c.p.events, k.Events...)
	refer(c, "custody", k.Row, &c.p.fields, k.Fields...)
}

func (c *checker) rule(r Rule) {
	c.names("rule", r.Row, "names", r.Names)
	if r.Opens > r.Closes {
		c.fault("rule", r.Row, "opens at %s, after it closes at %s", r.Opens, r.Closes)
	}
	if r.Authority != "" {
		refer(c, "rule", r.Row, &c.p.capacities, r.Authority)
	}
}

func (c *checker) measure(m Measure) {
	c.names("measure", m.Row, "names", m.Names)
	if len(m.Authority) == 0 || len(m.Executes) == 0 {
		c.fault("measure", m.Row, "nobody may order it, or nobody may carry it out")
	}
	refer(c, "measure", m.Row, &c.p.capacities, m.Authority...)
	for _, authority := range m.Authority {
		c.seated("measure", m.Row, "orders it", authority, "police")
	}
	for authority, through := range m.Through {
		refer(c, "measure", m.Row, &c.p.capacities, through)
		c.seated("measure", m.Row, "puts it before another", through, "")
		if !slices.Contains(m.Authority, authority) || slices.Contains(m.Authority, through) {
			c.fault("measure", m.Row, "through %s goes to %s, who may not order it, or from one who may", through, authority)
		}
	}
	refer(c, "measure", m.Row, &c.p.capacities, m.Executes...)
	refer(c, "measure", m.Row, &c.p.regimes, m.Regimes...)
	refer(c, "measure", m.Row, &c.p.fields, m.Fields...)
	if m.Hours != "" {
		refer(c, "measure", m.Row, &c.p.rules, m.Hours)
	}
	if m.Report != "" {
		refer(c, "measure", m.Row, &c.p.templates, m.Report)
	}
	if m.Window.IsZero() {
		c.fault("measure", m.Row, "an order without a window never stops")
	}
}

func (c *checker) retention(r Retention) {
	c.names("retention", r.Row, "names", r.Names)
	c.oneOf("retention", r.Row, "since", r.Since, "creation", "closing", "end", "limitation")
	c.oneOf("retention", r.Row, "action", r.Action, "dispose", "archive", "review")
	if r.Keep.IsZero() && r.Since != "limitation" {
		c.fault("retention", r.Row, "keeps nothing")
	}
	if r.Approver == "schedule" {
		if r.Action == "review" {
			c.fault("retention", r.Row, "nobody reviews it")
		}
		return
	}
	refer(c, "retention", r.Row, &c.p.capacities, r.Approver)
	c.seated("retention", r.Row, "approves it", r.Approver, "")
}

// seated checks that who decides sits somewhere, where questions reach them. Those
// of the branch at home are asked where they work, and need no seat.
func (c *checker) seated(kind string, row Row, does, authority, home string) {
	for _, k := range c.p.capacities.during(authority, &row) {
		if len(k.Seats) == 0 && k.Branch != home {
			c.fault(kind, row, "%s %s and has no seat", authority, does)
		}
		refer(c, kind, row, &c.p.unitTypes, k.Seats...)
	}
}
