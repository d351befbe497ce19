package ui

import (
	"time"

	"github.com/a-h/templ"

	"github.com/amana-platform/amana/kernel/text"
)

// Status says how a state stands; each has its own colour and its own shape,
// and is never shown without its word.
type Status string

// The five statuses: a ring, a tick, a diamond, a triangle, a square.
const (
	Neutral Status = "neutral" // information: open, draft, closed
	Good    Status = "good"    // in order, done, proven
	Wait    Status = "wait"    // somebody must act, in time
	Alert   Status = "alert"   // urgent, overdue, contradictory
	Stop    Status = "stop"    // refused, suspended, ended
)

// State is a state of a record in words, with the status it stands for.
type State struct {
	Status Status
	Label  string
}

// PlateNumber is a Moroccan plate in its three parts: serial, letter, code.
// They are never concatenated: 6|A|1 and 61|A would collide.
type PlateNumber struct{ Serial, Letter, Code string }

// Fact is one line of a list of facts. Value wins over Text; Text is shown in
// its own direction; Law is the article the fact answers to.
type Fact struct {
	Label string
	Text  string
	Value templ.Component
	Law   string
}

// body gives the fact's value as a component.
func (f Fact) body() templ.Component {
	if f.Value != nil {
		return f.Value
	}
	return value(f.Text)
}

// stamp is a time as the time element's machine form.
func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// delay says how long after the event it was written; below a minute the
// two are one.
func delay(w *text.Words, e Event) string {
	d := e.Written.Sub(e.Happened)
	if d < time.Minute {
		return w.T("timeline.same-time")
	}
	return w.T("timeline.later", "after", d)
}
