package register_test

import (
	"slices"
	"testing"
	"time"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/text"
	"github.com/amana-platform/amana/modules/register"
)

// granted is an extension as the prosecutor writes it.
func granted() register.NewDecision {
	return register.NewDecision{Granted: true, Act: "22/2026", Ground: "ensure-presence", Words: "Enqu\u00eate en cours."}
}

// extend decides on an extension from a seat.
func (h *house) extend(who string, id ident.ID, in register.NewDecision) error {
	h.t.Helper()
	g, err := h.seat(who, id, "register.extension.decide")
	h.must(err)
	return h.DecideExtension(ctx, g, id, 0, in)
}

// sheet reads a page of the custody register.
func (h *house) sheet(id ident.ID) register.Sheet {
	h.t.Helper()
	s, err := h.Sheet(ctx, id)
	h.must(err)
	return s
}

// held is the grant of an officer for a verb on a custody, under its case.
func (h *house) held(who, action string, id ident.ID, p policy.Purpose) policy.Grant {
	h.t.Helper()
	return h.grant(who, action, h.on(who, register.KindCustody, id, p), p)
}

// TestEachRegimeHasItsHours: the hours that the law gives, from the arrest and
// not from the arrival or the entry, and by whom they are extended.
// Law: CPP 66; CPP 80; CPP 460; CPP 82-3
func TestEachRegimeHasItsHours(t *testing.T) {
	house := newHouse(t)
	hours := func(n ...int) []time.Duration {
		out := make([]time.Duration, len(n))
		for i, x := range n {
			out[i] = time.Duration(x) * time.Hour
		}
		return out
	}
	for _, tc := range []struct {
		name, offence, special, birth string
		regime                        string
		extender                      string
		until                         []time.Duration // since the arrest: at first, then after each extension
	}{
		{"a delit", "theft-simple", "", "1994", "ordinary", "prosecutor", hours(48, 72)},
		{"a minor", "theft-simple", "", "2010-01", "juvenile", "prosecutor", hours(48, 72)},
		{"terror", "terrorist-act", "", "1994", "terrorism", "general", hours(96, 192, 288)},
		{"the State", "espionage", "", "1994", "state-security", "general", hours(96, 192)},
		{"letters rogatory", "theft-simple", "rogatory", "1994", "rogatory", "judge", hours(48, 72)},
		{"letters rogatory for a crime", "burglary", "rogatory", "1994", "rogatory", "grave-judge", hours(48, 72)},
		{"praise of terror", "terrorism-praise", "", "1994", "terrorism", "general", hours(96, 192, 288)},
		{"letters rogatory for a minor", "theft-simple", "rogatory", "2010", "juvenile", "prosecutor", hours(48, 72)},
		{"identity", "", "identity-check", "1994", "identity-check", "prosecutor", hours(4, 8)},
		{"a minor's identity", "", "identity-check", "2010", "identity-check", "prosecutor", hours(4, 8)},
	} {
		t.Run(tc.name, func(t *testing.T) {
			h := house.with(t)
			in := h.arrested(tc.offence)
			in.Special, in.New.Birth = tc.special, text.PartialDate(tc.birth)
			if tc.regime == "identity-check" {
				in.Grounds = nil
			}
			c, p := h.hold(in)
			if c.Regime != tc.regime || c.Juvenile != (tc.birth > "2009") || !c.Arrest.Equal(in.Arrest) {
				t.Fatalf("regime %s, juvenile %v, arrest %v", c.Regime, c.Juvenile, c.Arrest)
			}
			for i, want := range tc.until {
				if i > 0 {
					h.leaves(func() error {
						return h.AskExtension(ctx, h.held("opj", "register.extension.ask", c.ID, p), c.ID, "Deux t\u00e9moins restent \u00e0 entendre.")
					}, "extension-asked")
					h.leaves(func() error { return h.extend(tc.extender, c.ID, groundless(granted(), tc.regime)) }, "extension-decided")
				}
				if got := h.sheet(c.ID); got.Deadline.Sub(in.Arrest) != want || got.Extensions != i {
					t.Errorf("after %d extensions: %v", i, got.Deadline.Sub(in.Arrest))
				}
			}
			h.refuses(func() error { return h.extend(tc.extender, c.ID, groundless(granted(), tc.regime)) }, fault.Refused, "register.fault.no-extension")
		})
	}
	house.sound()
}

