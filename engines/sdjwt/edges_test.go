package sdjwt

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"errors"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/amana-platform/amana/engines/internal/es256"
)

// A credential and the holder's signature count to the second, by as much as
// clocks may differ and no more.
func TestTimesAtTheirEdges(t *testing.T) {
	s := newScene(t)
	c := s.credential()
	c.IssuedAt, c.NotBefore, c.Expires = now.Add(-time.Hour), now, now.Add(time.Hour)
	compact := must(s.issuer.Issue(c))
	show := func(at time.Time) string {
		return must(must(Open(compact)).Present(nil, &Binding{s.holder, "https://bank.example", "n-1", at}))
	}
	leeway, age := s.verifier.Leeway, s.verifier.Binding.MaxAge
	for name, x := range map[string]struct {
		now    time.Time
		signed time.Duration // how long before now the holder signed
		want   error
	}{
		"as it begins, by a slow clock":      {now.Add(-leeway), 0, nil},
		"before it begins":                   {now.Add(-leeway - time.Nanosecond), 0, ErrNotYet},
		"as it ends, by a fast clock":        {c.Expires.Add(leeway - time.Nanosecond), 0, nil},
		"after it ends":                      {c.Expires.Add(leeway), 0, ErrExpired},
		"signed as long ago as may be":       {now.Add(10 * time.Minute), age + leeway, nil},
		"signed longer ago":                  {now.Add(10 * time.Minute), age + leeway + time.Second, ErrBinding},
		"signed by a clock that is fast":     {now.Add(10 * time.Minute), -leeway, nil},
		"signed by a clock that is too fast": {now.Add(10 * time.Minute), -leeway - time.Second, ErrBinding},
	} {
		v := s.verifier
		v.Now = x.now
		if _, err := v.Verify(show(x.now.Add(-x.signed))); !errors.Is(err, x.want) {
			t.Errorf("%s: got %v, want %v", name, err, x.want)
		}
	}
}

// What the issuer's key signs beside credentials is none, whatever it says; both
// names that credentials have had are taken.
func TestWhatSaysItIsSomethingElse(t *testing.T) {
	s := newScene(t)
	s.verifier.Binding = nil
	claims := map[string]any{"vct": "urn:amana:residence:1", "iss": "https://trust.example"}
	for typ, want := range map[string]error{"dc+sd-jwt": nil, "vc+sd-jwt": nil, "JWT": ErrType, "kb+jwt": ErrType, "statuslist+jwt": ErrType, "secevent+jwt": ErrType} {
		jwt := must(es256.Sign(s.issuer.Key, es256.Header{Type: typ, KeyID: "k1"}, claims))
		if _, err := s.verifier.Verify(jwt + "~"); !errors.Is(err, want) {
			t.Errorf("%s: got %v, want %v", typ, err, want)
		}
	}
}

// The key-binding JWT of a holder must be one, of this presentation, and say all
// that it must.
func TestBindingsThatAreRefused(t *testing.T) {
	s := newScene(t)
	shown := must(must(Open(issue(t, s))).Present([]Path{{"given_name"}}, nil))
	good := map[string]any{"aud": "https://bank.example", "nonce": "n-1", "iat": now.Unix(), "sd_hash": digestOf(shown)}
	for name, x := range map[string]struct {
		typ    string
		change func(map[string]any)
		want   error
	}{
		"nothing wrong":       {"kb+jwt", func(map[string]any) {}, nil},
		"another type":        {"JWT", func(map[string]any) {}, ErrBinding},
		"no time":             {"kb+jwt", func(c map[string]any) { delete(c, "iat") }, ErrBinding},
		"a time in words":     {"kb+jwt", func(c map[string]any) { c["iat"] = "now" }, ErrBinding},
		"no audience":         {"kb+jwt", func(c map[string]any) { delete(c, "aud") }, ErrBinding},
		"a list of audiences": {"kb+jwt", func(c map[string]any) { c["aud"] = []string{"https://bank.example"} }, ErrBinding},
		"no nonce":            {"kb+jwt", func(c map[string]any) { delete(c, "nonce") }, ErrBinding},
		"no hash":             {"kb+jwt", func(c map[string]any) { delete(c, "sd_hash") }, ErrBinding},
		"another's hash":      {"kb+jwt", func(c map[string]any) { c["sd_hash"] = digestOf(issue(t, s)) }, ErrBinding},
	} {
		claims := map[string]any{}
		for k, v := range good {
			claims[k] = v
		}
		x.change(claims)
		kb := must(es256.Sign(s.holder, es256.Header{Type: x.typ}, claims))
		if _, err := s.verifier.Verify(shown + kb); !errors.Is(err, x.want) {
			t.Errorf("%s: got %v, want %v", name, err, x.want)
		}
	}
	v := s.verifier
	v.Binding = &Expect{Audience: "https://bank.example", MaxAge: time.Minute} // a verifier that forgot its nonce
	good["nonce"] = ""
	if _, err := v.Verify(shown + must(es256.Sign(s.holder, es256.Header{Type: "kb+jwt"}, good))); !errors.Is(err, ErrBinding) {
		t.Errorf("no nonce at all: %v", err)
	}
	for name, b := range map[string]Binding{"no audience": {s.holder, "", "n", now}, "no nonce": {s.holder, "a", "", now}, "no time": {s.holder, "a", "n", time.Time{}}} {
		if _, err := must(Open(issue(t, s))).Present(nil, &b); err == nil {
			t.Errorf("shown with %s", name)
		}
	}
}

