package sdjwt

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/amana-platform/amana/engines/internal/es256"
)

var now = time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)

func newKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// scene is an issuer, a holder and a verifier who trusts the issuer.
type scene struct {
	issuer   Issuer
	holder   *ecdsa.PrivateKey
	verifier Verifier
}

func newScene(t *testing.T) *scene {
	issuing, holder := newKey(t), newKey(t)
	return &scene{
		issuer: Issuer{Key: issuing, KeyID: "k1"},
		holder: holder,
		verifier: Verifier{
			Key:     func(Signed, string) (crypto.PublicKey, error) { return issuing.Public(), nil },
			Types:   []string{"urn:amana:residence:1"},
			Now:     now,
			Leeway:  30 * time.Second,
			Binding: &Expect{Audience: "https://bank.example", Nonce: "n-1", MaxAge: time.Minute},
		},
	}
}

func (s *scene) credential() Credential {
	return Credential{
		Type: "urn:amana:residence:1", Issuer: "https://trust.example", Holder: &s.holder.PublicKey,
		IssuedAt: now.Add(-time.Hour), Expires: now.Add(time.Hour), Decoys: 3,
		Status: &Status{List: "https://trust.example/status/7", Index: 41},
		Claims: map[string]any{
			"country":     "MA",
			"given_name":  Hidden{"ليلى"},
			"family_name": Hidden{"Benjelloun"},
			"age":         Hidden{map[string]any{"over_18": Hidden{true}, "over_65": Hidden{false}}},
			"address":     map[string]any{"locality": Hidden{"الرباط"}, "street": Hidden{"Rue 7"}},
			"nationality": []any{"MA", Hidden{"FR"}},
		},
	}
}

func (s *scene) present(t *testing.T, c Credential, paths ...Path) string {
	t.Helper()
	compact, err := s.issuer.Issue(c)
	if err != nil {
		t.Fatal(err)
	}
	held, err := Open(compact)
	if err != nil {
		t.Fatal(err)
	}
	shown, err := held.Present(paths, &Binding{Key: s.holder, Audience: "https://bank.example", Nonce: "n-1", At: now})
	if err != nil {
		t.Fatal(err)
	}
	return shown
}

// clean takes the claims that every credential has out of what was verified.
func clean(claims map[string]any) map[string]any {
	out := maps.Clone(claims)
	for _, name := range reserved {
		delete(out, name)
	}
	return out
}

