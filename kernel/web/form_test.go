package web_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"mime/multipart"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/text"
	"github.com/amana-platform/amana/kernel/web"
)

// echo answers with the form as a module would see it.
func echo(pattern string, max int64) web.Route {
	return web.Route{Pattern: pattern, Open: "a test", MaxBody: max, Handle: func(r *web.Request) error {
		form, err := r.Form()
		if err != nil {
			if _, again := r.Form(); again == nil {
				return fmt.Errorf("refused once, taken the second time")
			}
			return err
		}
		raw, _ := json.Marshal(form)
		return r.Send("application/json", "", raw)
	}}
}

const encoded = "application/x-www-form-urlencoded"

// TestAFormIsReadOrRefusedWhole: what no module must see is refused at the
// door, field by field, and the rest is brought to one form.
func TestAFormIsReadOrRefusedWhole(t *testing.T) {
	h := newHall(t, with(echo("POST /echo", 0)))
	for name, c := range map[string]struct {
		body string
		want string // the form as JSON, or the code of the first fault
	}{
		"plain":                           {"a=1&b=2", `{"a":["1"],"b":["2"]}`},
		"nothing":                         {"", `{}`},
		"spaces around are nobody's":      {"a=++x+y++", `{"a":["x y"]}`},
		"several of one name":             {"a=1&a=2&a=", `{"a":["1","2",""]}`},
		"line ends are one":               {"a=x%0D%0Ay%0Dz", `{"a":["x\ny\nz"]}`},
		"letters are composed":            {"a=e%CC%81", `{"a":["é"]}`},
		"an Arabic text":                  {"a=%D8%B3%D8%B9%D8%A7%D8%AF", `{"a":["سعاد"]}`},
		"directions cannot be turned":     {"a=abc%E2%80%AEfdp.exe", `{"a":["abcfdp.exe"]}`},
		"isolates neither":                {"a=%E2%81%A6x%E2%81%A9", `{"a":["x"]}`},
		"a mark that joins letters stays": {"a=%D9%86%E2%80%8C%D9%87", `{"a":["ن` + "\u200c" + `ه"]}`},
		"NUL":                             {"a=x%00y", "text.control-character"},
		"escape":                          {"a=%1B[31m", "text.control-character"},
		"broken UTF-8":                    {"a=%FF", "text.not-utf8"},
		"half a letter":                   {"a=%D8", "text.not-utf8"},
		"a letter too long":               {"a=%C0%AF", "text.not-utf8"},
		"half a pair":                     {"a=%ED%A0%80", "text.not-utf8"},
		"a noncharacter":                  {"a=%EF%BF%BF", "text.control-character"},
		"the second of two":               {"a=x&a=%00", "text.control-character"},
		"a broken escape":                 {"a=%zz", "faults.malformed-form"},
		"a semicolon":                     {"a=1;b=2", "faults.malformed-form"},
	} {
		p := h.raw("/echo", encoded, c.body, "Accept: application/json")
		if strings.HasPrefix(c.want, "{") {
			if p.StatusCode != 200 || p.Body != c.want {
				t.Errorf("%s: %d %s", name, p.StatusCode, p.Body)
			}
			continue
		}
		if p.StatusCode != 422 || !strings.Contains(p.Body, `"code":"`+c.want+`"`) {
			t.Errorf("%s: %d %s, want %s", name, p.StatusCode, p.Body, c.want)
		}
	}
}

// TestEveryWrongFieldOfAFormIsNamed at once, in the reader's words.
func TestEveryWrongFieldOfAFormIsNamed(t *testing.T) {
	h := newHall(t, with(echo("POST /echo", 0)))
	p := h.raw("/echo?lang=en", encoded, "a=%00&b=fine&c=%FF", "Accept: application/json")
	var d struct {
		Fields []struct{ Field, Code, Says string }
	}
	h.must(json.Unmarshal([]byte(p.Body), &d))
	got := map[string]string{}
	for _, f := range d.Fields {
		got[f.Field] = f.Code
		if f.Says != h.web.Texts.In(text.EN).T(f.Code) {
			t.Errorf("%s says %q", f.Field, f.Says)
		}
	}
	if diff := cmp.Diff(map[string]string{"a": "text.control-character", "c": "text.not-utf8"}, got); diff != "" {
		t.Error(diff)
	}
}

