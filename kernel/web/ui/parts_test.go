package ui_test

import (
	"compress/gzip"
	"io"
	"io/fs"
	"math"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/a-h/templ"
	"pgregory.net/rapid"

	"github.com/amana-platform/amana/kernel/text"
	"github.com/amana-platform/amana/kernel/web/ui"
)

func table() ui.Table {
	return ui.Table{
		ID: "t", Caption: "Cases", Path: "/cases", Next: "n1", Prev: "p1", Count: 2, Export: "/cases/export", SaveAs: "/views",
		Query:   url.Values{"sort": {"number"}, "state": {"open"}, "after": {"c7"}},
		Columns: []ui.Column{{Key: "number", Label: "Number", Sortable: true}, {Key: "title", Label: "Title", Sortable: true}, {Key: "n", Label: "N", Numeric: true}},
		Rows:    []ui.Row{{Href: "/cases/1", Status: ui.Alert, Cells: []templ.Component{ui.ID("1"), ui.Plain("a"), ui.Plain("3")}}},
		Filters: []ui.Filter{{Name: "state", Label: "State", Options: []ui.Option{{Value: "open", Label: "Open"}}}, {Name: "q", Label: "Contains"}},
	}
}

func TestAListLivesInItsAddress(t *testing.T) {
	page := html(t, table().Show(view(t, text.EN).Words))
	contains(t, page,
		`href="/cases?sort=-number&amp;state=open"`, // the sorted column turns, from the first page
		`href="/cases?sort=title&amp;state=open"`,
		`href="/cases?after=n1&amp;sort=number&amp;state=open"`, `href="/cases?before=p1&amp;sort=number&amp;state=open"`,
		`href="/cases?sort=number"`, // filters cleared, order kept
		`aria-sort="ascending"`, `<option value="open" selected>`, `<input type="hidden" name="sort" value="number">`,
		`href="/cases/export?`, "row-alert", `<th scope="row"`, "2 rows", `class=" num"`)
	if strings.Count(page, "aria-sort") != 1 {
		t.Error("one column is sorted, not more")
	}
	contains(t, html(t, ui.Table{Path: "/x", Count: -1, Columns: table().Columns[:1], Rows: table().Rows[:0]}.Show(view(t, text.EN).Words)), "Nothing here yet", "! rows")
}

func TestAnEmptyListSaysWhetherFiltersEmptiedIt(t *testing.T) {
	l := table()
	l.Rows = nil
	contains(t, html(t, l.Show(view(t, text.EN).Words)), "Nothing matches these filters", "!<table")
	l.Query = nil
	contains(t, html(t, l.Show(view(t, text.EN).Words)), "Nothing here yet", "!Nothing matches")
}

func TestTheCustodyClock(t *testing.T) {
	w := view(t, text.EN).Words
	for _, tt := range []struct {
		hours float64
		class string
		clock string
		share string
	}{
		{0, "cell-good", "0:00", `width="0"`}, {7.4, "cell-good", "7:24", `width="15"`}, {44, "cell-good", "44:00", `width="91"`},
		{44.5, "cell-wait", "44:30", `width="92"`}, {48, "cell-wait", "48:00", `width="100"`}, {49.2, "cell-alert", "49:12", `width="100"`}, {-1, "cell-good", "0:00", `width="0"`},
	} {
		cell := ui.Cell{Title: "K. B.", Since: noon.Add(-time.Duration(tt.hours * float64(time.Hour))), Limit: 48 * time.Hour, Warn: 4 * time.Hour}
		contains(t, html(t, ui.Board(w, noon, []ui.Cell{cell})), tt.class+`"`, ">"+tt.clock+"<", tt.share)
		cell.Paused, cell.Until = true, noon
		contains(t, html(t, ui.Board(w, noon.Add(1000*time.Hour), []ui.Cell{cell})), tt.class+`"`, ">"+tt.clock+"<")
	}
	contains(t, html(t, ui.Board(w, noon, []ui.Cell{{Since: noon.Add(-time.Hour)}})), `width="0"`)
}

