package cases

import (
	"context"
	"slices"
	"strings"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/store"
	"github.com/amana-platform/amana/modules/cases/enquiry"
)

// Assign gives a case to an officer of its unit. Transfer and referral are
// other things: see Propose and Refer.
func (s *Service) Assign(ctx context.Context, g policy.Grant, id, officer ident.ID) error {
	if err := given(g, caseRef(id)); err != nil {
		return err
	}
	_, err := s.k.Journal.Do(ctx, g, func(ctx context.Context, r store.Reader, d *journal.Draft) error {
		f, err := s.read(ctx, r, id, theAssigned)
		if err != nil {
			return err
		}
		if slices.ContainsFunc(f.Assigned, func(a enquiry.Assignment) bool { return a.Officer == officer }) {
			return &fault.Error{Kind: fault.Invalid, Key: "form.choose", Field: "officer"}
		}
		if err := s.serves(ctx, f.Unit, officer); err != nil {
			return err
		}
		d.Add(CaseAssigned{ID: d.NewID(), Case: id, Officer: officer, By: actor(g)})
		return nil
	})
	return err
}

// Admit lets in an officer who asked for a case: one of its unit is given it, with
// another it is shared, for the reason they gave. ask gives the grants of who
// decides. Somebody who is in already is let be.
func (s *Service) Admit(ctx context.Context, ask func(action string) (policy.Grant, error), id, officer ident.ID, reason string) error {
	f, err := s.read(ctx, s.k.Reader, id, theAssigned, theReferrals)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(f.Assigned, func(a enquiry.Assignment) bool { return a.Officer == officer }) ||
		slices.ContainsFunc(f.Referrals, func(x enquiry.Referral) bool { return x.Officer == officer && x.State == "active" }) {
		return nil
	}
	elsewhere := s.serves(ctx, f.Unit, officer)
	if elsewhere != nil && !fault.Is(elsewhere, fault.Invalid) {
		return elsewhere
	}
	if elsewhere == nil {
		g, err := ask("cases.case.assign")
		if err != nil {
			return err
		}
		return s.Assign(ctx, g, id, officer)
	}
	g, err := ask("cases.case.refer")
	if err != nil {
		return err
	}
	return s.Refer(ctx, g, id, officer, reason)
}

// serves refuses an officer who may not be given a case of a unit.
func (s *Service) serves(ctx context.Context, unit, officer ident.ID) error {
	all, err := s.parts.Directory.Investigators(ctx, "fr", unit)
	if err == nil && !slices.ContainsFunc(all, func(o Officer) bool { return o.ID == officer }) {
		err = &fault.Error{Kind: fault.Invalid, Key: "form.choose", Field: "officer"}
	}
	return err
}

// Release takes a case from an officer; one must stay on it.
func (s *Service) Release(ctx context.Context, g policy.Grant, id, officer ident.ID) error {
	if err := given(g, caseRef(id)); err != nil {
		return err
	}
	_, err := s.k.Journal.Do(ctx, g, func(ctx context.Context, r store.Reader, d *journal.Draft) error {
		all, err := assigned(ctx, r, id)
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(all, func(a enquiry.Assignment) bool { return a.Officer == officer }) {
			return &fault.Error{Kind: fault.Invalid, Key: "form.choose", Field: "officer"}
		}
		if len(all) == 1 {
			return refuse("cases.refused.last")
		}
		d.Add(CaseReleased{Case: id, Officer: officer})
		return nil
	})
	return err
}

// Refer shares a case with an officer of another unit until done or revoked.
func (s *Service) Refer(ctx context.Context, g policy.Grant, id, officer ident.ID, reason string) error {
	if err := given(g, caseRef(id)); err != nil {
		return err
	}
	var wrong fault.List
	if officer == "" || s.parts.Directory.Name(ctx, "fr", officer) == "" {
		wrong.Add("officer", "form.choose")
	}
	if strings.TrimSpace(reason) == "" {
		wrong.Add("reason", "form.required")
	}
	if err := wrong.Err(); err != nil {
		return err
	}
	_, err := s.k.Journal.Do(ctx, g, func(ctx context.Context, r store.Reader, d *journal.Draft) error {
		c, err := readCase(ctx, r, id)
		if err != nil {
			return err
		}
		if c.State == enquiry.Closed {
			return refuse("cases.refused.state", "state", stateKey(c.State))
		}
		d.Add(CaseReferred{ID: d.NewID(), Case: id, Officer: officer, Reason: sealText(reason), By: actor(g)})
		return nil
	})
	return err
}

// EndReferral ends a referral: "done" by the guest, "revoked" by the unit.
func (s *Service) EndReferral(ctx context.Context, g policy.Grant, id, referral ident.ID) error {
	if err := given(g, caseRef(id)); err != nil {
		return err
	}
	_, err := s.k.Journal.Do(ctx, g, func(ctx context.Context, r store.Reader, d *journal.Draft) error {
		all, err := referrals(ctx, r, id)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(all, func(x enquiry.Referral) bool { return x.ID == referral && x.State == "active" })
		if i < 0 {
			return orNotFound(nil)
		}
		state := "revoked"
		if all[i].Officer == actor(g) {
			state = "done"
		}
		d.Add(ReferralEnded{ID: referral, Case: id, Officer: all[i].Officer, State: state})
		return nil
	})
	return err
}

