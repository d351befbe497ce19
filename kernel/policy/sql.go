package policy

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/cedar-policy/cedar-go/types"
	"github.com/cedar-policy/cedar-go/x/exp/ast"
	"github.com/cedar-policy/cedar-go/x/exp/schema/resolved"

	"github.com/amana-platform/amana/kernel/ident"
)

// translator writes the residue of Cedar policies as portable SQL. Values are
// always bound, never written. It knows a closed list of node types; any
// other is an error. In particular it does not know "like" (SQLite folds
// case, PostgreSQL does not), arithmetic (overflow is an error in Cedar) and
// extension calls (by one of which partial evaluation reports an error).
type translator struct {
	rule      *rule
	cols      Columns
	ancestors func(ident.ID) []ident.ID
	args      []any
	notNull   []string // "column is not null" for each required column used
}

// term is a translated value: its SQL and its type, as in "String", "Long",
// "Bool" or an entity type.
type term struct{ sql, of string }

func (t *translator) bind(v any) string {
	t.args = append(t.args, v)
	return "$" + strconv.Itoa(len(t.args))
}

// belongs is the condition that the record is ref or lies under it.
func (t *translator) belongs(ref ident.Ref) (string, error) {
	var ways []string
	if ref.Kind == t.rule.action.Resource && t.cols.ID != "" {
		ways = append(ways, t.cols.ID+" = "+t.bind(string(ref.ID)))
	}
	if column := t.cols.Under[ref.Kind]; column != "" {
		ways = append(ways, column+" = "+t.bind(string(ref.ID)))
	}
	if len(ways) == 0 {
		return "", fmt.Errorf("no column tells which %s a %s lies under", ref.Kind, t.rule.action.Resource)
	}
	return anyOf(ways), nil
}

// condition translates a node whose value is true or false.
func (t *translator) condition(n ast.IsNode) (string, error) {
	switch n := n.(type) {
	case ast.NodeTypeAnd:
		return t.both(n.BinaryNode, " and ")
	case ast.NodeTypeOr:
		return t.both(n.BinaryNode, " or ")
	case ast.NodeTypeNot:
		arg, err := t.condition(n.Arg)
		return "not (" + arg + ")", err
	case ast.NodeTypeIfThenElse:
		return t.choice(n)
	case ast.NodeTypeEquals:
		return t.compare(n.BinaryNode, "=")
	case ast.NodeTypeNotEquals:
		return t.compare(n.BinaryNode, "<>")
	case ast.NodeTypeLessThan:
		return t.compare(n.BinaryNode, "<")
	case ast.NodeTypeLessThanOrEqual:
		return t.compare(n.BinaryNode, "<=")
	case ast.NodeTypeGreaterThan:
		return t.compare(n.BinaryNode, ">")
	case ast.NodeTypeGreaterThanOrEqual:
		return t.compare(n.BinaryNode, ">=")
	case ast.NodeTypeIn:
		return t.in(n)
	case ast.NodeTypeIs:
		return t.is(n)
	case ast.NodeTypeHas:
		return t.has(n)
	case ast.NodeTypeContains:
		return t.contains(n.Left, n.Right)
	case ast.NodeTypeContainsAny:
		return t.containsEach(n.BinaryNode, anyOf)
	case ast.NodeTypeContainsAll:
		return t.containsEach(n.BinaryNode, allOf)
	case ast.NodeTypeIsEmpty:
		members, err := t.members(n.Arg)
		return "not exists (" + members + ")", err
	case ast.NodeValue, ast.NodeTypeAccess:
		return t.truth(n)
	}
	return "", fmt.Errorf("%T cannot be put into SQL", n)
}

func (t *translator) both(n ast.BinaryNode, word string) (string, error) {
	left, err := t.condition(n.Left)
	if err != nil {
		return "", err
	}
	right, err := t.condition(n.Right)
	return "(" + left + word + right + ")", err
}

func (t *translator) choice(n ast.NodeTypeIfThenElse) (string, error) {
	parts := make([]string, 0, 3)
	for _, node := range []ast.IsNode{n.If, n.Then, n.Else} {
		part, err := t.condition(node)
		if err != nil {
			return "", err
		}
		parts = append(parts, part)
	}
	return fmt.Sprintf("(case when %s then %s else %s end)", parts[0], parts[1], parts[2]), nil
}

