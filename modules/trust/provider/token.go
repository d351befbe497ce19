package provider

import (
	"context"
	"crypto/subtle"
	"strings"

	"github.com/luikyv/go-oidc/pkg/goidc"
)

// tokens are the access tokens. One says nothing to whoever holds it: it names
// its grant and bears a seal that only this service can make. What it opens, for
// which key and until when stands with the grant, of which there is one token;
// so it ends with the grant, and the signing key, which may be in a device that
// takes its time, signs only what institutions verify themselves. It implements
// [goidc.OpaqueTokenManager].
type tokens struct {
	state
	seal func(grant string) string
}

// value makes the token of a grant.
func (t tokens) value(_ context.Context, g *goidc.Grant) string { return g.ID + "." + t.seal(g.ID) }

// SaveToken keeps nothing of a token that was made; one that is taken back
// takes its grant with it.
func (t tokens) SaveToken(ctx context.Context, token *goidc.Token) error {
	if token.RevokedAt == 0 {
		return nil
	}
	return t.SaveGrant(ctx, &goidc.Grant{ID: token.GrantID, RevokedAt: token.RevokedAt})
}

// Token gives what a token stands for. A grant that was not redeemed has none yet.
func (t tokens) Token(ctx context.Context, value string) (*goidc.Token, error) {
	id, seal, _ := strings.Cut(value, ".")
	if id == "" || subtle.ConstantTimeCompare([]byte(seal), []byte(t.seal(id))) != 1 {
		return nil, goidc.ErrNotFound
	}
	g, redeemed, err := t.grant(ctx, grantColumns+"id = $1", id)
	if err != nil {
		return nil, err
	}
	if g.Subject == g.ClientID { // a program's own, without a code
		redeemed = g.CreatedAt
	}
	if redeemed == 0 {
		return nil, goidc.ErrNotFound
	}
	if x, ok := ctx.Value(exchangeKey).(*exchange); ok {
		x.grant = g
	}
	return &goidc.Token{ID: value, GrantID: g.ID, ClientID: g.ClientID, Subject: g.Subject, CreatedAt: redeemed, ExpiresAt: redeemed + tokenLife,
		Format: goidc.TokenFormatOpaque, Type: goidc.TokenTypeDPoP, Scopes: g.Scopes, JWKThumbprint: g.JWKThumbprint}, nil
}
