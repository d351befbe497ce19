package plate

// rect is a part of a picture, in pixels; the right and lower sides are outside.
type rect struct{ x0, y0, x1, y1 float64 }

// shrink fills dst, w by h samples, with the means of the plane over the areas
// that the samples cover in r. Where the plane ends, its last sample goes on.
// It also enlarges: a sample smaller than one of the plane's takes its value.
func (c plane) shrink(dst []float32, w, h int, r rect) {
	kx, ky := (r.x1-r.x0)*c.sx/float64(w), (r.y1-r.y0)*c.sy/float64(h)
	left, top := r.x0*c.sx, r.y0*c.sy
	first := max(0, min(c.w-1, int(left)))
	last := max(first+1, min(c.w, int(left+kx*float64(w))+1))
	sums := make([]float32, last-first)
	cols := newSpans(left, kx, w, c.w)
	for i, s := range newSpans(top, ky, h, c.h) {
		clear(sums)
		for n, f := range s.parts() {
			row := c.pix[(s.from+n)*c.stride+first:][:len(sums)]
			for x, v := range row {
				sums[x] += float32(v) * f
			}
		}
		line := dst[i*w:][:w]
		for x := range line {
			line[x] = cols[x].mean(sums, first)
		}
	}
}

// span is the samples that one sample of a smaller row covers: a part of the
// first, whole ones, a part of the last. The parts sum to one.
type span struct {
	from, to           int // to is the last, inclusive
	first, whole, last float32
}

// newSpans cuts a row of limit samples from start on into n spans of length k.
func newSpans(start, k float64, n, limit int) []span {
	all := make([]span, n)
	for i := range all {
		a, b := start+k*float64(i), start+k*float64(i+1)
		a, b = max(0, min(a, float64(limit)-0.001)), max(0, min(b, float64(limit)))
		if b-a < 1e-6 {
			b = a + 1e-6
		}
		s := span{from: int(a), to: min(int(b), limit-1)}
		f := 1 / (b - a)
		s.whole = float32(f)
		s.first = float32((min(b, float64(s.from+1)) - a) * f)
		if s.to > s.from {
			s.last = float32((b - float64(s.to)) * f)
		}
		all[i] = s
	}
	return all
}

// parts yields the offset and the weight of each sample.
func (s span) parts() func(func(int, float32) bool) {
	return func(yield func(int, float32) bool) {
		for n := 0; n <= s.to-s.from; n++ {
			if f := s.weight(n); f > 0 && !yield(n, f) {
				return
			}
		}
	}
}

func (s span) weight(n int) float32 {
	switch n {
	case 0:
		return s.first
	case s.to - s.from:
		return s.last
	}
	return s.whole
}

// mean is the weighted mean of the span; sums begins at sample first.
func (s span) mean(sums []float32, first int) float32 {
	v := sums[s.from-first] * s.first
	if s.to > s.from {
		for _, x := range sums[s.from-first+1 : s.to-first] {
			v += x * s.whole
		}
		if s.last > 0 {
			v += sums[s.to-first] * s.last
		}
	}
	return v
}

// shrunk is a part of the picture at a smaller scale: pixel (x, y) of it covers
// 1/k pixels of the picture from ((x+dx)/k, (y+dy)/k) on.
type shrunk struct {
	w, h   int
	luma   []float32
	blue   []float32 // empty in a grey one
	red    []float32
	k      float64
	dx, dy int
}

// shrinkPart shrinks the part of the picture round r by k, in colour or grey.
func (p *Picture) shrinkPart(r rect, k float64, colour bool) *shrunk {
	const room = 2 // pixels more on each side, for interpolation
	x0, y0 := max(0, int(r.x0*k)-room), max(0, int(r.y0*k)-room)
	x1, y1 := min(int(float64(p.W)*k+0.5), int(r.x1*k)+room+1), min(int(float64(p.H)*k+0.5), int(r.y1*k)+room+1)
	x1, y1 = max(x1, x0+1), max(y1, y0+1)
	s := &shrunk{w: x1 - x0, h: y1 - y0, k: k, dx: x0, dy: y0}
	from := rect{float64(x0) / k, float64(y0) / k, float64(x1) / k, float64(y1) / k}
	s.luma = make([]float32, s.w*s.h)
	p.luma.shrink(s.luma, s.w, s.h, from)
	if colour && p.blue.w > 0 {
		s.blue, s.red = make([]float32, s.w*s.h), make([]float32, s.w*s.h)
		p.blue.shrink(s.blue, s.w, s.h, from)
		p.red.shrink(s.red, s.w, s.h, from)
	}
	return s
}

// rgb converts brightness and colour differences (JFIF) to red, green and blue
// in -0.5 … 0.5.
func rgb(y, cb, cr float32) (r, g, b float32) {
	cb, cr = cb-128, cr-128
	clip := func(v float32) float32 { return min(max(v, 0), 255)/255 - 0.5 }
	return clip(y + 1.402*cr), clip(y - 0.344136*cb - 0.714136*cr), clip(y + 1.772*cb)
}
