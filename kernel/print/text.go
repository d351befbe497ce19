package print

import (
	"strings"

	"github.com/amana-platform/amana/kernel/print/internal/typeset"
)

// Span is text in one look.
type Span struct {
	Text  string
	Bold  bool
	Mono  bool
	Ident bool   // a number, plate, e-mail: kept left to right in any line
	Mark  string // hidden when Document.Redact names it
}

// Text is a line of differing looks.
type Text []Span

// T is plain text.
func T(s string) Text { return Text{{Text: s}} }

// B is bold text.
func B(s string) Text { return Text{{Text: s, Bold: true}} }

// Ident is an identifier, in the mono face and isolated: a case number, an
// identity card, a plate, a digest.
func Ident(s string) Text { return Text{{Text: s, Mono: true, Ident: true}} }

// Marked is text that a redaction profile may hide.
func Marked(mark string, t Text) Text {
	out := make(Text, len(t))
	for i, s := range t {
		s.Mark = mark
		out[i] = s
	}
	return out
}

// Join puts texts one after the other.
func Join(parts ...Text) Text {
	var t Text
	for _, p := range parts {
		t = append(t, p...)
	}
	return t
}

// bold gives the text with every span bold.
func (t Text) bold() Text {
	out := make(Text, len(t))
	for i, s := range t {
		s.Bold = true
		out[i] = s
	}
	return out
}

// String gives the words alone, for bookmarks.
func (t Text) String() string {
	var b strings.Builder
	for _, s := range t {
		b.WriteString(s.Text)
	}
	return b.String()
}

// barWidth is how long an unlabelled redaction bar is, whatever it hides: a
// bar as long as the name would tell the name's length.
const barWidth = 8

// redacted gives the text as the profile shows it, and which spans are bars.
// Neighbours hidden on the same ground become one bar: their number tells too.
func (t Text) redacted(r Redaction) (shown Text, bars []bool) {
	for _, s := range t {
		label, hide := r[s.Mark]
		hide = hide && s.Mark != ""
		if hide {
			s = Span{Text: barText(label)}
		}
		if n := len(shown); hide && n > 0 && bars[n-1] && shown[n-1].Text == s.Text {
			continue
		}
		shown, bars = append(shown, s), append(bars, hide)
	}
	return shown, bars
}

const noBreak = "\u00a0"

func barText(label string) string {
	if label == "" {
		return strings.Repeat(noBreak, barWidth)
	}
	return noBreak + strings.ReplaceAll(label, " ", noBreak) + noBreak
}

// look is how a block wants its text.
type look struct {
	size  typeset.Length
	color typeset.Color
}

// pieces makes the typesetter's input.
func (t Text) pieces(r Redaction, l look) []typeset.Piece {
	shown, bars := t.redacted(r)
	out := make([]typeset.Piece, len(shown))
	for i, s := range shown {
		st := typeset.Style{Size: l.size, Bold: s.Bold, Mono: s.Mono, Ident: s.Ident, Color: l.color}
		if s.Mono {
			st.Size = l.size * 96 / 100 // the mono face looks larger
		}
		if bars[i] {
			st.Fill, st.Color, st.Size = &black, paper, l.size*85/100
		}
		out[i] = typeset.Piece{Text: s.Text, Style: st}
	}
	return out
}

// The colours on paper: ink, two greys and white.
var (
	black = typeset.Color{}
	paper = typeset.Color{R: 255, G: 255, B: 255}
	ink   = typeset.Color{R: 22, G: 26, B: 32}
	grey  = typeset.Color{R: 92, G: 99, B: 110}
	pale  = typeset.Color{R: 196, G: 201, B: 208}
	wash  = typeset.Color{R: 242, G: 243, B: 245}
)
