package cases_test

import (
	"errors"
	"net/http"
	"slices"
	"testing"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/modules/cases"
	"github.com/amana-platform/amana/modules/cases/enquiry"
)

// TestACaseIsGivenToOfficersOfItsUnit: not to strangers, not twice, and it
// never stays with nobody.
func TestACaseIsGivenToOfficersOfItsUnit(t *testing.T) {
	h := newHouse(t)
	id, _, _ := h.theft()
	assign := func(officer ident.ID) func() error {
		return func() error { return h.Assign(ctx, h.on("chief", "cases.case.assign", id), id, officer) }
	}
	release := func(officer ident.ID) func() error {
		return func() error { return h.Release(ctx, h.on("chief", "cases.case.assign", id), id, officer) }
	}
	h.refuses([]refusal{
		{"to nobody", assign(""), fault.Invalid, "form.choose", "officer"},
		{"to an id without an officer", assign(h.ids.New()), fault.Invalid, "form.choose", "officer"},
		{"to an officer of another unit", assign(h.who["far"]), fault.Invalid, "form.choose", "officer"},
		{"to the duty officer of a station", assign(h.who["desk"]), fault.Invalid, "form.choose", "officer"},
		{"to a prosecutor", assign(h.who["prosecutor"]), fault.Invalid, "form.choose", "officer"},
		{"twice", assign(h.who["opj"]), fault.Invalid, "form.choose", "officer"},
		{"from whom it was not given", release(h.who["agent"]), fault.Invalid, "form.choose", "officer"},
		{"from the last one", release(h.who["opj"]), fault.Refused, "cases.refused.last", ""},
	})
	for _, name := range []string{"agent", "chief"} {
		h.must(assign(h.who[name])())
	}
	h.must(release(h.who["opj"])())
	h.must(release(h.who["chief"])())
	h.refuses([]refusal{{"from the last one, again", release(h.who["agent"]), fault.Refused, "cases.refused.last", ""}})
	f, err := h.File(ctx, id)
	h.must(err)
	if len(f.Assigned) != 1 || f.Assigned[0].Officer != h.who["agent"] || f.Assigned[0].By != h.who["chief"] {
		t.Errorf("%+v", f.Assigned)
	}
	h.sound()
}

// TestSharingIsForSomebodyAndAReason, once at a time, and ends by the guest or
// by the unit, once.
func TestSharingIsForSomebodyAndAReason(t *testing.T) {
	h := newHouse(t)
	id, _, _ := h.theft()
	share := func(officer ident.ID, reason string) func() error {
		return func() error { return h.Refer(ctx, h.on("chief", "cases.case.refer", id), id, officer, reason) }
	}
	h.refuses([]refusal{
		{"with nobody", share("", "x"), fault.Invalid, "form.choose", "officer"},
		{"with an id without an officer", share(h.ids.New(), "x"), fault.Invalid, "form.choose", "officer"},
		{"without a reason", share(h.who["far"], " "), fault.Invalid, "form.required", "reason"},
		{"without both, both are said", share("", ""), fault.Invalid, "form.required", "reason"},
	})
	ends := func(who string, want string) {
		t.Helper()
		h.must(share(h.who["far"], "x")())
		f, err := h.File(ctx, id)
		h.must(err)
		x := f.Referrals[len(f.Referrals)-1]
		end := func() error { return h.EndReferral(ctx, h.on(who, "cases.referral.end", id), id, x.ID) }
		h.must(end())
		if f, err = h.File(ctx, id); err != nil || f.Referrals[len(f.Referrals)-1].State != want {
			t.Errorf("ended by %s: %+v %v", who, f.Referrals, err)
		}
		again := func() error { return h.EndReferral(ctx, h.on("chief", "cases.referral.end", id), id, x.ID) }
		h.refuses([]refusal{{"ended twice, after " + who, again, fault.NotFound, "fault.not-found", ""}})
	}
	ends("far", "done")
	ends("opj", "revoked")
	ends("chief", "revoked")
}

