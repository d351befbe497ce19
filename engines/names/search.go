package names

import (
	"bytes"
	"unicode/utf8"
)

// SearchKeys gives the keys under which a name typed into a search box is
// looked up, in either script, ascending and without repetition. Those that
// end in "*" are looked up by the beginning of a key, the star taken off:
// they stand for the last part, which may not be finished ("Benj", "Moham").
// A "ben" or "bent" that stands apart may also tie a person to a parent, so
// the name after it gives its own key too. Any key of an index row that
// equals one of these, or begins so, makes the row a candidate; Score ranks.
func SearchKeys(query string) []string {
	var p parts
	p.split(query)
	out := p.keys()
	if p.n > 0 {
		out = p.list[p.n-1].appendPrefixes(out)
	}
	var folded [MaxBytes]byte
	if bare := afterTie(appendFold(folded[:0], query)); len(bare) > 0 {
		out = append(out, Key(string(bare))...)
	}
	return tidy(out)
}

// leastPrefix is the fewest consonants worth a search by beginning.
const leastPrefix = 2

// appendPrefixes adds the beginnings that the keys of a longer name may have.
func (x *part) appendPrefixes(out []string) []string {
	if x.script == other {
		return append(out, rawKey(&x.main)+"*")
	}
	for _, q := range []*sounds{&x.main, &x.alt} {
		out = appendPrefix(out, q.bytes())
		if q.article > 0 {
			out = appendPrefix(out, q.s[q.article:q.n])
		}
	}
	return out
}

// appendPrefix keeps all consonants: a last h may yet be followed by more.
func appendPrefix(out []string, q []byte) []string {
	var buf [maxSounds + 1]byte
	key := buf[:0]
	for _, c := range q {
		if consonant(c) {
			key = append(key, c)
		}
	}
	if n := len(q); n > 1 && q[n-1] == 'h' {
		key = append(key, 'H')
	}
	if len(key) < leastPrefix {
		return out
	}
	return append(out, string(append(key, '*')))
}

// afterTie gives what follows the last "ben" or "bent" that stands apart.
func afterTie(folded []byte) []byte {
	var bare []byte
	for tok, sc, rest := nextToken(folded); len(tok) > 0; tok, sc, rest = nextToken(rest) {
		if isFiliation(tok, sc) {
			bare = rest
		}
	}
	return bytes.TrimSpace(bare)
}

// SortKey gives the text by which a name is put in order with plain byte
// comparison: folded, and in Arabic without the article al- before a word,
// as directories list names. An alif with its hamza written begins a name
// (Ilyas), not an article. Names that fold alike are equal.
func SortKey(s string) string {
	var buf [MaxBytes]byte
	out := buf[:0]
	for tok, rest := field(clip(s)); tok != ""; tok, rest = field(rest) {
		if len(out) > 0 && len(out) < MaxBytes {
			out = append(out, ' ')
		}
		if isBareAlef(tok) {
			tok = withoutAl(tok)
		}
		from := len(out)
		if out = appendFold(out, tok); len(out) == from && from > 0 {
			out = out[:from-1]
		}
	}
	return string(out)
}

// field gives the next run of characters between spaces and what follows.
func field(s string) (tok, rest string) {
	s = trimSpaces(s)
	for i := 0; i < len(s); i++ {
		if s[i] == ' ' {
			return s[:i], s[i:]
		}
	}
	return s, ""
}

func trimSpaces(s string) string {
	for s != "" && s[0] == ' ' {
		s = s[1:]
	}
	return s
}

func isBareAlef(s string) bool {
	r, _ := utf8.DecodeRuneInString(s)
	return r == alef
}

// withoutAl takes the article off a word of at least three letters more.
func withoutAl(s string) string {
	const al = "\u0627\u0644"
	if len(s) < len(al)+3*len("\u0644") || s[:len(al)] != al {
		return s
	}
	return s[len(al):]
}
