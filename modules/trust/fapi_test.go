package trust

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
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

// profile is where the modules of the FAPI 2.0 plan run: one house, two banks, a
// citizen who has agreed already.
type profile struct {
	*bank
	t      *testing.T
	other  *bank
	cookie *http.Cookie
}

// pushes checks how a pushed request ends: 0 is 201.
func (p *profile) pushes(form url.Values, status int, code string, proofs ...string) answer {
	p.t.Helper()
	a := p.post(provider.PathPush, form, proofs...)
	if status == 0 {
		status = http.StatusCreated
	}
	if a.status != status || a.code() != code {
		p.t.Errorf("pushed: %d %s, want %d %s", a.status, a.raw, status, code)
	}
	return a
}

// redeems checks how a redemption ends.
func (p *profile) redeems(form url.Values, status int, code string, proofs ...string) answer {
	p.t.Helper()
	if proofs == nil {
		proofs = []string{p.dpop("POST", p.url(provider.PathToken), "")}
	}
	a := p.post(provider.PathToken, form, proofs...)
	if a.status != status || a.code() != code {
		p.t.Errorf("redeemed: %d %s, want %d %s", a.status, a.raw, status, code)
	}
	return a
}

// goes runs a pushed request to its answer at the redirect address.
func (p *profile) goes(form url.Values) url.Values {
	p.t.Helper()
	p.state = form.Get("state")
	return p.back(p.browse(p.push(form), p.cookie, nil))
}

// code runs a request to a fresh code.
func (p *profile) code(change ...string) string {
	p.t.Helper()
	return p.goes(with(p.request(""), change...)).Get("code")
}

// at moves a time claim by seconds.
func at(claim string, seconds int64) func(map[string]any) {
	return func(c map[string]any) { c[claim] = time.Now().Unix() + seconds }
}

func set(claim string, v any) func(map[string]any) { return func(c map[string]any) { c[claim] = v } }

func drop(claim string) func(map[string]any) { return func(c map[string]any) { delete(c, claim) } }

// asserted is a pushed request with another assertion.
func (p *profile) asserted(change ...func(map[string]any)) url.Values {
	return with(p.request(""), "client_assertion", p.assertion(change...))
}

