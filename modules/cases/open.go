package cases

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/packs"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/store"
	"github.com/amana-platform/amana/modules/cases/enquiry"
)

// NewParty is a person who comes into a case.
type NewParty struct {
	Person  ident.ID
	Role    enquiry.Role
	Address string
	Phone   string
}

// NewPiece is a paper or file that comes into a case.
type NewPiece struct {
	ID    ident.ID // "" for a new one
	Kind  string   // packs.Evidence: medical, expert, photo, document
	Title string
	Info  string // blobs.Info in JSON; its subject is ID
}

// Opening is what a case is opened with.
type Opening struct {
	Submission ident.ID // names the form; the case takes it as its id
	Origin     enquiry.Origin
	Complaint  ident.ID // fills Facts, Place, times, offences and parties
	Unit       ident.ID // "" for the actor's own
	Officer    ident.ID // who works on it; "" for the actor
	Regime     string
	Court      ident.ID          // whose judge gave the letters, where a judge directs the regime
	Values     map[string]string // the fields that the regime asks for
	Facts      string
	Place      string
	From, To   time.Time
	Parties    []NewParty
	Offences   []string // codes, against an unknown offender until qualified further
	Pieces     []NewPiece
}

// errDone says that a form was sent before.
var errDone = errors.New("cases: this was done already")

// Open opens a case. From a complaint nothing is typed again, and both
// records change in one transaction; whoever opens it must also be allowed, by
// the rule of those who keep the complaint, to take it over. Law: CPP 21; CPP 23
func (s *Service) Open(ctx context.Context, g policy.Grant, o Opening) (enquiry.Case, error) {
	if done, err := s.Case(ctx, o.Submission); err == nil {
		return done, nil
	}
	from, err := s.takeOver(ctx, g, o.Complaint)
	if err != nil {
		return enquiry.Case{}, err
	}
	if from.ID != "" {
		o.take(from)
	}
	if o.Unit == "" {
		o.Unit = g.Actor().Unit
	}
	u, err := s.parts.Directory.Service(ctx, o.Unit)
	if err != nil {
		return enquiry.Case{}, err
	}
	if err := s.checkOpening(ctx, o, s.k.Clock.Now()); err != nil {
		return enquiry.Case{}, err
	}
	_, err = s.k.Journal.Do(ctx, g, func(ctx context.Context, r store.Reader, d *journal.Draft) error {
		if _, err := readCase(ctx, r, o.Submission); err == nil {
			return errDone
		}
		return s.draftOpening(ctx, r, d, g, u, o, from)
	})
	if err != nil && !errors.Is(err, errDone) {
		return enquiry.Case{}, err
	}
	return s.Case(ctx, o.Submission)
}

// takeOver reads a complaint for somebody who may open a case from it: the
// competent unit. A refusal is recorded before anything of it was read.
func (s *Service) takeOver(ctx context.Context, g policy.Grant, id ident.ID) (Complaint, error) {
	if id == "" {
		return Complaint{}, nil
	}
	if s.parts.Complaints == nil {
		return Complaint{}, orNotFound(nil)
	}
	res, err := s.parts.Complaints.Resource(ctx, id, g.Purpose())
	if err == nil {
		_, err = s.k.Policy.Ask(ctx, g.Actor(), s.parts.ReferComplaint, res, g.Purpose())
	}
	if err != nil {
		return Complaint{}, err
	}
	return s.parts.Complaints.Complaint(ctx, id)
}

// take fills an opening from a complaint; what the form says besides stays.
func (o *Opening) take(c Complaint) {
	o.Origin, o.Facts, o.Place, o.From, o.To = enquiry.FromComplaint, c.Facts, c.Place, c.From, c.To
	o.Parties, o.Offences, o.Pieces = append(c.Parties, o.Parties...), append(slices.Clone(c.Offences), o.Offences...), append(c.Files, o.Pieces...)
}

func (s *Service) checkOpening(ctx context.Context, o Opening, now time.Time) error {
	var wrong fault.List
	if o.Submission == "" {
		wrong.Add("submission", "form.required")
	}
	if !slices.Contains(append(enquiry.Origins(), enquiry.FromComplaint), o.Origin) {
		wrong.Add("origin", "form.choose")
	}
	s.checkFrame(&wrong, o.Regime, o.Values, o.Facts, o.From, o.To, now)
	if err := s.checkCourt(ctx, &wrong, o.Regime, o.Court, now); err != nil {
		return err
	}
	for _, p := range o.Parties {
		if err := s.checkParty(ctx, &wrong, p); err != nil {
			return err
		}
	}
	for _, code := range o.Offences {
		if _, err := s.k.Pack.Offence(code, o.From); err != nil {
			wrong.Add("offences", "form.choose")
		}
	}
	return wrong.Err()
}

