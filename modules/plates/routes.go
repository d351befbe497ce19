package plates

import (
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/web"
)

// Bodies that carry a list, and a camera's batch with its pictures, in bytes.
const (
	listBody  = 16 << 20
	batchBody = 32 << 20
)

// routes is the module's table of contents.
func (s *Service) routes() []web.Route {
	all := []web.Route{
		{Pattern: "GET /plates", Action: actionDesk, Handle: s.openDesk},
		{Pattern: "GET /plates/hits/{id}", Action: actionHit, Resource: s.locateHit, Handle: s.readHitPage},
		{Pattern: "GET /plates/hits/{id}/pictures/{address}", Action: actionHit, Resource: s.locateHit, Handle: s.hitPicture},
		{Pattern: "GET /plates/entries", Action: actionLists, Handle: s.openLists},
		{Pattern: "GET /plates/entries/new", Action: actionEnter, Handle: s.sheets.Show(s.enterSheet)},
		{Pattern: "POST /plates/entries/new", Action: actionEnter, Handle: s.sheets.Submit(s.enterSheet)},
		{Pattern: "GET /plates/entries/import", Action: actionImport, Handle: s.sheets.Show(s.importSheet)},
		{Pattern: "POST /plates/entries/import", Action: actionImport, Handle: s.importEntries, MaxBody: listBody},
		{Pattern: "GET /plates/entries/{id}", Action: actionEntry, Resource: s.locateEntry, Handle: s.readEntryPage},
		{Pattern: "GET /plates/cameras", Action: actionCameras, Handle: s.openCameras},
		{Pattern: "GET /plates/cameras/new", Action: actionRegister, Handle: s.sheets.Show(s.registerSheet)},
		{Pattern: "POST /plates/cameras/new", Action: actionRegister, Handle: s.sheets.Submit(s.registerSheet)},
		{Pattern: "GET /plates/cameras/{id}", Action: actionCamera, Resource: s.locateCamera, Handle: s.readCameraPage},
		{Pattern: "GET /plates/cameras/{id}/key", Action: actionKey, Resource: s.locateCamera, Handle: s.sheets.Show(s.keySheet)},
		{Pattern: "POST /plates/cameras/{id}/key", Action: actionKey, Resource: s.locateCamera, Handle: s.keyCamera},
		{Pattern: "GET /plates/search", Action: actionSearch, Handle: s.sheets.Show(s.searchSheet)},
		{Pattern: "POST /plates/search", Action: actionSearch, Handle: s.searchReads},
		{Pattern: "GET /plates/audit", Action: actionAudit, Handle: s.openAudit},
		{Pattern: "GET /plates/samples", Action: actionKeying, Handle: s.nextSample},
		{Pattern: "GET /plates/samples/{id}", Action: actionSample, Resource: s.locateSample, Handle: s.sheets.Show(s.sampleSheet)},
		{Pattern: "POST /plates/samples/{id}", Action: actionSample, Resource: s.locateSample, Handle: s.sheets.Submit(s.sampleSheet)},
		{Pattern: "GET /plates/samples/{id}/picture", Action: actionSample, Resource: s.locateSample, Handle: s.picturePage},
		{Pattern: "GET /plates/figures", Action: actionFigures, Handle: s.openFigures},
		{Pattern: "POST /api/plates/batches", Open: "a device shows its own key, which the handler checks before anything else", Handle: s.takeBatch, MaxBody: batchBody},
		{Pattern: "POST /api/plates/pictures", Open: "a device shows its own key, which the handler checks before anything else", Handle: s.takePicture, MaxBody: maxScene},
	}
	for _, f := range []struct {
		path, verb, action string
		locate             web.Locate
		sheet              web.SheetFor
	}{
		{"hits", "confirm", actionConfirm, s.locateHit, s.confirmSheet}, {"hits", "reject", actionReject, s.locateHit, s.rejectSheet},
		{"hits", "task", actionTask, s.locateHit, s.taskSheet}, {"hits", "close", actionClose, s.locateHit, s.closeSheet},
		{"entries", "renew", actionRenew, s.locateEntry, s.renewSheet}, {"entries", "cancel", actionCancel, s.locateEntry, s.cancelSheet},
		{"entries", "contest", actionContest, s.locateEntry, s.contestSheet}, {"entries", "decide", actionDecide, s.locateEntry, s.decideSheet},
		{"cameras", "amend", actionAmend, s.locateCamera, s.amendSheet}, {"cameras", "suspend", actionSuspend, s.locateCamera, s.suspendSheet},
		{"cameras", "restore", actionRestore, s.locateCamera, s.restoreSheet}, {"cameras", "retire", actionRetire, s.locateCamera, s.retireSheet},
	} {
		path := "/plates/" + f.path + "/{id}/" + f.verb
		all = append(all,
			web.Route{Pattern: "GET " + path, Action: f.action, Resource: f.locate, Handle: s.sheets.Show(f.sheet)},
			web.Route{Pattern: "POST " + path, Action: f.action, Resource: f.locate, Handle: s.sheets.Submit(f.sheet)})
	}
	return all
}

// The records of addresses.

func (s *Service) locateHit(r *web.Request) (policy.Resource, error) {
	id, err := r.PathID("id")
	if err != nil {
		return policy.Resource{}, err
	}
	return s.HitResource(r.Context(), id)
}

func (s *Service) locateEntry(r *web.Request) (policy.Resource, error) {
	id, err := r.PathID("id")
	if err != nil {
		return policy.Resource{}, err
	}
	return s.EntryResource(r.Context(), id)
}

func (s *Service) locateCamera(r *web.Request) (policy.Resource, error) {
	id, err := r.PathID("id")
	if err != nil {
		return policy.Resource{}, err
	}
	return s.CameraResource(r.Context(), id)
}

func (s *Service) locateSample(r *web.Request) (policy.Resource, error) {
	id, err := r.PathID("id")
	if err != nil {
		return policy.Resource{}, err
	}
	return s.SampleResource(r.Context(), id)
}
