package disposal

import (
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/web"
)

// routes is the module's table of contents.
func (s *Service) routes() []web.Route {
	return []web.Route{
		{Pattern: "GET /disposals", Action: actionSchedule, Handle: s.openSchedule},
		{Pattern: "POST /disposals", Action: actionDraw, Handle: s.drawList},
		{Pattern: "GET /disposals/{id}", Action: actionRead, Resource: s.locate, Handle: s.readList},
		{Pattern: "GET /disposals/{id}/paper", Action: actionRead, Resource: s.locate, Handle: s.printList},
		{Pattern: "GET /disposals/{id}/decide", Action: actionDecide, Resource: s.locate, Handle: s.sheets.Show(s.decideSheet)},
		{Pattern: "POST /disposals/{id}/decide", Action: actionDecide, Resource: s.locate, Handle: s.sheets.Submit(s.decideSheet)},
		{Pattern: "GET /disposals/{id}/transfer", Action: actionTransfer, Resource: s.locate, Handle: s.sheets.Show(s.transferSheet)},
		{Pattern: "POST /disposals/{id}/transfer", Action: actionTransfer, Resource: s.locate, Handle: s.sheets.Submit(s.transferSheet)},
	}
}

func (s *Service) locate(r *web.Request) (policy.Resource, error) {
	id, err := r.PathID("id")
	if err != nil {
		return policy.Resource{}, err
	}
	l, err := s.List(r.Context(), id)
	return l.Resource(), err
}
