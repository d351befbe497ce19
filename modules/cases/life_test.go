package cases_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/store"
	"github.com/amana-platform/amana/kernel/store/storetest"
	"github.com/amana-platform/amana/modules/cases"
	"github.com/amana-platform/amana/modules/cases/dossier"
	"github.com/amana-platform/amana/modules/cases/enquiry"
)

// life is one case on which every verb of the module is used at least once, so
// that what must hold of every kind of entry is asked of real ones.
type life struct {
	*house
	id, victim, suspect, witness ident.ID
	draft, report                enquiry.PV
	measure, transfer            ident.ID
	dossier                      enquiry.Dossier
}

// step is one use of a verb: by whom, under which action, and the entries it
// leaves, in their order and without "cases.".
type step struct {
	who, action string
	do          func(policy.Grant) error
	leaves      string
}

func newLife(h *house) *life {
	l := &life{house: h}
	l.id, l.victim, l.suspect = h.theft()
	l.witness = h.person("Samira", "Tazi", "سميرة", "التازي", "C300003", "زنقة الورد، رقم 8، القنيطرة", "+212600000055")
	return l
}

// file reads the case whole.
func (l *life) file() *enquiry.File {
	l.t.Helper()
	f, err := l.File(ctx, l.id)
	l.must(err)
	return f
}

// resource gives what a step's action is asked about.
func (l *life) resource(action string) policy.Resource {
	l.t.Helper()
	under := []ident.Ref{{Kind: enquiry.KindCase, ID: l.id}}
	switch {
	case action == "cases.measure.order", action == "cases.measure.refuse", action == "cases.measure.request":
		return l.asked(l.measure)
	case action == "cases.transfer.decide":
		return policy.Resource{Ref: ident.Ref{Kind: enquiry.KindTransfer, ID: l.transfer}, Under: under, Unit: l.unit["TNG-VILLE-BPJ"]}
	case strings.HasPrefix(action, "cases.dossier.") && action != "cases.dossier.copy" && action != "cases.dossier.hand-over":
		return dossierOf(l.dossier)
	}
	res, err := l.Resource(ctx, l.id)
	l.must(err)
	return res
}

// passes takes steps one after the other and checks what each leaves.
func (l *life) passes(steps []step) {
	l.t.Helper()
	for _, x := range steps {
		g := l.grant(x.who, x.action, l.resource(x.action))
		left, err := l.leaves(func() error { return x.do(g) })
		if err != nil {
			l.t.Fatalf("%s, %s (%s): %v", x.who, x.action, x.leaves, err)
		}
		if got := strings.ReplaceAll(strings.Join(left, " "), "cases.", ""); got != x.leaves {
			l.t.Errorf("%s, %s: left %q, want %q", x.who, x.action, got, x.leaves)
		}
		l.clock.Advance(time.Minute)
	}
}

// whole lives the whole life.
func (l *life) whole() {
	l.t.Helper()
	for _, part := range [][]step{l.people(), l.writing(), l.measuring(), l.moving(), l.reviewing(), l.answered("return-evidence"), l.again(), l.answered("dismissed")} {
		l.passes(part)
	}
}

