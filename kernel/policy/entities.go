package policy

import (
	"fmt"
	"strings"

	"github.com/cedar-policy/cedar-go/types"

	"github.com/amana-platform/amana/kernel/ident"
)

// The kernel's entity types, see vocabulary.cedarschema.
const (
	typeActor   types.EntityType = "Actor"
	typeUnit    types.EntityType = "Unit"
	typeService types.EntityType = "Service"
)

// entityType gives the Cedar type of a record kind: "custody-entry" is
// CustodyEntry.
func entityType(kind string) types.EntityType {
	if kind == "" {
		return typeService
	}
	var b strings.Builder
	for part := range strings.SplitSeq(kind, "-") {
		if part != "" {
			b.WriteString(strings.ToUpper(part[:1]) + part[1:])
		}
	}
	return types.EntityType(b.String())
}

func unitUID(id ident.ID) types.EntityUID { return types.NewEntityUID(typeUnit, types.String(id)) }

// world is what Cedar may look up while it decides one question.
type world struct {
	actor    types.Entity
	resource types.Entity
	actions  types.EntityMap // with the groups they belong to
	units    UnitTree
}

// Get makes a world a types.EntityGetter. A unit is given with all its
// ancestors as parents, so that one look-up decides "in".
func (w *world) Get(uid types.EntityUID) (types.Entity, bool) {
	switch uid {
	case w.actor.UID:
		return w.actor, true
	case w.resource.UID:
		return w.resource, true
	}
	if uid.Type != typeUnit {
		return w.actions.Get(uid)
	}
	return types.Entity{UID: uid, Parents: unitSet(w.units.Ancestors(ident.ID(uid.ID)))}, true
}

func unitSet(ids []ident.ID) types.EntityUIDSet {
	uids := make([]types.EntityUID, len(ids))
	for i, id := range ids {
		uids[i] = unitUID(id)
	}
	return types.NewEntityUIDSet(uids...)
}

func actorEntity(a Actor) types.Entity {
	return types.Entity{
		UID:     types.NewEntityUID(typeActor, types.String(a.ID)),
		Parents: unitSet(a.Units),
		Attributes: types.NewRecord(types.RecordMap{
			"id":       types.String(a.ID),
			"unit":     unitUID(a.Unit),
			"role":     types.String(a.Role),
			"capacity": types.String(a.Capacity),
			"demo":     types.Boolean(a.Demo),
		}),
	}
}

// resourceEntity builds and checks the resource: an attribute that is absent,
// not declared or of another type is an error, because a policy that compares
// it would silently be false.
func (r *rule) resourceEntity(res Resource) (types.Entity, error) {
	attrs := make(types.RecordMap, len(res.Attrs)+1)
	for name, v := range res.Attrs {
		value, err := cedarValue(v)
		if err != nil {
			return types.Entity{}, fmt.Errorf("attribute %s: %w", name, err)
		}
		attrs[types.String(name)] = value
	}
	attrs["unit"] = unitUID(res.Unit)
	e := types.Entity{UID: types.NewEntityUID(r.kind, types.String(res.Ref.ID)), Attributes: types.NewRecord(attrs)}
	return e, r.validator.Entity(e)
}

func cedarValue(v any) (types.Value, error) {
	switch v := v.(type) {
	case string:
		return types.String(v), nil
	case bool:
		return types.Boolean(v), nil
	case int64:
		return types.Long(v), nil
	case UnitID:
		return unitUID(ident.ID(v)), nil
	case []string:
		set := make([]types.Value, len(v))
		for i, s := range v {
			set[i] = types.String(s)
		}
		return types.NewSet(set...), nil
	}
	return nil, fmt.Errorf("a %T is neither string, bool, int64, []string nor UnitID", v)
}

func contextRecord(q *request) types.Record {
	return types.NewRecord(types.RecordMap{
		"purpose": types.NewRecord(types.RecordMap{
			"kind":  types.String(q.purpose.Kind),
			"ref":   types.String(q.purpose.Ref.String()),
			"basis": types.String(q.purpose.Basis),
		}),
		"now": types.Long(q.at.UnixMicro()),
	})
}
