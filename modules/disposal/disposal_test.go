package disposal

import (
	"context"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/amana-platform/amana/kernel/app"
	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/store"
	"github.com/amana-platform/amana/kernel/text"
	"github.com/amana-platform/amana/kernel/text/texttest"
	"github.com/amana-platform/amana/kernel/web"
	"github.com/amana-platform/amana/kernel/web/ui"
)

func (h *house) day(years int) text.PartialDate {
	return text.PartialDate(h.Clock.Now().AddDate(years, 0, 0).Format(time.DateOnly))
}

// TestFromTheScheduleToTheLastKey: what is due comes on a list, longest waiting
// first; one is kept; nothing ends before the archives have the rest; then their
// keys are gone, the receipt names list and class, and the one that was kept is
// due again when its day has come.
func TestFromTheScheduleToTheLastKey(t *testing.T) {
	h := newHouse(t)
	second, first, third := h.keep(archived, "KEN-01", 11, 0), h.keep(archived, "KEN-01", 12, 0), h.keep(archived, "KEN-01", 10, 1)
	h.keep(archived, "KEN-01", 9, 364)
	h.keep(archived, "KEN-02", 20, 0)
	h.keep(destroyed, "KEN-01", 4, 0)
	l := h.draw("desk", archived)
	if len(l.Items) != 3 || l.Items[0].Ref != first || l.Items[1].Ref != second || l.Items[2].Ref != third || l.Office != h.unit["PR-KEN"] || l.Approver != "prosecutor" {
		t.Fatalf("%+v", l)
	}
	h.must(h.decide(l, Decision{Keep: []ident.Ref{second, second}, Until: h.day(1), Reason: " a civil action "}))
	if n := h.carryOut(); n != 0 {
		t.Errorf("%d ended before the archives had them", n)
	}
	l = h.list(l.ID)
	if !l.awaitsArchives() || l.Reason != "a civil action" || l.State != Decided {
		t.Errorf("%+v", l)
	}
	h.must(h.s.Transfer(t.Context(), h.grant("desk", actionTransfer, l.Resource()), l.ID, "44/2026"))
	if n := h.carryOut(); n != 2 {
		t.Errorf("%d ended", n)
	}
	l = h.list(l.ID)
	if l.State != Finished || l.Received != "44/2026" || !slices.Equal(outcomes(l), []Outcome{Erased, Kept, Erased}) {
		t.Errorf("%+v", l)
	}
	for ref, want := range map[ident.Ref]bool{first: false, second: true, third: false} {
		if known, err := h.Journal.Knows(t.Context(), ref.ID); err != nil || known != want {
			t.Errorf("%s: %v %v", ref, known, err)
		}
	}
	list, err := os.ReadFile(app.ErasureList(h.Key))
	if err != nil || !strings.Contains(string(list), string(first.ID)+"\t"+archived+"\tlist "+string(l.ID)) {
		t.Errorf("%s %v", list, err)
	}
	if h.carryOut() != 0 {
		t.Error("ended again")
	}
	h.Clock.Set(h.Clock.Now().AddDate(1, 0, 1))
	if again := h.draw("desk", archived); len(again.Items) != 2 || again.Items[0].Ref != second {
		t.Errorf("%+v", again.Items)
	}
	h.sound()
}

// TestWhatIsDestroyedNeedsNoArchives: a list of such a class ends as soon as it
// is decided.
func TestWhatIsDestroyedNeedsNoArchives(t *testing.T) {
	h := newHouse(t)
	h.keep(destroyed, "KEN-01", 6, 0)
	l := h.draw("desk", destroyed)
	h.must(h.decide(l, Decision{}))
	err := h.s.Transfer(t.Context(), h.grant("desk", actionTransfer, l.Resource()), l.ID, "1/2026")
	h.wants(err, fault.Conflict, "disposal.settled")
	if h.carryOut() != 1 || h.list(l.ID).State != Finished {
		t.Errorf("%+v", h.list(l.ID))
	}
}

