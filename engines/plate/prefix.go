package plate

import (
	"math/bits"
	"slices"
	"sync"
)

// prefixes follows all patterns at once while a text grows sign by sign: a
// bit for each place in each pattern that may come next. Patterns lie in
// falling order of weight, so the lowest bit tells the best that is still
// possible.
type prefixes struct {
	accept   [signs]liveSet // places that take a sign
	optional liveSet        // places that may be skipped
	start    [3]liveSet     // for one and two rows
	weight   []float64      // of each place, that of its pattern
}

// liveSet is a set of places.
type liveSet [liveWords]uint64

const liveWords = 9

var grammar = sync.OnceValue(func() *prefixes {
	g := &prefixes{}
	for _, p := range patterns() {
		g.start[p.rows].set(len(g.weight))
		for _, x := range p.parts {
			for i := range x.max {
				at := len(g.weight)
				for s := range sign(signs) {
					if s.in(x.class) {
						g.accept[s].set(at)
					}
				}
				if i >= x.min {
					g.optional.set(at)
				}
				g.weight = append(g.weight, p.weight)
			}
		}
		g.weight = append(g.weight, p.weight) // the end
	}
	if len(g.weight) > liveWords*64 {
		panic("plate: liveWords is too small for the patterns") // a table of this file, not input
	}
	for rows := range g.start {
		g.start[rows] = g.skip(g.start[rows])
	}
	return g
})

func (l *liveSet) set(i int) { l[i/64] |= 1 << (i % 64) }

// next gives the places after a sign.
func (g *prefixes) next(l liveSet, s sign) liveSet {
	for i := range l {
		l[i] &= g.accept[s][i]
	}
	return g.skip(l.shift())
}

// skip adds the places that are reached by leaving optional ones out.
func (g *prefixes) skip(l liveSet) liveSet {
	for {
		next := l
		for i := range next {
			next[i] &= g.optional[i]
		}
		next = next.shift()
		for i := range next {
			next[i] |= l[i]
		}
		if next == l {
			return l
		}
		l = next
	}
}

func (l liveSet) shift() liveSet {
	carry := uint64(0)
	for i, w := range l {
		l[i], carry = w<<1|carry, w>>63
	}
	return l
}

// best is the weight of the likeliest pattern that is still possible, 0 if none
// is.
func (g *prefixes) best(l liveSet) float64 {
	if i := slices.IndexFunc(l[:], func(w uint64) bool { return w != 0 }); i >= 0 {
		return g.weight[i*64+bits.TrailingZeros64(l[i])]
	}
	return 0
}
