package register

import (
	"time"

	"github.com/amana-platform/amana/kernel/ident"
)

// The kinds of lines; all but Free and Fix are written with what they speak of.
const (
	LineComplaint = "complaint"
	LineTransfer  = "transfer"
	LineCustody   = "custody"
	LineRefusal   = "custody-refused"
	LineEnd       = "custody-ended"
	LineOverrun   = "custody-overran"
	LineHandover  = "handover"
	LineFree      = "free"
	LineFix       = "correction"
)

// Line is a numbered line of a unit's log book. Words are free text, empty
// after erasure and for lines that only point at a record.
type Line struct {
	ID            ident.ID
	Unit          ident.ID
	Series        string
	N             int64
	Number        string
	Kind          string
	Subject       ident.Ref // what it speaks of
	SubjectNumber string
	Corrects      ident.ID // the line it corrects
	Words         string
	Writer        ident.ID
	Happened      time.Time
	Written       time.Time
}

// Handover passes the desk from the outgoing to the incoming officer, with
// what stood open at that moment.
type Handover struct {
	ID        ident.ID
	Unit      ident.ID
	Outgoing  ident.ID
	Incoming  ident.ID // "" until somebody acknowledges
	From      time.Time
	Until     time.Time
	Custodies int64 // open
	Late      int64 // checks and events overdue
	Notices   int64 // outcome notices overdue
	Waiting   int64 // complaints that wait for a decision
	Remarks   string
	Taken     time.Time
	Written   time.Time
}

// List is the daily list of persons in custody to an office of the prosecution.
// Law: CPP 66
type List struct {
	ID        ident.ID
	Unit      ident.ID
	Office    ident.ID
	Day       string // 2026-03-12, in the country's time
	Count     int64
	Writer    ident.ID
	Written   time.Time
	TakenBy   ident.ID
	Taken     time.Time
	Custodies []ident.ID
	Entry     ident.ID // of the journal, that recorded it
}
