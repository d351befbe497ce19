package oversight

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/store"
	"github.com/amana-platform/amana/kernel/text"
	"github.com/amana-platform/amana/kernel/text/texttest"
	"github.com/amana-platform/amana/kernel/web"
	"github.com/amana-platform/amana/kernel/web/ui"
)

func TestAnAlarmFromBreakingToJudgement(t *testing.T) {
	h := newHouse(t)
	a := h.raise(h.reader, h.one)
	if a.State != Raised || a.By != h.reader || a.Reason != "a child is in danger" || !a.Due.Equal(a.Broken.Add(24*time.Hour)) || !slices.Equal(a.Seconds, sorted(h.chief, h.deputy)) {
		t.Fatalf("%+v", a)
	}
	h.must(h.AcknowledgeAlarm(t.Context(), h.grant(h.deputy, actionAcknowledge, a.Resource()), a.ID))
	g := h.grant(h.chief, actionJudge, a.Resource())
	if err := h.JudgeAlarm(t.Context(), g, a.ID, false, "  "); !fault.Is(err, fault.Invalid) {
		t.Errorf("judged without a reason: %v", err)
	}
	h.must(h.JudgeAlarm(t.Context(), g, a.ID, true, "the child was found by it"))
	a, err := h.Alarm(t.Context(), a.ID)
	if err != nil || a.State != Justified || a.JudgedBy != h.chief || a.Finding != "the child was found by it" {
		t.Fatalf("%+v %v", a, err)
	}
	for _, again := range []error{h.JudgeAlarm(t.Context(), g, a.ID, false, "no"), h.AcknowledgeAlarm(t.Context(), h.grant(h.chief, actionAcknowledge, a.Resource()), a.ID)} {
		if !fault.Is(again, fault.Conflict) {
			t.Errorf("decided twice: %v", again)
		}
	}
	h.sound()
}

func sorted(ids ...ident.ID) []ident.ID {
	slices.Sort(ids)
	return ids
}

// TestNobodyJudgesTheirOwn tries it by policy, by service and by the table.
func TestNobodyJudgesTheirOwn(t *testing.T) {
	h := newHouse(t)
	a := h.raise(h.reader, h.one)
	h.refused(h.reader, actionJudge, a.Resource())
	h.refused(h.reader, actionAcknowledge, a.Resource())
	h.refused(h.inspector, actionJudge, a.Resource()) // was not told of it yet
	if _, err := h.may(h.reader, actionRead, a.Resource()); err != nil {
		t.Errorf("the reader may see what becomes of it: %v", err)
	}
	told := a.Resource()
	told.Attrs["eyes"] = []string{string(h.reader)}
	h.refused(h.reader, actionJudge, told)
	told.Attrs["by"] = string(h.chief) // a grant made of a lie
	if err := h.JudgeAlarm(t.Context(), h.grant(h.reader, actionJudge, told), a.ID, true, "because"); !fault.Is(err, fault.Refused) {
		t.Errorf("the service lets them: %v", err)
	}
	_, err := h.k.Journal.Do(t.Context(), h.grant(h.chief, actionJudge, a.Resource()), func(_ context.Context, _ store.Reader, d *journal.Draft) error {
		d.Add(AlarmJudged{ID: a.ID, By: h.reader, Reader: h.reader, Justified: true, Finding: journal.Seal("x")})
		return nil
	})
	if err == nil {
		t.Error("the table lets them")
	}
}

// TestWhoIsTold: the role that may allow it, near the record; the inspectors
// of whoever holds that role; nobody, and the glass does not break.
func TestWhoIsTold(t *testing.T) {
	h := newHouse(t)
	if a := h.raise(h.chief, h.one); !slices.Equal(a.Seconds, []ident.ID{h.inspector}) {
		t.Errorf("a chief's own emergency is told to %v", a.Seconds)
	}
	h.people["brigade-chief"] = nil
	if a := h.raise(h.reader, h.one); !slices.Equal(a.Seconds, []ident.ID{h.inspector}) {
		t.Errorf("without a chief it is told to %v", a.Seconds)
	}
	h.people["inspector"] = nil
	if err := h.GlassBroken(t.Context(), h.broken(h.deputy, h.unit, "x"), "brigade-chief"); !fault.Is(err, fault.Unavailable) {
		t.Errorf("with nobody to tell: %v", err)
	}
	if err := h.AskPermission(t.Context(), web.Asking{Actor: h.actor(h.reader), Action: "a", Reason: "b"}); !fault.Is(err, fault.Unavailable) {
		t.Errorf("with nobody to ask: %v", err)
	}
}