// TestTheSizeOfABodyHasALimit at exactly the byte the route states, for both
// ways to write a form; without one it is a mebibyte.
func TestTheSizeOfABodyHasALimit(t *testing.T) {
	h := newHall(t, with(echo("POST /usual", 0), echo("POST /small", 64), echo("POST /large", 3<<20)))
	for _, c := range []struct {
		path string
		size int
		want int
	}{
		{"/small", 64, 200}, {"/small", 65, 413}, {"/usual", 1 << 20, 200}, {"/usual", 1<<20 + 1, 413}, {"/large", 3 << 20, 200}, {"/large", 3<<20 + 1, 413},
	} {
		p := h.raw(c.path, encoded, "a="+strings.Repeat("x", c.size-2), "Accept: application/json")
		if p.StatusCode != c.want || c.want == 413 && !strings.Contains(p.Body, "faults.body-too-large") {
			t.Errorf("%d bytes to %s: %d %.100s", c.size, c.path, p.StatusCode, p.Body)
		}
		p = h.raw(c.path+"?lang=ar", encoded, "a="+strings.Repeat("x", c.size-2))
		if words := h.web.Texts.In(text.AR).T("faults.body-too-large"); c.want == 413 && !strings.Contains(p.Body, words) {
			t.Errorf("the page does not say %q", words)
		}
	}
	kind, body := parts(t, map[string]string{"a": strings.Repeat("x", 1<<20)})
	if p := h.raw("/usual", kind, body, "Accept: application/json"); p.StatusCode != 413 {
		t.Errorf("in parts: %d %.100s", p.StatusCode, p.Body)
	}
}

