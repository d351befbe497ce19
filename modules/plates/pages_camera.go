package plates

import (
	"fmt"
	"math"
	"net/http"
	"strconv"

	"github.com/a-h/templ"

	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/text"
	"github.com/amana-platform/amana/kernel/web"
	"github.com/amana-platform/amana/kernel/web/ui"
)

// healthChips says how each health is shown.
var healthChips = map[string]ui.Status{"well": ui.Good, "clock": ui.Wait, "silent": ui.Alert, "never": ui.Neutral, "retired": ui.Stop}

func cameraChip(r *web.Request, c Camera) ui.State {
	health := c.Health(r.Now())
	state := ui.State{Status: healthChips[health], Label: r.T("plates.health." + health)}
	if !c.Alerts && health != "retired" {
		state = ui.State{Status: ui.Alert, Label: state.Label + " · " + r.T("plates.alerts-off")}
	}
	return state
}

// openCameras shows the cameras on a map and in a list.
func (s *Service) openCameras(r *web.Request) error {
	rights, err := r.Filter(actionShown, cameraRights())
	if err != nil {
		return err
	}
	all, err := s.cameras(r.Context(), rights)
	if err != nil {
		return err
	}
	w := r.Words
	t := ui.Table{ID: "cameras", Caption: r.T("plates.cameras"), Path: "/plates/cameras", Query: r.URL.Query(), Count: -1,
		Columns: []ui.Column{{Key: "code", Label: w.T("plates.field.code")}, {Key: "name", Label: w.T("plates.field.name"), Wide: true}, {Key: "state", Label: w.T("plates.field.state")},
			{Key: "unit", Label: w.T("plates.field.unit"), Wide: true, Minor: true}, {Key: "seen", Label: w.T("plates.field.spoke"), Minor: true}}}
	for _, c := range all {
		r.Shows(c.Ref())
		state := cameraChip(r, c)
		t.Rows = append(t.Rows, ui.Row{Href: cameraHref(c.ID), Label: c.Code, Status: state.Status, Cells: []templ.Component{
			ui.ID(c.Code), ui.Plain(c.Name), ui.Chip(state), ui.Plain(s.unit(w, c.Unit)), ui.Moment(w, c.Seen)}})
	}
	return r.Page(t.Caption, camerasPage(r, t, s.chart(r, all), r.Can(actionRegister, policy.Resource{Unit: r.Actor.Unit})))
}

// chart is the map: the towns of the pack's territory and the cameras, in a
// plane where a degree of longitude is as long as it is in the middle.
type chart struct {
	width, height float64
	lines         []chartLine
	towns         []town
	cameras       []spot
}

type chartLine struct {
	x1, y1, x2, y2 float64
	label          string
}

type town struct {
	x, y float64
	name string
}

// spot is a camera on the map.
type spot struct {
	x, y    float64
	heading int64 // -1 unknown
	code    string
	label   string
	href    string
	status  ui.Status
}

// chartWidth is the map's width in its own units.
const chartWidth = 800.0

// frame is the part of the world that a map shows, in degrees.
type frame struct{ west, east, south, north float64 }

func (f *frame) hold(lat, lon float64) {
	f.west, f.east = min(f.west, lon), max(f.east, lon)
	f.south, f.north = min(f.south, lat), max(f.north, lat)
}

// place puts degrees into the map.
func (f frame) place(lat, lon float64) (x, y float64) {
	scale := chartWidth / ((f.east - f.west) * f.squeeze())
	return (lon - f.west) * f.squeeze() * scale, (f.north - lat) * scale
}

func (f frame) squeeze() float64 { return math.Cos((f.north + f.south) / 2 * math.Pi / 180) }

// frameOf holds every camera, and the whole territory where "whole" is asked
// or there is no camera.
func (s *Service) frameOf(r *web.Request, all []Camera) frame {
	f := frame{west: 180, east: -180, south: 90, north: -90}
	for _, c := range all {
		if c.Pinned && c.Retired.IsZero() {
			f.hold(float64(c.Lat)/million, float64(c.Lon)/million)
		}
	}
	if f.east < f.west || r.URL.Query().Get("map") == "whole" {
		for _, u := range s.k.Pack.Units(r.Now()) {
			if u.Lat != 0 || u.Lon != 0 {
				f.hold(u.Lat, u.Lon)
			}
		}
	}
	if f.east < f.west {
		return frame{west: -1, east: 1, south: -1, north: 1}
	}
	room := max(0.05, (f.north-f.south)*0.08, (f.east-f.west)*0.08)
	return frame{f.west - room, f.east + room, f.south - room, f.north + room}
}

func (s *Service) chart(r *web.Request, all []Camera) chart {
	f := s.frameOf(r, all)
	_, height := f.place(f.south, f.west)
	m := chart{width: chartWidth, height: min(max(height, 240), 1200)}
	m.lines = f.grid(r.Words)
	seen := map[string]bool{}
	for _, u := range s.k.Pack.Units(r.Now()) {
		key := fmt.Sprintf("%.2f %.2f", u.Lat, u.Lon)
		if u.Lat == 0 && u.Lon == 0 || seen[key] || u.Lat < f.south || u.Lat > f.north || u.Lon < f.west || u.Lon > f.east {
			continue
		}
		seen[key] = true
		x, y := f.place(u.Lat, u.Lon)
		t := town{x: x, y: y}
		if a, err := s.k.Pack.Area(u.Area, r.Now()); err == nil {
			t.name = a.Names.In(string(r.Words.Lang()))
		}
		m.towns = append(m.towns, t)
	}
	for _, c := range all {
		if !c.Pinned || !c.Retired.IsZero() {
			continue
		}
		x, y := f.place(float64(c.Lat)/million, float64(c.Lon)/million)
		state := cameraChip(r, c)
		m.cameras = append(m.cameras, spot{x: x, y: y, heading: c.Heading, code: c.Code, label: c.Code + " · " + c.Name + " · " + state.Label, href: cameraHref(c.ID), status: state.Status})
	}
	return m
}

