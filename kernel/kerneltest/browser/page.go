package browser

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// patience is how long one looks for what should come.
const patience = 20 * time.Second

// Eval runs an expression in the page, waits for it if it is a promise, and
// gives its value.
func Eval[T any](tab *Tab, script string) T {
	tab.t.Helper()
	got, err := chromedp.Run(tab.Context, chromedp.Evaluate[T](script, chromedp.EvalAwaitPromise))
	if err != nil {
		tab.t.Fatalf("%.300s: %v", script, err)
	}
	return got
}

// Until waits until an expression is true; a page that is being left has none.
func (tab *Tab) Until(script string) {
	tab.t.Helper()
	if !tab.came("Boolean(" + script + ")") {
		tab.t.Fatalf("%s: never true: %s\n%s", tab.Path(), script, tab.Text("body"))
	}
}

func (tab *Tab) came(script string) bool {
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if got, err := chromedp.Run(tab.Context, chromedp.Evaluate[bool](script)); err == nil && got {
			return true
		}
	}
	return false
}

// Go opens a page, whatever it answers.
func (tab *Tab) Go(path string) {
	tab.t.Helper()
	tab.Do(chromedp.Navigate(tab.base + path))
}

// Visit opens a page that must neither be a problem nor name errors.
func (tab *Tab) Visit(path string) {
	tab.t.Helper()
	tab.Go(path)
	tab.Sound()
}

// Sound fails the test if the page is a problem or names errors.
func (tab *Tab) Sound() {
	tab.t.Helper()
	if wrong := Eval[string](tab, `document.querySelector("main .state-page, main [data-errors]")?.innerText ?? ""`); wrong != "" {
		tab.t.Fatalf("%s: %s", tab.Path(), wrong)
	}
}

// Leave does something that ends this page, and waits for the next one.
func (tab *Tab) Leave(act func()) {
	tab.t.Helper()
	from := tab.Path()
	Eval[bool](tab, `window.before = true`)
	act()
	if !tab.came(`!window.before && document.readyState === "complete" && location.protocol !== "about:"`) {
		tab.t.Fatalf("%s: no page came after it: %s", from, tab.Text("main"))
	}
}

// Path gives the page's address without its host.
func (tab *Tab) Path() string {
	tab.t.Helper()
	return Eval[string](tab, "location.pathname + location.search")
}

// Text gives what a person reads in the first element that a selector finds.
func (tab *Tab) Text(selector string) string {
	tab.t.Helper()
	return Eval[string](tab, fmt.Sprintf(`document.querySelector(%q)?.innerText ?? ""`, selector))
}

// Has reports whether a selector finds anything.
func (tab *Tab) Has(selector string) bool {
	tab.t.Helper()
	return Eval[bool](tab, fmt.Sprintf(`document.querySelector(%q) !== null`, selector))
}

// Press types keys into whatever has the focus.
func (tab *Tab) Press(keys string, options ...chromedp.KeyOption) {
	tab.t.Helper()
	tab.Do(chromedp.KeyEvent(keys, options...))
}

// Value is what is put into a field of a form.
type Value struct{ Name, Value string }

// Fill puts values into the fields of the page's forms, by name, as typing
// does it: the field says that it changed.
func (tab *Tab) Fill(values ...Value) {
	tab.t.Helper()
	for _, v := range values {
		if !Eval[bool](tab, fmt.Sprintf(`(([name, value]) => {
			const all = [...document.querySelectorAll("main [name='" + name + "']")];
			const ticked = all.find(e => e.value === value && (e.type === "radio" || e.type === "checkbox"));
			const el = ticked ?? all[0];
			if (!el || (el.tagName === "SELECT" && ![...el.options].some(o => o.value === value))) return false;
			if (ticked) el.checked = true; else el.value = value;
			el.dispatchEvent(new Event("input", {bubbles: true}));
			el.dispatchEvent(new Event("change", {bubbles: true}));
			return true;
		})(%s)`, list(v.Name, v.Value))) {
			tab.t.Fatalf("%s: no field %s that takes %q; there are %s", tab.Path(), v.Name, v.Value,
				Eval[string](tab, `[...new Set([...document.querySelectorAll("main [name]")].map(e => e.name))].join(", ")`))
		}
	}
}

