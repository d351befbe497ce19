package exhibits_test

import (
	"strings"
	"testing"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/modules/exhibits"
)

// mayOn says who of the cast gets what on a sealed thing that opj holds, under
// its case, on which all of them work: as it lies; offered to second; and once
// second, who is of the same brigade, holds it.
var mayOn = map[string][3]string{
	"exhibits.exhibit.read":       {"desk opj second agent chief prosecutor", "desk opj second agent chief prosecutor", "desk opj second agent chief prosecutor"},
	"exhibits.exhibit.list":       {"opj second agent chief", "opj second agent chief", "opj second agent chief"},
	"exhibits.exhibit.seal":       {"opj", "opj", "second"},
	"exhibits.seal.break":         {"opj", "opj", "second"},
	"exhibits.exhibit.reseal":     {"opj", "opj", "second"},
	"exhibits.exhibit.store":      {"opj", "opj", "second"},
	"exhibits.exhibit.photograph": {"opj", "opj", "second"},
	"exhibits.exhibit.correct":    {"opj second chief", "opj second chief", "opj second chief"},
	"exhibits.exhibit.take-over":  {"chief", "chief", "chief"},
	"exhibits.handover.offer":     {"opj", "opj", "second"},
	"exhibits.handover.withdraw":  {"opj", "opj", "second"},
	"exhibits.handover.accept":    {"", "second", ""},
	"exhibits.handover.refuse":    {"", "second", ""},
}

// allowed lists who of the cast gets an act on an exhibit under a purpose, or
// under their own duty.
func (h *house) allowed(action string, x ident.ID, purpose ...policy.Purpose) string {
	h.t.Helper()
	var out []string
	for _, p := range cast {
		_, err := h.ask(p.name, action, x, purpose...)
		switch {
		case err == nil:
			out = append(out, p.name)
		case !fault.Is(err, fault.Refused):
			h.t.Errorf("%s, %s: %v", p.name, action, err)
		}
	}
	return strings.Join(out, " ")
}

// TestWhoMayOnAnExhibit asks for every act for everybody, as a thing changes
// hands; under another case nobody gets anything of it.
func TestWhoMayOnAnExhibit(t *testing.T) {
	h := newHouse(t)
	x, c := h.sealed()
	other := h.newCase("*")
	var offer ident.ID
	for i, change := range []func(){
		func() {},
		func() { offer = h.offer(x.ID, c, "opj", "second", exhibits.ToKeeper) },
		func() { h.must(h.accepts(x.ID, offer, "second")) },
	} {
		change()
		for _, a := range exhibits.PolicyModule().Actions {
			if a.Resource != exhibits.KindExhibit {
				continue
			}
			want, known := mayOn[a.Name]
			if !known {
				t.Errorf("nobody said who may %s", a.Name)
			}
			if got := h.allowed(a.Name, x.ID, c); got != want[i] {
				t.Errorf("%s, condition %d: %q may, want %q", a.Name, i, got, want[i])
			}
			if got := h.allowed(a.Name, x.ID, other); got != "" && a.Name != "exhibits.exhibit.list" { // a list may be asked for under any case of one's own
				t.Errorf("%s under another case: %q", a.Name, got)
			}
		}
	}
}

// TestWhoMayUnderTheirDuty: without the case, a thing is for its brigade to see,
// for its holder to move and for its receiver to take; for nobody else.
func TestWhoMayUnderTheirDuty(t *testing.T) {
	h := newHouse(t)
	x, c := h.sealed()
	h.offer(x.ID, c, "opj", "desk", exhibits.ToKeeper)
	for action, want := range map[string]string{
		"exhibits.exhibit.read": "desk opj second agent chief", "exhibits.handover.withdraw": "opj", "exhibits.handover.accept": "desk", "exhibits.handover.refuse": "desk",
		"exhibits.exhibit.store": "opj", "exhibits.seal.break": "opj", "exhibits.exhibit.correct": "opj second chief",
	} {
		if got := h.allowed(action, x.ID); got != want {
			t.Errorf("%s: %q may, want %q", action, got, want)
		}
	}
}

// TestWhoSeizes: an officer of judicial police on a case of theirs; the list of
// a case is for who works on it.
func TestWhoSeizes(t *testing.T) {
	h := newHouse(t)
	all, own := h.newCase("*"), h.newCase("second")
	for _, tc := range []struct {
		action string
		c      policy.Purpose
		want   string
	}{
		{"exhibits.exhibit.seize", all, "opj second chief"}, {"exhibits.exhibit.seize", own, "second"},
		{"exhibits.list.read", all, "desk opj second agent chief prosecutor"}, {"exhibits.list.read", own, "second"},
	} {
		var got []string
		for _, p := range cast {
			if _, err := h.onCase(p.name, tc.action, tc.c.Ref.ID, tc.c); err == nil {
				got = append(got, p.name)
			}
		}
		if strings.Join(got, " ") != tc.want {
			t.Errorf("%s: %v may, want %q", tc.action, got, tc.want)
		}
	}
	g, err := h.onCase("second", "exhibits.exhibit.seize", own.Ref.ID, own)
	h.must(err)
	in := h.seizure(all) // of another case than the grant's
	h.refuses([]refusal{{"for another case", func() error {
		_, err := h.SeizeExhibits(ctx, g, in)
		return err
	}, fault.Refused, "exhibits.fault.other-case", ""}})
}