// grid draws meridians and parallels, a few of each.
func (f frame) grid(w *text.Words) []chartLine {
	step := 0.1
	for _, s := range []float64{0.1, 0.2, 0.5, 1, 2, 5} {
		if step = s; (f.east-f.west)/s <= 8 {
			break
		}
	}
	var out []chartLine
	for lon := math.Ceil(f.west/step) * step; lon < f.east; lon += step {
		x, bottom := f.place(f.south, lon)
		out = append(out, chartLine{x, 0, x, bottom, w.Decimal(lon, 1) + "\u00b0"})
	}
	for lat := math.Ceil(f.south/step) * step; lat < f.north; lat += step {
		_, y := f.place(lat, f.west)
		out = append(out, chartLine{0, y, chartWidth, y, w.Decimal(lat, 1) + "\u00b0"})
	}
	return out
}

func figure(x float64) string { return strconv.FormatFloat(x, 'f', 1, 64) }

// turned turns a camera's mark into its direction.
func (x spot) turned() string {
	at := "translate(" + figure(x.x) + " " + figure(x.y) + ")"
	if x.heading >= 0 {
		at += " rotate(" + strconv.FormatInt(x.heading, 10) + ")"
	}
	return at
}

// readCameraPage shows one camera: setting, health, counts, accuracy.
func (s *Service) readCameraPage(r *web.Request) error {
	c, err := s.Camera(r.Context(), r.Resource.Ref.ID)
	if err != nil {
		return err
	}
	r.Shows(c.Ref())
	rec := ui.Record{Kind: r.T("plates.camera"), Number: c.Code, Title: c.Name, State: cameraChip(r, c), Acts: s.cameraActs(r, c), Facts: s.cameraFacts(r, c),
		Crumbs: []ui.Link{{Label: r.T("plates.cameras"), Href: "/plates/cameras"}}}
	days, err := s.Counts(r.Context(), c.ID, 30)
	if err != nil {
		return err
	}
	counts := ui.Chart{Title: r.T("plates.per-day"), Unit: r.T("plates.reads"), Line: true}
	for i := len(days) - 1; i >= 0; i-- {
		counts.Points = append(counts.Points, ui.Point{Label: days[i].Date[5:], Value: float64(days[i].Reads)})
	}
	if len(days) > 0 {
		rec.Aside = append(rec.Aside, ui.Aside{Title: counts.Title, Body: counts.Show(r.Words)})
	}
	if rec.Timeline, err = r.Timeline(c.Ref(), 20); err != nil {
		return err
	}
	return r.RecordPage(c.Code, rec)
}

func (s *Service) cameraActs(r *web.Request, c Camera) []ui.Act {
	var out []ui.Act
	add := func(fits bool, verb, label, action string) {
		if fits && r.Can(action, r.Resource) {
			out = append(out, ui.Act{Name: action, Label: r.T("plates.act." + label), Href: cameraHref(c.ID) + "/" + verb})
		}
	}
	there := c.Retired.IsZero()
	add(there, "amend", "amend", actionAmend)
	add(there, "key", "issue", actionKey)
	add(there && c.Alerts, "suspend", "suspend", actionSuspend)
	add(there && !c.Alerts, "restore", "restore", actionRestore)
	add(there, "retire", "retire", actionRetire)
	return out
}

func (s *Service) cameraFacts(r *web.Request, c Camera) []ui.Fact {
	w := r.Words
	facts := []ui.Fact{
		{Label: w.T("plates.field.unit"), Text: s.unit(w, c.Unit)}, {Label: w.T("plates.field.mount"), Text: w.T("plates.mount." + string(c.Mount))}, {Label: w.T("plates.field.way"), Text: w.T("plates.way." + string(c.Way))},
		{Label: w.T("plates.field.area"), Text: s.areaName(r, c.Area)}, {Label: w.T("plates.field.spoke"), Value: ui.Moment(w, c.Seen)}, {Label: w.T("plates.field.last"), Value: ui.Moment(w, c.LastAt)},
		{Label: w.T("plates.field.offset"), Text: w.T("plates.seconds", "n", w.Decimal(c.Offset.Seconds(), 1))}, {Label: w.T("plates.field.device"), Text: w.T("plates.keyed." + strconv.FormatBool(c.Key != ""))},
	}
	if c.Pinned {
		facts = append(facts, ui.Fact{Label: w.T("plates.field.place"), Value: ui.ID(degreesText(c.Lat) + ", " + degreesText(c.Lon))})
	}
	if c.Heading >= 0 {
		facts = append(facts, ui.Fact{Label: w.T("plates.field.heading"), Text: w.Number(c.Heading) + "\u00b0"})
	}
	if c.Why != "" {
		why := c.Why
		if why == "audit" {
			why = w.T("plates.below-floor")
		}
		facts = append(facts, ui.Fact{Label: w.T("plates.field.why"), Text: why})
	}
	return facts
}

// keyCamera makes a new key and shows it this once.
func (s *Service) keyCamera(r *web.Request) error {
	values, err := r.Form()
	if err != nil {
		return err
	}
	f, c, err := s.aboutCamera(r, "issue")
	if err != nil {
		return err
	}
	a := web.NewAnswers(values, r)
	key, err := s.KeyCamera(r.Context(), r.Grant, actOf(a), c.ID)
	if err != nil {
		return s.sheets.Again(r, f, values, err)
	}
	return r.PageStatus(http.StatusOK, r.T("plates.act.issue"), keyPage(r, c, key))
}
