package plates

import (
	"net/http"
	"strconv"

	"github.com/a-h/templ"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/web"
	"github.com/amana-platform/amana/kernel/web/ui"
)

// openAudit shows how right the cameras are, who searched what, and what has
// been forgotten.
func (s *Service) openAudit(r *web.Request) error {
	var tables []ui.Table
	for _, by := range []string{"camera", "hour", "letter"} {
		t, err := s.accuracyTable(r, by)
		if err != nil {
			return err
		}
		tables = append(tables, t)
	}
	searches, err := s.searchTable(r)
	if err != nil {
		return err
	}
	gone, err := s.receiptTable(r)
	if err != nil {
		return err
	}
	return r.Page(r.T("plates.audit"), auditPage(r, tables, searches, gone, r.Can(actionKeying, policy.Resource{Unit: r.Actor.Unit})))
}

// accuracyTable says the shares of right reads with their intervals.
func (s *Service) accuracyTable(r *web.Request, by string) (ui.Table, error) {
	all, err := s.Accuracies(r.Context(), by)
	if err != nil {
		return ui.Table{}, err
	}
	floor, err := s.k.Pack.Rule("plate-camera-floor", r.Now())
	if err != nil {
		return ui.Table{}, err
	}
	w := r.Words
	t := ui.Table{ID: "by-" + by, Caption: w.T("plates.accuracy." + by), Path: "/plates/audit", Query: r.URL.Query(), Count: -1, Columns: []ui.Column{
		{Key: "of", Label: w.T("plates.field." + by), Wide: true}, {Key: "right", Label: w.T("plates.field.right"), Numeric: true}, {Key: "share", Label: w.T("plates.field.share"), Numeric: true}, {Key: "interval", Label: w.T("plates.field.interval"), Numeric: true}}}
	for _, a := range all {
		of := templ.Component(ui.ID(a.Of))
		if by == "camera" {
			of = ui.Plain(s.cameraName(r.Context(), ident.ID(a.Of)))
		}
		low, high := a.Share.Wilson()
		row := ui.Row{Cells: []templ.Component{of, ui.Plain(w.T("plates.of", "right", a.Share.Right, "of", a.Share.Of)), ui.Plain(w.Percent(float64(a.Share.Right)/float64(a.Share.Of), 1)),
			ui.Plain(w.T("plates.between", "low", w.Percent(low, 1), "high", w.Percent(high, 1)))}}
		if by == "camera" && a.Share.below(floor.Count) {
			row.Status = ui.Alert
		}
		t.Rows = append(t.Rows, row)
	}
	return t, nil
}

func (s *Service) searchTable(r *web.Request) (ui.Table, error) {
	all, err := s.Searches(r.Context(), pageSize)
	w := r.Words
	t := ui.Table{ID: "searches", Caption: w.T("plates.searches"), Path: "/plates/audit", Query: r.URL.Query(), Count: -1, Columns: []ui.Column{
		{Key: "at", Label: w.T("plates.field.searched")}, {Key: "by", Label: w.T("plates.field.by"), Wide: true}, {Key: "authority", Label: w.T("plates.field.authority"), Wide: true}, {Key: "purpose", Label: w.T("plates.field.purpose")},
		{Key: "pattern", Label: w.T("plates.field.plate")}, {Key: "found", Label: w.T("plates.field.found"), Numeric: true}}}
	for _, x := range all {
		purpose, _ := s.caseLabel(r.Context(), x.Case)
		if purpose == "" {
			purpose = w.T("plates.purpose." + x.Purpose)
		}
		t.Rows = append(t.Rows, ui.Row{Cells: []templ.Component{ui.Moment(w, x.At), ui.Plain(s.officer(w, x.By) + " · " + s.unit(w, x.Unit)), ui.Plain(x.Authority), ui.Plain(purpose), ui.ID(x.Pattern), ui.Plain(w.Number(x.Found))}})
	}
	return t, err
}

func (s *Service) receiptTable(r *web.Request) (ui.Table, error) {
	all, err := s.Receipts(r.Context(), pageSize)
	w := r.Words
	t := ui.Table{ID: "gone", Caption: w.T("plates.gone"), Path: "/plates/audit", Query: r.URL.Query(), Count: -1, Columns: []ui.Column{
		{Key: "day", Label: w.T("plates.field.day")}, {Key: "camera", Label: w.T("plates.field.camera"), Wide: true}, {Key: "reads", Label: w.T("plates.field.reads"), Numeric: true}, {Key: "ends", Label: w.T("plates.field.ends")}}}
	for _, d := range all {
		t.Rows = append(t.Rows, ui.Row{Cells: []templ.Component{ui.ID(d.Date), ui.Plain(s.cameraName(r.Context(), d.Camera)), ui.Plain(w.Number(d.Reads)), ui.Moment(w, d.Ends)}})
	}
	return t, err
}

// nextSample leads to a sample that waits for this person.
func (s *Service) nextSample(r *web.Request) error {
	x, err := s.ToKey(r.Context(), r.Actor.ID)
	if fault.Is(err, fault.NotFound) {
		return r.Page(r.T("plates.act.key"), nothingToKey(r))
	}
	if err != nil {
		return err
	}
	return r.Redirect("/plates/samples/" + string(x.ID))
}

// picturePage gives the picture of a sample, and nothing of what was read.
func (s *Service) picturePage(r *web.Request) error {
	x, err := s.Sample(r.Context(), r.Resource.Ref.ID)
	if err != nil {
		return err
	}
	info, err := s.samplePicture(r.Context(), x)
	if err != nil {
		return err
	}
	return s.sendPicture(r, info)
}

// searchReads shows the past reads that were asked for, once the search is in
// the journal.
func (s *Service) searchReads(r *web.Request) error {
	values, err := r.Form()
	f, broken := s.searchSheet(r)
	if broken != nil {
		return broken
	}
	if err != nil {
		return s.sheets.Again(r, f, values, err)
	}
	a := web.NewAnswers(values, r)
	in := Searching{Submission: a.ID("submission"), Country: a.Get("country"), Plate: a.Get("pattern"), From: a.From("from"), To: a.Until("to"), Camera: a.ID("camera"), Authority: a.Get("authority")}
	if err := a.Wrong.Err(); err != nil {
		return s.sheets.Again(r, f, values, err)
	}
	found, err := s.SearchReads(r.Context(), r.Grant, in)
	if err != nil {
		return s.sheets.Again(r, f, values, err)
	}
	r.Searched(in.Plate)
	w := r.Words
	t := ui.Table{ID: "reads", Caption: w.T("plates.reads"), Path: "/plates/search", Query: r.URL.Query(), Count: len(found), Columns: []ui.Column{
		{Key: "at", Label: w.T("plates.field.at")}, {Key: "plate", Label: w.T("plates.field.plate")}, {Key: "camera", Label: w.T("plates.field.camera"), Wide: true}, {Key: "score", Label: w.T("plates.field.score"), Numeric: true}}}
	for _, x := range found {
		t.Rows = append(t.Rows, ui.Row{Cells: []templ.Component{ui.Moment(w, x.At), number(w, x.Country, x.Plate), ui.Plain(s.cameraName(r.Context(), x.Camera)), ui.Plain(percent(w, x.PPM))}})
	}
	return r.PageStatus(http.StatusOK, r.T("plates.reads"), readsPage(r, t, strconv.Itoa(len(found))))
}