// TestWhoeverIsAskedDecidesEachExtension: for every offence of the pack, under the
// regime it leads to, under letters rogatory and for a minor, the office that
// receives the question decides every extension there is. It is the one that
// controls the custody, unless a judge is asked.
// Law: CPP 66; CPP 80; CPP 191; CPP 460
func TestWhoeverIsAskedDecidesEachExtension(t *testing.T) {
	h, tried := newHouse(t), 0
	who := map[ident.ID]string{h.unit["PR-KEN"]: "prosecutor", h.unit["PGR-KEN"]: "general", h.unit["TPI-KEN"]: "judge", h.unit["CA-KEN"]: "grave-judge"}
	for _, o := range h.k.Pack.Offences(noon) {
		if class, err := h.k.Pack.Class(o.Class, noon); err != nil || o.Custody == "" || !class.Custody || !o.Penalty.Imprisonable() {
			continue
		}
		for _, way := range []struct{ special, birth string }{{"", "1994"}, {"rogatory", "1994"}, {"", "2010"}} {
			in := h.arrested(o.Code)
			in.Special, in.New.Birth = way.special, text.PartialDate(way.birth)
			c, p := h.hold(in)
			for n := range h.sheet(c.ID).Law.Extensions {
				h.must(h.AskExtension(ctx, h.held("opj", "register.extension.ask", c.ID, p), c.ID, "x"))
				if err := h.extend(who[h.sheet(c.ID).AskedOf], c.ID, granted()); err != nil {
					t.Fatalf("%s %s, born %s: %q may not decide extension %d: %v", o.Code, way.special, way.birth, who[h.sheet(c.ID).AskedOf], n+1, err)
				}
				tried++
			}
			if asked := h.sheet(c.ID).AskedOf; (asked == c.Office) != (way.special == "") {
				t.Errorf("%s %s: controlled by %q, extended by %q", o.Code, way.special, who[c.Office], who[asked])
			}
		}
	}
	if tried < 100 {
		t.Errorf("only %d extensions", tried)
	}
}

// groundless takes the ground away where the regime lists none.
func groundless(in register.NewDecision, regime string) register.NewDecision {
	if regime == "identity-check" {
		in.Ground = ""
	}
	return in
}

// TestTheLawOfTheArrestIsKept: on the day before the reform no ground was
// listed; the next minute one is required. What was opened before keeps its law.
// Law: CPP 66-1
func TestTheLawOfTheArrestIsKept(t *testing.T) {
	reform := time.Date(2025, 12, 7, 23, 0, 0, 0, time.UTC) // midnight in Morocco
	h := newHouseAt(t, reform.Add(10*time.Minute))          // the clock goes on a minute
	open := func(arrest time.Time, grounds ...string) (register.Custody, error) {
		in := h.arrested("theft-simple")
		in.Arrest, in.Grounds = arrest, grounds
		p := h.newCase("*")
		return h.OpenCustody(ctx, h.grant("opj", "register.custody.open", res0, p), in)
	}
	before, err := open(reform.Add(-time.Second))
	h.must(err)
	h.blames(func() error { _, err := open(reform.Add(-time.Second), "ensure-presence"); return err }, "grounds", "form.choose")
	h.blames(func() error { _, err := open(reform); return err }, "grounds", "register.fault.ground")
	after, err := open(reform, "ensure-presence", "prevent-pressure")
	h.must(err)
	if len(h.sheet(before.ID).Law.Grounds) != 0 || !slices.Equal(after.Grounds, []string{"ensure-presence", "prevent-pressure"}) {
		t.Errorf("before %v, after %v", h.sheet(before.ID).Law.Grounds, after.Grounds)
	}
	h.clock.Advance(47 * time.Hour)
	h.leaves(func() error {
		return h.extend("prosecutor", before.ID, register.NewDecision{Granted: true, Act: "1", Words: "Vu."})
	}, "extension-decided")
	h.blames(func() error {
		return h.extend("prosecutor", after.ID, register.NewDecision{Granted: true, Act: "1", Words: "Vu."})
	}, "ground", "form.choose")
}

