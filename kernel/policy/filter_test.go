package policy_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/policy"
)

// list is an action on cases whose purpose may be any of the actor's own, so
// that a list shows more than one row.
func listModule(t testing.TB, cedar string) policy.Module {
	return policy.Module{
		Name: "cases", Cedar: []byte(cedar),
		Schema: []byte(strings.Split(string(read(t, "schema.cedarschema")), "action")[0] +
			`action "cases.case.list", "cases.case.read" appliesTo { principal: Actor, resource: Case, context: Context };`),
		Actions: []policy.Action{
			{Name: "cases.case.list", Resource: "case", Purposes: []policy.PurposeKind{policy.Case, policy.Task}, Binds: policy.BindActor},
			{Name: "cases.case.read", Resource: "case", Purposes: []policy.PurposeKind{policy.Case, policy.Task}, BreakGlass: true},
		},
	}
}

// TestFilterEqualsDecisions is the promise of lists: on random policies,
// actors, purposes and rows, the rows that the condition selects are those
// that one decision each would grant.
func TestFilterEqualsDecisions(t *testing.T) {
	db := newTable(t)
	listed, refused := 0, 0
	rapid.Check(t, func(rt *rapid.T) {
		s := newStation(t, listModule(t, policiesGen.Draw(rt, "policies")))
		db.exec(t, `delete from cases`)
		db.exec(t, `delete from cases_assigned`)
		who := actorGen.Draw(rt, "actor")
		action := rapid.SampledFrom([]string{"cases.case.list", "cases.case.read"}).Draw(rt, "action")
		why := rapid.SampledFrom([]policy.Purpose{forCase(rowID(0)), {Kind: policy.Task, Ref: ident.Ref{Kind: "task", ID: taskOne}}}).Draw(rt, "purpose")
		s.grantAll()
		var want []ident.ID
		for i := range rapid.IntRange(1, 12).Draw(rt, "rows") {
			r := resourceGen(rowID(i)).Draw(rt, "resource")
			db.insert(t, r)
			if s.Can(t.Context(), who, action, r, why) {
				want = append(want, r.Ref.ID)
			} else {
				refused++
			}
		}
		pred, err := s.Filter(t.Context(), who, action, why, columns)
		if err != nil {
			rt.Fatalf("filter: %v", err)
		}
		if diff := cmp.Diff(want, db.list(t, pred)); diff != "" {
			rt.Fatalf("decisions and list differ (-decisions +list):\n%s\n%s %v", diff, pred.SQL, pred.Args)
		}
		listed += len(want)
	})
	if listed == 0 || refused == 0 {
		t.Errorf("%d rows granted, %d refused: the test compared nothing", listed, refused)
	}
}

func rowID(i int) ident.ID { return ident.ID(fmt.Sprintf("0190a000-0000-7000-8000-%012x", 0xc00+i)) }

var (
	unitGen  = rapid.SampledFrom([]ident.ID{national, rabat, agdal, fes})
	stateGen = rapid.SampledFrom([]string{"open", "closed", "o'pen", ""})
	actorGen = rapid.Custom(func(t *rapid.T) policy.Actor {
		return actor(rapid.SampledFrom([]byte("123")).Draw(t, "who"), unitGen.Draw(t, "unit"),
			rapid.SampledFrom([]string{"open", "investigator"}).Draw(t, "role"), rapid.SampledFrom([]string{"", "opj"}).Draw(t, "capacity"))
	})
)

func resourceGen(id ident.ID) *rapid.Generator[policy.Resource] {
	return rapid.Custom(func(t *rapid.T) policy.Resource {
		r := policy.Resource{Ref: ident.Ref{Kind: "case", ID: id}, Unit: unitGen.Draw(t, "unit"), Attrs: map[string]any{
			"state": stateGen.Draw(t, "state"), "sealed": rapid.Bool().Draw(t, "sealed"), "level": rapid.Int64Range(-2, 2).Draw(t, "level"),
			"assigned": rapid.SliceOfN(rapid.SampledFrom([]string{"open", "", string(actor('1', rabat, "", "").ID)}), 0, 2).Draw(t, "assigned"),
		}}
		if rapid.Bool().Draw(t, "has until") {
			r.Attrs["until"] = rapid.SampledFrom([]int64{-1, 0, noon.UnixMicro(), noon.UnixMicro() + 1}).Draw(t, "until")
		}
		if rapid.Bool().Draw(t, "under") {
			r.Under = []ident.Ref{{Kind: "task", ID: taskOne}}
		}
		return r
	})
}

