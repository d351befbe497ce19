package units_test

import (
	"testing"
	"time"

	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/modules/units"
)

// TestADutyHoldsBetweenItsDates: from the instant it begins to the instant before it
// ends; the roster names it as a shift for as long.
func TestADutyHoldsBetweenItsDates(t *testing.T) {
	h := newHouse(t)
	who := h.seed()
	id := who[units.Investigator]
	begin := h.clock.Now().Add(time.Hour)
	end := begin.Add(8 * time.Hour)
	own, err := h.OpenDuty(ctx, h.system(), units.NewDuty{Unit: h.unit["KEN-VILLE-BPJ"], Officer: id, Kind: units.DutyWatch, From: begin, To: end})
	h.must(err)
	actor, _ := h.actor(id)
	chief, _ := h.actor(who[units.BrigadeChief])
	p := policy.Purpose{Kind: policy.Task, Ref: ident.Ref{Kind: units.KindTask, ID: own}}
	for _, c := range []struct {
		at    time.Time
		holds bool
	}{{begin.Add(-time.Microsecond), false}, {begin, true}, {end.Add(-time.Microsecond), true}, {end, false}} {
		h.clock.Set(c.at)
		a, err := h.Account(ctx, id)
		h.must(err)
		if h.HoldsTask(ctx, actor, p) != c.holds || h.HoldsTask(ctx, chief, p) || (len(a.Shifts) == 1) != c.holds {
			t.Errorf("at %s: holds %v, shifts %v", c.at, h.HoldsTask(ctx, actor, p), a.Shifts)
		}
		if c.holds && (a.Shifts[0].ID != own || !a.Shifts[0].Until.Equal(end)) {
			t.Errorf("at %s: %+v", c.at, a.Shifts[0])
		}
	}
}

// TestWhenADutyMayEnd: not before it began, once, and at the instant it began it never
// held; what is refused leaves nothing.
func TestWhenADutyMayEnd(t *testing.T) {
	h := newHouse(t)
	h.seed()
	begin := h.clock.Now().Add(time.Hour)
	open := func(from time.Time) ident.ID {
		id, err := h.OpenDuty(ctx, h.system(), units.NewDuty{Unit: h.unit["KEN-01"], Kind: units.DutyWatch, From: from})
		h.must(err)
		return id
	}
	end := func(id ident.ID, to time.Time) func() error {
		return func() error { return h.EndDuty(ctx, h.system(), id, to) }
	}
	ahead, held := open(begin), open(time.Time{})
	h.denies(end(ahead, time.Time{}), "units.fault.period")
	h.denies(end(ahead, begin.Add(-time.Microsecond)), "units.fault.period")
	h.leaves(end(ahead, begin), "duty-ended")
	h.leaves(end(held, begin.Add(time.Hour)), "duty-ended")
	h.clock.Set(begin.Add(time.Hour))
	h.denies(end(held, time.Time{}), "units.fault.duty-ended")
	h.denies(end(ahead, begin.Add(2*time.Hour)), "units.fault.duty-ended")
	h.sound()
}

// TestATransferLeavesNoPostBehind: one that is held ends with it, one to come never
// begins, one that is over stays as it was.
func TestATransferLeavesNoPostBehind(t *testing.T) {
	h := newHouse(t)
	who := h.seed()
	a := acts{h, who[units.Administrator], who[units.Investigator]}
	begin := h.clock.Now().AddDate(0, 0, 7)
	h.leaves(a.post(units.NewPost{Unit: h.unit["KEN-01"], Role: units.DutyOfficer, Act: "1", From: begin, Beside: true}), "officer-posted")
	h.clock.Advance(time.Second)
	h.leaves(a.post(units.NewPost{Unit: h.unit["KEN-01"], Role: units.BrigadeChief, Act: "2"}), "post-ended", "duty-ended", "post-ended", "officer-posted", "duty-opened")
	moved := h.clock.Now()
	h.clock.Set(begin)
	for _, c := range []struct {
		unit string
		role units.Role
		is   bool
	}{{"KEN-VILLE-BPJ", units.Investigator, false}, {"KEN-01", units.DutyOfficer, false}, {"KEN-01", units.BrigadeChief, true}} {
		if got := h.Active(ctx, policy.Actor{ID: a.about, Unit: h.unit[c.unit], Role: string(c.role)}); got != c.is {
			t.Errorf("%s in %s: at work is %v", c.role, c.unit, got)
		}
	}
	posts, err := h.Posts(ctx, a.about)
	h.must(err)
	for _, p := range posts {
		want := map[units.Role]time.Time{units.Investigator: moved, units.DutyOfficer: begin}[p.Role]
		if !p.To.Equal(want) {
			t.Errorf("%s ends %s, want %s", p.Role, p.To, want)
		}
	}
	h.sound()
}

// TestASuspensionBarsAtOnce: from the moment it is written, dated back or not, to the
// moment it is lifted; a second one may follow, each is kept.
func TestASuspensionBarsAtOnce(t *testing.T) {
	h := newHouse(t)
	who := h.seed()
	a := acts{h, who[units.Administrator], who[units.Investigator]}
	actor, duty := h.actor(a.about)
	for n, from := range []time.Time{{}, h.clock.Now().AddDate(0, 0, -3)} {
		if !h.Active(ctx, actor) {
			t.Fatalf("barred before suspension %d", n+1)
		}
		h.leaves(a.suspend(units.NewSuspension{Reason: "enquiry", From: from}), "officer-suspended")
		if _, err := h.k.Policy.Ask(ctx, actor, "units.tree.read", policy.Resource{Unit: actor.Unit}, duty); err == nil || h.Active(ctx, actor) {
			t.Errorf("suspension %d does not bar: %v", n+1, err)
		}
		h.clock.Advance(time.Hour)
		h.leaves(a.lift(), "suspension-lifted")
		h.clock.Advance(time.Second)
	}
	all, err := h.Suspensions(ctx, a.about)
	if err != nil || len(all) != 2 || all[0].Lifted.IsZero() || all[1].LiftBy != a.admin || !h.Active(ctx, actor) {
		t.Errorf("%+v, %v", all, err)
	}
	h.sound()
}
