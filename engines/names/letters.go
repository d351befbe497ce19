package names

import "unicode"

// What foldRune answers beside a character.
const (
	dropped  rune = -1 // the character says nothing: a vowel mark, tatweel, a lone hamza
	ligature rune = -2 // the character stands for several, listed in ligatures
)

// The Arabic letters that rules speak of, by their Unicode names.
const (
	alef    = '\u0627'
	beh     = '\u0628'
	teh     = '\u062A'
	theh    = '\u062B'
	jeem    = '\u062C'
	hah     = '\u062D'
	khah    = '\u062E'
	dal     = '\u062F'
	thal    = '\u0630'
	reh     = '\u0631'
	zain    = '\u0632'
	seen    = '\u0633'
	sheen   = '\u0634'
	sad     = '\u0635'
	dad     = '\u0636'
	tah     = '\u0637'
	zah     = '\u0638'
	ain     = '\u0639'
	ghain   = '\u063A'
	tatweel = '\u0640'
	feh     = '\u0641'
	qaf     = '\u0642'
	kaf     = '\u0643'
	lam     = '\u0644'
	meem    = '\u0645'
	noon    = '\u0646'
	heh     = '\u0647'
	waw     = '\u0648'
	yeh     = '\u064A'
	veh     = '\u06A4'
)

// foldRune gives the folded form of a decomposed, lower-case character.
// Hamza above or below, the madda and vowel marks have already come apart
// from their letters and are dropped as marks.
func foldRune(r rune) rune {
	switch r {
	case '\u0621', '\u0674', tatweel: // lone hamza, high hamza
		return dropped
	case '\u0671', '\u0672', '\u0673': // alif wasla and the wavy hamzas
		return alef
	case '\u0649', '\u06CC', '\u06D0', '\u06D2': // alif maqsura, Persian ya, e, barree
		return yeh
	case '\u0629', '\u06BE', '\u06C1', '\u06C3', '\u06D5': // ta marbuta, doachashmee, goal, ae
		return heh
	case '\u06A9', '\u06AA', '\u06AB', '\u06AC', '\u06AD', '\u06AF', '\u0763': // keheh, ng, gaf
		return kaf
	case '\u067E': // peh
		return beh
	case '\u0686': // tcheh
		return sheen
	case '\u06A2', '\u06A7': // Maghrebi feh and qaf
		return maghrebi(r)
	}
	switch {
	case unicode.Is(unicode.M, r), unicode.Is(unicode.Cf, r):
		return dropped
	case ligatures[r] != "":
		return ligature
	case unicode.IsDigit(r):
		return westernDigit(r)
	}
	return r
}

// maghrebi gives the eastern form of the feh with the dot below and the qaf
// with one dot, as old Moroccan registers write them.
func maghrebi(r rune) rune {
	if r == '\u06A2' {
		return feh
	}
	return qaf
}

// westernDigit turns Arabic and Persian digits into 0 to 9.
func westernDigit(r rune) rune {
	switch {
	case r >= '\u0660' && r <= '\u0669':
		return r - '\u0660' + '0'
	case r >= '\u06F0' && r <= '\u06F9':
		return r - '\u06F0' + '0'
	}
	return r
}

// ligatures are the Latin letters that Unicode does not take apart.
var ligatures = map[rune]string{
	'\u00DF': "ss", '\u00E6': "ae", '\u0153': "oe", '\u00F8': "o", '\u0142': "l",
	'\u0111': "d", '\u00F0': "d", '\u00FE': "th", '\u0131': "i", '\u0127': "h",
}

// isApostrophe tells the marks that stand inside a word without parting it:
// apostrophes, and the half rings that scholars write for ayn and hamza.
func isApostrophe(r rune) bool {
	switch r {
	case '\'', '`', '\u00B4', '\u2018', '\u2019', '\u201B', '\u2032', '\u02BC', '\u02BE', '\u02BF', '\u02BB', '\uA78C':
		return true
	}
	return false
}

func asciiLower(r rune) rune {
	if r >= 'A' && r <= 'Z' {
		return r + 'a' - 'A'
	}
	return r
}

// isArabic tells the letters of the Arabic block as Fold leaves them.
func isArabic(r rune) bool { return r >= '\u0620' && r <= '\u06D5' }
