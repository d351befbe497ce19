package tensor

import (
	"encoding/binary"
	"math"
)

// ONNX gives the model as an ONNX file (IR version 7, operators of set 14) for
// inputs of h by w: the same graph and weights, for programs of others. Inputs
// and outputs bear the names of the weights file and lie as in a Runner, pixel
// by pixel: [1, H, W, C]. Errors wrap ErrFormat.
func (m *Model) ONNX(h, w int) ([]byte, error) { return m.onnx(h, w, m.head.Outputs) }

// onnx is ONNX with outputs of its own choice.
func (m *Model) onnx(h, w int, outputs []string) ([]byte, error) {
	shapes, err := m.shapes(h, w)
	if err != nil {
		return nil, err
	}
	g := &onnxGraph{}
	in := m.head.Inputs[0].Name
	g.node("Transpose", []string{in}, inner(in), ints("perm", 0, 3, 1, 2))
	for i := range m.nodes {
		g.layer(&m.nodes[i])
	}
	for _, name := range outputs {
		g.node("Transpose", []string{inner(name)}, name, ints("perm", 0, 2, 3, 1))
	}
	graph := append(wire{}, g.nodes...)
	graph.text(2, m.head.Name)
	graph = append(graph, g.weights...)
	graph.bytes(11, valueInfo(in, shapes[in]))
	for _, name := range outputs {
		graph.bytes(12, valueInfo(name, shapes[name]))
	}
	var file, set wire
	set.number(2, 14)
	file.number(1, 7)
	file.text(2, "amana")
	file.text(3, m.head.Version)
	file.bytes(7, graph)
	file.bytes(8, set)
	return file, nil
}

// inner is the name of a tensor inside of the graph, where it is [1, C, H, W].
func inner(name string) string { return "inner/" + name }

// onnxGraph collects nodes and initializers, each field with its tag.
type onnxGraph struct{ nodes, weights wire }

// layer adds a node of ours, which is one or several of theirs: an activation
// is a node of its own there.
func (g *onnxGraph) layer(l *layer) {
	var in []string
	for _, name := range l.In {
		in = append(in, inner(name))
	}
	out := inner(l.Out)
	before := out // where the activation reads
	if l.Op == "conv" || l.Op == "add" {
		switch l.Act {
		case "", "none":
		default:
			before = out + "/sum"
		}
	}
	switch l.Op {
	case "conv":
		g.floats(out+"/weight", l.unpack(), l.cout, l.cin, l.Kernel[0], l.Kernel[1])
		g.floats(out+"/bias", l.bias[:l.cout], l.cout)
		g.node("Conv", append(in, out+"/weight", out+"/bias"), before, append(l.windowed(), integer("group", l.Groups))...)
	case "add":
		g.node("Add", in, before)
	case "concat":
		g.node("Concat", in, out, integer("axis", 1))
	case "upsample2":
		g.floats(out+"/scales", []float32{1, 1, 2, 2}, 4)
		g.node("Resize", []string{in[0], "", out + "/scales"}, out, word("mode", "nearest"), word("coordinate_transformation_mode", "asymmetric"), word("nearest_mode", "floor"))
	case "maxpool":
		g.node("MaxPool", in, out, l.windowed()...)
	case "avgpool":
		g.node("AveragePool", in, out, append(l.windowed(), integer("count_include_pad", 1))...)
	case "meanh":
		g.node("ReduceMean", in, out, ints("axes", 2), integer("keepdims", 1))
	case "gap":
		g.node("GlobalAveragePool", in, out)
	}
	if before != out {
		g.activation(l.Act, before, out)
	}
}

func (g *onnxGraph) activation(act, in, out string) {
	switch act {
	case "relu":
		g.node("Relu", []string{in}, out)
	case "relu6":
		g.floats(out+"/low", []float32{0})
		g.floats(out+"/high", []float32{6})
		g.node("Clip", []string{in, out + "/low", out + "/high"}, out)
	case "hswish":
		g.node("HardSwish", []string{in}, out)
	case "sigmoid":
		g.node("Sigmoid", []string{in}, out)
	case "silu":
		g.node("Sigmoid", []string{in}, in+"/gate")
		g.node("Mul", []string{in, in + "/gate"}, out)
	}
}

// windowed are the attributes of what walks over a tensor.
func (l *layer) windowed() []wire {
	k, s, p := l.Kernel, l.Stride, l.Pad
	return []wire{ints("kernel_shape", k[:]...), ints("strides", s[:]...), ints("pads", p[0], p[1], p[0], p[1])}
}

// unpack is the weight as the file has it, [cout][cin][taps]; see pack.
func (l *layer) unpack() []float32 {
	taps := l.Kernel[0] * l.Kernel[1]
	w := make([]float32, l.cout*l.cin*taps)
	for o := range l.cout {
		p := l.packed[o/panel*panel*l.cin*taps+o%panel:]
		for c := range l.cin {
			for t := range taps {
				w[(o*l.cin+c)*taps+t] = p[(t*l.cin+c)*panel]
			}
		}
	}
	return w
}

// Fields and types below are those of onnx.proto, the format's definition.

func (g *onnxGraph) node(op string, in []string, out string, attributes ...wire) {
	var n wire
	for _, name := range in {
		n.text(1, name)
	}
	n.text(2, out)
	n.text(3, out+"/"+op)
	n.text(4, op)
	for _, a := range attributes {
		n.bytes(5, a)
	}
	g.nodes.bytes(1, n)
}

// floats adds a constant tensor.
func (g *onnxGraph) floats(name string, v []float32, shape ...int) {
	var t wire
	for _, n := range shape {
		t.number(1, n)
	}
	t.number(2, 1) // FLOAT
	t.text(8, name)
	raw := make([]byte, 0, 4*len(v))
	for _, x := range v {
		raw = binary.LittleEndian.AppendUint32(raw, math.Float32bits(x))
	}
	t.bytes(9, raw)
	g.weights.bytes(5, t)
}

func valueInfo(name string, s Shape) wire {
	var shape, tensor, typ, info wire
	for _, n := range []int{1, s.H, s.W, s.C} {
		var d wire
		d.number(1, n)
		shape.bytes(1, d)
	}
	tensor.number(1, 1) // FLOAT
	tensor.bytes(2, shape)
	typ.bytes(1, tensor)
	info.text(1, name)
	info.bytes(2, typ)
	return info
}

func ints(name string, v ...int) wire {
	var a wire
	a.text(1, name)
	for _, n := range v {
		a.number(8, n)
	}
	a.number(20, 7) // INTS
	return a
}

func integer(name string, v int) wire {
	var a wire
	a.text(1, name)
	a.number(3, v)
	a.number(20, 2) // INT
	return a
}

func word(name, v string) wire {
	var a wire
	a.text(1, name)
	a.text(4, v)
	a.number(20, 3) // STRING
	return a
}

// wire is a message in the encoding of Protocol Buffers.
type wire []byte

func (w *wire) number(field, v int) {
	*w = binary.AppendUvarint(*w, uint64(field)<<3)
	*w = binary.AppendUvarint(*w, uint64(v))
}

func (w *wire) bytes(field int, b []byte) {
	*w = binary.AppendUvarint(*w, uint64(field)<<3|2)
	*w = binary.AppendUvarint(*w, uint64(len(b)))
	*w = append(*w, b...)
}

func (w *wire) text(field int, s string) { w.bytes(field, []byte(s)) }
