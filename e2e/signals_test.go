package e2e

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"github.com/amana-platform/amana/kernel/kerneltest"
	"github.com/amana-platform/amana/modules/trust/signals"
)

// program is an institution's own program, outside of the service.
type program struct {
	t      testing.TB
	issuer string
	id     string
	key    crypto.Signer // proves the institution
	alg    jose.SignatureAlgorithm
	kid    string
	proof  *ecdsa.PrivateKey
	token  string
}

func p256(t testing.TB) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func (p *program) signed(key any, alg jose.SignatureAlgorithm, o *jose.SignerOptions, claims any) string {
	p.t.Helper()
	s, err := jose.NewSigner(jose.SigningKey{Algorithm: alg, Key: key}, o)
	if err != nil {
		p.t.Fatal(err)
	}
	raw, err := jwt.Signed(s).Claims(claims).Serialize()
	if err != nil {
		p.t.Fatal(err)
	}
	return raw
}

// send asks the service, with a proof, and the token if there is one.
func (p *program) send(method, path, contentType string, body []byte, out any) int {
	p.t.Helper()
	r, err := http.NewRequestWithContext(p.t.Context(), method, p.issuer+path, bytes.NewReader(body))
	if err != nil {
		p.t.Fatal(err)
	}
	claims := map[string]any{"jti": rand.Text(), "htm": method, "htu": p.issuer + strings.Split(path, "?")[0], "iat": time.Now().Unix()}
	if p.token != "" {
		sum := sha256.Sum256([]byte(p.token))
		claims["ath"] = base64.RawURLEncoding.EncodeToString(sum[:])
		r.Header.Set("Authorization", "DPoP "+p.token)
	}
	r.Header.Set("DPoP", p.signed(p.proof, jose.ES256, (&jose.SignerOptions{EmbedJWK: true}).WithType("dpop+jwt"), claims))
	r.Header.Set("Content-Type", contentType)
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		p.t.Fatal(err)
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err == nil && out != nil && json.Unmarshal(raw, out) != nil {
		p.t.Fatalf("%s %s: %d %s", method, path, res.StatusCode, raw)
	}
	return res.StatusCode
}

// begin gets a token of the program's own.
func (p *program) begin() {
	p.t.Helper()
	p.token = ""
	now := time.Now().Unix()
	assertion := p.signed(jose.JSONWebKey{Key: p.key, KeyID: p.kid}, p.alg, nil, map[string]any{"iss": p.id, "sub": p.id, "aud": p.issuer, "jti": rand.Text(), "iat": now, "exp": now + 60})
	var about struct{ Issuer string }
	if status := p.send("GET", "/.well-known/openid-configuration", "", nil, &about); status != http.StatusOK || about.Issuer != p.issuer {
		p.t.Fatalf("%d: the issuer at %s is %s", status, p.issuer, about.Issuer)
	}
	form := url.Values{"grant_type": {"client_credentials"}, "scope": {"ssf.manage"}, "client_id": {p.id},
		"client_assertion_type": {"urn:ietf:params:oauth:client-assertion-type:jwt-bearer"}, "client_assertion": {assertion}}
	var got struct {
		Token       string `json:"access_token"`
		Error       string
		Description string `json:"error_description"`
	}
	if status := p.send("POST", "/oidc/token", "application/x-www-form-urlencoded", []byte(form.Encode()), &got); status != http.StatusOK || got.Token == "" {
		p.t.Fatalf("no token: %d %+v", status, got)
	}
	p.token = got.Token
}

func (p *program) json(method, path string, body, out any) int {
	p.t.Helper()
	raw, err := json.Marshal(body)
	if err != nil {
		p.t.Fatal(err)
	}
	return p.send(method, path, "application/json", raw, out)
}

// kindsOf gives the events of the tokens of a poll.
func kindsOf(t testing.TB, sets map[string]string) []string {
	t.Helper()
	var kinds []string
	for jti, set := range sets {
		token, err := jwt.ParseSigned(set, []jose.SignatureAlgorithm{jose.ES256})
		if err != nil {
			t.Fatal(err)
		}
		var claims struct {
			ID     string                     `json:"jti"`
			Events map[string]json.RawMessage `json:"events"`
		}
		if err := token.UnsafeClaimsWithoutVerification(&claims); err != nil || claims.ID != jti {
			t.Fatal(claims.ID, err)
		}
		for kind := range claims.Events {
			kinds = append(kinds, kind)
		}
	}
	slices.Sort(kinds)
	return kinds
}

// receiver is where a bank is pushed events, in the order in which they came.
type receiver struct {
	mu     sync.Mutex
	states []string // of verifications
	seen   map[string]int
	off    bool
}

// ServeHTTP takes a token, if the receiver is not off.
func (r *receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	r.mu.Lock()
	defer r.mu.Unlock()
	raw, err := io.ReadAll(req.Body)
	if err != nil || r.off {
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	token, err := jwt.ParseSigned(string(raw), []jose.SignatureAlgorithm{jose.ES256})
	var claims struct {
		ID     string                       `json:"jti"`
		Events map[string]map[string]string `json:"events"`
	}
	if err != nil || token.UnsafeClaimsWithoutVerification(&claims) != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	if r.seen[claims.ID]++; r.seen[claims.ID] == 1 { // RFC 8935 2: whoever gets it again takes it again, and does nothing
		r.states = append(r.states, claims.Events[signals.Verification]["state"])
	}
	w.WriteHeader(http.StatusAccepted)
}

func (r *receiver) took() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.states)
}