// parts writes a form as multipart/form-data.
func parts(t testing.TB, fields map[string]string) (kind, body string) {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for name, v := range fields {
		if err := w.WriteField(name, v); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return w.FormDataContentType(), b.String()
}

// TestAFormInPartsIsReadAlike, and one that is cut short or of no known type
// brings no field.
func TestAFormInPartsIsReadAlike(t *testing.T) {
	h := newHall(t, with(echo("POST /echo", 0)))
	kind, body := parts(t, map[string]string{"a": " سعاد\r\nb "})
	if p := h.raw("/echo", kind, body); p.StatusCode != 200 || p.Body != `{"a":["سعاد\nb"]}` {
		t.Errorf("%d %s", p.StatusCode, p.Body)
	}
	kind, body = parts(t, map[string]string{"a": "x\x00"})
	if p := h.raw("/echo", kind, body, "Accept: application/json"); p.StatusCode != 422 || !strings.Contains(p.Body, `"field":"a"`) {
		t.Errorf("NUL: %d %s", p.StatusCode, p.Body)
	}
	for name, c := range map[string][2]string{
		"cut short":        {kind, body[:len(body)-20]},
		"without boundary": {"multipart/form-data", body},
		"another boundary": {"multipart/form-data; boundary=zzz", body},
	} {
		if p := h.raw("/echo", c[0], c[1], "Accept: application/json"); p.StatusCode != 422 || !strings.Contains(p.Body, "faults.malformed-form") {
			t.Errorf("%s: %d %s", name, p.StatusCode, p.Body)
		}
	}
	for _, kind := range []string{"application/json", "text/plain", "", "nonsense;;"} {
		if p := h.raw("/echo", kind, "a=1"); p.StatusCode != 200 || p.Body != `{}` {
			if p.StatusCode != 422 {
				t.Errorf("as %q: %d %s", kind, p.StatusCode, p.Body)
			}
		}
	}
}

// TestWhatAFormGivesIsCleanText for any bytes that come.
func TestWhatAFormGivesIsCleanText(t *testing.T) {
	h := newHall(t, with(echo("POST /echo", 0)))
	rapid.Check(t, func(r *rapid.T) {
		typed := rapid.OneOf(rapid.String(), rapid.Map(rapid.SliceOfN(rapid.Byte(), 0, 30), func(b []byte) string { return string(b) })).Draw(r, "typed")
		p := h.raw("/echo", encoded, url.Values{"a": {typed}}.Encode(), "Accept: application/json")
		want, err := text.Clean(typed)
		if err != nil {
			if p.StatusCode != 422 || !strings.Contains(p.Body, fault.Of(err).Key) {
				r.Fatalf("%q: %d %s", typed, p.StatusCode, p.Body)
			}
			return
		}
		var got url.Values
		if err := json.Unmarshal([]byte(p.Body), &got); err != nil || got.Get("a") != strings.TrimSpace(want) {
			r.Fatalf("%q became %q, want %q", typed, got.Get("a"), want)
		}
	})
}

// TestNoOneIsLedOutOfTheHouse: an address to go on to is one of this site,
// whatever a link put there, and however browsers read it.
func TestNoOneIsLedOutOfTheHouse(t *testing.T) {
	h := newHall(t, with(open("POST /go", func(r *web.Request) error { return r.Redirect(r.FormValue("to")) })))
	session := h.signedIn()
	for to, want := range map[string]string{
		"/cases?a=b#c": "/cases?a=b#c", "/": "/", "": "/", "//elsewhere.example": "/", "https://elsewhere.example/": "/", "elsewhere.example": "/",
		`/\elsewhere.example`: "/", `\\elsewhere.example`: "/", "javascript:alert(1)": "/", "/a\r\nSet-Cookie: x=y": "/",
		"/\t/elsewhere.example": "/", // browsers drop tabs from addresses
		"\t//elsewhere.example": "/", "/\x00/elsewhere.example": "/", " //elsewhere.example": "/", "/a\\b": "/", "/سعاد": "/سعاد",
	} {
		if p := h.post("/go", url.Values{"to": {to}}); p.StatusCode != 303 || p.to() != want {
			t.Errorf("go on to %q leads to %q, want %q", to, p.to(), want)
		}
		if p := h.post("/session/theme", url.Values{"theme": {"dark"}, "return": {to}}, session); p.StatusCode != 303 || p.to() != want {
			t.Errorf("return to %q leads to %q, want %q", to, p.to(), want)
		}
	}
}

// TestAPageThatEndsAtAnotherSiteSaysAtWhich, and only its forms may.
func TestAPageThatEndsAtAnotherSiteSaysAtWhich(t *testing.T) {
	h := newHall(t, with(open("GET /leads", func(r *web.Request) error {
		r.LeadsTo(r.FormValue("to"))
		return r.Send("text/plain", "", nil)
	}), open("GET /leave", func(r *web.Request) error { return r.Leave("https://client.example/back?code=1") })))
	for to, want := range map[string]string{
		"https://client.example/back?x": " form-action 'self' https://client.example;", "http://client.example:81": " form-action 'self' http://client.example:81;",
		"": " form-action 'self';", "javascript:alert(1)": " form-action 'self';", "//client.example": " form-action 'self';", "https://": " form-action 'self';",
		"https://a;script-src *": " form-action 'self';", "https://a'b": " form-action 'self';", "https://a,b": " form-action 'self';", "ftp://a": " form-action 'self';",
	} {
		p := h.get("/leads?to=" + url.QueryEscape(to))
		got := p.Header.Get("Content-Security-Policy")
		if !strings.Contains(got, want) || !strings.Contains(got, "script-src 'self';") || strings.Count(got, ";") != 9 {
			t.Errorf("%q: %q", to, got)
		}
	}
	if p := h.get("/leave"); p.StatusCode != 303 || p.to() != "https://client.example/back?code=1" {
		t.Errorf("%d %q", p.StatusCode, p.to())
	}
}
