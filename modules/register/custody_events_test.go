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

// TestEachKindOfEventByRegime: what the regime knows may be noted with its
// fields and a remark, and nothing else; what has a verb of its own may not.
// Law: CPP 66; CPP 67; CPP 460; CPP 82-3
func TestEachKindOfEventByRegime(t *testing.T) {
	house := newHouse(t)
	all := []string{"rights", "silence", "family", "guardian", "lawyer", "doctor", "interpreter", "meal", "rest", "hearing", "health", register.Check, "visa", "daily-list", "presentation", "release"}
	for regime, tc := range map[string]struct {
		special, birth string
		kinds          []string
	}{
		"ordinary":       {"", "1994", []string{"rights", "silence", "family", "lawyer", "doctor", "interpreter", "meal", "rest", "hearing", "health", register.Check}},
		"juvenile":       {"", "2011", []string{"rights", "silence", "guardian", "lawyer", "doctor", "interpreter", "meal", "rest", "hearing", "health", register.Check}},
		"identity-check": {"identity-check", "1994", []string{"family", register.Check}},
	} {
		t.Run(regime, func(t *testing.T) {
			h := house.with(t)
			in := h.arrested("theft-simple")
			in.Special, in.New.Birth = tc.special, text.PartialDate(tc.birth)
			if regime == "identity-check" {
				in.Grounds = nil
			}
			c, p := h.hold(in)
			g := h.held("agent", "register.custody.note", c.ID, p)
			for _, kind := range all {
				e := register.NewEvent{Submission: h.ids.New(), Kind: kind, At: h.clock.Now(), Details: []register.Detail{{Field: "remarks", Value: "Vu."}}}
				run := func() error { return h.NoteEvent(ctx, g, c.ID, e) }
				if slices.Contains(tc.kinds, kind) {
					h.leaves(run, "event-noted")
				} else {
					h.blames(run, "kind", "form.choose")
				}
			}
			if got := h.sheet(c.ID).Events; len(got) != len(tc.kinds) {
				t.Errorf("%d events", len(got))
			}
		})
	}
	house.sound()
}

// TestTheFieldsOfAnEvent: each kind has its own; a field of another is refused,
// an empty one is left out.
func TestTheFieldsOfAnEvent(t *testing.T) {
	house := newHouse(t)
	c, p := house.hold(house.arrested("theft-simple"))
	g := house.held("agent", "register.custody.note", c.ID, p)
	for _, tc := range []struct {
		kind, field string
		fits        bool
	}{
		{"rights", "language", true}, {"rights", "family-told", false}, {"family", "family-told", true}, {"family", "doctor", false}, {"doctor", "doctor", true}, {"doctor", "result", true},
		{"lawyer", "lawyer", true}, {"lawyer", "duration", true}, {"hearing", "hearing-start", true}, {"meal", "lawyer", false}, {"health", "health", true}, {register.Check, "health", false}, {"rest", "remarks", true},
	} {
		t.Run(tc.kind+" "+tc.field, func(t *testing.T) {
			h := house.with(t)
			e := register.NewEvent{Submission: h.ids.New(), Kind: tc.kind, At: h.clock.Now(), Details: []register.Detail{{Field: tc.field, Value: "Dit."}, {Field: "remarks", Value: " "}}}
			run := func() error { return h.NoteEvent(ctx, g, c.ID, e) }
			if !tc.fits {
				h.blames(run, tc.field, "form.choose")
				return
			}
			h.leaves(run, "event-noted")
			all := h.sheet(c.ID).Events
			at := slices.IndexFunc(all, func(x register.Event) bool { return x.ID == e.Submission })
			if at < 0 || !slices.Equal(all[at].Details, []register.Detail{{Field: tc.field, Value: "Dit."}}) || all[at].Writer != h.who["agent"] {
				t.Errorf("%+v", all)
			}
		})
	}
}

