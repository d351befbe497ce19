package cases

import (
	"time"

	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/store"
	"github.com/amana-platform/amana/modules/cases/enquiry"
)

// kinds lists every entry of the module.
func kinds() []journal.Kind {
	return []journal.Kind{
		journal.KindOf[CaseOpened]("cases.case-opened"),
		journal.KindOf[CaseAmended]("cases.case-amended"),
		journal.KindOf[CourtNamed]("cases.court-named"),
		journal.KindOf[PartyAdded]("cases.party-added"),
		journal.KindOf[PartyWithdrawn]("cases.party-withdrawn"),
		journal.KindOf[OffenceQualified]("cases.offence-qualified"),
		journal.KindOf[OffenceWithdrawn]("cases.offence-withdrawn"),
		journal.KindOf[EvidenceLinked]("cases.evidence-linked"),
		journal.KindOf[EvidenceUnlinked]("cases.evidence-unlinked"),
		journal.KindOf[PieceFiled]("cases.piece-filed"),
		journal.KindOf[PVDrafted]("cases.pv-drafted"),
		journal.KindOf[PVRevised]("cases.pv-revised"),
		journal.KindOf[PVDropped]("cases.pv-dropped"),
		journal.KindOf[PVSigned]("cases.pv-signed"),
		journal.KindOf[MeasureAsked]("cases.measure-asked"),
		journal.KindOf[MeasureRequested]("cases.measure-requested"),
		journal.KindOf[MeasureOrdered]("cases.measure-ordered"),
		journal.KindOf[MeasureRefused]("cases.measure-refused"),
		journal.KindOf[MeasureEnded]("cases.measure-ended"),
		journal.KindOf[MeasureWithdrawn]("cases.measure-withdrawn"),
		journal.KindOf[CaseAssigned]("cases.case-assigned"),
		journal.KindOf[CaseReleased]("cases.case-released"),
		journal.KindOf[CaseReferred]("cases.case-referred"),
		journal.KindOf[ReferralEnded]("cases.referral-ended"),
		journal.KindOf[TransferProposed]("cases.transfer-proposed"),
		journal.KindOf[TransferDecided]("cases.transfer-decided"),
		journal.KindOf[CaseRestricted]("cases.case-restricted"),
		journal.KindOf[CaseSealed]("cases.case-sealed"),
		journal.KindOf[CaseUnsealed]("cases.case-unsealed"),
		journal.KindOf[ReviewSubmitted]("cases.review-submitted"),
		journal.KindOf[ReviewReturned]("cases.review-returned"),
		journal.KindOf[ReviewApproved]("cases.review-approved"),
		journal.KindOf[RemarkAnswered]("cases.remark-answered"),
		journal.KindOf[RemarkResolved]("cases.remark-resolved"),
		journal.KindOf[DossierHandedOver]("cases.dossier-handed-over"),
		journal.KindOf[DossierIssued]("cases.dossier-issued"),
		journal.KindOf[DossierAcknowledged]("cases.dossier-acknowledged"),
		journal.KindOf[DossierReturned]("cases.dossier-returned"),
		journal.KindOf[DossierDecided]("cases.dossier-decided"),
	}
}

// Value is what was given for a field of the pack. Subject is whose it is: a
// person, or the record itself for free text.
type Value struct {
	Field   string
	Subject ident.ID
	Text    journal.Sealed `seal:"Subject"`
}

// putValues stores values of a record under the version that changed them.
func putValues(w *store.Writer, record ident.ID, version int64, values []Value) error {
	for _, v := range values {
		err := w.One("insert into cases_values (record, field, version, subject, value) values ($1, $2, $3, $4, $5)",
			string(record), v.Field, version, string(v.Subject), v.Text)
		if err != nil {
			return err
		}
	}
	return nil
}

// touch counts a change of a case.
func touch(w *store.Writer, id ident.ID) error {
	return w.One("update cases_cases set version = version + 1 where id = $1", string(id))
}

// setState moves a case and counts the change.
func setState(w *store.Writer, id ident.ID, s enquiry.State) error {
	return w.One("update cases_cases set state = $1, version = version + 1 where id = $2", string(s), string(id))
}

