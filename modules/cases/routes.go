package cases

import (
	"cmp"

	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/web"
	"github.com/amana-platform/amana/modules/cases/enquiry"
)

// filesBody bounds a form that carries files without scripts.
const filesBody = 64 << 20

// routes is the module's table of contents.
func (s *Service) routes() []web.Route {
	one := "/cases/{id}"
	all := []web.Route{
		{Pattern: "GET /cases", Action: "cases.case.browse", Handle: s.list},
		{Pattern: "GET /cases/new", Action: "cases.case.open", Handle: s.sheets.Show(s.openSheet)},
		{Pattern: "POST /cases/new", Action: "cases.case.open", Handle: s.sheets.Submit(s.openSheet)},
		{Pattern: "GET " + one, Action: "cases.case.read", Resource: s.locateCase, Handle: s.casePage},
		{Pattern: "GET " + one + "/contacts", Action: "cases.contact.read", Resource: s.locateCase, Handle: s.contactsPage},
		{Pattern: "GET " + one + "/pieces/{piece}/file", Action: "cases.case.read", Resource: s.locateCase, Handle: s.pieceFile},
		{Pattern: "GET " + one + "/pvs/{pv}", Action: "cases.case.read", Resource: s.locateCase, Handle: s.pvPage},
		{Pattern: "GET " + one + "/pvs/{pv}/paper", Action: "cases.case.read", Resource: s.locateCase, Handle: s.pvPaper},
		{Pattern: "POST " + one + "/pvs/{pv}/sign", Action: "cases.pv.sign", Resource: s.locateCase, Handle: s.signPV},
		{Pattern: "POST " + one + "/pvs/{pv}/drop", Action: "cases.pv.draft", Resource: s.locateCase, Handle: s.dropPV},
		{Pattern: "POST " + one + "/parties/{party}/withdraw", Action: "cases.party.add", Resource: s.locateCase, Handle: s.withdrawParty},
		{Pattern: "POST " + one + "/offences/{offence}/withdraw", Action: "cases.offence.qualify", Resource: s.locateCase, Handle: s.withdrawOffence},
		{Pattern: "POST " + one + "/links/{link}/remove", Action: "cases.evidence.link", Resource: s.locateCase, Handle: s.unlink},
		{Pattern: "POST " + one + "/release/{officer}", Action: "cases.case.assign", Resource: s.locateCase, Handle: s.releaseOfficer},
		{Pattern: "POST " + one + "/referrals/{referral}/end", Action: "cases.referral.end", Resource: s.locateCase, Handle: s.endReferral},
		{Pattern: "POST " + one + "/transfers/{transfer}/revoke", Action: "cases.transfer.propose", Resource: s.locateCase, Handle: s.revokeTransfer},
		{Pattern: "POST " + one + "/measures/{measure}/withdraw", Action: "cases.measure.withdraw", Resource: s.locateCase, Handle: s.withdrawMeasure},
		{Pattern: "POST " + one + "/remarks/{remark}/resolve", Action: "cases.remark.resolve", Resource: s.locateCase, Handle: s.resolveRemark},
		{Pattern: "GET " + one + "/dossiers/{dossier}", Action: "cases.dossier.copy", Resource: s.locateCase, Handle: s.dossierPage},
		{Pattern: "POST " + one + "/dossiers/{dossier}/issue", Action: "cases.dossier.copy", Resource: s.locateCase, Handle: s.issue},
		{Pattern: "POST " + one + "/dossiers/{dossier}/stamp", Action: "cases.dossier.copy", Resource: s.locateCase, Handle: s.stamp},
		{Pattern: "GET " + one + "/dossiers/{dossier}/files/{issue}", Action: "cases.dossier.copy", Resource: s.locateCase, Handle: s.issueFile},
		{Pattern: "GET " + one + "/dossiers/{dossier}/twin/{profile}", Action: "cases.dossier.copy", Resource: s.locateCase, Handle: s.twinFile},
		{Pattern: "GET /inbox", Action: "cases.inbox.list", Handle: s.inbox},
		{Pattern: "GET /dossiers/{dossier}", Action: "cases.dossier.read", Resource: s.locateDossier, Handle: s.dossierPage},
		{Pattern: "POST /dossiers/{dossier}/issue", Action: "cases.dossier.read", Resource: s.locateDossier, Handle: s.issue},
		{Pattern: "POST /dossiers/{dossier}/stamp", Action: "cases.dossier.read", Resource: s.locateDossier, Handle: s.stamp},
		{Pattern: "GET /dossiers/{dossier}/files/{issue}", Action: "cases.dossier.read", Resource: s.locateDossier, Handle: s.issueFile},
		{Pattern: "GET /dossiers/{dossier}/twin/{profile}", Action: "cases.dossier.read", Resource: s.locateDossier, Handle: s.twinFile},
		{Pattern: "POST /dossiers/{dossier}/acknowledge", Action: "cases.dossier.acknowledge", Resource: s.locateDossier, Handle: s.acknowledge},
		{Pattern: "GET /measures/{measure}", Action: "cases.measure.read", Resource: s.locateMeasure, Handle: s.measurePage},
	}
	if s.parts.Complaints != nil {
		all = append(all,
			web.Route{Pattern: "GET /complaints/{complaint}/case", Action: s.parts.ReferComplaint, Resource: s.locateComplaint, Handle: s.sheets.Show(s.takeOverSheet)},
			web.Route{Pattern: "POST /complaints/{complaint}/case", Action: s.parts.ReferComplaint, Resource: s.locateComplaint, Handle: s.sheets.Submit(s.takeOverSheet)})
	}
	for _, f := range []struct {
		path, action string
		locate       web.Locate
		sheet        web.SheetFor
	}{
		{one + "/amend", "cases.case.amend", s.locateCase, s.amendSheet},
		{one + "/party", "cases.party.add", s.locateCase, s.partySheet},
		{one + "/qualify", "cases.offence.qualify", s.locateCase, s.qualifySheet},
		{one + "/link", "cases.evidence.link", s.locateCase, s.linkSheet},
		{one + "/piece", "cases.piece.file", s.locateCase, s.pieceSheet},
		{one + "/pv", "cases.pv.draft", s.locateCase, s.pvSheet},
		{one + "/pvs/{pv}/edit", "cases.pv.draft", s.locateCase, s.editSheet},
		{one + "/ask", "cases.measure.ask", s.locateCase, s.askSheet},
		{one + "/measures/{measure}/report", "cases.measure.report", s.locateCase, s.reportSheet},
		{one + "/assign", "cases.case.assign", s.locateCase, s.assignSheet},
		{one + "/refer", "cases.case.refer", s.locateCase, s.referSheet},
		{one + "/transfer", "cases.transfer.propose", s.locateCase, s.transferSheet},
		{one + "/restrict", "cases.case.restrict", s.locateCase, s.restrictSheet},
		{one + "/seal", "cases.case.seal", s.locateCase, s.sealSheet},
		{one + "/submit", "cases.review.submit", s.locateCase, s.submitSheet},
		{one + "/return", "cases.review.return", s.locateCase, s.returnSheet},
		{one + "/approve", "cases.review.approve", s.locateCase, s.approveSheet},
		{one + "/remarks/{remark}/answer", "cases.remark.answer", s.locateCase, s.answerSheet},
		{one + "/hand-over", "cases.dossier.hand-over", s.locateCase, s.handOverSheet},
		{"/measures/{measure}/order", "cases.measure.order", s.locateMeasure, s.orderSheet},
		{"/measures/{measure}/request", "cases.measure.request", s.locateMeasure, s.requestSheet},
		{"/measures/{measure}/refuse", "cases.measure.refuse", s.locateMeasure, s.refuseSheet},
		{"/transfers/{transfer}", "cases.transfer.decide", s.locateTransfer, s.decideTransferSheet},
		{"/dossiers/{dossier}/decide", "cases.dossier.decide", s.locateDossier, s.decideSheet},
	} {
		all = append(all,
			web.Route{Pattern: "GET " + f.path, Action: f.action, Resource: f.locate, Handle: s.sheets.Show(f.sheet)},
			web.Route{Pattern: "POST " + f.path, Action: f.action, Resource: f.locate, Handle: s.sheets.Submit(f.sheet), MaxBody: filesBody})
	}
	return all
}

