package inspection

import (
	"context"
	"errors"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/amana-platform/amana/kernel/app"
	"github.com/amana-platform/amana/kernel/clock"
	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/journal/journaltest"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/store"
	"github.com/amana-platform/amana/kernel/store/storetest"
	"github.com/amana-platform/amana/kernel/web"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// house is the module over a real journal and policy, with a verifier and a
// keeper that do as the test says.
type house struct {
	*Service
	t         testing.TB
	inspector policy.Actor
	verifier  func(tell func(string, int64)) (*journal.Report, error)
	closing   func(tell func(int64)) (journal.Meta, error)
	watched   app.Watched
	db        *store.DB
	clock     *clock.Fixed
}

// keeper stands for the whole service; only periods are closed here.
type keeper struct {
	app.Keeper
	*house
}

// ClosePeriod does as the test says.
func (k keeper) ClosePeriod(_ context.Context, _ ident.ID, _ string, tell func(int64)) (journal.Meta, error) {
	return k.closing(tell)
}

// Watched gives what the test says.
func (k keeper) Watched(context.Context) (app.Watched, error) { return k.watched, nil }

func newHouse(t testing.TB) *house {
	t.Helper()
	at := clock.At(noon)
	db := storetest.Again(t)
	h := &house{t: t, db: db, clock: at, inspector: policy.Actor{ID: ident.Derive("inspector"), Unit: ident.Derive("unit"), Role: "inspector"}}
	k := &app.Kernel{Clock: at, Reader: db.Reader(), Keeper: keeper{house: h}}
	j, err := journal.Open(t.Context(), journal.Options{DB: db, Lane: db, Master: journaltest.Master, Clock: at, Modules: []journal.Module{journaltest.Ward(), {Name: "inspection"}, {Name: "web", Migrations: web.Migrations()}}})
	h.must(err)
	t.Cleanup(func() { h.must(j.Close()) })
	k.Journal = j
	s := New(k, func(_ context.Context, tell func(string, int64)) (*journal.Report, error) { return h.verifier(tell) }, nil)
	k.Policy, err = policy.New([]policy.Module{s.Module().Policy, journaltest.Policy()}, policy.Hooks{Recorder: j.Lane(), Units: flat{}, Clock: at,
		Active: func(context.Context, policy.Actor) bool { return true }, Holds: func(context.Context, policy.Actor, policy.Purpose) bool { return true }, Basis: func(string) bool { return true }})
	h.must(err)
	h.Service = s
	return h
}

type flat struct{}

func (flat) Ancestors(ident.ID) []ident.ID { return nil }

func (h *house) must(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

func (h *house) ask(who policy.Actor, action string) (policy.Grant, error) {
	who.Proved = noon
	return h.k.Policy.Ask(h.t.Context(), who, action, policy.Resource{}, policy.Purpose{Kind: policy.Task, Ref: ident.Ref{Kind: "task", ID: ident.Derive("oversight")}})
}

func (h *house) grant(action string) policy.Grant {
	h.t.Helper()
	g, err := h.ask(h.inspector, action)
	h.must(err)
	return g
}

// ends waits until what runs beside the test has ended.
func ends[T any](t testing.TB, look func() T, running func(T) bool) T {
	t.Helper()
	for range 2000 {
		if v := look(); !running(v) {
			return v
		}
		time.Sleep(5 * time.Millisecond)
	}
	t.Fatal("it does not end")
	panic("unreachable")
}

func TestOneVerificationAtATime(t *testing.T) {
	h := newHouse(t)
	goOn := make(chan struct{})
	h.verifier = func(tell func(string, int64)) (*journal.Report, error) {
		tell("entries", 7)
		<-goOn
		return &journal.Report{Entries: 9}, nil
	}
	g := h.grant("inspection.store.verify")
	var begun sync.WaitGroup
	refused := make(chan error, 8)
	for range 8 {
		begun.Go(func() { refused <- h.VerifyStore(t.Context(), g) })
	}
	begun.Wait()
	close(refused)
	taken := 0
	for err := range refused {
		switch {
		case err == nil:
			taken++
		case !fault.Is(err, fault.Conflict):
			t.Error(err)
		}
	}
	if taken != 1 {
		t.Errorf("%d verifications run at once", taken)
	}
	ends(t, h.Last, func(r Run) bool { return r.Done != 7 })
	if r := h.Last(); !r.Running || r.Stage != "entries" || r.By != h.inspector.ID || !r.Begun.Equal(noon) {
		t.Errorf("%+v", r)
	}
	close(goOn)
	if r := ends(t, h.Last, func(r Run) bool { return r.Running }); r.Report == nil || r.Report.Entries != 9 || r.Failed != nil {
		t.Errorf("%+v", r)
	}
}

// TestAVerificationThatFails lets the next one begin, whatever befell it.
func TestAVerificationThatFails(t *testing.T) {
	h := newHouse(t)
	g := h.grant("inspection.store.verify")
	for name, fails := range map[string]func(func(string, int64)) (*journal.Report, error){
		"an error": func(func(string, int64)) (*journal.Report, error) { return nil, errors.New("the disk is gone") },
		"a panic":  func(func(string, int64)) (*journal.Report, error) { panic("an altered row") },
	} {
		h.verifier = fails
		h.must(h.VerifyStore(t.Context(), g))
		if r := ends(t, h.Last, func(r Run) bool { return r.Running }); r.Failed == nil || r.Report != nil {
			t.Errorf("%s: %+v", name, r)
		}
	}
}

func TestAPeriodIsClosedOnAGround(t *testing.T) {
	h := newHouse(t)
	g := h.grant(app.CloseAction)
	goOn := make(chan struct{})
	h.closing = func(tell func(int64)) (journal.Meta, error) {
		tell(3)
		<-goOn
		return journal.Meta{Seq: 12}, nil
	}
	if err := h.ClosePeriod(t.Context(), g, " \t"); !fault.Is(err, fault.Invalid) || fault.Of(err).Field != "ground" {
		t.Errorf("without a ground: %v", err)
	}
	h.must(h.ClosePeriod(t.Context(), g, "end of the year"))
	if err := h.ClosePeriod(t.Context(), g, "again"); !fault.Is(err, fault.Conflict) {
		t.Errorf("two at once: %v", err)
	}
	ends(t, h.Closing, func(e Ending) bool { return e.Done != 3 })
	close(goOn)
	if e := ends(t, h.Closing, func(e Ending) bool { return e.Running }); e.Seq != 12 || e.Failed != nil {
		t.Errorf("%+v", e)
	}
	h.closing = func(func(int64)) (journal.Meta, error) { panic("an altered row") }
	h.must(h.ClosePeriod(t.Context(), g, "again"))
	if e := ends(t, h.Closing, func(e Ending) bool { return e.Running }); e.Failed == nil {
		t.Error("a panic went unsaid")
	}
}

func TestAHoldIsPlacedAndLifted(t *testing.T) {
	h := newHouse(t)
	ref := ident.Ref{Kind: "case", ID: ident.Derive("a case")}
	if err := h.HoldRecord(t.Context(), h.grant("inspection.record.hold"), ref, "  "); !fault.Is(err, fault.Invalid) {
		t.Errorf("held without a ground: %v", err)
	}
	h.must(h.HoldRecord(t.Context(), h.grant("inspection.record.hold"), ref, "order 5/2026"))
	if ground, err := h.held(t.Context(), ref); err != nil || ground != "order 5/2026" {
		t.Errorf("%q, %v", ground, err)
	}
	if err := h.k.Journal.NotHeld(t.Context(), ref); !fault.Is(err, fault.Refused) {
		t.Errorf("what is held may be erased: %v", err)
	}
	h.must(h.LiftHold(t.Context(), h.grant("inspection.record.lift"), ref, "order 9/2026"))
	if ground, err := h.held(t.Context(), ref); err != nil || ground != "" {
		t.Errorf("after lifting: %q, %v", ground, err)
	}
	h.must(h.k.Journal.NotHeld(t.Context(), ref))
}

// TestWhoMay asks for each act in each role.
func TestWhoMay(t *testing.T) {
	h := newHouse(t)
	both := []string{"inspection.store.verify", "inspection.store.report", app.CloseAction}
	inspectors := []string{"inspection.journal.search", "inspection.entry.read", "inspection.access.search", "inspection.record.history", "inspection.record.hold", "inspection.record.lift", "inspection.checkpoint.print"}
	for _, role := range []string{"inspector", "administrator", "duty-officer", "investigator", "brigade-chief", "prosecutor"} {
		who := h.inspector
		who.Role = role
		for _, action := range append(append([]string{}, both...), inspectors...) {
			_, err := h.ask(who, action)
			allowed := role == "inspector" || role == "administrator" && strings.Contains(strings.Join(both, " "), action)
			if (err == nil) != allowed || err != nil && !fault.Is(err, fault.Refused) {
				t.Errorf("%s, %s: %v", role, action, err)
			}
		}
	}
}

// told is an entry with everything that a field may be.
type told struct {
	Number string
	Count  int64
	At     time.Time
	About  ident.Ref
	Digest []byte
	Names  []string
	Secret journal.Sealed
	Gone   journal.Sealed
	Inner  struct{ Word string }
}

func TestFieldsOfAnEntryAreListed(t *testing.T) {
	id := ident.Derive("x")
	in := told{Number: "1/2026", Count: 3, At: noon, About: ident.Ref{Kind: "case", ID: id}, Digest: []byte{0xab, 1}, Names: []string{"one", "two"}, Secret: journal.Seal("said")}
	in.Inner.Word = "deep"
	var got []string
	for _, f := range walk(reflect.ValueOf(in), "", nil) {
		got = append(got, f.name+"="+f.value)
	}
	want := "Number=1/2026 Count=3 At=2026-11-22T12:00:00Z About=case/" + string(id) + " Digest=ab01 Names[0]=one Names[1]=two Secret=said Inner.Word=deep"
	if strings.Join(got, " ") != want {
		t.Errorf("%s\nwant %s", strings.Join(got, " "), want)
	}
}
