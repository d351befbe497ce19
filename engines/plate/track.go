package plate

import (
	"cmp"
	"math"
	"slices"
	"time"
)

// Vehicle is a plate that was followed over the frames of a film.
type Vehicle struct {
	Candidates  []Candidate // of all frames together, the likeliest first
	Score       float64     // probability that there is a plate and that its text is the first candidate's
	Frames      int         // in which it was read
	From, To    time.Duration
	FirstNumber int  // of the frames that were read, the first is 1
	Best        Read // the surest single reading
	BestTime    time.Duration
	BestFrame   *Picture // the frame of it
}

// Plate is the likeliest plate.
func (v Vehicle) Plate() Plate { return v.Candidates[0].Plate }

const (
	// A plate that was not read for this many frames has left.
	maxGap = 8
	// Frames of one vehicle err together; more than this many count no more.
	independent = 3
	// unseen is the probability that a frame leaves to a text that is not among
	// its candidates.
	unseen = 1e-3
)

// tracker joins the reads of frames to vehicles.
type tracker struct {
	seen func(Vehicle) error
	open []*track
}

type track struct {
	Vehicle
	last   rect
	speed  Point // of the middle, in pixels a frame
	number int   // of the last frame
	reads  []Read
	found  float64
}

func newTracker(seen func(Vehicle) error) *tracker { return &tracker{seen: seen} }

// frame takes the reads of the next frame.
func (t *tracker) frame(number int, at time.Duration, p *Picture, reads []Read) error {
	taken := map[*track]bool{}
	for _, r := range reads {
		k := t.nearest(number, r, taken)
		if k == nil {
			k = &track{Vehicle: Vehicle{From: at, FirstNumber: number}}
			t.open = append(t.open, k)
		}
		taken[k] = true
		k.add(number, at, p, r)
	}
	var open []*track
	for _, k := range t.open {
		if number-k.number <= maxGap {
			open = append(open, k)
			continue
		}
		if err := t.seen(k.decide()); err != nil {
			return err
		}
	}
	t.open = open
	return nil
}

// end decides on the vehicles that are still in the picture.
func (t *tracker) end() error {
	for _, k := range t.open {
		if err := t.seen(k.decide()); err != nil {
			return err
		}
	}
	t.open = nil
	return nil
}

func boxOf(r Read) rect { return rect{r.Box[0], r.Box[1], r.Box[2], r.Box[3]} }

func (r rect) middle() Point { return Point{(r.x0 + r.x1) / 2, (r.y0 + r.y1) / 2} }

// nearest is the track that a read belongs to, nil if it begins one: where the
// plate is expected, or not far and with nearly the same text.
func (t *tracker) nearest(number int, r Read, taken map[*track]bool) *track {
	var best *track
	top := 0.0
	for _, k := range t.open {
		if taken[k] {
			continue
		}
		if v := k.fits(number, r); v > top {
			best, top = k, v
		}
	}
	return best
}

// fits is how well a read continues the track, 0 if it does not.
func (k *track) fits(number int, r Read) float64 {
	b, gap := boxOf(r), float64(number-k.number)
	expected := rect{k.last.x0 + k.speed.X*gap, k.last.y0 + k.speed.Y*gap, k.last.x1 + k.speed.X*gap, k.last.y1 + k.speed.Y*gap}
	last := k.reads[len(k.reads)-1]
	edits := distance(last.Plate().key(), r.Plate().key())
	another := edits > 4 && min(last.Score, r.Score) > 0.5 // both are surely read
	if v := max(iou(b, expected), iou(b, k.last)); v > 0.1 && !another && (edits <= 4 || v > 0.5) {
		return 1 + v - 0.05*float64(edits)
	}
	far := dist(b.middle(), expected.middle()) / max(b.x1-b.x0, 1)
	size := (b.x1 - b.x0) / max(k.last.x1-k.last.x0, 1)
	if edits <= 1 && far < 6*math.Sqrt(gap) && size > 0.4 && size < 2.5 {
		return 1 / (1 + far)
	}
	return 0
}

func (k *track) add(number int, at time.Duration, p *Picture, r Read) {
	b := boxOf(r)
	if n := float64(number - k.number); k.Frames > 0 {
		was, is := k.last.middle(), b.middle()
		k.speed = Point{(is.X - was.X) / n, (is.Y - was.Y) / n}
	}
	k.last, k.number, k.To = b, number, at
	k.Frames++
	k.reads = append(k.reads, r)
	if len(k.reads) > 64 { // the surest of a long track are enough
		slices.SortStableFunc(k.reads[:63], func(a, b Read) int { return cmp.Compare(b.Score, a.Score) })
		k.reads = slices.Delete(k.reads, 62, 63)
	}
	k.found = max(k.found, r.Found)
	if r.Score > k.Best.Score {
		k.Best, k.BestFrame, k.BestTime = r, p, at
	}
}

// decide takes one vote of all frames: the texts' probabilities are multiplied,
// with at most as much weight as a few independent frames have.
func (k *track) decide() Vehicle {
	var all []Candidate
	for _, r := range k.reads {
		all = append(all, r.Candidates...)
	}
	all = merge(all)
	weight := min(1, independent/float64(len(k.reads)))
	score := make([]float64, len(all)+1)
	for _, r := range k.reads {
		p := map[string]float64{}
		for _, c := range r.Candidates {
			p[c.Plate.Text()] = c.P
		}
		for i, c := range all {
			score[i] += weight * r.Found * math.Log(p[c.Plate.Text()]+unseen)
		}
		score[len(all)] += weight * r.Found * math.Log(unseen) // a text that no frame has shown
	}
	softmax(score, func(i int) float64 { return score[i] })
	for i := range all {
		all[i].P = score[i]
	}
	slices.SortStableFunc(all, func(a, b Candidate) int { return cmp.Compare(b.P, a.P) })
	v := k.Vehicle
	v.Candidates = all[:min(len(all), mostCandidates)]
	v.Score = v.Candidates[0].P * k.found
	return v
}

// distance is the number of letters that two texts differ by (Levenshtein).
func distance(a, b string) int {
	x, y := []rune(a), []rune(b)
	row := make([]int, len(y)+1)
	for j := range row {
		row[j] = j
	}
	for i := range x {
		diagonal := row[0]
		row[0] = i + 1
		for j := range y {
			cost := diagonal
			if x[i] != y[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(y)]
}