// policiesGen draws one to four policies, the first a permit.
var policiesGen = rapid.Custom(func(t *rapid.T) string {
	var b strings.Builder
	for i := range rapid.IntRange(1, 4).Draw(t, "policies") {
		effect := "permit"
		if i > 0 {
			effect = rapid.SampledFrom([]string{"permit", "forbid"}).Draw(t, "effect")
		}
		scope := rapid.SampledFrom([]string{"resource", "resource is Case", `resource == Case::"` + string(rowID(1)) + `"`}).Draw(t, "scope")
		if i == 0 {
			scope = "resource"
		}
		clause := rapid.SampledFrom([]string{"when", "unless"}).Draw(t, "clause")
		fmt.Fprintf(&b, "%s (principal, action, %s) %s { %s };\n", effect, scope, clause, condition(t, 3))
	}
	return b.String()
})

// condition draws a condition of the nodes that the translator knows.
func condition(t *rapid.T, depth int) string {
	if depth > 0 && rapid.IntRange(0, 2).Draw(t, "leaf") > 0 {
		a, b := condition(t, depth-1), condition(t, depth-1)
		switch rapid.IntRange(0, 3).Draw(t, "join") {
		case 0:
			return "(" + a + " && " + b + ")"
		case 1:
			return "(" + a + " || " + b + ")"
		case 2:
			return "!(" + a + ")"
		default:
			return "(if " + a + " then " + b + " else " + condition(t, depth-1) + ")"
		}
	}
	return rapid.SampledFrom(leaves).Draw(t, "condition")
}

// leaves are conditions on attributes, actor and context.
var leaves = func() []string {
	all := []string{
		"resource.unit in principal.unit", "principal.unit in resource.unit", "resource.unit == principal.unit",
		"resource.unit != principal.unit", `resource.unit in [principal.unit, Unit::"` + string(fes) + `"]`,
		"resource.sealed", "resource.sealed == false", "resource.sealed != principal.demo",
		"resource.state == principal.role", `resource.state == "o'pen"`, `["open", ""].contains(resource.state)`,
		"resource.assigned.contains(principal.id)", "resource.assigned.contains(resource.state)",
		`resource.assigned.containsAny(["open", principal.id])`, `resource.assigned.containsAll(["", "open"])`, "resource.assigned.isEmpty()",
		`principal.capacity == "opj"`, `principal in Unit::"` + string(rabat) + `"`, `context.purpose.kind == "task"`,
		"resource has until", "(resource has until && resource.until <= context.now)", "(resource has until && resource.until > 0)",
		"resource has level", "resource is Case",
	}
	for _, operator := range []string{"<", "<=", ">", ">=", "==", "!="} {
		all = append(all, "resource.level "+operator+" 0", "1 "+operator+" resource.level")
	}
	return all
}()

// grantAll lets everybody work on everything, so that only policies decide.
func (s *station) grantAll() { s.everyone = true }

// translate gives the answer for a permit with one condition.
func translate(t *testing.T, condition string, cols policy.Columns) (policy.Predicate, error) {
	t.Helper()
	s := newStation(t, listModule(t, "permit (principal, action, resource) when { "+condition+" };"))
	return s.Filter(t.Context(), investigator, "cases.case.list", forCase(caseOne), cols)
}

