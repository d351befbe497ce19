package oversight

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/text"
	"github.com/amana-platform/amana/kernel/web"
)

// alarmIn raises an alarm and brings it to a state.
func (h *house) alarmIn(state State) Alarm {
	h.t.Helper()
	record := ident.Derive(h.t.Name() + string(state))
	a := h.raise(h.reader, record)
	switch state {
	case Acknowledged:
		h.must(h.AcknowledgeAlarm(h.t.Context(), h.grant(h.deputy, actionAcknowledge, a.Resource()), a.ID))
	case Justified, Unjustified:
		h.must(h.JudgeAlarm(h.t.Context(), h.grant(h.deputy, actionJudge, a.Resource()), a.ID, state == Justified, "seen"))
	}
	return h.alarm(a.ID)
}

func (h *house) alarm(id ident.ID) Alarm {
	h.t.Helper()
	a, err := h.Alarm(h.t.Context(), id)
	h.must(err)
	return a
}

// TestEveryVerbOnAnAlarmInEveryState: open alarms are taken up and judged; what
// was judged is settled, whoever comes and whatever they say.
func TestEveryVerbOnAnAlarmInEveryState(t *testing.T) {
	base := newHouse(t)
	for _, state := range []State{Raised, Acknowledged, Justified, Unjustified} {
		for _, v := range []struct {
			name  string
			to    State
			entry string
			run   func(h *house, a Alarm) error
		}{
			{"acknowledge", Acknowledged, "alarm-acknowledged", func(h *house, a Alarm) error {
				return h.AcknowledgeAlarm(h.t.Context(), h.grant(h.chief, actionAcknowledge, a.Resource()), a.ID)
			}},
			{"justify", Justified, "alarm-judged", func(h *house, a Alarm) error {
				return h.JudgeAlarm(h.t.Context(), h.grant(h.chief, actionJudge, a.Resource()), a.ID, true, "a child was found")
			}},
			{"condemn", Unjustified, "alarm-judged", func(h *house, a Alarm) error {
				return h.JudgeAlarm(h.t.Context(), h.grant(h.chief, actionJudge, a.Resource()), a.ID, false, "it could wait")
			}},
		} {
			t.Run(string(state)+"/"+v.name, func(t *testing.T) {
				h := base.with(t)
				a := h.alarmIn(state)
				if !state.Open() {
					h.denies(func() error { return v.run(h, a) }, fault.Conflict, "oversight.settled")
					if again := h.alarm(a.ID); again.State != state || again.Finding != a.Finding {
						t.Errorf("%+v", again)
					}
					return
				}
				h.leaves(func() error { return v.run(h, a) }, v.entry)
				if got := h.alarm(a.ID); got.State != v.to || got.State.Open() != got.Judged.IsZero() {
					t.Errorf("%+v", got)
				}
			})
		}
	}
	base.sound()
}

// ask asks for permission to read a record of the unit.
func (h *house) ask(by, record ident.ID) Request {
	h.t.Helper()
	h.must(h.AskPermission(h.t.Context(), web.Asking{Actor: h.actor(by), Action: "cases.case.read", MayAllow: "brigade-chief", Record: ident.Ref{Kind: "case", ID: record}, Reason: "I know the brother"}))
	all, err := h.Requests(h.t.Context(), by)
	h.must(err)
	for _, q := range all {
		if q.Record.ID == record {
			return q
		}
	}
	h.t.Fatal("nothing was asked")
	return Request{}
}

// TestEveryAnswerInEveryState: a request is answered once.
func TestEveryAnswerInEveryState(t *testing.T) {
	base := newHouse(t)
	for _, state := range []State{Asked, Granted, Refused} {
		for _, granted := range []bool{true, false} {
			t.Run(string(state), func(t *testing.T) {
				h := base.with(t)
				q := h.ask(h.reader, h.k.Journal.NewID())
				answer := func(granted bool) func() error {
					return func() error {
						return h.AnswerRequest(t.Context(), h.grant(h.chief, actionAnswer, q.Resource()), q.ID, granted, "as I said")
					}
				}
				if state != Asked {
					h.must(answer(state == Granted)())
					h.denies(answer(granted), fault.Conflict, "oversight.settled")
					return
				}
				h.leaves(answer(granted), "permission-answered")
				got, err := h.Request(t.Context(), q.ID)
				h.must(err)
				if want := map[bool]State{true: Granted, false: Refused}[granted]; got.State != want || got.Answer != "as I said" || got.Answerer != h.chief || got.Answered.IsZero() {
					t.Errorf("%+v", got)
				}
			})
		}
	}
	base.sound()
}

