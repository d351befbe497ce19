package trust

import (
	"crypto/rand"
	"crypto/rsa"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/amana-platform/amana/modules/trust/provider"
)

const cibaGrant = "urn:openid:params:grant-type:ciba"

// counter is where the modules of the FAPI-CIBA plan run: a bank that knows a
// citizen, who is elsewhere.
type counter struct {
	*bank
	t      *testing.T
	other  *bank
	cookie *http.Cookie
	sub    string
}

// object is a signed request as it should be; change spoils its claims.
func (c *counter) object(change ...func(map[string]any)) map[string]any {
	now := time.Now().Unix()
	claims := map[string]any{"iss": string(c.id), "aud": c.h.issuer, "jti": random(), "iat": now, "nbf": now, "exp": now + 60,
		"client_id": string(c.id), "scope": "openid", "binding_message": "Desk 4, 17:30", "login_hint": c.sub}
	for _, f := range change {
		f(claims)
	}
	return claims
}

func (c *counter) signed(change ...func(map[string]any)) string {
	return sign(c.h.t, c.key, jose.ES256, map[jose.HeaderKey]any{"kid": c.kid}, c.object(change...))
}

// asking is the form that brings a request.
func (c *counter) asking(object string) url.Values {
	return url.Values{"client_id": {string(c.id)}, "client_assertion_type": {"urn:ietf:params:oauth:client-assertion-type:jwt-bearer"}, "client_assertion": {c.assertion()}, "request": {object}}
}

// asks checks how a question ends.
func (c *counter) asks(form url.Values, status int, code ...string) answer {
	c.t.Helper()
	c.h.limits.all = nil // each test asks this citizen
	a := c.post(provider.PathAsk, form)
	if a.status != status || status != http.StatusOK && !slices.Contains(code, a.code()) {
		c.t.Errorf("asked: %d %s, want %d %v", a.status, a.raw, status, code)
	}
	return a
}

// polls looks for the answer.
func (c *counter) polls(id string, status int, code ...string) answer {
	c.t.Helper()
	a := c.post(provider.PathToken, url.Values{"grant_type": {cibaGrant}, "auth_req_id": {id}, "client_id": {string(c.id)},
		"client_assertion_type": {"urn:ietf:params:oauth:client-assertion-type:jwt-bearer"}, "client_assertion": {c.assertion()}}, c.dpop("POST", c.url(provider.PathToken), ""))
	if a.status != status || status != http.StatusOK && !slices.Contains(code, a.code()) {
		c.t.Errorf("polled: %d %s, want %d %v", a.status, a.raw, status, code)
	}
	return a
}

// pause waits as long as an institution must between two looks.
func pause() { time.Sleep(2500 * time.Millisecond) }

var questionForm = regexp.MustCompile(`action="(/my/requests/[0-9a-f-]{36})"`)

// answers lets the citizen answer the newest question.
func (c *counter) answers(answer string) answer {
	c.t.Helper()
	page := c.browse(c.url(pathQuestions), c.cookie, nil)
	all := questionForm.FindAllStringSubmatch(page.raw, -1)
	if len(all) == 0 {
		c.t.Fatalf("no question: %d", page.status)
	}
	return c.browse(c.url(all[len(all)-1][1]), c.cookie, url.Values{"answer": {answer}})
}

func id(a answer) string { s, _ := a.body["auth_req_id"].(string); return s }

// refusedObject is a module whose request object must be refused.
func refusedObject(change ...func(map[string]any)) func(c *counter) {
	return func(c *counter) {
		c.asks(c.asking(c.signed(change...)), http.StatusBadRequest, "invalid_request", "invalid_request_object")
	}
}

