package proofs

import (
	"slices"
	"time"

	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/policy"
)

// KindCredential is the kind of record, as references name it.
const (
	KindCredential = "credential"
	kindCitizen    = "citizen"
)

// Type is what a proof says.
type Type string

// The types.
const (
	Identity  Type = "identity"
	Age       Type = "age"
	Residence Type = "residence"
)

// Types lists them in the order in which they are offered.
func Types() []Type { return []Type{Identity, Age, Residence} }

// Claims lists what a proof of a type says of its holder, by the names of
// attributes; each can be shown without the others. Of an age proof none is a
// date.
func (t Type) Claims() []string {
	switch t {
	case Identity:
		return []string{"given_name", "family_name", "given_name_ar", "family_name_ar", "birthdate", "sex", "nationality", "national_id"}
	case Age:
		return []string{"age_over_16", "age_over_18", "age_over_21"}
	case Residence:
		return []string{"given_name", "family_name", "address"}
	}
	return nil
}

// Valid reports whether there is such a type.
func (t Type) Valid() bool { return slices.Contains(Types(), t) }

// Form is how a credential is written, as OpenID4VCI names it.
type Form string

// The forms.
const (
	SDJWT Form = "dc+sd-jwt"
	MDoc  Form = "mso_mdoc"
)

// Forms lists them.
func Forms() []Form { return []Form{SDJWT, MDoc} }

// Valid reports whether there is such a form.
func (f Form) Valid() bool { return slices.Contains(Forms(), f) }

// configuration names a type in a form, as a wallet asks for it.
func configuration(t Type, f Form) string {
	if f == MDoc {
		return string(t) + "-mdoc"
	}
	return string(t) + "-sd-jwt"
}

// docType is a type's name in documents of ISO 18013-5, and of its name space.
func (t Type) docType() string { return "org.amana-platform." + string(t) + ".1" }

// Life is how long a credential is good, from the day on which it was issued.
const Life = 90 * 24 * time.Hour

// Credential is a proof that a wallet took.
type Credential struct {
	ID      ident.ID
	Citizen ident.ID
	Type    Type
	Form    Form
	Index   int64 // in the status list
	Issued  time.Time
	Until   time.Time
	Revoked time.Time // zero while it stands
}

// Stands reports whether the credential proves anything at a time.
func (c Credential) Stands(now time.Time) bool { return c.Revoked.IsZero() && now.Before(c.Until) }

// resource is a citizen's proofs as the rules know them.
func resource(citizen ident.ID, level int) policy.Resource {
	return policy.Resource{Ref: ident.Ref{Kind: kindCitizen, ID: citizen}, Attrs: map[string]any{"citizen": string(citizen), "level": int64(level)}}
}
