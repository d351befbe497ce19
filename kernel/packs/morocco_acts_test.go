package packs_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/amana-platform/amana/kernel/packs"
)

// Communications are opened by judges, never by the police or the prosecution alone.
//
// Law: CPP 108; CONST 24
func TestInterceptionIsForJudges(t *testing.T) {
	p := morocco(t)
	m, err := p.Measure("interception", now)
	if err != nil {
		t.Fatal(err)
	}
	for _, code := range m.Authority {
		if c, err := p.Capacity(code, now); err != nil || c.Branch != "court" {
			t.Errorf("%s may order an interception", code)
		}
	}
}

// Every measure ends by itself, and no agent orders one.
func TestMeasuresHaveAuthorityAndEnd(t *testing.T) {
	p := morocco(t)
	from := utc(2026, 1, 1, 0)
	for _, m := range p.Measures(now) {
		if !m.Window.After(from).After(from) {
			t.Errorf("%s has the window %s", m.Code, m.Window)
		}
		if slices.Contains(m.Authority, "apj") || slices.Contains(m.Authority, "duty-officer") {
			t.Errorf("%s may be ordered by %v", m.Code, m.Authority)
		}
		for _, who := range m.Executes {
			if c, _ := p.Capacity(who, now); c.Branch != "police" {
				t.Errorf("%s is carried out by %s", m.Code, who)
			}
		}
	}
}

// In a preliminary enquiry a home is searched only with handwritten consent.
//
// Law: CPP 79; CPP 62
func TestHomeSearches(t *testing.T) {
	p := morocco(t)
	for code, consent := range map[string]bool{"search-home": false, "search-home-consent": true} {
		m, err := p.Measure(code, now)
		if err != nil {
			t.Fatal(err)
		}
		if m.Hours != "search-hours" || m.Report != "pv-search" {
			t.Errorf("%s: hours %q, report %q", code, m.Hours, m.Report)
		}
		for _, regime := range m.Regimes {
			if r, _ := p.Regime(regime, now); r.Consent != consent {
				t.Errorf("%s under %s, where consent is needed: %v", code, regime, r.Consent)
			}
		}
		if slices.Contains(m.Fields, "consent") != consent {
			t.Errorf("%s asks for %v", code, m.Fields)
		}
	}
}

// Letters rogatory name the judge; flagrancy says how the person was caught.
//
// Law: CPP 56; CPP 189
func TestRegimesAskForTheirBasis(t *testing.T) {
	p := morocco(t)
	for regime, field := range map[string]string{"flagrance": "caught-how", "preliminary": "origin", "rogatory": "judge"} {
		if r, err := p.Regime(regime, now); err != nil || !slices.Contains(r.Fields, field) {
			t.Errorf("%s asks for %v, %v", regime, r.Fields, err)
		}
	}
}

// Three meals a day since the decree, and each is an event of every custody.
//
// Law: DEC2-22-222
func TestMeals(t *testing.T) {
	p := morocco(t)
	for at, want := range map[time.Time]int{utc(2022, 10, 1, 0): 2, now: 3} {
		if e, err := p.Event("meal", at); err != nil || e.PerDay != want || !e.Required {
			t.Errorf("%s: %d meals, %v", at, e.PerDay, err)
		}
	}
	for _, c := range p.Custodies(now) {
		if c.Code != "identity-check" && !slices.Contains(c.Events, "meal") {
			t.Errorf("nobody eats under %s", c.Code)
		}
	}
}

// Rights are told at once, the family is told as soon as custody is decided,
// and the prosecution has the list every day.
//
// Law: CPP 66; CPP 67; CONST 23
func TestDutiesOfCustody(t *testing.T) {
	p := morocco(t)
	regime, _ := p.Custody("ordinary", now)
	for _, code := range []string{"rights", "silence", "family", "daily-list"} {
		e, err := p.Event(code, now)
		if err != nil || !e.Required || !slices.Contains(regime.Events, code) {
			t.Errorf("%s: required %v, %v", code, e.Required, err)
		}
		if e.Due.Elapsed() > time.Hour {
			t.Errorf("%s may wait %s", code, e.Due)
		}
	}
	for _, field := range []string{"arrest-time", "arrival-time", "entry-time", "writer", "prosecutor-visa"} {
		if !slices.Contains(regime.Fields, field) {
			t.Errorf("the register lacks %s", field)
		}
	}
}

