package sign

import (
	"bytes"
	"context"
	"encoding/pem"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/amana-platform/amana/kernel/clock"
	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/print/internal/pdf"
)

// twice is a document signed by the officer and then by a chief.
func twice(t *testing.T, o *office) (first, second []byte) {
	t.Helper()
	chief, err := o.Issue("Chief", Documents, now.Add(-time.Hour), until)
	if err != nil {
		t.Fatal(err)
	}
	if first, err = PDF(context.Background(), sample(t), o.officer, Options{At: now}); err != nil {
		t.Fatal(err)
	}
	if second, err = PDF(context.Background(), first, chief, Options{At: now.Add(time.Minute)}); err != nil {
		t.Fatal(err)
	}
	return first, second
}

// TestWhatIsAlteredUnderWhichSignature: what both cover breaks both, what only the
// second covers leaves the first as it was; what was cut off is not missed, for the
// shorter file is whole by itself.
func TestWhatIsAlteredUnderWhichSignature(t *testing.T) {
	o := newOffice(t)
	first, second := twice(t, o)
	for name, c := range map[string]struct {
		data  []byte
		holds []bool
		whole bool
	}{
		"as it was":              {second, []bool{true, true}, true},
		"the text altered":       {flipped(second, bytes.Index(second, []byte("/Length"))+1), []bool{false, false}, true},
		"the chief's alone":      {flipped(second, len(first)+bytes.Index(second[len(first):], []byte("/Adobe"))+3), []bool{true, false}, true},
		"the time stated":        {bytes.Replace(second, []byte("D:20261122104600"), []byte("D:20271122104600"), 1), []bool{true, false}, true},
		"the name stated":        {swapped(second, pdf.Text("Chief"), pdf.Text("Thief")), []bool{true, false}, true},
		"cut back to the first":  {second[:len(first)], []bool{true}, true},
		"with an update of none": {append(bytes.Clone(second), '\n'), []bool{true, true}, false},
	} {
		found, err := Verify(c.data, o.roots(), now.Add(time.Minute))
		if err != nil || len(found) != len(c.holds) {
			t.Errorf("%s: %d signatures, %v", name, len(found), err)
			continue
		}
		for i, s := range found {
			if (s.Err == nil) != c.holds[i] {
				t.Errorf("%s: signature %d holds %v: %v", name, i+1, s.Err == nil, s.Err)
			}
		}
		if last := found[len(found)-1]; last.Whole != c.whole {
			t.Errorf("%s: whole is %v", name, last.Whole)
		}
	}
}

func flipped(data []byte, at int) []byte {
	out := bytes.Clone(data)
	out[at] ^= 1
	return out
}

// swapped puts a text of the same length in the place of the last of another.
func swapped(data []byte, from, to string) []byte {
	at := bytes.LastIndex(data, []byte(from))
	return append(append(bytes.Clone(data[:at]), to...), data[at+len(from):]...)
}

// TestACertificateIsInForceToTheSecond: on its first and on its last, neither before
// nor after; what is refused gives no document.
func TestACertificateIsInForceToTheSecond(t *testing.T) {
	ca, err := NewAuthority("Local root of a test", now.Add(-year), until)
	if err != nil {
		t.Fatal(err)
	}
	from, to := now.Add(-time.Hour), now.Add(time.Hour)
	officer, err := ca.Issue("Officer", Documents, from, to)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		at  time.Time
		key string
	}{
		{from.Add(-time.Nanosecond), "print.sign.not-yet"}, {from, ""}, {to, ""}, {to.Add(time.Nanosecond), "print.sign.expired"},
		{time.Time{}, "print.sign.not-yet"}, {until.Add(time.Second), "print.sign.expired"}, {now.In(time.FixedZone("", 14*3600)), ""},
	} {
		signed, err := PDF(context.Background(), sample(t), officer, Options{At: c.at})
		if c.key == "" && err != nil || c.key != "" && (fault.Of(err).Key != c.key || !fault.Is(err, fault.Unavailable) || signed != nil) {
			t.Errorf("at %s: %v, want %q", c.at, err, c.key)
		}
	}
}

// TestWhatASignerSaysIsKept: a reason, a place and a name are told whole in any script,
// and can end neither the text nor the signature they stand in.
func TestWhatASignerSaysIsKept(t *testing.T) {
	o, plain := newOffice(t), sample(t)
	for _, said := range []string{"", "Approval", "a) /Contents <00> (", "\\", ">>\nendobj", "\u0645\u0635\u0627\u062f\u0642\u0629", "\U0001f58b", strings.Repeat("x", 5000)} {
		id, err := o.Issue("Officer "+said, Documents, now.Add(-time.Hour), until)
		if err != nil {
			t.Fatal(err)
		}
		signed, err := PDF(context.Background(), plain, id, Options{At: now, Reason: said, Location: said})
		if err != nil {
			t.Errorf("%.20q: %v", said, err)
			continue
		}
		found, err := Verify(signed, o.roots(), now)
		if err != nil || len(found) != 1 || found[0].Err != nil || !found[0].Whole || found[0].Name != "Officer "+said {
			t.Errorf("%.20q: %+v, %v", said, found, err)
		}
		if n := bytes.Count(signed[len(plain):], []byte(pdf.Text(said))); said != "" && n < 2 {
			t.Errorf("%.20q stands %d times in the signature, want for reason and place", said, n)
		}
	}
}

