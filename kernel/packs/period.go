package packs

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Period is a length of time as laws state it, in ISO 8601 form: P4Y, P15D,
// PT48H. Years, months and days follow the calendar; hours and minutes are
// elapsed time, so that PT48H is 48 hours also when clocks change between.
type Period struct {
	Years, Months, Days, Hours, Minutes int
}

var periodForm = regexp.MustCompile(`^P(?:(\d{1,3})Y)?(?:(\d{1,3})M)?(?:(\d{1,5})D)?(?:T(?:(\d{1,4})H)?(?:(\d{1,4})M)?)?$`)

// ParsePeriod reads the ISO 8601 form (weeks and fractions are not used by laws).
func ParsePeriod(s string) (Period, error) {
	m := periodForm.FindStringSubmatch(s)
	if m == nil || s == "P" || strings.HasSuffix(s, "T") {
		return Period{}, fmt.Errorf("%q is not a period such as P4Y, P15D or PT48H", s)
	}
	var n [5]int
	for i := range n {
		n[i], _ = strconv.Atoi(m[i+1]) // an absent part is "" and counts as 0
	}
	return Period{n[0], n[1], n[2], n[3], n[4]}, nil
}

// UnmarshalText reads the ISO 8601 form.
func (p *Period) UnmarshalText(b []byte) (err error) {
	*p, err = ParsePeriod(string(b))
	return err
}

// MarshalText gives the ISO 8601 form.
func (p Period) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// IsZero reports whether the period has no length.
func (p Period) IsZero() bool { return p == Period{} }

// String gives the ISO 8601 form; PT0H for the zero Period.
func (p Period) String() string {
	if p.IsZero() {
		return "PT0H"
	}
	day := part(p.Years, "Y") + part(p.Months, "M") + part(p.Days, "D")
	if clock := part(p.Hours, "H") + part(p.Minutes, "M"); clock != "" {
		return "P" + day + "T" + clock
	}
	return "P" + day
}

func part(n int, unit string) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n) + unit
}

// After gives the moment one period after t: the calendar parts in t's
// location, then the elapsed parts.
func (p Period) After(t time.Time) time.Time {
	return t.AddDate(p.Years, p.Months, p.Days).Add(p.Elapsed())
}

// Elapsed gives the hours and minutes of the period.
func (p Period) Elapsed() time.Duration {
	return time.Duration(p.Hours)*time.Hour + time.Duration(p.Minutes)*time.Minute
}

// Compare orders two periods by length, counting a month as 30.4 days: exact
// enough to rank penalties, never used for a deadline.
func (p Period) Compare(q Period) int {
	a, b := p.minutes(), q.minutes()
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

func (p Period) minutes() int {
	months := p.Years*12 + p.Months
	return (months*304/10+p.Days)*1440 + p.Hours*60 + p.Minutes
}

// TimeOfDay is minutes since local midnight, written "06:00" in a pack.
type TimeOfDay int

var timeForm = regexp.MustCompile(`^([01]\d|2[0-4]):([0-5]\d)$`)

// UnmarshalText reads "HH:MM", from 00:00 to 24:00.
func (d *TimeOfDay) UnmarshalText(b []byte) error {
	m := timeForm.FindStringSubmatch(string(b))
	if m == nil {
		return fmt.Errorf("%q is not a time of day such as 06:00", b)
	}
	hour, _ := strconv.Atoi(m[1]) // both are digits by the expression
	minute, _ := strconv.Atoi(m[2])
	if *d = TimeOfDay(hour*60 + minute); *d > 24*60 {
		return fmt.Errorf("%q is after 24:00", b)
	}
	return nil
}

// String gives "HH:MM".
func (d TimeOfDay) String() string { return fmt.Sprintf("%02d:%02d", d/60, d%60) }
