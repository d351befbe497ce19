package register_test

import (
	"bytes"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/kerneltest"
	"github.com/amana-platform/amana/kernel/text"
	"github.com/amana-platform/amana/modules/register"
)

// TestTheLogBookByForm: a line, its faults at their fields, a correction from the
// line that it corrects; each kind of line leads to what it speaks of.
func TestTheLogBookByForm(t *testing.T) {
	s := newSite(t)
	c := s.record()
	desk := s.browser("desk")
	for _, lang := range text.Langs() {
		w := s.k.Texts.In(lang)
		page := desk.Speak(string(lang)).Get("/log-book")
		if page.Status != 200 || page.Heading() != w.T("register.log.title") || page.Lang() != string(lang) {
			t.Errorf("%s: %d %q", lang, page.Status, page.Heading())
		}
		form := page.Fields("/log-book")
		page = desk.Post("/log-book", with(form, url.Values{"at": {"soon"}}))
		if page.Status != 422 || !strings.Contains(page.Errors()["at"], w.T("form.unreadable")) {
			t.Errorf("%s: %d %v", lang, page.Status, page.Errors())
		}
		page = desk.Post("/log-book", with(form, url.Values{"words": {" "}}))
		if page.Status != 422 || !strings.Contains(page.Errors()["words"], w.T("form.required")) {
			t.Errorf("%s: %d %v", lang, page.Status, page.Errors())
		}
		s.leaves(func() error {
			desk.Post("/log-book", with(form, url.Values{"words": {"Ronde effectu\u00e9e."}}))
			return nil
		}, "line-written")
		s.leaves(func() error {
			desk.Post("/log-book", with(form, url.Values{"words": {"Ronde effectu\u00e9e."}}))
			return nil
		}) // sent twice
	}
	page := desk.Get("/log-book")
	links := page.Links()
	if links[complaints+string(c.ID)] == "" || !strings.Contains(page.Text(), "Ronde effectu\u00e9e.") {
		t.Errorf("links %v", links)
	}
	line := s.book("KEN-01")[1]
	page = desk.Get("/log-book?corrects=" + string(line.ID))
	form := page.Fields("/log-book")
	if form.Get("corrects") != string(line.ID) {
		t.Errorf("the form holds %v", form)
	}
	s.leaves(func() error { desk.Post("/log-book", with(form, url.Values{"words": {"\u00c0 12 h 40."}})); return nil }, "line-written")
	all := s.book("KEN-01")
	if last := all[len(all)-1]; last.Kind != register.LineFix || last.Corrects != line.ID {
		t.Errorf("%+v", last)
	}
	if page = s.browser("other").Post("/log-book", with(form, url.Values{"submission": {string(s.ids.New())}, "words": {"x"}})); page.Status != 403 {
		t.Errorf("another unit corrects it: %d", page.Status)
	}
}

// TestTheBookGoesOn: fifty lines to a page, and the next begins where it ended.
func TestTheBookGoesOn(t *testing.T) {
	s := newSite(t)
	g := s.grant("desk", "register.line.write", res0)
	for i := range 53 {
		words := "Ronde."
		if i < 3 {
			words = "Premi\u00e8re ronde."
		}
		_ = must(s.WriteLine(ctx, g, register.NewLine{Submission: s.ids.New(), Words: words}))
	}
	desk := s.browser("desk")
	first := desk.Get("/log-book")
	next := first.LinkTo("/log-book?after=")
	if next == "" || strings.Contains(first.Text(), "Premi\u00e8re") {
		t.Fatalf("the first page leads to %q", next)
	}
	second := desk.Get(next)
	if n := strings.Count(second.Text(), "Premi\u00e8re ronde."); n != 3 || second.LinkTo("/log-book?after=") != "" {
		t.Errorf("%d of the oldest three", n)
	}
}

