package ui

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/text"
)

// Form is a form in one column. Values are what the fields show, Errors and
// Warnings what the side panel lists, each a link to its field (fault.Error.Field
// is the field's name). ID is unique on the page and stable, because unsent text
// is kept under it.
//
// With Autosave set, scripts post each changed field to it as
// name, value, version and page, which names one opening of the form
// (form-encoded), and expect JSON:
// 200 {"version":"8","saved":"RFC 3339"}; 409 {"version":"9","value":"…","who":"…","at":"RFC 3339"};
// 422 {"fault":"words"}; 401 opens the sign-in in place.
// Without scripts everything is saved when the form is submitted.
type Form struct {
	Words    *text.Words
	ID       string
	Action   string
	Autosave string
	Values   url.Values
	Labels   map[string]string // words of fields, put before their errors; optional
	Versions map[string]string // version of each field, as autosave gave it
	Saved    time.Time         // the last save, zero if none
	Errors   fault.List
	Warnings fault.List
	Submit   string // words of the main button; empty gives "Submit"
	Cancel   string // address to go back to; empty shows no link
	Begun    []Begun
	Another  string // address of an empty form beside this one; empty shows no link
	Discard  string // where the draft is given up; empty offers nothing
}

// Begun is another draft of the same form.
type Begun struct {
	Href  string
	Told  string // what tells it apart; may be empty
	Saved time.Time
}

// Field is one question of a form. Help is in the law's own terms, Law its
// article. Unknown attributes (inputmode, maxlength, autocomplete, list) go in Attrs.
type Field struct {
	Name     string
	Label    string
	Help     string
	Law      string
	Hint     string // an example, shown in the empty field
	Optional bool
	ReadOnly bool
	Narrow   bool // a short value: number, date, code
	Rows     int  // of a text area
	LTR      bool // an identifier: mono face, left to right
	Attrs    templ.Attributes
}

// Option is one choice of a select, of radios or of checkboxes.
type Option struct {
	Value string
	Label string
	Help  string
	Group string // options of one group stand together in a select
}

// Person is a person chosen in, or proposed by, the person picker.
type Person struct {
	Ref   string // "person/…"
	Name  string
	Other string // the name in the other script
	Born  string
	ID    string // CNIE or passport
	Note  string
}

// Upload is a file that the form already holds.
type Upload struct {
	ID     string
	Name   string
	Size   int64
	Digest string // SHA-256, hex
}

func (f Form) id(name string) string     { return f.ID + "-" + strings.ReplaceAll(name, ".", "-") }
func (f Form) helpID(name string) string { return f.id(name) + "-help" }
func (f Form) errID(name string) string  { return f.id(name) + "-error" }
func (f Form) value(name string) string  { return f.Values.Get(name) }
func (f Form) has(name, value string) bool {
	return slices.Contains(f.Values[name], value)
}

// faultOf gives the words of the first error about a field.
func (f Form) faultOf(name string) string {
	for _, e := range f.Errors {
		if e.Field == name {
			return f.Words.Fault(e)
		}
	}
	return ""
}

func (f Form) submitLabel() string {
	if f.Submit != "" {
		return f.Submit
	}
	return f.Words.T("action.submit")
}

// attrs are the attributes all controls share: name, id, what describes them,
// whether they are wrong, and what autosave needs.
func (f Form) attrs(fd Field) templ.Attributes {
	a := templ.Attributes{"id": f.id(fd.Name), "name": fd.Name}
	var described []string
	if fd.Help != "" || fd.Law != "" {
		described = append(described, f.helpID(fd.Name))
	}
	if f.faultOf(fd.Name) != "" {
		described = append(described, f.errID(fd.Name))
		a["aria-invalid"] = "true"
	}
	if len(described) > 0 {
		a["aria-describedby"] = strings.Join(described, " ")
	}
	if !fd.Optional {
		a["aria-required"] = "true"
	}
	if fd.ReadOnly {
		a["readonly"] = true
	}
	if v, ok := f.Versions[fd.Name]; ok {
		a["data-version"] = v
	}
	if fd.Hint != "" {
		a["placeholder"] = fd.Hint
	}
	if fd.LTR {
		a["dir"], a["class"], a["spellcheck"] = "ltr", "id", "false"
	}
	for k, v := range fd.Attrs {
		a[k] = v
	}
	return a
}

// attrsAs are the attributes of a control that posts under another name.
func (f Form) attrsAs(fd Field, name string) templ.Attributes {
	a := f.attrs(fd)
	a["name"] = name
	return a
}

// errorHref leads to the field an error is about.
func (f Form) errorHref(e *fault.Error) templ.SafeURL {
	return templ.URL("#" + f.id(e.Field))
}

func (f Form) rows(fd Field) string {
	if fd.Rows > 0 {
		return strconv.Itoa(fd.Rows)
	}
	return "4"
}

// groups gives the option groups in the order they first appear.
func groups(options []Option) []string {
	var names []string
	for _, o := range options {
		if !slices.Contains(names, o.Group) {
			names = append(names, o.Group)
		}
	}
	return names
}

// within gives the options of one group.
func within(options []Option, group string) []Option {
	return slices.DeleteFunc(slices.Clone(options), func(o Option) bool { return o.Group != group })
}

// Clash is one field with two values: what this person wrote, and what
// another wrote meanwhile.
type Clash struct {
	Mine, Theirs string
	Who          string
	At           time.Time
}

// asDate, asTime and asPicker complete a field with what its kind always says.
func (fd Field) asDate(w *text.Words) Field { return fd.hinted(w.T("form.date-hint")) }
func (fd Field) asTime(w *text.Words) Field { return fd.hinted(w.T("form.time-hint")) }
func (fd Field) asPicker(w *text.Words) Field {
	if fd.Hint == "" {
		fd.Hint = w.T("person.hint")
	}
	return fd
}

// hinted puts the format into the help line, where it stays while one types.
func (fd Field) hinted(format string) Field {
	if fd.Help == "" {
		fd.Help = format
	} else {
		fd.Help += " · " + format
	}
	fd.Narrow = true
	return fd
}

// short gives the first half-dozen bytes of a digest, enough to compare by eye.
func short(digest string) string {
	if len(digest) <= 12 {
		return digest
	}
	return digest[:12] + "…"
}

// RowName names a field of row i of a repeated group, as Repeat reads it.
func RowName(group string, i int, field string) string {
	return group + "." + strconv.Itoa(i) + "." + field
}
