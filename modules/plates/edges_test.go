package plates_test

import (
	"strings"
	"testing"
	"time"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/modules/plates"
)

// said lists what an error says: its keys, each with its field.
func said(err error) string {
	var out []string
	for _, f := range fault.All(err) {
		if f.Field != "" {
			out = append(out, f.Key+" ("+f.Field+")")
			continue
		}
		out = append(out, f.Key)
	}
	return strings.Join(out, "; ")
}

// says checks what an act answers, "" for done, and that a refusal leaves no
// entry in the journal.
func (h *house) says(name, want string, act func() error) {
	h.t.Helper()
	before, err := h.k.Journal.Last(ctx)
	h.must(err)
	err = act()
	after, broken := h.k.Journal.Last(ctx)
	h.must(broken)
	if got := said(err); got != want || (err == nil) != (want == "") {
		h.t.Errorf("%s: %v, want %q", name, err, want)
	}
	if (after > before) != (want == "") {
		h.t.Errorf("%s: %d entries written, though it says %q", name, after-before, want)
	}
	h.clock.Advance(time.Second)
}

// onHit does one act on a hit as the desk.
func (h *house) onHit(x plates.Hit, act plates.HitAct, a plates.Act) error {
	h.t.Helper()
	g := h.grant("desk", "plates.hit."+string(act), x.Ref())
	switch act {
	case plates.ActConfirm:
		return h.ConfirmHit(ctx, g, plates.Confirming{Act: a, Hit: x.ID, Ticks: ticked})
	case plates.ActReject:
		return h.RejectHit(ctx, g, plates.Rejecting{Act: a, Hit: x.ID, Ground: "plate-differs"})
	case plates.ActTask:
		return h.TaskCrew(ctx, g, plates.Tasking{Act: a, Hit: x.ID, Crew: "Alpha 12"})
	}
	return h.CloseHit(ctx, g, plates.Closing{Act: a, Hit: x.ID, Outcome: plates.Gone})
}

// hitIn brings a new hit into a state.
func (h *house) hitIn(state plates.HitState) plates.Hit {
	h.t.Helper()
	x, _, _ := h.hit()
	for _, act := range map[plates.HitState][]plates.HitAct{
		plates.Confirmed: {plates.ActConfirm}, plates.Tasked: {plates.ActConfirm, plates.ActTask},
		plates.Closed: {plates.ActConfirm, plates.ActTask, plates.ActClose}, plates.Rejected: {plates.ActReject},
	}[state] {
		h.must(h.onHit(x, act, h.act()))
		h.clock.Advance(time.Second)
	}
	return h.now(x.ID)
}

// TestEveryEdgeOfAHit does every act in every state: what the table of states
// allows leads where it says, all else is refused and leaves nothing.
func TestEveryEdgeOfAHit(t *testing.T) {
	h := newHouse(t)
	leads := map[plates.HitState]map[plates.HitAct]plates.HitState{
		plates.Proposed:  {plates.ActConfirm: plates.Confirmed, plates.ActReject: plates.Rejected},
		plates.Confirmed: {plates.ActTask: plates.Tasked},
		plates.Tasked:    {plates.ActClose: plates.Closed},
	}
	for _, state := range plates.HitStates() {
		x := h.hitIn(state)
		for _, act := range plates.HitActs() {
			name, want := string(act)+" of a hit that is "+string(state), "plates.fault.hit-state"
			next := leads[state][act]
			if next != "" {
				want = ""
			}
			stale := plates.Act{Submission: h.ids.New(), Version: x.Version + 1}
			h.says(name+", seen in another version", "fault.conflict", func() error { return h.onHit(x, act, stale) })
			h.says(name, want, func() error { return h.onHit(x, act, plates.Act{Submission: h.ids.New(), Version: x.Version}) })
			if next == "" {
				continue
			}
			if now := h.now(x.ID); now.State != next || now.Version != x.Version+1 {
				t.Errorf("%s: %s in version %d, want %s", name, now.State, now.Version, next)
			}
			x = h.hitIn(state)
		}
	}
	h.sound()
}

