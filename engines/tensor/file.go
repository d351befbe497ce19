package tensor

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"math"
)

// ErrFormat is wrapped by every error about a file that is not a well-formed
// weights file.
var ErrFormat = errors.New("tensor: not a weights file that this version reads")

func malformed(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrFormat, fmt.Sprintf(format, args...))
}

// Bounds on what a file may ask for, so that a crafted one costs little.
const (
	maxNodes    = 2048
	maxSide     = 1 << 14 // height or width of a tensor
	maxChannels = 1 << 13
	maxWindow   = 64
)

// header is the JSON at the beginning of a file.
type header struct {
	Format  int             `json:"format"`
	Name    string          `json:"name"`
	Version string          `json:"version"`
	Inputs  []input         `json:"inputs"`
	Nodes   []node          `json:"nodes"`
	Outputs []string        `json:"outputs"`
	Meta    json.RawMessage `json:"meta"`
}

type input struct {
	Name  string `json:"name"`
	Shape []int  `json:"shape"`
}

// node is one operation of the graph.
type node struct {
	Op     string   `json:"op"`
	In     []string `json:"in"`
	Out    string   `json:"out"`
	Kernel [2]int   `json:"kernel"`
	Stride [2]int   `json:"stride"`
	Pad    [2]int   `json:"pad"`
	Groups int      `json:"groups"`
	Act    string   `json:"act"`
	Weight *blob    `json:"weight"`
	Bias   *blob    `json:"bias"`
}

// blob is a tensor in the data part of the file.
type blob struct {
	Offset int    `json:"offset"`
	Shape  []int  `json:"shape"`
	DType  string `json:"dtype"`
}

// Container cuts a file into its header and its data; magic is its first four
// bytes. See FORMAT.md of engines/plate/train.
func container(file []byte, magic string) (head, data []byte, err error) {
	if len(file) < 8 || string(file[:4]) != magic {
		return nil, nil, malformed("no %s", magic)
	}
	n := uint64(binary.LittleEndian.Uint32(file[4:]))
	if 8+n > uint64(len(file)) {
		return nil, nil, malformed("the header ends outside the file")
	}
	return file[8 : 8+n], file[8+n:], nil
}

// count is the number of values of a blob of this rank; it is an error if they
// do not lie within data.
func (b *blob) count(data []byte, rank int) (int, error) {
	if b == nil || len(b.Shape) != rank {
		return 0, malformed("a tensor of rank %d is missing", rank)
	}
	size, n := 4, 1
	switch b.DType {
	case "f32":
	case "f16":
		size = 2
	default:
		return 0, malformed("dtype %q", b.DType)
	}
	for _, d := range b.Shape {
		if d < 1 || d > maxSide || n > len(data)/d {
			return 0, malformed("a tensor of shape %v in %d bytes", b.Shape, len(data))
		}
		n *= d
	}
	if b.Offset < 0 || b.Offset > len(data) || n*size > len(data)-b.Offset {
		return 0, malformed("a tensor outside the file")
	}
	return n, nil
}

// values reads a blob that count has accepted.
func (b *blob) values(data []byte, n int) []float32 {
	v := make([]float32, n)
	data = data[b.Offset:]
	for i := range v {
		if b.DType == "f16" {
			v[i] = widen(binary.LittleEndian.Uint16(data[2*i:]))
		} else {
			v[i] = math.Float32frombits(binary.LittleEndian.Uint32(data[4*i:]))
		}
	}
	return v
}

// widen gives the value of an IEEE 754 half.
func widen(h uint16) float32 {
	sign, exp, frac := uint32(h>>15)<<31, uint32(h>>10)&31, uint32(h)&1023
	switch exp {
	case 0: // zero or subnormal: frac · 2⁻²⁴
		v := float32(frac) * (1.0 / (1 << 24))
		return math.Float32frombits(sign | math.Float32bits(v))
	case 31:
		return math.Float32frombits(sign | 255<<23 | frac<<13)
	}
	return math.Float32frombits(sign | (exp+112)<<23 | frac<<13)
}
