package units

import (
	"time"

	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/packs"
)

// Record kinds of this module, as references name them.
const (
	KindUnit    = "unit"
	KindOfficer = "officer"
	KindTask    = "task"
)

// Role is what a post lets its holder do.
type Role string

// The roles.
const (
	DutyOfficer   Role = "duty-officer"
	Investigator  Role = "investigator"
	BrigadeChief  Role = "brigade-chief"
	Prosecutor    Role = "prosecutor"
	Judge         Role = "investigating-judge"
	President     Role = "first-president"
	Inspector     Role = "inspector"
	Administrator Role = "administrator"
	Regulator     Role = "regulator" // of another authority; sees figures and institutions, and no record
)

// Roles lists them in the order in which they are shown.
func Roles() []Role {
	return []Role{DutyOfficer, Investigator, BrigadeChief, Prosecutor, Judge, President, Inspector, Administrator, Regulator}
}

// centralRank is the lowest rank of the ladder that is a central service.
const centralRank = 2

// servesIn reports whether a role exists in units of a type: the desk where
// complaints are taken, brigades where cases are investigated, prosecutors in
// their offices, investigating judges in the courts, a first president in a court
// of appeal, inspectors and administrators in central services, regulators in the
// authority that is theirs.
func (r Role) servesIn(t packs.UnitType) bool {
	switch r {
	case DutyOfficer:
		return t.Desk
	case Investigator, BrigadeChief:
		return t.Branch == "police" && (t.Desk || t.Brigade)
	case Prosecutor:
		return t.Branch == "prosecution"
	case Judge:
		return t.Branch == "court"
	case President:
		return t.Branch == "court" && t.Rank == 1
	case Inspector, Administrator:
		return t.Branch == "police" && t.Rank <= centralRank
	case Regulator:
		return t.Branch == "regulator"
	}
	return false
}

// outside reports whether a role is held by people who are no police officers
// and have no grade: magistrates, and the authority that oversees the service.
func (r Role) outside() bool {
	return r == Prosecutor || r == Judge || r == President || r == Regulator
}

// Unit is a service, an office or a court, as it is now.
type Unit struct {
	ID        ident.ID
	Code      string // short and unique: "CASA-01"
	Type      string // code of a packs.UnitType
	Parent    ident.ID
	Names     packs.Names
	Area      string // code of the territory (HCP)
	From      time.Time
	To        time.Time // zero while it is open
	Successor ident.ID  // who answers for its records once it is closed
	Version   int64
}

// Open reports whether the unit works at a time.
func (u Unit) Open(at time.Time) bool { return holds(u.From, u.To, at) }

// Placement is where a unit stood in the tree, and as what, during a time.
type Placement struct {
	Unit   ident.ID
	From   time.Time
	To     time.Time // zero: still
	Parent ident.ID
	Type   string
	Names  packs.Names
	Area   string
	Act    string
}

// Sex of an officer, as the staff file has it.
type Sex string

// The values; the empty one is not stated.
const (
	Female Sex = "f"
	Male   Sex = "m"
)

// Officer is a person who serves. The names and the matricule are empty after
// erasure.
type Officer struct {
	ID        ident.ID
	Matricule string
	GivenAR   string
	FamilyAR  string
	Given     string
	Family    string
	Grade     string // code of a packs.Grade; "" for a magistrate
	Track     string // of the grade: "uniform", "plain"
	Sex       Sex
	Since     time.Time
	Version   int64
}

// Name gives the name as it is shown in a language; "" once erased.
func (o Officer) Name(lang string) string {
	if lang == "ar" && o.FamilyAR != "" {
		return join(o.GivenAR, o.FamilyAR)
	}
	return join(o.Given, o.Family)
}

func join(given, family string) string {
	if given == "" || family == "" {
		return given + family
	}
	return given + " " + family
}

// Post puts an officer into a unit in a role.
type Post struct {
	ID      ident.ID
	Officer ident.ID
	Unit    ident.ID
	Role    Role
	Act     string // number of the act of appointment or transfer
	From    time.Time
	To      time.Time // zero: until further notice
	Written time.Time // when the post, or its end, was last written
}

// Capacity is judicial power, held by appointment.
// Law: CPP 20; CPP 25
type Capacity struct {
	ID      ident.ID
	Officer ident.ID
	Code    string // of a packs.Capacity: "opj", "prosecutor", "investigating-judge"
	Act     string // number of the act
	From    time.Time
	To      time.Time
}

// Suspension stops all access of an officer.
type Suspension struct {
	ID      ident.ID
	Officer ident.ID
	From    time.Time
	By      ident.ID
	Reason  string // sealed; "" once erased
	Lifted  time.Time
	LiftBy  ident.ID
}

// Duty is a standing reason to work: of one officer, or, where Officer is "",
// of everyone who serves in the unit. It is the record kind "task".
type Duty struct {
	ID      ident.ID
	Unit    ident.ID
	Officer ident.ID // "" for the whole unit
	Post    ident.ID // the post that opened it; "" for one opened by itself
	Kind    string   // "desk", a Role, or "watch"
	From    time.Time
	To      time.Time
}

// The kinds of duty that no single role stands for.
const (
	DutyDesk  = "desk"  // the complaints desk of a unit
	DutyWatch = "watch" // the permanence of nights and week-ends
)

// Passkey is a public key by which an officer signs in.
type Passkey struct {
	ID      ident.ID
	Officer ident.ID
	Label   string // how its owner calls it; sealed
	Record  string // the credential as its protocol keeps it, in JSON; sealed
	Made    time.Time
	Removed time.Time
	Doubted time.Time // when it showed the signs of a copy; it opens nothing since
}

// Live reports whether the passkey still opens a session.
func (p Passkey) Live() bool { return p.Removed.IsZero() && p.Doubted.IsZero() }

// holds reports whether a dated fact is true at a time: from inclusive, to
// exclusive, no end if zero.
func holds(from, to, at time.Time) bool {
	return !at.Before(from) && (to.IsZero() || at.Before(to))
}

func unitRef(id ident.ID) ident.Ref    { return ident.Ref{Kind: KindUnit, ID: id} }
func officerRef(id ident.ID) ident.Ref { return ident.Ref{Kind: KindOfficer, ID: id} }
func taskRef(id ident.ID) ident.Ref    { return ident.Ref{Kind: KindTask, ID: id} }

// sealed marks a text as personal; an empty one stays empty, not erased.
func sealed(s string) journal.Sealed { return journal.Seal(s) }
