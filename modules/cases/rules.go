package cases

import (
	"context"
	_ "embed"
	"errors"
	"slices"

	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/store"
	"github.com/amana-platform/amana/kernel/text"
	"github.com/amana-platform/amana/modules/cases/enquiry"
	"github.com/amana-platform/amana/modules/units"
)

//go:embed policy.cedar
var cedar []byte

//go:embed policy.cedarschema
var cedarSchema []byte

// PolicyModule gives what the module hands to the policy. opening lists the entry
// kinds of other modules that opening a case from a complaint appends.
func PolicyModule(opening ...string) policy.Module { return policyModule(opening, nil) }

// policyModule also takes the kinds of other modules that signing a report appends.
func policyModule(opening, signing []string) policy.Module {
	forCase := []policy.PurposeKind{policy.Case}
	on := func(name, mayAllow string, appends ...string) policy.Action {
		return policy.Action{Name: name, Resource: enquiry.KindCase, Purposes: forCase, Appends: appends, MayAllow: mayAllow}
	}
	chief, investigator := "brigade-chief", "investigator"
	open := []string{"cases.case-opened", "cases.party-added", "cases.offence-qualified", "cases.piece-filed", "cases.court-named", "cases.case-assigned"}
	return policy.Module{Name: "cases", Cedar: cedar, Schema: cedarSchema, Actions: []policy.Action{
		{Name: "cases.case.list", Resource: enquiry.KindCase, Purposes: []policy.PurposeKind{policy.Case, policy.Task, policy.Basis}, Binds: policy.BindActor, MayAllow: chief},
		{Name: "cases.case.browse", Purposes: []policy.PurposeKind{policy.Case, policy.Task, policy.Basis}, Binds: policy.BindActor, Reads: true, MayAllow: chief},
		{Name: "cases.case.open", Purposes: []policy.PurposeKind{policy.Task, policy.Basis, policy.Case}, Binds: policy.BindActor, Appends: append(open, opening...), System: true, MayAllow: chief},
		{Name: "cases.case.read", Resource: enquiry.KindCase, Purposes: []policy.PurposeKind{policy.Case, policy.Basis}, Reads: true, BreakGlass: true, MayAllow: chief},
		{Name: "cases.contact.read", Resource: enquiry.KindCase, Purposes: forCase, Reads: true, MayAllow: chief},
		{Name: "cases.dossier.copy", Resource: enquiry.KindCase, Purposes: forCase, Reads: true, Appends: []string{"cases.dossier-issued", "journal.proof-issued"}, MayAllow: chief},
		on("cases.case.amend", chief, "cases.case-amended", "cases.court-named"),
		on("cases.party.add", chief, "cases.party-added", "cases.party-withdrawn"),
		on("cases.offence.qualify", chief, "cases.offence-qualified", "cases.offence-withdrawn"),
		on("cases.evidence.link", chief, "cases.evidence-linked", "cases.evidence-unlinked"),
		on("cases.piece.file", chief, "cases.piece-filed"),
		on("cases.pv.draft", chief, "cases.pv-drafted", "cases.pv-revised", "cases.pv-dropped"),
		on("cases.pv.sign", chief, append([]string{"cases.pv-signed"}, signing...)...),
		on("cases.measure.ask", chief, "cases.measure-asked"),
		on("cases.measure.withdraw", chief, "cases.measure-withdrawn"),
		on("cases.measure.report", chief, "cases.measure-ended"),
		on("cases.remark.answer", chief, "cases.remark-answered"),
		on("cases.review.submit", chief, "cases.review-submitted"),
		on("cases.referral.end", chief, "cases.referral-ended"),
		on("cases.case.assign", chief, "cases.case-assigned", "cases.case-released"),
		on("cases.case.refer", chief, "cases.case-referred"),
		on("cases.transfer.propose", chief, "cases.transfer-proposed", "cases.transfer-decided"),
		on("cases.case.restrict", chief, "cases.case-restricted"),
		on("cases.case.seal", chief, "cases.case-sealed", "cases.case-unsealed").Freshly(),
		on("cases.dossier.hand-over", chief, "cases.dossier-handed-over", "cases.dossier-issued", "journal.proof-issued").Freshly(),
		on("cases.review.return", chief, "cases.review-returned"),
		on("cases.review.approve", chief, "cases.review-approved").Freshly(),
		on("cases.remark.resolve", chief, "cases.remark-resolved"),
		{Name: "cases.measure.stop", System: true, Purposes: []policy.PurposeKind{policy.Basis}, Binds: policy.BindActor, Appends: []string{"cases.measure-ended"}},
		{Name: "cases.measure.read", Resource: enquiry.KindMeasure, Purposes: forCase, Reads: true, MayAllow: "prosecutor"},
		{Name: "cases.measure.order", Resource: enquiry.KindMeasure, Purposes: forCase, Appends: []string{"cases.measure-ordered"}, MayAllow: "prosecutor", Fresh: true},
		{Name: "cases.measure.request", Resource: enquiry.KindMeasure, Purposes: forCase, Appends: []string{"cases.measure-requested"}, MayAllow: "prosecutor", Fresh: true},
		{Name: "cases.measure.refuse", Resource: enquiry.KindMeasure, Purposes: forCase, Appends: []string{"cases.measure-refused"}, MayAllow: "prosecutor"},
		{Name: "cases.transfer.list", Purposes: []policy.PurposeKind{policy.Task, policy.Case, policy.Basis}, Binds: policy.BindActor, MayAllow: chief},
		{Name: "cases.transfer.decide", Resource: enquiry.KindTransfer, Purposes: forCase, Appends: []string{"cases.transfer-decided", "cases.case-assigned"}, MayAllow: chief},
		{Name: "cases.inbox.list", Purposes: []policy.PurposeKind{policy.Task, policy.Case, policy.Basis}, Binds: policy.BindActor, Reads: true, MayAllow: "prosecutor"},
		{Name: "cases.dossier.read", Resource: enquiry.KindDossier, Purposes: forCase, Reads: true, Appends: []string{"cases.dossier-issued", "journal.proof-issued"}, MayAllow: "prosecutor"},
		{Name: "cases.dossier.acknowledge", Resource: enquiry.KindDossier, Purposes: forCase, Appends: []string{"cases.dossier-acknowledged"}, MayAllow: "prosecutor"},
		{Name: "cases.dossier.decide", Resource: enquiry.KindDossier, Purposes: forCase, Appends: []string{"cases.dossier-decided", "cases.dossier-returned"}, MayAllow: investigator, Fresh: true},
	}}
}

