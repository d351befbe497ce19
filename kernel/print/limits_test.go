package print

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"slices"
	"strings"
	"testing"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/print/internal/pdf"
	"github.com/amana-platform/amana/kernel/print/internal/typeset"
)

// pageCount renders a document and counts its pages.
func pageCount(t *testing.T, d *Document) int {
	t.Helper()
	data, err := Render(d)
	if err != nil {
		t.Fatal(err)
	}
	r, err := pdf.Open(data)
	if err != nil {
		t.Fatal(err)
	}
	return len(dictOf(t, r, dictOf(t, r, r.Trailer["Root"])["Pages"])["Kids"].(pdf.Array))
}

// TestEmptyPartsAreSet: a field that nobody filled in leaves a sheet, not a fault, on
// paper and on a roll, in each direction.
func TestEmptyPartsAreSet(t *testing.T) {
	blank := Text{{}, {Mark: "name"}}
	blocks := []Block{
		Heading{Level: 1, Text: blank}, Heading{}, Paragraph{Text: blank, Align: Justified},
		Facts{}, Facts{{blank, nil}}, Table{}, Table{Columns: []Column{{Head: T("a")}}},
		Table{Columns: []Column{{}, {}}, Rows: [][]Text{{}, nil}}, List{}, List{Ordered: true, Items: []Text{nil}},
		Signatures{}, Signatures{{}}, QR{}, Blackout{}, Contents{}, Section{},
		Framed{}, Bilingual{}, Bilingual{Rows: [][2][]Block{{}}}, Space(0), Space(-9),
	}
	for _, lang := range []string{"ar", ""} {
		for _, size := range []Size{A4, Label} {
			d := &Document{Lang: lang, Created: issued, Size: size, PageOf: " ", Header: Band{Start: blank, End: blank}, Footer: Band{Middle: blank},
				Stamps: []Stamp{{Framed: true}, {Text: blank}}, Redact: Redaction{"name": ""}, Blocks: blocks}
			if n := pageCount(t, d); n != 1 {
				t.Errorf("in %q on %d mm: %d pages", lang, size.Width, n)
			}
		}
	}
}

// TestVeryLongWordsAreDivided: no line is wider than its column, nothing is lost, and
// no line is empty, in either script and in a column of one letter too.
func TestVeryLongWordsAreDivided(t *testing.T) {
	for _, lang := range []string{"ar", "fr"} {
		f := column(t, lang, 0)
		for name, word := range map[string]string{
			"Latin": strings.Repeat("incompressible", 30), "Arabic": strings.Repeat("\u0628\u062a\u0646\u0645", 100), "digits": strings.Repeat("0123456789", 30),
			"mixed": strings.Repeat("ab\u0628\u062a12", 60), "one letter": "W", "an address": "https://amana.example/" + strings.Repeat("a/", 200),
		} {
			p := f.shape(Join(T(word), Ident(word)), f.look())
			for _, width := range []typeset.Length{12 * typeset.Pt, 200 * typeset.Pt} {
				lines, sum := p.Break(width), typeset.Length(0)
				for i, l := range lines {
					sum += l.Width
					if l.Width > width && len(l.Clusters) > 1 || len(l.Clusters) == 0 {
						t.Errorf("%s in %s, %d wide: line %d of %d is %d wide with %d letters", name, lang, width, i+1, len(lines), l.Width, len(l.Clusters))
					}
				}
				if whole := p.Width(); sum != whole {
					t.Errorf("%s in %s, %d wide: %d of %d set", name, lang, width, sum, whole)
				}
			}
		}
	}
}

// TestVeryLongWordsStayOnTheSheet: in every block that takes text.
func TestVeryLongWordsStayOnTheSheet(t *testing.T) {
	long := T(strings.Repeat("incompressible", 12))
	blocks := []Block{
		Heading{Text: long}, Paragraph{Text: long}, Paragraph{Text: long, Align: End, Size: 200}, Facts{{long, long}},
		Table{Columns: []Column{{Head: long}, {Head: long}, {Head: T("a")}}, Rows: [][]Text{{long, T("b"), long}}}, List{Items: []Text{long}},
		Signatures{{long, long, long}, {long, long, long}, {long, nil, nil}}, QR{Content: "1", Caption: long}, Framed{[]Block{Paragraph{Text: long}}},
		Bilingual{Langs: [2]string{"fr", "ar"}, Rows: [][2][]Block{{{Paragraph{Text: long}}, {Paragraph{Text: long}}}}},
	}
	for lang, size := range map[string]Size{"ar": A5, "fr": Label} {
		edge := float64(size.Margin)*72/25.4 - 1
		for n, page := range found(t, &Document{Lang: lang, Created: issued, Size: size, Blocks: blocks}) {
			for _, w := range page.Words {
				if w.Left < edge || w.Right > page.Width-edge || w.Top < 0 || w.Bottom > page.Height {
					t.Errorf("%s, %d mm, page %d: %+v leaves the margins", lang, size.Width, n+1, w)
				}
			}
		}
	}
}

