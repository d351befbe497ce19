// Package text holds every word that people see, in Arabic, French and
// English, and says how numbers, dates and names stand in a line of each.
//
// # Catalogues
//
// A module keeps its words in text/ar.toml, text/fr.toml and text/en.toml,
// embedded as an fs.FS, nested or dotted:
//
//	[cases.measure]
//	order = "Order the measure"
//	ordered = "Ordered by {name} on {when}"
//
//	[cases.count]
//	one = "{n} case"
//	other = "{n} cases"
//
// Placeholders are {name}. A table with plural names (zero, one, two, few,
// many, other) is one plural message; Arabic needs all six forms. For that
// reason no key may end in one of these names, nor in description, id, hash.
//
//	catalogue, err := text.Load(zone, units.Texts, cases.Texts)
//	w := catalogue.In(text.AR)
//	w.T("cases.measure.ordered", "name", officer, "when", t)
//	w.N("cases.count", 3)
//	w.Fault(err)
//
// # Values in a line
//
// T, N and Fault take Go values: int, int64, time.Time, time.Duration,
// text.Key (translated in its turn), error, fmt.Stringer and string. A value
// that could reorder the words around it (a plate, a Latin name in an Arabic
// line) is wrapped in U+2068 … U+2069; see Isolate.
//
// # Times
//
// Everything is stored in UTC; a Catalogue is given the function that brings
// a time to the wall clock of the country (Morocco: UTC+1, UTC+0 in Ramadan;
// the pack knows). Date, Time and DateTime show that wall clock; ReadTime and
// ReadDate read what people type into fields, "T" and "-15" included.
//
// # Text that comes in
//
// Clean and Line stand at the door: invalid UTF-8, NUL and control characters
// are refused, the rest is brought to NFC, and direction overrides are taken
// out.
//
// # Completeness
//
// Check finds keys missing in a language, holes that differ and absent
// plural forms; package texttest compares catalogues with the sources.
package text
