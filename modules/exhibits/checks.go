package exhibits

import (
	"time"

	"github.com/amana-platform/amana/kernel/blobs"
	"github.com/amana-platform/amana/kernel/check"
	"github.com/amana-platform/amana/kernel/ident"
)

// Limits of what a form takes; text is counted in characters.
const (
	maxLine   = 500
	maxWords  = 5_000
	maxItems  = 200
	maxPhotos = 20
)

// checks is what is wrong with a form.
type checks struct {
	check.Form
}

func (s *Service) checks() *checks { return &checks{check.Form{Now: s.k.Clock.Now()}} }

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
	t.Description = c.Required(prefix+"described", t.Description, maxWords)
	check.OneOf(&c.Form, prefix+"category", t.Category, Categories())
	if t.Milli < 0 || t.Milli > mostMilli {
		c.Add(prefix+"quantity", "form.out-of-range", "min", 0, "max", int64(mostMilli/1000))
	}
	if t.Milli == 0 {
		t.Measure = ""
	} else {
		check.OneOf(&c.Form, prefix+"measure", t.Measure, Measures())
	}
}

// order checks the order of an authority, which ends need and others must not
// claim.
func (c *checks) order(o *Order, needed bool) {
	if !needed {
		*o = Order{}
		return
	}
	o.Authority = c.Required("authority", o.Authority, maxLine)
	o.Number = c.Required("order-number", o.Number, maxLine)
	day, err := time.Parse(time.DateOnly, o.Day)
	switch {
	case o.Day == "":
		c.Add("order-day", "form.required")
	case err != nil:
		c.Add("order-day", "form.unreadable")
	default:
		c.NotAhead("order-day", day)
	}
}
