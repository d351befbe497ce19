package trust

import (
	"strings"

	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/store"
)

// about names whom an act concerns: the institution, the citizen's account, the person.
func about(institution, citizen, person ident.ID) []ident.Ref {
	return append(institutionRef(institution), ident.Ref{Kind: "citizen", ID: citizen}, ident.Ref{Kind: "person", ID: person})
}

// ConsentGiven says what a citizen agreed that an institution is told.
// Law: L09-08 4
type ConsentGiven struct {
	ID          ident.ID
	Citizen     ident.ID
	Person      ident.ID
	Institution ident.ID
	N           int64          // version of the registration that was shown
	Claims      []string       // names
	LeftOut     []string       // voluntary ones that they did not agree to
	Subject     journal.Sealed `seal:"Person"` // the name under which the institution knows them
}

// Apply keeps it; an earlier one to the same institution ends by it.
func (e ConsentGiven) Apply(w *store.Writer, m journal.Meta) error {
	err := w.Do("update trust_consents set ended_at = $1 where citizen = $2 and institution = $3 and ended_at = 0", store.Micros(m.Happened), string(e.Citizen), string(e.Institution))
	if err != nil {
		return err
	}
	return w.One("insert into trust_consents (id, citizen, person, institution, n, claims, left_out, subject, given_at, ended_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0)",
		string(e.ID), string(e.Citizen), string(e.Person), string(e.Institution), e.N, strings.Join(e.Claims, " "), strings.Join(e.LeftOut, " "), e.Subject, store.Micros(m.Happened))
}

// About names whom it concerns.
func (e ConsentGiven) About() []ident.Ref { return about(e.Institution, e.Citizen, e.Person) }

// ConsentRefused says that a citizen did not agree.
type ConsentRefused struct {
	ID          ident.ID
	Citizen     ident.ID
	Person      ident.ID
	Institution ident.ID
	N           int64
	Claims      []string
}

// Apply counts it.
func (e ConsentRefused) Apply(w *store.Writer, m journal.Meta) error {
	return w.One("insert into trust_verifications (id, citizen, person, institution, n, claims, level, channel, result, at) values ($1, $2, $3, $4, $5, $6, 0, '', 'declined', $7)",
		string(e.ID), string(e.Citizen), string(e.Person), string(e.Institution), e.N, strings.Join(e.Claims, " "), store.Micros(m.Happened))
}

// About names whom it concerns.
func (e ConsentRefused) About() []ident.Ref { return about(e.Institution, e.Citizen, e.Person) }

// ConsentWithdrawn says that a citizen no longer agrees. Law: L09-08 4
type ConsentWithdrawn struct {
	ID          ident.ID // of the consent
	Citizen     ident.ID
	Person      ident.ID
	Institution ident.ID
}

// Apply ends it.
func (e ConsentWithdrawn) Apply(w *store.Writer, m journal.Meta) error {
	return w.One("update trust_consents set ended_at = $1 where id = $2 and ended_at = 0", store.Micros(m.Happened), string(e.ID))
}

// About names whom it concerns.
func (e ConsentWithdrawn) About() []ident.Ref { return about(e.Institution, e.Citizen, e.Person) }

// PersonVerified says that an institution is told attributes of a person: their
// names, never their values. It is written before anything is released.
type PersonVerified struct {
	ID          ident.ID
	Citizen     ident.ID
	Person      ident.ID
	Institution ident.ID
	N           int64
	Claims      []string
	Level       int
	Channel     string // "page", "counter"
}

// Apply keeps it.
func (e PersonVerified) Apply(w *store.Writer, m journal.Meta) error {
	return w.One("insert into trust_verifications (id, citizen, person, institution, n, claims, level, channel, result, at) values ($1, $2, $3, $4, $5, $6, $7, $8, 'released', $9)",
		string(e.ID), string(e.Citizen), string(e.Person), string(e.Institution), e.N, strings.Join(e.Claims, " "), int64(e.Level), e.Channel, store.Micros(m.Happened))
}

// About names whom it concerns.
func (e PersonVerified) About() []ident.Ref { return about(e.Institution, e.Citizen, e.Person) }
