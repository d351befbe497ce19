package tlog

import (
	"bytes"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/amana-platform/amana/kernel/ident"
)

func TestLeafRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := Leaf{
			Type:   rapid.StringMatching(`[a-z]{1,9}(\.[a-z]{1,9}(-[a-z]{1,9}){0,2})?`).Draw(t, "type"),
			Minute: rapid.Int64Min(0).Draw(t, "minute"),
			Source: rapid.StringMatching(`[0-9a-f]{8}-[0-9a-f]{4}(/[a-z0-9]{1,8})?`).Draw(t, "source"),
			Seq:    rapid.Int64Min(1).Draw(t, "seq"),
		}
		copy(l.Commitment[:], rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "commitment"))
		got, err := ParseLeaf(l.Marshal())
		if err != nil || got != l {
			t.Fatalf("%+v became %+v, %v", l, got, err)
		}
	})
}

func TestLeavesThatAreRefused(t *testing.T) {
	for _, b := range badLeaves(string(testLeaf(42).Marshal())) {
		if _, err := ParseLeaf([]byte(b[1])); err == nil {
			t.Errorf("read: %s", b[0])
		}
	}
	if _, err := ParseLeaf(make([]byte, maxLeafSize+1)); err == nil {
		t.Error("read a large one")
	}
}

func FuzzParseLeaf(f *testing.F) {
	text := string(testLeaf(42).Marshal())
	f.Add([]byte(text))
	for _, b := range badLeaves(text) {
		f.Add([]byte(b[1]))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		if l, err := ParseLeaf(text); err == nil && !bytes.Equal(l.Marshal(), text) {
			t.Errorf("%q is read as %q", text, l.Marshal())
		}
	})
}

func TestQRRecomputesTheCommitment(t *testing.T) {
	m := entryForVectors(testHome, 42, vectorTime())
	q := QR{OriginHash(vectorOrigin), "018f3c1e-1234-7abc-8def-000000000042", [32]byte(m.openSecret)}
	sealed := map[string][32]byte{}
	for path := range m.sealed {
		sealed[path] = m.digests()[path]
	}
	want := EntryCommitment(m.digests())
	if q.Commitment(m.open, sealed) != want {
		t.Error("the paper does not give the leaf")
	}
	m.open["Offence"] = `"murder"`
	if q.Commitment(m.open, sealed) == want {
		t.Error("another offence gives the same leaf")
	}
	if len(q.String()) > 100 {
		t.Errorf("%d characters", len(q.String()))
	}
}

func TestCodesThatAreRefused(t *testing.T) {
	good := QR{[4]byte{0xab, 0xcd}, "018f3c1e-1234-7abc-8def-000000000042", [32]byte{0xff, 0xfe}}.String()
	if _, err := ParseQR(good); err != nil {
		t.Fatal(err)
	}
	for what, text := range map[string]string{
		"empty": "", "another version": strings.Replace(good, "AMANA1", "AMANA2", 1), "a part too many": good + ".x", "a part too few": good[:17],
		"capitals in the log": strings.Replace(good, "abcd", "ABCD", 1), "capitals in the id": strings.Replace(good, "7abc", "7ABC", 1),
		"no hexadecimal": strings.Replace(good, "abcd", "wxyz", 1), "trailing bits": good[:len(good)-1] + "B", "a space": good[:len(good)-1] + " ",
		"far too long": good + strings.Repeat("A", 1<<20),
	} {
		if _, err := ParseQR(text); err == nil {
			t.Errorf("%s: read", what)
		}
	}
}

func FuzzParseQR(f *testing.F) {
	q := QR{OriginHash(vectorOrigin), ident.ID("018f3c1e-1234-7abc-8def-000000000042"), [32]byte{1, 2, 3}}
	f.Add(q.String())
	f.Add("AMANA1.x.y.z")
	f.Add(q.String()[:len(q.String())-1] + "_") // trailing bits
	f.Fuzz(func(t *testing.T, text string) {
		if q, err := ParseQR(text); err == nil && q.String() != text {
			t.Errorf("%q is read as %q", text, q)
		}
	})
}
