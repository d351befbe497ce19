package e2e

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/amana-platform/amana/cmd/amana/compose"
	"github.com/amana-platform/amana/kernel/app"
	"github.com/amana-platform/amana/kernel/events"
	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/kerneltest"
	"github.com/amana-platform/amana/kernel/store"
	"github.com/amana-platform/amana/packs"
)

// whole starts the whole program in process with more modules, and what goes
// on beside requests.
func whole(t *testing.T, key string, more ...app.Module) *kerneltest.App {
	t.Helper()
	a := kerneltest.Start(t, kerneltest.Options{Pack: packs.Morocco(), Key: key, Build: func(k *app.Kernel) (app.Compose, error) {
		c, err := compose.List(k)
		c.Modules = append(c.Modules, more...)
		return c, err
	}})
	a.Run(t.Context())
	return a
}

// stands waits until an alarm stands, or stands no more.
func stands(t *testing.T, a *kerneltest.App, key string, want bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		health := string(kerneltest.NewClient(t, a.URL).Get("/health").Body)
		if strings.Contains(health, `"`+key+`"`) == want && strings.Contains(health, `"well"`) != want {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("alarm %s, want %t: %s", key, want, health)
		}
	}
}

// TestAFollowerStuckOnAnEntry: one follower cannot take an entry. It stays
// there and says so; the others, and everybody's work, go on; when the cause
// is mended it takes that entry, once.
func TestAFollowerStuckOnAnEntry(t *testing.T) {
	var mended atomic.Bool
	var good, bad atomic.Int64
	count := func(n *atomic.Int64, broken bool) func(context.Context, journal.Delivered, store.Reader, *journal.Draft) error {
		return func(_ context.Context, e journal.Delivered, _ store.Reader, _ *journal.Draft) error {
			if e.Kind != "journal.counted" {
				return nil
			}
			if broken && !mended.Load() {
				return errors.New("this entry is too much")
			}
			n.Add(1)
			return nil
		}
	}
	a := whole(t, "", app.Module{Name: "probe", Follows: []events.Follower{
		{Name: "probe-bad", Handle: count(&bad, true)}, {Name: "probe-good", Handle: count(&good, false)},
	}})
	record := func() {
		t.Helper()
		if err := a.Journal.Lane().Record(t.Context(), journal.Access{Action: "inspection.entry.read", Outcome: journal.Read}); err != nil {
			t.Fatal(err)
		}
		if err := a.Journal.Count(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	record()
	stands(t, a, "follower-stuck", true)
	record()
	for deadline := time.Now().Add(20 * time.Second); good.Load() < 2; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the other follower waits too")
		}
	}
	if bad.Load() != 0 {
		t.Fatal("it went past the entry")
	}
	last, err := a.Journal.Last(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	mended.Store(true)
	stands(t, a, "follower-stuck", false)
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		at, err := a.Journal.Cursor(t.Context(), "probe-bad")
		if err != nil || time.Now().After(deadline) {
			t.Fatalf("the cursor stands at %d of %d: %v", at, last, err)
		}
		if at >= last {
			break
		}
	}
	if bad.Load() < 2 || bad.Load() != good.Load() {
		t.Fatalf("%d entries taken after %d", bad.Load(), good.Load())
	}
}

// TestAnExpiredCertificate: no paper is signed with it, in words; everything
// else goes on.
func TestAnExpiredCertificate(t *testing.T) {
	key := t.TempDir() + "/old.key"
	if _, err := app.NewKeyFile(key, "test.invalid/amana", "Amana (test)", kerneltest.Noon.AddDate(-3, 0, 0)); err != nil {
		t.Fatal(err)
	}
	a := whole(t, key)
	stands(t, a, "certificate-over", true)
	if _, err := a.Paper.Sign(t.Context(), []byte("%PDF-1.7"), "receipt"); !fault.Is(err, fault.Unavailable) {
		t.Errorf("signed with a certificate that has ended: %v", err)
	}
	if err := a.Journal.Lane().Record(t.Context(), journal.Access{Action: "inspection.entry.read", Outcome: journal.Read}); err != nil {
		t.Error(err)
	}
	if err := a.Journal.Count(t.Context()); err != nil {
		t.Error(err)
	}
	soon := t.TempDir() + "/soon.key"
	if _, err := app.NewKeyFile(soon, "test.invalid/amana", "Amana (test)", kerneltest.Noon.AddDate(-2, 0, 20)); err != nil {
		t.Fatal(err)
	}
	stands(t, whole(t, soon), "certificate-ends", true)
}

// TestControlsArePlantedAndFound by the jobs of a running service.
func TestControlsArePlantedAndFound(t *testing.T) {
	a := whole(t, "")
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		c, err := a.Journal.Controls(t.Context())
		if err != nil || time.Now().After(deadline) {
			t.Fatalf("%+v %v", c, err)
		}
		if c.Planted > 0 {
			break
		}
	}
	g, err := a.Policy.System("control", app.ControlAction, "L09-08-23")
	if err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(50 * time.Millisecond) { // the job looks every minute; the test does not wait for it
		if _, err := a.Journal.CheckControls(t.Context(), g, a.Logging.CoversAccess); err != nil {
			t.Fatal(err)
		}
		c, err := a.Journal.Controls(t.Context())
		if err != nil || time.Now().After(deadline) {
			t.Fatalf("%+v %v", c, err)
		}
		if c.Seen == c.Planted {
			return
		}
	}
}
