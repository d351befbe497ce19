package cases_test

import (
	"context"
	"slices"
	"testing"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/modules/cases"
	"github.com/amana-platform/amana/modules/cases/enquiry"
	"github.com/amana-platform/amana/modules/register"
)

// outdated is the desk, between whose answer and the opening of the case
// somebody else takes the complaint over.
type outdated struct {
	cases.Complaints
	act func()
}

func (o outdated) Complaint(ctx context.Context, id ident.ID) (cases.Complaint, error) {
	c, err := o.Complaints.Complaint(ctx, id)
	o.act()
	return c, err
}

// TestAComplaintIsTakenOverOnce: of two who open a case from it at one moment
// one does; the other is told, and no case of theirs is left.
func TestAComplaintIsTakenOverOnce(t *testing.T) {
	h := newHouse(t)
	c := h.complaint("KEN-VILLE-BPJ")
	parts := h.deps()
	parts.Complaints = outdated{parts.Complaints, func() { h.must(h.takes("chief", c.ID)) }}
	s := cases.New(h.k, parts)
	g := h.grant("opj", "cases.case.open", policy.Resource{})
	submission := h.ids.New()
	left, err := h.leaves(func() error {
		_, err := s.Open(ctx, g, cases.Opening{Submission: submission, Complaint: c.ID, Regime: "preliminary", Values: map[string]string{"instruction": "141/2026"}})
		return err
	})
	if err == nil || fault.Is(err, fault.Internal) {
		t.Errorf("the second opening: %v", err)
	}
	if slices.Contains(left[1:], "cases.case-opened") || left[0] != "cases.case-opened" {
		t.Errorf("left %v", left)
	}
	if _, err := h.Case(ctx, submission); !fault.Is(err, fault.NotFound) {
		t.Errorf("a case of the second is left: %v", err)
	}
	opened, err := h.ByComplaint(ctx, c.ID)
	h.must(err)
	now, err := h.register.Complaint(ctx, c.ID)
	h.must(err)
	if now.State != register.Referred || now.Case != opened.ID || opened.OpenedBy != h.who["chief"] {
		t.Errorf("%+v %+v", now, opened)
	}
	h.sound()
}

// TestAnUnknownComplaintOpensNothing, nor one where no register is kept.
func TestAnUnknownComplaintOpensNothing(t *testing.T) {
	h := newHouse(t)
	parts := h.deps()
	parts.Complaints = nil
	alone := cases.New(h.k, parts)
	for name, s := range map[string]*cases.Service{"unknown": h.Service, "without a register": alone} {
		h.refuses([]refusal{{name, func() error {
			_, err := s.Open(ctx, h.grant("opj", "cases.case.open", policy.Resource{}), cases.Opening{Submission: h.ids.New(), Complaint: h.ids.New(), Regime: "preliminary"})
			return err
		}, fault.NotFound, "fault.not-found", ""}})
	}
	for _, r := range alone.Module().Routes {
		if r.Pattern == "GET /complaints/{complaint}/case" {
			t.Error("a form to take complaints over is offered where none are kept")
		}
	}
}

// TestWhatAComplaintSaysIsTakenAsItIs: its persons in their roles, its offences
// against nobody yet, and what the form adds besides; the facts cannot be
// rewritten on the way.
func TestWhatAComplaintSaysIsTakenAsItIs(t *testing.T) {
	h := newHouse(t)
	c := h.complaint("KEN-VILLE-BPJ")
	witness := h.person("Samira", "Tazi", "سميرة", "التازي", "C300003", "x", "+212600000055")
	got, err := h.Open(ctx, h.grant("opj", "cases.case.open", policy.Resource{}), cases.Opening{Submission: h.ids.New(), Complaint: c.ID, Regime: "preliminary",
		Origin: enquiry.FromFlagrance, Facts: "x", Place: "y", Parties: []cases.NewParty{{Person: witness, Role: enquiry.Witness}}, Offences: []string{"theft-armed"}})
	h.must(err)
	f, err := h.File(ctx, got.ID)
	h.must(err)
	var roles []enquiry.Role
	for _, p := range f.Parties {
		roles = append(roles, p.Role)
	}
	slices.Sort(roles)
	if f.Origin != enquiry.FromComplaint || f.Facts != c.Facts || f.Place != c.Place || !slices.Equal(roles, []enquiry.Role{enquiry.Complainant, enquiry.Witness}) || len(f.Offences) != 2 {
		t.Errorf("%+v %v", f.Case, roles)
	}
	for _, o := range f.Offences {
		if o.Suspect != "" || o.Part != enquiry.Author || !o.LawAt.Equal(f.From) {
			t.Errorf("%+v", o)
		}
	}
}
