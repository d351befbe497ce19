package mdoc

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"math/big"
	"testing"
	"time"

	"github.com/fxamacker/cbor/v2"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

const (
	docType = "ma.example.residence.1"
	space   = "ma.example.residence"
)

var now = time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func newKey() *ecdsa.PrivateKey { return must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader)) }

// authority is a root and a document signer under it.
type authority struct {
	root   *x509.Certificate
	issuer Issuer
	holder *ecdsa.PrivateKey
}

func newAuthority(usage x509.KeyUsage) *authority {
	rootKey, signerKey := newKey(), newKey()
	root := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Root"}, NotBefore: now.AddDate(-1, 0, 0), NotAfter: now.AddDate(9, 0, 0),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	root = must(x509.ParseCertificate(must(x509.CreateCertificate(rand.Reader, root, root, rootKey.Public(), rootKey))))
	signer := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "Signer"}, NotBefore: now.AddDate(0, -1, 0), NotAfter: now.AddDate(0, 1, 0), KeyUsage: usage,
	}
	cert := must(x509.ParseCertificate(must(x509.CreateCertificate(rand.Reader, signer, root, signerKey.Public(), rootKey))))
	return &authority{root: root, issuer: Issuer{Key: signerKey, Chain: []*x509.Certificate{cert}}, holder: newKey()}
}

func (a *authority) verifier() *Verifier {
	roots := x509.NewCertPool()
	roots.AddCert(a.root)
	return &Verifier{Roots: roots, Types: []string{docType}, Transcript: transcript(), Now: now, Leeway: 30 * time.Second}
}

func transcript() []byte {
	return must(OpenID4VP("x509_san_dns:bank.example", "n-1", nil, "https://bank.example/answer"))
}

func (a *authority) document() Document {
	return Document{
		Type: docType, Device: &a.holder.PublicKey, Status: &Status{List: "https://trust.example/status/7", Index: 41},
		Signed: now.Add(-time.Hour), From: now.Add(-time.Hour), Until: now.AddDate(1, 0, 0),
		Elements: map[string]map[string]any{space: {
			"given_name": "ليلى", "family_name": "Benjelloun", "birth_date": Date("1990-02-03"), "age_over_18": true, "portrait": []byte{1, 2, 3},
		}},
	}
}

func (a *authority) show(t testing.TB, names ...string) []byte {
	t.Helper()
	held, err := Open(must(a.issuer.Issue(a.document())))
	if err != nil {
		t.Fatal(err)
	}
	out, err := held.Present(map[string][]string{space: names}, transcript(), a.holder)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestOnlyWhatWasChosenIsSeen(t *testing.T) {
	a := newAuthority(x509.KeyUsageDigitalSignature)
	shown := a.show(t, "given_name", "age_over_18")
	got, err := a.verifier().Verify(shown)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]map[string]any{space: {"given_name": "ليلى", "age_over_18": true}}
	if diff := cmp.Diff(want, got[0].Elements); diff != "" {
		t.Error(diff)
	}
	if got[0].Status.Index != 41 || got[0].Signer.Subject.CommonName != "Signer" || !got[0].Until.Equal(now.AddDate(1, 0, 0)) {
		t.Errorf("%+v", got[0])
	}
	for _, word := range []string{"Benjelloun", "1990-02-03"} {
		if bytes.Contains(shown, []byte(word)) {
			t.Errorf("%s stands in what is shown", word)
		}
	}
	held := must(Open(must(a.issuer.Issue(a.document()))))
	if _, err := held.Present(map[string][]string{space: {"height"}}, transcript(), a.holder); err == nil {
		t.Error("an element that is not there was shown")
	}
	if all := must(held.Elements()); len(all[space]) != 5 {
		t.Errorf("the holder reads %v", all)
	}
}

