package provider

import (
	"context"
	"crypto/rand"
	"net/url"
	"slices"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"github.com/amana-platform/amana/kernel/fault"
)

// Ending is a request of an institution to end a citizen's session (OpenID
// Connect RP-Initiated Logout 1.0).
type Ending struct {
	Client string // "" if it did not prove which one it is
	Name   string // of the session, as that institution knows it; "" if it named none
	To     string // where the citizen goes afterwards, with the state; "" where there is none
}

// ReadEnding reads such a request. A hint is an ID token of ours, also one
// that is over. An address to go to must be registered by the institution that
// the hint, or client_id, names.
func (p *Provider) ReadEnding(ctx context.Context, q url.Values) (Ending, error) {
	wrong := fault.New(fault.Invalid, "trust.request-lost", "code", "invalid_request")
	e := Ending{Client: q.Get("client_id")}
	if hint := q.Get("id_token_hint"); hint != "" {
		client, name, err := p.readHint(ctx, hint)
		if err != nil || e.Client != "" && e.Client != client {
			return Ending{}, wrong
		}
		e.Client, e.Name = client, name
	}
	to := q.Get("post_logout_redirect_uri")
	if to == "" {
		return e, nil
	}
	c, err := p.c.Client(ctx, e.Client)
	if err != nil || !slices.Contains(c.PostLogouts, to) {
		return Ending{}, wrong
	}
	if state := q.Get("state"); state != "" {
		u, err := url.Parse(to)
		if err != nil || len(state) > 2048 {
			return Ending{}, wrong
		}
		more := u.Query()
		more.Set("state", state)
		u.RawQuery = more.Encode()
		to = u.String()
	}
	e.To = to
	return e, nil
}

// readHint gives the institution and the session of an ID token of ours.
func (p *Provider) readHint(ctx context.Context, hint string) (client, name string, err error) {
	wrong := fault.New(fault.Invalid, "trust.request-lost", "code", "invalid_request")
	token, err := jwt.ParseSigned(hint, []jose.SignatureAlgorithm{jose.ES256})
	if err != nil || len(token.Headers) != 1 {
		return "", "", wrong
	}
	set, err := p.jwks(ctx)
	if err != nil {
		return "", "", err
	}
	key, err := set.Key(token.Headers[0].KeyID)
	if err != nil {
		return "", "", wrong
	}
	var claims struct {
		jwt.Claims
		SID string `json:"sid"`
	}
	if err := token.Claims(key.Key, &claims); err != nil || claims.Issuer != p.c.Issuer || len(claims.Audience) != 1 {
		return "", "", wrong
	}
	return claims.Audience[0], claims.SID, nil
}

// logoutEvent is what a logout token tells (OpenID Connect Back-Channel Logout 1.0, 2.4).
const logoutEvent = "http://schemas.openid.net/event/backchannel-logout"

// LogoutToken tells an institution that a session of a person has ended.
func (p *Provider) LogoutToken(ctx context.Context, client, person, session string) (string, error) {
	now := time.Now()
	return p.signed(ctx, "logout+jwt", map[string]any{
		"iss": p.c.Issuer, "aud": client, "iat": now.Unix(), "exp": now.Add(2 * time.Minute).Unix(), "jti": rand.Text(),
		"sub": p.c.Subject(person, client), "sid": p.c.Session(session, client), "events": map[string]any{logoutEvent: map[string]any{}},
	})
}
