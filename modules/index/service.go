package index

import (
	"context"
	"strings"

	"github.com/amana-platform/amana/engines/names"
	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/store"
)

// Lookalikes says that a person about to be recorded may be in the index
// already. It is a fault.Conflict; the page shows the candidates and asks.
type Lookalikes struct {
	Fault      *fault.Error
	Candidates []Candidate
}

// Error gives the developer's view.
func (l *Lookalikes) Error() string { return l.Fault.Error() }

// Unwrap gives the fault to show.
func (l *Lookalikes) Unwrap() error { return l.Fault }

// Dismissal says that none of the persons who were proposed is the one being
// recorded, and why.
type Dismissal struct {
	Not    []ident.ID // who was shown and is somebody else
	Reason string
}

// RecordPerson writes a new identity down under an id of the form's, so that
// a form sent twice records once. Whoever is likely the same person, or bears
// the same number of a document, must have been dismissed with a reason; each
// such decision is an entry of its own.
// Law: L09-08 3
func (s *Service) RecordPerson(ctx context.Context, g policy.Grant, id ident.ID, input Person, not Dismissal) (Person, error) {
	if err := input.Check("").Err(); err != nil {
		return Person{}, err
	}
	done, err := s.recorded(ctx, id)
	if err != nil || done.ID != "" {
		return done, err
	}
	input = input.normal()
	input.ID = id
	likely, err := s.likely(ctx, input)
	if err != nil {
		return Person{}, err
	}
	if err := not.covers(likely); err != nil {
		return Person{}, err
	}
	_, err = s.k.Journal.Do(ctx, g, func(_ context.Context, _ store.Reader, d *journal.Draft) error {
		DraftPerson(d, input, id)
		for _, c := range likely {
			decision := d.NewID()
			d.Add(DuplicateDismissed{Decision: decision, First: id, Second: c.Person.ID, By: g.Actor().ID, Reason: seal(strings.TrimSpace(not.Reason)), Proposal: c.Proposal})
		}
		return nil
	})
	if err != nil {
		return Person{}, err
	}
	return s.PersonAsRecorded(ctx, id)
}

// recorded gives the person that the same form has recorded before, if any.
func (s *Service) recorded(ctx context.Context, id ident.ID) (Person, error) {
	if _, err := ident.Parse(string(id)); err != nil {
		return Person{}, fault.Wrap(err, fault.Invalid, "index.fault.submission")
	}
	p, err := readPerson(ctx, s.k.Reader, id)
	if fault.Is(err, fault.NotFound) {
		return Person{}, nil
	}
	return p, err
}

// likely gives those candidates who must be looked at before a person is
// recorded.
func (s *Service) likely(ctx context.Context, p Person) ([]Candidate, error) {
	all, err := s.Proposals(ctx, p)
	var out []Candidate
	for _, c := range all {
		if c.Exact == numberCNIE || c.Exact == numberPassport || c.Proposal.Score >= permille(names.Likely) {
			out = append(out, c)
		}
	}
	return out, err
}

// covers refuses unless every candidate was dismissed, with a reason.
func (n Dismissal) covers(all []Candidate) error {
	if len(all) == 0 {
		return nil
	}
	shown := map[ident.ID]bool{}
	for _, id := range n.Not {
		shown[id] = true
	}
	for _, c := range all {
		if !shown[c.Person.ID] {
			return &Lookalikes{fault.New(fault.Conflict, "index.fault.lookalikes", "n", len(all)), all}
		}
	}
	return reasonGiven("reason", n.Reason)
}

// reasonGiven checks that a decision says why.
func reasonGiven(field, reason string) error {
	c := check{}
	if strings.TrimSpace(reason) == "" {
		c.add(field, "index.fault.reason")
	}
	c.line(field, strings.ReplaceAll(reason, "\n", " "), longestReason)
	return c.list.Err()
}

// Contested is a field that two editors changed differently.
type Contested struct {
	Field  string
	Mine   string
	Theirs string
	Actor  ident.ID // who wrote theirs
	Claim  Claim
}

// Conflict says that fields were changed meanwhile. It is a fault.Conflict;
// the page shows both values of each field.
type Conflict struct {
	Fault   *fault.Error
	Version int64 // against which to decide again
	Fields  []Contested
	Joined  Person // the editor's values over what was written since
}

