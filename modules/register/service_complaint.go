package register

import (
	"context"
	"errors"
	"time"

	"github.com/amana-platform/amana/kernel/blobs"
	"github.com/amana-platform/amana/kernel/check"
	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/store"
	"github.com/amana-platform/amana/kernel/text"
	"github.com/amana-platform/amana/modules/index"
)

// NewParty is a party as the desk names it: a known person, a new one to be
// recorded with the complaint, or neither (X). Field is the form's prefix.
type NewParty struct {
	Role   Role
	Person ident.ID
	New    *index.Person
	Field  string
}

// NewComplaint is what the desk writes down. Submission makes the form
// idempotent and becomes the complaint's id; files were filed under it.
type NewComplaint struct {
	Submission ident.ID
	Received   ident.ID // unit; "" for the actor's
	FactsUnit  ident.ID // "" for the same
	Competent  ident.ID // "" for the same
	Origin     Origin
	At         time.Time // when it was received; now if zero
	FactsOn    text.PartialDate
	FactsClock string
	Place      string
	Facts      string
	Offences   []string
	Parties    []NewParty
	Things     []Thing
	Files      []blobs.Info
}

// RecordComplaint records a complaint with its final number and a line of the
// log book, in one transaction. Sent twice, it answers as the first time.
// Law: CPP 21; CPP 40
func (s *Service) RecordComplaint(ctx context.Context, g policy.Grant, in NewComplaint) (Complaint, error) {
	in.Received = unitOr(in.Received, g)
	in.FactsUnit, in.Competent = orUnit(in.FactsUnit, in.Received), orUnit(in.Competent, in.Received)
	if in.At.IsZero() {
		in.At = s.k.Clock.Now()
	}
	if err := s.checkComplaint(ctx, &in); err != nil {
		return Complaint{}, err
	}
	_, err := s.do(ctx, g, func(k *desk) error { return k.recordComplaint(in) })
	if err != nil && !errors.Is(err, errDone) {
		return Complaint{}, err
	}
	return readComplaint(ctx, s.k.Reader, in.Submission)
}

func orUnit(unit, other ident.ID) ident.ID {
	if unit == "" {
		return other
	}
	return unit
}

func (s *Service) checkComplaint(ctx context.Context, in *NewComplaint) error {
	c := s.checks()
	if _, err := ident.Parse(string(in.Submission)); err != nil {
		c.Add("submission", "register.fault.submission")
	}
	check.OneOf(&c.Form, "origin", string(in.Origin), originCodes())
	c.past("at", in.At)
	c.pastDay("facts_on", in.FactsOn)
	c.clockTime("facts_clock", in.FactsClock)
	in.Place = c.Required("place", in.Place, maxLine)
	in.Facts = c.Required("facts", in.Facts, maxFacts)
	s.checkOffences(c, in)
	c.things(in.Things)
	s.checkParties(ctx, c, in)
	c.files(in.Submission, in.Files)
	if _, err := s.units.Unit(ctx, in.FactsUnit); err != nil {
		c.Add("facts_unit", "form.choose")
	}
	if in.Competent != in.Received && !s.takes(ctx, in.Competent) {
		c.Add("competent", "form.choose")
	}
	return c.Err()
}

func originCodes() []string {
	var out []string
	for _, o := range Origins() {
		out = append(out, string(o))
	}
	return out
}

// checkOffences requires one to ten offences in force when the complaint was
// received; the date of the facts chooses the version when they are qualified.
func (s *Service) checkOffences(c *checks, in *NewComplaint) {
	if len(in.Offences) == 0 {
		c.Add("offence", "form.required")
	}
	if len(in.Offences) > maxOffences {
		c.Add("offence", "register.fault.too-many", "max", maxOffences)
	}
	seen := map[string]bool{}
	for _, o := range in.Offences {
		if _, err := s.k.Pack.Offence(o, in.At); err != nil || seen[o] {
			c.Add("offence", "form.choose")
			return
		}
		seen[o] = true
	}
}

func (c *checks) things(things []Thing) {
	if len(things) > maxThings {
		c.Add("things", "register.fault.too-many", "max", maxThings)
		return
	}
	for i := range things {
		t := &things[i]
		check.OneOf(&c.Form, row("things", i, "kind"), t.Kind, ThingKinds())
		t.Description = c.Required(row("things", i, "description"), t.Description, maxLine)
		t.Serial = c.Optional(row("things", i, "serial"), t.Serial, maxLine)
		if t.Value < 0 || t.Value > maxValue {
			c.Add(row("things", i, "value"), "form.out-of-range", "min", 0, "max", int64(maxValue))
		}
	}
}

// files refuses a file that was filed under another subject: its key would
// outlive the complaint, or belong to somebody else's.
func (c *checks) files(subject ident.ID, files []blobs.Info) {
	if len(files) > maxFiles {
		c.Add("files", "register.fault.too-many", "max", maxFiles)
	}
	seen := map[blobs.Address]bool{}
	for _, f := range files {
		switch {
		case f.Subject != string(subject):
			c.Add("files", "register.fault.file-elsewhere")
			return
		case seen[f.Address]:
			c.Add("files", "register.fault.file-twice")
			return
		}
		seen[f.Address] = true
	}
}

