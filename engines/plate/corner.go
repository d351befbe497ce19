package plate

import (
	"math"

	"github.com/amana-platform/amana/engines/tensor"
)

// shape is what the corner network says of a region.
type shape struct {
	quad Quad
	kind [3]float64 // probabilities of no plate, one row, two rows
}

// region is the part of the picture that the corner network sees round a box.
func region(r rect, w, h int) rect {
	aspect := float64(w) / float64(h)
	bw, bh := r.x1-r.x0, r.y1-r.y0
	rw := max(1.5*bw, 2.4*bh, 2)
	rh := rw / aspect
	if 1.5*bh > rh {
		rh = 1.5 * bh
		rw = rh * aspect
	}
	cx, cy := (r.x0+r.x1)/2, (r.y0+r.y1)/2
	return rect{cx - rw/2, cy - rh/2, cx + rw/2, cy + rh/2}
}

// corners finds the corners and the kind of the plate in a box.
func (s *session) corners(p *Picture, box rect) (shape, error) {
	in := s.corner.Input()
	r := region(box, in.W, in.H)
	q := Quad{{r.x0, r.y0}, {r.x1, r.y0}, {r.x1, r.y1}, {r.x0, r.y1}}
	p.sampler(q, in.W, in.H, true).colours(in, r)
	kx, ky := (r.x1-r.x0)/float64(in.W), (r.y1-r.y0)/float64(in.H)
	if err := s.corner.Run(); err != nil {
		return shape{}, err
	}
	heat, err := s.corner.Output("heat")
	if err != nil {
		return shape{}, err
	}
	kind, err := s.corner.Output("kind")
	if err != nil {
		return shape{}, err
	}
	var out shape
	for c := range out.quad {
		x, y := middle(heat, c)
		out.quad[c] = Point{r.x0 + kx*x*float64(in.W)/float64(heat.W), r.y0 + ky*y*float64(in.H)/float64(heat.H)}
	}
	softmax(out.kind[:], func(i int) float64 { return float64(kind.At(i, 0, 0)) / s.n.cornerMeta.Temperature })
	return out, nil
}

// middle is the mean place of a channel read as logits over the cells, in
// cells from the upper left corner.
func middle(heat tensor.Tensor, c int) (x, y float64) {
	top := math.Inf(-1)
	for i := range heat.H {
		for j := range heat.W {
			top = max(top, float64(heat.At(c, i, j)))
		}
	}
	sum := 0.0
	for i := range heat.H {
		for j := range heat.W {
			p := math.Exp(float64(heat.At(c, i, j)) - top)
			sum += p
			x += p * (float64(j) + 0.5)
			y += p * (float64(i) + 0.5)
		}
	}
	return x / sum, y / sum
}

// plausible says whether the corners can be those of a plate: a convex quad,
// not a line, neither too long nor too tall.
func (q Quad) plausible(rows int) bool {
	for i := range q {
		a, b, c := q[i], q[(i+1)%4], q[(i+2)%4]
		if (b.X-a.X)*(c.Y-b.Y)-(b.Y-a.Y)*(c.X-b.X) <= 0 {
			return false
		}
	}
	wide, tall := max(dist(q[0], q[1]), dist(q[3], q[2])), max(dist(q[0], q[3]), dist(q[1], q[2]))
	if wide < 8 || tall < 4 {
		return false
	}
	aspect := wide / tall
	if rows == 2 {
		return aspect > 0.5 && aspect < 4
	}
	return aspect > 1 && aspect < 12
}
