package trust

import (
	"context"
	"crypto"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/amana-platform/amana/kernel/app"
	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/store"
	"github.com/amana-platform/amana/modules/trust/provider"
)

// KeyStore makes and uses signing keys. A security module, or a process beside
// this one, is another implementation: no key leaves it.
type KeyStore interface {
	// Make makes a P-256 key that will be used until a time.
	Make(ctx context.Context, until time.Time) (public *ecdsa.PublicKey, err error)
	// Signer gives the door to a key made before. Fault: not found.
	Signer(ctx context.Context, kid string) (crypto.Signer, error)
}

// How long a key signs, how long before that it is published, and how long
// after it its tokens may still be checked.
const (
	keyLife  = 30 * 24 * time.Hour
	keyAhead = 2 * 24 * time.Hour
	keyAfter = time.Hour
	keysAge  = 15 * time.Second // how old what a node remembers may be
)

// keyring is our keys as the record has them, and the doors to those that sign.
type keyring struct {
	k     *app.Kernel
	store KeyStore
	grant func() (policy.Grant, error)

	mu      sync.Mutex
	read    time.Time
	keys    []publishedKey
	public  []provider.Published
	signers map[string]crypto.Signer
}

// Current gives the key that signs at present; if there is none, it makes one.
func (r *keyring) Current(ctx context.Context) (provider.Signer, error) {
	for range 2 {
		keys, _, err := r.standing(ctx)
		if err != nil {
			return provider.Signer{}, err
		}
		now := r.k.Clock.Now()
		for _, k := range keys {
			if k.From.After(now) || !now.Before(k.Until) {
				continue
			}
			if s, err := r.signer(ctx, k.Kid); err == nil {
				return provider.Signer{ID: k.Kid, Signer: s}, nil
			} else if !fault.Is(err, fault.NotFound) {
				return provider.Signer{}, err
			}
		}
		if err := r.Rotate(ctx); err != nil {
			return provider.Signer{}, err
		}
	}
	return provider.Signer{}, errors.New("trust: no key to sign with")
}

// Public gives every key that stands.
func (r *keyring) Public(ctx context.Context) ([]provider.Published, error) {
	_, public, err := r.standing(ctx)
	return public, err
}

func (r *keyring) standing(ctx context.Context) ([]publishedKey, []provider.Published, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.keys) > 0 && time.Since(r.read) < keysAge {
		return r.keys, r.public, nil
	}
	keys, err := standingKeys(ctx, r.k.Reader)
	if err != nil {
		return nil, nil, err
	}
	public := make([]provider.Published, 0, len(keys))
	for _, k := range keys {
		key, err := parsePublic(k.Public)
		if err != nil {
			return nil, nil, fmt.Errorf("trust: key %s: %w", k.Kid, err)
		}
		public = append(public, provider.Published{ID: k.Kid, Public: key})
	}
	r.keys, r.public, r.read = keys, public, time.Now()
	return keys, public, nil
}

