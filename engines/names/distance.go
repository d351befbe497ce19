package names

import "bytes"

// Costs are hundredths of a consonant: whole numbers, so that a distance is
// the same both ways and on every machine.
const (
	consonantCost = 100
	vowelWeight   = 20  // what a vowel adds to the length a distance is measured against
	farCost       = 120 // replacing a consonant by one of another class
	apartCost     = 300 // replacing a consonant by a vowel: never worth it
)

// mode says what a difference of vowels means between two scripts.
type mode uint8

const (
	bothLatin  mode = iota // vowels written, spelled freely
	bothArabic             // long vowels and ayn are letters
	across                 // first Arabic, second Latin: short vowels are unwritten in one
)

// near lists consonant classes that spellings or ears confuse, with the cost
// of replacing one by the other.
var near = []struct {
	pair string
	cost int32
}{
	{"TD", 60}, {"KG", 60}, {"KJ", 60}, {"DZ", 50}, {"SZ", 60}, {"SC", 70}, {"CJ", 80},
	{"HX", 50}, {"GR", 70}, {"BF", 70}, {"MN", 70}, {"TS", 70},
}

// vowelPairs are the costs of replacing one vowel by another in Latin
// spelling; a pair that is not listed costs 60.
var vowelPairs = []struct {
	pair string
	cost int32
}{
	{"ae", 12}, {"aA", 0}, {"eA", 15}, {"ei", 12}, {"ey", 12}, {"ex", 12}, {"iy", 0}, {"ix", 0}, {"yx", 0},
	{"ou", 5}, {"ow", 5}, {"uw", 0}, {"Ax", 10}, {"Ah", 15}, {"oa", 35}, {"eo", 40}, {"eu", 40},
	{"va", 5}, {"ve", 5}, {"vi", 8}, {"vo", 8}, {"vu", 8}, {"vA", 15}, {"vw", 20}, {"vy", 20},
}

// substitution is the cost of a sound of the first part standing for one of
// the second.
func substitution(a, b byte, m mode) int32 {
	switch {
	case a == b:
		return 0
	case (a == 'h' && b == 'H') || (a == 'H' && b == 'h'):
		return 0
	case consonant(a) != consonant(b):
		return apartCost
	case consonant(a):
		return pairCost(a, b)
	case m == bothArabic && (a == 'v' || b == 'v'):
		return 80
	}
	return vowelCost(a, b)
}

func pairCost(a, b byte) int32 {
	for _, p := range near {
		if (p.pair[0] == a && p.pair[1] == b) || (p.pair[0] == b && p.pair[1] == a) {
			return p.cost
		}
	}
	return farCost
}

func vowelCost(a, b byte) int32 {
	for _, p := range vowelPairs {
		if (p.pair[0] == a && p.pair[1] == b) || (p.pair[0] == b && p.pair[1] == a) {
			return p.cost
		}
	}
	return 60
}

// omission is the cost of a sound that the other part does not have. In
// across mode fromArabic tells whose sound it is.
func omission(c byte, m mode, fromArabic bool) int32 {
	switch {
	case c == 'H':
		return 80
	case c >= 0x80 || consonant(c):
		return consonantCost
	case c == 'h':
		return 10
	case c == 'A':
		return 80 // Karim and Karima
	case m == bothArabic:
		return omittedLetter(c)
	case m == across && fromArabic:
		return omittedInLatin(c)
	case m == across:
		return omittedInArabic(c)
	}
	return omittedInSpelling(c)
}

// omittedLetter: between two Arabic spellings a long vowel makes another
// name, an ayn more so.
func omittedLetter(c byte) int32 {
	if c == 'v' {
		return 80
	}
	return 55
}

// omittedInLatin: Latin spells the long vowels, and ayn or not.
func omittedInLatin(c byte) int32 {
	if c == 'v' {
		return 5
	}
	return 40
}

// omittedInArabic: Arabic does not write short vowels.
func omittedInArabic(c byte) int32 {
	if c == 'w' || c == 'y' {
		return 25
	}
	return 6
}

// omittedInSpelling: between two Latin spellings e comes and goes.
func omittedInSpelling(c byte) int32 {
	if c == 'e' {
		return 12
	}
	return 30
}

// weight is the length of a part as distances count it.
func weight(q []byte) int32 {
	var w int32
	for _, c := range q {
		if c >= 0x80 || consonant(c) {
			w += consonantCost
		} else {
			w += vowelWeight
		}
	}
	return w
}

// closeness is 1000 for equal sounds down to 0, by weighted edit distance.
func closeness(a, b []byte, m mode) int32 {
	if bytes.Equal(a, b) {
		return 1000
	}
	long := max(weight(a), weight(b))
	if long == 0 {
		return 0
	}
	return max(0, 1000-1000*distance(a, b, m)/long)
}

// distance is the least total cost that turns a into b.
func distance(a, b []byte, m mode) int32 {
	var rows [2][maxSounds + 1]int32
	prev, cur := &rows[0], &rows[1]
	for j, c := range b {
		prev[j+1] = prev[j] + omission(c, m, false)
	}
	for _, x := range a {
		gone := omission(x, m, true)
		cur[0] = prev[0] + gone
		for j, y := range b {
			cur[j+1] = min(prev[j]+substitution(x, y, m), prev[j+1]+gone, cur[j]+omission(y, m, false))
		}
		prev, cur = cur, prev
	}
	return prev[len(b)]
}

// alike compares two parts in the readings and with or without the joined
// article that bring them closest: 0 to 1000.
func alike(a, b *part) int32 {
	if a.script == arabic && b.script != arabic {
		return alikeIn(a, b, across)
	}
	if b.script == arabic && a.script != arabic {
		return alikeIn(b, a, across)
	}
	if a.script == arabic {
		return alikeIn(a, b, bothArabic)
	}
	return alikeIn(a, b, bothLatin)
}

func alikeIn(a, b *part, m mode) int32 {
	if (a.script == other) != (b.script == other) {
		return 0
	}
	if a.letter || b.letter {
		return initialAlike(a, b)
	}
	best := readings(&a.main, &b.main, m)
	if a.alt.n > 0 {
		best = max(best, readings(&a.alt, &b.main, m))
	}
	if b.alt.n > 0 {
		best = max(best, readings(&a.main, &b.alt, m))
	}
	if a.alt.n > 0 && b.alt.n > 0 {
		best = max(best, readings(&a.alt, &b.alt, m))
	}
	if a.mhamed != b.mhamed {
		best = min(best, mhamedCap)
	}
	return best
}

const (
	initialScore   = 700 // an initial that fits a full name
	articlePenalty = 15  // "Lahcen" beside "Hassan"
	mhamedCap      = 300 // M'hamed beside Mohamed, however alike they look
)

// initialAlike compares where one side is a single letter.
func initialAlike(a, b *part) int32 {
	x, y := a.main.s[0], b.main.s[0]
	switch {
	case a.letter && b.letter && x == y:
		return 1000
	case x == y, !consonant(x) && !consonant(y) && initialClass(x) == initialClass(y):
		return initialScore
	}
	return 0
}

// readings compares one reading of each part.
func readings(a, b *sounds, m mode) int32 {
	best := closeness(a.bytes(), b.bytes(), m)
	if best == 1000 {
		return best
	}
	if a.article > 0 {
		best = max(best, closeness(a.s[a.article:a.n], b.bytes(), m)-articlePenalty)
	}
	if b.article > 0 {
		best = max(best, closeness(a.bytes(), b.s[b.article:b.n], m)-articlePenalty)
	}
	return best
}
