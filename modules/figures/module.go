package figures

import (
	"embed"

	"github.com/amana-platform/amana/kernel/app"
	"github.com/amana-platform/amana/kernel/web"
	"github.com/amana-platform/amana/kernel/web/ui"
)

// Texts are the module's words.
//
//go:embed text/*.toml
var Texts embed.FS

// Page is the public page, for who links to it.
func Page() ui.Link { return ui.Link{Label: "figures.status.title", Href: pathStatus} }

// Module hands over what the module is made of.
func (s *Service) Module() app.Module {
	return app.Module{
		Name: "figures", Policy: PolicyModule(), Texts: Texts, Routes: s.routes(),
		Rail: []web.RailLink{{Label: "figures.regulator.title", Href: pathRegulator, Key: "g v", Action: actionOversee}},
	}
}
