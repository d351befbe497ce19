package events

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
)

// Bus says over what nodes hear of each other.
type Bus struct {
	// URL is of a NATS server or cluster with JetStream ("nats://a,nats://b"),
	// credentials included; "" for a server inside this process.
	URL string
	// Folder is where the server inside keeps its working files; they may be
	// removed while it does not run.
	Folder string
	// Replicas is how many servers of a cluster keep the window; 0 is one.
	Replicas int
	// MaxAge and MaxMessages bound the window; 0 is a day and 100,000.
	MaxAge      time.Duration
	MaxMessages int64
}

// Window bounds of a Bus that does not say otherwise: what a program outside
// may sleep through without reading the journal.
const (
	windowAge      = 24 * time.Hour
	windowMessages = 100_000
)

// sameMessage is how long the stream knows a Msg-Id again. It covers two nodes
// that publish one entry; a later repetition is harmless, see Message.
const sameMessage = 2 * time.Minute

// Message is what the bus carries of an entry. The format is public
// (docs/format/events.md); a reader takes a repeated or late one for what it
// is by its seq.
type Message struct {
	ID   ident.ID `json:"id"`
	Seq  int64    `json:"seq"`
	Kind string   `json:"kind"`
	Refs []string `json:"refs,omitempty"`
}

// bus is the connection of one node.
type bus struct {
	Bus
	stream  string
	subject string
	heard   func(seq int64)
	at      atomic.Int64 // every entry up to this seq is in the stream

	mu     sync.Mutex
	server *server.Server // nil with a URL
	conn   *nats.Conn
	js     jetstream.JetStream
}

func newBus(b Bus, home ident.ID, heard func(int64)) *bus {
	if b.MaxAge == 0 {
		b.MaxAge = windowAge
	}
	if b.MaxMessages == 0 {
		b.MaxMessages = windowMessages
	}
	return &bus{Bus: b, stream: "AMANA-" + string(home), subject: "amana." + string(home), heard: heard}
}

func (b *bus) carried() int64 { return b.at.Load() }

// open connects and finds how far the stream has come, if that is not done.
func (b *bus) open(ctx context.Context, last func(context.Context) (int64, error)) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.conn != nil && b.conn.IsConnected() && (b.server == nil || b.server.Running()) {
		return nil
	}
	b.leave()
	if err := b.connect(); err != nil {
		return fmt.Errorf("events: %w", err)
	}
	if err := b.begin(ctx, last); err != nil {
		b.leave()
		return fmt.Errorf("events: %w", err)
	}
	return nil
}

func (b *bus) connect() (err error) {
	options := []nats.Option{nats.Name("amana"), nats.Timeout(2 * time.Second), nats.NoReconnect()} // open is called again
	if b.URL == "" {
		if b.server, err = inside(b.Folder); err != nil {
			return err
		}
		options = append(options, nats.InProcessServer(b.server))
	}
	if b.conn, err = nats.Connect(b.URL, options...); err != nil {
		return err
	}
	b.js, err = jetstream.New(b.conn)
	return err
}

// maxInside bounds the window's memory in a server inside this process.
const maxInside = 64 << 20

// inside starts a server that listens nowhere.
func inside(folder string) (*server.Server, error) {
	s, err := server.NewServer(&server.Options{
		ServerName: "amana", DontListen: true, NoSigs: true, NoLog: true, JetStream: true, StoreDir: folder,
		JetStreamMaxMemory: maxInside, JetStreamMaxStore: 1, DisableJetStreamBanner: true,
	})
	if err != nil {
		return nil, err
	}
	s.Start()
	if !s.ReadyForConnections(5 * time.Second) {
		s.Shutdown()
		return nil, errors.New("the server inside does not start")
	}
	return s, nil
}

