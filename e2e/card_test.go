package e2e

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/amana-platform/amana/cmd/amana/compose"
	"github.com/amana-platform/amana/kernel/app"
	"github.com/amana-platform/amana/kernel/kerneltest"
)

// softHSM is the library of a card in software.
const softHSM = "/usr/lib/softhsm/libsofthsm2.so"

// reader is a card reader with one card in software in it.
type reader struct {
	t     *testing.T
	agent string
	env   []string
}

// bureau issues cards of one authority into a folder.
type bureau struct {
	folder string
	key    *ecdsa.PrivateKey
	c      *x509.Certificate
}

func need(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// newReader builds the agent, which needs a C compiler, and an empty reader.
func newReader(t *testing.T) *reader {
	t.Helper()
	for _, tool := range []string{"gcc", "softhsm2-util", "pkcs11-tool"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("%s is not installed", tool)
		}
	}
	r := &reader{t: t, agent: filepath.Join(t.TempDir(), "amana-card")}
	build := exec.Command("go", "build", "-o", r.agent, ".")
	build.Dir, build.Env = "../cmd/amana-card", append(os.Environ(), "CGO_ENABLED=1")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	tokens := t.TempDir()
	conf := filepath.Join(tokens, "softhsm2.conf")
	need(t, os.WriteFile(conf, []byte("directories.tokendir = "+tokens+"\nobjectstore.backend = file\nlog.level = ERROR\n"), 0o600))
	r.env = append(os.Environ(), "SOFTHSM2_CONF="+conf)
	return r
}

func (r *reader) run(name string, args ...string) {
	r.t.Helper()
	c := exec.Command(name, args...)
	c.Env = r.env
	if out, err := c.CombinedOutput(); err != nil {
		r.t.Fatalf("%s: %v: %s", name, err, out)
	}
}

// insert puts a card with a key and a certificate into the reader.
func (r *reader) insert(label string, key any, certificate []byte) {
	r.t.Helper()
	raw, err := x509.MarshalPKCS8PrivateKey(key)
	need(r.t, err)
	folder := r.t.TempDir()
	need(r.t, os.WriteFile(filepath.Join(folder, "key.pem"), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: raw}), 0o600))
	need(r.t, os.WriteFile(filepath.Join(folder, "c.der"), certificate, 0o600))
	r.run("softhsm2-util", "--init-token", "--free", "--label", label, "--pin", "246810", "--so-pin", "13579")
	r.run("softhsm2-util", "--import", filepath.Join(folder, "key.pem"), "--token", label, "--label", "id", "--id", "01", "--pin", "246810")
	r.run("pkcs11-tool", "--module", softHSM, "--token-label", label, "--login", "--pin", "246810", "--write-object", filepath.Join(folder, "c.der"), "--type", "cert", "--id", "01", "--label", "id")
}

// signIn lets the agent sign in, and gives the address that it would open.
func (r *reader) signIn(at, ticket, label, pin string) (string, error) {
	c := exec.Command(r.agent, "sign-in", "--at", at, "--ticket", ticket, "--module", softHSM, "--token", label, "--print")
	c.Env, c.Stdin = r.env, strings.NewReader(pin+"\n")
	var wrong bytes.Buffer
	c.Stderr = &wrong
	out, err := c.Output()
	if err != nil {
		return "", fmt.Errorf("%w: %s", err, wrong.String())
	}
	lines := strings.Fields(string(out))
	return lines[len(lines)-1], nil
}

func newBureau(t *testing.T) *bureau {
	t.Helper()
	b := &bureau{folder: t.TempDir()}
	var err error
	b.key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	need(t, err)
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Cards (test)"}, NotBefore: kerneltest.Noon.AddDate(-1, 0, 0), NotAfter: kerneltest.Noon.AddDate(9, 0, 0),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign, SubjectKeyId: []byte("test")}
	raw, err := x509.CreateCertificate(rand.Reader, template, template, &b.key.PublicKey, b.key)
	need(t, err)
	b.c, err = x509.ParseCertificate(raw)
	need(t, err)
	need(t, os.WriteFile(filepath.Join(b.folder, "authority.pem"), pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: raw}), 0o600))
	list, err := x509.CreateRevocationList(rand.Reader, &x509.RevocationList{Number: big.NewInt(1), ThisUpdate: kerneltest.Noon.AddDate(0, 0, -1), NextUpdate: kerneltest.Noon.AddDate(0, 0, 1)}, b.c, b.key)
	need(t, err)
	need(t, os.WriteFile(filepath.Join(b.folder, "revoked.crl"), list, 0o600))
	return b
}

