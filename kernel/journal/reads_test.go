package journal_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/amana-platform/amana/kernel/clock"
	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/journal/journaltest"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/store"
	"github.com/amana-platform/amana/kernel/store/storetest"
)

func person(id ident.ID) ident.Ref { return ident.Ref{Kind: "person", ID: id} }

// TestAHoldStopsAnErasure until it is lifted: of the subject, or of a record in
// which the subject stands. A hold that is not there cannot be lifted.
func TestAHoldStopsAnErasure(t *testing.T) {
	address := storetest.Address(t)
	o := journaltest.Options(t, address, clock.System{})
	file := ident.Ref{Kind: "file", ID: "0190a000-0000-7000-8000-00000000f11e"}
	o.Modules[0].Within = func(context.Context, store.Reader, ident.ID) ([]ident.Ref, error) { return []ident.Ref{file}, nil }
	j, err := journal.Open(t.Context(), o)
	must(t, err)
	t.Cleanup(func() { must(t, j.Close()) })
	g := journaltest.Grant(t)
	id := admit(t, j, "Zineb")
	e := journal.Erased{Subjects: []ident.ID{id}, Ground: "L09-08"}
	for _, ref := range []ident.Ref{file, {Kind: "subject", ID: id}} {
		if err := j.LiftHold(t.Context(), g, journal.HoldLifted{Ref: ref, Ground: "x"}); !fault.Is(err, fault.NotFound) {
			t.Errorf("lifted what is not there: %v", err)
		}
		must(t, j.Hold(t.Context(), g, journal.Held{Ref: ref, Ground: "order 7"}))
		err := j.Erase(t.Context(), g, e)
		if f := fault.Of(err); f.Key != "journal.held" || f.Args["ground"] != "order 7" || f.Args["record"] != ref.String() || nameOf(t, j, id).Text() != "Zineb" {
			t.Errorf("%s: %v", ref, err)
		}
		if err := j.NotHeld(t.Context(), ref); !fault.Is(err, fault.Refused) {
			t.Errorf("%s is held: %v", ref, err)
		}
		must(t, j.LiftHold(t.Context(), g, journal.HoldLifted{Ref: ref, Ground: "order 8"}))
		must(t, j.NotHeld(t.Context(), ref))
	}
	must(t, j.Erase(t.Context(), g, e))
	for _, c := range []struct {
		id            ident.ID
		knows, erased bool
	}{{id, false, true}, {j.NewID(), false, false}, {admit(t, j, "Hamid"), true, false}} {
		knows, err := j.Knows(t.Context(), c.id)
		erased, err2 := j.WasErased(t.Context(), c.id)
		if must(t, errors.Join(err, err2)); knows != c.knows || erased != c.erased {
			t.Errorf("knows %t, erased %t", knows, erased)
		}
	}
	late := errors.New("not due any more")
	if err := j.EraseIf(t.Context(), g, e, func(context.Context, store.Reader) error { return late }); !errors.Is(err, late) {
		t.Errorf("%v", err)
	}
	if r := verify(t, j); !r.Clean() {
		t.Errorf("%+v", r.Findings)
	}
}

