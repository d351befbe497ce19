package es256

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"math/big"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"
	"github.com/google/go-cmp/cmp"
)

func key(t testing.TB, curve elliptic.Curve) *ecdsa.PrivateKey {
	t.Helper()
	k, err := ecdsa.GenerateKey(curve, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func part(v any) string {
	raw, ok := v.(string)
	if !ok {
		b, err := json.Marshal(v)
		if err != nil {
			panic(err)
		}
		raw = string(b)
	}
	return base64.RawURLEncoding.EncodeToString([]byte(raw))
}

// forged signs whatever header and claims it is given, as ES256 does: what the
// library would never write.
func forged(t testing.TB, k *ecdsa.PrivateKey, header, claims any) string {
	t.Helper()
	text := part(header) + "." + part(claims)
	sum := sha256.Sum256([]byte(text))
	r, s, err := ecdsa.Sign(rand.Reader, k, sum[:])
	if err != nil {
		t.Fatal(err)
	}
	out := make([]byte, 64)
	r.FillBytes(out[:32])
	s.FillBytes(out[32:])
	return text + "." + base64.RawURLEncoding.EncodeToString(out)
}

// TestWhatIsSignedIsRead: claims, type, key id and further members come back as
// they were given, and the key that signed is the only one that holds.
func TestWhatIsSignedIsRead(t *testing.T) {
	k := key(t, elliptic.P256())
	signed, err := Sign(k, Header{Type: "dc+sd-jwt", KeyID: "k 1", Extra: map[string]any{"trust_chain": []string{"AAAA"}}}, map[string]any{"sub": "é", "n": 12345678901234567})
	if err != nil {
		t.Fatal(err)
	}
	got, err := Read(signed)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]any{"sub": "é", "n": json.Number("12345678901234567")}
	if got.Type != "dc+sd-jwt" || got.KeyID != "k 1" || cmp.Diff(want, got.Claims) != "" || cmp.Diff([]any{"AAAA"}, got.Extra["trust_chain"]) != "" || got.Extra["alg"] != "ES256" {
		t.Errorf("%+v", got)
	}
	if err := got.Check(&k.PublicKey); err != nil {
		t.Error(err)
	}
	if err := got.Check(&key(t, elliptic.P256()).PublicKey); !errors.Is(err, ErrSignature) {
		t.Errorf("another key: %v", err)
	}
}

// device is a key that gives its public part and signs, and nothing else.
type device struct{ k *ecdsa.PrivateKey }

// Public gives the public key.
func (d device) Public() crypto.PublicKey { return d.k.Public() }

// Sign signs a digest.
func (d device) Sign(random io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	return d.k.Sign(random, digest, opts)
}

// TestAKeyInADevice: the key need not leave it.
func TestAKeyInADevice(t *testing.T) {
	d := device{key(t, elliptic.P256())}
	signed, err := Sign(d, Header{Type: "x"}, map[string]any{})
	if err != nil {
		t.Fatal(err)
	}
	got, err := Read(signed)
	if err != nil || got.Check(d.Public()) != nil {
		t.Error(err)
	}
}

// TestOnlyP256: no other key signs, and none is believed.
func TestOnlyP256(t *testing.T) {
	other, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	k := key(t, elliptic.P256())
	token, err := Read(forged(t, k, map[string]any{"alg": "ES256"}, map[string]any{}))
	if err != nil {
		t.Fatal(err)
	}
	for name, signer := range map[string]crypto.Signer{"P-384": key(t, elliptic.P384()), "P-224": key(t, elliptic.P224()), "RSA": other} {
		if OnP256(signer.Public()) {
			t.Errorf("%s is taken for P-256", name)
		}
		if _, err := Sign(signer, Header{Type: "x"}, map[string]any{}); err == nil {
			t.Errorf("%s signs", name)
		}
		if err := token.Check(signer.Public()); !errors.Is(err, ErrSignature) {
			t.Errorf("%s is believed: %v", name, err)
		}
	}
	if OnP256(nil) || OnP256(k.PublicKey) || OnP256("P-256") {
		t.Error("what is no key is taken for one")
	}
}

// TestWhatCannotBeWritten: claims that are no JSON.
func TestWhatCannotBeWritten(t *testing.T) {
	if _, err := Sign(key(t, elliptic.P256()), Header{Type: "x"}, map[string]any{"f": func() {}}); err == nil {
		t.Error("a function was signed")
	}
}

// TestTokensThatAreRefused: other algorithms, none, forms that are not compact,
// headers and claims that two readers would read as two things. Each is signed
// by the right key, so that only its form refuses it.
func TestTokensThatAreRefused(t *testing.T) {
	k := key(t, elliptic.P256())
	good := map[string]any{"alg": "ES256"}
	whole := forged(t, k, good, map[string]any{"a": 1})
	parts := strings.Split(whole, ".")
	hmac, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.HS256, Key: k.X.FillBytes(make([]byte, 32))}, nil)
	if err != nil {
		t.Fatal(err)
	}
	object, err := hmac.Sign([]byte(`{}`))
	if err != nil {
		t.Fatal(err)
	}
	confused, err := object.CompactSerialize()
	if err != nil {
		t.Fatal(err)
	}
	for name, token := range map[string]string{
		"nothing":             "",
		"two parts":           parts[0] + "." + parts[1],
		"four parts":          whole + ".",
		"the JSON form":       `{"payload":"` + parts[1] + `","protected":"` + parts[0] + `","signature":"` + parts[2] + `"}`,
		"no algorithm":        forged(t, k, map[string]any{}, good),
		"alg none":            forged(t, k, map[string]any{"alg": "none"}, good),
		"alg none, unsigned":  part(map[string]any{"alg": "none"}) + "." + parts[1] + ".",
		"HMAC of the key":     confused,
		"ES384":               forged(t, k, map[string]any{"alg": "ES384"}, good),
		"two algorithms":      forged(t, k, `{"alg":"ES256","alg":"none"}`, good),
		"a type twice":        forged(t, k, `{"alg":"ES256","typ":"a","typ":"b"}`, good),
		"a header in a list":  forged(t, k, `[{"alg":"ES256"}]`, good),
		"a claim twice":       forged(t, k, good, `{"sub":"a","sub":"b"}`),
		"a claim twice, deep": forged(t, k, good, `{"a":[{"b":1,"b":2}]}`),
		"claims in a list":    forged(t, k, good, `[]`),
		"claims that are one": forged(t, k, good, `1`),
		"no JSON":             forged(t, k, good, `{"a":`),
		"something after":     forged(t, k, good, `{}{}`),
		"padding":             strings.Replace(whole, ".", "=.", 1),
		"a space":             " " + whole[:20] + " " + whole[20:],
		"too deep":            forged(t, k, good, strings.Repeat(`{"a":`, 40)+"1"+strings.Repeat("}", 40)),
	} {
		if _, err := Read(token); err == nil {
			t.Errorf("%s is read", name)
		}
	}
}

