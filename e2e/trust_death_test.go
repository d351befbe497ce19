package e2e

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	mathrand "math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/kerneltest"
)

// relying is an institution whose citizens sign in with a running program.
type relying struct {
	t   *testing.T
	url string // the issuer
	id  string
	key *ecdsa.PrivateKey
}

// happened is what the program said before it was killed.
type happened struct {
	mu       sync.Mutex
	pushes   []push
	codes    []url.Values // one-time codes from a counter that let somebody in
	agreed   []string     // authorizations whose consent was acknowledged
	redeemed []redemption // codes that gave tokens
	lost     []redemption // redemptions whose answer never came
	left     []*http.Cookie
}

type push struct {
	form  url.Values
	proof string
}

type redemption struct {
	form  url.Values
	proof string
	key   *ecdsa.PrivateKey
}

func (h *happened) note(f func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	f()
}

func nonce() string { return strings.ToLower(rand.Text()) }

func sign(t *testing.T, key *ecdsa.PrivateKey, header map[jose.HeaderKey]any, claims map[string]any) string {
	t.Helper()
	s, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: key}, &jose.SignerOptions{ExtraHeaders: header})
	need(t, err)
	raw, err := jwt.Signed(s).Claims(claims).Serialize()
	need(t, err)
	return raw
}

func newSigningKey(t *testing.T) *ecdsa.PrivateKey {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	need(t, err)
	return key
}

// authenticated adds what proves the institution, fresh each time.
func (b *relying) authenticated(form url.Values) url.Values {
	now := time.Now().Unix()
	out := url.Values{"client_id": {b.id}, "client_assertion_type": {"urn:ietf:params:oauth:client-assertion-type:jwt-bearer"},
		"client_assertion": {sign(b.t, b.key, map[jose.HeaderKey]any{"kid": "k1"}, map[string]any{"iss": b.id, "sub": b.id, "aud": b.url, "jti": nonce(), "iat": now, "exp": now + 200})}}
	for k, v := range form {
		out[k] = v
	}
	return out
}

func (b *relying) proof(key *ecdsa.PrivateKey, path string) string {
	return sign(b.t, key, map[jose.HeaderKey]any{"typ": "dpop+jwt", "jwk": jose.JSONWebKey{Key: &key.PublicKey}},
		map[string]any{"jti": nonce(), "htm": "POST", "htu": b.url + path, "iat": time.Now().Unix()})
}

// ask sends a form as the institution and gives the status and the answer.
func (b *relying) ask(path string, form url.Values, proof string) (int, map[string]any, error) {
	r, err := http.NewRequestWithContext(b.t.Context(), http.MethodPost, b.url+path, strings.NewReader(form.Encode()))
	if err != nil {
		return 0, nil, err
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("DPoP", proof)
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, nil, err
	}
	defer res.Body.Close()
	out := map[string]any{}
	err = json.NewDecoder(res.Body).Decode(&out)
	return res.StatusCode, out, err
}

const formType = "application/x-www-form-urlencoded"

var (
	counterCode  = regexp.MustCompile(`name="code" value="([^"]+)"`)
	consentForm  = regexp.MustCompile(`action="(/oidc/authorize/([^"]+))"`)
	citizensDoor = "/citizen/sign-in"
)

// rush signs a citizen in, again and again, until the program is gone.
func (b *relying) rush(number string, h *happened) {
	for b.once(number, h) == nil {
	}
}

