package ui_test

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	cdplog "github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/amana-platform/amana/kernel/text"
)

//go:embed testdata/axe-4.14.1.min.js
var axe string

// watch gathers what a page must never do: reach another host, breach the
// policy, throw.
type watch struct {
	mu    sync.Mutex
	host  string
	found []string
}

func (w *watch) see(event any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch e := event.(type) {
	case *network.EventRequestWillBeSent:
		if u := e.Request.URL; !strings.HasPrefix(u, w.host) && !strings.HasPrefix(u, "data:") && !strings.HasPrefix(u, "blob:") {
			w.found = append(w.found, "request to "+u)
		}
	case *cdplog.EventEntryAdded:
		if e.Entry.Level == "error" && !strings.Contains(e.Entry.Text, "Failed to load resource") {
			w.found = append(w.found, "console: "+e.Entry.Text)
		}
	}
}

// browser opens a tab of Chromium on a page and fails the test at its end for
// whatever the watch found.
func browser(t *testing.T, host, path string, width, height int64) context.Context {
	t.Helper()
	chromium := "/usr/bin/chromium"
	if _, err := os.Stat(chromium); err != nil {
		t.Skip("no Chromium on this machine")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(chromium), chromedp.NoSandbox, chromedp.Flag("disable-gpu", true))
	ctx, stop := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(stop)
	ctx, stop = chromedp.NewContext(ctx)
	t.Cleanup(stop)
	ctx, stop = context.WithTimeout(ctx, 90*time.Second)
	t.Cleanup(stop)
	w := &watch{host: host}
	must(t, chromedp.Do(ctx, chromedp.EmulateViewport(width, height)))
	must(t, chromedp.Listen(ctx, w.see))
	t.Cleanup(func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		for _, found := range w.found {
			t.Error(found)
		}
	})
	must(t, chromedp.Do(ctx, chromedp.Navigate(host+path)))
	return ctx
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// eval runs an expression, awaited, in the page.
func eval[T any](t *testing.T, ctx context.Context, script string) T {
	t.Helper()
	got, err := chromedp.Run(ctx, chromedp.Evaluate[T](script, chromedp.EvalAwaitPromise))
	if err != nil {
		t.Fatalf("%s: %v", script, err)
	}
	return got
}

// until waits for an expression to be true.
func until(t *testing.T, ctx context.Context, script string) {
	t.Helper()
	for end := time.Now().Add(15 * time.Second); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if eval[bool](t, ctx, "Boolean("+script+")") {
			return
		}
	}
	t.Fatalf("never true: %s", script)
}

// press types keys into whatever has the focus.
func press(t *testing.T, ctx context.Context, keys string, options ...chromedp.KeyOption) {
	t.Helper()
	must(t, chromedp.Do(ctx, chromedp.KeyEvent(keys, options...)))
}

// violations runs axe-core over the page.
func violations(t *testing.T, ctx context.Context) []string {
	t.Helper()
	eval[bool](t, ctx, axe+";true")
	raw := eval[string](t, ctx, `axe.run({resultTypes:["violations"]}).then(r => JSON.stringify(r.violations.flatMap(v => v.nodes.map(n => v.id + ": " + n.target + " " + (n.any[0]?.message ?? n.failureSummary)))))`)
	var found []string
	must(t, json.Unmarshal([]byte(raw), &found))
	return found
}

func TestNoPageHasAnAccessibilityViolation(t *testing.T) {
	host := serve(t).URL
	for _, lang := range text.Langs() {
		for _, size := range [][2]int64{{1366, 768}, {390, 844}} {
			t.Run(fmt.Sprintf("%s-%d", lang, size[0]), func(t *testing.T) {
				ctx := browser(t, host, "/page/"+string(lang)+"/light", size[0], size[1])
				for _, theme := range []string{"light", "dark", "contrast"} {
					eval[bool](t, ctx, `document.documentElement.dataset.theme = "`+theme+`"; true`)
					for _, v := range violations(t, ctx) {
						t.Errorf("%s: %s", theme, v)
					}
				}
				picture(t, ctx, fmt.Sprintf("%s-%d", lang, size[0]))
			})
		}
	}
}

