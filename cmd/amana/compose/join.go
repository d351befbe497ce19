package compose

import (
	"context"
	"encoding/json"
	"time"

	"github.com/amana-platform/amana/kernel/app"
	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/store"
	"github.com/amana-platform/amana/modules/cases"
	"github.com/amana-platform/amana/modules/cases/enquiry"
	"github.com/amana-platform/amana/modules/exhibits"
	"github.com/amana-platform/amana/modules/register"
	"github.com/amana-platform/amana/modules/units"
)

// desk is the register as cases see it.
type desk struct{ register *register.Service }

// roles says what a party of a complaint is in a case.
var roles = map[register.Role]enquiry.Role{
	register.Complainant: enquiry.Complainant, register.Accused: enquiry.Suspect, register.Witness: enquiry.Witness, register.Victim: enquiry.Victim,
}

// Complaint gives what a case takes over: nothing is typed twice.
func (d desk) Complaint(ctx context.Context, id ident.ID) (cases.Complaint, error) {
	c, err := d.register.Complaint(ctx, id)
	if err != nil {
		return cases.Complaint{}, err
	}
	out := cases.Complaint{ID: c.ID, Number: c.Number, Version: c.Version, Facts: c.Facts, Place: c.Place, From: factsTime(c), Offences: c.Offences}
	for _, p := range c.Parties {
		if p.Person != "" {
			out.Parties = append(out.Parties, cases.NewParty{Person: p.Person, Role: roles[p.Role]})
		}
	}
	for _, f := range c.Files {
		info, err := json.Marshal(f.Info)
		if err != nil {
			return cases.Complaint{}, err
		}
		out.Files = append(out.Files, cases.NewPiece{Kind: "document", Title: f.Info.Name, Info: string(info)})
	}
	return out, nil
}

// factsTime is the day of the facts where it is known to the day, else when
// the complaint was received.
func factsTime(c register.Complaint) time.Time {
	if at, err := time.Parse("2006-01-02", c.FactsOn); err == nil && at.Before(c.ReceivedAt) {
		return at
	}
	return c.ReceivedAt
}

// Resource gives a complaint as the register's policy reads it.
func (d desk) Resource(ctx context.Context, id ident.ID, p policy.Purpose) (policy.Resource, error) {
	return d.register.Resource(ctx, ident.Ref{Kind: register.KindComplaint, ID: id}, p)
}

// Refer drafts that a complaint went to a case, in the same transaction.
func (d desk) Refer(ctx context.Context, r store.Reader, draft *journal.Draft, c cases.Complaint, caseID ident.ID, number string) error {
	return d.register.Refer(ctx, r, draft, c.ID, c.Version, caseID, number)
}

// cells is the custody register as cases see it.
type cells struct{ register *register.Service }

// Custodies lists the custodies of a case.
func (c cells) Custodies(ctx context.Context, caseID ident.ID) ([]enquiry.Custody, error) {
	all, err := c.register.CustodiesOf(ctx, caseID)
	if err != nil {
		return nil, err
	}
	out := make([]enquiry.Custody, len(all))
	for i, x := range all {
		out[i] = enquiry.Custody{ID: x.ID, Number: x.Number, Person: x.Person, Arrest: x.Arrest, End: x.Ended, Extensions: int64(x.Extensions), Overran: x.Overrun, Outcome: x.Outcome}
	}
	return out, nil
}

// shelf is the exhibits as cases see them.
type shelf struct{ exhibits *exhibits.Service }

// Exhibits lists the exhibits of a case.
func (s shelf) Exhibits(ctx context.Context, caseID ident.ID) ([]enquiry.Exhibit, error) {
	all, err := s.exhibits.Exhibits(ctx, caseID)
	if err != nil {
		return nil, err
	}
	out := make([]enquiry.Exhibit, len(all))
	for i, x := range all {
		out[i] = enquiry.Exhibit{ID: x.ID, Number: x.Number, Seal: x.Seal, Kind: string(x.Category), Description: x.Description, Place: x.Place, PV: x.PV, Seized: x.SeizedAt}
	}
	return out, nil
}

// seizures turns the lines of a signed seizure report into exhibits.
type seizures struct{ exhibits *exhibits.Service }

// Seize drafts the exhibits in the transaction that signs the report.
func (s seizures) Seize(ctx context.Context, r store.Reader, d *journal.Draft, in cases.Seized) error {
	out := exhibits.Seizure{Case: in.Case, PV: in.PV, Unit: in.Unit, By: in.By, At: in.At, Place: in.Place, From: in.From, Witnesses: in.Witnesses}
	for _, t := range in.Things {
		out.Things = append(out.Things, exhibits.NewThing{ID: t.ID, Line: t.Line, Category: exhibits.Other, Description: t.Description})
	}
	return s.exhibits.DraftSeized(ctx, r, d, out)
}

// Subjects gives what must be forgotten together with a person: the records
// merged with theirs, and the documents in whose free text they may stand.
func (s *Services) Subjects(ctx context.Context, id ident.ID) ([]ident.ID, error) {
	all, err := s.Index.Subjects(ctx, id)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return nil, err
	}
	for _, person := range append([]ident.ID{id}, all...) {
		in, err := s.Cases.Documents(ctx, person)
		if err != nil {
			return nil, err
		}
		desk, err := s.Register.Documents(ctx, person)
		if err != nil {
			return nil, err
		}
		all = append(append(all, in...), desk...)
	}
	things, err := s.Exhibits.Documents(ctx, append([]ident.ID{id}, all...))
	if err != nil {
		return nil, err
	}
	all = append(all, things...)
	told, err := s.Oversight.Documents(ctx, append([]ident.ID{id}, all...))
	return append(all, told...), err
}

// seats says where who decides in a capacity sits, by the pack.
type seats struct {
	*units.Service
	k *app.Kernel
}

// Seat gives the office that decides in a capacity on what a unit puts before it.
func (x seats) Seat(ctx context.Context, unit ident.ID, capacity string) (ident.ID, error) {
	u, err := x.Unit(ctx, unit)
	if err != nil {
		return "", err
	}
	office, err := x.k.Pack.Seat(u.Code, capacity, x.k.Clock.Now())
	if err != nil {
		return "", err
	}
	at, err := x.UnitByCode(ctx, office.Code)
	return at.ID, err
}
