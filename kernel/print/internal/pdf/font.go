package pdf

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"strings"
)

// Font is a face as a document uses it: the reading of each code is a glyph
// with the text it stands for and its width. Code 0 is .notdef.
type Font struct {
	Name            string
	Data            []byte // TrueType
	Ascent, Descent int    // in thousandths of an em, as is each width
	Codes           []Code
}

// Code is one code of a font: what it draws and the letter it stands for.
type Code struct {
	Outline
	Text string
}

// AddFont embeds the used part of a font as a composite font (ISO 32000-1,
// 9.7) with two-byte codes and a ToUnicode map, so that its text can be
// searched, copied and read aloud.
func (w *Writer) AddFont(f Font) (Ref, error) {
	var outlines []Outline
	place := map[string]uint16{}
	toGlyph := []byte{}
	for _, c := range f.Codes {
		key := fmt.Sprint(c.Outline)
		if _, ok := place[key]; !ok {
			place[key] = uint16(len(outlines))
			outlines = append(outlines, c.Outline)
		}
		toGlyph = binary.BigEndian.AppendUint16(toGlyph, place[key])
	}
	program, err := Subset(f.Data, outlines)
	if err != nil {
		return 0, err
	}
	name := Name(tag(program) + "+" + f.Name)
	file := w.Stream(fmt.Sprintf("/Length1 %d", len(program)), program)
	descriptor := w.Add(fmt.Sprintf("<</Type /FontDescriptor /FontName %s /Flags 4 /FontBBox [-500 %d 1500 %d] /ItalicAngle 0 /Ascent %d /Descent %d /CapHeight 698 /StemV 84 /FontFile2 %s>>",
		name, f.Descent, f.Ascent, f.Ascent, f.Descent, file))
	cid := w.Add(fmt.Sprintf("<</Type /Font /Subtype /CIDFontType2 /BaseFont %s /CIDSystemInfo <</Registry (Adobe) /Ordering (Identity) /Supplement 0>> /FontDescriptor %s /DW 0 /W [0 [%s]] /CIDToGIDMap %s>>",
		name, descriptor, widths(f.Codes), w.Stream("", toGlyph)))
	return w.Add(fmt.Sprintf("<</Type /Font /Subtype /Type0 /BaseFont %s /Encoding /Identity-H /DescendantFonts [%s] /ToUnicode %s>>",
		name, cid, w.Stream("", toUnicode(f.Codes)))), nil
}

// tag gives the six letters that mark a subset, from its content.
func tag(program []byte) string {
	sum := sha256.Sum256(program)
	var t [6]byte
	for i := range t {
		t[i] = 'A' + sum[i]%26
	}
	return string(t[:])
}

func widths(codes []Code) string {
	var b strings.Builder
	for _, c := range codes {
		fmt.Fprintf(&b, "%d ", c.Width)
	}
	return strings.TrimSpace(b.String())
}

// mapLimit is the greatest number of entries in one block of a CMap.
const mapLimit = 100

func toUnicode(codes []Code) []byte {
	var entries []string
	for i, c := range codes {
		if c.Text != "" {
			entries = append(entries, fmt.Sprintf("<%04X> <%s>\n", i, utf16Hex(c.Text)))
		}
	}
	var b strings.Builder
	b.WriteString("/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n" +
		"/CIDSystemInfo <</Registry (Adobe) /Ordering (UCS) /Supplement 0>> def\n" +
		"/CMapName /Adobe-Identity-UCS def\n/CMapType 2 def\n1 begincodespacerange\n<0000> <FFFF>\nendcodespacerange\n")
	for len(entries) > 0 {
		n := min(len(entries), mapLimit)
		fmt.Fprintf(&b, "%d beginbfchar\n%sendbfchar\n", n, strings.Join(entries[:n], ""))
		entries = entries[n:]
	}
	b.WriteString("endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend\n")
	return []byte(b.String())
}
