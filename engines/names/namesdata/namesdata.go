// Package namesdata holds common Moroccan given and family names in Arabic
// with the Latin spellings met beside them, by the rules of French-based
// romanisation. They are names, not people: the raw material of synthetic
// persons for demonstrations and tests.
//
// The lists are tab-separated files, one name a line, Arabic first, then its
// Latin spellings with commas between, the usual one first.
package namesdata

import (
	_ "embed"
	"strings"
)

//go:embed given_male.tsv
var givenMale string

//go:embed given_female.tsv
var givenFemale string

//go:embed family.tsv
var family string

// Name is a name in Arabic and its 1 to 5 Latin spellings, usual one first.
type Name struct {
	Arabic string
	Latin  []string
}

// GivenMale gives the men's names, at least 120. Each call reads the list
// anew, in the order of the file: keep the result.
func GivenMale() []Name { return read(givenMale) }

// GivenFemale gives the women's names, at least 120, as GivenMale does.
func GivenFemale() []Name { return read(givenFemale) }

// Family gives the family names, at least 250, as GivenMale does.
func Family() []Name { return read(family) }

// read takes a list apart; its form is checked by this package's test.
func read(list string) []Name {
	out := make([]Name, 0, strings.Count(list, "\n"))
	for line := range strings.Lines(list) {
		arabic, latin, _ := strings.Cut(strings.TrimSpace(line), "\t")
		out = append(out, Name{Arabic: arabic, Latin: strings.Split(latin, ",")})
	}
	return out
}
