package main

import (
	"bufio"
	"context"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/amana-platform/amana/kernel/app"
)

// served is a service that runs as `amana serve` runs it.
type served struct {
	lines *bufio.Scanner
	stop  func() int // ends it, and gives its exit status
}

// serve runs the command until the test ends or stops it.
func (s *shop) serve(args ...string) *served {
	s.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	said, out := io.Pipe()
	c := command()
	c.SetOut(out)
	c.SetErr(io.Discard)
	c.SetArgs(append([]string{"serve", "--listen", "127.0.0.1:0", "--data", s.data, "--key", s.key, "--signer", s.socket}, args...))
	ended := make(chan int, 1)
	go func() {
		code := status(c.ExecuteContext(ctx), io.Discard)
		out.Close()
		ended <- code
	}()
	stop := func() int {
		cancel()
		go io.Copy(io.Discard, said)
		code := <-ended
		ended <- code
		return code
	}
	s.t.Cleanup(func() { stop() })
	return &served{bufio.NewScanner(said), stop}
}

// line gives what it says next.
func (s *served) line(t *testing.T) string {
	t.Helper()
	if !s.lines.Scan() {
		t.Fatalf("it says nothing more: %v", s.lines.Err())
	}
	return s.lines.Text()
}

// free is an address that nobody listened on a moment ago.
func free(t *testing.T) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	return ln.Addr().String()
}

func fetch(t *testing.T, c *http.Client, address string) (int, string) {
	t.Helper()
	r, err := c.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	raw, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return r.StatusCode, string(raw)
}

// TestAServiceIsServed: it says where, and how its first administrator comes in; its
// figures are on an address of their own and not on that of its pages; told to stop it
// stops, under 0, and the record is sound.
func TestAServiceIsServed(t *testing.T) {
	s := newShop(t)
	figures := free(t)
	run := s.serve("--metrics", figures)
	where, code := run.line(t), run.line(t)
	_, address, ok := strings.Cut(where, "Amana serves ")
	if !ok || !strings.HasPrefix(address, "http://127.0.0.1:") {
		t.Fatalf("it says %q", where)
	}
	if !regexp.MustCompile(`^No administrator has signed in yet\. Their one-time code: ([A-Z2-9]{5}-){3}[A-Z2-9]{5}$`).MatchString(code) {
		t.Errorf("it says %q", code)
	}
	status, body := fetch(t, http.DefaultClient, address+"/health")
	var health struct{ Status string }
	if err := json.Unmarshal([]byte(body), &health); err != nil || status != 200 || health.Status == "" {
		t.Errorf("%d %s", status, body)
	}
	if status, body = fetch(t, http.DefaultClient, "http://"+figures+"/metrics"); status != 200 || !strings.Contains(body, "# HELP") {
		t.Errorf("%d %.200s", status, body)
	}
	if status, body = fetch(t, http.DefaultClient, address+"/metrics"); status == 200 && strings.Contains(body, "# HELP") {
		t.Error("the figures are among the pages")
	}
	if status, _ = fetch(t, http.DefaultClient, "http://"+figures+"/health"); status != 404 {
		t.Errorf("a page among the figures: %d", status)
	}
	if end := run.stop(); end != 0 {
		t.Errorf("it ends under %d", end)
	}
	s.clean()
}

// TestAServiceOverTLS has an https address, and none with half of what it needs.
func TestAServiceOverTLS(t *testing.T) {
	s := newShop(t)
	cert, key, trusting := certified(t)
	s.run("serve", "--listen", "127.0.0.1:0", "--cert", cert, "--cert-key", filepath.Join(t.TempDir(), "none")).ends(t, 2, "none")
	run := s.serve("--cert", cert, "--cert-key", key)
	_, address, _ := strings.Cut(run.line(t), "Amana serves ")
	run.line(t)
	if !strings.HasPrefix(address, "https://127.0.0.1:") {
		t.Fatalf("it is at %q", address)
	}
	if status, _ := fetch(t, trusting, address+"/health"); status != 200 {
		t.Errorf("%d", status)
	}
	run.stop()
}

// certified gives a certificate of this machine with its key, in files, and a client
// that believes it.
func certified(t *testing.T) (cert, key string, trusting *http.Client) {
	t.Helper()
	other := httptest.NewTLSServer(nil)
	t.Cleanup(other.Close)
	pair := other.TLS.Certificates[0]
	raw, err := x509.MarshalPKCS8PrivateKey(pair.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	cert = write(t, "cert.pem", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: pair.Certificate[0]})))
	return cert, write(t, "key.pem", string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: raw}))), other.Client()
}

// TestOneServiceAtATime: a folder that is served is not opened for writing again, and
// an address that is taken is said so.
func TestOneServiceAtATime(t *testing.T) {
	s := newShop(t)
	run := s.serve()
	_, address, _ := strings.Cut(run.line(t), "http://")
	run.line(t)
	s.run("rebuild", "--ground", "x").ends(t, 2)
	s.run("close", "--ground", "x").ends(t, 2)
	s.clean() // reading beside it is no harm
	other := newShop(t)
	other.run("serve", "--listen", address).ends(t, 2, "address already in use")
	other.run("serve", "--listen", "127.0.0.1:0", "--metrics", address).ends(t, 2, "address already in use")
	if code := run.stop(); code != 0 {
		t.Errorf("it ends under %d", code)
	}
}

// TestAPageVerifiesAsTheCommandDoes: over the store of the place, opened anew.
func TestAPageVerifiesAsTheCommandDoes(t *testing.T) {
	s := newShop(t)
	told := 0
	report, err := verifier(s.place())(t.Context(), func(string, int64) { told++ })
	if err != nil || !report.Clean() || report.Entries == 0 || told == 0 {
		t.Errorf("%+v %v, told %d times", report, err, told)
	}
	s.sql("update index_persons set occupation = 'judge' where id = ?", string(s.persons[0]))
	if report, err = verifier(s.place())(t.Context(), func(string, int64) {}); err != nil || report.Clean() {
		t.Errorf("%+v %v", report, err)
	}
	if _, err = verifier(place{data: filepath.Join(t.TempDir(), "nowhere"), key: s.key})(t.Context(), func(string, int64) {}); err == nil {
		t.Error("nothing was verified")
	}
}

// TestASigningProcessEndsWithItsParent: told to stop, it stops under 0; without a key
// file or a place for its socket it says why.
func TestASigningProcessEndsWithItsParent(t *testing.T) {
	s := newShop(t)
	s.stop()
	ctx, cancel := context.WithCancel(t.Context())
	c := command()
	c.SetArgs([]string{"log-signer", "--key", s.key, "--socket", s.socket, "--log", filepath.Join(s.data, "log")})
	ended := make(chan int, 1)
	go func() { ended <- status(c.ExecuteContext(ctx), io.Discard) }()
	cancel()
	if code := <-ended; code != 0 {
		t.Errorf("it ends under %d", code)
	}
	amana(t, "log-signer", "--key", filepath.Join(t.TempDir(), app.KeyName), "--socket", filepath.Join(t.TempDir(), "s"), "--log", s.data).ends(t, 2, app.KeyName)
}
