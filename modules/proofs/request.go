package proofs

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/store"
)

// What is asked of a wallet, by OpenID for Verifiable Presentations 1.0.

// requestLife is how long a request waits for a wallet, and its answer to be read.
const requestLife = 5 * time.Minute

// mostRequests bounds the requests that wait.
const mostRequests = 20_000

// Asking is what somebody wants to see: an institution, for a purpose that a
// citizen reads in their wallet.
type Asking struct {
	By      ident.ID
	Name    [3]string // ar, fr, en
	Purpose [3]string
	Claims  []string // of one type of proof, by the names of attributes
}

// Request is one that waits for a wallet. Its ID opens it, and nothing else does.
type Request struct {
	ID    string
	Link  string // for the telephone's camera, or the telephone itself
	Until time.Time
}

// TypesFor gives the types of proof that say all of some claims.
func TypesFor(claims []string) []Type {
	if len(claims) == 0 {
		return nil
	}
	return slices.DeleteFunc(Types(), func(t Type) bool {
		return slices.ContainsFunc(claims, func(c string) bool { return !slices.Contains(t.Claims(), c) })
	})
}

// Ask makes a request. Nothing is recorded: nobody has been told anything.
func (s *Service) Ask(ctx context.Context, a Asking) (Request, error) {
	if len(TypesFor(a.Claims)) == 0 {
		return Request{}, fault.New(fault.Invalid, "form.choose")
	}
	now := s.k.Clock.Now()
	var waiting int64
	if err := s.k.Reader.Row(ctx, "select count(*) from tmp_proofs_requests where until_at > $1", []any{store.Micros(now)}, &waiting); err != nil {
		return Request{}, err
	}
	if waiting >= mostRequests {
		return Request{}, fault.New(fault.TooMany, "proofs.fault.busy")
	}
	name, err := json.Marshal(a.Name)
	if err != nil {
		return Request{}, err
	}
	purpose, err := json.Marshal(a.Purpose)
	if err != nil {
		return Request{}, err
	}
	q := Request{ID: token(), Until: now.Add(requestLife)}
	_, err = s.k.Scratch.Exec(ctx, "insert into tmp_proofs_requests (id, asker, claims, name, purpose, tries, status, answer, until_at) values ($1, $2, $3, $4, $5, 0, 'waiting', '', $6)",
		hashed(q.ID), string(a.By), strings.Join(a.Claims, " "), string(name), string(purpose), store.Micros(q.Until))
	q.Link = "openid4vp://?" + url.Values{"client_id": {s.clientID()}, "request_uri": {s.issuer() + "/request/" + q.ID}}.Encode()
	return q, err
}

// asked is a request as it waits.
type asked struct {
	Asking
	id     string
	status string
	tries  int64
	answer string
	until  time.Time
}

func (s *Service) asked(ctx context.Context, id string) (a asked, err error) {
	var claims, name, purpose string
	var until int64
	err = s.k.Reader.Row(ctx, "select asker, claims, name, purpose, tries, status, answer, until_at from tmp_proofs_requests where id = $1 and until_at > $2",
		[]any{hashed(id), store.Micros(s.k.Clock.Now())}, &a.By, &claims, &name, &purpose, &a.tries, &a.status, &a.answer, &until)
	if err != nil {
		return a, err
	}
	a.id, a.Claims, a.until = id, strings.Fields(claims), store.Time(until)
	if err := json.Unmarshal([]byte(name), &a.Name); err != nil {
		return a, err
	}
	return a, json.Unmarshal([]byte(purpose), &a.Purpose)
}

// clientID names the verifier as wallets check it: by its certificate (5.9.3).
func (s *Service) clientID() string {
	u, err := url.Parse(s.origin)
	if err != nil {
		return ""
	}
	return "x509_san_dns:" + u.Hostname()
}

func (s *Service) responseAddress(id string) string { return s.issuer() + "/response/" + id }

