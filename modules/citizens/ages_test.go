package citizens

import (
	"testing"
	"time"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/text"
	"github.com/amana-platform/amana/modules/index"
	"github.com/amana-platform/amana/modules/units"
)

// An age is reached on the day, also by who was born on a day that most years do
// not have, and of a birth known to the month or the year only where every day of
// it gives the same answer.
func TestWhenAnAgeIsReached(t *testing.T) {
	t.Parallel()
	at := func(text string) time.Time {
		d, err := time.Parse(time.DateOnly, text)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	for name, x := range map[string]struct {
		birth, day string
		says       bool
		known      bool
	}{
		"the day before":                   {"2008-11-22", "2026-11-21", false, true},
		"the day":                          {"2008-11-22", "2026-11-22", true, true},
		"born on 29 February, the 28th":    {"2008-02-29", "2026-02-28", false, true},
		"born on 29 February, 1 March":     {"2008-02-29", "2026-03-01", true, true},
		"born on 29 February, a leap year": {"2004-02-29", "2022-03-01", true, true},
		"a month that is over":             {"2008-10", "2026-11-01", true, true},
		"the last day of a month":          {"2008-11", "2026-11-30", true, true},
		"within the month":                 {"2008-11", "2026-11-29", false, false},
		"before the month":                 {"2008-11", "2026-10-31", false, true},
		"the last day of a year":           {"2008", "2026-12-31", true, true},
		"within the year":                  {"2008", "2026-12-30", false, false},
		"before the year":                  {"2008", "2025-12-31", false, true},
		"no day":                           {"2008-13-01", "2026-11-22", false, false},
		"nothing":                          {"", "2026-11-22", false, false},
	} {
		says, known := olderThan(x.birth, 18, at(x.day))
		if known != x.known || known && says != x.says {
			t.Errorf("%s: %v, known %t", name, says, known)
		}
	}
}

// The day is the one of the legal time: half an hour after midnight in Rabat it
// is still yesterday in London.
func TestAnAgeByTheLegalDay(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	p := h.aicha
	p.ID, p.CNIE, p.Birth = h.Journal.NewID(), "G777777", "2008-11-24"
	h.must(h.people.Seed(t.Context(), func() (policy.Grant, error) { return h.Policy.System("demo", "index.seed", "D1-56-115") }, index.Seeding{Persons: []index.Person{p}}))
	c, _ := h.enrol(p)
	for name, x := range map[string]struct {
		now  time.Time
		says bool
	}{"before midnight in Rabat": {time.Date(2026, 11, 23, 22, 59, 59, 0, time.UTC), false}, "after it": {time.Date(2026, 11, 23, 23, 0, 0, 0, time.UTC), true}} {
		h.Clock.Set(x.now)
		got, err := h.s.Attributes(t.Context(), c.ID, []string{"age_over_18"})
		if err != nil || got["age_over_18"] != x.says {
			t.Errorf("%s: %v %v", name, got, err)
		}
	}
}

// Whether somebody lives in an area is said of what an officer attested alone:
// yes to it and to what lies around it, no to others, nothing of what is no area.
func TestWhereSomebodyLives(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	c, _ := h.enrol(h.aicha)
	ask := func(area string) (any, bool) {
		got, err := h.s.Attributes(t.Context(), c.ID, []string{residentOf + area})
		h.must(err)
		v, known := got[residentOf+area]
		return v, known
	}
	if v, known := ask("04.281"); known {
		t.Errorf("before anybody attested it: %v", v)
	}
	h.must(h.s.AttestResidence(t.Context(), h.grant(units.DutyOfficer, actionAttest, c.Resource()), c.ID, "04.281"))
	around, err := h.Pack.Area("04.281", h.Clock.Now())
	h.must(err)
	other := ""
	for _, a := range h.Pack.Areas("province", h.Clock.Now()) {
		if a.Code != "04.281" && a.Parent != around.Parent {
			other = a.Code
		}
	}
	for area, want := range map[string]any{"04.281": true, around.Parent: true, other: false} {
		if v, known := ask(area); !known || v != want {
			t.Errorf("in %s: %v, known %t", area, v, known)
		}
	}
	if v, known := ask("nowhere"); known {
		t.Errorf("in an area that is none: %v", v)
	}
	for _, name := range []string{residentOf, "religion", "age_over_19", ""} {
		if _, err := h.s.Attributes(t.Context(), c.ID, []string{"given_name", name}); !fault.Is(err, fault.Invalid) {
			t.Errorf("%q: %v", name, err)
		}
	}
}

// Every attribute that can be asked for has words in three languages.
func TestAttributesHaveWords(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for _, lang := range []string{"ar", "fr", "en"} {
		for _, name := range append(AttributeNames(), residentOf+"04.281") {
			w := h.Texts.In(text.Lang(lang))
			if got := AttributeLabel(w, name); got == name || got == "" || !KnownAttribute(name) {
				t.Errorf("%s: %s is %q", lang, name, got)
			}
		}
	}
}
