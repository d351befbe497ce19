package cases_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"mime/multipart"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/kerneltest"
	"github.com/amana-platform/amana/kernel/text"
	"github.com/amana-platform/amana/modules/cases"
	"github.com/amana-platform/amana/modules/cases/dossier"
	"github.com/amana-platform/amana/modules/cases/enquiry"
)

// offered lists the forms that the page of a case offers, in their order.
func offered(p *kerneltest.Page, id ident.ID) string {
	var out []string
	for _, verb := range []string{"pv", "qualify", "party", "piece", "ask", "amend", "submit", "approve", "return", "hand-over", "assign", "refer", "transfer", "restrict", "seal", "contacts"} {
		if _, ok := p.Links()["/cases/"+string(id)+"/"+verb]; ok {
			out = append(out, verb)
		}
	}
	return strings.Join(out, " ")
}

// TestWhatACasesPageOffers: in each state, to each, the forms that lead on and
// no other.
func TestWhatACasesPageOffers(t *testing.T) {
	s := newSite(t)
	const (
		work = "pv qualify party piece ask amend submit"
		lead = "assign refer transfer restrict seal contacts"
	)
	without := func(list, verb string) string {
		return strings.Join(strings.Fields(strings.Replace(list, verb, "", 1)), " ")
	}
	for state, want := range map[enquiry.State]map[string]string{
		enquiry.Open:         {"opj": work + " contacts", "chief": work + " " + lead},
		enquiry.Returned:     {"opj": work + " contacts", "chief": work + " " + lead},
		enquiry.InReview:     {"opj": "contacts", "chief": "approve return " + without(lead, "transfer")},
		enquiry.Approved:     {"opj": "contacts", "chief": "hand-over " + without(lead, "transfer")},
		enquiry.HandedOver:   {"opj": "contacts", "chief": without(lead, "transfer")},
		enquiry.Acknowledged: {"opj": "contacts", "chief": without(lead, "transfer")},
		enquiry.Closed:       {"opj": "contacts", "chief": "contacts"},
	} {
		x := s.standing(state)
		here := "/cases/" + string(x.file.ID)
		for name, forms := range want {
			p := s.desktop(name, x.file.ID).Get(here)
			if got := offered(p, x.file.ID); p.Status != http.StatusOK || got != forms {
				t.Errorf("%s, %s: %d offers %q, want %q", state, name, p.Status, got, forms)
			}
			if word := s.k.Texts.In(text.Lang(p.Lang())).T("cases.state." + string(state)); !strings.Contains(p.Text(), word) {
				t.Errorf("%s: the page does not say %q", state, word)
			}
		}
		if x.dossier.ID != "" && s.desktop("opj", x.file.ID).Get(here).LinkTo(here+"/dossiers/"+string(x.dossier.ID)) == "" {
			t.Errorf("%s: the page leads to no dossier", state)
		}
	}
}

// TestASealedCasePageIsClosed: to all, with the form that lifts the seal as the
// only way on, for its chief.
func TestASealedCasePageIsClosed(t *testing.T) {
	s := newSite(t)
	id, _, _ := s.theft()
	s.must(s.Seal(ctx, s.house.on("chief", "cases.case.seal", id), id, true, "5/2026"))
	here := "/cases/" + string(id)
	for name, lifts := range map[string]bool{"opj": false, "chief": true, "second": true} {
		c := s.desktop(name, id)
		for _, path := range []string{here, here + "/contacts", here + "/party", here + "/submit"} {
			if p := c.Get(path); p.Status != http.StatusForbidden || strings.Contains(p.Text(), "Bouhlal") || strings.Contains(p.Text(), "بوهلال") {
				t.Errorf("%s, %s: %d", name, path, p.Status)
			}
		}
		if p := c.Get(here + "/seal"); (p.Status == http.StatusOK) != lifts {
			t.Errorf("%s lifts the seal: %d", name, p.Status)
		}
	}
}

