package clock_test

import (
	"testing"
	"time"

	"github.com/amana-platform/amana/kernel/clock"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 123456789, time.FixedZone("", 3600))

func TestTimesAreUTCInMicroseconds(t *testing.T) {
	for name, got := range map[string]time.Time{"micro": clock.Micro(noon), "fixed": clock.At(noon).Now(), "staged": clock.NewStaged(noon).Now()} {
		if got.Location() != time.UTC || got.Nanosecond() != 123456000 || !got.Equal(noon.Truncate(time.Microsecond)) {
			t.Errorf("%s: %v", name, got)
		}
	}
	if now := (clock.System{}).Now(); now.Nanosecond()%1000 != 0 || now.Location() != time.UTC {
		t.Errorf("system: %v", now)
	}
}

func TestFixedMovesOnlyByHand(t *testing.T) {
	c := clock.At(noon)
	before := c.Now()
	c.Advance(time.Hour)
	if got := c.Now().Sub(before); got != time.Hour {
		t.Fatalf("moved by %v", got)
	}
	c.Set(noon)
	if !c.Now().Equal(before) {
		t.Fatal("Set moves it back")
	}
}

func TestStagedStandsThenRuns(t *testing.T) {
	c := clock.NewStaged(noon)
	c.Set(noon.Add(time.Minute))
	stood := c.Now()
	if !c.Now().Equal(stood) {
		t.Fatal("it ran before it was let run")
	}
	c.Run(noon)
	deadline := time.Now().Add(5 * time.Second)
	for c.Now().Equal(clock.Micro(noon)) {
		if time.Now().After(deadline) {
			t.Fatal("it does not run")
		}
	}
	if c.Now().Before(clock.Micro(noon)) {
		t.Fatal("it runs backwards")
	}
}
