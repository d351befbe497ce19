package events

import (
	"context"
	"testing"
)

// TestAServerInsideIsNotLeftWithARequestUnderWay: a service that stops while its
// bus is set up lets the server inside answer first. One that is shut down before
// falls over its own request, and the program with it.
func TestAServerInsideIsNotLeftWithARequestUnderWay(t *testing.T) {
	b := newBus(Bus{Folder: t.TempDir()}, "0190a000-0000-7000-8000-000000000001", func(int64) {})
	stopped, stop := context.WithCancel(t.Context())
	stop()
	if err := b.open(stopped, func(context.Context) (int64, error) { return 7, nil }); err != nil {
		t.Errorf("left with a request under way: %v", err)
	}
	if b.carried() != 7 {
		t.Errorf("carried to %d", b.carried())
	}
	if err := b.close(); err != nil {
		t.Error(err)
	}
}
