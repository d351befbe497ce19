package ui

import (
	"embed"
	"net/url"
	"strconv"
	"time"

	"github.com/a-h/templ"

	"github.com/amana-platform/amana/kernel/fault"
)

// Texts are the words of the component catalogue; whoever serves it gives
// them to text.Load.
//
//go:embed text
var Texts embed.FS

// SampleView is a reader invented for the catalogue, in the words of v.
func SampleView(v View) View {
	t := v.Words.T
	v.Title, v.Demo = t("sample.title"), true
	v.Person, v.Role, v.Unit = t("sample.person"), t("role.investigator"), t("sample.unit")
	v.Purpose = Purpose{Ref: "case/1", Label: t("sample.purpose"), Href: "#record"}
	v.Rail = []Link{
		{Label: t("sample.rail-tasks"), Href: "#identifiers", Count: 4},
		{Label: t("sample.rail-register"), Href: "#form", Key: "n"},
		{Label: t("sample.rail-cases"), Href: "#record", Current: true, Count: 12},
		{Label: t("sample.rail-exhibits"), Href: "#list", Key: "g l"},
		{Label: t("sample.rail-index"), Href: "#compare"},
		{Label: t("sample.rail-custody"), Href: "#board", Key: "g c", Count: 3},
		{Label: t("sample.rail-units"), Href: "#states"},
		{Label: t("sample.rail-journal"), Href: "#timeline"},
	}
	return v
}

// sample makes the catalogue's invented records.
type sample struct {
	v  View
	at time.Time
}

func (s sample) t(key string) string { return s.v.Words.T("sample." + key) }

func (s sample) statuses() []State {
	return []State{
		{Neutral, s.t("state-open")}, {Good, s.t("state-done")}, {Wait, s.t("state-review")},
		{Alert, s.t("state-late")}, {Stop, s.t("state-stopped")},
	}
}

func (s sample) plate() PlateNumber { return PlateNumber{Serial: "12345", Letter: "\u0623", Code: "1"} }

func (s sample) record() Record {
	w := s.v.Words
	return Record{
		Kind: s.t("kind-case"), Number: "2026/114", Title: s.t("case-title"), State: State{Wait, s.t("state-review")},
		Crumbs: []Link{{Label: s.t("rail-cases"), Href: "#list"}, {Label: s.t("unit-short"), Href: "#list"}},
		Acts: []Act{
			{Name: "measure", Label: s.t("act-measure"), Href: "#form", Key: "m", Primary: true},
			{Name: "pv", Label: s.t("act-pv"), Href: "#form", Key: "p"},
			{Name: "submit", Label: s.t("act-submit"), Href: "#form"},
			{Name: "handoff", Label: s.t("act-handoff"), Withheld: s.t("act-withheld")},
		},
		Facts: []Fact{
			{Label: s.t("fact-offence"), Text: s.t("offence-burglary"), Law: s.t("law-offence")},
			{Label: s.t("fact-basis"), Text: s.t("basis")},
			{Label: s.t("fact-when"), Value: Moment(w, s.at.Add(-26*time.Hour))},
			{Label: s.t("fact-place"), Text: s.t("place")},
			{Label: s.t("fact-complainant"), Text: s.t("name")},
			{Label: s.t("fact-cnie"), Value: ID("ZZ123456")},
			{Label: s.t("fact-phone"), Value: ID("+212 5 00 00 00 00")},
			{Label: s.t("fact-vehicle"), Value: Plate(w, s.plate())},
		},
		Timeline: s.events(), More: "#timeline", PDF: "#print",
		Aside: []Aside{{Title: s.t("panel-exhibits"), Body: Facts(w, []Fact{{Label: "S-0041", Text: s.t("exhibit")}}), Href: "#list"}},
	}
}

func (s sample) events() []Event {
	back := func(h, m int) time.Time { return s.at.Add(-time.Duration(h)*time.Hour - time.Duration(m)*time.Minute) }
	return []Event{
		{Happened: back(0, 5), Written: back(0, 5), Title: s.t("event-read"), Who: s.t("who-chief"), Read: true, Proof: Pending},
		{Happened: back(3, 0), Written: back(1, 20), Title: s.t("event-pv"), Who: s.t("who-duty"), Detail: Plain(s.t("event-pv-detail")), Proof: Proven, Href: "#timeline"},
		{Happened: back(22, 0), Written: back(21, 48), Title: s.t("event-sealed"), Who: s.t("who-duty"), Proof: Broken, Href: "#timeline"},
		{Happened: back(25, 0), Written: back(25, 0), Title: s.t("event-opened"), Who: s.t("who-duty"), Proof: Proven, Href: "#timeline"},
	}
}

