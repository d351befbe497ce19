package register_test

import (
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/modules/index"
)

// indexJournal is the part of the index that the register's transactions use.
func indexJournal() journal.Module {
	return journal.Module{Name: "index", Migrations: index.Migrations(), Kinds: []journal.Kind{journal.KindOf[index.PersonRecorded](index.EntryPersonRecorded)}}
}
