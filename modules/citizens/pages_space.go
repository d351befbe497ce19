package citizens

import (
	"bytes"
	"encoding/csv"
	"net/http"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/text"
	"github.com/amana-platform/amana/kernel/web"
	"github.com/amana-platform/amana/kernel/web/ui"
)

const pageSize = 50

// pathFigures is where what is counted of all logs is published, with the
// figures of the whole.
const pathFigures = "/status"

// langIndex is the place of a language in names of three.
func langIndex(l text.Lang) int {
	switch l {
	case text.AR:
		return 0
	case text.EN:
		return 2
	}
	return 1
}

// spacePage is the citizen's first page: what was asked lately, what proves
// them, what waits.
func (s *Service) spacePage(r *web.Request) error {
	latest, err := s.Log(r.Context(), r.Actor.ID, 0, 5)
	if err != nil {
		return err
	}
	c, err := s.Citizen(r.Context(), r.Actor.ID)
	if err != nil {
		return err
	}
	all, err := s.Means(r.Context(), r.Actor.ID)
	if err != nil {
		return err
	}
	return r.Page(r.T("citizens.space.title"), spaceBody(r, s, c, latest, strongest(all)))
}

// meansPage shows what proves the citizen, and lets them add and revoke.
func (s *Service) meansPage(r *web.Request) error {
	all, err := s.Means(r.Context(), r.Actor.ID)
	if err != nil {
		return err
	}
	h, _, err := s.Holder(r)
	if err != nil {
		return err
	}
	return r.Page(r.T("citizens.means.title"), meansBody(r, s, all, h))
}

func (s *Service) dropMeans(r *web.Request) error {
	id, err := r.PathID("means")
	if err != nil {
		return err
	}
	form, err := r.Form()
	if err != nil {
		return err
	}
	if err := s.Revoke(r.Context(), r.Grant, r.Actor.ID, id, form.Get("why")); err != nil {
		return err
	}
	return r.Redirect("/citizen/means")
}

// who says who asked: an institution or a unit by the name it had then.
func who(r *web.Request, l Line) string {
	name := l.ByName[langIndex(r.Words.Lang())]
	switch {
	case name != "":
		return name
	case l.By.Kind == "system":
		return r.T("citizens.line.system")
	case l.person == "" || l.By.IsZero():
		return r.T("citizens.line.forgotten")
	}
	return r.T("citizens.line.unit")
}

// why says what for: an institution's words, or the kind of purpose.
func why(r *web.Request, l Line) string {
	if words := l.Purpose[langIndex(r.Words.Lang())]; words != "" {
		return words
	}
	kind, article, found := strings.Cut(l.Code, "/")
	if found {
		return r.T("citizens.purpose.basis", "article", article)
	}
	if kind == "" {
		return r.T("citizens.purpose.none")
	}
	return r.T("citizens.purpose." + kind)
}

// what names the attributes.
func what(r *web.Request, l Line) string {
	names := make([]string, len(l.Attributes))
	for i, a := range l.Attributes {
		names[i] = AttributeLabel(r.Words, a)
	}
	return strings.Join(names, r.T("citizens.and"))
}

// result says what came of it.
func result(r *web.Request, l Line) string {
	if key := "citizens.result." + l.Result; r.Words.Has(key) {
		return r.T(key)
	}
	return l.Result
}

var statuses = map[LineKind]ui.Status{Verified: ui.Good, Declined: ui.Stop, Exceeded: ui.Alert, Consented: ui.Neutral, Read: ui.Neutral, Found: ui.Neutral, Exported: ui.Wait, Refused: ui.Stop, Emergency: ui.Alert}

func stateOf(w *text.Words, k LineKind) ui.State {
	return ui.State{Status: statuses[k], Label: w.T("citizens.line." + string(k))}
}

// logPage is the citizen's log.
func (s *Service) logPage(r *web.Request) error {
	below, _ := strconv.ParseInt(r.URL.Query().Get("after"), 10, 64) // anything else is the newest page
	lines, err := s.Log(r.Context(), r.Actor.ID, below, pageSize)
	if err != nil {
		return err
	}
	c, err := s.Citizen(r.Context(), r.Actor.ID)
	if err != nil {
		return err
	}
	contested, err := s.contestsOf(r.Context(), r.Actor.ID)
	if err != nil {
		return err
	}
	t := ui.Table{ID: "log", Caption: r.T("citizens.log.title"), Path: "/citizen/log", Query: r.URL.Query(), Count: int(c.Lines),
		Columns: []ui.Column{{Key: "n", Label: r.T("citizens.column.n"), Numeric: true}, {Key: "at", Label: r.T("citizens.column.at")}, {Key: "kind", Label: r.T("citizens.column.kind")},
			{Key: "who", Label: r.T("citizens.column.who"), Wide: true}, {Key: "why", Label: r.T("citizens.column.why"), Wide: true}, {Key: "what", Label: r.T("citizens.column.what"), Wide: true}},
		Nothing: r.T("citizens.log.none"), Advice: r.T("citizens.log.none-lead")}
	for _, l := range lines {
		state := stateOf(r.Words, l.Kind)
		if _, ok := contested[l.N]; ok {
			state = ui.State{Status: ui.Wait, Label: r.T("citizens.line.contested")}
		}
		n := strconv.FormatInt(l.N, 10)
		t.Rows = append(t.Rows, ui.Row{Href: "/citizen/log/" + n, Label: n, Status: state.Status, Cells: []templ.Component{
			ui.Plain(n), ui.Moment(r.Words, l.Happened), ui.Chip(state), ui.Plain(who(r, l)), ui.Plain(why(r, l)), ui.Plain(what(r, l)),
		}})
	}
	if len(lines) == pageSize && lines[len(lines)-1].N > 1 {
		t.Next = strconv.FormatInt(lines[len(lines)-1].N, 10)
	}
	return r.Page(t.Caption, logBody(r, t, c))
}

