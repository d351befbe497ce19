package exhibits

import (
	"mime/multipart"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/amana-platform/amana/kernel/blobs"
	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/text"
	"github.com/amana-platform/amana/kernel/web"
	"github.com/amana-platform/amana/kernel/web/ui"
)

// sheet is a form: its questions, what is known, and the verb that its answers
// go to, which gives the address to go on to.
type sheet struct {
	verb   string // text key "exhibits.act.<verb>"
	title  string // what it is about
	back   string
	law    string
	asks   []question
	values url.Values
	from   ui.Person // the chosen person, where one is asked
	do     func(answers) (string, error)
}

// question is one field; kind "" is a line of text.
type question struct {
	name     string
	kind     string // "", "area", "time", "date", "select", "radios", "person", "photo"
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
		values, err := r.Form()
		f, broken := build(r)
		if broken != nil {
			return broken
		}
		if err == nil {
			var next string
			if next, err = f.do(answers{values, r, s, &fault.List{}}); err == nil {
				return r.Redirect(next)
			}
		}
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
}

func (s *Service) sheetPage(r *web.Request, status int, f sheet, wrong fault.List) error {
	form := ui.Form{Words: r.Words, ID: "exhibits-" + f.verb, Action: r.URL.Path, Values: f.values, Errors: wrong,
		Submit: r.T("exhibits.act." + f.verb), Cancel: f.back, Labels: map[string]string{}}
	for _, q := range f.asks {
		form.Labels[q.name] = r.T("exhibits.field." + q.name)
	}
	return r.PageStatus(status, form.Submit, sheetBody(r.Words, f, form, s.PickPerson))
}

// field is a question in the words of the reader.
func (q question) field(f ui.Form) ui.Field {
	fd := ui.Field{Name: q.name, Label: f.Words.T("exhibits.field." + q.name), Optional: q.optional, LTR: q.ltr, Law: q.law}
	if q.help {
		fd.Help = f.Words.T("exhibits.help." + q.name)
	}
	return fd
}

// answers are what was typed, read in the words of the reader.
type answers struct {
	url.Values
	r     *web.Request
	s     *Service
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

func (a answers) quantity() int64 {
	n, err := ParseQuantity(a.Get("quantity"))
	a.add("quantity", err)
	return n
}

// person reads a person chosen from the index. Who was typed and not chosen is
// asked for again.
func (a answers) person(name string) ident.ID {
	v := a.Get(name)
	if v == "" && a.Get(name+".q") == "" {
		return ""
	}
	ref, err := ident.ParseRef(v)
	if err != nil || ref.Kind != "person" {
		a.wrong.Add(name, "exhibits.fault.no-person")
	}
	return ref.ID
}

// thing reads what an exhibit is said to be.
func (a answers) thing(id ident.ID) NewThing {
	return NewThing{ID: id, Category: Category(a.Get("category")), Description: a.Get("described"), Milli: a.quantity(), Measure: a.Get("measure")}
}

// move reads what all moves say, and stores the pictures that came with the
// form.
func (a answers) move(x Exhibit) Move {
	version, _ := strconv.ParseInt(a.Get("version"), 10, 64) // hidden: a forged one is stale
	m := Move{Submission: a.id("submission"), Exhibit: x.ID, Version: max(version, 1), At: a.time("at"), Condition: a.Get("condition")}
	if a.r.MultipartForm == nil {
		return m
	}
	for _, h := range a.r.MultipartForm.File["photo.file"] {
		info, err := a.keep(x.ID, h)
		if err != nil {
			a.add("photo", err)
			continue
		}
		m.Photos = append(m.Photos, info)
	}
	return m
}

func (a answers) keep(exhibit ident.ID, h *multipart.FileHeader) (info blobs.Info, err error) {
	f, err := h.Open()
	if err != nil {
		return info, err
	}
	defer f.Close()
	return a.s.KeepPhotograph(a.r.Context(), exhibit, h.Filename, h.Header.Get("Content-Type"), f)
}

// then runs the verb only if all could be read.
func (a answers) then(next string, verb func() error) (string, error) {
	if err := a.wrong.Err(); err != nil {
		return "", err
	}
	return next, verb()
}

// day reads a whole day in the form "2026-11-22"; what is less than a day is
// left as typed and refused by the verb.
func (a answers) day(name string) string {
	d, err := text.ReadDate(a.Get(name))
	a.add(name, err)
	return string(d)
}
