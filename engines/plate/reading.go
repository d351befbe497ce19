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
	read, err := s.readShape(p, second, nil)
	read.Found = b.p * (1 - second.kind[0])
	if err == nil && read.Score < certain && read.Found >= worthwhile {
		read, err = s.vote(p, first, second)
		read.Found = b.p * (1 - second.kind[0])
	}
	read.Score *= read.Found
	read.Box[0], read.Box[1], read.Box[2], read.Box[3] = read.Corners.Box()
	return read, len(read.Candidates) > 0 && read.Score >= s.n.readMeta.Least, err
}

// vote reads an uncertain plate from other corners and in other cuts as well, and
// gives the mean of all readings, with the corners that show the likeliest plate
// best.
func (s *session) vote(p *Picture, first, second shape) (Read, error) {
	read, err := s.readShape(p, second, looser)
	if err != nil {
		return read, err
	}
	reads, shapes := []Read{read}, []shape{first}
	for _, k := range again {
		sh, err := s.corners(p, second.quad.box().grown(k))
		if err != nil {
			return read, err
		}
		shapes = append(shapes, sh)
	}
	for _, sh := range shapes {
		more, err := s.readShape(p, sh, nil)
		if err != nil {
			return read, err
		}
		reads = append(reads, more)
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
// where that is not certain; also in other cuts, if there are any. Its score is
// that of the text alone; 0 if there is none.
func (s *session) readShape(p *Picture, sh shape, cuts []rect) (Read, error) {
	out := Read{Corners: sh.quad}
	total := sh.kind[1] + sh.kind[2]
	var all []Candidate
	top := 0.0
	for rows := 1; rows <= 2; rows++ {
		share := sh.kind[rows] / total
		if share < leastRows || !sh.quad.plausible(rows) {
			continue
		}
		l, read, err := s.readRows(p, sh.quad, rows, cuts)
		if err != nil {
			return out, err
		}
		for _, c := range read {
			c.P *= share
			if c.P > top {
				top, out.Lattice, out.Rows = c.P, l, rows
			}
			all = append(all, c)
		}
	}
	all = merge(all)
	out.Candidates = all[:min(len(all), mostCandidates)]
	if len(all) > 0 {
		out.Score = all[0].P
	}
	return out, nil
}

// readRows reads a plate of so many rows and gives the mean of all cuts.
func (s *session) readRows(p *Picture, q Quad, rows int, cuts []rect) (*Lattice, []Candidate, error) {
	first, err := s.lattice(p, q, rows)
	if err != nil {
		return nil, nil, err
	}
	all := first.Candidates(mostCandidates)
	m := toQuad(q)
	for _, cut := range cuts {
		l, err := s.lattice(p, m.part(cut), rows)
		if err != nil {
			return nil, nil, err
		}
		all = append(all, l.Candidates(mostCandidates)...)
	}
	for i := range all {
		all[i].P /= float64(1 + len(cuts))
	}
	return first, merge(all), nil
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
	read, err := s.readShape(p, second, nil)
	if err == nil && read.Score < certain {
		read, err = s.vote(p, first, second)
	}
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
