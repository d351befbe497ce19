package oversight

import (
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/web"
)

// routes is the module's table of contents.
func (s *Service) routes() []web.Route {
	return []web.Route{
		{Pattern: "GET /alarms", Action: actionList, Handle: s.listAlarms},
		{Pattern: "GET /alarms/{id}", Action: actionRead, Resource: s.locateAlarm, Handle: s.readAlarm},
		{Pattern: "POST /alarms/{id}/acknowledge", Action: actionAcknowledge, Resource: s.locateAlarm, Handle: s.acknowledgeAlarm},
		{Pattern: "POST /alarms/{id}/judge", Action: actionJudge, Resource: s.locateAlarm, Handle: s.judgeAlarm},
		{Pattern: "GET /requests", Action: actionRequests, Handle: s.listRequests},
		{Pattern: "GET /requests/{id}", Action: actionRequest, Resource: s.locateRequest, Handle: s.readRequest},
		{Pattern: "POST /requests/{id}/answer", Action: actionAnswer, Resource: s.locateRequest, Handle: s.answerRequest},
	}
}

func (s *Service) locateAlarm(r *web.Request) (policy.Resource, error) {
	id, err := r.PathID("id")
	if err != nil {
		return policy.Resource{}, err
	}
	a, err := s.Alarm(r.Context(), id)
	return a.Resource(), err
}

func (s *Service) locateRequest(r *web.Request) (policy.Resource, error) {
	id, err := r.PathID("id")
	if err != nil {
		return policy.Resource{}, err
	}
	q, err := s.Request(r.Context(), id)
	return q.Resource(), err
}
