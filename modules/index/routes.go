package index

import (
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/web"
)

// SuggestPath is where a person picker asks for proposals (see
// ui.Form.PersonPicker).
const SuggestPath = "/persons/suggest"

// routes is the module's table of contents.
func (s *Service) routes() []web.Route {
	return []web.Route{
		{Pattern: "GET /persons", Action: ActionSearch, Handle: s.searchPage},
		{Pattern: "GET " + SuggestPath, Action: ActionSearch, Handle: s.suggest},
		{Pattern: "GET /persons/new", Action: ActionPersonRecord, Handle: s.newPerson},
		{Pattern: "POST /persons/new", Action: ActionPersonRecord, Handle: s.recordPerson},
		{Pattern: "GET /persons/{id}", Action: ActionPersonRead, Resource: s.locatePerson, Handle: s.personPage},
		{Pattern: "GET /persons/{id}/correct", Action: ActionPersonCorrect, Resource: s.locatePerson, Handle: s.correctForm},
		{Pattern: "POST /persons/{id}/correct", Action: ActionPersonCorrect, Resource: s.locatePerson, Handle: s.correctPerson},
		{Pattern: "GET /persons/{id}/compare/{other}", Action: ActionPersonRead, Resource: s.locatePerson, Handle: s.comparePage},
		{Pattern: "GET /persons/{id}/merge/{other}", Action: ActionPersonMerge, Resource: s.locatePerson, Handle: s.decisionForm(mergeVerb)},
		{Pattern: "POST /persons/{id}/merge/{other}", Action: ActionPersonMerge, Resource: s.locatePerson, Handle: s.decisionTaken(mergeVerb)},
		{Pattern: "GET /persons/{id}/dismiss/{other}", Action: ActionPersonDismiss, Resource: s.locatePerson, Handle: s.decisionForm(dismissVerb)},
		{Pattern: "POST /persons/{id}/dismiss/{other}", Action: ActionPersonDismiss, Resource: s.locatePerson, Handle: s.decisionTaken(dismissVerb)},
		{Pattern: "GET /persons/{id}/unmerge", Action: ActionPersonUnmerge, Resource: s.locatePerson, Handle: s.decisionForm(unmergeVerb)},
		{Pattern: "POST /persons/{id}/unmerge", Action: ActionPersonUnmerge, Resource: s.locatePerson, Handle: s.decisionTaken(unmergeVerb)},
		{Pattern: "GET /persons/{id}/link", Action: ActionPersonLink, Resource: s.locatePerson, Handle: s.linkForm},
		{Pattern: "POST /persons/{id}/link", Action: ActionPersonLink, Resource: s.locatePerson, Handle: s.linkPerson},
		{Pattern: "GET /persons/{id}/links/{link}/end", Action: ActionPersonLink, Resource: s.locatePerson, Handle: s.endLinkForm},
		{Pattern: "POST /persons/{id}/links/{link}/end", Action: ActionPersonLink, Resource: s.locatePerson, Handle: s.endLink},
		{Pattern: "GET /vehicles/new", Action: ActionVehicleRecord, Handle: s.newVehicle},
		{Pattern: "POST /vehicles/new", Action: ActionVehicleRecord, Handle: s.recordVehicle},
		{Pattern: "GET /vehicles/{id}", Action: ActionVehicleRead, Resource: s.locateVehicle, Handle: s.vehiclePage},
		{Pattern: "GET /vehicles/{id}/correct", Action: ActionVehicleCorrect, Resource: s.locateVehicle, Handle: s.correctVehicleForm},
		{Pattern: "POST /vehicles/{id}/correct", Action: ActionVehicleCorrect, Resource: s.locateVehicle, Handle: s.correctVehicle},
	}
}

// locatePerson finds the record of an address as it stands, merged or not.
func (s *Service) locatePerson(r *web.Request) (policy.Resource, error) {
	id, err := r.PathID("id")
	if err != nil {
		return policy.Resource{}, err
	}
	p, err := s.PersonAsRecorded(r.Context(), id)
	return personResource(p.ID, p.Unit), err
}

func personResource(id, unit ident.ID) policy.Resource {
	return policy.Resource{Ref: person(id), Unit: unit}
}

// locateVehicle finds the vehicle of an address.
func (s *Service) locateVehicle(r *web.Request) (policy.Resource, error) {
	id, err := r.PathID("id")
	if err != nil {
		return policy.Resource{}, err
	}
	v, err := s.Vehicle(r.Context(), id)
	return policy.Resource{Ref: vehicle(v.ID), Unit: v.Unit}, err
}
