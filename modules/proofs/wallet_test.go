package proofs

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"io/fs"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/amana-platform/amana/engines/mdoc"
	"github.com/amana-platform/amana/engines/sdjwt"
	"github.com/amana-platform/amana/engines/statuslist"
	"github.com/amana-platform/amana/kernel/app"
	"github.com/amana-platform/amana/kernel/clock"
	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/kerneltest"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/text"
	"github.com/amana-platform/amana/kernel/web"
	"github.com/amana-platform/amana/kernel/web/passkey"
	"github.com/amana-platform/amana/modules/citizens"
	"github.com/amana-platform/amana/modules/citizens/card"
	"github.com/amana-platform/amana/modules/index"
	"github.com/amana-platform/amana/packs"
)

const origin = "https://identity.example"

// house is the module with one citizen, who has a card.
type house struct {
	*kerneltest.App
	t        *testing.T
	s        *Service
	people   *index.Service
	citizens *citizens.Service
	aicha    index.Person
}

// nobody stands for the officers: there are none here.
type nobody struct{}

func (nobody) Account(context.Context, ident.ID) (web.Account, error) {
	return web.Account{}, fault.New(fault.NotFound, "fault.not-found")
}
func (nobody) Demo(context.Context) ([]web.Account, error) { return nil, nil }
func (nobody) PurposeLabel(context.Context, *text.Words, policy.Purpose) (string, string) {
	return "", ""
}
func (nobody) OfficerName(context.Context, string, ident.ID) string { return "" }
func (nobody) UnitName(context.Context, string, ident.ID) string    { return "" }
func (nobody) Ancestors(ident.ID) []ident.ID                        { return nil }

func newHouse(t *testing.T) *house {
	t.Helper()
	h := &house{t: t}
	h.App = kerneltest.Start(t, kerneltest.Options{Pack: packs.Morocco(), Build: h.build, Seed: h.seed})
	return h
}

func (h *house) build(k *app.Kernel) (app.Compose, error) {
	h.people = index.New(k)
	var err error
	if h.citizens, err = citizens.New(k, h.people, nobody{}, citizens.Site{RPID: "identity.example", Origins: []string{origin}}); err != nil {
		return app.Compose{}, err
	}
	h.s = New(k, h.citizens, origin)
	return app.Compose{Modules: []app.Module{h.people.Module(), h.citizens.Module(), h.s.Module(), {Name: "tests", Policy: eraser()}}, Accounts: nobody{}, Shapes: []journal.Module{passkey.Shape()}, Texts: []fs.FS{passkey.Texts},
		Hooks: policy.Hooks{Units: nobody{}, Active: h.citizens.Active, Holds: func(context.Context, policy.Actor, policy.Purpose) bool { return false }},
		Who:   func(context.Context, *text.Words, ident.ID) string { return "" }}, nil
}

// eraser is an action by which tests forget people, as an authority orders.
func eraser() policy.Module {
	return policy.Module{Name: "tests", Schema: []byte(`action "tests.erase" appliesTo { principal: Actor, resource: Service, context: Context };`),
		Cedar:   []byte(`permit (principal, action == Action::"tests.erase", resource);`),
		Actions: []policy.Action{{Name: "tests.erase", System: true, Appends: []string{"journal.erased", "citizens.account-closed"}}}}
}

func (h *house) seed(ctx context.Context, a *app.App, c *clock.Staged) error {
	h.aicha = index.Person{ID: ident.NewSource(c.Now, nil).New(), Given: index.Name{Arabic: "عائشة", Latin: "Aicha"}, Family: index.Name{Arabic: "المنصوري", Latin: "El Mansouri"}, Birth: "1990-05-17",
		Sex: "female", Nationality: "ma", CNIE: "G123456", Address: "12, rue 4, hay Essalam", Source: "declared"}
	if err := h.people.Seed(ctx, func() (policy.Grant, error) { return a.Policy.System("demo", "index.seed", "D1-56-115") }, index.Seeding{Persons: []index.Person{h.aicha}}); err != nil {
		return err
	}
	return h.citizens.ShowCard(ctx, "G123456")
}