// Deletion follows a schedule: each class names its act and who approves.
//
// Law: L69-99; L09-08 3
func TestRetentionHasAGroundAndAnApprover(t *testing.T) {
	p := morocco(t)
	for _, r := range p.Retentions(now) {
		if r.Approver == "" || !slices.ContainsFunc(r.Law, func(ref string) bool { return strings.HasPrefix(ref, "L") }) {
			t.Errorf("%s: approver %q, law %v", r.Code, r.Approver, r.Law)
		}
	}
	for _, class := range []string{"complaint", "case-crime", "case-delit", "case-contravention", "custody-register", "exhibit", "access-log", "log-book", "attachment"} {
		if _, err := p.Retention(class, now); err != nil {
			t.Error(err)
		}
	}
}

// Each kind of record that the desk and the brigade make has a number that
// differs between units and years.
func TestNumbersNameUnitOrTypeAndYear(t *testing.T) {
	p := morocco(t)
	for _, record := range []string{"complaint", "log", "case", "pv", "custody", "seal", "exhibit", "dossier", "order", "certificate"} {
		n, err := p.Numbering(record, "police-district", now)
		if err != nil {
			t.Fatal(err)
		}
		one := n.Format(1, "U1", "S1", packs.Date{Year: 2026, Month: 1, Day: 1})
		for _, other := range []string{
			n.Format(2, "U1", "S1", packs.Date{Year: 2026, Month: 1, Day: 1}),
			n.Format(1, "U2", "S2", packs.Date{Year: 2026, Month: 1, Day: 1}),
			n.Format(1, "U1", "S1", packs.Date{Year: 2027, Month: 1, Day: 1}),
		} {
			if one == other {
				t.Errorf("%s: two records have the number %s", record, one)
			}
		}
	}
}

// Two tracks, each with its own ladder without gaps.
func TestGrades(t *testing.T) {
	tracks := map[string][]int{}
	for _, g := range morocco(t).Grades(now) {
		tracks[g.Track] = append(tracks[g.Track], g.Rank)
	}
	if len(tracks) != 2 {
		t.Errorf("tracks %v", tracks)
	}
	for track, ranks := range tracks {
		for i, rank := range slices.Sorted(slices.Values(ranks)) {
			if rank != i+1 {
				t.Errorf("%s: rank %d in place %d", track, rank, i+1)
			}
		}
	}
}

// A filled report leaves nothing unsaid and shows every value it was given.
func TestReportsShowWhatTheyAreGiven(t *testing.T) {
	for _, tpl := range morocco(t).Templates("", now) {
		values := map[string]string{}
		for _, code := range slices.Concat(tpl.Required, tpl.Optional) {
			values[code] = "<" + code + ">"
		}
		for _, lang := range []string{"ar", "fr", "en"} {
			var page strings.Builder
			for _, b := range tpl.Blocks {
				page.WriteString(b.Fill(lang, values) + "\n")
			}
			for code, value := range values {
				if !strings.Contains(page.String(), value) {
					t.Errorf("%s in %s does not show %s", tpl.Code, lang, code)
				}
			}
			if strings.ContainsAny(page.String(), "{}") {
				t.Errorf("%s in %s keeps a hole", tpl.Code, lang)
			}
		}
		if tpl.Missing(values) != nil {
			t.Errorf("%s misses %v", tpl.Code, tpl.Missing(values))
		}
	}
}

