package index

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
	ActionSearch         = "index.search"
	ActionPersonRead     = "index.person.read"
	ActionPersonRecord   = "index.person.record"
	ActionPersonCorrect  = "index.person.correct"
	ActionPersonMerge    = "index.person.merge"
	ActionPersonUnmerge  = "index.person.unmerge"
	ActionPersonDismiss  = "index.person.dismiss"
	ActionPersonLink     = "index.person.link"
	ActionVehicleRead    = "index.vehicle.read"
	ActionVehicleRecord  = "index.vehicle.record"
	ActionVehicleCorrect = "index.vehicle.correct"
	ActionPlaceRecord    = "index.place.record"
	ActionThingRecord    = "index.thing.record"
	ActionSeed           = "index.seed"
)

// PolicyModule gives the module's actions, policies and schema. Retention class
// of the pack: "person-index", counted from the end of the last record that
// speaks of an identity.
func PolicyModule() policy.Module {
	return policy.Module{Name: "index", Cedar: cedar, Schema: schema, Actions: actions()}
}

// actions lists what may be asked for. The index is one for the whole
// service, so a purpose is the actor's own task, case or basis and need not
// name the record; every read says which records it showed.
func actions() []policy.Action {
	work := []policy.PurposeKind{policy.Task, policy.Case}
	look := []policy.PurposeKind{policy.Task, policy.Case, policy.Basis}
	read := func(name, resource string) policy.Action {
		return policy.Action{Name: name, Resource: resource, Purposes: look, Binds: policy.BindActor, Reads: true, MayAllow: "brigade-chief"}
	}
	write := func(name, resource string, appends ...string) policy.Action {
		return policy.Action{Name: name, Resource: resource, Purposes: work, Binds: policy.BindActor, Reads: true, Appends: appends, MayAllow: "brigade-chief"}
	}
	var every []string
	for _, k := range kinds() {
		every = append(every, k.Name)
	}
	return []policy.Action{
		read(ActionSearch, ""),
		read(ActionPersonRead, KindPerson),
		read(ActionVehicleRead, KindVehicle),
		write(ActionPersonRecord, "", EntryPersonRecorded, EntryDuplicate),
		write(ActionPersonCorrect, KindPerson, EntryPersonCorrected),
		write(ActionPersonMerge, KindPerson, EntryPersonsMerged),
		write(ActionPersonUnmerge, KindPerson, EntryPersonsUnmerged),
		write(ActionPersonDismiss, KindPerson, EntryDuplicate),
		write(ActionPersonLink, KindPerson, EntryPersonLinked, EntryLinkEnded),
		write(ActionVehicleRecord, "", EntryVehicleRecorded),
		write(ActionVehicleCorrect, KindVehicle, EntryVehicleCorrected),
		write(ActionPlaceRecord, "", EntryPlaceRecorded),
		write(ActionThingRecord, "", EntryThingRecorded),
		{Name: ActionSeed, System: true, Appends: every},
	}
}
