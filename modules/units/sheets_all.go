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

func act() question { return question{name: "act", ltr: true} }

func from() question { return question{name: "from", kind: "time", optional: true, help: true} }

func to() question { return question{name: "to", kind: "time", optional: true, help: true} }

func (s *Service) placeQuestions(r *web.Request) []question {
	return []question{
		{name: "type", kind: "select", options: s.typeOptions(r)},
		{name: "name-ar"}, {name: "name-fr"}, {name: "name-en", ltr: true}, {name: "area", ltr: true}, from(), act(),
	}
}

// openSheet opens a unit under the one of the address.
func (s *Service) openSheet(r *web.Request) (sheet, error) {
	above, err := s.Unit(r.Context(), r.Resource.Unit)
	f := sheet{verb: "open", title: s.nameIn(r.Words, above.ID), back: unitHref(above.ID), values: url.Values{"area": {above.Area}}}
	f.asks = append([]question{{name: "code", help: true, ltr: true}}, s.placeQuestions(r)...)
	f.do = func(a answers) (string, error) {
		in := NewUnit{ID: a.id("submission"), Code: a.Get("code"), Type: a.Get("type"), Parent: above.ID, Names: a.names(), Area: a.Get("area"), From: a.time("from"), Act: a.Get("act")}
		return a.then(unitHref(in.ID), func() error { _, err := s.OpenUnit(r.Context(), r.Grant, in); return err })
	}
	return f, err
}

func (s *Service) moveSheet(r *web.Request) (sheet, error) {
	u, err := s.Unit(r.Context(), r.Resource.Unit)
	parent := s.standing(r.Context()).units[u.Parent]
	f := sheet{verb: "move", title: s.nameIn(r.Words, u.ID), back: unitHref(u.ID), values: url.Values{
		"version": {strconv.FormatInt(u.Version, 10)}, "parent": {parent.Code}, "type": {u.Type}, "area": {u.Area},
		"name-ar": {u.Names.AR}, "name-fr": {u.Names.FR}, "name-en": {u.Names.EN},
	}}
	f.asks = append([]question{{name: "parent", optional: u.Parent == "", ltr: true}}, s.placeQuestions(r)...)
	f.do = func(a answers) (string, error) {
		in := UnitMove{Unit: u.ID, Version: a.version(), Parent: a.unit(s, "parent"), Type: a.Get("type"), Names: a.names(), Area: a.Get("area"), From: a.time("from"), Act: a.Get("act")}
		return a.then(f.back, func() error { return s.MoveUnit(r.Context(), r.Grant, in) })
	}
	return f, err
}

func (s *Service) closeSheet(r *web.Request) (sheet, error) {
	u, err := s.Unit(r.Context(), r.Resource.Unit)
	f := sheet{verb: "close", title: s.nameIn(r.Words, u.ID), back: unitHref(u.ID), values: url.Values{"version": {strconv.FormatInt(u.Version, 10)}}}
	f.asks = []question{{name: "successor", help: false, ltr: true}, act()}
	f.do = func(a answers) (string, error) {
		in := UnitClosing{Unit: u.ID, Version: a.version(), Successor: a.unit(s, "successor"), Act: a.Get("act")}
		return a.then(f.back, func() error { return s.CloseUnit(r.Context(), r.Grant, in) })
	}
	return f, err
}

// openDutySheet opens a duty of the whole unit.
func (s *Service) openDutySheet(r *web.Request) (sheet, error) {
	u, err := s.Unit(r.Context(), r.Resource.Unit)
	f := sheet{verb: "open-duty", title: s.nameIn(r.Words, u.ID), back: unitHref(u.ID), values: url.Values{}}
	f.asks = []question{{name: "kind", kind: "select", options: choices(r.Words, "units.duty.kind.", DutyWatch, DutyDesk)}, from(), to()}
	f.do = func(a answers) (string, error) {
		in := NewDuty{ID: a.id("submission"), Unit: u.ID, Kind: a.Get("kind"), From: a.time("from"), To: a.time("to")}
		return a.then(f.back, func() error { _, err := s.OpenDuty(r.Context(), r.Grant, in); return err })
	}
	return f, err
}

// endDutySheet ends one of the unit's duties.
func (s *Service) endDutySheet(r *web.Request) (sheet, error) {
	id := r.Resource.Unit
	f := sheet{verb: "end-duty", title: s.nameIn(r.Words, id), back: unitHref(id), values: url.Values{}}
	all, err := s.Duties(r.Context(), id)
	var open []ui.Option
	for _, d := range all {
		open = append(open, ui.Option{Value: string(d.ID), Label: r.T(dutyKey(d)), Help: s.holderOf(r, d)})
	}
	f.asks = []question{{name: "duties", kind: "select", options: open}, to()}
	f.do = func(a answers) (string, error) {
		task, to := a.id("duties"), a.time("to")
		if !slices.ContainsFunc(all, func(d Duty) bool { return d.ID == task }) {
			a.wrong.Add("duties", "form.choose")
		}
		return a.then(f.back, func() error { return s.EndDuty(r.Context(), r.Grant, task, to) })
	}
	return f, err
}

