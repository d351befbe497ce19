package tlog

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	fnote "github.com/transparency-dev/formats/note"
	"golang.org/x/mod/sumdb/note"
	merkle "golang.org/x/mod/sumdb/tlog"

	"github.com/amana-platform/amana/kernel/clock"
)

type testWitness struct {
	*Witness
	o   WitnessOptions
	url string
}

func newTestWitness(t *testing.T, name string, logs ...string) testWitness {
	t.Helper()
	key, _ := testKey(t, name)
	o := WitnessOptions{Key: key, StateFile: filepath.Join(t.TempDir(), "state.json"), LogKeys: logs}
	must(t, NewState(o.StateFile))
	w, err := NewWitness(o)
	must(t, err)
	t.Cleanup(func() { w.Close() })
	s := httptest.NewServer(w)
	t.Cleanup(s.Close)
	return testWitness{w, o, s.URL}
}

// policyOf writes a policy that asks k of the named witnesses.
func policyOf(k int, lines ...string) []byte {
	var b strings.Builder
	names := make([]string, len(lines))
	for i, line := range lines {
		names[i] = fmt.Sprintf("w%d", i)
		fmt.Fprintf(&b, "witness %s %s\n", names[i], line)
	}
	fmt.Fprintf(&b, "group all-of-them %d %s\nquorum all-of-them\n", k, strings.Join(names, " "))
	return []byte(b.String())
}

func TestQuorumOfTwoOfThree(t *testing.T) {
	for _, c := range []struct {
		name   string
		honest int
		want   bool
	}{{"one lies, one is dead", 1, false}, {"one lies", 2, true}} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, "log.example/quorum")
			var lines []string
			for i := range c.honest {
				h := newTestWitness(t, fmt.Sprintf("honest%d.example", i), w.vkey)
				lines = append(lines, h.VKey()+" "+h.url)
			}
			liar, _ := testKey(t, "liar.example")
			lines = append(lines, vkeyOf(t, liar)+" "+lyingServer(t, liar, w.origin))
			for len(lines) < 3 {
				dead := newTestWitness(t, "dead.example", w.vkey)
				lines = append(lines, dead.VKey()+" http://127.0.0.1:1")
			}
			w.o.Policy = policyOf(2, lines...)
			w.o.CloseTimeout = 100 * time.Millisecond
			l := w.open()
			at, err := l.Append(t.Context(), testLeaves(1, 3))
			must(t, err)
			ctx, cancel := context.WithTimeout(t.Context(), 1500*time.Millisecond)
			defer cancel()
			if err := l.WaitCovered(ctx, at[2]); (err == nil) != c.want {
				t.Fatalf("covered: %v", err)
			}
			if !c.want {
				return
			}
			got, err := l.Checkpoint(t.Context())
			must(t, err)
			v, err := VerifyNote(got.Note, w.vkey, w.o.Policy)
			must(t, err)
			if live, err := l.Witnesses(t.Context()); err != nil || len(live) != 2 {
				t.Errorf("live: %+v, %v", live, err)
			}
			if len(v.Witnesses) != 2 || time.Since(v.Witnesses[0].At) > time.Minute {
				t.Errorf("cosigned by %+v", v.Witnesses)
			}
		})
	}
}

func vkeyOf(t *testing.T, k SignerKey) string {
	t.Helper()
	v, err := k.WitnessVKey()
	must(t, err)
	return v
}

// lyingServer answers every checkpoint with a true cosignature of another tree.
func lyingServer(t *testing.T, key SignerKey, origin string) string {
	signer, err := key.cosigner(clock.System{})
	must(t, err)
	s := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) {
		text := string(bodyOf(origin, 77, testLeaf(77).Commitment))
		signed, _ := note.Sign(&note.Note{Text: text}, signer)
		rw.Write(signed[len(text)+1:])
	}))
	t.Cleanup(s.Close)
	return s.URL
}

