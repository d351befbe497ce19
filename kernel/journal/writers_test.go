package journal_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/amana-platform/amana/kernel/clock"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/journal/journaltest"
	"github.com/amana-platform/amana/kernel/store"
	"github.com/amana-platform/amana/kernel/store/storetest"
)

// node is a journal as a process of its own would have it: its own pool, its
// own committer, its own lane.
func node(t *testing.T, address, name string) *journal.Journal {
	t.Helper()
	o := journaltest.Options(t, address, clock.System{})
	o.Node = name
	j, err := journal.Open(t.Context(), o)
	must(t, err)
	t.Cleanup(func() { must(t, j.Close()) })
	return j
}

// TestEightNodesAndAFollower: eight nodes write into one PostgreSQL database
// while a follower on a ninth reads what is after its cursor. It must meet
// each entry once, in the order of seq, without ever finding a gap: seq is
// drawn under a lock that is held to the commit.
func TestEightNodesAndAFollower(t *testing.T) {
	const nodes, each = 8, 40
	address := storetest.Postgres(t)
	follower := node(t, address, "follower")
	g := journaltest.Grant(t)
	var acknowledged sync.Map
	var written atomic.Int64
	var all sync.WaitGroup
	for n := range nodes {
		j := node(t, address, fmt.Sprint("node", n))
		for range 2 { // two callers a node, so that some share a commit
			all.Go(func() {
				for range each / 2 {
					r, err := j.Do(context.Background(), g, three)
					if err != nil {
						t.Error(err)
						return
					}
					for _, m := range r {
						acknowledged.Store(m.ID, m.Seq)
						written.Add(1)
					}
				}
			})
		}
	}
	done := make(chan struct{})
	go func() { all.Wait(); close(done) }()
	met := follow(t, follower, done)
	if want := written.Load(); int64(len(met)) != want || want != nodes*each*3 {
		t.Fatalf("the follower met %d entries; %d were acknowledged", len(met), want)
	}
	for id := range met {
		if _, ok := acknowledged.Load(id); !ok {
			t.Errorf("entry %s was never acknowledged", id)
		}
	}
	if r := verify(t, follower); !r.Clean() || r.Entries != written.Load()+1 {
		t.Fatalf("%+v", r)
	}
}

// follow reads and advances until everything written has been met, and gives
// how often each entry was.
func follow(t *testing.T, j *journal.Journal, done <-chan struct{}) map[ident.ID]int {
	t.Helper()
	g := journaltest.Grant(t)
	met := map[ident.ID]int{}
	last := false
	for deadline := time.Now().Add(2 * time.Minute); time.Now().Before(deadline); {
		select {
		case <-done:
			last = true
		default:
		}
		cursor, err := j.Cursor(t.Context(), "reader")
		must(t, err)
		page, err := j.After(t.Context(), cursor, 25)
		must(t, err)
		if len(page) == 0 && last {
			return met
		}
		for _, e := range page {
			if e.Seq != cursor+1 {
				t.Fatalf("after %d came %d", cursor, e.Seq)
			}
			cursor = e.Seq
			if e.Kind == "journal.founded" {
				continue
			}
			if met[e.ID]++; met[e.ID] > 1 {
				t.Fatalf("entry %d was met twice", e.Seq)
			}
		}
		if len(page) > 0 {
			must(t, j.Advance(t.Context(), g, "reader", cursor, func(context.Context, store.Reader, *journal.Draft) error { return nil }))
		}
	}
	t.Fatal("the follower did not come to the end")
	return nil
}
