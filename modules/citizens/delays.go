package citizens

import (
	"context"
	"strings"
	"time"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/store"
)

// Delay is a judge's order: look-ups of a person in one case appear in the
// person's log when it ends. One person writes it down, another confirms it.
type Delay struct {
	ID        ident.ID
	Person    ident.ID
	Case      ident.Ref
	Unit      ident.ID
	Authority string // the judge
	Reference string // the number of the order
	From      time.Time
	Until     time.Time
	By        ident.ID // who wrote it down
	Ordered   time.Time
	Second    ident.ID  // who confirmed it; "" before
	Confirmed time.Time // since when it holds look-ups back
	Lifted    time.Time
	Held      int // look-ups that it keeps back at present
}

// Over reports whether the order was lifted or its time has passed.
func (d Delay) Over(now time.Time) bool { return !d.Lifted.IsZero() || !now.Before(d.Until) }

// Standing reports whether the order holds look-ups back.
func (d Delay) Standing(now time.Time) bool { return !d.Confirmed.IsZero() && !d.Over(now) }

// Waiting reports whether it waits for its second person.
func (d Delay) Waiting(now time.Time) bool { return d.Confirmed.IsZero() && !d.Over(now) }

// Resource is the order as the policy knows it.
func (d Delay) Resource() policy.Resource {
	return policy.Resource{Ref: ident.Ref{Kind: KindDelay, ID: d.ID}, Unit: d.Unit, Under: []ident.Ref{d.Case}, Attrs: map[string]any{"by": string(d.By)}}
}

// NewDelay is an order as it is written down.
type NewDelay struct {
	Person    ident.ID
	Authority string
	Reference string
	Until     time.Time
}

// OrderDelay writes down a judge's order for the case one works under. It
// begins when somebody else confirms it, and ends no later than the pack allows.
// Law: L09-08 7
func (s *Service) OrderDelay(ctx context.Context, g policy.Grant, in NewDelay) (ident.ID, error) {
	now := s.k.Clock.Now()
	rule, err := s.k.Pack.Rule(ruleDelay, now)
	if err != nil {
		return "", err
	}
	var wrong fault.List
	if strings.TrimSpace(in.Authority) == "" {
		wrong.Add("authority", "form.required")
	}
	if strings.TrimSpace(in.Reference) == "" {
		wrong.Add("reference", "form.required")
	}
	if latest := rule.Period.After(now); !in.Until.After(now) || in.Until.After(latest) {
		wrong.Add("until", "citizens.fault.until", "latest", latest)
	}
	p, err := s.index.Person(ctx, in.Person)
	if err != nil {
		wrong.Add("person", "citizens.fault.person")
	}
	if err := wrong.Err(); err != nil {
		return "", err
	}
	e := DelayOrdered{Person: p.ID, Case: g.Purpose().Ref, Unit: g.Actor().Unit, Officer: g.Actor().ID, Authority: journal.Seal(strings.TrimSpace(in.Authority)),
		Reference: journal.Seal(strings.TrimSpace(in.Reference)), From: now, Until: in.Until}
	_, err = s.k.Journal.Do(ctx, g, func(_ context.Context, _ store.Reader, d *journal.Draft) error {
		e.Delay = d.NewID()
		d.Add(e)
		return nil
	})
	return e.Delay, err
}

// ConfirmDelay puts an order in force: the second person has the judge's paper
// before them. Look-ups from before that moment are in the log.
// Law: L09-08 7
func (s *Service) ConfirmDelay(ctx context.Context, g policy.Grant, id ident.ID) error {
	_, err := s.k.Journal.Do(ctx, g, func(ctx context.Context, r store.Reader, d *journal.Draft) error {
		x, err := delayByID(ctx, r, id)
		switch {
		case err != nil:
			return err
		case x.By == g.Actor().ID:
			return fault.New(fault.Refused, "citizens.fault.delay-own")
		case x.Over(d.Now):
			return fault.New(fault.Conflict, "citizens.fault.delay-over")
		case !x.Waiting(d.Now):
			return fault.New(fault.Conflict, "citizens.fault.delay-confirmed")
		}
		d.Add(DelayConfirmed{Delay: id, Officer: g.Actor().ID})
		return nil
	})
	return err
}

// LiftDelay ends an order before its time: what it held back is released.
func (s *Service) LiftDelay(ctx context.Context, g policy.Grant, id ident.ID) error {
	_, err := s.k.Journal.Do(ctx, g, func(ctx context.Context, r store.Reader, d *journal.Draft) error {
		x, err := delayByID(ctx, r, id)
		if err != nil {
			return err
		}
		if x.Over(d.Now) {
			return fault.New(fault.Conflict, "citizens.fault.delay-over")
		}
		d.Add(DelayLifted{Delay: id, Officer: g.Actor().ID})
		return nil
	})
	return err
}

