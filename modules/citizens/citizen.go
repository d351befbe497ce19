package citizens

import (
	"slices"
	"strconv"
	"time"

	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/policy"
)

// Kinds of record, as references name them.
const (
	KindCitizen = "citizen"
	KindDelay   = "log-delay"
	KindContest = "contest"
	kindPerson  = "person"
	kindUnit    = "unit"
	kindCase    = "case"
)

// RoleCitizen is the role of an actor who came by the citizens' door.
const RoleCitizen = "citizen"

// Level is how well somebody has proved who they are.
type Level int

// The levels.
const (
	Nobody    Level = iota
	AtCounter       // a code that an officer handed over
	ByKey           // a passkey, which asked its owner for a finger or a code
	ByCard          // the card's certificate and its PIN
)

// Levels lists them, the weakest first.
func Levels() []Level { return []Level{AtCounter, ByKey, ByCard} }

// String gives the level's number.
func (l Level) String() string { return strconv.Itoa(int(l)) }

// Valid reports whether it is a level that somebody can have.
func (l Level) Valid() bool { return slices.Contains(Levels(), l) }

// MeansKind is the sort of a means of proof.
type MeansKind string

// The kinds of means.
const (
	Code    MeansKind = "code"
	Passkey MeansKind = "passkey"
	Card    MeansKind = "card"
)

// Level is what a means of this kind proves.
func (k MeansKind) Level() Level {
	switch k {
	case Code:
		return AtCounter
	case Passkey:
		return ByKey
	case Card:
		return ByCard
	}
	return Nobody
}

// Methods gives the authentication methods as RFC 8176 names them.
func (k MeansKind) Methods() []string {
	switch k {
	case Code:
		return []string{"otp"}
	case Passkey:
		return []string{"hwk", "user"}
	case Card:
		return []string{"sc", "pin"}
	}
	return nil
}

// Citizen is the account of one person.
type Citizen struct {
	ID       ident.ID
	Person   ident.ID
	Unit     ident.ID // whose counter enrolled them; "" by the card
	Enrolled time.Time
	By       ident.ID  // the officer who saw them; "" by the card
	Since    time.Time // sessions begun before this are over
	Closed   time.Time // zero while open
	Filled   time.Time // when the log had been filled with what was before the account
	Lines    int64     // of the log
	// Residence is the area of the pack that an officer attested, "" if none.
	Residence string
	// Forgotten says that the person was erased: the account opens nothing and
	// its log goes no further.
	Forgotten bool
}

// Open reports whether the account may be used.
func (c Citizen) Open() bool { return c.ID != "" && c.Closed.IsZero() && !c.Forgotten }

// Ref points at the account.
func (c Citizen) Ref() ident.Ref { return ident.Ref{Kind: KindCitizen, ID: c.ID} }

// Resource is the account as officers' rules know it.
func (c Citizen) Resource() policy.Resource { return c.resource(Nobody, Nobody) }

// resource is the account as the rules know it, with the level that the
// session has proved and the strongest that the citizen's means allow.
func (c Citizen) resource(level, strongest Level) policy.Resource {
	return policy.Resource{Ref: c.Ref(), Unit: c.Unit, Under: []ident.Ref{{Kind: kindPerson, ID: c.Person}}, Attrs: map[string]any{
		"citizen": string(c.ID), "level": int64(level), "strongest": int64(strongest), "open": c.Open(),
	}}
}

// Means is a passkey or a card of a citizen.
type Means struct {
	ID          ident.ID
	Citizen     ident.ID
	Kind        MeansKind
	Fingerprint string // of a card's key, hex
	Label       string
	Record      string // of a passkey, as its desk keeps it
	Added       time.Time
	Revoked     time.Time // zero while it stands
	Why         string    // one of Reasons
}

// Live reports whether the means proves anything.
func (m Means) Live() bool { return m.Revoked.IsZero() }

// Reasons lists why a means may be revoked; texts are under citizens.why.
func Reasons() []string { return []string{"lost", "stolen", "replaced", "unused"} }

// The reasons that the service itself gives.
const (
	whyCopied    = "copied"    // a passkey's count ran backwards
	whyRecovered = "recovered" // its citizen started again at a counter
)

// Documents lists what somebody may show at a counter to prove who they are;
// texts are under citizens.document.
func Documents() []string {
	return []string{"cnie", "passport", "driving-licence", "civil-status", "residence-card", "known-to-officer"}
}

// Holder is who sits before a browser in a citizen's session.
type Holder struct {
	Citizen ident.ID
	Person  ident.Ref
	Level   Level
	Methods []string  // as RFC 8176 names them
	Proved  time.Time // when they last proved themselves at Level
	Session string    // the public part of the session's name

	means ident.ID
}

// Actor is the holder as the policy knows them.
func (h Holder) Actor() policy.Actor {
	return policy.Actor{ID: h.Citizen, Role: RoleCitizen, Session: h.Session}
}
