package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

// pipeline holds statements of a PostgreSQL transaction whose outcome nobody
// has asked for yet. They go out in one round trip with the next one that
// somebody waits for: a transaction has some thirty, and a round trip costs as
// much as the statement. The server runs them in order and stops at the first
// that fails.
type pipeline struct {
	waiting []waiting
	sent    int // flushes so far, so that a mark knows whether it was passed
	err     error
}

type waiting struct {
	text string
	args []any
	rows int64
	into *int64 // where the number of rows is told; may be nil
}

// anyRows lets a statement change as many rows as there are.
const anyRows = -1

func (p *pipeline) add(text string, args []any, rows int64) { p.tell(text, args, rows, nil) }

// tell is add for whoever wants to know how many rows were changed.
func (p *pipeline) tell(text string, args []any, rows int64, into *int64) {
	args = slices.Clone(args)
	for i, a := range args {
		v, err := driver.DefaultParameterConverter.ConvertValue(a)
		if err != nil {
			p.err = errors.Join(p.err, fmt.Errorf("store: argument %d of %q: %w", i+1, head(text), err))
		}
		args[i] = v
	}
	p.waiting = append(p.waiting, waiting{text, args, rows, into})
}

// counts reports whether a statement waits that must change so many rows.
func (p *pipeline) counts() bool {
	return slices.ContainsFunc(p.waiting, func(w waiting) bool { return w.rows != anyRows })
}

func (p *pipeline) clear() { p.waiting, p.err = p.waiting[:0], nil }

// pipelineMark is a place in a pipeline.
type pipelineMark struct{ sent, waiting int }

func (p *pipeline) mark() pipelineMark { return pipelineMark{p.sent, len(p.waiting)} }

// back forgets what was added since a mark, and reports whether that was all:
// that nothing of it has been sent.
func (p *pipeline) back(m pipelineMark) bool {
	if m.sent != p.sent || len(p.waiting) < m.waiting || len(p.waiting) == 0 {
		p.clear()
		return false
	}
	p.waiting, p.err = p.waiting[:m.waiting], nil
	return true
}

// flush sends what waits and gives how many rows the last statement changed.
func (p *pipeline) flush(ctx context.Context, conn *sql.Conn) (n int64, err error) {
	if len(p.waiting) == 0 {
		return 0, nil
	}
	defer p.clear()
	p.sent++
	if p.err != nil {
		return 0, p.err
	}
	var failed error
	err = conn.Raw(func(c any) error {
		n, failed = p.send(ctx, c.(*stdlib.Conn).Conn())
		return nil // the connection is sound; what failed is a statement
	})
	return n, errors.Join(err, failed)
}

func (p *pipeline) send(ctx context.Context, conn *pgx.Conn) (n int64, err error) {
	if len(p.waiting) == 1 {
		w := p.waiting[0]
		tag, err := conn.Exec(ctx, w.text, w.args...)
		if err != nil {
			return 0, wrap(err)
		}
		w.told(tag.RowsAffected())
		return tag.RowsAffected(), counted(w.text, tag.RowsAffected(), w.rows)
	}
	var b pgx.Batch
	for _, w := range p.waiting {
		b.Queue(w.text, w.args...)
	}
	results := conn.SendBatch(ctx, &b)
	defer func() {
		if e := results.Close(); err == nil {
			err = wrap(e)
		}
	}()
	for _, w := range p.waiting {
		tag, err := results.Exec()
		if err != nil {
			return 0, wrap(fmt.Errorf("%w: %q", err, head(w.text)))
		}
		n = tag.RowsAffected()
		w.told(n)
		if err := counted(w.text, n, w.rows); err != nil {
			return n, err
		}
	}
	return n, nil
}

func (w waiting) told(n int64) {
	if w.into != nil {
		*w.into = n
	}
}

// counted checks how many rows a statement changed.
func counted(text string, n, want int64) error {
	if want == anyRows || n == want {
		return nil
	}
	return fmt.Errorf("store: %d rows changed, want %d: %q", n, want, head(text))
}
