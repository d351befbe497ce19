package tensor

import (
	"encoding/json"
	"math"
)

// Model is a network: its graph and its weights, packed for the inner loops.
// It does not change after Load and is safe for concurrent use.
type Model struct {
	head  header
	nodes []layer
}

// layer is a node with its weights.
type layer struct {
	node
	cin, cout    int       // of a convolution; cin is that of one group
	packed, bias []float32 // see pack; bias is padded to whole panels
	lo, hi       float32   // the activation as a clamp
	after        func([]float32)
}

// Shape is the size of a tensor without the batch.
type Shape struct{ C, H, W int }

// Load reads a weights file. What it holds is copied; file may be changed
// afterwards. Errors wrap ErrFormat; memory is bounded by forty times the size
// of the file.
func Load(file []byte) (*Model, error) {
	head, data, err := container(file, "AMW1")
	if err != nil {
		return nil, err
	}
	m := &Model{}
	if err := json.Unmarshal(head, &m.head); err != nil {
		return nil, malformed("header: %v", err)
	}
	switch h := &m.head; {
	case h.Format != 1:
		return nil, malformed("format %d", h.Format)
	case len(h.Inputs) != 1 || len(h.Inputs[0].Shape) != 3:
		return nil, malformed("it must have one input of three dimensions")
	case len(h.Nodes) == 0 || len(h.Nodes) > maxNodes || len(h.Outputs) == 0 || len(h.Outputs) > maxNodes:
		return nil, malformed("%d nodes, %d outputs", len(h.Nodes), len(h.Outputs))
	}
	budget := len(data) // the same bytes are not unpacked over and over
	for _, n := range m.head.Nodes {
		l, err := newLayer(n, data, &budget)
		if err != nil {
			return nil, err
		}
		m.nodes = append(m.nodes, l)
	}
	in := m.Input()
	if _, err := m.shapes(in.H, in.W); err != nil {
		return nil, err
	}
	return m, nil
}

// Name and Version are those that the file gives itself.
func (m *Model) Name() string { return m.head.Name }

// Version is the version that the file gives itself.
func (m *Model) Version() string { return m.head.Version }

// Input is the nominal shape of the input; Runner takes other heights and
// widths where the graph does.
func (m *Model) Input() Shape {
	s := m.head.Inputs[0].Shape
	return Shape{s[0], s[1], s[2]}
}

// Meta decodes what the file says to its users into v, as encoding/json does.
func (m *Model) Meta(v any) error {
	if err := json.Unmarshal(m.head.Meta, v); err != nil {
		return malformed("meta: %v", err)
	}
	return nil
}

var inf = float32(math.Inf(1))

// newLayer checks a node by itself and packs its weights.
func newLayer(n node, data []byte, budget *int) (layer, error) {
	l := layer{node: n, lo: -inf, hi: inf}
	switch n.Act {
	case "", "none":
	case "relu":
		l.lo = 0
	case "relu6":
		l.lo, l.hi = 0, 6
	case "hswish":
		l.after = hswish
	case "silu":
		l.after = silu
	case "sigmoid":
		l.after = sigmoid
	default:
		return l, malformed("activation %q", n.Act)
	}
	switch n.Op {
	case "conv":
		return l, l.packConv(data, budget)
	case "maxpool", "avgpool":
		return l, n.checkWindow()
	case "add", "concat", "upsample2", "meanh", "gap":
		return l, nil
	}
	return l, malformed("operation %q", n.Op)
}

func (n node) checkWindow() error {
	for i := range 2 {
		if n.Kernel[i] < 1 || n.Kernel[i] > maxWindow || n.Stride[i] < 1 || n.Stride[i] > maxWindow || n.Pad[i] < 0 || n.Pad[i] >= n.Kernel[i] {
			return malformed("a window of %v, stride %v, padding %v", n.Kernel, n.Stride, n.Pad)
		}
	}
	return nil
}

