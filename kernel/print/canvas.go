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
	c.op("%s RG 0.45 w %s %s m %s %s l S", rgb(color), num(x), num(c.height-y), num(x+w), num(c.height-y))
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
	c.lineAt(l, func(along typeset.Length) string {
		return fmt.Sprintf("1 0 0 1 %s %s", num(x+along), num(c.height-baseline))
	}, x, baseline)
}

// upwards writes a line that reads from bottom to top, its start at (x, y).
func (c *canvas) upwards(l typeset.Line, x, y typeset.Length) {
	c.lineAt(l, func(along typeset.Length) string {
		return fmt.Sprintf("0 1 -1 0 %s %s", num(x), num(c.height-y+along))
	}, -1, -1)
}

// lineAt writes runs of clusters of one face and style; place gives the text
// matrix for a distance along the line. Bars behind the letters are drawn
// only on level lines.
func (c *canvas) lineAt(l typeset.Line, place func(along typeset.Length) string, x, baseline typeset.Length) {
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

// run writes clusters of one face and style: one text-showing operator, in
// which what follows another at a distance (kerning, justified spaces) is
// moved in thousandths of an em.
func (c *canvas) run(clusters []typeset.Cluster, at typeset.Length, place func(along typeset.Length) string) {
	face, style := clusters[0].Face, clusters[0].Style
	var show strings.Builder
	start, pen := at, at
	for _, cl := range clusters {
		if back := (pen - at) * typeset.Unit / style.Size; back != 0 && len(cl.Codes) > 0 {
			fmt.Fprintf(&show, "%d", back)
			pen -= back * style.Size / typeset.Unit
		}
		for _, code := range cl.Codes {
			fmt.Fprintf(&show, "<%04X>", face.Code(code))
			pen += typeset.Length(code.Width) * style.Size / typeset.Unit
		}
		at += cl.Width
	}
	if show.Len() > 0 {
		c.op("BT %s rg /%s %s Tf %s Tm [%s] TJ ET", rgb(style.Color), c.font(face), num(style.Size), place(start), show.String())
	}
}

func (c *canvas) font(f *typeset.Face) string {
	name, ok := c.fonts[f]
	if !ok {
		name = c.job.fontName(f)
		c.fonts[f] = name
	}
	return name
}
