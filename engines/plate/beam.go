package plate

import (
	"cmp"
	"math"
	"slices"
)

// Candidate is a plate that a lattice may show.
type Candidate struct {
	Plate Plate
	P     float64 // of all that was seen, 1 is certain
}

const (
	beamWidth = 32
	// lost is the weight of what the beam did not follow to its end.
	lost = 0.01
)

// node is a text in the beam: its parent's and one sign more.
type node struct {
	parent, child, sibling int // 0 is none; the root is node 0 and never a child
	sign                   sign
	length                 int
	live                   liveSet
	prior                  float64
	pb, pn                 float64 // probability of all paths that end in blank, in the sign
	nb, nn                 float64 // of the next step
	touched                int     // the last step that reached it
}

// beam is a prefix search (CTC): paths of one text are summed, texts are kept by
// their probability times that of the best form they can still become.
type beam struct {
	g     *prefixes
	nodes []node
	alive []int
	best  []scored // memory of prune
}

// Candidates are the n likeliest plates, falling; their probabilities sum to at
// most one, the rest is for what is not listed.
func (l *Lattice) Candidates(n int) []Candidate {
	b := &beam{g: grammar(), nodes: make([]node, 1, 1024), alive: []int{0}}
	start := b.g.start[min(max(l.Rows, 1), 2)]
	b.nodes[0] = node{live: start, prior: b.g.best(start), pb: 1, touched: -1}
	for t, arcs := range l.Steps {
		b.step(t, arcs)
	}
	return l.weigh(b, n)
}

func (b *beam) step(t int, arcs []Arc) {
	var next []int
	touch := func(i int) *node {
		n := &b.nodes[i]
		if n.touched != t {
			n.touched, n.nb, n.nn = t, 0, 0
			next = append(next, i)
		}
		return n
	}
	for _, i := range b.alive {
		for _, a := range arcs {
			n, p := b.nodes[i], float64(a.P)
			switch {
			case a.sign == blank:
				touch(i).nb += (n.pb + n.pn) * p
				continue
			case a.sign == n.sign && i != 0:
				touch(i).nn += n.pn * p
				if n.pb > 0 {
					if c := b.child(i, a.sign); c > 0 {
						touch(c).nn += n.pb * p
					}
				}
				continue
			}
			if c := b.child(i, a.sign); c > 0 {
				touch(c).nn += (n.pb + n.pn) * p
			}
		}
	}
	for _, i := range next {
		n := &b.nodes[i]
		n.pb, n.pn = n.nb, n.nn
	}
	b.alive = b.prune(next)
}

// scored is a text with its score.
type scored struct {
	node  int
	score float64
}

// prune keeps the best of the beam, the best first.
func (b *beam) prune(all []int) []int {
	best := b.best[:0]
	for _, i := range all {
		n := &b.nodes[i]
		s := scored{i, (n.pb + n.pn) * n.prior}
		if len(best) == beamWidth && s.score <= best[beamWidth-1].score {
			continue // as nearly all: few of a step's texts are likely
		}
		best = append(best[:min(len(best), beamWidth-1)], s)
		for at := len(best) - 1; at > 0 && best[at-1].score < s.score; at-- {
			best[at-1], best[at] = best[at], best[at-1]
		}
	}
	all = all[:0]
	for _, s := range best {
		all = append(all, s.node)
	}
	b.best = best
	return all
}

// child finds or makes the text that is a sign longer; 0 if it can become no
// plate.
func (b *beam) child(i int, s sign) int {
	for c := b.nodes[i].child; c > 0; c = b.nodes[c].sibling {
		if b.nodes[c].sign == s {
			if b.nodes[c].prior == 0 {
				return 0
			}
			return c
		}
	}
	live := b.g.next(b.nodes[i].live, s)
	c := len(b.nodes)
	b.nodes = append(b.nodes, node{parent: i, sibling: b.nodes[i].child, sign: s, length: b.nodes[i].length + 1, live: live, prior: b.g.best(live), touched: -1})
	b.nodes[i].child = c
	if b.nodes[c].prior == 0 {
		return 0
	}
	return c
}