// resource gives a case as the policies read it.
func resourceOf(f *enquiry.File) policy.Resource {
	var on, guests []string
	for _, a := range f.Assigned {
		on = append(on, string(a.Officer))
	}
	for _, x := range f.Referrals {
		if x.State == "active" {
			guests = append(guests, string(x.Officer))
		}
	}
	return policy.Resource{Ref: caseRef(f.ID), Unit: f.Unit, Attrs: map[string]any{
		"state": string(f.State), "sensitivity": string(f.Sensitivity), "sealed": f.Sealed,
		"assigned": notNil(on), "guests": notNil(guests), "authors": notNil(f.Authors()), "court": policy.UnitID(f.Court),
	}}
}

func notNil(s []string) []string { return append([]string{}, s...) }

// Resource gives a case as the policies read it. Every request about a case
// asks for it, so it reads no more than it says.
func (s *Service) Resource(ctx context.Context, id ident.ID) (policy.Resource, error) {
	c, err := readCase(ctx, s.k.Reader, id)
	if err != nil {
		return policy.Resource{}, err
	}
	f := &enquiry.File{Case: c}
	var errs [3]error
	f.Assigned, errs[0] = assigned(ctx, s.k.Reader, id)
	f.Referrals, errs[1] = referrals(ctx, s.k.Reader, id)
	f.PVs, errs[2] = store.List(ctx, s.k.Reader, "select distinct author from cases_pvs where case_id = $1 and state <> 'dropped' order by author", []any{string(id)},
		func(scan store.Scan) (p enquiry.PV, err error) {
			err = scan(&p.Author)
			return p, err
		})
	return resourceOf(f), errors.Join(errs[:]...)
}

// columns is where lists find what the policies read.
func columns(within string) policy.Columns {
	const open = "select a.officer from cases_assigned a where a.case_id = c.id and a.to_at = 0"
	return policy.Columns{
		ID: "c.id", Unit: "c.unit",
		Attrs: map[string]string{"state": "c.state", "sensitivity": "c.sensitivity", "sealed": "c.sealed", "court": "c.court"},
		Sets: map[string]string{
			"assigned": open,
			"guests":   "select g.officer from cases_referrals g where g.case_id = c.id and g.state = 'active'",
			"authors":  open + " union select v.author from cases_pvs v where v.case_id = c.id and v.state <> 'dropped'",
		},
		Within: within,
	}
}

