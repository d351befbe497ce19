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
}

func TestReduceLeavesFewColoursAlone(t *testing.T) {
	img := image.NewRGBA(image.Rect(0, 0, 16, 16))
	for i := range 256 {
		img.Set(i%16, i/16, color.RGBA{uint8(i / 2 * 2), 7, 9, 255})
	}
	small := reduce(img)
	for i := range 256 {
		if got, want := at(small, i%16, i/16), at(img, i%16, i/16); got != want {
			t.Fatalf("the colour %v became %v", want, got)
		}
	}
}
