package register

import (
	"context"
	"embed"
	"io/fs"
	"time"

	"github.com/amana-platform/amana/kernel/app"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/store"
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
		Panels: s.panels(), Finders: []web.Finder{{Action: actionFind, Find: s.findComplaint}}, Tasks: s.tasks, Tells: s.tells(),
		Follows: []app.Follower{{Name: watcher, Action: actionWatch, Basis: watcherBasis, Handle: s.followClock}},
		Blobs:   eachFile,
	}
}

// followClock looks at the clocks whenever anything is written, so that an
// overrun stands in the journal even where nobody opens a page. A follower
// decides under the lock of the home, where a line of the log book could not
// draw its number, so the watch goes its own way.
// Law: CPP 66
func (s *Service) followClock(ctx context.Context, _ journal.Delivered, d *journal.Draft) error {
	late, err := openCustodies(ctx, s.k.Reader, "c.overrun_at = 0 and c.deadline_at < $2", store.Micros(d.Now))
	if err == nil && len(late) > 0 {
		go s.watch(context.WithoutCancel(ctx))
	}
	return err
}

// watchEvery is how often the clocks are looked at when nothing happens.
const watchEvery = 15 * time.Second

// Run looks at the clocks until ctx ends.
func (s *Service) Run(ctx context.Context) {
	for tick := time.NewTicker(watchEvery); ; {
		s.watch(ctx)
		select {
		case <-ctx.Done():
			tick.Stop()
			return
		case <-tick.C:
		}
	}
}

func (s *Service) watch(ctx context.Context) {
	if _, err := s.Watch(ctx); err != nil && ctx.Err() == nil {
		s.k.Log.ErrorContext(ctx, "the custody clocks cannot be watched", "err", err)
	}
}
