package ui

import (
	"time"

	"github.com/a-h/templ"
)

// Record is the page of a record, the same for every module: title line with
// number and state, the next permitted acts, facts, timeline, panels.
type Record struct {
	Kind     string // "Complaint", "Case"
	Number   string
	Title    string // what it is about, in a few words
	State    State
	Crumbs   []Link
	Acts     []Act
	Facts    []Fact
	Timeline []Event
	More     string // address of the whole timeline, when Timeline is cut
	Aside    []Aside
	PDF      string
}

// Act is something that may be done next. A Post act is a button of a form of
// its own; others are links to a page that asks what is needed. A withheld act
// says Why, and PathAsk offers to ask for it under its Name.
type Act struct {
	Name     string // "cases.measure.order"
	Label    string
	Href     string
	Key      string
	Primary  bool
	Post     bool
	Withheld string
}

// Event is one line of a timeline, one entry of the journal, with two times.
type Event struct {
	Happened time.Time
	Written  time.Time
	Title    string
	Who      string
	Detail   templ.Component
	Read     bool // an access, not a change
	Proof    Proof
	Href     string // of the proof
}

// Proof tells how far an entry's proof has come.
type Proof string

// The states of a proof: in the signed log, waiting for it, contradicted.
const (
	NoProof Proof = ""
	Proven  Proof = "proven"
	Pending Proof = "pending"
	Broken  Proof = "broken"
)

// status gives the proof's colour and shape.
func (p Proof) status() Status {
	switch p {
	case Proven:
		return Good
	case Pending:
		return Wait
	default:
		return Alert
	}
}

// Aside is a panel that another module shows on this record's page.
type Aside struct {
	Title string
	Body  templ.Component
	Href  string // of the whole; empty: none
}

// hotkey gives the attributes that let a key press follow a link or a button.
func hotkey(key string) templ.Attributes {
	if key == "" {
		return nil
	}
	return templ.Attributes{"data-hotkey": key, "aria-keyshortcuts": key}
}

// follow makes the timeline of a live page fetch itself anew, with the title
// line and the acts, when the journal says that something was written.
func follow(v View) templ.Attributes {
	if v.Live == "" {
		return nil
	}
	return templ.Attributes{
		"hx-get": v.Path, "hx-trigger": "sse:entry delay:300ms", "hx-select": "#timeline", "hx-select-oob": "#record-head", "hx-swap": "outerHTML",
	}
}
