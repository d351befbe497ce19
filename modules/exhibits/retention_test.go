package exhibits_test

import (
	"testing"
	"time"

	"github.com/amana-platform/amana/kernel/app"
	"github.com/amana-platform/amana/modules/exhibits"
)

// TestWhatLeftTheStoreIsDue: an exhibit that left for good is due from that
// moment; one that is still kept never is.
func TestWhatLeftTheStoreIsDue(t *testing.T) {
	h := newHouse(t)
	h.sealed() // stays
	x, c := h.sealed()
	h.must(h.accepts(x.ID, h.offer(x.ID, c, "opj", "chief", exhibits.ToOwner), "chief"))
	chain, err := h.Chain(ctx, x.ID)
	h.must(err)
	left := chain[len(chain)-1].Happened
	due := h.Module().Terms[0].Due
	for name, w := range map[string]struct {
		app.Window
		n int
	}{
		"not yet":    {app.Window{Before: left, Most: 10}, 0},
		"since then": {app.Window{Before: left.Add(time.Microsecond), Most: 10}, 1},
		"its unit":   {app.Window{Before: left.Add(time.Hour), Unit: x.Unit, Most: 10}, 1},
		"another":    {app.Window{Before: left.Add(time.Hour), Unit: h.unit["KEN-01"], Most: 10}, 0},
	} {
		all, err := due(ctx, h.k.Reader, w.Window)
		if h.must(err); len(all) != w.n || w.n > 0 && (all[0].Ref.ID != x.ID || all[0].Unit != x.Unit || !all[0].Since.Equal(left)) {
			t.Errorf("%s: %+v", name, all)
		}
	}
}
