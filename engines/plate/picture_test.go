package plate

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"math"
	"math/rand/v2"
	"os"
	"runtime"
	"strings"
	"testing"

	"github.com/amana-platform/amana/engines/tensor"
)

// shaded is a picture whose pixels tell their place.
func shaded(w, h int) *image.RGBA {
	m := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			m.Set(x, y, color.RGBA{uint8(x * 255 / w), uint8(y * 255 / h), uint8((x + y) % 256), 255})
		}
	}
	return m
}

func pngOf(t testing.TB, m image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func jpegOf(t testing.TB, m image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, m, &jpeg.Options{Quality: 95}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// withOrientation puts an EXIF segment with an orientation into a JPEG.
func withOrientation(raw []byte, o uint16, order binary.AppendByteOrder) []byte {
	tiff := []byte("II*\x00")
	if order == binary.AppendByteOrder(binary.BigEndian) {
		tiff = []byte("MM\x00*")
	}
	tiff = order.AppendUint32(tiff, 8)
	tiff = order.AppendUint16(tiff, 1)
	tiff = order.AppendUint16(order.AppendUint16(tiff, 0x0112), 3)
	tiff = order.AppendUint32(tiff, 1)
	tiff = order.AppendUint16(order.AppendUint16(tiff, o), 0)
	body := append([]byte("Exif\x00\x00"), tiff...)
	segment := binary.BigEndian.AppendUint16([]byte{0xff, 0xe1}, uint16(len(body)+2))
	return append(append(append([]byte{}, raw[:2]...), append(segment, body...)...), raw[2:]...)
}

func TestDecode(t *testing.T) {
	m := shaded(61, 35)
	for name, raw := range map[string][]byte{"png": pngOf(t, m), "jpeg": jpegOf(t, m)} {
		p, err := Decode(bytes.NewReader(raw), Limits{})
		if err != nil || p.W != 61 || p.H != 35 {
			t.Fatal(name, p, err)
		}
		want := color.GrayModel.Convert(m.At(40, 20)).(color.Gray).Y
		if got := p.luma.at(Point{40, 20}); math.Abs(float64(got)-float64(want)) > 4 {
			t.Errorf("%s: brightness %g, want %d", name, got, want)
		}
		if back := p.Image(); back.Bounds() != m.Bounds() {
			t.Errorf("%s: %v", name, back.Bounds())
		}
	}
	clear := image.NewNRGBA(image.Rect(0, 0, 4, 4)) // wholly transparent
	p, err := Decode(bytes.NewReader(pngOf(t, clear)), Limits{})
	if err != nil || p.luma.pix[0] != 255 {
		t.Error("what is transparent is not white", err)
	}
	grey := image.NewGray(image.Rect(0, 0, 16, 16))
	if p, err = Decode(bytes.NewReader(jpegOf(t, grey)), Limits{}); err != nil || p.blue.w != 0 {
		t.Error("a grey picture has colours", err)
	}
}

// TestOrientation: each of the eight ways in which a camera may have been held
// is turned upright.
func TestOrientation(t *testing.T) {
	// Brightness of the corners as stored, from the upper left, clockwise.
	m := image.NewGray(image.Rect(0, 0, 48, 32))
	for y := range 32 {
		for x := range 48 {
			v := map[[2]bool]uint8{{false, false}: 10, {true, false}: 90, {true, true}: 170, {false, true}: 250}[[2]bool{x >= 24, y >= 16}]
			m.SetGray(x, y, color.Gray{v})
		}
	}
	raw := jpegOf(t, m)
	for o, want := range map[uint16][4]int{ // as seen
		1: {10, 90, 170, 250}, 2: {90, 10, 250, 170}, 3: {170, 250, 10, 90}, 4: {250, 170, 90, 10},
		5: {10, 250, 170, 90}, 6: {250, 10, 90, 170}, 7: {170, 90, 10, 250}, 8: {90, 170, 250, 10}, 9: {10, 90, 170, 250},
	} {
		for _, order := range []binary.AppendByteOrder{binary.LittleEndian, binary.BigEndian} {
			p, err := Decode(bytes.NewReader(withOrientation(raw, o, order)), Limits{})
			if err != nil {
				t.Fatal(err)
			}
			for i, at := range []Point{{4, 4}, {float64(p.W) - 5, 4}, {float64(p.W) - 5, float64(p.H) - 5}, {4, float64(p.H) - 5}} {
				if got := p.luma.at(at); math.Abs(float64(got)-float64(want[i])) > 6 {
					t.Errorf("orientation %d: corner %d has %g, want %d", o, i, got, want[i])
				}
			}
			if (p.W == 32) != (o >= 5 && o <= 8) {
				t.Errorf("orientation %d: %d by %d", o, p.W, p.H)
			}
		}
	}
}

// hugePNG is a valid beginning of a PNG of a hundred megapixels.
func hugePNG() []byte {
	body := binary.BigEndian.AppendUint32([]byte("IHDR"), 10_000)
	body = append(binary.BigEndian.AppendUint32(body, 10_000), 8, 2, 0, 0, 0)
	out := append([]byte("\x89PNG\r\n\x1a\n"), 0, 0, 0, 13)
	return binary.BigEndian.AppendUint32(append(out, body...), crc32.ChecksumIEEE(body))
}

// TestRefused: what is too large is refused by its header, before it costs
// memory; what is damaged or no picture is said to be.
func TestRefused(t *testing.T) {
	small := jpegOf(t, shaded(64, 48))
	huge := bytes.Clone(small)
	at := bytes.Index(huge, []byte{0xff, 0xc0})
	binary.BigEndian.PutUint16(huge[at+5:], 12_000)
	binary.BigEndian.PutUint16(huge[at+7:], 12_000)
	for name, c := range map[string]struct {
		raw    []byte
		limits Limits
		want   error
	}{
		"a JPEG of 144 megapixels": {huge, Limits{}, ErrTooLarge},
		"a PNG of 100 megapixels":  {hugePNG(), Limits{}, ErrTooLarge},
		"more pixels than allowed": {small, Limits{Pixels: 64*48 - 1}, ErrTooLarge},
		"more bytes than allowed":  {small, Limits{Bytes: 100}, ErrTooLarge},
		"no picture":               {[]byte("GIF89a…"), Limits{}, ErrFormat},
		"nothing":                  {nil, Limits{}, ErrFormat},
		"cut in its header":        {small[:100], Limits{}, ErrDamaged},
		"cut in its picture":       {pngOf(t, shaded(64, 48))[:120], Limits{}, ErrDamaged},
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := Decode(bytes.NewReader(c.raw), c.limits)
		runtime.ReadMemStats(&after)
		if !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
		if n := after.TotalAlloc - before.TotalAlloc; n > 1<<20 {
			t.Errorf("%s cost %d bytes", name, n)
		}
	}
	if _, err := Decode(bytes.NewReader(small), Limits{Pixels: 64 * 48}); err != nil {
		t.Error(err)
	}
	if _, err := Decode(failing{}, Limits{}); err == nil || errors.Is(err, ErrDamaged) {
		t.Error("a failing reader:", err)
	}
}

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, os.ErrClosed }

// TestShrink compares with means over areas by their definition.
func TestShrink(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 3))
	for range 60 {
		w, h := 3+r.IntN(40), 3+r.IntN(40)
		c := plane{pix: make([]byte, w*h), stride: w, w: w, h: h, sx: 1, sy: 1}
		for i := range c.pix {
			c.pix[i] = byte(r.IntN(256))
		}
		x0, y0 := r.Float64()*float64(w)/2, r.Float64()*float64(h)/2
		part := rect{x0, y0, x0 + 1 + r.Float64()*(float64(w)-x0-1), y0 + 1 + r.Float64()*(float64(h)-y0-1)}
		dw, dh := 1+r.IntN(9), 1+r.IntN(9)
		got := make([]float32, dw*dh)
		c.shrink(got, dw, dh, part)
		for j := range dh {
			for i := range dw {
				kx, ky := (part.x1-part.x0)/float64(dw), (part.y1-part.y0)/float64(dh)
				want := mean(c, rect{part.x0 + kx*float64(i), part.y0 + ky*float64(j), part.x0 + kx*float64(i+1), part.y0 + ky*float64(j+1)})
				if math.Abs(float64(got[j*dw+i])-want) > 0.05 {
					t.Fatalf("%d by %d, %+v into %d by %d: %g at %d, %d, want %g", w, h, part, dw, dh, got[j*dw+i], i, j, want)
				}
			}
		}
	}
}

