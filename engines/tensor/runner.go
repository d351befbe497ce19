package tensor

import "fmt"

// Options say how a Runner computes.
type Options struct {
	Kernel  Kernel   // Auto unless set
	Threads int      // goroutines that share the work; 1 unless set
	Beside  *Process // ONNX Runtime in a process beside this one computes, with so many threads; Kernel is not looked at
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
	in    Tensor
	out   map[string]Tensor
	bytes int
	back  back
}

// back is what computes: this process, or one beside it.
type back interface {
	run() error
	close()
}

// Runner allocates all that is needed to run the model on inputs of h by w.
// Close it when it has several threads or runs beside.
func (m *Model) Runner(h, w int, o Options) (*Runner, error) { return m.runner(h, w, o, false) }

// runner is Runner; keep lets all tensors be looked at after a run.
func (m *Model) runner(h, w int, o Options, keep bool) (*Runner, error) {
	if o.Beside != nil {
		return m.beside(h, w, o, keep)
	}
	return m.local(h, w, o, keep)
}

// Close gives threads and processes back. The runner cannot run afterwards.
func (r *Runner) Close() { r.back.close() }

// Input is the tensor to fill before Run. It is not changed by Run. Its pixels
// lie close: Pixel is the number of channels.
func (r *Runner) Input() Tensor { return r.in }

// Output is an output of the model, valid until the next Run.
func (r *Runner) Output(name string) (Tensor, error) {
	t, ok := r.out[name]
	if !ok {
		return t, fmt.Errorf("tensor: there is no output %q", name)
	}
	return t, nil
}

// Bytes is the size of the runner's memory in this process.
func (r *Runner) Bytes() int { return r.bytes }

// Run computes the outputs from the input. In this process it allocates
// nothing and does not fail.
func (r *Runner) Run() error { return r.back.run() }
