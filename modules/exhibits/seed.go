package exhibits

import (
	"context"
	"fmt"
	"time"

	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/store"
)

// Seeding is a seizure of an import or a demonstration, sealed by who seized it
// at SealedAt, or left unsealed where that is zero.
type Seeding struct {
	Seizure
	SealedAt time.Time
}

// Seed records seizures under grants of the action "exhibits.seed", by the
// same rules as the verbs; each is one transaction. What is there already is
// left as it is, so that a broken import can be run again.
func (s *Service) Seed(ctx context.Context, grant func() (policy.Grant, error), all []Seeding) error {
	for i := range all {
		if err := s.seed(ctx, grant, &all[i]); err != nil {
			return fmt.Errorf("exhibits: seizure %d: %w", i, err)
		}
	}
	return nil
}

func (s *Service) seed(ctx context.Context, grant func() (policy.Grant, error), in *Seeding) error {
	if err := s.checkSeizure(ctx, &in.Seizure); err != nil {
		return err
	}
	if _, err := readExhibit(ctx, s.k.Reader, in.Things[0].ID); err == nil {
		return nil
	}
	g, err := grant()
	if err != nil {
		return err
	}
	_, err = s.k.Journal.Do(ctx, g, func(ctx context.Context, r store.Reader, d *journal.Draft) error {
		if err := s.DraftSeized(ctx, r, d, in.Seizure); err != nil || in.SealedAt.IsZero() {
			return err
		}
		n, err := s.draw(ctx, r, sealSeries, in.Unit, in.SealedAt)
		if err != nil {
			return err
		}
		for _, t := range in.Things {
			d.AddAt(in.SealedAt, ExhibitSealed{
				Step:    Step{Exhibit: t.ID, Case: in.Case, N: 2, State: Closed, Holder: in.By, HeldUnit: in.Unit, Seal: n.number(), Shelf: journal.Seal(""), Condition: journal.Seal(in.Condition)},
				Closing: Closing{Exhibit: t.ID, Unit: in.Unit, Series: n.series, N: n.n, By: in.By, Witnesses: journal.Seal(in.Witnesses)},
			})
			n.n++
		}
		return nil
	})
	return err
}
