package main

import (
	"cmp"
	"image"
	"image/color"
	"image/draw"
	"slices"
)

// most is how many colours a picture keeps: what one byte can name.
const most = 256

// reduce gives a picture with its most frequent colours only; every other
// becomes the nearest of them. Pages have few colours and their mixtures at
// the edges of letters, so that nobody sees the difference.
func reduce(img image.Image) image.Image {
	count := map[color.RGBA]int{}
	area := img.Bounds()
	for y := area.Min.Y; y < area.Max.Y; y++ {
		for x := area.Min.X; x < area.Max.X; x++ {
			count[at(img, x, y)]++
		}
	}
	all := make([]color.RGBA, 0, len(count))
	for c := range count {
		all = append(all, c)
	}
	slices.SortFunc(all, func(a, b color.RGBA) int {
		return cmp.Or(cmp.Compare(count[b], count[a]), slices.Compare([]byte{a.R, a.G, a.B}, []byte{b.R, b.G, b.B}))
	})
	var kept color.Palette
	for _, c := range apart(all) {
		kept = append(kept, c)
	}
	out := image.NewPaletted(area, kept)
	draw.Draw(out, area, img, area.Min, draw.Src)
	return out
}

// apart keeps the most frequent colours, leaving out those that hardly differ
// from one that is kept already, so that rare hues find a place.
func apart(all []color.RGBA) []color.RGBA {
	if len(all) <= most {
		return all
	}
	var kept []color.RGBA
	for _, near := range []int{12, 0} {
		for _, c := range all {
			if len(kept) == most {
				return kept
			}
			if !slices.ContainsFunc(kept, func(k color.RGBA) bool { return distance(c, k) <= near }) {
				kept = append(kept, c)
			}
		}
	}
	return kept
}

func distance(a, b color.RGBA) int {
	far := func(x, y uint8) int { return max(int(x)-int(y), int(y)-int(x)) }
	return max(far(a.R, b.R), far(a.G, b.G), far(a.B, b.B))
}

func at(img image.Image, x, y int) color.RGBA {
	return color.RGBAModel.Convert(img.At(x, y)).(color.RGBA)
}
