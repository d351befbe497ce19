package cases

import (
	"context"
	"embed"
	"encoding/json"
	"io/fs"
	"time"

	"github.com/amana-platform/amana/kernel/app"
	"github.com/amana-platform/amana/kernel/blobs"
	"github.com/amana-platform/amana/kernel/jobs"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/store"
	"github.com/amana-platform/amana/kernel/text"
	"github.com/amana-platform/amana/kernel/web"
	"github.com/amana-platform/amana/modules/cases/enquiry"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Texts holds the words of the module in the three languages.
//
//go:embed text
var Texts embed.FS

// JournalModule gives what the module hands to the journal.
func JournalModule() journal.Module {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		panic("cases: " + err.Error()) // the folder is embedded above under this very name
	}
	return journal.Module{Name: "cases", Migrations: files, Kinds: kinds(), Erase: erase, Within: within}
}

// stateKey gives the words of a state, for the arguments of a fault.
func stateKey(s enquiry.State) text.Key { return text.Key("cases.state." + string(s)) }

// eachBlob lists the stored files that the module's records speak of.
func eachBlob(ctx context.Context, r store.Reader, each func(blobs.Info) error) error {
	const held = "select info from cases_pieces where info is not null and info <> '' union all select info from cases_issues where info is not null"
	return r.Each(ctx, held, nil, func(scan store.Scan) error {
		var raw string
		if err := scan(&raw); err != nil {
			return err
		}
		var info blobs.Info
		if err := json.Unmarshal([]byte(raw), &info); err != nil {
			return err
		}
		return each(info)
	})
}

// Module gives the module whole.
func (s *Service) Module() app.Module {
	return app.Module{
		Name: "cases", Journal: JournalModule(), Policy: policyModule(s.parts.Opening, s.parts.Signing), Texts: Texts, Routes: s.routes(), Blobs: eachBlob, Terms: s.ends(), Speaks: speaks, Tells: s.tells(),
		Rail: []web.RailLink{
			{Label: "cases.title", Href: "/cases", Key: "g a", Action: "cases.case.browse"}, {Label: "cases.incoming", Href: "/inbox", Key: "g i", Action: "cases.inbox.list"},
		},
		Panels:  []web.Panel{{Kind: "complaint", Title: "cases.kind", Action: s.parts.ReadComplaint, Show: s.complaintPanel}},
		Finders: []web.Finder{{Action: "cases.case.browse", Find: s.find}},
		Tasks:   []web.Tasks{{Action: "cases.case.browse", List: s.tasks}, {Action: "cases.inbox.list", List: s.deciderTasks}},
		Jobs:    []jobs.Job{{Name: "measure-windows", Every: time.Minute, Do: s.stopLapsed}},
	}
}
