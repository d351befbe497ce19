package citizens

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"encoding/hex"
	"net/netip"
	"strings"
	"sync"
	"time"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/store"
	"github.com/amana-platform/amana/modules/index"
)

// codeLetters is how long a code is: 60 bits, in Crockford's letters, which are
// not taken for one another.
const codeLetters = 12

var crockford = base32.NewEncoding("0123456789ABCDEFGHJKMNPQRSTVWXYZ").WithPadding(base32.NoPadding)

// digestOf is what is kept of a code: of it together with the holder's number,
// so that nothing has to be looked up by the number. Whether a number has an
// account cannot be told from the answer, nor from how long it takes.
func digestOf(number, code string) string {
	sum := sha256.Sum256([]byte("amana counter code\n" + number + "\n" + code))
	return hex.EncodeToString(sum[:])
}

// newCode draws a code for the holder of a card's number.
func (s *Service) newCode(cnie string, officer ident.ID) (string, CodeIssued, error) {
	number, err := index.ParseCNIE(cnie)
	if err != nil {
		return "", CodeIssued{}, fault.Wrap(err, fault.Refused, "citizens.fault.no-number")
	}
	raw := make([]byte, 8)
	rand.Read(raw)
	code := crockford.EncodeToString(raw)[:codeLetters]
	return code[:4] + "-" + code[4:8] + "-" + code[8:], CodeIssued{Officer: officer, Digest: digestOf(number, code)}, nil
}

// issue drafts a code that lives as long as the pack says.
func (s *Service) issue(_ context.Context, d *journal.Draft, e CodeIssued) error {
	rule, err := s.k.Pack.Rule(ruleCode, d.Now)
	if err != nil {
		return err
	}
	e.Code, e.Until = d.NewID(), rule.Period.After(d.Now)
	d.Add(e)
	return nil
}

// typed brings a code to its form as people type it.
func typed(code string) string {
	code = strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z':
			return r - 'a' + 'A'
		case strings.ContainsRune(" -\u2010\u2013\u200e\u200f", r):
			return -1
		}
		return r
	}, code)
	return strings.NewReplacer("O", "0", "I", "1", "L", "1").Replace(code)
}

var wrongCode = fault.New(fault.Invalid, "citizens.fault.code")

// redeem uses a code up and gives whose it is. Whatever is wrong, the answer
// and the work are the same.
func (s *Service) redeem(ctx context.Context, number, code string) (Citizen, error) {
	normal, err := index.ParseCNIE(number)
	if err != nil {
		normal = number // no number has this digest either
	}
	digest := digestOf(normal, typed(code))
	id, citizen, err := s.liveCode(ctx, s.k.Reader, digest)
	if err != nil {
		return Citizen{}, err
	}
	_, err = s.record(ctx, basisCard, func(ctx context.Context, r store.Reader, d *journal.Draft) error {
		if _, _, err := s.liveCode(ctx, r, digest); err != nil {
			return err
		}
		if err := stillOpen(ctx, r, citizen); err != nil {
			return wrongCode
		}
		d.Add(CodeUsed{Code: id, Citizen: citizen})
		return nil
	})
	if err != nil {
		return Citizen{}, err
	}
	return s.Citizen(ctx, citizen)
}

func (s *Service) liveCode(ctx context.Context, r store.Reader, digest string) (id, citizen ident.ID, err error) {
	err = r.Row(ctx, "select id, citizen from citizens_codes where digest = $1 and used_at = 0 and until_at > $2", []any{digest, store.Micros(s.k.Clock.Now())}, &id, &citizen)
	if fault.Is(err, fault.NotFound) {
		err = wrongCode
	}
	return id, citizen, err
}

// A stranger who tries codes is slowed down by where they come from, never by
// whose number they try: nobody can lock another out. A right code is taken
// however many wrong ones came before; its 60 bits, for a quarter of an hour,
// are what guessing fails on.
const (
	wrongsAllowed = 20
	wrongsWindow  = 5 * time.Minute
	maxPlaces     = 50_000
)

// throttle counts wrong answers by address.
type throttle struct {
	mu    sync.Mutex
	wrong map[netip.Prefix]tally
}

type tally struct {
	n     int
	since time.Time
}

func newThrottle() *throttle { return &throttle{wrong: map[netip.Prefix]tally{}} }

// place is where an address is for this purpose: itself, or the network that
// one subscriber has of the longer addresses.
func place(remote string) netip.Prefix {
	at, err := netip.ParseAddrPort(remote)
	if err != nil {
		return netip.Prefix{}
	}
	bits := 32
	if at.Addr().Unmap().Is6() {
		bits = 64
	}
	p, err := at.Addr().Unmap().Prefix(bits)
	if err != nil {
		return netip.Prefix{}
	}
	return p
}

// failed notes a wrong answer and reports whether there were too many.
func (t *throttle) failed(remote string, now time.Time) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	at := place(remote)
	c := t.wrong[at]
	if now.Sub(c.since) > wrongsWindow {
		c = tally{since: now}
	}
	c.n++
	if len(t.wrong) >= maxPlaces {
		t.wrong = map[netip.Prefix]tally{}
	}
	t.wrong[at] = c
	return c.n > wrongsAllowed
}