func TestFilterBindsEveryValue(t *testing.T) {
	pred, err := translate(t, `resource.state == "x'; drop table cases --" && resource.level < 7 && !resource.sealed`, columns)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(pred.SQL, "drop") || strings.Contains(pred.SQL, "7") {
		t.Errorf("a value is written into %s", pred.SQL)
	}
	if diff := cmp.Diff([]any{"x'; drop table cases --", int64(7)}, pred.Args); diff != "" {
		t.Error(diff)
	}
}

// What cannot be put into SQL refuses the list, and the refusal is recorded;
// it is never left out of the condition.
func TestFilterRefusesWhatItCannotTranslate(t *testing.T) {
	for _, condition := range []string{
		`resource.state like "o*"`, "resource.level + 1 > 0", "resource.level * 2 > 0", "-resource.level > 0",
		`resource in Unit::"` + string(rabat) + `"`, `["open"].containsAll(resource.assigned)`,
		"(resource.sealed && resource.level > 1) == principal.demo", "{a: resource.level}.a > 1",
		`resource.assigned == ["x"]`,
		"resource.sealed || principal.id like \"0*\" && resource.level + 1 > 0",
	} {
		s := newStation(t, permissive(t, "forbid (principal, action, resource) when { "+condition+" };"))
		_, err := s.Filter(t.Context(), investigator, "cases.case.list", forCase(caseOne), columns)
		if err == nil {
			t.Errorf("%s: translated", condition)
		} else if fault.Of(err).Key != "policy.refused.filter" || len(s.register.kept) != 1 {
			t.Errorf("%s: %v, %d recorded", condition, err, len(s.register.kept))
		}
	}
}

// permissive is listModule with a permit for all beside the policy.
func permissive(t testing.TB, cedar string) policy.Module {
	m := listModule(t, cedar+"\npermit (principal, action, resource);")
	m.Schema = []byte(strings.Replace(string(m.Schema), "entity Case {", "entity Case in [Unit] {", 1))
	return m
}

func TestFilterNeedsAColumnForWhatItReads(t *testing.T) {
	all := map[string]func(*policy.Columns){
		"resource.level > 1":                             func(c *policy.Columns) { c.Attrs = nil },
		"resource has until && resource.until > 1":       func(c *policy.Columns) { c.Attrs = nil },
		"resource.unit == principal.unit":                func(c *policy.Columns) { c.Unit = "" },
		"resource.unit in principal.unit":                func(c *policy.Columns) { c.Within = "" },
		"resource.assigned.contains(principal.id)":       func(c *policy.Columns) { c.Sets = nil },
		`resource == Case::"x"`:                          func(c *policy.Columns) { c.ID = "" },
		"resource.sealed":                                func(c *policy.Columns) { c.Attrs = map[string]string{"sealed": "x = $1"} },
		"!resource.sealed":                               func(c *policy.Columns) { c.Within = "select ? union select ?" },
		"resource.sealed || resource.level > 1":          func(c *policy.Columns) { c.Within = "select $1" },
		"resource.sealed || resource.assigned.isEmpty()": func(c *policy.Columns) { c.Sets = map[string]string{"assigned": "select ?"} },
	}
	for condition, spoil := range all {
		if _, err := translate(t, condition, columns); err != nil {
			t.Errorf("%s with every column: %v", condition, err)
		}
		cols := columns
		spoil(&cols)
		if _, err := translate(t, condition, cols); err == nil {
			t.Errorf("%s: translated without its column", condition)
		}
	}
}

// A required column that is null is a resource that lacks the attribute:
// refused alone, and left out of the list, whichever way the policy reads it.
func TestNullIsLeftOut(t *testing.T) {
	for _, condition := range []string{"resource.sealed", "!resource.sealed", "resource.sealed || resource.level == 1", "!(resource.sealed && resource.level == 2)"} {
		s := newStation(t, listModule(t, "permit (principal, action, resource) when { "+condition+" };"))
		bare := caseAt(caseOne, agdal)
		delete(bare.Attrs, "sealed")
		db := newTable(t)
		db.insert(t, bare)
		pred, err := s.Filter(t.Context(), investigator, "cases.case.list", forCase(caseOne), columns)
		if err != nil {
			t.Fatal(err)
		}
		if got := db.list(t, pred); len(got) != 0 || s.Can(t.Context(), investigator, "cases.case.list", bare, forCase(caseOne)) {
			t.Errorf("%s: a record without the attribute is listed: %v", condition, got)
		}
	}
}