// TestWhereAPageBegins: a break at the head of the paper makes no empty sheet, one
// between blocks makes one sheet more, a roll is one piece however long its text.
func TestWhereAPageBegins(t *testing.T) {
	x := Paragraph{Text: T("x")}
	tall := Space(A5.Height - 2*A5.Margin - 20)
	for _, c := range []struct {
		name   string
		blocks []Block
		want   int
	}{
		{"nothing", nil, 1}, {"a break alone", []Block{PageBreak{}}, 1}, {"a break first", []Block{PageBreak{}, x}, 1}, {"a break between", []Block{x, PageBreak{}, x}, 2},
		{"white that fits", []Block{x, tall}, 1}, {"white that does not", []Block{x, Space(999)}, 1}, {"white before text", []Block{Space(999), x}, 1},
		{"text after white", []Block{x, tall, x, x, x, x, x, x}, 2}, {"a break in a section", []Block{x, Section{Lang: "ar", Blocks: []Block{PageBreak{}, x}}}, 2},
		{"three hundred lines", slices.Repeat([]Block{x}, 300), 10},
	} {
		if n := pageCount(t, &Document{Lang: "fr", Created: issued, Size: A5, Blocks: c.blocks}); n != c.want {
			t.Errorf("%s: %d pages, want %d", c.name, n, c.want)
		}
	}
	if n := pageCount(t, &Document{Lang: "ar", Created: issued, Size: Label, Blocks: slices.Repeat([]Block{x}, 120)}); n != 1 {
		t.Errorf("a roll of %d pieces", n)
	}
}

// TestMixedLinesStandInReadingOrder: what is written from the left stays so inside a
// line of Arabic and the other way round; an identifier is never turned about.
func TestMixedLinesStandInReadingOrder(t *testing.T) {
	lines, want := map[string][]Block{}, map[string][]string{}
	bbb, ttt := "\u0628\u0628\u0628", "\u062a\u062a\u062a"
	for _, c := range []struct {
		name, lang string // the first says what the line is
		text       Text
		want       string // from left to right
	}{
		{"Latin in Arabic", "ar", T(bbb + " aaa bbb " + ttt), ttt + " aaa bbb " + bbb},
		{"Arabic in French", "fr", T("aaa " + bbb + " " + ttt + " bbb"), "aaa " + ttt + " " + bbb + " bbb"},
		{"Latin first in Arabic", "ar", T("aaa " + bbb), bbb + " aaa"},
		{"Arabic first in French", "fr", T(bbb + " aaa"), bbb + " aaa"},
		{"two numbers in Arabic", "ar", T(bbb + " 12 34 " + ttt), ttt + " 34 12 " + bbb},
		{"an identifier of two numbers in Arabic", "ar", Join(T(bbb+" "), Ident("12 34"), T(" "+ttt)), ttt + " 12 34 " + bbb},
		{"an identifier in French", "fr", Join(T("aaa "), Ident("12 34"), T(" bbb")), "aaa 12 34 bbb"},
		{"bold parts in Arabic", "ar", Join(B("aaa"), T(" "), B(bbb), T(" "+ttt)), ttt + " " + bbb + " aaa"},
	} {
		lines[c.lang] = append(lines[c.lang], Paragraph{Text: c.text})
		want[c.lang] = append(want[c.lang], c.want)
	}
	for lang, blocks := range lines {
		if got := linesOf(one(t, lang, blocks...)); !slices.Equal(got, want[lang]) {
			t.Errorf("%s: %q, want %q", lang, got, want[lang])
		}
	}
}

