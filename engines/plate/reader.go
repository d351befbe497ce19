package plate

import (
	"errors"
	"maps"
	"slices"
	"sync"

	"github.com/amana-platform/amana/engines/tensor"
)

// Options say how a Reader works.
type Options struct {
	Threads int             // goroutines for one picture; 1 unless set
	Kernel  tensor.Kernel   // the processor's best unless set
	Runtime *tensor.Runtime // ONNX Runtime, in a process for each call at a time, instead of our own kernels
	Whole   bool            // look at a large picture once only, not closer where that shows nothing sure
}

// Read is a plate that was found in a picture.
type Read struct {
	Candidates []Candidate // the likeliest first, at most ten, at least one
	Score      float64     // probability that there is a plate here and that its text is the first candidate's
	Found      float64     // probability that there is a plate here
	Rows       int
	Box        [4]float64 // x0, y0, x1, y1 in pixels
	Corners    Quad
	Lattice    *Lattice // of the number of rows that was taken
}

// Plate is the likeliest plate.
func (r Read) Plate() Plate { return r.Candidates[0].Plate }

// Reader reads plates. It is safe for concurrent use: each call works with
// memory of its own, which later calls use again. The networks are unpacked at
// the first call.
type Reader struct {
	o    Options
	load func() (*networks, error)
	lock sync.Mutex
	idle []*session
}

// NewReader makes a reader. It costs nothing until something is read.
func NewReader(o Options) *Reader { return &Reader{o: o, load: sync.OnceValues(loadNetworks)} }

// session is what one call needs.
type session struct {
	n            *networks
	o            tensor.Options
	detectors    map[[2]int]*tensor.Runner
	corner, read *tensor.Runner
	buffer       []float32
}

func (s *session) scratch(n int) []float32 {
	if len(s.buffer) < n {
		s.buffer = make([]float32, n)
	}
	return s.buffer[:n]
}

// maxDetectors is how many sizes of pictures a session keeps memory for.
const maxDetectors = 4

// detector is the detector for an input size.
func (s *session) detector(w, h int) (*tensor.Runner, error) {
	if r := s.detectors[[2]int{w, h}]; r != nil {
		return r, nil
	}
	if len(s.detectors) >= maxDetectors {
		for _, r := range s.detectors {
			r.Close()
		}
		clear(s.detectors)
	}
	r, err := s.n.detect.Runner(h, w, s.o)
	if err == nil {
		s.detectors[[2]int{w, h}] = r
	}
	return r, err
}

func (s *session) close() error {
	runners := append(slices.Collect(maps.Values(s.detectors)), s.corner, s.read)
	for _, r := range runners {
		if r != nil {
			r.Close()
		}
	}
	if s.o.Beside != nil {
		return s.o.Beside.Close()
	}
	return nil
}

// take gives a session that nobody uses.
func (r *Reader) take() (*session, error) {
	r.lock.Lock()
	if n := len(r.idle); n > 0 {
		s := r.idle[n-1]
		r.idle = r.idle[:n-1]
		r.lock.Unlock()
		return s, nil
	}
	r.lock.Unlock()
	n, err := r.load()
	if err != nil {
		return nil, err
	}
	s, err := r.open(n)
	if err != nil {
		return nil, errors.Join(err, s.close())
	}
	return s, nil
}

// open makes a session. With an error, what is there of it is to be closed.
func (r *Reader) open(n *networks) (*session, error) {
	s := &session{n: n, o: tensor.Options{Kernel: r.o.Kernel, Threads: r.o.Threads}, detectors: map[[2]int]*tensor.Runner{}}
	var err error
	if r.o.Runtime != nil {
		if s.o.Beside, err = r.o.Runtime.Start(); err != nil {
			return s, err
		}
	}
	in := n.corner.Input()
	if s.corner, err = n.corner.Runner(in.H, in.W, s.o); err != nil {
		return s, err
	}
	in = n.read.Input()
	s.read, err = n.read.Runner(in.H, in.W, s.o)
	return s, err
}

// give puts a session back for the next call, unless its process has ended.
func (r *Reader) give(s *session) {
	if s.o.Beside != nil && s.o.Beside.Broken() {
		_ = s.close() // why it ended is the error of the call
		return
	}
	r.lock.Lock()
	defer r.lock.Unlock()
	r.idle = append(r.idle, s)
}

// Close gives the reader's memory and processes back. It can be used again
// afterwards.
func (r *Reader) Close() error {
	r.lock.Lock()
	defer r.lock.Unlock()
	var errs []error
	for _, s := range r.idle {
		errs = append(errs, s.close())
	}
	r.idle = nil
	return errors.Join(errs...)
}

// Warm unpacks the networks, so that the first reading takes no longer than
// others, and says whether they can be used.
func (r *Reader) Warm() error {
	s, err := r.take()
	if err == nil {
		r.give(s)
	}
	return err
}
