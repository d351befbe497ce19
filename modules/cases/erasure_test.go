package cases_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/store"
	"github.com/amana-platform/amana/modules/cases"
	"github.com/amana-platform/amana/modules/cases/dossier"
	"github.com/amana-platform/amana/modules/cases/enquiry"
)

// secrets are what the whole life of a case says in free text and of its
// people, each in the words of one verb.
var secrets = map[string]string{
	"facts": "قرب مقهى الأمل", "place": "شارع محمد الخامس", "frame": "ضبط متلبساً", "aggravating": "بسكين صغير", "title": "فاتورة الحقيبة", "statement": "خطف مني الحقيبة وفر",
	"confession": "أعترف بأخذ الحقيبة", "identity": "خديجة", "card": "AB100001", "reasons": "تحديد مكان الهاتف", "addressee": "متعهد الشبكة", "refusal": "الطلب غير مبرر", "result": "توصلت المصلحة",
	"sharing": "بحث عن الشاهد", "offer": "الاختصاص المكاني", "remark": "دقق ساعة الوقائع", "answer": "أضيفت الساعة", "missing": "تصريح الشاهدة", "ground": "انعدام الإثبات",
	"address": "حي النخيل", "phone": "+212600000017",
}

// said lists which of the secrets stand in the tables of the module.
func (h *house) said() map[string][]string {
	h.t.Helper()
	out := map[string][]string{}
	tables, err := h.db.Tables(ctx)
	h.must(err)
	for _, table := range tables {
		if !store.Owned(table.Name, "cases") {
			continue
		}
		for _, column := range table.Columns {
			if column.Type != "text" {
				continue
			}
			h.must(h.k.Reader.Each(ctx, "select coalesce("+column.Name+", '') from "+table.Name, nil, func(scan store.Scan) error {
				var v string
				err := scan(&v)
				for name, words := range secrets {
					if strings.Contains(v, words) && !slices.Contains(out[name], table.Name+"."+column.Name) {
						out[name] = append(out[name], table.Name+"."+column.Name)
					}
				}
				return err
			}))
		}
	}
	return out
}

// TestNothingOfAnErasedCaseIsLeft: a case on which every verb was used is
// erased with a person of it and its documents; no secret stands in any table,
// the journal opens none of them, and replay makes the same tables.
func TestNothingOfAnErasedCaseIsLeft(t *testing.T) {
	s := newSite(t)
	l := newLife(s.house)
	l.whole()
	before := s.said()
	for name := range secrets {
		if len(before[name]) == 0 {
			t.Errorf("%s stands nowhere: the search proves nothing", name)
		}
	}
	documents, err := s.Documents(ctx, l.victim)
	s.must(err)
	subjects := slices.DeleteFunc(append(documents, l.victim, l.suspect, l.witness), func(id ident.ID) bool {
		known, err := s.k.Journal.Knows(ctx, id)
		s.must(err)
		return !known // a draft that was dropped before anything was written
	})
	s.must(s.k.Journal.Erase(ctx, s.eraser(), journal.Erased{Subjects: subjects, Ground: "L09-08", Authority: "141/2026"}))
	for name, places := range s.said() {
		t.Errorf("%s is left in %v", name, places)
	}
	s.sound()
	l.nothingOpens()
	l.pagesStand(s)
}

// nothingOpens checks that no entry about the case gives a sealed value.
func (l *life) nothingOpens() {
	l.t.Helper()
	all, err := l.k.Journal.Timeline(ctx, ident.Ref{Kind: "case", ID: l.id}, 0, 200)
	l.must(err)
	for _, e := range all {
		switch e := e.Entry.(type) {
		case cases.CaseOpened:
			l.shut("facts", e.Facts)
			l.shut("place", e.Place)
		case cases.PartyAdded:
			l.shut("address", e.Address)
		case cases.PVSigned:
			for _, v := range e.Values {
				l.shut(v.Field, v.Text)
			}
		case cases.DossierHandedOver:
			l.shut("twin", e.Twin)
		case cases.RemarkAnswered:
			l.shut("answer", e.Answer)
		}
	}
	if len(all) < 40 {
		l.t.Errorf("%d entries about the case", len(all))
	}
}

func (l *life) shut(what string, v journal.Sealed) {
	l.t.Helper()
	if v.Text() != "" {
		l.t.Errorf("the journal still opens %s: %q", what, v.Text())
	}
}

// pagesStand checks that the case is still read, with what is known of it: its
// number, its steps, and that something is erased.
func (l *life) pagesStand(s *site) {
	l.t.Helper()
	f := l.file()
	here := "/cases/" + string(l.id)
	for lang, erased := range map[string]string{"ar": "محذوف", "fr": "effacé", "en": "erased"} {
		c := s.desktop("chief", l.id).Speak(lang)
		page := c.Get(here)
		if page.Status != http.StatusOK || !strings.Contains(page.Text(), f.Number) || !strings.Contains(page.Text(), erased) {
			l.t.Errorf("%s: %d %s", lang, page.Status, page.Text())
		}
		for _, path := range []string{here + "/pvs/" + string(l.report.ID), here + "/dossiers/" + string(l.dossier.ID), "/cases"} {
			if p := c.Get(path); p.Status != http.StatusOK {
				l.t.Errorf("%s, %s: %d", lang, path, p.Status)
			}
		}
		if p := c.Get(here + "/dossiers/" + string(l.dossier.ID) + "/twin/prosecutor"); p.Status != http.StatusNotFound {
			l.t.Errorf("%s: the twin of an erased dossier: %d", lang, p.Status)
		}
	}
}

