package events

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/journal/journaltest"
	"github.com/amana-platform/amana/kernel/store/storetest"
)

// TestTheBusCarriesNoPersonalValue reads every message as anybody on the bus
// would: id, seq, kind and refs, and nothing that an entry says.
func TestTheBusCarriesNoPersonalValue(t *testing.T) {
	n := join(t, storetest.Address(t), Bus{}, never)
	until(t, "the bus is there", func() bool { return n.events.bus.carried() > 0 })
	id := n.admit(t, "Souad Benali")
	n.carried(t)
	all := n.read(t)
	if len(all) != 1 {
		t.Fatalf("%d messages, want one", len(all))
	}
	var fields map[string]any
	if err := json.Unmarshal(all[0].data, &fields); err != nil {
		t.Fatal(err)
	}
	for name := range fields {
		if !slices.Contains([]string{"id", "seq", "kind", "refs"}, name) {
			t.Errorf("a message holds %s", name)
		}
	}
	e, err := n.After(t.Context(), 1, 1)
	if err != nil {
		t.Fatal(err)
	}
	var m Message
	if err := json.Unmarshal(all[0].data, &m); err != nil || m.ID != e[0].ID || m.Seq != 2 || m.Kind != "ward.admitted" || !slices.Equal(m.Refs, []string{"person/" + string(id)}) {
		t.Errorf("%+v %v", m, err)
	}
	if got := all[0].header.Get("Nats-Msg-Id"); got != string(e[0].ID) {
		t.Errorf("the message's id is %s", got)
	}
	said := all[0].subject + string(all[0].data)
	for name, values := range all[0].header {
		said += name + strings.Join(values, "")
	}
	for _, personal := range []string{"Souad", "Benali", "1980"} {
		if strings.Contains(said, personal) {
			t.Errorf("the bus says %s", personal)
		}
	}
}

// TestTheWindowIsBounded writes more than the window holds, and waits until
// what is old has gone.
func TestTheWindowIsBounded(t *testing.T) {
	n := join(t, storetest.Address(t), Bus{MaxMessages: 10, MaxAge: 2 * time.Second}, never)
	until(t, "the bus is there", func() bool { return n.events.bus.carried() > 0 })
	for i := range 50 {
		n.admit(t, person(i))
	}
	n.carried(t)
	got := seqs(t, n.read(t))
	if len(got) > 10 || len(got) > 0 && got[len(got)-1] != 51 {
		t.Errorf("the window holds %v", got)
	}
	until(t, "old messages go", func() bool { return len(n.read(t)) == 0 })
}

// TestARepeatedMessageIsOne publishes what is in the stream already, as a node
// does that has not heard of it, and delivers a message twice.
func TestARepeatedMessageIsOne(t *testing.T) {
	n := join(t, storetest.Address(t), Bus{}, never)
	until(t, "the bus is there", func() bool { return n.events.bus.carried() > 0 })
	w := n.events.Watch(ident.Ref{Kind: "person", ID: n.admit(t, "a")})
	defer w.Close()
	n.carried(t)
	again, err := n.Notices(t.Context(), 1, 10)
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if err := n.events.bus.publish(t.Context(), again); err != nil {
			t.Fatal(err)
		}
	}
	if got := seqs(t, n.read(t)); !slices.Equal(got, []int64{2}) {
		t.Errorf("the stream holds %v", got)
	}
	n.events.heard(2)
	n.events.heard(2)
	if n.events.bus.carried() != 2 || n.events.seen.Load() != 2 {
		t.Errorf("carried %d, seen %d", n.events.bus.carried(), n.events.seen.Load())
	}
}

// TestAnotherNodeHears has node B wake for what node A writes, though B would
// never look by itself.
func TestAnotherNodeHears(t *testing.T) {
	address, b := storetest.Address(t), startBroker(t)
	one, two := join(t, address, b.bus(), never), join(t, address, b.bus(), never)
	for _, n := range []*node{one, two} {
		until(t, "the bus is there", func() bool { return n.events.bus.carried() > 0 })
	}
	id := one.admit(t, "a")
	w, other := two.events.Watch(ident.Ref{Kind: "person", ID: id}), two.events.Watch(ident.Ref{Kind: "person", ID: two.NewID()})
	defer w.Close()
	defer other.Close()
	for range 20 {
		move(t, one, id)
		select {
		case <-w.C:
		case <-other.C:
			t.Fatal("whoever watches another record was woken")
		case <-time.After(30 * time.Second):
			t.Fatal("the other node does not hear")
		}
	}
	one.carried(t)
	two.carried(t)
	if got := seqs(t, one.read(t)); len(got) != 21 || !slices.IsSorted(got) {
		t.Errorf("the stream holds %v", got)
	}
}

