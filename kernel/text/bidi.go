package text

import (
	"strings"
	"unicode"
)

// The invisible characters of Unicode's bidirectional algorithm (UAX 9).
const (
	rightToLeftIsolate = '\u2067'
	firstStrongIsolate = '\u2068'
	popIsolate         = '\u2069'
)

// Isolate wraps s in FSI … PDI, so that in plain text (an SMS, a title, an
// attribute, a PDF line) it is ordered by itself and leaves its neighbours
// alone. In HTML prefer the bdi element; both may be used together. The empty
// string stays empty.
func Isolate(s string) string {
	if s == "" {
		return ""
	}
	return string(firstStrongIsolate) + s + string(popIsolate)
}

// Plain takes the isolates out again, for comparing and for machine formats.
func Plain(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= '\u2066' && r <= '\u2069' {
			return -1
		}
		return r
	}, s)
}

// DirOf gives the direction of s by its first strong letter, or "auto" when
// it has none: the dir attribute of a value in an unknown script.
func DirOf(s string) string {
	for _, r := range s {
		switch {
		case isRTL(r):
			return "rtl"
		case unicode.IsLetter(r):
			return "ltr"
		}
	}
	return "auto"
}

// isRTL reports a letter or mark of a right-to-left script: Hebrew, Arabic,
// Syriac, Thaana, NKo and the Arabic presentation forms.
func isRTL(r rune) bool {
	return r >= 0x0590 && r <= 0x08FF && !(r >= 0x0660 && r <= 0x0669) || r >= 0xFB1D && r <= 0xFDFF || r >= 0xFE70 && r <= 0xFEFC
}
