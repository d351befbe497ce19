package mdoc

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/fxamacker/cbor/v2"
)

// shown presents a document that a test changed.
func (a *authority) shown(t *testing.T, d Document) []byte {
	t.Helper()
	return must(must(Open(must(a.issuer.Issue(d)))).Present(map[string][]string{space: {"given_name"}}, transcript(), a.holder))
}

// A document counts from the moment it says until the moment it says, to the
// second, by as much as clocks may differ and no more.
func TestTimesAtTheirEdges(t *testing.T) {
	a := newAuthority(x509.KeyUsageDigitalSignature)
	d := a.document()
	d.Signed, d.From, d.Until = now, now.Add(time.Hour), now.Add(2*time.Hour)
	raw := a.shown(t, d)
	for name, x := range map[string]struct {
		at     time.Time
		leeway time.Duration
		want   error
	}{
		"just before it begins":    {d.From.Add(-time.Nanosecond), 0, ErrNotYet},
		"as it begins":             {d.From, 0, nil},
		"just before it ends":      {d.Until.Add(-time.Nanosecond), 0, nil},
		"as it ends":               {d.Until, 0, ErrExpired},
		"a clock that is slow":     {d.From.Add(-30 * time.Second), 30 * time.Second, nil},
		"a clock that is too slow": {d.From.Add(-30*time.Second - time.Nanosecond), 30 * time.Second, ErrNotYet},
		"a clock that is fast":     {d.Until.Add(30*time.Second - time.Nanosecond), 30 * time.Second, nil},
		"a clock that is too fast": {d.Until.Add(30 * time.Second), 30 * time.Second, ErrExpired},
	} {
		v := a.verifier()
		v.Now, v.Leeway = x.at, x.leeway
		if _, err := v.Verify(raw); !errors.Is(err, x.want) {
			t.Errorf("%s: got %v, want %v", name, err, x.want)
		}
	}
}

// A document that was signed outside its signer's term is not believed, and one
// that was signed within it outlives the signer's certificate.
func TestTheSignersTerm(t *testing.T) {
	a := newAuthority(x509.KeyUsageDigitalSignature)
	cert := a.issuer.Chain[0]
	for name, x := range map[string]struct {
		signed time.Time
		want   error
	}{
		"before it": {cert.NotBefore.Add(-time.Second), ErrTrust}, "as it begins": {cert.NotBefore, nil}, "as it ends": {cert.NotAfter, nil}, "after it": {cert.NotAfter.Add(time.Second), ErrTrust},
	} {
		d := a.document()
		d.Signed, d.From = x.signed, cert.NotBefore
		v := a.verifier()
		v.Now = cert.NotAfter.AddDate(0, 3, 0)
		if _, err := v.Verify(a.shown(t, d)); !errors.Is(err, x.want) {
			t.Errorf("%s: got %v, want %v", name, err, x.want)
		}
	}
	d := a.document()
	d.Signed = now.Add(time.Hour)
	if _, err := a.verifier().Verify(a.shown(t, d)); !errors.Is(err, ErrNotYet) {
		t.Errorf("signed in the future: %v", err)
	}
}

// under gives a chain of a root, an authority between and a document signer.
func (a *authority) under(t *testing.T) {
	t.Helper()
	rootKey, middleKey, key := newKey(), newKey(), newKey()
	make := func(n int64, ca bool, pub *ecdsa.PublicKey, parent *x509.Certificate, by *ecdsa.PrivateKey) *x509.Certificate {
		c := &x509.Certificate{SerialNumber: big.NewInt(n), Subject: pkix.Name{CommonName: "C" + big.NewInt(n).String()}, NotBefore: now.AddDate(-1, 0, 0), NotAfter: now.AddDate(1, 0, 0), KeyUsage: x509.KeyUsageDigitalSignature}
		if ca {
			c.IsCA, c.BasicConstraintsValid, c.KeyUsage = true, true, x509.KeyUsageCertSign
		}
		if parent == nil {
			parent = c
		}
		return must(x509.ParseCertificate(must(x509.CreateCertificate(rand.Reader, c, parent, pub, by))))
	}
	a.root = make(1, true, &rootKey.PublicKey, nil, rootKey)
	middle := make(2, true, &middleKey.PublicKey, a.root, rootKey)
	a.issuer = Issuer{Key: key, Chain: []*x509.Certificate{make(3, false, &key.PublicKey, middle, middleKey), middle}}
}

