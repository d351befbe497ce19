package enquiry_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/amana-platform/amana/kernel/packs"
	"github.com/amana-platform/amana/kernel/text"
	"github.com/amana-platform/amana/modules/cases"
	"github.com/amana-platform/amana/modules/cases/enquiry"
	shipped "github.com/amana-platform/amana/packs"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// speech gives the terms of the shipped pack and the words of a language.
func speech(t testing.TB) (enquiry.Terms, func(lang string) *text.Words) {
	t.Helper()
	pack, err := packs.Load(shipped.Morocco())
	if err != nil {
		t.Fatal(err)
	}
	words, err := text.Load(pack.Local, cases.Texts)
	if err != nil {
		t.Fatal(err)
	}
	return enquiry.Terms{Pack: pack, At: noon}, func(lang string) *text.Words { return words.In(text.Lang(lang)) }
}

// TestValuesAreSaidInWords: what is stored as a code is read in the reader's
// language; what is no code is read as it was written.
func TestValuesAreSaidInWords(t *testing.T) {
	terms, in := speech(t)
	for _, tc := range []struct{ code, stored, ar, fr, en string }{
		{"regime", "flagrance", "حالة التلبس", "flagrance", "caught in the act"},
		{"regime", "curfew", "curfew", "curfew", "curfew"},
		{"quality", "witness", "شاهد", "témoin", "witness"},
		{"quality", "neighbour", "neighbour", "neighbour", "neighbour"},
		{"offence", "theft-armed", "السرقة باستعمال السلاح", "vol à main armée", "armed robbery"},
		{"offence", "jaywalking", "jaywalking", "jaywalking", "jaywalking"},
		{"read-back", "yes", "نعم", "oui", "yes"},
		{"read-back", "perhaps", "perhaps", "perhaps", "perhaps"},
		{"person-signature", "thumbprint", "بصم لعدم معرفته التوقيع", "a apposé son empreinte, ne sachant signer", "gave a thumbprint, being unable to sign"},
		{"person-signature", "winked", "winked", "winked", "winked"},
		{"statement", "أعترف", "أعترف", "أعترف", "أعترف"},
		{"no-such-field", "x", "x", "x", "x"},
		{"deadline", "soon", "soon", "soon", "soon"},
	} {
		for lang, want := range map[string]string{"ar": tc.ar, "fr": tc.fr, "en": tc.en} {
			if got := terms.Value(in(lang), tc.code, tc.stored); got != want {
				t.Errorf("%s, %s %q: %q, want %q", lang, tc.code, tc.stored, got, want)
			}
		}
	}
	if got := terms.Value(in("fr"), "deadline", "2026-12-31T10:00:00Z"); got == "2026-12-31T10:00:00Z" || got == "" {
		t.Errorf("a time is read as %q", got)
	}
}

// TestFieldsAreNamed: every field that a form, a measure, a regime or a
// decision asks for has a name in each language, and a type.
func TestFieldsAreNamed(t *testing.T) {
	terms, in := speech(t)
	asked := []string{"name-latin", "second-latin", "result", "refusal"} // the program's own
	for _, form := range terms.Pack.Templates("pv", noon) {
		asked = slices.Concat(asked, form.Required, form.Optional)
	}
	for _, m := range terms.Pack.Measures(noon) {
		asked = append(asked, m.Fields...)
	}
	for _, d := range terms.Pack.Decisions(noon) {
		asked = append(asked, d.Fields...)
	}
	for _, r := range terms.Pack.Regimes(noon) {
		asked = append(asked, r.Fields...)
	}
	for _, code := range slices.Compact(slices.Sorted(slices.Values(asked))) {
		if ar := terms.Field(in("ar"), code); text.DirOf(ar) != "rtl" {
			t.Errorf("%s is called %q in Arabic", code, ar)
		}
		for _, lang := range []string{"fr", "en"} {
			if name := terms.Field(in(lang), code); name == "" || strings.Contains(name, "-") && name == code {
				t.Errorf("%s is called %q in %s", code, name, lang)
			}
		}
	}
	if got := terms.Field(in("fr"), "no-such-field"); got != "no-such-field" {
		t.Errorf("an unknown field is called %q", got)
	}
	for code, want := range map[string]string{"statement": "long", "deadline": "time", "read-back": "yesno", "person-signature": "signature", "no-such-field": "text"} {
		if got := terms.Type(code); got != want {
			t.Errorf("%s is of the type %s, want %s", code, got, want)
		}
	}
}

// TestTheGateIsReadInWords: each kind of line says what it is about; a code
// that the pack does not have is shown as it is, never left out.
func TestTheGateIsReadInWords(t *testing.T) {
	terms, in := speech(t)
	for _, tc := range []struct{ check, code, want string }{
		{enquiry.CheckElement, "taking", "soustraction de la chose"}, {enquiry.CheckElement, "levitation", "levitation"},
		{enquiry.CheckFrame, "", ""}, {enquiry.CheckFrame, "no-such-field", "no-such-field"}, {enquiry.CheckMeasures, "seizure", "saisie"}, {enquiry.CheckMeasures, "no-such", "no-such"},
		{enquiry.CheckCustody, "8/2026", "8/2026"}, {enquiry.CheckQualified, "", ""},
	} {
		if got := terms.Check(in("fr"), tc.check, tc.code); got != tc.want {
			t.Errorf("%s %q: %q, want %q", tc.check, tc.code, got, tc.want)
		}
	}
	for _, o := range terms.Pack.Offences(noon) {
		for _, code := range o.Elements {
			for _, lang := range []string{"ar", "fr", "en"} {
				if got := terms.Element(lang, code); got == "" || got == code {
					t.Errorf("the element %s is called %q in %s", code, got, lang)
				}
			}
		}
	}
}