// CaseOpened says that an enquiry began.
type CaseOpened struct {
	Case            ident.ID
	Number          string
	Series          string
	N               int64
	Unit            ident.ID
	Origin          enquiry.Origin
	Complaint       ident.ID
	ComplaintNumber string
	Regime          string
	Facts           journal.Sealed `seal:"Case"`
	Place           journal.Sealed `seal:"Case"`
	From, To        time.Time
	Values          []Value
	By              ident.ID
}

// Apply adds the case.
func (e CaseOpened) Apply(w *store.Writer, m journal.Meta) error {
	err := w.One(`insert into cases_cases (id, number, series, n, unit, origin, complaint, complaint_number, regime, state, stage, round, facts, place,
		from_at, to_at, sensitivity, sealed, seal_order, outcome, opened_by, opened_at, closed_at, version, numbered_by)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'open', 0, 0, $10, $11, $12, $13, '', false, '', '', $14, $15, 0, 1, $5)`,
		string(e.Case), e.Number, e.Series, e.N, string(e.Unit), string(e.Origin), string(e.Complaint), e.ComplaintNumber, e.Regime, e.Facts, e.Place,
		store.Micros(e.From), store.Micros(e.To), string(e.By), store.Micros(m.Happened))
	if err != nil {
		return err
	}
	return putValues(w, e.Case, 1, e.Values)
}

// About names the case and the complaint it came from.
func (e CaseOpened) About() []ident.Ref {
	return refs(caseRef(e.Case), ident.Ref{Kind: "complaint", ID: e.Complaint})
}

// CaseAmended says that the facts or the legal frame of a case are stated anew.
type CaseAmended struct {
	Case     ident.ID
	Version  int64
	Regime   string
	Facts    journal.Sealed `seal:"Case"`
	Place    journal.Sealed `seal:"Case"`
	From, To time.Time
	Values   []Value
}

// Apply changes the case.
func (e CaseAmended) Apply(w *store.Writer, _ journal.Meta) error {
	err := w.One("update cases_cases set regime = $1, facts = $2, place = $3, from_at = $4, to_at = $5, version = $6 where id = $7",
		e.Regime, e.Facts, e.Place, store.Micros(e.From), store.Micros(e.To), e.Version, string(e.Case))
	if err != nil {
		return err
	}
	return putValues(w, e.Case, e.Version, e.Values)
}

// About names the case.
func (e CaseAmended) About() []ident.Ref { return refs(caseRef(e.Case)) }

// CourtNamed says before which court's investigating judge a case is, who gave
// the letters rogatory; "" when it is before none any more.
// Law: CPP 189
type CourtNamed struct {
	Case  ident.ID
	Court ident.ID
	By    ident.ID
}

// Apply names the court.
func (e CourtNamed) Apply(w *store.Writer, _ journal.Meta) error {
	return w.One("update cases_cases set court = $1, version = version + 1 where id = $2", string(e.Court), string(e.Case))
}

// About names the case and the court.
func (e CourtNamed) About() []ident.Ref { return refs(caseRef(e.Case), unitRef(e.Court)) }

// PartyAdded says what a person is in a case. The statement is open; how to
// reach the person is sealed.
type PartyAdded struct {
	ID      ident.ID
	Case    ident.ID
	Person  ident.ID
	Role    enquiry.Role
	Address journal.Sealed `seal:"Person"`
	Phone   journal.Sealed `seal:"Person"`
}

// Apply adds the party.
func (e PartyAdded) Apply(w *store.Writer, m journal.Meta) error {
	err := w.One("insert into cases_parties (id, case_id, person, role, address, phone, since_at, ended_at) values ($1, $2, $3, $4, $5, $6, $7, 0)",
		string(e.ID), string(e.Case), string(e.Person), string(e.Role), e.Address, e.Phone, store.Micros(m.Happened))
	if err != nil {
		return err
	}
	return touch(w, e.Case)
}

// About names the case and the person.
func (e PartyAdded) About() []ident.Ref { return refs(caseRef(e.Case), personRef(e.Person)) }

// PartyWithdrawn says that a person has no longer this role in a case.
type PartyWithdrawn struct {
	ID     ident.ID
	Case   ident.ID
	Person ident.ID
	Role   enquiry.Role
}

// Apply ends the party.
func (e PartyWithdrawn) Apply(w *store.Writer, m journal.Meta) error {
	if err := w.One("update cases_parties set ended_at = $1 where id = $2", store.Micros(m.Happened), string(e.ID)); err != nil {
		return err
	}
	return touch(w, e.Case)
}

