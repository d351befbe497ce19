package disposal

import (
	"bytes"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/amana-platform/amana/kernel/app"
	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/print"
	"github.com/amana-platform/amana/kernel/print/printtest"
	"github.com/amana-platform/amana/kernel/text"
)

// paper asks for the paper of a list, as the desk.
func (h *house) paper(l List, lang text.Lang) []byte {
	h.t.Helper()
	pdf, err := h.s.Paper(h.t.Context(), h.grant("desk", actionRead, l.Resource()), l.ID, lang)
	h.must(err)
	return pdf
}

// look writes a paper where AMANA_LOOK says, to be looked at.
func look(t *testing.T, name string, pdf []byte) {
	t.Helper()
	if dir := os.Getenv("AMANA_LOOK"); dir != "" {
		if err := os.WriteFile(filepath.Join(dir, name), pdf, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// TestThePaperOfAList: it says what was decided on, by whom and when, by
// reference; it proves the entry of the decision, holds no word of the reason,
// and is the same bytes after the records have ended, in each language.
func TestThePaperOfAList(t *testing.T) {
	h := newHouse(t)
	kept, ends := h.keep(archived, "KEN-01", 12, 0), h.keep(archived, "KEN-01", 11, 0)
	for range 40 {
		h.keep(archived, "KEN-01", 10, 1)
	}
	l := h.draw("desk", archived)
	_, err := h.s.Paper(t.Context(), h.grant("desk", actionRead, l.Resource()), l.ID, text.FR)
	h.wants(err, fault.Conflict, "disposal.undecided")
	h.must(h.decide(l, Decision{Keep: []ident.Ref{kept}, Until: h.day(1), Reason: "because of Zubayda"}))
	l = h.list(l.ID)
	_, decided, err := h.s.acts(t.Context(), l)
	h.must(err)
	m, first := h.Mark(t), map[text.Lang][]byte{}
	for _, lang := range text.Langs() {
		pdf := h.paper(l, lang)
		first[lang] = pdf
		look(t, "disposal-"+string(lang)+".pdf", pdf)
		proof, err := print.Attached(pdf, proofName)
		if h.must(err); !strings.Contains(string(proof), string(decided)) {
			t.Errorf("%s: the paper does not prove the decision", lang)
		}
		said := strings.Join(strings.Fields(printtest.Text(t, pdf)), " ")
		wants := []string{string(l.ID), string(kept.ID), string(ends.ID), "L69-99"}
		if lang == text.FR {
			wants = append(wants, "Bordereau de sort final", "procureur du Roi", "Tajribi D", "Conservé jusqu", "Prend fin", "10 ans à compter de la clôture", "Page 2 sur", "41")
		}
		for _, want := range wants {
			if !strings.Contains(said, want) {
				t.Errorf("%s: no %q: %s", lang, want, said)
			}
		}
		if strings.Contains(said, "Zubayda") || strings.Contains(said, "Words") {
			t.Errorf("%s: the paper says what stands in a record, or why: %s", lang, said)
		}
	}
	entries, _ := h.Since(t, m)
	if len(entries) != 6 || !slices.Contains(entries, "disposal.list-issued") || !slices.Contains(entries, "journal.proof-issued") {
		t.Errorf("%v", entries)
	}
	h.must(h.s.Transfer(t.Context(), h.grant("desk", actionTransfer, l.Resource()), l.ID, "44/2026"))
	h.carryOut()
	for lang, pdf := range first {
		if !bytes.Equal(h.paper(h.list(l.ID), lang), pdf) {
			t.Errorf("%s: another paper once the records have ended", lang)
		}
	}
	h.sound()
}

// TestWhoHasThePaper: whoever reads the list, from its page once it is decided;
// that it left the house is in the accesses.
func TestWhoHasThePaper(t *testing.T) {
	h := newHouse(t)
	h.keep(destroyed, "KEN-01", 6, 0)
	h.keep(destroyed, "KEN-01", 7, 0)
	l := h.draw("desk", destroyed)
	path := href(l)
	desk, other := h.As(t, string(h.who["desk"])), h.As(t, string(h.who["other"]))
	if p := desk.Get(path); strings.Contains(string(p.Body), path+"/paper") {
		t.Error("a list that is not decided offers a paper")
	}
	if p := desk.Get(path + "/paper"); p.Status != http.StatusConflict {
		t.Errorf("a paper of nothing: %d", p.Status)
	}
	h.must(h.decide(l, Decision{}))
	if p := desk.Get(path); !strings.Contains(string(p.Body), path+"/paper") {
		t.Error("the page does not offer the paper")
	}
	m := h.Mark(t)
	for range 2 {
		if p := desk.Get(path + "/paper"); p.Status != http.StatusOK || !bytes.HasPrefix(p.Body, []byte("%PDF")) {
			t.Errorf("%d %s", p.Status, p.Text())
		}
	}
	entries, accesses := h.Since(t, m)
	if !slices.Equal(entries, []string{"disposal.list-issued", "journal.proof-issued"}) || !slices.Equal(accesses, []string{"exported disposal.list.read", "exported disposal.list.read"}) {
		t.Errorf("%v %v", entries, accesses)
	}
	if p := other.Get(path + "/paper"); p.Status != http.StatusForbidden {
		t.Errorf("another unit: %d", p.Status)
	}
	h.keep(archived, "KEN-01", 11, 0)
	_, err := h.s.Paper(t.Context(), h.grant("desk", actionRead, h.draw("desk", archived).Resource()), l.ID, text.FR)
	h.wants(err, fault.Refused, "disposal.another")
}

// TestTwoAskForThePaperAtOnce: there is one, and both have it.
func TestTwoAskForThePaperAtOnce(t *testing.T) {
	h := newHouse(t)
	h.keep(destroyed, "KEN-01", 6, 0)
	l := h.draw("desk", destroyed)
	h.must(h.decide(l, Decision{}))
	m := h.Mark(t)
	papers, errs := make([][]byte, 4), make([]error, 4)
	var all sync.WaitGroup
	for i := range papers {
		g := h.grant("desk", actionRead, l.Resource())
		all.Go(func() { papers[i], errs[i] = h.s.Paper(t.Context(), g, l.ID, text.AR) })
	}
	all.Wait()
	for i, p := range papers {
		if errs[i] != nil || !bytes.Equal(p, papers[0]) {
			t.Errorf("two papers of one list: %v", errs[i])
		}
	}
	if entries, _ := h.Since(t, m); len(entries) != 2 {
		t.Errorf("%v", entries)
	}
}

// TestThePaperCanBeForgotten: with what was written about a list goes its paper.
func TestThePaperCanBeForgotten(t *testing.T) {
	h := newHouse(t)
	h.keep(destroyed, "KEN-01", 6, 0)
	l := h.draw("desk", destroyed)
	h.must(h.decide(l, Decision{}))
	h.paper(l, text.EN)
	g, err := h.Policy.System("retention", app.EraseAction, "L69-99")
	h.must(err)
	h.must(h.App.Erase(t.Context(), h.Key, g, journal.Erased{Subjects: []ident.ID{l.ID}, Ground: "L09-08-8", Authority: "3/2026"}))
	_, err = h.s.Paper(t.Context(), h.grant("desk", actionRead, l.Resource()), l.ID, text.EN)
	h.wants(err, fault.Refused, "disposal.forgotten")
	h.sound()
}
