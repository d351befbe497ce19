package print

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/amana-platform/amana/kernel/print/internal/pdf"
)

// unfolded gives every byte a document says: the file and each of its streams,
// uncompressed.
func unfolded(t *testing.T, document []byte) []byte {
	t.Helper()
	r, err := pdf.Open(document)
	if err != nil {
		t.Fatal(err)
	}
	all := bytes.Clone(document)
	for n := 1; n < r.Size(); n++ {
		if data, err := r.Stream(pdf.Ref(n), 64<<20); err == nil {
			all = append(all, data...)
		}
	}
	return all
}

// forms in which a word could be written into a file.
func spellings(word string) []string {
	var units, hex strings.Builder
	for _, u := range utf16.Encode([]rune(word)) {
		units.WriteByte(byte(u >> 8))
		units.WriteByte(byte(u))
		fmt.Fprintf(&hex, "%04X", u)
	}
	return []string{word, units.String(), hex.String(), strings.ToLower(hex.String())}
}

// contains reports whether a word stands in a document in any spelling, or as
// text that a reader extracts.
func contains(t *testing.T, document []byte, word string) bool {
	t.Helper()
	all := unfolded(t, document)
	for _, s := range spellings(word) {
		if bytes.Contains(all, []byte(s)) {
			return true
		}
	}
	return false
}

func TestRedactionLeavesNoByte(t *testing.T) {
	open, err := Render(dossier(t, nil))
	if err != nil {
		t.Fatal(err)
	}
	hidden, err := Render(dossier(t, Redaction{"witness": "CPP 82-6", "photo": ""}))
	if err != nil {
		t.Fatal(err)
	}
	f := readForms(t)
	if !contains(t, open, "Karim") { // the bookmark
		t.Error("the open document does not name the witness: the search proves nothing")
	}
	for _, word := range []string{"Karim", "SECRETNAME", "Hafsa", f.Name, "98765"} {
		if contains(t, hidden, word) {
			t.Errorf("%q is in the redacted document", word)
		}
	}
	if n := bytes.Count(unfolded(t, hidden), []byte("/Subtype /Image")); n != 0 {
		t.Errorf("%d pictures in the redacted document", n)
	}
}

func TestRedactedTextIsNotExtracted(t *testing.T) {
	f := readForms(t)
	open := textOf(t, save(t, dossier(t, nil)))
	hidden := textOf(t, save(t, dossier(t, Redaction{"witness": "CPP 82-6"})))
	for _, word := range append(strings.Fields(f.Name), "Hafsa", "98765", "rue") {
		if !strings.Contains(open, word) {
			t.Errorf("%q is not in the open document", word)
		}
		if strings.Contains(hidden, word) {
			t.Errorf("%q is in the redacted document", word)
		}
	}
	if !strings.Contains(hidden, "CPP 82-6") {
		t.Error("the bar does not say its ground")
	}
}

// The bar tells neither how long the name is nor of how many parts it is.
func TestBarDoesNotTellTheLength(t *testing.T) {
	for _, label := range []string{"", "CPP 82-6"} {
		render := func(parts ...string) []byte {
			var hidden Text
			for _, p := range parts {
				hidden = append(hidden, Marked("x", T(p))...)
			}
			d := &Document{Lang: "fr", Created: issued, Size: A5, Redact: Redaction{"x": label},
				Blocks: []Block{Heading{Level: 1, Text: hidden}, Paragraph{Text: Join(T("a "), hidden, T(" b"))}}}
			data, err := Render(d)
			if err != nil {
				t.Fatal(err)
			}
			return data
		}
		if !bytes.Equal(render("Al"), render("A very long name", "and", "a second")) {
			t.Errorf("label %q: the bytes depend on what is hidden", label)
		}
	}
}

func TestOnlyNamedMarksAreHidden(t *testing.T) {
	text := Join(T("a"), Marked("x", T("b")), Marked("y", T("c")))
	shown, bars := text.redacted(Redaction{"y": "", "": "no"})
	if shown.String() != "ab"+strings.Repeat(noBreak, barWidth) || fmt.Sprint(bars) != "[false false true]" {
		t.Errorf("%q %v", shown, bars)
	}
}
