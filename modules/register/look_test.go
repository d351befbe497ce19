package register_test

import (
	"testing"

	"github.com/amana-platform/amana/kernel/print/printtest"
	"github.com/amana-platform/amana/kernel/text"
)

// TestLook: the receipt, the sheet of a custody and the day's list look as
// they did when somebody last looked at them, in each language.
func TestLook(t *testing.T) {
	h := newHouse(t)
	h.proof.entry = "01936f00-0000-7000-8000-000000000001"
	complaint := h.record()
	page, p := h.hold(h.arrested("theft-simple"))
	h.story(page, p)
	for _, l := range []text.Lang{text.AR, text.FR, text.EN} {
		receipt, err := h.Receipt(ctx, complaint.ID, l)
		h.must(err)
		printtest.Look(t, "receipt-"+string(l), receipt)
		sheet, err := h.SheetPaper(ctx, page.ID, l)
		h.must(err)
		printtest.Look(t, "custody-"+string(l), sheet)
	}
}
