package register

import (
	"github.com/amana-platform/amana/kernel/app"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/text"
)

// tells gives the words of those entries whose kind alone says too little. The
// others are told by their kind's name.
func (s *Service) tells() map[string]app.Tell {
	title := func(w *text.Words, kind string) string { return w.T("entry.register." + kind) }
	return map[string]app.Tell{
		"register.event-noted": func(w *text.Words, e journal.Entry) (string, string) {
			n := e.(EventNoted)
			name := s.eventName(w, n.Kind, Custody{Arrest: s.k.Clock.Now()})
			if n.Phase != "" {
				return name, w.T("register.phase." + n.Phase)
			}
			return name, ""
		},
		"register.line-written": func(w *text.Words, e journal.Entry) (string, string) {
			return title(w, "line-written"), e.(LineWritten).Number
		},
		"register.complaint-corrected": func(w *text.Words, e journal.Entry) (string, string) {
			return title(w, "complaint-corrected"), w.T("register.correct." + e.(ComplaintCorrected).Field)
		},
		"register.outcome-told": func(w *text.Words, e journal.Entry) (string, string) {
			return title(w, "outcome-told"), w.T("register.outcome." + e.(OutcomeTold).Outcome)
		},
		"register.complaint-referred": func(w *text.Words, e journal.Entry) (string, string) {
			return title(w, "complaint-referred"), e.(ComplaintReferred).CaseNumber
		},
		"register.extension-decided": func(w *text.Words, e journal.Entry) (string, string) {
			d := e.(ExtensionDecided)
			if !d.Granted {
				return title(w, "extension-decided"), w.T("register.decision.declined")
			}
			return title(w, "extension-decided"), w.T("register.decision.granted") + " · " + w.T("register.decision.until") + " " + w.DateTime(d.Until)
		},
		"register.custody-ended": func(w *text.Words, e journal.Entry) (string, string) {
			return title(w, "custody-ended"), w.T("register.ending." + e.(CustodyEnding).How)
		},
		"register.custody-overran": func(w *text.Words, e journal.Entry) (string, string) {
			return title(w, "custody-overran"), w.DateTime(e.(CustodyOverran).Deadline)
		},
	}
}
