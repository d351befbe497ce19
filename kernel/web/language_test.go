package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/amana-platform/amana/kernel/web/ui"
)

// TestTheLanguageOfAPageIsThatOfItsForm: what the address of a page asked for
// holds for the answer to its form, for the next one, and behind its links, before
// what the session says, for an hour.
func TestTheLanguageOfAPageIsThatOfItsForm(t *testing.T) {
	c := newCounter(t)
	p := c.get("/write?lang=ar", c.session, "Accept-Language: fr", "Sec-Fetch-Dest: document")
	kept := p.cookie("amana-visit-lang")
	if kept == nil || kept.Value != "ar" || kept.MaxAge != 3600 || kept.Path != "/" || !kept.HttpOnly || kept.SameSite != http.SameSiteLaxMode {
		t.Fatalf("%+v", kept)
	}
	in := func(p answer) string {
		_, after, _ := strings.Cut(p.Body, ` lang="`)
		return after[:2]
	}
	visit := kept.Name + "=" + kept.Value
	for range 2 {
		p := c.post("/write", sent("title", "x\x00y"), c.session, visit)
		if p.StatusCode != http.StatusUnprocessableEntity || in(p) != "ar" || p.cookie(kept.Name) != nil {
			t.Errorf("%d in %s", p.StatusCode, in(p))
		}
	}
	if p := c.get(ui.PathSignIn, visit, "amana-lang=en"); in(p) != "ar" {
		t.Errorf("behind a link: %s", in(p))
	}
	if p := c.get(ui.PathSignIn+"?lang=en", visit); in(p) != "en" || p.cookie(kept.Name).Value != "en" {
		t.Errorf("another address: %s", in(p))
	}
	for _, nonsense := range []string{"xx", "", "ar%00"} {
		if p := c.get("/write", c.session, kept.Name+"="+nonsense); in(p) != "fr" {
			t.Errorf("%q: %s", nonsense, in(p))
		}
	}
}

// TestALanguageIsKeptForPagesOnly: not for what another page fetched, a page that
// failed, an answer to a form or nonsense; who chooses, or leaves, is rid of it.
func TestALanguageIsKeptForPagesOnly(t *testing.T) {
	c := newCounter(t)
	for name, p := range map[string]answer{
		"fetched by a page": c.get("/write?lang=ar", c.session, "Sec-Fetch-Dest: image"), "fetched by a script": c.get("/write?lang=ar", c.session, "Sec-Fetch-Dest: empty"),
		"missing": c.get("/missing?lang=ar", c.session), "refused": c.get("/office?lang=ar"), "a form's answer": c.post("/write?lang=ar", sent("title", "x\x00y"), c.session),
		"nonsense": c.get("/write?lang=xx", c.session), "no page": c.get(ui.PathPing + "?lang=ar"),
	} {
		if kept := p.cookie("amana-visit-lang"); kept != nil {
			t.Errorf("%s: %+v", name, kept)
		}
	}
	for path, form := range map[string]url.Values{ui.PathLanguage: {"lang": {"en"}}, ui.PathSignOut: {}} {
		if gone := c.post(path, form, c.session, "amana-visit-lang=ar").cookie("amana-visit-lang"); gone == nil || gone.MaxAge >= 0 {
			t.Errorf("%s: %+v", path, gone)
		}
	}
}
