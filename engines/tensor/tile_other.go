//go:build !amd64 && !arm64

package tensor

// vectorKernels are the sets that this processor can run, the best first.
func vectorKernels() []kernelSet { return nil }
