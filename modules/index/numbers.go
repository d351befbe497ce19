package index

import (
	"errors"
	"regexp"
	"strings"
)

// Numbers by which documents, lines and devices are known. Each has one
// normal form for storing and one key for finding.

// ErrNumber is returned for a text that is no number of the asked kind.
var ErrNumber = errors.New("index: not a number of this kind")

var (
	cnieForm     = regexp.MustCompile(`^[A-Z]{1,2}[0-9]{1,7}$`)
	passportForm = regexp.MustCompile(`^[A-Z0-9]{4,20}$`)
	vinForm      = regexp.MustCompile(`^[A-Z0-9]{4,17}$`)
	imeiForm     = regexp.MustCompile(`^[0-9]{14,16}$`)
	localPhone   = regexp.MustCompile(`^(?:212|0)([5-8][0-9]{8})$`)
	anyPhone     = regexp.MustCompile(`^[1-9][0-9]{6,14}$`)
)

// Longest input that the parsers look at, in bytes.
const longestNumber = 64

// squeeze brings a number to capital letters and Western digits and takes out
// what people put between them: spaces, points, hyphens, slashes, brackets and
// marks of direction.
func squeeze(s string) string {
	if len(s) > longestNumber {
		return ""
	}
	return strings.Map(func(r rune) rune {
		switch {
		case r >= '\u0660' && r <= '\u0669':
			return '0' + r - '\u0660'
		case r >= '\u06f0' && r <= '\u06f9':
			return '0' + r - '\u06f0'
		case r >= 'a' && r <= 'z':
			return r - 'a' + 'A'
		case strings.ContainsRune(" .-/()_\t\u00a0\u202f\u200e\u200f\u2066\u2067\u2068\u2069", r):
			return -1
		}
		return r
	}, s)
}

// ParseCNIE brings the number of a national identity card to its normal form:
// one or two letters and up to seven digits, as printed. There is no check
// digit, and the letters (the office of first issue) say nothing else.
// Law: L09-08 3
func ParseCNIE(s string) (string, error) { return match(cnieForm, squeeze(s)) }

// keyCNIE is the form in which two CNIE numbers are compared: without leading
// zeros, which some documents print and others do not.
func keyCNIE(normal string) string {
	letters := strings.TrimRight(normal, "0123456789")
	digits := strings.TrimLeft(normal[len(letters):], "0")
	if digits == "" {
		digits = "0"
	}
	return letters + digits
}

// misreadCNIE gives the keys a written number may also stand for: the letters
// O and I are read for the digits 0 and 1.
func misreadCNIE(s string) []string {
	s = squeeze(s)
	var out []string
	for letters := 1; letters <= 2 && letters < len(s); letters++ {
		head, tail := s[:letters], strings.NewReplacer("O", "0", "I", "1").Replace(s[letters:])
		if n, err := match(cnieForm, strings.NewReplacer("0", "O", "1", "I").Replace(head)+tail); err == nil {
			out = append(out, keyCNIE(n))
		}
	}
	return out
}

// ParsePassport brings a passport number of any country to its normal form.
func ParsePassport(s string) (string, error) {
	n, err := match(passportForm, squeeze(s))
	if err == nil && !strings.ContainsAny(n, "0123456789") {
		return "", ErrNumber
	}
	return n, err
}

// ParsePhone brings a telephone number to E.164: "+" and up to 15 digits. A
// number without country is Moroccan: 05 fixed, 06 and 07 mobile, 08 special.
func ParsePhone(s string) (string, error) {
	n := squeeze(s)
	abroad := strings.HasPrefix(n, "+") || strings.HasPrefix(n, "00")
	n = strings.TrimPrefix(strings.TrimPrefix(n, "+"), "00")
	if m := localPhone.FindStringSubmatch(n); m != nil {
		return "+212" + m[1], nil
	}
	if !abroad || strings.HasPrefix(n, "212") && !localPhone.MatchString(strings.Replace(n, "2120", "212", 1)) {
		return "", ErrNumber
	}
	if m := localPhone.FindStringSubmatch(strings.Replace(n, "2120", "212", 1)); m != nil {
		return "+212" + m[1], nil // "+212 (0)6…"
	}
	n, err := match(anyPhone, n)
	return prefixed("+", n), err
}

// ParseVIN brings a chassis number to its normal form. Its ninth sign is no
// check digit on the European market, and older numbers are shorter: a number
// is never refused for either.
func ParseVIN(s string) (string, error) { return match(vinForm, squeeze(s)) }

// ParseIMEI brings the number of a mobile device to its normal form: 14 to 16
// digits. See [LuhnHolds].
func ParseIMEI(s string) (string, error) { return match(imeiForm, squeeze(s)) }

// LuhnHolds reports whether the last digit of a 15-digit IMEI checks the
// others; other lengths have no check digit and hold. A failure is a doubt to
// be shown, not a ground to refuse what somebody reports.
func LuhnHolds(imei string) bool {
	if len(imei) != 15 {
		return true
	}
	sum := 0
	for i, c := range imei {
		d := int(c - '0')
		if i%2 == 1 {
			d *= 2
		}
		sum += d/10 + d%10
	}
	return sum%10 == 0
}

func match(form *regexp.Regexp, s string) (string, error) {
	if !form.MatchString(s) {
		return "", ErrNumber
	}
	return s, nil
}

func prefixed(prefix, s string) string {
	if s == "" {
		return ""
	}
	return prefix + s
}
