package cases

import (
	"context"
	"slices"
	"time"

	"github.com/amana-platform/amana/kernel/app"
	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/packs"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/store"
	"github.com/amana-platform/amana/kernel/web"
	"github.com/amana-platform/amana/modules/cases/enquiry"
)

// Officer is one who may be given a case.
type Officer struct {
	ID   ident.ID
	Name string
}

// Directory tells who serves where. The module units answers it.
type Directory interface {
	// Service gives a unit by its id.
	Service(ctx context.Context, id ident.ID) (enquiry.Unit, error)
	// ServiceByCode gives a unit by its code in the pack ("CASA-01").
	ServiceByCode(ctx context.Context, code string) (enquiry.Unit, error)
	// Services lists the units that investigate, for a transfer.
	Services(ctx context.Context) ([]enquiry.Unit, error)
	// Name says an officer's name in a language, "" if there is none.
	Name(ctx context.Context, lang string, officer ident.ID) string
	// Investigators lists who may be given a case of a unit, by name.
	Investigators(ctx context.Context, lang string, unit ident.ID) ([]Officer, error)
	// Courts lists the courts that are open, for the letters of a judge.
	Courts(ctx context.Context) ([]enquiry.Unit, error)
	// Capacity gives the judicial power an officer held at a time.
	Capacity(ctx context.Context, officer ident.ID, at time.Time) string
	// Sits reports whether somebody who serves in a unit has a judicial power
	// that may says is enough.
	Sits(ctx context.Context, unit ident.ID, may func(capacity string) bool) bool
	// Ancestors gives the units above one, nearest first.
	Ancestors(unit ident.ID) []ident.ID
}

// People knows who persons are. The module index answers it.
type People interface {
	Identity(ctx context.Context, person ident.ID) (enquiry.Identity, error)
}

// Complaint is what a case takes over from a complaint: nothing typed twice.
type Complaint struct {
	ID       ident.ID
	Number   string
	Version  int64
	Facts    string
	Place    string
	From, To time.Time
	Offences []string // codes
	Parties  []NewParty
	Files    []NewPiece
}

// Complaints keeps the complaints. The module register answers it.
type Complaints interface {
	// Complaint gives a complaint that may be referred to an investigation.
	Complaint(ctx context.Context, id ident.ID) (Complaint, error)
	// Resource gives a complaint as the policy of its module reads it.
	Resource(ctx context.Context, id ident.ID, p policy.Purpose) (policy.Resource, error)
	// Refer drafts, in the transaction that opens the case, that the
	// complaint went to it; it fails if the complaint was referred already,
	// or is not in the version that was taken over.
	Refer(ctx context.Context, r store.Reader, d *journal.Draft, c Complaint, caseID ident.ID, number string) error
}

// Exhibits knows the sealed things of a case. The module exhibits answers it.
type Exhibits interface {
	Exhibits(ctx context.Context, caseID ident.ID) ([]enquiry.Exhibit, error)
}

// Seized is what a signed seizure report lists.
type Seized struct {
	Case, PV  ident.ID
	Unit      ident.ID // whose report it is
	By        ident.ID // the officer who seized
	At        time.Time
	Place     string
	From      ident.ID // the holder, a person of the index
	Witnesses string
	Things    []SeizedThing
}

// SeizedThing is one line of the list. Its exhibit takes the ID.
type SeizedThing struct {
	ID          ident.ID
	Line        int64
	Description string
}

// Seizures makes an exhibit of each thing that a report lists. The module
// exhibits answers it.
type Seizures interface {
	// Seize drafts the exhibits in the transaction that signs the report.
	Seize(ctx context.Context, r store.Reader, d *journal.Draft, in Seized) error
}

// Custodies knows the custodies of a case. The module register answers it.
type Custodies interface {
	Custodies(ctx context.Context, caseID ident.ID) ([]enquiry.Custody, error)
}

// Deps are what the module stands on beside the kernel, joined in main.
type Deps struct {
	Directory  Directory
	People     People
	Complaints Complaints // nil: cases are opened directly only
	Exhibits   Exhibits   // nil: no exhibits
	Seizures   Seizures   // nil: what a report lists makes no exhibits
	Custodies  Custodies  // nil: no custodies
	PickPerson string     // address of the index's person suggestions
	// Opening lists the entry kinds that Complaints.Refer appends.
	Opening []string
	// Signing lists the entry kinds that Seizures.Seize appends.
	Signing []string
	// ReadComplaint is the action by which a complaint's page is read.
	ReadComplaint string
	// ReferComplaint is the action by which a complaint is taken over into a
	// case: the rule of the module that keeps it says who may.
	ReferComplaint string
}

