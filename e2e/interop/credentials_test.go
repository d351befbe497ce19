package interop

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"errors"
	"math/big"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/fxamacker/cbor/v2"
	"github.com/go-jose/go-jose/v4"
	"github.com/google/go-cmp/cmp"

	"github.com/amana-platform/amana/engines/mdoc"
	"github.com/amana-platform/amana/engines/sdjwt"
	"github.com/amana-platform/amana/engines/statuslist"
)

const (
	residence = "urn:amana:residence:1"
	address   = "https://trust.example/status/7"
	docType   = "ma.example.residence.1"
	space     = "ma.example.residence"
)

// ask puts one question to a script beside this file. A script that answers
// with an error gives it in the answer.
func ask(t *testing.T, script string, question, answer any) {
	t.Helper()
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("node is not installed")
	}
	if _, err := os.Stat("node_modules"); err != nil {
		t.Skip("npm install --prefix e2e/interop --no-save has not been run")
	}
	in, err := json.Marshal(question)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), node, script)
	cmd.Stdin, cmd.Stderr = bytes.NewReader(in), os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(out, answer); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func newKey() *ecdsa.PrivateKey { return must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader)) }

func jwk(key any) jose.JSONWebKey { return jose.JSONWebKey{Key: key, Algorithm: "ES256"} }

// list is a status list in which index 41 has a status.
func list(t *testing.T, key crypto.Signer, s statuslist.Status) string {
	t.Helper()
	l := must(statuslist.New(1, 1000))
	if err := l.Set(41, s); err != nil {
		t.Fatal(err)
	}
	token := statuslist.Token{Subject: address, Issued: time.Now(), Expires: time.Now().Add(time.Hour), List: l}
	return must(token.Sign(key, "s1"))
}

// TestTheirsReadsOurs: @sd-jwt/sd-jwt-vc believes what we issue and show, and refuses it changed or revoked.
func TestTheirsReadsOurs(t *testing.T) {
	issuing, status, holder := newKey(), newKey(), newKey()
	issuer := sdjwt.Issuer{Key: issuing, KeyID: "k1"}
	compact := must(issuer.Issue(sdjwt.Credential{
		Type: residence, Issuer: "https://trust.example", Holder: &holder.PublicKey, IssuedAt: time.Now().Add(-time.Minute), Expires: time.Now().Add(time.Hour),
		Status: &sdjwt.Status{List: address, Index: 41}, Decoys: 2,
		Claims: map[string]any{
			"given_name": sdjwt.Hidden{Value: "ليلى"}, "family_name": sdjwt.Hidden{Value: "Benjelloun"},
			"address": sdjwt.Hidden{Value: map[string]any{"locality": sdjwt.Hidden{Value: "الرباط"}, "street": sdjwt.Hidden{Value: "Rue 7"}}},
		},
	}))
	held := must(sdjwt.Open(compact))
	shown := must(held.Present([]sdjwt.Path{{"given_name"}, {"address", "locality"}}, &sdjwt.Binding{Key: holder, Audience: "https://bank.example", Nonce: "n-1", At: time.Now()}))
	question := map[string]any{
		"do": "verify", "compact": shown, "issuer": jwk(issuing.Public()), "status": jwk(status.Public()), "list": list(t, status, statuslist.Valid),
		"nonce": "n-1", "now": time.Now().Unix(),
	}
	var answer struct {
		Claims   map[string]any
		Audience string
		Error    string
	}
	ask(t, "sdjwt.mjs", question, &answer)
	if answer.Error != "" {
		t.Fatal(answer.Error)
	}
	got := map[string]any{"given_name": answer.Claims["given_name"], "family_name": answer.Claims["family_name"], "address": answer.Claims["address"]}
	want := map[string]any{"given_name": "ليلى", "family_name": nil, "address": map[string]any{"locality": "الرباط"}}
	if diff := cmp.Diff(want, got); diff != "" || answer.Audience != "https://bank.example" {
		t.Errorf("audience %q, %s", answer.Audience, diff)
	}
	for name, change := range map[string]any{
		"revoked":       map[string]any{"list": list(t, status, statuslist.Invalid)},
		"another nonce": map[string]any{"nonce": "n-2"},
		"expired":       map[string]any{"now": time.Now().Add(2 * time.Hour).Unix()},
		"another key":   map[string]any{"issuer": jwk(newKey().Public())},
		"a list by another": map[string]any{
			"list": list(t, newKey(), statuslist.Valid),
		},
	} {
		altered := map[string]any{}
		for _, m := range []map[string]any{question, change.(map[string]any)} {
			for k, v := range m {
				altered[k] = v
			}
		}
		answer.Error = ""
		if ask(t, "sdjwt.mjs", altered, &answer); answer.Error == "" {
			t.Errorf("%s: accepted", name)
		}
	}
}

// TestOursReadsTheirs: what @sd-jwt/sd-jwt-vc issues, our holder shows and our verifier believes.
func TestOursReadsTheirs(t *testing.T) {
	issuing, holder := newKey(), newKey()
	var answer struct{ Compact, Error string }
	ask(t, "sdjwt.mjs", map[string]any{
		"do": "issue", "key": jwk(issuing), "holder": jwk(holder.Public()), "hide": []string{"given_name", "family_name"},
		"claims": map[string]any{"vct": residence, "iss": "https://trust.example", "iat": time.Now().Unix(), "given_name": "ليلى", "family_name": "Benjelloun", "country": "MA"},
	}, &answer)
	if answer.Error != "" {
		t.Fatal(answer.Error)
	}
	shown := must(must(sdjwt.Open(answer.Compact)).Present([]sdjwt.Path{{"given_name"}}, &sdjwt.Binding{Key: holder, Audience: "https://bank.example", Nonce: "n-1", At: time.Now()}))
	verifier := sdjwt.Verifier{
		Key:   func(sdjwt.Signed, string) (crypto.PublicKey, error) { return issuing.Public(), nil },
		Types: []string{residence}, Now: time.Now(), Leeway: time.Minute, Binding: &sdjwt.Expect{Audience: "https://bank.example", Nonce: "n-1", MaxAge: time.Minute},
	}
	got, err := verifier.Verify(shown)
	if err != nil {
		t.Fatal(err)
	}
	if got.Claims["given_name"] != "ليلى" || got.Claims["family_name"] != nil || got.Claims["country"] != "MA" {
		t.Errorf("%v", got.Claims)
	}
}

