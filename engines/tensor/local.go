package tensor

import (
	"sync"
	"sync/atomic"
)

// local computes in this process.
type local struct {
	steps   []step
	workers []*worker
	next    atomic.Int64 // the block that is taken next
	now     step
	start   chan *worker
	wait    sync.WaitGroup
}

// step is one layer made ready. Its blocks can be made in any order, by several
// goroutines at once.
type step interface {
	blocks() int
	do(block int, w *worker)
}

// worker is what one goroutine needs to work.
type worker struct {
	arena []float32
	tiles [blockTiles]tile
}

// local plans the memory of a run and makes its steps ready.
func (m *Model) local(h, w int, o Options, keep bool) (*Runner, error) {
	set, err := choose(o.Kernel)
	if err != nil {
		return nil, err
	}
	p, err := m.newPlan(h, w, keep)
	if err != nil {
		return nil, err
	}
	// The slack lets loops read whole panels of the last pixel.
	arena := make([]float32, p.size+panel)
	input := m.head.Inputs[0].Name
	r := &local{steps: m.steps(p, set)}
	for range max(1, o.Threads) {
		r.workers = append(r.workers, &worker{arena: arena})
	}
	if o.Threads > 1 {
		r.start = make(chan *worker)
		for range o.Threads - 1 {
			go help(r, r.start)
		}
	}
	out := map[string]Tensor{}
	for name := range p.places {
		out[name] = p.view(name).tensor(arena)
	}
	return &Runner{in: out[input], out: out, bytes: 4 * len(arena), back: r}, nil
}

// steps are all layers in order, each root's border cleaned before it is used.
func (m *Model) steps(p *plan, set kernelSet) []step {
	var all []step
	add := func(s step) {
		if s != nil && s.blocks() > 0 {
			all = append(all, s)
		}
	}
	clean := map[*root]bool{p.places[m.head.Inputs[0].Name].root: true}
	for i := range m.nodes {
		l := &m.nodes[i]
		if at := p.places[l.Out]; !clean[at.root] {
			clean[at.root] = true
			add(newBorder(at.root))
		}
		for _, s := range newSteps(l, p, set) {
			add(s)
		}
	}
	return all
}

func (v view) tensor(arena []float32) Tensor {
	end := v.off + (v.H-1)*v.row + (v.W-1)*v.pix + v.C
	return Tensor{Shape: v.Shape, Data: arena[v.off:end:end], Row: v.row, Pixel: v.pix}
}

// help does what is left of a step each time it is woken.
func help(r *local, start <-chan *worker) {
	for w := range start {
		r.work(w)
		r.wait.Done()
	}
}

// close ends the helping goroutines.
func (r *local) close() {
	if r.start != nil {
		close(r.start)
		r.start = nil
	}
}

func (r *local) run() error {
	for _, s := range r.steps {
		n := s.blocks()
		if len(r.workers) == 1 || n == 1 {
			for b := range n {
				s.do(b, r.workers[0])
			}
			continue
		}
		r.now = s
		r.next.Store(0)
		r.wait.Add(len(r.workers) - 1)
		for _, w := range r.workers[1:] {
			r.start <- w
		}
		r.work(r.workers[0])
		r.wait.Wait()
	}
	return nil
}

// work makes blocks of the present step until none is left.
func (r *local) work(w *worker) {
	s := r.now
	for n := int64(s.blocks()); ; {
		b := r.next.Add(1) - 1
		if b >= n {
			return
		}
		s.do(int(b), w)
	}
}