func (h *house) must(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

// browser is one in which the citizen signed in by their card.
func (h *house) browser() *kerneltest.Client {
	h.t.Helper()
	c := h.Stranger(h.t)
	u, err := url.Parse(c.Post("/citizen/card", url.Values{"return": {"/citizen/proofs"}}).LinkTo("/citizen/simulator/card"))
	h.must(err)
	done := c.Post("/citizen/simulator/card", url.Values{"ticket": {u.Query().Get("ticket")}, "number": {"G123456"}, "pin": {card.SimulatedPIN}})
	if p := done.Follow().Follow(); p.Status != http.StatusOK {
		h.t.Fatalf("%d %s", p.Status, p.Text())
	}
	return c
}

// offered is an offer as a wallet reads it.
type offered struct {
	CredentialIssuer string   `json:"credential_issuer"`
	Configurations   []string `json:"credential_configuration_ids"`
	Grants           map[string]struct {
		Code string `json:"pre-authorized_code"`
	} `json:"grants"`
	digits string
}

// offer lets the citizen make an offer.
func (h *house) offer(c *kerneltest.Client, t Type, f Form) offered {
	h.t.Helper()
	p := c.Post("/citizen/proofs", url.Values{"type": {string(t)}, "form": {string(f)}})
	u, err := url.Parse(p.LinkTo("openid-credential-offer:"))
	h.must(err)
	var o offered
	if err := json.Unmarshal([]byte(u.Query().Get("credential_offer")), &o); err != nil {
		h.t.Fatalf("%d %v: %s", p.Status, err, p.Text())
	}
	for word := range strings.FieldsSeq(p.Text()) {
		if len(word) == 6 && strings.Trim(word, "0123456789") == "" {
			o.digits = word
		}
	}
	return o
}

// wallet is a program that takes credentials, as the specification says.
type wallet struct {
	h    *house
	c    *kerneltest.Client
	keys []*ecdsa.PrivateKey
}

func (h *house) wallet(n int) *wallet {
	w := &wallet{h: h, c: h.Stranger(h.t)}
	for range n {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		h.must(err)
		w.keys = append(w.keys, key)
	}
	return w
}

func (w *wallet) read(path string) map[string]any {
	w.h.t.Helper()
	var out map[string]any
	w.h.must(json.Unmarshal(w.c.Get(path).Body, &out))
	return out
}

// token redeems an offer.
func (w *wallet) token(o offered, digits string) (string, string) {
	p := w.c.Post("/wallet/token", url.Values{"grant_type": {grantType}, "pre-authorized_code": {o.Grants[grantType].Code}, "tx_code": {digits}})
	var out struct {
		Token string `json:"access_token"`
		Error string `json:"error"`
	}
	w.h.must(json.Unmarshal(p.Body, &out))
	return out.Token, out.Error
}

func (w *wallet) nonce() string {
	var out struct {
		Nonce string `json:"c_nonce"`
	}
	w.h.must(json.Unmarshal(w.c.Post("/wallet/nonce", nil).Body, &out))
	return out.Nonce
}

// possession makes a proof of possession, changed as a test wants.
func (w *wallet) possession(key *ecdsa.PrivateKey, nonce string, change func(header map[jose.HeaderKey]any, claims map[string]any)) string {
	w.h.t.Helper()
	header := map[jose.HeaderKey]any{"typ": "openid4vci-proof+jwt"}
	claims := map[string]any{"aud": origin + "/wallet", "iat": w.h.Clock.Now().Unix(), "nonce": nonce}
	if change != nil {
		change(header, claims)
	}
	o := &jose.SignerOptions{EmbedJWK: true}
	for k, v := range header {
		o = o.WithHeader(k, v)
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: key}, o)
	w.h.must(err)
	raw, err := json.Marshal(claims)
	w.h.must(err)
	jws, err := signer.Sign(raw)
	w.h.must(err)
	compact, err := jws.CompactSerialize()
	w.h.must(err)
	return compact
}

