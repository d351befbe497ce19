package cases_test

import (
	"testing"
	"time"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/modules/cases"
	"github.com/amana-platform/amana/modules/cases/enquiry"
)

// TestWhoeverHadAHandInACaseDoesNotApproveIt: the ways in which the work may
// be a chief's own. Each time a chief who had no hand in it approves.
func TestWhoeverHadAHandInACaseDoesNotApproveIt(t *testing.T) {
	h := newHouse(t)
	for name, hand := range map[string]func(id ident.ID){
		"who is assigned": func(id ident.ID) { h.must(h.Assign(ctx, h.on("chief", "cases.case.assign", id), id, h.who["chief"])) },
		"who wrote a report": func(id ident.ID) {
			p, err := h.DraftPV(ctx, h.on("chief", "cases.pv.draft", id), id, cases.NewPV{Submission: h.ids.New(), Form: "pv-finding", Act: noon, Values: complete["pv-finding"]})
			h.must(err)
			_, err = h.SignPV(ctx, h.on("chief", "cases.pv.sign", id), p.ID, p.Version)
			h.must(err)
		},
	} {
		h.run(name, func(t *testing.T) {
			id := h.approvable()
			hand(id)
			h.must(h.Submit(ctx, h.on("opj", "cases.review.submit", id), id))
			res, err := h.Resource(ctx, id)
			h.must(err)
			for _, action := range []string{"cases.review.approve", "cases.review.return"} {
				if _, err := h.ask("chief", action, res); !fault.Is(err, fault.Refused) {
					t.Errorf("the policy lets them %s: %v", action, err)
				}
			}
			res.Attrs["authors"] = []string{} // and if the policy had been told otherwise
			h.refuses([]refusal{{"approve", func() error { return h.Approve(ctx, h.grant("chief", "cases.review.approve", res), id) }, fault.Refused, "cases.refused.own-work", ""}})
			h.must(h.Approve(ctx, h.on("second", "cases.review.approve", id), id))
		})
	}
	h.run("who submitted it", func(t *testing.T) {
		id := h.approvable()
		h.must(h.Submit(ctx, h.on("chief", "cases.review.submit", id), id))
		h.refuses([]refusal{
			{"approve", func() error { return h.Approve(ctx, h.on("chief", "cases.review.approve", id), id) }, fault.Refused, "cases.refused.own-work", ""},
			{"return", func() error {
				return h.Return(ctx, h.on("chief", "cases.review.return", id), id, []cases.NewRemark{{Anchor: ident.Ref{Kind: "case", ID: id}, Words: "x"}})
			}, fault.Refused, "cases.refused.own-work", ""},
		})
		h.must(h.Approve(ctx, h.on("second", "cases.review.approve", id), id))
	})
	h.sound()
}

// TestTwoChiefsApproveASensitiveCase: each stage by another one, and none of
// them is who laid the case before them.
func TestTwoChiefsApproveASensitiveCase(t *testing.T) {
	h := newHouse(t)
	approve := func(who string, id ident.ID) func() error {
		return func() error { return h.Approve(ctx, h.on(who, "cases.review.approve", id), id) }
	}
	for _, by := range enquiry.Sensitivities() {
		id := h.approvable()
		h.must(h.Restrict(ctx, h.on("chief", "cases.case.restrict", id), id, by))
		h.must(h.Submit(ctx, h.on("opj", "cases.review.submit", id), id))
		h.must(approve("chief", id)())
		if c, err := h.Case(ctx, id); err != nil || c.State != enquiry.InReview || c.Stage != 2 {
			t.Errorf("after the first stage: %+v %v", c, err)
		}
		h.refuses([]refusal{{"the same chief twice", approve("chief", id), fault.Refused, "cases.refused.own-work", ""}})
		h.must(approve("second", id)())
		if c, err := h.Case(ctx, id); err != nil || c.State != enquiry.Approved {
			t.Errorf("after the second: %+v %v", c, err)
		}
	}
	id := h.approvable()
	h.must(h.Restrict(ctx, h.on("chief", "cases.case.restrict", id), id, enquiry.SensitiveMinor))
	h.must(h.Submit(ctx, h.on("chief", "cases.review.submit", id), id))
	h.must(approve("second", id)())
	h.refuses([]refusal{{"who submitted it, at the second stage", approve("chief", id), fault.Refused, "cases.refused.own-work", ""}})
	h.sound()
}

