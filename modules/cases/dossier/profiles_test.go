package dossier_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/amana-platform/amana/kernel/print"
	"github.com/amana-platform/amana/kernel/print/printtest"
	"github.com/amana-platform/amana/modules/cases/dossier"
	"github.com/amana-platform/amana/modules/cases/enquiry"
)

// leaves gives every value of a document by its path, indices left out:
// "persons.address" has the addresses of all.
func leaves(t testing.TB, raw []byte) map[string][]string {
	t.Helper()
	var doc any
	if err := json.Unmarshal(raw, &doc); err != nil {
		t.Fatal(err)
	}
	out := map[string][]string{}
	var walk func(path string, v any)
	walk = func(path string, v any) {
		switch v := v.(type) {
		case map[string]any:
			for _, k := range slices.Sorted(maps.Keys(v)) {
				walk(strings.TrimPrefix(path+"."+k, "."), v[k])
			}
		case []any:
			for _, x := range v {
				walk(path, x)
			}
		default:
			out[path] = append(out[path], fmt.Sprint(v))
		}
	}
	walk("", doc)
	return out
}

// profiled gives a twin in a profile.
func profiled(t testing.TB, twin *dossier.Twin, profile string) []byte {
	t.Helper()
	raw, err := json.Marshal(twin)
	if err != nil {
		t.Fatal(err)
	}
	out, err := dossier.Profiled(raw, profile)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// figures are the only parts of a twin that the statistical copy may have: codes
// of the law, dates, counts, the numbers of records, and the names of services.
var figures = regexp.MustCompile(`^(format|profile|salt|entry|dossier|number|round|sent|(unit|office)\.(ar|fr|en)` +
	`|case\.(id|number|opened|origin|complaint|regime|regimeAs\.(ar|fr|en)|from|to)|persons\.(ref|roles|withheld)` +
	`|offences\.(code|name\.(ar|fr|en)|class|classAs\.(ar|fr|en)|iccs|law|lawAt|suspect|part|attempted|elements\.(code|name\.(ar|fr|en)|shownBy))` +
	`|chronology\.(at|what|of\.(ar|fr|en)|ref)|reports\.(ref|id|number|form|name\.(ar|fr|en)|unit\.(ar|fr|en)|capacity|act|written|person|corrects)` +
	`|documents\.(ref|kind|sha256)|exhibits\.(ref|number|seal|kind|seized)|measures\.(kind|name\.(ar|fr|en)|state|authority|number|basis|from|until)` +
	`|custodies\.(number|person|arrest|end|extensions|overran|outcome)|gate\.(check|of|met|by))$`)

// TestTheStatisticalCopyHoldsFiguresOnly: part by part, so that a part that is
// new must be thought of before it leaves the service.
func TestTheStatisticalCopyHoldsFiguresOnly(t *testing.T) {
	full, copied := leaves(t, profiled(t, whole(), dossier.ForProsecutor)), leaves(t, profiled(t, whole(), dossier.ForStatistics))
	for path, values := range copied {
		if !figures.MatchString(path) {
			t.Errorf("the statistical copy has %s: %q", path, values)
		}
	}
	dropped := 0
	for path := range full {
		if _, kept := copied[path]; !kept {
			dropped++
			if figures.MatchString(path) {
				t.Errorf("the statistical copy lacks %s", path)
			}
		}
	}
	if dropped < 15 {
		t.Errorf("the sample has %d parts that are withheld: the search proves little", dropped)
	}
}

// TestTheDefenceReadsEverythingElse: its copy differs from the prosecutor's in
// the contacts of the persons who are protected, and in the marks where free
// text held one; in nothing else.
func TestTheDefenceReadsEverythingElse(t *testing.T) {
	full, copied := leaves(t, profiled(t, whole(), dossier.ForProsecutor)), leaves(t, profiled(t, whole(), dossier.ForDefence))
	marks := 0
	for path, values := range full {
		switch path {
		case "profile", "persons.address", "persons.phone":
			continue
		}
		got := copied[path]
		if path == "reports.fields.address" && got == nil {
			continue
		}
		if len(got) != len(values) {
			t.Errorf("%s: %d values, the prosecutor has %d", path, len(got), len(values))
			continue
		}
		for i, v := range values {
			if got[i] != v && !strings.Contains(got[i], dossier.WithheldMark) {
				t.Errorf("%s says %q, the prosecutor reads %q", path, got[i], v)
			}
			if got[i] != v {
				marks++
			}
		}
	}
	for path := range copied {
		if _, had := full[path]; !had && path != "persons.withheld" {
			t.Errorf("the defence's copy has %s, which the prosecutor's has not", path)
		}
	}
	suspect := whole().Persons[1]
	if !slices.Equal(copied["persons.address"], []string{suspect.Address}) || !slices.Equal(copied["persons.phone"], []string{suspect.Phone}) || marks < 5 {
		t.Errorf("addresses %q, phones %q, %d marks", copied["persons.address"], copied["persons.phone"], marks)
	}
}

// TestWhoseContactsAreWithheld: those of who is protected, in each role; those
// of a suspect stand, also of one who is a victim besides.
func TestWhoseContactsAreWithheld(t *testing.T) {
	for _, tc := range []struct {
		roles    []enquiry.Role
		withheld bool
	}{
		{[]enquiry.Role{enquiry.Victim}, true}, {[]enquiry.Role{enquiry.Complainant}, true}, {[]enquiry.Role{enquiry.Witness}, true}, {[]enquiry.Role{enquiry.CivilParty}, true},
		{[]enquiry.Role{enquiry.Interpreter, enquiry.Witness}, true}, {[]enquiry.Role{enquiry.Suspect}, false}, {[]enquiry.Role{enquiry.Interpreter}, false},
		{[]enquiry.Role{enquiry.Lawyer}, false}, {[]enquiry.Role{enquiry.Victim, enquiry.Suspect}, false},
	} {
		x := whole()
		x.Persons[0].Roles = tc.roles
		out := decodeTwin(t, profiled(t, x, dossier.ForDefence))
		p := out.Persons[0]
		if (p.Address == "") != tc.withheld || (p.Phone == "") != tc.withheld || slices.Equal(p.Withheld, []string{"address", "phone"}) != tc.withheld {
			t.Errorf("%v: %+v", tc.roles, p)
		}
		if _, stands := out.Reports[0].Fields["address"]; stands == tc.withheld {
			t.Errorf("%v: the address in the report stands: %v", tc.roles, stands)
		}
	}
}

func decodeTwin(t testing.TB, raw []byte) (out dossier.Twin) {
	t.Helper()
	if err := json.Unmarshal(raw, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// texts are the places of a twin where somebody writes freely.
func texts(x *dossier.Twin) map[string]func(string) {
	return map[string]func(string){
		"facts":       func(s string) { x.Case.Facts = s },
		"place":       func(s string) { x.Case.Place = s },
		"frame":       func(s string) { x.Case.Frame["caught-how"] = s },
		"aggravating": func(s string) { x.Offences[0].Aggravating = s },
		"statement":   func(s string) { x.Reports[0].Fields["statement"] = s },
		"title":       func(s string) { x.Documents[0].Title = s },
		"description": func(s string) { x.Exhibits[0].Description = s },
		"kept at":     func(s string) { x.Exhibits[0].Place = s },
		"reasons":     func(s string) { x.Measures[0].Fields["reasons"] = s },
	}
}

// TestNoWayToReachAVictimIsLeft: with any number of addresses and telephones,
// written into any free text, none is left in the defence's copy; what is said
// around it is.
func TestNoWayToReachAVictimIsLeft(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		x := whole()
		var phones, streets []string
		for i := range rapid.IntRange(1, 3).Draw(r, "ways") {
			phones = append(phones, "06"+rapid.StringMatching(`[0-9]{8}`).Draw(r, "phone"))
			streets = append(streets, fmt.Sprintf("%d rue des Cèdres %s", 10+i, rapid.StringMatching(`[A-Z][a-z]{4,8}`).Draw(r, "quarter")))
		}
		x.Persons[0].Phone, x.Persons[0].Address = strings.Join(phones, enquiry.Apart), strings.Join(streets, enquiry.Apart)
		places := texts(x)
		where := rapid.SampledFrom(slices.Sorted(maps.Keys(places))).Draw(r, "where")
		phone, street := rapid.SampledFrom(phones).Draw(r, "said phone"), rapid.SampledFrom(streets).Draw(r, "said street")
		places[where]("avant " + phone + " puis " + strings.ToUpper(street) + " après")
		copied := string(profiled(t, x, dossier.ForDefence))
		for _, secret := range []string{phone, phone[1:], strings.ToUpper(street), street} {
			if strings.Contains(copied, secret) {
				r.Fatalf("%q is left in %s", secret, where)
			}
		}
		if !strings.Contains(copied, "avant "+dossier.WithheldMark+" puis "+dossier.WithheldMark+" après") {
			r.Fatalf("%s says more or less than it should: %s", where, copied)
		}
	})
}

// TestAProfileIsAFunctionOfTheTwin: the same bytes each time, and the same of a
// copy that has the profile already; the prosecutor's is the twin itself.
func TestAProfileIsAFunctionOfTheTwin(t *testing.T) {
	raw, err := json.Marshal(whole())
	if err != nil {
		t.Fatal(err)
	}
	for _, profile := range dossier.Profiles() {
		one, two := profiled(t, whole(), profile), profiled(t, whole(), profile)
		again, err := dossier.Profiled(one, profile)
		if err != nil || string(one) != string(two) || string(again) != string(one) {
			t.Errorf("%s: not the same twice (%v)", profile, err)
		}
		if (string(one) == string(raw)) != (profile == dossier.ForProsecutor) {
			t.Errorf("%s: the twin itself: %v", profile, profile != dossier.ForProsecutor)
		}
	}
	for _, profile := range []string{"", "press", "Defence"} {
		if out, err := dossier.Profiled(raw, profile); err == nil {
			t.Errorf("the profile %q, of which nobody said what it withholds, gave %d bytes", profile, len(out))
		}
	}
	for _, broken := range []string{"", "null1", `{"persons": 3}`, "[]"} {
		if _, err := dossier.Profiled([]byte(broken), dossier.ForDefence); err == nil {
			t.Errorf("%q is a twin", broken)
		}
	}
}

// TestTheCoverSaysWhetherSomebodyIsHeld: while a custody lasts or ended before
// the prosecution, and not when it ended with a release.
func TestTheCoverSaysWhetherSomebodyIsHeld(t *testing.T) {
	press := presses(t)("fr")
	for _, tc := range []struct {
		outcome string
		held    bool
	}{{"", true}, {"presentation", true}, {"transfer", true}, {"release", false}} {
		x := whole()
		x.Custodies[0].Outcome = tc.outcome
		if tc.outcome == "" {
			x.Custodies[0].End = nil
		}
		if got := cover(t, press, x); strings.Contains(got, "placés en garde à vue") != tc.held || strings.Contains(got, "en état de liberté") == tc.held {
			t.Errorf("custody ended by %q: %s", tc.outcome, got)
		}
	}
	free := whole()
	free.Custodies = nil
	if got := cover(t, press, free); !strings.Contains(got, "en état de liberté") {
		t.Errorf("without a custody: %s", got)
	}
}

// cover gives the words of a dossier up to its contents.
func cover(t testing.TB, press dossier.Press, x *dossier.Twin) string {
	t.Helper()
	pdf, err := print.Render(press.Dossier(x, []byte("{}"), code))
	if err != nil {
		t.Fatal(err)
	}
	words, _, _ := strings.Cut(joined(printtest.Text(t, pdf)), "Table des matières")
	return words
}

// TestAnEmptyFileIsAPaper: a dossier with nothing in it but its head is set in
// each language and says of each part that there is none.
func TestAnEmptyFileIsAPaper(t *testing.T) {
	for lang, none := range map[string]string{"ar": "لا شيء", "fr": "Néant", "en": "None."} {
		x := &dossier.Twin{Format: dossier.Format, Profile: dossier.ForProsecutor, Number: "1/2026", Sent: noon, Case: dossier.Case{Number: "1/2026", Opened: noon, From: noon.Add(-time.Hour)}}
		pdf, err := print.Render(presses(t)(lang).Dossier(x, []byte("{}"), code))
		if err != nil {
			t.Fatalf("%s: %v", lang, err)
		}
		if got := joined(printtest.Text(t, pdf)); strings.Count(got, none) < 5 {
			t.Errorf("%s: %d parts are said to be empty: %s", lang, strings.Count(got, none), got)
		}
	}
}
