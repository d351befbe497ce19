package print

import (
	"strings"

	"github.com/amana-platform/amana/kernel/print/internal/typeset"
)

// frame is the column a block is set in.
type frame struct {
	job   *job
	width typeset.Length
	lang  string
	size  typeset.Length // of running text
}

// rightToLeft reports whether a language is written from the right.
func rightToLeft(lang string) bool {
	main, _, _ := strings.Cut(lang, "-")
	return main == "ar"
}

func (f *frame) rtl() bool { return rightToLeft(f.lang) }

// in gives the same column, narrower or in another language.
func (f *frame) in(width typeset.Length, lang string) *frame {
	g := *f
	g.width, g.lang = width, lang
	if lang == "" {
		g.lang = f.lang
	}
	return &g
}

func (f *frame) look() look { return look{f.size, ink} }

// note is the look of captions and remarks: smaller and grey, but not on a
// label, whose printer knows black only.
func (f *frame) note() look {
	if f.job.doc.Size.Height == 0 {
		return look{f.size, black}
	}
	return look{f.size * 84 / 100, grey}
}

// shape shapes a text in the column's language.
func (f *frame) shape(t Text, l look) typeset.Paragraph {
	return f.job.set.Shape(t.pieces(f.job.doc.Redact, l), f.rtl(), f.lang)
}

// leading is the distance from line to line: Arabic letters reach further.
func (f *frame) leading(size typeset.Length) typeset.Length {
	if f.rtl() {
		return size * 160 / 100
	}
	return size * 142 / 100
}

// lines sets a text in lines, one box each; a paragraph's first two and last
// two lines stay together.
func (f *frame) lines(t Text, l look, a Align) []box {
	ls := f.shape(t, l).Break(f.width)
	step := f.leading(l.size)
	boxes := make([]box, len(ls))
	for i, line := range ls {
		if a == Justified {
			line.Justify(f.width)
		}
		indent := f.indent(line.Width, a)
		baseline := step/2 + l.size*35/100
		boxes[i] = box{height: step, keep: i == 0 && len(ls) > 1 || i == len(ls)-2, draw: func(c *canvas, x, y typeset.Length) {
			c.line(line, x+indent, y+baseline)
		}}
	}
	return boxes
}

// indent gives the distance of a line's left end from the column's left edge.
func (f *frame) indent(line typeset.Length, a Align) typeset.Length {
	switch {
	case a == Center:
		return (f.width - line) / 2
	case (a == End) != f.rtl():
		return f.width - line
	}
	return 0
}

// white gives an empty box, dropped at the head of a page.
func white(h typeset.Length) box { return box{height: h, white: true} }

// blocks sets blocks one below the other.
func (f *frame) blocks(list []Block) []box {
	var out []box
	for _, b := range list {
		out = append(out, b.set(f)...)
	}
	return out
}

// start gives the left edge of a part of the column that begins at a distance
// from the side on which the language begins.
func (f *frame) start(from, width typeset.Length) typeset.Length {
	if f.rtl() {
		return f.width - from - width
	}
	return from
}
