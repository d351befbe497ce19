package index

import (
	"strings"
	"time"

	"github.com/amana-platform/amana/engines/names"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/text"
)

// Record kinds of this module, as references name them.
const (
	KindPerson  = "person"
	KindVehicle = "vehicle"
	KindPlace   = "place"
	KindThing   = "thing"
)

// Name is a name in the scripts it is known in; either may be empty.
type Name = names.Name

// Sex is as civil status records it; empty when unknown.
type Sex = names.Sex

// Source says where a statement of identity comes from.
type Source string

// The sources, the strongest first.
const (
	Seen     Source = "document" // a document was shown; Document names it
	Declared Source = "declared" // the person, or another, said so
	Unknown  Source = "unknown"
)

// Sources lists them in the order in which they are shown.
func Sources() []Source { return []Source{Seen, Declared, Unknown} }

// Person is an identity. As an input, ID, Version, Kept, Unit, Recorded and
// Erased are ignored.
type Person struct {
	ID       ident.ID
	Version  int64
	Kept     ident.ID  // the record this one was merged into; "" if none
	Unit     ident.ID  // who recorded it
	Recorded time.Time // when it was written down
	Erased   bool      // its personal values are gone

	Family      Name
	Given       Name
	Father      Name // the father's given name
	Mother      Name // the mother's, with or without her family name
	Nickname    string
	Birth       text.PartialDate
	Birthplace  Name
	Sex         Sex
	Nationality string // ISO 3166-1 alpha-2, lower case
	CNIE        string
	Passport    string
	Phones      []string // E.164
	Address     string
	Occupation  string

	Source   Source // of what is stated now
	Document string // what was seen, where Source is Seen
}

// Ref points at the person.
func (p Person) Ref() ident.Ref { return ident.Ref{Kind: KindPerson, ID: p.ID} }

// Name gives the full name as it is shown in a language, in the other script
// where it is known in that one only; "" when nothing is known.
func (p Person) Name(lang string) string {
	arabic, latin := together(p.Given.Arabic, p.Family.Arabic), together(p.Given.Latin, p.Family.Latin)
	if lang == "ar" && arabic != "" || latin == "" {
		return orElse(arabic, p.Nickname)
	}
	return latin
}

// OtherName gives the full name in the script that Name did not use, or "".
func (p Person) OtherName(lang string) string {
	arabic, latin := together(p.Given.Arabic, p.Family.Arabic), together(p.Given.Latin, p.Family.Latin)
	if p.Name(lang) == arabic {
		return latin
	}
	return arabic
}

// compared gives what the names engine compares of a person.
func (p Person) compared() names.Person {
	birth, err := names.ParsePartialDate(string(p.Birth))
	if err != nil {
		birth = names.PartialDate{}
	}
	return names.Person{Family: p.Family, Given: p.Given, Father: p.Father, Mother: p.Mother,
		Birth: birth, Place: p.Birthplace, Sex: p.Sex}
}

func together(given, family string) string { return strings.TrimSpace(given + " " + family) }

func orElse(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

// fact is one field of an identity: its name in forms and claims, and how it
// is read and written as text.
type fact struct {
	name string
	get  func(*Person) string
	set  func(*Person, string)
}

// plain makes a fact of a text field.
func plain(name string, field func(*Person) *string) fact {
	return fact{name,
		func(p *Person) string { return *field(p) },
		func(p *Person, s string) { *field(p) = s }}
}

// facts lists every field of an identity in the order in which it is shown.
func facts() []fact {
	return []fact{
		plain("family-ar", func(p *Person) *string { return &p.Family.Arabic }),
		plain("given-ar", func(p *Person) *string { return &p.Given.Arabic }),
		plain("family", func(p *Person) *string { return &p.Family.Latin }),
		plain("given", func(p *Person) *string { return &p.Given.Latin }),
		plain("cnie", func(p *Person) *string { return &p.CNIE }),
		{"birth", func(p *Person) string { return string(p.Birth) }, func(p *Person, s string) { p.Birth = text.PartialDate(s) }},
		{"sex", func(p *Person) string { return string(p.Sex) }, func(p *Person, s string) { p.Sex = Sex(s) }},
		{"phones", func(p *Person) string { return strings.Join(p.Phones, " ") }, func(p *Person, s string) { p.Phones = strings.Fields(s) }},
		plain("father-ar", func(p *Person) *string { return &p.Father.Arabic }),
		plain("mother-ar", func(p *Person) *string { return &p.Mother.Arabic }),
		plain("father", func(p *Person) *string { return &p.Father.Latin }),
		plain("mother", func(p *Person) *string { return &p.Mother.Latin }),
		plain("birthplace-ar", func(p *Person) *string { return &p.Birthplace.Arabic }),
		plain("birthplace", func(p *Person) *string { return &p.Birthplace.Latin }),
		plain("nationality", func(p *Person) *string { return &p.Nationality }),
		plain("passport", func(p *Person) *string { return &p.Passport }),
		plain("nickname", func(p *Person) *string { return &p.Nickname }),
		plain("address", func(p *Person) *string { return &p.Address }),
		plain("occupation", func(p *Person) *string { return &p.Occupation }),
	}
}

// Claim is one correction of one field: what stood before, what stands since,
// and who said so.
type Claim struct {
	Person   ident.ID
	Version  int64 // the version of the person that it made
	Field    string
	Former   string
	Value    string
	Source   Source
	Document string
	Actor    ident.ID
	At       time.Time
}
