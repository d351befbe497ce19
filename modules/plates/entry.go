package plates

import (
	"time"

	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/modules/index"
)

// Record kinds.
const (
	KindEntry  = "watch-entry"
	KindHit    = "plate-hit"
	KindCamera = "plate-camera"
	KindSample = "plate-sample"
)

// List is why a plate is looked for.
type List string

// The lists.
const (
	Stolen  List = "stolen"  // the vehicle was stolen
	Wanted  List = "wanted"  // of a person under a national warrant
	Missing List = "missing" // a child is missing, and the vehicle may hold it
)

// Lists gives them in the order in which they are offered.
func Lists() []List { return []List{Stolen, Wanted, Missing} }

// rule is the pack's rule of how long an entry of the list may stand.
func (l List) rule() string { return "plate-entry-" + string(l) }

// EntryState is how a watch entry stands, its end left aside.
type EntryState string

// The states of an entry.
const (
	Active    EntryState = "active"
	Suspended EntryState = "suspended" // contested, and not decided yet
	Cancelled EntryState = "cancelled"
)

// EntryStates gives them in the order in which they are offered.
func EntryStates() []EntryState { return []EntryState{Active, Suspended, Cancelled} }

// Entry is a plate that is looked for.
type Entry struct {
	ID        ident.ID
	Version   int64
	List      List
	Country   string // "" is Moroccan
	Plate     string // as a line; "" once erased
	Make      string
	Model     string
	Colour    string // code of index.Colours, "" unknown
	Reason    string
	Authority string // who ordered it, by office, with the number of the order
	Area      string // code of an area of the pack, "" everywhere
	From      time.Time
	Until     time.Time
	State     EntryState
	Unit      ident.ID
	By        ident.ID
	Case      ident.ID // "" for none
	Listed    time.Time
	Ended     time.Time // when it was cancelled
	EndedBy   ident.ID
	EndedWhy  string
	Reached   time.Time // when every matcher had dropped it, zero: not yet
	LapsedOn  string    // the last day a lapsed plate was seen, "" never
}

// Ref points at the entry.
func (e Entry) Ref() ident.Ref { return ident.Ref{Kind: KindEntry, ID: e.ID} }

// Number gives the plate in its parts.
func (e Entry) Number() index.Plate { return plateOf(e.Country, e.Plate) }

// Standing says how an entry stands at a moment, with its window: "active",
// "ahead", "lapsed", "suspended" or "cancelled".
func (e Entry) Standing(at time.Time) string {
	switch {
	case e.State != Active:
		return string(e.State)
	case at.Before(e.From):
		return "ahead"
	case !at.Before(e.Until):
		return "lapsed"
	}
	return string(Active)
}

// Standings lists what Standing can say.
func Standings() []string { return []string{"active", "ahead", "lapsed", "suspended", "cancelled"} }

// Contest is somebody's claim that an entry is wrong.
type Contest struct {
	ID       ident.ID
	Entry    ident.ID
	Person   string // who says so
	Contact  string
	Grounds  string
	Hit      ident.ID // the hit whose outcome raised it, "" for a person's own
	By       ident.ID // who received it
	At       time.Time
	State    string // "open", "upheld", "dismissed", "settled" (the entry was cancelled)
	Decided  time.Time
	Decider  ident.ID
	Decision string
}

// ContestStates lists how a contest may stand.
func ContestStates() []string { return append([]string{"open", "settled"}, contestAnswers()...) }

// contestAnswers lists what may be decided.
func contestAnswers() []string { return []string{"upheld", "dismissed"} }
