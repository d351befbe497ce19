package journal

import (
	"context"
	"crypto/sha256"
	"fmt"
	"reflect"
	"strings"

	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal/tlog"
	"github.com/amana-platform/amana/kernel/store"
)

// batchRow is a row of access_batches.
type batchRow struct {
	lane               string
	batch, first, last int64
	writtenAt          int64
	root, chain        Hash
}

func scanBatch(scan store.Scan) (batchRow, error) {
	var r batchRow
	var root, chain []byte
	err := scan(&r.lane, &r.batch, &r.first, &r.last, &r.writtenAt, &root, &chain)
	r.root, r.chain = hash32(root), hash32(chain)
	return r, err
}

const batchColumns = "select lane, batch, first_seq, last_seq, written_at, root, chain from access_batches"

// accesses checks every lane: each access against its commitment, each batch
// against its accesses, the chain of batches, and the index of refs.
func (v *verification) accesses(ctx context.Context, _ *store.DB) error {
	v.lanes = map[string][]Hash{}
	batches, err := store.List(ctx, v.lane, batchColumns+" order by lane, batch", nil, scanBatch)
	if err != nil {
		return err
	}
	v.holdMarks(batches)
	c := &laneCheck{v: v, batches: batches}
	if err := c.pages(ctx); err != nil {
		return err
	}
	c.finish()
	v.controls.hold(v, v.last)
	return c.index(ctx)
}

// accessPage is how many accesses are read at a time: what was said has its
// key in another table, and a snapshot answers one question after the other.
const accessPage = 4096

func (c *laneCheck) pages(ctx context.Context) error {
	lane, seq := "", int64(-1)
	for {
		var rows []accessRow
		err := c.v.lane.Each(ctx, accessColumns+" where (e.lane, e.seq) > ($1, $2) order by e.lane, e.seq limit $3", []any{lane, seq, accessPage}, func(scan store.Scan) error {
			row, err := scanAccess(scan)
			if err != nil {
				c.v.report.find(fmt.Sprintf("access %s/%d", row.Lane, row.Seq), "%v", err)
			}
			rows = append(rows, row)
			return nil
		})
		if err != nil || len(rows) == 0 {
			return err
		}
		for _, row := range rows {
			if err := c.access(ctx, row); err != nil {
				return err
			}
		}
		last := rows[len(rows)-1]
		if last.Lane == lane && last.Seq <= seq { // a row whose place cannot be read
			return nil
		}
		lane, seq = last.Lane, last.Seq
	}
}

type laneCheck struct {
	v       *verification
	batches []batchRow
	current []Hash // commitments of the batch being read
	seq     int64  // last seq read of the lane
	lane    string
	prev    batchRow
	refs    int64
	keys    int64
}

func (c *laneCheck) access(ctx context.Context, row accessRow) error {
	where := fmt.Sprintf("access %s/%d", row.Lane, row.Seq)
	c.v.report.Accesses++
	if row.Lane != c.lane {
		c.lane, c.seq = row.Lane, 0
	}
	for len(c.batches) > 0 && (c.batches[0].lane < row.Lane || c.batches[0].lane == row.Lane && c.batches[0].last < row.Seq) {
		c.batch(c.batches[0]) // nothing of it is left: by a receipt, or not
		c.batches = c.batches[1:]
	}
	if row.Seq != c.seq+1 && !c.v.receipts[row.Lane].covers(c.seq+1, row.Seq-1) {
		c.v.report.find(where, "follows %d: accesses are missing", c.seq)
	}
	c.seq = row.Seq
	if id, ok := strings.CutPrefix(row.refs, KindControl+"/"); ok {
		c.v.controls.there[ident.ID(id)] = row.Seq
	}
	if row.commit() != row.commitment {
		c.v.report.find(where, "does not match its commitment")
	}
	if err := c.said(ctx, &row); err != nil {
		c.v.report.find(where, "%v", err)
	}
	c.current = append(c.current, row.commitment)
	for len(c.batches) > 0 && (c.batches[0].lane < row.Lane || c.batches[0].lane == row.Lane && c.batches[0].last <= row.Seq) {
		c.batch(c.batches[0])
		c.batches = c.batches[1:]
	}
	return nil
}