func TestBarePagesWallsAndMenusAreAccessible(t *testing.T) {
	host := serve(t).URL
	for _, lang := range text.Langs() {
		for path, before := range map[string]string{
			"/bare/": `document.querySelector(".account").open = true`, "/wall/": `document.getElementById("main").focus()`,
			"/page/menu/": `document.querySelector(".account").open = true; document.getElementById("keys").showPopover()`,
		} {
			address := path + string(lang)
			if path == "/page/menu/" {
				address = "/page/" + string(lang) + "/dark"
			}
			ctx := browser(t, host, address, 1366, 768)
			eval[bool](t, ctx, before+"; true")
			for _, v := range violations(t, ctx) {
				t.Errorf("%s: %s", address, v)
			}
		}
	}
}

// picture keeps what the page looks like, where AMANA_PICTURES names a folder.
func picture(t *testing.T, ctx context.Context, name string) {
	t.Helper()
	folder := os.Getenv("AMANA_PICTURES")
	if folder == "" {
		return
	}
	for _, theme := range []string{"light", "dark"} {
		eval[bool](t, ctx, `document.documentElement.dataset.theme = "`+theme+`"; window.scrollTo(0, 0); true`)
		png, err := chromedp.Run(ctx, chromedp.FullScreenshot(90))
		must(t, err)
		must(t, os.WriteFile(filepath.Join(folder, name+"-"+theme+".png"), png, 0o600))
	}
}

func TestNoPageScrollsSideways(t *testing.T) {
	host := serve(t).URL
	for _, lang := range text.Langs() {
		ctx := browser(t, host, "/page/"+string(lang)+"/light", 360, 740)
		if wide := eval[int](t, ctx, `document.documentElement.scrollWidth`); wide > 360 {
			t.Errorf("%s: the page is %d wide at 360: %s", lang, wide, eval[string](t, ctx,
				`[...document.querySelectorAll("main *")].filter(e => (r => r.right > 361 || r.left < -1)(e.getBoundingClientRect()) && !e.closest(".tablewrap")).map(e => e.className || e.tagName).slice(0, 8).join(", ")`))
		}
	}
}

func TestKeyboard(t *testing.T) {
	ctx := browser(t, serve(t).URL, "/page/fr/light", 1366, 768)
	until(t, ctx, `document.documentElement.dataset.scripts`)
	focused := func(want string) {
		t.Helper()
		until(t, ctx, `document.activeElement.matches('`+want+`')`)
	}
	press(t, ctx, "/")
	focused("#q")
	press(t, ctx, "g l") // in a field keys are text
	if got := eval[string](t, ctx, `document.activeElement.value`); !strings.HasSuffix(got, "g l") {
		t.Errorf("the search box holds %q", got)
	}
	press(t, ctx, kb.Escape)
	focused("body")
	press(t, ctx, "?")
	until(t, ctx, `document.querySelector("#keys:popover-open")`)
	press(t, ctx, kb.Escape)
	until(t, ctx, `!document.querySelector("#keys:popover-open")`)
	press(t, ctx, kb.ArrowDown)
	press(t, ctx, kb.ArrowDown)
	until(t, ctx, `document.activeElement.textContent.trim() === "2026/113"`)
	press(t, ctx, kb.ArrowUp)
	until(t, ctx, `document.activeElement.textContent.trim() === "2026/114"`)
	press(t, ctx, "g")
	press(t, ctx, "c")
	until(t, ctx, `location.hash === "#board"`)
}

func TestErrorsLeadToTheirFields(t *testing.T) {
	ctx := browser(t, serve(t).URL, "/page/en/light", 1366, 768)
	until(t, ctx, `document.querySelectorAll(".side strong").length === 4`)
	if got := eval[string](t, ctx, `document.querySelector(".side a").innerText`); !strings.HasPrefix(got, "Provisional offence") {
		t.Errorf("the first error reads %q", got)
	}
	missing := eval[int](t, ctx, `[...document.querySelectorAll(".side a")].filter(a => !document.querySelector(a.hash)).length`)
	if missing != 0 {
		t.Errorf("%d errors lead nowhere", missing)
	}
}
