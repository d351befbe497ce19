package register

import (
	"strconv"
	"time"

	"github.com/amana-platform/amana/kernel/check"
	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/packs"
	"github.com/amana-platform/amana/kernel/text"
)

// Limits of what a form takes; text is counted in characters.
const (
	maxFacts    = 100_000
	maxWords    = 20_000
	maxLine     = 500
	maxThings   = 100
	maxParties  = 50
	maxOffences = 10
	maxFiles    = 100
	maxValue    = 1_000_000_000_000
)

// checks is what is wrong with a form.
type checks struct {
	check.Form
	pack *packs.Pack
}

func (s *Service) checks() *checks { return &checks{check.Form{Now: s.k.Clock.Now()}, s.k.Pack} }

// past checks that a moment is stated and not ahead.
func (c *checks) past(field string, t time.Time) {
	if t.IsZero() {
		c.Add(field, "form.required")
	}
	c.NotAhead(field, t)
}

// pastDay checks a partly known date that must not lie ahead.
func (c *checks) pastDay(field string, d text.PartialDate) {
	if d == "" {
		c.Add(field, "form.required")
		return
	}
	read, err := text.ReadDate(text.PartialDate(d).Typed())
	if err != nil || read != d {
		c.Add(field, "form.unreadable")
		return
	}
	today := c.pack.Day(c.Now).String()
	if string(d) > today[:len(d)] {
		c.Add(field, "form.future")
	}
}

// clockTime checks "HH:MM" or nothing.
func (c *checks) clockTime(field, value string) {
	if value == "" {
		return
	}
	if t, err := time.Parse("15:04", value); err != nil || t.Format("15:04") != value {
		c.Add(field, "form.unreadable")
	}
}

// same reports a record that another person changed meanwhile.
func same(have, seen int64) error {
	if seen != 0 && have != seen {
		return fault.New(fault.Conflict, "fault.conflict")
	}
	return nil
}

// row names a field of row i of a repeated group, as the form does.
func row(group string, i int, field string) string {
	return group + "." + strconv.Itoa(i) + "." + field
}
