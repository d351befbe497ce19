package register_test

import (
	"testing"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/modules/register"
)

// answer answers a transfer for the other unit.
func (h *house) answer(id ident.ID, accept bool, words string) func() error {
	h.t.Helper()
	g := h.grant("other", "register.transfer.answer", h.on("other", register.KindTransfer, id))
	return func() error { return h.AnswerTransfer(ctx, g, id, accept, words) }
}

// TestAnAcceptedTransferMovesEverythingButTheNumber: the receiving unit answers
// for it and is competent; the number, the log line and what was written stay.
func TestAnAcceptedTransferMovesEverythingButTheNumber(t *testing.T) {
	h := newHouse(t)
	c := h.put(register.Moving)
	h.leaves(h.answer(c.Transfer, true, "Bien re\u00e7u."), "transfer-answered", "line-written")
	got := must(h.Complaint(ctx, c.ID))
	if got.State != register.Recorded || got.Unit != h.unit["KEN-02"] || got.Competent != h.unit["KEN-02"] || got.Received != c.Received || got.Number != c.Number || got.Facts != c.Facts || got.Transfer != "" {
		t.Errorf("%+v", got)
	}
	tr := must(h.Transfer(ctx, c.Transfer))
	if tr.State != "accepted" || tr.Answer != "Bien re\u00e7u." || tr.Sender != h.unit["KEN-01"] || tr.Words == "" {
		t.Errorf("%+v", tr)
	}
	for _, accept := range []bool{true, false} {
		h.refuses(h.answer(c.Transfer, accept, "Encore."), fault.Conflict, "register.fault.state")
	}
	h.leaves(func() error { // and it may be sent on
		g := h.grant("other", toOffer, h.on("other", register.KindComplaint, c.ID))
		return h.OfferTransfer(ctx, g, c.ID, 0, h.unit["KEN-01"], "Retour.")
	}, "transfer-offered")
	h.sound()
}

// TestARejectedTransferChangesNothing but that it was tried.
func TestARejectedTransferChangesNothing(t *testing.T) {
	h := newHouse(t)
	c := h.put(register.Moving)
	h.blames(h.answer(c.Transfer, false, " "), "words", "form.required")
	h.blames(h.answer(c.Transfer, false, tooLong), "words", "form.too-long")
	h.blames(h.answer(c.Transfer, true, tooLong), "words", "form.too-long")
	h.leaves(h.answer(c.Transfer, false, "Autre ressort."), "transfer-answered")
	got := must(h.Complaint(ctx, c.ID))
	if got.State != register.Recorded || got.Unit != c.Unit || got.Competent != c.Competent || got.Transfer != "" {
		t.Errorf("%+v", got)
	}
	if tr := must(h.Transfer(ctx, c.Transfer)); tr.State != "rejected" || tr.Answer != "Autre ressort." {
		t.Errorf("%+v", tr)
	}
	if lines := h.book("KEN-02"); len(lines) != 0 {
		t.Errorf("%d lines of a unit that took nothing", len(lines))
	}
	h.refuses(func() error { return h.answer(c.Transfer, true, "")() }, fault.Conflict, "register.fault.state")
	h.refuses(func() error {
		g := h.grant("other", "register.transfer.answer", h.on("other", register.KindTransfer, c.Transfer))
		return h.AnswerTransfer(ctx, g, h.ids.New(), true, "")
	}, fault.NotFound, "fault.not-found")
	h.sound()
}

// TestAComplaintIsReferredFromRecordedOnly: every other state refuses the case,
// with the reason that the law or the state gives; so do the tables.
// Law: CPP 40; CPP 49
func TestAComplaintIsReferredFromRecordedOnly(t *testing.T) {
	house := newHouse(t)
	for _, state := range everyState {
		t.Run(string(state), func(t *testing.T) {
			h := house.with(t)
			c := h.put(state)
			check := func() error { return h.ReferProblem(ctx, h.k.Reader, c.ID, c.Version) }
			switch state {
			case register.Recorded:
				h.must(check())
				h.refuses(func() error { return h.ReferProblem(ctx, h.k.Reader, c.ID, c.Version+1) }, fault.Conflict, "fault.conflict")
				h.leaves(func() error { h.refer(c, "1/X/2026"); return nil }, "complaint-referred")
				if got := must(h.Complaint(ctx, c.ID)); got.State != register.Referred || got.CaseNumber != "1/X/2026" || got.Unit != c.Unit {
					t.Errorf("%+v", got)
				}
			case register.Verifying:
				h.refuses(check, fault.Refused, "register.fault.not-verified")
			default:
				h.refuses(check, fault.Conflict, "register.fault.state")
			}
		})
	}
	house.sound()
}
