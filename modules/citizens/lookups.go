package citizens

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/store"
	"github.com/amana-platform/amana/modules/index"
)

// Look-ups by the service's own people are accesses in the journal's lanes;
// here they become lines. A lane is read in order, from a mark that is moved in
// the transaction that writes the lines, so that none is missed and none is
// written twice.

// atOnce bounds the accesses that are read in one step.
const atOnce = 500

// markEvery is how many accesses may pass without a line before the mark is
// moved all the same.
const markEvery = 20_000

// reading is how far each lane was looked through by this process.
type reading struct {
	mu  sync.Mutex
	seq map[string]int64
}

// KeepLogs brings the citizens' logs up to date: look-ups since the last time,
// what was before a new account, and what an order held back whose time is
// over. It is a job of the leading node.
func (s *Service) KeepLogs(ctx context.Context) error {
	s.reads.mu.Lock()
	defer s.reads.mu.Unlock()
	lanes, err := s.k.Journal.Lane().Lanes(ctx)
	if err != nil {
		return err
	}
	for _, lane := range lanes {
		for more := true; more; {
			if more, err = s.readLane(ctx, lane); err != nil {
				return err
			}
		}
	}
	if err := s.fillLogs(ctx); err != nil {
		return err
	}
	return s.releaseHeld(ctx)
}

// readLane takes one step of a lane and reports whether there is more.
func (s *Service) readLane(ctx context.Context, lane string) (bool, error) {
	mark, err := s.laneMark(ctx, lane)
	if err != nil {
		return false, err
	}
	at := max(mark, s.reads.seq[lane])
	some, err := s.k.Journal.Lane().After(ctx, lane, at, atOnce)
	if err != nil || len(some) == 0 {
		return false, err
	}
	last := some[len(some)-1].Seq
	lines, err := s.linesOf(ctx, some)
	if err != nil {
		return false, err
	}
	if len(lines) > 0 || last-mark >= markEvery {
		_, err = s.record(ctx, basisRight, func(ctx context.Context, r store.Reader, d *journal.Draft) error {
			if _, err := s.writeLookups(ctx, r, d, lines); err != nil {
				return err
			}
			d.Add(AccessesRead{Lane: lane, Seq: last})
			return nil
		})
		if err != nil {
			return false, err
		}
	}
	s.reads.seq[lane] = last
	return len(some) == atOnce, nil
}

func (s *Service) laneMark(ctx context.Context, lane string) (seq int64, err error) {
	err = s.k.Reader.Row(ctx, "select seq from citizens_lanes where lane = $1", []any{lane}, &seq)
	if fault.Is(err, fault.NotFound) {
		err = nil
	}
	return seq, err
}

// lookup is an access as a line of one citizen, with the case it was made for.
type lookup struct {
	line Line
	of   ident.Ref // "" unless the purpose is a case
}

// linesOf gives the lines that accesses make, for those who have an account.
func (s *Service) linesOf(ctx context.Context, some []journal.Access) ([]lookup, error) {
	var out []lookup
	holders := map[ident.ID][]ident.ID{}
	for _, a := range some {
		for _, citizen := range s.concerned(a) {
			who, known := holders[citizen]
			if !known {
				var err error
				if who, err = s.holdersOf(ctx, citizen); err != nil {
					return nil, err
				}
				holders[citizen] = who
			}
			for _, id := range who {
				if id != a.Actor {
					out = append(out, s.lookupOf(ctx, a, id))
				}
			}
		}
	}
	return out, nil
}

// concerned lists the persons that an access is about.
func (s *Service) concerned(a journal.Access) []ident.ID {
	var out []ident.ID
	for _, ref := range a.Refs {
		if ref.Kind == kindPerson && !slices.Contains(out, ref.ID) {
			out = append(out, ref.ID)
		}
	}
	return out
}

