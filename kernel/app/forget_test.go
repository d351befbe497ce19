package app_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/amana-platform/amana/kernel/app"
	"github.com/amana-platform/amana/kernel/blobs"
	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/store"
)

// file stores a file of a subject, and has the ward know of it.
func (h *house) file(a *app.App, subject ident.ID, content string) {
	h.t.Helper()
	info, err := a.Blobs.Put(h.t.Context(), blobs.Offer{Subject: string(subject), Name: "a.txt", MIME: "text/plain"}, strings.NewReader(content), blobs.Limits{})
	h.must(err)
	h.blobs[subject] = info
}

// stored counts the files that are kept.
func (h *house) stored(a *app.App) (n int) {
	h.t.Helper()
	for _, err := range a.Blobs.List(h.t.Context()) {
		h.must(err)
		n++
	}
	return n
}

func (h *house) eraser(a *app.App) policy.Grant {
	h.t.Helper()
	g, err := a.Policy.System("test", app.EraseAction, "L09-08-7")
	h.must(err)
	return g
}

func (h *house) listed() string {
	h.t.Helper()
	raw, err := os.ReadFile(app.ErasureList(h.config.Key))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		h.t.Fatal(err)
	}
	return string(raw)
}

// TestASubjectIsForgottenEverywhere: tables, files, and the list that restores
// look into; nobody else is touched, and the record still verifies.
func TestASubjectIsForgottenEverywhere(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	a := h.start()
	gone, stays := h.admit(a, "Zineb"), h.admit(a, "Hamid")
	h.file(a, gone, "of Zineb")
	h.file(a, stays, "of Hamid")
	err := a.Erase(t.Context(), h.config.Key, h.eraser(a), journal.Erased{Subjects: []ident.ID{gone}, Ground: "L09-08-7", Authority: "order 1,\n\tof the commission"})
	h.must(err)
	if h.nameOf(a, gone) != "" || h.nameOf(a, stays) != "Hamid" || h.stored(a) != 1 {
		t.Errorf("%q %q, %d files", h.nameOf(a, gone), h.nameOf(a, stays), h.stored(a))
	}
	if got, want := h.listed(), string(gone)+"\tL09-08-7\torder 1, of the commission\n"; got != want {
		t.Errorf("the list says %q, want %q", got, want)
	}
	for subject, want := range map[ident.ID]error{gone: nil, stays: nil} {
		if err := app.CheckFile(t.Context(), a.Blobs, h.blobs[subject]); !errors.Is(err, want) {
			t.Errorf("the file of %s: %v", subject, err)
		}
	}
	delete(h.blobs, gone)
	if r, err := a.Journal.Verify(t.Context(), journal.Scope{}); err != nil || !r.Clean() {
		t.Errorf("%+v %v", r, err)
	}
	if err := a.Erase(t.Context(), h.config.Key, h.eraser(a), journal.Erased{Subjects: []ident.ID{a.Journal.NewID()}, Ground: "x", Authority: "y"}); !fault.Is(err, fault.NotFound) {
		t.Errorf("of nobody: %v", err)
	}
}

// breakOff lets an erasure end between the keys and the rest: the list outside
// the store cannot be written.
func (h *house) breakOff(a *app.App, e journal.Erased) {
	h.t.Helper()
	list := app.ErasureList(h.config.Key)
	h.must(os.Mkdir(list, 0o700))
	if err := a.Erase(h.t.Context(), h.config.Key, h.eraser(a), e); err == nil || fault.Is(err, fault.Refused) || h.stored(a) != 1 {
		h.t.Fatalf("it did not break off: %v, %d files", err, h.stored(a))
	}
	h.must(os.Remove(list))
}

// TestAnErasureThatBrokeOffIsFinished: repeated, it does what was left, although
// no table names the files any more; a file of somebody who stays is not touched.
func TestAnErasureThatBrokeOffIsFinished(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	a := h.start()
	gone, stays := h.admit(a, "Zineb"), h.admit(a, "Hamid")
	h.file(a, gone, "of Zineb")
	e := journal.Erased{Subjects: []ident.ID{gone}, Ground: "L09-08-7", Authority: "order 1"}
	h.breakOff(a, e)
	h.must(a.Erase(t.Context(), h.config.Key, h.eraser(a), e))
	if h.stored(a) != 0 || !strings.HasPrefix(h.listed(), string(gone)) {
		t.Errorf("%d files are kept, the list says %q", h.stored(a), h.listed())
	}
	if _, err := os.Stat(app.ErasingList(h.config.Key)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("files are still to go: %v", err)
	}
	e.Subjects = []ident.ID{gone, stays}
	h.file(a, stays, "of Hamid")
	if err := a.Erase(t.Context(), h.config.Key, h.eraser(a), e); !fault.Is(err, fault.NotFound) || h.nameOf(a, stays) != "Hamid" {
		t.Errorf("one who is gone and one who stays: %v", err)
	}
	other := h.admit(a, "Amina")
	h.must(a.Erase(t.Context(), h.config.Key, h.eraser(a), journal.Erased{Subjects: []ident.ID{other}, Ground: "L09-08-7", Authority: "order 2"}))
	if h.stored(a) != 1 {
		t.Error("the file of one who stays went with another's erasure")
	}
}

