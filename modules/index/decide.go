package index

import (
	"context"
	"slices"
	"strings"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/store"
)

// What a named person decides about two records.

// MergePersons decides that two records are of one person. Nothing is
// deleted: the absorbed record points at the kept one. The proposal, with its
// evidence as it stands at this moment, goes into the entry. The id names the
// decision; the same id decides once.
func (s *Service) MergePersons(ctx context.Context, g policy.Grant, decision, kept, absorbed ident.ID, reason string) error {
	return s.decide(ctx, g, Merged, decision, kept, absorbed, reason, func(p Proposal) journal.Entry {
		return PersonsMerged{Decision: decision, Kept: kept, Absorbed: absorbed, By: g.Actor().ID, Reason: seal(strings.TrimSpace(reason)), Proposal: p}
	})
}

// DismissDuplicate decides that two records that look alike are of two
// persons; they are not proposed to one another again.
func (s *Service) DismissDuplicate(ctx context.Context, g policy.Grant, decision, first, second ident.ID, reason string) error {
	return s.decide(ctx, g, Dismissed, decision, first, second, reason, func(p Proposal) journal.Entry {
		return DuplicateDismissed{Decision: decision, First: first, Second: second, By: g.Actor().ID, Reason: seal(strings.TrimSpace(reason)), Proposal: p}
	})
}

// decide appends a decision about two standing records.
func (s *Service) decide(ctx context.Context, g policy.Grant, kind string, decision, first, second ident.ID, reason string, entry func(Proposal) journal.Entry) error {
	if err := reasonGiven("reason", reason); err != nil {
		return err
	}
	if first == second {
		return fault.New(fault.Invalid, "index.fault.same-record")
	}
	if done, err := s.decided(ctx, Decision{ID: decision, Kind: kind, Actor: g.Actor().ID, Absorbed: second}); err != nil || done {
		return err
	}
	_, err := s.k.Journal.Do(ctx, g, func(ctx context.Context, r store.Reader, d *journal.Draft) error {
		a, err := standing(ctx, r, first)
		if err != nil {
			return err
		}
		b, err := standing(ctx, r, second)
		if err != nil {
			return err
		}
		d.AddOnce(decision, d.Now, entry(comparePair(a, b).Proposal))
		return nil
	})
	return err
}

// decided reports whether a form was sent before. Under the id of another's
// decision, or of another decision, nothing is decided: a conflict.
func (s *Service) decided(ctx context.Context, now Decision) (bool, error) {
	if _, err := ident.Parse(string(now.ID)); err != nil {
		return false, fault.Wrap(err, fault.Invalid, "index.fault.submission")
	}
	var was Decision
	err := s.k.Reader.Row(ctx, "select kind, actor, absorbed from index_decisions where id = $1", []any{string(now.ID)}, &was.Kind, &was.Actor, &was.Absorbed)
	switch {
	case fault.Is(err, fault.NotFound):
		return false, nil
	case err == nil && (was.Kind != now.Kind || was.Actor != now.Actor || was.Absorbed != now.Absorbed):
		err = fault.New(fault.Conflict, "index.fault.submission")
	}
	return err == nil, err
}

// UnmergePersons decides that a merge was wrong. Both records stand as they
// did; what was merged into the absorbed one before stays with it.
func (s *Service) UnmergePersons(ctx context.Context, g policy.Grant, decision, absorbed ident.ID, reason string) error {
	if err := reasonGiven("reason", reason); err != nil {
		return err
	}
	if done, err := s.decided(ctx, Decision{ID: decision, Kind: Unmerged, Actor: g.Actor().ID, Absorbed: absorbed}); err != nil || done {
		return err
	}
	_, err := s.k.Journal.Do(ctx, g, func(ctx context.Context, r store.Reader, d *journal.Draft) error {
		p, err := readPerson(ctx, r, absorbed)
		if err != nil {
			return err
		}
		if p.Kept == "" {
			return fault.New(fault.Conflict, "index.fault.not-merged")
		}
		d.AddOnce(decision, d.Now, PersonsUnmerged{Decision: decision, Kept: p.Kept, Absorbed: absorbed, By: g.Actor().ID, Reason: seal(strings.TrimSpace(reason))})
		return nil
	})
	return err
}

// LinkRecords relates two records of the index under an id of the form's.
func (s *Service) LinkRecords(ctx context.Context, g policy.Grant, id ident.ID, link Link) error {
	if err := link.Check("").Err(); err != nil {
		return err
	}
	if _, err := ident.Parse(string(id)); err != nil {
		return fault.Wrap(err, fault.Invalid, "index.fault.submission")
	}
	link.Actor, link.Reason = g.Actor().ID, strings.TrimSpace(link.Reason)
	_, err := s.k.Journal.Do(ctx, g, func(ctx context.Context, r store.Reader, d *journal.Draft) error {
		for _, ref := range []ident.Ref{link.From, link.To} {
			if err := known(ctx, r, ref); err != nil {
				return err
			}
		}
		DraftLink(d, link, id)
		return nil
	})
	return err
}

// Check lists what is wrong with a link as typed.
func (l Link) Check(prefix string) fault.List {
	c := check{prefix: prefix}
	if !slices.Contains(LinkKinds(), l.Kind) {
		c.add("kind", "index.fault.choice")
	}
	if l.To.IsZero() || l.From == l.To {
		c.add("to", "index.fault.same-record")
	}
	c.oneOf("source", string(l.Source), []string{string(Seen), string(Declared), string(Unknown)})
	if err := reasonGiven(prefix+"reason", l.Reason); err != nil {
		c.list = append(c.list, fault.All(err)...)
	}
	return c.list
}

// known refuses a reference to a record that is not in the index.
func known(ctx context.Context, r store.Reader, ref ident.Ref) error {
	table, ok := map[string]string{KindPerson: "index_persons", KindVehicle: "index_vehicles", KindPlace: "index_places", KindThing: "index_things"}[ref.Kind]
	if !ok {
		return fault.New(fault.Invalid, "index.fault.choice")
	}
	var id string
	return r.Row(ctx, "select id from "+table+" where id = $1", []any{string(ref.ID)}, &id)
}

// EndLink withdraws a link: it no longer stands, or never did.
func (s *Service) EndLink(ctx context.Context, g policy.Grant, link ident.ID, reason string) error {
	if err := reasonGiven("reason", reason); err != nil {
		return err
	}
	_, err := s.k.Journal.Do(ctx, g, func(ctx context.Context, r store.Reader, d *journal.Draft) error {
		l, err := store.One(ctx, r, "select "+linkColumns+" from index_links where id = $1", []any{string(link)}, scanLink)
		if err != nil {
			return err
		}
		if !l.Ended.IsZero() {
			return fault.New(fault.Conflict, "index.fault.link-ended")
		}
		d.Add(LinkEnded{Link: link, From: l.From, To: l.To, By: g.Actor().ID, Reason: seal(strings.TrimSpace(reason))})
		return nil
	})
	return err
}