func (r *keyring) signer(ctx context.Context, kid string) (crypto.Signer, error) {
	r.mu.Lock()
	s := r.signers[kid]
	r.mu.Unlock()
	if s != nil {
		return s, nil
	}
	s, err := r.store.Signer(ctx, kid)
	if err != nil {
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.signers == nil {
		r.signers = map[string]crypto.Signer{}
	}
	r.signers[kid] = s
	return s, nil
}

// Rotate publishes the next key when it is time, and retires those whose last
// token is over. It is a job, and what a new service does first. A key whose
// private part is lost counts as none.
func (r *keyring) Rotate(ctx context.Context) error {
	keys, err := standingKeys(ctx, r.k.Reader)
	if err != nil {
		return err
	}
	now := r.k.Clock.Now()
	from := now
	for _, k := range keys {
		if _, err := r.signer(ctx, k.Kid); err == nil && k.Until.After(from) && !k.From.After(from) {
			from = k.Until
		}
	}
	if from.Sub(now) < keyAhead {
		if err := r.publish(ctx, from); err != nil {
			return err
		}
	}
	for _, k := range keys {
		if now.Sub(k.Until) > keyAfter {
			if err := r.append(ctx, KeyRetired{Kid: k.Kid}); err != nil {
				return err
			}
		}
	}
	r.mu.Lock()
	r.read = time.Time{}
	r.mu.Unlock()
	return nil
}

// publish makes a key and puts it on record before it signs anything.
func (r *keyring) publish(ctx context.Context, from time.Time) error {
	until := from.Add(keyLife)
	public, err := r.store.Make(ctx, until.Add(keyAfter))
	if err != nil {
		return err
	}
	kid, err := provider.KeyID(public)
	if err != nil {
		return err
	}
	raw, err := writePublic(public)
	if err != nil {
		return err
	}
	return r.append(ctx, KeyPublished{Kid: kid, Public: raw, From: from, Until: until})
}

func (r *keyring) append(ctx context.Context, e journal.Entry) error {
	g, err := r.grant()
	if err != nil {
		return err
	}
	_, err = r.k.Journal.Do(ctx, g, func(_ context.Context, _ store.Reader, d *journal.Draft) error {
		d.Add(e)
		return nil
	})
	return err
}

// jwk is a P-256 key as RFC 7517 writes it.
type jwk struct {
	Kty string `json:"kty"`
	Crv string `json:"crv"`
	X   string `json:"x"`
	Y   string `json:"y"`
}

func writePublic(k *ecdsa.PublicKey) (string, error) {
	point, err := k.Bytes()
	if err != nil {
		return "", err
	}
	b64 := base64.RawURLEncoding.EncodeToString
	raw, err := json.Marshal(jwk{"EC", "P-256", b64(point[1:33]), b64(point[33:])})
	return string(raw), err
}

func parsePublic(raw string) (*ecdsa.PublicKey, error) {
	var k jwk
	if err := json.Unmarshal([]byte(raw), &k); err != nil {
		return nil, err
	}
	x, errX := base64.RawURLEncoding.DecodeString(k.X)
	y, errY := base64.RawURLEncoding.DecodeString(k.Y)
	if errX != nil || errY != nil || len(x) != 32 || len(y) != 32 {
		return nil, errors.New("no P-256 key")
	}
	return ecdsa.ParseUncompressedPublicKey(elliptic.P256(), append(append([]byte{4}, x...), y...))
}

// sealedKeys keeps keys in the store, sealed under a secret that is not in it.
type sealedKeys struct{ k *app.Kernel }

func (s *sealedKeys) seal() (cipher.AEAD, error) {
	block, err := aes.NewCipher(s.k.Passing("trust signing keys"))
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(block)
}

// Make makes a key and keeps its private part sealed.
func (s *sealedKeys) Make(ctx context.Context, until time.Time) (*ecdsa.PublicKey, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	kid, err := provider.KeyID(&key.PublicKey)
	if err != nil {
		return nil, err
	}
	raw, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	aead, err := s.seal()
	if err != nil {
		return nil, err
	}
	_, err = s.k.Scratch.Exec(ctx, "insert into tmp_trust_keys (kid, sealed, expires_at) values ($1, $2, $3)", kid, aead.Seal(nil, nil, raw, []byte(kid)), store.Micros(until))
	return &key.PublicKey, err
}

// Signer opens a key. One that was sealed before the master key changed is lost:
// the next one is published at once.
func (s *sealedKeys) Signer(ctx context.Context, kid string) (crypto.Signer, error) {
	var sealed []byte
	if err := s.k.Reader.Row(ctx, "select sealed from tmp_trust_keys where kid = $1", []any{kid}, &sealed); err != nil {
		return nil, err
	}
	aead, err := s.seal()
	if err != nil {
		return nil, err
	}
	raw, err := aead.Open(nil, nil, sealed, []byte(kid))
	if err != nil {
		return nil, fault.Wrap(fmt.Errorf("trust: key %s does not open: %w", kid, err), fault.NotFound, "fault.not-found")
	}
	key, err := x509.ParsePKCS8PrivateKey(raw)
	if err != nil {
		return nil, err
	}
	signer, ok := key.(crypto.Signer)
	if !ok {
		return nil, errors.New("trust: no signing key")
	}
	return signer, nil
}

// sweepKeys removes the private parts that will not be needed again.
func (s *Service) sweepKeys(ctx context.Context) error {
	_, err := s.k.Scratch.Exec(ctx, "delete from tmp_trust_keys where expires_at < $1", store.Micros(s.k.Clock.Now()))
	return err
}
