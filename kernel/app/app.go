// Package app puts a program together: the kernel's services in one value,
// what a module hands over in another, and the order in which they start and
// stop. It knows no module; main lists them by hand.
package app

import (
	"context"
	"io/fs"
	"log/slog"
	"time"

	"github.com/amana-platform/amana/kernel/blobs"
	"github.com/amana-platform/amana/kernel/clock"
	"github.com/amana-platform/amana/kernel/events"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/jobs"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/packs"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/store"
	"github.com/amana-platform/amana/kernel/text"
	"github.com/amana-platform/amana/kernel/web"
)

// Kernel is what modules stand on. Modules are made with a pointer to it
// before it is complete; they use it from the first request or job on.
type Kernel struct {
	Journal *journal.Journal
	Events  *events.Events
	Policy  *policy.Policy
	Reader  store.Reader
	Scratch store.Scratch
	Blobs   *blobs.Store
	Uploads *blobs.Uploads
	Pack    *packs.Pack
	Texts   *text.Catalogue
	Clock   clock.Clock
	Paper   Paper
	Keeper  Keeper
	Alarms  *Alarms
	Log     *slog.Logger
	// Secret gives 32 bytes for one use of a module's own, always the same for
	// this service: what is derived from it tells nothing to who has it not.
	Secret func(use string) []byte
	// Passing is Secret for what is sealed in working state: it changes with
	// the master key, and what was sealed before does not open any more.
	Passing func(use string) []byte
	// Standing gives an officer's session by its public part, nil if it is over:
	// who vouches for an officer to another program asks it each time.
	Standing func(ctx context.Context, public string) (*web.Session, error)
	Demo     bool // a populated demonstration with one-click sign-in
}

// Keeper is what the whole service does about its record beside serving it.
type Keeper interface {
	// ClosePeriod closes what has been written so far; see journal.ClosePeriod.
	// It takes as long as a verification, so a person's grant would end before
	// it does: who ordered it stands in the entry, and the process appends it.
	ClosePeriod(ctx context.Context, by ident.ID, ground string, tell func(done int64)) (journal.Meta, error)
	// PrintCheckpoint gives the latest checkpoint as a page to be kept outside
	// the house, in the reader's language first, and says so in the journal.
	PrintCheckpoint(ctx context.Context, g policy.Grant, first text.Lang) ([]byte, error)
	// Terms lists the kinds of records that end.
	Terms() []Term
	// End erases a record whose time is over; authority is who said so, and
	// stands in the receipt. It reports whether anything was left to erase.
	// Faults: refused while the record is under hold; Needed.
	End(ctx context.Context, t Term, ref ident.Ref, authority string) (erased bool, err error)
	// Spoken gives how the records of all modules stand that speak of a person
	// who is recorded under several ids.
	Spoken(ctx context.Context, r store.Reader, persons []ident.ID) (Spoken, error)
	// Watched gives how the service stands.
	Watched(ctx context.Context) (Watched, error)
}

// Paper issues documents: it renders, waits for the proof of an entry, embeds
// it, signs, and says so in the journal.
type Paper interface {
	// Proof gives the file that proves an entry, to be embedded as
	// "amana-proof.json", and the text of its QR code. It waits for the
	// checkpoint that covers the entry, two seconds at most as a rule.
	// disclose says which sealed fields the holder of the document may see.
	Proof(ctx context.Context, entry ident.ID, disclose func(path string) bool) (file []byte, qr string, err error)
	// Sign signs a PDF with the service's document key, with a time stamp if
	// an authority is configured and answers. One that does not answer is
	// logged and holds up no paper: see Stamped and Stamp.
	Sign(ctx context.Context, pdf []byte, reason string) ([]byte, error)
	// Stamped tells since when, by a time stamp authority, a signed PDF is
	// known to be as it is; zero without a time stamp.
	Stamped(pdf []byte) time.Time
	// Stamps reports whether a time stamp authority is configured.
	Stamps() bool
	// Stamp appends a time stamp to a PDF that was signed without one. Fault:
	// print.sign.time-unavailable.
	Stamp(ctx context.Context, pdf []byte) ([]byte, error)
}

// Module is a subject, whole. Zero fields mean: none of that.
type Module struct {
	Name    string
	Journal journal.Module
	Policy  policy.Module
	Texts   fs.FS // holds text/{ar,fr,en}.toml
	Routes  []web.Route
	Rail    []web.RailLink
	Panels  []web.Panel
	Finders []web.Finder
	Tasks   []web.Tasks
	// Tells gives the words for the entries of the module on a timeline, by kind.
	Tells map[string]Tell
	// Follows are fed the journal, in order, once in effect.
	Follows []events.Follower
	// Terms are its kinds of records that end, by the schedule or by an authority.
	Terms []Term
	// Speaks gives how the module's records stand that speak of a person.
	Speaks func(ctx context.Context, r store.Reader, person ident.ID) (Spoken, error)
	// Jobs are what time demands of the module.
	Jobs []jobs.Job
	// Blobs lists the stored files the module's records speak of, for verify.
	Blobs func(ctx context.Context, r store.Reader, each func(blobs.Info) error) error
}

// Tell says an entry in a few words: a text key and its arguments. The title
// names the fact ("Seized"), the detail what was decided.
type Tell func(w *text.Words, e journal.Entry) (title, detail string)
