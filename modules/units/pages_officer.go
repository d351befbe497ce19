package units

import (
	"net/http"

	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/text"
	"github.com/amana-platform/amana/kernel/web"
	"github.com/amana-platform/amana/kernel/web/ui"
)

// officerPage shows an officer: posts, capacity, timeline.
func (s *Service) officerPage(r *web.Request) error {
	o, err := s.Officer(r.Context(), r.Resource.Ref.ID)
	if err != nil {
		return err
	}
	rec := s.officerRecord(r, o)
	rec.Acts = s.officerActs(r, o)
	panels := []func(*web.Request, Officer) (ui.Aside, error){s.postsPanel, s.capacitiesPanel}
	if role := Role(r.Actor.Role); role == Administrator || role == Inspector {
		panels = append(panels, s.suspensionsPanel, s.keysPanel)
	}
	for _, panel := range panels {
		aside, err := panel(r, o)
		if err != nil {
			return err
		}
		rec.Aside = append(rec.Aside, aside)
	}
	if rec.Timeline, err = r.Timeline(officerRef(o.ID), 30); err != nil {
		return err
	}
	return r.RecordPage(rec.Title, rec)
}

// officerRecord fills what the officer's page and one's own account share.
func (s *Service) officerRecord(r *web.Request, o Officer) ui.Record {
	w, now := r.Words, r.Now()
	p := s.standing(r.Context())
	rec := ui.Record{Kind: r.T("units.officer"), Number: o.Matricule, Title: s.officerLabel(w, o), State: ui.State{Status: ui.Good, Label: r.T("units.state.active")}}
	post, serves := p.post(o.ID, now)
	switch {
	case p.barred(o.ID, now):
		rec.State = ui.State{Status: ui.Stop, Label: r.T("units.state.suspended")}
	case !serves:
		rec.State = ui.State{Status: ui.Wait, Label: r.T("units.state.away")}
	}
	rec.Facts = []ui.Fact{
		{Label: r.T("units.field.given-ar"), Text: o.GivenAR}, {Label: r.T("units.field.family-ar"), Text: o.FamilyAR},
		{Label: r.T("units.field.given"), Text: o.Given}, {Label: r.T("units.field.family"), Text: o.Family},
		{Label: r.T("units.field.grade"), Text: s.gradeName(w, o.Grade)},
	}
	if serves {
		rec.Facts = append(rec.Facts, ui.Fact{Label: r.T("units.field.unit"), Text: s.nameIn(w, post.Unit)}, ui.Fact{Label: r.T("units.field.role"), Text: r.T("role." + string(post.Role))})
	}
	if c := p.capacity(o.ID, now); c != "" {
		rec.Facts = append(rec.Facts, ui.Fact{Label: r.T("units.field.capacity"), Text: s.capacityName(w, c), Law: "CPP 20"})
	}
	return rec
}

// officerActs offers the acts that this person may do now.
func (s *Service) officerActs(r *web.Request, o Officer) []ui.Act {
	var acts []ui.Act
	barred := s.standing(r.Context()).barred(o.ID, r.Now())
	for _, a := range []struct {
		verb, action string
		post, shown  bool
	}{
		{"post", "units.officer.post", false, true}, {"end-post", "units.post.end", false, true}, {"appoint", "units.capacity.appoint", false, true},
		{"suspend", "units.officer.suspend", false, !barred && o.ID != r.Actor.ID}, {"lift", "units.suspension.lift", true, barred},
		{"issue", "units.code.issue", true, true},
	} {
		path := a.verb
		if a.verb == "issue" {
			path = "code"
		}
		if a.shown && r.Can(a.action, r.Resource) {
			acts = append(acts, ui.Act{Name: a.action, Label: r.T("units.act." + a.verb), Href: officerHref(o.ID) + "/" + path, Post: a.post})
		}
	}
	return acts
}

func (s *Service) postsPanel(r *web.Request, o Officer) (ui.Aside, error) {
	all, err := s.Posts(r.Context(), o.ID)
	var lines []line
	for _, p := range all {
		lines = append(lines, line{label: r.T("role."+string(p.Role)) + " · " + s.nameIn(r.Words, p.Unit), href: unitHref(p.Unit),
			detail: while(r.Words, p.From, p.To) + " · " + r.T("units.act-of", "act", p.Act)})
	}
	return ui.Aside{Title: r.T("units.field.posts"), Body: panelLines(r.Words, lines, "units.no-post")}, err
}