// linesOf gives the lines of a sheet from the top, the words of each from the left.
func linesOf(s sheetOfWords) []string {
	const apart = 6 // points: more than faces of one line differ, less than lines do
	middle := func(w word) float64 { return (w.Top + w.Bottom) / 2 }
	words := slices.SortedFunc(slices.Values(s.Words), func(a, b word) int {
		if d := middle(a) - middle(b); d > apart || d < -apart {
			return int(d)
		}
		return int(100 * (a.Left - b.Left))
	})
	var lines []string
	for i, w := range words {
		if i == 0 || middle(w)-middle(words[i-1]) > apart {
			lines = append(lines, w.Text)
		} else {
			lines[len(lines)-1] += " " + w.Text
		}
	}
	return lines
}

// TestHowMuchACodeHolds: to the last byte, digit and letter of ISO/IEC 18004, table 7,
// at its second level of correction; one more is refused, and what a mark hides is not
// looked at.
func TestHowMuchACodeHolds(t *testing.T) {
	f := column(t, "fr", typeset.Mm(100))
	for name, c := range map[string]struct {
		sign string
		most int
	}{"bytes": {"a", 2331}, "digits": {"7", 5596}, "capitals": {"A", 3391}, "Arabic letters": {"\u0628", 2331 / 2}} {
		for more := range 2 {
			code := QR{Content: strings.Repeat(c.sign, c.most+more), Mark: "code"}
			if err := f.faultOf(code, nil); (err == nil) != (more == 0) || more > 0 && (fault.Of(err).Key != "print.qr.too-long" || !fault.Is(err, fault.Invalid)) {
				t.Errorf("%d %s: %v", c.most+more, name, err)
			}
			if err := f.faultOf(code, Redaction{"code": "ground"}); err != nil {
				t.Errorf("%d %s, hidden: %v", c.most+more, name, err)
			}
		}
	}
}

// faultOf sets a block by itself and gives what is wrong with it.
func (f *frame) faultOf(b Block, r Redaction) error {
	f.job.err, f.job.doc.Redact, f.job.out, f.job.pictures = nil, r, pdf.NewWriter(), map[string]pdf.Ref{}
	b.set(f)
	return f.job.err
}

// TestACodeKeepsToItsColumn: whatever size is asked for; the caption stands beside it
// where there is room, on the side to which the language reads, else below.
func TestACodeKeepsToItsColumn(t *testing.T) {
	f := column(t, "fr", typeset.Mm(100))
	for size, want := range map[int]int{0: 2, -5: 2, 40: 2, 95: 3, 9999: 3} {
		boxes := QR{Content: "1", Size: size, Caption: T("caption")}.set(f)
		side := typeset.Mm(min(max(size, 0), 100))
		if size <= 0 {
			side = typeset.Mm(defaultQR)
		}
		if len(boxes) != want || boxes[0].height != side || boxes[0].keep != (want == 3) {
			t.Errorf("%d mm: %d boxes, the first %d high (want %d), keeps %v", size, len(boxes), boxes[0].height, side, boxes[0].keep)
		}
	}
	for _, lang := range []string{"ar", "fr"} {
		caption := one(t, lang, QR{Content: "1", Caption: T("caption")}).find(t, "caption")
		code := float64(A5.Margin+defaultQR) * 72 / 25.4 // what the margin and the code take
		if right := caption.Left > code; lang == "fr" && !right || lang == "ar" && caption.Right > float64(A5.Width)*72/25.4-code {
			t.Errorf("%s: the caption stands at %v", lang, caption)
		}
	}
}