func (l *life) people() []step {
	return []step{
		{"opj", "cases.party.add", func(g policy.Grant) error {
			return l.AddParty(ctx, g, l.id, cases.NewParty{Person: l.witness, Role: enquiry.Witness, Address: "زنقة الورد، رقم 8", Phone: "+212600000055"})
		}, "party-added"},
		{"opj", "cases.party.add", func(g policy.Grant) error {
			return l.AddParty(ctx, g, l.id, cases.NewParty{Person: l.witness, Role: enquiry.CivilParty})
		}, "party-added"},
		{"opj", "cases.party.add", func(g policy.Grant) error {
			i := slices.IndexFunc(l.file().Parties, func(p enquiry.Party) bool { return p.Role == enquiry.CivilParty })
			return l.WithdrawParty(ctx, g, l.id, l.file().Parties[i].ID)
		}, "party-withdrawn"},
		{"opj", "cases.case.amend", func(g policy.Grant) error {
			f := l.file()
			return l.Amend(ctx, g, l.id, cases.Amendment{Version: f.Version, Regime: "rogatory", Court: l.unit["TPI-KEN"], Values: letters, Facts: f.Facts + " قرب مقهى الأمل.", Place: f.Place, From: f.From})
		}, "case-amended court-named"},
		{"opj", "cases.case.amend", func(g policy.Grant) error {
			f := l.file()
			return l.Amend(ctx, g, l.id, cases.Amendment{Version: f.Version, Regime: "flagrance", Court: f.Court, Values: f.Values, Facts: f.Facts, Place: f.Place, From: f.From})
		}, "case-amended court-named"},
		{"opj", "cases.offence.qualify", func(g policy.Grant) error {
			return l.Qualify(ctx, g, l.id, cases.Qualification{Code: "theft-armed", Suspect: l.suspect, Aggravating: "بسكين صغير"})
		}, "offence-qualified"},
		{"opj", "cases.offence.qualify", func(g policy.Grant) error {
			i := slices.IndexFunc(l.file().Offences, func(o enquiry.Offence) bool { return o.Code == "theft-armed" })
			return l.WithdrawOffence(ctx, g, l.id, l.file().Offences[i].ID)
		}, "offence-withdrawn"},
		{"opj", "cases.piece.file", func(g policy.Grant) error {
			_, err := l.FilePiece(ctx, g, l.id, cases.NewPiece{Kind: "document", Title: "فاتورة الحقيبة"})
			return err
		}, "piece-filed"},
	}
}

// letters are what letters rogatory say.
var letters = map[string]string{"judge": "قاضي التحقيق بالغرفة الأولى", "mandate": "31/2026", "deadline": "2026-12-31T00:00:00Z"}

// heard is what a hearing needs before it can be signed.
func heard(statement string) map[string]string {
	return map[string]string{"place": "مقر الفرقة", "statement": statement, "read-back": "yes", "additions": "لا شيء", "person-signature": enquiry.SignedByHand}
}

func (l *life) begin(g policy.Grant, person ident.ID, values map[string]string) error {
	p, err := l.DraftPV(ctx, g, l.id, cases.NewPV{Submission: l.ids.New(), Form: "pv-hearing", Person: person, Act: noon.Add(-time.Hour), Values: values})
	l.draft = p
	return err
}

func (l *life) sign(g policy.Grant) (err error) {
	l.report, err = l.SignPV(ctx, g, l.draft.ID, l.draft.Version)
	return err
}

func (l *life) writing() []step {
	link := func(g policy.Grant) error {
		return l.Link(ctx, g, l.id, l.file().Offences[0].ID, "taking", ident.Ref{Kind: enquiry.KindPV, ID: l.report.ID})
	}
	return []step{
		{"opj", "cases.pv.draft", func(g policy.Grant) error { return l.begin(g, l.victim, nil) }, "pv-drafted"},
		{"opj", "cases.pv.draft", func(g policy.Grant) error { return l.DropPV(ctx, g, l.draft.ID) }, "pv-dropped"},
		{"opj", "cases.pv.draft", func(g policy.Grant) error { return l.begin(g, l.victim, nil) }, "pv-drafted"},
		{"opj", "cases.pv.draft", func(g policy.Grant) (err error) {
			l.draft, _, err = l.RevisePV(ctx, g, l.draft.ID, l.draft.Version, noon, heard("خطف مني الحقيبة وفر"))
			return err
		}, "pv-revised"},
		{"opj", "cases.pv.draft", func(g policy.Grant) error { // a save that changes nothing says nothing
			_, _, err := l.RevisePV(ctx, g, l.draft.ID, l.draft.Version, noon, heard("خطف مني الحقيبة وفر"))
			return err
		}, ""},
		{"opj", "cases.pv.sign", l.sign, "pv-signed"},
		{"opj", "cases.pv.draft", func(g policy.Grant) error { return l.begin(g, l.suspect, heard("أعترف بأخذ الحقيبة")) }, "pv-drafted"},
		{"opj", "cases.pv.sign", l.sign, "pv-signed"},
		{"opj", "cases.evidence.link", link, "evidence-linked"},
		{"opj", "cases.evidence.link", func(g policy.Grant) error { return l.Unlink(ctx, g, l.id, l.file().Links[0].ID) }, "evidence-unlinked"},
		{"opj", "cases.evidence.link", link, "evidence-linked"},
	}
}

// intercepting is what an interception is asked with.
var intercepting = cases.NewMeasure{Kind: "interception", Values: map[string]string{"target": "0611000000", "offence": "سرقة", "reasons": "تحديد شركاء المشتبه فيه", "duration": "P1M"}}