func TestAComparisonShowsTheProbabilityOfNobody(t *testing.T) {
	v := view(t, text.EN)
	page := html(t, ui.Comparison{Same: .874, Neither: .061, Lines: []ui.Pair{{Label: "a", Left: "x", Right: "y"}, {Label: "b", Left: "x"}, {Label: "c", Left: "x", Right: "X", Same: true}}}.Show(v.Words, v))
	contains(t, page, "87.4 %", "6.1 %", `class="differs"`, `class="missing"`, `class="same"`, "A named person decides")
}

func TestChartsHoldTheirFiguresInWords(t *testing.T) {
	w := view(t, text.EN).Words
	page := html(t, ui.Chart{Title: "T", Points: []ui.Point{{Label: "a", Value: 1480}, {Label: "b", Value: 0, Shown: "none"}}}.Show(w))
	contains(t, page, "2000", "1480", ">none<", `<th scope="row">a</th>`, `class="bar"`, "!class=\"line\"")
	contains(t, html(t, ui.Chart{Line: true, Points: []ui.Point{{Value: 1}, {Value: 2}}}.Show(w)), `class="line" d="M`, `class="dot"`)
	contains(t, html(t, ui.Chart{}.Show(w)), "<svg")
}

var coordinate = regexp.MustCompile(` (?:x|y|cx|cy|width|height)="(-?[0-9.]+|[A-Za-z]+)"`)

func TestChartsStayInsideTheirPicture(t *testing.T) {
	w := view(t, text.EN).Words
	rapid.Check(t, func(r *rapid.T) {
		c := ui.Chart{Line: rapid.Bool().Draw(r, "line")}
		for _, v := range rapid.SliceOfN(rapid.Float64Range(0, 1e12), 0, 30).Draw(r, "values") {
			c.Points = append(c.Points, ui.Point{Value: v})
		}
		for _, m := range coordinate.FindAllStringSubmatch(html(t, c.Show(w)), -1) {
			if x, err := strconv.ParseFloat(m[1], 64); err != nil || math.IsNaN(x) || x < -1 || x > 641 {
				r.Fatalf("a coordinate of %s", m[0])
			}
		}
	})
}

var qrRun = regexp.MustCompile(`M(\d+) (\d+)h(\d+)v1h-`)

// The drawn runs are read back and must be the modules that were given.
func TestQRDrawsEveryModule(t *testing.T) {
	w := view(t, text.EN).Words
	rapid.Check(t, func(r *rapid.T) {
		side := rapid.IntRange(1, 30).Draw(r, "side")
		dark, got := make([][]bool, side), make([][]bool, side)
		for y := range dark {
			dark[y] = rapid.SliceOfN(rapid.Bool(), side, side).Draw(r, "row")
			got[y] = make([]bool, side)
		}
		for _, m := range qrRun.FindAllStringSubmatch(html(t, ui.QR(w, dark, "x")), -1) {
			x, _ := strconv.Atoi(m[1])
			y, _ := strconv.Atoi(m[2])
			run, _ := strconv.Atoi(m[3])
			for i := range run {
				got[y-4][x-4+i] = true
			}
		}
		for y := range dark {
			for x := range dark[y] {
				if got[y][x] != dark[y][x] {
					r.Fatalf("module %d,%d", x, y)
				}
			}
		}
	})
}

func get(path string) *httptest.ResponseRecorder {
	answer := httptest.NewRecorder()
	ui.Assets().ServeHTTP(answer, httptest.NewRequest(http.MethodGet, path, nil))
	return answer
}

