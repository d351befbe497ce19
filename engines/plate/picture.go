package plate

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	_ "image/png" // registers the format
	"io"

	_ "golang.org/x/image/webp" // registers the format
)

// Errors about pictures; each is wrapped with what was found.
var (
	ErrFormat   = errors.New("plate: not a picture in JPEG, PNG or WebP")
	ErrTooLarge = errors.New("plate: the picture is larger than allowed")
	ErrDamaged  = errors.New("plate: the picture is damaged")
)

// Limits bound what a picture may cost before it is decoded.
type Limits struct {
	Pixels int   // width times height; 50 million unless set
	Bytes  int64 // of the file; 64 MiB unless set
}

func (l Limits) or() Limits {
	if l.Pixels == 0 {
		l.Pixels = 50_000_000
	}
	if l.Bytes == 0 {
		l.Bytes = 64 << 20
	}
	return l
}

// Picture is a picture as cameras make it: brightness for each pixel, colour
// for each or for each few. It does not change and may be read by several
// goroutines.
type Picture struct {
	W, H int
	luma plane
	blue plane // differences of blue and red from the brightness, 128 is none; no samples in a grey picture
	red  plane
}

// plane is one channel; a sample covers 1/sx by 1/sy pixels of the picture.
type plane struct {
	pix    []byte
	stride int
	w, h   int
	sx, sy float64 // samples for a pixel: 1 or 0.5 or 0.25
}

// Decode reads a picture in JPEG, PNG or WebP. Its header is checked against
// the limits before anything is decoded. A JPEG is turned as its EXIF data
// says.
func Decode(r io.Reader, limits Limits) (*Picture, error) {
	limits = limits.or()
	raw, err := io.ReadAll(io.LimitReader(r, limits.Bytes+1))
	switch {
	case err != nil:
		return nil, err
	case int64(len(raw)) > limits.Bytes:
		return nil, fmt.Errorf("%w: more than %d bytes", ErrTooLarge, limits.Bytes)
	}
	c, format, err := image.DecodeConfig(bytes.NewReader(raw))
	switch {
	case errors.Is(err, image.ErrFormat):
		return nil, ErrFormat
	case err != nil:
		return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
	case c.Width < 1 || c.Height < 1:
		return nil, fmt.Errorf("%w: %d by %d pixels", ErrDamaged, c.Width, c.Height)
	case c.Width > limits.Pixels/c.Height:
		return nil, fmt.Errorf("%w: %d by %d pixels, %d allowed", ErrTooLarge, c.Width, c.Height, limits.Pixels)
	}
	if format == "jpeg" {
		m, err := jpeg.Decode(bytes.NewReader(raw))
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
		}
		return FromImage(m).turned(orientation(raw)), nil
	}
	m, _, err := image.Decode(bytes.NewReader(raw))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return FromImage(m), nil
}

// FromImage takes a decoded image; one in YCbCr or grey is not copied and must
// not change afterwards. Transparent parts become white.
func FromImage(m image.Image) *Picture {
	b := m.Bounds()
	p := &Picture{W: b.Dx(), H: b.Dy()}
	switch m := m.(type) {
	case *image.YCbCr:
		if b.Min == (image.Point{}) {
			p.luma = plane{m.Y, m.YStride, p.W, p.H, 1, 1}
			cw, ch := chroma(p.W, p.H, m.SubsampleRatio)
			sx, sy := float64(cw)/float64(p.W), float64(ch)/float64(p.H)
			p.blue, p.red = plane{m.Cb, m.CStride, cw, ch, near(sx), near(sy)}, plane{m.Cr, m.CStride, cw, ch, near(sx), near(sy)}
			return p
		}
	case *image.Gray:
		p.luma = plane{m.Pix, m.Stride, p.W, p.H, 1, 1}
		return p
	}
	return p.fill(m)
}

