package measure

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"github.com/amana-platform/amana/engines/names/namesdata"
	"github.com/amana-platform/amana/kernel/store"
	"github.com/amana-platform/amana/kernel/text"
	"github.com/amana-platform/amana/modules/index"
	"github.com/amana-platform/amana/modules/register"
)

// fsync tells what the disk takes to make a page durable; everything that
// acknowledges writes waits for it.
func fsync(_ context.Context, h *house) ([]Result, error) {
	f, err := os.Create(filepath.Join(h.dir, "fsync"))
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // what counts was synced
	page := make([]byte, 4096)
	times := make([]time.Duration, 200)
	for i := range times {
		begun := time.Now()
		if _, err := f.WriteAt(page, int64(i%16)*4096); err != nil {
			return nil, err
		}
		if err := f.Sync(); err != nil {
			return nil, err
		}
		times[i] = time.Since(begun)
	}
	return []Result{{Name: "fsync.p50", Value: quantile(times, 0.5), Unit: "ms"}}, nil
}

// transactions times the desk: a complaint with a new complainant is three
// entries of two modules (person, complaint, log line), with the search keys,
// the words, and the policy's decision.
func transactions(ctx context.Context, h *house) ([]Result, error) {
	var out []Result
	for _, c := range []struct {
		callers int
		limit   float64
	}{{8, 700}, {64, 1000}} {
		before, err := h.count(ctx)
		if err != nil {
			return nil, err
		}
		rate, n, err := h.rate(ctx, c.callers, h.complain)
		if err != nil {
			return nil, err
		}
		out = append(out, Result{Name: fmt.Sprintf("transactions.%d-writers", c.callers), Value: rate, Unit: "transactions/s", Limit: c.limit,
			Note: fmt.Sprintf("3 entries each, %d persons in the index", h.o.Persons)})
		raw, err := h.raw(ctx, before, n)
		if err != nil {
			return nil, err
		}
		out = append(out, Result{Name: fmt.Sprintf("transactions.%d-writers.raw", c.callers), Value: rate, Unit: "transactions/s", Limit: raw,
			Peer: "SQLite writing the same rows, as many in a commit, with the same durability"})
	}
	return out, nil
}

var serial atomic.Int64

func (h *house) complain(ctx context.Context) error {
	g, err := h.ask(ctx, "register.complaint.record")
	if err != nil {
		return err
	}
	n := int(serial.Add(1))
	given, family := namesdata.GivenFemale(), namesdata.Family()
	who := index.Person{
		Given:  index.Name{Arabic: given[n%len(given)].Arabic, Latin: given[n%len(given)].Latin[0]},
		Family: index.Name{Arabic: family[n*7%len(family)].Arabic, Latin: family[n*7%len(family)].Latin[0]},
		Birth:  text.PartialDate(fmt.Sprintf("%d-%02d-%02d", 1950+n%50, 1+n%12, 1+n%28)), CNIE: fmt.Sprintf("ZZ%d", n%10_000_000), Source: index.Declared,
	}
	_, err = h.s.Register.RecordComplaint(ctx, g, register.NewComplaint{
		Submission: h.app.Journal.NewID(), Origin: register.ByComplaint, FactsOn: "2026-01-05", Place: "rue 5", Offences: []string{"theft-simple"},
		Facts:   "La plaignante declare que son sac a ete emporte pendant qu'elle attendait le tramway ; elle n'a pas vu l'auteur.",
		Parties: []register.NewParty{{Role: register.Complainant, New: &who, Field: "complainant"}, {Role: register.Accused, Field: "accused.0"}},
	})
	return err
}

// counted is how many rows each table had, and how many commits there were.
type counted map[string]int64

