package register

import (
	"time"

	"github.com/amana-platform/amana/kernel/blobs"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/store"
)

// kinds lists every entry of the module.
func kinds() []journal.Kind {
	return []journal.Kind{
		journal.KindOf[ComplaintRecorded]("register.complaint-recorded"),
		journal.KindOf[ComplaintCorrected]("register.complaint-corrected"),
		journal.KindOf[FilesAttached]("register.files-attached"),
		journal.KindOf[ComplaintVerified]("register.complaint-verified"),
		journal.KindOf[ComplaintReferred]("register.complaint-referred"),
		journal.KindOf[ClosingProposed]("register.closing-proposed"),
		journal.KindOf[ClosingDeclined]("register.closing-declined"),
		journal.KindOf[ComplaintClosed]("register.complaint-closed"),
		journal.KindOf[TransferOffered]("register.transfer-offered"),
		journal.KindOf[TransferAnswered]("register.transfer-answered"),
		journal.KindOf[OutcomeTold]("register.outcome-told"),
		journal.KindOf[LineWritten]("register.line-written"),
		journal.KindOf[HandoverGiven]("register.handover-given"),
		journal.KindOf[HandoverTaken]("register.handover-taken"),
		journal.KindOf[CustodyOpened]("register.custody-opened"),
		journal.KindOf[CustodyDeclined]("register.custody-declined"),
		journal.KindOf[EventNoted]("register.event-noted"),
		journal.KindOf[ExtensionAsked]("register.extension-asked"),
		journal.KindOf[ExtensionDecided]("register.extension-decided"),
		journal.KindOf[CustodyEnding]("register.custody-ended"),
		journal.KindOf[CustodyOverran]("register.custody-overran"),
		journal.KindOf[ListSent]("register.list-sent"),
		journal.KindOf[ListTaken]("register.list-taken"),
	}
}

// ComplaintRecorded says that a complaint or report was received and written.
type ComplaintRecorded struct {
	Complaint  ident.ID
	Received   ident.ID
	FactsUnit  ident.ID
	Competent  ident.ID
	Series     string
	N          int64
	Number     string
	Origin     Origin
	State      State
	FactsOn    string
	FactsClock string
	Place      journal.Sealed `seal:"Complaint"`
	Facts      journal.Sealed `seal:"Complaint"`
	Due        time.Time
	Parties    []Party
	Offences   []string
	Things     []SealedThing
	Files      []SealedFile
}

// SealedThing is a Thing in an entry; Of is the complaint.
type SealedThing struct {
	Of          ident.ID
	Kind        string
	Description journal.Sealed `seal:"Of"`
	Value       int64
	Serial      journal.Sealed `seal:"Of"`
}

// SealedFile is a blobs.Info in an entry; Of is the complaint, under whose
// key the file itself is sealed too.
type SealedFile struct {
	Of      ident.ID
	Address string
	Size    int64
	MIME    string
	Width   int
	Height  int
	Name    journal.Sealed `seal:"Of"`
	Wrapped []byte
	Digest  []byte
}

func sealFile(of ident.ID, i blobs.Info) SealedFile {
	return SealedFile{Of: of, Address: string(i.Address), Size: i.Size, MIME: i.MIME, Width: i.Width, Height: i.Height, Name: journal.Seal(i.Name), Wrapped: i.Key, Digest: i.Digest}
}

// Apply adds the complaint with its parties, offences, things and files.
func (e ComplaintRecorded) Apply(w *store.Writer, m journal.Meta) error {
	if err := insertComplaint(w, e, m); err != nil {
		return err
	}
	for i, p := range e.Parties {
		if err := w.One("insert into register_parties (complaint, n, role, person) values ($1, $2, $3, $4)", string(e.Complaint), i, string(p.Role), string(p.Person)); err != nil {
			return err
		}
	}
	for i, o := range e.Offences {
		if err := w.One("insert into register_offences (complaint, n, offence) values ($1, $2, $3)", string(e.Complaint), i, o); err != nil {
			return err
		}
	}
	for i, t := range e.Things {
		err := w.One("insert into register_things (complaint, n, kind, description, value, serial) values ($1, $2, $3, $4, $5, $6)",
			string(e.Complaint), i, t.Kind, t.Description, t.Value, t.Serial)
		if err != nil {
			return err
		}
	}
	return insertFiles(w, e.Complaint, e.Files, m)
}

