package exhibits

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/amana-platform/amana/kernel/blobs"
	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
)

// Record kinds: an exhibit, and the exhibits of one case as a list (its id is
// the case's).
const (
	KindExhibit = "exhibit"
	KindList    = "exhibit-list"
	kindCase    = "case"
)

func exhibitRef(id ident.ID) ident.Ref { return ident.Ref{Kind: KindExhibit, ID: id} }
func caseRef(id ident.ID) ident.Ref    { return ident.Ref{Kind: kindCase, ID: id} }

// Category says what sort of thing it is; it decides where it may be kept.
type Category string

// The categories.
const (
	Cash     Category = "cash"
	Vehicle  Category = "vehicle"
	Drugs    Category = "drugs"
	Weapon   Category = "weapon"
	Device   Category = "device"
	Document Category = "document"
	Other    Category = "thing"
)

// Categories lists them in the order in which they are shown.
func Categories() []Category {
	return []Category{Cash, Vehicle, Drugs, Weapon, Device, Document, Other}
}

// Places lists where things of a category are kept. Vehicles go to the pound
// and nothing else does; money and drugs lie under two keys.
func (c Category) Places() []string {
	switch c {
	case Cash:
		return []string{"safe"}
	case Vehicle:
		return []string{"pound"}
	case Drugs:
		return []string{"strongroom"}
	case Weapon:
		return []string{"armoury"}
	case Device, Document:
		return []string{"evidence-room", "safe"}
	case Other:
		return []string{"evidence-room", "cold-room", "safe"}
	}
	return nil
}

// Measures lists the units of a quantity: pieces, weights, volumes, dirhams.
func Measures() []string {
	return []string{"piece", "gram", "kilogram", "litre", "millilitre", "dirham"}
}

// State is how an exhibit stands.
type State string

// The states.
const (
	Seized     State = "seized"
	Closed     State = "sealed"
	Stored     State = "stored"
	Transit    State = "transit"
	Laboratory State = "laboratory"
	Opened     State = "opened"
	Returned   State = "returned"
	Destroyed  State = "destroyed"
	Deposited  State = "deposited"
)

// States lists them in the order of an exhibit's life.
func States() []State {
	return []State{Seized, Closed, Stored, Transit, Laboratory, Opened, Returned, Destroyed, Deposited}
}

// Final reports whether the exhibit has left the hands of the police.
func (s State) Final() bool { return s == Returned || s == Destroyed || s == Deposited }

// Act is what can be done to an exhibit.
type Act string

// The acts.
const (
	ActSeal    Act = "seal"
	ActOffer   Act = "offer"
	ActStore   Act = "store"
	ActBreak   Act = "break"
	ActReseal  Act = "reseal"
	ActCorrect Act = "correct"
	ActPicture Act = "photograph"
)

// Acts lists them.
func Acts() []Act {
	return []Act{ActSeal, ActOffer, ActStore, ActBreak, ActReseal, ActCorrect, ActPicture}
}

// allowed says in which states an act may be done. An opened exhibit is sealed
// again before it goes anywhere. Law: CPP 59; CPP 104
var allowed = map[Act][]State{
	ActSeal:    {Seized},
	ActOffer:   {Seized, Closed, Stored, Transit, Laboratory},
	ActStore:   {Seized, Closed, Stored, Transit},
	ActBreak:   {Closed, Stored, Laboratory},
	ActReseal:  {Opened},
	ActCorrect: {Seized, Closed, Stored, Transit, Laboratory, Opened},
	ActPicture: {Seized, Closed, Stored, Transit, Laboratory, Opened},
}

// May reports whether an act fits the state.
func (s State) May(a Act) bool { return slices.Contains(allowed[a], s) }

// Destination says what a handover is for.
type Destination string

// The destinations. The last three end the exhibit: they need an order, and
// the receiver is the second officer who confirms it was done.
const (
	ToKeeper      Destination = "keeper"
	ToCarrier     Destination = "carrier"
	ToLaboratory  Destination = "laboratory"
	ToOwner       Destination = "owner"
	ToDestruction Destination = "destruction"
	ToRegistry    Destination = "registry"
)

// Destinations lists them.
func Destinations() []Destination {
	return []Destination{ToKeeper, ToCarrier, ToLaboratory, ToRegistry, ToOwner, ToDestruction}
}

// Ends reports whether the exhibit leaves the police by it.
func (d Destination) Ends() bool { return d == ToOwner || d == ToDestruction || d == ToRegistry }

// after gives the state of an exhibit that arrived, sealed or not.
func (d Destination) after(sealed bool) State {
	switch d {
	case ToCarrier:
		return Transit
	case ToLaboratory:
		return Laboratory
	case ToOwner:
		return Returned
	case ToDestruction:
		return Destroyed
	case ToRegistry:
		return Deposited
	}
	if sealed {
		return Closed
	}
	return Seized
}

