package names

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// ErrDate is returned for text that is no whole or partial date.
var ErrDate = errors.New("names: not a date of birth")

// PartialDate is a date of which only the year, or the year and month, may be
// known: a third of older civil-status records say "presumed born in 1948".
// A zero part is unknown; the zero value knows nothing. Its fields are
// comparable with ==.
type PartialDate struct {
	Year  int // 1800 to 2199
	Month int // 1 to 12, or 0
	Day   int // 1 to 31, or 0; 0 when Month is
}

// Precision says how much of a date is known.
type Precision int

// The precisions of a date, ascending.
const (
	Unknown Precision = iota
	ToYear
	ToMonth
	ToDay
)

// ParsePartialDate reads "1948", "1948-03", "1948-03-12", and the same with
// the day first, as registers print it: "12/03/1948", "00/03/1948",
// "00/00/1948". Digits of either script are read. Empty text is the unknown
// date. Anything else, a day that its month lacks included, is ErrDate.
func ParsePartialDate(s string) (PartialDate, error) {
	if len(s) > 40 {
		return PartialDate{}, ErrDate
	}
	s = strings.Map(westernDigit, strings.TrimSpace(s))
	if s == "" {
		return PartialDate{}, nil
	}
	fields := strings.Split(s, "-")
	if strings.Contains(s, "/") {
		fields = strings.Split(s, "/")
		if len(fields) != 3 {
			return PartialDate{}, ErrDate
		}
		fields[0], fields[2] = fields[2], fields[0]
	}
	return fromFields(fields)
}

// fromFields reads year, month and day.
func fromFields(fields []string) (PartialDate, error) {
	var n [3]int
	if len(fields) > len(n) || len(fields[0]) != 4 {
		return PartialDate{}, ErrDate
	}
	for i, f := range fields {
		v, err := strconv.ParseUint(f, 10, 16)
		if err != nil || (i > 0 && len(f) > 2) {
			return PartialDate{}, ErrDate
		}
		n[i] = int(v)
	}
	d := PartialDate{Year: n[0], Month: n[1], Day: n[2]}
	if d.IsZero() || !d.Valid() {
		return PartialDate{}, ErrDate
	}
	return d, nil
}

// Valid tells whether the known parts make a date of the years 1800 to 2199.
func (d PartialDate) Valid() bool {
	switch {
	case d.IsZero():
		return true
	case d.Year < 1800 || d.Year > 2199 || d.Month < 0 || d.Month > 12 || d.Day < 0:
		return false
	case d.Month == 0:
		return d.Day == 0
	}
	last := time.Date(d.Year, time.Month(d.Month)+1, 0, 0, 0, 0, 0, time.UTC).Day()
	return d.Day <= last
}

// IsZero tells the date of which nothing is known.
func (d PartialDate) IsZero() bool { return d == PartialDate{} }

// Precision tells how much is known.
func (d PartialDate) Precision() Precision {
	switch {
	case d.Day != 0:
		return ToDay
	case d.Month != 0:
		return ToMonth
	case d.Year != 0:
		return ToYear
	}
	return Unknown
}

// String prints what is known: "1948-03-12", "1948-03", "1948" or "".
func (d PartialDate) String() string {
	switch d.Precision() {
	case ToDay:
		return fmt.Sprintf("%04d-%02d-%02d", d.Year, d.Month, d.Day)
	case ToMonth:
		return fmt.Sprintf("%04d-%02d", d.Year, d.Month)
	case ToYear:
		return fmt.Sprintf("%04d", d.Year)
	}
	return ""
}

// MarshalText is String, for JSON and forms.
func (d PartialDate) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText is ParsePartialDate.
func (d *PartialDate) UnmarshalText(text []byte) error {
	v, err := ParsePartialDate(string(text))
	if err != nil {
		return err
	}
	*d = v
	return nil
}

// agreement compares two known dates: 0 to 1000. Equal as far as both are
// known is 1000; what clerks and memory get wrong keeps part of it.
func (d PartialDate) agreement(o PartialDate) int32 {
	p := min(d.Precision(), o.Precision())
	apart := max(d.Year-o.Year, o.Year-d.Year)
	sameMonth := p < ToMonth || d.Month == o.Month
	sameDay := p < ToDay || d.Day == o.Day
	switch {
	case apart == 0 && sameMonth && sameDay:
		return 1000
	case apart == 0 && p == ToDay && d.Month == o.Day && d.Day == o.Month:
		return 850 // day and month exchanged
	case apart == 0 && (sameMonth || sameDay):
		return 650
	case apart == 0:
		return 400
	case p == ToDay && sameMonth && sameDay && (apart <= 2 || swappedDigits(d.Year, o.Year)):
		return 600
	case apart == 1 && p == ToYear:
		return 600
	case apart == 2 && p == ToYear:
		return 400
	case apart == 1:
		return 150
	}
	return 0
}

// swappedDigits tells years that differ by an exchange of the last two
// digits, or of a 10-year slip of one key: 1984 and 1948, 1968 and 1978.
func swappedDigits(a, b int) bool {
	return (a/100 == b/100 && a%10 == b/10%10 && a/10%10 == b%10) || a-b == 10 || b-a == 10
}
