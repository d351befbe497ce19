package plates

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
	return journal.Module{Name: "plates", Migrations: sub, Kinds: kinds(), Erase: forget, Within: within}
}

// Module hands over what the module is made of.
func (s *Service) Module() app.Module {
	return app.Module{
		Name: "plates", Journal: JournalModule(), Policy: PolicyModule(), Texts: Texts, Routes: s.routes(),
		Rail: []web.RailLink{
			{Label: "plates.title", Href: "/plates", Key: "g k", Action: actionDesk},
			{Label: "plates.cameras", Href: "/plates/cameras", Action: actionRegister},
			{Label: "plates.audit", Href: "/plates/audit", Action: actionAudit},
		},
		Panels:  []web.Panel{{Kind: "case", Title: "plates.lists", Action: "cases.case.read", Show: s.casePanel}},
		Finders: []web.Finder{{Action: actionLists, Find: s.find}},
		Tasks:   []web.Tasks{{Action: actionDesk, List: s.deskTasks}, {Action: actionLists, List: s.entryTasks}}, Tells: s.tells(), Blobs: pictures, Jobs: s.jobs(), Terms: terms(),
	}
}