func TestAssetsArePackedForWhoTakesIt(t *testing.T) {
	ask := httptest.NewRequest(http.MethodGet, ui.Asset("app.css"), nil)
	ask.Header.Set("Accept-Encoding", "gzip, br")
	answer := httptest.NewRecorder()
	ui.Assets().ServeHTTP(answer, ask)
	z, err := gzip.NewReader(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(z)
	if plain := get(ui.Asset("app.css")).Body.String(); err != nil || string(got) != plain || answer.Header().Get("Content-Encoding") != "gzip" {
		t.Errorf("%d bytes packed, %d plain, %v", len(got), len(plain), err)
	}
	ask = httptest.NewRequest(http.MethodHead, ui.Asset("app.css"), nil)
	answer = httptest.NewRecorder()
	ui.Assets().ServeHTTP(answer, ask)
	if answer.Body.Len() != 0 || answer.Header().Get("Content-Length") == "" {
		t.Error("HEAD tells the size and sends nothing")
	}
}

// What a first visit fetches besides the page itself and its fonts.
func TestTheFirstVisitIsLight(t *testing.T) {
	total := 0
	for _, name := range []string{"app.css", "vendor/htmx-2.0.7.min.js", "vendor/htmx-ext-sse-2.2.4.min.js", "js/app.js", "js/autosave.js", "js/upload.js", "js/keys.js", "js/words.js", "js/line.js", "js/live.js", "js/person.js", "js/session.js", "js/times.js"} {
		ask := httptest.NewRequest(http.MethodGet, ui.Asset(name), nil)
		ask.Header.Set("Accept-Encoding", "gzip")
		answer := httptest.NewRecorder()
		ui.Assets().ServeHTTP(answer, ask)
		total += answer.Body.Len()
	}
	if t.Logf("styles and scripts: %d bytes", total); total > 50_000 {
		t.Errorf("styles and scripts weigh %d bytes", total)
	}
}

func TestAssetsNeverExpireAndNeverLie(t *testing.T) {
	for name, kind := range map[string]string{
		"app.css": "text/css; charset=utf-8", "js/app.js": "text/javascript; charset=utf-8", "icon.svg": "image/svg+xml",
		"fonts/ibm-plex-sans-latin-400-normal.woff2": "font/woff2", "fonts/OFL.txt": "text/plain; charset=utf-8",
		"vendor/htmx-2.0.7.min.js": "text/javascript; charset=utf-8", "vendor/htmx-LICENSE.txt": "text/plain; charset=utf-8",
	} {
		answer := get(ui.Asset(name))
		if answer.Code != http.StatusOK || answer.Header().Get("Content-Type") != kind || answer.Body.Len() == 0 {
			t.Errorf("%s: %d %s, %d bytes", name, answer.Code, answer.Header().Get("Content-Type"), answer.Body.Len())
		}
		if !strings.Contains(answer.Header().Get("Cache-Control"), "immutable") || answer.Header().Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: %v", name, answer.Header())
		}
	}
	for _, path := range []string{ui.PathAssets + "0000000000000000/app.css", ui.Asset(""), ui.Asset("js"), ui.Asset("../assets.go"), ui.Asset("nothing.css")} {
		if answer := get(path); answer.Code != http.StatusNotFound || answer.Header().Get("Cache-Control") != "" {
			t.Errorf("%s: %d %v", path, answer.Code, answer.Header())
		}
	}
}

var (
	cssRef   = regexp.MustCompile(`url\("([^"]+)"\)`)
	jsRef    = regexp.MustCompile(`from "\./([^"]+)"`)
	physical = regexp.MustCompile(`(?:margin|padding|border)-(?:left|right)|[;{ ](?:left|right)\s*:|text-align:\s*(?:left|right)|(?:margin|padding):\s*[^;\s]+ [^;\s]+ [^;\s]+ [^;\s]+;|float:\s*(?:left|right)`)
)

func TestWhatAssetsReferToIsThere(t *testing.T) {
	css := get(ui.Asset("app.css")).Body.String()
	for _, m := range cssRef.FindAllStringSubmatch(css, -1) {
		if get(ui.Asset(m[1])).Code != http.StatusOK {
			t.Errorf("the styles refer to %s", m[1])
		}
	}
	if found := physical.FindString(css); found != "" {
		t.Errorf("the styles say %q, which does not mirror", found)
	}
	scripts, err := fs.Glob(os.DirFS("assets"), "js/*.js")
	if err != nil || len(scripts) < 8 {
		t.Fatalf("%v %v", scripts, err)
	}
	for _, name := range scripts {
		source, err := os.ReadFile(filepath.Join("assets", name))
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range jsRef.FindAllStringSubmatch(string(source), -1) {
			if get(ui.Asset("js/"+m[1])).Code != http.StatusOK {
				t.Errorf("%s refers to %s", name, m[1])
			}
		}
	}
}
