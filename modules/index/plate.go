package index

import (
	"regexp"
	"strings"
)

// Plate is a number plate. A Moroccan one has three parts that are never
// joined, because 6|A|1 and 61|A would collide: serial, letter and code of the
// place of registration. A foreign plate has a country and a serial.
type Plate struct {
	Country string // ISO 3166-1 alpha-2, lower case; "" is Moroccan
	Serial  string
	Letter  string // Arabic letter, or the mark of a special series ("WW", "M")
	Code    string
}

// IsZero reports whether there is no plate.
func (p Plate) IsZero() bool { return p.Serial == "" }

// String gives the parts with bars between them: for keys and logs of codes,
// not for people, who see three cells.
func (p Plate) String() string {
	if p.Country != "" {
		return p.Country + "|" + p.Serial
	}
	return p.Serial + "|" + p.Letter + "|" + p.Code
}

// plateLetters gives the letter of a series for each way it is written:
// Arabic with its variants, and the Latin letters of plates for travel abroad.
var plateLetters = map[string]string{
	"\u0623": "\u0623", "\u0627": "\u0623", "\u0625": "\u0623", "A": "\u0623",
	"\u0628": "\u0628", "B": "\u0628",
	"\u062f": "\u062f", "D": "\u062f",
	"\u0647": "\u0647", "\u06be": "\u0647", "\u0629": "\u0647", "\u06c1": "\u0647", "H": "\u0647",
	"\u0648": "\u0648", "W": "\u0648", "E": "\u0648",
	"\u0637": "\u0637", "T": "\u0637",
	"\u064a": "\u064a", "\u0649": "\u064a", "\u06cc": "\u064a", "Y": "\u064a",
	"\u062c": "\u062c", "J": "\u062c",
	"\u0634": "\u0634",
	"M":      "M", "\u0645": "M", "\u0627\u0644\u0645\u063a\u0631\u0628": "M",
	"WW": "WW", "W18": "W18",
}

var (
	plateTokens  = regexp.MustCompile(`[0-9]+|[A-Z]+[0-9]*|\p{Arabic}+`)
	foreignPlate = regexp.MustCompile(`^[A-Z0-9]{2,12}$`)
)

// ParsePlate reads a Moroccan plate: "12345 | A | 6", "12345-A-6", the old
// form "1234-56 7", the series WW, W18 and M. The parts must be set apart
// where they would run together; an Arabic line may hold them in the opposite
// order, which shows where the first number is too short and the last too
// long to be what its place says.
func ParsePlate(s string) (Plate, error) {
	parts, err := plateParts(s)
	if err != nil {
		return Plate{}, err
	}
	switch len(parts) {
	case 1:
		return Plate{}, ErrNumber
	case 2:
		return twoParts(parts[0], parts[1])
	}
	if letter, ok := plateLetters[parts[1]]; ok {
		return threeParts(parts[0], letter, parts[2])
	}
	return oldPlate(parts)
}

// plateParts splits a plate into runs of digits and of letters.
func plateParts(s string) ([]string, error) {
	if len(s) > longestNumber {
		return nil, ErrNumber
	}
	spaced := strings.Map(func(r rune) rune {
		if r == '\u0640' || r == '\u200e' || r == '\u200f' { // tatweel and marks of direction
			return -1
		}
		return r
	}, s)
	words := strings.FieldsFunc(spaced, func(r rune) bool { return strings.ContainsRune(" |\u00a6-./\t", r) })
	var parts []string
	for _, word := range words {
		word = squeeze(word)
		found := plateTokens.FindAllString(word, -1)
		if strings.Join(found, "") != word {
			return nil, ErrNumber
		}
		parts = append(parts, found...)
	}
	if len(parts) < 1 || len(parts) > 3 {
		return nil, ErrNumber
	}
	return parts, nil
}

// threeParts makes a plate of the series since 2000.
func threeParts(serial, letter, code string) (Plate, error) {
	if len(serial) <= 2 && len(code) > 2 {
		serial, code = code, serial
	}
	if !digits(serial, 1, 6) || !digits(code, 1, 2) {
		return Plate{}, ErrNumber
	}
	code = strings.TrimLeft(code, "0")
	if code == "" {
		return Plate{}, ErrNumber
	}
	return Plate{Serial: serial, Letter: letter, Code: code}, nil
}

// twoParts makes a plate of a special series, or of a trailer.
func twoParts(first, second string) (Plate, error) {
	if letter, ok := plateLetters[first]; ok {
		return special(second, letter)
	}
	if letter, ok := plateLetters[second]; ok {
		return special(first, letter)
	}
	return threeParts(first, "", second)
}

func special(serial, letter string) (Plate, error) {
	if !digits(serial, 1, 6) {
		return Plate{}, ErrNumber
	}
	return Plate{Serial: serial, Letter: letter}, nil
}

// oldPlate makes a plate of the series before 2000: "1234-56 7".
func oldPlate(parts []string) (Plate, error) {
	if !digits(parts[0], 1, 4) || !digits(parts[1], 1, 2) || !digits(parts[2], 1, 1) {
		return Plate{}, ErrNumber
	}
	return Plate{Serial: parts[0] + "-" + parts[1], Code: parts[2]}, nil
}

// ParseForeignPlate reads a plate of another country.
func ParseForeignPlate(country, s string) (Plate, error) {
	serial, err := match(foreignPlate, squeeze(s))
	if err != nil || !country2(country) {
		return Plate{}, ErrNumber
	}
	return Plate{Country: country, Serial: serial}, nil
}

// digits reports whether s is of min to max Western digits.
func digits(s string, least, most int) bool {
	return len(s) >= least && len(s) <= most && strings.Trim(s, "0123456789") == ""
}

// country2 reports whether s has the form of an ISO 3166-1 alpha-2 code.
func country2(s string) bool {
	return len(s) == 2 && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz") == ""
}
