package plates

import (
	"strings"

	"github.com/a-h/templ"

	"github.com/amana-platform/amana/kernel/app"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/store"
	"github.com/amana-platform/amana/kernel/text"
	"github.com/amana-platform/amana/kernel/web"
	"github.com/amana-platform/amana/kernel/web/ui"
)

// places are the pages of the module that this person may open.
func places(r *web.Request) []ui.Link {
	var out []ui.Link
	for _, p := range []struct{ key, path, action string }{
		{"plates.desk", "/plates", actionDesk}, {"plates.lists", "/plates/entries", actionLists}, {"plates.cameras", "/plates/cameras", actionCameras},
		{"plates.act.search", "/plates/search", actionSearch}, {"plates.act.key", "/plates/samples", actionKeying}, {"plates.audit", "/plates/audit", actionAudit}, {"plates.figures", "/plates/figures", actionFigures},
	} {
		if r.Can(p.action, policy.Resource{Unit: r.Actor.Unit}) {
			out = append(out, ui.Link{Label: r.T(p.key), Href: p.path, Current: r.URL.Path == p.path || p.path != "/plates" && strings.HasPrefix(r.URL.Path, p.path+"/")})
		}
	}
	return out
}

// columnLine names the columns of a list as its first line does.
func columnLine() string { return strings.Join(ListColumns(), ",") }

// casePanel shows the plates that are looked for in a case, on its page.
func (s *Service) casePanel(r *web.Request, res policy.Resource) (templ.Component, error) {
	all, err := store.List(r.Context(), s.k.Reader, "select "+entryColumns+" from plates_entries e where e.case_id = $1 order by e.listed_at", []any{string(res.Ref.ID)}, scanEntry)
	for _, e := range all {
		r.Shows(e.Ref())
	}
	return casePanelBody(s, r, all, r.Can(actionEnter, policy.Resource{Unit: r.Actor.Unit})), err
}

// find answers the search box: a plate that is listed.
func (s *Service) find(r *web.Request, query string) ([]web.Finding, error) {
	line, ok := readable("", query)
	if !ok {
		return nil, nil
	}
	rights, err := r.Filter(actionListed, entryRights())
	if err != nil {
		return nil, nil // the finder is asked of everybody; who may not list finds nothing
	}
	all, err := s.entries(r.Context(), rights, wantedEntries{Plate: line}, 10)
	var out []web.Finding
	for _, e := range all {
		r.Shows(e.Ref())
		out = append(out, web.Finding{Kind: "plates.entry", Label: e.Plate, Detail: r.T("plates.list."+string(e.List)) + " · " + r.T("plates.standing."+e.Standing(r.Now())), Href: entryHref(e.ID)})
	}
	return out, err
}

// deskTasks lists the proposals that wait at this person's desk.
func (s *Service) deskTasks(r *web.Request) ([]web.Task, error) {
	rights, err := r.Filter(actionHits, hitRights())
	if err != nil {
		return nil, err
	}
	hits, err := s.hits(r.Context(), rights, wantedHits{State: Proposed}, 5)
	var out []web.Task
	for _, h := range hits {
		r.Shows(h.Ref())
		out = append(out, web.Task{Verb: "plates.task.compare", Label: r.T("plates.list." + string(h.List)), Detail: s.cameraName(r.Context(), h.Camera) + " · " + r.Words.DateTimeNumeric(h.At), Href: hitHref(h.ID), Late: true})
	}
	return out, err
}

// entryTasks lists the contests that wait for a decision, and the own entries
// that have lapsed and were seen.
func (s *Service) entryTasks(r *web.Request) ([]web.Task, error) {
	all, err := store.List(r.Context(), s.k.Reader, "select "+entryColumns+` from plates_entries e
		where e.state = 'suspended' or e.state = 'active' and e.lapsed_on <> '' and e.unit = $1 order by e.listed_at limit 50`, []any{string(r.Actor.Unit)}, scanEntry)
	var out []web.Task
	for _, e := range all {
		res := policy.Resource{Ref: e.Ref(), Unit: e.Unit, Attrs: map[string]any{"by": string(e.By)}}
		verb, action := "plates.task.decide", actionDecide
		if e.State == Active {
			verb, action = "plates.task.renew", actionRenew
		}
		if !r.Can(action, res) {
			continue
		}
		r.Shows(e.Ref())
		out = append(out, web.Task{Verb: verb, Label: text.Isolate(e.Plate), Detail: r.T("plates.list." + string(e.List)), Href: entryHref(e.ID)})
	}
	return out, err
}

// tells gives the details that a timeline shows beside the fact's name.
func (s *Service) tells() map[string]app.Tell {
	out := map[string]app.Tell{}
	for _, k := range kinds() {
		out[k.Name] = func(w *text.Words, e journal.Entry) (string, string) { return w.T("entry." + k.Name), s.detail(w, e) }
	}
	return out
}

func (s *Service) detail(w *text.Words, e journal.Entry) string {
	switch x := e.(type) {
	case EntryListed:
		return w.T("plates.list."+string(x.List)) + " · " + x.Authority
	case EntryRenewed:
		return w.Date(x.Until) + " · " + x.Authority
	case ContestDecided:
		if x.Upheld {
			return w.T("plates.contest.upheld")
		}
		return w.T("plates.contest.dismissed")
	case BatchTaken:
		return w.N("plates.read-count", int(x.Reads))
	case HitProposed:
		return w.T("plates.list."+string(x.List)) + " · " + percent(w, x.PPM)
	case HitConfirmed:
		return s.officer(w, x.By)
	case HitRejected:
		return w.T("plates.ground." + x.Ground)
	case CrewTasked:
		return x.Crew
	case HitClosed:
		return w.T("plates.outcome." + string(x.Outcome))
	case CameraRegistered:
		return text.Isolate(x.Code)
	case AlertsSuspended:
		if x.Of > 0 {
			return w.T("plates.below-floor") + " · " + w.T("plates.of", "right", x.Right, "of", x.Of)
		}
		return x.Why
	case AlertsRestored:
		return x.Why
	case CameraRetired:
		return x.Why
	case ReadsSearched:
		return x.Authority
	case SamplesDrawn:
		return text.Isolate(x.Week)
	}
	return ""
}
