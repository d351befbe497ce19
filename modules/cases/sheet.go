package cases

import (
	"cmp"
	"net/url"
	"slices"
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

func refOf(a web.Answers, name string) ident.Ref {
	ref, err := ident.ParseRef(a.Get(name))
	if err != nil {
		return ident.Ref{}
	}
	return ref
}

// fieldsOf reads the pack's fields of a form, "f.<code>", each by its type.
func (s *Service) fieldsOf(a web.Answers, codes []string) map[string]string {
	out := map[string]string{}
	for _, code := range codes {
		v := strings.TrimSpace(a.Get("f." + code))
		switch s.terms().Type(code) {
		case "time":
			if t := a.Time("f." + code); !t.IsZero() {
				v = t.Format(time.RFC3339)
			}
		case "date":
			if d, err := text.ReadDate(v); err == nil {
				v = string(d)
			} else {
				a.Wrong.Add("f."+code, fault.Of(err).Key)
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
		return f.Radios(fd, web.Options(r, "cases.signature", []string{enquiry.SignedByHand, enquiry.Thumbprint, enquiry.RefusedSign}))
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
