package ui_test

import (
	"bytes"
	"context"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/a-h/templ"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/text"
	"github.com/amana-platform/amana/kernel/web/ui"
)

// noon is when every test page is made.
var noon = time.Date(2026, 11, 22, 11, 4, 31, 0, time.UTC)

func casablanca(t time.Time) time.Time { return t.In(time.FixedZone("+01", 3600)) }

func catalogue(t testing.TB) *text.Catalogue {
	t.Helper()
	c, err := text.Load(casablanca, ui.Texts)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func view(t testing.TB, lang text.Lang) ui.View {
	return ui.View{Words: catalogue(t).In(lang), Path: "/dev/components", Now: noon}
}

// html renders a component; a page that shows an unknown key is wrong.
func html(t testing.TB, c templ.Component) string {
	t.Helper()
	var b bytes.Buffer
	if err := c.Render(context.Background(), &b); err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(b.Bytes(), []byte("⟦")) {
		i := bytes.Index(b.Bytes(), []byte("⟦"))
		t.Errorf("unknown text key: %s", b.Bytes()[i:min(i+80, b.Len())])
	}
	return b.String()
}

// serve gives the catalogue at /<lang>/<theme>, under the strict policy.
func serve(t testing.TB) *httptest.Server {
	mux := http.NewServeMux()
	mux.Handle("GET "+ui.PathAssets, ui.Assets())
	mux.HandleFunc("GET /page/{lang}/{theme}", func(w http.ResponseWriter, r *http.Request) {
		v := view(t, text.Lang(r.PathValue("lang")))
		v.Theme = ui.Theme(r.PathValue("theme"))
		w.Header().Set("Content-Security-Policy", ui.ContentSecurityPolicy)
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		if err := ui.Catalogue(v).Render(r.Context(), w); err != nil {
			t.Error(err)
		}
	})
	mux.HandleFunc("GET /bare/{lang}", func(w http.ResponseWriter, r *http.Request) {
		v := view(t, text.Lang(r.PathValue("lang")))
		v.Title, v.CutSince, v.Citizen = "Title", noon, true
		page := around(ui.Page(v), ui.Problem{Fault: fault.New(fault.SignIn, "fault.sign-in"), Reference: "R"}.Show(v.Words))
		w.Header().Set("Content-Security-Policy", ui.ContentSecurityPolicy)
		if err := page.Render(r.Context(), w); err != nil {
			t.Error(err)
		}
	})
	mux.HandleFunc("GET /wall/{lang}", func(w http.ResponseWriter, r *http.Request) {
		v := view(t, text.Lang(r.PathValue("lang")))
		v.Title, v.Path = "Board", r.URL.Path
		cell := ui.Cell{Title: "K. B.", Href: "/x", Since: noon.Add(-50 * time.Hour), Limit: 48 * time.Hour}
		w.Header().Set("Content-Security-Policy", ui.ContentSecurityPolicy)
		if err := around(ui.Wall(v), ui.Board(v.Words, noon, []ui.Cell{cell})).Render(r.Context(), w); err != nil {
			t.Error(err)
		}
	})
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return s
}

func TestCatalogueIsCompleteInEachLanguage(t *testing.T) {
	for _, err := range text.Check(catalogue(t)) {
		t.Error(err)
	}
	for _, lang := range text.Langs() {
		page := html(t, ui.Catalogue(view(t, lang)))
		if len(page) > 100_000 {
			t.Errorf("%s: %d bytes, more than a page may weigh", lang, len(page))
		}
	}
}
