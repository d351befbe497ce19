package packs_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/packs"
)

// An invented country at UTC+5, with other words and other periods, works as
// well as the reference country: the loader knows neither.

func country(t testing.TB) *packs.Pack {
	t.Helper()
	p, err := packs.Load(tiny(t))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func utc(y int, m time.Month, d, h int) time.Time { return time.Date(y, m, d, h, 0, 0, 0, time.UTC) }

func TestTheDayOfTheFactsPicksTheRow(t *testing.T) {
	p := country(t)
	for _, c := range []struct {
		at   time.Time
		iccs string
	}{
		{utc(2009, 12, 31, 18), "0502"},  // 23:00 local: still the old law
		{utc(2009, 12, 31, 19), "05022"}, // local midnight
		{utc(2026, 1, 1, 0), "05022"},
	} {
		o, err := p.Offence("theft", c.at)
		if err != nil || o.ICCS != c.iccs {
			t.Errorf("%s: %q, %v", c.at, o.ICCS, err)
		}
	}
	if got := len(p.Offences(utc(2009, 1, 1, 0))); got != 2 {
		t.Errorf("%d offences in 2009, want 2", got)
	}
}

func TestAbsentRowsAreAFaultAPersonMaySee(t *testing.T) {
	p := country(t)
	_, err := p.Offence("theft", utc(1999, 12, 31, 18))
	if got := fault.Of(err); got.Kind != fault.NotFound || got.Key != "packs.absent" || got.Args["day"] != "1999-12-31" || got.Args["code"] != "theft" {
		t.Fatalf("got %v", err)
	}
	now := utc(2026, 1, 1, 0)
	for name, ask := range map[string]func() error{
		"class":      func() error { _, err := p.Class("x", now); return err },
		"elements":   func() error { _, err := p.Elements("x", now); return err },
		"area":       func() error { _, err := p.Area("x", now); return err },
		"unit":       func() error { _, err := p.Unit("x", now); return err },
		"unit type":  func() error { _, err := p.UnitType("x", now); return err },
		"ancestors":  func() error { _, err := p.Ancestors("x", now); return err },
		"offices":    func() error { _, err := p.Offices("x", now); return err },
		"prosecutor": func() error { _, err := p.Prosecutor("S1", "x", now); return err },
		"court":      func() error { _, err := p.Court("S1", "x", now); return err },
		"nowhere":    func() error { _, err := p.Court("x", "felony", now); return err },
		"no office":  func() error { _, err := p.Court("A", "felony", now); return err },
		"grade":      func() error { _, err := p.Grade("x", now); return err },
		"capacity":   func() error { _, err := p.Capacity("x", now); return err },
		"custody":    func() error { _, err := p.Custody("x", now); return err },
		"ground":     func() error { _, err := p.Ground("x", now); return err },
		"event":      func() error { _, err := p.Event("x", now); return err },
		"rule":       func() error { _, err := p.Rule("x", now); return err },
		"hours":      func() error { _, err := p.WithinHours("x", now); return err },
		"regime":     func() error { _, err := p.Regime("x", now); return err },
		"measure":    func() error { _, err := p.Measure("x", now); return err },
		"decision":   func() error { _, err := p.Decision("x", now); return err },
		"retention":  func() error { _, err := p.Retention("x", now); return err },
		"field":      func() error { _, err := p.Field("x", now); return err },
		"template":   func() error { _, err := p.Template("x", now); return err },
		"numbering":  func() error { _, err := p.Numbering("x", "", now); return err },
		"lapses":     func() error { _, err := p.Lapses("x", now); return err },
	} {
		if err := ask(); !fault.Is(err, fault.NotFound) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestListsHoldWhatIsInForce(t *testing.T) {
	p, now := country(t), utc(2026, 1, 1, 0)
	got := map[string]int{
		"classes": len(p.Classes(now)), "areas": len(p.Areas("", now)), "towns": len(p.Areas("town", now)),
		"unit types": len(p.UnitTypes(now)), "units": len(p.Units(now)), "units 2001": len(p.Units(utc(2001, 1, 1, 0))),
		"grades": len(p.Grades(now)), "capacities": len(p.Capacities(now)), "custodies": len(p.Custodies(now)),
		"grounds": len(p.Grounds(now)), "events": len(p.Events(now)), "rules": len(p.Rules(now)),
		"regimes": len(p.Regimes(now)), "measures": len(p.Measures(now)), "decisions": len(p.Decisions(now)),
		"retentions": len(p.Retentions(now)), "templates": len(p.Templates("", now)), "labels": len(p.Templates("label", now)),
		"texts": len(p.Texts()), "articles": len(p.Articles()),
	}
	want := map[string]int{
		"classes": 2, "areas": 2, "towns": 1, "unit types": 4, "units": 5, "units 2001": 4, "grades": 1, "capacities": 2,
		"custodies": 1, "grounds": 1, "events": 1, "rules": 1, "regimes": 1, "measures": 1, "decisions": 1,
		"retentions": 1, "templates": 1, "labels": 0, "texts": 1, "articles": 1,
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Fatal(d)
	}
}

func TestTheTreeOfUnits(t *testing.T) {
	p, now := country(t), utc(2026, 1, 1, 0)
	codes := func(units []packs.Unit) (out []string) {
		for _, u := range units {
			out = append(out, u.Code)
		}
		return out
	}
	if got := codes(p.Children("", now)); !slices.Equal(got, []string{"A", "B", "F"}) {
		t.Errorf("roots %v", got)
	}
	if got := codes(p.Children("S1", utc(2004, 1, 1, 0))); got != nil {
		t.Errorf("a unit before its creation: %v", got)
	}
	up, err := p.Ancestors("S2", now)
	if err != nil || !slices.Equal(codes(up), []string{"S1", "F"}) {
		t.Errorf("above S2: %v %v", codes(up), err)
	}
	office, err := p.Prosecutor("S2", "felony", now) // two steps up
	if err != nil || office.Code != "A" {
		t.Errorf("prosecutor %q %v", office.Code, err)
	}
	court, err := p.Court("S2", "felony", now)
	if err != nil || court.Code != "B" {
		t.Errorf("court %q %v", court.Code, err)
	}
}

func TestCustodyIsElapsedTime(t *testing.T) {
	p := country(t)
	arrest := time.Date(2020, 8, 31, 20, 30, 15, 0, time.UTC) // clocks go back at midnight UTC
	c, err := p.Custody("short", arrest)
	if err != nil {
		t.Fatal(err)
	}
	for n, hours := range map[int]time.Duration{-1: 24, 0: 24, 1: 36, 2: 36} {
		if got := c.Deadline(arrest, n).Sub(arrest); got != hours*time.Hour {
			t.Errorf("%d extensions: %s", n, got)
		}
	}
	if c.Longest() != 36*time.Hour {
		t.Errorf("longest %s", c.Longest())
	}
	end := c.Deadline(arrest, 0)
	if got := c.AlarmsBefore(end); len(got) != 2 || !got[0].Equal(end.Add(-3*time.Hour)) || !got[1].Equal(end.Add(-time.Hour)) {
		t.Errorf("alarms %v", got)
	}
	if p.Local(arrest).Format("15:04") != "02:00" || p.Local(end).Format("15:04") != "01:30" {
		t.Errorf("wall clocks %s, %s", p.Local(arrest), p.Local(end))
	}
}

func TestLegalTime(t *testing.T) {
	p := country(t)
	for at, want := range map[time.Time]string{
		utc(1990, 1, 1, 0):                        "1990-01-01T05:00:00+05:00", // before the first row
		utc(2020, 5, 31, 23):                      "2020-06-01T04:00:00+05:00",
		utc(2020, 6, 1, 0):                        "2020-06-01T05:30:00+05:30",
		utc(2020, 9, 1, 0).Add(-time.Microsecond): "2020-09-01T05:29:59+05:30",
		utc(2020, 9, 1, 0):                        "2020-09-01T05:00:00+05:00",
	} {
		if got := p.Local(at).Format(time.RFC3339); got != want {
			t.Errorf("%s is %s, want %s", at, got, want)
		}
	}
	if got := p.Local(utc(2020, 7, 1, 0)).Location().String(); got != "UTC+05:30" {
		t.Errorf("zone %q", got)
	}
}

func TestInstantOfAWallClock(t *testing.T) {
	p := country(t)
	if got, ok := p.Instant(packs.Date{Year: 2020, Month: 9, Day: 1}, 5, 15, 0); !ok || !got.Equal(time.Date(2020, 8, 31, 23, 45, 0, 0, time.UTC)) {
		t.Errorf("a time shown twice gives %s %v, want the first", got, ok)
	}
	if got, ok := p.Instant(packs.Date{Year: 2020, Month: 6, Day: 1}, 5, 15, 0); ok {
		t.Errorf("a time never shown gives %s", got)
	}
	if got, ok := p.Instant(packs.Date{Year: 2021, Month: 1, Day: 1}, 0, 0, 0); !ok || !got.Equal(utc(2020, 12, 31, 19)) {
		t.Errorf("midnight is %s %v", got, ok)
	}
}

func TestHoursOfTheDay(t *testing.T) {
	p := country(t)
	for at, want := range map[time.Time]bool{
		time.Date(2021, 1, 1, 2, 59, 59, 0, time.UTC): false, // 07:59:59 local
		time.Date(2021, 1, 1, 3, 0, 0, 0, time.UTC):   true,
		time.Date(2021, 1, 1, 12, 59, 0, 0, time.UTC): true,
		time.Date(2021, 1, 1, 13, 0, 0, 0, time.UTC):  false,
		time.Date(2020, 7, 1, 12, 30, 0, 0, time.UTC): false, // 18:00 in summer
	} {
		if got, err := p.WithinHours("hours", at); err != nil || got != want {
			t.Errorf("%s: %v %v", at, got, err)
		}
	}
}

func TestHolidaysOfAYear(t *testing.T) {
	p := country(t)
	for year, want := range map[int]int{2003: 0, 2004: 1, 2010: 1, 2012: 2} {
		if got := p.Holidays(year); len(got) != want {
			t.Errorf("%d: %d holidays, want %d", year, len(got), want)
		}
	}
	if got := p.Holidays(2012); got[0].Code != "first" {
		t.Error("holidays are not in the order of the year")
	}
}

func TestNumbersAndSeries(t *testing.T) {
	p, now := country(t), utc(2026, 3, 4, 0)
	for _, c := range []struct{ record, unitType, want, series string }{
		{"case", "force", "26-0012", "2026"},
		{"case", "station", "S/S1/03/2026/12", "2026-03"},
		{"seal", "station", "12", ""},
	} {
		n, err := p.Numbering(c.record, c.unitType, now)
		if err != nil {
			t.Fatal(err)
		}
		if got := n.Format(12, "S1", "S", p.Day(now)); got != c.want || n.Series(p.Day(now)) != c.series {
			t.Errorf("%s in %s: %q of %q", c.record, c.unitType, got, n.Series(p.Day(now)))
		}
	}
}

func TestTemplatesFillAndMiss(t *testing.T) {
	tpl, err := country(t).Template("report", utc(2026, 1, 1, 0))
	if err != nil {
		t.Fatal(err)
	}
	values := map[string]string{"name": " "}
	if got := tpl.Missing(values); !slices.Equal(got, []string{"name"}) {
		t.Errorf("missing %v", got)
	}
	values = map[string]string{"name": "{note}"} // what people type is not a hole
	if got := tpl.Blocks[0].Fill("en", values); got != "Name {note}, …………" {
		t.Errorf("filled %q", got)
	}
	if tpl.Missing(values) != nil {
		t.Error("a filled field is missing")
	}
}

func TestLapse(t *testing.T) {
	p := country(t)
	got, err := p.Lapses("theft", utc(2015, 12, 31, 20)) // 1 January 2016, 01:00 local
	if err != nil || !got.Equal(utc(2025, 12, 31, 20)) {
		t.Fatalf("%s %v", got, err)
	}
}

func TestTheGravestOffenceDecides(t *testing.T) {
	p, now := country(t), utc(2026, 1, 1, 0)
	for _, c := range []struct {
		offences []string
		want     string
	}{{[]string{"noise"}, "petty"}, {[]string{"noise", "theft"}, "felony"}, {[]string{"theft", "noise"}, "felony"}} {
		if got, err := p.Gravest(c.offences, now); err != nil || got.Code != c.want {
			t.Errorf("%v: %q %v", c.offences, got.Code, err)
		}
	}
	for _, none := range [][]string{nil, {"noise", "x"}} {
		if _, err := p.Gravest(none, now); !fault.Is(err, fault.NotFound) {
			t.Errorf("%v: %v", none, err)
		}
	}
}

func TestElementsAndEvidence(t *testing.T) {
	p, now := country(t), utc(2026, 1, 1, 0)
	all, err := p.Elements("theft", now)
	if err != nil || len(all) != 1 || !all[0].ShownBy(packs.Photo) || all[0].ShownBy(packs.Medical) {
		t.Fatalf("%v %v", all, err)
	}
	if o, _ := p.Offence("theft", utc(2005, 1, 1, 0)); !o.Tagged("goods") || o.Tagged("cyber") || !o.Penalty.Imprisonable() {
		t.Error("tags and penalty of the old row")
	}
	if c, _ := p.Capacity("sworn", now); !c.May("custody") || c.May("search") {
		t.Error("acts of a capacity")
	}
}

func TestLawCanBeReadBothWays(t *testing.T) {
	p := country(t)
	a, ok := p.Article("ACT1 2")
	if !ok || a.Code != "ACT1 1" || !a.Verified() {
		t.Fatalf("%v %v", a, ok)
	}
	if _, ok := p.Article("ACT1 3"); ok {
		t.Error("an article nobody wrote")
	}
	for _, c := range p.Citations() {
		if c.Kind == "holiday" && c.Code == "day" {
			if c.Ref != "ACT1 2" || c.Origin.String() != "calendar.toml:21" {
				t.Errorf("citation %+v", c)
			}
			return
		}
	}
	t.Error("the holiday cites nothing")
}

func TestNamesInALanguage(t *testing.T) {
	n := packs.Names{AR: "a", FR: "f", EN: "e"}
	for lang, want := range map[string]string{"ar": "a", "fr": "f", "en": "e", "fr-MA": "f", "ar-MA": "a", "zgh": "a", "": "a"} {
		if got := n.In(lang); got != want {
			t.Errorf("%q: %q", lang, got)
		}
	}
	p := country(t)
	if p.MonthName(time.March, "en") != "month 3" || p.MonthName(0, "en") != "" || p.MonthName(13, "en") != "" {
		t.Error("month names")
	}
}
