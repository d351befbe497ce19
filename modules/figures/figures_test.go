package figures

import (
	"encoding/json"
	"math"
	"testing"
	"time"
)

var now = time.Date(2026, 11, 28, 9, 0, 0, 0, time.UTC)

func TestAvailability(t *testing.T) {
	hourly := func(from time.Time, n int) (out []time.Time) {
		for i := range n {
			out = append(out, from.Add(time.Duration(i)*(time.Hour+2*time.Minute))) // jobs drift
		}
		return out
	}
	for name, c := range map[string]struct {
		planted []time.Time
		want    float64
	}{
		"always there":    {hourly(now.Add(-10*time.Hour-20*time.Minute), 11), 1},
		"away for ten":    {append(hourly(now.Add(-20*time.Hour), 3), now.Add(-6*time.Hour), now.Add(-5*time.Hour), now.Add(-4*time.Hour), now.Add(-3*time.Hour), now.Add(-2*time.Hour), now.Add(-time.Hour)), 1 - (11+56./60)/20*1.0 + 1./20},
		"away since":      {hourly(now.Add(-10*time.Hour), 1), .1},
		"begun just now":  {[]time.Time{now}, 1},
		"a little longer": {[]time.Time{now.Add(-2 * time.Hour), now.Add(-50 * time.Minute)}, 1},
	} {
		if got, since := available(c.planted, now); math.Abs(got-c.want) > .001 || since != c.planted[0] {
			t.Errorf("%s: %v since %v, want %v", name, got, since, c.want)
		}
	}
	if _, since := available(nil, now); !since.IsZero() {
		t.Error("known before anything was seen")
	}
}

// TestSmallNumbersAreNotPublished: a count of what people did between zero and
// the step is nowhere in what is published, and no difference of two published
// counts gives it; what institutions and the service did is exact.
func TestSmallNumbersAreNotPublished(t *testing.T) {
	r := Report{Counted: now, Agreed: 3, Citizens: Citizens{Held: 1, Orders: 2, Contests: 3, Recovered: 4}}
	for _, n := range []int64{0, 1, 4, 5, 12, 103} {
		r.Days = append(r.Days, Day{Date: now.AddDate(0, 0, len(r.Days)), SignIns: n, Above: n})
	}
	r.Institutions = []Institution{{ID: "i", Released: 4, Above: 3}, {ID: "j", Released: 121}}
	f := published(r, 5, func(t time.Time) time.Time { return t })
	raw, err := json.Marshal(f)
	if err != nil {
		t.Fatal(err)
	}
	sum, want := int64(0), []string{"0", "null", "null", "5", "10", "100"}
	for i, d := range f.Days {
		got := "null"
		if d.SignIns != nil {
			b, _ := json.Marshal(*d.SignIns)
			got, sum = string(b), sum+*d.SignIns
		}
		if got != want[i] || d.Above != r.Days[i].SignIns {
			t.Errorf("day %d: %s, want %s; %d above", i, got, want[i], d.Above)
		}
	}
	if *f.SignIns != 125 || *f.SignIns%5 != 0 || f.Agreements != nil || f.Institutions[0].SignIns != nil || *f.Institutions[1].SignIns != 120 {
		t.Errorf("%s", raw)
	}
	if f.Delays["held"] != 1 || f.Contests["opened"] != 3 || f.Recoveries != 4 || f.Above != 3 || f.Institutions[0].Above != 3 {
		t.Errorf("what the service did is rounded: %s", raw)
	}
}

func TestLateness(t *testing.T) {
	for name, c := range map[string]struct {
		Contest
		late bool
	}{
		"waits":         {Contest{Due: now.Add(time.Hour)}, false},
		"overdue":       {Contest{Due: now.Add(-time.Hour)}, true},
		"in time":       {Contest{Due: now.Add(-time.Hour), Answered: now.Add(-2 * time.Hour)}, false},
		"answered late": {Contest{Due: now.Add(-2 * time.Hour), Answered: now.Add(-time.Hour)}, true},
	} {
		if c.Late(now) != c.late {
			t.Errorf("%s: %v", name, c.Late(now))
		}
	}
}
