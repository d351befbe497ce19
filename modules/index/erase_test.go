package index_test

import (
	"context"
	"strings"
	"testing"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/store/storetest"
	"github.com/amana-platform/amana/modules/index"
)

// traces lists where any column of any table holds one of the values.
func traces(t *testing.T, w *world, values ...string) []string {
	t.Helper()
	return storetest.Traces(t, w.db, values...)
}

// told are the values of alaoui and of the decisions about him, as stored.
func told(p index.Person) []string {
	return append(p.Phones, p.Family.Arabic, p.Family.Latin, p.Given.Arabic, p.Given.Latin, p.Father.Latin, p.Mother.Latin, string(p.Birth), p.Birthplace.Latin,
		p.CNIE, "D123456", p.Address, p.Occupation, "ebeniste", "same card shown twice", "MHMD", "the brother of Alaoui", "cousin of the baker")
}

func TestErasureLeavesNoTrace(t *testing.T) {
	w := newWorld(t)
	ctx := context.Background()
	a, b := w.record(alaoui()), w.record(alaoui())
	other := w.record(index.Person{Family: index.Name{Latin: "Zniber"}, Given: index.Name{Latin: "Selma"}, Phones: []string{"0700000001"}})
	changed := a
	changed.Occupation = "ebeniste"
	if _, err := w.CorrectPerson(ctx, w.ask(duty, index.ActionPersonCorrect, a.ID), a.ID, 1, changed); err != nil {
		t.Fatal(err)
	}
	if err := w.merge(a.ID, b.ID); err != nil {
		t.Fatal(err)
	}
	link := index.Link{From: a.Ref(), To: other.Ref(), Kind: "relative-of", Source: index.Declared, Reason: "the brother of Alaoui"}
	if err := w.LinkRecords(ctx, w.ask(duty, index.ActionPersonLink, a.ID), w.id(), link); err != nil {
		t.Fatal(err)
	}
	if len(traces(t, w, told(a)...)) < 15 {
		t.Fatal("the scan does not see what is there")
	}
	w.erase(b.ID) // the absorbed one leads to all
	if left := traces(t, w, told(a)...); len(left) > 0 {
		t.Errorf("left behind: %s", strings.Join(left, "; "))
	}
	if found, err := w.Search(ctx, w.k.Reader, "Alaoui Mohammed", index.Filter{}, 10); err != nil || len(found) != 0 {
		t.Errorf("search still finds %d, %v", len(found), err)
	}
	if name := w.Name(ctx, "fr", a.ID); name != "" {
		t.Errorf("still called %q", name)
	}
	if p, err := w.Person(ctx, other.ID); err != nil || p.Name("fr") != "Selma Zniber" {
		t.Errorf("another was touched: %+v, %v", p, err)
	}
	w.sound()
	same(t, w)
}

func TestCNIEIsReusedAfterErasure(t *testing.T) {
	w := newWorld(t)
	ctx := context.Background()
	gone := w.record(alaoui())
	w.erase(gone.ID)
	heir := index.Person{Family: index.Name{Latin: "Bennis"}, Given: index.Name{Latin: "Hind"}, CNIE: "D123456"}
	p, err := w.RecordPerson(ctx, w.ask(duty, index.ActionPersonRecord, ""), w.id(), heir, index.Dismissal{})
	if err != nil {
		t.Fatal(err)
	}
	found, err := w.Search(ctx, w.k.Reader, "D 123 456", index.Filter{}, 10)
	if err != nil || len(found) != 1 || found[0].Person.ID != p.ID || found[0].Exact != "cnie" {
		t.Errorf("found %+v, %v", found, err)
	}
	if old, err := w.Person(ctx, gone.ID); err != nil || !old.Erased || old.CNIE != "" {
		t.Errorf("the former holder: %+v, %v", old, err)
	}
	if left := traces(t, w, "Alaoui"); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	w.sound()
}

