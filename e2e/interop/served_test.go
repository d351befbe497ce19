package interop

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/fxamacker/cbor/v2"
	"github.com/go-jose/go-jose/v4"

	"github.com/amana-platform/amana/engines/mdoc"
	"github.com/amana-platform/amana/engines/sdjwt"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/modules/proofs"
	"github.com/amana-platform/amana/modules/proofs/demowallet"
)

const preAuthorized = "urn:ietf:params:oauth:grant-type:pre-authorized_code"

// takes goes the whole way of OpenID4VCI 1.0 over HTTP, as a wallet that knows
// nothing but the offer: a credential of a type, in a form, for a key.
func (h *whole) takes(typ, form string, key *ecdsa.PrivateKey) string {
	h.t.Helper()
	p := h.c.Post("/citizen/proofs", url.Values{"type": {typ}, "form": {form}})
	var offer struct {
		Issuer         string   `json:"credential_issuer"`
		Configurations []string `json:"credential_configuration_ids"`
		Grants         map[string]struct {
			Code string `json:"pre-authorized_code"`
		} `json:"grants"`
	}
	link := must(url.Parse(p.LinkTo("openid-credential-offer:")))
	h.reads([]byte(link.Query().Get("credential_offer")), &offer)
	digits := ""
	for word := range strings.FieldsSeq(p.Text()) {
		if len(word) == 6 && strings.Trim(word, "0123456789") == "" {
			digits = word
		}
	}
	var issuer struct {
		Endpoint string `json:"credential_endpoint"`
		Nonce    string `json:"nonce_endpoint"`
	}
	var server struct {
		Token string `json:"token_endpoint"`
	}
	at := strings.TrimPrefix(offer.Issuer, h.issuer)
	h.reads(fetched(h.t, h.issuer+"/.well-known/openid-credential-issuer"+at), &issuer)
	h.reads(fetched(h.t, h.issuer+"/.well-known/oauth-authorization-server"+at), &server)
	var token struct {
		Access string `json:"access_token"`
	}
	h.posts(server.Token, "", url.Values{"grant_type": {preAuthorized}, "pre-authorized_code": {offer.Grants[preAuthorized].Code}, "tx_code": {digits}}, &token)
	var nonce struct {
		Nonce string `json:"c_nonce"`
	}
	h.posts(issuer.Nonce, "", url.Values{}, &nonce)
	signer := must(jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: key}, (&jose.SignerOptions{EmbedJWK: true}).WithType("openid4vci-proof+jwt")))
	proof := must(must(signer.Sign(must(json.Marshal(map[string]any{"aud": offer.Issuer, "iat": time.Now().Unix(), "nonce": nonce.Nonce})))).CompactSerialize())
	var got struct {
		Credentials []struct{ Credential string }
	}
	h.posts(issuer.Endpoint, token.Access, map[string]any{"credential_configuration_id": offer.Configurations[0], "proofs": map[string]any{"jwt": []string{proof}}}, &got)
	if len(got.Credentials) != 1 {
		h.t.Fatal("no credential")
	}
	return got.Credentials[0].Credential
}

func (h *whole) reads(raw []byte, into any) {
	h.t.Helper()
	if err := json.Unmarshal(raw, into); err != nil {
		h.t.Fatalf("%v: %s", err, raw)
	}
}

func (h *whole) posts(address, bearer string, body, into any) {
	h.t.Helper()
	contentType, raw := "application/json", []byte(nil)
	if form, ok := body.(url.Values); ok {
		contentType, raw = "application/x-www-form-urlencoded", []byte(form.Encode())
	} else {
		raw = must(json.Marshal(body))
	}
	r := must(http.NewRequestWithContext(h.t.Context(), http.MethodPost, address, bytes.NewReader(raw)))
	r.Header.Set("Content-Type", contentType)
	if bearer != "" {
		r.Header.Set("Authorization", "Bearer "+bearer)
	}
	res := must(http.DefaultClient.Do(r))
	defer func() { _ = res.Body.Close() }()
	h.reads(must(io.ReadAll(res.Body)), into)
}

// issuerKey is the key by which proofs are checked, as it is served.
func (h *whole) issuerKey() jose.JSONWebKey {
	h.t.Helper()
	var out struct{ JWKS jose.JSONWebKeySet }
	h.reads(fetched(h.t, h.issuer+"/.well-known/jwt-vc-issuer/wallet"), &out)
	return out.JWKS.Keys[0]
}

