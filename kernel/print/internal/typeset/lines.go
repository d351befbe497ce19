package typeset

// Line is one line of a paragraph, its clusters from left to right.
type Line struct {
	Clusters []Cluster
	Width    Length // without the space at its end
	Last     bool   // of the paragraph, or before a forced break: not justified
	spaces   int
}

// mark notes on each cluster whether a line may or must end after it.
func (p *Paragraph) mark(breaks []uint8) {
	for i := range p.clusters {
		c := &p.clusters[i]
		b := breaks[c.end-1]
		c.brk, c.must = b > 0, b == 2
	}
}

// Width gives the paragraph's width on one line.
func (p Paragraph) Width() Length {
	var w Length
	for _, c := range p.clusters {
		w += c.Width
	}
	return w
}

// Longest gives the width of the widest part that cannot be divided at a
// permitted place: what a column must have at least.
func (p Paragraph) Longest() Length {
	var widest, w Length
	for _, c := range p.clusters {
		if !c.Space {
			w += c.Width
		}
		widest = max(widest, w)
		if c.brk || c.must {
			w = 0
		}
	}
	return widest
}

// Break cuts the paragraph into lines no wider than width. A part that is
// wider by itself (a long address) is divided between any two clusters.
func (p Paragraph) Break(width Length) []Line {
	var lines []Line
	start, opportunity := 0, -1
	var w Length
	for i := 0; i < len(p.clusters); i++ {
		c := p.clusters[i]
		if w+c.Width > width && !c.Space && i > start {
			end := i
			if opportunity >= start {
				end = opportunity + 1
			}
			lines = append(lines, p.line(start, end, false))
			start, opportunity, i, w = end, -1, end-1, 0
			continue
		}
		w += c.Width
		if c.must {
			lines = append(lines, p.line(start, i+1, true))
			start, opportunity, w = i+1, -1, 0
		} else if c.brk {
			opportunity = i
		}
	}
	if start < len(p.clusters) || len(lines) == 0 {
		lines = append(lines, p.line(start, len(p.clusters), true))
	}
	return lines
}

// line orders the clusters [start, end) from left to right, without the white
// space at its end (rule L1).
func (p Paragraph) line(start, end int, last bool) Line {
	for end > start && (p.clusters[end-1].Space || len(p.clusters[end-1].Codes) == 0) && p.clusters[end-1].Style.Fill == nil {
		end--
	}
	part := p.clusters[start:end]
	lv := make([]uint8, len(part))
	for i, c := range part {
		lv[i] = c.level
	}
	l := Line{Last: last}
	for _, i := range visual(lv) {
		c := part[i]
		l.Width += c.Width
		if c.Space && c.Style.Fill == nil {
			l.spaces++
		}
		l.Clusters = append(l.Clusters, c)
	}
	return l
}

// Justify widens the spaces so that the line is as wide as width; a line whose
// spaces would become wider than an em is left as it is.
func (l *Line) Justify(width Length) {
	if l.Last || l.spaces == 0 || width <= l.Width {
		return
	}
	extra := width - l.Width
	if len(l.Clusters) == 0 || extra/Length(l.spaces) > l.Clusters[0].Style.Size {
		return
	}
	n := Length(0)
	for i := range l.Clusters {
		if c := &l.Clusters[i]; c.Space && c.Style.Fill == nil {
			before := extra * n / Length(l.spaces)
			n++
			c.Width += extra*n/Length(l.spaces) - before
		}
	}
	l.Width = width
}

// Ascent and Descent give the line's reach above and below its baseline.
func (l Line) Ascent() Length { return l.reach(func(f *Face) int { return f.Ascent }) }

// Descent is positive downwards.
func (l Line) Descent() Length { return l.reach(func(f *Face) int { return -f.Descent }) }

func (l Line) reach(of func(*Face) int) Length {
	var most Length
	for _, c := range l.Clusters {
		most = max(most, Length(of(c.Face))*c.Style.Size/Unit)
	}
	return most
}
