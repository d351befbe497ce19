package packs

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// checker gathers the faults of a pack, so that one start names them all.
type checker struct {
	p      *Pack
	d      *document
	faults []error
}

// fault notes what is wrong with a row.
func (c *checker) fault(kind string, r Row, format string, args ...any) {
	c.faults = append(c.faults, fmt.Errorf("%s: %s %q: %s", r.Origin, kind, r.Code, fmt.Sprintf(format, args...)))
}

// check refuses a pack that contradicts itself.
func check(p *Pack, d *document) error {
	c := &checker{p: p, d: d}
	c.identity()
	d.each(c.row)
	c.dates()
	c.law()
	c.penal()
	c.places()
	c.people()
	c.procedure()
	c.papers()
	c.calendar()
	return errors.Join(c.faults...)
}

func (c *checker) identity() {
	if len(c.d.Pack) != 1 {
		c.faults = append(c.faults, fmt.Errorf("the pack has %d [[pack]] rows, want 1", len(c.d.Pack)))
		return
	}
	id := c.p.Identity
	if id.Code == "" || id.Version == "" || id.Currency == "" || id.Zone == "" || len(id.Names.missing()) > 0 {
		c.faults = append(c.faults, errors.New("[[pack]] needs code, version, currency, zone and names in ar, fr and en"))
	}
}

// row checks what every row must carry.
func (c *checker) row(kind string, r *Row) {
	if strings.TrimSpace(r.Code) == "" {
		c.fault(kind, *r, "no code")
	}
	if r.From.IsZero() {
		c.fault(kind, *r, "no from date")
	}
	if !r.To.IsZero() && !r.From.Before(r.To) {
		c.fault(kind, *r, "ends on %s, not after %s", r.To, r.From)
	}
	if r.Check == Unstated {
		c.fault(kind, *r, "does not state verified")
	}
	if len(r.Law) == 0 && kind != "text" && kind != "article" {
		c.fault(kind, *r, "rests on no article")
	}
}

// dates refuses two rows of one code on one day.
func (c *checker) dates() {
	p := c.p
	noOverlap(c, &p.classes)
	noOverlap(c, &p.elements)
	noOverlap(c, &p.offences)
	noOverlap(c, &p.areas)
	noOverlap(c, &p.unitTypes)
	noOverlap(c, &p.units)
	noOverlap(c, &p.grades)
	noOverlap(c, &p.capacities)
	noOverlap(c, &p.custodies)
	noOverlap(c, &p.grounds)
	noOverlap(c, &p.events)
	noOverlap(c, &p.rules)
	noOverlap(c, &p.regimes)
	noOverlap(c, &p.measures)
	noOverlap(c, &p.decisions)
	noOverlap(c, &p.retentions)
	noOverlap(c, &p.fields)
	noOverlap(c, &p.templates)
	noOverlap(c, &p.numberings)
	noOverlap(c, &p.holidays)
	noOverlap(c, &p.texts)
	noOverlap(c, &p.articles)
}

func noOverlap[T any, P rowOf[T]](c *checker, t *table[T, P]) {
	for _, pair := range t.overlaps() {
		c.fault(t.kind, *pair[1], "is in force together with %s", pair[0].Origin)
	}
}

// law refuses references that lead nowhere, twice, or to an unknown text.
func (c *checker) law() {
	for _, cite := range c.p.citations {
		if _, ok := c.p.refs[cite.Ref]; !ok {
			c.fault(cite.Kind, Row{Code: cite.Code, Origin: cite.Origin}, "article %q is not in the pack's law", cite.Ref)
		}
	}
	seen := map[string]Origin{}
	for _, a := range c.p.articles.rows {
		c.names("article", a.Row, "title", a.Title)
		c.names("article", a.Row, "summary", a.Summary)
		if !slices.Contains([]string{"A", "B", "C"}, a.Source) {
			c.fault("article", a.Row, "source %q is not A, B or C", a.Source)
		}
		for _, ref := range a.Refs() {
			c.article(a, ref, seen)
		}
	}
	for _, t := range c.p.texts.rows {
		c.names("text", t.Row, "names", t.Names)
		if t.Cite == "" {
			c.fault("text", t.Row, "does not cite its official number")
		}
	}
}

func (c *checker) article(a Article, ref string, seen map[string]Origin) {
	if first, ok := seen[ref]; ok {
		c.fault("article", a.Row, "%s is already at %s", ref, first)
	}
	seen[ref] = a.Origin
	text := TextOf(ref)
	if text == "" {
		c.fault("article", a.Row, "%q is not a reference such as CPP 66-1", ref)
	} else if _, ok := c.p.texts.byCode[text]; !ok {
		c.fault("article", a.Row, "%s is of an unknown text %q", ref, text)
	}
}

// names refuses a text that lacks a language.
func (c *checker) names(kind string, r Row, what string, n Names) {
	if m := n.missing(); len(m) > 0 {
		c.fault(kind, r, "%s lacks %s", what, strings.Join(m, ", "))
	}
}

// refer refuses a code that does not exist as long as the row holds.
func refer[T any, P rowOf[T]](c *checker, kind string, r Row, t *table[T, P], codes ...string) {
	for _, code := range codes {
		if !t.covers(code, &r) {
			c.fault(kind, r, "%s %q does not exist as long as it does", t.kind, code)
		}
	}
}

// oneOf refuses a word outside a closed list.
func (c *checker) oneOf(kind string, r Row, what, got string, want ...string) {
	if !slices.Contains(want, got) {
		c.fault(kind, r, "%s %q is not one of %s", what, got, strings.Join(want, ", "))
	}
}
