package plates

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/web"
	"github.com/amana-platform/amana/kernel/web/ui"
)

// sheet is a form: its questions, what is known, and the verb that its answers
// go to, which gives the address to go on to.
type sheet struct {
	verb   string // text keys "plates.act.<verb>" and "plates.lead.<verb>"
	title  string // what it is about
	back   string
	law    string
	above  templ.Component // what one looks at while one answers
	asks   []question
	values url.Values
	do     func(answers) (string, error)
}

// question is one field; kind "" is a line of text.
type question struct {
	name     string
	kind     string // "", "area", "time", "select", "radios", "check", "file"
	optional bool
	help     bool
	ltr      bool
	law      string
	options  []ui.Option
}

// sheetFor makes the sheet of a request.
type sheetFor func(r *web.Request) (sheet, error)

// show asks the questions.
func (s *Service) show(build sheetFor) web.Handler {
	return func(r *web.Request) error {
		f, err := build(r)
		if err != nil {
			return err
		}
		if f.values == nil {
			f.values = url.Values{}
		}
		f.values.Set("submission", string(s.k.Journal.NewID()))
		return s.sheetPage(r, http.StatusOK, f, nil)
	}
}

// submit takes the answers; what is wrong comes back beside what was typed.
func (s *Service) submit(build sheetFor) web.Handler {
	return func(r *web.Request) error {
		values, err := r.Form()
		f, broken := build(r)
		if broken != nil {
			return broken
		}
		if err == nil {
			var next string
			if next, err = f.do(answers{values, r, &fault.List{}}); err == nil {
				return r.Redirect(next)
			}
		}
		return s.again(r, f, values, err)
	}
}

// again shows a form whose answers were not taken, if what is wrong may be
// said.
func (s *Service) again(r *web.Request, f sheet, values url.Values, err error) error {
	wrong := fault.All(err)
	status := http.StatusUnprocessableEntity
	for _, w := range wrong {
		if w.Kind != fault.Invalid && w.Kind != fault.Conflict && w.Kind != fault.Refused {
			return err
		}
		if w.Kind != fault.Invalid {
			status = w.Kind.Status()
		}
	}
	if len(wrong) == 0 {
		return err
	}
	f.values = values
	return s.sheetPage(r, status, f, wrong)
}

func (s *Service) sheetPage(r *web.Request, status int, f sheet, wrong fault.List) error {
	form := ui.Form{Words: r.Words, ID: "plates-" + f.verb, Action: r.URL.Path, Values: f.values, Errors: wrong,
		Submit: r.T("plates.act." + f.verb), Cancel: f.back, Labels: map[string]string{}}
	for _, q := range f.asks {
		form.Labels[q.name] = r.T("plates.field." + q.name)
	}
	return r.PageStatus(status, form.Submit, sheetBody(r.Words, f, form))
}

// field is a question in the words of the reader.
func (q question) field(f ui.Form) ui.Field {
	fd := ui.Field{Name: q.name, Label: f.Words.T("plates.field." + q.name), Optional: q.optional, LTR: q.ltr, Law: q.law}
	if q.help {
		fd.Help = f.Words.T("plates.help." + q.name)
	}
	return fd
}

// answers are what was typed, read in the words of the reader.
type answers struct {
	url.Values
	r     *web.Request
	wrong *fault.List
}

// id reads a hidden field: a forged one is as good as none.
func (a answers) id(name string) ident.ID {
	id, err := ident.Parse(a.Get(name))
	if err != nil {
		return ""
	}
	return id
}

// act reads what every act says.
func (a answers) act() Act {
	version, _ := strconv.ParseInt(a.Get("version"), 10, 64) // hidden: a forged one is stale
	return Act{Submission: a.id("submission"), Version: max(version, 1)}
}

func (a answers) add(field string, err error) {
	if err != nil {
		f := fault.Of(err)
		*a.wrong = append(*a.wrong, &fault.Error{Kind: f.Kind, Key: f.Key, Field: field, Args: f.Args})
	}
}

// time reads a moment; empty is the zero time.
func (a answers) time(name string) time.Time {
	if a.Get(name) == "" {
		return time.Time{}
	}
	t, err := a.r.Words.ReadTime(a.Get(name), a.r.Now())
	a.add(name, err)
	return t
}

// ticked reports whether a box is ticked.
func (a answers) ticked(name string) bool { return a.Get(name) == "yes" }

// degrees reads a coordinate in millionths; empty is 0.
func (a answers) degrees(name string) int64 {
	s := strings.Replace(strings.TrimSpace(a.Get(name)), ",", ".", 1)
	if s == "" {
		return 0
	}
	x, err := strconv.ParseFloat(s, 64)
	if err != nil || !(x >= -180 && x <= 180) {
		a.wrong.Add(name, "plates.fault.place")
		return 0
	}
	if x < 0 {
		return int64(x*million - 0.5)
	}
	return int64(x*million + 0.5)
}

// whole reads a whole number; empty is otherwise.
func (a answers) whole(name string, otherwise int64) int64 {
	if a.Get(name) == "" {
		return otherwise
	}
	n, err := strconv.ParseInt(a.Get(name), 10, 32)
	if err != nil {
		a.wrong.Add(name, "form.unreadable")
	}
	return n
}

// then runs the verb only if all could be read.
func (a answers) then(next string, verb func() error) (string, error) {
	if err := a.wrong.Err(); err != nil {
		return "", err
	}
	return next, verb()
}

// options says the choices of a field in the words of the reader.
func options[T ~string](r *web.Request, group string, from []T) []ui.Option {
	var out []ui.Option
	for _, v := range from {
		out = append(out, ui.Option{Value: string(v), Label: r.T("plates." + group + "." + string(v))})
	}
	return out
}
