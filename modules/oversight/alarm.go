package oversight

import (
	"slices"
	"time"

	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/policy"
)

// Kinds of record, as references name them.
const (
	KindAlarm   = "alarm"
	KindRequest = "request"
)

// State is where an alarm or a request stands.
type State string

// The states of an alarm.
const (
	Raised       State = "raised"
	Acknowledged State = "acknowledged"
	Justified    State = "justified"
	Unjustified  State = "unjustified"
)

// The states of a request.
const (
	Asked   State = "asked"
	Granted State = "granted"
	Refused State = "refused"
)

// Open reports whether somebody has still to decide.
func (s State) Open() bool { return s == Raised || s == Acknowledged || s == Asked }

// Alarm is one breaking of the glass.
type Alarm struct {
	ID        ident.ID
	By        ident.ID // who broke it
	Unit      ident.ID // the unit that answers for the record
	Action    string
	Record    ident.Ref
	Reason    string // "" once forgotten
	Broken    time.Time
	Due       time.Time // judged by then, or it goes to the inspectors
	State     State
	JudgedBy  ident.ID
	Judged    time.Time
	Finding   string
	Escalated time.Time
	Seconds   []ident.ID
}

// Resource is the alarm as the policy knows it.
func (a Alarm) Resource() policy.Resource {
	return policy.Resource{Ref: a.ref(), Unit: a.Unit, Attrs: map[string]any{"by": string(a.By), "eyes": texts(a.Seconds)}}
}

func (a Alarm) ref() ident.Ref { return ident.Ref{Kind: KindAlarm, ID: a.ID} }

// Request is what somebody asks for who was refused.
type Request struct {
	ID       ident.ID
	By       ident.ID
	Unit     ident.ID  // where they serve
	Action   string    // what was refused
	Record   ident.Ref // zero if it was about none
	Reason   string
	Asked    time.Time
	State    State
	Answerer ident.ID
	Answered time.Time
	Answer   string
	Deciders []ident.ID
}

// Resource is the request as the policy knows it.
func (q Request) Resource() policy.Resource {
	return policy.Resource{Ref: q.ref(), Unit: q.Unit, Attrs: map[string]any{"by": string(q.By), "eyes": texts(q.Deciders)}}
}

func (q Request) ref() ident.Ref { return ident.Ref{Kind: KindRequest, ID: q.ID} }

func texts(ids []ident.ID) []string {
	out := make([]string, len(ids))
	for i, id := range ids {
		out[i] = string(id)
	}
	return out
}

// officers names people as records, so that what concerns them reaches them.
func officers(ids ...ident.ID) []ident.Ref {
	out := make([]ident.Ref, len(ids))
	for i, id := range ids {
		out[i] = ident.Ref{Kind: "officer", ID: id}
	}
	return out
}

// without leaves one person out.
func without(ids []ident.ID, one ident.ID) []ident.ID {
	return slices.DeleteFunc(slices.Clone(ids), func(id ident.ID) bool { return id == one })
}
