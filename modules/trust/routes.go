package trust

import (
	"slices"

	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/web"
	"github.com/amana-platform/amana/kernel/web/ui"
	"github.com/amana-platform/amana/modules/trust/provider"
)

// The pages.
const (
	pathDirectory = "/institutions"
	pathApply     = "/institutions/apply"
	pathSpace     = "/institutions/space"
	pathRegister  = "/trust/institutions"
	pathEnter     = "/trust/institutions/enter"
	pathConsents  = "/my/consents"
	pathQuestions = "/my/requests"
)

// routes is the module's table of contents.
func (s *Service) routes() []web.Route {
	routes := slices.Concat(s.ownRoutes(), s.signalRoutes(), s.presentationRoutes())
	if s.k.Demo {
		routes = append(routes, s.demoBank().Routes()...)
	}
	return routes
}

func (s *Service) ownRoutes() []web.Route {
	const protocol = "an institution proves its own key, a citizen who they are; what is done is recorded by the service"
	return []web.Route{
		{Pattern: "GET " + provider.PathDiscovery, Open: protocol, Handle: s.protocol},
		{Pattern: "GET " + provider.PathKeys, Open: protocol, Handle: s.protocol},
		{Pattern: "POST " + provider.PathPush, Open: protocol, Handle: s.protocol, MaxBody: maxMessage},
		{Pattern: "GET " + provider.PathAuthorize, Open: protocol, Handle: s.protocol},
		{Pattern: "GET " + provider.PathAuthorize + "/{authorization}", Open: protocol, Handle: s.protocol},
		{Pattern: "POST " + provider.PathAuthorize + "/{authorization}", Open: protocol, Handle: s.protocol, MaxBody: maxMessage},
		{Pattern: "POST " + provider.PathToken, Open: protocol, Handle: s.protocol, MaxBody: maxMessage},
		{Pattern: "GET " + provider.PathInfo, Open: protocol, Handle: s.protocol},
		{Pattern: "POST " + provider.PathInfo, Open: protocol, Handle: s.protocol, MaxBody: maxMessage},
		{Pattern: "POST " + provider.PathAsk, Open: protocol, Handle: s.protocol, MaxBody: maxMessage},
		{Pattern: "GET " + provider.PathEnd, Open: "a citizen's own session, if they say so", Handle: s.endPage},
		{Pattern: "POST " + provider.PathEnd, Open: "a citizen's own session, if they say so", Handle: s.endSession, MaxBody: maxMessage},

		{Pattern: "GET " + pathDirectory, Open: "who relies on the service, for what, is public", Handle: s.directory},
		{Pattern: "GET " + pathDirectory + "/{id}", Open: "who relies on the service, for what, is public", Handle: s.publicPage},
		{Pattern: "GET " + pathApply, Open: "anyone may apply; two persons decide", Handle: s.applyForm},
		{Pattern: "POST " + pathApply, Open: "anyone may apply; two persons decide", Handle: s.applyInstitution},
		{Pattern: "GET " + pathSpace, Open: "an institution's code is asked here", Handle: s.spaceDoor},
		{Pattern: "POST " + pathSpace, Open: "an institution's code opens its own registration", Handle: s.spacePage},
		{Pattern: "POST " + pathSpace + "/keys", Open: "an institution's code opens its own registration", Handle: s.changeKeys},

		{Pattern: "GET " + pathRegister, Action: actionList, Handle: s.listInstitutions},
		{Pattern: "GET " + pathEnter, Action: actionEnter, Handle: s.enterForm},
		{Pattern: "POST " + pathEnter, Action: actionEnter, Handle: s.enterProgram},
		{Pattern: "GET " + pathRegister + "/{id}", Action: actionRead, Resource: s.locate, Handle: s.readInstitution},
		{Pattern: "POST " + pathRegister + "/{id}/examine", Action: actionExamine, Resource: s.locate, Handle: s.examineInstitution},
		{Pattern: "POST " + pathRegister + "/{id}/approve", Action: actionApprove, Resource: s.locate, Handle: s.approveInstitution},
		{Pattern: "POST " + pathRegister + "/{id}/refuse", Action: actionRefuse, Resource: s.locate, Handle: s.refuseInstitution},
		{Pattern: "POST " + pathRegister + "/{id}/suspend", Action: actionSuspend, Resource: s.locate, Handle: s.suspendInstitution},
		{Pattern: "POST " + pathRegister + "/{id}/resume", Action: actionResume, Resource: s.locate, Handle: s.resumeInstitution},

		{Pattern: "GET " + pathConsents, Open: "a citizen's own agreements, for their own session", Handle: s.listConsents},
		{Pattern: "GET " + pathQuestions, Open: "what waits for a citizen's own answer, for their own session", Handle: s.listQuestions},
		{Pattern: "POST " + pathQuestions + "/code", Open: "a code for a counter, drawn by a citizen in their own session", Handle: s.drawCode},
		{Pattern: "POST " + pathQuestions + "/{id}", Open: "what waits for a citizen's own answer, for their own session", Handle: s.answerQuestion},
		{Pattern: "POST " + pathConsents + "/{id}/withdraw", Open: "a citizen's own agreements, for their own session", Handle: s.withdrawConsent},
	}
}

// CitizenPages are the module's pages of a citizen's own.
func CitizenPages() []ui.Link {
	return []ui.Link{{Label: "trust.ask.title", Href: pathQuestions}, {Label: "trust.consents", Href: pathConsents}, {Label: "trust.directory", Href: pathDirectory}}
}

// maxMessage bounds what a program may send.
const maxMessage = 64 << 10

func (s *Service) locate(r *web.Request) (policy.Resource, error) {
	id, err := r.PathID("id")
	if err != nil {
		return policy.Resource{}, err
	}
	i, err := s.Institution(r.Context(), id)
	return i.Resource(r.Actor.Unit), err
}
