package packs

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// Names is one text in the three languages of the platform.
type Names struct {
	AR string `toml:"ar"`
	FR string `toml:"fr"`
	EN string `toml:"en"`
}

// In gives the text in a language ("ar", "fr", "en"; a region suffix such as
// "ar-MA" is ignored). A language that is not known gives the Arabic text,
// the language of the record.
func (n Names) In(lang string) string {
	switch base, _, _ := strings.Cut(lang, "-"); base {
	case "fr":
		return n.FR
	case "en":
		return n.EN
	default:
		return n.AR
	}
}

// missing lists the languages without a text.
func (n Names) missing() []string {
	var out []string
	for _, lang := range []string{"ar", "fr", "en"} {
		if strings.TrimSpace(n.In(lang)) == "" {
			out = append(out, lang)
		}
	}
	return out
}

// Mark says whether a jurist has checked a row against the official text.
// A pack must state it on every row: silence is not a check.
type Mark uint8

// The states of a Mark.
const (
	Unstated   Mark = iota // the row says nothing; such a pack does not load
	Unverified             // taken from secondary sources
	Verified               // read in the official text by a named jurist
)

// UnmarshalTOML reads true or false.
func (m *Mark) UnmarshalTOML(v any) error {
	b, ok := v.(bool)
	if !ok {
		return fmt.Errorf("verified is %v, want true or false", v)
	}
	*m = Unverified
	if b {
		*m = Verified
	}
	return nil
}

// Date is a day of the civil calendar, in the country's own time.
// The zero Date means "none".
type Date struct {
	Year  int
	Month time.Month
	Day   int
}

// DateOf gives the day on which t falls in t's own location.
func DateOf(t time.Time) Date {
	y, m, d := t.Date()
	return Date{y, m, d}
}

// IsZero reports whether there is no date.
func (d Date) IsZero() bool { return d == Date{} }

// Before reports whether d is an earlier day than e.
func (d Date) Before(e Date) bool {
	if d.Year != e.Year {
		return d.Year < e.Year
	}
	if d.Month != e.Month {
		return d.Month < e.Month
	}
	return d.Day < e.Day
}

// exists reports whether the calendar has the day.
func (d Date) exists() bool {
	return d == DateOf(time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC))
}

// String gives the ISO 8601 form, or "" for the zero Date.
func (d Date) String() string {
	if d.IsZero() {
		return ""
	}
	return fmt.Sprintf("%04d-%02d-%02d", d.Year, d.Month, d.Day)
}

// UnmarshalTOML reads a TOML local date (2025-12-08).
func (d *Date) UnmarshalTOML(v any) error {
	t, ok := v.(time.Time)
	if !ok || t.Location().String() != "date-local" {
		return errors.New("want a date without a time, as 2025-12-08")
	}
	*d = DateOf(t)
	return nil
}

// Origin is the place of a row in the pack's files.
type Origin struct {
	File string // path inside the pack
	Line int    // line of the row's header, from 1
}

// String gives "file:line".
func (o Origin) String() string { return fmt.Sprintf("%s:%d", o.File, o.Line) }

// Row is what every row of a pack carries: its code, the days on which it is
// in force (From inclusive, To exclusive; a zero To means "until further
// notice"), the articles it rests on and whether a jurist has checked it.
type Row struct {
	Code  string   `toml:"code"`
	From  Date     `toml:"from"`
	To    Date     `toml:"to"`
	Law   []string `toml:"law"`
	Check Mark     `toml:"verified"`
	// Origin is where the row stands in the pack.
	Origin Origin `toml:"-"`
}

// Verified reports whether a jurist has checked the row.
func (r Row) Verified() bool { return r.Check == Verified }

// Holds reports whether the row is in force on a day.
func (r Row) Holds(on Date) bool {
	return !on.Before(r.From) && (r.To.IsZero() || on.Before(r.To))
}

func (r *Row) base() *Row { return r }

// rowOf is satisfied by a pointer to any struct that embeds Row.
type rowOf[T any] interface {
	*T
	base() *Row
}