// modules is each server module of the OpenID Foundation's plan "FAPI 2.0
// Security Profile Final" that applies to an authorization server with OpenID
// Connect, private_key_jwt, DPoP, unsigned requests and plain responses, by the
// name of its class, done again as a test of ours. docs/trust/fapi.md is the table.
var modules = map[string]func(p *profile){
	"FAPI2SPFinalDiscoveryEndpointVerification": func(p *profile) {
		d := p.browse(p.url(provider.PathDiscovery), nil, nil).body
		want := map[string]string{"issuer": p.h.issuer, "require_pushed_authorization_requests": "true", "authorization_response_iss_parameter_supported": "true", "claims_parameter_supported": "true",
			"request_uri_parameter_supported": "false", "request_parameter_supported": "false", "code_challenge_methods_supported": "[S256]", "response_types_supported": "[code]", "response_modes_supported": "[query]",
			"grant_types_supported": "[client_credentials authorization_code urn:openid:params:grant-type:ciba]", "subject_types_supported": "[pairwise]", "id_token_signing_alg_values_supported": "[ES256]", "token_endpoint_auth_methods_supported": "[private_key_jwt]",
			"token_endpoint_auth_signing_alg_values_supported": "[ES256 PS256 EdDSA]", "dpop_signing_alg_values_supported": "[ES256 EdDSA]", "scopes_supported": "[openid ssf.read ssf.manage presentation]",
			"pushed_authorization_request_endpoint": p.url(provider.PathPush), "authorization_endpoint": p.url(provider.PathAuthorize), "token_endpoint": p.url(provider.PathToken),
			"userinfo_endpoint": p.url(provider.PathInfo), "jwks_uri": p.url(provider.PathKeys)}
		for name, v := range want {
			if got := strings.Trim(strings.TrimSpace(sprint(d[name])), `"`); got != v {
				p.t.Errorf("%s is %s, want %s", name, got, v)
			}
		}
		for _, absent := range []string{"registration_endpoint", "introspection_endpoint", "revocation_endpoint", "mtls_endpoint_aliases", "device_authorization_endpoint"} {
			if d[absent] != nil {
				p.t.Errorf("discovery advertises %s", absent)
			}
		}
	},
	"FAPI2SPFinalHappyFlow": func(p *profile) {
		access, claims := p.tokens(p.code())
		if claims["nonce"] != p.nonce || claims["aud"] != string(p.id) {
			p.t.Errorf("%v", claims)
		}
		if a := p.info(access); a.status != http.StatusOK || a.body["sub"] != claims["sub"] {
			p.t.Errorf("%d %s", a.status, a.raw)
		}
	},
	"FAPI2SPFinalUserRejectsAuthentication": func(p *profile) {
		form := with(p.request(""), "prompt", "consent")
		q := p.back(p.answerPage(p.browse(p.push(form), p.cookie, nil), p.cookie, url.Values{"answer": {"refuse"}}))
		if q.Get("error") != "access_denied" || q.Has("code") {
			p.t.Errorf("%v", q)
		}
	},
	"FAPI2SPFinalEnsureAuthorizationRequestWithoutStateSuccess": func(p *profile) {
		if q := p.goes(without(p.request(""), "state")); q.Get("code") == "" || q.Has("state") {
			p.t.Errorf("%v", q)
		}
	},
	"FAPI2SPFinalEnsureAuthorizationRequestWithoutNonceSuccess": func(p *profile) {
		if _, claims := p.tokens(p.goes(without(p.request(""), "nonce")).Get("code")); claims["nonce"] != nil {
			p.t.Errorf("%v", claims)
		}
	},
	"FAPI2SPFinalEnsureAuthorizationRequestWith64CharNonceSuccess": func(p *profile) {
		nonce := strings.Repeat("n", 64)
		if _, claims := p.tokens(p.code("nonce", nonce)); claims["nonce"] != nonce {
			p.t.Errorf("%v", claims)
		}
	},
	"FAPI2SPFinalEnsureOtherScopeOrderSucceeds": func(p *profile) { // there is one scope; another is refused and not dropped
		p.code("scope", " openid ")
		p.pushes(with(p.request(""), "scope", "openid profile"), 400, "invalid_scope")
	},
	"FAPI2SPFinalTestClaimsParameterIdentityClaims": func(p *profile) {
		q := p.goes(p.request(`{"id_token":{"age_over_18":{"essential":true}},"userinfo":{"given_name":{"essential":true}}}`))
		access, claims := p.tokens(q.Get("code"))
		if info := p.info(access); claims["age_over_18"] != true || info.body["given_name"] != "Amina" || claims["given_name"] != nil {
			p.t.Errorf("%v %s", claims, info.raw)
		}
	},
	"FAPI2SPFinalAccessTokenTypeHeaderCaseSensitivity": func(p *profile) {
		access, _ := p.tokens(p.code())
		for scheme, status := range map[string]int{"dpop": 200, "DPOP": 200, "Bearer": 401} {
			r, _ := http.NewRequestWithContext(p.t.Context(), http.MethodGet, p.url(provider.PathInfo), nil)
			r.Header.Set("Authorization", scheme+" "+access)
			r.Header.Set("DPoP", p.dpop("GET", p.url(provider.PathInfo), access))
			if a := p.do(r); a.status != status {
				p.t.Errorf("%s: %d %s", scheme, a.status, a.raw)
			}
		}
	},
	"FAPI2SPFinalCheckDpopProofNbfExp": func(p *profile) {
		good := p.dpop("POST", p.url(provider.PathToken), "", at("nbf", -10), at("exp", 60))
		p.redeems(p.redemption(p.code()), 200, "", good)
		for _, bad := range []string{p.dpop("POST", p.url(provider.PathToken), "", at("exp", -100)), p.dpop("POST", p.url(provider.PathToken), "", at("nbf", 100))} {
			p.redeems(p.redemption(p.code()), 400, "invalid_dpop_proof", bad)
		}
	},
	"FAPI2SPFinalEnsureDpopProofWithIat10SecondsBeforeSucceeds": func(p *profile) {
		p.redeems(p.redemption(p.code()), 200, "", p.dpop("POST", p.url(provider.PathToken), "", at("iat", -10)))
	},
	"FAPI2SPFinalEnsureDpopProofWithIat10SecondsAfterSucceeds": func(p *profile) {
		p.redeems(p.redemption(p.code()), 200, "", p.dpop("POST", p.url(provider.PathToken), "", at("iat", 10)))
	},
	"FAPI2SPFinalEnsureMismatchedDpopJktFails": func(p *profile) {
		p.pushes(with(p.request(""), "dpop_jkt", thumbprint(p.t, p.other.proof)), 400, "invalid_dpop_proof", p.dpop("POST", p.url(provider.PathPush), ""))
	},
	"FAPI2SPFinalEnsureTokenEndpointFailsWithMismatchedDpopProofJkt": func(p *profile) {
		a := p.pushes(p.request(""), 0, "", p.dpop("POST", p.url(provider.PathPush), ""))
		p.redeems(p.redemption(p.codeOf(a)), 400, "invalid_dpop_proof", p.other.dpop("POST", p.url(provider.PathToken), ""))
	},
	"FAPI2SPFinalEnsureTokenEndpointFailsWithMismatchedDpopJkt": func(p *profile) {
		code := p.code("dpop_jkt", thumbprint(p.t, p.other.proof))
		p.redeems(p.redemption(code), 400, "invalid_dpop_proof")
	},
	"FAPI2SPFinalEnsureDpopProofAtParEndpointBindingSuccess": func(p *profile) {
		a := p.pushes(p.request(""), 0, "", p.dpop("POST", p.url(provider.PathPush), ""))
		p.redeems(p.redemption(p.codeOf(a)), 200, "")
	},
	"FAPI2SPFinalEnsureDpopAuthCodeBindingSuccess": func(p *profile) {
		p.redeems(p.redemption(p.code("dpop_jkt", thumbprint(p.t, p.proof))), 200, "")
	},
	"FAPI2SPFinalEnsureDifferentNonceInsideAndOutsideRequestObject": func(p *profile) {
		form := p.request("")
		q := p.back(p.browse(p.push(form)+"&nonce=outside", p.cookie, nil))
		if _, claims := p.tokens(q.Get("code")); claims["nonce"] != p.nonce {
			p.t.Errorf("%v", claims)
		}
	},
	"FAPI2SPFinalEnsureDifferentStateInsideAndOutsideRequestObject": func(p *profile) {
		p.back(p.browse(p.push(p.request(""))+"&state=outside", p.cookie, nil)) // which compares the state with the pushed one
	},
	"FAPI2SPFinalEnsureAuthorizationRequestWithLongNonce": func(p *profile) {
		p.code("nonce", strings.Repeat("n", 2000))
		p.pushes(with(p.request(""), "nonce", strings.Repeat("n", 3000)), 400, "invalid_request")
	},
	"FAPI2SPFinalEnsureAuthorizationRequestWithLongState": func(p *profile) {
		p.goes(with(p.request(""), "state", strings.Repeat("s", 2000)))
		p.pushes(with(p.request(""), "state", strings.Repeat("s", 3000)), 400, "invalid_request")
	},
	"FAPI2SPFinalStateOnlyOutsideRequestObjectNotUsed": func(p *profile) {
		p.state = ""
		form := without(p.request(""), "state")
		p.state = ""
		if q := p.back(p.browse(p.push(form)+"&state=outside", p.cookie, nil)); q.Has("state") {
			p.t.Errorf("%v", q)
		}
	},
	"FAPI2SPFinalEnsureRequestObjectWithoutRedirectUriFails": func(p *profile) {
		p.pushes(without(p.request(""), "redirect_uri"), 400, "invalid_request")
	},
	"FAPI2SPFinalEnsureRegisteredRedirectUri": func(p *profile) {
		for _, bad := range []string{"https://evil.example/back", p.redirect + "/", p.redirect + "?x=1", strings.ToUpper(p.redirect[:12]) + p.redirect[12:], p.redirect + "#x", "https://bank.example/%62ack", "https://bank.example:443/back"} {
			p.pushes(with(p.request(""), "redirect_uri", bad), 400, "invalid_request")
		}
	},
	"FAPI2SPFinalTolerateUnregisteredRedirectUri": func(p *profile) { // we do not
		p.pushes(with(p.request(""), "redirect_uri", "https://bank.example/back/"+random()), 400, "invalid_request")
	},
	"FAPI2SPFinalEnsureUnsignedAuthorizationRequestWithoutUsingParFails": func(p *profile) {
		a := p.browse(p.url(provider.PathAuthorize)+"?"+without(p.request(""), "client_assertion", "client_assertion_type").Encode(), p.cookie, nil)
		if a.status != http.StatusUnprocessableEntity || a.header.Get("Location") != "" {
			p.t.Errorf("%d %s", a.status, a.header.Get("Location"))
		}
	},
	"FAPI2SPFinalEnsureRedirectUriInAuthorizationRequest": func(p *profile) {
		a := p.browse(p.push(p.request(""))+"&redirect_uri="+url.QueryEscape("https://evil.example/"), p.cookie, nil)
		if a.status != http.StatusUnprocessableEntity || a.header.Get("Location") != "" {
			p.t.Errorf("%d %s", a.status, a.header.Get("Location"))
		}
	},
	"FAPI2SPFinalEnsureResponseTypeCodeIdTokenFails": func(p *profile) {
		p.pushes(with(p.request(""), "response_type", "code id_token"), 400, "invalid_request")
	},
	"FAPI2SPFinalEnsureResponseTypeTokenFails": func(p *profile) {
		p.pushes(with(p.request(""), "response_type", "token"), 400, "invalid_request")
	},
	"FAPI2SPFinalEnsureClientIdInTokenEndpoint": func(p *profile) {
		p.redeems(with(p.redemption(p.code()), "client_id", string(p.other.id)), 401, "invalid_client")
	},
	"FAPI2SPFinalEnsureHolderOfKeyRequired": func(p *profile) {
		a := p.post(provider.PathToken, p.redemption(p.code()))
		if a.status != http.StatusBadRequest || a.code() != "invalid_request" {
			p.t.Errorf("%d %s", a.status, a.raw)
		}
	},
	"FAPI2SPFinalEnsureAuthorizationCodeIsBoundToClient": func(p *profile) {
		code := p.code()
		p.other.verifier = p.verifier
		form := p.other.redemption(code)
		form.Set("redirect_uri", p.redirect)
		a := p.other.post(provider.PathToken, form, p.other.dpop("POST", p.url(provider.PathToken), ""))
		if a.status != http.StatusBadRequest || a.code() != "invalid_grant" {
			p.t.Errorf("%d %s", a.status, a.raw)
		}
	},
	"FAPI2SPFinalAttemptReuseAuthorizationCodeAfterOneSecond": func(p *profile) {
		code := p.code()
		access, _ := p.tokens(code)
		time.Sleep(time.Second)
		p.redeems(p.redemption(code), 400, "invalid_grant")
		p.redeems(p.redemption(code), 400, "invalid_grant")
		if a := p.info(access); a.status != http.StatusUnauthorized {
			p.t.Errorf("tokens of a code that was used twice stand: %d", a.status)
		}
	},
	"FAPI2SPFinalAttemptToUseExpiredAuthCode": func(p *profile) {
		code := p.code()
		p.age("tmp_trust_grants", "auth_code_expires_at")
		p.redeems(p.redemption(code), 400, "invalid_grant")
	},
	"FAPI2SPFinalEnsureSignedClientAssertionWithRS256Fails": func(p *profile) {
		key, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			p.t.Fatal(err)
		}
		now := time.Now().Unix()
		claims := map[string]any{"iss": string(p.id), "sub": string(p.id), "aud": p.h.issuer, "jti": random(), "iat": now, "exp": now + 60}
		p.pushes(with(p.request(""), "client_assertion", sign(p.t, key, jose.RS256, map[jose.HeaderKey]any{"kid": p.kid}, claims)), 401, "invalid_client")
	},
	"FAPI2SPFinalEnsureClientAssertionInTokenEndpoint": func(p *profile) {
		p.redeems(without(p.redemption(p.code()), "client_assertion", "client_assertion_type"), 401, "invalid_client")
	},
	"FAPI2SPFinalEnsureClientAssertionWithExpIs5MinutesInPastFails": func(p *profile) {
		p.pushes(p.asserted(at("exp", -300), at("iat", -360)), 401, "invalid_client")
	},
	"FAPI2SPFinalEnsureClientAssertionWithWrongAudFails": func(p *profile) {
		p.pushes(p.asserted(set("aud", "https://evil.example")), 401, "invalid_client")
	},
	"FAPI2SPFinalEnsureClientAssertionWithNoSubFails": func(p *profile) {
		p.pushes(p.asserted(drop("sub")), 401, "invalid_client")
	},
	"FAPI2SPFinalDpopNegativeTests": func(p *profile) { p.proofs() },
	"FAPI2SPFinalRefreshToken": func(p *profile) { // none are issued: an agreement is remembered instead
		a := p.redeem(p.redemption(p.code()))
		if a.body["refresh_token"] != nil {
			p.t.Error("a refresh token is issued")
		}
		p.redeems(with(p.redemption("x"), "grant_type", "refresh_token", "refresh_token", random()), 400, "unsupported_grant_type")
	},
	"FAPI2SPFinalPAREnsureServerAcceptsReusedRequestUriBeforeAuthenticationCompletion": func(p *profile) {
		address := p.push(with(p.request(""), "prompt", "consent"))
		if a := p.browse(address, p.cookie, nil); a.status != http.StatusOK {
			p.t.Errorf("%d", a.status)
		}
		page := p.browse(address, p.cookie, nil)
		p.tokens(p.back(p.answerPage(page, p.cookie, url.Values{"answer": {"agree"}})).Get("code"))
	},
	"FAPI2SPFinalPARAttemptReuseRequestUri": func(p *profile) {
		address := p.push(p.request(""))
		p.back(p.browse(address, p.cookie, nil))
		if a := p.browse(address, p.cookie, nil); a.status != http.StatusUnprocessableEntity {
			p.t.Errorf("%d %s", a.status, a.header.Get("Location"))
		}
	},
	"FAPI2SPFinalPARAttemptToUseExpiredRequestUri": func(p *profile) {
		address := p.push(p.request(""))
		p.age("tmp_trust_sessions", "expires_at")
		if a := p.browse(address, p.cookie, nil); a.status != http.StatusUnprocessableEntity {
			p.t.Errorf("%d %s", a.status, a.header.Get("Location"))
		}
	},
	"FAPI2SPFinalPAREnsureJWTClientAssertionWithIatNbf8SecondsInTheFutureIsAccepted": func(p *profile) {
		p.pushes(p.asserted(at("iat", 8), at("nbf", 8)), 0, "")
	},
	"FAPI2SPFinalPAREnsureJWTClientAssertionWithIatNbfOver60SecondsInTheFutureFails": func(p *profile) {
		p.pushes(p.asserted(at("iat", 61), at("nbf", 61), at("exp", 120)), 401, "invalid_client")
	},
	"FAPI2SPFinalPAREnsureRequestUriIsBoundToClient": func(p *profile) {
		address := strings.Replace(p.push(p.request("")), string(p.id), string(p.other.id), 1)
		if a := p.browse(address, p.cookie, nil); a.status < 400 || a.header.Get("Location") != "" {
			p.t.Errorf("%d %s", a.status, a.header.Get("Location"))
		}
	},
	"FAPI2SPFinalPARRejectRequestUriInParAuthorizationFormParams": func(p *profile) {
		p.pushes(with(p.request(""), "request_uri", "urn:ietf:params:oauth:request_uri:x"), 400, "invalid_request")
	},
	"FAPI2SPFinalPARRejectInvalidHttpVerb": func(p *profile) {
		for _, method := range []string{http.MethodGet, http.MethodPut} {
			r, _ := http.NewRequestWithContext(p.t.Context(), method, p.url(provider.PathPush), nil)
			if a := p.do(r); a.status < 400 || a.status >= 500 {
				p.t.Errorf("%s: %d", method, a.status)
			}
		}
	},
	"FAPI2SPFinalPAREnsurePKCERequired": func(p *profile) {
		p.pushes(without(p.request(""), "code_challenge", "code_challenge_method"), 400, "invalid_request")
	},
	"FAPI2SPFinalPAREnsurePKCECodeVerifierRequired": func(p *profile) {
		p.redeems(without(p.redemption(p.code()), "code_verifier"), 400, "invalid_grant")
	},
	"FAPI2SPFinalPARIncorrectPKCECodeVerifierRejected": func(p *profile) {
		p.redeems(with(p.redemption(p.code()), "code_verifier", random()), 400, "invalid_grant")
	},
	"FAPI2SPFinalPAREnsurePlainPKCERejected": func(p *profile) {
		p.pushes(with(p.request(""), "code_challenge_method", "plain"), 400, "invalid_request")
		p.pushes(without(p.request(""), "code_challenge_method"), 400, "invalid_request") // its default is plain
	},
	"FAPI2SPFinalParWithoutDuplicateParameters": func(p *profile) {
		p.code() // the browser brings client_id and request_uri, and nothing else
		form := p.request("")
		form["redirect_uri"] = []string{p.redirect, "https://evil.example/back"}
		p.pushes(form, 400, "invalid_request")
	},
	"FAPI2SPFinalPAREndpointAsArrayAudienceFails": func(p *profile) {
		p.pushes(p.asserted(set("aud", []string{p.h.issuer, p.url(provider.PathPush)})), 401, "invalid_client")
	},
	"FAPI2SPFinalPAREndpointAsAudienceFails": func(p *profile) {
		p.pushes(p.asserted(set("aud", p.url(provider.PathPush))), 401, "invalid_client")
	},
	"FAPI2SPFinalPARTokenEndpointAsAudienceFails": func(p *profile) {
		p.pushes(p.asserted(set("aud", p.url(provider.PathToken))), 401, "invalid_client")
	},
}

