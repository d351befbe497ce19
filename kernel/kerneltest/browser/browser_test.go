package browser_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/amana-platform/amana/kernel/kerneltest/browser"
)

// site serves pages that do what no page may do.
func site(t *testing.T) string {
	t.Helper()
	pages := map[string]string{
		"/sound":   `<main><h1>Sound</h1><p>Nothing wrong.</p><a href="/form">on</a></main>`,
		"/foreign": `<main><h1>x</h1><img alt="x" src="http://localhost:1/elsewhere.png"></main>`,
		"/policy":  `<main><h1>x</h1><script>document.title = "inline"</script></main>`,
		"/throws":  `<main><h1>x</h1><script src="/throw.js"></script></main>`,
		"/unnamed": `<main><h1>x</h1><input></main>`,
		"/wide":    `<main><h1>x</h1><table class="wide" width="900"><tr><td>x</table></main>`,
		"/form":    `<main><h1>x</h1><form method="post" action="/taken"><label>A<input name="a"></label><label><input type="radio" name="b" value="1">1</label><label><input type="radio" name="b" value="2">2</label><button data-submit>Go</button></form></main>`,
	}
	mux := http.NewServeMux()
	for path, body := range pages {
		mux.HandleFunc("GET "+path, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Security-Policy", "default-src 'self'; img-src * data:")
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			_, _ = w.Write([]byte(`<!DOCTYPE html><html lang="en"><meta name="viewport" content="width=device-width"><title>t</title><link rel="icon" href="data:,">` + body))
		})
	}
	mux.HandleFunc("GET /throw.js", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/javascript")
		_, _ = w.Write([]byte(`nothing.like.this()`))
	})
	mux.HandleFunc("POST /taken", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write([]byte(`<!DOCTYPE html><link rel="icon" href="data:,"><main>` + r.FormValue("a") + r.FormValue("b") + `</main>`))
	})
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return s.URL
}

// TestWhatAPageMayNotDoIsSeen shows that the watch, axe and the measure of
// overflow find each what they are for, and nothing on a sound page.
func TestWhatAPageMayNotDoIsSeen(t *testing.T) {
	tab := browser.Open(t, site(t), "/sound", browser.Narrow)
	for path, want := range map[string]string{"/sound": "", "/foreign": "request to http://localhost:1/elsewhere.png", "/policy": "Content Security Policy", "/throws": "nothing is not defined"} {
		tab.Go(path)
		got := strings.Join(tab.Breaches(), "\n")
		if (want == "") != (got == "") || !strings.Contains(got, want) {
			t.Errorf("%s: seen %q, want %q", path, got, want)
		}
	}
	for path, want := range map[string]string{"/sound": "", "/unnamed": "label"} {
		tab.Go(path)
		if got := strings.Join(tab.Violations(), "\n"); (want == "") != (got == "") || !strings.Contains(got, want) {
			t.Errorf("%s: violations %q, want %q", path, got, want)
		}
	}
	for path, want := range map[string]string{"/sound": "", "/wide": "TABLE.wide"} {
		tab.Go(path)
		if got := strings.Join(tab.Overflow(), "\n"); (want == "") != (got == "") || !strings.Contains(got, want) {
			t.Errorf("%s: overflow %q, want %q", path, got, want)
		}
	}
}

func TestAFormIsFilledAndSent(t *testing.T) {
	tab := browser.Open(t, site(t), "/form", browser.Phone)
	for _, scripts := range []bool{true, false} {
		if !scripts {
			tab.ScriptsOff()
		}
		tab.Visit("/sound")
		tab.Click("main a")
		tab.Fill(browser.Value{Name: "a", Value: `"quoted'`}, browser.Value{Name: "b", Value: "2"})
		tab.Submit()
		if got := tab.Text("main"); got != `"quoted'2` {
			t.Errorf("scripts %t: the site took %q", scripts, got)
		}
	}
}

// Two tabs are two computers: what one keeps, the other does not see.
func TestATabHasItsOwnProfile(t *testing.T) {
	b, base := browser.Start(t), site(t)
	one, other := b.Tab(t, base, browser.Station), b.Tab(t, base, browser.Station)
	one.Go("/sound")
	other.Go("/sound")
	browser.Eval[string](one, `localStorage.kept = document.cookie = "x=1"`)
	if got := browser.Eval[string](other, `document.cookie + (localStorage.kept ?? "")`); got != "" {
		t.Errorf("the other tab sees %q", got)
	}
}
