package sign

import (
	"bytes"
	"context"
	"encoding/asn1"
	"encoding/hex"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/amana-platform/amana/kernel/clock"
	"github.com/amana-platform/amana/kernel/fault"
)

// late is a document signed while no authority answered and stamped after.
func late(t *testing.T, o *office, at time.Time) (signed, stamped []byte) {
	t.Helper()
	signed, err := PDF(context.Background(), sample(t), o.officer, Options{At: now})
	if err != nil {
		t.Fatal(err)
	}
	if stamped, err = Stamp(context.Background(), signed, &TimeAuthority{o.times, clock.At(at)}); err != nil {
		t.Fatal(err)
	}
	return signed, stamped
}

// A document stamped later says when it was there at the latest, and holds the
// signature as it was.
func TestStampLater(t *testing.T) {
	o := newOffice(t)
	signed, stamped := late(t, o, now.Add(time.Hour))
	if !bytes.HasPrefix(stamped, signed) {
		t.Fatal("the signed document was changed")
	}
	found, err := Verify(stamped, o.roots(), now)
	if err != nil || len(found) != 2 {
		t.Fatalf("%v %v", found, err)
	}
	if s := found[0]; s.Err != nil || s.Whole || !s.Stamped.IsZero() {
		t.Errorf("the signature: %+v", s)
	}
	if s := found[1]; s.Err != nil || !s.Whole || !s.Stamped.Equal(now.Add(time.Hour)) || s.Name != "Local time authority of a test" {
		t.Errorf("the stamp: %+v", s)
	}
}

// Every byte that a later stamp covers is covered.
func TestStampLaterFindsChanges(t *testing.T) {
	o := newOffice(t)
	signed, stamped := late(t, o, now)
	for at := 0; at < len(signed); at += 37 {
		other := bytes.Clone(stamped)
		other[at] ^= 1
		found, err := Verify(other, o.roots(), now)
		if err == nil && (len(found) < 2 || found[1].Err == nil) {
			t.Fatalf("byte %d was changed and nobody saw it", at)
		}
	}
	if found, err := Verify(stamped, nil, now); err != nil || found[1].Err == nil {
		t.Error("an authority that nobody trusts was believed")
	}
	document := &TimeAuthority{o.officer, clock.At(now)} // a document key must not stamp time
	other, err := Stamp(context.Background(), signed, document)
	if err != nil {
		t.Fatal(err)
	}
	if found, err := Verify(other, o.roots(), now); err != nil || found[1].Err == nil {
		t.Error("a document key's time stamp was believed")
	}
}

func TestStampLaterFaults(t *testing.T) {
	dead := stampOf(func(context.Context, []byte) ([]byte, error) {
		return nil, fault.New(fault.Unavailable, "print.sign.time-unavailable")
	})
	if _, err := Stamp(context.Background(), sample(t), dead); !fault.Is(err, fault.Unavailable) {
		t.Error(err)
	}
	if _, err := Stamp(context.Background(), []byte("%PDF-1.7\nno"), dead); !fault.Is(err, fault.Invalid) {
		t.Error(err)
	}
}

// What a document encloses shows that nothing was changed.
func TestEnclosed(t *testing.T) {
	o, other := newOffice(t), newOffice(t)
	signed, err := PDF(context.Background(), sample(t), o.officer, Options{At: now, Stamper: &TimeAuthority{other.times, clock.At(now)}})
	if err != nil {
		t.Fatal(err)
	}
	found, err := Verify(signed, Enclosed(signed), now)
	if err != nil || len(found) != 1 || found[0].Err != nil || !found[0].Stamped.Equal(now) {
		t.Fatalf("%+v %v", found, err)
	}
	if pool := Enclosed([]byte("no document")); len(pool.Subjects()) != 0 { //nolint:staticcheck // nothing else counts a pool
		t.Error("authorities out of nothing")
	}
}

// Poppler sees both, and openssl agrees that the stamp is of the file.
func TestOthersAcceptLaterStamp(t *testing.T) {
	pdfsig, openssl := tool(t, "pdfsig"), tool(t, "openssl")
	o := newOffice(t)
	_, stamped := late(t, o, time.Now())
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	hole := bytes.LastIndex(stamped, []byte(contentsKey)) + len(contentsKey) - 1
	covered := append(bytes.Clone(stamped[:hole]), stamped[hole+2*room+2:]...)
	if err := errors.Join(os.WriteFile(at("f.pdf"), stamped, 0o600), os.WriteFile(at("covered"), covered, 0o600), os.WriteFile(at("root.pem"), writePEM(t, o.Root()), 0o600)); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(pdfsig, "-nssdir", dir, at("f.pdf")).CombinedOutput()
	if err != nil || !strings.Contains(string(out), "Signature #2") || !strings.Contains(string(out), "Total document signed") {
		t.Errorf("%v\n%s", err, out)
	}
	padded := make([]byte, room)
	if _, err := hex.Decode(padded, stamped[hole+1:hole+1+2*room]); err != nil {
		t.Fatal(err)
	}
	var token asn1.RawValue
	if _, err := asn1.Unmarshal(padded, &token); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(at("token"), token.FullBytes, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err = exec.Command(openssl, "ts", "-verify", "-data", at("covered"), "-token_in", "-in", at("token"), "-CAfile", at("root.pem")).CombinedOutput()
	if err != nil || !strings.Contains(string(out), "Verification: OK") {
		t.Errorf("%v\n%s", err, out)
	}
}
