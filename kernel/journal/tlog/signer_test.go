package tlog

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"
	merkle "golang.org/x/mod/sumdb/tlog"
)

// bodyOf gives the text of a checkpoint.
func bodyOf(origin string, size uint64, root [32]byte) []byte {
	return fmt.Appendf(nil, "%s\n%d\n%v\n", origin, size, merkle.Hash(root))
}

func newTestSigner(t *testing.T, w *world) *signerServer {
	t.Helper()
	w.stop()
	s, err := newSignerServer(SignerOptions{Key: w.key, StateFile: w.state, LogDir: w.dir})
	must(t, err)
	t.Cleanup(func() { s.lock.Close() })
	return s
}

func TestSignerRefusesForksAndRollbacks(t *testing.T) {
	w := newWorld(t, "log.example/sign")
	l := w.filled(300)
	old, err := l.Checkpoint(t.Context())
	must(t, err)
	w.grow(l, 301, 300)
	c, err := l.Checkpoint(t.Context())
	must(t, err)
	must(t, l.Close(t.Context()))

	fork := newWorld(t, "log.example/sign") // same origin, other leaves
	fl := fork.open()
	fork.grow(fl, 5000, 700)
	fc, err := fl.Checkpoint(t.Context())
	must(t, err)

	s := newTestSigner(t, w)
	if _, _, err := s.sign(string(bodyOf(w.origin, c.Size, c.Root))); err != nil {
		t.Errorf("the same tree again: %v", err)
	}
	for what, body := range map[string][]byte{
		"smaller":              bodyOf(w.origin, old.Size, old.Root),
		"empty":                bodyOf(w.origin, 0, emptyRoot()),
		"same size, other":     bodyOf(w.origin, c.Size, old.Root),
		"larger, without tile": bodyOf(w.origin, c.Size+5, c.Root),
		"fork, tiles not here": bodyOf(w.origin, fc.Size, fc.Root),
	} {
		if _, status, err := s.sign(string(body)); err == nil || status != http.StatusConflict {
			t.Errorf("%s: status %d, %v", what, status, err)
		}
	}
	s.o.LogDir = fork.dir // even with a whole forked log laid under it
	if _, _, err := s.sign(string(bodyOf(w.origin, fc.Size, fc.Root))); err == nil {
		t.Error("signed a fork")
	}
}

func TestSignerRemembersAcrossRestarts(t *testing.T) {
	w := newWorld(t, "log.example/memory")
	l := w.filled(5)
	c, err := l.Checkpoint(t.Context())
	must(t, err)
	must(t, l.Close(t.Context()))
	s := newTestSigner(t, w)
	if s.state[w.origin] != (seen{5, c.Root}) {
		t.Errorf("remembers %+v", s.state)
	}
	if _, err := newSignerServer(s.o); err == nil {
		t.Error("two signers with one memory")
	}
	must(t, s.lock.Close())
	must(t, os.Remove(w.state))
	if _, err := newSignerServer(s.o); err == nil {
		t.Error("a signer that forgot everything starts")
	}
	must(t, os.WriteFile(w.state, []byte("{"), 0o600))
	if _, err := newSignerServer(s.o); err == nil {
		t.Error("a signer with half a memory starts")
	}
}

func TestSignerThatCannotRememberDoesNotSign(t *testing.T) {
	w := newWorld(t, "log.example/full")
	s := newTestSigner(t, w)
	s.o.StateFile = filepath.Join(w.dir, "not", "there")
	l := tileDir(w.dir)
	must(t, os.MkdirAll(string(l)+"/tile/0/000.p", 0o755))
	h := testLeaf(1).Hash()
	must(t, os.WriteFile(string(l)+"/tile/0/000.p/1", h[:], 0o644))
	if _, status, err := s.sign(string(bodyOf(w.origin, 1, h))); err == nil || status != http.StatusInternalServerError {
		t.Errorf("status %d, %v", status, err)
	}
	s.o.StateFile = w.state
	if _, _, err := s.sign(string(bodyOf(w.origin, 1, testLeaf(2).Hash()))); err == nil {
		t.Error("signed a first tree that the tiles do not give")
	}
	if _, _, err := s.sign(string(bodyOf(w.origin, 1, h))); err != nil {
		t.Error(err)
	}
}

