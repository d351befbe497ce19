package enquiry

import (
	"time"

	"github.com/amana-platform/amana/kernel/ident"
)

// MeasureState says how far a measure has come.
type MeasureState string

// The states of a measure.
const (
	Asked   MeasureState = "asked"   // before the authority
	Ordered MeasureState = "ordered" // in force during its window
	Refused MeasureState = "refused"
	Done    MeasureState = "done"
	Stopped MeasureState = "stopped" // before its end, by the authority or the unit
	Lapsed  MeasureState = "lapsed"  // its window ended

	Withdrawn MeasureState = "withdrawn" // by the unit, before the authority answered
)

// Measure is an act of investigation with the authority it rests on.
type Measure struct {
	ID          ident.ID
	Case        ident.ID
	Kind        string // code of a packs.Measure
	State       MeasureState
	Office      ident.ID // asked for the authorisation; "" where an officer orders it
	Authority   string   // code of a packs.Capacity
	Through     ident.ID // the prosecution office that put it before a court; "" for none
	Requisition string   // number of the prosecution's written request to the court
	AskedBy     ident.ID
	Asked       time.Time
	Magistrate  ident.ID // who ordered it
	Number      string   // of the order
	Basis       string   // article reference
	From        time.Time
	Until       time.Time
	Decided     time.Time
	Ended       time.Time
	Values      map[string]string // the pack's fields, and "result"
}

// InForce reports whether the measure may be carried out at a time: ordered,
// and inside its window. The window stops it by itself. Law: CPP 24
func (m Measure) InForce(at time.Time) bool {
	return m.State == Ordered && !at.Before(m.From) && at.Before(m.Until)
}

// Now gives the state at a time: an order whose window has ended has lapsed,
// whether or not that has been written down yet.
func (m Measure) Now(at time.Time) MeasureState {
	if m.State == Ordered && !at.Before(m.Until) {
		return Lapsed
	}
	return m.State
}
