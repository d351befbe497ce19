package trust

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/modules/trust/provider"
)

// bank is an institution's program: it does what the profile wants, and each
// step can be spoilt.
type bank struct {
	h        *house
	id       ident.ID
	code     string
	redirect string
	key      *ecdsa.PrivateKey // proves the client
	kid      string
	proof    *ecdsa.PrivateKey // DPoP
	http     *http.Client
	verifier string
	state    string
	nonce    string
}

func newKey(t testing.TB) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// keySet is the JWK set of a bank's key.
func keySet(t testing.TB, key *ecdsa.PrivateKey, kid string) string {
	t.Helper()
	raw, err := json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: &key.PublicKey, KeyID: kid, Algorithm: "ES256", Use: "sig"}}})
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// stated is what the bank of the tests registers.
func stated(host, keys string) Registration {
	return Registration{
		Name: [3]string{"بنك الاختبار", "Banque d'essai", "Trial Bank"}, Purpose: [3]string{"فتح حساب عن بعد", "ouvrir un compte à distance", "opening an account at a distance"},
		Basis: "contract with the customer", Ceiling: []string{"given_name", "family_name", "birthdate", "age_over_18", residentOf}, Level: 2, Retention: "five years", Contact: "Bank, Rabat",
		Redirects: []string{"https://" + host + "/back", "https://" + host + "/other?x=1"}, PostLogouts: []string{"https://" + host + "/bye"}, Backchannel: "https://" + host + "/ended", Keys: keys,
	}
}

// newBank registers and approves a bank; a sandbox is one that was not approved.
func (h *house) newBank(host string, sandbox bool) *bank {
	h.t.Helper()
	b := &bank{h: h, redirect: "https://" + host + "/back", key: newKey(h.t), kid: "k1", proof: newKey(h.t)}
	b.http = &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	b.id, b.code = h.apply(stated(host, keySet(h.t, b.key, b.kid)), sandbox)
	if !sandbox {
		h.approve(b.id)
	}
	return b
}

func (b *bank) url(path string) string { return b.h.server.URL + path }

func random() string { return strings.ToLower(rand.Text() + rand.Text()) }

