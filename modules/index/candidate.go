package index

import (
	"time"

	"github.com/amana-platform/amana/kernel/ident"
)

// Method names what proposes duplicates: the names engine, and the way its
// scores become odds. It stands in every decision, because a later engine may
// have proposed otherwise.
const Method = "names/1"

// Evidence is one field's part in a proposal.
type Evidence struct {
	Field      string // names.Field, or "cnie", "passport", "phone"
	State      string // names.State: "agrees", "near", "differs", "absent"
	Similarity int    // permille
	Weight     int    // percent of a full comparison
}

// Proposal is what the machine says about two records. The figures are whole
// numbers of a thousand.
type Proposal struct {
	Method   string
	Score    int // how well the two agree
	Coverage int // how much could be compared
	Same     int // probability that both are one
	Neither  int // probability that it is nobody on the list
	Evidence []Evidence
}

// Candidate is a person who may be the one looked for.
type Candidate struct {
	Person   Person
	Proposal Proposal
	Exact    string // "cnie", "passport", "phone" where a number led here; else ""
}

// Kinds of decision about two records.
const (
	Merged    = "merged"
	Unmerged  = "unmerged"
	Dismissed = "dismissed"
)

// Decision is what a named person made of a proposal.
type Decision struct {
	ID       ident.ID
	Kind     string
	Kept     ident.ID
	Absorbed ident.ID // or simply the other one
	Actor    ident.ID
	At       time.Time
	Reason   string // "" once erased
	Proposal Proposal
}
