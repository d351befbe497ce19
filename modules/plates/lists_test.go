package plates_test

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/modules/plates"
)

// linked lists the records of a kind that a page links to.
func (b *browser) linked(kind string) map[string]bool {
	out := map[string]bool{}
	for _, path := range regexp.MustCompile(`/plates/`+kind+`/[0-9a-f-]{36}`).FindAllString(b.last, -1) {
		out[path] = true
	}
	return out
}

var next = regexp.MustCompile(`rel="next" href="([^"]+)"`)

// turned reads every page of a list and gives how many records each links to,
// and how many there are in all.
func (b *browser) turned(path, kind string) (pages []int, all map[string]bool) {
	b.s.t.Helper()
	all = map[string]bool{}
	for path != "" && len(pages) < 10 {
		b.get(path)
		b.shows(200)
		some := b.linked(kind)
		pages = append(pages, len(some))
		for one := range some {
			all[one] = true
		}
		path = ""
		if m := next.FindStringSubmatch(b.last); m != nil {
			path = strings.ReplaceAll(m[1], "&amp;", "&")
		}
	}
	return pages, all
}

// TestEveryLineOfAListIsOnSomePage: what one import listed and what one
// batch proposed is shown whole, page by page, each line once. A page begins
// after a moment, which serves because no two entries of the journal are written
// at the same.
func TestEveryLineOfAListIsOnSomePage(t *testing.T) {
	s := newSite(t)
	var file strings.Builder
	var seen []string
	file.WriteString("Plate,LIST, reason ,authority\n")
	for i := range 120 {
		seen = append(seen, nth(i))
		fmt.Fprintf(&file, "%s,stolen,Vol,PR %d/2026\n", nth(i), i%2)
	}
	got, err := s.importList(file.String(), s.ids.New())
	s.must(err)
	if got.Listed != 120 || len(got.Wrong) != 0 {
		t.Fatalf("%+v", got)
	}
	c, _ := s.camera("KEN-A1")
	in := s.batch(seen...)
	for i := range in.Reads {
		in.Reads[i].Image = nil
	}
	if got := s.take(c, in); got.Proposals != 120 {
		t.Fatalf("%+v", got)
	}
	desk := s.as("desk")
	for path, kind := range map[string]string{"/plates/entries": "entries", "/plates": "hits", "/plates/entries?list=stolen&state=active": "entries", "/plates?state=proposed": "hits"} {
		pages, all := desk.turned(path, kind)
		if fmt.Sprint(pages) != "[50 50 20]" || len(all) != 120 {
			t.Errorf("%s: pages of %v, %d of 120", path, pages, len(all))
		}
	}
	for query, want := range map[string]int{"authority=PR+1%2F2026": 50, "list=wanted": 0, "state=cancelled": 0, "q=4007-b-6": 1, "q=+4007-%D8%A8-6+": 1, "q=nothing": 0, "after=x": 50, "after=1": 0, "state=%27+or+1%3D1": 0} {
		desk.get("/plates/entries?" + query)
		desk.shows(200)
		if n := len(desk.linked("entries")); n != want {
			t.Errorf("%s: %d lines, want %d", query, n, want)
		}
	}
}

// TestALongImportIsReportedUpToItsLimit: of very many wrong lines the first
// thousand are told, and the right ones among them are listed.
func TestALongImportIsReportedUpToItsLimit(t *testing.T) {
	h := newHouse(t)
	file := "plate,list,reason,authority\n" + strings.Repeat("nope,stolen,Vol,PR\n", 1_005) + "12345-A-6,stolen,Vol,PR\n\"777-B-1\", stolen ,\"Vol, de nuit\",PR,more,and more\n"
	got, err := h.importList(file, h.ids.New())
	h.must(err)
	if got.Listed != 2 || len(got.Wrong) != 1_000 || got.Wrong[0].N != 2 || got.Wrong[999].N != 1_001 {
		t.Errorf("%d listed, %d wrong", got.Listed, len(got.Wrong))
	}
	if n := h.rows("select count(*) from plates_entries"); n != 2 {
		t.Errorf("%d entries", n)
	}
}

