package cases_test

import (
	"bytes"
	"compress/zlib"
	"context"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/print"
	"github.com/amana-platform/amana/kernel/store"
	"github.com/amana-platform/amana/kernel/text"
	"github.com/amana-platform/amana/modules/cases"
	"github.com/amana-platform/amana/modules/cases/dossier"
	"github.com/amana-platform/amana/modules/cases/enquiry"
)

// TestNobodyReviewsTheirOwnWork: the policy refuses, the service refuses, and
// the table itself cannot hold such a review.
func TestNobodyReviewsTheirOwnWork(t *testing.T) {
	h := newHouse(t)
	id, victim, _ := h.theft()
	h.hearing(id, victim, "x")
	h.must(h.Assign(ctx, h.on("chief", "cases.case.assign", id), id, h.who["chief"]))
	h.must(h.Submit(ctx, h.on("opj", "cases.review.submit", id), id))
	res, err := h.Resource(ctx, id)
	h.must(err)
	if _, err := h.ask("chief", "cases.review.approve", res); !fault.Is(err, fault.Refused) {
		t.Errorf("the policy let a chief approve a case that is their own: %v", err)
	}
	forged := res
	forged.Attrs = map[string]any{}
	for k, v := range res.Attrs {
		forged.Attrs[k] = v
	}
	forged.Attrs["authors"] = []string{}
	g := h.grant("chief", "cases.review.approve", forged)
	h.wants(h.Approve(ctx, g, id), fault.Refused, "cases.refused.own-work")
	h.wants(h.Return(ctx, h.grant("chief", "cases.review.return", forged), id, []cases.NewRemark{{Anchor: res.Ref, Words: "x"}}), fault.Refused, "cases.refused.own-work")
	h.must(h.Approve(ctx, h.on("second", "cases.review.approve", id), id))
	sys, err := h.k.Policy.System("test", "test.review", "CPP-24")
	h.must(err)
	_, err = h.k.Journal.Do(ctx, sys, func(_ context.Context, _ store.Reader, d *journal.Draft) error {
		review := d.NewID()
		d.Add(cases.ReviewSubmitted{Review: review, Case: id, Round: 9, Stage: 1, By: h.who["opj"]})
		d.Add(cases.ReviewApproved{Review: review, Case: id, Round: 9, Stage: 1, By: h.who["opj"]})
		return nil
	})
	if err == nil {
		t.Error("the table holds a review of one's own work")
	}
	h.sound()
}

// TestReview: returned with anchored remarks, answered, settled, approved; a
// sensitive case by two chiefs.
func TestReview(t *testing.T) {
	h := newHouse(t)
	id, victim, suspect := h.theft()
	a := h.hearing(id, victim, "x")
	p, err := h.DraftPV(ctx, h.on("opj", "cases.pv.draft", id), id, cases.NewPV{Submission: h.ids.New(), Form: "pv-hearing", Person: suspect, Act: noon})
	h.must(err)
	h.wants(h.Submit(ctx, h.on("opj", "cases.review.submit", id), id), fault.Refused, "cases.refused.drafts")
	h.must(h.DropPV(ctx, h.on("opj", "cases.pv.draft", id), p.ID))
	h.must(h.Restrict(ctx, h.on("chief", "cases.case.restrict", id), id, enquiry.SensitiveMinor))
	h.must(h.Submit(ctx, h.on("opj", "cases.review.submit", id), id))
	h.wants(h.AddParty(ctx, h.on("opj", "cases.party.add", id), id, cases.NewParty{Person: victim, Role: enquiry.Witness}), fault.Refused, "cases.refused.state")
	h.wants(h.Return(ctx, h.on("chief", "cases.review.return", id), id, []cases.NewRemark{{Words: " "}}), fault.Invalid, "form.required")
	said := []cases.NewRemark{{Anchor: ident.Ref{Kind: "pv", ID: a.ID}, Section: "statement", Words: "دقق التوقيت"}}
	h.must(h.Return(ctx, h.on("chief", "cases.review.return", id), id, said))
	h.wants(h.Submit(ctx, h.on("opj", "cases.review.submit", id), id), fault.Refused, "cases.refused.remarks")
	f, err := h.File(ctx, id)
	h.must(err)
	if len(f.Remarks) != 1 || f.Remarks[0].Section != "statement" || f.Remarks[0].Anchor.ID != a.ID || f.State != enquiry.Returned {
		t.Fatalf("%+v", f.Remarks)
	}
	h.must(h.Answer(ctx, h.on("opj", "cases.remark.answer", id), id, f.Remarks[0].ID, "تم"))
	h.must(h.Submit(ctx, h.on("opj", "cases.review.submit", id), id))
	h.must(h.Resolve(ctx, h.on("chief", "cases.remark.resolve", id), id, f.Remarks[0].ID))
	h.must(h.Approve(ctx, h.on("chief", "cases.review.approve", id), id))
	h.wants(h.Approve(ctx, h.on("chief", "cases.review.approve", id), id), fault.Refused, "cases.refused.own-work")
	h.must(h.Approve(ctx, h.on("second", "cases.review.approve", id), id))
	if c, _ := h.Case(ctx, id); c.State != enquiry.Approved {
		t.Errorf("state %s", c.State)
	}
	h.sound()
}

