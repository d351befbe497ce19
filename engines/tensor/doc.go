// Package tensor runs small convolutional networks on a processor, without a C
// compiler, a graphics card or another library. It infers; it does not train.
//
//	m, err := tensor.Load(file)             // weights and graph, see FORMAT.md of engines/plate/train
//	r, err := m.Runner(96, 160, tensor.Options{})
//	in := r.Input()                         // fill it: in.Data[y*in.Row+x*in.Pixel+c]
//	err = r.Run()
//	heat, err := r.Output("heat")
//
// A Model does not change and may be shared. A Runner holds the memory of one
// input size, allocated once: Run allocates nothing. A Runner is for one
// goroutine at a time; several Runners of a Model run beside each other.
//
// # How it computes
//
// Values lie channel by channel for each pixel, channels padded to sixteen,
// with the border of zeros that the next convolution reads around them. A
// convolution is then a matrix product without a copy of its input: the inner
// loop takes a few pixels, broadcasts their floats and multiplies each with
// sixteen packed weights, all sums in registers (see tile). A concatenation is
// a place in a larger tensor, into which its parts are computed.
//
// The inner loops exist for AVX-512, for AVX2 with FMA, for arm64, and in plain
// Go. The
// best that the processor has is used; Options.Kernel or the environment
// variable TENSOR_KERNEL take another. All give the same values to about 1e-5:
// they differ in the order of sums only.
//
// # ONNX Runtime
//
// Options.Beside lets ONNX Runtime compute instead, in a process beside this
// one (see Runtime), so that this one needs no loader. Model.ONNX is the model
// in that library's format.
package tensor
