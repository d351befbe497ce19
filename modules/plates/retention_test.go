package plates_test

import (
	"slices"
	"testing"
	"time"

	"github.com/amana-platform/amana/kernel/app"
	"github.com/amana-platform/amana/kernel/ident"
)

// over lists the records of a class whose term began before a time.
func (h *house) over(class string, before time.Time) (ids []ident.ID) {
	h.t.Helper()
	terms := h.Module().Terms
	term := terms[slices.IndexFunc(terms, func(x app.Term) bool { return x.Class == class })]
	due, err := term.Due(h.t.Context(), h.k.Reader, app.Window{Before: before, Most: 100})
	h.must(err)
	for _, d := range due {
		if d.Unit == "" || d.Since.IsZero() || !d.Since.Before(before) {
			h.t.Errorf("%+v", d)
		}
		ids = append(ids, d.Ref.ID)
	}
	slices.Sort(ids)
	return ids
}

// TestWhatOfTheListsAnAuthorityEnds: an entry from when it was cancelled or had
// lapsed, unless somebody's claim is open; with it go the claims. A hit that was
// confirmed; what was proposed and rejected ends with its read.
func TestWhatOfTheListsAnAuthorityEnds(t *testing.T) {
	h := newHouse(t)
	x, listed, _ := h.hit()
	if got := h.over("plate-hit", h.clock.Now().Add(time.Hour)); got != nil {
		t.Errorf("%v is due, and nobody confirmed it", got)
	}
	h.must(h.confirm(x.ID))
	if got := h.over("plate-hit", h.clock.Now().Add(time.Hour)); !slices.Equal(got, []ident.ID{x.ID}) {
		t.Errorf("%v are due", got)
	}
	cancelled := h.list("54321-\u0628-6")
	h.must(h.cancel(cancelled.ID))
	soon := h.clock.Now().Add(time.Hour)
	if got := h.over("wanted-notice", soon); !slices.Equal(got, []ident.ID{cancelled.ID}) {
		t.Errorf("%v are due", got)
	}
	if got := h.over("wanted-notice", listed.Until); slices.Contains(got, listed.ID) {
		t.Error("an entry in force is due")
	}
	if got := h.over("wanted-notice", listed.Until.Add(time.Second)); !slices.Contains(got, listed.ID) {
		t.Error("an entry that lapsed is not due")
	}
	h.must(h.contest(listed.ID))
	if got := h.over("wanted-notice", listed.Until.Add(time.Second)); slices.Contains(got, listed.ID) {
		t.Error("an entry is due on which a claim is open")
	}
	terms := h.Module().Terms
	subjects, err := terms[0].Subjects(t.Context(), h.k.Reader, listed.ID)
	if err != nil || len(subjects) != 2 || !slices.Contains(subjects, listed.ID) || terms[0].Class != "wanted-notice" {
		t.Errorf("%v %v", subjects, err)
	}
}
