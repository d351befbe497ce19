package cases

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/amana-platform/amana/kernel/blobs"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/packs"
)

// TwinFormat names the form of the structured twin; see the package doc.
const TwinFormat = "amana-dossier/1"

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
	Format     string         `json:"format"`
	Profile    string         `json:"profile"`
	Salt       string         `json:"salt"`  // 32 random bytes in hex
	Entry      ident.ID       `json:"entry"` // the journal entry that proves it
	Dossier    ident.ID       `json:"dossier"`
	Number     string         `json:"number"`
	Round      int64          `json:"round"`
	Sent       time.Time      `json:"sent"`
	Sender     string         `json:"sender,omitempty"`
	SenderFR   string         `json:"senderLatin,omitempty"`
	Unit       Label          `json:"unit"`
	Office     Label          `json:"office"`
	Case       TwinCase       `json:"case"`
	Persons    []TwinPerson   `json:"persons"`
	Offences   []TwinOffence  `json:"offences"`
	Chronology []TwinEvent    `json:"chronology"`
	Reports    []TwinReport   `json:"reports"`
	Documents  []TwinDocument `json:"documents"`
	Exhibits   []TwinExhibit  `json:"exhibits"`
	Measures   []TwinMeasure  `json:"measures"`
	Custodies  []TwinCustody  `json:"custodies"`
	Gate       []TwinCheck    `json:"gate"`
}

// TwinCase is what is enquired into.
type TwinCase struct {
	ID        ident.ID          `json:"id"`
	Number    string            `json:"number"`
	Opened    time.Time         `json:"opened"`
	Origin    Origin            `json:"origin"`
	Complaint string            `json:"complaint,omitempty"` // its number
	Regime    string            `json:"regime"`
	RegimeAs  Label             `json:"regimeAs"`
	Frame     map[string]string `json:"frame,omitempty"` // fields of the regime
	Facts     string            `json:"facts,omitempty"`
	Place     string            `json:"place,omitempty"`
	From      time.Time         `json:"from"`
	To        *time.Time        `json:"to,omitempty"`
}

// TwinPerson is a party. Withheld names the fields that a profile took out.
type TwinPerson struct {
	Ref         string   `json:"ref"`
	ID          ident.ID `json:"id,omitempty"`
	Roles       []Role   `json:"roles"`
	NameAR      string   `json:"nameAr,omitempty"`
	Name        string   `json:"name,omitempty"`
	Born        string   `json:"born,omitempty"`
	FiliationAR string   `json:"filiationAr,omitempty"`
	Filiation   string   `json:"filiation,omitempty"`
	Card        string   `json:"card,omitempty"`
	Occupation  string   `json:"occupation,omitempty"`
	Address     string   `json:"address,omitempty"`
	Phone       string   `json:"phone,omitempty"`
	Withheld    []string `json:"withheld,omitempty"`
}

// TwinOffence is a qualification with what shows each of its elements.
type TwinOffence struct {
	Code        string        `json:"code"`
	Name        Label         `json:"name"`
	Class       string        `json:"class"`
	ClassAs     Label         `json:"classAs"`
	ICCS        string        `json:"iccs"`
	Law         []string      `json:"law"`
	LawAt       time.Time     `json:"lawAt"`
	Suspect     string        `json:"suspect,omitempty"` // person's ref; empty: unknown offender
	Part        Part          `json:"part"`
	Attempted   bool          `json:"attempted"`
	Aggravating string        `json:"aggravating,omitempty"`
	Elements    []TwinElement `json:"elements"`
}

// TwinElement is an element of an offence with the refs of what shows it.
type TwinElement struct {
	Code    string   `json:"code"`
	Name    Label    `json:"name"`
	ShownBy []string `json:"shownBy"`
}

// TwinEvent is a step of the procedure. What is the name of a text of the
// program ("opened", "report"), Of what it is about.
type TwinEvent struct {
	At   time.Time `json:"at"`
	What string    `json:"what"`
	Of   Label     `json:"of"`
	Ref  string    `json:"ref,omitempty"`
}