// TestAStoryIsToldInEveryLanguage: the page of a case on which every verb was
// used names each step in the words of the reader, with what it decided.
func TestAStoryIsToldInEveryLanguage(t *testing.T) {
	s := newSite(t)
	l := newLife(s.house)
	l.whole()
	for lang, details := range map[string][]string{
		"ar": {"السرقة باستعمال السلاح", "شاهد", "اختلاس الشيء", "حفظ"},
		"fr": {"vol à main armée", "témoin", "soustraction de la chose", "classement sans suite", "retour pour insuffisance de preuves", "n° 77/2026"},
		"en": {"armed robbery", "witness", "taking of the thing", "no further action", "returned for lack of evidence", "no. 77/2026"},
	} {
		p := s.desktop("chief", l.id).Speak(lang).Get("/cases/" + string(l.id))
		if p.Status != http.StatusOK {
			t.Fatalf("%s: %d", lang, p.Status)
		}
		said := strings.NewReplacer("\u2066", "", "\u2069", "", "\u2068", "").Replace(p.Text())
		w := s.k.Texts.In(text.Lang(lang))
		for _, k := range cases.JournalModule().Kinds {
			if word := w.T("cases.entry." + strings.TrimPrefix(k.Name, "cases.")); !strings.Contains(said, word) {
				t.Errorf("%s: no step is called %q", lang, word)
			}
		}
		for _, word := range append(details, l.dossier.Number, "AR-"+l.dossier.Number) {
			if !strings.Contains(said, word) {
				t.Errorf("%s: nothing says %q", lang, word)
			}
		}
		for _, hidden := range []string{"\u27e6", "+212600000017", "C300003"} {
			if strings.Contains(string(p.Body), hidden) {
				t.Errorf("%s: the page holds %q", lang, hidden)
			}
		}
	}
}

// TestRemarksOnThePage: each with where it is anchored; who works on the case
// answers, its chief settles, and a settled one offers nothing.
func TestRemarksOnThePage(t *testing.T) {
	s := newSite(t)
	x := s.standing(enquiry.InReview)
	id := x.file.ID
	s.must(s.Return(ctx, x.on("chief", "cases.review.return"), id, []cases.NewRemark{
		{Anchor: ident.Ref{Kind: "pv", ID: x.file.PVs[0].ID}, Section: "statement", Words: "دقق الساعة"}, {Anchor: ident.Ref{Kind: "case", ID: id}, Section: "measures", Words: "اطلب البيانات"}, {Anchor: ident.Ref{Kind: "case", ID: id}, Words: "أعد الترتيب"},
	}))
	f, err := s.File(ctx, id)
	s.must(err)
	here := "/cases/" + string(id)
	opj, chief := s.desktop("opj", id).Speak("fr"), s.desktop("chief", id).Speak("fr")
	page := opj.Get(here)
	for _, word := range []string{"déclaration", "دقق الساعة", "les mesures", "اطلب البيانات", "à traiter"} {
		if !strings.Contains(page.Text(), word) {
			t.Errorf("the page does not say %q", word)
		}
	}
	answer := func(i int) string { return here + "/remarks/" + string(f.Remarks[i].ID) + "/answer" }
	settle := func(i int) string { return here + "/remarks/" + string(f.Remarks[i].ID) + "/resolve" }
	if _, ok := page.Links()[answer(0)]; !ok || slices.Contains(page.Actions(), settle(0)) {
		t.Error("who works on the case answers and does not settle")
	}
	if form := opj.Get(answer(0)); form.Status != http.StatusOK || !strings.Contains(form.Text(), "déclaration") || !strings.Contains(form.Text(), "دقق الساعة") {
		t.Errorf("the form of the answer does not say what it is about: %s", form.Text())
	}
	s.leadsTo(opj, settle(0), http.StatusForbidden, "", "")
	if !slices.Contains(chief.Get(here).Actions(), settle(0)) {
		t.Error("the chief is not offered to settle a remark")
	}
	s.leadsTo(chief, settle(0), http.StatusSeeOther, here, "remark-resolved")
	page = chief.Get(here)
	if _, ok := page.Links()[answer(0)]; ok || slices.Contains(page.Actions(), settle(0)) || !strings.Contains(page.Text(), "réglée") {
		t.Errorf("a settled remark still offers something: %s", page.Text())
	}
	s.leadsTo(chief, settle(0), http.StatusForbidden, "", "")
}

