package index_test

import (
	"context"
	"net/url"
	"strings"
	"testing"

	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/modules/index"
)

// TestPagesInThreeLanguages reads every page in Arabic, French and English: no
// key without words, the right direction, the number left to right.
func TestPagesInThreeLanguages(t *testing.T) {
	s := newSite(t)
	s.fill()
	found, err := s.Search(context.Background(), s.k.Reader, "Mohammed Alaoui", index.Filter{}, 5)
	if err != nil || len(found) != 1 {
		t.Fatalf("%d found, %v", len(found), err)
	}
	kept := "/persons/" + string(found[0].Person.ID)
	other := s.record(alaoui())
	cars, err := s.VehiclesOf(context.Background(), found[0].Person.ID)
	if err != nil || len(cars) != 1 {
		t.Fatalf("%d cars, %v", len(cars), err)
	}
	car := "/vehicles/" + string(cars[0].ID)
	b := s.as("investigator")
	for lang, words := range map[string][2]string{"ar": {`dir="rtl"`, "\u0631\u0642\u0645 \u0627\u0644\u0628\u0637\u0627\u0642\u0629 \u0627\u0644\u0648\u0637\u0646\u064a\u0629"}, "fr": {`dir="ltr"`, "Numéro de CNIE"}, "en": {`dir="ltr"`, "CNIE number"}} {
		b.post("/session/lang", url.Values{"lang": {lang}})
		b.get(kept)
		b.shows(200, words[0], words[1], "D0123456", "<bdi")
		for _, path := range []string{"/persons", "/persons?q=alaoui", "/persons?q=zzz", "/persons/new", kept + "/correct", kept + "/link", kept + "/compare/" + string(other.ID),
			kept + "/merge/" + string(other.ID), kept + "/dismiss/" + string(other.ID), "/vehicles/new", car, car + "/correct", "/search?q=alaoui"} {
			b.get(path)
			b.shows(200, words[0])
		}
	}
}

func TestErasedPagesSayNothing(t *testing.T) {
	s := newSite(t)
	p := s.record(alaoui())
	plate, _ := index.ParsePlate("48213 A 6")
	v, err := s.RecordVehicle(context.Background(), s.ask(duty, index.ActionVehicleRecord, ""), s.id(), index.Vehicle{Plate: plate, Owner: p.ID})
	if err != nil {
		t.Fatal(err)
	}
	s.erase(p.ID)
	b := s.as("duty-officer")
	b.get("/persons/" + string(p.ID))
	b.shows(200, "Effacé", "!Alaoui", "!Orangers", "!D0123456", "!/correct\"")
	b.get("/vehicles/" + string(v.ID))
	b.shows(200, "48213", "!Alaoui")
	s.forget(v.ID)
	b.get("/vehicles/" + string(v.ID))
	b.shows(200, "Effacé", "!48213")
	b.get("/persons?q=Alaoui")
	b.shows(200, "Personne ne correspond")
}

func TestTheBoxTakesAnything(t *testing.T) {
	s := newSite(t)
	p := s.record(alaoui())
	plate, _ := index.ParsePlate("48213 A 6")
	v, err := s.RecordVehicle(context.Background(), s.ask(duty, index.ActionVehicleRecord, ""), s.id(), index.Vehicle{Plate: plate, VIN: "UU1LSDAAG12345678", Make: "Dacia"})
	if err != nil {
		t.Fatal(err)
	}
	b := s.as("duty-officer")
	for query, want := range map[string]ident.ID{
		"alaoui": p.ID, "\u0627\u0644\u0639\u0644\u0648\u064a \u0645\u062d\u0645\u062f": p.ID, "d123456": p.ID, "0612345678": p.ID,
		"48213|A|6": v.ID, "48213-\u0623-6": v.ID, "48213 6": v.ID, "uu1lsdaag12345678": v.ID,
	} {
		b.get("/search?q=" + url.QueryEscape(query))
		if !strings.Contains(b.last, string(want)) {
			t.Errorf("%q does not find %s", query, want)
		}
	}
	b.get("/persons?q=" + strings.Repeat("a", 300))
	if b.code < 400 || b.code >= 500 {
		t.Errorf("a query without end: status %d", b.code)
	}
	b.get("/persons?q=a%00b")
	if b.code < 400 || b.code >= 500 {
		t.Errorf("a query with NUL: status %d", b.code)
	}
	b.get("/persons/suggest?q=a")
	b.shows(200, "!data-ref")
}

// TestPersonPageTellsOwnFactsOnly: what another module wrote about a person is
// not listed on the person's page.
func TestPersonPageTellsOwnFactsOnly(t *testing.T) {
	s := newSite(t)
	p := s.record(alaoui())
	b := s.as("duty-officer")
	b.get("/persons/" + string(p.ID))
	b.shows(200, "Identité enregistrée")
	if err := s.k.Journal.Hold(context.Background(), s.system("test.erase"), journal.Held{Ref: p.Ref(), Ground: "order 12"}); err != nil {
		t.Fatal(err)
	}
	b.get("/persons/" + string(p.ID))
	b.shows(200, "Identité enregistrée", "!journal.held", "!order 12")
}

// TestNoSuchRecord: an id that is nobody's, or none at all, is not found and
// tells nothing.
func TestNoSuchRecord(t *testing.T) {
	s := newSite(t)
	p := s.record(alaoui())
	b := s.as("investigator")
	for _, path := range []string{"/persons/" + string(s.id()), "/persons/nobody", "/persons/" + string(p.ID) + "/compare/" + string(s.id()), "/persons/" + string(p.ID) + "/compare/x",
		"/vehicles/" + string(p.ID), "/persons/" + string(p.ID) + "/links/" + string(p.ID) + "/end"} {
		b.get(path)
		b.shows(404, "!Orangers")
	}
	b.get("/persons/" + string(p.ID) + "/unmerge")
	if b.code != 409 {
		t.Errorf("separating what is not merged: status %d", b.code)
	}
	b.post("/persons/"+string(p.ID)+"/correct", url.Values{"version": {"x"}, "family": {"Tazi"}})
	b.shows(422, "Rouvrez-la")
	b.post("/persons/"+string(p.ID)+"/correct", url.Values{"version": {"1"}})
	b.shows(422, "Indiquez un nom")
}

// TestReadsAreRecorded: opening a page is an access that names what it showed.
func TestReadsAreRecorded(t *testing.T) {
	s := newSite(t)
	a, c := s.record(alaoui()), s.record(alaoui())
	b := s.as("investigator")
	b.get("/persons/" + string(a.ID) + "/compare/" + string(c.ID))
	for _, p := range []index.Person{a, c} {
		all, err := s.k.Journal.Lane().Search(context.Background(), journal.AccessQuery{About: p.Ref(), Actor: investigator.ID, Limit: 5})
		if err != nil || len(all) != 1 || all[0].Action != index.ActionPersonRead || all[0].Outcome != journal.Read {
			t.Errorf("accesses %+v, %v", all, err)
		}
	}
	b.get("/persons/" + string(a.ID) + "/correct")
	all, err := s.k.Journal.Lane().Search(context.Background(), journal.AccessQuery{About: a.Ref(), Actor: investigator.ID, Limit: 5})
	if err != nil || len(all) != 2 {
		t.Errorf("the form of a correction is an access: %d, %v", len(all), err)
	}
}
