package print

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/jpeg"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/amana-platform/amana/kernel/fault"
)

// words is the text of the sample documents, which lives in testdata.
type words struct {
	Title, Contents, P1, P2, P3, P4, FR, QR, Stamp, Vowels string
	HeadFR                                                 []string `json:"head_fr"`
	HeadAR                                                 []string `json:"head_ar"`
	PageOf                                                 string   `json:"page_of"`
	Facts                                                  [][]string
	Columns, List, Roles, Names, H                         []string
	Rows                                                   [][]string
}

func readWords(t testing.TB) words {
	var w words
	load(t, "report.json", &w)
	return w
}

var issued = time.Date(2026, 11, 22, 10, 45, 0, 0, time.UTC)

func paragraphs(lines []string, a Align) []Block {
	var out []Block
	for _, l := range lines {
		out = append(out, Paragraph{Text: B(l), Align: a, Size: 95})
	}
	return out
}

// report is a hearing report with everything in it.
func report(w words) *Document {
	facts := Facts{}
	for i, f := range w.Facts {
		value := Ident(f[1])
		if i == 1 {
			value = Marked("name", T(f[1]))
		}
		facts = append(facts, Fact{Label: T(f[0]), Value: value})
	}
	table := Table{Columns: []Column{{Head: T(w.Columns[0])}, {Head: T(w.Columns[1]), Weight: 5}, {Head: T(w.Columns[2]), Weight: 2}, {Head: T(w.Columns[3]), Align: End}}}
	for range 9 {
		for _, r := range w.Rows {
			table.Rows = append(table.Rows, []Text{T(r[0]), T(r[1]), T(r[2]), Ident(r[3])})
		}
	}
	hearing := Paragraph{Align: Justified, Text: Join(T(w.P1), Ident("JB123456"), T(w.P2), Ident("12345-\u0623-6"), T(w.P3), Ident("y.benali@example.ma"), T(w.P4))}
	rights := List{Ordered: true}
	for _, l := range w.List {
		rights.Items = append(rights.Items, T(l))
	}
	return &Document{
		ID: "2026/DPJ-AGA/000123", Title: w.Title, Author: w.HeadFR[1], Lang: "ar", Created: issued, Size: A4,
		PageOf: w.PageOf, Header: Band{Start: T(w.Title), End: Ident("2026/DPJ-AGA/000123")}, Footer: Band{Start: Ident("JRN-5C1E-99A0")},
		Stamps: []Stamp{{Text: T(w.Stamp), Framed: true}},
		Blocks: []Block{
			Bilingual{Langs: [2]string{"ar", "fr"}, Rows: [][2][]Block{{paragraphs(w.HeadAR, Center), paragraphs(w.HeadFR, Center)}}},
			Rule{}, Heading{Text: T(w.Title)}, facts, Contents{Title: T(w.Contents)},
			Heading{Level: 1, Text: T(w.H[0])}, hearing, Paragraph{Text: T(w.Vowels)},
			Framed{Blocks: []Block{Heading{Level: 2, Text: T(w.H[2])}, rights}},
			Heading{Level: 1, Text: T(w.H[1])}, table,
			Section{Lang: "fr", Blocks: []Block{Heading{Level: 1, Text: T(w.H[3])}, Paragraph{Text: T(w.FR), Align: Justified}}},
			Signatures{{Role: T(w.Roles[0]), Name: T(w.Names[0])}, {Role: T(w.Roles[1]), Name: T(w.Names[1])}},
			QR{Content: "https://amana.example/p/5c1e99a0#k=0123456789abcdef0123456789abcdef", Caption: T(w.QR)},
		},
	}
}

func TestRenderIsDeterministic(t *testing.T) {
	w := readWords(t)
	first, err := Render(report(w), Attachment{Name: "proof.json", MIME: "application/json", Data: []byte(`{"a":1}`)})
	if err != nil {
		t.Fatal(err)
	}
	second, err := Render(report(w), Attachment{Name: "proof.json", MIME: "application/json", Data: []byte(`{"a":1}`)})
	if err != nil {
		t.Fatal(err)
	}
	if string(first) != string(second) {
		t.Error("equal documents gave different bytes")
	}
}

