package print

import (
	"bytes"
	"testing"

	"pgregory.net/rapid"

	"github.com/amana-platform/amana/kernel/fault"
)

// hiddenWord stands in every marked text of a drawn document.
const hiddenWord = "Qzxvkw"

// drawText is a line of differing looks, some of it marked.
func drawText(t *rapid.T) Text {
	var out Text
	for range rapid.IntRange(0, 3).Draw(t, "spans") {
		s := Span{Text: rapid.SampledFrom([]string{"", " ", "a b", "السجل رقم 12", "12345-أ-6", "x\u202ey", "línea\nnueva", "\u200d", "very-long-word-without-any-place-to-break-it-anywhere-at-all"}).Draw(t, "text"),
			Bold: rapid.Bool().Draw(t, "bold"), Mono: rapid.Bool().Draw(t, "mono"), Ident: rapid.Bool().Draw(t, "ident")}
		if rapid.Bool().Draw(t, "marked") {
			s.Text, s.Mark = hiddenWord, "name"
		}
		out = append(out, s)
	}
	return out
}

func drawTexts(t *rapid.T) (out []Text) {
	for range rapid.IntRange(0, 4).Draw(t, "texts") {
		out = append(out, drawText(t))
	}
	return out
}

// drawBlock is any block, with sizes and counts that nobody would choose.
func drawBlock(t *rapid.T, depth int) Block {
	odd := func(label string) int { return rapid.SampledFrom([]int{0, 1, 3, -1, 40, 9999}).Draw(t, label) }
	kinds := 13
	if depth == 0 {
		kinds = 10
	}
	switch rapid.IntRange(0, kinds-1).Draw(t, "block") {
	case 0:
		return Heading{Level: odd("level"), Text: drawText(t)}
	case 1:
		return Paragraph{Text: drawText(t), Align: Align(rapid.IntRange(0, 3).Draw(t, "align")), Size: rapid.SampledFrom([]int{0, 80, 200}).Draw(t, "size"), Small: rapid.Bool().Draw(t, "small")}
	case 2:
		var facts Facts
		for _, x := range drawTexts(t) {
			facts = append(facts, Fact{Label: x, Value: drawText(t)})
		}
		return facts
	case 3:
		table := Table{}
		for _, head := range drawTexts(t) {
			table.Columns = append(table.Columns, Column{Head: head, Weight: odd("weight"), Align: Align(rapid.IntRange(0, 3).Draw(t, "align"))})
		}
		for range rapid.IntRange(0, 4).Draw(t, "rows") { // ragged: fewer or more cells than columns
			table.Rows = append(table.Rows, drawTexts(t))
		}
		return table
	case 4:
		return List{Ordered: rapid.Bool().Draw(t, "ordered"), Items: drawTexts(t)}
	case 5:
		var boxes Signatures
		for _, x := range drawTexts(t) {
			boxes = append(boxes, SignatureBox{Role: x, Name: drawText(t), Note: drawText(t)})
		}
		return boxes
	case 6:
		return Blackout{Lines: rapid.SampledFrom([]int{-1, 0, 1, 5}).Draw(t, "lines"), Label: T("ground")}
	case 7:
		return QR{Content: "https://amana.example/p", Size: rapid.SampledFrom([]int{0, -5, 20, 500}).Draw(t, "size"), Caption: drawText(t)}
	case 8:
		return rapid.SampledFrom([]Block{Rule{}, PageBreak{}, Space(0), Space(-3), Space(9), Space(500)}).Draw(t, "small block")
	case 9:
		return Contents{Title: drawText(t)}
	case 10:
		return Section{Lang: rapid.SampledFrom([]string{"ar", "fr", "en", "", "zz"}).Draw(t, "lang"), Blocks: drawBlocks(t, depth-1)}
	case 11:
		return Framed{Blocks: drawBlocks(t, depth-1)}
	default:
		b := Bilingual{Langs: [2]string{"ar", "fr"}}
		for range rapid.IntRange(0, 2).Draw(t, "rows") {
			b.Rows = append(b.Rows, [2][]Block{drawBlocks(t, depth-1), drawBlocks(t, depth-1)})
		}
		return b
	}
}

func drawBlocks(t *rapid.T, depth int) (out []Block) {
	for range rapid.IntRange(0, 4).Draw(t, "blocks") {
		out = append(out, drawBlock(t, depth))
	}
	return out
}

// TestAnyDocumentIsSet: whatever blocks stand in it and however they are nested,
// a document comes out or is refused in words; twice it is the same; and what a
// profile hides is in no byte of it.
func TestAnyDocumentIsSet(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		doc := &Document{ID: "1", Title: "T", Lang: rapid.SampledFrom([]string{"ar", "fr", "en"}).Draw(r, "lang"), Created: issued, Size: rapid.SampledFrom([]Size{A4, A5, Label}).Draw(r, "size"),
			Blocks: drawBlocks(r, 2), Redact: Redaction{"name": rapid.SampledFrom([]string{"", "the ground"}).Draw(r, "bar")}, Header: Band{Middle: drawText(r)}, Stamps: []Stamp{{Text: drawText(r), Framed: true}}}
		one, err := Render(doc)
		if err != nil {
			if fault.Of(err).Kind == fault.Internal {
				r.Fatal(err)
			}
			return
		}
		two, err := Render(doc)
		if err != nil || !bytes.Equal(one, two) {
			r.Fatalf("rendered twice it differs: %v", err)
		}
		if contains(t, one, hiddenWord) {
			r.Fatal("a marked word is in the file")
		}
	})
}
