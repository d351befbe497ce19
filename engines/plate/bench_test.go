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
func still(b *testing.B, street string) []byte {
	b.Helper()
	raw, err := os.ReadFile("testdata/scenes/" + street + ".jpg")
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
// of the JPEG to the text of a plate, and its parts: all where the text is
// certain, uncertain where it is not and is read in more ways, nothing where
// nothing sure is seen and the picture is looked at closer.
func BenchmarkStill(b *testing.B) {
	raw, faint, empty := still(b, "scene-14"), still(b, "scene-16"), still(b, "scene-22")
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
		frame := rect{0, 0, 1920, 1080}
		for name, part := range map[string]func() error{
			"decode": func() error { _, err := Decode(bytes.NewReader(raw), Limits{}); return err },
			"detect": func() error { _, err := s.detect(p, frame, detectArea, 0.5); return err },
			"closer": func() error { _, err := s.detect(p, frame, partWidth*partHeight*closer*closer, 0.5); return err },
			"shrink": func() error {
				run, err := s.detector(detectSize(1920, 1080, detectArea))
				if err == nil {
					s.fillDetector(run.Input(), p, frame, 0.28)
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
			"all":       func() error { return whole(b, r, raw, true, true) },
			"uncertain": func() error { return whole(b, r, faint, true, false) },
			"nothing":   func() error { return whole(b, r, empty, false, false) },
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

// whole reads a still that shows a plate, whose text is certain, or not.
func whole(b *testing.B, r *Reader, raw []byte, found, sure bool) error {
	p, err := Decode(bytes.NewReader(raw), Limits{})
	if err != nil {
		return err
	}
	reads, err := r.Picture(b.Context(), p)
	if err == nil && (len(reads) > 0) != found || len(reads) > 0 && reads[0].Candidates[0].P >= certain != sure {
		b.Fatalf("%+v", reads)
	}
	return err
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
