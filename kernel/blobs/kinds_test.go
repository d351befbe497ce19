package blobs

import (
	"archive/zip"
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"io"
	"strings"
	"testing"

	"github.com/amana-platform/amana/kernel/fault"
)

// smallWebP is one lossless pixel.
const smallWebP = "UklGRhoAAABXRUJQVlA4TA0AAAAvAAAAEAcQERGIiP4HAA=="

// quarters is a picture whose four quarters are red, green, blue and half
// transparent black.
func quarters(w, h int) *image.NRGBA {
	img := image.NewNRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			img.SetNRGBA(x, y, [2][2]color.NRGBA{
				{{255, 0, 0, 255}, {0, 255, 0, 255}}, {{0, 0, 255, 255}, {0, 0, 0, 128}},
			}[2*y/h][2*x/w])
		}
	}
	return img
}

func jpegOf(t testing.TB, w, h int) []byte {
	var b bytes.Buffer
	if err := jpeg.Encode(&b, quarters(w, h), &jpeg.Options{Quality: 95}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func pngOf(t testing.TB, w, h int) []byte {
	var b bytes.Buffer
	if err := png.Encode(&b, quarters(w, h)); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func zipOf(t testing.TB, names ...string) []byte {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, name := range names {
		f, err := w.Create(name)
		if err == nil {
			_, err = f.Write([]byte("<xml/>"))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func boxOf(kind string, content ...[]byte) []byte {
	body := bytes.Join(content, nil)
	return append(append(binary.BigEndian.AppendUint32(nil, uint32(8+len(body))), kind...), body...)
}

func ftyp(brand string) []byte { return boxOf("ftyp", []byte(brand), make([]byte, 4), []byte("mif1")) }

func ispe(w, h uint32) []byte {
	return boxOf("ispe", make([]byte, 4), binary.BigEndian.AppendUint32(nil, w), binary.BigEndian.AppendUint32(nil, h))
}

func heicOf(sizes ...[]byte) []byte {
	return append(ftyp("heic"), boxOf("meta", make([]byte, 4), boxOf("hdlr", []byte("pict")), boxOf("iprp", boxOf("ipco", sizes...)))...)
}

func onePixel(t testing.TB) []byte {
	b, err := base64.StdEncoding.DecodeString(smallWebP)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// samples gives a file of each kind, by MIME type.
func samples(t testing.TB) map[string][]byte {
	return map[string][]byte{
		"image/jpeg":      jpegOf(t, 40, 30),
		"image/png":       pngOf(t, 40, 30),
		"image/webp":      onePixel(t),
		"image/heic":      heicOf(ispe(512, 512), ispe(4032, 3024)),
		"application/pdf": []byte("%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n"),
		"video/mp4":       append(ftyp("isom"), boxOf("mdat", make([]byte, 50))...),
		"video/quicktime": append(ftyp("qt  "), boxOf("mdat")...),
		"video/3gpp":      append(ftyp("3gp5"), boxOf("mdat")...),
		"audio/mp4":       append(ftyp("M4A "), boxOf("mdat")...),
		"video/webm":      []byte("\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01\x42\x82\x84webm\x42\x87\x81\x02"),
		"audio/mpeg":      []byte("\xff\xfb\x90\x64\x00\x00\x00\x00"),
		"audio/wav":       []byte("RIFF\x24\x00\x00\x00WAVEfmt \x10\x00\x00\x00"),
		"audio/ogg":       []byte("OggS\x00\x02\x00\x00\x00\x00\x00\x00"),
		"application/vnd.openxmlformats-officedocument.wordprocessingml.document": zipOf(t, "[Content_Types].xml", "word/document.xml"),
		"text/plain": []byte("\u0634\u0643\u0627\u064a\u0629 rédigée à Salé\r\n\tpage 1\f"),
	}
}

func (b bench) offer(t testing.TB, name, mime string, data []byte, limits Limits) (Info, error) {
	t.Helper()
	return b.Put(t.Context(), Offer{Subject: "person/1", Name: name, MIME: mime}, bytes.NewReader(data), limits)
}

func TestEveryKindIsToldByItsContent(t *testing.T) {
	b := openAt(t, onDisk(t))
	all := samples(t)
	for _, k := range Kinds() {
		data, ok := all[k.MIME]
		if !ok {
			t.Errorf("no sample of %s", k.MIME)
			continue
		}
		for _, declared := range append([]string{k.MIME, "", "application/octet-stream", k.MIME + "; charset=utf-8"}, k.Also...) {
			info, err := b.offer(t, "A FILE."+strings.ToUpper(k.Extensions[0]), declared, data, Limits{})
			if err != nil || info.MIME != k.MIME {
				t.Errorf("%s declared as %q: %q, %v", k.MIME, declared, info.MIME, err)
			}
		}
		if _, err := b.offer(t, "", "", data, Limits{Kinds: []string{"none/such"}}); key(err) != "blobs.type-refused" {
			t.Errorf("%s, not allowed: %v", k.MIME, err)
		}
	}
}

func TestNoKindPassesForAnother(t *testing.T) {
	b := openAt(t, onDisk(t))
	before := len(b.listed(t))
	all := samples(t)
	for _, is := range Kinds() {
		for _, says := range Kinds() {
			if is.MIME == says.MIME {
				continue
			}
			if _, err := b.offer(t, "x."+says.Extensions[0], "", all[is.MIME], Limits{}); key(err) != "blobs.type-mismatch" {
				t.Errorf("%s named as %s: %v", is.MIME, says.MIME, err)
			}
			if _, err := b.offer(t, "x", says.MIME, all[is.MIME], Limits{}); key(err) != "blobs.type-mismatch" {
				t.Errorf("%s declared as %s: %v", is.MIME, says.MIME, err)
			}
		}
	}
	if n := len(b.listed(t)); n != before {
		t.Errorf("%d refused files were kept", n-before)
	}
}

func TestWhatIsNotTaken(t *testing.T) {
	b := openAt(t, onDisk(t))
	longText := append(letters(2*sniffSize), 0)
	for _, c := range []struct {
		what, name string
		data       []byte
		want       string
	}{
		{"nothing", "a.txt", nil, "blobs.empty"},
		{"a program", "a", []byte("\x7fELF\x02\x01\x01\x00"), "blobs.type-unknown"},
		{"a program named as one", "a.exe", []byte("MZ\x90\x00\x03\x00"), "blobs.type-unknown"},
		{"a program named as a PDF", "a.pdf", []byte("MZ\x90\x00\x03\x00"), "blobs.type-mismatch"},
		{"a picture named as a program", "a.exe", jpegOf(t, 4, 4), "blobs.type-mismatch"},
		{"a PDF after rubbish", "a.pdf", []byte("\x00\x00%PDF-1.7"), "blobs.type-mismatch"},
		{"text with a NUL", "a.txt", []byte("abc\x00"), "blobs.type-mismatch"},
		{"text with a NUL far on", "a.txt", longText, "blobs.broken"},
		{"text in another encoding far on", "a.txt", append(letters(2*sniffSize), 0xe9, ' '), "blobs.broken"},
		{"text in another encoding", "a.txt", []byte("d\xe9position"), "blobs.type-mismatch"},
		{"an archive named as a document", "a.docx", zipOf(t, "a.exe"), "blobs.type-mismatch"},
		{"a document with programs", "a.docx", zipOf(t, "word/document.xml", "word/vbaProject.bin"), "blobs.broken"},
		{"half a document", "a.docx", zipOf(t, "word/document.xml")[:40], "blobs.broken"},
		{"half a picture's head", "a.jpg", jpegOf(t, 40, 30)[:30], "blobs.broken"},
		{"three bytes of a picture", "a.jpg", []byte("\xff\xd8\xff"), "blobs.broken"},
		{"HEIC without dimensions", "a.heic", heicOf(), "blobs.broken"},
		{"HEIC with a box past its end", "a.heic", append(ftyp("heic"), 0, 0, 1, 0, 'm', 'e', 't', 'a'), "blobs.broken"},
		{"HEIC of no width", "a.heic", heicOf(ispe(0, 9)), "blobs.broken"},
		{"HEIC bomb", "a.heic", heicOf(ispe(1<<20, 1<<20)), "blobs.too-many-pixels"},
		{"PNG bomb", "a.png", pngHead(60_000, 60_000), "blobs.too-many-pixels"},
		{"folder in the name", "../a.txt", letters(5), "blobs.name"},
		{"turned name", "a\u202etxt.exe", letters(5), "blobs.name"},
		{"control character", "a\n.txt", letters(5), "blobs.name"},
		{"name not UTF-8", "a\xff.txt", letters(5), "blobs.name"},
		{"endless name", strings.Repeat("a", 256), letters(5), "blobs.name"},
	} {
		if _, err := b.offer(t, c.name, "", c.data, Limits{}); key(err) != c.want {
			t.Errorf("%s: %v, want %s", c.what, err, c.want)
		}
	}
	if _, err := b.offer(t, "a.txt", "no type at all;;", letters(5), Limits{}); key(err) != "blobs.type-mismatch" {
		t.Error("a malformed declared type")
	}
	if n := len(b.listed(t)); n != 0 {
		t.Errorf("%d refused files were kept", n)
	}
}

func TestLimitsHoldToTheByteAndPixel(t *testing.T) {
	b := openAt(t, onDisk(t))
	if _, err := b.offer(t, "a.txt", "", letters(5000), Limits{Bytes: 5000}); err != nil {
		t.Error(err)
	}
	_, err := b.offer(t, "a.txt", "", letters(5001), Limits{Bytes: 5000})
	if !fault.Is(err, fault.TooLarge) || key(err) != "blobs.too-large" {
		t.Error(err)
	}
	info, err := b.offer(t, "a.png", "", pngOf(t, 40, 30), Limits{Pixels: 1200})
	if err != nil || info.Width != 40 || info.Height != 30 {
		t.Errorf("%+v, %v", info, err)
	}
	_, err = b.offer(t, "a.png", "", pngOf(t, 40, 30), Limits{Pixels: 1199})
	if !fault.Is(err, fault.TooLarge) || key(err) != "blobs.too-many-pixels" {
		t.Error(err)
	}
	if _, err := b.offer(t, "a.png", "", pngHead(10_000, 10_000), Limits{}); err != nil {
		t.Errorf("exactly MaxPixels: %v", err)
	}
}

func TestHEICTakesItsLargestDimensions(t *testing.T) {
	b := openAt(t, onDisk(t))
	info, err := b.offer(t, "a.heic", "", heicOf(ispe(512, 512), ispe(4032, 3024), ispe(320, 240)), Limits{})
	if err != nil || info.Width != 4032 || info.Height != 3024 {
		t.Errorf("%+v, %v", info, err)
	}
}

func TestNamesWithoutAnExtension(t *testing.T) {
	for name, want := range map[string]string{
		"": "", "PV": "", "PV 12.2026": "", "a.JPG": "jpg", "a.tar.gz": "gz", "a.": "", "a. b": "", "a.\u062a": "", ".profile": "profile", "a.mp4": "mp4",
	} {
		if got := extension(name); got != want {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
}

// FuzzKinds gives any bytes under any name: nothing may panic, and what is
// taken must be of the kind that is said.
func FuzzKinds(f *testing.F) {
	for mime, data := range samples(f) {
		f.Add("a", mime, data)
	}
	f.Add("a.heic", "", append(ftyp("heic"), boxOf("meta", make([]byte, 4), boxOf("iprp", []byte{0, 0, 0, 1, 'i', 'p', 'c', 'o', 255, 255, 255, 255, 255, 255, 255, 255}))...))
	f.Add("a.docx", "", zipOf(f, "a"))
	b := openAt(f, f.TempDir())
	f.Fuzz(func(t *testing.T, name, mime string, data []byte) {
		info, err := b.Put(t.Context(), Offer{Subject: "s", Name: name, MIME: mime}, bytes.NewReader(data), Limits{Pixels: 1 << 20})
		if err != nil {
			if fault.Is(err, fault.Internal) || fault.Is(err, fault.Unavailable) {
				t.Errorf("not a refusal: %v", err)
			}
			return
		}
		r := must(b.Open(t.Context(), info))(t)
		defer r.Close()
		if got, err := io.ReadAll(r); err != nil || !bytes.Equal(got, data) {
			t.Errorf("%v", err)
		}
		if err := b.Delete(t.Context(), info.Address); err != nil {
			t.Error(err)
		}
	})
}