// TestASignatureCoversAllOfIt: one altered part, and it does not hold.
func TestASignatureCoversAllOfIt(t *testing.T) {
	k := key(t, elliptic.P256())
	whole := forged(t, k, map[string]any{"alg": "ES256", "kid": "1"}, map[string]any{"a": 1})
	parts := strings.Split(whole, ".")
	raw, err := base64.RawURLEncoding.DecodeString(parts[2])
	if err != nil {
		t.Fatal(err)
	}
	swapped := append(append([]byte{}, raw[32:]...), raw[:32]...)
	s := new(big.Int).SetBytes(raw[32:])
	high := append([]byte{}, raw...)
	new(big.Int).Sub(elliptic.P256().Params().N, s).FillBytes(high[32:])
	for name, c := range map[string]struct {
		header, claims string
		signature      []byte
		holds          bool
	}{
		"as it is":               {parts[0], parts[1], raw, true},
		"another key id":         {part(map[string]any{"alg": "ES256", "kid": "2"}), parts[1], raw, false},
		"another claim":          {parts[0], part(map[string]any{"a": 2}), raw, false},
		"r and s exchanged":      {parts[0], parts[1], swapped, false},
		"zeros":                  {parts[0], parts[1], make([]byte, 64), false},
		"short":                  {parts[0], parts[1], raw[:63], false},
		"long":                   {parts[0], parts[1], append(append([]byte{}, raw...), 0), false},
		"empty":                  {parts[0], parts[1], nil, false},
		"the other s of the two": {parts[0], parts[1], high, true}, // both are signatures (FIPS 186-5): a token is no identifier
	} {
		token, err := Read(c.header + "." + c.claims + "." + base64.RawURLEncoding.EncodeToString(c.signature))
		if err != nil {
			if c.holds {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		if err := token.Check(&k.PublicKey); c.holds != (err == nil) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestATypeThatIsNoText is none.
func TestATypeThatIsNoText(t *testing.T) {
	token, err := Read(forged(t, key(t, elliptic.P256()), `{"alg":"ES256","typ":7}`, map[string]any{}))
	if err == nil && token.Type != "" {
		t.Errorf("type %q", token.Type)
	}
}

// TestValuesOfEveryKind: what JSON has, each in its own kind.
func TestValuesOfEveryKind(t *testing.T) {
	got, err := ReadJSON([]byte(` {"s":"\u0645","n":-1.5e3,"t":true,"f":false,"z":null,"l":[1,[],{}],"o":{"":""}} `))
	want := map[string]any{"s": "م", "n": json.Number("-1.5e3"), "t": true, "f": false, "z": nil, "l": []any{json.Number("1"), []any{}, map[string]any{}}, "o": map[string]any{"": ""}}
	if err != nil || cmp.Diff(want, got) != "" {
		t.Errorf("%v %s", err, cmp.Diff(want, got))
	}
	for depth, fits := range map[int]bool{maxDepth: true, maxDepth + 1: false} {
		if _, err := ReadJSON([]byte(strings.Repeat("[", depth) + "1" + strings.Repeat("]", depth))); fits != (err == nil) {
			t.Errorf("%d deep: %v", depth, err)
		}
	}
}

// FuzzRead: nothing makes the reader panic, and what it reads says each thing
// once: written and read again it is the same.
func FuzzRead(f *testing.F) {
	k := key(f, elliptic.P256())
	f.Add(forged(f, k, map[string]any{"alg": "ES256"}, map[string]any{"a": []any{1, "x", nil}}))
	f.Add("a.b.c")
	f.Fuzz(func(t *testing.T, jwt string) {
		token, err := Read(jwt)
		if err != nil {
			return
		}
		raw, err := json.Marshal(token.Claims)
		if err != nil {
			t.Fatal(err)
		}
		again, err := ReadJSON(raw)
		if err != nil || cmp.Diff(any(token.Claims), again) != "" {
			t.Errorf("%s: %v", raw, err)
		}
	})
}

// FuzzReadJSON: the same for values that no token carries.
func FuzzReadJSON(f *testing.F) {
	for _, seed := range []string{`{"a":{"b":[1,2.5,"x",true,null]}}`, `[]`, `"\ud800"`, `{"a":1,"a":1}`, `1e999`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		v, err := ReadJSON(raw)
		if err != nil {
			return
		}
		if !json.Valid(raw) {
			t.Errorf("%q is no JSON and was read", raw)
		}
		if _, err := json.Marshal(v); err != nil {
			t.Error(err)
		}
	})
}
