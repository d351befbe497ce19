package exhibits

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
	sub, err := fs.Sub(migrations, "migrations")
	if err != nil {
		panic(err) // the folder is embedded above under this very name
	}
	return journal.Module{Name: "exhibits", Migrations: sub, Kinds: kinds(), Erase: forget, Within: within}
}