// fill converts any image pixel by pixel.
func (p *Picture) fill(m image.Image) *Picture {
	b := m.Bounds()
	for _, c := range []*plane{&p.luma, &p.blue, &p.red} {
		*c = plane{make([]byte, p.W*p.H), p.W, p.W, p.H, 1, 1}
	}
	for y := range p.H {
		for x := range p.W {
			r, g, bl, a := m.At(b.Min.X+x, b.Min.Y+y).RGBA()
			white := 0xffff - a
			yy, cb, cr := color.RGBToYCbCr(uint8((r+white)>>8), uint8((g+white)>>8), uint8((bl+white)>>8))
			i := y*p.W + x
			p.luma.pix[i], p.blue.pix[i], p.red.pix[i] = yy, cb, cr
		}
	}
	return p
}

// chroma is the size of the colour planes.
func chroma(w, h int, r image.YCbCrSubsampleRatio) (int, int) {
	switch r {
	case image.YCbCrSubsampleRatio422:
		return (w + 1) / 2, h
	case image.YCbCrSubsampleRatio420:
		return (w + 1) / 2, (h + 1) / 2
	case image.YCbCrSubsampleRatio440:
		return w, (h + 1) / 2
	case image.YCbCrSubsampleRatio411:
		return (w + 3) / 4, h
	case image.YCbCrSubsampleRatio410:
		return (w + 3) / 4, (h + 1) / 2
	}
	return w, h
}

// near is the sampling ratio that a quotient of sizes rounds.
func near(s float64) float64 {
	switch {
	case s > 0.75:
		return 1
	case s > 0.35:
		return 0.5
	}
	return 0.25
}

// planar takes a frame of a film: brightness, then both colours at half the
// width and height (yuv420p).
func planar(w, h int, raw []byte) *Picture {
	cw, ch := (w+1)/2, (h+1)/2
	return &Picture{
		W: w, H: h,
		luma: plane{raw, w, w, h, 1, 1},
		blue: plane{raw[w*h:], cw, cw, ch, 0.5, 0.5},
		red:  plane{raw[w*h+cw*ch:], cw, cw, ch, 0.5, 0.5},
	}
}

// turned gives the picture as it is to be seen, for an EXIF orientation.
func (p *Picture) turned(orientation int) *Picture {
	if orientation < 2 || orientation > 8 {
		return p
	}
	q := &Picture{W: p.W, H: p.H, luma: p.luma.turned(orientation), blue: p.blue.turned(orientation), red: p.red.turned(orientation)}
	if orientation >= 5 {
		q.W, q.H = p.H, p.W
	}
	return q
}

func (c plane) turned(orientation int) plane {
	if c.w == 0 {
		return c
	}
	t := plane{make([]byte, c.w*c.h), c.w, c.w, c.h, c.sx, c.sy}
	if orientation >= 5 {
		t = plane{t.pix, c.h, c.h, c.w, c.sy, c.sx}
	}
	for y := range t.h {
		for x := range t.w {
			u, v := x, y
			if orientation >= 5 {
				u, v = y, x
			}
			// Where the first row and the first column of what is stored are seen.
			if orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8 {
				u = c.w - 1 - u
			}
			if orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7 {
				v = c.h - 1 - v
			}
			t.pix[y*t.stride+x] = c.pix[v*c.stride+u]
		}
	}
	return t
}

// Image gives the picture as an image of Go's library, which can be cut and
// encoded; it shares the picture's memory.
func (p *Picture) Image() image.Image {
	full := image.Rect(0, 0, p.W, p.H)
	if p.blue.w == 0 {
		return &image.Gray{Pix: p.luma.pix, Stride: p.luma.stride, Rect: full}
	}
	ratio := image.YCbCrSubsampleRatio444
	for _, r := range []image.YCbCrSubsampleRatio{image.YCbCrSubsampleRatio422, image.YCbCrSubsampleRatio420, image.YCbCrSubsampleRatio440, image.YCbCrSubsampleRatio411, image.YCbCrSubsampleRatio410} {
		if w, h := chroma(p.W, p.H, r); w == p.blue.w && h == p.blue.h && (w < p.W || h < p.H) {
			ratio = r
			break
		}
	}
	return &image.YCbCr{Y: p.luma.pix, Cb: p.blue.pix, Cr: p.red.pix, YStride: p.luma.stride, CStride: p.blue.stride, SubsampleRatio: ratio, Rect: full}
}
