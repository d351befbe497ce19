package policy

import (
	"testing"

	"github.com/cedar-policy/cedar-go/types"
	"github.com/cedar-policy/cedar-go/x/exp/ast"
	"github.com/cedar-policy/cedar-go/x/exp/schema/resolved"

	"github.com/amana-platform/amana/kernel/ident"
)

// The schema keeps these nodes out of policies; the translator, on which the
// lists stand, refuses them by itself as well.
func TestTranslatorRefusesIllTypedNodes(t *testing.T) {
	word, number := resolved.Attribute{Type: resolved.StringType{}}, resolved.Attribute{Type: resolved.LongType{}}
	r := &rule{kind: "Case", shape: resolved.RecordType{
		"unit": {Type: resolved.EntityType("Unit")}, "state": word, "level": number,
		"assigned": {Type: resolved.SetType{Element: resolved.StringType{}}},
		"seen":     {Type: resolved.SetType{Element: resolved.StringType{}}, Optional: true},
		"counts":   {Type: resolved.SetType{Element: resolved.LongType{}}},
	}}
	attribute := func(name types.String) ast.Node { return ast.Resource().Access(name) }
	unit := ast.EntityUID("Unit", "u")
	for name, c := range map[string]struct{ bad, good ast.Node }{
		"text equals number":     {attribute("state").Equal(ast.Long(1)), attribute("level").Equal(ast.Long(1))},
		"order of texts":         {attribute("state").LessThan(ast.String("x")), attribute("level").LessThan(ast.Long(1))},
		"text as a condition":    {attribute("state"), ast.True()},
		"numbers hold a text":    {ast.Set(ast.Long(1)).Contains(attribute("state")), ast.Value(types.NewSet(types.String("x"))).Contains(attribute("state"))},
		"known numbers":          {ast.Value(types.NewSet(types.Long(1))).Contains(attribute("state")), ast.Value(types.NewSet(types.Long(1))).Contains(attribute("level"))},
		"set of texts, a number": {attribute("assigned").Contains(ast.Long(1)), attribute("assigned").Contains(ast.String("x"))},
		"set of numbers":         {attribute("counts").Contains(ast.String("x")), attribute("assigned").IsEmpty()},
		"set that may be absent": {attribute("seen").IsEmpty(), attribute("assigned").IsEmpty()},
		"in something else":      {attribute("unit").In(ast.EntityUID("Actor", "u")), attribute("unit").In(unit)},
		"text in a unit":         {attribute("state").In(unit), unit.In(attribute("unit"))},
		"another's attribute":    {ast.Principal().Access("level").Equal(ast.Long(1)), attribute("level").NotEqual(ast.Long(1))},
		"an attribute's own":     {attribute("unit").Access("level").Equal(ast.Long(1)), ast.False()},
	} {
		fresh := func() *translator {
			return &translator{rule: r, ancestors: func(ident.ID) []ident.ID { return nil }, cols: Columns{
				Unit: "unit", Attrs: map[string]string{"state": "state", "level": "level"}, Within: "select unit from c where a = ?",
				Sets: map[string]string{"assigned": "select 1", "seen": "select 1", "counts": "select 1"},
			}}
		}
		if sql, err := fresh().condition(c.bad.AsIsNode()); err == nil {
			t.Errorf("%s: translated as %s", name, sql)
		}
		if _, err := fresh().condition(c.good.AsIsNode()); err != nil {
			t.Errorf("beside %s: %v", name, err)
		}
	}
}
