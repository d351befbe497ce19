package journal

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/amana-platform/amana/kernel/ident"
)

// slow is a body as encoding/json writes it: the peer of the stored form.
type slow struct {
	Salt   []byte    `json:"salt"`
	Open   Fields    `json:"open"`
	Sealed []slowBox `json:"sealed,omitempty"`
}

type slowBox struct {
	Subject string            `json:"subject"`
	Box     []byte            `json:"box"`
	Digests map[string][]byte `json:"digests"`
}

func (s slow) marshal(t *rapid.T) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(s); err != nil {
		t.Fatal(err)
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}

func drawSlow(t *rapid.T) slow {
	path := rapid.StringMatching(`[A-Z][a-z]{0,3}(\[[0-9]{1,2}\]|\[#\]|\.[A-Z][a-z]{0,2})?`)
	words := rapid.StringOf(rapid.OneOf(rapid.Rune(), rapid.SampledFrom([]rune("<>&\"\\u0c3\u2028 ,{}[]:é\u0645\x1f\x7f"))))
	value := rapid.Custom(func(t *rapid.T) json.RawMessage {
		var v any = words.Draw(t, "text")
		switch rapid.IntRange(0, 3).Draw(t, "kind") {
		case 0:
			v = rapid.Int64().Draw(t, "n")
		case 1:
			v = []any{words.Draw(t, "a"), map[string]any{words.Draw(t, "b"): rapid.Bool().Draw(t, "c")}}
		}
		raw, err := encodeJSON(v)
		if err != nil {
			raw = json.RawMessage(`"refused"`)
		}
		return raw
	})
	b := slow{Salt: rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "salt"), Open: Fields{}}
	maps.Copy(b.Open, rapid.MapOfN(path, value, 0, 6).Draw(t, "open"))
	for _, x := range rapid.SliceOfN(rapid.SliceOfN(rapid.Byte(), 0, 40), 0, 3).Draw(t, "boxes") {
		digests := map[string][]byte{}
		for p, d := range rapid.MapOfN(path, rapid.SliceOfN(rapid.Byte(), 32, 32), 0, 4).Draw(t, "digests") {
			digests[p] = d
		}
		b.Sealed = append(b.Sealed, slowBox{"0190", x, digests})
	}
	return b
}

// TestStoredFormIsTheJSONOfItsFields writes bodies both ways.
func TestStoredFormIsTheJSONOfItsFields(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		peer := drawSlow(t)
		raw := peer.marshal(t)
		b, err := readBody(raw)
		if err != nil || !b.canonical(raw) {
			t.Fatalf("%s: %v", raw, err)
		}
		for _, f := range b.Open {
			if want := peer.Open[f.path]; !bytes.Equal(f.value, want) {
				t.Fatalf("%s: %s, want %s", f.path, f.value, want)
			}
		}
		o := &opening{Salt: peer.Salt, Fields: mapped(peer.Open)}
		back, err := readOpening(o.appendTo(nil))
		if err != nil || !reflect.DeepEqual(back.Salt, o.Salt) || len(back.Fields) != len(o.Fields) {
			t.Fatalf("%v %+v", err, back)
		}
	})
}

func mapped(m Fields) fields {
	var out fields
	for _, p := range slices.Sorted(maps.Keys(m)) {
		out = append(out, field{path: p, value: m[p]})
	}
	return out
}

