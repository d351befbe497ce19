package register

import (
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

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

// slack is how far a desk's clock may run ahead of the server's.
const slack = time.Minute

// checks gathers everything that is wrong with a form, so that it is said at
// once.
type checks struct {
	fault.List
	pack *packs.Pack
	now  time.Time
}

func (s *Service) checks() *checks { return &checks{pack: s.k.Pack, now: s.k.Clock.Now()} }

// required checks a text that must be there.
func (c *checks) required(field, value string, most int) string {
	value = c.optional(field, value, most)
	if strings.TrimSpace(value) == "" && !c.has(field) {
		c.Add(field, "form.required")
	}
	return value
}

// optional checks a text that may be absent.
func (c *checks) optional(field, value string, most int) string {
	clean, err := text.Clean(value)
	if err != nil {
		f := fault.Of(err)
		c.List = append(c.List, &fault.Error{Kind: f.Kind, Key: f.Key, Args: f.Args, Field: field})
		return ""
	}
	if utf8.RuneCountInString(clean) > most {
		c.Add(field, "form.too-long", "max", most)
	}
	return strings.TrimSpace(clean)
}

func (c *checks) has(field string) bool {
	for _, f := range c.List {
		if f.Field == field {
			return true
		}
	}
	return false
}

// oneOf checks a choice.
func (c *checks) oneOf(field, value string, from []string) {
	for _, v := range from {
		if v == value {
			return
		}
	}
	c.Add(field, "form.choose")
}

// past checks that a moment is stated and not ahead.
func (c *checks) past(field string, t time.Time) {
	switch {
	case t.IsZero():
		c.Add(field, "form.required")
	case t.After(c.now.Add(slack)):
		c.Add(field, "form.future")
	}
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
	today := c.pack.Day(c.now).String()
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