// Presence says before whom a seal was opened.
type Presence string

// The presences. Law: CPP 104
const (
	BeforePerson  Presence = "person"
	BeforeCounsel Presence = "counsel"
	InAbsence     Presence = "absent" // recorded, with the reason
)

// Presences lists them.
func Presences() []Presence { return []Presence{BeforePerson, BeforeCounsel, InAbsence} }

// Exhibit is a seized or found thing as it stands. Text fields are empty once
// erased. Milli is the quantity in thousandths of Measure, 0 where not counted.
type Exhibit struct {
	ID          ident.ID
	Entry       ident.ID // of its seizure
	Case        ident.ID
	PV          ident.ID // the seizure report, "" where seized by hand
	Item        int64    // number within the case, from 1
	Line        int64    // of the report, from 1; 0 for none
	Unit        ident.ID // that seized it and answers for it
	Number      string
	Category    Category
	Milli       int64
	Measure     string
	Description string
	From        ident.ID // the person it was taken from, "" if found
	Place       string   // where it was seized
	Witnesses   string
	SeizedAt    time.Time
	Written     time.Time
	SeizedBy    ident.ID
	State       State
	Seal        string   // "" while no seal is closed
	SealEntry   ident.ID // the entry that closed it
	Holder      ident.ID
	HeldUnit    ident.ID
	Kept        string // code of Category.Places, "" while carried
	Shelf       string
	Condition   string
	Pending     ident.ID // the handover that waits, "" for none
	Receiver    ident.ID // of that handover
	Version     int64
}

// Ref points at the exhibit.
func (x Exhibit) Ref() ident.Ref { return exhibitRef(x.ID) }

// Link is one step of the chain of custody.
type Link struct {
	N         int64
	Kind      string // of the entry
	State     State
	Holder    ident.ID
	HeldUnit  ident.ID
	Seal      string
	Kept      string
	Condition string
	Happened  time.Time
	Written   time.Time
	Writer    ident.ID
	Entry     ident.ID
	Absent    ident.ID // the holder from whom it was taken over, "" where both were there
	Absence   Absence  // why they could not hand it over
	Reason    string   // of taking it over
}

// Seal is one line of the ledger of seals.
type Seal struct {
	Number    string
	Exhibit   ident.ID
	Unit      ident.ID // whose series it is of
	ClosedAt  time.Time
	ClosedBy  ident.ID
	Witnesses string
	OpenedAt  time.Time // zero while it is closed
	OpenedBy  ident.ID
	Presence  Presence
	Present   string // who stood there
	Reason    string // why it was opened
}

// Order is what an authority ordered: who, under which number, on which day
// ("2026-11-22").
type Order struct {
	Authority string
	Number    string
	Day       string
}

// Handover is a thing offered by one officer to another.
type Handover struct {
	ID          ident.ID
	Exhibit     ident.ID
	Giver       ident.ID
	Receiver    ident.ID
	Destination Destination
	State       string // "pending", "accepted", "refused", "withdrawn", "lapsed" (the giver was gone)
	Order       Order
	Remark      string
	Reason      string // of a refusal
	OfferedAt   time.Time
	AnsweredAt  time.Time
}

// Photograph is a stored picture of an exhibit.
type Photograph struct {
	blobs.Info
	Step    int64
	Written time.Time
}

// mostMilli bounds a quantity: a thousand million units.
const mostMilli = 1_000_000_000_000

// ParseQuantity reads a quantity with at most three decimals, written with a
// comma or a point, in thousandths; "" is 0, not counted. Fault: Invalid
// form.unreadable.
func ParseQuantity(s string) (int64, error) {
	s = strings.TrimSpace(strings.Replace(s, ",", ".", 1))
	if s == "" {
		return 0, nil
	}
	whole, part, dotted := strings.Cut(s, ".")
	if !digits(whole) || dotted && !digits(part) || len(part) > 3 || len(whole) > 10 {
		return 0, fault.New(fault.Invalid, "form.unreadable")
	}
	n, err := strconv.ParseInt(whole+(part + "000")[:3], 10, 64)
	if err != nil || n > mostMilli {
		return 0, fault.New(fault.Invalid, "form.unreadable")
	}
	return n, nil
}

func digits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}

// FormatQuantity writes thousandths as ParseQuantity reads them, without
// trailing zeros; 0 is "".
func FormatQuantity(milli int64) string {
	if milli == 0 {
		return ""
	}
	out := strconv.FormatInt(milli/1000, 10)
	if part := milli % 1000; part != 0 {
		out += "." + strings.TrimRight(strconv.FormatInt(1000+part, 10)[1:], "0")
	}
	return out
}
