package units

import (
	"net/url"
	"slices"
	"strconv"

	"github.com/amana-platform/amana/kernel/text"
	"github.com/amana-platform/amana/kernel/web"
	"github.com/amana-platform/amana/kernel/web/ui"
)

// The forms, one for each verb.

func act() web.Question { return web.Question{Name: "act", LTR: true} }

func from() web.Question { return web.Question{Name: "from", Kind: "time", Optional: true, Help: true} }

func to() web.Question { return web.Question{Name: "to", Kind: "time", Optional: true, Help: true} }

func (s *Service) placeQuestions(r *web.Request) []web.Question {
	return []web.Question{
		{Name: "type", Kind: "select", Options: s.typeOptions(r)},
		{Name: "name-ar"}, {Name: "name-fr"}, {Name: "name-en", LTR: true}, {Name: "area", LTR: true}, from(), act(),
	}
}

// openSheet opens a unit under the one of the address.
func (s *Service) openSheet(r *web.Request) (web.Sheet, error) {
	above, err := s.Unit(r.Context(), r.Resource.Unit)
	f := web.Sheet{Verb: "open", About: s.nameIn(r.Words, above.ID), Back: unitHref(above.ID), Values: url.Values{"area": {above.Area}}}
	f.Asks = append([]web.Question{{Name: "code", Help: true, LTR: true}}, s.placeQuestions(r)...)
	f.Do = func(a web.Answers) (string, error) {
		in := NewUnit{ID: a.ID("submission"), Code: a.Get("code"), Type: a.Get("type"), Parent: above.ID, Names: namesOf(a), Area: a.Get("area"), From: a.From("from"), Act: a.Get("act")}
		return a.Then(unitHref(in.ID), func() error { _, err := s.OpenUnit(r.Context(), r.Grant, in); return err })
	}
	return f, err
}

func (s *Service) moveSheet(r *web.Request) (web.Sheet, error) {
	u, err := s.Unit(r.Context(), r.Resource.Unit)
	parent := s.standing(r.Context()).units[u.Parent]
	f := web.Sheet{Verb: "move", About: s.nameIn(r.Words, u.ID), Back: unitHref(u.ID), Values: url.Values{
		"version": {strconv.FormatInt(u.Version, 10)}, "parent": {parent.Code}, "type": {u.Type}, "area": {u.Area},
		"name-ar": {u.Names.AR}, "name-fr": {u.Names.FR}, "name-en": {u.Names.EN},
	}}
	f.Asks = append([]web.Question{{Name: "parent", Optional: u.Parent == "", LTR: true}}, s.placeQuestions(r)...)
	f.Do = func(a web.Answers) (string, error) {
		in := UnitMove{Unit: u.ID, Version: a.Version(), Parent: s.unitOf(a, "parent"), Type: a.Get("type"), Names: namesOf(a), Area: a.Get("area"), From: a.From("from"), Act: a.Get("act")}
		return a.Then(f.Back, func() error { return s.MoveUnit(r.Context(), r.Grant, in) })
	}
	return f, err
}

func (s *Service) closeSheet(r *web.Request) (web.Sheet, error) {
	u, err := s.Unit(r.Context(), r.Resource.Unit)
	f := web.Sheet{Verb: "close", About: s.nameIn(r.Words, u.ID), Back: unitHref(u.ID), Values: url.Values{"version": {strconv.FormatInt(u.Version, 10)}}}
	f.Asks = []web.Question{{Name: "successor", Help: false, LTR: true}, act()}
	f.Do = func(a web.Answers) (string, error) {
		in := UnitClosing{Unit: u.ID, Version: a.Version(), Successor: s.unitOf(a, "successor"), Act: a.Get("act")}
		return a.Then(f.Back, func() error { return s.CloseUnit(r.Context(), r.Grant, in) })
	}
	return f, err
}

