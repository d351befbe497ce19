package app

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/amana-platform/amana/kernel/clock"
)

// TestAnAlarmIsRaisedOnce and stands since then, however often it is seen; its
// reason goes to the log and nowhere else.
func TestAnAlarmIsRaisedOnce(t *testing.T) {
	var log strings.Builder
	now := clock.At(noon)
	a := NewAlarms(now, slog.New(slog.NewTextHandler(&log, nil)))
	ctx := t.Context()
	a.Clear(ctx, "alarms.log-lags", "")
	for range 3 {
		a.Set(ctx, "alarms.witness-silent", "b", errors.New("the reason"))
		now.Advance(time.Minute)
	}
	a.Set(ctx, "alarms.witness-silent", "a", errors.New("another reason"))
	a.Set(ctx, "alarms.count-late", "", errors.New("late"))
	want := []Alarm{{"alarms.witness-silent", "b", noon}, {"alarms.count-late", "", noon.Add(3 * time.Minute)}, {"alarms.witness-silent", "a", noon.Add(3 * time.Minute)}}
	if diff := cmp.Diff(want, a.List()); diff != "" {
		t.Error(diff)
	}
	if strings.Count(log.String(), "level=ERROR") != 3 || strings.Count(log.String(), "the reason") != 1 {
		t.Errorf("the log says %s", log.String())
	}
	now.Advance(time.Hour)
	for range 2 {
		a.Set(ctx, "alarms.witness-silent", "b", nil)
	}
	if len(a.List()) != 2 || strings.Count(log.String(), "alarm ended") != 1 || !strings.Contains(log.String(), "after=1h3m0s") {
		t.Errorf("%v, the log says %s", a.List(), log.String())
	}
	a.Set(ctx, "alarms.witness-silent", "b", errors.New("again"))
	if last := a.List()[2]; last.About != "b" || !last.Since.Equal(now.Now()) {
		t.Errorf("an alarm that came back stands since %v", last.Since)
	}
}

// TestAlarmsAreWhatWasSeenLast, whatever the order in which it was seen.
func TestAlarmsAreWhatWasSeenLast(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		now := clock.At(noon)
		a, stands := NewAlarms(now, slog.New(slog.DiscardHandler)), map[[2]string]time.Time{}
		for range rapid.IntRange(0, 40).Draw(r, "steps") {
			now.Advance(time.Second)
			key := [2]string{rapid.SampledFrom([]string{"x", "y"}).Draw(r, "key"), rapid.SampledFrom([]string{"", "z"}).Draw(r, "about")}
			if rapid.Bool().Draw(r, "seen") {
				a.Set(context.Background(), key[0], key[1], errors.New("x"))
				if _, ok := stands[key]; !ok {
					stands[key] = now.Now()
				}
			} else {
				a.Set(context.Background(), key[0], key[1], nil)
				delete(stands, key)
			}
		}
		got := a.List()
		if len(got) != len(stands) {
			r.Fatalf("%v stand, want %v", got, stands)
		}
		for i, x := range got {
			if !x.Since.Equal(stands[[2]string{x.Key, x.About}]) || i > 0 && x.Since.Before(got[i-1].Since) {
				r.Fatalf("%v", got)
			}
		}
	})
}

// TestAWindowIsOverAMomentAfterItsEnd, counted from the latest of what was seen.
func TestAWindowIsOverAMomentAfterItsEnd(t *testing.T) {
	for _, c := range []struct {
		times []time.Time
		over  bool
	}{
		{[]time.Time{noon}, false}, {[]time.Time{noon.Add(-time.Hour)}, false}, {[]time.Time{noon.Add(-time.Hour - time.Microsecond)}, true},
		{[]time.Time{noon.Add(-9 * time.Hour), noon.Add(-time.Minute)}, false}, {[]time.Time{{}, noon}, false}, {[]time.Time{{}}, true}, {nil, true}, {[]time.Time{noon.Add(time.Hour)}, false},
	} {
		if err := older(noon, time.Hour, c.times...); (err != nil) != c.over {
			t.Errorf("%v: %v", c.times, err)
		}
	}
}
