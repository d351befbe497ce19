package dossier_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/amana-platform/amana/kernel/packs"
	"github.com/amana-platform/amana/kernel/print"
	"github.com/amana-platform/amana/kernel/print/printtest"
	"github.com/amana-platform/amana/kernel/text"
	"github.com/amana-platform/amana/modules/cases"
	"github.com/amana-platform/amana/modules/cases/dossier"
	"github.com/amana-platform/amana/modules/cases/enquiry"
	shipped "github.com/amana-platform/amana/packs"
)

// code is what the QR code of these papers holds.
const code = "AMANA1.0badc0de.019d4e0f-3aa5-7000-83d7-f18e82151bf7"

var noon = time.Date(2026, 11, 22, 11, 0, 0, 0, time.UTC)

func presses(t testing.TB) func(lang string) dossier.Press {
	t.Helper()
	pack, err := packs.Load(shipped.Morocco())
	if err != nil {
		t.Fatal(err)
	}
	words, err := text.Load(pack.Local, cases.Texts)
	if err != nil {
		t.Fatal(err)
	}
	return func(lang string) dossier.Press { return dossier.NewPress(pack, words, lang, noon) }
}

func same(s string) dossier.Label { return dossier.Label{AR: s, FR: s, EN: s} }

// hearing is a report in which the victim says where she lives and how to
// reach her, in several ways.
func hearing() dossier.Report {
	return dossier.Report{
		Ref: "R1", ID: "019d4e0f-3aa5-7000-83d7-000000000001", Number: "17/ف ش ق/KEN-VILLE-BPJ/2026", Form: "pv-hearing",
		Name: dossier.Label{AR: "محضر استماع", FR: "procès-verbal d'audition", EN: "hearing report"},
		Unit: dossier.Label{AR: "فرقة الشرطة القضائية بالقنيطرة", FR: "Brigade de police judiciaire de Kénitra", EN: "Judicial police brigade, Kenitra"}, Author: "سليمان بوطالب", AuthorFR: "Slimane Boutaleb",
		Capacity: "opj", Act: noon.Add(-20 * time.Hour), Written: noon.Add(-19 * time.Hour), Person: "P1",
		Fields: map[string]string{
			"person": "خديجة السعدي", "name-latin": "Khadija Essaadi", "birth": "1988", "filiation": "أحمد / فاطمة", "identity-card": "G123456", "occupation": "خياطة",
			"address": "حي النخيل، زنقة 4 رقم 17", "quality": "victim", "regime": "flagrance",
			"statement":        "أسكن بحي النخيل، زنقة 4 رقم 17، ورقم هاتفي ٠٦ ٠٠ ٠٠ ٠٠ ١٧. أخذ مني شخص حقيبتي وفر على متن دراجة تحمل الرقم 12345-أ-6.\nTéléphone : +212 6 00 00 00 17.",
			"person-signature": "signed",
		},
	}
}

