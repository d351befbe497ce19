package cases_test

import (
	"slices"
	"testing"
	"time"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/store"
	"github.com/amana-platform/amana/kernel/store/storetest"
	"github.com/amana-platform/amana/modules/cases"
	"github.com/amana-platform/amana/modules/cases/dossier"
	"github.com/amana-platform/amana/modules/cases/enquiry"
)

// TestAmend: facts and frame are stated anew by one hand at a time.
func TestAmend(t *testing.T) {
	h := newHouse(t)
	id, _, _ := h.theft()
	c, err := h.Case(ctx, id)
	h.must(err)
	a := cases.Amendment{Version: c.Version, Regime: "preliminary", Facts: "وقائع جديدة", Place: "سلا", From: noon.Add(-2 * time.Hour), To: noon.Add(-time.Hour)}
	g := h.on("opj", "cases.case.amend", id)
	h.must(h.Amend(ctx, g, id, a))
	h.wants(h.Amend(ctx, g, id, a), fault.Conflict, "fault.conflict")
	if c, _ = h.Case(ctx, id); c.Facts != a.Facts || c.Regime != "preliminary" || !c.To.Equal(a.To) || c.Version != a.Version+1 {
		t.Errorf("%+v", c)
	}
	a.Version, a.Facts = c.Version, " "
	h.wants(h.Amend(ctx, g, id, a), fault.Invalid, "form.required")
	h.sound()
}

// TestWithdraw: what is withdrawn leaves the file and stays in the journal; a
// charged suspect stays.
func TestWithdraw(t *testing.T) {
	h := newHouse(t)
	id, victim, suspect := h.theft()
	pv := h.hearing(id, victim, "x")
	h.show(id, ident.Ref{Kind: "pv", ID: pv.ID})
	f, err := h.File(ctx, id)
	h.must(err)
	h.wants(h.Link(ctx, h.on("opj", "cases.evidence.link", id), id, f.Offences[0].ID, "taking", ident.Ref{Kind: "pv", ID: pv.ID}), fault.Invalid, "cases.wrong.link-twice")
	h.wants(h.Link(ctx, h.on("opj", "cases.evidence.link", id), id, f.Offences[0].ID, "taking", ident.Ref{Kind: "pv", ID: id}), fault.Invalid, "cases.wrong.piece")
	h.wants(h.Link(ctx, h.on("opj", "cases.evidence.link", id), id, f.Offences[0].ID, "poison", ident.Ref{Kind: "pv", ID: pv.ID}), fault.Invalid, "form.choose")
	h.must(h.Unlink(ctx, h.on("opj", "cases.evidence.link", id), id, f.Links[0].ID))
	party := func(person ident.ID) ident.ID {
		i := slices.IndexFunc(f.Parties, func(p enquiry.Party) bool { return p.Person == person })
		return f.Parties[i].ID
	}
	g := h.on("opj", "cases.party.add", id)
	h.wants(h.WithdrawParty(ctx, g, id, party(suspect)), fault.Refused, "cases.refused.charged")
	h.must(h.WithdrawOffence(ctx, h.on("opj", "cases.offence.qualify", id), id, f.Offences[0].ID))
	h.must(h.WithdrawParty(ctx, g, id, party(suspect)))
	h.wants(h.WithdrawParty(ctx, g, id, party(suspect)), fault.NotFound, "fault.not-found")
	h.wants(h.AddParty(ctx, g, id, cases.NewParty{Person: victim, Role: enquiry.Victim}), fault.Invalid, "cases.wrong.party-twice")
	h.wants(h.Submit(ctx, h.on("opj", "cases.review.submit", id), id), fault.Refused, "cases.refused.unqualified")
	h.wants(h.Qualify(ctx, h.on("opj", "cases.offence.qualify", id), id, cases.Qualification{Code: "theft-simple", Suspect: victim}), fault.Invalid, "cases.wrong.not-suspect")
	h.wants(h.Qualify(ctx, h.on("opj", "cases.offence.qualify", id), id, cases.Qualification{Code: "no-such"}), fault.Invalid, "form.choose")
	if f, _ = h.File(ctx, id); len(f.Offences) != 0 || len(f.Parties) != 1 {
		t.Errorf("%+v %+v", f.Offences, f.Parties)
	}
	h.sound()
}

