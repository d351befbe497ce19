package print

import (
	"strconv"

	"github.com/amana-platform/amana/kernel/print/internal/typeset"
)

// scale gives the size of a heading in hundredths of running text, by level.
var scale = [...]typeset.Length{165, 135, 115, 100}

func (h Heading) set(f *frame) []box {
	level := min(max(h.Level, 0), len(scale)-1)
	size := f.size * scale[level] / 100
	align := Start
	if level == 0 {
		align = Center
	}
	boxes := f.lines(h.Text.bold(), look{size, ink}, align)
	for i := range boxes {
		boxes[i].keep = true
	}
	if level > 0 {
		boxes[0].marks = []*anchor{f.job.nextAnchor()}
	}
	gap := f.size * []typeset.Length{60, 120, 90, 70}[level] / 100
	after := white(f.size * 35 / 100)
	after.keep = true
	before := white(gap)
	before.keep = true
	return append(append([]box{before}, boxes...), after)
}

func (p Paragraph) set(f *frame) []box {
	l := f.look()
	if p.Size > 0 {
		l.size = typeset.Length(p.Size) * typeset.Pt / 10
	}
	if p.Small {
		l = f.note()
	}
	return append(f.lines(p.Text, l, p.Align), white(l.size*45/100))
}

func (r Rule) set(f *frame) []box {
	w := f.width
	return []box{{height: f.size, draw: func(c *canvas, x, y typeset.Length) { c.rule(x, y+f.size/2, w, pale) }}}
}

func (s Space) set(*frame) []box { return []box{white(typeset.Mm(int(s)))} }

func (PageBreak) set(*frame) []box { return []box{{fresh: true}} }

func (s Section) set(f *frame) []box { return f.in(f.width, s.Lang).blocks(s.Blocks) }

// labels are given this share of the width, in hundredths, at most.
const labelShare = 38

func (fs Facts) set(f *frame) []box {
	label := look{f.size, grey}
	var wide typeset.Length
	for _, fact := range fs {
		wide = max(wide, f.shape(fact.Label, label).Width())
	}
	gap := f.size
	wide = min(wide+typeset.Pt, f.width*labelShare/100)
	var out []box
	for _, fact := range fs {
		left := shift(f.in(wide, "").lines(fact.Label, label, Start), f.start(0, wide))
		rest := f.width - wide - gap
		right := shift(f.in(rest, "").lines(fact.Value, f.look(), Start), f.start(wide+gap, rest))
		out = append(out, beside(left, right)...)
	}
	return append(out, white(f.size*60/100))
}

// beside sets two columns of lines next to each other, line by line, so that a
// long value may run over a page.
func beside(a, b []box) []box {
	out := make([]box, max(len(a), len(b)))
	for i := range out {
		var row []box
		for _, col := range [][]box{a, b} {
			if i < len(col) {
				row = append(row, col[i])
				out[i].height = max(out[i].height, col[i].height)
				out[i].keep = out[i].keep || col[i].keep
			}
		}
		out[i].marks = marks(row)
		out[i].draw = func(c *canvas, x, y typeset.Length) {
			for _, r := range row {
				drawAll(c, []box{r}, x, y)
			}
		}
	}
	return out
}

func (l List) set(f *frame) []box {
	wide := f.size * 160 / 100
	var out []box
	for i, item := range l.Items {
		sign := T("\u2022")
		if l.Ordered {
			sign = T(strconv.Itoa(i+1) + ".")
		}
		mark := shift(f.in(wide, "").lines(sign, f.look(), Start), f.start(0, wide))
		body := shift(f.in(f.width-wide, "").lines(item, f.look(), Start), f.start(wide, f.width-wide))
		out = append(out, beside(mark, body)...)
	}
	return append(out, white(f.size*50/100))
}

func (s Signatures) set(f *frame) []box {
	gap := f.size
	n := typeset.Length(max(len(s), 1))
	wide := (f.width - gap*(n-1)) / n
	inner := wide - 2*f.size*70/100
	cells := make([][]box, len(s))
	var tall typeset.Length
	for i, b := range s {
		g := f.in(inner, "")
		cells[i] = append(cells[i], g.lines(b.Role.bold(), look{f.size * 95 / 100, ink}, Start)...)
		cells[i] = append(cells[i], g.lines(b.Name, look{f.size * 95 / 100, ink}, Start)...)
		if len(b.Note) > 0 {
			cells[i] = append(cells[i], g.lines(b.Note, look{f.size * 80 / 100, grey}, Start)...)
		}
		tall = max(tall, stack(cells[i]))
	}
	tall += typeset.Mm(20) * f.size / (10 * typeset.Pt)
	draw := func(c *canvas, x, y typeset.Length) {
		for i := range s {
			left := x + f.start((wide+gap)*typeset.Length(i), wide)
			c.frame(left, y, wide, tall, pale)
			drawAll(c, cells[i], left+f.size*70/100, y+f.size*40/100)
		}
	}
	return []box{white(f.size / 2), {height: tall, draw: draw}, white(f.size)}
}

