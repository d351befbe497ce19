package proofs

import (
	"context"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"math/big"
	"strings"
	"sync"
	"time"

	"github.com/amana-platform/amana/engines/mdoc"
	"github.com/amana-platform/amana/engines/sdjwt"
	"github.com/amana-platform/amana/engines/statuslist"
	"github.com/amana-platform/amana/kernel/app"
	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/store"
	"github.com/amana-platform/amana/modules/citizens"
)

// listSize is how many credentials the status list has room for: a million a
// quarter of a year, in 128 kB before it is packed.
const listSize = 1 << 20

// How long an offer and a nonce wait, how often digits may be wrong, how many
// credentials one offer gives, and how long a list is believed.
const (
	offerLife = 10 * time.Minute
	tokenLife = 5 * time.Minute
	nonceLife = 5 * time.Minute
	maxTries  = 3
	batchSize = 10
	listLife  = 24 * time.Hour
	listFresh = time.Minute
	maxNonces = 50_000
)

// Service holds the verbs of the module.
type Service struct {
	k        *app.Kernel
	citizens *citizens.Service
	origin   string

	once sync.Once
	auth *authority
	bad  error

	// Shown is told of each proof that was shown here and believed, and writes it
	// down before anybody is told what it says; joined by main.
	Shown func(context.Context, Showing) error

	mu     sync.Mutex
	list   string // as it was published last
	listed time.Time
}

// New makes the service; origin is the address that people use.
func New(k *app.Kernel, people *citizens.Service, origin string) *Service {
	return &Service{k: k, citizens: people, origin: origin}
}

// issuer is the credential issuer's name: an address of the wallets' pages.
func (s *Service) issuer() string { return s.origin + "/wallet" }

func (s *Service) listAddress() string { return s.issuer() + "/status/1" }

func (s *Service) authority() (*authority, error) {
	s.once.Do(func() { s.auth, s.bad = newAuthority(s.k.Secret, s.origin, strings.ToUpper(s.k.Pack.Identity.Code)) })
	return s.auth, s.bad
}

// Credentials lists what a citizen's wallets took, the newest first.
func (s *Service) Credentials(ctx context.Context, citizen ident.ID) ([]Credential, error) {
	return credentials(ctx, s.k.Reader, "citizen = $1 order by issued_at desc, id limit 200", string(citizen))
}

// Offer is a proof that waits for a wallet.
type Offer struct {
	Code   string // pre-authorised
	Digits string // told to the wallet by the citizen
	Until  time.Time
}

// MakeOffer offers a proof to a citizen's wallet. Nothing is recorded: nothing
// has left the house.
func (s *Service) MakeOffer(ctx context.Context, g policy.Grant, citizen ident.ID, t Type, f Form) (Offer, error) {
	now := s.k.Clock.Now()
	if err := g.Valid(now); err != nil {
		return Offer{}, err
	}
	if !t.Valid() || !f.Valid() {
		return Offer{}, fault.New(fault.Invalid, "form.choose")
	}
	n, err := rand.Int(rand.Reader, big.NewInt(1_000_000))
	if err != nil {
		return Offer{}, err
	}
	o := Offer{Code: token(), Digits: fmt.Sprintf("%06d", n), Until: now.Add(offerLife)}
	if _, err := s.k.Scratch.Exec(ctx, "delete from tmp_proofs_offers where until_at <= $1 or citizen = $2", store.Micros(now), string(citizen)); err != nil {
		return Offer{}, err
	}
	_, err = s.k.Scratch.Exec(ctx, "insert into tmp_proofs_offers (code, digits, tries, citizen, type, form, until_at) values ($1, $2, 0, $3, $4, $5, $6)",
		hashed(o.Code), hashed(o.Code+o.Digits), string(citizen), string(t), string(f), store.Micros(o.Until))
	return o, err
}

func token() string {
	raw := make([]byte, 32)
	rand.Read(raw)
	return base64.RawURLEncoding.EncodeToString(raw)
}

func hashed(name string) string {
	sum := sha256.Sum256([]byte("amana proof\n" + name))
	return hex.EncodeToString(sum[:])
}

// right is what an access token gives a wallet.
type right struct {
	citizen ident.ID
	typ     Type
	form    Form
}

