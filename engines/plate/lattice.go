package plate

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
)

// Lattice is what the reader saw, step by step from left to right along the
// plate: the marks that each step may show, with their probabilities. It is
// the evidence of a reading, some hundred bytes when stored; every candidate
// can be computed from it again.
type Lattice struct {
	Rows  int // 1, or 2: the first half of the steps is the upper row
	Steps [][]Arc
}

// Arc is a mark that a step may show.
type Arc struct {
	sign sign
	P    float32
}

// Sign is the text of the mark, "" for none.
func (a Arc) Sign() string { return a.sign.String() }

const (
	leastArc = 1e-4 // less likely marks are left out
	mostArcs = 12   // of one step
	maxSteps = 255
)

// newLattice makes a lattice of calibrated logits: logits(step, channel), and
// the sign of each channel.
func newLattice(rows, steps int, channels []sign, logits func(step, channel int) float64) *Lattice {
	l := &Lattice{Rows: rows, Steps: make([][]Arc, steps)}
	p := make([]float64, len(channels))
	for t := range l.Steps {
		softmax(p, func(c int) float64 { return logits(t, c) })
		var arcs []Arc
		for c, v := range p {
			if v >= leastArc {
				arcs = append(arcs, Arc{channels[c], float32(v)})
			}
		}
		slices.SortFunc(arcs, func(a, b Arc) int { return cmp.Compare(b.P, a.P) })
		l.Steps[t] = slices.Clip(arcs[:min(len(arcs), mostArcs)])
	}
	return l
}

// softmax fills p with probabilities.
func softmax(p []float64, logit func(int) float64) {
	top := math.Inf(-1)
	for i := range p {
		p[i] = logit(i)
		top = max(top, p[i])
	}
	sum := 0.0
	for i := range p {
		p[i] = math.Exp(p[i] - top)
		sum += p[i]
	}
	for i := range p {
		p[i] /= sum
	}
}

// ErrLattice is wrapped by errors of UnmarshalBinary.
var ErrLattice = errors.New("plate: not a stored lattice")

// Stored form: version 1, rows, number of steps; then for each step the number
// of arcs and for each arc its sign and -ln(P)·24, a byte each.
const (
	latticeVersion = 1
	logScale       = 24
)

// MarshalBinary gives the stored form.
func (l *Lattice) MarshalBinary() ([]byte, error) {
	if len(l.Steps) > maxSteps {
		return nil, fmt.Errorf("%w: %d steps", ErrLattice, len(l.Steps))
	}
	out := []byte{latticeVersion, byte(l.Rows), byte(len(l.Steps))}
	for _, step := range l.Steps {
		out = append(out, byte(len(step)))
		for _, a := range step {
			out = append(out, byte(a.sign), byte(min(255, max(0, math.Round(-math.Log(float64(a.P))*logScale)))))
		}
	}
	return out, nil
}

// UnmarshalBinary reads the stored form.
func (l *Lattice) UnmarshalBinary(raw []byte) error {
	if len(raw) < 3 || raw[0] != latticeVersion || raw[1] < 1 || raw[1] > 2 {
		return fmt.Errorf("%w: its beginning", ErrLattice)
	}
	l.Rows, l.Steps = int(raw[1]), make([][]Arc, raw[2])
	raw = raw[3:]
	for t := range l.Steps {
		if len(raw) == 0 || int(raw[0]) > mostArcs || len(raw) < 1+2*int(raw[0]) {
			return fmt.Errorf("%w: step %d is cut off", ErrLattice, t)
		}
		n := int(raw[0])
		for i := range n {
			s := sign(raw[1+2*i])
			if s >= signs {
				return fmt.Errorf("%w: an unknown sign", ErrLattice)
			}
			l.Steps[t] = append(l.Steps[t], Arc{s, float32(math.Exp(-float64(raw[2+2*i]) / logScale))})
		}
		raw = raw[1+2*n:]
	}
	if len(raw) > 0 {
		return fmt.Errorf("%w: %d bytes too many", ErrLattice, len(raw))
	}
	return nil
}
