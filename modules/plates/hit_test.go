package plates_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/store"
	"github.com/amana-platform/amana/modules/plates"
)

// TestHitStates is the table of what may be done in which state.
func TestHitStates(t *testing.T) {
	for state, want := range map[plates.HitState][]plates.HitAct{
		plates.Proposed: {plates.ActConfirm, plates.ActReject}, plates.Confirmed: {plates.ActTask}, plates.Tasked: {plates.ActClose}, plates.Closed: nil, plates.Rejected: nil,
	} {
		var got []plates.HitAct
		for _, a := range plates.HitActs() {
			if state.May(a) {
				got = append(got, a)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", state, got, want)
		}
	}
}

// TestHitLife walks a hit from the camera to the recovered vehicle.
func TestHitLife(t *testing.T) {
	h := newHouse(t)
	x, e, c := h.hit()
	if x.State != plates.Proposed || x.Entry != e.ID || x.Camera != c.ID || x.PPM > 970_000 || x.PPM < 600_000 || x.Picture == nil || x.Plate == "" || x.Unit != h.unit["KEN-01"] {
		t.Fatalf("%+v", x)
	}
	g := h.grant("desk", "plates.hit.confirm", x.Ref())
	for i, ticks := range []plates.Ticks{{}, {Image: true, Plate: true, Entry: true}, {Plate: true, Entry: true, Vehicle: true}} {
		err := h.ConfirmHit(ctx, g, plates.Confirming{Act: h.act(), Hit: x.ID, Ticks: ticks})
		h.wants(err, fault.Invalid, "plates.fault.not-compared")
		if h.now(x.ID).State != plates.Proposed {
			t.Fatalf("confirmed with ticks %d", i)
		}
	}
	task := plates.Tasking{Act: h.act(), Hit: x.ID, Crew: "Alpha 12"}
	h.wants(h.TaskCrew(ctx, h.grant("desk", "plates.hit.task", x.Ref()), task), fault.Conflict, "plates.fault.hit-state")
	h.must(h.confirm(x.ID))
	h.wants(h.confirm(x.ID), fault.Conflict, "plates.fault.hit-state")
	h.must(h.TaskCrew(ctx, h.grant("desk", "plates.hit.task", x.Ref()), task))
	closing := plates.Closing{Act: h.act(), Hit: x.ID, Outcome: plates.ReadWrong}
	h.wants(h.CloseHit(ctx, h.grant("desk", "plates.hit.close", x.Ref()), closing), fault.Invalid, "form.required")
	closing.Outcome = plates.Recovered
	h.must(h.CloseHit(ctx, h.grant("desk", "plates.hit.close", x.Ref()), closing))
	h.must(h.CloseHit(ctx, h.grant("desk", "plates.hit.close", x.Ref()), closing)) // sent twice
	got := h.now(x.ID)
	if got.State != plates.Closed || got.Decider != h.who["desk"] || !got.Ticks.All() || got.Crew != "Alpha 12" || got.Outcome != plates.Recovered || got.Version != 4 {
		t.Errorf("%+v", got)
	}
	figures, outcomes, err := h.Headlines(ctx, noon.AddDate(0, 0, -1), noon.AddDate(0, 0, 1))
	h.must(err)
	if figures.VehiclesFound != 1 || figures.WantedFound != 0 || figures.Proposed != 1 || figures.Confirmed != 1 || figures.Reads != 1 || outcomes[plates.Recovered] != 1 {
		t.Errorf("%+v %v", figures, outcomes)
	}
	h.sound()
}

func TestRejected(t *testing.T) {
	h := newHouse(t)
	x, _, _ := h.hit()
	g := h.grant("desk", "plates.hit.reject", x.Ref())
	h.wants(h.RejectHit(ctx, g, plates.Rejecting{Act: h.act(), Hit: x.ID, Ground: "dislike"}), fault.Invalid, "form.choose")
	h.must(h.RejectHit(ctx, g, plates.Rejecting{Act: h.act(), Hit: x.ID, Ground: "vehicle-differs", Reason: "BMW, pas Dacia"}))
	h.wants(h.confirm(x.ID), fault.Conflict, "plates.fault.hit-state")
	if got := h.now(x.ID); got.State != plates.Rejected || got.Ground != "vehicle-differs" || got.Reason == "" {
		t.Errorf("%+v", got)
	}
	h.sound()
}

// TestEndedEntryConfirmsNothing: a proposal whose entry was cancelled,
// suspended or has lapsed is not confirmed, and a confirmed one sends nobody.
func TestEndedEntryConfirmsNothing(t *testing.T) {
	h := newHouse(t)
	cancelled, e, _ := h.hit()
	h.must(h.cancel(e.ID))
	h.wants(h.confirm(cancelled.ID), fault.Conflict, "plates.fault.entry-ended")

	suspended, e, _ := h.hit()
	h.must(h.contest(e.ID))
	h.wants(h.confirm(suspended.ID), fault.Conflict, "plates.fault.entry-ended")
	if !h.now(suspended.ID).Flagged {
		t.Error("a hit of a contested entry is not marked")
	}

	confirmed, e, _ := h.hit()
	h.must(h.confirm(confirmed.ID))
	h.must(h.cancel(e.ID))
	task := plates.Tasking{Act: h.act(), Hit: confirmed.ID, Crew: "Alpha 12"}
	h.wants(h.TaskCrew(ctx, h.grant("desk", "plates.hit.task", confirmed.Ref()), task), fault.Conflict, "plates.fault.entry-ended")

	lapsed, e, _ := h.hit()
	h.clock.Set(e.Until.Add(time.Second))
	h.wants(h.confirm(lapsed.ID), fault.Conflict, "plates.fault.entry-ended")
	h.sound()
}

// contest takes a person's claim at the desk.
func (h *house) contest(id ident.ID) error {
	h.t.Helper()
	return h.ContestEntry(ctx, h.grant("desk", "plates.entry.contest", ident.Ref{Kind: plates.KindEntry, ID: id}), plates.Contesting{Act: h.act(), Entry: id, Person: "Driss Amrani", Grounds: "La voiture m'a \u00e9t\u00e9 rendue"})
}

// TestConfirmRacesCancellation cancels an entry at the moment in which its hit
// is confirmed, many times: whenever the hit stands confirmed, the entry was in
// force when that was written.
func TestConfirmRacesCancellation(t *testing.T) {
	h := newHouse(t)
	both := 0
	for range 12 {
		x, e, _ := h.hit()
		confirm := h.grant("desk", "plates.hit.confirm", x.Ref())
		cancel := h.grant("opj", "plates.entry.cancel", e.Ref())
		acts := []plates.Act{h.act(), h.act()}
		together(2, func(i int) error {
			if i == 0 {
				return h.ConfirmHit(ctx, confirm, plates.Confirming{Act: acts[0], Hit: x.ID, Ticks: ticked})
			}
			return h.CancelEntry(ctx, cancel, plates.Cancelling{Act: acts[1], Entry: e.ID, Reason: "Retrouv\u00e9e"})
		})
		h.clock.Advance(time.Second)
		if got := h.entry(e.ID); got.State != plates.Cancelled || got.Reached.IsZero() {
			t.Fatalf("the cancellation was lost or not confirmed: %+v", got)
		}
		if h.now(x.ID).State != plates.Confirmed {
			continue
		}
		both++
		done, err := h.k.Journal.Find(ctx, acts[0].Submission)
		h.must(err)
		ended, err := h.k.Journal.Find(ctx, acts[1].Submission)
		h.must(err)
		if done.Seq > ended.Seq {
			t.Fatal("confirmed after the cancellation")
		}
	}
	t.Logf("%d of 12 were confirmed first", both)
	h.sound()
}

// append writes an entry past the verbs, as a program with a fault in it would.
func (h *house) append(e journal.Entry) error {
	h.t.Helper()
	g, err := h.k.Policy.System("test", "plates.seed", "L09-08-3")
	h.must(err)
	_, err = h.k.Journal.Do(ctx, g, func(_ context.Context, _ store.Reader, d *journal.Draft) error {
		d.Add(e)
		return nil
	})
	return err
}

// TestSchemaHoldsTheRules writes entries that the verbs would never write: the
// tables refuse them, and nothing of them remains.
func TestSchemaHoldsTheRules(t *testing.T) {
	h := newHouse(t)
	x, e, c := h.hit()
	other, _, _ := h.hit()
	ended, gone, _ := h.hit()
	h.must(h.cancel(gone.ID))
	confirmed, _, _ := h.hit()
	h.must(h.confirm(confirmed.ID))
	desk := h.who["desk"]
	sealed := journal.Seal("")
	for name, entry := range map[string]journal.Entry{
		"confirmed by nobody":            plates.HitConfirmed{Hit: x.ID, Entry: e.ID, N: 2, Ticks: ticked},
		"confirmed without the vehicle":  plates.HitConfirmed{Hit: x.ID, Entry: e.ID, N: 2, By: desk, Ticks: plates.Ticks{Image: true, Plate: true, Entry: true}},
		"confirmed of another entry":     plates.HitConfirmed{Hit: other.ID, Entry: e.ID, N: 2, By: desk, Ticks: ticked},
		"confirmed of a cancelled entry": plates.HitConfirmed{Hit: ended.ID, Entry: gone.ID, N: 2, By: desk, Ticks: ticked},
		"confirmed twice":                plates.HitConfirmed{Hit: confirmed.ID, Entry: confirmed.Entry, N: 3, By: desk, Ticks: ticked},
		"a step left out":                plates.HitConfirmed{Hit: x.ID, Entry: e.ID, N: 3, By: desk, Ticks: ticked},
		"a crew for a proposal":          plates.CrewTasked{Hit: x.ID, N: 2, By: desk, Crew: "Alpha"},
		"a crew without a name":          plates.CrewTasked{Hit: confirmed.ID, N: 3, By: desk},
		"a crew sent by nobody":          plates.CrewTasked{Hit: confirmed.ID, N: 3, Crew: "Alpha"},
		"an outcome without a crew":      plates.HitClosed{Hit: confirmed.ID, N: 3, By: desk, Outcome: plates.Recovered, Note: sealed},
		"rejected without a ground":      plates.HitRejected{Hit: x.ID, N: 2, By: desk, Reason: sealed},
		"proposed of a cancelled entry":  plates.HitProposed{Hit: h.ids.New(), Entry: gone.ID, Camera: c.ID, Unit: c.Unit, Plate: sealed, Read: plates.Copied{Item: sealed}},
		"listed without an authority":    plates.EntryListed{Entry: h.ids.New(), List: plates.Stolen, Plate: sealed, Make: sealed, Model: sealed, Reason: sealed, From: noon, Until: noon.AddDate(0, 0, 1)},
		"listed without an end":          plates.EntryListed{Entry: h.ids.New(), List: plates.Stolen, Authority: "X", Plate: sealed, Make: sealed, Model: sealed, Reason: sealed, From: noon, Until: noon},
		"searched without an authority":  plates.ReadsSearched{Search: h.ids.New(), By: desk, Purpose: "case", Pattern: sealed, From: noon, To: noon.Add(time.Hour)},
		"searched without a purpose":     plates.ReadsSearched{Search: h.ids.New(), By: desk, Authority: "X", Pattern: sealed, From: noon, To: noon.Add(time.Hour)},
		"cancelled twice":                plates.EntryCancelled{Entry: gone.ID, N: 3, By: desk, Reason: sealed},
		"a camera's code twice":          plates.CameraRegistered{Camera: h.ids.New(), Code: c.Code, Setting: plates.Setting{Address: sealed}},
	} {
		if err := h.append(entry); err == nil {
			t.Errorf("%s: written", name)
		}
	}
	if now := h.now(x.ID); now.State != plates.Proposed {
		t.Errorf("%+v", now)
	}
	h.must(h.append(plates.HitConfirmed{Hit: x.ID, Entry: e.ID, N: 2, By: desk, Ticks: ticked}))
	h.sound()
}

// TestListWrongSuspendsTheEntry: what a crew finds wrong with the list holds
// at once, and another person than who listed it decides.
func TestListWrongSuspendsTheEntry(t *testing.T) {
	h := newHouse(t)
	x, e, c := h.hit()
	h.must(h.confirm(x.ID))
	h.must(h.TaskCrew(ctx, h.grant("desk", "plates.hit.task", x.Ref()), plates.Tasking{Act: h.act(), Hit: x.ID, Crew: "Alpha 12"}))
	h.must(h.CloseHit(ctx, h.grant("desk", "plates.hit.close", x.Ref()), plates.Closing{Act: h.act(), Hit: x.ID, Outcome: plates.ListWrong, Note: "Plaque O et 0 confondus"}))
	now := h.entry(e.ID)
	contests, err := h.Contests(ctx, e.ID)
	h.must(err)
	if now.State != plates.Suspended || now.Reached.IsZero() || len(contests) != 1 || contests[0].Hit != x.ID || !h.now(x.ID).Flagged {
		t.Fatalf("%+v %+v", now, contests)
	}
	if got := h.take(c, h.batch(now.Plate)); got.Proposals != 0 {
		t.Error("a suspended entry alerts")
	}
	in := plates.Deciding{Act: h.act(), Entry: e.ID, Upheld: true, Decision: "Erreur de saisie"}
	if _, err := h.at("opj", "plates.contest.decide", e.Ref()); !fault.Is(err, fault.Refused) {
		t.Errorf("who listed it decides: %v", err)
	}
	h.must(h.DecideContest(ctx, h.grant("chief", "plates.contest.decide", e.Ref()), in))
	if now = h.entry(e.ID); now.State != plates.Cancelled {
		t.Errorf("%+v", now)
	}
	h.wants(h.DecideContest(ctx, h.grant("chief", "plates.contest.decide", e.Ref()), plates.Deciding{Act: h.act(), Entry: e.ID, Decision: "X"}), fault.Conflict, "plates.fault.no-contest")
	h.sound()
}

// TestNoPictureNoConfirmation: where a camera sent no picture there is nothing
// to compare.
func TestNoPictureNoConfirmation(t *testing.T) {
	h := newHouse(t)
	e := h.list("777-B-1")
	c, _ := h.camera("KEN-A1")
	in := h.batch("777-B-1")
	in.Reads[0].Image = nil
	h.take(c, in)
	all, err := h.HitsOf(ctx, e.ID)
	h.must(err)
	h.wants(h.confirm(all[0].ID), fault.Refused, "plates.fault.no-picture")
}

// TestDismissedContestAlertsAgain: the claim of a person is dismissed, the
// entry stands again.
func TestDismissedContestAlertsAgain(t *testing.T) {
	h := newHouse(t)
	e := h.list("777-B-1")
	c, _ := h.camera("KEN-A1")
	h.must(h.contest(e.ID))
	if got := h.take(c, h.batch("777-B-1")); got.Proposals != 0 {
		t.Error("a contested entry alerts")
	}
	h.wants(h.contest(e.ID), fault.Refused, "plates.fault.entry-state")
	h.must(h.DecideContest(ctx, h.grant("prosecutor", "plates.contest.decide", e.Ref()), plates.Deciding{Act: h.act(), Entry: e.ID, Decision: "Aucune pi\u00e8ce"}))
	h.clock.Advance(10 * time.Minute)
	if got := h.take(c, h.batch("777-B-1")); got.Proposals != 1 {
		t.Error("an entry in force again alerts nobody")
	}
	h.sound()
}