// begin makes the stream, reads from its last message how far it has come, and
// hears from there on what any node publishes.
func (b *bus) begin(ctx context.Context, last func(context.Context) (int64, error)) error {
	if b.URL == "" { // one that is shut down with a request under way falls, and the program with it
		ctx = context.WithoutCancel(ctx)
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	c := jetstream.StreamConfig{Name: b.stream, Subjects: []string{b.subject + ".>"}, MaxAge: b.MaxAge, MaxMsgs: b.MaxMessages,
		Discard: jetstream.DiscardOld, Duplicates: min(sameMessage, b.MaxAge), Storage: jetstream.FileStorage, Replicas: max(1, b.Replicas)}
	if b.URL == "" {
		c.Storage = jetstream.MemoryStorage // gone with the process, as is everybody who could read it
	}
	stream, err := b.js.CreateOrUpdateStream(ctx, c)
	if err != nil {
		return err
	}
	at, number, err := lastOf(ctx, stream, b.subject)
	if err != nil {
		return err
	}
	head, err := last(ctx)
	if err != nil {
		return err
	}
	if err := b.resume(ctx, stream, at, head); err != nil {
		return err
	}
	consumer, err := stream.OrderedConsumer(ctx, jetstream.OrderedConsumerConfig{DeliverPolicy: jetstream.DeliverByStartSequencePolicy, OptStartSeq: number + 1})
	if err != nil {
		return err
	}
	_, err = consumer.Consume(b.receive) // ends with the connection
	return err
}

// resume sets from where on entries are published.
func (b *bus) resume(ctx context.Context, stream jetstream.Stream, at, head int64) (err error) {
	switch {
	case at > head: // the stream is of entries that a restore has lost
		err = stream.Purge(ctx)
		at = head
	case at == 0: // an empty stream: who was here goes on where they were
		at = min(head, b.at.Load())
	}
	if at == 0 {
		at = head // nobody waits for what was before the stream
	}
	b.at.Store(max(at, head-b.MaxMessages))
	return err
}

// lastOf gives the seq of the stream's last message and its number there.
func lastOf(ctx context.Context, stream jetstream.Stream, subject string) (seq int64, number uint64, err error) {
	m, err := stream.GetLastMsgForSubject(ctx, subject+".>")
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		return 0, 0, nil
	}
	if err != nil {
		return 0, 0, err
	}
	var last Message
	err = json.Unmarshal(m.Data, &last)
	return last.Seq, m.Sequence, err
}

// receive hears of an entry that is in the stream, from whichever node.
func (b *bus) receive(m jetstream.Msg) {
	var said Message
	if json.Unmarshal(m.Data(), &said) != nil {
		return // not ours; the journal is looked into all the same
	}
	b.at.CompareAndSwap(said.Seq-1, said.Seq)
	b.heard(said.Seq)
}

// reached notes that the stream has every entry up to seq.
func (b *bus) reached(seq int64) {
	for at := b.at.Load(); at < seq; at = b.at.Load() {
		if b.at.CompareAndSwap(at, seq) {
			return
		}
	}
}

// publish puts notices into the stream, in their order.
func (b *bus) publish(ctx context.Context, some []journal.Notice) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	waiting := make([]jetstream.PubAckFuture, 0, len(some))
	for _, n := range some {
		raw, err := json.Marshal(message(n))
		if err != nil {
			return err
		}
		ack, err := b.js.PublishAsync(b.subject+"."+n.Kind, raw, jetstream.WithMsgID(string(n.ID)), jetstream.WithStallWait(5*time.Second))
		if err != nil {
			return fmt.Errorf("events: publish: %w", err)
		}
		waiting = append(waiting, ack)
	}
	for i, ack := range waiting {
		select {
		case <-ack.Ok():
			b.reached(some[i].Seq)
		case err := <-ack.Err():
			return fmt.Errorf("events: publish: %w", err)
		case <-ctx.Done():
			return fmt.Errorf("events: publish: %w", ctx.Err())
		}
	}
	return nil
}

func message(n journal.Notice) Message {
	m := Message{ID: n.ID, Seq: n.Seq, Kind: n.Kind}
	for _, ref := range n.Refs {
		m.Refs = append(m.Refs, ref.String())
	}
	return m
}

// leave drops the connection and ends the server inside.
func (b *bus) leave() {
	if b.conn != nil {
		b.conn.Close()
	}
	if b.server != nil {
		b.server.Shutdown()
		b.server.WaitForShutdown()
	}
	b.conn, b.js, b.server = nil, nil, nil
}

func (b *bus) close() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.leave()
	return nil
}

// Shown is a bus's address without what must not be printed.
func (b Bus) Shown() string {
	if b.URL == "" {
		return "in process"
	}
	var hosts []string
	for _, u := range strings.Split(b.URL, ",") {
		_, host, found := strings.Cut(u, "@")
		if !found {
			_, host, _ = strings.Cut(u, "://")
		}
		hosts = append(hosts, host)
	}
	return strings.Join(hosts, ",")
}
