package index_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/modules/index"
)

// freeFields are those of an identity that hold words, with the most characters each
// takes.
var freeFields = map[string]int{
	"family-ar": 120, "given-ar": 120, "family": 120, "given": 120, "father-ar": 120, "mother-ar": 120, "father": 120, "mother": 120, "birthplace-ar": 120, "birthplace": 120,
	"nickname": 120, "address": 500, "occupation": 120,
}

// otherFields hold something of a form of its own: what fits, and what does not.
var otherFields = map[string][2]string{
	"cnie": {"AB123456", "12AB"}, "passport": {"XK1234567", "?"}, "birth": {"1985", "32/13/1985"}, "sex": {"female", "f"}, "nationality": {"fr", "France"}, "phones": {"+33612345678", "12"},
}

// with gives a person with one field set as a form sets it.
func with(p index.Person, field, value string) index.Person {
	values := index.PersonValues(p, "")
	values.Set(field, value)
	return index.ReadPerson(values, "")
}

// TestEachFieldAtItsEdge: the longest text that fits is taken, a character more is
// blamed at its own field, and so is what no keyboard types.
func TestEachFieldAtItsEdge(t *testing.T) {
	for name, most := range freeFields {
		for _, tc := range []struct {
			value string
			key   string
		}{
			{strings.Repeat("\u00e9", most), ""}, {strings.Repeat("\u00e9", most+1), "index.fault.long"}, {"a\x00b", "index.fault.text"}, {"a\xffb", "index.fault.text"}, {"a\nb", "index.fault.text"},
		} {
			all := with(alaoui(), name, tc.value).Check("victim.")
			if tc.key == "" && len(all) > 0 || tc.key != "" && (len(all) != 1 || all[0].Field != "victim."+name || all[0].Key != tc.key) {
				t.Errorf("%s of %d: %v, want %q", name, len(tc.value), all, tc.key)
			}
		}
	}
	for name, v := range otherFields {
		if all := with(alaoui(), name, v[0]).Check(""); len(all) > 0 {
			t.Errorf("%s %q: %v", name, v[0], all)
		}
		if all := with(alaoui(), name, v[1]).Check(""); len(all) != 1 || all[0].Field != name || all[0].Kind != fault.Invalid {
			t.Errorf("%s %q: %v", name, v[1], all)
		}
	}
	if n := len(freeFields) + len(otherFields); n != len(index.PersonValues(index.Person{}, ""))-2 { // and its source and document
		t.Errorf("%d fields are tried", n)
	}
}

// TestWhatIsShownIsReadBack: any identity put into a form and read from it is the same.
func TestWhatIsShownIsReadBack(t *testing.T) {
	word := rapid.StringMatching(`[A-Za-z\x{0627}-\x{064a}]{1,12}( [a-z]{1,8})?`)
	rapid.Check(t, func(t *rapid.T) {
		p := alaoui()
		for name := range freeFields {
			p = with(p, name, word.Draw(t, name))
		}
		for name, v := range otherFields {
			if rapid.Bool().Draw(t, name) {
				p = with(p, name, v[0])
			}
		}
		prefix := rapid.SampledFrom([]string{"", "victim.", "accused.3.person."}).Draw(t, "prefix")
		if again := index.ReadPerson(index.PersonValues(p, prefix), prefix); !cmp.Equal(p, again) {
			t.Fatal(cmp.Diff(p, again))
		}
		if all := p.Check(prefix); len(all) > 0 {
			t.Fatal(all)
		}
		if other := index.ReadPerson(index.PersonValues(p, prefix), "other."); other.Name("fr") != "" {
			t.Fatalf("another prefix reads %+v", other)
		}
	})
}

// TestEachCorrectionIsAClaim: the field that changes leaves who said what stood before
// and what stands since; the others leave none; the version counts up by one.
func TestEachCorrectionIsAClaim(t *testing.T) {
	w := newWorld(t)
	ctx := context.Background()
	p := w.record(alaoui())
	g := w.ask(duty, index.ActionPersonCorrect, p.ID)
	values := map[string]string{}
	for name := range freeFields {
		values[name] = "Autre " + name
	}
	for name, v := range otherFields {
		values[name] = v[0]
	}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		before := index.PersonValues(p, "").Get(name)
		next := with(p, name, values[name])
		next.Source, next.Document = index.Declared, ""
		got, err := w.CorrectPerson(ctx, g, p.ID, p.Version, next)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		claims, err := w.Claims(ctx, p.ID)
		if err != nil || got.Version != p.Version+1 || claims[0].Version != got.Version || claims[0].Field != name || claims[0].Actor != duty.ID || claims[0].Source != index.Declared {
			t.Fatalf("%s: version %d, %+v, %v", name, got.Version, claims[0], err)
		}
		if len(claims) > 1 && claims[1].Version == got.Version {
			t.Errorf("%s: another claim %+v", name, claims[1])
		}
		if was := claims[0].Former; name != "birth" && name != "phones" && was != before {
			t.Errorf("%s: stood %q, said %q", name, before, was)
		}
		p = got
	}
	w.sound()
}

