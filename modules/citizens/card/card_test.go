package card

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/amana-platform/amana/kernel/fault"
)

var noon = time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)

// bureau issues cards for tests.
type bureau struct {
	t      *testing.T
	folder string
	key    *ecdsa.PrivateKey
	c      *x509.Certificate
}

func newBureau(t *testing.T, name string) *bureau {
	t.Helper()
	b := &bureau{t: t, folder: t.TempDir()}
	var err error
	b.key, err = ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	b.must(err)
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, NotBefore: noon.AddDate(-1, 0, 0), NotAfter: noon.AddDate(9, 0, 0),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign, SubjectKeyId: []byte(name)}
	raw, err := x509.CreateCertificate(rand.Reader, template, template, &b.key.PublicKey, b.key)
	b.must(err)
	b.c, err = x509.ParseCertificate(raw)
	b.must(err)
	b.write("authority.pem", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: raw}))
	return b
}

func (b *bureau) must(err error) {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
}

func (b *bureau) write(name string, raw []byte) {
	b.t.Helper()
	b.must(os.WriteFile(filepath.Join(b.folder, name), raw, 0o600))
}

// list publishes which cards are revoked, until a time.
func (b *bureau) list(name string, number int64, until time.Time, revoked ...int64) {
	b.t.Helper()
	l := &x509.RevocationList{Number: big.NewInt(number), ThisUpdate: noon.Add(time.Duration(number)*time.Minute).AddDate(0, 0, -1), NextUpdate: until}
	for _, n := range revoked {
		l.RevokedCertificateEntries = append(l.RevokedCertificateEntries, x509.RevocationListEntry{SerialNumber: big.NewInt(n), RevocationTime: noon.AddDate(0, 0, -1)})
	}
	raw, err := x509.CreateRevocationList(rand.Reader, l, b.c, b.key)
	b.must(err)
	b.write(name, raw)
}

// issue makes a certificate over a key, changed as the test wants.
func (b *bureau) issue(key crypto.PublicKey, change func(*x509.Certificate)) []byte {
	b.t.Helper()
	c := &x509.Certificate{SerialNumber: big.NewInt(7), Subject: pkix.Name{SerialNumber: NumberPrefix + "G123456"}, NotBefore: noon.AddDate(0, -1, 0), NotAfter: noon.AddDate(5, 0, 0), KeyUsage: x509.KeyUsageDigitalSignature}
	if change != nil {
		change(c)
	}
	raw, err := x509.CreateCertificate(rand.Reader, c, b.c, key, b.key)
	b.must(err)
	return raw
}

func statement() Statement {
	return Statement{Origin: "https://identity.example", Ticket: "t", Challenge: "c", Until: noon.Add(time.Minute)}
}

func sign(t *testing.T, key crypto.Signer, s Statement, options crypto.SignerOpts) []byte {
	t.Helper()
	digest := sha256.Sum256(s.Bytes())
	raw, err := key.Sign(rand.Reader, digest[:], options)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func (b *bureau) wants(got error, why string) {
	b.t.Helper()
	if why == "" && got != nil || why != "" && (got == nil || fault.Of(got).Key != "citizens.card."+why) {
		b.t.Errorf("got %v, want %q", got, why)
	}
}

func TestStatement(t *testing.T) {
	want := "amana-card/v1\nhttps://identity.example\nt\nc\n2026-11-28T12:01:00Z\n"
	if got := string(statement().Bytes()); got != want {
		t.Errorf("%q", got)
	}
}

func TestCardsOfEachSort(t *testing.T) {
	b := newBureau(t, "authority")
	b.list("a.crl", 1, noon.AddDate(0, 0, 1), 9)
	p256, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	b.must(err)
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	b.must(err)
	for name, x := range map[string]struct {
		key     crypto.Signer
		options crypto.SignerOpts
	}{
		"P-256": {p256, crypto.SHA256}, "P-384": {b.key, crypto.SHA256}, "RSA": {rsaKey, crypto.SHA256},
		"PSS": {rsaKey, &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash, Hash: crypto.SHA256}},
	} {
		h, err := Open(b.folder).Verify(noon, statement(), b.issue(x.key.Public(), nil), sign(t, x.key, statement(), x.options))
		if err != nil || h.Number != "G123456" || len(h.Fingerprint) != 64 {
			t.Errorf("%s: %+v %v", name, h, err)
		}
	}
}

