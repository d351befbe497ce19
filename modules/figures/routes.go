package figures

import "github.com/amana-platform/amana/kernel/web"

// The pages.
const (
	pathStatus    = "/status"
	pathRegulator = "/regulator"
)

// routes is the module's table of contents.
func (s *Service) routes() []web.Route {
	const public = "figures without a person, for everybody"
	return []web.Route{
		{Pattern: "GET " + pathStatus, Open: public, Handle: s.statusPage},
		{Pattern: "GET " + pathStatus + ".json", Open: public, Handle: s.statusFile},
		{Pattern: "GET " + pathRegulator, Action: actionOversee, Handle: s.regulatorPage},
		{Pattern: "GET " + pathRegulator + ".json", Action: actionOversee, Handle: s.regulatorFile},
	}
}