func TestOnlyWhatWasChosenIsSeen(t *testing.T) {
	s := newScene(t)
	open := map[string]any{"country": "MA", "address": map[string]any{}, "nationality": []any{"MA"}}
	with := func(name string, v any) map[string]any {
		out := maps.Clone(open)
		out[name] = v
		return out
	}
	for _, tt := range []struct {
		name  string
		paths []Path
		want  map[string]any
	}{
		{"nothing", nil, open},
		{"a claim", []Path{{"given_name"}}, with("given_name", "ليلى")},
		{"inside a hidden one", []Path{{"age", "over_18"}}, with("age", map[string]any{"over_18": true})},
		{"inside an open one", []Path{{"address", "locality"}}, with("address", map[string]any{"locality": "الرباط"})},
		{"all that is below", []Path{{"address"}}, with("address", map[string]any{"locality": "الرباط", "street": "Rue 7"})},
		{"an element", []Path{{"nationality", 1}}, with("nationality", []any{"MA", "FR"})},
		{"every element", []Path{{"nationality", nil}}, with("nationality", []any{"MA", "FR"})},
	} {
		t.Run(tt.name, func(t *testing.T) {
			shown := s.present(t, s.credential(), tt.paths...)
			got, err := s.verifier.Verify(shown)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, clean(got.Claims)); diff != "" {
				t.Error(diff)
			}
			if got.Status == nil || got.Status.Index != 41 || !got.Expires.Equal(now.Add(time.Hour)) {
				t.Errorf("status %v, expires %v", got.Status, got.Expires)
			}
			for _, word := range []string{"Benjelloun", "ليلى"} {
				if !strings.Contains(fmt.Sprint(tt.want), word) && strings.Contains(plain(shown), word) {
					t.Errorf("%s can be read in what is shown", word)
				}
			}
		})
	}
	if _, err := must(Open(issue(t, s))).Present([]Path{{"height"}}, nil); err == nil {
		t.Error("a path that leads nowhere was shown")
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func issue(t *testing.T, s *scene) string {
	t.Helper()
	compact, err := s.issuer.Issue(s.credential())
	if err != nil {
		t.Fatal(err)
	}
	return compact
}

// plain decodes every base64 part of a presentation.
func plain(compact string) string {
	var b strings.Builder
	for part := range strings.FieldsFuncSeq(compact, func(r rune) bool { return r == '~' || r == '.' }) {
		raw, _ := base64.RawURLEncoding.DecodeString(part) // a signature reads as rubbish, which is fine
		b.Write(raw)
	}
	return b.String()
}

func TestRefused(t *testing.T) {
	s := newScene(t)
	good := s.present(t, s.credential(), Path{"given_name"})
	fields := strings.Split(good, "~")
	other := newScene(t)
	bearer := must(must(Open(issue(t, s))).Present([]Path{{"given_name"}}, nil))
	bind := func(b Binding) string {
		return must(must(Open(issue(t, s))).Present([]Path{{"given_name"}}, &b))
	}
	at := func(v Verifier, now time.Time) Verifier { v.Now = now; return v }
	stranger := s.verifier
	stranger.Key = other.verifier.Key
	elsewhere := s.verifier
	elsewhere.Types = []string{"urn:amana:age:1"}
	unbound := s.verifier
	unbound.Binding = nil
	weak := s.verifier
	weak.Key = func(Signed, string) (crypto.PublicKey, error) {
		return must(ecdsa.GenerateKey(elliptic.P384(), rand.Reader)).Public(), nil
	}
	for _, tt := range []struct {
		name     string
		verifier Verifier
		shown    string
		want     error
	}{
		{"another issuer's key", stranger, good, ErrSignature},
		{"a key of another curve", weak, good, ErrSignature},
		{"another type", elsewhere, good, ErrType},
		{"expired", at(s.verifier, now.Add(2*time.Hour)), good, ErrExpired},
		{"not yet", at(s.verifier, now.Add(-2*time.Hour)), good, ErrNotYet},
		{"shown long ago", at(s.verifier, now.Add(10*time.Minute)), good, ErrBinding},
		{"a bearer", s.verifier, bearer, ErrBinding},
		{"a holder's, from a bearer", unbound, good, ErrBinding},
		{"a disclosure too few", s.verifier, fields[0] + "~" + fields[2], ErrBinding},
		{"a disclosure of another", s.verifier, fields[0] + "~" + fields[1] + "~" + strings.Split(issue(t, s), "~")[1] + "~" + fields[2], ErrDisclosure},
		{"a disclosure twice", s.verifier, fields[0] + "~" + fields[1] + "~" + fields[1] + "~" + fields[2], ErrDisclosure},
		{"another audience", s.verifier, bind(Binding{s.holder, "https://shop.example", "n-1", now}), ErrBinding},
		{"another nonce", s.verifier, bind(Binding{s.holder, "https://bank.example", "n-2", now}), ErrBinding},
		{"another's key", s.verifier, bind(Binding{other.holder, "https://bank.example", "n-1", now}), ErrBinding},
		{"from the future", s.verifier, bind(Binding{s.holder, "https://bank.example", "n-1", now.Add(time.Hour)}), ErrBinding},
		{"no tilde", s.verifier, fields[0], ErrFormat},
		{"too long", s.verifier, good + strings.Repeat("A", MaxSize), ErrFormat},
		{"empty", s.verifier, "", ErrFormat},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := tt.verifier.Verify(tt.shown); !errors.Is(err, tt.want) {
				t.Errorf("got %v, want %v", err, tt.want)
			}
		})
	}
}