// holders answers, for each role, whether a case is somebody's own: $1 is the
// case, $2 the officer, $3 their unit.
var holders = map[string]string{
	"investigator": `select 1 as one from cases_assigned where case_id = $1 and officer = $2 and to_at = 0
		union all select 1 from cases_referrals where case_id = $1 and officer = $2 and state = 'active' and $3 <> ''`,
	"brigade-chief": "select 1 as one from cases_referrals where case_id = $1 and officer = $2 and state = 'active' and $3 <> ''",
	"prosecutor": `select 1 as one from cases_dossiers where case_id = $1 and office = $3 and $2 <> ''
		union all select 1 from cases_measures where case_id = $1 and (office = $3 or through = $3) and $2 <> ''`,
	"investigating-judge": `select 1 as one from cases_cases where id = $1 and court = $3 and $2 <> ''
		union all select 1 from cases_measures where case_id = $1 and office = $3 and authority = 'investigating-judge' and $2 <> ''`,
	"first-president": "select 1 as one from cases_measures where case_id = $1 and office = $3 and authority = 'first-president' and $2 <> ''",
}

// HoldsCase reports whether a case purpose is the actor's own: a case they are
// assigned to, that was shared with them, of a unit they lead, offered to a
// unit they lead, before their prosecution office, or before them as a judge. An
// unknown case is nobody's. Every question to the policy asks it, so it reads a row or two.
func (s *Service) HoldsCase(ctx context.Context, a policy.Actor, p policy.Purpose) bool {
	query, known := holders[a.Role]
	if p.Kind != policy.Case || p.Ref.Kind != enquiry.KindCase || !known {
		return false
	}
	n := 0
	err := s.k.Reader.Row(ctx, "select count(*) from ("+query+") held", []any{string(p.Ref.ID), string(a.ID), string(a.Unit)}, &n)
	if err != nil {
		s.k.Log.ErrorContext(ctx, "who holds a case cannot be read", "case", p.Ref.ID, "err", err)
		return false
	}
	return n > 0 || a.Role == "brigade-chief" && s.leadsCase(ctx, a, p.Ref.ID)
}

// leadsCase reports whether a case is of, or offered to, a unit that a chief leads.
func (s *Service) leadsCase(ctx context.Context, a policy.Actor, id ident.ID) bool {
	found := false
	err := s.k.Reader.Each(ctx, "select unit from cases_cases where id = $1 union select to_unit from cases_transfers where case_id = $1 and state = 'proposed'",
		[]any{string(id)}, func(scan store.Scan) error {
			var unit ident.ID
			err := scan(&unit)
			found = found || s.leads(a, unit)
			return err
		})
	return err == nil && found
}

// leads reports whether a unit is the actor's or stands below it.
func (s *Service) leads(a policy.Actor, unit ident.ID) bool {
	return unit == a.Unit || slices.Contains(s.parts.Directory.Ancestors(unit), a.Unit)
}

// PurposeLabel says what a case purpose is about, and where it is shown.
func (s *Service) PurposeLabel(ctx context.Context, w *text.Words, p policy.Purpose) (label, href string) {
	c, err := s.Case(ctx, p.Ref.ID)
	if err != nil || p.Kind != policy.Case {
		return "", ""
	}
	return w.T("cases.purpose", "number", c.Number), "/cases/" + string(c.ID)
}

// Listed gives the ids of the cases that an actor may read under a purpose,
// newest first, as lists show them.
func (s *Service) Listed(ctx context.Context, a policy.Actor, p policy.Purpose) ([]ident.ID, error) {
	rights, err := s.k.Policy.Filter(ctx, a, "cases.case.list", p, columns(units.Subtree))
	if err != nil {
		return nil, err
	}
	return store.List(ctx, s.k.Reader, "select c.id from cases_cases c where "+rights.SQL+" order by c.opened_at desc, c.id desc", rights.Args, func(scan store.Scan) (id ident.ID, err error) {
		err = scan(&id)
		return id, err
	})
}
