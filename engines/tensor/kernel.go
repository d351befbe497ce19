package tensor

import (
	"fmt"
	"os"
	"slices"
)

// Kernel names an instruction set for the inner loops.
type Kernel string

// The kernels there are.
const (
	Auto     Kernel = ""         // TENSOR_KERNEL if it is set, else the best that this processor runs
	Portable Kernel = "portable" // plain Go, everywhere
	AVX2     Kernel = "avx2"     // AVX2 and FMA
	AVX512   Kernel = "avx512"   // AVX-512F
	NEON     Kernel = "neon"     // Advanced SIMD of arm64
)

// Kernels are those that this processor runs, the best first.
func Kernels() []Kernel {
	var names []Kernel
	for _, s := range available() {
		names = append(names, s.name)
	}
	return names
}

func available() []kernelSet { return append(vectorKernels(), portable) }

// UnknownKernel says that a kernel was asked for that this processor does not
// have.
type UnknownKernel struct {
	Kernel Kernel
	Have   []Kernel
}

func (e *UnknownKernel) Error() string {
	return fmt.Sprintf("tensor: this machine has no kernel %q, it has %v", e.Kernel, e.Have)
}

// choose finds the set of inner loops of a name.
func choose(name Kernel) (kernelSet, error) {
	if name == Auto {
		name = Kernel(os.Getenv("TENSOR_KERNEL"))
	}
	all := available()
	if name == Auto {
		return all[0], nil
	}
	i := slices.IndexFunc(all, func(s kernelSet) bool { return s.name == name })
	if i < 0 {
		return kernelSet{}, &UnknownKernel{name, Kernels()}
	}
	return all[i], nil
}
