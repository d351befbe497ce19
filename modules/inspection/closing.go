package inspection

import (
	"context"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/policy"
)

// Ending is the closing of a period as it stands.
type Ending struct {
	Running bool
	Done    int64 // entries replayed
	Seq     int64 // of the closing's entry, once it is there
	Failed  error
}

// ClosePeriod starts closing everything written so far, in the background; one
// runs at a time.
func (s *Service) ClosePeriod(ctx context.Context, g policy.Grant, ground string) error {
	if err := g.Valid(s.k.Clock.Now()); err != nil {
		return err
	}
	ground, err := s.ground(ground)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.end.Running {
		return fault.New(fault.Conflict, "inspection.close.running")
	}
	s.end = Ending{Running: true}
	go s.closeNow(context.WithoutCancel(ctx), g.Actor().ID, ground)
	return nil
}

func (s *Service) closeNow(ctx context.Context, by ident.ID, ground string) {
	var m journal.Meta
	err := contained(func() (err error) {
		m, err = s.k.Keeper.ClosePeriod(ctx, by, ground, func(done int64) {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.end.Done = done
		})
		return err
	})
	s.mu.Lock()
	defer s.mu.Unlock()
	s.end.Running, s.end.Seq, s.end.Failed = false, m.Seq, err
}

// Closing gives the closing that runs or ran last in this process.
func (s *Service) Closing() Ending {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.end
}
