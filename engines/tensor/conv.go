package tensor

// blockTiles is the number of tiles that share a pass over the weights: their
// input stays in the first-level cache meanwhile.
const blockTiles = 8

// convStep is a convolution, dense or depthwise, with its activation.
type convStep struct {
	l       *layer
	kern    func(*tile)
	rows    int // pixels of a tile
	in, out view
	taps    []int
	k       int  // floats read at each tap
	lanes   bool // depthwise: channels stay apart
}

func newConv(l *layer, in, out view, set kernelSet) *convStep {
	c := &convStep{l: l, kern: set.gemm, rows: set.rows, in: in, out: out, k: l.cin}
	c.lanes = l.Groups > 1
	if c.lanes {
		c.kern = set.depthwise
	}
	// Where pixels lie close, a row of the window is one run of floats.
	whole := !c.lanes && in.pix == l.cin
	for y := range l.Kernel[0] {
		if whole {
			c.taps = append(c.taps, y*in.row)
			continue
		}
		for x := range l.Kernel[1] {
			c.taps = append(c.taps, y*in.row+x*in.pix)
		}
	}
	if whole {
		c.k = l.cin * l.Kernel[1]
	}
	return c
}

func (c *convStep) pixels() int { return c.out.H * c.out.W }

func (c *convStep) blocks() int {
	n := c.rows * blockTiles
	return (c.pixels() + n - 1) / n
}

func (c *convStep) do(block int, w *worker) {
	first := block * c.rows * blockTiles
	n := min(blockTiles, (c.pixels()-first+c.rows-1)/c.rows)
	tiles := w.tiles[:n]
	for i := range tiles {
		c.aim(&tiles[i], first+i*c.rows, w)
	}
	depth := len(c.taps) * c.k * panel
	for p := range len(c.l.bias) / panel {
		for i := range tiles {
			t := &tiles[i]
			t.b, t.bias, t.out = c.l.packed[p*depth:][:depth+panel], c.l.bias[p*panel:][:panel], w.arena[p*panel:]
			t.n = min(panel, c.l.cout-p*panel)
			if c.lanes {
				t.a = w.arena[p*panel:]
			}
			c.kern(t)
			if c.l.after != nil {
				for r := range min(c.rows, c.pixels()-first-i*c.rows) {
					c.l.after(t.out[t.outOff[r]:][:panel])
				}
			}
		}
	}
}

// aim sets a tile's rows to the pixels from first on; past the last pixel they
// repeat it.
func (c *convStep) aim(t *tile, first int, w *worker) {
	t.a, t.taps, t.k, t.lo, t.hi = w.arena, c.taps, c.k, c.l.lo, c.l.hi
	y, x := first/c.out.W, first%c.out.W
	for r := range c.rows {
		t.off[r] = c.in.off + (y*c.l.Stride[0]-c.l.Pad[0])*c.in.row + (x*c.l.Stride[1]-c.l.Pad[1])*c.in.pix
		t.outOff[r] = c.out.off + y*c.out.row + x*c.out.pix
		if first+r+1 < c.pixels() {
			if x++; x == c.out.W {
				y, x = y+1, 0
			}
		}
	}
}
