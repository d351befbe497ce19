package browser

import (
	_ "embed" // axe-core
	"encoding/json"
	"fmt"

	"github.com/chromedp/chromedp"
)

//go:embed testdata/axe-4.14.1.min.js
var axe string

// Violations runs axe-core over the page, with all its rules but those named,
// and gives each violation in a line: rule, element, words.
func (tab *Tab) Violations(without ...string) []string {
	tab.t.Helper()
	rules := map[string]map[string]bool{}
	for _, rule := range without {
		rules[rule] = map[string]bool{"enabled": false}
	}
	options, err := json.Marshal(map[string]any{"resultTypes": []string{"violations"}, "rules": rules})
	if err != nil {
		tab.t.Fatal(err)
	}
	Eval[bool](tab, `"axe" in window`+` || (()=>{`+axe+`;return true})()`)
	raw := Eval[string](tab, `axe.run(`+string(options)+`).then(r => JSON.stringify(r.violations.flatMap(v => v.nodes.map(n => v.id + ": " + n.target + " " + (n.any[0]?.message ?? n.failureSummary)))))`)
	var found []string
	if err := json.Unmarshal([]byte(raw), &found); err != nil {
		tab.t.Fatal(err)
	}
	return found
}

// Theme changes the look of the page that is open: "light", "dark", "contrast".
func (tab *Tab) Theme(name string) {
	tab.t.Helper()
	Eval[string](tab, fmt.Sprintf(`document.documentElement.dataset.theme = %q`, name))
}

// Overflow names what makes the page scroll sideways; nothing, if it does not.
func (tab *Tab) Overflow() []string {
	tab.t.Helper()
	return Eval[[]string](tab, `(() => {
		const wide = document.documentElement.clientWidth;
		if (document.documentElement.scrollWidth <= wide) return [];
		const out = e => (r => r.width > 0 && (r.right > wide + 1 || r.left < -1))(e.getBoundingClientRect());
		const clipped = e => { for (let p = e.parentElement; p; p = p.parentElement) if (getComputedStyle(p).overflowX !== "visible") return true; return false; };
		return ["width " + document.documentElement.scrollWidth, ...[...document.querySelectorAll("body *")].filter(e => out(e) && !clipped(e)).map(e => e.tagName + "." + e.className).slice(0, 8)];
	})()`)
}

// Screenshot gives what is on the screen as a PNG; whole, the whole page.
func (tab *Tab) Screenshot(whole bool) []byte {
	tab.t.Helper()
	Eval[bool](tab, `document.fonts.ready.then(() => true)`)
	shoot := chromedp.CaptureScreenshot()
	if whole {
		shoot = chromedp.FullScreenshot(100)
	}
	png, err := chromedp.Run(tab.Context, shoot)
	if err != nil {
		tab.t.Fatal(err)
	}
	return png
}
