package exhibits_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/store"
	"github.com/amana-platform/amana/modules/exhibits"
)

func TestSeizedAndSealed(t *testing.T) {
	h := newHouse(t)
	c := h.newCase("opj")
	x := h.seize(c)
	if x.Number == "" || x.Item != 1 || x.State != exhibits.Seized || x.Holder != h.who["opj"] || x.Seal != "" {
		t.Fatalf("%+v", x)
	}
	if y := h.seize(c); y.Item != 2 || y.Number == x.Number {
		t.Errorf("second exhibit of the case: %+v", y)
	}
	s := h.seal(x.ID, c)
	if s.Seal != "KEN-VILLE-BPJ-2026-00001" || s.State != exhibits.Closed || s.Version != 2 {
		t.Errorf("%+v", s)
	}
	for _, number := range []string{x.Number, s.Seal} {
		found, err := h.Find(ctx, number)
		h.must(err)
		if len(found) != 1 || found[0].ID != x.ID {
			t.Errorf("%s finds %v", number, found)
		}
	}
	h.sound()
}

func TestSentTwiceIsOnce(t *testing.T) {
	h := newHouse(t)
	c := h.newCase("*")
	in := h.seizure(c)
	for range 2 {
		g, err := h.onCase("opj", "exhibits.exhibit.seize", c.Ref.ID, c)
		h.must(err)
		_, err = h.SeizeExhibits(ctx, g, in)
		h.must(err)
	}
	x := in.Things[0].ID
	seal := exhibits.Sealing{Move: h.moveOf(x)}
	for range 2 {
		_, err := h.SealExhibit(ctx, h.grant("opj", "exhibits.exhibit.seal", x, c), seal)
		h.must(err)
	}
	seals, err := h.Seals(ctx, x)
	h.must(err)
	if len(seals) != 1 {
		t.Errorf("sealed once, has %d seals", len(seals))
	}
	other := h.seize(c)
	seal.Exhibit = other.ID
	_, err = h.SealExhibit(ctx, h.grant("opj", "exhibits.exhibit.seal", other.ID, c), seal)
	h.wants(err, fault.Conflict, "exhibits.fault.submission")
	h.sound()
}

// TestDraftSeized is what a seizure report does in its own transaction.
func TestDraftSeized(t *testing.T) {
	h := newHouse(t)
	c := h.newCase("*")
	in := h.seizure(c)
	in.PV, in.By, in.Unit = h.ids.New(), h.who["opj"], h.unit["KEN-VILLE-BPJ"]
	in.Things = append(in.Things, exhibits.NewThing{ID: h.ids.New(), Line: 2, Description: "Sac"})
	draft := func() error {
		_, err := h.k.Journal.Do(ctx, h.system(), func(ctx context.Context, r store.Reader, d *journal.Draft) error {
			return h.DraftSeized(ctx, r, d, in)
		})
		return err
	}
	h.must(draft())
	if err := draft(); err == nil {
		t.Error("nothing left to draft, yet something was written")
	}
	all, err := h.Exhibits(ctx, c.Ref.ID)
	h.must(err)
	if len(all) != 2 || all[1].Item != 2 || all[1].Category != exhibits.Other || all[1].PV != in.PV || all[1].Holder != h.who["opj"] {
		t.Errorf("%+v", all)
	}
	h.sound()
}

func TestHandoverNeedsTwo(t *testing.T) {
	h := newHouse(t)
	x, c := h.sealed()
	in := exhibits.Offering{Move: h.moveOf(x.ID), Receiver: h.who["opj"], Destination: exhibits.ToKeeper}
	h.wants(h.OfferHandover(ctx, h.grant("opj", "exhibits.handover.offer", x.ID, c), in), fault.Invalid, "exhibits.fault.same-person")
	in.Receiver = h.ids.New()
	h.wants(h.OfferHandover(ctx, h.grant("opj", "exhibits.handover.offer", x.ID, c), in), fault.Invalid, "exhibits.fault.no-receiver")
	offer := h.offer(x.ID, c, "opj", "desk", exhibits.ToKeeper)

	if err := h.accepts(x.ID, offer, "opj"); !fault.Is(err, fault.Refused) {
		t.Errorf("the giver accepts an own offer: %v", err)
	}
	if err := h.accepts(x.ID, offer, "agent"); !fault.Is(err, fault.Refused) {
		t.Errorf("somebody else accepts: %v", err)
	}
	for _, name := range []string{"opj", "desk"} {
		waiting, err := h.Waiting(ctx, h.who[name])
		h.must(err)
		if len(waiting) != 1 {
			t.Errorf("%s sees %d waiting", name, len(waiting))
		}
	}
	if now, _ := h.Exhibit(ctx, x.ID); now.Holder != h.who["opj"] {
		t.Error("the holder changed before the receiver accepted")
	}
	h.must(h.accepts(x.ID, offer, "desk"))
	now, err := h.Exhibit(ctx, x.ID)
	h.must(err)
	if now.Holder != h.who["desk"] || now.HeldUnit != h.unit["KEN-01"] || now.State != exhibits.Closed || now.Pending != "" || now.Receiver != "" {
		t.Errorf("%+v", now)
	}
	if _, err := h.ask("opj", "exhibits.handover.offer", x.ID, c); !fault.Is(err, fault.Refused) {
		t.Errorf("the former holder still offers: %v", err)
	}
	h.sound()
}

