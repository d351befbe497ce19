package trust

import (
	"context"
	"time"

	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/store"
	"github.com/amana-platform/amana/kernel/web"
)

// Holder is the citizen before the browser, in a citizen's session.
type Holder struct {
	Citizen ident.ID // the account
	Person  ident.ID // of the index
	Level   int      // 1 to 3, of the proof that counts now
	Methods []string // how they proved it, as RFC 8176 names it
	Proved  time.Time
	Session string // names the session; the public part
}

// Line is a line of the citizen's log.
type Line struct {
	Citizen    ident.ID
	By         ident.ID  // the institution
	ByName     [3]string // as it was called then: ar, fr, en
	Purpose    [3]string
	Attributes []string // names, never values
	Result     string   // "released", "declined", "consent-given", "consent-withdrawn"
	Source     ident.Ref
}

// Citizens is what the module asks of who keeps the citizens.
type Citizens interface {
	// Holder gives who is signed in with the citizens' own session; false if nobody.
	Holder(r *web.Request) (Holder, bool, error)
	// SignInPath is the page where a citizen proves who they are at a level or
	// above, and then comes back; again asks for it although they are signed in.
	SignInPath(back string, level int, again bool) string
	// SignOut ends the session of a request.
	SignOut(r *web.Request) error
	// Able reports whether a citizen may be vouched for at present.
	Able(ctx context.Context, citizen ident.ID) (bool, error)
	// Attributes gives what is known of a citizen, by Attribute.Source. Fault: not
	// found for one who may not be vouched for.
	Attributes(ctx context.Context, citizen ident.ID, names []string) (map[string]any, error)
	// DraftLine drafts a line of the citizen's log in the same transaction.
	DraftLine(ctx context.Context, r store.Reader, d *journal.Draft, line Line) error
	// LineKinds are the entries that DraftLine drafts.
	LineKinds() []string
}
