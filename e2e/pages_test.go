package e2e

import (
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/amana-platform/amana/kernel/kerneltest/browser"
	"github.com/amana-platform/amana/kernel/text"
	"github.com/amana-platform/amana/kernel/web"
)

// seen is a page as one person opens it.
type seen struct {
	name, path, who, purpose string
	status                   int
}

// beside are pages that no pattern of the route table leads to by itself:
// refusals, problems, lists that hold nothing, forms that come back.
var beside = []seen{
	{"sign-in", "/session/new", "", "", http.StatusOK},
	{"no-such-page", "/nothing/here", "duty-officer", "", http.StatusNotFound},
	{"refused", "/verification", "duty-officer", "", http.StatusForbidden},
	{"refused-purpose", "/register/complaints/new", "duty-officer", "basis/L09-08-3", http.StatusForbidden},
	{"found", "/search?q=El+Amrani", "investigator", "", http.StatusOK},
	{"nothing-found", "/search?q=1234567890", "investigator", "", http.StatusOK},
	{"empty-list", "/register?state=moving", "duty-officer", "", http.StatusOK},
	{"purpose-offered", "/purpose?purpose=basis/L09-08-3&return=/", "investigator", "", http.StatusOK},
}

// maxPage is what a page without photographs may weigh, in bytes.
const maxPage = 100_000

// pages finds, for each route that answers with a page, somebody who sees it
// in the demonstration, and weighs it.
func (h *house) pages() []seen {
	h.t.Helper()
	out := slices.Clone(beside)
	for _, r := range h.Server.Routes() {
		if r.Method() != http.MethodGet || r.Stream {
			continue
		}
		if p, ok := h.seenBy(r); ok {
			out = append(out, p)
		}
	}
	slices.SortStableFunc(out, func(a, b seen) int { return strings.Compare(a.who+a.purpose, b.who+b.purpose) }) // few sign in
	return out
}

// seenBy finds who sees a route's page, under which purpose.
func (h *house) seenBy(r web.Route) (seen, bool) {
	pattern := r.Pattern[strings.Index(r.Pattern, "/"):]
	attempts := []attempt{}
	for _, row := range h.rows(sourceOf(pattern)) {
		attempts = append(attempts, attempt{path: h.address(pattern, row), who: "duty-officer"})
	}
	if r.Action != "" {
		_, attempts = h.attempts(r)
	}
	for _, a := range attempts {
		p := h.as(a.who).Under(a.purpose).Get(a.path)
		if p.Status != http.StatusOK {
			continue
		}
		if !strings.HasPrefix(p.Header.Get("Content-Type"), "text/html") || !strings.HasPrefix(string(p.Body), "<!") {
			return seen{}, false // a document, a photograph, a fragment
		}
		if len(p.Body) > maxPage {
			h.t.Errorf("%s weighs %d bytes", a.path, len(p.Body))
		}
		name := strings.Trim(strings.NewReplacer("GET ", "", "/", "_", "{", "", "}", "", "$", "home").Replace(r.Pattern), "_")
		return seen{name, a.path, a.who, a.purpose, http.StatusOK}, true
	}
	return seen{}, false
}

// TestEveryPage opens every page of the route table in a browser, in each
// language, as somebody who may: axe finds no violation in it, nothing of it
// scrolls sideways on the narrowest screen, it reaches no other host, keeps to
// the content policy, throws nothing, and weighs little. Every fifth page is
// looked at in each theme and on a phone as well. AMANA_PICTURES names a
// folder for pictures of them all.
func TestEveryPage(t *testing.T) {
	h := newHouse(t)
	pages := h.pages()
	if len(pages) < 60 {
		t.Fatalf("only %d pages", len(pages))
	}
	b := browser.Start(t)
	langs := text.Langs()
	if testing.Short() {
		langs = langs[:1]
	}
	for _, lang := range langs {
		t.Run(string(lang), func(t *testing.T) {
			t.Parallel()
			v := &viewer{Tab: b.Tab(t, h.URL, browser.Station), t: t, lang: string(lang)}
			for i, p := range pages {
				v.look(p, i%5 == 0)
			}
		})
	}
}

// viewer looks at pages one after the other, in one language.
type viewer struct {
	*browser.Tab
	t            *testing.T
	lang         string
	who, purpose string
}

// be signs in as the one who sees a page, and takes up the purpose.
func (v *viewer) be(p seen) {
	if number, citizen := strings.CutPrefix(p.who, "citizen "); citizen {
		v.citizen(number, v.who != p.who)
	} else if p.who == "" && v.who != "" {
		v.Post("/session/end", nil)
	} else if p.who != "" && (v.who != p.who || v.purpose != p.purpose) {
		v.SignIn(p.who, v.lang)
		if p.purpose != "" {
			v.Under(p.purpose)
		}
	}
	v.who, v.purpose = p.who, p.purpose
}

// citizen signs a citizen in by a code from the simulated counter.
func (v *viewer) citizen(number string, fresh bool) {
	if !fresh {
		return
	}
	v.Go("/citizen/simulator/counter")
	v.Post("/session/lang", map[string]string{"lang": v.lang})
	v.Fill(browser.Value{Name: "number", Value: number})
	v.Submit()
	v.Submit()
}

func (v *viewer) look(p seen, closely bool) {
	v.be(p)
	v.Go(p.path)
	if status := browser.Eval[int](v.Tab, `performance.getEntriesByType("navigation")[0].responseStatus`); status != p.status {
		v.t.Errorf("%s: status %d, want %d", p.path, status, p.status)
	}
	v.violations(p, "")
	if closely && v.lang == string(text.AR) && !testing.Short() {
		for _, theme := range []string{"dark", "contrast"} {
			v.Theme(theme)
			v.violations(p, theme)
		}
		v.Theme("light")
	}
	v.keep(p, "")
	v.Do(chromedp.EmulateViewport(browser.Narrow.Width, browser.Narrow.Height))
	for _, wide := range v.Overflow() {
		v.t.Errorf("%s in %s: %s", p.path, v.lang, wide)
	}
	v.keep(p, "-phone")
	if closely && !testing.Short() {
		v.Do(chromedp.EmulateViewport(browser.Phone.Width, browser.Phone.Height))
		v.violations(p, "phone")
	}
	v.Do(chromedp.EmulateViewport(browser.Station.Width, browser.Station.Height))
}

// contrast is the rule that asks most time, and whose answer is the same in
// each language.
const contrast = "color-contrast"

func (v *viewer) violations(p seen, where string) {
	var without []string
	if v.lang != string(text.AR) {
		without = []string{contrast}
	}
	for _, found := range v.Violations(without...) {
		v.t.Errorf("%s (%s) in %s %s: %s", p.path, p.name, v.lang, where, found)
	}
}

// keep writes what the page looks like, where a folder is named for it.
func (v *viewer) keep(p seen, suffix string) {
	folder := os.Getenv("AMANA_PICTURES")
	if folder == "" {
		return
	}
	name := filepath.Join(folder, fmt.Sprintf("%s-%s%s.png", v.lang, url.PathEscape(p.name), suffix))
	if err := os.WriteFile(name, v.Screenshot(true), 0o600); err != nil {
		v.t.Fatal(err)
	}
}
