package journal_test

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"github.com/amana-platform/amana/kernel/clock"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/journal/journaltest"
	"github.com/amana-platform/amana/kernel/journal/tlog"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/store"
	"github.com/amana-platform/amana/kernel/store/storetest"
)

// TestVerifyBesideAWriter verifies again and again while others write entries
// and accesses and erase people: what comes meanwhile is no finding.
func TestVerifyBesideAWriter(t *testing.T) {
	for _, apart := range []bool{false, true} {
		t.Run(fmt.Sprintf("lane apart %v", apart), func(t *testing.T) {
			o := journaltest.Options(t, storetest.Address(t), clock.System{})
			if apart {
				o.Lane = storetest.OpenAt(t, storetest.Address(t))
			}
			j, err := journal.Open(t.Context(), o)
			must(t, err)
			ctx, stop := context.WithCancel(t.Context())
			var writers sync.WaitGroup
			t.Cleanup(func() { stop(); writers.Wait(); must(t, j.Close()) })
			g := journaltest.Grant(t)
			for range 3 {
				writers.Go(func() {
					for ctx.Err() == nil {
						write(t, j, g)
					}
				})
			}
			var entries int64
			for grown := 0; grown < 6; {
				r := verify(t, j)
				if !r.Clean() {
					t.Fatalf("%+v", r.Findings[:min(5, len(r.Findings))])
				}
				if r.Entries > entries {
					grown++
				}
				entries = r.Entries
			}
		})
	}
}

// write admits a person, looks at them, moves them, and forgets every second one.
func write(t *testing.T, j *journal.Journal, g policy.Grant) {
	var person ident.ID
	_, err := j.Do(context.Background(), g, func(_ context.Context, _ store.Reader, d *journal.Draft) error {
		person = j.NewID()
		d.Add(journaltest.Admitted{Person: person, Name: journal.Seal("Anna"), Born: journal.Seal("1980-02-29"), Ward: 1, Mark: []byte{1}})
		d.Add(journaltest.Moved{Person: person, Ward: 2})
		return nil
	})
	about := ident.Ref{Kind: "person", ID: person}
	if err == nil {
		err = j.Lane().Record(context.Background(), journal.Access{Actor: person, Action: "ward.find", Outcome: journal.Found, Refs: []ident.Ref{about}, Said: journal.Said{Query: "Anna"}})
	}
	if err == nil && person[len(person)-1]%2 == 0 {
		err = j.Erase(context.Background(), g, journal.Erased{Subjects: []ident.ID{person}, Ground: "L09-08", Authority: "test"})
		if err == nil {
			err = j.Lane().Forget(context.Background(), about)
		}
	}
	if err != nil {
		t.Error(err)
	}
}

// TestTheLogMayBeAhead has the log take an entry while the verification reads
// it: it is looked up where it stands, and one that stands nowhere is found.
func TestTheLogMayBeAhead(t *testing.T) {
	h := newHouse(t)
	ahead := func(add ...tlog.Leaf) *journal.Report {
		r, err := h.Verify(t.Context(), journal.Scope{Log: func(_ context.Context, visit func(uint64, tlog.Leaf) error) error {
			admit(t, h.Journal, "Fatima")
			h.sign(t)
			for i, leaf := range append(h.leaves, add...) {
				if err := visit(uint64(i), leaf); err != nil {
					return err
				}
			}
			return nil
		}})
		must(t, err)
		return r
	}
	if r := ahead(); !r.Clean() || r.Leaves != r.Entries+1 || r.Unlogged != 0 {
		t.Fatalf("%+v", r)
	}
	next := h.leaves[len(h.leaves)-1]
	next.Seq += 2 // one more than the next run admits; the run after it admits that one, with another commitment
	for _, bad := range []tlog.Leaf{next, next, {Source: string(h.Home()) + "/nobody", Type: "access-batch", Seq: 1}} {
		if r := ahead(bad); len(r.Findings) != 1 {
			t.Errorf("%+v: %+v", bad, r.Findings)
		}
	}
}
