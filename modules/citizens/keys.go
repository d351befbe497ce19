package citizens

import (
	"context"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/store"
	"github.com/amana-platform/amana/kernel/web"
	"github.com/amana-platform/amana/kernel/web/passkey"
)

// maxMeans bounds the live means of one citizen.
const maxMeans = 10

// keeper keeps citizens' passkeys as the desk of passkeys wants it.
type keeper struct{ s *Service }

// Account gives a citizen as somebody who may sign in.
func (k keeper) Account(ctx context.Context, id ident.ID) (web.Account, error) {
	c, err := k.s.Citizen(ctx, id)
	if err != nil {
		return web.Account{}, err
	}
	return web.Account{ID: id, Active: c.Open(), Since: c.Since}, nil
}

// Name gives a citizen's name.
func (k keeper) Name(ctx context.Context, id ident.ID) (string, error) {
	c, err := k.s.Citizen(ctx, id)
	if err != nil {
		return "", err
	}
	p, err := k.s.index.Person(ctx, c.Person)
	return p.Name("fr"), err
}

// Keys lists the passkeys that open an account.
func (k keeper) Keys(ctx context.Context, citizen ident.ID) ([]passkey.Key, error) {
	return store.List(ctx, k.s.k.Reader, `select m.id, m.record, coalesce(u.uses, 0) from citizens_means m left join tmp_citizens_uses u on u.means = m.id
		where m.citizen = $1 and m.kind = $2 and m.revoked_at = 0 and m.record is not null order by m.added_at, m.id`, []any{string(citizen), string(Passkey)}, scanKey)
}

func scanKey(scan store.Scan) (p passkey.Key, err error) {
	var record journal.Sealed
	var uses int64
	err = scan(&p.ID, &record, &uses)
	p.Record, p.Uses = record.Text(), uint32(uses)
	return p, err
}

// Invited knows nobody: citizens are invited at counters.
func (keeper) Invited(context.Context, string) (passkey.Invitation, error) {
	return passkey.Invitation{}, wrongCode
}

// Register keeps a new passkey of a citizen who is signed in.
func (k keeper) Register(ctx context.Context, in passkey.Registration) error {
	if in.Grant.Actor().ID != in.Account {
		return fault.New(fault.Refused, "policy.refused.policy")
	}
	_, err := k.s.k.Journal.Do(ctx, in.Grant, func(ctx context.Context, r store.Reader, d *journal.Draft) error {
		return draftMeans(ctx, r, d, MeansAdded{Citizen: in.Account, Kind: string(Passkey), Label: journal.Seal(in.Label), Record: journal.Seal(in.Record)})
	})
	return err
}

// draftMeans drafts a means of an open account that has not too many.
func draftMeans(ctx context.Context, r store.Reader, d *journal.Draft, e MeansAdded) error {
	c, err := account(ctx, r, e.Citizen)
	if err != nil {
		return err
	}
	if !c.Open() {
		return fault.New(fault.Conflict, "citizens.fault.closed")
	}
	all, err := meansOf(ctx, r, e.Citizen)
	if err != nil {
		return err
	}
	live := 0
	for _, m := range all {
		if m.Live() {
			live++
		}
	}
	if live >= maxMeans {
		return fault.New(fault.Refused, "citizens.fault.too-many", "max", maxMeans)
	}
	e.Person = c.Person
	if e.Means == "" {
		e.Means = d.NewID()
	}
	d.Add(e)
	return nil
}

// Used notes how often a passkey says it was used; most do not count.
func (k keeper) Used(ctx context.Context, key ident.ID, uses uint32) error {
	if uses == 0 {
		return nil
	}
	_, err := k.s.k.Scratch.Exec(ctx, `insert into tmp_citizens_uses (means, uses) values ($1, $2)
		on conflict (means) do update set uses = excluded.uses where tmp_citizens_uses.uses < excluded.uses`, string(key), int64(uses))
	return err
}

// Doubt closes a passkey that shows the signs of a copy.
func (k keeper) Doubt(ctx context.Context, citizen, key ident.ID, _, _ uint32) error {
	_, err := k.s.record(ctx, basisCard, func(_ context.Context, _ store.Reader, d *journal.Draft) error {
		d.Add(MeansRevoked{Means: key, Citizen: citizen, Why: whyCopied})
		return nil
	})
	return err
}

// admitKey begins the session of a citizen whose passkey answered.
func (s *Service) admitKey(r *web.Request, a web.Account, _ bool) error {
	if !a.Active {
		return fault.New(fault.Refused, "session.failed")
	}
	return s.admit(r, a.ID, Passkey, a.Key)
}