// proofs is every way in which a DPoP proof can be wrong, where codes are
// redeemed and where attributes are asked.
func (p *profile) proofs() {
	p.t.Helper()
	public := jose.JSONWebKey{Key: &p.proof.PublicKey}
	good := map[string]any{"jti": random(), "htm": "POST", "htu": p.url(provider.PathToken), "iat": time.Now().Unix()}
	once := p.dpop("POST", p.url(provider.PathToken), "")
	p.redeems(p.redemption(p.code()), 200, "", once)
	for name, proof := range map[string]string{
		"seen before":     once,
		"another method":  p.dpop("GET", p.url(provider.PathToken), ""),
		"another address": p.dpop("POST", p.url(provider.PathPush), ""),
		"another host":    p.dpop("POST", "https://evil.example"+provider.PathToken, ""),
		"no jti":          p.dpop("POST", p.url(provider.PathToken), "", drop("jti")),
		"no iat":          p.dpop("POST", p.url(provider.PathToken), "", drop("iat")),
		"old":             p.dpop("POST", p.url(provider.PathToken), "", at("iat", -3600)),
		"to come":         p.dpop("POST", p.url(provider.PathToken), "", at("iat", 100)),
		"no typ":          sign(p.t, p.proof, jose.ES256, map[jose.HeaderKey]any{"jwk": public}, good),
		"no key":          sign(p.t, p.proof, jose.ES256, map[jose.HeaderKey]any{"typ": "dpop+jwt"}, good),
		"private key":     sign(p.t, p.proof, jose.ES256, map[jose.HeaderKey]any{"typ": "dpop+jwt", "jwk": jose.JSONWebKey{Key: p.proof}}, good),
		"another key":     sign(p.t, p.other.proof, jose.ES256, map[jose.HeaderKey]any{"typ": "dpop+jwt", "jwk": public}, good),
		"symmetric":       sign(p.t, []byte(strings.Repeat("k", 32)), jose.HS256, map[jose.HeaderKey]any{"typ": "dpop+jwt", "jwk": public}, good),
		"nonsense":        "a.b.c",
	} {
		a := p.post(provider.PathToken, p.redemption(p.code()), proof)
		if a.status != http.StatusBadRequest || name != "no iat" && name != "old" && a.code() != "invalid_dpop_proof" {
			p.t.Errorf("%s: %d %s", name, a.status, a.raw)
		}
	}
	two := p.post(provider.PathToken, p.redemption(p.code()), p.dpop("POST", p.url(provider.PathToken), ""), p.dpop("POST", p.url(provider.PathToken), ""))
	if two.status != http.StatusBadRequest {
		p.t.Errorf("two proofs: %d %s", two.status, two.raw)
	}
	access, _ := p.tokens(p.code())
	for name, proofs := range map[string][]string{
		"none":          {},
		"stolen token":  {p.other.dpop("GET", p.url(provider.PathInfo), access)},
		"no ath":        {p.dpop("GET", p.url(provider.PathInfo), "")},
		"another ath":   {p.dpop("GET", p.url(provider.PathInfo), access+"x")},
		"another place": {p.dpop("GET", p.url(provider.PathToken), access)},
	} {
		a := p.info(access, proofs...)
		if a.status != http.StatusUnauthorized || !strings.HasPrefix(a.header.Get("WWW-Authenticate"), "DPoP ") {
			p.t.Errorf("%s: %d %q %s", name, a.status, a.header.Get("WWW-Authenticate"), a.raw)
		}
	}
}