// TestAReturnAtTheSecondStageBeginsAnew: the second chief gives the case back,
// and both stages are passed again.
func TestAReturnAtTheSecondStageBeginsAnew(t *testing.T) {
	h := newHouse(t)
	id := h.approvable()
	h.must(h.Restrict(ctx, h.on("chief", "cases.case.restrict", id), id, enquiry.SensitiveMinor))
	h.must(h.Submit(ctx, h.on("opj", "cases.review.submit", id), id))
	h.must(h.Approve(ctx, h.on("chief", "cases.review.approve", id), id))
	h.must(h.Return(ctx, h.on("second", "cases.review.return", id), id, []cases.NewRemark{{Anchor: ident.Ref{Kind: "case", ID: id}, Section: "facts", Words: "x"}}))
	f, err := h.File(ctx, id)
	h.must(err)
	h.must(h.Answer(ctx, h.on("opj", "cases.remark.answer", id), id, f.Remarks[0].ID, "y"))
	h.clock.Advance(time.Minute)
	h.must(h.Submit(ctx, h.on("opj", "cases.review.submit", id), id))
	h.must(h.Approve(ctx, h.on("second", "cases.review.approve", id), id))
	h.must(h.Approve(ctx, h.on("chief", "cases.review.approve", id), id))
	f, err = h.File(ctx, id)
	h.must(err)
	type stage struct {
		Round, Stage int64
		Outcome      string
	}
	var got []stage
	for _, r := range f.Reviews {
		got = append(got, stage{r.Round, r.Stage, r.Outcome})
	}
	want := []stage{{1, 1, "approved"}, {1, 2, "returned"}, {2, 1, "approved"}, {2, 2, "approved"}}
	if len(got) != len(want) || got[0] != want[0] || got[1] != want[1] || got[2] != want[2] || got[3] != want[3] {
		t.Errorf("reviews %v, want %v", got, want)
	}
}

// TestRemarksAreAnchored: a return says what is wrong and where, on the row
// that was typed; what it is about must be of this case.
func TestRemarksAreAnchored(t *testing.T) {
	h := newHouse(t)
	other := h.approvable()
	foreign, err := h.File(ctx, other)
	h.must(err)
	id := h.approvable()
	h.must(h.Submit(ctx, h.on("opj", "cases.review.submit", id), id))
	f, err := h.File(ctx, id)
	h.must(err)
	here, there := ident.Ref{Kind: "case", ID: id}, ident.Ref{Kind: "pv", ID: f.PVs[0].ID}
	back := func(said ...cases.NewRemark) func() error {
		return func() error { return h.Return(ctx, h.on("chief", "cases.review.return", id), id, said) }
	}
	good := cases.NewRemark{Anchor: here, Section: "facts", Words: "x"}
	h.refuses([]refusal{
		{"nothing said", back(), fault.Invalid, "form.required", "remarks.0.words"},
		{"blanks only", back(cases.NewRemark{Anchor: here, Words: " "}), fault.Invalid, "form.required", "remarks.0.words"},
		{"about nothing", back(cases.NewRemark{Words: "x"}), fault.Invalid, "form.choose", "remarks.0.anchor"},
		{"about another case", back(good, cases.NewRemark{Anchor: ident.Ref{Kind: "case", ID: other}, Words: "x"}), fault.Invalid, "form.choose", "remarks.1.anchor"},
		{"about another case's report, below a blank row", back(good, cases.NewRemark{}, cases.NewRemark{Anchor: ident.Ref{Kind: "pv", ID: foreign.PVs[0].ID}, Words: "x"}), fault.Invalid, "form.choose", "remarks.2.anchor"},
	})
	h.must(back(cases.NewRemark{}, good, cases.NewRemark{Anchor: there, Section: "statement", Words: "y"})())
	f, err = h.File(ctx, id)
	h.must(err)
	if len(f.Remarks) != 2 || f.Remarks[0].Anchor != here || f.Remarks[1].Anchor != there || f.Remarks[1].Section != "statement" || f.Remarks[1].Words != "y" || f.Remarks[1].By != h.who["chief"] {
		t.Errorf("%+v", f.Remarks)
	}
}

