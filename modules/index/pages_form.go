package index

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/web"
	"github.com/amana-platform/amana/kernel/web/ui"
)

// page is a form on its way to the reader.
type page struct {
	title  string // text key
	lead   string // text key, "" for none
	form   ui.Form
	above  templ.Component
	fields templ.Component
}

// show renders a form; with errors it says so (422), and keeps what was typed.
func (p page) show(r *web.Request) error {
	status := http.StatusOK
	if len(p.form.Errors) > 0 {
		status = http.StatusUnprocessableEntity
	}
	title, lead := r.T(p.title), ""
	if p.lead != "" {
		lead = r.T(p.lead)
	}
	return r.PageStatus(status, title, sheet(p.form, title, lead, p.above, p.fields))
}

// form makes a form that posts to the page's own address.
func (s *Service) form(r *web.Request, id, back string, values url.Values) ui.Form {
	if values.Get("submission") == "" {
		values.Set("submission", string(s.k.Journal.NewID()))
	}
	return ui.Form{Words: r.Words, ID: id, Action: r.URL.Path, Values: values, Labels: PersonLabels(r.Words, ""), Cancel: back}
}

// wrongs gives the faults that a form shows, or the error if it is none of
// the person's.
func wrongs(err error) (fault.List, error) {
	all := fault.All(err)
	for _, f := range all {
		if f.Kind != fault.Invalid && f.Kind != fault.Conflict {
			return nil, err
		}
	}
	return all, nil
}

// posted reads a form; what is malformed comes back as a fault of its field.
func posted(r *web.Request) (url.Values, ident.ID, error) {
	values, err := r.Form()
	if err != nil {
		return r.Request.Form, "", err
	}
	return typed(values), ident.ID(values.Get("submission")), nil
}

// newPerson asks who somebody is. Words that were searched for stand in the
// form already.
func (s *Service) newPerson(r *web.Request) error {
	values := url.Values{"nationality": {"ma"}, "source": {string(Declared)}}
	f := s.form(r, "person", "/persons", values)
	return page{title: "index.act.record", lead: "index.record-lead", form: f, fields: personForm(f, nil)}.show(r)
}

// recordPerson writes an identity down, or shows who may be the same person.
func (s *Service) recordPerson(r *web.Request) error {
	values, id, err := posted(r)
	if err == nil {
		not := Dismissal{Reason: values.Get("reason")}
		for _, one := range values["not"] {
			not.Not = append(not.Not, ident.ID(one))
		}
		var p Person
		if p, err = s.RecordPerson(r.Context(), r.Grant, id, ReadPerson(values, ""), not); err == nil {
			return r.Redirect(personHref(p.ID))
		}
	}
	f := s.form(r, "person", "/persons", typed(values))
	if f.Errors, err = wrongs(err); err != nil {
		return err
	}
	f.Warnings = ReadPerson(values, "").Doubts("")
	alike, err := s.alike(r, values)
	if err != nil {
		return err
	}
	return page{title: "index.act.record", lead: "index.record-lead", form: f, fields: personForm(f, alike)}.show(r)
}

// alike lists who may be the person being recorded, as questions.
func (s *Service) alike(r *web.Request, values url.Values) ([]ui.Option, error) {
	input := ReadPerson(values, "")
	if len(input.Check("")) > 0 {
		return nil, nil
	}
	all, err := s.likely(r.Context(), input)
	var out []ui.Option
	for _, c := range all {
		r.Shows(c.Person.Ref())
		p := Picked(r.Words, c.Person)
		out = append(out, ui.Option{Value: string(c.Person.ID), Label: p.Name + " · " + p.Other, Help: strings.Join([]string{p.Born, p.ID, certainty(r.Words, c.Proposal)}, " · ")})
	}
	return out, err
}

// contest is a field that two editors changed, as the form shows it.
type contest struct {
	field ui.Field
	clash ui.Clash
}

// correctForm shows an identity for correction.
func (s *Service) correctForm(r *web.Request) error {
	p, err := s.PersonAsRecorded(r.Context(), r.Resource.Ref.ID)
	if err != nil {
		return err
	}
	r.Shows(p.Ref())
	values := PersonValues(p, "")
	values.Set("version", strconv.FormatInt(p.Version, 10))
	f := s.form(r, "person-"+string(p.ID), personHref(p.ID), values)
	return page{title: "index.act.correct", lead: "index.correct-lead", form: f, fields: correctFields(f, nil)}.show(r)
}

// correctPerson writes what an identity is now, or shows both values of what
// another changed meanwhile.
func (s *Service) correctPerson(r *web.Request) error {
	id := r.Resource.Ref.ID
	r.Shows(r.Resource.Ref)
	values, _, err := posted(r)
	if err == nil {
		if err = s.keep(r, id, values); err != nil {
			return err
		}
		base, _ := strconv.ParseInt(values.Get("version"), 10, 64) // 0 is refused as a version
		if _, err = s.CorrectPerson(r.Context(), r.Grant, id, base, ReadPerson(values, "")); err == nil {
			return r.Redirect(personHref(id))
		}
	}
	var contested []contest
	if c, ok := errors.AsType[*Conflict](err); ok {
		values = PersonValues(c.Joined, "")
		values.Set("version", strconv.FormatInt(c.Version, 10))
		if contested, err = s.contested(r, c); err != nil {
			return err
		}
		err = c
	}
	f := s.form(r, "person-"+string(id), personHref(id), values)
	if f.Errors, err = wrongs(err); err != nil {
		return err
	}
	return page{title: "index.act.correct", lead: "index.correct-lead", form: f, fields: correctFields(f, contested)}.show(r)
}

// keep puts the other editor's value into the field for which it was chosen.
func (s *Service) keep(r *web.Request, id ident.ID, values url.Values) error {
	name, whose, ok := strings.Cut(values.Get("keep"), ":")
	if !ok || whose != "theirs" {
		return nil
	}
	now, err := s.PersonAsRecorded(r.Context(), id)
	if err == nil && PersonValues(now, "").Has(name) {
		values.Set(name, PersonValues(now, "").Get(name))
	}
	return err
}

// contested shows both values of each field, and whose the other is.
func (s *Service) contested(r *web.Request, c *Conflict) ([]contest, error) {
	events, err := r.Timeline(r.Resource.Ref, shownEvents)
	var out []contest
	for _, x := range c.Fields {
		out = append(out, contest{
			field: ui.Field{Name: x.Field, Label: r.T("index.field." + x.Field)},
			clash: ui.Clash{Mine: x.Mine, Theirs: x.Theirs, Who: whoWrote(events, x.Claim.At), At: x.Claim.At},
		})
	}
	return out, err
}

// whoWrote gives the name beside the entry that was written at a time.
func whoWrote(events []ui.Event, at time.Time) string {
	i := slices.IndexFunc(events, func(e ui.Event) bool { return e.Written.Equal(at) })
	if i < 0 {
		return ""
	}
	return events[i].Who
}