const delayColumns = `d.id, d.person, d.case_ref, d.unit, d.authority, d.reference, d.from_at, d.until_at, d.ordered_by, d.ordered_at, d.confirmed_by, d.confirmed_at, d.lifted_at,
	(select count(*) from citizens_held h where h.delay = d.id and h.released_at = 0)`

func scanDelay(scan store.Scan) (d Delay, err error) {
	var ref string
	var authority, reference journal.Sealed
	var from, until, ordered, confirmed, lifted int64
	if err = scan(&d.ID, &d.Person, &ref, &d.Unit, &authority, &reference, &from, &until, &d.By, &ordered, &d.Second, &confirmed, &lifted, &d.Held); err != nil {
		return d, err
	}
	d.Authority, d.Reference = authority.Text(), reference.Text()
	d.From, d.Until, d.Ordered, d.Confirmed, d.Lifted = store.Time(from), store.Time(until), store.Time(ordered), store.Time(confirmed), store.Time(lifted)
	d.Case, err = ident.ParseRef(ref)
	return d, err
}

func delayByID(ctx context.Context, r store.Reader, id ident.ID) (Delay, error) {
	return store.One(ctx, r, "select "+delayColumns+" from citizens_delays d where d.id = $1", []any{string(id)}, scanDelay)
}

// Delay reads one order.
func (s *Service) Delay(ctx context.Context, id ident.ID) (Delay, error) {
	return delayByID(ctx, s.k.Reader, id)
}

// Delays lists the orders of a case, or all of them, the newest first.
func (s *Service) Delays(ctx context.Context, of ident.Ref) ([]Delay, error) {
	return store.List(ctx, s.k.Reader, "select "+delayColumns+" from citizens_delays d where $1 = '' or d.case_ref = $1 order by d.ordered_at desc limit 200", []any{of.String()}, scanDelay)
}

// delayOf finds the order under which a look-up is held back, "" for none.
func (s *Service) delayOf(ctx context.Context, r store.Reader, l lookup) (ident.ID, error) {
	if l.of.IsZero() {
		return "", nil
	}
	c, err := account(ctx, r, l.line.Citizen)
	if err != nil {
		return "", err
	}
	group, err := s.index.Group(ctx, c.Person)
	if err != nil {
		return "", err
	}
	for _, person := range group {
		at := store.Micros(l.line.Happened)
		some, err := store.List(ctx, r, "select id from citizens_delays where person = $1 and case_ref = $2 and confirmed_at <> 0 and confirmed_at <= $3 and until_at > $3 and until_at > $4 and lifted_at = 0 order by until_at desc limit 1",
			[]any{string(person), l.of.String(), at, store.Micros(s.k.Clock.Now())}, scanID)
		if err != nil || len(some) > 0 {
			return first(some), err
		}
	}
	return "", nil
}

func first(ids []ident.ID) ident.ID {
	if len(ids) == 0 {
		return ""
	}
	return ids[0]
}

// Figures are what is published of the logs: no person is in them.
type Figures struct {
	Accounts  int
	Lines     int64 // in all logs
	Held      int   // look-ups that orders keep back at present
	Released  int   // that were kept back and are in the logs now
	Orders    int   // orders in force
	Ordered   int   // orders that were ever in force
	Awaiting  int   // orders written down that wait for their second person, and hold nothing back
	Contests  int   // lines contested
	Upheld    int   // and found not to be in order
	Waiting   int   // contests that wait
	Late      int   // of them, past the term of the answer
	Recovered int   // recoveries of accounts at counters
}

// Figures counts.
func (s *Service) Figures(ctx context.Context) (f Figures, err error) {
	now := store.Micros(s.k.Clock.Now())
	err = s.k.Reader.Row(ctx, `select (select count(*) from citizens_accounts where closed_at = 0 and not forgotten), (select count(*) from citizens_lines),
		(select count(*) from citizens_held h join citizens_accounts a on a.id = h.citizen where h.released_at = 0 and not a.forgotten), (select count(*) from citizens_held where released_at <> 0),
		(select count(*) from citizens_delays where confirmed_at <> 0 and lifted_at = 0 and until_at > $1),
		(select count(*) from citizens_delays where confirmed_at <> 0), (select count(*) from citizens_delays where confirmed_at = 0 and lifted_at = 0 and until_at > $1), (select count(*) from citizens_contests),
		(select count(*) from citizens_contests where upheld), (select count(*) from citizens_contests where answered_at = 0),
		(select count(*) from citizens_contests where answered_at = 0 and due_at < $1), (select coalesce(sum(recoveries), 0) from citizens_accounts)`, []any{now},
		&f.Accounts, &f.Lines, &f.Held, &f.Released, &f.Orders, &f.Ordered, &f.Awaiting, &f.Contests, &f.Upheld, &f.Waiting, &f.Late, &f.Recovered)
	return f, err
}