// codeOf goes on from a pushed answer to the code.
func (p *profile) codeOf(a answer) string {
	p.t.Helper()
	uri, _ := a.body["request_uri"].(string)
	return p.back(p.browse(p.url(provider.PathAuthorize)+"?"+url.Values{"client_id": {string(p.id)}, "request_uri": {uri}}.Encode(), p.cookie, nil)).Get("code")
}

// age makes all that is under way look as if it had begun an hour ago.
func (p *profile) age(table, member string) {
	p.t.Helper()
	type row struct{ id, body string }
	ctx := p.t.Context()
	rows, err := p.h.k.Reader.Query(ctx, "select id, body from "+table)
	p.h.must(err)
	var all []row
	for rows.Next() {
		var r row
		p.h.must(rows.Scan(&r.id, &r.body))
		all = append(all, r)
	}
	p.h.must(rows.Err())
	p.h.must(rows.Close())
	for _, r := range all {
		m := map[string]any{}
		p.h.must(json.Unmarshal([]byte(r.body), &m))
		if _, ok := m[member]; !ok {
			continue
		}
		m[member] = time.Now().Unix() - 1
		raw, err := json.Marshal(m)
		p.h.must(err)
		_, err = p.h.k.Scratch.Exec(ctx, "update "+table+" set body = $1 where id = $2", string(raw), r.id)
		p.h.must(err)
	}
}

