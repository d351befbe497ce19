package plate

import (
	"bytes"
	"context"
	"errors"
	"image"
	"math"
	"math/rand/v2"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/amana-platform/amana/engines/tensor"
)

// TestReaderIsShared: several goroutines read with one reader, and each finds
// what one alone finds (for the race detector).
func TestReaderIsShared(t *testing.T) {
	r := NewReader(Options{Threads: 2, Whole: true})
	defer closeReader(t, r)
	p, crop := picture(t, "testdata/scenes/scene-01.jpg"), picture(t, "testdata/crops/crop-00.jpg")
	once := func() (int, float64) {
		reads, err := r.Picture(t.Context(), p)
		if err != nil {
			t.Error(err)
		}
		crops, err := r.Crop(t.Context(), crop)
		if err != nil {
			t.Error(err)
		}
		sum := 0.0
		for _, x := range append(reads, crops...) {
			sum += x.Score
		}
		return len(reads) + len(crops), sum
	}
	n, sum := once()
	var all sync.WaitGroup
	for range 3 {
		all.Go(func() {
			if m, s := once(); m != n || s != sum {
				t.Errorf("%d plates (%g), alone %d (%g)", m, s, n, sum)
			}
		})
	}
	all.Wait()
	if len(r.idle) > 4 {
		t.Errorf("%d sessions are kept", len(r.idle))
	}
}

// TestProcessDies: a reading whose process ends meanwhile is an error, and the
// next one has a process of its own.
func TestProcessDies(t *testing.T) {
	rt := onnxRuntime(t)
	if rt == nil {
		t.Skip("AMANA_ONNXRUNTIME names no library")
	}
	r := NewReader(Options{Runtime: rt})
	defer closeReader(t, r)
	crop := picture(t, "testdata/crops/crop-00.jpg")
	if _, err := r.Crop(t.Context(), crop); err != nil || len(r.idle) != 1 {
		t.Fatal(err, len(r.idle))
	}
	if err := r.idle[0].o.Beside.Close(); err != nil { // as if it had been ended
		t.Fatal(err)
	}
	if _, err := r.Crop(t.Context(), crop); err == nil || len(r.idle) != 0 {
		t.Fatal("read without a process", err, len(r.idle))
	}
	if reads, err := r.Crop(t.Context(), crop); err != nil || len(reads) != 1 {
		t.Fatal(reads, err)
	}
	missing := NewReader(Options{Runtime: &tensor.Runtime{Program: rt.Program, Library: "/nowhere.so"}})
	if err := missing.Warm(); err == nil || !strings.Contains(err.Error(), "/nowhere.so") {
		t.Error(err)
	}
}

// TestLazy: a reader that reads nothing costs nothing.
func TestLazy(t *testing.T) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	r := NewReader(Options{})
	runtime.ReadMemStats(&after)
	if n := after.TotalAlloc - before.TotalAlloc; n > 1<<16 || len(r.idle) != 0 {
		t.Errorf("%d bytes", n)
	}
}

