package print

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"

	"github.com/amana-platform/amana/kernel/print/internal/pdf"
	"github.com/amana-platform/amana/kernel/print/internal/typeset"
)

// canvas is one page being drawn. Its origin is the upper left corner and y
// grows downwards.
type canvas struct {
	buf    bytes.Buffer
	width  typeset.Length
	height typeset.Length
	fonts  map[*typeset.Face]string
	images map[pdf.Ref]string
	links  []link
	page   int
	job    *job
}

// link is a place on the page that leads to a heading.
type link struct {
	x, y, w, h typeset.Length
	to         *anchor
}

// num writes a length in points.
func num(l typeset.Length) string {
	sign := ""
	if l < 0 {
		sign, l = "-", -l
	}
	s := fmt.Sprintf("%s%d.%03d", sign, l/typeset.Pt, l%typeset.Pt)
	return strings.TrimSuffix(strings.TrimRight(s, "0"), ".")
}

func rgb(c typeset.Color) string {
	part := func(v uint8) string { return strconv.FormatFloat(float64(v)/255, 'f', 3, 64) }
	return part(c.R) + " " + part(c.G) + " " + part(c.B)
}

func (c *canvas) op(format string, args ...any) { fmt.Fprintf(&c.buf, format+"\n", args...) }

// fill paints a rectangle whose upper left corner is (x, y).
func (c *canvas) fill(x, y, w, h typeset.Length, color typeset.Color) {
	c.op("%s rg %s %s %s %s re f", rgb(color), num(x), num(c.height-y-h), num(w), num(h))
}

// frame draws the outline of a rectangle.
func (c *canvas) frame(x, y, w, h typeset.Length, color typeset.Color) {
	c.op("%s RG 0.6 w %s %s %s %s re S", rgb(color), num(x), num(c.height-y-h), num(w), num(h))
}

// rule draws a horizontal line.
func (c *canvas) rule(x, y, w typeset.Length, color typeset.Color) {
	c.op("%s RG 0.6 w %s %s m %s %s l S", rgb(color), num(x), num(c.height-y), num(x+w), num(c.height-y))
}

// image places a picture that was added to the file.
func (c *canvas) image(ref pdf.Ref, x, y, w, h typeset.Length) {
	name, ok := c.images[ref]
	if !ok {
		name = "I" + strconv.Itoa(int(ref))
		c.images[ref] = name
	}
	c.op("q %s 0 0 %s %s %s cm /%s Do Q", num(w), num(h), num(x), num(c.height-y-h), name)
}

// line writes a line of text whose left end stands at (x, baseline).
func (c *canvas) line(l typeset.Line, x, baseline typeset.Length) {
	c.lineAt(l, func(dx, rise typeset.Length) string {
		return fmt.Sprintf("1 0 0 1 %s %s", num(x+dx), num(c.height-baseline+rise))
	}, x, baseline)
}

// upwards writes a line that reads from bottom to top, its start at (x, y).
func (c *canvas) upwards(l typeset.Line, x, y typeset.Length) {
	c.lineAt(l, func(dx, rise typeset.Length) string {
		return fmt.Sprintf("0 1 -1 0 %s %s", num(x-rise), num(c.height-y+dx))
	}, -1, -1)
}

// lineAt writes runs of clusters of one face and style; place gives the text
// matrix for a distance along the line. Bars behind the letters are drawn
// only on level lines.
func (c *canvas) lineAt(l typeset.Line, place func(dx, rise typeset.Length) string, x, baseline typeset.Length) {
	var at typeset.Length
	for i := 0; i < len(l.Clusters); {
		first := l.Clusters[i]
		end, w := i, typeset.Length(0)
		for end < len(l.Clusters) && l.Clusters[end].Face == first.Face && l.Clusters[end].Style == first.Style {
			w += l.Clusters[end].Width
			end++
		}
		if bar := first.Style.Fill; bar != nil && baseline >= 0 {
			size := first.Style.Size
			c.fill(x+at, baseline-size*95/100, w, size*130/100, *bar)
		}
		c.run(l.Clusters[i:end], at, place)
		at += w
		i = end
	}
}

// run writes clusters of one face and style.
func (c *canvas) run(clusters []typeset.Cluster, at typeset.Length, place func(dx, rise typeset.Length) string) {
	face, style := clusters[0].Face, clusters[0].Style
	c.op("BT %s rg /%s %s Tf", rgb(style.Color), c.font(face), num(style.Size))
	show := shower{c: c, face: face, place: place, size: style.Size}
	for _, cl := range clusters {
		pen := at
		for _, g := range cl.Glyphs {
			show.glyph(g, pen)
			pen += typeset.Length(g.Advance) * style.Size / typeset.Unit
		}
		at += cl.Width
	}
	show.flush()
	c.op("ET")
}

func (c *canvas) font(f *typeset.Face) string {
	name, ok := c.fonts[f]
	if !ok {
		name = c.job.fontName(f)
		c.fonts[f] = name
	}
	return name
}

// shower writes glyphs with one text-showing operator for as many as follow
// each other at their places, give or take adjustments in thousandths of an em.
type shower struct {
	c       *canvas
	face    *typeset.Face
	place   func(dx, rise typeset.Length) string
	size    typeset.Length
	pending strings.Builder
	pen     typeset.Length // where the next glyph would stand
	rise    int
}

func (s *shower) glyph(g typeset.Glyph, at typeset.Length) {
	at += typeset.Length(g.DX) * s.size / typeset.Unit
	if s.pending.Len() > 0 && s.rise != g.DY {
		s.flush()
	}
	if s.pending.Len() == 0 {
		s.rise, s.pen = g.DY, at
		s.c.op("%s Tm", s.place(at, typeset.Length(g.DY)*s.size/typeset.Unit))
		s.pending.WriteByte('[')
	}
	if back := (s.pen - at) * typeset.Unit / s.size; back != 0 {
		fmt.Fprintf(&s.pending, "%d", back)
		s.pen -= back * s.size / typeset.Unit
	}
	fmt.Fprintf(&s.pending, "<%04X>", s.face.Code(g.ID, g.Text))
	s.pen += typeset.Length(s.face.Advance(g.ID)) * s.size / typeset.Unit
}

func (s *shower) flush() {
	if s.pending.Len() > 0 {
		s.c.op("%s] TJ", s.pending.String())
		s.pending.Reset()
	}
}