func list(texts ...string) string {
	raw, err := json.Marshal(texts)
	if err != nil {
		panic(err) // strings always encode
	}
	return string(raw)
}

// Click presses the first thing that one of several selectors finds, and waits
// for the page that answers.
func (tab *Tab) Click(selectors ...string) {
	tab.t.Helper()
	tab.Leave(func() {
		if !Eval[bool](tab, fmt.Sprintf(`(all => { const it = all.map(s => document.querySelector(s)).find(Boolean); it?.click(); return Boolean(it); })(%s)`, list(selectors...))) {
			tab.t.Fatalf("%s: nothing like %s", tab.Path(), strings.Join(selectors, " or "))
		}
	})
}

// Submit sends the page's form, which must be taken.
func (tab *Tab) Submit() {
	tab.t.Helper()
	tab.Send()
	tab.Sound()
}

// Send sends the page's form, whatever the answer.
func (tab *Tab) Send() {
	tab.t.Helper()
	tab.Click("main button[data-submit]", "main form[method=post] button")
}

// Link gives the address of the first link whose address a pattern fits, in a
// line where some words stand; the test fails if there is none.
func (tab *Tab) Link(pattern string, beside ...string) string {
	tab.t.Helper()
	found := Eval[string](tab, fmt.Sprintf(`[...document.querySelectorAll("main a[href]")].filter(a => (a.closest("li, tr, article") ?? a.parentElement).innerText.includes(%q))
		.map(a => a.getAttribute("href")).find(h => new RegExp(%q).test(h)) ?? ""`, strings.Join(beside, " "), pattern))
	if found == "" {
		tab.t.Fatalf("%s: no link like %s beside %q", tab.Path(), pattern, beside)
	}
	return found
}

// SignIn opens a session through the demonstration's door, by role or by an
// officer's id, in a language.
func (tab *Tab) SignIn(who, lang string) {
	tab.t.Helper()
	tab.Go("/session/new")
	tab.Post("/demo/sign-in", map[string]string{"as": who})
	tab.Post("/session/lang", map[string]string{"lang": lang})
}

// Under changes the purpose that the session works under.
func (tab *Tab) Under(purpose string) {
	tab.t.Helper()
	tab.Post("/purpose", map[string]string{"purpose": purpose})
}

// Post sends a small form beside the page.
func (tab *Tab) Post(path string, form map[string]string) {
	tab.t.Helper()
	raw, err := json.Marshal(form)
	if err != nil {
		tab.t.Fatal(err)
	}
	if status := Eval[int](tab, fmt.Sprintf(`fetch(%q, {method: "POST", body: new URLSearchParams(%s)}).then(r => r.status)`, path, raw)); status >= 400 {
		tab.t.Fatalf("POST %s: %d", path, status)
	}
}

// Reach moves the focus with the Tab key alone until a selector fits what has
// it: what a person without a mouse does. A control that Tab does not reach
// fails the test.
func (tab *Tab) Reach(selector string) {
	tab.t.Helper()
	const most = 250 // more stops than any page has
	for range most {
		if Eval[bool](tab, fmt.Sprintf(`Boolean(document.activeElement?.matches(%q))`, selector)) {
			return
		}
		tab.Press(kb.Tab)
	}
	tab.t.Fatalf("%s: Tab does not reach %s", tab.Path(), selector)
}

// Enter reaches a field of the page's forms by name and types into it.
func (tab *Tab) Enter(values ...Value) {
	tab.t.Helper()
	for _, v := range values {
		tab.Reach(fmt.Sprintf("main [name='%s']", v.Name))
		tab.Press(v.Value)
	}
}

// Attach gives files to the page's field for them, as its chooser does.
func (tab *Tab) Attach(selector string, paths ...string) {
	tab.t.Helper()
	tab.Do(chromedp.SetUploadFiles(selector, paths))
}

// Fetch gives the bytes that an address answers with, asked from the page.
func (tab *Tab) Fetch(path string) []byte {
	tab.t.Helper()
	encoded := Eval[string](tab, fmt.Sprintf(`fetch(%q).then(async r => { if (!r.ok) throw new Error(r.status);
		const b = new Uint8Array(await r.arrayBuffer()); let s = ""; for (const c of b) s += String.fromCharCode(c); return btoa(s); })`, path))
	raw, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil {
		tab.t.Fatal(err)
	}
	return raw
}