// certified makes a certificate of an issuer's key.
func certified(t *testing.T, key *ecdsa.PrivateKey) *x509.Certificate {
	t.Helper()
	c := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Signer"}, NotBefore: now.AddDate(-1, 0, 0), NotAfter: now.AddDate(1, 0, 0)}
	return must(x509.ParseCertificate(must(x509.CreateCertificate(rand.Reader, c, c, &key.PublicKey, key))))
}

// The issuer's certificates come with a credential, to whoever decides on keys;
// what is no chain is refused before anybody is asked.
func TestTheIssuersChain(t *testing.T) {
	s := newScene(t)
	s.verifier.Binding = nil
	key, ok := s.issuer.Key.(*ecdsa.PrivateKey)
	if !ok {
		t.Fatal("no key")
	}
	cert := certified(t, key)
	asked := Signed{}
	s.verifier.Key = func(x Signed, typ string) (crypto.PublicKey, error) {
		asked = x
		return x.Chain[0].PublicKey, nil
	}
	s.issuer.Chain = []*x509.Certificate{cert, cert}
	c := s.credential()
	c.Holder = nil
	got, err := s.verifier.Verify(must(s.issuer.Issue(c)))
	if err != nil || len(got.Chain) != 2 || !asked.Chain[0].Equal(cert) || asked.KeyID != "k1" || asked.Issuer != "https://trust.example" {
		t.Errorf("%+v %v", asked, err)
	}
	der := base64.StdEncoding.EncodeToString(cert.Raw)
	many := []any{der, der, der, der, der, der, der, der, der}
	for name, x5c := range map[string]any{"text": der, "too many": many, "numbers": []any{1}, "no base64": []any{"%"}, "no certificate": []any{"AAAA"}} {
		jwt, err := es256.Sign(key, es256.Header{Type: "dc+sd-jwt", Extra: map[string]any{"x5c": x5c}}, map[string]any{"vct": "urn:amana:residence:1", "iss": "https://trust.example"})
		if err != nil {
			continue // it cannot even be written
		}
		if _, err := s.verifier.Verify(jwt + "~"); !errors.Is(err, ErrFormat) {
			t.Errorf("%s: %v", name, err)
		}
	}
	trouble := errors.New("nobody is trusted")
	s.verifier.Key = func(Signed, string) (crypto.PublicKey, error) { return nil, trouble }
	if _, err := s.verifier.Verify(must(s.issuer.Issue(c))); !errors.Is(err, trouble) {
		t.Errorf("%v", err)
	}
}

