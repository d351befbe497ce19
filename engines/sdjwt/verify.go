package sdjwt

import (
	"crypto"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/amana-platform/amana/engines/internal/es256"
)

// Signed says who claims to have signed a credential, so that its key can be found.
type Signed struct {
	Issuer string
	KeyID  string
	Chain  []*x509.Certificate // as sent, checked by nobody yet
}

// Expect is what a verifier asked the holder to repeat.
type Expect struct {
	Audience string
	Nonce    string
	MaxAge   time.Duration // between the holder's signature and now; at least the leeway
}

// Verifier checks presentations.
type Verifier struct {
	// Key returns the P-256 key of an issuer that is trusted for this type of
	// credential, or why there is none.
	Key func(s Signed, credentialType string) (crypto.PublicKey, error)

	Types   []string      // the types wanted; none fits an empty list
	Now     time.Time     // required
	Leeway  time.Duration // by which clocks may differ
	Binding *Expect       // nil takes a bearer's word: for credentials without a holder's key only
}

// Verified is what a presentation proves. Claims holds what was disclosed and
// what is always in the open, numbers as json.Number.
type Verified struct {
	Signed
	Type              string
	IssuedAt, Expires time.Time // zero where the credential does not say
	Status            *Status   // not looked up: see package statuslist
	Holder            crypto.PublicKey
	Claims            map[string]any
}

// Verify checks a presentation and says what it proves. Errors wrap one of the
// package's reasons, or come from Key.
func (v *Verifier) Verify(compact string) (*Verified, error) {
	p, err := split(compact)
	if err != nil {
		return nil, err
	}
	token, err := es256.Read(p.jwt)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	out, err := v.read(token)
	if err != nil {
		return nil, err
	}
	key, err := v.Key(out.Signed, out.Type)
	if err != nil {
		return nil, err
	}
	if token.Check(key) != nil {
		return nil, ErrSignature
	}
	if err := v.times(token.Claims); err != nil {
		return nil, err
	}
	if out.Claims, err = reveal(token.Claims, p.disclosures); err != nil {
		return nil, err
	}
	return out, v.bound(p, out)
}

// mediaTypes are what a credential says it is (SD-JWT VC 2.2.1), now and by the
// drafts before.
var mediaTypes = []string{"dc+sd-jwt", "vc+sd-jwt"}

// read takes the claims that are always in the open, before anything is believed.
func (v *Verifier) read(token *es256.Token) (*Verified, error) {
	payload, out := token.Claims, &Verified{Signed: Signed{KeyID: token.KeyID}}
	if !slices.Contains(mediaTypes, token.Type) { // what else the issuer's key signs is no credential
		return nil, fmt.Errorf("%w: typ is %q", ErrType, token.Type)
	}
	var ok bool
	if out.Type, ok = payload["vct"].(string); !ok || !slices.Contains(v.Types, out.Type) {
		return nil, fmt.Errorf("%w: %q", ErrType, out.Type)
	}
	if out.Issuer, ok = payload["iss"].(string); !ok {
		return nil, fmt.Errorf("%w: no issuer", ErrFormat)
	}
	if alg, ok := payload["_sd_alg"]; ok && alg != "sha-256" {
		return nil, fmt.Errorf("%w: digests by %v", ErrFormat, alg)
	}
	var err error
	if out.Chain, err = chainOf(token.Header); err != nil {
		return nil, err
	}
	if out.Status, err = statusOf(payload); err != nil {
		return nil, err
	}
	out.Holder, err = holderOf(payload)
	return out, err
}

func (v *Verifier) times(payload map[string]any) error {
	for _, name := range []string{"iat", "nbf", "exp"} {
		at, given, err := seconds(payload, name)
		switch {
		case err != nil:
			return err
		case !given:
		case name == "exp" && !v.Now.Add(-v.Leeway).Before(at):
			return fmt.Errorf("%w at %s", ErrExpired, at.UTC().Format(time.RFC3339))
		case name != "exp" && v.Now.Add(v.Leeway).Before(at):
			return fmt.Errorf("%w until %s", ErrNotYet, at.UTC().Format(time.RFC3339))
		}
	}
	return nil
}