// whole is a dossier with something of each kind, and with secrets wherever a
// text can hold them.
func whole() *dossier.Twin {
	from, until, end := noon.Add(-20*time.Hour), noon.Add(4*time.Hour), noon.Add(-2*time.Hour)
	return &dossier.Twin{
		Format: dossier.Format, Profile: dossier.ForProsecutor, Salt: strings.Repeat("0a", 32), Entry: "019d4e0f-3aa5-7000-83d7-f18e82151bf7", Dossier: "019d4e0f-3aa5-7000-bad7-6645ac4c512d",
		Number: "3/ف ش ق/KEN-VILLE-BPJ/2026", Round: 1, Sent: noon, Sender: "أيوب الشريف", SenderFR: "Ayoub Cherif", Unit: hearing().Unit,
		Office: dossier.Label{AR: "النيابة العامة لدى المحكمة الابتدائية بالقنيطرة", FR: "Parquet près le tribunal de première instance de Kénitra", EN: "Prosecution, court of first instance, Kenitra"},
		Case: dossier.Case{ID: "019d0756-d7fd-7000-8945-2807268616ed", Number: "9/KEN-VILLE-BPJ/2026", Opened: noon.Add(-21 * time.Hour), Origin: enquiry.FromComplaint, Complaint: "41/2026", Regime: "flagrance",
			RegimeAs: dossier.Label{AR: "حالة التلبس", FR: "flagrant délit", EN: "flagrance"}, Frame: map[string]string{"caught-how": "أوقفه المارة أمام حي النخيل زنقة 4"},
			Facts: "سلب المشتبه فيه حقيبة الضحية بشارع محمد الخامس.\nLa victime, jointe au 06.00.00.00.17, l'a reconnu.", Place: "شارع محمد الخامس", From: noon.Add(-22 * time.Hour)},
		Persons: []dossier.Person{
			{Ref: "P1", ID: "019c1449-9f2d-7aa1-af55-c22bc6e7ba2b", Roles: []enquiry.Role{enquiry.Victim}, NameAR: "خديجة السعدي", Name: "Khadija Essaadi", Born: "1988", FiliationAR: "أحمد / فاطمة", Filiation: "Ahmed / Fatima",
				Card: "G123456", Occupation: "خياطة", Address: "حي النخيل، زنقة 4 رقم 17", Phone: "0600000017"},
			{Ref: "P2", ID: "019c1449-9f2d-79cd-b9bd-e91c43cdcc60", Roles: []enquiry.Role{enquiry.Suspect}, NameAR: "رشيد بوهلال", Name: "Rachid Bouhlal", Born: "1999-03-14", Card: "GK98765", Address: "دوار الحاج قدور", Phone: "0611223344"},
		},
		Offences: []dossier.Offence{{Code: "theft-simple", Name: dossier.Label{AR: "السرقة", FR: "vol simple", EN: "theft"}, Class: "delit-correctionnel", ClassAs: dossier.Label{AR: "جنحة تأديبية", FR: "délit correctionnel", EN: "misdemeanour"},
			ICCS: "05021", Law: []string{"CP 505"}, LawAt: noon.Add(-22 * time.Hour), Suspect: "P2", Part: enquiry.Author, Aggravating: "في الطريق العام، قرب حي النخيل - زنقة 4 - رقم 17",
			Elements: []dossier.Element{{Code: "taking", Name: dossier.Label{AR: "الاختلاس", FR: "la soustraction", EN: "taking"}, ShownBy: []string{"R1", "X1"}}, {Code: "of-another", Name: dossier.Label{AR: "مملوك للغير", FR: "chose d'autrui", EN: "of another"}, ShownBy: []string{"R1"}}}}},
		Chronology: []dossier.Event{{At: noon.Add(-22 * time.Hour), What: "facts"}, {At: noon.Add(-21 * time.Hour), What: "opened", Of: same("9/KEN-VILLE-BPJ/2026")}, {At: noon.Add(-20 * time.Hour), What: "report", Of: hearing().Name, Ref: "R1"},
			{At: noon, What: "sent", Of: same("3/ف ش ق/KEN-VILLE-BPJ/2026")}},
		Reports:   []dossier.Report{hearing()},
		Documents: []dossier.Document{{Ref: "D1", Kind: "photo", Title: "صورة باب المنزل، حي النخيل، زنقة 4 رقم 17", SHA256: strings.Repeat("ab", 32)}},
		Exhibits:  []dossier.Exhibit{{Ref: "X1", Number: "5/2026", Seal: "S-000123", Description: "حقيبة بها بطاقة عليها 0600-000-017", Place: "مخزن الفرقة", Seized: noon.Add(-20 * time.Hour)}},
		Measures: []dossier.Measure{{Kind: "phone-data", Name: dossier.Label{AR: "بيانات هاتفية", FR: "données téléphoniques", EN: "phone data"}, State: enquiry.Done, Authority: "prosecutor", Number: "77/2026", Basis: "CPP 108", From: &from, Until: &until,
			Fields: map[string]string{"target": "(06)00000017", "reasons": "تحديد مكان الهاتف المسروق"}}},
		Custodies: []dossier.Custody{{Number: "8/2026", Person: "P2", Arrest: from, End: &end, Extensions: 0, Outcome: "presentation"}},
		Gate:      []dossier.Check{{Check: "qualified", Met: true}, {Check: "element", Of: "taking", Met: true, By: []string{"R1"}}, {Check: "identified", Of: "P1", Met: true}},
	}
}

// copies gives the twin of a profile in JSON, and the dossier set from it.
func copies(t testing.TB, profile, lang string) (twin, pdf []byte) {
	t.Helper()
	raw, err := json.Marshal(whole())
	if err != nil {
		t.Fatal(err)
	}
	if twin, err = dossier.Profiled(raw, profile); err != nil {
		t.Fatal(err)
	}
	var redacted dossier.Twin
	if err := json.Unmarshal(twin, &redacted); err != nil {
		t.Fatal(err)
	}
	pdf, err = print.Render(presses(t)(lang).Dossier(&redacted, twin, code), print.Attachment{Name: dossier.TwinFile, MIME: "application/json", Relation: "Alternative", Data: twin})
	if err != nil {
		t.Fatal(err)
	}
	return twin, pdf
}

