package trust

import (
	"encoding/json"
	"strings"
	"time"

	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/store"
)

func kinds() []journal.Kind {
	return []journal.Kind{
		journal.KindOf[InstitutionApplied]("trust.institution-applied", func(f journal.Fields) journal.Fields { return f }), // version 1 knew no programs for officers
		journal.KindOf[InstitutionExamined]("trust.institution-examined"),
		journal.KindOf[InstitutionApproved]("trust.institution-approved"),
		journal.KindOf[InstitutionRefused]("trust.institution-refused"),
		journal.KindOf[InstitutionSuspended]("trust.institution-suspended"),
		journal.KindOf[InstitutionResumed]("trust.institution-resumed"),
		journal.KindOf[InstitutionExpired]("trust.institution-expired"),
		journal.KindOf[InstitutionKeysChanged]("trust.institution-keys-changed"),
		journal.KindOf[KeyPublished]("trust.key-published"),
		journal.KindOf[KeyRetired]("trust.key-retired"),
		journal.KindOf[RequestRefused]("trust.request-refused"),
		journal.KindOf[ConsentGiven]("trust.consent-given"),
		journal.KindOf[ConsentRefused]("trust.consent-refused"),
		journal.KindOf[ConsentWithdrawn]("trust.consent-withdrawn"),
		journal.KindOf[PersonVerified]("trust.person-verified"),
		journal.KindOf[OfficerVerified]("trust.officer-verified"),
		journal.KindOf[StreamKept]("trust.stream-kept"),
		journal.KindOf[StreamSet]("trust.stream-set"),
		journal.KindOf[StreamEnded]("trust.stream-ended"),
	}
}

func institutionRef(id ident.ID) []ident.Ref { return []ident.Ref{{Kind: KindInstitution, ID: id}} }

func officerRef(id ident.ID) []ident.Ref {
	if id == "" {
		return nil
	}
	return []ident.Ref{{Kind: "officer", ID: id}}
}

// list writes a list into a text column.
func list(all []string) string {
	raw, err := json.Marshal(all)
	if err != nil || all == nil {
		return "[]"
	}
	return string(raw)
}

// InstitutionApplied says that an institution states what it wants to ask, for
// the first time or anew. A sandbox is open at once, until its term.
// Law: L09-08 3
type InstitutionApplied struct {
	ID           ident.ID
	N            int64
	By           ident.ID // an officer who entered it; "" if the institution did
	Sandbox      bool
	Until        time.Time // of a sandbox
	Door         string    // digest of the code that opens the institution's space
	Registration Registration
}

// Apply adds the institution, if it is new, and the version.
func (e InstitutionApplied) Apply(w *store.Writer, m journal.Meta) error {
	r := e.Registration
	if e.N == 1 {
		state := Applied
		if e.Sandbox {
			state = Active
		}
		err := w.One(`insert into trust_institutions (id, state, sandbox, host, until_at, keys, version, door, why, applied_at) values ($1, $2, $3, $4, $5, $6, 1, $7, null, $8)`,
			string(e.ID), string(state), e.Sandbox, r.host(), store.Micros(e.Until), r.Keys, e.Door, store.Micros(m.Happened))
		if err != nil {
			return err
		}
	} else if err := w.Do("delete from trust_versions where institution = $1 and state in ('applied', 'examined')", string(e.ID)); err != nil {
		return err
	}
	state := Applied
	if e.Sandbox {
		state = Approved
	}
	return w.One(`insert into trust_versions (institution, n, state, name_ar, name_fr, name_en, purpose_ar, purpose_fr, purpose_en, basis, ceiling, level, retention, contact,
		redirects, post_logouts, backchannel, counter, keys, applied_at, applied_by, examined_by, finding, decided_by, decided_at, reason, officers)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, '', null, '', 0, null, $22)`,
		string(e.ID), e.N, string(state), r.Name[0], r.Name[1], r.Name[2], r.Purpose[0], r.Purpose[1], r.Purpose[2], r.Basis, list(r.Ceiling), int64(r.Level), r.Retention, r.Contact,
		list(r.Redirects), list(r.PostLogouts), r.Backchannel, r.Counter, r.Keys, store.Micros(m.Happened), string(e.By), r.Officers)
}

// About names the institution and who entered it.
func (e InstitutionApplied) About() []ident.Ref {
	return append(institutionRef(e.ID), officerRef(e.By)...)
}

// InstitutionExamined says that one person looked at a version and finds it right.
type InstitutionExamined struct {
	ID      ident.ID
	N       int64
	By      ident.ID
	Finding journal.Sealed `seal:"ID"`
}

// Apply notes it; the unit of who examined answers for the institution.
func (e InstitutionExamined) Apply(w *store.Writer, m journal.Meta) error {
	if err := w.Do("update trust_institutions set unit = $1 where id = $2", string(m.Unit), string(e.ID)); err != nil {
		return err
	}
	return w.One("update trust_versions set state = 'examined', examined_by = $1, finding = $2 where institution = $3 and n = $4 and state = 'applied'",
		string(e.By), e.Finding, string(e.ID), e.N)
}

// About names the institution.
func (e InstitutionExamined) About() []ident.Ref { return institutionRef(e.ID) }

// InstitutionApproved says that a second person lets it ask, until a day.
type InstitutionApproved struct {
	ID    ident.ID
	N     int64
	By    ident.ID
	Until time.Time
}

