package plates

import (
	"context"
	"time"

	"github.com/amana-platform/amana/engines/plate"
)

// Passed takes a vehicle of a stream, as the round that fetches it does.
func (s *Service) Passed(ctx context.Context, c Camera, begun time.Time, v plate.Vehicle) error {
	return s.passed(ctx, c, begun, v)
}

// RunJob runs one of the module's timers once.
func (s *Service) RunJob(ctx context.Context, name string) error {
	for _, j := range s.jobs() {
		if j.Name == name {
			return j.Do(ctx)
		}
	}
	return context.Canceled // of no such name
}
