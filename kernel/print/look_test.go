package print

import (
	"bytes"
	"flag"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"unicode"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"
)

var update = flag.Bool("update", false, "write the golden pictures anew; look at each before committing it")

// poppler finds one of Poppler's programs, or skips the test where nobody
// promised it.
func poppler(t *testing.T, name string) string {
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

// save renders a document into a temporary file.
func save(t *testing.T, d *Document, attachments ...Attachment) string {
	t.Helper()
	data, err := Render(d, attachments...)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "d.pdf")
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// pictures draws a document's pages at a resolution in dots per inch.
func pictures(t *testing.T, file string, dpi int) []*image.Gray {
	t.Helper()
	stem := filepath.Join(t.TempDir(), "p")
	if out, err := exec.Command(poppler(t, "pdftoppm"), "-gray", "-png", "-r", fmt.Sprint(dpi), file, stem).CombinedOutput(); err != nil || len(out) > 0 {
		t.Fatalf("pdftoppm: %v %s", err, out)
	}
	names, err := filepath.Glob(stem + "*.png")
	if err != nil {
		t.Fatal(err)
	}
	var pages []*image.Gray
	for _, name := range names {
		pages = append(pages, readPicture(t, name))
	}
	return pages
}

func readPicture(t *testing.T, name string) *image.Gray {
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

// Golden pictures are small; a page agrees if few of its points differ much.
const (
	goldenDPI = 60
	muchGray  = 60  // of 255
	fewPoints = 400 // one point in so many
)

func differing(a, b *image.Gray) int {
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

func TestPagesLookAsTheyDid(t *testing.T) {
	for name, d := range samples(t) {
		for i, page := range pictures(t, save(t, d), goldenDPI) {
			golden := fmt.Sprintf("testdata/golden/%s-%d.png", name, i+1)
			if *update {
				writeGolden(t, golden, page)
				continue
			}
			if n := differing(page, readPicture(t, golden)); n > len(page.Pix)/fewPoints {
				t.Errorf("%s: %d of %d points differ", golden, n, len(page.Pix))
			}
		}
	}
}

func writeGolden(t *testing.T, name string, page *image.Gray) {
	t.Helper()
	var b bytes.Buffer
	enc := png.Encoder{CompressionLevel: png.BestCompression}
	small := image.NewPaletted(page.Bounds(), greys())
	draw.Draw(small, small.Bounds(), page, image.Point{}, draw.Src)
	if err := enc.Encode(&b, small); err != nil {
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

// The comparison must see what it is there for: Arabic letters in the wrong order.
func TestGoldenSeesWrongOrder(t *testing.T) {
	d := report(readWords(t))
	for i, b := range d.Blocks {
		if p, ok := b.(Paragraph); ok {
			p.Text = T(reversed(p.Text.String()))
			d.Blocks[i] = p
		}
	}
	page := pictures(t, save(t, d), goldenDPI)[0]
	if n := differing(page, readPicture(t, "testdata/golden/report-1.png")); n <= len(page.Pix)/fewPoints {
		t.Errorf("only %d of %d points differ", n, len(page.Pix))
	}
}

func reversed(s string) string {
	r := []rune(s)
	for i, j := 0, len(r)-1; i < j; i, j = i+1, j-1 {
		r[i], r[j] = r[j], r[i]
	}
	return string(r)
}

// textOf gives what pdftotext reads, its direction marks as spaces and with
// single spaces.
func textOf(t *testing.T, file string) string {
	t.Helper()
	out, err := exec.Command(poppler(t, "pdftotext"), file, "-").Output()
	if err != nil {
		t.Fatal(err)
	}
	clean := strings.NewReplacer("\u202a", " ", "\u202b", " ", "\u202c", " ", "\u00a0", " ").Replace(string(out))
	return strings.Join(strings.Fields(clean), " ")
}

// Every word is found, letter by letter in the order of reading: also words
// whose letters are joined into one sign, or carry vowels. Where Poppler puts
// the points and brackets between two directions is its own guess.
func TestArabicIsFoundInThePDF(t *testing.T) {
	w := readWords(t)
	found := map[string]bool{}
	for _, word := range wordsOf(textOf(t, save(t, report(w)))) {
		found[word] = true
	}
	all := append([]string{w.Title, w.P1, w.P2, w.P3, w.P4, w.FR, w.Vowels, w.Stamp, w.QR}, append(w.HeadAR, w.List...)...)
	for _, text := range append(append(all, w.H...), "JB123456 2026 DPJ AGA 000123 y.benali example.ma") {
		for _, word := range wordsOf(text) {
			if !found[word] {
				t.Errorf("%q cannot be found", word)
			}
		}
	}
}

func wordsOf(s string) []string {
	return strings.FieldsFunc(s, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.Is(unicode.Mn, r) })
}

func TestFontsAreEmbedded(t *testing.T) {
	out, err := exec.Command(poppler(t, "pdffonts"), save(t, report(readWords(t)))).CombinedOutput()
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")[2:]
	if len(lines) != 5 {
		t.Errorf("%d fonts, want 5:\n%s", len(lines), out)
	}
	for _, line := range lines {
		if !strings.Contains(line, "IBMPlex") || !strings.Contains(line, "yes yes yes") { // embedded, subset, Unicode
			t.Error(line)
		}
	}
}

func TestContentsTellThePages(t *testing.T) {
	f := readForms(t)
	got := textOf(t, save(t, dossier(t, nil)))
	if !strings.Contains(got, "2. "+f.Annex) || !strings.Contains(got, "Page 2 sur 2") {
		t.Error(got)
	}
	d := dossier(t, nil)
	j := pageNumbers(t, d)
	if want := []int{1, 1, 2}; fmt.Sprint(j) != fmt.Sprint(want) {
		t.Errorf("headings on pages %v, want %v", j, want)
	}
}

// pageNumbers reads the numbers at the end of each line of the contents.
func pageNumbers(t *testing.T, d *Document) []int {
	t.Helper()
	out, err := exec.Command(poppler(t, "pdftotext"), "-layout", save(t, d), "-").Output()
	if err != nil {
		t.Fatal(err)
	}
	var pages []int
	for _, line := range strings.Split(string(out), "\n")[1:] {
		fields := strings.Fields(line)
		var n int
		if len(fields) < 2 {
			continue
		}
		if _, err := fmt.Sscan(fields[len(fields)-1], &n); err != nil || len(pages) == 3 {
			break
		}
		pages = append(pages, n)
	}
	return pages
}

func TestCodeIsReadFromThePicture(t *testing.T) {
	f := readForms(t)
	for name, d := range map[string]*Document{"receipt": receipt(t), "label": label(t)} {
		page := pictures(t, save(t, d), 300)[0]
		if got := decode(t, page); got != proofText {
			t.Errorf("%s: %q", name, got)
		}
	}
	long := strings.Repeat("0123456789abcdef", 19)[:300]
	d := &Document{Title: f.TitleFR, Lang: "fr", Created: issued, Size: A5, Blocks: []Block{QR{Content: long, Size: 40}}}
	if got := decode(t, pictures(t, save(t, d), 300)[0]); got != long {
		t.Errorf("300 bytes: %q", got)
	}
}

func decode(t *testing.T, page image.Image) string {
	t.Helper()
	bits, err := gozxing.NewBinaryBitmapFromImage(page)
	if err != nil {
		t.Fatal(err)
	}
	found, err := qrcode.NewQRCodeReader().Decode(bits, map[gozxing.DecodeHintType]any{gozxing.DecodeHintType_TRY_HARDER: true})
	if err != nil {
		t.Fatal(err)
	}
	return found.GetText()
}
