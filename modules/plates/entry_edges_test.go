package plates_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/modules/plates"
)

// onEntry does one act on an entry as somebody who may.
func (h *house) onEntry(verb string, id ident.ID, a plates.Act) error {
	h.t.Helper()
	ref := ident.Ref{Kind: plates.KindEntry, ID: id}
	switch verb {
	case "renew":
		return h.RenewEntry(ctx, h.grant("second", "plates.entry.renew", ref), plates.Renewal{Act: a, Entry: id, Authority: "Procureur, 7/2026"})
	case "cancel":
		return h.CancelEntry(ctx, h.grant("second", "plates.entry.cancel", ref), plates.Cancelling{Act: a, Entry: id, Reason: "Retrouv\u00e9e"})
	case "contest":
		return h.ContestEntry(ctx, h.grant("agent", "plates.entry.contest", ref), plates.Contesting{Act: a, Entry: id, Person: "Driss Amrani", Grounds: "Rendue"})
	case "uphold":
		return h.DecideContest(ctx, h.grant("prosecutor", "plates.contest.decide", ref), plates.Deciding{Act: a, Entry: id, Upheld: true, Decision: "Fond\u00e9e"})
	}
	return h.DecideContest(ctx, h.grant("chief", "plates.contest.decide", ref), plates.Deciding{Act: a, Entry: id, Decision: "Sans pi\u00e8ce"})
}

// entryIn brings a new entry to stand in a way; "settled" is one that was
// cancelled while its contest was open, "withdrawn" one whose contest a
// cancellation of the first versions left open.
func (h *house) entryIn(standing string, plate string) plates.Entry {
	h.t.Helper()
	in := h.wish(plate)
	in.From = h.clock.Now()
	switch standing {
	case "ahead":
		in.From = h.clock.Now().Add(30 * 24 * time.Hour)
	case "lapsed":
		in.Until = h.clock.Now().Add(time.Minute)
	}
	e, err := h.enter("opj", in)
	h.must(err)
	h.clock.Advance(2 * time.Minute)
	for _, verb := range map[string][]string{"suspended": {"contest"}, "cancelled": {"cancel"}, "settled": {"contest", "cancel"}, "withdrawn": {"contest"}}[standing] {
		h.must(h.onEntry(verb, e.ID, h.act()))
		h.clock.Advance(time.Second)
	}
	if standing == "withdrawn" {
		h.must(h.append(plates.EntryCancelled{Entry: e.ID, N: h.entry(e.ID).Version + 1, By: h.who["opj"], Reason: journal.Seal("")}))
	}
	return h.entry(e.ID)
}

// TestEveryEdgeOfAnEntry does every act on an entry that stands in every way:
// what may be done leads where it should, all else is refused by name and
// leaves nothing.
func TestEveryEdgeOfAnEntry(t *testing.T) {
	h := newHouse(t)
	const state, none = "plates.fault.entry-state", "plates.fault.no-contest"
	plate := 0
	for standing, answers := range map[string]map[string]string{
		"active":    {"renew": "active", "cancel": "cancelled", "contest": "suspended", "uphold": none, "dismiss": none},
		"ahead":     {"renew": "ahead", "cancel": "cancelled", "contest": "suspended", "uphold": none, "dismiss": none},
		"lapsed":    {"renew": "active", "cancel": "cancelled", "contest": "suspended", "uphold": none, "dismiss": none},
		"suspended": {"renew": state, "cancel": "cancelled", "contest": state, "uphold": "cancelled", "dismiss": "active"},
		"cancelled": {"renew": state, "cancel": state, "contest": state, "uphold": none, "dismiss": none},
		"settled":   {"renew": state, "cancel": state, "contest": state, "uphold": none, "dismiss": none},
		"withdrawn": {"renew": state, "cancel": state, "contest": state, "uphold": state, "dismiss": state},
	} {
		for verb, want := range answers {
			plate++
			e := h.entryIn(standing, nth(plate))
			name := verb + " of an entry that is " + standing
			h.says(name+", seen in another version", "fault.conflict", func() error {
				return h.onEntry(verb, e.ID, plates.Act{Submission: h.ids.New(), Version: e.Version + 1})
			})
			refusal := ""
			if strings.HasPrefix(want, "plates.fault.") {
				refusal, want = want, e.Standing(h.clock.Now())
			}
			h.says(name, refusal, func() error { return h.onEntry(verb, e.ID, plates.Act{Submission: h.ids.New(), Version: e.Version}) })
			if now := h.entry(e.ID); now.Standing(h.clock.Now()) != want {
				t.Errorf("%s leads to %s, want %s", name, now.Standing(h.clock.Now()), want)
			}
		}
	}
	h.sound()
}

