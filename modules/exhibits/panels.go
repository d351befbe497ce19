package exhibits

import (
	"strconv"

	"github.com/a-h/templ"

	"github.com/amana-platform/amana/kernel/app"
	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/journal/tlog"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/text"
	"github.com/amana-platform/amana/kernel/web"
)

// casePanel shows the exhibits of a case on its page.
func (s *Service) casePanel(r *web.Request, res policy.Resource) (templ.Component, error) {
	all, err := s.Exhibits(r.Context(), res.Ref.ID)
	if err != nil {
		return nil, err
	}
	list := ListResource(res.Ref.ID, r.Actor.Unit)
	p := panel{all: all, base: "/seizures/" + string(res.Ref.ID), seize: r.Can(actionSeize, list), print: len(all) > 0 && r.Can(actionCase, list)}
	for _, x := range all {
		r.Shows(x.Ref())
	}
	return casePanelBody(s, r, p), nil
}

// panel is what the case page shows.
type panel struct {
	all   []Exhibit
	base  string
	seize bool
	print bool
}

// find answers the search box: an exhibit's number, a seal's, or the QR code of
// a label.
func (s *Service) find(r *web.Request, query string) ([]web.Finding, error) {
	all, err := s.Find(r.Context(), query)
	if id, ok := s.scanned(r, query); ok {
		x, missing := s.Exhibit(r.Context(), id)
		if missing == nil {
			all = append(all, x)
		}
	}
	var out []web.Finding
	for _, x := range all {
		if !r.Can(actionRead, x.resource(r.Purpose)) {
			continue
		}
		r.Shows(x.Ref())
		out = append(out, web.Finding{Kind: "exhibits.exhibit", Label: x.Number, Detail: described(r.Words, x) + " · " + x.Seal, Href: href(x.ID)})
	}
	return out, err
}

// scanned reads the QR code of a label: the entry it proves names the exhibit.
func (s *Service) scanned(r *web.Request, query string) (ident.ID, bool) {
	qr, err := tlog.ParseQR(query)
	if err != nil {
		return "", false
	}
	e, err := s.k.Journal.Find(r.Context(), qr.Entry)
	if err != nil || e.Entry == nil {
		return "", false
	}
	for _, ref := range e.Entry.About() {
		if ref.Kind == KindExhibit {
			return ref.ID, true
		}
	}
	return "", false
}

// tasks lists the handovers that wait for this person, and those of theirs
// that wait for another.
func (s *Service) tasks(r *web.Request) ([]web.Task, error) {
	waiting, err := s.Waiting(r.Context(), r.Actor.ID)
	var out []web.Task
	for _, h := range waiting {
		x, err := s.Exhibit(r.Context(), h.Exhibit)
		if fault.Is(err, fault.NotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if !r.Can(actionRead, x.resource(r.Purpose)) {
			continue
		}
		r.Shows(x.Ref())
		t := web.Task{Verb: "exhibits.task.receive", Label: x.Number, Detail: described(r.Words, x), Href: href(x.ID)}
		if h.Giver == r.Actor.ID {
			t.Verb, t.Detail = "exhibits.task.given", s.officer(r.Words, h.Receiver)
		}
		out = append(out, t)
	}
	return out, err
}

// tells gives the details that a timeline shows beside the fact's name.
func (s *Service) tells() map[string]app.Tell {
	say := func(kind string, detail func(w *text.Words, e journal.Entry) string) app.Tell {
		return func(w *text.Words, e journal.Entry) (string, string) { return w.T("entry." + kind), detail(w, e) }
	}
	out := map[string]app.Tell{}
	for _, k := range kinds() {
		out[k.Name] = say(k.Name, s.detail)
	}
	return out
}

func (s *Service) detail(w *text.Words, e journal.Entry) string {
	between := func(giver, receiver ident.ID) string {
		return w.T("exhibits.between", "giver", s.officer(w, giver), "receiver", s.officer(w, receiver))
	}
	answered := func(a Answer) string { return between(a.Giver, a.Receiver) }
	switch x := e.(type) {
	case ExhibitSeized:
		return text.Isolate(x.Number) + " · " + w.T("exhibits.category."+string(x.Thing.Category))
	case ExhibitSealed:
		return text.Isolate(x.Step.Seal)
	case ExhibitResealed:
		return text.Isolate(x.Step.Seal)
	case SealBroken:
		return text.Isolate(x.Opening.Seal) + " · " + w.T("exhibits.presence."+string(x.Opening.Presence))
	case ExhibitStored:
		return w.T("exhibits.place." + x.Step.Kept)
	case PhotographsAdded:
		return strconv.Itoa(len(x.Step.Photos))
	case HandoverOffered:
		return between(x.Offer.Giver, x.Offer.Receiver) + " · " + w.T("exhibits.destination."+string(x.Offer.Destination))
	case HandoverAccepted:
		return answered(x.Answer)
	case HandoverRefused:
		return answered(x.Answer)
	case HandoverWithdrawn:
		return answered(x.Answer)
	case ExhibitTakenOver:
		return between(x.Taking.From, x.Taking.By) + " · " + w.T("exhibits.absence."+string(x.Taking.Absence), "officer", s.officer(w, x.Taking.From))
	case ExhibitReturned:
		return answered(x.Answer)
	case ExhibitDestroyed:
		return answered(x.Answer)
	case ExhibitDeposited:
		return answered(x.Answer)
	}
	return ""
}

// proofLink leads to the entry behind a step.
func proofLink(entry ident.ID) templ.SafeURL { return templ.SafeURL("/journal/" + string(entry)) }
