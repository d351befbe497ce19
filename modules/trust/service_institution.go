package trust

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/store"
	"github.com/amana-platform/amana/modules/trust/provider"
	"github.com/amana-platform/amana/modules/trust/signals"
)

// The rules of the pack that say how long a registration and a sandbox last.
const (
	yearRule    = "institution-registration"
	sandboxRule = "institution-sandbox"
)

// Application is what an institution hands in.
type Application struct {
	Registration
	Sandbox bool
	Of      ident.ID // the institution, for a new version; "" for the first
	By      ident.ID // the officer who enters it; "" if the institution does
}

// mostWaiting bounds the applications that wait: strangers may hand them in.
const mostWaiting = 500

// doorCode draws the code that opens an institution's space, and its digest.
func doorCode() (code, digest string) {
	code = rand.Text()
	return code, doorDigest(code)
}

func doorDigest(code string) string {
	sum := sha256.Sum256([]byte("amana institution\n" + strings.ToUpper(strings.TrimSpace(code))))
	return hex.EncodeToString(sum[:])
}

// ApplyInstitution records what an institution states. It gives its id and, the
// first time, the code that opens its space, which is told once.
// Law: L09-08 3
func (s *Service) ApplyInstitution(ctx context.Context, g policy.Grant, a Application) (id ident.ID, code string, err error) {
	if err := a.check(a.Sandbox || s.k.Demo); err != nil {
		return "", "", err
	}
	keys, err := provider.ParseKeys([]byte(a.Keys))
	if err != nil {
		return "", "", err
	}
	a.Keys = string(keys.JSON())
	e := InstitutionApplied{ID: a.Of, N: 1, By: a.By, Sandbox: a.Sandbox, Registration: a.Registration}
	if a.Sandbox {
		rule, err := s.k.Pack.Rule(sandboxRule, s.k.Clock.Now())
		if err != nil {
			return "", "", err
		}
		e.Until = rule.Period.After(s.k.Clock.Now())
	}
	if a.Of == "" {
		e.ID = s.k.Journal.NewID()
		code, e.Door = doorCode()
	}
	_, err = s.k.Journal.Do(ctx, g, func(ctx context.Context, r store.Reader, d *journal.Draft) error {
		if a.Of == "" {
			err = mayApply(ctx, r, a.host())
		} else {
			e.N, err = nextVersion(ctx, r, a)
		}
		if err != nil {
			return err
		}
		d.Add(e)
		return nil
	})
	s.known.forget(e.ID)
	return e.ID, code, err
}

// mayApply refuses a host that is another's: two institutions of one host would
// know people by the same names.
func mayApply(ctx context.Context, r store.Reader, host string) error {
	var waiting, taken int64
	err := r.Row(ctx, `select (select count(*) from trust_institutions where state = 'applied'),
		(select count(*) from trust_institutions where host = $1 and state in ('active', 'suspended') and not sandbox)`, []any{host}, &waiting, &taken)
	switch {
	case err != nil:
		return err
	case waiting >= mostWaiting:
		return fault.New(fault.TooMany, "trust.wrong.busy")
	case taken > 0:
		return &fault.Error{Kind: fault.Invalid, Key: "trust.wrong.host-taken", Field: "redirects"}
	}
	return nil
}

// nextVersion numbers a change of an institution that stands.
func nextVersion(ctx context.Context, r store.Reader, a Application) (int64, error) {
	i, err := store.First(institutions(ctx, r, "i.id = $1", string(a.Of)))
	if err != nil {
		return 0, err
	}
	switch {
	case i.Sandbox != a.Sandbox, i.State == Refused:
		return 0, settled
	case i.Host != a.host():
		return 0, &fault.Error{Kind: fault.Invalid, Key: "trust.wrong.other-host", Field: "redirects"}
	}
	var last int64
	err = r.Row(ctx, "select max(n) from trust_versions where institution = $1", []any{string(a.Of)}, &last)
	return last + 1, err
}

// required refuses an empty text of a form.
func required(field, value string) error {
	if strings.TrimSpace(value) == "" {
		return &fault.Error{Kind: fault.Invalid, Key: "form.reason-required", Field: field}
	}
	return nil
}

// waiting gives the version that waits in a state, or says that it does not.
func waiting(i Institution, n int64, state State) (Version, error) {
	if i.Next == nil || i.Next.N != n || i.Next.State != state {
		return Version{}, settled
	}
	return *i.Next, nil
}

// ExamineInstitution says that a version is right, by the first of two.
func (s *Service) ExamineInstitution(ctx context.Context, g policy.Grant, id ident.ID, n int64, finding string) error {
	if err := required("finding", finding); err != nil {
		return err
	}
	return s.decide(ctx, g, id, func(_ context.Context, _ store.Reader, i Institution, d *journal.Draft) error {
		v, err := waiting(i, n, Applied)
		if err != nil {
			return err
		}
		if v.AppliedBy == g.Actor().ID {
			return fault.New(fault.Refused, "trust.own")
		}
		d.Add(InstitutionExamined{ID: id, N: n, By: g.Actor().ID, Finding: journal.Seal(finding)})
		return nil
	})
}

