package demowallet

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/amana-platform/amana/engines/mdoc"
	"github.com/amana-platform/amana/engines/sdjwt"
)

// The forms of credentials, as OpenID4VCI and OpenID4VP name them.
const (
	formSDJWT = "dc+sd-jwt"
	formMDoc  = "mso_mdoc"
)

const preAuthorized = "urn:ietf:params:oauth:grant-type:pre-authorized_code"

// Card is a credential that the wallet holds.
type Card struct {
	Form   string
	Type   string         // its vct or docType
	Claims map[string]any // what it can show
	Raw    string         // as it was given
	Key    *ecdsa.PrivateKey
}

// Client is the wallet's side of the protocols. It speaks with one issuer, at
// one address, and trusts the authority that is published there: a wallet of a
// telephone holds a list of them.
type Client struct {
	Issuer string // the service's address
	HTTP   *http.Client
	Now    func() time.Time
}

// ErrLink says that a link is neither an offer nor a request that this wallet
// understands and trusts.
var ErrLink = errors.New("demowallet: not an offer or a request of this service")

// offer is a credential offer (OpenID4VCI 4.1.1).
type offer struct {
	Issuer         string   `json:"credential_issuer"`
	Configurations []string `json:"credential_configuration_ids"`
	Grants         map[string]struct {
		Code string `json:"pre-authorized_code"`
	} `json:"grants"`
}

// IsOffer reports whether a link offers a credential.
func IsOffer(link string) bool { return strings.HasPrefix(link, "openid-credential-offer://") }

// Take redeems an offer with its digits, for a key of the wallet's own.
func (c *Client) Take(ctx context.Context, link, digits string) (Card, error) {
	u, err := url.Parse(link)
	if err != nil {
		return Card{}, ErrLink
	}
	var o offer
	if err := json.Unmarshal([]byte(u.Query().Get("credential_offer")), &o); err != nil || len(o.Configurations) != 1 || !strings.HasPrefix(o.Issuer, c.Issuer+"/") {
		return Card{}, ErrLink
	}
	at := strings.TrimPrefix(o.Issuer, c.Issuer)
	var issuer struct {
		Endpoint       string `json:"credential_endpoint"`
		Nonce          string `json:"nonce_endpoint"`
		Configurations map[string]struct {
			Format  string `json:"format"`
			VCT     string `json:"vct"`
			DocType string `json:"doctype"`
		} `json:"credential_configurations_supported"`
	}
	var server struct {
		Token string `json:"token_endpoint"`
	}
	if err := c.get(ctx, c.Issuer+"/.well-known/openid-credential-issuer"+at, &issuer); err != nil {
		return Card{}, err
	}
	if err := c.get(ctx, c.Issuer+"/.well-known/oauth-authorization-server"+at, &server); err != nil {
		return Card{}, err
	}
	var token struct {
		Access string `json:"access_token"`
	}
	if err := c.form(ctx, server.Token, url.Values{"grant_type": {preAuthorized}, "pre-authorized_code": {o.Grants[preAuthorized].Code}, "tx_code": {digits}}, &token); err != nil {
		return Card{}, err
	}
	var nonce struct {
		Nonce string `json:"c_nonce"`
	}
	if err := c.form(ctx, issuer.Nonce, url.Values{}, &nonce); err != nil {
		return Card{}, err
	}
	kind := issuer.Configurations[o.Configurations[0]]
	card := Card{Form: kind.Format, Type: kind.VCT + kind.DocType}
	if card.Key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		return Card{}, err
	}
	proof, err := c.possession(card.Key, o.Issuer, nonce.Nonce)
	if err != nil {
		return Card{}, err
	}
	return c.receive(ctx, card, issuer.Endpoint, token.Access, map[string]any{"credential_configuration_id": o.Configurations[0], "proofs": map[string]any{"jwt": []string{proof}}})
}

