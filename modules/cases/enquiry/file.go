package enquiry

import (
	"slices"
	"time"

	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/packs"
)

// File is everything a case holds, read in one view.
type File struct {
	Case
	Values    map[string]string // the fields of the enquiry regime
	Parties   []Party
	Offences  []Offence
	Links     []Link
	Pieces    []Piece
	PVs       []PV
	Measures  []Measure
	Assigned  []Assignment
	Referrals []Referral
	Transfers []Transfer
	Reviews   []Review
	Remarks   []Remark
	Dossiers  []Dossier
	Exhibits  []Exhibit
	Custodies []Custody
}

// Roles lists what a person is in the case.
func (f *File) Roles(person ident.ID) []Role {
	var out []Role
	for _, p := range f.Parties {
		if p.Person == person {
			out = append(out, p.Role)
		}
	}
	return out
}

// Authors lists whose work the case is: who is assigned, and who wrote its
// reports. None of them reviews it.
func (f *File) Authors() []string {
	var out []string
	add := func(id ident.ID) {
		if id != "" && !slices.Contains(out, string(id)) {
			out = append(out, string(id))
		}
	}
	for _, a := range f.Assigned {
		add(a.Officer)
	}
	for _, p := range f.PVs {
		add(p.Author)
	}
	return out
}

// Evidence gives the kind of evidence that a piece of the file is, "" if the
// file has no such piece or it shows nothing yet (an unsigned report).
func (f *File) Evidence(piece ident.Ref) packs.Evidence {
	switch piece.Kind {
	case KindPV:
		for _, p := range f.PVs {
			if p.ID == piece.ID && p.State == Signed {
				return p.Evidence()
			}
		}
	case KindPiece:
		for _, p := range f.Pieces {
			if p.ID == piece.ID {
				return packs.Evidence(p.Kind)
			}
		}
	case "exhibit":
		for _, x := range f.Exhibits {
			if x.ID == piece.ID {
				return packs.Exhibit
			}
		}
	}
	return ""
}

// Unit is what this module needs to know of a service.
type Unit struct {
	ID    ident.ID
	Code  string
	Type  string
	Names packs.Names
}

// Identity is a person as a report names them. Every field may be empty.
type Identity struct {
	NameAR, Name           string
	Born                   string // as people write it, with the place
	FiliationAR, Filiation string
	Card                   string
	Occupation             string
	Address, Phone         string // several stand beside each other, Apart
}

// Apart stands between several addresses or telephone numbers of one person.
const Apart = " · "

// In gives the name in a language.
func (p Identity) In(lang string) string {
	if lang == "ar" && p.NameAR != "" || p.Name == "" {
		return p.NameAR
	}
	return p.Name
}

// Exhibit is a sealed thing of a case.
type Exhibit struct {
	ID          ident.ID
	Number      string
	Seal        string // "" while it is not sealed
	Kind        string
	Description string
	Place       string
	PV          ident.ID // the seizure report
	Seized      time.Time
}

// Custody is what a file says of a deprivation of liberty.
type Custody struct {
	ID         ident.ID
	Number     string
	Person     ident.ID
	Arrest     time.Time
	End        time.Time // zero while it lasts
	Extensions int64
	Outcome    string
	Overran    time.Time // when it was found beyond its time; zero if it never was
}

// Dossier is a file that went to the prosecution.
type Dossier struct {
	ID              ident.ID
	Case            ident.ID
	Round           int64
	Number          string
	Unit            ident.ID
	Office          ident.ID
	Entry           ident.ID // the journal entry that proves it
	Gate            []GateLine
	Twin            string // JSON; "" once erased
	State           string // "handed-over", "acknowledged", "returned", "decided"
	By              ident.ID
	At              time.Time
	Acknowledgement string
	Acknowledged    time.Time
	Decision        string // code of a packs.Decision
	DecidedBy       ident.ID
	Decided         time.Time
	Values          map[string]string // the fields of the decision, and "remarks"
	Issues          []Issue
}

// Issue gives the newest PDF of a profile and language that is not erased.
func (d Dossier) Issue(profile, lang string) (Issue, bool) {
	for _, x := range slices.Backward(d.Issues) {
		if x.Profile == profile && x.Lang == lang && x.Info != "" {
			return x, true
		}
	}
	return Issue{}, false
}

// Issue is a signed PDF of a dossier in one profile and language.
type Issue struct {
	ID      ident.ID
	Profile string
	Lang    string
	Info    string // blobs.Info in JSON; "" once erased
	At      time.Time
}
