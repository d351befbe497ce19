package packs

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Field is a piece of information that a form, a register or a paper asks for.
type Field struct {
	Row
	Names Names `toml:"names"`
	// Type is "text", "long", "time", "date", "period", "person", "unit",
	// "number", "choice", "yesno", "place" or "signature".
	Type string `toml:"type"`
}

// Block is one part of a template: standing words with {holes}, each
// the code of a Field of the template.
type Block struct {
	ID   string `toml:"id"`
	Text Names  `toml:"text"`
}

// Template is a paper of the procedure. Its Code is its kind ("pv-hearing").
type Template struct {
	Row
	Names Names `toml:"names"`
	// Group is "pv", "receipt", "register", "inventory", "label", "cover",
	// "order", "notice" or "certificate".
	Group string `toml:"group"`
	// Paper is the sheet: "A4", "A5", or "label".
	Paper string `toml:"paper"`
	// Required are the codes of Fields without which the paper is void;
	// Optional those it may also show.
	Required []string `toml:"required"`
	Optional []string `toml:"optional"`
	// Blocks are printed in order.
	Blocks []Block `toml:"blocks"`
	// Copies is how many certified copies go with the original.
	Copies int `toml:"copies"`
}

var hole = regexp.MustCompile(`\{([a-z0-9-]+)\}`)

// Holes lists the field codes that a text uses, each once, in order.
func Holes(text string) []string {
	var out []string
	for _, m := range hole.FindAllStringSubmatch(text, -1) {
		if !slices.Contains(out, m[1]) {
			out = append(out, m[1])
		}
	}
	return out
}

// Missing lists the required fields without a value.
func (t Template) Missing(values map[string]string) []string {
	var out []string
	for _, code := range t.Required {
		if strings.TrimSpace(values[code]) == "" {
			out = append(out, code)
		}
	}
	return out
}

// Fill gives a block's text in a language with its holes replaced.
// A field without a value leaves a dotted line, to be completed by hand.
func (b Block) Fill(lang string, values map[string]string) string {
	return hole.ReplaceAllStringFunc(b.Text.In(lang), func(found string) string {
		if v := strings.TrimSpace(values[found[1:len(found)-1]]); v != "" {
			return v
		}
		return blank
	})
}

const blank = "…………"

// Numbering is the pattern of one kind of record's numbers. The series is
// gapless and restarts with the period named by Restart.
type Numbering struct {
	Row
	// Names says what the series numbers.
	Names Names `toml:"names"`
	// Record is the record kind ("complaint", "case", "pv").
	Record string `toml:"record"`
	// UnitType narrows the pattern to units of a type; "" for all others.
	UnitType string `toml:"unit-type"`
	// Pattern holds {n}, {n:06}, {unit}, {short}, {yyyy}, {yy}, {mm}.
	Pattern string `toml:"pattern"`
	// Restart is "year", "month" or "never".
	Restart string `toml:"restart"`
}

var numberPart = regexp.MustCompile(`\{(n|unit|short|yyyy|yy|mm)(?::0(\d))?\}`)

// Format gives the number n of the series for a unit on a day. Short is the
// unit's abbreviation in the language of the record.
func (n Numbering) Format(serial int, unit, short string, on Date) string {
	return numberPart.ReplaceAllStringFunc(n.Pattern, func(found string) string {
		m := numberPart.FindStringSubmatch(found)
		switch m[1] {
		case "n":
			width, _ := strconv.Atoi(m[2]) // absent means no padding
			return fmt.Sprintf("%0*d", width, serial)
		case "unit":
			return unit
		case "short":
			return short
		case "yyyy":
			return fmt.Sprintf("%04d", on.Year)
		case "yy":
			return fmt.Sprintf("%02d", on.Year%100)
		default:
			return fmt.Sprintf("%02d", on.Month)
		}
	})
}

// Series names the period whose counter a record of the day draws from:
// "2026", "2026-03" or "" for a series that never restarts.
func (n Numbering) Series(on Date) string {
	switch n.Restart {
	case "year":
		return fmt.Sprintf("%04d", on.Year)
	case "month":
		return fmt.Sprintf("%04d-%02d", on.Year, on.Month)
	default:
		return ""
	}
}
