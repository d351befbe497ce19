package plates

import (
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/text"
)

// Limits of what a form takes; text is counted in characters.
const (
	maxLine  = 200
	maxWords = 5_000
)

// slack is how far a desk's clock may run ahead of the server's.
const slack = time.Minute

// checks gathers everything that is wrong with a form, so that it is said at
// once.
type checks struct {
	fault.List
	now time.Time
}

func (s *Service) checks() *checks { return &checks{now: s.k.Clock.Now()} }

// required checks a text that must be there.
func (c *checks) required(field, value string, most int) string {
	before := len(c.List)
	value = c.optional(field, value, most)
	if value == "" && len(c.List) == before {
		c.Add(field, "form.required")
	}
	return value
}

// optional checks a text that may be absent.
func (c *checks) optional(field, value string, most int) string {
	clean, err := text.Clean(value)
	if err != nil {
		c.add(field, err)
		return ""
	}
	if utf8.RuneCountInString(clean) > most {
		c.Add(field, "form.too-long", "max", most)
	}
	return strings.TrimSpace(clean)
}

// add adds what is wrong with a field.
func (c *checks) add(field string, err error) {
	f := fault.Of(err)
	c.List = append(c.List, &fault.Error{Kind: f.Kind, Key: f.Key, Args: f.Args, Field: field})
}

// id checks an id that must be well-formed.
func (c *checks) id(field string, id ident.ID) {
	if _, err := ident.Parse(string(id)); err != nil {
		c.Add(field, "plates.fault.submission")
	}
}

// oneOf checks a choice.
func oneOf[T ~string](c *checks, field string, value T, from []T) {
	if !slices.Contains(from, value) {
		c.Add(field, "form.choose")
	}
}
