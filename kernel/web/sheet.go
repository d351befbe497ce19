package web

import (
	"cmp"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/text"
	"github.com/amana-platform/amana/kernel/web/ui"
)

// Sheet is the form of one verb: its questions, what is known, and what its
// answers go to.
type Sheet struct {
	Verb   string
	Title  string // "" is the verb's words
	About  string // what it is about: a number, a name
	Law    string
	Back   string
	At     string // where the answers go, if not to the address of the request
	Draft  string // names the draft; "" is not saved while one types
	Above  templ.Component
	Hidden []string // beside "submission" and "version"
	Asks   []Question
	Values url.Values
	Fields func(ui.Form) []templ.Component // drawn after the questions; may be nil
	Do     func(Answers) (string, error)   // gives the address to go on to
}

// Question is one field of a sheet; kind "" is a line of text.
type Question struct {
	Name     string
	Kind     string // "", "area", "time", "date", "check", "select", "radios"
	Optional bool
	Help     bool
	LTR      bool
	Law      string
	Options  []ui.Option
	Draw     func(ui.Form, ui.Field) templ.Component // instead of a kind
}

// SheetFor makes the sheet of a request.
type SheetFor func(r *Request) (Sheet, error)

// Sheets shows and takes the sheets of a module. Its words stand under keys that
// begin as named here: those of a verb and of a question's name follow.
type Sheets struct {
	Act   string // "cases.act.": what a verb is called
	Lead  string // "cases.lead.": what stands above its questions; may be missing
	Field string // "cases.field.": what a question is called
	Help  string // "cases.help."
	NewID func() ident.ID
}

// Show asks the questions.
func (m Sheets) Show(build SheetFor) Handler {
	return func(r *Request) error {
		f, err := build(r)
		if err != nil {
			return err
		}
		if f.Values == nil {
			f.Values = url.Values{}
		}
		f.Values.Set("submission", string(m.NewID()))
		return m.page(r, http.StatusOK, f, nil)
	}
}

// Submit takes the answers; what is wrong comes back beside what was typed. The
// buttons "add", "remove" and "next" change the form and submit nothing.
func (m Sheets) Submit(build SheetFor) Handler {
	return func(r *Request) error {
		values, err := r.Form()
		f, broken := build(r)
		if broken != nil {
			return broken
		}
		if err == nil && (values.Get("add") != "" || values.Get("remove") != "" || values.Get("next") != "") {
			f.Values = values
			return m.page(r, http.StatusOK, f, nil)
		}
		if err == nil {
			var next string
			if next, err = f.do(values, r); err == nil {
				return r.Redirect(next)
			}
		}
		return m.Again(r, f, values, err)
	}
}

// do runs the verb, if all could be read, and forgets the draft.
func (f Sheet) do(values url.Values, r *Request) (string, error) {
	a := NewAnswers(values, r)
	next, err := f.Do(a)
	if len(*a.Wrong) > 0 {
		return "", *a.Wrong
	}
	if err == nil && f.Draft != "" {
		err = r.DropDraft(f.Draft)
	}
	return next, err
}

// Again shows a sheet whose answers were not taken, if what is wrong may be
// said; it gives the error back if not.
func (m Sheets) Again(r *Request, f Sheet, values url.Values, err error) error {
	wrong := fault.All(err)
	if len(wrong) == 0 {
		return err
	}
	status := http.StatusUnprocessableEntity
	for _, w := range wrong {
		switch w.Kind {
		case fault.Invalid:
		case fault.Conflict, fault.Refused, fault.TooLarge:
			status = w.Kind.Status()
		default:
			return err
		}
	}
	f.Values = values
	return m.page(r, status, f, wrong)
}

func (m Sheets) page(r *Request, status int, f Sheet, wrong fault.List) error {
	form := ui.Form{Words: r.Words, ID: cmp.Or(f.Draft, strings.ReplaceAll(m.Act, ".", "-")+f.Verb), Action: cmp.Or(f.At, r.URL.Path), Values: f.Values, Errors: wrong,
		Submit: r.T(m.Act + f.Verb), Cancel: f.Back, Labels: map[string]string{}}
	for _, q := range f.Asks {
		form.Labels[q.Name] = m.label(r.Words, q.Name)
	}
	if f.Draft != "" {
		var err error
		if form, err = r.Draft(form); err != nil {
			return err
		}
	}
	f.Title = cmp.Or(f.Title, form.Submit)
	return r.PageStatus(status, f.Title, m.body(f, form))
}

