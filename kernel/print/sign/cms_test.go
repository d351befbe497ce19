package sign

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/amana-platform/amana/kernel/clock"
	"github.com/amana-platform/amana/kernel/fault"
)

func sealed(t testing.TB, id Signer, content []byte) []byte {
	t.Helper()
	sum := sha256.Sum256(content)
	der, err := seal(message{kind: oidData, digest: sum[:]}, id, nil)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

func TestSealedContentIsChecked(t *testing.T) {
	o := newOffice(t)
	s, err := open(sealed(t, o.officer, []byte("content")))
	if err != nil {
		t.Fatal(err)
	}
	cert, err := s.check([]byte("con"), []byte("tent"))
	if err != nil || !cert.Equal(o.officer.Chain()[0]) {
		t.Error(cert, err)
	}
	if _, err := s.check([]byte("Content")); !errors.Is(err, errChanged) {
		t.Errorf("changed content: %v", err)
	}
}

// Changing any bit of a signature makes it unreadable or wrong, wherever the
// bit says something about the signer, the content or the signature.
func TestForgedSignaturesDoNotHold(t *testing.T) {
	o := newOffice(t)
	der := sealed(t, o.officer, []byte("content"))
	roots := o.roots()
	rapid.Check(t, func(t *rapid.T) {
		bad := bytes.Clone(der)
		bad[rapid.IntRange(0, len(bad)-1).Draw(t, "at")] ^= byte(1 << rapid.IntRange(0, 7).Draw(t, "bit"))
		s, err := open(bad)
		if err != nil {
			return
		}
		cert, err := s.check([]byte("content"))
		if err == nil {
			err = trusted(cert, s.certs, roots, now, x509.ExtKeyUsageEmailProtection)
		}
		if err == nil && !bytes.Equal(cert.Raw, o.officer.Chain()[0].Raw) {
			t.Fatal("a forged signer was taken")
		}
	})
}

// A signature whose attributes belong to another certificate, content type or
// digest is refused although the key is right.
func TestAttributesMustAgree(t *testing.T) {
	o := newOffice(t)
	good, err := open(sealed(t, o.officer, []byte("content")))
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256([]byte("content"))
	for name, attrs := range map[string]struct {
		m    message
		cert *x509.Certificate
	}{
		"another certificate":  {message{kind: oidData, digest: sum[:]}, o.times.Chain()[0]},
		"another content type": {message{kind: oidTSTInfo, digest: sum[:]}, o.officer.Chain()[0]},
		"another digest":       {message{kind: oidData, digest: []byte("x")}, o.officer.Chain()[0]},
	} {
		set, err := signedAttributes(attrs.m, attrs.cert)
		if err != nil {
			t.Fatal(err)
		}
		forged := *good
		forged.info.Signed = retag(set, 0)
		forged.info.Signed.FullBytes, _ = asn1.Marshal(forged.info.Signed)
		digest := sha256.Sum256(set)
		if forged.info.Signature, err = o.officer.Sign(rand.Reader, digest[:], crypto.SHA256); err != nil {
			t.Fatal(err)
		}
		if _, err := forged.check([]byte("content")); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
}

func TestOnlyKnownKeysSign(t *testing.T) {
	pub, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	o := newOffice(t)
	id := &Identity{key, o.officer.Chain()}
	sum := sha256.Sum256(nil)
	if _, err := seal(message{kind: oidData, digest: sum[:]}, id, nil); err == nil {
		t.Errorf("a key of type %T signed", pub)
	}
}

// broken is a key whose module fails.
type broken struct{ *Identity }

func (broken) Sign(io.Reader, []byte, crypto.SignerOpts) ([]byte, error) {
	return nil, errors.New("the module is locked")
}

func TestFailuresAreTold(t *testing.T) {
	o := newOffice(t)
	if _, err := PDF(context.Background(), sample(t), broken{o.officer}, Options{At: now}); err == nil || !strings.Contains(err.Error(), "locked") {
		t.Errorf("%v", err)
	}
	dead := &TimeClient{URL: "http://127.0.0.1:1/", Roots: o.roots()}
	_, err := PDF(context.Background(), sample(t), o.officer, Options{At: now, Stamper: dead})
	if f := fault.Of(err); f.Key != "print.sign.time-unavailable" || f.Kind != fault.Unavailable {
		t.Errorf("%v", err)
	}
	if _, err := (&TimeClient{URL: "://"}).Stamp(context.Background(), make([]byte, 32)); err == nil {
		t.Error("an address that is none was asked")
	}
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := (&TimeClient{URL: "http://127.0.0.1:1/"}).Stamp(ended, make([]byte, 32)); err == nil {
		t.Error("a cancelled request was answered")
	}
}

// A time stamp moved from one signature to another is found.
func TestTimeStampBelongsToItsSignature(t *testing.T) {
	o := newOffice(t)
	authority := &TimeAuthority{o.times, clock.At(now)}
	wrong := stampOf(func(ctx context.Context, _ []byte) ([]byte, error) {
		other := sha256.Sum256([]byte("another signature"))
		return authority.Stamp(ctx, other[:])
	})
	signed, err := PDF(context.Background(), sample(t), o.officer, Options{At: now, Stamper: wrong})
	if err != nil {
		t.Fatal(err)
	}
	if found, _ := Verify(signed, o.roots(), now); len(found) != 1 || found[0].Err == nil {
		t.Errorf("%+v", found)
	}
}

type stampOf func(context.Context, []byte) ([]byte, error)

func (f stampOf) Stamp(ctx context.Context, digest []byte) ([]byte, error) { return f(ctx, digest) }

func TestASignatureThatIsTooLargeIsRefused(t *testing.T) {
	o := newOffice(t)
	fat := &Identity{o.officer.Signer, o.officer.Chain()}
	for range 60 {
		fat.chain = append(fat.chain, o.Root())
	}
	if _, err := PDF(context.Background(), sample(t), fat, Options{At: now}); err == nil || !strings.Contains(err.Error(), "reserved") {
		t.Errorf("%v", err)
	}
}

// The byte range must be all of the file but the signature's own hole.
func TestByteRangeIsNotBelieved(t *testing.T) {
	o := newOffice(t)
	signed, err := PDF(context.Background(), sample(t), o.officer, Options{At: now})
	if err != nil {
		t.Fatal(err)
	}
	at := bytes.Index(signed, []byte(rangeKey)) + len(rangeKey)
	for _, ranges := range []string{"0000000000 0000000000 0000000000", "0000000010 0000000020 0000000030", "9999999999 9999999999 9999999999", "-000000001 0000000020 0000000030"} {
		bad := bytes.Clone(signed)
		copy(bad[at:], ranges)
		if found, err := Verify(bad, o.roots(), now); err == nil && (len(found) != 1 || found[0].Err == nil) {
			t.Errorf("%s: %+v", ranges, found)
		}
	}
}

// A signer whose range leaves out more than the hole could fill the rest in later.
func TestNothingElseMayBeLeftOut(t *testing.T) {
	o := newOffice(t)
	out, hole, err := prepare(sample(t), signatureValue(o.officer, Options{At: now}))
	if err != nil {
		t.Fatal(err)
	}
	for _, gap := range []int{0, 3} {
		after := hole + 2*room + 2 + gap
		ranges := bytes.Index(out, []byte(rangeKey)) + len(rangeKey)
		copy(out[ranges:], fmt.Sprintf(rangeForm, hole, after, len(out)-after))
		digest := sha256.New()
		digest.Write(out[:hole])
		digest.Write(out[after:])
		der, err := seal(message{kind: oidData, digest: digest.Sum(nil)}, o.officer, nil)
		if err != nil {
			t.Fatal(err)
		}
		copy(out[hole+1:], strings.Repeat("0", 2*room))
		copy(out[hole+1:], fmt.Sprintf("%X", der))
		found, err := Verify(out, o.roots(), now)
		if err != nil || len(found) != 1 || (found[0].Err == nil) != (gap == 0) {
			t.Errorf("gap of %d bytes: %+v, %v", gap, found, err)
		}
	}
}

func TestUnsignedDocumentHasNoSignatures(t *testing.T) {
	if found, err := Verify(sample(t), nil, now); err != nil || len(found) != 0 {
		t.Error(found, err)
	}
}

// Another implementation of CMS takes the signature inside the PDF.
func TestOpenSSLAcceptsTheSignature(t *testing.T) {
	openssl := tool(t, "openssl")
	o := newOffice(t)
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	err := errors.Join(os.WriteFile(at("content"), []byte("content"), 0o600),
		os.WriteFile(at("sig"), sealed(t, o.officer, []byte("content")), 0o600), os.WriteFile(at("root"), writePEM(t, o.Root()), 0o600))
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(openssl, "cms", "-verify", "-cades", "-binary", "-inform", "DER", "-in", at("sig"), "-content", at("content"), "-CAfile", at("root"), "-out", at("out")).CombinedOutput()
	if err != nil || !strings.Contains(string(out), "erification successful") {
		t.Errorf("%v %s", err, out)
	}
}

func TestLocalAuthorityIssuesForOneUse(t *testing.T) {
	o := newOffice(t)
	officer, times := o.officer.Chain(), o.times.Chain()
	for _, c := range []struct {
		cert *x509.Certificate
		use  x509.ExtKeyUsage
		ok   bool
	}{
		{officer[0], x509.ExtKeyUsageEmailProtection, true}, {officer[0], x509.ExtKeyUsageTimeStamping, false},
		{times[0], x509.ExtKeyUsageTimeStamping, true}, {times[0], x509.ExtKeyUsageEmailProtection, false},
	} {
		if err := trusted(c.cert, nil, o.roots(), now, c.use); (err == nil) != c.ok {
			t.Errorf("%s for use %d: %v", c.cert.Subject.CommonName, c.use, err)
		}
	}
	if officer[0].IsCA || !o.Root().IsCA {
		t.Error("who may issue is confused")
	}
}

func FuzzTimeAuthority(f *testing.F) {
	ca, err := NewAuthority("Local root of a test", now, until)
	if err != nil {
		f.Fatal(err)
	}
	id, err := ca.Issue("Local time authority of a test", TimeStamps, now, until)
	if err != nil {
		f.Fatal(err)
	}
	query, err := asn1.Marshal(stampRequest{Version: 1, Imprint: sha256Imprint(make([]byte, 32)), Certs: true})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(query)
	f.Fuzz(func(t *testing.T, query []byte) {
		if _, err := (&TimeAuthority{id, clock.At(now)}).answer(query); err != nil {
			t.Error(err)
		}
	})
}

func FuzzParseIdentity(f *testing.F) {
	f.Add([]byte("-----BEGIN PRIVATE KEY-----\nMAA=\n-----END PRIVATE KEY-----\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if id, err := ParseIdentity(data); err == nil && len(id.Chain()) == 0 {
			t.Error("an identity without a certificate")
		}
	})
}