// TestWhatAnEventAsksFor: an id, a time between the arrest and now, a phase.
func TestWhatAnEventAsksFor(t *testing.T) {
	house := newHouse(t)
	c, p := house.hold(house.arrested("theft-simple"))
	g := house.held("agent", "register.custody.note", c.ID, p)
	now := house.clock.Now()
	for name, tc := range map[string]struct {
		spoil      func(*register.NewEvent)
		field, key string
	}{
		"no id":             {func(e *register.NewEvent) { e.Submission = "1" }, "submission", "register.fault.submission"},
		"no time":           {func(e *register.NewEvent) { e.At = time.Time{} }, "at", "form.required"},
		"ahead":             {func(e *register.NewEvent) { e.At = now.Add(2 * time.Minute) }, "at", "form.future"},
		"before the arrest": {func(e *register.NewEvent) { e.At = c.Arrest.Add(-time.Second) }, "at", "register.fault.before-arrest"},
		"a phase unknown":   {func(e *register.NewEvent) { e.Phase = "middle" }, "phase", "form.choose"},
		"no kind":           {func(e *register.NewEvent) { e.Kind = "" }, "kind", "form.choose"},
		"endless":           {func(e *register.NewEvent) { e.Details[0].Value = tooLong }, "language", "form.too-long"},
		"broken":            {func(e *register.NewEvent) { e.Details[0].Value = "a\x00b" }, "language", "text.control-character"},
	} {
		t.Run(name, func(t *testing.T) {
			h := house.with(t)
			e := register.NewEvent{Submission: h.ids.New(), Kind: "rights", At: now, Details: []register.Detail{{Field: "language", Value: "arabe"}}}
			tc.spoil(&e)
			h.blames(func() error { return h.NoteEvent(ctx, g, c.ID, e) }, tc.field, tc.key)
		})
	}
	first := register.NewEvent{Submission: house.ids.New(), Kind: "rights", At: c.Arrest}
	house.leaves(func() error { return house.NoteEvent(ctx, g, c.ID, first) }, "event-noted") // at the arrest itself
}

// TestAnEventIsSentOnce: sent again it is the same one; under its id another
// person, or a page of another custody, notes nothing and is told so.
func TestAnEventIsSentOnce(t *testing.T) {
	h := newHouse(t)
	c, p := h.hold(h.arrested("theft-simple"))
	other, q := h.hold(h.arrested("theft-simple"))
	e := register.NewEvent{Submission: h.ids.New(), Kind: "meal", At: h.clock.Now()}
	g := h.held("agent", "register.custody.note", c.ID, p)
	h.leaves(func() error { return h.NoteEvent(ctx, g, c.ID, e) }, "event-noted")
	h.leaves(func() error { return h.NoteEvent(ctx, g, c.ID, e) })
	h.refuses(func() error { return h.NoteEvent(ctx, h.held("opj", "register.custody.note", c.ID, p), c.ID, e) }, fault.Conflict, "register.fault.submission")
	h.refuses(func() error {
		return h.NoteEvent(ctx, h.held("agent", "register.custody.note", other.ID, q), other.ID, e)
	}, fault.Conflict, "register.fault.submission")
	if n := len(h.sheet(other.ID).Events); n != 0 {
		t.Errorf("%d events of the other custody", n)
	}
}

// TestAVisaIsTheOffices: with a remark or without; too long a remark is blamed.
// Law: CPP 45
func TestAVisaIsTheOffices(t *testing.T) {
	h := newHouse(t)
	c, _ := h.hold(h.arrested("theft-simple"))
	g := must(h.seat("prosecutor", c.ID, "register.custody.visa"))
	h.leaves(func() error { return h.Visa(ctx, g, c.ID, "Vu et v\u00e9rifi\u00e9.") }, "event-noted")
	h.leaves(func() error { return h.Visa(ctx, g, c.ID, "  ") }, "event-noted")
	h.blames(func() error { return h.Visa(ctx, g, c.ID, tooLong) }, "remarks", "form.too-long")
	h.refuses(func() error { return h.Visa(ctx, g, h.ids.New(), "") }, fault.NotFound, "fault.not-found")
	events := h.sheet(c.ID).Events
	if len(events) != 2 || len(events[0].Details)+len(events[1].Details) != 1 || events[0].Writer != h.who["prosecutor"] {
		t.Errorf("%+v", events)
	}
}

