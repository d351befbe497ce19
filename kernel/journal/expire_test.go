package journal_test

import (
	"strings"
	"testing"
	"time"

	"github.com/amana-platform/amana/kernel/clock"
	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/journal/journaltest"
	"github.com/amana-platform/amana/kernel/policy"
)

func expire(t *testing.T, j *journal.Journal, c clock.Clock, before time.Time) int64 {
	t.Helper()
	n, err := j.ExpireAccesses(t.Context(), func() (policy.Grant, error) { return journaltest.GrantAt(t, c), nil }, journal.Expiry{Class: "access-log", Ground: "L69-99, row of 2011", Before: before})
	must(t, err)
	return n
}

func readBy(t *testing.T, j *journal.Journal, actor string, refs ...ident.Ref) {
	t.Helper()
	must(t, j.Lane().Record(t.Context(), journal.Access{Actor: ident.ID(actor), Action: "ward.read", Outcome: journal.Read, Refs: refs, Said: journal.Said{Query: "said by " + actor}}))
}

func TestAccessesExpireWithReceipts(t *testing.T) {
	j, db, c := lateHouse(t)
	held, free := ident.Ref{Kind: "person", ID: j.NewID()}, ident.Ref{Kind: "person", ID: j.NewID()}
	readBy(t, j, "a", free)
	readBy(t, j, "b", held)
	readBy(t, j, "c", free)
	must(t, j.Hold(t.Context(), journaltest.GrantAt(t, c), journal.Held{Ref: held, Ground: "order 1"}))
	must(t, j.Count(t.Context()))
	c.Advance(time.Hour)
	before := c.Now()
	c.Advance(time.Hour)
	readBy(t, j, "d", free)

	if n := expire(t, j, c, before); n != 2 {
		t.Fatalf("%d expired, want 2: the third is held, the fourth is young", n)
	}
	var left, keys int
	must(t, db.Reader().Row(t.Context(), "select count(*) from access_entries", nil, &left))
	must(t, db.Reader().Row(t.Context(), "select count(*) from access_keys", nil, &keys))
	if left != 2 || keys != 2 {
		t.Fatalf("%d accesses and %d keys are left", left, keys)
	}
	if found, err := j.Lane().Search(t.Context(), journal.AccessQuery{About: free}); err != nil || len(found) != 1 {
		t.Fatalf("%+v %v", found, err)
	}
	r := verify(t, j)
	if !r.Clean() || r.Expired != 2 || r.Accesses != 2 {
		t.Fatalf("%+v", r)
	}
	if n := expire(t, j, c, before); n != 0 {
		t.Fatalf("%d expired twice", n)
	}
	must(t, j.LiftHold(t.Context(), journaltest.GrantAt(t, c), journal.HoldLifted{Ref: held, Ground: "order 2"}))
	if n := expire(t, j, c, before); n != 1 {
		t.Fatalf("%d expired after the hold", n)
	}
	must(t, j.Count(t.Context()))
	if r := verify(t, j); !r.Clean() || r.Expired != 3 {
		t.Fatalf("%+v", r)
	}
	again, err := journal.Open(t.Context(), journal.Options{DB: db, Master: journaltest.Master, Clock: c, Modules: []journal.Module{journaltest.Ward()}})
	must(t, err)
	must(t, again.Count(t.Context())) // by a program that has not counted before
	must(t, again.Close())
	if r := verify(t, j); !r.Clean() {
		t.Fatalf("%+v", r.Findings)
	}
}

// TestAKilledExpiryIsFinished: the receipt is there, and what it speaks of too.
func TestAKilledExpiryIsFinished(t *testing.T) {
	j, db, c := lateHouse(t)
	readBy(t, j, "a")
	readBy(t, j, "b")
	c.Advance(time.Hour)
	change(t, db, "create table kept as select * from access_entries")
	change(t, db, "create table kept_keys as select * from access_keys")
	if n := expire(t, j, c, c.Now()); n != 2 {
		t.Fatal(n)
	}
	change(t, db, "insert into access_entries select * from kept")
	change(t, db, "insert into access_keys select * from kept_keys")
	change(t, db, "drop table kept")
	change(t, db, "drop table kept_keys")
	expire(t, j, c, c.Now())
	var left int
	must(t, db.Reader().Row(t.Context(), "select count(*) from access_entries", nil, &left))
	if left != 0 {
		t.Fatalf("%d are left", left)
	}
	if r := verify(t, j); !r.Clean() {
		t.Fatalf("%+v", r.Findings)
	}
}

func TestADeletionWithoutReceiptIsFound(t *testing.T) {
	for _, c := range []struct{ name, change string }{
		{"beyond the receipt", "delete from access_entries where seq = 3"},
		{"with its batch", "delete from access_batches where batch = 3"},
		{"the receipt's row", "delete from journal_expired"},
		{"a receipt's row of somebody's own", "insert into journal_expired (lane, first_seq, last_seq, seq, class) values ('main', 3, 3, 4, 'access-log')"},
		{"the batch of an expired access", "update access_batches set chain = root where batch = 1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			j, db, clk := lateHouse(t)
			readBy(t, j, "a")
			readBy(t, j, "b")
			clk.Advance(time.Hour)
			before := clk.Now()
			clk.Advance(time.Hour)
			readBy(t, j, "c")
			readBy(t, j, "d")
			if n := expire(t, j, clk, before); n != 2 {
				t.Fatal(n)
			}
			change(t, db, c.change)
			if strings.HasPrefix(c.change, "delete from access_entries") {
				change(t, db, "delete from access_keys where seq = 3")
			}
			if r := verify(t, j); r.Clean() {
				t.Error("went unseen")
			}
		})
	}
}

func TestAHoldPlacedMeanwhileStopsAnExpiry(t *testing.T) {
	j, _, c := lateHouse(t)
	ref := ident.Ref{Kind: "person", ID: j.NewID()}
	readBy(t, j, "a", ref)
	c.Advance(time.Hour)
	_, err := j.ExpireAccesses(t.Context(), func() (policy.Grant, error) { // between plan and receipt
		g := journaltest.GrantAt(t, c)
		return g, j.Hold(t.Context(), g, journal.Held{Ref: ref, Ground: "order 1"})
	}, journal.Expiry{Class: "access-log", Before: c.Now()})
	if !fault.Is(err, fault.Conflict) {
		t.Fatalf("expired under a hold: %v", err)
	}
	if n := expire(t, j, c, c.Now()); n != 0 {
		t.Fatal("expired although held")
	}
}
