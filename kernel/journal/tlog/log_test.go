package tlog

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/amana-platform/amana/kernel/clock"
)

func TestLeavesComeBackInOrderAndAreProved(t *testing.T) {
	w := newWorld(t, "log.example/one")
	l := w.open()
	at := w.grow(l, 1, 700) // two full bundles and a partial one
	for i, index := range at {
		if index != uint64(i) {
			t.Fatalf("leaf %d is at %d", i, index)
		}
	}
	var got []Leaf
	must(t, l.Scan(t.Context(), 300, func(index uint64, leaf Leaf) error {
		if leaf.Seq != int64(index)+1 {
			t.Errorf("index %d holds seq %d", index, leaf.Seq)
		}
		got = append(got, leaf)
		return nil
	}))
	if diff := cmp.Diff(testLeaves(301, 400), got); diff != "" {
		t.Error(diff)
	}
	for _, index := range []uint64{0, 255, 256, 511, 699} {
		in, err := l.Proof(t.Context(), index)
		must(t, err)
		leaf := testLeaf(int64(index) + 1).Marshal()
		must(t, VerifyInclusion(leaf, index, in.Hashes, in.Checkpoint.Size, in.Checkpoint.Root))
		if VerifyInclusion(testLeaf(9999).Marshal(), index, in.Hashes, in.Checkpoint.Size, in.Checkpoint.Root) == nil {
			t.Error("another leaf is proved too")
		}
	}
	if _, err := l.Proof(t.Context(), 700); !errors.Is(err, ErrNoCheckpoint) {
		t.Errorf("proof of a leaf that is not there: %v", err)
	}
}

func TestReopenedLogGoesOn(t *testing.T) {
	w := newWorld(t, "log.example/again")
	l := w.filled(10)
	must(t, l.Close(t.Context()))
	must(t, l.Close(t.Context()))
	l = w.open()
	if at := w.grow(l, 11, 5); at[0] != 10 {
		t.Errorf("went on at %d", at[0])
	}
	size, err := l.Size(t.Context())
	must(t, err)
	if size != 15 {
		t.Errorf("size %d", size)
	}
}

func TestOneProcessPerLog(t *testing.T) {
	w := newWorld(t, "log.example/lock")
	l := w.filled(1)
	if second, err := Open(t.Context(), w.o); err == nil {
		second.Close(t.Context())
		t.Fatal("opened twice")
	} else if !strings.Contains(err.Error(), "in use") {
		t.Error(err)
	}
	must(t, l.Close(t.Context()))
	w.open()
}

func TestLogGrowsWhileTheSignerIsAway(t *testing.T) {
	w := newWorld(t, "log.example/away")
	w.stop()
	fixed := clock.At(time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC))
	w.o.Clock = fixed
	l := w.open() // even the very first time
	_, err := l.Append(t.Context(), testLeaves(1, 20))
	must(t, err)
	if _, err := l.Checkpoint(t.Context()); !errors.Is(err, ErrNoCheckpoint) {
		t.Errorf("a checkpoint without a signer: %v", err)
	}
	fixed.Advance(time.Minute)
	lag, err := l.Lag(t.Context())
	must(t, err)
	if want := (Lag{Size: 20, Age: time.Minute}); lag != want {
		t.Errorf("lag %+v, want %+v", lag, want)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := l.WaitCovered(ctx, 19); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("waited and got %v", err)
	}
	w.startSigner()
	waitCovered(t, l, 19)
	lag, err = l.Lag(t.Context())
	must(t, err)
	if want := (Lag{Size: 20, Covered: 20}); lag != want {
		t.Errorf("lag %+v, want %+v", lag, want)
	}
}

func TestLagRemembersABoundedPast(t *testing.T) {
	l := &Log{}
	for i := range uint64(3 * maxWaiting) {
		l.remember(waiting{end: i + 1})
	}
	if n := len(l.waiting); n != maxWaiting || l.waiting[n-1].end != 3*maxWaiting {
		t.Errorf("%d remembered, up to %d", n, l.waiting[n-1].end)
	}
}

func TestCloseSaysWhatIsNotCovered(t *testing.T) {
	w := newWorld(t, "log.example/close")
	w.o.CloseTimeout = 100 * time.Millisecond
	l := w.filled(3)
	w.stop()
	_, err := l.Append(t.Context(), testLeaves(4, 1))
	must(t, err)
	if err := l.Close(t.Context()); err == nil {
		t.Error("closed in silence")
	}
	if _, err := l.Append(t.Context(), testLeaves(5, 1)); err == nil {
		t.Error("appended after Close")
	}
}

func TestAppendRefusesWhatIsNoLeaf(t *testing.T) {
	l := newWorld(t, "log.example/bad").open()
	bad := testLeaf(1)
	bad.Type = "two\nlines"
	if _, err := l.Append(t.Context(), []Leaf{testLeaf(1), bad}); err == nil {
		t.Error("took it")
	}
	if size, _ := l.Size(t.Context()); size != 0 {
		t.Errorf("%d leaves of a refused call", size)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := l.Append(ctx, testLeaves(1, 1)); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

func TestOpenRefusesAnotherKey(t *testing.T) {
	w := newWorld(t, "log.example/key")
	other, vkey := testKey(t, "log.example/key")
	signer, err := other.Note()
	must(t, err)
	w.o.Signer = signer
	if _, err := Open(t.Context(), w.o); err == nil {
		t.Error("signer and verifier differ")
	}
	w.o.Origin = "log.example/other"
	if _, err := Open(t.Context(), w.o); err == nil {
		t.Error("origin and key differ")
	}
	if vkey == w.vkey {
		t.Error("two keys alike")
	}
	w = newWorld(t, "log.example/named")
	w.o.LogVKey = vkey
	if _, err := Open(t.Context(), w.o); err == nil {
		t.Error("names another key")
	}
	w = newWorld(t, "log.example/policy")
	w.o.Policy = []byte("quorum nobody\n")
	if _, err := Open(t.Context(), w.o); err == nil {
		t.Error("policy with an unknown quorum")
	}
}

func TestForgedCheckpointFileIsNotBelieved(t *testing.T) {
	w := newWorld(t, "log.example/forged")
	l := w.filled(2)
	must(t, l.Close(t.Context()))
	c, err := l.Checkpoint(t.Context())
	must(t, err)
	forged := strings.Replace(string(c.Note), "\n2\n", "\n3\n", 1)
	must(t, os.WriteFile(w.dir+"/checkpoint", []byte(forged), 0o644))
	if _, err := l.Checkpoint(t.Context()); err == nil {
		t.Error("believed")
	}
}

func TestLibraryIsQuiet(t *testing.T) {
	var said strings.Builder
	quietLibrary(slog.New(slog.NewTextHandler(&said, &slog.HandlerOptions{Level: slog.LevelDebug})))
	for line, level := range map[string]string{
		"I0102 15:04:05.000000 7 file.go:1] all is well\n": "DEBUG",
		"W0102 15:04:05.000000 7 file.go:1] all is not\n":  "WARN",
		"no klog line at all\n":                            "WARN",
	} {
		said.Reset()
		n, err := lines{slog.New(slog.NewTextHandler(&said, &slog.HandlerOptions{Level: slog.LevelDebug}))}.Write([]byte(line))
		must(t, err)
		if n != len(line) || !strings.Contains(said.String(), level) || strings.Contains(said.String(), "file.go") {
			t.Errorf("%q became %q", line, said.String())
		}
	}
}