// TestTheHandoverByForm: what stands open is listed, one shift gives, another
// takes, and nobody takes their own; who comes too late is told so.
func TestTheHandoverByForm(t *testing.T) {
	s := newSite(t)
	held, _ := s.hold(s.arrested("theft-simple"))
	s.clock.Advance(9 * time.Hour)
	chief, opj := s.browser("chief"), s.browser("opj")
	for _, lang := range text.Langs() {
		w := s.k.Texts.In(lang)
		page := chief.Speak(string(lang)).Get("/handover")
		if page.Status != 200 || page.Heading() != w.T("register.handover.title") || page.Links()["/custody/"+string(held.ID)] != held.Number {
			t.Errorf("%s: %d %q %v", lang, page.Status, page.Heading(), page.Links())
		}
		page = chief.Post("/handover", with(page.Fields("/handover"), url.Values{"remarks": {"a\x00"}}))
		if page.Status != 422 || !strings.Contains(page.Errors()["remarks"], w.T("text.control-character")) {
			t.Errorf("%s: %d %v", lang, page.Status, page.Errors())
		}
	}
	form := with(chief.Get("/handover").Fields("/handover"), url.Values{"remarks": {"Cellule 2 \u00e0 surveiller."}})
	s.leaves(func() error { chief.Post("/handover", form); return nil }, "handover-given", "line-written")
	page := chief.Post("/handover", with(form, url.Values{"submission": {string(s.ids.New())}}))
	if page.Status != 409 {
		t.Errorf("a second one while the first waits: %d", page.Status)
	}
	take := "/handovers/" + form.Get("submission") + "/take"
	for _, lang := range text.Langs() {
		page = opj.Speak(string(lang)).Get("/handover")
		if !strings.Contains(page.Text(), "Cellule 2 \u00e0 surveiller.") || !slices.Contains(page.Actions(), take) {
			t.Errorf("%s: %v", lang, page.Actions())
		}
	}
	s.refusedPage(t, func() int { return chief.Post(take, nil).Status }, http.StatusForbidden)
	s.leaves(func() error { opj.Post(take, nil); return nil }, "handover-taken")
	s.refusedPage(t, func() int { return opj.Post(take, nil).Status }, http.StatusConflict)
	s.refusedPage(t, func() int { return opj.Post("/handovers/"+string(s.ids.New())+"/take", nil).Status }, http.StatusNotFound)
	s.refusedPage(t, func() int { return opj.Post("/handovers/x/take", nil).Status }, http.StatusNotFound)
}

// refusedPage checks the status of an answer that must leave nothing.
func (s *site) refusedPage(t *testing.T, send func() int, status int) {
	t.Helper()
	got := 0
	if kinds := s.during(func() { got = send() }); got != status || len(kinds) > 0 {
		t.Errorf("status %d, want %d; appended %q", got, status, kinds)
	}
}

// TestTheDailyListByForm: sent from the board, read by who sent it and by who
// received it, taken once at the seat.
func TestTheDailyListByForm(t *testing.T) {
	s := newSite(t)
	s.hold(s.arrested("theft-simple"))
	chief, seat := s.browser("chief"), s.browser("prosecutor").Under(control.String())
	s.leaves(func() error { chief.Post("/custody-lists", nil); return nil }, "list-sent")
	s.refusedPage(t, func() int { return chief.Post("/custody-lists", nil).Status }, http.StatusConflict)
	at := seat.Get("/prosecution/custody").LinkTo("/prosecution/lists/")
	if at == "" {
		t.Fatal("the seat does not show the list")
	}
	id := ident.ID(strings.TrimPrefix(at, "/prosecution/lists/"))
	for path, client := range map[string]*kerneltest.Client{at: seat, "/custody-lists/" + string(id): chief} {
		if page := client.Get(path); page.Status != 200 || !bytes.HasPrefix(page.Body, []byte("%PDF")) {
			t.Errorf("%s: %d %.10s", path, page.Status, page.Body)
		}
	}
	if page := s.browser("elsewhere").Under(control.String()).Get(at); page.Status != 403 {
		t.Errorf("another office reads it: %d", page.Status)
	}
	for _, lang := range text.Langs() {
		if page := seat.Speak(string(lang)).Get("/prosecution/custody"); !slices.Contains(page.Actions(), at) || page.Heading() == "" || page.Lang() != string(lang) {
			t.Errorf("%s: %v", lang, page.Actions())
		}
	}
	s.leaves(func() error { seat.Post(at, nil); return nil }, "list-taken")
	s.refusedPage(t, func() int { return seat.Post(at, nil).Status }, http.StatusConflict)
	if page := seat.Get("/prosecution/custody"); slices.Contains(page.Actions(), at) {
		t.Error("a list that was taken is offered again")
	}
}
