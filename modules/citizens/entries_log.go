package citizens

import (
	"time"

	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/store"
)

// Told is what a line says. All of it is about the person.
type Told struct {
	Person     ident.ID
	By         journal.Sealed `seal:"Person"` // institution/… or unit/…
	ByAR       journal.Sealed `seal:"Person"`
	ByFR       journal.Sealed `seal:"Person"`
	ByEN       journal.Sealed `seal:"Person"`
	Purpose    journal.Sealed `seal:"Person"` // a code of the service, see Line.Code
	PurposeAR  journal.Sealed `seal:"Person"` // or an institution's own words
	PurposeFR  journal.Sealed `seal:"Person"`
	PurposeEN  journal.Sealed `seal:"Person"`
	Attributes journal.Sealed `seal:"Person"` // names, by spaces
	Result     journal.Sealed `seal:"Person"`
}

// LineWritten is one line of a citizen's log. It happened when the question
// was asked; N follows the last line of this citizen.
// Law: L09-08 7
type LineWritten struct {
	Citizen ident.ID
	N       int64
	Kind    string
	Source  ident.Ref // the entry, record or access that it tells of
	Delay   ident.ID  // the order under which it was held back; "" if it was not
	Told    Told
}

// Apply adds the line; one that does not follow the last is no line.
func (e LineWritten) Apply(w *store.Writer, m journal.Meta) error {
	if err := w.One("update citizens_accounts set lines = $1 where id = $2 and lines = $1 - 1", e.N, string(e.Citizen)); err != nil {
		return err
	}
	if e.Delay != "" {
		if _, err := w.Exec("update citizens_held set released_at = $1 where citizen = $2 and source = $3 and released_at = 0", store.Micros(m.Written), string(e.Citizen), e.Source.String()); err != nil {
			return err
		}
	}
	t := e.Told
	return w.One(`insert into citizens_lines (citizen, n, id, person, kind, source, delay, by_ref, by_ar, by_fr, by_en, purpose, purpose_ar, purpose_fr, purpose_en,
			attributes, result, happened_at, written_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)`,
		string(e.Citizen), e.N, string(m.ID), string(t.Person), e.Kind, e.Source.String(), string(e.Delay), t.By, t.ByAR, t.ByFR, t.ByEN,
		t.Purpose, t.PurposeAR, t.PurposeFR, t.PurposeEN, t.Attributes, t.Result, store.Micros(m.Happened), store.Micros(m.Written))
}

// About names the account.
func (e LineWritten) About() []ident.Ref { return []ident.Ref{citizenRef(e.Citizen)} }

// LineHeld is a look-up that a judge's order keeps out of the log until it ends. It
// has no number yet, so that nothing shows that it is there. It is about the
// order, not about the account.
type LineHeld struct {
	Delay   ident.ID
	Citizen ident.ID
	Kind    string
	Source  ident.Ref
	Told    Told
}

// Apply holds it back.
func (e LineHeld) Apply(w *store.Writer, m journal.Meta) error {
	t := e.Told
	return w.One(`insert into citizens_held (citizen, source, delay, person, kind, by_ref, by_ar, by_fr, by_en, purpose, attributes, result, happened_at, held_at, released_at)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, 0)`,
		string(e.Citizen), e.Source.String(), string(e.Delay), string(t.Person), e.Kind, t.By, t.ByAR, t.ByFR, t.ByEN, t.Purpose, t.Attributes, t.Result,
		store.Micros(m.Happened), store.Micros(m.Written))
}

// About names the order.
func (e LineHeld) About() []ident.Ref { return []ident.Ref{{Kind: KindDelay, ID: e.Delay}} }

// AccessesRead says how far a lane of accesses was read into the logs.
type AccessesRead struct {
	Lane string
	Seq  int64
}

// Apply moves the mark, forwards only.
func (e AccessesRead) Apply(w *store.Writer, _ journal.Meta) error {
	_, err := w.Exec(`insert into citizens_lanes (lane, seq) values ($1, $2)
		on conflict (lane) do update set seq = excluded.seq where citizens_lanes.seq < excluded.seq`, e.Lane, e.Seq)
	return err
}

// About names nothing.
func (AccessesRead) About() []ident.Ref { return nil }

// LogFilled says that a new account's log holds the look-ups from before it.
type LogFilled struct{ Citizen ident.ID }

// Apply notes it.
func (e LogFilled) Apply(w *store.Writer, m journal.Meta) error {
	return w.One("update citizens_accounts set filled_at = $1 where id = $2", store.Micros(m.Written), string(e.Citizen))
}

// About names the account.
func (e LogFilled) About() []ident.Ref { return []ident.Ref{citizenRef(e.Citizen)} }

