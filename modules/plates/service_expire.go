package plates

import (
	"context"
	"errors"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/packs"
	"github.com/amana-platform/amana/kernel/store"
)

// Expired says what a round of expiry did.
type Expired struct {
	Days      int   // keys of days destroyed
	Proposals int   // keys of proposals that became no hit destroyed
	Held      int   // kept by a legal hold
	Left      int64 // pictures removed
}

// ExpireReads destroys the keys of the days whose term has ended, with their
// rows and pictures; the journal's "erased" entry is the receipt. So too the
// copies that proposals keep which nobody confirmed: they are reads without a
// hit. A legal hold on the camera keeps both. It may be broken off and repeated
// anywhere.
// Law: L09-08 3; L69-99
func (s *Service) ExpireReads(ctx context.Context) (Expired, error) {
	var out Expired
	due, err := store.List(ctx, s.k.Reader, "select "+dayColumns+" from plates_days d where not d.gone and d.ends_at <= $1 order by d.ends_at, d.id", []any{store.Micros(s.k.Clock.Now())}, scanDay)
	if err != nil {
		return out, err
	}
	keep, err := s.k.Pack.Retention("plate-read", s.k.Clock.Now())
	if err != nil {
		return out, err
	}
	for _, d := range due {
		if err := s.destroy(ctx, keep, d.ID, always, &out.Days, &out.Held); err != nil {
			return out, err
		}
	}
	if err := s.expireProposals(ctx, keep, &out); err != nil {
		return out, err
	}
	left, err := s.sweep(ctx)
	out.Left += left
	if err == nil && out.Days+out.Proposals > 0 {
		err = s.k.Journal.Scrub(ctx)
	}
	return out, err
}

// always is the term of what ends whatever happens.
func always(context.Context, store.Reader) error { return nil }

// unconfirmed is that of a proposal: one that somebody confirms meanwhile stays.
func unconfirmed(hit ident.ID) func(context.Context, store.Reader) error {
	return func(ctx context.Context, r store.Reader) error {
		h, err := readHit(ctx, r, hit)
		if err == nil && h.State != Proposed && h.State != Rejected {
			err = errDone
		}
		return err
	}
}

// destroy destroys a key for the end of its term, where it is still due, and
// counts it, or that a hold keeps it.
func (s *Service) destroy(ctx context.Context, keep packs.Retention, subject ident.ID, due func(context.Context, store.Reader) error, done, held *int) error {
	g, err := s.system(actionExpire)
	if err != nil {
		return err
	}
	err = s.k.Journal.EraseIf(ctx, g, journal.Erased{Subjects: []ident.ID{subject}, Ground: keep.Code, Authority: keep.Approver + " " + keep.Keep.String()}, due)
	switch {
	case errors.Is(err, errDone):
		return nil
	case fault.Is(err, fault.Refused):
		*held++
		return nil
	case err == nil:
		*done++
	}
	return err
}

// expireProposals destroys what proposals keep of their reads that were
// rejected, or that nobody decided on, when a read of that day ends.
func (s *Service) expireProposals(ctx context.Context, keep packs.Retention, out *Expired) error {
	all, err := store.List(ctx, s.k.Reader, "select "+hitColumns+" from plates_hits h where h.state in ('proposed', 'rejected') and h.plate is not null and h.at <= $1 order by h.at, h.id", []any{store.Micros(s.k.Clock.Now())}, scanHit)
	if err != nil {
		return err
	}
	for _, h := range all {
		midnight, _ := s.k.Pack.Instant(s.k.Pack.Day(h.At), 0, 0, 0)
		if keep.Keep.After(midnight).After(s.k.Clock.Now()) {
			continue
		}
		pictures, err := picturesOf(ctx, s.k.Reader, h.ID)
		if err != nil {
			return err
		}
		before := out.Proposals
		if err := s.destroy(ctx, keep, h.ID, unconfirmed(h.ID), &out.Proposals, &out.Held); err != nil {
			return err
		}
		if out.Proposals == before {
			continue
		}
		for _, p := range pictures {
			if err := s.k.Blobs.Delete(ctx, p.Address); err != nil {
				return err
			}
			out.Left++
		}
	}
	return nil
}

// sweep removes the pictures of days that are gone: their addresses stand in
// the batches' entries. What was swept is noted only to spare the next round.
func (s *Service) sweep(ctx context.Context) (int64, error) {
	days, err := store.List(ctx, s.k.Reader, "select d.id from plates_days d left join tmp_plates_swept t on t.day = d.id where d.gone and t.day is null order by d.id", nil, scanID)
	if err != nil {
		return 0, err
	}
	var n int64
	for _, day := range days {
		entries, err := store.List(ctx, s.k.Reader, "select b.entry from plates_batches b where b.day = $1 order by b.entry", []any{string(day)}, scanID)
		if err != nil {
			return n, err
		}
		for _, id := range entries {
			e, err := s.k.Journal.Find(ctx, id)
			if err != nil {
				return n, err
			}
			taken, _ := e.Entry.(BatchTaken)
			for _, p := range taken.Pictures {
				if err := s.k.Blobs.Delete(ctx, address(p)); err != nil {
					return n, err
				}
				n++
			}
		}
		if _, err := s.k.Scratch.Exec(ctx, "insert into tmp_plates_swept (day) values ($1) on conflict (day) do nothing", string(day)); err != nil {
			return n, err
		}
	}
	return n, nil
}

// Receipts lists the days whose reads are gone, the newest first.
func (s *Service) Receipts(ctx context.Context, n int) ([]Day, error) {
	return store.List(ctx, s.k.Reader, "select "+dayColumns+" from plates_days d where d.gone order by d.day desc, d.id limit $1", []any{n}, scanDay)
}
