package policy

import (
	"slices"
	"time"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
)

// GrantLife is how long after it was made a grant may be used.
const GrantLife = 60 * time.Second

// Grant is the proof that an actor may perform an action on a resource for a
// purpose. Only Policy.Ask and Policy.System make one; Go cannot forbid
// writing the zero Grant, so Valid refuses it.
type Grant struct {
	id       ident.ID
	actor    Actor
	action   *Action
	resource Resource
	purpose  Purpose
	at       time.Time
	system   string
}

// ID names the grant; what is appended or read under it refers to it.
func (g Grant) ID() ident.ID { return g.id }

// Actor gives who acts.
func (g Grant) Actor() Actor { return g.actor.clone() }

// Action gives the action's name, "" of a zero grant.
func (g Grant) Action() string {
	if g.action == nil {
		return ""
	}
	return g.action.Name
}

// Resource gives the record, without its attributes.
func (g Grant) Resource() Resource { return g.resource.public() }

// Purpose gives why.
func (g Grant) Purpose() Purpose { return g.purpose }

// At gives when the grant was made.
func (g Grant) At() time.Time { return g.at }

// System gives the name of the process that acts, "" for a person.
func (g Grant) System() string { return g.system }

// Reads reports whether an access entry is due before anything is released.
func (g Grant) Reads() bool { return g.action != nil && g.action.Reads }

// BreakGlass reports whether the glass was broken: the journal then alerts a
// second person.
func (g Grant) BreakGlass() bool { return g.purpose.Kind == BreakGlass }

// MayAppend reports whether entries of this kind may be appended under it.
func (g Grant) MayAppend(kind string) bool {
	return g.action != nil && slices.Contains(g.action.Appends, kind)
}

// Valid gives nil while the grant may be used at now: it was made by a
// Policy, not after now, and less than GrantLife ago.
func (g Grant) Valid(now time.Time) error {
	switch {
	case g.id == "" || g.action == nil:
		return fault.New(fault.Refused, keyNoGrant)
	case now.Before(g.at) || now.Sub(g.at) >= GrantLife:
		return fault.New(fault.Refused, keyGrantExpired, "action", g.action.Name)
	}
	return nil
}
