package plate

import (
	"cmp"
	"context"
	"slices"
	"sync"

	"github.com/amana-platform/amana/engines/tensor"
)

// Options say how a Reader works.
type Options struct {
	Threads int           // goroutines for one picture; 1 unless set
	Kernel  tensor.Kernel // the processor's best unless set
	Whole   bool          // look at a large picture as a whole only, not also in parts
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

const (
	mostCandidates = 10
	// An other number of rows is read as well from this probability on.
	leastRows = 0.1
	// A read below this score is no read: something square, with marks on it.
	leastScore = 0.05
	// Of a crop somebody has said that it shows a plate.
	leastCrop = 0.01
)

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

func (s *session) close() {
	for _, r := range s.detectors {
		r.Close()
	}
	s.corner.Close()
	s.read.Close()
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
	s := &session{n: n, o: tensor.Options{Kernel: r.o.Kernel, Threads: r.o.Threads}, detectors: map[[2]int]*tensor.Runner{}}
	in := n.corner.Input()
	if s.corner, err = n.corner.Runner(in.H, in.W, s.o); err != nil {
		return nil, err
	}
	in = n.read.Input()
	if s.read, err = n.read.Runner(in.H, in.W, s.o); err != nil {
		return nil, err
	}
	return s, nil
}

func (r *Reader) give(s *session) {
	r.lock.Lock()
	defer r.lock.Unlock()
	r.idle = append(r.idle, s)
}

// Close gives the reader's memory back. It can be used again afterwards.
func (r *Reader) Close() {
	r.lock.Lock()
	defer r.lock.Unlock()
	for _, s := range r.idle {
		s.close()
	}
	r.idle = nil
}

// Picture finds and reads the plates of a picture, the surest first.
func (r *Reader) Picture(ctx context.Context, p *Picture) ([]Read, error) {
	s, err := r.take()
	if err != nil {
		return nil, err
	}
	defer r.give(s)
	boxes, err := s.detect(p, rect{0, 0, float64(p.W), float64(p.H)}, s.n.detectMeta.Threshold)
	if err != nil {
		return nil, err
	}
	if !r.o.Whole && !slices.ContainsFunc(boxes, func(f found) bool { return f.p >= sure }) {
		if boxes, err = s.detectParts(ctx, p, boxes); err != nil {
			return nil, err
		}
	}
	var reads []Read
	for _, b := range boxes {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		read, ok, err := s.readBox(p, b)
		if err != nil {
			return nil, err
		}
		if ok {
			reads = append(reads, read)
		}
	}
	slices.SortStableFunc(reads, func(a, b Read) int { return cmp.Compare(b.Score, a.Score) })
	return distinct(reads), nil
}

const (
	// A large picture in which the whole view finds no plate this sure is looked
	// at in parts as well.
	sure = 0.6
	// partSide is the side of a part: plates in it are seen at two thirds of
	// their size.
	partSide = 640
	maxParts = 24
)

// detectParts looks at a large picture in parts, for plates that are too small
// in the whole.
func (s *session) detectParts(ctx context.Context, p *Picture, boxes []found) ([]found, error) {
	side := float64(partSide)
	parts := tiles(p.W, p.H, side)
	for len(parts) > maxParts {
		side *= 1.25
		parts = tiles(p.W, p.H, side)
	}
	for _, t := range parts {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		more, err := s.detect(p, t, s.n.detectMeta.Threshold)
		if err != nil {
			return nil, err
		}
		boxes = append(boxes, more...)
	}
	return suppress(boxes), nil
}

// readBox reads the plate in a box that the detector found. Its corners are
// looked for twice, the second time round those found first: a box that is off
// cuts plates short.
func (s *session) readBox(p *Picture, b found) (Read, bool, error) {
	sh, err := s.corners(p, b.rect)
	if err != nil || sh.kind[0] >= s.n.cornerMeta.Reject {
		return Read{}, false, err
	}
	sh, err = s.corners(p, sh.quad.box())
	if err != nil || sh.kind[0] >= s.n.cornerMeta.Reject {
		return Read{}, false, err
	}
	read, err := s.readShape(p, sh)
	read.Found = b.p * (1 - sh.kind[0])
	read.Score *= read.Found
	read.Box[0], read.Box[1], read.Box[2], read.Box[3] = sh.quad.Box()
	return read, read.Score >= leastScore, err
}

// distinct keeps of reads of one place the first.
func distinct(reads []Read) []Read {
	var keep []Read
	for _, r := range reads {
		if !slices.ContainsFunc(keep, func(k Read) bool { return covers(boxOf(k), boxOf(r)) }) {
			keep = append(keep, r)
		}
	}
	return keep
}

// covers says whether two boxes share more than half of the smaller one.
func covers(a, b rect) bool {
	both := rect{max(a.x0, b.x0), max(a.y0, b.y0), min(a.x1, b.x1), min(a.y1, b.y1)}
	return both.area() > 0.5*min(a.area(), b.area())
}

// readShape reads what stands between the corners, in one row, in two, or both
// where that is not certain. Its score is that of the text alone; 0 if there is
// none.
func (s *session) readShape(p *Picture, sh shape) (Read, error) {
	out := Read{Corners: sh.quad}
	total := sh.kind[1] + sh.kind[2]
	var all []Candidate
	top := 0.0
	for rows := 1; rows <= 2; rows++ {
		share := sh.kind[rows] / total
		if share < leastRows || !sh.quad.plausible(rows) {
			continue
		}
		l, read, err := s.readRows(p, sh.quad, rows)
		if err != nil {
			return out, err
		}
		for _, c := range read {
			c.P *= share
			if c.P > top {
				top, out.Lattice, out.Rows = c.P, l, rows
			}
			all = append(all, c)
		}
	}
	all = merge(all)
	out.Candidates = all[:min(len(all), mostCandidates)]
	if len(all) > 0 {
		out.Score = all[0].P
	}
	return out, nil
}

// certain is the probability from which a first reading is left alone.
const certain = 0.9

// looser are other cuts of a plate, in its own plane: a little larger, a little
// lower. Corners are never quite right, and an uncertain reading changes with
// them; what all cuts show remains.
var looser = []rect{{-0.03, -0.08, 1.03, 1.08}, {0, 0.05, 1, 0.95}}

// readRows reads a plate of so many rows; where the first reading is not
// certain, also from other cuts, and gives the mean of all.
func (s *session) readRows(p *Picture, q Quad, rows int) (*Lattice, []Candidate, error) {
	first, err := s.lattice(p, q, rows)
	if err != nil {
		return nil, nil, err
	}
	all := first.Candidates(mostCandidates)
	if len(all) > 0 && all[0].P >= certain {
		return first, all, nil
	}
	m := toQuad(q)
	for _, cut := range looser {
		l, err := s.lattice(p, m.part(cut), rows)
		if err != nil {
			return nil, nil, err
		}
		all = append(all, l.Candidates(mostCandidates)...)
	}
	for i := range all {
		all[i].P /= float64(1 + len(looser))
	}
	return first, merge(all), nil
}

// Crop reads a picture that shows one plate, loosely cut out, perhaps turned.
// There is no read where the networks see none.
func (r *Reader) Crop(ctx context.Context, p *Picture) ([]Read, error) {
	s, err := r.take()
	if err != nil {
		return nil, err
	}
	defer r.give(s)
	var best Read
	box := rect{0, 0, float64(p.W), float64(p.H)}
	for range 2 { // the second time round the corners that the first has found
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		sh, err := s.corners(p, box)
		if err != nil {
			return nil, err
		}
		read, err := s.readShape(p, sh)
		if err != nil {
			return nil, err
		}
		read.Found = 1 - sh.kind[0]
		read.Score *= read.Found
		if read.Score > best.Score {
			best = read
		}
		box = sh.quad.box()
	}
	if best.Score < leastCrop {
		return nil, nil
	}
	x0, y0, x1, y1 := best.Corners.Box()
	best.Box = [4]float64{x0, y0, x1, y1}
	return []Read{best}, nil
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
