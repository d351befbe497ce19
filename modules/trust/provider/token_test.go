package provider

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/luikyv/go-oidc/pkg/goidc"
)

// TestAnAccessTokenIsItsGrants: it opens what its grant says for as long as it
// says, says nothing itself, and nobody can make one.
func TestAnAccessTokenIsItsGrants(t *testing.T) {
	s, now := newState(t), int(time.Now().Unix())
	ctx := t.Context()
	access := tokens{state: s, seal: func(grant string) string { return digest("test", grant) }}
	code := goidc.Grant{ID: "code", ClientID: "bank", Subject: "person", Scopes: "openid", JWKThumbprint: "key", AuthCode: "c", AuthCodeExpiresAt: now + CodeLife, CreatedAt: now - 50}
	asked := goidc.Grant{ID: "asked", ClientID: "bank", Subject: "person", AuthReqID: "r", AuthReqIDExpiresAt: now + CodeLife}
	program := goidc.Grant{ID: "program", ClientID: "bank", Subject: "bank", CreatedAt: now - 7}
	for _, g := range []*goidc.Grant{&code, &asked, &program} {
		if err := s.SaveGrant(ctx, g); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := access.Token(ctx, access.value(ctx, &program)); err != nil || got.ExpiresAt != now-7+tokenLife || got.GrantID != "program" {
		t.Errorf("a program's own: %+v %v", got, err)
	}
	for _, g := range []*goidc.Grant{&code, &asked} {
		if got, err := access.Token(ctx, access.value(ctx, g)); !errors.Is(err, goidc.ErrNotFound) {
			t.Errorf("%s was not redeemed and has a token: %+v", g.ID, got)
		}
	}
	code.AuthCodeConsumedAt, asked.AuthReqIDConsumedAt = now-1, now-2
	if err := errors.Join(s.SaveGrant(ctx, &code), s.SaveGrant(ctx, &asked)); err != nil {
		t.Fatal(err)
	}
	value := access.value(ctx, &code)
	got, err := access.Token(ctx, value)
	if err != nil || got.ClientID != "bank" || got.Subject != "person" || got.Scopes != "openid" || got.JWKThumbprint != "key" || got.CreatedAt != now-1 || got.ExpiresAt != now-1+tokenLife || got.Type != goidc.TokenTypeDPoP {
		t.Errorf("%+v %v", got, err)
	}
	if got, err := access.Token(ctx, access.value(ctx, &asked)); err != nil || got.ExpiresAt != now-2+tokenLife {
		t.Errorf("%+v %v", got, err)
	}
	for _, secret := range []string{"bank", "person", "key", "openid"} {
		if strings.Contains(value, secret) {
			t.Errorf("the token says %q", secret)
		}
	}
	_, seal, _ := strings.Cut(value, ".")
	for name, forged := range map[string]string{"no seal": "code", "an empty seal": "code.", "another grant's": "asked." + seal, "a changed seal": value[:len(value)-1], "longer": value + "A", "nothing": "", "a seal alone": "." + seal,
		"of a grant that is not": access.value(ctx, &goidc.Grant{ID: "none"})} {
		if got, err := access.Token(ctx, forged); !errors.Is(err, goidc.ErrNotFound) {
			t.Errorf("%s: %+v %v", name, got, err)
		}
	}
	got.RevokedAt = now
	if err := access.SaveToken(ctx, got); err != nil {
		t.Fatal(err)
	}
	if g, err := s.Grant(ctx, "code"); err != nil || g.RevokedAt != now {
		t.Errorf("a token that is taken back leaves its grant: %+v %v", g, err)
	}
}
