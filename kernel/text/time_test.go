package text_test

import (
	"testing"
	"time"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/text"
)

func TestDatesAsMoroccoWritesThem(t *testing.T) {
	c := load(t)
	july := time.Date(2026, 7, 31, 23, 30, 9, 0, time.UTC) // 1 August on the wall
	for _, tt := range []struct{ got, want string }{
		{c.In(text.AR).Date(july), "\u0641\u0627\u062a\u062d \u063a\u0634\u062a 2026"},
		{c.In(text.FR).Date(july), "1er août 2026"},
		{c.In(text.EN).Date(july), "1 August 2026"},
		{c.In(text.EN).DateNumeric(july), "01/08/2026"},
		{c.In(text.EN).Time(july), "00:30"},
		{c.In(text.EN).Seconds(july), "00:30:09"},
		{c.In(text.EN).DateTimeNumeric(july), "01/08/2026 00:30"},
		{c.In(text.EN).DateTime(july), "1 August 2026, 00:30"},
		{c.In(text.EN).Weekday(july), "Saturday"},
		{c.In(text.AR).Month(7), "\u064a\u0648\u0644\u064a\u0648\u0632"},
		{c.In(text.FR).Partial("1985-03-12"), "12 mars 1985"},
		{c.In(text.FR).Partial("1985-03"), "mars 1985"},
		{c.In(text.FR).Partial("1985"), "1985"},
		{c.In(text.FR).Partial(""), ""},
	} {
		if text.Plain(tt.got) != tt.want {
			t.Errorf("%q, want %q", tt.got, tt.want)
		}
	}
	w := c.In(text.FR)
	for _, got := range []string{w.Date(time.Time{}), w.DateTime(time.Time{}), w.Time(time.Time{}), w.Seconds(time.Time{}), w.DateNumeric(time.Time{}), w.DateTimeNumeric(time.Time{})} {
		if got != "" {
			t.Errorf("the zero time reads %q", got)
		}
	}
}

func TestDurations(t *testing.T) {
	w := load(t).In(text.EN)
	for d, want := range map[time.Duration]string{
		45 * time.Second: "45 s", 12 * time.Minute: "12 min", 2 * time.Hour: "2 h", 48*time.Hour + 5*time.Minute: "48 h 05 min",
		120 * time.Hour: "5 d", 123 * time.Hour: "5 d 3 h", -90 * time.Minute: "\u22121 h 30 min",
	} {
		if got := text.Plain(w.Duration(d)); got != want {
			t.Errorf("%v: %q, want %q", d, got, want)
		}
	}
}

func TestNumbers(t *testing.T) {
	c := load(t)
	for _, tt := range []struct{ got, want string }{
		{c.In(text.EN).Number(2026), "2026"},
		{c.In(text.EN).Number(20000), "20,000"},
		{c.In(text.AR).Number(20000), "20.000"},
		{c.In(text.FR).Decimal(1234.5, 1), "1234,5"},
		{c.In(text.EN).Decimal(-0.25, 2), "\u22120.25"},
		{c.In(text.FR).Percent(0.425, 1), "42,5 %"},
		{c.In(text.FR).Bytes(0), "0 octets"},
		{c.In(text.FR).Bytes(1500), "1,5 ko"},
		{c.In(text.EN).Bytes(999_600), "1.0 MB"},
		{c.In(text.EN).Bytes(25_000_000_000_000), "25 TB"},
	} {
		if text.Plain(tt.got) != tt.want {
			t.Errorf("%q, want %q", tt.got, tt.want)
		}
	}
}

func TestReadDate(t *testing.T) {
	for given, want := range map[string]text.PartialDate{
		"12/03/1985": "1985-03-12", "1.3.1985": "1985-03-01", "12-03-1985": "1985-03-12", "03/1985": "1985-03", "1985": "1985",
		"1985-03-12": "1985-03-12", "1985-03": "1985-03", "": "", " 12/03/1985 ": "1985-03-12",
		"\u0661\u0662/\u0660\u0663/\u0661\u0669\u0668\u0665": "1985-03-12",
	} {
		if got, err := text.ReadDate(given); err != nil || got != want {
			t.Errorf("%q: %q %v, want %q", given, got, err, want)
		}
	}
	for given, key := range map[string]string{
		"31/02/1985": "date.not-in-calendar", "13/1985": "date.not-in-calendar", "0/1985": "date.not-in-calendar",
		"1700": "date.not-in-calendar", "85": "date.unreadable", "12/3/85": "date.unreadable", "x": "date.unreadable",
	} {
		if _, err := text.ReadDate(given); err == nil || fault.Of(err).Key != key {
			t.Errorf("%q: %v, want %s", given, err, key)
		}
	}
	if text.PartialDate("1985-03-12").Typed() != "12/03/1985" || text.PartialDate("1985-03").Typed() != "03/1985" {
		t.Error("Typed is what a person would type")
	}
}

