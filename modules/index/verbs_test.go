package index_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/store"
	"github.com/amana-platform/amana/modules/index"
)

// wants checks that an error is of a kind and speaks of a key.
func wants(t testing.TB, err error, kind fault.Kind, key string) {
	t.Helper()
	if err == nil || !fault.Is(err, kind) || fault.Of(err).Key != key {
		t.Errorf("got %v, want %v %s", err, kind, key)
	}
}

// field checks that the only fault is about a field.
func field(t testing.TB, err error, name, key string) {
	t.Helper()
	all := fault.All(err)
	if len(all) != 1 || all[0].Field != name || all[0].Key != key {
		t.Errorf("got %v, want %s about %q", err, key, name)
	}
}

func TestDraftsJoinAnotherTransaction(t *testing.T) {
	w := newWorld(t)
	ctx := context.Background()
	who, car, where, what, link := w.id(), w.id(), w.id(), w.id(), w.id()
	plate, _ := index.ParsePlate("48213 A 6")
	draft := func(_ context.Context, _ store.Reader, d *journal.Draft) error {
		p := index.DraftPerson(d, alaoui(), who)
		v := index.DraftVehicle(d, index.Vehicle{Plate: plate, Owner: who}, car)
		index.DraftPlace(d, index.Place{Address: " rue  12 "}, where)
		index.DraftThing(d, index.Thing{Category: "bag", Description: "black"}, what)
		index.DraftLink(d, index.Link{From: p, To: v, Kind: "drives", Source: index.Declared, Reason: "at the wheel", Actor: duty.ID}, link)
		return nil
	}
	if _, err := w.k.Journal.Do(ctx, w.system(index.ActionSeed), draft); err != nil {
		t.Fatal(err)
	}
	last, _ := w.k.Journal.Last(ctx)
	w.k.Journal.Do(ctx, w.system(index.ActionSeed), draft) // the same form again
	if again, _ := w.k.Journal.Last(ctx); again != last || last != 6 {
		t.Errorf("%d entries, then %d, want 6", last, again)
	}
	if p, err := w.Place(ctx, where); err != nil || p.Address != "rue 12" || p.Pinned {
		t.Errorf("place %+v, %v", p, err)
	}
	if th, err := w.Thing(ctx, what); err != nil || th.Description != "black" || th.Ref().Kind != index.KindThing {
		t.Errorf("thing %+v, %v", th, err)
	}
	if all, err := w.VehiclesOf(ctx, who); err != nil || len(all) != 1 || all[0].ID != car || all[0].Plate != plate {
		t.Errorf("vehicles %+v, %v", all, err)
	}
	if all, err := w.Links(ctx, car); err != nil || len(all) != 1 || all[0].Reason != "at the wheel" || all[0].From.ID != who {
		t.Errorf("links %+v, %v", all, err)
	}
	w.sound()
}

// TestDraftedListsWhatDraftsAppend: an action of another module that lists
// Drafted may record; one that forgets a kind may not, and nothing remains.
func TestDraftedListsWhatDraftsAppend(t *testing.T) {
	known := map[string]bool{}
	for _, k := range index.JournalModule().Kinds {
		known[k.Name] = true
	}
	for _, kind := range index.Drafted() {
		if !known[kind] {
			t.Errorf("%s is no entry of the index", kind)
		}
	}
	w := newWorld(t)
	g := w.ask(duty, index.ActionPersonRecord, "")
	_, err := w.k.Journal.Do(context.Background(), g, func(_ context.Context, _ store.Reader, d *journal.Draft) error {
		index.DraftPerson(d, alaoui(), w.id())
		index.DraftThing(d, index.Thing{Category: "bag"}, w.id())
		return nil
	})
	if last, _ := w.k.Journal.Last(context.Background()); err == nil || last != 1 {
		t.Errorf("a thing under a grant for persons: %v, %d entries", err, last)
	}
}

