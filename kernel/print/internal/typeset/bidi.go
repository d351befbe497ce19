package typeset

import "golang.org/x/text/unicode/bidi"

// levels gives each rune its embedding level by the Unicode Bidirectional
// Algorithm (UAX 9), of which two things are left out on purpose: embeddings
// and overrides (LRE, RLE, LRO, RLO, PDF), because a document must not show
// letters in another order than they are stored, and paragraph separators,
// because callers pass one paragraph. Isolates are honoured.
//
// classes may have been changed by the caller (see identClass); runes are
// needed for the paired brackets of rule N0.
func levels(runes []rune, classes []bidi.Class, base uint8) []uint8 {
	r := resolver{runes: runes, classes: classes, levels: make([]uint8, len(runes))}
	r.isolate(0, base, false)
	for i, c := range classes {
		switch { // what is not seen stays with what it follows (UAX 9, 5.2): a joiner must not cut a word
		case c == bidi.BN && i > 0:
			r.levels[i] = r.levels[i-1]
		case c == bidi.BN:
			r.levels[i] = base
		}
	}
	return r.levels
}

// classesOf looks up the bidirectional class of each rune.
func classesOf(runes []rune) []bidi.Class {
	classes := make([]bidi.Class, len(runes))
	for i, c := range runes {
		p, _ := bidi.LookupRune(c)
		switch classes[i] = p.Class(); classes[i] {
		case bidi.LRE, bidi.RLE, bidi.LRO, bidi.RLO, bidi.PDF, bidi.B, bidi.Control:
			classes[i] = bidi.BN
		}
	}
	return classes
}

type resolver struct {
	runes   []rune
	classes []bidi.Class
	levels  []uint8
}

// maxDepth bounds nested isolates (UAX 9, BD2).
const maxDepth = 125

// isolate resolves the text from index i at a level, nested isolates first,
// and gives the index where it stopped: the PDI that ends it when it is
// inside an isolate, else the end of the text. Without embeddings all runes
// directly inside one isolate form one isolating run sequence, whose both
// ends take the direction of its own level.
func (r *resolver) isolate(i int, level uint8, inside bool) int {
	var seq []int
	for ; i < len(r.runes); i++ {
		switch c := r.classes[i]; c {
		case bidi.BN:
			continue
		case bidi.PDI:
			if inside {
				r.resolve(seq, level)
				return i
			}
		case bidi.LRI, bidi.RLI, bidi.FSI:
			if inner := r.inner(c, i, level); inner <= maxDepth {
				seq = append(seq, i)
				i = r.isolate(i+1, inner, true)
			}
		}
		if i < len(r.runes) {
			seq = append(seq, i)
		}
	}
	r.resolve(seq, level)
	return i
}

// inner gives the level inside the isolate that starts at index i: the next
// odd one for right to left, the next even one for left to right.
func (r *resolver) inner(c bidi.Class, i int, level uint8) uint8 {
	odd := c == bidi.RLI || c == bidi.FSI && firstStrong(r.classes[i+1:]) == bidi.R
	if odd {
		return (level + 1) | 1
	}
	return (level + 2) &^ 1
}

// firstStrong finds the direction of the first strong rune (rules P2 and P3),
// outside nested isolates and before the PDI that ends the text's isolate.
func firstStrong(classes []bidi.Class) bidi.Class {
	depth := 0
	for _, c := range classes {
		switch c {
		case bidi.LRI, bidi.RLI, bidi.FSI:
			depth++
		case bidi.PDI:
			if depth--; depth < 0 {
				return bidi.L
			}
		case bidi.L, bidi.R, bidi.AL:
			if depth == 0 && c == bidi.L {
				return bidi.L
			}
			if depth == 0 {
				return bidi.R
			}
		}
	}
	return bidi.L
}

// resolve applies the weak, neutral and implicit rules to one isolating run sequence.
func (r *resolver) resolve(seq []int, level uint8) {
	t := make([]bidi.Class, len(seq))
	for k, i := range seq {
		t[k] = r.classes[i]
	}
	edge := direction(level)
	marks(t, edge)
	numbers(t, edge)
	separators(t)
	latinNumbers(t, edge)
	r.brackets(seq, t, edge)
	neutrals(t, edge)
	for k, i := range seq {
		r.levels[i] = implicit(t[k], level)
	}
}

func direction(level uint8) bidi.Class {
	if level%2 == 1 {
		return bidi.R
	}
	return bidi.L
}

// marks gives a non-spacing mark the class of what it stands on (W1).
func marks(t []bidi.Class, edge bidi.Class) {
	prev := edge
	for k, c := range t {
		if c == bidi.NSM {
			t[k] = prev
		}
		switch c {
		case bidi.LRI, bidi.RLI, bidi.FSI, bidi.PDI:
			prev = bidi.ON
		default:
			prev = t[k]
		}
	}
}

// numbers makes European digits after an Arabic letter Arabic ones (W2) and
// Arabic letters right-to-left ones (W3).
func numbers(t []bidi.Class, edge bidi.Class) {
	strong := edge
	for k, c := range t {
		switch c {
		case bidi.L, bidi.R:
			strong = c
		case bidi.AL:
			strong, t[k] = bidi.AL, bidi.R
		case bidi.EN:
			if strong == bidi.AL {
				t[k] = bidi.AN
			}
		}
	}
}

