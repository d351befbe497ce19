package exhibits

import (
	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/web"
)

// photoBody is how much a form with photographs may carry, in bytes.
const photoBody = 64 << 20

// routes is the module's table of contents.
func (s *Service) routes() []web.Route {
	all := []web.Route{
		{Pattern: "GET /exhibits", Action: actionMine, Handle: s.openStore},
		{Pattern: "GET /exhibits/{id}", Action: actionRead, Resource: s.locate, Handle: s.readPage},
		{Pattern: "GET /exhibits/{id}/label", Action: actionRead, Resource: s.locate, Handle: s.label},
		{Pattern: "GET /exhibits/{id}/photos/{address}", Action: actionRead, Resource: s.locate, Handle: s.photo},
		{Pattern: "GET /exhibits/{id}/copies/{address}", Action: actionRead, Resource: s.locate, Handle: s.copyOfPhoto},
		{Pattern: "GET /seizures/{case}/inventory", Action: actionCase, Resource: s.locateList, Handle: s.inventory},
		{Pattern: "GET /seizures/{case}/seize", Action: actionSeize, Resource: s.locateList, Handle: s.sheets.Show(s.seizeSheet)},
		{Pattern: "POST /seizures/{case}/seize", Action: actionSeize, Resource: s.locateList, Handle: s.sheets.Submit(s.seizeSheet)},
	}
	for _, f := range []struct {
		verb, action string
		sheet        web.SheetFor
	}{
		{"seal", actionSeal, s.sealSheet}, {"reseal", actionReseal, s.resealSheet}, {"break", actionBreak, s.breakSheet},
		{"store", actionStore, s.storeSheet}, {"photograph", actionPicture, s.photographSheet}, {"correct", actionCorrect, s.correctSheet},
		{"offer", actionOffer, s.offerSheet}, {"withdraw", actionWithdraw, s.withdrawSheet},
		{"accept", actionAccept, s.acceptSheet}, {"refuse", actionRefuse, s.refuseSheet}, {"take-over", actionTakeOver, s.takeOverSheet},
	} {
		path := "/exhibits/{id}/" + f.verb
		all = append(all,
			web.Route{Pattern: "GET " + path, Action: f.action, Resource: s.locate, Handle: s.sheets.Show(f.sheet)},
			web.Route{Pattern: "POST " + path, Action: f.action, Resource: s.locate, Handle: s.sheets.Submit(f.sheet), MaxBody: photoBody})
	}
	return all
}

// locate finds the exhibit of an address.
func (s *Service) locate(r *web.Request) (policy.Resource, error) {
	id, err := r.PathID("id")
	if err != nil {
		return policy.Resource{}, err
	}
	return s.Resource(r.Context(), id, r.Purpose)
}

// locateList is the exhibits of the case of an address.
func (s *Service) locateList(r *web.Request) (policy.Resource, error) {
	id, err := r.PathID("case")
	if err != nil {
		return policy.Resource{}, fault.Wrap(err, fault.NotFound, "fault.not-found")
	}
	return ListResource(id, r.Actor.Unit), nil
}