// TestWhoMayWhat: the desk of the unit draws and transfers, the seat that the
// schedule names decides in that capacity, the inspector looks.
func TestWhoMayWhat(t *testing.T) {
	h := newHouse(t)
	h.keep(archived, "KEN-01", 11, 0)
	l := h.draw("desk", archived)
	general := l
	general.Approver, general.Office = "prosecutor-general", h.unit["PGR-KEN"]
	own := l
	own.By = h.who["prosecutor"]
	for _, c := range []struct {
		who, action string
		res         policy.Resource
		may         bool
	}{
		{"desk", actionSchedule, policy.Resource{}, true}, {"hand", actionSchedule, policy.Resource{}, false}, {"prosecutor", actionSchedule, policy.Resource{}, true}, {"inspector", actionSchedule, policy.Resource{}, true},
		{"desk", actionDraw, policy.Resource{}, true}, {"hand", actionDraw, policy.Resource{}, false}, {"prosecutor", actionDraw, policy.Resource{}, false}, {"inspector", actionDraw, policy.Resource{}, true},
		{"desk", actionRead, l.Resource(), true}, {"other", actionRead, l.Resource(), false}, {"hand", actionRead, l.Resource(), false}, {"prosecutor", actionRead, l.Resource(), true},
		{"clerk", actionRead, l.Resource(), true}, {"general", actionRead, l.Resource(), false}, {"inspector", actionRead, l.Resource(), true},
		{"prosecutor", actionDecide, l.Resource(), true}, {"clerk", actionDecide, l.Resource(), false}, {"general", actionDecide, l.Resource(), false}, {"desk", actionDecide, l.Resource(), false},
		{"inspector", actionDecide, l.Resource(), false}, {"general", actionDecide, general.Resource(), true}, {"prosecutor", actionDecide, general.Resource(), false}, {"prosecutor", actionDecide, own.Resource(), false},
		{"desk", actionTransfer, l.Resource(), true}, {"other", actionTransfer, l.Resource(), false}, {"prosecutor", actionTransfer, l.Resource(), false}, {"inspector", actionTransfer, l.Resource(), false},
	} {
		if _, err := h.may(c.who, c.action, c.res); c.may != (err == nil) || err != nil && !fault.Is(err, fault.Refused) {
			t.Errorf("%s %s: %v", c.who, c.action, err)
		}
	}
}

