package plates

import (
	_ "embed" // the policies

	"github.com/amana-platform/amana/kernel/policy"
)

//go:embed policy.cedar
var cedar []byte

//go:embed policy.cedarschema
var schema []byte

// The actions of people.
const (
	actionLists    = "plates.list.open"
	actionListed   = "plates.entry.list"
	actionEntry    = "plates.entry.read"
	actionEnter    = "plates.entry.enter"
	actionImport   = "plates.entry.import"
	actionRenew    = "plates.entry.renew"
	actionCancel   = "plates.entry.cancel"
	actionContest  = "plates.entry.contest"
	actionDecide   = "plates.contest.decide"
	actionDesk     = "plates.desk.open"
	actionHits     = "plates.hit.list"
	actionHit      = "plates.hit.read"
	actionConfirm  = "plates.hit.confirm"
	actionReject   = "plates.hit.reject"
	actionTask     = "plates.hit.task"
	actionClose    = "plates.hit.close"
	actionCameras  = "plates.camera.open"
	actionShown    = "plates.camera.list"
	actionCamera   = "plates.camera.read"
	actionRegister = "plates.camera.register"
	actionAmend    = "plates.camera.amend"
	actionKey      = "plates.camera.key"
	actionSuspend  = "plates.alerts.suspend"
	actionRestore  = "plates.alerts.restore"
	actionRetire   = "plates.camera.retire"
	actionSearch   = "plates.reads.search"
	actionAudit    = "plates.audit.open"
	actionKeying   = "plates.sample.open"
	actionSample   = "plates.sample.key"
	actionFigures  = "plates.figures.open"
)

// The actions of the module's own processes.
const (
	actionTake      = "plates.batch.take"
	actionConfirmed = "plates.cancellation.confirm"
	actionDraw      = "plates.samples.draw"
	actionExpire    = "plates.reads.expire"
	actionSeed      = "plates.seed"
)

// PolicyModule gives the module's actions, policies and schema. Retention
// classes of the pack: "plate-read", "plate-hit", "wanted-notice".
func PolicyModule() policy.Module {
	return policy.Module{Name: "plates", Cedar: cedar, Schema: schema, Actions: append(actions(), processes()...)}
}

// actions lists what people may ask for. What is looked for is looked for
// everywhere, so an act is bound to the actor's own case or duty, not to one
// record; a search of past reads needs a case or a legal basis.
func actions() []policy.Action {
	work := []policy.PurposeKind{policy.Case, policy.Task}
	look := []policy.PurposeKind{policy.Case, policy.Task, policy.Basis}
	read := func(name, kind, may string) policy.Action {
		return policy.Action{Name: name, Resource: kind, Purposes: look, Binds: policy.BindActor, Reads: true, MayAllow: may}
	}
	act := func(name, kind, may string, appends ...string) policy.Action {
		return policy.Action{Name: name, Resource: kind, Purposes: work, Binds: policy.BindActor, Appends: appends, MayAllow: may}
	}
	const chief, technical = "brigade-chief", "administrator"
	return []policy.Action{
		read(actionLists, "", chief), read(actionListed, KindEntry, chief), read(actionEntry, KindEntry, chief),
		act(actionEnter, "", chief, "plates.entry-listed"),
		act(actionImport, "", chief, "plates.entry-listed"),
		act(actionRenew, KindEntry, chief, "plates.entry-renewed"),
		act(actionCancel, KindEntry, chief, "plates.entry-cancelled", "plates.contest-settled"),
		act(actionContest, KindEntry, chief, "plates.entry-contested"),
		act(actionDecide, KindEntry, chief, "plates.contest-decided"),
		read(actionDesk, "", chief), read(actionHits, KindHit, chief), read(actionHit, KindHit, chief),
		act(actionConfirm, KindHit, chief, "plates.hit-confirmed"),
		act(actionReject, KindHit, chief, "plates.hit-rejected"),
		act(actionTask, KindHit, chief, "plates.crew-tasked"),
		act(actionClose, KindHit, chief, "plates.hit-closed", "plates.entry-contested"),
		read(actionCameras, "", technical), read(actionShown, KindCamera, technical), read(actionCamera, KindCamera, technical),
		act(actionRegister, "", technical, "plates.camera-registered"),
		act(actionAmend, KindCamera, technical, "plates.camera-amended"),
		act(actionKey, KindCamera, technical, "plates.camera-keyed"),
		act(actionSuspend, KindCamera, technical, "plates.alerts-suspended"),
		act(actionRestore, KindCamera, technical, "plates.alerts-restored"),
		act(actionRetire, KindCamera, technical, "plates.camera-retired"),
		{Name: actionSearch, Purposes: []policy.PurposeKind{policy.Case, policy.Basis}, Binds: policy.BindActor, Reads: true, Appends: []string{"plates.reads-searched"}, MayAllow: chief},
		read(actionAudit, "", "inspector"), read(actionFigures, "", "inspector"), read(actionKeying, "", "inspector"),
		{Name: actionSample, Resource: KindSample, Purposes: look, Binds: policy.BindActor, Reads: true, Appends: []string{"plates.sample-keyed", "plates.alerts-suspended"}, MayAllow: "inspector"},
	}
}

// processes lists what the module does by itself, or is filled with.
func processes() []policy.Action {
	var every []string
	for _, k := range kinds() {
		every = append(every, k.Name)
	}
	own := func(name string, appends ...string) policy.Action {
		return policy.Action{Name: name, System: true, Appends: appends}
	}
	return []policy.Action{
		own(actionTake, "plates.batch-taken", "plates.hit-proposed", "plates.hit-seen-again", "plates.lapsed-seen"),
		own(actionConfirmed, "plates.cancellation-reached"),
		own(actionDraw, "plates.samples-drawn"),
		own(actionExpire, "journal.erased"),
		own(actionSeed, every...),
	}
}
