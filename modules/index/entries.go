package index

import (
	"strings"

	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/store"
	"github.com/amana-platform/amana/kernel/text"
)

// The kinds of entries, for the actions of other modules that draft them in
// their own transactions.
const (
	EntryPersonRecorded   = "index.person-recorded"
	EntryPersonCorrected  = "index.person-corrected"
	EntryPersonsMerged    = "index.persons-merged"
	EntryPersonsUnmerged  = "index.persons-unmerged"
	EntryDuplicate        = "index.duplicate-dismissed"
	EntryPersonLinked     = "index.person-linked"
	EntryLinkEnded        = "index.link-ended"
	EntryVehicleRecorded  = "index.vehicle-recorded"
	EntryVehicleCorrected = "index.vehicle-corrected"
	EntryPlaceRecorded    = "index.place-recorded"
	EntryThingRecorded    = "index.thing-recorded"
)

// Drafted lists the entry kinds that the Draft functions append: what an
// action of another module must list to record persons, vehicles, places and
// things in its own transaction.
func Drafted() []string {
	return []string{EntryPersonRecorded, EntryPersonCorrected, EntryPersonLinked, EntryVehicleRecorded, EntryPlaceRecorded, EntryThingRecorded}
}

// kinds lists every entry of the module.
func kinds() []journal.Kind {
	return []journal.Kind{
		journal.KindOf[PersonRecorded](EntryPersonRecorded),
		journal.KindOf[PersonCorrected](EntryPersonCorrected),
		journal.KindOf[PersonsMerged](EntryPersonsMerged),
		journal.KindOf[PersonsUnmerged](EntryPersonsUnmerged),
		journal.KindOf[DuplicateDismissed](EntryDuplicate),
		journal.KindOf[PersonLinked](EntryPersonLinked),
		journal.KindOf[LinkEnded](EntryLinkEnded),
		journal.KindOf[VehicleRecorded](EntryVehicleRecorded),
		journal.KindOf[VehicleCorrected](EntryVehicleCorrected),
		journal.KindOf[PlaceRecorded](EntryPlaceRecorded),
		journal.KindOf[ThingRecorded](EntryThingRecorded),
	}
}

// Facts are the values of an identity as entries hold them: personal ones
// sealed under the person, unknown ones left out.
type Facts struct {
	Person       ident.ID
	FamilyAR     journal.Sealed `seal:"Person"`
	Family       journal.Sealed `seal:"Person"`
	GivenAR      journal.Sealed `seal:"Person"`
	Given        journal.Sealed `seal:"Person"`
	FatherAR     journal.Sealed `seal:"Person"`
	Father       journal.Sealed `seal:"Person"`
	MotherAR     journal.Sealed `seal:"Person"`
	Mother       journal.Sealed `seal:"Person"`
	Nickname     journal.Sealed `seal:"Person"`
	Birth        journal.Sealed `seal:"Person"` // text.PartialDate
	BirthplaceAR journal.Sealed `seal:"Person"`
	Birthplace   journal.Sealed `seal:"Person"`
	Sex          string
	Nationality  string
	CNIE         journal.Sealed `seal:"Person"`
	Passport     journal.Sealed `seal:"Person"`
	Phones       journal.Sealed `seal:"Person"` // E.164, a space between two
	Address      journal.Sealed `seal:"Person"`
	Occupation   journal.Sealed `seal:"Person"`
	Source       Source
	Document     journal.Sealed `seal:"Person"`
}

// factsOf seals an identity under an id.
func factsOf(id ident.ID, p Person) Facts {
	return Facts{
		Person: id, FamilyAR: seal(p.Family.Arabic), Family: seal(p.Family.Latin), GivenAR: seal(p.Given.Arabic), Given: seal(p.Given.Latin),
		FatherAR: seal(p.Father.Arabic), Father: seal(p.Father.Latin), MotherAR: seal(p.Mother.Arabic), Mother: seal(p.Mother.Latin),
		Nickname: seal(p.Nickname), Birth: seal(string(p.Birth)), BirthplaceAR: seal(p.Birthplace.Arabic), Birthplace: seal(p.Birthplace.Latin),
		Sex: string(p.Sex), Nationality: p.Nationality, CNIE: seal(p.CNIE), Passport: seal(p.Passport), Phones: seal(strings.Join(p.Phones, " ")),
		Address: seal(p.Address), Occupation: seal(p.Occupation), Source: p.Source, Document: seal(p.Document),
	}
}

// open gives the identity back, as far as it has not been erased.
func (f Facts) open() Person {
	return Person{
		ID: f.Person, Family: Name{Arabic: f.FamilyAR.Text(), Latin: f.Family.Text()}, Given: Name{Arabic: f.GivenAR.Text(), Latin: f.Given.Text()},
		Father: Name{Arabic: f.FatherAR.Text(), Latin: f.Father.Text()}, Mother: Name{Arabic: f.MotherAR.Text(), Latin: f.Mother.Text()},
		Nickname: f.Nickname.Text(), Birth: text.PartialDate(f.Birth.Text()), Birthplace: Name{Arabic: f.BirthplaceAR.Text(), Latin: f.Birthplace.Text()},
		Sex: Sex(f.Sex), Nationality: f.Nationality, CNIE: f.CNIE.Text(), Passport: f.Passport.Text(), Phones: strings.Fields(f.Phones.Text()),
		Address: f.Address.Text(), Occupation: f.Occupation.Text(), Source: f.Source, Document: f.Document.Text(),
	}
}

// seal marks a text as personal; an empty one says nothing and is left out.
func seal(s string) journal.Sealed {
	if s == "" {
		return journal.Sealed{}
	}
	return journal.Seal(s)
}

// PersonRecorded says that an identity was written down.
type PersonRecorded struct {
	Facts Facts
}

// Apply adds the person.
func (e PersonRecorded) Apply(w *store.Writer, m journal.Meta) error {
	if err := insertPerson(w, e.Facts, m); err != nil {
		return err
	}
	return insertKeys(w, e.Facts.open()) // a row just written says the same
}

// About names the person.
func (e PersonRecorded) About() []ident.Ref { return []ident.Ref{person(e.Facts.Person)} }

// Stated is a field that a correction changed or confirmed.
type Stated struct {
	Person ident.ID
	Field  string
	Former journal.Sealed `seal:"Person"`
	Value  journal.Sealed `seal:"Person"`
}

// PersonCorrected says what an identity is now, in full, and which of its
// fields the correction is about.
type PersonCorrected struct {
	Facts   Facts
	Version int64 // the version that it makes
	Stated  []Stated
}

// Apply writes the values and keeps what stood before as claims.
func (e PersonCorrected) Apply(w *store.Writer, m journal.Meta) error {
	if err := updatePerson(w, e.Facts, e.Version); err != nil {
		return err
	}
	for _, s := range e.Stated {
		if err := insertClaim(w, e, s, m); err != nil {
			return err
		}
	}
	return reindexPerson(w, e.Facts.Person)
}

// About names the person.
func (e PersonCorrected) About() []ident.Ref { return []ident.Ref{person(e.Facts.Person)} }

func person(id ident.ID) ident.Ref  { return ident.Ref{Kind: KindPerson, ID: id} }
func vehicle(id ident.ID) ident.Ref { return ident.Ref{Kind: KindVehicle, ID: id} }