func mean(c plane, r rect) float64 {
	sum, area := 0.0, 0.0
	for y := range c.h {
		for x := range c.w {
			a := max(0, min(r.x1, float64(x+1))-max(r.x0, float64(x))) * max(0, min(r.y1, float64(y+1))-max(r.y0, float64(y)))
			sum += a * float64(c.pix[y*c.stride+x])
			area += a
		}
	}
	return sum / area
}

func TestHomography(t *testing.T) {
	r := rand.New(rand.NewPCG(4, 4))
	for range 100 {
		q := Quad{{0, 0}, {100, 5}, {95, 50}, {-3, 44}}
		for i := range q {
			q[i].X += r.Float64() * 8
			q[i].Y += r.Float64() * 8
		}
		m := toQuad(q)
		for i, c := range []Point{{0, 0}, {1, 0}, {1, 1}, {0, 1}} {
			if got := m.at(c.X, c.Y); dist(got, q[i]) > 1e-6 {
				t.Fatalf("corner %d goes to %v, not %v", i, got, q[i])
			}
		}
		// Straight lines stay straight.
		a, b, c := m.at(0.1, 0.2), m.at(0.4, 0.5), m.at(0.7, 0.8)
		if cross := (b.X-a.X)*(c.Y-a.Y) - (b.Y-a.Y)*(c.X-a.X); math.Abs(cross) > 1e-6 {
			t.Fatal("a line was bent by", cross)
		}
	}
	line := Quad{{1, 1}, {2, 2}, {3, 3}, {4, 4}}
	if p := toQuad(line).at(0.5, 0.5); math.IsNaN(p.X) || math.IsNaN(p.Y) {
		t.Error("corners on a line give", p)
	}
}

