package tensor

import (
	"encoding/binary"
	"encoding/json"
	"math"
	"strings"
	"testing"
)

// builder writes weights files for tests.
type builder struct {
	h    header
	data []byte
}

func newBuilder(c, h, w int) *builder {
	return &builder{h: header{Format: 1, Name: "test", Inputs: []input{{"x", []int{c, h, w}}}, Meta: json.RawMessage("{}")}}
}

func (b *builder) blob(v []float32, shape ...int) *blob {
	r := &blob{Offset: len(b.data), Shape: shape, DType: "f32"}
	for _, x := range v {
		b.data = binary.LittleEndian.AppendUint32(b.data, math.Float32bits(x))
	}
	return r
}

func (b *builder) add(n node) *builder {
	b.h.Nodes = append(b.h.Nodes, n)
	b.h.Outputs = []string{n.Out}
	return b
}

func (b *builder) bytes(t testing.TB) []byte {
	t.Helper()
	head, err := json.Marshal(b.h)
	if err != nil {
		t.Fatal(err)
	}
	head = append(head, strings.Repeat(" ", 63-(len(head)+7)%64)...)
	out := binary.LittleEndian.AppendUint32([]byte("AMW1"), uint32(len(head)))
	return append(append(out, head...), b.data...)
}

func (b *builder) load(t testing.TB) *Model {
	t.Helper()
	m, err := Load(b.bytes(t))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// noise is a row of reproducible values in -1 … 1.
func noise(n int, seed uint32) []float32 {
	v := make([]float32, n)
	for i := range v {
		seed = seed*1664525 + 1013904223
		v[i] = float32(int32(seed)) / (1 << 31)
	}
	return v
}

func run(t interface {
	Helper()
	Fatal(...any)
}, r *Runner) {
	t.Helper()
	if err := r.Run(); err != nil {
		t.Fatal(err)
	}
}