func TestRefused(t *testing.T) {
	a, other := newAuthority(x509.KeyUsageDigitalSignature), newAuthority(x509.KeyUsageDigitalSignature)
	good := a.show(t, "given_name")
	edit := func(change func(v *Verifier)) *Verifier {
		v := a.verifier()
		change(v)
		return v
	}
	ca := newAuthority(x509.KeyUsageCRLSign)
	thief := must(must(Open(must(a.issuer.Issue(a.document())))).Present(map[string][]string{space: {"given_name"}}, transcript(), other.holder))
	for _, tt := range []struct {
		name     string
		verifier *Verifier
		shown    []byte
		want     error
	}{
		{"nothing wrong", a.verifier(), good, nil},
		{"another root", other.verifier(), good, ErrTrust},
		{"a key for something else", ca.verifier(), ca.show(t, "given_name"), ErrTrust},
		{"another type", edit(func(v *Verifier) { v.Types = []string{"org.iso.18013.5.1.mDL"} }), good, ErrType},
		{"expired", edit(func(v *Verifier) { v.Now = now.AddDate(2, 0, 0) }), good, ErrExpired},
		{"not yet", edit(func(v *Verifier) { v.Now = now.AddDate(-1, 0, 0) }), good, ErrNotYet},
		{"another session", edit(func(v *Verifier) {
			v.Transcript = must(OpenID4VP("x509_san_dns:bank.example", "n-2", nil, "https://bank.example/answer"))
		}), good, ErrDevice},
		{"another device", a.verifier(), thief, ErrDevice},
		{"too long", a.verifier(), make([]byte, MaxSize+1), ErrFormat},
		{"empty", a.verifier(), nil, ErrFormat},
		{"no document", a.verifier(), must(cbor.Marshal(response{Version: "1.0"})), ErrFormat},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := tt.verifier.Verify(tt.shown); !errors.Is(err, tt.want) {
				t.Errorf("got %v, want %v", err, tt.want)
			}
		})
	}
}

// TestForged changes a response where a signature does not reach by itself.
func TestForged(t *testing.T) {
	a, other := newAuthority(x509.KeyUsageDigitalSignature), newAuthority(x509.KeyUsageDigitalSignature)
	c := must(newCodec())
	for _, tt := range []struct {
		name   string
		change func(d *document)
		want   error
	}{
		{"another value", func(d *document) {
			var it item
			if err := c.unwrap(d.Issuer.Spaces[space][0], &it); err != nil {
				t.Fatal(err)
			}
			it.Value = "Amina"
			d.Issuer.Spaces[space][0] = must(c.wrap(it))
		}, ErrDigest},
		{"an element twice", func(d *document) {
			d.Issuer.Spaces[space] = append(d.Issuer.Spaces[space], d.Issuer.Spaces[space][0])
		}, ErrDigest},
		{"in another name space", func(d *document) { d.Issuer.Spaces["x"] = d.Issuer.Spaces[space] }, ErrDigest},
		{"another's security object", func(d *document) {
			var r response
			if err := c.dec.Unmarshal(other.show(t, "given_name"), &r); err != nil {
				t.Fatal(err)
			}
			d.Issuer.Auth = r.Documents[0].Issuer.Auth
		}, ErrTrust},
		{"said by the device", func(d *document) {
			d.Device.Spaces = must(c.wrap(map[string]any{space: map[string]any{"age_over_18": true}}))
		}, ErrDevice},
		{"another type", func(d *document) { d.Type = "x" }, ErrType},
		{"no device", func(d *document) { d.Device.Auth.Signature = nil }, ErrDevice},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var r response
			if err := c.dec.Unmarshal(a.show(t, "given_name"), &r); err != nil {
				t.Fatal(err)
			}
			tt.change(&r.Documents[0])
			if _, err := a.verifier().Verify(must(c.enc.Marshal(r))); !errors.Is(err, tt.want) {
				t.Errorf("got %v, want %v", err, tt.want)
			}
		})
	}
}

// TestEveryByteCounts changes a response at each place: it is refused, or says
// less, which a holder may, but never something else.
func TestEveryByteCounts(t *testing.T) {
	a := newAuthority(x509.KeyUsageDigitalSignature)
	shown := a.show(t, "given_name")
	want := must(a.verifier().Verify(shown))
	for n := range shown {
		b := bytes.Clone(shown)
		b[n] ^= 1 << (n % 8)
		got, err := a.verifier().Verify(b)
		if err == nil && len(got[0].Elements) > 0 && !cmp.Equal(want[0].Elements, got[0].Elements) {
			t.Fatalf("changed at %d of %d: %v", n, len(shown), got)
		}
	}
}

