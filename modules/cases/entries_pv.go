package cases

import (
	"time"

	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/store"
	"github.com/amana-platform/amana/modules/cases/enquiry"
)

// PVDrafted says that a report was begun. It has no number yet.
type PVDrafted struct {
	PV       ident.ID
	Case     ident.ID
	Unit     ident.ID
	Form     string // code of a packs.Template
	Author   ident.ID
	Capacity string
	Person   ident.ID // heard, occupant, holder; "" where the form names none
	Second   ident.ID // confronted
	Measure  ident.ID // the measure it reports; "" for none
	Corrects ident.ID // the signed report it corrects; "" for none
	Act      time.Time
	Values   []Value
}

// Apply adds the draft.
func (e PVDrafted) Apply(w *store.Writer, m journal.Meta) error {
	err := w.One(`insert into cases_pvs (id, case_id, unit, form, state, author, capacity, person, second_person, measure, corrects, number, series, n, act_at, made_at, signed_at, version)
		values ($1, $2, $3, $4, 'draft', $5, $6, $7, $8, $9, $10, '', '', 0, $11, $12, 0, 1)`,
		string(e.PV), string(e.Case), string(e.Unit), e.Form, string(e.Author), e.Capacity, string(e.Person), string(e.Second), string(e.Measure), string(e.Corrects),
		store.Micros(e.Act), store.Micros(m.Written))
	if err != nil {
		return err
	}
	if err := putValues(w, e.PV, 1, e.Values); err != nil {
		return err
	}
	return touch(w, e.Case)
}

// About names the report, its case and the persons.
func (e PVDrafted) About() []ident.Ref {
	return refs(pvRef(e.PV), caseRef(e.Case), personRef(e.Person), personRef(e.Second))
}

// PVRevised says that a draft was changed. The values before stay.
type PVRevised struct {
	PV      ident.ID
	Case    ident.ID
	Version int64
	Act     time.Time
	Values  []Value
}

// Apply adds the changed values.
func (e PVRevised) Apply(w *store.Writer, _ journal.Meta) error {
	err := w.One("update cases_pvs set version = $1, act_at = $2 where id = $3", e.Version, store.Micros(e.Act), string(e.PV))
	if err != nil {
		return err
	}
	return putValues(w, e.PV, e.Version, e.Values)
}

// About names the report and its case.
func (e PVRevised) About() []ident.Ref { return refs(pvRef(e.PV), caseRef(e.Case)) }

// PVDropped says that a draft was given up. It never had a number.
type PVDropped struct {
	PV   ident.ID
	Case ident.ID
}

// Apply ends the draft.
func (e PVDropped) Apply(w *store.Writer, _ journal.Meta) error {
	return w.One("update cases_pvs set state = 'dropped' where id = $1 and state = 'draft'", string(e.PV))
}

// About names the report and its case.
func (e PVDropped) About() []ident.Ref { return refs(pvRef(e.PV), caseRef(e.Case)) }

// PVSigned says that the author closed a report: it has its number and never
// changes again. Values hold the identities as they stood at signing.
// Law: CPP 24
type PVSigned struct {
	PV      ident.ID
	Case    ident.ID
	Number  string
	Series  string
	N       int64
	Version int64
	Values  []Value
	Items   []SeizedItem
}

// SeizedItem is a thing that a seizure report lists; exhibits makes a sealed
// object of each. ID is the id that the exhibit takes.
type SeizedItem struct {
	ID          ident.ID
	Description journal.Sealed `seal:"ID"`
}

// Apply closes the report.
func (e PVSigned) Apply(w *store.Writer, m journal.Meta) error {
	err := w.One("update cases_pvs set state = 'signed', number = $1, series = $2, n = $3, signed_at = $4, version = $5 where id = $6 and state = 'draft'",
		e.Number, e.Series, e.N, store.Micros(m.Written), e.Version, string(e.PV))
	if err != nil {
		return err
	}
	if err := putValues(w, e.PV, e.Version, e.Values); err != nil {
		return err
	}
	return touch(w, e.Case)
}

// About names the report and its case.
func (e PVSigned) About() []ident.Ref { return refs(pvRef(e.PV), caseRef(e.Case)) }

// MeasureAsked says that a measure was proposed to the authority it needs.
type MeasureAsked struct {
	Measure   ident.ID
	Case      ident.ID
	Kind      string
	Office    ident.ID
	Authority string
	By        ident.ID
	Values    []Value
}

// Apply adds the measure.
func (e MeasureAsked) Apply(w *store.Writer, m journal.Meta) error {
	err := w.One(`insert into cases_measures (id, case_id, kind, state, office, authority, asked_by, asked_at, magistrate, number, basis, from_at, until_at, decided_at, ended_at)
		values ($1, $2, $3, 'asked', $4, $5, $6, $7, '', '', '', 0, 0, 0, 0)`,
		string(e.Measure), string(e.Case), e.Kind, string(e.Office), e.Authority, string(e.By), store.Micros(m.Happened))
	if err != nil {
		return err
	}
	if err := putValues(w, e.Measure, 1, e.Values); err != nil {
		return err
	}
	return touch(w, e.Case)
}