// TestACancellationSettlesTheContest, with its reason, in one transaction; who
// contested can be told so, in their language, and nothing waits any more.
func TestACancellationSettlesTheContest(t *testing.T) {
	h := newHouse(t)
	e := h.entryIn("suspended", nth(1))
	before, err := h.k.Journal.Last(ctx)
	h.must(err)
	h.must(h.cancel(e.ID))
	after, err := h.k.Journal.After(ctx, before, 3)
	h.must(err)
	if len(after) < 2 || after[0].Kind != "plates.entry-cancelled" || after[1].Kind != "plates.contest-settled" || after[1].Seq != after[0].Seq+1 || !after[1].Happened.Equal(after[0].Happened) {
		t.Errorf("%+v", after)
	}
	all, err := h.Contests(ctx, e.ID)
	h.must(err)
	if len(all) != 1 || all[0].State != "settled" || all[0].Decision != "Retrouv\u00e9e" || all[0].Decider != h.who["opj"] || all[0].Decided.IsZero() {
		t.Errorf("%+v", all)
	}
	once := h.act()
	f := h.entryIn("suspended", nth(2))
	for range 2 { // sent twice
		h.must(h.onEntry("cancel", f.ID, once))
	}
	g := h.entryIn("active", nth(3))
	h.must(h.cancel(g.ID))
	if all, err := h.Contests(ctx, g.ID); err != nil || len(all) != 0 {
		t.Errorf("%v %+v", err, all)
	}
	h.sound()
}

// nth is a plate of its own for each number.
func nth(n int) string { return fmt.Sprintf("%d-B-6", 4000+n) }

// TestWhenAnEntryStands: from the first moment, inclusive, to the last,
// exclusive; a suspended or cancelled one stands never.
func TestWhenAnEntryStands(t *testing.T) {
	from, until := noon, noon.Add(time.Hour)
	for _, c := range []struct {
		state plates.EntryState
		at    time.Time
		want  string
	}{
		{plates.Active, from.Add(-time.Microsecond), "ahead"}, {plates.Active, from, "active"}, {plates.Active, until.Add(-time.Microsecond), "active"}, {plates.Active, until, "lapsed"},
		{plates.Suspended, from.Add(-time.Hour), "suspended"}, {plates.Suspended, until.Add(time.Hour), "suspended"}, {plates.Cancelled, from, "cancelled"}, {plates.Cancelled, until, "cancelled"},
	} {
		if got := (plates.Entry{State: c.state, From: from, Until: until}).Standing(c.at); got != c.want {
			t.Errorf("%s at %s: %s, want %s", c.state, c.at, got, c.want)
		}
	}
}

