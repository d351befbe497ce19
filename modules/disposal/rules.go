package disposal

import (
	_ "embed" // the policies

	"github.com/amana-platform/amana/kernel/policy"
)

//go:embed policy.cedar
var cedar []byte

//go:embed policy.cedarschema
var schema []byte

// The actions.
const (
	actionSchedule = "disposal.schedule.read"
	actionDraw     = "disposal.list.draw"
	actionRead     = "disposal.list.read"
	actionDecide   = "disposal.list.decide"
	actionTransfer = "disposal.list.transfer"
	actionCarry    = "disposal.list.carry-out"
)

// The process that carries decisions out, and the law under which it does.
const (
	systemName  = "disposal"
	systemBasis = "L69-99"
)

// PolicyModule gives the module's actions, policies and schema. Retention: the
// lists are the certificate of what was ended, and stay as the journal does.
func PolicyModule() policy.Module {
	why := []policy.PurposeKind{policy.Task, policy.Basis}
	return policy.Module{Name: "disposal", Cedar: cedar, Schema: schema, Actions: []policy.Action{
		{Name: actionSchedule, Purposes: why, Binds: policy.BindActor, Reads: true, MayAllow: "inspector"},
		{Name: actionDraw, Purposes: why, Binds: policy.BindActor, Appends: []string{"disposal.list-drawn"}, MayAllow: "inspector"},
		{Name: actionRead, Resource: KindList, Purposes: why, Binds: policy.BindActor, Reads: true, Appends: []string{"disposal.list-issued", "journal.proof-issued"}, MayAllow: "inspector"},
		{Name: actionDecide, Resource: KindList, Purposes: why, Binds: policy.BindActor, Appends: []string{"disposal.list-decided"}, MayAllow: "inspector", Fresh: true},
		{Name: actionTransfer, Resource: KindList, Purposes: why, Binds: policy.BindActor, Appends: []string{"disposal.list-transferred"}, MayAllow: "inspector"},
		{Name: actionCarry, System: true, Appends: []string{"disposal.record-ended"}},
	}}
}