// TestTheListGoesOnceADayToEachOffice: the day is Morocco's; who was brought in
// after the list waits for the next one.
// Law: CPP 66
func TestTheListGoesOnceADayToEachOffice(t *testing.T) {
	h := newHouseAt(t, time.Date(2026, 11, 22, 22, 0, 0, 0, time.UTC)) // an hour before midnight in Morocco
	send := func() (out []register.List) {
		t.Helper()
		var err error
		out, err = h.SendList(ctx, h.grant("chief", "register.list.send", res0))
		h.must(err)
		return out
	}
	again := func() error { _, err := h.SendList(ctx, h.grant("chief", "register.list.send", res0)); return err }
	h.refuses(again, fault.Conflict, "register.fault.no-list")
	first, p := h.hold(h.arrested("theft-simple"))
	lists := send()
	if len(lists) != 1 || lists[0].Day != "2026-11-22" || lists[0].Office != h.unit["PR-KEN"] || !slices.Equal(lists[0].Custodies, []ident.ID{first.ID}) || lists[0].Writer != h.who["chief"] {
		t.Fatalf("%+v", lists)
	}
	second, _ := h.hold(h.arrested("theft-simple"))
	h.refuses(again, fault.Conflict, "register.fault.no-list")
	h.hold(h.arrested("burglary"))
	if lists = send(); len(lists) != 1 || lists[0].Office != h.unit["PGR-KEN"] || lists[0].Count != 1 {
		t.Errorf("the other office's: %+v", lists)
	}
	h.clock.Advance(time.Hour)
	h.end(first, p, "release", h.clock.Now())
	lists = send()
	if len(lists) != 2 || lists[0].Day != "2026-11-23" || !slices.Equal(lists[0].Custodies, []ident.ID{second.ID}) {
		t.Errorf("the next day's: %+v", lists)
	}
	h.sound()
}

// TestAListIsTakenOnce: by the office, which is then named on it.
func TestAListIsTakenOnce(t *testing.T) {
	h := newHouse(t)
	h.hold(h.arrested("theft-simple"))
	lists, err := h.SendList(ctx, h.grant("chief", "register.list.send", res0))
	h.must(err)
	res, err := h.Seat(ctx, ident.Ref{Kind: register.KindList, ID: lists[0].ID}, control)
	h.must(err)
	g := h.grant("prosecutor", "register.list.take", res, control)
	h.leaves(func() error { return h.TakeList(ctx, g, lists[0].ID) }, "list-taken")
	h.refuses(func() error { return h.TakeList(ctx, g, lists[0].ID) }, fault.Conflict, "register.fault.state")
	h.refuses(func() error { return h.TakeList(ctx, g, h.ids.New()) }, fault.NotFound, "fault.not-found")
	got, err := h.List(ctx, lists[0].ID)
	h.must(err)
	if got.TakenBy != h.who["prosecutor"] || got.Taken.Before(lists[0].Written) || got.Count != 1 {
		t.Errorf("%+v", got)
	}
}