// TestTheirsShowsWhatWeServe: a credential that our endpoints served is shown by
// @sd-jwt/sd-jwt-vc and believed by our verifier, and by theirs with the key and
// the status list that we serve; changed, shown to another, or revoked it is not.
func TestTheirsShowsWhatWeServe(t *testing.T) {
	h := newWhole(t)
	key := newKey()
	compact := h.takes("age", "dc+sd-jwt", key)
	var shown struct{ Compact, Error string }
	show := map[string]any{"do": "present", "compact": compact, "key": jwk(key), "show": []string{"age_over_18"}, "nonce": "n-1", "audience": "https://shop.example", "now": time.Now().Unix()}
	if ask(t, "sdjwt.mjs", show, &shown); shown.Error != "" {
		t.Fatal(shown.Error)
	}
	ours := func(nonce, audience string) (*sdjwt.Verified, error) {
		v := sdjwt.Verifier{Key: func(sdjwt.Signed, string) (crypto.PublicKey, error) { return h.issuerKey().Key, nil }, Types: []string{h.issuer + "/wallet/types/age"}, Now: time.Now(),
			Binding: &sdjwt.Expect{Audience: audience, Nonce: nonce, MaxAge: time.Minute}}
		return v.Verify(shown.Compact)
	}
	got, err := ours("n-1", "https://shop.example")
	if err != nil || got.Claims["age_over_18"] != true || got.Claims["age_over_16"] != nil {
		t.Fatalf("%v %+v", err, got)
	}
	for _, bad := range [][2]string{{"n-2", "https://shop.example"}, {"n-1", "https://other.example"}} {
		if _, err := ours(bad[0], bad[1]); err == nil {
			t.Errorf("%q is believed", bad)
		}
	}
	show["key"] = jwk(newKey())
	var stolen struct{ Compact, Error string }
	ask(t, "sdjwt.mjs", show, &stolen)
	kept := shown.Compact
	if shown.Compact = stolen.Compact; stolen.Error == "" {
		if _, err := ours("n-1", "https://shop.example"); err == nil {
			t.Error("shown by somebody who does not hold the key, it is believed")
		}
	}
	theirs := func() string {
		var answer struct {
			Claims map[string]any
			Error  string
		}
		ask(t, "sdjwt.mjs", map[string]any{"do": "verify", "compact": kept, "issuer": h.issuerKey(), "status": h.issuerKey(), "list": string(fetched(t, h.issuer+"/wallet/status/1")), "nonce": "n-1", "now": time.Now().Unix()}, &answer)
		if answer.Error == "" && (answer.Claims["age_over_18"] != true || answer.Claims["age_over_21"] != nil) {
			t.Errorf("%v", answer.Claims)
		}
		return answer.Error
	}
	if wrong := theirs(); wrong != "" {
		t.Errorf("theirs does not believe what we serve: %s", wrong)
	}
	for _, action := range h.c.Get("/citizen/proofs").Actions() {
		if strings.HasSuffix(action, "/revoke") {
			h.c.Post(action, nil)
		}
	}
	h.Clock.Run(time.Now().Add(2 * time.Minute)) // a list is a minute old at most
	if wrong := theirs(); wrong == "" {
		t.Error("theirs believes a proof that the list which we serve says is revoked")
	}
}