// TestReports: a report is its author's, complete, numbered without gaps, and
// closed for good; a correction is another one.
func TestReports(t *testing.T) {
	h := newHouse(t)
	id, victim, _ := h.theft()
	n := cases.NewPV{Submission: h.ids.New(), Form: "pv-hearing", Person: victim, Act: noon.Add(-time.Hour), Values: map[string]string{"statement": "أ", "place": "ب"}}
	p, err := h.DraftPV(ctx, h.on("opj", "cases.pv.draft", id), id, n)
	h.must(err)
	again, err := h.DraftPV(ctx, h.on("opj", "cases.pv.draft", id), id, n)
	h.must(err)
	if again.ID != p.ID {
		t.Error("a form sent twice drafted twice")
	}
	_, err = h.SignPV(ctx, h.on("opj", "cases.pv.sign", id), p.ID, p.Version)
	h.wants(err, fault.Invalid, "form.required")
	full := map[string]string{"statement": "أ", "place": "ب", "read-back": "yes", "additions": "لا شيء", "person-signature": enquiry.RefusedSign}
	p, _, err = h.RevisePV(ctx, h.on("opj", "cases.pv.draft", id), p.ID, p.Version, noon, full)
	h.must(err)
	_, err = h.SignPV(ctx, h.on("opj", "cases.pv.sign", id), p.ID, p.Version)
	h.wants(err, fault.Invalid, "form.required") // a refusal needs its reason
	full["refusal"] = "رفض دون ذكر السبب"
	p, _, err = h.RevisePV(ctx, h.on("opj", "cases.pv.draft", id), p.ID, p.Version, noon, full)
	h.must(err)
	_, err = h.SignPV(ctx, h.on("chief", "cases.pv.sign", id), p.ID, p.Version)
	h.wants(err, fault.Refused, "cases.refused.not-author")
	_, err = h.SignPV(ctx, h.on("opj", "cases.pv.sign", id), p.ID, p.Version-1)
	h.wants(err, fault.Conflict, "fault.conflict")
	p, err = h.SignPV(ctx, h.on("opj", "cases.pv.sign", id), p.ID, p.Version)
	h.must(err)
	if !strings.HasPrefix(p.Number, "1/") || p.State != enquiry.Signed || p.Values["person"] != "خديجة السعدي" || p.Values["quality"] != "victim" {
		t.Errorf("%+v", p)
	}
	_, _, err = h.RevisePV(ctx, h.on("opj", "cases.pv.draft", id), p.ID, p.Version, noon, full)
	h.wants(err, fault.Refused, "cases.refused.signed")
	n.Submission, n.Corrects = h.ids.New(), p.ID
	if _, err = h.DraftPV(ctx, h.on("opj", "cases.pv.draft", id), id, n); err != nil {
		t.Fatal(err)
	}
	if b := h.hearing(id, victim, "ج"); !strings.HasPrefix(b.Number, "2/") {
		t.Errorf("number %s", b.Number)
	}
	h.must(h.Assign(ctx, h.on("chief", "cases.case.assign", id), id, h.who["agent"]))
	q, err := h.DraftPV(ctx, h.on("agent", "cases.pv.draft", id), id, cases.NewPV{Submission: h.ids.New(), Form: "pv-finding", Act: noon})
	h.must(err)
	_, err = h.SignPV(ctx, h.on("agent", "cases.pv.sign", id), q.ID, q.Version)
	h.wants(err, fault.Refused, "cases.refused.capacity")
	h.sound()
}

