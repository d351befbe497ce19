package plates

import (
	"context"
	"strconv"
	"time"

	"github.com/amana-platform/amana/kernel/check"
	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/store"
	"github.com/amana-platform/amana/modules/index"
)

// NewEntry is a watch entry as a form or a list names it.
type NewEntry struct {
	Submission ident.ID // becomes the entry's id
	List       List
	Country    string
	Plate      string // as typed, Arabic or Latin letters
	Make       string
	Model      string
	Colour     string
	Reason     string
	Authority  string
	Area       string
	From       time.Time // now if zero
	Until      time.Time // zero for the longest the pack allows
	Case       ident.ID
}

// EnterEntry lists a plate. Sent twice, it answers as the first time.
// Law: CPP 40; CPP 49
func (s *Service) EnterEntry(ctx context.Context, g policy.Grant, in NewEntry) (Entry, error) {
	line, err := s.checkEntry(&in)
	if err != nil {
		return Entry{}, err
	}
	err = s.do(ctx, g, Act{Submission: in.Submission}, ident.Ref{}, func(ctx context.Context, r store.Reader, d *journal.Draft) error {
		return s.draftEntry(ctx, r, d, g, in, line)
	})
	if err != nil {
		return Entry{}, err
	}
	return s.Entry(ctx, in.Submission)
}

// draftEntry drafts the entry, unless its plate is on the list already.
func (s *Service) draftEntry(ctx context.Context, r store.Reader, d *journal.Draft, g policy.Grant, in NewEntry, line string) error {
	var n int
	err := r.Row(ctx, "select count(*) from plates_entries where plate = $1 and country = $2 and list = $3 and state <> 'cancelled' and until_at > $4",
		[]any{line, in.Country, string(in.List), store.Micros(d.Now)}, &n)
	if err == nil && n > 0 {
		err = &fault.Error{Kind: fault.Conflict, Key: "plates.fault.listed", Field: "plate"}
	}
	if err != nil {
		return err
	}
	d.AddOnce(in.Submission, d.Now, EntryListed{
		Entry: in.Submission, List: in.List, Country: in.Country, Plate: journal.Seal(line), Make: journal.Seal(in.Make), Model: journal.Seal(in.Model), Colour: in.Colour,
		Reason: journal.Seal(in.Reason), Authority: in.Authority, Area: in.Area, From: in.From, Until: in.Until, Unit: g.Actor().Unit, By: g.Actor().ID, Case: in.Case,
	})
	return nil
}

// checkEntry checks what was typed and gives the plate's line.
func (s *Service) checkEntry(in *NewEntry) (string, error) {
	c := s.checks()
	c.ID("submission", in.Submission, "plates.fault.submission")
	check.OneOf(&c.Form, "list", in.List, Lists())
	if in.Country == "ma" {
		in.Country = ""
	}
	p, err := parsePlate(in.Country, in.Plate)
	if err != nil {
		c.Fault("plate", err)
	}
	in.Make, in.Model = c.Optional("make", in.Make, maxLine), c.Optional("model", in.Model, maxLine)
	if in.Colour != "" {
		check.OneOf(&c.Form, "colour", in.Colour, index.Colours())
	}
	in.Reason = c.Required("reason", in.Reason, maxWords)
	in.Authority = c.Required("authority", in.Authority, maxLine)
	if in.Area != "" {
		if _, err := s.k.Pack.Area(in.Area, c.Now); err != nil {
			c.Add("area", "form.choose")
		}
	}
	s.checkWindow(c, in)
	return textOf(p), c.Err()
}

// checkWindow fills what was left open and refuses an end the pack does not
// allow.
func (s *Service) checkWindow(c *checks, in *NewEntry) {
	if in.From.IsZero() {
		in.From = c.Now
	}
	rule, err := s.k.Pack.Rule(in.List.rule(), c.Now)
	if err != nil {
		return // the list itself is wrong, and said so
	}
	longest := rule.Period.After(in.From)
	if in.Until.IsZero() {
		in.Until = longest
	}
	switch {
	case !in.Until.After(in.From) || !in.Until.After(c.Now):
		c.Add("until", "plates.fault.ends-before")
	case in.Until.After(longest.Add(24 * time.Hour)): // a day typed without its hour
		c.Add("until", "plates.fault.too-far", "day", longest)
	}
}

// Entry gives a watch entry by its id.
func (s *Service) Entry(ctx context.Context, id ident.ID) (Entry, error) {
	return readEntry(ctx, s.k.Reader, id)
}