// TestThePageOfARefusal: each reason is a page of the register with a number of
// its own and a line of the log book; nobody is held, and no clock runs.
// Law: CPP 66-1
func TestThePageOfARefusal(t *testing.T) {
	house := newHouse(t)
	p := house.newCase("*")
	g := house.grant("opj", "register.custody.open", res0, p)
	for _, why := range register.Refusals() {
		t.Run(why, func(t *testing.T) {
			h := house.with(t)
			in := h.arrested("theft-simple")
			in.Grounds, in.Cell = nil, ""
			var c register.Custody
			kinds := h.during(func() { c = must(h.RefuseCustody(ctx, g, in, why)) })
			if !slices.Equal(kinds, []string{"index.person-recorded", "custody-declined", "line-written"}) {
				t.Errorf("appended %q", kinds)
			}
			if c.State != register.CustodyRefused || c.Outcome != why || c.Ended.IsZero() || c.Cell != "" || len(c.Grounds) != 0 || c.Reasons != in.Reasons {
				t.Errorf("%+v", c)
			}
			lines := must(h.LogBook(ctx, h.unit["KEN-VILLE-BPJ"], time.Time{}, 1))
			if lines[0].Kind != register.LineRefusal || lines[0].Subject.ID != c.ID || lines[0].SubjectNumber != c.Number {
				t.Errorf("%+v", lines[0])
			}
			h.leaves(func() error { _, err := h.RefuseCustody(ctx, g, in, why); return err }) // sent twice
		})
	}
	h := house
	h.blames(func() error { _, err := h.RefuseCustody(ctx, g, h.arrested("theft-simple"), "tired"); return err }, "why", "form.choose")
	nameless := h.arrested("theft-simple")
	nameless.Reasons = ""
	h.blames(func() error { _, err := h.RefuseCustody(ctx, g, nameless, "unfit"); return err }, "reasons", "form.required")
	open := must(h.Open(ctx, h.unit["KEN-VILLE-BPJ"]))
	if len(open.Custodies) != 0 {
		t.Errorf("%d custodies are open", len(open.Custodies))
	}
	h.clock.Advance(100 * 24 * time.Hour)
	if n := must(h.Watch(ctx)); n != 0 {
		t.Errorf("%d overruns", n)
	}
	h.sound()
}

// TestAPersonIsHeldOnceAtATime: not while a page of theirs is open, in any unit
// or case; after its end, or after a refusal, they may be.
func TestAPersonIsHeldOnceAtATime(t *testing.T) {
	h := newHouse(t)
	c, p := h.hold(h.arrested("theft-simple"))
	again := func(purpose policy.Purpose) func() error {
		return func() error {
			in := h.arrested("theft-simple")
			in.New, in.Person = nil, c.Person
			_, err := h.OpenCustody(ctx, h.grant("chief", "register.custody.open", res0, purpose), in)
			return err
		}
	}
	h.refuses(again(p), fault.Conflict, "register.fault.held")
	h.refuses(again(h.newCase("*")), fault.Conflict, "register.fault.held")
	h.end(c, p, "release", h.clock.Now())
	h.leaves(again(p), "custody-opened", "line-written")
	all := must(h.CustodiesOf(ctx, p.Ref.ID))
	if len(all) != 2 || all[0].ID != c.ID || all[1].Number != "0002/KEN-VILLE-BPJ/2026" || all[1].Person != c.Person {
		t.Errorf("%+v", all)
	}
}

// TestAPageIsSentOnce: by its writer it is the same page again; under its id
// another person opens nothing.
func TestAPageIsSentOnce(t *testing.T) {
	h := newHouse(t)
	p := h.newCase("*")
	in := h.arrested("theft-simple")
	open := func(who string) func() error {
		return func() error {
			_, err := h.OpenCustody(ctx, h.grant(who, "register.custody.open", res0, p), in)
			return err
		}
	}
	h.leaves(open("opj"), "index.person-recorded", "custody-opened", "line-written")
	h.leaves(open("opj"))
	h.refuses(open("chief"), fault.Conflict, "register.fault.submission")
}

// TestInitialsOnTheWall: the first letter of each part of the name, in capitals,
// and never the name.
func TestInitialsOnTheWall(t *testing.T) {
	h := newHouse(t)
	for _, tc := range []struct{ family, given, want string }{
		{"Benmoussa", "Yassine", "Y. B."}, {"el idrissi", "fatima zahra", "F. Z. E. I."}, {"Émond", "Ali", "A. \u00c9."}, {"Tazi", "", "T."},
	} {
		in := h.arrested("theft-simple")
		in.New.Family.Latin, in.New.Given.Latin = tc.family, tc.given
		if tc.given == "" {
			in.New.Given.Arabic = "\u0639\u0644\u064a"
		}
		c, _ := h.hold(in)
		if c.Initials != tc.want && tc.given != "" {
			t.Errorf("%s %s: %q", tc.given, tc.family, c.Initials)
		}
		if c.Initials == "" || len([]rune(c.Initials)) > 12 {
			t.Errorf("%s %s: %q", tc.given, tc.family, c.Initials)
		}
	}
}