// TestARestoreFinishesWhatBrokeOff: the backup knew of an erasure that had not
// come to its files.
func TestARestoreFinishesWhatBrokeOff(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	a := h.start()
	gone := h.admit(a, "Zineb")
	h.file(a, gone, "of Zineb")
	h.breakOff(a, journal.Erased{Subjects: []ident.ID{gone}, Ground: "L09-08-7", Authority: "order 1"})
	cut := "0190a000-0000-7000-8000-0000000000f1\tnot a wh"
	list, err := os.ReadFile(app.ErasingList(h.config.Key))
	h.must(err)
	h.must(os.WriteFile(app.ErasingList(h.config.Key), append(list, cut...), 0o600)) // as a machine that dies leaves it
	h.must(os.WriteFile(app.ErasureList(h.config.Key), []byte(string(gone)+"\tL09-08-7\torder 1\n"), 0o600))
	if n, err := a.EraseAgain(t.Context(), h.config.Key); n != 0 || err != nil || h.stored(a) != 0 {
		t.Errorf("%d %v, %d files", n, err, h.stored(a))
	}
}

// TestAHeldSubjectIsNotForgotten, and nothing says so anywhere.
func TestAHeldSubjectIsNotForgotten(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	a := h.start()
	held := h.admit(a, "Zineb")
	h.file(a, held, "of Zineb")
	h.must(a.Journal.Hold(t.Context(), h.grant(a), journal.Held{Ref: ident.Ref{Kind: "subject", ID: held}, Ground: "order 7"}))
	err := a.Erase(t.Context(), h.config.Key, h.eraser(a), journal.Erased{Subjects: []ident.ID{held}, Ground: "L09-08-7", Authority: "order 1"})
	if f := fault.Of(err); f.Kind != fault.Refused || f.Key != "journal.held" || f.Args["ground"] != "order 7" {
		t.Errorf("%v", err)
	}
	if h.nameOf(a, held) != "Zineb" || h.stored(a) != 1 || h.listed() != "" {
		t.Errorf("%q, %d files, the list says %q", h.nameOf(a, held), h.stored(a), h.listed())
	}
}

// TestARestoreBringsNobodyBack: whoever is on the list beside the keys and in
// an older record is forgotten again; who is not in it is passed over.
func TestARestoreBringsNobodyBack(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	a := h.start()
	gone, before, stays := h.admit(a, "Zineb"), h.admit(a, "Amina"), h.admit(a, "Hamid")
	h.file(a, gone, "of Zineb")
	h.must(a.Erase(t.Context(), h.config.Key, h.eraser(a), journal.Erased{Subjects: []ident.ID{before}, Ground: "L09-08-7", Authority: "order 1"}))
	list := h.listed() + fmt.Sprintf("%s\tL09-08-7\torder 2\n%s\tL09-08-7\torder 3\n", gone, a.Journal.NewID())
	h.must(os.WriteFile(app.ErasureList(h.config.Key), []byte(list), 0o600)) // as it was kept when the machine was lost
	n, err := a.EraseAgain(t.Context(), h.config.Key)
	h.must(err)
	if n != 1 || h.nameOf(a, gone) != "" || h.nameOf(a, stays) != "Hamid" || h.stored(a) != 0 {
		t.Errorf("%d were forgotten, %q %q, %d files", n, h.nameOf(a, gone), h.nameOf(a, stays), h.stored(a))
	}
	if n, err := a.EraseAgain(t.Context(), h.config.Key); n != 0 || err != nil {
		t.Errorf("a second time: %d %v", n, err)
	}
	line, err := a.Journal.Timeline(t.Context(), ident.Ref{Kind: "subject", ID: gone}, 0, 1)
	h.must(err)
	if e := line[0].Entry.(journal.Erased); e.Authority != "order 2" || line[0].Actor != policy.SystemID("restore") {
		t.Errorf("%+v", line[0])
	}
}