// TestOneFormOnly refuses what another hand may write for the same fields.
func TestOneFormOnly(t *testing.T) {
	good := `{"salt":"AAAA","open":{"A":1,"B":"x"},"sealed":[{"subject":"s","box":"AAAA","digests":{"C":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="}}]}`
	if b, err := readBody([]byte(good)); err != nil || !b.canonical([]byte(good)) {
		t.Fatal(err)
	}
	for _, bad := range []string{
		"", "{}", good + " ", strings.Replace(good, ":1", ": 1", 1), strings.Replace(good, `"A":1,"B":"x"`, `"B":"x","A":1`, 1),
		strings.Replace(good, `"A":1,`, `"A":1,"A":1,`, 1), strings.Replace(good, `"A"`, `"\u0041"`, 1), strings.Replace(good, `"AAAA"`, `"AAAB="`, 1),
		strings.Replace(good, `}}]}`, `}},]}`, 1), strings.Replace(good, `,"sealed"`, `,"more":1,"sealed"`, 1), strings.Replace(good, "AAA=", "AAB=", 1),
		good[:len(good)-1], strings.Replace(good, `"x"`, `"x`, 1),
	} {
		if b, err := readBody([]byte(bad)); err == nil && b.canonical([]byte(bad)) {
			t.Errorf("took %s", bad)
		}
	}
}

func FuzzReadBody(f *testing.F) {
	f.Add([]byte(`{"salt":"AAAA","open":{"A":1,"B":"x"},"sealed":[{"subject":"s","box":"AAAA","digests":{}}]}`))
	f.Add([]byte(`{"salt":"","open":{}}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		b, err := readBody(raw)
		if err == nil && b.canonical(raw) {
			again, err := readBody(b.appendTo(nil))
			if err != nil || len(again.Open) != len(b.Open) || len(again.Sealed) != len(b.Sealed) {
				t.Fatalf("%q does not read back: %v", raw, err)
			}
		}
		_, _ = readOpening(raw)
	})
}

// TestDigestsAreHMAC holds the digester against crypto/hmac.
func TestDigestsAreHMAC(t *testing.T) {
	mac := func(key []byte, parts ...string) []byte {
		m := hmac.New(sha256.New, key)
		for _, p := range parts {
			m.Write([]byte(p))
		}
		return m.Sum(nil)
	}
	var d digester
	rapid.Check(t, func(t *rapid.T) {
		secret := rapid.SliceOfN(rapid.Byte(), 0, 64).Draw(t, "secret")
		path, value := rapid.String().Draw(t, "path"), rapid.String().Draw(t, "value")
		salt := d.salt(secret, path)
		if want := mac(secret, path); !bytes.Equal(salt[:], want) {
			t.Fatal("another salt")
		}
		if got := d.of(secret, path, []byte(value)); !bytes.Equal(got.sum[:], mac(salt[:], path, "\x00", value)) {
			t.Fatal("another digest")
		}
	})
}

// TestPlainValuesAreJSON holds the short way of values against encoding/json.
func TestPlainValuesAreJSON(t *testing.T) {
	type named string
	type all struct {
		S  string
		N  int
		L  int64
		B  bool
		ID ident.ID
		X  named
		V  []string
	}
	p := planOf(reflect.TypeFor[all]())
	rapid.Check(t, func(t *rapid.T) {
		in := all{rapid.String().Draw(t, "s"), rapid.Int().Draw(t, "n"), rapid.Int64().Draw(t, "l"), rapid.Bool().Draw(t, "b"),
			ident.ID(rapid.String().Draw(t, "id")), named(rapid.String().Draw(t, "x")), rapid.SliceOf(rapid.String()).Draw(t, "v")}
		flat, err := p.flatten(reflect.ValueOf(in), "", "", nil)
		if err != nil {
			return // NUL or malformed
		}
		slices.SortFunc(flat, func(a, b field) int { return strings.Compare(a.path, b.path) })
		for _, f := range flat {
			if want, err := encodeSlowly(reflect.ValueOf(in).FieldByName(f.path).Interface()); err != nil || !bytes.Equal(f.value, want) {
				t.Fatalf("%s: %s, want %s (%v)", f.path, f.value, want, err)
			}
		}
		var out all
		if err := p.fill(reflect.ValueOf(&out).Elem(), "", flat); err != nil {
			t.Fatal(err)
		}
		if (in.V == nil) != (out.V == nil) || !reflect.DeepEqual(in, out) {
			t.Fatalf("%+v\n%+v", in, out)
		}
	})
}