// About names the complaint, its persons and its unit.
func (e ComplaintRecorded) About() []ident.Ref {
	refs := []ident.Ref{ref(KindComplaint, e.Complaint), unitRef(e.Received)}
	for _, p := range e.Parties {
		if p.Person != "" {
			refs = append(refs, personRef(p.Person))
		}
	}
	return refs
}

// ComplaintCorrected adds what a part of a complaint should say.
type ComplaintCorrected struct {
	Correction ident.ID
	Complaint  ident.ID
	Field      string
	Words      journal.Sealed `seal:"Complaint"`
}

// Apply adds the correction beside what it corrects.
func (e ComplaintCorrected) Apply(w *store.Writer, m journal.Meta) error {
	err := w.One("insert into register_corrections (id, complaint, field, words, writer, written_at) values ($1, $2, $3, $4, $5, $6)",
		string(e.Correction), string(e.Complaint), e.Field, e.Words, string(m.Actor), store.Micros(m.Written))
	if err != nil {
		return err
	}
	return w.One("update register_complaints set version = version + 1 where id = $1", string(e.Complaint))
}

// About names the complaint.
func (e ComplaintCorrected) About() []ident.Ref {
	return []ident.Ref{ref(KindComplaint, e.Complaint)}
}

// FilesAttached adds files to a complaint.
type FilesAttached struct {
	Complaint ident.ID
	Files     []SealedFile
}

// Apply adds the files.
func (e FilesAttached) Apply(w *store.Writer, m journal.Meta) error {
	if err := insertFiles(w, e.Complaint, e.Files, m); err != nil {
		return err
	}
	return w.One("update register_complaints set version = version + 1 where id = $1", string(e.Complaint))
}

// About names the complaint.
func (e FilesAttached) About() []ident.Ref { return []ident.Ref{ref(KindComplaint, e.Complaint)} }

// ComplaintVerified says what the preliminary check of an anonymous report
// found and under which authorisation it goes on.
// Law: CPP 40; CPP 49
type ComplaintVerified struct {
	Complaint ident.ID
	Serious   bool
	Act       string         // number of the authorisation; "" where there is none
	Words     journal.Sealed `seal:"Complaint"`
}

// Apply lets a serious report go on as a recorded one.
func (e ComplaintVerified) Apply(w *store.Writer, _ journal.Meta) error {
	state := Verifying
	if e.Serious {
		state = Recorded
	}
	return w.One("update register_complaints set state = $1, authorised = $2, reason = $3, version = version + 1 where id = $4 and state = $5",
		string(state), e.Act, e.Words, string(e.Complaint), string(Verifying))
}

// About names the complaint.
func (e ComplaintVerified) About() []ident.Ref { return []ident.Ref{ref(KindComplaint, e.Complaint)} }

// ComplaintReferred says that a case was opened from a complaint.
type ComplaintReferred struct {
	Complaint  ident.ID
	Case       ident.ID
	CaseNumber string
}

// Apply ties the complaint to the case; a complaint that is not open for it
// makes the whole transaction fail.
func (e ComplaintReferred) Apply(w *store.Writer, _ journal.Meta) error {
	return w.One("update register_complaints set state = $1, case_id = $2, case_number = $3, version = version + 1 where id = $4 and state = $5",
		string(Referred), string(e.Case), e.CaseNumber, string(e.Complaint), string(Recorded))
}

// About names the complaint and the case.
func (e ComplaintReferred) About() []ident.Ref {
	return []ident.Ref{ref(KindComplaint, e.Complaint), caseRef(e.Case)}
}

// ClosingProposed asks that a complaint be closed without a case.
type ClosingProposed struct {
	Complaint ident.ID
	Words     journal.Sealed `seal:"Complaint"`
}

// Apply notes who proposed it and why.
func (e ClosingProposed) Apply(w *store.Writer, m journal.Meta) error {
	return w.One("update register_complaints set state = $1, proposer = $2, reason = $3, version = version + 1 where id = $4",
		string(Proposed), string(m.Actor), e.Words, string(e.Complaint))
}

// About names the complaint.
func (e ClosingProposed) About() []ident.Ref { return []ident.Ref{ref(KindComplaint, e.Complaint)} }

// ClosingDeclined says that the second person did not agree to close.
type ClosingDeclined struct {
	Complaint ident.ID
	Words     journal.Sealed `seal:"Complaint"`
}