// TwinReport is a signed report (PV) with its fields as stored.
type TwinReport struct {
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

// TwinDocument is a paper or file of the case.
type TwinDocument struct {
	Ref    string `json:"ref"`
	Kind   string `json:"kind"`
	Title  string `json:"title,omitempty"`
	SHA256 string `json:"sha256,omitempty"`
}

// TwinExhibit is a sealed thing.
type TwinExhibit struct {
	Ref         string    `json:"ref"`
	Number      string    `json:"number"`
	Seal        string    `json:"seal"`
	Kind        string    `json:"kind,omitempty"`
	Description string    `json:"description,omitempty"`
	Place       string    `json:"place,omitempty"`
	Seized      time.Time `json:"seized"`
}

// TwinMeasure is a measure with its authority.
type TwinMeasure struct {
	Kind      string            `json:"kind"`
	Name      Label             `json:"name"`
	State     MeasureState      `json:"state"`
	Authority string            `json:"authority"`
	Number    string            `json:"number,omitempty"`
	Basis     string            `json:"basis,omitempty"`
	From      *time.Time        `json:"from,omitempty"`
	Until     *time.Time        `json:"until,omitempty"`
	Fields    map[string]string `json:"fields,omitempty"`
}

// TwinCustody is a deprivation of liberty.
type TwinCustody struct {
	Number     string     `json:"number"`
	Person     string     `json:"person,omitempty"` // ref
	Arrest     time.Time  `json:"arrest"`
	End        *time.Time `json:"end,omitempty"`
	Extensions int64      `json:"extensions"`
	Outcome    string     `json:"outcome,omitempty"`
}

// TwinCheck is a line of the gate as it stood at the hand-over.
type TwinCheck struct {
	Check string   `json:"check"`
	Of    string   `json:"of,omitempty"` // element, field, number, or person's ref
	Met   bool     `json:"met"`
	By    []string `json:"by,omitempty"`
}

// names gives the short references of a file's parts.
type refsOf map[ident.ID]string

func shortRefs(f *File) refsOf {
	out := refsOf{}
	count := map[string]int{}
	add := func(prefix string, id ident.ID) {
		if _, ok := out[id]; !ok && id != "" {
			count[prefix]++
			out[id] = prefix + strconv.Itoa(count[prefix])
		}
	}
	for _, p := range f.Parties {
		add("P", p.Person)
	}
	for _, p := range f.PVs {
		if p.State == Signed {
			add("R", p.ID)
		}
	}
	for _, p := range f.Pieces {
		add("D", p.ID)
	}
	for _, x := range f.Exhibits {
		add("X", x.ID)
	}
	return out
}

// twinHead is what a twin says of its own sending.
type twinHead struct {
	entry, dossier ident.ID
	number         string
	office, unit   Unit
	sender         ident.ID
	sent           time.Time
	gate           Gate
}

// twin builds the whole twin of a file.
func (s *Service) twin(ctx context.Context, f *File, h twinHead) (*Twin, error) {
	salt := make([]byte, 32)
	rand.Read(salt)
	refs := shortRefs(f)
	t := &Twin{Format: TwinFormat, Profile: ForProsecutor, Salt: hex.EncodeToString(salt), Entry: h.entry, Dossier: h.dossier, Number: h.number, Round: f.Round + 1,
		Sent: h.sent, Sender: s.parts.Directory.Name(ctx, "ar", h.sender), SenderFR: s.parts.Directory.Name(ctx, "fr", h.sender), Unit: label(h.unit.Names), Office: label(h.office.Names),
		Case: s.twinCase(f), Persons: []TwinPerson{}, Documents: []TwinDocument{}, Exhibits: []TwinExhibit{}, Measures: []TwinMeasure{}, Custodies: []TwinCustody{}}
	var err error
	if t.Persons, err = s.twinPersons(ctx, f, refs); err != nil {
		return nil, err
	}
	if t.Offences, err = s.twinOffences(f, refs, h.gate); err != nil {
		return nil, err
	}
	if t.Reports, err = s.twinReports(ctx, f, refs); err != nil {
		return nil, err
	}
	if t.Documents, err = s.twinDocuments(ctx, f, refs); err != nil {
		return nil, err
	}
	for _, x := range f.Exhibits {
		t.Exhibits = append(t.Exhibits, TwinExhibit{Ref: refs[x.ID], Number: x.Number, Seal: x.Seal, Kind: x.Kind, Description: x.Description, Place: x.Place, Seized: x.Seized})
	}
	s.twinMeasures(t, f)
	for _, c := range f.Custodies {
		t.Custodies = append(t.Custodies, TwinCustody{Number: c.Number, Person: refs[c.Person], Arrest: c.Arrest, End: moments(c.End), Extensions: c.Extensions, Outcome: c.Outcome})
	}
	for _, l := range h.gate.Lines {
		of := l.Code
		if ref, ok := refs[ident.ID(l.Code)]; ok {
			of = ref
		}
		t.Gate = append(t.Gate, TwinCheck{Check: l.Check, Of: of, Met: l.Met, By: refs.all(l.Pieces)})
	}
	t.Chronology = chronology(t, f)
	return t, nil
}

func (r refsOf) all(pieces []ident.Ref) []string {
	out := []string{}
	for _, p := range pieces {
		out = append(out, r[p.ID])
	}
	return out
}

func moments(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

func (s *Service) twinCase(f *File) TwinCase {
	c := TwinCase{ID: f.ID, Number: f.Number, Opened: f.Opened, Origin: f.Origin, Complaint: f.ComplaintNumber, Regime: f.Regime, Frame: f.Case.frame(f.Values),
		Facts: f.Facts, Place: f.Place, From: f.From, To: moments(f.To)}
	if frame, err := s.k.Pack.Regime(f.Regime, f.Opened); err == nil {
		c.RegimeAs = label(frame.Names)
	}
	return c
}

// frame gives the values of the regime's fields that are filled.
func (c Case) frame(values map[string]string) map[string]string {
	out := map[string]string{}
	for k, v := range values {
		if v != "" {
			out[k] = v
		}
	}
	return out
}

func (s *Service) twinPersons(ctx context.Context, f *File, refs refsOf) ([]TwinPerson, error) {
	out := []TwinPerson{}
	for _, p := range f.Parties {
		if i := slices.IndexFunc(out, func(x TwinPerson) bool { return x.ID == p.Person }); i >= 0 {
			out[i].Roles = append(out[i].Roles, p.Role)
			out[i].Address, out[i].Phone = first(out[i].Address, p.Address), first(out[i].Phone, p.Phone)
			continue
		}
		who, err := s.parts.People.Identity(ctx, p.Person)
		if err != nil {
			return nil, err
		}
		out = append(out, TwinPerson{Ref: refs[p.Person], ID: p.Person, Roles: []Role{p.Role}, NameAR: who.NameAR, Name: who.Name, Born: who.Born,
			FiliationAR: who.FiliationAR, Filiation: who.Filiation, Card: who.Card, Occupation: who.Occupation,
			Address: first(p.Address, who.Address), Phone: first(p.Phone, who.Phone)})
	}
	return out, nil
}

// first gives the first text that is not empty.
func first(all ...string) string {
	for _, s := range all {
		if s != "" {
			return s
		}
	}
	return ""
}

func (s *Service) twinOffences(f *File, refs refsOf, g Gate) ([]TwinOffence, error) {
	out := []TwinOffence{}
	for _, o := range f.Offences {
		law, err := s.k.Pack.Offence(o.Code, o.LawAt)
		if err != nil {
			return nil, err
		}
		class, err := s.k.Pack.Class(o.Class, o.LawAt)
		if err != nil {
			return nil, err
		}
		t := TwinOffence{Code: o.Code, Name: label(law.Names), Class: o.Class, ClassAs: label(class.Names), ICCS: law.ICCS, Law: law.Law, LawAt: o.LawAt,
			Suspect: refs[o.Suspect], Part: o.Part, Attempted: o.Attempted, Aggravating: o.Aggravating}
		elements, err := s.k.Pack.Elements(o.Code, o.LawAt)
		if err != nil {
			return nil, err
		}
		for _, e := range elements {
			x := TwinElement{Code: e.Code, Name: label(e.Names), ShownBy: []string{}}
			for _, l := range g.Lines {
				if l.Check == CheckElement && l.Offence == o.ID && l.Code == e.Code {
					x.ShownBy = append(x.ShownBy, refs.all(l.Pieces)...)
				}
			}
			t.Elements = append(t.Elements, x)
		}
		out = append(out, t)
	}
	return out, nil
}

func (s *Service) twinReports(ctx context.Context, f *File, refs refsOf) ([]TwinReport, error) {
	out := []TwinReport{}
	for _, p := range f.PVs {
		if p.State != Signed {
			continue
		}
		t, err := s.twinReport(ctx, p)
		if err != nil {
			return nil, err
		}
		t.Ref, t.Person = refs[p.ID], refs[p.Person]
		for _, q := range f.PVs {
			if q.ID == p.Corrects {
				t.Corrects = q.Number
			}
		}
		out = append(out, t)
	}
	return out, nil
}

// twinReport gives one report as data.
func (s *Service) twinReport(ctx context.Context, p PV) (TwinReport, error) {
	form, err := s.k.Pack.Template(p.Form, p.Made)
	if err != nil {
		return TwinReport{}, err
	}
	u, err := s.parts.Directory.Service(ctx, p.Unit)
	if err != nil {
		return TwinReport{}, err
	}
	fields := map[string]string{}
	for k, v := range p.Values {
		if v != "" {
			fields[k] = v
		}
	}
	return TwinReport{ID: p.ID, Number: p.Number, Form: p.Form, Name: label(form.Names), Unit: label(u.Names), Author: s.parts.Directory.Name(ctx, "ar", p.Author),
		AuthorFR: s.parts.Directory.Name(ctx, "fr", p.Author), Capacity: p.Capacity, Act: p.Act, Written: first2(p.Signed, p.Made), Fields: fields}, nil
}

func first2(a, b time.Time) time.Time {
	if a.IsZero() {
		return b
	}
	return a
}

func (s *Service) twinDocuments(ctx context.Context, f *File, refs refsOf) ([]TwinDocument, error) {
	out := []TwinDocument{}
	for _, p := range f.Pieces {
		d := TwinDocument{Ref: refs[p.ID], Kind: p.Kind, Title: p.Title}
		if p.Info != "" && s.k.Blobs != nil {
			var info blobs.Info
			if err := json.Unmarshal([]byte(p.Info), &info); err != nil {
				return nil, fmt.Errorf("cases: piece %s: %w", p.ID, err)
			}
			sum, err := s.k.Blobs.Digest(ctx, info)
			if err != nil {
				return nil, err
			}
			d.SHA256 = sum
		}
		out = append(out, d)
	}
	return out, nil
}

func (s *Service) twinMeasures(t *Twin, f *File) {
	for _, m := range f.Measures {
		x := TwinMeasure{Kind: m.Kind, State: m.Now(t.Sent), Authority: m.Authority, Number: m.Number, Basis: m.Basis, From: moments(m.From), Until: moments(m.Until), Fields: m.Values}
		if kind, err := s.k.Pack.Measure(m.Kind, m.Asked); err == nil {
			x.Name = label(kind.Names)
		}
		t.Measures = append(t.Measures, x)
	}
}

// chronology lists the steps of the procedure in the order of their time.
func chronology(t *Twin, f *File) []TwinEvent {
	plain := func(s string) Label { return Label{s, s, s} }
	out := []TwinEvent{{At: f.From, What: "facts"}, {At: f.Opened, What: "opened", Of: plain(f.Number)}}
	for _, r := range t.Reports {
		out = append(out, TwinEvent{At: r.Act, What: "report", Of: r.Name, Ref: r.Ref})
	}
	for _, x := range t.Exhibits {
		out = append(out, TwinEvent{At: x.Seized, What: "seized", Of: plain(x.Number), Ref: x.Ref})
	}
	for _, m := range t.Measures {
		if m.From != nil {
			out = append(out, TwinEvent{At: *m.From, What: "measure", Of: m.Name})
		}
	}
	for _, c := range t.Custodies {
		out = append(out, TwinEvent{At: c.Arrest, What: "arrest", Of: plain(c.Number), Ref: c.Person})
		if c.End != nil {
			out = append(out, TwinEvent{At: *c.End, What: "custody-end", Of: plain(c.Number), Ref: c.Person})
		}
	}
	for _, r := range f.Reviews {
		if r.Outcome == "approved" {
			out = append(out, TwinEvent{At: r.Decided, What: "approved"})
		}
	}
	out = append(out, TwinEvent{At: t.Sent, What: "sent", Of: plain(t.Number)})
	slices.SortStableFunc(out, func(a, b TwinEvent) int { return a.At.Compare(b.At) })
	return out
}