// encoded is a picture in a format.
func encoded(t *testing.T, kind string, img image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	var err error
	if kind == "png" {
		err = png.Encode(&b, img)
	} else {
		err = jpeg.Encode(&b, img, nil)
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestWhichPicturesAreTaken: every kind of PNG and JPEG, whole and not too large; what
// a mark hides is not looked at.
func TestWhichPicturesAreTaken(t *testing.T) {
	f, square := column(t, "fr", typeset.Mm(100)), image.Rect(0, 0, 4, 4)
	photo := encoded(t, "jpeg", image.NewGray(image.Rect(0, 0, 64, 64)))
	shape := encoded(t, "png", image.NewNRGBA(image.Rect(0, 0, 64, 64)))
	for name, c := range map[string]struct {
		data []byte
		key  string
	}{
		"one dot": {encoded(t, "png", image.NewGray(image.Rect(0, 0, 1, 1))), ""}, "sixteen bits": {encoded(t, "png", image.NewNRGBA64(square)), ""},
		"a palette": {encoded(t, "png", image.NewPaletted(square, color.Palette{color.Black, color.Transparent})), ""}, "a grey photo": {photo, ""},
		"a thin line": {encoded(t, "png", image.NewGray(image.Rect(0, 0, 4000, 1))), ""}, "a tall line": {encoded(t, "jpeg", image.NewGray(image.Rect(0, 0, 1, 4000))), ""},
		"nothing": {nil, "print.image.malformed"}, "text": {[]byte("picture"), "print.image.malformed"}, "half a PNG": {shape[:len(shape)/2], "print.image.malformed"},
		"half a JPEG": {photo[:len(photo)/2], "print.image.malformed"}, "a JPEG's head": {photo[:2], "print.image.malformed"},
		"no width": {pngHeader(0, 5), "print.image.malformed"}, "as large as may be": {pngHeader(maxPixels, 1), "print.image.malformed"},
		"a dot too large": {pngHeader(maxPixels+1, 1), "print.image.too-large"}, "absurd": {pngHeader(1<<31-1, 1<<31-1), "print.image"},
	} {
		photo := Image{Data: c.data, Mark: "photo", Caption: T("a")}
		if err := f.faultOf(photo, nil); (err == nil) != (c.key == "") || err != nil && !strings.HasPrefix(fault.Of(err).Key, c.key) {
			t.Errorf("%s: %v, want %q", name, err, c.key)
		}
		if err := f.faultOf(photo, Redaction{"photo": ""}); err != nil {
			t.Errorf("%s, hidden: %v", name, err)
		}
	}
}

// TestNamesOfAttachments: up to two hundred bytes, in any script and with any sign that
// a PDF uses itself; they are listed in order and come back whole.
func TestNamesOfAttachments(t *testing.T) {
	var names []string
	var files []Attachment
	for i, name := range []string{"(", ")", "\\", "<</Evil>>", "\u0645\u0644\u0641.json", strings.Repeat("x", maxName), strings.Repeat("\u0628", maxName/2), " ", "a/b", "..", "%", "\n", "\U0001f4ce"} {
		names = append(names, name)
		files = append(files, Attachment{Name: name, MIME: "text/plain; (x)", Relation: "Da ta/Evil (", Description: name, Data: fmt.Append(nil, i)})
	}
	data, err := Render(small(), files...)
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(names)
	if got, err := AttachedNames(data); err != nil || !slices.Equal(got, names) {
		t.Errorf("%q, %v", got, err)
	}
	for i, f := range files {
		if got, err := Attached(data, f.Name); err != nil || string(got) != fmt.Sprint(i) {
			t.Errorf("%q: %q, %v", f.Name, got, err)
		}
	}
	for _, name := range []string{"", strings.Repeat("x", maxName+1), strings.Repeat("\u0628", maxName/2) + "x", "a\xffb"} {
		if _, err := Render(small(), Attachment{Name: name}); fault.Of(err).Key != "print.attachment.name" || !fault.Is(err, fault.Invalid) {
			t.Errorf("%q: %v", name, err)
		}
	}
}

// TestAnAlteredAttachmentIsNotGivenOut: a byte changed anywhere in what is packed gives
// a fault or the content as it was, never another content.
func TestAnAlteredAttachmentIsNotGivenOut(t *testing.T) {
	want := []byte(strings.Repeat("proof of the record ", 40))
	data, err := Render(small(), Attachment{Name: "proof", Data: want})
	if err != nil {
		t.Fatal(err)
	}
	from := bytes.Index(data, []byte("/EmbeddedFile"))
	from += bytes.Index(data[from:], []byte("stream\n")) + len("stream\n")
	refused := 0
	for i := from; i < from+bytes.Index(data[from:], []byte("endstream"))-1; i++ {
		bad := bytes.Clone(data)
		bad[i] ^= 4
		got, err := Attached(bad, "proof")
		if err == nil && !bytes.Equal(got, want) {
			t.Errorf("byte %d changed what is attached: %.40q", i-from, got)
		}
		if err != nil {
			refused++
		}
		if err != nil && fault.Of(err).Key != "print.pdf.malformed" {
			t.Errorf("byte %d: %v", i-from, err)
		}
	}
	if refused < 20 {
		t.Errorf("%d changes were found", refused)
	}
	if err := unreadable(fmt.Errorf("in a stream: %w", pdf.ErrTooLarge)); fault.Of(err).Key != "print.attachment.too-large" || !fault.Is(err, fault.TooLarge) {
		t.Error(err)
	}
}
