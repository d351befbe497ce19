package index

import (
	"time"

	"github.com/amana-platform/amana/kernel/ident"
)

// Vehicle is a vehicle. As an input, ID, Version, Unit, Recorded and Erased
// are ignored, as they are in a Place and a Thing.
type Vehicle struct {
	ID       ident.ID
	Version  int64
	Unit     ident.ID
	Recorded time.Time
	Erased   bool

	Plate  Plate
	VIN    string
	Make   string // as the papers say: "Dacia"
	Model  string
	Colour string   // code of Colours, "" unknown
	Owner  ident.ID // a person, "" unknown
}

// Ref points at the vehicle.
func (v Vehicle) Ref() ident.Ref { return ident.Ref{Kind: KindVehicle, ID: v.ID} }

// Colours lists the codes of vehicle colours in the order in which they are
// offered; their words are "index.colour.<code>".
func Colours() []string {
	return []string{"white", "black", "grey", "silver", "blue", "red", "green", "brown", "beige", "yellow", "orange", "purple", "several"}
}

// Place is somewhere that a record speaks of.
type Place struct {
	ID       ident.ID
	Unit     ident.ID
	Recorded time.Time
	Erased   bool

	Area    string // code of an area of the pack, "" unknown
	Quarter string
	Address string // in free words: street, number, landmark
	Pinned  bool   // whether Lat and Lon are known
	Lat     int64  // millionths of a degree, north positive (WGS 84)
	Lon     int64  // millionths of a degree, east positive
}

// Ref points at the place.
func (p Place) Ref() ident.Ref { return ident.Ref{Kind: KindPlace, ID: p.ID} }

// Thing is a movable object: stolen, found, seized, used.
type Thing struct {
	ID       ident.ID
	Unit     ident.ID
	Recorded time.Time
	Erased   bool

	Category    string // code of Categories
	Description string
	Serial      string // as marked on it
	IMEI        string
}

// Ref points at the thing.
func (t Thing) Ref() ident.Ref { return ident.Ref{Kind: KindThing, ID: t.ID} }

// Categories lists the codes of things in the order in which they are
// offered; their words are "index.category.<code>".
func Categories() []string {
	return []string{"phone", "computer", "electronics", "jewellery", "cash", "document", "bag", "clothing", "bicycle",
		"vehicle-part", "tool", "weapon", "blade", "drug", "medicine", "animal", "art", "unlisted"}
}

// Link relates two records, on somebody's word.
type Link struct {
	ID       ident.ID
	From     ident.Ref
	To       ident.Ref
	Kind     string // code of LinkKinds
	Source   Source
	Reason   string
	Actor    ident.ID
	At       time.Time
	Ended    time.Time // when it was withdrawn; zero: it stands
	EndedBy  ident.ID
	EndedWhy string
}

// LinkKinds lists the relations; each reads from From to To, and its words
// are "index.link.<code>".
func LinkKinds() []string {
	return []string{"parent-of", "spouse-of", "sibling-of", "guardian-of", "relative-of", "acquainted-with", "employs",
		"lives-at", "works-at", "drives", "owns", "uses", "found-at"}
}