func (b *bureau) issue(t *testing.T, number string, key any) []byte {
	t.Helper()
	raw, err := x509.CreateCertificate(rand.Reader, &x509.Certificate{SerialNumber: big.NewInt(77), Subject: pkix.Name{SerialNumber: "IDCMA-" + number}, KeyUsage: x509.KeyUsageDigitalSignature,
		NotBefore: kerneltest.Noon.AddDate(0, -1, 0), NotAfter: kerneltest.Noon.AddDate(5, 0, 0)}, b.c, key, b.key)
	need(t, err)
	return raw
}

// atAddress is the house behind an address that it knows.
func atAddress(t *testing.T, b *bureau) (*house, string) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	need(t, err)
	address := fmt.Sprintf("http://localhost:%d", ln.Addr().(*net.TCPAddr).Port)
	h := newHouseWith(t, func(k *app.Kernel) (*compose.Services, app.Compose, error) {
		return compose.BuildAt(k, nil, compose.Site{RPID: "localhost", Origins: []string{address}, Cards: b.folder})
	})
	srv := &httptest.Server{Listener: ln, Config: &http.Server{Handler: h.Server}}
	srv.Start()
	t.Cleanup(srv.Close)
	return h, address
}

// TestCardAgent: the agent and a card that speaks PKCS #11 (SoftHSM), against
// the service as people reach it: a right PIN signs in at level 3, with either
// sort of key; a wrong PIN, another site and a card of another authority do not.
func TestCardAgent(t *testing.T) {
	r, b := newReader(t), newBureau(t)
	h, address := atAddress(t, b)
	rows := h.rows(source{cols: []string{"number"}, query: "select p.cnie from citizens_accounts a join index_persons p on p.id = a.person order by a.id limit 2"})
	ec, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	need(t, err)
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	need(t, err)
	foreign := newBureau(t)
	r.insert("ec", ec, b.issue(t, rows[0]["number"], &ec.PublicKey))
	r.insert("rsa", rsaKey, b.issue(t, rows[1]["number"], &rsaKey.PublicKey))
	r.insert("foreign", ec, foreign.issue(t, rows[0]["number"], &ec.PublicKey))
	ticket := func(c *kerneltest.Client) string {
		u, err := url.Parse(c.Post("/citizen/card", url.Values{"return": {"/citizen/log"}}).LinkTo("/citizen/simulator/card"))
		need(t, err)
		return u.Query().Get("ticket")
	}
	for _, label := range []string{"ec", "rsa"} {
		browser := kerneltest.NewClient(t, address)
		to, err := r.signIn(address, ticket(browser), label, "246810")
		need(t, err)
		if p := browser.Get(strings.TrimPrefix(to, address)).Follow(); p.Status != http.StatusOK || p.Path != "/citizen/log" {
			t.Errorf("%s: %d %s", label, p.Status, p.Text())
		}
		if p := browser.Get("/citizen?lang=en"); !strings.Contains(p.Text(), "Level 3") {
			t.Errorf("%s: %s", label, p.Text())
		}
	}
	browser := kerneltest.NewClient(t, address)
	for name, try := range map[string]func() (string, error){
		"a wrong PIN":       func() (string, error) { return r.signIn(address, ticket(browser), "ec", "111111") },
		"another authority": func() (string, error) { return r.signIn(address, ticket(browser), "foreign", "246810") },
		"another address":   func() (string, error) { return r.signIn(h.URL, ticket(browser), "ec", "246810") },
		"no such card":      func() (string, error) { return r.signIn(address, ticket(browser), "none", "246810") },
	} {
		if to, err := try(); err == nil {
			t.Errorf("%s leads to %s", name, to)
		}
	}
}
