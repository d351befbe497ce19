package register_test

import (
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/modules/index"
)

// indexJournal is the index's part of the journal.
func indexJournal() journal.Module { return index.JournalModule() }
