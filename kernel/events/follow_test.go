package events

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/amana-platform/amana/kernel/clock"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/journal/journaltest"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/store"
	"github.com/amana-platform/amana/kernel/store/storetest"
)

func move(t testing.TB, n *node, id ident.ID) {
	t.Helper()
	_, err := n.Do(context.Background(), journaltest.Grant(t), func(_ context.Context, _ store.Reader, d *journal.Draft) error {
		d.Add(journaltest.Moved{Person: id, Ward: 2})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestOrderAndOnceInEffect writes while followers on two nodes start and stop
// at any moment, both believing that they lead, the broker comes and goes, and
// the cursor is lost: each admission has one effect, in order.
func TestOrderAndOnceInEffect(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		address, b := storetest.Address(t), startBroker(t)
		nodes := []*node{join(t, address, b.bus(), 10*time.Millisecond), join(t, address, b.bus(), 10*time.Millisecond)}
		stops := make([]func(), len(nodes))
		toggle := func(i int) {
			if stops[i] != nil {
				stops[i]()
				stops[i] = nil
				return
			}
			ctx, cancel := context.WithCancel(t.Context())
			var running sync.WaitGroup
			running.Go(func() { nodes[i].events.Follow(ctx, porter(nil), grants{t}, always) })
			stops[i] = func() { cancel(); running.Wait() }
		}
		up := true
		for i, act := range rapid.SliceOfN(rapid.IntRange(0, 9), 5, 40).Draw(rt, "acts") {
			switch act {
			case 0, 1:
				toggle(act)
			case 2:
				if up = !up; up {
					b.start()
				} else {
					b.stop()
				}
			default:
				nodes[act%2].admit(t, person(i))
			}
		}
		for i := range nodes {
			if stops[i] == nil {
				toggle(i)
			}
		}
		settled(t, nodes[0].Journal, "porter")
		for i := range nodes {
			toggle(i)
		}
		wantOnce(t, nodes[0].Journal)
		if !up {
			b.start()
		}
	})
}

// TestALostCursorRepeatsNothing takes the cursor away: the follower goes
// through everything again and appends nothing twice.
func TestALostCursorRepeatsNothing(t *testing.T) {
	db := storetest.OpenAt(t, storetest.Address(t))
	j, err := journal.Open(t.Context(), journal.Options{DB: db, Master: journaltest.Master, Clock: clock.System{}, Modules: []journal.Module{journaltest.Ward()}})
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	e, err := Open(t.Context(), Options{Journal: j, Bus: Bus{Folder: t.TempDir()}, Patience: 10 * time.Millisecond, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	n := &node{j, e}
	for i := range 10 {
		n.admit(t, person(i))
	}
	for range 3 {
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { e.Follow(ctx, porter(nil), grants{t}, always); close(done) }()
		settled(t, j, "porter")
		cancel()
		<-done
		wantOnce(t, j)
		b, err := db.Begin(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := b.Exec(t.Context(), "delete from journal_cursors"); err != nil {
			t.Fatal(err)
		}
		if err := b.Commit(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}

// TestACursorNeverGoesBack lets a node that was away advance a cursor that
// another has moved on.
func TestACursorNeverGoesBack(t *testing.T) {
	n := join(t, storetest.Address(t), Bus{}, never)
	for i := range 5 {
		n.admit(t, person(i))
	}
	g := journaltest.Grant(t)
	if err := n.Advance(t.Context(), g, "porter", 4, nil); err != nil {
		t.Fatal(err)
	}
	for _, seq := range []int64{3, 4} {
		err := n.Advance(t.Context(), g, "porter", seq, func(context.Context, store.Reader, *journal.Draft) error {
			t.Errorf("entry %d was decided on a second time", seq)
			return nil
		})
		if !errors.Is(err, journal.ErrPassed) {
			t.Errorf("entry %d: %v", seq, err)
		}
	}
	if at, err := n.Cursor(t.Context(), "porter"); err != nil || at != 4 {
		t.Errorf("the cursor stands at %d (%v)", at, err)
	}
}

// TestAStuckFollowerHoldsNobodyUp has one follower fail on an entry until it
// can go on, while another passes it.
func TestAStuckFollowerHoldsNobodyUp(t *testing.T) {
	n := join(t, storetest.Address(t), Bus{}, 10*time.Millisecond)
	var mu sync.Mutex
	broken := true
	var got []int64
	stuck := Follower{Name: "stuck", Handle: func(_ context.Context, e journal.Delivered, _ store.Reader, _ *journal.Draft) error {
		mu.Lock()
		defer mu.Unlock()
		if broken && e.Seq == 3 {
			return errors.New("a bad entry")
		}
		got = append(got, e.Seq)
		return nil
	}}
	ctx, cancel := context.WithCancel(t.Context())
	var running sync.WaitGroup
	for _, f := range []Follower{stuck, {Name: "other", Handle: func(context.Context, journal.Delivered, store.Reader, *journal.Draft) error { return nil }}} {
		running.Go(func() { n.events.Follow(ctx, f, grants{t}, always) })
	}
	for i := range 4 {
		n.admit(t, person(i))
	}
	settled(t, n.Journal, "other")
	if at, err := n.Cursor(t.Context(), "stuck"); err != nil || at != 2 {
		t.Errorf("the stuck one stands at %d (%v)", at, err)
	}
	mu.Lock()
	broken = false
	mu.Unlock()
	settled(t, n.Journal, "stuck")
	cancel()
	running.Wait()
	if !slices.Equal(got, []int64{1, 2, 3, 4, 5}) {
		t.Errorf("it received %v", got)
	}
}

// TestOnlyTheLeaderFollows keeps a node that does not lead from the entries.
func TestOnlyTheLeaderFollows(t *testing.T) {
	n := join(t, storetest.Address(t), Bus{}, 10*time.Millisecond)
	n.admit(t, "a")
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	n.events.Follow(ctx, porter(func(journal.Delivered) { t.Error("it received an entry") }), grants{t}, func(context.Context) (bool, error) { return false, nil })
}

// TestMain lets the test binary be the process that is killed.
func TestMain(m *testing.M) {
	if address := os.Getenv("EVENTS_TEST_STORE"); address != "" {
		if err := followUntilKilled(address); err != nil {
			fmt.Println("error", err)
			os.Exit(1)
		}
		return
	}
	flag.Parse()
	if f := flag.Lookup("rapid.checks"); f.Value.String() == f.DefValue { // each check runs a broker and two nodes
		if err := f.Value.Set("8"); err != nil {
			panic(err)
		}
	}
	os.Exit(m.Run())
}

// followUntilKilled is a node of its own that follows and says what it saw.
func followUntilKilled(address string) error {
	ctx := context.Background()
	db, err := store.Open(ctx, address)
	if err != nil {
		return err
	}
	j, err := journal.Open(ctx, journal.Options{DB: db, Master: journaltest.Master, Node: "follower", Modules: []journal.Module{journaltest.Ward()}, Clock: clock.System{}})
	if err != nil {
		return err
	}
	folder, err := os.MkdirTemp(os.Getenv("EVENTS_TEST_FOLDER"), "bus")
	if err != nil {
		return err
	}
	e, err := Open(ctx, Options{Journal: j, Bus: Bus{Folder: folder}, Patience: 5 * time.Millisecond, Log: slog.Default()})
	if err != nil {
		return err
	}
	p, err := policy.New([]policy.Module{journaltest.Policy()}, journaltest.Hooks())
	if err != nil {
		return err
	}
	e.Follow(ctx, porter(func(d journal.Delivered) { fmt.Println("saw", d.Seq) }), p, always)
	return nil
}

// TestAKilledFollowerLosesAndDoublesNothing kills the process that follows at
// random moments while entries come.
func TestAKilledFollowerLosesAndDoublesNothing(t *testing.T) {
	address := storetest.Address(t)
	n := join(t, address, Bus{}, never)
	kills := 8
	for range kills {
		c := exec.Command(os.Args[0])
		c.Env = append(os.Environ(), "EVENTS_TEST_STORE="+address, "EVENTS_TEST_FOLDER="+t.TempDir())
		c.Stderr = os.Stderr
		out, err := c.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		for i := range 20 {
			n.admit(t, person(i))
		}
		lines := bufio.NewScanner(out)
		for i, stop := 0, rand.IntN(15); i <= stop && lines.Scan(); i++ {
			if !strings.HasPrefix(lines.Text(), "saw ") {
				t.Fatal(lines.Text())
			}
		}
		if err := c.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = c.Wait() // it was killed
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { n.events.Follow(ctx, porter(nil), grants{t}, always); close(done) }()
	settled(t, n.Journal, "porter")
	cancel()
	<-done
	wantOnce(t, n.Journal)
}
