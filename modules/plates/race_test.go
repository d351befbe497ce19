package plates_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/amana-platform/amana/engines/plate"
	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/modules/plates"
)

// TestConfirmRacesExpiry confirms proposals at the moment in which the term of
// their reads ends: one that stands confirmed has kept its plate and its picture,
// and of one that expired nobody says any more that it was compared.
func TestConfirmRacesExpiry(t *testing.T) {
	h := newHouse(t)
	confirmed := 0
	for range 16 {
		x, _, _ := h.hit()
		h.clock.Advance(31 * 24 * time.Hour)
		grant := h.grant("desk", "plates.hit.confirm", x.Ref())
		act := h.act()
		acts := []func() error{
			func() error {
				return h.ConfirmHit(ctx, grant, plates.Confirming{Act: act, Hit: x.ID, Ticks: ticked})
			},
			func() error { _, err := h.ExpireReads(ctx); return err },
		}
		if together(2, func(i int) error { return acts[i]() }) < 1 {
			t.Fatal("neither came through")
		}
		now := h.now(x.ID)
		switch {
		case now.State == plates.Confirmed && (now.Plate == "" || now.Picture == nil):
			t.Fatalf("a confirmed hit has lost what was confirmed: %+v", now)
		case now.State == plates.Confirmed:
			confirmed++
		case now.Plate != "" || now.Picture != nil:
			t.Errorf("an expired proposal is left: %+v", now)
		default:
			h.wants(h.confirm(x.ID), fault.Refused, "plates.fault.no-picture")
		}
		h.clock.Advance(time.Second)
	}
	t.Logf("%d of 16 were confirmed first", confirmed)
	h.sound()
}

// TestBatchesRaceCancellations: cameras hand over reads of a listed plate while
// its entry is cancelled, with three processes matching. Each proposal was written
// before the cancellation, and none after it was confirmed.
func TestBatchesRaceCancellations(t *testing.T) {
	h := newHouse(t)
	matchers := []*plates.Service{h.Service, plates.New(h.k, h.units, plate.Options{}), plates.New(h.k, h.units, plate.Options{})}
	c, _ := h.camera("KEN-R1")
	for round := range 6 {
		e := h.list(fmt.Sprintf("%d-A-6", 31_000+round))
		cancel := h.grant("opj", "plates.entry.cancel", e.Ref())
		var in []plates.Submission
		for range 6 {
			in = append(in, h.batch(e.Plate))
		}
		end := h.act()
		together(7, func(i int) error {
			if i == 3 {
				return h.CancelEntry(ctx, cancel, plates.Cancelling{Act: end, Entry: e.ID, Reason: "Retrouvée"})
			}
			_, err := matchers[i%3].TakeBatch(ctx, c, in[i%6])
			return err
		})
		if now := h.entry(e.ID); now.State != plates.Cancelled || now.Reached.IsZero() {
			t.Fatalf("not cancelled, or not confirmed: %+v", now)
		}
		ended, err := h.k.Journal.Find(ctx, end.Submission)
		h.must(err)
		if late := h.proposedAfter(ended.Seq); late > 0 {
			t.Errorf("%d proposals after the cancellation", late)
		}
		before := h.rows("select count(*) from plates_hits where entry_id = $1", string(e.ID))
		h.clock.Advance(time.Hour)
		for _, m := range matchers {
			got, err := m.TakeBatch(ctx, c, h.batch(e.Plate))
			h.must(err)
			if got.Proposals != 0 {
				t.Error("a matcher has not dropped it")
			}
		}
		if after := h.rows("select count(*) from plates_hits where entry_id = $1", string(e.ID)); after != before {
			t.Errorf("%d hits, %d before", after, before)
		}
	}
	h.sound()
}

// proposedAfter counts the proposals and sightings that stand behind an entry of
// the journal.
func (h *house) proposedAfter(seq int64) int {
	return h.rows("select count(*) from journal_entries where kind in ('plates.hit-proposed', 'plates.hit-seen-again') and seq > $1", seq)
}

// TestContestRacesConfirmation: a person contests an entry while its hit is
// confirmed. Whichever came first, the hit is marked, and no crew goes out.
func TestContestRacesConfirmation(t *testing.T) {
	h := newHouse(t)
	for range 8 {
		x, e, _ := h.hit()
		confirm := h.grant("desk", "plates.hit.confirm", x.Ref())
		acts := []plates.Act{h.act(), h.act()}
		claim := h.grant("desk", "plates.entry.contest", e.Ref())
		together(2, func(i int) error {
			if i == 0 {
				return h.ConfirmHit(ctx, confirm, plates.Confirming{Act: acts[0], Hit: x.ID, Ticks: ticked})
			}
			return h.ContestEntry(ctx, claim, plates.Contesting{Act: acts[1], Entry: e.ID, Person: "Driss Amrani", Grounds: "Rendue"})
		})
		h.clock.Advance(time.Second)
		if now := h.now(x.ID); !now.Flagged {
			t.Errorf("a hit of a contested entry is not marked: %+v", now)
		}
		err := h.TaskCrew(ctx, h.grant("desk", "plates.hit.task", x.Ref()), plates.Tasking{Act: h.act(), Hit: x.ID, Crew: "B12"})
		if err == nil {
			t.Error("a crew goes out on a contested entry")
		}
	}
	h.sound()
}