func TestVehicleVerbsRefuse(t *testing.T) {
	w := newWorld(t)
	ctx := context.Background()
	plate, _ := index.ParsePlate("48213 A 6")
	record, good := w.ask(duty, index.ActionVehicleRecord, ""), index.Vehicle{Plate: plate}
	_, err := w.RecordVehicle(ctx, record, w.id(), index.Vehicle{})
	field(t, err, "plate", "index.fault.vehicle")
	_, err = w.RecordVehicle(ctx, record, "x", good)
	wants(t, err, fault.Invalid, "index.fault.submission")
	_, err = w.RecordVehicle(ctx, record, w.id(), index.Vehicle{Plate: plate, Owner: w.id()})
	field(t, err, "owner", "index.fault.owner")
	if last, _ := w.k.Journal.Last(ctx); last != 1 {
		t.Fatalf("%d entries after refusals, want 1", last)
	}
	v, err := w.RecordVehicle(ctx, record, w.id(), good)
	if err != nil {
		t.Fatal(err)
	}
	g := w.ask(duty, index.ActionVehicleCorrect, v.ID)
	_, err = w.CorrectVehicle(ctx, g, v.ID, 1, good, " ")
	field(t, err, "reason", "index.fault.reason")
	_, err = w.CorrectVehicle(ctx, g, v.ID, 2, good, "seen")
	wants(t, err, fault.Conflict, "index.fault.version")
	_, err = w.CorrectVehicle(ctx, g, w.id(), 1, good, "seen")
	wants(t, err, fault.NotFound, "fault.not-found")
	w.forget(v.ID)
	_, err = w.CorrectVehicle(ctx, g, v.ID, 1, good, "seen")
	wants(t, err, fault.Refused, "index.fault.erased")
}

func TestVehicleChangesHands(t *testing.T) {
	w := newWorld(t)
	ctx := context.Background()
	first, second := w.record(alaoui()), w.record(named("Selma", "Zniber"))
	v, err := w.RecordVehicle(ctx, w.ask(duty, index.ActionVehicleRecord, ""), w.id(), index.Vehicle{VIN: "uu1-lsdaa-g12345678", Owner: first.ID})
	if err != nil || v.VIN != "UU1LSDAAG12345678" {
		t.Fatalf("%+v, %v", v, err)
	}
	v.Owner = second.ID
	if v, err = w.CorrectVehicle(ctx, w.ask(chief, index.ActionVehicleCorrect, v.ID), v.ID, 1, v, "deed of sale"); err != nil || v.Version != 2 {
		t.Fatalf("%+v, %v", v, err)
	}
	for _, p := range []index.Person{first, second} {
		timeline, err := w.k.Journal.Timeline(ctx, p.Ref(), 0, 10)
		if err != nil || len(timeline) == 0 || timeline[0].Kind != index.EntryVehicleCorrected {
			t.Errorf("the timeline of %s does not tell the sale: %v", p.Name("fr"), err)
		}
	}
	w.sound()
}

func TestPlaceAndThingRefuse(t *testing.T) {
	w := newWorld(t)
	ctx := context.Background()
	place, thing := w.ask(duty, index.ActionPlaceRecord, ""), w.ask(duty, index.ActionThingRecord, "")
	_, err := w.RecordPlace(ctx, place, w.id(), index.Place{})
	field(t, err, "address", "index.fault.place")
	_, err = w.RecordPlace(ctx, place, w.id(), index.Place{Area: "nowhere"})
	field(t, err, "area", "index.fault.area")
	_, err = w.RecordPlace(ctx, place, w.id(), index.Place{Pinned: true, Lat: 200e6})
	field(t, err, "pin", "index.fault.pin")
	_, err = w.RecordPlace(ctx, place, "forged", index.Place{Quarter: "Agdal"})
	wants(t, err, fault.Invalid, "index.fault.submission")
	_, err = w.RecordThing(ctx, thing, w.id(), index.Thing{})
	field(t, err, "category", "index.fault.category")
	_, err = w.RecordThing(ctx, thing, w.id(), index.Thing{Category: "phone", IMEI: "12"})
	field(t, err, "imei", "index.fault.imei")
	_, err = w.RecordThing(ctx, place, w.id(), index.Thing{Category: "phone"})
	if err == nil {
		t.Error("a thing under a grant for places")
	}
	for _, area := range w.k.Pack.Areas("", noon)[:1] {
		if p, err := w.RecordPlace(ctx, place, w.id(), index.Place{Area: area.Code}); err != nil || p.Area != area.Code || p.Ref().Kind != index.KindPlace {
			t.Errorf("place %+v, %v", p, err)
		}
	}
	if last, _ := w.k.Journal.Last(ctx); last != 2 {
		t.Errorf("%d entries, want 2", last)
	}
}