// TestAnExtensionIsDecidedBeforeTheDeadline: at the last moment it is granted,
// a second later it is not; what was decided in time may be entered late, with
// both times; a refusal may come at any time.
// Law: CPP 66
func TestAnExtensionIsDecidedBeforeTheDeadline(t *testing.T) {
	h := newHouse(t)
	edge := func(decided, entered time.Duration) (register.Custody, func() error) {
		c, _ := h.hold(h.arrested("theft-simple"))
		h.clock.Set(c.Deadline.Add(entered))
		in := granted()
		in.At = c.Deadline.Add(decided)
		return c, func() error { return h.extend("prosecutor", c.ID, in) }
	}
	c, run := edge(0, 0)
	h.leaves(run, "extension-decided")
	if got := h.sheet(c.ID); !got.Deadline.Equal(c.Arrest.Add(72 * time.Hour)) {
		t.Errorf("until %v", got.Deadline)
	}
	_, run = edge(time.Second, time.Second)
	h.refuses(run, fault.Refused, "register.fault.expired")
	c, run = edge(-time.Hour, 5*time.Hour)
	h.leaves(run, "extension-decided")
	d := h.sheet(c.ID).Decisions[0]
	if !d.Decided.Equal(c.Deadline.Add(-time.Hour)) || !d.Written.Equal(h.clock.Now()) || !d.Until.Equal(c.Arrest.Add(72*time.Hour)) || d.Officer != h.who["prosecutor"] || d.Capacity != "prosecutor" || d.Act != "22/2026" {
		t.Errorf("%+v", d)
	}
	c, _ = edge(0, time.Hour)
	h.leaves(func() error { return h.extend("prosecutor", c.ID, register.NewDecision{Words: "Trop tard."}) }, "extension-decided")
}

// TestWhatADecisionAsksFor: reasons, the number of the written act, a ground of
// the regime, and a time between the arrest and now.
func TestWhatADecisionAsksFor(t *testing.T) {
	house := newHouse(t)
	c, _ := house.hold(house.arrested("theft-simple"))
	for name, tc := range map[string]struct {
		spoil      func(*register.NewDecision)
		field, key string
	}{
		"no reasons":        {func(d *register.NewDecision) { d.Words = " " }, "words", "form.required"},
		"endless reasons":   {func(d *register.NewDecision) { d.Words = tooLong }, "words", "form.too-long"},
		"no act":            {func(d *register.NewDecision) { d.Act = "" }, "act", "form.required"},
		"endless act":       {func(d *register.NewDecision) { d.Act = tooWide }, "act", "form.too-long"},
		"no ground":         {func(d *register.NewDecision) { d.Ground = "" }, "ground", "form.choose"},
		"a ground unlisted": {func(d *register.NewDecision) { d.Ground = "comfort" }, "ground", "form.choose"},
		"ahead":             {func(d *register.NewDecision) { d.At = house.clock.Now().Add(2 * time.Minute) }, "at", "form.future"},
		"before the arrest": {func(d *register.NewDecision) { d.At = c.Arrest.Add(-time.Second) }, "at", "register.fault.before-arrest"},
	} {
		t.Run(name, func(t *testing.T) {
			in := granted()
			tc.spoil(&in)
			house.with(t).blames(func() error { return house.extend("prosecutor", c.ID, in) }, tc.field, tc.key)
		})
	}
}

// TestARefusedExtensionAuthorisesNothing: the deadline stands, and neither act
// nor ground typed beside the refusal is kept; it may be asked again.
func TestARefusedExtensionAuthorisesNothing(t *testing.T) {
	h := newHouse(t)
	c, p := h.hold(h.arrested("theft-simple"))
	ask := func() error {
		return h.AskExtension(ctx, h.held("opj", "register.extension.ask", c.ID, p), c.ID, "Deux t\u00e9moins.")
	}
	h.leaves(ask, "extension-asked")
	h.refuses(ask, fault.Conflict, "register.fault.asked")
	in := granted()
	in.Granted, in.Ground = false, "comfort"
	h.leaves(func() error { return h.extend("prosecutor", c.ID, in) }, "extension-decided")
	got := h.sheet(c.ID)
	if d := got.Decisions[0]; !got.Asked.IsZero() || !got.Deadline.Equal(c.Deadline) || d.Granted || d.Act != "" || d.Ground != "" || !d.Until.Equal(c.Deadline) {
		t.Errorf("%+v", d)
	}
	h.leaves(ask, "extension-asked")
	h.must(h.extend("prosecutor", c.ID, granted()))
	h.refuses(ask, fault.Refused, "register.fault.no-extension")
	h.sound()
}

