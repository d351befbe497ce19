package index_test

import (
	"context"
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/store"
	"github.com/amana-platform/amana/kernel/store/storetest"
	"github.com/amana-platform/amana/modules/index"
)

func TestMergeAndUnmerge(t *testing.T) {
	w := newWorld(t)
	ctx := context.Background()
	a, b := w.record(alaoui()), w.record(alaoui())
	if err := w.merge(a.ID, b.ID); err != nil {
		t.Fatal(err)
	}
	if p, err := w.Person(ctx, b.ID); err != nil || p.ID != a.ID {
		t.Errorf("the absorbed record leads to %s, %v", p.ID, err)
	}
	if p, err := w.PersonAsRecorded(ctx, b.ID); err != nil || p.Address != b.Address || p.Kept != a.ID {
		t.Errorf("the absorbed record itself: %+v, %v", p, err)
	}
	if all, err := w.Persons(ctx, []ident.ID{a.ID, b.ID, w.id()}); err != nil || len(all) != 2 || all[b.ID].ID != a.ID {
		t.Errorf("persons %v, %v", all, err)
	}
	if found, err := w.Search(ctx, w.k.Reader, "Mohamed Alaoui", index.Filter{}, 10); err != nil || len(found) != 1 || found[0].Person.ID != a.ID {
		t.Errorf("search finds %d, want the kept one; %v", len(found), err)
	}
	if err := w.unmerge(b.ID); err != nil {
		t.Fatal(err)
	}
	if p, err := w.Person(ctx, b.ID); err != nil || p.ID != b.ID || p.Kept != "" {
		t.Errorf("after the separation: %+v, %v", p, err)
	}
	decisions, err := w.Decisions(ctx, a.ID)
	if err != nil || len(decisions) != 2 {
		t.Fatalf("%d decisions, %v", len(decisions), err)
	}
	for _, d := range decisions {
		if d.Actor != investigator.ID || d.Reason == "" {
			t.Errorf("decision %+v", d)
		}
		if d.Kind == index.Merged && (d.Proposal.Same < 900 || d.Proposal.Same+d.Proposal.Neither != 1000 || d.Proposal.Method != index.Method) {
			t.Errorf("proposal %+v", d.Proposal)
		}
	}
	w.sound()
}

func TestMergeRefuses(t *testing.T) {
	w := newWorld(t)
	ctx := context.Background()
	a, b, c := w.record(alaoui()), w.record(alaoui()), w.record(alaoui())
	g := w.ask(investigator, index.ActionPersonMerge, a.ID)
	if err := w.merge(a.ID, a.ID); !fault.Is(err, fault.Invalid) {
		t.Errorf("with itself: %v", err)
	}
	if err := w.MergePersons(ctx, g, w.id(), a.ID, b.ID, "  "); len(fault.All(err)) != 1 || fault.All(err)[0].Field != "reason" {
		t.Errorf("without a reason: %v", err)
	}
	if err := w.MergePersons(ctx, g, "here", a.ID, b.ID, "x"); !fault.Is(err, fault.Invalid) {
		t.Errorf("under a forged id: %v", err)
	}
	if err := w.unmerge(b.ID); !fault.Is(err, fault.Conflict) {
		t.Errorf("separating what is not merged: %v", err)
	}
	decision := w.id()
	for range 2 {
		if err := w.MergePersons(ctx, g, decision, a.ID, b.ID, "the form was sent twice"); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.merge(b.ID, c.ID); !fault.Is(err, fault.Conflict) {
		t.Errorf("into an absorbed record: %v", err)
	}
	if err := w.merge(b.ID, a.ID); !fault.Is(err, fault.Conflict) {
		t.Errorf("a ring: %v", err)
	}
	if err := w.merge(c.ID, a.ID); err != nil {
		t.Errorf("a chain: %v", err)
	}
	if p, err := w.Person(ctx, b.ID); err != nil || p.ID != c.ID {
		t.Errorf("the chain leads to %s, %v", p.ID, err)
	}
	if group, err := w.Group(ctx, b.ID); err != nil || len(group) != 3 || group[0] != c.ID {
		t.Errorf("group %v, %v", group, err)
	}
}

// TestMergesReplay draws sequences of recording, correcting, merging,
// separating, dismissing and erasing; whatever was decided, each person has
// one standing record, and the journal gives the same tables again.
func TestMergesReplay(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w := newWorld(t)
		var ids []ident.ID
		for range rapid.IntRange(2, 5).Draw(rt, "persons") {
			ids = append(ids, w.record(alaoui()).ID)
		}
		one := func(label string) ident.ID { return rapid.SampledFrom(ids).Draw(rt, label) }
		for range rapid.IntRange(1, 12).Draw(rt, "steps") {
			w.step(rapid.IntRange(0, 5).Draw(rt, "step"), one("first"), one("second"))
		}
		for _, id := range ids {
			head, err := w.Person(context.Background(), id)
			if err != nil || head.Kept != "" {
				rt.Fatalf("person %s has no standing record: %v", id, err)
			}
		}
		w.sound() // replays into an empty database, and compares
		if t.Failed() {
			rt.Fatal("see above")
		}
	})
}

// step does one act; that some are refused is part of the draw.
func (w *world) step(act int, a, b ident.ID) {
	ctx := context.Background()
	switch act {
	case 0, 1:
		w.merge(a, b)
	case 2:
		w.unmerge(a)
	case 3:
		w.DismissDuplicate(ctx, w.ask(duty, index.ActionPersonDismiss, a), w.id(), a, b, "a cousin")
	case 4:
		if p, err := w.PersonAsRecorded(ctx, a); err == nil && !p.Erased {
			p.Occupation += "x"
			w.CorrectPerson(ctx, w.ask(duty, index.ActionPersonCorrect, a), a, p.Version, p)
		}
	case 5:
		if p, err := w.PersonAsRecorded(ctx, a); err == nil && !p.Erased {
			w.forget(a)
		}
	}
}

// same replays the journal into an empty database and compares every table of
// the module row by row.
func same(t testing.TB, w *world) {
	t.Helper()
	ctx := context.Background()
	there := storetest.OpenAt(t, storetest.SQLite(t))
	if err := journal.Shape(ctx, there, append([]journal.Module{index.JournalModule()}, journal.LaneModule())); err != nil {
		t.Fatal(err)
	}
	if _, err := w.k.Journal.Replay(ctx, there, there, nil); err != nil {
		t.Fatal(err)
	}
	tables, err := w.db.Tables(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for _, table := range tables {
		if !store.Owned(table.Name, "index") {
			continue
		}
		_, err := store.Compare(ctx, w.db.Reader(), there.Reader(), table, func(d store.Difference) bool {
			t.Errorf("replay differs: %v", d)
			return true
		})
		if err != nil {
			t.Fatal(fmt.Errorf("%s: %w", table.Name, err))
		}
	}
}
