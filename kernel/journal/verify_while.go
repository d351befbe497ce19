package journal

import (
	"context"
	"crypto/sha256"
	"errors"
	"strings"

	"github.com/amana-platform/amana/kernel/journal/tlog"
	"github.com/amana-platform/amana/kernel/store"
)

// A verification may run beside a service that goes on writing. Entries never
// change, so most are read as they come; tables, keys, cursors and lanes are
// compared inside one commit, into which the last entries are read up.

// errAgain says that what one database shows was taken from the other since.
var errAgain = errors.New("journal: records went between two snapshots")

// atOnce calls f while main and lane stand at one commit each, with every
// entry of main's taken. An erasure or an expiry takes from the lane what its
// entry speaks of: no such entry may fall between the two commits.
func (v *verification) atOnce(ctx context.Context, f func() error) (err error) {
	for range 10 {
		if err = v.j.db.View(ctx, func(main store.Reader) error { return v.inside(ctx, main, f) }); !errors.Is(err, errAgain) {
			return err
		}
	}
	return err
}

func (v *verification) inside(ctx context.Context, main store.Reader, f func() error) error {
	v.main, v.lane = main, main
	var last int64
	if err := main.Row(ctx, "select coalesce(max(seq), 0) from journal_entries", nil, &last); err != nil {
		return err
	}
	if v.j.lane.db == v.j.db {
		return v.caughtUp(ctx, f)
	}
	return v.j.lane.db.View(ctx, func(lane store.Reader) error {
		v.lane = lane
		var batches, took int64
		if err := lane.Row(ctx, "select count(*) from access_batches", nil, &batches); err != nil { // its commit is chosen here
			return err
		}
		err := v.j.db.Reader().Row(ctx, "select count(*) from journal_entries where seq > $1 and kind in ('journal.erased', 'journal.accesses-expired')", []any{last}, &took)
		if err != nil {
			return err
		}
		if took > 0 {
			return errAgain
		}
		return v.caughtUp(ctx, f)
	})
}

// caughtUp takes the entries that came since, and goes on.
func (v *verification) caughtUp(ctx context.Context, f func() error) error {
	keys := v.j.keyring(ctx, v.main)
	keys.shared = newKeyCache()
	for {
		rows, err := v.j.page(ctx, v.main, v.from.seq, pageSize)
		if err != nil {
			return err
		}
		if len(rows) == 0 {
			break
		}
		for _, row := range rows {
			r := v.j.examine(keys, row)
			if err := v.take(ctx, &r); err != nil {
				return err
			}
		}
	}
	v.missed()
	if err := v.replay.flush(ctx); err != nil {
		v.report.find("entries", "cannot be applied: %v", err)
	}
	return f()
}

// meanwhile gives the digest of a leaf's record that was written since the
// snapshot; false where it is not there.
func (v *verification) meanwhile(ctx context.Context, leaf tlog.Leaf) (Hash, bool, error) {
	if leaf.Source == string(v.j.home) {
		rows, err := v.j.page(ctx, v.j.db.Reader(), leaf.Seq-1, 1)
		if err != nil || len(rows) == 0 || rows[0].Seq != leaf.Seq || leaf.Seq <= v.from.seq {
			return Hash{}, false, err
		}
		return sha256.Sum256(v.j.leaf(rows[0]).Marshal()), true, nil
	}
	lane := strings.TrimPrefix(leaf.Source, string(v.j.home)+"/")
	rows, err := store.List(ctx, v.j.lane.db.Reader(), batchColumns+" where lane = $1 and batch = $2", []any{lane, leaf.Seq}, scanBatch)
	if err != nil || len(rows) == 0 || leaf.Seq <= int64(len(v.lanes[lane])) {
		return Hash{}, false, err
	}
	return sha256.Sum256(v.j.batchLeaf(rows[0]).Marshal()), true, nil
}
