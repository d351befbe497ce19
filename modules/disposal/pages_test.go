package disposal

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/amana-platform/amana/kernel/kerneltest"
)

// TestPages walks a list through its pages, as each who has to do with it, with
// the exact entries and accesses that leaves.
func TestPages(t *testing.T) {
	h := newHouse(t)
	first, second := h.keep(archived, "KEN-01", 12, 0), h.keep(archived, "KEN-01", 11, 0)
	desk, seat := h.As(t, string(h.who["desk"])), h.As(t, string(h.who["prosecutor"]))
	for lang, wants := range map[string][]string{
		"fr": {"Calendrier de conservation", "Dresser un bordereau de 2 dossiers", "10 ans", "procureur général du Roi", "Versement aux archives", "Aucun bordereau"},
		"ar": {"جدول آجال الحفظ", "تحرير قائمة بملفين", "10 سنوات", "الوكيل العام للملك", "لا توجد أي قائمة"},
		"en": {"Retention schedule", "Draw up a list of 2 records", "1 year", "The schedule"},
	} {
		page := desk.Get("/disposals?lang=" + lang)
		for _, want := range wants {
			if page.Status != http.StatusOK || !strings.Contains(page.Text(), want) {
				t.Errorf("%s: %d, no %q: %s", lang, page.Status, want, page.Text())
			}
		}
	}
	if p := desk.Post("/disposals", url.Values{"class": {"log-book"}}); p.Status != http.StatusUnprocessableEntity {
		t.Errorf("a class that the schedule ends: %d", p.Status)
	}
	m := h.Mark(t)
	page := desk.Post("/disposals", url.Values{"class": {archived}})
	if page.Status != http.StatusSeeOther {
		t.Fatalf("%d %s", page.Status, page.Text())
	}
	path := page.Header.Get("Location")
	page = page.Follow()
	entries, accesses := h.Since(t, m)
	if !slices.Equal(entries, []string{"disposal.list-drawn"}) || !slices.Equal(accesses, []string{"read disposal.list.read"}) {
		t.Errorf("%v %v", entries, accesses)
	}
	if page.Status != http.StatusOK || strings.Contains(string(page.Body), "Zubayda") || !strings.Contains(page.Text(), string(first.ID)) {
		t.Errorf("%d %s", page.Status, page.Text())
	}
	if p := seat.Get("/?lang=fr"); !strings.Contains(p.Text(), "Décider d'un bordereau") {
		t.Errorf("no task: %s", p.Text())
	}
	h.decides(t, seat, path, first.String(), second.String())
	h.transfers(t, desk, path)
	if p := desk.Get(path + "?lang=fr"); !strings.Contains(p.Text(), "Exécuté") || !strings.Contains(p.Text(), "Éliminé") || !strings.Contains(p.Text(), "Conservé jusqu") {
		t.Errorf("%s", p.Text())
	}
}

// decides submits what is wrong, sees each fault at its field and the boxes as
// they were ticked, and then decides.
func (h *house) decides(t *testing.T, seat *kerneltest.Client, path, keep, other string) {
	t.Helper()
	p := seat.Post(path+"/decide?lang=fr", url.Values{"keep": {keep}, "until": {"2031"}, "reason": {""}})
	if p.Status != http.StatusUnprocessableEntity || len(p.Errors()) != 2 || !strings.Contains(p.Errors()["until"], "jour entier") {
		t.Errorf("%d %v", p.Status, p.Errors())
	}
	if kept := p.Fields(path + "/decide")["keep"]; !slices.Equal(kept, []string{keep}) {
		t.Errorf("ticked %v", kept)
	}
	if p := seat.Post(path+"/decide", url.Values{"keep": {"nonsense"}, "until": {"1/2/2028"}, "reason": {"x"}}); p.Status != http.StatusUnprocessableEntity {
		t.Errorf("a record that is none: %d", p.Status)
	}
	m := h.Mark(t)
	if p := seat.Post(path+"/decide", url.Values{"keep": {keep}, "until": {"1/2/2028"}, "reason": {"appel"}}); p.Status != http.StatusSeeOther {
		t.Fatalf("%d %s", p.Status, p.Text())
	}
	if entries, _ := h.Since(t, m); !slices.Equal(entries, []string{"disposal.list-decided"}) {
		t.Errorf("%v", entries)
	}
	if p := seat.Post(path+"/decide", url.Values{}); p.Status != http.StatusConflict {
		t.Errorf("decided twice: %d", p.Status)
	}
	if p := seat.Post(path+"/transfer", url.Values{"received": {"1"}}); p.Status != http.StatusForbidden {
		t.Errorf("the prosecution notes a transfer: %d", p.Status)
	}
	if p := h.As(t, string(h.who["other"])).Get(path); p.Status != http.StatusForbidden {
		t.Errorf("another unit reads it: %d", p.Status)
	}
}

// transfers notes that the archives have the rest, and lets it end.
func (h *house) transfers(t *testing.T, desk *kerneltest.Client, path string) {
	t.Helper()
	if p := desk.Get("/?lang=fr"); !strings.Contains(p.Text(), "Verser aux archives") {
		t.Errorf("no task: %s", p.Text())
	}
	if p := desk.Post(path+"/transfer?lang=fr", url.Values{"received": {" "}}); p.Status != http.StatusUnprocessableEntity || p.Errors()["received"] == "" {
		t.Errorf("%d %v", p.Status, p.Errors())
	}
	if p := desk.Post(path+"/transfer", url.Values{"received": {"44/2026"}}); p.Status != http.StatusSeeOther {
		t.Fatalf("%d %s", p.Status, p.Text())
	}
	if n := h.carryOut(); n != 1 {
		t.Errorf("%d ended", n)
	}
}
