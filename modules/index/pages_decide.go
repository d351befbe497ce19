package index

import (
	"net/url"

	"github.com/a-h/templ"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/web"
	"github.com/amana-platform/amana/kernel/web/ui"
)

// Verbs of decisions about two records, as addresses and texts name them.
const (
	mergeVerb   = "merge"
	dismissVerb = "dismiss"
	unmergeVerb = "unmerge"
)

// linksOfPersons is how many of LinkKinds relate two persons; they come first.
const linksOfPersons = 7

// pair reads both records of a decision: the one of the address, and the
// other one, or the one it was merged into.
func (s *Service) pair(r *web.Request, verb string) (a, b Person, err error) {
	if a, err = s.PersonAsRecorded(r.Context(), r.Resource.Ref.ID); err != nil {
		return a, b, err
	}
	other := a.Kept
	if verb != unmergeVerb {
		if other, err = r.PathID("other"); err != nil {
			return a, b, err
		}
	} else if other == "" {
		return a, b, fault.New(fault.Conflict, "index.fault.not-merged")
	}
	b, err = s.PersonAsRecorded(r.Context(), other)
	if err == nil {
		r.Shows(a.Ref(), b.Ref())
	}
	return a, b, err
}

// comparePage sets two records side by side and offers what may be decided.
func (s *Service) comparePage(r *web.Request) error {
	a, b, err := s.pair(r, mergeVerb)
	if err != nil {
		return err
	}
	c := comparison(r.Words, a, b)
	for _, o := range []struct{ verb, action string }{{mergeVerb, ActionPersonMerge}, {dismissVerb, ActionPersonDismiss}} {
		act := ui.Act{Name: o.action, Label: r.T("index.act." + o.verb), Href: personHref(a.ID) + "/" + o.verb + "/" + string(b.ID), Primary: o.verb == mergeVerb}
		if !r.Can(o.action, r.Resource) {
			act.Withheld = r.T("index.withheld")
		}
		c.Decide = append(c.Decide, act)
	}
	title := r.T("index.compare")
	return r.Page(title, titled(title, c.Show(r.Words, r.View(title))))
}

// decisionForm asks for the reason of a decision, both records in sight.
func (s *Service) decisionForm(verb string) web.Handler {
	return func(r *web.Request) error { return s.decisionPage(r, verb, url.Values{}, nil) }
}

func (s *Service) decisionPage(r *web.Request, verb string, values url.Values, wrong fault.List) error {
	a, b, err := s.pair(r, verb)
	if err != nil {
		return err
	}
	f := s.form(r, verb+"-"+string(a.ID), personHref(a.ID), values)
	f.Errors, f.Submit = wrong, r.T("index.act."+verb)
	above := comparison(r.Words, a, b).Show(r.Words, r.View(""))
	return page{title: "index.act." + verb, lead: "index." + verb + "-lead", form: f, above: above, fields: reasonField(f)}.show(r)
}

// decisionTaken appends the decision of a named person.
func (s *Service) decisionTaken(verb string) web.Handler {
	return func(r *web.Request) error {
		values, decision, err := posted(r)
		if err == nil {
			err = s.take(r, verb, decision, values.Get("reason"))
		}
		if err == nil {
			return r.Redirect(personHref(r.Resource.Ref.ID))
		}
		wrong, err := wrongs(err)
		if err != nil {
			return err
		}
		return s.decisionPage(r, verb, typed(values), wrong)
	}
}

// take appends one decision: the record of the address is kept, the other is
// absorbed.
func (s *Service) take(r *web.Request, verb string, decision ident.ID, reason string) error {
	id := r.Resource.Ref.ID
	if verb == unmergeVerb {
		return s.UnmergePersons(r.Context(), r.Grant, decision, id, reason)
	}
	other, err := r.PathID("other")
	if err != nil {
		return err
	}
	if verb == mergeVerb {
		return s.MergePersons(r.Context(), r.Grant, decision, id, other, reason)
	}
	return s.DismissDuplicate(r.Context(), r.Grant, decision, id, other, reason)
}

// linkForm asks to whom a person is related, and who says so.
func (s *Service) linkForm(r *web.Request) error {
	r.Shows(r.Resource.Ref)
	return s.linkPage(r, url.Values{"source": {string(Declared)}}, nil)
}