// Service holds the verbs of the module.
type Service struct {
	k      *app.Kernel
	parts  Deps
	sheets web.Sheets
}

// terms says the pack's codes by the law of now.
func (s *Service) terms() enquiry.Terms { return enquiry.Terms{Pack: s.k.Pack, At: s.k.Clock.Now()} }

// New makes the service.
func New(k *app.Kernel, parts Deps) *Service {
	return &Service{k: k, parts: parts, sheets: sheets(k)}
}

func orNotFound(err error) error {
	if err != nil {
		return err
	}
	return fault.New(fault.NotFound, "fault.not-found")
}

// refuse is the fault of an act that the state of a record does not allow.
func refuse(key string, args ...any) error { return fault.New(fault.Refused, key, args...) }

// sealText marks a text as personal.
func sealText(s string) journal.Sealed { return journal.Seal(s) }

// Case gives a case by its id.
func (s *Service) Case(ctx context.Context, id ident.ID) (enquiry.Case, error) {
	return readCase(ctx, s.k.Reader, id)
}

// ByComplaint gives the case that was opened from a complaint.
func (s *Service) ByComplaint(ctx context.Context, complaint ident.ID) (enquiry.Case, error) {
	return store.One(ctx, s.k.Reader, "select "+caseColumns+" from cases_cases c where c.complaint = $1", []any{string(complaint)}, scanCase)
}

// part is a part of a file that an act may need.
type part int

// The parts of a file.
const (
	theValues part = iota
	theParties
	theOffences
	theLinks
	thePieces
	thePVs
	theMeasures
	theAssigned
	theReferrals
	theTransfers
	theReviews
	theRemarks
	theDossiers
	theExhibits
	theCustodies
)

// whole is every part.
func whole() []part {
	var all []part
	for p := theValues; p <= theCustodies; p++ {
		all = append(all, p)
	}
	return all
}

// File reads a case with all it holds.
func (s *Service) File(ctx context.Context, id ident.ID) (*enquiry.File, error) {
	return s.read(ctx, s.k.Reader, id, whole()...)
}

// read reads a case with the parts that an act needs, and no more. Inside a
// decision, r is the reader under the lock.
func (s *Service) read(ctx context.Context, r store.Reader, id ident.ID, parts ...part) (*enquiry.File, error) {
	c, err := readCase(ctx, r, id)
	f := &enquiry.File{Case: c}
	for _, p := range parts {
		if err == nil {
			err = s.readPart(ctx, r, f, p)
		}
	}
	if err != nil {
		return nil, err
	}
	return f, nil
}

func (s *Service) readPart(ctx context.Context, r store.Reader, f *enquiry.File, p part) (err error) {
	switch p {
	case theValues:
		f.Values, err = values(ctx, r, f.ID, latest)
	case theParties:
		f.Parties, err = parties(ctx, r, f.ID)
	case theOffences:
		f.Offences, err = offences(ctx, r, f.ID)
	case theLinks:
		f.Links, err = links(ctx, r, f.ID)
	case thePieces:
		f.Pieces, err = pieces(ctx, r, f.ID)
	case thePVs:
		f.PVs, err = pvs(ctx, r, f.ID)
	case theMeasures:
		f.Measures, err = measures(ctx, r, f.ID)
	case theAssigned:
		f.Assigned, err = assigned(ctx, r, f.ID)
	case theReferrals:
		f.Referrals, err = referrals(ctx, r, f.ID)
	case theTransfers:
		f.Transfers, err = transfers(ctx, r, f.ID)
	case theReviews:
		f.Reviews, err = reviews(ctx, r, f.ID)
	case theRemarks:
		f.Remarks, err = remarks(ctx, r, f.ID)
	case theDossiers:
		f.Dossiers, err = dossiers(ctx, r, f.ID)
	case theExhibits:
		if s.parts.Exhibits != nil {
			f.Exhibits, err = s.parts.Exhibits.Exhibits(ctx, f.ID)
		}
	case theCustodies:
		if s.parts.Custodies != nil {
			f.Custodies, err = s.parts.Custodies.Custodies(ctx, f.ID)
		}
	}
	return err
}