// cibaModules is each server module of the OpenID Foundation's plan
// FAPI-CIBA-ID1 that applies to poll, private_key_jwt and plain FAPI, by the name
// of its class, done again as a test of ours.
var cibaModules = map[string]func(c *counter){
	"FAPICIBAID1DiscoveryEndpointVerification": func(c *counter) {
		d := c.browse(c.url(provider.PathDiscovery), nil, nil).body
		for name, want := range map[string]string{"backchannel_authentication_endpoint": c.url(provider.PathAsk), "backchannel_token_delivery_modes_supported": "[poll]",
			"backchannel_authentication_request_signing_alg_values_supported": "[ES256 PS256 EdDSA]"} {
			if sprint(d[name]) != want {
				c.t.Errorf("%s is %s", name, sprint(d[name]))
			}
		}
	},
	"FAPICIBAID1": func(c *counter) {
		a := c.asks(c.asking(c.signed()), 200)
		c.polls(id(a), 400, "authorization_pending")
		if said := c.answers("agree"); said.status != http.StatusSeeOther {
			c.t.Errorf("%d %s", said.status, said.raw)
		}
		pause()
		tokens := c.polls(id(a), 200)
		token, _ := tokens.body["id_token"].(string)
		access, _ := tokens.body["access_token"].(string)
		if claims := c.readToken(token); claims["sub"] != c.sub || claims["acr"] != "urn:amana:level:2" {
			c.t.Errorf("%v", claims)
		}
		if info := c.info(access); info.status != http.StatusOK || info.body["sub"] != c.sub {
			c.t.Errorf("%d %s", info.status, info.raw)
		}
		pause()
		c.polls(id(a), 400, "invalid_grant")
	},
	"FAPICIBAID1UserRejectsAuthentication": func(c *counter) {
		a := c.asks(c.asking(c.signed()), 200)
		c.answers("refuse")
		c.polls(id(a), 400, "access_denied")
	},
	"FAPICIBAID1MultipleCallToTokenEndpoint": func(c *counter) {
		a := c.asks(c.asking(c.signed()), 200)
		c.polls(id(a), 400, "authorization_pending")
		c.polls(id(a), 400, "slow_down")
		pause()
		c.polls(id(a), 400, "authorization_pending")
	},
	"FAPICIBAID1AuthReqIdExpired": func(c *counter) {
		a := c.asks(c.asking(c.signed()), 200)
		(&profile{bank: c.bank, t: c.t}).age("tmp_trust_sessions", "expires_at")
		c.polls(id(a), 400, "expired_token")
	},
	"FAPICIBAID1EnsureAuthorizationRequestWithBindingMessageSucceeds": func(c *counter) {
		c.asks(c.asking(c.signed(set("binding_message", "W4SCT"))), 200)
		if page := c.browse(c.url(pathQuestions), c.cookie, nil); !strings.Contains(page.raw, "W4SCT") {
			c.t.Error("the citizen does not see the message")
		}
	},
	"FAPICIBAID1EnsureOtherScopeOrderSucceeds": func(c *counter) { c.asks(c.asking(c.signed(set("scope", " openid"))), 200) },
	"FAPICIBAID1EnsureRequestedExpiryAsStringSucceeds": func(c *counter) {
		a := c.asks(c.asking(c.signed(set("requested_expiry", "30"))), 200)
		if n, _ := a.body["expires_in"].(float64); n > 30 || n < 25 {
			c.t.Errorf("%v", a.body)
		}
		a = c.asks(c.asking(c.signed(set("requested_expiry", 86400))), 200)
		if n, _ := a.body["expires_in"].(float64); n > 180 {
			c.t.Errorf("%v", a.body)
		}
	},
	"FAPICIBAID1EnsureAuthorizationRequestWithPotentiallyBadBindingMessage": func(c *counter) {
		for _, bad := range []string{"", strings.Repeat("x", 61), "line\nbreak", "see https://evil.example"} {
			c.asks(c.asking(c.signed(set("binding_message", bad))), 400, "invalid_binding_message")
		}
		c.asks(c.asking(c.signed(set("binding_message", "شباك 4 – 1234"))), 200)
	},
	"FAPICIBAID1EnsureRequestObjectMissingAudFails":             refusedObject(drop("aud")),
	"FAPICIBAID1EnsureRequestObjectBadAudFails":                 refusedObject(set("aud", "https://evil.example")),
	"FAPICIBAID1EnsureRequestObjectMissingIssFails":             refusedObject(drop("iss")),
	"FAPICIBAID1EnsureRequestObjectBadIssFails":                 refusedObject(set("iss", "somebody")),
	"FAPICIBAID1EnsureRequestObjectMissingExpFails":             refusedObject(drop("exp")),
	"FAPICIBAID1EnsureRequestObjectExpiredExpFails":             refusedObject(at("exp", -300)),
	"FAPICIBAID1EnsureRequestObjectExpIs70MinutesInFutureFails": refusedObject(at("exp", 70*60)),
	"FAPICIBAID1EnsureRequestObjectMissingIatFails":             refusedObject(drop("iat")),
	"FAPICIBAID1EnsureRequestObjectMissingNbfFails":             refusedObject(drop("nbf")),
	"FAPICIBAID1EnsureRequestObjectNbfIs10MinutesInFutureFails": refusedObject(at("nbf", 600), at("exp", 1200)),
	"FAPICIBAID1EnsureRequestObjectNbfIs70MinutesInPastFails":   refusedObject(at("nbf", -70*60)),
	"FAPICIBAID1EnsureRequestObjectMissingJtiFails":             refusedObject(drop("jti")),
	"FAPICIBAID1EnsureRequestObjectSignatureAlgorithmIsNoneFails": func(c *counter) {
		c.asks(c.asking("eyJhbGciOiJub25lIn0."+strings.Split(c.signed(), ".")[1]+"."), 400, "invalid_request", "invalid_request_object")
	},
	"FAPICIBAID1EnsureRequestObjectSignatureAlgorithmIsBadFails": func(c *counter) {
		c.asks(c.asking(sign(c.t, []byte(strings.Repeat("k", 32)), jose.HS256, map[jose.HeaderKey]any{"kid": c.kid}, c.object())), 400, "invalid_request", "invalid_request_object")
	},
	"FAPICIBAID1EnsureRequestObjectSignatureAlgorithmIsRS256Fails": func(c *counter) {
		key, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			c.t.Fatal(err)
		}
		c.asks(c.asking(sign(c.t, key, jose.RS256, map[jose.HeaderKey]any{"kid": c.kid}, c.object())), 400, "invalid_request", "invalid_request_object")
	},
	"FAPICIBAID1EnsureRequestObjectSignedByOtherClientFails": func(c *counter) {
		c.asks(c.asking(sign(c.t, c.other.key, jose.ES256, map[jose.HeaderKey]any{"kid": c.kid}, c.object())), 400, "invalid_request", "invalid_request_object")
	},
	"FAPICIBAID1EnsureAuthorizationRequestWithMultipleHintsFails": refusedObject(set("login_hint_token", "x")),
	"FAPICIBAID1EnsureWrongAuthenticationRequestIdInTokenEndpointRequest": func(c *counter) {
		c.polls(random(), 400, "invalid_grant")
		a := c.asks(c.asking(c.signed()), 200)
		mine := &counter{bank: c.other, t: c.t}
		mine.polls(id(a), 400, "invalid_grant")
	},
	"FAPICIBAID1EnsureWithoutClientAssertionInTokenEndpointFails": func(c *counter) {
		a := c.post(provider.PathToken, url.Values{"grant_type": {cibaGrant}, "auth_req_id": {random()}, "client_id": {string(c.id)}}, c.dpop("POST", c.url(provider.PathToken), ""))
		if a.code() != "invalid_client" {
			c.t.Errorf("%d %s", a.status, a.raw)
		}
	},
	"FAPICIBAID1EnsureWithoutClientAssertionInBackchannelAuthorizationRequestFails": func(c *counter) {
		c.asks(without(c.asking(c.signed()), "client_assertion", "client_assertion_type"), 401, "invalid_client")
	},
	"FAPICIBAID1EnsureClientAssertionSignatureAlgorithmInBackchannelAuthorizationRequestIsRS256Fails": func(c *counter) {
		c.asks(with(c.asking(c.signed()), "client_assertion", c.weak()), 401, "invalid_client")
	},
	"FAPICIBAID1EnsureClientAssertionSignatureAlgorithmInTokenEndpointRequestIsRS256Fails": func(c *counter) {
		a := c.post(provider.PathToken, url.Values{"grant_type": {cibaGrant}, "auth_req_id": {random()}, "client_id": {string(c.id)},
			"client_assertion_type": {"urn:ietf:params:oauth:client-assertion-type:jwt-bearer"}, "client_assertion": {c.weak()}}, c.dpop("POST", c.url(provider.PathToken), ""))
		if a.code() != "invalid_client" {
			c.t.Errorf("%d %s", a.status, a.raw)
		}
	},
	"FAPICIBAID1EnsureClientAssertionWithIssAudToTokenEndpointSucceeds": func(c *counter) {
		a := c.asks(c.asking(c.signed()), 200)
		c.polls(id(a), 400, "authorization_pending") // authenticated with the issuer as audience
	},
	"FAPICIBAID1EnsureBackchannelAuthorizationRequestWithoutRequestFails": func(c *counter) {
		form := c.asking("")
		form.Del("request")
		form.Set("scope", "openid")
		form.Set("binding_message", "x")
		form.Set("login_hint", c.sub)
		c.asks(form, 400, "invalid_request", "invalid_request_object")
	},
	"FAPICIBAID1RefreshToken": func(c *counter) { // none are issued
		a := c.asks(c.asking(c.signed()), 200)
		c.answers("agree")
		if tokens := c.polls(id(a), 200); tokens.body["refresh_token"] != nil {
			c.t.Error("a refresh token is issued")
		}
	},
}