// ca is a root with a document signer under it.
func ca(t *testing.T) (root, signer *x509.Certificate, key *ecdsa.PrivateKey) {
	t.Helper()
	now, rootKey := time.Now().Truncate(time.Second), newKey()
	key = newKey()
	make := func(c, parent *x509.Certificate, pub crypto.PublicKey) *x509.Certificate {
		if parent == nil {
			parent = c
		}
		return must(x509.ParseCertificate(must(x509.CreateCertificate(rand.Reader, c, parent, pub, rootKey))))
	}
	name := func(cn string) pkix.Name { return pkix.Name{Country: []string{"MA"}, CommonName: cn} }
	root = make(&x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: name("Root"), NotBefore: now.AddDate(-1, 0, 0), NotAfter: now.AddDate(9, 0, 0),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}, nil, rootKey.Public())
	signer = make(&x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: name("Signer"), NotBefore: now.AddDate(0, -1, 0), NotAfter: now.AddDate(0, 1, 0), KeyUsage: x509.KeyUsageDigitalSignature,
	}, root, key.Public())
	return root, signer, key
}

func inPEM(c *x509.Certificate) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw}))
}

// session is a transcript, and the same as a data item inside a byte string, which @auth0/mdl takes.
func session() (transcript, wrapped []byte) {
	transcript = must(mdoc.OpenID4VP("x509_san_dns:bank.example", "n-1", nil, "https://bank.example/answer"))
	return transcript, must(cbor.Marshal(cbor.Tag{Number: 24, Content: transcript}))
}

// TestTheirsReadsOurDocument: @auth0/mdl believes what our device shows, in this session only.
func TestTheirsReadsOurDocument(t *testing.T) {
	root, signer, key := ca(t)
	device, now := newKey(), time.Now().Truncate(time.Second)
	issuer := mdoc.Issuer{Key: key, Chain: []*x509.Certificate{signer}}
	held := must(mdoc.Open(must(issuer.Issue(mdoc.Document{
		Type: docType, Device: &device.PublicKey, Signed: now, From: now, Until: now.AddDate(1, 0, 0),
		Elements: map[string]map[string]any{space: {"given_name": "ليلى", "family_name": "Benjelloun", "birth_date": mdoc.Date("1990-02-03"), "age_over_18": true}},
	}))))
	transcript, wrapped := session()
	shown := must(held.Present(map[string][]string{space: {"given_name", "age_over_18"}}, transcript, device))
	question := map[string]any{"do": "verify", "response": shown, "transcript": wrapped, "root": inPEM(root)}
	var answer struct {
		Elements map[string]map[string]any
		Error    string
	}
	ask(t, "mdoc.mjs", question, &answer)
	want := map[string]map[string]any{space: {"given_name": "ليلى", "age_over_18": true}}
	if diff := cmp.Diff(want, answer.Elements); diff != "" || answer.Error != "" {
		t.Fatalf("%s %s", answer.Error, diff)
	}
	other := must(mdoc.OpenID4VP("x509_san_dns:bank.example", "n-2", nil, "https://bank.example/answer"))
	question["transcript"] = must(cbor.Marshal(cbor.Tag{Number: 24, Content: other}))
	if ask(t, "mdoc.mjs", question, &answer); answer.Error == "" {
		t.Error("another session: accepted")
	}
	otherRoot, _, _ := ca(t)
	question["transcript"], question["root"], answer.Error = wrapped, inPEM(otherRoot), ""
	if ask(t, "mdoc.mjs", question, &answer); answer.Error == "" {
		t.Error("another root: accepted")
	}
}

// TestOursReadsTheirDocument: our verifier believes what @auth0/mdl issues and shows, in this session only.
func TestOursReadsTheirDocument(t *testing.T) {
	root, signer, key := ca(t)
	transcript, wrapped := session()
	var answer struct {
		Response []byte
		Error    string
	}
	ask(t, "mdoc.mjs", map[string]any{
		"do": "show", "key": jwk(key), "certificate": inPEM(signer), "device": jwk(newKey()), "type": docType, "space": space, "now": time.Now().Unix(),
		"elements": map[string]any{"given_name": "ليلى", "family_name": "Benjelloun"}, "names": []string{"given_name"}, "transcript": wrapped,
	}, &answer)
	if answer.Error != "" {
		t.Fatal(answer.Error)
	}
	roots := x509.NewCertPool()
	roots.AddCert(root)
	verifier := mdoc.Verifier{Roots: roots, Types: []string{docType}, Transcript: transcript, Now: time.Now(), Leeway: time.Minute}
	got, err := verifier.Verify(answer.Response)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]map[string]any{space: {"given_name": "ليلى"}}, got[0].Elements); diff != "" {
		t.Error(diff)
	}
	verifier.Transcript = must(mdoc.OpenID4VP("x509_san_dns:bank.example", "n-2", nil, "https://bank.example/answer"))
	if _, err := verifier.Verify(answer.Response); !errors.Is(err, mdoc.ErrDevice) {
		t.Errorf("another session: %v", err)
	}
}
