package typeset

import (
	"strings"
	"unicode"

	"github.com/go-text/typesetting/harfbuzz"
	"github.com/go-text/typesetting/language"
	"github.com/go-text/typesetting/segmenter"
	"golang.org/x/text/unicode/bidi"
	"golang.org/x/text/unicode/norm"
)

// Length is a distance on paper in thousandths of a point: whole numbers, so
// that a document is the same to the byte on every machine.
type Length int

// Pt is a point, 1/72 inch.
const Pt Length = 1000

// Mm gives n millimetres.
func Mm(n int) Length { return Length(n) * 72 * Pt * 10 / 254 }

// Color is a device RGB colour.
type Color struct{ R, G, B uint8 }

// Style is how a piece of text looks.
type Style struct {
	Size  Length
	Bold  bool
	Mono  bool
	Ident bool   // an identifier: kept left to right whatever stands around it
	Color Color  // of the letters
	Fill  *Color // of a bar behind the letters, if any
}

// Piece is text in one style.
type Piece struct {
	Text string
	Style
}

// Cluster is the smallest part of a paragraph that is never divided: letters
// that are drawn together.
type Cluster struct {
	Codes []Code // from left to right; empty for what is not seen
	Face  *Face
	Style *Style
	Width Length
	Space bool // white space between words
	level uint8
	end   int  // index after its last rune in the paragraph
	brk   bool // a line may end after it
	must  bool // a line must end after it
}

// Paragraph is shaped text that has not been cut into lines yet.
type Paragraph struct {
	clusters []Cluster
	base     uint8
}

// Bidi isolates (UAX 9, 2.4) put around identifiers.
const (
	leftToRight = '\u2066'
	popIsolate  = '\u2069'
)

// Shape shapes one paragraph whose base direction is given, not guessed: a
// form in Arabic stays an Arabic form when a line of it starts with a name in
// Latin letters. lang is a BCP 47 tag.
func (s *Set) Shape(pieces []Piece, rtl bool, lang string) Paragraph {
	t := collect(pieces)
	base := uint8(0)
	if rtl {
		base = 1
	}
	lv := levels(t.runes, t.classes, base)
	breaks := t.lineBreaks()
	p := Paragraph{base: base}
	var prev *Face
	for i := 0; i < len(t.runes); {
		face := s.pick(t.runes[i], *t.styles[i], prev)
		end := i + 1
		for end < len(t.runes) && lv[end] == lv[i] && t.styles[end] == t.styles[i] && s.follows(t.runes[end], *t.styles[i], face) {
			end++
		}
		p.clusters = append(p.clusters, shapeRun(t, i, end, face, lv[i], language.NewLanguage(lang))...)
		prev, i = face, end
	}
	p.mark(breaks)
	return p
}

// follows reports whether a rune goes on in the face of the rune before it.
func (s *Set) follows(r rune, style Style, face *Face) bool {
	return unicode.Is(unicode.M, r) && face.has(r) || s.pick(r, style, face) == face
}

// content is a paragraph's runes, each with its style and bidi class.
type content struct {
	runes   []rune
	styles  []*Style
	classes []bidi.Class
}

func collect(pieces []Piece) content {
	var t content
	for i := range pieces {
		style := &pieces[i].Style
		runes := []rune(clean(pieces[i].Text))
		classes := classesOf(runes)
		if style.Ident && len(runes) > 0 {
			identClass(classes)
			runes = append(append([]rune{leftToRight}, runes...), popIsolate)
			classes = append(append([]bidi.Class{bidi.LRI}, classes...), bidi.PDI)
		}
		t.runes = append(t.runes, runes...)
		t.classes = append(t.classes, classes...)
		for range runes {
			t.styles = append(t.styles, style)
		}
	}
	return t
}

// identClass keeps an identifier in the order in which it is read aloud: on a
// Moroccan plate "12345-(letter)-6" the letter is Arabic, the order is not.
func identClass(classes []bidi.Class) {
	for i, c := range classes {
		switch c {
		case bidi.AL, bidi.R:
			classes[i] = bidi.R
		case bidi.NSM, bidi.BN:
		default:
			classes[i] = bidi.L
		}
	}
}