// once is one citizen's visit: a code at the counter, a sign-in with the
// institution, and the way out. An error: the program does not answer.
func (b *relying) once(number string, h *happened) error {
	c := kerneltest.NewClient(b.t, b.url)
	if err := b.enter(c, number, h); err != nil {
		return err
	}
	r := redemption{key: newSigningKey(b.t)}
	verifier := nonce() + nonce()
	sum := sha256.Sum256([]byte(verifier))
	p := push{b.authenticated(url.Values{"response_type": {"code"}, "redirect_uri": {"https://deadly.example/back"}, "scope": {"openid"}, "state": {nonce()}, "nonce": {nonce()}, "prompt": {"consent"},
		"claims": {`{"id_token":{"age_over_18":{"essential":true}}}`}, "code_challenge": {base64.RawURLEncoding.EncodeToString(sum[:])}, "code_challenge_method": {"S256"}}), b.proof(r.key, "/oidc/par")}
	status, answer, err := b.ask("/oidc/par", p.form, p.proof)
	if err != nil {
		return err
	}
	uri, _ := answer["request_uri"].(string)
	if status != http.StatusCreated {
		return fmt.Errorf("no request: %d %v", status, answer)
	}
	h.note(func() { h.pushes = append(h.pushes, p) })
	page, err := c.Try(http.MethodGet, "/oidc/authorize?"+url.Values{"client_id": {b.id}, "request_uri": {uri}}.Encode(), "", nil)
	if err != nil {
		return err
	}
	form := consentForm.FindStringSubmatch(string(page.Body))
	if form == nil {
		return fmt.Errorf("no consent page: %d %s", page.Status, page.Header.Get("Location"))
	}
	if page, err = c.Try(http.MethodPost, form[1], formType, strings.NewReader(url.Values{"answer": {"agree"}}.Encode())); err != nil {
		return err
	}
	back, err := url.Parse(page.Header.Get("Location"))
	if err != nil || back.Query().Get("code") == "" {
		return fmt.Errorf("no code: %d %s", page.Status, back)
	}
	h.note(func() { h.agreed = append(h.agreed, form[2]) })
	r.form = url.Values{"grant_type": {"authorization_code"}, "code": {back.Query().Get("code")}, "redirect_uri": {"https://deadly.example/back"}, "code_verifier": {verifier}}
	r.proof = b.proof(r.key, "/oidc/token")
	status, _, err = b.ask("/oidc/token", b.authenticated(r.form), r.proof)
	if err != nil {
		h.note(func() { h.lost = append(h.lost, r) })
		return err
	}
	if status == http.StatusOK {
		h.note(func() { h.redeemed = append(h.redeemed, r) })
	}
	return b.leave(c, h)
}

// enter lets a citizen in with a code that the simulated counter gives.
func (b *relying) enter(c *kerneltest.Client, number string, h *happened) error {
	page, err := c.Try(http.MethodPost, "/citizen/simulator/counter", formType, strings.NewReader(url.Values{"number": {number}}.Encode()))
	if err != nil {
		return err
	}
	code := counterCode.FindStringSubmatch(string(page.Body))
	if code == nil {
		return fmt.Errorf("no code at the counter: %d", page.Status)
	}
	form := url.Values{"number": {number}, "code": {code[1]}, "return": {"/citizen"}}
	if page, err = c.Try(http.MethodPost, citizensDoor, formType, strings.NewReader(form.Encode())); err != nil {
		return err
	}
	if page.Status != http.StatusSeeOther {
		return fmt.Errorf("not let in: %d", page.Status)
	}
	h.note(func() { h.codes = append(h.codes, form) })
	return nil
}

// leave signs the citizen out.
func (b *relying) leave(c *kerneltest.Client, h *happened) error {
	cookie := c.Cookie("amana-citizen")
	page, err := c.Try(http.MethodPost, "/citizen/sign-out", formType, strings.NewReader(""))
	if err == nil && page.Status == http.StatusSeeOther {
		h.note(func() { h.left = append(h.left, cookie) })
	}
	return err
}

// again tries everything once more on the program that came after, and gives how
// many redemptions whose answer was lost were still open.
func (b *relying) again(h *happened) (late int) {
	want := func(what, path string, form url.Values, proof string, codes ...string) bool {
		status, answer, err := b.ask(path, form, proof)
		need(b.t, err)
		code, _ := answer["error"].(string)
		if status != http.StatusOK && strings.Contains(strings.Join(codes, " "), code) && code != "" {
			return true
		}
		if what != "" {
			b.t.Errorf("%s is accepted twice, or not refused as it should be: %d %v", what, status, answer)
		}
		return false
	}
	for _, p := range h.pushes {
		want("an assertion", "/oidc/par", p.form, b.proof(newSigningKey(b.t), "/oidc/par"), "invalid_client")
		fresh := b.authenticated(nil)
		for k, v := range p.form {
			if fresh.Get(k) == "" {
				fresh[k] = v
			}
		}
		want("a proof", "/oidc/par", fresh, p.proof, "invalid_dpop_proof")
	}
	for _, r := range h.redeemed {
		want("the proof of a redemption", "/oidc/token", b.authenticated(r.form), r.proof, "invalid_dpop_proof", "invalid_grant")
		want("a code", "/oidc/token", b.authenticated(r.form), b.proof(r.key, "/oidc/token"), "invalid_grant")
	}
	for _, r := range h.lost {
		if !want("", "/oidc/token", b.authenticated(r.form), b.proof(r.key, "/oidc/token"), "invalid_grant") {
			late++
		}
		want("a code whose answer was lost", "/oidc/token", b.authenticated(r.form), b.proof(r.key, "/oidc/token"), "invalid_grant")
	}
	for _, form := range h.codes {
		if p := kerneltest.NewClient(b.t, b.url).Post(citizensDoor, form); p.Status == http.StatusSeeOther {
			b.t.Error("a code of a counter lets somebody in twice")
		}
	}
	for _, cookie := range h.left {
		c := kerneltest.NewClient(b.t, b.url)
		c.Hold(cookie)
		if p := c.Get("/citizen"); p.Status == http.StatusOK {
			b.t.Error("a session that was left is open again")
		}
	}
	return late
}