// lineIn reads the line that an address names.
func (s *Service) lineIn(r *web.Request) (Line, error) {
	n, err := strconv.ParseInt(r.PathValue("n"), 10, 64)
	if err != nil {
		return Line{}, fault.Wrap(err, fault.NotFound, "fault.not-found")
	}
	return s.Line(r.Context(), r.Actor.ID, n)
}

// linePage shows one line with everything that it says.
func (s *Service) linePage(r *web.Request) error {
	l, err := s.lineIn(r)
	if err != nil {
		return err
	}
	return s.showLine(r, http.StatusOK, l, nil)
}

func (s *Service) showLine(r *web.Request, status int, l Line, wrong error) error {
	c, err := s.ContestOf(r.Context(), r.Actor.ID, l.N)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return err
	}
	e, err := s.k.Journal.Find(r.Context(), l.Entry)
	if err != nil {
		return err
	}
	return r.PageStatus(status, r.T("citizens.line.title", "n", l.N), lineBody(r, l, lineFacts(r, l), c, r.Covered(e.Seq), wrong))
}

func lineFacts(r *web.Request, l Line) []ui.Fact {
	facts := []ui.Fact{
		{Label: r.T("citizens.column.kind"), Value: ui.Chip(stateOf(r.Words, l.Kind))}, {Label: r.T("citizens.column.who"), Text: who(r, l)},
		{Label: r.T("citizens.column.why"), Text: why(r, l)}, {Label: r.T("citizens.column.what"), Text: what(r, l)}, {Label: r.T("citizens.column.result"), Text: result(r, l)},
		{Label: r.T("citizens.column.at"), Value: ui.Moment(r.Words, l.Happened)}, {Label: r.T("citizens.column.written"), Value: ui.Moment(r.Words, l.Written)},
	}
	if l.Delay != "" {
		facts = append(facts, ui.Fact{Label: r.T("citizens.column.delayed"), Text: r.T("citizens.line.delayed")})
	}
	return facts
}

// contestLine opens a contest.
func (s *Service) contestLine(r *web.Request) error {
	l, err := s.lineIn(r)
	if err != nil {
		return err
	}
	form, err := r.Form()
	if err != nil {
		return err
	}
	_, err = s.OpenContest(r.Context(), r.Grant, r.Actor.ID, l.N, form.Get("reason"))
	if fault.Is(err, fault.Invalid) {
		return s.showLine(r, http.StatusUnprocessableEntity, l, err)
	}
	if err != nil {
		return err
	}
	return r.Redirect("/citizen/log/" + strconv.FormatInt(l.N, 10))
}

// lineProof gives the proof of one line.
func (s *Service) lineProof(r *web.Request) error {
	l, err := s.lineIn(r)
	if err != nil {
		return err
	}
	raw, _, err := s.k.Paper.Proof(r.Context(), l.Entry, everything)
	if err != nil {
		return err
	}
	r.Exported()
	return r.Send("application/json", "amana-log-"+strconv.FormatInt(l.N, 10)+".json", raw)
}

// exportJSON gives the whole log with its proofs.
func (s *Service) exportJSON(r *web.Request) error {
	raw, err := s.ExportLog(r.Context(), r.Grant, r.Actor.ID)
	if err != nil {
		return err
	}
	r.Exported()
	return r.Send("application/json", "amana-log.json", raw)
}

// exportCSV gives the whole log as a table, in the reader's language.
func (s *Service) exportCSV(r *web.Request) error {
	var out bytes.Buffer
	out.WriteString("\ufeff") // spreadsheets take it for Latin letters otherwise
	w := csv.NewWriter(&out)
	row := func(cells ...string) error {
		for i, c := range cells {
			cells[i] = harmless(c)
		}
		return w.Write(cells)
	}
	if err := row(r.T("citizens.column.n"), r.T("citizens.column.at"), r.T("citizens.column.written"), r.T("citizens.column.kind"), r.T("citizens.column.who"),
		r.T("citizens.column.why"), r.T("citizens.column.what"), r.T("citizens.column.result"), r.T("citizens.column.entry")); err != nil {
		return err
	}
	err := s.eachLine(r.Context(), r.Actor.ID, func(l Line) error {
		return row(strconv.FormatInt(l.N, 10), r.Words.DateTime(l.Happened), r.Words.DateTime(l.Written), r.T("citizens.line."+string(l.Kind)), who(r, l), why(r, l), what(r, l), result(r, l), string(l.Entry))
	})
	if err != nil {
		return err
	}
	w.Flush()
	if err := w.Error(); err != nil {
		return err
	}
	r.Exported()
	return r.Send("text/csv; charset=utf-8", "amana-log.csv", out.Bytes())
}

// harmless keeps a spreadsheet from taking a text for a formula.
func harmless(cell string) string {
	if cell != "" && strings.ContainsRune("=+-@\t\r", rune(cell[0])) {
		return "'" + cell
	}
	return cell
}

// everything discloses a whole entry: a line is its citizen's own.
func everything(string) bool { return true }

// options gives codes as choices.
func options(r *web.Request, prefix string, codes []string) []ui.Option {
	out := make([]ui.Option, len(codes))
	for i, c := range codes {
		out[i] = ui.Option{Value: c, Label: r.T(prefix + c)}
	}
	return out
}
