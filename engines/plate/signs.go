package plate

import (
	"fmt"
	"strings"
)

// sign is one of the marks that the reader tells apart: a digit, a letter, a
// dash, a word that is read as one. Zero is the blank between two marks.
type sign uint8

// The signs in their order. The network's own order is in its weights file and
// is mapped to this one when it is loaded.
const (
	blank   sign = 0
	digit0  sign = 1
	latinA  sign = 11
	dash    sign = 37
	arabic1 sign = 38 // the first Arabic letter
	word1   sign = 49 // the first word
	signs        = 51
)

// seriesLetters are the letters of Moroccan series, in the order in which they
// are used up; latinSeries are their equals on plates for travel abroad.
const (
	seriesLetters = "أبدهوطي"
	latinSeries   = "ABDHETY"
)

// signTexts has the text of each sign.
var signTexts = func() [signs]string {
	var t [signs]string
	for i := range 10 {
		t[int(digit0)+i] = string(rune('0' + i))
	}
	for i := range 26 {
		t[int(latinA)+i] = string(rune('A' + i))
	}
	t[dash] = "-"
	for i, r := range []rune("أبجدهوطيشمق") {
		t[int(arabic1)+i] = string(r)
	}
	t[word1], t[word1+1] = "تونس", "المغرب"
	return t
}()

var signOf = func() map[string]sign {
	m := map[string]sign{}
	for i, t := range signTexts {
		m[t] = sign(i)
	}
	return m
}()

func (s sign) String() string {
	if int(s) < len(signTexts) {
		return signTexts[s]
	}
	return fmt.Sprintf("sign(%d)", uint8(s))
}

func (s sign) isDigit() bool  { return s >= digit0 && s < latinA }
func (s sign) isLatin() bool  { return s >= latinA && s < dash }
func (s sign) isArabic() bool { return s >= arabic1 && s < word1 }

// spell joins the texts of signs.
func spell(all []sign) string {
	var b strings.Builder
	for _, s := range all {
		b.WriteString(s.String())
	}
	return b.String()
}

// signsOf cuts a text into signs; words are taken whole. Unknown letters are
// left out.
func signsOf(text string) []sign {
	var out []sign
	for text != "" {
		n := 0
		for s := len(signTexts) - 1; s > 0; s-- {
			if t := signTexts[s]; strings.HasPrefix(text, t) {
				out, n = append(out, sign(s)), len(t)
				break
			}
		}
		if n == 0 {
			n = len(string([]rune(text)[:1]))
		}
		text = text[n:]
	}
	return out
}

// toArabic gives the Arabic letter of a Latin one that stands for a Moroccan
// series, "" if it stands for none.
func toArabic(latin string) string {
	if i := strings.Index(latinSeries, latin); i >= 0 && len(latin) == 1 {
		return string([]rune(seriesLetters)[i])
	}
	return ""
}

// ToLatin gives the Latin letter that stands for a Moroccan series letter on
// plates for travel abroad (A B D H E T Y), "" if there is none.
func ToLatin(letter string) string {
	for i, r := range []rune(seriesLetters) {
		if string(r) == letter {
			return latinSeries[i : i+1]
		}
	}
	return ""
}
