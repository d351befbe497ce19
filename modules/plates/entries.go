package plates

import (
	"time"

	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/store"
)

// kinds is the closed list of what this module appends.
func kinds() []journal.Kind {
	return []journal.Kind{
		journal.KindOf[EntryListed]("plates.entry-listed"),
		journal.KindOf[EntryRenewed]("plates.entry-renewed"),
		journal.KindOf[EntryCancelled]("plates.entry-cancelled"),
		journal.KindOf[CancellationReached]("plates.cancellation-reached"),
		journal.KindOf[EntryContested]("plates.entry-contested"),
		journal.KindOf[ContestDecided]("plates.contest-decided"),
		journal.KindOf[ContestSettled]("plates.contest-settled"),
		journal.KindOf[LapsedSeen]("plates.lapsed-seen"),
		journal.KindOf[CameraRegistered]("plates.camera-registered"),
		journal.KindOf[CameraAmended]("plates.camera-amended"),
		journal.KindOf[CameraKeyed]("plates.camera-keyed"),
		journal.KindOf[AlertsSuspended]("plates.alerts-suspended"),
		journal.KindOf[AlertsRestored]("plates.alerts-restored"),
		journal.KindOf[CameraRetired]("plates.camera-retired"),
		journal.KindOf[BatchTaken]("plates.batch-taken"),
		journal.KindOf[HitProposed]("plates.hit-proposed"),
		journal.KindOf[HitSeenAgain]("plates.hit-seen-again"),
		journal.KindOf[HitConfirmed]("plates.hit-confirmed"),
		journal.KindOf[HitRejected]("plates.hit-rejected"),
		journal.KindOf[CrewTasked]("plates.crew-tasked"),
		journal.KindOf[HitClosed]("plates.hit-closed"),
		journal.KindOf[ReadsSearched]("plates.reads-searched"),
		journal.KindOf[SamplesDrawn]("plates.samples-drawn"),
		journal.KindOf[SampleKeyed]("plates.sample-keyed"),
	}
}

// deskID is the same on every machine: the hit desk as something to follow.
const deskID ident.ID = "00000000-0000-8000-8000-706c61746573"

// deskRef is the hit desk, which every change of a hit is about too.
var deskRef = ident.Ref{Kind: "hit-desk", ID: deskID}

func entryRef(id ident.ID) ident.Ref  { return ident.Ref{Kind: KindEntry, ID: id} }
func hitRef(id ident.ID) ident.Ref    { return ident.Ref{Kind: KindHit, ID: id} }
func cameraRef(id ident.ID) ident.Ref { return ident.Ref{Kind: KindCamera, ID: id} }

// caseRefs is a case as something an entry is about, none for "".
func caseRefs(id ident.ID) []ident.Ref {
	if id == "" {
		return nil
	}
	return []ident.Ref{{Kind: "case", ID: id}}
}

// EntryListed says that a plate is looked for. Law: CPP 40; CPP 49
type EntryListed struct {
	Entry     ident.ID
	List      List
	Country   string
	Plate     journal.Sealed `seal:"Entry"`
	Make      journal.Sealed `seal:"Entry"`
	Model     journal.Sealed `seal:"Entry"`
	Colour    string
	Reason    journal.Sealed `seal:"Entry"`
	Authority string
	Area      string
	From      time.Time
	Until     time.Time
	Unit      ident.ID
	By        ident.ID
	Case      ident.ID
}

// Apply adds the entry.
func (e EntryListed) Apply(w *store.Writer, m journal.Meta) error {
	if err := insertEntry(w, e, m); err != nil {
		return err
	}
	return beat(w, m)
}

// About names the entry and its case.
func (e EntryListed) About() []ident.Ref {
	return append([]ident.Ref{entryRef(e.Entry)}, caseRefs(e.Case)...)
}

// EntryRenewed says that an entry stands until a later day, and on whose
// authority.
type EntryRenewed struct {
	Entry     ident.ID
	N         int64 // the entry's version after it
	Until     time.Time
	Authority string
}

// Apply moves the end.
func (e EntryRenewed) Apply(w *store.Writer, m journal.Meta) error {
	err := w.One("update plates_entries set until_at = $1, authority = $2, lapsed_on = '', version = $3, seq = $4 where id = $5 and version = $6 and state = 'active'",
		store.Micros(e.Until), e.Authority, e.N, m.Seq, string(e.Entry), e.N-1)
	if err != nil {
		return err
	}
	return beat(w, m)
}

// About names the entry.
func (e EntryRenewed) About() []ident.Ref { return []ident.Ref{entryRef(e.Entry)} }

// EntryCancelled says that a plate is no longer looked for.
type EntryCancelled struct {
	Entry  ident.ID
	N      int64
	By     ident.ID
	Reason journal.Sealed `seal:"Entry"`
}

// Apply ends the entry.
func (e EntryCancelled) Apply(w *store.Writer, m journal.Meta) error {
	if err := endEntry(w, e.Entry, e.N, e.By, e.Reason, m); err != nil {
		return err
	}
	return beat(w, m)
}

