package units

import (
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/web"
)

// routes is the module's table of contents.
func (s *Service) routes() []web.Route {
	all := []web.Route{
		{Pattern: "GET /units", Action: actionTree, Handle: s.tree},
		{Pattern: "GET /units/{id}", Action: actionUnit, Resource: s.locateUnit, Handle: s.unitPage},
		{Pattern: "GET /officers/{id}", Action: actionOfficer, Resource: s.locateOfficer, Handle: s.officerPage},
		{Pattern: "POST /officers/{id}/lift", Action: "units.suspension.lift", Resource: s.locateOfficer, Handle: s.liftSuspension},
		{Pattern: "POST /officers/{id}/code", Action: "units.code.issue", Resource: s.locateOfficer, Handle: s.issueCode},
		{Pattern: "POST /officers/{id}/passkeys/{key}/remove", Action: actionRemove, Resource: s.locateOfficer, Handle: s.removePasskey},
		{Pattern: "GET /account", Action: actionOwn, Resource: s.Own, Handle: s.accountPage},
		{Pattern: "POST /account/passkeys/{key}/remove", Action: actionRemove, Resource: s.Own, Handle: s.removeOwnPasskey},
	}
	for _, f := range []struct {
		path, action string
		locate       web.Locate
		sheet        web.SheetFor
	}{
		{"/units/{id}/open", "units.unit.open", s.locateUnit, s.openSheet},
		{"/units/{id}/move", "units.unit.move", s.locateUnit, s.moveSheet},
		{"/units/{id}/close", "units.unit.close", s.locateUnit, s.closeSheet},
		{"/units/{id}/open-duty", "units.duty.open", s.locateUnit, s.openDutySheet},
		{"/units/{id}/end-duty", "units.duty.end", s.locateUnit, s.endDutySheet},
		{"/units/{id}/enrol", "units.officer.enrol", s.locateUnit, s.enrolSheet},
		{"/officers/{id}/post", "units.officer.post", s.locateOfficer, s.postSheet},
		{"/officers/{id}/end-post", "units.post.end", s.locateOfficer, s.endPostSheet},
		{"/officers/{id}/appoint", "units.capacity.appoint", s.locateOfficer, s.appointSheet},
		{"/officers/{id}/suspend", "units.officer.suspend", s.locateOfficer, s.suspendSheet},
	} {
		all = append(all,
			web.Route{Pattern: "GET " + f.path, Action: f.action, Resource: f.locate, Handle: s.sheets.Show(f.sheet)},
			web.Route{Pattern: "POST " + f.path, Action: f.action, Resource: f.locate, Handle: s.sheets.Submit(f.sheet)})
	}
	return all
}

// locateUnit finds the unit of an address. Units are the kernel's own type, so
// that what is asked is an act on the unit's service.
func (s *Service) locateUnit(r *web.Request) (policy.Resource, error) {
	id, err := r.PathID("id")
	if err != nil {
		return policy.Resource{}, err
	}
	u, err := s.Unit(r.Context(), id)
	return policy.Resource{Unit: u.ID}, err
}

// locateOfficer finds the officer of an address, under the unit of their post.
func (s *Service) locateOfficer(r *web.Request) (policy.Resource, error) {
	id, err := r.PathID("id")
	if err != nil {
		return policy.Resource{}, err
	}
	o, err := s.Officer(r.Context(), id)
	post, _ := s.standing(r.Context()).post(o.ID, s.k.Clock.Now())
	return resourceOf(o.ID, post.Unit), err
}

// Own is the account of the person who asks, for the routes of passkeys too.
func (s *Service) Own(r *web.Request) (policy.Resource, error) {
	return resourceOf(r.Actor.ID, r.Actor.Unit), nil
}

func resourceOf(officer, unit ident.ID) policy.Resource {
	return policy.Resource{Ref: officerRef(officer), Unit: unit, Attrs: map[string]any{"officer": string(officer)}}
}
