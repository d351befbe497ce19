package passkey

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"net/url"
	"sync"
	"time"

	"github.com/go-webauthn/webauthn/webauthn"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/store"
)

// The kinds of ceremony.
const (
	kindSignIn = "sign-in"
	kindEnrol  = "enrol"
	kindAdd    = "add"
)

// ceremony is one challenge and what it is for.
type ceremony struct {
	kind    string
	account ident.ID   // whose key is made; "" when signing in
	code    string     // hash of the one-time code
	answers url.Values // what the invited person said of themselves
	back    string     // where to go afterwards
	session webauthn.SessionData
}

// maxWaiting bounds the challenges that wait: strangers may ask for them.
const maxWaiting = 20_000

// sweepEvery is how often challenges that are over are removed; where too many
// wait it is looked more often whether they still do.
const (
	sweepEvery = time.Minute
	sweepSoon  = time.Second
)

// waiting counts the challenges that wait, from the last sweep on.
type waiting struct {
	mu    sync.Mutex
	n     int
	swept time.Time
}

// left gives a place back.
func (w *waiting) left() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.n = max(0, w.n-1)
}

// room takes a place for one more challenge.
func (s *SignIn) room(ctx context.Context) error {
	now := s.c.Clock.Now()
	w := &s.waiting
	w.mu.Lock()
	defer w.mu.Unlock()
	if age := now.Sub(w.swept); age < 0 || age > sweepEvery || w.n >= maxWaiting && age > sweepSoon {
		reader, scratch := s.c.Store()
		if _, err := scratch.Exec(ctx, "delete from tmp_passkey_ceremonies where until_at <= $1", store.Micros(now)); err != nil {
			return err
		}
		if err := reader.Row(ctx, "select count(*) from tmp_passkey_ceremonies", nil, &w.n); err != nil {
			return err
		}
		w.swept = now
	}
	if w.n >= maxWaiting {
		return fault.New(fault.TooMany, "passkey.busy")
	}
	w.n++
	return nil
}

// keep stores a ceremony and gives the name under which its answer comes; only
// the name's hash is kept.
func (s *SignIn) keep(ctx context.Context, c ceremony) (string, error) {
	if err := s.room(ctx); err != nil {
		return "", err
	}
	data, err := json.Marshal(c.session)
	if err != nil {
		return "", err
	}
	raw := make([]byte, 24)
	rand.Read(raw)
	name := base64.RawURLEncoding.EncodeToString(raw)
	_, scratch := s.c.Store()
	_, err = scratch.Exec(ctx, `insert into tmp_passkey_ceremonies (id, kind, account, code, answers, back, data, until_at)
		values ($1, $2, $3, $4, $5, $6, $7, $8)`,
		hash(name), s.c.Base+c.kind, string(c.account), c.code, c.answers.Encode(), c.back, data, store.Micros(s.c.Clock.Now().Add(ceremonyLife)))
	return name, err
}

// take gives a ceremony and ends it: a challenge is good for one answer,
// right or wrong.
func (s *SignIn) take(ctx context.Context, name, kind string) (ceremony, error) {
	c := ceremony{kind: kind}
	var answers string
	var data []byte
	reader, scratch := s.c.Store()
	err := reader.Row(ctx, "select account, code, answers, back, data from tmp_passkey_ceremonies where id = $1 and kind = $2 and until_at > $3",
		[]any{hash(name), s.c.Base + kind, store.Micros(s.c.Clock.Now())}, &c.account, &c.code, &answers, &c.back, &data)
	if err == nil {
		var n int64
		n, err = scratch.Exec(ctx, "delete from tmp_passkey_ceremonies where id = $1", hash(name))
		if err == nil && n != 1 {
			err = fault.New(fault.NotFound, "fault.not-found") // another answer was quicker
		}
		if err == nil {
			s.waiting.left()
		}
	}
	if fault.Is(err, fault.NotFound) {
		return c, fault.New(fault.Invalid, "passkey.late")
	}
	if err != nil {
		return c, err
	}
	if c.answers, err = url.ParseQuery(answers); err != nil {
		return c, err
	}
	return c, json.Unmarshal(data, &c.session)
}

func hash(name string) string {
	sum := sha256.Sum256([]byte("amana ceremony\n" + name))
	return hex.EncodeToString(sum[:])
}
