package names

import "strings"

// cluster is a group of Latin letters that spells one Arabic consonant in the
// French-based romanisation of Morocco; alt is the reading as separate
// letters, met in "Fathi", "Ishak", "Farhat".
type cluster struct {
	letters   string
	main, alt string
}

var clusters = []cluster{
	{"sch", "C", "C"}, {"tch", "TC", "TC"}, {"ch", "C", "C"}, {"sh", "C", "SH"},
	{"kh", "X", "X"}, {"gh", "G", "G"}, {"rh", "G", "RH"}, {"dj", "J", "J"},
	{"dh", "D", "DH"}, {"th", "T", "TH"}, {"ph", "F", "F"}, {"ck", "K", "K"},
}

// latin reads folded Latin letters; second takes the second readings.
func (q *sounds) latin(text []byte, second bool) {
	for i := 0; i < len(text); {
		n := q.cluster(text[i:], i == 0, second)
		if n == 0 {
			n = q.single(text, i, second)
		}
		i += n
	}
	q.endLatin()
}

// cluster reads a group of consonants, giving its length or 0.
func (q *sounds) cluster(text []byte, initial, second bool) int {
	for _, c := range clusters {
		if len(text) < len(c.letters) || string(text[:len(c.letters)]) != c.letters {
			continue
		}
		out := c.main
		if second && !(initial && c.letters == "rh") {
			out = c.alt
		}
		for i := range len(out) {
			q.consonant(out[i])
		}
		return len(c.letters)
	}
	return 0
}

// consonant puts a consonant once where Latin doubles it.
func (q *sounds) consonant(c byte) {
	if q.last() != c {
		q.put(c)
	}
}

// single reads the letter at i, giving how many letters it took.
func (q *sounds) single(text []byte, i int, second bool) int {
	c := text[i]
	switch c {
	case 'a', 'e', 'i', 'o', 'u', 'w', 'y':
		return q.vowel(text, i)
	case 'h':
		if i == len(text)-1 && i > 0 {
			q.put('h')
			return 1
		}
		q.consonant('H')
	case 'g':
		q.consonant(hardOrSoft(text, i, second))
	case 'c':
		q.consonant(sibilant(text, i))
	case 'x':
		q.consonant('K')
		q.consonant('S')
	default:
		q.consonant(latinConsonants[c-'a'])
	}
	return 1
}

// latinConsonants gives the class of each letter from a to z; 0 are letters
// that other rules read.
var latinConsonants = [26]byte{
	'b' - 'a': 'B', 'd' - 'a': 'D', 'f' - 'a': 'F', 'j' - 'a': 'J', 'k' - 'a': 'K', 'l' - 'a': 'L',
	'm' - 'a': 'M', 'n' - 'a': 'N', 'p' - 'a': 'B', 'q' - 'a': 'K', 'r' - 'a': 'R', 's' - 'a': 'S',
	't' - 'a': 'T', 'v' - 'a': 'F', 'z' - 'a': 'Z',
}

// hardOrSoft reads g: soft before e, i and y, hard elsewhere. The Arabic for
// either is met with kaf, gaf and jim, so the second reading is the other.
func hardOrSoft(text []byte, i int, second bool) byte {
	if before(text, i, "eiy") != second {
		return 'J'
	}
	return 'K'
}

// sibilant reads c: s before e, i and y, k elsewhere.
func sibilant(text []byte, i int) byte {
	if before(text, i, "eiy") {
		return 'S'
	}
	return 'K'
}

// before tells whether one of letters follows place i.
func before(text []byte, i int, letters string) bool {
	return i+1 < len(text) && strings.IndexByte(letters, text[i+1]) >= 0
}

// vowel reads a vowel or half vowel at i, giving how many letters it took:
// "ou" is w before another vowel and u elsewhere, and a hard "gu" or "qu"
// swallows its u.
func (q *sounds) vowel(text []byte, i int) int {
	c := text[i]
	switch {
	case c == 'u' && i > 0 && (text[i-1] == 'g' || text[i-1] == 'q') && before(text, i, "eiy"):
		return 1
	case c == 'o' && before(text, i, "u"):
		if before(text, i+1, "aeiy") {
			q.put('w')
		} else {
			q.put('u')
		}
		return 2
	case c == 'e' && i > 0 && i == len(text)-1:
		return 1 // the mute e
	}
	if q.last() != c {
		q.put(c)
	}
	return 1
}

// endLatin marks a final a.
func (q *sounds) endLatin() {
	if q.n > 1 && q.last() == 'a' {
		q.s[q.n-1] = 'A'
	}
}
