package citizens

import (
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/web"
)

// maxAnswer bounds what a card's agent sends, in bytes.
const maxAnswer = 64 << 10

// routes is the module's table of contents.
func (s *Service) routes() []web.Route {
	all := append(s.counter(), s.space()...)
	all = append(all, s.keys.Routes()...)
	if s.simulates() {
		all = append(all, s.simulators()...)
	}
	return all
}

// counter are the officers' routes.
func (s *Service) counter() []web.Route {
	return []web.Route{
		{Pattern: "GET /citizens", Action: actionCounter, Handle: s.searchCounter},
		{Pattern: "POST /citizens", Action: actionEnrol, Handle: s.enrolAccount},
		{Pattern: "GET /citizens/{id}", Action: actionRead, Resource: s.locateCitizen, Handle: s.readAccount},
		{Pattern: "POST /citizens/{id}/code", Action: actionIssue, Resource: s.locateCitizen, Handle: s.issueCode},
		{Pattern: "POST /citizens/{id}/recover", Action: actionRecover, Resource: s.locateCitizen, Handle: s.recoverAccount},
		{Pattern: "POST /citizens/{id}/residence", Action: actionAttest, Resource: s.locateCitizen, Handle: s.attestResidence},
		{Pattern: "POST /citizens/{id}/close", Action: actionClose, Resource: s.locateCitizen, Handle: s.closeAccount},
		{Pattern: "POST /citizens/{id}/means/{means}/revoke", Action: actionRevoke, Resource: s.locateCitizen, Handle: s.revokeMeans},
		{Pattern: "GET /log-delays", Action: actionDelays, Handle: s.listDelays},
		{Pattern: "POST /log-delays", Action: actionDelay, Handle: s.orderDelay},
		{Pattern: "POST /log-delays/{id}/confirm", Action: actionConfirm, Resource: s.locateDelay, Handle: s.confirmDelay},
		{Pattern: "POST /log-delays/{id}/lift", Action: actionLift, Resource: s.locateDelay, Handle: s.liftDelay},
		{Pattern: "GET /contests", Action: actionAsked, Handle: s.listContests},
		{Pattern: "GET /contests/{id}", Action: actionAnswer, Resource: s.locateContest, Handle: s.readContest},
		{Pattern: "POST /contests/{id}", Action: actionAnswer, Resource: s.locateContest, Handle: s.answerContest},
	}
}

// space are the citizens' routes, by their own door.
func (s *Service) space() []web.Route {
	const before = "proving who one is stands before any grant"
	own := func(pattern, action string, h web.Handler) web.Route {
		return web.Route{Pattern: pattern, Action: action, Resource: s.locateOwn, Door: s.door, Handle: h}
	}
	open := func(pattern, why string, h web.Handler) web.Route {
		return web.Route{Pattern: pattern, Open: why, Door: s.door, Handle: h, MaxBody: maxAnswer}
	}
	return []web.Route{
		open("GET /citizen/sign-in", before, s.signInPage),
		open("POST /citizen/sign-in", before, s.signInByCode),
		open("POST /citizen/card", before, s.beginCardPage),
		open("POST /citizen/card/{ticket}/challenge", "the ticket of a sign-in that somebody began", s.challengeForCard),
		open("POST /citizen/card/{ticket}/answer", "what a card signed is the right to it", s.answerFromCard),
		open("GET /citizen/card/done", "the proof of a card, in the browser that began", s.finishByCard),
		open("POST /citizen/sign-out", "anyone may leave", s.leave),
		own("GET /citizen", actionSpace, s.spacePage),
		own("POST /citizen/sign-out/everywhere", actionEnd, s.leaveEverywhere),
		own("GET /citizen/means", actionSpace, s.meansPage),
		own("POST /citizen/means/{means}/revoke", actionDrop, s.dropMeans),
		own("GET /citizen/log", actionLog, s.logPage),
		own("GET /citizen/log/{n}", actionLog, s.linePage),
		own("GET /citizen/log/{n}/proof", actionExport, s.lineProof),
		own("POST /citizen/log/{n}/contest", actionContest, s.contestLine),
		own("GET /citizen/log.json", actionExport, s.exportJSON),
		own("GET /citizen/log.csv", actionExport, s.exportCSV),
	}
}

func (s *Service) locateCitizen(r *web.Request) (policy.Resource, error) {
	id, err := r.PathID("id")
	if err != nil {
		return policy.Resource{}, err
	}
	c, err := s.Citizen(r.Context(), id)
	return c.Resource(), err
}

func (s *Service) locateDelay(r *web.Request) (policy.Resource, error) {
	id, err := r.PathID("id")
	if err != nil {
		return policy.Resource{}, err
	}
	d, err := s.Delay(r.Context(), id)
	return d.Resource(), err
}

func (s *Service) locateContest(r *web.Request) (policy.Resource, error) {
	id, err := r.PathID("id")
	if err != nil {
		return policy.Resource{}, err
	}
	return s.contestResource(r.Context(), id)
}