// TestSeizure: each line of the list goes to exhibits with the id it keeps.
func TestSeizure(t *testing.T) {
	h := newHouse(t)
	id, _, suspect := h.theft()
	values := map[string]string{"seizure-place": "القنيطرة", "objects": "- هاتف أسود\n\n• سكين", "seal-numbers": "KEN-1, KEN-2", "destination": "كتابة الضبط", "person-signature": enquiry.Thumbprint}
	p, err := h.DraftPV(ctx, h.on("opj", "cases.pv.draft", id), id, cases.NewPV{Submission: h.ids.New(), Form: "pv-seizure", Person: suspect, Act: noon, Values: values})
	h.must(err)
	p, err = h.SignPV(ctx, h.on("opj", "cases.pv.sign", id), p.ID, p.Version)
	h.must(err)
	got := h.exhibits.seized
	if len(got) != 1 || len(got[0].Things) != 2 || got[0].Things[1].Description != "سكين" || got[0].Things[1].Line != 2 || got[0].From != suspect || got[0].PV != p.ID || p.Values["holder"] != "رشيد بوهلال" {
		t.Fatalf("%+v", got)
	}
	line, err := h.k.Journal.Timeline(ctx, ident.Ref{Kind: "pv", ID: p.ID}, 0, 1)
	h.must(err)
	if e := line[0].Entry.(cases.PVSigned); len(e.Items) != 2 || e.Items[0].ID != got[0].Things[0].ID || e.Items[0].Description.Text() != "هاتف أسود" {
		t.Errorf("%+v", e)
	}
	h.sound()
}

// TestTwoEditors: what each changed alone is merged; what both changed comes
// back with both values, and nothing is saved over anything.
func TestTwoEditors(t *testing.T) {
	h := newHouse(t)
	id, victim, _ := h.theft()
	p, err := h.DraftPV(ctx, h.on("opj", "cases.pv.draft", id), id, cases.NewPV{Submission: h.ids.New(), Form: "pv-hearing", Person: victim, Act: noon, Values: map[string]string{"statement": "0", "place": "0"}})
	h.must(err)
	g := h.on("opj", "cases.pv.draft", id)
	_, _, err = h.RevisePV(ctx, g, p.ID, 1, noon, map[string]string{"statement": "A", "place": "0"})
	h.must(err)
	now, _, err := h.RevisePV(ctx, g, p.ID, 1, noon, map[string]string{"statement": "0", "place": "B"})
	h.must(err)
	if now.Values["statement"] != "A" || now.Values["place"] != "B" {
		t.Errorf("merged %v", now.Values)
	}
	_, clashes, err := h.RevisePV(ctx, g, p.ID, 1, noon, map[string]string{"statement": "C", "place": "0"})
	h.wants(err, fault.Conflict, "fault.conflict")
	if !slices.Equal(clashes, []enquiry.Clash{{Field: "statement", Mine: "C", Theirs: "A"}}) {
		t.Errorf("%v", clashes)
	}
}

// TestMeasures: the authority is the pack's, the window its own and at most
// the pack's, and its end stops the measure without anybody's act.
func TestMeasures(t *testing.T) {
	h := newHouse(t)
	id, _, _ := h.theft()
	m, err := h.AskMeasure(ctx, h.on("opj", "cases.measure.ask", id), id, cases.NewMeasure{Kind: "phone-data", Values: map[string]string{"target": "0600000099", "addressee": "متعهد", "reasons": "تحديد الموقع"}})
	h.must(err)
	_, err = h.AskMeasure(ctx, h.on("opj", "cases.measure.ask", id), id, cases.NewMeasure{Kind: "search-home-consent"})
	h.wants(err, fault.Invalid, "cases.wrong.regime")
	res := h.asked(m)
	if _, err := h.ask("opj", "cases.measure.order", res); !fault.Is(err, fault.Refused) {
		t.Error("an officer ordered what the prosecution must")
	}
	if _, err := h.ask("elsewhere", "cases.measure.order", res); !fault.Is(err, fault.Refused) {
		t.Error("another office ordered")
	}
	g := h.grant("prosecutor", "cases.measure.order", res)
	good := cases.Order{Number: "77/2026", Basis: "CPP 108", From: noon}
	for key, spoil := range map[string]func(*cases.Order){
		"form.required": func(o *cases.Order) { o.Number = "" }, "form.choose": func(o *cases.Order) { o.Basis = "CPP 1" },
		"cases.wrong.window": func(o *cases.Order) { o.Until = noon.AddDate(1, 0, 0) },
	} {
		bad := good
		spoil(&bad)
		h.wants(h.OrderMeasure(ctx, g, m, bad), fault.Invalid, key)
	}
	h.must(h.OrderMeasure(ctx, g, m, good))
	h.wants(h.OrderMeasure(ctx, g, m, good), fault.Refused, "cases.refused.measure-state")
	x, err := h.Measure(ctx, m)
	h.must(err)
	if !x.InForce(noon) || x.InForce(noon.Add(-1)) || x.InForce(x.Until) || !x.Until.Equal(noon.AddDate(0, 0, 30)) || x.Magistrate != h.who["prosecutor"] {
		t.Errorf("%+v", x)
	}
	h.clock.Set(x.Until)
	h.wants(h.ReportMeasure(ctx, h.on("opj", "cases.measure.report", id), m, enquiry.Done, "متأخر"), fault.Refused, "cases.refused.lapsed")
	if n, err := h.StopLapsed(ctx, 10); n != 1 || err != nil {
		t.Errorf("%d %v", n, err)
	}
	if n, err := h.StopLapsed(ctx, 10); n != 0 || err != nil {
		t.Errorf("again: %d %v", n, err)
	}
	if x, _ = h.Measure(ctx, m); x.State != enquiry.Lapsed || !x.Ended.Equal(x.Until) {
		t.Errorf("%+v", x)
	}
	h.sound()
}