// text is the signs of a node.
func (b *beam) text(i int) []sign {
	out := make([]sign, b.nodes[i].length)
	for ; i != 0; i = b.nodes[i].parent {
		out[b.nodes[i].length-1] = b.nodes[i].sign
	}
	return out
}

// weigh turns the texts of the beam into plates.
func (l *Lattice) weigh(b *beam, n int) []Candidate {
	var all []Candidate
	total, seen := 0.0, 0.0
	for _, i := range b.alive {
		p := b.nodes[i].pb + b.nodes[i].pn
		seen += p
		if i == 0 {
			total += p * lost
			continue
		}
		plate, weight := l.form(b.text(i))
		if weight == 0 {
			continue
		}
		total += p * weight
		all = append(all, Candidate{plate, p * weight})
	}
	total += max(0, 1-seen) * lost
	all = merge(all)
	for i := range all {
		all[i].P /= total
	}
	return all[:min(n, len(all))]
}

// form finds the plate that a text is. A text of two rows is cut where its
// signs stand; where the cut is a sign off, the form may still tell.
func (l *Lattice) form(text []sign) (Plate, float64) {
	if l.Rows < 2 {
		return parse(text, 1, 0)
	}
	upper := l.upper(text)
	best, top := parse(text, 2, upper)
	for _, u := range []int{upper - 1, upper + 1} {
		if p, w := parse(text, 2, u); w*offCut > top {
			best, top = p, w*offCut
		}
	}
	return best, top
}

// offCut is what a cut between the rows costs that is a sign beside its place.
const offCut = 0.1

// merge sums candidates of one text and sorts them.
func merge(all []Candidate) []Candidate {
	at := map[string]int{}
	out := all[:0]
	for _, c := range all {
		key := c.Plate.Text()
		if i, ok := at[key]; ok {
			if c.P > out[i].P {
				c.P, out[i].P = out[i].P, c.P
				out[i].Plate, c.Plate = c.Plate, out[i].Plate
			}
			out[i].P += c.P
			continue
		}
		at[key] = len(out)
		out = append(out, c)
	}
	slices.SortStableFunc(out, func(a, b Candidate) int { return cmp.Compare(b.P, a.P) })
	return out
}

// upper is the number of signs of a text that stand in the upper row, by its
// likeliest path through the lattice.
func (l *Lattice) upper(text []sign) int {
	n := 2*len(text) + 1 // blank, sign, blank, sign, … blank
	at := func(s int) sign {
		if s%2 == 0 {
			return blank
		}
		return text[s/2]
	}
	score := make([]float64, n)
	signsAt := make([]int, n) // signs begun before the middle, on the best path here
	for s := range score {
		score[s] = math.Inf(-1)
	}
	for t, arcs := range l.Steps {
		for s := n - 1; s >= 0; s-- {
			best, from := score[s], s
			if t == 0 {
				best, from = math.Inf(-1), s
				if s <= 1 {
					best = 0
				}
			} else {
				if s > 0 && score[s-1] > best {
					best, from = score[s-1], s-1
				}
				if s > 1 && s%2 == 1 && at(s) != at(s-2) && score[s-2] > best {
					best, from = score[s-2], s-2
				}
			}
			count := signsAt[from]
			if s%2 == 1 && (from != s || t == 0) && t < (len(l.Steps)+1)/2 {
				count = s/2 + 1
			}
			score[s], signsAt[s] = best+logP(arcs, at(s)), count
		}
	}
	if n > 1 && score[n-2] > score[n-1] {
		return signsAt[n-2]
	}
	return signsAt[n-1]
}

func logP(arcs []Arc, s sign) float64 {
	for _, a := range arcs {
		if a.sign == s {
			return math.Log(float64(a.P))
		}
	}
	return math.Log(leastArc / 10)
}