// Apply gives the complaint back. An anonymous report that nobody authorised
// waits for its check as before.
// Law: CPP 40; CPP 49
func (e ClosingDeclined) Apply(w *store.Writer, _ journal.Meta) error {
	return w.One("update register_complaints set state = case when origin = $1 and authorised = '' then $2 else $3 end, proposer = '', reason = $4, version = version + 1 where id = $5 and state = $6",
		string(Anonymously), string(Verifying), string(Recorded), e.Words, string(e.Complaint), string(Proposed))
}

// About names the complaint.
func (e ClosingDeclined) About() []ident.Ref { return []ident.Ref{ref(KindComplaint, e.Complaint)} }

// ComplaintClosed says that a second person closed it.
type ComplaintClosed struct {
	Complaint ident.ID
}

// Apply closes it.
func (e ComplaintClosed) Apply(w *store.Writer, m journal.Meta) error {
	return w.One("update register_complaints set state = $1, closed_at = $2, version = version + 1 where id = $3 and state = $4",
		string(Closed), store.Micros(m.Happened), string(e.Complaint), string(Proposed))
}

// About names the complaint.
func (e ComplaintClosed) About() []ident.Ref { return []ident.Ref{ref(KindComplaint, e.Complaint)} }

// TransferOffered offers a complaint to another unit.
type TransferOffered struct {
	Transfer  ident.ID
	Complaint ident.ID
	Sender    ident.ID
	Receiver  ident.ID
	Words     journal.Sealed `seal:"Complaint"`
}

// Apply adds the offer.
func (e TransferOffered) Apply(w *store.Writer, m journal.Meta) error {
	err := w.One("insert into register_transfers (id, complaint, sender, receiver, state, words, answer, written_at) values ($1, $2, $3, $4, 'offered', $5, null, $6)",
		string(e.Transfer), string(e.Complaint), string(e.Sender), string(e.Receiver), e.Words, store.Micros(m.Written))
	if err != nil {
		return err
	}
	return w.One("update register_complaints set state = $1, transfer = $2, version = version + 1 where id = $3", string(Moving), string(e.Transfer), string(e.Complaint))
}

// About names the complaint and the two units.
func (e TransferOffered) About() []ident.Ref {
	return []ident.Ref{ref(KindComplaint, e.Complaint), ref(KindTransfer, e.Transfer), unitRef(e.Receiver)}
}

// TransferAnswered accepts or rejects an offered complaint.
type TransferAnswered struct {
	Transfer  ident.ID
	Complaint ident.ID
	Receiver  ident.ID
	Accepted  bool
	Words     journal.Sealed `seal:"Complaint"`
}

// Apply moves the complaint to the unit that accepted it, which thereby holds
// itself competent.
func (e TransferAnswered) Apply(w *store.Writer, _ journal.Meta) error {
	state, to := "rejected", ""
	if e.Accepted {
		state, to = "accepted", string(e.Receiver)
	}
	if err := w.One("update register_transfers set state = $1, answer = $2 where id = $3 and state = 'offered'", state, e.Words, string(e.Transfer)); err != nil {
		return err
	}
	return w.One(`update register_complaints set state = $1, unit = case when $2 = '' then unit else $2 end,
		competent = case when $2 = '' then competent else $2 end, transfer = '', version = version + 1 where id = $3`,
		string(Recorded), to, string(e.Complaint))
}

// About names the complaint, the offer and the unit.
func (e TransferAnswered) About() []ident.Ref {
	return []ident.Ref{ref(KindComplaint, e.Complaint), ref(KindTransfer, e.Transfer), unitRef(e.Receiver)}
}

// OutcomeTold says that the complainant was told what became of it.
// Law: CPP 40
type OutcomeTold struct {
	Complaint ident.ID
	Outcome   string
	Channel   string
	Words     journal.Sealed `seal:"Complaint"`
}

// Apply ends the period that ran.
func (e OutcomeTold) Apply(w *store.Writer, m journal.Meta) error {
	return w.One("update register_complaints set told_at = $1, outcome = $2, version = version + 1 where id = $3", store.Micros(m.Happened), e.Outcome, string(e.Complaint))
}

// About names the complaint.
func (e OutcomeTold) About() []ident.Ref { return []ident.Ref{ref(KindComplaint, e.Complaint)} }
