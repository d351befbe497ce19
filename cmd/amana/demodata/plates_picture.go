package demodata

import (
	"bytes"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"math/rand/v2"
	"strings"
)

// segments are the strokes of the seven-segment form of a plate's characters:
// bit 0 the top, then clockwise, bit 6 the middle.
var segments = map[rune]uint8{
	'0': 0x3f, '1': 0x06, '2': 0x5b, '3': 0x4f, '4': 0x66, '5': 0x6d, '6': 0x7d, '7': 0x07, '8': 0x7f, '9': 0x6f,
	'A': 0x77, 'B': 0x7c, 'D': 0x5e, 'H': 0x76, 'E': 0x79, 'T': 0x78,
}

// platePicture draws a plate as a picture that nobody takes for a photograph:
// seven-segment characters on white, a bar for each hyphen, and some noise.
func platePicture(r *rand.Rand, line string) ([]byte, error) {
	const high, wide, thick = 44, 24, 5
	img := image.NewRGBA(image.Rect(0, 0, 24+len(line)*(wide+10), high+40))
	draw.Draw(img, img.Bounds(), image.NewUniform(color.RGBA{R: 236, G: 236, B: 230, A: 255}), image.Point{}, draw.Src)
	ink := image.NewUniform(color.RGBA{R: 24, G: 24, B: 28, A: 255})
	box := func(x, y, w, h int) { draw.Draw(img, image.Rect(x, y, x+w, y+h), ink, image.Point{}, draw.Src) }
	for i, c := range strings.ToUpper(line) {
		x, y := 16+i*(wide+10), 20
		bits, known := segments[c]
		if !known {
			box(x+wide/2-2, y-8, 4, high+16)
			continue
		}
		for bit, s := range [][4]int{{0, 0, wide, thick}, {wide - thick, 0, thick, high / 2}, {wide - thick, high / 2, thick, high / 2}, {0, high - thick, wide, thick}, {0, high / 2, thick, high / 2}, {0, 0, thick, high / 2}, {0, high/2 - 2, wide, thick}} {
			if bits>>bit&1 == 1 {
				box(x+s[0], y+s[1], s[2], s[3])
			}
		}
	}
	for range img.Bounds().Dx() * img.Bounds().Dy() / 12 {
		grey := uint8(100 + r.IntN(120))
		img.Set(r.IntN(img.Bounds().Dx()), r.IntN(img.Bounds().Dy()), color.RGBA{R: grey, G: grey, B: grey, A: 255})
	}
	var out bytes.Buffer
	err := jpeg.Encode(&out, img, &jpeg.Options{Quality: 70})
	return out.Bytes(), err
}
