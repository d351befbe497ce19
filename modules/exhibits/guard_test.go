package exhibits_test

import (
	"context"
	"testing"
	"time"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/store"
	"github.com/amana-platform/amana/modules/exhibits"
)

// append writes an entry past the verbs, as a program with a fault in it would.
func (h *house) append(e journal.Entry) error {
	h.t.Helper()
	g, err := h.k.Policy.System("test", "exhibits.seed", "CPP-59")
	h.must(err)
	_, err = h.k.Journal.Do(ctx, g, func(_ context.Context, _ store.Reader, d *journal.Draft) error {
		d.Add(e)
		return nil
	})
	return err
}

func stepAfter(x exhibits.Exhibit) exhibits.Step {
	return exhibits.Step{Exhibit: x.ID, Case: x.Case, N: x.Version + 1, State: x.State, Holder: x.Holder, HeldUnit: x.HeldUnit, Seal: x.Seal, Shelf: journal.Seal(""), Condition: journal.Seal("")}
}

// TestSchemaHoldsTheRules writes entries that the verbs would never write: the
// tables refuse them, and nothing of them remains.
func TestSchemaHoldsTheRules(t *testing.T) {
	h := newHouse(t)
	x, c := h.sealed()
	other := h.seal(h.seize(c).ID, c)
	offer := func(giver, receiver ident.ID) exhibits.HandoverOffered {
		s := stepAfter(x)
		s.Pending, s.Receiver = h.ids.New(), receiver
		return exhibits.HandoverOffered{Step: s, Offer: exhibits.Offer{ID: s.Pending, Exhibit: x.ID, Giver: giver, Receiver: receiver, Destination: exhibits.ToKeeper, Authority: journal.Seal(""), Remark: journal.Seal("")}}
	}
	gap, again, mine := stepAfter(x), stepAfter(x), offer(h.who["opj"], h.who["second"])
	gap.N++
	again.N--
	mine.Step.Receiver = h.who["opj"]
	double := stepAfter(x)
	double.Seal = other.Seal
	for name, e := range map[string]journal.Entry{
		"giver is receiver":           offer(h.who["opj"], h.who["opj"]),
		"offered to the holder":       mine,
		"a step left out":             exhibits.ExhibitStored{Step: gap},
		"a step taken twice":          exhibits.ExhibitStored{Step: again},
		"a seal used twice":           exhibits.ExhibitResealed{Step: double, Closing: exhibits.Closing{Exhibit: x.ID, Unit: x.Unit, Series: "2026", N: 77, By: x.Holder, Witnesses: journal.Seal("")}},
		"a seal opened elsewhere":     exhibits.SealBroken{Step: stepAfter(x), Opening: exhibits.Opening{Exhibit: x.ID, Seal: other.Seal, Present: journal.Seal(""), Reason: journal.Seal("")}},
		"an answer without an offer":  exhibits.HandoverAccepted{Step: stepAfter(x), Answer: exhibits.Answer{ID: h.ids.New(), Exhibit: x.ID, Reason: journal.Seal("")}},
		"a second seizure of the one": exhibits.ExhibitSeized{Step: exhibits.Step{Exhibit: x.ID, Case: x.Case, N: 1}, Thing: exhibits.Thing{Exhibit: x.ID}, Item: 9, N: 99},
	} {
		if err := h.append(e); err == nil {
			t.Errorf("%s: written", name)
		}
	}
	now, err := h.Exhibit(ctx, x.ID)
	h.must(err)
	if now != x {
		t.Errorf("%+v, was %+v", now, x)
	}
	h.must(h.append(offer(h.who["opj"], h.who["second"])))
	h.sound()
}

// TestSealNeedsCapacity: the policy and the verb each refuse who is no OPJ.
func TestSealNeedsCapacity(t *testing.T) {
	h := newHouse(t)
	c := h.newCase("*")
	x := h.seize(c)
	h.must(h.accepts(x.ID, h.offer(x.ID, c, "opj", "agent", exhibits.ToCarrier), "agent"))
	if _, err := h.ask("agent", "exhibits.exhibit.seal", x.ID, c); !fault.Is(err, fault.Refused) {
		t.Errorf("the policy: %v", err)
	}
	g := h.grant("agent", "exhibits.handover.offer", x.ID, c)
	_, err := h.SealExhibit(ctx, g, exhibits.Sealing{Move: h.moveOf(x.ID)})
	h.wants(err, fault.Refused, "exhibits.fault.not-opj")
}

// TestStaleVersion: who saw an older step is told, not obeyed.
func TestStaleVersion(t *testing.T) {
	h := newHouse(t)
	x, c := h.sealed()
	in := exhibits.Storing{Move: h.moveOf(x.ID), Kept: "safe", Shelf: "1"}
	in.Version = x.Version - 1
	h.wants(h.StoreExhibit(ctx, h.grant("opj", "exhibits.exhibit.store", x.ID, c), in), fault.Conflict, "fault.conflict")
	in.Version = x.Version
	h.must(h.StoreExhibit(ctx, h.grant("opj", "exhibits.exhibit.store", x.ID, c), in))
}

