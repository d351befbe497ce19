package trust

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/modules/trust/provider"
)

// Bounds of what institutions may ask of one citizen: a phone that keeps asking
// gets a yes from somebody tired in the end.
const (
	askRate, askBurst     = 1.0 / 200, 3 // of all institutions together
	againRate, againBurst = 1.0 / 300, 2 // of one
	hintRate, hintBurst   = 1.0 / 5, 20  // hints of one institution that name nobody
	longestMessage        = 60           // characters, so that it is read
	counterLife           = 5 * time.Minute
	counterPrefix         = "code:"
)

// asked judges a question to a citizen who is at a counter or on the telephone.
func (s *Service) asked(ctx context.Context, a provider.Asked) (provider.Asked, error) {
	if err := s.pushed(ctx, a.Client, a.Wanted); err != nil {
		return a, err
	}
	if s.citizens == nil {
		return a, &provider.Refusal{Code: "temporarily_unavailable", Description: "no citizen can answer at present"}
	}
	if !readable(a.Message) {
		return a, &provider.Refusal{Code: "invalid_binding_message", Description: "binding_message is needed: up to 60 printable characters that both sides see, and no address"}
	}
	a, err := s.whom(ctx, a)
	if err != nil {
		return a, err
	}
	able, err := s.citizens.Able(ctx, ident.ID(a.Citizen))
	if err != nil {
		return a, err
	}
	if !able || !s.limits.allow("again "+a.Client+" "+a.Citizen, againRate, againBurst) || !s.limits.allow("ask "+a.Citizen, askRate, askBurst) {
		return a, &provider.Refusal{Code: "access_denied", Description: "the person cannot be asked now"}
	}
	return a, nil
}

// readable reports whether a message can be read out and compared. It may not
// lead anywhere.
func readable(message string) bool {
	n := 0
	for _, r := range message {
		if !unicode.IsPrint(r) {
			return false
		}
		n++
	}
	return n > 0 && n <= longestMessage && !strings.Contains(message, "://")
}

// whom finds whom a hint names: by the name under which this very institution
// knows them, or by a code that they drew for it.
func (s *Service) whom(ctx context.Context, a provider.Asked) (provider.Asked, error) {
	query, args := "select citizen, person from trust_consents where subject = $1 and institution = $2 and ended_at = 0", []any{a.Hint, a.Client}
	code, byCode := strings.CutPrefix(a.Hint, counterPrefix)
	if byCode {
		query, args = "select citizen, person from tmp_trust_counters where code = $1 and expires_at > $2", []any{counterDigest(code), time.Now().Unix()}
	}
	err := s.k.Reader.Row(ctx, query, args, &a.Citizen, &a.Person)
	if fault.Is(err, fault.NotFound) {
		if !s.limits.allow("hint "+a.Client, hintRate, hintBurst) {
			return a, &provider.Refusal{Code: "temporarily_unavailable", Description: "too many hints that name nobody; try later"}
		}
		return a, &provider.Refusal{Code: "unknown_user_id", Description: "the hint names nobody whom you may ask"}
	}
	if err != nil || !byCode {
		return a, err
	}
	n, err := s.k.Scratch.Exec(ctx, "delete from tmp_trust_counters where code = $1", counterDigest(code))
	if err == nil && n != 1 {
		err = &provider.Refusal{Code: "unknown_user_id", Description: "the hint names nobody whom you may ask"}
	}
	return a, err
}

func counterDigest(code string) string {
	code = strings.ToUpper(strings.Map(func(r rune) rune {
		if r == '-' || unicode.IsSpace(r) {
			return -1
		}
		return r
	}, code))
	sum := sha256.Sum256([]byte("amana counter\n" + code))
	return hex.EncodeToString(sum[:])
}

// CounterCode draws a code that a citizen tells at a counter, so that an
// institution that does not know them may ask them once.
func (s *Service) CounterCode(ctx context.Context, h Holder) (string, error) {
	if !s.limits.allow("code "+string(h.Citizen), 1.0/20, 5) {
		return "", fault.New(fault.TooMany, "trust.wrong.busy")
	}
	code := rand.Text()[:10] // 50 bits, for five minutes, twenty tries an institution
	if _, err := s.k.Scratch.Exec(ctx, "delete from tmp_trust_counters where citizen = $1", string(h.Citizen)); err != nil {
		return "", err
	}
	_, err := s.k.Scratch.Exec(ctx, "insert into tmp_trust_counters (code, citizen, person, expires_at) values ($1, $2, $3, $4)",
		counterDigest(code), string(h.Citizen), string(h.Person), time.Now().Add(counterLife).Unix())
	return code[:5] + "-" + code[5:], err
}

// Waiting lists the questions that wait for a citizen.
func (s *Service) Waiting(ctx context.Context, citizen ident.ID) ([]provider.Asked, error) {
	p, err := s.provider()
	if err != nil {
		return nil, err
	}
	return p.Waiting(ctx, string(citizen))
}

// AnswerQuestion gives a citizen's answer, and records it first.
func (s *Service) AnswerQuestion(ctx context.Context, h Holder, id string, agree bool, ticked []string) error {
	all, err := s.Waiting(ctx, h.Citizen)
	if err != nil {
		return err
	}
	n := slices.IndexFunc(all, func(a provider.Asked) bool { return a.ID == id })
	if n < 0 {
		return settled
	}
	a := all[n]
	i, err := s.open(ctx, ident.ID(a.Client))
	if err != nil {
		return err
	}
	d := &deciding{Authorization: provider.Authorization{ID: a.ID, Client: a.Client}, i: i, holder: h, wanted: known(a.Wanted), level: max(a.Level, i.Current.Level)}
	if agree && h.Level < d.level {
		return fault.New(fault.Refused, "trust.wrong.level")
	}
	p, err := s.provider()
	if err != nil {
		return err
	}
	if !agree {
		if err := s.refuseConsent(ctx, d); err != nil {
			return err
		}
		return p.Answer(ctx, id, nil)
	}
	agreed := d.agreed(ticked)
	if err := s.giveConsent(ctx, d, agreed); err != nil {
		return err
	}
	g := d.give(agreed).Given
	g.Channel = "counter"
	return p.Answer(ctx, id, g)
}