func TestLinkVerbsRefuse(t *testing.T) {
	w := newWorld(t)
	ctx := context.Background()
	a, b := w.record(alaoui()), w.record(named("Selma", "Zniber"))
	g := w.ask(investigator, index.ActionPersonLink, a.ID)
	good := index.Link{From: a.Ref(), To: b.Ref(), Kind: "spouse-of", Source: index.Declared, Reason: "deed of marriage"}
	for name, c := range map[string]struct {
		change     func(*index.Link)
		field, key string
	}{
		"itself":  {func(l *index.Link) { l.To = l.From }, "to", "index.fault.same-record"},
		"nobody":  {func(l *index.Link) { l.To = ident.Ref{} }, "to", "index.fault.same-record"},
		"kind":    {func(l *index.Link) { l.Kind = "likes" }, "kind", "index.fault.choice"},
		"source":  {func(l *index.Link) { l.Source = "hearsay" }, "source", "index.fault.choice"},
		"reason":  {func(l *index.Link) { l.Reason = "\n" }, "reason", "index.fault.reason"},
		"no such": {func(l *index.Link) { l.To = ident.Ref{Kind: "person", ID: w.id()} }, "", "fault.not-found"},
		"no kind": {func(l *index.Link) { l.To = ident.Ref{Kind: "case", ID: caseOne} }, "", "index.fault.choice"},
	} {
		t.Run(name, func(t *testing.T) {
			l := good
			c.change(&l)
			field(t, w.LinkRecords(ctx, g, w.id(), l), c.field, c.key)
		})
	}
	wants(t, w.LinkRecords(ctx, g, "x", good), fault.Invalid, "index.fault.submission")
	id := w.id()
	if err := w.LinkRecords(ctx, g, id, good); err != nil {
		t.Fatal(err)
	}
	field(t, w.EndLink(ctx, g, id, ""), "reason", "index.fault.reason")
	wants(t, w.EndLink(ctx, g, w.id(), "x"), fault.NotFound, "fault.not-found")
	if err := w.EndLink(ctx, g, id, "another Selma"); err != nil {
		t.Fatal(err)
	}
	wants(t, w.EndLink(ctx, g, id, "x"), fault.Conflict, "index.fault.link-ended")
	links, err := w.Links(ctx, b.ID)
	if err != nil || len(links) != 1 || links[0].EndedWhy != "another Selma" || links[0].EndedBy != investigator.ID || links[0].Ended.IsZero() {
		t.Errorf("links %+v, %v", links, err)
	}
	w.sound()
}

func TestReasonIsBounded(t *testing.T) {
	w := newWorld(t)
	a, b := w.record(alaoui()), w.record(alaoui())
	err := w.DismissDuplicate(context.Background(), w.ask(duty, index.ActionPersonDismiss, a.ID), w.id(), a.ID, b.ID, strings.Repeat("x", 1001))
	field(t, err, "reason", "index.fault.long")
	err = w.DismissDuplicate(context.Background(), w.ask(duty, index.ActionPersonDismiss, a.ID), w.id(), a.ID, b.ID, "a\x00")
	field(t, err, "reason", "index.fault.text")
}

