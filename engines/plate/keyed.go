package plate

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
)

// ErrKeyed is wrapped by errors of Parse.
var ErrKeyed = errors.New("plate: not a plate number")

// maxKeyed bounds what Parse looks at; no plate is near it.
const maxKeyed = 64

// Parse reads a plate as a person keys it: Arabic letters in any of their
// forms, or the Latin letters that stand for them (A B D H E T Y), digits of
// any Arabic form, separators of any kind, in either order of code and serial
// where only one can be meant. The result has one spelling for each plate.
func Parse(keyed string) (Plate, error) {
	if len(keyed) > maxKeyed {
		return Plate{}, fmt.Errorf("%w: longer than %d bytes", ErrKeyed, maxKeyed)
	}
	runs, err := runsOf(keyed)
	if err != nil {
		return Plate{}, err
	}
	n := 0
	for _, r := range runs {
		n += len(signsOf(r))
	}
	if n < 2 || n > maxSigns {
		return Plate{}, fmt.Errorf("%w: %d letters and digits", ErrKeyed, n)
	}
	for _, form := range []func([]string) (Plate, bool){keyedStandard, keyedWW, keyedOld, keyedOfficial, keyedLatin} {
		if p, ok := form(runs); ok {
			return p, nil
		}
	}
	return Plate{}, fmt.Errorf("%w: %q has no form that is known", ErrKeyed, keyed)
}

// maxSigns is the most signs that a plate may have.
const maxSigns = 14

// runsOf cuts a text into runs of digits, of Latin letters and of Arabic ones,
// folded.
func runsOf(text string) ([]string, error) {
	var runs []string
	class, last := 0, 0
	for _, r := range text {
		folded, c := fold(r)
		switch {
		case c < 0:
			return nil, fmt.Errorf("%w: the sign %q", ErrKeyed, r)
		case c == ignored:
			continue
		case c == separator:
			last = separator
			continue
		}
		if c != class || last == separator {
			runs = append(runs, "")
		}
		class, last = c, c
		runs[len(runs)-1] += folded
	}
	return runs, nil
}

// Classes of letters.
const (
	separator = iota
	digits
	latin
	arabic
	ignored
)

// fold gives the one form of a letter and its class, -1 if plates have no such
// letter.
func fold(r rune) (string, int) {
	switch {
	case r >= '0' && r <= '9':
		return string(r), digits
	case r >= '٠' && r <= '٩':
		return string('0' + r - '٠'), digits
	case r >= '۰' && r <= '۹':
		return string('0' + r - '۰'), digits
	case r >= '０' && r <= '９':
		return string('0' + r - '０'), digits
	case r >= 'A' && r <= 'Z':
		return string(r), latin
	case r >= 'a' && r <= 'z':
		return string(r - 'a' + 'A'), latin
	case r == 'ـ' || unicode.Is(unicode.Mn, r) || unicode.Is(unicode.Cf, r): // tatweel, vowels, direction marks
		return "", ignored
	case unicode.IsSpace(r), strings.ContainsRune("-–—_/|\\.·•،,:*", r):
		return "", separator
	}
	switch r {
	case 'أ', 'ا', 'إ', 'آ', 'ٱ':
		return "أ", arabic
	case 'ه', 'ھ', 'ة', 'ہ':
		return "ه", arabic
	case 'ي', 'ى', 'ی':
		return "ي", arabic
	case 'ؤ':
		return "و", arabic
	}
	if unicode.Is(unicode.Arabic, r) && unicode.IsLetter(r) {
		return string(r), arabic
	}
	return "", -1
}

func isDigits(s string) bool { return s != "" && s[0] >= '0' && s[0] <= '9' }

// seriesLetter gives the Arabic letter of a run that is a series.
func seriesLetter(run string) string {
	if run != "" && strings.Contains(seriesLetters, run) && len([]rune(run)) == 1 {
		return run
	}
	return toArabic(run)
}

func validSerial(s string) bool { return len(s) >= 1 && len(s) <= 5 && s[0] != '0' }

// keyedStandard takes serial, letter, code; also code, letter, serial, as one
// types who follows the line from the right.
func keyedStandard(runs []string) (Plate, bool) {
	if len(runs) != 3 || !isDigits(runs[0]) || !isDigits(runs[2]) {
		return Plate{}, false
	}
	p := Plate{Standard, "MA", runs[0], seriesLetter(runs[1]), runs[2]}
	if p.Letter == "" {
		return Plate{}, false
	}
	if len(p.Code) == 2 {
		p.Code = strings.TrimPrefix(p.Code, "0")
	}
	if !(validSerial(p.Serial) && validCode(p.Code)) {
		p.Serial, p.Code = runs[2], strings.TrimPrefix(runs[0], "0")
	}
	return p, validSerial(p.Serial) && validCode(p.Code)
}

// keyedWW takes digits and WW in either order.
func keyedWW(runs []string) (Plate, bool) {
	if len(runs) != 2 || !isDigits(runs[0]) && !isDigits(runs[1]) {
		return Plate{}, false
	}
	number, letters := runs[0], runs[1]
	if !isDigits(number) {
		number, letters = letters, number
	}
	return Plate{Kind: WW, Country: "MA", Serial: number, Letter: "WW"}, letters == "WW" && len(number) <= 6
}

// keyedOld takes digits only, in two or three parts.
func keyedOld(runs []string) (Plate, bool) {
	for _, r := range runs {
		if !isDigits(r) {
			return Plate{}, false
		}
	}
	switch {
	case len(runs) == 3 && len(runs[0]) <= 4 && len(runs[1]) <= 2 && len(runs[2]) == 1 && runs[2] != "0":
		return Plate{Old, "MA", runs[0], "", runs[1] + "-" + runs[2]}, true
	case len(runs) == 2 && len(runs[0]) <= 6 && validCode(runs[1]):
		return Plate{Trailer, "MA", runs[0], "", runs[1]}, true
	}
	return Plate{Kind: Digits, Serial: strings.Join(runs, "")}, true
}

// keyedOfficial takes digits with Arabic letters of no series.
func keyedOfficial(runs []string) (Plate, bool) {
	p := Plate{Kind: Official, Country: "MA"}
	for _, r := range runs {
		switch _, class := fold([]rune(r)[0]); {
		case class == arabic && p.Letter == "":
			p.Letter = r
		case class == digits && p.Letter == "" && p.Serial == "":
			p.Serial = r
		case class == digits && p.Code == "":
			p.Code = r
		default:
			return Plate{}, false
		}
	}
	if p.Serial == "" {
		p.Serial, p.Code = p.Code, ""
	}
	if p.Letter == "تونس" {
		p.Kind, p.Country = Tunisian, "TN"
	}
	whole := p.Code != "" && seriesLetter(p.Letter) != "" // as a plate of a series, it was wrong
	return p, p.Letter != "" && p.Serial != "" && !whole
}

// keyedLatin takes Latin letters and digits as they come. Separators do not
// count in them; where a Moroccan form is left without, it is that.
func keyedLatin(runs []string) (Plate, bool) {
	text := strings.Join(runs, "")
	if joined, err := runsOf(text); err == nil && len(joined) < len(runs) {
		for _, form := range []func([]string) (Plate, bool){keyedStandard, keyedWW} {
			if p, ok := form(joined); ok {
				return p, true
			}
		}
	}
	for _, r := range text {
		if r > unicode.MaxASCII {
			return Plate{}, false
		}
	}
	return Plate{Kind: Latin, Serial: text}, true
}
