package names

import (
	"slices"
	"strings"
)

// Key gives the cross-script skeleton keys of a name: for each of its parts
// the consonants in classes that both scripts share, ascending and without
// repetition, so that neither the order of the parts nor the script shows.
// Mohammed, Mohamed and the Arabic spelling give "MHMD"; M'hamed gives
// "QMHMD". A part whose letters may be read two ways gives two keys. Keys are
// upper-case ASCII; another script's letters stand there in hexadecimal.
//
// They are made for an index table with one row per key: two names that share
// none are not worth comparing. See Pairs for keys that choose better.
func Key(s string) []string {
	var p parts
	p.split(s)
	return p.keys()
}

// Pairs gives the keys of each two parts of a name joined by "+", ascending
// and without repetition: the index rows by which a name of two parts or more
// is found among a million. A name of one part has none.
func Pairs(s string) []string {
	var p parts
	p.split(s)
	return p.pairs()
}

func (p *parts) keys() []string {
	var out []string
	for i := range p.all() {
		out = p.list[i].appendKeys(out, p.n > 1)
	}
	return tidy(out)
}

func (p *parts) pairs() []string {
	var out, a, b []string
	for i := range p.all() {
		a = p.list[i].appendKeys(a[:0], true)
		for j := i + 1; j < p.n; j++ {
			b = p.list[j].appendKeys(b[:0], true)
			out = appendPairs(out, a, b)
		}
	}
	return tidy(out)
}

func appendPairs(out, a, b []string) []string {
	for _, x := range a {
		for _, y := range b {
			out = append(out, min(x, y)+"+"+max(x, y))
		}
	}
	return out
}

func tidy(keys []string) []string {
	slices.Sort(keys)
	return slices.Compact(keys)
}

// appendKeys adds the keys of a part. An initial in a longer name says too
// little to look anything up by.
func (x *part) appendKeys(out []string, longer bool) []string {
	switch {
	case x.letter && longer:
		return out
	case x.script == other:
		return append(out, rawKey(&x.main))
	case x.mhamed:
		return append(out, "QMHMD")
	}
	out = x.main.appendSkeletons(out)
	if x.alt.n > 0 {
		out = x.alt.appendSkeletons(out)
	}
	return out
}

// rawKey spells the letters of another script in hexadecimal.
func rawKey(q *sounds) string {
	const digits = "0123456789ABCDEF"
	var b strings.Builder
	b.WriteByte('=')
	for _, c := range q.bytes() {
		b.WriteByte(digits[c>>4])
		b.WriteByte(digits[c&15])
	}
	return b.String()
}

// appendSkeletons adds the skeleton of a reading: without its joined article
// when two consonants or more stand behind it, with and without when one does.
func (q *sounds) appendSkeletons(out []string) []string {
	if q.article == 0 {
		return append(out, skeleton(q.bytes()))
	}
	rest := q.s[q.article:q.n]
	switch bare := skeleton(rest); {
	case countConsonants(rest) > 1:
		return append(out, bare)
	default:
		return append(out, skeleton(q.bytes()), bare)
	}
}

// skeleton keeps the consonants; a final h, which Latin spelling does not
// tell from a silent one, goes. With fewer than two left, the kind of vowel
// that begins the name stands before them.
func skeleton(q []byte) string {
	var buf [maxSounds + 1]byte
	out := buf[:0]
	if countConsonants(q) < 2 && len(q) > 0 && !consonant(q[0]) {
		out = append(out, initialClass(q[0]))
	}
	for i, c := range q {
		if consonant(c) && !droppedH(q, i) {
			out = append(out, c)
		}
	}
	return string(out)
}

// droppedH tells a last h that is not the whole skeleton.
func droppedH(q []byte, i int) bool { return q[i] == 'H' && i == len(q)-1 && i > 0 }

func countConsonants(q []byte) int {
	n := 0
	for i, c := range q {
		if consonant(c) && !droppedH(q, i) {
			n++
		}
	}
	return n
}

// initialClass is W or Y for the half vowels and V for every vowel.
func initialClass(c byte) byte {
	switch c {
	case 'w':
		return 'W'
	case 'y':
		return 'Y'
	}
	return 'V'
}
