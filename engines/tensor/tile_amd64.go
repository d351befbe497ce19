package tensor

import "golang.org/x/sys/cpu"

//go:noescape
func gemmAVX2(t *tile)

//go:noescape
func depthwiseAVX2(t *tile)

//go:noescape
func gemmAVX512(t *tile)

//go:noescape
func depthwiseAVX512(t *tile)

//go:noescape
func addAVX(dst, x, y []float32, lo, hi float32)

//go:noescape
func maxAVX(dst, x, y []float32)

// vectorKernels are the sets that this processor can run, the best first.
func vectorKernels() []kernelSet {
	var all []kernelSet
	if cpu.X86.HasAVX512F && cpu.X86.HasAVX2 {
		all = append(all, kernelSet{name: AVX512, rows: 12, gemm: gemmAVX512, depthwise: depthwiseAVX512, add: addAVX, maxOf: maxAVX})
	}
	if cpu.X86.HasAVX2 && cpu.X86.HasFMA {
		all = append(all, kernelSet{name: AVX2, rows: 6, gemm: gemmAVX2, depthwise: depthwiseAVX2, add: addAVX, maxOf: maxAVX})
	}
	return all
}
