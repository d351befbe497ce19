package units_test

import (
	"slices"
	"testing"
	"time"

	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/text"
	"github.com/amana-platform/amana/modules/units"
)

// A post with dates begins and ends by itself, without an entry on the day.
func TestPostsBeginAndEndByThemselves(t *testing.T) {
	h := newHouse(t)
	h.seed()
	id := h.ids.New()
	begin, end := noon.AddDate(0, 0, 7), noon.AddDate(0, 0, 14)
	h.must(h.Seed(ctx, h.system(), units.Seed{
		Officers: []units.NewOfficer{h.person(id, 20, "inspecteur")},
		Posts:    []units.NewPost{{Officer: id, Unit: h.unit["KEN-VILLE-BPJ"], Role: units.Investigator, Act: "1", From: begin, To: end}},
	}))
	actor := policy.Actor{ID: id, Unit: h.unit["KEN-VILLE-BPJ"], Role: "investigator"}
	for _, c := range []struct {
		at     time.Time
		active bool
	}{
		{begin.Add(-time.Second), false}, {begin, true}, {end.Add(-time.Second), true}, {end, false},
	} {
		h.clock.Set(c.at)
		a, err := h.Account(ctx, id)
		h.must(err)
		if a.Active != c.active || h.Active(ctx, actor) != c.active {
			t.Errorf("at %s: account %v, actor %v", c.at, a.Active, h.Active(ctx, actor))
		}
		if serving, err := h.Serving(ctx, actor.Unit, ""); err != nil || slices.ContainsFunc(serving, func(o units.Officer) bool { return o.ID == id }) != c.active {
			t.Errorf("at %s serves: %v, %v", c.at, !c.active, err)
		}
		if c.active && !h.HoldsTask(ctx, actor, a.Duty) {
			t.Errorf("at %s the duty does not hold", c.at)
		}
	}
}

// What an actor claims must be what they are now: unit and role both.
func TestAnActorIsWhatTheirPostSays(t *testing.T) {
	h := newHouse(t)
	who := h.seed()
	actor, duty := h.actor(who[units.Investigator])
	for name, change := range map[string]func(*policy.Actor){
		"another role": func(a *policy.Actor) { a.Role = "brigade-chief" },
		"another unit": func(a *policy.Actor) { a.Unit = h.unit["KEN-01"] },
		"another id":   func(a *policy.Actor) { a.ID = h.ids.New() },
	} {
		claimed := actor
		change(&claimed)
		if h.Active(ctx, claimed) {
			t.Errorf("%s is believed", name)
		}
	}
	other, _ := h.actor(who[units.BrigadeChief])
	for name, p := range map[string]policy.Purpose{
		"an unknown duty": {Kind: policy.Task, Ref: ident.Ref{Kind: "task", ID: h.ids.New()}},
		"another kind":    {Kind: policy.Task, Ref: ident.Ref{Kind: "case", ID: duty.Ref.ID}},
	} {
		if h.HoldsTask(ctx, actor, p) {
			t.Errorf("%s is a purpose", name)
		}
	}
	if h.HoldsTask(ctx, other, duty) {
		t.Error("a colleague works under another's own duty")
	}
}

// A second post beside the first keeps the first alive.
func TestAPostBesideAnother(t *testing.T) {
	h := newHouse(t)
	who := h.seed()
	id := who[units.Investigator]
	before, duty := h.actor(id)
	_, err := h.PostOfficer(ctx, h.grant(who[units.Administrator], "units.officer.post", id),
		units.NewPost{Officer: id, Unit: h.unit["KEN-01"], Role: units.DutyOfficer, Act: "1", Beside: true})
	h.must(err)
	if !h.Active(ctx, before) || !h.HoldsTask(ctx, before, duty) {
		t.Error("the first post is gone")
	}
	if now, _ := h.actor(id); now.Role != "duty-officer" {
		t.Errorf("the newest post leads, got %s", now.Role)
	}
}

// An appointment with an end ends by itself, and the one it replaced stays ended.
func TestCapacityEndsByItself(t *testing.T) {
	h := newHouse(t)
	id := h.seed()[units.BrigadeChief]
	end := noon.AddDate(0, 1, 0)
	h.must(h.Seed(ctx, h.system(), units.Seed{Appointments: []units.Appointment{{Officer: id, Capacity: "opj", Act: "1", From: noon.AddDate(0, -1, 0), To: end}}}))
	for at, want := range map[time.Time]string{noon: "opj", end.Add(-time.Second): "opj", end: "", noon.AddDate(0, -2, 0): ""} {
		if got := h.CapacityOf(ctx, id, at); got != want {
			t.Errorf("at %s %q, want %q", at, got, want)
		}
	}
}