// TestAFileFiledIsInTheTwinByItsDigest: what was put into the case opens from
// its page alone, and the dossier names it by the SHA-256 of its bytes; the same
// form sent again keeps one.
func TestAFileFiledIsInTheTwinByItsDigest(t *testing.T) {
	s := newSite(t)
	id := s.approvable()
	here := "/cases/" + string(id)
	content := []byte("Facture no 12 du 21 novembre 2026.\n")
	opj := s.desktop("opj", id)
	page := opj.Get(here + "/piece")
	if strings.Contains(string(page.Body), "data-upload") {
		t.Error("scripts would send the file elsewhere than with its form")
	}
	form := page.Fields(here + "/piece")
	for range 2 {
		var body bytes.Buffer
		m := multipart.NewWriter(&body)
		for name, v := range map[string]string{"submission": form.Get("submission"), "kind": "document", "title": "فاتورة"} {
			s.must(m.WriteField(name, v))
		}
		part, err := m.CreateFormFile("file.file", "facture.txt")
		s.must(err)
		part.Write(content)
		s.must(m.Close())
		if p := opj.Send("POST", here+"/piece", m.FormDataContentType(), &body); p.Status != http.StatusSeeOther {
			t.Fatalf("%d %v", p.Status, p.Errors())
		}
	}
	way := opj.Get(here).LinkTo(here + "/pieces/")
	if p := opj.Get(way); p.Status != http.StatusOK || !bytes.Equal(p.Body, content) {
		t.Errorf("%s: %d %q", way, p.Status, p.Body)
	}
	s.must(s.Submit(ctx, s.house.on("opj", "cases.review.submit", id), id))
	s.must(s.Approve(ctx, s.house.on("chief", "cases.review.approve", id), id))
	d, err := s.HandOver(ctx, s.house.on("chief", "cases.dossier.hand-over", id), id, s.ids.New())
	s.must(err)
	twin := decode[dossier.Twin](t, []byte(d.Twin))
	sum := sha256.Sum256(content)
	if len(twin.Documents) != 1 || twin.Documents[0].SHA256 != hex.EncodeToString(sum[:]) || twin.Documents[0].Title != "فاتورة" {
		t.Errorf("%+v", twin.Documents)
	}
	s.sound()
}

// TestAReportNotCompleteIsShownWhereItIsWritten: signing it from its page shows
// the form with each thing that is missing, in the reader's language, and signs
// nothing; with them it is signed.
func TestAReportNotCompleteIsShownWhereItIsWritten(t *testing.T) {
	s := newSite(t)
	id, victim, _ := s.theft()
	p, err := s.DraftPV(ctx, s.house.on("opj", "cases.pv.draft", id), id, cases.NewPV{Submission: s.ids.New(), Form: "pv-hearing", Person: victim, Act: noon, Values: map[string]string{"place": "مقر الفرقة"}})
	s.must(err)
	here := "/cases/" + string(id) + "/pvs/" + string(p.ID)
	for lang := range languages {
		opj := s.desktop("opj", id).Speak(lang)
		page := opj.Post(here+"/sign?version=1", nil)
		missing := page.Errors()
		for _, field := range []string{"f.statement", "f.read-back", "f.additions", "f.person-signature"} {
			if missing[field] != s.k.Texts.In(text.Lang(lang)).T("form.required") {
				t.Errorf("%s: %s: %q", lang, field, missing[field])
			}
		}
		if page.Status != http.StatusUnprocessableEntity || len(missing) != 4 || page.Fields(here+"/edit").Get("f.place") != "مقر الفرقة" {
			t.Errorf("%s: %d %v", lang, page.Status, missing)
		}
	}
	opj := s.desktop("opj", id)
	typed := opj.Post(here+"/sign?version=1", nil).Fields(here + "/edit")
	for field, v := range heard("خطف مني الحقيبة") {
		typed.Set("f."+field, v)
	}
	if page := opj.Post(here+"/edit", typed); page.Status != http.StatusSeeOther {
		t.Fatalf("%d %v", page.Status, page.Errors())
	}
	s.leadsTo(opj, here+"/sign?version=1", http.StatusConflict, "", "")
	s.leadsTo(opj, here+"/sign", http.StatusConflict, "", "")
	s.leadsTo(opj, here+"/sign?version=2", http.StatusSeeOther, here, "pv-signed")
	s.leadsTo(opj, here+"/sign?version=3", http.StatusForbidden, "", "")
	if page := opj.Get(here + "/edit"); page.Status != http.StatusForbidden {
		t.Errorf("a signed report is written on: %d", page.Status)
	}
}