// clean composes letters with their accents (NFC), makes white space plain and
// drops control characters.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\u2028':
			return '\u2028'
		case r == '\t':
			return ' '
		case unicode.IsControl(r):
			return -1
		}
		return r
	}, norm.NFC.String(s))
}

// shapeRun shapes runes of one level, face and style, and gives their
// clusters in the order in which they are read.
func shapeRun(t content, start, end int, face *Face, level uint8, lang language.Language) []Cluster {
	buf := harfbuzz.NewBuffer()
	buf.Props.Direction = harfbuzz.LeftToRight
	if level%2 == 1 {
		buf.Props.Direction = harfbuzz.RightToLeft
	}
	buf.Props.Script = scriptOf(t.runes[start:end])
	buf.Props.Language = lang
	buf.AddRunes(t.runes, start, end-start)
	buf.Shape(face.shaper, nil)
	if level%2 == 1 {
		buf.Reverse()
	}
	var out []Cluster
	for i := 0; i < len(buf.Info); {
		next := i + 1
		for next < len(buf.Info) && buf.Info[next].Cluster == buf.Info[i].Cluster {
			next++
		}
		stop := end
		if next < len(buf.Info) {
			stop = buf.Info[next].Cluster
		}
		c := Cluster{Face: face, Style: t.styles[start], level: level, end: stop}
		c.add(buf, i, next, t.runes[buf.Info[i].Cluster:stop])
		out = append(out, c)
		i = next
	}
	return out
}

func scriptOf(runes []rune) language.Script {
	for _, r := range runes {
		if unicode.Is(unicode.Arabic, r) && unicode.IsLetter(r) {
			return language.Arabic
		}
	}
	return language.Latin
}

// add puts the shaped glyphs [i, next), which are in reading order, into the
// cluster as one outline that stands for the letters of text.
func (c *Cluster) add(buf *harfbuzz.Buffer, i, next int, text []rune) {
	c.Space = len(text) == 1 && (text[0] == ' ' || text[0] == '\u00a0')
	letters := visible(text)
	if len(letters) == 0 {
		return // isolates and other marks that only direct the text
	}
	var parts []Part
	pen, nominal := 0, 0
	for k := range next - i {
		n := i + k
		if c.level%2 == 1 {
			n = next - 1 - k
		}
		glyph, pos := uint16(buf.Info[n].Glyph), buf.Pos[n]
		parts = append(parts, Part{glyph, pen + int(pos.XOffset), int(pos.YOffset)})
		pen += int(pos.XAdvance)
		nominal += c.Face.advance(glyph)
	}
	c.Width = Length(pen) * c.Style.Size / Unit
	if d := pen - nominal; d > maxKern || d < -maxKern {
		nominal = pen
	}
	c.spell(parts, letters, nominal)
}

// maxKern is how far, in units, two letters of a word may be moved towards or
// from each other before a reader of the file would take the move for the end
// of the word (a tenth of an em, in most); beyond it the letter gets a width of its own.
const maxKern = 50

// spell shares an outline's width among its letters, from left to right.
func (c *Cluster) spell(parts []Part, letters []rune, width int) {
	n := len(letters)
	for k := range n {
		r := letters[k]
		if c.level%2 == 1 {
			r = letters[n-1-k]
		}
		c.Codes = append(c.Codes, Code{Parts: parts, Text: string(r), Width: width*(k+1)/n - width*k/n})
		parts = nil
	}
}

func visible(text []rune) []rune {
	var out []rune
	for _, r := range text {
		if !unicode.Is(unicode.Cf, r) && r != '\u2028' {
			out = append(out, r)
		}
	}
	return out
}

// lineBreaks gives, for each rune, whether a line may (1) or must (2) end
// after it (UAX 14). An identifier stays in one piece.
func (t content) lineBreaks() []uint8 {
	breaks := make([]uint8, len(t.runes))
	var s segmenter.Segmenter
	s.Init(t.runes)
	for it := s.LineIterator(); it.Next(); {
		l := it.Line()
		at := l.Offset + len(l.Text) - 1
		switch {
		case t.runes[at] == '\u2028':
			breaks[at] = 2
		case at+1 == len(t.runes) || t.styles[at] != t.styles[at+1] || !t.styles[at].Ident:
			breaks[at] = 1
		}
	}
	return breaks
}
