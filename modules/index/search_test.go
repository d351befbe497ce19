package index_test

import (
	"context"
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/text"
	"github.com/amana-platform/amana/modules/index"
)

// Given names in Arabic letters.
const (
	mohammedAR = "\u0645\u062d\u0645\u062f"       // Mohammed
	mhamedAR   = "\u0627\u0645\u062d\u0645\u062f" // M'hamed: another name
)

// found lists the ids a query finds.
func (w *world) found(query string, f index.Filter) map[ident.ID]bool {
	w.t.Helper()
	all, err := w.Search(context.Background(), w.k.Reader, query, f, 50)
	if err != nil {
		w.t.Fatal(err)
	}
	out := map[ident.ID]bool{}
	for _, c := range all {
		out[c.Person.ID] = true
	}
	return out
}

func named(given, family string) index.Person {
	return index.Person{Given: index.Name{Latin: given}, Family: index.Name{Latin: family}}
}

func TestSearchMeetsSpellingsOfOneName(t *testing.T) {
	w := newWorld(t)
	one := map[string]ident.ID{
		"Mohammed": w.record(named("Mohammed", "Bennani")).ID,
		"Mohamed":  w.record(named("Mohamed", "Bennani")).ID,
		"arabic":   w.record(index.Person{Given: index.Name{Arabic: mohammedAR}, Family: index.Name{Arabic: "\u0628\u0646\u0627\u0646\u064a"}}).ID,
	}
	other := map[string]ident.ID{
		"M'hamed": w.record(named("M'hamed", "Bennani")).ID,
		"arabic":  w.record(index.Person{Given: index.Name{Arabic: mhamedAR}, Family: index.Name{Arabic: "\u0628\u0646\u0627\u0646\u064a"}}).ID,
	}
	for _, query := range []string{"Mohammed Bennani", "bennani mohamed", mohammedAR + " \u0628\u0646\u0627\u0646\u064a", "Mohammed", mohammedAR} {
		got := w.found(query, index.Filter{})
		for name, id := range one {
			if !got[id] {
				t.Errorf("%q does not find %s", query, name)
			}
		}
		for name, id := range other {
			if got[id] {
				t.Errorf("%q finds %s, another name", query, name)
			}
		}
	}
	got := w.found("M'hamed Bennani", index.Filter{})
	if len(got) != 2 || !got[other["arabic"]] {
		t.Errorf("M'hamed finds %v", got)
	}
}

func TestSearchUnfinishedAndNarrowed(t *testing.T) {
	w := newWorld(t)
	p := named("Karim", "Benjelloun")
	p.Birth, p.Sex, p.Nickname = "1985-03", "male", "Zagora"
	a := w.record(p).ID
	p.Birth, p.Sex = "1952", "female"
	b := w.record(p).ID
	for query, want := range map[string][2]bool{
		"Karim Benj":            {true, true},
		"benj karim":            {true, true},
		"Benjell":               {true, true},
		"Karim Benjelloun 1986": {true, true},
		"zagora":                {true, true},
		"Kamil Tazi":            {false, false},
		"":                      {false, false},
		"k":                     {false, false},
	} {
		got := w.found(query, index.Filter{})
		if got[a] != want[0] || got[b] != want[1] {
			t.Errorf("%q finds %v and %v, want %v", query, got[a], got[b], want)
		}
	}
	all, err := w.Search(context.Background(), w.k.Reader, "Karim Benjelloun 1986", index.Filter{}, 5)
	if err != nil || len(all) != 2 || all[0].Person.ID != a {
		t.Errorf("the year does not lead: %v, %v", all, err)
	}
	if got := w.found("Karim Benjelloun", index.Filter{Sex: "male"}); !got[a] || got[b] {
		t.Errorf("by sex: %v", got)
	}
}

func TestSearchByNumber(t *testing.T) {
	w := newWorld(t)
	p := alaoui()
	p.Passport = "AB1234567"
	id := w.record(p).ID
	w.record(named("Karim", "Tazi"))
	for _, query := range []string{"D123456", "d 123 456", "D0123456", "DO123456", "06-12-34-56-78", "+212612345678", "00212 612 34 56 78", "ab 1234567"} {
		if got := w.found(query, index.Filter{}); !got[id] || len(got) != 1 {
			t.Errorf("%q finds %v", query, got)
		}
	}
	if got := w.found("D123457", index.Filter{}); len(got) != 0 {
		t.Errorf("another number finds %v", got)
	}
}

func TestSearchKeepsToRights(t *testing.T) {
	w := newWorld(t)
	p := w.record(named("Karim", "Tazi"))
	mine := policy.Predicate{SQL: "(p.unit = $1)", Args: []any{string(p.Unit)}}
	theirs := policy.Predicate{SQL: "(p.unit = $1)", Args: []any{string(desk)}}
	if got := w.found("Karim Tazi", index.Filter{Rights: mine}); !got[p.ID] {
		t.Error("hidden from those who may")
	}
	if got := w.found("Karim Tazi", index.Filter{Rights: theirs, Sex: "male"}); len(got) != 0 {
		t.Error("shown to those who may not")
	}
}

