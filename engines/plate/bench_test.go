package plate

import (
	"bytes"
	"image"
	"image/jpeg"
	"os"
	"testing"

	"golang.org/x/image/draw"

	"github.com/amana-platform/amana/engines/tensor"
)

// still is a street of the generator as a JPEG of 1920 by 1080.
func still(b *testing.B) []byte {
	b.Helper()
	raw, err := os.ReadFile("testdata/scenes/scene-14.jpg")
	if err != nil {
		b.Fatal(err)
	}
	m, err := jpeg.Decode(bytes.NewReader(raw))
	if err != nil {
		b.Fatal(err)
	}
	large := image.NewRGBA(image.Rect(0, 0, 1920, 1080))
	draw.CatmullRom.Scale(large, large.Bounds(), m, m.Bounds(), draw.Src, nil)
	var out bytes.Buffer
	if err := jpeg.Encode(&out, large, &jpeg.Options{Quality: 90}); err != nil {
		b.Fatal(err)
	}
	return out.Bytes()
}

// BenchmarkStill is the whole way of a 1080p still on one core, from the bytes
// of the JPEG to the text of a plate, and its parts.
func BenchmarkStill(b *testing.B) {
	raw := still(b)
	for _, o := range places(b) {
		r := NewReader(o)
		k := nameOf(o)
		p, err := Decode(bytes.NewReader(raw), Limits{})
		if err != nil {
			b.Fatal(err)
		}
		s, err := r.take()
		if err != nil {
			b.Fatal(err)
		}
		box := rect{900, 600, 1100, 650}
		whole := rect{0, 0, 1920, 1080}
		for name, part := range map[string]func() error{
			"decode": func() error { _, err := Decode(bytes.NewReader(raw), Limits{}); return err },
			"detect": func() error { _, err := s.detect(p, whole, detectArea, 0.5); return err },
			"closer": func() error { _, err := s.detect(p, whole, partWidth*partHeight*closer*closer, 0.5); return err },
			"shrink": func() error {
				run, err := s.detector(detectSize(1920, 1080, detectArea))
				if err == nil {
					s.fillDetector(run.Input(), p, whole, 0.28)
				}
				return err
			},
			"corners": func() error { _, err := s.corners(p, box); return err },
			"read": func() error {
				l, err := s.lattice(p, Quad{{900, 600}, {1100, 600}, {1100, 650}, {900, 650}}, 1)
				if err == nil {
					l.Candidates(10)
				}
				return err
			},
			"all": func() error {
				p, err := Decode(bytes.NewReader(raw), Limits{})
				if err != nil {
					return err
				}
				_, err = r.Picture(b.Context(), p)
				return err
			},
		} {
			b.Run(k+"/"+name, func(b *testing.B) {
				for b.Loop() {
					if err := part(); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

// BenchmarkNetworks is each network alone on its usual input.
func BenchmarkNetworks(b *testing.B) {
	n, err := loadNetworks()
	if err != nil {
		b.Fatal(err)
	}
	for _, o := range places(b) {
		k := nameOf(o)
		options := tensor.Options{Kernel: o.Kernel}
		if o.Runtime != nil {
			if options.Beside, err = o.Runtime.Start(); err != nil {
				b.Fatal(err)
			}
		}
		for name, c := range map[string]struct {
			m    *tensor.Model
			h, w int
		}{"detect": {n.detect, 320, 544}, "corner": {n.corner, 96, 160}, "read": {n.read, 32, 160}} {
			b.Run(k+"/"+name, func(b *testing.B) {
				r, err := c.m.Runner(c.h, c.w, options)
				if err != nil {
					b.Fatal(err)
				}
				for b.Loop() {
					if err := r.Run(); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
