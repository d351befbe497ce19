package journal_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/journal/journaltest"
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
