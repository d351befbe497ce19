package sign

import (
	"bytes"
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"io"
	"math/big"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/amana-platform/amana/kernel/clock"
	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/print"
)

var (
	now   = time.Date(2026, 11, 22, 10, 45, 0, 0, time.UTC)
	year  = 365 * 24 * time.Hour
	until = now.Add(10 * year)
)

// office is a service with its own authority.
type office struct {
	*Authority
	officer, times *Identity
}

func newOffice(t *testing.T) *office {
	t.Helper()
	// A day of slack: outside tools judge by the machine's own clock.
	from := time.Now().Add(-48 * time.Hour)
	if from.After(now) {
		from = now.Add(-year)
	}
	ca, err := NewAuthority("Local root of a test", from, until)
	if err != nil {
		t.Fatal(err)
	}
	o := &office{Authority: ca}
	if o.officer, err = ca.Issue("Officer S. Amziane", Documents, from, until); err != nil {
		t.Fatal(err)
	}
	if o.times, err = ca.Issue("Local time authority of a test", TimeStamps, from, until); err != nil {
		t.Fatal(err)
	}
	return o
}

func (o *office) roots() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(o.Root())
	return pool
}

func sample(t *testing.T) []byte {
	t.Helper()
	doc := &print.Document{ID: "1", Title: "Sample", Lang: "fr", Created: now, Size: print.A5, Blocks: []print.Block{
		print.Contents{}, print.Heading{Level: 1, Text: print.T("One")}, print.Paragraph{Text: print.T("Body")},
	}}
	pdf, err := print.Render(doc, print.Attachment{Name: "proof.json", MIME: "application/json", Data: []byte("{}")})
	if err != nil {
		t.Fatal(err)
	}
	return pdf
}

func TestSignedDocumentVerifies(t *testing.T) {
	o := newOffice(t)
	plain := sample(t)
	signed, err := PDF(context.Background(), plain, o.officer, Options{At: now, Reason: "Approval", Location: "Agadir"})
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.HasPrefix(signed, plain) {
		t.Error("signing changed bytes of the document")
	}
	found, err := Verify(signed, o.roots(), now)
	if err != nil || len(found) != 1 {
		t.Fatalf("%d signatures, %v", len(found), err)
	}
	if s := found[0]; s.Err != nil || !s.Whole || s.Name != "Officer S. Amziane" || !s.Stamped.IsZero() || s.Stated != "D:20261122104500+00'00'" {
		t.Errorf("%+v", s)
	}
	if data, err := print.Attached(signed, "proof.json"); err != nil || string(data) != "{}" {
		t.Errorf("attachment of a signed document: %q, %v", data, err)
	}
}

func TestTwoSignersOneAfterTheOther(t *testing.T) {
	o := newOffice(t)
	first, err := PDF(context.Background(), sample(t), o.officer, Options{At: now})
	if err != nil {
		t.Fatal(err)
	}
	chief, err := o.Issue("Chief", Documents, now.Add(-time.Hour), until)
	if err != nil {
		t.Fatal(err)
	}
	second, err := PDF(context.Background(), first, chief, Options{At: now.Add(time.Minute)})
	if err != nil {
		t.Fatal(err)
	}
	found, err := Verify(second, o.roots(), now.Add(time.Minute))
	if err != nil || len(found) != 2 {
		t.Fatalf("%d signatures, %v", len(found), err)
	}
	if found[0].Err != nil || found[1].Err != nil || found[0].Whole || !found[1].Whole || found[1].Name != "Chief" {
		t.Errorf("%+v", found)
	}
}

