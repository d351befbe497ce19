package journal

import (
	"fmt"
	"reflect"
	"time"

	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/store"
)

// Entry is one kind of fact. It is a struct of exported fields: strings,
// whole numbers, booleans, ident.ID, ident.Ref, time.Time, Sealed, and slices
// and structs of these.
type Entry interface {
	// Apply changes the tables of the entry's module. It is deterministic: no
	// clock, no randomness, no other module's tables; it addresses rows by id
	// and never branches on, looks up by, or derives from a Sealed value.
	Apply(w *store.Writer, m Meta) error
	// About names the records the entry is about, the main one first; their
	// timelines show it.
	About() []ident.Ref
}

// Meta is what the journal knows of an entry besides its fields.
type Meta struct {
	Seq      int64     // place in the home's order, from 1, without gaps
	ID       ident.ID  // of the entry; appending the same id again does nothing
	Kind     string    // "cases.case-opened"
	Actor    ident.ID  // who
	Unit     ident.ID  // for which unit
	Action   string    // which verb was granted
	Purpose  string    // why, as policy.Purpose prints it
	Happened time.Time // when the fact happened
	Written  time.Time // when it was written, later than that of seq-1
}

// Kind is an entry kind in the closed registry.
type Kind struct {
	Name    string // "module.fact", the fact in the past tense
	Version int    // of the stored form, from 1

	typ     reflect.Type
	upcasts []Upcast
	plan    *plan
}

// Upcast brings the fields of one version to those of the next. Stored
// entries are never rewritten; their digests are of the fields as stored.
type Upcast func(Fields) Fields

// KindOf registers T under a name. There must be one upcast for each earlier
// version: the first brings version 1 to 2, and so on.
func KindOf[T Entry](name string, upcasts ...Upcast) Kind {
	typ := reflect.TypeFor[T]()
	return Kind{Name: name, Version: len(upcasts) + 1, typ: typ, upcasts: upcasts, plan: planOf(typ)}
}

// Module returns the name before the dot: whose tables Apply may change.
func (k Kind) Module() string {
	for i := range k.Name {
		if k.Name[i] == '.' {
			return k.Name[:i]
		}
	}
	return k.Name
}

// Zero gives an empty entry of the kind, for whoever fills one by its type.
func (k Kind) Zero() Entry { return reflect.Zero(k.typ).Interface().(Entry) }

// Fields gives the names of the kind's fields and the subject field of the
// sealed ones, for the generated reference.
func (k Kind) Fields() map[string]string { return k.plan.describe("") }

// registry is the closed set of kinds.
type registry struct {
	byName map[string]*Kind
	byType map[reflect.Type]*Kind
}

func newRegistry(kinds []Kind) (*registry, error) {
	r := &registry{byName: map[string]*Kind{}, byType: map[reflect.Type]*Kind{}}
	for _, k := range kinds {
		if k.plan.err != nil {
			return nil, fmt.Errorf("journal: kind %s: %w", k.Name, k.plan.err)
		}
		if r.byName[k.Name] != nil || r.byType[k.typ] != nil {
			return nil, fmt.Errorf("journal: kind %s or its type %s is registered twice", k.Name, k.typ)
		}
		r.byName[k.Name], r.byType[k.typ] = &k, &k
	}
	return r, nil
}

func (r *registry) of(e Entry) (*Kind, error) {
	if k := r.byType[reflect.TypeOf(e)]; k != nil {
		return k, nil
	}
	return nil, fmt.Errorf("journal: %T is not a registered kind of entry", e)
}

// decode makes the typed entry from stored fields of the given version.
func (k *Kind) decode(version int, f fields) (Entry, error) {
	if version < 1 || version > k.Version {
		return nil, fmt.Errorf("journal: %s version %d is newer than this program's %d", k.Name, version, k.Version)
	}
	v := reflect.New(k.typ).Elem()
	if err := k.plan.fill(v, "", f.upcast(k.upcasts[version-1:])); err != nil {
		return nil, fmt.Errorf("journal: %s: %w", k.Name, err)
	}
	return v.Interface().(Entry), nil
}