// bound checks the key-binding JWT (RFC 9901, 7.3) and fills in the times.
func (v *Verifier) bound(p parts, out *Verified) error {
	out.IssuedAt, _, _ = seconds(out.Claims, "iat") // times has read them
	out.Expires, _, _ = seconds(out.Claims, "exp")
	if v.Binding == nil {
		if out.Holder != nil {
			return fmt.Errorf("%w: it names a holder, so it is not taken from a bearer", ErrBinding)
		}
		return nil
	}
	if p.binding == "" || out.Holder == nil {
		return fmt.Errorf("%w: no key binding", ErrBinding)
	}
	token, err := es256.Read(p.binding)
	switch {
	case err != nil:
		return fmt.Errorf("%w: %w", ErrBinding, err)
	case token.Type != "kb+jwt":
		return fmt.Errorf("%w: the binding says it is something else", ErrBinding)
	case token.Check(out.Holder) != nil:
		return fmt.Errorf("%w: the holder's signature", ErrBinding)
	}
	return v.fresh(token.Claims, join(p.jwt, p.disclosures))
}

func (v *Verifier) fresh(payload map[string]any, presentation string) error {
	at, given, err := seconds(payload, "iat")
	age := v.Now.Sub(at)
	switch {
	case err != nil || !given:
		return fmt.Errorf("%w: it does not say when", ErrBinding)
	case payload["aud"] != v.Binding.Audience:
		return fmt.Errorf("%w: shown to somebody else", ErrBinding)
	case payload["nonce"] != v.Binding.Nonce || v.Binding.Nonce == "":
		return fmt.Errorf("%w: another nonce", ErrBinding)
	case payload["sd_hash"] != digestOf(presentation):
		return fmt.Errorf("%w: other disclosures than those signed for", ErrBinding)
	case age < -v.Leeway || age > v.Binding.MaxAge+v.Leeway:
		return fmt.Errorf("%w: signed %s ago", ErrBinding, age.Round(time.Second))
	}
	return nil
}

func chainOf(header es256.Header) ([]*x509.Certificate, error) {
	raw, ok := header.Extra["x5c"]
	if !ok {
		return nil, nil
	}
	list, ok := raw.([]any)
	if !ok || len(list) > 8 {
		return nil, fmt.Errorf("%w: x5c", ErrFormat)
	}
	var chain []*x509.Certificate
	for _, v := range list {
		text, _ := v.(string) // not text is not base64 either
		der, err := base64.StdEncoding.DecodeString(text)
		if err != nil {
			return nil, fmt.Errorf("%w: x5c", ErrFormat)
		}
		cert, err := x509.ParseCertificate(der)
		if err != nil {
			return nil, fmt.Errorf("%w: x5c: %w", ErrFormat, err)
		}
		chain = append(chain, cert)
	}
	return chain, nil
}

func statusOf(payload map[string]any) (*Status, error) {
	status, ok := payload["status"].(map[string]any)
	if !ok {
		return nil, nil
	}
	list, ok := status["status_list"].(map[string]any)
	if !ok {
		return nil, fmt.Errorf("%w: a status that cannot be looked up", ErrFormat)
	}
	uri, _ := list["uri"].(string)      // empty is refused below
	idx, _ := list["idx"].(json.Number) // as is one that is no number
	n, err := idx.Int64()
	if uri == "" || err != nil || n < 0 {
		return nil, fmt.Errorf("%w: a status that cannot be looked up", ErrFormat)
	}
	return &Status{List: uri, Index: n}, nil
}

func holderOf(payload map[string]any) (crypto.PublicKey, error) {
	cnf, ok := payload["cnf"]
	if !ok {
		return nil, nil
	}
	object, _ := cnf.(map[string]any) // anything else has no jwk
	raw, err := json.Marshal(object["jwk"])
	if err != nil {
		return nil, fmt.Errorf("%w: cnf", ErrFormat)
	}
	var key jose.JSONWebKey
	if err := key.UnmarshalJSON(raw); err != nil || !es256.OnP256(key.Key) {
		return nil, fmt.Errorf("%w: cnf holds no P-256 key", ErrFormat)
	}
	return key.Key, nil
}

// seconds reads a NumericDate (RFC 7519, 2). Fractions are cut off.
func seconds(payload map[string]any, name string) (at time.Time, given bool, err error) {
	raw, ok := payload[name]
	if !ok {
		return time.Time{}, false, nil
	}
	n, ok := raw.(json.Number)
	if !ok {
		return time.Time{}, false, fmt.Errorf("%w: %s is a number of seconds", ErrFormat, name)
	}
	f, err := n.Float64()
	if err != nil || f < 0 || f > 1<<40 {
		return time.Time{}, false, fmt.Errorf("%w: %s is a number of seconds", ErrFormat, name)
	}
	return time.Unix(int64(f), 0), true, nil
}
