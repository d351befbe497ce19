package plate

import (
	"errors"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
)

// drawn makes a lattice that shows a text: two steps a sign, the second one
// blank; other lets steps show something else as well.
func drawn(rows int, text string, other map[int]string, p float32) *Lattice {
	all := signsOf(text)
	l := &Lattice{Rows: rows, Steps: make([][]Arc, 40)}
	upper := 0
	if rows == 2 {
		for i, r := range text {
			if r == '/' {
				upper = len(signsOf(text[:i]))
			}
		}
		all = signsOf(text)
	}
	for t := range l.Steps {
		l.Steps[t] = []Arc{{blank, 0.999}}
	}
	for i, s := range all {
		t := 2*i + 1
		if rows == 2 && i >= upper {
			t = 21 + 2*(i-upper)
		}
		l.Steps[t] = []Arc{{s, 0.99}}
		if o, ok := other[i]; ok {
			l.Steps[t] = []Arc{{s, 1 - p}, {signsOf(o)[0], p}}
		}
	}
	return l
}

func TestCandidates(t *testing.T) {
	for _, c := range []struct {
		l    *Lattice
		want string
	}{
		{drawn(1, "12345أ6", nil, 0), "12345-أ-6"},
		{drawn(1, "11222ب11", nil, 0), "11222-ب-11"},
		{drawn(2, "أ6/12345", nil, 0), "12345-أ-6"},
		{drawn(2, "أ61/2345", nil, 0), "2345-أ-61"},
		{drawn(2, "26/012345", nil, 0), "26012345"},
		{drawn(1, "AB123CD", nil, 0), "AB123CD"},
		// The network sees a dash a little more clearly; no plate has one there.
		{drawn(1, "12345أ6", map[int]string{5: "-"}, 0.7), "12345-أ-6"},
		// A code of 98 does not exist, 68 does.
		{drawn(1, "12345أ68", map[int]string{6: "9"}, 0.8), "12345-أ-68"},
	} {
		got := c.l.Candidates(10)
		if len(got) == 0 || got[0].Plate.Text() != c.want {
			t.Errorf("%+v, want %s", got, c.want)
		}
		sum := 0.0
		for i, x := range got {
			sum += x.P
			if i > 0 && x.P > got[i-1].P {
				t.Error("not falling")
			}
		}
		if sum > 1+1e-9 || math.IsNaN(sum) {
			t.Errorf("probabilities of %g", sum)
		}
	}
	if got := (&Lattice{Rows: 1, Steps: make([][]Arc, 40)}).Candidates(10); len(got) != 0 {
		t.Error("an empty lattice shows", got)
	}
	l := drawn(1, "12345أ6", map[int]string{0: "7", 1: "3", 2: "8", 3: "9", 4: "6"}, 0.3)
	if got := l.Candidates(10); len(got) != 10 {
		t.Errorf("%d candidates", len(got))
	}
	if got := l.Candidates(3); len(got) != 3 {
		t.Errorf("%d candidates", len(got))
	}
}

// exact sums all paths of a text, by enumeration of the automaton of CTC.
func exact(l *Lattice, text []sign) float64 {
	states := []sign{blank}
	for _, s := range text {
		states = append(states, s, blank)
	}
	p := make([]float64, len(states))
	for t, arcs := range l.Steps {
		at := func(s sign) float64 {
			for _, a := range arcs {
				if a.sign == s {
					return float64(a.P)
				}
			}
			return 0
		}
		next := make([]float64, len(states))
		for i, s := range states {
			sum := p[i]
			if t == 0 {
				if i <= 1 {
					sum = 1
				}
			} else {
				if i > 0 {
					sum += p[i-1]
				}
				if i > 1 && s != blank && s != states[i-2] {
					sum += p[i-2]
				}
			}
			next[i] = sum * at(s)
		}
		p = next
	}
	if len(p) == 1 {
		return p[0]
	}
	return p[len(p)-1] + p[len(p)-2]
}