// take asks for credentials.
func (w *wallet) take(access string, ask any) (int, []string, string) {
	w.h.t.Helper()
	raw, err := json.Marshal(ask)
	w.h.must(err)
	q, err := http.NewRequest(http.MethodPost, w.h.URL+"/wallet/credential", bytes.NewReader(raw))
	w.h.must(err)
	q.Header.Set("Authorization", "Bearer "+access)
	q.Header.Set("Content-Type", "application/json")
	r, err := http.DefaultClient.Do(q)
	w.h.must(err)
	defer r.Body.Close()
	var out struct {
		Credentials []struct{ Credential string }
		Error       string
	}
	w.h.must(json.NewDecoder(r.Body).Decode(&out))
	var all []string
	for _, c := range out.Credentials {
		all = append(all, c.Credential)
	}
	return r.StatusCode, all, out.Error
}

// get goes the whole way for all keys at once.
func (w *wallet) get(o offered) []string {
	w.h.t.Helper()
	access, wrong := w.token(o, o.digits)
	if access == "" {
		w.h.t.Fatalf("no token: %s", wrong)
	}
	n := w.nonce()
	var proofs []string
	for _, k := range w.keys {
		proofs = append(proofs, w.possession(k, n, nil))
	}
	status, all, wrong := w.take(access, map[string]any{"credential_configuration_id": o.Configurations[0], "proofs": map[string]any{"jwt": proofs}})
	if status != http.StatusOK || len(all) != len(w.keys) {
		w.h.t.Fatalf("%d %s %d", status, wrong, len(all))
	}
	return all
}

// issuerKey reads the key by which proofs are checked, as a verifier does.
func (h *house) issuerKey() crypto.PublicKey {
	h.t.Helper()
	var out struct{ JWKS jose.JSONWebKeySet }
	h.must(json.Unmarshal(h.Stranger(h.t).Get("/.well-known/jwt-vc-issuer/wallet").Body, &out))
	return out.JWKS.Keys[0].Key
}

// An SD-JWT VC goes into a wallet, is shown to a verifier with one claim and
// nothing else, and is found revoked in the published list once its citizen
// revokes it.
func TestAProofOfAge(t *testing.T) {
	h := newHouse(t)
	c := h.browser()
	w := h.wallet(2)
	if m := w.read("/.well-known/openid-credential-issuer/wallet"); m["credential_issuer"] != origin+"/wallet" || len(m["credential_configurations_supported"].(map[string]any)) != 6 {
		t.Errorf("%v", m)
	}
	all := w.get(h.offer(c, Age, SDJWT))
	held, err := sdjwt.Open(all[0])
	h.must(err)
	shown, err := held.Present([]sdjwt.Path{{"age_over_18"}}, &sdjwt.Binding{Key: w.keys[0], Audience: "https://shop.example", Nonce: "n-1", At: h.Clock.Now()})
	h.must(err)
	v := sdjwt.Verifier{Key: func(sdjwt.Signed, string) (crypto.PublicKey, error) { return h.issuerKey(), nil }, Types: []string{origin + "/wallet/types/age"}, Now: h.Clock.Now(),
		Binding: &sdjwt.Expect{Audience: "https://shop.example", Nonce: "n-1", MaxAge: time.Minute}}
	got, err := v.Verify(shown)
	h.must(err)
	if got.Claims["age_over_18"] != true || got.Claims["age_over_21"] != nil || strings.Contains(shown, "1990") {
		t.Errorf("%v", got.Claims)
	}
	status := func() statuslist.Status {
		raw := h.Stranger(t).Get("/wallet/status/1").Body
		list, err := statuslist.Verify(string(raw), got.Status.List, h.issuerKey(), h.Clock.Now())
		h.must(err)
		x, err := list.List.Status(got.Status.Index)
		h.must(err)
		return x
	}
	if status() != statuslist.Valid {
		t.Error("revoked from the start")
	}
	mine, err := h.s.Credentials(t.Context(), h.citizen())
	h.must(err)
	if len(mine) != 2 || mine[0].Index == mine[1].Index {
		t.Fatalf("%+v", mine)
	}
	for _, x := range mine {
		if p := c.Post("/citizen/proofs/"+string(x.ID)+"/revoke", nil); p.Status != http.StatusSeeOther {
			t.Errorf("revoking: %d", p.Status)
		}
	}
	h.Clock.Set(h.Clock.Now().Add(listFresh + time.Second))
	if status() != statuslist.Invalid {
		t.Error("the list does not say that it is revoked")
	}
	if p := c.Post("/citizen/proofs/"+string(h.Journal.NewID())+"/revoke", nil); p.Status != http.StatusNotFound {
		t.Errorf("a proof that is not there: %d", p.Status)
	}
}

