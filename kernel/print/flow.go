package print

import "github.com/amana-platform/amana/kernel/print/internal/typeset"

// box is a piece of a column that is not divided between pages.
type box struct {
	height typeset.Length
	keep   bool      // stays on the page of the box after it
	fresh  bool      // starts a new page
	white  bool      // only white: dropped at the top of a page
	repeat *box      // the table head to set again when this box starts a page
	marks  []*anchor // the headings in it
	draw   func(c *canvas, x, y typeset.Length)
}

// anchor is a heading that contents and bookmarks point at.
type anchor struct {
	title string
	text  Text
	lang  string
	level int
	page  int            // from 1, known once the pages are made up
	y     typeset.Length // from the top of that page
}

// placed is a box at its place on a page.
type placed struct {
	box
	y typeset.Length
}

// paginate makes up pages of a height, never dividing a box and never leaving
// one that keeps to the next at the foot of a page, unless what keeps together
// is longer than a page.
func paginate(boxes []box, height typeset.Length) [][]placed {
	pages := [][]placed{nil}
	var y typeset.Length
	for i := 0; i < len(boxes); {
		end, need := group(boxes, i, height)
		if boxes[i].white && !boxes[i].keep && y+need > height {
			i = end // white at the foot of a page is there already
			continue
		}
		last := &pages[len(pages)-1]
		if len(*last) > 0 && (boxes[i].fresh || y+need > height) {
			pages = append(pages, nil)
			last, y = &pages[len(pages)-1], 0
			if head := boxes[i].repeat; head != nil {
				*last = append(*last, placed{*head, 0})
				y = head.height
			}
		}
		for ; i < end; i++ {
			if boxes[i].white && y == 0 {
				continue
			}
			*last = append(*last, placed{boxes[i], y})
			y += boxes[i].height
		}
	}
	return pages
}

// group finds the boxes from i on that must share a page.
func group(boxes []box, i int, height typeset.Length) (end int, need typeset.Length) {
	for end = i; end < len(boxes); end++ {
		if end > i && (boxes[end].fresh || need+boxes[end].height > height) {
			return end, need
		}
		need += boxes[end].height
		if !boxes[end].keep {
			return end + 1, need
		}
	}
	return end, need
}

// stack gives the height of boxes set one below the other.
func stack(boxes []box) typeset.Length {
	var h typeset.Length
	for _, b := range boxes {
		h += b.height
	}
	return h
}

// drawAll draws boxes one below the other.
func drawAll(c *canvas, boxes []box, x, y typeset.Length) {
	for _, b := range boxes {
		if b.draw != nil {
			b.draw(c, x, y)
		}
		y += b.height
	}
}

// marks gathers the headings in boxes.
func marks(boxes []box) []*anchor {
	var all []*anchor
	for _, b := range boxes {
		all = append(all, b.marks...)
	}
	return all
}

// shift moves boxes to the right.
func shift(boxes []box, by typeset.Length) []box {
	out := make([]box, len(boxes))
	for i, b := range boxes {
		draw := b.draw
		if draw != nil {
			b.draw = func(c *canvas, x, y typeset.Length) { draw(c, x+by, y) }
		}
		out[i] = b
	}
	return out
}