// TestAWitnessIsErasedAlone: what was said of her goes, and how to reach her;
// what others said, and that somebody was a witness, stays.
func TestAWitnessIsErasedAlone(t *testing.T) {
	h := newHouse(t)
	h.proving()
	l := newLife(h)
	l.passes(l.people())
	witness := h.hearing(l.id, l.witness, "رأيته يركض")
	h.must(h.k.Journal.Erase(ctx, h.eraser(), journal.Erased{Subjects: []ident.ID{l.witness}, Ground: "L09-08", Authority: "141/2026"}))
	f := l.file()
	i := slices.IndexFunc(f.Parties, func(p enquiry.Party) bool { return p.Person == l.witness })
	if i < 0 || f.Parties[i].Address != "" || f.Parties[i].Phone != "" || f.Parties[i].Role != enquiry.Witness {
		t.Errorf("%+v", f.Parties)
	}
	p, err := h.PV(ctx, witness.ID)
	h.must(err)
	for _, field := range []string{"person", "name-latin", "birth", "identity-card", "address"} {
		if p.Values[field] != "" {
			t.Errorf("the report still says her %s: %q", field, p.Values[field])
		}
	}
	if p.Values["statement"] != "رأيته يركض" || p.Number == "" || f.Facts == "" || f.Parties[0].Phone != "+212600000017" {
		t.Errorf("more is gone than hers: %+v", p)
	}
	gate, _ := h.Gate(ctx, f)
	if slices.ContainsFunc(gate.Missing(), func(g enquiry.GateLine) bool { return g.Check == enquiry.CheckIdentified && g.Code == string(l.victim) }) {
		t.Error("the victim has no name any more")
	}
	h.sound()
}

// TestAHoldNamesEveryCaseOfAPerson: a hold on a case keeps its people and its
// documents from being erased, whatever they are in it.
func TestAHoldNamesEveryCaseOfAPerson(t *testing.T) {
	h := newHouse(t)
	h.proving()
	l := newLife(h)
	l.whole()
	f := l.file()
	within := cases.JournalModule().Within
	for name, subject := range map[string]ident.ID{
		"a victim": l.victim, "a suspect": l.suspect, "a witness": l.witness, "the case": l.id, "a report": l.report.ID, "a paper": f.Pieces[0].ID, "a measure": l.measure, "a remark": f.Remarks[0].ID, "a dossier": l.dossier.ID,
	} {
		refs, err := within(ctx, h.k.Reader, subject)
		h.must(err)
		if !slices.Equal(refs, []ident.Ref{{Kind: "case", ID: l.id}}) {
			t.Errorf("%s stands in %v", name, refs)
		}
	}
	if refs, err := within(ctx, h.k.Reader, h.ids.New()); err != nil || len(refs) > 0 {
		t.Errorf("a stranger stands in %v, %v", refs, err)
	}
}

// TestErase: nothing of an erased person is left in the tables, replay is
// equal, and the other proofs hold.
func TestErase(t *testing.T) {
	h := newHouse(t)
	id, d := h.sent()
	f, err := h.File(ctx, id)
	h.must(err)
	victim := f.Parties[0].Person
	documents, err := h.Documents(ctx, victim)
	h.must(err)
	if !slices.Contains(documents, id) || !slices.Contains(documents, d.ID) || len(documents) < 4 {
		t.Fatalf("%v", documents)
	}
	h.must(h.k.Journal.Erase(ctx, h.eraser(), journal.Erased{Subjects: append(documents, victim), Ground: "L09-08", Authority: "141/2026"}))
	h.sound()
	for _, table := range []string{"cases_values", "cases_parties", "cases_cases", "cases_dossiers"} {
		n := 0
		columns := map[string]string{"cases_values": "value", "cases_parties": "coalesce(address,'')||coalesce(phone,'')", "cases_cases": "coalesce(facts,'')||coalesce(place,'')", "cases_dossiers": "twin"}
		h.must(h.k.Reader.Row(ctx, "select count(*) from "+table+" where "+columns[table]+" like '%خديجة%' or "+columns[table]+" like '%النخيل%' or "+columns[table]+" like '%المشتبه فيه حقيبة%'", nil, &n))
		if n != 0 {
			t.Errorf("%s: %d rows left", table, n)
		}
	}
	if d, err = h.Dossier(ctx, d.ID); err != nil || d.Twin != "" {
		t.Errorf("twin %q %v", d.Twin, err)
	}
	if _, err := h.TwinOf(ctx, d, dossier.ForProsecutor); !fault.Is(err, fault.NotFound) {
		t.Errorf("%v", err)
	}
}

func (h *house) eraser() policy.Grant {
	h.t.Helper()
	g, err := h.k.Policy.System("demo", "test.erase", "CPP-66")
	h.must(err)
	return g
}

// TestHeld: a hold on the case stops the erasure of its people.
func TestHeld(t *testing.T) {
	h := newHouse(t)
	id, victim, _ := h.theft()
	refs, err := cases.JournalModule().Within(ctx, h.k.Reader, victim)
	h.must(err)
	if !slices.Contains(refs, ident.Ref{Kind: "case", ID: id}) {
		t.Errorf("%v", refs)
	}
}
