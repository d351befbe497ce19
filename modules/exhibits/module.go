package exhibits

import (
	"embed"
	"io/fs"

	"github.com/amana-platform/amana/kernel/app"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/web"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Texts are the module's words.
//
//go:embed text/*.toml
var Texts embed.FS

// JournalModule is the module's part of the journal: its tables, its entries,
// how it forgets.
func JournalModule() journal.Module {
	sub, err := fs.Sub(migrations, "migrations")
	if err != nil {
		panic(err) // the folder is embedded above under this very name
	}
	return journal.Module{Name: "exhibits", Migrations: sub, Kinds: kinds(), Erase: forget, Within: within}
}

// Module hands over what the module is made of. Its panel on a case is shown
// to whoever may read the case.
func (s *Service) Module() app.Module {
	return app.Module{
		Name: "exhibits", Journal: JournalModule(), Policy: PolicyModule(), Texts: Texts, Routes: s.routes(),
		Rail:    []web.RailLink{{Label: "exhibits.title", Href: "/exhibits", Key: "g x", Action: actionMine}},
		Panels:  []web.Panel{{Kind: kindCase, Title: "exhibits.title", Action: "cases.case.read", Show: s.casePanel}},
		Finders: []web.Finder{{Action: actionMine, Find: s.find}},
		Tasks:   []web.Tasks{{Action: actionMine, List: s.tasks}}, Tells: s.tells(), Blobs: photos, Terms: terms(), Speaks: speaks,
	}
}
