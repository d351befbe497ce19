package print

import "github.com/amana-platform/amana/kernel/print/internal/typeset"

func (t Table) set(f *frame) []box {
	widths := t.widths(f)
	var head *box
	var out []box
	if t.headed() {
		cells := make([]Text, len(t.Columns))
		for i, c := range t.Columns {
			cells[i] = c.Head.bold()
		}
		h := f.row(t.Columns, widths, cells, look{f.size * 88 / 100, ink}, &wash)
		h.keep, head = true, &h
		out = append(out, h)
	}
	for _, cells := range t.Rows {
		b := f.row(t.Columns, widths, cells, look{f.size * 94 / 100, ink}, nil)
		b.repeat = head
		out = append(out, b)
	}
	return append(out, white(f.size*80/100))
}

func (t Table) headed() bool {
	for _, c := range t.Columns {
		if len(c.Head) > 0 {
			return true
		}
	}
	return false
}

// widths shares the column out by weight, but gives each column what its
// longest word needs, as far as there is room.
func (t Table) widths(f *frame) []typeset.Length {
	n := len(t.Columns)
	least, share := make([]typeset.Length, n), make([]typeset.Length, n)
	pad := 2 * f.cellPad()
	var weights, needed typeset.Length
	for i, c := range t.Columns {
		least[i] = f.shape(c.Head.bold(), look{f.size * 88 / 100, ink}).Longest() + pad
		for _, row := range t.Rows {
			if i < len(row) {
				least[i] = max(least[i], f.shape(row[i], look{f.size * 94 / 100, ink}).Longest()+pad)
			}
		}
		least[i] = min(least[i]+typeset.Pt/10, f.width*45/100)
		share[i] = typeset.Length(max(c.Weight, 0))
		weights += share[i]
		needed += least[i]
	}
	even := weights == 0
	for i := range share {
		if even {
			share[i], weights = 1, typeset.Length(n)
		}
	}
	for i := range share {
		if needed > f.width {
			least[i] = least[i] * f.width / needed
			continue
		}
		least[i] += (f.width - needed) * share[i] / weights
	}
	return least
}

func (f *frame) cellPad() typeset.Length { return f.size * 45 / 100 }

// row sets the cells of one row, from the side on which the language begins.
func (f *frame) row(cols []Column, widths []typeset.Length, cells []Text, l look, under *typeset.Color) box {
	pad := f.cellPad()
	var set [][]box
	var tall, from typeset.Length
	for i, c := range cols {
		inner := widths[i] - 2*pad
		var lines []box
		if i < len(cells) {
			lines = shift(f.in(inner, "").lines(cells[i], l, c.Align), f.start(from, widths[i])+pad)
		}
		from += widths[i]
		tall = max(tall, stack(lines))
		set = append(set, lines)
	}
	tall = max(tall, f.leading(l.size)) + pad*70/100
	return box{height: tall, draw: func(c *canvas, x, y typeset.Length) {
		if under != nil {
			c.fill(x, y, f.width, tall, *under)
		}
		for _, lines := range set {
			drawAll(c, lines, x, y+pad*35/100)
		}
		c.rule(x, y+tall, f.width, pale)
	}}
}
