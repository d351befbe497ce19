package trust

import (
	"context"
	"crypto/ed25519"
	"net/url"

	"github.com/amana-platform/amana/modules/trust/demobank"
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
		i, err := one(institutions(ctx, s.k.Reader, "i.host = $1 and i.state = 'active' and not i.sandbox", u.Host))
		return string(i.ID), err
	}}
}

// pathLog is where a citizen reads who asked about them; the module that keeps
// citizens serves it.
const pathLog = "/citizen/log"

// pathWallet is the demonstration's wallet; the module that keeps portable
// proofs serves it.
const pathWallet = "/demo/wallet"