// TestTwoEditorsOfEachField: what both changed differently is shown to the second with
// both values, and nothing is written; what both changed alike is no conflict; other
// fields of the second are not lost.
func TestTwoEditorsOfEachField(t *testing.T) {
	w := newWorld(t)
	ctx := context.Background()
	for name := range freeFields {
		t.Run(name, func(t *testing.T) {
			p := w.record(alaoui())
			g := w.ask(duty, index.ActionPersonCorrect, p.ID)
			say := func(value string) func() error {
				next := with(p, name, value)
				next.Source, next.Document = index.Declared, ""
				return func() error { _, err := w.CorrectPerson(ctx, g, p.ID, 1, next); return err }
			}
			w.leaves(t, say("Premier"), "person-corrected")
			var err error
			if got := w.during(func() { err = say("Second")() }); len(got) > 0 {
				t.Errorf("appended %q", got)
			}
			c, ok := errors.AsType[*index.Conflict](err)
			if !ok || len(c.Fields) != 1 || c.Fields[0].Field != name || c.Fields[0].Mine != "Second" || c.Fields[0].Theirs != "Premier" || c.Fields[0].Actor != duty.ID || c.Version != 2 {
				t.Fatalf("%+v", err)
			}
			if index.PersonValues(c.Joined, "").Get(name) != "Second" || !fault.Is(err, fault.Conflict) || c.Error() == "" {
				t.Errorf("%+v", c.Joined)
			}
			w.denies(t, say("Premier"), "index.fault.unchanged") // both wrote the same
		})
	}
	w.sound()
}

// TestPlatesInEveryWriting: for every letter, code and serial the ways in which people
// write a plate lead to one, and no two plates to the same.
func TestPlatesInEveryWriting(t *testing.T) {
	letters := map[string][]string{
		"\u0623": {"A", "a", "\u0627", "\u0625"}, "\u0628": {"B", "b"}, "\u062f": {"D", "d"}, "\u0647": {"H", "\u06be", "\u0647\u0640", "\u0629"}, "\u0648": {"W"}, "\u0637": {"T"},
	}
	rapid.Check(t, func(t *rapid.T) {
		letter := rapid.SampledFrom(slices.Sorted(maps.Keys(letters))).Draw(t, "letter")
		serial, code := rapid.IntRange(100, 99999).Draw(t, "serial"), rapid.IntRange(1, 89).Draw(t, "code")
		want := index.Plate{Serial: fmt.Sprint(serial), Letter: letter, Code: fmt.Sprint(code)}
		for _, l := range append(letters[letter], letter) {
			for _, form := range []string{"%d %s %d", "%d-%s-%d", "%d|%s|%d", "%d | %s | %d", "%d.%s.%d", "%d/%s/%d"} {
				typed := fmt.Sprintf(form, serial, l, code)
				if got, err := index.ParsePlate(typed); err != nil || got != want {
					t.Fatalf("%q reads as %v, %v; want %v", typed, got, err, want)
				}
			}
			turned := fmt.Sprintf("%d %s %d", code, l, serial) // as an Arabic line holds it
			if got, err := index.ParsePlate(turned); err != nil || got != want {
				t.Fatalf("%q reads as %v, %v; want %v", turned, got, err, want)
			}
		}
		if again := index.ReadVehicle(index.VehicleValues(index.Vehicle{Plate: want}, "v."), "v."); again.Plate != want {
			t.Fatalf("%v is read back as %v", want, again.Plate)
		}
	})
	if got, err := index.ParsePlate("123\u06236"); err != nil || got.String() != "123|\u0623|6" { // Arabic parts itself from digits
		t.Errorf("%v, %v", got, err)
	}
	for _, pair := range [][2]string{{"6 A 1", "61 A"}, {"123 A 45", "12 A 345"}, {"1234-56 7", "123-45 67"}, {"12 WW", "12 M"}} {
		a, errA := index.ParsePlate(pair[0])
		b, errB := index.ParsePlate(pair[1])
		if errA == nil && errB == nil && (a == b || a.String() == b.String()) {
			t.Errorf("%q and %q are one plate: %v", pair[0], pair[1], a)
		}
	}
}

// TestPlatesOfOthers: a country and its serial; what is no country's is none.
func TestPlatesOfOthers(t *testing.T) {
	for typed, want := range map[string]index.Plate{
		"ab-123-cd": {Country: "fr", Serial: "AB123CD"}, "1234 BCD": {Country: "es", Serial: "1234BCD"},
	} {
		got := index.ReadVehicle(url.Values{"plate": {typed}, "country": {want.Country}}, "").Plate
		if got != want || len((index.Vehicle{Plate: got}).Check("")) > 0 || got.String() != want.Country+"|"+want.Serial {
			t.Errorf("%q: %v", typed, got)
		}
		if shown := index.ShownPlate(got); shown.Serial != want.Serial || shown.Code != strings.ToUpper(want.Country) || shown.Letter != "" {
			t.Errorf("%q is shown as %+v", typed, shown)
		}
	}
	for _, wrong := range [][2]string{{"x", "AB123"}, {"france", "AB123"}, {"f1", "AB123"}, {"FR", "AB123"}, {"fr", "A"}, {"fr", "AB123456789012"}, {"fr", "\u0623 12"}, {"", "AB123"}} {
		if got, err := index.ParseForeignPlate(wrong[0], wrong[1]); err == nil {
			t.Errorf("%q of %q reads as %v", wrong[1], wrong[0], got)
		}
	}
	if p := index.ReadVehicle(url.Values{"plate": {"48213 A 6"}, "country": {"MA"}}, "").Plate; p.Country != "" || p.Code != "6" {
		t.Errorf("Morocco is no other country: %v", p)
	}
}