// About names the measure and its case.
func (e MeasureAsked) About() []ident.Ref { return refs(measureRef(e.Measure), caseRef(e.Case)) }

// MeasureRequested says that the prosecution put a measure before the court that
// may order it: its written requisition, and who decides now.
// Law: CPP 108
type MeasureRequested struct {
	Measure   ident.ID
	Case      ident.ID
	From      ident.ID // the prosecution office
	Office    ident.ID // the court
	Authority string
	Number    string // of the requisition
	By        ident.ID
}

// Apply brings the measure before the court.
func (e MeasureRequested) Apply(w *store.Writer, _ journal.Meta) error {
	err := w.One("update cases_measures set office = $1, authority = $2, through = $3, requisition = $4 where id = $5 and state = 'asked'",
		string(e.Office), e.Authority, string(e.From), e.Number, string(e.Measure))
	if err != nil {
		return err
	}
	return touch(w, e.Case)
}

// About names the measure, its case and both offices.
func (e MeasureRequested) About() []ident.Ref {
	return refs(measureRef(e.Measure), caseRef(e.Case), unitRef(e.From), unitRef(e.Office))
}

// MeasureOrdered is the authority: who allows what, on which basis, from when
// until when. After Until the measure is not in force any more.
type MeasureOrdered struct {
	Measure     ident.ID
	Case        ident.ID
	Magistrate  ident.ID
	Authority   string
	Number      string
	Basis       string
	From, Until time.Time
}

// Apply puts the measure in force.
func (e MeasureOrdered) Apply(w *store.Writer, m journal.Meta) error {
	err := w.One(`update cases_measures set state = 'ordered', magistrate = $1, authority = $2, number = $3, basis = $4, from_at = $5, until_at = $6, decided_at = $7
		where id = $8 and state = 'asked'`,
		string(e.Magistrate), e.Authority, e.Number, e.Basis, store.Micros(e.From), store.Micros(e.Until), store.Micros(m.Happened), string(e.Measure))
	if err != nil {
		return err
	}
	return touch(w, e.Case)
}

// About names the measure and its case.
func (e MeasureOrdered) About() []ident.Ref { return refs(measureRef(e.Measure), caseRef(e.Case)) }

// MeasureRefused says that the authority refused a measure.
type MeasureRefused struct {
	Measure    ident.ID
	Case       ident.ID
	Magistrate ident.ID
	Reason     journal.Sealed `seal:"Measure"`
}

// Apply ends the request.
func (e MeasureRefused) Apply(w *store.Writer, m journal.Meta) error {
	err := w.One("update cases_measures set state = 'refused', magistrate = $1, decided_at = $2 where id = $3 and state = 'asked'",
		string(e.Magistrate), store.Micros(m.Happened), string(e.Measure))
	if err != nil {
		return err
	}
	return putValues(w, e.Measure, 2, []Value{{Field: "refusal", Subject: e.Measure, Text: e.Reason}})
}

// About names the measure and its case.
func (e MeasureRefused) About() []ident.Ref { return refs(measureRef(e.Measure), caseRef(e.Case)) }

// MeasureWithdrawn says that the unit took back what it asked for, before the
// authority answered.
type MeasureWithdrawn struct {
	Measure ident.ID
	Case    ident.ID
	By      ident.ID
}

// Apply ends the request.
func (e MeasureWithdrawn) Apply(w *store.Writer, m journal.Meta) error {
	err := w.One("update cases_measures set state = 'withdrawn', ended_at = $1 where id = $2 and state = 'asked'", store.Micros(m.Happened), string(e.Measure))
	if err != nil {
		return err
	}
	return touch(w, e.Case)
}

// About names the measure and its case.
func (e MeasureWithdrawn) About() []ident.Ref { return refs(measureRef(e.Measure), caseRef(e.Case)) }

// MeasureEnded says how a measure ended: done with its result, stopped, or
// lapsed with its window.
type MeasureEnded struct {
	Measure ident.ID
	Case    ident.ID
	State   enquiry.MeasureState
	Result  journal.Sealed `seal:"Measure"`
}

// Apply ends the measure.
func (e MeasureEnded) Apply(w *store.Writer, m journal.Meta) error {
	err := w.One("update cases_measures set state = $1, ended_at = $2 where id = $3 and state = 'ordered'", string(e.State), store.Micros(m.Happened), string(e.Measure))
	if err != nil {
		return err
	}
	if err := putValues(w, e.Measure, 2, []Value{{Field: "result", Subject: e.Measure, Text: e.Result}}); err != nil {
		return err
	}
	return touch(w, e.Case)
}

// About names the measure and its case.
func (e MeasureEnded) About() []ident.Ref { return refs(measureRef(e.Measure), caseRef(e.Case)) }
