package blobs

import (
	"context"
	"crypto/rand"
	"fmt"
	"sync"
	"testing"
)

// ring is a key ring in memory: a key for each subject, made when first
// asked for, destroyed by erase.
type ring struct {
	mu     sync.Mutex
	keys   map[string][]byte
	erased map[string]bool
}

func newRing() *ring { return &ring{keys: map[string][]byte{}, erased: map[string]bool{}} }

func (r *ring) of(subject string) ([]byte, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.erased[subject] {
		return nil, fmt.Errorf("subject %s: %w", subject, ErrErased)
	}
	if r.keys[subject] == nil {
		r.keys[subject] = random(keySize)
	}
	return r.keys[subject], nil
}

func (r *ring) erase(subject string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.keys, subject)
	r.erased[subject] = true
}

func (r *ring) Wrap(_ context.Context, subject string, key []byte) ([]byte, error) {
	k, err := r.of(subject)
	if err != nil {
		return nil, err
	}
	return sealSmall(k, "ring "+subject, key)
}

func (r *ring) Unwrap(_ context.Context, subject string, wrapped []byte) ([]byte, error) {
	k, err := r.of(subject)
	if err != nil {
		return nil, err
	}
	return openSmall(k, "ring "+subject, wrapped)
}

func random(n int) []byte {
	b := make([]byte, n)
	rand.Read(b)
	return b
}

// letters gives n bytes of text that no compression or chunk boundary favours.
func letters(n int) []byte {
	b := random(n)
	for i := range b {
		b[i] = 'a' + b[i]%26
	}
	return b
}

func must[T any](v T, err error) func(*testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}
