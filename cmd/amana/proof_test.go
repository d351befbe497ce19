package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/amana-platform/amana/kernel/clock"
	"github.com/amana-platform/amana/kernel/print"
	"github.com/amana-platform/amana/kernel/print/sign"
)

// authorityRuns starts the stand-in as the command does and gives what to say
// to a service that uses it.
func authorityRuns(t *testing.T) serving {
	t.Helper()
	ca := filepath.Join(t.TempDir(), "tsa.pem")
	ctx, stop := context.WithCancel(context.Background())
	said, out := io.Pipe()
	ended := make(chan error, 1)
	go func() { ended <- serveTime(ctx, out, "127.0.0.1:0", ca, clock.System{}) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	line := make([]byte, 400)
	n, err := said.Read(line)
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(line[:n]), "http://")
	address, _, ok := strings.Cut(rest, ",")
	if !ok {
		t.Fatalf("it says %q", line[:n])
	}
	return serving{stampURL: "http://" + address, stampCA: ca}
}

// paperSigned is a PDF of the service, stamped by whoever is given.
func paperSigned(t *testing.T, stamper sign.Stamper) (pdf []byte, ca string) {
	t.Helper()
	now := time.Now()
	root, err := sign.NewAuthority("Test", now.Add(-time.Hour), now.Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	id, err := root.Issue("Service", sign.Documents, now.Add(-time.Hour), now.Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	raw, err := print.Render(&print.Document{ID: "1", Title: "T", Lang: "fr", Created: now, Size: print.A5, Blocks: []print.Block{print.Paragraph{Text: print.T("x")}}})
	if err != nil {
		t.Fatal(err)
	}
	pdf, err = sign.PDF(context.Background(), raw, id, sign.Options{At: now, Stamper: stamper})
	if err != nil {
		t.Fatal(err)
	}
	bundle, err := id.PEM()
	if err != nil {
		t.Fatal(err)
	}
	_, certs, _ := bytes.Cut(bundle, []byte("-----END PRIVATE KEY-----\n"))
	ca = filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(ca, certs, 0o600); err != nil {
		t.Fatal(err)
	}
	return pdf, ca
}

// TestStamperOverTheWire: the flags lead to an authority whose stamps the
// check of a document finds.
func TestStamperOverTheWire(t *testing.T) {
	o := authorityRuns(t)
	stamper, err := o.stamper()
	if err != nil {
		t.Fatal(err)
	}
	pdf, ca := paperSigned(t, stamper)
	both := filepath.Join(t.TempDir(), "both.pem")
	if err := os.WriteFile(both, append(read(t, ca), read(t, o.stampCA)...), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, trust := range []string{"", both} {
		if found, err := signatures(pdf, trust); err != nil || len(found) != 1 || found[0].Name != "Service" || found[0].Stamped == "" {
			t.Errorf("believing %q: %+v %v", trust, found, err)
		}
	}
	if _, err := signatures(pdf, ca); err == nil {
		t.Error("a time stamp of an authority that nobody named was believed")
	}
	changed := bytes.Clone(pdf)
	changed[len("%PDF-1.7\n")+40] ^= 1
	if _, err := signatures(changed, ""); err == nil {
		t.Error("a changed document")
	}
	if _, err := signatures(append(bytes.Clone(pdf), " more"...), ""); err == nil {
		t.Error("a document with something after its signature")
	}
}

func read(t *testing.T, name string) []byte {
	t.Helper()
	raw, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// TestStamperFlags: half of what is needed is refused, not passed over.
func TestStamperFlags(t *testing.T) {
	empty := filepath.Join(t.TempDir(), "empty.pem")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if s, err := (serving{}).stamper(); s != nil || err != nil {
		t.Errorf("nothing asked: %v %v", s, err)
	}
	for _, o := range []serving{
		{stampURL: "https://tsa.example"}, {stampCA: empty}, {stampURL: "tsa.example", stampCA: empty}, {stampURL: "ftp://tsa.example", stampCA: empty},
		{stampURL: "https://tsa.example", stampCA: empty}, {stampURL: "https://tsa.example", stampCA: empty + "-not"},
	} {
		if s, err := o.stamper(); err == nil || s != nil {
			t.Errorf("%+v is taken", o)
		}
	}
}

// TestProfileOf: a dossier's data belong to an entry only by their digest.
func TestProfileOf(t *testing.T) {
	twin := []byte(`{"format":"amana-dossier/1"}`)
	sum := sha256.Sum256(twin)
	fields := map[string]string{"Twins": fmt.Sprintf(`[{"Profile":"defence","SHA256":%q},{"Profile":"prosecutor","SHA256":"00"}]`, hex.EncodeToString(sum[:]))}
	if got := profileOf(twin, fields); got != "defence" {
		t.Errorf("profile %q", got)
	}
	if got := profileOf(append(twin, ' '), fields); got != "" {
		t.Errorf("changed data are of the profile %q", got)
	}
	if got := profileOf(twin, nil); got != "" {
		t.Errorf("an entry of another kind: %q", got)
	}
}
