package jobs_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/amana-platform/amana/kernel/jobs"
)

func always(context.Context) (bool, error) { return true, nil }

// until waits for a condition, or fails.
func until(t *testing.T, what string, f func() bool) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); !f(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("never: ", what)
		}
	}
}

func TestOneJobsFailureLeavesTheOthers(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	var good, bad, wild atomic.Int64
	var log bytes.Buffer
	done := make(chan struct{})
	go func() {
		defer close(done)
		jobs.Run(ctx, []jobs.Job{
			{Name: "good", Every: time.Millisecond, Do: func(context.Context) error { good.Add(1); return nil }},
			{Name: "bad", Every: time.Millisecond, Do: func(context.Context) error { bad.Add(1); return errors.New("no luck") }},
			{Name: "wild", Every: time.Millisecond, Do: func(context.Context) error { wild.Add(1); panic("boom") }},
		}, always, slog.New(slog.NewTextHandler(&log, nil)))
	}()
	until(t, "all three again", func() bool { return good.Load() > 3 && bad.Load() > 3 && wild.Load() > 3 })
	stop()
	<-done
	if s := log.String(); !strings.Contains(s, "no luck") || !strings.Contains(s, "boom") {
		t.Fatalf("not said: %s", s)
	}
}

func TestOnlyTheLeaderWorks(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var asked, done atomic.Int64
	var leads atomic.Bool
	go jobs.Run(ctx, []jobs.Job{{Name: "x", Every: time.Millisecond, Do: func(context.Context) error { done.Add(1); return nil }}},
		func(context.Context) (bool, error) { asked.Add(1); return leads.Load(), nil }, slog.New(slog.DiscardHandler))
	until(t, "asked often", func() bool { return asked.Load() > 5 })
	if done.Load() != 0 {
		t.Fatal("a follower worked")
	}
	leads.Store(true)
	until(t, "works when it leads", func() bool { return done.Load() > 0 })
}
