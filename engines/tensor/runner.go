package tensor

import (
	"fmt"
	"sync"
	"sync/atomic"
)

// Options say how a Runner computes.
type Options struct {
	Kernel  Kernel // Auto unless set
	Threads int    // goroutines that share the work; 1 unless set
}

// Tensor is a part of a runner's memory: value (c, y, x) is
// Data[y*Row+x*Pixel+c].
type Tensor struct {
	Shape
	Data       []float32
	Row, Pixel int
}

// At is the value of a channel at a place.
func (t Tensor) At(c, y, x int) float32 { return t.Data[y*t.Row+x*t.Pixel+c] }

// Runner runs a model on inputs of one size. It is for one goroutine at a
// time.
type Runner struct {
	plan    *plan
	input   string
	steps   []step
	arena   []float32
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

// Runner allocates all that is needed to run the model on inputs of h by w.
// Close it when it has several threads.
func (m *Model) Runner(h, w int, o Options) (*Runner, error) { return m.runner(h, w, o, false) }

func (m *Model) runner(h, w int, o Options, keep bool) (*Runner, error) {
	set, err := choose(o.Kernel)
	if err != nil {
		return nil, err
	}
	p, err := m.newPlan(h, w, keep)
	if err != nil {
		return nil, err
	}
	// The slack lets loops read whole panels of the last pixel.
	r := &Runner{plan: p, input: m.head.Inputs[0].Name, arena: make([]float32, p.size+panel)}
	clean := map[*root]bool{p.places[r.input].root: true}
	for i := range m.nodes {
		l := &m.nodes[i]
		if at := p.places[l.Out]; !clean[at.root] {
			clean[at.root] = true
			r.add(newBorder(at.root))
		}
		for _, s := range newSteps(l, p, set) {
			r.add(s)
		}
	}
	for range max(1, o.Threads) {
		r.workers = append(r.workers, &worker{arena: r.arena})
	}
	if o.Threads > 1 {
		r.start = make(chan *worker)
		for range o.Threads - 1 {
			go help(r, r.start)
		}
	}
	return r, nil
}

func (r *Runner) add(s step) {
	if s != nil && s.blocks() > 0 {
		r.steps = append(r.steps, s)
	}
}

// help does what is left of a step each time it is woken.
func help(r *Runner, start <-chan *worker) {
	for w := range start {
		r.work(w)
		r.wait.Done()
	}
}

// Close ends the helping goroutines. The runner cannot run afterwards.
func (r *Runner) Close() {
	if r.start != nil {
		close(r.start)
		r.start = nil
	}
}

// Input is the tensor to fill before Run. It is not changed by Run.
func (r *Runner) Input() Tensor { return r.tensor(r.plan.view(r.input)) }

// Output is an output of the model, valid until the next Run.
func (r *Runner) Output(name string) (Tensor, error) {
	if _, ok := r.plan.places[name]; !ok {
		return Tensor{}, fmt.Errorf("tensor: there is no output %q", name)
	}
	return r.tensor(r.plan.view(name)), nil
}

func (r *Runner) tensor(v view) Tensor {
	end := v.off + (v.H-1)*v.row + (v.W-1)*v.pix + v.C
	return Tensor{Shape: v.Shape, Data: r.arena[v.off:end:end], Row: v.row, Pixel: v.pix}
}

// Bytes is the size of the runner's memory.
func (r *Runner) Bytes() int { return 4 * len(r.arena) }

// Run computes the outputs from the input. It allocates nothing.
func (r *Runner) Run() {
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
}

// work makes blocks of the present step until none is left.
func (r *Runner) work(w *worker) {
	s := r.now
	for n := int64(s.blocks()); ; {
		b := r.next.Add(1) - 1
		if b >= n {
			return
		}
		s.do(int(b), w)
	}
}
