package plate

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// pattern is a form of plates: what is written, from left to right and from
// top to bottom, as runs of classes. weight is how much likelier a plate of
// this form is than one of an arbitrary row of signs that the network finds
// as likely; set by trial on the tuning pictures.
type pattern struct {
	kind    Kind
	country string
	rows    int
	parts   []part
	weight  float64
}

// part is a run of signs of a class. field says where it goes: serial, letter,
// code, or nowhere; a part with class '/' is the end of the upper row.
type part struct {
	class    byte
	min, max int
	field    byte
}

// Classes of signs: n 1-9, d digits, p 1-8, s series letters in Arabic, l in Latin,
// w W, o letters and words of official plates, m M or J, j what they are in Arabic,
// t the word of Tunisia,
// a Latin letters, x Latin letters and digits, - the dash, * all.
func (s sign) in(class byte) bool {
	switch class {
	case 'd':
		return s.isDigit()
	case 'n':
		return s.isDigit() && s != digit0
	case 'p':
		return s.isDigit() && s != digit0 && s != digit0+9
	case 's':
		return s.isArabic() && seriesLetter(s.String()) != ""
	case 'l':
		return s.isLatin() && toArabic(s.String()) != ""
	case 'w':
		return s.String() == "W"
	case 'o':
		return s.isArabic() && seriesLetter(s.String()) == "" || s == word1+1
	case 'm':
		return s.String() == "M" || s.String() == "J"
	case 'j':
		return s.String() == "ج" || s == word1+1
	case 't':
		return s == word1
	case 'a':
		return s.isLatin()
	case 'x':
		return s.isLatin() || s.isDigit()
	case '-':
		return s == dash
	}
	return class == '*' && s != blank
}

// one, some and opt shorten the table below.
func one(class, field byte) part                { return part{class, 1, 1, field} }
func some(class, field byte, min, max int) part { return part{class, min, max, field} }

var (
	serial  = []part{one('n', 's'), some('d', 's', 0, 4)}
	code1   = []part{one('n', 'c')}
	code2   = []part{one('p', 'c'), one('d', 'c')}
	rowEnds = []part{{class: '/'}}
)

func row(runs ...[]part) []part {
	var all []part
	for _, r := range runs {
		all = append(all, r...)
	}
	return all
}

// patterns are the forms of plates.
var patterns = sync.OnceValue(func() []pattern {
	var all []pattern
	add := func(kind Kind, country string, rows int, weight float64, parts ...[]part) {
		all = append(all, pattern{kind, country, rows, row(parts...), weight})
	}
	for _, code := range [][]part{code1, code2} {
		for i, weight := range []float64{1, 0.6} {
			letter := []part{one("sl"[i], 'l')}
			add(Standard, "MA", 1, weight, serial, letter, code)
			add(Standard, "MA", 2, weight, letter, code, rowEnds, serial)
			add(Standard, "MA", 2, weight/2, code, letter, rowEnds, serial)
			add(Standard, "MA", 2, weight/2, serial, rowEnds, letter, code)
			add(Standard, "MA", 2, weight/4, serial, letter, rowEnds, code)
		}
		add(Trailer, "MA", 1, 0.1, []part{some('d', 's', 1, 6), one('-', 0)}, code)
		add(Trailer, "MA", 2, 0.05, []part{some('d', 's', 1, 6)}, rowEnds, code)
		add(Moped, "MA", 2, 0.3, code, rowEnds, []part{some('d', 's', 3, 6)})
		add(Official, "MA", 1, 0.1, []part{some('d', 's', 1, 6), one('o', 'l')}, code)
	}
	ww := []part{some('w', 'l', 2, 2)}
	add(WW, "MA", 1, 0.5, []part{some('d', 's', 1, 6)}, ww)
	add(WW, "MA", 1, 0.5, ww, []part{some('d', 'c', 1, 6)})
	add(WW, "MA", 2, 0.5, ww, rowEnds, []part{some('d', 'c', 1, 6)})
	add(WW, "MA", 2, 0.5, []part{some('d', 's', 1, 6)}, rowEnds, ww)
	oldCode := []part{some('d', 'c', 1, 2), one('-', 'c'), one('n', 'c')}
	add(Old, "MA", 1, 0.3, []part{some('d', 's', 1, 4), one('-', 0)}, oldCode)
	add(Old, "MA", 2, 0.3, []part{some('d', 's', 1, 4)}, rowEnds, oldCode)
	add(Official, "MA", 1, 0.1, []part{some('d', 's', 1, 6), some('o', 'l', 1, 2)})
	add(Official, "MA", 1, 0.1, []part{some('d', 's', 1, 6), one('s', 'l'), one('o', 'l')})
	add(Official, "MA", 1, 0.1, []part{some('d', 's', 1, 6), one('o', 'l'), one('s', 'l')})
	add(Official, "MA", 1, 0.6, []part{some('d', 's', 3, 6), one('m', 'l')})
	add(Official, "MA", 1, 0.6, []part{some('d', 's', 3, 6), one('j', 'l')})
	add(Official, "MA", 1, 0.05, []part{one('o', 'l'), some('d', 's', 1, 6)})
	add(Tunisian, "TN", 1, 0.3, []part{some('d', 's', 1, 3), one('t', 'l'), some('d', 'c', 1, 4)})
	for rows := 1; rows <= 2; rows++ {
		add(Latin, "", rows, 0.5, []part{some('x', 's', 4, 9)})
		dashed := []part{some('x', 's', 1, 6), one('-', 0), some('x', 's', 1, 6)}
		add(Latin, "", rows, 0.3, dashed)
		add(Latin, "", rows, 0.3, dashed, []part{one('-', 0), some('x', 's', 1, 6)})
		add(Other, "", rows, 0.01, []part{some('*', 's', 1, maxSigns)})
	}
	slices.SortStableFunc(all, func(a, b pattern) int { return cmp.Compare(b.weight, a.weight) })
	return all
})