// Propose offers a case to another unit, which must accept it; until then the
// case stays where it is, and the offer may be revoked.
func (s *Service) Propose(ctx context.Context, g policy.Grant, id, to ident.ID, reason string) (ident.ID, error) {
	if err := given(g, caseRef(id)); err != nil {
		return "", err
	}
	var wrong fault.List
	if _, err := s.parts.Directory.Service(ctx, to); err != nil {
		wrong.Add("to", "form.choose")
	}
	if strings.TrimSpace(reason) == "" {
		wrong.Add("reason", "form.required")
	}
	if err := wrong.Err(); err != nil {
		return "", err
	}
	transfer := s.k.Journal.NewID()
	_, err := s.k.Journal.Do(ctx, g, func(ctx context.Context, r store.Reader, d *journal.Draft) error {
		c, err := changing(ctx, r, id)
		if err != nil {
			return err
		}
		all, err := transfers(ctx, r, id)
		if err != nil {
			return err
		}
		if c.Unit == to {
			return &fault.Error{Kind: fault.Invalid, Key: "form.choose", Field: "to"}
		}
		if slices.ContainsFunc(all, func(t enquiry.Transfer) bool { return t.State == "proposed" }) {
			return refuse("cases.refused.transfer-open")
		}
		d.Add(TransferProposed{Transfer: transfer, Case: id, FromUnit: c.Unit, ToUnit: to, Reason: sealText(reason), By: actor(g)})
		return nil
	})
	return transfer, err
}

// DecideTransfer accepts or rejects a transfer, for the unit that is offered
// the case, or revokes it, for the one that offers it. Officer works on an
// accepted case in its new unit; "" is the actor.
func (s *Service) DecideTransfer(ctx context.Context, g policy.Grant, transfer ident.ID, state string, officer ident.ID) error {
	if !slices.Contains([]string{"accepted", "rejected", "revoked"}, state) {
		return &fault.Error{Kind: fault.Invalid, Key: "form.choose", Field: "state"}
	}
	_, err := s.k.Journal.Do(ctx, g, func(ctx context.Context, r store.Reader, d *journal.Draft) error {
		t, err := readTransfer(ctx, r, transfer)
		if err == nil {
			err = given(g, decidedOn(t, state))
		}
		if err != nil {
			return err
		}
		if t.State != "proposed" {
			return refuse("cases.refused.transfer-decided")
		}
		if err := s.checkAccepted(ctx, r, t, state, officer); err != nil {
			return err
		}
		d.Add(TransferDecided{Transfer: transfer, Case: t.Case, FromUnit: t.FromUnit, ToUnit: t.ToUnit, State: state, By: actor(g)})
		if state == "accepted" {
			if officer == "" {
				officer = actor(g)
			}
			d.Add(CaseAssigned{ID: d.NewID(), Case: t.Case, Officer: officer, By: actor(g)})
		}
		return nil
	})
	return err
}

// decidedOn gives what a transfer's decision is granted on: the unit that offers
// the case acts on the case, the one that is offered it on the transfer.
func decidedOn(t enquiry.Transfer, state string) ident.Ref {
	if state == "revoked" {
		return caseRef(t.Case)
	}
	return transferRef(t.ID)
}

// checkAccepted refuses a case that may not move, and an officer who may not be
// given it where it goes.
func (s *Service) checkAccepted(ctx context.Context, r store.Reader, t enquiry.Transfer, state string, officer ident.ID) error {
	if state != "accepted" {
		return nil
	}
	if _, err := changing(ctx, r, t.Case); err != nil || officer == "" {
		return err
	}
	return s.serves(ctx, t.ToUnit, officer)
}

// Transfer gives a transfer.
func (s *Service) Transfer(ctx context.Context, id ident.ID) (enquiry.Transfer, error) {
	return readTransfer(ctx, s.k.Reader, id)
}

// Restrict marks a case as sensitive, so that only those assigned and their
// chief read it; the empty sensitivity takes the mark away.
func (s *Service) Restrict(ctx context.Context, g policy.Grant, id ident.ID, to enquiry.Sensitivity) error {
	if err := given(g, caseRef(id)); err != nil {
		return err
	}
	if to != "" && !slices.Contains(enquiry.Sensitivities(), to) {
		return &fault.Error{Kind: fault.Invalid, Key: "form.choose", Field: "sensitivity"}
	}
	_, err := s.k.Journal.Do(ctx, g, func(_ context.Context, _ store.Reader, d *journal.Draft) error {
		d.Add(CaseRestricted{Case: id, Sensitivity: to, By: actor(g)})
		return nil
	})
	return err
}

// Seal closes a case to its readers under an order, and opens it again under
// another; the case stays findable by its number.
func (s *Service) Seal(ctx context.Context, g policy.Grant, id ident.ID, shut bool, order string) error {
	if err := given(g, caseRef(id)); err != nil {
		return err
	}
	if order = strings.TrimSpace(order); order == "" {
		return &fault.Error{Kind: fault.Invalid, Key: "form.required", Field: "order"}
	}
	_, err := s.k.Journal.Do(ctx, g, func(ctx context.Context, r store.Reader, d *journal.Draft) error {
		c, err := readCase(ctx, r, id)
		switch {
		case err != nil:
			return err
		case c.Sealed == shut:
			return refuse("cases.refused.sealed-already")
		case shut:
			d.Add(CaseSealed{Case: id, Order: order, By: actor(g)})
		default:
			d.Add(CaseUnsealed{Case: id, Order: order, By: actor(g)})
		}
		return nil
	})
	return err
}
