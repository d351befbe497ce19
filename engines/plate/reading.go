package plate

import "context"

const (
	mostCandidates = 10
	// An other number of rows is read as well from this probability on.
	leastRows = 0.1
	// certain is the probability from which a first reading is left alone.
	certain = 0.9
	// worthwhile is the probability that there is a plate from which an uncertain
	// reading is worth the time of more.
	worthwhile = 0.3
)

// looser are other cuts of a plate, in its own plane: a little larger, a little
// lower. Corners are never quite right, and an uncertain reading changes with
// them; what all cuts show remains.
var looser = []rect{{-0.03, -0.08, 1.03, 1.08}, {0, 0.05, 1, 0.95}}

// again are other boxes round a plate whose reading is uncertain, to look for its
// corners from: each grown by a share of its width and height on every side.
var again = []float64{0.12, -0.1}

// reading is what a plate was read as in so many rows.
type reading struct {
	rows    int
	share   float64  // probability that it has so many
	lattice *Lattice // of the cut at the corners themselves
	found   []Candidate
}

// readBox reads the plate in a box that the detector found. Its corners are
// looked for twice, the second time round those found first: a box that is off
// cuts plates short.
func (s *session) readBox(p *Picture, b found) (Read, bool, error) {
	first, err := s.corners(p, b.rect)
	if err != nil || first.kind[0] >= s.n.cornerMeta.Reject {
		return Read{}, false, err
	}
	second, err := s.corners(p, first.quad.box())
	if err != nil || second.kind[0] >= s.n.cornerMeta.Reject {
		return Read{}, false, err
	}
	found := b.p * (1 - second.kind[0])
	read, err := s.readTwice(p, first, second, found >= worthwhile)
	read.Found = found
	read.Score *= found
	read.Box[0], read.Box[1], read.Box[2], read.Box[3] = read.Corners.Box()
	return read, len(read.Candidates) > 0 && read.Score >= s.n.readMeta.Least, err
}

// readTwice reads a plate at the corners that were found second, and where that
// is uncertain and worth it, in more ways.
func (s *session) readTwice(p *Picture, first, second shape, worth bool) (Read, error) {
	once, err := s.readShape(p, second)
	if err != nil {
		return Read{Corners: second.quad}, err
	}
	read := second.joined(once)
	if !worth || read.Score >= certain {
		return read, nil
	}
	return s.vote(p, first, second, once)
}

// vote reads an uncertain plate from other corners and in other cuts as well, and
// gives the mean of all readings, with the corners that show the likeliest plate
// best. once is what was read at the second corners.
func (s *session) vote(p *Picture, first, second shape, once []reading) (Read, error) {
	for i := range once {
		if err := s.readCuts(p, second.quad, &once[i]); err != nil {
			return Read{}, err
		}
	}
	reads, shapes := []Read{second.joined(once)}, []shape{first}
	for _, k := range again {
		sh, err := s.corners(p, second.quad.box().grown(k))
		if err != nil {
			return Read{}, err
		}
		shapes = append(shapes, sh)
	}
	for _, sh := range shapes {
		more, err := s.readShape(p, sh)
		if err != nil {
			return Read{}, err
		}
		reads = append(reads, sh.joined(more))
	}
	return joined(reads), nil
}

// joined is the mean of several readings of one plate.
func joined(reads []Read) Read {
	var all []Candidate
	for _, r := range reads {
		for _, c := range r.Candidates {
			c.P /= float64(len(reads))
			all = append(all, c)
		}
	}
	all = merge(all)
	if len(all) == 0 {
		return reads[0]
	}
	best, top := reads[0], 0.0
	for _, r := range reads {
		for _, c := range r.Candidates {
			if c.Plate.key() == all[0].Plate.key() && c.P > top {
				best, top = r, c.P
			}
		}
	}
	best.Candidates, best.Score = all[:min(len(all), mostCandidates)], all[0].P
	return best
}

// grown is the rectangle with k of its width and height added on every side.
func (r rect) grown(k float64) rect {
	w, h := k*(r.x1-r.x0), k*(r.y1-r.y0)
	return rect{r.x0 - w, r.y0 - h, r.x1 + w, r.y1 + h}
}

// readShape reads what stands between the corners, in one row, in two, or both
// where that is not certain.
func (s *session) readShape(p *Picture, sh shape) ([]reading, error) {
	var all []reading
	for rows := 1; rows <= 2; rows++ {
		share := sh.kind[rows] / (sh.kind[1] + sh.kind[2])
		if share < leastRows || !sh.quad.plausible(rows) {
			continue
		}
		l, err := s.lattice(p, sh.quad, rows)
		if err != nil {
			return nil, err
		}
		all = append(all, reading{rows, share, l, l.Candidates(mostCandidates)})
	}
	return all, nil
}

// readCuts reads other cuts of a plate as well: the reading becomes the mean of
// all.
func (s *session) readCuts(p *Picture, q Quad, r *reading) error {
	m := toQuad(q)
	for _, cut := range looser {
		l, err := s.lattice(p, m.part(cut), r.rows)
		if err != nil {
			return err
		}
		r.found = append(r.found, l.Candidates(mostCandidates)...)
	}
	for i := range r.found {
		r.found[i].P /= float64(1 + len(looser))
	}
	r.found = merge(r.found)
	return nil
}

// joined is the plate that the readings at these corners show. Its score is that
// of the text alone; 0 if there is none.
func (sh shape) joined(readings []reading) Read {
	out := Read{Corners: sh.quad}
	var all []Candidate
	top := 0.0
	for _, r := range readings {
		for _, c := range r.found {
			c.P *= r.share
			if c.P > top {
				top, out.Lattice, out.Rows = c.P, r.lattice, r.rows
			}
			all = append(all, c)
		}
	}
	all = merge(all)
	out.Candidates = all[:min(len(all), mostCandidates)]
	if len(all) > 0 {
		out.Score = all[0].P
	}
	return out
}

// Crop reads a picture that shows one plate, loosely cut out, perhaps turned.
// There is no read where the networks see none.
func (r *Reader) Crop(ctx context.Context, p *Picture) ([]Read, error) {
	s, err := r.take()
	if err != nil {
		return nil, err
	}
	defer r.give(s)
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	first, err := s.corners(p, rect{0, 0, float64(p.W), float64(p.H)})
	if err != nil {
		return nil, err
	}
	second, err := s.corners(p, first.quad.box())
	if err != nil {
		return nil, err
	}
	read, err := s.readTwice(p, first, second, true)
	if err != nil {
		return nil, err
	}
	read.Found = 1 - min(first.kind[0], second.kind[0])
	read.Score *= read.Found
	if len(read.Candidates) == 0 || read.Score < leastCrop {
		return nil, nil
	}
	read.Box[0], read.Box[1], read.Box[2], read.Box[3] = read.Corners.Box()
	return []Read{read}, nil
}

// leastCrop is the score of the least sure reading of a crop: of it somebody has
// said that it shows a plate.
const leastCrop = 0.01
