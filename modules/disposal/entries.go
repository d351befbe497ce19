package disposal

import (
	"time"

	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/store"
)

func kinds() []journal.Kind {
	return []journal.Kind{
		journal.KindOf[ListDrawn]("disposal.list-drawn"),
		journal.KindOf[ListDecided]("disposal.list-decided"),
		journal.KindOf[ListTransferred]("disposal.list-transferred"),
		journal.KindOf[RecordEnded]("disposal.record-ended"),
		journal.KindOf[ListIssued]("disposal.list-issued"),
	}
}

// ListDrawn says which records a unit puts before the authority, and by which
// row of the schedule their term is over. Law: L69-99
type ListDrawn struct {
	ID       ident.ID
	Class    string
	Action   string
	Approver string
	Ground   string // the row, as it was in force
	Unit     ident.ID
	Office   ident.ID
	By       ident.ID
	Records  []Named
}

// Named is a record on a list, and when its term began.
type Named struct {
	Ref   ident.Ref
	Since time.Time
}

// Apply adds the list.
func (e ListDrawn) Apply(w *store.Writer, m journal.Meta) error {
	err := w.One(`insert into disposal_lists (id, class, action, approver, unit, office, by_officer, drawn_at, state, decided_by, decided_at, reason, received, transferred_at)
		values ($1, $2, $3, $4, $5, $6, $7, $8, 'drawn', '', 0, null, null, 0)`,
		string(e.ID), e.Class, e.Action, e.Approver, string(e.Unit), string(e.Office), string(e.By), store.Micros(m.Happened))
	if err != nil {
		return err
	}
	for i, r := range e.Records {
		if err := w.One("insert into disposal_items (list, n, ref, since_at, until_at, outcome, ended_at) values ($1, $2, $3, $4, 0, '', 0)",
			string(e.ID), i+1, r.Ref.String(), store.Micros(r.Since)); err != nil {
			return err
		}
	}
	return nil
}

// About names the list and its records.
func (e ListDrawn) About() []ident.Ref {
	all := []ident.Ref{{Kind: KindList, ID: e.ID}}
	for _, r := range e.Records {
		all = append(all, r.Ref)
	}
	return all
}

// ListDecided says what is kept longer; everything else on the list ends.
type ListDecided struct {
	ID     ident.ID
	By     ident.ID
	Keep   []ident.Ref
	Until  time.Time      // zero if nothing is kept
	Reason journal.Sealed `seal:"ID"`
}

// Apply notes the decision. A list on which everything is kept is finished.
func (e ListDecided) Apply(w *store.Writer, m journal.Meta) error {
	if err := w.One("update disposal_lists set state = 'decided', decided_by = $1, decided_at = $2, reason = $3 where id = $4 and state = 'drawn'",
		string(e.By), store.Micros(m.Happened), e.Reason, string(e.ID)); err != nil {
		return err
	}
	for _, ref := range e.Keep {
		if err := w.One("update disposal_items set outcome = 'kept', until_at = $1, ended_at = $2 where list = $3 and ref = $4 and outcome = ''",
			store.Micros(e.Until), store.Micros(m.Happened), string(e.ID), ref.String()); err != nil {
			return err
		}
	}
	return finish(w, e.ID)
}

// About names the list and what is kept.
func (e ListDecided) About() []ident.Ref {
	return append([]ident.Ref{{Kind: KindList, ID: e.ID}}, e.Keep...)
}

// ListTransferred says under which reference the archives received the records
// of a list that end.
type ListTransferred struct {
	ID       ident.ID
	By       ident.ID
	Received journal.Sealed `seal:"ID"`
}

// Apply notes it.
func (e ListTransferred) Apply(w *store.Writer, m journal.Meta) error {
	return w.One("update disposal_lists set received = $1, transferred_at = $2 where id = $3 and state = 'decided' and transferred_at = 0", e.Received, store.Micros(m.Happened), string(e.ID))
}

// About names the list.
func (e ListTransferred) About() []ident.Ref { return []ident.Ref{{Kind: KindList, ID: e.ID}} }

// RecordEnded says what became of a record that was to end: it is the
// certificate of its destruction. Law: L69-99
type RecordEnded struct {
	List    ident.ID
	Record  ident.Ref
	Outcome string // "erased", "empty", "held", "needed"
}

// Apply notes it; the last record finishes the list.
func (e RecordEnded) Apply(w *store.Writer, m journal.Meta) error {
	if err := w.One("update disposal_items set outcome = $1, ended_at = $2 where list = $3 and ref = $4 and outcome = ''",
		e.Outcome, store.Micros(m.Happened), string(e.List), e.Record.String()); err != nil {
		return err
	}
	return finish(w, e.List)
}

// About names the list and the record.
func (e RecordEnded) About() []ident.Ref { return []ident.Ref{{Kind: KindList, ID: e.List}, e.Record} }

// ListIssued says that the signed paper of a decided list was made in a language
// and kept.
type ListIssued struct {
	ID   ident.ID
	Lang string
	Info journal.Sealed `seal:"ID"` // blobs.Info in JSON
}

// Apply adds the file.
func (e ListIssued) Apply(w *store.Writer, m journal.Meta) error {
	return w.One("insert into disposal_papers (list, lang, info, at) values ($1, $2, $3, $4)", string(e.ID), e.Lang, e.Info, store.Micros(m.Happened))
}

// About names the list.
func (e ListIssued) About() []ident.Ref { return []ident.Ref{{Kind: KindList, ID: e.ID}} }

// finish ends a decided list on which nothing waits.
func finish(w *store.Writer, list ident.ID) error {
	_, err := w.Exec("update disposal_lists set state = 'finished' where id = $1 and state = 'decided' and not exists (select 1 from disposal_items i where i.list = $1 and i.outcome = '')", string(list))
	return err
}
