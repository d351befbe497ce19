package names

import "unicode/utf8"

// sounds is the fuller form of a part, shared by both scripts: one byte per
// sound. Capitals are consonant classes, in which the two spellings of one
// consonant meet:
//
//	B b p          T t (ta, tta)   J j dj          H h (ha, hha)  X kh
//	D d dh (dal, dhal, dad, zza)   R r             Z z            S s c(e) ss (sin, sad)
//	C ch sh        G gh rh         F f v ph        K k q c g (kaf, qaf, gaf)
//	L M N
//
// Small letters are vowels and half vowels: a e i o u; w and y as glides and
// as the Arabic letters; v ayn or a first alif; A a final a, alif or ta marbuta; x a final ya
// or alif maqsura; h a silent final h.
type sounds struct {
	s       [maxSounds]byte
	n       uint8
	article uint8 // the sounds before this one may be an article joined on
}

func (q *sounds) bytes() []byte { return q.s[:q.n] }

func (q *sounds) put(c byte) {
	if int(q.n) < maxSounds && c != 0 {
		q.s[q.n] = c
		q.n++
	}
}

// last is the last sound, 0 when there is none.
func (q *sounds) last() byte {
	if q.n == 0 {
		return 0
	}
	return q.s[q.n-1]
}

// consonant tells the sounds that a skeleton keeps.
func consonant(c byte) bool { return c >= 'B' && c <= 'Z' }

// arabicSounds are the sounds of the Arabic letters; the second is the other
// reading where spellings differ: Nadim and Nazim, Outhmane and Osman.
func arabicSounds(r rune) (usual, second byte) {
	switch r {
	case beh:
		return 'B', 0
	case teh, tah:
		return 'T', 0
	case theh:
		return 'T', 'S'
	case jeem:
		return 'J', 0
	case hah, heh:
		return 'H', 0
	case khah:
		return 'X', 0
	case dal, dad:
		return 'D', 0
	case thal, zah:
		return 'D', 'Z'
	case reh:
		return 'R', 0
	case zain:
		return 'Z', 0
	case seen, sad:
		return 'S', 0
	case sheen:
		return 'C', 0
	case ghain:
		return 'G', 0
	case feh, veh:
		return 'F', 0
	}
	return arabicSounds2(r), 0
}

func arabicSounds2(r rune) byte {
	switch r {
	case qaf, kaf:
		return 'K'
	case lam:
		return 'L'
	case meem:
		return 'M'
	case noon:
		return 'N'
	case alef:
		return 'a'
	case waw:
		return 'w'
	case yeh:
		return 'y'
	case ain:
		return 'v'
	}
	return 0
}

// arabic reads folded Arabic letters; second takes the second readings.
func (q *sounds) arabic(text []byte, second bool) {
	var before rune
	for i := 0; i < len(text); {
		r, n := utf8.DecodeRune(text[i:])
		i += n
		if r == lam && q.endsInArticle() {
			continue // the lam of a name after the article's: "al-latif"
		}
		usual, other := arabicSounds(r)
		if second && other != 0 {
			usual = other
		}
		switch {
		case r == alef && i == n && n < len(text):
			usual = 'v' // it carries any vowel: Ahmed, Idriss, Oussama
		case i == len(text) && q.n > 0:
			usual = q.finalArabic(r, usual, second)
		}
		if r == before || usual != q.last() {
			q.put(usual) // two letters of one class at a seam ("Ait Taleb") sound once
		}
		before = r
	}
}

// endsInArticle tells that alif and lam were read last.
func (q *sounds) endsInArticle() bool {
	return q.n >= 2 && q.s[q.n-1] == 'L' && (q.s[q.n-2] == 'a' || q.n == 2 && q.s[0] == 'v')
}

// finalArabic is the sound of a letter that ends a name. After alif a ta
// marbuta may be sounded: "Hayat".
func (q *sounds) finalArabic(r rune, usual byte, second bool) byte {
	if second && r == heh && q.last() == 'a' {
		return 'T'
	}
	switch r {
	case heh, alef:
		return 'A'
	case yeh:
		return 'x'
	}
	return usual
}

// raw takes the letters of another script as they are; sounds that do not fit
// are folded into the last ones so that long names still differ.
func (q *sounds) raw(text []byte) {
	for i, c := range text {
		if i < maxSounds {
			q.put(c | 0x80)
			continue
		}
		q.s[i%maxSounds] = (q.s[i%maxSounds]*31 + c) | 0x80
	}
}

// settle applies what holds for whole parts in both scripts: the l of the
// article inside "Abdel…" and "Ben L…" goes, and a joined article at the
// start is marked as optional.
func (q *sounds) settle() {
	var at [maxSounds]int
	n := 0
	for i, c := range q.bytes() {
		if consonant(c) {
			at[n] = i
			n++
		}
	}
	switch {
	case q.skeletonStarts(at[:n], "BDL") && n > 3:
		q.remove(at[2])
	case q.skeletonStarts(at[:n], "BNBDL") && n > 5:
		q.remove(at[4])
	case q.skeletonStarts(at[:n], "BNL") && n > 4:
		q.remove(at[2])
	case q.skeletonStarts(at[:n], "LDL") && at[0] <= 2 && n > 4: // Oulad El …, Ould El …
		q.remove(at[2])
		q.article = uint8(at[0] + 1)
	case n > 1 && q.s[at[0]] == 'L' && (at[0] <= 1 || at[0] == 2 && q.s[0] == 'v' && q.s[1] == 'w'):
		q.article = uint8(at[0] + 1) // one vowel, or the alif and waw of "ou", before the l
	}
}

// skeletonStarts tells whether the consonants at the places given begin so.
func (q *sounds) skeletonStarts(at []int, with string) bool {
	if len(at) < len(with) {
		return false
	}
	for i := range len(with) {
		if q.s[at[i]] != with[i] {
			return false
		}
	}
	return true
}

// remove takes one sound out.
func (q *sounds) remove(i int) {
	copy(q.s[i:], q.s[i+1:q.n])
	q.n--
	q.s[q.n] = 0
}

// compound is a name written as one word or two: the skeleton with which it
// begins as one word, how many consonants are the first name's, and how many
// after them are the article's.
type compound struct {
	skeleton string
	first    int
	skip     int
}

// Fatima Zahra, with and without the article between, and Nour El Houda.
var compounds = []compound{
	{"FTMZHR", 3, 0}, {"FTMHLZHR", 4, 1}, {"FTMLZHR", 3, 1}, {"NRLHD", 2, 1},
}

// cut parts a joined compound; ok is false when the name is not that one.
func (q *sounds) cut(c compound) (first, second sounds, ok bool) {
	var at [maxSounds]int
	n := 0
	for i, s := range q.bytes() {
		if consonant(s) {
			at[n] = i
			n++
		}
	}
	if n != len(c.skeleton) || !q.skeletonStarts(at[:n], c.skeleton) {
		return first, second, false
	}
	for _, s := range q.s[:at[c.first-1]+1] {
		first.put(s)
	}
	if first.last() == 'H' {
		first.s[first.n-1] = 'A'
	} else if c := q.s[first.n]; c == 'a' || c == 'v' {
		first.put('A')
	}
	for _, s := range q.s[at[c.first+c.skip]:q.n] {
		second.put(s)
	}
	return first, second, true
}
