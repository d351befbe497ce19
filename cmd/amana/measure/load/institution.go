package load

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"github.com/amana-platform/amana/kernel/web/passkey/passkeytest"
)

// world is everybody who plays.
type world struct {
	Site
	key       *ecdsa.PrivateKey
	transport *http.Transport
	mu        sync.Mutex
	keys      jose.JSONWebKeySet // the provider's, as last read
	at        metadata
	people    []*person
	next      atomic.Int64
	tally     *tally
}

// person is a citizen with their authenticator.
type person struct {
	Citizen
	chip passkeytest.Authenticator
}

// metadata is what an institution reads of discovery.
type metadata struct {
	Issuer    string `json:"issuer"`
	Push      string `json:"pushed_authorization_request_endpoint"`
	Authorize string `json:"authorization_endpoint"`
	Token     string `json:"token_endpoint"`
	Info      string `json:"userinfo_endpoint"`
	Keys      string `json:"jwks_uri"`
}

func newWorld(ctx context.Context, s Site) (*world, error) {
	parsed, err := x509.ParsePKCS8PrivateKey(s.Key)
	if err != nil {
		return nil, err
	}
	key, ok := parsed.(*ecdsa.PrivateKey)
	if !ok {
		return nil, errors.New("load: no P-256 key")
	}
	var d net.Dialer
	w := &world{Site: s, key: key, tally: &tally{steps: map[string]step{}}, transport: &http.Transport{MaxIdleConnsPerHost: 256, DisableCompression: true,
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return d.DialContext(ctx, network, s.Dial)
		}}}
	for _, c := range s.Citizens {
		w.people = append(w.people, &person{Citizen: c, chip: passkeytest.Authenticator{Origin: s.Origin}})
	}
	return w, w.newBrowser().json(ctx, "discovery", http.MethodGet, s.Origin+"/.well-known/openid-configuration", nil, nil, &w.at)
}

// published gives the provider's key of a name; one that is not known is
// looked for once more.
func (w *world) published(ctx context.Context, kid string) (any, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.keys.Key(kid)) == 0 {
		w.keys = jose.JSONWebKeySet{}
		if err := w.newBrowser().json(ctx, "keys", http.MethodGet, w.at.Keys, nil, nil, &w.keys); err != nil {
			return nil, err
		}
	}
	if found := w.keys.Key(kid); len(found) == 1 {
		return found[0], nil
	}
	return nil, fmt.Errorf("load: no key %q", kid)
}

// run is one sign-in from the institution's point of view.
type run struct {
	state, nonce, verifier string
	proof                  *ecdsa.PrivateKey
}

// signIn is one whole sign-in of whoever is next.
func (w *world) signIn(ctx context.Context) error {
	p := w.people[int(w.next.Add(1)-1)%len(w.people)]
	r := run{state: rand.Text(), nonce: rand.Text(), verifier: rand.Text() + rand.Text()}
	var err error
	if r.proof, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		return err
	}
	bank := w.newBrowser()
	address, err := w.push(ctx, bank, r)
	if err != nil {
		return fmt.Errorf("push: %w", err)
	}
	back, err := w.newBrowser().agree(ctx, address, p)
	if err != nil {
		return fmt.Errorf("%s: %w", p.Number, err)
	}
	q := back.Query()
	if q.Get("code") == "" || q.Get("iss") != w.at.Issuer || q.Get("state") != r.state {
		return fmt.Errorf("load: the answer is wrong: %v", q)
	}
	return w.redeem(ctx, bank, r, q.Get("code"))
}

// push pushes the request and gives the address for the browser.
func (w *world) push(ctx context.Context, b *browser, r run) (string, error) {
	sum := sha256.Sum256([]byte(r.verifier))
	form := url.Values{"response_type": {"code"}, "redirect_uri": {w.Redirect}, "scope": {"openid"}, "state": {r.state}, "nonce": {r.nonce}, "prompt": {"consent"},
		"claims": {w.Claims}, "code_challenge": {base64.RawURLEncoding.EncodeToString(sum[:])}, "code_challenge_method": {"S256"}}
	var out struct {
		URI string `json:"request_uri"`
	}
	err := w.post(ctx, b, "1 push", w.at.Push, r, form, &out)
	return w.at.Authorize + "?" + url.Values{"client_id": {w.Client}, "request_uri": {out.URI}}.Encode(), err
}

