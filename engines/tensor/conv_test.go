package tensor

import (
	"testing"

	"pgregory.net/rapid"
)

// naive is a convolution by its definition, in float64. x is [cin][h][w].
func naive(x []float32, s Shape, l *layer, w, bias []float32) ([]float32, Shape) {
	o := l.window(Shape{l.cout, s.H, s.W})
	out := make([]float32, o.C*o.H*o.W)
	for c := range o.C {
		for y := range o.H {
			for xx := range o.W {
				sum := float64(bias[c])
				for ci := range l.cin {
					from := ci
					if l.Groups > 1 {
						from = c
					}
					for ky := range l.Kernel[0] {
						for kx := range l.Kernel[1] {
							iy, ix := y*l.Stride[0]-l.Pad[0]+ky, xx*l.Stride[1]-l.Pad[1]+kx
							if iy < 0 || ix < 0 || iy >= s.H || ix >= s.W {
								continue
							}
							sum += float64(x[(from*s.H+iy)*s.W+ix]) * float64(w[((c*l.cin+ci)*l.Kernel[0]+ky)*l.Kernel[1]+kx])
						}
					}
				}
				out[(c*o.H+y)*o.W+xx] = float32(min(max(sum, float64(l.lo)), float64(l.hi)))
			}
		}
	}
	return out, o
}

// TestConvolution draws windows, strides, paddings, channels and sizes, and
// compares two convolutions, the second of which reads padded channels, with
// the definition.
func TestConvolution(t *testing.T) {
	for _, k := range Kernels() {
		t.Run(string(k), func(t *testing.T) {
			rapid.Check(t, func(rt *rapid.T) { drawnConvolution(t, rt, k) })
		})
	}
}

func drawnConvolution(t *testing.T, rt *rapid.T, k Kernel) {
	draw := func(label string, from, to int) int { return rapid.IntRange(from, to).Draw(rt, label) }
	s := Shape{draw("channels", 1, 40), draw("height", 1, 17), draw("width", 1, 19)}
	b := newBuilder(s.C, s.H, s.W)
	in := s
	var layers []layer
	var weights, biases [][]float32
	for i, name := range []string{"first", "second"} {
		n := node{Op: "conv", In: []string{"x"}, Out: name, Groups: 1, Act: rapid.SampledFrom([]string{"none", "relu", "relu6"}).Draw(rt, "act")}
		if i == 1 {
			n.In = []string{"first"}
		}
		for d := range 2 {
			side := []int{in.H, in.W}[d]
			n.Kernel[d] = draw("kernel", 1, 5)
			n.Pad[d] = draw("pad", 0, n.Kernel[d]-1)
			for side+2*n.Pad[d] < n.Kernel[d] {
				n.Kernel[d]--
				n.Pad[d] = min(n.Pad[d], n.Kernel[d]-1)
			}
			n.Stride[d] = draw("stride", 1, 3)
		}
		cin, cout := in.C, draw("out", 1, 40)
		if rapid.Bool().Draw(rt, "depthwise") {
			n.Groups, cin, cout = in.C, 1, in.C
		}
		w, bias := noise(cout*cin*n.Kernel[0]*n.Kernel[1], uint32(draw("seed", 0, 1<<30))), noise(cout, 7)
		n.Weight, n.Bias = b.blob(w, cout, cin, n.Kernel[0], n.Kernel[1]), b.blob(bias, cout)
		l, err := newLayer(n, b.data, ptr(len(b.data)))
		if err != nil {
			rt.Fatal(err)
		}
		layers, weights, biases = append(layers, l), append(weights, w), append(biases, bias)
		in = l.window(Shape{cout, in.H, in.W})
		b.add(n)
	}
	r, err := b.load(t).Runner(s.H, s.W, Options{Kernel: k, Threads: draw("threads", 1, 3)})
	if err != nil {
		rt.Fatal(err)
	}
	defer r.Close()
	x := noise(s.C*s.H*s.W, 3)
	put(r.Input(), x)
	run(rt, r)
	got, err := r.Output("second")
	if err != nil {
		rt.Fatal(err)
	}
	mid, ms := naive(x, s, &layers[0], weights[0], biases[0])
	want, ws := naive(mid, ms, &layers[1], weights[1], biases[1])
	if got.Shape != ws {
		rt.Fatalf("shape %v, want %v", got.Shape, ws)
	}
	if d := furthest(got, want); !(d <= 1e-4) {
		rt.Fatalf("error %g", d)
	}
}

func ptr(n int) *int { return &n }
