package ui_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/amana-platform/amana/kernel/kerneltest/browser"
	"github.com/amana-platform/amana/kernel/text"
)

// tried are the languages that pages are looked at in: all, or in a short run
// the one that differs most.
func tried() []text.Lang {
	if testing.Short() {
		return []text.Lang{text.AR}
	}
	return text.Langs()
}

func TestNoPageHasAnAccessibilityViolation(t *testing.T) {
	host := serve(t).URL
	b := browser.Start(t)
	for _, lang := range tried() {
		for _, size := range []browser.Screen{browser.Station, browser.Phone} {
			t.Run(fmt.Sprintf("%s-%d", lang, size.Width), func(t *testing.T) {
				tab := b.Tab(t, host, size)
				tab.Go("/page/" + string(lang) + "/light")
				for _, theme := range []string{"light", "dark", "contrast"} {
					tab.Theme(theme)
					for _, v := range tab.Violations() {
						t.Errorf("%s: %s", theme, v)
					}
				}
				picture(t, tab, fmt.Sprintf("%s-%d", lang, size.Width))
			})
		}
	}
}

func TestBarePagesWallsAndMenusAreAccessible(t *testing.T) {
	host := serve(t).URL
	b := browser.Start(t)
	for _, lang := range tried() {
		for path, before := range map[string]string{
			"/bare/": `document.querySelector(".account").open = true`, "/wall/": `document.getElementById("main").focus()`,
			"/page/menu/": `document.querySelector(".account").open = true; document.getElementById("keys").showPopover()`,
		} {
			address := path + string(lang)
			if path == "/page/menu/" {
				address = "/page/" + string(lang) + "/dark"
			}
			tab := b.Tab(t, host, browser.Station)
			tab.Go(address)
			browser.Eval[bool](tab, before+"; true")
			for _, v := range tab.Violations() {
				t.Errorf("%s: %s", address, v)
			}
		}
	}
}

// picture keeps what the page looks like, where AMANA_PICTURES names a folder.
func picture(t *testing.T, tab *browser.Tab, name string) {
	t.Helper()
	folder := os.Getenv("AMANA_PICTURES")
	if folder == "" {
		return
	}
	for _, theme := range []string{"light", "dark"} {
		tab.Theme(theme)
		if err := os.WriteFile(filepath.Join(folder, name+"-"+theme+".png"), tab.Screenshot(true), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func TestNoPageScrollsSideways(t *testing.T) {
	host := serve(t).URL
	for _, lang := range tried() {
		tab := browser.Open(t, host, "/page/"+string(lang)+"/light", browser.Narrow)
		for _, wide := range tab.Overflow() {
			t.Errorf("%s: %s", lang, wide)
		}
	}
}

// TestNoTableIsCut: at no width does a table hide a column behind its edge:
// cells wrap, and where there is no place for columns each row is a card.
func TestNoTableIsCut(t *testing.T) {
	host := serve(t).URL
	b := browser.Start(t)
	for _, lang := range tried() {
		tab := b.Tab(t, host, browser.Station)
		tab.Go("/page/" + string(lang) + "/light")
		for _, width := range []int64{360, 390, 700, 900, 1100, 1366} {
			tab.Do(chromedp.EmulateViewport(width, 800))
			for _, cut := range browser.Eval[[]string](tab, `[...document.querySelectorAll(".tablewrap:has(.table)")].filter(e => e.scrollWidth > e.clientWidth).map(e => e.getAttribute("aria-label") + ": " + e.scrollWidth + " in " + e.clientWidth)`) {
				t.Errorf("%s at %d: %s", lang, width, cut)
			}
		}
	}
}

func TestKeyboard(t *testing.T) {
	tab := browser.Open(t, serve(t).URL, "/page/fr/light", browser.Station)
	tab.Until(`document.documentElement.dataset.scripts`)
	focused := func(want string) {
		t.Helper()
		tab.Until(`document.activeElement.matches('` + want + `')`)
	}
	tab.Press("/")
	focused("#q")
	tab.Press("g l") // in a field keys are text
	if got := browser.Eval[string](tab, `document.activeElement.value`); !strings.HasSuffix(got, "g l") {
		t.Errorf("the search box holds %q", got)
	}
	tab.Press(kb.Escape)
	focused("body")
	tab.Press("?")
	tab.Until(`document.querySelector("#keys:popover-open")`)
	tab.Press(kb.Escape)
	tab.Until(`!document.querySelector("#keys:popover-open")`)
	tab.Press(kb.ArrowDown)
	tab.Press(kb.ArrowDown)
	tab.Until(`document.activeElement.textContent.trim() === "2026/113"`)
	tab.Press(kb.ArrowUp)
	tab.Until(`document.activeElement.textContent.trim() === "2026/114"`)
	tab.Press("g")
	tab.Press("c")
	tab.Until(`location.hash === "#board"`)
}

func TestErrorsLeadToTheirFields(t *testing.T) {
	tab := browser.Open(t, serve(t).URL, "/page/en/light", browser.Station)
	tab.Until(`document.querySelectorAll(".side strong").length === 4`)
	if got := browser.Eval[string](tab, `document.querySelector(".side a").innerText`); !strings.HasPrefix(got, "Provisional offence") {
		t.Errorf("the first error reads %q", got)
	}
	missing := browser.Eval[int](tab, `[...document.querySelectorAll(".side a")].filter(a => !document.querySelector(a.hash)).length`)
	if missing != 0 {
		t.Errorf("%d errors lead nowhere", missing)
	}
}
