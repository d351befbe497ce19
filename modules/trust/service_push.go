package trust

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/amana-platform/amana/modules/trust/signals"
)

// How events are pushed: what one receiver gets in one run, and for how long;
// how many receivers at once; how long one that fails is let be at most. A
// receiver that is slow or gone holds up nobody else by more than a run.
const (
	pushesAtOnce  = 50
	pushRun       = 3 * time.Second
	pushReceivers = 64
	pushWait      = 5 * time.Minute
)

// Push delivers what waits on streams that are pushed (RFC 8935), each in
// order, and gives how many events were taken. It is a job.
func (s *Service) Push(ctx context.Context) (int, error) {
	due, err := streams(ctx, s.k.Reader, `method = $1 and exists (select 1 from tmp_trust_signals g where g.stream = trust_streams.id and g.done_at = 0)
		and not exists (select 1 from tmp_trust_receivers x where x.stream = trust_streams.id and x.next_at > $2)`, signals.Push, time.Now().Unix())
	if err != nil || len(due) == 0 {
		return 0, err
	}
	var mu sync.Mutex
	var running sync.WaitGroup
	taken, room := 0, make(chan struct{}, pushReceivers)
	for _, st := range due {
		room <- struct{}{}
		running.Go(func() {
			defer func() { <-room }()
			n, e := s.pushStream(ctx, st)
			mu.Lock()
			defer mu.Unlock()
			taken, err = taken+n, errors.Join(err, e)
		})
	}
	running.Wait()
	return taken, err
}

// pushStream delivers one stream's events until one is not taken.
func (s *Service) pushStream(ctx context.Context, st stream) (int, error) {
	i, err := s.Institution(ctx, st.Institution)
	if err != nil {
		return 0, err
	}
	if !i.Open(s.k.Clock.Now()) && st.Status == signals.Enabled {
		return 0, nil // its end is about to be recorded, and its stream with it
	}
	all, err := pending(ctx, s.k.Reader, st, pushesAtOnce)
	if err != nil {
		return 0, err
	}
	begun, client := time.Now(), s.outside(i)
	for n, g := range all {
		if time.Since(begun) > pushRun {
			return n, nil
		}
		set, err := s.issue(ctx, st, g)
		if err != nil {
			return n, err
		}
		refused, err := s.push(ctx, client, st, set)
		if err != nil {
			return n, s.failed(ctx, st, err)
		}
		if err := s.told(ctx, st, refused, g.id); err != nil {
			return n, err
		}
		if g.kind == signals.Verification {
			if err := s.noteTrial(ctx, i, trialTold, ""); err != nil {
				return n, err
			}
		}
	}
	return len(all), nil
}

// issue makes the token of an event. When it was first issued stays in it,
// however often it is sent.
func (s *Service) issue(ctx context.Context, st stream, g signal) (string, error) {
	if g.issued == 0 {
		g.issued = time.Now().Unix()
		if _, err := s.k.Scratch.Exec(ctx, "update tmp_trust_signals set issued_at = $1 where id = $2 and issued_at = 0", g.issued, g.id); err != nil {
			return "", err
		}
	}
	var e signals.Event
	if err := json.Unmarshal([]byte(g.body), &e); err != nil {
		return "", err
	}
	p, err := s.provider()
	if err != nil {
		return "", err
	}
	return p.SecurityEvent(ctx, e.Token(s.issuer, string(st.Institution), g.id, time.Unix(g.issued, 0)))
}