func (s sample) table() Table {
	t := Table{
		ID: "cases", Caption: s.t("rail-cases"), Path: "#list", Count: 1203, Next: "c9", Export: "#export", SaveAs: "#save",
		Query: url.Values{"sort": {"-opened"}, "state": {"review"}},
		Views: []Link{{Label: s.t("view-mine"), Href: "#list"}},
		Columns: []Column{
			{Key: "number", Label: s.t("col-number"), Sortable: true}, {Key: "title", Label: s.t("col-title"), Wide: true},
			{Key: "state", Label: s.t("col-state"), Sortable: true}, {Key: "unit", Label: s.t("col-unit"), Minor: true},
			{Key: "opened", Label: s.t("col-opened"), Sortable: true, Minor: true}, {Key: "files", Label: s.t("col-files"), Numeric: true, Minor: true},
		},
		Filters: []Filter{
			{Name: "state", Label: s.t("col-state"), Options: []Option{{Value: "open", Label: s.t("state-open")}, {Value: "review", Label: s.t("state-review")}}},
			{Name: "text", Label: s.t("filter-text")},
		},
	}
	for i, state := range append(s.statuses(), s.statuses()[:3]...) {
		row := Row{Href: "#record", Cells: []templ.Component{
			ID("2026/" + strconv.Itoa(114-i)), Plain(s.t("case-title")), Chip(state), Plain(s.t("unit-short")),
			ID(s.v.Words.DateTimeNumeric(s.at.Add(-time.Duration(i*19) * time.Hour))), Plain(strconv.Itoa(3 + i*7)),
		}}
		if state.Status == Alert || state.Status == Wait {
			row.Status = state.Status
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

func (s sample) emptyTable(filtered bool) Table {
	t := s.table()
	t.Caption = s.t("list-empty")
	t.ID, t.Rows, t.Count, t.Next, t.Export, t.Views, t.SaveAs = "none", nil, 0, "", "", nil, ""
	if !filtered {
		t.ID, t.Caption, t.Filters = "empty", s.v.Words.T("empty.title"), nil
	}
	return t
}

// form is filled in by halves, with three faults and a warning.
func (s sample) form() Form {
	var errs, warnings fault.List
	errs.Add("offence", "form.choose")
	errs.Add("when", "date.time-unreadable", "given", "25:90")
	errs.Add("things.1.serial", "form.too-long", "max", 32)
	warnings.Add("born", "sample.warn-born")
	return Form{
		Words: s.v.Words, ID: "complaint", Action: "#form", Autosave: "#autosave", Saved: s.at, Cancel: "#list",
		Errors: errs, Warnings: warnings,
		Values: url.Values{
			"number": {"2026/114"}, "when": {"25:90"}, "born": {"1985"}, "place": {s.t("place")}, "facts": {s.t("facts-text")},
			"phone": {"+212 5 00 00 00 00"}, "regime": {"preliminary"}, "notify": {"family", "lawyer"}, "certify": {"yes"},
			"things.0.kind": {s.t("thing")}, "things.0.value": {"2400"}, "things.0.serial": {"SN-88-001"}, "things.1.kind": {s.t("thing")},
		},
	}
}

func (s sample) person() Person {
	return Person{Ref: "person/1", Name: s.t("name"), Other: s.t("name-latin"), Born: "1985", ID: "ZZ123456", Note: s.t("city-one")}
}

func (s sample) people() []Person {
	other := Person{Ref: "person/2", Name: s.t("name-two"), Other: s.t("name-two-latin"), Born: "1984", ID: "ZZ654321", Note: s.t("city-two")}
	return []Person{s.person(), other}
}

func (s sample) comparison() Comparison {
	return Comparison{
		Left: Link{Label: "P-1041", Href: "#compare"}, Right: Link{Label: "P-2210", Href: "#compare"}, Method: s.t("method"), Same: .874, Neither: .061,
		Lines: []Pair{
			{Label: s.t("field-name"), Left: s.t("name"), Right: s.t("name-two"), Same: true},
			{Label: s.t("field-born"), Left: "1985", Right: "1984"},
			{Label: s.t("field-father"), Left: s.t("father"), Right: ""},
			{Label: s.t("field-city"), Left: s.t("city-one"), Right: s.t("city-two")},
		},
		Decide: []Act{
			{Label: s.v.Words.T("action.merge"), Href: "#compare", Primary: true, Key: "y"}, {Label: s.v.Words.T("action.keep-apart"), Href: "#compare"},
		},
	}
}

func (s sample) cells() []Cell {
	cell := func(n int, initials string, hours float64, notes ...string) Cell {
		return Cell{
			Title: initials, Place: s.v.Words.T("sample.cell", "n", n), Href: "#board", Limit: 48 * time.Hour, Warn: 4 * time.Hour,
			Since: s.at.Add(-time.Duration(hours * float64(time.Hour))), Notes: notes,
		}
	}
	return []Cell{
		cell(1, "K. B.", 7.4, s.t("note-lawyer")), cell(2, "S. A.", 45.1, s.t("note-doctor")), cell(4, "Y. E.", 49.2),
	}
}

func (s sample) months() Chart {
	c := Chart{Title: s.t("chart-title"), Unit: s.t("chart-unit"), Line: true}
	for i, n := range []float64{212, 240, 198, 260, 301, 287, 340, 322, 295, 310, 268} {
		c.Points = append(c.Points, Point{Label: strconv.Itoa(i + 1), Value: n})
	}
	return c
}

func (s sample) kinds() Chart {
	return Chart{Title: s.t("chart-kinds"), Unit: s.t("chart-unit"), Points: []Point{
		{Label: s.t("offence-theft"), Value: 1480}, {Label: s.t("offence-burglary"), Value: 611}, {Label: s.t("offence-fraud"), Value: 402},
	}}
}

// qr is a pattern that looks like a code and scans as nothing.
func (s sample) qr() [][]bool {
	const side = 25
	dark := make([][]bool, side)
	for y := range dark {
		dark[y] = make([]bool, side)
		for x := range dark[y] {
			dark[y][x] = finder(x, y) || finder(side-1-x, y) || finder(x, side-1-y) || (x > 8 || y > 8) && (x*7+y*13+x*y)%3 == 0 && x+y > 9 && side-x+y > 9 && side-y+x > 9
		}
	}
	return dark
}

// finder draws the corner mark of a code: a ring of seven with a core of three.
func finder(x, y int) bool {
	if x > 6 || y > 6 {
		return false
	}
	ring := x == 0 || y == 0 || x == 6 || y == 6
	return ring || x >= 2 && x <= 4 && y >= 2 && y <= 4
}
