package text

import (
	"fmt"
	"strconv"
	"time"
)

// Local brings a stored time to the wall clock that pages show.
func (w *Words) Local(t time.Time) time.Time { return w.zone(t) }

// Date writes the day in words: "3 mars 2026". The zero time gives "".
func (w *Words) Date(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return w.day(w.zone(t))
}

// day writes the calendar day of t as it stands, without a change of zone.
func (w *Words) day(t time.Time) string {
	month, year := w.Month(t.Month()), strconv.Itoa(t.Year())
	if t.Day() == 1 { // French and Moroccan Arabic have a word for the first
		return w.T("date.first", "month", month, "year", year)
	}
	return w.T("date.long", "d", t.Day(), "month", month, "year", year)
}

// Month gives a month's name as used in Morocco (1 to 12).
func (w *Words) Month(m time.Month) string { return w.T("date.month." + strconv.Itoa(int(m))) }

// Weekday gives the name of t's day of the week.
func (w *Words) Weekday(t time.Time) string {
	return w.T("date.weekday." + strconv.Itoa(int(w.zone(t).Weekday())))
}

// DateNumeric writes the day as dd/MM/yyyy, the form of Moroccan documents.
func (w *Words) DateNumeric(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return w.zone(t).Format("02/01/2006")
}

// Time writes the wall clock in 24 hours: "14:05".
func (w *Words) Time(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return w.zone(t).Format("15:04")
}

// Seconds writes the wall clock with seconds: "14:05:09".
func (w *Words) Seconds(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return w.zone(t).Format("15:04:05")
}

// DateTime writes day and wall clock: "3 mars 2026, 14:05".
func (w *Words) DateTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return w.T("date.with-time", "date", w.Date(t), "time", w.Time(t))
}

// DateTimeNumeric writes "03/03/2026 14:05", for columns of a table.
func (w *Words) DateTimeNumeric(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return w.zone(t).Format("02/01/2006 15:04")
}

// Duration writes an elapsed time with the two units that matter: "45 s",
// "12 min", "2 h 05 min"; from 100 hours on "5 j 3 h". Up to there hours are
// not turned into days, because custody is counted in hours.
func (w *Words) Duration(d time.Duration) string {
	if d < 0 {
		return w.signed("\u2212", w.Duration(-d))
	}
	hours, minutes := int(d.Hours()), int(d.Minutes())%60
	switch {
	case d < time.Minute:
		return w.T("duration.seconds", "s", int(d.Seconds()))
	case d < time.Hour:
		return w.T("duration.minutes", "m", minutes)
	case d < 100*time.Hour && minutes == 0:
		return w.T("duration.hours", "h", hours)
	case d < 100*time.Hour:
		return w.T("duration.hours-minutes", "h", hours, "m", fmt.Sprintf("%02d", minutes))
	case hours%24 == 0:
		return w.T("duration.days", "d", hours/24)
	default:
		return w.T("duration.days-hours", "d", hours/24, "h", hours%24)
	}
}
