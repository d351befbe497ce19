package cases

import (
	"encoding/json"

	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/store"
	"github.com/amana-platform/amana/modules/cases/enquiry"
)

// ReviewSubmitted says that a case was laid before a chief.
type ReviewSubmitted struct {
	Review ident.ID
	Case   ident.ID
	Round  int64
	Stage  int64
	By     ident.ID
}

// Apply opens the stage.
func (e ReviewSubmitted) Apply(w *store.Writer, m journal.Meta) error {
	if err := openStage(w, e.Review, e.Case, e.Round, e.Stage, e.By, m); err != nil {
		return err
	}
	return w.One("update cases_cases set state = 'in-review', stage = $1, version = version + 1 where id = $2", e.Stage, string(e.Case))
}

func openStage(w *store.Writer, review, id ident.ID, round, stage int64, by ident.ID, m journal.Meta) error {
	return w.One("insert into cases_reviews (id, case_id, round, stage, submitted_by, at, reviewer, outcome, decided_at) values ($1, $2, $3, $4, $5, $6, '', '', 0)",
		string(review), string(id), round, stage, string(by), store.Micros(m.Happened))
}

func decideStage(w *store.Writer, review, reviewer ident.ID, outcome string, m journal.Meta) error {
	return w.One("update cases_reviews set reviewer = $1, outcome = $2, decided_at = $3 where id = $4 and outcome = ''",
		string(reviewer), outcome, store.Micros(m.Happened), string(review))
}

// About names the case.
func (e ReviewSubmitted) About() []ident.Ref { return refs(caseRef(e.Case)) }

// RemarkMade is one remark of a return.
type RemarkMade struct {
	ID      ident.ID
	Anchor  ident.Ref // a report, or the case
	Section string
	Words   journal.Sealed `seal:"ID"`
}

// ReviewReturned says that a chief gave a case back with remarks.
type ReviewReturned struct {
	Review  ident.ID
	Case    ident.ID
	By      ident.ID
	Remarks []RemarkMade
}

// Apply closes the stage and adds the remarks.
func (e ReviewReturned) Apply(w *store.Writer, m journal.Meta) error {
	if err := decideStage(w, e.Review, e.By, "returned", m); err != nil {
		return err
	}
	for _, r := range e.Remarks {
		err := w.One(`insert into cases_remarks (id, case_id, review, anchor, section, words, by_officer, at, state, answer, answered_by, answered_at)
			values ($1, $2, $3, $4, $5, $6, $7, $8, 'open', null, '', 0)`,
			string(r.ID), string(e.Case), string(e.Review), r.Anchor.String(), r.Section, r.Words, string(e.By), store.Micros(m.Happened))
		if err != nil {
			return err
		}
	}
	return setState(w, e.Case, enquiry.Returned)
}

// About names the case and the reports that the remarks are about.
func (e ReviewReturned) About() []ident.Ref {
	about := refs(caseRef(e.Case))
	for _, r := range e.Remarks {
		if r.Anchor.Kind != enquiry.KindCase {
			about = append(about, r.Anchor)
		}
	}
	return about
}

// ReviewApproved says that a chief approved a stage. Next is the id of the
// stage that follows, "" after the last.
type ReviewApproved struct {
	Review ident.ID
	Case   ident.ID
	Round  int64
	Stage  int64
	Next   ident.ID
	By     ident.ID
}

// Apply closes the stage, and opens the next or approves the case.
func (e ReviewApproved) Apply(w *store.Writer, m journal.Meta) error {
	if err := decideStage(w, e.Review, e.By, "approved", m); err != nil {
		return err
	}
	if e.Next == "" {
		return setState(w, e.Case, enquiry.Approved)
	}
	if err := openStage(w, e.Next, e.Case, e.Round, e.Stage+1, e.By, m); err != nil {
		return err
	}
	return w.One("update cases_cases set stage = $1, version = version + 1 where id = $2", e.Stage+1, string(e.Case))
}

// About names the case.
func (e ReviewApproved) About() []ident.Ref { return refs(caseRef(e.Case)) }

// RemarkAnswered says what the author replied to a remark.
type RemarkAnswered struct {
	Remark ident.ID
	Case   ident.ID
	Answer journal.Sealed `seal:"Remark"`
	By     ident.ID
}

// Apply adds the answer.
func (e RemarkAnswered) Apply(w *store.Writer, m journal.Meta) error {
	err := w.One("update cases_remarks set state = 'answered', answer = $1, answered_by = $2, answered_at = $3 where id = $4",
		e.Answer, string(e.By), store.Micros(m.Happened), string(e.Remark))
	if err != nil {
		return err
	}
	return touch(w, e.Case)
}

// About names the case.
func (e RemarkAnswered) About() []ident.Ref { return refs(caseRef(e.Case)) }

// RemarkResolved says that a remark is settled.
type RemarkResolved struct {
	Remark ident.ID
	Case   ident.ID
	By     ident.ID
}

// Apply settles the remark.
func (e RemarkResolved) Apply(w *store.Writer, _ journal.Meta) error {
	if err := w.One("update cases_remarks set state = 'resolved' where id = $1", string(e.Remark)); err != nil {
		return err
	}
	return touch(w, e.Case)
}

// About names the case.
func (e RemarkResolved) About() []ident.Ref { return refs(caseRef(e.Case)) }

// TwinDigest is the SHA-256, in hex, of the structured twin of a dossier in
// one redaction profile. The twin holds 32 random bytes, so that the digest
// lets nobody test a guess.
type TwinDigest struct {
	Profile string
	SHA256  string
}

