package plate

import "strings"

// Kind is the form of a plate.
type Kind string

// The kinds of plates. All but Latin, Digits and Tunisian are Moroccan.
const (
	Standard Kind = "standard" // serial, series letter, code of the prefecture; since 2000
	WW       Kind = "ww"       // not yet registered, or a dealer's
	Old      Kind = "old"      // digits only, 1983 to 2000
	Trailer  Kind = "trailer"  // serial and code, no letter
	Moped    Kind = "moped"    // code above, serial below
	Official Kind = "official" // state, police and others: digits and a letter or a word
	Tunisian Kind = "tunisian"
	Latin    Kind = "latin"  // letters and digits, of no country that the plate itself tells
	Digits   Kind = "digits" // digits only
	Other    Kind = "other"  // fits no form
)

// Plate is what is written on a plate, in three fields. The order of letters
// on a plate is that of its fields from left to right, whatever the direction
// of their script; a text in which they are joined has to be isolated where it
// is shown (Unicode FSI and PDI).
type Plate struct {
	Kind    Kind
	Country string // ISO 3166-1 alpha-2; "" where the plate does not tell
	Serial  string // all of a plate that has one field only
	Letter  string // the series letter in Arabic, "WW", or the letter or word of an official plate
	Code    string // prefecture, 1 to 89; of old plates also the region after a dash: 12-6
}

// Text is serial-letter-code for Moroccan plates of a series, with the Arabic
// letter, and the like for old ones and trailers (1234-12-6, 1234-40). All
// others are letters and digits without separators, in the order in which they
// are written.
func (p Plate) Text() string {
	switch p.Kind {
	case Standard:
		return p.Serial + "-" + p.Letter + "-" + p.Code
	case Old, Trailer:
		return p.Serial + "-" + p.Code
	case Moped:
		return p.Code + p.Serial
	}
	return p.Serial + p.Letter + p.Code
}

// key is the plate without separators, in the order of its fields: two plates
// that a reader cannot tell apart have one key.
func (p Plate) key() string {
	if p.Kind == WW {
		return p.Serial + p.Code + p.Letter
	}
	return strings.ReplaceAll(p.Text(), "-", "")
}

// Moroccan says whether the plate is of a Moroccan form.
func (p Plate) Moroccan() bool { return p.Country == "MA" }

// Codes of prefectures go from 1 to 89; which is whose is data of the country's
// pack, not of this engine.
func validCode(s string) bool {
	switch len(s) {
	case 1:
		return s >= "1" && s <= "9"
	case 2:
		return s >= "10" && s <= "89"
	}
	return false
}
