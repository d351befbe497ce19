package tensor

// panel is the number of output channels that one micro-kernel call makes.
// Channels of every tensor in an arena are padded to a multiple of it, so that
// kernels store whole vectors and need no tails.
const panel = 16

// maxRows is the largest number of pixels that a micro-kernel makes at once.
const maxRows = 12

// tile is what one call of a micro-kernel works on: pixels (rows) times
// sixteen output channels. All offsets are counted in float32.
//
// For row i and channel j gemm computes
//
//	clamp(bias[j] + Σ_t Σ_p a[off[i]+taps[t]+p] · b[(t·k+p)·16+j], lo, hi)
//
// and stores it at out[outOff[i]+j]. Rows that are not needed repeat another:
// they write the same values to the same place.
type tile struct {
	a      []float32
	b      []float32 // the packed weights of these sixteen channels, and a panel more
	bias   []float32 // sixteen
	out    []float32
	taps   []int
	k      int // floats read at each tap, at least one
	n      int // channels that there are; a kernel may leave the others out
	lo, hi float32
	off    [maxRows]int
	outOff [maxRows]int
}

// kernelSet is the set of inner loops of one instruction set. All slices of a
// call are of one length, a multiple of sixteen.
type kernelSet struct {
	name Kernel
	rows int // pixels that gemm and depthwise make in one call
	gemm func(*tile)
	// depthwise is gemm where channel j of the output reads channel j of the
	// input only: b holds sixteen weights for each tap, k is not looked at.
	depthwise func(*tile)
	add       func(dst, x, y []float32, lo, hi float32) // clamp(x+y, lo, hi)
	maxOf     func(dst, x, y []float32)
}
