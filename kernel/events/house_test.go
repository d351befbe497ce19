package events

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strconv"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/amana-platform/amana/kernel/clock"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/journal/journaltest"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/store"
)

// never is a patience that no test outlives: what arrives came by the bus, or
// by the node's own commits.
const never = time.Hour

// node is one node over a store.
type node struct {
	*journal.Journal
	events *Events
}

// join opens a node over the store at an address.
func join(t testing.TB, address string, b Bus, patience time.Duration) *node {
	t.Helper()
	if b.URL == "" && b.Folder == "" {
		b.Folder = t.TempDir()
	}
	j := journaltest.OpenAt(t, address, clock.System{})
	e, err := Open(t.Context(), Options{Journal: j, Bus: b, Patience: patience, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	return &node{j, e}
}

// admit records a person and gives their id.
func (n *node) admit(t testing.TB, name string) (person ident.ID) {
	t.Helper()
	_, err := n.Do(context.Background(), journaltest.Grant(t), func(_ context.Context, _ store.Reader, d *journal.Draft) error {
		person = d.NewID()
		d.Add(journaltest.Admitted{Person: person, Name: journal.Seal(name), Born: journal.Seal("1980-02-29"), Ward: 1, Mark: []byte{}})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return person
}

// broker is a NATS server that listens, on a port it keeps when it starts again.
type broker struct {
	t      testing.TB
	port   int
	folder string
	*server.Server
}

func startBroker(t testing.TB) *broker {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	b := &broker{t: t, port: l.Addr().(*net.TCPAddr).Port, folder: t.TempDir()}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	b.start()
	t.Cleanup(b.stop)
	return b
}

func (b *broker) start() {
	b.t.Helper()
	var err error
	b.Server, err = server.NewServer(&server.Options{Host: "127.0.0.1", Port: b.port, NoSigs: true, NoLog: true, JetStream: true, StoreDir: b.folder})
	if err != nil {
		b.t.Fatal(err)
	}
	b.Start()
	if !b.ReadyForConnections(10 * time.Second) {
		b.t.Fatal("the broker does not start")
	}
}

func (b *broker) stop() {
	b.Shutdown()
	b.WaitForShutdown()
}

func (b *broker) bus() Bus { return Bus{URL: fmt.Sprintf("nats://127.0.0.1:%d", b.port)} }

// raw is a message as anybody on the bus sees it.
type raw struct {
	subject string
	header  nats.Header
	data    []byte
}

// read gives everything that the stream of a node holds.
func (n *node) read(t testing.TB) (all []raw) {
	t.Helper()
	n.events.bus.mu.Lock()
	js := n.events.bus.js
	n.events.bus.mu.Unlock()
	stream, err := js.Stream(t.Context(), n.events.bus.stream)
	if err != nil {
		t.Fatal(err)
	}
	state := stream.CachedInfo().State
	for i := state.FirstSeq; i <= state.LastSeq && state.Msgs > 0; i++ {
		m, err := stream.GetMsg(t.Context(), i)
		if errors.Is(err, jetstream.ErrMsgNotFound) { // its time came meanwhile
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, raw{m.Subject, m.Header, m.Data})
	}
	return all
}

// seqs gives the seqs of messages in their order.
func seqs(t testing.TB, all []raw) (out []int64) {
	t.Helper()
	for _, m := range all {
		var said Message
		if err := json.Unmarshal(m.data, &said); err != nil {
			t.Fatal(err)
		}
		out = append(out, said.Seq)
	}
	return out
}

// until waits for something that must come about.
func until(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("it does not come about that %s", what)
		}
	}
}

// carried waits until the bus has everything.
func (n *node) carried(t testing.TB) {
	t.Helper()
	until(t, "the bus has everything", func() bool {
		last, err := n.Last(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return n.events.bus.carried() == last
	})
}

// grants makes what followers append under.
type grants struct{ t testing.TB }

// System gives the ward module's grant.
func (g grants) System(string, string, string) (policy.Grant, error) {
	return journaltest.Grant(g.t), nil
}

func always(context.Context) (bool, error) { return true, nil }

// porter follows admissions and moves each person to the ward of their number:
// its effect shows order and repetition.
func porter(handled func(journal.Delivered)) Follower {
	return Follower{Name: "porter", Action: "ward.keep", Basis: "CPP-66", Handle: func(ctx context.Context, e journal.Delivered, r store.Reader, d *journal.Draft) error {
		if handled != nil {
			handled(e)
		}
		a, ok := e.Entry.(journaltest.Admitted)
		if !ok {
			return nil
		}
		var moved int
		if err := r.Row(ctx, "select count(*) from ward_people where moves > 0", nil, &moved); err != nil {
			return err
		}
		d.Add(journaltest.Moved{Person: a.Person, Ward: 100 + moved})
		return nil
	}}
}

// wantOnce checks that every admission was followed by one move, in order.
func wantOnce(t testing.TB, j *journal.Journal) {
	t.Helper()
	all, err := j.After(t.Context(), 0, 100_000)
	if err != nil {
		t.Fatal(err)
	}
	var admitted, moved []ident.ID
	for _, e := range all {
		switch x := e.Entry.(type) {
		case journaltest.Admitted:
			admitted = append(admitted, x.Person)
		case journaltest.Moved:
			if want := 100 + len(moved); x.Ward != want {
				t.Errorf("move %d is to ward %d", len(moved), x.Ward)
			}
			moved = append(moved, x.Person)
		}
	}
	if len(moved) != len(admitted) {
		t.Fatalf("%d moves of %d people", len(moved), len(admitted))
	}
	for i := range moved {
		if moved[i] != admitted[i] {
			t.Fatalf("move %d is not of person %d", i, i)
		}
	}
	if r, err := j.Verify(t.Context(), journal.Scope{}); err != nil || !r.Clean() {
		t.Fatalf("%+v %v", r, err)
	}
}

// settled waits until a follower has passed every entry, its own included.
func settled(t testing.TB, j *journal.Journal, follower string) {
	t.Helper()
	until(t, follower+" has followed", func() bool {
		last, err := j.Last(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		at, err := j.Cursor(t.Context(), follower)
		if err != nil {
			t.Fatal(err)
		}
		return at == last
	})
}

func person(i int) string { return "Person " + strconv.Itoa(i) }
