package register

import (
	"time"

	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/store"
)

// LineWritten adds a line to a unit's log book.
type LineWritten struct {
	Line          ident.ID
	Unit          ident.ID
	Series        string
	N             int64
	Number        string
	Kind          string
	Subject       ident.Ref
	SubjectNumber string
	Corrects      ident.ID
	Words         journal.Sealed `seal:"Line"`
}

// Apply adds the line; no line is ever changed.
func (e LineWritten) Apply(w *store.Writer, m journal.Meta) error {
	return w.One(`insert into register_lines (id, unit, series, n, number, kind, subject, subject_number, corrects, words, writer, happened_at, written_at)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
		string(e.Line), string(e.Unit), e.Series, e.N, e.Number, e.Kind, e.Subject.String(), e.SubjectNumber, string(e.Corrects), e.Words,
		string(m.Actor), store.Micros(m.Happened), store.Micros(m.Written))
}

// About names the line, what it speaks of and the line it corrects.
func (e LineWritten) About() []ident.Ref {
	refs := []ident.Ref{ref(KindLine, e.Line)}
	if !e.Subject.IsZero() {
		refs = append(refs, e.Subject)
	}
	if e.Corrects != "" {
		refs = append(refs, ref(KindLine, e.Corrects))
	}
	return refs
}

// HandoverGiven says that a shift ended and with what it left the desk.
type HandoverGiven struct {
	Handover  ident.ID
	Unit      ident.ID
	From      time.Time
	Until     time.Time
	Custodies int64
	Late      int64
	Notices   int64
	Waiting   int64
	Remarks   journal.Sealed `seal:"Handover"`
}

// Apply adds the handover.
func (e HandoverGiven) Apply(w *store.Writer, m journal.Meta) error {
	return w.One(`insert into register_handovers (id, unit, outgoing, incoming, from_at, until_at, custodies, late, notices, waiting, remarks, taken_at, written_at)
		values ($1, $2, $3, '', $4, $5, $6, $7, $8, $9, $10, 0, $11)`,
		string(e.Handover), string(e.Unit), string(m.Actor), store.Micros(e.From), store.Micros(e.Until), e.Custodies, e.Late, e.Notices, e.Waiting, e.Remarks, store.Micros(m.Written))
}

// About names the handover and the unit.
func (e HandoverGiven) About() []ident.Ref {
	return []ident.Ref{ref(KindHandover, e.Handover), unitRef(e.Unit)}
}

// HandoverTaken says that the incoming officer acknowledged it.
type HandoverTaken struct {
	Handover ident.ID
	Unit     ident.ID
}

// Apply notes who took the desk and when.
func (e HandoverTaken) Apply(w *store.Writer, m journal.Meta) error {
	return w.One("update register_handovers set incoming = $1, taken_at = $2 where id = $3 and taken_at = 0", string(m.Actor), store.Micros(m.Written), string(e.Handover))
}

// About names the handover and the unit.
func (e HandoverTaken) About() []ident.Ref {
	return []ident.Ref{ref(KindHandover, e.Handover), unitRef(e.Unit)}
}