// Every byte of the document is under the signature: changing any is found.
func TestAnyChangeIsFound(t *testing.T) {
	o := newOffice(t)
	signed, err := PDF(context.Background(), sample(t), o.officer, Options{At: now})
	if err != nil {
		t.Fatal(err)
	}
	hole := bytes.Index(signed, []byte(contentsKey)) + len(contentsKey) - 1
	for i := 0; i < len(signed); i += 7 {
		if i > hole && i < hole+2*room {
			continue // the filling behind the signature says nothing
		}
		bad := bytes.Clone(signed)
		bad[i] ^= 1
		found, err := Verify(bad, o.roots(), now)
		if err == nil && len(found) == 1 && found[0].Err == nil {
			t.Fatalf("a change at byte %d of %d was not found", i, len(signed))
		}
	}
}

func TestBytesAddedAfterwardsAreSeen(t *testing.T) {
	o := newOffice(t)
	signed, err := PDF(context.Background(), sample(t), o.officer, Options{At: now})
	if err != nil {
		t.Fatal(err)
	}
	longer := append(bytes.Clone(signed), "% more\n"...)
	found, err := Verify(longer, o.roots(), now)
	if err != nil || len(found) != 1 || found[0].Whole {
		t.Errorf("%+v, %v", found, err)
	}
}

func TestStrangersAreNotTrusted(t *testing.T) {
	o, other := newOffice(t), newOffice(t)
	signed, err := PDF(context.Background(), sample(t), o.officer, Options{At: now})
	if err != nil {
		t.Fatal(err)
	}
	for name, roots := range map[string]*x509.CertPool{"another authority": other.roots(), "no authority": nil} {
		if found, _ := Verify(signed, roots, now); len(found) != 1 || found[0].Err == nil {
			t.Errorf("%s was trusted", name)
		}
	}
	stamper := &TimeAuthority{o.officer, clock.At(now)} // a document key must not stamp time
	signed, err = PDF(context.Background(), sample(t), o.officer, Options{At: now, Stamper: stamper})
	if err != nil {
		t.Fatal(err)
	}
	if found, _ := Verify(signed, o.roots(), now); found[0].Err == nil {
		t.Error("a document key's time stamp was trusted")
	}
}

func TestCertificateMustBeInForce(t *testing.T) {
	o := newOffice(t)
	for _, c := range []struct {
		at  time.Time
		key string
	}{{until.Add(time.Second), "print.sign.expired"}, {now.Add(-2 * year), "print.sign.not-yet"}} {
		_, err := PDF(context.Background(), sample(t), o.officer, Options{At: c.at})
		if f := fault.Of(err); f.Key != c.key || f.Kind != fault.Unavailable {
			t.Errorf("at %s: %v", c.at, err)
		}
	}
	signed, err := PDF(context.Background(), sample(t), o.officer, Options{At: now})
	if err != nil {
		t.Fatal(err)
	}
	if found, _ := Verify(signed, o.roots(), until.Add(time.Hour)); found[0].Err == nil {
		t.Error("an expired certificate's signature without a time stamp holds for ever")
	}
	_, err = PDF(context.Background(), sample(t), &Identity{}, Options{At: now})
	if fault.Of(err).Key != "print.sign.expired" {
		t.Errorf("no certificate: %v", err)
	}
}

// A time stamp keeps a signature valid after its certificate has ended.
func TestTimeStampOverHTTP(t *testing.T) {
	o := newOffice(t)
	server := httptest.NewServer(&TimeAuthority{o.times, clock.At(now)})
	defer server.Close()
	client := &TimeClient{URL: server.URL, Roots: o.roots()}
	signed, err := PDF(context.Background(), sample(t), o.officer, Options{At: now, Stamper: client})
	if err != nil {
		t.Fatal(err)
	}
	found, err := Verify(signed, o.roots(), until.Add(year))
	if err != nil || len(found) != 1 || found[0].Err != nil || !found[0].Stamped.Equal(now) {
		t.Errorf("%+v, %v", found, err)
	}
}

