package journal

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"time"
	"unicode/utf8"

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

// plan says how to flatten a type; it is made once per type.
type plan struct {
	typ    reflect.Type
	leaf   bool  // stored as one JSON value
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
		p.leaf = true
		p.err = storable(t)
	}
	return p
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
			pf.plan = &plan{typ: f.Type, leaf: true, err: storable(f.Type)}
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
		value, err := encodeJSON(v.Interface())
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
func (p *plan) fill(v reflect.Value, path string, f Fields) error {
	switch {
	case p.sealed:
		raw, ok := f[path]
		if !ok {
			return nil
		}
		var s string
		if err := json.Unmarshal(raw, &s); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		v.Set(reflect.ValueOf(Seal(s)))
		return nil
	case p.leaf:
		if raw, ok := f[path]; ok {
			if err := json.Unmarshal(raw, v.Addr().Interface()); err != nil {
				return fmt.Errorf("%s: %w", path, err)
			}
		}
		return nil
	case p.elem != nil:
		n, _ := strconv.Atoi(string(f[path+"[#]"]))
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

// encodeJSON refuses text that the two engines would not keep alike.
func encodeJSON(v any) (json.RawMessage, error) {
	switch v := v.(type) {
	case string:
		if plainASCII(v) {
			return append(append(append(make([]byte, 0, len(v)+2), '"'), v...), '"'), nil
		}
	case ident.ID:
		return encodeJSON(string(v))
	case int64:
		return strconv.AppendInt(nil, v, 10), nil
	case int:
		return strconv.AppendInt(nil, int64(v), 10), nil
	case bool:
		return strconv.AppendBool(nil, v), nil
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	raw := bytes.TrimSuffix(b.Bytes(), []byte("\n"))
	if !utf8.Valid(raw) || bytes.Contains(raw, []byte(`\u0000`)) || bytes.Contains(raw, []byte("\ufffd")) {
		return nil, fmt.Errorf("journal: text with NUL or malformed UTF-8")
	}
	return raw, nil
}

// storedJSON is the one form in which bodies and boxes are stored. Values in
// it stay the very bytes whose digests were taken: json.Marshal would write
// & < > in them as escapes.
func storedJSON(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), err
}

// plainASCII reports whether a text stands in JSON as it is.
func plainASCII(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < 0x20 || c > 0x7e || c == '"' || c == '\\' {
			return false
		}
	}
	return true
}

func sortedPaths[V any](m map[string]V) []string {
	return slices.Sorted(maps.Keys(m))
}
