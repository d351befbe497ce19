package plate

import (
	"encoding/json"
	"math"
	"os"
	"testing"
)

// TestCuts: the networks are shown what they were shown in training. OpenCV's
// cuts of the same pictures (train/cuts.py) differ by rounding and by how colour
// was enlarged when the JPEG was decoded.
func TestCuts(t *testing.T) {
	raw, err := os.ReadFile("testdata/golden/cuts.json")
	if err != nil {
		t.Fatal(err)
	}
	var want map[string]struct{ Strip, Region []byte }
	if err := json.Unmarshal(raw, &want); err != nil {
		t.Fatal(err)
	}
	s, err := NewReader(Options{}).take()
	if err != nil {
		t.Fatal(err)
	}
	all := truths(t, "crops")
	for name, w := range want {
		p := picture(t, "testdata/crops/"+name)
		if _, err := s.corners(p, rect{0, 0, float64(p.W), float64(p.H)}); err != nil {
			t.Fatal(err)
		}
		in, off := s.corner.Input(), 0.0
		for i, v := range w.Region {
			x, y, c := i/3%(in.W/4)*4, i/3/(in.W/4)*4, i%3
			off += math.Abs(float64(in.At(c, y, x)+0.5)*255-float64(v)) / float64(len(w.Region))
		}
		if off > 1 {
			t.Errorf("%s: the region is %g off on average", name, off)
		}
		if off := stripError(s, p, all[name], w.Strip); off > 1 {
			t.Errorf("%s: the strip is %g off on average", name, off)
		}
	}
}

func stripError(s *session, p *Picture, w truth, want []byte) float64 {
	in, m := s.read.Input(), toQuad(w.quad())
	a, b := -s.n.readMeta.Margin, 1+s.n.readMeta.Margin
	if w.Rows == 1 {
		drawStrip(in, 0, in.W, p, m.part(rect{a, a, b, b}))
	} else {
		drawStrip(in, 0, in.W/2, p, m.part(rect{a, a, b, s.n.readMeta.SplitTop}))
		drawStrip(in, in.W/2, in.W/2, p, m.part(rect{a, s.n.readMeta.SplitBottom, b, b}))
	}
	off := 0.0
	for i, v := range want {
		off += math.Abs(float64(in.At(0, i/in.W, i%in.W))-float64(v)) / float64(len(want))
	}
	return off
}