// TestEveryFieldOfAHitsForms: what a form about a hit says wrongly is named at
// its field, and nothing of the form is written.
func TestEveryFieldOfAHitsForms(t *testing.T) {
	h := newHouse(t)
	x := h.hitIn(plates.Proposed)
	other := h.hitIn(plates.Proposed)
	long := strings.Repeat("x", 201)
	confirm := func(in plates.Confirming) error {
		return h.ConfirmHit(ctx, h.grant("desk", "plates.hit.confirm", x.Ref()), in)
	}
	reject := func(in plates.Rejecting) error {
		return h.RejectHit(ctx, h.grant("desk", "plates.hit.reject", x.Ref()), in)
	}
	task := func(in plates.Tasking) error {
		return h.TaskCrew(ctx, h.grant("desk", "plates.hit.task", x.Ref()), in)
	}
	closed := func(in plates.Closing) error {
		return h.CloseHit(ctx, h.grant("desk", "plates.hit.close", x.Ref()), in)
	}
	for _, c := range []struct {
		name, want string
		act        func() error
	}{
		{"nothing ticked", "plates.fault.not-compared (tick-entry); plates.fault.not-compared (tick-image); plates.fault.not-compared (tick-plate); plates.fault.not-compared (tick-vehicle)", func() error { return confirm(plates.Confirming{Act: h.act(), Hit: x.ID}) }},
		{"picture not compared", "plates.fault.not-compared (tick-image)", func() error {
			return confirm(plates.Confirming{Act: h.act(), Hit: x.ID, Ticks: plates.Ticks{Plate: true, Entry: true, Vehicle: true}})
		}},
		{"plate not compared", "plates.fault.not-compared (tick-plate)", func() error {
			return confirm(plates.Confirming{Act: h.act(), Hit: x.ID, Ticks: plates.Ticks{Image: true, Entry: true, Vehicle: true}})
		}},
		{"entry not compared", "plates.fault.not-compared (tick-entry)", func() error {
			return confirm(plates.Confirming{Act: h.act(), Hit: x.ID, Ticks: plates.Ticks{Image: true, Plate: true, Vehicle: true}})
		}},
		{"a form without its id", "plates.fault.submission (submission)", func() error { return confirm(plates.Confirming{Hit: x.ID, Ticks: ticked}) }},
		{"no ground", "form.choose (ground)", func() error { return reject(plates.Rejecting{Act: h.act(), Hit: x.ID, Reason: "X"}) }},
		{"a ground of nobody's", "form.choose (ground)", func() error { return reject(plates.Rejecting{Act: h.act(), Hit: x.ID, Ground: "mood"}) }},
		{"no crew", "form.required (crew)", func() error { return task(plates.Tasking{Act: h.act(), Hit: x.ID, Crew: " \t"}) }},
		{"a crew's name too long", "form.too-long (crew)", func() error { return task(plates.Tasking{Act: h.act(), Hit: x.ID, Crew: long}) }},
		{"no outcome", "form.choose (outcome)", func() error { return closed(plates.Closing{Act: h.act(), Hit: x.ID}) }},
		{"the list was wrong, and not how", "form.required (note)", func() error { return closed(plates.Closing{Act: h.act(), Hit: x.ID, Outcome: plates.ListWrong}) }},
		{"the read was wrong, and not how", "form.required (note)", func() error {
			return closed(plates.Closing{Act: h.act(), Hit: x.ID, Outcome: plates.ReadWrong, Note: " "})
		}},
		{"confirming another than allowed", "plates.fault.other-record", func() error { return confirm(plates.Confirming{Act: h.act(), Hit: other.ID, Ticks: ticked}) }},
		{"rejecting another than allowed", "plates.fault.other-record", func() error {
			return reject(plates.Rejecting{Act: h.act(), Hit: other.ID, Ground: "no-plate"})
		}},
		{"tasking for another than allowed", "plates.fault.other-record", func() error { return task(plates.Tasking{Act: h.act(), Hit: other.ID, Crew: "A"}) }},
		{"closing another than allowed", "plates.fault.other-record", func() error { return closed(plates.Closing{Act: h.act(), Hit: other.ID, Outcome: plates.Gone}) }},
	} {
		h.says(c.name, c.want, c.act)
	}
	for _, id := range []ident.ID{x.ID, other.ID} {
		if now := h.now(id); now.State != plates.Proposed || now.Version != 1 {
			t.Errorf("%+v", now)
		}
	}
}

// TestAClosedHitSaysWhoDidWhat keeps each outcome with its person, moment and
// words, and contests the list only where the crew found it wrong.
func TestAClosedHitSaysWhoDidWhat(t *testing.T) {
	h := newHouse(t)
	for _, outcome := range plates.Outcomes() {
		x := h.hitIn(plates.Tasked)
		at := h.clock.Now()
		h.must(h.CloseHit(ctx, h.grant("desk", "plates.hit.close", x.Ref()), plates.Closing{Act: h.act(), Hit: x.ID, Outcome: outcome, Note: " Vu sur place "}))
		h.clock.Advance(time.Second)
		now := h.now(x.ID)
		if now.Outcome != outcome || now.Note != "Vu sur place" || now.Closer != h.who["desk"] || !now.ClosedAt.Equal(at) || now.Tasker != h.who["desk"] || now.TaskedAt.IsZero() {
			t.Errorf("%s: %+v", outcome, now)
		}
		contests, err := h.Contests(ctx, x.Entry)
		h.must(err)
		wrong := outcome == plates.ListWrong
		if (len(contests) == 1) != wrong || (h.entry(x.Entry).State == plates.Suspended) != wrong || now.Flagged != wrong {
			t.Errorf("%s: %d contests, entry %s", outcome, len(contests), h.entry(x.Entry).State)
		}
	}
	h.sound()
}

// TestASecondCrewContestsNothingTwice: the list is contested once; the outcome
// of a second crew that finds it wrong is kept all the same.
func TestASecondCrewContestsNothingTwice(t *testing.T) {
	h := newHouse(t)
	x := h.hitIn(plates.Tasked)
	h.must(h.contest(x.Entry))
	h.says("the list is wrong, which is known", "", func() error {
		return h.CloseHit(ctx, h.grant("desk", "plates.hit.close", x.Ref()), plates.Closing{Act: h.act(), Hit: x.ID, Outcome: plates.ListWrong, Note: "Rendue"})
	})
	contests, err := h.Contests(ctx, x.Entry)
	h.must(err)
	if now := h.now(x.ID); len(contests) != 1 || contests[0].Hit != "" || now.State != plates.Closed || now.Outcome != plates.ListWrong {
		t.Errorf("%+v %+v", contests, now)
	}
	h.sound()
}