func sprint(v any) string {
	if all, ok := v.([]any); ok {
		var out []string
		for _, x := range all {
			out = append(out, sprint(x))
		}
		return "[" + strings.Join(out, " ") + "]"
	}
	raw, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return strings.Trim(string(raw), `"`)
}

// TestFAPI2SecurityProfileFinal runs every module.
func TestFAPI2SecurityProfileFinal(t *testing.T) {
	h := newHouse(t)
	b, other := h.newBank("bank.example", false), h.newBank("insurer.example", false)
	_, _, cookie := h.citizen(map[string]any{"given_name": "Amina", "birthdate": "1990-02-03", "age_over_18": true})
	b.agree(cookie, `{"id_token":{"age_over_18":{"essential":true},"given_name":{"essential":true}}}`)
	for _, name := range sortedNames(modules) {
		t.Run(name, func(t *testing.T) {
			h.t, b.h.t, other.h.t = t, t, t
			modules[name](&profile{bank: b, t: t, other: other, cookie: cookie})
		})
	}
	h.t = t
	h.sound()
}

func sortedNames[V any](m map[string]V) []string {
	var out []string
	for name := range m {
		out = append(out, name)
	}
	slices.Sort(out)
	return out
}

// TestTheTableOfTheProfileIsWhole: the page that maps the plan's modules names
// each test there is, and no other.
func TestTheTableOfTheProfileIsWhole(t *testing.T) {
	page, err := os.ReadFile("../../docs/trust/fapi.md")
	if err != nil {
		t.Fatal(err)
	}
	listed := map[string]bool{}
	for _, m := range regexp.MustCompile("(?m)^\\| `(FAPI2SPFinal[A-Za-z0-9]+)` \\| .+ \\|$").FindAllStringSubmatch(string(page), -1) {
		listed[m[1]] = true
		if modules[m[1]] == nil {
			t.Errorf("%s stands in the table and is no test", m[1])
		}
	}
	for name := range modules {
		if !listed[name] {
			t.Errorf("%s is a test and does not stand in the table", name)
		}
	}
}
