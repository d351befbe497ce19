package exhibits

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
	actionSeize    = "exhibits.exhibit.seize"
	actionCase     = "exhibits.list.read"
	actionList     = "exhibits.exhibit.list"
	actionRead     = "exhibits.exhibit.read"
	actionSeal     = "exhibits.exhibit.seal"
	actionBreak    = "exhibits.seal.break"
	actionReseal   = "exhibits.exhibit.reseal"
	actionStore    = "exhibits.exhibit.store"
	actionPicture  = "exhibits.exhibit.photograph"
	actionCorrect  = "exhibits.exhibit.correct"
	actionOffer    = "exhibits.handover.offer"
	actionWithdraw = "exhibits.handover.withdraw"
	actionAccept   = "exhibits.handover.accept"
	actionRefuse   = "exhibits.handover.refuse"
	actionTakeOver = "exhibits.exhibit.take-over"
	actionMine     = "exhibits.store.open"
	actionSeed     = "exhibits.seed"
)

// PolicyModule gives the module's actions, policies and schema. Retention class
// of the pack: "exhibit".
func PolicyModule() policy.Module {
	return policy.Module{Name: "exhibits", Cedar: cedar, Schema: schema, Actions: actions()}
}

// actions lists what may be asked for. An exhibit is read and moved for its
// own case, or by its holder and its receiver for the duty they serve in.
func actions() []policy.Action {
	work := []policy.PurposeKind{policy.Case, policy.Task}
	look := []policy.PurposeKind{policy.Case, policy.Task, policy.Basis}
	on := func(name string, appends ...string) policy.Action {
		return policy.Action{Name: name, Resource: KindExhibit, Purposes: work, Appends: appends, MayAllow: "brigade-chief"}
	}
	var every []string
	for _, k := range kinds() {
		every = append(every, k.Name)
	}
	return []policy.Action{
		{Name: actionMine, Purposes: look, Binds: policy.BindActor, Reads: true, MayAllow: "brigade-chief"},
		{Name: actionList, Resource: KindExhibit, Purposes: look, Binds: policy.BindActor, Reads: true, MayAllow: "brigade-chief"},
		{Name: actionRead, Resource: KindExhibit, Purposes: look, Reads: true, BreakGlass: true, MayAllow: "brigade-chief"},
		{Name: actionCase, Resource: KindList, Purposes: []policy.PurposeKind{policy.Case, policy.Basis}, Reads: true, MayAllow: "brigade-chief"},
		{Name: actionSeize, Resource: KindList, Purposes: []policy.PurposeKind{policy.Case}, Appends: Drafted(), MayAllow: "brigade-chief"},
		on(actionSeal, "exhibits.exhibit-sealed"),
		on(actionBreak, "exhibits.seal-broken"),
		on(actionReseal, "exhibits.exhibit-resealed"),
		on(actionStore, "exhibits.exhibit-stored"),
		on(actionPicture, "exhibits.photographs-added"),
		on(actionCorrect, "exhibits.exhibit-corrected"),
		on(actionOffer, "exhibits.handover-offered"),
		on(actionWithdraw, "exhibits.handover-withdrawn"),
		on(actionAccept, "exhibits.handover-accepted", "exhibits.exhibit-returned", "exhibits.exhibit-destroyed", "exhibits.exhibit-deposited"),
		on(actionRefuse, "exhibits.handover-refused"),
		on(actionTakeOver, "exhibits.exhibit-taken-over"),
		{Name: actionSeed, System: true, Appends: every},
	}
}
