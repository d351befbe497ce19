package packs

import (
	"errors"
	"slices"
	"strings"
	"time"
)

func (c *checker) places() {
	for _, a := range c.p.areas.rows {
		c.names("area", a.Row, "names", a.Names)
		if a.Level == "" {
			c.fault("area", a.Row, "has no level")
		}
		if a.Parent != "" {
			refer(c, "area", a.Row, &c.p.areas, a.Parent)
		}
		if climbs(&c.p.areas, a.Code, a.From, func(a Area) string { return a.Parent }) {
			c.fault("area", a.Row, "stands under itself")
		}
	}
	for _, t := range c.p.unitTypes.rows {
		c.names("unit-type", t.Row, "names", t.Names)
		c.names("unit-type", t.Row, "short", t.Short)
		c.oneOf("unit-type", t.Row, "branch", t.Branch, "police", "prosecution", "court", "regulator")
		refer(c, "unit-type", t.Row, &c.p.unitTypes, t.Under...)
	}
	for i, u := range c.p.units.rows {
		c.unit(u)
		if above := c.p.units.byCode[u.Parent]; len(above) > 0 && above[0] > i {
			c.fault("unit", u.Row, "comes before the unit above it")
		}
	}
}

func (c *checker) unit(u Unit) {
	c.names("unit", u.Row, "names", u.Names)
	refer(c, "unit", u.Row, &c.p.unitTypes, u.Type)
	refer(c, "unit", u.Row, &c.p.areas, u.Area)
	refer(c, "unit", u.Row, &c.p.units, u.Offices...)
	if u.Lat < -90 || u.Lat > 90 || u.Lon < -180 || u.Lon > 180 {
		c.fault("unit", u.Row, "position %g, %g is not on Earth", u.Lat, u.Lon)
	}
	if u.Parent != "" {
		refer(c, "unit", u.Row, &c.p.units, u.Parent)
	}
	c.standing(u)
	if climbs(&c.p.units, u.Code, u.From, func(u Unit) string { return u.Parent }) {
		c.fault("unit", u.Row, "stands under itself")
	}
}

// standing refuses a unit under a type that its own type may not stand under,
// also when the unit above changes its type later.
func (c *checker) standing(u Unit) {
	for _, t := range c.p.unitTypes.during(u.Type, &u.Row) {
		if u.Parent == "" && !mayStand(t, "") {
			c.fault("unit", u.Row, "a %s may not stand under \"\"", u.Type)
		}
		for _, parent := range c.p.units.during(u.Parent, &u.Row) {
			if !mayStand(t, parent.Type) {
				c.fault("unit", u.Row, "a %s may not stand under %q", u.Type, parent.Type)
			}
		}
	}
}

func mayStand(t UnitType, under string) bool {
	if under == "" {
		return len(t.Under) == 0
	}
	return slices.Contains(t.Under, under)
}

// climbs reports whether going up from a code comes back to it.
func climbs[T any, P rowOf[T]](t *table[T, P], code string, day Date, parent func(T) string) bool {
	at := code
	for range t.rows {
		row, ok := t.on(at, day)
		if !ok {
			return false
		}
		if at = parent(row); at == code {
			return true
		}
	}
	return false
}

var errNoOffset = errors.New("the calendar has no [[offset]]")

var fieldTypes = []string{"text", "long", "time", "date", "period", "person", "unit", "number", "choice", "yesno", "place", "signature"}

func (c *checker) papers() {
	for _, f := range c.p.fields.rows {
		c.names("field", f.Row, "names", f.Names)
		c.oneOf("field", f.Row, "type", f.Type, fieldTypes...)
	}
	for _, t := range c.p.templates.rows {
		c.template(t)
	}
	for _, n := range c.p.numberings.rows {
		c.numbering(n)
	}
}

func (c *checker) template(t Template) {
	c.names("template", t.Row, "names", t.Names)
	c.oneOf("template", t.Row, "group", t.Group, "pv", "receipt", "register", "inventory", "label", "cover", "order", "notice", "certificate")
	c.oneOf("template", t.Row, "paper", t.Paper, "A4", "A5", "label")
	refer(c, "template", t.Row, &c.p.fields, t.Required...)
	refer(c, "template", t.Row, &c.p.fields, t.Optional...)
	if len(t.Blocks) == 0 {
		c.fault("template", t.Row, "has no blocks")
	}
	var shown []string
	for _, b := range t.Blocks {
		c.block(t, b)
		shown = append(shown, Holes(b.Text.AR)...)
	}
	for _, code := range t.Required {
		if !slices.Contains(shown, code) {
			c.fault("template", t.Row, "required field %q is printed nowhere", code)
		}
	}
}

// block refuses words that differ between languages in what they ask for.
func (c *checker) block(t Template, b Block) {
	c.names("template", t.Row, "block "+b.ID, b.Text)
	want := sorted(Holes(b.Text.AR))
	for _, lang := range []string{"fr", "en"} {
		if got := sorted(Holes(b.Text.In(lang))); !slices.Equal(got, want) {
			c.fault("template", t.Row, "block %s: %s has %v, ar has %v", b.ID, lang, got, want)
		}
	}
	for _, code := range want {
		if !slices.Contains(t.Required, code) && !slices.Contains(t.Optional, code) {
			c.fault("template", t.Row, "block %s uses {%s}, which is neither required nor optional", b.ID, code)
		}
	}
}

func sorted(s []string) []string { return slices.Sorted(slices.Values(s)) }

func (c *checker) numbering(n Numbering) {
	c.names("numbering", n.Row, "names", n.Names)
	c.oneOf("numbering", n.Row, "restart", n.Restart, "year", "month", "never")
	if n.UnitType != "" {
		refer(c, "numbering", n.Row, &c.p.unitTypes, n.UnitType)
	}
	rest := numberPart.ReplaceAllString(n.Pattern, "")
	if strings.ContainsAny(rest, "{}") || !strings.Contains(n.Pattern, "{n") {
		c.fault("numbering", n.Row, "pattern %q must hold {n} and only known parts", n.Pattern)
	}
	if n.Restart != "never" && !strings.Contains(n.Pattern, "{yy") {
		c.fault("numbering", n.Row, "restarts each %s, but %q does not show the year", n.Restart, n.Pattern)
	}
}

func (c *checker) calendar() {
	if len(c.p.offsets) == 0 {
		c.faults = append(c.faults, errNoOffset)
	}
	for i, o := range c.p.offsets {
		if o.At.IsZero() || o.Minutes < -12*60 || o.Minutes > 14*60 {
			c.fault("offset", o.Row, "needs an instant and an offset from -720 to 840 minutes")
		}
		if i > 0 && c.p.offsets[i-1].At.Equal(o.At) {
			c.fault("offset", o.Row, "changes at the same instant as %s", c.p.offsets[i-1].Origin)
		}
	}
	for m := time.January; m <= time.December; m++ {
		c.names("month", Row{Code: m.String()}, "names", c.p.months[m-1])
	}
	for _, h := range c.p.holidays.rows {
		c.names("holiday", h.Row, "names", h.Names)
		// 2024 is a leap year, so that 29 February counts as a day.
		if !(Date{2024, h.Month, h.Day}).exists() {
			c.fault("holiday", h.Row, "there is no day %d of month %d", h.Day, h.Month)
		}
	}
}
