package enquiry

import (
	"slices"
	"time"

	"github.com/amana-platform/amana/kernel/ident"
)

// Record kinds of this module, as references name them.
const (
	KindCase     = "case"
	KindPV       = "pv"
	KindMeasure  = "measure"
	KindPiece    = "piece"
	KindTransfer = "transfer"
	KindDossier  = "dossier"
)

// State says how far a case has come.
type State string

// The states, in the order in which a case passes them.
const (
	Open         State = "open"         // being investigated
	InReview     State = "in-review"    // before a chief
	Returned     State = "returned"     // back from a chief or the prosecutor, with remarks
	Approved     State = "approved"     // may be handed over
	HandedOver   State = "handed-over"  // on its way to the prosecutor
	Acknowledged State = "acknowledged" // in the prosecutor's hands
	Closed       State = "closed"       // ended by a decision of the prosecution
)

// States lists them.
func States() []State {
	return []State{Open, InReview, Returned, Approved, HandedOver, Acknowledged, Closed}
}

// Editable reports whether the content of a case may still grow.
func (s State) Editable() bool { return s == Open || s == Returned }

// Origin says how a case came to be.
type Origin string

// The origins.
const (
	FromComplaint   Origin = "complaint"
	FromFlagrance   Origin = "flagrance"
	FromInstruction Origin = "instruction"
	FromTransfer    Origin = "transfer"
)

// Origins lists those that a person may open a case with directly.
func Origins() []Origin { return []Origin{FromFlagrance, FromInstruction, FromTransfer} }

// Role is what a person is in a case.
type Role string

// The roles.
const (
	Victim      Role = "victim"
	Complainant Role = "complainant"
	Witness     Role = "witness"
	Suspect     Role = "suspect"
	CivilParty  Role = "civil-party"
	Interpreter Role = "interpreter"
	Lawyer      Role = "lawyer"
)

// Roles lists them in the order in which they are shown.
func Roles() []Role {
	return []Role{Victim, Complainant, Witness, Suspect, CivilParty, Interpreter, Lawyer}
}

// Protected reports whether how to reach a person of the role is withheld
// from the defence.
func (r Role) Protected() bool {
	return slices.Contains([]Role{Victim, Complainant, Witness, CivilParty}, r)
}

// Part is a suspect's share in an offence. Law: CP 128; CP 129
type Part string

// The parts.
const (
	Author     Part = "author"
	CoAuthor   Part = "co-author"
	Accomplice Part = "accomplice"
)

// Parts lists them.
func Parts() []Part { return []Part{Author, CoAuthor, Accomplice} }

// Sensitivity narrows who may read a case.
type Sensitivity string

// The kinds of sensitive cases; the empty one is none.
const (
	SensitiveMinor    Sensitivity = "minor"
	SensitiveDomestic Sensitivity = "domestic-violence"
	SensitiveInternal Sensitivity = "internal-affairs"
)

// Sensitivities lists them.
func Sensitivities() []Sensitivity {
	return []Sensitivity{SensitiveMinor, SensitiveDomestic, SensitiveInternal}
}

// Case is a matter under enquiry. Facts and Place are empty after erasure.
type Case struct {
	ID              ident.ID
	Number          string
	Unit            ident.ID
	Origin          Origin
	Complaint       ident.ID // "" where it was not opened from one
	ComplaintNumber string
	Regime          string   // code of a packs.Regime
	Court           ident.ID // whose judge gave the letters under which it is enquired; "" for none
	State           State
	Stage           int64 // of the review that is under way, from 1
	Round           int64 // how often it was handed over
	Facts           string
	Place           string
	From, To        time.Time // when the facts happened; To zero for a moment
	Sensitivity     Sensitivity
	Sealed          bool
	SealOrder       string
	Outcome         string // code of a packs.Decision
	OpenedBy        ident.ID
	Opened          time.Time
	Closed          time.Time
	Version         int64
}

// Party is a person in a case.
type Party struct {
	ID      ident.ID
	Case    ident.ID
	Person  ident.ID
	Role    Role
	Address string // how to reach the person; withheld by default
	Phone   string
	Since   time.Time
	Ended   time.Time
}

// Offence is a qualification: which offence, by whom, under the law of the
// day of the facts.
type Offence struct {
	ID          ident.ID
	Case        ident.ID
	Suspect     ident.ID // person; "" while the offender is unknown
	Code        string   // of a packs.Offence
	LawAt       time.Time
	Class       string // code of a packs.Class, as the qualification has it
	Attempted   bool
	Part        Part
	Aggravating string
	By          ident.ID
	At          time.Time
}

// Link says that somebody holds a piece to show an element of an offence.
type Link struct {
	ID      ident.ID
	Offence ident.ID
	Element string // code of a packs.Element
	Kind    string // packs.Evidence
	Piece   ident.Ref
	By      ident.ID
	At      time.Time
}

// Piece is a paper or a file that is in the case and is no report.
type Piece struct {
	ID    ident.ID
	Case  ident.ID
	Kind  string // packs.Evidence: medical, expert, photo, document
	Title string
	Info  string // blobs.Info in JSON; "" where it is on paper only
	By    ident.ID
	At    time.Time
}

// Assignment gives an officer a case.
type Assignment struct {
	Officer  ident.ID
	By       ident.ID
	From, To time.Time
}

// Referral shares a case with an officer of another unit, who works on it
// beside its own; it ends when done or revoked.
type Referral struct {
	ID       ident.ID
	Officer  ident.ID
	Reason   string
	State    string // "active", "done", "revoked"
	By       ident.ID
	From, To time.Time
}

// Transfer moves a case to another unit once that unit has accepted it.
type Transfer struct {
	ID        ident.ID
	Case      ident.ID
	FromUnit  ident.ID
	ToUnit    ident.ID
	State     string // "proposed", "accepted", "rejected", "revoked"
	Reason    string
	By        ident.ID
	At        time.Time
	DecidedBy ident.ID
	Decided   time.Time
}

// Review is one stage of one review.
type Review struct {
	ID          ident.ID
	Round       int64
	Stage       int64
	SubmittedBy ident.ID
	At          time.Time
	Reviewer    ident.ID
	Outcome     string // "", "returned", "approved"
	Decided     time.Time
}

// Remark is what a reviewer says about a section of a report or of the case.
type Remark struct {
	ID         ident.ID
	Anchor     ident.Ref // the report, or the case
	Section    string    // field of the report, or part of the case
	Words      string
	By         ident.ID
	At         time.Time
	State      string // "open", "answered", "resolved"
	Answer     string
	AnsweredBy ident.ID
	Answered   time.Time
}
