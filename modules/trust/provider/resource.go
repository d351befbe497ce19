package provider

import (
	"context"
	"crypto"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/cryptosigner"
	"github.com/go-jose/go-jose/v4/jwt"
	"github.com/luikyv/go-oidc/pkg/goidc"

	"github.com/amana-platform/amana/kernel/fault"
)

// What an institution's own program may be let do, without any citizen: the
// scopes of a token by client credentials (those of signals by the
// CAEP Interoperability Profile).
const (
	ScopeReadSignals   = "ssf.read"
	ScopeManageSignals = "ssf.manage"
	ScopePresentation  = "presentation" // to ask to be shown portable proofs
)

// programScopes are those that no citizen's agreement ever bears.
var programScopes = []string{ScopeReadSignals, ScopeManageSignals, ScopePresentation}

// onlyOpenID refuses a program's scopes where a citizen is asked.
func onlyOpenID(scopes string) error {
	for s := range strings.FieldsSeq(scopes) {
		if s != goidc.ScopeOpenID.ID {
			return goidc.NewError(goidc.ErrorCodeInvalidScope, "a citizen is asked for openid alone")
		}
	}
	return nil
}

// Program finds which institution's own program asks, by a token that it has
// by client credentials with one of some scopes and by the proof of the key
// that the token is bound to (RFC 9449 7). Where it finds none it has answered.
func (p *Provider) Program(w http.ResponseWriter, r *http.Request, scopes ...string) (client string, ok bool, err error) {
	info, err := p.program(r)
	if refusal, refused := errors.AsType[*Refusal](err); refused {
		w.Header().Set("WWW-Authenticate", `DPoP error="`+refusal.Code+`", algs="`+algs(proofAlgs)+`"`)
		refuse(w, goidc.ErrorCode(refusal.Code), refusal.Description, http.StatusUnauthorized)
		return "", false, nil
	}
	if err != nil {
		return "", false, err
	}
	if !slices.ContainsFunc(strings.Fields(info.Scopes), func(s string) bool { return slices.Contains(scopes, s) }) {
		w.Header().Set("WWW-Authenticate", `DPoP error="insufficient_scope", scope="`+strings.Join(scopes, " ")+`"`)
		refuse(w, "insufficient_scope", "the token is not for this", http.StatusForbidden)
		return "", false, nil
	}
	return info.ClientID, true, nil
}

// program reads the token and the proof of a request; a *Refusal if they do not do.
func (p *Provider) program(r *http.Request) (goidc.TokenInfo, error) {
	no := &Refusal{Code: string(goidc.ErrorCodeInvalidToken), Description: "a DPoP-bound access token is needed"}
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	proofs := r.Header.Values(goidc.HeaderDPoP)
	if !strings.EqualFold(scheme, "DPoP") || token == "" || len(r.Header.Values("Authorization")) != 1 {
		return goidc.TokenInfo{}, no
	}
	info, err := p.op.Introspect(r.Context(), token)
	if err != nil {
		return info, err
	}
	if !info.IsActive || info.Confirmation == nil || info.Confirmation.JWKThumbprint == "" {
		return info, no
	}
	if _, err := p.c.Client(r.Context(), info.ClientID); fault.Is(err, fault.NotFound) {
		return info, no // suspended since
	} else if err != nil {
		return info, err
	}
	unproven := &Refusal{Code: "invalid_dpop_proof", Description: "the proof of the key does not fit the request"}
	if len(proofs) != 1 {
		return info, unproven
	}
	id, ok := p.proves(r, proofs[0], token, info.Confirmation.JWKThumbprint)
	if !ok {
		return info, unproven
	}
	if err := p.state.see(r.Context(), id); errors.Is(err, errSpent) {
		return info, unproven
	} else if err != nil {
		return info, err
	}
	return info, nil
}

// proves reports whether a proof is for this request, this token and a key, and
// gives its identifier, which must not have been seen before (RFC 9449 4.3).
func (p *Provider) proves(r *http.Request, proof, token, thumbprint string) (id string, ok bool) {
	parsed, err := jwt.ParseSigned(proof, proofAlgs)
	if err != nil || len(parsed.Headers) != 1 || parsed.Headers[0].ExtraHeaders[jose.HeaderType] != "dpop+jwt" {
		return "", false
	}
	key := parsed.Headers[0].JSONWebKey
	if key == nil || !key.Valid() || !key.IsPublic() {
		return "", false
	}
	sum, err := key.Thumbprint(crypto.SHA256)
	if err != nil || base64.RawURLEncoding.EncodeToString(sum) != thumbprint {
		return "", false
	}
	var known jwt.Claims
	var claims struct {
		Method string `json:"htm"`
		URI    string `json:"htu"`
		Token  string `json:"ath"`
	}
	if err := parsed.Claims(key.Key, &known, &claims); err != nil || known.IssuedAt == nil || known.ID == "" {
		return "", false
	}
	hash := sha256.Sum256([]byte(token))
	ok = claims.Method == r.Method && claims.URI == p.c.Issuer+r.URL.EscapedPath() && claims.Token == base64.RawURLEncoding.EncodeToString(hash[:]) &&
		time.Since(known.IssuedAt.Time()) < assertionLife*time.Second &&
		known.ValidateWithLeeway(jwt.Expected{Time: time.Now()}, leeway*time.Second) == nil
	return known.ID, ok
}

// SecurityEvent signs a security event token (RFC 8417) with the claims given.
func (p *Provider) SecurityEvent(ctx context.Context, claims map[string]any) (string, error) {
	return p.signed(ctx, "secevent+jwt", claims)
}

// signed signs claims with the current key, as a token of a type.
func (p *Provider) signed(ctx context.Context, typ jose.ContentType, claims map[string]any) (string, error) {
	s, err := p.c.Keys.Current(ctx)
	if err != nil {
		return "", err
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: jose.JSONWebKey{Key: cryptosigner.Opaque(s.Signer), KeyID: s.ID}}, (&jose.SignerOptions{}).WithType(typ))
	if err != nil {
		return "", err
	}
	return jwt.Signed(signer).Claims(claims).Serialize()
}