// TestServiceHoldsTheRuleToo gives the verbs grants that the policy would not
// give to these people, made on the exhibit before it changed hands.
func TestServiceHoldsTheRuleToo(t *testing.T) {
	h := newHouse(t)
	x, c := h.sealed()
	early := h.grant("opj", "exhibits.handover.offer", x.ID, c)
	offer := h.offer(x.ID, c, "opj", "second", exhibits.ToKeeper)
	late := h.grant("second", "exhibits.handover.accept", x.ID)
	in := exhibits.Offering{Move: h.moveOf(x.ID), Receiver: h.who["agent"], Destination: exhibits.ToKeeper}
	h.clock.Set(early.At().Add(30 * time.Second))
	h.wants(h.OfferHandover(ctx, early, in), fault.Refused, "exhibits.fault.pending")
	h.clock.Set(late.At().Add(time.Second))
	h.must(h.accepts(x.ID, offer, "second"))
	h.clock.Set(late.At().Add(2 * time.Second))
	again := exhibits.Answering{Move: h.moveOf(x.ID), Handover: offer, Seal: x.Seal}
	again.Condition = "Intact"
	h.wants(h.AcceptHandover(ctx, late, again), fault.Conflict, "exhibits.fault.no-offer")
	again.Exhibit = h.seize(c).ID
	h.wants(h.AcceptHandover(ctx, h.grant("second", "exhibits.handover.offer", x.ID, c), again), fault.Refused, "exhibits.fault.other-exhibit")
	h.sound()
}

func TestRefusedAndWithdrawn(t *testing.T) {
	h := newHouse(t)
	x, c := h.sealed()
	offer := h.offer(x.ID, c, "opj", "desk", exhibits.ToKeeper)
	in := exhibits.Answering{Move: h.moveOf(x.ID), Handover: offer}
	h.wants(h.RefuseHandover(ctx, h.grant("desk", "exhibits.handover.refuse", x.ID), in), fault.Invalid, "form.required")
	in.Reason = "Le scell\u00e9 est d\u00e9chir\u00e9"
	h.must(h.RefuseHandover(ctx, h.grant("desk", "exhibits.handover.refuse", x.ID), in))
	h.clock.Advance(time.Minute)
	offer = h.offer(x.ID, c, "opj", "second", exhibits.ToKeeper)
	back := exhibits.Answering{Move: h.moveOf(x.ID), Handover: offer}
	if _, err := h.ask("second", "exhibits.handover.withdraw", x.ID); !fault.Is(err, fault.Refused) {
		t.Errorf("the receiver withdraws: %v", err)
	}
	h.must(h.WithdrawHandover(ctx, h.grant("opj", "exhibits.handover.withdraw", x.ID, c), back))
	all, err := h.Handovers(ctx, x.ID)
	h.must(err)
	if len(all) != 2 || all[0].State != "withdrawn" || all[1].State != "refused" || all[1].Reason == "" {
		t.Errorf("%+v", all)
	}
	if now, _ := h.Exhibit(ctx, x.ID); now.Holder != h.who["opj"] || now.Pending != "" {
		t.Errorf("%+v", now)
	}
	h.sound()
}

func TestSealMustBeTheOneClosed(t *testing.T) {
	h := newHouse(t)
	x, c := h.sealed()
	offer := h.offer(x.ID, c, "opj", "second", exhibits.ToKeeper)
	in := exhibits.Answering{Move: h.moveOf(x.ID), Handover: offer, Seal: "KEN-VILLE-BPJ-2026-00009"}
	in.Condition = "Intact"
	h.wants(h.AcceptHandover(ctx, h.grant("second", "exhibits.handover.accept", x.ID), in), fault.Invalid, "exhibits.fault.seal-differs")
	h.must(h.accepts(x.ID, offer, "second"))
	open := exhibits.Breaking{Move: h.moveOf(x.ID), Seal: "other", Presence: exhibits.BeforeCounsel, Present: "Me Alaoui", Reason: "Expertise"}
	h.wants(h.BreakSeal(ctx, h.grant("second", "exhibits.seal.break", x.ID, c), open), fault.Invalid, "exhibits.fault.seal-differs")
}