// weak is an assertion with an algorithm that is not allowed.
func (c *counter) weak() string {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		c.t.Fatal(err)
	}
	now := time.Now().Unix()
	return sign(c.t, key, jose.RS256, map[jose.HeaderKey]any{"kid": c.kid}, map[string]any{"iss": string(c.id), "sub": string(c.id), "aud": c.h.issuer, "jti": random(), "iat": now, "exp": now + 60})
}

// newCounter is a bank with a counter that has met a citizen before.
func newCounter(t *testing.T) *counter {
	t.Helper()
	h := newHouse(t)
	open := func(host string) *bank {
		b := &bank{h: h, redirect: "https://" + host + "/back", key: newKey(t), kid: "k1", proof: newKey(t)}
		b.http = &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
		r := stated(host, keySet(t, b.key, b.kid))
		r.Counter = true
		b.id, b.code = h.apply(r, false)
		h.approve(b.id)
		return b
	}
	c := &counter{bank: open("bank.example"), other: open("insurer.example"), t: t}
	_, _, c.cookie = h.citizen(map[string]any{"age_over_18": true})
	_, claims := c.tokens(c.agree(c.cookie, ""))
	c.sub, _ = claims["sub"].(string)
	return c
}

// TestFAPICIBA runs every module.
func TestFAPICIBA(t *testing.T) {
	c := newCounter(t)
	for _, name := range sortedNames(cibaModules) {
		t.Run(name, func(t *testing.T) {
			c.h.t, c.t = t, t
			if _, err := c.h.k.Scratch.Exec(t.Context(), "delete from tmp_trust_sessions"); err != nil {
				t.Fatal(err)
			}
			cibaModules[name](c)
		})
	}
	c.h.t = t
	c.h.sound()
	page, err := os.ReadFile("../../docs/trust/fapi.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range regexp.MustCompile("(?m)^\\| `(FAPICIBAID1[A-Za-z0-9]*)` \\| .+ \\|$").FindAllStringSubmatch(string(page), -1) {
		if cibaModules[m[1]] == nil {
			t.Errorf("%s stands in the table and is no test", m[1])
		}
	}
	for name := range cibaModules {
		if !strings.Contains(string(page), "| `"+name+"` |") {
			t.Errorf("%s is a test and does not stand in the table", name)
		}
	}
}

