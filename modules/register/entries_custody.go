package register

import (
	"strings"
	"time"

	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/store"
)

// Page is what a custody and its refusal have in common: the register's page.
type Page struct {
	Custody  ident.ID
	Unit     ident.ID
	Office   ident.ID
	Series   string
	N        int64
	Number   string
	Person   ident.ID
	Case     ident.ID
	Offence  string
	Class    string
	Regime   string
	Arrest   time.Time
	Arrival  time.Time
	Officer  ident.ID
	Juvenile bool
	Reasons  journal.Sealed `seal:"Custody"`
	Initials journal.Sealed `seal:"Person"`
}

func (p Page) about() []ident.Ref {
	return []ident.Ref{ref(KindCustody, p.Custody), caseRef(p.Case), personRef(p.Person), unitRef(p.Unit), unitRef(p.Office)}
}

// CustodyOpened says that an officer placed somebody in custody. Deadline is
// the pack's rule valid at the arrest, applied to the arrest.
// Law: CPP 66; CPP 66-1
type CustodyOpened struct {
	Page     Page
	Cell     string
	Grounds  []string
	Deadline time.Time
}

// Apply adds the page.
func (e CustodyOpened) Apply(w *store.Writer, m journal.Meta) error {
	return insertPage(w, e.Page, m, CustodyOpen, e.Cell, strings.Join(e.Grounds, " "), e.Deadline)
}

// About names the custody, the case, the person, the unit and the office.
func (e CustodyOpened) About() []ident.Ref { return e.Page.about() }

// CustodyDeclined says that an officer refused to detain somebody who was
// brought in, and why.
type CustodyDeclined struct {
	Page Page
	Why  string // code: "unlawful", "unfit", "no-ground"
}

// Apply adds the page with its outcome.
func (e CustodyDeclined) Apply(w *store.Writer, m journal.Meta) error {
	if err := insertPage(w, e.Page, m, CustodyRefused, "", "", e.Page.Arrest); err != nil {
		return err
	}
	return w.One("update register_custodies set outcome = $1, ended_at = $2 where id = $3", e.Why, store.Micros(m.Happened), string(e.Page.Custody))
}

// About names the custody, the case, the person, the unit and the office.
func (e CustodyDeclined) About() []ident.Ref { return e.Page.about() }

// EventNoted says that something happened during custody.
type EventNoted struct {
	Event   ident.ID
	Custody ident.ID
	Unit    ident.ID
	Kind    string
	Phase   string
	Details []SealedDetail
}

// SealedDetail is a Detail in an entry; Of is the custody.
type SealedDetail struct {
	Of    ident.ID
	Field string
	Value journal.Sealed `seal:"Of"`
}

// Apply adds the event with both its times.
func (e EventNoted) Apply(w *store.Writer, m journal.Meta) error {
	if err := insertEvent(w, e.Event, e.Custody, e.Kind, e.Phase, m); err != nil {
		return err
	}
	for i, d := range e.Details {
		err := w.One("insert into register_details (event, n, custody, field, value) values ($1, $2, $3, $4, $5)", string(e.Event), i, string(e.Custody), d.Field, d.Value)
		if err != nil {
			return err
		}
	}
	return touch(w, e.Custody)
}

// About names the custody and the unit.
func (e EventNoted) About() []ident.Ref {
	return []ident.Ref{ref(KindCustody, e.Custody), unitRef(e.Unit)}
}

// ExtensionAsked says that the officer asked who may extend to do so.
type ExtensionAsked struct {
	Custody ident.ID
	Unit    ident.ID
	Office  ident.ID
	Words   journal.Sealed `seal:"Custody"`
}

// Apply notes when it was asked and of whom.
func (e ExtensionAsked) Apply(w *store.Writer, m journal.Meta) error {
	return w.One("update register_custodies set asked_at = $1, asked_of = $2, version = version + 1 where id = $3 and state = $4",
		store.Micros(m.Written), string(e.Office), string(e.Custody), CustodyOpen)
}

// About names the custody, the unit and the office.
func (e ExtensionAsked) About() []ident.Ref {
	return []ident.Ref{ref(KindCustody, e.Custody), unitRef(e.Unit), unitRef(e.Office)}
}

// ExtensionDecided is the magistrate's decision: who, as what, by which
// written act, on which ground, until when.
// Law: CPP 66; CPP 80
type ExtensionDecided struct {
	Decision ident.ID
	Custody  ident.ID
	Unit     ident.ID
	Office   ident.ID
	Granted  bool
	Capacity string
	Act      string
	Ground   string
	Until    time.Time
	Words    journal.Sealed `seal:"Custody"`
}

