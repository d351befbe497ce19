package units

import (
	"embed"
	"io/fs"

	"github.com/amana-platform/amana/kernel/app"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/text"
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
	sub, _ := fs.Sub(migrations, "migrations") // embedded: the folder is there
	return journal.Module{Name: "units", Migrations: sub, Kinds: kinds(), Erase: erase, Within: within}
}

// Module is the subject, whole.
func (s *Service) Module() app.Module {
	return app.Module{
		Name: "units", Journal: JournalModule(), Policy: PolicyModule(), Texts: Texts, Routes: s.routes(),
		Rail: []web.RailLink{
			{Label: "units.title", Href: "/units", Key: "g u", Action: actionTree},
			{Label: "units.me", Href: "/account", Key: "g m", Action: actionTree},
		},
		Finders: []web.Finder{{Action: actionSearch, Find: s.find}},
		Tells:   s.tells(),
	}
}

// tells gives the details that a timeline shows beside the fact's name.
func (s *Service) tells() map[string]app.Tell {
	return map[string]app.Tell{
		"units.unit-moved":         s.tellMoved,
		"units.officer-posted":     s.tellPosted,
		"units.post-ended":         s.tellEnded,
		"units.capacity-appointed": s.tellCapacity,
		"units.duty-opened":        s.tellDuty,
	}
}

func (s *Service) tellMoved(w *text.Words, e journal.Entry) (title, detail string) {
	x, _ := e.(UnitMoved)
	return w.T("entry.units.unit-moved"), s.nameIn(w, x.Parent)
}

func (s *Service) tellPosted(w *text.Words, e journal.Entry) (title, detail string) {
	x, _ := e.(OfficerPosted)
	return w.T("entry.units.officer-posted"), w.T("role."+string(x.Role)) + " · " + s.nameIn(w, x.Unit)
}

func (s *Service) tellEnded(w *text.Words, e journal.Entry) (title, detail string) {
	x, _ := e.(PostEnded)
	return w.T("entry.units.post-ended"), s.nameIn(w, x.Unit)
}

func (s *Service) tellCapacity(w *text.Words, e journal.Entry) (title, detail string) {
	x, _ := e.(CapacityAppointed)
	return w.T("entry.units.capacity-appointed"), s.capacityName(w, x.Capacity)
}

func (s *Service) tellDuty(w *text.Words, e journal.Entry) (title, detail string) {
	x, _ := e.(DutyOpened)
	return w.T("entry.units.duty-opened"), w.T("units.duty.kind." + x.Kind)
}