func (h *house) citizen() ident.ID {
	h.t.Helper()
	c, err := h.citizens.CitizenOf(h.t.Context(), h.aicha.ID)
	h.must(err)
	return c.ID
}

// A document of ISO 18013-5 is shown in a session, under the published authority.
func TestADocument(t *testing.T) {
	h := newHouse(t)
	w := h.wallet(1)
	all := w.get(h.offer(h.browser(), Identity, MDoc))
	raw, err := base64.RawURLEncoding.DecodeString(all[0])
	h.must(err)
	held, err := mdoc.Open(raw)
	h.must(err)
	transcript, err := mdoc.OpenID4VP("x509_san_dns:shop.example", "n-1", nil, "https://shop.example/answer")
	h.must(err)
	space := Identity.docType()
	shown, err := held.Present(map[string][]string{space: {"family_name", "birthdate"}}, transcript, w.keys[0])
	h.must(err)
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(h.Stranger(t).Get("/wallet/authority.pem").Body)
	v := mdoc.Verifier{Roots: roots, Types: []string{space}, Transcript: transcript, Now: h.Clock.Now()}
	got, err := v.Verify(shown)
	h.must(err)
	if e := got[0].Elements[space]; e["family_name"] != "El Mansouri" || e["given_name"] != nil || got[0].Status == nil {
		t.Errorf("%v", got[0])
	}
}

// An offer is good once, with its digits, for ten minutes; three wrong tries
// end it.
func TestAnOffer(t *testing.T) {
	h := newHouse(t)
	c, w := h.browser(), h.wallet(1)
	o := h.offer(c, Residence, SDJWT)
	if access, _ := w.token(o, o.digits); access == "" {
		t.Fatal("no token")
	}
	if access, wrong := w.token(o, o.digits); access != "" || wrong != "invalid_grant" {
		t.Errorf("twice: %s", wrong)
	}
	o = h.offer(c, Residence, SDJWT)
	for range maxTries {
		if access, wrong := w.token(o, "no"); access != "" || wrong != "invalid_grant" {
			t.Errorf("wrong digits: %s", wrong)
		}
	}
	if access, _ := w.token(o, o.digits); access != "" {
		t.Error("after three wrong tries")
	}
	old := h.offer(c, Residence, SDJWT)
	h.offer(c, Age, SDJWT)
	if access, _ := w.token(old, old.digits); access != "" {
		t.Error("an offer that another replaced")
	}
	late := h.offer(c, Residence, SDJWT)
	h.Clock.Set(h.Clock.Now().Add(offerLife))
	if access, _ := w.token(late, late.digits); access != "" {
		t.Error("late")
	}
	if p := w.c.Post("/wallet/token", url.Values{"grant_type": {"authorization_code"}}); p.Status != http.StatusBadRequest {
		t.Errorf("another grant: %d", p.Status)
	}
}

