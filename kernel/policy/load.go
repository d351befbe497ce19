package policy

import (
	"bytes"
	_ "embed" // the vocabulary
	"errors"
	"fmt"
	"iter"
	"strings"

	"github.com/cedar-policy/cedar-go"
	"github.com/cedar-policy/cedar-go/types"
	"github.com/cedar-policy/cedar-go/x/exp/ast"
	"github.com/cedar-policy/cedar-go/x/exp/eval"
	"github.com/cedar-policy/cedar-go/x/exp/schema"
	"github.com/cedar-policy/cedar-go/x/exp/schema/resolved"
	"github.com/cedar-policy/cedar-go/x/exp/schema/validate"
)

//go:embed vocabulary.cedarschema
var vocabulary []byte

// rule is everything needed to decide one action.
type rule struct {
	action    Action
	uid       types.EntityUID
	kind      types.EntityType // of the resource
	shape     resolved.RecordType
	actions   types.EntityMap // of the module, with their groups
	policies  policyList      // only those that may apply to this action
	validator *validate.Validator
}

// policyList is a policy set in the order of its text.
type policyList []namedPolicy

// namedPolicy is a policy under the name of its place, "cases/policy.cedar:12".
type namedPolicy struct {
	id cedar.PolicyID
	*cedar.Policy
}

// All makes the list a cedar.PolicyIterator.
func (l policyList) All() iter.Seq2[cedar.PolicyID, *cedar.Policy] {
	return func(yield func(cedar.PolicyID, *cedar.Policy) bool) {
		for _, p := range l {
			if !yield(p.id, p.Policy) {
				return
			}
		}
	}
}

// tree is the policy in the form that validation and partial evaluation read.
func (p namedPolicy) tree() *ast.Policy { return (*ast.Policy)(p.AST()) }

// parsePolicies reads a module's policy.cedar.
func parsePolicies(m Module) (policyList, error) {
	parsed, err := cedar.NewPolicyListFromBytes(m.Name+"/policy.cedar", m.Cedar)
	if err != nil {
		return nil, err
	}
	list := make(policyList, len(parsed))
	for i, p := range parsed {
		at := p.Position()
		list[i] = namedPolicy{cedar.PolicyID(fmt.Sprintf("%s:%d", at.Filename, at.Line)), p}
	}
	return list, nil
}

// load reads one module and checks it whole.
func load(m Module) ([]*rule, error) {
	s, err := resolveSchema(m)
	if err != nil {
		return nil, err
	}
	policies, err := parsePolicies(m)
	if err != nil {
		return nil, err
	}
	v := validate.New(s)
	var faults []error
	for _, p := range policies {
		faults = append(faults, v.Policy(string(p.id), p.tree()))
	}
	if err := errors.Join(append(faults, undeclared(s, m.Actions))...); err != nil {
		return nil, err
	}
	rules := make([]*rule, 0, len(m.Actions))
	for _, a := range m.Actions {
		r, err := newRule(m.Name, a, s, v, policies)
		if err != nil {
			return nil, fmt.Errorf("action %s: %w", a.Name, err)
		}
		rules = append(rules, r)
	}
	return rules, nil
}

// resolveSchema adds the kernel's vocabulary to the module's schema. A module
// may not redeclare it.
func resolveSchema(m Module) (*resolved.Schema, error) {
	var kernel, own schema.Schema
	if err := kernel.UnmarshalCedar(vocabulary); err != nil {
		return nil, err
	}
	own.SetFilename(m.Name + "/schema")
	read := own.UnmarshalCedar
	if bytes.HasPrefix(bytes.TrimSpace(m.Schema), []byte("{")) {
		read = own.UnmarshalJSON
	}
	if err := read(m.Schema); err != nil {
		return nil, err
	}
	if len(own.AST().Namespaces) > 0 {
		return nil, errors.New("schema: namespaces are not used here")
	}
	all := kernel.AST()
	for name, e := range own.AST().Entities {
		if _, taken := all.Entities[name]; taken {
			return nil, fmt.Errorf("schema: entity %s is the kernel's", name)
		}
		all.Entities[name] = e
	}
	for name, t := range own.AST().CommonTypes {
		if _, taken := all.CommonTypes[name]; taken {
			return nil, fmt.Errorf("schema: type %s is the kernel's", name)
		}
		all.CommonTypes[name] = t
	}
	all.Enums, all.Actions = own.AST().Enums, own.AST().Actions
	return schema.NewSchemaFromAST(all).Resolve()
}

// undeclared finds actions of the schema that the module does not list;
// groups, which apply to nothing themselves, need not be listed.
func undeclared(s *resolved.Schema, actions []Action) error {
	listed := map[types.String]bool{}
	for _, a := range actions {
		listed[types.String(a.Name)] = true
	}
	for uid, a := range s.Actions {
		if a.AppliesTo != nil && !listed[uid.ID] {
			return fmt.Errorf("schema: action %s is not among the module's actions", uid.ID)
		}
	}
	return nil
}

// newRule checks one action against the schema and finds its policies.
func newRule(module string, a Action, s *resolved.Schema, v *validate.Validator, all policyList) (*rule, error) {
	if err := checkAction(module, a); err != nil {
		return nil, err
	}
	r := &rule{action: a, uid: types.NewEntityUID("Action", types.String(a.Name)), kind: entityType(a.Resource), validator: v}
	r.shape = s.Entities[r.kind].Shape
	if unit, ok := r.shape["unit"]; !ok || unit.Type != resolved.EntityType("Unit") || unit.Optional {
		return nil, fmt.Errorf("entity %s must declare \"unit: Unit\"", r.kind)
	}
	if err := v.Request(r.sample()); err != nil {
		return nil, err
	}
	r.actions = types.EntityMap{}
	for uid, d := range s.Actions {
		r.actions[uid] = d.Entity
	}
	permitted := false
	for _, p := range all {
		if r.mayApply(p) {
			r.policies = append(r.policies, p)
			permitted = permitted || p.Effect() == cedar.Permit
		}
	}
	if !permitted && !a.System {
		return nil, errors.New("no policy permits it to anybody")
	}
	return r, nil
}

// checkAction checks what the declaration says of itself.
func checkAction(module string, a Action) error {
	if !strings.HasPrefix(a.Name, module+".") {
		return fmt.Errorf("its name must begin with %q", module+".")
	}
	for _, k := range a.Purposes {
		if k != Case && k != Task && k != Basis {
			return fmt.Errorf("purpose kind %q cannot be listed", k)
		}
	}
	if len(a.Purposes) == 0 && !a.BreakGlass && !a.System {
		return errors.New("it admits no purpose")
	}
	return nil
}

// sample is a well-formed question about the action, to check that the
// schema lets the kernel's vocabulary ask it.
func (r *rule) sample() types.Request {
	return types.Request{
		Principal: types.NewEntityUID(typeActor, "-"), Action: r.uid, Resource: types.NewEntityUID(r.kind, "-"),
		Context: contextRecord(&request{}),
	}
}

// mayApply reports whether the policy can concern the action, whoever asks.
func (r *rule) mayApply(p namedPolicy) bool {
	_, keep := eval.PartialPolicy(eval.Env{
		Entities: r.actions, Action: r.uid,
		Principal: eval.Variable("principal"), Resource: eval.Variable("resource"), Context: eval.Variable("context"),
	}, p.tree())
	return keep
}
