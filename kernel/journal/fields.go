package journal

import (
	"encoding"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/amana-platform/amana/kernel/clock"
	"github.com/amana-platform/amana/kernel/ident"
)

// Fields are an entry's values by path ("Person", "Parties[0].Name"), each in
// JSON. A slice that holds sealed values also has its length, at "Parties[#]".
type Fields map[string]json.RawMessage

// field is one value on its way into or out of the store.
type field struct {
	path    string
	subject ident.ID // "" for an open field
	value   json.RawMessage
}

// fields are an entry's values in the order of their paths.
type fields []field

// get finds a value by its path.
func (f fields) get(path string) (json.RawMessage, bool) {
	i, ok := slices.BinarySearchFunc(f, path, func(x field, path string) int { return strings.Compare(x.path, path) })
	if !ok {
		return nil, false
	}
	return f[i].value, true
}

// with merges two lists into a new one.
func (f fields) with(more fields) fields {
	out := make(fields, 0, len(f)+len(more))
	for len(f) > 0 && len(more) > 0 {
		if f[0].path <= more[0].path {
			out, f = append(out, f[0]), f[1:]
		} else {
			out, more = append(out, more[0]), more[1:]
		}
	}
	return append(append(out, f...), more...)
}

// upcast gives the fields to the upcasts, which know them as a map.
func (f fields) upcast(all []Upcast) fields {
	if len(all) == 0 {
		return f
	}
	m := make(Fields, len(f))
	for _, x := range f {
		m[x.path] = x.value
	}
	for _, up := range all {
		m = up(m)
	}
	out := make(fields, 0, len(m))
	for _, path := range slices.Sorted(maps.Keys(m)) {
		out = append(out, field{path: path, value: m[path]})
	}
	return out
}

// plan says how to flatten a type; it is made once per type.
type plan struct {
	typ    reflect.Type
	leaf   bool  // stored as one JSON value
	plain  bool  // a leaf that encoding/json treats by its kind alone
	sealed bool  // is a Sealed
	elem   *plan // of a slice that holds sealed values
	fields []planField
	err    error
}

type planField struct {
	name    string
	index   int
	subject int // index of the sibling that names the subject; -1 inherits or open
	plan    *plan
}

var (
	sealedType = reflect.TypeFor[Sealed]()
	timeType   = reflect.TypeFor[time.Time]()
)

func planOf(t reflect.Type) *plan {
	p := &plan{typ: t}
	if t == sealedType {
		p.leaf, p.sealed = true, true
		return p
	}
	if t.Kind() == reflect.Struct && t != timeType {
		p.structFields()
	} else if t.Kind() == reflect.Slice && holdsSealed(t.Elem()) {
		p.elem = planOf(t.Elem())
		p.err = p.elem.err
	} else {
		p.leafOf()
	}
	return p
}

// leafOf makes the plan of a value that is stored as it is.
func (p *plan) leafOf() {
	p.leaf, p.err = true, storable(p.typ)
	switch p.typ.Kind() {
	case reflect.String, reflect.Bool, reflect.Int, reflect.Int64:
		pointer := reflect.PointerTo(p.typ)
		p.plain = true
		for _, own := range ownForms {
			p.plain = p.plain && !pointer.Implements(own)
		}
	}
}

// ownForms are the ways in which a type can decide itself how it is stored.
var ownForms = []reflect.Type{
	reflect.TypeFor[json.Marshaler](), reflect.TypeFor[json.Unmarshaler](), reflect.TypeFor[encoding.TextMarshaler](), reflect.TypeFor[encoding.TextUnmarshaler](),
}

func (p *plan) structFields() {
	for i := range p.typ.NumField() {
		f := p.typ.Field(i)
		if !f.IsExported() {
			p.err = fmt.Errorf("field %s.%s is not exported", p.typ, f.Name)
			return
		}
		pf := planField{name: f.Name, index: i, subject: -1}
		if name := f.Tag.Get("seal"); name != "" {
			s, ok := p.typ.FieldByName(name)
			if !ok {
				p.err = fmt.Errorf("field %s.%s is sealed under %q, which is no field", p.typ, f.Name, name)
				return
			}
			pf.subject = s.Index[0]
		} else if f.Type == sealedType {
			p.err = fmt.Errorf("field %s.%s is sealed but has no seal tag", p.typ, f.Name)
			return
		}
		if holdsSealed(f.Type) {
			pf.plan = planOf(f.Type)
		} else {
			pf.plan = &plan{typ: f.Type}
			pf.plan.leafOf()
		}
		if pf.plan.err != nil {
			p.err = pf.plan.err
			return
		}
		p.fields = append(p.fields, pf)
	}
}

