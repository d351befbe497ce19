// Package clock gives the time, so that tests and seeded data can fix it.
// All times in the program are UTC with microseconds, the precision that
// both database engines keep.
package clock

import (
	"sync"
	"time"
)

// Clock tells the time in UTC, truncated to microseconds.
type Clock interface{ Now() time.Time }

// System is the machine's clock.
type System struct{}

// Now reads the machine's clock.
func (System) Now() time.Time { return Micro(time.Now()) }

// Micro brings a time to the form everything stores: UTC, whole microseconds.
func Micro(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }

// Fixed is a clock that stands still until it is moved. It is safe for
// concurrent use.
type Fixed struct {
	mu  sync.Mutex
	now time.Time
}

// At makes a clock that shows t.
func At(t time.Time) *Fixed { return &Fixed{now: Micro(t)} }

// Now gives the time the clock was set to.
func (f *Fixed) Now() time.Time {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.now
}

// Advance moves the clock by d.
func (f *Fixed) Advance(d time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.now = Micro(f.now.Add(d))
}

// Set moves the clock to t.
func (f *Fixed) Set(t time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.now = Micro(t)
}

// Staged is a clock that a seeded history moves by hand and that then runs on
// by itself from where it was left. It is safe for concurrent use.
type Staged struct {
	mu      sync.Mutex
	at      time.Time
	started time.Time // zero while it is moved by hand
}

// NewStaged makes a clock that stands at t until it is moved or run.
func NewStaged(t time.Time) *Staged { return &Staged{at: Micro(t)} }

// Now gives the staged time.
func (s *Staged) Now() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.started.IsZero() {
		return s.at
	}
	return Micro(s.at.Add(time.Since(s.started)))
}

// Set moves the clock to t and stops it there.
func (s *Staged) Set(t time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.at, s.started = Micro(t), time.Time{}
}

// Run lets the clock run from t on.
func (s *Staged) Run(t time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.at, s.started = Micro(t), time.Now()
}
