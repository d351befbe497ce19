package proofs

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"encoding/json"
	"net/http"
	"slices"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/store"
)

// What wallets ask, by OpenID for Verifiable Credential Issuance 1.0.

// grantType is the one grant that wallets are given (3.5).
const grantType = "urn:ietf:params:oauth:grant-type:pre-authorized_code"

// refusal is what a wallet is told: an error code of the specification.
type refusal struct {
	status int
	code   string
}

func (r *refusal) Error() string { return "proofs: " + r.code }

func refuse(code string) error { return &refusal{http.StatusBadRequest, code} }

// redeem takes an offer with its digits and gives an access token (6.1). Three
// wrong tries end the offer: the citizen makes another, and nobody else is
// held up.
func (s *Service) redeem(ctx context.Context, code, digits string) (string, error) {
	now := store.Micros(s.k.Clock.Now())
	var x right
	var kept string
	// a try is counted before it is judged: many at once are no more than three
	n, err := s.k.Scratch.Exec(ctx, "update tmp_proofs_offers set tries = tries + 1 where code = $1 and until_at > $2 and tries < $3", hashed(code), now, maxTries)
	if err != nil {
		return "", err
	}
	if n != 1 {
		return "", refuse("invalid_grant")
	}
	err = s.k.Reader.Row(ctx, "select digits, citizen, type, form from tmp_proofs_offers where code = $1", []any{hashed(code)}, &kept, &x.citizen, &x.typ, &x.form)
	if fault.Is(err, fault.NotFound) || err == nil && kept != hashed(code+digits) {
		return "", refuse("invalid_grant")
	}
	if err != nil {
		return "", err
	}
	n, err = s.k.Scratch.Exec(ctx, "delete from tmp_proofs_offers where code = $1", hashed(code))
	if err != nil {
		return "", err
	}
	if n != 1 { // another was quicker
		return "", refuse("invalid_grant")
	}
	access := token()
	_, err = s.k.Scratch.Exec(ctx, "insert into tmp_proofs_tokens (token, citizen, type, form, remaining, until_at) values ($1, $2, $3, $4, $5, $6)",
		hashed(access), string(x.citizen), string(x.typ), string(x.form), batchSize, now+tokenLife.Microseconds())
	return access, err
}

// nonce gives what a wallet must repeat (7).
func (s *Service) nonce(ctx context.Context) (string, error) {
	now := store.Micros(s.k.Clock.Now())
	var waiting int
	if err := s.k.Reader.Row(ctx, "select count(*) from tmp_proofs_nonces where until_at > $1", []any{now}, &waiting); err != nil {
		return "", err
	}
	if waiting >= maxNonces {
		return "", fault.New(fault.TooMany, "proofs.fault.busy")
	}
	n := token()
	_, err := s.k.Scratch.Exec(ctx, "insert into tmp_proofs_nonces (nonce, until_at) values ($1, $2)", hashed(n), now+nonceLife.Microseconds())
	return n, err
}

// wanted is what a wallet asks for (8.2).
type wanted struct {
	Configuration string              `json:"credential_configuration_id"`
	Proofs        map[string][]string `json:"proofs"`
}

// take gives the credentials of an access token, one for each key that the
// wallet proves to hold (8).
func (s *Service) take(ctx context.Context, access string, w wanted) ([]string, error) {
	var x right
	var remaining int64
	err := s.k.Reader.Row(ctx, "select citizen, type, form, remaining from tmp_proofs_tokens where token = $1 and until_at > $2", []any{hashed(access), store.Micros(s.k.Clock.Now())}, &x.citizen, &x.typ, &x.form, &remaining)
	if fault.Is(err, fault.NotFound) {
		return nil, &refusal{http.StatusUnauthorized, "invalid_token"}
	}
	if err != nil {
		return nil, err
	}
	if w.Configuration != configuration(x.typ, x.form) {
		return nil, refuse("unknown_credential_configuration")
	}
	proofs := w.Proofs["jwt"]
	if len(w.Proofs) != 1 || len(proofs) == 0 || int64(len(proofs)) > remaining {
		return nil, refuse("invalid_proof")
	}
	keys, err := s.proven(ctx, proofs)
	if err != nil {
		return nil, err
	}
	n, err := s.k.Scratch.Exec(ctx, "update tmp_proofs_tokens set remaining = remaining - $1 where token = $2 and remaining >= $1", int64(len(keys)), hashed(access))
	if err != nil {
		return nil, err
	}
	if n != 1 {
		return nil, refuse("invalid_proof")
	}
	return s.issue(ctx, x, keys)
}