// compare translates a comparison of two terms of one type; only whole
// numbers have an order in Cedar without extensions.
func (t *translator) compare(n ast.BinaryNode, operator string) (string, error) {
	left, err := t.term(n.Left)
	if err != nil {
		return "", err
	}
	right, err := t.term(n.Right)
	if err != nil {
		return "", err
	}
	ordered := operator != "=" && operator != "<>"
	if left.of != right.of || ordered && left.of != "Long" {
		return "", fmt.Errorf("%s %s %s cannot be put into SQL", left.of, operator, right.of)
	}
	return left.sql + " " + operator + " " + right.sql, nil
}

// truth translates a constant or an attribute that is itself true or false.
func (t *translator) truth(n ast.IsNode) (string, error) {
	if v, ok := n.(ast.NodeValue); ok {
		switch v.Value {
		case types.True:
			return always, nil
		case types.False:
			return never, nil
		}
		return "", fmt.Errorf("%v is no condition", v.Value)
	}
	column, err := t.term(n)
	if err == nil && column.of != "Bool" {
		err = fmt.Errorf("%s is no condition", column.sql)
	}
	return column.sql, err
}

// term translates a value, the resource itself, or one of its attributes.
func (t *translator) term(n ast.IsNode) (term, error) {
	switch n := n.(type) {
	case ast.NodeValue:
		return t.value(n.Value)
	case ast.NodeTypeVariable:
		if n.Name == "resource" && t.cols.ID != "" {
			return term{t.cols.ID, string(t.rule.kind)}, nil
		}
		return term{}, fmt.Errorf("no column for %s", n.Name)
	case ast.NodeTypeAccess:
		return t.attribute(n)
	}
	return term{}, fmt.Errorf("%T cannot be put into SQL", n)
}

func (t *translator) value(v types.Value) (term, error) {
	switch v := v.(type) {
	case types.String:
		return term{t.bind(string(v)), "String"}, nil
	case types.Long:
		return term{t.bind(int64(v)), "Long"}, nil
	case types.Boolean:
		return term{t.bind(bool(v)), "Bool"}, nil
	case types.EntityUID:
		return term{t.bind(string(v.ID)), string(v.Type)}, nil
	}
	return term{}, fmt.Errorf("a value of type %T cannot be put into SQL", v)
}

// attribute translates resource.name into its column, and notes that a
// required one may not be null.
func (t *translator) attribute(n ast.NodeTypeAccess) (term, error) {
	a, err := t.declared(n.Arg, n.Value)
	if err != nil {
		return term{}, err
	}
	column := t.cols.Attrs[string(n.Value)]
	if n.Value == "unit" {
		column = t.cols.Unit
	}
	of := typeName(a.Type)
	if column == "" || of == "" {
		return term{}, fmt.Errorf("no column for attribute %s", n.Value)
	}
	if guard := column + " is not null"; !a.Optional && !slices.Contains(t.notNull, guard) {
		t.notNull = append(t.notNull, guard)
	}
	return term{column, of}, nil
}

// declared finds an attribute of the resource itself in the schema.
func (t *translator) declared(of ast.IsNode, name types.String) (resolved.Attribute, error) {
	if v, ok := of.(ast.NodeTypeVariable); !ok || v.Name != "resource" {
		return resolved.Attribute{}, fmt.Errorf("%s is not an attribute of the resource itself", name)
	}
	a, ok := t.rule.shape[name]
	if !ok {
		return a, fmt.Errorf("attribute %s is not in the schema", name)
	}
	return a, nil
}

// typeName gives the name that term uses, "" for a type without a column.
func typeName(t resolved.IsType) string {
	switch t := t.(type) {
	case resolved.StringType:
		return "String"
	case resolved.LongType:
		return "Long"
	case resolved.BoolType:
		return "Bool"
	case resolved.EntityType:
		return string(t)
	}
	return ""
}

// has translates "resource has name".
func (t *translator) has(n ast.NodeTypeHas) (string, error) {
	a, err := t.declared(n.Arg, n.Value)
	if err != nil || !a.Optional {
		return always, err
	}
	column := t.cols.Attrs[string(n.Value)]
	if column == "" || typeName(a.Type) == "" {
		return "", fmt.Errorf("no column for attribute %s", n.Value)
	}
	return column + " is not null", nil
}

// is translates "resource is Type", which the action has settled.
func (t *translator) is(n ast.NodeTypeIs) (string, error) {
	if v, ok := n.Left.(ast.NodeTypeVariable); !ok || v.Name != "resource" {
		return "", fmt.Errorf("is: not the resource itself")
	}
	if n.EntityType == t.rule.kind {
		return always, nil
	}
	return never, nil
}

