package packs

import (
	"fmt"
	"slices"
	"time"
)

// Offset is a change of legal time: from the instant At on, clocks show UTC
// plus Minutes.
type Offset struct {
	Row
	At      time.Time `toml:"at"`
	Minutes int       `toml:"minutes"`
}

// Month is a month's name in the country's own usage.
type Month struct {
	Row
	Number time.Month `toml:"number"`
	Names  Names      `toml:"names"`
}

// Holiday is a public holiday on a fixed day of the civil year.
type Holiday struct {
	Row
	Names Names      `toml:"names"`
	Month time.Month `toml:"month"`
	Day   int        `toml:"day"`
}

// Offset gives how far local legal time is ahead of UTC at an instant.
// Before the first change known to the pack its first offset holds.
func (p *Pack) Offset(t time.Time) time.Duration {
	i, found := slices.BinarySearchFunc(p.offsets, t, func(o Offset, t time.Time) int { return o.At.Compare(t) })
	if !found {
		i = max(i-1, 0)
	}
	return time.Duration(p.offsets[i].Minutes) * time.Minute
}

// Offsets lists the changes of legal time, earliest first.
func (p *Pack) Offsets() []Offset { return slices.Clone(p.offsets) }

// Local gives an instant in the country's legal time, for display and for
// rules about hours and days. Its zone is named "UTC+01:00" and the like.
func (p *Pack) Local(t time.Time) time.Time {
	return t.In(p.zones[p.Offset(t)])
}

// Day gives the local day on which an instant falls.
func (p *Pack) Day(t time.Time) Date { return DateOf(p.Local(t)) }

// Instant gives the moment at which local clocks show the given time. A
// time shown twice (clocks set back) gives the earlier moment; one never
// shown (clocks set forward) gives ok false.
func (p *Pack) Instant(d Date, hour, minute, second int) (at time.Time, ok bool) {
	shown := time.Date(d.Year, d.Month, d.Day, hour, minute, second, 0, time.UTC)
	for offset := range p.zones {
		candidate := shown.Add(-offset)
		if p.Offset(candidate) == offset && (!ok || candidate.Before(at)) {
			at, ok = candidate, true
		}
	}
	return at, ok
}

// MonthName gives a month's name in a language on the country's own usage.
func (p *Pack) MonthName(m time.Month, lang string) string {
	if m < time.January || m > time.December {
		return ""
	}
	return p.months[m-1].In(lang)
}

// Holidays lists the public holidays with a fixed day of a year, by date.
func (p *Pack) Holidays(year int) []Holiday {
	var out []Holiday
	for _, h := range p.holidays.rows {
		day := Date{year, h.Month, h.Day}
		if h.Holds(day) && day.exists() {
			out = append(out, h)
		}
	}
	slices.SortStableFunc(out, func(a, b Holiday) int {
		return (int(a.Month)*100 + a.Day) - (int(b.Month)*100 + b.Day)
	})
	return out
}

// WithinHours reports whether a rule about hours allows an act to begin at
// an instant. The opening minute is inside, the closing minute outside.
func (p *Pack) WithinHours(rule string, t time.Time) (bool, error) {
	r, err := p.Rule(rule, t)
	if err != nil {
		return false, err
	}
	local := p.Local(t)
	now := TimeOfDay(local.Hour()*60 + local.Minute())
	return r.Opens <= now && now < r.Closes, nil
}

func zoneName(offset time.Duration) string {
	sign := '+'
	if offset < 0 {
		sign, offset = '-', -offset
	}
	return fmt.Sprintf("UTC%c%02d:%02d", sign, int(offset.Hours()), int(offset.Minutes())%60)
}

func (p *Pack) setCalendar(offsets []Offset, months []Month) {
	p.offsets = slices.Clone(offsets)
	slices.SortFunc(p.offsets, func(a, b Offset) int { return a.At.Compare(b.At) })
	p.zones = map[time.Duration]*time.Location{}
	for _, o := range p.offsets {
		d := time.Duration(o.Minutes) * time.Minute
		p.zones[d] = time.FixedZone(zoneName(d), o.Minutes*60)
	}
	for _, m := range months {
		if m.Number >= time.January && m.Number <= time.December {
			p.months[m.Number-1] = m.Names
		}
	}
}