// TestNobodyIsAskedUntilTheySayYes: one institution, and all together, may ask
// a citizen so often and no more; who is not known is found by a code of their
// own, once; another institution's name for them names nobody.
func TestNobodyIsAskedUntilTheySayYes(t *testing.T) {
	c := newCounter(t)
	ask := func(b *bank, hint string) answer {
		who := &counter{bank: b, t: t, sub: hint}
		return b.post(provider.PathAsk, who.asking(who.signed()))
	}
	if a := ask(c.other, c.sub); a.code() != "unknown_user_id" {
		t.Errorf("another institution's name is taken: %s", a.raw)
	}
	for range againBurst {
		if a := ask(c.bank, c.sub); a.status != http.StatusOK {
			t.Fatal(a.raw)
		}
	}
	if a := ask(c.bank, c.sub); a.code() != "access_denied" {
		t.Errorf("it may ask on and on: %s", a.raw)
	}
	code := func() string {
		page := c.browse(c.url(pathQuestions)+"/code", c.cookie, url.Values{})
		return regexp.MustCompile(`[A-Z2-7]{5}-[A-Z2-7]{5}`).FindString(page.raw)
	}
	first := code()
	if a := ask(c.other, "code:"+strings.ToLower(first)); a.status != http.StatusOK {
		t.Errorf("a code does not find its citizen: %s", a.raw)
	}
	if a := ask(c.other, "code:"+first); a.code() != "unknown_user_id" {
		t.Errorf("a code is good twice: %s", a.raw)
	}
	if a := ask(c.other, "code:"+code()); a.code() != "access_denied" {
		t.Errorf("all together may ask on and on: %s", a.raw)
	}
	for range hintBurst + 2 {
		if a := ask(c.other, "code:"+random()); a.code() == "temporarily_unavailable" {
			return
		}
	}
	t.Error("codes may be guessed on and on")
}