// About names the case and the person.
func (e PartyWithdrawn) About() []ident.Ref { return refs(caseRef(e.Case), personRef(e.Person)) }

// OffenceQualified says which offence the facts are held to be, and by whom.
type OffenceQualified struct {
	ID          ident.ID
	Case        ident.ID
	Suspect     ident.ID // person; "" for an unknown offender
	Code        string
	LawAt       time.Time
	Class       string
	Attempted   bool
	Part        enquiry.Part
	Aggravating journal.Sealed `seal:"Case"`
	By          ident.ID
}

// Apply adds the qualification.
func (e OffenceQualified) Apply(w *store.Writer, m journal.Meta) error {
	err := w.One(`insert into cases_offences (id, case_id, suspect, code, law_at, class, attempted, part, aggravating, by_officer, at, withdrawn_at)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 0)`,
		string(e.ID), string(e.Case), string(e.Suspect), e.Code, store.Micros(e.LawAt), e.Class, e.Attempted, string(e.Part), e.Aggravating, string(e.By), store.Micros(m.Happened))
	if err != nil {
		return err
	}
	return touch(w, e.Case)
}

// About names the case and the suspect.
func (e OffenceQualified) About() []ident.Ref { return refs(caseRef(e.Case), personRef(e.Suspect)) }

// OffenceWithdrawn says that a qualification no longer stands.
type OffenceWithdrawn struct {
	ID      ident.ID
	Case    ident.ID
	Suspect ident.ID
	Code    string
}

// Apply ends the qualification.
func (e OffenceWithdrawn) Apply(w *store.Writer, m journal.Meta) error {
	if err := w.One("update cases_offences set withdrawn_at = $1 where id = $2", store.Micros(m.Happened), string(e.ID)); err != nil {
		return err
	}
	return touch(w, e.Case)
}

// About names the case and the suspect.
func (e OffenceWithdrawn) About() []ident.Ref { return refs(caseRef(e.Case), personRef(e.Suspect)) }

// EvidenceLinked says that an officer holds a piece to show an element.
type EvidenceLinked struct {
	ID      ident.ID
	Case    ident.ID
	Offence ident.ID
	Element string
	Kind    string
	Piece   ident.Ref
	By      ident.ID
}

// Apply adds the link.
func (e EvidenceLinked) Apply(w *store.Writer, m journal.Meta) error {
	err := w.One(`insert into cases_links (id, case_id, offence, element, kind, piece_kind, piece, by_officer, at, removed_at)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0)`,
		string(e.ID), string(e.Case), string(e.Offence), e.Element, e.Kind, e.Piece.Kind, string(e.Piece.ID), string(e.By), store.Micros(m.Happened))
	if err != nil {
		return err
	}
	return touch(w, e.Case)
}

// About names the case and the piece.
func (e EvidenceLinked) About() []ident.Ref { return refs(caseRef(e.Case), e.Piece) }

// EvidenceUnlinked says that a piece is no longer held to show an element.
type EvidenceUnlinked struct {
	ID      ident.ID
	Case    ident.ID
	Element string
	Piece   ident.Ref
}

// Apply ends the link.
func (e EvidenceUnlinked) Apply(w *store.Writer, m journal.Meta) error {
	if err := w.One("update cases_links set removed_at = $1 where id = $2", store.Micros(m.Happened), string(e.ID)); err != nil {
		return err
	}
	return touch(w, e.Case)
}

// About names the case and the piece.
func (e EvidenceUnlinked) About() []ident.Ref { return refs(caseRef(e.Case), e.Piece) }

// PieceFiled says that a paper or a file came into a case.
type PieceFiled struct {
	ID    ident.ID
	Case  ident.ID
	Kind  string
	Title journal.Sealed `seal:"ID"`
	Info  journal.Sealed `seal:"ID"`
	By    ident.ID
}

// Apply adds the piece.
func (e PieceFiled) Apply(w *store.Writer, m journal.Meta) error {
	err := w.One("insert into cases_pieces (id, case_id, kind, title, info, by_officer, at) values ($1, $2, $3, $4, $5, $6, $7)",
		string(e.ID), string(e.Case), e.Kind, e.Title, e.Info, string(e.By), store.Micros(m.Happened))
	if err != nil {
		return err
	}
	return touch(w, e.Case)
}

// About names the case and the piece.
func (e PieceFiled) About() []ident.Ref { return refs(caseRef(e.Case), pieceRef(e.ID)) }