// TestWhatTheTimeAuthorityAnswers: queries sent by POST, under their own type, whole and
// of the one digest; all else is refused in the protocol's own terms.
func TestWhatTheTimeAuthorityAnswers(t *testing.T) {
	o := newOffice(t)
	authority := &TimeAuthority{o.times, clock.At(now.Add(900 * time.Millisecond))}
	for name, c := range map[string]struct {
		method, kind, body string
		status             int
	}{
		"by GET":         {"GET", queryType, "", http.StatusUnsupportedMediaType},
		"by PUT":         {"PUT", queryType, "x", http.StatusUnsupportedMediaType},
		"of no type":     {"POST", "", "x", http.StatusUnsupportedMediaType},
		"as an answer":   {"POST", replyType, "x", http.StatusUnsupportedMediaType},
		"empty":          {"POST", queryType, "", http.StatusOK},
		"nonsense":       {"POST", queryType, "hello", http.StatusOK},
		"without an end": {"POST", queryType, strings.Repeat("\x30", maxStamp+9), http.StatusOK},
	} {
		r := httptest.NewRequest(c.method, "/", strings.NewReader(c.body))
		r.Header.Set("Content-Type", c.kind)
		w := httptest.NewRecorder()
		authority.ServeHTTP(w, r)
		answer, _ := io.ReadAll(w.Body)
		if w.Code != c.status || w.Code == http.StatusOK && (w.Header().Get("Content-Type") != replyType || !bytes.Equal(answer, []byte{0x30, 0x05, 0x30, 0x03, 0x02, 0x01, rejected})) {
			t.Errorf("%s: %d %q %x", name, w.Code, w.Header().Get("Content-Type"), answer)
		}
	}
	_, stamped := late(t, o, now.Add(900*time.Millisecond))
	if found, err := Verify(stamped, o.roots(), now); err != nil || !found[1].Stamped.Equal(now) {
		t.Errorf("stamped in whole seconds: %+v, %v", found, err)
	}
}

// TestAnAuthorityThatCannotSignGivesNoTime: neither over HTTP nor beside it.
func TestAnAuthorityThatCannotSignGivesNoTime(t *testing.T) {
	o := newOffice(t)
	authority := &TimeAuthority{broken{o.times}, clock.At(now)}
	digest := make([]byte, 32)
	server := httptest.NewServer(authority)
	defer server.Close()
	if _, err := (&TimeClient{URL: server.URL, Roots: o.roots()}).Stamp(context.Background(), digest); fault.Of(err).Key != "print.sign.time-unavailable" || !fault.Is(err, fault.Unavailable) {
		t.Errorf("over HTTP: %v", err)
	}
	if token, err := authority.Stamp(context.Background(), digest); err == nil || token != nil {
		t.Errorf("%x", token)
	}
	for _, address := range []string{"", "::", "http://127.0.0.1:0", "ftp://amana.example"} {
		if _, err := (&TimeClient{URL: address}).Stamp(context.Background(), digest); fault.Of(err).Key != "print.sign.time-unavailable" {
			t.Errorf("%q: %v", address, err)
		}
	}
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := (&TimeClient{URL: server.URL, Roots: o.roots()}).Stamp(ended, digest); fault.Of(err).Key != "print.sign.time-unavailable" {
		t.Errorf("nobody waits: %v", err)
	}
}

// TestWhichKeysAreRead: one key with its own certificate first; halves, strangers and
// broken blocks are refused.
func TestWhichKeysAreRead(t *testing.T) {
	o := newOffice(t)
	whole, err := o.officer.PEM()
	if err != nil {
		t.Fatal(err)
	}
	other, err := o.times.PEM()
	if err != nil {
		t.Fatal(err)
	}
	at := bytes.Index(whole, []byte("-----BEGIN CERTIFICATE"))
	key, certs, strange := whole[:at], whole[at:], other[bytes.Index(other, []byte("-----BEGIN CERTIFICATE")):]
	block := func(kind string) []byte {
		return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: []byte("no DER")})
	}
	for name, c := range map[string]struct {
		parts [][]byte
		ok    bool
	}{
		"as written": {[][]byte{whole}, true}, "certificates first": {[][]byte{certs, key}, true}, "with words between": {[][]byte{key, []byte("a remark\n"), certs}, true},
		"with another block": {[][]byte{block("DH PARAMETERS"), whole}, true},
		"nothing":            {nil, false}, "a key alone": {[][]byte{key}, false}, "certificates alone": {[][]byte{certs}, false}, "another's certificate": {[][]byte{key, strange}, false},
		"another's first": {[][]byte{key, strange, certs}, false}, "a broken key": {[][]byte{block("PRIVATE KEY"), certs}, false},
		"a broken certificate": {[][]byte{key, block("CERTIFICATE"), certs}, false},
	} {
		if id, err := ParseIdentity(bytes.Join(c.parts, nil)); (err == nil) != c.ok || c.ok && !id.Chain()[0].Equal(o.officer.Chain()[0]) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestADocumentWithoutAPageIsNotSigned: a signature hangs on the first page.
func TestADocumentWithoutAPageIsNotSigned(t *testing.T) {
	o := newOffice(t)
	for name, tree := range map[string]string{
		"no pages": "<</Kids []>>", "no list": "<<>>", "no tree": "7", "a page in place": "<</Kids [<</Type /Page>>]>>", "another kind": "<</Kids [1 0 R]>>", "nothing there": "<</Kids [99 0 R]>>",
	} {
		w := pdf.NewWriter()
		w.Add("<</Type /Font>>")
		root := w.Add("<</Type /Catalog /Pages " + w.Add(tree).String() + ">>")
		if _, err := PDF(context.Background(), w.Finish(root, w.Info(pdf.Meta{})), o.officer, Options{At: now}); fault.Of(err).Key != "print.pdf.malformed" || !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
