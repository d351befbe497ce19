package trust

import (
	"slices"
	"strings"

	"github.com/amana-platform/amana/kernel/text"
	"github.com/amana-platform/amana/kernel/web/ui"
	"github.com/amana-platform/amana/modules/trust/provider"
	"github.com/amana-platform/amana/modules/trust/signals"
)

// in picks the text of the reader's language of a text in three.
func in(w *text.Words, all [3]string) string {
	switch w.Lang() {
	case text.AR:
		return all[0]
	case text.EN:
		return all[2]
	}
	return all[1]
}

// attributeWord names an attribute; "resident_of:04" is that of its area.
func attributeWord(w *text.Words, name string) string {
	name, area, isArea := strings.Cut(name, ":")
	if !w.Has(textKey(name)) {
		return name
	}
	if isArea {
		return w.T(textKey(name)) + " " + text.Isolate(area)
	}
	return w.T(textKey(name))
}

func attributeWords(w *text.Words, names []string) string {
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = attributeWord(w, n)
	}
	return strings.Join(out, w.T("trust.and"))
}

var statuses = map[State]ui.Status{Applied: ui.Wait, Examined: ui.Wait, Approved: ui.Good, Active: ui.Good, Refused: ui.Stop, Suspended: ui.Alert, Expired: ui.Neutral}

func stateOf(w *text.Words, s State) ui.State {
	return ui.State{Status: statuses[s], Label: w.T("trust.state." + string(s))}
}

var streamStatuses = map[signals.Status]ui.Status{signals.Enabled: ui.Good, signals.Paused: ui.Wait, signals.Disabled: ui.Stop}

// eventWords names the events that go over a stream.
func eventWords(w *text.Words, st signals.Stream) string {
	var out []string
	for event, word := range map[string]string{signals.SessionRevoked: "session", signals.MeansChanged: "means", signals.LevelChanged: "level", signals.AccountClosed: "account"} {
		if st.Delivers(event) {
			out = append(out, w.T("trust.stream.event."+word))
		}
	}
	if len(out) == 0 {
		return w.T("trust.stream.no-event")
	}
	slices.Sort(out)
	return strings.Join(out, w.T("trust.and"))
}

// trialState says whether a check of a sandbox passed, and when last.
func trialState(w *text.Words, t Trial) ui.State {
	if t.Times == 0 {
		return ui.State{Status: ui.Neutral, Label: w.T("trust.trial.not-seen")}
	}
	return ui.State{Status: ui.Good, Label: w.T("trust.trial.seen", "at", w.DateTimeNumeric(t.At), "n", w.Number(t.Times))}
}

// areaWord names an area of the pack.
func (s *Service) areaWord(w *text.Words, code string) string {
	if a, err := s.k.Pack.Area(code, s.k.Clock.Now()); err == nil {
		return a.Names.In(string(w.Lang()))
	}
	return code
}

// wantedWord names what is asked, as the citizen reads it.
func (s *Service) wantedWord(w *text.Words, x provider.Wanted) string {
	if x.Name == residentOf && len(x.Values) == 1 {
		return w.T("trust.attribute.resident-of-area", "area", s.areaWord(w, x.Values[0]))
	}
	return attributeWord(w, x.Name)
}

// valueWord says what would be told: the citizen sees it before they agree.
func valueWord(w *text.Words, v any) string {
	switch v := v.(type) {
	case bool:
		if v {
			return w.T("trust.value.yes")
		}
		return w.T("trust.value.no")
	case string:
		if day := text.PartialDate(v); len(v) == len("2006-01-02") && v[4] == '-' {
			return w.Partial(day)
		}
		if w.Has("trust.value." + v) {
			return w.T("trust.value." + v)
		}
		return v
	case map[string]any:
		if formatted, ok := v["formatted"].(string); ok {
			return formatted
		}
	}
	return ""
}
