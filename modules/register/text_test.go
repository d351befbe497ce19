package register_test

import (
	"os"
	"testing"

	"github.com/amana-platform/amana/kernel/text"
	"github.com/amana-platform/amana/kernel/web/ui"
	"github.com/amana-platform/amana/modules/register"
)

// TestWords: every key in three languages, nothing incomplete.
func TestWords(t *testing.T) {
	c, err := text.Load(nil, ui.Texts, register.Texts())
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range text.Check(c) {
		t.Error(e)
	}
}

// TestPapers: the receipt, the page of the register and the daily list are
// printed in each language, with the proof inside and nothing opened by it.
// AMANA_LOOK names a folder where they are left to be looked at.
func TestPapers(t *testing.T) {
	h := newHouse(t)
	c := h.record()
	in := h.arrested("theft-simple")
	page, p := h.hold(in)
	h.story(page, p)
	lists, err := h.SendList(ctx, h.grant("chief", "register.list.send", res0))
	h.must(err)
	for _, l := range text.Langs() {
		receipt, err := h.Receipt(ctx, c.ID, l)
		h.must(err)
		sheet, err := h.SheetPaper(ctx, page.ID, l)
		h.must(err)
		list, err := h.ListPaper(ctx, lists[0].ID, l)
		h.must(err)
		for name, pdf := range map[string][]byte{"receipt": receipt, "sheet": sheet, "list": list} {
			h.proven(name, pdf)
			if dir := os.Getenv("AMANA_LOOK"); dir != "" {
				h.must(os.WriteFile(dir+"/"+name+"-"+string(l)+".pdf", pdf, 0o600))
			}
		}
	}
	if len(h.proof.disclosed) > 0 {
		t.Errorf("the proofs open %v", h.proof.disclosed)
	}
}