// TestEventsSurviveDeath: what a bank was promised to be told reaches it in
// order and once per identifier, although its receiver is off and the service
// is killed again and again.
func TestEventsSurviveDeath(t *testing.T) {
	data := folder(t)
	to := &receiver{seen: map[string]int{}, off: true}
	bank := httptest.NewServer(to)
	t.Cleanup(bank.Close)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String() // the issuer's, so it stays
	listener.Close()
	issuer := "http://localhost" + strings.TrimPrefix(address, "127.0.0.1")
	s := serve(t, data, "--listen", address)
	key := p256(t)
	keys, err := json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: &key.PublicKey, KeyID: "k1"}}})
	if err != nil {
		t.Fatal(err)
	}
	applied := kerneltest.NewClient(t, s.url).Post("/institutions/apply", url.Values{"sandbox": {"on"}, "name_ar": {"بنك"}, "name_fr": {"Banque"}, "name_en": {"Bank"}, "purpose_ar": {"اختبار الأحداث عن بعد"},
		"purpose_fr": {"essai des événements"}, "purpose_en": {"trial of events"}, "basis": {"none"}, "level": {"1"}, "retention": {"none"}, "contact": {"none"}, "redirects": {bank.URL + "/back"}, "keys": {string(keys)}})
	db := hand(t, data, "amana.db")
	id := one[string](t, db, "select id from trust_institutions where sandbox order by applied_at desc limit 1")
	db.Close()
	if applied.Status != http.StatusOK || id == "" {
		t.Fatalf("%d %s", applied.Status, applied.Text())
	}
	p := &program{t: t, issuer: issuer, id: id, key: key, alg: jose.ES256, kid: "k1", proof: p256(t)}
	p.begin()
	var stream signals.Document
	if status := p.json("POST", "/ssf/streams", signals.Wanted{Delivery: &signals.Delivery{Method: signals.Push, Address: bank.URL + "/events"}}, &stream); status != http.StatusCreated {
		t.Fatalf("%d", status)
	}
	var want []string
	for round := range fewKills(t) {
		for n := range 2 {
			state := fmt.Sprintf("%d-%d", round, n)
			if status := p.json("POST", "/ssf/verify", signals.Check{ID: stream.ID, State: state}, nil); status != http.StatusNoContent {
				t.Fatalf("%s: %d", state, status)
			}
			want = append(want, state)
		}
		s.kill()
		s = serve(t, data, "--listen", address)
		p.begin()
	}
	to.mu.Lock()
	to.off = false
	to.mu.Unlock()
	for end := time.Now().Add(30 * time.Second); len(to.took()) < len(want) && time.Now().Before(end); {
		time.Sleep(50 * time.Millisecond)
	}
	if got := to.took(); !slices.Equal(got, want) {
		t.Errorf("the bank was told %q, want %q", got, want)
	}
	s.stop()
	wantClean(t, "--data", data)
}

// TestARevocationIsToldWithinTenSeconds, to a bank that is pushed events and to
// one that polls: a citizen revokes their own card.
func TestARevocationIsToldWithinTenSeconds(t *testing.T) {
	h := newBankHouse(t)
	if page := h.signIn(); page.Path != "/demo/bank" {
		t.Fatalf("%s %d %s", page.Path, page.Status, page.Text())
	}
	begun := time.Now()
	if out := h.on(h.c.Post("/citizen/sign-out", url.Values{})); out.Status != http.StatusOK {
		t.Errorf("%d %s", out.Status, out.Text())
	}
	for !strings.Contains(h.c.Get("/demo/bank").Text(), "Votre session auprès du service a pris fin.") {
		if time.Since(begun) > 10*time.Second {
			t.Fatal("the bank is not told by an event within ten seconds")
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Logf("pushed after %s", time.Since(begun).Round(10*time.Millisecond))
	key := h.services.Trust.DemoKey("bank")
	p := &program{t: t, issuer: h.issuer, id: h.bank(), key: key, alg: jose.EdDSA, kid: "demo", proof: p256(t)}
	p.begin()
	var all []signals.Document
	if status := p.json("GET", "/ssf/streams", nil, &all); status != http.StatusOK || len(all) != 1 {
		t.Fatalf("%d %+v", status, all)
	}
	all[0].Delivery = signals.Delivery{Method: signals.Poll}
	if status := p.json("PATCH", "/ssf/streams", signals.Wanted{ID: all[0].ID, Delivery: &all[0].Delivery}, nil); status != http.StatusOK {
		t.Fatalf("%d", status)
	}
	h.signIn()
	begun = time.Now()
	means := h.c.Get("/citizen/means")
	for _, action := range means.Actions() {
		if strings.HasSuffix(action, "/revoke") {
			if p := h.c.Post(action, url.Values{"why": {"lost"}}); p.Status >= http.StatusBadRequest {
				t.Fatalf("%d %s", p.Status, p.Text())
			}
		}
	}
	var kinds []string
	for len(kinds) < 3 && time.Since(begun) < 10*time.Second {
		var got signals.PollAnswer
		if status := p.json("POST", "/ssf/poll/"+all[0].ID, map[string]any{"returnImmediately": false}, &got); status != http.StatusOK {
			t.Fatalf("%d", status)
		}
		kinds = kindsOf(t, got.Sets)
	}
	if want := []string{signals.LevelChanged, signals.MeansChanged, signals.SessionRevoked}; !slices.Equal(kinds, want) || time.Since(begun) > 10*time.Second {
		t.Errorf("%q after %s, want %q", kinds, time.Since(begun), want)
	}
	t.Logf("polled after %s", time.Since(begun).Round(10*time.Millisecond))
}
