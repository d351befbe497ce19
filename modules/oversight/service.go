package oversight

import (
	"context"
	"errors"
	"slices"

	"github.com/amana-platform/amana/kernel/app"
	"github.com/amana-platform/amana/kernel/check"
	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/store"
	"github.com/amana-platform/amana/kernel/web"
)

// Directory is what the module asks of who keeps the officers.
type Directory interface {
	// Holders gives the active holders of a role at a unit, or at the nearest
	// unit above it that has one.
	Holders(ctx context.Context, role string, unit ident.ID) []ident.ID
	// Everywhere gives the active holders of a role in the whole service.
	Everywhere(ctx context.Context, role string) []ident.ID
	// OfficerName gives a name as lists show it, and UnitName a unit's.
	OfficerName(ctx context.Context, lang string, officer ident.ID) string
	UnitName(ctx context.Context, lang string, unit ident.ID) string
}

// Opener lets one person into a record: what granting a request means there.
type Opener struct {
	// Locate gives the record as its module's policy knows it.
	Locate func(ctx context.Context, id ident.ID) (policy.Resource, error)
	// Open lets in who asked; ask gives the decider's grants for acts on the
	// record. Somebody who is in already is no obstacle.
	Open func(ctx context.Context, ask Asks, q Request) error
}

// Asks gives a grant for an act on the record that a request is about.
type Asks func(action string) (policy.Grant, error)

// Service is the module.
type Service struct {
	k       *app.Kernel
	people  Directory
	openers map[string]Opener // by kind of record
	// Label names a record for those who may open it; joined by main.
	Label func(ctx context.Context, ref ident.Ref) (label, href string)
}

// New makes the module.
func New(k *app.Kernel, people Directory, openers map[string]Opener) *Service {
	return &Service{k: k, people: people, openers: openers}
}

const inspectors = "inspector"

// told finds who is told of an act: the holders of the role that may allow it
// near a unit, or the inspectors. Nobody is told of their own.
func (s *Service) told(ctx context.Context, role string, unit, by ident.ID) ([]ident.ID, error) {
	if role != "" && role != inspectors {
		near := s.people.Holders(ctx, role, unit)
		if all := without(near, by); len(all) > 0 && len(all) == len(near) {
			return all, nil
		}
	}
	all := without(s.people.Everywhere(ctx, inspectors), by)
	if len(all) == 0 {
		return nil, fault.New(fault.Unavailable, "oversight.nobody")
	}
	return all, nil
}

// GlassBroken raises the alarm of a grant that was made by breaking the glass,
// once as long as nobody has judged it. It is part of web.Oversight: what the
// grant reads is released after it.
// Law: L09-08 23
func (s *Service) GlassBroken(ctx context.Context, g policy.Grant, mayAllow string) error {
	by, record, unit := g.Actor(), g.Resource().Ref, g.Resource().Unit
	if unit == "" {
		unit = by.Unit
	}
	if open, err := s.unjudged(ctx, s.k.Reader, by.ID, record); open || err != nil {
		return err
	}
	seconds, err := s.told(ctx, mayAllow, unit, by.ID)
	if err != nil {
		return err
	}
	rule, err := s.k.Pack.Rule(judgementRule, s.k.Clock.Now())
	if err != nil {
		return err
	}
	return s.record(ctx, func(ctx context.Context, r store.Reader, d *journal.Draft) error {
		if open, err := s.unjudged(ctx, r, by.ID, record); open || err != nil {
			return orSettled(err)
		}
		d.Add(GlassBroken{ID: d.NewID(), By: by.ID, Unit: unit, Action: g.Action(), Record: record, Seconds: seconds,
			Due: rule.Period.After(d.Now), Reason: journal.Seal(g.Purpose().Reason)})
		return nil
	})
}

// unjudged reports whether an alarm of a person and a record is open.
func (s *Service) unjudged(ctx context.Context, r store.Reader, by ident.ID, record ident.Ref) (bool, error) {
	var n int
	err := r.Row(ctx, "select count(*) from oversight_alarms where by_officer = $1 and record = $2 and state in ('raised', 'acknowledged')", []any{string(by), record.String()}, &n)
	return n > 0, err
}

// settled ends a decision that has nothing to do any more.
var settled = fault.New(fault.Conflict, "oversight.settled")

func orSettled(err error) error {
	if err == nil {
		return settled
	}
	return err
}

// record appends under the process's own grant.
func (s *Service) record(ctx context.Context, decide journal.Decide) error {
	g, err := s.k.Policy.System(systemName, actionRecord, systemBasis)
	if err != nil {
		return err
	}
	if _, err = s.k.Journal.Do(ctx, g, decide); errors.Is(err, settled) {
		return nil
	}
	return err
}

// AskPermission records the request of a refused person. It is part of
// web.Oversight.
func (s *Service) AskPermission(ctx context.Context, a web.Asking) error {
	unit, err := s.answersFor(ctx, a)
	if err != nil {
		return err
	}
	deciders, err := s.told(ctx, a.MayAllow, unit, a.Actor.ID)
	if err != nil {
		return err
	}
	return s.record(ctx, func(_ context.Context, _ store.Reader, d *journal.Draft) error {
		d.Add(PermissionAsked{ID: d.NewID(), By: a.Actor.ID, Unit: a.Actor.Unit, Action: a.Action, Record: a.Record, Deciders: deciders, Reason: journal.Seal(a.Reason)})
		return nil
	})
}

