package dossier

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/packs"
	"github.com/amana-platform/amana/modules/cases/enquiry"
)

// refsOf gives the short references of a file's parts.
type refsOf map[ident.ID]string

func shortRefs(f *enquiry.File) refsOf {
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
		if p.State == enquiry.Signed {
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

// Sending is what a twin says of its own hand-over.
type Sending struct {
	Entry, Dossier ident.ID
	Number         string
	Office, Unit   enquiry.Unit
	Sender         ident.ID
	Sent           time.Time
	Gate           enquiry.Gate
}

// Maker makes twins of files. Its functions answer what others know: units,
// the names of officers in a language, who a person is, the SHA-256 of a
// stored file (blobs.Info in JSON).
type Maker struct {
	Pack    *packs.Pack
	Unit    func(ctx context.Context, id ident.ID) (enquiry.Unit, error)
	Officer func(ctx context.Context, lang string, id ident.ID) string
	Person  func(ctx context.Context, id ident.ID) (enquiry.Identity, error)
	Digest  func(ctx context.Context, info string) (string, error)
}

// Twin builds the whole twin of a file.
func (m Maker) Twin(ctx context.Context, f *enquiry.File, h Sending) (*Twin, error) {
	salt := make([]byte, 32)
	rand.Read(salt)
	refs := shortRefs(f)
	t := &Twin{Format: Format, Profile: ForProsecutor, Salt: hex.EncodeToString(salt), Entry: h.Entry, Dossier: h.Dossier, Number: h.Number, Round: f.Round + 1,
		Sent: h.Sent, Sender: m.Officer(ctx, "ar", h.Sender), SenderFR: m.Officer(ctx, "fr", h.Sender), Unit: label(h.Unit.Names), Office: label(h.Office.Names),
		Case: m.twinCase(f), Persons: []Person{}, Documents: []Document{}, Exhibits: []Exhibit{}, Measures: []Measure{}, Custodies: []Custody{}}
	var err error
	if t.Persons, err = m.twinPersons(ctx, f, refs); err != nil {
		return nil, err
	}
	if t.Offences, err = m.twinOffences(f, refs, h.Gate); err != nil {
		return nil, err
	}
	if t.Reports, err = m.twinReports(ctx, f, refs); err != nil {
		return nil, err
	}
	if t.Documents, err = m.twinDocuments(ctx, f, refs); err != nil {
		return nil, err
	}
	for _, x := range f.Exhibits {
		t.Exhibits = append(t.Exhibits, Exhibit{Ref: refs[x.ID], Number: x.Number, Seal: x.Seal, Kind: x.Kind, Description: x.Description, Place: x.Place, Seized: x.Seized})
	}
	m.twinMeasures(t, f)
	for _, c := range f.Custodies {
		t.Custodies = append(t.Custodies, Custody{Number: c.Number, Person: refs[c.Person], Arrest: c.Arrest, End: moments(c.End), Extensions: c.Extensions, Overran: moments(c.Overran), Outcome: c.Outcome})
	}
	for _, l := range h.Gate.Lines {
		of := l.Code
		if ref, ok := refs[ident.ID(l.Code)]; ok {
			of = ref
		}
		t.Gate = append(t.Gate, Check{Check: l.Check, Of: of, Met: l.Met, By: refs.all(l.Pieces)})
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

func (m Maker) twinCase(f *enquiry.File) Case {
	c := Case{ID: f.ID, Number: f.Number, Opened: f.Opened, Origin: f.Origin, Complaint: f.ComplaintNumber, Regime: f.Regime, Frame: given(f.Values),
		Facts: f.Facts, Place: f.Place, From: f.From, To: moments(f.To)}
	if frame, err := m.Pack.Regime(f.Regime, f.Opened); err == nil {
		c.RegimeAs = label(frame.Names)
	}
	return c
}

// given leaves out fields without a value.
func given(values map[string]string) map[string]string {
	out := map[string]string{}
	for k, v := range values {
		if v != "" {
			out[k] = v
		}
	}
	return out
}

func (m Maker) twinPersons(ctx context.Context, f *enquiry.File, refs refsOf) ([]Person, error) {
	out := []Person{}
	for _, p := range f.Parties {
		if i := slices.IndexFunc(out, func(x Person) bool { return x.ID == p.Person }); i >= 0 {
			out[i].Roles = append(out[i].Roles, p.Role)
			out[i].Address, out[i].Phone = apart(out[i].Address, p.Address), apart(out[i].Phone, p.Phone)
			continue
		}
		who, err := m.Person(ctx, p.Person)
		if err != nil {
			return nil, err
		}
		out = append(out, Person{Ref: refs[p.Person], ID: p.Person, Roles: []enquiry.Role{p.Role}, NameAR: who.NameAR, Name: who.Name, Born: who.Born,
			FiliationAR: who.FiliationAR, Filiation: who.Filiation, Card: who.Card, Occupation: who.Occupation,
			Address: apart(p.Address, who.Address), Phone: apart(p.Phone, who.Phone)})
	}
	return out, nil
}

// apart puts every way to reach a person beside the others, each once: what
// is not known of here, no profile can withhold.
func apart(ways ...string) string {
	var out []string
	for _, w := range ways {
		for one := range strings.SplitSeq(w, enquiry.Apart) {
			if one = strings.TrimSpace(one); one != "" && !slices.Contains(out, one) {
				out = append(out, one)
			}
		}
	}
	return strings.Join(out, enquiry.Apart)
}

func (m Maker) twinOffences(f *enquiry.File, refs refsOf, g enquiry.Gate) ([]Offence, error) {
	out := []Offence{}
	for _, o := range f.Offences {
		law, err := m.Pack.Offence(o.Code, o.LawAt)
		if err != nil {
			return nil, err
		}
		class, err := m.Pack.Class(o.Class, o.LawAt)
		if err != nil {
			return nil, err
		}
		t := Offence{Code: o.Code, Name: label(law.Names), Class: o.Class, ClassAs: label(class.Names), ICCS: law.ICCS, Law: law.Law, LawAt: o.LawAt,
			Suspect: refs[o.Suspect], Part: o.Part, Attempted: o.Attempted, Aggravating: o.Aggravating}
		elements, err := m.Pack.Elements(o.Code, o.LawAt)
		if err != nil {
			return nil, err
		}
		for _, e := range elements {
			x := Element{Code: e.Code, Name: label(e.Names), ShownBy: []string{}}
			for _, l := range g.Lines {
				if l.Check == enquiry.CheckElement && l.Offence == o.ID && l.Code == e.Code {
					x.ShownBy = append(x.ShownBy, refs.all(l.Pieces)...)
				}
			}
			t.Elements = append(t.Elements, x)
		}
		out = append(out, t)
	}
	return out, nil
}

func (m Maker) twinReports(ctx context.Context, f *enquiry.File, refs refsOf) ([]Report, error) {
	out := []Report{}
	for _, p := range f.PVs {
		if p.State != enquiry.Signed {
			continue
		}
		t, err := m.Report(ctx, p)
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

// Report gives one report as data.
func (m Maker) Report(ctx context.Context, p enquiry.PV) (Report, error) {
	form, err := m.Pack.Template(p.Form, p.Made)
	if err != nil {
		return Report{}, err
	}
	u, err := m.Unit(ctx, p.Unit)
	if err != nil {
		return Report{}, err
	}
	return Report{ID: p.ID, Number: p.Number, Form: p.Form, Name: label(form.Names), Unit: label(u.Names), Author: m.Officer(ctx, "ar", p.Author),
		AuthorFR: m.Officer(ctx, "fr", p.Author), Capacity: p.Capacity, Act: p.Act, Written: cmp.Or(p.Signed, p.Made), Fields: given(p.Values)}, nil
}

func (m Maker) twinDocuments(ctx context.Context, f *enquiry.File, refs refsOf) ([]Document, error) {
	out := []Document{}
	for _, p := range f.Pieces {
		d := Document{Ref: refs[p.ID], Kind: p.Kind, Title: p.Title}
		if p.Info != "" {
			sum, err := m.Digest(ctx, p.Info)
			if err != nil {
				return nil, fmt.Errorf("cases: piece %s: %w", p.ID, err)
			}
			d.SHA256 = sum
		}
		out = append(out, d)
	}
	return out, nil
}

func (m Maker) twinMeasures(t *Twin, f *enquiry.File) {
	for _, o := range f.Measures {
		x := Measure{Kind: o.Kind, State: o.Now(t.Sent), Authority: o.Authority, Number: o.Number, Basis: o.Basis, From: moments(o.From), Until: moments(o.Until), Fields: o.Values}
		if kind, err := m.Pack.Measure(o.Kind, o.Asked); err == nil {
			x.Name = label(kind.Names)
		}
		t.Measures = append(t.Measures, x)
	}
}

// chronology lists the steps of the procedure in the order of their time.
func chronology(t *Twin, f *enquiry.File) []Event {
	plain := func(s string) Label { return Label{s, s, s} }
	out := []Event{{At: f.From, What: "facts"}, {At: f.Opened, What: "opened", Of: plain(f.Number)}}
	for _, r := range t.Reports {
		out = append(out, Event{At: r.Act, What: "report", Of: r.Name, Ref: r.Ref})
	}
	for _, x := range t.Exhibits {
		out = append(out, Event{At: x.Seized, What: "seized", Of: plain(x.Number), Ref: x.Ref})
	}
	for _, m := range t.Measures {
		if m.From != nil {
			out = append(out, Event{At: *m.From, What: "measure", Of: m.Name})
		}
	}
	for _, c := range t.Custodies {
		out = append(out, Event{At: c.Arrest, What: "arrest", Of: plain(c.Number), Ref: c.Person})
		if c.End != nil {
			out = append(out, Event{At: *c.End, What: "custody-end", Of: plain(c.Number), Ref: c.Person})
		}
	}
	for _, r := range f.Reviews {
		if r.Outcome == "approved" {
			out = append(out, Event{At: r.Decided, What: "approved"})
		}
	}
	out = append(out, Event{At: t.Sent, What: "sent", Of: plain(t.Number)})
	slices.SortStableFunc(out, func(a, b Event) int { return a.At.Compare(b.At) })
	return out
}