// Everything that is wrong with a card, by its reason.
func TestCardsThatProveNothing(t *testing.T) {
	b, foreign := newBureau(t, "authority"), newBureau(t, "authority")
	b.list("a.crl", 1, noon.AddDate(0, 0, 1), 9)
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	b.must(err)
	good := sign(t, key, statement(), crypto.SHA256)
	other := statement()
	other.Challenge = "d"
	for _, x := range []struct {
		why         string
		certificate []byte
		signature   []byte
	}{
		{"unreadable", []byte("no certificate"), good},
		{"unreadable", make([]byte, maxCertificate+1), good},
		{"untrusted", foreign.issue(&key.PublicKey, nil), good},
		{"ended", b.issue(&key.PublicKey, func(c *x509.Certificate) { c.NotAfter = noon.Add(-time.Second) }), good},
		{"ended", b.issue(&key.PublicKey, func(c *x509.Certificate) { c.NotBefore = noon.Add(time.Second) }), good},
		{"revoked", b.issue(&key.PublicKey, func(c *x509.Certificate) { c.SerialNumber = big.NewInt(9) }), good},
		{"unfit", b.issue(&key.PublicKey, func(c *x509.Certificate) { c.Subject.SerialNumber = "G123456" }), good},
		{"unfit", b.issue(&key.PublicKey, func(c *x509.Certificate) { c.Subject.SerialNumber = NumberPrefix }), good},
		{"unfit", b.issue(&key.PublicKey, func(c *x509.Certificate) { c.KeyUsage = x509.KeyUsageKeyEncipherment }), good},
		{"unfit", b.c.Raw, good},
		{"signature", b.issue(&key.PublicKey, nil), sign(t, key, other, crypto.SHA256)},
		{"signature", b.issue(&b.key.PublicKey, nil), good},
		{"signature", b.issue(&key.PublicKey, nil), nil},
	} {
		_, err := Open(b.folder).Verify(noon, statement(), x.certificate, x.signature)
		b.wants(err, x.why)
	}
	_, err = Open(b.folder).Verify(noon.Add(61*time.Second), statement(), b.issue(&key.PublicKey, nil), good)
	b.wants(err, "late")
}

// Without a list of the authority that is in force, no card is believed; the
// newest list counts; a list that another signed counts for nothing.
func TestRevocationLists(t *testing.T) {
	b, foreign := newBureau(t, "authority"), newBureau(t, "authority")
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	b.must(err)
	certificate, signature := b.issue(&key.PublicKey, nil), sign(t, key, statement(), crypto.SHA256)
	verify := func() error {
		_, err := Open(b.folder).Verify(noon, statement(), certificate, signature)
		return err
	}
	b.wants(verify(), "list-over")
	foreign.list("f.crl", 1, noon.AddDate(0, 0, 1))
	raw, err := os.ReadFile(filepath.Join(foreign.folder, "f.crl"))
	b.must(err)
	b.write("f.crl", raw)
	b.wants(verify(), "list-over")
	b.list("a.crl", 1, noon.Add(-time.Second))
	b.wants(verify(), "list-over")
	b.list("a.crl", 1, noon.AddDate(0, 0, 1))
	b.wants(verify(), "")
	b.list("b.crl", 2, noon.AddDate(0, 0, 1), 7)
	b.wants(verify(), "revoked")
	b.write("broken.crl", []byte("x"))
	b.wants(verify(), "untrusted")
	if _, err := Open("").Verify(noon, statement(), certificate, signature); err == nil {
		t.Error("believed without any authority")
	}
	if Open("").Known() || !Open(foreign.folder).Known() {
		t.Error("which authorities are known")
	}
}

// What was revoked counts a few seconds later, without a restart.
func TestAListIsReadAnew(t *testing.T) {
	b := newBureau(t, "authority")
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	b.must(err)
	certificate, signature := b.issue(&key.PublicKey, nil), sign(t, key, statement(), crypto.SHA256)
	b.list("a.crl", 1, noon.AddDate(0, 0, 1))
	a := Open(b.folder)
	_, err = a.Verify(noon, statement(), certificate, signature)
	b.wants(err, "")
	b.list("a.crl", 2, noon.AddDate(0, 0, 1), 7)
	a.read = a.read.Add(-Fresh - time.Millisecond)
	_, err = a.Verify(noon, statement(), certificate, signature)
	b.wants(err, "revoked")
}

// The simulator's cards are believed only where it was made, and speak what
// real ones speak.
func TestSimulator(t *testing.T) {
	a := Open("")
	s, err := a.Simulate(noon)
	if err != nil {
		t.Fatal(err)
	}
	certificate, signature, err := s.Answer("G1", statement(), noon)
	if err != nil {
		t.Fatal(err)
	}
	h, err := a.Verify(noon, statement(), certificate, signature)
	if err != nil || h.Number != "G1" {
		t.Errorf("%+v %v", h, err)
	}
	again, err := Open("").Simulate(noon)
	if err != nil {
		t.Fatal(err)
	}
	other, _, err := again.Answer("G1", statement(), noon)
	if err != nil {
		t.Fatal(err)
	}
	same, err := a.Verify(noon, statement(), other, signature)
	if err != nil || same.Fingerprint != h.Fingerprint {
		t.Errorf("the same card after a restart: %+v %v", same, err)
	}
	b := newBureau(t, "authority")
	if _, err := Open(b.folder).Verify(noon, statement(), certificate, signature); err == nil {
		t.Error("a simulated card is believed in service")
	}
}

// Whatever comes from a card, the answer is a refusal in words.
func FuzzVerify(f *testing.F) {
	a := Open("")
	s, err := a.Simulate(noon)
	if err != nil {
		f.Fatal(err)
	}
	certificate, signature, err := s.Answer("G1", statement(), noon)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(certificate, signature)
	f.Add([]byte{}, []byte{})
	f.Fuzz(func(t *testing.T, c, sig []byte) {
		h, err := a.Verify(noon, statement(), c, sig)
		if err != nil && fault.Of(err).Kind != fault.Refused {
			t.Errorf("%v", err)
		}
		if err == nil && h.Number != "G1" {
			t.Errorf("somebody else: %+v", h)
		}
	})
}
