package plates

import (
	"time"

	"github.com/amana-platform/amana/kernel/blobs"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/modules/index"
)

// HitState is how a hit stands.
type HitState string

// The states of a hit.
const (
	Proposed  HitState = "proposed"
	Confirmed HitState = "confirmed"
	Rejected  HitState = "rejected"
	Tasked    HitState = "tasked"
	Closed    HitState = "closed"
)

// HitStates gives them in their order.
func HitStates() []HitState { return []HitState{Proposed, Confirmed, Tasked, Closed, Rejected} }

// HitAct is something done with a hit.
type HitAct string

// The acts.
const (
	ActConfirm HitAct = "confirm"
	ActReject  HitAct = "reject"
	ActTask    HitAct = "task"
	ActClose   HitAct = "close"
)

// HitActs gives them in their order.
func HitActs() []HitAct { return []HitAct{ActConfirm, ActReject, ActTask, ActClose} }

// after says where an act leads from a state; "" where it may not be done.
func (s HitState) after(a HitAct) HitState {
	switch {
	case s == Proposed && a == ActConfirm:
		return Confirmed
	case s == Proposed && a == ActReject:
		return Rejected
	case s == Confirmed && a == ActTask:
		return Tasked
	case s == Tasked && a == ActClose:
		return Closed
	}
	return ""
}

// May reports whether an act is possible in a state.
func (s HitState) May(a HitAct) bool { return s.after(a) != "" }

// Ticks are what a person has compared. A hit is confirmed only with all four.
type Ticks struct {
	Image   bool // the picture shows a plate that can be read
	Plate   bool // its characters are those of the entry
	Entry   bool // the entry is in force and is the one meant
	Vehicle bool // make, model and colour agree, as far as the entry knows them
}

// All reports whether everything was compared.
func (t Ticks) All() bool { return t.Image && t.Plate && t.Entry && t.Vehicle }

// Grounds lists why a proposal may be rejected; their words are
// "plates.ground.<code>".
func Grounds() []string {
	return []string{"plate-differs", "vehicle-differs", "unreadable", "entry-ended", "no-plate", "other-country"}
}

// Outcome is what a crew reports.
type Outcome string

// The outcomes. The first two are the figures of the yearly report.
const (
	Recovered Outcome = "vehicle-recovered"
	Found     Outcome = "person-found"
	Gone      Outcome = "gone" // nobody was met
	ListWrong Outcome = "list-wrong"
	ReadWrong Outcome = "read-wrong"
)

// Outcomes gives them in the order in which they are offered.
func Outcomes() []Outcome { return []Outcome{Recovered, Found, Gone, ListWrong, ReadWrong} }

// Hit is a proposal that a read shows a listed plate, and what came of it.
type Hit struct {
	ID        ident.ID
	Version   int64
	Entry     ident.ID
	List      List
	Camera    ident.ID
	Unit      ident.ID // of the camera
	State     HitState
	Country   string
	Plate     string // as read
	At        time.Time
	Said      time.Time // the camera's own clock
	PPM       int64     // that the listed plate stands in the picture, in millionths
	Threshold int64
	Model     string
	Batch     ident.ID
	N         int64
	Proposed  time.Time
	Sightings int64
	LastSeen  time.Time
	Ticks     Ticks
	Decider   ident.ID
	Decided   time.Time
	Ground    string
	Reason    string
	Crew      string
	Tasker    ident.ID
	TaskedAt  time.Time
	Outcome   Outcome
	Note      string
	Closer    ident.ID
	ClosedAt  time.Time
	Flagged   bool     // its entry has been contested since
	Origin    ident.ID // the entry of the journal that proposed it
	Picture   *blobs.Info
}

// Ref points at the hit.
func (h Hit) Ref() ident.Ref { return ident.Ref{Kind: KindHit, ID: h.ID} }

// Number gives the plate as read, in its parts.
func (h Hit) Number() index.Plate { return plateOf(h.Country, h.Plate) }
