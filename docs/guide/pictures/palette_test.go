package main

import (
	"image"
	"image/color"
	"testing"
)

func TestReduceKeepsFewColoursAndTheOldPlaces(t *testing.T) {
	img := image.NewRGBA(image.Rect(0, 0, 64, 64))
	for i := range 64 * 64 {
		img.Set(i%64, i/64, color.RGBA{uint8(i), uint8(i >> 4), uint8(i * 7), 255})
	}
	for x := range 64 {
		img.Set(x, 0, color.RGBA{250, 0, 250, 255})
	}
	small := reduce(img).(*image.Paletted)
	if n := len(small.Palette); n > most {
		t.Errorf("%d colours", n)
	}
	if got := at(small, 5, 0); got != (color.RGBA{250, 0, 250, 255}) {
		t.Errorf("the most frequent colour became %v", got)
	}
	for x := range 64 {
		if d := distance(at(small, x, 30), at(img, x, 30)); d > 64 {
			t.Errorf("the colour at %d moved by %d", x, d)
		}
	}
}
