package plate

import (
	"math"

	"github.com/amana-platform/amana/engines/tensor"
)

// Point is a place in a picture, in pixels from its upper left corner.
type Point struct{ X, Y float64 }

// Quad is the four corners of a plate as one reads it: upper left, upper right,
// lower right, lower left.
type Quad [4]Point

// Box is the upright rectangle round the corners.
func (q Quad) Box() (x0, y0, x1, y1 float64) {
	x0, y0, x1, y1 = q[0].X, q[0].Y, q[0].X, q[0].Y
	for _, p := range q[1:] {
		x0, y0, x1, y1 = min(x0, p.X), min(y0, p.Y), max(x1, p.X), max(y1, p.Y)
	}
	return x0, y0, x1, y1
}

func (q Quad) box() rect {
	x0, y0, x1, y1 := q.Box()
	return rect{x0, y0, x1, y1}
}

func dist(a, b Point) float64 { return math.Hypot(a.X-b.X, a.Y-b.Y) }

// homography maps the unit square to a quadrilateral, as a pinhole camera does.
type homography [9]float64

// toQuad is the homography that takes (0,0) (1,0) (1,1) (0,1) to the corners.
// Source: Heckbert, Fundamentals of Texture Mapping and Image Warping, 1989, 2.2.3.
func toQuad(q Quad) homography {
	sx, sy := q[0].X-q[1].X+q[2].X-q[3].X, q[0].Y-q[1].Y+q[2].Y-q[3].Y
	dx1, dy1, dx2, dy2 := q[1].X-q[2].X, q[1].Y-q[2].Y, q[3].X-q[2].X, q[3].Y-q[2].Y
	det := dx1*dy2 - dx2*dy1
	var g, h float64
	if math.Abs(det) > 1e-9 {
		g, h = (sx*dy2-dx2*sy)/det, (dx1*sy-sx*dy1)/det
	}
	return homography{
		q[1].X - q[0].X + g*q[1].X, q[3].X - q[0].X + h*q[3].X, q[0].X,
		q[1].Y - q[0].Y + g*q[1].Y, q[3].Y - q[0].Y + h*q[3].Y, q[0].Y,
		g, h, 1,
	}
}

func (m homography) at(u, v float64) Point {
	w := m[6]*u + m[7]*v + m[8]
	if math.Abs(w) < 1e-9 {
		w = math.Copysign(1e-9, w)
	}
	return Point{(m[0]*u + m[1]*v + m[2]) / w, (m[3]*u + m[4]*v + m[5]) / w}
}

// part is the quad that a rectangle of the unit square becomes.
func (m homography) part(r rect) Quad {
	return Quad{m.at(r.x0, r.y0), m.at(r.x1, r.y0), m.at(r.x1, r.y1), m.at(r.x0, r.y1)}
}

// sampler takes values of a picture at arbitrary places, by bilinear
// interpolation; outside, the border goes on.
type sampler struct {
	p     *Picture
	small *shrunk // used instead, where the picture shrinks by more than two
}

// sampler prepares to draw the quad into w by h pixels.
func (p *Picture) sampler(q Quad, w, h int, colour bool) sampler {
	s := sampler{p: p}
	shrink := min(dist(q[0], q[1])/float64(w), dist(q[0], q[3])/float64(h))
	if shrink > 2 {
		x0, y0, x1, y1 := q.Box()
		r := rect{max(0, x0), max(0, y0), min(float64(p.W), x1), min(float64(p.H), y1)}
		s.small = p.shrinkPart(r, 1/shrink, colour)
	}
	return s
}

func (s sampler) grey(at Point) float32 {
	if s.small != nil {
		return bilinear(s.small.luma, s.small.w, s.small.h, at.X*s.small.k-float64(s.small.dx), at.Y*s.small.k-float64(s.small.dy))
	}
	return s.p.luma.at(at)
}

// colours draws the part of the picture in a rectangle into a tensor of red,
// green and blue.
func (s sampler) colours(in tensor.Tensor, r rect) {
	if t := s.small; t != nil {
		drawGrids(in, t.grid(t.luma, in, r), t.grid(t.blue, in, r), t.grid(t.red, in, r))
		return
	}
	drawGrids(in, s.p.luma.grid(in, r), s.p.blue.grid(in, r), s.p.red.grid(in, r))
}