// changing re-reads an entry under the lock and refuses a stale form.
func changing(ctx context.Context, r store.Reader, a Act, id ident.ID) (Entry, error) {
	e, err := readEntry(ctx, r, id)
	if err == nil {
		err = a.stale(e.Version)
	}
	return e, err
}

// Renewal lets an entry stand until a later day.
type Renewal struct {
	Act
	Entry     ident.ID
	Until     time.Time // zero for the longest the pack allows, from now
	Authority string
}

// RenewEntry moves the end of an entry, on somebody's authority.
func (s *Service) RenewEntry(ctx context.Context, g policy.Grant, in Renewal) error {
	c := s.checks()
	in.check(c)
	in.Authority = c.Required("authority", in.Authority, maxLine)
	if err := c.Err(); err != nil {
		return err
	}
	return s.do(ctx, g, in.Act, entryRef(in.Entry), func(ctx context.Context, r store.Reader, d *journal.Draft) error {
		e, err := changing(ctx, r, in.Act, in.Entry)
		if err != nil {
			return err
		}
		if e.State != Active {
			return fault.New(fault.Refused, "plates.fault.entry-state")
		}
		n := NewEntry{List: e.List, From: d.Now, Until: in.Until}
		c := s.checks()
		s.checkWindow(c, &n)
		if err := c.Err(); err != nil {
			return err
		}
		d.AddOnce(in.Submission, d.Now, EntryRenewed{Entry: e.ID, N: e.Version + 1, Until: n.Until, Authority: in.Authority})
		return nil
	})
}

// Cancelling ends an entry.
type Cancelling struct {
	Act
	Entry  ident.ID
	Reason string
}

// CancelEntry ends an entry, and settles an open contest of it. When it returns,
// this process matches against it no more, and the journal says so. Law: L09-08 3
func (s *Service) CancelEntry(ctx context.Context, g policy.Grant, in Cancelling) error {
	c := s.checks()
	in.check(c)
	in.Reason = c.Required("reason", in.Reason, maxWords)
	if err := c.Err(); err != nil {
		return err
	}
	err := s.do(ctx, g, in.Act, entryRef(in.Entry), func(ctx context.Context, r store.Reader, d *journal.Draft) error {
		e, err := changing(ctx, r, in.Act, in.Entry)
		if err != nil {
			return err
		}
		if e.State == Cancelled {
			return fault.New(fault.Refused, "plates.fault.entry-state")
		}
		d.AddOnce(in.Submission, d.Now, EntryCancelled{Entry: e.ID, N: e.Version + 1, By: g.Actor().ID, Reason: journal.Seal(in.Reason)})
		open, err := openContest(ctx, r, e.ID)
		if fault.Is(err, fault.NotFound) {
			return nil
		}
		d.Add(ContestSettled{Contest: open.ID, Entry: e.ID, By: g.Actor().ID, Decision: journal.Seal(in.Reason)})
		return err
	})
	if err != nil {
		return err
	}
	return s.ConfirmCancellations(ctx)
}

// matcherName is what confirms a cancellation: the list of the process that
// serves. There is one (see docs/operate/scale.md).
const matcherName = "main"

// ConfirmCancellations brings the matcher up to date and records, of each
// entry that ended or was suspended since, that it has been dropped.
func (s *Service) ConfirmCancellations(ctx context.Context) error {
	seq, err := s.watch.sync(ctx, s.k.Reader)
	if err != nil {
		return err
	}
	const waiting = "select id from plates_entries where state <> 'active' and reached_at = 0 and seq <= $1 order by seq limit 1000"
	all, err := store.List(ctx, s.k.Reader, waiting, []any{seq}, scanID)
	if err != nil || len(all) == 0 {
		return err
	}
	g, err := s.system(actionConfirmed)
	if err != nil {
		return err
	}
	_, err = s.k.Journal.Do(ctx, g, func(ctx context.Context, r store.Reader, d *journal.Draft) error {
		all, err := store.List(ctx, r, waiting, []any{seq}, scanID)
		for _, id := range all {
			d.Add(CancellationReached{Entry: id, Matcher: matcherName})
		}
		if err == nil && len(all) == 0 {
			err = errDone
		}
		return err
	})
	return unlessDone(err)
}

// Contesting is somebody's claim that an entry is wrong, as the desk takes it.
type Contesting struct {
	Act
	Entry   ident.ID
	Person  string
	Contact string
	Grounds string
}