// Another process's entries are seen within a second, without a word from it.
func TestStandingFollowsTheTables(t *testing.T) {
	h := newHouse(t)
	who := h.seed()
	actor, _ := h.actor(who[units.Investigator])
	reader := units.New(h.k) // another node's view of the same tables
	if !reader.Active(ctx, actor) {
		t.Fatal("not at work")
	}
	_, err := h.SuspendOfficer(ctx, h.system(), units.NewSuspension{Officer: actor.ID, Reason: "trial"})
	h.must(err)
	began := time.Now()
	for reader.Active(ctx, actor) {
		if time.Since(began) > 5*time.Second {
			t.Fatal("still at work after five seconds")
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// Sessions begun before a change of post, a lifted suspension or a removed key
// are over.
func TestSinceWhenSessionsHold(t *testing.T) {
	h := newHouse(t)
	who := h.seed()
	id := who[units.Investigator]
	first, err := h.Account(ctx, id)
	h.must(err)
	h.clock.Advance(time.Hour)
	_, err = h.PostOfficer(ctx, h.system(), units.NewPost{Officer: id, Unit: h.unit["KEN-01"], Role: units.DutyOfficer, Act: "1"})
	h.must(err)
	second, err := h.Account(ctx, id)
	h.must(err)
	if first.Since.After(noon) || !second.Since.Equal(h.clock.Now()) {
		t.Errorf("since %s, then %s", first.Since, second.Since)
	}
	gone := h.ids.New()
	h.must(h.Seed(ctx, h.system(), units.Seed{Officers: []units.NewOfficer{h.person(gone, 21, "inspecteur")}}))
	if a, err := h.Account(ctx, gone); err != nil || a.Active || a.Actor.Role != "" {
		t.Errorf("without a post: %+v %v", a, err)
	}
}

func TestPurposesInWords(t *testing.T) {
	s := newSite(t)
	_, duty := s.actor(s.who[units.DutyOfficer])
	w := s.k.Texts.In(text.EN)
	unit := s.UnitName(ctx, "en", s.unit["KEN-01"])
	for _, c := range []struct {
		purpose     policy.Purpose
		label, href string
	}{
		{policy.Purpose{}, "", ""},
		{duty, "Complaints desk \u2013 " + unit, "/units/" + string(s.unit["KEN-01"])},
		{policy.Purpose{Kind: policy.Task, Ref: ident.Ref{Kind: "task", ID: s.ids.New()}}, "Standing duty", ""},
		{policy.Purpose{Kind: policy.Basis, Basis: "CPP 21"}, "CPP 21 \u2013 receiving complaints and preliminary enquiries", ""},
		{policy.Purpose{Kind: policy.Basis, Basis: "CPP-21"}, "CPP 21 \u2013 receiving complaints and preliminary enquiries", ""},
		{policy.Purpose{Kind: policy.Basis, Basis: "XYZ-1"}, "XYZ-1", ""},
		{policy.Purpose{Kind: policy.Case, Ref: ident.Ref{Kind: "case", ID: s.ids.New()}}, "Case", ""},
		{policy.Purpose{Kind: policy.BreakGlass, Reason: "x"}, "Emergency access", ""},
	} {
		if label, href := s.PurposeLabel(ctx, w, c.purpose); text.Plain(label) != c.label || href != c.href {
			t.Errorf("%v: %q %q, want %q %q", c.purpose, label, href, c.label, c.href)
		}
	}
}

func TestNamesOfNothingAreEmpty(t *testing.T) {
	h := newHouse(t)
	h.seed()
	if got := h.OfficerName(ctx, "fr", h.ids.New()); got != "" {
		t.Errorf("%q", got)
	}
	if got := h.UnitName(ctx, "fr", h.ids.New()); got != "" {
		t.Errorf("%q", got)
	}
	if got := h.Ancestors(h.ids.New()); len(got) != 0 {
		t.Errorf("%v", got)
	}
	u, err := h.UnitByCode(ctx, "KEN-01")
	if err != nil || u.ID != h.unit["KEN-01"] || !u.Open(noon) || u.Open(noon.AddDate(-6, 0, 0)) {
		t.Errorf("%+v %v", u, err)
	}
}

// BenchmarkActive is what each protected act asks of this module.
func BenchmarkActive(b *testing.B) {
	h := newHouse(b)
	actor, duty := h.actor(h.seed()[units.Investigator])
	for b.Loop() {
		if !h.Active(ctx, actor) || !h.HoldsTask(ctx, actor, duty) {
			b.Fatal("not at work")
		}
	}
}