// Apply adds the decision and, if granted, moves the deadline to it.
func (e ExtensionDecided) Apply(w *store.Writer, m journal.Meta) error {
	err := w.One(`insert into register_decisions (id, custody, granted, officer, capacity, act, ground, words, until_at, decided_at, written_at)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
		string(e.Decision), string(e.Custody), e.Granted, string(m.Actor), e.Capacity, e.Act, e.Ground, e.Words, store.Micros(e.Until), store.Micros(m.Happened), store.Micros(m.Written))
	if err != nil {
		return err
	}
	if !e.Granted {
		return w.One("update register_custodies set asked_at = 0, version = version + 1 where id = $1 and state = $2", string(e.Custody), CustodyOpen)
	}
	return w.One("update register_custodies set asked_at = 0, deadline_at = $1, extensions = extensions + 1, version = version + 1 where id = $2 and state = $3",
		store.Micros(e.Until), string(e.Custody), CustodyOpen)
}

// About names the custody, the unit and the office.
func (e ExtensionDecided) About() []ident.Ref {
	return []ident.Ref{ref(KindCustody, e.Custody), unitRef(e.Unit), unitRef(e.Office)}
}

// CustodyEnding says how and when custody ended.
// Law: CPP 67
type CustodyEnding struct {
	Event   ident.ID
	Custody ident.ID
	Unit    ident.ID
	Case    ident.ID
	How     string
	Words   journal.Sealed `seal:"Custody"`
}

// Apply stops the clock and adds the ending to the events.
func (e CustodyEnding) Apply(w *store.Writer, m journal.Meta) error {
	err := w.One("update register_custodies set state = $1, ended_at = $2, outcome = $3, asked_at = 0, version = version + 1 where id = $4 and state = $5",
		CustodyEnded, store.Micros(m.Happened), e.How, string(e.Custody), CustodyOpen)
	if err != nil {
		return err
	}
	if err := insertEvent(w, e.Event, e.Custody, e.How, "", m); err != nil {
		return err
	}
	return w.One("insert into register_details (event, n, custody, field, value) values ($1, 0, $2, 'reasons', $3)", string(e.Event), string(e.Custody), e.Words)
}

// About names the custody, the case and the unit.
func (e CustodyEnding) About() []ident.Ref {
	return []ident.Ref{ref(KindCustody, e.Custody), caseRef(e.Case), unitRef(e.Unit)}
}

// CustodyOverran says that a deadline passed with the person still held. No
// verb takes it back.
// Law: CPP 66
type CustodyOverran struct {
	Custody  ident.ID
	Unit     ident.ID
	Office   ident.ID
	Deadline time.Time
}

// Apply marks the page.
func (e CustodyOverran) Apply(w *store.Writer, m journal.Meta) error {
	return w.One("update register_custodies set overrun_at = $1, version = version + 1 where id = $2", store.Micros(e.Deadline), string(e.Custody))
}

// About names the custody, the unit and the office.
func (e CustodyOverran) About() []ident.Ref {
	return []ident.Ref{ref(KindCustody, e.Custody), unitRef(e.Unit), unitRef(e.Office)}
}

// ListSent says that the daily list went to an office of the prosecution.
// Law: CPP 66
type ListSent struct {
	List      ident.ID
	Unit      ident.ID
	Office    ident.ID
	Day       string
	Custodies []ident.ID
}

// Apply adds the list and an event to each custody on it.
func (e ListSent) Apply(w *store.Writer, m journal.Meta) error {
	err := w.One("insert into register_lists (id, unit, office, day, count, writer, written_at, taken_by, taken_at, entry) values ($1, $2, $3, $4, $5, $6, $7, '', 0, $8)",
		string(e.List), string(e.Unit), string(e.Office), e.Day, len(e.Custodies), string(m.Actor), store.Micros(m.Written), string(m.ID))
	for _, id := range e.Custodies {
		if err != nil {
			return err
		}
		err = w.One("insert into register_listed (list, custody) values ($1, $2)", string(e.List), string(id))
	}
	return err
}

// About names the list, the office and each custody on it.
func (e ListSent) About() []ident.Ref {
	refs := []ident.Ref{ref(KindList, e.List), unitRef(e.Unit), unitRef(e.Office)}
	for _, id := range e.Custodies {
		refs = append(refs, ref(KindCustody, id))
	}
	return refs
}

// ListTaken says that the prosecution acknowledged a daily list.
type ListTaken struct {
	List   ident.ID
	Office ident.ID
	Unit   ident.ID
}

// Apply notes who took it and when.
func (e ListTaken) Apply(w *store.Writer, m journal.Meta) error {
	return w.One("update register_lists set taken_by = $1, taken_at = $2 where id = $3 and taken_at = 0", string(m.Actor), store.Micros(m.Written), string(e.List))
}

// About names the list and its office.
func (e ListTaken) About() []ident.Ref {
	return []ident.Ref{ref(KindList, e.List), unitRef(e.Office), unitRef(e.Unit)}
}
