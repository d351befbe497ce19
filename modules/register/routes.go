package register

import (
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/web"
)

// Bodies that carry files of browsers without scripts, and pieces of files.
const (
	formBody  = 64 << 20
	pieceBody = 8 << 20
)

// routes is the module's table of contents.
func (s *Service) routes() []web.Route {
	return append(append(s.deskRoutes(), s.custodyRoutes()...), s.seatRoutes()...)
}

// deskRoutes are the complaints desk, its files, the log book and the handover.
func (s *Service) deskRoutes() []web.Route {
	complaint, transfer, handover := s.at(KindComplaint), s.at(KindTransfer), s.at(KindHandover)
	one := "/register/complaints/{id}"
	return []web.Route{
		{Pattern: "GET /register", Action: actionDesk, Handle: s.openDesk},
		{Pattern: "GET /register/complaints/new", Action: actionRecord, Handle: s.newComplaint},
		{Pattern: "POST /register/complaints", Action: actionRecord, Handle: s.recordComplaint, MaxBody: formBody},
		{Pattern: "POST /register/files/{subject}", Action: actionSend, Handle: s.sendFile},
		{Pattern: "HEAD /register/files/{subject}/{id}", Action: actionSend, Handle: s.fileState},
		{Pattern: "PATCH /register/files/{subject}/{id}", Action: actionSend, Handle: s.continueFile, MaxBody: pieceBody},
		{Pattern: "DELETE /register/files/{subject}/{id}", Action: actionSend, Handle: s.dropFile},
		{Pattern: "GET " + one, Action: actionRead, Resource: complaint, Handle: s.showComplaint},
		{Pattern: "GET " + one + "/receipt", Action: actionRead, Resource: complaint, Handle: s.printReceipt},
		{Pattern: "GET " + one + "/files/{address}", Action: actionRead, Resource: complaint, Handle: s.showFile},
		{Pattern: "GET " + one + "/correct", Action: actionCorrect, Resource: complaint, Handle: s.correctForm},
		{Pattern: "POST " + one + "/correct", Action: actionCorrect, Resource: complaint, Handle: s.correctComplaint},
		{Pattern: "GET " + one + "/attach", Action: actionAttach, Resource: complaint, Handle: s.attachForm},
		{Pattern: "POST " + one + "/attach", Action: actionAttach, Resource: complaint, Handle: s.attachFiles, MaxBody: formBody},
		{Pattern: "GET " + one + "/verify", Action: actionVerify, Resource: complaint, Handle: s.verifyForm},
		{Pattern: "POST " + one + "/verify", Action: actionVerify, Resource: complaint, Handle: s.verifyComplaint},
		{Pattern: "GET " + one + "/close", Action: actionPropose, Resource: complaint, Handle: s.proposeForm},
		{Pattern: "POST " + one + "/close", Action: actionPropose, Resource: complaint, Handle: s.proposeClosing},
		{Pattern: "GET " + one + "/decide", Action: actionClose, Resource: complaint, Handle: s.decideForm},
		{Pattern: "POST " + one + "/decide", Action: actionClose, Resource: complaint, Handle: s.decideClosing},
		{Pattern: "GET " + one + "/transfer", Action: actionOffer, Resource: complaint, Handle: s.offerForm},
		{Pattern: "POST " + one + "/transfer", Action: actionOffer, Resource: complaint, Handle: s.offerTransfer},
		{Pattern: "GET " + one + "/tell", Action: actionTell, Resource: complaint, Handle: s.tellForm},
		{Pattern: "POST " + one + "/tell", Action: actionTell, Resource: complaint, Handle: s.tellOutcome},
		{Pattern: "GET /register/transfers/{id}", Action: actionAnswer, Resource: transfer, Handle: s.answerForm},
		{Pattern: "POST /register/transfers/{id}", Action: actionAnswer, Resource: transfer, Handle: s.answerTransfer},
		{Pattern: "GET /log-book", Action: actionDesk, Handle: s.showLog},
		{Pattern: "POST /log-book", Action: actionWrite, Handle: s.writeLine},
		{Pattern: "GET /handover", Action: actionDesk, Handle: s.showHandover},
		{Pattern: "POST /handover", Action: actionHandover, Handle: s.giveHandover},
		{Pattern: "POST /handovers/{id}/take", Action: actionTake, Resource: handover, Handle: s.takeHandover},
	}
}

