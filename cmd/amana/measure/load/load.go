// Package load plays institutions and citizens for a measurement: whole
// sign-ins by the FAPI 2.0 Security Profile, each of a citizen who proves who
// they are with a passkey and agrees to what is asked. It runs as a process of
// its own, so that what it costs is not counted for who is measured, and does
// the same against our provider and against its peer.
//
// One sign-in is nine requests, or ten where the provider sends the browser
// round once more: the institution pushes its request (private_key_jwt, DPoP,
// PKCE); the browser opens it, is shown the sign-in page, fetches a challenge,
// answers it, is shown the consent page and agrees; the institution redeems the
// code, checks the ID token's signature, nonce and times, and asks for the
// attributes. Key, cookies, state, nonce and verifier are new each time.
package load

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// Site says whom to load and who plays.
type Site struct {
	Dial     string // host and port that is spoken to, whatever addresses say
	Origin   string // "http://localhost:8080": what addresses say
	Client   string // the institution's identifier
	Key      []byte // its private P-256 key, PKCS #8; the kid is "k1"
	Redirect string
	Claims   string    // the claims parameter
	InToken  []string  // attributes that must come in the ID token
	InInfo   []string  // and from the userinfo endpoint
	Citizens []Citizen // who sign in, in turn
}

// Citizen is somebody with a one-time code from a counter.
type Citizen struct{ Number, Code string }

// Phase is one thing to do. The zero Rate is a closed loop: every caller signs
// in as fast as it is served. A rate is an open one: sign-ins begin when they
// are due, whatever became of those before, and are timed from then.
type Phase struct {
	Register bool // citizens make their passkeys; nothing is timed
	Callers  int
	Rate     float64 // sign-ins a second
	For      time.Duration
}

// Outcome is what came of a phase.
type Outcome struct {
	Done    int
	Seconds float64
	Times   []time.Duration          // of whole sign-ins
	Steps   map[string]time.Duration // mean of each request
	CPU     time.Duration            // what this process used of the processors
	Wrong   string                   // the first sign-in that failed, and how
}

// Serve plays: a Site and then phases in, an outcome of each out, JSON each.
func Serve(ctx context.Context, in io.Reader, out io.Writer) error {
	d, e := json.NewDecoder(in), json.NewEncoder(out)
	var s Site
	if err := d.Decode(&s); err != nil {
		return err
	}
	w, err := newWorld(ctx, s)
	if err != nil {
		return err
	}
	for {
		var p Phase
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		if err := e.Encode(w.run(ctx, p)); err != nil {
			return err
		}
	}
}

// run does a phase.
func (w *world) run(ctx context.Context, p Phase) Outcome {
	w.tally = &tally{steps: map[string]step{}}
	begun, cpu := time.Now(), processor()
	switch {
	case p.Register:
		w.register(ctx, p.Callers)
	case p.Rate > 0:
		w.open(ctx, p)
	default:
		w.closed(ctx, p)
	}
	return w.tally.outcome(time.Since(begun), processor()-cpu)
}

// register lets every citizen make a passkey.
func (w *world) register(ctx context.Context, callers int) {
	var next atomic.Int64
	var all sync.WaitGroup
	for range callers {
		all.Go(func() {
			for n := int(next.Add(1)) - 1; n < len(w.people) && !w.tally.failed(); n = int(next.Add(1)) - 1 {
				w.tally.note(w.makeKey(ctx, w.people[n]))
			}
		})
	}
	all.Wait()
}

// closed lets callers sign in one after the other for a while.
func (w *world) closed(ctx context.Context, p Phase) {
	until := time.Now().Add(p.For)
	var all sync.WaitGroup
	for range p.Callers {
		all.Go(func() {
			for time.Now().Before(until) && !w.tally.failed() {
				begun := time.Now()
				w.tally.note(w.signIn(ctx))
				w.tally.took(time.Since(begun))
			}
		})
	}
	all.Wait()
}

// open begins sign-ins when they are due.
func (w *world) open(ctx context.Context, p Phase) {
	begun := time.Now()
	var all sync.WaitGroup
	for n := range int(p.Rate * p.For.Seconds()) {
		due := begun.Add(time.Duration(float64(n) / p.Rate * float64(time.Second)))
		time.Sleep(time.Until(due))
		if w.tally.failed() {
			break
		}
		all.Go(func() {
			w.tally.note(w.signIn(ctx))
			w.tally.took(time.Since(due))
		})
	}
	all.Wait()
}

// processor is what this process has used of the processors so far.
func processor() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// tally gathers what happens in a phase.
type tally struct {
	mu    sync.Mutex
	done  int
	times []time.Duration
	steps map[string]step
	wrong error
}

type step struct {
	n   int
	sum time.Duration
}

func (t *tally) note(err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if err != nil && t.wrong == nil {
		t.wrong = err
	} else if err == nil {
		t.done++
	}
}

func (t *tally) took(d time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.times = append(t.times, d)
}

func (t *tally) failed() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.wrong != nil
}

func (t *tally) stepped(name string, d time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	s := t.steps[name]
	t.steps[name] = step{s.n + 1, s.sum + d}
}

func (t *tally) outcome(wall, cpu time.Duration) Outcome {
	o := Outcome{Done: t.done, Seconds: wall.Seconds(), Times: t.times, Steps: map[string]time.Duration{}, CPU: cpu}
	for name, s := range t.steps {
		o.Steps[name] = s.sum / time.Duration(s.n)
	}
	if t.wrong != nil {
		o.Wrong = fmt.Sprint(t.wrong)
	}
	return o
}