func (s *Service) checkParties(ctx context.Context, c *checks, in *NewComplaint) {
	if len(in.Parties) > maxParties {
		c.Add("parties", "register.fault.too-many", "max", maxParties)
		return
	}
	complainants := 0
	for i := range in.Parties {
		p := &in.Parties[i]
		if p.Role == Complainant {
			complainants++
		}
		s.checkParty(ctx, c, p)
	}
	switch {
	case in.Origin == Anonymously && complainants > 0:
		c.Add("complainant", "register.fault.anonymous-named")
	case (in.Origin == ByComplaint || in.Origin == ByReport) && complainants == 0:
		c.Add("complainant", "form.required")
	}
}

func (s *Service) checkParty(ctx context.Context, c *checks, p *NewParty) {
	switch {
	case p.New != nil:
		c.List = append(c.List, p.New.Check(p.Field+".")...)
	case p.Person != "":
		if known, err := s.people.Person(ctx, p.Person); err != nil || known.Erased {
			c.Add(p.Field, "register.fault.no-person")
		}
	case p.Role != Accused:
		c.Add(p.Field, "form.required")
	}
}

// recordComplaint decides under the lock.
func (k *desk) recordComplaint(in NewComplaint) error {
	if c, err := readComplaint(k.ctx, k.r, in.Submission); err == nil {
		if c.Writer == k.g.Actor().ID && c.Received == in.Received {
			return errDone
		}
		return fault.New(fault.Conflict, "register.fault.submission")
	} else if !fault.Is(err, fault.NotFound) {
		return err
	}
	n, err := k.draw(complaintSeries, in.Received)
	if err != nil {
		return err
	}
	k.d.AddAt(in.At, k.s.complaintOf(in, n, k.draftParties(in.Parties)))
	_, err = k.write(in.Received, line{kind: LineComplaint, subject: ref(KindComplaint, in.Submission), number: n.Number, happened: in.At})
	return err
}

// complaintOf makes the entry.
func (s *Service) complaintOf(in NewComplaint, n drawn, parties []Party) ComplaintRecorded {
	e := ComplaintRecorded{
		Complaint: in.Submission, Received: in.Received, FactsUnit: in.FactsUnit, Competent: in.Competent,
		Series: n.Series, N: n.N, Number: n.Number, Origin: in.Origin, State: Recorded,
		FactsOn: string(in.FactsOn), FactsClock: in.FactsClock, Place: journal.Seal(in.Place), Facts: journal.Seal(in.Facts),
		Due: s.outcomeDue(in.At), Parties: parties, Offences: in.Offences,
	}
	if in.Origin == Anonymously && s.verifies(in.At) {
		e.State = Verifying
	}
	for _, t := range in.Things {
		e.Things = append(e.Things, SealedThing{Of: in.Submission, Kind: t.Kind, Description: journal.Seal(t.Description), Value: t.Value, Serial: journal.Seal(t.Serial)})
	}
	for _, f := range in.Files {
		e.Files = append(e.Files, sealFile(in.Submission, f))
	}
	return e
}

// verifies reports whether anonymous reports need a preliminary check at a time.
// Law: CPP 40; CPP 49
func (s *Service) verifies(when time.Time) bool {
	_, err := s.k.Pack.Rule("anonymous-verification", when)
	return err == nil
}

// outcomeDue is when the complainant must have been told; zero where the law
// of the day knows no period.
// Law: CPP 40
func (s *Service) outcomeDue(when time.Time) time.Time {
	rule, err := s.k.Pack.Rule("complaint-outcome", when)
	if err != nil {
		return time.Time{}
	}
	return rule.Period.After(s.k.Pack.Local(when)).UTC()
}

// draftParties records the new persons in the same transaction.
func (k *desk) draftParties(in []NewParty) []Party {
	out := make([]Party, len(in))
	for i, p := range in {
		out[i] = Party{Role: p.Role, Person: p.Person}
		if p.New == nil {
			continue
		}
		out[i].Person = k.d.NewID()
		index.DraftPerson(k.d, *p.New, out[i].Person)
	}
	return out
}

// Complaint gives a complaint whole.
func (s *Service) Complaint(ctx context.Context, id ident.ID) (Complaint, error) {
	return readWhole(ctx, s.k.Reader, id)
}

// DraftReferred ties a complaint to the case opened from it, inside the
// transaction that opens the case. A complaint that may not be referred makes
// that transaction fail: ReferProblem says beforehand why.
func (s *Service) DraftReferred(d *journal.Draft, complaint, caseID ident.ID, caseNumber string) {
	d.Add(ComplaintReferred{Complaint: complaint, Case: caseID, CaseNumber: caseNumber})
}

// Refer is DraftReferred after a check by the reader of the same transaction.
// seen is the version of the complaint that whoever opens the case was allowed
// to take over: one that was corrected or moved to another unit since is a conflict.
func (s *Service) Refer(ctx context.Context, r store.Reader, d *journal.Draft, complaint ident.ID, seen int64, caseID ident.ID, number string) error {
	if err := s.ReferProblem(ctx, r, complaint, seen); err != nil {
		return err
	}
	s.DraftReferred(d, complaint, caseID, number)
	return nil
}

// ReferProblem says why a complaint cannot be referred to a case as r sees it:
// an anonymous report that was not verified, one that is closed or moving.
// Law: CPP 40; CPP 49
func (s *Service) ReferProblem(ctx context.Context, r store.Reader, complaint ident.ID, seen int64) error {
	c, err := readComplaint(ctx, r, complaint)
	if err == nil {
		err = same(c.Version, seen)
	}
	if err != nil {
		return err
	}
	switch c.State {
	case Recorded:
		return nil
	case Verifying:
		return fault.New(fault.Refused, "register.fault.not-verified", "law", "CPP 40")
	}
	return fault.New(fault.Conflict, "register.fault.state")
}