func TestRandomElements(t *testing.T) {
	a := newAuthority(x509.KeyUsageDigitalSignature)
	rapid.Check(t, func(t *rapid.T) {
		elements := rapid.MapOfN(rapid.StringMatching(`[a-z_]{1,12}`), rapid.OneOf(
			rapid.Map(rapid.String(), func(s string) any { return s }),
			rapid.Map(rapid.Bool(), func(b bool) any { return b }),
			rapid.Map(rapid.SliceOfN(rapid.Byte(), 0, 40), func(b []byte) any { return b }),
		), 1, 12).Draw(t, "elements")
		d := a.document()
		d.Elements = map[string]map[string]any{space: elements}
		held, err := Open(must(a.issuer.Issue(d)))
		if err != nil {
			t.Fatal(err)
		}
		want, names := map[string]any{}, []string{}
		for name, v := range elements {
			if rapid.Bool().Draw(t, "shown") {
				want[name], names = v, append(names, name)
			}
		}
		got, err := a.verifier().Verify(must(held.Present(map[string][]string{space: names}, transcript(), a.holder)))
		if err != nil {
			t.Fatal(err)
		}
		shown := got[0].Elements[space]
		if shown == nil {
			shown = map[string]any{}
		}
		if diff := cmp.Diff(want, shown); diff != "" {
			t.Fatal(diff)
		}
	})
}

func TestNotIssued(t *testing.T) {
	a := newAuthority(x509.KeyUsageDigitalSignature)
	p384 := must(ecdsa.GenerateKey(elliptic.P384(), rand.Reader))
	for name, change := range map[string]func(d *Document, i *Issuer){
		"without a type":        func(d *Document, _ *Issuer) { d.Type = "" },
		"without elements":      func(d *Document, _ *Issuer) { d.Elements = nil },
		"for no time":           func(d *Document, _ *Issuer) { d.Until = d.From },
		"to another curve":      func(d *Document, _ *Issuer) { d.Device = &p384.PublicKey },
		"by another curve":      func(_ *Document, i *Issuer) { i.Key = p384 },
		"without a certificate": func(_ *Document, i *Issuer) { i.Chain = nil },
		"on no such day":        func(d *Document, _ *Issuer) { d.Elements[space]["birth_date"] = Date("1990-02-30") },
		"without randomness":    func(_ *Document, i *Issuer) { i.Rand = bytes.NewReader(nil) },
	} {
		d, i := a.document(), a.issuer
		change(&d, &i)
		if _, err := i.Issue(d); err == nil {
			t.Errorf("issued %s", name)
		}
	}
}

func FuzzVerify(f *testing.F) {
	a := newAuthority(x509.KeyUsageDigitalSignature)
	want := must(a.verifier().Verify(a.show(f, "given_name")))[0].Elements
	f.Add(a.show(f, "given_name"))
	f.Add([]byte{0xa0})
	f.Fuzz(func(t *testing.T, in []byte) {
		if got, err := a.verifier().Verify(in); err == nil && len(got[0].Elements) > 0 && !cmp.Equal(want, got[0].Elements) {
			t.Errorf("accepted %x: %v", in, got)
		}
	})
}

func FuzzOpen(f *testing.F) {
	a := newAuthority(x509.KeyUsageDigitalSignature)
	f.Add(must(a.issuer.Issue(a.document())))
	f.Fuzz(func(t *testing.T, in []byte) {
		if held, err := Open(in); err == nil {
			if _, err := held.Elements(); err != nil {
				t.Errorf("opened, but %v", err)
			}
		}
	})
}

func BenchmarkVerify(b *testing.B) {
	a := newAuthority(x509.KeyUsageDigitalSignature)
	shown, v := a.show(b, "given_name", "age_over_18"), a.verifier()
	for b.Loop() {
		if _, err := v.Verify(shown); err != nil {
			b.Fatal(err)
		}
	}
}
