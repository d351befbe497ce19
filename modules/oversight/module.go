package oversight

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
	return journal.Module{Name: "oversight", Migrations: sub, Kinds: kinds(), Erase: forget, Within: within}
}

// Module hands over what the module is made of.
func (s *Service) Module() app.Module {
	return app.Module{
		Name: "oversight", Journal: JournalModule(), Policy: PolicyModule(), Texts: Texts, Routes: s.routes(),
		Rail: []web.RailLink{
			{Label: "oversight.alarms", Href: "/alarms", Key: "g e", Action: actionList},
			{Label: "oversight.requests", Href: "/requests", Key: "g q", Action: actionRequests},
		},
		Tasks: []web.Tasks{{Action: actionList, List: s.tasks}}, Tells: s.tells(), Speaks: speaks,
		Jobs: []jobs.Job{{Name: "unjudged-alarms", Every: time.Minute, Do: func(ctx context.Context) error {
			_, err := s.Escalate(ctx)
			return err
		}}},
	}
}

// tells gives the words of the entries on a timeline.
func (s *Service) tells() map[string]app.Tell {
	out := map[string]app.Tell{}
	for _, k := range kinds() {
		out[k.Name] = func(w *text.Words, e journal.Entry) (string, string) { return w.T("entry." + k.Name), outcome(w, e) }
	}
	return out
}

// outcome says what was decided, without a word of anybody's.
func outcome(w *text.Words, e journal.Entry) string {
	switch e := e.(type) {
	case AlarmJudged:
		if e.Justified {
			return w.T("oversight.state." + string(Justified))
		}
		return w.T("oversight.state." + string(Unjustified))
	case PermissionAnswered:
		if e.Granted {
			return w.T("oversight.state." + string(Granted))
		}
		return w.T("oversight.state." + string(Refused))
	}
	return ""
}