func TestLyingCosignatureCountsAsNone(t *testing.T) {
	w := newWorld(t, "log.example/lies")
	honest := newTestWitness(t, "honest.example", w.vkey)
	liar, _ := testKey(t, "liar.example")
	signer, err := liar.cosigner(clock.System{})
	must(t, err)
	w.o.Policy = policyOf(1, honest.VKey()+" "+honest.url)
	c, err := w.filled(2).Checkpoint(t.Context())
	must(t, err)
	other, err := note.Sign(&note.Note{Text: string(bodyOf(w.origin, 2, testLeaf(1).Commitment))}, signer)
	must(t, err)
	signed := append(c.Note, other[strings.LastIndex(string(other), "\n\n")+2:]...)
	for k, want := range map[int]bool{1: true, 2: false} {
		v, err := VerifyNote(signed, w.vkey, policyOf(k, honest.VKey(), vkeyOf(t, liar)))
		if (err == nil) != want || !want && !errors.Is(err, ErrQuorum) || len(v.Witnesses) != 1 {
			t.Errorf("%d of 2: %v, by %+v", k, err, v.Witnesses)
		}
	}
}

// add sends a request as a log would.
func (w testWitness) post(t *testing.T, body string) (int, string, http.Header) {
	t.Helper()
	r, err := http.Post(w.url+"/add-checkpoint", "text/plain", strings.NewReader(body))
	must(t, err)
	defer r.Body.Close()
	text, err := io.ReadAll(r.Body)
	must(t, err)
	return r.StatusCode, string(text), r.Header
}

func request(old uint64, proof merkle.TreeProof, signed []byte) string {
	var b strings.Builder
	fmt.Fprintf(&b, "old %d\n", old)
	for _, h := range proof {
		fmt.Fprintln(&b, base64.StdEncoding.EncodeToString(h[:]))
	}
	return b.String() + "\n" + string(signed)
}

// story is a log at two sizes, and a fork of it signed by the same key.
type story struct {
	w                  *world
	small, large, fork Checkpoint
	proof, forkProof   merkle.TreeProof
}

func tell(t *testing.T) story {
	s := story{w: newWorld(t, "log.example/story")}
	l := s.w.filled(5)
	s.small = latest(t, l)
	s.w.grow(l, 6, 7)
	s.large = latest(t, l)
	s.proof = prove(t, s.w.dir, s.large, 5)
	f := newWorld(t, s.w.origin)
	signer, err := s.w.key.Note()
	must(t, err)
	verifier, err := note.NewVerifier(s.w.vkey)
	must(t, err)
	f.o.Signer, f.o.Verifier, f.o.LogVKey = signer, verifier, ""
	fl := f.open()
	f.grow(fl, 900, 12)
	s.fork = latest(t, fl)
	s.forkProof = prove(t, f.dir, s.fork, 5)
	return s
}

func latest(t *testing.T, l *Log) Checkpoint {
	t.Helper()
	c, err := l.Checkpoint(t.Context())
	must(t, err)
	return c
}

func prove(t *testing.T, dir string, c Checkpoint, old int64) merkle.TreeProof {
	t.Helper()
	p, err := merkle.ProveTree(int64(c.Size), old, tileDir(dir).hashes(c.tree()))
	must(t, err)
	return p
}

func TestWitnessFollowsOneTree(t *testing.T) {
	s := tell(t)
	w := newTestWitness(t, "witness.example", s.w.vkey)
	for _, step := range []struct {
		what   string
		body   string
		status int
		answer string
	}{
		{"first sight", request(0, nil, s.small.Note), 200, "— witness.example "},
		{"the same again", request(5, nil, s.small.Note), 200, "— witness.example "},
		{"a proof where none belongs", request(5, s.proof, s.small.Note), 422, ""},
		{"another size in mind", request(0, nil, s.large.Note), 409, "5\n"},
		{"a fork", request(5, s.forkProof, s.fork.Note), 422, ""},
		{"no proof", request(5, nil, s.large.Note), 422, ""},
		{"growth", request(5, s.proof, s.large.Note), 200, "— witness.example "},
		{"rollback", request(12, nil, s.small.Note), 400, ""},
		{"rollback, honest size", request(5, nil, s.small.Note), 409, "12\n"},
		{"same size, other tree", request(12, nil, s.fork.Note), 409, "another tree"},
		{"unknown log", request(0, nil, []byte(strings.ReplaceAll(string(s.small.Note), "story", "other"))), 404, ""},
		{"altered note", request(12, nil, []byte(strings.Replace(string(s.large.Note), "\n12\n", "\n13\n", 1))), 403, ""},
		{"garbage", "what\n\nis this", 400, ""},
		{"too large", strings.Repeat("x", maxWitnessRequest+1), 413, ""},
	} {
		status, answer, h := w.post(t, step.body)
		if status != step.status || !strings.HasPrefix(answer, step.answer) {
			t.Errorf("%s: %d %q, want %d %q", step.what, status, answer, step.status, step.answer)
		}
		if status == 409 && strings.HasSuffix(step.answer, "\n") != (h.Get("Content-Type") == "text/x.tlog.size") {
			t.Errorf("%s: content type %s", step.what, h.Get("Content-Type"))
		}
	}
	if w.Seen(s.w.origin) != 12 {
		t.Errorf("saw %d", w.Seen(s.w.origin))
	}
}

