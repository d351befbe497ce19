package proofs

import (
	"embed"
	"io/fs"
	"time"

	"github.com/amana-platform/amana/kernel/app"
	"github.com/amana-platform/amana/kernel/events"
	"github.com/amana-platform/amana/kernel/jobs"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/text"
	"github.com/amana-platform/amana/kernel/web/ui"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Texts are the module's words.
//
//go:embed text/*.toml
var Texts embed.FS

// JournalModule is the module's part of the journal. Nothing in it is a
// person's data: what a credential says is read when it is issued.
func JournalModule() journal.Module {
	sub, err := fs.Sub(migrations, "migrations")
	if err != nil {
		panic(err) // the folder is embedded above under this very name
	}
	return journal.Module{Name: "proofs", Migrations: sub, Kinds: kinds()}
}

// Page is the citizen's page of their proofs, for the rail of their space.
func (s *Service) Page() ui.Link { return ui.Link{Label: "proofs.title", Href: "/citizen/proofs"} }

// Module hands over what the module is made of.
func (s *Service) Module() app.Module {
	tells := map[string]app.Tell{}
	for _, k := range kinds() {
		tells[k.Name] = func(w *text.Words, e journal.Entry) (string, string) {
			if i, ok := e.(CredentialIssued); ok {
				return w.T("entry." + k.Name), w.T("proofs.type." + i.Type)
			}
			return w.T("entry." + k.Name), ""
		}
	}
	return app.Module{Name: "proofs", Journal: JournalModule(), Policy: PolicyModule(), Texts: Texts, Routes: s.routes(), Tells: tells,
		Follows: []events.Follower{{Name: "proofs-accounts", Action: actionEnd, Basis: systemBasis, Handle: endWithAccount}},
		Jobs:    []jobs.Job{{Name: "proofs-sweep", Every: time.Minute, Do: s.sweep}}}
}

// formKey names a form in keys of texts, which hold no plus sign.
func formKey(f Form) string {
	if f == MDoc {
		return "mdoc"
	}
	return "sd-jwt"
}
