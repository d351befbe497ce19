package print

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"os/exec"
	"strings"
	"testing"

	"github.com/amana-platform/amana/kernel/print/internal/pdf"
	"github.com/amana-platform/amana/kernel/print/internal/typeset"
)

// word is a word as Poppler finds it, its box in points from the upper left.
type word struct {
	Left   float64 `xml:"xMin,attr"`
	Top    float64 `xml:"yMin,attr"`
	Right  float64 `xml:"xMax,attr"`
	Bottom float64 `xml:"yMax,attr"`
	Text   string  `xml:",chardata"`
}

type sheetOfWords struct {
	Width  float64 `xml:"width,attr"`
	Height float64 `xml:"height,attr"`
	Words  []word  `xml:"word"`
}

// found gives the words of each page with their places.
func found(t *testing.T, d *Document) []sheetOfWords {
	t.Helper()
	out, err := exec.Command(poppler(t, "pdftotext"), "-bbox", save(t, d), "-").Output()
	if err != nil {
		t.Fatal(err)
	}
	var html struct {
		Pages []sheetOfWords `xml:"body>doc>page"`
	}
	dec := xml.NewDecoder(bytes.NewReader(out))
	dec.Strict, dec.AutoClose, dec.Entity = false, xml.HTMLAutoClose, xml.HTMLEntity
	if err := dec.Decode(&html); err != nil {
		t.Fatal(err)
	}
	return html.Pages
}

// find gives the first word that contains a text.
func (s sheetOfWords) find(t *testing.T, text string) word {
	t.Helper()
	for _, w := range s.Words {
		if strings.Contains(w.Text, text) {
			return w
		}
	}
	t.Fatalf("%q is not on the page: %v", text, s.Words)
	return word{}
}

func one(t *testing.T, lang string, blocks ...Block) sheetOfWords {
	t.Helper()
	pages := found(t, &Document{Title: "t", Lang: lang, Created: issued, Size: A5, Blocks: blocks})
	if len(pages) != 1 {
		t.Fatalf("%d pages", len(pages))
	}
	return pages[0]
}

// before reports whether a stands on the side of b from which lang is written.
func before(lang string, a, b word) bool {
	if rightToLeft(lang) {
		return a.Left >= b.Right
	}
	return a.Right <= b.Left
}

func TestColumnsStandInReadingOrder(t *testing.T) {
	columns := []Column{{Head: T("AAA")}, {Head: T("BBB")}, {Head: T("CCC")}}
	table := Table{Columns: columns, Rows: [][]Text{{T("ddd"), T("eee"), T("fff")}}}
	facts := Facts{{T("Label"), T("Value")}}
	boxes := Signatures{{Role: T("First")}, {Role: T("Second")}, {Role: T("Third")}}
	list := List{Ordered: true, Items: []Text{T("item")}}
	for _, lang := range []string{"ar", "fr"} {
		page := one(t, lang, table, facts, boxes, list)
		for _, pair := range [][2]string{{"AAA", "BBB"}, {"BBB", "CCC"}, {"ddd", "eee"}, {"eee", "fff"}, {"Label", "Value"}, {"First", "Second"}, {"Second", "Third"}, {"1", "item"}} {
			if a, b := page.find(t, pair[0]), page.find(t, pair[1]); !before(lang, a, b) {
				t.Errorf("%s: %v does not stand before %v", lang, a, b)
			}
		}
	}
}

func TestLatinStandsAtTheLeftOfArabic(t *testing.T) {
	left, right := []Block{Paragraph{Text: T("French")}}, []Block{Paragraph{Text: T("Arabic")}}
	for _, b := range []Bilingual{
		{Langs: [2]string{"fr", "ar"}, Rows: [][2][]Block{{left, right}}},
		{Langs: [2]string{"ar", "fr"}, Rows: [][2][]Block{{right, left}}},
	} {
		page := one(t, "ar", b)
		fr, ar := page.find(t, "French"), page.find(t, "Arabic")
		if fr.Right > page.Width/2 || ar.Left < page.Width/2 || fr.Left > 60 || ar.Right < page.Width-60 {
			t.Errorf("%v, %v on a page %v wide", fr, ar, page.Width)
		}
	}
}

