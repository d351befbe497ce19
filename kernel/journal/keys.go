package journal

import (
	"container/list"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"errors"
	"fmt"
	"sync"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/store"
)

// key is a 256-bit AES-GCM key: a subject's, or a master key that wraps the
// subjects' keys.
type key struct{ aead cipher.AEAD }

func newKey(raw []byte) (*key, error) {
	if len(raw) != 32 {
		return nil, fmt.Errorf("journal: a key of %d bytes, want 32", len(raw))
	}
	b, err := aes.NewCipher(raw)
	if err != nil {
		return nil, err
	}
	a, err := cipher.NewGCM(b)
	return &key{a}, err
}

// seal puts the nonce before the sealed text; what it is bound to must be
// given again to open it.
func (k *key) seal(nonce, plain []byte, boundTo ident.ID) []byte {
	return k.aead.Seal(nonce, nonce, plain, []byte(boundTo))
}

func (k *key) open(sealed []byte, boundTo ident.ID) ([]byte, error) {
	n := k.aead.NonceSize()
	if len(sealed) < n {
		return nil, errors.New("journal: sealed text cut short")
	}
	return k.aead.Open(nil, sealed[:n], sealed[n:], []byte(boundTo))
}

// keyCacheSize bounds the opened keys in memory: 20,000 AES-GCM states are
// about 20 MB; without a bound half a million subjects took 559 MB.
const keyCacheSize = 20_000

// keyCache keeps opened subject keys, least recently used out first.
type keyCache struct {
	mu    sync.Mutex
	byID  map[ident.ID]*list.Element
	order *list.List
}

type cached struct {
	id  ident.ID
	key *key
}

func newKeyCache() *keyCache {
	return &keyCache{byID: map[ident.ID]*list.Element{}, order: list.New()}
}

func (c *keyCache) get(id ident.ID) *key {
	c.mu.Lock()
	defer c.mu.Unlock()
	e := c.byID[id]
	if e == nil {
		return nil
	}
	c.order.MoveToFront(e)
	return e.Value.(cached).key
}

func (c *keyCache) put(id ident.ID, k *key) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.byID[id] != nil {
		return
	}
	c.byID[id] = c.order.PushFront(cached{id, k})
	if c.order.Len() > keyCacheSize {
		old := c.order.Remove(c.order.Back()).(cached)
		delete(c.byID, old.id)
	}
}

func (c *keyCache) drop(ids ...ident.ID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, id := range ids {
		if e := c.byID[id]; e != nil {
			c.order.Remove(e)
			delete(c.byID, id)
		}
	}
}

// keyring reads and makes the keys of subjects. One that writes belongs to a
// batch; keys it makes enter the shared cache only when the batch commits,
// so that a key rolled back is never used again.
type keyring struct {
	ctx    context.Context
	master masters
	shared *keyCache
	reader store.Reader
	keep   func(ident.ID, []byte) // writes a new key; nil where none may be made
	random func(int) []byte
	fresh  map[ident.ID]*key
}

// get gives a subject's key, or nil if it has none (any more).
func (r *keyring) get(id ident.ID) (*key, error) {
	k, _, err := r.find(id)
	return k, err
}

// find gives a subject's key, and where there is none whether the subject was
// erased.
func (r *keyring) find(id ident.ID) (k *key, erased bool, err error) {
	if k := r.fresh[id]; k != nil {
		return k, false, nil
	}
	if k := r.shared.get(id); k != nil {
		return k, false, nil
	}
	var wrapped []byte
	err = r.reader.Row(r.ctx, `select k.wrapped, e.subject is not null from (select 1 as one) o
		left join journal_keys k on k.subject = $1 left join journal_erased e on e.subject = $1`, []any{string(id)}, &wrapped, &erased)
	if err != nil || wrapped == nil {
		return nil, erased, err
	}
	if k, err = r.unwrap(id, wrapped); err == nil {
		r.shared.put(id, k)
	}
	return k, erased, err
}

func (r *keyring) unwrap(id ident.ID, wrapped []byte) (*key, error) {
	raw, err := r.master.open(wrapped, id)
	if err != nil {
		return nil, fmt.Errorf("journal: the key of subject %s does not open: %w", id, err)
	}
	return newKey(raw)
}

// forWriting gives a subject's key and makes one at its first mention. An
// erased subject gets no second key: nothing more may be said of it.
func (r *keyring) forWriting(id ident.ID) (*key, error) {
	k, erased, err := r.find(id)
	if k != nil || err != nil {
		return k, err
	}
	if erased {
		return nil, fault.New(fault.Refused, "journal.subject-erased")
	}
	raw := r.random(32)
	if k, err = newKey(raw); err != nil {
		return nil, err
	}
	r.keep(id, r.master.seal(r.random(12), raw, id))
	r.fresh[id] = k
	return k, nil
}

// publish puts the keys made in a committed batch into the shared cache.
func (r *keyring) publish() {
	for id, k := range r.fresh {
		r.shared.put(id, k)
	}
}

// forget drops keys that a failed transaction made; rows are those gathered
// for journal_keys.
func (r *keyring) forget(rows []any) {
	for i := 0; i < len(rows); i += 2 {
		delete(r.fresh, ident.ID(rows[i].(string)))
	}
}