func TestReadTime(t *testing.T) {
	w := load(t).In(text.FR)
	now := time.Date(2026, 11, 22, 9, 30, 0, 0, time.UTC) // 10:30 on the wall
	day := func(d, h, m int) time.Time { return time.Date(2026, 11, d, h, m, 0, 0, time.UTC) }
	for given, want := range map[string]time.Time{
		"T": now, "t": now, "\u0641": now, "-15": day(22, 9, 15), "-90": day(22, 8, 0),
		"10:30": day(22, 9, 30), "09:00": day(22, 8, 0), "9h": day(22, 8, 0), "9h05": day(22, 8, 5), "0905": day(22, 8, 5),
		"23:50":            day(21, 22, 50), // would lie ahead: yesterday
		"21/11/2026 14:05": day(21, 13, 5), "2026-11-21T14:05": day(21, 13, 5), "21/11/2026, 14:05": day(21, 13, 5),
	} {
		if got, err := w.ReadTime(given, now); err != nil || !got.Equal(want) {
			t.Errorf("%q: %v %v, want %v", given, got, err, want)
		}
	}
	for _, given := range []string{"", "25:00", "12:60", "noon", "-", "2026-11T10:00", "31/02/2026 10:00"} {
		if _, err := w.ReadTime(given, now); !fault.Is(err, fault.Invalid) {
			t.Errorf("%q: %v", given, err)
		}
	}
}

// On 15 February 2026 the wall clock of Morocco goes back one hour (Ramadan).
// TestAWindowIsGivenInDays: a day alone begins at midnight and is in the window
// that it ends; what is no whole day is a moment.
func TestAWindowIsGivenInDays(t *testing.T) {
	now := time.Date(2026, 3, 12, 14, 5, 0, 0, time.UTC)
	w := load(t).In(text.FR)
	for given, want := range map[string][2]time.Time{
		"01/01/2030":       {time.Date(2029, 12, 31, 23, 0, 0, 0, time.UTC), time.Date(2030, 1, 1, 22, 59, 0, 0, time.UTC)},
		"٠١/٠١/٢٠٣٠":       {time.Date(2029, 12, 31, 23, 0, 0, 0, time.UTC), time.Date(2030, 1, 1, 22, 59, 0, 0, time.UTC)},
		"2030-01-01":       {time.Date(2029, 12, 31, 23, 0, 0, 0, time.UTC), time.Date(2030, 1, 1, 22, 59, 0, 0, time.UTC)},
		"01/01/2030 10:00": {time.Date(2030, 1, 1, 9, 0, 0, 0, time.UTC), time.Date(2030, 1, 1, 9, 0, 0, 0, time.UTC)},
		"T":                {now, now},
	} {
		from, err := w.ReadFrom(given, now)
		until, err2 := w.ReadUntil(given, now)
		if err != nil || err2 != nil || !from.Equal(want[0]) || !until.Equal(want[1]) {
			t.Errorf("%s: %v %v, %v %v", given, from, err, until, err2)
		}
	}
	for _, given := range []string{"01/2030", "31/02/2030", "soon"} {
		_, err := w.ReadFrom(given, now)
		_, err2 := w.ReadUntil(given, now)
		if !fault.Is(err, fault.Invalid) || !fault.Is(err2, fault.Invalid) {
			t.Errorf("%s is read", given)
		}
	}
	if _, err := w.ReadTime("01/01/2030", now); !fault.Is(err, fault.Invalid) {
		t.Error("a day is read as a moment")
	}
}

func TestReadTimeAcrossTheRamadanChange(t *testing.T) {
	change := time.Date(2026, 2, 15, 2, 0, 0, 0, time.UTC)
	c, err := text.Load(func(t time.Time) time.Time {
		if t.Before(change) {
			return t.In(time.FixedZone("+01", 3600))
		}
		return t.In(time.FixedZone("+00", 0))
	})
	if err != nil {
		t.Fatal(err)
	}
	w, now := c.In(text.FR), change.Add(48*time.Hour)
	for given, want := range map[string]time.Time{
		"15/02/2026 01:00": change.Add(-2 * time.Hour), "15/02/2026 04:00": change.Add(2 * time.Hour),
	} {
		got, err := w.ReadTime(given, now)
		if err != nil || !got.Equal(want) {
			t.Errorf("%s: %v %v, want %v", given, got, err, want)
		}
		if shown := w.DateTimeNumeric(got); shown != given {
			t.Errorf("%s is shown as %s", given, shown)
		}
	}
}

func FuzzReadDate(f *testing.F) {
	for _, s := range []string{"12/03/1985", "1985-03", "1985", "31/02/2000", "\u0663/\u0661\u0669\u0668\u0665"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		p, err := text.ReadDate(s)
		if err != nil {
			return
		}
		if again, err := text.ReadDate(p.Typed()); err != nil || again != p {
			t.Errorf("%q reads %q, typed %q reads %q (%v)", s, p, p.Typed(), again, err)
		}
	})
}

func FuzzReadTime(f *testing.F) {
	for _, s := range []string{"T", "-15", "14:05", "2026-11-21T14:05", "9h"} {
		f.Add(s)
	}
	c, err := text.Load(nil)
	if err != nil {
		f.Fatal(err)
	}
	now := time.Date(2026, 11, 22, 9, 30, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, s string) {
		if got, err := c.In(text.FR).ReadTime(s, now); err == nil && got.IsZero() {
			t.Errorf("%q reads as no time", s)
		}
	})
}