// TestAPlateOfACaseIsOnItsPage: what is listed while working on a case belongs
// to it; the case shows it to its people, the search box to whoever may list,
// and neither shows another's.
func TestAPlateOfACaseIsOnItsPage(t *testing.T) {
	s := newSite(t)
	c, other := s.newCase("opj"), s.newCase("opj")
	b := s.as("opj", c)
	b.fill("/plates/entries/new", url.Values{"list": {"wanted"}, "plate": {"4001-b-6"}, "make": {"Dacia"}, "colour": {"white"}, "reason": {"Mandat"}, "authority": {"Procureur, 9/2026"}, "until": {"01/03/2027 10:00"}})
	b.shows(200, "12/KEN/2026", "Mandat", "Procureur, 9/2026")
	s.list("4002-B-6")
	b.get("/case/" + string(c.Ref.ID))
	b.shows(200, "4001", "Dacia", "/plates/entries/new", "!4002")
	b.purpose = other.String()
	b.get("/case/" + string(other.Ref.ID))
	b.shows(200, "Aucune plaque n’est recherchée", "!4001")
	for query, shown := range map[string]string{"4001-b-6": "/plates/entries/", "4001 | \u0628 | 6": "/plates/entries/", "4009-b-6": "!/plates/entries/", "x": "!/plates/entries/"} {
		b.get("/search?q=" + url.QueryEscape(query))
		b.shows(200, shown)
	}
	admin := s.as("administrator")
	admin.get("/search?q=4001-b-6")
	if admin.code == 200 {
		admin.shows(200, "!/plates/entries/")
	}
}

// TestSearchesAtTheirEdges: the window and the term at their last moments, the
// most that is shown, a country, and a form sent twice, which is two searches.
func TestSearchesAtTheirEdges(t *testing.T) {
	h := newHouse(t)
	c, _ := h.camera("KEN-A1")
	var seen []string
	for i := range 501 {
		seen = append(seen, nth(i))
	}
	in := h.batch(seen...)
	for i := range in.Reads {
		in.Reads[i].Image = nil
	}
	in.Reads[0].Plate, in.Reads[0].Country = "AB-123-CD", "fr"
	h.take(c, in)
	work := h.newCase("opj")
	now := h.clock.Now()
	base := plates.Searching{Plate: "*", From: now.AddDate(0, 0, -7), To: now, Authority: "Procureur, 9/2026"}
	for name, x := range map[string]struct {
		change func(*plates.Searching)
		found  int
		said   string
	}{
		"no more than is shown":     {func(*plates.Searching) {}, 500, ""},
		"of France":                 {func(in *plates.Searching) { in.Country = "fr" }, 1, ""},
		"of France, by its plate":   {func(in *plates.Searching) { in.Country, in.Plate = "fr", "ab 123 cd" }, 1, ""},
		"of Spain":                  {func(in *plates.Searching) { in.Country = "es" }, 0, ""},
		"of another camera":         {func(in *plates.Searching) { in.Camera = h.ids.New() }, 0, ""},
		"of the camera, every one":  {func(in *plates.Searching) { in.Camera, in.Plate = c.ID, "" }, 500, ""},
		"a window too wide":         {func(in *plates.Searching) { in.To = in.To.Add(1) }, 0, "plates.fault.window (to)"},
		"the last day that is kept": {func(in *plates.Searching) { in.From, in.To = now.AddDate(0, 0, -30).Add(1), now.AddDate(0, 0, -29) }, 0, ""},
		"the first that is gone":    {func(in *plates.Searching) { in.From, in.To = now.AddDate(0, 0, -30), now.AddDate(0, 0, -29) }, 0, "plates.fault.expired (from)"},
		"a pattern too long":        {func(in *plates.Searching) { in.Plate = strings.Repeat("?", 101) }, 0, "form.too-long (pattern)"},
		"no form":                   {func(in *plates.Searching) { in.Submission = "x" }, 0, "plates.fault.submission (submission)"},
	} {
		in, before := base, h.rows("select count(*) from plates_searches")
		x.change(&in)
		got, err := h.search("opj", work, in)
		if len(got) != x.found || said(err) != x.said {
			t.Errorf("%s: %d found, %v", name, len(got), err)
		}
		if wrote := h.rows("select count(*) from plates_searches") - before; (wrote == 1) != (x.said == "") {
			t.Errorf("%s: %d searches written", name, wrote)
		}
	}
	base.Submission, base.Plate = h.ids.New(), nth(7)
	for range 2 {
		got, err := h.search("opj", work, base)
		h.must(err)
		if len(got) != 1 {
			t.Errorf("%+v", got)
		}
	}
	if n := h.rows("select count(*) from plates_searches where found = 1 and case_id = $1", string(work.Ref.ID)); n != 4 {
		t.Errorf("%d searches found one read, want 4", n)
	}
	_, err := h.search("opj", h.newCase("opj"), plates.Searching{Submission: ident.ID("x"), Authority: "X"})
	if err == nil {
		t.Error("a search without a plate, a camera and a window")
	}
	h.sound()
}
