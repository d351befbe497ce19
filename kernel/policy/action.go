package policy

import "slices"

// Binding says how the purpose must relate to the record.
type Binding int

// The bindings. The zero value is the strict one.
const (
	// BindRecord: the purpose names this very record, or one it lies under.
	// A legal basis names no record and is left to the Cedar policies.
	BindRecord Binding = iota
	// BindActor: the purpose must be the actor's own but may be about another
	// record, as in a search made for a case.
	BindActor
)

// Action is one verb of a module and the conditions under which it may be
// asked for at all. Whether this actor may is the Cedar policies' to say.
type Action struct {
	Name       string        // "cases.case.read": module, subject, verb
	Resource   string        // record kind it is about ("case"); "" for none
	Purposes   []PurposeKind // kinds admitted; break-glass is admitted by BreakGlass
	Binds      Binding       // how purpose and record must relate
	Reads      bool          // releases protected data, so an access entry is due
	Appends    []string      // entry kinds a grant of it may append
	Reason     bool          // a written reason is needed
	BreakGlass bool          // may be asked for by breaking the glass
	System     bool          // may be asked for by Policy.System
	MayAllow   string        // role that can allow it, shown in refusals
	Fresh      bool          // whoever is signed in has proved within FreshFor that it is they
}

// Freshly gives the action as one that wants a fresh proof of who acts.
func (a Action) Freshly() Action {
	a.Fresh = true
	return a
}

func (a *Action) admits(kind PurposeKind) bool {
	if kind == BreakGlass {
		return a.BreakGlass
	}
	return slices.Contains(a.Purposes, kind)
}

// Module is what a module hands over: its name, which begins the name of each
// of its actions, its Cedar policies, its part of the Cedar schema (in Cedar's
// own syntax, or in JSON if it begins with "{"), and its actions.
type Module struct {
	Name    string
	Cedar   []byte
	Schema  []byte
	Actions []Action
}