func (s *Service) linkPage(r *web.Request, values url.Values, wrong fault.List) error {
	f := s.form(r, "link", personHref(r.Resource.Ref.ID), values)
	f.Errors = wrong
	f.Labels["to"], f.Labels["kind"], f.Labels["reason"] = r.T("index.field.to"), r.T("index.field.kind"), r.T("index.field.reason")
	chosen := s.picked(r, values.Get("to"))
	return page{title: "index.act.link", lead: "index.link-lead", form: f, fields: linkFields(f, chosen)}.show(r)
}

// picked gives the person that a picker has chosen, if there is one.
func (s *Service) picked(r *web.Request, ref string) ui.Person {
	chosen, err := ident.ParseRef(ref)
	if err != nil || chosen.Kind != KindPerson {
		return ui.Person{}
	}
	p, err := s.Person(r.Context(), chosen.ID)
	if err != nil {
		return ui.Person{}
	}
	r.Shows(p.Ref())
	return Picked(r.Words, p)
}

// linkPerson relates two records.
func (s *Service) linkPerson(r *web.Request) error {
	values, id, err := posted(r)
	if err == nil {
		link := Link{From: r.Resource.Ref, Kind: values.Get("kind"), Source: Source(values.Get("source")), Reason: values.Get("reason")}
		if to, e := ident.ParseRef(values.Get("to")); e == nil {
			link.To = to // else Check says that nobody was chosen
		}
		if err = s.LinkRecords(r.Context(), r.Grant, id, link); err == nil {
			return r.Redirect(personHref(r.Resource.Ref.ID))
		}
	}
	wrong, err := wrongs(err)
	if err != nil {
		return err
	}
	return s.linkPage(r, typed(values), wrong)
}

// endLinkForm asks why a link no longer stands.
func (s *Service) endLinkForm(r *web.Request) error { return s.endLinkPage(r, url.Values{}, nil) }

func (s *Service) endLinkPage(r *web.Request, values url.Values, wrong fault.List) error {
	if _, err := s.linkOf(r); err != nil {
		return err
	}
	f := s.form(r, "end-link", personHref(r.Resource.Ref.ID), values)
	f.Errors = wrong
	return page{title: "index.act.end-link", form: f, fields: reasonField(f)}.show(r)
}

// linkOf finds the link of an address; it must be one of the record's own.
func (s *Service) linkOf(r *web.Request) (ident.ID, error) {
	id, err := r.PathID("link")
	if err != nil {
		return "", err
	}
	all, err := s.Links(r.Context(), r.Resource.Ref.ID)
	for _, l := range all {
		if l.ID == id {
			return id, err
		}
	}
	if err == nil {
		err = fault.New(fault.NotFound, "fault.not-found")
	}
	return "", err
}

// endLink withdraws a link.
func (s *Service) endLink(r *web.Request) error {
	id, err := s.linkOf(r)
	if err != nil {
		return err
	}
	values, _, err := posted(r)
	if err == nil {
		if err = s.EndLink(r.Context(), r.Grant, id, values.Get("reason")); err == nil {
			return r.Redirect(personHref(r.Resource.Ref.ID))
		}
	}
	wrong, err := wrongs(err)
	if err != nil {
		return err
	}
	return s.endLinkPage(r, typed(values), wrong)
}

// refLabel says what a reference points at, and that it was shown.
func (s *Service) refLabel(r *web.Request, ref ident.Ref) string {
	r.Shows(ref)
	switch ref.Kind {
	case KindPerson:
		if p, err := s.Person(r.Context(), ref.ID); err == nil {
			return shownName(r.Words, p)
		}
	case KindVehicle:
		if v, err := s.Vehicle(r.Context(), ref.ID); err == nil {
			return vehicleLabel(r.Words, v)
		}
	case KindThing:
		if t, err := s.Thing(r.Context(), ref.ID); err == nil {
			return r.T("index.category." + t.Category)
		}
	case KindPlace:
		if p, err := s.Place(r.Context(), ref.ID); err == nil {
			return orElse(p.Address, p.Quarter)
		}
	}
	return r.T("index.erased")
}

// titled puts a heading above a component.
func titled(title string, body templ.Component) templ.Component {
	return templ.Join(heading(title), body)
}
