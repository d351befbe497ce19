package tensor

//go:noescape
func gemmNEON(t *tile)

//go:noescape
func depthwiseNEON(t *tile)

// vectorKernels are the sets that this processor can run, the best first: every
// arm64 has Advanced SIMD.
func vectorKernels() []kernelSet {
	return []kernelSet{{name: NEON, rows: 6, gemm: gemmNEON, depthwise: depthwiseNEON, add: addPortable, maxOf: maxPortable}}
}
