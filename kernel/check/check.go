// Package check says what is wrong with what was typed: all of it at once, each
// fault at its field, in words that every module shares ("form.required").
//
// A verb makes a [Form], lets it look at each thing it was given, and asks it for
// Err before it decides anything.
package check

import (
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/text"
)

// Slack is how far a desk's clock may run ahead of the server's.
const Slack = time.Minute

// Form gathers the faults of one form.
type Form struct {
	fault.List
	Now time.Time
}

// Fault notes what is wrong with a field; nil is nothing.
func (c *Form) Fault(field string, err error) {
	if err != nil {
		f := fault.Of(err)
		c.List = append(c.List, &fault.Error{Kind: f.Kind, Key: f.Key, Args: f.Args, Field: field})
	}
}

// Has reports whether something is wrong with a field.
func (c *Form) Has(field string) bool {
	return slices.ContainsFunc(c.List, func(f *fault.Error) bool { return f.Field == field })
}

// Required checks a text that must be there, of at most so many characters, and
// gives it clean and without space around it.
func (c *Form) Required(field, value string, most int) string {
	value = c.Optional(field, value, most)
	if value == "" && !c.Has(field) {
		c.Add(field, "form.required")
	}
	return value
}

// Optional checks a text that may be absent.
func (c *Form) Optional(field, value string, most int) string {
	clean, err := text.Clean(value)
	if err != nil {
		c.Fault(field, err)
		return ""
	}
	if utf8.RuneCountInString(clean) > most {
		c.Add(field, "form.too-long", "max", most)
	}
	return strings.TrimSpace(clean)
}

// ID checks an id that must be well-formed; key says what is wrong if it is not.
func (c *Form) ID(field string, id ident.ID, key string) {
	if _, err := ident.Parse(string(id)); err != nil {
		c.Add(field, key)
	}
}

// NotAhead checks a moment that must not lie in the future.
func (c *Form) NotAhead(field string, t time.Time) {
	if t.After(c.Now.Add(Slack)) {
		c.Add(field, "form.future")
	}
}

// OneOf checks a choice.
func OneOf[T ~string](c *Form, field string, value T, from []T) {
	if !slices.Contains(from, value) {
		c.Add(field, "form.choose")
	}
}
