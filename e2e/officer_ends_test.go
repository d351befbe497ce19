package e2e

import (
	"crypto/ecdsa"
	"crypto/sha256"
	"database/sql"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/amana-platform/amana/kernel/kerneltest"
)

// newProgram registers a program of the service's own: three persons let it in.
func newProgram(t *testing.T, s *service, db *sql.DB, key *ecdsa.PrivateKey) string {
	t.Helper()
	keys, err := json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: &key.PublicKey, KeyID: "k1"}}})
	need(t, err)
	stated := url.Values{"basis": {"service"}, "ceiling": {"officer_id", "officer_role"}, "level": {"2"}, "retention": {"none"}, "contact": {"Rabat"}, "redirects": {"https://dispatch.example/back"}, "keys": {string(keys)}}
	for _, lang := range []string{"ar", "fr", "en"} {
		stated.Set("name_"+lang, "Dispatch")
		stated.Set("purpose_"+lang, "dispatching patrols")
	}
	three := func(n int) *kerneltest.Client { return s.as(officerIn(t, db, "inspector", n)) }
	if p := three(0).Post("/trust/institutions/enter", stated); p.Status != http.StatusOK {
		t.Fatalf("not entered: %d %v", p.Status, p.Errors())
	}
	id := one[string](t, db, "select id from trust_institutions where host = 'dispatch.example'")
	for n, step := range []string{"examine", "approve"} {
		if p := three(n+1).Post("/trust/institutions/"+id+"/"+step, url.Values{"version": {"1"}, "finding": {"seen"}}); p.Status != http.StatusSeeOther {
			t.Fatalf("%s: %d %s", step, p.Status, p.Heading())
		}
	}
	return id
}

// officerIn gives the nth officer who holds a post of a role now.
func officerIn(t *testing.T, db *sql.DB, role string, n int) string {
	t.Helper()
	return one[string](t, db, "select officer from units_posts where role = $1 and to_at = 0 order by from_at, id limit 1 offset $2", role, n)
}

// token signs an officer in to the program and gives what it is given, and the
// key that it is bound to.
func (b *relying) token(officer *kerneltest.Client) (string, *ecdsa.PrivateKey) {
	b.t.Helper()
	key, verifier := newSigningKey(b.t), nonce()+nonce()
	sum := sha256.Sum256([]byte(verifier))
	status, answer, err := b.ask("/oidc/par", b.authenticated(url.Values{"response_type": {"code"}, "redirect_uri": {"https://dispatch.example/back"}, "scope": {"openid"}, "state": {nonce()}, "nonce": {nonce()},
		"claims": {`{"userinfo":{"officer_id":{"essential":true}}}`}, "code_challenge": {base64.RawURLEncoding.EncodeToString(sum[:])}, "code_challenge_method": {"S256"}}), b.proof(key, "/oidc/par"))
	need(b.t, err)
	uri, _ := answer["request_uri"].(string)
	page := officer.Get("/oidc/authorize?" + url.Values{"client_id": {b.id}, "request_uri": {uri}}.Encode())
	back, err := url.Parse(page.Header.Get("Location"))
	if err != nil || back.Query().Get("code") == "" {
		b.t.Fatalf("no code: %d %v, then %d %s", status, answer, page.Status, back)
	}
	_, answer, err = b.ask("/oidc/token", b.authenticated(url.Values{"grant_type": {"authorization_code"}, "code": {back.Query().Get("code")}, "redirect_uri": {"https://dispatch.example/back"}, "code_verifier": {verifier}}), b.proof(key, "/oidc/token"))
	need(b.t, err)
	token, _ := answer["access_token"].(string)
	if token == "" {
		b.t.Fatalf("no token: %v", answer)
	}
	return token, key
}

// info asks who a token is for, with the proof of its key.
func (b *relying) info(token string, key *ecdsa.PrivateKey) (int, string) {
	b.t.Helper()
	sum := sha256.Sum256([]byte(token))
	r, err := http.NewRequestWithContext(b.t.Context(), http.MethodGet, b.url+"/oidc/userinfo", nil)
	need(b.t, err)
	r.Header.Set("Authorization", "DPoP "+token)
	r.Header.Set("DPoP", sign(b.t, key, map[jose.HeaderKey]any{"typ": "dpop+jwt", "jwk": jose.JSONWebKey{Key: &key.PublicKey}},
		map[string]any{"jti": nonce(), "htm": "GET", "htu": b.url + "/oidc/userinfo", "iat": time.Now().Unix(), "ath": base64.RawURLEncoding.EncodeToString(sum[:])}))
	res, err := http.DefaultClient.Do(r)
	need(b.t, err)
	defer res.Body.Close()
	var told struct {
		ID string `json:"officer_id"`
	}
	need(b.t, json.NewDecoder(res.Body).Decode(&told))
	return res.StatusCode, told.ID
}