// Disclosures that are none, and concealment that is malformed, each with its reason.
func TestDisclosuresThatAreRefused(t *testing.T) {
	s := newScene(t)
	s.verifier.Binding = nil
	raw := func(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }
	for name, x := range map[string]struct {
		payload map[string]any
		shown   []string
		want    error
	}{
		"no base64":                   {nil, []string{"%%"}, ErrFormat},
		"base64 with spare bits":      {nil, []string{"WyJzIiwxXR"}, ErrFormat},
		"no JSON":                     {nil, []string{raw("hello")}, ErrFormat},
		"no list":                     {nil, []string{raw(`{"a":1}`)}, ErrFormat},
		"one part":                    {nil, []string{raw(`["s"]`)}, ErrFormat},
		"four parts":                  {nil, []string{raw(`["s","a",1,2]`)}, ErrFormat},
		"a salt that is a number":     {nil, []string{raw(`[1,"a",2]`)}, ErrFormat},
		"a name that is a number":     {nil, []string{raw(`["s",1,2]`)}, ErrDisclosure},
		"a claim called ...":          {nil, []string{raw(`["s","...",2]`)}, ErrDisclosure},
		"nowhere":                     {nil, []string{raw(`["s","a",1]`)}, ErrDisclosure},
		"digests that are text":       {map[string]any{"_sd": "x"}, nil, ErrFormat},
		"a digest that is none":       {map[string]any{"_sd": []any{1}}, nil, ErrFormat},
		"an element that says more":   {map[string]any{"l": []any{map[string]any{"...": "x", "y": 1}}}, nil, ErrFormat},
		"an element's digest is none": {map[string]any{"l": []any{map[string]any{"...": 1}}}, nil, ErrFormat},
		"too deep":                    {map[string]any{"a": deep(MaxDepth + 2)}, nil, ErrFormat},
		"an empty one":                {nil, []string{""}, ErrFormat},
	} {
		payload := map[string]any{"vct": "urn:amana:residence:1", "iss": "https://trust.example"}
		for k, v := range x.payload {
			payload[k] = v
		}
		if _, err := s.verifier.Verify(join(must(s.issuer.sign(payload)), x.shown)); !errors.Is(err, x.want) {
			t.Errorf("%s: got %v, want %v", name, err, x.want)
		}
	}
}

// What a verifier decides by is never the holder's to withhold: a credential that
// conceals its end, its status or its holder is none, shown or not kept.
func TestWhatIsNeverConcealed(t *testing.T) {
	s := newScene(t)
	s.verifier.Binding = nil
	for _, name := range alwaysOpen {
		d := base64.RawURLEncoding.EncodeToString(must(json.Marshal([]any{"salt", name, 1})))
		payload := map[string]any{"vct": "urn:amana:residence:1", "iss": "https://trust.example", "_sd": []string{digestOf(d)}}
		compact := join(must(s.issuer.sign(payload)), []string{d})
		if _, err := s.verifier.Verify(compact); !errors.Is(err, ErrDisclosure) {
			t.Errorf("%s is shown: %v", name, err)
		}
		if _, err := Open(compact); !errors.Is(err, ErrDisclosure) {
			t.Errorf("%s is kept: %v", name, err)
		}
	}
	d := base64.RawURLEncoding.EncodeToString(must(json.Marshal([]any{"salt", "iat", now.Unix()})))
	payload := map[string]any{"vct": "urn:amana:residence:1", "iss": "https://trust.example", "_sd": []string{digestOf(d)}}
	if got, err := s.verifier.Verify(join(must(s.issuer.sign(payload)), []string{d})); err != nil || !got.IssuedAt.Equal(now) {
		t.Errorf("when it was issued may be concealed: %v", err)
	}
}

func deep(n int) any {
	var v any = "x"
	for range n {
		v = []any{v}
	}
	return v
}

