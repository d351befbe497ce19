package packs_test

import (
	"slices"
	"strings"
	"testing"
	"time"
	_ "time/tzdata" // the outside witness of legal time

	"github.com/amana-platform/amana/kernel/packs"
	shipped "github.com/amana-platform/amana/packs"
)

var now = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func morocco(t testing.TB) *packs.Pack {
	t.Helper()
	p, err := packs.Load(shipped.Morocco())
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// Law: CPP 66
func TestMoroccanCustodyPeriods(t *testing.T) {
	p := morocco(t)
	for regime, hours := range map[string][]int{
		"ordinary":       {48, 72},
		"rogatory":       {48, 72},
		"juvenile":       {48, 72},
		"state-security": {96, 192},
		"terrorism":      {96, 192, 288},
		"identity-check": {4, 8},
	} {
		c, err := p.Custody(regime, now)
		if err != nil {
			t.Fatal(err)
		}
		if len(c.Extensions) != len(hours)-1 {
			t.Errorf("%s: %d extensions", regime, len(c.Extensions))
		}
		for n, want := range hours {
			if got := c.Deadline(now, n).Sub(now); got != time.Duration(want)*time.Hour {
				t.Errorf("%s with %d extensions: %s", regime, n, got)
			}
		}
	}
}

// A custody across the change of clocks is still 48 elapsed hours.
//
// Law: CPP 66; DEC2-18-855
func TestCustodyAcrossTheChangeOfClocks(t *testing.T) {
	p := morocco(t)
	for _, c := range []struct{ arrest, wall, endWall string }{
		{"2026-02-14T14:10:00Z", "14/02 15:10", "16/02 14:10"}, // back to UTC+0 on 15 February
		{"2026-03-21T14:10:00Z", "21/03 14:10", "23/03 15:10"}, // forward to UTC+1 on 22 March
	} {
		arrest, _ := time.Parse(time.RFC3339, c.arrest)
		regime, err := p.Custody("ordinary", arrest)
		if err != nil {
			t.Fatal(err)
		}
		end := regime.Deadline(arrest, 0)
		if end.Sub(arrest) != 48*time.Hour {
			t.Errorf("%s: %s", c.arrest, end.Sub(arrest))
		}
		if got := p.Local(arrest).Format("02/01 15:04"); got != c.wall {
			t.Errorf("arrest shows %s, want %s", got, c.wall)
		}
		if got := p.Local(end).Format("02/01 15:04"); got != c.endWall {
			t.Errorf("end shows %s, want %s", got, c.endWall)
		}
		if alarms := regime.AlarmsBefore(end); len(alarms) != 3 || end.Sub(alarms[0]) != 6*time.Hour || end.Sub(alarms[2]) != time.Hour {
			t.Errorf("alarms %v", alarms)
		}
	}
}

// Since 8 December 2025 a ground must be chosen; before, none was listed.
//
// Law: CPP 66-1
func TestGroundsOfCustodySinceTheReform(t *testing.T) {
	p := morocco(t)
	midnight, _ := p.Instant(packs.Date{Year: 2025, Month: time.December, Day: 8}, 0, 0, 0)
	before, err := p.Custody("ordinary", midnight.Add(-time.Microsecond))
	if err != nil || len(before.Grounds) != 0 {
		t.Errorf("before: %v %v", before.Grounds, err)
	}
	after, err := p.Custody("ordinary", midnight)
	if err != nil || len(after.Grounds) == 0 {
		t.Errorf("after: %v %v", after.Grounds, err)
	}
}

// The pack's legal time agrees with the time zone database up to what was
// announced when it was written.
//
// Law: DEC2-18-855
func TestLegalTimeAgainstTheTimeZoneDatabase(t *testing.T) {
	p := morocco(t) // all changes are at 02:00 UTC, so steps of two hours meet both sides
	zone, err := time.LoadLocation(p.Identity.Zone)
	if err != nil {
		t.Fatal(err)
	}
	for at := utc(2020, 1, 1, 0); at.Before(utc(2026, 11, 1, 0)); at = at.Add(2 * time.Hour) {
		if _, want := at.In(zone).Zone(); p.Offset(at) != time.Duration(want)*time.Second {
			t.Fatalf("%s: %s, want %d s", at, p.Offset(at), want)
		}
	}
}

func TestFutureRamadansAreThereAndUnverified(t *testing.T) {
	p := morocco(t)
	for _, o := range p.Offsets() {
		if announced := o.At.Before(utc(2026, 4, 1, 0)); o.Verified() != announced {
			t.Errorf("the change of %s is verified: %v", o.Code, o.Verified())
		}
	}
	for year := 2020; year <= 2035; year++ {
		changes := 0
		for _, o := range p.Offsets() {
			if o.At.Year() == year {
				changes++
			}
			if before := p.Offset(o.At.Add(-time.Microsecond)); o.At.Year() == year && before == p.Offset(o.At) {
				t.Errorf("%s changes nothing", o.Code)
			}
		}
		if changes < 2 || changes > 4 {
			t.Errorf("%d: %d changes of clocks", year, changes)
		}
	}
}

func TestMoroccanMonths(t *testing.T) {
	p := morocco(t)
	for m, want := range map[time.Month]string{
		time.May: "\u0645\u0627\u064a", time.July: "\u064a\u0648\u0644\u064a\u0648\u0632", time.August: "\u063a\u0634\u062a",
		time.September: "\u0634\u062a\u0646\u0628\u0631", time.November: "\u0646\u0648\u0646\u0628\u0631", time.December: "\u062f\u062c\u0646\u0628\u0631",
	} {
		if got := p.MonthName(m, "ar"); got != want {
			t.Errorf("%s is %s, want %s", m, got, want)
		}
	}
	if n := len(p.Holidays(2026)); n != 11 {
		t.Errorf("%d holidays in 2026", n)
	}
}

// Law: CPP 62
func TestSearchHours(t *testing.T) {
	p := morocco(t)
	for at, want := range map[time.Time]bool{
		utc(2026, 6, 1, 4).Add(59 * time.Minute): false, // 05:59 in UTC+1
		utc(2026, 6, 1, 5):                       true,
		utc(2026, 6, 1, 20):                      false, // 21:00
		utc(2026, 3, 1, 5):                       false, // Ramadan: 05:00 in UTC+0
		utc(2026, 3, 1, 6):                       true,
	} {
		if got, err := p.WithinHours("search-hours", at); err != nil || got != want {
			t.Errorf("%s: %v %v", at, got, err)
		}
	}
}

func TestOffences(t *testing.T) {
	p := morocco(t)
	all := p.Offences(now)
	if len(all) < 60 {
		t.Fatalf("%d offences, want at least 60", len(all))
	}
	classes, regimes := map[string]int{}, map[string]int{}
	for _, o := range all {
		classes[o.Class]++
		regimes[o.Custody]++
		if elements, err := p.Elements(o.Code, now); err != nil || len(elements) == 0 {
			t.Errorf("%s: %v", o.Code, err)
		}
	}
	for _, want := range []string{"crime", "delit-correctionnel", "delit-police", "contravention"} {
		if classes[want] == 0 {
			t.Errorf("no offence of class %s", want)
		}
	}
	for _, want := range []string{"", "ordinary", "state-security", "terrorism"} {
		if regimes[want] == 0 {
			t.Errorf("no offence of regime %q", want)
		}
	}
}

// Law: CPP 3
func TestPublicMoneyNeedsAReferral(t *testing.T) {
	p := morocco(t)
	for code, want := range map[string]bool{"embezzlement": true, "extortion-by-official": true, "theft-simple": false} {
		if o, err := p.Offence(code, now); err != nil || o.Referral != want {
			t.Errorf("%s: %v %v", code, o.Referral, err)
		}
	}
}

// Law: CPP 5
func TestLimitation(t *testing.T) {
	p := morocco(t)
	facts := utc(2020, 2, 29, 12)
	for code, want := range map[string]time.Time{
		"murder":       utc(2035, 3, 1, 12),
		"theft-simple": utc(2024, 2, 29, 12),
		"noise":        utc(2021, 3, 1, 12),
	} {
		if got, err := p.Lapses(code, facts); err != nil || !got.Equal(want) {
			t.Errorf("%s lapses %s, want %s, %v", code, got, want, err)
		}
	}
}

func TestReferencePlaces(t *testing.T) {
	p := morocco(t)
	places := strings.Fields("CASA AGA KEN TNG SET MRK MEK OZZ ERR TAZ HOC SAL SAF JDI FES RAB TET OUJ")
	for _, code := range places {
		u, err := p.Unit(code, now)
		if err != nil {
			t.Fatal(err)
		}
		if u.Lat < 27 || u.Lat > 36 || u.Lon < -14 || u.Lon > -1 {
			t.Errorf("%s at %g, %g", code, u.Lat, u.Lon)
		}
		if _, err := p.Unit(code+"-SPJ", now); err != nil {
			t.Errorf("%s has no judicial police service", code)
		}
		desks := 0
		for _, d := range p.Children(code, now) {
			for _, child := range p.Children(d.Code, now) {
				if child.Type == "police-district" {
					desks++
				}
			}
		}
		if desks < 2 {
			t.Errorf("%s has %d police districts", code, desks)
		}
	}
	if u, err := p.Unit("MRK-SYBA", now); err != nil || u.Parent != "MRK" {
		t.Errorf("Sidi Youssef Ben Ali: %v %v", u, err)
	}
}

// Serious crimes go to the prosecutor general at the court of appeal, others
// to the prosecutor at the court of first instance, from every desk and brigade.
//
// Law: CPP 40; CPP 49
func TestEveryDeskHasItsProsecutors(t *testing.T) {
	p := morocco(t)
	for _, u := range p.Units(now) {
		unitType, err := p.UnitType(u.Type, now)
		if err != nil {
			t.Fatal(err)
		}
		if !unitType.Desk && (!unitType.Brigade || u.Parent == "DPJ") {
			continue
		}
		for class, want := range map[string]string{"crime": "prosecution-appeal", "delit-police": "prosecution-first"} {
			if office, err := p.Prosecutor(u.Code, class, now); err != nil || office.Type != want {
				t.Errorf("%s, %s: %s %v", u.Code, class, office.Type, err)
			}
		}
	}
	if office, _ := p.Prosecutor("SAL-01", "crime", now); office.Code != "PGR-RAB" {
		t.Errorf("serious crimes of Sal\u00e9 go to %s", office.Code)
	}
	if court, _ := p.Court("SAL-01", "delit-police", now); court.Code != "TPI-SAL" {
		t.Errorf("lesser offences of Sal\u00e9 are tried at %s", court.Code)
	}
}

func TestTerritory(t *testing.T) {
	p := morocco(t)
	if n := len(p.Areas("region", now)); n != 12 {
		t.Errorf("%d regions", n)
	}
	if n := len(p.Areas("province", now)) + len(p.Areas("prefecture", now)); n != 75 {
		t.Errorf("%d provinces and prefectures", n)
	}
	if a, err := p.Area("01.051", now); err != nil || a.Parent != "01" || a.Names.EN != "Al Hoceima" {
		t.Errorf("01.051: %+v %v", a, err)
	}
}

// Judicial capacity is not rank: an agent decides no custody.
//
// Law: CPP 20; CPP 25
func TestCapacities(t *testing.T) {
	p := morocco(t)
	officer, _ := p.Capacity("opj", now)
	agent, _ := p.Capacity("apj", now)
	for _, act := range []string{"custody", "search", "sign-pv", "seize"} {
		if !officer.May(act) || agent.May(act) {
			t.Errorf("%s: officer %v, agent %v", act, officer.May(act), agent.May(act))
		}
	}
	for _, c := range p.Custodies(now) {
		if c.Capacity != "opj" {
			t.Errorf("%s is decided by %s", c.Code, c.Capacity)
		}
		for _, e := range c.Extensions {
			if a, err := p.Capacity(e.Authority, now); err != nil || a.Branch == "police" || !a.May("extend-custody") {
				t.Errorf("%s is extended by %s", c.Code, e.Authority)
			}
		}
	}
}

// Law: CPP 24
func TestReportsAskForWhatTheLawWants(t *testing.T) {
	p := morocco(t)
	reports := p.Templates("pv", now)
	if len(reports) < 7 {
		t.Fatalf("%d reports", len(reports))
	}
	for _, r := range reports {
		for _, field := range []string{"unit", "number", "author", "capacity", "act-time", "written-time", "author-signature"} {
			if !slices.Contains(r.Required, field) {
				t.Errorf("%s does not require %s", r.Code, field)
			}
		}
	}
	for _, kind := range []string{"complaint-receipt", "custody-register", "custody-extension", "seizure-inventory", "seal-label", "dossier-cover"} {
		if _, err := p.Template(kind, now); err != nil {
			t.Error(err)
		}
	}
}

func TestTheRegisterSheetHoldsWhatTheRegimeAsks(t *testing.T) {
	p := morocco(t)
	sheet, _ := p.Template("custody-register", now)
	regime, _ := p.Custody("ordinary", now)
	for _, field := range regime.Fields {
		if !slices.Contains(sheet.Required, field) {
			t.Errorf("the sheet does not show %s", field)
		}
	}
}

func TestDecisionsReturnOrClose(t *testing.T) {
	returns := 0
	for _, d := range morocco(t).Decisions(now) {
		if d.Returns && d.Closes {
			t.Errorf("%s both returns and closes", d.Code)
		}
		if d.Returns {
			returns++
			if !slices.Contains(d.Fields, "missing") {
				t.Errorf("%s does not say what is missing", d.Code)
			}
		}
	}
	if returns < 5 {
		t.Errorf("%d return codes", returns)
	}
}

// Law: CPP 40
func TestComplainantIsToldWithinFifteenDays(t *testing.T) {
	r, err := morocco(t).Rule("complaint-outcome", now)
	if err != nil || r.Period != (packs.Period{Days: 15}) {
		t.Fatalf("%v %v", r.Period, err)
	}
}

func TestALegalBasisInAnAddress(t *testing.T) {
	p := morocco(t)
	for slug, want := range map[string]string{"CPP-66": "CPP 66", "CPP-66-1": "CPP 66-1", "L09-08": "L09-08", "L09-08-3": "L09-08 3", "CP-303-bis": "CP 303 bis"} {
		a, ok := p.Basis(slug)
		if !ok || !slices.Contains(a.Refs(), want) || packs.Slug(want) != slug {
			t.Errorf("%s gives %v %v", slug, a.Refs(), ok)
		}
	}
	if a, ok := p.Basis("CPP 66"); ok {
		t.Errorf("a reference with a space is no slug, and yet %s", a.Code)
	}
}

// No row claims a jurist's check that nobody made: only announced changes of
// clocks are verified.
func TestNothingClaimsAJuristsCheck(t *testing.T) {
	p := morocco(t)
	for _, o := range p.Offences(now) {
		if o.Verified() {
			t.Errorf("offence %s", o.Code)
		}
	}
	for _, a := range p.Articles() {
		if a.Verified() {
			t.Errorf("article %s", a.Code)
		}
	}
}

func BenchmarkLoad(b *testing.B) {
	fsys := shipped.Morocco()
	for b.Loop() {
		if _, err := packs.Load(fsys); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkOffence(b *testing.B) {
	p := morocco(b)
	for b.Loop() {
		if _, err := p.Offence("theft-simple", now); err != nil {
			b.Fatal(err)
		}
	}
}
