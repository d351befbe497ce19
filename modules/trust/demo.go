package trust

import (
	"context"
	"crypto/ed25519"
	"errors"
	"net/url"

	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/store"
	"github.com/amana-platform/amana/modules/trust/demobank"
	"github.com/amana-platform/amana/modules/trust/provider"
)

// Issuer is the address institutions and citizens use.
func (s *Service) Issuer() string { return s.issuer }

// DemoKey is the key of a simulated institution: the demonstration registers
// its public part, the simulator proves itself with it.
func (s *Service) DemoKey(name string) ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed(s.k.Secret("demonstration " + name))
}

// demoBank is the site of the demonstration's bank, at this service's own address.
func (s *Service) demoBank() *demobank.Bank {
	return &demobank.Bank{Issuer: s.issuer, Key: s.DemoKey("bank"), Log: pathLog, Wallet: pathWallet, Client: func(ctx context.Context) (string, error) {
		u, err := url.Parse(s.issuer)
		if err != nil {
			return "", err
		}
		i, err := store.First(institutions(ctx, s.k.Reader, "i.host = $1 and i.state = 'active' and not i.sandbox", u.Host))
		return string(i.ID), err
	}}
}

// Visit is one sign-in that the demonstration's history tells of.
type Visit struct {
	Name    string // of its own: the same visit told twice is one
	Client  ident.ID
	Holder  Holder
	Claims  []string
	Decline bool
}

// TellVisit records a visit as the provider does: what is asked, agreed or declined,
// and released, with the lines of the citizen's log. What is above the ceiling
// is refused, and that is recorded.
func (s *Service) TellVisit(ctx context.Context, v Visit) error {
	i, err := s.Institution(ctx, v.Client)
	if err != nil {
		return err
	}
	d := &deciding{Authorization: provider.Authorization{ID: v.Name, Client: string(v.Client)}, i: i, holder: v.Holder, level: v.Holder.Level}
	for _, name := range v.Claims {
		d.wanted = append(d.wanted, provider.Wanted{Name: name, Essential: true, InToken: true})
	}
	err = s.pushed(ctx, string(v.Client), d.wanted)
	if _, refused := errors.AsType[*provider.Refusal](err); refused {
		return nil
	}
	if err != nil {
		return err
	}
	if v.Decline {
		return s.refuseConsent(ctx, d)
	}
	if _, known, err := s.agreedBefore(ctx, d); err != nil || !known {
		if err = errors.Join(err, s.giveConsent(ctx, d, d.wanted)); err != nil {
			return err
		}
	}
	_, err = s.release(ctx, string(v.Client), *d.give(d.wanted).Given)
	return err
}

// pathLog is where a citizen reads who asked about them; the module that keeps
// citizens serves it.
const pathLog = "/citizen/log"

// pathWallet is the demonstration's wallet; the module that keeps portable
// proofs serves it.
const pathWallet = "/demo/wallet"