func TestSignerRefusesWhatIsNoCheckpointOfItsLog(t *testing.T) {
	w := newWorld(t, "log.example/strict")
	s := newTestSigner(t, w)
	good := string(bodyOf(w.origin, 0, emptyRoot()))
	if _, _, err := s.sign(good); err != nil {
		t.Fatal(err)
	}
	for _, body := range []string{
		"", good + "extension\n", strings.TrimSuffix(good, "\n"), strings.Replace(good, "\n0\n", "\n00\n", 1),
		strings.Replace(good, "\n0\n", "\n-1\n", 1), strings.Replace(good, "\n0\n", "\n99999999999999999\n", 1),
		strings.Replace(good, "log.example/strict", "log.example/other", 1),
		strings.Replace(good, "=", "", 1), string(bodyOf(w.origin, 0, testLeaf(1).Commitment)),
	} {
		if _, _, err := s.sign(body); err == nil {
			t.Errorf("signed %q", body)
		}
	}
}

func TestSignerLimits(t *testing.T) {
	w := newWorld(t, "log.example/limits")
	signer := w.o.Signer.(*RemoteSigner)
	if _, err := signer.Sign([]byte(strings.Repeat("x", maxBodySize+1))); err == nil || !strings.Contains(err.Error(), "too large") {
		t.Errorf("large body: %v", err)
	}
	body := bodyOf(w.origin, 0, emptyRoot())
	var err error
	for range 5 * signBurst {
		if _, err = signer.Sign(body); err != nil {
			break
		}
	}
	if err == nil || !strings.Contains(err.Error(), "too many") {
		t.Errorf("no limit: %v", err)
	}
}

func TestRemoteSigner(t *testing.T) {
	w := newWorld(t, "log.example/remote")
	vkey, err := SignerVKey(t.Context(), w.socket)
	must(t, err)
	if vkey != w.vkey {
		t.Errorf("%s is not %s", vkey, w.vkey)
	}
	w.stop()
	if _, err := w.o.Signer.Sign(bodyOf(w.origin, 0, emptyRoot())); err == nil || !strings.Contains(err.Error(), "away") {
		t.Errorf("signer is away: %v", err)
	}
	if _, err := SignerVKey(t.Context(), w.socket); err == nil {
		t.Error("key of nobody")
	}
	if _, err := DialSigner(w.socket, "no key"); err == nil {
		t.Error("dialled without a key")
	}
}

func TestRemoteSignerChecksWhatComesBack(t *testing.T) {
	w := newWorld(t, "log.example/liar")
	w.stop()
	ln, err := net.Listen("unix", w.socket)
	must(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	go serve(ctx, ln, http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) { fmt.Fprintln(rw, "AAAA") }))
	if _, err := w.o.Signer.Sign(bodyOf(w.origin, 0, emptyRoot())); err == nil || !strings.Contains(err.Error(), "not its signature") {
		t.Error(err)
	}
}

func TestKeyFiles(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "key")
	vkey, err := GenerateKey(path, "log.example/k", rand.Reader)
	must(t, err)
	if _, err := GenerateKey(path, "log.example/k", rand.Reader); err == nil {
		t.Error("wrote over a key")
	}
	if _, err := GenerateKey(path+"2", "two words", rand.Reader); err == nil {
		t.Error("took a name with a space")
	}
	key, err := LoadKey(path)
	must(t, err)
	if got, err := key.VKey(); err != nil || got != vkey {
		t.Errorf("%s, %v; generated %s", got, err, vkey)
	}
	s, err := key.Note()
	must(t, err)
	v, err := note.NewVerifier(vkey)
	must(t, err)
	sig, err := s.Sign([]byte("text\n"))
	must(t, err)
	if !v.Verify([]byte("text\n"), sig) || s.KeyHash() != v.KeyHash() {
		t.Error("x/mod does not accept the signature")
	}
	must(t, os.Chmod(path, 0o640))
	if _, err := LoadKey(path); err == nil {
		t.Error("read a key that others can read")
	}
	must(t, os.WriteFile(path+"3", []byte("PRIVATE+KEY+x"), 0o600))
	for _, p := range []string{path + "3", path + "4"} {
		if _, err := LoadKey(p); err == nil {
			t.Errorf("read %s", p)
		}
	}
}

func TestOnlyEd25519KeysSign(t *testing.T) {
	other, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	for _, k := range []SignerKey{{Name: "a"}, {Signer: other}, {Name: "a", Signer: crypto.Signer(other)}} {
		_, err1 := k.VKey()
		_, err2 := k.Note()
		_, err3 := k.WitnessVKey()
		_, err4 := k.cosigner(nil)
		if err1 == nil || err2 == nil || err3 == nil || err4 == nil {
			t.Errorf("%+v signs", k)
		}
	}
}
