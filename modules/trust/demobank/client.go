package demobank

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

// client is the bank's side of the protocol.
type client struct {
	issuer   string
	id       string
	key      ed25519.PrivateKey // proves the bank
	redirect string
	http     *http.Client
}

// metadata is what the bank reads of discovery.
type metadata struct {
	Issuer    string `json:"issuer"`
	Push      string `json:"pushed_authorization_request_endpoint"`
	Authorize string `json:"authorization_endpoint"`
	Token     string `json:"token_endpoint"`
	Info      string `json:"userinfo_endpoint"`
	Keys      string `json:"jwks_uri"`
	End       string `json:"end_session_endpoint"`
	Ask       string `json:"backchannel_authentication_endpoint"`
}

// run is one sign-in from the bank's point of view.
type run struct {
	state, nonce, verifier string
	proof                  *ecdsa.PrivateKey
	until                  time.Time
}

// refusal is what the provider answers instead.
type refusal struct {
	Code        string `json:"error"`
	Description string `json:"error_description"`
}

// Error gives both.
func (r refusal) Error() string { return r.Code + ": " + r.Description }

func newRun(until time.Time) (*run, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	return &run{state: rand.Text(), nonce: rand.Text(), verifier: rand.Text() + rand.Text(), proof: key, until: until}, err
}

func s256(text string) string {
	sum := sha256.Sum256([]byte(text))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// discover reads what the provider says of itself.
func (c *client) discover(ctx context.Context) (m metadata, err error) {
	err = c.get(ctx, c.issuer+"/.well-known/openid-configuration", "", "", &m)
	if err == nil && m.Issuer != c.issuer {
		err = errors.New("demobank: another issuer answers")
	}
	return m, err
}

// assertion proves the bank (RFC 7523).
func (c *client) assertion() (string, error) {
	s, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.EdDSA, Key: jose.JSONWebKey{Key: c.key, KeyID: "demo"}}, nil)
	if err != nil {
		return "", err
	}
	now := time.Now()
	return jwt.Signed(s).Claims(map[string]any{"iss": c.id, "sub": c.id, "aud": c.issuer, "jti": rand.Text(), "iat": now.Unix(), "exp": now.Add(time.Minute).Unix()}).Serialize()
}

// prove makes a proof of the key to which tokens are bound (RFC 9449).
func prove(key *ecdsa.PrivateKey, method, address, token string) (string, error) {
	s, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: key}, (&jose.SignerOptions{EmbedJWK: true}).WithType("dpop+jwt"))
	if err != nil {
		return "", err
	}
	claims := map[string]any{"jti": rand.Text(), "htm": method, "htu": address, "iat": time.Now().Unix()}
	if token != "" {
		claims["ath"] = s256(token)
	}
	return jwt.Signed(s).Claims(claims).Serialize()
}

// push pushes what the bank asks and gives the address for the browser.
func (c *client) push(ctx context.Context, m metadata, r *run, claims string) (string, error) {
	var out struct {
		URI string `json:"request_uri"`
	}
	err := c.post(ctx, m.Push, r.proof, url.Values{"response_type": {"code"}, "redirect_uri": {c.redirect}, "scope": {"openid"}, "state": {r.state}, "nonce": {r.nonce},
		"code_challenge": {s256(r.verifier)}, "code_challenge_method": {"S256"}, "claims": {claims}}, &out)
	return m.Authorize + "?" + url.Values{"client_id": {c.id}, "request_uri": {out.URI}}.Encode(), err
}

// tokens are what a sign-in gives.
type tokens struct {
	Access string `json:"access_token"`
	ID     string `json:"id_token"`
	Type   string `json:"token_type"`
}

// redeem turns a code into tokens and what the ID token says, checked.
func (c *client) redeem(ctx context.Context, m metadata, r *run, form url.Values) (tokens, map[string]any, error) {
	var t tokens
	if err := c.post(ctx, m.Token, r.proof, form, &t); err != nil {
		return t, nil, err
	}
	if !strings.EqualFold(t.Type, "DPoP") {
		return t, nil, errors.New("demobank: the token is bound to nothing")
	}
	claims, err := c.read(ctx, m, t.ID)
	if err == nil && r.nonce != "" && claims["nonce"] != r.nonce {
		err = errors.New("demobank: the ID token is of another sign-in")
	}
	return t, claims, err
}

// read checks a token of the provider for the bank.
func (c *client) read(ctx context.Context, m metadata, token string) (map[string]any, error) {
	var keys jose.JSONWebKeySet
	if err := c.get(ctx, m.Keys, "", "", &keys); err != nil {
		return nil, err
	}
	parsed, err := jwt.ParseSigned(token, []jose.SignatureAlgorithm{jose.ES256})
	if err != nil {
		return nil, err
	}
	var known jwt.Claims
	claims := map[string]any{}
	if err := parsed.Claims(keys, &known, &claims); err != nil {
		return nil, err
	}
	return claims, known.Validate(jwt.Expected{Issuer: c.issuer, AnyAudience: jwt.Audience{c.id}, Time: time.Now()})
}

// info asks for the attributes that are not in the ID token.
func (c *client) info(ctx context.Context, m metadata, r *run, t tokens) (out map[string]any, err error) {
	proof, err := prove(r.proof, http.MethodGet, m.Info, t.Access)
	if err != nil {
		return nil, err
	}
	return out, c.get(ctx, m.Info, t.Access, proof, &out)
}

func (c *client) get(ctx context.Context, address, token, proof string, out any) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return err
	}
	if token != "" {
		r.Header.Set("Authorization", "DPoP "+token)
		r.Header.Set("DPoP", proof)
	}
	return c.do(r, out)
}

// asProgram asks what the bank may ask for itself, by a token that is bound to
// the key of a run.
func (c *client) asProgram(ctx context.Context, run *run, t tokens, method, address string, body, out any) error {
	var raw []byte
	if body != nil {
		var err error
		if raw, err = json.Marshal(body); err != nil {
			return err
		}
	}
	r, err := http.NewRequestWithContext(ctx, method, address, bytes.NewReader(raw))
	if err != nil {
		return err
	}
	proof, err := prove(run.proof, method, address, t.Access)
	if err != nil {
		return err
	}
	r.Header.Set("Authorization", "DPoP "+t.Access)
	r.Header.Set("DPoP", proof)
	r.Header.Set("Content-Type", "application/json")
	return c.do(r, out)
}

func (c *client) post(ctx context.Context, address string, key *ecdsa.PrivateKey, form url.Values, out any) error {
	assertion, err := c.assertion()
	if err != nil {
		return err
	}
	form.Set("client_id", c.id)
	form.Set("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
	form.Set("client_assertion", assertion)
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, address, strings.NewReader(form.Encode()))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if key != nil {
		proof, err := prove(key, http.MethodPost, address, "")
		if err != nil {
			return err
		}
		r.Header.Set("DPoP", proof)
	}
	return c.do(r, out)
}

// do sends a request and reads a JSON answer, or the refusal.
func (c *client) do(r *http.Request, out any) error {
	res, err := c.http.Do(r)
	if err != nil {
		return err
	}
	defer func() { _ = res.Body.Close() }()
	raw, err := io.ReadAll(io.LimitReader(res.Body, 1<<20))
	if err != nil {
		return err
	}
	if res.StatusCode >= http.StatusBadRequest {
		var no refusal
		if json.Unmarshal(raw, &no) == nil && no.Code != "" {
			return no
		}
		return fmt.Errorf("demobank: status %d", res.StatusCode)
	}
	return json.Unmarshal(raw, out)
}
