package plates

import (
	"context"
	"slices"
	"time"

	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/store"
)

// proposal is a read that may show a listed plate.
type proposal struct {
	hit      ident.ID
	entry    Entry
	ppm      int64
	portion  *portion
	n        int
	pictures []Picture
}

// threshold is the least probability, in millionths, at which a hit is proposed:
// that at which the list as it is now gives no more false proposals than the pack
// allows. So it rises with the list.
func (s *Service) threshold(ctx context.Context, at time.Time) (int64, error) {
	allowed, err := s.count("plate-false-proposals", at)
	if err != nil {
		return 0, err
	}
	road, err := s.count("plate-vehicles", at)
	if err != nil {
		return 0, err
	}
	if _, err := s.watch.sync(ctx, s.k.Reader); err != nil {
		return 0, err
	}
	p, met := s.watch.threshold(float64(allowed)/million, float64(road))
	if !met {
		s.crowded.Do(func() {
			s.k.Log.WarnContext(ctx, "so many plates are listed that hits are proposed more often wrongly than the pack allows", "listed", s.watch.index.Len(), "threshold", p)
		})
	}
	return ppmOf(p), nil
}

// propose compares every read with the list and keeps what reaches the
// threshold: of an entry in force there, a proposal; of one that has lapsed,
// a warning to its unit.
func (s *Service) propose(ctx context.Context, b *batch) error {
	var err error
	if b.least, err = s.threshold(ctx, b.now); err != nil {
		return err
	}
	for _, p := range b.days {
		found, err := s.watch.match(ctx, s.k.Reader, p.items, b.least)
		if err != nil {
			return err
		}
		for n, all := range found {
			for _, c := range all {
				if err := s.consider(ctx, b, p, n, c); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// consider looks at one candidate of one read.
func (s *Service) consider(ctx context.Context, b *batch, p *portion, n int, c candidate) error {
	e, err := s.Entry(ctx, c.entry)
	if err != nil {
		return err
	}
	switch standing := e.Standing(b.now); {
	case standing == "lapsed" && !slices.Contains(b.lapsed, e.ID):
		b.lapsed = append(b.lapsed, e.ID)
		return nil
	case standing != string(Active) || !b.camera.Alerts || !s.covers(e.Area, b.camera.Area, b.now):
		return nil
	}
	for i, old := range b.proposals { // one vehicle, seen several times in a batch: its best read
		if old.entry.ID != e.ID {
			continue
		}
		if old.ppm < c.ppm {
			b.proposals[i].ppm, b.proposals[i].portion, b.proposals[i].n = c.ppm, p, n
		}
		return nil
	}
	b.proposals = append(b.proposals, &proposal{hit: s.k.Journal.NewID(), entry: e, ppm: c.ppm, portion: p, n: n})
	return nil
}

// covers reports whether an area of an entry holds that of a camera.
func (s *Service) covers(entry, camera string, at time.Time) bool {
	if entry == "" || entry == camera {
		return true
	}
	a, err := s.k.Pack.Area(camera, at)
	return err == nil && a.Parent == entry
}

// draftProposal looks again whether the entry is in force and the camera alerts,
// now under the lock, and drafts the proposal, or another sighting of one that
// waits.
func (s *Service) draftProposal(ctx context.Context, r store.Reader, d *journal.Draft, b *batch, x *proposal) error {
	e, err := readEntry(ctx, r, x.entry.ID)
	if err != nil || e.Standing(d.Now) != string(Active) {
		return err
	}
	if c, err := readCamera(ctx, r, b.camera.ID); err != nil || !c.Alerts {
		return err
	}
	item := x.portion.items[x.n]
	waiting, err := store.List(ctx, r, "select h.id from plates_hits h where h.entry_id = $1 and h.camera = $2 and h.state = 'proposed' and h.last_seen_at > $3 order by h.proposed_at desc limit 1",
		[]any{string(e.ID), string(b.camera.ID), item.At - sameVehicle.Microseconds()}, scanID)
	if err != nil {
		return err
	}
	if len(waiting) > 0 {
		d.Add(HitSeenAgain{Hit: waiting[0], Camera: b.camera.ID, At: store.Time(item.At), PPM: x.ppm})
		return nil
	}
	raw, err := pack([]Item{item})
	if err != nil {
		return err
	}
	b.proposed++
	d.Add(HitProposed{Hit: x.hit, Entry: e.ID, List: e.List, Camera: b.camera.ID, Unit: b.camera.Unit, Country: item.Country, Plate: journal.Seal(item.Plate), At: store.Time(item.At), Said: store.Time(item.Said),
		PPM: x.ppm, Threshold: b.least, Model: b.in.Model, Pictures: x.pictures,
		Read: Copied{Hit: x.hit, Batch: x.portion.id, N: int64(x.n), Size: int64(len(x.portion.items)), Root: hexOf(root(x.portion.leaves)), Path: hexPath(path(x.portion.leaves, x.n)), Item: journal.Seal(raw)}})
	return nil
}