// latinForms are the forms of plates of Europe and the neighbours, a for a letter
// and d for a digit: letters and digits alternate seldom, and in some ways only.
// So a plate tells O from 0 and S from 5 where the picture does not. Sources:
// the articles on vehicle registration plates of each country in Wikipedia.
var latinForms = regexp.MustCompile(`^(a{1,5}d{1,6}|d{1,4}a{1,3}|aadddaa|aaddaaa|aaddaa|ddaadd|ddaaad|daaadd|adddaa|aaddda|daaaddd|addddaa|aaddddaa|dddad{1,6}|da[ad]d{4}d?|aaaddaa|ddaaadd{1,3})$`)

// otherForm is the weight of a Latin text that has no such form.
const otherForm = 0.35

// latinForm is the form of a Latin text, its dashes left out.
func latinForm(all []sign) string {
	var b strings.Builder
	for _, s := range all {
		switch {
		case s.isDigit():
			b.WriteByte('d')
		case s.isLatin():
			b.WriteByte('a')
		}
	}
	return b.String()
}

// digitsOnly is the weight of a free text without a letter, lettersOnly of one
// without a digit: plates have both as a rule.
const (
	digitsOnly  = 0.2
	lettersOnly = 0.02
)

// parse finds the likeliest form of a row of signs, and its weight. upper is
// the number of signs in the upper row, which the lattice knows to about one
// sign; it is not looked at for one row.
func parse(all []sign, rows, upper int) (Plate, float64) {
	var best Plate
	top := 0.0
	for _, p := range patterns() {
		if p.rows != rows || p.weight <= top {
			continue
		}
		var fields [maxSigns]byte
		if len(all) > len(fields) || !match(p.parts, all, upper, fields[:0]) {
			continue
		}
		plate, weight := p.build(all, fields[:len(all)])
		if weight > top {
			best, top = plate, weight
		}
	}
	return best, top
}

// match says whether the signs follow the parts, and appends the field of each
// to fields.
func match(parts []part, rest []sign, upper int, fields []byte) bool {
	if len(parts) == 0 {
		return len(rest) == 0
	}
	p := parts[0]
	if p.class == '/' {
		return len(fields) == upper && match(parts[1:], rest, upper, fields)
	}
	n := 0
	for n < p.max && n < len(rest) && rest[n].in(p.class) {
		n++
	}
	for ; n >= p.min; n-- {
		with := fields
		for range n {
			with = append(with, p.field)
		}
		if match(parts[1:], rest[n:], upper, with) {
			return true
		}
	}
	return false
}

// build puts signs into their fields.
func (p pattern) build(all []sign, fields []byte) (Plate, float64) {
	plate, weight := Plate{Kind: p.kind, Country: p.country}, p.weight
	var serial, letter, code []sign
	letters, numbers := 0, 0
	for i, s := range all {
		if s.isDigit() {
			numbers++
		} else if s != dash {
			letters++
		}
		switch fields[i] {
		case 's':
			serial = append(serial, s)
		case 'l':
			letter = append(letter, s)
		case 'c':
			code = append(code, s)
		}
	}
	plate.Serial, plate.Letter, plate.Code = spell(serial), spell(letter), spell(code)
	switch p.kind {
	case Standard:
		plate.Letter = seriesLetter(plate.Letter)
	case Latin:
		if letters == 0 {
			plate.Kind, weight = Digits, weight*digitsOnly
		} else if numbers == 0 {
			weight *= lettersOnly
		} else if !latinForms.MatchString(latinForm(all)) {
			weight *= otherForm
		}
	case Other:
		weight /= float64(max(1, 4-len(all)))
	}
	return plate, weight
}