func TestBadInputIsRefused(t *testing.T) {
	huge := pngHeader(60000, 60000)
	for key, b := range map[string]Block{
		"print.image.malformed": Image{Data: []byte("GIF89a")},
		"print.image.too-large": Image{Data: huge},
		"print.qr.too-long":     QR{Content: strings.Repeat("\x01", 4000)},
	} {
		d := small()
		d.Blocks = []Block{Section{Blocks: []Block{b}}}
		if _, err := Render(d); fault.Of(err).Key != key {
			t.Errorf("%s: %v", key, err)
		}
	}
	d := small()
	for range maxPages + 1 {
		d.Blocks = append(d.Blocks, PageBreak{}, Paragraph{Text: T("x")})
	}
	if _, err := Render(d); fault.Of(err).Key != "print.too-long" {
		t.Errorf("too long: %v", err)
	}
}

// pngHeader is a picture that says it is large and has no more to say.
func pngHeader(w, h uint32) []byte {
	chunk := append([]byte("IHDR"), 0, 0, 0, 0, 0, 0, 0, 0, 8, 2, 0, 0, 0)
	binary.BigEndian.PutUint32(chunk[4:], w)
	binary.BigEndian.PutUint32(chunk[8:], h)
	out := append([]byte("\x89PNG\r\n\x1a\n\x00\x00\x00\x0d"), chunk...)
	return binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(chunk))
}

func TestJPEGIsEmbeddedAsItIs(t *testing.T) {
	for _, img := range []image.Image{image.NewYCbCr(image.Rect(0, 0, 16, 8), image.YCbCrSubsampleRatio420), image.NewGray(image.Rect(0, 0, 16, 8))} {
		var b bytes.Buffer
		if err := jpeg.Encode(&b, img, nil); err != nil {
			t.Fatal(err)
		}
		d := small()
		d.Blocks = []Block{Image{Data: b.Bytes(), Height: 20}, Image{Data: b.Bytes(), Height: 500}}
		data, err := Render(d)
		if err != nil {
			t.Fatal(err)
		}
		if n := bytes.Count(data, b.Bytes()); n != 1 {
			t.Errorf("%T: embedded %d times, want once", img, n)
		}
	}
}

// Documents made of anything are set without a panic, and the same each time.
func TestAnythingIsSet(t *testing.T) {
	text := rapid.Custom(func(t *rapid.T) Text {
		s := rapid.String().Draw(t, "s")
		return Text{{Text: s, Bold: rapid.Bool().Draw(t, "b"), Mono: rapid.Bool().Draw(t, "m"), Ident: rapid.Bool().Draw(t, "i")}, {Text: s}}
	})
	rapid.Check(t, func(t *rapid.T) {
		one, two := text.Draw(t, "one"), text.Draw(t, "two")
		d := &Document{
			Title: one.String(), Lang: rapid.SampledFrom([]string{"ar", "fr", "en", ""}).Draw(t, "lang"), Created: issued,
			Size: rapid.SampledFrom([]Size{A4, A5, Label}).Draw(t, "size"), PageOf: "{page}", Stamps: []Stamp{{Text: two}},
			Blocks: []Block{Heading{Text: one}, Heading{Level: 9, Text: two}, Contents{}, Paragraph{Text: one, Align: Justified}, Facts{{one, two}},
				Table{Columns: []Column{{Head: one}, {}}, Rows: [][]Text{{one, two, two}, {}}}, List{Items: []Text{one}}, Signatures{}, Signatures{{Role: one}},
				Framed{}, Bilingual{Langs: [2]string{"fr", "ar"}, Rows: [][2][]Block{{{Heading{Level: 1, Text: one}}, nil}}}, Blackout{Label: two}, Space(5), Rule{}},
		}
		first, err := Render(d)
		if err != nil {
			t.Fatal(err)
		}
		if second, err := Render(d); err != nil || !bytes.Equal(first, second) {
			t.Fatal("not the same twice", err)
		}
	})
}

func TestTextsAreComplete(t *testing.T) {
	keys := map[string]string{}
	for _, lang := range []string{"ar", "fr", "en"} {
		data, err := Texts.ReadFile("text/" + lang + ".toml")
		if err != nil {
			t.Fatal(err)
		}
		var found []string
		for _, line := range strings.Split(string(data), "\n") {
			if key, _, ok := strings.Cut(line, " = "); ok || strings.HasPrefix(line, "[") {
				found = append(found, key)
			}
		}
		keys[lang] = strings.Join(found, "\n")
	}
	if keys["ar"] != keys["fr"] || keys["en"] != keys["fr"] {
		t.Errorf("the languages differ: %q", keys)
	}
}

func BenchmarkReport(b *testing.B) {
	d := report(readWords(b))
	for b.Loop() {
		if _, err := Render(d); err != nil {
			b.Fatal(err)
		}
	}
}