// push sends one token (RFC 8935 2). refused says why the receiver will never
// take it; an error, why it did not now.
func (s *Service) push(ctx context.Context, client *http.Client, st stream, set string) (refused string, err error) {
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, st.Address, strings.NewReader(set))
	if err != nil {
		return "", err
	}
	r.Header.Set("Content-Type", "application/secevent+jwt")
	r.Header.Set("Accept", "application/json")
	if st.header != "" {
		header, err := s.openHeader(st)
		if err != nil {
			return "", err
		}
		r.Header.Set("Authorization", header)
	}
	res, err := client.Do(r)
	if err != nil {
		return "", err
	}
	defer func() { _ = res.Body.Close() }()
	raw, err := io.ReadAll(io.LimitReader(res.Body, 4096))
	if res.StatusCode >= 200 && res.StatusCode < 300 {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	var no signals.PollError
	if res.StatusCode == http.StatusBadRequest && json.Unmarshal(raw, &no) == nil && no.Code == "invalid_request" {
		return no.Code, nil // RFC 8935 2.4: it cannot be read there, now or ever
	}
	return "", fmt.Errorf("trust: status %d", res.StatusCode)
}

// told notes that events were taken, or refused for good.
func (s *Service) told(ctx context.Context, st stream, trouble string, ids ...string) error {
	now := time.Now().Unix()
	for _, id := range ids {
		if _, err := s.k.Scratch.Exec(ctx, "update tmp_trust_signals set done_at = $1 where id = $2 and stream = $3 and done_at = 0", now, id, st.ID); err != nil {
			return err
		}
	}
	_, err := s.k.Scratch.Exec(ctx, `insert into tmp_trust_receivers (stream, tries, failing_at, next_at, told_at, trouble) values ($1, 0, 0, 0, $2, $3)
		on conflict (stream) do update set tries = 0, failing_at = 0, next_at = 0, told_at = $2, trouble = $3`, st.ID, now, trouble)
	return err
}

// failed lets a receiver be for a while, ever longer, and pauses the stream of
// one that has failed for too long.
func (s *Service) failed(ctx context.Context, st stream, why error) error {
	x, err := receiverOf(ctx, s.k.Reader, st.ID)
	if err != nil {
		return err
	}
	now := time.Now()
	wait := min(pushWait, time.Second<<min(x.tries, 12))
	_, err = s.k.Scratch.Exec(ctx, `insert into tmp_trust_receivers (stream, tries, failing_at, next_at, told_at, trouble) values ($1, 1, $2, $3, 0, $4)
		on conflict (stream) do update set tries = tmp_trust_receivers.tries + 1, next_at = $3, trouble = $4,
		failing_at = case when tmp_trust_receivers.failing_at = 0 then $2 else tmp_trust_receivers.failing_at end`, st.ID, now.Unix(), now.Add(wait).Unix(), troubleOf(why))
	if err != nil {
		return err
	}
	s.k.Log.InfoContext(ctx, "an institution does not take events", "institution", st.Institution, "tries", x.tries+1, "err", why)
	if st.Status == signals.Enabled && x.failing > 0 && now.Sub(time.Unix(x.failing, 0)) > signalsPause {
		return s.setStream(ctx, st, signals.Paused, reasonUnreachable)
	}
	return nil
}

// troubleOf says in a word what is wrong with a receiver; its own words may be anybody's.
func troubleOf(err error) string {
	if code, ok := strings.CutPrefix(err.Error(), "trust: status "); ok {
		return code
	}
	return reasonUnreachable
}

// sealHeader seals what a push has to bear, and openHeader opens it: a secret of
// the institution's that neither the record nor a table shows.
func (s *Service) sealHeader(id, header string) (string, error) {
	if header == "" {
		return "", nil
	}
	aead, err := s.headerSeal()
	if err != nil {
		return "", err
	}
	return base64.RawURLEncoding.EncodeToString(aead.Seal(nil, nil, []byte(header), []byte(id))), nil
}

func (s *Service) openHeader(st stream) (string, error) {
	aead, err := s.headerSeal()
	if err != nil {
		return "", err
	}
	sealed, err := base64.RawURLEncoding.DecodeString(st.header)
	if err != nil {
		return "", err
	}
	header, err := aead.Open(nil, nil, sealed, []byte(st.ID))
	return string(header), err
}

func (s *Service) headerSeal() (cipher.AEAD, error) {
	block, err := aes.NewCipher(s.k.Secret("trust streams"))
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(block)
}