// TestWhatADecisionAsksFor: a judgement has a reason, a refusal too, a grant may go
// without; none is endless or holds what no keyboard types.
func TestWhatADecisionAsksFor(t *testing.T) {
	base := newHouse(t)
	long := strings.Repeat("\u00e9", 2001)
	for name, tc := range map[string]struct {
		yes   bool
		words string
		key   string // "" where a grant takes it
		judge string
	}{
		"nothing, yes":   {true, "", "", "form.reason-required"},
		"nothing, no":    {false, " \n", "form.reason-required", "form.reason-required"},
		"endless, yes":   {true, long, "form.too-long", "form.too-long"},
		"endless, no":    {false, long, "form.too-long", "form.too-long"},
		"a control code": {true, "a\x00b", "text.control-character", "text.control-character"},
		"broken letters": {false, "a\xff", "text.not-utf8", "text.not-utf8"},
	} {
		t.Run(name, func(t *testing.T) {
			h := base.with(t)
			a, q := h.raise(h.reader, h.k.Journal.NewID()), h.ask(h.reader, h.k.Journal.NewID())
			h.denies(func() error {
				return h.JudgeAlarm(t.Context(), h.grant(h.chief, actionJudge, a.Resource()), a.ID, tc.yes, tc.words)
			}, fault.Invalid, tc.judge)
			answer := func() error {
				return h.AnswerRequest(t.Context(), h.grant(h.chief, actionAnswer, q.Resource()), q.ID, tc.yes, tc.words)
			}
			if tc.key == "" {
				h.leaves(answer, "permission-answered")
			} else {
				h.denies(answer, fault.Invalid, tc.key)
			}
		})
	}
	h := base
	a := h.raise(h.reader, h.k.Journal.NewID())
	h.leaves(func() error {
		return h.JudgeAlarm(t.Context(), h.grant(h.chief, actionJudge, a.Resource()), a.ID, true, long[2:])
	}, "alarm-judged")
}

// TestWhatIsNotThereIsNotFound and nothing is written about it.
func TestWhatIsNotThereIsNotFound(t *testing.T) {
	h := newHouse(t)
	a, q, none := h.raise(h.reader, h.one), h.ask(h.reader, h.one), h.k.Journal.NewID()
	for name, run := range map[string]func() error{
		"an alarm":  func() error { _, err := h.Alarm(t.Context(), none); return err },
		"a request": func() error { _, err := h.Request(t.Context(), none); return err },
		"taken up": func() error {
			return h.AcknowledgeAlarm(t.Context(), h.grant(h.chief, actionAcknowledge, a.Resource()), none)
		},
		"judged": func() error {
			return h.JudgeAlarm(t.Context(), h.grant(h.chief, actionJudge, a.Resource()), none, true, "x")
		},
		"answered": func() error {
			return h.AnswerRequest(t.Context(), h.grant(h.chief, actionAnswer, q.Resource()), none, true, "x")
		},
		"a request as an alarm": func() error { _, err := h.Alarm(t.Context(), q.ID); return err },
	} {
		t.Run(name, func(t *testing.T) { h.with(t).denies(run, fault.NotFound, "fault.not-found") })
	}
}

// TestWhoMayDecide: of all that an alarm and a request allow, each role and each
// person exactly what is theirs.
func TestWhoMayDecide(t *testing.T) {
	h := newHouse(t)
	a, q := h.raise(h.reader, h.one), h.ask(h.reader, h.one)
	stranger, admin := ident.Derive("stranger"), ident.Derive("administrator")
	h.people["administrator"] = []ident.ID{admin}
	everybody := map[string]ident.ID{"reader": h.reader, "chief": h.chief, "deputy": h.deputy, "inspector": h.inspector, "stranger": stranger, "administrator": admin}
	for _, tc := range []struct {
		action string
		res    policy.Resource
		who    []string
	}{
		{actionRead, a.Resource(), []string{"reader", "chief", "deputy", "inspector"}},
		{actionAcknowledge, a.Resource(), []string{"chief", "deputy"}},
		{actionJudge, a.Resource(), []string{"chief", "deputy"}},
		{actionRequest, q.Resource(), []string{"reader", "chief", "deputy"}},
		{actionAnswer, q.Resource(), []string{"chief", "deputy"}},
		{actionList, policy.Resource{}, []string{"reader", "chief", "deputy", "inspector", "stranger"}},
		{actionRequests, policy.Resource{}, []string{"reader", "chief", "deputy", "inspector", "stranger"}},
	} {
		for name, id := range everybody {
			_, err := h.may(id, tc.action, tc.res)
			if want := slices.Contains(tc.who, name); want != (err == nil) || err != nil && !fault.Is(err, fault.Refused) {
				t.Errorf("%s, %s: %v", name, tc.action, err)
			}
			if _, err := h.k.Policy.Ask(t.Context(), h.actor(id), tc.action, tc.res, policy.Purpose{}); !fault.Is(err, fault.Refused) {
				t.Errorf("%s, %s without a purpose: %v", name, tc.action, err)
			}
		}
	}
}