// TestRefused: the authority may refuse, with a reason; an officer orders what
// the law lets them order.
func TestRefused(t *testing.T) {
	h := newHouse(t)
	id, _, _ := h.theft()
	ask := func(kind string, values map[string]string) (ident.ID, policy.Resource) {
		m, err := h.AskMeasure(ctx, h.on("opj", "cases.measure.ask", id), id, cases.NewMeasure{Kind: kind, Values: values})
		h.must(err)
		return m, h.asked(m)
	}
	m, res := ask("phone-data", map[string]string{"target": "1", "addressee": "2", "reasons": "3"})
	g := h.grant("prosecutor", "cases.measure.refuse", res)
	h.wants(h.RefuseMeasure(ctx, g, m, " "), fault.Invalid, "form.required")
	h.must(h.RefuseMeasure(ctx, g, m, "غير مبرر"))
	own, res := ask("seizure", map[string]string{"objects": "هاتف"})
	kind, err := h.k.Pack.Measure("seizure", noon)
	h.must(err)
	h.must(h.OrderMeasure(ctx, h.grant("opj", "cases.measure.order", res), own, cases.Order{Number: "1", Basis: kind.Law[0], From: noon}))
	h.must(h.ReportMeasure(ctx, h.on("opj", "cases.measure.report", id), own, enquiry.Done, "حجز الهاتف"))
	h.wants(h.ReportMeasure(ctx, h.on("opj", "cases.measure.report", id), own, enquiry.Done, "x"), fault.Refused, "cases.refused.measure-state")
	third, res := ask("seizure", map[string]string{"objects": "سكين"})
	if _, err := h.ask("agent", "cases.measure.order", res); !fault.Is(err, fault.Refused) {
		t.Errorf("an agent orders measure %s: %v", third, err)
	}
	x, err := h.Measure(ctx, m)
	h.must(err)
	if x.State != enquiry.Refused || x.Values["refusal"] != "غير مبرر" {
		t.Errorf("%+v", x)
	}
	h.sound()
}

// TestHandOverOnce: a form sent twice hands over once; a changed file is not
// handed over under the old view of it.
func TestHandOverOnce(t *testing.T) {
	h := newHouse(t)
	id := h.approved()
	g, submission := h.on("chief", "cases.dossier.hand-over", id), h.ids.New()
	one, err := h.HandOver(ctx, g, id, submission)
	h.must(err)
	two, err := h.HandOver(ctx, g, id, submission)
	h.must(err)
	if one.ID != two.ID || one.Entry != two.Entry {
		t.Errorf("%s %s", one.ID, two.ID)
	}
	_, err = h.HandOver(ctx, g, id, h.ids.New())
	h.wants(err, fault.Refused, "cases.refused.state")
	for _, profile := range dossier.Profiles() {
		if raw, err := h.TwinOf(ctx, one, profile); err != nil || decode[dossier.Twin](t, raw).Profile != profile {
			t.Errorf("%s: %v", profile, err)
		}
	}
	forged := one
	forged.Twin = `{"format":"amana-dossier/1"}`
	if _, err := h.TwinOf(ctx, forged, dossier.ForProsecutor); err == nil {
		t.Error("a twin that is not the entry's was given out")
	}
}

// TestReplay: an empty database filled from the entries has the same rows.
func TestReplay(t *testing.T) {
	h := newHouse(t)
	_, d := h.sent()
	into := storetest.OpenAt(t, storetest.SQLite(t))
	h.must(journal.Shape(ctx, into, h.modules()))
	if _, err := h.k.Journal.Replay(ctx, into, into, nil); err != nil {
		t.Fatal(err)
	}
	tables, err := h.db.Tables(ctx)
	h.must(err)
	seen := 0
	for _, table := range tables {
		if !store.Owned(table.Name, "cases") {
			continue
		}
		n, err := store.Compare(ctx, h.k.Reader, into.Reader(), table, func(x store.Difference) bool {
			t.Errorf("%+v", x)
			return false
		})
		h.must(err)
		seen += int(n)
	}
	if seen < 20 || d.ID == "" {
		t.Errorf("%d rows compared", seen)
	}
}
