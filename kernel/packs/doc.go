// Package packs makes law data: a pack holds the territory, the procedure,
// the offences, the papers and the calendar of one country as dated rows of
// TOML files, each with the articles it rests on and a mark that says whether
// a jurist has checked it.
//
//	pack, err := packs.Load(fsys)                     // every *.toml of the tree; refuses a faulty pack
//	offence, err := pack.Offence("theft-simple", at)  // as the law stood at the instant
//	elements, err := pack.Elements("theft-simple", at) // what the hand-off gate looks for
//	regime, err := pack.Custody(offence.Custody, at)  // 48 h + 24 h, alarms, grounds, events, register
//	deadline := regime.Deadline(arrest, extensions)   // elapsed hours from the effective arrest
//	office, err := pack.Prosecutor(unit, offence.Class, at)
//	ok, err := pack.WithinHours("search-hours", at)
//	number, err := pack.Numbering("complaint", unitType, at)
//	local := pack.Local(at)                           // display only; everything stored is UTC
//
// Each kind of row has a lookup by code and a list, both "as of" an instant:
//
//	Offence Offences Elements      Class Classes Gravest Lapses
//	Unit Units Children Ancestors  UnitType UnitTypes  Area Areas  Offices Prosecutor Court
//	Grade Grades                   Capacity Capacities
//	Custody Custodies              Ground Grounds      Event Events
//	Rule Rules WithinHours         Regime Regimes      Measure Measures  Decision Decisions
//	Template Templates Field       Numbering           Retention Retentions
//	Offset Offsets Local Day Instant                   MonthName          Holidays
//	Article Basis Articles Texts   Citations
//
// A lookup that finds no row gives a fault.NotFound with the key
// "packs.absent" and the arguments kind, code and day. Every name is a Names
// with In(lang). A row is in force from its From day, inclusive, to its To
// day, exclusive, both in the country's own time.
//
// Codes are stable: records store them, with the instant whose law they mean.
// Nothing in this package knows a country; the reference pack is packs/ma.
package packs