// ending is an officer who signed in to the program, and the page that ends it.
type ending struct {
	b      *relying
	id     string
	c      *kerneltest.Client
	token  string
	key    *ecdsa.PrivateKey
	page   string
	filled url.Values
}

// begin signs the officer in to the program.
func (e *ending) begin(s *service) {
	e.b.t.Helper()
	e.c = s.as(e.id)
	e.token, e.key = e.b.token(e.c)
	if status, id := e.b.info(e.token, e.key); status != http.StatusOK || id != e.id {
		e.b.t.Fatalf("%s: before: %d %s", e.page, status, id)
	}
}

// act fills the page's form and sends it.
func (e *ending) act(admin *kerneltest.Client) {
	e.b.t.Helper()
	at := "/officers/" + e.id + "/" + e.page
	form := admin.Get(at).Fields(at)
	for name, v := range e.filled {
		form[name] = v
	}
	if p := admin.Post(at, form); p.Status != http.StatusSeeOther {
		e.b.t.Fatalf("%s: %d %v", at, p.Status, p.Errors())
	}
}

// ended waits until the token is worth nothing, and tries to sign in again.
func (e *ending) ended(deadline time.Time) {
	e.b.t.Helper()
	for ; ; time.Sleep(100 * time.Millisecond) {
		if status, _ := e.b.info(e.token, e.key); status == http.StatusUnauthorized {
			break
		}
		if time.Now().After(deadline) {
			e.b.t.Fatalf("%s: ten seconds later the token is accepted", e.page)
		}
	}
	status, answer, err := e.b.ask("/oidc/par", e.b.authenticated(url.Values{"response_type": {"code"}, "redirect_uri": {"https://dispatch.example/back"}, "scope": {"openid"}, "state": {nonce()}, "nonce": {nonce()},
		"code_challenge": {strings.Repeat("a", 43)}, "code_challenge_method": {"S256"}}), e.b.proof(e.key, "/oidc/par"))
	uri, _ := answer["request_uri"].(string)
	p := e.c.Get("/oidc/authorize?" + url.Values{"client_id": {e.b.id}, "request_uri": {uri}}.Encode())
	if err != nil || status != http.StatusCreated || !strings.HasPrefix(p.Header.Get("Location"), "/session/new") {
		e.b.t.Errorf("%s: the officer signs in again: %d %v, %d %s", e.page, status, err, p.Status, p.Header.Get("Location"))
	}
}

// TestThePageThatEndsAnOfficerEndsTheirPrograms: an administrator suspends an
// officer, or ends their post, on the page of that officer; within ten seconds
// the program that the officer signed in to is told by its own token that it is
// worth nothing, and they do not sign in to it again.
func TestThePageThatEndsAnOfficerEndsTheirPrograms(t *testing.T) {
	data, at := folder(t), freeAddress(t)
	s := serve(t, data, "--listen", at)
	db := hand(t, data, "amana.db")
	defer db.Close()
	b := &relying{t: t, url: localhost(t, at), key: newSigningKey(t)}
	b.id = newProgram(t, s, db, b.key)
	kept, keptKey := b.token(s.as("brigade-chief"))
	moved := officerIn(t, db, "duty-officer", 3)
	post := one[string](t, db, "select id from units_posts where officer = $1 and to_at = 0", moved)
	all := []*ending{{b: b, id: officerIn(t, db, "duty-officer", 2), page: "suspend", filled: url.Values{"reason": {"an inquiry"}}},
		{b: b, id: moved, page: "end-post", filled: url.Values{"posts": {post}, "act": {"2/2026"}}}}
	for _, e := range all {
		e.begin(s)
	}
	admin := s.as("administrator")
	for _, e := range all {
		e.act(admin)
	}
	deadline := time.Now().Add(10 * time.Second)
	for _, e := range all {
		e.ended(deadline)
	}
	if status, _ := b.info(kept, keptKey); status != http.StatusOK {
		t.Errorf("somebody else's token ended: %d", status)
	}
}
