// Package pdf writes and reads the file format under our documents: objects,
// cross-reference tables, embedded subset fonts, attachments and incremental
// updates (ISO 32000-1; PDF/A-3: ISO 19005-3). It knows nothing of layout.
package pdf

import (
	"bytes"
	"compress/zlib"
	"crypto/sha256"
	"fmt"
	"strings"
	"unicode/utf16"
)

// Ref is the number of an indirect object.
type Ref int

// String gives the form in which other objects point at it.
func (r Ref) String() string { return fmt.Sprintf("%d 0 R", int(r)) }

// Writer builds a file object by object. Equal calls give equal bytes.
type Writer struct {
	buf     bytes.Buffer
	offsets []int // by object number - 1; 0: reserved, not yet written
}

// NewWriter starts a file.
func NewWriter() *Writer {
	w := &Writer{}
	w.buf.WriteString("%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
	return w
}

// Reserve gives a number to an object that will be written later.
func (w *Writer) Reserve() Ref {
	w.offsets = append(w.offsets, 0)
	return Ref(len(w.offsets))
}

// Put writes a reserved object.
func (w *Writer) Put(r Ref, body string) {
	w.offsets[r-1] = w.buf.Len()
	fmt.Fprintf(&w.buf, "%d 0 obj\n%s\nendobj\n", int(r), body)
}

// Add writes a new object.
func (w *Writer) Add(body string) Ref {
	r := w.Reserve()
	w.Put(r, body)
	return r
}

// Stream writes a new stream, compressed; dict holds further dictionary entries.
func (w *Writer) Stream(dict string, data []byte) Ref {
	return w.raw(dict+" /Filter /FlateDecode", deflate(data))
}

// Plain writes a new stream as it is: already compressed data, or metadata,
// which PDF/A wants readable without a decoder.
func (w *Writer) Plain(dict string, data []byte) Ref { return w.raw(dict, data) }

func (w *Writer) raw(dict string, data []byte) Ref {
	r := w.Reserve()
	w.offsets[r-1] = w.buf.Len()
	fmt.Fprintf(&w.buf, "%d 0 obj\n<<%s /Length %d>>\nstream\n", int(r), dict, len(data))
	w.buf.Write(data)
	w.buf.WriteString("\nendstream\nendobj\n")
	return r
}

func deflate(data []byte) []byte {
	var b bytes.Buffer
	z, _ := zlib.NewWriterLevel(&b, zlib.BestCompression) // the level is a constant of the package
	_, _ = z.Write(data)                                  // a bytes.Buffer takes everything
	_ = z.Close()
	return b.Bytes()
}

// Finish closes the file. Its identifier is the digest of what it says, so
// that equal documents stay equal.
func (w *Writer) Finish(root, info Ref) []byte {
	id := sha256.Sum256(w.buf.Bytes())
	start := w.buf.Len()
	fmt.Fprintf(&w.buf, "xref\n0 %d\n0000000000 65535 f \n", len(w.offsets)+1)
	for _, at := range w.offsets {
		fmt.Fprintf(&w.buf, "%010d 00000 n \n", at)
	}
	fmt.Fprintf(&w.buf, "trailer\n<</Size %d /Root %s /Info %s /ID [<%x> <%x>]>>\nstartxref\n%d\n%%%%EOF\n",
		len(w.offsets)+1, root, info, id[:16], id[:16], start)
	return w.buf.Bytes()
}

// Text gives a text string object in UTF-16, which every reader takes.
func Text(s string) string {
	var b strings.Builder
	b.WriteString("<FEFF")
	b.WriteString(utf16Hex(s))
	b.WriteByte('>')
	return b.String()
}

func utf16Hex(s string) string {
	var b strings.Builder
	for _, u := range utf16.Encode([]rune(s)) {
		fmt.Fprintf(&b, "%04X", u)
	}
	return b.String()
}

// Name gives a name object.
func Name(s string) string {
	var b strings.Builder
	b.WriteByte('/')
	for i := range len(s) {
		c := s[i]
		if c <= ' ' || c > '~' || strings.IndexByte("()<>[]{}/%#", c) >= 0 {
			fmt.Fprintf(&b, "#%02X", c)
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}