// TestWhoStandsForWhom: the prosecutor general decides in the prosecutor's stead,
// and nobody else for anybody; each who approves the end of records sits where the
// pack says, seen from any unit of the police.
// Law: CPP 49; L69-99
func TestWhoStandsForWhom(t *testing.T) {
	p := morocco(t)
	for _, c := range []struct {
		capacity, authority string
		stands              bool
	}{
		{"prosecutor", "prosecutor", true}, {"prosecutor-general", "prosecutor", true}, {"prosecutor-general", "prosecutor-general", true},
		{"prosecutor", "prosecutor-general", false}, {"opj", "prosecutor", false}, {"apj", "opj", false}, {"", "prosecutor", false}, {"nobody", "nobody", false},
	} {
		if got := p.Stands(c.capacity, c.authority, now); got != c.stands {
			t.Errorf("%q for %q: %v", c.capacity, c.authority, got)
		}
	}
	for capacity, want := range map[string]string{"prosecutor": "PR-KEN", "prosecutor-general": "PGR-KEN", "investigating-judge": "TPI-KEN", "first-president": "CA-KEN"} {
		for _, unit := range []string{"KEN-01", "KEN-VILLE-BPJ", "KEN"} {
			if u, err := p.Seat(unit, capacity, now); err != nil || u.Code != want {
				t.Errorf("the %s of %s sits at %q: %v", capacity, unit, u.Code, err)
			}
		}
	}
	for _, unit := range []string{"DGSN", "IG"} { // which answer for institutions
		if u, err := p.Seat(unit, "prosecutor-general", now); err != nil || u.Code != "PGR-RAB" {
			t.Errorf("the prosecutor general of %s sits at %q: %v", unit, u.Code, err)
		}
	}
	if _, err := p.Seat("KEN-01", "nobody", now); err == nil {
		t.Error("a capacity that is none has a seat")
	}
}

// TestWhoDecidesWhere: the class of the offence says which of two offices is
// asked, as far as somebody there may decide.
// Law: CPP 40; CPP 49; CPP 108
func TestWhoDecidesWhere(t *testing.T) {
	p := morocco(t)
	for _, c := range []struct{ authority, lesser, grave string }{
		{"prosecutor", "PR-KEN", "PGR-KEN"}, {"prosecutor-general", "PGR-KEN", "PGR-KEN"}, {"investigating-judge", "TPI-KEN", "CA-KEN"}, {"first-president", "CA-KEN", "CA-KEN"},
	} {
		for class, want := range map[string]string{"delit-police": c.lesser, "delit-correctionnel": c.lesser, "crime": c.grave} {
			if u, err := p.Decides("KEN-VILLE-BPJ", class, c.authority, now); err != nil || u.Code != want {
				t.Errorf("the %s decides on a %s at %q: %v", c.authority, class, u.Code, err)
			}
		}
	}
	for _, wrong := range [][3]string{{"KEN-01", "nothing", "prosecutor"}, {"KEN-01", "crime", "nobody"}, {"nowhere", "crime", "prosecutor"}} {
		if _, err := p.Decides(wrong[0], wrong[1], wrong[2], now); err == nil {
			t.Errorf("somebody decides in %v", wrong)
		}
	}
}

// TestWhoeverIsAskedMayDecideEachExtension: in every jurisdiction, for every
// offence of the pack and every regime that it may lead to, one office decides
// each extension.
// Law: CPP 66; CPP 80; CPP 191; CPP 460; L03-03
func TestWhoeverIsAskedMayDecideEachExtension(t *testing.T) {
	p, tried := morocco(t), 0
	for _, unit := range p.Units(now) {
		if kind, err := p.UnitType(unit.Type, now); err != nil || !kind.Brigade && !kind.Desk {
			continue
		}
		if offices, err := p.Offices(unit.Code, now); err != nil || len(offices) == 0 {
			continue // works with none, and holds nobody by itself
		}
		for _, o := range p.Offences(now) {
			if o.Custody == "" {
				continue
			}
			for _, regime := range []string{o.Custody, "juvenile", "rogatory", "identity-check"} {
				rule, err := p.Custody(regime, now)
				if err != nil {
					t.Fatal(err)
				}
				office, err := p.Decides(unit.Code, o.Class, rule.Extensions[0].Authority, now)
				if err != nil {
					t.Fatalf("%s, %s at %s: %v", o.Code, regime, unit.Code, err)
				}
				for n, step := range rule.Extensions {
					tried++
					if !slices.ContainsFunc(p.Capacities(now), func(c packs.Capacity) bool {
						return slices.Contains(c.Seats, office.Type) && p.Stands(c.Code, step.Authority, now)
					}) {
						t.Errorf("%s, %s: nobody at %s decides extension %d, the %s's", o.Code, regime, office.Code, n+1, step.Authority)
					}
				}
			}
		}
	}
	if tried < 1000 {
		t.Errorf("only %d questions", tried)
	}
}