// TestEveryFieldOfAnEntrysForms: what a form about an entry says wrongly is
// named at its field, and nothing of the form is written.
func TestEveryFieldOfAnEntrysForms(t *testing.T) {
	h := newHouse(t)
	e, other := h.list("12345-A-6"), h.list("777-B-1")
	line, words := strings.Repeat("x", 201), strings.Repeat("x", 5001)
	renew := func(in plates.Renewal) error {
		return h.RenewEntry(ctx, h.grant("opj", "plates.entry.renew", e.Ref()), in)
	}
	cancel := func(in plates.Cancelling) error {
		return h.CancelEntry(ctx, h.grant("opj", "plates.entry.cancel", e.Ref()), in)
	}
	contest := func(in plates.Contesting) error {
		return h.ContestEntry(ctx, h.grant("desk", "plates.entry.contest", e.Ref()), in)
	}
	decide := func(in plates.Deciding) error {
		return h.DecideContest(ctx, h.grant("chief", "plates.contest.decide", e.Ref()), in)
	}
	for _, c := range []struct {
		name, want string
		act        func() error
	}{
		{"renewed on nobody's authority", "form.required (authority)", func() error { return renew(plates.Renewal{Act: h.act(), Entry: e.ID, Authority: " "}) }},
		{"renewed to a day that is over", "plates.fault.ends-before (until)", func() error {
			return renew(plates.Renewal{Act: h.act(), Entry: e.ID, Authority: "X", Until: h.clock.Now()})
		}},
		{"renewed past the pack's term", "plates.fault.too-far (until)", func() error {
			return renew(plates.Renewal{Act: h.act(), Entry: e.ID, Authority: "X", Until: h.clock.Now().AddDate(1, 0, 2)})
		}},
		{"renewed without a form", "plates.fault.submission (submission)", func() error { return renew(plates.Renewal{Entry: e.ID, Authority: "X"}) }},
		{"cancelled without a reason", "form.required (reason)", func() error { return cancel(plates.Cancelling{Act: h.act(), Entry: e.ID}) }},
		{"a reason too long", "form.too-long (reason)", func() error { return cancel(plates.Cancelling{Act: h.act(), Entry: e.ID, Reason: words}) }},
		{"contested by nobody for nothing", "form.required (person); form.required (grounds)", func() error { return contest(plates.Contesting{Act: h.act(), Entry: e.ID}) }},
		{"a contact too long", "form.too-long (contact)", func() error {
			return contest(plates.Contesting{Act: h.act(), Entry: e.ID, Person: "X", Contact: line, Grounds: "X"})
		}},
		{"decided without reasons", "form.required (decision)", func() error { return decide(plates.Deciding{Act: h.act(), Entry: e.ID, Upheld: true}) }},
		{"renewing another than allowed", "plates.fault.other-record", func() error { return renew(plates.Renewal{Act: h.act(), Entry: other.ID, Authority: "X"}) }},
		{"contesting another than allowed", "plates.fault.other-record", func() error {
			return contest(plates.Contesting{Act: h.act(), Entry: other.ID, Person: "X", Grounds: "X"})
		}},
		{"deciding about another than allowed", "plates.fault.other-record", func() error { return decide(plates.Deciding{Act: h.act(), Entry: other.ID, Decision: "X"}) }},
	} {
		h.says(c.name, c.want, c.act)
	}
	if now := h.entry(e.ID); now != e {
		t.Errorf("%+v, was %+v", now, e)
	}
}

// TestTheEndOfAnEntryIsThatOfItsList: left open, an entry ends when the pack's
// term of its list does; a later end is refused, the term's own is not.
func TestTheEndOfAnEntryIsThatOfItsList(t *testing.T) {
	h := newHouse(t)
	for i, c := range []struct {
		list        plates.List
		years, days int
	}{{list: plates.Stolen, years: 1}, {list: plates.Wanted, years: 1}, {list: plates.Missing, days: 30}} {
		term := noon.AddDate(c.years, 0, c.days)
		in := h.wish(nth(i))
		in.List, in.From = c.list, noon
		in.Until = term.Add(24*time.Hour + time.Second)
		if _, err := h.enter("opj", in); said(err) != "plates.fault.too-far (until)" {
			t.Errorf("%s: %v", c.list, err)
		}
		in.Until = time.Time{}
		e, err := h.enter("opj", in)
		h.must(err)
		if e.Until.Sub(term).Abs() > 25*time.Hour {
			t.Errorf("%s ends on %s, want about %s", c.list, e.Until, term)
		}
	}
}

// TestTheSamePlateOnAnotherList: a plate stands once on each list, and again
// on a list on which its entry has ended or lapsed.
func TestTheSamePlateOnAnotherList(t *testing.T) {
	h := newHouse(t)
	e := h.list("12345-A-6")
	for _, list := range plates.Lists() {
		in := h.wish("12345-A-6")
		in.List = list
		_, err := h.enter("opj", in)
		if fault.Is(err, fault.Conflict) != (list == plates.Stolen) || err != nil && list != plates.Stolen {
			t.Errorf("%s: %v", list, err)
		}
	}
	foreign := h.wish("AB-123-CD")
	for _, country := range []string{"fr", "es"} {
		foreign.Submission, foreign.Country = h.ids.New(), country
		if _, err := h.enter("opj", foreign); err != nil {
			t.Errorf("%s: %v", country, err)
		}
	}
	h.must(h.contest(e.ID))
	h.says("listed while suspended", "plates.fault.listed (plate)", func() error { _, err := h.enter("opj", h.wish("12345-A-6")); return err })
	h.must(h.cancel(e.ID))
	h.says("listed once it is cancelled", "", func() error { _, err := h.enter("opj", h.wish("12345-A-6")); return err })
	h.clock.Set(noon.AddDate(1, 0, 3))
	h.says("listed once it has lapsed", "", func() error { _, err := h.enter("opj", h.wish("12345-A-6")); return err })
	h.sound()
}
