package journal

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/store"
)

// Rebuild makes the tables of the modules again from the entries where they
// differ, keeps what was found in them as sealed evidence, and says so in the
// journal. The entries themselves must be sound: what is not in them cannot
// be rebuilt. It gives the names of the tables it mended.
func (j *Journal) Rebuild(ctx context.Context, ground string) (mended []string, err error) {
	right, remove, err := disposable(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, remove()) }()
	if err := j.replayTables(ctx, right); err != nil {
		return nil, err
	}
	m := &mending{j: j, right: right}
	return m.run(ctx, ground)
}

// disposable opens an empty database for a replay. remove closes it and takes it
// off the disk; it held what is written of people, so whoever cannot remove it
// must hear of it.
func disposable(ctx context.Context) (db *store.DB, remove func() error, err error) {
	dir, err := os.MkdirTemp("", "amana-replay-")
	if err != nil {
		return nil, nil, err
	}
	if db, err = store.OpenDisposable(ctx, filepath.Join(dir, "replay.db")); err != nil {
		return nil, nil, errors.Join(err, os.RemoveAll(dir))
	}
	return db, func() error { return errors.Join(db.Close(), os.RemoveAll(dir)) }, nil
}

// replayTables applies all entries to an empty database, and refuses entries
// that are not what their commitments say.
func (j *Journal) replayTables(ctx context.Context, into *store.DB) error {
	if err := Shape(ctx, into, j.modules); err != nil {
		return err
	}
	p := &replayer{j: j, into: into}
	defer p.abandon()
	var h head
	err := j.walk(ctx, 0, func(r *read) error {
		if r.err == nil && (r.Seq != h.seq+1 || Chain(h.chain, r.Seq, r.commitment) != r.chain) {
			r.err = fmt.Errorf("entry %d breaks the chain", r.Seq)
		}
		if r.err != nil {
			return fault.Wrap(r.err, fault.Refused, "journal.unsound", "entry", r.Seq)
		}
		h = head{r.Seq, r.chain, r.Written}
		return p.apply(ctx, r)
	})
	if err == nil {
		err = p.flush(ctx)
	}
	return err
}

// mending compares and mends tables.
type mending struct {
	j        *Journal
	right    *store.DB
	evidence []store.Difference
	rows     int64
}

// maxEvidence bounds what one Rebuilt entry keeps of the rows it replaced.
const maxEvidence = 1000

func (m *mending) run(ctx context.Context, ground string) ([]string, error) {
	tables, err := m.right.Tables(ctx)
	if err != nil {
		return nil, err
	}
	var broken []store.Table
	for _, t := range tables {
		if !compared(t.Name) {
			continue
		}
		differs := false
		_, err := store.Compare(ctx, m.j.db.Reader(), m.right.Reader(), t, func(d store.Difference) bool {
			differs = true
			m.rows++
			if len(m.evidence) < maxEvidence {
				m.evidence = append(m.evidence, d)
			}
			return true
		})
		if err != nil {
			return nil, err
		}
		if differs {
			broken = append(broken, t)
		}
	}
	if len(broken) == 0 {
		return nil, nil
	}
	return m.replace(ctx, broken, ground)
}

// replace swaps the rows of the broken tables in one transaction, under the
// lock, and then says so. If entries were appended since the replay, it gives
// up and changes nothing.
func (m *mending) replace(ctx context.Context, broken []store.Table, ground string) ([]string, error) {
	b, err := m.j.db.Begin(ctx)
	if err != nil {
		return nil, err
	}
	defer b.Rollback()
	if err := b.Lock(ctx, homeLock); err != nil {
		return nil, err
	}
	var names []string
	for _, t := range broken {
		names = append(names, t.Name)
		if _, err := b.Exec(ctx, "delete from "+t.Name); err != nil {
			return nil, err
		}
		if err := fillFrom(ctx, m.right, b, t); err != nil {
			return nil, err
		}
	}
	if err := b.Commit(ctx); err != nil {
		return nil, err
	}
	slices.Sort(names)
	found, err := json.Marshal(m.evidence)
	if err != nil {
		return nil, err
	}
	_, err = m.j.kernel(ctx, func(_ context.Context, _ store.Reader, d *Draft) error {
		d.Add(Rebuilt{ID: d.NewID(), Tables: names, Rows: m.rows, Evidence: Seal(string(found)), Ground: ground})
		return nil
	})
	return names, err
}

// fillFrom copies the rows of a table, whichever engines the two are on.
func fillFrom(ctx context.Context, from *store.DB, b *store.Batch, t store.Table) error {
	names, marks := make([]string, len(t.Columns)), make([]string, len(t.Columns))
	for i, c := range t.Columns {
		names[i], marks[i] = c.Name, fmt.Sprintf("$%d", i+1)
	}
	cols := strings.Join(names, ", ")
	insert := fmt.Sprintf("insert into %s (%s) values (%s)", t.Name, cols, strings.Join(marks, ", "))
	return from.Reader().Each(ctx, "select "+cols+" from "+t.Name, nil, func(scan store.Scan) error {
		row, dest := make([]any, len(names)), make([]any, len(names))
		for i := range row {
			dest[i] = &row[i]
		}
		if err := scan(dest...); err != nil {
			return err
		}
		for i, c := range t.Columns {
			row[i] = asStored(row[i], c.Type)
		}
		_, err := b.Exec(ctx, insert, row...)
		return err
	})
}

// asStored undoes what a driver makes of a value: SQLite keeps a boolean as a
// number, and gives empty bytes as none, which would be stored as null.
func asStored(v any, typ string) any {
	switch x := v.(type) {
	case int64:
		if typ == "boolean" {
			return x != 0
		}
	case []byte:
		if x == nil {
			return []byte{}
		}
	}
	return v
}