// TestCraftedByTheIssuer signs payloads that an honest issuer would not make.
func TestCraftedByTheIssuer(t *testing.T) {
	s := newScene(t)
	s.verifier.Binding = nil
	claim := func(parts ...any) string {
		return base64.RawURLEncoding.EncodeToString(must(json.Marshal(parts)))
	}
	name, element := claim("salt", "given_name", "x"), claim("salt", "x")
	nested := claim("salt", "a", map[string]any{"_sd": []string{digestOf(name)}})
	for _, tt := range []struct {
		name    string
		payload map[string]any
		shown   []string
		want    error
	}{
		{"a digest twice", map[string]any{"_sd": []string{digestOf(name), digestOf(name)}}, nil, ErrDisclosure},
		{"a digest twice, deep", map[string]any{"_sd": []string{digestOf(name), digestOf(nested)}}, []string{name, nested}, ErrDisclosure},
		{"a claim over another", map[string]any{"given_name": "y", "_sd": []string{digestOf(name)}}, []string{name}, ErrDisclosure},
		{"an element as a claim", map[string]any{"_sd": []string{digestOf(element)}}, []string{element}, ErrDisclosure},
		{"a claim as an element", map[string]any{"l": []any{map[string]any{"...": digestOf(name)}}}, []string{name}, ErrDisclosure},
		{"a claim called _sd", map[string]any{"_sd": []string{digestOf(claim("s", "_sd", 1))}}, []string{claim("s", "_sd", 1)}, ErrDisclosure},
		{"an array's mark in an object", map[string]any{"...": "x"}, nil, ErrFormat},
		{"another digest", map[string]any{"_sd_alg": "md5"}, nil, ErrFormat},
		{"a status without a list", map[string]any{"status": map[string]any{"x": 1}}, nil, ErrFormat},
		{"a negative index", map[string]any{"status": map[string]any{"status_list": map[string]any{"uri": "u", "idx": -1}}}, nil, ErrFormat},
		{"an expiry in words", map[string]any{"exp": "tomorrow"}, nil, ErrFormat},
		{"a holder without a key", map[string]any{"cnf": map[string]any{}}, nil, ErrFormat},
		{"nothing wrong", map[string]any{"_sd": []string{digestOf(name), digestOf("decoy")}}, []string{name}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.payload["vct"], tt.payload["iss"] = "urn:amana:residence:1", "https://trust.example"
			jwt, err := s.issuer.sign(tt.payload)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := s.verifier.Verify(join(jwt, tt.shown)); !errors.Is(err, tt.want) {
				t.Errorf("got %v, want %v", err, tt.want)
			}
		})
	}
}

func TestNoClaimTakesAReservedPlace(t *testing.T) {
	s := newScene(t)
	for _, claims := range []map[string]any{
		{"exp": 1}, {"vct": Hidden{"x"}}, {"cnf": 1}, {"_sd": 1}, {"a": map[string]any{"_sd": 1}}, {"a": map[string]any{"...": Hidden{1}}}, {"a": Hidden{Hidden{1}}},
	} {
		c := s.credential()
		c.Claims = claims
		if _, err := s.issuer.Issue(c); err == nil {
			t.Errorf("%v was issued", claims)
		}
	}
}

// TestOtherAlgorithms: what is not ES256 does not even parse.
func TestOtherAlgorithms(t *testing.T) {
	s := newScene(t)
	body := must(json.Marshal(map[string]any{"vct": "urn:amana:residence:1", "iss": "https://trust.example"}))
	signer := must(jose.NewSigner(jose.SigningKey{Algorithm: jose.HS256, Key: make([]byte, 32)}, nil))
	mac := must(must(signer.Sign(body)).CompactSerialize())
	none := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none"}`)) + "." + base64.RawURLEncoding.EncodeToString(body) + "."
	for _, jwt := range []string{mac, none} {
		if _, err := s.verifier.Verify(jwt + "~"); !errors.Is(err, ErrFormat) {
			t.Errorf("got %v", err)
		}
	}
}

// TestRandomTrees: of a random tree of claims with random ones hidden, showing
// everything gives the tree, and showing nothing gives it without them.
func TestRandomTrees(t *testing.T) {
	s := newScene(t)
	s.verifier.Binding = nil
	rapid.Check(t, func(t *rapid.T) {
		claims := drawObject(t, 3)
		compact, err := s.issuer.Issue(Credential{Type: "urn:amana:residence:1", Issuer: "https://trust.example", Claims: claims, Decoys: rapid.IntRange(0, 3).Draw(t, "decoys")})
		if err != nil {
			t.Fatal(err)
		}
		all, err := s.verifier.Verify(compact)
		if err != nil {
			t.Fatal(err)
		}
		none, err := s.verifier.Verify(must(must(Open(compact)).Present(nil, nil)))
		if err != nil {
			t.Fatal(err)
		}
		for hidden, got := range map[bool]map[string]any{true: all.Claims, false: none.Claims} {
			if diff := cmp.Diff(shownOf(claims, hidden), any(clean(got))); diff != "" {
				t.Fatalf("hidden shown %v: %s", hidden, diff)
			}
		}
	})
}

