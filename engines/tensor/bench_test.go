package tensor

import (
	"fmt"
	"testing"
)

// BenchmarkConv measures large convolutions, in billions of multiply-adds per
// second; the peak of a core is its clock times 16 for AVX2 with two units.
func BenchmarkConv(b *testing.B) {
	cases := []struct{ c, h, w, out, k, stride int }{
		{64, 104, 104, 64, 3, 1}, {128, 52, 52, 128, 3, 1}, {96, 26, 26, 48, 1, 1}, {48, 52, 52, 24, 1, 1}, {3, 416, 416, 12, 3, 2}, {12, 208, 208, 24, 3, 2},
	}
	for _, k := range Kernels() {
		for _, c := range cases {
			b.Run(fmt.Sprintf("%s/%dx%dx%d-%d-k%d-s%d", k, c.c, c.h, c.w, c.out, c.k, c.stride), func(b *testing.B) {
				m := newBuilder(c.c, c.h, c.w)
				m.add(node{Op: "conv", In: []string{"x"}, Out: "y", Groups: 1, Act: "relu", Kernel: [2]int{c.k, c.k}, Stride: [2]int{c.stride, c.stride}, Pad: [2]int{c.k / 2, c.k / 2},
					Weight: m.blob(noise(c.out*c.c*c.k*c.k, 1), c.out, c.c, c.k, c.k), Bias: m.blob(noise(c.out, 2), c.out)})
				r, err := m.load(b).Runner(c.h, c.w, Options{Kernel: k})
				if err != nil {
					b.Fatal(err)
				}
				put(r.Input(), noise(c.c*c.h*c.w, 3))
				for b.Loop() {
					run(b, r)
				}
				macs := c.h / c.stride * c.w / c.stride * c.out * c.c * c.k * c.k
				b.ReportMetric(float64(macs)*float64(b.N)/float64(b.Elapsed().Nanoseconds()), "GMAC/s")
			})
		}
	}
}

// BenchmarkPeak measures the inner loop alone, on data that stays in the
// first-level cache: what the processor can give.
func BenchmarkPeak(b *testing.B) {
	for _, set := range available() {
		b.Run(string(set.name), func(b *testing.B) {
			const k = 256
			t := &tile{a: make([]float32, 4096), b: make([]float32, (k+1)*panel), n: panel, bias: make([]float32, panel), out: make([]float32, 4096), taps: []int{0}, k: k, lo: -inf, hi: inf}
			for i := range t.off {
				t.off[i], t.outOff[i] = 300*i, 16*i
			}
			for b.Loop() {
				set.gemm(t)
			}
			b.ReportMetric(float64(set.rows*panel*k)*float64(b.N)/float64(b.Elapsed().Nanoseconds()), "GMAC/s")
		})
	}
}
