package cases

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/text"
	"github.com/amana-platform/amana/kernel/web"
	"github.com/amana-platform/amana/kernel/web/ui"
	"github.com/amana-platform/amana/modules/cases/enquiry"
)

// sheet is a form of a verb: its fields, what is known, and the verb that the
// answers go to, which gives the address to go on to.
type sheet struct {
	verb   string // text key "cases.act.<verb>"
	id     string // names the draft; "" is not saved while typing
	title  string
	about  string
	back   string
	at     string // where the answers go, if not to the address of the request
	before templ.Component
	values url.Values
	fields func(f ui.Form) []templ.Component
	do     func(a answers) (string, error)
}

// sheetFor makes the sheet of a request.
type sheetFor func(r *web.Request) (sheet, error)

// show asks the questions; the form saves itself as it is typed.
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
		f, err := build(r)
		if err != nil {
			return err
		}
		typed, err := r.Form()
		again := typed != nil && (typed.Get("add") != "" || typed.Get("remove") != "" || typed.Get("next") != "")
		if err == nil && !again {
			wrong := &fault.List{}
			next, failed := f.do(answers{typed, r, wrong})
			if err = failed; len(*wrong) > 0 {
				err = *wrong
			}
			if err == nil {
				if f.id != "" {
					if err := r.DropDraft(f.id); err != nil {
						return err
					}
				}
				return r.Redirect(next)
			}
		}
		if k := fault.Of(err).Kind; err != nil && k != fault.Invalid && k != fault.Conflict && k != fault.Refused {
			return err
		}
		f.values = typed
		if err == nil {
			return s.sheetPage(r, http.StatusOK, f, nil)
		}
		return s.sheetPage(r, http.StatusUnprocessableEntity, f, fault.All(err))
	}
}

func (s *Service) sheetPage(r *web.Request, status int, f sheet, wrong fault.List) error {
	form := ui.Form{Words: r.Words, ID: "cases-" + f.verb, Action: cmp.Or(f.at, r.URL.Path), Values: f.values, Errors: wrong, Submit: r.T("cases.act." + f.verb), Cancel: f.back}
	if f.id != "" {
		form.ID = f.id
		var err error
		if form, err = r.Draft(form); err != nil {
			return err
		}
	}
	if f.title == "" {
		f.title = r.T("cases.act." + f.verb)
	}
	return r.PageStatus(status, f.title, sheetBody(f, form))
}

// answers are what was typed, read in the words of the reader.
type answers struct {
	url.Values
	r     *web.Request
	wrong *fault.List
}

