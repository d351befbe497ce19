package exhibits

import (
	"github.com/amana-platform/amana/kernel/blobs"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/store"
)

// Step is what every entry of an exhibit carries: the exhibit as it stands
// after it. N follows the step before without a gap, which the table demands.
type Step struct {
	Exhibit   ident.ID
	Case      ident.ID
	N         int64
	State     State
	Holder    ident.ID
	HeldUnit  ident.ID
	Seal      string
	Kept      string
	Pending   ident.ID
	Receiver  ident.ID
	Shelf     journal.Sealed `seal:"Exhibit"`
	Condition journal.Sealed `seal:"Exhibit"`
	Photos    []Photo
}

// Photo is a stored picture in an entry; Of is the exhibit, under whose key
// the file itself is sealed too.
type Photo struct {
	Of      ident.ID
	Address string
	Size    int64
	MIME    string
	Width   int
	Height  int
	Name    journal.Sealed `seal:"Of"`
	Wrapped []byte
	Digest  []byte
}

func sealPhotos(of ident.ID, all []blobs.Info) []Photo {
	var out []Photo
	for _, i := range all {
		out = append(out, Photo{Of: of, Address: string(i.Address), Size: i.Size, MIME: i.MIME, Width: i.Width, Height: i.Height, Name: journal.Seal(i.Name), Wrapped: i.Key, Digest: i.Digest})
	}
	return out
}

// Thing says what an exhibit is and where it was found.
type Thing struct {
	Exhibit     ident.ID
	Category    Category
	Milli       int64
	Measure     string
	From        ident.ID
	Description journal.Sealed `seal:"Exhibit"`
	Place       journal.Sealed `seal:"Exhibit"`
	Witnesses   journal.Sealed `seal:"Exhibit"`
}

// ExhibitSeized says that a thing was seized or found, and who holds it.
type ExhibitSeized struct {
	Step   Step
	Thing  Thing
	PV     ident.ID
	Item   int64
	Line   int64
	Unit   ident.ID
	Series string
	N      int64
	Number string
}

// Apply adds the exhibit with its first step.
func (e ExhibitSeized) Apply(w *store.Writer, m journal.Meta) error {
	if err := insertExhibit(w, e, m); err != nil {
		return err
	}
	return addStep(w, e.Step, m)
}

// About names the exhibit, its case and the person it was taken from.
func (e ExhibitSeized) About() []ident.Ref {
	refs := e.Step.about()
	if e.PV != "" {
		refs = append(refs, ident.Ref{Kind: "pv", ID: e.PV})
	}
	if e.Thing.From != "" {
		refs = append(refs, ident.Ref{Kind: "person", ID: e.Thing.From})
	}
	return refs
}

// Closing is a seal as it was closed, with its place in the unit's series.
type Closing struct {
	Exhibit   ident.ID
	Unit      ident.ID
	Series    string
	N         int64
	By        ident.ID
	Witnesses journal.Sealed `seal:"Exhibit"`
}

// ExhibitSealed says that an exhibit lies under a seal. Law: CPP 59
type ExhibitSealed struct {
	Step    Step
	Closing Closing
}

// Apply closes the seal.
func (e ExhibitSealed) Apply(w *store.Writer, m journal.Meta) error {
	return closeSeal(w, e.Step, e.Closing, m)
}

// About names the exhibit and its case.
func (e ExhibitSealed) About() []ident.Ref { return e.Step.about() }

// SealBroken says that a seal was opened, before whom, and why. Law: CPP 104
type SealBroken struct {
	Step    Step
	Opening Opening
}

// Opening is a seal as it was opened.
type Opening struct {
	Exhibit  ident.ID
	Seal     string
	By       ident.ID
	Presence Presence
	Present  journal.Sealed `seal:"Exhibit"`
	Reason   journal.Sealed `seal:"Exhibit"`
}

// Apply opens the seal; a seal that is not closed on this exhibit cannot be
// opened.
func (e SealBroken) Apply(w *store.Writer, m journal.Meta) error {
	o := e.Opening
	err := w.One("update exhibits_seals set opened_at = $1, opened_by = $2, presence = $3, present = $4, reason = $5 where number = $6 and exhibit = $7 and opened_at = 0",
		store.Micros(m.Happened), string(o.By), string(o.Presence), o.Present, o.Reason, o.Seal, string(o.Exhibit))
	if err != nil {
		return err
	}
	return takeStep(w, e.Step, m)
}

// About names the exhibit and its case.
func (e SealBroken) About() []ident.Ref { return e.Step.about() }

// ExhibitResealed says that an opened exhibit lies under a new seal.
type ExhibitResealed struct {
	Step    Step
	Closing Closing
}

// Apply closes the new seal.
func (e ExhibitResealed) Apply(w *store.Writer, m journal.Meta) error {
	return closeSeal(w, e.Step, e.Closing, m)
}

// About names the exhibit and its case.
func (e ExhibitResealed) About() []ident.Ref { return e.Step.about() }

// ExhibitStored says where its holder keeps an exhibit.
type ExhibitStored struct{ Step Step }

// Apply moves the exhibit.
func (e ExhibitStored) Apply(w *store.Writer, m journal.Meta) error { return takeStep(w, e.Step, m) }

// About names the exhibit and its case.
func (e ExhibitStored) About() []ident.Ref { return e.Step.about() }

// PhotographsAdded says that pictures were taken of an exhibit.
type PhotographsAdded struct{ Step Step }

// Apply adds the pictures.
func (e PhotographsAdded) Apply(w *store.Writer, m journal.Meta) error { return takeStep(w, e.Step, m) }

// About names the exhibit and its case.
func (e PhotographsAdded) About() []ident.Ref { return e.Step.about() }

// ExhibitCorrected says what an exhibit rightly is; what was written before
// stays in the journal.
type ExhibitCorrected struct {
	Step  Step
	Thing Thing
}

// Apply replaces what the exhibit is said to be.
func (e ExhibitCorrected) Apply(w *store.Writer, m journal.Meta) error {
	t := e.Thing
	err := w.One("update exhibits_exhibits set category = $1, milli = $2, measure = $3, person = $4, description = $5, place = $6, witnesses = $7 where id = $8",
		string(t.Category), t.Milli, t.Measure, string(t.From), t.Description, t.Place, t.Witnesses, string(t.Exhibit))
	if err != nil {
		return err
	}
	return takeStep(w, e.Step, m)
}

// About names the exhibit, its case and the person it was taken from.
func (e ExhibitCorrected) About() []ident.Ref {
	refs := e.Step.about()
	if e.Thing.From != "" {
		refs = append(refs, ident.Ref{Kind: "person", ID: e.Thing.From})
	}
	return refs
}

func (s Step) about() []ident.Ref { return []ident.Ref{exhibitRef(s.Exhibit), caseRef(s.Case)} }
