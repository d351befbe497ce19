package print

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/print/internal/pdf"
	"github.com/amana-platform/amana/kernel/print/internal/typeset"
)

// job is one document on its way to paper.
type job struct {
	doc      *Document
	set      *typeset.Set
	out      *pdf.Writer
	column   typeset.Length // height of a page's column
	anchors  []*anchor
	reached  int // headings set so far
	pictures map[string]pdf.Ref
	faces    []*typeset.Face // in order of first use
	err      error           // the first thing that could not be set
}

// maxPages bounds what one document may grow to.
const maxPages = 5000

// Render makes a document's PDF with its attachments inside. Equal input gives
// equal bytes. Faults: print.image.malformed, print.image.too-large,
// print.qr.too-long, print.too-long, print.attachment.name.
func Render(doc *Document, attachments ...Attachment) ([]byte, error) {
	set, err := typeset.Load()
	if err != nil {
		return nil, err
	}
	j := &job{doc: doc, set: set, out: pdf.NewWriter(), pictures: map[string]pdf.Ref{}}
	j.collect(doc.Blocks, doc.Lang)
	sheet := newSheet(doc.Size)
	j.column = sheet.column()
	f := &frame{job: j, width: sheet.width - 2*sheet.margin, lang: doc.Lang, size: sheet.text}
	boxes := f.blocks(doc.Blocks)
	if j.err != nil {
		return nil, j.err
	}
	sheet.roll(boxes)
	pages := paginate(boxes, sheet.column())
	if len(pages) > maxPages {
		return nil, fault.New(fault.TooLarge, "print.too-long", "pages", maxPages)
	}
	return j.write(f, sheet, pages, attachments)
}

func (j *job) fail(err error) {
	if j.err == nil {
		j.err = err
	}
}

// collect finds the headings before anything is set, so that the contents,
// which stand before them, know how many there are.
func (j *job) collect(blocks []Block, lang string) {
	for _, b := range blocks {
		switch b := b.(type) {
		case Heading:
			if b.Level > 0 {
				shown, _ := b.Text.redacted(j.doc.Redact)
				title := strings.TrimSpace(strings.ReplaceAll(shown.String(), noBreak, " "))
				j.anchors = append(j.anchors, &anchor{title: title, text: b.Text, lang: lang, level: min(b.Level, 3)})
			}
		case Section:
			j.collect(b.Blocks, b.Lang)
		case Framed:
			j.collect(b.Blocks, lang)
		case Bilingual:
			for _, row := range b.Rows {
				for i := range row {
					j.collect(row[i], b.Langs[i])
				}
			}
		}
	}
}

func (j *job) nextAnchor() *anchor {
	j.reached++
	return j.anchors[j.reached-1]
}

// fontName gives the resource name of a face.
func (j *job) fontName(f *typeset.Face) string {
	for i, known := range j.faces {
		if known == f {
			return "F" + strconv.Itoa(i+1)
		}
	}
	j.faces = append(j.faces, f)
	return "F" + strconv.Itoa(len(j.faces))
}

// sheet is the paper in lengths.
type sheet struct {
	width, height, margin, text typeset.Length
	bands                       typeset.Length // room for header and footer
}

func newSheet(s Size) *sheet {
	sh := &sheet{width: typeset.Mm(s.Width), height: typeset.Mm(s.Height), margin: typeset.Mm(s.Margin), text: typeset.Length(s.Text) * typeset.Pt / 10}
	if s.Height > 0 {
		sh.bands = sh.text
	}
	return sh
}

// rollLimit is the longest piece of a roll, in millimetres.
const rollLimit = 1000

// column gives the height that blocks may fill on one page.
func (s *sheet) column() typeset.Length {
	if s.height == 0 {
		return typeset.Mm(rollLimit)
	}
	return s.height - 2*s.margin - 2*s.bands
}

// roll cuts a roll after what stands on it.
func (s *sheet) roll(boxes []box) {
	if s.height > 0 {
		return
	}
	for len(boxes) > 0 && boxes[len(boxes)-1].white {
		boxes = boxes[:len(boxes)-1]
	}
	s.height = min(stack(boxes), typeset.Mm(rollLimit)) + 2*s.margin + typeset.Pt
}

// write draws the pages and closes the file.
func (j *job) write(f *frame, s *sheet, pages [][]placed, attachments []Attachment) ([]byte, error) {
	for n, page := range pages {
		for _, b := range page {
			for _, a := range b.marks {
				a.page, a.y = n+1, s.margin+s.bands+b.y
			}
		}
	}
	drawn := make([]*canvas, len(pages))
	for n, page := range pages {
		c := &canvas{width: s.width, height: s.height, fonts: map[*typeset.Face]string{}, images: map[pdf.Ref]string{}, page: n + 1, job: j}
		for _, b := range page {
			drawAll(c, []box{b.box}, s.margin, s.margin+s.bands+b.y)
		}
		j.furniture(c, f, s, len(pages))
		drawn[n] = c
	}
	fonts, err := j.embedFonts()
	if err != nil {
		return nil, err
	}
	return j.finish(s, drawn, fonts, attachments)
}

func (j *job) embedFonts() (string, error) {
	var b strings.Builder
	for i, face := range j.faces {
		codes := make([]pdf.Code, len(face.Used))
		for k, u := range face.Used {
			codes[k] = pdf.Code{Outline: pdf.Outline{Width: u.Width}, Text: u.Text}
			for _, p := range u.Parts {
				codes[k].Parts = append(codes[k].Parts, pdf.Part(p))
			}
		}
		ref, err := j.out.AddFont(pdf.Font{Name: face.Name, Data: face.Data, Ascent: face.Ascent, Descent: face.Descent, Codes: codes})
		if err != nil {
			return "", err
		}
		fmt.Fprintf(&b, "/F%d %s ", i+1, ref)
	}
	return b.String(), nil
}

// furniture draws what stands on each page: header, footer, page number, stamps.
func (j *job) furniture(c *canvas, f *frame, s *sheet, pages int) {
	if s.bands == 0 {
		return
	}
	l := look{f.size * 80 / 100, grey}
	if c.page > 1 {
		j.band(c, f, j.doc.Header, l, s.margin-s.bands*110/100)
	}
	foot := j.doc.Footer
	if j.doc.PageOf != "" {
		foot.End = Join(foot.End, T(strings.NewReplacer("{page}", strconv.Itoa(c.page), "{pages}", strconv.Itoa(pages)).Replace(j.doc.PageOf)))
	}
	j.band(c, f, foot, l, s.height-s.margin+s.bands*10/100)
	j.stamps(c, f, s, l)
}

func (j *job) band(c *canvas, f *frame, b Band, l look, y typeset.Length) {
	for i, t := range []Text{b.Start, b.Middle, b.End} {
		if len(t) > 0 {
			drawAll(c, f.lines(t, l, [...]Align{Start, Center, End}[i])[:1], (c.width-f.width)/2, y)
		}
	}
}

// stamps are set in the margin on which lines end, away from the binding, from
// the foot up.
func (j *job) stamps(c *canvas, f *frame, s *sheet, l look) {
	x := s.margin * 55 / 100
	if !f.rtl() {
		x = s.width - s.margin*45/100
	}
	y := s.height - s.margin - 2*s.bands
	for _, st := range j.doc.Stamps {
		line := f.shape(st.Text, l).Break(s.height)[0]
		if st.Framed {
			c.frame(x-l.size*115/100, y-line.Width-l.size*60/100, l.size*170/100, line.Width+l.size*120/100, grey)
		}
		c.upwards(line, x, y)
		y -= line.Width + l.size*3
	}
}