// said checks what the person wrote, or why it is gone.
func (c *laneCheck) said(ctx context.Context, row *accessRow) error {
	if err := row.splitRefs(); err != nil {
		return err
	}
	seen := map[string]bool{}
	for _, r := range row.Refs {
		seen[r.String()] = true
	}
	c.refs += int64(len(seen))
	if row.said != nil {
		c.keys++
		_, err := c.v.j.lane.openSaid(ctx, c.v.lane, row)
		return err
	}
	if len(row.saidDigest) == 0 {
		return nil
	}
	for _, r := range row.Refs {
		if c.v.erased[r.ID] {
			return nil
		}
	}
	return fmt.Errorf("what was said is gone and no entry erased a person it found")
}

func (c *laneCheck) batch(b batchRow) {
	where := fmt.Sprintf("access batch %s/%d", b.lane, b.batch)
	if b.lane != c.prev.lane {
		c.prev = batchRow{lane: b.lane}
	}
	if b.batch != c.prev.batch+1 || b.first != c.prev.last+1 {
		c.v.report.find(where, "does not follow batch %d", c.prev.batch)
	}
	if gone := len(c.current) == 0 && c.v.receipts[b.lane].covers(b.first, b.last); gone {
		c.v.report.Expired += b.last - b.first + 1
	} else if int64(len(c.current)) != b.last-b.first+1 || BatchRoot(c.current) != b.root {
		c.v.report.find(where, "does not match its accesses")
	}
	if laneChain(c.prev.chain, b.batch, b.first, b.last, b.writtenAt, b.root) != b.chain {
		c.v.report.find(where, "breaks the chain")
	}
	c.current, c.prev = c.current[:0], b
	c.v.lanes[b.lane] = append(c.v.lanes[b.lane], sha256.Sum256(c.v.j.batchLeaf(b).Marshal()))
}

func (c *laneCheck) finish() {
	for _, b := range c.batches {
		if c.v.receipts[b.lane].covers(b.first, b.last) {
			c.batch(b)
			continue
		}
		c.v.report.find(fmt.Sprintf("access batch %s/%d", b.lane, b.batch), "speaks of accesses that are missing")
	}
	if len(c.current) > 0 {
		c.v.report.find("access "+c.lane, "the last %d accesses are in no batch", len(c.current))
	}
}

// index compares idx_access_refs with the refs of the accesses, both ways.
func (c *laneCheck) index(ctx context.Context) error {
	r := c.v.lane
	var n, known int64
	err := r.Row(ctx, `select count(*), coalesce(sum(case when ' ' || e.refs || ' ' like '% ' || i.ref || ' %' then 1 else 0 end), 0)
		from idx_access_refs i left join access_entries e on e.lane = i.lane and e.seq = i.seq`, nil, &n, &known)
	if err != nil {
		return err
	}
	if n != c.refs || known != n {
		c.v.report.find("table idx_access_refs", "%d rows, of which %d stand in an access; the accesses name %d", n, known, c.refs)
	}
	var keys int64
	if err := r.Row(ctx, "select count(*) from access_keys", nil, &keys); err != nil {
		return err
	}
	if keys != c.keys {
		c.v.report.find("table access_keys", "%d keys for %d sealed texts", keys, c.keys)
	}
	return nil
}

// leaf is what the transparency log holds of an entry.
func (j *Journal) leaf(s stored) tlog.Leaf {
	return tlog.Leaf{Type: s.Kind, Minute: s.Written.Unix() / 60, Source: string(j.home), Seq: s.Seq, Commitment: s.commitment}
}

func (j *Journal) batchLeaf(b batchRow) tlog.Leaf {
	return tlog.Leaf{Type: "access-batch", Minute: b.writtenAt / 60e6, Source: string(j.home) + "/" + b.lane, Seq: b.batch, Commitment: b.root}
}

func valueOf(v any) reflect.Value { return reflect.ValueOf(v).Elem() }