func TestWitnessSpeaksCosignatureV1(t *testing.T) {
	s := tell(t)
	w := newTestWitness(t, "witness.example", s.w.vkey)
	_, line, _ := w.post(t, request(0, nil, s.small.Note))
	v, err := fnote.NewVerifierForCosignatureV1(w.VKey())
	must(t, err)
	n, err := note.Open([]byte(string(s.small.Note)+line), note.VerifierList(v))
	must(t, err)
	at, err := fnote.CoSigV1Timestamp(n.Sigs[0])
	if err != nil || time.Since(at) > time.Minute {
		t.Errorf("signed at %v, %v", at, err)
	}
}

func TestWitnessRemembersAcrossRestarts(t *testing.T) {
	s := tell(t)
	w := newTestWitness(t, "witness.example", s.w.vkey)
	w.post(t, request(0, nil, s.small.Note))
	if _, err := NewWitness(w.o); err == nil {
		t.Error("two witnesses with one memory")
	}
	must(t, w.Close())
	again, err := NewWitness(w.o)
	must(t, err)
	defer again.Close()
	if again.Seen(s.w.origin) != 5 {
		t.Errorf("remembers %d", again.Seen(s.w.origin))
	}
	if _, err := again.add([]byte(request(5, s.forkProof, s.fork.Note))); err == nil {
		t.Error("cosigned a fork after a restart")
	}
	again.stateFile = filepath.Join(t.TempDir(), "no", "where")
	if _, err := again.add([]byte(request(5, s.proof, s.large.Note))); err == nil || again.Seen(s.w.origin) != 5 {
		t.Errorf("cosigned what it cannot remember: %v", err)
	}
	must(t, os.Remove(w.o.StateFile))
	must(t, again.Close())
	if _, err := NewWitness(w.o); err == nil {
		t.Error("a witness that forgot everything starts")
	}
}

func TestWitnessOptionsAreChecked(t *testing.T) {
	key, vkey := testKey(t, "witness.example")
	state := filepath.Join(t.TempDir(), "state")
	must(t, NewState(state))
	for what, o := range map[string]WitnessOptions{
		"no key":        {StateFile: state, LogKeys: []string{vkey}},
		"bad log key":   {Key: key, StateFile: state, LogKeys: []string{"x"}},
		"one log twice": {Key: key, StateFile: state, LogKeys: []string{vkey, vkey}},
	} {
		if _, err := NewWitness(o); err == nil {
			t.Error(what)
		}
	}
	w := newTestWitness(t, "other.example", vkey)
	r, err := http.Get(w.url + "/add-checkpoint")
	must(t, err)
	if r.Body.Close(); r.StatusCode != http.StatusNotFound {
		t.Errorf("GET gives %d", r.StatusCode)
	}
}

func FuzzParseAdd(f *testing.F) {
	h := testLeaf(1).Hash()
	f.Add([]byte(request(0, nil, []byte("note"))))
	f.Add([]byte(request(5, merkle.TreeProof{h, h}, []byte("a\n\nb"))))
	f.Add([]byte("old 00\n\n"))
	f.Fuzz(func(t *testing.T, body []byte) {
		q, err := parseAdd(body)
		if err == nil && request(q.old, q.proof, q.note) != string(body) {
			t.Errorf("%q is read as %q", body, request(q.old, q.proof, q.note))
		}
	})
}
