package store

import (
	"context"
	"fmt"
	"runtime"
	"strings"
)

// Scratch writes working state: tables whose names begin with tmp_. Losing
// all of them loses nothing that anyone was told is kept.
type Scratch struct{ db *DB }

// Scratch gives the writer of working state.
func (db *DB) Scratch() Scratch { return Scratch{db} }

// Exec runs one insert, update or delete on tmp_ tables.
func (s Scratch) Exec(ctx context.Context, text string, args ...any) (int64, error) {
	verb, _, _ := strings.Cut(strings.TrimSpace(text), " ")
	if v := strings.ToLower(verb); v != "insert" && v != "update" && v != "delete" {
		return 0, fmt.Errorf("store: scratch may not run %q", head(text))
	}
	if err := scratches.check(text); err != nil {
		return 0, err
	}
	r := &rider{text: text, args: args, done: make(chan struct{})}
	err := s.db.ride(ctx, r)
	return r.n, err
}

// rider is a statement on working state. Those that wait at the same time
// share a commit, on SQLite also the journal's: a sign-in has some fifteen of
// them, and each would wait for the disk alone.
type rider struct {
	text string
	args []any
	n    int64
	err  error
	done chan struct{} // closed when the commit has ended
}

// mostRiders bounds who shares a commit, so that the first does not wait long.
const mostRiders = 64

// ride waits for a commit that takes the statement along, or for the right to
// make one. Once aboard it will be committed or refused: leaving early would
// hide which.
func (db *DB) ride(ctx context.Context, r *rider) error {
	wheel, release := db.lock, db.leave
	if db.Engine == Postgres {
		wheel, release = db.wheel, func() { <-db.wheel }
	}
	select {
	case db.riders <- r:
		<-r.done
	case wheel <- struct{}{}:
		db.drive(r, release)
	case <-ctx.Done():
		return ctx.Err()
	}
	return r.err
}

// drive commits a statement with those that wait.
func (db *DB) drive(first *rider, release func()) {
	ctx := context.Background()
	if db.Engine == Postgres {
		defer release()
		db.together(ctx, first)
		return
	}
	b, err := db.begin(ctx, release)
	if err != nil {
		first.err = err
		return
	}
	b.take(ctx, first)
	_ = b.Commit(ctx) // each aboard is told
}

// board takes the statements that wait into an SQLite batch. Whoever is at work
// on one may get there first: a commit costs more than a moment's wait.
func (b *Batch) board(ctx context.Context) {
	runtime.Gosched()
	for len(b.aboard) < mostRiders {
		select {
		case r := <-b.db.riders:
			b.take(ctx, r)
		default:
			return
		}
	}
}

// take runs a statement in the batch. One that fails changes nothing, and
// those beside it stand.
func (b *Batch) take(ctx context.Context, r *rider) {
	b.aboard = append(b.aboard, r)
	r.n, r.err = b.s.exec(ctx, r.text, r.args)
}

// fail tells everybody aboard that nothing was committed.
func (b *Batch) fail(err error) {
	for _, r := range b.aboard {
		r.n, r.err = 0, err
	}
}

// together runs statements on PostgreSQL in one transaction and one round
// trip. If one of them fails none has happened, and each is run alone.
func (db *DB) together(ctx context.Context, first *rider) {
	all := append(make([]*rider, 0, 8), first)
	for more := true; more && len(all) < mostRiders; {
		select {
		case r := <-db.riders:
			all = append(all, r)
		default:
			more = false
		}
	}
	err := db.atOnce(ctx, all)
	for _, r := range all {
		if err != nil && len(all) > 1 {
			r.err = db.atOnce(ctx, []*rider{r})
		} else {
			r.err = err
		}
		close(r.done)
	}
}

func (db *DB) atOnce(ctx context.Context, all []*rider) error {
	b, err := db.Begin(ctx)
	if err != nil {
		return err
	}
	defer b.Rollback()
	for _, r := range all {
		b.s.line.tell(r.text, r.args, anyRows, &r.n)
	}
	return b.Commit(ctx)
}

var scratches = checked{check1: func(text string) error {
	return each(text, func(table string) error {
		if strings.HasPrefix(table, "tmp_") {
			return nil
		}
		return fmt.Errorf("store: scratch may not touch table %s", table)
	})
}}
