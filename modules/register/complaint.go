package register

import (
	"time"

	"github.com/amana-platform/amana/kernel/blobs"
	"github.com/amana-platform/amana/kernel/ident"
)

// Record kinds of this module, as references name them.
const (
	KindComplaint = "complaint"
	KindTransfer  = "complaint-transfer"
	KindLine      = "log-line"
	KindHandover  = "handover"
	KindCustody   = "custody"
	KindList      = "custody-list"
)

// Origin is how the service came to know.
type Origin string

// The origins of a complaint.
const (
	ByComplaint   Origin = "complaint"   // the victim complains
	ByReport      Origin = "report"      // a third party reports
	Anonymously   Origin = "anonymous"   // somebody who is not named reports
	ByPolice      Origin = "police"      // found by an officer
	ByInstruction Origin = "instruction" // on the prosecution's instruction
	ByTransfer    Origin = "transfer"    // sent by another service
)

// Origins lists them in the order in which they are shown.
func Origins() []Origin {
	return []Origin{ByComplaint, ByReport, Anonymously, ByPolice, ByInstruction, ByTransfer}
}

// State is where a complaint stands.
type State string

// The states of a complaint.
const (
	Verifying State = "verification" // an anonymous report before its check
	Recorded  State = "recorded"
	Moving    State = "moving"  // offered to another unit
	Proposed  State = "closing" // closing proposed, a second person decides
	Referred  State = "referred"
	Closed    State = "closed"
)

// Role is what a party is to a complaint.
type Role string

// The roles of parties.
const (
	Complainant Role = "complainant"
	Accused     Role = "accused"
	Witness     Role = "witness"
	Victim      Role = "victim"
)

// Party is a person in a complaint; Person is "" for one who is not known (X).
type Party struct {
	Role   Role
	Person ident.ID
}

// Thing is something stolen, lost or damaged. Value is in whole units of the
// pack's currency. Description and Serial are empty after erasure.
type Thing struct {
	Kind        string
	Description string
	Value       int64
	Serial      string
}

// ThingKinds lists the sorts of things a complaint may name.
func ThingKinds() []string {
	return []string{"cash", "phone", "computer", "jewellery", "document", "vehicle", "clothing", "tool", "animal", "misc"}
}

// Complaint is a complaint or report as the register holds it. Place, Facts
// and Reason are empty after erasure.
type Complaint struct {
	ID         ident.ID
	Received   ident.ID // unit that took it; its number is of this unit's series
	Unit       ident.ID // unit that answers for it now
	FactsUnit  ident.ID // unit where it happened
	Competent  ident.ID // unit competent for it
	Series     string
	N          int64
	Number     string
	Origin     Origin
	State      State
	ReceivedAt time.Time
	Written    time.Time
	Writer     ident.ID
	FactsOn    string // a text.PartialDate
	FactsClock string // "14:05", "" if not known
	Place      string
	Facts      string
	Due        time.Time // the complainant is told the outcome by then
	Told       time.Time // when they were, zero if not yet
	Outcome    string
	Case       ident.ID
	CaseNumber string
	Proposer   ident.ID // who proposed to close it
	Reason     string
	Authorised string // number of the authorisation after verification
	Transfer   ident.ID
	Version    int64
	Entry      ident.ID // of the journal, that recorded it

	Parties  []Party
	Offences []string // codes of the pack
	Things   []Thing
	Files    []File
	Fixes    []Correction
}

// File is an attachment: what blobs.Store needs to find it. Name is personal.
type File struct {
	Info    blobs.Info
	Written time.Time
}

// Correction stands beside what it corrects.
type Correction struct {
	ID      ident.ID
	Field   string
	Words   string
	Writer  ident.ID
	Written time.Time
}

// CorrectFields lists the parts of a complaint that a correction may be about.
func CorrectFields() []string {
	return []string{"facts", "facts_on", "place", "offence", "things", "parties", "rest"}
}

// Persons lists the known persons in a role.
func (c Complaint) Persons(role Role) []ident.ID {
	var out []ident.ID
	for _, p := range c.Parties {
		if p.Role == role && p.Person != "" {
			out = append(out, p.Person)
		}
	}
	return out
}

// Transfer is a complaint offered to another unit.
type Transfer struct {
	ID        ident.ID
	Complaint ident.ID
	Sender    ident.ID
	Receiver  ident.ID
	State     string // "offered", "accepted", "rejected"
	Words     string
	Answer    string
	Written   time.Time
}

// Outcomes lists what a complainant may be told.
func Outcomes() []string {
	return []string{"referred", "transferred", "closed", "pending"}
}

func ref(kind string, id ident.ID) ident.Ref { return ident.Ref{Kind: kind, ID: id} }

func personRef(id ident.ID) ident.Ref { return ref("person", id) }
func caseRef(id ident.ID) ident.Ref   { return ref("case", id) }
func unitRef(id ident.ID) ident.Ref   { return ref("unit", id) }
