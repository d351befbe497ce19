package tensor

// portable runs everywhere. Three pixels by two channels of sums, and what
// they need, stay in the sixteen registers that the compiler has on the
// smallest machine; larger blocks spill and are slower by half.
const portableRows = 3

var portable = kernelSet{name: Portable, rows: portableRows, gemm: gemmPortable, depthwise: depthwisePortable, add: addPortable, maxOf: maxPortable}

func gemmPortable(t *tile) {
	for j := 0; j < t.n; j += 2 {
		gemm3x2(t, j)
	}
}

// gemm3x2 makes the channels j and j+1 of a tile. The weights have a panel more
// at their end than is multiplied, so that one check a step is enough.
func gemm3x2(t *tile, j int) {
	c00, c01 := t.bias[j], t.bias[j+1]
	c10, c11, c20, c21 := c00, c01, c00, c01
	b := t.b[j:]
	for _, d := range t.taps {
		x := t.a[t.off[0]+d:][:t.k]
		y := t.a[t.off[1]+d:][:len(x)]
		z := t.a[t.off[2]+d:][:len(x)]
		for p := range x {
			if len(b) < panel {
				return // never: it frees the reads below of their checks
			}
			w := b[0]
			c00 += x[p] * w
			c10 += y[p] * w
			c20 += z[p] * w
			w = b[1]
			c01 += x[p] * w
			c11 += y[p] * w
			c21 += z[p] * w
			b = b[panel:]
		}
	}
	t.put(0, j, c00, c01)
	t.put(1, j, c10, c11)
	t.put(2, j, c20, c21)
}

func (t *tile) put(row, j int, v, w float32) {
	o := t.out[t.outOff[row]+j:][:2]
	o[0] = min(max(v, t.lo), t.hi)
	o[1] = min(max(w, t.lo), t.hi)
}

func depthwisePortable(t *tile) {
	for i := range portableRows {
		var sum [panel]float32
		copy(sum[:], t.bias)
		for n, d := range t.taps {
			x := t.a[t.off[i]+d:][:panel]
			w := t.b[n*panel:][:panel]
			for j := range sum {
				sum[j] += x[j] * w[j]
			}
		}
		o := t.out[t.outOff[i]:][:panel]
		for j := range sum {
			o[j] = min(max(sum[j], t.lo), t.hi)
		}
	}
}

func addPortable(dst, x, y []float32, lo, hi float32) {
	x, y = x[:len(dst)], y[:len(dst)]
	for i := range dst {
		dst[i] = min(max(x[i]+y[i], lo), hi)
	}
}

func maxPortable(dst, x, y []float32) {
	x, y = x[:len(dst)], y[:len(dst)]
	for i := range dst {
		dst[i] = max(x[i], y[i])
	}
}
