package cases_test

import (
	"context"
	"strings"
	"sync"
	"testing"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/modules/cases"
	"github.com/amana-platform/amana/modules/cases/dossier"
	"github.com/amana-platform/amana/modules/cases/enquiry"
)

// meanwhile is the index of persons, in one of whose answers somebody else
// acts: after a file was read and before it is decided about.
type meanwhile struct {
	cases.People
	left int // answers until then
	act  func()
}

func (m *meanwhile) Identity(ctx context.Context, person ident.ID) (enquiry.Identity, error) {
	if m.left--; m.left == 0 {
		m.act()
	}
	return m.People.Identity(ctx, person)
}

// interrupted is the service with such an index, which acts in its n-th answer.
func (h *house) interrupted(n int, act func()) *cases.Service {
	parts := h.deps()
	parts.People = &meanwhile{People: parts.People, left: n, act: act}
	return cases.New(h.k, parts)
}

// TestAFileThatChangesUnderAHandOverIsNotSent: what the gate and the twin were
// made of must be what is handed over; the chief is told to look again.
func TestAFileThatChangesUnderAHandOverIsNotSent(t *testing.T) {
	h := newHouse(t)
	x := h.standing(enquiry.Approved)
	id := x.file.ID
	g := x.on("chief", "cases.dossier.hand-over")
	s := h.interrupted(1, func() { h.must(h.Assign(ctx, x.on("chief", "cases.case.assign"), id, h.who["agent"])) })
	left, err := h.leaves(func() error {
		_, err := s.HandOver(ctx, g, id, h.ids.New())
		return err
	})
	h.wants(err, fault.Conflict, "fault.conflict")
	if strings.Join(left, " ") != "cases.case-assigned" {
		t.Errorf("left %v", left)
	}
	if _, err := s.HandOver(ctx, g, id, h.ids.New()); err != nil {
		t.Errorf("and when they looked again: %v", err)
	}
	h.sound()
}

// TestTwoFilesHandedOverAtOnceGetTwoNumbers: the twin of the later one says the
// number that its dossier got, and the entry holds its digest.
func TestTwoFilesHandedOverAtOnceGetTwoNumbers(t *testing.T) {
	h := newHouse(t)
	one, two := h.standing(enquiry.Approved), h.standing(enquiry.Approved)
	var first enquiry.Dossier
	s := h.interrupted(len(two.file.Parties)+1, func() { // the gate has looked, the number is drawn, the twin is being made
		var err error
		first, err = h.HandOver(ctx, one.on("chief", "cases.dossier.hand-over"), one.file.ID, h.ids.New())
		h.must(err)
	})
	second, err := s.HandOver(ctx, two.on("chief", "cases.dossier.hand-over"), two.file.ID, h.ids.New())
	h.must(err)
	if !strings.HasPrefix(first.Number, "1/") || !strings.HasPrefix(second.Number, "2/") {
		t.Errorf("%s and %s", first.Number, second.Number)
	}
	for _, d := range []enquiry.Dossier{first, second} {
		raw, err := h.TwinOf(ctx, d, dossier.ForProsecutor)
		h.must(err)
		if twin := decode[dossier.Twin](t, raw); twin.Number != d.Number || twin.Entry != d.Entry {
			t.Errorf("the twin of %s says %s", d.Number, twin.Number)
		}
	}
	h.sound()
}

// TestAReportThatIsRevisedWhileItIsSignedIsNotSigned: nobody signs words that
// they have not read.
func TestAReportThatIsRevisedWhileItIsSignedIsNotSigned(t *testing.T) {
	h := newHouse(t)
	id, victim, _ := h.theft()
	p, err := h.DraftPV(ctx, h.on("opj", "cases.pv.draft", id), id, cases.NewPV{Submission: h.ids.New(), Form: "pv-hearing", Person: victim, Act: noon, Values: heard("x")})
	h.must(err)
	s := h.interrupted(1, func() {
		_, _, err := h.RevisePV(ctx, h.on("chief", "cases.pv.draft", id), p.ID, p.Version, noon, map[string]string{"statement": "y"})
		h.must(err)
	})
	g := h.on("opj", "cases.pv.sign", id)
	_, err = s.SignPV(ctx, g, p.ID, p.Version)
	h.wants(err, fault.Conflict, "fault.conflict")
	if now, err := h.PV(ctx, p.ID); err != nil || now.State != enquiry.Draft || now.Number != "" || now.Values["statement"] != "y" {
		t.Errorf("%+v %v", now, err)
	}
}

// TestManyHandsAtOnce: of many who do the same at one moment, exactly one does
// it, and the others are told that it is done.
func TestManyHandsAtOnce(t *testing.T) {
	h := newHouse(t)
	review := h.standing(enquiry.InReview)
	open := h.standing(enquiry.Open)
	transfer, err := h.Propose(ctx, open.on("chief", "cases.transfer.propose"), open.file.ID, h.unit["TNG-VILLE-BPJ"], "x")
	h.must(err)
	offer := policy.Resource{Ref: ident.Ref{Kind: "transfer", ID: transfer}, Under: []ident.Ref{{Kind: "case", ID: open.file.ID}}, Unit: h.unit["TNG-VILLE-BPJ"]}
	sent := h.standing(enquiry.HandedOver)
	m := h.measure(h.standing(enquiry.Open).file.ID, enquiry.Asked)
	grants := map[string]policy.Grant{
		"approve": review.on("chief", "cases.review.approve"), "take over": h.grant("far-chief", "cases.transfer.decide", offer),
		"acknowledge": h.grant("prosecutor", "cases.dossier.acknowledge", dossierOf(sent.dossier)), "order": h.grant("prosecutor", "cases.measure.order", h.asked(m)),
	}
	for name, do := range map[string]func(g policy.Grant) error{
		"approve":   func(g policy.Grant) error { return h.Approve(ctx, g, review.file.ID) },
		"take over": func(g policy.Grant) error { return h.DecideTransfer(ctx, g, transfer, "accepted", "") },
		"acknowledge": func(g policy.Grant) error {
			_, err := h.Acknowledge(ctx, g, sent.dossier.ID)
			return err
		},
		"order": func(g policy.Grant) error {
			return h.OrderMeasure(ctx, g, m, cases.Order{Number: "7", Basis: "CPP 108", From: noon})
		},
	} {
		var done sync.WaitGroup
		outcomes := make([]error, 8)
		for i := range outcomes {
			done.Go(func() { outcomes[i] = do(grants[name]) })
		}
		done.Wait()
		won := 0
		for _, err := range outcomes {
			if err == nil {
				won++
			} else if !fault.Is(err, fault.Refused) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if won != 1 {
			t.Errorf("%s was done %d times", name, won)
		}
	}
	h.sound()
}
