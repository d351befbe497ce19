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
// decides, seals, hashes and reads back nothing.
type peer struct {
	h    *house
	from *store.DB // the service's database
	into *store.DB
	had  map[string]int64
}

// mark is a moment in the journal: what came after it has higher numbers.
type mark struct {
	seq int64
	id  ident.ID
}

func (h *house) now(ctx context.Context) mark {
	seq, err := h.app.Journal.Last(ctx)
	if err != nil {
		h.o.Tell("the journal's end cannot be read: %v", err)
	}
	return mark{seq, h.app.Journal.NewID()}
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
		for _, old := range []string{copied, copied + "-wal", copied + "-shm"} {
			_ = os.Remove(old) // left by a run that was stopped; if it stays, cp fails or overwrites it
		}
		if out, e := exec.CommandContext(ctx, "cp", path, copied).CombinedOutput(); e != nil {
			err = fmt.Errorf("copy the database: %w: %s", e, out)
		} else {
			p.into, err = store.Open(ctx, "sqlite:"+copied)
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

func (p *peer) close() {
	if p.into != nil {
		_ = p.into.Close() // it is removed next
		for _, end := range []string{"", "-wal", "-shm"} {
			_ = os.Remove(filepath.Join(p.h.dir, "peer.db"+end))
		}
	}
	_ = p.from.Close() // only read from
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
// they took, and gives how many transactions a second that is.
func (p *peer) write(ctx context.Context, since mark, n, commits int64) (float64, error) {
	tables, err := p.added(ctx, since)
	if err != nil {
		return 0, err
	}
	begun := time.Now()
	for k := range commits {
		b, err := p.into.Begin(ctx)
		if err != nil {
			return 0, err
		}
		for _, t := range tables {
			rows := int64(len(t.rows))
			for _, row := range t.rows[k*rows/commits : (k+1)*rows/commits] {
				if _, err := b.Exec(ctx, t.insert, row...); err != nil {
					b.Rollback()
					return 0, fmt.Errorf("%s: %w", t.insert, err)
				}
			}
		}
		if err := b.Commit(ctx); err != nil {
			return 0, err
		}
	}
	return float64(n) / time.Since(begun).Seconds(), nil
}

// gained are the rows that a table gained, in the order of their records.
type gained struct {
	insert string
	rows   [][]any
}

// added reads the rows that came after a mark, and fails if it misses one.
func (p *peer) added(ctx context.Context, since mark) ([]gained, error) {
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

func (p *peer) rows(ctx context.Context, t store.Table, since mark) (gained, error) {
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