func (b Blackout) set(f *frame) []box {
	var out []box
	step := f.leading(f.size)
	label, _ := b.Label.redacted(f.job.doc.Redact)
	for i := range max(b.Lines, 1) {
		var text []box
		if i == 0 && len(label) > 0 {
			text = f.in(f.width-f.size, "").lines(label, look{f.size * 85 / 100, paper}, Start)[:1]
		}
		out = append(out, box{height: step, draw: func(c *canvas, x, y typeset.Length) {
			c.fill(x, y+step*8/100, f.width, step*84/100, black)
			drawAll(c, text, x+f.size/2, y+(step-stack(text))/2)
		}})
	}
	return append(out, white(f.size*50/100))
}

func (fr Framed) set(f *frame) []box {
	pad := f.size * 80 / 100
	inner := f.in(f.width-2*pad, "").blocks(fr.Blocks)
	for len(inner) > 0 && inner[len(inner)-1].white {
		inner = inner[:len(inner)-1]
	}
	for len(inner) > 0 && inner[0].white {
		inner = inner[1:]
	}
	tall := stack(inner) + 2*pad
	draw := func(c *canvas, x, y typeset.Length) {
		c.fill(x, y, f.width, tall, wash)
		c.frame(x, y, f.width, tall, pale)
		drawAll(c, inner, x+pad, y+pad)
	}
	return []box{{height: tall, marks: marks(inner), draw: draw}, white(f.size * 70 / 100)}
}

func (b Bilingual) set(f *frame) []box {
	gap := f.size * 150 / 100
	wide := (f.width - gap) / 2
	left, right := 0, 1
	if rightToLeft(b.Langs[0]) && !rightToLeft(b.Langs[1]) {
		left, right = 1, 0
	}
	var out []box
	for _, row := range b.Rows {
		cols := [2][]box{}
		for i := range row {
			cols[i] = f.in(wide, b.Langs[i]).blocks(row[i])
		}
		out = append(out, pairRows(cols[left], shift(cols[right], wide+gap), f.job.column)...)
	}
	return out
}

// pairRows sets two columns beside each other as one box, or line by line if
// they are longer than a page.
func pairRows(a, b []box, page typeset.Length) []box {
	tall := max(stack(a), stack(b))
	if tall > page {
		return beside(a, b)
	}
	return []box{{height: tall, marks: append(marks(a), marks(b)...), draw: func(c *canvas, x, y typeset.Length) {
		drawAll(c, a, x, y)
		drawAll(c, b, x, y)
	}}}
}

func (t Contents) set(f *frame) []box {
	var out []box
	if len(t.Title) > 0 {
		out = append(out, f.lines(t.Title.bold(), look{f.size * 135 / 100, ink}, Start)...)
		out = append(out, white(f.size/2))
	}
	for _, a := range f.job.anchors {
		out = append(out, f.entry(a))
	}
	return append(out, white(f.size))
}

// entry is one line of the contents, with the page's number at its far end
// and a link to it.
func (f *frame) entry(a *anchor) box {
	step := f.leading(f.size) * 110 / 100
	in := f.size * 140 / 100 * typeset.Length(a.level-1)
	number := f.size * 250 / 100
	text := a.text
	if a.level == 1 {
		text = text.bold()
	}
	wide := f.width - in - number
	lines := f.in(wide, "").lines(text, f.look(), Start)
	tall := stack(lines) + step - f.leading(f.size)
	return box{height: tall, draw: func(c *canvas, x, y typeset.Length) {
		drawAll(c, lines, x+f.start(in, wide), y)
		g := f.in(number, "")
		page := g.lines(T(strconv.Itoa(a.page)), f.look(), End)
		drawAll(c, page, x+f.start(f.width-number, number), y+stack(lines)-f.leading(f.size))
		c.rule(x, y+tall-step*6/100, f.width, wash)
		c.links = append(c.links, link{x, y, f.width, tall, a})
	}}
}
