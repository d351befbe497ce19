package index

import (
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/store"
)

// PersonsMerged says that two records are of one person: a named person
// decided, having seen the proposal. Nothing is deleted; the absorbed record
// points at the kept one.
type PersonsMerged struct {
	Decision ident.ID
	Kept     ident.ID
	Absorbed ident.ID
	By       ident.ID
	Reason   journal.Sealed `seal:"Decision"`
	Proposal Proposal
}

// Apply lets the absorbed record point at the kept one.
func (e PersonsMerged) Apply(w *store.Writer, m journal.Meta) error {
	err := w.One("update index_persons set kept = $1 where id = $2", string(e.Kept), string(e.Absorbed))
	if err != nil {
		return err
	}
	return insertDecision(w, Decision{ID: e.Decision, Kind: Merged, Kept: e.Kept, Absorbed: e.Absorbed, Actor: e.By, At: m.Happened, Proposal: e.Proposal}, e.Reason)
}

// About names both records.
func (e PersonsMerged) About() []ident.Ref {
	return []ident.Ref{person(e.Kept), person(e.Absorbed)}
}

// PersonsUnmerged says that a merge was wrong; both records stand as before.
type PersonsUnmerged struct {
	Decision ident.ID
	Kept     ident.ID
	Absorbed ident.ID
	By       ident.ID
	Reason   journal.Sealed `seal:"Decision"`
}

// Apply takes the pointer away.
func (e PersonsUnmerged) Apply(w *store.Writer, m journal.Meta) error {
	if err := w.One("update index_persons set kept = '' where id = $1", string(e.Absorbed)); err != nil {
		return err
	}
	return insertDecision(w, Decision{ID: e.Decision, Kind: Unmerged, Kept: e.Kept, Absorbed: e.Absorbed, Actor: e.By, At: m.Happened}, e.Reason)
}

// About names both records.
func (e PersonsUnmerged) About() []ident.Ref {
	return []ident.Ref{person(e.Kept), person(e.Absorbed)}
}

// DuplicateDismissed says that two records that looked alike are of two
// persons.
type DuplicateDismissed struct {
	Decision ident.ID
	First    ident.ID
	Second   ident.ID
	By       ident.ID
	Reason   journal.Sealed `seal:"Decision"`
	Proposal Proposal
}

// Apply keeps the decision, so that the pair is not proposed again.
func (e DuplicateDismissed) Apply(w *store.Writer, m journal.Meta) error {
	return insertDecision(w, Decision{ID: e.Decision, Kind: Dismissed, Kept: e.First, Absorbed: e.Second, Actor: e.By, At: m.Happened, Proposal: e.Proposal}, e.Reason)
}

// About names both records.
func (e DuplicateDismissed) About() []ident.Ref {
	return []ident.Ref{person(e.First), person(e.Second)}
}

// PersonLinked says that two records have to do with each other, and on whose
// word.
type PersonLinked struct {
	Link   ident.ID
	From   ident.Ref
	To     ident.Ref
	Kind   string
	Source Source
	By     ident.ID
	Reason journal.Sealed `seal:"Link"`
}

// Apply adds the link.
func (e PersonLinked) Apply(w *store.Writer, m journal.Meta) error {
	return w.One(`insert into index_links (id, from_kind, from_id, to_kind, to_id, kind, source, reason, actor, at, ended_at, ended_by, ended_why)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 0, '', null)`, string(e.Link), e.From.Kind, string(e.From.ID), e.To.Kind, string(e.To.ID),
		e.Kind, string(e.Source), e.Reason, string(e.By), store.Micros(m.Happened))
}

// About names both records.
func (e PersonLinked) About() []ident.Ref { return []ident.Ref{e.From, e.To} }

// LinkEnded says that a link no longer stands, or never did.
type LinkEnded struct {
	Link   ident.ID
	From   ident.Ref
	To     ident.Ref
	By     ident.ID
	Reason journal.Sealed `seal:"Link"`
}

// Apply ends the link.
func (e LinkEnded) Apply(w *store.Writer, m journal.Meta) error {
	return w.One("update index_links set ended_at = $1, ended_by = $2, ended_why = $3 where id = $4",
		store.Micros(m.Happened), string(e.By), e.Reason, string(e.Link))
}

// About names both records.
func (e LinkEnded) About() []ident.Ref { return []ident.Ref{e.From, e.To} }
