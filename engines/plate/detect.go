package plate

import (
	"cmp"
	"math"
	"slices"

	"github.com/amana-platform/amana/engines/tensor"
)

// The detector is shown a whole picture at about as many pixels as this.
const detectArea = 416 * 416

// overlap is the intersection over union from which two boxes are one plate.
const overlap = 0.45

// found is a box that may hold a plate.
type found struct {
	rect
	p float64
}

// detectSize is the size of the detector's input of about area pixels for a
// part of w by h.
func detectSize(w, h, area float64) (int, int) {
	s := min(1, math.Sqrt(area/(w*h)))
	side := func(n float64) int { return min(2048, max(32, 32*int(math.Round(n*s/32)))) }
	return side(w), side(h)
}

// detect finds plates in a part of the picture, of which it is shown about area
// pixels, the likeliest first.
func (s *session) detect(p *Picture, r rect, area, threshold float64) ([]found, error) {
	w, h := detectSize(r.x1-r.x0, r.y1-r.y0, area)
	run, err := s.detector(w, h)
	if err != nil {
		return nil, err
	}
	k := min(float64(w)/(r.x1-r.x0), float64(h)/(r.y1-r.y0))
	s.fillDetector(run.Input(), p, r, k)
	if err := run.Run(); err != nil {
		return nil, err
	}
	out, err := run.Output("det")
	if err != nil {
		return nil, err
	}
	return suppress(cells(out, r, k, threshold, s.n.detectMeta.Temperature)), nil
}

// fillDetector draws the part, at scale k, into the upper left corner; the rest
// is middle grey.
func (s *session) fillDetector(in tensor.Tensor, p *Picture, r rect, k float64) {
	w, h := min(in.W, max(1, int(math.Round((r.x1-r.x0)*k)))), min(in.H, max(1, int(math.Round((r.y1-r.y0)*k))))
	luma, blue, red := s.scratch(3 * w * h)[:w*h], s.scratch(3 * w * h)[w*h:2*w*h], s.scratch(3 * w * h)[2*w*h:]
	p.luma.shrink(luma, w, h, r)
	if p.blue.w > 0 {
		p.blue.shrink(blue, w, h, r)
		p.red.shrink(red, w, h, r)
	} else {
		for i := range blue {
			blue[i], red[i] = 128, 128
		}
	}
	for y := range in.H {
		row := in.Data[y*in.Row:][:3*in.W]
		if y >= h {
			clear(row)
			continue
		}
		for x := range w {
			i := y*w + x
			row[3*x], row[3*x+1], row[3*x+2] = rgb(luma[i], blue[i], red[i])
		}
		clear(row[3*w:])
	}
}

// cells reads the detector's output; see FORMAT.md, Detector.
func cells(out tensor.Tensor, r rect, k, threshold, temperature float64) []found {
	const step = 8
	var all []found
	for i := range out.H {
		for j := range out.W {
			p := 1 / (1 + math.Exp(-float64(out.At(0, i, j))/temperature))
			if !(p >= threshold) {
				continue
			}
			side := func(c int) float64 { return step * math.Exp(min(max(float64(out.At(c, i, j)), -4), 5)) }
			cx, cy := float64(step*j+step/2), float64(step*i+step/2)
			all = append(all, found{rect{r.x0 + (cx-side(1))/k, r.y0 + (cy-side(2))/k, r.x0 + (cx+side(3))/k, r.y0 + (cy+side(4))/k}, p})
		}
	}
	return all
}

// suppress keeps of boxes that overlap the likeliest.
func suppress(all []found) []found {
	slices.SortStableFunc(all, func(a, b found) int { return cmp.Compare(b.p, a.p) })
	var keep []found
	for _, f := range all {
		if !slices.ContainsFunc(keep, func(k found) bool { return iou(f.rect, k.rect) >= overlap }) {
			keep = append(keep, f)
		}
		if len(keep) == maxPlates {
			break
		}
	}
	return keep
}

// maxPlates bounds the work on one picture.
const maxPlates = 64

func (r rect) area() float64 { return max(0, r.x1-r.x0) * max(0, r.y1-r.y0) }

// iou is the intersection of two boxes over their union.
func iou(a, b rect) float64 {
	both := rect{max(a.x0, b.x0), max(a.y0, b.y0), min(a.x1, b.x1), min(a.y1, b.y1)}.area()
	if both == 0 {
		return 0
	}
	return both / (a.area() + b.area() - both)
}
