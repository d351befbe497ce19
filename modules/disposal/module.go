package disposal

import (
	"context"
	"embed"
	"io/fs"
	"time"

	"github.com/amana-platform/amana/kernel/app"
	"github.com/amana-platform/amana/kernel/jobs"
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

// JournalModule is the module's part of the journal.
func JournalModule() journal.Module {
	sub, err := fs.Sub(migrations, "migrations")
	if err != nil {
		panic(err) // the folder is embedded above under this very name
	}
	return journal.Module{Name: "disposal", Migrations: sub, Kinds: kinds(), Erase: forget, Within: within}
}

// Module hands over what the module is made of.
func (s *Service) Module() app.Module {
	return app.Module{
		Name: "disposal", Journal: JournalModule(), Policy: PolicyModule(), Texts: Texts, Routes: s.routes(),
		Rail:  []web.RailLink{{Label: "disposal.title", Href: "/disposals", Key: "g s", Action: actionSchedule}},
		Tasks: []web.Tasks{{Action: actionSchedule, List: s.tasks}}, Tells: tells(), Blobs: papers,
		Jobs: []jobs.Job{{Name: "disposals", Every: time.Minute, Do: func(ctx context.Context) error {
			_, err := s.CarryOut(ctx)
			return err
		}}},
	}
}

// tells gives the words of the entries on a timeline.
func tells() map[string]app.Tell {
	out := map[string]app.Tell{}
	for _, k := range kinds() {
		out[k.Name] = func(w *text.Words, e journal.Entry) (string, string) {
			if ended, ok := e.(RecordEnded); ok {
				return w.T("entry." + k.Name), w.T("disposal.outcome." + ended.Outcome)
			}
			return w.T("entry." + k.Name), ""
		}
	}
	return out
}
