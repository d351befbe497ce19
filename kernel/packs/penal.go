package packs

import "slices"

// Class is a class of offences: it decides the court, the prosecutor and the
// limitation of the action.
type Class struct {
	Row
	Names Names `toml:"names"`
	// Rank orders classes, 1 the gravest.
	Rank int `toml:"rank"`
	// Limitation is the time after the facts when the action lapses.
	Limitation Period `toml:"limitation"`
	// Prosecutor and Court are unit types: which office receives the file,
	// which court tries it.
	Prosecutor string `toml:"prosecutor"`
	Court      string `toml:"court"`
	// Retention is the class under which files are kept whose gravest offence
	// is of this class.
	Retention string `toml:"retention"`
	// Custody says whether the class allows police custody at all.
	Custody bool `toml:"custody"`
	// Over and UpTo bound the longest prison term of offences of the class:
	// more than Over, not more than UpTo. Zero means no bound.
	Over Period `toml:"over"`
	UpTo Period `toml:"up-to"`
}

// Prison is a range of imprisonment.
type Prison struct {
	Min Period `toml:"min"`
	Max Period `toml:"max"`
}

// Fine is a range of fines in whole units of the pack's currency.
type Fine struct {
	Min int `toml:"min"`
	Max int `toml:"max"`
}

// Penalty is what the law threatens for an offence before aggravation and
// mitigation.
type Penalty struct {
	Death bool `toml:"death"`
	Life  bool `toml:"life"`
	// Prison is zero where the law has no term of years.
	Prison Prison `toml:"prison"`
	Fine   Fine   `toml:"fine"`
	// Either means that the judge may pronounce the fine or the prison alone.
	Either bool `toml:"either"`
}

// Imprisonable reports whether the offence may cost liberty.
func (p Penalty) Imprisonable() bool { return p.Death || p.Life || !p.Prison.Max.IsZero() }

// Evidence is a kind of piece that may show an element of an offence.
type Evidence string

// The kinds of evidence a file is made of.
const (
	Hearing  Evidence = "hearing"  // a statement in a PV
	Seizure  Evidence = "seizure"  // a seizure PV
	Finding  Evidence = "finding"  // what an officer saw and wrote down
	Exhibit  Evidence = "exhibit"  // a sealed object
	Medical  Evidence = "medical"  // a certificate or a post-mortem report
	Expert   Evidence = "expert"   // a report of the laboratory or an expert
	Photo    Evidence = "photo"    // a photograph or a recording
	Document Evidence = "document" // any other paper or file
)

// EvidenceKinds lists every kind of evidence.
func EvidenceKinds() []Evidence {
	return []Evidence{Hearing, Seizure, Finding, Exhibit, Medical, Expert, Photo, Document}
}

// Element is something that must be shown for an offence to stand. Any one
// linked piece of a kind in Evidence is enough to fill it.
type Element struct {
	Row
	Names    Names      `toml:"names"`
	Evidence []Evidence `toml:"evidence"`
}

// ShownBy reports whether a piece of the kind can show the element.
func (e Element) ShownBy(kind Evidence) bool { return slices.Contains(e.Evidence, kind) }

// Offence is one qualification: its class, penalty and elements. Where
// aggravation changes the class there is another offence.
type Offence struct {
	Row
	Names Names `toml:"names"`
	// Class is the code of a Class.
	Class   string  `toml:"class"`
	Penalty Penalty `toml:"penalty"`
	// ICCS is the code of the International Classification of Crime for
	// Statistical Purposes (UNODC 2015): 2, 4, 5 or 6 digits, as text.
	ICCS string `toml:"iccs"`
	// Elements are codes of Element rows; Pack.Elements resolves them.
	Elements []string `toml:"elements"`
	// Custody is the code of a custody regime, or "" where custody is barred.
	Custody string `toml:"custody"`
	// Attempt says whether an attempt is punished.
	Attempt bool `toml:"attempt"`
	// Referral means that an enquiry needs a referral by a listed body.
	Referral bool `toml:"referral"`
	// Tags group offences for desks and figures ("minor", "cyber", "vehicle").
	Tags []string `toml:"tags"`
}

// Tagged reports whether the offence carries the tag.
func (o Offence) Tagged(tag string) bool { return slices.Contains(o.Tags, tag) }