// Class gives the gravest class among the qualifications; it decides which
// office receives the file. ok is false while nothing is qualified.
func (s *Service) Class(f *enquiry.File) (class packs.Class, ok bool) {
	for _, o := range f.Offences {
		c, err := s.k.Pack.Class(o.Class, o.LawAt)
		if err == nil && (!ok || c.Rank < class.Rank) {
			class, ok = c, true
		}
	}
	return class, ok
}

// Office gives the prosecution office that receives the file: the King's
// prosecutor for lesser offences, the prosecutor general for crimes.
// Law: CPP 23; CPP 40; CPP 49
func (s *Service) Office(ctx context.Context, f *enquiry.File) (enquiry.Unit, error) {
	class, ok := s.Class(f)
	if !ok {
		return enquiry.Unit{}, refuse("cases.refused.unqualified")
	}
	return s.officeOf(ctx, f.Unit, class.Code)
}

func (s *Service) officeOf(ctx context.Context, unit ident.ID, class string) (enquiry.Unit, error) {
	u, err := s.parts.Directory.Service(ctx, unit)
	if err != nil {
		return enquiry.Unit{}, err
	}
	office, err := s.k.Pack.Prosecutor(u.Code, class, s.k.Clock.Now())
	if err != nil {
		return enquiry.Unit{}, err
	}
	return s.parts.Directory.ServiceByCode(ctx, office.Code)
}

// number formats the next number of a unit's series for a record kind.
func (s *Service) number(ctx context.Context, r store.Reader, table, record string, u enquiry.Unit, when time.Time) (number, series string, n int64, err error) {
	pattern, err := s.k.Pack.Numbering(record, u.Type, when)
	if err != nil {
		return "", "", 0, err
	}
	day := s.k.Pack.Day(when)
	series = pattern.Series(day)
	if n, err = next(ctx, r, table, u.ID, series); err != nil {
		return "", "", 0, err
	}
	short := u.Code
	if t, err := s.k.Pack.UnitType(u.Type, when); err == nil && t.Short.In("ar") != "" {
		short = t.Short.In("ar")
	}
	return pattern.Format(int(n), u.Code, short, day), series, n, nil
}

// changing re-reads a case inside a decision and refuses unless its content
// may still grow.
func changing(ctx context.Context, r store.Reader, id ident.ID) (enquiry.Case, error) {
	c, err := readCase(ctx, r, id)
	if err == nil && !c.State.Editable() {
		err = refuse("cases.refused.state", "state", stateKey(c.State))
	}
	return c, err
}

// given refuses a grant that was given for another record than these: what
// somebody may do on one case changes no other. A process's is for none.
func given(g policy.Grant, records ...ident.Ref) error {
	if g.System() == "" && !slices.Contains(records, g.Resource().Ref) {
		return refuse("cases.refused.another")
	}
	return nil
}

// actor gives who acts under a grant.
func actor(g policy.Grant) ident.ID { return g.Actor().ID }

// Kinds of others' records.
const (
	kindPerson  = "person" // of the index
	kindOfficer = "officer"
	kindUnit    = "unit"
)

func caseRef(id ident.ID) ident.Ref     { return ident.Ref{Kind: enquiry.KindCase, ID: id} }
func pvRef(id ident.ID) ident.Ref       { return ident.Ref{Kind: enquiry.KindPV, ID: id} }
func measureRef(id ident.ID) ident.Ref  { return ident.Ref{Kind: enquiry.KindMeasure, ID: id} }
func pieceRef(id ident.ID) ident.Ref    { return ident.Ref{Kind: enquiry.KindPiece, ID: id} }
func transferRef(id ident.ID) ident.Ref { return ident.Ref{Kind: enquiry.KindTransfer, ID: id} }
func dossierRef(id ident.ID) ident.Ref  { return ident.Ref{Kind: enquiry.KindDossier, ID: id} }
func personRef(id ident.ID) ident.Ref   { return ident.Ref{Kind: kindPerson, ID: id} }
func officerRef(id ident.ID) ident.Ref  { return ident.Ref{Kind: kindOfficer, ID: id} }
func unitRef(id ident.ID) ident.Ref     { return ident.Ref{Kind: kindUnit, ID: id} }

// refs leaves out references to nothing.
func refs(all ...ident.Ref) []ident.Ref {
	return slices.DeleteFunc(all, func(r ident.Ref) bool { return r.ID == "" })
}

// sheets are the forms of this module.
func sheets(k *app.Kernel) web.Sheets {
	return web.Sheets{Act: "cases.act.", Lead: "cases.lead.", Field: "cases.field.", Help: "cases.help.", NewID: func() ident.ID { return k.Journal.NewID() }}
}