// separators joins single separators and terminators to the numbers beside
// them and makes the rest neutral (W4 to W6).
func separators(t []bidi.Class) {
	for k := 1; k+1 < len(t); k++ {
		before, after := t[k-1], t[k+1]
		both := before == after
		if both && (t[k] == bidi.CS && (before == bidi.EN || before == bidi.AN) || t[k] == bidi.ES && before == bidi.EN) {
			t[k] = before
		}
	}
	for k := 0; k < len(t); k++ {
		end := k
		for end < len(t) && t[end] == bidi.ET {
			end++
		}
		if end > k && (k > 0 && t[k-1] == bidi.EN || end < len(t) && t[end] == bidi.EN) {
			fill(t[k:end], bidi.EN)
		}
		k = max(k, end-1)
	}
	for k, c := range t {
		if c == bidi.ES || c == bidi.ET || c == bidi.CS {
			t[k] = bidi.ON
		}
	}
}

// latinNumbers makes digits that follow a left-to-right letter part of it (W7).
func latinNumbers(t []bidi.Class, edge bidi.Class) {
	strong := edge
	for k, c := range t {
		switch {
		case c == bidi.L || c == bidi.R:
			strong = c
		case c == bidi.EN && strong == bidi.L:
			t[k] = bidi.L
		}
	}
}

func fill(t []bidi.Class, c bidi.Class) {
	for k := range t {
		t[k] = c
	}
}

// closers pairs the brackets of rule N0 that occur in our documents.
var closers = map[rune]rune{'(': ')', '[': ']', '{': '}', '\u27e8': '\u27e9'}

type pair struct{ open, close int }

// brackets gives both brackets of a pair one direction (N0).
func (r *resolver) brackets(seq []int, t []bidi.Class, edge bidi.Class) {
	for _, p := range r.pairs(seq, t) {
		inside := bidi.ON
		for _, c := range t[p.open+1 : p.close] {
			if s := strongOf(c); s == edge {
				inside = edge
				break
			} else if s != bidi.ON {
				inside = s
			}
		}
		if inside == bidi.ON {
			continue
		}
		if inside != edge && before(t[:p.open], edge) != inside {
			inside = edge
		}
		t[p.open], t[p.close] = inside, inside
	}
}

// pairs finds the bracket pairs of a sequence, by opening position (BD16).
func (r *resolver) pairs(seq []int, t []bidi.Class) []pair {
	var found []pair
	var open []int
	for k, i := range seq {
		if t[k] != bidi.ON {
			continue
		}
		if _, ok := closers[r.runes[i]]; ok {
			open = append(open, k)
			found = append(found, pair{k, -1})
			continue
		}
		for n := len(open) - 1; n >= 0; n-- {
			if closers[r.runes[seq[open[n]]]] == r.runes[i] {
				closePair(found, open[n], k)
				open = open[:n]
				break
			}
		}
	}
	closed := found[:0]
	for _, p := range found {
		if p.close >= 0 {
			closed = append(closed, p)
		}
	}
	return closed
}

func closePair(found []pair, open, at int) {
	for n := range found {
		if found[n].open == open {
			found[n].close = at
		}
	}
}

// strongOf sees numbers as right to left, as the neutral rules do.
func strongOf(c bidi.Class) bidi.Class {
	switch c {
	case bidi.L:
		return bidi.L
	case bidi.R, bidi.EN, bidi.AN:
		return bidi.R
	}
	return bidi.ON
}

// before gives the direction of the last strong class, or the edge's.
func before(t []bidi.Class, edge bidi.Class) bidi.Class {
	for k := len(t) - 1; k >= 0; k-- {
		if s := strongOf(t[k]); s != bidi.ON {
			return s
		}
	}
	return edge
}

// neutrals gives each stretch of neutrals the direction of both its sides, or
// the embedding's where they differ (N1 and N2).
func neutrals(t []bidi.Class, edge bidi.Class) {
	prev := edge
	for k := 0; k < len(t); k++ {
		if s := strongOf(t[k]); s != bidi.ON {
			prev = s
			continue
		}
		end := k
		for end < len(t) && strongOf(t[end]) == bidi.ON {
			end++
		}
		next := edge
		if end < len(t) {
			next = strongOf(t[end])
		}
		if next != prev {
			next = edge
		}
		fill(t[k:end], next)
		k = end - 1
	}
}

// implicit gives the level of a resolved class (I1 and I2).
func implicit(c bidi.Class, level uint8) uint8 {
	number := c == bidi.EN || c == bidi.AN
	switch {
	case level%2 == 0 && c == bidi.R, level%2 == 1 && (c == bidi.L || number):
		return level + 1
	case level%2 == 0 && number:
		return level + 2
	}
	return level
}

// visual gives the order in which items stand from left to right (L2).
func visual(lv []uint8) []int {
	order := make([]int, len(lv))
	var highest uint8
	for i, l := range lv {
		order[i] = i
		highest = max(highest, l)
	}
	for level := highest; level > 0; level-- {
		for i := 0; i < len(lv); i++ {
			end := i
			for end < len(lv) && lv[order[end]] >= level {
				end++
			}
			reverse(order[i:end])
			i = max(i, end-1)
		}
	}
	return order
}

func reverse(s []int) {
	for i, j := 0, len(s)-1; i < j; i, j = i+1, j-1 {
		s[i], s[j] = s[j], s[i]
	}
}