func TestPlausible(t *testing.T) {
	wide := Quad{{0, 0}, {100, 0}, {100, 22}, {0, 22}}
	square := Quad{{0, 0}, {30, 0}, {30, 20}, {0, 20}}
	for _, c := range []struct {
		q    Quad
		rows int
		want bool
	}{
		{wide, 1, true}, {wide, 2, false}, {square, 2, true},
		{Quad{{0, 0}, {100, 0}, {0, 22}, {100, 22}}, 1, false}, // crossed
		{Quad{{0, 0}, {0, 22}, {100, 22}, {100, 0}}, 1, false}, // a mirror image
		{Quad{{5, 5}, {5, 5}, {5, 5}, {5, 5}}, 1, false},
		{Quad{{0, 0}, {6, 0}, {6, 2}, {0, 2}}, 1, false},
		{Quad{{0, 0}, {400, 0}, {400, 22}, {0, 22}}, 1, false},
	} {
		if got := c.q.plausible(c.rows); got != c.want {
			t.Errorf("%v in %d rows: %v", c.q, c.rows, got)
		}
	}
}

func TestTiles(t *testing.T) {
	if got := parts(1920, 1080); len(got) != 1 {
		t.Error("a small picture is cut:", got)
	}
	if got := parts(60000, 3000); len(got) > maxParts {
		t.Error("too many parts:", len(got))
	}
	got := tiles(1920, 1080, 640, 640)
	covered := func(x, y float64) bool {
		for _, r := range got {
			if x >= r.x0 && x < r.x1 && y >= r.y0 && y < r.y1 {
				return true
			}
		}
		return false
	}
	for x := 0.5; x < 1920; x += 7 {
		for y := 0.5; y < 1080; y += 7 {
			if !covered(x, y) {
				t.Fatalf("%g, %g is in no tile", x, y)
			}
		}
	}
	for i, a := range got {
		if i%4 != 3 && a.x1-got[i+1].x0 < 640/4-1 && len(got) == 8 {
			t.Errorf("tiles %d and %d overlap by %g", i, i+1, a.x1-got[i+1].x0)
		}
	}
}

