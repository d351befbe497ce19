package sdjwt

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/amana-platform/amana/engines/internal/es256"
)

// Hidden marks a claim, or an element of an array, that the holder may
// withhold. It may stand at any depth below Credential.Claims, and inside
// another Hidden.
type Hidden struct{ Value any }

// Status points to an entry of a Token Status List: see package statuslist.
type Status struct {
	List  string `json:"uri"`
	Index int64  `json:"idx"`
}

// Credential is what an issuer says of a holder.
type Credential struct {
	Type   string           // vct, a collision-resistant name; required
	Issuer string           // iss, an https address; required
	Holder *ecdsa.PublicKey // cnf: who can show it; nil for a bearer credential

	// Seconds count; a zero time is left out. Round them to the day where the
	// exact second would tell one holder from another.
	IssuedAt, NotBefore, Expires time.Time

	Status *Status        // where its revocation can be read, nil if it has none
	Claims map[string]any // values as encoding/json writes them, with Hidden where the holder chooses
	Decoys int            // random digests, so that the number of hidden claims does not tell
}

// Issuer signs credentials.
type Issuer struct {
	Key   crypto.Signer       // a P-256 key, here or in a device
	KeyID string              // kid
	Chain []*x509.Certificate // x5c, the key's own first; may be empty
	Rand  io.Reader           // salts and decoys; nil is crypto/rand
}

// reserved are the claims that SD-JWT (RFC 9901, 4.1) and SD-JWT VC (2.2.2)
// give a meaning of their own; they come from Credential's fields, in the open.
var reserved = []string{"_sd", "_sd_alg", "...", "iss", "iat", "nbf", "exp", "cnf", "vct", "vct#integrity", "status", "aud"}

// Issue returns the credential with all its disclosures, in the compact form
// "jwt~disclosure~…~".
func (i *Issuer) Issue(c Credential) (string, error) {
	if c.Type == "" || c.Issuer == "" {
		return "", errors.New("sdjwt: a credential names its type and its issuer")
	}
	for name := range c.Claims {
		if slices.Contains(reserved, name) {
			return "", fmt.Errorf("sdjwt: claim %q is set by the credential's own fields", name)
		}
	}
	b := concealer{rand: i.Rand}
	if b.rand == nil {
		b.rand = rand.Reader
	}
	payload, err := b.object(c.Claims, c.Decoys)
	if err != nil {
		return "", err
	}
	c.stand(payload)
	jwt, err := i.sign(payload)
	if err != nil {
		return "", err
	}
	return join(jwt, b.disclosures), nil
}

// stand writes the claims that are always in the open.
func (c *Credential) stand(payload map[string]any) {
	payload["vct"], payload["iss"], payload["_sd_alg"] = c.Type, c.Issuer, "sha-256"
	for name, at := range map[string]time.Time{"iat": c.IssuedAt, "nbf": c.NotBefore, "exp": c.Expires} {
		if !at.IsZero() {
			payload[name] = at.Unix()
		}
	}
	if c.Holder != nil {
		payload["cnf"] = map[string]any{"jwk": jose.JSONWebKey{Key: c.Holder}}
	}
	if c.Status != nil {
		payload["status"] = map[string]any{"status_list": c.Status}
	}
}

func (i *Issuer) sign(payload map[string]any) (string, error) {
	h := es256.Header{Type: "dc+sd-jwt", KeyID: i.KeyID, Extra: map[string]any{}}
	if len(i.Chain) > 0 {
		chain := make([]string, len(i.Chain))
		for n, cert := range i.Chain {
			chain[n] = base64.StdEncoding.EncodeToString(cert.Raw)
		}
		h.Extra["x5c"] = chain
	}
	return sign(i.Key, h, payload)
}

func sign(key crypto.Signer, h es256.Header, claims any) (string, error) {
	jwt, err := es256.Sign(key, h, claims)
	if err != nil {
		return "", fmt.Errorf("sdjwt: %w", err)
	}
	return jwt, nil
}

// concealer turns Hidden values into digests and keeps their disclosures.
type concealer struct {
	rand        io.Reader
	disclosures []string
}

func (b *concealer) any(v any) (any, error) {
	switch v := v.(type) {
	case map[string]any:
		return b.object(v, 0)
	case []any:
		return b.array(v)
	case Hidden:
		return nil, errors.New("sdjwt: a hidden value stands directly inside another")
	}
	return v, nil
}

func (b *concealer) object(in map[string]any, decoys int) (map[string]any, error) {
	out := make(map[string]any, len(in)+1)
	var digests []string
	for _, name := range slices.Sorted(maps.Keys(in)) {
		if name == "_sd" || name == "..." {
			return nil, fmt.Errorf("sdjwt: no claim is called %q", name)
		}
		hidden, isHidden := in[name].(Hidden)
		if !isHidden {
			inner, err := b.any(in[name])
			if err != nil {
				return nil, err
			}
			out[name] = inner
			continue
		}
		digest, err := b.hide(hidden, name)
		if err != nil {
			return nil, err
		}
		digests = append(digests, digest)
	}
	for range decoys {
		salt, err := b.salt()
		if err != nil {
			return nil, err
		}
		digests = append(digests, digestOf(salt))
	}
	if len(digests) > 0 {
		slices.Sort(digests) // their order must not tell which claim is which
		out["_sd"] = digests
	}
	return out, nil
}

func (b *concealer) array(in []any) ([]any, error) {
	out := make([]any, len(in))
	for n, v := range in {
		hidden, isHidden := v.(Hidden)
		if !isHidden {
			inner, err := b.any(v)
			if err != nil {
				return nil, err
			}
			out[n] = inner
			continue
		}
		digest, err := b.hide(hidden)
		if err != nil {
			return nil, err
		}
		out[n] = map[string]any{"...": digest}
	}
	return out, nil
}

// hide makes the disclosure of a value, under its name if it has one, and
// returns its digest. What is hidden inside comes first: a disclosure carries
// the digests of those below it.
func (b *concealer) hide(h Hidden, name ...string) (string, error) {
	inner, err := b.any(h.Value)
	if err != nil {
		return "", err
	}
	salt, err := b.salt()
	if err != nil {
		return "", err
	}
	parts := []any{salt}
	for _, n := range name {
		parts = append(parts, n)
	}
	raw, err := json.Marshal(append(parts, inner))
	if err != nil {
		return "", fmt.Errorf("sdjwt: %w", err)
	}
	d := base64.RawURLEncoding.EncodeToString(raw)
	b.disclosures = append(b.disclosures, d)
	return digestOf(d), nil
}

// salt is 128 bits, as RFC 9901, 9.3 asks.
func (b *concealer) salt() (string, error) {
	var raw [16]byte
	if _, err := io.ReadFull(b.rand, raw[:]); err != nil {
		return "", fmt.Errorf("sdjwt: salt: %w", err)
	}
	return base64.RawURLEncoding.EncodeToString(raw[:]), nil
}

// digestOf is taken over the disclosure as it is transported (RFC 9901, 4.2.3).
func digestOf(disclosure string) string {
	sum := sha256.Sum256([]byte(disclosure))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}
