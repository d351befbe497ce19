package provider

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/luikyv/go-oidc/pkg/goidc"
)

// The endpoints.
const (
	PathDiscovery = "/.well-known/openid-configuration"
	PathKeys      = "/oidc/keys"
	PathPush      = "/oidc/par"
	PathAuthorize = "/oidc/authorize"
	PathToken     = "/oidc/token"
	PathInfo      = "/oidc/userinfo"
	PathEnd       = "/oidc/end-session"
	PathAsk       = "/oidc/bc-authorize"
)

type contextKey int

const (
	wantedKey contextKey = iota
	troubleKey
	exchangeKey
)

// trouble carries an error of ours past the library, to whoever shows it.
type trouble struct{ err error }

func keep(r *http.Request, err error) {
	if t, ok := r.Context().Value(troubleKey).(*trouble); ok && t.err == nil {
		t.err = err
	}
}

// exchange is what is known while one program is answered.
type exchange struct {
	err   error        // why the store failed
	grant *goidc.Grant // that the token it showed hangs on
}

// Serve answers at one of the endpoints. What it returns is no answer of the
// protocol: it is to be shown to the person, or logged.
func (p *Provider) Serve(w http.ResponseWriter, r *http.Request) error {
	t := &trouble{}
	r = r.WithContext(context.WithValue(r.Context(), troubleKey, t))
	r.RequestURI = r.URL.EscapedPath() // a proof names the endpoint without its query (RFC 9449 4.3)
	switch path := r.URL.Path; {
	case path == PathDiscovery:
		writeJSON(w, http.StatusOK, p.discovery)
	case path == PathKeys:
		p.inner.ServeHTTP(w, r)
	case path == PathAuthorize || strings.HasPrefix(path, PathAuthorize+"/"):
		p.inner.ServeHTTP(w, r)
	default:
		p.machine(w, r)
	}
	return t.err
}

// machine answers programs: it refuses what the library would overlook, and
// says in the registered codes what it says loosely.
func (p *Provider) machine(w http.ResponseWriter, r *http.Request) {
	if wrong := p.precheck(r); wrong != nil {
		refuse(w, wrong.Code, wrong.Description, wrong.StatusCode())
		return
	}
	if r.URL.Path == PathPush {
		wanted, err := ParseClaims(r.PostFormValue("claims"))
		if err != nil {
			refuse(w, goidc.ErrorCodeInvalidRequest, err.Error(), http.StatusBadRequest)
			return
		}
		r = r.WithContext(context.WithValue(r.Context(), wantedKey, wanted))
	}
	answer, x := &recorded{header: http.Header{}}, &exchange{}
	r = r.WithContext(context.WithValue(r.Context(), exchangeKey, x))
	p.inner.ServeHTTP(answer, r)
	if x.err != nil { // the library would tell the program that it does not know it
		p.c.Log.ErrorContext(r.Context(), "the store failed while a program asked", "err", x.err)
		refuse(w, "temporarily_unavailable", "the service has a fault; try again later", http.StatusServiceUnavailable)
		return
	}
	answer.correct(r)
	answer.send(w)
}

// repeatable are the parameters that may be given more than once.
var repeatable = []string{"resource"}

// precheck finds what must not be ignored.
func (p *Provider) precheck(r *http.Request) *goidc.Error {
	invalid := func(description string) *goidc.Error {
		e := goidc.NewError(goidc.ErrorCodeInvalidRequest, description)
		return &e
	}
	if r.URL.RawQuery != "" {
		return invalid("parameters belong in the body")
	}
	if r.URL.Path == PathInfo {
		if scheme, _, _ := strings.Cut(r.Header.Get("Authorization"), " "); scheme != "" && !strings.EqualFold(scheme, "DPoP") {
			e := goidc.NewError(goidc.ErrorCodeInvalidToken, "tokens are bound to a key: send them with the DPoP scheme").WithStatusCode(http.StatusUnauthorized)
			return &e
		}
	}
	if len(r.Header.Values(goidc.HeaderDPoP)) > 1 {
		return invalid("more than one DPoP proof")
	}
	if r.Method != http.MethodPost {
		return nil
	}
	if err := r.ParseForm(); err != nil {
		return invalid("the body is no form")
	}
	if id := r.PostForm.Get("auth_req_id"); id != "" && r.URL.Path == PathToken && !p.polls.allow(digest("asked", id)) {
		e := goidc.NewError(goidc.ErrorCodeSlowDown, "look again later")
		return &e
	}
	return repeated(r.PostForm, r.URL.Path == PathAsk, invalid)
}