func TestErasureOfVehiclePlaceAndThing(t *testing.T) {
	w := newWorld(t)
	ctx := context.Background()
	owner := w.record(alaoui())
	plate, err := index.ParsePlate("48213-A-6")
	if err != nil {
		t.Fatal(err)
	}
	car, err := w.RecordVehicle(ctx, w.ask(duty, index.ActionVehicleRecord, ""), w.id(), index.Vehicle{Plate: plate, VIN: "UU1LSDAAG12345678", Make: "Dacia", Owner: owner.ID})
	if err != nil {
		t.Fatal(err)
	}
	home, err := w.RecordPlace(ctx, w.ask(duty, index.ActionPlaceRecord, ""), w.id(), index.Place{Quarter: "Hay Riad Q", Address: "near the baker", Pinned: true, Lat: 33971234, Lon: -6871234})
	if err != nil || !home.Pinned || home.Lat != 33971234 || home.Lon != -6871234 {
		t.Fatalf("place %+v, %v", home, err)
	}
	phone, err := w.RecordThing(ctx, w.ask(duty, index.ActionThingRecord, ""), w.id(), index.Thing{Category: "phone", Description: "cracked glass", Serial: "SN-99-X", IMEI: "490154203237518"})
	if err != nil {
		t.Fatal(err)
	}
	if refs, err := w.within(owner.ID); err != nil || len(refs) != 1 || refs[0] != car.Ref() {
		t.Errorf("the owner stands in %v, %v", refs, err)
	}
	values := []string{"48213", "UU1LSDAAG12345678", "Hay Riad Q", "near the baker", "33971234", "cracked glass", "SN-99-X", "SN99X", "490154203237518"}
	if len(traces(t, w, values...)) < 8 {
		t.Fatal("the scan does not see what is there")
	}
	w.forget(car.ID, home.ID, phone.ID)
	if left := traces(t, w, values...); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	if cars, err := w.VehiclesByPlate(ctx, plate, 5); err != nil || len(cars) != 0 {
		t.Errorf("still found by its plate: %v, %v", cars, err)
	}
	w.sound()
	same(t, w)
}

func (w *world) within(id ident.ID) ([]ident.Ref, error) {
	return index.JournalModule().Within(context.Background(), w.k.Reader, id)
}

func TestHoldStopsErasure(t *testing.T) {
	w := newWorld(t)
	a, b := w.record(alaoui()), w.record(alaoui())
	if err := w.merge(a.ID, b.ID); err != nil {
		t.Fatal(err)
	}
	refs, err := w.within(b.ID)
	if err != nil || len(refs) != 1 || refs[0] != a.Ref() {
		t.Fatalf("the absorbed record stands in %v, %v", refs, err)
	}
	if err := w.k.Journal.Hold(context.Background(), w.system("test.erase"), journal.Held{Ref: a.Ref(), Ground: "order 12"}); err != nil {
		t.Fatal(err)
	}
	err = w.k.Journal.Erase(context.Background(), w.system("test.erase"), journal.Erased{Subjects: []ident.ID{b.ID}, Ground: "index"})
	if err == nil || fault.Is(err, fault.Internal) {
		t.Errorf("erased under a hold on the kept record: %v", err)
	}
}

func TestWhoMay(t *testing.T) {
	w := newWorld(t)
	p := w.record(alaoui())
	others := policy.Purpose{Kind: policy.Case, Ref: ident.Ref{Kind: "case", ID: "0190a000-0000-7000-8000-0000000000c9"}}
	for _, c := range []struct {
		who     policy.Actor
		action  string
		purpose policy.Purpose
		may     bool
	}{
		{duty, index.ActionSearch, forDesk, true},
		{duty, index.ActionSearch, policy.Purpose{}, false},
		{duty, index.ActionSearch, byLaw, false},
		{investigator, index.ActionSearch, forCase, true},
		{investigator, index.ActionSearch, others, false},
		{investigator, index.ActionPersonRead, forDesk, false},
		{inspector, index.ActionPersonRead, byLaw, true},
		{prosecutor, index.ActionPersonRead, forCase, true},
		{admin, index.ActionSearch, forCase, false},
		{admin, index.ActionPersonRead, byLaw, false},
		{admin, index.ActionPersonCorrect, forCase, false},
		{duty, index.ActionPersonRecord, forDesk, true},
		{inspector, index.ActionPersonRecord, forCase, false},
		{duty, index.ActionPersonMerge, forDesk, false},
		{investigator, index.ActionPersonMerge, forCase, true},
		{chief, index.ActionPersonUnmerge, forCase, true},
		{prosecutor, index.ActionPersonMerge, forCase, false},
		{duty, index.ActionPersonDismiss, forDesk, true},
		{chief, index.ActionPersonLink, forCase, true},
		{chief, index.ActionSeed, forCase, false},
	} {
		before := len(w.lane.all)
		_, err := w.k.Policy.Ask(context.Background(), c.who, c.action, w.resource(c.action, p.ID), c.purpose)
		if (err == nil) != c.may {
			t.Errorf("%s %s for %q: %v", c.who.Role, c.action, c.purpose, err)
		}
		if recorded := len(w.lane.all) > before; recorded == c.may {
			t.Errorf("%s %s: the refusal was recorded: %v", c.who.Role, c.action, recorded)
		}
	}
}
