package register

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// TestWhatIsDueNext: rights and silence at once, the family and the state of
// health within the hour, a meal every eight hours, the list every day; what was
// done is due no more, or again from when it was done.
// Law: CPP 66; CPP 67; DEC2-22-222
func TestWhatIsDueNext(t *testing.T) {
	arrest := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	page := Custody{Arrest: arrest, Written: arrest.Add(20 * time.Minute)}
	told := func(kind string, after time.Duration) Event { return Event{Kind: kind, Happened: arrest.Add(after)} }
	atOnce := []Event{told("rights", 5*time.Minute), told("silence", 5*time.Minute)}
	hour := append(slices.Clone(atOnce), told("family", 30*time.Minute), told("health", 40*time.Minute))
	for _, tc := range []struct {
		name, regime string
		events       []Event
		now          time.Duration
		late         []string
		next         string
		at           time.Duration
	}{
		{"entered", "ordinary", nil, 20 * time.Minute, nil, "rights", 20 * time.Minute},
		{"a moment after", "ordinary", nil, 20*time.Minute + 1, []string{"rights", "silence"}, "rights", 20 * time.Minute},
		{"told", "ordinary", atOnce, 30 * time.Minute, nil, "family", time.Hour},
		{"to the hour", "ordinary", atOnce, time.Hour, nil, "family", time.Hour},
		{"past the hour", "ordinary", atOnce, time.Hour + time.Second, []string{"family", "health"}, "family", time.Hour},
		{"all of it", "ordinary", hour, 2 * time.Hour, nil, "meal", 8 * time.Hour},
		{"hungry", "ordinary", hour, 8*time.Hour + time.Second, []string{"meal"}, "meal", 8 * time.Hour},
		{"fed", "ordinary", append(slices.Clone(hour), told("meal", 7*time.Hour)), 14 * time.Hour, nil, "meal", 15 * time.Hour},
		{"fed late", "ordinary", append(slices.Clone(hour), told("meal", 9*time.Hour), told("meal", 7*time.Hour)), 16 * time.Hour, nil, "meal", 17 * time.Hour},
		{"the day", "ordinary", append(slices.Clone(hour), told("meal", 23*time.Hour)), 24*time.Hour + time.Second, []string{"daily-list"}, "daily-list", 24 * time.Hour},
		{"listed", "ordinary", append(slices.Clone(hour), told("meal", 23*time.Hour), told("daily-list", 10*time.Hour)), 25 * time.Hour, nil, "meal", 31 * time.Hour},
		{"a minor's guardian", "juvenile", atOnce, time.Hour + time.Second, []string{"guardian", "health"}, "guardian", time.Hour},
		{"an identity", "identity-check", nil, time.Hour + time.Second, []string{"family"}, "family", time.Hour},
		{"an identity known", "identity-check", hour, 3 * time.Hour, nil, "", 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			law, err := clockOf(clockPack(t), tc.regime, arrest)
			if err != nil {
				t.Fatal(err)
			}
			dues := law.dues(page, tc.events, arrest.Add(tc.now))
			var late []string
			for _, d := range dues {
				if d.Late {
					late = append(late, d.Kind)
				}
			}
			if !slices.Equal(late, tc.late) {
				t.Errorf("late: %q, want %q", late, tc.late)
			}
			if tc.next == "" && len(dues) == 0 {
				return
			}
			if len(dues) == 0 || dues[0].Kind != tc.next || !dues[0].At.Equal(arrest.Add(tc.at)) {
				t.Errorf("next %+v, want %s after %v", dues, tc.next, tc.at)
			}
		})
	}
}

// TestMealsOfTheOldRule: before the decree two a day.
// Law: DEC2-22-222
func TestMealsOfTheOldRule(t *testing.T) {
	for day, every := range map[string]time.Duration{"2022-10-30": 12 * time.Hour, "2022-11-02": 8 * time.Hour} {
		arrest, err := time.Parse(time.DateOnly, day)
		if err != nil {
			t.Fatal(err)
		}
		law, err := clockOf(clockPack(t), "ordinary", arrest)
		if err != nil {
			t.Fatal(err)
		}
		dues := law.dues(Custody{Arrest: arrest, Written: arrest}, nil, arrest)
		at := slices.IndexFunc(dues, func(d Due) bool { return d.Kind == "meal" })
		if at < 0 || dues[at].At.Sub(arrest) != every {
			t.Errorf("%s: %+v", day, dues)
		}
	}
}

