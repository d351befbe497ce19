package trust

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/web"
	"github.com/amana-platform/amana/kernel/web/ui"
)

// directory shows to anybody who relies on the service, for what, and how often.
func (s *Service) directory(r *web.Request) error {
	all, err := s.Institutions(r.Context(), Active, Suspended, Expired)
	if err != nil {
		return err
	}
	step, err := s.step()
	if err != nil {
		return err
	}
	all = slices.DeleteFunc(all, func(i Institution) bool { return i.Sandbox || i.Current.Officers })
	t := ui.Table{ID: "institutions", Caption: r.T("trust.directory"), Path: pathDirectory, Query: r.URL.Query(), Count: len(all), Columns: []ui.Column{
		{Key: "name", Label: r.T("trust.column.name"), Wide: true}, {Key: "purpose", Label: r.T("trust.column.purpose"), Wide: true, Minor: true},
		{Key: "released", Label: r.T("trust.column.released"), Numeric: true}, {Key: "declined", Label: r.T("trust.column.declined"), Numeric: true, Minor: true},
		{Key: "above", Label: r.T("trust.column.above"), Numeric: true}, {Key: "state", Label: r.T("trust.column.state")},
	}, Nothing: r.T("trust.directory-empty"), Advice: r.T("trust.directory-advice")}
	for _, i := range all {
		c, err := s.Count(r.Context(), i.ID)
		if err != nil {
			return err
		}
		t.Rows = append(t.Rows, ui.Row{Href: pathDirectory + "/" + string(i.ID), Label: in(r.Words, i.Current.Name), Status: statuses[i.State], Cells: []templ.Component{
			ui.Plain(in(r.Words, i.Current.Name)), ui.Plain(in(r.Words, i.Current.Purpose)), ui.Plain(r.Words.Rounded(c.Released, step)), ui.Plain(r.Words.Rounded(c.Declined, step)),
			ui.Plain(r.Words.Number(c.Above)), ui.Chip(stateOf(r.Words, i.State)),
		}})
	}
	return s.showPage(r, t.Caption, directoryPage(r, t))
}

// facts are what anybody may know of an institution.
func (s *Service) facts(r *web.Request, i Institution, v Version) []ui.Fact {
	w := r.Words
	facts := []ui.Fact{
		{Label: w.T("trust.fact.purpose"), Text: in(w, v.Purpose)}, {Label: w.T("trust.fact.basis"), Text: v.Basis},
		{Label: w.T("trust.fact.ceiling"), Text: ceilingWords(r, v)}, {Label: w.T("trust.fact.level"), Text: w.T("trust.level." + strconv.Itoa(v.Level))},
		{Label: w.T("trust.fact.retention"), Text: v.Retention}, {Label: w.T("trust.fact.contact"), Text: v.Contact}, {Label: w.T("trust.fact.host"), Value: ui.ID(i.Host)},
	}
	if !i.Until.IsZero() {
		facts = append(facts, ui.Fact{Label: w.T("trust.fact.until"), Text: w.Date(i.Until)})
	}
	return facts
}

func ceilingWords(r *web.Request, v Version) string {
	if len(v.Ceiling) == 0 {
		return r.T("trust.ceiling-none")
	}
	return attributeWords(r.Words, v.Ceiling)
}

// publicPage shows one institution to anybody. Applications are not public.
func (s *Service) publicPage(r *web.Request) error {
	id, err := r.PathID("id")
	if err != nil {
		return err
	}
	i, err := s.Institution(r.Context(), id)
	if err != nil {
		return err
	}
	if i.Sandbox || i.Current.Officers || i.State == Applied || i.State == Refused {
		return fault.New(fault.NotFound, "fault.not-found")
	}
	c, err := s.Count(r.Context(), id)
	if err != nil {
		return err
	}
	step, err := s.step()
	if err != nil {
		return err
	}
	facts := append(s.facts(r, i, i.Current),
		ui.Fact{Label: r.T("trust.fact.released"), Text: r.Words.Rounded(c.Released, step)}, ui.Fact{Label: r.T("trust.fact.declined"), Text: r.Words.Rounded(c.Declined, step)},
		ui.Fact{Label: r.T("trust.fact.above"), Text: r.Words.Number(c.Above)})
	return s.showPage(r, in(r.Words, i.Current.Name), publicBody(r, i, facts))
}