// FuzzDecode: no bytes make the decoder panic, hang, or take memory beyond what
// the limits allow, and what it accepts can be sampled.
func FuzzDecode(f *testing.F) {
	m := shaded(33, 17)
	f.Add(pngOf(f, m))
	f.Add(jpegOf(f, m))
	f.Add(withOrientation(jpegOf(f, m), 6, binary.BigEndian))
	f.Add(hugePNG())
	f.Add([]byte("RIFF\x1a\x00\x00\x00WEBPVP8L\x0d\x00\x00\x00\x2f\x00\x00\x00\x10\x07\x10\x11\x11\x88\x88\xfe\x07\x00"))
	limits := Limits{Pixels: 1 << 16, Bytes: 1 << 16}
	f.Fuzz(func(t *testing.T, raw []byte) {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		p, err := Decode(bytes.NewReader(raw), limits)
		runtime.ReadMemStats(&after)
		if n := after.TotalAlloc - before.TotalAlloc; n > 24<<20 {
			t.Fatalf("%d bytes", n)
		}
		if err != nil {
			if !errors.Is(err, ErrFormat) && !errors.Is(err, ErrTooLarge) && !errors.Is(err, ErrDamaged) {
				t.Fatal(err)
			}
			return
		}
		if p.W*p.H > limits.Pixels {
			t.Fatal(p.W, p.H)
		}
		q := Quad{{-5, -5}, {float64(p.W) + 9, 0}, {float64(p.W), float64(p.H) + 7}, {0, float64(p.H)}}
		s := p.sampler(q, 20, 10, true)
		for _, c := range q {
			s.grey(c)
		}
		s.colours(dense(10, 20), q.box())
		p.luma.shrink(make([]float32, 15), 5, 3, rect{0, 0, float64(p.W), float64(p.H)})
	})
}

// dense is an input of three channels.
func dense(h, w int) tensor.Tensor {
	return tensor.Tensor{Shape: tensor.Shape{C: 3, H: h, W: w}, Data: make([]float32, 3*h*w), Row: 3 * w, Pixel: 3}
}

// TestColours: a rectangle is drawn as its pixels one by one would be, large and
// small, in colour and grey, within the picture and beyond its border.
func TestColours(t *testing.T) {
	p := picture(t, "testdata/scenes/scene-01.jpg")
	grey := &Picture{W: p.W, H: p.H, luma: p.luma}
	rnd := rand.New(rand.NewPCG(8, 8))
	for i := range 40 {
		from := []*Picture{p, grey}[i%2]
		w := 10 + rnd.Float64()*float64(p.W)
		x, y := rnd.Float64()*float64(p.W)-w/2, rnd.Float64()*float64(p.H)-w/4
		r := rect{x, y, x + w, y + w/2}
		in := dense(12, 24)
		s := from.sampler(Quad{{r.x0, r.y0}, {r.x1, r.y0}, {r.x1, r.y1}, {r.x0, r.y1}}, in.W, in.H, true)
		s.colours(in, r)
		for n := range in.H * in.W {
			at := Point{r.x0 + (r.x1-r.x0)/float64(in.W)*float64(n%in.W), r.y0 + (r.y1-r.y0)/float64(in.H)*float64(n/in.W)}
			red, green, blue := s.pixel(at)
			for c, want := range []float32{red, green, blue} {
				if got := in.At(c, n/in.W, n%in.W); math.Abs(float64(got-want)) > 1e-5 {
					t.Fatalf("%+v shrunk %v, pixel %d channel %d: %g, not %g", r, s.small != nil, n, c, got, want)
				}
			}
		}
	}
}

// pixel is the colour at a place, by the definition.
func (s sampler) pixel(at Point) (r, g, b float32) {
	value := func(c plane, small []float32) float32 {
		switch {
		case c.w == 0:
			return 128
		case s.small != nil:
			return bilinear(small, s.small.w, s.small.h, at.X*s.small.k-float64(s.small.dx), at.Y*s.small.k-float64(s.small.dy))
		}
		return c.at(at)
	}
	var small shrunk
	if s.small != nil {
		small = *s.small
	}
	return rgb(s.grey(at), value(s.p.blue, small.blue), value(s.p.red, small.red))
}

func FuzzOrientation(f *testing.F) {
	f.Add(withOrientation([]byte("\xff\xd8\xff\xda"), 6, binary.LittleEndian))
	f.Add([]byte(strings.Repeat("\xff", 100)))
	f.Fuzz(func(t *testing.T, raw []byte) {
		if o := orientation(raw); o < 1 || o > 8 {
			t.Fatal(o)
		}
	})
}