// TestADamagedErasureListIsNotPassedOver: a restore that cannot tell who must
// not come back does not go on.
func TestADamagedErasureListIsNotPassedOver(t *testing.T) {
	t.Parallel()
	id := "0190a000-0000-7000-8000-0000000000f1"
	one := journal.Erased{Subjects: []ident.ID{ident.ID(id)}, Ground: "L09-08-7", Authority: "order 1"}
	for content, want := range map[string][]journal.Erased{
		"":                               nil,
		id + "\tL09-08-7\torder 1\n":     {one},
		id + "\tL09-08-7\torder 1":       {one}, // the last line break was not written
		id + "\tL09-08-7\ta\tb\n":        {{Subjects: one.Subjects, Ground: "L09-08-7", Authority: "a\tb"}},
		id + "\tL09-08-7\n":              nil,
		id + "\n":                        nil,
		"\n":                             nil,
		"x\tL09-08-7\torder 1\n":         nil,
		id + "\tL09-08-7\torder 1\n\x00": nil,
		strings.ToUpper(id) + "\ta\tb\n": nil,
	} {
		key := t.TempDir() + "/k"
		if err := os.WriteFile(app.ErasureList(key), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		got, err := app.ErasedBefore(key)
		if (err == nil) != (want != nil || content == "") || cmp.Diff(want, got) != "" {
			t.Errorf("%q: %v, %v", content, got, err)
		}
	}
	if got, err := app.ErasedBefore(t.TempDir() + "/k"); got != nil || err != nil {
		t.Errorf("no list: %v %v", got, err)
	}
}

// FuzzErasedBefore: whatever a list holds, it is understood whole or refused.
func FuzzErasedBefore(f *testing.F) {
	f.Add("0190a000-0000-7000-8000-0000000000f1\ta\tb\n")
	f.Add("x\ty")
	f.Add("\xff\t\t\n\n")
	f.Fuzz(func(t *testing.T, content string) {
		key := t.TempDir() + "/k"
		if err := os.WriteFile(app.ErasureList(key), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		got, err := app.ErasedBefore(key)
		if err == nil && len(got) != len(strings.Split(strings.TrimSuffix(content, "\n"), "\n")) && content != "" {
			t.Errorf("%d of %q", len(got), content)
		}
	})
}

// TestWhatTheScheduleEndsGoes and leaves a receipt; what is held stays, and
// stops none of the others; accesses whose time is over go too.
func TestWhatTheScheduleEndsGoes(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	var asked time.Time
	var due []app.Due
	h.compose = func(c *app.Compose) {
		c.Modules[0].Terms = []app.Term{{Class: "access-log", Due: func(_ context.Context, _ store.Reader, w app.Window) ([]app.Due, error) {
			asked = w.Before
			return due[:min(w.Most, len(due))], nil
		}}, {Class: "no-such-class", Due: func(context.Context, store.Reader, app.Window) ([]app.Due, error) {
			return nil, errors.New("asked for a class that no law knows")
		}}}
	}
	a := h.start()
	held, gone, stays := h.admit(a, "Amina"), h.admit(a, "Zineb"), h.admit(a, "Hamid")
	h.file(a, gone, "of Zineb")
	h.must(a.Journal.Hold(t.Context(), h.grant(a), journal.Held{Ref: ident.Ref{Kind: "person", ID: held}, Ground: "order 7"}))
	h.must(a.Journal.Lane().Record(t.Context(), journal.Access{Actor: stays, Action: "ward.keep", Outcome: journal.Read}))
	for _, id := range []ident.ID{held, gone} {
		due = append(due, app.Due{Ref: ident.Ref{Kind: "person", ID: id}, Since: noon})
	}
	h.clock.Set(noon.AddDate(11, 0, 0))
	a.Run(t.Context())
	for deadline := time.Now().Add(20 * time.Second); h.nameOf(a, gone) != "" || !strings.Contains(h.log.String(), "records expired") || len(reads(h, a)) > 0; {
		if time.Now().After(deadline) {
			t.Fatalf("never: %q, the log says %s", h.nameOf(a, gone), h.log)
		}
		time.Sleep(5 * time.Millisecond)
	}
	if h.nameOf(a, held) != "Amina" || h.nameOf(a, stays) != "Hamid" || h.stored(a) != 0 || !asked.Equal(noon.AddDate(1, 0, 0)) {
		t.Errorf("%q %q, %d files, asked for before %v", h.nameOf(a, held), h.nameOf(a, stays), h.stored(a), asked)
	}
	if !strings.Contains(h.listed(), string(gone)) || strings.Contains(h.listed(), string(held)) {
		t.Errorf("the list says %q", h.listed())
	}
	h.must(a.Close())
	if strings.Contains(h.log.String(), "no law knows") {
		t.Error("a class without a row was asked")
	}
}

// reads are the accesses that a person left in the lane.
func reads(h *house, a *app.App) (out []journal.Access) {
	h.t.Helper()
	all, err := a.Journal.Lane().Search(h.t.Context(), journal.AccessQuery{Limit: 100})
	h.must(err)
	for _, x := range all {
		if x.Action == "ward.keep" {
			out = append(out, x)
		}
	}
	return out
}