// TestEditorsAtOnceLoseNothing lets eight editors change eight fields of one
// record from the same version: each change stands, and each is a claim.
func TestEditorsAtOnceLoseNothing(t *testing.T) {
	w := newWorld(t)
	ctx := context.Background()
	p := w.record(alaoui())
	edits := []func(*index.Person){
		func(p *index.Person) { p.Family.Latin = "Alaoui Mdaghri" },
		func(p *index.Person) { p.Given.Latin = "Mohamed" },
		func(p *index.Person) { p.Father.Latin = "Idriss" },
		func(p *index.Person) { p.Mother.Latin = "Fatima" },
		func(p *index.Person) { p.Nickname = "Simo" },
		func(p *index.Person) { p.Address = "3 derb Moulay" },
		func(p *index.Person) { p.Occupation = "tourneur" },
		func(p *index.Person) { p.Phones = []string{"0700000001", "0700000002"} },
	}
	var wait sync.WaitGroup
	for _, edit := range edits {
		wait.Go(func() {
			mine := p
			edit(&mine)
			if _, err := w.CorrectPerson(ctx, w.ask(duty, index.ActionPersonCorrect, p.ID), p.ID, 1, mine); err != nil {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	got, err := w.Person(ctx, p.ID)
	if err != nil || got.Version != 9 {
		t.Fatalf("version %d, %v", got.Version, err)
	}
	for i, edit := range edits {
		want := got
		edit(&want)
		if fmt.Sprint(want.Family, want.Given, want.Father, want.Mother, want.Nickname, want.Address, want.Occupation) !=
			fmt.Sprint(got.Family, got.Given, got.Father, got.Mother, got.Nickname, got.Address, got.Occupation) {
			t.Errorf("edit %d is lost", i)
		}
	}
	if claims, err := w.Claims(ctx, p.ID); err != nil || len(claims) != 8 {
		t.Errorf("%d claims, want 8; %v", len(claims), err)
	}
	w.sound()
}

// TestCorrectionsJoin draws two editors' changes from one version: the second
// is refused exactly where both wrote different things into one field, and
// otherwise the record holds both.
func TestCorrectionsJoin(t *testing.T) {
	w := newWorld(t)
	ctx := context.Background()
	rapid.Check(t, func(rt *rapid.T) {
		p := w.record(named("Karim", "Tazi"))
		value := rapid.SampledFrom([]string{"", "a", "b"})
		draw := func(who string) index.Person {
			x := p
			x.Nickname, x.Address, x.Occupation = value.Draw(rt, who+" nickname"), value.Draw(rt, who+" address"), value.Draw(rt, who+" occupation")
			return x
		}
		one, two := draw("first"), draw("second")
		_, err := w.CorrectPerson(ctx, w.ask(duty, index.ActionPersonCorrect, p.ID), p.ID, 1, one)
		changed := one.Nickname+one.Address+one.Occupation != ""
		if (err == nil) != changed {
			rt.Fatalf("first: %v", err)
		}
		_, err = w.CorrectPerson(ctx, w.ask(investigator, index.ActionPersonCorrect, p.ID), p.ID, 1, two)
		contested, adds := 0, false
		for _, f := range [][2]string{{one.Nickname, two.Nickname}, {one.Address, two.Address}, {one.Occupation, two.Occupation}} {
			if f[0] != "" && f[1] != "" && f[0] != f[1] {
				contested++
			}
			adds = adds || f[1] != "" && f[0] != f[1]
		}
		if contested > 0 != fault.Is(err, fault.Conflict) || contested == 0 && adds != (err == nil) {
			rt.Fatalf("%d contested, second: %v", contested, err)
		}
		now, err := w.Person(ctx, p.ID)
		if err != nil {
			rt.Fatal(err)
		}
		if contested == 0 {
			for _, f := range [][3]string{{one.Nickname, two.Nickname, now.Nickname}, {one.Address, two.Address, now.Address}, {one.Occupation, two.Occupation, now.Occupation}} {
				if (f[0] != "" && f[2] != f[0]) || (f[1] != "" && f[2] != f[1]) {
					rt.Fatalf("%q and %q became %q", f[0], f[1], f[2])
				}
			}
		}
	})
}

// TestTamperingIsFound changes one row of each kind behind the program's back.
func TestTamperingIsFound(t *testing.T) {
	for table, change := range map[string]string{
		"index_persons":            "update index_persons set occupation = 'minister'",
		"index_claims":             "delete from index_claims",
		"index_decisions":          "update index_decisions set same = 1",
		"index_evidence":           "update index_evidence set state = 'differs' where field = 'name'",
		"index_links":              "update index_links set kind = 'parent-of'",
		"index_vehicles":           "update index_vehicles set owner = ''",
		"idx_index_person_keys":    "delete from idx_index_person_keys where key = 'MHMD'",
		"idx_index_person_pairs":   "update idx_index_person_pairs set year = 1900",
		"idx_index_person_numbers": "update idx_index_person_numbers set value = 'Z1' where kind = 'cnie'",
		"idx_index_plates":         "delete from idx_index_plates",
	} {
		t.Run(table, func(t *testing.T) {
			w := newWorld(t)
			w.fill()
			w.sound()
			b, err := w.db.Begin(context.Background())
			if err != nil {
				t.Fatal(err)
			}
			if n, err := b.Exec(context.Background(), change); err != nil || n == 0 {
				t.Fatalf("%d rows, %v", n, err)
			}
			if err := b.Commit(context.Background()); err != nil {
				t.Fatal(err)
			}
			report, err := w.k.Journal.Verify(context.Background(), journal.Scope{})
			if err != nil || report.Clean() || !strings.Contains(fmt.Sprint(report.Findings), table) {
				t.Errorf("findings %v, %v", report.Findings, err)
			}
		})
	}
}

// fill puts a row into every table that is tampered with.
func (w *world) fill() {
	w.t.Helper()
	ctx := context.Background()
	a, b := w.record(alaoui()), w.record(alaoui())
	changed := a
	changed.Address = "3 derb Moulay"
	if _, err := w.CorrectPerson(ctx, w.ask(duty, index.ActionPersonCorrect, a.ID), a.ID, 1, changed); err != nil {
		w.t.Fatal(err)
	}
	if err := w.merge(a.ID, b.ID); err != nil {
		w.t.Fatal(err)
	}
	plate, _ := index.ParsePlate("48213 A 6")
	v, err := w.RecordVehicle(ctx, w.ask(duty, index.ActionVehicleRecord, ""), w.id(), index.Vehicle{Plate: plate, Owner: a.ID})
	if err != nil {
		w.t.Fatal(err)
	}
	link := index.Link{From: a.Ref(), To: v.Ref(), Kind: "drives", Source: index.Declared, Reason: "seen"}
	if err := w.LinkRecords(ctx, w.ask(duty, index.ActionPersonLink, a.ID), w.id(), link); err != nil {
		w.t.Fatal(err)
	}
}

// TestFilterEqualsAsk: what a list shows is what a page would open.
func TestFilterEqualsAsk(t *testing.T) {
	w := newWorld(t)
	ctx := context.Background()
	p := w.record(named("Karim", "Tazi"))
	for _, who := range []policy.Actor{duty, investigator, chief, prosecutor, inspector, admin} {
		for _, purpose := range []policy.Purpose{forDesk, forCase, byLaw, {}} {
			rights, err := w.k.Policy.Filter(ctx, who, index.ActionPersonRead, purpose, policy.Columns{ID: "p.id", Unit: "p.unit"})
			shown := err == nil && w.found("Karim Tazi", index.Filter{Rights: rights})[p.ID]
			if may := w.k.Policy.Can(ctx, who, index.ActionPersonRead, w.resource(index.ActionPersonRead, p.ID), purpose); may != shown {
				t.Errorf("%s for %q: may read %v, is shown %v (%v)", who.Role, purpose, may, shown, err)
			}
		}
	}
}
