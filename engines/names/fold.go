package names

import (
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// MaxBytes is how much of any input this package reads: 512 bytes, four times
// the longest name a civil register prints. What follows is not looked at, so
// that no input costs more than a bounded time.
const MaxBytes = 512

// Fold brings a name in either script to the letters that comparison rests
// on: lower case without accents in Latin; in Arabic one alif for all its
// hamza forms, ya for alif maqsura, ha for ta marbuta, kaf for the letters of
// the g sound, no vowel marks, tatweel or lone hamza. Apostrophes vanish
// ("M'hamed" is "mhamed"), every other mark that is not a letter or digit
// parts words, words stand one space apart. The result is valid UTF-8 and
// folding it again changes nothing. It is for comparing only: the original is
// what is kept and shown.
func Fold(s string) string {
	var buf [MaxBytes]byte
	return string(appendFold(buf[:0], s))
}

// appendFold appends the folded form of s to dst, at most MaxBytes of it.
func appendFold(dst []byte, s string) []byte {
	f := folder{out: dst, start: len(dst)}
	for _, r := range clip(s) {
		if f.full {
			break
		}
		f.rune(r)
	}
	return f.out
}

// clip cuts s to MaxBytes at the start of a character.
func clip(s string) string {
	if len(s) <= MaxBytes {
		return s
	}
	n := MaxBytes
	for n > MaxBytes-utf8.UTFMax && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// folder writes folded characters behind start until it is full; gap is a
// space owed before the next word.
type folder struct {
	out   []byte
	start int
	gap   bool
	full  bool
}

// rune folds one character, decomposing it first where Unicode does.
func (f *folder) rune(r rune) {
	switch {
	case isApostrophe(r):
		return
	case r < utf8.RuneSelf:
		f.write(asciiLower(r))
		return
	}
	var enc [utf8.UTFMax]byte
	p := norm.NFKD.Properties(enc[:utf8.EncodeRune(enc[:], r)])
	d := p.Decomposition()
	if d == nil {
		f.letter(unicode.ToLower(r))
		return
	}
	for len(d) > 0 {
		c, n := utf8.DecodeRune(d)
		f.letter(unicode.ToLower(c))
		d = d[n:]
	}
}

// letter maps one decomposed, lower-case character to its folded form.
func (f *folder) letter(r rune) {
	switch to := foldRune(r); to {
	case dropped:
	case ligature:
		for _, c := range ligatures[r] {
			f.write(c)
		}
	default:
		f.write(to)
	}
}

// write puts a folded character out, or notes that a word has ended.
func (f *folder) write(r rune) {
	switch {
	case isApostrophe(r):
		return
	case !unicode.IsLetter(r) && !unicode.IsDigit(r):
		f.gap = true
		return
	}
	need := utf8.RuneLen(r)
	space := f.gap && len(f.out) > f.start
	if space {
		need++
	}
	if len(f.out)-f.start+need > MaxBytes {
		f.full = true
		return
	}
	if space {
		f.out = append(f.out, ' ')
	}
	f.gap = false
	f.out = utf8.AppendRune(f.out, r)
}