// TestADecisionThatIsNone: each fault stands at its field, and nothing is written.
func TestADecisionThatIsNone(t *testing.T) {
	h := newHouse(t)
	ref := h.keep(destroyed, "KEN-01", 6, 0)
	l := h.draw("desk", destroyed)
	keep := []ident.Ref{ref}
	for name, c := range map[string]struct {
		in         Decision
		field, key string
	}{
		"no day":       {Decision{Keep: keep, Reason: "x"}, "until", "form.required"},
		"a month":      {Decision{Keep: keep, Reason: "x", Until: "2027-03"}, "until", "disposal.until-day"},
		"today":        {Decision{Keep: keep, Reason: "x", Until: h.day(0)}, "until", "disposal.until-past"},
		"eleven years": {Decision{Keep: keep, Reason: "x", Until: h.day(11)}, "until", "disposal.until-far"},
		"no reason":    {Decision{Keep: keep, Reason: " \n", Until: h.day(1)}, "reason", "form.required"},
		"a long one":   {Decision{Keep: keep, Reason: strings.Repeat("é", wordsMost+1), Until: h.day(1)}, "reason", "form.too-long"},
		"not on it":    {Decision{Keep: []ident.Ref{noteRef(h.Journal.NewID())}, Reason: "x", Until: h.day(1)}, "keep", "form.choose"},
	} {
		err := h.decide(l, c.in)
		all := fault.All(err)
		if len(all) != 1 || all[0].Field != c.field || all[0].Key != c.key || all[0].Kind != fault.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	if now := h.list(l.ID); now.State != Drawn || now.Items[0].Outcome != Waiting {
		t.Errorf("%+v", now)
	}
	h.must(h.decide(l, Decision{Keep: keep, Until: h.day(10), Reason: "x"}))
	h.wants(h.decide(l, Decision{}), fault.Conflict, "disposal.settled")
	if now := h.list(l.ID); now.State != Finished || now.Items[0].Outcome != Kept {
		t.Errorf("all of it is kept, and it is %s", now.State)
	}
}

// TestAGrantIsForOneList: what was granted on one list changes no other.
func TestAGrantIsForOneList(t *testing.T) {
	h := newHouse(t)
	h.keep(destroyed, "KEN-01", 6, 0)
	one := h.draw("desk", destroyed)
	h.keep(archived, "KEN-01", 11, 0)
	other := h.draw("desk", archived)
	h.wants(h.s.Decide(t.Context(), h.grant("prosecutor", actionDecide, one.Resource()), other.ID, Decision{}), fault.Refused, "disposal.another")
	h.must(h.decide(other, Decision{}))
	h.wants(h.s.Transfer(t.Context(), h.grant("desk", actionTransfer, one.Resource()), other.ID, "1/2026"), fault.Refused, "disposal.another")
	if h.carryOut() != 0 || h.list(one.ID).State != Drawn {
		t.Error("something was done with another list's grant")
	}
}

// TestOnlyWhatAnAuthorityEnds: no list of what the schedule ends by itself, of
// what nobody keeps, of an invented class, or of nothing.
func TestOnlyWhatAnAuthorityEnds(t *testing.T) {
	h := newHouse(t)
	for class, want := range map[string]string{"log-book": "form.choose", "composite": "form.choose", "nonsense": "form.choose", "": "form.choose", archived: "disposal.nothing-due"} {
		if _, err := h.s.Draw(t.Context(), h.grant("desk", actionDraw, policy.Resource{}), class); err == nil || fault.Of(err).Key != want {
			t.Errorf("%q: %v", class, err)
		}
	}
}

// TestWhoeverDrewItDoesNotDecide: the table itself refuses it.
func TestWhoeverDrewItDoesNotDecide(t *testing.T) {
	h := newHouse(t)
	h.keep(destroyed, "KEN-01", 6, 0)
	l := h.draw("desk", destroyed)
	g := h.grant("prosecutor", actionDecide, l.Resource())
	_, err := h.Journal.Do(t.Context(), g, func(_ context.Context, _ store.Reader, d *journal.Draft) error {
		d.Add(ListDecided{ID: l.ID, By: h.who["desk"], Reason: journal.Seal("")})
		return nil
	})
	if err == nil {
		t.Error("the table lets whoever drew it decide")
	}
	if h.list(l.ID).State != Drawn {
		t.Error("something was decided")
	}
}

// TestAHeldRecordStays: what is under legal hold is passed over, said, and due
// again once the hold is lifted.
func TestAHeldRecordStays(t *testing.T) {
	h := newHouse(t)
	held, free := h.keep(destroyed, "KEN-01", 7, 0), h.keep(destroyed, "KEN-01", 6, 0)
	l := h.draw("desk", destroyed)
	h.must(h.decide(l, Decision{}))
	h.system(func(g policy.Grant) error {
		return h.Journal.Hold(t.Context(), g, journal.Held{Ref: held, Ground: "order 1/2026"})
	})
	if h.carryOut() != 2 || !slices.Equal(outcomes(h.list(l.ID)), []Outcome{Held, Erased}) {
		t.Errorf("%+v", h.list(l.ID))
	}
	if known, err := h.Journal.Knows(t.Context(), held.ID); err != nil || !known {
		t.Error("what is held was erased", err)
	}
	if known, err := h.Journal.Knows(t.Context(), free.ID); err != nil || known {
		t.Error("what is not held was kept", err)
	}
	h.system(func(g policy.Grant) error {
		return h.Journal.LiftHold(t.Context(), g, journal.HoldLifted{Ref: held, Ground: "order 2/2026"})
	})
	if again := h.draw("desk", destroyed); len(again.Items) != 1 || again.Items[0].Ref != held {
		t.Errorf("%+v", again.Items)
	}
}

// TestWhatIsSpokenOfAgainStays: a record whose module needs it again under the
// lock is passed over, said, and due again.
func TestWhatIsSpokenOfAgainStays(t *testing.T) {
	h := newHouse(t)
	again, free := h.keep(destroyed, "KEN-01", 7, 0), h.keep(destroyed, "KEN-01", 6, 0)
	l := h.draw("desk", destroyed)
	h.must(h.decide(l, Decision{}))
	h.needed = again.ID
	if h.carryOut() != 2 || !slices.Equal(outcomes(h.list(l.ID)), []Outcome{Needed, Erased}) {
		t.Errorf("%+v", h.list(l.ID))
	}
	for ref, want := range map[ident.Ref]bool{again: true, free: false} {
		if known, err := h.Journal.Knows(t.Context(), ref.ID); err != nil || known != want {
			t.Errorf("%s: %v %v", ref, known, err)
		}
	}
	h.needed = ""
	if l := h.draw("desk", destroyed); len(l.Items) != 1 || l.Items[0].Ref != again {
		t.Errorf("%+v", l.Items)
	}
	h.sound()
}

// TestKilledBetweenTheErasureAndItsWord: the next run finds nothing left of the
// record, says so, and finishes the list.
func TestKilledBetweenTheErasureAndItsWord(t *testing.T) {
	h := newHouse(t)
	ref := h.keep(destroyed, "KEN-01", 6, 0)
	l := h.draw("desk", destroyed)
	h.must(h.decide(l, Decision{}))
	term, _ := h.s.term(destroyed)
	if erased, err := h.End(t.Context(), term, ref, "list "+string(l.ID)); err != nil || !erased {
		t.Fatal(erased, err)
	}
	if h.carryOut() != 1 || !slices.Equal(outcomes(h.list(l.ID)), []Outcome{Empty}) || h.list(l.ID).State != Finished {
		t.Errorf("%+v", h.list(l.ID))
	}
	h.sound()
}

// TestTwoDesksDrawAtOnce: a record stands on one list only.
func TestTwoDesksDrawAtOnce(t *testing.T) {
	h := newHouse(t)
	for range 5 {
		h.keep(archived, "KEN-01", 11, 0)
	}
	var all sync.WaitGroup
	drawn, refused := make(chan ident.ID, 8), make(chan error, 8)
	for range 8 {
		g := h.grant("desk", actionDraw, policy.Resource{})
		all.Go(func() {
			if id, err := h.s.Draw(t.Context(), g, archived); err != nil {
				refused <- err
			} else {
				drawn <- id
			}
		})
	}
	all.Wait()
	if len(drawn) != 1 || len(refused) != 7 {
		t.Fatalf("%d drawn, %d refused", len(drawn), len(refused))
	}
	h.wants(<-refused, fault.Conflict, "disposal.nothing-due")
	if l := h.list(<-drawn); len(l.Items) != 5 {
		t.Errorf("%d records", len(l.Items))
	}
}

// TestAListIsBounded: a hundred at most, the rest on the next.
func TestAListIsBounded(t *testing.T) {
	h := newHouse(t)
	for range listMost + 3 {
		h.keep(archived, "KEN-01", 11, 0)
	}
	if l := h.draw("desk", archived); len(l.Items) != listMost {
		t.Errorf("%d records", len(l.Items))
	}
	if l := h.draw("desk", archived); len(l.Items) != 3 {
		t.Errorf("%d records on the next", len(l.Items))
	}
}

// TestTheTermEndsToTheMicrosecond: a record is due when its whole term is over,
// not at that very moment.
func TestTheTermEndsToTheMicrosecond(t *testing.T) {
	h := newHouse(t)
	h.keep(destroyed, "KEN-01", 5, 0)
	term, _ := h.s.term(destroyed)
	for want := range 2 {
		due, err := h.s.due(t.Context(), h.Reader, term, h.unit["KEN-01"])
		if h.must(err); len(due) != want {
			t.Errorf("%d due", len(due))
		}
		h.Clock.Set(h.Clock.Now().Add(time.Microsecond))
	}
}

// TestTheWordsOfADecisionCanBeForgotten: erasing a list leaves its certificate
// and takes what was written about it.
func TestTheWordsOfADecisionCanBeForgotten(t *testing.T) {
	h := newHouse(t)
	ref := h.keep(archived, "KEN-01", 11, 0)
	h.keep(archived, "KEN-01", 11, 1)
	l := h.draw("desk", archived)
	h.must(h.decide(l, Decision{Keep: []ident.Ref{ref}, Until: h.day(1), Reason: "because of Zubayda"}))
	h.must(h.s.Transfer(t.Context(), h.grant("desk", actionTransfer, l.Resource()), l.ID, "44/2026"))
	g, err := h.Policy.System("retention", app.EraseAction, "L69-99")
	h.must(err)
	h.must(h.App.Erase(t.Context(), h.Key, g, journal.Erased{Subjects: []ident.ID{l.ID}, Ground: "L09-08-8", Authority: "3/2026"}))
	if l = h.list(l.ID); l.Reason != "" || l.Received != "" || len(l.Items) != 2 || l.Transferred.IsZero() {
		t.Errorf("%+v", l)
	}
	h.sound()
}

func TestTexts(t *testing.T) {
	all, err := text.Load(nil, Texts, web.Texts, ui.Texts, policy.Texts)
	if err != nil {
		t.Fatal(err)
	}
	texttest.Check(t, all, "disposal.", ".")
}