// LogStated says how many lines a citizen's log has: whoever carries it away
// can show later that none was missing, and a checker that none is.
type LogStated struct {
	Citizen ident.ID
	Lines   int64
}

// Apply changes nothing.
func (LogStated) Apply(*store.Writer, journal.Meta) error { return nil }

// About names the account.
func (e LogStated) About() []ident.Ref { return []ident.Ref{citizenRef(e.Citizen)} }

// DelayOrdered says that a judge's order was written down: look-ups of a person
// in a case appear in the person's log later. It holds nothing back before it
// is confirmed.
// Law: L09-08 7
type DelayOrdered struct {
	Delay     ident.ID
	Person    ident.ID
	Case      ident.Ref
	Unit      ident.ID
	Officer   ident.ID       // who wrote the order down
	Authority journal.Sealed `seal:"Delay"`
	Reference journal.Sealed `seal:"Delay"`
	From      time.Time
	Until     time.Time
}

// Apply adds the order.
func (e DelayOrdered) Apply(w *store.Writer, m journal.Meta) error {
	return w.One(`insert into citizens_delays (id, person, case_ref, unit, authority, reference, from_at, until_at, ordered_by, ordered_at, lifted_at, lifted_by)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 0, '')`,
		string(e.Delay), string(e.Person), e.Case.String(), string(e.Unit), e.Authority, e.Reference, store.Micros(e.From), store.Micros(e.Until), string(e.Officer), store.Micros(m.Written))
}

// About names the order and the case; never the person, on whose page it
// would tell what is held back.
func (e DelayOrdered) About() []ident.Ref {
	return []ident.Ref{{Kind: KindDelay, ID: e.Delay}, e.Case}
}

// DelayConfirmed says that a second person held the order against the judge's
// own paper: from now on it holds look-ups back.
// Law: L09-08 7
type DelayConfirmed struct {
	Delay   ident.ID
	Officer ident.ID
}

// Apply puts it in force, once, by somebody else than who wrote it down.
func (e DelayConfirmed) Apply(w *store.Writer, m journal.Meta) error {
	return w.One("update citizens_delays set confirmed_by = $1, confirmed_at = $2 where id = $3 and confirmed_at = 0 and lifted_at = 0",
		string(e.Officer), store.Micros(m.Written), string(e.Delay))
}

// About names the order.
func (e DelayConfirmed) About() []ident.Ref { return []ident.Ref{{Kind: KindDelay, ID: e.Delay}} }

// DelayLifted says that an order ended before its time.
type DelayLifted struct {
	Delay   ident.ID
	Officer ident.ID
}

// Apply ends it.
func (e DelayLifted) Apply(w *store.Writer, m journal.Meta) error {
	return w.One("update citizens_delays set lifted_at = $1, lifted_by = $2 where id = $3 and lifted_at = 0", store.Micros(m.Written), string(e.Officer), string(e.Delay))
}

// About names the order.
func (e DelayLifted) About() []ident.Ref { return []ident.Ref{{Kind: KindDelay, ID: e.Delay}} }

// ContestOpened says that a citizen does not accept a line.
// Law: L09-08 8
type ContestOpened struct {
	Contest ident.ID
	Citizen ident.ID
	Person  ident.ID
	N       int64
	Due     time.Time
	Reason  journal.Sealed `seal:"Person"`
}

// Apply opens it.
func (e ContestOpened) Apply(w *store.Writer, m journal.Meta) error {
	return w.One(`insert into citizens_contests (id, citizen, person, n, reason, opened_at, due_at, upheld, answer, answered_by, answered_at)
		values ($1, $2, $3, $4, $5, $6, $7, false, null, '', 0)`,
		string(e.Contest), string(e.Citizen), string(e.Person), e.N, e.Reason, store.Micros(m.Written), store.Micros(e.Due))
}

// About names the contest and the account.
func (e ContestOpened) About() []ident.Ref {
	return []ident.Ref{{Kind: KindContest, ID: e.Contest}, citizenRef(e.Citizen)}
}

// ContestAnswered says what became of it, in words for the citizen.
type ContestAnswered struct {
	Contest ident.ID
	Citizen ident.ID
	Person  ident.ID
	Officer ident.ID
	Upheld  bool           // the look-up should not have been made
	Answer  journal.Sealed `seal:"Person"`
}

// Apply ends it.
func (e ContestAnswered) Apply(w *store.Writer, m journal.Meta) error {
	return w.One("update citizens_contests set upheld = $1, answer = $2, answered_by = $3, answered_at = $4 where id = $5 and answered_at = 0",
		e.Upheld, e.Answer, string(e.Officer), store.Micros(m.Written), string(e.Contest))
}

// About names the contest and the account.
func (e ContestAnswered) About() []ident.Ref {
	return []ident.Ref{{Kind: KindContest, ID: e.Contest}, citizenRef(e.Citizen)}
}
