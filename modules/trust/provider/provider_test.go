package provider

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"io"
	"math/big"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
)

func TestClaimsAreReadWhole(t *testing.T) {
	got, err := ParseClaims(`{"id_token":{"b":{"essential":true},"a":null},"userinfo":{"a":{"essential":true,"values":["y","x","x"]},"c":{"value":true}},"other":{"z":null}}`)
	if err != nil || len(got) != 3 {
		t.Fatal(got, err)
	}
	a, b, c := got[0], got[1], got[2]
	if a.Name != "a" || !a.Essential || !a.InToken || !a.InInfo || !slices.Equal(a.Values, []string{"x", "y"}) {
		t.Errorf("%+v", a)
	}
	if b.Name != "b" || !b.Essential || !b.InToken || b.InInfo {
		t.Errorf("%+v", b)
	}
	if c.Essential || !slices.Equal(c.Values, []string{"true"}) || c.InToken {
		t.Errorf("%+v", c)
	}
	if none, err := ParseClaims(""); err != nil || none != nil {
		t.Error(none, err)
	}
	for name, bad := range map[string]string{
		"no JSON": "{", "a list": "[]", "a text": `"x"`, "a member that is no object": `{"id_token":[]}`, "a claim that is a text": `{"id_token":{"a":"x"}}`,
		"an object as value": `{"id_token":{"a":{"value":{}}}}`, "too long": `{"id_token":{"a":{"value":"` + strings.Repeat("x", mostClaimsBytes) + `"}}}`,
		"too many": `{"id_token":{` + strings.TrimSuffix(manyClaims(mostClaims+1), ",") + `}}`, "no UTF-8": "{\"id_token\":{\"\xff\":null}}", "a null byte": "{\"id_token\":{\"a\x00\":null}}",
	} {
		if _, err := ParseClaims(bad); err == nil {
			t.Errorf("%s is read", name)
		}
	}
}

func manyClaims(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(`"c` + strings.Repeat("x", i) + `":null,`)
	}
	return b.String()
}

func FuzzClaims(f *testing.F) {
	f.Add(`{"id_token":{"age_over_18":{"essential":true,"value":"x"}}}`)
	f.Add(`{"userinfo":{"a":null}}`)
	f.Add(`{"id_token":{"a":{"values":[1,true,null,"s",1e400]}}}`)
	f.Fuzz(func(t *testing.T, raw string) {
		all, err := ParseClaims(raw)
		if err != nil {
			return
		}
		if len(all) > mostClaims || !slices.IsSortedFunc(all, func(a, b Wanted) int { return strings.Compare(a.Name, b.Name) }) {
			t.Errorf("%q gives %+v", raw, all)
		}
		for _, w := range all {
			if !w.InToken && !w.InInfo || strings.ContainsRune(w.Name, 0) {
				t.Errorf("%q gives %+v", raw, w)
			}
		}
	})
}