// withheld lists, for each profile, what must be nowhere in it, in any
// spelling that the sample has.
var withheld = map[string][]string{
	dossier.ForDefence: {"0600000017", "06.00.00.00.17", "6 00 00 00 17", "0600-000-017", "(06)00000017", "٠٦ ٠٠ ٠٠ ٠٠ ١٧", "النخيل"},
	dossier.ForStatistics: {"0600000017", "6 00 00 00 17", "06.00.00.00.17", "0600-000-017", "٠٦ ٠٠", "النخيل", "خديجة", "السعدي", "Khadija", "Essaadi", "رشيد", "بوهلال", "Bouhlal", "G123456", "GK98765", "دوار",
		"0611223344", "محمد الخامس", "حقيبة", "المسروق", "1999-03-14", "أيوب", "Cherif", "بوطالب", "Boutaleb", "019c1449-9f2d-7aa1-af55-c22bc6e7ba2b"},
}

// TestProfilesWithhold searches every byte of a copy for what its profile
// withholds: the data, the PDF with each stream opened (pages, metadata,
// attached files), the text that a reader extracts.
func TestProfilesWithhold(t *testing.T) {
	for _, lang := range []string{"ar", "fr", "en"} {
		twin, pdf := copies(t, dossier.ForProsecutor, lang)
		open := string(twin) + string(printtest.Bytes(t, pdf)) + joined(printtest.Text(t, pdf))
		for profile, words := range withheld {
			twin, pdf := copies(t, profile, lang)
			inside, err := print.Attached(pdf, dossier.TwinFile)
			if err != nil || string(inside) != string(twin) {
				t.Fatalf("%s: the data inside are others: %v", profile, err)
			}
			hidden := string(twin) + string(printtest.Bytes(t, pdf)) + joined(printtest.Text(t, pdf))
			for _, w := range words {
				if !strings.Contains(open, w) {
					t.Errorf("%q is not in the prosecutor's copy: the search proves nothing", w)
				}
				if strings.Contains(hidden, w) {
					t.Errorf("%s, %s: %q is in it", profile, lang, w)
				}
			}
			if strings.Contains(string(twin), "حقيبة") != (profile == dossier.ForDefence) {
				t.Errorf("%s withholds more or less than it should", profile)
			}
		}
	}
}

// joined has single spaces.
func joined(s string) string { return strings.Join(strings.Fields(s), " ") }

// TestRedactedIsMarked: what is taken out is seen to be taken out.
func TestRedactedIsMarked(t *testing.T) {
	_, pdf := copies(t, dossier.ForDefence, "fr")
	if got := printtest.Text(t, pdf); !strings.Contains(got, "[…]") {
		t.Errorf("nothing shows that something is withheld: %s", got)
	}
}

// TestLook: dossier and report in the three languages look as they did when
// somebody last looked at them.
func TestLook(t *testing.T) {
	press := presses(t)
	for _, lang := range []string{"ar", "fr", "en"} {
		_, pdf := copies(t, dossier.ForProsecutor, lang)
		printtest.Look(t, "dossier-"+lang, pdf)
		pv, err := print.Render(press(lang).Report(hearing(), false, code))
		if err != nil {
			t.Fatal(err)
		}
		printtest.Look(t, "pv-"+lang, pv)
	}
	_, pdf := copies(t, dossier.ForDefence, "ar")
	printtest.Look(t, "dossier-defence-ar", pdf)
	draft, err := print.Render(press("ar").Report(hearing(), true, ""))
	if err != nil {
		t.Fatal(err)
	}
	printtest.Look(t, "pv-draft-ar", draft)
}

// TestArabicReads: the words of the papers are found, letters in the order of
// reading, whole.
func TestArabicReads(t *testing.T) {
	_, pdf := copies(t, dossier.ForProsecutor, "ar")
	got := joined(printtest.Text(t, pdf))
	for _, w := range []string{"خديجة السعدي", "رشيد بوهلال", "سليمان بوطالب", "محضر استماع", "السرقة", "فرقة الشرطة القضائية بالقنيطرة", "بشارع محمد الخامس", "مخزن الفرقة"} {
		if !strings.Contains(got, w) {
			t.Errorf("%q cannot be read in %s", w, got)
		}
	}
}