// TestOnlyWhoWasToldTakesItUp: a grant made of a lie does not help.
func TestOnlyWhoWasToldTakesItUp(t *testing.T) {
	h := newHouse(t)
	a := h.raise(h.reader, h.one)
	lie := a.Resource()
	lie.Attrs["eyes"] = []string{string(h.inspector)}
	h.denies(func() error {
		return h.AcknowledgeAlarm(t.Context(), h.grant(h.inspector, actionAcknowledge, lie), a.ID)
	}, fault.Refused, "oversight.not-yours")
	q := h.ask(h.chief, h.one)
	own := q.Resource()
	own.Attrs["eyes"], own.Attrs["by"] = []string{string(h.chief)}, string(h.deputy)
	h.denies(func() error {
		return h.AnswerRequest(t.Context(), h.grant(h.chief, actionAnswer, own), q.ID, true, "x")
	}, fault.Refused, "oversight.own")
}

// TestWhoIsToldOfWhoseEmergency: the holders of the role near the record; where
// the reader is one of them, or the role is the inspectors' own, other inspectors;
// where there is nobody, nothing happens at all.
// Law: L09-08 23
func TestWhoIsToldOfWhoseEmergency(t *testing.T) {
	h := newHouse(t)
	second := ident.Derive("second inspector")
	for name, tc := range map[string]struct {
		by        ident.ID
		role      string
		chiefs    []ident.ID
		inspector []ident.ID
		told      []ident.ID
	}{
		"an officer":                     {h.reader, "brigade-chief", []ident.ID{h.chief, h.deputy}, []ident.ID{h.inspector}, []ident.ID{h.chief, h.deputy}},
		"one of two chiefs":              {h.deputy, "brigade-chief", []ident.ID{h.chief, h.deputy}, []ident.ID{h.inspector}, []ident.ID{h.inspector}},
		"no chief":                       {h.reader, "brigade-chief", nil, []ident.ID{h.inspector, second}, []ident.ID{h.inspector, second}},
		"no role":                        {h.reader, "", []ident.ID{h.chief}, []ident.ID{h.inspector}, []ident.ID{h.inspector}},
		"the inspectors' own":            {h.inspector, "inspector", []ident.ID{h.chief}, []ident.ID{h.inspector, second}, []ident.ID{second}},
		"the only inspector":             {h.inspector, "inspector", []ident.ID{h.chief}, []ident.ID{h.inspector}, nil},
		"a chief without any inspectors": {h.chief, "brigade-chief", []ident.ID{h.chief}, nil, nil},
	} {
		t.Run(name, func(t *testing.T) {
			h := h.with(t)
			h.people["brigade-chief"], h.people["inspector"] = tc.chiefs, tc.inspector
			record := h.k.Journal.NewID()
			raise := func() error { return h.GlassBroken(t.Context(), h.broken(tc.by, record, "now"), tc.role) }
			ask := func() error {
				return h.AskPermission(t.Context(), web.Asking{Actor: h.actor(tc.by), Action: "x", MayAllow: tc.role, Record: ident.Ref{Kind: "case", ID: record}, Reason: "why"})
			}
			if tc.told == nil {
				h.denies(raise, fault.Unavailable, "oversight.nobody")
				h.denies(ask, fault.Unavailable, "oversight.nobody")
				return
			}
			h.leaves(raise, "glass-broken")
			h.leaves(raise) // as long as it is open, no second alarm
			h.leaves(ask, "permission-asked")
			for _, who := range tc.told {
				alarms, err := h.Alarms(t.Context(), who)
				h.must(err)
				asked, err := h.Requests(t.Context(), who)
				h.must(err)
				if alarms[0].Record.ID != record || !slices.Equal(alarms[0].Seconds, sorted(tc.told...)) || asked[0].Record.ID != record || !slices.Equal(asked[0].Deciders, sorted(tc.told...)) {
					t.Errorf("%+v %+v", alarms[0], asked[0])
				}
			}
		})
	}
	h.sound()
}

