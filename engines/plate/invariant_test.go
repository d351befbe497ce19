package plate

import (
	"encoding/binary"
	"image"
	"image/color"
	"strings"
	"testing"

	"golang.org/x/image/draw"
)

// street is a street of the generator as an image, and what stands in it.
func street(t testing.TB, name string) (*image.RGBA, map[string]bool) {
	t.Helper()
	m := picture(t, "testdata/scenes/"+name+".jpg").Image()
	out := image.NewRGBA(image.Rect(0, 0, m.Bounds().Dx(), m.Bounds().Dy()))
	draw.Draw(out, out.Rect, m, image.Point{}, draw.Src)
	texts := map[string]bool{}
	for _, p := range truths(t, "scenes")[name+".jpg"].Plates {
		texts[strings.ReplaceAll(p.Text, "-", "")] = true
	}
	return out, texts
}

// shown are the texts that are read in a picture, as they are written.
func shown(t testing.TB, r *Reader, p *Picture) map[string]bool {
	t.Helper()
	reads, err := r.Picture(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]bool{}
	for _, x := range reads {
		all[written(x.Plate(), x.Rows)] = true
	}
	return all
}

// equal says whether two sets of texts are equal.
func equal(a, b map[string]bool) bool {
	for x := range a {
		if !b[x] {
			return false
		}
	}
	return len(a) == len(b)
}

// each changes an image pixel by pixel.
func each(m *image.RGBA, change func(color.RGBA) color.RGBA) *image.RGBA {
	out := image.NewRGBA(m.Rect)
	for y := range m.Rect.Dy() {
		for x := range m.Rect.Dx() {
			out.SetRGBA(x, y, change(m.RGBAAt(x, y)))
		}
	}
	return out
}

// TestSameStreet: a street is read as the same when it is darker, paler, grey,
// larger, in another format, or with a border.
func TestSameStreet(t *testing.T) {
	r := NewReader(Options{})
	defer closeReader(t, r)
	for _, name := range []string{"scene-14", "scene-17"} {
		m, want := street(t, name)
		by := func(k float64, more int) *image.RGBA {
			part := func(v byte) byte { return byte(min(255, int(float64(v)*k)+more)) }
			return each(m, func(c color.RGBA) color.RGBA { return color.RGBA{part(c.R), part(c.G), part(c.B), 255} })
		}
		larger := image.NewRGBA(image.Rect(0, 0, 2*m.Rect.Dx(), 2*m.Rect.Dy()))
		draw.BiLinear.Scale(larger, larger.Rect, m, m.Rect, draw.Src, nil)
		framed := image.NewRGBA(m.Rect.Inset(-60))
		draw.Draw(framed, m.Rect, m, image.Point{}, draw.Src)
		for what, p := range map[string]*Picture{
			"as it is": FromImage(m), "at half the light": FromImage(by(0.5, 0)), "pale": FromImage(by(0.6, 90)), "twice as large": FromImage(larger), "with a border": FromImage(framed),
			"grey": FromImage(each(m, func(c color.RGBA) color.RGBA {
				y := color.GrayModel.Convert(c).(color.Gray).Y
				return color.RGBA{y, y, y, 255}
			})),
			"as PNG": decoded(t, pngOf(t, m)), "as JPEG": decoded(t, jpegOf(t, m)),
		} {
			if got := shown(t, r, p); !equal(got, want) {
				t.Errorf("%s %s: %v, want %v", name, what, got, want)
			}
		}
	}
}

// TestStoredOnItsSide: a street is read as the same in each of the eight
// orientations in which cameras store pictures.
func TestStoredOnItsSide(t *testing.T) {
	r := NewReader(Options{})
	defer closeReader(t, r)
	m, want := street(t, "scene-17")
	for orientation := 1; orientation <= 8; orientation++ {
		raw := withOrientation(jpegOf(t, stored(m, orientation)), uint16(orientation), binary.BigEndian)
		if got := shown(t, r, decoded(t, raw)); !equal(got, want) {
			t.Errorf("orientation %d: %v, want %v", orientation, got, want)
		}
	}
}

// stored is the image that a camera in an EXIF orientation stores.
func stored(m *image.RGBA, orientation int) *image.RGBA {
	w, h := m.Rect.Dx(), m.Rect.Dy()
	if orientation >= 5 {
		w, h = h, w
	}
	out := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range m.Rect.Dy() {
		for x := range m.Rect.Dx() {
			fx, fy := m.Rect.Dx()-1-x, m.Rect.Dy()-1-y
			// Where the pixel that is seen at x, y lies in what is stored (EXIF 2.3, 4.6.4).
			at := [9]image.Point{{}, {x, y}, {fx, y}, {fx, fy}, {x, fy}, {y, x}, {y, fx}, {fy, fx}, {fy, x}}[orientation]
			out.SetRGBA(at.X, at.Y, m.RGBAAt(x, y))
		}
	}
	return out
}

func decoded(t testing.TB, raw []byte) *Picture {
	t.Helper()
	p, err := Decode(strings.NewReader(string(raw)), Limits{})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestManyStreets: of four streets in one picture the near plates are read, each
// once, and nothing that is not there. Far ones may be missed: where something
// sure is seen, the picture is not looked at closer.
func TestManyStreets(t *testing.T) {
	r := NewReader(Options{})
	defer closeReader(t, r)
	names := []string{"scene-05", "scene-06", "scene-14", "scene-17"}
	want := map[string]bool{}
	first, _ := street(t, names[0])
	w, h := first.Rect.Dx(), first.Rect.Dy()
	wall := image.NewRGBA(image.Rect(0, 0, 2*w, 2*h))
	for i, name := range names {
		m, texts := street(t, name)
		draw.BiLinear.Scale(wall, image.Rect(i%2*w, i/2*h, i%2*w+w, i/2*h+h), m, m.Rect, draw.Src, nil)
		for x := range texts {
			want[x] = true
		}
	}
	reads, err := r.Picture(t.Context(), FromImage(wall))
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]bool{}
	for _, x := range reads {
		got[written(x.Plate(), x.Rows)] = true
	}
	for x := range got {
		if !want[x] {
			t.Errorf("%q stands nowhere", x)
		}
	}
	if len(got) < 4 || len(reads) != len(got) {
		t.Errorf("%d reads of %v, want %v", len(reads), got, want)
	}
}

// TestNoStreet: what was a plate is none any more once it is covered.
func TestNoStreet(t *testing.T) {
	r := NewReader(Options{})
	defer closeReader(t, r)
	for _, name := range []string{"scene-05", "scene-06", "scene-14", "scene-17"} {
		m, _ := street(t, name)
		for _, p := range truths(t, "scenes")[name+".jpg"].Plates {
			b := p.box().grown(0.15)
			draw.Draw(m, image.Rect(int(b.x0), int(b.y0), int(b.x1), int(b.y1)), image.NewUniform(m.At(int(b.x0), int(b.y0))), image.Point{}, draw.Src)
		}
		if got := shown(t, r, FromImage(m)); len(got) > 0 {
			t.Errorf("%s without its plates: %v", name, got)
		}
	}
}