func TestTimeClientRefusesWrongAnswers(t *testing.T) {
	o, other := newOffice(t), newOffice(t)
	honest := &TimeAuthority{o.times, clock.At(now)}
	digest := sha256.Sum256([]byte("x"))
	elsewhere := sha256.Sum256([]byte("y"))
	answers := map[string]http.Handler{
		"an error":          http.NotFoundHandler(),
		"no DER":            reply(func([]byte) ([]byte, error) { return []byte("hello"), nil }),
		"a refusal":         reply(func([]byte) ([]byte, error) { return honest.answer([]byte("nonsense")) }),
		"a stranger":        &TimeAuthority{other.times, clock.At(now)},
		"another digest":    reply(func([]byte) ([]byte, error) { return honest.reply(elsewhere[:], nil) }),
		"another's nonce":   reply(func([]byte) ([]byte, error) { return honest.reply(digest[:], big.NewInt(7)) }),
		"without the nonce": reply(func([]byte) ([]byte, error) { return honest.reply(digest[:], nil) }),
	}
	for name, h := range answers {
		server := httptest.NewServer(h)
		_, err := (&TimeClient{URL: server.URL, Roots: o.roots()}).Stamp(context.Background(), digest[:])
		server.Close()
		if f := fault.Of(err); err == nil || f.Key != "print.sign.time-unavailable" {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func reply(f func([]byte) ([]byte, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		query, _ := io.ReadAll(r.Body)
		out, err := f(query)
		if err != nil {
			w.WriteHeader(http.StatusInternalServerError)
			return
		}
		_, _ = w.Write(out)
	})
}

func TestTimeAuthorityRefusesOtherRequests(t *testing.T) {
	o := newOffice(t)
	server := httptest.NewServer(&TimeAuthority{o.times, clock.At(now)})
	defer server.Close()
	resp, err := http.Post(server.URL, "text/plain", strings.NewReader("x"))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusUnsupportedMediaType {
		t.Errorf("status %d", resp.StatusCode)
	}
}

// A key in a hardware module is a crypto.Signer that is no key type of Go's.
type module struct{ crypto.Signer }

func TestRSAKeyInAModule(t *testing.T) {
	o := newOffice(t)
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	tmpl := template("Module", now.Add(-time.Hour), until)
	tmpl.SerialNumber = big.NewInt(5)
	tmpl.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageEmailProtection}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, o.Root(), key.Public(), o.Signer)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	id, err := NewIdentity(module{key}, cert, o.Root())
	if err != nil {
		t.Fatal(err)
	}
	signed, err := PDF(context.Background(), sample(t), id, Options{At: now})
	if err != nil {
		t.Fatal(err)
	}
	if found, _ := Verify(signed, o.roots(), now); len(found) != 1 || found[0].Err != nil {
		t.Errorf("%+v", found)
	}
}

func TestIdentityIsKept(t *testing.T) {
	o := newOffice(t)
	data, err := o.officer.PEM()
	if err != nil {
		t.Fatal(err)
	}
	back, err := ParseIdentity(data)
	if err != nil {
		t.Fatal(err)
	}
	if len(back.Chain()) != 2 || !back.Chain()[0].Equal(o.officer.Chain()[0]) {
		t.Errorf("%d certificates came back", len(back.Chain()))
	}
	if _, err := NewIdentity(o.times, o.officer.Chain()...); err == nil {
		t.Error("a certificate of another key was taken")
	}
	if _, err := ParseIdentity([]byte("nothing")); err == nil {
		t.Error("nothing was taken for a key")
	}
}

func TestOnlyOurDocumentsAreSigned(t *testing.T) {
	o := newOffice(t)
	for _, bad := range []string{"", "%PDF-1.7\n", "%PDF-1.7\nstartxref\n9\n%%EOF"} {
		if _, err := PDF(context.Background(), []byte(bad), o.officer, Options{At: now}); fault.Of(err).Key != "print.pdf.malformed" {
			t.Errorf("%q: %v", bad, err)
		}
		if _, err := Verify([]byte(bad), nil, now); fault.Of(err).Key != "print.pdf.malformed" {
			t.Errorf("verify %q: %v", bad, err)
		}
	}
}

