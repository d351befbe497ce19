package trust

import (
	"slices"
	"testing"
	"time"

	"github.com/amana-platform/amana/kernel/app"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
)

// over lists the institutions that ended before a time, with when their term began.
func (h *house) over(before time.Time, unit ident.ID) map[ident.ID]time.Time {
	h.t.Helper()
	due, err := terms()[0].Due(h.t.Context(), h.k.Reader, app.Window{Before: before, Unit: unit, Most: 10})
	h.must(err)
	out := map[ident.ID]time.Time{}
	for _, d := range due {
		if d.Unit != h.unit || d.Ref.Kind != KindInstitution {
			h.t.Errorf("%+v", d)
		}
		out[d.Ref.ID] = d.Since
	}
	return out
}

// TestWhenARegistrationIsOver: refused, or expired and not renewed; not while a
// version waits, and not once what was written of it is gone. It is the unit that
// examined it which answers.
func TestWhenARegistrationIsOver(t *testing.T) {
	h := newHouse(t)
	stands, back := h.newBank("bank.example", false).id, h.newBank("other.example", false)
	refused, _ := h.apply(stated("third.example", keySet(t, newKey(t), "k")), false)
	h.must(h.RefuseInstitution(t.Context(), h.grantOf(h.second, actionRefuse, refused), refused, 1, "no ground"))
	at := h.clock.Now().Add(time.Second)
	far := at.AddDate(30, 0, 0)
	if got := h.over(far, ""); len(got) != 1 || got[refused].IsZero() || got[refused].After(at) {
		t.Errorf("%v are over", got)
	}
	until := h.state(stands, Active).Until
	h.clock.Set(until.Add(time.Second))
	if n, err := h.Expire(t.Context()); n != 2 || err != nil {
		t.Fatal(n, err)
	}
	g, err := h.Service.grant()
	h.must(err)
	_, _, err = h.ApplyInstitution(t.Context(), g, Application{Registration: stated("other.example", keySet(t, back.key, back.kid)), Of: back.id})
	h.must(err)
	if got := h.over(far, h.unit); len(got) != 2 || !got[stands].Equal(until) || !got[back.id].IsZero() {
		t.Errorf("%v are over: one stands again to be decided", got)
	}
	if got := h.over(until, ""); len(got) != 1 || got[refused].IsZero() {
		t.Errorf("%v ended before the day on which the approval did", got)
	}
	if got := h.over(far, h.k.Journal.NewID()); len(got) != 0 {
		t.Errorf("%v are over in another unit", got)
	}
	erase, err := h.k.Policy.System("retention", "tests.erase", systemBasis)
	h.must(err)
	h.must(h.k.Journal.Erase(t.Context(), erase, journal.Erased{Subjects: []ident.ID{refused}, Ground: "trust-registration", Authority: "list of the test"}))
	if got := h.over(far, ""); !got[refused].IsZero() {
		t.Error("what is gone is due")
	}
	h.sound()
}

// TestWhatIsSaidOfAPersonIsOver: an institution keeps nobody alive; it counts from
// when it was last told of them, or they last agreed or no longer did.
func TestWhatIsSaidOfAPersonIsOver(t *testing.T) {
	h := newHouse(t)
	b := h.newBank("bank.example", false)
	_, person, cookie := h.citizen(map[string]any{"age_over_18": true})
	if said, err := speaks(t.Context(), h.k.Reader, person); err != nil || said.Live || !said.Last.IsZero() {
		t.Errorf("%+v %v", said, err)
	}
	b.tokens(b.agree(cookie, ""))
	said, err := speaks(t.Context(), h.k.Reader, person)
	if err != nil || said.Live || said.Last.IsZero() || said.Last.After(h.clock.Now().Add(time.Second)) || said.With != nil {
		t.Errorf("%+v %v", said, err)
	}
	if !slices.Contains(h.kindsOf(ident.Ref{Kind: "person", ID: person}), "trust.person-verified") {
		t.Error("nobody was verified")
	}
}
