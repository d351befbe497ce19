package register

import (
	"context"
	"embed"
	"io/fs"
	"time"

	"github.com/amana-platform/amana/kernel/app"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/jobs"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/web"
)

//go:embed migrations/*.sql
var migrations embed.FS

//go:embed text/*.toml
var texts embed.FS

// JournalModule is the module's part of the journal: its tables, its entries,
// how it forgets.
func JournalModule() journal.Module {
	sub, err := fs.Sub(migrations, "migrations")
	if err != nil {
		panic(err) // the folder is embedded above under this very name
	}
	return journal.Module{Name: "register", Migrations: sub, Kinds: kinds(), Erase: forget, Within: within}
}

// Module lists everything the register hands to the program.
func (s *Service) Module() app.Module {
	return app.Module{
		Name: "register", Journal: JournalModule(), Policy: PolicyModule(), Texts: texts, Routes: s.routes(),
		Rail: []web.RailLink{
			{Label: "register.desk.title", Href: "/register", Key: "g r", Action: actionDesk},
			{Label: "register.log.title", Href: "/log-book", Key: "g l", Action: actionWrite},
			{Label: "custody.board", Href: "/custody", Key: "g c", Action: actionBoard},
			{Label: "register.seat.title", Href: "/prosecution/custody", Key: "g c", Action: actionSeat},
		},
		Panels: s.panels(), Finders: []web.Finder{{Action: actionFind, Find: s.findComplaint}}, Tasks: []web.Tasks{{Action: actionBoard, List: s.deskTasks}, {Action: actionSeat, List: s.seatTasks}}, Tells: s.tells(),
		Jobs:  []jobs.Job{{Name: watcher, Every: watchEvery, Do: s.watch}},
		Blobs: eachFile,
		Terms: terms(), Speaks: speaks,
	}
}

// watchEvery is how often the custody clocks are looked at, so that an overrun
// stands in the journal even where nobody opens a page. Law: CPP 66
const watchEvery = 15 * time.Second

// watch looks at the clocks once.
func (s *Service) watch(ctx context.Context) error {
	_, err := s.Watch(ctx)
	return err
}

// Documents lists the documents of this module in whose free text a person
// may stand: their complaints and pages of the custody register. Erasing a
// person means erasing these too, unless a hold forbids it.
func (s *Service) Documents(ctx context.Context, person ident.ID) ([]ident.ID, error) {
	refs, err := within(ctx, s.k.Reader, person)
	out := make([]ident.ID, len(refs))
	for i, r := range refs {
		out[i] = r.ID
	}
	return out, err
}