// What a wallet must not do, by the code it is told.
func TestWalletsThatAreRefused(t *testing.T) {
	h := newHouse(t)
	w := h.wallet(2)
	o := h.offer(h.browser(), Age, SDJWT)
	access, _ := w.token(o, o.digits)
	used := w.nonce()
	good := func(n string) string { return w.possession(w.keys[0], n, nil) }
	if status, _, wrong := w.take(access, ask(o, good(used))); status != http.StatusOK {
		t.Fatalf("%d %s", status, wrong)
	}
	change := func(f func(map[jose.HeaderKey]any, map[string]any)) string {
		return w.possession(w.keys[0], w.nonce(), f)
	}
	n := w.nonce()
	for name, x := range map[string]struct {
		ask  any
		code string
	}{
		"a nonce twice":         {ask(o, good(used)), "invalid_nonce"},
		"an invented nonce":     {ask(o, good("x")), "invalid_nonce"},
		"no nonce":              {ask(o, change(func(_ map[jose.HeaderKey]any, c map[string]any) { delete(c, "nonce") })), "invalid_nonce"},
		"another issuer":        {ask(o, change(func(_ map[jose.HeaderKey]any, c map[string]any) { c["aud"] = "https://evil.example" })), "invalid_proof"},
		"an old proof":          {ask(o, change(func(_ map[jose.HeaderKey]any, c map[string]any) { c["iat"] = 1 })), "invalid_proof"},
		"another type of token": {ask(o, change(func(x map[jose.HeaderKey]any, _ map[string]any) { x["typ"] = "JWT" })), "invalid_proof"},
		"no proof":              {ask(o), "invalid_proof"},
		"one key twice":         {ask(o, good(n), good(n)), "invalid_proof"},
		"two nonces":            {ask(o, good(w.nonce()), w.possession(w.keys[1], w.nonce(), nil)), "invalid_proof"},
		"no JWT":                {ask(o, "x.y.z"), "invalid_proof"},
		"another proof":         {map[string]any{"credential_configuration_id": "identity-sd-jwt", "proofs": map[string]any{"jwt": []string{good(w.nonce())}}}, "unknown_credential_configuration"},
		"another sort":          {map[string]any{"credential_configuration_id": o.Configurations[0], "proofs": map[string]any{"ldp_vp": []string{"x"}}}, "invalid_proof"},
		"nothing":               {"x", "invalid_credential_request"},
	} {
		if status, all, wrong := w.take(access, x.ask); status == http.StatusOK || len(all) > 0 || wrong != x.code {
			t.Errorf("%s: %d %s", name, status, wrong)
		}
	}
	if status, _, wrong := w.take("x", ask(o, good(w.nonce()))); status != http.StatusUnauthorized || wrong != "invalid_token" {
		t.Errorf("without a token: %d %s", status, wrong)
	}
	forged := strings.Split(good(w.nonce()), ".")
	forged[2] = slices.Clone(strings.Split(good(w.nonce()), "."))[2]
	if _, _, wrong := w.take(access, ask(o, strings.Join(forged, "."))); wrong != "invalid_proof" {
		t.Errorf("another's signature: %s", wrong)
	}
}

func ask(o offered, proofs ...string) map[string]any {
	return map[string]any{"credential_configuration_id": o.Configurations[0], "proofs": map[string]any{"jwt": proofs}}
}

// An offer gives ten credentials and no more, and a closed account none.
func TestLimits(t *testing.T) {
	h := newHouse(t)
	c := h.browser()
	o := h.offer(c, Age, SDJWT)
	w := h.wallet(batchSize + 1)
	access, _ := w.token(o, o.digits)
	n := w.nonce()
	var proofs []string
	for _, k := range w.keys {
		proofs = append(proofs, w.possession(k, n, nil))
	}
	if status, _, wrong := w.take(access, ask(o, proofs...)); status != http.StatusBadRequest || wrong != "invalid_proof" {
		t.Errorf("eleven: %d %s", status, wrong)
	}
	if status, all, wrong := w.take(access, ask(o, proofs[:batchSize]...)); status != http.StatusOK || len(all) != batchSize {
		t.Errorf("ten: %d %s", status, wrong)
	}
	if status, _, _ := w.take(access, ask(o, w.possession(w.keys[0], w.nonce(), nil))); status == http.StatusOK {
		t.Error("and one more")
	}
}

// Keys and certificates follow from the secret alone, on each node the same.
func TestAuthority(t *testing.T) {
	secret := func(use string) []byte { return []byte(use + "0123456789abcdef0123456789abcdef")[:32] }
	a, err := newAuthority(secret, origin, "MA")
	if err != nil {
		t.Fatal(err)
	}
	b, err := newAuthority(secret, origin, "MA")
	if err != nil || !bytes.Equal(a.rootCert.Raw, b.rootCert.Raw) || !bytes.Equal(a.cert.Raw, b.cert.Raw) {
		t.Errorf("another node has another authority: %v", err)
	}
	if err := a.cert.CheckSignatureFrom(a.rootCert); err != nil || a.root.Equal(a.signer) {
		t.Error(err)
	}
}
