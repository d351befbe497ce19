package exhibits

import (
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/amana-platform/amana/kernel/blobs"
	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/text"
)

// Limits of what a form takes; text is counted in characters.
const (
	maxLine   = 500
	maxWords  = 5_000
	maxItems  = 200
	maxPhotos = 20
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
		f := fault.Of(err)
		c.List = append(c.List, &fault.Error{Kind: f.Kind, Key: f.Key, Args: f.Args, Field: field})
		return ""
	}
	if utf8.RuneCountInString(clean) > most {
		c.Add(field, "form.too-long", "max", most)
	}
	return strings.TrimSpace(clean)
}

// id checks an id that must be well-formed.
func (c *checks) id(field string, id ident.ID, key string) {
	if _, err := ident.Parse(string(id)); err != nil {
		c.Add(field, key)
	}
}

// oneOf checks a choice.
func oneOf[T ~string](c *checks, field string, value T, from []T) {
	if !slices.Contains(from, value) {
		c.Add(field, "form.choose")
	}
}

// past checks a moment that must not lie ahead.
func (c *checks) past(field string, t time.Time) {
	if t.After(c.now.Add(slack)) {
		c.Add(field, "form.future")
	}
}

// photos refuses a picture that was filed under another exhibit: its key would
// outlive this one, or end with another.
func (c *checks) photos(exhibit ident.ID, all []blobs.Info) {
	if len(all) > maxPhotos {
		c.Add("photo", "exhibits.fault.too-many", "max", maxPhotos)
	}
	for _, p := range all {
		if p.Subject != string(exhibit) {
			c.Add("photo", "exhibits.fault.photo-elsewhere")
			return
		}
	}
}

// thing checks what an exhibit is said to be; prefix begins the field names.
func (c *checks) thing(prefix string, t *NewThing) {
	t.Description = c.required(prefix+"described", t.Description, maxWords)
	oneOf(c, prefix+"category", t.Category, Categories())
	if t.Milli < 0 || t.Milli > mostMilli {
		c.Add(prefix+"quantity", "form.out-of-range", "min", 0, "max", int64(mostMilli/1000))
	}
	if t.Milli == 0 {
		t.Measure = ""
	} else {
		oneOf(c, prefix+"measure", t.Measure, Measures())
	}
}

// order checks the order of an authority, which ends need and others must not
// claim.
func (c *checks) order(o *Order, needed bool) {
	if !needed {
		*o = Order{}
		return
	}
	o.Authority = c.required("authority", o.Authority, maxLine)
	o.Number = c.required("order-number", o.Number, maxLine)
	day, err := time.Parse(time.DateOnly, o.Day)
	switch {
	case o.Day == "":
		c.Add("order-day", "form.required")
	case err != nil:
		c.Add("order-day", "form.unreadable")
	default:
		c.past("order-day", day)
	}
}