// TestAnOfferOfACase: to a unit, for a reason, one at a time; decided once.
func TestAnOfferOfACase(t *testing.T) {
	h := newHouse(t)
	id, _, _ := h.theft()
	propose := func(to ident.ID, reason string) func() error {
		return func() error {
			_, err := h.Propose(ctx, h.on("chief", "cases.transfer.propose", id), id, to, reason)
			return err
		}
	}
	away := h.unit["TNG-VILLE-BPJ"]
	h.refuses([]refusal{
		{"to no unit", propose("", "x"), fault.Invalid, "form.choose", "to"},
		{"to an id without a unit", propose(h.ids.New(), "x"), fault.Invalid, "form.choose", "to"},
		{"to the unit that has it", propose(h.unit["KEN-VILLE-BPJ"], "x"), fault.Invalid, "form.choose", "to"},
		{"without a reason", propose(away, "\n"), fault.Invalid, "form.required", "reason"},
	})
	h.must(propose(away, "x")())
	h.refuses([]refusal{{"a second offer", propose(away, "x"), fault.Refused, "cases.refused.transfer-open", ""}})
	f, err := h.File(ctx, id)
	h.must(err)
	offer := f.Transfers[0].ID
	decide := func(transfer ident.ID, state string, officer ident.ID) func() error {
		return func() error {
			res := policy.Resource{Ref: ident.Ref{Kind: "transfer", ID: transfer}, Under: []ident.Ref{{Kind: "case", ID: id}}, Unit: away}
			return h.DecideTransfer(ctx, h.grant("far-chief", "cases.transfer.decide", res), transfer, state, officer)
		}
	}
	h.refuses([]refusal{
		{"answered with nothing", decide(offer, "", ""), fault.Invalid, "form.choose", "state"},
		{"answered with another word", decide(offer, "proposed", ""), fault.Invalid, "form.choose", "state"},
		{"an offer that was never made", decide(h.ids.New(), "rejected", ""), fault.NotFound, "fault.not-found", ""},
		{"given to an officer of the unit that lets it go", decide(offer, "accepted", h.who["opj"]), fault.Invalid, "form.choose", "officer"},
		{"given to an id without an officer", decide(offer, "accepted", h.ids.New()), fault.Invalid, "form.choose", "officer"},
	})
	h.must(decide(offer, "accepted", "")()) // the chief who takes it over works on it until it is given on
	f, err = h.File(ctx, id)
	h.must(err)
	if f.Unit != away || len(f.Assigned) != 1 || f.Assigned[0].Officer != h.who["far-chief"] || f.Number != "1/KEN-VILLE-BPJ/2026" || f.Transfers[0].DecidedBy != h.who["far-chief"] {
		t.Errorf("%+v %+v", f.Case, f.Assigned)
	}
	again := func() error {
		return h.DecideTransfer(ctx, h.on("far-chief", "cases.transfer.propose", id), offer, "revoked", "")
	}
	h.refuses([]refusal{{"decided twice", again, fault.Refused, "cases.refused.transfer-decided", ""}})
	h.sound()
}

