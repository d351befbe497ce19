package demodata

import (
	"context"
	"fmt"
	"time"

	"github.com/amana-platform/amana/cmd/amana/compose"
	"github.com/amana-platform/amana/kernel/app"
	"github.com/amana-platform/amana/kernel/clock"
)

// Fill makes the whole synthetic service in an empty one, each part on the
// one before it. tell may be nil.
func Fill(ctx context.Context, k *app.Kernel, s *compose.Services, c *clock.Staged, seed uint64, now time.Time, size Size, tell func(stage string, done, of int)) error {
	w := New(k, c, seed, now, size, tell)
	if err := w.People(ctx, s.Units); err != nil {
		return fmt.Errorf("units and officers: %w", err)
	}
	people, err := w.Inhabitants(ctx, s.Index)
	if err != nil {
		return fmt.Errorf("persons: %w", err)
	}
	return w.Live(ctx, s, people)
}
