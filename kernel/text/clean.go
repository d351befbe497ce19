package text

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/amana-platform/amana/kernel/fault"
)

// Clean stands where text of several lines enters the program. It refuses
// invalid UTF-8, NUL, control characters other than tab and newline, and
// noncharacters (fault Invalid); brings the rest to NFC with "\n" line ends;
// and takes out direction overrides, embeddings and isolates, by which a
// displayed text can be made to read differently from its letters.
func Clean(s string) (string, error) {
	if !utf8.ValidString(s) {
		return "", fault.New(fault.Invalid, "text.not-utf8")
	}
	s = strings.ReplaceAll(s, "\r\n", "\n")
	s = strings.ReplaceAll(s, "\r", "\n")
	for _, r := range s {
		if isForbidden(r) {
			return "", fault.New(fault.Invalid, "text.control-character")
		}
	}
	return norm.NFC.String(strings.Map(dropDirection, s)), nil
}

// Line is Clean for a single line: it trims the ends, turns tabs and runs of
// spaces into one space, and refuses a line break.
func Line(s string) (string, error) {
	s, err := Clean(s)
	if err != nil {
		return "", err
	}
	s = strings.TrimSpace(s)
	if strings.ContainsAny(s, "\n\u2028\u2029") {
		return "", fault.New(fault.Invalid, "text.line-break")
	}
	return strings.Join(strings.Fields(s), " "), nil
}

func isForbidden(r rune) bool {
	switch {
	case r == '\t' || r == '\n':
		return false
	case r < 0x20, r >= 0x7f && r < 0xa0:
		return true
	default: // noncharacters: the last two of each plane and FDD0 to FDEF
		return r&0xfffe == 0xfffe || r >= 0xfdd0 && r <= 0xfdef
	}
}

func dropDirection(r rune) rune {
	if r >= '\u202a' && r <= '\u202e' || r >= '\u2066' && r <= '\u2069' || r == '\ufeff' {
		return -1
	}
	return r
}
