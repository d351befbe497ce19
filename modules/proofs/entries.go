package proofs

import (
	"time"

	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/store"
)

func kinds() []journal.Kind {
	return []journal.Kind{
		journal.KindOf[CredentialIssued]("proofs.credential-issued"),
		journal.KindOf[CredentialRevoked]("proofs.credential-revoked"),
	}
}

// CredentialIssued says that a wallet took a credential: of which type, and
// where its revocation can be read. What it says stands nowhere.
// Law: L04-20
type CredentialIssued struct {
	Credential ident.ID
	Citizen    ident.ID
	Type       string
	Form       string
	Index      int64
	Until      time.Time
}

// Apply adds it.
func (e CredentialIssued) Apply(w *store.Writer, m journal.Meta) error {
	return w.One("insert into proofs_credentials (id, citizen, type, form, list_index, issued_at, until_at, revoked_at) values ($1, $2, $3, $4, $5, $6, $7, 0)",
		string(e.Credential), string(e.Citizen), e.Type, e.Form, e.Index, store.Micros(m.Written), store.Micros(e.Until))
}

// About names the credential and the citizen.
func (e CredentialIssued) About() []ident.Ref { return about(e.Credential, e.Citizen) }

func about(credential, citizen ident.ID) []ident.Ref {
	return []ident.Ref{{Kind: KindCredential, ID: credential}, {Kind: kindCitizen, ID: citizen}}
}

// CredentialRevoked says that a credential proves nothing any more.
type CredentialRevoked struct {
	Credential ident.ID
	Citizen    ident.ID
}

// Apply ends it.
func (e CredentialRevoked) Apply(w *store.Writer, m journal.Meta) error {
	return w.One("update proofs_credentials set revoked_at = $1 where id = $2 and revoked_at = 0", store.Micros(m.Written), string(e.Credential))
}

// About names the credential and the citizen.
func (e CredentialRevoked) About() []ident.Ref { return about(e.Credential, e.Citizen) }