// locateComplaint finds the complaint that a case is opened from, as the
// policy of the module that keeps it reads it.
func (s *Service) locateComplaint(r *web.Request) (policy.Resource, error) {
	id, err := r.PathID("complaint")
	if err != nil {
		return policy.Resource{}, err
	}
	return s.parts.Complaints.Resource(r.Context(), id, r.Purpose)
}

func (s *Service) locateCase(r *web.Request) (policy.Resource, error) {
	id, err := r.PathID("id")
	if err != nil {
		return policy.Resource{}, err
	}
	return s.Resource(r.Context(), id)
}

func (s *Service) locateDossier(r *web.Request) (policy.Resource, error) {
	id, err := r.PathID("dossier")
	if err != nil {
		return policy.Resource{}, err
	}
	d, err := s.Dossier(r.Context(), id)
	return policy.Resource{Ref: dossierRef(id), Under: []ident.Ref{caseRef(d.Case)}, Unit: d.Office}, err
}

func (s *Service) locateTransfer(r *web.Request) (policy.Resource, error) {
	id, err := r.PathID("transfer")
	if err != nil {
		return policy.Resource{}, err
	}
	t, err := s.Transfer(r.Context(), id)
	return policy.Resource{Ref: transferRef(id), Under: []ident.Ref{caseRef(t.Case)}, Unit: t.ToUnit}, err
}

func (s *Service) locateMeasure(r *web.Request) (policy.Resource, error) {
	id, err := r.PathID("measure")
	if err != nil {
		return policy.Resource{}, err
	}
	return s.MeasureResource(r.Context(), id)
}

// measureResource gives a measure as the policies read it: under the office
// that was asked, else under the unit of its case.
func measureResource(m enquiry.Measure, unit ident.ID) policy.Resource {
	return policy.Resource{Ref: measureRef(m.ID), Under: []ident.Ref{caseRef(m.Case)}, Unit: cmp.Or(m.Office, unit), Attrs: map[string]any{"asked": m.Office != "", "authority": m.Authority, "through": policy.UnitID(m.Through)}}
}