// DossierHandedOver says that a file went to the prosecution, with what the
// gate found and the digests that bind its PDF and its twin to this entry.
// Law: CPP 23
type DossierHandedOver struct {
	Dossier ident.ID
	Case    ident.ID
	Round   int64
	Number  string
	Series  string
	N       int64
	Unit    ident.ID
	Office  ident.ID
	Gate    []enquiry.GateLine
	Twins   []TwinDigest
	Twin    journal.Sealed `seal:"Dossier"` // the whole twin, unredacted, in JSON
	By      ident.ID
}

// Apply adds the dossier and moves the case.
func (e DossierHandedOver) Apply(w *store.Writer, m journal.Meta) error {
	gate, err := json.Marshal(e.Gate)
	if err != nil {
		return err
	}
	err = w.One(`insert into cases_dossiers (id, case_id, round, number, series, n, unit, office, entry, gate, twin, state, by_officer, at,
		acknowledgement, acknowledged_at, decision, decided_by, decided_at)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 'handed-over', $12, $13, '', 0, '', '', 0)`,
		string(e.Dossier), string(e.Case), e.Round, e.Number, e.Series, e.N, string(e.Unit), string(e.Office), string(m.ID), string(gate), e.Twin,
		string(e.By), store.Micros(m.Happened))
	if err != nil {
		return err
	}
	return w.One("update cases_cases set state = 'handed-over', round = $1, version = version + 1 where id = $2", e.Round, string(e.Case))
}

// About names the dossier, the case and the office.
func (e DossierHandedOver) About() []ident.Ref {
	return refs(dossierRef(e.Dossier), caseRef(e.Case), unitRef(e.Office))
}

// DossierIssued says that the signed PDF of a profile was made and stored.
type DossierIssued struct {
	Issue   ident.ID
	Dossier ident.ID
	Case    ident.ID
	Profile string
	Lang    string
	Info    journal.Sealed `seal:"Dossier"` // blobs.Info in JSON
}

// Apply adds the file.
func (e DossierIssued) Apply(w *store.Writer, m journal.Meta) error {
	return w.One("insert into cases_issues (id, dossier, profile, lang, info, at) values ($1, $2, $3, $4, $5, $6)",
		string(e.Issue), string(e.Dossier), e.Profile, e.Lang, e.Info, store.Micros(m.Happened))
}

// About names the dossier and the case.
func (e DossierIssued) About() []ident.Ref { return refs(dossierRef(e.Dossier), caseRef(e.Case)) }

// DossierAcknowledged says that the prosecution has the file.
type DossierAcknowledged struct {
	Dossier         ident.ID
	Case            ident.ID
	Acknowledgement string
	By              ident.ID
}

// Apply notes the acknowledgement.
func (e DossierAcknowledged) Apply(w *store.Writer, m journal.Meta) error {
	err := w.One("update cases_dossiers set state = 'acknowledged', acknowledgement = $1, acknowledged_at = $2 where id = $3 and state = 'handed-over'",
		e.Acknowledgement, store.Micros(m.Happened), string(e.Dossier))
	if err != nil {
		return err
	}
	return setState(w, e.Case, enquiry.Acknowledged)
}

// About names the dossier and the case.
func (e DossierAcknowledged) About() []ident.Ref {
	return refs(dossierRef(e.Dossier), caseRef(e.Case))
}

// DossierReturned says that the prosecution wants more, with a code of the
// pack and what is missing.
type DossierReturned struct {
	Dossier ident.ID
	Case    ident.ID
	Code    string
	Values  []Value
	By      ident.ID
}

// Apply closes the dossier and opens the case again.
func (e DossierReturned) Apply(w *store.Writer, m journal.Meta) error {
	if err := decideDossier(w, e.Dossier, "returned", e.Code, e.By, m); err != nil {
		return err
	}
	if err := putValues(w, e.Dossier, 1, e.Values); err != nil {
		return err
	}
	return setState(w, e.Case, enquiry.Returned)
}

func decideDossier(w *store.Writer, id ident.ID, state, code string, by ident.ID, m journal.Meta) error {
	return w.One("update cases_dossiers set state = $1, decision = $2, decided_by = $3, decided_at = $4 where id = $5 and decided_at = 0",
		state, code, string(by), store.Micros(m.Happened), string(id))
}

// About names the dossier and the case.
func (e DossierReturned) About() []ident.Ref { return refs(dossierRef(e.Dossier), caseRef(e.Case)) }

// DossierDecided says what the prosecution decided.
type DossierDecided struct {
	Dossier   ident.ID
	Case      ident.ID
	Complaint ident.ID
	Code      string
	Values    []Value
	By        ident.ID
}

// Apply closes the dossier and the case.
func (e DossierDecided) Apply(w *store.Writer, m journal.Meta) error {
	if err := decideDossier(w, e.Dossier, "decided", e.Code, e.By, m); err != nil {
		return err
	}
	if err := putValues(w, e.Dossier, 1, e.Values); err != nil {
		return err
	}
	return w.One("update cases_cases set state = 'closed', outcome = $1, closed_at = $2, version = version + 1 where id = $3",
		e.Code, store.Micros(m.Happened), string(e.Case))
}

// About names the dossier, the case and the complaint whose author is to be told.
func (e DossierDecided) About() []ident.Ref {
	return refs(dossierRef(e.Dossier), caseRef(e.Case), ident.Ref{Kind: "complaint", ID: e.Complaint})
}
