package units

import (
	"time"

	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/store"
)

// OfficerSuspended says that all access of an officer stops.
type OfficerSuspended struct {
	ID      ident.ID
	Officer ident.ID
	From    time.Time
	By      ident.ID
	Reason  journal.Sealed `seal:"Officer"`
}

// Apply adds the suspension.
func (e OfficerSuspended) Apply(w *store.Writer, m journal.Meta) error {
	err := w.One("insert into units_suspensions (id, officer, from_at, by_officer, reason, lifted_at, lifted_by) values ($1, $2, $3, $4, $5, 0, '')",
		string(e.ID), string(e.Officer), store.Micros(e.From), string(e.By), e.Reason)
	if err != nil {
		return err
	}
	return touch(w, e.Officer, m)
}

// About names the officer.
func (e OfficerSuspended) About() []ident.Ref { return refs(officerRef(e.Officer)) }

// SuspensionLifted says that an officer may work again.
type SuspensionLifted struct {
	ID      ident.ID
	Officer ident.ID
	At      time.Time
	By      ident.ID
}

// Apply ends the suspension.
func (e SuspensionLifted) Apply(w *store.Writer, m journal.Meta) error {
	err := w.One("update units_suspensions set lifted_at = $1, lifted_by = $2 where id = $3", store.Micros(e.At), string(e.By), string(e.ID))
	if err != nil {
		return err
	}
	return touch(w, e.Officer, m)
}

// About names the officer.
func (e SuspensionLifted) About() []ident.Ref { return refs(officerRef(e.Officer)) }

// DutyOpened says that a standing duty began.
type DutyOpened struct {
	Task    ident.ID
	Unit    ident.ID
	Officer ident.ID
	Post    ident.ID
	Kind    string
	From    time.Time
	To      time.Time
}

// Apply adds the duty.
func (e DutyOpened) Apply(w *store.Writer, m journal.Meta) error {
	err := w.One("insert into units_duties (id, unit, officer, post, kind, from_at, to_at) values ($1, $2, $3, $4, $5, $6, $7)",
		string(e.Task), string(e.Unit), string(e.Officer), string(e.Post), e.Kind, store.Micros(e.From), store.Micros(e.To))
	if err != nil {
		return err
	}
	return beat(w, m)
}

// About names the duty, the unit and the officer.
func (e DutyOpened) About() []ident.Ref {
	return refs(taskRef(e.Task), unitRef(e.Unit), officerRef(e.Officer))
}

// DutyEnded says that a standing duty ended.
type DutyEnded struct {
	Task    ident.ID
	Unit    ident.ID
	Officer ident.ID
	To      time.Time
}

// Apply ends the duty.
func (e DutyEnded) Apply(w *store.Writer, m journal.Meta) error {
	if err := w.One("update units_duties set to_at = $1 where id = $2", store.Micros(e.To), string(e.Task)); err != nil {
		return err
	}
	return beat(w, m)
}

// About names the duty, the unit and the officer.
func (e DutyEnded) About() []ident.Ref {
	return refs(taskRef(e.Task), unitRef(e.Unit), officerRef(e.Officer))
}

// CodeIssued says that a one-time code was made, of which only the hash is
// kept. Without an officer it makes the first administrator. It voids the
// codes made before for the same officer.
type CodeIssued struct {
	ID      ident.ID
	Officer ident.ID
	Hash    string // SHA-256 in hex of the code, which has 100 random bits
	Until   time.Time
}

// Apply voids the officer's open codes and adds this one.
func (e CodeIssued) Apply(w *store.Writer, m journal.Meta) error {
	_, err := w.Exec("update units_codes set until_at = 0 where officer = $1 and used_at = 0", string(e.Officer))
	if err != nil {
		return err
	}
	err = w.One("insert into units_codes (id, hash, officer, made_at, until_at, used_at) values ($1, $2, $3, $4, $5, 0)",
		string(e.ID), e.Hash, string(e.Officer), store.Micros(m.Written), store.Micros(e.Until))
	if err != nil {
		return err
	}
	return beat(w, m)
}

// About names the officer.
func (e CodeIssued) About() []ident.Ref { return refs(officerRef(e.Officer)) }

// PasskeyRegistered says that an officer may sign in with a key.
type PasskeyRegistered struct {
	Passkey ident.ID
	Officer ident.ID
	Label   journal.Sealed `seal:"Officer"`
	Record  journal.Sealed `seal:"Officer"`
	Code    ident.ID       // the one-time code used up by it, "" where the officer was signed in
}

// Apply adds the key and uses up the code.
func (e PasskeyRegistered) Apply(w *store.Writer, m journal.Meta) error {
	err := w.One("insert into units_passkeys (id, officer, label, record, made_at, removed_at, doubted_at) values ($1, $2, $3, $4, $5, 0, 0)",
		string(e.Passkey), string(e.Officer), e.Label, e.Record, store.Micros(m.Written))
	if err == nil && e.Code != "" {
		err = w.One("update units_codes set used_at = $1 where id = $2", store.Micros(m.Written), string(e.Code))
	}
	if err != nil {
		return err
	}
	return beat(w, m)
}

// About names the officer.
func (e PasskeyRegistered) About() []ident.Ref { return refs(officerRef(e.Officer)) }

// PasskeyRemoved says that a key opens nothing any more.
type PasskeyRemoved struct {
	Passkey ident.ID
	Officer ident.ID
}

// Apply ends the key.
func (e PasskeyRemoved) Apply(w *store.Writer, m journal.Meta) error {
	if err := w.One("update units_passkeys set removed_at = $1 where id = $2", store.Micros(m.Written), string(e.Passkey)); err != nil {
		return err
	}
	return beat(w, m)
}

// About names the officer.
func (e PasskeyRemoved) About() []ident.Ref { return refs(officerRef(e.Officer)) }

// PasskeyDoubted says that a key answered with a count of uses that it had
// passed already: a copy of it may exist (WebAuthn 3, section 6.1.1). It opens
// nothing until its owner registers another.
type PasskeyDoubted struct {
	Passkey ident.ID
	Officer ident.ID
	Known   int64 // uses known before
	Said    int64 // uses it claimed now
}

// Apply closes the key.
func (e PasskeyDoubted) Apply(w *store.Writer, m journal.Meta) error {
	if err := w.One("update units_passkeys set doubted_at = $1 where id = $2", store.Micros(m.Written), string(e.Passkey)); err != nil {
		return err
	}
	return beat(w, m)
}

// About names the officer.
func (e PasskeyDoubted) About() []ident.Ref { return refs(officerRef(e.Officer)) }