// ContestEntry takes a person's claim that an entry is wrong: from that
// moment the entry alerts nobody, and what it led to is marked.
// Law: L09-08 3
func (s *Service) ContestEntry(ctx context.Context, g policy.Grant, in Contesting) error {
	c := s.checks()
	in.check(c)
	in.Person = c.Required("person", in.Person, maxLine)
	in.Contact = c.Optional("contact", in.Contact, maxLine)
	in.Grounds = c.Required("grounds", in.Grounds, maxWords)
	if err := c.Err(); err != nil {
		return err
	}
	err := s.do(ctx, g, in.Act, entryRef(in.Entry), func(ctx context.Context, r store.Reader, d *journal.Draft) error {
		e, err := changing(ctx, r, in.Act, in.Entry)
		if err != nil {
			return err
		}
		if e.State != Active {
			return fault.New(fault.Refused, "plates.fault.entry-state")
		}
		d.AddOnce(in.Submission, d.Now, EntryContested{Contest: d.NewID(), Entry: e.ID, N: e.Version + 1, By: g.Actor().ID,
			Person: journal.Seal(in.Person), Contact: journal.Seal(in.Contact), Grounds: journal.Seal(in.Grounds)})
		return nil
	})
	if err != nil {
		return err
	}
	return s.ConfirmCancellations(ctx)
}

// Deciding settles a contest.
type Deciding struct {
	Act
	Entry    ident.ID
	Upheld   bool
	Decision string
}

// DecideContest settles the open contest of an entry, with reasons: upheld
// ends the entry, dismissed puts it in force again. Who listed the plate does
// not decide whether that was right.
func (s *Service) DecideContest(ctx context.Context, g policy.Grant, in Deciding) error {
	c := s.checks()
	in.check(c)
	in.Decision = c.Required("decision", in.Decision, maxWords)
	if err := c.Err(); err != nil {
		return err
	}
	err := s.do(ctx, g, in.Act, entryRef(in.Entry), func(ctx context.Context, r store.Reader, d *journal.Draft) error {
		e, err := changing(ctx, r, in.Act, in.Entry)
		if err != nil {
			return err
		}
		if e.By == g.Actor().ID {
			return fault.New(fault.Refused, "plates.fault.own-entry")
		}
		open, err := openContest(ctx, r, e.ID)
		if fault.Is(err, fault.NotFound) {
			return fault.New(fault.Conflict, "plates.fault.no-contest")
		}
		if err != nil {
			return err
		}
		if e.State != Suspended { // it was cancelled before a cancellation settled its contest
			return fault.New(fault.Refused, "plates.fault.entry-state")
		}
		d.AddOnce(in.Submission, d.Now, ContestDecided{Contest: open.ID, Entry: e.ID, N: e.Version + 1, By: g.Actor().ID, Upheld: in.Upheld, Decision: journal.Seal(in.Decision)})
		return nil
	})
	if err != nil {
		return err
	}
	return s.ConfirmCancellations(ctx)
}

// openContest gives the contest of an entry that waits for a decision.
func openContest(ctx context.Context, r store.Reader, entry ident.ID) (Contest, error) {
	return store.One(ctx, r, "select "+contestColumns+" from plates_contests c where c.entry_id = $1 and c.state = 'open'", []any{string(entry)}, scanContest)
}

// Contests lists the contests of an entry, the newest first.
func (s *Service) Contests(ctx context.Context, entry ident.ID) ([]Contest, error) {
	return store.List(ctx, s.k.Reader, "select "+contestColumns+" from plates_contests c where c.entry_id = $1 order by c.received_at desc, c.id", []any{string(entry)}, scanContest)
}

// entries lists the entries that somebody may see, the newest first.
func (s *Service) entries(ctx context.Context, rights policy.Predicate, in wantedEntries, n int) ([]Entry, error) {
	before, err := strconv.ParseInt(in.Before, 10, 64)
	if err != nil {
		before = 1 << 62
	}
	args := []any{before, in.Plate, string(in.List), string(in.State), in.Authority, n}
	where := rights.Shift(len(args))
	return store.List(ctx, s.k.Reader, "select "+entryColumns+` from plates_entries e
		where e.listed_at < $1 and ($2 = '' or e.plate = $2) and ($3 = '' or e.list = $3) and ($4 = '' or e.state = $4) and ($5 = '' or e.authority = $5) and `+where.SQL+" order by e.listed_at desc, e.id limit $6",
		append(args, where.Args...), scanEntry)
}
