package packs_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/amana-platform/amana/kernel/packs"
)

func TestPeriods(t *testing.T) {
	from := time.Date(2024, 1, 31, 10, 0, 0, 0, time.UTC)
	for text, want := range map[string]string{
		"P4Y":          "2028-01-31T10:00:00Z",
		"P15D":         "2024-02-15T10:00:00Z",
		"PT48H":        "2024-02-02T10:00:00Z",
		"PT30M":        "2024-01-31T10:30:00Z",
		"P1Y2M3DT4H5M": "2025-04-03T14:05:00Z",
	} {
		p, err := packs.ParsePeriod(text)
		if err != nil {
			t.Fatal(err)
		}
		if got := p.After(from).Format(time.RFC3339); got != want {
			t.Errorf("%s after: %s, want %s", text, got, want)
		}
		if p.String() != text {
			t.Errorf("%s prints as %s", text, p)
		}
	}
}

func TestMalformedPeriods(t *testing.T) {
	for _, text := range []string{"", "P", "PT", "P1DT", "1Y", "P-1Y", "P1.5Y", "P1W", "P1H", "PT1D", "P1Y ", "p1y", "P1000Y", "P1M1Y"} {
		if p, err := packs.ParsePeriod(text); err == nil {
			t.Errorf("%q reads as %s", text, p)
		}
	}
}

func TestPeriodsCompare(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{{"P1Y", "P12M", 0}, {"P1M", "P29D", 1}, {"P15D", "P1M", -1}, {"PT48H", "P2D", 0}, {"P2Y", "P5Y", -1}} {
		a, _ := packs.ParsePeriod(c.a)
		b, _ := packs.ParsePeriod(c.b)
		if got := a.Compare(b); got != c.want {
			t.Errorf("%s and %s: %d", c.a, c.b, got)
		}
	}
}

func TestPeriodsRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := func(name string, most int) int { return rapid.IntRange(0, most).Draw(t, name) }
		want := packs.Period{Years: n("years", 999), Months: n("months", 999), Days: n("days", 99999), Hours: n("hours", 9999), Minutes: n("minutes", 9999)}
		text, _ := want.MarshalText()
		var got packs.Period
		if err := got.UnmarshalText(text); err != nil || got != want {
			t.Fatalf("%+v prints as %s, reads as %+v, %v", want, text, got, err)
		}
	})
}

func TestDates(t *testing.T) {
	var none packs.Date
	if none.String() != "" || !none.IsZero() {
		t.Error("the zero date")
	}
	d := packs.Date{Year: 2025, Month: time.December, Day: 8}
	for _, later := range []packs.Date{{2025, time.December, 9}, {2026, time.January, 1}, {2026, time.December, 8}} {
		if !d.Before(later) || later.Before(d) {
			t.Errorf("%s and %s", d, later)
		}
	}
	if d.Before(d) || d.String() != "2025-12-08" {
		t.Error("a day is not before itself")
	}
	if got := packs.TimeOfDay(6 * 60).String(); got != "06:00" {
		t.Errorf("six o'clock prints %s", got)
	}
}

func FuzzParsePeriod(f *testing.F) {
	for _, s := range []string{"P4Y", "PT48H", "P1Y2M3DT4H5M", "P", "PT", "P00Y"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		p, err := packs.ParsePeriod(s)
		if err != nil {
			return
		}
		if again, err := packs.ParsePeriod(p.String()); err != nil || again != p {
			t.Errorf("%q reads as %s, which reads as %s, %v", s, p, again, err)
		}
	})
}