func (h *house) tables(ctx context.Context) ([]store.Table, error) {
	db, err := h.second(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { _ = db.Close() }() // only read from
	return db.Tables(ctx)
}

// second opens the store beside the service.
func (h *house) second(ctx context.Context) (*store.DB, error) {
	return store.Open(ctx, "sqlite:"+filepath.Join(h.dir, "data", "amana.db"))
}

func (h *house) count(ctx context.Context) (counted, error) {
	tables, err := h.tables(ctx)
	if err != nil {
		return nil, err
	}
	out := counted{}
	for _, t := range tables {
		var n int64
		if err := h.app.Reader.Row(ctx, "select count(*) from "+t.Name, nil, &n); err != nil {
			return nil, err
		}
		out[t.Name] = n
	}
	return out, nil
}

// raw writes the rows that the last n transactions added into an SQLite file
// of the same shape, in batches of the journal's size, and gives how many
// transactions a second that is.
func (h *house) raw(ctx context.Context, before counted, n int64) (float64, error) {
	tables, err := h.tables(ctx)
	if err != nil {
		return 0, err
	}
	peer, err := store.Open(ctx, "sqlite:"+filepath.Join(h.dir, fmt.Sprintf("raw-%d.db", serial.Load())))
	if err != nil {
		return 0, err
	}
	defer func() { _ = peer.Close() }() // it goes with the folder
	var rows []rawRow
	for _, t := range tables {
		some, err := h.added(ctx, peer, t, before[t.Name])
		if err != nil {
			return 0, err
		}
		rows = append(rows, some...)
	}
	const share = 16 // transactions in a commit: what eight to sixty-four callers share on two cores
	batch := max(1, len(rows)*share/int(n))
	begun := time.Now()
	for len(rows) > 0 {
		b, err := peer.Begin(ctx)
		if err != nil {
			return 0, err
		}
		for _, r := range rows[:min(batch, len(rows))] {
			if _, err := b.Exec(ctx, r.insert, r.values...); err != nil {
				b.Rollback()
				return 0, err
			}
		}
		rows = rows[min(batch, len(rows)):]
		if err := b.Commit(ctx); err != nil {
			return 0, err
		}
	}
	return float64(n) / time.Since(begun).Seconds(), nil
}

type rawRow struct {
	insert string
	values []any
}

// added shapes one table in the peer and reads the rows it gained.
func (h *house) added(ctx context.Context, peer *store.DB, t store.Table, had int64) ([]rawRow, error) {
	cols, names, marks := make([]string, len(t.Columns)), make([]string, len(t.Columns)), make([]string, len(t.Columns))
	for i, c := range t.Columns {
		cols[i], names[i], marks[i] = c.Name+" "+c.Type, c.Name, fmt.Sprintf("$%d", i+1)
	}
	b, err := peer.Begin(ctx)
	if err != nil {
		return nil, err
	}
	shape := fmt.Sprintf("create table %s (%s, primary key (%s))", t.Name, strings.Join(cols, ", "), strings.Join(t.Key(), ", "))
	if len(t.Key()) == 0 {
		shape = fmt.Sprintf("create table %s (%s)", t.Name, strings.Join(cols, ", "))
	}
	if _, err := b.Exec(ctx, shape); err != nil {
		b.Rollback()
		return nil, err
	}
	if err := b.Commit(ctx); err != nil {
		return nil, err
	}
	var now int64
	if err := h.app.Reader.Row(ctx, "select count(*) from "+t.Name, nil, &now); err != nil || now <= had {
		return nil, err
	}
	insert := fmt.Sprintf("insert into %s (%s) values (%s)", t.Name, strings.Join(names, ", "), strings.Join(marks, ", "))
	return store.List(ctx, h.app.Reader, fmt.Sprintf("select %s from %s order by %s desc limit $1", strings.Join(names, ", "), t.Name, strings.Join(names[:1], "")), []any{now - had},
		func(scan store.Scan) (rawRow, error) {
			row, dest := make([]any, len(names)), make([]any, len(names))
			for i := range row {
				dest[i] = &row[i]
			}
			return rawRow{insert, row}, scan(dest...)
		})
}
