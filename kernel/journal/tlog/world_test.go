package tlog

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"
)

const testHome = "018f3c1e-0000-7000-8000-000000000001"

// testLeaf makes the leaf of a made-up entry.
func testLeaf(seq int64) Leaf {
	return Leaf{Type: "register.complaint-recorded", Minute: 29_000_000 + seq, Source: testHome, Seq: seq, Commitment: sha256.Sum256(fmt.Append(nil, seq))}
}

func testLeaves(from, n int64) []Leaf {
	out := make([]Leaf, n)
	for i := range out {
		out[i] = testLeaf(from + int64(i))
	}
	return out
}

// testKey makes a key through its file, as a person would.
func testKey(t testing.TB, name string) (key SignerKey, vkey string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "key")
	vkey, err := GenerateKey(path, name, rand.Reader)
	must(t, err)
	key, err = LoadKey(path)
	must(t, err)
	return key, vkey
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// world is a log with its signer in a process of its own, but for the process.
type world struct {
	t      testing.TB
	dir    string
	origin string
	key    SignerKey
	vkey   string
	state  string
	socket string
	stop   func()
	o      Options
}

func newWorld(t testing.TB, origin string) *world {
	t.Helper()
	w := &world{t: t, dir: filepath.Join(t.TempDir(), "log"), origin: origin}
	w.key, w.vkey = testKey(t, origin)
	w.state = filepath.Join(t.TempDir(), "signer.json")
	must(t, NewState(w.state))
	short, err := os.MkdirTemp("", "s") // socket paths have room for 107 bytes
	must(t, err)
	t.Cleanup(func() { os.RemoveAll(short) })
	w.socket = filepath.Join(short, "signer")
	w.startSigner()
	t.Cleanup(func() { w.stop() })
	signer, err := DialSigner(w.socket, w.vkey)
	must(t, err)
	w.o = Options{Dir: w.dir, Origin: origin, Signer: signer, Verifier: signer, LogVKey: w.vkey, CheckpointInterval: 100 * time.Millisecond, BatchAge: 5 * time.Millisecond}
	return w
}

func (w *world) startSigner() {
	w.t.Helper()
	ln, err := net.Listen("unix", w.socket)
	must(w.t, err)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() {
		done <- ServeSigner(ctx, ln, SignerOptions{Key: w.key, StateFile: w.state, LogDir: w.dir})
	}()
	w.stop = func() {
		cancel()
		if err := <-done; err != nil {
			w.t.Errorf("signer: %v", err)
		}
		w.stop = func() {}
	}
}

func (w *world) open() *Log {
	w.t.Helper()
	l, err := Open(w.t.Context(), w.o)
	must(w.t, err)
	w.t.Cleanup(func() { _ = l.Close(context.Background()) })
	return l
}

// filled opens a log, appends n leaves and waits for the checkpoint.
func (w *world) filled(n int64) *Log {
	w.t.Helper()
	l := w.open()
	w.grow(l, 1, n)
	return l
}

func (w *world) grow(l *Log, from, n int64) []uint64 {
	w.t.Helper()
	at, err := l.Append(w.t.Context(), testLeaves(from, n))
	must(w.t, err)
	waitCovered(w.t, l, at[len(at)-1])
	return at
}

func waitCovered(t testing.TB, l *Log, index uint64) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	must(t, l.WaitCovered(ctx, index))
}