// in translates "resource.unit in …" for a known unit or set of units, and
// "… in resource.unit" for a known unit.
func (t *translator) in(n ast.NodeTypeIn) (string, error) {
	if left, ok := n.Left.(ast.NodeValue); ok {
		return t.above(left.Value, n.Right)
	}
	unit, err := t.unitColumn(n.Left)
	if err != nil {
		return "", err
	}
	right, ok := n.Right.(ast.NodeValue)
	if !ok {
		return "", fmt.Errorf("in: the right side is not known")
	}
	units := []types.Value{right.Value}
	if set, ok := right.Value.(types.Set); ok {
		units = set.Slice()
	}
	var ways []string
	for _, u := range units {
		id, err := t.unitValue(u)
		if err != nil {
			return "", err
		}
		ways = append(ways, unit+" in ("+strings.Replace(t.cols.Within, "?", t.bind(id), 1)+")")
	}
	return anyOf(ways), nil
}

// above translates "unit in resource.unit": the record's unit is the known
// one or stands above it.
func (t *translator) above(known types.Value, right ast.IsNode) (string, error) {
	column, err := t.unitColumn(right)
	if err != nil {
		return "", err
	}
	id, err := t.unitValue(known)
	if err != nil {
		return "", err
	}
	holders := []string{t.bind(id)}
	for _, a := range t.ancestors(ident.ID(id)) {
		holders = append(holders, t.bind(string(a)))
	}
	return column + " in (" + strings.Join(holders, ", ") + ")", nil
}

func (t *translator) unitColumn(n ast.IsNode) (string, error) {
	column, err := t.term(n)
	if err == nil && (column.of != string(typeUnit) || t.cols.Within == "") {
		err = fmt.Errorf("in: %s is not a unit with Columns.Within", column.sql)
	}
	return column.sql, err
}

func (t *translator) unitValue(v types.Value) (string, error) {
	uid, ok := v.(types.EntityUID)
	if !ok || uid.Type != typeUnit {
		return "", fmt.Errorf("in: %v is not a unit", v)
	}
	return string(uid.ID), nil
}

// contains translates set.contains(x) where set is known or an attribute.
func (t *translator) contains(set, x ast.IsNode) (string, error) {
	if known, ok := set.(ast.NodeValue); ok {
		return t.oneOf(known.Value, x)
	}
	members, err := t.members(set)
	if err != nil {
		return "", err
	}
	item, err := t.term(x)
	if err == nil && item.of != "String" {
		err = fmt.Errorf("contains: a set holds text, not %s", item.of)
	}
	return item.sql + " in (" + members + ")", err
}

// oneOf translates known.contains(resource.x).
func (t *translator) oneOf(known types.Value, x ast.IsNode) (string, error) {
	set, ok := known.(types.Set)
	if !ok {
		return "", fmt.Errorf("contains: %v is no set", known)
	}
	column, err := t.term(x)
	if err != nil || set.Len() == 0 {
		return never, err
	}
	var holders []string
	for _, v := range set.Slice() {
		item, err := t.value(v)
		if err != nil || item.of != column.of {
			return "", fmt.Errorf("contains: %v is not of type %s", v, column.of)
		}
		holders = append(holders, item.sql)
	}
	return column.sql + " in (" + strings.Join(holders, ", ") + ")", nil
}

// containsEach translates attribute.containsAny(known) and containsAll.
func (t *translator) containsEach(n ast.BinaryNode, combine func([]string) string) (string, error) {
	known, ok := n.Right.(ast.NodeValue)
	set, isSet := known.Value.(types.Set)
	if !ok || !isSet {
		return "", fmt.Errorf("containsAny and containsAll need a known set on the right")
	}
	var clauses []string
	for _, v := range set.Slice() {
		clause, err := t.contains(n.Left, ast.NodeValue{Value: v})
		if err != nil {
			return "", err
		}
		clauses = append(clauses, clause)
	}
	return combine(clauses), nil
}

// members gives the query of a set attribute. A set that may be absent is
// refused, for in SQL it could not be told from an empty one.
func (t *translator) members(n ast.IsNode) (string, error) {
	access, ok := n.(ast.NodeTypeAccess)
	if !ok {
		return "", fmt.Errorf("%T is no set attribute", n)
	}
	a, err := t.declared(access.Arg, access.Value)
	if err != nil {
		return "", err
	}
	set, isSet := a.Type.(resolved.SetType)
	query := t.cols.Sets[string(access.Value)]
	if !isSet || a.Optional || set.Element != (resolved.StringType{}) || query == "" {
		return "", fmt.Errorf("no query for set attribute %s", access.Value)
	}
	return query, nil
}