// redeem turns the code into tokens and checks what they say.
func (w *world) redeem(ctx context.Context, b *browser, r run, code string) error {
	var t struct {
		Access string `json:"access_token"`
		ID     string `json:"id_token"`
		Type   string `json:"token_type"`
	}
	form := url.Values{"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {w.Redirect}, "code_verifier": {r.verifier}}
	if err := w.post(ctx, b, "8 redeem", w.at.Token, r, form, &t); err != nil {
		return err
	}
	if !strings.EqualFold(t.Type, "DPoP") {
		return errors.New("load: the token is bound to nothing")
	}
	subject, err := w.check(ctx, r, t.ID)
	if err != nil {
		return err
	}
	proof, err := prove(r.proof, http.MethodGet, w.at.Info, t.Access)
	if err != nil {
		return err
	}
	info := map[string]any{}
	if err := b.json(ctx, "9 attributes", http.MethodGet, w.at.Info, http.Header{"Authorization": {"DPoP " + t.Access}, "Dpop": {proof}}, nil, &info); err != nil {
		return err
	}
	if info["sub"] != subject {
		return errors.New("load: attributes of another person")
	}
	return has(info, w.InInfo)
}

func has(claims map[string]any, names []string) error {
	for _, n := range names {
		if claims[n] == nil {
			return fmt.Errorf("load: no %s in %v", n, claims)
		}
	}
	return nil
}

// check reads an ID token and gives its subject.
func (w *world) check(ctx context.Context, r run, token string) (string, error) {
	parsed, err := jwt.ParseSigned(token, []jose.SignatureAlgorithm{jose.ES256})
	if err != nil {
		return "", err
	}
	key, err := w.published(ctx, parsed.Headers[0].KeyID)
	if err != nil {
		return "", err
	}
	var known jwt.Claims
	claims := map[string]any{}
	if err := parsed.Claims(key, &known, &claims); err != nil {
		return "", err
	}
	if err := known.Validate(jwt.Expected{Issuer: w.at.Issuer, AnyAudience: jwt.Audience{w.Client}, Time: time.Now()}); err != nil {
		return "", err
	}
	if claims["nonce"] != r.nonce {
		return "", errors.New("load: an ID token of another sign-in")
	}
	return known.Subject, has(claims, w.InToken)
}

// post sends a form as the institution: with an assertion and a proof.
func (w *world) post(ctx context.Context, b *browser, name, address string, r run, form url.Values, out any) error {
	now := time.Now().Unix()
	assertion, err := sign(jose.JSONWebKey{Key: w.key, KeyID: "k1"}, &jose.SignerOptions{},
		map[string]any{"iss": w.Client, "sub": w.Client, "aud": w.at.Issuer, "jti": rand.Text(), "iat": now, "nbf": now, "exp": now + 60})
	if err != nil {
		return err
	}
	proof, err := prove(r.proof, http.MethodPost, address, "")
	if err != nil {
		return err
	}
	form.Set("client_id", w.Client)
	form.Set("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
	form.Set("client_assertion", assertion)
	return b.json(ctx, name, http.MethodPost, address, http.Header{"Content-Type": {formType}, "Dpop": {proof}}, []byte(form.Encode()), out)
}

// prove makes a proof of the key to which tokens are bound (RFC 9449).
func prove(key *ecdsa.PrivateKey, method, address, token string) (string, error) {
	claims := map[string]any{"jti": rand.Text(), "htm": method, "htu": address, "iat": time.Now().Unix()}
	if token != "" {
		sum := sha256.Sum256([]byte(token))
		claims["ath"] = base64.RawURLEncoding.EncodeToString(sum[:])
	}
	return sign(key, (&jose.SignerOptions{EmbedJWK: true}).WithType("dpop+jwt"), claims)
}

func sign(key any, o *jose.SignerOptions, claims map[string]any) (string, error) {
	s, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: key}, o)
	if err != nil {
		return "", err
	}
	raw, err := json.Marshal(claims)
	if err != nil {
		return "", err
	}
	signed, err := s.Sign(raw)
	if err != nil {
		return "", err
	}
	return signed.CompactSerialize()
}