func TestFilterBindsTheList(t *testing.T) {
	s := newStation(t, listModule(t, "permit (principal, action, resource);"))
	db := newTable(t)
	db.insert(t, caseAt(caseOne, agdal))
	other := caseAt(caseTwo, agdal)
	other.Under = nil
	db.insert(t, other)
	task := policy.Purpose{Kind: policy.Task, Ref: ident.Ref{Kind: "task", ID: taskOne}}
	glass := policy.Purpose{Kind: policy.BreakGlass, Ref: other.Ref, Reason: "child in danger"}
	for _, c := range []struct {
		action  string
		purpose policy.Purpose
		want    []ident.ID
	}{
		{"cases.case.list", forCase(caseOne), []ident.ID{caseOne, caseTwo}},
		{"cases.case.read", forCase(caseOne), []ident.ID{caseOne}},
		{"cases.case.read", task, []ident.ID{caseOne}},
		{"cases.case.read", glass, []ident.ID{caseTwo}},
	} {
		pred, err := s.Filter(t.Context(), investigator, c.action, c.purpose, columns)
		if err != nil {
			t.Fatal(err)
		}
		if got := db.list(t, pred); !slices.Equal(got, c.want) {
			t.Errorf("%s for %s lists %v", c.action, c.purpose, got)
		}
	}
	cols := columns
	cols.Under = nil
	if _, err := s.Filter(t.Context(), investigator, "cases.case.read", task, cols); err == nil {
		t.Error("a task's list without a column that tells the task")
	}
}

func TestFilterRefusesAsAskDoes(t *testing.T) {
	for _, q := range questions() {
		switch q.want {
		case "policy.refused.nobody", "policy.refused.unknown-action", "policy.refused.purpose-missing", "policy.refused.purpose-malformed",
			"policy.refused.purpose-kind", "policy.refused.purpose-not-yours", "policy.refused.reason-missing", "policy.refused.break-glass", "policy.refused.basis-unknown":
			s := newStation(t)
			_, err := s.Filter(t.Context(), q.actor, q.action, q.purpose, columns)
			if fault.Of(err).Key != q.want || len(s.register.kept) != 1 {
				t.Errorf("%s: %v, %d recorded", q.name, err, len(s.register.kept))
			}
		}
	}
	s := newStation(t)
	if _, err := s.Filter(t.Context(), investigator, "cases.person.search", forCase(caseOne), columns); fault.Of(err).Key != "policy.refused.filter" {
		t.Errorf("a list of an action without records: %v", err)
	}
}

func TestShift(t *testing.T) {
	p := policy.Predicate{SQL: "(a = $1 or b in ($2, $10))", Args: []any{1, 2}}
	q := p.Shift(3)
	if q.SQL != "(a = $4 or b in ($5, $13))" || p.SQL != "(a = $1 or b in ($2, $10))" {
		t.Errorf("got %s from %s", q.SQL, p.SQL)
	}
	q.Args[0] = 9
	if p.Args[0] != 1 {
		t.Error("the shifted arguments are shared")
	}
}

// A forbid on a group of actions holds in lists as it does for one record.
func TestFilterKnowsActionGroups(t *testing.T) {
	s, db := newStation(t), newTable(t)
	db.insert(t, with(caseAt(caseOne, agdal), "sealed", true))
	for who, want := range map[string]int{"opj": 0, "prosecutor": 1} {
		me := investigator
		me.Capacity = who
		pred, err := s.Filter(t.Context(), me, "cases.case.read", forCase(caseOne), columns)
		if err != nil {
			t.Fatal(err)
		}
		if got := db.list(t, pred); len(got) != want {
			t.Errorf("%s lists %v of one sealed case", who, got)
		}
	}
}
