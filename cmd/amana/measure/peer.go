package measure

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/store"
)

// peer is SQLite alone, as fast as one goroutine with prepared statements gets
// it: a copy of the measured database, with its indexes and everything in it,
// into which the rows that the service added are written once more. It checks,
// decides, seals, hashes and reads back nothing. Beside it stands a database
// that is empty and has no indexes, where the same rows cost less than any
// service that must find them again could pay.
type peer struct {
	h    *house
	from *store.DB // the service's database
	into *store.DB
	bare *store.DB // an empty database of the same tables without their indexes
	had  map[string]int64
}

// moment is a place in the journal: what came after it has higher numbers.
type moment struct {
	seq int64
	id  ident.ID
}

func (h *house) now(ctx context.Context) moment {
	seq, err := h.app.Journal.Last(ctx)
	if err != nil {
		h.o.Tell("the journal's end cannot be read: %v", err)
	}
	return moment{seq, h.app.Journal.NewID()}
}

// peer copies the database. cp does it: this process must not open and close
// the file itself, for that would drop SQLite's locks on it.
func (h *house) peer(ctx context.Context) (*peer, error) {
	p := &peer{h: h}
	path := filepath.Join(h.data(), "amana.db")
	var err error
	if p.from, err = store.Open(ctx, "sqlite:"+path); err != nil {
		return nil, err
	}
	if err = p.from.Checkpoint(ctx); err == nil {
		copied := filepath.Join(h.dir, "peer.db")
		h.clear("peer.db", "bare.db") // left by a run that was stopped
		if out, e := exec.CommandContext(ctx, "cp", path, copied).CombinedOutput(); e != nil {
			err = fmt.Errorf("copy the database: %w: %s", e, out)
		} else if p.into, err = store.Open(ctx, "sqlite:"+copied); err == nil {
			p.bare, err = h.bare(ctx, p.from)
		}
	}
	if err == nil {
		p.had, err = p.count(ctx)
	}
	if err != nil {
		p.close()
		return nil, err
	}
	return p, nil
}

// clear removes databases of the folder; what stays would stop the next run.
func (h *house) clear(names ...string) {
	for _, name := range names {
		for _, end := range []string{"", "-wal", "-shm"} {
			_ = os.Remove(filepath.Join(h.dir, name+end)) // most are not there
		}
	}
}

// bare shapes an empty database: each table with its primary key, no index.
func (h *house) bare(ctx context.Context, like *store.DB) (*store.DB, error) {
	tables, err := like.Tables(ctx)
	if err != nil {
		return nil, err
	}
	db, err := store.Open(ctx, "sqlite:"+filepath.Join(h.dir, "bare.db"))
	if err != nil {
		return nil, err
	}
	b, err := db.Begin(ctx)
	if err != nil {
		return db, err
	}
	defer b.Rollback()
	for _, t := range tables {
		cols := make([]string, len(t.Columns))
		for i, c := range t.Columns {
			cols[i] = c.Name + " " + c.Type
		}
		if key := t.Key(); len(key) > 0 {
			cols = append(cols, "primary key ("+strings.Join(key, ", ")+")")
		}
		if _, err := b.Exec(ctx, fmt.Sprintf("create table %s (%s)", t.Name, strings.Join(cols, ", "))); err != nil {
			return db, err
		}
	}
	return db, b.Commit(ctx)
}

func (p *peer) close() {
	for _, db := range []*store.DB{p.into, p.bare, p.from} {
		if db != nil {
			_ = db.Close() // removed next, or only read from
		}
	}
	p.h.clear("peer.db", "bare.db")
}

func (p *peer) count(ctx context.Context) (map[string]int64, error) {
	tables, err := p.from.Tables(ctx)
	if err != nil {
		return nil, err
	}
	out := map[string]int64{}
	for _, t := range tables {
		var n int64
		if err := p.from.Reader().Row(ctx, "select count(*) from "+t.Name, nil, &n); err != nil {
			return nil, err
		}
		out[t.Name] = n
	}
	return out, nil
}

// write writes what n transactions added since a mark, in as many commits as
// they took, into the copy and into the bare database, and gives how many
// transactions a second each is.
func (p *peer) write(ctx context.Context, since moment, n, commits int64) (whole, bare float64, err error) {
	tables, err := p.added(ctx, since)
	if err != nil {
		return 0, 0, err
	}
	for db, rate := range map[*store.DB]*float64{p.into: &whole, p.bare: &bare} {
		begun := time.Now()
		if err := writeAll(ctx, db, tables, commits); err != nil {
			return 0, 0, err
		}
		*rate = float64(n) / time.Since(begun).Seconds()
	}
	return whole, bare, nil
}

func writeAll(ctx context.Context, into *store.DB, tables []gained, commits int64) error {
	for k := range commits {
		b, err := into.Begin(ctx)
		if err != nil {
			return err
		}
		for _, t := range tables {
			rows := int64(len(t.rows))
			for _, row := range t.rows[k*rows/commits : (k+1)*rows/commits] {
				if _, err := b.Exec(ctx, t.insert, row...); err != nil {
					b.Rollback()
					return fmt.Errorf("%s: %w", t.insert, err)
				}
			}
		}
		if err := b.Commit(ctx); err != nil {
			return err
		}
	}
	return nil
}

// gained are the rows that a table gained, in the order of their records.
type gained struct {
	insert string
	rows   [][]any
}

// added reads the rows that came after a mark, and fails if it misses one.
func (p *peer) added(ctx context.Context, since moment) ([]gained, error) {
	all, err := p.from.Tables(ctx)
	if err != nil {
		return nil, err
	}
	now, err := p.count(ctx)
	if err != nil {
		return nil, err
	}
	var out []gained
	for _, t := range all {
		more := now[t.Name] - p.had[t.Name]
		if more == 0 {
			continue
		}
		g, err := p.rows(ctx, t, since)
		if err != nil {
			return nil, err
		}
		if int64(len(g.rows)) != more {
			return nil, fmt.Errorf("%s gained %d rows, of which %d were found", t.Name, more, len(g.rows))
		}
		out = append(out, g)
	}
	p.had = now
	return out, nil
}

func (p *peer) rows(ctx context.Context, t store.Table, since moment) (gained, error) {
	names, marks := make([]string, len(t.Columns)), make([]string, len(t.Columns))
	for i, c := range t.Columns {
		names[i], marks[i] = c.Name, fmt.Sprintf("$%d", i+1)
	}
	cols := strings.Join(names, ", ")
	g := gained{insert: fmt.Sprintf("insert into %s (%s) values (%s)", t.Name, cols, strings.Join(marks, ", "))}
	for _, by := range []string{"seq", "id", "subject", "complaint", "person"} { // ids ascend with time
		if !slices.Contains(names, by) || by == "seq" && !strings.Contains(t.Name, "journal_") {
			continue
		}
		after := any(string(since.id))
		if by == "seq" {
			after = since.seq
		}
		rows, err := store.List(ctx, p.from.Reader(), fmt.Sprintf("select %s from %s where %s > $1 order by %s", cols, t.Name, by, by), []any{after}, func(scan store.Scan) ([]any, error) {
			row, dest := make([]any, len(names)), make([]any, len(names))
			for i := range row {
				dest[i] = &row[i]
			}
			return row, scan(dest...)
		})
		g.rows = rows
		return g, err
	}
	return g, nil
}
