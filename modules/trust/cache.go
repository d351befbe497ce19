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

// institutionCache remembers institutions for a moment, for the protocol asks
// for one several times a request.
type institutionCache struct {
	mu  sync.Mutex
	all map[ident.ID]remembered
}

type remembered struct {
	i      Institution
	client provider.Client // as the protocol knows it
	err    error
	at     time.Time
}

func (c *institutionCache) forget(id ident.ID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.all, id)
}

// open gives an institution that may ask now; fault: not found.
func (s *Service) open(ctx context.Context, id ident.ID) (Institution, error) {
	k, err := s.knownNow(ctx, id)
	return k.i, err
}

// knownNow is open with what the protocol knows of it.
func (s *Service) knownNow(ctx context.Context, id ident.ID) (remembered, error) {
	s.known.mu.Lock()
	k, ok := s.known.all[id]
	s.known.mu.Unlock()
	if !ok || time.Since(k.at) > cacheLife {
		i, err := s.Institution(ctx, id)
		if err != nil && !fault.Is(err, fault.NotFound) {
			return remembered{}, err
		}
		k = remembered{i: i, err: err, at: time.Now()}
		if err == nil {
			k.client, k.err = i.client()
		}
		s.known.keep(id, k)
	}
	if k.err != nil {
		return remembered{}, k.err
	}
	if !k.i.Open(s.k.Clock.Now()) {
		return remembered{}, fault.New(fault.NotFound, "fault.not-found")
	}
	return k, nil
}

// client gives an institution as the protocol knows it.
func (i Institution) client() (provider.Client, error) {
	keys, err := provider.ParseKeys([]byte(i.Keys))
	return provider.Client{ID: string(i.ID), Redirects: i.Current.Redirects, PostLogouts: i.Current.PostLogouts, Keys: keys, Backchannel: i.Current.Counter}, err
}

func (c *institutionCache) keep(id ident.ID, k remembered) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.all == nil || len(c.all) > 4096 {
		c.all = map[ident.ID]remembered{}
	}
	c.all[id] = k
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