// TestOurVerifierIsShownTheirs: what @sd-jwt/sd-jwt-vc and @auth0/mdl make of
// what we served is sent to our verifier by OpenID4VP 1.0, and believed once; made
// for another request it is not.
func TestOurVerifierIsShownTheirs(t *testing.T) {
	h := newWhole(t)
	wallet := demowallet.Client{Issuer: h.issuer, HTTP: http.DefaultClient, Now: time.Now}
	key := newKey()
	sd := h.takes("age", "dc+sd-jwt", key)
	document := h.wrapped("org.amana-platform.age.1", h.takes("age", "mso_mdoc", key))
	asks := func() (string, *demowallet.Request) {
		t.Helper()
		q := must(h.services.Proofs.Ask(t.Context(), proofs.Asking{By: ident.ID(h.bank()), Claims: []string{"age_over_18"}}))
		return q.ID, must(wallet.Read(t.Context(), q.Link))
	}
	made := map[string]func(*demowallet.Request) string{
		"age-sd-jwt": func(q *demowallet.Request) string {
			var shown struct{ Compact, Error string }
			ask(t, "sdjwt.mjs", map[string]any{"do": "present", "compact": sd, "key": jwk(key), "show": []string{"age_over_18"}, "nonce": q.Nonce, "audience": q.ClientID, "now": time.Now().Unix()}, &shown)
			return shown.Compact
		},
		"age-mdoc": func(q *demowallet.Request) string {
			transcript := must(mdoc.OpenID4VP(q.ClientID, q.Nonce, must(q.Metadata.Keys.Keys[0].Thumbprint(crypto.SHA256)), q.Response))
			var shown struct {
				Response []byte
				Error    string
			}
			ask(t, "mdoc.mjs", map[string]any{"do": "present", "document": document, "device": jwk(key), "type": "org.amana-platform.age.1", "space": "org.amana-platform.age.1", "names": []string{"age_over_18"},
				"transcript": must(cbor.Marshal(cbor.Tag{Number: 24, Content: transcript}))}, &shown)
			return base64.RawURLEncoding.EncodeToString(shown.Response)
		},
	}
	send := func(q *demowallet.Request, name, presentation string) int {
		t.Helper()
		sealed := must(q.Seal(map[string]any{"vp_token": map[string][]string{name: {presentation}}, "state": q.State}))
		res := must(http.PostForm(q.Response, url.Values{"response": {sealed}}))
		if err := res.Body.Close(); err != nil {
			t.Fatal(err)
		}
		return res.StatusCode
	}
	for name, make := range made {
		id, q := asks()
		_, other := asks()
		presentation := make(q)
		if got := send(other, name, presentation); got != http.StatusBadRequest {
			t.Errorf("%s: made for another request, it is answered with %d", name, got)
		}
		for n, want := range []int{http.StatusOK, http.StatusBadRequest} {
			if got := send(q, name, presentation); got != want {
				t.Errorf("%s, the %d. time: %d", name, n+1, got)
			}
		}
		a := must(h.services.Proofs.Answered(t.Context(), ident.ID(h.bank()), id))
		if a.Status != proofs.Shown || a.Claims["age_over_18"] != true || len(a.Claims) != 1 {
			t.Errorf("%s: %+v", name, a)
		}
	}
}

// wrapped is a served document inside a DeviceResponse, as @auth0/mdl reads it.
func (h *whole) wrapped(typ, served string) []byte {
	type document struct {
		Type   string          `cbor:"docType"`
		Issued cbor.RawMessage `cbor:"issuerSigned"`
	}
	issued := must(base64.RawURLEncoding.DecodeString(served))
	return must(cbor.Marshal(map[string]any{"version": "1.0", "documents": []document{{typ, issued}}, "status": 0}))
}

// TestTheirsShowsTheDocumentWeServe: likewise @auth0/mdl with a document of ISO
// 18013-5, under the authority that we serve.
func TestTheirsShowsTheDocumentWeServe(t *testing.T) {
	h := newWhole(t)
	key := newKey()
	const typ = "org.amana-platform.identity.1"
	wrapped := h.wrapped(typ, h.takes("identity", "mso_mdoc", key))
	transcript, item := session()
	var shown struct {
		Response []byte
		Error    string
	}
	question := map[string]any{"do": "present", "document": wrapped, "device": jwk(key), "type": typ, "space": typ, "names": []string{"family_name", "birthdate"}, "transcript": item}
	if ask(t, "mdoc.mjs", question, &shown); shown.Error != "" {
		t.Fatal(shown.Error)
	}
	roots := x509.NewCertPool()
	authority := fetched(t, h.issuer+"/wallet/authority.pem")
	if !roots.AppendCertsFromPEM(authority) {
		t.Fatal("no certificate")
	}
	ours := func(transcript []byte) ([]mdoc.Verified, error) {
		v := mdoc.Verifier{Roots: roots, Types: []string{typ}, Transcript: transcript, Now: time.Now(), Leeway: time.Minute}
		return v.Verify(shown.Response)
	}
	got, err := ours(transcript)
	if err != nil {
		t.Fatal(err)
	}
	if e := got[0].Elements[typ]; e["family_name"] == nil || e["birthdate"] == nil || len(e) != 2 || got[0].Status == nil {
		t.Errorf("%v", e)
	}
	if _, err := ours(must(mdoc.OpenID4VP("x509_san_dns:bank.example", "n-2", nil, "https://bank.example/answer"))); err == nil {
		t.Error("shown in another session, it is believed")
	}
	var read struct {
		Elements map[string]map[string]any
		Error    string
	}
	ask(t, "mdoc.mjs", map[string]any{"do": "verify", "response": shown.Response, "transcript": item, "root": string(authority)}, &read)
	if read.Error != "" || len(read.Elements[typ]) != 2 {
		t.Errorf("theirs does not believe the document that we serve: %s %v", read.Error, read.Elements)
	}
	question["device"], shown.Error = jwk(newKey()), ""
	ask(t, "mdoc.mjs", question, &shown)
	if _, err := ours(transcript); shown.Error == "" && err == nil {
		t.Error("shown by another device, it is believed")
	}
}