// grid is the places of a plane that the pixels of a rectangle take their values
// from. Columns are the same for each row.
type grid[T byte | float32] struct {
	v      []T // none in a grey picture
	stride int
	xs, ys []tap
}

// tap is between which two samples of a row or column a value lies.
type tap struct {
	at, next int
	f        float32
}

func newTaps(n, limit int, place func(int) float64) []tap {
	all := make([]tap, n)
	for i := range all {
		all[i].at, all[i].f, all[i].next = cell(place(i), limit)
	}
	return all
}

func (c plane) grid(in tensor.Tensor, r rect) grid[byte] {
	if c.w == 0 {
		return grid[byte]{}
	}
	kx, ky := (r.x1-r.x0)/float64(in.W), (r.y1-r.y0)/float64(in.H)
	return grid[byte]{c.pix, c.stride,
		newTaps(in.W, c.w, func(x int) float64 { return (r.x0+kx*float64(x)+0.5)*c.sx - 0.5 }),
		newTaps(in.H, c.h, func(y int) float64 { return (r.y0+ky*float64(y)+0.5)*c.sy - 0.5 })}
}

func (t *shrunk) grid(v []float32, in tensor.Tensor, r rect) grid[float32] {
	if len(v) == 0 {
		return grid[float32]{}
	}
	kx, ky := (r.x1-r.x0)/float64(in.W), (r.y1-r.y0)/float64(in.H)
	return grid[float32]{v, t.w,
		newTaps(in.W, t.w, func(x int) float64 { return (r.x0+kx*float64(x))*t.k - float64(t.dx) }),
		newTaps(in.H, t.h, func(y int) float64 { return (r.y0+ky*float64(y))*t.k - float64(t.dy) })}
}

func drawGrids[T byte | float32](in tensor.Tensor, luma, blue, red grid[T]) {
	y, b, r := make([]float32, in.W), make([]float32, in.W), make([]float32, in.W)
	for i := range in.H {
		luma.row(y, i)
		blue.row(b, i)
		red.row(r, i)
		row := in.Data[i*in.Row:][:3*in.W]
		for x := range y {
			row[3*x], row[3*x+1], row[3*x+2] = rgb(y[x], b[x], r[x])
		}
	}
}

// row interpolates a row; of a plane that is not there it is 128, no colour.
func (g grid[T]) row(dst []float32, y int) {
	if len(g.v) == 0 {
		for x := range dst {
			dst[x] = 128
		}
		return
	}
	t := g.ys[y]
	upper, lower := g.v[t.at*g.stride:], g.v[t.next*g.stride:]
	for x, h := range g.xs {
		a, b := float32(upper[h.at]), float32(upper[h.next])
		d, e := float32(lower[h.at]), float32(lower[h.next])
		a += (b - a) * h.f
		d += (e - d) * h.f
		dst[x] = a + (d-a)*t.f
	}
}

// at interpolates a plane; the middle of a pixel has whole coordinates.
func (c plane) at(p Point) float32 {
	// Samples of colour lie in the middle of the pixels that share them.
	x, y := (p.X+0.5)*c.sx-0.5, (p.Y+0.5)*c.sy-0.5
	x0, fx, x1 := cell(x, c.w)
	y0, fy, y1 := cell(y, c.h)
	a, b := float32(c.pix[y0*c.stride+x0]), float32(c.pix[y0*c.stride+x1])
	d, e := float32(c.pix[y1*c.stride+x0]), float32(c.pix[y1*c.stride+x1])
	a += (b - a) * fx
	d += (e - d) * fx
	return a + (d-a)*fy
}

func bilinear(v []float32, w, h int, x, y float64) float32 {
	x0, fx, x1 := cell(x, w)
	y0, fy, y1 := cell(y, h)
	a, b, d, e := v[y0*w+x0], v[y0*w+x1], v[y1*w+x0], v[y1*w+x1]
	a += (b - a) * fx
	d += (e - d) * fx
	return a + (d-a)*fy
}

// cell is the sample at or before x, how far x is beyond it, and the next one,
// all within n samples.
func cell(x float64, n int) (int, float32, int) {
	if !(x > 0) { // also where x is not a number
		return 0, 0, 0
	}
	if x >= float64(n-1) {
		return n - 1, 0, n - 1
	}
	i := int(x)
	return i, float32(x - float64(i)), i + 1
}