func TestBrokenAndResealed(t *testing.T) {
	h := newHouse(t)
	x, c := h.sealed()
	in := exhibits.Breaking{Move: h.moveOf(x.ID), Seal: x.Seal, Presence: exhibits.BeforePerson, Reason: "Exploitation du t\u00e9l\u00e9phone"}
	g := func() policy.Grant { return h.grant("opj", "exhibits.seal.break", x.ID, c) }
	h.wants(h.BreakSeal(ctx, g(), in), fault.Invalid, "form.required")
	in.Presence = "nobody"
	h.wants(h.BreakSeal(ctx, g(), in), fault.Invalid, "form.choose")
	in.Presence, in.Reason = exhibits.InAbsence, ""
	h.wants(h.BreakSeal(ctx, g(), in), fault.Invalid, "form.required")
	in.Reason = "En fuite; exploitation ordonn\u00e9e"
	h.must(h.BreakSeal(ctx, g(), in))
	h.clock.Advance(time.Minute)

	offer := exhibits.Offering{Move: h.moveOf(x.ID), Receiver: h.who["second"], Destination: exhibits.ToKeeper}
	h.wants(h.OfferHandover(ctx, h.grant("opj", "exhibits.handover.offer", x.ID, c), offer), fault.Refused, "exhibits.fault.state")
	again, err := h.ResealExhibit(ctx, h.grant("opj", "exhibits.exhibit.reseal", x.ID, c), exhibits.Sealing{Move: h.moveOf(x.ID)})
	h.must(err)
	if again.Seal == x.Seal || again.State != exhibits.Closed {
		t.Errorf("%+v", again)
	}
	seals, err := h.Seals(ctx, x.ID)
	h.must(err)
	if len(seals) != 2 || seals[0].Presence != exhibits.InAbsence || seals[0].OpenedBy != h.who["opj"] || !seals[1].OpenedAt.IsZero() {
		t.Errorf("%+v", seals)
	}
	h.sound()
}

func TestStoredWhereItBelongs(t *testing.T) {
	h := newHouse(t)
	x, c := h.sealed()
	in := exhibits.Storing{Move: h.moveOf(x.ID), Kept: "pound", Shelf: "A-12"}
	h.wants(h.StoreExhibit(ctx, h.grant("opj", "exhibits.exhibit.store", x.ID, c), in), fault.Invalid, "form.choose")
	in.Kept = "evidence-room"
	h.must(h.StoreExhibit(ctx, h.grant("opj", "exhibits.exhibit.store", x.ID, c), in))
	now, err := h.Exhibit(ctx, x.ID)
	h.must(err)
	if now.State != exhibits.Stored || now.Kept != "evidence-room" || now.Shelf != "A-12" {
		t.Errorf("%+v", now)
	}
}

func TestEndsNeedOrderAndSecondOfficer(t *testing.T) {
	for _, end := range []struct {
		to    exhibits.Destination
		state exhibits.State
		kind  string
	}{
		{exhibits.ToOwner, exhibits.Returned, "exhibits.exhibit-returned"},
		{exhibits.ToDestruction, exhibits.Destroyed, "exhibits.exhibit-destroyed"},
		{exhibits.ToRegistry, exhibits.Deposited, "exhibits.exhibit-deposited"},
	} {
		t.Run(string(end.to), func(t *testing.T) {
			h := newHouse(t)
			x, c := h.sealed()
			in := exhibits.Offering{Move: h.moveOf(x.ID), Receiver: h.who["chief"], Destination: end.to}
			g := h.grant("opj", "exhibits.handover.offer", x.ID, c)
			h.wants(h.OfferHandover(ctx, g, in), fault.Invalid, "form.required")
			in.Order = exhibits.Order{Authority: "Tribunal", Number: "5", Day: "2027-01-01"}
			h.wants(h.OfferHandover(ctx, g, in), fault.Invalid, "form.future")
			in.Order.Day = "31/02"
			h.wants(h.OfferHandover(ctx, g, in), fault.Invalid, "form.unreadable")
			offer := h.offer(x.ID, c, "opj", "chief", end.to)
			h.must(h.accepts(x.ID, offer, "chief"))
			now, err := h.Exhibit(ctx, x.ID)
			h.must(err)
			chain, err := h.Chain(ctx, x.ID)
			h.must(err)
			if now.State != end.state || now.Holder != h.who["opj"] || chain[len(chain)-1].Kind != end.kind {
				t.Errorf("%+v, last step %s", now, chain[len(chain)-1].Kind)
			}
			h.wants(h.OfferHandover(ctx, h.grant("opj", "exhibits.handover.offer", x.ID, c), exhibits.Offering{Move: h.moveOf(x.ID), Receiver: h.who["second"], Destination: exhibits.ToKeeper}), fault.Refused, "exhibits.fault.state")
			h.sound()
		})
	}
}

