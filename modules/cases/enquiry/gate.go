package enquiry

import (
	"slices"
	"strings"
	"time"

	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/packs"
)

// GateLine is one thing that a file must have before it is handed over, and
// whether it has it. The lines travel with the file.
type GateLine struct {
	Check   string   // "element", or a check of procedure: see the Check constants
	Offence ident.ID // the qualification, for an element
	Code    string   // of the element, field, report or measure
	Met     bool
	Pieces  []ident.Ref // what shows an element
}

// The checks of procedure.
const (
	CheckElement    = "element"    // each element of each offence is shown. Law: CPP 286
	CheckQualified  = "qualified"  // at least one offence is qualified
	CheckFrame      = "frame"      // the fields of the legal frame. Law: CPP 24
	CheckSuspect    = "suspect"    // each suspect is charged, or none is known
	CheckIdentified = "identified" // who is a party has a name
	CheckHearing    = "hearing"    // each suspect was heard
	CheckCustody    = "custody"    // each custody has its report. Law: CPP 67
	CheckOverrun    = "overrun"    // nobody is held beyond the time; one that ended late is said in the file. Law: CPP 66
	CheckExhibits   = "exhibits"   // each seized thing is sealed. Law: CPP 59
	CheckMeasures   = "measures"   // each measure has its result
	CheckRecipient  = "recipient"  // an office is competent. Law: CPP 40; CPP 49
)

// Gate is the result of looking at a file before it is handed over.
type Gate struct{ Lines []GateLine }

// Open reports whether nothing is missing.
func (g Gate) Open() bool { return len(g.Missing()) == 0 }

// Missing lists what the file does not have.
func (g Gate) Missing() []GateLine {
	return slices.DeleteFunc(slices.Clone(g.Lines), func(l GateLine) bool { return l.Met })
}

// Judge looks at a file with the law of a day. known tells which parties have
// a name; competent whether a prosecution office receives the file.
func Judge(pack *packs.Pack, f *File, known func(person ident.ID) bool, competent bool, now time.Time) Gate {
	var g Gate
	add := func(check, code string, met bool) {
		g.Lines = append(g.Lines, GateLine{Check: check, Code: code, Met: met})
	}
	add(CheckQualified, "", len(f.Offences) > 0)
	for _, o := range f.Offences {
		g.Lines = append(g.Lines, elementLines(pack, f, o)...)
	}
	frame, err := pack.Regime(f.Regime, f.Opened)
	add(CheckFrame, "", err == nil)
	for _, code := range frame.Fields {
		met := strings.TrimSpace(f.Values[code]) != ""
		switch code {
		case "origin":
			met = f.Origin != ""
		case "facts-time":
			met = !f.From.IsZero()
		case "facts-place":
			met = strings.TrimSpace(f.Place) != ""
		}
		add(CheckFrame, code, met)
	}
	g.Lines = append(g.Lines, partyLines(f, known)...)
	for _, c := range f.Custodies {
		add(CheckCustody, c.Number, slices.ContainsFunc(f.PVs, func(p PV) bool {
			return p.State == Signed && p.Form == "pv-custody" && p.Person == c.Person
		}))
		add(CheckOverrun, c.Number, c.Overran.IsZero() || !c.End.IsZero())
	}
	for _, x := range f.Exhibits {
		add(CheckExhibits, x.Number, x.Seal != "")
	}
	for _, m := range f.Measures {
		state := m.Now(now)
		add(CheckMeasures, m.Kind, state != Asked && state != Ordered)
	}
	add(CheckRecipient, "", competent)
	return g
}

// elementLines has a line for each element of a qualification. An attempt is
// shown without the elements that only the completed offence has; the law of
// the pack lists an attempt's own where they differ.
func elementLines(pack *packs.Pack, f *File, o Offence) []GateLine {
	elements, err := pack.Elements(o.Code, o.LawAt)
	if err != nil {
		return []GateLine{{Check: CheckElement, Offence: o.ID, Code: o.Code}}
	}
	var out []GateLine
	for _, e := range elements {
		line := GateLine{Check: CheckElement, Offence: o.ID, Code: e.Code}
		for _, l := range f.Links {
			if l.Offence == o.ID && l.Element == e.Code && e.ShownBy(f.Evidence(l.Piece)) {
				line.Pieces = append(line.Pieces, l.Piece)
			}
		}
		line.Met = len(line.Pieces) > 0
		out = append(out, line)
	}
	return out
}

// partyLines checks the persons: each suspect charged and heard, everyone with
// a name.
func partyLines(f *File, known func(ident.ID) bool) []GateLine {
	var out []GateLine
	for _, p := range f.Parties {
		out = append(out, GateLine{Check: CheckIdentified, Code: string(p.Person), Met: known(p.Person)})
		if p.Role != Suspect {
			continue
		}
		charged := slices.ContainsFunc(f.Offences, func(o Offence) bool { return o.Suspect == p.Person })
		heard := slices.ContainsFunc(f.PVs, func(v PV) bool { return v.State == Signed && v.Form == "pv-hearing" && v.Person == p.Person })
		out = append(out, GateLine{Check: CheckSuspect, Code: string(p.Person), Met: charged}, GateLine{Check: CheckHearing, Code: string(p.Person), Met: heard})
	}
	return out
}