// applyForm is where an institution states what it wants.
func (s *Service) applyForm(r *web.Request) error {
	return s.showApply(r, http.StatusOK, url.Values{"level": {"2"}, "retention": {""}}, nil)
}

func (s *Service) showApply(r *web.Request, status int, values url.Values, wrong fault.List) error {
	f := ui.Form{Words: r.Words, ID: "apply", Action: pathApply, Values: values, Errors: wrong, Labels: applyLabels(r), Submit: r.T("trust.apply-submit"), Cancel: pathDirectory}
	v := r.View(r.T("trust.apply"))
	v.Citizen, v.Rail = true, nil
	return r.Render(status, ui.Page(v), applyBody(r, f, false))
}

// applyLabels are the words put before the errors of the form's fields.
func applyLabels(r *web.Request) map[string]string {
	out := map[string]string{}
	for _, f := range applyFields {
		out[f] = r.T("trust.field." + strings.ReplaceAll(f, "_", "-"))
	}
	return out
}

var applyFields = [...]string{"name_ar", "name_fr", "name_en", "purpose_ar", "purpose_fr", "purpose_en", "basis", "ceiling", "level", "retention", "contact", "redirects",
	"post_logouts", "backchannel", "keys", "counter", "sandbox"}

// registration reads the form.
func registration(form url.Values) Registration {
	level, _ := strconv.Atoi(form.Get("level")) // the check says what is wrong with zero
	return Registration{
		Name: [3]string{form.Get("name_ar"), form.Get("name_fr"), form.Get("name_en")}, Purpose: [3]string{form.Get("purpose_ar"), form.Get("purpose_fr"), form.Get("purpose_en")},
		Basis: form.Get("basis"), Ceiling: form["ceiling"], Level: level, Retention: form.Get("retention"), Contact: form.Get("contact"),
		Redirects: strings.Fields(form.Get("redirects")), PostLogouts: strings.Fields(form.Get("post_logouts")), Backchannel: form.Get("backchannel"),
		Counter: form.Get("counter") != "", Keys: form.Get("keys"),
	}
}

func (s *Service) applyInstitution(r *web.Request) error {
	form, err := r.Form()
	if err != nil {
		return err
	}
	if !s.limits.allow("apply "+remote(r), 1.0/60, 10) {
		return fault.New(fault.TooMany, "trust.wrong.busy")
	}
	g, err := s.grant()
	if err != nil {
		return err
	}
	id, code, err := s.ApplyInstitution(r.Context(), g, Application{Registration: registration(form), Sandbox: form.Get("sandbox") != ""})
	if fault.Is(err, fault.Invalid) {
		return s.showApply(r, http.StatusUnprocessableEntity, form, fault.All(err))
	}
	if err != nil {
		return err
	}
	i, err := s.Institution(r.Context(), id)
	if err != nil {
		return err
	}
	return s.showPage(r, r.T("trust.applied"), appliedBody(r, i, code))
}

// remote names where a request comes from, for limits only.
func remote(r *web.Request) string {
	host, _, _ := strings.Cut(r.RemoteAddr, ":")
	return host
}

// listConsents shows a citizen what they agree to.
func (s *Service) listConsents(r *web.Request) error {
	h, err := s.mine(r)
	if err != nil {
		return s.toSignIn(r, err)
	}
	all, err := s.Consents(r.Context(), h.Citizen)
	if err != nil {
		return err
	}
	var shown []shownConsent
	for _, c := range all {
		i, err := s.Institution(r.Context(), c.Institution)
		if err != nil {
			return err
		}
		shown = append(shown, shownConsent{c, i})
	}
	return s.showPage(r, r.T("trust.consents"), consentsBody(r, shown))
}

type shownConsent struct {
	Consent
	i Institution
}

// toSignIn sends a stranger to the citizens' sign-in.
func (s *Service) toSignIn(r *web.Request, err error) error {
	if !fault.Is(err, fault.SignIn) {
		return err
	}
	return r.Redirect(s.citizens.SignInPath(r.URL.RequestURI(), 1, false))
}

func (s *Service) withdrawConsent(r *web.Request) error {
	h, err := s.mine(r)
	if err != nil {
		return s.toSignIn(r, err)
	}
	id, err := r.PathID("id")
	if err != nil {
		return err
	}
	if err := s.WithdrawConsent(r.Context(), h.Citizen, id); err != nil {
		return err
	}
	return r.Redirect(pathConsents)
}