// TestSealingAndRestricting: under an order, with a sensitivity that the law
// knows; neither twice.
func TestSealingAndRestricting(t *testing.T) {
	h := newHouse(t)
	id, _, _ := h.theft()
	seal := func(shut bool, order string) func() error {
		return func() error { return h.Seal(ctx, h.on("chief", "cases.case.seal", id), id, shut, order) }
	}
	mark := func(s enquiry.Sensitivity) func() error {
		return func() error { return h.Restrict(ctx, h.on("chief", "cases.case.restrict", id), id, s) }
	}
	h.refuses([]refusal{
		{"a sensitivity nobody knows", mark("secret"), fault.Invalid, "form.choose", "sensitivity"},
		{"sealed without an order", seal(true, " "), fault.Invalid, "form.required", "order"},
		{"opened while it is open", seal(false, "1"), fault.Refused, "cases.refused.sealed-already", ""},
	})
	h.must(mark(enquiry.SensitiveInternal)())
	h.must(seal(true, " 5/2026 ")())
	h.refuses([]refusal{{"sealed twice", seal(true, "6/2026"), fault.Refused, "cases.refused.sealed-already", ""}, {"opened without an order", seal(false, ""), fault.Invalid, "form.required", "order"}})
	c, err := h.Case(ctx, id)
	h.must(err)
	if !c.Sealed || c.SealOrder != "5/2026" || c.Sensitivity != enquiry.SensitiveInternal {
		t.Errorf("%+v", c)
	}
	h.must(seal(false, "7/2026")())
	h.must(mark("")())
	if c, err = h.Case(ctx, id); err != nil || c.Sealed || c.SealOrder != "7/2026" || c.Sensitivity != "" {
		t.Errorf("%+v %v", c, err)
	}
}

// TestAFormSentTwiceDoesItsWorkOnce: an opening, a report, a paper; nothing is
// left the second time, and the answer is the first one's.
func TestAFormSentTwiceDoesItsWorkOnce(t *testing.T) {
	h := newHouse(t)
	id, victim, _ := h.theft()
	opening := cases.Opening{Submission: h.ids.New(), Origin: enquiry.FromFlagrance, Regime: "flagrance", Values: map[string]string{"caught-how": "x"}, Facts: "x", From: noon}
	report := cases.NewPV{Submission: h.ids.New(), Form: "pv-hearing", Person: victim, Act: noon}
	paper := cases.NewPiece{ID: h.ids.New(), Kind: "document", Title: "x"}
	for name, send := range map[string]func() (ident.ID, error){
		"an opening": func() (ident.ID, error) {
			c, err := h.Open(ctx, h.grant("opj", "cases.case.open", policy.Resource{}), opening)
			return c.ID, err
		},
		"a report": func() (ident.ID, error) {
			p, err := h.DraftPV(ctx, h.on("opj", "cases.pv.draft", id), id, report)
			return p.ID, err
		},
		"a paper": func() (ident.ID, error) {
			return h.FilePiece(ctx, h.on("opj", "cases.piece.file", id), id, paper)
		},
	} {
		h.run(name, func(t *testing.T) {
			var got []ident.ID
			var left [][]string
			for range 2 {
				kinds, err := h.leaves(func() error {
					x, err := send()
					got = append(got, x)
					return err
				})
				h.must(err)
				left = append(left, kinds)
			}
			if got[0] == "" || got[0] != got[1] || len(left[0]) == 0 || len(left[1]) != 0 {
				t.Errorf("%v, and left %v", got, left)
			}
		})
	}
	other, _, _ := h.theft()
	h.refuses([]refusal{{"a paper that is another case's", func() error {
		_, err := h.FilePiece(ctx, h.on("opj", "cases.piece.file", other), other, paper)
		return err
	}, fault.NotFound, "fault.not-found", ""}})
	if f, err := h.File(ctx, id); err != nil || len(f.Pieces) != 1 || !slices.ContainsFunc(f.PVs, func(p enquiry.PV) bool { return p.ID == report.Submission }) {
		t.Errorf("%+v %v", f, err)
	}
}