// TestWhoAnswersAQuestion: the citizen it is for, at the level that is needed, once.
func TestWhoAnswersAQuestion(t *testing.T) {
	c := newCounter(t)
	a := c.asks(c.asking(c.signed(set("acr_values", provider.ACR(3)), set("claims", map[string]any{"id_token": map[string]any{"age_over_18": map[string]any{"essential": true}}}))), 200)
	page := c.browse(c.url(pathQuestions), c.cookie, nil)
	if !strings.Contains(page.raw, "/citizen/sign-in") {
		t.Error("nobody is told to prove more")
	}
	if said := c.answers("agree"); said.status != http.StatusForbidden {
		t.Errorf("a level too low answers: %d", said.status)
	}
	_, _, neighbour := c.h.citizen(map[string]any{})
	if said := c.browse(c.url(questionForm.FindStringSubmatch(page.raw)[1]), neighbour, url.Values{"answer": {"agree"}}); said.status != http.StatusConflict {
		t.Errorf("somebody else answers: %d", said.status)
	}
	c.h.citizens.mu.Lock()
	h := c.h.citizens.held[c.cookie.Value]
	h.Level = 3
	c.h.citizens.held[c.cookie.Value] = h
	c.h.citizens.mu.Unlock()
	form := questionForm.FindStringSubmatch(page.raw)[1]
	if said := c.browse(c.url(form), c.cookie, url.Values{"answer": {"agree"}}); said.status != http.StatusSeeOther {
		t.Errorf("%d %s", said.status, said.raw)
	}
	if said := c.browse(c.url(form), c.cookie, url.Values{"answer": {"refuse"}}); said.status != http.StatusConflict {
		t.Errorf("answered twice: %d", said.status)
	}
	tokens := c.polls(id(a), 200)
	token, _ := tokens.body["id_token"].(string)
	if claims := c.readToken(token); claims["acr"] != provider.ACR(3) || claims["age_over_18"] != true {
		t.Errorf("%v", claims)
	}
	results := c.h.citizens.results()
	if want := []string{"consent-given", "released", "consent-given", "released"}; !slices.Equal(results, want) {
		t.Errorf("%q", results)
	}
	if a := c.asks(c.asking(c.signed(set("claims", map[string]any{"id_token": map[string]any{"national_id": nil}}))), 400, "invalid_request"); !strings.Contains(a.raw, "ceiling") {
		t.Error(a.raw)
	}
	c.h.sound()
}
