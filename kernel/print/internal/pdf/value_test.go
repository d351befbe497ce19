package pdf

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestValuesAreRead(t *testing.T) {
	for in, want := range map[string]string{
		"null": "null", "true": "true", "false": "false", "12": "12", "-0.5": "-0.5", "12 0 R": "12 0 R", "12 0": "12",
		"/Name": "/Name", "/A#20B": "/A#20B", "(text)": "<74657874>", "(a(b)c)": "<6128622963>", "(a\\)b)": "<612962>",
		"<616>": "<6160>", "< 61 62 >": "<6162>", "[1 2 0 R /N]": "[1 2 0 R /N]", "[]": "[]",
		"<</B 1 /A [<</C (x)>>]>>": "<</A [<</C <78> >>] /B 1 >>", "% note\n7": "7",
	} {
		l := lexer{data: []byte(in)}
		v, err := l.value(0)
		if err != nil || Format(v) != want {
			t.Errorf("%s: %s, %v; want %s", in, Format(v), err, want)
		}
	}
}

func TestMalformedValues(t *testing.T) {
	for _, in := range []string{"", "<<", "<</A", "<</A>>", "<<1 2>>", "[1", "(a", "(a\\", "<6", "<zz>", "/A#2", "/A#zz", "nil", "]", ">>", "<</A#zz 1>>"} {
		l := lexer{data: []byte(in)}
		if v, err := l.value(0); !errors.Is(err, ErrMalformed) {
			t.Errorf("%q: %v, %v", in, v, err)
		}
	}
}

// What is written is read back as it was.
func TestTextsComeBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.String().Draw(t, "s")
		for _, r := range s {
			if r == 0xfffd {
				return
			}
		}
		l := lexer{data: []byte(Text(s))}
		v, err := l.value(0)
		if got, ok := v.(String); err != nil || !ok || got.Decode() != s {
			t.Fatalf("%q came back as %q, %v", s, v, err)
		}
		l = lexer{data: []byte(Name(s) + " ")}
		n, err := l.value(0)
		if err != nil || n != NameValue(s) {
			t.Fatalf("%q came back as %q, %v", s, n, err)
		}
	})
}

// small makes a file of one object by hand, so that its table can be wrong.
func handmade(object, table, trailer string) []byte {
	body := "%PDF-1.7\n" + object
	return fmt.Appendf(nil, "%s%strailer\n%s\nstartxref\n%d\n%%%%EOF\n", body, table, trailer, len(body))
}

func TestWrongTablesAreRefused(t *testing.T) {
	const one = "1 0 obj\n<</Type /Catalog>>\nendobj\n"
	good := "xref\n0 2\n0000000000 65535 f \n0000000009 00000 n \n"
	if _, err := Open(handmade(one, good, "<</Size 2 /Root 1 0 R>>")); err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{
		"no table":          handmade(one, "", "<<>>"),
		"a short table":     handmade(one, "xref\n0 9\n0000000000 65535 f \n", "<<>>"),
		"a huge count":      handmade(one, "xref\n0 99999999\n", "<<>>"),
		"a negative count":  handmade(one, "xref\n0 -1\n", "<<>>"),
		"entries of no use": handmade(one, "xref\n0 1\n0000000000 65535 x \n", "<<>>"),
		"no trailer":        handmade(one, good, "7"),
		"a wrong Prev":      handmade(one, good, "<</Prev 99999>>"),
		"a broken Prev":     handmade(one, good, "<</Prev 1.5>>"),
		"another format":    []byte("hello startxref 0"),
	} {
		if _, err := Open(data); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestWrongObjectsAreRefused(t *testing.T) {
	table := "xref\n0 2\n0000000000 65535 f \n0000000009 00000 n \n"
	for name, object := range map[string]string{
		"another number":      "2 0 obj\n<<>>\nendobj\n",
		"no object":           "hello",
		"a pointer to itself": "1 0 obj\n1 0 R\nendobj\n",
		"a number":            "1 0 obj\n7\nendobj\n",
	} {
		r, err := Open(handmade(object, table, "<</Size 2 /Root 1 0 R>>"))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := r.Dict(Ref(1)); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := r.Files(); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s, files: %v", name, err)
		}
	}
}

func TestWrongStreamsAreRefused(t *testing.T) {
	table := "xref\n0 2\n0000000000 65535 f \n0000000009 00000 n \n"
	for name, object := range map[string]string{
		"too long":          "1 0 obj\n<</Length 999999>>\nstream\nabc\nendstream\nendobj\n",
		"no length":         "1 0 obj\n<<>>\nstream\nabc\nendstream\nendobj\n",
		"negative":          "1 0 obj\n<</Length -1>>\nstream\nabc\nendstream\nendobj\n",
		"no stream":         "1 0 obj\n<</Length 3>>\nendobj\n",
		"an unknown filter": "1 0 obj\n<</Length 3 /Filter /LZWDecode>>\nstream\nabc\nendstream\nendobj\n",
		"not deflated":      "1 0 obj\n<</Length 3 /Filter /FlateDecode>>\nstream\nabc\nendstream\nendobj\n",
	} {
		r, err := Open(handmade(object, table, "<</Size 2 /Root 1 0 R>>"))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := r.Stream(Ref(1), 100); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestUpdateNeedsASize(t *testing.T) {
	r, err := Open(handmade("", "xref\n0 1\n0000000000 65535 f \n", "<</Size 0>>"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := NewUpdate(r); !errors.Is(err, ErrMalformed) {
		t.Error(err)
	}
}

func TestUnicodeMapIsInBlocks(t *testing.T) {
	codes := make([]Code, 251)
	for i := range codes {
		codes[i].Text = "x"
	}
	codes[7].Text = ""
	m := string(toUnicode(codes))
	if strings.Count(m, "beginbfchar") != 3 || !strings.Contains(m, "50 beginbfchar") || strings.Contains(m, "<0007>") || !strings.Contains(m, "<00FA> <0078>") {
		t.Error(m)
	}
}