// issue records credentials for keys of a wallet and signs them. The entries
// are durable before anything is given.
func (s *Service) issue(ctx context.Context, x right, keys []*ecdsa.PublicKey) ([]string, error) {
	able, err := s.citizens.Able(ctx, x.citizen)
	if err != nil {
		return nil, err
	}
	if !able {
		return nil, fault.New(fault.Refused, "proofs.fault.closed")
	}
	claims, err := s.citizens.Attributes(ctx, x.citizen, x.typ.Claims())
	if err != nil {
		return nil, err
	}
	if len(claims) == 0 {
		return nil, fault.New(fault.Refused, "proofs.fault.nothing")
	}
	entries, err := s.record(ctx, x, len(keys))
	if err != nil {
		return nil, err
	}
	out := make([]string, len(keys))
	for i, key := range keys {
		if out[i], err = s.sign(x, claims, entries[i], key); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (s *Service) record(ctx context.Context, x right, n int) ([]CredentialIssued, error) {
	g, err := s.k.Policy.System(systemName, actionIssue, systemBasis)
	if err != nil {
		return nil, err
	}
	var entries []CredentialIssued
	_, err = s.k.Journal.Do(ctx, g, func(ctx context.Context, r store.Reader, d *journal.Draft) error {
		if able, err := s.citizens.Able(ctx, x.citizen); err != nil || !able { // closed or erased since
			return errors.Join(err, fault.New(fault.Refused, "proofs.fault.closed"))
		}
		var before int64
		if err := r.Row(ctx, "select count(*) from proofs_credentials", nil, &before); err != nil {
			return err
		}
		entries = nil
		for i := range n {
			if before+int64(i) >= listSize {
				return fault.New(fault.Unavailable, "proofs.fault.full")
			}
			index, err := statuslist.Allot(s.k.Secret("proofs status list"), before+int64(i), listSize)
			if err != nil {
				return err
			}
			e := CredentialIssued{Credential: d.NewID(), Citizen: x.citizen, Type: string(x.typ), Form: string(x.form), Index: index, Until: day(d.Now).Add(Life)}
			d.Add(e)
			entries = append(entries, e)
		}
		return nil
	})
	return entries, err
}

// day rounds to the day: a second would tell one holder from another.
func day(t time.Time) time.Time { return t.UTC().Truncate(24 * time.Hour) }

func (s *Service) sign(x right, claims map[string]any, e CredentialIssued, key *ecdsa.PublicKey) (string, error) {
	a, err := s.authority()
	if err != nil {
		return "", err
	}
	from := e.Until.Add(-Life)
	if x.form == MDoc {
		i := mdoc.Issuer{Key: a.signer, Chain: chain(a)}
		raw, err := i.Issue(mdoc.Document{Type: x.typ.docType(), Elements: map[string]map[string]any{x.typ.docType(): elements(claims)}, Device: key,
			Status: &mdoc.Status{List: s.listAddress(), Index: e.Index}, Signed: from, From: from, Until: e.Until})
		return base64.RawURLEncoding.EncodeToString(raw), err
	}
	hidden := map[string]any{}
	for name, v := range claims {
		hidden[name] = sdjwt.Hidden{Value: v}
	}
	i := sdjwt.Issuer{Key: a.signer, KeyID: a.kid, Chain: chain(a)}
	return i.Issue(sdjwt.Credential{Type: s.typeAddress(x.typ), Issuer: s.issuer(), Holder: key, IssuedAt: from, Expires: e.Until,
		Status: &sdjwt.Status{List: s.listAddress(), Index: e.Index}, Claims: hidden, Decoys: 2})
}

// elements writes claims as ISO 18013-5 does: a whole date as a date.
func elements(claims map[string]any) map[string]any {
	out := map[string]any{}
	for name, v := range claims {
		if text, ok := v.(string); ok && name == "birthdate" && len(text) == len(time.DateOnly) {
			v = mdoc.Date(text)
		}
		out[name] = v
	}
	return out
}

func (s *Service) typeAddress(t Type) string { return s.issuer() + "/types/" + string(t) }

// Revoke ends a credential, as its citizen asks.
func (s *Service) Revoke(ctx context.Context, g policy.Grant, citizen, id ident.ID) error {
	_, err := s.k.Journal.Do(ctx, g, func(ctx context.Context, r store.Reader, d *journal.Draft) error {
		all, err := credentials(ctx, r, "id = $1 and citizen = $2", string(id), string(citizen))
		switch {
		case err != nil:
			return err
		case len(all) == 0:
			return fault.New(fault.NotFound, "fault.not-found")
		case !all[0].Revoked.IsZero():
			return fault.New(fault.Conflict, "proofs.fault.revoked")
		}
		d.Add(CredentialRevoked{Credential: id, Citizen: citizen})
		return nil
	})
	return err
}

// endWithAccount ends every credential of an account that is closed, or whose
// person was erased: what a wallet still holds proves nothing any more.
func endWithAccount(ctx context.Context, e journal.Delivered, r store.Reader, d *journal.Draft) error {
	var ended []ident.ID
	switch x := e.Entry.(type) {
	case citizens.AccountClosed:
		ended = []ident.ID{x.Citizen}
	case journal.Erased:
		for _, subject := range x.Subjects {
			accounts, err := citizens.AccountsOf(ctx, r, subject)
			if err != nil {
				return err
			}
			ended = append(ended, accounts...)
		}
	}
	for _, citizen := range ended {
		all, err := credentials(ctx, r, "citizen = $1 and revoked_at = 0 order by id", string(citizen))
		if err != nil {
			return err
		}
		for _, c := range all {
			d.Add(CredentialRevoked{Credential: c.ID, Citizen: c.Citizen})
		}
	}
	return nil
}

// StatusList gives the list as it is published: signed, at most a minute old,
// to be believed for a day. It names nobody.
func (s *Service) StatusList(ctx context.Context) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.k.Clock.Now()
	if s.list != "" && now.Sub(s.listed) < listFresh {
		return s.list, nil
	}
	a, err := s.authority()
	if err != nil {
		return "", err
	}
	l, err := statuslist.New(1, listSize)
	if err != nil {
		return "", err
	}
	err = s.k.Reader.Each(ctx, "select list_index from proofs_credentials where revoked_at <> 0", nil, func(scan store.Scan) error {
		var index int64
		if err := scan(&index); err != nil {
			return err
		}
		return l.Set(index, statuslist.Invalid)
	})
	if err != nil {
		return "", err
	}
	t := statuslist.Token{Subject: s.listAddress(), Issued: now, Expires: now.Add(listLife), TTL: listFresh, List: l}
	if s.list, err = t.Sign(a.signer, a.kid); err != nil {
		return "", err
	}
	s.listed = now
	return s.list, nil
}