// TestMovingCases: assign, refer and transfer are three different things.
func TestMovingCases(t *testing.T) {
	h := newHouse(t)
	id, _, _ := h.theft()
	on := policy.Purpose{Kind: policy.Case, Ref: ident.Ref{Kind: "case", ID: id}}
	holds := func(name string) bool {
		a, err := h.units.Account(ctx, h.who[name])
		h.must(err)
		return h.HoldsCase(ctx, a.Actor, on)
	}
	for name, want := range map[string]bool{"opj": true, "agent": false, "chief": true, "far": false, "far-chief": false, "prosecutor": false, "desk": false, "inspector": false, "administrator": false} {
		if holds(name) != want {
			t.Errorf("%s holds the case: %v", name, !want)
		}
	}
	h.wants(h.Release(ctx, h.on("chief", "cases.case.assign", id), id, h.who["opj"]), fault.Refused, "cases.refused.last")
	h.must(h.Assign(ctx, h.on("chief", "cases.case.assign", id), id, h.who["agent"]))
	h.must(h.Release(ctx, h.on("chief", "cases.case.assign", id), id, h.who["agent"]))
	if holds("agent") {
		t.Error("a released officer holds the case")
	}
	h.must(h.Refer(ctx, h.on("chief", "cases.case.refer", id), id, h.who["far"], "أبحاث بطنجة"))
	h.on("far", "cases.case.read", id)
	res, err := h.Resource(ctx, id)
	h.must(err)
	if _, err := h.ask("far", "cases.review.submit", res); !fault.Is(err, fault.Refused) {
		t.Error("a guest submitted a case")
	}
	if _, err := h.ask("far", "cases.contact.read", res); !fault.Is(err, fault.Refused) {
		t.Error("a guest read contacts")
	}
	f, err := h.File(ctx, id)
	h.must(err)
	h.must(h.EndReferral(ctx, h.on("far", "cases.referral.end", id), id, f.Referrals[0].ID))
	if f, _ = h.File(ctx, id); f.Referrals[0].State != "done" || holds("far") {
		t.Errorf("%+v", f.Referrals)
	}
	tr, err := h.Propose(ctx, h.on("chief", "cases.transfer.propose", id), id, h.unit["TNG-VILLE-BPJ"], "الاختصاص")
	h.must(err)
	_, err = h.Propose(ctx, h.on("chief", "cases.transfer.propose", id), id, h.unit["TNG-VILLE-BPJ"], "x")
	h.wants(err, fault.Refused, "cases.refused.transfer-open")
	offer := policy.Resource{Ref: ident.Ref{Kind: "transfer", ID: tr}, Under: []ident.Ref{{Kind: "case", ID: id}}, Unit: h.unit["TNG-VILLE-BPJ"]}
	if _, err := h.ask("chief", "cases.transfer.decide", offer); !fault.Is(err, fault.Refused) {
		t.Error("the offering chief accepted the transfer")
	}
	h.must(h.DecideTransfer(ctx, h.grant("far-chief", "cases.transfer.decide", offer), tr, "accepted", h.who["far"]))
	c, err := h.Case(ctx, id)
	h.must(err)
	if c.Unit != h.unit["TNG-VILLE-BPJ"] || holds("opj") || holds("chief") || !holds("far") || !holds("far-chief") {
		t.Errorf("%+v", c)
	}
	h.sound()
}

