package units

import (
	"context"
	"net/url"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/store"
	"github.com/amana-platform/amana/kernel/web/passkey"
)

// What the sign-in asks of the accounts; the service is a passkey.Keeper.

// Keys lists the keys that open an officer's account.
func (s *Service) Keys(ctx context.Context, officer ident.ID) ([]passkey.Key, error) {
	all, err := s.Passkeys(ctx, officer)
	if err != nil {
		return nil, err
	}
	var out []passkey.Key
	for _, k := range all {
		if !k.Live() || k.Record == "" {
			continue
		}
		var uses int64
		err := s.k.Reader.Row(ctx, "select uses from tmp_units_uses where passkey = $1", []any{string(k.ID)}, &uses)
		if err != nil && !fault.Is(err, fault.NotFound) {
			return nil, err
		}
		out = append(out, passkey.Key{ID: k.ID, Record: k.Record, Uses: uint32(uses)})
	}
	return out, nil
}

// Used notes how often a key says it was used.
func (s *Service) Used(ctx context.Context, key ident.ID, uses uint32) error {
	_, err := s.k.Scratch.Exec(ctx, `insert into tmp_units_uses (passkey, uses, at) values ($1, $2, $3)
		on conflict (passkey) do update set uses = excluded.uses, at = excluded.at where tmp_units_uses.uses < excluded.uses`,
		string(key), int64(uses), micros(s.k.Clock.Now()))
	return err
}

// Doubt closes a key that shows the signs of a copy.
func (s *Service) Doubt(ctx context.Context, officer, key ident.ID, known, said uint32) error {
	g, err := s.k.Policy.System(systemName, actionKeys, systemBasis)
	if err != nil {
		return err
	}
	return s.do(ctx, g, nil, func(l *ledger) error {
		l.d.Add(PasskeyDoubted{Passkey: key, Officer: officer, Known: int64(known), Said: int64(said)})
		return nil
	})
}

// Name gives an officer's name as an authenticator shows it.
func (s *Service) Name(ctx context.Context, officer ident.ID) (string, error) {
	o, err := s.Officer(ctx, officer)
	return o.Name("fr"), err
}

// Invited tells whom a one-time code invites. The first administrator is not
// known yet: the invitation asks who they are.
func (s *Service) Invited(ctx context.Context, code string) (passkey.Invitation, error) {
	c, err := s.Redeemable(ctx, code)
	if err != nil {
		return passkey.Invitation{}, err
	}
	if c.Officer == "" {
		return passkey.Invitation{Account: s.k.Journal.NewID(), Asks: []string{"matricule", "given-ar", "family-ar", "given", "family"}}, nil
	}
	o, err := s.Officer(ctx, c.Officer)
	return passkey.Invitation{Account: o.ID, Name: o.Name("fr")}, err
}

// Register keeps a new key: under a grant of its owner who is signed in, or by
// a one-time code, which it uses up.
func (s *Service) Register(ctx context.Context, in passkey.Registration) error {
	if in.Code != "" {
		return s.registerByCode(ctx, in)
	}
	if in.Grant.Actor().ID != in.Account {
		return fault.New(fault.Refused, "policy.refused.policy")
	}
	return s.do(ctx, in.Grant, nil, func(l *ledger) error { return l.registerPasskey(in, "") })
}

func (s *Service) registerByCode(ctx context.Context, in passkey.Registration) error {
	c, err := s.Redeemable(ctx, in.Code)
	if err != nil {
		return err
	}
	action, newcomer := actionKeys, NewOfficer{}
	if c.Officer == "" {
		action, newcomer = actionFound, founder(in.Account, in.Answers)
	}
	g, err := s.k.Policy.System(systemName, action, systemBasis)
	if err != nil {
		return err
	}
	check := func(k *checks) {
		if c.Officer == "" {
			k.newOfficer(newcomer)
		}
	}
	return s.do(ctx, g, check, func(l *ledger) error {
		c, err := s.redeemable(l.ctx, l.r, in.Code)
		if err != nil {
			return err
		}
		if c.Officer == "" {
			err = l.found(newcomer)
		} else if c.Officer != in.Account {
			err = invalid("code", "units.fault.code-wrong")
		}
		if err != nil {
			return err
		}
		return l.registerPasskey(in, c.ID)
	})
}

func founder(id ident.ID, a url.Values) NewOfficer {
	return NewOfficer{ID: id, Matricule: a.Get("matricule"), GivenAR: a.Get("given-ar"), FamilyAR: a.Get("family-ar"), Given: a.Get("given"), Family: a.Get("family"), Grade: foundGrade}
}

// foundGrade is the grade the first administrator is enrolled with: the lowest,
// which gives no power; their file is corrected once there is a staff service.
const foundGrade = "gardien"

// found enrols the first administrator and posts them at the top.
func (l *ledger) found(in NewOfficer) error {
	root, err := l.root()
	if err != nil {
		return err
	}
	if err := l.enrolOfficer(in); err != nil {
		return err
	}
	return l.postOfficer(NewPost{Officer: in.ID, Unit: root, Role: Administrator, Act: systemBasis})
}

// maxKeys bounds the live keys of one officer.
const maxKeys = 10

func (l *ledger) registerPasskey(in passkey.Registration, code ident.ID) error {
	var n int
	err := l.r.Row(l.ctx, "select count(*) from units_passkeys where officer = $1 and removed_at = 0", []any{string(in.Account)}, &n)
	if err != nil {
		return err
	}
	if n >= maxKeys {
		return fault.New(fault.Refused, "units.fault.too-many-keys", "max", maxKeys)
	}
	l.d.Add(PasskeyRegistered{Passkey: l.d.NewID(), Officer: in.Account, Label: sealed(in.Label), Record: sealed(in.Record), Code: code})
	return nil
}

// RemovePasskey ends a key: one's own, but never one's last, or another's as
// an administrator. Sessions that began before are over.
func (s *Service) RemovePasskey(ctx context.Context, g policy.Grant, officer, key ident.ID) error {
	return s.do(ctx, g, nil, func(l *ledger) error {
		k, err := store.One(l.ctx, l.r, "select "+passkeyColumns+" from units_passkeys where id = $1 and officer = $2", []any{string(key), string(officer)}, scanPasskey)
		if err != nil {
			return err
		}
		if !k.Removed.IsZero() {
			return fault.New(fault.Conflict, "units.fault.key-removed")
		}
		var others int
		err = l.r.Row(l.ctx, "select count(*) from units_passkeys where officer = $1 and id <> $2 and removed_at = 0 and doubted_at = 0", []any{string(officer), string(key)}, &others)
		if err != nil {
			return err
		}
		if others == 0 && l.by == officer {
			return fault.New(fault.Refused, "units.fault.last-key")
		}
		l.d.Add(PasskeyRemoved{Passkey: key, Officer: officer})
		return nil
	})
}
