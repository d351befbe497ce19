package app

import (
	"cmp"
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/amana-platform/amana/kernel/clock"
)

// Alarm is something about the service that somebody must look at. It holds no
// personal datum: the health page shows its key to anybody.
type Alarm struct {
	Key   string    // of its words: "alarms.witness-silent"
	About string    // which witness, follower or lane; "" where there is one
	Since time.Time // when it was raised
}

// Alarms are those that stand in this process. Raising one again, and clearing
// one that does not stand, does nothing: whoever watches says what it sees.
type Alarms struct {
	clock clock.Clock
	log   *slog.Logger
	mu    sync.Mutex
	all   map[[2]string]Alarm
}

// NewAlarms makes an empty list.
func NewAlarms(c clock.Clock, logger *slog.Logger) *Alarms {
	return &Alarms{clock: c, log: logger, all: map[[2]string]Alarm{}}
}

// Raise puts an alarm on the list and into the log; why goes to the log only.
func (a *Alarms) Raise(ctx context.Context, key, about string, why error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if _, stands := a.all[[2]string{key, about}]; stands {
		return
	}
	a.all[[2]string{key, about}] = Alarm{key, about, a.clock.Now()}
	a.log.ErrorContext(ctx, "alarm", "alarm", key, "about", about, "err", why)
}

// Clear takes an alarm off the list.
func (a *Alarms) Clear(ctx context.Context, key, about string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	was, stands := a.all[[2]string{key, about}]
	if !stands {
		return
	}
	delete(a.all, [2]string{key, about})
	a.log.InfoContext(ctx, "alarm ended", "alarm", key, "about", about, "after", a.clock.Now().Sub(was.Since))
}

// Set raises an alarm where there is a reason, and clears it where there is none.
func (a *Alarms) Set(ctx context.Context, key, about string, why error) {
	if why != nil {
		a.Raise(ctx, key, about, why)
	} else {
		a.Clear(ctx, key, about)
	}
}

// List gives the alarms that stand, the oldest first.
func (a *Alarms) List() []Alarm {
	a.mu.Lock()
	defer a.mu.Unlock()
	out := make([]Alarm, 0, len(a.all))
	for _, x := range a.all {
		out = append(out, x)
	}
	slices.SortFunc(out, func(x, y Alarm) int {
		return cmp.Or(x.Since.Compare(y.Since), cmp.Compare(x.Key, y.Key), cmp.Compare(x.About, y.About))
	})
	return out
}