func FuzzKeys(f *testing.F) {
	f.Add([]byte(`{"keys":[{"kty":"OKP","crv":"Ed25519","kid":"demo","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}`))
	f.Add([]byte(`{"keys":[{"kty":"EC","crv":"P-256","kid":"k","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}]}`))
	f.Add([]byte(`{"keys":[{"kty":"oct","k":"AAAA","kid":"k"}]}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		set, err := ParseKeys(raw)
		if err != nil {
			if !errors.Is(err, ErrKeys) {
				t.Error(err)
			}
			return
		}
		for _, k := range set.set.Keys {
			if !k.IsPublic() || !k.Valid() || k.KeyID == "" || k.Algorithm == "" {
				t.Errorf("%s gives %+v", raw, k)
			}
		}
		again, err := ParseKeys(set.JSON())
		if err != nil || !slices.Equal(again.IDs(), set.IDs()) || bytes.Contains(set.JSON(), []byte(`"d"`)) {
			t.Errorf("%s is written as %s: %v", raw, set.JSON(), err)
		}
	})
}

// signer gives what it is told.
type signer struct {
	crypto.Signer
	der []byte
}

func (s signer) Sign(io.Reader, []byte, crypto.SignerOpts) ([]byte, error) { return s.der, nil }

// TestSignaturesHaveTheFormOfTokens: 64 bytes, whatever the signer's numbers
// are; what is no signature is refused.
func TestSignaturesHaveTheFormOfTokens(t *testing.T) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for range 300 { // numbers with leading zeros are among them
		sum := sha256.Sum256([]byte(rand.Text()))
		raw, err := plain{key}.Sign(rand.Reader, sum[:], crypto.SHA256)
		if err != nil || len(raw) != 64 || !ecdsa.Verify(&key.PublicKey, sum[:], new(big.Int).SetBytes(raw[:32]), new(big.Int).SetBytes(raw[32:])) {
			t.Fatalf("%x %v", raw, err)
		}
	}
	for name, der := range map[string][]byte{"nothing": nil, "nonsense": []byte("x"), "zero": {0x30, 6, 2, 1, 0, 2, 1, 1}, "something after": {0x30, 6, 2, 1, 1, 2, 1, 1, 0}} {
		if raw, err := (plain{signer{key, der}}).Sign(rand.Reader, nil, crypto.SHA256); err == nil {
			t.Errorf("%s is taken for a signature: %x", name, raw)
		}
	}
}

func TestPrecheck(t *testing.T) {
	p := &Provider{}
	ask := func(method, target string, form url.Values, header http.Header) *http.Request {
		r, err := http.NewRequestWithContext(t.Context(), method, target, strings.NewReader(form.Encode()))
		if err != nil {
			t.Fatal(err)
		}
		r.Header = header
		if header == nil {
			r.Header = http.Header{}
		}
		if r.Header.Get("Content-Type") == "" {
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		}
		return r
	}
	for name, r := range map[string]*http.Request{
		"a query":           ask("POST", PathToken+"?code=x", nil, nil),
		"twice":             ask("POST", PathPush, url.Values{"state": {"a", "b"}}, nil),
		"a request object":  ask("POST", PathPush, url.Values{"request": {"a.b.c"}}, nil),
		"a request_uri":     ask("POST", PathPush, url.Values{"request_uri": {"x"}}, nil),
		"another mode":      ask("POST", PathPush, url.Values{"response_mode": {"fragment"}}, nil),
		"a secret":          ask("POST", PathToken, url.Values{"client_secret": {"x"}}, nil),
		"a null byte":       ask("POST", PathPush, url.Values{"state": {"a\x00"}}, nil),
		"too long":          ask("POST", PathPush, url.Values{"state": {strings.Repeat("x", 20<<10)}}, nil),
		"two proofs":        ask("POST", PathToken, nil, http.Header{"Dpop": {"a", "b"}}),
		"a bearer's scheme": ask("GET", PathInfo, nil, http.Header{"Authorization": {"Bearer x"}}),
	} {
		if p.precheck(r) == nil {
			t.Errorf("%s is overlooked", name)
		}
	}
	for name, r := range map[string]*http.Request{
		"plain":         ask("POST", PathPush, url.Values{"state": {"a"}, "resource": {"a", "b"}}, nil),
		"query as mode": ask("POST", PathPush, url.Values{"response_mode": {"query"}}, nil),
		"a bound token": ask("GET", PathInfo, nil, http.Header{"Authorization": {"dpop x"}}),
	} {
		if e := p.precheck(r); e != nil {
			t.Errorf("%s: %v", name, e)
		}
	}
}

func TestLevels(t *testing.T) {
	for acr, want := range map[string]int{ACR(1): 1, ACR(3): 3, "urn:amana:level:4": 0, "urn:amana:level:0": 0, "urn:amana:level:": 0, "2": 0, "": 0, "urn:amana:level:+1": 0} {
		if got := levelOf(acr); got != want {
			t.Errorf("%s is %d", acr, got)
		}
	}
	if n := leastLevel([]string{"x", ACR(3), ACR(2)}); n != 2 {
		t.Error(n)
	}
	if n := leastLevel(nil); n != 0 {
		t.Error(n)
	}
}
