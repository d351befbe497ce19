package plates

import (
	"strings"
	"unicode/utf8"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/web/ui"
	"github.com/amana-platform/amana/modules/index"
)

// longestPlate bounds a plate as text, in bytes.
const longestPlate = 40

// textOf is a plate as one line, as the reader of pictures writes it: the
// parts that are there with hyphens between them, serial first. It is a key,
// never shown to people, who see three cells.
func textOf(p index.Plate) string {
	if p.Country != "" {
		return p.Serial
	}
	parts := []string{p.Serial}
	for _, x := range []string{p.Letter, p.Code} {
		if x != "" {
			parts = append(parts, x)
		}
	}
	return strings.Join(parts, "-")
}

// parsePlate reads a plate as people and cameras write it, with Arabic or
// Latin letters; country is ISO 3166-1 alpha-2 in lower case, "" or "ma" for
// Morocco. Fault: Invalid plates.fault.plate.
func parsePlate(country, s string) (index.Plate, error) {
	var p index.Plate
	err := error(index.ErrNumber)
	if len(s) <= longestPlate {
		if country == "" || country == "ma" {
			p, err = index.ParsePlate(s)
		} else {
			p, err = index.ParseForeignPlate(country, s)
		}
	}
	if err != nil {
		return p, fault.Wrap(err, fault.Invalid, "plates.fault.plate")
	}
	return p, nil
}

// plateOf gives the plate of a stored line.
func plateOf(country, line string) index.Plate {
	if country != "" {
		return index.Plate{Country: country, Serial: line}
	}
	p, err := index.ParsePlate(line)
	if err != nil { // read freely: no known form
		return index.Plate{Serial: line}
	}
	return p
}

// cells gives a plate as pages show it.
func cells(p index.Plate) ui.PlateNumber {
	return ui.PlateNumber{Serial: p.Serial, Letter: p.Letter, Code: p.Code}
}

// letterOf gives the letter of a stored line, "" where it has none.
func letterOf(country, line string) string { return plateOf(country, line).Letter }

// freeText reads what a camera says of a plate whose form nobody knows: up to
// twelve letters and digits and the hyphens between them.
func freeText(s string) (string, bool) {
	s = strings.ToUpper(strings.TrimSpace(s))
	n := 0
	for _, r := range s {
		switch {
		case r == '-' || r == ' ' || r == '|':
		case r >= '0' && r <= '9', r >= 'A' && r <= 'Z', r >= 0x0621 && r <= 0x064a:
			n++
		default:
			return "", false
		}
	}
	if n < 2 || n > 12 || !utf8.ValidString(s) {
		return "", false
	}
	return strings.Join(strings.FieldsFunc(s, func(r rune) bool { return r == ' ' || r == '|' || r == '-' }), "-"), true
}

// readable gives the line of a plate as a camera wrote it: in a known form, or
// freely.
func readable(country, s string) (line string, ok bool) {
	if len(s) > longestPlate {
		return "", false
	}
	if p, err := parsePlate(country, s); err == nil {
		return textOf(p), true
	}
	return freeText(s)
}
