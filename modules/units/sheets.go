package units

import (
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/packs"
	"github.com/amana-platform/amana/kernel/web"
	"github.com/amana-platform/amana/kernel/web/ui"
)

// sheet is a form of an administrator: its questions, what is known, and the
// verb that its answers go to, which gives the address to go on to.
type sheet struct {
	verb   string // text key "units.act.<verb>"
	title  string // what it is about
	back   string
	asks   []question
	values url.Values
	do     func(answers) (string, error)
}

// question is one field; kind "" is a line of text.
type question struct {
	name     string
	kind     string // "", "area", "time", "check", "select"
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
		f.values.Set("submission", string(s.k.Journal.NewID()))
		return s.sheetPage(r, http.StatusOK, f, nil)
	}
}

// submit takes the answers; what is wrong comes back beside what was typed.
func (s *Service) submit(build sheetFor) web.Handler {
	return func(r *web.Request) error {
		f, err := build(r)
		if err != nil {
			return err
		}
		values, err := r.Form()
		if err == nil {
			var next string
			if next, err = f.do(answers{values, r, &fault.List{}}); err == nil {
				return r.Redirect(next)
			}
		}
		if k := fault.Of(err).Kind; k != fault.Invalid && k != fault.Conflict && k != fault.Refused {
			return err
		}
		f.values = values
		return s.sheetPage(r, fault.Of(err).Kind.Status(), f, fault.All(err))
	}
}

func (s *Service) sheetPage(r *web.Request, status int, f sheet, wrong fault.List) error {
	form := ui.Form{Words: r.Words, ID: "units-" + f.verb, Action: r.URL.Path, Values: f.values, Errors: wrong,
		Submit: r.T("units.act." + f.verb), Cancel: f.back, Labels: map[string]string{}}
	for _, q := range f.asks {
		form.Labels[q.name] = r.T("units.field." + q.name)
	}
	return r.PageStatus(status, form.Submit, sheetBody(r.Words, f, form))
}

// field is a question in the words of the reader.
func (q question) field(f ui.Form) ui.Field {
	fd := ui.Field{Name: q.name, Label: f.Words.T("units.field." + q.name), Optional: q.optional, LTR: q.ltr, Law: q.law}
	if q.help {
		fd.Help = f.Words.T("units.help." + q.name)
	}
	return fd
}

// answers are what was typed, read in the words of the reader.
type answers struct {
	url.Values
	r     *web.Request
	wrong *fault.List
}

func (a answers) id(name string) ident.ID {
	id, err := ident.Parse(a.Get(name))
	if err != nil {
		return "" // hidden fields: a forged one is as good as none
	}
	return id
}

func (a answers) version() int64 {
	n, _ := strconv.ParseInt(a.Get("version"), 10, 64) // hidden, likewise
	return max(n, 1)
}

// time reads a moment; empty is the zero time.
func (a answers) time(name string) time.Time {
	if a.Get(name) == "" {
		return time.Time{}
	}
	t, err := a.r.Words.ReadTime(a.Get(name), a.r.Now())
	if err != nil {
		f := fault.Of(err)
		*a.wrong = append(*a.wrong, &fault.Error{Kind: f.Kind, Key: f.Key, Field: name, Args: f.Args})
	}
	return t
}

// unit reads the code of a unit.
func (a answers) unit(s *Service, name string) ident.ID {
	if a.Get(name) == "" {
		return ""
	}
	u, err := s.UnitByCode(a.r.Context(), a.Get(name))
	if err != nil {
		a.wrong.Add(name, "units.fault.unit-unknown")
	}
	return u.ID
}

func (a answers) names() packs.Names {
	return packs.Names{AR: a.Get("name-ar"), FR: a.Get("name-fr"), EN: a.Get("name-en")}
}

// then runs the verb only if all could be read.
func (a answers) then(next string, verb func() error) (string, error) {
	if err := a.wrong.Err(); err != nil {
		return "", err
	}
	return next, verb()
}