func (l *life) ask(g policy.Grant) (err error) {
	l.measure, err = l.AskMeasure(ctx, g, l.id, cases.NewMeasure{Kind: "phone-data", Values: map[string]string{"target": "0611000000", "addressee": "متعهد الشبكة", "reasons": "تحديد مكان الهاتف"}})
	return err
}

func (l *life) measuring() []step {
	return []step{
		{"opj", "cases.measure.ask", func(g policy.Grant) (err error) {
			l.measure, err = l.AskMeasure(ctx, g, l.id, intercepting)
			return err
		}, "measure-asked"},
		{"general", "cases.measure.request", func(g policy.Grant) error { return l.RequestMeasure(ctx, g, l.measure, "12/2026") }, "measure-requested"},
		{"opj", "cases.measure.withdraw", func(g policy.Grant) error { return l.WithdrawMeasure(ctx, g, l.measure) }, "measure-withdrawn"},
		{"opj", "cases.measure.ask", l.ask, "measure-asked"},
		{"prosecutor", "cases.measure.refuse", func(g policy.Grant) error { return l.RefuseMeasure(ctx, g, l.measure, "الطلب غير مبرر") }, "measure-refused"},
		{"opj", "cases.measure.ask", l.ask, "measure-asked"},
		{"prosecutor", "cases.measure.order", func(g policy.Grant) error {
			return l.OrderMeasure(ctx, g, l.measure, cases.Order{Number: "77/2026", Basis: "CPP 108", From: noon})
		}, "measure-ordered"},
		{"opj", "cases.measure.report", func(g policy.Grant) error {
			return l.ReportMeasure(ctx, g, l.measure, enquiry.Done, "توصلت المصلحة بالبيانات")
		}, "measure-ended"},
	}
}

func (l *life) offer(g policy.Grant) (err error) {
	l.transfer, err = l.Propose(ctx, g, l.id, l.unit["TNG-VILLE-BPJ"], "الاختصاص المكاني")
	return err
}

func (l *life) moving() []step {
	lead := func(who, action, leaves string, do func(policy.Grant) error) step {
		return step{who, action, do, leaves}
	}
	return []step{
		lead("chief", "cases.case.assign", "case-assigned", func(g policy.Grant) error { return l.Assign(ctx, g, l.id, l.who["agent"]) }),
		lead("chief", "cases.case.assign", "case-released", func(g policy.Grant) error { return l.Release(ctx, g, l.id, l.who["agent"]) }),
		lead("chief", "cases.case.refer", "case-referred", func(g policy.Grant) error {
			return l.Refer(ctx, g, l.id, l.who["far"], "بحث عن الشاهد بطنجة")
		}),
		lead("far", "cases.referral.end", "referral-ended", func(g policy.Grant) error { return l.EndReferral(ctx, g, l.id, l.file().Referrals[0].ID) }),
		lead("chief", "cases.transfer.propose", "transfer-proposed", l.offer),
		lead("chief", "cases.transfer.propose", "transfer-decided", func(g policy.Grant) error { return l.DecideTransfer(ctx, g, l.transfer, "revoked", "") }),
		lead("chief", "cases.transfer.propose", "transfer-proposed", l.offer),
		lead("far-chief", "cases.transfer.decide", "transfer-decided", func(g policy.Grant) error { return l.DecideTransfer(ctx, g, l.transfer, "rejected", "") }),
		lead("chief", "cases.case.restrict", "case-restricted", func(g policy.Grant) error { return l.Restrict(ctx, g, l.id, enquiry.SensitiveMinor) }),
		lead("chief", "cases.case.seal", "case-sealed", func(g policy.Grant) error { return l.Seal(ctx, g, l.id, true, "5/2026") }),
		lead("chief", "cases.case.seal", "case-unsealed", func(g policy.Grant) error { return l.Seal(ctx, g, l.id, false, "6/2026") }),
		lead("chief", "cases.case.restrict", "case-restricted", func(g policy.Grant) error { return l.Restrict(ctx, g, l.id, "") }),
	}
}

func (l *life) submit(g policy.Grant) error  { return l.Submit(ctx, g, l.id) }
func (l *life) approve(g policy.Grant) error { return l.Approve(ctx, g, l.id) }