// holdersOf gives the accounts of a person, by whichever of their records;
// closed accounts too, whose log goes on for whom it concerns. Of who was erased
// nothing more can be said.
func (s *Service) holdersOf(ctx context.Context, person ident.ID) ([]ident.ID, error) {
	group, err := s.index.Group(ctx, person)
	if fault.Is(err, fault.NotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var out []ident.ID
	for _, id := range group {
		some, err := store.List(ctx, s.k.Reader, "select id from citizens_accounts where person = $1 and not forgotten", []any{string(id)}, scanID)
		if err != nil {
			return nil, err
		}
		out = append(out, some...)
	}
	return out, nil
}

// kindsOf says what an outcome is in a citizen's log.
var kindsOf = map[journal.Outcome]LineKind{journal.Read: Read, journal.Found: Found, journal.Export: Exported, journal.Refused: Refused, journal.Glass: Emergency, journal.Asked: Refused}

// lookupOf makes the line of an access. It names the unit and never the
// officer, the kind of purpose and never the case: an inspector who judges a
// contest finds both.
func (s *Service) lookupOf(ctx context.Context, a journal.Access, citizen ident.ID) lookup {
	l := Line{Citizen: citizen, Kind: kindsOf[a.Outcome], Source: ident.Ref{Kind: "access", ID: a.ID}, By: ident.Ref{Kind: kindUnit, ID: a.Unit}, Attributes: touched(a.Action), Result: "shown", Happened: a.At}
	if a.Unit == "" {
		l.By = ident.Ref{Kind: "system", ID: a.Actor}
	}
	for i, lang := range []string{"ar", "fr", "en"} {
		if a.Unit != "" {
			l.ByName[i] = s.names.UnitName(ctx, lang, a.Unit)
		}
	}
	if l.Kind == Refused {
		l.Result, l.Attributes = "nothing", nil
	}
	out := lookup{line: l}
	if p, err := policy.ParsePurpose(a.Purpose); err == nil {
		out.line.Code = string(p.Kind)
		switch p.Kind {
		case policy.Basis:
			out.line.Code += "/" + p.Basis
		case policy.Case:
			out.of = p.Ref
		}
	}
	return out
}

// touched names what an action shows of a person: their identity, or a record
// in which they stand.
func touched(action string) []string {
	module, _, _ := strings.Cut(action, ".")
	if module == "index" || module == "citizens" {
		return []string{"identity"}
	}
	return []string{"record-" + module}
}

// errNothing ends a step whose lines are all written already.
var errNothing = errors.New("citizens: nothing is left to write")

func orElseNothing(drafted int, err error) error {
	if err == nil && drafted == 0 {
		return errNothing
	}
	return err
}

// writeLookups drafts lines, holds back those that an order delays, and gives
// how many it drafted.
func (s *Service) writeLookups(ctx context.Context, r store.Reader, d *journal.Draft, all []lookup) (int, error) {
	b := newBook(r, d)
	for _, l := range all {
		delay, err := s.delayOf(ctx, r, l)
		if err != nil {
			return 0, err
		}
		if delay == "" {
			err = b.write(ctx, l.line, l.line.Happened)
		} else {
			err = b.hold(ctx, l.line, delay)
		}
		if err != nil {
			return 0, err
		}
	}
	return b.drafted, nil
}

// hold drafts that a line is kept back.
func (b *book) hold(ctx context.Context, l Line, delay ident.ID) error {
	c, known, err := b.look(ctx, l)
	if known || err != nil {
		return err
	}
	b.drafted++
	b.d.AddAt(l.Happened, LineHeld{Delay: delay, Citizen: l.Citizen, Kind: string(l.Kind), Source: l.Source, Told: l.told(c.Person)})
	return nil
}

// fillLogs writes into the logs of new accounts what was before them.
func (s *Service) fillLogs(ctx context.Context) error {
	fresh, err := store.List(ctx, s.k.Reader, "select "+accountColumns+" from citizens_accounts where filled_at = 0 and not forgotten order by enrolled_at limit 100", nil, scanCitizen)
	if err != nil {
		return err
	}
	for _, c := range fresh {
		if err := s.fill(ctx, c); err != nil {
			return err
		}
	}
	return nil
}

// fill writes what was before an account, and that it has done so.
func (s *Service) fill(ctx context.Context, c Citizen) error {
	rest, err := s.writeMost(ctx, c)
	if err != nil {
		return err
	}
	_, err = s.record(ctx, basisRight, func(ctx context.Context, r store.Reader, d *journal.Draft) error {
		if _, err := s.writeLookups(ctx, r, d, rest); err != nil {
			return err
		}
		d.Add(LogFilled{Citizen: c.ID})
		return nil
	})
	return err
}

// followMerges writes into a log what was asked about another record, once it is
// decided that both are of one person.
func (s *Service) followMerges(ctx context.Context, e journal.Delivered, _ store.Reader, _ *journal.Draft) error {
	merged, ok := e.Entry.(index.PersonsMerged)
	if !ok {
		return nil
	}
	holders, err := s.holdersOf(ctx, merged.Kept)
	if err != nil {
		return err
	}
	for _, id := range holders {
		c, err := s.Citizen(ctx, id)
		if err != nil {
			return err
		}
		rest, err := s.writeMost(ctx, c)
		if err == nil {
			err = s.writeSome(ctx, rest)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// writeMost writes every look-up of a citizen that the log has not, but for the
// last few, which it gives.
func (s *Service) writeMost(ctx context.Context, c Citizen) ([]lookup, error) {
	group, err := s.index.Group(ctx, c.Person)
	if err != nil {
		return nil, err
	}
	var before []journal.Access
	for _, id := range group {
		some, err := s.accessesOf(ctx, personRef(id))
		if err != nil {
			return nil, err
		}
		before = append(before, some...)
	}
	slices.SortFunc(before, func(a, b journal.Access) int { return a.At.Compare(b.At) })
	var lines []lookup
	for _, a := range before {
		if a.Actor != c.ID {
			lines = append(lines, s.lookupOf(ctx, a, c.ID))
		}
	}
	for ; len(lines) > atOnce; lines = lines[atOnce:] {
		if err := s.writeSome(ctx, lines[:atOnce]); err != nil {
			return nil, err
		}
	}
	return lines, nil
}

// writeSome writes those look-ups that the log has not.
func (s *Service) writeSome(ctx context.Context, lines []lookup) error {
	_, err := s.record(ctx, basisRight, func(ctx context.Context, r store.Reader, d *journal.Draft) error {
		n, err := s.writeLookups(ctx, r, d, lines)
		return orElseNothing(n, err)
	})
	if errors.Is(err, errNothing) {
		return nil
	}
	return err
}

// accessesOf lists every access to a record that the lanes still have.
func (s *Service) accessesOf(ctx context.Context, ref ident.Ref) ([]journal.Access, error) {
	var all []journal.Access
	var before journal.Place
	for {
		some, err := s.k.Journal.Lane().Search(ctx, journal.AccessQuery{About: ref, Before: before, Limit: 200})
		if err != nil || len(some) == 0 {
			return all, err
		}
		all = append(all, some...)
		before = some[len(some)-1].Place()
	}
}

// releaseHeld writes what was held back into the logs, once the order's time
// is over or it was lifted.
func (s *Service) releaseHeld(ctx context.Context) error {
	now := store.Micros(s.k.Clock.Now())
	over := "select h.citizen, h.source from citizens_held h join citizens_delays d on d.id = h.delay join citizens_accounts a on a.id = h.citizen where h.released_at = 0 and not a.forgotten and (d.until_at <= $1 or d.lifted_at <> 0)"
	for {
		due, err := store.List(ctx, s.k.Reader, over+" order by h.happened_at limit $2", []any{now, atOnce}, scanHeldKey)
		if err != nil || len(due) == 0 {
			return err
		}
		_, err = s.record(ctx, basisRight, func(ctx context.Context, r store.Reader, d *journal.Draft) error {
			b := newBook(r, d)
			for _, k := range due {
				l, err := held(ctx, r, k)
				if err != nil {
					return err
				}
				if err := b.write(ctx, l, l.Happened); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
}

// heldKey names what is held back.
type heldKey struct {
	citizen ident.ID
	source  string
}

func scanHeldKey(scan store.Scan) (k heldKey, err error) { return k, scan(&k.citizen, &k.source) }

// held reads what is held back as the line it becomes.
func held(ctx context.Context, r store.Reader, k heldKey) (Line, error) {
	return store.First(store.List(ctx, r, `select citizen, 0, '', person, kind, source, delay, by_ref, by_ar, by_fr, by_en, purpose, '', '', '', attributes, result, happened_at, held_at
		from citizens_held where citizen = $1 and source = $2 and released_at = 0`, []any{string(k.citizen), k.source}, scanLine))
}

// settled is how old an access is before it must stand in a log.
const settled = time.Minute

// checkLogs raises an alarm when an access stands in no log that concerns it.
func (s *Service) checkLogs(ctx context.Context) error {
	missing, err := s.Reconcile(ctx, s.k.Clock.Now().Add(-settled))
	if errors.Is(err, context.Canceled) { // the service stops, which is no gap
		return nil
	}
	if err == nil && len(missing) > 0 {
		err = fmt.Errorf("%d look-ups stand in no log, the first is %s", len(missing), missing[0])
	}
	s.k.Alarms.Set(ctx, "alarms.citizens-log", "", err)
	return nil
}

// Reconcile holds the lanes against the logs: it names every access to a
// citizen, made before a time, that stands in no log and is held back by no
// order. It knows nothing of how far lanes were read.
func (s *Service) Reconcile(ctx context.Context, before time.Time) ([]string, error) {
	all, err := store.List(ctx, s.k.Reader, "select "+accountColumns+" from citizens_accounts where not forgotten order by id", nil, scanCitizen)
	if err != nil {
		return nil, err
	}
	var missing []string
	for _, c := range all {
		group, err := s.index.Group(ctx, c.Person)
		if err != nil {
			return nil, err
		}
		for _, person := range group {
			some, err := s.missingOf(ctx, c, person, before)
			if err != nil {
				return nil, err
			}
			missing = append(missing, some...)
		}
	}
	return missing, nil
}

func (s *Service) missingOf(ctx context.Context, c Citizen, person ident.ID, before time.Time) ([]string, error) {
	written := map[string]bool{}
	for _, text := range []string{"select source from citizens_lines where citizen = $1", "select source from citizens_held where citizen = $1"} {
		err := s.k.Reader.Each(ctx, text, []any{string(c.ID)}, func(scan store.Scan) error {
			var source string
			err := scan(&source)
			written[source] = true
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	accesses, err := s.accessesOf(ctx, personRef(person))
	if err != nil {
		return nil, err
	}
	var missing []string
	for _, a := range accesses {
		ref := ident.Ref{Kind: "access", ID: a.ID}
		if a.Actor != c.ID && a.At.Before(before) && !written[ref.String()] {
			missing = append(missing, ref.String()+" of "+c.Ref().String())
		}
	}
	return missing, nil
}
