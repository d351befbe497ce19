package enquiry

import (
	"slices"
	"strings"
	"time"

	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/packs"
)

// PVState says whether a report may still change.
type PVState string

// The states of a report.
const (
	Draft   PVState = "draft"
	Signed  PVState = "signed"
	Dropped PVState = "dropped"
)

// PV is a report (محضر). What it says is in Values, by the codes of the pack's
// fields; a signed one never changes, a correction is another report.
type PV struct {
	ID       ident.ID
	Case     ident.ID
	Unit     ident.ID
	Form     string // code of a packs.Template of the group "pv"
	State    PVState
	Author   ident.ID
	Capacity string
	Person   ident.ID
	Second   ident.ID
	Measure  ident.ID
	Corrects ident.ID
	Number   string // "" until it is signed
	Act      time.Time
	Made     time.Time
	Signed   time.Time
	Version  int64
	Values   map[string]string
}

// Evidence gives the kind of evidence that a report is.
func (p PV) Evidence() packs.Evidence { return evidenceOf(p.Form) }

func evidenceOf(form string) packs.Evidence {
	switch form {
	case "pv-hearing", "pv-confrontation":
		return packs.Hearing
	case "pv-seizure":
		return packs.Seizure
	case "pv-finding", "pv-search":
		return packs.Finding
	}
	return packs.Document
}

// How the values of a report come about. The author writes the rest.
var (
	// FromRecord are known to the program: who writes, for whom, when.
	FromRecord = []string{"unit", "number", "author", "capacity", "act-time", "written-time", "regime", "author-signature"}
	// fromPerson are the identity of the person the report is about, as it
	// stood when the report was signed.
	fromPerson = []string{"person", "birth", "filiation", "identity-card", "occupation", "address", "quality"}
)

// Typed lists the fields of a form that its author fills in, required first.
func Typed(t packs.Template) []string {
	var out []string
	for _, code := range append(slices.Clone(t.Required), t.Optional...) {
		if !slices.Contains(FromRecord, code) && !slices.Contains(fromPerson, code) && !slices.Contains(Named(t), code) {
			out = append(out, code)
		}
	}
	return out
}

// Named lists the fields of a form that name a person of the case.
func Named(t packs.Template) []string {
	var out []string
	for _, code := range []string{"person", "second-person", "holder", "occupant", "recipient"} {
		if slices.Contains(t.Required, code) {
			out = append(out, code)
		}
	}
	return out
}

// Ways to sign, for fields of the type "signature". Law: CPP 24
const (
	SignedByHand = "signed"
	Thumbprint   = "thumbprint"
	RefusedSign  = "refused"
)

// Lacking lists the required fields without a value, and the reason for a
// refused signature. Law: CPP 24; CPP 289
func Lacking(t packs.Template, values map[string]string) []string {
	out := t.Missing(values)
	if values["person-signature"] == RefusedSign && strings.TrimSpace(values["refusal"]) == "" && slices.Contains(t.Optional, "refusal") {
		out = append(out, "refusal")
	}
	return out
}

// Items splits the things that a seizure lists, one to a line.
func Items(objects string) []string {
	var out []string
	for line := range strings.Lines(objects) {
		if line = strings.TrimSpace(strings.TrimLeft(strings.TrimSpace(line), "-•*")); line != "" {
			out = append(out, line)
		}
	}
	return out
}

// Clash is a field that two people changed: what one wants to write, and what
// the other has written meanwhile.
type Clash struct{ Field, Mine, Theirs string }

// Merge brings together what two people made of one text: a field that only
// one of them changed takes that change; of one that both changed differently,
// both values are kept and reported.
func Merge(base, mine, theirs map[string]string) (map[string]string, []Clash) {
	out := map[string]string{}
	for field, v := range theirs {
		out[field] = v
	}
	var clashes []Clash
	for field, v := range mine {
		switch {
		case v == base[field] || v == theirs[field]:
		case theirs[field] == base[field]:
			out[field] = v
		default:
			clashes = append(clashes, Clash{field, v, theirs[field]})
		}
	}
	slices.SortFunc(clashes, func(a, b Clash) int { return strings.Compare(a.Field, b.Field) })
	return out, clashes
}
