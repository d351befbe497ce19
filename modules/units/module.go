package units

import (
	"embed"
	"io/fs"

	"github.com/amana-platform/amana/kernel/journal"
)

//go:embed migrations/*.sql
var migrations embed.FS

// JournalModule is the module's part of the journal: its tables, its entries,
// how it forgets.
func JournalModule() journal.Module {
	sub, _ := fs.Sub(migrations, "migrations") // embedded: the folder is there
	return journal.Module{Name: "units", Migrations: sub, Kinds: kinds(), Erase: erase, Within: within}
}