// custodyRoutes are the custody register of a unit.
func (s *Service) custodyRoutes() []web.Route {
	custody := s.at(KindCustody)
	one := "/custody/{id}"
	return []web.Route{
		{Pattern: "GET /custody", Action: actionBoard, Handle: s.showBoard},
		{Pattern: "GET /custody/new", Action: actionOpen, Handle: s.newCustody},
		{Pattern: "POST /custody", Action: actionOpen, Handle: s.openCustody},
		{Pattern: "POST /custody-lists", Action: actionSendList, Handle: s.sendList},
		{Pattern: "GET /custody-lists/{id}", Action: actionReadList, Resource: s.at(KindList), Handle: s.printList},
		{Pattern: "GET " + one, Action: actionSheet, Resource: custody, Handle: s.showSheet},
		{Pattern: "GET " + one + "/sheet", Action: actionSheet, Resource: custody, Handle: s.printSheet},
		{Pattern: "GET " + one + "/event", Action: actionNote, Resource: custody, Handle: s.noteForm},
		{Pattern: "POST " + one + "/event", Action: actionNote, Resource: custody, Handle: s.noteEvent},
		{Pattern: "GET " + one + "/extension", Action: actionAsk, Resource: custody, Handle: s.askForm},
		{Pattern: "POST " + one + "/extension", Action: actionAsk, Resource: custody, Handle: s.askExtension},
		{Pattern: "GET " + one + "/end", Action: actionEnd, Resource: custody, Handle: s.endForm},
		{Pattern: "POST " + one + "/end", Action: actionEnd, Resource: custody, Handle: s.endCustody},
	}
}

// seatRoutes are the prosecution's view of custody.
func (s *Service) seatRoutes() []web.Route {
	one := "/prosecution/custody/{id}"
	return []web.Route{
		{Pattern: "GET /prosecution/custody", Action: actionSeat, Handle: s.showSeat},
		{Pattern: "GET " + one, Action: actionInspect, Resource: s.seatAt(KindCustody), Handle: s.inspectCustody},
		{Pattern: "GET " + one + "/sheet", Action: actionInspect, Resource: s.seatAt(KindCustody), Handle: s.printSheet},
		{Pattern: "GET " + one + "/extension", Action: actionDecide, Resource: s.seatAt(KindCustody), Handle: s.extensionForm},
		{Pattern: "POST " + one + "/extension", Action: actionDecide, Resource: s.seatAt(KindCustody), Handle: s.decideExtension},
		{Pattern: "GET " + one + "/visa", Action: actionVisa, Resource: s.seatAt(KindCustody), Handle: s.visaForm},
		{Pattern: "POST " + one + "/visa", Action: actionVisa, Resource: s.seatAt(KindCustody), Handle: s.visa},
		{Pattern: "GET /prosecution/lists/{id}", Action: actionReadList, Resource: s.seatAt(KindList), Handle: s.printList},
		{Pattern: "POST /prosecution/lists/{id}", Action: actionTakeList, Resource: s.seatAt(KindList), Handle: s.takeList},
	}
}

// at locates a record of the desk by the id in the address.
func (s *Service) at(kind string) web.Locate {
	return func(r *web.Request) (policy.Resource, error) {
		id, err := r.PathID("id")
		if err != nil {
			return policy.Resource{}, err
		}
		return s.Resource(r.Context(), ident.Ref{Kind: kind, ID: id}, r.Purpose)
	}
}

// seatAt locates a record for the prosecution.
func (s *Service) seatAt(kind string) web.Locate {
	return func(r *web.Request) (policy.Resource, error) {
		id, err := r.PathID("id")
		if err != nil {
			return policy.Resource{}, err
		}
		return s.Seat(r.Context(), ident.Ref{Kind: kind, ID: id}, r.Purpose)
	}
}