// TestALostBrokerLosesNothing stops the broker, writes on both nodes, and
// starts it again: meanwhile the nodes hear by looking, afterwards the stream
// has every entry once, in order.
func TestALostBrokerLosesNothing(t *testing.T) {
	address, b := storetest.Address(t), startBroker(t)
	one, two := join(t, address, b.bus(), 20*time.Millisecond), join(t, address, b.bus(), 20*time.Millisecond)
	for _, n := range []*node{one, two} {
		until(t, "the bus is there", func() bool { return n.events.bus.carried() > 0 })
	}
	first, err := one.Last(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	b.stop() // with the stream still empty
	id := one.admit(t, "a")
	b.start()
	one.carried(t)
	two.carried(t)
	for round := range 3 {
		b.stop()
		w := two.events.Watch(ident.Ref{Kind: "person", ID: id})
		move(t, one, id)
		select {
		case <-w.C:
		case <-time.After(30 * time.Second):
			t.Fatal("without a broker the other node does not hear")
		}
		w.Close()
		move(t, two, id)
		b.start()
		move(t, one, id)
		one.carried(t)
		two.carried(t)
		got := seqs(t, one.read(t))
		for i, seq := range got {
			if seq != first+1+int64(i) {
				t.Fatalf("round %d: the stream holds %v", round, got)
			}
		}
		if last, err := one.Last(t.Context()); err != nil || first+int64(len(got)) != last {
			t.Fatalf("round %d: the stream holds %v, the journal ends with %d (%v)", round, got, last, err)
		}
	}
}

// TestTheServerInsideComesBack ends the server in this process as a fault
// would, and finds it replaced.
func TestTheServerInsideComesBack(t *testing.T) {
	n := join(t, storetest.Address(t), Bus{}, 20*time.Millisecond)
	n.admit(t, "a")
	n.carried(t)
	n.events.bus.mu.Lock()
	n.events.bus.server.Shutdown()
	n.events.bus.mu.Unlock()
	w := n.events.Watch(ident.Ref{Kind: "person", ID: n.admit(t, "b")})
	w.Close()
	n.carried(t)
	until(t, "the stream has what came after", func() bool { return n.events.bus.server.Running() })
}

// TestAnOutboxGoesOnWhereTheStreamEnds writes while no node publishes, as one
// does that dies after a commit; whoever comes next publishes it.
func TestAnOutboxGoesOnWhereTheStreamEnds(t *testing.T) {
	address, b := storetest.Address(t), startBroker(t)
	t.Run("a node publishes and ends", func(t *testing.T) {
		n := join(t, address, b.bus(), never)
		until(t, "the bus is there", func() bool { return n.events.bus.carried() > 0 })
		n.admit(t, "a")
		n.carried(t)
	})
	j := journaltest.OpenAt(t, address, nil)
	for range 700 { // more than one step
		(&node{Journal: j}).admit(t, "unpublished")
	}
	n := join(t, address, b.bus(), never)
	n.carried(t)
	if got := seqs(t, n.read(t)); len(got) != 701 || got[0] != 2 || got[700] != 702 || !slices.IsSorted(got) {
		t.Errorf("%d messages", len(got))
	}
}

// TestAStreamOfLostEntriesIsEmptied meets a stream that is beyond the journal,
// as after a restore.
func TestAStreamOfLostEntriesIsEmptied(t *testing.T) {
	n := join(t, storetest.Address(t), Bus{}, 20*time.Millisecond)
	n.admit(t, "a")
	n.carried(t)
	if err := n.events.bus.publish(t.Context(), []journal.Notice{{Seq: 5000, ID: n.NewID(), Kind: "ward.moved"}}); err != nil {
		t.Fatal(err)
	}
	stream, err := n.events.bus.js.Stream(t.Context(), n.events.bus.stream)
	if err != nil {
		t.Fatal(err)
	}
	at, _, err := lastOf(t.Context(), stream, n.events.bus.subject)
	if err != nil || at != 5000 {
		t.Fatal(at, err)
	}
	if err := n.events.bus.resume(t.Context(), stream, at, 2); err != nil {
		t.Fatal(err)
	}
	if got := n.read(t); len(got) != 0 || n.events.bus.carried() != 2 {
		t.Errorf("%d messages are left, carried %d", len(got), n.events.bus.carried())
	}
}

// TestAKeyErasedElsewhereIsForgottenHere erases on one node what another holds
// in memory.
func TestAKeyErasedElsewhereIsForgottenHere(t *testing.T) {
	address, b := storetest.Address(t), startBroker(t)
	one, two := join(t, address, b.bus(), never), join(t, address, b.bus(), never)
	two.events.On("journal.erased", two.Dropped)
	until(t, "the bus is there", func() bool { return two.events.bus.carried() > 0 })
	id := one.admit(t, "Souad")
	read := func() string {
		all, err := two.Timeline(t.Context(), ident.Ref{Kind: "person", ID: id}, 0, 1)
		if err != nil || len(all) != 1 {
			t.Fatal(all, err)
		}
		return all[0].Entry.(journaltest.Admitted).Name.Text()
	}
	if read() != "Souad" {
		t.Fatal("the other node does not read it")
	}
	if err := one.Erase(t.Context(), journaltest.Grant(t), journal.Erased{Subjects: []ident.ID{id}, Ground: "L09-08 3", Authority: "order 1"}); err != nil {
		t.Fatal(err)
	}
	until(t, "the other node forgets", func() bool { return read() == "" })
}

// TestACredentialIsNotShown prints a bus's address.
func TestACredentialIsNotShown(t *testing.T) {
	for url, want := range map[string]string{
		"": "in process", "nats://a:4222": "a:4222", "nats://u:secret@a:1,nats://u:secret@b:2": "a:1,b:2",
	} {
		if got := (Bus{URL: url}).Shown(); got != want {
			t.Errorf("%q is shown as %q", url, got)
		}
	}
}
