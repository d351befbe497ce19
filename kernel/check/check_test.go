package check_test

import (
	"strings"
	"testing"
	"time"

	"github.com/amana-platform/amana/kernel/check"
	"github.com/amana-platform/amana/kernel/ident"
)

var now = time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)

func TestEachFaultIsSaidOnceAtItsField(t *testing.T) {
	for name, c := range map[string]struct {
		look func(*check.Form)
		want string // "field key", empty for sound
	}{
		"there":            {func(c *check.Form) { c.Required("a", " x ", 5) }, ""},
		"missing":          {func(c *check.Form) { c.Required("a", " \n ", 5) }, "a form.required"},
		"too long":         {func(c *check.Form) { c.Required("a", "ستة أحرف", 5) }, "a form.too-long"},
		"counted in runes": {func(c *check.Form) { c.Required("a", "خمسةأ", 5) }, ""},
		"broken text":      {func(c *check.Form) { c.Required("a", "a\xffb", 5) }, "a text.not-utf8"},
		"absent":           {func(c *check.Form) { c.Optional("a", "", 5) }, ""},
		"no id":            {func(c *check.Form) { c.ID("a", "1' or '1'='1", "some.key") }, "a some.key"},
		"an id":            {func(c *check.Form) { c.ID("a", ident.Derive("x"), "some.key") }, ""},
		"now":              {func(c *check.Form) { c.NotAhead("a", now.Add(check.Slack)) }, ""},
		"ahead":            {func(c *check.Form) { c.NotAhead("a", now.Add(check.Slack+1)) }, "a form.future"},
		"a choice":         {func(c *check.Form) { check.OneOf(c, "a", "x", []string{"x", "y"}) }, ""},
		"no choice":        {func(c *check.Form) { check.OneOf(c, "a", "z", []string{"x", "y"}) }, "a form.choose"},
		"nothing wrong":    {func(c *check.Form) { c.Fault("a", nil) }, ""},
	} {
		t.Run(name, func(t *testing.T) {
			f := check.Form{Now: now}
			c.look(&f)
			var got []string
			for _, x := range f.List {
				got = append(got, x.Field+" "+x.Key)
			}
			if strings.Join(got, ", ") != c.want || (f.Err() == nil) != (c.want == "") {
				t.Errorf("%q, %v", got, f.Err())
			}
		})
	}
}

func TestTextComesBackClean(t *testing.T) {
	f := check.Form{Now: now}
	if got := f.Required("a", "  un vol \r\n", 100); got != "un vol" {
		t.Errorf("%q", got)
	}
	if f.Optional("b", "a\x00b", 5); f.Has("a") || !f.Has("b") {
		t.Errorf("%v", f.List)
	}
}
