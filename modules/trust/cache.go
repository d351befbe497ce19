package trust

import (
	"context"
	"sync"
	"time"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/modules/trust/provider"
)

// cacheLife is how old what a node remembers of an institution may be: a
// suspension on another node holds here within it.
const cacheLife = 3 * time.Second

// institutionCache remembers institutions that may ask for a moment, for the
// protocol asks for one several times a request. A refusal is never remembered:
// who was approved a moment ago, on whichever node, is let in at once.
type institutionCache struct {
	mu      sync.Mutex
	all     map[ident.ID]remembered
	changes int64 // how often anything was forgotten
}

type remembered struct {
	i      Institution
	client provider.Client // as the protocol knows it
	at     time.Time
}

func (c *institutionCache) forget(id ident.ID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.changes++
	delete(c.all, id)
}

// find gives what is remembered of an institution, or what read gives. It keeps
// nothing that was read while an institution was changed: that may be how things
// were before.
func (c *institutionCache) find(id ident.ID, read func() (remembered, error)) (remembered, error) {
	c.mu.Lock()
	k, ok := c.all[id]
	changes := c.changes
	c.mu.Unlock()
	if ok && time.Since(k.at) <= cacheLife {
		return k, nil
	}
	k, err := read()
	if err != nil {
		return remembered{}, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if changes == c.changes {
		if c.all == nil || len(c.all) > 4096 {
			c.all = map[ident.ID]remembered{}
		}
		c.all[id] = k
	}
	return k, nil
}

// open gives an institution that may ask now; fault: not found.
func (s *Service) open(ctx context.Context, id ident.ID) (Institution, error) {
	k, err := s.knownNow(ctx, id)
	return k.i, err
}

// knownNow is open with what the protocol knows of it.
func (s *Service) knownNow(ctx context.Context, id ident.ID) (remembered, error) {
	closed := fault.New(fault.NotFound, "fault.not-found")
	k, err := s.known.find(id, func() (remembered, error) {
		k := remembered{at: time.Now()}
		var err error
		if k.i, err = s.Institution(ctx, id); err == nil && !k.i.Open(s.k.Clock.Now()) {
			err = closed
		}
		if err == nil {
			k.client, err = k.i.client()
		}
		return k, err
	})
	if err == nil && !k.i.Open(s.k.Clock.Now()) { // its year ended since it was read
		return remembered{}, closed
	}
	return k, err
}

// client gives an institution as the protocol knows it.
func (i Institution) client() (provider.Client, error) {
	keys, err := provider.ParseKeys([]byte(i.Keys))
	return provider.Client{ID: string(i.ID), Redirects: i.Current.Redirects, PostLogouts: i.Current.PostLogouts, Keys: keys, Backchannel: i.Current.Counter}, err
}

// limits bound how often an institution may do what costs us a line of the
// record: a refused request is one.
type limits struct {
	mu  sync.Mutex
	all map[string]bucket
}

type bucket struct {
	left float64
	at   time.Time
}

// allow takes one of what a key may do: burst at once, and rate a second.
func (l *limits) allow(key string, rate, burst float64) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.all == nil || len(l.all) > 10_000 {
		l.all = map[string]bucket{}
	}
	now := time.Now()
	b, ok := l.all[key]
	if !ok {
		b = bucket{burst, now}
	}
	b.left = min(burst, b.left+now.Sub(b.at).Seconds()*rate)
	b.at = now
	if b.left < 1 {
		l.all[key] = b
		return false
	}
	b.left--
	l.all[key] = b
	return true
}
