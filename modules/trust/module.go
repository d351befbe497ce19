package trust

import (
	"context"
	"embed"
	"errors"
	"io/fs"
	"time"

	"github.com/amana-platform/amana/kernel/app"
	"github.com/amana-platform/amana/kernel/events"
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
	return journal.Module{Name: "trust", Migrations: sub, Kinds: kinds(), Erase: forget}
}

// Module hands over what the module is made of.
func (s *Service) Module() app.Module {
	var lines []string
	if s.citizens != nil {
		lines = s.citizens.LineKinds()
	}
	return app.Module{
		Name: "trust", Journal: JournalModule(), Policy: PolicyModule(lines), Texts: Texts, Routes: s.routes(),
		Rail:  []web.RailLink{{Label: "trust.institutions", Href: pathRegister, Key: "g t", Action: actionList}},
		Tasks: []web.Tasks{{Action: actionList, List: s.tasks}}, Tells: tells(), Terms: terms(), Speaks: speaks,
		Follows: []events.Follower{{Name: "trust-streams", Handle: s.followStreams}},
		Jobs: []jobs.Job{
			{Name: "institutions", Every: 10 * time.Minute, Do: func(ctx context.Context) error {
				_, err := s.Expire(ctx)
				return err
			}},
			{Name: "trust-keys", Every: time.Hour, Do: func(ctx context.Context) error {
				return errors.Join(s.keys.Rotate(ctx), s.sweepKeys(ctx), s.sweepTrials(ctx))
			}},
			{Name: "trust-notices", Every: 2 * time.Second, Do: func(ctx context.Context) error {
				_, err := s.Tell(ctx)
				return err
			}},
			{Name: "trust-signals", Every: time.Second, Do: func(ctx context.Context) error {
				_, err := s.Push(ctx)
				return err
			}},
			{Name: "trust-streams", Every: time.Minute, Do: s.tendStreams},
			{Name: "trust-officers", Every: 2 * time.Second, Do: s.EndOver},
			{Name: "trust-sweep", Every: time.Minute, Do: s.sweep},
		},
	}
}

// sweep removes what is over of what is under way.
func (s *Service) sweep(ctx context.Context) error {
	p, err := s.provider()
	if err != nil {
		return err
	}
	return p.Sweep(ctx)
}

// tells gives the words of the entries on a timeline.
func tells() map[string]app.Tell {
	out := map[string]app.Tell{}
	for _, k := range kinds() {
		out[k.Name] = func(w *text.Words, e journal.Entry) (string, string) { return w.T("entry." + k.Name), detail(w, e) }
	}
	return out
}

// detail says what was decided, in words of the module's own.
func detail(w *text.Words, e journal.Entry) string {
	switch e := e.(type) {
	case RequestRefused:
		return attributeWords(w, e.Above)
	case ConsentGiven:
		return attributeWords(w, e.Claims)
	case ConsentRefused:
		return attributeWords(w, e.Claims)
	case PersonVerified:
		return attributeWords(w, e.Claims)
	case KeyPublished:
		return e.Kid
	case KeyRetired:
		return e.Kid
	}
	return ""
}