// A chain with an authority between is followed; without it, or turned around,
// or too long, the document is not believed.
func TestChains(t *testing.T) {
	a := newAuthority(x509.KeyUsageDigitalSignature)
	a.under(t)
	good := a.issuer.Chain
	for name, x := range map[string]struct {
		chain []*x509.Certificate
		want  error
	}{
		"whole":              {good, nil},
		"the middle missing": {good[:1], ErrTrust},
		"turned around":      {[]*x509.Certificate{good[1], good[0]}, ErrSignature},
		"too long":           {[]*x509.Certificate{good[0], good[1], good[1], good[1], good[1], good[1], good[1], good[1], good[1]}, ErrFormat},
	} {
		a.issuer.Chain = x.chain
		if _, err := a.verifier().Verify(a.shown(t, a.document())); !errors.Is(err, x.want) {
			t.Errorf("%s: got %v, want %v", name, err, x.want)
		}
	}
}

// What an issuer may not sign is not signed.
func TestWhatIsNotIssued(t *testing.T) {
	a := newAuthority(x509.KeyUsageDigitalSignature)
	big := must(ecdsa.GenerateKey(elliptic.P384(), rand.Reader))
	for name, x := range map[string]struct {
		issuer func(*Issuer)
		change func(*Document)
	}{
		"no type":                   {nil, func(d *Document) { d.Type = "" }},
		"no elements":               {nil, func(d *Document) { d.Elements = nil }},
		"no time":                   {nil, func(d *Document) { d.Until = d.From }},
		"an end before its start":   {nil, func(d *Document) { d.Until = d.From.Add(-time.Second) }},
		"a device on another curve": {nil, func(d *Document) { d.Device = &big.PublicKey }},
		"a day that is none":        {nil, func(d *Document) { d.Elements = map[string]map[string]any{space: {"birth_date": Date("1990-02-30")}} }},
		"what CBOR cannot say":      {nil, func(d *Document) { d.Elements = map[string]map[string]any{space: {"f": func() {}}} }},
		"no certificate":            {func(i *Issuer) { i.Chain = nil }, nil},
		"a signer on another curve": {func(i *Issuer) { i.Key = big }, nil},
		"no chance":                 {func(i *Issuer) { i.Rand = strings.NewReader("short") }, nil},
	} {
		i, d := a.issuer, a.document()
		if x.issuer != nil {
			x.issuer(&i)
		}
		if x.change != nil {
			x.change(&d)
		}
		if raw, err := i.Issue(d); err == nil {
			t.Errorf("%s: issued, %d bytes", name, len(raw))
		}
	}
}

// A security object that says what this reader does not know is refused, though
// its issuer signed it.
func TestSecurityObjectsThatAreRefused(t *testing.T) {
	a := newAuthority(x509.KeyUsageDigitalSignature)
	c := must(newCodec())
	for name, x := range map[string]struct {
		change func(*security)
		want   error
	}{
		"nothing wrong":                   {func(*security) {}, nil},
		"another version":                 {func(m *security) { m.Version = "2.0" }, ErrFormat},
		"digests by another algorithm":    {func(m *security) { m.Algorithm = "SHA-1" }, ErrFormat},
		"a device's key that is none":     {func(m *security) { m.Device.Key.Type = 1 }, ErrFormat},
		"a device's key on another curve": {func(m *security) { m.Device.Key.Curve = 2 }, ErrFormat},
		"a point that is not on it":       {func(m *security) { m.Device.Key.Y[31] ^= 1 }, ErrFormat},
		"a short coordinate":              {func(m *security) { m.Device.Key.X = m.Device.Key.X[1:] }, ErrFormat},
		"no digests":                      {func(m *security) { m.Digests = nil }, ErrDigest},
		"a status without a list":         {func(m *security) { m.Status = &statusRef{} }, nil},
	} {
		var r response
		if err := c.dec.Unmarshal(a.show(t, "given_name"), &r); err != nil {
			t.Fatal(err)
		}
		m := must(c.readSigned(r.Documents[0].Issuer.Auth))
		var mso security
		if err := c.unwrap(m.Payload, &mso); err != nil {
			t.Fatal(err)
		}
		x.change(&mso)
		r.Documents[0].Issuer.Auth = must(sign(a.issuer.Key, must(c.wrap(mso)), a.issuer.Chain, false))
		got, err := a.verifier().Verify(must(c.enc.Marshal(r)))
		if !errors.Is(err, x.want) {
			t.Errorf("%s: got %v, want %v", name, err, x.want)
		}
		if err == nil && mso.Status != nil && (got[0].Status == nil) != (mso.Status.List == nil) {
			t.Errorf("%s: status %v", name, got[0].Status)
		}
	}
}

