package text

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/amana-platform/amana/kernel/fault"
)

var (
	isoDate     = regexp.MustCompile(`^(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?$`)
	typedDate   = regexp.MustCompile(`^(?:(?:(\d{1,2})[/.\- ])?(\d{1,2})[/.\- ])?(\d{4})$`)
	minutesBack = regexp.MustCompile(`^-\s*(\d{1,4})$`)
	clockTime   = regexp.MustCompile(`^(\d{1,2})[:hH](\d{2})?$|^(\d{2})(\d{2})$`)
)

// PartialDate is a day, a month or a year as far as it is known: "1985",
// "1985-03" or "1985-03-12"; "" is unknown. Many births are known by year.
type PartialDate string

// ReadDate reads a date as people write it: 12/03/1985, 03/1985, 1985, with
// points, hyphens or spaces, in Western or Arabic-Indic digits, or the ISO
// form. The empty string is the unknown date.
func ReadDate(s string) (PartialDate, error) {
	s = westernDigits(strings.TrimSpace(s))
	if s == "" {
		return "", nil
	}
	year, month, day := "", "", ""
	if m := isoDate.FindStringSubmatch(s); m != nil {
		year, month, day = m[1], m[2], m[3]
	} else if m := typedDate.FindStringSubmatch(s); m != nil {
		year, month, day = m[3], m[2], m[1]
	} else {
		return "", fault.New(fault.Invalid, "date.unreadable", "given", s)
	}
	return partial(year, month, day, s)
}

// partial checks the calendar and builds the stored form.
func partial(year, month, day, given string) (PartialDate, error) {
	y, m, d := number(year, 1), number(month, 1), number(day, 1)
	t := time.Date(y, time.Month(m), d, 0, 0, 0, 0, time.UTC)
	if y < 1850 || t.Year() != y || int(t.Month()) != m || t.Day() != d {
		return "", fault.New(fault.Invalid, "date.not-in-calendar", "given", given)
	}
	switch {
	case month == "":
		return PartialDate(fmt.Sprintf("%04d", y)), nil
	case day == "":
		return PartialDate(fmt.Sprintf("%04d-%02d", y, m)), nil
	}
	return PartialDate(t.Format(time.DateOnly)), nil
}

// Typed gives the date as a person would type it: 12/03/1985, 03/1985, 1985.
func (p PartialDate) Typed() string {
	parts := strings.Split(string(p), "-")
	for i, j := 0, len(parts)-1; i < j; i, j = i+1, j-1 {
		parts[i], parts[j] = parts[j], parts[i]
	}
	return strings.Join(parts, "/")
}

// Partial writes a partly known date in words: "12 mars 1985", "mars 1985",
// "1985"; what is not a PartialDate is given back as it is.
func (w *Words) Partial(p PartialDate) string {
	m := isoDate.FindStringSubmatch(string(p))
	switch {
	case m == nil || m[2] == "":
		return string(p)
	case m[3] == "":
		return w.T("date.month-year", "month", w.Month(time.Month(number(m[2], 1))), "year", m[1])
	}
	return w.day(time.Date(number(m[1], 1), time.Month(number(m[2], 1)), number(m[3], 1), 0, 0, 0, 0, time.UTC))
}

// ReadTime reads a moment as the duty desk types it: "T" (now), "-15" (that
// many minutes ago), "14:05", "14h05" or "1405" (today, or yesterday when
// that would lie ahead), "12/03/2026 14:05", and the browser's
// "2026-03-12T14:05". Times typed are wall-clock times; the answer is UTC.
func (w *Words) ReadTime(s string, now time.Time) (time.Time, error) {
	s = westernDigits(strings.TrimSpace(s))
	if strings.EqualFold(s, "t") || s == "\u0641" { // the letter on the T key of the Arabic keyboard
		return now, nil
	}
	if m := minutesBack.FindStringSubmatch(s); m != nil {
		return now.Add(-time.Duration(number(m[1], 0)) * time.Minute), nil
	}
	if y, mo, d, h, mi, ok := dateAndClock(s); ok {
		return w.stored(time.Date(y, time.Month(mo), d, h, mi, 0, 0, time.UTC)), nil
	}
	h, mi, ok := clock24(s)
	if !ok {
		return time.Time{}, fault.New(fault.Invalid, "date.time-unreadable", "given", s)
	}
	today := w.zone(now)
	t := w.stored(time.Date(today.Year(), today.Month(), today.Day(), h, mi, 0, 0, time.UTC))
	if t.After(now.Add(time.Minute)) {
		t = w.stored(time.Date(today.Year(), today.Month(), today.Day()-1, h, mi, 0, 0, time.UTC))
	}
	return t, nil
}

// ReadFrom reads when a window begins: a moment as [Words.ReadTime] reads it, or
// a day alone, from its first minute.
func (w *Words) ReadFrom(s string, now time.Time) (time.Time, error) { return w.bound(s, now, 0) }

// ReadUntil reads when a window ends: a moment, or a day alone, which is in it.
func (w *Words) ReadUntil(s string, now time.Time) (time.Time, error) {
	return w.bound(s, now, 24*time.Hour-time.Minute)
}

func (w *Words) bound(s string, now time.Time, into time.Duration) (time.Time, error) {
	day, err := ReadDate(s)
	if err != nil || len(day) != len(time.DateOnly) {
		return w.ReadTime(s, now)
	}
	t, err := time.Parse(time.DateOnly, string(day))
	return w.stored(t.Add(into)), err
}

// dateAndClock reads "12/03/2026 14:05" and "2026-03-12T14:05".
func dateAndClock(s string) (y, mo, d, h, mi int, ok bool) {
	at := strings.LastIndexAny(s, " T")
	if at < 0 {
		return
	}
	date, err := ReadDate(strings.TrimRight(s[:at], " ,"))
	if err != nil || len(date) != len(time.DateOnly) {
		return
	}
	h, mi, ok = clock24(s[at+1:])
	return number(string(date[:4]), 0), number(string(date[5:7]), 0), number(string(date[8:]), 0), h, mi, ok
}

// clock24 reads 14:05, 14h, 14h05 and 1405.
func clock24(s string) (hour, minute int, ok bool) {
	m := clockTime.FindStringSubmatch(s)
	if m == nil {
		return 0, 0, false
	}
	hour, minute = number(m[1]+m[3], 0), number(m[2]+m[4], 0)
	return hour, minute, hour < 24 && minute < 60
}

// stored turns a wall-clock reading (carried in UTC fields) into the moment
// it names. Where the wall clock is set forward that reading does not exist,
// and the moment an hour later is meant; where it is set back, the first.
func (w *Words) stored(wall time.Time) time.Time {
	offset := func(t time.Time) time.Duration {
		_, seconds := w.zone(t).Zone()
		return time.Duration(seconds) * time.Second
	}
	guess := wall.Add(-offset(wall))
	return wall.Add(-offset(guess))
}

// number reads digits; the empty string gives its default.
func number(s string, otherwise int) int {
	if s == "" {
		return otherwise
	}
	n, _ := strconv.Atoi(s)
	return n
}

// westernDigits folds Arabic-Indic and Eastern Arabic-Indic digits to 0-9.
func westernDigits(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 0x0660 && r <= 0x0669:
			return '0' + r - 0x0660
		case r >= 0x06f0 && r <= 0x06f9:
			return '0' + r - 0x06f0
		}
		return r
	}, s)
}
