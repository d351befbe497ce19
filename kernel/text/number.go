package text

import (
	"strconv"
	"strings"
)

// Number writes a whole number with the language's thousands mark, always in
// Western digits, which Morocco uses in Arabic too (CLDR ar-MA, fr-MA).
func (w *Words) Number(n int64) string {
	digits := strconv.FormatInt(n, 10)
	sign := ""
	if n < 0 {
		sign, digits = "\u2212", digits[1:]
	}
	if len(digits) <= 4 { // years and small numbers stay whole
		return w.signed(sign, digits)
	}
	var b strings.Builder
	for i, d := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			b.WriteString(w.T("number.group"))
		}
		b.WriteRune(d)
	}
	return w.signed(sign, b.String())
}

// Rounded gives a count of what people did as it may be published: down to a
// multiple of step, and false where it is between zero and step, for nobody may
// tell from a change of it that one person did something.
func Rounded(n, step int64) (shown int64, known bool) {
	if step < 2 || n <= 0 {
		return n, true
	}
	shown = n - n%step
	return shown, shown > 0
}

// Rounded writes a count as it may be published: "fewer than 5", "1,230".
func (w *Words) Rounded(n, step int64) string {
	shown, known := Rounded(n, step)
	if !known {
		return w.T("number.fewer", "n", step)
	}
	return w.Number(shown)
}

// Decimal writes a number with a fixed count of decimals and the language's
// decimal mark. It is for showing measured figures, never for money or law.
func (w *Words) Decimal(x float64, decimals int) string {
	s := strconv.FormatFloat(x, 'f', decimals, 64)
	s, negative := strings.CutPrefix(s, "-")
	whole, fraction, _ := strings.Cut(s, ".")
	n, _ := strconv.ParseInt(whole, 10, 64)
	out := w.Number(n)
	if fraction != "" {
		out += w.T("number.decimal") + fraction
	}
	if negative {
		return w.signed("\u2212", out)
	}
	return out
}

// Percent writes a share between 0 and 1 as a percentage.
func (w *Words) Percent(share float64, decimals int) string {
	return w.T("number.percent", "x", w.Decimal(share*100, decimals))
}

// Bytes writes a size of data with three significant digits at most, in
// decimal units.
func (w *Words) Bytes(n int64) string {
	units := []string{"number.bytes", "number.kilobytes", "number.megabytes", "number.gigabytes", "number.terabytes"}
	x, unit := float64(n), 0
	for x >= 999.5 && unit < len(units)-1 {
		x, unit = x/1000, unit+1
	}
	decimals := 0
	if unit > 0 && x < 9.95 {
		decimals = 1
	}
	return w.T(units[unit], "x", w.Decimal(x, decimals))
}

// signed keeps the sign at the left of the digits in either direction.
func (w *Words) signed(sign, digits string) string {
	if sign == "" {
		return digits
	}
	return w.isolate(sign + digits)
}
