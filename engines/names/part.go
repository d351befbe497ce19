package names

import "unicode/utf8"

// Bounds on what one name may hold. A name of eight parts of 24 sounds is
// longer than any in a civil register; what exceeds them is not compared.
const (
	maxParts  = 8
	maxSounds = 24
)

// script is the writing of one part of a name.
type script uint8

const (
	latin script = iota
	arabic
	other // neither: compared letter by letter, never across scripts
)

// part is one part of a name, its particles joined on ("Ben Jelloun" is one
// part, "El" before "Alaoui" is none).
type part struct {
	main   sounds // the usual reading
	alt    sounds // the other reading of an ambiguous letter; empty when there is none
	script script
	mhamed bool // M'hamed, a name of its own beside Mohamed
	letter bool // a single Latin letter standing for a name
}

// parts are the parts of one name in the order written.
type parts struct {
	list [maxParts]part
	n    int
}

func (p *parts) all() []part { return p.list[:p.n] }

func (p *parts) add(x part) {
	if p.n < maxParts && x.main.n > 0 {
		p.list[p.n] = x
		p.n++
	}
}

// split folds a name and parts it.
func (p *parts) split(s string) {
	var folded [MaxBytes]byte
	var w words
	w.read(appendFold(folded[:0], s))
	for i := range w.n {
		p.addWord(w.text(i), w.list[i].script)
	}
}

// splitBare is split without a leading tie of filiation.
func (p *parts) splitBare(s string) {
	var folded [MaxBytes]byte
	b := appendFold(folded[:0], s)
	if tok, sc, rest := nextToken(b); isFiliation(tok, sc) && len(rest) > 0 {
		b = rest
	}
	var w words
	w.read(b)
	for i := range w.n {
		p.addWord(w.text(i), w.list[i].script)
	}
}

// addWord reads one joined word as sounds; a compound written as one word
// ("Fatimazahra") gives the parts it gives when written apart.
func (p *parts) addWord(text []byte, sc script) {
	x := part{script: sc}
	if long := abbreviation(text); long != "" {
		text, sc = []byte(long), latin
		x.script = latin
	}
	switch sc {
	case latin:
		x.letter = len(text) == 1
		x.mhamed = isMhamedLatin(text)
		x.main.latin(text, false)
		x.alt.latin(text, true)
	case arabic:
		x.mhamed = string(text) == mhamedArabic
		x.main.arabic(text, false)
		x.alt.arabic(text, true)
	default:
		x.main.raw(text)
	}
	x.main.settle()
	x.alt.settle()
	if x.alt == x.main {
		x.alt = sounds{}
	}
	p.addCompound(x)
}

// addCompound adds a part, or the two that it is made of.
func (p *parts) addCompound(x part) {
	for _, c := range compounds {
		if first, second, ok := x.main.cut(c); ok {
			p.add(part{script: x.script, main: first})
			p.add(part{script: x.script, main: second})
			return
		}
	}
	p.add(x)
}

// word is a run of letters of one script in the buffer of words.
type word struct {
	from, to int
	script   script
}

// words are the words of a name with particles joined and titles gone.
type words struct {
	buf  [MaxBytes]byte
	used int
	list [maxParts]word
	n    int
	open bool // the last word is a particle waiting for what follows
}

func (w *words) text(i int) []byte { return w.buf[w.list[i].from:w.list[i].to] }

// read takes folded text apart. Titles are put in only when nothing else is
// there to compare.
func (w *words) read(folded []byte) {
	w.pass(folded, false)
	if w.n == 0 {
		w.pass(folded, true)
	}
}

func (w *words) pass(folded []byte, titles bool) {
	for tok, sc, rest := nextToken(folded); len(tok) > 0; tok, sc, rest = nextToken(rest) {
		next, _, _ := nextToken(rest)
		switch role := roleOf(tok, next, sc); {
		case role == title && !titles:
		case role == article && len(next) > 0:
		default:
			w.take(tok, sc, role)
		}
	}
}

// take joins a token to an open particle, to the word before it, or starts a
// word with it.
func (w *words) take(tok []byte, sc script, role role) {
	same := w.n > 0 && w.list[w.n-1].script == sc
	switch {
	case same && role == suffix:
		w.join(suffixForm(tok, sc))
	case same && w.open:
		if string(w.text(w.n-1)) == "abd" {
			w.join([]byte("e")) // its d must not run into the next letter
		}
		w.join(tok)
	case w.n < maxParts:
		w.list[w.n] = word{from: w.used, to: w.used, script: sc}
		w.n++
		w.join(tok)
	}
	w.open = role == particle
}

// join adds letters to the last word. Where a letter would stand twice at
// the seam ("Ben Nasser") it stands once, as in the joined spelling.
func (w *words) join(tok []byte) {
	last := &w.list[w.n-1]
	if last.to > last.from {
		end, _ := utf8.DecodeLastRune(w.buf[last.from:last.to])
		if r, n := utf8.DecodeRune(tok); r == end {
			tok = tok[n:]
		}
	}
	w.used += copy(w.buf[w.used:], tok)
	last.to = w.used
}

// nextToken gives the next run of letters of one script and what follows it.
// Digits part words and are no part of a name.
func nextToken(s []byte) (tok []byte, sc script, rest []byte) {
	start := -1
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRune(s[i:])
		cur, ok := scriptOf(r)
		switch {
		case start < 0 && ok:
			start, sc = i, cur
		case start >= 0 && (!ok || cur != sc):
			return s[start:i], sc, s[i:]
		}
		i += n
	}
	if start < 0 {
		return nil, latin, nil
	}
	return s[start:], sc, nil
}

// scriptOf tells the script of a folded letter; ok is false for what is none.
func scriptOf(r rune) (sc script, ok bool) {
	switch {
	case r >= 'a' && r <= 'z':
		return latin, true
	case r == ' ', r >= '0' && r <= '9':
		return latin, false
	case isArabic(r):
		return arabic, true
	}
	return other, true
}
