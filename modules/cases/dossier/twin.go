package dossier

import (
	"time"

	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/packs"
	"github.com/amana-platform/amana/modules/cases/enquiry"
)

// Format names the form of the structured twin; see the package doc.
const Format = "amana-dossier/1"

// The redaction profiles, by recipient.
const (
	ForProsecutor = "prosecutor" // everything
	ForDefence    = "defence"    // without how to reach victims and witnesses
	ForStatistics = "statistics" // without persons and free text
)

// Profiles lists them.
func Profiles() []string { return []string{ForProsecutor, ForDefence, ForStatistics} }

// Label is a name in the three languages.
type Label struct {
	AR string `json:"ar"`
	FR string `json:"fr"`
	EN string `json:"en"`
}

func label(n packs.Names) Label { return Label{n.AR, n.FR, n.EN} }

// In gives the name in a language.
func (l Label) In(lang string) string { return packs.Names{AR: l.AR, FR: l.FR, EN: l.EN}.In(lang) }

// Twin is a dossier as data: what its PDF says, for a machine. Times are UTC
// in RFC 3339. Persons, reports and the other pieces are named by short
// references ("P1", "R2", "D1", "X1") that other parts use.
type Twin struct {
	Format     string     `json:"format"`
	Profile    string     `json:"profile"`
	Salt       string     `json:"salt"`  // 32 random bytes in hex
	Entry      ident.ID   `json:"entry"` // the journal entry that proves it
	Dossier    ident.ID   `json:"dossier"`
	Number     string     `json:"number"`
	Round      int64      `json:"round"`
	Sent       time.Time  `json:"sent"`
	Sender     string     `json:"sender,omitempty"`
	SenderFR   string     `json:"senderLatin,omitempty"`
	Unit       Label      `json:"unit"`
	Office     Label      `json:"office"`
	Case       Case       `json:"case"`
	Persons    []Person   `json:"persons"`
	Offences   []Offence  `json:"offences"`
	Chronology []Event    `json:"chronology"`
	Reports    []Report   `json:"reports"`
	Documents  []Document `json:"documents"`
	Exhibits   []Exhibit  `json:"exhibits"`
	Measures   []Measure  `json:"measures"`
	Custodies  []Custody  `json:"custodies"`
	Gate       []Check    `json:"gate"`
}

// Case is what is enquired into.
type Case struct {
	ID        ident.ID          `json:"id"`
	Number    string            `json:"number"`
	Opened    time.Time         `json:"opened"`
	Origin    enquiry.Origin    `json:"origin"`
	Complaint string            `json:"complaint,omitempty"` // its number
	Regime    string            `json:"regime"`
	RegimeAs  Label             `json:"regimeAs"`
	Frame     map[string]string `json:"frame,omitempty"` // fields of the regime
	Facts     string            `json:"facts,omitempty"`
	Place     string            `json:"place,omitempty"`
	From      time.Time         `json:"from"`
	To        *time.Time        `json:"to,omitempty"`
}

// Person is a party. Withheld names the fields that a profile took out.
type Person struct {
	Ref         string         `json:"ref"`
	ID          ident.ID       `json:"id,omitempty"`
	Roles       []enquiry.Role `json:"roles"`
	NameAR      string         `json:"nameAr,omitempty"`
	Name        string         `json:"name,omitempty"`
	Born        string         `json:"born,omitempty"`
	FiliationAR string         `json:"filiationAr,omitempty"`
	Filiation   string         `json:"filiation,omitempty"`
	Card        string         `json:"card,omitempty"`
	Occupation  string         `json:"occupation,omitempty"`
	Address     string         `json:"address,omitempty"`
	Phone       string         `json:"phone,omitempty"`
	Withheld    []string       `json:"withheld,omitempty"`
}

// Offence is a qualification with what shows each of its elements.
type Offence struct {
	Code        string       `json:"code"`
	Name        Label        `json:"name"`
	Class       string       `json:"class"`
	ClassAs     Label        `json:"classAs"`
	ICCS        string       `json:"iccs"`
	Law         []string     `json:"law"`
	LawAt       time.Time    `json:"lawAt"`
	Suspect     string       `json:"suspect,omitempty"` // person's ref; empty: unknown offender
	Part        enquiry.Part `json:"part"`
	Attempted   bool         `json:"attempted"`
	Aggravating string       `json:"aggravating,omitempty"`
	Elements    []Element    `json:"elements"`
}

// Element is an element of an offence with the refs of what shows it.
type Element struct {
	Code    string   `json:"code"`
	Name    Label    `json:"name"`
	ShownBy []string `json:"shownBy"`
}

// Event is a step of the procedure. What is the name of a text of the
// program ("opened", "report"), Of what it is about.
type Event struct {
	At   time.Time `json:"at"`
	What string    `json:"what"`
	Of   Label     `json:"of"`
	Ref  string    `json:"ref,omitempty"`
}

// Report is a signed report (PV) with its fields as stored.
type Report struct {
	Ref      string            `json:"ref"`
	ID       ident.ID          `json:"id"`
	Number   string            `json:"number"`
	Form     string            `json:"form"`
	Name     Label             `json:"name"`
	Unit     Label             `json:"unit"`
	Author   string            `json:"author,omitempty"`
	AuthorFR string            `json:"authorLatin,omitempty"`
	Capacity string            `json:"capacity"`
	Act      time.Time         `json:"act"`
	Written  time.Time         `json:"written"`
	Person   string            `json:"person,omitempty"`   // ref
	Corrects string            `json:"corrects,omitempty"` // number
	Fields   map[string]string `json:"fields,omitempty"`
}

// Document is a paper or file of the case.
type Document struct {
	Ref    string `json:"ref"`
	Kind   string `json:"kind"`
	Title  string `json:"title,omitempty"`
	SHA256 string `json:"sha256,omitempty"`
}

// Exhibit is a sealed thing.
type Exhibit struct {
	Ref         string    `json:"ref"`
	Number      string    `json:"number"`
	Seal        string    `json:"seal"`
	Kind        string    `json:"kind,omitempty"`
	Description string    `json:"description,omitempty"`
	Place       string    `json:"place,omitempty"`
	Seized      time.Time `json:"seized"`
}

// Measure is a measure with its authority.
type Measure struct {
	Kind      string               `json:"kind"`
	Name      Label                `json:"name"`
	State     enquiry.MeasureState `json:"state"`
	Authority string               `json:"authority"`
	Number    string               `json:"number,omitempty"`
	Basis     string               `json:"basis,omitempty"`
	From      *time.Time           `json:"from,omitempty"`
	Until     *time.Time           `json:"until,omitempty"`
	Fields    map[string]string    `json:"fields,omitempty"`
}

// Custody is a deprivation of liberty.
type Custody struct {
	Number     string     `json:"number"`
	Person     string     `json:"person,omitempty"` // ref
	Arrest     time.Time  `json:"arrest"`
	End        *time.Time `json:"end,omitempty"`
	Extensions int64      `json:"extensions"`
	Overran    *time.Time `json:"overran,omitempty"` // when it was found beyond its time
	Outcome    string     `json:"outcome,omitempty"`
}

// Check is a line of the gate as it stood at the hand-over.
type Check struct {
	Check string   `json:"check"`
	Of    string   `json:"of,omitempty"` // element, field, number, or person's ref
	Met   bool     `json:"met"`
	By    []string `json:"by,omitempty"`
}