func drawObject(t *rapid.T, depth int) map[string]any {
	out := map[string]any{}
	for _, name := range rapid.SliceOfNDistinct(rapid.StringMatching(`[a-d]{1,2}|اسم`), 0, 4, rapid.ID[string]).Draw(t, "names") {
		out[name] = drawValue(t, depth)
	}
	return out
}

func drawValue(t *rapid.T, depth int) any {
	var v any = rapid.String().Draw(t, "text")
	switch kind := rapid.IntRange(0, 3).Draw(t, "kind"); {
	case depth > 0 && kind == 1:
		v = drawObject(t, depth-1)
	case depth > 0 && kind == 2:
		list := []any{}
		for range rapid.IntRange(0, 3).Draw(t, "length") {
			list = append(list, drawValue(t, depth-1))
		}
		v = list
	}
	if rapid.Bool().Draw(t, "hidden") {
		return Hidden{v}
	}
	return v
}

// shownOf is what a verifier should see of claims.
func shownOf(v any, hidden bool) any {
	switch v := v.(type) {
	case Hidden:
		return shownOf(v.Value, hidden)
	case map[string]any:
		out := map[string]any{}
		for name, inner := range v {
			if _, is := inner.(Hidden); hidden || !is {
				out[name] = shownOf(inner, hidden)
			}
		}
		return out
	case []any:
		out := []any{}
		for _, inner := range v {
			if _, is := inner.(Hidden); hidden || !is {
				out = append(out, shownOf(inner, hidden))
			}
		}
		return out
	}
	return v
}

// TestEveryCharacterCounts changes a presentation at each place.
func TestEveryCharacterCounts(t *testing.T) {
	s := newScene(t)
	shown := s.present(t, s.credential(), Path{"given_name"}, Path{"age", "over_18"})
	for n := 0; n < len(shown); n += 3 {
		b := []byte(shown)
		b[n] ^= 1 << (n % 7)
		if string(b) == shown {
			continue
		}
		if _, err := s.verifier.Verify(string(b)); err == nil {
			t.Fatalf("changed at %d of %d: accepted", n, len(shown))
		}
	}
}

func FuzzVerify(f *testing.F) {
	var t testing.T
	s := newScene(&t)
	compact := must(s.issuer.Issue(s.credential()))
	f.Add(compact)
	f.Add(compact + "x.y.z")
	f.Add("~")
	f.Add(strings.Repeat("~", 99))
	f.Fuzz(func(t *testing.T, in string) {
		got, err := s.verifier.Verify(in)
		if err == nil {
			t.Errorf("accepted %q: %v", in, got)
		}
		if held, err := Open(in); err == nil {
			if _, err := held.Claims(); err != nil {
				t.Errorf("opened, but %v", err)
			}
		}
	})
}

func FuzzDisclosures(f *testing.F) {
	f.Add(`{"_sd":["a"],"b":[{"...":"c"}]}`, "WyJzIiwiYSIsMV0~WyJzIiwxXQ")
	f.Fuzz(func(t *testing.T, payload, disclosures string) {
		v, err := es256.ReadJSON([]byte(payload))
		object, ok := v.(map[string]any)
		if err != nil || !ok {
			return
		}
		out, err := reveal(object, strings.Split(disclosures, "~"))
		if err == nil && (slices.Contains(slices.Collect(maps.Keys(out)), "_sd") || out["..."] != nil) {
			t.Errorf("traces left: %v", out)
		}
	})
}

func BenchmarkIssue(b *testing.B) {
	var t testing.T
	s := newScene(&t)
	c := s.credential()
	for b.Loop() {
		if _, err := s.issuer.Issue(c); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkVerify(b *testing.B) {
	var t testing.T
	s := newScene(&t)
	shown := s.present(&t, s.credential(), Path{"given_name"})
	for b.Loop() {
		if _, err := s.verifier.Verify(shown); err != nil {
			b.Fatal(err)
		}
	}
}
