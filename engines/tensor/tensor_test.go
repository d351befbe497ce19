package tensor

import (
	"encoding/binary"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"testing"
)

// golden is a tensor with the shape that it has with its batch of one.
type golden struct {
	shape []int
	v     []float32
}

// goldenTensors reads an .amt file: tensors by name, in the order C, H, W.
func goldenTensors(t testing.TB, path string) map[string]golden {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	head, data, err := container(raw, "AMT1")
	if err != nil {
		t.Fatal(err)
	}
	var h struct {
		Tensors []struct {
			Name   string `json:"name"`
			Shape  []int  `json:"shape"`
			Offset int    `json:"offset"`
		} `json:"tensors"`
	}
	if err := json.Unmarshal(head, &h); err != nil {
		t.Fatal(err)
	}
	got := map[string]golden{}
	for _, x := range h.Tensors {
		n := 1
		for _, d := range x.Shape {
			n *= d
		}
		v := make([]float32, n)
		for i := range v {
			v[i] = math.Float32frombits(binary.LittleEndian.Uint32(data[x.Offset+4*i:]))
		}
		got[x.Name] = golden{x.Shape, v}
	}
	return got
}

// put writes values in the order C, H, W into a tensor.
func put(t Tensor, v []float32) {
	for c := range t.C {
		for y := range t.H {
			for x := range t.W {
				t.Data[y*t.Row+x*t.Pixel+c] = v[(c*t.H+y)*t.W+x]
			}
		}
	}
}

// furthest is the largest error of a tensor, relative where values are above
// one.
func furthest(t Tensor, want []float32) float64 {
	worst := 0.0
	if t.C*t.H*t.W != len(want) {
		return math.Inf(1)
	}
	for i, w := range want {
		d := math.Abs(float64(t.At(i/(t.H*t.W), i/t.W%t.H, i%t.W) - w))
		d /= max(1, math.Abs(float64(w)))
		if d > worst || math.IsNaN(d) {
			worst = d
		}
	}
	return worst
}

// TestGolden compares every tensor of a network that uses every operation, and
// of the networks of the plate engine, with what PyTorch computed.
func TestGolden(t *testing.T) {
	pairs := [][2]string{{"testdata/ops.amw", "testdata/ops.amt"}}
	plates, err := filepath.Glob("../plate/testdata/golden/*.amt")
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range plates {
		name := filepath.Base(p)
		pairs = append(pairs, [2]string{"../plate/weights/" + name[:len(name)-4] + ".amw", p})
	}
	all := places(t)
	for _, p := range pairs {
		for name, o := range all {
			for _, keep := range []bool{true, false} {
				t.Run(filepath.Base(p[0])+"/"+name, func(t *testing.T) { compareGolden(t, p[0], p[1], o, keep) })
			}
		}
	}
}

func compareGolden(t *testing.T, weights, tensors string, o Options, keep bool) {
	raw, err := os.ReadFile(weights)
	if err != nil {
		t.Fatal(err)
	}
	m, err := Load(raw)
	if err != nil {
		t.Fatal(err)
	}
	want := goldenTensors(t, tensors)
	in := want["x"].shape
	o.Threads = 2
	r, err := m.runner(in[2], in[3], o, keep)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	put(r.Input(), want["x"].v)
	for range 2 { // the second run finds the memory of the first
		run(t, r)
		for name, v := range want {
			if !keep && name != "x" && !contains(m.head.Outputs, name) {
				continue
			}
			got, err := r.Output(name)
			if err != nil {
				t.Fatal(err)
			}
			if d := furthest(got, v.v); !(d <= 1e-4) {
				t.Errorf("%s: error %g", name, d)
			}
		}
	}
}

func contains(all []string, s string) bool {
	for _, x := range all {
		if x == s {
			return true
		}
	}
	return false
}
