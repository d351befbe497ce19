package store_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/amana-platform/amana/kernel/store"
)

// TestScratchSharesCommits: statements that wait at the same time share a
// commit, each is told what it changed itself, and one that fails fails alone.
func TestScratchSharesCommits(t *testing.T) {
	db := open(t)
	s := db.Scratch()
	const callers, each = 24, 20
	before := db.Commits()
	var first, failed atomic.Int64
	var all sync.WaitGroup
	for c := range callers {
		all.Go(func() {
			for k := range each {
				n, err := s.Exec(t.Context(), "insert into tmp_notes (id) values ($1) on conflict do nothing", fmt.Sprintf("same-%d", k))
				if err != nil {
					t.Error(err)
				}
				first.Add(n)
				if n, err := s.Exec(t.Context(), "insert into tmp_notes (id) values ($1)", fmt.Sprintf("own-%d-%d", c, k)); err != nil || n != 1 {
					t.Errorf("%d %v", n, err)
				}
				if n, err := s.Exec(t.Context(), "insert into tmp_notes (id) values ($1)", fmt.Sprintf("own-%d-%d", c, k)); err == nil || n != 0 {
					t.Errorf("a duplicate: %d %v", n, err)
				} else {
					failed.Add(1)
				}
			}
		})
	}
	all.Wait()
	if first.Load() != each {
		t.Errorf("%d of %d keys were taken, each by one", first.Load(), each)
	}
	if n := count(t, db.Reader(), "tmp_notes"); n != callers*each+each {
		t.Errorf("%d rows, want %d", n, callers*each+each)
	}
	if made := db.Commits() - before; made >= callers*each*2 {
		t.Errorf("%d commits for %d statements", made, callers*each*3)
	}
}

// TestScratchWaitsForItsCommit: nothing is acknowledged before it is committed,
// and on SQLite what waits goes along with the transaction under way.
func TestScratchWaitsForItsCommit(t *testing.T) {
	db := open(t)
	if db.Engine != store.SQLite {
		t.Skip("each transaction of PostgreSQL commits alone")
	}
	b, err := db.Begin(t.Context())
	must(t, err)
	var all sync.WaitGroup
	told := make(chan error, 8)
	for n := range 8 {
		all.Go(func() {
			_, err := db.Scratch().Exec(t.Context(), "insert into tmp_notes (id) values ($1)", fmt.Sprint(n))
			told <- err
		})
	}
	time.Sleep(50 * time.Millisecond)
	if len(told) > 0 {
		t.Error("told before the commit")
	}
	before := db.Commits()
	must(t, b.Commit(t.Context()))
	all.Wait()
	if made := db.Commits() - before; made > 2 {
		t.Errorf("%d commits: those who waited did not go along", made)
	}
	if n := count(t, db.Reader(), "tmp_notes"); n != 8 {
		t.Errorf("%d rows", n)
	}
}

// TestScratchThatIsNotWantedAnyMore is not run.
func TestScratchThatIsNotWantedAnyMore(t *testing.T) {
	db := open(t)
	if db.Engine == store.SQLite {
		b, err := db.Begin(t.Context())
		must(t, err)
		defer b.Rollback()
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	tried := 0
	for range 50 { // where nobody is before it, it may be run
		if _, err := db.Scratch().Exec(ctx, "insert into tmp_notes (id) values ('x') on conflict do nothing"); err != nil {
			tried++
		}
	}
	if tried == 0 {
		t.Error("a caller who is gone was always served")
	}
}