func TestProposalsWeighNobody(t *testing.T) {
	w := newWorld(t)
	ctx := context.Background()
	for range 3 {
		w.record(alaoui())
	}
	p := alaoui()
	p.CNIE, p.Passport, p.Phones = "", "", nil
	all, err := w.Proposals(ctx, p)
	if err != nil || len(all) != 3 {
		t.Fatalf("%d proposals, %v", len(all), err)
	}
	sum := all[0].Proposal.Neither
	for _, c := range all {
		sum += c.Proposal.Same
		if c.Proposal.Neither != all[0].Proposal.Neither || c.Proposal.Same < 300 || c.Proposal.Score < 950 {
			t.Errorf("proposal %+v", c.Proposal)
		}
	}
	if sum < 997 || sum > 1003 {
		t.Errorf("the probabilities add to %d permille", sum)
	}
	p.CNIE = "D123999" // a card of another number speaks against all three
	against, err := w.Proposals(ctx, p)
	if err != nil || len(against) != 3 || against[0].Proposal.Same >= all[0].Proposal.Same {
		t.Errorf("with another number: %+v, %v", against, err)
	}
	if none, err := w.Proposals(ctx, named("Fatima", "Zniber")); err != nil || len(none) != 0 {
		t.Errorf("somebody else is proposed: %v, %v", none, err)
	}
}

// TestSearchReadsAcrossFields: somebody wrote the first half of a compound as
// the given name and the rest as the family's.
func TestSearchReadsAcrossFields(t *testing.T) {
	w := newWorld(t)
	w.record(named("Karim", "Tazi"))
	for _, cut := range [][2]string{{"Abde", "Zhczy"}, {"Abd", "Salam"}, {"Bou", "Azza"}, {"Ait", "Taleb"}} {
		p := w.record(named(cut[0], cut[1]))
		if got := w.found(cut[0]+" "+cut[1], index.Filter{}); !got[p.ID] {
			t.Errorf("%s %s is not found", cut[0], cut[1])
		}
	}
}

// TestSearchFindsWhomeverIsThere records persons of drawn names and finds each
// by the name as it was recorded.
func TestSearchFindsWhomeverIsThere(t *testing.T) {
	w := newWorld(t)
	rapid.Check(t, func(rt *rapid.T) {
		given := rapid.StringMatching(`[A-Z][a-z]{3,9}`).Draw(rt, "given")
		family := rapid.StringMatching(`[A-Z][a-z]{3,9}( [A-Z][a-z]{2,6})?`).Draw(rt, "family")
		p := w.record(named(given, family))
		if got := w.found(given+" "+family, index.Filter{}); !got[p.ID] {
			rt.Fatalf("%s %s is not found", given, family)
		}
	})
}

func TestSeedIsRepeatable(t *testing.T) {
	w := newWorld(t)
	ctx := context.Background()
	all := index.Seeding{Persons: []index.Person{withID(alaoui(), w.id())}, Places: []index.Place{{ID: w.id(), Quarter: "Agdal"}},
		Things: []index.Thing{{ID: w.id(), Category: "phone", IMEI: "49-015420-323751-8"}}}
	all.Vehicles = []index.Vehicle{{ID: w.id(), VIN: "UU1LSDAAG12345678", Owner: all.Persons[0].ID}}
	all.Links = []index.Link{{ID: w.id(), From: all.Persons[0].Ref(), To: all.Vehicles[0].Ref(), Kind: "drives", Source: index.Declared, Reason: "said so", Actor: duty.ID}}
	for range 2 {
		if err := w.Seed(ctx, w.seeding, all); err != nil {
			t.Fatal(err)
		}
	}
	last, err := w.k.Journal.Last(ctx)
	if err != nil || last != 6 {
		t.Errorf("%d entries, want 6: %v", last, err)
	}
	if refs, err := w.BySerial(ctx, "490154203237518", 5); err != nil || len(refs) != 1 || refs[0] != all.Things[0].Ref() {
		t.Errorf("by IMEI: %v, %v", refs, err)
	}
	if refs, err := w.BySerial(ctx, "uu1lsdaag12345678", 5); err != nil || len(refs) != 1 || refs[0] != all.Vehicles[0].Ref() {
		t.Errorf("by chassis number: %v, %v", refs, err)
	}
	w.sound()
	same(t, w)
}

// TestYearOfBirthLeadsThroughACommonName: more people share the name than one
// search looks at; the year must still lead to the one who is meant.
func TestYearOfBirthLeadsThroughACommonName(t *testing.T) {
	w := newWorld(t)
	var many []index.Person
	for i := range 3200 {
		p := named("Mohamed", "Alaoui")
		p.ID, p.Birth = w.id(), text.PartialDate(fmt.Sprint(1950+i%10))
		many = append(many, p)
	}
	meant := named("Mohamed", "Alaoui")
	meant.ID, meant.Birth = w.id(), "1991"
	if err := w.Seed(context.Background(), w.seeding, index.Seeding{Persons: append(many, meant)}); err != nil {
		t.Fatal(err)
	}
	all, err := w.Search(context.Background(), w.k.Reader, "alaoui mohamed 1990", index.Filter{}, 5)
	if err != nil || len(all) == 0 || all[0].Person.ID != meant.ID {
		t.Errorf("found %d, %v", len(all), err)
	}
}