// tool finds an outside program, or skips the test where nobody promised it.
func tool(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	switch {
	case err == nil:
	case errors.Is(err, exec.ErrNotFound) && os.Getenv("CI") != "true":
		t.Skipf("%s is not installed (Debian: poppler-utils, libnss3-tools, openssl)", name)
	default:
		t.Fatal(err)
	}
	return path
}

// Poppler's own checker, with our root among those it trusts.
func TestPdfsigAccepts(t *testing.T) {
	pdfsig, certutil := tool(t, "pdfsig"), tool(t, "certutil")
	o := newOffice(t)
	dir := t.TempDir()
	root := filepath.Join(dir, "root.der")
	if err := os.WriteFile(root, o.Root().Raw, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"-N", "-d", dir, "--empty-password"}, {"-A", "-d", dir, "-n", "root", "-t", "CT,C,C", "-i", root}} {
		if out, err := exec.Command(certutil, args...).CombinedOutput(); err != nil {
			t.Fatalf("certutil %v: %v %s", args, err, out)
		}
	}
	signed, err := PDF(context.Background(), sample(t), o.officer, Options{At: now, Reason: "Approval", Stamper: &TimeAuthority{o.times, clock.At(now)}})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "signed.pdf")
	if err := os.WriteFile(file, signed, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(pdfsig, "-nssdir", dir, file).CombinedOutput()
	if err != nil {
		t.Fatalf("%v %s", err, out)
	}
	for _, want := range []string{"Signature is Valid.", "Certificate is Trusted.", "ETSI.CAdES.detached", "Total document signed", "Officer S. Amziane"} {
		if !strings.Contains(string(out), want) {
			t.Errorf("pdfsig does not say %q:\n%s", want, out)
		}
	}
}

// The time stamp protocol against another implementation, both ways.
func TestOpenSSLAgreesOnTimeStamps(t *testing.T) {
	openssl := tool(t, "openssl")
	o := newOffice(t)
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	root := writePEM(t, o.Root())
	if err := errors.Join(os.WriteFile(at("data"), []byte("payload"), 0o600), os.WriteFile(at("root.pem"), root, 0o600)); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(openssl, "ts", "-query", "-data", at("data"), "-sha256", "-cert", "-out", at("q")).CombinedOutput(); err != nil {
		t.Fatalf("%v %s", err, out)
	}
	query, err := os.ReadFile(at("q"))
	if err != nil {
		t.Fatal(err)
	}
	answer, err := (&TimeAuthority{o.times, clock.System{}}).answer(query)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(at("r"), answer, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(openssl, "ts", "-verify", "-queryfile", at("q"), "-in", at("r"), "-CAfile", at("root.pem")).CombinedOutput()
	if err != nil || !strings.Contains(string(out), "Verification: OK") {
		t.Errorf("%v %s", err, out)
	}
}

func writePEM(t *testing.T, c *x509.Certificate) []byte {
	t.Helper()
	id := &Identity{chain: []*x509.Certificate{c}}
	return id.certificates()
}

func FuzzVerify(f *testing.F) {
	f.Add([]byte("%PDF-1.7\n1 0 obj\n<</AcroForm <</Fields [2 0 R]>>>>\nendobj\nxref\n0 2\n0000000000 65535 f \n0000000009 00000 n \ntrailer\n<</Size 2 /Root 1 0 R>>\nstartxref\n60\n%%EOF\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		found, err := Verify(data, nil, now)
		for _, s := range found {
			if s.Err == nil {
				t.Error("trusted without an authority")
			}
		}
		if err != nil && !fault.Is(err, fault.Invalid) {
			t.Error(err)
		}
	})
}

func FuzzOpen(f *testing.F) {
	f.Add([]byte{0x30, 0x03, 0x02, 0x01, 0x01})
	f.Fuzz(func(t *testing.T, der []byte) {
		s, err := open(der)
		if err != nil {
			return
		}
		_, _ = s.check([]byte("x"))
		_, _ = s.stamped(nil)
	})
}