// possession proves that the wallet holds a key (OpenID4VCI F.1).
func (c *Client) possession(key *ecdsa.PrivateKey, issuer, nonce string) (string, error) {
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: key}, (&jose.SignerOptions{EmbedJWK: true}).WithType("openid4vci-proof+jwt"))
	if err != nil {
		return "", err
	}
	claims, err := json.Marshal(map[string]any{"aud": issuer, "iat": c.Now().Unix(), "nonce": nonce})
	if err != nil {
		return "", err
	}
	jws, err := signer.Sign(claims)
	if err != nil {
		return "", err
	}
	return jws.CompactSerialize()
}

// receive asks for the credential and reads what it can show.
func (c *Client) receive(ctx context.Context, card Card, endpoint, access string, ask any) (Card, error) {
	body, err := json.Marshal(ask)
	if err != nil {
		return card, err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, endpoint, bytes.NewReader(body))
	if err != nil {
		return card, err
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer "+access)
	var got struct {
		Credentials []struct{ Credential string }
	}
	if err := c.do(r, &got); err != nil {
		return card, err
	}
	if len(got.Credentials) != 1 {
		return card, errors.New("demowallet: no credential")
	}
	card.Raw = got.Credentials[0].Credential
	card.Claims, err = card.read()
	return card, err
}

// read gives what a credential can show, by claim.
func (card Card) read() (map[string]any, error) {
	if card.Form == formSDJWT {
		held, err := sdjwt.Open(card.Raw)
		if err != nil {
			return nil, err
		}
		all, err := held.Claims()
		for _, name := range []string{"iss", "vct", "cnf", "iat", "exp", "status", "nbf", "sub"} {
			delete(all, name)
		}
		return all, err
	}
	held, err := card.document()
	if err != nil {
		return nil, err
	}
	all, err := held.Elements()
	return all[card.Type], err
}

func (card Card) document() (*mdoc.Held, error) {
	raw, err := base64.RawURLEncoding.DecodeString(card.Raw)
	if err != nil {
		return nil, err
	}
	return mdoc.Open(raw)
}

// Names lists the claims of a card.
func (card Card) Names() []string {
	var out []string
	for name := range card.Claims {
		out = append(out, name)
	}
	slices.Sort(out)
	return out
}

// authority is what the wallet trusts verifiers by.
func (c *Client) authority(ctx context.Context) (*x509.CertPool, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, c.Issuer+"/wallet/authority.pem", nil)
	if err != nil {
		return nil, err
	}
	raw, err := c.fetch(r)
	if err != nil {
		return nil, err
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(raw) {
		return nil, errors.New("demowallet: no authority")
	}
	return roots, nil
}

func (c *Client) get(ctx context.Context, address string, out any) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return err
	}
	return c.do(r, out)
}

func (c *Client) form(ctx context.Context, address string, form url.Values, out any) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, address, strings.NewReader(form.Encode()))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return c.do(r, out)
}

func (c *Client) do(r *http.Request, out any) error {
	raw, err := c.fetch(r)
	if err != nil {
		return err
	}
	return json.Unmarshal(raw, out)
}

// Refused is what the service answered instead.
type Refused struct{ Code string }

// Error gives the code.
func (r Refused) Error() string { return "demowallet: " + r.Code }

// fetch sends a request to the service, and to nobody else.
func (c *Client) fetch(r *http.Request) ([]byte, error) {
	if !strings.HasPrefix(r.URL.String(), c.Issuer+"/") {
		return nil, ErrLink
	}
	res, err := c.HTTP.Do(r)
	if err != nil {
		return nil, err
	}
	defer func() { _ = res.Body.Close() }()
	raw, err := io.ReadAll(io.LimitReader(res.Body, 1<<20))
	if err != nil {
		return nil, err
	}
	if res.StatusCode >= http.StatusBadRequest {
		var no struct{ Error string }
		if json.Unmarshal(raw, &no) == nil && no.Error != "" {
			return nil, Refused{no.Error}
		}
		return nil, fmt.Errorf("demowallet: status %d", res.StatusCode)
	}
	return raw, nil
}