// TestNothingDueIsForgotten: for any regime and any events, what is demanded is
// either done or listed, soonest first, late exactly when its time has passed.
func TestNothingDueIsForgotten(t *testing.T) {
	p := clockPack(t)
	rapid.Check(t, func(t *rapid.T) {
		w := drawCustody(t, p)
		page := Custody{Arrest: w.arrest, Written: w.arrest.Add(time.Duration(rapid.IntRange(0, 120).Draw(t, "entered")) * time.Minute)}
		var events []Event
		for range rapid.IntRange(0, 8).Draw(t, "events") {
			kind := rapid.SampledFrom(w.events).Draw(t, "kind").Code
			events = append(events, Event{Kind: kind, Happened: w.arrest.Add(time.Duration(rapid.IntRange(1, 48*60).Draw(t, "after")) * time.Minute)})
		}
		now := w.arrest.Add(time.Duration(rapid.IntRange(0, 72*60).Draw(t, "now")) * time.Minute)
		dues := w.dues(page, events, now)
		if !slices.IsSortedFunc(dues, func(a, b Due) int { return a.At.Compare(b.At) }) {
			t.Fatalf("out of order: %+v", dues)
		}
		for _, rule := range w.events {
			_, done := lastOf(events, rule.Code)
			at := slices.IndexFunc(dues, func(d Due) bool { return d.Kind == rule.Code })
			if want := rule.Required && (!done || rule.PerDay > 0); want != (at >= 0) {
				t.Fatalf("%s: demanded %v, listed %v", rule.Code, want, at >= 0)
			}
			if at >= 0 && dues[at].Late != now.After(dues[at].At) {
				t.Fatalf("%+v at %v", dues[at], now)
			}
		}
	})
}

// TestNoClockWithoutALaw: a regime that is not in force at the arrest has none.
func TestNoClockWithoutALaw(t *testing.T) {
	p := clockPack(t)
	for _, tc := range []struct {
		regime string
		at     time.Time
		has    bool
	}{
		{"ordinary", time.Date(2011, 10, 26, 12, 0, 0, 0, time.UTC), false}, {"ordinary", time.Date(2011, 10, 27, 12, 0, 0, 0, time.UTC), true},
		{"identity-check", time.Date(2025, 12, 7, 12, 0, 0, 0, time.UTC), false}, {"identity-check", time.Date(2025, 12, 8, 12, 0, 0, 0, time.UTC), true},
		{"martial", time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), false}, {"", time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), false},
	} {
		if _, err := clockOf(p, tc.regime, tc.at); (err == nil) != tc.has {
			t.Errorf("%q on %v: %v", tc.regime, tc.at, err)
		}
	}
}

// TestWhoIsAMinorOnWhichDay: until the day before the birthday in Morocco's time;
// a year or a month alone counts from its last day.
// Law: CPP 458
func TestWhoIsAMinorOnWhichDay(t *testing.T) {
	p := clockPack(t)
	for _, tc := range []struct {
		born string
		at   time.Time
		want bool
	}{
		{"2008-11-22", time.Date(2026, 11, 21, 22, 59, 59, 0, time.UTC), true}, {"2008-11-22", time.Date(2026, 11, 21, 23, 0, 0, 0, time.UTC), false},
		{"2008-11", time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC), true}, {"2008-11", time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC), false},
		{"2008", time.Date(2026, 12, 30, 12, 0, 0, 0, time.UTC), true}, {"2008", time.Date(2026, 12, 31, 12, 0, 0, 0, time.UTC), false},
		{"2008-02-29", time.Date(2026, 2, 28, 12, 0, 0, 0, time.UTC), true}, {"2008-02-29", time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC), false},
		{"", time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), false}, {"abc", time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), false}, {"20080102", time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), false},
	} {
		if got, err := underage(p, tc.born, tc.at); got != tc.want || err != nil {
			t.Errorf("born %q, on %v: %v %v", tc.born, tc.at, got, err)
		}
	}
}