// checkFrame checks what every case must say: its legal frame with the fields
// it asks for, the facts and when they happened.
func (s *Service) checkFrame(wrong *fault.List, regime string, values map[string]string, facts string, from, to, now time.Time) {
	frame, err := s.k.Pack.Regime(regime, now)
	if err != nil {
		wrong.Add("regime", "form.choose")
	}
	for _, code := range s.regimeFields(frame) {
		if strings.TrimSpace(values[code]) == "" {
			wrong.Add("f."+code, "form.required")
		}
	}
	if strings.TrimSpace(facts) == "" {
		wrong.Add("facts", "form.required")
	}
	switch {
	case from.IsZero():
		wrong.Add("from", "form.required")
	case from.After(now):
		wrong.Add("from", "cases.wrong.future")
	case !to.IsZero() && to.Before(from):
		wrong.Add("to", "cases.wrong.order")
	}
}

// checkCourt checks that the court is named, and is one, where a judge directs the
// enquiry. In a service without courts none can be.
// Law: CPP 189
func (s *Service) checkCourt(ctx context.Context, wrong *fault.List, regime string, court ident.ID, now time.Time) error {
	if !s.directed(regime, now) {
		return nil
	}
	courts, err := s.parts.Directory.Courts(ctx)
	if err != nil || len(courts) == 0 && court == "" {
		return err
	}
	if !slices.ContainsFunc(courts, func(u enquiry.Unit) bool { return u.ID == court }) {
		wrong.Add("court", "form.choose")
	}
	return nil
}

// directed reports whether a judge directs the enquiries of a regime.
func (s *Service) directed(regime string, now time.Time) bool {
	frame, err := s.k.Pack.Regime(regime, now)
	if err != nil {
		return false
	}
	c, err := s.k.Pack.Capacity(frame.Authority, now)
	return err == nil && c.Branch == "court"
}

// nameCourt drafts before which court a case is, if that changes: none where no
// judge directs it.
func (s *Service) nameCourt(d *journal.Draft, g policy.Grant, id ident.ID, was ident.ID, regime string, court ident.ID) {
	if !s.directed(regime, d.Now) {
		court = ""
	}
	if court != was {
		d.Add(CourtNamed{Case: id, Court: court, By: actor(g)})
	}
}

// regimeFields lists the fields of a legal frame that a case does not hold by
// itself, as it holds where it comes from and when and where the facts were.
func (s *Service) regimeFields(frame packs.Regime) []string {
	return slices.DeleteFunc(slices.Clone(frame.Fields), func(code string) bool { return slices.Contains([]string{"origin", "facts-time", "facts-place"}, code) })
}

// checkParty checks what a person is said to be; the person must be one of the
// index.
func (s *Service) checkParty(ctx context.Context, wrong *fault.List, p NewParty) error {
	if !slices.Contains(enquiry.Roles(), p.Role) {
		wrong.Add("role", "form.choose")
	}
	if p.Person == "" {
		wrong.Add("person", "form.required")
		return nil
	}
	_, err := s.parts.People.Identity(ctx, p.Person)
	if fault.Is(err, fault.NotFound) {
		wrong.Add("person", "form.choose")
		return nil
	}
	return err
}

func (s *Service) draftOpening(ctx context.Context, r store.Reader, d *journal.Draft, g policy.Grant, u enquiry.Unit, o Opening, from Complaint) error {
	number, series, n, err := s.number(ctx, r, "cases_cases", enquiry.KindCase, u, d.Now)
	if err != nil {
		return err
	}
	id := o.Submission
	d.AddOnce(o.Submission, d.Now, CaseOpened{Case: id, Number: number, Series: series, N: n, Unit: u.ID, Origin: o.Origin, Complaint: o.Complaint,
		ComplaintNumber: from.Number, Regime: o.Regime, Facts: sealText(o.Facts), Place: sealText(o.Place), From: o.From, To: o.To,
		Values: valuesOf(id, o.Values), By: actor(g)})
	s.nameCourt(d, g, id, "", o.Regime, o.Court)
	if o.Complaint != "" {
		if err := s.parts.Complaints.Refer(ctx, r, d, from, id, number); err != nil {
			return err
		}
	}
	for _, p := range o.Parties {
		d.Add(PartyAdded{ID: d.NewID(), Case: id, Person: p.Person, Role: p.Role, Address: sealText(p.Address), Phone: sealText(p.Phone)})
	}
	for _, code := range o.Offences {
		offence, err := s.k.Pack.Offence(code, o.From)
		if err != nil {
			return err
		}
		d.Add(OffenceQualified{ID: d.NewID(), Case: id, Code: code, LawAt: o.From, Class: offence.Class, Part: enquiry.Author, By: actor(g)})
	}
	for _, p := range o.Pieces {
		if p.ID == "" {
			p.ID = d.NewID()
		}
		d.Add(PieceFiled{ID: p.ID, Case: id, Kind: p.Kind, Title: sealText(p.Title), Info: sealText(p.Info), By: actor(g)})
	}
	officer := o.Officer
	if officer == "" {
		officer = actor(g)
	}
	d.Add(CaseAssigned{ID: d.NewID(), Case: id, Officer: officer, By: actor(g)})
	return nil
}