// lead is what stands above the questions of a verb, if its module says something.
func (m Sheets) lead(w *text.Words, verb string) string {
	if key := m.Lead + verb; w.Has(key) {
		return w.T(key)
	}
	return ""
}

func (m Sheets) label(w *text.Words, name string) string { return w.T(m.Field + name) }

// draw is a question in the words of the reader.
func (m Sheets) draw(q Question, f ui.Form) templ.Component {
	fd := ui.Field{Name: q.Name, Label: m.label(f.Words, q.Name), Optional: q.Optional, LTR: q.LTR, Law: q.Law}
	if q.Help {
		fd.Help = f.Words.T(m.Help + q.Name)
	}
	switch {
	case q.Draw != nil:
		return q.Draw(f, fd)
	case q.Kind == "area":
		return f.Area(fd)
	case q.Kind == "time":
		return f.Time(fd)
	case q.Kind == "date":
		return f.Date(fd)
	case q.Kind == "check":
		return f.Check(fd)
	case q.Kind == "select":
		return f.Select(fd, q.Options)
	case q.Kind == "radios":
		return f.Radios(fd, q.Options)
	}
	return f.Text(fd)
}

// Options says the choices of a field in the words of the reader: "<group>.<value>".
func Options[T ~string](r *Request, group string, from []T) []ui.Option {
	var out []ui.Option
	for _, v := range from {
		out = append(out, ui.Option{Value: string(v), Label: r.T(group + "." + string(v))})
	}
	return out
}

// Answers are what was typed into a sheet, read in the words of the reader. What
// cannot be read is gathered, so that all of it is said at once.
type Answers struct {
	url.Values
	Request *Request
	Wrong   *fault.List
}

// NewAnswers are the answers of a form.
func NewAnswers(values url.Values, r *Request) Answers { return Answers{values, r, &fault.List{}} }

// Fault notes what is wrong with a field; nil is nothing.
func (a Answers) Fault(field string, err error) {
	if err != nil {
		f := fault.Of(err)
		*a.Wrong = append(*a.Wrong, &fault.Error{Kind: f.Kind, Key: f.Key, Field: field, Args: f.Args})
	}
}

// ID reads a hidden id or a chosen record, "kind/id": a forged one is as good
// as none.
func (a Answers) ID(name string) ident.ID {
	v := a.Get(name)
	if _, tail, ok := strings.Cut(v, "/"); ok {
		v = tail
	}
	id, err := ident.Parse(v)
	if err != nil {
		return ""
	}
	return id
}

// Version reads the hidden version that the form showed; a forged one is stale.
func (a Answers) Version() int64 {
	n, _ := strconv.ParseInt(a.Get("version"), 10, 64)
	return max(n, 1)
}

// Time reads a moment; empty is the zero time.
func (a Answers) Time(name string) time.Time { return a.moment(name, a.Request.Words.ReadTime) }

// From reads when a window begins, and Until when it ends: a moment, or a whole day.
func (a Answers) From(name string) time.Time  { return a.moment(name, a.Request.Words.ReadFrom) }
func (a Answers) Until(name string) time.Time { return a.moment(name, a.Request.Words.ReadUntil) }

func (a Answers) moment(name string, read func(string, time.Time) (time.Time, error)) time.Time {
	if a.Get(name) == "" {
		return time.Time{}
	}
	t, err := read(a.Get(name), a.Request.Now())
	a.Fault(name, err)
	return t
}

// Day reads a date, which may be known in part.
func (a Answers) Day(name string) text.PartialDate {
	d, err := text.ReadDate(a.Get(name))
	a.Fault(name, err)
	return d
}

// Ticked reports whether a box is ticked.
func (a Answers) Ticked(name string) bool { return a.Get(name) == "yes" }

// Then runs the verb only if all could be read, and goes on to next.
func (a Answers) Then(next string, verb func() error) (string, error) {
	if err := a.Wrong.Err(); err != nil {
		return "", err
	}
	return next, verb()
}