// TestTwoPeopleDecide: of two people who decide on one hit at the same moment,
// one does, and the other is told.
func TestTwoPeopleDecide(t *testing.T) {
	h := newHouse(t)
	for range 6 {
		x, _, _ := h.hit()
		confirm, reject := h.grant("desk", "plates.hit.confirm", x.Ref()), h.grant("desk", "plates.hit.reject", x.Ref())
		acts := []plates.Act{h.act(), h.act()}
		won := together(2, func(i int) error {
			if i == 0 {
				return h.ConfirmHit(ctx, confirm, plates.Confirming{Act: acts[0], Hit: x.ID, Ticks: ticked})
			}
			return h.RejectHit(ctx, reject, plates.Rejecting{Act: acts[1], Hit: x.ID, Ground: "plate-differs", Reason: "Autre"})
		})
		if now := h.now(x.ID); won != 1 || now.Version != 2 || now.Decider != h.who["desk"] {
			t.Errorf("%d decided: %+v", won, now)
		}
		h.clock.Advance(time.Second)
	}
	h.sound()
}

// walk is a random life of a few entries and hits, with what must hold kept
// beside it.
type walk struct {
	*house
	r       *rand.Rand
	entries []ident.ID
	camera  plates.Camera
	done    map[string]int
}

// TestRandomLives lets people and cameras act at random, right and wrong, and
// looks after each act whether what must hold does.
func TestRandomLives(t *testing.T) {
	seeds := 6
	if testing.Short() {
		seeds = 2
	}
	all := map[string]int{}
	for seed := range seeds {
		w := &walk{house: newHouse(t), r: rand.New(rand.NewPCG(uint64(seed), 3)), done: map[string]int{}}
		w.camera, _ = w.house.camera("KEN-W1")
		for range 120 {
			w.step()
			w.holds()
		}
		for what, n := range w.done {
			all[what] += n
		}
		w.sound()
	}
	t.Log(all)
	for _, what := range []string{"enter", "batch", "cancel", "renew", "contest", "confirm", "reject"} {
		if all[what] == 0 {
			t.Errorf("nothing that happened was a %s: %v", what, all)
		}
	}
}

// try counts an act that succeeded; one that fails must fail with a fault.
func (w *walk) try(name string, err error) {
	w.t.Helper()
	switch {
	case err == nil:
		w.done[name]++
	case len(fault.All(err)) == 0:
		w.t.Errorf("%s: %v", name, err)
	}
	w.clock.Advance(time.Duration(1+w.r.IntN(300)) * time.Second)
}

// step does one thing at random.
func (w *walk) step() {
	if len(w.entries) < 2 || w.r.IntN(8) == 0 {
		in := w.wish(fmt.Sprintf("%d-A-%d", 100+len(w.entries), 1+w.r.IntN(80)))
		in.Until = w.clock.Now().Add(time.Duration(1+w.r.IntN(20)) * time.Hour)
		e, err := w.EnterEntry(ctx, w.grant("opj", "plates.entry.enter", ident.Ref{}), in)
		w.try("enter", err)
		if err == nil {
			w.entries = append(w.entries, e.ID)
		}
		return
	}
	e := w.entry(w.entries[w.r.IntN(len(w.entries))])
	for range 2 { // one in force as a rule
		if e.State != plates.Active {
			e = w.entry(w.entries[w.r.IntN(len(w.entries))])
		}
	}
	switch w.r.IntN(16) {
	case 0, 1, 2, 3:
		standing := e.Standing(w.clock.Now())
		got, err := w.TakeBatch(ctx, w.camera, w.batch(e.Plate))
		w.try("batch", err)
		if standing != string(plates.Active) && got.Proposals > 0 {
			w.t.Errorf("an entry that is %s is proposed", standing)
		}
	case 4:
		w.try("cancel", w.cancel(e.ID))
	case 5:
		w.try("renew", w.RenewEntry(ctx, w.grant("chief", "plates.entry.renew", e.Ref()), plates.Renewal{Act: w.act(), Entry: e.ID, Until: w.clock.Now().Add(9 * time.Hour), Authority: "Procureur"}))
	case 6:
		w.try("contest", w.contest(e.ID))
	case 7, 8:
		w.try("decide", w.DecideContest(ctx, w.grant("chief", "plates.contest.decide", e.Ref()), plates.Deciding{Act: w.act(), Entry: e.ID, Upheld: w.r.IntN(2) == 0, Decision: "Vu"}))
	default:
		w.onHit(e)
	}
}

