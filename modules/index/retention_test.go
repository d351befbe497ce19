package index_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/amana-platform/amana/kernel/app"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/store"
	"github.com/amana-platform/amana/modules/index"
)

// said is what the other modules say of persons.
type said struct {
	app.Keeper
	of map[ident.ID]app.Spoken
}

// Spoken gives what was said of each.
func (s said) Spoken(_ context.Context, _ store.Reader, persons []ident.ID) (all app.Spoken, _ error) {
	for _, id := range persons {
		one := s.of[id]
		all.Note(one.Live, one.Last, one.Unit)
		all.With = append(all.With, one.With...)
	}
	return all, nil
}

func (w *world) looked(want int) {
	w.t.Helper()
	if n, err := w.LookThrough(context.Background()); err != nil || n != want {
		w.t.Errorf("%d looked at, want %d: %v", n, want, err)
	}
}

// over lists who is over for a unit, as the list of disposal asks it.
func (w *world) over(unit ident.ID) (ids []ident.ID) {
	w.t.Helper()
	_, before, err := app.Over(w.k.Pack, "person-index", w.clock.Now())
	if err != nil {
		w.t.Fatal(err)
	}
	due, err := w.term().Due(context.Background(), w.k.Reader, app.Window{Before: before, Unit: unit, Most: 100})
	if err != nil {
		w.t.Fatal(err)
	}
	for _, d := range due {
		if d.Ref.Kind != index.KindPerson || d.Since.IsZero() || !d.Since.Before(before) {
			w.t.Errorf("%+v", d)
		}
		ids = append(ids, d.Ref.ID)
	}
	return ids
}

func (w *world) term() app.Term { return w.Module().Terms[0] }

// TestAPersonIsOverOnceNothingSpeaksOfThem: while a record of any module is
// alive no term runs; it begins when the last of them was over, or with the
// person's own record where there was none. What is due is of the unit that kept
// the last record, and is asked anew each time.
func TestAPersonIsOverOnceNothingSpeaksOfThem(t *testing.T) {
	w := newWorld(t)
	k := said{of: map[ident.ID]app.Spoken{}}
	w.k.Keeper = k
	var all []index.Person
	for _, name := range []string{"Alaoui", "Bennis", "Chraibi", "Drissi"} {
		all = append(all, w.record(index.Person{Family: index.Name{Latin: name}, Given: index.Name{Latin: "Selma"}}))
	}
	alone, filed, freed, gone := all[0].ID, all[1].ID, all[2].ID, all[3].ID
	w.forget(gone)
	k.of[filed] = app.Spoken{Live: true, Last: noon}
	k.of[freed] = app.Spoken{Last: noon.AddDate(5, 0, 0), Unit: desk}
	w.looked(0)
	w.clock.Set(noon.AddDate(20, 0, 1))
	w.looked(4)
	w.looked(0) // each once
	if got := w.over(""); !slices.Equal(got, []ident.ID{alone}) {
		t.Errorf("%v are over", got)
	}
	if got := w.over(district); got != nil {
		t.Errorf("%v are over in a unit that answers for none of them", got)
	}
	w.clock.Set(noon.AddDate(25, 0, 1))
	w.looked(3) // not the one who is gone
	k.of[alone] = app.Spoken{Live: true}
	if got := w.over(desk); !slices.Equal(got, []ident.ID{freed}) {
		t.Errorf("%v are over", got)
	}
	if got := w.over(""); !slices.Equal(got, []ident.ID{freed}) {
		t.Errorf("%v are over though one is spoken of again", got)
	}
	k.of[filed] = app.Spoken{Last: noon.AddDate(4, 0, 0), Unit: desk}
	w.clock.Set(noon.AddDate(26, 0, 0))
	w.looked(3)
	if got := w.over(desk); !slices.Equal(got, []ident.ID{filed, freed}) {
		t.Errorf("%v are over", got)
	}
	w.forget(filed) // whoever was ended takes no place on a list
	due, err := w.term().Due(t.Context(), w.k.Reader, app.Window{Before: w.clock.Now(), Most: 1})
	if err != nil || len(due) != 1 || due[0].Ref.ID != freed {
		t.Errorf("%v %v", due, err)
	}
}

// TestAPersonSpokenOfAgainIsNotEnded: between the decision and the end a record
// may name the person again.
func TestAPersonSpokenOfAgainIsNotEnded(t *testing.T) {
	w := newWorld(t)
	k := said{of: map[ident.ID]app.Spoken{}}
	w.k.Keeper = k
	p := w.record(alaoui())
	if err := w.term().Over(t.Context(), w.k.Reader, p.ID); err != nil {
		t.Error(err)
	}
	k.of[p.ID] = app.Spoken{Live: true}
	if err := w.term().Over(t.Context(), w.k.Reader, p.ID); !errors.Is(err, app.Needed) {
		t.Errorf("%v", err)
	}
}

// TestAPersonEndsWhole: with the kept record go those merged into it, what was
// decided and linked of them, their vehicles, and what others wrote of them alone.
// What was said last in the index counts as well.
func TestAPersonEndsWhole(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	a, b := w.record(alaoui()), w.record(alaoui())
	other := w.record(index.Person{Family: index.Name{Latin: "Zniber"}, Given: index.Name{Latin: "Selma"}})
	alarm := w.id()
	w.k.Keeper = said{of: map[ident.ID]app.Spoken{b.ID: {With: []ident.ID{alarm}}}}
	car := w.id()
	if err := w.Seed(ctx, w.seeding, index.Seeding{Vehicles: []index.Vehicle{{ID: car, Plate: index.Plate{Serial: "12345", Letter: "\u0623", Code: "6"}, Make: "dacia", Owner: a.ID}}}); err != nil {
		t.Fatal(err)
	}
	w.clock.Set(noon.AddDate(1, 0, 0))
	if err := w.merge(a.ID, b.ID); err != nil {
		t.Fatal(err)
	}
	if err := w.LinkRecords(ctx, w.ask(duty, index.ActionPersonLink, a.ID), w.id(), index.Link{From: a.Ref(), To: other.Ref(), Kind: "relative-of", Source: index.Declared, Reason: "the brother of Alaoui"}); err != nil {
		t.Fatal(err)
	}
	w.clock.Set(noon.AddDate(20, 6, 0))
	w.looked(3)
	if got := w.over(""); got != nil {
		t.Errorf("%v are over a term after they were recorded, though something was said since", got)
	}
	w.clock.Set(noon.AddDate(21, 0, 2).Add(time.Hour))
	w.looked(3)
	if got := w.over(""); !slices.Contains(got, a.ID) || slices.Contains(got, b.ID) {
		t.Errorf("%v are over", got)
	}
	subjects, err := w.term().Subjects(ctx, w.k.Reader, a.ID)
	if err != nil || len(subjects) != 6 { // two records, a decision, a link, a vehicle, an alarm
		t.Errorf("%v %v", subjects, err)
	}
	for _, id := range []ident.ID{a.ID, b.ID, car, alarm} {
		if !slices.Contains(subjects, id) {
			t.Errorf("%s stays", id)
		}
	}
	if slices.Contains(subjects, other.ID) {
		t.Error("another person ends too")
	}
}
