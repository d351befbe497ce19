package provider

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/go-jose/go-jose/v4"
	"github.com/luikyv/go-oidc/pkg/goidc"
)

// The algorithms that institutions sign with.
var (
	assertionAlgs = []goidc.SignatureAlgorithm{goidc.ES256, goidc.PS256, jose.EdDSA}
	proofAlgs     = []goidc.SignatureAlgorithm{goidc.ES256, jose.EdDSA}
)

// Client is an institution as the protocol knows it. There is nothing else to
// choose: how it authenticates and how its tokens are bound is the same for all.
type Client struct {
	ID          string
	Redirects   []string // compared to the letter
	PostLogouts []string // where a person may be sent after signing out
	Keys        Keyset   // public keys that sign its assertions
	Backchannel bool     // may ask by CIBA
}

// Keyset is a JWK set that has been checked.
type Keyset struct{ set goidc.JSONWebKeySet }

// ErrKeys says why a key set is refused.
var ErrKeys = errors.New("provider: not a set of public keys for ES256, PS256 or EdDSA, each with its own kid")

// mostKeys bounds a key set: one that signs, one to come, and room.
const mostKeys = 8

// ParseKeys reads a JWK set (RFC 7517) and refuses one that holds anything but
// strong public signing keys: P-256, Ed25519, RSA of 2048 to 4096 bits, each
// with a kid of its own. A private key is refused, not stripped: whoever sent
// it must know that it is no longer secret.
func ParseKeys(raw []byte) (Keyset, error) {
	var set jose.JSONWebKeySet
	if len(raw) > 64<<10 {
		return Keyset{}, fmt.Errorf("%w: too large", ErrKeys)
	}
	if err := json.Unmarshal(raw, &set); err != nil {
		return Keyset{}, fmt.Errorf("%w: %w", ErrKeys, err)
	}
	if len(set.Keys) == 0 || len(set.Keys) > mostKeys {
		return Keyset{}, fmt.Errorf("%w: %d keys", ErrKeys, len(set.Keys))
	}
	seen := map[string]bool{}
	for i := range set.Keys {
		k := &set.Keys[i]
		alg, err := algorithmOf(*k)
		if err != nil {
			return Keyset{}, err
		}
		if k.KeyID == "" || len(k.KeyID) > 200 || seen[k.KeyID] {
			return Keyset{}, fmt.Errorf("%w: kid %q", ErrKeys, k.KeyID)
		}
		seen[k.KeyID] = true
		*k = jose.JSONWebKey{Key: k.Key, KeyID: k.KeyID, Algorithm: alg, Use: "sig"}
	}
	return Keyset{goidc.JSONWebKeySet{Keys: set.Keys}}, nil
}

// algorithmOf gives the one algorithm a key may be used with.
func algorithmOf(k jose.JSONWebKey) (string, error) {
	alg := ""
	switch key := k.Key.(type) {
	case *ecdsa.PublicKey:
		if key.Curve == elliptic.P256() {
			alg = string(jose.ES256)
		}
	case ed25519.PublicKey:
		alg = string(jose.EdDSA)
	case *rsa.PublicKey:
		if n := key.N.BitLen(); n >= 2048 && n <= 4096 {
			alg = string(jose.PS256)
		}
	}
	if alg == "" || !k.IsPublic() || !k.Valid() || k.Use != "" && k.Use != "sig" || k.Algorithm != "" && k.Algorithm != alg {
		return "", fmt.Errorf("%w: kid %q", ErrKeys, k.KeyID)
	}
	return alg, nil
}

// JSON gives the set as it is published and stored.
func (s Keyset) JSON() []byte {
	raw, err := json.Marshal(s.set)
	if err != nil {
		panic("provider: " + err.Error()) // checked keys can be written
	}
	return raw
}

// IDs gives the kid of each key.
func (s Keyset) IDs() []string {
	var out []string
	for _, k := range s.set.Keys {
		out = append(out, k.KeyID)
	}
	return out
}

// goidc gives the client as the library knows it. What is fixed here is what
// makes a weaker client impossible.
func (c Client) goidc() *goidc.Client {
	set := c.Keys.set
	out := &goidc.Client{ID: c.ID, ClientMeta: goidc.ClientMeta{
		ApplicationType: goidc.ApplicationTypeWeb,
		RedirectURIs:    c.Redirects, PostLogoutRedirectURIs: c.PostLogouts, JWKS: &set,
		GrantTypes: []goidc.GrantType{goidc.GrantAuthorizationCode, goidc.GrantClientCredentials}, ResponseTypes: []goidc.ResponseType{goidc.ResponseTypeCode},
		ScopeIDs: strings.Join(append([]string{goidc.ScopeOpenID.ID}, programScopes...), " "), SubIdentifierType: goidc.SubIdentifierPairwise,
		TokenAuthnMethod: goidc.AuthnMethodPrivateKeyJWT, DPoPTokenBindingIsRequired: true, PARIsRequired: true,
		IDTokenSigAlg: goidc.ES256,
	}}
	if c.Backchannel {
		out.GrantTypes = append(out.GrantTypes, goidc.GrantCIBA)
		out.CIBATokenDeliveryMode = goidc.CIBADeliveryModePoll
	}
	return out
}