// newRelying registers the institution at a host, as the two persons it takes;
// more is what it states beside the usual.
func newRelying(t *testing.T, s *service, key *ecdsa.PrivateKey, host string, more ...string) string {
	t.Helper()
	keys, err := json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: &key.PublicKey, KeyID: "k1"}}})
	need(t, err)
	stated := url.Values{"basis": {"contract"}, "ceiling": {"age_over_18"}, "level": {"1"}, "retention": {"none"}, "contact": {"Rabat"}, "redirects": {"https://" + host + "/back"}, "keys": {string(keys)}}
	for _, name := range more {
		stated.Set(name, "yes")
	}
	for _, lang := range []string{"ar", "fr", "en"} {
		stated.Set("name_"+lang, "Deadly Bank")
		stated.Set("purpose_"+lang, "signing in while it dies")
	}
	if p := kerneltest.NewClient(t, s.url).Post("/institutions/apply", stated); p.Status != http.StatusOK {
		t.Fatalf("not applied: %d %v", p.Status, p.Errors())
	}
	db := hand(t, s.data, "amana.db")
	defer db.Close()
	id := one[string](t, db, "select id from trust_institutions where host = $1", host)
	for _, step := range [][2]string{{"administrator", "examine"}, {"inspector", "approve"}} {
		if p := s.as(step[0]).Post("/trust/institutions/"+id+"/"+step[1], url.Values{"version": {"1"}, "finding": {"seen"}}); p.Status != http.StatusSeeOther {
			t.Fatalf("%s: %d %s", step[1], p.Status, p.Heading())
		}
	}
	return id
}

// freeAddress is one that a program can be started at again and again.
func freeAddress(t *testing.T) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	need(t, err)
	defer l.Close()
	return l.Addr().String()
}

// localhost is the issuer of a program that listens at an address.
func localhost(t *testing.T, at string) string {
	_, port, err := net.SplitHostPort(at)
	need(t, err)
	return "http://localhost:" + port
}

// TestNothingHappensTwiceAcrossDeaths kills the whole program while citizens
// sign in with an institution, redeem, and sign out, and starts it again on what
// it left: no code of the protocol or of a counter, no assertion, no proof and no
// session that was left is accepted again, and no consent that was acknowledged
// is lost.
func TestNothingHappensTwiceAcrossDeaths(t *testing.T) {
	data, at := folder(t), freeAddress(t)
	start := func() *service { return serve(t, data, "--listen", at) }
	s := start()
	b := &relying{t: t, url: localhost(t, at), key: newSigningKey(t)}
	b.id = newRelying(t, s, b.key, "deadly.example")
	numbers := kerneltest.NewClient(t, s.url).Get("/citizen/simulator/counter").Options("number")
	all := &happened{}
	released := 0
	for range fewKills(t) {
		h := &happened{}
		var visits sync.WaitGroup
		for i := range 3 {
			visits.Go(func() { b.rush(numbers[i%len(numbers)], h) })
		}
		time.Sleep(time.Duration(500+mathrand.IntN(900)) * time.Millisecond)
		s.kill()
		visits.Wait()
		s = start()
		released += len(h.redeemed) + b.again(h)
		all.agreed = append(all.agreed, h.agreed...)
		all.codes = append(all.codes, h.codes...)
		all.left = append(all.left, h.left...)
	}
	s.stop()
	db := hand(t, data, "amana.db")
	defer db.Close()
	for _, authorization := range all.agreed {
		if n := one[int](t, db, "select count(*) from trust_consents where id = $1", string(ident.Derive("trust consent", authorization))); n != 1 {
			t.Errorf("the consent of %s is there %d times", authorization, n)
		}
	}
	if n := one[int](t, db, "select count(*) from trust_verifications where institution = $1 and result = 'released'", b.id); n < released || released == 0 {
		t.Errorf("%d verifications in the record, %d were told", n, released)
	}
	wantClean(t, "--data", data)
	t.Logf("%d sign-ins at a counter, %d consents, %d redemptions, %d ways out, in %d lives", len(all.codes), len(all.agreed), released, len(all.left), fewKills(t))
}
