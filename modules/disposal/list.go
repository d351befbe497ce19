package disposal

import (
	"slices"
	"time"

	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/packs"
	"github.com/amana-platform/amana/kernel/policy"
)

// KindList is the kind of record that references name.
const KindList = "disposal"

// State is where a list stands.
type State string

// The states of a list, in their order.
const (
	Drawn    State = "drawn"    // before the authority
	Decided  State = "decided"  // what ends is being erased, or waits for the archives
	Finished State = "finished" // nothing is left to do
)

// Outcome is what became of a record on a list.
type Outcome string

// The outcomes of a record.
const (
	Waiting Outcome = ""       // not decided, or not yet carried out
	Kept    Outcome = "kept"   // until a day, by the decision
	Erased  Outcome = "erased" // its keys are gone
	Empty   Outcome = "empty"  // nothing was left of it
	Held    Outcome = "held"   // under legal hold: it stays
	Needed  Outcome = "needed" // a record speaks of it again: it stays
)

// toArchive is what the pack says of records that the archives receive first.
const toArchive = "archive"

// List is what a unit puts before the authority.
type List struct {
	ID          ident.ID
	Class       string // of the pack
	Action      string // "dispose", "archive", "review": the row's when it was drawn
	Approver    string // capacity
	Unit        ident.ID
	Office      ident.ID // where the approver sits
	By          ident.ID
	Drawn       time.Time
	State       State
	DecidedBy   ident.ID
	Decided     time.Time
	Reason      string // of what is kept; "" once forgotten
	Received    string // reference of the archives
	Transferred time.Time
	Items       []Item
}

// Item is a record on a list.
type Item struct {
	Ref     ident.Ref
	Since   time.Time // its term began
	Until   time.Time // kept until, by the decision
	Outcome Outcome
	Ended   time.Time
}

// Resource is the list as the policy knows it.
func (l List) Resource() policy.Resource {
	return policy.Resource{Ref: l.ref(), Unit: l.Unit, Attrs: map[string]any{"office": policy.UnitID(l.Office), "approver": l.Approver, "by": string(l.By)}}
}

func (l List) ref() ident.Ref { return ident.Ref{Kind: KindList, ID: l.ID} }

// awaitsArchives reports whether somebody has still to note that the archives
// received what ends.
func (l List) awaitsArchives() bool {
	return l.State == Decided && l.Action == toArchive && l.Transferred.IsZero() && l.ending() > 0
}

// ending counts the records that end and have not been ended.
func (l List) ending() (n int) {
	for _, i := range l.Items {
		if i.Outcome == Waiting {
			n++
		}
	}
	return n
}

// has reports whether a record stands on the list.
func (l List) has(ref ident.Ref) bool {
	return slices.ContainsFunc(l.Items, func(i Item) bool { return i.Ref == ref })
}

// Row is a row of the schedule, and how many records of a unit are due by it.
type Row struct {
	packs.Retention
	Due int // at most listMost are counted
}

// byAuthority reports whether somebody must decide before records of the row end.
func (r Row) byAuthority() bool { return r.Approver != "schedule" }