// repeated refuses a parameter that is given twice, and those that ask for
// what there is not. Questions come as signed request objects (FAPI-CIBA 5.2.2).
func repeated(form url.Values, signed bool, invalid func(string) *goidc.Error) *goidc.Error {
	for name, values := range form {
		if len(values) > 1 && !slices.Contains(repeatable, name) {
			return invalid("a parameter is given more than once")
		}
		for _, v := range values {
			if strings.ContainsRune(v, 0) || len(v) > 16<<10 {
				return invalid("a parameter is malformed")
			}
		}
	}
	switch {
	case form.Get("request") != "" && !signed:
		e := goidc.NewError("request_not_supported", "request objects are not supported")
		return &e
	case form.Get("request_uri") != "":
		return invalid("request_uri is not allowed here")
	case form.Get("response_mode") != "" && form.Get("response_mode") != string(goidc.ResponseModeQuery):
		return invalid("response_mode is not supported")
	case form.Get("client_secret") != "":
		e := goidc.NewError(goidc.ErrorCodeInvalidClient, "clients authenticate with private_key_jwt")
		return &e
	}
	return nil
}

// recorded holds an answer back until it has been looked at.
type recorded struct {
	header http.Header
	status int
	body   bytes.Buffer
}

// Header gives the header that will be sent.
func (a *recorded) Header() http.Header { return a.header }

// WriteHeader notes the first status.
func (a *recorded) WriteHeader(status int) {
	if a.status == 0 {
		a.status = status
	}
}

// Write gathers the body.
func (a *recorded) Write(b []byte) (int, error) {
	a.WriteHeader(http.StatusOK)
	return a.body.Write(b)
}

func (a *recorded) send(w http.ResponseWriter) {
	for k, v := range a.header {
		w.Header()[k] = v
	}
	if a.status != 0 {
		w.WriteHeader(a.status)
	}
	_, _ = w.Write(a.body.Bytes()) // whoever asked may have gone
}

// correct gives errors the codes that are registered for them: RFC 6749 5.2
// for a code that is over, RFC 9449 5 for a proof, RFC 6750 3 at a resource.
func (a *recorded) correct(r *http.Request) {
	if a.status < http.StatusBadRequest {
		return
	}
	var e goidc.Error
	if err := json.Unmarshal(a.body.Bytes(), &e); err != nil || e.Code == "" {
		return
	}
	status := a.status
	switch {
	case e.Description == "invalid DPoP proof":
		e.Code, status = "invalid_dpop_proof", http.StatusBadRequest
	case e.Code == goidc.ErrorCodeExpiredToken && r.PostFormValue("grant_type") == string(goidc.GrantAuthorizationCode):
		e.Code = goidc.ErrorCodeInvalidGrant
	case e.Code == goidc.ErrorCodeUnauthorizedClient:
		status = http.StatusBadRequest
	}
	if r.URL.Path == PathInfo && status < http.StatusInternalServerError {
		if status != http.StatusForbidden {
			status = http.StatusUnauthorized
		}
		if e.Code != "invalid_dpop_proof" {
			e.Code = goidc.ErrorCodeInvalidToken
		}
		a.header.Set("WWW-Authenticate", `DPoP error="`+string(e.Code)+`", algs="`+algs(proofAlgs)+`"`)
	}
	a.status = status
	a.body.Reset()
	_ = json.NewEncoder(a).Encode(e) // into memory
}

func algs(all []goidc.SignatureAlgorithm) string {
	var names []string
	for _, a := range all {
		names = append(names, string(a))
	}
	return strings.Join(names, " ")
}

func refuse(w http.ResponseWriter, code goidc.ErrorCode, description string, status int) {
	writeJSON(w, status, goidc.NewError(code, description))
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // whoever asked may have gone
}
