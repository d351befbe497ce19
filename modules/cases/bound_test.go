package cases_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/modules/cases"
	"github.com/amana-platform/amana/modules/cases/dossier"
	"github.com/amana-platform/amana/modules/cases/enquiry"
)

// elsewhere gives the record of a step's action as it would be of another case,
// measure, transfer or dossier.
func (l *life) elsewhere(action string, other ident.ID) policy.Resource {
	l.t.Helper()
	res := l.resource(action)
	if res.Ref.ID = other; res.Ref.Kind != enquiry.KindCase {
		res.Ref.ID = l.ids.New()
	}
	return res
}

// TestAGrantIsForOneRecord: whoever may act on one case, measure, transfer or
// dossier changes no other by it, with any verb.
func TestAGrantIsForOneRecord(t *testing.T) {
	h := newHouse(t)
	h.proving()
	l := newLife(h)
	other, _, _ := h.theft()
	h.must(h.Refer(ctx, h.on("chief", "cases.case.refer", other), other, h.who["far"], "x"))
	stamp := step{"chief", "cases.dossier.copy", func(g policy.Grant) error {
		_, err := l.StampIssue(ctx, g, l.dossier.ID, dossier.ForDefence, "fr")
		return err
	}, ""}
	for _, part := range [][]step{l.people(), l.writing(), l.measuring(), l.moving(), append(l.reviewing(), stamp), l.answered("dismissed")} {
		for _, x := range part {
			before, g := *l, l.grant(x.who, x.action, l.elsewhere(x.action, other))
			left, err := l.leaves(func() error { return x.do(g) })
			if last := x.leaves[strings.LastIndexByte(x.leaves, ' ')+1:]; fault.Of(err).Key != "cases.refused.another" || slices.Contains(left, "cases."+last) {
				t.Errorf("%s, %s (%s) with a grant for another record: %v, left %v", x.who, x.action, x.leaves, err, left)
			}
			*l = before
			if x.leaves == "" {
				continue
			}
			h.must(x.do(l.grant(x.who, x.action, l.resource(x.action))))
			l.clock.Advance(time.Minute)
		}
	}
	h.sound()
}

// TestEveryVerbWasTriedWithAGrantForAnotherRecord: a verb that comes later has its
// step in the life of a case. A case is opened on no record.
func TestEveryVerbWasTriedWithAGrantForAnotherRecord(t *testing.T) {
	tried := []string{"Acknowledge", "AddParty", "Amend", "Answer", "Approve", "AskMeasure", "Assign", "Decide", "DecideTransfer", "DraftPV", "DropPV", "EndReferral", "FilePiece", "HandOver",
		"IssueDossier", "Link", "OrderMeasure", "Propose", "Qualify", "Refer", "RefuseMeasure", "Release", "ReportMeasure", "RequestMeasure", "Resolve", "Restrict", "Return", "RevisePV", "Seal", "SignPV",
		"StampIssue", "Submit", "Unlink", "WithdrawMeasure", "WithdrawOffence", "WithdrawParty"}
	service, grant := reflect.TypeFor[*cases.Service](), reflect.TypeFor[policy.Grant]()
	for m := range service.Methods() {
		takes := false
		for in := range m.Type.Ins() {
			takes = takes || in == grant
		}
		if takes && m.Name != "Open" && !slices.Contains(tried, m.Name) {
			t.Errorf("%s takes a grant, and was not tried with one for another record", m.Name)
		}
	}
}

// TestAFormOfAnotherCase: the name of a form that another case took gives nothing
// of that case away.
func TestAFormOfAnotherCase(t *testing.T) {
	h := newHouse(t)
	id, d := h.sent()
	f, err := h.File(ctx, id)
	h.must(err)
	other := h.approved()
	_, err = h.HandOver(ctx, h.on("chief", "cases.dossier.hand-over", other), other, d.ID)
	h.wants(err, fault.NotFound, "fault.not-found")
	open, _, _ := h.theft()
	_, err = h.DraftPV(ctx, h.on("opj", "cases.pv.draft", open), open, cases.NewPV{Submission: f.PVs[0].ID, Form: "pv-finding", Act: noon})
	h.wants(err, fault.NotFound, "fault.not-found")
}