// TestADraftLeftBehindDoesNotKeepTheCase: what an officer began and did not
// close stays theirs while they are on the case, share it or serve in its unit;
// once they are gone, whoever takes the case over may drop it, and only that.
func TestADraftLeftBehindDoesNotKeepTheCase(t *testing.T) {
	s := newSite(t)
	id := s.approvable()
	p, err := s.DraftPV(ctx, s.house.on("opj", "cases.pv.draft", id), id, cases.NewPV{Submission: s.ids.New(), Form: "pv-finding", Act: noon, Values: complete["pv-finding"]})
	s.must(err)
	drop := func(who string) func() error {
		return func() error { return s.DropPV(ctx, s.house.on(who, "cases.pv.draft", id), p.ID) }
	}
	theirs := func(when, who string) {
		s.refuses([]refusal{{when, drop(who), fault.Refused, "cases.refused.not-author", ""}})
	}
	theirs("while they are on it", "chief")
	s.must(s.Assign(ctx, s.house.on("chief", "cases.case.assign", id), id, s.who["agent"]))
	s.must(s.Release(ctx, s.house.on("chief", "cases.case.assign", id), id, s.who["opj"]))
	theirs("while they serve in its unit", "agent")
	s.moves(id)
	s.must(s.Refer(ctx, s.house.on("far-chief", "cases.case.refer", id), id, s.who["opj"], "x"))
	theirs("while the case is shared with them", "far")
	f, err := s.File(ctx, id)
	s.must(err)
	s.must(s.EndReferral(ctx, s.house.on("far-chief", "cases.referral.end", id), id, f.Referrals[0].ID))
	s.refuses([]refusal{
		{"it keeps the case from a chief", func() error { return s.Submit(ctx, s.house.on("far", "cases.review.submit", id), id) }, fault.Refused, "cases.refused.drafts", ""},
		{"nobody signs it for them", func() error {
			_, err := s.SignPV(ctx, s.house.on("far", "cases.pv.sign", id), p.ID, p.Version)
			return err
		}, fault.Refused, "cases.refused.not-author", ""},
	})
	here := "/cases/" + string(id) + "/pvs/" + string(p.ID)
	far := s.desktop("far", id)
	if acts := far.Get(here).Actions(); !slices.Contains(acts, here+"/drop") || slices.Contains(acts, here+"/sign?version=1") {
		t.Errorf("who took the case over is offered %v", acts)
	}
	s.leadsTo(far, here+"/drop", http.StatusSeeOther, "/cases/"+string(id), "pv-dropped")
	s.must(s.Submit(ctx, s.house.on("far", "cases.review.submit", id), id))
	s.sound()
}

// TestWhoAskedIsLetIn: an officer of the unit is given the case, one of another has
// it shared for the reason they gave; who is in already stays as they are, and who
// decides may not do what they have no right to.
func TestWhoAskedIsLetIn(t *testing.T) {
	h := newHouse(t)
	id, _, _ := h.theft()
	var asked []string
	as := func(who string) func(string) (policy.Grant, error) {
		return func(action string) (policy.Grant, error) {
			asked = append(asked, action)
			return h.on(who, action, id), nil
		}
	}
	for range 2 { // the second time they are in
		for _, who := range []string{"agent", "far", "opj"} {
			h.must(h.Admit(ctx, as("chief"), id, h.who[who], "the same hand, it seems"))
		}
	}
	if !slices.Equal(asked, []string{"cases.case.assign", "cases.case.refer"}) {
		t.Errorf("%v", asked)
	}
	f, err := h.File(ctx, id)
	h.must(err)
	if len(f.Assigned) != 2 || len(f.Referrals) != 1 || f.Referrals[0].Officer != h.who["far"] || f.Referrals[0].Reason != "the same hand, it seems" || f.Referrals[0].By != h.who["chief"] {
		t.Errorf("%+v %+v", f.Assigned, f.Referrals)
	}
	no := fault.New(fault.Refused, "policy.refused")
	for _, who := range []string{"chief", "desk"} {
		if err := h.Admit(ctx, func(string) (policy.Grant, error) { return policy.Grant{}, no }, id, h.who[who], "x"); !errors.Is(err, no) {
			t.Errorf("%s: %v", who, err)
		}
	}
	if err := h.Admit(ctx, as("chief"), h.ids.New(), h.who["far"], "x"); !fault.Is(err, fault.NotFound) {
		t.Errorf("no such case: %v", err)
	}
	h.sound()
}