// A response of several documents proves all of them, or nothing; and a device's
// signature with a payload of its own is none.
func TestResponses(t *testing.T) {
	a := newAuthority(x509.KeyUsageDigitalSignature)
	c := must(newCodec())
	read := func(raw []byte) (r response) {
		if err := c.dec.Unmarshal(raw, &r); err != nil {
			t.Fatal(err)
		}
		return r
	}
	one, two := read(a.show(t, "given_name")), read(a.show(t, "age_over_18"))
	both := one
	both.Documents = append(both.Documents, two.Documents...)
	got, err := a.verifier().Verify(must(c.enc.Marshal(both)))
	if err != nil || len(got) != 2 || got[0].Elements[space]["given_name"] == nil || got[1].Elements[space]["age_over_18"] != true {
		t.Errorf("%+v %v", got, err)
	}
	both.Documents[1].Device.Auth.Signature = nil
	if got, err := a.verifier().Verify(must(c.enc.Marshal(both))); !errors.Is(err, ErrDevice) || got != nil {
		t.Errorf("one of two: %v %v", got, err)
	}
	failed := one
	failed.Status = 10
	if _, err := a.verifier().Verify(must(c.enc.Marshal(failed))); !errors.Is(err, ErrFormat) {
		t.Errorf("an error as a response: %v", err)
	}
	own := read(a.show(t, "given_name"))
	own.Documents[0].Device.Auth.Signature = must(sign(a.holder, []byte("something else"), nil, false))
	if _, err := a.verifier().Verify(must(c.enc.Marshal(own))); !errors.Is(err, ErrDevice) {
		t.Errorf("a payload of its own: %v", err)
	}
}

// What a holder keeps is read only if each element is what was signed.
func TestWhatIsNotKept(t *testing.T) {
	a := newAuthority(x509.KeyUsageDigitalSignature)
	c := must(newCodec())
	good := must(a.issuer.Issue(a.document()))
	var kept issuerSigned
	if err := c.dec.Unmarshal(good, &kept); err != nil {
		t.Fatal(err)
	}
	changed := kept
	changed.Spaces = map[string][]cbor.RawMessage{"x": kept.Spaces[space]}
	unsigned := kept
	unsigned.Auth = must(c.enc.Marshal("x"))
	for name, x := range map[string]struct {
		raw  []byte
		want error
	}{
		"good": {good, nil}, "nothing": {nil, ErrFormat}, "no document": {[]byte("hello"), ErrFormat}, "half of it": {good[:len(good)/2], ErrFormat}, "too long": {make([]byte, MaxSize+1), ErrFormat},
		"elements elsewhere": {must(c.enc.Marshal(changed)), ErrDigest}, "unsigned": {must(c.enc.Marshal(unsigned)), ErrFormat},
	} {
		h, err := Open(x.raw)
		if !errors.Is(err, x.want) {
			t.Errorf("%s: got %v, want %v", name, err, x.want)
		}
		if err == nil && h.Type() != docType {
			t.Errorf("%s: it is a %s", name, h.Type())
		}
	}
	held := must(Open(good))
	if _, err := held.Present(map[string][]string{space: {"given_name"}}, []byte{0xff}, a.holder); err == nil {
		t.Error("shown in a session that is none")
	}
	if _, err := held.Present(map[string][]string{"x": {"given_name"}}, transcript(), a.holder); err == nil {
		t.Error("shown from a name space that is not there")
	}
}

// A session is of one verifier, one nonce, one key and one address: with any of
// them changed it is another session.
func TestASessionIsItsOwn(t *testing.T) {
	a := newAuthority(x509.KeyUsageDigitalSignature)
	raw := a.show(t, "given_name")
	for name, other := range map[string][]byte{
		"another verifier": must(OpenID4VP("x509_san_dns:shop.example", "n-1", nil, "https://bank.example/answer")),
		"another nonce":    must(OpenID4VP("x509_san_dns:bank.example", "n-2", nil, "https://bank.example/answer")),
		"a key":            must(OpenID4VP("x509_san_dns:bank.example", "n-1", []byte("thumbprint"), "https://bank.example/answer")),
		"another address":  must(OpenID4VP("x509_san_dns:bank.example", "n-1", nil, "https://bank.example/other")),
	} {
		v := a.verifier()
		v.Transcript = other
		if _, err := v.Verify(raw); !errors.Is(err, ErrDevice) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A time is text under its tag, in whole seconds, wherever its clock stood.
func TestTimesAsTheyAreWritten(t *testing.T) {
	for name, x := range map[string]struct {
		v    any
		good bool
	}{
		"UTC":       {cbor.Tag{Number: 0, Content: "2026-11-28T12:00:00Z"}, true},
		"an offset": {cbor.Tag{Number: 0, Content: "2026-11-28T13:00:00+01:00"}, true},
		"no tag":    {"2026-11-28T12:00:00Z", false},
		"another":   {cbor.Tag{Number: 1, Content: 1}, false},
		"a number":  {cbor.Tag{Number: 0, Content: 1}, false},
		"no time":   {cbor.Tag{Number: 0, Content: "yesterday"}, false},
	} {
		var at instant
		err := at.UnmarshalCBOR(must(cbor.Marshal(x.v)))
		if (err == nil) != x.good || x.good && !time.Time(at).Equal(now) {
			t.Errorf("%s: %v, %v", name, time.Time(at), err)
		}
	}
}