// TestBeamIsExact: for small lattices, in which the beam loses nothing, its
// probabilities are those of the definition.
func TestBeamIsExact(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		l := &Lattice{Rows: 1}
		for range 5 {
			a := []Arc{{blank, 0.3 + 0.2*r.Float32()}, {digit0 + 1, 0.1 + 0.2*r.Float32()}, {digit0 + 2, 0.1 * r.Float32()}}
			l.Steps = append(l.Steps, a)
		}
		b := &beam{g: grammar(), nodes: make([]node, 1), alive: []int{0}}
		b.nodes[0] = node{live: b.g.start[1], prior: 1, pb: 1, touched: -1}
		for i, arcs := range l.Steps {
			b.step(i, arcs)
		}
		for _, i := range b.alive {
			got, want := b.nodes[i].pb+b.nodes[i].pn, exact(l, b.text(i))
			if math.Abs(got-want) > 1e-9 && len(b.nodes) < beamWidth {
				t.Fatalf("%s: %g, by definition %g", spell(b.text(i)), got, want)
			}
		}
		top := b.alive[0]
		if got, want := b.nodes[top].pb+b.nodes[top].pn, exact(l, b.text(top)); math.Abs(got-want) > 1e-6 {
			t.Fatalf("%s: %g, by definition %g", spell(b.text(top)), got, want)
		}
	}
}

func TestStoredLattice(t *testing.T) {
	l := drawn(2, "أ6/12345", map[int]string{3: "9"}, 0.25)
	raw, err := l.MarshalBinary()
	if err != nil || len(raw) > 150 {
		t.Fatal(len(raw), err)
	}
	var got Lattice
	if err := got.UnmarshalBinary(raw); err != nil {
		t.Fatal(err)
	}
	a, b := l.Candidates(5), got.Candidates(5)
	for i := range a {
		if a[i].Plate != b[i].Plate || math.Abs(a[i].P-b[i].P) > 0.02 {
			t.Errorf("%+v became %+v", a[i], b[i])
		}
	}
	again, err := got.MarshalBinary()
	if err != nil || !slices.Equal(again, raw) {
		t.Error("stored again it is another", err)
	}
	for n := range raw {
		if err := new(Lattice).UnmarshalBinary(raw[:n]); !errors.Is(err, ErrLattice) {
			t.Fatalf("cut to %d bytes: %v", n, err)
		}
	}
	if err := new(Lattice).UnmarshalBinary(append(raw, 0)); !errors.Is(err, ErrLattice) {
		t.Error(err)
	}
	if _, err := (&Lattice{Steps: make([][]Arc, 300)}).MarshalBinary(); !errors.Is(err, ErrLattice) {
		t.Error(err)
	}
}

func FuzzLattice(f *testing.F) {
	for _, l := range []*Lattice{drawn(1, "12345أ6", nil, 0), drawn(2, "أ6/12345", map[int]string{3: "9"}, 0.2), {Rows: 1}} {
		raw, err := l.MarshalBinary()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		var l Lattice
		if err := l.UnmarshalBinary(raw); err != nil {
			if !errors.Is(err, ErrLattice) {
				t.Fatal(err)
			}
			return
		}
		again, err := l.MarshalBinary()
		var second Lattice
		if err != nil || second.UnmarshalBinary(again) != nil || !reflect.DeepEqual(l, second) {
			t.Fatalf("%v: %x became %x", err, raw, again)
		}
		for _, c := range l.Candidates(10) {
			if math.IsNaN(c.P) || c.P < 0 || c.Plate.Text() == "" {
				t.Fatalf("%+v", c)
			}
		}
	})
}

func BenchmarkCandidates(b *testing.B) {
	l := drawn(1, "12345أ68", map[int]string{0: "7", 2: "8", 3: "9", 5: "ب"}, 0.3)
	for b.Loop() {
		l.Candidates(10)
	}
}
