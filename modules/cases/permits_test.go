package cases_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/modules/cases"
	"github.com/amana-platform/amana/modules/cases/enquiry"
)

// mayOn says who of the cast may do what on a case of the brigade of Kénitra
// that opj works on and that was shared with far, in four conditions: as it
// stands; with a report that chief wrote; marked as sensitive; sealed.
var mayOn = map[string][4]string{
	"cases.case.read":         {"opj chief second far", "opj chief second far", "opj chief second", ""},
	"cases.case.list":         {"opj chief second far", "opj chief second far", "opj chief second", ""},
	"cases.contact.read":      {"opj chief second", "opj chief second", "opj chief second", ""},
	"cases.dossier.copy":      {"opj chief second", "opj chief second", "opj chief second", ""},
	"cases.case.amend":        {"opj chief second", "opj chief second", "opj chief second", ""},
	"cases.party.add":         {"opj chief second", "opj chief second", "opj chief second", ""},
	"cases.offence.qualify":   {"opj chief second", "opj chief second", "opj chief second", ""},
	"cases.evidence.link":     {"opj chief second", "opj chief second", "opj chief second", ""},
	"cases.piece.file":        {"opj chief second far", "opj chief second far", "opj chief second", ""},
	"cases.pv.draft":          {"opj chief second far", "opj chief second far", "opj chief second", ""},
	"cases.pv.sign":           {"opj chief second far", "opj chief second far", "opj chief second", ""},
	"cases.measure.ask":       {"opj chief second", "opj chief second", "opj chief second", ""},
	"cases.measure.withdraw":  {"opj chief second", "opj chief second", "opj chief second", ""},
	"cases.measure.report":    {"opj chief second", "opj chief second", "opj chief second", ""},
	"cases.remark.answer":     {"opj chief second", "opj chief second", "opj chief second", ""},
	"cases.review.submit":     {"opj chief second", "opj chief second", "opj chief second", ""},
	"cases.referral.end":      {"opj chief second far", "opj chief second far", "opj chief second", ""},
	"cases.case.assign":       {"chief second", "chief second", "chief second", ""},
	"cases.case.refer":        {"chief second", "chief second", "chief second", ""},
	"cases.transfer.propose":  {"chief second", "chief second", "chief second", ""},
	"cases.case.restrict":     {"chief second", "chief second", "chief second", ""},
	"cases.dossier.hand-over": {"chief second", "chief second", "chief second", ""},
	"cases.review.return":     {"chief second", "second", "second", ""},
	"cases.review.approve":    {"chief second", "second", "second", ""},
	"cases.remark.resolve":    {"chief second", "chief second", "chief second", ""},
	"cases.case.seal":         {"chief second", "chief second", "chief second", "chief second"},
}

// allowed lists who of the cast gets an act on a record, in the order of the
// cast; whoever does not must be refused, and by nothing else.
func (h *house) allowed(action string, res policy.Resource) string {
	h.t.Helper()
	var out []string
	for _, x := range cast {
		_, err := h.ask(x.name, action, res)
		switch {
		case err == nil:
			out = append(out, x.name)
		case !fault.Is(err, fault.Refused):
			h.t.Errorf("%s, %s: %v", x.name, action, err)
		}
	}
	return strings.Join(out, " ")
}

// inCast brings names into the order of the cast.
func inCast(names string) string {
	var out []string
	for _, x := range cast {
		if slices.Contains(strings.Fields(names), x.name) {
			out = append(out, x.name)
		}
	}
	return strings.Join(out, " ")
}

// TestWhoMayOnACase asks for every act on a case for everybody, in each
// condition of the case.
func TestWhoMayOnACase(t *testing.T) {
	h := newHouse(t)
	id, victim, _ := h.theft()
	h.must(h.Refer(ctx, h.on("chief", "cases.case.refer", id), id, h.who["far"], "x"))
	for i, change := range []func(){
		func() {},
		func() {
			_, err := h.DraftPV(ctx, h.on("chief", "cases.pv.draft", id), id, cases.NewPV{Submission: h.ids.New(), Form: "pv-hearing", Person: victim, Act: noon})
			h.must(err)
		},
		func() { h.must(h.Restrict(ctx, h.on("chief", "cases.case.restrict", id), id, enquiry.SensitiveMinor)) },
		func() { h.must(h.Seal(ctx, h.on("chief", "cases.case.seal", id), id, true, "5/2026")) },
	} {
		change()
		res, err := h.Resource(ctx, id)
		h.must(err)
		for _, a := range cases.PolicyModule().Actions {
			if a.Resource != enquiry.KindCase {
				continue
			}
			want, known := mayOn[a.Name]
			if !known {
				t.Errorf("nobody said who may %s", a.Name)
			}
			if got := h.allowed(a.Name, res); got != inCast(want[i]) {
				t.Errorf("%s, condition %d: %q may, want %q", a.Name, i, got, want[i])
			}
		}
	}
}