// TestSealed: a sealed case is closed to all; its chief lifts the seal.
func TestSealed(t *testing.T) {
	h := newHouse(t)
	id, _, _ := h.theft()
	h.wants(h.Seal(ctx, h.on("chief", "cases.case.seal", id), id, true, " "), fault.Invalid, "form.required")
	h.must(h.Seal(ctx, h.on("chief", "cases.case.seal", id), id, true, "أمر 5/2026"))
	res, err := h.Resource(ctx, id)
	h.must(err)
	for _, name := range []string{"opj", "chief"} {
		if _, err := h.ask(name, "cases.case.read", res); !fault.Is(err, fault.Refused) {
			t.Errorf("%s read a sealed case", name)
		}
	}
	h.must(h.Seal(ctx, h.on("chief", "cases.case.seal", id), id, false, "أمر 6/2026"))
	h.on("opj", "cases.case.read", id)
}

// TestGateShut: a file that lacks an element is not handed over.
func TestGateShut(t *testing.T) {
	h := newHouse(t)
	id, victim, suspect := h.theft()
	h.hearing(id, victim, "x")
	h.hearing(id, suspect, "x")
	h.must(h.Submit(ctx, h.on("opj", "cases.review.submit", id), id))
	h.must(h.Approve(ctx, h.on("chief", "cases.review.approve", id), id))
	_, err := h.HandOver(ctx, h.on("chief", "cases.dossier.hand-over", id), id, h.ids.New())
	h.wants(err, fault.Refused, "cases.refused.gate")
}

// TestCrimeGoesToTheProsecutorGeneral: the class decides the office.
func TestCrimeGoesToTheProsecutorGeneral(t *testing.T) {
	h := newHouse(t)
	id, _, suspect := h.theft()
	h.must(h.Qualify(ctx, h.on("opj", "cases.offence.qualify", id), id, cases.Qualification{Code: "theft-armed", Suspect: suspect, Attempted: true, Part: enquiry.Accomplice}))
	f, err := h.File(ctx, id)
	h.must(err)
	u, err := h.Office(ctx, f)
	h.must(err)
	if u.ID != h.unit["PGR-KEN"] {
		t.Errorf("office %s", u.Code)
	}
	err = h.Qualify(ctx, h.on("opj", "cases.offence.qualify", id), id, cases.Qualification{Code: "theft-armed", Suspect: suspect})
	h.wants(err, fault.Invalid, "cases.wrong.offence-twice")
}

// TestReturned: the prosecution returns with a code and what is missing.
func TestReturned(t *testing.T) {
	h := newHouse(t)
	id, d := h.sent()
	g := h.grant("prosecutor", "cases.dossier.decide", dossierOf(d))
	h.wants(h.Decide(ctx, g, d.ID, "return-hearing", map[string]string{"missing": "x", "deadline": "2026-12-31"}), fault.Refused, "cases.refused.dossier-state")
	if _, err := h.ask("elsewhere", "cases.dossier.read", dossierOf(d)); !fault.Is(err, fault.Refused) {
		t.Error("another office read the dossier")
	}
	_, err := h.Acknowledge(ctx, h.grant("prosecutor", "cases.dossier.acknowledge", dossierOf(d)), d.ID)
	h.must(err)
	h.wants(h.Decide(ctx, g, d.ID, "return-hearing", nil), fault.Invalid, "form.required")
	h.must(h.Decide(ctx, g, d.ID, "return-hearing", map[string]string{"missing": "شاهد", "deadline": "2026-12-31T00:00:00Z", "remarks": "عاجل"}))
	c, err := h.Case(ctx, id)
	h.must(err)
	if d, _ = h.Dossier(ctx, d.ID); c.State != enquiry.Returned || d.State != "returned" || d.Values["missing"] != "شاهد" {
		t.Errorf("%s %+v", c.State, d)
	}
	h.sound()
}