// A bilingual row that is longer than a page goes on over the next.
func TestLongBilingualRowsRunOver(t *testing.T) {
	var left, right []Block
	for i := range 60 {
		left = append(left, Paragraph{Text: T(fmt.Sprintf("left%d", i))})
		right = append(right, Paragraph{Text: T(fmt.Sprintf("right%d", i))})
	}
	d := &Document{Title: "t", Lang: "fr", Created: issued, Size: A5, Blocks: []Block{Bilingual{Langs: [2]string{"fr", "en"}, Rows: [][2][]Block{{left, right}}}}}
	pages := found(t, d)
	if len(pages) < 2 {
		t.Fatalf("%d pages", len(pages))
	}
	pages[len(pages)-1].find(t, "left59")
	pages[len(pages)-1].find(t, "right59")
}

func TestTableHeadIsOnEachPage(t *testing.T) {
	table := Table{Columns: []Column{{Head: T("Head")}}}
	for i := range 120 {
		table.Rows = append(table.Rows, []Text{T(fmt.Sprint("row", i))})
	}
	pages := found(t, &Document{Title: "t", Lang: "fr", Created: issued, Size: A5, PageOf: "{page}/{pages}", Blocks: []Block{table}})
	if len(pages) < 3 {
		t.Fatalf("%d pages", len(pages))
	}
	rows := 0
	for i, p := range pages {
		head := p.find(t, "Head")
		for _, w := range p.Words {
			if strings.HasPrefix(w.Text, "row") {
				rows++
				if w.Top < head.Bottom-1 {
					t.Errorf("page %d: %v stands above the head", i+1, w)
				}
			}
		}
		p.find(t, fmt.Sprintf("%d/%d", i+1, len(pages)))
	}
	if rows != 120 {
		t.Errorf("%d rows of 120", rows)
	}
}

// Nothing stands outside the margins but stamps, headers and footers, and no
// two lines lie over each other.
func TestNothingOverlaps(t *testing.T) {
	for name, d := range samples(t) {
		for n, p := range found(t, d) {
			for i, a := range p.Words {
				if a.Left < 0 || a.Right > p.Width || a.Top < 0 || a.Bottom > p.Height {
					t.Errorf("%s page %d: %v stands off the page", name, n+1, a)
				}
				for _, b := range p.Words[i+1:] {
					if overlap(a.Left, a.Right, b.Left, b.Right) > 2 && overlap(core(a)[0], core(a)[1], core(b)[0], core(b)[1]) > 0.5 {
						t.Errorf("%s page %d: %v lies over %v", name, n+1, a, b)
					}
				}
			}
		}
	}
}

func overlap(a, b, c, d float64) float64 { return min(b, d) - max(a, c) }

// core is the height in which a word's letters lie; its box is as tall as the
// face, which reaches over the lines around it.
func core(w word) [2]float64 {
	h := w.Bottom - w.Top
	return [2]float64{w.Top + h*0.35, w.Bottom - h*0.35}
}

func TestHeaderIsNotOnTheFirstPage(t *testing.T) {
	d := &Document{Title: "t", Lang: "ar", Created: issued, Size: A4,
		Header: Band{Start: T("HeadStart"), Middle: T("HeadMiddle"), End: T("HeadEnd")}, Footer: Band{Start: T("FootStart")},
		Blocks: []Block{Paragraph{Text: T("one")}, PageBreak{}, Paragraph{Text: T("two")}}}
	pages := found(t, d)
	for _, w := range pages[0].Words {
		if strings.HasPrefix(w.Text, "Head") {
			t.Errorf("%v on the first page", w)
		}
	}
	start, middle, end := pages[1].find(t, "HeadStart"), pages[1].find(t, "HeadMiddle"), pages[1].find(t, "HeadEnd")
	if !before("ar", start, middle) || !before("ar", middle, end) {
		t.Errorf("%v %v %v", start, middle, end)
	}
	if text := pages[1].find(t, "two"); text.Top < start.Bottom-3 || pages[1].find(t, "FootStart").Top < text.Bottom {
		t.Errorf("the header or footer lies in the text: %v", text)
	}
}

// Stamps stand in the margin away from the binding.
func TestStampsStandInTheMargin(t *testing.T) {
	for lang, inMargin := range map[string]func(w word, width float64) bool{
		"fr": func(w word, width float64) bool { return w.Left > width-20*72/25.4 },
		"ar": func(w word, _ float64) bool { return w.Right < 20*72/25.4 },
	} {
		d := &Document{Title: "t", Lang: lang, Created: issued, Size: A4, Stamps: []Stamp{{Text: T("STAMP"), Framed: true}, {Text: T("SECOND")}}, Blocks: []Block{Paragraph{Text: T("x")}}}
		page := found(t, d)[0]
		first, second := page.find(t, "STAMP"), page.find(t, "SECOND")
		if !inMargin(first, page.Width) || !inMargin(second, page.Width) || second.Bottom > first.Top {
			t.Errorf("%s: %v %v", lang, first, second)
		}
	}
}

