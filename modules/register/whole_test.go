package register_test

import (
	"testing"
	"time"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/modules/index"
	"github.com/amana-platform/amana/modules/register"
)

// TestAComplaintGoesWhereItIsAnswered: it is offered to, and named for, a unit with a
// desk or a brigade: one sent to an office or a directorate would wait for ever.
func TestAComplaintGoesWhereItIsAnswered(t *testing.T) {
	house := newHouse(t)
	for code, fits := range map[string]bool{"KEN-02": true, "KEN-VILLE-BPJ": true, "DGSN": false, "IG": false, "KEN-VILLE": false, "PR-KEN": false, "PGR-KEN": false, "nowhere": false} {
		t.Run(code, func(t *testing.T) {
			h := house.with(t)
			c := h.record()
			offered := func() error { return offer(code, "Faits commis chez vous.")(h, h.may("desk", toOffer, c.ID), c) }
			named := func() error {
				in := h.theft()
				if in.Competent = h.unit[code]; in.Competent == "" {
					in.Competent = h.ids.New()
				}
				_, err := h.RecordComplaint(ctx, h.grant("desk", "register.complaint.record", res0), in)
				return err
			}
			if fits {
				h.leaves(offered, "transfer-offered")
				h.leaves(named, "index.person-recorded", "complaint-recorded", "line-written")
				return
			}
			h.blames(offered, "to", "form.choose")
			h.blames(named, "competent", "form.choose")
		})
	}
}

// merged records two persons who are found to be one, and gives the kept record and
// the absorbed one.
func (h *house) merged() (kept, absorbed ident.ID) {
	h.t.Helper()
	one, two := synthetic("Benmoussa", "Yassine", "1994"), synthetic("Ben Moussa", "Yassin", "1994")
	var ids [2]ident.ID
	for i, p := range []index.Person{one, two} {
		in := h.theft()
		in.Parties[0].New = &p
		c := must(h.RecordComplaint(ctx, h.grant("desk", "register.complaint.record", res0), in))
		ids[i] = must(h.Complaint(ctx, c.ID)).Persons(register.Complainant)[0]
	}
	return ids[0], ids[1]
}

func (h *house) merge(kept, absorbed ident.ID, p policy.Purpose) {
	h.t.Helper()
	g := h.grant("opj", index.ActionPersonMerge, policy.Resource{Ref: ident.Ref{Kind: index.KindPerson, ID: kept}, Unit: h.unit["KEN-VILLE-BPJ"]}, p)
	h.must(h.people.MergePersons(ctx, g, h.ids.New(), kept, absorbed, "M\u00eame carte."))
}

// TestOnePersonUnderTwoRecordsIsHeldOnce: whichever record the officer picks, and
// whichever the open page was entered under, before the two were merged or after.
func TestOnePersonUnderTwoRecordsIsHeldOnce(t *testing.T) {
	for name, heldUnder := range map[string]int{"held under the kept one": 0, "held under the absorbed one": 1} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			p := h.newCase("*")
			kept, absorbed := h.merged()
			records := [2]ident.ID{kept, absorbed}
			open := func(person ident.ID) func() error {
				in := h.arrested("theft-simple")
				in.New, in.Person = nil, person
				return func() error {
					_, err := h.OpenCustody(ctx, h.grant("opj", "register.custody.open", res0, p), in)
					return err
				}
			}
			h.leaves(open(records[heldUnder]), "custody-opened", "line-written")
			h.merge(kept, absorbed, p)
			for _, id := range records {
				h.refuses(open(id), fault.Conflict, "register.fault.held")
			}
			first := must(h.CustodiesOf(ctx, p.Ref.ID))[0]
			h.end(first, p, "release", h.clock.Now())
			h.leaves(open(absorbed), "custody-opened", "line-written")
			all := must(h.CustodiesOf(ctx, p.Ref.ID))
			if got := all[len(all)-1]; got.Person != kept || got.Initials != "Y. B." {
				t.Errorf("the page names %s, %q; want the record that stands", got.Person, got.Initials)
			}
			h.sound()
		})
	}
}

// TestNobodyIsNamedWhoWasForgotten: an erased person is neither held nor a party.
func TestNobodyIsNamedWhoWasForgotten(t *testing.T) {
	h := newHouse(t)
	gone := must(h.Complaint(ctx, h.record().ID)).Persons(register.Complainant)[0]
	h.erase(gone)
	p := h.newCase("*")
	h.blames(func() error {
		in := h.arrested("theft-simple")
		in.New, in.Person = nil, gone
		_, err := h.OpenCustody(ctx, h.grant("opj", "register.custody.open", res0, p), in)
		return err
	}, "person", "register.fault.no-person")
	for _, role := range []register.Role{register.Complainant, register.Accused, register.Witness, register.Victim} {
		h.blames(func() error {
			in := h.theft()
			in.Parties = append(in.Parties, register.NewParty{Role: role, Person: gone, Field: string(role)})
			_, err := h.RecordComplaint(ctx, h.grant("desk", "register.complaint.record", res0), in)
			return err
		}, string(role), "register.fault.no-person")
	}
}

// TestAPageEnteredLate: the clock has run since the arrest whenever the page is
// written; one entered after its own deadline has overrun already.
// Law: CPP 66
func TestAPageEnteredLate(t *testing.T) {
	h := newHouse(t)
	enter := func(after time.Duration) register.Custody {
		t.Helper()
		in := h.arrested("theft-simple")
		in.Arrest = h.clock.Now().Add(-after)
		in.Arrival = in.Arrest.Add(time.Hour)
		c, _ := h.hold(in)
		return c
	}
	late, tooLate := enter(47*time.Hour), enter(49*time.Hour)
	if got := h.sheet(late.ID); got.Rung != 3 || !got.Deadline.Equal(late.Arrest.Add(48*time.Hour)) || got.Written.Sub(got.Arrest) < 47*time.Hour {
		t.Errorf("%d bells have rung, deadline %v", got.Rung, got.Deadline)
	}
	if n := must(h.Watch(ctx)); n != 1 {
		t.Errorf("%d overruns", n)
	}
	if !h.sheet(late.ID).Overrun.IsZero() || h.sheet(tooLate.ID).Overrun.IsZero() {
		t.Error("the wrong page has overrun")
	}
	h.refuses(func() error { return h.extend("prosecutor", tooLate.ID, granted()) }, fault.Refused, "register.fault.expired")
	h.leaves(func() error { return h.extend("prosecutor", late.ID, granted()) }, "extension-decided")
}
