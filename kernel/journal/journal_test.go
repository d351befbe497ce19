package journal_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/amana-platform/amana/kernel/clock"
	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/journal/journaltest"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/store"
	"github.com/amana-platform/amana/kernel/store/storetest"
)

func admit(t testing.TB, j *journal.Journal, name string) ident.ID {
	t.Helper()
	var person ident.ID
	do(t, j, func(_ context.Context, _ store.Reader, d *journal.Draft) error {
		person = d.NewID()
		d.Add(journaltest.Admitted{Person: person, Name: journal.Seal(name), Born: journal.Seal("1980"), Ward: 1, Mark: []byte{1}})
		return nil
	})
	return person
}

func do(t testing.TB, j *journal.Journal, f journal.Decide) journal.Receipt {
	t.Helper()
	r, err := j.Do(context.Background(), journaltest.Grant(t), f)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func nameOf(t testing.TB, j *journal.Journal, id ident.ID) (name journal.Sealed) {
	t.Helper()
	if err := j.Reader().Row(context.Background(), "select name from ward_people where id = $1", []any{string(id)}, &name); err != nil {
		t.Fatal(err)
	}
	return name
}

func verify(t testing.TB, j *journal.Journal) *journal.Report {
	t.Helper()
	r, err := j.Verify(context.Background(), journal.Scope{})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestAnEntryIsReadBackAndApplied(t *testing.T) {
	j := journaltest.Open(t)
	id := admit(t, j, "سعاد")
	if got := nameOf(t, j, id); got.Text() != "سعاد" {
		t.Fatalf("got %q", got.Text())
	}
	line, err := j.Timeline(t.Context(), ident.Ref{Kind: "person", ID: id}, 0, 10)
	if err != nil || len(line) != 1 {
		t.Fatalf("%v %v", line, err)
	}
	if e := line[0].Entry.(journaltest.Admitted); e.Name.Text() != "سعاد" || e.Ward != 1 {
		t.Fatalf("got %#v", e)
	}
	if r := verify(t, j); !r.Clean() || r.Entries != 2 || r.Rows == 0 {
		t.Fatalf("%+v", r)
	}
}

// TestTextIsStoredAsItIs: what JSON could write in two ways is stored in the
// one whose digest was taken.
func TestTextIsStoredAsItIs(t *testing.T) {
	j := journaltest.Open(t)
	for _, name := range []string{"Smith & Sons <office> > \"x\"", "line\u2028separator\u2029", "tab\tbreak\nback\\slash/ \x7f", "é ß 𝄞 سعاد \u202e", "\\u0026"} {
		id := admit(t, j, name)
		do(t, j, func(_ context.Context, _ store.Reader, d *journal.Draft) error {
			d.Add(journaltest.Visited{Person: id, Visitors: []journaltest.Visitor{{ID: d.NewID(), Words: journal.Seal(name)}}})
			return nil
		})
		if got := nameOf(t, j, id); got.Text() != name {
			t.Errorf("%q became %q", name, got.Text())
		}
	}
	must(t, j.Hold(t.Context(), journaltest.Grant(t), journal.Held{Ref: ident.Ref{Kind: "subject", ID: j.NewID()}, Ground: "A & B < C"}))
	if r := verify(t, j); !r.Clean() {
		t.Fatalf("%+v", r.Findings)
	}
}

func TestNothingWithoutGrantEntryOrRight(t *testing.T) {
	j := journaltest.Open(t)
	add := func(_ context.Context, _ store.Reader, d *journal.Draft) error {
		d.Add(journaltest.Moved{Person: d.NewID()})
		return nil
	}
	if _, err := j.Do(t.Context(), policy.Grant{}, add); err == nil {
		t.Error("a zero grant opened a transaction")
	}
	if _, err := j.Do(t.Context(), journaltest.Grant(t), func(context.Context, store.Reader, *journal.Draft) error { return nil }); err == nil {
		t.Error("a transaction without entry committed")
	}
	if _, err := j.Do(t.Context(), journaltest.Grant(t), add); err == nil {
		t.Error("an entry about nobody was applied")
	}
	if _, err := j.Do(t.Context(), journaltest.Grant(t), func(_ context.Context, _ store.Reader, d *journal.Draft) error {
		d.Add(journal.Founded{Home: "x"})
		return nil
	}); err == nil {
		t.Error("a grant appended an entry of another action")
	}
	if _, err := j.Do(t.Context(), journaltest.Grant(t), func(_ context.Context, _ store.Reader, d *journal.Draft) error {
		d.Add(journaltest.Admitted{Person: d.NewID(), Name: journal.Seal("NUL \x00 in it"), Mark: []byte{}})
		return nil
	}); err == nil {
		t.Error("NUL was stored")
	}
	if n, _ := j.Last(t.Context()); n != 1 {
		t.Fatalf("%d entries, want the founding one", n)
	}
}

func TestAFailedTransactionLeavesOthersAlone(t *testing.T) {
	j := journaltest.Open(t)
	var wg sync.WaitGroup
	for i := range 40 {
		wg.Go(func() {
			_, err := j.Do(context.Background(), journaltest.Grant(t), func(_ context.Context, _ store.Reader, d *journal.Draft) error {
				d.Add(journaltest.Admitted{Person: d.NewID(), Name: journal.Seal("x"), Mark: []byte{}})
				if i%2 == 0 {
					return errors.New("no")
				}
				return nil
			})
			if (err != nil) != (i%2 == 0) {
				t.Error(i, err)
			}
		})
	}
	wg.Wait()
	if r := verify(t, j); !r.Clean() || r.Entries != 21 || r.Keys != 20 {
		t.Fatalf("%+v", r)
	}
}

func TestOrderIsSeqAndTimeNeverGoesBack(t *testing.T) {
	c := clock.At(time.Now().Add(10 * time.Second))
	j := journaltest.OpenAt(t, storetest.Address(t), c)
	admit(t, j, "a")
	c.Advance(-time.Second) // the machine's clock was set back
	admit(t, j, "b")
	all, err := j.After(t.Context(), 0, 10)
	if err != nil || len(all) != 3 {
		t.Fatal(len(all), err)
	}
	for i := 1; i < 3; i++ {
		if all[i].Seq != all[i-1].Seq+1 || !all[i].Written.After(all[i-1].Written) {
			t.Fatalf("%v after %v", all[i].Meta, all[i-1].Meta)
		}
	}
}

func TestAppendingTwiceIsOnce(t *testing.T) {
	j := journaltest.Open(t)
	person, id := j.NewID(), j.NewID()
	for range 2 {
		r := do(t, j, func(_ context.Context, _ store.Reader, d *journal.Draft) error {
			d.AddOnce(id, d.Now, journaltest.Admitted{Person: person, Name: journal.Seal("x"), Mark: []byte{}})
			return nil
		})
		if r[0].Seq != 2 {
			t.Fatalf("seq %d", r[0].Seq)
		}
	}
}

func TestErasureForgetsAndProofsHold(t *testing.T) {
	j := journaltest.Open(t)
	anna, badr := admit(t, j, "Anna-secret"), admit(t, j, "Badr")
	do(t, j, func(_ context.Context, _ store.Reader, d *journal.Draft) error {
		d.Add(journaltest.Visited{Person: badr, Visitors: []journaltest.Visitor{{ID: anna, Words: journal.Seal("Anna-said-this")}}})
		return nil
	})
	j.Lane().Record(t.Context(), journal.Access{Actor: badr, Action: "ward.find", Outcome: journal.Found, Refs: []ident.Ref{{Kind: "person", ID: anna}}, Said: journal.Said{Query: "Anna-secret"}})
	err := j.Erase(t.Context(), journaltest.Grant(t), journal.Erased{Subjects: []ident.ID{anna}, Ground: "09-08", Authority: "CNDP 1/2026"})
	if err != nil {
		t.Fatal(err)
	}
	if err := j.Lane().Forget(t.Context(), ident.Ref{Kind: "person", ID: anna}); err != nil {
		t.Fatal(err)
	}
	if got := nameOf(t, j, anna); !got.Erased() {
		t.Fatalf("still %q", got.Text())
	}
	if got := nameOf(t, j, badr); got.Text() != "Badr" {
		t.Fatal("somebody else was forgotten")
	}
	if r := verify(t, j); !r.Clean() {
		t.Fatalf("%+v", r.Findings)
	}
	_, err = j.Do(t.Context(), journaltest.Grant(t), func(_ context.Context, _ store.Reader, d *journal.Draft) error {
		d.Add(journaltest.Visited{Person: badr, Visitors: []journaltest.Visitor{{ID: anna, Words: journal.Seal("again")}}})
		return nil
	})
	if !fault.Is(err, fault.Refused) {
		t.Fatalf("something was said of an erased subject: %v", err)
	}
}

func TestAHoldStopsErasure(t *testing.T) {
	j := journaltest.Open(t)
	id := admit(t, j, "x")
	ref := ident.Ref{Kind: "subject", ID: id}
	if err := j.Hold(t.Context(), journaltest.Grant(t), journal.Held{Ref: ref, Ground: "order 7/2026"}); err != nil {
		t.Fatal(err)
	}
	gone := journal.Erased{Subjects: []ident.ID{id}, Ground: "09-08"}
	if err := j.Erase(t.Context(), journaltest.Grant(t), gone); !fault.Is(err, fault.Refused) {
		t.Fatalf("got %v", err)
	}
	if err := j.LiftHold(t.Context(), journaltest.Grant(t), journal.HoldLifted{Ref: ref}); err != nil {
		t.Fatal(err)
	}
	if err := j.Erase(t.Context(), journaltest.Grant(t), gone); err != nil {
		t.Fatal(err)
	}
}

func TestReplayGivesTheSameTables(t *testing.T) {
	j := journaltest.Open(t)
	for range 20 {
		id := admit(t, j, "someone")
		do(t, j, func(_ context.Context, _ store.Reader, d *journal.Draft) error {
			d.Add(journaltest.Moved{Person: id, Ward: 7})
			return nil
		})
	}
	into := storetest.OpenAt(t, storetest.Address(t))
	if n, err := j.Replay(t.Context(), into, nil, nil); err != nil || n != 41 {
		t.Fatal(n, err)
	}
	again, err := journal.OpenForReading(t.Context(), journal.Options{DB: into, Master: journaltest.Master, Modules: []journal.Module{journaltest.Ward()}})
	if err != nil {
		t.Fatal(err)
	}
	if r := verify(t, again); !r.Clean() || r.Entries != 41 {
		t.Fatalf("%+v", r)
	}
}

func TestLaneSharesCommitsAndFindsWhoLooked(t *testing.T) {
	j := journaltest.Open(t)
	who, what := j.NewID(), ident.Ref{Kind: "case", ID: j.NewID()}
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			err := j.Lane().Record(context.Background(), journal.Access{Actor: who, Action: "cases.case.read", Outcome: journal.Read, Refs: []ident.Ref{what}, Said: journal.Said{Query: "q"}})
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	got, err := j.Lane().Search(t.Context(), journal.AccessQuery{About: what, Limit: 200})
	if err != nil || len(got) != 50 || got[0].Said.Query != "q" {
		t.Fatal(len(got), err)
	}
	if r := verify(t, j); !r.Clean() || r.Accesses != 50 {
		t.Fatalf("%+v", r)
	}
}

func TestSealedNeverPrints(t *testing.T) {
	if s := journal.Seal("Anna"); strings.Contains(s.String()+s.GoString(), "Anna") {
		t.Fatal("a sealed value reached a log")
	}
}

// TestAFailedErasureLeavesItsBatchAlone: an erasure that a module refuses
// shares its commit with others, whose entries and keys stay.
func TestAFailedErasureLeavesItsBatchAlone(t *testing.T) {
	refusing := journal.Module{Name: "refusing", Erase: func(*store.Writer, ident.ID) error { return errors.New("no") }}
	j := journaltest.Open(t, refusing)
	id := admit(t, j, "kept")
	g := journaltest.Grant(t)
	var wg sync.WaitGroup
	for i := range 40 {
		wg.Go(func() {
			if i%4 == 0 {
				if err := j.Erase(context.Background(), g, journal.Erased{Subjects: []ident.ID{id}, Ground: "09-08"}); err == nil {
					t.Error("erased")
				}
				return
			}
			_, err := j.Do(context.Background(), g, func(_ context.Context, _ store.Reader, d *journal.Draft) error {
				d.Add(journaltest.Admitted{Person: d.NewID(), Name: journal.Seal("x"), Mark: []byte{}})
				return nil
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if r := verify(t, j); !r.Clean() || r.Entries != 32 || r.Keys != 31 {
		t.Fatalf("%+v", r)
	}
}
