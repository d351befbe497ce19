package web

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
)

// FuzzOnSite: wherever a link says to go on to, a browser stays on this site. It
// drops tabs and line ends and takes backslashes for slashes.
func FuzzOnSite(f *testing.F) {
	for _, s := range []string{"/", "/a?b=//c", "//x", "/\t/x", "/\\x", "https://x", "/%2f/x", "/\n/x", "\x00/x", "/.//x", "/a/..//x"} {
		f.Add(s)
	}
	here := &url.URL{Scheme: "https", Host: "here.example", Path: "/session/new"}
	f.Fuzz(func(t *testing.T, to string) {
		got := OnSite(to)
		if got != "/" && got != to {
			t.Fatalf("%q became %q", to, got)
		}
		read := strings.NewReplacer("\t", "", "\n", "", "\r", "", "\\", "/").Replace(got)
		at, err := here.Parse(read)
		if err == nil && at.Host != here.Host {
			t.Errorf("%q leads to %s", to, at.Host)
		}
		if OnSite(got) != got {
			t.Errorf("%q is not of this site when it is asked again", got)
		}
	})
}

// FuzzRefOf: an address names no record or one that everybody can read back.
func FuzzRefOf(f *testing.F) {
	id := "0190a000-0000-7000-8000-0000000000b1"
	for _, s := range []string{"/cases/" + id, "/s/" + id, "/ a/" + id, "//" + id, "/cases/" + id + "?x=/y/" + id, id, "/cases/" + id + "#x"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, path string) {
		ref, ok := refOf(path)
		if !ok {
			if !ref.IsZero() {
				t.Errorf("%q: %v", path, ref)
			}
			return
		}
		if back, err := ident.ParseRef(ref.String()); err != nil || back != ref {
			t.Errorf("%q is about %q, which nobody can read: %v", path, ref, err)
		}
	})
}

// FuzzForm: whatever body of whatever type comes, it is read as clean text or
// refused with a fault that may be shown.
func FuzzForm(f *testing.F) {
	f.Add("application/x-www-form-urlencoded", "a=1&b=%00&c=%zz")
	f.Add("multipart/form-data; boundary=x", "--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--x--\r\n")
	f.Add("multipart/form-data", "--")
	f.Add("text/plain", "a=1")
	f.Add("multipart/form-data; boundary=x", "--x\r\nContent-Disposition: form-data; name=\"a\"; filename=\"b\"\r\n\r\n\xff\r\n--x--\r\n")
	f.Fuzz(func(t *testing.T, kind, body string) {
		hr := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body))
		hr.Header.Set("Content-Type", kind)
		r := &Request{Request: hr}
		form, err := r.Form()
		if err != nil {
			if k := fault.Of(err).Kind; k != fault.Invalid && k != fault.TooLarge {
				t.Errorf("%v", err)
			}
			if _, again := r.Form(); again == nil {
				t.Error("refused once, taken the second time")
			}
			return
		}
		for name, values := range form {
			for _, v := range values {
				if !utf8.ValidString(v) || strings.ContainsAny(v, "\x00\r\u202e\u2066\x1f") || strings.TrimSpace(v) != v {
					t.Errorf("%q holds %q", name, v)
				}
			}
		}
	})
}