// Error gives the developer's view.
func (c *Conflict) Error() string { return c.Fault.Error() }

// Unwrap gives the fault to show.
func (c *Conflict) Unwrap() error { return c.Fault }

// CorrectPerson writes what an identity is now. base is the version that the
// editor saw: fields that only this editor changed are written, fields that
// another changed meanwhile stay as they are, and a field that both changed
// is a Conflict. A correction that changes nothing, made from a document that
// was seen, confirms what is known.
// Law: L09-08 3
func (s *Service) CorrectPerson(ctx context.Context, g policy.Grant, id ident.ID, base int64, input Person) (Person, error) {
	if err := input.Check("").Err(); err != nil {
		return Person{}, err
	}
	input = input.normal()
	_, err := s.k.Journal.Do(ctx, g, func(ctx context.Context, r store.Reader, d *journal.Draft) error {
		now, err := standing(ctx, r, id)
		if err != nil {
			return err
		}
		since, err := claims(ctx, r, id)
		if err != nil {
			return err
		}
		next, stated, err := join(now, input, base, since)
		if err != nil {
			return err
		}
		d.Add(PersonCorrected{Facts: factsOf(id, next), Version: now.Version + 1, Stated: stated})
		return nil
	})
	if err != nil {
		return Person{}, err
	}
	return s.PersonAsRecorded(ctx, id)
}

// standing reads a record that can be changed: neither erased nor merged.
func standing(ctx context.Context, r store.Reader, id ident.ID) (Person, error) {
	p, err := readPerson(ctx, r, id)
	switch {
	case err != nil:
		return p, err
	case p.Erased:
		return p, fault.New(fault.Refused, "index.fault.erased")
	case p.Kept != "":
		return p, fault.New(fault.Conflict, "index.fault.merged")
	}
	return p, nil
}

// join brings a correction made against an earlier version together with what
// was written since.
func join(now, input Person, base int64, since []Claim) (Person, []Stated, error) {
	if base < 1 || base > now.Version {
		return now, nil, fault.New(fault.Conflict, "index.fault.version")
	}
	next, conflict := now, Conflict{Version: now.Version}
	var stated []Stated
	for _, f := range facts() {
		mine, theirs := f.get(&input), f.get(&now)
		first, last := written(since, f.name, base)
		seen := theirs
		if first.Version != 0 {
			seen = first.Former
		}
		switch {
		case mine == seen || mine == theirs: // not touched, or both wrote the same
		case first.Version != 0 && seen != theirs:
			conflict.Fields = append(conflict.Fields, Contested{Field: f.name, Mine: mine, Theirs: theirs, Actor: last.Actor, Claim: last})
			f.set(&next, mine)
		default:
			f.set(&next, mine)
			stated = append(stated, Stated{now.ID, f.name, seal(theirs), seal(mine)})
		}
	}
	next.Source, next.Document = input.Source, input.Document
	if len(conflict.Fields) > 0 {
		conflict.Fault, conflict.Joined = fault.New(fault.Conflict, "index.fault.contested", "n", len(conflict.Fields)), next
		return now, nil, &conflict
	}
	return confirmed(next, stated)
}

// written gives the first and the last claim about a field after a version;
// claims come the newest first.
func written(since []Claim, field string, base int64) (first, last Claim) {
	for _, c := range since {
		if c.Field == field && c.Version > base {
			if last.Version == 0 {
				last = c
			}
			first = c
		}
	}
	return first, last
}

// confirmed lets a document that was seen confirm what is known where nothing
// changes.
func confirmed(p Person, stated []Stated) (Person, []Stated, error) {
	if len(stated) > 0 {
		return p, stated, nil
	}
	if p.Source != Seen {
		return p, nil, fault.New(fault.Invalid, "index.fault.unchanged")
	}
	for _, f := range facts() {
		if v := f.get(&p); v != "" {
			stated = append(stated, Stated{p.ID, f.name, seal(v), seal(v)})
		}
	}
	return p, stated, nil
}

// comparePair gives the proposal about two records as it stands now.
func comparePair(a, b Person) Candidate {
	profile := names.NewProfile(a.compared())
	return weigh([]Candidate{compare(a, &profile, b)})[0]
}
