package proofs

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
	actionRead   = "proofs.space.read"
	actionOffer  = "proofs.credential.offer"
	actionRevoke = "proofs.credential.revoke"
	actionIssue  = "proofs.credential.issue"
	actionEnd    = "proofs.credential.end"
)

const (
	systemName  = "proofs"
	systemBasis = "L04-20"
)

// PolicyModule gives the module's actions, policies and schema. Retention class
// of the pack: "access-log".
func PolicyModule() policy.Module {
	own := func(name string, reads bool, appends ...string) policy.Action {
		return policy.Action{Name: name, Resource: kindCitizen, Purposes: []policy.PurposeKind{policy.Basis}, Binds: policy.BindActor, Reads: reads, Appends: appends}
	}
	return policy.Module{Name: "proofs", Cedar: cedar, Schema: schema, Actions: []policy.Action{
		own(actionRead, true),
		own(actionOffer, true),
		own(actionRevoke, false, "proofs.credential-revoked"),
		{Name: actionIssue, System: true, Appends: []string{"proofs.credential-issued"}},
		{Name: actionEnd, System: true, Appends: []string{"proofs.credential-revoked"}},
	}}
}
