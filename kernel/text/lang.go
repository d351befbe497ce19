package text

import "strings"

// Lang is a BCP 47 language of the pages: two or three lower-case letters.
type Lang string

// The languages every catalogue is complete in.
const (
	AR Lang = "ar"
	FR Lang = "fr"
	EN Lang = "en"
)

// Langs gives the languages a page may be asked for, in the order in which
// they are offered. A fourth (zgh, official since article 5 of the
// Constitution) is added here and as a file in every module.
func Langs() []Lang { return []Lang{AR, FR, EN} }

// Dir gives the direction of writing, "rtl" or "ltr". Amazigh in Tifinagh
// runs left to right.
func (l Lang) Dir() string {
	if l == AR {
		return "rtl"
	}
	return "ltr"
}

// ParseLang accepts the code of a language that pages exist in.
func ParseLang(s string) (Lang, bool) {
	for _, l := range Langs() {
		if string(l) == s {
			return l, true
		}
	}
	return "", false
}

// Match picks the language for an Accept-Language header: the first that
// pages exist in, in the order the browser wrote them, else fallback.
// Quality values are not weighed: browsers write them in falling order.
func Match(acceptLanguage string, fallback Lang) Lang {
	for part := range strings.SplitSeq(acceptLanguage, ",") {
		code, _, _ := strings.Cut(strings.TrimSpace(part), ";")
		primary, _, _ := strings.Cut(strings.ToLower(code), "-")
		if l, ok := ParseLang(primary); ok {
			return l
		}
	}
	return fallback
}
