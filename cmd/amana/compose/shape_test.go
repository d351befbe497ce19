package compose

import (
	"testing"

	"github.com/amana-platform/amana/kernel/app"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/store/storetest"
)

// TestEachModuleIsShapedAlone: a migration names the tables of its own module
// and no other's, since a verification shapes no more than it replays.
func TestEachModuleIsShapedAlone(t *testing.T) {
	composed, err := List(&app.Kernel{})
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range composed.JournalModules() {
		t.Run(m.Name, func(t *testing.T) {
			if err := journal.Shape(t.Context(), storetest.Open(t), []journal.Module{m}); err != nil {
				t.Error(err)
			}
		})
	}
}