// onHit does something with a hit of an entry, allowed or not.
func (w *walk) onHit(e plates.Entry) {
	all, err := w.HitsOf(ctx, e.ID)
	w.must(err)
	if len(all) == 0 {
		return
	}
	x := all[w.r.IntN(len(all))]
	standing := e.Standing(w.clock.Now())
	switch w.r.IntN(5) {
	case 0, 1:
		err := w.ConfirmHit(ctx, w.grant("desk", "plates.hit.confirm", x.Ref()), plates.Confirming{Act: w.act(), Hit: x.ID, Ticks: ticked})
		if may := x.State == plates.Proposed && standing == string(plates.Active); (err == nil) != may {
			w.t.Errorf("a hit that is %s of an entry that is %s: confirming gives %v", x.State, standing, err)
		}
		w.try("confirm", err)
	case 2:
		w.try("reject", w.RejectHit(ctx, w.grant("desk", "plates.hit.reject", x.Ref()), plates.Rejecting{Act: w.act(), Hit: x.ID, Ground: "plate-differs", Reason: "Autre"}))
	case 3:
		err := w.TaskCrew(ctx, w.grant("desk", "plates.hit.task", x.Ref()), plates.Tasking{Act: w.act(), Hit: x.ID, Crew: "B12"})
		if may := x.State == plates.Confirmed && standing == string(plates.Active); (err == nil) != may {
			w.t.Errorf("a hit that is %s of an entry that is %s: sending a crew gives %v", x.State, standing, err)
		}
		w.try("task", err)
	case 4:
		w.try("close", w.CloseHit(ctx, w.grant("desk", "plates.hit.close", x.Ref()), plates.Closing{Act: w.act(), Hit: x.ID, Outcome: plates.Outcomes()[w.r.IntN(len(plates.Outcomes()))], Note: "Note"}))
	}
}

// holds looks at what must hold at any time.
func (w *walk) holds() {
	for rule, broken := range map[string]string{
		"a decided hit without a person":          "select count(*) from plates_hits where state <> 'proposed' and decided_by = ''",
		"a hit that went on without all compared": "select count(*) from plates_hits where state in ('confirmed', 'tasked', 'closed') and not (tick_image and tick_plate and tick_entry and tick_vehicle)",
		"a crew without a person who sent it":     "select count(*) from plates_hits where crew <> '' and tasked_by = ''",
		"an open contest of an entry in force":    "select count(*) from plates_contests c join plates_entries e on e.id = c.entry_id where c.state = 'open' and e.state = 'active'",
		"a suspension without a contest":          "select count(*) from plates_entries e where e.state = 'suspended' and not exists (select 1 from plates_contests c where c.entry_id = e.id and c.state = 'open')",
		"an end that no matcher confirmed":        "select count(*) from plates_entries where state <> 'active' and reached_at = 0",
		"an unmarked hit of a contested entry":    "select count(*) from plates_hits h join plates_entries e on e.id = h.entry_id where e.state = 'suspended' and not h.flagged",
	} {
		if n := w.rows(broken); n > 0 {
			w.t.Fatalf("%d times %s, after %v", n, rule, w.done)
		}
	}
}

// TestSuspensionRacesBatches: a camera's alerts are suspended while it sends.
// No proposal is written after that, of batches under way neither.
func TestSuspensionRacesBatches(t *testing.T) {
	h := newHouse(t)
	for round := range 6 {
		c, key := h.camera(fmt.Sprintf("KEN-S%d", round))
		suspend := h.grant("administrator", "plates.alerts.suspend", c.Ref())
		why := plates.Remark{Act: h.act(), Camera: c.ID, Why: "En réparation"}
		var in []plates.Submission
		for n := range 5 {
			in = append(in, h.batch(h.list(fmt.Sprintf("%d-A-%d", 1000+round, 10+n)).Plate))
		}
		together(6, func(i int) error {
			if i == 2 {
				return h.SuspendAlerts(ctx, suspend, why)
			}
			_, err := h.TakeBatch(ctx, c, in[i%5])
			return err
		})
		now, err := h.Device(ctx, key)
		h.must(err)
		suspended, err := h.k.Journal.Find(ctx, why.Submission)
		h.must(err)
		if late := h.proposedAfter(suspended.Seq); late > 0 || now.Alerts {
			t.Errorf("%d proposals after the suspension (alerts: %v)", late, now.Alerts)
		}
		h.clock.Advance(time.Hour)
	}
	h.sound()
}