// What a credential must say is said, and a status that names no list, or a time
// that is none, is no credential.
func TestCredentialsThatSayTooLittle(t *testing.T) {
	s := newScene(t)
	s.verifier.Binding = nil
	for name, x := range map[string]struct {
		claims map[string]any
		want   error
	}{
		"no type":                         {map[string]any{"vct": nil}, ErrType},
		"a type that is a list":           {map[string]any{"vct": []string{"urn:amana:residence:1"}}, ErrType},
		"no issuer":                       {map[string]any{"iss": 1}, ErrFormat},
		"a time before 1970":              {map[string]any{"exp": -1}, ErrFormat},
		"a time past all time":            {map[string]any{"exp": 1 << 50}, ErrFormat},
		"a list without a name":           {map[string]any{"status": map[string]any{"status_list": map[string]any{"uri": "", "idx": 1}}}, ErrFormat},
		"an index in words":               {map[string]any{"status": map[string]any{"status_list": map[string]any{"uri": "u", "idx": "1"}}}, ErrFormat},
		"a holder's key on another curve": {map[string]any{"cnf": map[string]any{"jwk": map[string]any{"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}}}, ErrFormat},
		"a holder that is text":           {map[string]any{"cnf": "x"}, ErrFormat},
		"a fraction of a second":          {map[string]any{"exp": float64(now.Unix()) + 3600.5}, nil},
	} {
		payload := map[string]any{"vct": "urn:amana:residence:1", "iss": "https://trust.example"}
		for k, v := range x.claims {
			payload[k] = v
		}
		if _, err := s.verifier.Verify(must(s.issuer.sign(payload)) + "~"); !errors.Is(err, x.want) {
			t.Errorf("%s: got %v, want %v", name, err, x.want)
		}
	}
	for name, c := range map[string]Credential{"no type": {Issuer: "https://trust.example"}, "no issuer": {Type: "t"}} {
		if _, err := s.issuer.Issue(c); err == nil {
			t.Errorf("issued with %s", name)
		}
	}
}

// What an issuer cannot say, or cannot sign, is not issued.
func TestWhatIsNotIssued(t *testing.T) {
	s := newScene(t)
	big := must(ecdsa.GenerateKey(elliptic.P384(), rand.Reader))
	for name, x := range map[string]struct {
		issuer Issuer
		claims map[string]any
	}{
		"a key on another curve": {Issuer{Key: big}, map[string]any{"a": 1}},
		"no chance for a salt":   {Issuer{Key: s.issuer.Key, Rand: strings.NewReader("short")}, map[string]any{"a": Hidden{1}}},
		"no chance for a decoy":  {Issuer{Key: s.issuer.Key, Rand: strings.NewReader("short")}, nil},
		"what JSON cannot say":   {s.issuer, map[string]any{"a": Hidden{func() {}}}},
		"nor in the open":        {s.issuer, map[string]any{"a": func() {}}},
		"hidden inside an array": {s.issuer, map[string]any{"a": []any{Hidden{Hidden{1}}}}},
		"a mark inside an array": {s.issuer, map[string]any{"a": []any{map[string]any{"...": 1}}}},
	} {
		c := Credential{Type: "t", Issuer: "https://trust.example", Claims: x.claims, Decoys: 2}
		if compact, err := x.issuer.Issue(c); err == nil {
			t.Errorf("%s: issued as %s", name, compact)
		}
	}
}

// A holder reads all of what they hold and keeps no presentation; a bearer's
// credential is shown without a key.
func TestWhatAHolderKeeps(t *testing.T) {
	s := newScene(t)
	held := must(Open(issue(t, s)))
	all, err := held.Claims()
	if err != nil || all["given_name"] != "ليلى" || !cmp.Equal(all["nationality"], []any{"MA", "FR"}) {
		t.Errorf("%v %v", all, err)
	}
	shown := must(held.Present(nil, &Binding{s.holder, "https://bank.example", "n-1", now}))
	for name, compact := range map[string]string{"a presentation": shown, "no JWT": "x~", "nothing": "", "an empty disclosure": strings.Replace(issue(t, s), "~", "~~", 1)} {
		if _, err := Open(compact); err == nil {
			t.Errorf("%s is kept", name)
		}
	}
	for _, path := range []Path{{"given_name", "x"}, {1}, {"nationality", 7}, {"nationality", "x"}, {"address", 0}, {nil}, {"age", "over_21"}} {
		if _, err := held.Present([]Path{path}, nil); err == nil {
			t.Errorf("%v leads somewhere", path)
		}
	}
	c := s.credential()
	c.Holder = nil
	v := s.verifier
	v.Binding = nil
	bearer := must(must(Open(must(s.issuer.Issue(c)))).Present([]Path{{"age"}}, nil))
	got, err := v.Verify(bearer)
	if err != nil || got.Holder != nil || !cmp.Equal(got.Claims["age"], any(map[string]any{"over_18": true, "over_65": false})) {
		t.Errorf("%+v %v", got, err)
	}
	raw, err := json.Marshal(got.Claims)
	if err != nil || strings.Contains(string(raw), "Benjelloun") {
		t.Errorf("%s", raw)
	}
}
