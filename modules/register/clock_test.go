package register

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/amana-platform/amana/kernel/packs"
	shipped "github.com/amana-platform/amana/packs"
)

// ward is a custody somewhere between the first regimes of the pack and the
// year 2040, clock changes included.
type ward struct {
	clock
	code   string
	arrest time.Time
}

func drawCustody(t *rapid.T, p *packs.Pack) ward {
	from := time.Date(2012, 1, 1, 0, 0, 0, 0, time.UTC)
	arrest := from.Add(time.Duration(rapid.IntRange(0, 28*365*24*60).Draw(t, "minute")) * time.Minute)
	var codes []string
	for _, c := range p.Custodies(arrest) {
		codes = append(codes, c.Code)
	}
	d := ward{code: rapid.SampledFrom(codes).Draw(t, "regime"), arrest: arrest}
	var err error
	if d.clock, err = clockOf(p, d.code, arrest); err != nil {
		t.Fatal(err)
	}
	return d
}

func clockPack(t *testing.T) *packs.Pack {
	t.Helper()
	p, err := packs.Load(shipped.Morocco())
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestDeadlinesRunInElapsedTime: whatever the clocks on the wall do, a
// deadline stands the law's hours after the arrest; each extension adds its
// own, none is added beyond the last, and none takes time away.
func TestDeadlinesRunInElapsedTime(t *testing.T) {
	p := clockPack(t)
	rapid.Check(t, func(t *rapid.T) {
		d := drawCustody(t, p)
		want := d.arrest.Add(d.regime.Initial.Elapsed())
		for n := 0; n <= len(d.regime.Extensions)+2; n++ {
			got := d.deadline(d.arrest, n)
			if !got.Equal(want) {
				t.Fatalf("%s extended %d times ends %v after the arrest, not %v", d.code, n, got.Sub(d.arrest), want.Sub(d.arrest))
			}
			if got.Sub(d.arrest) > d.regime.Longest() {
				t.Fatalf("%s outlasts the longest custody", d.code)
			}
			if n < len(d.regime.Extensions) {
				want = want.Add(d.regime.Extensions[n].For.Elapsed())
			}
		}
	})
}

// TestALaterLawTouchesNoRunningCustody: what is read on a later day for an
// arrest is what was read on its own.
func TestALaterLawTouchesNoRunningCustody(t *testing.T) {
	p := clockPack(t)
	changed := 0
	rapid.Check(t, func(t *rapid.T) {
		d := drawCustody(t, p)
		again, err := clockOf(p, d.code, d.arrest)
		if err != nil || again.regime.From != d.regime.From || !again.deadline(d.arrest, 1).Equal(d.deadline(d.arrest, 1)) {
			t.Fatalf("%s of %v is read differently: %v", d.code, d.arrest, err)
		}
		if now, err := clockOf(p, d.code, d.arrest.AddDate(20, 0, 0)); err == nil && now.regime.From != d.regime.From {
			changed++
		}
	})
	if changed == 0 {
		t.Error("no custody was drawn whose law changed later")
	}
}

// TestBellsRingBeforeTheDeadline: each bell once, in order, all of them before
// the end, and more of them as time goes by.
func TestBellsRingBeforeTheDeadline(t *testing.T) {
	p := clockPack(t)
	rapid.Check(t, func(t *rapid.T) {
		d := drawCustody(t, p)
		end := d.deadline(d.arrest, 0)
		bells := d.alarms(end)
		if !slices.IsSortedFunc(bells, time.Time.Compare) || len(bells) == 0 || !bells[len(bells)-1].Before(end) || !bells[0].After(d.arrest) {
			t.Fatalf("%s rings at %v and ends at %v", d.code, bells, end)
		}
		if first := end.Add(-d.warn()); !first.Equal(bells[0]) {
			t.Fatalf("the warning is at %v, the first bell at %v", first, bells[0])
		}
		a := d.arrest.Add(time.Duration(rapid.Int64Range(0, int64(end.Sub(d.arrest))).Draw(t, "a")))
		b := a.Add(time.Duration(rapid.Int64Range(0, int64(end.Sub(a))).Draw(t, "b")))
		if d.rung(end, a) > d.rung(end, b) || d.rung(end, end) != len(bells) || d.rung(end, d.arrest) != 0 {
			t.Fatalf("%d bells at %v, %d at %v", d.rung(end, a), a, d.rung(end, b), b)
		}
	})
}

// TestWhatIsNotedIsNotDue notes events in any order: what the regime demands
// once is due until it is noted, what it demands again and again is due again,
// and a thing is late from the moment after its time.
func TestWhatIsNotedIsNotDue(t *testing.T) {
	p := clockPack(t)
	rapid.Check(t, func(t *rapid.T) {
		d := drawCustody(t, p)
		page := Custody{Arrest: d.arrest, Written: d.arrest.Add(time.Hour)}
		var events []Event
		for range rapid.IntRange(0, 12).Draw(t, "events") {
			rule := rapid.SampledFrom(d.events).Draw(t, "event")
			events = append(events, Event{Kind: rule.Code, Happened: d.arrest.Add(time.Duration(rapid.IntRange(1, 48*60).Draw(t, "minute")) * time.Minute)})
		}
		now := d.arrest.Add(time.Duration(rapid.IntRange(0, 96*60).Draw(t, "now")) * time.Minute)
		dues := d.dues(page, events, now)
		if !slices.IsSortedFunc(dues, func(a, b Due) int { return a.At.Compare(b.At) }) {
			t.Fatalf("out of order: %v", dues)
		}
		for _, rule := range d.events {
			at := slices.IndexFunc(dues, func(x Due) bool { return x.Kind == rule.Code })
			last, noted := lastOf(events, rule.Code)
			again := rule.PerDay > 0 || rule.Code == Check
			if want := rule.Required && (again || !noted); (at >= 0) != want {
				t.Fatalf("%s is due: %v; noted: %v", rule.Code, at >= 0, noted)
			}
			if at < 0 {
				continue
			}
			if noted && !dues[at].At.After(last) {
				t.Fatalf("%s noted at %v is due at %v", rule.Code, last, dues[at].At)
			}
			if dues[at].Late != now.After(dues[at].At) {
				t.Fatalf("%+v at %v", dues[at], now)
			}
		}
	})
}

// TestWhoMayBeAMinorIsOne: of a date that is known in part, the youngest age
// counts; nobody grows younger.
// Law: CPP 458
func TestWhoMayBeAMinorIsOne(t *testing.T) {
	p := clockPack(t)
	rapid.Check(t, func(t *rapid.T) {
		born := time.Date(1990+rapid.IntRange(0, 30).Draw(t, "year"), time.Month(rapid.IntRange(1, 12).Draw(t, "month")), rapid.IntRange(1, 28).Draw(t, "day"), 0, 0, 0, 0, time.UTC)
		at := born.Add(time.Duration(rapid.IntRange(6*365, 30*365).Draw(t, "days")) * 24 * time.Hour)
		var last bool
		for i, form := range []string{time.DateOnly, "2006-01", "2006"} {
			minor, err := underage(p, born.Format(form), at)
			if err != nil {
				t.Skip("no majority in force then")
			}
			if i > 0 && last && !minor {
				t.Fatalf("%s is a minor at %v, %s is not", born.Format(time.DateOnly), at, born.Format(form))
			}
			if later, err := underage(p, born.Format(form), at.AddDate(1, 0, 0)); err == nil && later && !minor {
				t.Fatalf("%s grew younger", born.Format(form))
			}
			last = minor
		}
		if minor, _ := underage(p, born.Format(time.DateOnly), at); minor != at.Before(born.AddDate(18, 0, 0)) && at.Sub(born.AddDate(18, 0, 0)).Abs() > 24*time.Hour {
			t.Fatalf("born %v, at %v: minor %v", born, at, minor)
		}
	})
}