func (s *Service) capacitiesPanel(r *web.Request, o Officer) (ui.Aside, error) {
	all, err := s.Capacities(r.Context(), o.ID)
	var lines []line
	for _, c := range all {
		lines = append(lines, line{label: s.capacityName(r.Words, c.Code), detail: while(r.Words, c.From, c.To) + " · " + r.T("units.act-of", "act", c.Act)})
	}
	return ui.Aside{Title: r.T("units.field.capacities"), Body: panelLines(r.Words, lines, "form.none")}, err
}

func (s *Service) suspensionsPanel(r *web.Request, o Officer) (ui.Aside, error) {
	all, err := s.Suspensions(r.Context(), o.ID)
	var lines []line
	for _, x := range all {
		lines = append(lines, line{label: x.Reason, detail: while(r.Words, x.From, x.Lifted)})
	}
	return ui.Aside{Title: r.T("units.field.suspensions"), Body: panelLines(r.Words, lines, "form.none")}, err
}

func (s *Service) keysPanel(r *web.Request, o Officer) (ui.Aside, error) {
	keys, err := s.Passkeys(r.Context(), o.ID)
	remove := ""
	if r.Can(actionRemove, r.Resource) {
		remove = officerHref(o.ID) + "/passkeys/"
	}
	return ui.Aside{Title: r.T("units.field.keys"), Body: keyList(r.Words, keys, remove)}, err
}

// accountPage is one's own: posts, duties, keys, and what was written of it.
func (s *Service) accountPage(r *web.Request) error {
	o, err := s.Officer(r.Context(), r.Actor.ID)
	if err != nil {
		return err
	}
	keys, err := s.Passkeys(r.Context(), o.ID)
	if err != nil {
		return err
	}
	rec := s.officerRecord(r, o)
	rec.Acts = []ui.Act{{Label: r.T("units.people"), Href: unitHref(r.Actor.Unit)}}
	rec.Aside = []ui.Aside{{Title: r.T("units.keys.title"), Body: keysBody(r, keys)}}
	for _, panel := range []func(*web.Request, Officer) (ui.Aside, error){s.postsPanel, s.capacitiesPanel} {
		aside, err := panel(r, o)
		if err != nil {
			return err
		}
		rec.Aside = append(rec.Aside, aside)
	}
	if rec.Timeline, err = r.Timeline(officerRef(o.ID), 30); err != nil {
		return err
	}
	return r.RecordPage(r.T("units.me"), rec)
}

func (s *Service) liftSuspension(r *web.Request) error {
	id := r.Resource.Ref.ID
	if err := s.LiftSuspension(r.Context(), r.Grant, id); err != nil {
		return err
	}
	return r.Redirect(officerHref(id))
}

// issueCode shows a one-time code, this once.
func (s *Service) issueCode(r *web.Request) error {
	o, err := s.Officer(r.Context(), r.Resource.Ref.ID)
	if err != nil {
		return err
	}
	code, err := s.IssueCode(r.Context(), r.Grant, o.ID)
	if err != nil {
		return err
	}
	return r.PageStatus(http.StatusOK, r.T("units.code.title"), codePage(r.Words, s.officerLabel(r.Words, o), code, officerHref(o.ID), r.Now().Add(codeLife)))
}

func (s *Service) removePasskey(r *web.Request) error {
	return s.removeKey(r, r.Resource.Ref.ID, officerHref(r.Resource.Ref.ID))
}

func (s *Service) removeOwnPasskey(r *web.Request) error {
	return s.removeKey(r, r.Actor.ID, "/account")
}

func (s *Service) removeKey(r *web.Request, officer ident.ID, next string) error {
	key, err := r.PathID("key")
	if err != nil {
		return err
	}
	if err := s.RemovePasskey(r.Context(), r.Grant, officer, key); err != nil {
		return err
	}
	return r.Redirect(next)
}

// keyDetail says when a key was registered and what became of it.
func keyDetail(w *text.Words, k Passkey) string {
	switch {
	case !k.Removed.IsZero():
		return w.T("units.keys.removed", "at", k.Removed)
	case !k.Doubted.IsZero():
		return w.T("units.keys.doubted", "at", k.Doubted)
	}
	return w.T("units.keys.made", "at", k.Made)
}

func keyLabel(w *text.Words, k Passkey) string {
	if k.Label == "" {
		return w.T("units.keys.unnamed")
	}
	return k.Label
}