func TestPaperSizes(t *testing.T) {
	for _, c := range []struct {
		size          Size
		width, height float64
	}{{A4, 595.3, 841.9}, {A5, 419.5, 595.3}, {Label, 175.7, 0}} {
		page := found(t, &Document{Title: "t", Lang: "fr", Created: issued, Size: c.size, Blocks: []Block{Paragraph{Text: T("x")}}})[0]
		if d := page.Width - c.width; d > 0.2 || d < -0.2 {
			t.Errorf("width %v, want %v", page.Width, c.width)
		}
		if d := page.Height - c.height; c.height > 0 && (d > 0.2 || d < -0.2) || c.height == 0 && page.Height > 60 {
			t.Errorf("height %v, want %v", page.Height, c.height)
		}
	}
}

// Contents and bookmarks lead to the page and place of their headings.
func TestBookmarksLeadToTheHeadings(t *testing.T) {
	data, err := Render(dossier(t, nil))
	if err != nil {
		t.Fatal(err)
	}
	r, err := pdf.Open(data)
	if err != nil {
		t.Fatal(err)
	}
	root := dictOf(t, r, r.Trailer["Root"])
	kids := dictOf(t, r, root["Pages"])["Kids"].(pdf.Array)
	outlines := dictOf(t, r, root["Outlines"])
	var pages []int
	for item := outlines["First"]; item != nil; {
		d := dictOf(t, r, item)
		pages = append(pages, pageOf(t, kids, d["Dest"]))
		item = d["Next"]
	}
	if fmt.Sprint(pages) != "[1 1 2]" {
		t.Errorf("bookmarks lead to pages %v", pages)
	}
	annots := dictOf(t, r, kids[0])["Annots"].(pdf.Array)
	pages = nil
	for _, a := range annots {
		pages = append(pages, pageOf(t, kids, dictOf(t, r, a)["Dest"]))
	}
	if fmt.Sprint(pages) != "[1 1 2]" {
		t.Errorf("the contents lead to pages %v", pages)
	}
}

func dictOf(t *testing.T, r *pdf.Reader, v any) pdf.Dict {
	t.Helper()
	d, err := r.Dict(v)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func pageOf(t *testing.T, kids pdf.Array, dest any) int {
	t.Helper()
	for i, k := range kids {
		if k == dest.(pdf.Array)[0] {
			return i + 1
		}
	}
	t.Fatalf("no page %v", dest)
	return 0
}

func TestCatalogSaysWhatItIs(t *testing.T) {
	for lang, side := range map[string]pdf.NameValue{"ar": "R2L", "fr": "L2R"} {
		d := small()
		d.Lang = lang
		data, err := Render(d, Attachment{Name: "a", MIME: "text/plain", Relation: "Data"}, Attachment{Name: "b"})
		if err != nil {
			t.Fatal(err)
		}
		r, err := pdf.Open(data)
		if err != nil {
			t.Fatal(err)
		}
		root := dictOf(t, r, r.Trailer["Root"])
		if root["Lang"] != pdf.String(lang) || dictOf(t, r, root["ViewerPreferences"])["Direction"] != side {
			t.Errorf("%v", root)
		}
		files := root["AF"].(pdf.Array)
		if dictOf(t, r, files[0])["AFRelationship"] != pdf.NameValue("Data") || dictOf(t, r, files[1])["AFRelationship"] != pdf.NameValue("Supplement") {
			t.Errorf("%v", files)
		}
		intents := root["OutputIntents"].(pdf.Array)
		if profile, err := r.Stream(dictOf(t, r, intents[0])["DestOutputProfile"], 1<<16); err != nil || len(profile) < 200 {
			t.Error(len(profile), err)
		}
		xmp, err := r.Stream(root["Metadata"], 1<<16)
		if err != nil || !bytes.Contains(xmp, []byte("<pdfaid:part>3</pdfaid:part>")) || !bytes.Contains(xmp, []byte("2026-11-22T10:45:00Z")) {
			t.Errorf("%s %v", xmp, err)
		}
	}
}

// On a label everything is black: its printer has no grey.
func TestLabelsAreBlack(t *testing.T) {
	f := &frame{job: &job{doc: &Document{Size: Label}}, size: 7 * typeset.Pt}
	if f.note().color != black {
		t.Errorf("%v", f.note())
	}
	f.job.doc.Size = A4
	if f.note().color != grey || f.note().size >= f.size {
		t.Errorf("%v", f.note())
	}
}