// TestNoticesAreTheEntriesWithoutTheirWords: from memory and from the tables
// alike, for every place and number asked for.
func TestNoticesAreTheEntriesWithoutTheirWords(t *testing.T) {
	address := storetest.Address(t)
	j := journaltest.OpenAt(t, address, clock.System{})
	for i := range 12 {
		id := admit(t, j, fmt.Sprintf("Zineb %d", i))
		do(t, j, func(_ context.Context, _ store.Reader, d *journal.Draft) error {
			d.Add(journaltest.Moved{Person: id, Ward: 2})
			return nil
		})
	}
	again := journaltest.OpenAt(t, address, clock.System{})
	all, err := j.After(t.Context(), 0, 100)
	must(t, err)
	if j.Newest() != int64(len(all)) || again.Newest() != 0 {
		t.Errorf("newest %d and %d of %d", j.Newest(), again.Newest(), len(all))
	}
	rapid.Check(t, func(r *rapid.T) {
		from, n := rapid.Int64Range(-1, int64(len(all))+2).Draw(r, "from"), rapid.IntRange(1, 30).Draw(r, "n")
		var want []journal.Notice
		for _, e := range all {
			if e.Seq > from && len(want) < n {
				want = append(want, journal.Notice{Seq: e.Seq, ID: e.ID, Kind: e.Kind, Refs: e.Entry.About()})
			}
		}
		for _, x := range []*journal.Journal{j, again} {
			got, err := x.Notices(context.Background(), from, n)
			if err != nil || len(got) > len(want) || len(want) > 0 && len(got) == 0 {
				r.Fatalf("%d notices of %d, %v", len(got), len(want), err)
			}
			if diff := cmp.Diff(want[:len(got)], append([]journal.Notice{}, got...)); len(got) > 0 && diff != "" {
				r.Fatal(diff)
			}
			if strings.Contains(fmt.Sprintf("%+v", got), "Zineb") {
				r.Fatal("a notice holds a sealed word")
			}
		}
	})
}