func holdsSealed(t reflect.Type) bool {
	switch {
	case t == sealedType:
		return true
	case t == timeType:
		return false
	case t.Kind() == reflect.Slice:
		return holdsSealed(t.Elem())
	case t.Kind() == reflect.Struct:
		for i := range t.NumField() {
			if holdsSealed(t.Field(i).Type) {
				return true
			}
		}
	}
	return false
}

// storable refuses what would not read back the same: floating point,
// pointers, maps, interfaces.
func storable(t reflect.Type) error {
	switch t.Kind() {
	case reflect.String, reflect.Bool, reflect.Int, reflect.Int64, reflect.Int32, reflect.Uint8:
		return nil
	case reflect.Slice, reflect.Array:
		return storable(t.Elem())
	case reflect.Struct:
		if t == timeType {
			return nil
		}
		for i := range t.NumField() {
			if err := storable(t.Field(i).Type); err != nil {
				return err
			}
		}
		return nil
	}
	return fmt.Errorf("type %s cannot be stored in an entry", t)
}

func (p *plan) describe(prefix string) map[string]string {
	out := map[string]string{}
	if p.elem != nil {
		return p.elem.describe(prefix + "[]")
	}
	for _, f := range p.fields {
		path := join(prefix, f.name)
		switch {
		case f.plan.sealed:
			out[path] = join(prefix, p.typ.Field(f.subject).Name)
		case f.plan.leaf:
			out[path] = ""
		default:
			maps.Copy(out, f.plan.describe(path))
		}
	}
	return out
}

func join(prefix, name string) string {
	if prefix == "" {
		return name
	}
	return prefix + "." + name
}

// flatten lists the fields of v in the order of the type.
func (p *plan) flatten(v reflect.Value, path string, subject ident.ID, out []field) ([]field, error) {
	switch {
	case p.sealed:
		s := v.Interface().(Sealed)
		if subject == "" {
			return nil, fmt.Errorf("%s: a sealed value without subject", path)
		}
		if !s.held {
			return out, nil // nothing was said: there is nothing to keep
		}
		value, err := encodeJSON(s.text)
		return append(out, field{path, subject, value}), err
	case p.leaf:
		if p.typ == timeType {
			v = reflect.ValueOf(clock.Micro(v.Interface().(time.Time)))
		}
		value, err := p.encode(v)
		return append(out, field{path: path, value: value}), err
	case p.elem != nil:
		out = append(out, field{path: path + "[#]", value: json.RawMessage(strconv.Itoa(v.Len()))})
		var err error
		for i := range v.Len() {
			if out, err = p.elem.flatten(v.Index(i), path+"["+strconv.Itoa(i)+"]", subject, out); err != nil {
				return nil, err
			}
		}
		return out, nil
	}
	var err error
	for _, f := range p.fields {
		under := subject
		if f.subject >= 0 {
			under = subjectOf(v.Field(f.subject).Interface())
		}
		if out, err = f.plan.flatten(v.Field(f.index), join(path, f.name), under, out); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// fill is flatten backwards. A field that is not there keeps its zero value:
// for a Sealed that means erased.
func (p *plan) fill(v reflect.Value, path string, f fields) error {
	switch {
	case p.sealed, p.leaf:
		raw, ok := f.get(path)
		if !ok {
			return nil
		}
		if err := p.decode(v, raw); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		return nil
	case p.elem != nil:
		length, _ := f.get(path + "[#]")
		n, _ := strconv.Atoi(string(length))
		if n < 0 || n > 100_000 {
			return fmt.Errorf("%s: length %d", path, n)
		}
		v.Set(reflect.MakeSlice(p.typ, n, n))
		for i := range n {
			if err := p.elem.fill(v.Index(i), path+"["+strconv.Itoa(i)+"]", f); err != nil {
				return err
			}
		}
		return nil
	}
	for _, pf := range p.fields {
		if err := pf.plan.fill(v.Field(pf.index), join(path, pf.name), f); err != nil {
			return err
		}
	}
	return nil
}

func sortedPaths[V any](m map[string]V) []string {
	return slices.Sorted(maps.Keys(m))
}
