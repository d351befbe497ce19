package events

import (
	"cmp"
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
)

// Patience is how often a node looks into the journal without being told that
// it has grown, and tries a bus that is away again.
const Patience = 2 * time.Second

// atOnce bounds the notices that are handled in one step.
const atOnce = 500

// Options say whose entries are followed and over which bus.
type Options struct {
	Journal  *journal.Journal
	Bus      Bus
	Patience time.Duration // 0 for Patience
	Log      *slog.Logger
	// Stuck is told that a follower does not get past an entry, and with nil
	// that it got past one; it may be nil.
	Stuck func(ctx context.Context, follower string, err error)
}

// Events is one node's view of a growing journal. It is safe for concurrent use.
type Events struct {
	journal *journal.Journal
	bus     *bus
	log     *slog.Logger
	stuck   func(ctx context.Context, follower string, err error)
	patient time.Duration
	nudge   chan struct{} // the bus says that there is more
	cancel  context.CancelFunc
	running sync.WaitGroup
	seen    atomic.Int64 // those who follow have been told up to here

	mu      sync.Mutex
	grown   chan struct{} // closes when seen moves
	watches map[ident.Ref]map[*Watch]struct{}
	on      map[string][]func(journal.Notice)
}

// Open starts to follow the journal from its end. The bus is reached in the
// background: nothing waits for it.
func Open(ctx context.Context, o Options) (*Events, error) {
	last, err := o.Journal.Last(ctx)
	if err != nil {
		return nil, err
	}
	if o.Stuck == nil {
		o.Stuck = func(context.Context, string, error) {}
	}
	e := &Events{journal: o.Journal, log: o.Log, stuck: o.Stuck, patient: cmp.Or(o.Patience, Patience), nudge: make(chan struct{}, 1), grown: make(chan struct{}),
		watches: map[ident.Ref]map[*Watch]struct{}{}, on: map[string][]func(journal.Notice){}}
	e.seen.Store(last)
	e.bus = newBus(o.Bus, o.Journal.Home(), e.heard)
	run, cancel := context.WithCancel(context.WithoutCancel(ctx))
	e.cancel = cancel
	e.running.Go(func() { e.tellAll(run) })
	e.running.Go(func() { e.carryAll(run) })
	return e, nil
}

// Close stops following and leaves the bus.
func (e *Events) Close() error {
	e.cancel()
	e.running.Wait()
	return e.bus.close()
}

// heard takes note that another node has published an entry.
func (e *Events) heard(seq int64) {
	if seq <= e.seen.Load() {
		return
	}
	select {
	case e.nudge <- struct{}{}:
	default: // it has been told and has not looked yet
	}
}

// tellAll reads what is new and tells everybody on this node.
func (e *Events) tellAll(ctx context.Context) {
	far := true // entries of other nodes may be there: look until there are none
	for ctx.Err() == nil {
		news := e.journal.News()
		fresh, err := e.journal.Notices(ctx, e.seen.Load(), atOnce)
		if err != nil && ctx.Err() == nil {
			e.log.ErrorContext(ctx, "the journal is not followed", "after", e.seen.Load(), "err", err)
		}
		if len(fresh) > 0 {
			e.tell(fresh)
			if far || e.seen.Load() < e.journal.Newest() {
				continue
			}
		}
		select {
		case <-ctx.Done():
		case <-news:
			far = false
		case <-e.nudge:
			far = true
		case <-time.After(e.patient):
			far = true
		}
	}
}

// tell wakes whom the notices concern.
func (e *Events) tell(fresh []journal.Notice) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, n := range fresh {
		for _, f := range e.on[n.Kind] {
			f(n)
		}
		for _, ref := range n.Refs {
			for w := range e.watches[ref] {
				w.wake()
			}
		}
	}
	e.seen.Store(fresh[len(fresh)-1].Seq)
	close(e.grown)
	e.grown = make(chan struct{})
}

// Grown gives a channel that closes when the next entries are known here,
// whichever node wrote them.
func (e *Events) Grown() <-chan struct{} {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.grown
}

// On lets f hear of each new entry of a kind, on every node, in order. It must
// be quick; it is for what a node keeps in memory.
func (e *Events) On(kind string, f func(journal.Notice)) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.on[kind] = append(e.on[kind], f)
}

// Watch is somebody who waits for entries about a record.
type Watch struct {
	C      <-chan struct{} // receives when there are new ones; several may share a wake
	c      chan struct{}
	events *Events
	ref    ident.Ref
}

func (w *Watch) wake() {
	select {
	case w.c <- struct{}{}:
	default: // woken already
	}
}

// Watch waits for entries about a record from now on, until it is closed.
func (e *Events) Watch(ref ident.Ref) *Watch {
	c := make(chan struct{}, 1)
	w := &Watch{C: c, c: c, events: e, ref: ref}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.watches[ref] == nil {
		e.watches[ref] = map[*Watch]struct{}{}
	}
	e.watches[ref][w] = struct{}{}
	return w
}

// Close ends the waiting.
func (w *Watch) Close() {
	w.events.mu.Lock()
	defer w.events.mu.Unlock()
	delete(w.events.watches[w.ref], w)
	if len(w.events.watches[w.ref]) == 0 {
		delete(w.events.watches, w.ref)
	}
}

// carryAll publishes what the bus does not have yet.
func (e *Events) carryAll(ctx context.Context) {
	away := false
	for ctx.Err() == nil {
		news := e.Grown()
		err := e.carry(ctx)
		switch {
		case err == nil:
			away = false
		case ctx.Err() == nil && !away:
			away = true
			e.log.WarnContext(ctx, "the bus is away; nothing is lost, other nodes hear later", "err", err)
		}
		if away {
			news = nil // new entries do not bring it back
		}
		select {
		case <-ctx.Done():
		case <-news:
		case <-time.After(e.patient):
		}
	}
}

// carry brings the bus up to what this node has seen.
func (e *Events) carry(ctx context.Context) error {
	if err := e.bus.open(ctx, e.journal.Last); err != nil {
		return err
	}
	for at := e.bus.carried(); at < e.seen.Load(); at = e.bus.carried() {
		some, err := e.journal.Notices(ctx, at, atOnce)
		if err != nil || len(some) == 0 {
			return err
		}
		if err := e.bus.publish(ctx, some); err != nil {
			return err
		}
	}
	return nil
}