// TestWhoMayOnWhatLeavesACase asks for every act on a measure, a transfer and a
// dossier, and for those on no record, for everybody.
func TestWhoMayOnWhatLeavesACase(t *testing.T) {
	h := newHouse(t)
	id, d := h.sent()
	open, _, _ := h.theft()
	of := func(kind string, x, c ident.ID, unit string) policy.Resource {
		return policy.Resource{Ref: ident.Ref{Kind: kind, ID: x}, Under: []ident.Ref{{Kind: "case", ID: c}}, Unit: h.unit[unit]}
	}
	transfer, err := h.Propose(ctx, h.on("chief", "cases.transfer.propose", open), open, h.unit["TNG-VILLE-BPJ"], "x")
	h.must(err)
	m := h.measure(open, enquiry.Asked)
	asked, own := h.asked(m), of("measure", m, open, "KEN-VILLE-BPJ")
	own.Attrs = map[string]any{"asked": false, "authority": "opj", "through": policy.UnitID("")}
	none := policy.Resource{}
	for _, tc := range []struct {
		res     policy.Resource
		actions string
		want    string
	}{
		{dossierOf(d), "cases.dossier.read cases.dossier.acknowledge cases.dossier.decide", "prosecutor"},
		{of("dossier", d.ID, id, "PGR-KEN"), "cases.dossier.read cases.dossier.acknowledge cases.dossier.decide", ""}, // nobody's: the general prosecutor has no file of this case
		{asked, "cases.measure.read cases.measure.order cases.measure.refuse cases.measure.request", "prosecutor"},
		{own, "cases.measure.read cases.measure.order cases.measure.refuse", "opj chief second"}, // an agent is no officer of judicial police
		{of("transfer", transfer, open, "TNG-VILLE-BPJ"), "cases.transfer.decide", "far-chief"},
		{none, "cases.case.open", "opj agent chief second far-chief far"},
		{none, "cases.case.browse", "opj agent chief second far-chief far inspector"},
		{none, "cases.inbox.list", "prosecutor general elsewhere judge grave-judge far-judge president"},
		{none, "cases.transfer.list", "chief second far-chief"},
		{none, "cases.measure.stop", ""},
	} {
		for action := range strings.FieldsSeq(tc.actions) {
			if got := h.allowed(action, tc.res); got != inCast(tc.want) {
				t.Errorf("%s on %s: %q may, want %q", action, tc.res.Ref, got, tc.want)
			}
		}
	}
	covered := 0
	for _, a := range cases.PolicyModule().Actions {
		if a.Resource == enquiry.KindCase {
			covered++
		}
	}
	if n := len(cases.PolicyModule().Actions); n != covered+13 {
		t.Errorf("%d acts on no case, of which 13 are asked for here", n-covered)
	}
}

// TestAPurposeOpensOneCaseOnly: whoever may do everything on two cases may do
// nothing on the one while they say they work on the other, nor under their
// daily duty.
func TestAPurposeOpensOneCaseOnly(t *testing.T) {
	h := newHouse(t)
	one, _, _ := h.theft()
	two, _, _ := h.theft()
	for _, name := range []string{"opj", "chief"} {
		a, err := h.units.Account(ctx, h.who[name])
		h.must(err)
		res, err := h.Resource(ctx, one)
		h.must(err)
		for action, may := range mayOn {
			if !slices.Contains(strings.Fields(may[0]), name) || action == "cases.case.list" { // a list may be asked for under any case of one's own
				continue
			}
			right := policy.Purpose{Kind: policy.Case, Ref: ident.Ref{Kind: "case", ID: one}}
			if _, err := h.k.Policy.Ask(ctx, a.Actor, action, res, right); err != nil {
				t.Errorf("%s, %s under the case itself: %v", name, action, err)
			}
			for what, wrong := range map[string]policy.Purpose{
				"another case": {Kind: policy.Case, Ref: ident.Ref{Kind: "case", ID: two}}, "an unknown case": {Kind: policy.Case, Ref: ident.Ref{Kind: "case", ID: h.ids.New()}}, "no purpose": {},
			} {
				if _, err := h.k.Policy.Ask(ctx, a.Actor, action, res, wrong); !fault.Is(err, fault.Refused) && !fault.Is(err, fault.Invalid) {
					t.Errorf("%s, %s under %s: %v", name, action, what, err)
				}
			}
			if _, err := h.k.Policy.Ask(ctx, a.Actor, action, res, a.Duty); !fault.Is(err, fault.Refused) {
				t.Errorf("%s, %s under the daily duty: %v", name, action, err)
			}
		}
	}
}