// ApproveInstitution lets it ask, by the second of two, until the pack's term.
func (s *Service) ApproveInstitution(ctx context.Context, g policy.Grant, id ident.ID, n int64) error {
	rule, err := s.k.Pack.Rule(yearRule, s.k.Clock.Now())
	if err != nil {
		return err
	}
	return s.decide(ctx, g, id, func(_ context.Context, _ store.Reader, i Institution, d *journal.Draft) error {
		v, err := waiting(i, n, Examined)
		if err != nil {
			return err
		}
		if by := g.Actor().ID; v.AppliedBy == by || v.ExaminedBy == by {
			return fault.New(fault.Refused, "trust.own")
		}
		d.Add(InstitutionApproved{ID: id, N: n, By: g.Actor().ID, Until: rule.Period.After(d.Now)})
		return nil
	})
}

// RefuseInstitution ends a version that waits, with the reason that the
// institution reads.
func (s *Service) RefuseInstitution(ctx context.Context, g policy.Grant, id ident.ID, n int64, reason string) error {
	if err := required("reason", reason); err != nil {
		return err
	}
	return s.decide(ctx, g, id, func(_ context.Context, _ store.Reader, i Institution, d *journal.Draft) error {
		if i.Next == nil || i.Next.N != n {
			return settled
		}
		if i.Next.AppliedBy == g.Actor().ID {
			return fault.New(fault.Refused, "trust.own")
		}
		d.Add(InstitutionRefused{ID: id, N: n, By: g.Actor().ID, Reason: journal.Seal(reason)})
		return nil
	})
}

// SuspendInstitution closes its door and ends what was granted to it.
func (s *Service) SuspendInstitution(ctx context.Context, g policy.Grant, id ident.ID, reason string) error {
	if err := required("reason", reason); err != nil {
		return err
	}
	err := s.decide(ctx, g, id, func(ctx context.Context, r store.Reader, i Institution, d *journal.Draft) error {
		if i.State != Active {
			return settled
		}
		d.Add(InstitutionSuspended{ID: id, By: g.Actor().ID, Reason: journal.Seal(reason)})
		return draftStream(ctx, r, d, id, signals.Disabled, reasonSuspended)
	})
	if err != nil {
		return err
	}
	return s.endGrants(ctx, id)
}

// endGrants makes what an institution holds worthless.
func (s *Service) endGrants(ctx context.Context, id ident.ID) error {
	p, err := s.provider()
	if err == nil {
		_, err = p.RevokeClient(ctx, string(id))
	}
	return err
}

// ResumeInstitution opens its door again.
func (s *Service) ResumeInstitution(ctx context.Context, g policy.Grant, id ident.ID, reason string) error {
	if err := required("reason", reason); err != nil {
		return err
	}
	return s.decide(ctx, g, id, func(ctx context.Context, r store.Reader, i Institution, d *journal.Draft) error {
		if i.State != Suspended {
			return settled
		}
		d.Add(InstitutionResumed{ID: id, By: g.Actor().ID, Reason: journal.Seal(reason)})
		return resumeStream(ctx, r, d, id)
	})
}

// ChangeKeys replaces the keys of an institution, by itself.
func (s *Service) ChangeKeys(ctx context.Context, id ident.ID, keys string) error {
	set, err := provider.ParseKeys([]byte(keys))
	if err != nil {
		return &fault.Error{Kind: fault.Invalid, Key: "trust.wrong.keys", Field: "keys", Cause: err}
	}
	err = s.record(ctx, func(ctx context.Context, r store.Reader, d *journal.Draft) error {
		if _, err := store.First(institutions(ctx, r, "i.id = $1 and i.state = 'active'", string(id))); err != nil {
			return err
		}
		d.Add(InstitutionKeysChanged{ID: id, Keys: string(set.JSON())})
		return nil
	})
	s.known.forget(id)
	return err
}

// ByDoor finds the institution whose space a code opens.
func (s *Service) ByDoor(ctx context.Context, code string) (Institution, error) {
	return store.First(institutions(ctx, s.k.Reader, "i.door = $1", doorDigest(code)))
}

// Expire ends the registrations whose term is over, and gives how many.
func (s *Service) Expire(ctx context.Context) (int, error) {
	now := store.Micros(s.k.Clock.Now())
	over, err := institutions(ctx, s.k.Reader, "i.state in ('active', 'suspended') and i.until_at <= $1 order by i.until_at limit 100", now)
	if err != nil {
		return 0, err
	}
	for _, i := range over {
		err := s.record(ctx, func(ctx context.Context, r store.Reader, d *journal.Draft) error {
			fresh, err := store.First(institutions(ctx, r, "i.id = $1", string(i.ID)))
			if err != nil {
				return err
			}
			if fresh.State != Active && fresh.State != Suspended || d.Now.Before(fresh.Until) {
				return settled
			}
			d.Add(InstitutionExpired{ID: i.ID})
			return draftStream(ctx, r, d, i.ID, signals.Disabled, reasonExpired)
		})
		if err == nil {
			s.known.forget(i.ID)
			err = s.endGrants(ctx, i.ID)
		}
		if err != nil {
			return 0, err
		}
	}
	return len(over), nil
}