// TestChainHasNoGap walks a life and looks at the chain: numbered without gap,
// each step under its own entry, never back in time.
func TestChainHasNoGap(t *testing.T) {
	h := newHouse(t)
	x, c := h.sealed()
	for _, to := range []string{"second", "chief", "opj"} {
		now, _ := h.Exhibit(ctx, x.ID)
		from := map[ident.ID]string{h.who["opj"]: "opj", h.who["second"]: "second", h.who["chief"]: "chief"}[now.Holder]
		h.must(h.accepts(x.ID, h.offer(x.ID, c, from, to, exhibits.ToCarrier), to))
	}
	back := exhibits.Storing{Move: h.moveOf(x.ID), Kept: "safe", Shelf: "1"}
	back.At = h.clock.Now().Add(-time.Hour)
	h.wants(h.StoreExhibit(ctx, h.grant("opj", "exhibits.exhibit.store", x.ID, c), back), fault.Invalid, "exhibits.fault.before-last")
	back.At = h.clock.Now().Add(time.Hour)
	h.wants(h.StoreExhibit(ctx, h.grant("opj", "exhibits.exhibit.store", x.ID, c), back), fault.Invalid, "form.future")
	chain, err := h.Chain(ctx, x.ID)
	h.must(err)
	if len(chain) != 8 {
		t.Fatalf("%d steps", len(chain))
	}
	for i, l := range chain {
		if l.N != int64(i+1) || l.Entry == "" || i > 0 && l.Happened.Before(chain[i-1].Happened) || l.Condition == "" {
			t.Errorf("step %d: %+v", i+1, l)
		}
		if _, err := h.k.Journal.Find(ctx, l.Entry); err != nil {
			t.Errorf("step %d has no entry: %v", l.N, err)
		}
	}
	h.sound()
}

// TestRaceOfReceivers offers one exhibit to two receivers at once, and lets one
// receiver accept many times at once: one offer stands, one acceptance counts.
func TestRaceOfReceivers(t *testing.T) {
	h := newHouse(t)
	x, c := h.sealed()
	g := h.grant("opj", "exhibits.handover.offer", x.ID, c)
	won := together(8, func(i int) error {
		to := []string{"second", "chief"}[i%2]
		return h.OfferHandover(ctx, g, exhibits.Offering{Move: h.moveOf(x.ID), Receiver: h.who[to], Destination: exhibits.ToKeeper})
	})
	if won != 1 {
		t.Fatalf("%d offers stand", won)
	}
	now, err := h.Exhibit(ctx, x.ID)
	h.must(err)
	name := "second"
	if now.Receiver == h.who["chief"] {
		name = "chief"
	}
	accept := h.grant(name, "exhibits.handover.accept", x.ID)
	won = together(8, func(int) error {
		in := exhibits.Answering{Move: h.moveOf(x.ID), Handover: now.Pending, Seal: x.Seal}
		in.Condition = "Intact"
		return h.AcceptHandover(ctx, accept, in)
	})
	if won != 1 {
		t.Errorf("%d acceptances counted", won)
	}
	h.sound()
}

// TestSealNumbersAreUnique seals sixteen exhibits at once.
func TestSealNumbersAreUnique(t *testing.T) {
	h := newHouse(t)
	c := h.newCase("*")
	const n = 16
	var all [n]ident.ID
	var grants [n]policy.Grant
	for i := range all {
		all[i] = h.seize(c).ID
	}
	for i := range all {
		grants[i] = h.grant("opj", "exhibits.exhibit.seal", all[i], c)
	}
	var mu sync.Mutex
	var numbers []string
	won := together(n, func(i int) error {
		x, err := h.SealExhibit(ctx, grants[i], exhibits.Sealing{Move: h.moveOf(all[i])})
		mu.Lock()
		defer mu.Unlock()
		numbers = append(numbers, x.Seal)
		return err
	})
	slices.Sort(numbers)
	if won != n || len(slices.Compact(numbers)) != n || numbers[0] != "KEN-VILLE-BPJ-2026-00001" || numbers[n-1] != "KEN-VILLE-BPJ-2026-00016" {
		t.Errorf("%d sealed: %v", won, numbers)
	}
	h.sound()
}

// together runs f n times at once and counts those that succeed.
func together(n int, f func(i int) error) (won int) {
	var wg sync.WaitGroup
	errs := make([]error, n)
	for i := range n {
		wg.Go(func() { errs[i] = f(i) })
	}
	wg.Wait()
	for _, err := range errs {
		if err == nil {
			won++
		} else if _, ok := errors.AsType[*fault.Error](err); !ok && len(fault.All(err)) == 0 {
			won = -1000
		}
	}
	return won
}