// TestRedaction: what a profile withholds is in no byte of its PDF, opened
// streams and attachments included; the prosecutor's has it.
func TestRedaction(t *testing.T) {
	h := newHouse(t)
	h.proving()
	id, d := h.sent()
	secrets := []string{"212600000017", "0600 00 00 17", "06.00.00.00.17", "حي النخيل، زنقة 4"}
	persons := []string{"خديجة", "Khadija", "AB100001", "رشيد", "Rachid", "Bouhlal", "سرق المشتبه"}
	for profile, absent := range map[string][]string{dossier.ForProsecutor: nil, dossier.ForDefence: secrets, dossier.ForStatistics: append(persons, secrets...)} {
		for _, lang := range []string{"ar", "fr"} {
			x, err := h.IssueDossier(ctx, h.on("chief", "cases.dossier.copy", id), d.ID, profile, lang)
			h.must(err)
			pdf := readAll(t, h.Service, x)
			keep(t, profile+"-"+lang+".pdf", pdf)
			all := opened(t, pdf)
			twin, err := print.Attached(pdf, dossier.TwinFile)
			h.must(err)
			all = append(all, twin...)
			for _, s := range absent {
				if bytes.Contains(all, []byte(s)) || bytes.Contains(all, utf16(s)) || bytes.Contains(all, jsonText(s)) {
					t.Errorf("%s %s holds %q", profile, lang, s)
				}
			}
			if profile == dossier.ForProsecutor && (!bytes.Contains(twin, []byte("212600000017")) || !bytes.Contains(twin, []byte("خديجة"))) {
				t.Error("the prosecutor's copy lacks what it must have")
			}
		}
	}
	if again, _ := h.Dossier(ctx, d.ID); len(again.Issues) != 6 {
		t.Errorf("%d issues", len(again.Issues))
	}
	h.sound()
}

// opened gives a PDF with every compressed stream opened.
func opened(t testing.TB, pdf []byte) []byte {
	t.Helper()
	out := slices.Clone(pdf)
	streams := 0
	for rest := pdf; ; {
		i := bytes.Index(rest, []byte("stream"))
		if i < 0 {
			break
		}
		rest = bytes.TrimLeft(rest[i+len("stream"):], "\r\n")
		if z, err := zlib.NewReader(bytes.NewReader(rest)); err == nil {
			plain, _ := io.ReadAll(z)
			out = append(out, plain...)
			streams++
		}
	}
	if streams == 0 {
		t.Fatal("no stream could be opened")
	}
	return out
}

// utf16 is a text as PDF metadata and bookmarks hold it.
func utf16(s string) []byte {
	var out []byte
	for _, r := range s {
		out = append(out, byte(r>>8), byte(r))
	}
	return out
}

func jsonText(s string) []byte { return []byte(strings.Trim(s, `"`)) }

// TestListEqualsDecisions: the list shows a case to exactly those who may
// read it one by one.
func TestListEqualsDecisions(t *testing.T) {
	h := newHouse(t)
	one, _, _ := h.theft()
	two, _, _ := h.theft()
	h.must(h.Restrict(ctx, h.on("chief", "cases.case.restrict", two), two, enquiry.SensitiveDomestic))
	h.must(h.Refer(ctx, h.on("chief", "cases.case.refer", one), one, h.who["far"], "x"))
	h.must(h.Assign(ctx, h.on("chief", "cases.case.assign", two), two, h.who["agent"]))
	three, _, _ := h.theft()
	h.must(h.Seal(ctx, h.on("chief", "cases.case.seal", three), three, true, "1"))
	for _, x := range cast {
		a, err := h.units.Account(ctx, h.who[x.name])
		h.must(err)
		if a.Duty.IsZero() {
			continue
		}
		listed, err := h.Listed(ctx, a.Actor, a.Duty)
		for _, id := range []ident.ID{one, two, three} {
			res, e := h.Resource(ctx, id)
			h.must(e)
			may := h.k.Policy.Can(ctx, a.Actor, "cases.case.list", res, a.Duty)
			if may != (err == nil && slices.Contains(listed, id)) {
				t.Errorf("%s, %s: decided %v, listed %v (%v)", x.name, id, may, !may, err)
			}
		}
	}
}

// TestTexts: complete in three languages, with a word for each entry.
func TestTexts(t *testing.T) {
	c, err := text.Load(nil, cases.Texts)
	if err != nil {
		t.Fatal(err)
	}
	for _, problem := range text.Check(c) {
		t.Error(problem)
	}
	for _, k := range cases.JournalModule().Kinds {
		if key := "cases.entry." + strings.TrimPrefix(k.Name, "cases."); !c.Has(text.AR, key) {
			t.Errorf("no words for %s", k.Name)
		}
	}
}
