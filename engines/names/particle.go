package names

import "bytes"

// role is what a token does in a name.
type role uint8

const (
	core     role = iota
	particle      // joins what follows: Ben, Bou, Abd, Ait, Ould
	article       // El, Al, L and the assimilated Er, Es, Ech: optional
	title         // Moulay, Sidi, Lalla: optional
	suffix        // joins what stands before: Eddine, Allah
)

// roles of Latin tokens (morocco names: the joined and the split spelling of
// each are both met).
var latinRoles = map[string]role{
	"ben": particle, "bin": particle, "ibn": particle, "bnou": particle,
	"bent": particle, "bint": particle, "bnt": particle, "bel": particle,
	"bou": particle, "bu": particle, "abou": particle, "abu": particle,
	"ait": particle, "ayt": particle, "oum": particle, "um": particle,
	"ould": particle, "weld": particle, "wld": particle, "wuld": particle,
	"oulad": particle, "ouled": particle, "wlad": particle, "awlad": particle,
	"beni": particle, "bani": particle, "bni": particle,
	"abd": particle, "abde": particle, "abdel": particle, "abdal": particle,
	"abdul": particle, "abdoul": particle, "abdil": particle, "abder": particle,
	"abdes": particle, "abdez": particle, "abdet": particle, "abden": particle,
	"abdech": particle,
	"el":     article, "al": article, "l": article, "il": article,
	"moulay": title, "mouley": title, "mulay": title, "moulaye": title, "my": title, "mly": title,
	"sidi": title, "sid": title, "si": title,
	"lalla": title, "lala": title, "lla": title,
	"eddine": suffix, "eddin": suffix, "edine": suffix, "ddine": suffix, "dine": suffix,
	"din": suffix, "aldin": suffix, "eldine": suffix, "eldin": suffix, "uddin": suffix,
	"addin": suffix, "addine": suffix, "deen": suffix,
	"allah": suffix, "ellah": suffix, "llah": suffix, "ullah": suffix, "illah": suffix,
}

// roles of Arabic tokens, folded. In order: bn, abn, bnt, bw, abw, aby, ayt,
// wld, awlad, bny, am, cbd; al; mwlay, sydy, lala, lalh, lla; aldyn, allh.
var arabicRoles = map[string]role{
	"\u0628\u0646": particle, "\u0627\u0628\u0646": particle, "\u0628\u0646\u062A": particle,
	"\u0628\u0648": particle, "\u0627\u0628\u0648": particle, "\u0627\u0628\u064A": particle,
	"\u0627\u064A\u062A": particle, "\u0648\u0644\u062F": particle,
	"\u0627\u0648\u0644\u0627\u062F": particle, "\u0628\u0646\u064A": particle,
	"\u0627\u0645": particle, "\u0639\u0628\u062F": particle,
	"\u0627\u0644":                   article,
	"\u0645\u0648\u0644\u0627\u064A": title, "\u0633\u064A\u062F\u064A": title,
	"\u0644\u0627\u0644\u0627": title, "\u0644\u0627\u0644\u0647": title, "\u0644\u0644\u0627": title,
	"\u0627\u0644\u062F\u064A\u0646": suffix, "\u0627\u0644\u0644\u0647": suffix,
}

// mhamedArabic is M'hamed in Arabic: alif, mim, ha, mim, dal. The alif only
// carries the unvowelled mim, yet it makes another name than Mohamed's.
const mhamedArabic = "\u0627\u0645\u062D\u0645\u062F"

// roleOf tells what a token does before the token next.
func roleOf(tok, next []byte, sc script) role {
	switch sc {
	case latin:
		if r, ok := latinRoles[string(tok)]; ok {
			return r
		}
		if isAssimilated(tok, next) {
			return article
		}
	case arabic:
		return arabicRoles[string(tok)]
	}
	return core
}

// isFiliation tells the tokens that tie a child to a parent: ben, bent.
func isFiliation(tok []byte, sc script) bool {
	if sc == arabic {
		switch string(tok) {
		case "\u0628\u0646", "\u0627\u0628\u0646", "\u0628\u0646\u062A", "\u0627\u0628\u0646\u0647":
			return true
		}
		return false
	}
	switch string(tok) {
	case "ben", "bin", "ibn", "bent", "bint", "bnt":
		return true
	}
	return false
}

// isAssimilated tells the article that took the sound of the letter after it
// and stands apart: "Er Rachidi", "Ech-Chaoui".
func isAssimilated(tok, next []byte) bool {
	if len(tok) < 2 || len(tok) > 3 || (tok[0] != 'e' && tok[0] != 'a') {
		return false
	}
	return !isVowelLetter(tok[1]) && bytes.HasPrefix(next, tok[1:])
}

// suffixForm is the one form in which the ending of a compound is joined:
// without its article, as the joined spellings have it.
func suffixForm(tok []byte, sc script) []byte {
	switch {
	case sc == arabic:
		return tok[len("\u0627\u0644"):]
	case bytes.HasSuffix(tok, []byte("lah")):
		return []byte("lah")
	}
	return []byte("din")
}

// abbreviation gives the name that a register's short form or a spelling
// that no rule reads stands for, else "".
func abbreviation(tok []byte) string {
	switch string(tok) {
	case "med", "mohd", "mhd", "md", "mhmd":
		return "mohamed"
	case "abdlah", "abdlh":
		return "abdellah"
	case "\u0637\u0647": // Taha: its final ha is sounded
		return "taha"
	}
	return ""
}

// isMhamedLatin tells the Latin spellings of M'hamed, apostrophe gone: an
// optional vowel, "mh", then "amed" with any doubling.
func isMhamedLatin(tok []byte) bool {
	if len(tok) > 1 && isVowelLetter(tok[0]) {
		tok = tok[1:]
	}
	rest, ok := bytes.CutPrefix(tok, []byte("mh"))
	if !ok || len(rest) < 4 || !isVowelLetter(rest[0]) {
		return false
	}
	rest = bytes.TrimLeft(rest[1:], "m")
	return len(rest) == 2 && isVowelLetter(rest[0]) && rest[1] == 'd'
}

func isVowelLetter(c byte) bool {
	switch c {
	case 'a', 'e', 'i', 'o', 'u', 'y':
		return true
	}
	return false
}
