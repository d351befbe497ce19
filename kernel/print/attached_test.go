package print

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/amana-platform/amana/kernel/fault"
)

func small() *Document {
	return &Document{ID: "1", Title: "T", Lang: "fr", Created: issued, Size: A5, Blocks: []Block{Paragraph{Text: T("x")}}}
}

func TestAttachmentsComeBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := rapid.MapOfN(rapid.StringMatching(`[a-z\x{0627}-\x{064a} .()]{1,20}`), rapid.SliceOf(rapid.Byte()), 0, 4).Draw(t, "files")
		var list []Attachment
		for name, data := range want {
			list = append(list, Attachment{Name: name, MIME: "application/octet-stream", Data: data})
		}
		doc, err := Render(small(), list...)
		if err != nil {
			t.Fatal(err)
		}
		names, err := AttachedNames(doc)
		if err != nil || len(names) != len(want) {
			t.Fatalf("%v %v", names, err)
		}
		for name, data := range want {
			if got, err := Attached(doc, name); err != nil || !bytes.Equal(got, data) {
				t.Errorf("%q: %x, %v", name, got, err)
			}
		}
	})
}

func TestPopplerFindsTheAttachment(t *testing.T) {
	file := save(t, small(), Attachment{Name: "proof.json", MIME: "application/json", Relation: "Data", Description: "d", Data: []byte("{\"a\":1}")})
	out := filepath.Join(t.TempDir(), "out")
	if said, err := exec.Command(poppler(t, "pdfdetach"), "-save", "1", "-o", out, file).CombinedOutput(); err != nil {
		t.Fatalf("%v %s", err, said)
	}
	if got, err := os.ReadFile(out); err != nil || string(got) != "{\"a\":1}" {
		t.Errorf("%q %v", got, err)
	}
}

func TestAttachmentNames(t *testing.T) {
	for _, list := range [][]Attachment{{{}}, {{Name: "a"}, {Name: "a"}}, {{Name: strings.Repeat("x", maxName+1)}}, {{Name: "\xff"}}} {
		if _, err := Render(small(), list...); fault.Of(err).Key != "print.attachment.name" {
			t.Errorf("%v: %v", list, err)
		}
	}
	doc, err := Render(small())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Attached(doc, "a"); fault.Of(err).Key != "print.attachment.missing" || !fault.Is(err, fault.NotFound) {
		t.Error(err)
	}
	if _, err := Attached(doc[:len(doc)/2], "a"); fault.Of(err).Key != "print.pdf.malformed" {
		t.Error(err)
	}
}

func FuzzAttached(f *testing.F) {
	doc, err := Render(small(), Attachment{Name: "a", MIME: "text/plain", Data: []byte("hello")})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(doc)
	f.Add([]byte("%PDF-1.7\ntrailer<<>>startxref\n0"))
	f.Fuzz(func(t *testing.T, data []byte) {
		names, err := AttachedNames(data)
		if err != nil && !fault.Is(err, fault.Invalid) && !fault.Is(err, fault.TooLarge) {
			t.Error(err)
		}
		for _, n := range names {
			_, _ = Attached(data, n)
		}
	})
}