// proven reads the proofs of possession (F.1): each of another key, all of one
// nonce, which is good once.
func (s *Service) proven(ctx context.Context, proofs []string) ([]*ecdsa.PublicKey, error) {
	var keys []*ecdsa.PublicKey
	nonce := ""
	for _, p := range proofs {
		key, n, err := s.possession(p)
		if err != nil {
			return nil, err
		}
		if nonce != "" && n != nonce || slices.ContainsFunc(keys, func(k *ecdsa.PublicKey) bool { return k.Equal(key) }) {
			return nil, refuse("invalid_proof")
		}
		keys, nonce = append(keys, key), n
	}
	n, err := s.k.Scratch.Exec(ctx, "delete from tmp_proofs_nonces where nonce = $1 and until_at > $2", hashed(nonce), store.Micros(s.k.Clock.Now()))
	if err != nil {
		return nil, err
	}
	if n != 1 {
		return nil, refuse("invalid_nonce")
	}
	return keys, nil
}

// maxProof bounds one proof, in bytes; maxAge is how far its time may lie from
// ours.
const (
	maxProof = 8 << 10
	maxAge   = 5 * time.Minute
)

// possession checks one proof: a JWT that the key in its own header signed.
func (s *Service) possession(compact string) (*ecdsa.PublicKey, string, error) {
	if len(compact) > maxProof {
		return nil, "", refuse("invalid_proof")
	}
	jws, err := jose.ParseSigned(compact, []jose.SignatureAlgorithm{jose.ES256})
	if err != nil || len(jws.Signatures) != 1 {
		return nil, "", refuse("invalid_proof")
	}
	h := jws.Signatures[0].Protected
	if h.ExtraHeaders["typ"] != "openid4vci-proof+jwt" || h.JSONWebKey == nil || !h.JSONWebKey.IsPublic() {
		return nil, "", refuse("invalid_proof")
	}
	key, ok := h.JSONWebKey.Key.(*ecdsa.PublicKey)
	if !ok || key.Curve != elliptic.P256() {
		return nil, "", refuse("invalid_proof")
	}
	raw, err := jws.Verify(key)
	if err != nil {
		return nil, "", refuse("invalid_proof")
	}
	var said struct {
		Audience string `json:"aud"`
		Issued   int64  `json:"iat"`
		Nonce    string `json:"nonce"`
	}
	if err := json.Unmarshal(raw, &said); err != nil || said.Audience != s.issuer() || s.k.Clock.Now().Sub(time.Unix(said.Issued, 0)).Abs() > maxAge {
		return nil, "", refuse("invalid_proof")
	}
	if said.Nonce == "" {
		return nil, "", refuse("invalid_nonce")
	}
	return key, said.Nonce, nil
}

// metadata says what the issuer issues and where (12.2).
func (s *Service) metadata() map[string]any {
	configurations := map[string]any{}
	for _, t := range Types() {
		for _, f := range Forms() {
			configurations[configuration(t, f)] = s.described(t, f)
		}
	}
	return map[string]any{
		"credential_issuer": s.issuer(), "credential_endpoint": s.issuer() + "/credential", "nonce_endpoint": s.issuer() + "/nonce",
		"batch_credential_issuance": map[string]any{"batch_size": batchSize}, "credential_configurations_supported": configurations,
	}
}

func (s *Service) described(t Type, f Form) map[string]any {
	c := map[string]any{
		"format": string(f), "cryptographic_binding_methods_supported": []string{"jwk"}, "credential_signing_alg_values_supported": []any{"ES256"},
		"proof_types_supported": map[string]any{"jwt": map[string]any{"proof_signing_alg_values_supported": []string{"ES256"}}},
		"credential_metadata":   map[string]any{"display": s.display(t), "claims": s.claimed(t, f)},
	}
	if f == MDoc {
		c["doctype"], c["credential_signing_alg_values_supported"] = t.docType(), []any{-7} // ES256 in COSE
		c["cryptographic_binding_methods_supported"] = []string{"cose_key"}
	} else {
		c["vct"] = s.typeAddress(t)
	}
	return c
}

// display names a type in the three languages.
func (s *Service) display(t Type) []map[string]string {
	var out []map[string]string
	for _, lang := range languages() {
		out = append(out, map[string]string{"name": s.k.Texts.In(lang).T("proofs.type." + string(t)), "locale": string(lang)})
	}
	return out
}

func (s *Service) claimed(t Type, f Form) []map[string]any {
	var out []map[string]any
	for _, name := range t.Claims() {
		path := []string{name}
		if f == MDoc {
			path = []string{t.docType(), name}
		}
		out = append(out, map[string]any{"path": path})
	}
	return out
}

// server is the authorization server's metadata (RFC 8414): the same service.
func (s *Service) server() map[string]any {
	return map[string]any{
		"issuer": s.issuer(), "token_endpoint": s.issuer() + "/token", "grant_types_supported": []string{grantType}, "response_types_supported": []string{},
		"pre-authorized_grant_anonymous_access_supported": true, "token_endpoint_auth_methods_supported": []string{"none"},
	}
}

// offer is a credential offer (4.1.1).
func (s *Service) offer(t Type, f Form, o Offer) map[string]any {
	return map[string]any{"credential_issuer": s.issuer(), "credential_configuration_ids": []string{configuration(t, f)},
		"grants": map[string]any{grantType: map[string]any{"pre-authorized_code": o.Code, "tx_code": map[string]any{"input_mode": "numeric", "length": len(o.Digits)}}}}
}