// nonceOf is what the holder's signature must repeat: it follows from the
// request, so that nothing of it is kept.
func (s *Service) nonceOf(id string) string {
	mac := hmac.New(sha256.New, s.k.Secret("proofs request"))
	mac.Write([]byte("nonce\n" + id))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// keyOf is the key that the answer to a request is encrypted to, for that one alone.
func (s *Service) keyOf(id string) (*ecdsa.PrivateKey, error) {
	mac := hmac.New(sha256.New, s.k.Secret("proofs request"))
	mac.Write([]byte("key\n" + id))
	return derive(mac.Sum(nil))
}

func encryptionKey(key *ecdsa.PrivateKey) (jose.JSONWebKey, []byte, error) {
	jwk := jose.JSONWebKey{Key: &key.PublicKey, Use: "enc", Algorithm: string(jose.ECDH_ES)}
	sum, err := jwk.Thumbprint(crypto.SHA256)
	jwk.KeyID = base64.RawURLEncoding.EncodeToString(sum)
	return jwk, sum, err
}

// query is what is asked, of any type that says it and in either form, and no
// claim more (6). Each goes by the name of its configuration.
func (s *Service) query(a asked) map[string]any {
	claims := func(space ...string) []map[string]any {
		var out []map[string]any
		for _, c := range a.Claims {
			one := map[string]any{"path": append(slices.Clone(space), c)}
			if len(space) > 0 {
				one["intent_to_retain"] = false
			}
			out = append(out, one)
		}
		return out
	}
	var credentials []map[string]any
	var options [][]string
	for _, t := range TypesFor(a.Claims) {
		credentials = append(credentials,
			map[string]any{"id": configuration(t, SDJWT), "format": string(SDJWT), "meta": map[string]any{"vct_values": []string{s.typeAddress(t)}}, "claims": claims()},
			map[string]any{"id": configuration(t, MDoc), "format": string(MDoc), "meta": map[string]any{"doctype_value": t.docType()}, "claims": claims(t.docType())})
		options = append(options, []string{configuration(t, SDJWT)}, []string{configuration(t, MDoc)})
	}
	return map[string]any{"credentials": credentials, "credential_sets": []map[string]any{{"options": options}}}
}

// requestObject is the request as a wallet fetches it, signed (5.10).
func (s *Service) requestObject(ctx context.Context, id string) (string, error) {
	a, err := s.asked(ctx, id)
	if err != nil {
		return "", err
	}
	if a.status != Waiting {
		return "", fault.New(fault.NotFound, "fault.not-found")
	}
	auth, err := s.authority()
	if err != nil {
		return "", err
	}
	claims, err := s.requestClaims(a)
	if err != nil {
		return "", err
	}
	options := (&jose.SignerOptions{}).WithType("oauth-authz-req+jwt").WithHeader("x5c", []string{base64.StdEncoding.EncodeToString(auth.verifierCert.Raw)})
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: auth.verifier}, options)
	if err != nil {
		return "", err
	}
	jws, err := signer.Sign(claims)
	if err != nil {
		return "", err
	}
	return jws.CompactSerialize()
}

// requestClaims is what it says. Who asks for what, in the citizen's languages,
// goes with it.
func (s *Service) requestClaims(a asked) ([]byte, error) {
	key, err := s.keyOf(a.id)
	if err != nil {
		return nil, err
	}
	jwk, _, err := encryptionKey(key)
	if err != nil {
		return nil, err
	}
	languages := func(all [3]string) map[string]string {
		return map[string]string{"ar": all[0], "fr": all[1], "en": all[2]}
	}
	return json.Marshal(map[string]any{
		"aud": "https://self-issued.me/v2", "client_id": s.clientID(), "response_type": "vp_token", "response_mode": "direct_post.jwt", "response_uri": s.responseAddress(a.id),
		"nonce": s.nonceOf(a.id), "state": a.id, "iat": s.k.Clock.Now().Unix(), "exp": a.until.Unix(), "dcql_query": s.query(a),
		"client_metadata": map[string]any{
			"client_name": a.Name[2], "client_name#ar": a.Name[0], "client_name#fr": a.Name[1],
			"jwks": map[string]any{"keys": []jose.JSONWebKey{jwk}}, "encrypted_response_enc_values_supported": []string{string(jose.A128GCM), string(jose.A256GCM)},
			"vp_formats_supported": map[string]any{
				string(SDJWT): map[string]any{"sd-jwt_alg_values": []string{"ES256"}, "kb-jwt_alg_values": []string{"ES256"}},
				string(MDoc):  map[string]any{"issuerauth_alg_values": []int{-7}, "deviceauth_alg_values": []int{-7}},
			},
		},
		"verifier_info": []map[string]any{{"format": "urn:amana:purpose", "data": map[string]any{"name": languages(a.Name), "purpose": languages(a.Purpose)}}},
	})
}
