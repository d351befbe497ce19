package plate

import (
	"cmp"
	"context"
	"math"
	"slices"
)

const (
	// A box that the detector gives this probability is read in any case; of
	// others, maxWeak, or besides a plate that is sure, fewWeak.
	sure    = 0.6
	maxWeak = 5
	fewWeak = 1
	// A picture in which nothing sure is seen is looked at again, closer, if it
	// was shown at less than this scale: at it, a plate of sixty pixels, about
	// the smallest that can be read, is as wide as the smallest that the
	// detector knows.
	closer = 0.4
	// The closer look is at parts of this size at most. A picture of 1920 by 1080
	// is one part: seams and overlaps cost more than a larger input.
	partWidth, partHeight = 1920, 1080
	maxParts              = 24
)

// Picture finds and reads the plates of a picture, the surest first.
func (r *Reader) Picture(ctx context.Context, p *Picture) ([]Read, error) {
	s, err := r.take()
	if err != nil {
		return nil, err
	}
	defer r.give(s)
	whole := rect{0, 0, float64(p.W), float64(p.H)}
	reads, err := s.seek(ctx, p, []rect{whole}, detectArea)
	if err != nil {
		return nil, err
	}
	if !r.o.Whole && !slices.ContainsFunc(reads, Read.sure) && whole.area()*closer*closer > detectArea {
		more, err := s.seek(ctx, p, parts(p.W, p.H), partWidth*partHeight*closer*closer)
		if err != nil {
			return nil, err
		}
		reads = append(reads, more...)
	}
	slices.SortStableFunc(reads, func(a, b Read) int { return cmp.Compare(b.Score, a.Score) })
	return distinct(reads), nil
}

// sure says whether there is certainly a plate.
func (r Read) sure() bool { return r.Found >= sure }

// parts cuts a large picture into parts that the detector looks at.
func parts(w, h int) []rect {
	k := 1.0
	all := tiles(w, h, partWidth, partHeight)
	for len(all) > maxParts {
		k *= 1.25
		all = tiles(w, h, k*partWidth, k*partHeight)
	}
	return all
}

// seek finds and reads the plates of parts of a picture. area is how many pixels
// of each the detector is shown.
func (s *session) seek(ctx context.Context, p *Picture, parts []rect, area float64) ([]Read, error) {
	var boxes []found
	for _, part := range parts {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		more, err := s.detect(p, part, area, s.n.detectMeta.Threshold)
		if err != nil {
			return nil, err
		}
		boxes = append(boxes, more...)
	}
	var reads []Read
	weak := 0
	for _, b := range suppress(boxes) {
		if b.p < sure {
			weak++
		}
		if weak > maxWeak || weak > fewWeak && slices.ContainsFunc(reads, Read.sure) {
			break
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if slices.ContainsFunc(reads, func(r Read) bool { return covers(boxOf(r), b.rect) }) {
			continue // a plate often gives several boxes
		}
		read, ok, err := s.readBox(p, b)
		if err != nil {
			return nil, err
		}
		if ok {
			reads = append(reads, read)
		}
	}
	return reads, nil
}

// tiles cuts a picture into parts of about wide by high pixels that overlap by a
// quarter.
func tiles(w, h int, wide, high float64) []rect {
	cut := func(n int, side float64) []float64 {
		if float64(n) <= side {
			return []float64{0}
		}
		count := math.Ceil((float64(n) - side/4) / (side * 3 / 4))
		var starts []float64
		for i := range int(count) {
			starts = append(starts, float64(i)*(float64(n)-side)/(count-1))
		}
		return starts
	}
	var all []rect
	for _, y := range cut(h, high) {
		for _, x := range cut(w, wide) {
			all = append(all, rect{x, y, min(float64(w), x+wide), min(float64(h), y+high)})
		}
	}
	return all
}

// distinct keeps of reads of one place the first.
func distinct(reads []Read) []Read {
	var keep []Read
	for _, r := range reads {
		if !slices.ContainsFunc(keep, func(k Read) bool { return covers(boxOf(k), boxOf(r)) }) {
			keep = append(keep, r)
		}
	}
	return keep
}

// covers says whether two boxes share more than half of the smaller one.
func covers(a, b rect) bool {
	both := rect{max(a.x0, b.x0), max(a.y0, b.y0), min(a.x1, b.x1), min(a.y1, b.y1)}
	return both.area() > 0.5*min(a.area(), b.area())
}
