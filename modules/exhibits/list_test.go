package exhibits_test

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/amana-platform/amana/kernel/kerneltest"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/modules/exhibits"
)

// desktop signs somebody in at a browser whose pages can be read by meaning; it
// works for a purpose.
func (s *site) desktop(name string, purpose policy.Purpose) *kerneltest.Client {
	s.t.Helper()
	s.next = s.who[name]
	acc, err := s.units.Account(ctx, s.next)
	s.must(err)
	c := kerneltest.NewClient(s.t, s.address).SignIn(acc.Actor.Role)
	return c.Under(purpose.String())
}

// duty is the purpose of somebody's daily work.
func (h *house) duty(name string) policy.Purpose {
	h.t.Helper()
	_, p := h.actor(name)
	return p
}

// numbered lists the numbers of exhibits that a page shows, in its order.
func numbered(p *kerneltest.Page) []string {
	var out []string
	for word := range strings.FieldsSeq(p.Text()) {
		if word = strings.Trim(word, "\u2066\u2069"); strings.HasSuffix(word, "/KEN-VILLE-BPJ/2026") && !slices.Contains(out, word) {
			out = append(out, word)
		}
	}
	return out
}

// TestTheListHoldsEveryThingOnce: what was seized at once, in one inventory, is
// all there when one leafs through, newest first, and nothing twice.
func TestTheListHoldsEveryThingOnce(t *testing.T) {
	s := newSite(t)
	c := s.newCase("opj")
	const many = 130
	in := s.seizure(c)
	for len(in.Things) < many {
		in.Things = append(in.Things, exhibits.NewThing{ID: s.ids.New(), Category: exhibits.Other, Description: "Objet"})
	}
	g, err := s.onCase("opj", "exhibits.exhibit.seize", c.Ref.ID, c)
	s.must(err)
	_, err = s.SeizeExhibits(ctx, g, in)
	s.must(err)
	for range 3 {
		s.clock.Advance(time.Second)
		s.seize(c)
	}
	opj := s.desktop("opj", s.duty("opj"))
	var got []string
	for path, pages := "/exhibits", 0; path != ""; pages++ {
		p := opj.Get(path)
		if p.Status != http.StatusOK || pages > 5 {
			t.Fatalf("page %d, %s: %d", pages, path, p.Status)
		}
		got, path = append(got, numbered(p)...), ""
		for href := range p.Links() {
			if at, err := url.Parse(href); err == nil && at.Path == "/exhibits" && at.Query().Get("after") != "" {
				path = href
			}
		}
	}
	var want []string
	for i := range many + 3 {
		want = append(want, fmt.Sprintf("%d/KEN-VILLE-BPJ/2026", i+1))
	}
	slices.Sort(want)
	if sorted := slices.Sorted(slices.Values(got)); !slices.Equal(sorted, want) || got[0] != fmt.Sprintf("%d/KEN-VILLE-BPJ/2026", many+3) {
		t.Errorf("%d of %d are listed: %v", len(got), len(want), got)
	}
}

// TestTheListIsNarrowed: by state, category, place, holder and number; a mark
// that nobody gave shows the first page.
func TestTheListIsNarrowed(t *testing.T) {
	s := newSite(t)
	x, c := s.sealed()
	cash := s.seize(c)
	s.must(s.CorrectExhibit(ctx, s.grant("opj", "exhibits.exhibit.correct", cash.ID, c), exhibits.Correcting{Move: s.moveOf(cash.ID), Place: "x", Thing: exhibits.NewThing{Category: exhibits.Cash, Description: "Billets"}}))
	s.must(s.StoreExhibit(ctx, s.grant("opj", "exhibits.exhibit.store", cash.ID, c), exhibits.Storing{Move: s.moveOf(cash.ID), Kept: "safe", Shelf: "A1"}))
	s.must(s.accepts(x.ID, s.offer(x.ID, c, "opj", "second", exhibits.ToKeeper), "second"))
	opj, second := s.desktop("opj", s.duty("opj")), s.desktop("second", s.duty("second"))
	for _, tc := range []struct {
		who   *kerneltest.Client
		query string
		want  []string
	}{
		{opj, "", []string{cash.Number, x.Number}}, {opj, "?state=stored", []string{cash.Number}}, {opj, "?state=sealed", []string{x.Number}}, {opj, "?state=destroyed", nil},
		{opj, "?category=cash", []string{cash.Number}}, {opj, "?category=device", []string{x.Number}}, {opj, "?kept=safe", []string{cash.Number}}, {opj, "?kept=pound", nil},
		{opj, "?holder=me", []string{cash.Number}}, {second, "?holder=me", []string{x.Number}}, {opj, "?holder=" + string(s.who["second"]), []string{cash.Number, x.Number}},
		{opj, "?q=" + url.QueryEscape(x.Number), []string{x.Number}}, {opj, "?q=" + url.QueryEscape(x.Seal), []string{x.Number}}, {opj, "?q=nothing", nil},
		{opj, "?after=x", []string{cash.Number, x.Number}}, {opj, "?after=1", nil}, {opj, "?state=stored&category=device", nil},
	} {
		p := tc.who.Get("/exhibits" + tc.query)
		if got := numbered(p); p.Status != http.StatusOK || !slices.Equal(got, tc.want) {
			t.Errorf("%s: %d %v, want %v", tc.query, p.Status, got, tc.want)
		}
	}
}

// TestWhatWaitsForAReceiver: who is offered a thing, and who offered it, read
// so on their first page; nobody else does, and it is gone once answered.
func TestWhatWaitsForAReceiver(t *testing.T) {
	s := newSite(t)
	x, c := s.sealed()
	offer := s.offer(x.ID, c, "opj", "second", exhibits.ToKeeper)
	says := func(when string, want map[string]string) {
		t.Helper()
		for name, words := range want {
			text := s.desktop(name, s.duty(name)).Speak("en").Get("/").Text()
			for _, task := range []string{"Receive or refuse", "Waiting for the receiver"} {
				if strings.Contains(text, task) != (task == words) {
					t.Errorf("%s, %s: %q is said: %v", when, name, task, task != words)
				}
			}
			if strings.Contains(text, x.Number) != (words != "") {
				t.Errorf("%s, %s: the number is named: %v", when, name, words == "")
			}
		}
	}
	says("offered", map[string]string{"opj": "Waiting for the receiver", "second": "Receive or refuse", "chief": "", "agent": "", "desk": ""})
	s.must(s.accepts(x.ID, offer, "second"))
	says("accepted", map[string]string{"opj": "", "second": "", "chief": ""})
}
