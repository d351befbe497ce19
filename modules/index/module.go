package index

import (
	"context"
	"embed"
	"io/fs"
	"time"

	"github.com/amana-platform/amana/kernel/app"
	"github.com/amana-platform/amana/kernel/jobs"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/web"
)

//go:embed migrations/*.sql
var embedded embed.FS

// Texts are the module's words.
//
//go:embed text/*.toml
var Texts embed.FS

// Migrations shape the module's tables.
func Migrations() fs.FS {
	sub, err := fs.Sub(embedded, "migrations")
	if err != nil {
		panic(err) // the embedded folder is there or the program does not compile
	}
	return sub
}

// Service keeps the index. It is safe for concurrent use.
type Service struct {
	k *app.Kernel
}

// New makes the service on a kernel.
func New(k *app.Kernel) *Service { return &Service{k: k} }

// JournalModule is what the module gives the journal.
func JournalModule() journal.Module {
	return journal.Module{Name: "index", Migrations: Migrations(), Kinds: kinds(), Erase: erase, Within: within}
}

// Module is the subject, whole.
func (s *Service) Module() app.Module {
	return app.Module{
		Name: "index", Journal: JournalModule(), Policy: PolicyModule(), Texts: Texts, Routes: s.routes(),
		Rail:    []web.RailLink{{Label: "index.rail", Href: "/persons", Key: "g p", Action: ActionSearch}},
		Finders: []web.Finder{{Action: ActionSearch, Find: s.find}}, Terms: s.terms(),
		Jobs: []jobs.Job{{Name: "index-terms", Every: time.Hour, Do: func(ctx context.Context) error {
			_, err := s.LookThrough(ctx)
			return err
		}}},
	}
}
