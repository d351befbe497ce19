package tensor

import "slices"

// view is a tensor within the arena: value (c, y, x) lies at
// off + y*row + x*pix + c.
type view struct {
	Shape
	off, row, pix int
}

// root is a piece of the arena: a tensor with its border of zeros, or several
// that a concatenation joins.
type root struct {
	Shape
	pix        int
	padY, padX int
	from, to   int // numbers of the first and the last layer that need it; -1 is the input
	off        int
}

func (r *root) size() int { return (r.H + 2*r.padY) * (r.W + 2*r.padX) * r.pix }

func (r *root) view(channel int, s Shape) view {
	row := (r.W + 2*r.padX) * r.pix
	return view{s, r.off + r.padY*row + r.padX*r.pix + channel, row, r.pix}
}

// place says where a tensor lies in which root.
type place struct {
	root    *root
	channel int
}

// plan is the memory of one run.
type plan struct {
	shapes map[string]Shape
	places map[string]place
	roots  []*root
	size   int // of the arena, in float32
}

// maxArena bounds the memory of a runner: 1 GiB.
const maxArena = 1 << 28

// newPlan decides where each tensor lies. keep gives each its own memory, so
// that all can be looked at after a run.
func (m *Model) newPlan(h, w int, keep bool) (*plan, error) {
	shapes, err := m.shapes(h, w)
	if err != nil {
		return nil, err
	}
	p := &plan{shapes: shapes, places: map[string]place{}}
	p.joinParts(m)
	p.placeRest(m)
	p.borders(m)
	p.lifetimes(m, keep)
	return p, p.allocate()
}

// joinParts gives the parts of concatenations their place within the whole,
// where that saves the copy: whole panels, made by a layer, joined once.
func (p *plan) joinParts(m *Model) {
	joined := map[string]int{}
	for _, l := range m.nodes {
		if l.Op == "concat" {
			for _, name := range l.In {
				joined[name]++
			}
		}
	}
	for i, l := range m.nodes {
		if l.Op != "concat" || slices.ContainsFunc(l.In, func(name string) bool {
			_, placed := p.places[name]
			return placed || name == m.head.Inputs[0].Name || joined[name] > 1 || p.shapes[name].C%panel != 0
		}) {
			continue
		}
		s := p.shapes[l.Out]
		if _, placed := p.places[l.Out]; placed {
			continue
		}
		r := p.newRoot(s, padded(s.C), i)
		p.places[l.Out] = place{r, 0}
		at := 0
		for _, name := range l.In {
			p.places[name] = place{r, at}
			at += p.shapes[name].C
		}
	}
}

// placeRest gives every other tensor a root of its own. The input's pixels lie
// close, so that a first convolution reads a row of its window at once.
func (p *plan) placeRest(m *Model) {
	in := m.head.Inputs[0].Name
	p.places[in] = place{p.newRoot(p.shapes[in], p.shapes[in].C, -1), 0}
	for i, l := range m.nodes {
		if _, placed := p.places[l.Out]; !placed {
			s := p.shapes[l.Out]
			p.places[l.Out] = place{p.newRoot(s, padded(s.C), i), 0}
		}
	}
}

func (p *plan) newRoot(s Shape, pix, from int) *root {
	r := &root{Shape: s, pix: pix, from: from, to: from}
	p.roots = append(p.roots, r)
	return r
}

// borders makes room for what convolutions read around a tensor.
func (p *plan) borders(m *Model) {
	for _, l := range m.nodes {
		if l.Op == "conv" {
			r := p.places[l.In[0]].root
			r.padY, r.padX = max(r.padY, l.Pad[0]), max(r.padX, l.Pad[1])
		}
	}
}

// lifetimes finds how long each root is needed. The input is never
// overwritten; outputs stay to the end.
func (p *plan) lifetimes(m *Model, keep bool) {
	for i, l := range m.nodes {
		for _, name := range append(slices.Clone(l.In), l.Out) {
			r := p.places[name].root
			r.from, r.to = min(r.from, i), max(r.to, i)
		}
	}
	stay := append(slices.Clone(m.head.Outputs), m.head.Inputs[0].Name)
	if keep {
		for name := range p.places {
			stay = append(stay, name)
		}
	}
	for _, name := range stay {
		r := p.places[name].root
		r.to = len(m.nodes)
		if keep || name == m.head.Inputs[0].Name {
			r.from = -1
		}
	}
}

// allocate finds the lowest free place for each root among those that live at
// the same time.
func (p *plan) allocate() error {
	var done []*root
	for _, r := range p.roots {
		if r.size() > maxArena {
			return malformed("a tensor of %v is too large to run", r.Shape)
		}
		slices.SortFunc(done, func(a, b *root) int { return a.off - b.off })
		for _, o := range done {
			if o.from <= r.to && r.from <= o.to && r.off < o.off+o.size() && o.off < r.off+r.size() {
				r.off = (o.off + o.size() + panel - 1) / panel * panel
			}
		}
		done = append(done, r)
		p.size = max(p.size, r.off+r.size())
	}
	if p.size > maxArena {
		return malformed("a run would need %d MiB", p.size>>18)
	}
	return nil
}

// view is where a tensor lies.
func (p *plan) view(name string) view {
	at := p.places[name]
	return at.root.view(at.channel, p.shapes[name])
}