// packConv reads weight [cout, cin/groups, kh, kw] and bias [cout].
func (l *layer) packConv(data []byte, budget *int) error {
	if err := l.checkWindow(); err != nil {
		return err
	}
	n, err := l.Weight.count(data, 4)
	if err != nil {
		return err
	}
	nb, err := l.Bias.count(data, 1)
	if err != nil {
		return err
	}
	s := l.Weight.Shape
	l.cout, l.cin = s[0], s[1]
	switch *budget -= 2 * (n + nb); {
	case *budget < 0:
		return malformed("tensors overlap")
	case nb != l.cout, s[2] != l.Kernel[0], s[3] != l.Kernel[1], l.cout > maxChannels, l.cin > maxChannels:
		return malformed("a convolution %v with weights %v and bias %v", l.Kernel, s, l.Bias.Shape)
	case l.Groups != 1 && (l.Groups != l.cout || l.cin != 1):
		return malformed("%d groups of %d channels: only 1 or one for each channel", l.Groups, l.cout)
	}
	l.bias = make([]float32, padded(l.cout))
	copy(l.bias, l.Bias.values(data, nb))
	l.packed = pack(l.Weight.values(data, n), l.cout, l.cin, s[2]*s[3])
	return nil
}

// padded is c rounded up to whole panels.
func padded(c int) int { return (c + panel - 1) / panel * panel }

// pack turns [cout][cin][taps] into [cout/16][taps][cin][16], the order in
// which the inner loops read, and a panel more; channels that are not there
// have weight zero.
func pack(w []float32, cout, cin, taps int) []float32 {
	out := make([]float32, padded(cout)*cin*taps+panel)
	for o := range cout {
		p := out[o/panel*panel*cin*taps+o%panel:]
		for c := range cin {
			for t := range taps {
				p[(t*cin+c)*panel] = w[(o*cin+c)*taps+t]
			}
		}
	}
	return out
}

// shapes gives the shape of each tensor for an input of h by w, and refuses a
// graph whose shapes do not fit.
func (m *Model) shapes(h, w int) (map[string]Shape, error) {
	in := m.head.Inputs[0]
	at := map[string]Shape{in.Name: {in.Shape[0], h, w}}
	if !at[in.Name].sane() {
		return nil, malformed("an input of %v", at[in.Name])
	}
	for i := range m.nodes {
		l := &m.nodes[i]
		s, err := l.shape(at)
		if err != nil {
			return nil, err
		}
		if _, twice := at[l.Out]; twice || l.Out == "" {
			return nil, malformed("tensor %q is made twice", l.Out)
		}
		if !s.sane() {
			return nil, malformed("tensor %q would be %v", l.Out, s)
		}
		at[l.Out] = s
	}
	for _, o := range m.head.Outputs {
		if _, ok := at[o]; !ok {
			return nil, malformed("output %q is never made", o)
		}
	}
	return at, nil
}

func (s Shape) sane() bool {
	return s.C > 0 && s.H > 0 && s.W > 0 && s.C <= maxChannels && s.H <= maxSide && s.W <= maxSide
}

// shape is that of a layer's result.
func (l *layer) shape(at map[string]Shape) (Shape, error) {
	arity := map[string]int{"add": 2, "concat": len(l.In)}[l.Op]
	if arity == 0 {
		arity = 1
	}
	if len(l.In) != arity || arity == 0 {
		return Shape{}, malformed("%s takes %d tensors, not %d", l.Op, arity, len(l.In))
	}
	var in []Shape
	for _, name := range l.In {
		s, ok := at[name]
		if !ok {
			return Shape{}, malformed("tensor %q is used before it is made", name)
		}
		in = append(in, s)
	}
	s := in[0]
	switch l.Op {
	case "conv":
		if s.C != l.cin*l.Groups {
			return s, malformed("a convolution of %d channels gets %d", l.cin*l.Groups, s.C)
		}
		s.C = l.cout
		return l.window(s), nil
	case "maxpool", "avgpool":
		return l.window(s), nil
	case "upsample2":
		return Shape{s.C, 2 * s.H, 2 * s.W}, nil
	case "meanh":
		return Shape{s.C, 1, s.W}, nil
	case "gap":
		return Shape{s.C, 1, 1}, nil
	case "add":
		if in[0] != in[1] {
			return s, malformed("a sum of %v and %v", in[0], in[1])
		}
		return s, nil
	}
	s.C = 0 // concat
	for _, o := range in {
		if o.H != s.H || o.W != s.W {
			return s, malformed("a concatenation of %v", in)
		}
		s.C += o.C
	}
	return s, nil
}

// window is the shape after a window has walked over s.
func (l *layer) window(s Shape) Shape {
	side := func(n, i int) int {
		if n+2*l.Pad[i] < l.Kernel[i] {
			return 0
		}
		return (n+2*l.Pad[i]-l.Kernel[i])/l.Stride[i] + 1
	}
	return Shape{s.C, side(s.H, 0), side(s.W, 1)}
}
