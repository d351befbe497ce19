package ui

import (
	"strconv"
	"time"

	"github.com/amana-platform/amana/kernel/text"
)

// Comparison sets two records side by side: a duplicate proposal, a match. It
// shows the probability of each outcome, that of neither included; a named
// person decides.
type Comparison struct {
	Left, Right Link
	Lines       []Pair
	Same        float64 // probability that both are one, 0 to 1
	Neither     float64 // probability that the question does not apply, 0 to 1
	Method      string  // what proposed it, with its version
	Decide      []Act
}

// Pair is one field of both records.
type Pair struct {
	Label       string
	Left, Right string
	Same        bool // by the rules of the method, not by spelling
}

// verdict names how a pair compares, for the class and for the words.
func (p Pair) verdict() string {
	switch {
	case p.Left == "" || p.Right == "":
		return "missing"
	case p.Same:
		return "same"
	}
	return "differs"
}

// Cell is one place of a whiteboard: a clock that nobody can edit.
type Cell struct {
	Title  string // initials only, on a wall
	Place  string // cell, room
	Href   string
	Since  time.Time
	Limit  time.Duration // from the pack's rules
	Warn   time.Duration // how long before the limit it turns to waiting
	Paused bool          // ended: the clock stands
	Until  time.Time     // when it ended, if Paused
	Notes  []string
}

// elapsed is the time that counts, up to now or to the end.
func (c Cell) elapsed(now time.Time) time.Duration {
	if c.Paused {
		return c.Until.Sub(c.Since)
	}
	return now.Sub(c.Since)
}

// status is good, then waiting Warn before the limit, then urgent beyond it.
func (c Cell) status(now time.Time) Status {
	switch d := c.elapsed(now); {
	case d > c.Limit:
		return Alert
	case d > c.Limit-c.Warn:
		return Wait
	}
	return Good
}

// says gives the words of the status.
func (c Cell) says(w *text.Words, now time.Time) string {
	key := map[Status]string{Good: "custody.ok", Wait: "custody.soon", Alert: "custody.over"}[c.status(now)]
	return w.T(key)
}

// clock shows whole hours and minutes, the hours never turned into days.
func (c Cell) clock(now time.Time) string {
	d := max(c.elapsed(now), 0)
	minutes := strconv.Itoa(int(d.Minutes()) % 60)
	if len(minutes) == 1 {
		minutes = "0" + minutes
	}
	return strconv.Itoa(int(d.Hours())) + ":" + minutes
}

// share is the elapsed part of the limit, in hundredths, at most 100.
func (c Cell) share(now time.Time) string {
	if c.Limit <= 0 {
		return "0"
	}
	return strconv.Itoa(int(min(max(c.elapsed(now)*100/c.Limit, 0), 100)))
}
