package journal

import (
	"context"

	"github.com/amana-platform/amana/kernel/store"
)

// entryTables and laneTables are the record itself; every other table is its
// reading and is made again from it.
var (
	entryTables = []string{"journal_cursors", "journal_entries"}
	laneTables  = []string{"access_entries", "idx_access_refs", "access_batches"}
	keyTables   = []string{"journal_keys"}
	laneKeys    = []string{"access_keys"}
)

// Backup copies the record into one empty database and the subjects' keys
// into another, so that they can be kept apart: entries without keys say
// nothing about anybody. Tables are not copied. It may run beside writers.
func (j *Journal) Backup(ctx context.Context, into, keys *store.DB) error {
	for _, db := range []*store.DB{into, keys} {
		if err := Shape(ctx, db, []Module{kernelModule(), LaneModule()}); err != nil {
			return err
		}
	}
	// Entries before keys: a key newer than the entries does no harm, an entry
	// whose key is not there would look like a forged erasure.
	for _, c := range []source{{j.db, into, entryTables}, {j.lane.db, into, laneTables}, {j.db, keys, keyTables}, {j.lane.db, keys, laneKeys}} {
		for _, name := range c.tables {
			if err := copyTable(ctx, c.from, c.to, name); err != nil {
				return err
			}
		}
	}
	return nil
}

// Restore fills empty databases from a backup and makes every table again
// from the entries. What was erased since the backup was made must be erased
// again before anybody is served; see docs/operate.
func Restore(ctx context.Context, o Options, backup, keys *store.DB, progress func(done int64)) (int64, error) {
	j, err := prepare(o)
	if err != nil {
		return 0, err
	}
	lane := o.Lane
	if lane == nil {
		lane = o.DB
	}
	j.lane = &Lane{j: j, db: lane, name: o.Node}
	return j.fill(ctx, []source{{keys, o.DB, keyTables}, {keys, lane, laneKeys}, {backup, lane, laneTables}, {backup, o.DB, entryTables}}, fromTheFirst, progress)
}
