package citizens

import (
	"time"

	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/store"
)

// kinds lists every entry of the module.
func kinds() []journal.Kind {
	return []journal.Kind{
		journal.KindOf[Enrolled]("citizens.enrolled"),
		journal.KindOf[ResidenceAttested]("citizens.residence-attested"),
		journal.KindOf[CodeIssued]("citizens.code-issued"),
		journal.KindOf[CodeUsed]("citizens.code-used"),
		journal.KindOf[SignedIn]("citizens.signed-in"),
		journal.KindOf[SessionEnded]("citizens.session-ended"),
		journal.KindOf[SessionsEnded]("citizens.sessions-ended"),
		journal.KindOf[MeansAdded]("citizens.means-added"),
		journal.KindOf[MeansRevoked]("citizens.means-revoked"),
		journal.KindOf[Recovered]("citizens.recovered"),
		journal.KindOf[AccountClosed]("citizens.account-closed"),
		journal.KindOf[LineWritten]("citizens.line-written"),
		journal.KindOf[LineHeld]("citizens.line-held"),
		journal.KindOf[AccessesRead]("citizens.accesses-read"),
		journal.KindOf[LogFilled]("citizens.log-filled"),
		journal.KindOf[LogStated]("citizens.log-stated"),
		journal.KindOf[DelayOrdered]("citizens.delay-ordered"),
		journal.KindOf[DelayConfirmed]("citizens.delay-confirmed"),
		journal.KindOf[DelayLifted]("citizens.delay-lifted"),
		journal.KindOf[ContestOpened]("citizens.contest-opened"),
		journal.KindOf[ContestAnswered]("citizens.contest-answered"),
	}
}

func citizenRef(id ident.ID) ident.Ref { return ident.Ref{Kind: KindCitizen, ID: id} }

func personRef(id ident.ID) ident.Ref { return ident.Ref{Kind: kindPerson, ID: id} }

// Enrolled says that a person has an account: an officer saw them and their
// documents, or they proved themselves by their card.
// Law: L04-20
type Enrolled struct {
	Citizen   ident.ID
	Person    ident.ID
	Officer   ident.ID // "" by the card
	Documents []string // of Documents()
}

// Apply adds the account.
func (e Enrolled) Apply(w *store.Writer, m journal.Meta) error {
	at := store.Micros(m.Written)
	return w.One(`insert into citizens_accounts (id, person, unit, enrolled_at, enrolled_by, since_at, closed_at, filled_at, lines, residence)
		values ($1, $2, $3, $4, $5, 0, 0, 0, 0, null)`, string(e.Citizen), string(e.Person), string(m.Unit), at, string(e.Officer))
}

// About names the account and the person.
func (e Enrolled) About() []ident.Ref {
	return []ident.Ref{citizenRef(e.Citizen), personRef(e.Person)}
}

// ResidenceAttested says that an officer saw a certificate of residence of an
// area of the pack.
type ResidenceAttested struct {
	Citizen ident.ID
	Person  ident.ID
	Officer ident.ID
	Area    journal.Sealed `seal:"Person"`
}

// Apply notes the area.
func (e ResidenceAttested) Apply(w *store.Writer, _ journal.Meta) error {
	return w.One("update citizens_accounts set residence = $1 where id = $2", e.Area, string(e.Citizen))
}

// About names the account.
func (e ResidenceAttested) About() []ident.Ref { return []ident.Ref{citizenRef(e.Citizen)} }

// CodeIssued says that an officer handed over a one-time code. Only a digest
// of it and of the holder's number is kept.
type CodeIssued struct {
	Code    ident.ID
	Citizen ident.ID
	Officer ident.ID
	Digest  string
	Until   time.Time
}

// Apply keeps the digest. A code that was not used ends with the next.
func (e CodeIssued) Apply(w *store.Writer, m journal.Meta) error {
	at := store.Micros(m.Written)
	if _, err := w.Exec("update citizens_codes set until_at = 0 where citizen = $1 and used_at = 0", string(e.Citizen)); err != nil {
		return err
	}
	return w.One("insert into citizens_codes (id, citizen, digest, issued_by, issued_at, until_at, used_at) values ($1, $2, $3, $4, $5, $6, 0)",
		string(e.Code), string(e.Citizen), e.Digest, string(e.Officer), at, store.Micros(e.Until))
}

// About names the account.
func (e CodeIssued) About() []ident.Ref { return []ident.Ref{citizenRef(e.Citizen)} }

// CodeUsed says that a code let its holder in. It cannot happen twice.
type CodeUsed struct {
	Code    ident.ID
	Citizen ident.ID
}

// Apply uses the code up.
func (e CodeUsed) Apply(w *store.Writer, m journal.Meta) error {
	return w.One("update citizens_codes set used_at = $1 where id = $2 and used_at = 0", store.Micros(m.Written), string(e.Code))
}

