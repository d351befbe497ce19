package plates

import (
	"time"

	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/store"
)

// Copied is a read as a hit keeps it: the item itself, under the hit's key,
// and the way from it to the root of its batch, so that it can be proven after
// the batch has gone.
type Copied struct {
	Hit   ident.ID
	Batch ident.ID
	N     int64
	Size  int64 // reads in the batch
	Root  string
	Path  []string
	Item  journal.Sealed `seal:"Hit"`
}

// HitProposed says that a read may show a listed plate. It decides nothing.
type HitProposed struct {
	Hit       ident.ID
	Entry     ident.ID
	List      List
	Camera    ident.ID
	Unit      ident.ID
	Country   string
	Plate     journal.Sealed `seal:"Hit"`
	At        time.Time
	Said      time.Time
	PPM       int64
	Threshold int64
	Model     string
	Read      Copied
	Pictures  []Picture
}

// Apply adds the proposal, if the entry is in force at that moment.
func (e HitProposed) Apply(w *store.Writer, m journal.Meta) error {
	err := w.One("update plates_entries set state = state where id = $1 and "+inForce(2), string(e.Entry), store.Micros(m.Written))
	if err == nil {
		err = insertHit(w, e, m)
	}
	if err != nil {
		return err
	}
	return addPictures(w, e.Read.Batch, e.Pictures)
}

// About names the hit, its entry, the camera and the desk.
func (e HitProposed) About() []ident.Ref {
	return []ident.Ref{hitRef(e.Hit), entryRef(e.Entry), cameraRef(e.Camera), deskRef}
}

// HitSeenAgain says that the vehicle of a proposal that waits was seen again.
type HitSeenAgain struct {
	Hit    ident.ID
	Camera ident.ID
	At     time.Time
	PPM    int64
}

// Apply counts the sighting.
func (e HitSeenAgain) Apply(w *store.Writer, _ journal.Meta) error {
	return w.One("update plates_hits set sightings = sightings + 1, last_seen_at = $1 where id = $2", store.Micros(e.At), string(e.Hit))
}

// About names the hit and the desk.
func (e HitSeenAgain) About() []ident.Ref { return []ident.Ref{hitRef(e.Hit), deskRef} }

// HitConfirmed says that a named person compared picture, plate, entry and
// vehicle, and that all agree.
type HitConfirmed struct {
	Hit   ident.ID
	Entry ident.ID
	N     int64
	By    ident.ID
	Ticks Ticks
}

// Apply confirms the hit, if its entry is in force at that very moment; the
// table refuses a confirmation without a person or with a tick missing.
func (e HitConfirmed) Apply(w *store.Writer, m journal.Meta) error {
	t := e.Ticks
	return w.One(`update plates_hits set state = 'confirmed', tick_image = $1, tick_plate = $2, tick_entry = $3, tick_vehicle = $4, decided_by = $5, decided_at = $6, version = $7
		where id = $8 and version = $9 and state = 'proposed' and entry_id = $10 and entry_id in (select id from plates_entries where `+inForce(11)+")",
		t.Image, t.Plate, t.Entry, t.Vehicle, string(e.By), store.Micros(m.Written), e.N, string(e.Hit), e.N-1, string(e.Entry), store.Micros(m.Written))
}

// About names the hit, its entry, who confirmed it and the desk.
func (e HitConfirmed) About() []ident.Ref {
	return []ident.Ref{hitRef(e.Hit), entryRef(e.Entry), {Kind: "officer", ID: e.By}, deskRef}
}

// HitRejected says that a proposal is none, and why.
type HitRejected struct {
	Hit    ident.ID
	N      int64
	By     ident.ID
	Ground string
	Reason journal.Sealed `seal:"Hit"`
}

// Apply rejects the hit.
func (e HitRejected) Apply(w *store.Writer, m journal.Meta) error {
	return w.One("update plates_hits set state = 'rejected', decided_by = $1, decided_at = $2, ground = $3, reason = $4, version = $5 where id = $6 and version = $7 and state = 'proposed'",
		string(e.By), store.Micros(m.Written), e.Ground, e.Reason, e.N, string(e.Hit), e.N-1)
}

// About names the hit, who rejected it and the desk.
func (e HitRejected) About() []ident.Ref {
	return []ident.Ref{hitRef(e.Hit), {Kind: "officer", ID: e.By}, deskRef}
}

// CrewTasked says that a crew was sent to look at a confirmed hit.
type CrewTasked struct {
	Hit  ident.ID
	N    int64
	By   ident.ID
	Crew string // its call sign
}

// Apply sends the crew: only for a confirmed hit whose entry is in force.
func (e CrewTasked) Apply(w *store.Writer, m journal.Meta) error {
	return w.One(`update plates_hits set state = 'tasked', crew = $1, tasked_by = $2, tasked_at = $3, version = $4
		where id = $5 and version = $6 and state = 'confirmed' and entry_id in (select id from plates_entries where `+inForce(7)+")",
		e.Crew, string(e.By), store.Micros(m.Written), e.N, string(e.Hit), e.N-1, store.Micros(m.Written))
}

// About names the hit and the desk.
func (e CrewTasked) About() []ident.Ref { return []ident.Ref{hitRef(e.Hit), deskRef} }

// HitClosed says what the crew found.
type HitClosed struct {
	Hit     ident.ID
	N       int64
	By      ident.ID
	Outcome Outcome
	Note    journal.Sealed `seal:"Hit"`
}

// Apply closes the hit.
func (e HitClosed) Apply(w *store.Writer, m journal.Meta) error {
	return w.One("update plates_hits set state = 'closed', outcome = $1, note = $2, closed_by = $3, closed_at = $4, version = $5 where id = $6 and version = $7 and state = 'tasked'",
		string(e.Outcome), e.Note, string(e.By), store.Micros(m.Happened), e.N, string(e.Hit), e.N-1)
}

// About names the hit and the desk.
func (e HitClosed) About() []ident.Ref { return []ident.Ref{hitRef(e.Hit), deskRef} }