// enrolSheet enrols an officer; the post is the next form.
func (s *Service) enrolSheet(r *web.Request) (sheet, error) {
	u, err := s.Unit(r.Context(), r.Resource.Unit)
	f := sheet{verb: "enrol", title: s.nameIn(r.Words, u.ID), back: unitHref(u.ID), values: url.Values{}}
	f.asks = []question{
		{name: "matricule", ltr: true}, {name: "given-ar"}, {name: "family-ar"}, {name: "given"}, {name: "family"},
		{name: "grade", kind: "select", optional: true, help: true, options: s.gradeOptions(r), law: "D1-09-213"},
		{name: "sex", kind: "select", optional: true, options: choices(r.Words, "units.sex.", string(Female), string(Male))},
	}
	f.do = func(a answers) (string, error) {
		in := NewOfficer{ID: a.id("submission"), Matricule: a.Get("matricule"), GivenAR: a.Get("given-ar"), FamilyAR: a.Get("family-ar"),
			Given: a.Get("given"), Family: a.Get("family"), Grade: a.Get("grade"), Sex: Sex(a.Get("sex"))}
		return a.then(officerHref(in.ID)+"/post?unit="+url.QueryEscape(u.Code), func() error { _, err := s.EnrolOfficer(r.Context(), r.Grant, in); return err })
	}
	return f, err
}

// about begins a sheet about the officer of the address.
func (s *Service) about(r *web.Request, verb string) (sheet, Officer, error) {
	o, err := s.Officer(r.Context(), r.Resource.Ref.ID)
	return sheet{verb: verb, title: s.officerLabel(r.Words, o), back: officerHref(o.ID), values: url.Values{"version": {strconv.FormatInt(o.Version, 10)}}}, o, err
}

func (s *Service) postSheet(r *web.Request) (sheet, error) {
	f, o, err := s.about(r, "post")
	f.values.Set("unit", r.URL.Query().Get("unit"))
	var roles []string
	for _, role := range Roles() {
		roles = append(roles, string(role))
	}
	f.asks = []question{{name: "unit", help: true, ltr: true}, {name: "role", kind: "select", options: choices(r.Words, "role.", roles...)},
		from(), to(), act(), {name: "beside", kind: "check", optional: true, help: true}}
	f.do = func(a answers) (string, error) {
		in := NewPost{ID: a.id("submission"), Officer: o.ID, Version: a.version(), Unit: a.unit(s, "unit"), Role: Role(a.Get("role")),
			Act: a.Get("act"), From: a.time("from"), To: a.time("to"), Beside: a.Get("beside") != ""}
		return a.then(f.back, func() error { _, err := s.PostOfficer(r.Context(), r.Grant, in); return err })
	}
	return f, err
}

// endPostSheet ends one of the posts that the officer holds.
func (s *Service) endPostSheet(r *web.Request) (sheet, error) {
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
	f.asks = []question{{name: "posts", kind: "select", options: held}, to(), act()}
	f.do = func(a answers) (string, error) {
		in := PostEnding{Post: a.id("posts"), To: a.time("to"), Act: a.Get("act")}
		if !slices.ContainsFunc(posts, func(p Post) bool { return p.ID == in.Post }) { // the grant is for this officer

			a.wrong.Add("posts", "form.choose")
		}
		return a.then(f.back, func() error { return s.EndPost(r.Context(), r.Grant, in) })
	}
	return f, err
}

func (s *Service) appointSheet(r *web.Request) (sheet, error) {
	f, o, err := s.about(r, "appoint")
	var options []ui.Option
	for _, c := range s.k.Pack.Capacities(r.Now()) {
		if c.Branch != "court" {
			options = append(options, ui.Option{Value: c.Code, Label: c.Names.In(string(r.Words.Lang()))})
		}
	}
	// Law: CPP 20; CPP 25
	f.asks = []question{{name: "capacity", kind: "select", help: true, options: options, law: "CPP 20"}, from(), to(), act()}
	f.do = func(a answers) (string, error) {
		in := Appointment{ID: a.id("submission"), Officer: o.ID, Version: a.version(), Capacity: a.Get("capacity"), Act: a.Get("act"), From: a.time("from"), To: a.time("to")}
		return a.then(f.back, func() error { _, err := s.AppointCapacity(r.Context(), r.Grant, in); return err })
	}
	return f, err
}

func (s *Service) suspendSheet(r *web.Request) (sheet, error) {
	f, o, err := s.about(r, "suspend")
	f.asks = []question{{name: "reason", kind: "area", help: true}}
	f.do = func(a answers) (string, error) {
		in := NewSuspension{ID: a.id("submission"), Officer: o.ID, Reason: a.Get("reason")}
		return a.then(f.back, func() error { _, err := s.SuspendOfficer(r.Context(), r.Grant, in); return err })
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
