// Package printtest looks at papers as people and machines do: as pictures
// beside those of the last time somebody looked, as the text that is in them,
// and as every byte that a reader of the file could reach.
//
// To renew the pictures, and look at each before committing it:
//
//	go test ./kernel/print ./modules/... -run Look -args -update
package printtest

import (
	"bytes"
	"compress/zlib"
	"flag"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the reference pictures anew; look at each before committing it")

// Tool finds one of Poppler's programs, or skips the test where nobody
// promised it.
func Tool(t testing.TB, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err == nil {
		return path
	}
	if os.Getenv("CI") == "true" {
		t.Fatalf("%s is missing (Debian: poppler-utils)", name)
	}
	t.Skipf("%s is not installed (Debian: poppler-utils)", name)
	return ""
}

func save(t testing.TB, pdf []byte) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "paper.pdf")
	if err := os.WriteFile(file, pdf, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// Pictures draws the pages of a PDF at a resolution in dots per inch.
func Pictures(t testing.TB, pdf []byte, dpi int) []*image.Gray {
	t.Helper()
	stem := filepath.Join(t.TempDir(), "p")
	if out, err := exec.Command(Tool(t, "pdftoppm"), "-gray", "-png", "-r", fmt.Sprint(dpi), save(t, pdf), stem).CombinedOutput(); err != nil || len(out) > 0 {
		t.Fatalf("pdftoppm: %v %s", err, out)
	}
	names, err := filepath.Glob(stem + "*.png")
	if err != nil {
		t.Fatal(err)
	}
	var pages []*image.Gray
	for _, name := range names {
		pages = append(pages, picture(t, name))
	}
	return pages
}

func picture(t testing.TB, name string) *image.Gray {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	img, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	gray := image.NewGray(img.Bounds())
	draw.Draw(gray, gray.Bounds(), img, image.Point{}, draw.Src)
	return gray
}

// How alike two pictures must be: of a page at 60 dots per inch, one point in
// 400 may differ by more than 60 of 255. That forgives another version of the
// renderer, and no letter that moved.
const (
	resolution = 60
	muchGray   = 60
	fewPoints  = 400
)

// Differing counts the points by which two pictures differ much.
func Differing(a, b *image.Gray) int {
	if a.Bounds() != b.Bounds() {
		return len(a.Pix)
	}
	n := 0
	for i := range a.Pix {
		if d := int(a.Pix[i]) - int(b.Pix[i]); d > muchGray || d < -muchGray {
			n++
		}
	}
	return n
}

// Look compares the pages of a PDF with the pictures testdata/look/NAME-n.png.
func Look(t *testing.T, name string, pdf []byte) {
	t.Helper()
	pages := Pictures(t, pdf, resolution)
	for i, page := range pages {
		file := filepath.Join("testdata", "look", fmt.Sprintf("%s-%d.png", name, i+1))
		if *update {
			write(t, file, page)
			continue
		}
		if n := Differing(page, picture(t, file)); n > len(page.Pix)/fewPoints {
			t.Errorf("%s: %d of %d points differ", file, n, len(page.Pix))
		}
	}
	if _, err := os.Stat(filepath.Join("testdata", "look", fmt.Sprintf("%s-%d.png", name, len(pages)+1))); err == nil && !*update {
		t.Errorf("%s lost a page", name)
	}
}

func write(t testing.TB, name string, page *image.Gray) {
	t.Helper()
	var b bytes.Buffer
	small := image.NewPaletted(page.Bounds(), greys())
	draw.Draw(small, small.Bounds(), page, image.Point{}, draw.Src)
	enc := png.Encoder{CompressionLevel: png.BestCompression}
	if err := enc.Encode(&b, small); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, b.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}

// greys are sixteen steps, enough for a comparison that forgives more.
func greys() (p color.Palette) {
	for i := range 16 {
		p = append(p, color.Gray{Y: uint8(i * 17)})
	}
	return p
}

// Text gives the words of a PDF in the order in which they are read, with the
// marks of direction left out.
func Text(t testing.TB, pdf []byte) string {
	t.Helper()
	out, err := exec.Command(Tool(t, "pdftotext"), "-enc", "UTF-8", save(t, pdf), "-").Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.Map(func(r rune) rune {
		if r >= 0x200e && r <= 0x200f || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 {
			return -1
		}
		return r
	}, string(out))
}

// Bytes gives everything that a PDF holds: its own bytes, and those of each of
// its streams (pages, fonts, metadata, attached files) as they are when
// nothing is compressed any more, the first of them first.
func Bytes(t testing.TB, pdf []byte) []byte {
	t.Helper()
	all := bytes.Clone(pdf)
	streams := 0
	for rest := pdf; ; {
		at := bytes.Index(rest, []byte("stream"))
		if at < 0 {
			break
		}
		rest = bytes.TrimLeft(rest[at+len("stream"):], "\r\n")
		z, err := zlib.NewReader(bytes.NewReader(rest))
		if err != nil {
			continue // not a compressed one, or the end of one
		}
		plain, err := io.ReadAll(z)
		if err != nil {
			continue
		}
		streams++
		all = append(append(all, '\n'), plain...)
	}
	if streams == 0 {
		t.Fatal("no stream of this file could be opened")
	}
	return all
}
