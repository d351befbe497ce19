package inspection

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"github.com/amana-platform/amana/kernel/app"
	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/web"
	"github.com/amana-platform/amana/kernel/web/ui"
)

// showReport shows the verification that runs or ran last.
func (s *Service) showReport(r *web.Request) error {
	last := s.Last()
	by := ""
	if last.By != "" {
		by = s.name(r, last.By)
	}
	end := s.Closing()
	if last.Running || end.Running {
		r.Refresh(2)
	}
	watched, err := s.k.Keeper.Watched(r.Context())
	if err != nil {
		return err
	}
	periods, err := s.k.Journal.Periods(r.Context(), 12)
	if err != nil {
		return err
	}
	return r.Page(r.T("inspection.verify.title"), templ.Join(reportPage(r, last, by), watchPage(r, watched), closingPage(r, end, periods)))
}

func (s *Service) closePeriod(r *web.Request) error {
	form, err := r.Form()
	if err != nil {
		return err
	}
	if err := s.ClosePeriod(r.Context(), r.Grant, form.Get("ground")); err != nil && !fault.Is(err, fault.Conflict) {
		return err
	}
	return r.Redirect("/verification")
}

// periodState says whether one can start from a closing.
func periodState(r *web.Request, p journal.Period) ui.State {
	if p.Standing {
		return ui.State{Status: ui.Good, Label: r.T("inspection.close.standing")}
	}
	return ui.State{Status: ui.Neutral, Label: r.T("inspection.close.forgotten")}
}

func (s *Service) verifyStore(r *web.Request) error {
	if err := s.VerifyStore(r.Context(), r.Grant); err != nil && !fault.Is(err, fault.Conflict) {
		return err
	}
	return r.Redirect("/verification")
}

// printCheckpoint gives the latest checkpoint as a page to keep outside the
// house.
func (s *Service) printCheckpoint(r *web.Request) error {
	page, err := s.k.Keeper.PrintCheckpoint(r.Context(), r.Grant, r.Words.Lang())
	if err != nil {
		return err
	}
	return r.Send("application/pdf", "checkpoint.pdf", page)
}

// ill is one alarm as a machine reads it.
type ill struct {
	Alarm string    `json:"alarm"`
	About string    `json:"about,omitempty"`
	Since time.Time `json:"since"`
}

// health tells machines whether an alarm stands. The service answers, so the
// status is 200 either way: an alarm is no reason to send people elsewhere.
func (s *Service) health(r *web.Request) error {
	out := struct {
		Status string `json:"status"`
		Alarms []ill  `json:"alarms"`
	}{"well", []ill{}}
	for _, a := range s.k.Alarms.List() {
		out.Status = "alarm"
		out.Alarms = append(out.Alarms, ill{strings.TrimPrefix(a.Key, "alarms."), a.About, a.Since})
	}
	raw, err := json.Marshal(out)
	if err != nil {
		return err
	}
	return r.Send("application/json", "", raw)
}

// watchedFacts says how the service stands, alarms apart.
func watchedFacts(r *web.Request, w app.Watched) []ui.Fact {
	facts := []ui.Fact{
		{Label: r.T("inspection.watch.counted"), Value: when(r, w.Counted)},
		{Label: r.T("inspection.watch.controls"), Text: r.T("inspection.watch.controls-of", "seen", w.Controls.Seen, "planted", w.Controls.Planted)},
		{Label: r.T("inspection.watch.control-seen"), Value: when(r, w.Controls.LastSeen)},
	}
	for _, c := range w.Witnesses {
		facts = append(facts, ui.Fact{Label: r.T("inspection.watch.witness", "name", c.Name), Value: when(r, c.At)})
	}
	facts = append(facts, ui.Fact{Label: r.T("inspection.watch.printed"), Value: when(r, w.Printed)})
	if !w.Printed.IsZero() {
		facts = append(facts, ui.Fact{Label: r.T("inspection.watch.printed-leaves"), Text: strconv.FormatInt(w.Leaves, 10)})
	}
	return facts
}

// when shows a time, or that it has not come yet.
func when(r *web.Request, t time.Time) templ.Component {
	if t.IsZero() {
		return ui.Plain(r.T("inspection.watch.never"))
	}
	return ui.Moment(r.Words, t)
}