func TestReaderRefuses(t *testing.T) {
	var unknown *tensor.UnknownKernel
	if err := NewReader(Options{Kernel: "mmx"}).Warm(); !errors.As(err, &unknown) {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	r := NewReader(Options{})
	if _, err := r.Crop(ctx, picture(t, "testdata/crops/crop-00.jpg")); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if _, err := r.Picture(ctx, FromImage(image.NewGray(image.Rect(0, 0, 1920, 1080)))); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// TestNoPlate: nothing is read where there is nothing, at any size.
func TestNoPlate(t *testing.T) {
	r := NewReader(Options{})
	rnd := rand.New(rand.NewPCG(5, 5))
	for _, s := range [][2]int{{1, 1}, {1, 900}, {900, 1}, {31, 33}, {700, 500}, {1500, 40}} {
		flat := image.NewGray(image.Rect(0, 0, s[0], s[1]))
		noise := image.NewGray(flat.Rect)
		for i := range noise.Pix {
			noise.Pix[i] = byte(rnd.IntN(256))
		}
		for _, m := range []image.Image{flat, noise} {
			p := FromImage(m)
			reads, err := r.Picture(t.Context(), p)
			if err != nil || len(reads) > 0 {
				t.Errorf("%v: %+v, %v", s, reads, err)
			}
			if _, err := r.Crop(t.Context(), p); err != nil {
				t.Errorf("%v: %v", s, err)
			}
		}
	}
}

// TestDetectorCells: the boxes are those that FORMAT.md defines, in the
// coordinates of the picture, and of overlapping ones the likeliest stays.
func TestDetectorCells(t *testing.T) {
	out := tensor.Tensor{Shape: tensor.Shape{C: 5, H: 4, W: 6}, Row: 6 * 16, Pixel: 16, Data: make([]float32, 4*6*16)}
	for i := range 24 {
		out.Data[i*16] = -9
	}
	set := func(i, j int, v ...float32) { copy(out.Data[i*out.Row+j*out.Pixel:], v) }
	ln := func(v float64) float32 { return float32(math.Log(v)) }
	set(1, 2, 2, ln(2), ln(0.5), ln(3), ln(1)) // centre 20, 12
	set(1, 3, 1, ln(3), ln(0.5), ln(2), ln(1)) // the same box
	set(3, 5, 0, 99, 99, -99, -99)             // far beyond: held to e⁵ and e⁻⁴ cells
	got := suppress(cells(out, rect{100, 200, 900, 900}, 0.5, 0.4, 1))
	if len(got) != 2 {
		t.Fatalf("%+v", got)
	}
	near := func(a, b float64) bool { return math.Abs(a-b) < 1e-3 }
	if b := got[0]; !near(b.p, 0.8808) || !near(b.x0, 100+(20-16)/0.5) || !near(b.y0, 200+(12-4)/0.5) || !near(b.x1, 100+(20+24)/0.5) || !near(b.y1, 200+(12+8)/0.5) {
		t.Errorf("%+v", b)
	}
	if b := got[1]; math.IsInf(b.x0, 0) || b.x1-b.x0 > 3000 {
		t.Errorf("%+v", b)
	}
	if w, h := detectSize(1920, 1080, detectArea); w != 544 || h != 320 {
		t.Error(w, h)
	}
	if w, h := detectSize(100000, 1, detectArea); w > 2048 || h != 32 {
		t.Error(w, h)
	}
}

// TestDistinct: of reads of one plate the surest stays, plates side by side
// are two.
func TestDistinct(t *testing.T) {
	at := func(x0, y0, x1, y1 float64) Read { return Read{Box: [4]float64{x0, y0, x1, y1}} }
	got := distinct([]Read{at(0, 0, 100, 20), at(10, 2, 60, 18), at(60, 0, 160, 20), at(130, 0, 220, 20), at(5, 5, 5, 5)})
	if len(got) != 4 || got[1].Box[0] != 60 {
		t.Errorf("%+v", got)
	}
}

// FuzzRead: whatever picture is decoded, reading it ends without panic, and
// what is read is sane.
func FuzzRead(f *testing.F) {
	f.Add(jpegOf(f, shaded(90, 40)), true)
	f.Add(pngOf(f, shaded(17, 90)), false)
	r := NewReader(Options{Kernel: tensor.Portable})
	f.Fuzz(func(t *testing.T, raw []byte, crop bool) {
		p, err := Decode(bytes.NewReader(raw), Limits{Pixels: 1 << 14, Bytes: 1 << 14})
		if err != nil {
			return
		}
		read := r.Picture
		if crop {
			read = r.Crop
		}
		reads, err := read(t.Context(), p)
		if err != nil {
			t.Fatal(err)
		}
		for _, x := range reads {
			if len(x.Candidates) == 0 || len(x.Candidates) > 10 || !(x.Score > 0 && x.Score <= 1) || x.Plate().Text() == "" || math.IsNaN(x.Corners[0].X) {
				t.Fatalf("%+v", x)
			}
		}
	})
}