// TestOneAlarmWhileItIsOpen reads again and again, at once and after.
func TestOneAlarmWhileItIsOpen(t *testing.T) {
	h := newHouse(t)
	var all sync.WaitGroup
	for range 8 {
		g := h.broken(h.reader, h.one, "now")
		all.Go(func() {
			if err := h.GlassBroken(t.Context(), g, "brigade-chief"); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	a := h.raise(h.reader, h.one)
	count := func() int {
		found, err := h.Alarms(t.Context(), h.reader)
		h.must(err)
		return len(found)
	}
	if count() != 1 {
		t.Fatalf("%d alarms", count())
	}
	h.raise(h.deputy, h.one) // another person's is another
	h.must(h.JudgeAlarm(t.Context(), h.grant(h.chief, actionJudge, a.Resource()), a.ID, false, "it could wait"))
	h.raise(h.reader, h.one)
	if count() != 2 {
		t.Errorf("read again after the judgement: %d alarms", count())
	}
}

// TestAnUnjudgedAlarmGoesToTheInspectors once, when the pack's term ends.
func TestAnUnjudgedAlarmGoesToTheInspectors(t *testing.T) {
	h := newHouse(t)
	a := h.raise(h.reader, h.one)
	escalated := func(want int) {
		t.Helper()
		if n, err := h.Escalate(t.Context()); err != nil || n != want {
			t.Fatalf("%d %v, want %d", n, err, want)
		}
	}
	h.clock.Set(a.Due.Add(-time.Second))
	escalated(0)
	h.clock.Set(a.Due)
	escalated(1)
	escalated(0)
	a, err := h.Alarm(t.Context(), a.ID)
	h.must(err)
	if a.Escalated.IsZero() || !slices.Equal(a.Seconds, sorted(h.chief, h.deputy, h.inspector)) {
		t.Errorf("%+v", a)
	}
	h.must(h.JudgeAlarm(t.Context(), h.grant(h.inspector, actionJudge, a.Resource()), a.ID, false, "nobody looked"))
	h.sound()
}

func TestARequestFromAskingToAnswer(t *testing.T) {
	h := newHouse(t)
	ask := func() Request {
		h.must(h.AskPermission(t.Context(), web.Asking{Actor: h.actor(h.reader), Action: "tests.case.read", MayAllow: "brigade-chief", Record: ident.Ref{Kind: "case", ID: h.one}, Reason: "I know the suspect's brother"}))
		all, err := h.Requests(t.Context(), h.chief)
		h.must(err)
		return all[0]
	}
	q := ask()
	if q.State != Asked || q.By != h.reader || q.Reason != "I know the suspect's brother" || !slices.Equal(q.Deciders, sorted(h.chief, h.deputy)) {
		t.Fatalf("%+v", q)
	}
	h.refused(h.reader, actionAnswer, q.Resource())
	h.refused(h.inspector, actionRequest, q.Resource())
	g := h.grant(h.deputy, actionAnswer, q.Resource())
	if err := h.AnswerRequest(t.Context(), g, q.ID, false, ""); !fault.Is(err, fault.Invalid) {
		t.Errorf("refused without a reason: %v", err)
	}
	h.must(h.AnswerRequest(t.Context(), g, q.ID, false, "ask the prosecutor"))
	if err := h.AnswerRequest(t.Context(), g, q.ID, true, ""); !fault.Is(err, fault.Conflict) {
		t.Errorf("answered twice: %v", err)
	}
	if q, err := h.Request(t.Context(), q.ID); err != nil || q.State != Refused || q.Answer != "ask the prosecutor" || q.Answerer != h.deputy {
		t.Errorf("%+v %v", q, err)
	}
	again := ask()
	h.must(h.AnswerRequest(t.Context(), h.grant(h.chief, actionAnswer, again.Resource()), again.ID, true, ""))
	if again, err := h.Request(t.Context(), again.ID); err != nil || again.State != Granted {
		t.Errorf("%+v %v", again, err)
	}
	h.sound()
}

// TestWordsAreForgotten erases the documents about a record.
func TestWordsAreForgotten(t *testing.T) {
	h := newHouse(t)
	a := h.raise(h.reader, h.one)
	h.must(h.AskPermission(t.Context(), web.Asking{Actor: h.actor(h.reader), Action: "x", Record: ident.Ref{Kind: "case", ID: h.one}, Reason: "words"}))
	about, err := h.Documents(t.Context(), []ident.ID{h.unit, h.one})
	if err != nil || len(about) != 2 {
		t.Fatal(about, err)
	}
	p, err := policy.New([]policy.Module{{Name: "erase", Schema: []byte(`action "erase.do" appliesTo { principal: Actor, resource: Service, context: Context };`),
		Actions: []policy.Action{{Name: "erase.do", System: true, Appends: []string{"journal.erased"}}}}}, policy.Hooks{
		Recorder: h.k.Journal.Lane(), Units: flat{}, Clock: h.clock, Active: func(context.Context, policy.Actor) bool { return false }, Holds: func(context.Context, policy.Actor, policy.Purpose) bool { return false }, Basis: func(string) bool { return true }})
	h.must(err)
	g, err := p.System("test", "erase.do", "L09-08-3")
	h.must(err)
	h.must(h.k.Journal.Erase(t.Context(), g, journal.Erased{Subjects: about, Ground: "L09-08-3", Authority: "order 1"}))
	if a, err = h.Alarm(t.Context(), a.ID); err != nil || a.Reason != "" || a.By != h.reader {
		t.Errorf("%+v %v", a, err)
	}
	h.sound()
	if left, err := h.Documents(t.Context(), []ident.ID{h.one}); err != nil || len(left) != 0 {
		t.Error(left, err)
	}
}

func TestTexts(t *testing.T) {
	all, err := text.Load(nil, Texts, web.Texts, ui.Texts, policy.Texts)
	if err != nil {
		t.Fatal(err)
	}
	texttest.Check(t, all, "oversight.", ".")
}
