package tensor

import (
	"encoding/json"
	"errors"
	"math"
	"os"
	"runtime"
	"testing"
)

// small is a valid network of a convolution, a pool and a sum.
func small(t testing.TB) *builder {
	b := newBuilder(2, 4, 4)
	b.add(node{Op: "conv", In: []string{"x"}, Out: "a", Groups: 1, Act: "relu", Kernel: [2]int{3, 3}, Stride: [2]int{1, 1}, Pad: [2]int{1, 1},
		Weight: b.blob(noise(54, 1), 3, 2, 3, 3), Bias: b.blob(noise(3, 2), 3)})
	b.add(node{Op: "maxpool", In: []string{"a"}, Out: "m", Kernel: [2]int{3, 3}, Stride: [2]int{1, 1}, Pad: [2]int{1, 1}})
	b.add(node{Op: "add", In: []string{"a", "m"}, Out: "y", Act: "none"})
	return b
}

// TestMalformed changes one thing of a valid file at a time.
func TestMalformed(t *testing.T) {
	small(t).load(t)
	for name, spoil := range map[string]func(*builder){
		"format":             func(b *builder) { b.h.Format = 2 },
		"no input":           func(b *builder) { b.h.Inputs = nil },
		"rank of the input":  func(b *builder) { b.h.Inputs[0].Shape = []int{4, 4} },
		"empty input":        func(b *builder) { b.h.Inputs[0].Shape = []int{2, 0, 4} },
		"huge input":         func(b *builder) { b.h.Inputs[0].Shape = []int{2, 1 << 20, 4} },
		"no nodes":           func(b *builder) { b.h.Nodes = nil },
		"unknown output":     func(b *builder) { b.h.Outputs = []string{"z"} },
		"unknown operation":  func(b *builder) { b.h.Nodes[1].Op = "lstm" },
		"unknown activation": func(b *builder) { b.h.Nodes[0].Act = "tanh" },
		"used before made":   func(b *builder) { b.h.Nodes[0].In = []string{"y"} },
		"made twice":         func(b *builder) { b.h.Nodes[1].Out = "a" },
		"nameless":           func(b *builder) { b.h.Nodes[1].Out = "" },
		"sum of one":         func(b *builder) { b.h.Nodes[2].In = []string{"a"} },
		"pool of none":       func(b *builder) { b.h.Nodes[1].In = nil },
		"concat of none":     func(b *builder) { b.h.Nodes[2].Op, b.h.Nodes[2].In = "concat", nil },
		"sum of two shapes":  func(b *builder) { b.h.Nodes[1].Stride = [2]int{2, 2} },
		"concat of shapes":   func(b *builder) { b.h.Nodes[1].Stride = [2]int{2, 2}; b.h.Nodes[2].Op = "concat" },
		"channels":           func(b *builder) { b.h.Inputs[0].Shape[0] = 3 },
		"window":             func(b *builder) { b.h.Nodes[1].Kernel = [2]int{0, 3} },
		"stride":             func(b *builder) { b.h.Nodes[0].Stride = [2]int{0, 1} },
		"padding":            func(b *builder) { b.h.Nodes[0].Pad = [2]int{3, 1} },
		"groups":             func(b *builder) { b.h.Nodes[0].Groups = 2 },
		"window larger":      func(b *builder) { b.h.Nodes[1].Kernel, b.h.Nodes[1].Pad = [2]int{9, 9}, [2]int{0, 0} },
		"no weight":          func(b *builder) { b.h.Nodes[0].Weight = nil },
		"no bias":            func(b *builder) { b.h.Nodes[0].Bias = nil },
		"bias of another":    func(b *builder) { b.h.Nodes[0].Bias.Shape = []int{2} },
		"dtype":              func(b *builder) { b.h.Nodes[0].Weight.DType = "f64" },
		"shape of weights":   func(b *builder) { b.h.Nodes[0].Weight.Shape = []int{3, 2, 3, 1} },
		"negative shape":     func(b *builder) { b.h.Nodes[0].Weight.Shape = []int{-3, -2, 3, 3} },
		"shape overflows":    func(b *builder) { b.h.Nodes[0].Weight.Shape = []int{16384, 16384, 16384, 16384} },
		"outside":            func(b *builder) { b.h.Nodes[0].Weight.Offset = 1 << 40 },
		"before":             func(b *builder) { b.h.Nodes[0].Weight.Offset = -4 },
		"cut off":            func(b *builder) { b.data = b.data[:len(b.data)-1] },
		"overlap": func(b *builder) {
			n := b.h.Nodes[0]
			for _, out := range []string{"p", "q", "r"} {
				n.Out = out
				b.h.Nodes = append(b.h.Nodes, n)
			}
		},
	} {
		b := small(t)
		spoil(b)
		if _, err := Load(b.bytes(t)); !errors.Is(err, ErrFormat) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, raw := range []string{"", "AMW1", "AMW1\xff\xff\xff\xff{}", "AMW1\x02\x00\x00\x00[]", "ZIP1\x02\x00\x00\x00{}"} {
		if _, err := Load([]byte(raw)); !errors.Is(err, ErrFormat) {
			t.Errorf("%q: %v", raw, err)
		}
	}
}

// TestTooLarge: a graph that fits at its nominal size is refused at one that
// would need more memory than the bound, before any is taken.
func TestTooLarge(t *testing.T) {
	m := small(t).load(t)
	if _, err := m.Runner(1<<14, 1<<14, Options{}); !errors.Is(err, ErrFormat) {
		t.Fatal(err)
	}
	if _, err := m.Runner(0, 4, Options{}); !errors.Is(err, ErrFormat) {
		t.Fatal(err)
	}
	b := newBuilder(2, 4, 4)
	last := "x"
	for _, name := range []string{"a", "b", "c", "d", "e", "f", "g", "h"} {
		b.add(node{Op: "upsample2", In: []string{last}, Out: name})
		last = name
	}
	if _, err := b.load(t).Runner(1<<6, 1<<6, Options{}); !errors.Is(err, ErrFormat) {
		t.Fatal(err)
	}
}

func TestWiden(t *testing.T) {
	for h, want := range map[uint16]float64{
		0x0000: 0, 0x8000: math.Copysign(0, -1), 0x3c00: 1, 0xc000: -2, 0x7bff: 65504, 0x0001: math.Pow(2, -24), 0x83ff: -1023 * math.Pow(2, -24),
		0x0400: math.Pow(2, -14), 0x3555: 0.333251953125, 0x7c00: math.Inf(1), 0xfc00: math.Inf(-1),
	} {
		if got := widen(h); float64(got) != want || math.Signbit(float64(got)) != math.Signbit(want) {
			t.Errorf("%04x: %v, want %v", h, got, want)
		}
	}
	if v := widen(0x7e00); v == v {
		t.Error("not a number became one")
	}
}

func TestMeta(t *testing.T) {
	raw, err := os.ReadFile("testdata/ops.amw")
	if err != nil {
		t.Fatal(err)
	}
	m, err := Load(raw)
	if err != nil {
		t.Fatal(err)
	}
	var meta struct{ Seed int }
	if err := m.Meta(&meta); err != nil || meta.Seed != 20 || m.Name() != "ops" || m.Version() != "1" {
		t.Fatal(meta, err, m.Name(), m.Version())
	}
	if err := m.Meta(new(int)); !errors.Is(err, ErrFormat) {
		t.Fatal(err)
	}
}

// FuzzLoad: no file makes the reader panic or take memory beyond its bound, and
// what it accepts runs.
func FuzzLoad(f *testing.F) {
	f.Add(small(f).bytes(f))
	f.Fuzz(func(t *testing.T, raw []byte) {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		m, err := Load(raw)
		runtime.ReadMemStats(&after)
		if n := after.TotalAlloc - before.TotalAlloc; n > 1<<20+80*uint64(len(raw)) {
			t.Fatalf("%d bytes for a file of %d", n, len(raw))
		}
		if err != nil {
			if !errors.Is(err, ErrFormat) {
				t.Fatal(err)
			}
			return
		}
		in := m.Input()
		if p, err := m.newPlan(in.H, in.W, false); err != nil || p.size > 1<<16 || work(m, p) > 1<<20 {
			return // accepted, but too large for this test
		}
		r, err := m.Runner(in.H, in.W, Options{Kernel: Portable}) // it checks bounds
		if err != nil {
			t.Fatal(err)
		}
		run(t, r)
	})
}

func TestHeaderIsStable(t *testing.T) {
	var h header
	if err := json.Unmarshal([]byte(`{"nodes":[{"kernel":[3,5],"weight":{"offset":64,"dtype":"f16"}}]}`), &h); err != nil {
		t.Fatal(err)
	}
	if h.Nodes[0].Kernel != [2]int{3, 5} || h.Nodes[0].Weight.Offset != 64 {
		t.Fatal(h)
	}
}

// work is about how many steps a run takes.
func work(m *Model, p *plan) int {
	n := 0
	for _, l := range m.nodes {
		s := p.shapes[l.Out]
		n += s.H * s.W * padded(s.C) * max(1, l.cin) * max(1, l.Kernel[0]*l.Kernel[1])
	}
	return n
}
