package units

import (
	_ "embed" // the policies

	"github.com/amana-platform/amana/kernel/policy"
)

//go:embed policy.cedar
var cedar []byte

//go:embed policy.cedarschema
var schema []byte

// What processes of this module are called, and on what they act.
const (
	systemName  = "units"
	systemBasis = "D1-56-115"

	actionSeed  = "units.seed"
	actionFound = "units.administrator.found"
	actionKeys  = "units.passkey.keep"

	actionTree     = "units.tree.read"
	actionUnit     = "units.unit.read"
	actionOfficer  = "units.officer.read"
	actionOwn      = "units.account.read"
	actionRegister = "units.passkey.register"
	actionRemove   = "units.passkey.remove"
	actionSearch   = "units.officer.search"
)

// PolicyModule gives the module's actions, policies and schema. Retention:
// posts, capacities and the tree are kept for good (class "service-record"),
// names until erasure; nothing here is a case record.
func PolicyModule() policy.Module {
	return policy.Module{Name: "units", Cedar: cedar, Schema: schema, Actions: actions()}
}

// actions lists what may be asked for. Reading the tree and who serves where is
// everybody's who serves; the rest is the administrator's.
func actions() []policy.Action {
	work := []policy.PurposeKind{policy.Task, policy.Basis, policy.Case}
	task := []policy.PurposeKind{policy.Task}
	manage := func(name, resource string, appends ...string) policy.Action {
		return policy.Action{Name: name, Resource: resource, Purposes: task, Binds: policy.BindActor, Appends: appends, MayAllow: string(Administrator), Fresh: true}
	}
	var every []string
	for _, k := range kinds() {
		every = append(every, k.Name)
	}
	return []policy.Action{
		{Name: actionTree, Purposes: work, Binds: policy.BindActor, MayAllow: string(Administrator)},
		{Name: actionUnit, Purposes: work, Binds: policy.BindActor, Reads: true, MayAllow: string(Administrator)},
		{Name: actionOfficer, Resource: KindOfficer, Purposes: work, Binds: policy.BindActor, Reads: true, MayAllow: string(Administrator)},
		{Name: actionOwn, Resource: KindOfficer, Purposes: work, Binds: policy.BindActor, Reads: true},
		{Name: actionRegister, Resource: KindOfficer, Purposes: work, Binds: policy.BindActor, Appends: []string{"units.passkey-registered"}, Fresh: true},
		{Name: actionRemove, Resource: KindOfficer, Purposes: work, Binds: policy.BindActor, Appends: []string{"units.passkey-removed"}, MayAllow: string(Administrator), Fresh: true},
		{Name: actionSearch, Purposes: task, Binds: policy.BindActor, Reads: true, MayAllow: string(Administrator)},
		manage("units.unit.open", "", "units.unit-opened", "units.duty-opened"),
		manage("units.unit.move", "", "units.unit-moved", "units.duty-opened"),
		manage("units.unit.close", "", "units.unit-closed", "units.duty-ended"),
		manage("units.officer.enrol", "", "units.officer-enrolled"),
		manage("units.officer.post", KindOfficer, "units.officer-posted", "units.post-ended", "units.duty-opened", "units.duty-ended"),
		manage("units.post.end", KindOfficer, "units.post-ended", "units.duty-ended"),
		manage("units.capacity.appoint", KindOfficer, "units.capacity-appointed", "units.capacity-ended"),
		manage("units.officer.suspend", KindOfficer, "units.officer-suspended"),
		manage("units.suspension.lift", KindOfficer, "units.suspension-lifted"),
		manage("units.duty.open", "", "units.duty-opened"),
		manage("units.duty.end", "", "units.duty-ended"),
		manage("units.code.issue", KindOfficer, "units.code-issued"),
		{Name: actionSeed, System: true, Appends: every},
		{Name: actionFound, System: true, Appends: []string{"units.code-issued", "units.unit-opened", "units.duty-opened",
			"units.officer-enrolled", "units.officer-posted", "units.passkey-registered"}},
		{Name: actionKeys, System: true, Appends: []string{"units.passkey-registered", "units.passkey-doubted"}},
	}
}