// id reads a chosen record: "kind/id" or a bare id; anything else is nothing.
func (a answers) id(name string) ident.ID {
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

func (a answers) ref(name string) ident.Ref {
	ref, err := ident.ParseRef(a.Get(name))
	if err != nil {
		return ident.Ref{}
	}
	return ref
}

func (a answers) version() int64 {
	n, _ := strconv.ParseInt(a.Get("version"), 10, 64) // hidden: a forged one conflicts
	return n
}

// time reads a moment; empty is the zero time.
func (a answers) time(name string) time.Time {
	if a.Get(name) == "" {
		return time.Time{}
	}
	t, err := a.r.Words.ReadTime(a.Get(name), a.r.Now())
	if err != nil {
		f := fault.Of(err)
		*a.wrong = append(*a.wrong, &fault.Error{Kind: fault.Invalid, Key: f.Key, Args: f.Args, Field: name})
	}
	return t
}

// fieldsOf reads the pack's fields of a form, "f.<code>", each by its type.
func (s *Service) fieldsOf(a answers, codes []string) map[string]string {
	out := map[string]string{}
	for _, code := range codes {
		v := strings.TrimSpace(a.Get("f." + code))
		switch s.terms().Type(code) {
		case "time":
			if t := a.time("f." + code); !t.IsZero() {
				v = t.Format(time.RFC3339)
			}
		case "date":
			if d, err := text.ReadDate(v); err == nil {
				v = string(d)
			} else {
				a.wrong.Add("f."+code, fault.Of(err).Key)
			}
		}
		out[code] = v
	}
	return out
}

// packFields draws the pack's fields of a form, required ones first.
func (s *Service) packFields(r *web.Request, f ui.Form, codes, required []string) []templ.Component {
	var out []templ.Component
	for _, code := range codes {
		out = append(out, s.packField(r, f, code, slices.Contains(required, code)))
	}
	return out
}

// packField draws one field by its type.
func (s *Service) packField(r *web.Request, f ui.Form, code string, required bool) templ.Component {
	fd := ui.Field{Name: "f." + code, Label: s.terms().Field(r.Words, code), Optional: !required}
	switch s.terms().Type(code) {
	case "long":
		fd.Rows = 6
		if code == "statement" {
			fd.Rows = 16
		}
		if code == "objects" {
			fd.Help = r.T("cases.help.objects")
		}
		return f.Area(fd)
	case "time":
		return f.Time(fd)
	case "date":
		return f.Date(fd)
	case "yesno":
		return f.Radios(fd, []ui.Option{{Value: "yes", Label: r.T("cases.yesno.yes")}, {Value: "no", Label: r.T("cases.yesno.no")}})
	case "signature":
		return f.Radios(fd, options(r, "signature", []string{enquiry.SignedByHand, enquiry.Thumbprint, enquiry.RefusedSign}))
	case "choice":
		if code == "offence" {
			return f.Select(fd, s.offenceOptions(r, r.Now()))
		}
	}
	return f.Text(fd)
}

// stored gives values as a form shows them.
func (s *Service) stored(r *web.Request, values map[string]string, into url.Values) {
	for code, v := range values {
		switch s.terms().Type(code) {
		case "time":
			if t, err := time.Parse(time.RFC3339, v); err == nil {
				v = r.Words.DateTimeNumeric(t)
			}
		case "date":
			v = text.PartialDate(v).Typed()
		}
		into.Set("f."+code, v)
	}
}

// options makes the choices of named strings: their words are
// "cases.<group>.<value>".
func options[T ~string](r *web.Request, group string, all []T) []ui.Option {
	var out []ui.Option
	for _, v := range all {
		out = append(out, ui.Option{Value: string(v), Label: r.T("cases." + group + "." + string(v))})
	}
	return out
}

// offenceOptions lists the offences in force, by class.
func (s *Service) offenceOptions(r *web.Request, when time.Time) []ui.Option {
	var out []ui.Option
	lang := string(r.Words.Lang())
	for _, o := range s.k.Pack.Offences(when) {
		x := ui.Option{Value: o.Code, Label: o.Names.In(lang) + " (" + strings.Join(o.Law, ", ") + ")"}
		if c, err := s.k.Pack.Class(o.Class, when); err == nil {
			x.Group = c.Names.In(lang)
		}
		out = append(out, x)
	}
	return out
}

// regimeOptions lists the legal frames.
func (s *Service) regimeOptions(r *web.Request) []ui.Option {
	var out []ui.Option
	for _, x := range s.k.Pack.Regimes(r.Now()) {
		out = append(out, ui.Option{Value: x.Code, Label: x.Names.In(string(r.Words.Lang())) + " (" + strings.Join(x.Law, ", ") + ")"})
	}
	return out
}

// person says a person's name in the reader's language.
func (s *Service) person(r *web.Request, id ident.ID) string {
	if id == "" {
		return r.T("cases.paper.unknown-offender")
	}
	who, err := s.parts.People.Identity(r.Context(), id)
	if err != nil {
		return r.T("cases.erased")
	}
	r.Shows(personRef(id))
	return cmp.Or(who.In(string(r.Words.Lang())), r.T("cases.erased"))
}

// partyOptions lists the persons of a case with what they are.
func (s *Service) partyOptions(r *web.Request, f *enquiry.File, only ...enquiry.Role) []ui.Option {
	var out []ui.Option
	for _, p := range f.Parties {
		if len(only) > 0 && !slices.Contains(only, p.Role) {
			continue
		}
		out = append(out, ui.Option{Value: string(p.Person), Label: s.person(r, p.Person) + " — " + r.T("cases.role."+string(p.Role))})
	}
	return out
}

func (s *Service) officer(r *web.Request, id ident.ID) string {
	return cmp.Or(s.parts.Directory.Name(r.Context(), string(r.Words.Lang()), id), r.T("cases.erased"))
}

func (s *Service) unitName(r *web.Request, id ident.ID) string {
	u, err := s.parts.Directory.Service(r.Context(), id)
	if err != nil {
		return ""
	}
	return u.Names.In(string(r.Words.Lang()))
}
