package trust

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
	actionList    = "trust.institution.list"
	actionRead    = "trust.institution.read"
	actionEnter   = "trust.institution.enter"
	actionExamine = "trust.institution.examine"
	actionApprove = "trust.institution.approve"
	actionRefuse  = "trust.institution.refuse"
	actionSuspend = "trust.institution.suspend"
	actionResume  = "trust.institution.resume"
	actionProvide = "trust.provide"
)

// The article under which the process records what the protocol demands.
const (
	systemName  = "trust"
	systemBasis = "L09-08-4"
	ruleFigures = "published-figures"
)

// provided are the kinds that the process itself appends.
var provided = []string{
	"trust.institution-applied", "trust.institution-expired", "trust.institution-keys-changed", "trust.key-published", "trust.key-retired", "trust.request-refused",
	"trust.consent-given", "trust.consent-refused", "trust.consent-withdrawn", "trust.person-verified", "trust.officer-verified",
	"trust.stream-kept", "trust.stream-set", "trust.stream-ended",
}

// PolicyModule gives the module's actions, policies and schema; lines are the
// kinds by which the citizen's log is written. Retention classes of the pack:
// "trust-registration" for institutions, "trust-verification" for the rest.
func PolicyModule(lines []string) policy.Module {
	why := []policy.PurposeKind{policy.Task, policy.Basis}
	on := func(name string, appends ...string) policy.Action {
		return policy.Action{Name: name, Resource: KindInstitution, Purposes: why, Binds: policy.BindActor, Appends: appends, MayAllow: "inspector"}
	}
	all := func(name string, appends ...string) policy.Action {
		a := on(name, appends...)
		a.Resource = ""
		return a
	}
	return policy.Module{Name: "trust", Cedar: cedar, Schema: schema, Actions: []policy.Action{
		all(actionList),
		on(actionRead),
		all(actionEnter, "trust.institution-applied"),
		on(actionExamine, "trust.institution-examined"),
		on(actionApprove, "trust.institution-approved").Freshly(),
		on(actionRefuse, "trust.institution-refused"),
		on(actionSuspend, "trust.institution-suspended", "trust.stream-set").Freshly(),
		on(actionResume, "trust.institution-resumed", "trust.stream-set").Freshly(),
		{Name: actionProvide, System: true, Appends: append(append([]string{}, provided...), lines...)},
	}}
}
