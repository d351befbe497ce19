package cases

import (
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/store"
	"github.com/amana-platform/amana/modules/cases/enquiry"
)

// CaseAssigned says that an officer works on a case.
type CaseAssigned struct {
	ID      ident.ID
	Case    ident.ID
	Officer ident.ID
	By      ident.ID
}

// Apply adds the assignment.
func (e CaseAssigned) Apply(w *store.Writer, m journal.Meta) error {
	err := w.One("insert into cases_assigned (id, case_id, officer, by_officer, from_at, to_at) values ($1, $2, $3, $4, $5, 0)",
		string(e.ID), string(e.Case), string(e.Officer), string(e.By), store.Micros(m.Happened))
	if err != nil {
		return err
	}
	return touch(w, e.Case)
}

// About names the case and the officer.
func (e CaseAssigned) About() []ident.Ref { return refs(caseRef(e.Case), officerRef(e.Officer)) }

// CaseReleased says that an officer no longer works on a case.
type CaseReleased struct {
	Case    ident.ID
	Officer ident.ID
}

// Apply ends the assignment.
func (e CaseReleased) Apply(w *store.Writer, m journal.Meta) error {
	err := w.One("update cases_assigned set to_at = $1 where case_id = $2 and officer = $3 and to_at = 0", store.Micros(m.Happened), string(e.Case), string(e.Officer))
	if err != nil {
		return err
	}
	return touch(w, e.Case)
}

// About names the case and the officer.
func (e CaseReleased) About() []ident.Ref { return refs(caseRef(e.Case), officerRef(e.Officer)) }

// CaseReferred says that a case is shared with an officer of another unit.
type CaseReferred struct {
	ID      ident.ID
	Case    ident.ID
	Officer ident.ID
	Reason  journal.Sealed `seal:"Case"`
	By      ident.ID
}

// Apply adds the referral.
func (e CaseReferred) Apply(w *store.Writer, m journal.Meta) error {
	err := w.One("insert into cases_referrals (id, case_id, officer, reason, state, by_officer, from_at, to_at) values ($1, $2, $3, $4, 'active', $5, $6, 0)",
		string(e.ID), string(e.Case), string(e.Officer), e.Reason, string(e.By), store.Micros(m.Happened))
	if err != nil {
		return err
	}
	return touch(w, e.Case)
}

// About names the case and the officer.
func (e CaseReferred) About() []ident.Ref { return refs(caseRef(e.Case), officerRef(e.Officer)) }

// ReferralEnded says that sharing ended: done by the guest, or revoked.
type ReferralEnded struct {
	ID      ident.ID
	Case    ident.ID
	Officer ident.ID
	State   string
}

// Apply ends the referral.
func (e ReferralEnded) Apply(w *store.Writer, m journal.Meta) error {
	err := w.One("update cases_referrals set state = $1, to_at = $2 where id = $3 and state = 'active'", e.State, store.Micros(m.Happened), string(e.ID))
	if err != nil {
		return err
	}
	return touch(w, e.Case)
}

// About names the case and the officer.
func (e ReferralEnded) About() []ident.Ref { return refs(caseRef(e.Case), officerRef(e.Officer)) }

// TransferProposed says that a case is offered to another unit.
type TransferProposed struct {
	Transfer ident.ID
	Case     ident.ID
	FromUnit ident.ID
	ToUnit   ident.ID
	Reason   journal.Sealed `seal:"Case"`
	By       ident.ID
}

// Apply adds the proposal.
func (e TransferProposed) Apply(w *store.Writer, m journal.Meta) error {
	err := w.One("insert into cases_transfers (id, case_id, from_unit, to_unit, state, reason, by_officer, at, decided_by, decided_at) values ($1, $2, $3, $4, 'proposed', $5, $6, $7, '', 0)",
		string(e.Transfer), string(e.Case), string(e.FromUnit), string(e.ToUnit), e.Reason, string(e.By), store.Micros(m.Happened))
	if err != nil {
		return err
	}
	return touch(w, e.Case)
}

// About names the case, the transfer and both units.
func (e TransferProposed) About() []ident.Ref {
	return refs(transferRef(e.Transfer), caseRef(e.Case), unitRef(e.FromUnit), unitRef(e.ToUnit))
}

// TransferDecided says that a transfer was accepted, rejected or revoked. An
// accepted one moves the case; its number stays its own.
type TransferDecided struct {
	Transfer ident.ID
	Case     ident.ID
	FromUnit ident.ID
	ToUnit   ident.ID
	State    string
	By       ident.ID
}

// Apply decides the transfer; an accepted one ends the assignments before it.
func (e TransferDecided) Apply(w *store.Writer, m journal.Meta) error {
	err := w.One("update cases_transfers set state = $1, decided_by = $2, decided_at = $3 where id = $4 and state = 'proposed'",
		e.State, string(e.By), store.Micros(m.Happened), string(e.Transfer))
	if err != nil || e.State != "accepted" {
		return err
	}
	if _, err := w.Exec("update cases_assigned set to_at = $1 where case_id = $2 and to_at = 0", store.Micros(m.Happened), string(e.Case)); err != nil {
		return err
	}
	return w.One("update cases_cases set unit = $1, version = version + 1 where id = $2", string(e.ToUnit), string(e.Case))
}

// About names the case, the transfer and both units.
func (e TransferDecided) About() []ident.Ref {
	return refs(transferRef(e.Transfer), caseRef(e.Case), unitRef(e.FromUnit), unitRef(e.ToUnit))
}

// CaseRestricted says that a case is sensitive, or no longer.
type CaseRestricted struct {
	Case        ident.ID
	Sensitivity enquiry.Sensitivity
	By          ident.ID
}

// Apply sets the restriction.
func (e CaseRestricted) Apply(w *store.Writer, _ journal.Meta) error {
	return w.One("update cases_cases set sensitivity = $1, version = version + 1 where id = $2", string(e.Sensitivity), string(e.Case))
}

// About names the case.
func (e CaseRestricted) About() []ident.Ref { return refs(caseRef(e.Case)) }

// CaseSealed says that a case was closed to readers under an order.
type CaseSealed struct {
	Case  ident.ID
	Order string // number and authority of the order
	By    ident.ID
}

// Apply seals the case.
func (e CaseSealed) Apply(w *store.Writer, _ journal.Meta) error {
	return w.One("update cases_cases set sealed = true, seal_order = $1, version = version + 1 where id = $2", e.Order, string(e.Case))
}

// About names the case.
func (e CaseSealed) About() []ident.Ref { return refs(caseRef(e.Case)) }

// CaseUnsealed says that the order was lifted.
type CaseUnsealed struct {
	Case  ident.ID
	Order string
	By    ident.ID
}

// Apply opens the case again.
func (e CaseUnsealed) Apply(w *store.Writer, _ journal.Meta) error {
	return w.One("update cases_cases set sealed = false, seal_order = $1, version = version + 1 where id = $2", e.Order, string(e.Case))
}

// About names the case.
func (e CaseUnsealed) About() []ident.Ref { return refs(caseRef(e.Case)) }
