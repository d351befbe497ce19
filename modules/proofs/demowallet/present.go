package demowallet

import (
	"context"
	"crypto"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/amana-platform/amana/engines/mdoc"
	"github.com/amana-platform/amana/engines/sdjwt"
)

// Request is what a verifier asks of the wallet, checked (OpenID4VP 1.0).
type Request struct {
	ClientID string            `json:"client_id"`
	Nonce    string            `json:"nonce"`
	State    string            `json:"state"`
	Response string            `json:"response_uri"`
	Mode     string            `json:"response_mode"`
	Audience string            `json:"aud"`
	Expires  int64             `json:"exp"`
	Query    Query             `json:"dcql_query"`
	Metadata Metadata          `json:"client_metadata"`
	Info     []json.RawMessage `json:"verifier_info"`
	Name     map[string]string `json:"-"` // by language
	Purpose  map[string]string `json:"-"`
}

// Query is what is asked, by DCQL (6).
type Query struct {
	Credentials []struct {
		ID     string `json:"id"`
		Format string `json:"format"`
		Meta   struct {
			VCT     []string `json:"vct_values"`
			DocType string   `json:"doctype_value"`
		} `json:"meta"`
		Claims []struct {
			Path []string `json:"path"`
		} `json:"claims"`
	} `json:"credentials"`
}

// Metadata is how the verifier wants to be answered.
type Metadata struct {
	Keys jose.JSONWebKeySet `json:"jwks"`
}

// Read fetches the request of a link and checks who signed it: a verifier whose
// certificate leads to the authority that the wallet trusts, under the name by
// which it calls itself, and to which the answer goes.
func (c *Client) Read(ctx context.Context, link string) (*Request, error) {
	u, err := url.Parse(link)
	if err != nil || u.Scheme != "openid4vp" {
		return nil, ErrLink
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, u.Query().Get("request_uri"), nil)
	if err != nil {
		return nil, ErrLink
	}
	raw, err := c.fetch(r)
	if err != nil {
		return nil, err
	}
	q, err := c.believe(ctx, string(raw))
	if err != nil {
		return nil, err
	}
	if q.ClientID != u.Query().Get("client_id") || q.Mode != "direct_post.jwt" || q.Audience != "https://self-issued.me/v2" || c.Now().After(time.Unix(q.Expires, 0)) || len(q.Metadata.Keys.Keys) == 0 {
		return nil, ErrLink
	}
	for _, info := range q.Info {
		var about struct {
			Format string
			Data   struct{ Name, Purpose map[string]string }
		}
		if json.Unmarshal(info, &about) == nil && about.Format == "urn:amana:purpose" {
			q.Name, q.Purpose = about.Data.Name, about.Data.Purpose
		}
	}
	return q, nil
}

// believe checks the signature of a request and the certificate of its signer.
func (c *Client) believe(ctx context.Context, compact string) (*Request, error) {
	jws, err := jose.ParseSigned(compact, []jose.SignatureAlgorithm{jose.ES256})
	if err != nil || len(jws.Signatures) != 1 || jws.Signatures[0].Protected.ExtraHeaders["typ"] != "oauth-authz-req+jwt" {
		return nil, ErrLink
	}
	roots, err := c.authority(ctx)
	if err != nil {
		return nil, err
	}
	chains, err := jws.Signatures[0].Protected.Certificates(x509.VerifyOptions{Roots: roots, CurrentTime: c.Now(), KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny}})
	if err != nil {
		return nil, ErrLink
	}
	signer := chains[0][0]
	payload, err := jws.Verify(signer.PublicKey)
	if err != nil {
		return nil, ErrLink
	}
	q := &Request{}
	if err := json.Unmarshal(payload, q); err != nil {
		return nil, ErrLink
	}
	name, ok := strings.CutPrefix(q.ClientID, "x509_san_dns:")
	to, err := url.Parse(q.Response)
	if !ok || err != nil || !slices.Contains(signer.DNSNames, name) || to.Hostname() != name {
		return nil, ErrLink
	}
	return q, nil
}

// Choice is a card that answers a request, and what of it would be shown.
type Choice struct {
	Credential string // of the query
	Card       Card
	Names      []string
}

// Choices gives the cards that answer a request.
func (q *Request) Choices(held []Card) []Choice {
	var out []Choice
	for _, card := range held {
		for _, wanted := range q.Query.Credentials {
			fits := wanted.Format == card.Form && (slices.Contains(wanted.Meta.VCT, card.Type) || wanted.Meta.DocType == card.Type)
			choice := Choice{Credential: wanted.ID, Card: card}
			for _, claim := range wanted.Claims {
				name := claim.Path[len(claim.Path)-1]
				_, has := card.Claims[name]
				fits = fits && has
				choice.Names = append(choice.Names, name)
			}
			if fits {
				out = append(out, choice)
			}
		}
	}
	return out
}

// Present makes the presentation of a choice, for this request and no other.
func (q *Request) Present(ch Choice, now time.Time) (string, error) {
	if ch.Card.Form == formSDJWT {
		held, err := sdjwt.Open(ch.Card.Raw)
		if err != nil {
			return "", err
		}
		var paths []sdjwt.Path
		for _, name := range ch.Names {
			paths = append(paths, sdjwt.Path{name})
		}
		return held.Present(paths, &sdjwt.Binding{Key: ch.Card.Key, Audience: q.ClientID, Nonce: q.Nonce, At: now})
	}
	held, err := ch.Card.document()
	if err != nil {
		return "", err
	}
	thumbprint, err := q.Metadata.Keys.Keys[0].Thumbprint(crypto.SHA256)
	if err != nil {
		return "", err
	}
	transcript, err := mdoc.OpenID4VP(q.ClientID, q.Nonce, thumbprint, q.Response)
	if err != nil {
		return "", err
	}
	raw, err := held.Present(map[string][]string{ch.Card.Type: ch.Names}, transcript, ch.Card.Key)
	return base64.RawURLEncoding.EncodeToString(raw), err
}

// Seal encrypts an answer to the verifier (8.3).
func (q *Request) Seal(answer map[string]any) (string, error) {
	raw, err := json.Marshal(answer)
	if err != nil {
		return "", err
	}
	to := q.Metadata.Keys.Keys[0]
	e, err := jose.NewEncrypter(jose.A256GCM, jose.Recipient{Algorithm: jose.ECDH_ES, Key: to.Key, KeyID: to.KeyID}, nil)
	if err != nil {
		return "", err
	}
	jwe, err := e.Encrypt(raw)
	if err != nil {
		return "", err
	}
	return jwe.CompactSerialize()
}

// Show shows a choice to the verifier that asked.
func (c *Client) Show(ctx context.Context, q *Request, ch Choice) error {
	presentation, err := q.Present(ch, c.Now())
	if err != nil {
		return err
	}
	sealed, err := q.Seal(map[string]any{"vp_token": map[string][]string{ch.Credential: {presentation}}, "state": q.State})
	if err != nil {
		return err
	}
	return c.form(ctx, q.Response, url.Values{"response": {sealed}}, &struct{}{})
}

// Decline tells the verifier that nothing is shown.
func (c *Client) Decline(ctx context.Context, q *Request) error {
	return c.form(ctx, q.Response, url.Values{"error": {"access_denied"}, "state": {q.State}}, &struct{}{})
}