// TestWhatAskingForAnExtensionNeeds: words, an open custody, the record.
func TestWhatAskingForAnExtensionNeeds(t *testing.T) {
	h := newHouse(t)
	c, p := h.hold(h.arrested("theft-simple"))
	g := h.held("opj", "register.extension.ask", c.ID, p)
	h.blames(func() error { return h.AskExtension(ctx, g, c.ID, "") }, "words", "form.required")
	h.blames(func() error { return h.AskExtension(ctx, g, c.ID, tooLong) }, "words", "form.too-long")
	h.refuses(func() error { return h.AskExtension(ctx, g, h.ids.New(), "x") }, fault.NotFound, "fault.not-found")
	h.end(c, p, "release", h.clock.Now())
	h.refuses(func() error { return h.AskExtension(ctx, g, c.ID, "x") }, fault.Conflict, "register.fault.custody-over")
}

// end ends a custody.
func (h *house) end(c register.Custody, p policy.Purpose, how string, when time.Time) {
	h.t.Helper()
	h.must(h.EndCustody(ctx, h.held("opj", "register.custody.end", c.ID, p), c.ID, 0, how, when, "Termin\u00e9."))
}

// TestEachEndingStopsTheClock: the page, the event and the line of the log book
// say how and when; a custody that is over takes nothing more but a visa.
// Law: CPP 67
func TestEachEndingStopsTheClock(t *testing.T) {
	house := newHouse(t)
	for _, how := range register.Endings() {
		t.Run(how, func(t *testing.T) {
			h := house.with(t)
			c, p := h.hold(h.arrested("theft-simple"))
			end := h.held("opj", "register.custody.end", c.ID, p)
			note, seat := h.held("opj", "register.custody.note", c.ID, p), must(h.seat("prosecutor", c.ID, "register.custody.visa"))
			when := h.clock.Now().Add(-2 * time.Minute)
			run := func() error { return h.EndCustody(ctx, end, c.ID, c.Version, how, when, "Termin\u00e9.") }
			h.leaves(run, "custody-ended", "line-written")
			got := h.sheet(c.ID)
			if got.State != register.CustodyEnded || got.Outcome != how || !got.Ended.Equal(when) || len(got.Dues) != 0 || !got.Overrun.IsZero() {
				t.Errorf("%+v", got.Custody)
			}
			if e := got.Events[0]; e.Kind != how || !e.Happened.Equal(when) || !e.Written.After(when) || e.Details[0] != (register.Detail{Field: "reasons", Value: "Termin\u00e9."}) {
				t.Errorf("%+v", e)
			}
			h.refuses(func() error { return h.EndCustody(ctx, end, c.ID, 0, how, when, "x") }, fault.Conflict, "register.fault.custody-over")
			h.refuses(func() error {
				return h.NoteEvent(ctx, note, c.ID, register.NewEvent{Submission: h.ids.New(), Kind: "meal", At: when})
			}, fault.Conflict, "register.fault.custody-over")
			h.refuses(func() error { return h.extend("prosecutor", c.ID, granted()) }, fault.Conflict, "register.fault.custody-over")
			h.leaves(func() error { return h.Visa(ctx, seat, c.ID, "") }, "event-noted")
		})
	}
	house.sound()
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// TestAnOverrunBeginsAfterTheLastMoment: ended at its deadline a custody has not
// overrun; a second later it has, whatever the entry says of the time it was made.
// Law: CPP 66
func TestAnOverrunBeginsAfterTheLastMoment(t *testing.T) {
	h := newHouse(t)
	for _, tc := range []struct {
		ended, entered time.Duration // since the deadline
		kinds          []string
	}{
		{-time.Minute, -time.Minute, []string{"custody-ended", "line-written"}},
		{0, 0, []string{"custody-ended", "line-written"}},
		{0, 5 * time.Hour, []string{"custody-ended", "line-written"}},
		{time.Second, time.Second, []string{"custody-overran", "line-written", "custody-ended", "line-written"}},
	} {
		c, p := h.hold(h.arrested("theft-simple"))
		h.clock.Set(c.Deadline.Add(tc.entered))
		g := h.held("opj", "register.custody.end", c.ID, p)
		h.leaves(func() error {
			return h.EndCustody(ctx, g, c.ID, 0, "release", c.Deadline.Add(tc.ended), "Termin\u00e9.")
		}, tc.kinds...)
		if got := h.sheet(c.ID); got.Overrun.IsZero() != (len(tc.kinds) == 2) {
			t.Errorf("ended %v after its deadline: overrun %v", tc.ended, got.Overrun)
		}
	}
	c, _ := h.hold(h.arrested("theft-simple"))
	for _, step := range []struct {
		at    time.Time
		found int
	}{{c.Deadline.Add(-time.Second), 0}, {c.Deadline, 0}, {c.Deadline.Add(time.Second), 1}, {c.Deadline.Add(time.Hour), 0}} {
		h.clock.Set(step.at)
		if n, err := h.Watch(ctx); n != step.found || err != nil {
			t.Errorf("at %v: %d, %v", step.at.Sub(c.Deadline), n, err)
		}
	}
	h.sound()
}

// TestEveryDeadlineThatPassesIsSaid: an extension entered late moves the
// deadline; when that passes too, it is written as the first was.
func TestEveryDeadlineThatPassesIsSaid(t *testing.T) {
	h := newHouse(t)
	c, p := h.hold(h.arrested("theft-simple"))
	passed := func(deadline time.Time) {
		t.Helper()
		h.clock.Set(deadline.Add(time.Minute))
		got := h.during(func() { _ = must(h.Watch(ctx)) })
		if !slices.Equal(got, []string{"custody-overran", "line-written"}) || !h.sheet(c.ID).Overrun.Equal(deadline) {
			t.Errorf("past %v: %q", deadline, got)
		}
	}
	passed(c.Deadline)
	in := granted()
	in.At = c.Deadline.Add(-time.Minute)
	h.must(h.extend("prosecutor", c.ID, in))
	if n := must(h.Watch(ctx)); n != 0 {
		t.Errorf("%d overruns of a deadline that is ahead", n)
	}
	passed(c.Arrest.Add(72 * time.Hour))
	h.end(c, p, "release", h.clock.Now())
	h.sound()
}

// TestWhatEndingACustodyNeeds: a way, a time between the arrest and now, words,
// and the page as it is.
func TestWhatEndingACustodyNeeds(t *testing.T) {
	house := newHouse(t)
	c, p := house.hold(house.arrested("theft-simple"))
	now := house.clock.Now()
	for name, tc := range map[string]struct {
		how        string
		when       time.Time
		words      string
		field, key string
	}{
		"a way unknown":     {"escape", now, "x", "how", "form.choose"},
		"no way":            {"", now, "x", "how", "form.choose"},
		"no time":           {"release", time.Time{}, "x", "at", "form.required"},
		"ahead":             {"release", now.Add(2 * time.Minute), "x", "at", "form.future"},
		"before the arrest": {"release", c.Arrest.Add(-time.Second), "x", "at", "register.fault.before-arrest"},
		"no words":          {"release", now, "", "words", "form.required"},
		"endless words":     {"release", now, tooLong, "words", "form.too-long"},
	} {
		t.Run(name, func(t *testing.T) {
			h := house.with(t)
			g := h.held("opj", "register.custody.end", c.ID, p)
			h.blames(func() error { return h.EndCustody(ctx, g, c.ID, 0, tc.how, tc.when, tc.words) }, tc.field, tc.key)
		})
	}
	g := house.held("opj", "register.custody.end", c.ID, p)
	house.refuses(func() error { return house.EndCustody(ctx, g, c.ID, c.Version+1, "release", now, "x") }, fault.Conflict, "fault.conflict")
	house.refuses(func() error { return house.EndCustody(ctx, g, house.ids.New(), 0, "release", now, "x") }, fault.NotFound, "fault.not-found")
}
