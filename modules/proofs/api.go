package proofs

import (
	"encoding/json"
	"encoding/pem"
	"errors"
	"io"
	"net/http"
	"strings"

	"github.com/go-jose/go-jose/v4"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/text"
	"github.com/amana-platform/amana/kernel/web"
)

func languages() []text.Lang { return text.Langs() }

// answer writes JSON with a status; what wallets are given is kept by no cache.
func answer(r *web.Request, status int, contentType string, v any) error {
	raw, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return send(r, status, contentType, raw)
}

func send(r *web.Request, status int, contentType string, raw []byte) error {
	return r.Serve(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		w.Header().Set("Cache-Control", "no-store")
		w.WriteHeader(status)
		_, _ = w.Write(raw) // it is gathered, which cannot fail
	}), r.Request)
}

// told says to a wallet why not, in the specification's codes.
func told(r *web.Request, err error) error {
	if x, ok := errors.AsType[*refusal](err); ok {
		return answer(r, x.status, "application/json", map[string]string{"error": x.code})
	}
	if fault.Is(err, fault.Refused) {
		return answer(r, http.StatusBadRequest, "application/json", map[string]string{"error": "credential_request_denied"})
	}
	return err
}

func (s *Service) showMetadata(r *web.Request) error {
	return answer(r, http.StatusOK, "application/json", s.metadata())
}

func (s *Service) showServer(r *web.Request) error {
	return answer(r, http.StatusOK, "application/json", s.server())
}

// showKeys gives the issuer's key (SD-JWT VC, JWT VC Issuer Metadata).
func (s *Service) showKeys(r *web.Request) error {
	a, err := s.authority()
	if err != nil {
		return err
	}
	return answer(r, http.StatusOK, "application/json", map[string]any{"issuer": s.issuer(),
		"jwks": jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: &a.signer.PublicKey, KeyID: a.kid, Algorithm: "ES256", Use: "sig"}}}})
}

// showType gives the metadata of a type (SD-JWT VC, Type Metadata).
func (s *Service) showType(r *web.Request) error {
	t := Type(r.PathValue("type"))
	if !t.Valid() {
		return fault.New(fault.NotFound, "fault.not-found")
	}
	var display []map[string]string
	for _, d := range s.display(t) {
		display = append(display, map[string]string{"locale": d["locale"], "name": d["name"]})
	}
	var claims []map[string]any
	for _, name := range t.Claims() {
		claims = append(claims, map[string]any{"path": []string{name}, "sd": "always"})
	}
	return answer(r, http.StatusOK, "application/json", map[string]any{"vct": s.typeAddress(t), "name": display[0]["name"], "display": display, "claims": claims})
}

func (s *Service) showAuthority(r *web.Request) error {
	a, err := s.authority()
	if err != nil {
		return err
	}
	return send(r, http.StatusOK, "application/x-pem-file", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.rootCert.Raw}))
}

func (s *Service) showStatus(r *web.Request) error {
	list, err := s.StatusList(r.Context())
	if err != nil {
		return err
	}
	return send(r, http.StatusOK, "application/statuslist+jwt", []byte(list))
}

func (s *Service) giveToken(r *web.Request) error {
	form, err := r.Form()
	if err != nil {
		return err
	}
	if form.Get("grant_type") != grantType {
		return told(r, refuse("unsupported_grant_type"))
	}
	access, err := s.redeem(r.Context(), form.Get("pre-authorized_code"), form.Get("tx_code"))
	if err != nil {
		return told(r, err)
	}
	return answer(r, http.StatusOK, "application/json", map[string]any{"access_token": access, "token_type": "Bearer", "expires_in": int(tokenLife.Seconds())})
}

func (s *Service) giveNonce(r *web.Request) error {
	n, err := s.nonce(r.Context())
	if err != nil {
		return err
	}
	return answer(r, http.StatusOK, "application/json", map[string]string{"c_nonce": n})
}

func (s *Service) giveCredential(r *web.Request) error {
	access, bearer := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !bearer {
		return told(r, &refusal{http.StatusUnauthorized, "invalid_token"})
	}
	raw, err := io.ReadAll(r.Body)
	if err != nil {
		return fault.Wrap(err, fault.TooLarge, "fault.too-large", "limit", "128 kB")
	}
	var w wanted
	if err := json.Unmarshal(raw, &w); err != nil {
		return told(r, refuse("invalid_credential_request"))
	}
	given, err := s.take(r.Context(), access, w)
	if err != nil {
		return told(r, err)
	}
	all := make([]map[string]string, len(given))
	for i, c := range given {
		all[i] = map[string]string{"credential": c}
	}
	return answer(r, http.StatusOK, "application/json", map[string]any{"credentials": all})
}

func (s *Service) giveRequest(r *web.Request) error {
	raw, err := s.requestObject(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	return send(r, http.StatusOK, "application/oauth-authz-req+jwt", []byte(raw))
}

func (s *Service) takeResponse(r *web.Request) error {
	form, err := r.Form()
	if err != nil {
		return err
	}
	if err := s.respond(r.Context(), r.PathValue("id"), form); err != nil {
		return told(r, err)
	}
	return answer(r, http.StatusOK, "application/json", map[string]any{})
}