// answersFor gives the unit whose people decide: the record's, where it is
// known, or the asker's.
func (s *Service) answersFor(ctx context.Context, a web.Asking) (ident.ID, error) {
	o, ok := s.openers[a.Record.Kind]
	if !ok {
		return a.Actor.Unit, nil
	}
	res, err := o.Locate(ctx, a.Record.ID)
	return res.Unit, err
}

// Alarm reads one alarm.
func (s *Service) Alarm(ctx context.Context, id ident.ID) (Alarm, error) {
	return store.First(alarms(ctx, s.k.Reader, "a.id = $1", string(id)))
}

// Request reads one request.
func (s *Service) Request(ctx context.Context, id ident.ID) (Request, error) {
	return store.First(requests(ctx, s.k.Reader, "q.id = $1", string(id)))
}

// Alarms lists those a person was told of or raised, the open ones first.
func (s *Service) Alarms(ctx context.Context, who ident.ID) ([]Alarm, error) {
	return alarms(ctx, s.k.Reader, `(a.by_officer = $1 or exists (select 1 from oversight_eyes e where e.of_id = a.id and e.officer = $1))
		order by a.judged_at, a.broken_at desc limit 200`, string(who))
}

// Requests lists those a person may decide or made, the open ones first.
func (s *Service) Requests(ctx context.Context, who ident.ID) ([]Request, error) {
	return requests(ctx, s.k.Reader, `(q.by_officer = $1 or exists (select 1 from oversight_eyes e where e.of_id = q.id and e.officer = $1))
		order by q.answered_at, q.asked_at desc limit 200`, string(who))
}

// AcknowledgeAlarm says that a second looks into it.
func (s *Service) AcknowledgeAlarm(ctx context.Context, g policy.Grant, id ident.ID) error {
	return s.decide(ctx, g, id, func(a Alarm, d *journal.Draft) error {
		if !slices.Contains(a.Seconds, g.Actor().ID) {
			return fault.New(fault.Refused, "oversight.not-yours")
		}
		d.Add(AlarmAcknowledged{ID: id, By: g.Actor().ID})
		return nil
	})
}

// JudgeAlarm says whether the emergency was one, and why.
func (s *Service) JudgeAlarm(ctx context.Context, g policy.Grant, id ident.ID, justified bool, finding string) error {
	finding, err := s.reason("finding", finding, true)
	if err != nil {
		return err
	}
	return s.decide(ctx, g, id, func(a Alarm, d *journal.Draft) error {
		if a.By == g.Actor().ID {
			return fault.New(fault.Refused, "oversight.own")
		}
		d.Add(AlarmJudged{ID: id, By: g.Actor().ID, Reader: a.By, Justified: justified, Finding: journal.Seal(finding)})
		return nil
	})
}

// maxReason bounds what is written about a decision, in characters.
const maxReason = 2000

// reason checks what somebody writes about what they decide, and gives it clean.
func (s *Service) reason(field, words string, must bool) (string, error) {
	c := check.Form{Now: s.k.Clock.Now()}
	words = c.Optional(field, words, maxReason)
	if words == "" && must && !c.Has(field) {
		c.Add(field, "form.reason-required")
	}
	return words, c.Err()
}

// decide drafts what follows for an alarm that is still open.
func (s *Service) decide(ctx context.Context, g policy.Grant, id ident.ID, then func(Alarm, *journal.Draft) error) error {
	_, err := s.k.Journal.Do(ctx, g, func(ctx context.Context, r store.Reader, d *journal.Draft) error {
		a, err := store.First(alarms(ctx, r, "a.id = $1", string(id)))
		if err != nil {
			return err
		}
		if !a.State.Open() {
			return settled
		}
		return then(a, d)
	})
	return err
}

// AnswerRequest says what was decided, and why.
func (s *Service) AnswerRequest(ctx context.Context, g policy.Grant, id ident.ID, granted bool, answer string) error {
	answer, err := s.reason("answer", answer, !granted)
	if err != nil {
		return err
	}
	_, err = s.k.Journal.Do(ctx, g, func(ctx context.Context, r store.Reader, d *journal.Draft) error {
		q, err := store.First(requests(ctx, r, "q.id = $1", string(id)))
		if err != nil {
			return err
		}
		switch {
		case !q.State.Open():
			return settled
		case q.By == g.Actor().ID:
			return fault.New(fault.Refused, "oversight.own")
		}
		d.Add(PermissionAnswered{ID: id, By: g.Actor().ID, Asker: q.By, Granted: granted, Answer: journal.Seal(answer)})
		return nil
	})
	return err
}

// Escalate tells the inspectors of alarms that nobody has judged in time, and
// gives how many there were.
func (s *Service) Escalate(ctx context.Context) (int, error) {
	now := store.Micros(s.k.Clock.Now())
	late, err := alarms(ctx, s.k.Reader, "a.state in ('raised', 'acknowledged') and a.due_at <= $1 and a.escalated_at = 0 order by a.due_at limit 100", now)
	if err != nil {
		return 0, err
	}
	for _, a := range late {
		to := without(s.people.Everywhere(ctx, inspectors), a.By)
		if len(to) == 0 {
			return 0, fault.New(fault.Unavailable, "oversight.nobody")
		}
		err := s.record(ctx, func(ctx context.Context, r store.Reader, d *journal.Draft) error {
			fresh, err := store.First(alarms(ctx, r, "a.id = $1", string(a.ID)))
			if err != nil || !fresh.State.Open() || !fresh.Escalated.IsZero() {
				return orSettled(err)
			}
			d.Add(AlarmEscalated{ID: a.ID, To: to})
			return nil
		})
		if err != nil {
			return 0, err
		}
	}
	return len(late), nil
}
