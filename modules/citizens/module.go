package citizens

import (
	"context"
	"embed"
	"io/fs"
	"time"

	"github.com/amana-platform/amana/kernel/app"
	"github.com/amana-platform/amana/kernel/events"
	"github.com/amana-platform/amana/kernel/ident"
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
	return journal.Module{Name: "citizens", Migrations: sub, Kinds: kinds(), Erase: forget}
}

// Directory names officers and units; the module that keeps them fills it.
type Directory interface {
	OfficerName(ctx context.Context, lang string, id ident.ID) string
	UnitName(ctx context.Context, lang string, id ident.ID) string
}

// Module hands over what the module is made of.
func (s *Service) Module() app.Module {
	return app.Module{
		Name: "citizens", Journal: JournalModule(), Policy: PolicyModule(), Texts: Texts, Routes: s.routes(),
		Rail: []web.RailLink{
			{Label: "citizens.counter.title", Href: "/citizens", Key: "g b", Action: actionCounter},
			{Label: "citizens.delay.title", Href: "/log-delays", Key: "g d", Action: actionDelays},
			{Label: "citizens.contest.title", Href: "/contests", Key: "g f", Action: actionAsked},
		},
		Tasks: []web.Tasks{{Action: actionAsked, List: s.tasks}, {Action: actionDelays, List: s.delayTasks}}, Tells: s.tells(), Speaks: speaks,
		Follows: []events.Follower{{Name: "citizens-merges", Handle: s.followMerges}},
		Jobs: []jobs.Job{{Name: "citizens-log", Every: 2 * time.Second, Do: s.KeepLogs}, {Name: "citizens-log-check", Every: 6 * time.Hour, Do: s.checkLogs},
			{Name: "citizens-sweep", Every: time.Minute, Do: s.sweep}},
	}
}

// tells gives the words of the entries on a timeline.
func (s *Service) tells() map[string]app.Tell {
	out := map[string]app.Tell{}
	for _, k := range kinds() {
		out[k.Name] = func(w *text.Words, e journal.Entry) (string, string) {
			return w.T("entry." + k.Name), detail(w, e)
		}
	}
	return out
}

// detail says what was decided, without a word of anybody's.
func detail(w *text.Words, e journal.Entry) string {
	switch e := e.(type) {
	case SignedIn:
		return w.T("citizens.means." + e.Kind)
	case MeansAdded:
		return w.T("citizens.means." + e.Kind)
	case MeansRevoked:
		return w.T("citizens.why." + e.Why)
	case ContestAnswered:
		return w.T("citizens.contest." + verdict(e.Upheld))
	}
	return ""
}

func verdict(upheld bool) string {
	if upheld {
		return "upheld"
	}
	return "rejected"
}
