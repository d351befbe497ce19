package policy

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/cedar-policy/cedar-go"
	"github.com/cedar-policy/cedar-go/x/exp/ast"
	"github.com/cedar-policy/cedar-go/x/exp/eval"

	"github.com/amana-platform/amana/kernel/fault"
)

// Columns tells where a list's query finds what the policies read. Every
// expression is SQL written by the module and holds neither "$" nor "?",
// except the one "?" of Within.
//
// The column of an attribute that the schema requires must be NOT NULL. Where
// it is not, a row in which a column that the policies read is null is left
// out, as Ask refuses a resource that lacks an attribute. An optional attribute ("until?: Long") is absent where its column
// is null. Text columns compare bytewise.
type Columns struct {
	ID     string            // the record's own ID: "c.id"
	Unit   string            // its unit: "c.unit"
	Under  map[string]string // record kind → ID of the one it lies under, '' for none: "case": "e.case_id"
	Attrs  map[string]string // attribute → column: "sealed": "c.sealed"
	Sets   map[string]string // set attribute → query of its members: "select officer from cases_assigned a where a.case_id = c.id"
	Within string            // query of a unit and all below it: "select unit from units_closure where ancestor = ?"
}

// check keeps an expression from being taken for the mark of a parameter.
func (c Columns) check() error {
	if strings.Count(c.Within, "?") > 1 || strings.Contains(c.Within, "$") {
		return errors.New("Columns.Within must have one ? and no $")
	}
	all := []string{c.ID, c.Unit}
	for _, m := range []map[string]string{c.Under, c.Attrs, c.Sets} {
		for _, expr := range m {
			all = append(all, expr)
		}
	}
	for _, expr := range all {
		if strings.ContainsAny(expr, "$?") {
			return fmt.Errorf("column %q holds the mark of a parameter", expr)
		}
	}
	return nil
}

// Predicate is a condition for a WHERE clause, in parentheses, with its
// arguments: $1 is Args[0].
type Predicate struct {
	SQL  string
	Args []any
}

var parameter = regexp.MustCompile(`\$[0-9]+`)

// Shift renumbers the parameters to follow n others: $1 becomes $(n+1).
func (p Predicate) Shift(n int) Predicate {
	sql := parameter.ReplaceAllStringFunc(p.SQL, func(s string) string {
		i, _ := strconv.Atoi(s[1:]) // digits only, by the expression
		return "$" + strconv.Itoa(i+n)
	})
	return Predicate{SQL: sql, Args: slices.Clone(p.Args)}
}

// Filter gives the condition that holds for exactly those records on which
// Ask would grant the action, for lists, counts, facets and suggestions. A
// refusal that is the same for every record (nobody, suspended, no purpose, …)
// is journalled and given as Ask does; so is a policy that cannot be put into
// SQL, which is never skipped.
func (p *Policy) Filter(ctx context.Context, actor Actor, action string, purpose Purpose, cols Columns) (Predicate, error) {
	q := p.request(actor, action, Resource{}, purpose)
	f := p.checkActor(ctx, q)
	if f == nil {
		f = p.checkPurpose(ctx, q)
	}
	if f != nil {
		return Predicate{}, p.record(ctx, q, f)
	}
	pred, err := p.predicate(q, cols)
	if err != nil {
		return Predicate{}, p.record(ctx, q, q.refuse(keyFilter, fault.Wrap(err, fault.Internal, keyFilter)))
	}
	return pred, nil
}

// predicate is (permit or permit …) and not (forbid or …) and, if the purpose
// binds, the record's belonging to it, and no used column null.
func (p *Policy) predicate(q *request, cols Columns) (Predicate, error) {
	r := p.rules[q.name]
	if r.action.Resource == "" {
		return Predicate{}, errors.New("the action is about no record")
	}
	if err := cols.check(); err != nil {
		return Predicate{}, err
	}
	t := &translator{rule: r, cols: cols, ancestors: p.hooks.Units.Ancestors}
	var clauses []string
	if q.bound() {
		clause, err := t.belongs(q.purpose.Ref)
		if err != nil {
			return Predicate{}, err
		}
		clauses = append(clauses, clause)
	}
	w := &world{actor: actorEntity(q.actor), actions: r.actions, units: p.hooks.Units}
	permits, forbids, err := t.residuals(r.policies, eval.Env{
		Entities: w, Principal: w.actor.UID, Action: r.uid, Resource: eval.Variable("resource"), Context: contextRecord(q),
	})
	if err != nil {
		return Predicate{}, err
	}
	clauses = append(clauses, anyOf(permits))
	if len(forbids) > 0 {
		clauses = append(clauses, "not "+anyOf(forbids))
	}
	return Predicate{SQL: allOf(append(clauses, t.notNull...)), Args: t.args}, nil
}

// residuals translates what is left of each policy when all but the resource
// is known. A policy that cannot hold for any record leaves nothing.
func (t *translator) residuals(policies policyList, env eval.Env) (permits, forbids []string, err error) {
	for _, p := range policies {
		left, keep := eval.PartialPolicy(env, p.tree())
		if !keep {
			continue
		}
		clause, err := t.condition(eval.PolicyToNode(left).AsIsNode())
		if err != nil {
			return nil, nil, fmt.Errorf("%s: %w", p.id, err)
		}
		if left.Effect == ast.Effect(cedar.Permit) {
			permits = append(permits, clause)
		} else {
			forbids = append(forbids, clause)
		}
	}
	return permits, forbids, nil
}

const (
	always = "1=1"
	never  = "1=0"
)

func anyOf(clauses []string) string { return join(clauses, " or ", never) }
func allOf(clauses []string) string { return join(clauses, " and ", always) }

func join(clauses []string, word, none string) string {
	if len(clauses) == 0 {
		return "(" + none + ")"
	}
	return "(" + strings.Join(clauses, word) + ")"
}