func sign(t testing.TB, key any, alg jose.SignatureAlgorithm, header map[jose.HeaderKey]any, claims any) string {
	t.Helper()
	o := &jose.SignerOptions{ExtraHeaders: header}
	s, err := jose.NewSigner(jose.SigningKey{Algorithm: alg, Key: key}, o)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := jwt.Signed(s).Claims(claims).Serialize()
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// assertion is a client assertion; change spoils its claims.
func (b *bank) assertion(change ...func(map[string]any)) string {
	now := time.Now().Unix()
	claims := map[string]any{"iss": string(b.id), "sub": string(b.id), "aud": b.h.issuer, "jti": random(), "iat": now, "exp": now + 60}
	for _, f := range change {
		f(claims)
	}
	return sign(b.h.t, b.key, jose.ES256, map[jose.HeaderKey]any{"kid": b.kid}, claims)
}

// dpop is a proof for one request; change spoils its claims.
func (b *bank) dpop(method, address, token string, change ...func(map[string]any)) string {
	claims := map[string]any{"jti": random(), "htm": method, "htu": address, "iat": time.Now().Unix()}
	if token != "" {
		sum := sha256.Sum256([]byte(token))
		claims["ath"] = base64.RawURLEncoding.EncodeToString(sum[:])
	}
	for _, f := range change {
		f(claims)
	}
	return sign(b.h.t, b.proof, jose.ES256, map[jose.HeaderKey]any{"typ": "dpop+jwt", "jwk": jose.JSONWebKey{Key: &b.proof.PublicKey}}, claims)
}

// answer is what a program was told.
type answer struct {
	status int
	header http.Header
	body   map[string]any
	raw    string
}

func (a answer) code() string { s, _ := a.body["error"].(string); return s }

func (b *bank) do(r *http.Request) answer {
	b.h.t.Helper()
	a, err := b.try(r)
	if err != nil {
		b.h.t.Fatal(err)
	}
	return a
}

// try asks somebody who may be gone.
func (b *bank) try(r *http.Request) (answer, error) {
	res, err := b.http.Do(r)
	if err != nil {
		return answer{}, err
	}
	defer func() { _ = res.Body.Close() }()
	raw, err := io.ReadAll(res.Body)
	a := answer{status: res.StatusCode, header: res.Header, raw: string(raw)}
	_ = json.Unmarshal(raw, &a.body) // a page has none
	return a, err
}

// post sends a form with a proof, if there is one.
func (b *bank) post(path string, form url.Values, proofs ...string) answer {
	b.h.t.Helper()
	r, err := http.NewRequestWithContext(b.h.t.Context(), http.MethodPost, b.url(path), strings.NewReader(form.Encode()))
	if err != nil {
		b.h.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for _, p := range proofs {
		r.Header.Add("DPoP", p)
	}
	return b.do(r)
}

// request is a pushed request as it should be.
func (b *bank) request(claims string) url.Values {
	b.verifier, b.state, b.nonce = random(), random(), random()
	sum := sha256.Sum256([]byte(b.verifier))
	form := url.Values{"client_id": {string(b.id)}, "client_assertion_type": {"urn:ietf:params:oauth:client-assertion-type:jwt-bearer"}, "client_assertion": {b.assertion()},
		"response_type": {"code"}, "redirect_uri": {b.redirect}, "scope": {"openid"}, "state": {b.state}, "nonce": {b.nonce},
		"code_challenge": {base64.RawURLEncoding.EncodeToString(sum[:])}, "code_challenge_method": {"S256"}}
	if claims != "" {
		form.Set("claims", claims)
	}
	return form
}

// push pushes a request and gives the address for the browser.
func (b *bank) push(form url.Values) string {
	b.h.t.Helper()
	a := b.post(provider.PathPush, form)
	uri, _ := a.body["request_uri"].(string)
	if a.status != http.StatusCreated || uri == "" {
		b.h.t.Fatalf("no request_uri: %d %s", a.status, a.raw)
	}
	return b.url(provider.PathAuthorize) + "?" + url.Values{"client_id": {string(b.id)}, "request_uri": {uri}}.Encode()
}

// browse opens an address as a citizen's browser does.
func (b *bank) browse(address string, cookie *http.Cookie, form url.Values) answer {
	b.h.t.Helper()
	method, body := http.MethodGet, io.Reader(nil)
	if form != nil {
		method, body = http.MethodPost, strings.NewReader(form.Encode())
	}
	r, err := http.NewRequestWithContext(b.h.t.Context(), method, address, body)
	if err != nil {
		b.h.t.Fatal(err)
	}
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if cookie != nil {
		r.AddCookie(cookie)
	}
	return b.do(r)
}

var formAction = regexp.MustCompile(`action="(/oidc/authorize/[^"]+)"`)

// answerPage agrees or refuses on the page that an address shows.
func (b *bank) answerPage(page answer, cookie *http.Cookie, form url.Values) answer {
	b.h.t.Helper()
	m := formAction.FindStringSubmatch(page.raw)
	if m == nil {
		b.h.t.Fatalf("no form: %d %s %s", page.status, page.header.Get("Location"), page.raw)
	}
	return b.browse(b.url(m[1]), cookie, form)
}

// back reads the answer that came to the redirect address.
func (b *bank) back(a answer) url.Values {
	b.h.t.Helper()
	u, err := url.Parse(a.header.Get("Location"))
	if err != nil || a.status != http.StatusSeeOther || !strings.HasPrefix(u.String(), b.redirect) {
		b.h.t.Fatalf("not sent back: %d %q %s", a.status, a.header.Get("Location"), a.raw)
	}
	q := u.Query()
	if q.Get("iss") != b.h.issuer || q.Get("state") != b.state {
		b.h.t.Fatalf("iss or state is wrong: %v", q)
	}
	return q
}

// agree runs an authorization to its code, agreeing to what is ticked.
func (b *bank) agree(cookie *http.Cookie, claims string, ticked ...string) string {
	b.h.t.Helper()
	page := b.browse(b.push(b.request(claims)), cookie, nil)
	if page.status == http.StatusOK {
		page = b.answerPage(page, cookie, url.Values{"answer": {"agree"}, "claim": ticked})
	}
	code := b.back(page).Get("code")
	if code == "" {
		b.h.t.Fatalf("no code: %s", page.header.Get("Location"))
	}
	return code
}

// redemption is a token request as it should be.
func (b *bank) redemption(code string) url.Values {
	return url.Values{"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {b.redirect}, "code_verifier": {b.verifier}, "client_id": {string(b.id)},
		"client_assertion_type": {"urn:ietf:params:oauth:client-assertion-type:jwt-bearer"}, "client_assertion": {b.assertion()}}
}

func (b *bank) redeem(form url.Values) answer {
	b.h.t.Helper()
	return b.post(provider.PathToken, form, b.dpop("POST", b.url(provider.PathToken), ""))
}

// tokens redeems a code and gives the tokens and the ID token's claims, checked
// against the published keys.
func (b *bank) tokens(code string) (access string, claims map[string]any) {
	b.h.t.Helper()
	a := b.redeem(b.redemption(code))
	if a.status != http.StatusOK {
		b.h.t.Fatalf("no tokens: %d %s", a.status, a.raw)
	}
	access, _ = a.body["access_token"].(string)
	idToken, _ := a.body["id_token"].(string)
	if a.body["token_type"] != "DPoP" || access == "" {
		b.h.t.Fatalf("not bound: %s", a.raw)
	}
	return access, b.readToken(idToken)
}

func (b *bank) readToken(token string) map[string]any {
	b.h.t.Helper()
	var set jose.JSONWebKeySet
	if err := json.Unmarshal([]byte(b.browse(b.url(provider.PathKeys), nil, nil).raw), &set); err != nil {
		b.h.t.Fatal(err)
	}
	parsed, err := jwt.ParseSigned(token, []jose.SignatureAlgorithm{jose.ES256})
	if err != nil {
		b.h.t.Fatal(err)
	}
	claims := map[string]any{}
	if err := parsed.Claims(set, &claims); err != nil {
		b.h.t.Fatal(err)
	}
	return claims
}

// info asks the userinfo endpoint.
func (b *bank) info(access string, proofs ...string) answer {
	b.h.t.Helper()
	if proofs == nil {
		proofs = []string{b.dpop("GET", b.url(provider.PathInfo), access)}
	}
	r, err := http.NewRequestWithContext(b.h.t.Context(), http.MethodGet, b.url(provider.PathInfo), nil)
	if err != nil {
		b.h.t.Fatal(err)
	}
	r.Header.Set("Authorization", "DPoP "+access)
	for _, p := range proofs {
		r.Header.Add("DPoP", p)
	}
	return b.do(r)
}

func with(form url.Values, pairs ...string) url.Values {
	out := maps.Clone(form)
	for i := 0; i < len(pairs); i += 2 {
		out.Set(pairs[i], pairs[i+1])
	}
	return out
}

func without(form url.Values, names ...string) url.Values {
	out := maps.Clone(form)
	for _, n := range names {
		out.Del(n)
	}
	return out
}

// thumbprint names a key as dpop_jkt does.
func thumbprint(t testing.TB, key *ecdsa.PrivateKey) string {
	t.Helper()
	kid, err := provider.KeyID(&key.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	return kid
}