// TestWhatIsEscalatedAndWhatIsNot: raised or taken up, past its time, once; what
// was judged is left alone; without an inspector the failure is said and nothing
// written, until there is one.
func TestWhatIsEscalatedAndWhatIsNot(t *testing.T) {
	h := newHouse(t)
	raised, taken, judged := h.alarmIn(Raised), h.alarmIn(Acknowledged), h.alarmIn(Justified)
	h.clock.Set(raised.Due.Add(time.Minute))
	h.people["inspector"] = nil
	h.denies(func() error { _, err := h.Escalate(t.Context()); return err }, fault.Unavailable, "oversight.nobody")
	h.people["inspector"] = []ident.ID{h.inspector}
	h.leaves(func() error { return h.Module().Jobs[0].Do(t.Context()) }, "alarm-escalated", "alarm-escalated")
	h.leaves(func() error { return h.Module().Jobs[0].Do(t.Context()) })
	for id, want := range map[ident.ID]bool{raised.ID: true, taken.ID: true, judged.ID: false} {
		if a := h.alarm(id); a.Escalated.IsZero() == want || slices.Contains(a.Seconds, h.inspector) != want {
			t.Errorf("%+v", a)
		}
	}
	if a := h.alarm(taken.ID); a.State != Acknowledged {
		t.Errorf("who took it up is not relieved of it: %s", a.State)
	}
	h.sound()
}

// TestOpenOnesComeFirst in both lists, and nobody sees what they were not told of.
func TestOpenOnesComeFirst(t *testing.T) {
	h := newHouse(t)
	var open []ident.ID
	for i := range 4 {
		h.clock.Advance(time.Minute)
		a := h.raise(h.reader, h.k.Journal.NewID())
		if i%2 == 0 {
			h.must(h.JudgeAlarm(t.Context(), h.grant(h.chief, actionJudge, a.Resource()), a.ID, true, "seen"))
		} else {
			open = append([]ident.ID{a.ID}, open...)
		}
	}
	all, err := h.Alarms(t.Context(), h.chief)
	h.must(err)
	var got []ident.ID
	for _, a := range all[:2] {
		got = append(got, a.ID)
	}
	if !slices.Equal(got, open) || len(all) != 4 || all[2].State.Open() {
		t.Errorf("%+v", all)
	}
	if none, err := h.Alarms(t.Context(), h.inspector); err != nil || len(none) != 0 {
		t.Errorf("%v %v", none, err)
	}
}

// TestEveryEntryIsTold in each language, with its outcome and nobody's words.
func TestEveryEntryIsTold(t *testing.T) {
	h := newHouse(t)
	all, err := text.Load(nil, Texts)
	h.must(err)
	h.alarmIn(Unjustified)
	h.alarmIn(Justified)
	h.alarmIn(Acknowledged)
	q := h.ask(h.reader, h.one)
	h.must(h.AnswerRequest(t.Context(), h.grant(h.chief, actionAnswer, q.Resource()), q.ID, false, "no"))
	h.clock.Advance(48 * time.Hour)
	_, err = h.Escalate(t.Context())
	h.must(err)
	made, err := h.k.Journal.After(t.Context(), 0, 1000)
	h.must(err)
	seen := map[string]bool{}
	for _, e := range made {
		if !strings.HasPrefix(e.Kind, "oversight.") {
			continue
		}
		for _, l := range text.Langs() {
			title, detail := h.Module().Tells[e.Kind](all.In(l), e.Entry)
			if title == "" || strings.Contains(title+detail, "\u27e6") {
				t.Errorf("%s: %q %q", e.Kind, title, detail)
			}
			seen[e.Kind+detail] = true
		}
	}
	if len(seen) < len(kinds())+6 {
		t.Errorf("%d outcomes are told: %v", len(seen), seen)
	}
}
