package oversight

import (
	"time"

	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/store"
)

func kinds() []journal.Kind {
	return []journal.Kind{
		journal.KindOf[GlassBroken]("oversight.glass-broken"),
		journal.KindOf[AlarmAcknowledged]("oversight.alarm-acknowledged"),
		journal.KindOf[AlarmJudged]("oversight.alarm-judged"),
		journal.KindOf[AlarmEscalated]("oversight.alarm-escalated"),
		journal.KindOf[PermissionAsked]("oversight.permission-asked"),
		journal.KindOf[PermissionAnswered]("oversight.permission-answered"),
	}
}

// GlassBroken says that somebody reads a record in an emergency, and who was
// told. Law: L09-08 23
type GlassBroken struct {
	ID      ident.ID
	By      ident.ID
	Unit    ident.ID // the unit that answers for the record
	Action  string
	Record  ident.Ref
	Seconds []ident.ID
	Due     time.Time
	Reason  journal.Sealed `seal:"ID"`
}

// Apply raises the alarm.
func (e GlassBroken) Apply(w *store.Writer, m journal.Meta) error {
	err := w.One(`insert into oversight_alarms (id, by_officer, unit, action, record, reason, broken_at, due_at, state, judged_by, judged_at, finding, escalated_at)
		values ($1, $2, $3, $4, $5, $6, $7, $8, 'raised', '', 0, null, 0)`,
		string(e.ID), string(e.By), string(e.Unit), e.Action, e.Record.String(), e.Reason, store.Micros(m.Happened), store.Micros(e.Due))
	if err != nil {
		return err
	}
	return addEyes(w, e.ID, e.Seconds)
}

// About names the alarm, the record, the reader and the seconds.
func (e GlassBroken) About() []ident.Ref {
	return append([]ident.Ref{{Kind: KindAlarm, ID: e.ID}, e.Record}, officers(append([]ident.ID{e.By}, e.Seconds...)...)...)
}

// AlarmAcknowledged says that a second has seen the alarm and looks into it.
type AlarmAcknowledged struct {
	ID ident.ID
	By ident.ID
}

// Apply notes it.
func (e AlarmAcknowledged) Apply(w *store.Writer, m journal.Meta) error {
	if err := w.One("update oversight_alarms set state = 'acknowledged' where id = $1 and state in ('raised', 'acknowledged')", string(e.ID)); err != nil {
		return err
	}
	return w.One("update oversight_eyes set seen_at = $1 where of_id = $2 and officer = $3", store.Micros(m.Happened), string(e.ID), string(e.By))
}

// About names the alarm.
func (e AlarmAcknowledged) About() []ident.Ref { return []ident.Ref{{Kind: KindAlarm, ID: e.ID}} }

// AlarmJudged says whether the emergency was one.
type AlarmJudged struct {
	ID        ident.ID
	By        ident.ID
	Reader    ident.ID // who is judged
	Justified bool
	Finding   journal.Sealed `seal:"ID"`
}

// Apply ends the alarm.
func (e AlarmJudged) Apply(w *store.Writer, m journal.Meta) error {
	state := Unjustified
	if e.Justified {
		state = Justified
	}
	return w.One("update oversight_alarms set state = $1, judged_by = $2, judged_at = $3, finding = $4 where id = $5 and state in ('raised', 'acknowledged')",
		string(state), string(e.By), store.Micros(m.Happened), e.Finding, string(e.ID))
}

// About names the alarm and who is judged.
func (e AlarmJudged) About() []ident.Ref {
	return append([]ident.Ref{{Kind: KindAlarm, ID: e.ID}}, officers(e.Reader)...)
}

// AlarmEscalated says that nobody judged in time, and who is told besides.
type AlarmEscalated struct {
	ID ident.ID
	To []ident.ID
}

// Apply adds who is told.
func (e AlarmEscalated) Apply(w *store.Writer, m journal.Meta) error {
	if err := w.One("update oversight_alarms set escalated_at = $1 where id = $2 and escalated_at = 0", store.Micros(m.Happened), string(e.ID)); err != nil {
		return err
	}
	return addEyes(w, e.ID, e.To)
}

// About names the alarm and who is told.
func (e AlarmEscalated) About() []ident.Ref {
	return append([]ident.Ref{{Kind: KindAlarm, ID: e.ID}}, officers(e.To...)...)
}

// PermissionAsked says that a refused person asks, and who may decide.
type PermissionAsked struct {
	ID       ident.ID
	By       ident.ID
	Unit     ident.ID
	Action   string
	Record   ident.Ref
	Deciders []ident.ID
	Reason   journal.Sealed `seal:"ID"`
}

// Apply adds the request.
func (e PermissionAsked) Apply(w *store.Writer, m journal.Meta) error {
	err := w.One(`insert into oversight_requests (id, by_officer, unit, action, record, reason, asked_at, state, answered_by, answered_at, answer)
		values ($1, $2, $3, $4, $5, $6, $7, 'asked', '', 0, null)`,
		string(e.ID), string(e.By), string(e.Unit), e.Action, e.Record.String(), e.Reason, store.Micros(m.Happened))
	if err != nil {
		return err
	}
	return addEyes(w, e.ID, e.Deciders)
}

// About names the request, the record and the deciders.
func (e PermissionAsked) About() []ident.Ref {
	refs := []ident.Ref{{Kind: KindRequest, ID: e.ID}}
	if !e.Record.IsZero() {
		refs = append(refs, e.Record)
	}
	return append(refs, officers(e.Deciders...)...)
}

// PermissionAnswered says what was decided.
type PermissionAnswered struct {
	ID      ident.ID
	By      ident.ID
	Asker   ident.ID
	Granted bool
	Answer  journal.Sealed `seal:"ID"`
}

// Apply ends the request.
func (e PermissionAnswered) Apply(w *store.Writer, m journal.Meta) error {
	state := Refused
	if e.Granted {
		state = Granted
	}
	return w.One("update oversight_requests set state = $1, answered_by = $2, answered_at = $3, answer = $4 where id = $5 and state = 'asked'",
		string(state), string(e.By), store.Micros(m.Happened), e.Answer, string(e.ID))
}

// About names the request and who asked.
func (e PermissionAnswered) About() []ident.Ref {
	return append([]ident.Ref{{Kind: KindRequest, ID: e.ID}}, officers(e.Asker)...)
}