// openDutySheet opens a duty of the whole unit, or puts one of its officers on
// the roster: a duty of theirs with an end is a shift, and their session ends
// with it.
func (s *Service) openDutySheet(r *web.Request) (web.Sheet, error) {
	u, err := s.Unit(r.Context(), r.Resource.Unit)
	if err != nil {
		return web.Sheet{}, err
	}
	people, err := s.Serving(r.Context(), u.ID, "")
	var here []ui.Option
	for _, o := range people {
		here = append(here, ui.Option{Value: string(o.ID), Label: o.Name(string(r.Words.Lang()))})
	}
	f := web.Sheet{Verb: "open-duty", About: s.nameIn(r.Words, u.ID), Back: unitHref(u.ID), Values: url.Values{}}
	f.Asks = []web.Question{{Name: "kind", Kind: "select", Options: choices(r.Words, "units.duty.kind.", DutyWatch, DutyDesk)}, {Name: "officer", Kind: "select", Optional: true, Help: true, Options: here}, from(), to()}
	f.Do = func(a web.Answers) (string, error) {
		in := NewDuty{ID: a.ID("submission"), Unit: u.ID, Kind: a.Get("kind"), Officer: a.ID("officer"), From: a.From("from"), To: a.Until("to")}
		return a.Then(f.Back, func() error { _, err := s.OpenDuty(r.Context(), r.Grant, in); return err })
	}
	return f, err
}

// endDutySheet ends one of the unit's duties.
func (s *Service) endDutySheet(r *web.Request) (web.Sheet, error) {
	id := r.Resource.Unit
	f := web.Sheet{Verb: "end-duty", About: s.nameIn(r.Words, id), Back: unitHref(id), Values: url.Values{}}
	all, err := s.Duties(r.Context(), id)
	var open []ui.Option
	for _, d := range all {
		open = append(open, ui.Option{Value: string(d.ID), Label: r.T(dutyKey(d)), Help: s.holderOf(r, d)})
	}
	f.Asks = []web.Question{{Name: "duties", Kind: "select", Options: open}, to()}
	f.Do = func(a web.Answers) (string, error) {
		task, to := a.ID("duties"), a.Until("to")
		if !slices.ContainsFunc(all, func(d Duty) bool { return d.ID == task }) {
			a.Wrong.Add("duties", "form.choose")
		}
		return a.Then(f.Back, func() error { return s.EndDuty(r.Context(), r.Grant, task, to) })
	}
	return f, err
}

// enrolSheet enrols an officer; the post is the next form.
func (s *Service) enrolSheet(r *web.Request) (web.Sheet, error) {
	u, err := s.Unit(r.Context(), r.Resource.Unit)
	f := web.Sheet{Verb: "enrol", About: s.nameIn(r.Words, u.ID), Back: unitHref(u.ID), Values: url.Values{}}
	f.Asks = []web.Question{
		{Name: "matricule", LTR: true}, {Name: "given-ar"}, {Name: "family-ar"}, {Name: "given"}, {Name: "family"},
		{Name: "grade", Kind: "select", Optional: true, Help: true, Options: s.gradeOptions(r), Law: "D1-09-213"},
		{Name: "sex", Kind: "select", Optional: true, Options: choices(r.Words, "units.sex.", string(Female), string(Male))},
	}
	f.Do = func(a web.Answers) (string, error) {
		in := NewOfficer{ID: a.ID("submission"), Matricule: a.Get("matricule"), GivenAR: a.Get("given-ar"), FamilyAR: a.Get("family-ar"),
			Given: a.Get("given"), Family: a.Get("family"), Grade: a.Get("grade"), Sex: Sex(a.Get("sex"))}
		return a.Then(officerHref(in.ID)+"/post?unit="+url.QueryEscape(u.Code), func() error { _, err := s.EnrolOfficer(r.Context(), r.Grant, in); return err })
	}
	return f, err
}

// about begins a sheet about the officer of the address.
func (s *Service) about(r *web.Request, verb string) (web.Sheet, Officer, error) {
	o, err := s.Officer(r.Context(), r.Resource.Ref.ID)
	return web.Sheet{Verb: verb, About: s.officerLabel(r.Words, o), Back: officerHref(o.ID), Values: url.Values{"version": {strconv.FormatInt(o.Version, 10)}}}, o, err
}

