package policy

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"time"

	"github.com/amana-platform/amana/kernel/ident"
)

// Actor is who acts, as the session found them. It holds no personal data:
// a name is looked up by ID where it is shown.
type Actor struct {
	ID       ident.ID   // the person, or SystemID of a process
	Unit     ident.ID   // where they serve now
	Role     string     // "duty-officer", "investigator", …; "system/<name>" for a process
	Capacity string     // judicial capacity: "opj", "apj", "prosecutor" or ""
	Units    []ident.ID // Unit and its ancestors
	Session  string     // the sign-in this acts under
	Demo     bool       // signed in by the demonstration's one-click door
	Proved   time.Time  // when they last proved in this session that it is they
}

// IsZero reports whether nobody is there.
func (a Actor) IsZero() bool { return a.ID == "" }

func (a Actor) clone() Actor {
	a.Units = slices.Clone(a.Units)
	return a
}

// SystemID is the identifier of a named process (a job, a follower, an
// import), the same on every machine: a version 8 UUID (RFC 9562, 5.8) of
// the name's SHA-256, so that it is never the identifier of a person, whose
// IDs are of version 7.
func SystemID(name string) ident.ID {
	sum := sha256.Sum256([]byte("amana system actor\n" + name))
	sum[6] = sum[6]&0x0f | 0x80
	sum[8] = sum[8]&0x3f | 0x80
	h := hex.EncodeToString(sum[:16])
	return ident.ID(h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:])
}

// UnitID is the value of an attribute that is a Unit.
type UnitID ident.ID

// Resource is the record an action is about, as its module knows it. Attrs
// are what the module's policies read, of type string, bool, int64, []string
// or UnitID; "unit" is filled from Unit. They never enter a Grant.
type Resource struct {
	Ref   ident.Ref      // the record; zero where the action has none
	Under []ident.Ref    // what it belongs to: its case, its task, …
	Unit  ident.ID       // the unit that answers for it
	Attrs map[string]any // by attribute name of the Cedar schema
}

// belongs reports whether the resource is ref or lies under it.
func (r Resource) belongs(ref ident.Ref) bool {
	return !ref.IsZero() && (r.Ref == ref || slices.Contains(r.Under, ref))
}

// public is the resource without its attributes, unshared: what a grant keeps.
func (r Resource) public() Resource {
	return Resource{Ref: r.Ref, Under: slices.Clone(r.Under), Unit: r.Unit}
}

// UnitTree tells where a unit stands in the tree of services.
type UnitTree interface {
	// Ancestors gives the units above one, nearest first, without itself;
	// none for a top unit and for one that does not exist.
	Ancestors(unit ident.ID) []ident.ID
}
