package figures

import (
	_ "embed" // the policies

	"github.com/amana-platform/amana/kernel/policy"
)

//go:embed policy.cedar
var cedar []byte

//go:embed policy.cedarschema
var schema []byte

const (
	actionOversee = "figures.report.read"
	ruleFigures   = "published-figures"
)

// PolicyModule gives the module's action, policy and schema. It keeps nothing.
func PolicyModule() policy.Module {
	return policy.Module{Name: "figures", Cedar: cedar, Schema: schema, Actions: []policy.Action{
		{Name: actionOversee, Purposes: []policy.PurposeKind{policy.Task, policy.Basis}, Binds: policy.BindActor, MayAllow: "inspector"},
	}}
}