func (s *Service) postSheet(r *web.Request) (web.Sheet, error) {
	f, o, err := s.about(r, "post")
	f.Values.Set("unit", r.URL.Query().Get("unit"))
	var roles []string
	for _, role := range Roles() {
		roles = append(roles, string(role))
	}
	f.Asks = []web.Question{{Name: "unit", Help: true, LTR: true}, {Name: "role", Kind: "select", Options: choices(r.Words, "role.", roles...)},
		from(), to(), act(), {Name: "beside", Kind: "check", Optional: true, Help: true}}
	f.Do = func(a web.Answers) (string, error) {
		in := NewPost{ID: a.ID("submission"), Officer: o.ID, Version: a.Version(), Unit: s.unitOf(a, "unit"), Role: Role(a.Get("role")),
			Act: a.Get("act"), From: a.From("from"), To: a.Until("to"), Beside: a.Get("beside") != ""}
		return a.Then(f.Back, func() error { _, err := s.PostOfficer(r.Context(), r.Grant, in); return err })
	}
	return f, err
}

// endPostSheet ends one of the posts that the officer holds.
func (s *Service) endPostSheet(r *web.Request) (web.Sheet, error) {
	f, o, err := s.about(r, "end-post")
	if err != nil {
		return f, err
	}
	posts, err := s.Posts(r.Context(), o.ID)
	var held []ui.Option
	for _, p := range posts {
		if p.To.IsZero() || p.To.After(r.Now()) {
			held = append(held, ui.Option{Value: string(p.ID), Label: r.T("role."+string(p.Role)) + " · " + s.nameIn(r.Words, p.Unit)})
		}
	}
	f.Asks = []web.Question{{Name: "posts", Kind: "select", Options: held}, to(), act()}
	f.Do = func(a web.Answers) (string, error) {
		in := PostEnding{Post: a.ID("posts"), To: a.Until("to"), Act: a.Get("act")}
		if !slices.ContainsFunc(posts, func(p Post) bool { return p.ID == in.Post }) { // the grant is for this officer

			a.Wrong.Add("posts", "form.choose")
		}
		return a.Then(f.Back, func() error { return s.EndPost(r.Context(), r.Grant, in) })
	}
	return f, err
}

func (s *Service) appointSheet(r *web.Request) (web.Sheet, error) {
	f, o, err := s.about(r, "appoint")
	var options []ui.Option
	for _, c := range s.k.Pack.Capacities(r.Now()) {
		options = append(options, ui.Option{Value: c.Code, Label: c.Names.In(string(r.Words.Lang()))})
	}
	// Law: CPP 20; CPP 25
	f.Asks = []web.Question{{Name: "capacity", Kind: "select", Help: true, Options: options, Law: "CPP 20"}, from(), to(), act()}
	f.Do = func(a web.Answers) (string, error) {
		in := Appointment{ID: a.ID("submission"), Officer: o.ID, Version: a.Version(), Capacity: a.Get("capacity"), Act: a.Get("act"), From: a.From("from"), To: a.Until("to")}
		return a.Then(f.Back, func() error { _, err := s.AppointCapacity(r.Context(), r.Grant, in); return err })
	}
	return f, err
}

func (s *Service) suspendSheet(r *web.Request) (web.Sheet, error) {
	f, o, err := s.about(r, "suspend")
	f.Asks = []web.Question{{Name: "reason", Kind: "area", Help: true}}
	f.Do = func(a web.Answers) (string, error) {
		in := NewSuspension{ID: a.ID("submission"), Officer: o.ID, Reason: a.Get("reason")}
		return a.Then(f.Back, func() error { _, err := s.SuspendOfficer(r.Context(), r.Grant, in); return err })
	}
	return f, err
}

// choices are options whose words stand under a prefix.
func choices(w *text.Words, prefix string, values ...string) []ui.Option {
	var out []ui.Option
	for _, v := range values {
		out = append(out, ui.Option{Value: v, Label: w.T(prefix + v)})
	}
	return out
}

func (s *Service) typeOptions(r *web.Request) []ui.Option {
	var out []ui.Option
	for _, t := range s.k.Pack.UnitTypes(r.Now()) {
		out = append(out, ui.Option{Value: t.Code, Label: t.Names.In(string(r.Words.Lang()))})
	}
	return out
}

func (s *Service) gradeOptions(r *web.Request) []ui.Option {
	var out []ui.Option
	for _, g := range s.k.Pack.Grades(r.Now()) {
		out = append(out, ui.Option{Value: g.Code, Label: g.Names.In(string(r.Words.Lang())), Group: r.T("units.track." + g.Track)})
	}
	return out
}