// Apply puts the version in force.
func (e InstitutionApproved) Apply(w *store.Writer, m journal.Meta) error {
	err := w.One("update trust_versions set state = 'approved', decided_by = $1, decided_at = $2 where institution = $3 and n = $4 and state = 'examined'",
		string(e.By), store.Micros(m.Happened), string(e.ID), e.N)
	if err != nil {
		return err
	}
	return w.One(`update trust_institutions set state = 'active', version = $1, until_at = $2,
		keys = (select v.keys from trust_versions v where v.institution = $3 and v.n = $1) where id = $3`, e.N, store.Micros(e.Until), string(e.ID))
}

// About names the institution.
func (e InstitutionApproved) About() []ident.Ref { return institutionRef(e.ID) }

// InstitutionRefused says that a version is not approved, and why.
type InstitutionRefused struct {
	ID     ident.ID
	N      int64
	By     ident.ID
	Reason journal.Sealed `seal:"ID"`
}

// Apply ends the version, and the application if it was the first, for which the
// unit of who refused it then answers.
func (e InstitutionRefused) Apply(w *store.Writer, m journal.Meta) error {
	err := w.One("update trust_versions set state = 'refused', decided_by = $1, decided_at = $2, reason = $3 where institution = $4 and n = $5 and state in ('applied', 'examined')",
		string(e.By), store.Micros(m.Happened), e.Reason, string(e.ID), e.N)
	if err != nil {
		return err
	}
	return w.Do("update trust_institutions set state = 'refused', unit = $1 where id = $2 and state = 'applied'", string(m.Unit), string(e.ID))
}

// About names the institution.
func (e InstitutionRefused) About() []ident.Ref { return institutionRef(e.ID) }

// InstitutionSuspended says that it may not ask until that is lifted.
type InstitutionSuspended struct {
	ID     ident.ID
	By     ident.ID
	Reason journal.Sealed `seal:"ID"`
}

// Apply closes its door.
func (e InstitutionSuspended) Apply(w *store.Writer, m journal.Meta) error {
	return w.One("update trust_institutions set state = 'suspended', why = $1, suspensions = suspensions + 1, suspended_at = $2 where id = $3 and state = 'active'",
		e.Reason, store.Micros(m.Written), string(e.ID))
}

// About names the institution.
func (e InstitutionSuspended) About() []ident.Ref { return institutionRef(e.ID) }

// InstitutionResumed says that a suspension is over.
type InstitutionResumed struct {
	ID     ident.ID
	By     ident.ID
	Reason journal.Sealed `seal:"ID"`
}

// Apply opens its door again.
func (e InstitutionResumed) Apply(w *store.Writer, _ journal.Meta) error {
	return w.One("update trust_institutions set state = 'active', why = null, suspended_at = 0 where id = $1 and state = 'suspended'", string(e.ID))
}

// About names the institution.
func (e InstitutionResumed) About() []ident.Ref { return institutionRef(e.ID) }

// InstitutionExpired says that its year is over.
type InstitutionExpired struct{ ID ident.ID }

// Apply closes its door.
func (e InstitutionExpired) Apply(w *store.Writer, _ journal.Meta) error {
	return w.One("update trust_institutions set state = 'expired' where id = $1 and state in ('active', 'suspended')", string(e.ID))
}

// About names the institution.
func (e InstitutionExpired) About() []ident.Ref { return institutionRef(e.ID) }

// InstitutionKeysChanged says that the institution signs with other keys.
type InstitutionKeysChanged struct {
	ID   ident.ID
	Keys string
}

// Apply replaces them.
func (e InstitutionKeysChanged) Apply(w *store.Writer, _ journal.Meta) error {
	return w.One("update trust_institutions set keys = $1 where id = $2", e.Keys, string(e.ID))
}

// About names the institution.
func (e InstitutionKeysChanged) About() []ident.Ref { return institutionRef(e.ID) }

// KeyPublished says that tokens will be signed with a key from a time to
// another: each key stands in the record before its first token.
type KeyPublished struct {
	Kid    string
	Public string // JWK
	From   time.Time
	Until  time.Time
}

// Apply adds the key.
func (e KeyPublished) Apply(w *store.Writer, _ journal.Meta) error {
	return w.One("insert into trust_keys (kid, public, from_at, until_at, retired_at) values ($1, $2, $3, $4, 0)", e.Kid, e.Public, store.Micros(e.From), store.Micros(e.Until))
}

// About names nothing: a key is no record.
func (KeyPublished) About() []ident.Ref { return nil }

// KeyRetired says that a key is no longer published: its last token is over,
// or it must not be trusted any more.
type KeyRetired struct{ Kid string }

// Apply notes when.
func (e KeyRetired) Apply(w *store.Writer, m journal.Meta) error {
	return w.One("update trust_keys set retired_at = $1 where kid = $2 and retired_at = 0", store.Micros(m.Happened), e.Kid)
}

// About names nothing.
func (KeyRetired) About() []ident.Ref { return nil }

// RequestRefused says that an institution asked for more than it may.
// Law: L09-08 3
type RequestRefused struct {
	ID          ident.ID
	Institution ident.ID
	Above       []string // the attributes above its ceiling
}

// Apply counts it.
func (e RequestRefused) Apply(w *store.Writer, m journal.Meta) error {
	return w.One("insert into trust_refusals (id, institution, above, at) values ($1, $2, $3, $4)", string(e.ID), string(e.Institution), strings.Join(e.Above, " "), store.Micros(m.Happened))
}

// About names the institution.
func (e RequestRefused) About() []ident.Ref { return institutionRef(e.Institution) }
