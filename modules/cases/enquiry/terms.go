package enquiry

import (
	"slices"
	"time"

	"github.com/amana-platform/amana/kernel/packs"
	"github.com/amana-platform/amana/kernel/text"
)

// Terms says the codes of the pack in the words of a reader, by the law of a
// day.
type Terms struct {
	Pack *packs.Pack
	At   time.Time
}

// Field gives the words of a field of the pack.
func (t Terms) Field(w *text.Words, code string) string {
	if f, err := t.Pack.Field(code, t.At); err == nil {
		return f.Names.In(string(w.Lang()))
	}
	if key := "cases.field." + code; w.Has(key) {
		return w.T(key)
	}
	return code
}

// Value shows a stored value by the type of its field.
func (t Terms) Value(w *text.Words, code, v string) string {
	lang := string(w.Lang())
	switch code {
	case "regime":
		if r, err := t.Pack.Regime(v, t.At); err == nil {
			return r.Names.In(lang)
		}
	case "quality":
		if key := "cases.role." + v; w.Has(key) {
			return w.T(key)
		}
	case "offence":
		if o, err := t.Pack.Offence(v, t.At); err == nil {
			return o.Names.In(lang)
		}
	}
	f, err := t.Pack.Field(code, t.At)
	if err != nil {
		return v
	}
	switch f.Type {
	case "time":
		if t, err := time.Parse(time.RFC3339, v); err == nil {
			return w.DateTime(t)
		}
	case "date":
		return w.Partial(text.PartialDate(v))
	case "yesno":
		if v == "yes" || v == "no" {
			return w.T("cases.yesno." + v)
		}
	case "signature":
		if key := "cases.signature." + v; w.Has(key) {
			return w.T(key)
		}
	}
	return v
}

// Type gives the type of a field, "text" where the pack has none.
func (t Terms) Type(code string) string {
	f, err := t.Pack.Field(code, t.At)
	if err != nil {
		return "text"
	}
	return f.Type
}

// Check says what a line of the gate is about.
func (t Terms) Check(w *text.Words, check, code string) string {
	lang, now := string(w.Lang()), t.At
	switch check {
	case CheckElement:
		return t.Element(lang, code)
	case CheckFrame:
		if code == "" {
			return ""
		}
		return t.Field(w, code)
	case CheckMeasures:
		if m, err := t.Pack.Measure(code, now); err == nil {
			return m.Names.In(lang)
		}
	}
	return code
}

// Element says an element of an offence.
func (t Terms) Element(lang, code string) string {
	for _, o := range t.Pack.Offences(t.At) {
		if !slices.Contains(o.Elements, code) {
			continue
		}
		all, _ := t.Pack.Elements(o.Code, t.At)
		for _, e := range all {
			if e.Code == code {
				return e.Names.In(lang)
			}
		}
	}
	return code
}
