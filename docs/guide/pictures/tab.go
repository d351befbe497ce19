package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"image/png"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/chromedp/chromedp"
)

// The pictures' size: a common screen, cut where nothing more is said.
const width, height = 1366, 768

// tab is a browser's tab on the demonstration.
type tab struct {
	ctx             context.Context
	base, lang, out string
}

// as signs in with one click, in the tab's language.
func (t *tab) as(role string) error {
	if err := chromedp.Do(t.ctx, chromedp.EmulateViewport(width, height), chromedp.Navigate(t.base+"/session/new")); err != nil {
		return err
	}
	err := t.post("/demo/sign-in", map[string]string{"as": role})
	if err == nil {
		err = t.post("/session/lang", map[string]string{"lang": t.lang})
	}
	return err
}

// post sends a small form in the background.
func (t *tab) post(path string, form map[string]string) error {
	raw, err := json.Marshal(form)
	if err != nil {
		return err
	}
	status, err := run[int](t, fmt.Sprintf(`fetch(%q, {method: "POST", body: new URLSearchParams(%s)}).then(r => r.status)`, path, raw))
	if err == nil && status >= 400 {
		err = fmt.Errorf("POST %s: %d", path, status)
	}
	return err
}

func run[T any](t *tab, script string) (T, error) {
	return chromedp.Run(t.ctx, chromedp.Evaluate[T](script, chromedp.EvalAwaitPromise))
}

// visit opens a page and refuses one that is a problem.
func (t *tab) visit(path string) error {
	if err := chromedp.Do(t.ctx, chromedp.Navigate(t.base+path)); err != nil {
		return err
	}
	return t.sound("GET " + path)
}

func (t *tab) sound(what string) error {
	wrong, err := run[string](t, `document.querySelector("main .problem, main [data-errors]")?.innerText ?? ""`)
	if err == nil && wrong != "" {
		err = fmt.Errorf("%s: %s", what, wrong)
	}
	return err
}

// link gives the address of the first link in the page that a pattern fits and
// beside which all of some words stand.
func (t *tab) link(pattern string, beside ...string) (string, error) {
	found, err := run[string](t, fmt.Sprintf(`[...document.querySelectorAll("main a[href]")].filter(a => (a.closest("li, tr, article") ?? a.parentElement).innerText.includes(%q))
		.map(a => a.getAttribute("href")).find(h => new RegExp(%q).test(h)) ?? ""`, strings.Join(beside, " "), pattern))
	if err == nil && found == "" {
		at, _ := chromedp.Run(t.ctx, chromedp.Location())
		err = fmt.Errorf("%s: no link like %s", at, pattern)
	}
	return found, err
}

// follow opens the first link that a pattern fits, and takes up the purpose
// that it asks for.
func (t *tab) follow(pattern string, beside ...string) error {
	link, err := t.link(pattern, beside...)
	if err != nil {
		return err
	}
	u, err := url.Parse(link)
	if err != nil || u.Path != "/purpose" {
		return t.visit(link)
	}
	form := map[string]string{"purpose": u.Query().Get("purpose"), "return": u.Query().Get("return")}
	if err := t.post("/purpose", form); err != nil {
		return err
	}
	return t.visit(form["return"])
}

// path gives the address of the page without its host.
func (t *tab) path() string {
	path, _ := run[string](t, "location.pathname")
	return path
}

// fill types into fields by name.
func (t *tab) fill(fields ...[2]string) error {
	for _, f := range fields {
		ok, err := run[bool](t, fmt.Sprintf(`(() => {
			const [name, value] = [%q, %q];
			const all = [...document.querySelectorAll("main [name='" + name + "']")];
			const el = all.find(e => e.value === value && (e.type === "radio" || e.type === "checkbox")) ?? all[0];
			if (!el) return false;
			if (el.type === "radio" || el.type === "checkbox") el.checked = true;
			else el.value = value;
			el.dispatchEvent(new Event("change", {bubbles: true}));
			return true;
		})()`, f[0], f[1]))
		if err == nil && !ok {
			err = fmt.Errorf("no field %s", f[0])
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// submit sends the page's form.
func (t *tab) submit() error {
	return t.press("main button[data-submit]", "main form[method=post] button")
}

// press presses the button that the first fitting selector finds and waits for
// the next page.
func (t *tab) press(selectors ...string) error {
	list, err := json.Marshal(selectors)
	if err != nil {
		return err
	}
	_, err = run[bool](t, fmt.Sprintf(`(() => { window.before = true;
		const button = %s.map(s => document.querySelector(s)).find(Boolean);
		button.form.requestSubmit(button); return true; })()`, list))
	for range 100 {
		if err != nil {
			return err
		}
		time.Sleep(100 * time.Millisecond)
		if done, err := run[bool](t, `!window.before && document.readyState === "complete"`); err == nil && done {
			return t.sound("submit")
		}
	}
	return fmt.Errorf("the form was not answered")
}

// shoot writes what is on the screen, scrolled to what a selector finds.
func (t *tab) shoot(name, selector string) error {
	script := `document.fonts.ready.then(() => { document.activeElement?.blur(); window.scrollTo(0, 0); return true; })`
	if selector != "" {
		script = fmt.Sprintf(`document.fonts.ready.then(() => { document.activeElement?.blur(); document.querySelector(%q)?.scrollIntoView({block: "start", behavior: "instant"}); window.scrollBy(0, -96); return true; })`, selector)
	}
	if _, err := run[bool](t, script); err != nil {
		return err
	}
	time.Sleep(400 * time.Millisecond)
	raw, err := chromedp.Run(t.ctx, chromedp.CaptureScreenshot())
	if err != nil {
		return err
	}
	return t.write(name, raw)
}

// paper writes the first page of a PDF at an address.
func (t *tab) paper(name, path string, dpi int) error {
	encoded, err := run[string](t, fmt.Sprintf(`fetch(%q).then(async r => { if (!r.ok) throw new Error(r.status);
		const b = new Uint8Array(await r.arrayBuffer()); let s = ""; for (const c of b) s += String.fromCharCode(c); return btoa(s); })`, path))
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	pdf, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil {
		return err
	}
	c := exec.CommandContext(t.ctx, "pdftoppm", "-png", "-r", fmt.Sprint(dpi), "-f", "1", "-l", "1", "-")
	c.Stdin = bytes.NewReader(pdf)
	raw, err := c.Output()
	if err != nil {
		return fmt.Errorf("pdftoppm: %w", err)
	}
	return t.write(name, raw)
}

// write stores a picture with few colours.
func (t *tab) write(name string, raw []byte) error {
	img, err := png.Decode(bytes.NewReader(raw))
	if err != nil {
		return err
	}
	var b bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&b, reduce(img)); err != nil {
		return err
	}
	fmt.Printf("%s/%s.png %d kB\n", t.lang, name, b.Len()/1000)
	return os.WriteFile(filepath.Join(t.out, name+".png"), b.Bytes(), 0o644)
}