// valuesOf lists the fields of a record in the order of their names, sealed
// under the record's own id; what is empty is left out.
func valuesOf(record ident.ID, fields map[string]string) []Value {
	var out []Value
	for field, v := range fields {
		if strings.TrimSpace(v) != "" {
			out = append(out, Value{Field: field, Subject: record, Text: sealText(v)})
		}
	}
	slices.SortFunc(out, func(a, b Value) int { return strings.Compare(a.Field, b.Field) })
	return out
}

// Amendment states the facts and the legal frame anew.
type Amendment struct {
	Version  int64 // of the case that the form showed
	Regime   string
	Court    ident.ID // as in an Opening
	Values   map[string]string
	Facts    string
	Place    string
	From, To time.Time
}

// Amend states the facts and the legal frame of a case anew.
func (s *Service) Amend(ctx context.Context, g policy.Grant, id ident.ID, a Amendment) error {
	if err := given(g, caseRef(id)); err != nil {
		return err
	}
	var wrong fault.List
	s.checkFrame(&wrong, a.Regime, a.Values, a.Facts, a.From, a.To, s.k.Clock.Now())
	if err := s.checkCourt(ctx, &wrong, a.Regime, a.Court, s.k.Clock.Now()); err != nil {
		return err
	}
	if err := wrong.Err(); err != nil {
		return err
	}
	_, err := s.k.Journal.Do(ctx, g, func(ctx context.Context, r store.Reader, d *journal.Draft) error {
		c, err := changing(ctx, r, id)
		if err != nil {
			return err
		}
		if c.Version != a.Version {
			return fault.New(fault.Conflict, "fault.conflict")
		}
		d.Add(CaseAmended{Case: id, Version: c.Version + 1, Regime: a.Regime, Facts: sealText(a.Facts), Place: sealText(a.Place), From: a.From, To: a.To, Values: valuesOf(id, a.Values)})
		s.nameCourt(d, g, id, c.Court, a.Regime, a.Court)
		return nil
	})
	return err
}

// AddParty says what a person is in a case.
func (s *Service) AddParty(ctx context.Context, g policy.Grant, id ident.ID, p NewParty) error {
	if err := given(g, caseRef(id)); err != nil {
		return err
	}
	var wrong fault.List
	if err := s.checkParty(ctx, &wrong, p); err != nil {
		return err
	}
	if err := wrong.Err(); err != nil {
		return err
	}
	_, err := s.k.Journal.Do(ctx, g, func(ctx context.Context, r store.Reader, d *journal.Draft) error {
		if _, err := changing(ctx, r, id); err != nil {
			return err
		}
		all, err := parties(ctx, r, id)
		if err != nil {
			return err
		}
		if slices.ContainsFunc(all, func(x enquiry.Party) bool { return x.Person == p.Person && x.Role == p.Role }) {
			return &fault.Error{Kind: fault.Invalid, Key: "cases.wrong.party-twice", Field: "person"}
		}
		d.Add(PartyAdded{ID: d.NewID(), Case: id, Person: p.Person, Role: p.Role, Address: sealText(p.Address), Phone: sealText(p.Phone)})
		return nil
	})
	return err
}

// WithdrawParty ends the role of a person in a case. A suspect against whom an
// offence is qualified stays until that is withdrawn.
func (s *Service) WithdrawParty(ctx context.Context, g policy.Grant, id, party ident.ID) error {
	if err := given(g, caseRef(id)); err != nil {
		return err
	}
	_, err := s.k.Journal.Do(ctx, g, func(ctx context.Context, r store.Reader, d *journal.Draft) error {
		if _, err := changing(ctx, r, id); err != nil {
			return err
		}
		all, err := parties(ctx, r, id)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(all, func(x enquiry.Party) bool { return x.ID == party })
		if i < 0 {
			return orNotFound(nil)
		}
		p := all[i]
		charged, err := offences(ctx, r, id)
		if err != nil {
			return err
		}
		if p.Role == enquiry.Suspect && slices.ContainsFunc(charged, func(o enquiry.Offence) bool { return o.Suspect == p.Person }) {
			return refuse("cases.refused.charged")
		}
		d.Add(PartyWithdrawn{ID: p.ID, Case: id, Person: p.Person, Role: p.Role})
		return nil
	})
	return err
}
