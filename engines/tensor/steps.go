package tensor

import "math"

// newSteps makes a layer ready to run.
func newSteps(l *layer, p *plan, set kernelSet) []step {
	in, out := p.view(l.In[0]), p.view(l.Out)
	switch l.Op {
	case "conv":
		return []step{newConv(l, in, out, set)}
	case "add":
		return []step{&addStep{l, set, in, p.view(l.In[1]), out}}
	case "upsample2":
		return []step{&upsampleStep{in, out}}
	case "maxpool", "avgpool":
		return []step{&poolStep{l, set, in, out, l.Op == "maxpool"}}
	case "gap":
		return []step{&meanStep{set, in, out, in.W}}
	case "meanh":
		return []step{&meanStep{set, in, out, 1}}
	}
	var steps []step // concat: the parts that do not lie in place already
	at := 0
	for _, name := range l.In {
		if v := p.view(name); p.places[name].root != p.places[l.Out].root {
			steps = append(steps, &copyStep{v, out, at})
		}
		at += p.shapes[name].C
	}
	return steps
}

// borderStep makes the border of a root zero: other tensors have used the
// memory before.
type borderStep struct{ r *root }

func newBorder(r *root) step {
	if r.padY == 0 && r.padX == 0 {
		return nil
	}
	return borderStep{r}
}

func (s borderStep) blocks() int { return 1 }

func (s borderStep) do(_ int, w *worker) {
	r := s.r
	row := (r.W + 2*r.padX) * r.pix
	mem := w.arena[r.off:][:r.size()]
	edge := r.padY*row + r.padX*r.pix
	clear(mem[:edge])
	clear(mem[len(mem)-edge:])
	for y := 1; y < r.H; y++ { // the right end of a row and the left of the next lie together
		end := (r.padY+y)*row - r.padX*r.pix
		clear(mem[end : end+2*r.padX*r.pix])
	}
}

type addStep struct {
	l         *layer
	set       kernelSet
	x, y, out view
}

func (s *addStep) blocks() int { return s.out.H }

func (s *addStep) do(y int, w *worker) {
	n := padded(s.out.C)
	run, times := n, s.out.W
	if s.out.pix == n && s.x.pix == n && s.y.pix == n {
		run, times = n*s.out.W, 1
	}
	for i := range times {
		dst := w.arena[s.out.off+y*s.out.row+i*s.out.pix:][:run]
		a := w.arena[s.x.off+y*s.x.row+i*s.x.pix:][:run]
		b := w.arena[s.y.off+y*s.y.row+i*s.y.pix:][:run]
		s.set.add(dst, a, b, s.l.lo, s.l.hi)
		if s.l.after != nil {
			s.l.after(dst)
		}
	}
}

// upsampleStep doubles height and width, each pixel four times.
type upsampleStep struct{ in, out view }

func (s *upsampleStep) blocks() int { return s.in.H }

func (s *upsampleStep) do(y int, w *worker) {
	n := padded(s.in.C)
	for x := range s.in.W {
		src := w.arena[s.in.off+y*s.in.row+x*s.in.pix:][:n]
		at := s.out.off + 2*y*s.out.row + 2*x*s.out.pix
		copy(w.arena[at:], src)
		copy(w.arena[at+s.out.pix:], src)
		copy(w.arena[at+s.out.row:], src)
		copy(w.arena[at+s.out.row+s.out.pix:], src)
	}
}

// copyStep puts a part of a concatenation at its channels.
type copyStep struct {
	in, out view
	channel int
}

func (s *copyStep) blocks() int { return s.in.H }

func (s *copyStep) do(y int, w *worker) {
	for x := range s.in.W {
		src := w.arena[s.in.off+y*s.in.row+x*s.in.pix:][:s.in.C]
		copy(w.arena[s.out.off+y*s.out.row+x*s.out.pix+s.channel:], src)
	}
}

// poolStep is a maximum, which ignores the padding, or a mean, which counts it
// as zeros.
type poolStep struct {
	l       *layer
	set     kernelSet
	in, out view
	most    bool
}

func (s *poolStep) blocks() int { return s.out.H }

func (s *poolStep) do(oy int, w *worker) {
	k, st, pad := s.l.Kernel, s.l.Stride, s.l.Pad
	y0, y1 := max(0, oy*st[0]-pad[0]), min(s.in.H, oy*st[0]-pad[0]+k[0])
	n := padded(s.out.C)
	for ox := range s.out.W {
		x0, x1 := max(0, ox*st[1]-pad[1]), min(s.in.W, ox*st[1]-pad[1]+k[1])
		dst := w.arena[s.out.off+oy*s.out.row+ox*s.out.pix:][:n]
		fill(dst, s.most)
		for y := y0; y < y1; y++ {
			for x := x0; x < x1; x++ {
				src := w.arena[s.in.off+y*s.in.row+x*s.in.pix:][:n]
				if s.most {
					s.set.maxOf(dst, dst, src)
				} else {
					s.set.add(dst, dst, src, -inf, inf)
				}
			}
		}
		if !s.most {
			scale(dst, 1/float32(k[0]*k[1]))
		}
	}
}

func fill(dst []float32, lowest bool) {
	clear(dst)
	if lowest {
		for i := range dst {
			dst[i] = -inf
		}
	}
}

func scale(dst []float32, f float32) {
	for i := range dst {
		dst[i] *= f
	}
}

// meanStep is the mean over the height, for each run of `wide` columns: one, or
// all of them.
type meanStep struct {
	set     kernelSet
	in, out view
	wide    int
}

func (s *meanStep) blocks() int { return s.out.W }

func (s *meanStep) do(ox int, w *worker) {
	n := padded(s.out.C)
	dst := w.arena[s.out.off+ox*s.out.pix:][:n]
	clear(dst)
	for y := range s.in.H {
		for x := ox * s.wide; x < (ox+1)*s.wide; x++ {
			s.set.add(dst, dst, w.arena[s.in.off+y*s.in.row+x*s.in.pix:][:n], -inf, inf)
		}
	}
	scale(dst, 1/float32(s.in.H*s.wide))
}

// The activations that are not a clamp run after it, in place.

func hswish(v []float32) {
	for i, x := range v {
		v[i] = x * min(max(x+3, 0), 6) * (1.0 / 6)
	}
}

func sigmoid(v []float32) {
	for i, x := range v {
		v[i] = float32(1 / (1 + math.Exp(-float64(x))))
	}
}

func silu(v []float32) {
	for i, x := range v {
		v[i] = float32(float64(x) / (1 + math.Exp(-float64(x))))
	}
}