// TestARemarkIsAnsweredThenSettled: an open one keeps the case from being
// submitted; an answered one may be answered better; a settled one is over.
func TestARemarkIsAnsweredThenSettled(t *testing.T) {
	h := newHouse(t)
	other := h.standing(enquiry.Returned).file
	x := h.standing(enquiry.InReview)
	id := x.file.ID
	h.must(h.Return(ctx, x.on("chief", "cases.review.return"), id, []cases.NewRemark{{Anchor: ident.Ref{Kind: "case", ID: id}, Words: "x"}, {Anchor: ident.Ref{Kind: "case", ID: id}, Words: "y"}}))
	f, err := h.File(ctx, id)
	h.must(err)
	one, two := f.Remarks[0].ID, f.Remarks[1].ID
	answer := func(remark ident.ID, words string) func() error {
		return func() error { return h.Answer(ctx, x.on("opj", "cases.remark.answer"), id, remark, words) }
	}
	settle := func(remark ident.ID) func() error {
		return func() error { return h.Resolve(ctx, x.on("chief", "cases.remark.resolve"), id, remark) }
	}
	submit := func() error { return h.Submit(ctx, x.on("opj", "cases.review.submit"), id) }
	h.refuses([]refusal{
		{"no words", answer(one, " "), fault.Invalid, "form.required", "answer"},
		{"a remark of another case", answer(other.Remarks[0].ID, "x"), fault.NotFound, "fault.not-found", ""},
		{"settling one of another case", settle(other.Remarks[0].ID), fault.NotFound, "fault.not-found", ""},
		{"submitting over two open remarks", submit, fault.Refused, "cases.refused.remarks", ""},
	})
	h.must(answer(one, "a")())
	h.must(answer(one, "b")())
	h.refuses([]refusal{{"submitting over one", submit, fault.Refused, "cases.refused.remarks", ""}})
	h.must(settle(two)())
	h.refuses([]refusal{{"answering a settled one", answer(two, "x"), fault.Refused, "cases.refused.resolved", ""}, {"settling it twice", settle(two), fault.Refused, "cases.refused.resolved", ""}})
	h.must(submit())
	f, err = h.File(ctx, id)
	h.must(err)
	if r := f.Remarks[0]; r.Answer != "b" || r.State != "answered" || r.AnsweredBy != h.who["opj"] || f.Remarks[1].State != "resolved" {
		t.Errorf("%+v", f.Remarks)
	}
}

// TestSubmittingAsksForAFileThatCanBeReviewed: no draft is left, and something
// is qualified.
func TestSubmittingAsksForAFileThatCanBeReviewed(t *testing.T) {
	h := newHouse(t)
	id := h.approvable()
	submit := func() error { return h.Submit(ctx, h.on("opj", "cases.review.submit", id), id) }
	p, err := h.DraftPV(ctx, h.on("opj", "cases.pv.draft", id), id, cases.NewPV{Submission: h.ids.New(), Form: "pv-finding", Act: noon})
	h.must(err)
	h.refuses([]refusal{{"a draft is left", submit, fault.Refused, "cases.refused.drafts", ""}})
	h.must(h.DropPV(ctx, h.on("opj", "cases.pv.draft", id), p.ID))
	f, err := h.File(ctx, id)
	h.must(err)
	h.must(h.WithdrawOffence(ctx, h.on("opj", "cases.offence.qualify", id), id, f.Offences[0].ID))
	h.refuses([]refusal{{"nothing is qualified", submit, fault.Refused, "cases.refused.unqualified", ""}})
	h.must(h.Qualify(ctx, h.on("opj", "cases.offence.qualify", id), id, cases.Qualification{Code: "theft-simple"}))
	h.must(submit())
	h.refuses([]refusal{{"submitted already", submit, fault.Refused, "cases.refused.state", ""}})
	g, err := h.ask("agent", "cases.review.submit", policy.Resource{Ref: ident.Ref{Kind: "case", ID: id}, Unit: h.unit["KEN-VILLE-BPJ"]})
	if err == nil {
		t.Errorf("an officer who is not on the case submits it under %v", g.Purpose())
	}
}