// About names the entry and the desk, which may hold proposals of it.
func (e EntryCancelled) About() []ident.Ref { return []ident.Ref{entryRef(e.Entry), deskRef} }

// CancellationReached says that whoever matches has dropped a cancelled
// entry.
type CancellationReached struct {
	Entry   ident.ID
	Matcher string
}

// Apply notes it.
func (e CancellationReached) Apply(w *store.Writer, m journal.Meta) error {
	return w.One("update plates_entries set reached_at = $1 where id = $2 and state <> 'active' and reached_at = 0", store.Micros(m.Happened), string(e.Entry))
}

// About names the entry.
func (e CancellationReached) About() []ident.Ref { return []ident.Ref{entryRef(e.Entry)} }

// EntryContested says that somebody holds an entry to be wrong. It alerts
// nobody until that is decided, and its hits are marked. Law: L09-08 3
type EntryContested struct {
	Contest ident.ID
	Entry   ident.ID
	N       int64
	Hit     ident.ID
	By      ident.ID
	Person  journal.Sealed `seal:"Contest"`
	Contact journal.Sealed `seal:"Contest"`
	Grounds journal.Sealed `seal:"Contest"`
}

// Apply suspends the entry and marks what it led to.
func (e EntryContested) Apply(w *store.Writer, m journal.Meta) error {
	err := w.One(`insert into plates_contests (id, entry_id, hit, person, contact, grounds, state, received_by, received_at, decided_at, decided_by, decision)
		values ($1, $2, $3, $4, $5, $6, 'open', $7, $8, 0, '', null)`,
		string(e.Contest), string(e.Entry), string(e.Hit), e.Person, e.Contact, e.Grounds, string(e.By), store.Micros(m.Happened))
	if err != nil {
		return err
	}
	err = w.One("update plates_entries set state = 'suspended', reached_at = 0, version = $1, seq = $2 where id = $3 and version = $4 and state = 'active'", e.N, m.Seq, string(e.Entry), e.N-1)
	if err != nil {
		return err
	}
	if _, err := w.Exec("update plates_hits set flagged = true where entry_id = $1", string(e.Entry)); err != nil {
		return err
	}
	return beat(w, m)
}

// About names the entry and the desk.
func (e EntryContested) About() []ident.Ref { return []ident.Ref{entryRef(e.Entry), deskRef} }

// ContestDecided says what came of a contest: upheld ends the entry,
// dismissed puts it in force again.
type ContestDecided struct {
	Contest  ident.ID
	Entry    ident.ID
	N        int64
	By       ident.ID
	Upheld   bool
	Decision journal.Sealed `seal:"Contest"`
}

// Apply ends the contest and settles the entry.
func (e ContestDecided) Apply(w *store.Writer, m journal.Meta) error {
	state := "dismissed"
	if e.Upheld {
		state = "upheld"
	}
	err := w.One("update plates_contests set state = $1, decided_at = $2, decided_by = $3, decision = $4 where id = $5 and entry_id = $6 and state = 'open'",
		state, store.Micros(m.Happened), string(e.By), e.Decision, string(e.Contest), string(e.Entry))
	if err != nil {
		return err
	}
	if e.Upheld {
		err = endEntry(w, e.Entry, e.N, e.By, journal.Seal(""), m)
	} else {
		err = w.One("update plates_entries set state = 'active', reached_at = 0, version = $1, seq = $2 where id = $3 and version = $4 and state = 'suspended'", e.N, m.Seq, string(e.Entry), e.N-1)
	}
	if err != nil {
		return err
	}
	return beat(w, m)
}

// About names the entry and the desk.
func (e ContestDecided) About() []ident.Ref { return []ident.Ref{entryRef(e.Entry), deskRef} }

// ContestSettled says that the entry was cancelled while a contest of it was
// open, and why: what was asked for was done, and nothing is left to decide.
type ContestSettled struct {
	Contest  ident.ID
	Entry    ident.ID
	By       ident.ID
	Decision journal.Sealed `seal:"Contest"`
}

// Apply ends the contest.
func (e ContestSettled) Apply(w *store.Writer, m journal.Meta) error {
	err := w.One("update plates_contests set state = 'settled', decided_at = $1, decided_by = $2, decision = $3 where id = $4 and entry_id = $5 and state = 'open'",
		store.Micros(m.Happened), string(e.By), e.Decision, string(e.Contest), string(e.Entry))
	if err != nil {
		return err
	}
	return beat(w, m)
}

// About names the entry and the desk, which received it.
func (e ContestSettled) About() []ident.Ref { return []ident.Ref{entryRef(e.Entry), deskRef} }

// LapsedSeen says that a plate was seen whose entry had ended: only the day,
// because nobody looks for it any more.
type LapsedSeen struct {
	Entry ident.ID
	Day   string
}

// Apply notes the day.
func (e LapsedSeen) Apply(w *store.Writer, _ journal.Meta) error {
	return w.One("update plates_entries set lapsed_on = $1 where id = $2", e.Day, string(e.Entry))
}

// About names the entry.
func (e LapsedSeen) About() []ident.Ref { return []ident.Ref{entryRef(e.Entry)} }