func (l *life) handOver(g policy.Grant) (err error) {
	l.dossier, err = l.HandOver(ctx, g, l.id, l.ids.New())
	return err
}

func (l *life) reviewing() []step {
	remark := func() ident.ID { return l.file().Remarks[0].ID }
	return []step{
		{"opj", "cases.review.submit", l.submit, "review-submitted"},
		{"chief", "cases.review.return", func(g policy.Grant) error {
			return l.Return(ctx, g, l.id, []cases.NewRemark{{Anchor: ident.Ref{Kind: enquiry.KindPV, ID: l.report.ID}, Section: "statement", Words: "دقق ساعة الوقائع"}})
		}, "review-returned"},
		{"opj", "cases.remark.answer", func(g policy.Grant) error { return l.Answer(ctx, g, l.id, remark(), "أضيفت الساعة") }, "remark-answered"},
		{"opj", "cases.review.submit", func(g policy.Grant) error {
			l.show(l.id, ident.Ref{Kind: enquiry.KindPV, ID: l.report.ID})
			return l.Submit(ctx, g, l.id)
		}, "evidence-linked evidence-linked review-submitted"},
		{"chief", "cases.remark.resolve", func(g policy.Grant) error { return l.Resolve(ctx, g, l.id, remark()) }, "remark-resolved"},
		{"chief", "cases.review.approve", l.approve, "review-approved"},
		{"chief", "cases.dossier.hand-over", l.handOver, "dossier-handed-over"},
		{"chief", "cases.dossier.copy", func(g policy.Grant) error {
			_, err := l.IssueDossier(ctx, g, l.dossier.ID, dossier.ForDefence, "fr")
			return err
		}, "dossier-issued journal.proof-issued"},
	}
}

// answered is what the prosecution says with a code of the pack.
func (l *life) answered(code string) []step {
	kind := map[string]string{"return-evidence": "dossier-returned", "dismissed": "dossier-decided"}[code]
	return []step{
		{"prosecutor", "cases.dossier.acknowledge", func(g policy.Grant) error {
			_, err := l.Acknowledge(ctx, g, l.dossier.ID)
			return err
		}, "dossier-acknowledged"},
		{"prosecutor", "cases.dossier.decide", func(g policy.Grant) error {
			return l.Decide(ctx, g, l.dossier.ID, code, map[string]string{"missing": "تصريح الشاهدة", "deadline": "2026-12-31T00:00:00Z", "ground": "انعدام الإثبات"})
		}, kind},
	}
}

// again is the second round, after the prosecution gave the file back.
func (l *life) again() []step {
	return []step{
		{"opj", "cases.review.submit", l.submit, "review-submitted"},
		{"chief", "cases.review.approve", l.approve, "review-approved"},
		{"chief", "cases.dossier.hand-over", l.handOver, "dossier-handed-over"},
	}
}

// TestEveryVerbLeavesExactlyItsEntries: each verb, used by somebody who may,
// leaves the entries named and no other; together they are all the kinds that
// the module has, and the records they make are the same again in replay.
func TestEveryVerbLeavesExactlyItsEntries(t *testing.T) {
	h := newHouse(t)
	h.proving()
	l := newLife(h)
	l.whole()
	var unused []string
	written, err := store.List(ctx, h.k.Reader, "select distinct kind from journal_entries", nil, func(scan store.Scan) (kind string, err error) {
		err = scan(&kind)
		return kind, err
	})
	h.must(err)
	for _, k := range cases.JournalModule().Kinds {
		if !slices.Contains(written, k.Name) {
			unused = append(unused, k.Name)
		}
	}
	if len(unused) > 0 {
		t.Errorf("no verb leaves %v", unused)
	}
	c, err := h.Case(ctx, l.id)
	h.must(err)
	if c.State != enquiry.Closed || c.Round != 2 || c.Outcome != "dismissed" {
		t.Errorf("%+v", c)
	}
	h.sound()
	before := l.file()
	into := storetest.OpenAt(t, storetest.SQLite(t))
	h.must(journal.Shape(ctx, into, h.modules()))
	if _, err := h.k.Journal.Replay(ctx, into, into, nil); err != nil {
		t.Fatal(err)
	}
	h.k.Reader = into.Reader()
	if diff := cmp.Diff(before, l.file()); diff != "" {
		t.Errorf("the file after replay (-before +after):\n%s", diff)
	}
}
