package journal_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/amana-platform/amana/kernel/clock"
	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/journal/journaltest"
	"github.com/amana-platform/amana/kernel/store/storetest"
)

// TestLaneIsFollowed: whoever reads a lane from a mark gets every access once,
// in order, in steps of any size, and nothing of what people wrote.
func TestLaneIsFollowed(t *testing.T) {
	j := journaltest.Open(t)
	ids := ident.NewSource(time.Now, nil)
	who, about := ids.New(), ident.Ref{Kind: "person", ID: ids.New()}
	const n = 23
	for i := range n {
		must(t, j.Lane().Record(t.Context(), journal.Access{Actor: who, Action: fmt.Sprintf("ward.read-%02d", i), Outcome: journal.Found, Refs: []ident.Ref{about}, Said: journal.Said{Query: "Anna-secret"}}))
	}
	lanes, err := j.Lane().Lanes(t.Context())
	if err != nil || len(lanes) != 1 {
		t.Fatalf("%v %v", lanes, err)
	}
	for _, step := range []int{1, 7, n, 100} {
		var got []journal.Access
		for seq := int64(0); ; {
			some, err := j.Lane().After(t.Context(), lanes[0], seq, step)
			must(t, err)
			if len(some) > step {
				t.Fatalf("%d of at most %d", len(some), step)
			}
			if len(some) == 0 {
				break
			}
			for _, a := range some {
				if a.Seq <= seq {
					t.Fatalf("%d after %d", a.Seq, seq)
				}
				seq = a.Seq
			}
			got = append(got, some...)
		}
		if len(got) != n {
			t.Fatalf("by %d: %d of %d", step, len(got), n)
		}
		for i, a := range got {
			if a.Action != fmt.Sprintf("ward.read-%02d", i) || len(a.Refs) != 1 || a.Refs[0] != about || a.Said != (journal.Said{}) {
				t.Errorf("by %d, %d: %+v", step, i, a)
			}
		}
	}
	if some, err := j.Lane().After(t.Context(), "another", 0, 10); err != nil || len(some) != 0 {
		t.Errorf("another lane: %v %v", some, err)
	}
}

// TestAccessesOfOneMomentInManyLanes: lists of any length show each once, the
// newest first, though lanes have accesses of the same microsecond.
func TestAccessesOfOneMomentInManyLanes(t *testing.T) {
	address, c := storetest.Address(t), clock.At(time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC))
	about := ident.Ref{Kind: "person", ID: ident.Derive("person")}
	const each = 5
	var j *journal.Journal
	nodes := []string{"main", "east", "a.b"}
	for _, node := range nodes {
		if j != nil {
			must(t, j.Close())
		}
		o := journaltest.Options(t, address, c)
		o.Node = node
		var err error
		j, err = journal.Open(t.Context(), o)
		must(t, err)
		for range each {
			must(t, j.Lane().Record(t.Context(), journal.Access{Actor: ident.Derive("who"), Action: "ward.read", Outcome: journal.Read, Refs: []ident.Ref{about}}))
		}
	}
	t.Cleanup(func() { j.Close() })
	for _, q := range []journal.AccessQuery{{}, {About: about}} {
		for q.Limit = 1; q.Limit <= each*len(nodes)+1; q.Limit++ {
			seen, last := map[journal.Place]int{}, c.Now().Add(time.Hour)
			q.Before = journal.Place{}
			for page, err := j.Lane().Search(t.Context(), q); len(page) > 0; page, err = j.Lane().Search(t.Context(), q) {
				must(t, err)
				for _, a := range page {
					if seen[a.Place()]++; a.At.After(last) {
						t.Errorf("by %d: %s after %s", q.Limit, a.At, last)
					}
					last = a.At
				}
				q.Before = journal.ParsePlace(page[len(page)-1].Place().String())
			}
			for p, n := range seen {
				if n != 1 {
					t.Errorf("by %d: %s was shown %d times", q.Limit, p, n)
				}
			}
			if len(seen) != each*len(nodes) {
				t.Errorf("by %d: %d are shown, want %d", q.Limit, len(seen), each*len(nodes))
			}
		}
	}
	for _, none := range []string{"", "x", "1", "1.2", "1.x.main", "x.1.main", "1764763200000000", "1.2.\x00", "1.2.\xff"} {
		if p := journal.ParsePlace(none); p != (journal.Place{}) {
			t.Errorf("%q: %v", none, p)
		}
	}
}

// FuzzPlace: what is read as a place is written as it was read, or is none.
func FuzzPlace(f *testing.F) {
	for _, s := range []string{"1764763200000000.7.main", "1.2.a.b", "..", "1.2.", "-1.-2.x", "+1.2.x"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		p := journal.ParsePlace(s)
		if p != (journal.Place{}) && journal.ParsePlace(p.String()) != p {
			t.Errorf("%q: %v", s, p)
		}
	})
}

// TestAnAccessIsFound by its id and by what it is about, with what was written;
// not by what it is not about.
func TestAnAccessIsFound(t *testing.T) {
	j := journaltest.Open(t)
	ids := ident.NewSource(time.Now, nil)
	person, place := ident.Ref{Kind: "person", ID: ids.New()}, ident.Ref{Kind: "place", ID: ids.New()}
	must(t, j.Lane().Record(t.Context(), journal.Access{Actor: ids.New(), Action: "ward.read", Outcome: journal.Read, Refs: []ident.Ref{person, place}, Said: journal.Said{Query: "Anna-secret", Reason: "because"}}))
	must(t, j.Lane().Record(t.Context(), journal.Access{Actor: ids.New(), Action: "ward.other", Outcome: journal.Read, Refs: []ident.Ref{place}}))
	all, err := j.Lane().Search(t.Context(), journal.AccessQuery{About: person})
	if err != nil || len(all) != 1 {
		t.Fatalf("%v %v", all, err)
	}
	for _, about := range []ident.Ref{person, place} {
		a, err := j.Lane().Find(t.Context(), about, all[0].ID)
		if err != nil || a.ID != all[0].ID || a.Action != "ward.read" || len(a.Refs) != 2 || a.Said.Query != "Anna-secret" || a.Said.Reason != "because" {
			t.Errorf("by %v: %+v %v", about, a, err)
		}
	}
	for name, try := range map[string]struct {
		about ident.Ref
		id    ident.ID
	}{"another's": {ident.Ref{Kind: "person", ID: ids.New()}, all[0].ID}, "another kind": {ident.Ref{Kind: "vehicle", ID: person.ID}, all[0].ID}, "no such access": {person, ids.New()}} {
		if a, err := j.Lane().Find(t.Context(), try.about, try.id); !fault.Is(err, fault.NotFound) {
			t.Errorf("%s: %+v %v", name, a, err)
		}
	}
	must(t, j.Lane().Forget(t.Context(), person))
	if a, err := j.Lane().Find(t.Context(), place, all[0].ID); err != nil || a.Said != (journal.Said{}) {
		t.Errorf("after what was written is erased: %+v %v", a, err)
	}
}