// About names the account.
func (e CodeUsed) About() []ident.Ref { return []ident.Ref{citizenRef(e.Citizen)} }

// SignedIn says that a citizen proved who they are, by which means.
type SignedIn struct {
	Citizen ident.ID
	Session string // public part of its name
	Kind    string
	Means   ident.ID // "" for a code
}

// Apply changes nothing: sessions are working state.
func (SignedIn) Apply(*store.Writer, journal.Meta) error { return nil }

// About names the account.
func (e SignedIn) About() []ident.Ref { return []ident.Ref{citizenRef(e.Citizen)} }

// SessionEnded says that a citizen signed out of one session.
type SessionEnded struct {
	Citizen ident.ID
	Session string
}

// Apply changes nothing: sessions are working state.
func (SessionEnded) Apply(*store.Writer, journal.Meta) error { return nil }

// About names the account.
func (e SessionEnded) About() []ident.Ref { return []ident.Ref{citizenRef(e.Citizen)} }

// SessionsEnded says that a citizen signed out everywhere.
type SessionsEnded struct{ Citizen ident.ID }

// Apply ends what began before.
func (e SessionsEnded) Apply(w *store.Writer, m journal.Meta) error {
	return endSessions(w, e.Citizen, m)
}

// About names the account.
func (e SessionsEnded) About() []ident.Ref { return []ident.Ref{citizenRef(e.Citizen)} }

// endSessions ends every session that began before now.
func endSessions(w *store.Writer, citizen ident.ID, m journal.Meta) error {
	return w.One("update citizens_accounts set since_at = $1 where id = $2", store.Micros(m.Written), string(citizen))
}

// MeansAdded says that a passkey was registered, or a card used for the first
// time.
type MeansAdded struct {
	Means       ident.ID
	Citizen     ident.ID
	Person      ident.ID
	Kind        string
	Fingerprint string
	Label       journal.Sealed `seal:"Person"`
	Record      journal.Sealed `seal:"Person"`
}

// Apply adds it.
func (e MeansAdded) Apply(w *store.Writer, m journal.Meta) error {
	return w.One(`insert into citizens_means (id, citizen, kind, fingerprint, label, record, added_at, revoked_at, why) values ($1, $2, $3, $4, $5, $6, $7, 0, '')`,
		string(e.Means), string(e.Citizen), e.Kind, e.Fingerprint, e.Label, e.Record, store.Micros(m.Written))
}

// About names the account.
func (e MeansAdded) About() []ident.Ref { return []ident.Ref{citizenRef(e.Citizen)} }

// MeansRevoked says that a means proves nothing any more. Sessions that stand
// on it are over.
type MeansRevoked struct {
	Means   ident.ID
	Citizen ident.ID
	Officer ident.ID // "" by the citizen, or by the service
	Why     string
}

// Apply ends it.
func (e MeansRevoked) Apply(w *store.Writer, m journal.Meta) error {
	return w.One("update citizens_means set revoked_at = $1, why = $2 where id = $3 and revoked_at = 0", store.Micros(m.Written), e.Why, string(e.Means))
}

// About names the account.
func (e MeansRevoked) About() []ident.Ref { return []ident.Ref{citizenRef(e.Citizen)} }

// Recovered says that somebody who lost their means showed two documents to an
// officer: whatever proved them before proves nothing now.
type Recovered struct {
	Citizen   ident.ID
	Officer   ident.ID
	Documents []string
}

// Apply revokes every means, every open code and every session.
func (e Recovered) Apply(w *store.Writer, m journal.Meta) error {
	if _, err := w.Exec("update citizens_means set revoked_at = $1, why = $2 where citizen = $3 and revoked_at = 0", store.Micros(m.Written), whyRecovered, string(e.Citizen)); err != nil {
		return err
	}
	if _, err := w.Exec("update citizens_codes set until_at = 0 where citizen = $1 and used_at = 0", string(e.Citizen)); err != nil {
		return err
	}
	if _, err := w.Exec("update citizens_accounts set recoveries = recoveries + 1 where id = $1", string(e.Citizen)); err != nil {
		return err
	}
	return endSessions(w, e.Citizen, m)
}

// About names the account.
func (e Recovered) About() []ident.Ref { return []ident.Ref{citizenRef(e.Citizen)} }

// AccountClosed says that an account may not be used any more. Its log stays.
type AccountClosed struct {
	Citizen ident.ID
	Officer ident.ID // "" by the citizen
}

// Apply closes it.
func (e AccountClosed) Apply(w *store.Writer, m journal.Meta) error {
	return w.One("update citizens_accounts set closed_at = $1 where id = $2 and closed_at = 0", store.Micros(m.Written), string(e.Citizen))
}

// About names the account.
func (e AccountClosed) About() []ident.Ref { return []ident.Ref{citizenRef(e.Citizen)} }
