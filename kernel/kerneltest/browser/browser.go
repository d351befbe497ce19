// Package browser drives Chromium over pages of this program, in tests and for
// the pictures of the guide: it signs people in, types, presses keys, follows
// links, and watches for what no page may ever do.
//
// Each Tab has a profile of its own, as a computer of its own has: its cookies
// and its storage are not those of another. Everything that goes wrong ends
// the test; nothing is retried except looking.
package browser

import (
	"context"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	cdplog "github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// The screens that pages are made for, in CSS pixels.
var (
	Station = Screen{1366, 768} // a station's computer
	Phone   = Screen{390, 844}
	Narrow  = Screen{360, 740} // the narrowest that nothing may overflow
)

// Screen is a size of what one sees, in CSS pixels.
type Screen struct{ Width, Height int64 }

// Browser is one running Chromium.
type Browser struct{ ctx context.Context }

// Start runs Chromium until the test ends. A machine without Chromium skips
// the test, except in CI.
func Start(t testing.TB) *Browser {
	t.Helper()
	chromium := find()
	if chromium == "" {
		if os.Getenv("CI") == "true" {
			t.Fatal("Chromium is required in CI")
		}
		t.Skip("no Chromium on this machine")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(chromium), chromedp.NoSandbox,
		chromedp.Flag("disable-gpu", true), chromedp.Flag("font-render-hinting", "none"))
	ctx, stop := chromedp.NewExecAllocator(context.WithoutCancel(t.Context()), options...)
	t.Cleanup(stop)
	ctx, stop = chromedp.NewContext(ctx)
	t.Cleanup(stop)
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("Chromium does not start: %v", err)
	}
	return &Browser{ctx}
}

// find gives the path of Chromium, "" where there is none.
func find() string {
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	return ""
}

// Tab is a tab of a browser with a profile of its own, on one site. Context is
// what chromedp's actions take.
type Tab struct {
	Context context.Context
	t       testing.TB
	base    string
	watch   *watch
}

// Open starts a browser and opens one tab in it, on a page of a site.
func Open(t testing.TB, base, path string, s Screen) *Tab {
	t.Helper()
	tab := Start(t).Tab(t, base, s)
	tab.Go(path)
	return tab
}

// limit is how long one tab may be used; a test that hangs ends.
const limit = 5 * time.Minute

// Tab opens a tab in a new profile on the site at base ("http://host:port"),
// which the test's end closes. The test fails for each request to another
// host, each breach of the content policy and each exception.
func (b *Browser) Tab(t testing.TB, base string, s Screen) *Tab {
	t.Helper()
	return b.open(t, base, s, &watch{base: base}, chromedp.WithNewBrowserContext())
}

func (b *Browser) open(t testing.TB, base string, s Screen, w *watch, profile chromedp.ContextOption) *Tab {
	t.Helper()
	ctx, stop := chromedp.NewContext(b.ctx, profile)
	t.Cleanup(stop)
	tab := &Tab{Context: ctx, t: t, base: base, watch: w}
	tab.Do(chromedp.EmulateViewport(s.Width, s.Height)) // the first action opens the tab, and without a limit of time
	ctx, stop = context.WithTimeout(ctx, limit)
	t.Cleanup(stop)
	tab.Context = ctx
	if err := chromedp.Listen(ctx, w.see); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.report(t) })
	return tab
}

// watch gathers what a page must never do: reach another host, breach the
// content policy, throw.
type watch struct {
	mu    sync.Mutex
	base  string
	found []string
}

func (w *watch) see(event any) {
	switch e := event.(type) {
	case *network.EventRequestWillBeSent:
		w.reached(e.Request.URL)
	case *network.EventWebSocketCreated:
		w.reached(e.URL)
	case *runtime.EventExceptionThrown:
		w.note("exception: " + thrown(e.ExceptionDetails))
	case *cdplog.EventEntryAdded:
		if e.Entry.Level == "error" && !strings.Contains(e.Entry.Text, "Failed to load resource") {
			w.note("console: " + e.Entry.Text)
		}
	}
}

func thrown(d *runtime.ExceptionDetails) string {
	if d.Exception != nil && d.Exception.Description != "" {
		return d.Exception.Description
	}
	return d.Text
}

func (w *watch) reached(url string) {
	for _, own := range []string{w.base + "/", "data:", "blob:", "about:"} {
		if strings.HasPrefix(url, own) {
			return
		}
	}
	if url != w.base {
		w.note("request to " + url)
	}
}

func (w *watch) note(what string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.found = append(w.found, what)
}

// Breaches gives what the tab's pages did so far that no page may, and forgets
// it: for tests of the watch itself.
func (tab *Tab) Breaches() []string {
	tab.watch.mu.Lock()
	defer tab.watch.mu.Unlock()
	found := tab.watch.found
	tab.watch.found = nil
	return found
}

func (w *watch) report(t testing.TB) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, found := range w.found {
		t.Error(found)
	}
}

// Do runs chromedp's actions, which must succeed.
func (tab *Tab) Do(actions ...chromedp.Action[chromedp.Void]) {
	tab.t.Helper()
	if err := chromedp.Do(tab.Context, actions...); err != nil {
		tab.t.Fatal(err)
	}
}

// ScriptsOff makes the tab one of a person who has switched JavaScript off.
func (tab *Tab) ScriptsOff() {
	tab.t.Helper()
	if _, err := chromedp.Call(tab.Context, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true}); err != nil {
		tab.t.Fatal(err)
	}
}
