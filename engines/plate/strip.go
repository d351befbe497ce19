package plate

import (
	"math"

	"github.com/amana-platform/amana/engines/tensor"
)

// lattice reads the rectified plate in one or two rows.
func (s *session) lattice(p *Picture, q Quad, rows int) (*Lattice, error) {
	in := s.read.Input()
	m := toQuad(q)
	a, b := -s.n.readMeta.Margin, 1+s.n.readMeta.Margin
	if rows == 1 {
		drawStrip(in, 0, in.W, p, m.part(rect{a, a, b, b}))
	} else {
		drawStrip(in, 0, in.W/2, p, m.part(rect{a, a, b, s.n.readMeta.SplitTop}))
		drawStrip(in, in.W/2, in.W/2, p, m.part(rect{a, s.n.readMeta.SplitBottom, b, b}))
	}
	standardise(in)
	if err := s.read.Run(); err != nil {
		return nil, err
	}
	out, err := s.read.Output("logits")
	if err != nil {
		return nil, err
	}
	k := 1 / s.n.readMeta.Temperature
	return newLattice(rows, out.W, s.n.channels, func(t, c int) float64 { return float64(out.At(c, 0, t)) * k }), nil
}

// drawStrip draws a quad of the picture in grey into w columns from x0 on, 0 …
// 255.
func drawStrip(in tensor.Tensor, x0, w int, p *Picture, q Quad) {
	from := p.sampler(q, w, in.H, false)
	m := toQuad(q)
	for y := range in.H {
		row := in.Data[y*in.Row+x0:][:w]
		for x := range row {
			row[x] = from.grey(m.at(float64(x)/float64(w), float64(y)/float64(in.H)))
		}
	}
}

// standardise takes the mean off and divides by the deviation and a little.
func standardise(in tensor.Tensor) {
	var sum, squares float64
	for y := range in.H {
		for _, v := range in.Data[y*in.Row:][:in.W] {
			sum += float64(v)
			squares += float64(v) * float64(v)
		}
	}
	n := float64(in.H * in.W)
	mean := sum / n
	k := float32(1 / (math.Sqrt(max(0, squares/n-mean*mean)) + 4))
	for y := range in.H {
		row := in.Data[y*in.Row:][:in.W]
		for x, v := range row {
			row[x] = (v - float32(mean)) * k
		}
	}
}
