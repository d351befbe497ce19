package demodata

import (
	"context"
	"crypto/ed25519"
	_ "embed" // the institutions
	"encoding/base64"
	"fmt"

	"github.com/BurntSushi/toml"

	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/modules/trust"
	"github.com/amana-platform/amana/modules/trust/demobank"
	"github.com/amana-platform/amana/modules/units"
)

//go:embed institutions.toml
var institutionsFile string

// stated is an institution of the file.
type stated struct {
	Key       string
	Name      [3]string
	Purpose   [3]string
	Basis     string
	Ceiling   []string
	Level     int
	Retention string
	Contact   string
	Counter   bool
	Approved  bool
}

// rely registers the institutions: one that two persons have approved, and one
// that waits for the first of them.
func (l *life) rely(ctx context.Context) error {
	var file struct {
		Institution []stated
		Words       struct{ Finding string }
	}
	if _, err := toml.Decode(institutionsFile, &file); err != nil {
		return err
	}
	for _, x := range file.Institution {
		if err := l.register(ctx, x, file.Words.Finding); err != nil {
			return fmt.Errorf("institution %s: %w", x.Key, err)
		}
	}
	return nil
}

func (l *life) register(ctx context.Context, x stated, finding string) error {
	back, ended, bye := "https://"+x.Key+".demo.invalid/back", "https://"+x.Key+".demo.invalid/ended", "https://"+x.Key+".demo.invalid/bye"
	if x.Approved { // the one whose site a visitor can use
		back, ended, bye = l.Trust.Issuer()+demobank.PathBack, l.Trust.Issuer()+demobank.PathEnded, l.Trust.Issuer()+demobank.PathBye
	}
	r := trust.Registration{Name: x.Name, Purpose: x.Purpose, Basis: x.Basis, Ceiling: x.Ceiling, Level: x.Level, Retention: x.Retention, Contact: x.Contact,
		Redirects: []string{back}, PostLogouts: []string{bye}, Backchannel: ended, Counter: x.Counter, Keys: publicKeys(l.Trust.DemoKey(x.Key))}
	g, err := l.k.Policy.System("trust", "trust.provide", "L09-08-4")
	if err != nil {
		return err
	}
	id, _, err := l.Trust.ApplyInstitution(ctx, g, trust.Application{Registration: r})
	if err != nil || !x.Approved {
		return err
	}
	if g, err = l.judge(ctx, id, l.faces[units.Administrator], "trust.institution.examine"); err != nil {
		return err
	}
	if err := l.Trust.ExamineInstitution(ctx, g, id, 1, finding); err != nil {
		return err
	}
	if g, err = l.judge(ctx, id, l.faces[units.Inspector], "trust.institution.approve"); err != nil {
		return err
	}
	l.bank = id
	return l.Trust.ApproveInstitution(ctx, g, id, 1)
}

// judge gives an officer's grant to decide on an institution.
func (l *life) judge(ctx context.Context, id ident.ID, who *officer, action string) (policy.Grant, error) {
	a, duty, err := l.actor(ctx, who)
	if err != nil {
		return policy.Grant{}, err
	}
	i, err := l.Trust.Institution(ctx, id)
	if err != nil {
		return policy.Grant{}, err
	}
	return l.k.Policy.Ask(ctx, a, action, i.Resource(a.Unit), duty)
}

// publicKeys writes a key as an institution hands it in.
func publicKeys(key ed25519.PrivateKey) string {
	public, _ := key.Public().(ed25519.PublicKey) // an Ed25519 key's
	return fmt.Sprintf(`{"keys":[{"kty":"OKP","crv":"Ed25519","alg":"EdDSA","use":"sig","kid":"demo","x":%q}]}`, base64.RawURLEncoding.EncodeToString(public))
}