func TestCorrected(t *testing.T) {
	h := newHouse(t)
	x, c := h.sealed()
	in := exhibits.Correcting{Move: h.moveOf(x.ID), Place: "14, rue des Jardins", Thing: exhibits.NewThing{Category: exhibits.Cash, Description: "Billets", Milli: 4_200_000, Measure: "dirham"}}
	in.From = h.ids.New()
	h.wants(h.CorrectExhibit(ctx, h.grant("opj", "exhibits.exhibit.correct", x.ID, c), in), fault.Invalid, "exhibits.fault.no-person")
	in.From = ""
	h.must(h.CorrectExhibit(ctx, h.grant("opj", "exhibits.exhibit.correct", x.ID, c), in))
	now, err := h.Exhibit(ctx, x.ID)
	h.must(err)
	if now.Category != exhibits.Cash || now.Description != "Billets" || now.Place != in.Place || now.Milli != 4_200_000 || now.Seal != x.Seal {
		t.Errorf("%+v", now)
	}
	h.sound()
}

// TestHoldStopsErasure: a legal hold on the case keeps its exhibits.
func TestHoldStopsErasure(t *testing.T) {
	h := newHouse(t)
	x, _ := h.sealed()
	h.must(h.k.Journal.Hold(ctx, h.system(), journal.Held{Ref: ident.Ref{Kind: "case", ID: x.Case}, Ground: "CPP 59"}))
	if err := h.k.Journal.Erase(ctx, h.system(), journal.Erased{Subjects: []ident.ID{x.ID}, Ground: "L09-08", Authority: "9/2026"}); err == nil {
		t.Error("erased in spite of the hold")
	}
	if now, _ := h.Exhibit(ctx, x.ID); now.Description == "" {
		t.Error("the words are gone")
	}
}

func TestSeed(t *testing.T) {
	h := newHouse(t)
	var all []exhibits.Seeding
	for range 3 {
		c := h.newCase("*")
		in := exhibits.Seeding{Seizure: h.seizure(c), SealedAt: h.clock.Now().Add(-time.Minute)}
		in.By, in.Unit = h.who["opj"], h.unit["KEN-VILLE-BPJ"]
		in.Things = append(in.Things, exhibits.NewThing{ID: h.ids.New(), Category: exhibits.Cash, Description: "Billets"})
		all = append(all, in)
	}
	all[2].SealedAt = time.Time{}
	grant := func() (policy.Grant, error) { return h.k.Policy.System("demo", "exhibits.seed", "CPP-59") }
	for range 2 {
		h.must(h.Seed(ctx, grant, all))
	}
	for i, want := range []string{"KEN-VILLE-BPJ-2026-00001", "KEN-VILLE-BPJ-2026-00003", ""} {
		x, err := h.Exhibit(ctx, all[i].Things[0].ID)
		h.must(err)
		if x.Seal != want || x.Holder != h.who["opj"] {
			t.Errorf("%d: %+v", i, x)
		}
	}
	h.sound()
}

// TestOldGrantsOpenNothing uses grants that were right when they were made,
// after the exhibit has changed hands.
func TestOldGrantsOpenNothing(t *testing.T) {
	h := newHouse(t)
	x, c := h.sealed()
	keeps := h.grant("opj", "exhibits.exhibit.store", x.ID, c)
	pulls := h.grant("opj", "exhibits.handover.withdraw", x.ID, c)
	breaks := h.grant("opj", "exhibits.seal.break", x.ID, c)
	begin := h.clock.Now()
	offer := h.offer(x.ID, c, "opj", "second", exhibits.ToKeeper)
	h.clock.Set(begin.Add(time.Second))
	takes, refuses := h.grant("second", "exhibits.handover.accept", x.ID), h.grant("second", "exhibits.handover.refuse", x.ID)
	no := exhibits.Answering{Move: h.moveOf(x.ID), Handover: offer, Reason: "Absent"}
	h.must(h.RefuseHandover(ctx, refuses, no))
	h.clock.Set(begin.Add(2 * time.Second))
	offer = h.offer(x.ID, c, "opj", "chief", exhibits.ToKeeper)
	h.clock.Set(begin.Add(3 * time.Second))
	in := exhibits.Answering{Move: h.moveOf(x.ID), Handover: offer, Seal: x.Seal, Reason: "Absent"}
	in.Condition = "Intact"
	h.wants(h.AcceptHandover(ctx, takes, in), fault.Refused, "exhibits.fault.not-receiver")
	h.wants(h.RefuseHandover(ctx, refuses, in), fault.Refused, "exhibits.fault.not-receiver")
	h.must(h.accepts(x.ID, offer, "chief"))
	h.clock.Set(begin.Add(4 * time.Second))
	h.wants(h.StoreExhibit(ctx, keeps, exhibits.Storing{Move: h.moveOf(x.ID), Kept: "safe", Shelf: "1"}), fault.Refused, "exhibits.fault.not-holder")
	h.wants(h.BreakSeal(ctx, breaks, exhibits.Breaking{Move: h.moveOf(x.ID), Seal: x.Seal, Presence: exhibits.BeforePerson, Present: "X", Reason: "Y"}), fault.Refused, "exhibits.fault.not-holder")
	in.Handover = h.offer(x.ID, c, "chief", "second", exhibits.ToKeeper)
	h.clock.Set(begin.Add(5 * time.Second))
	h.wants(h.WithdrawHandover(ctx, pulls, in), fault.Refused, "exhibits.fault.not-holder")
	h.sound()
}