// TestEntriesAreFound by what is asked, page by page, the newest first.
func TestEntriesAreFound(t *testing.T) {
	j := journaltest.Open(t)
	var people []ident.ID
	for i := range 9 {
		people = append(people, admit(t, j, "x"))
		do(t, j, func(_ context.Context, _ store.Reader, d *journal.Draft) error {
			d.Add(journaltest.Moved{Person: people[i/2], Ward: i})
			return nil
		})
	}
	all, err := j.After(t.Context(), 0, 100)
	must(t, err)
	actors := []ident.ID{"", all[1].Actor, j.NewID()}
	rapid.Check(t, func(r *rapid.T) {
		q := journal.Search{Kind: rapid.SampledFrom([]string{"", "ward.moved", "ward.admitted", "ward.burned"}).Draw(r, "kind"), Actor: rapid.SampledFrom(actors).Draw(r, "actor"), Limit: rapid.IntRange(1, 5).Draw(r, "limit")}
		if rapid.Bool().Draw(r, "about") {
			q.About = person(rapid.SampledFrom(people).Draw(r, "person"))
		}
		var want, got []int64
		for i := len(all) - 1; i >= 0; i-- {
			e := all[i]
			about := q.About.IsZero()
			for _, ref := range e.Entry.About() {
				about = about || ref == q.About
			}
			if about && (q.Kind == "" || e.Kind == q.Kind) && (q.Actor == "" || e.Actor == q.Actor) {
				want = append(want, e.Seq)
			}
		}
		for {
			page, err := j.Search(context.Background(), q)
			if err != nil {
				r.Fatal(err)
			}
			for _, e := range page {
				got = append(got, e.Seq)
				q.Before = e.Seq
			}
			if len(page) < q.Limit {
				break
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			r.Fatalf("%+v: %s", q, diff)
		}
	})
	one, err := j.Find(t.Context(), all[3].ID)
	if must(t, err); one.Seq != all[3].Seq || cmp.Diff(one.Entry.About(), all[3].Entry.About()) != "" {
		t.Errorf("%+v", one)
	}
	if _, err := j.Find(t.Context(), j.NewID()); !fault.Is(err, fault.NotFound) {
		t.Errorf("%v", err)
	}
	seqs, err := j.About(t.Context(), person(people[0]), 0, 10)
	if must(t, err); len(seqs) != 3 {
		t.Errorf("%v", seqs)
	}
	if rest, err := j.About(t.Context(), person(people[0]), seqs[0], 1); err != nil || len(rest) != 1 || rest[0] != seqs[1] {
		t.Errorf("%v %v", rest, err)
	}
}

// TestWhatSomebodyWroteIsForgottenWithASubject: the words of searches that
// showed them go; that there was a search stays, and verifies.
func TestWhatSomebodyWroteIsForgottenWithASubject(t *testing.T) {
	j := journaltest.Open(t)
	gone, stays := admit(t, j, "Zineb"), admit(t, j, "Hamid")
	lane := j.Lane()
	record := func(query string, refs ...ident.Ref) {
		t.Helper()
		must(t, lane.Record(t.Context(), journal.Access{Actor: "0190a000-0000-7000-8000-0000000000f1", Action: "ward.find", Outcome: journal.Found, Refs: refs, Said: journal.Said{Query: query}}))
	}
	record("both", person(gone), person(stays))
	record("of Zineb", ident.Ref{Kind: "file", ID: stays}, person(gone))
	record("of Hamid", person(stays))
	record("of nobody")
	must(t, j.Erase(t.Context(), journaltest.Grant(t), journal.Erased{Subjects: []ident.ID{gone}, Ground: "L09-08"}))
	must(t, lane.ForgetSubjects(t.Context(), []ident.ID{gone, j.NewID()}))
	got, err := lane.Search(t.Context(), journal.AccessQuery{})
	must(t, err)
	var said []string
	for _, a := range got {
		said = append(said, a.Said.Query)
	}
	if diff := cmp.Diff([]string{"of nobody", "of Hamid", "", ""}, said); diff != "" {
		t.Error(diff)
	}
	if r := verify(t, j); !r.Clean() {
		t.Errorf("%+v", r.Findings)
	}
	must(t, lane.Forget(t.Context(), person(stays))) // whom no entry has erased
	if r := verify(t, j); len(r.Findings) != 1 || r.Findings[0].Where != "access main/3" {
		t.Errorf("words that went without an erasure: %+v", r.Findings)
	}
}

// TestAccessesAreFound by person, record and outcome, page by page; one of them
// only through the record it is about.
func TestAccessesAreFound(t *testing.T) {
	j := journaltest.Open(t)
	lane := j.Lane()
	actors, records := []ident.ID{j.NewID(), j.NewID()}, []ident.ID{j.NewID(), j.NewID()}
	outcomes := []journal.Outcome{journal.Read, journal.Found, journal.Export}
	for i := range 24 {
		must(t, lane.Record(t.Context(), journal.Access{Actor: actors[i%2], Action: "x", Outcome: outcomes[i%3], Refs: []ident.Ref{person(records[i/2%2])}}))
	}
	all, err := lane.After(t.Context(), lane.Name(), 0, 100)
	must(t, err)
	for _, actor := range append([]ident.ID{""}, actors...) {
		for _, record := range append([]ident.ID{""}, records...) {
			for _, outcome := range append([]journal.Outcome{""}, outcomes...) {
				q := journal.AccessQuery{Actor: actor, Outcome: outcome, Limit: 3}
				if record != "" {
					q.About = person(record)
				}
				var want, got []int64
				for i := len(all) - 1; i >= 0; i-- {
					if a := all[i]; (actor == "" || a.Actor == actor) && (outcome == "" || a.Outcome == outcome) && (record == "" || a.Refs[0].ID == record) {
						want = append(want, a.Seq)
					}
				}
				for page, err := lane.Search(t.Context(), q); len(page) > 0; page, err = lane.Search(t.Context(), q) {
					must(t, err)
					for _, a := range page {
						got = append(got, a.Seq)
					}
					q.Before = page[len(page)-1].Place()
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("%+v: %s", q, diff)
				}
			}
		}
	}
	one, err := lane.Find(t.Context(), all[0].Refs[0], all[0].ID)
	if must(t, err); one.Seq != all[0].Seq {
		t.Errorf("%+v", one)
	}
	if _, err := lane.Find(t.Context(), person(j.NewID()), all[0].ID); !fault.Is(err, fault.NotFound) {
		t.Errorf("through another record: %v", err)
	}
}

// TestARefusalIsRecordedWithWhatWasAsked: the reason in one's own words is
// sealed, and no part of the purpose.
func TestARefusalIsRecordedWithWhatWasAsked(t *testing.T) {
	j := journaltest.Open(t)
	ref := person(j.NewID())
	p := policy.Purpose{Kind: policy.BreakGlass, Ref: ref, Reason: "my own words"}
	must(t, j.Lane().RecordRefusal(t.Context(), policy.Refusal{Actor: policy.Actor{ID: j.NewID(), Unit: j.NewID()}, Action: "ward.read", Resource: policy.Resource{Ref: ref}, Purpose: p, Reason: "policy.refused.policy"}))
	got, err := j.Lane().Search(t.Context(), journal.AccessQuery{Outcome: journal.Refused})
	must(t, err)
	if a := got[0]; len(got) != 1 || a.Detail != "policy.refused.policy" || a.Said.Reason != "my own words" || strings.Contains(a.Purpose, "words") || a.Refs[0] != ref {
		t.Errorf("%+v", got)
	}
	var raw string
	must(t, j.Reader().Row(t.Context(), "select purpose || detail || refs from access_entries", nil, &raw))
	if strings.Contains(raw, "words") {
		t.Errorf("the table says %q", raw)
	}
}

// TestAFullDiskLosesNothingThatWasAcknowledged: whoever was told that their
// entry stands finds it after there is room again, whoever was not does not.
func TestAFullDiskLosesNothingThatWasAcknowledged(t *testing.T) {
	o := journaltest.Options(t, storetest.SQLite(t), clock.System{})
	j, err := journal.Open(t.Context(), o)
	must(t, err)
	t.Cleanup(func() { must(t, j.Close()) })
	var pages int
	must(t, j.Reader().Row(t.Context(), "select page_count from pragma_page_count", nil, &pages))
	change(t, o.DB, fmt.Sprintf("pragma max_page_count = %d", pages+60))
	var mu sync.Mutex
	told, full := map[ident.ID]bool{admit(t, j, "while there is room"): true}, 0
	var all sync.WaitGroup
	for i := range 12 {
		all.Go(func() {
			for k := range 6 {
				var id ident.ID
				_, err := j.Do(context.Background(), journaltest.Grant(t), func(_ context.Context, _ store.Reader, d *journal.Draft) error {
					id = d.NewID()
					d.Add(journaltest.Admitted{Person: id, Name: journal.Seal(strings.Repeat("x", 1000+9000*((i+k)%3))), Mark: []byte{}})
					return nil
				})
				mu.Lock()
				switch {
				case err == nil:
					told[id] = true
				case fault.Of(err).Key == "fault.disk-full":
					full++
				default:
					t.Errorf("told %v", err)
				}
				mu.Unlock()
			}
		})
	}
	all.Wait()
	if full == 0 {
		t.Fatalf("%d stand, nobody found the disk full", len(told))
	}
	change(t, o.DB, "pragma max_page_count = 1000000")
	told[admit(t, j, "afterwards")] = true
	found := 0
	must(t, j.Reader().Each(t.Context(), "select id from ward_people", nil, func(scan store.Scan) error {
		var id ident.ID
		err := scan(&id)
		if found++; !told[id] {
			t.Errorf("%s stands, and nobody was told", id)
		}
		return err
	}))
	if found != len(told) {
		t.Errorf("%d stand, %d were told", found, len(told))
	}
	if r := verify(t, j); !r.Clean() {
		t.Errorf("%+v", r.Findings)
	}
}

// TestNewsComesWithEachCommit, and not before.
func TestNewsComesWithEachCommit(t *testing.T) {
	j := journaltest.Open(t)
	for range 3 {
		news := j.News()
		select {
		case <-news:
			t.Fatal("news of nothing")
		default:
		}
		before := j.Batches()
		admit(t, j, "x")
		select {
		case <-news:
		case <-time.After(10 * time.Second):
			t.Fatal("no news")
		}
		if j.Batches() != before+1 {
			t.Errorf("%d commits", j.Batches()-before)
		}
	}
}
